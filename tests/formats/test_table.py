"""Tables of documents: which column is what, and that no row is lost without a word."""

import io
import json
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations import formats
from annotations.document import Block, Document
from annotations.errors import BadInput, BadLine
from annotations.formats import Reading, table
from annotations.formats.table import delimited
from annotations.formats.table.columns import role_of
from annotations.formats.table.dates import Days
from tests.formats.workbooks import ods, xlsx

LONG = "A long text that tells of many things and goes on until it is long enough. " * 2


@dataclass
class Found:
    """What a table came to: documents, what was said of it, and rows that were refused."""

    documents: list[Document]
    notes: list[str]
    columns: list[tuple[str, str]]
    refused: list[str] = field(default_factory=list)


def found(data: bytes | str, *columns: str, skips: bool = False, **said: Any) -> Found:
    notes: list[str] = []
    refused: list[str] = []
    reading = Reading(note=notes.append, columns=formats.parsed_columns(columns), **said)
    stream = io.BytesIO(data.encode() if isinstance(data, str) else data)
    bad = (lambda error: refused.append(str(error))) if skips else None
    documents = [entry.document for entry in table.read(stream, bad, reading)]
    told = [(c.name, c.role) for one in reading.tables for c in one.columns]
    return Found(documents, notes, told, refused)


def refusal(data: bytes | str, *columns: str) -> str:
    with pytest.raises(BadInput) as caught:
        found(data, *columns)
    return str(caught.value)


def texts(data: bytes | str, *columns: str) -> list[str]:
    return [document.text for document in found(data, *columns).documents]


# ── which column is what ──────────────────────────────────────────────────────────────────────────


def test_a_row_is_a_document_with_its_title_day_author_address_and_what_else_is_said() -> None:
    told = found(
        "headline,body,published,by,url,section\n"
        "Ships,Two ships met.,2024-05-01,Ada Berg,https://example.org/1,News\n"
    )
    (document,) = told.documents
    assert document == Document(
        id=document.id,
        title="Ships",
        text="Two ships met.",
        layout=document.layout,
        date="2024-05-01",
        source="https://example.org/1",
        meta={"section": "News", "author": "Ada Berg"},
    )
    assert document.layout.blocks == (Block("p", 0, 14),)
    assert told.notes == [
        "A row is a document: title from “headline”, text from “body”, date from “published”, "
        "author from “by”, source from “url”; kept as further information: section."
    ]


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Text", "text"), ("full_text", "text"), ("articleBody", "text"), ("Inhalt", "text"),
        ("contenido", "text"), ("Contenu", "text"), ("treść", "text"), ("正文", "text"),
        ("本文", "text"), ("текст", "text"), ("النص", "text"), ("Überschrift", "title"),
        ("Título", "title"), ("post title", "title"), ("Заголовок", "title"), ("标题", "title"),
        ("Datum", "date"), ("date_published", "date"), ("Fecha", "date"), ("pubDate", "date"),
        ("Autorin", "author"), ("auteur", "author"), ("byline", "author"), ("URL", "source"),
        ("permalink", "source"), ("Quelle", "source"), ("lang", "language"),
        ("Sprache", "language"),
        ("label", "labels"), ("Kategorie", "labels"), ("doc_id", "id"), ("ID", "id"),
    ],
)  # fmt: skip
def test_names_of_columns_are_known_in_several_languages(name: str, role: str) -> None:
    known = role_of(name)
    assert known is not None
    assert known[0] == role


@pytest.mark.parametrize("name", ["Ressort", "notes", "page", "valid", "x", "", "column 3"])
def test_other_names_say_nothing(name: str) -> None:
    assert role_of(name) is None


def test_without_a_known_name_the_column_of_the_longest_texts_is_the_text() -> None:
    told = found(f"nr,what,more\n1,{LONG},short\n2,{LONG},short\n")
    assert told.columns == [("nr", "meta"), ("what", "text"), ("more", "meta")]


