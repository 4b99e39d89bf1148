"""Large arrays are read an entry at a time, and what is no JSON says where it stops being so."""

import io
import json
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.errors import BadLine
from annotations.formats import arrays
from annotations.formats.values import Json
from tests.formats.test_jsonl import plain, words


def found(data: bytes, **options: Any) -> list[Json]:
    return list(arrays.each(io.BytesIO(data), lambda entry: entry, **options))


objects = st.lists(st.dictionaries(words, plain, max_size=4), max_size=6)


@given(objects, st.sampled_from((None, 2)), st.integers(1, 40), st.booleans())
def test_an_array_is_cut_wherever_its_pieces_end(
    given_: list[Json], indent: int | None, piece: int, ascii_: bool
) -> None:
    data = json.dumps(given_, indent=indent, ensure_ascii=ascii_).encode()
    before, arrays.PIECE = arrays.PIECE, piece
    try:
        assert found(data) == given_
    finally:
        arrays.PIECE = before


@given(objects)
def test_lines_are_read_as_well(given_: list[Json]) -> None:
    assert found(b"\n".join(json.dumps(entry).encode() for entry in given_)) == given_


def test_a_single_object_may_have_many_lines() -> None:
    assert found(json.dumps({"a": [1, {"b": "}"}]}, indent=4).encode()) == [{"a": [1, {"b": "}"}]}]
    assert found(b"\xef\xbb\xbf [ ] ") == []
    assert found(b"") == []


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'[{"a": 1},\n {"a": "\\ud800"}]', "line 2: entry 2: a text holds half of a pair"),
        (b'[{"a": 1},\n 7]', "line 2: entry 2: a line holds one JSON object, and this is"),
        (b'[{"a": 1},\n\n {"a": ', "line 3: entry 2: the file ends within an entry"),
        (b'[{"a": 1}\n', "line 2: entry 2: the file ends before its list does"),
        (b'[{"a": 1}, }]', "line 1: entry 2: this is no JSON"),
        (b'{"a": 1}\nnonsense\n', "line 2: this is not JSON"),
        ("\ufeff[]".encode("utf-16-le"), "line 1: the file is in UTF-16"),
    ],
)
def test_what_cannot_be_read_is_named_with_line_and_entry(data: bytes, reason: str) -> None:
    with pytest.raises(BadLine) as caught:
        found(data)
    assert str(caught.value).startswith(reason)


def test_bad_entries_can_be_skipped() -> None:
    bad: list[BadLine] = []
    assert found(b'[{"a": 1}, 3, {"a": NaN}, [], {"a": 2}]', bad=bad.append) == [{"a": 1}, {"a": 2}]
    assert len(bad) == 3
    assert found(b'{"a": 1}\nnonsense\n{"a": 2}', bad=bad.append) == [{"a": 1}, {"a": 2}]


class Endless(io.RawIOBase):
    """A long array that is nowhere whole."""

    def __init__(self, times: int) -> None:
        entry = json.dumps({"text": "x" * 1000, "marks": [[n, n + 1] for n in range(50)]}).encode()
        self._pieces: Iterator[bytes] = iter(
            [b"[" + entry, *([b"," + entry] * times), b"]"],
        )
        self._held = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while len(self._held) < len(buffer):
            piece = next(self._pieces, None)
            if piece is None:
                break
            self._held += piece
        count = min(len(buffer), len(self._held))
        buffer[:count], self._held = self._held[:count], self._held[count:]
        return count


def test_memory_stays_flat_however_long_the_array_is() -> None:
    peaks = []
    for times in (2_000, 20_000):
        tracemalloc.start()
        stream = io.BufferedReader(Endless(times))
        assert sum(1 for _ in arrays.each(stream, lambda entry: entry)) == times + 1  # type: ignore[arg-type]
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 1_000_000
