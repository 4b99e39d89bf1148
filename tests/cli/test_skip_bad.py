"""What an import leaves out, on the command line: the bad thing alone, named and counted."""

import gzip
from pathlib import Path

import pytest

from tests.cli.conftest import Postil
from tests.ingest.test_archives import zipped


def corpus(folder: Path, **files: str) -> None:
    """Texts with their marks in a folder ``in``: ``s`` is ``s.txt``, ``s_ann`` is ``s.ann``."""
    (folder / "in").mkdir()
    for name, content in files.items():
        stem, _, kind = name.partition("_")
        (folder / "in" / f"{stem}.{kind or 'txt'}").write_text(content, "utf-8")


def test_one_bad_line_does_not_take_its_document_along(postil: Postil, folder: Path) -> None:
    corpus(
        folder,
        s="Ada met Bob.",
        s_ann="T1\tPER 0 3\tAda\nT2\tPER 8 11\tBen\nT3\tPER 8 11\tBob\n"
        "R1\tmet Arg1:T1 Arg2:T3\nR2\tmet Arg1:T1 Arg2:T2\n",
    )

    result = postil("import", "--format", "brat", "--skip-bad", "in")

    assert result.exit_code == 3
    assert result.stdout == "Imported 1 document with 2 spans and 1 relation into “My articles”.\n"
    assert result.stderr == (
        "Added to the codebook: label “PER” (2); relation “met” (1).\n"
        "Skipped 2 entries (2 lines of what was kept otherwise):\n"
        "  s.ann, line 2: T2: the text is not what it quotes: at 8–11 expected “Ben”, found “Bob” "
        "(first difference at character 2: expected “e” U+0065, found “o” U+006F)\n"
        "  s.ann, line 5: R2: T2, which it is about, was left out\n"
    )


def test_a_file_that_was_imported_before_is_named_and_how_many_were_is_said_once(
    postil: Postil, folder: Path
) -> None:
    corpus(
        folder,
        a="Ada met.",
        a_ann="T1\tPER 0 3\tAda\n",
        b="Bob sat.",
        b_ann="T1\tPER 0 3\tBob\n",
        c="Cleo.",
        c_ann="",
    )
    assert postil("import", "--format", "brat", "in").exit_code == 0

    again = postil("import", "--format", "brat", "--skip-bad", "in")

    assert again.exit_code == 3
    said = again.stderr.splitlines()
    assert said[:3] == [
        "2 documents were imported before, with the same marks.",
        "1 document was there already.",
        "Skipped 2 entries:",
    ]
    assert [line.partition(": ")[0] for line in said[3:]] == ["  a.ann", "  b.ann"]
    strict = postil("import", "--format", "brat", "in")
    assert (strict.exit_code, strict.stderr[:35]) == (1, "postil: a.ann: The project has a ma")


@pytest.mark.parametrize("options", [(), ("--skip-bad",)])
def test_an_archive_in_a_folder_is_passed_over_and_reported(
    postil: Postil, folder: Path, options: tuple[str, ...]
) -> None:
    corpus(folder, a="An article about the river.", b="Another article.")
    (folder / "in" / "old.txt.gz").write_bytes(gzip.compress(b"Old."))
    (folder / "in" / "older.zip").write_bytes(zipped({"c.txt": "Older."}))

    result = postil("import", *options, "in")

    assert (
        result.stdout == "Imported 2 documents with 0 spans and 0 relations into “My articles”.\n"
    )
    assert (result.exit_code, result.stderr) == (
        0,
        "in: “old.txt.gz” is packed and was passed over; import it by itself.\n"
        "in: “older.zip” is packed and was passed over; import it by itself.\n",
    )


def test_an_archive_within_an_archive_is_left_out_when_that_is_wanted(
    postil: Postil, folder: Path
) -> None:
    (folder / "x.zip").write_bytes(zipped({"a.txt": "Ada met Bob.", "in.zip": b"PK"}))

    result = postil("import", "--skip-bad", "x.zip")

    assert result.stdout == "Imported 1 document with 0 spans and 0 relations into “My articles”.\n"
    assert (result.exit_code, result.stderr) == (
        3,
        "Skipped 1 entry:\n  “x.zip”; “in.zip”: an archive within an archive is not opened.\n",
    )


def test_the_encoding_is_that_of_the_files_or_it_is_said_that_it_is_not(
    postil: Postil, folder: Path
) -> None:
    (folder / "in").mkdir()
    (folder / "in" / "a.txt").write_bytes("José met Cleo.".encode("windows-1252"))
    (folder / "in" / "a.ann").write_bytes("T1\tPER 0 4\tJosé\n".encode("windows-1252"))
    (folder / "b.jsonl").write_text('{"text": "Ada."}\n', "utf-8")

    read = postil("import", "--format", "brat", "--encoding", "windows-1252", "in")
    assert read.stdout == "Imported 1 document with 1 span and 0 relations into “My articles”.\n"
    passed = postil("import", "--encoding", "windows-1252", "b.jsonl")
    assert passed.stderr == (
        "b.jsonl: windows-1252 was not used: jsonl is in an encoding of its own.\n"
    )


@pytest.mark.parametrize("is_folder", [False, True])
def test_a_project_of_inception_says_which_files_of_it_to_take(
    postil: Postil, folder: Path, is_folder: bool
) -> None:
    files: dict[str, str | bytes] = {
        "exportedproject.json": "{}",
        "source/story.txt": "Ada met Bob.",
        "annotation/story.txt/ann.zip": b"PK",
    }
    (folder / "project.zip").write_bytes(zipped(files))
    if is_folder:
        for name, content in files.items():
            path = folder / "in" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())

    result = postil("import", "in" if is_folder else "project.zip")

    assert result.exit_code == 1
    assert "This is a project of INCEpTION" in result.stderr
    assert "one for each document and person (“annotation/story.txt/ann.zip”)" in result.stderr