def test_a_column_that_is_called_text_and_holds_a_word_is_not_the_text_beside_a_long_one() -> None:
    told = found(f"text,story_as_sent\nspam,{LONG * 3}\nham,{LONG * 3}\n")
    assert told.columns == [("text", "meta"), ("story_as_sent", "text")]


def test_what_a_person_says_of_columns_holds() -> None:
    data = "a,b,c,d\nOne,Two,Three,Four\n"
    told = found(data, "text=c", "title=a", "meta=b", "omit=d")
    assert [(d.text, d.title, d.meta) for d in told.documents] == [("Three", "One", {"b": "Two"})]
    assert told.notes == [
        "A row is a document: title from “a”, text from “c”; kept as further information: b; "
        "left out: d."
    ]


def test_several_columns_make_one_text_with_an_empty_line_between() -> None:
    assert texts("lead,body\nFirst.,Second.\n", "text=lead", "text=body") == ["First.\n\nSecond."]


def test_a_role_that_is_none_and_a_column_that_is_missing_are_named() -> None:
    assert "“body=text” does not say what a column is for; write text=NAME" in refusal(
        "a,b\n1,2\n", "body=text"
    )


def test_labels_of_the_whole_document_are_parted() -> None:
    told = found('text,label,tags\nOne,a|b;a,"x, y"\nTwo,c,z\n', "labels=tags")
    assert [d.labels for d in told.documents] == [("x, y",), ("z",)]
    told = found("text,categories\nOne,\"x, y\"\nTwo,\"['z', 'y']\"\n")
    assert [d.labels for d in told.documents] == [("x", "y"), ("z", "y")]


def test_a_column_of_many_different_words_is_no_column_of_labels() -> None:
    rows = "".join(f"Text {n},word {n}\n" for n in range(60))
    assert found(f"text,category\n{rows}").columns[1] == ("category", "meta")


def test_ids_that_are_names_are_ids_and_mere_numbers_are_further_information() -> None:
    named = found("id,text\nart-1,One\nart-2,Two\n").documents
    assert [d.id for d in named] == ["art-1", "art-2"]
    (numbered,) = found("id,text\n1,One\n").documents
    assert (len(numbered.id), numbered.meta) == (36, {"id": "1"})
    (said,) = found("id,text\n1,One\n", "id=id").documents
    assert said.id == "1"


def test_an_id_that_stands_twice_is_told_and_no_row_is_lost() -> None:
    told = found("id,text\na1,One\na2,Two\na1,Three\n")
    assert [d.text for d in told.documents] == ["One", "Two", "Three"]
    assert [d.id for d in told.documents][:2] == ["a1", "a2"]
    assert told.documents[2].meta == {"id": "a1"}
    assert told.notes[1] == (
        "The id stands in an earlier row, too, so the document has a new one: row 4."
    )


def test_texts_with_markup_are_read_as_html() -> None:
    told = found("text\n<p>One <b>two</b>.</p><p>A &amp; B</p>\n<p>More</p>\n")
    assert [d.text for d in told.documents] == ["One two.\n\nA & B", "More"]
    assert told.documents[0].layout.inlines[0].kind == "strong"
    assert told.columns == [("text", "html")]
    assert texts("text\n<p>One</p>\n", "text=text") == ["<p>One</p>"]


# ── rows ──────────────────────────────────────────────────────────────────────────────────────────


def test_rows_without_text_are_left_out_and_named_by_their_number() -> None:
    told = found("title,text\nA,One\nB,\n\nC,   \nD,Two\n")
    assert [d.title for d in told.documents] == ["A", "D"]
    assert told.notes[1] == "Without text, and left out: 2 rows (rows 3, 5)."


def test_line_breaks_in_cells_stay_and_are_lf() -> None:
    assert texts('title,text\r\nA,"One\r\nTwo"\r\nB,"Three\n\nFour"\r\n') == [
        "One\nTwo",
        "Three\n\nFour",
    ]


