"""CSV: a row a span, no formula among them, and what comes back of it."""

import csv
import io
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.document import IMPORTED, Annotated, Annotation, Document, Layer, Origin
from annotations.errors import BadLine, QuotesDiffer
from annotations.formats import Reading, cells, spreadsheet
from tests.documents import DOCUMENTS
from tests.formats.test_jsonl import annotated as annotated_documents


def rows(*documents: Annotated) -> list[dict[str, str]]:
    data = b"".join(spreadsheet.write(documents))
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_a_span_is_a_row() -> None:
    assert rows(DOCUMENTS["rich"])[1] == {
        "document": "doc-rich",
        "title": "rich",
        "layer": "Key, 2nd try",
        "annotator": "Dr. Núñez",
        "id": "rich-2",
        "label": "demand",
        "quote": "lift all sanctions",
        "start": "22",
        "end": "40",
        "fragments": "",
        "entity": "",
        "concept": "sanctions/lift",
        "attributes": '{"status":"rejected","firm":true,"weight":3}',
        "note": "'=1+1 is not a formula,\n“quoted”; and a second line.",
        "unsure": "yes",
        "origin": "hand",
        "created": "",
        "updated": "",
    }


def test_a_span_in_pieces_names_them_all() -> None:
    row = rows(DOCUMENTS["discontinuous"])[0]
    assert (row["quote"], row["start"], row["end"]) == ("asked … for safety", "7", "38")
    assert row["fragments"] == "7:12 28:38"


def test_the_score_of_a_model_stands_beside_its_name() -> None:
    assert rows(DOCUMENTS["rich"])[0]["origin"] == "model ner-7 0.75"


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert cells.safe(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["'=1", "''-1"])
def test_nor_does_one_look_as_if_it_had_been(cell: str) -> None:
    assert cells.safe(cell) == f"'{cell}"


@given(st.text(st.sampled_from("'=+-@\t\r\n＝a "), max_size=6))
def test_every_cell_comes_back_as_it_was(cell: str) -> None:
    assert cells.plain(cells.safe(cell)) == cell


@pytest.mark.parametrize("cell", ["", "1+1", "Trump", "'", "'s", " =1"])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert cells.safe(cell) == cell


def test_the_file_begins_with_a_mark_that_excel_needs() -> None:
    assert b"".join(spreadsheet.write([])) == (
        b"\xef\xbb\xbfdocument,title,layer,annotator,id,label,quote,start,end,fragments,entity,"
        b"concept,attributes,note,unsure,origin,created,updated\r\n"
    )


def test_what_a_spreadsheet_cannot_carry_is_counted() -> None:
    losses: Counter[str] = Counter()
    list(spreadsheet.write([DOCUMENTS["rich"], DOCUMENTS["unmarked"]], losses))
    assert losses == {
        "texts": 2,
        "layout": 1,
        "meta": 6,
        "document labels": 2,
        "relations": 3,
        "states": 2,
        "names": 3,
        "extra": 4,
        "unmarked": 1,
    }


# ── reading ───────────────────────────────────────────────────────────────────────────────────────

TEXTS = {entry.document.id: entry.document for entry in DOCUMENTS.values()}
KNOWN = Reading(text_of=TEXTS.get)
CALL = Document(id="call", title="A call", text="Ada 📞 Ben.\nBen left.")
IN_CALL = Reading(text_of={"call": CALL}.get)


def read(data: str | bytes, reading: Reading = IN_CALL) -> list[Annotated]:
    data = data.encode() if isinstance(data, str) else data
    return list(spreadsheet.read(io.BytesIO(data), None, reading))


def refused(data: str | bytes, reading: Reading = IN_CALL) -> str:
    with pytest.raises(BadLine) as caught:
        read(data, reading)
    return str(caught.value)


def left(annotated: Annotated) -> Annotated:
    """What of a document the table has cells for."""
    layer = annotated.layer
    if layer is not None:
        # Its title is in a cell, and that is made of the annotator where it has no name.
        unnamed = Layer(id="", annotator=layer.annotator)
        layer = replace(unnamed, name="" if layer.title == unnamed.title else layer.name)
    return Annotated(
        document=annotated.document,
        layer=layer,
        annotations=tuple(
            replace(
                mark,
                extra={},
                codebook=None,
                entity=mark.entity or None,
                concept=mark.concept or None,
            )
            for mark in annotated.annotations
        ),
    )


