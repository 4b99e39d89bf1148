"""CSV: a row a span, and no formula among them."""

import csv
import io
from collections import Counter

import pytest

from annotations.document import Annotated
from annotations.formats import spreadsheet
from tests.documents import DOCUMENTS


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
    assert spreadsheet.safe(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "1+1", "Trump", "'=1", " =1"])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert spreadsheet.safe(cell) == cell


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