@pytest.mark.parametrize("between", [",", ";", "\t", "|"])
@pytest.mark.parametrize("said", ["", "sep={}\r\n", '"sep={}"\n'])
def test_what_stands_between_cells_is_told(between: str, said: str) -> None:
    data = f"{said.format(between)}title{between}text\nA{between}One, two; three\n"
    if between in ",;":
        data = data.replace("One, two; three", '"One, two; three"')
    (document,) = found(data).documents
    assert (document.title, document.text) == ("A", "One, two; three")


@pytest.mark.parametrize(
    ("encoding", "notes"),
    [("utf-8", 0), ("utf-8-sig", 0), ("utf-16", 0), ("utf-16-le", 1), ("cp1252", 1)],
)
def test_the_encoding_is_told_and_a_guess_is_said(encoding: str, notes: int) -> None:
    text = "Die Größe der Häuser überrascht viele, die über die Brücke gehen. " * 3
    told = found(f"Titel;Text\nÜber;{text}\n".encode(encoding))
    assert [(d.title, d.text) for d in told.documents] == [("Über", text)]
    assert len([note for note in told.notes if note.startswith("Read as")]) == notes


def test_an_encoding_that_is_named_holds() -> None:
    data = "title,text\nПривет,Мир\n".encode("koi8-r")
    assert [d.text for d in found(data, encoding="koi8-r").documents] == ["Мир"]


def test_bytes_of_another_encoding_far_behind_are_refused_with_their_line_and_a_remedy() -> None:
    data = b"title,text\nA," + b"One " * 150_000 + b"\nB,Gr\xf6\xdfe\n"
    with pytest.raises(BadLine, match=r"^line 2: this is not utf-8 .*name its encoding"):
        found(data)


def test_an_open_quotation_mark_is_refused_with_its_line_and_a_remedy() -> None:
    assert refusal('title,text\nA,One\nB,"Two\n') == (
        "line 3: the row that begins here is no CSV: unexpected end of data; a cell with quotation "
        "marks in it stands in quotation marks, and those within are written twice"
    )


def test_a_row_that_cannot_be_kept_is_named_and_may_be_skipped() -> None:
    data = "title,text\nA,One\nB,T\0wo\nC,Three\n"
    assert refusal(data).startswith("line 3: row 3: The text holds the character U+0000")
    told = found(data, skips=True)
    assert [d.text for d in told.documents] == ["One", "Three"]
    assert len(told.refused) == 1


def test_a_row_with_more_cells_than_columns_is_refused_for_its_text_may_be_cut() -> None:
    data = "title,text\nA,One\nB,Two, and more\nC,Three,,\n"
    assert refusal(data) == (
        "line 3: row 3: here are 3 cells, and 2 columns; a cell that holds what stands between "
        "cells belongs in quotation marks"
    )
    assert [d.text for d in found(data, skips=True).documents] == ["One", "Three"]


def test_cells_beside_the_columns_of_a_workbook_are_kept_and_told() -> None:
    rows = [["title", "text"], *[["A", "One"]] * 300, ["B", "Two", "more"]]
    told = found(xlsx(One=rows))
    assert told.documents[-1].meta == {"column 3": "more"}
    assert told.notes[-1].startswith("More cells than columns have names in the sheet “One”")


def test_columns_without_a_name_and_with_the_same_one_are_numbered() -> None:
    told = found("text,,note,note\nOne,x,y,z\n")
    assert told.documents[0].meta == {"column 2": "x", "note": "y", "note (2)": "z"}


def test_the_index_that_pandas_writes_is_left_out_and_said() -> None:
    told = found(",title,text\n0,A,One\n1,B,Two\n")
    assert told.documents[0].meta == {}
    assert told.notes[0].endswith("; left out: column 1.")


def test_a_title_of_the_whole_above_the_heading_is_left_out_and_said() -> None:
    told = found("Export of 2024,,\n,,\ntitle,text,page\nA,One,1\n")
    assert [(d.title, d.text) for d in told.documents] == [("A", "One")]
    assert told.notes[0] == "Above the names of the columns, and left out: row 1."


