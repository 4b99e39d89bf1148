"""Files that only say something together, imported in one go."""

import json
import zipfile
from pathlib import Path

import pytest

from tests.cli.conftest import Postil, jsonl

ROW = {"tokens": ["Ada", "met", "Cleo", "."], "ner_tags": [1, 0, 1, 0]}


def test_rows_of_tokens_are_given_with_the_names_of_their_numbers(
    postil: Postil, folder: Path
) -> None:
    (folder / "train.jsonl").write_text(jsonl(ROW), "utf-8")
    (folder / "labels.json").write_text(json.dumps(["O", "B-PER"]), "utf-8")

    alone = postil("import", "train.jsonl")
    assert alone.exit_code == 1
    assert "train.jsonl, line 1: the tags in “ner_tags” are numbers" in alone.stderr

    both = postil("import", "--format", "tokens", "train.jsonl", "labels.json")
    assert both.stdout == "Imported 1 document with 2 spans and 0 relations into “My articles”.\n"
    marks = json.loads(postil("export").stdout)
    assert [(m["label"], m["text"]) for m in marks["spans"]] == [("PER", "Ada"), ("PER", "Cleo")]
    again = postil("import", "--format", "tokens", "train.jsonl", "labels.json")
    assert "1 document was there already" in again.stderr


SPANS = """document,label,quote,start,end
a.txt,actor,Ada,0,3
texts/b,actor,📞 Ben,4,9
b,claim,left,,
"""


def spans_of(postil: Postil) -> list[tuple[str, list[tuple[str, str, int]]]]:
    """The texts in the project, each with its spans."""
    found = map(json.loads, postil("export", "--all-layers").stdout.splitlines())
    return sorted(
        (line["text"], [(s["label"], s["text"], s["start"]) for s in line["spans"]])
        for line in found
    )


WHOLE = [
    ("Ada called.", [("actor", "Ada", 0)]),
    ("Nobody asked.", []),
    ("The 📞 Ben left.", [("actor", "📞 Ben", 4), ("claim", "left", 10)]),
]


def texts(folder: Path) -> None:
    (folder / "texts").mkdir()
    (folder / "texts" / "a.txt").write_text("Ada called.", "utf-8")
    (folder / "texts" / "b.txt").write_text("The 📞 Ben left.", "utf-8")
    (folder / "texts" / "c.txt").write_text("Nobody asked.", "utf-8")
    (folder / "spans.csv").write_text(SPANS.replace("texts/b", "b"), "utf-8")


@pytest.mark.parametrize("files", [("spans.csv", "texts"), ("texts/", "spans.csv")])
def test_a_table_of_spans_is_given_with_its_texts(
    postil: Postil, folder: Path, files: tuple[str, str]
) -> None:
    texts(folder)

    result = postil("import", *files)

    assert (
        result.stdout == "Imported 3 documents with 3 spans and 0 relations into “My articles”.\n"
    )
    assert (result.stderr, result.exit_code) == ("", 0)
    assert spans_of(postil) == WHOLE


def test_both_may_lie_in_one_archive(postil: Postil, folder: Path) -> None:
    texts(folder)
    with zipfile.ZipFile(folder / "all.zip", "w") as archive:
        archive.writestr("spans.csv", SPANS)
        for path in sorted((folder / "texts").iterdir()):
            archive.writestr(f"texts/{path.name}", path.read_bytes())

    assert postil("import", "all.zip").exit_code == 0
    assert spans_of(postil) == WHOLE


def test_a_table_without_any_text_is_refused_with_both_ways(postil: Postil, folder: Path) -> None:
    texts(folder)
    (folder / "texts" / "b.txt").unlink()

    for files, line, name in (
        (("spans.csv",), 2, "a.txt"),
        (("spans.csv", "texts"), 3, "b"),
    ):
        refused = postil("import", *files)
        assert (refused.exit_code, refused.stdout) == (1, "")
        assert (
            f"spans.csv, line {line}: there is no document “{name}” here, and no text in the "
            "table; give the texts together with it (a folder or archive with a file of that "
            "name), or add a column “text” to it" in refused.stderr
        )


def test_texts_of_the_same_name_are_not_chosen_between(postil: Postil, folder: Path) -> None:
    texts(folder)
    (folder / "texts" / "more").mkdir()
    (folder / "texts" / "more" / "a.txt").write_text("Ada again.", "utf-8")

    refused = postil("import", "spans.csv", "texts")

    assert (refused.exit_code, refused.stdout) == (1, "")
    assert (
        "spans.csv, line 2: Several texts are called “a.txt”: “texts/a.txt”, “texts/more/a.txt”; "
        "say which." in refused.stderr
    )


def test_a_text_whose_spans_are_skipped_comes_without_them(postil: Postil, folder: Path) -> None:
    texts(folder)
    (folder / "spans.csv").write_text(SPANS.replace("Ada,0", "Eva,0"), "utf-8")

    result = postil("import", "--skip-bad", "spans.csv", "texts")

    assert result.exit_code == 3
    assert result.stderr.startswith(
        "Skipped 1 entry (1 span of what was kept otherwise):\n  spans.csv, line 2: the text is "
        "not what it quotes: at 0–3 expected “Eva”, found “Ada”"
    )
    assert spans_of(postil) == [("Ada called.", []), *WHOLE[1:]]


def test_the_title_of_a_text_names_it_too(postil: Postil, folder: Path) -> None:
    texts(folder)
    (folder / "texts" / "d.md").write_text("# The title\n\nAda called.", "utf-8")
    (folder / "spans.csv").write_text("title,label,quote\nThe title,actor,Ada\n", "utf-8")

    assert postil("import", "spans.csv", "texts").exit_code == 0
    assert ("The title\n\nAda called.", [("actor", "Ada", 11)]) in spans_of(postil)


def test_statements_are_given_with_their_texts(postil: Postil, folder: Path) -> None:
    texts(folder)
    (folder / "spans.csv").unlink()
    (folder / "events.csv").write_text(
        '"statement ID";"time";"document ID";"document title";"text";"person";"concept";"agreement"'
        '\n17;2024-03-01 12:00:00;1;"b";"Ben left";"Ben";"staying";0\n'
        '18;2024-03-01 12:00:00;1;"b";"Eva left";"Eva";"staying";0\n',
        "utf-8",
    )

    refused = postil("import", "events.csv", "texts")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "events.csv, line 3: “Eva left” does not stand in the text" in refused.stderr

    result = postil("import", "--skip-bad", "events.csv", "texts")
    assert result.exit_code == 3
    assert "Skipped 1 entry:\n  events.csv, line 3: “Eva left”" in result.stderr
    (row,) = postil("export", "--format", "dna", "--all-layers").stdout.splitlines()[1:]
    assert '"claim";"Ben left";"Ben";"Ben";"staying";0;"made by";"against"' in row


@pytest.mark.parametrize("name", ["spans.tsv", "spans.tab", "spans.csv"])
def test_a_table_with_tabs_finds_its_texts_too(postil: Postil, folder: Path, name: str) -> None:
    texts(folder)
    (folder / name).write_text(SPANS.replace(",", "\t"), "utf-8")

    result = postil("import", name, "texts")

    assert result.exit_code == 0, result.stderr
    assert spans_of(postil) == WHOLE
