"""Parquet, and the layout of Hugging Face's datasets: tables from which everything comes back."""

import io
import zipfile
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotations.document import IMPORTED, Annotated, Annotation
from annotations.errors import BadLine
from annotations.formats import Writing, huggingface, parquet
from tests.documents import DOCUMENTS
from tests.formats.roundtrip import assert_round_trip
from tests.formats.roundtrip import read as read_as
from tests.formats.test_jsonl import annotated

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


def table(*documents: Annotated) -> Any:
    return pq.read_table(io.BytesIO(b"".join(parquet.write(documents))))


def of_others(rows: list[dict[str, Any]]) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), file)
    return file.getvalue()


def read(data: bytes) -> list[Annotated]:
    return list(parquet.read(io.BytesIO(data)))


def refused(data: bytes) -> str:
    with pytest.raises(BadLine) as caught:
        read(data)
    return str(caught.value)


# ── the table ─────────────────────────────────────────────────────────────────────────────────────


def test_a_span_is_a_struct() -> None:
    (row,) = table(DOCUMENTS["rich"]).to_pylist()
    assert row["spans"][1] == {
        "id": "rich-2", "start": 22, "end": 40, "label": "demand", "text": "lift all sanctions",
        "fragments": [], "attributes": '{"status":"rejected","firm":true,"weight":3}',
        "entity": None, "concept": "sanctions/lift",
        "note": "=1+1 is not a formula,\n“quoted”; and a second line.", "unsure": True,
        "origin": {"kind": "hand", "source": "", "score": None, "edited": False},
        "codebook": None, "created": None, "updated": None,
        "extra": '{"token_end":7,"nested":{"a":[1,null]}}',
    }  # fmt: skip
    assert (row["id"], row["state"], row["layer_name"]) == ("doc-rich", "done", "Key, 2nd try")
    assert row["relations"][0]["head"] == DOCUMENTS["rich"].relations[0].head


def test_offsets_are_32_bit_code_points() -> None:
    spans = table(*DOCUMENTS.values()).schema.field("spans").type.value_type
    assert (spans.field("start").type, spans.field("end").type) == (pa.int32(), pa.int32())
    for row in table(*DOCUMENTS.values()).to_pylist():
        for span in row["spans"]:
            assert row["text"][span["start"] : span["end"]] == span["text"]


@pytest.mark.parametrize("name", ["parquet", "huggingface"])
@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=list(DOCUMENTS))
def test_every_nasty_document_comes_back(name: str, document: Annotated) -> None:
    assert_round_trip(name, [document])


@settings(max_examples=40)
@given(st.lists(annotated(), max_size=3))
def test_whatever_goes_out_comes_back(documents: list[Annotated]) -> None:
    lost = Counter[str]()
    assert read(b"".join(parquet.write(documents, lost))) == documents
    assert lost == {}


