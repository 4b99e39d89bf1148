"""The quick way through a native line, and that nobody can tell it from the other."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest import mock

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from annotations.document import Annotated, PlainBlocks
from annotations.errors import BadLine
from annotations.formats import jsonl, lines, values
from annotations.plain import PlainMarks
from tests.documents import DOCUMENTS
from tests.formats.test_jsonl import annotated

SPAN = {
    "id": "a",
    "start": 0,
    "end": 5,
    "label": "claim",
    "text": "Hello",
    "origin": {"kind": "hand"},
}
MOMENTS = {"codebook": 1, "created": "2026-01-01T10:00:00.000Z", "updated": "2026-01-02"}
LINE: dict[str, Any] = {
    "schema": "postil/1",
    "id": "d",
    "title": "A title",
    "text": "Hello\nall of you 😀",
    "revision": 2,
    "language": "en",
    "layout": {"blocks": [["h1", 0, 5], ["p", 6, 18]]},
    "layer": "l",
    "kind": "work",
    "annotator": "Ada",
    "state": "done",
    "codebook": 1,
    "spans": [SPAN, {**SPAN, "id": "b", "start": 6, "end": 9, "text": "all"}],
    "relations": [],
}


@contextmanager
def slowly() -> Iterator[None]:
    """Nothing is taken by the quick way."""
    with (
        mock.patch.object(jsonl, "marks_in", return_value=None),
        mock.patch.object(jsonl.PlainLines, "read", return_value=None),
    ):
        yield


def told(data: bytes) -> list[Annotated] | str:
    """What is read, or why it is refused; ids that are made are all the same."""
    with (
        mock.patch.object(jsonl, "new_id", return_value="new"),
        mock.patch.object(values, "new_id", return_value="new"),
    ):
        try:
            return list(jsonl.read(io.BytesIO(data)))
        except BadLine as error:
            return str(error)


def is_told_alike(line: dict[str, Any]) -> bool:
    data = json.dumps(line).encode()
    quick = told(data)
    with slowly():
        return quick == told(data)


def is_quick(line: dict[str, Any]) -> bool:
    (entry,) = jsonl.read(io.BytesIO(orjson.dumps(line)))
    return isinstance(entry.annotations, PlainMarks)


def test_the_common_line_is_read_quickly() -> None:
    moments = [{**span, **MOMENTS} for span in LINE["spans"]]
    assert is_quick(LINE)
    assert is_quick({**LINE, "spans": moments})
    assert is_told_alike(LINE)
    assert is_told_alike({**LINE, "spans": moments})
    assert is_told_alike({**LINE, "spans": []})


def test_a_line_that_says_more_is_not() -> None:
    for more in (
        {"note": "why"}, {"attributes": {"a": 1}}, {"unsure": True}, {"mine": 1}, {"entity": "Ada"},
        {"origin": {"kind": "model"}}, {"fragments": [[0, 2], [3, 5]]},
    ):  # fmt: skip
        assert not is_quick({**LINE, "spans": [{**SPAN, **more}]})


VALUES = (
    None, True, False, 0, 1, -1, 5, 18, 19, 2**63, 2**70, 1.0, 1.5, "", "a", "b", "é", "a b", "\0",
    "\r", "\ufeff", "Hello", "hand", "rtl", "new", "x" * 101, [], [[]], [1], {}, {"kind": "hand"},
    {"blocks": []}, {"blocks": [["p", 0, 5]]}, {"blocks": [["p", 5, 0]]}, {"blocks": [["q", 0, 5]]},
    {"blocks": [["p", 0, 5], ["p", 4, 6]]}, {"blocks": [["p", 0, 5, {"level": 1}]]},
    {"blocks": [["p", 0, True]]}, {"inlines": [["em", 0, 5]]}, {"blocks": 1}, [SPAN, SPAN], [None],
)  # fmt: skip
"""What may stand anywhere."""

KEYS = (*LINE, "sha256", "direction", "source", "date", "meta", "labels", "frozen", "layer_name")
KEYS += ("exercise", "entities", "concepts", "other")
SPAN_KEYS = (*SPAN, *MOMENTS, "note", "other")


@given(st.sampled_from(KEYS), st.sampled_from(VALUES), st.sampled_from(KEYS))
@example("sha256", "a", "text")
def test_whatever_stands_in_a_line_it_is_told_alike(key: str, value: Any, gone: str) -> None:
    assert is_told_alike({**LINE, key: value})
    assert is_told_alike({k: v for k, v in LINE.items() if k != gone} | {key: value})


@given(
    st.sampled_from(SPAN_KEYS),
    st.sampled_from(VALUES),
    st.sampled_from(SPAN_KEYS),
    st.booleans(),
    st.integers(0, 1),
)
def test_whatever_stands_in_a_span_it_is_told_alike(
    key: str, value: Any, gone: str, moments: bool, place: int
) -> None:
    spans = [{**span, **(MOMENTS if moments else {})} for span in LINE["spans"]]
    bent = [*spans]
    bent[place] = {**spans[place], key: value}
    assert is_told_alike({**LINE, "spans": bent})
    assert is_told_alike({**LINE, "spans": [{**span, key: value} for span in spans]})
    bent[place] = {k: v for k, v in spans[place].items() if k != gone}
    assert is_told_alike({**LINE, "spans": bent})


@given(st.lists(annotated(), max_size=3))
def test_whatever_goes_out_is_read_alike(documents: list[Annotated]) -> None:
    data = b"".join(jsonl.write(documents))
    quick = told(data)
    with slowly():
        assert quick == told(data)


@pytest.mark.parametrize("entry", DOCUMENTS.values(), ids=DOCUMENTS)
def test_a_nasty_document_is_read_and_written_alike(entry: Annotated) -> None:
    data = b"".join(jsonl.write([entry]))
    (quick,) = jsonl.read(io.BytesIO(data))
    with slowly():
        (slow,) = jsonl.read(io.BytesIO(data))
    assert (quick, slow) == (slow, entry)
    assert b"".join(jsonl.write([quick])) == b"".join(jsonl.write([slow])) == data


@pytest.mark.parametrize("moments", [{}, MOMENTS])
def test_columns_are_written_as_values_are(moments: dict[str, Any]) -> None:
    data = orjson.dumps({**LINE, "spans": [{**span, **moments} for span in LINE["spans"]]})
    (quick,) = jsonl.read(io.BytesIO(data))
    document = quick.document
    assert isinstance(document.layout.blocks, PlainBlocks)
    slow = replace(
        quick,
        annotations=tuple(quick.annotations),
        document=replace(
            document, layout=replace(document.layout, blocks=tuple(document.layout.blocks))
        ),
    )
    assert not isinstance(slow.annotations, PlainMarks)
    assert quick == slow
    assert list(jsonl.write([quick])) == list(jsonl.write([slow]))


def test_numbers_beyond_64_bits_are_exact_in_what_is_not_read_quickly() -> None:
    line = orjson.dumps({**LINE, "other": 0}).replace(b'"other":0', b'"other":%d' % 2**70)
    (entry,) = jsonl.read(io.BytesIO(line))
    assert entry.document.extra == {"other": 2**70}
    assert lines.loaded(line)["other"] == 2**70