def same(found: Annotated) -> Annotated:
    return replace(found, layer=found.layer and replace(found.layer, id=""))


@pytest.mark.parametrize("name", sorted(set(DOCUMENTS) - {"empty", "unmarked"}))
def test_a_nasty_document_comes_back_without_what_has_no_cell(name: str) -> None:
    data = b"".join(spreadsheet.write([DOCUMENTS[name]]))
    kinds = replace(DOCUMENTS[name].layer or Layer(id=""), kind="work", exercise=None, frozen=False)
    assert [same(entry) for entry in read(data, KNOWN)] == [
        left(replace(DOCUMENTS[name], layer=kinds))
    ]


@given(annotated_documents())
def test_whatever_goes_out_comes_back_without_what_has_no_cell(given: Annotated) -> None:
    known = Reading(text_of=lambda name: given.document if name == given.document.id else None)
    layer = given.layer and replace(given.layer, kind="work", exercise=None, frozen=False)
    given = replace(given, layer=layer)
    data = b"".join(spreadsheet.write([given]))
    expected = [left(given)] if given.annotations else []
    assert [same(entry) for entry in read(data, known)] == expected


@pytest.mark.parametrize(
    ("between", "encoding"),
    [(",", "utf-8"), (";", "utf-8-sig"), ("\t", "utf-16"), (";", "utf-8")],
)
def test_what_a_spreadsheet_saves_is_read(between: str, encoding: str) -> None:
    rows = 'document,label,quote,start,end,NOTE\r\ncall,actor,Ada,0,3,"so; he, says"\r\n'
    if between != ",":
        rows = rows.replace(",", between).replace(f"so; he{between}", "so; he,")
    (found,) = read(rows.encode(encoding))
    (mark,) = found.annotations
    assert found.document is CALL
    assert mark == Annotation(
        id=mark.id, start=0, end=3, label="actor", note="so; he, says", origin=IMPORTED
    )


def test_a_quote_is_enough_where_it_stands_once() -> None:
    (found,) = read("document,label,quote\ncall,actor,Ada\ncall,claim,Ben left\n")
    assert [(m.start, m.end) for m in found.annotations] == [(0, 3), (11, 19)]
    assert refused("document,label,quote\ncall,actor,Ben\n") == (
        "line 2: “Ben” stands in the text more than once; say start and end too"
    )


def test_quotes_tell_the_unit() -> None:
    (found,) = read("document,label,quote,start,end\ncall,actor,Ben,7,10\ncall,actor,Ada,0,3\n")
    assert [(m.start, m.end) for m in found.annotations] == [(6, 9), (0, 3)]
    with pytest.raises(QuotesDiffer, match="at 3–5 expected “Ben”, found “ 📞”"):
        read("document,label,quote,start,end\ncall,actor,Ben,3,5\n")


def test_texts_may_stand_in_the_table() -> None:
    entries = read(
        'title,text,label,start,end,colour\nOne,"Ada\r\nBen",actor,0,3,red\n'
        ",Cleo,actor,0,4,\n,Dan,actor,0,3,\n",
        Reading(),
    )
    assert [entry.document.text for entry in entries] == ["Ada\nBen", "Cleo", "Dan"]
    assert [entry.document.title for entry in entries] == ["One", "Cleo", "Dan"]
    assert entries[0].annotations[0].extra == {"colour": "red"}


def test_rows_of_one_document_and_layer_are_one_entry() -> None:
    entries = read(
        "document,annotator,label,start,end\ncall,ada,x,0,1\ncall,ada,y,1,2\ncall,ben,x,0,1\n"
    )
    assert [(e.layer and e.layer.annotator, len(e.annotations)) for e in entries] == [
        *(("ada", 2), ("ben", 1))
    ]


