"""Articles of every kind on the command line: folders, archives, encodings, pages, twins."""

import tarfile
from pathlib import Path

from tests.cli.conftest import Postil
from tests.ingest.files import docx, epub, paragraph, zipped
from tests.ingest.pages import MAIN_TEXT, PAGE


def titles(postil: Postil) -> list[str]:
    return sorted(row.split("\t")[-1] for row in postil("documents").stdout.splitlines())


def test_a_folder_is_imported_with_all_that_is_in_it(postil: Postil, folder: Path) -> None:
    (folder / "corpus" / "deep").mkdir(parents=True)
    (folder / "corpus" / "one.txt").write_text("One.")
    (folder / "corpus" / "deep" / "two.docx").write_bytes(docx(paragraph("Two", "Heading1")))
    (folder / "corpus" / "book.epub").write_bytes(epub({"a.xhtml": "<p>Three.</p>"}))
    (folder / "corpus" / "photo.jpg").write_bytes(b"\xff\xd8\xff")
    (folder / "corpus" / ".hidden.txt").write_text("No.")

    result = postil("import", "corpus")

    assert result.stdout == (
        "Imported 3 documents with 0 spans and 0 relations into “My articles”.\n"
    )
    assert result.stderr == "corpus: Passed over: 1 × .jpg.\n"
    assert titles(postil) == ["Das Buch", "Two", "one"]


def test_an_archive_is_imported_in_the_order_of_its_names(postil: Postil, folder: Path) -> None:
    (folder / "a.zip").write_bytes(zipped({"ch10.txt": "Ten.", "ch9.md": "# Nine"}))
    with tarfile.open(folder / "b.tar.gz", "w:gz") as archive:
        (folder / "c.txt").write_text("C.")
        archive.add(folder / "c.txt", "x/c.txt")

    assert postil("import", "a.zip", "b.tar.gz").exit_code == 0
    newest_first = postil("documents").stdout.splitlines()
    assert [row.split("\t")[-1] for row in newest_first] == [
        "c", "ch10", "Nine",
    ]  # fmt: skip


def test_what_is_wrong_in_an_archive_is_told_by_archive_and_member(
    postil: Postil, folder: Path
) -> None:
    (folder / "a.zip").write_bytes(zipped({"b/good.txt": "Good.", "b/nul.txt": "a\0b"}))

    result = postil("import", "a.zip")

    assert result.exit_code == 1
    assert "a.zip/b/nul.txt, line 1: The article holds the character U+0000" in result.stderr
    assert not (folder / "postil.db").exists()


def test_a_hostile_archive_is_refused_before_anything_is_made(postil: Postil, folder: Path) -> None:
    (folder / "a.zip").write_bytes(zipped({"a.txt": "A.", "inner.zip": b"PK"}))

    result = postil("import", "a.zip")

    assert result.exit_code == 1
    assert "“a.zip”; “inner.zip”: an archive within an archive is not opened." in result.stderr
    assert not (folder / "postil.db").exists()


def test_an_archive_without_articles_is_refused(postil: Postil, folder: Path) -> None:
    (folder / "a.zip").write_bytes(zipped({"a.jpg": b"\xff\xd8\xff"}))
    assert "“a.zip”: there is nothing in it that can be imported." in (
        postil("import", "a.zip").stderr
    )


def test_the_folder_of_a_saved_page_belongs_to_the_page(postil: Postil, folder: Path) -> None:
    files = {
        "story.html": PAGE,
        "story_files/ad.html": "<p>Buy!</p>",
        "other_files/a.txt": "Other.",
    }
    (folder / "a.zip").write_bytes(zipped(files))

    result = postil("import", "a.zip")

    assert "Imported 2 documents" in result.stdout
    assert "a.zip: Passed over: 1 × .html." in result.stderr
    assert titles(postil) == ["Dockers walk out", "a"]


def test_another_encoding_is_said_aloud_and_can_be_named(postil: Postil, folder: Path) -> None:
    text = "Nicolás Maduro pidió ayer que el señor embajador saliera del país."
    (folder / "a.txt").write_bytes(text.encode("cp1252"))
    result = postil("import", "a.txt")
    assert result.stderr == "a.txt: Read as windows-1252.\n"

    (folder / "b.txt").write_bytes("Łódź".encode("cp1250"))
    refused = postil("import", "b.txt")
    assert refused.exit_code == 1
    assert "its encoding cannot be told. Name it (windows-1252, say)" in refused.stderr
    assert postil("import", "b.txt", "--encoding", "windows-1250").stderr == ""
    exported = postil("export").stdout
    assert text in exported
    assert "Łódź" in exported


def test_the_whole_page_is_taken_where_that_is_asked(postil: Postil, folder: Path) -> None:
    (folder / "page.html").write_text(PAGE, "utf-8")
    result = postil("import", "page.html")
    assert result.stderr == (
        "page.html: Only the main content of the page was taken: 13 of 21 blocks.\n"
    )
    assert postil("import", "--page", "whole", "page.html").stderr == ""
    lengths = [int(row.split("\t")[1]) for row in postil("documents").stdout.splitlines()]
    assert min(lengths) == len(MAIN_TEXT)
    assert max(lengths) > len(MAIN_TEXT) + 100


def test_texts_that_are_there_already_are_told_and_can_be_left_out(
    postil: Postil, folder: Path
) -> None:
    for name, text in (("a.txt", "Same."), ("b.txt", "Same."), ("c.txt", "Other.")):
        (folder / name).write_text(text)

    assert postil("import", "a.txt", "c.txt").stderr == ""
    told = postil("import", "a.txt", "b.txt")
    assert told.stderr == (
        "2 documents have a text that was there already; --leave-out-twins leaves such out.\n"
    )
    left_out = postil("import", "--leave-out-twins", "a.txt", "c.txt")
    assert left_out.stdout.startswith("Imported 0 documents")
    assert left_out.stderr == "2 documents with a text that was there already were left out.\n"
    assert titles(postil) == ["a", "a", "b", "c"]
