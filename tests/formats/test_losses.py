"""What a format has no place for: counted, and spans of several parts turned into what is asked."""

from collections import Counter
from dataclasses import replace

import pytest

from annotations.document import Annotated, Annotation, Document, Relation
from annotations.errors import BadInput
from annotations.formats import CARRIABLE, Writing
from annotations.formats.losses import count, overlapping, whole
from annotations.spans import Span
from tests.documents import DOCUMENTS

PARTS = (Span(0, 3), Span(9, 12))
SPLIT = Annotated(
    document=Document(id="d", title="A title", text="one two, one"),
    annotations=(
        Annotation(id="a", start=0, end=12, label="claim", fragments=PARTS),
        Annotation(id="b", start=4, end=7, label="actor"),
    ),
    relations=(Relation(id="r", head="a", child="b", label="made by"),),
)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_nothing_is_lost_where_everything_is_carried(name: str) -> None:
    lost = Counter[str]()
    count(DOCUMENTS[name], CARRIABLE, lost)
    assert lost == {}


def test_what_is_there_and_not_carried_is_counted() -> None:
    lost = Counter[str]()
    count(SPLIT, {"texts"}, lost)
    assert lost == {"titles": 1, "relations": 1, "fragments": 1}


def test_overlaps_are_counted_between_the_parts_that_count() -> None:
    assert overlapping(SPLIT.annotations) == 0
    assert overlapping([replace(mark, fragments=()) for mark in SPLIT.annotations]) == 1


@pytest.mark.parametrize(
    ("places", "times"),
    [
        # The long one reaches over the short ones in it, of which the last has not ended it.
        ([(0, 12), (1, 2), (3, 4)], 2),
        ([(0, 3), (1, 2), (2, 5), (4, 6)], 3),
        ([(0, 3), (3, 6), (6, 12)], 0),
        ([(0, 3), (0, 3), (0, 3)], 2),
    ],
)
def test_an_overlap_is_one_with_any_earlier_mark_that_has_not_ended(
    places: list[tuple[int, int]], times: int
) -> None:
    marks = [
        Annotation(id=f"m{number}", start=start, end=end, label="claim")
        for number, (start, end) in enumerate(places)
    ]
    assert overlapping(marks) == times
    assert overlapping(marks[::-1]) == times


def test_a_span_of_several_parts_is_left_out_with_its_relations() -> None:
    lost = Counter[str]()
    assert whole(SPLIT, Writing(fragments="omit"), lost) == replace(
        SPLIT, annotations=SPLIT.annotations[1:], relations=()
    )
    assert lost == {"fragments": 1, "relations": 1}


def test_or_split_into_its_parts_the_first_of_which_keeps_id_and_relations() -> None:
    lost = Counter[str]()
    assert whole(SPLIT, Writing(fragments="split"), lost) == replace(
        SPLIT,
        annotations=(
            Annotation(id="a", start=0, end=3, label="claim"),
            Annotation(id="a.2", start=9, end=12, label="claim"),
            SPLIT.annotations[1],
        ),
    )
    assert lost == {"fragments": 1}


def test_or_taken_from_its_first_character_to_its_last() -> None:
    lost = Counter[str]()
    hull = Annotation(id="a", start=0, end=12, label="claim")
    assert whole(SPLIT, Writing(fragments="hull"), lost) == replace(
        SPLIT, annotations=(hull, SPLIT.annotations[1])
    )
    assert lost == {"fragments": 1}


def test_or_the_export_stops_and_says_where() -> None:
    with pytest.raises(BadInput, match=r"^“one … one” \(claim, in “A title”\) has 2 parts"):
        whole(SPLIT, Writing(fragments="stop"), Counter())