@pytest.mark.parametrize(
    "origin",
    [
        Origin("model", "ner 7", 0.75, True),
        Origin("rule", "v 2"),
        Origin("rule", "was edited", None, True),
        Origin("model", "", 0.5),
        Origin("import", "–"),
    ],
)
def test_an_origin_comes_back(origin: Origin) -> None:
    mark = Annotation(id="m", start=0, end=3, label="x", origin=origin)
    data = b"".join(spreadsheet.write([Annotated(document=CALL, annotations=(mark,))]))
    assert read(data)[0].annotations == (mark,)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ("a,b\n", "line 1: the first line must name the columns, among them “label”"),
        ("label,label\n", "line 1: two columns have the same name"),
        (
            "document,label\nx,y\n",
            "line 2: there is no document “x” here, and no text in",
        ),
        ("document,label\ncall,y\n", "line 2: there is neither “start” and “end” nor “quote”"),
        ("document,label,start,end\ncall,,0,1\n", "line 2: there is no label"),
        ("document,label,start,end\ncall,x,0,99\n", "line 2: 99 lies outside of a text of 20"),
        ("document,label,start,end\ncall,x,2,2\n", "line 2: 2–2 is empty"),
        ("document,label,start,end\ncall,x,a,1\n", "line 2: “a” and “1” are no places"),
        ('document,label,start,end\n"ca\nll",x,0,1\n', "line 2: there is no document “ca"),
        ("document,label,quote\ncall,x,Ada\ncall,x,Cleo\n", "line 3: “Cleo” does not stand"),
        ("document,label,quote\ncall,x,Ada,,7\n", "line 2: here are 5 cells, and 3 columns"),
        ('document,label,quote\ncall,x,"Ada\n', "line 2: this is no CSV: unexpected end of data"),
        ("label,quote,attributes\nx,Ada,{\n", "line 2: there is no document “” here"),
        ("document,label,quote,attributes\ncall,x,Ada,{\n", "line 2: attributes are a JSON"),
        ("document,label,quote,origin\ncall,x,Ada,dream\n", "line 2: “dream” is no origin"),
        ("document,label,quote,id\ncall,x,Ada,§\n", "line 2: “§” cannot be the id of a span"),
        ("document,label,quote,fragments\ncall,x,Ada,0-1\n", "line 2: “0-1” are no parts"),
        (b"document,label,quote\ncall,x,Ad\xe9\n", "line 2: this is not UTF-8"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_its_line(rows: str | bytes, reason: str) -> None:
    assert refused(rows).startswith(reason)


def found_in(table: str) -> list[tuple[str, list[tuple[str, str]]]]:
    return [
        (entry.document.text, [(m.label, m.quote(entry.document.text)) for m in entry.annotations])
        for entry in spreadsheet.read(io.BytesIO(table.encode()))
    ]


ANA = ("Ana Berg met Bo.", [("PER", "Ana Berg")])


@pytest.mark.parametrize(
    "table",
    [
        "sep=;\r\ndocument;text;start;end;label\r\na;Ana Berg met Bo.;0;8;PER\r\n",
        '"sep=\t"\ndocument\ttext\tstart\tend\tlabel\na\tAna Berg met Bo.\t0\t8\tPER\n',
        "document,text,start,end,label\na,Ana Berg met Bo.,0.0,8.00,PER\n",
        ",document,text,start,end,label\n0,a,Ana Berg met Bo.,0.0,8.0,PER\n",
        "Unnamed: 0,document,text,start,end,label\n17,a,Ana Berg met Bo.,0,8,PER\n",
        " document , text ,start,end, label\na,Ana Berg met Bo., 0, 8, PER\n",
        'document, text, start, end, label\na, "Ana Berg met Bo.", 0, 8, PER\n',
        "document,text,start,end,label\na , Ana Berg met Bo., 1 ,9 ,PER \n",
        "Doc_ID,Text,start_offset,end_offset,Label,,\na,Ana Berg met Bo.,0,8,PER,,\n",
        "document,text,quote,label\na,Ana Berg met Bo.,Ana Berg,PER\n",
    ],
)
def test_what_excel_pandas_and_people_make_of_a_table_is_read(table: str) -> None:
    ((text, spans),) = found_in(table)
    assert (text.strip(), spans) == ANA
    (entry,) = spreadsheet.read(io.BytesIO(table.encode()))
    assert (entry.document.id, entry.annotations[0].extra) == ("a", {})


@pytest.mark.parametrize("encoding", ["windows-1252", "latin1", "utf-8"])
def test_an_encoding_may_be_said_and_a_mark_in_the_file_goes_before_it(encoding: str) -> None:
    table = "document,text,start,end,label\nb,José met.,0,4,PER\n"
    reading = Reading(encoding=encoding)
    for data in (table.encode(encoding), table.encode("utf-8-sig"), table.encode("utf-16")):
        (entry,) = spreadsheet.read(io.BytesIO(data), None, reading)
        assert entry.annotations[0].quote(entry.document.text) == "José"


def test_an_encoding_that_nobody_knows_is_refused() -> None:
    with pytest.raises(BadLine, match="“klingon” is not an encoding that is known here"):
        list(spreadsheet.read(io.BytesIO(b"label\n"), None, Reading(encoding="klingon")))


def test_a_row_without_a_mark_is_a_document_without_one() -> None:
    assert found_in(
        "document,text,start,end,label\na,Ana Berg met Bo.,0,8,PER\na,Ana Berg met Bo.,,,\n"
        "b,No marks here,,,\n,,,,\n , ,,, \n"
    ) == [ANA, ("No marks here", [])]


def test_a_text_is_given_once_for_rows_that_follow() -> None:
    assert found_in(
        ",document,text,start,end,label\n0,a,Ana Berg met Bo.,0.0,8.0,PER\n1,a,,13.0,15.0,PER\n"
    ) == [(ANA[0], [*ANA[1], ("PER", "Bo")])]


@pytest.mark.parametrize(
    ("row", "spans"),
    [
        ("14,16,", ["Bo"]),
        ("0,16,", ["Ana Berg\nmet Bo"]),
        ("14,16,Bo", ["Bo"]),
        ("13,15,Bo", ["Bo"]),
        ("13,15,", [" B"]),
    ],
)
def test_offsets_count_a_cell_as_the_file_has_it_where_no_quote_says_otherwise(
    row: str, spans: list[str]
) -> None:
    table = f'document,text,start,end,quote,label\r\na,"Ana Berg\r\nmet Bo.",{row},PER\r\n'
    assert found_in(table) == [("Ana Berg\nmet Bo.", [("PER", span) for span in spans])]


def test_other_columns_are_kept_and_those_without_a_name_by_their_number() -> None:
    table = "label,quote,document,,when\nx,Ada,call,here,\ny,Ada,call,,now\n"
    (entry,) = spreadsheet.read(io.BytesIO(table.encode()), None, IN_CALL)
    assert [mark.extra for mark in entry.annotations] == [{"column 4": "here"}, {"when": "now"}]


def test_of_bad_rows_the_others_are_kept() -> None:
    told: list[BadLine] = []
    head = "document,text,start,end,label\na,Ana Berg met Bo.,0,8,PER\n"
    table = f"{head}a,,9,x,PER\na,,13,15,\na,,13,15,P\n"
    (entry,) = spreadsheet.read(io.BytesIO(table.encode()), told.append)
    assert [mark.label for mark in entry.annotations] == ["PER", "P"]
    assert [(error.line, error.part) for error in told] == [(3, "span"), (4, "span")]


def test_a_bad_document_may_be_skipped() -> None:
    told: list[BadLine] = []
    data = b"document,label,quote\nx,y,z\ncall,x,Ada\n"
    found = list(spreadsheet.read(io.BytesIO(data), told.append, IN_CALL))
    assert [entry.document.id for entry in found] == ["call"]
    assert [error.line for error in told] == [2]


@given(
    st.binary(max_size=60) | st.text("label,quot\n\r\"';\t017Ad:\0", max_size=80).map(str.encode)
)
def test_anything_is_read_or_refused(data: bytes) -> None:
    told: list[BadLine] = []
    for head in (b"", b"document,label,quote,start,end,fragments\n"):
        try:
            list(spreadsheet.read(io.BytesIO(head + data), told.append, IN_CALL))
        except BadLine as error:
            told.append(error)
    assert all(error.line for error in told)
