"""Importing on the command line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from reader.cli.common import opened
from tests.cli.conftest import Postil, jsonl, line


def listed(postil: Postil, *args: str) -> list[list[str]]:
    """What ``postil documents`` says: id, characters, spans, project, title."""
    rows = [row.split("\t") for row in postil("documents", *args).stdout.splitlines()]
    return [[*row[:3], *row[4:]] for row in rows]


def test_an_article_goes_into_a_project_that_is_made_for_it(postil: Postil, folder: Path) -> None:
    (folder / "article.txt").write_text("The title\n\nSome words.\n", "utf-8")

    result = postil("import", "article.txt")

    assert result.stdout == "Imported 1 document with 0 spans and 0 relations into “My articles”.\n"
    assert (result.stderr, result.exit_code) == ("", 0)
    assert [row[1:4] for row in listed(postil)] == [["23", "0", "My articles"]]


def test_marks_come_along_in_jsonl(postil: Postil, marked: Path) -> None:
    result = postil("import", marked)

    assert (
        result.stdout == "Imported 2 documents with 2 spans and 0 relations into “My articles”.\n"
    )
    assert listed(postil) == [
        ["one", "7", "2", "My articles", "ONE"],
        ["two", "3", "0", "My articles", "TWO"],
    ]


def test_standard_input_is_read_for_a_dash(postil: Postil, marked: Path) -> None:
    assert postil("import", "-", input=marked.read_bytes()).exit_code == 0
    assert [row[0] for row in listed(postil)] == ["one", "two"]


def test_an_article_from_standard_input_is_what_format_says(postil: Postil) -> None:
    result = postil("import", "--format", "html", "-", input=b"<h1>A</h1><p>B <b>c</b></p>")

    assert result.exit_code == 0, result.stderr
    [[_, _, _, _, title]] = listed(postil)
    assert title == "A"


def test_a_named_project_is_made_once(postil: Postil, folder: Path) -> None:
    for name in ("one.txt", "two.txt"):
        (folder / name).write_text(name, "utf-8")
        assert postil("import", "--project", "Class 9b", name).exit_code == 0

    assert [row[3] for row in listed(postil)] == ["Class 9b", "Class 9b"]


def test_the_only_project_is_meant_when_none_is_named(postil: Postil, marked: Path) -> None:
    postil("import", "--project", "Mine", marked)

    assert "into “Mine”" in postil("import", "-", input="More words.").stdout


def test_a_document_that_is_there_only_gets_the_new_marks(postil: Postil, marked: Path) -> None:
    postil("import", marked)

    result = postil("import", "-", input=jsonl(line("one", "Hello 😀", "eve")))

    assert result.stdout == "Imported 0 documents with 1 span and 0 relations into “My articles”.\n"
    assert result.stderr == "1 document was there already.\n"


def test_several_files_are_taken_all_or_not_at_all(postil: Postil, marked: Path) -> None:
    postil("import", "-", input="Already here.")
    (marked.parent / "bad.jsonl").write_text(jsonl(line("three", "Three")) + "\n{]\n", "utf-8")

    result = postil("import", marked, "bad.jsonl")

    assert result.stderr.startswith("postil: bad.jsonl, line 3: ")
    assert result.exit_code == 1
    assert len(listed(postil)) == 1


def test_what_the_database_refuses_is_told_with_its_line(postil: Postil, marked: Path) -> None:
    postil("import", marked)
    (marked.parent / "other.jsonl").write_text(
        jsonl(line("three", "Three")) + "\n" + jsonl(line("two", "Another text")), "utf-8"
    )

    result = postil("import", "other.jsonl")

    assert result.stderr.startswith("postil: other.jsonl, line 3: ")
    assert "“two”" in result.stderr
    assert [row[0] for row in listed(postil)] == ["one", "two"]


@pytest.mark.parametrize("args", [(), ("--project", "New")], ids=["new database", "named"])
def test_what_cannot_be_read_makes_no_database(
    postil: Postil, folder: Path, args: tuple[str, ...]
) -> None:
    (folder / "bad.jsonl").write_text("{]\n", "utf-8")

    result = postil("import", *args, "bad.jsonl")

    assert (result.exit_code, result.stdout) == (1, "")
    assert [path.name for path in folder.iterdir()] == ["bad.jsonl"]


def test_what_cannot_be_read_makes_no_project(postil: Postil, marked: Path) -> None:
    postil("import", marked)

    assert postil("import", "--project", "New", "-", input='{"text": 3}').exit_code == 1

    assert [row.split("\t")[2] for row in postil("projects").stdout.splitlines()] == ["My articles"]


def projects(postil: Postil) -> list[str]:
    return [row.split("\t")[0] for row in postil("projects").stdout.splitlines()]


def broken(marked: Path) -> Path:
    """Readable lines, of which the store refuses the second: its relation leads nowhere."""
    path = marked.parent / "broken.jsonl"
    nowhere = {"id": "r", "head": "two-ann", "label": "made by", "child": "nobody"}
    path.write_text(
        jsonl(line("one", "Hello", "ann"), line("two", "Bye", "ann", relations=[nowhere])), "utf-8"
    )
    return path


def test_what_the_database_refuses_leaves_no_project_behind(postil: Postil, marked: Path) -> None:
    assert postil("import", "--project", "Mine", marked).exit_code == 0
    before = projects(postil)

    result = postil("import", "--project", "Another", broken(marked))

    assert (result.exit_code, result.stdout) == (1, "")
    assert "broken.jsonl, line 2" in result.stderr
    assert "empty" not in result.stderr
    assert projects(postil) == before
    assert postil("import", "--project", "Another", marked).exit_code == 0
    assert len(projects(postil)) == len(before) + 1


def test_marks_come_as_suggestions_where_they_are_asked_for_so(
    postil: Postil, marked: Path
) -> None:
    result = postil("import", "--as-suggestions", marked)

    assert result.exit_code == 0
    assert (
        result.stdout == "Imported 2 documents with 0 spans and 0 relations into “My articles”.\n"
    )
    assert result.stderr.splitlines()[0] == "The marks are 2 suggestions now."
    assert [row[:3] for row in listed(postil)] == [["one", "7", "0"], ["two", "3", "0"]]
    with opened(marked.parent / "postil.db") as store:
        project = store.projects.all()[0]
        kept = store.documents.find(project, "one")
        offered = store.suggestions.open(project, store.people.first(), kept)
    assert [(each.source, each.label, each.start, each.end) for each in offered] == [
        ("Ann", "actor", 0, 5)
    ]


def test_what_suggestions_have_no_place_for_is_counted(postil: Postil, marked: Path) -> None:
    postil("import", marked)
    span = {"start": 0, "end": 3, "label": "actor", "text": "Bye"}
    spans = [
        {**span, "id": "a", "note": "Sure?", "attributes": {"mood": "sad"}},
        {**span, "id": "b"},
        {**span, "id": "c", "label": "farewell"},
    ]
    tie = {"id": "r", "head": "a", "child": "b", "label": "made by"}
    row = {**line("two", "Bye", "model"), "spans": spans, "relations": [tie], "state": "done"}
    told = postil("import", "--as-suggestions", "-", input=jsonl(row))

    assert told.exit_code == 0
    assert told.stderr.splitlines()[:2] == [
        "The marks are 1 suggestion now.",
        "Suggestions have no place for: marks of labels that the codebook lacks (1), marks of a "
        "place and label that stood there already, or above the most of a text (1), relations "
        "(1), attributes (1), notes (1), states of documents (1). That was left out.",
    ]


def test_suggestions_come_for_articles_that_are_there_and_replace_those_of_before(
    postil: Postil, marked: Path
) -> None:
    postil("import", marked)

    for _ in range(2):
        again = postil("import", "--as-suggestions", "-", input=jsonl(line("two", "Bye", "model")))
        assert again.exit_code == 0
        assert "The marks are 1 suggestion now." in again.stderr

    with opened(marked.parent / "postil.db") as store:
        project = store.projects.all()[0]
        kept = store.documents.find(project, "two")
        assert len(store.suggestions.open(project, store.people.first(), kept)) == 1
    assert [row[:3] for row in listed(postil)] == [["one", "7", "2"], ["two", "3", "0"]]


def test_a_large_import_into_a_new_project_is_checked_before(
    postil: Postil, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annotations.store.staging.HELD", 10)
    documents = [line(f"d{number}", "Some words.", "ann") for number in range(50)]
    (folder / "good.jsonl").write_text(jsonl(*documents), "utf-8")
    (folder / "bad.jsonl").write_text("{]\n", "utf-8")

    assert postil("import", "good.jsonl", "bad.jsonl").exit_code == 1
    assert not (folder / "postil.db").exists()

    assert postil("import", "good.jsonl").exit_code == 0
    assert len(listed(postil)) == 50


def test_a_missing_file_is_named(postil: Postil, folder: Path) -> None:
    result = postil("import", "gone.txt")

    assert result.stderr == f"postil: gone.txt: {os.strerror(2)}\n"
    assert result.exit_code == 1
    assert not list(folder.iterdir())


def test_a_text_that_no_page_can_show_is_refused_with_the_place(
    postil: Postil, folder: Path
) -> None:
    (folder / "nul.txt").write_bytes(b"fine\nnot \0 fine")

    result = postil("import", "nul.txt")

    assert result.stderr.startswith("postil: nul.txt, line 2: ")
    assert "U+0000" in result.stderr
    assert result.exit_code == 1


def test_csv_is_not_taken_for_an_article(postil: Postil, folder: Path) -> None:
    (folder / "marks.csv").write_text("a,b\n", "utf-8")

    result = postil("import", "marks.csv")

    assert result.stderr.startswith(
        "postil: marks.csv, line 1: the first line must name the columns"
    )


def test_a_folder_that_is_not_there_is_no_place_for_a_database(
    postil: Postil, marked: Path
) -> None:
    result = postil("import", "--db", "gone/postil.db", marked)

    assert (result.exit_code, result.stderr[:8]) == (1, "postil: ")


def test_no_file_is_a_misuse(postil: Postil) -> None:
    result = postil("import")

    assert result.exit_code == 2
    assert "Usage: postil import [OPTIONS] FILE..." in result.stderr


def test_errors_come_without_a_traceback_in_another_process(folder: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "reader.cli", "import", "gone.txt"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == f"postil: gone.txt: {os.strerror(2)}\n"


# --- what cannot be taken


def test_what_is_bad_is_skipped_listed_and_told_by_the_exit_code(
    postil: Postil, marked: Path
) -> None:
    postil("import", "-", input=jsonl(line("two", "Another text")))
    (marked.parent / "bad.jsonl").write_text(
        jsonl(line("three", "Three", "ann")) + "{]\n" + jsonl(line("four", "Four", "ann")), "utf-8"
    )

    result = postil("import", "--skip-bad", marked, "bad.jsonl")

    assert result.exit_code == 3
    assert "Imported 3 documents with 4 spans" in result.stdout
    told = result.stderr.splitlines()
    assert told[0] == "Skipped 2 entries:"
    assert told[1].startswith("  bad.jsonl, line 2: this is not JSON")
    assert told[2].startswith(f"  {marked}, line 3: The project has a document “two” already")
    assert [row[0] for row in listed(postil)] == ["four", "one", "three", "two"]


def test_what_the_project_refuses_leaves_nothing_of_itself(postil: Postil) -> None:
    good = line("one", "Hello", "ann")
    twice = {**good["spans"][0], "label": "novel"}
    bad = line("two", "Words", "new", entities=[{"name": "Nobody"}], annotator="Nobody")
    bad |= {"spans": [{**bad["spans"][0], "id": twice["id"], "label": "novel"}]}

    result = postil("import", "--skip-bad", "-", input=jsonl(good, bad, line("two", "Words", "n")))

    assert (result.exit_code, "Imported 2 documents with 2 spans" in result.stdout) == (3, True)
    exported = postil("export", "--all-layers").stdout
    assert [part in exported for part in ("Nobody", "novel", "Words")] == [False, False, True]


def test_skipping_finds_nothing_to_skip(postil: Postil, marked: Path) -> None:
    result = postil("import", "--skip-bad", marked)

    assert (result.exit_code, result.stderr) == (0, "")


def test_what_is_skipped_of_a_long_file_is_listed_once(
    postil: Postil, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annotations.store.staging.HELD", 0)
    (folder / "bad.jsonl").write_text(jsonl(line("one", "One")) + "{]\n", "utf-8")

    result = postil("import", "--skip-bad", "bad.jsonl")

    assert result.stderr.startswith("Skipped 1 entry:\n  bad.jsonl, line 2: ")


def test_a_unit_of_offsets_is_one_of_those_there_are(postil: Postil, marked: Path) -> None:
    assert postil("import", "--offsets", "utf-16", marked).exit_code == 0
    assert postil("import", "--offsets", "bytes", marked).exit_code == 2


def test_a_unit_that_nothing_proves_is_asked_for_by_its_option(
    postil: Postil, folder: Path
) -> None:
    row = {"text": "📞 Ada", "label": [[3, 6, "actor"]]}
    (folder / "admin.jsonl").write_text(jsonl(row), "utf-8")

    refused = postil("import", "admin.jsonl")
    assert refused.exit_code == 1
    assert "; say what the offsets count with --offsets: UTF-16 (as doccano" in refused.stderr
    assert "with --offsets: UTF-16" in postil("import", "--skip-bad", "admin.jsonl").stderr
    assert postil("import", "--offsets", "utf-16", "admin.jsonl").exit_code == 0


def test_an_article_that_cannot_be_read_is_skipped_among_others(
    postil: Postil, folder: Path
) -> None:
    (folder / "corpus").mkdir()
    (folder / "corpus" / "a.txt").write_bytes(b"Words with a NUL: \0.")
    (folder / "corpus" / "b.txt").write_text("Good words.", "utf-8")

    result = postil("import", "--skip-bad", "corpus")

    assert (result.exit_code, "Imported 1 document" in result.stdout) == (3, True)
    assert "corpus/a.txt, line 1: " in result.stderr
    assert postil("import", "corpus").exit_code == 1


def test_what_a_file_says_steers_no_terminal(postil: Postil, folder: Path) -> None:
    steering = "\x1b]0;gone\x07\x9b2J"
    (folder / "bad.jsonl").write_text(jsonl({"schema": steering, "text": "One"}), "utf-8")
    refused = postil("import", "bad.jsonl")
    (folder / "page.html").write_text(f"<p>One</p><{steering[-4:]} ", "utf-8")
    told = postil("import", "page.html")

    assert (refused.exit_code, told.exit_code) == (1, 0)
    assert " ]0;gone  2J" in refused.stderr
    assert not set("\x1b\x07\x9b") & set(refused.stderr + told.stderr)


@pytest.mark.parametrize("suffix", ["jsonl", "json"])
def test_skipping_ends_where_a_file_is_not_what_it_was_taken_for(
    postil: Postil, folder: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    monkeypatch.setattr("annotations.transfer.coming_in.MOST_REFUSED", 5)
    bad = [jsonl(line("one", "One")), *["{}\n"] * 6]
    (folder / f"bad.{suffix}").write_text("".join(bad), "utf-8")
    ask = ("import", "--skip-bad", "--format", "jsonl" if suffix == "jsonl" else "prodigy")

    result = postil(*ask, f"bad.{suffix}")

    assert result.exit_code == 1
    assert "more than 5 entries cannot be read, so this is hardly what it was" in result.stderr
    (folder / f"bad.{suffix}").write_text("".join(bad[:-1]), "utf-8")
    assert postil(*ask, f"bad.{suffix}").exit_code == 3


def test_a_language_that_is_no_tag_stays_in_what_else_is_known(
    postil: Postil, folder: Path
) -> None:
    lines = [
        line("one", "Привет.", language="русский"),
        line("two", "Hello.", language="en-GB", meta={"language": "as said"}),
        line("three", "你好。", language="中文", meta={"language": "as said"}),
    ]
    (folder / "some.jsonl").write_text(jsonl(*lines), "utf-8")

    result = postil("import", "some.jsonl")
    out = postil("export", "--state", "all")

    assert result.exit_code == 0
    assert "languages that are not tags such as “en”, which stay in “meta” (2)" in result.stderr
    assert [
        (entry["id"], entry.get("language"), entry.get("meta"))
        for entry in map(json.loads, out.stdout.splitlines())
    ] == [
        ("one", None, {"language": "русский"}),
        ("two", "en-GB", {"language": "as said"}),
        ("three", None, {"language": "as said"}),
    ]