def test_rows_are_written_in_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "ROWS", 4)
    entries = [*DOCUMENTS.values()]
    data = list(parquet.write(entries))
    found = pq.ParquetFile(io.BytesIO(b"".join(data)))
    assert found.num_row_groups == -(-len(entries) // 4)
    assert len([piece for piece in data if piece]) == found.num_row_groups + (len(entries) % 4 == 0)
    assert read(b"".join(data)) == entries


def test_the_same_documents_give_the_same_bytes() -> None:
    entries = [*DOCUMENTS.values()]
    for write in (parquet.write, huggingface.write):
        assert b"".join(write(entries)) == b"".join(write(entries))


# ── tables of others ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("spans", ["spans", "entities"])
def test_tables_of_others_are_read_and_what_else_they_hold_is_kept(spans: str) -> None:
    rows = [
        {
            "text": "Ada 📞 Cleo",
            spans: [{"start": 6, "end": 10, "label": "PER", "score": 0.5}],
            "tokens": ["Ada", "📞", "Cleo"],
            "year": 2024,
        }
    ]
    (found,) = read(of_others(rows))
    (mark,) = found.annotations
    assert mark == Annotation(
        id=mark.id, start=6, end=10, label="PER", origin=IMPORTED, extra={"score": 0.5}
    )
    assert found.document.extra == {"tokens": ["Ada", "📞", "Cleo"], "year": 2024}


def test_quotes_tell_the_unit() -> None:
    rows = [{"text": "📞 Cleo", "spans": [{"start": 3, "end": 7, "label": "x", "text": "Cleo"}]}]
    (found,) = read(of_others(rows))
    assert (found.annotations[0].start, found.annotations[0].end) == (2, 6)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (
            {"words": "a"},
            "there is no column “text”, and no “tokens” with tags; the columns are words",
        ),
        ({"text": 7}, "row 1: “text” is a whole number, not a text"),
        ({"text": "a", "spans": "b"}, "row 1: “spans” is a text, not a list"),
        ({"text": "a", "spans": [7]}, "row 1: “spans” holds a whole number where a struct belongs"),
        ({"text": "a", "spans": [{"start": 0}]}, "row 1: span 1: there is no “end”"),
        (
            {"text": "a", "spans": [{"start": 0, "end": 9, "label": "x"}]},
            "row 1: span 1: 0–9 does not fit a text of 1 characters",
        ),
        ({"text": "a\0"}, "row 1: The row holds the character U+0000"),
        ({"text": "a", "meta": "{"}, "row 1: “meta” is not JSON"),
        ({"text": "a", "meta": "7"}, "row 1: “meta” is a whole number, not an object"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_its_row(row: dict[str, Any], reason: str) -> None:
    assert refused(of_others([row])).startswith(reason)


@pytest.mark.parametrize("data", [b"", b"PAR1", b"PAR1" + b"x" * 90 + b"PAR1", b"text"])
def test_what_is_no_parquet_is_refused(data: bytes) -> None:
    assert refused(data).startswith("this is no Parquet that can be read: ")


@settings(max_examples=150)
@given(st.data())
def test_a_damaged_file_is_read_or_refused(data: st.DataObject) -> None:
    whole = bytearray(b"".join(parquet.write([DOCUMENTS["rich"], DOCUMENTS["nested"]])))
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    told: list[BadLine] = []
    try:
        list(parquet.read(io.BytesIO(bytes(whole)), told.append))
    except BadLine as error:
        told.append(error)
    assert all(error.reason for error in told)


def test_a_bad_row_may_be_skipped() -> None:
    told: list[BadLine] = []
    rows = [{"text": "a", "revision": 0}, {"text": "b", "revision": 1}]
    found = list(parquet.read(io.BytesIO(of_others(rows)), told.append))
    assert [entry.document.text for entry in found] == ["b"]
    assert [error.reason for error in told] == ["row 1: revisions count from 1, and this is 0"]


# ── the dataset ───────────────────────────────────────────────────────────────────────────────────


def unzipped(*documents: Annotated, writing: Writing | None = None) -> dict[str, bytes]:
    data = b"".join(huggingface.write(documents, None, writing))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_dataset_is_a_card_and_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huggingface, "SHARD", 100)
    entries = [DOCUMENTS["rich"], DOCUMENTS["nested"], DOCUMENTS["unmarked"]]
    files = unzipped(*entries)
    assert [*files] == [
        "README.md",
        "data/train-00000-of-00003.parquet",
        "data/train-00001-of-00003.parquet",
        "data/train-00002-of-00003.parquet",
    ]
    data = b"".join(huggingface.write(entries))
    assert read_as("huggingface", data) == entries


def test_a_dataset_may_be_empty() -> None:
    files = unzipped()
    assert [*files] == ["README.md", "data/train-00000-of-00001.parquet"]
    assert read(files["data/train-00000-of-00001.parquet"]) == []


def test_the_card_says_what_is_in_it() -> None:
    writing = Writing(title="Calls: 2", codebook='name = "```"', command="postil export -o x")
    card = unzipped(DOCUMENTS["rich"], DOCUMENTS["nested"], writing=writing)["README.md"].decode()
    front = card.split("---\n")[1]
    assert front.splitlines()[:5] == [
        'pretty_name: "Calls: 2"',
        'license: "unknown"',
        'language: ["en"]',
        'task_categories: ["token-classification"]',
        'size_categories: ["n<1K"]',
    ]
    assert "| spans | 9 |" in card
    assert "| claim | 4 |\n| actor | 3 |\n| demand | 2 |\n" in card
    assert "| done | 1 |" in card
    assert '````toml\nname = "```"\n````\n' in card
    assert "```sh\npostil export -o x\n```\n" in card
    assert "- `text`: text\n" in card


def test_a_dataset_without_tables_is_refused() -> None:
    with pytest.raises(BadLine, match=r"there is no \.parquet file among these"):
        list(huggingface.gather([]))


def test_a_value_that_stands_in_each_row_fills_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    text = pa.DictionaryArray.from_arrays(pa.array([0] * 100, pa.int32()), ["a" * 1_000_000])
    file = io.BytesIO()
    pq.write_table(pa.table({"text": text}), file, compression="zstd", store_schema=False)
    assert len(file.getvalue()) < 1_000
    monkeypatch.setattr(parquet, "AT_ONCE", 8_000_000)
    monkeypatch.setattr(parquet, "MAX_UNPACKED", 20_000_000)

    assert refused(file.getvalue()).startswith("its rows come to far more than is in the file")
    assert parquet._at_once(pq.ParquetFile(file).metadata.row_group(0)) == 7


def test_short_rows_are_read_many_at_a_time() -> None:
    data = b"".join(parquet.write([DOCUMENTS["rich"]]))
    assert parquet._at_once(pq.ParquetFile(io.BytesIO(data)).metadata.row_group(0)) == 100