def test_without_a_heading_the_first_row_is_a_document_and_that_is_said() -> None:
    told = found(f"1,2024-05-01,{LONG}\n2,2024-05-02,{LONG}\n")
    assert [d.text for d in told.documents] == [LONG, LONG]
    assert told.notes[0].startswith("The first row does not look like names of columns")
    assert told.columns == [("column 1", "omit"), ("column 2", "date"), ("column 3", "text")]


def test_a_table_of_one_column_is_a_text_a_row() -> None:
    assert texts("text\nOne\nTwo, with a comma\n") == ["One", "Two, with a comma"]


@pytest.mark.parametrize("data", ["", "title,text\n", "title,text\n,\n"])
def test_a_table_without_a_row_is_refused(data: str) -> None:
    assert refusal(data) == ("there is no row with anything in it, below the names of the columns")


def test_a_table_without_any_text_in_its_column_is_refused_with_the_other_columns() -> None:
    assert refusal("text,other\n,One\n", "text=text") == (
        "no row has any text in the column “text”; say which column holds the text "
        "(there are “text”, “other”)"
    )


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff"), min_size=1)))
def test_every_text_that_is_written_is_read_with_its_lines(cells: list[str]) -> None:
    import csv

    sheet = io.StringIO(newline="")
    csv.writer(sheet).writerows([["title", "text"], *(["x", cell] for cell in cells)])
    wanted = [c.replace("\r\n", "\n").replace("\r", "\n") for c in cells if c.strip()]
    if wanted:
        assert texts(sheet.getvalue(), "text=text") == wanted


# ── days ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("2024-12-31", "2024-12-31"), ("2024-12", "2024-12"), ("2024", "2024"),
        ("31.12.2024", "2024-12-31"), ("1.2.2024", "2024-02-01"), ("31/12/2024", "2024-12-31"),
        ("12/31/2024", "2024-12-31"), ("2024/12/31", "2024-12-31"), ("20241231", "2024-12-31"),
        ("31 December 2024", "2024-12-31"), ("Dec 31, 2024", "2024-12-31"),
        ("Tuesday, December 31st, 2024", "2024-12-31"), ("31. Dezember 2024", "2024-12-31"),
        ("31 de diciembre de 2024", "2024-12-31"), ("1er juillet 2024", "2024-07-01"),
        ("31 декабря 2024", "2024-12-31"), ("2024年12月31日", "2024-12-31"),
        ("Tue, 31 Dec 2024 10:00:00 +0000", "2024-12-31"), ("5/5/2024", "2024-05-05"),
        ("03/04/2024", ""), ("30.02.2024", ""), ("soon", ""), ("", ""),
    ],
)  # fmt: skip
def test_days_are_read_as_people_write_them_and_none_is_guessed(said: str, day: str) -> None:
    assert Days().of_cell(said)[0] == day


def test_the_other_days_of_a_column_tell_whether_day_or_month_is_first() -> None:
    day = found("text,date\nOne,03/04/2024\nTwo,25/04/2024\n").documents
    month = found("text,date\nOne,03/04/2024\nTwo,04/25/2024\n").documents
    assert [d.date for d in day] == ["2024-04-03", "2024-04-25"]
    assert [d.date for d in month] == ["2024-03-04", "2024-04-25"]


def test_a_time_of_day_and_what_is_no_day_are_kept_beside() -> None:
    told = found("text,date\nOne,2024-05-01T10:30\nTwo,2024-05-02T00:00:00Z\nThree,soon\n")
    assert [(d.date, d.meta) for d in told.documents] == [
        ("2024-05-01", {"date": "2024-05-01T10:30"}),
        ("2024-05-02", {}),
        ("", {"date": "soon"}),
    ]
    assert told.notes[1] == (
        "No day could be told from “date”, so that is kept as further information: row 4."
    )


# ── JSON ──────────────────────────────────────────────────────────────────────────────────────────

