"""Data sets that were saved to the disk: Arrow's streams, with what is said of them beside."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations import formats
from annotations.document import Annotated
from annotations.errors import BadLine
from annotations.formats import Member, arrow, parquet
from tests.documents import DOCUMENTS

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

ROWS = [
    {"text": "Maduro spoke.", "spans": [{"start": 0, "end": 6, "label": "actor"}], "n": 1},
    {"text": "Nobody 📞 did.", "spans": [], "n": 2},
]
TAGGED = {"tokens": ["Ada", "Berg", "spoke"], "ner_tags": [1, 2, 0]}
INFO = {
    "features": {
        "ner_tags": {
            "feature": {"names": ["O", "B-PER", "I-PER"], "_type": "ClassLabel"},
            "_type": "Sequence",
        }
    }
}


def stream(table: Any, rows: int = 1000, **how: Any) -> bytes:
    made = pa.BufferOutputStream()
    with pa.ipc.new_stream(made, table.schema, options=pa.ipc.IpcWriteOptions(**how)) as writer:
        writer.write_table(table, max_chunksize=rows)
    return bytes(made.getvalue())


def of(entries: list[dict[str, Any]], **how: Any) -> bytes:
    return stream(pa.Table.from_pylist(entries), **how)


def read(data: bytes) -> list[Annotated]:
    return list(arrow.read(io.BytesIO(data)))


def member(name: str, data: bytes) -> Member:
    @contextmanager
    def opened() -> Iterator[IO[bytes]]:
        yield io.BytesIO(data)

    return Member(name, len(data), opened)


def quotes(found: list[Annotated]) -> list[list[tuple[str, str]]]:
    return [
        [(mark.label, mark.quote(entry.document.text)) for mark in entry.annotations]
        for entry in found
    ]


@pytest.mark.parametrize("rows", [1, 1000])
def test_rows_are_documents_with_their_spans(rows: int) -> None:
    found = read(of(ROWS, rows=rows))

    assert [entry.document.text for entry in found] == ["Maduro spoke.", "Nobody 📞 did."]
    assert quotes(found) == [[("actor", "Maduro")], []]
    assert [entry.document.extra for entry in found] == [{"n": 1}, {"n": 2}]


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if name != "huge"])
def test_our_own_tables_come_back_whole(name: str) -> None:
    table = pq.read_table(io.BytesIO(b"".join(parquet.write([DOCUMENTS[name]]))))

    assert read(stream(table)) == [DOCUMENTS[name]]


def test_the_folders_of_splits_are_read_in_order_and_caches_passed_over() -> None:
    said = json.dumps(INFO).encode()
    members = [
        member("set/train/data-00000-of-00001.arrow", of([TAGGED])),
        member("set/train/cache-1234.arrow", of([{"indices": 1}])),
        member("set/train/dataset_info.json", said),
        member("set/train/state.json", b'{"_data_files": []}'),
        member("set/test/data-00000-of-00001.arrow", of(ROWS)),
        member("set/dataset_dict.json", b'{"splits": ["train", "test"]}'),
    ]
    assert formats.guess_together([each.name for each in members]) == "arrow"

    found = list(arrow.gather(members))

    assert quotes(found) == [[("actor", "Maduro")], [], [("PER", "Ada Berg")]]


def test_what_datasets_saves_is_read(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    datasets.Dataset.from_list(ROWS).save_to_disk(tmp_path / "saved")
    members = [
        member(f"saved/{path.name}", path.read_bytes()) for path in (tmp_path / "saved").iterdir()
    ]

    assert quotes(list(arrow.gather(members))) == [[("actor", "Maduro")], []]


def nothings(count: int) -> bytes:
    """A row with a list of so many nulls, which take no bytes."""
    offsets = pa.py_buffer(pa.array([0, count], pa.int32()).buffers()[1])
    spans = pa.ListArray.from_buffers(
        pa.list_(pa.null()), 1, [None, offsets], children=[pa.nulls(count)]
    )
    return stream(pa.table({"text": ["x"], "spans": spans}))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "there is nothing in this table"),
        (b"nothing of the kind", "this is no Arrow table that can be read"),
        (b"ARROW1\0\0 and more", "this is a Feather file; save its table as Parquet"),
        (of([{"n": 1}]), "there is no column “text”"),
        (of(ROWS)[:-200], "this is no Arrow table that can be read"),
        (of([{"text": "x" * 5000}], compression="zstd"), "its rows are compressed"),
        (
            stream(pa.table({"text": pa.array(["x"] * 9).dictionary_encode()})),
            "the column “text” is of a type that is not read here (dictionary<",
        ),
        (nothings(2_000_000), "its rows come to far more than is in the file"),
        (of([{"text": 5}]), "row 1: “text” is a whole number, not a text"),
    ],
)
def test_what_cannot_be_taken_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(BadLine) as caught:
        read(data)
    assert reason in str(caught.value)


def test_many_small_batches_do_not_add_up_to_more_than_the_file_holds() -> None:
    empty = pa.record_batch({"text": pa.nulls(6_000), "spans": pa.nulls(6_000)})
    made = pa.BufferOutputStream()
    with pa.ipc.new_stream(made, empty.schema) as writer:
        for _ in range(8):
            writer.write_batch(empty)
    told: list[BadLine] = []

    with pytest.raises(BadLine, match="come to far more than is in the file"):
        list(arrow.read(io.BytesIO(bytes(made.getvalue())), told.append))

    assert len(told) < 8 * len(bytes(made.getvalue())) + 10_000


@given(st.data())
def test_a_damaged_table_is_read_or_refused(data: st.DataObject) -> None:
    whole = bytearray(of(ROWS * 3, rows=2))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(whole) - 1))
        whole[place] = data.draw(st.integers(0, 255))
    told: list[BadLine] = []
    with suppress(BadLine):
        for entry in arrow.read(io.BytesIO(bytes(whole)), told.append):
            assert all(mark.end <= len(entry.document.text) for mark in entry.annotations)
