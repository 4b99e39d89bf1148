"""Marks of several parts: adding and taking away, on any parts."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.errors import BadInput
from annotations.fragments import with_fragment, without_fragment
from annotations.spans import Span, hull

spans = st.tuples(st.integers(0, 60), st.integers(1, 12)).map(lambda p: Span(p[0], p[0] + p[1]))


def parts_of(several: list[Span]) -> tuple[Span, ...]:
    parts: tuple[Span, ...] = ()
    for span in several:
        parts = with_fragment(parts, span)
    return parts


def covered(parts: tuple[Span, ...]) -> set[int]:
    return {place for part in parts for place in range(part.start, part.end)}


@pytest.mark.parametrize(
    ("added", "expected"),
    [
        (Span(30, 35), ((0, 5), (10, 20), (30, 35))),
        (Span(6, 8), ((0, 5), (6, 8), (10, 20))),
        (Span(5, 10), ((0, 20),)),
        (Span(3, 12), ((0, 20),)),
        (Span(12, 14), ((0, 5), (10, 20))),
    ],
)
def test_what_touches_becomes_one(added: Span, expected: tuple[tuple[int, int], ...]) -> None:
    parts = with_fragment((Span(0, 5), Span(10, 20)), added)

    assert tuple((part.start, part.end) for part in parts) == expected


@given(st.lists(spans, min_size=1, max_size=8))
def test_any_parts_are_sorted_and_apart_and_cover_what_was_added(several: list[Span]) -> None:
    parts = parts_of(several)

    assert hull(parts) == Span(min(s.start for s in several), max(s.end for s in several))
    assert covered(parts) == covered(tuple(several))
    assert all(before.end < after.start for before, after in pairwise(parts))


@given(st.lists(spans, min_size=1, max_size=8), spans)
def test_taking_away_leaves_the_parts_elsewhere_as_they_are(several: list[Span], at: Span) -> None:
    parts = parts_of(several)
    elsewhere = tuple(part for part in parts if not part.overlaps(at))
    if elsewhere in (parts, ()):
        with pytest.raises(BadInput):
            without_fragment(parts, at)
    else:
        assert without_fragment(parts, at) == elsewhere


def test_the_only_part_stays() -> None:
    with pytest.raises(BadInput, match="delete the mark instead"):
        without_fragment((Span(0, 5),), Span(2, 3))
