"""Tables of documents on the command line."""

import json
from pathlib import Path

from tests.cli.conftest import Postil
from tests.formats.workbooks import xlsx

NEWS = "headline;body;desk\nShips;Two ships met.;News\nEmpty;;News\nTrains;A train came.;Life\n"


def documents(postil: Postil) -> list[dict[str, object]]:
    lines = postil("export").stdout.splitlines()
    return sorted(map(json.loads, lines), key=lambda line: str(line["title"]))


def test_a_table_is_imported_and_what_its_columns_were_taken_for_is_told(
    postil: Postil, folder: Path
) -> None:
    (folder / "news.csv").write_text(NEWS)

    result = postil("import", "news.csv")

    assert result.stdout == (
        "Imported 2 documents with 0 spans and 0 relations into “My articles”.\n"
    )
    assert result.stderr == (
        "news.csv: A row is a document: title from “headline”, text from “body”; kept as further "
        "information: desk.\n"
        "news.csv: Without text, and left out: 1 row (row 3).\n"
    )
    assert [(line["title"], line["text"], line["meta"]) for line in documents(postil)] == [
        ("Ships", "Two ships met.", {"desk": "News"}),
        ("Trains", "A train came.", {"desk": "Life"}),
    ]


def test_columns_are_named_and_one_that_is_missing_is_refused_with_those_there_are(
    postil: Postil, folder: Path
) -> None:
    (folder / "news.xlsx").write_bytes(xlsx(One=[["a", "b"], ["Ships", "Two ships met."]]))

    wrong = postil("import", "news.xlsx", "--column", "title=headline")
    right = postil("import", "news.xlsx", "--column", "text=b", "--column", "title=a")

    assert (wrong.exit_code, right.exit_code) == (1, 0)
    assert "No column is called “headline”, to be taken as title; the columns are “a”, “b”." in (
        wrong.stderr
    )
    assert [(line["title"], line["text"]) for line in documents(postil)] == [
        ("Ships", "Two ships met.")
    ]


def test_a_column_of_what_is_no_table_and_a_role_that_is_none_are_refused(
    postil: Postil, folder: Path
) -> None:
    (folder / "a.txt").write_text("One.")

    assert "there is no table in it" in postil("import", "a.txt", "--column", "text=b").stderr
    assert "write text=NAME" in postil("import", "a.txt", "--column", "b").stderr


def test_a_row_that_cannot_be_read_stops_the_import_or_is_skipped(
    postil: Postil, folder: Path
) -> None:
    (folder / "news.csv").write_text("title,text\nA,One\nB,Two, and more\n")

    refused = postil("import", "news.csv")
    skipped = postil("import", "news.csv", "--skip-bad")

    assert "news.csv, line 3: row 3: here are 3 cells, and 2 columns" in refused.stderr
    assert "--skip-bad" in refused.stderr
    assert (skipped.exit_code, len(documents(postil))) == (3, 1)


def test_rows_that_are_there_already_are_told(postil: Postil, folder: Path) -> None:
    (folder / "news.csv").write_text(NEWS)
    postil("import", "news.csv")

    again = postil("import", "news.csv", "--leave-out-twins")

    assert "2 documents with a text that was there already were left out." in again.stderr
    assert len(documents(postil)) == 2


def test_an_encoding_that_is_named_is_that_of_a_table(postil: Postil, folder: Path) -> None:
    (folder / "news.csv").write_bytes("title,text\nПривет,Мир\n".encode("koi8-r"))

    assert postil("import", "news.csv", "--encoding", "koi8-r").exit_code == 0
    assert [line["text"] for line in documents(postil)] == ["Мир"]


def test_a_table_lies_in_an_archive_or_folder_as_any_file(postil: Postil, folder: Path) -> None:
    (folder / "corpus").mkdir()
    (folder / "corpus" / "news.csv").write_text(NEWS)
    (folder / "corpus" / "more.xlsx").write_bytes(xlsx(One=[["title", "text"], ["C", "Three."]]))
    (folder / "corpus" / "a.txt").write_text("One.")

    assert postil("import", "corpus").stdout.startswith("Imported 4 documents ")