ROWS: list[dict[str, Any]] = [
    {"headline": "A", "content": "One", "score": 2, "about": {"x": [1]}},
    {"headline": "B", "content": "Two", "late": True},
]


@pytest.mark.parametrize(
    "data",
    [
        json.dumps(ROWS),
        json.dumps(ROWS, indent=2),
        "\n".join(map(json.dumps, ROWS)),
        json.dumps({"articles": ROWS}),
        json.dumps({str(n): row for n, row in enumerate(ROWS)}),
    ],
)
def test_objects_with_keys_of_their_own_are_documents(data: str) -> None:
    assert [(d.title, d.text, d.meta) for d in found(data).documents] == [
        ("A", "One", {"score": 2, "about": {"x": [1]}}),
        ("B", "Two", {"late": True}),
    ]


@pytest.mark.parametrize(
    "data",
    [
        {"title": {"0": "A", "1": "B"}, "text": {"0": "One", "1": "Two"}},
        {"title": ["A", "B"], "text": ["One", "Two"]},
        {"columns": ["title", "text"], "index": [0, 1], "data": [["A", "One"], ["B", "Two"]]},
    ],
)
def test_what_pandas_writes_is_a_table(data: dict[str, Any]) -> None:
    told = found(json.dumps(data)).documents
    assert [(d.title, d.text) for d in told] == [("A", "One"), ("B", "Two")]


def test_what_stands_beside_a_list_of_documents_is_told() -> None:
    data = {"status": "ok", "articles": ROWS}
    assert found(json.dumps(data)).notes[0] == (
        "The documents are those under “articles”; left out beside it: “status”."
    )


def test_lists_are_paragraphs_authors_and_labels() -> None:
    row = {"body": ["One.", "Two."], "authors": ["Ada", "Bo"], "categories": ["x", "y"]}
    (document,) = found(json.dumps([row])).documents
    assert (document.text, document.meta, document.labels) == (
        "One.\n\nTwo.",
        {"author": "Ada, Bo"},
        ("x", "y"),
    )


def test_keys_that_come_after_the_first_rows_are_kept_by_their_name() -> None:
    rows = [{"text": f"Text {n}", "title": "x"} for n in range(300)] + [{"text": "Z", "new": 1}]
    assert found(json.dumps(rows)).documents[-1].meta == {"new": 1}


def test_an_object_with_places_of_spans_is_no_row() -> None:
    row = {"body": "One", "entities": [{"start": 0, "end": 3, "label": "x"}]}
    assert "“entities” holds places of spans" in refusal(json.dumps([row]))


# ── workbooks ─────────────────────────────────────────────────────────────────────────────────────

SHEET = [
    ["Titel", "Text", "Datum", "Zahl"],
    ["A", "Erster.\nZweiter.", date(2024, 12, 31), 3],
    ["B", None, date(2025, 1, 1), 4],
    ["C", "Dritter.", date(2025, 1, 2), 2.5],
]


@pytest.mark.parametrize("made", [xlsx, ods])
def test_a_workbook_is_read_with_days_and_numbers_and_each_sheet_that_fits(made: Any) -> None:
    told = found(made(Artikel=SHEET, Legende=[["Code", "Sinn"], [1, "gut"]], Mehr=SHEET[:2]))
    first = ("A", "Erster.\nZweiter.", "2024-12-31", {"Zahl": 3})
    assert [(d.title, d.text, d.date, d.meta) for d in told.documents] == [
        first,
        ("C", "Dritter.", "2025-01-02", {"Zahl": 2.5}),
        first,
    ]
    assert "Without text in the sheet “Artikel”, and left out: 1 row (row 3)." in told.notes
    assert told.notes[-1] == ("Without a column of texts, and left out: 1 sheet (“Legende”).")


def test_a_workbook_in_which_nothing_is_called_text_is_read_from_its_first_sheet() -> None:
    told = found(xlsx(One=[["a", "b"], ["x", "y y"]], Two=[["c"], ["z"]]))
    assert [d.text for d in told.documents] == ["y y"]


