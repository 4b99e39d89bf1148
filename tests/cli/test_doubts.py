"""Importing what is refused, or may have been meant otherwise: what the command line says then."""

from pathlib import Path

import pytest

from tests.cli.conftest import Postil, jsonl, line


def test_a_refused_line_tells_how_to_take_the_rest(postil: Postil) -> None:
    bad = jsonl(line("one", "One", "ann")) + "{]\n"

    alone = postil("import", "-", input=bad)
    skipping = postil("import", "--skip-bad", "-", input=bad)

    assert alone.stderr.splitlines()[1:] == [
        "Nothing was imported; --skip-bad leaves out what cannot be taken, and takes the rest."
    ]
    assert "Nothing was imported" not in skipping.stderr


def test_an_address_is_not_fetched_and_the_remedy_is_told(postil: Postil) -> None:
    result = postil("import", "https://example.org/story.html")

    assert result.exit_code == 2
    assert "curl -s ADDRESS | postil import --format html -" in result.stderr


# --- what may have been meant otherwise


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("empty.txt", " \n\n", "empty.txt: There is no text in it."),
        ("empty.jsonl", "", "There was nothing in it to import."),
        (
            "other.json",
            '{"a": 1}',
            "other.json: This is JSON in no format that is known here, and was taken as plain "
            "text; if it brings marks, name its format.",
        ),
        (
            "train.txt",
            "EU B-ORG\nrejects O\n\nHe O\nleft too O\n",
            "train.txt: This looks like a token and its tag a line, and was taken as plain text; "
            "to have the marks, name its format: bio, or conll2003.",
        ),
        ("poem.txt", "Call me O\nhe said\n", ""),
        ("vitamins.txt", "take O\nand O\n", ""),
    ],
)
def test_what_may_have_been_meant_otherwise_is_said(
    postil: Postil, folder: Path, name: str, content: str, told: str
) -> None:
    (folder / name).write_text(content, "utf-8")

    result = postil("import", name)

    assert (result.exit_code, result.stderr.strip()) == (0, told)