@pytest.mark.parametrize("data", [b"PK\x03\x04 no zip", b"\xd0\xcf\x11\xe0 nothing"])
def test_a_damaged_workbook_is_refused_with_what_to_do(data: bytes) -> None:
    assert refusal(data).startswith("The workbook can")


def test_a_page_under_the_name_of_a_workbook_is_refused_with_what_it_is() -> None:
    assert formats.guess("a.xls", b"<html><table>") == "table"
    assert refusal("<html><table><tr><td>text</td></tr></table>").startswith("this is HTML or XML")


def test_a_workbook_of_places_of_spans_is_no_table_of_documents() -> None:
    assert "this table says where spans stand" in refusal(
        xlsx(One=[["label", "start", "end", "text"], ["x", 0, 1, LONG]])
    )


# ── whether a file is such a table ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "head", "format"),
    [
        ("a.csv", b"title,text\nA,One\n", "table"),
        ("a.csv", b"sep=;\ntitle;text\nA;One\n", "table"),
        ("a.csv", b"id,label,text\n1,x,One\n", "table"),
        ("a.csv", b"nr,what\n1," + LONG.encode() + b"\n", "table"),
        ("a.csv", "Überschrift;Inhalt\nA;Eins\n".encode("cp1252"), "table"),
        ("a.csv", "title\ttext\nA\tOne\n".encode("utf-16"), "table"),
        ("a.tsv", b"title\ttext\nA\tOne\n", "table"),
        ("a.csv", b"document,label,start,end,quote\n", "csv"),
        ("a.csv", b"text,label,quote\n" + LONG.encode() + b",x,A\n", "csv"),
        ("a.tsv", b"Ada\tB-PER\nmet\tO\nBo\tB-PER\n.\tO\n", "bio"),
        ("a.xlsx", xlsx(One=SHEET), "table"),
        ("a.ods", b"PK\x03\x04", "table"),
        ("a.json", json.dumps(ROWS).encode(), "table"),
        ("a.json", json.dumps({"articles": ROWS}, indent=1).encode(), "table"),
        ("a.jsonl", b'{"title": "A", "body": "One"}\n', "table"),
        ("a.jsonl", b'{"text": "One", "headline": "A", "url": "https://e.org"}\n', "table"),
        ("a.jsonl", b'{"what": "' + LONG.encode() + b'"}\n', "table"),
        ("a.jsonl", b'{"text": "One", "title": "A"}\n', "jsonl"),
        ("a.jsonl", b'{"text": "One", "label": "x"}\n', "jsonl"),
        ("a.jsonl", b'{"schema": "postil/1", "text": "One"}\n', "jsonl"),
        ("package.json", b'{"name": "x", "description": "' + LONG.encode() + b'"}', None),
        ("a.txt", b"title,text\nA,One\n", None),
    ],
)
def test_a_table_of_documents_is_told_from_one_of_spans_and_from_articles(
    name: str, head: bytes, format: str | None
) -> None:
    assert formats.guess(name, head) == format


def test_a_delimiter_within_texts_is_not_taken_for_the_one_between_cells() -> None:
    assert delimited.delimiter("a;b\none, two, three;x\nfour, five;y\n") == ";"
    assert delimited.delimiter("text\nOne, two\nThree\n") == delimited.NONE


def test_a_table_is_read_row_by_row() -> None:
    class Endless(io.RawIOBase):
        def __init__(self) -> None:
            self.count = 0

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            self.count += 1
            piece = b"title,text\n" if self.count == 1 else b"A,One\n" * (len(buffer) // 6)
            buffer[: len(piece)] = piece
            return len(piece)

    entries = table.read(io.BufferedReader(Endless(), 8192))
    assert [next(entries).document.text for _ in range(3000)] == ["One"] * 3000


def test_reading_says_nothing_of_tables_where_nobody_asks() -> None:
    assert replace(Reading(), name="x").tables == []
