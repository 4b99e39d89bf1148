import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.errors import BadInput, SpanOutOfText
from annotations.spans import (
    Piece,
    Span,
    Utf16Index,
    first_unstorable,
    hull,
    is_storable,
    sweep,
    trimmed,
)

borders = st.integers(-3, 30)
spans = st.builds(Span, borders, borders)
keyed = st.lists(st.tuples(st.sampled_from("abcdef"), spans), max_size=12)
# Any text a string can hold, those of astral planes often.
texts = st.text(st.one_of(st.characters(), st.characters(min_codepoint=0x10000)), max_size=40)


def by_brute_force(within: Span, found: list[tuple[str, Span]]) -> list[Piece[str]]:
    """Each stretch between two borders asks each span."""
    clipped = [(key, Span(max(s.start, within.start), min(s.end, within.end))) for key, s in found]
    real = [(key, s) for key, s in clipped if s.start < s.end]
    cuts = {within.start, within.end}
    for _, s in real:
        cuts |= {s.start, s.end}
    ordered = sorted(cuts)
    real.sort(key=lambda pair: (pair[1].start, -pair[1].end))
    pieces = []
    for number, start in enumerate(ordered[:-1]):
        keys: list[str] = []
        for key, s in real:
            if s.start <= start < s.end and key not in keys:
                keys.append(key)
        pieces.append(Piece(start, ordered[number + 1], tuple(keys)))
    return pieces


@given(st.integers(0, 20), st.integers(0, 20), keyed)
def test_a_sweep_cuts_as_brute_force_does(start: int, length: int, found: list) -> None:
    within = Span(start, start + length)
    assert list(sweep(within, found)) == by_brute_force(within, found)


@given(st.integers(0, 20), st.integers(1, 20), keyed)
def test_the_pieces_of_a_sweep_are_the_whole(start: int, length: int, found: list) -> None:
    pieces = list(sweep(Span(start, start + length), found))
    covered = [place for piece in pieces for place in range(piece.start, piece.end)]
    assert covered == list(range(start, start + length))


def test_overlapping_spans_are_cut_at_every_border() -> None:
    found = [("claim", Span(0, 6)), ("actor", Span(4, 9)), ("gone", Span(20, 30))]
    assert list(sweep(Span(2, 12), found)) == [
        Piece(2, 4, ("claim",)),
        Piece(4, 6, ("claim", "actor")),
        Piece(6, 9, ("actor",)),
        Piece(9, 12, ()),
    ]


def test_an_empty_stretch_has_no_pieces() -> None:
    assert list(sweep(Span(3, 3), [("a", Span(0, 9))])) == []


@given(texts, st.data())
def test_a_trimmed_span_is_what_strip_leaves(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    found = trimmed(Span(start, end), text)
    assert found.of(text) == text[start:end].strip()
    assert start <= found.start <= found.end <= end


def test_a_trimmed_blank_is_empty_and_stays_in_place() -> None:
    assert trimmed(Span(1, 4), "a   b") == Span(4, 4)


def test_a_hull_reaches_from_the_first_fragment_to_the_last() -> None:
    assert hull([Span(2, 4), Span(4, 5), Span(9, 11)]) == Span(2, 11)


def test_a_hull_of_nothing_is_refused() -> None:
    with pytest.raises(BadInput, match=r"^An annotation needs at least one stretch of text\.$"):
        hull([])


@pytest.mark.parametrize("fragments", [(Span(2, 5), Span(4, 8)), (Span(6, 8), Span(2, 4))])
def test_fragments_that_overlap_or_go_back_are_refused(fragments: tuple[Span, Span]) -> None:
    first, second = fragments
    with pytest.raises(
        BadInput,
        match=f"^The fragments {first.start}–{first.end} and {second.start}–{second.end} "
        r"overlap or stand out of order\.$",
    ):
        hull(fragments)


def test_a_span_that_fits_gives_itself() -> None:
    assert Span(1, 3).within("abc") == Span(1, 3)


@pytest.mark.parametrize("span", [Span(0, 4), Span(2, 2), Span(2, 1), Span(-1, 2)])
def test_a_span_that_does_not_fit_says_where_and_how_long_the_text_is(span: Span) -> None:
    with pytest.raises(SpanOutOfText) as caught:
        span.within("abc")
    assert (caught.value.start, caught.value.end, caught.value.length) == (span.start, span.end, 3)


@given(spans, spans)
def test_two_spans_overlap_when_they_share_a_character(one: Span, other: Span) -> None:
    shared = set(range(one.start, one.end)) & set(range(other.start, other.end))
    if one.start < one.end and other.start < other.end:
        assert one.overlaps(other) == bool(shared)


@given(texts)
def test_utf_16_offsets_are_those_of_the_encoding(text: str) -> None:
    index = Utf16Index(text)
    real = [
        len(text[:place].encode("utf-16-le", "surrogatepass")) // 2
        for place in range(len(text) + 1)
    ]
    assert [index.to_utf16(place) for place in range(len(text) + 1)] == real
    assert [index.from_utf16(place) for place in real] == list(range(len(text) + 1))


@given(texts)
def test_the_middle_of_a_surrogate_pair_is_refused(text: str) -> None:
    index = Utf16Index(text)
    for place, character in enumerate(text):
        if character > "\uffff":
            with pytest.raises(BadInput, match="in the middle of a character"):
                index.from_utf16(index.to_utf16(place) + 1)


@pytest.mark.parametrize("place", [-1, 4])
def test_utf_16_offsets_outside_the_text_are_refused(place: int) -> None:
    index = Utf16Index("a😀")
    with pytest.raises(SpanOutOfText):
        index.from_utf16(place)
    with pytest.raises(SpanOutOfText):
        index.to_utf16(place)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", None),
        ("a😀\ufffe", None),
        ("ab\0", 2),
        ("a\ud800", 1),
        ("\udfff\0", 0),
        ("\0\ud800", 0),
    ],
)
def test_the_first_character_that_no_page_can_show_is_found(text: str, place: int | None) -> None:
    assert first_unstorable(text) == place
    assert is_storable(text) == (place is None)


@given(spans, spans)
def test_two_spans_overlap_where_both_cover_a_character(one: Span, other: Span) -> None:
    shared = set(range(one.start, one.end)) & set(range(other.start, other.end))
    if one.start < one.end and other.start < other.end:
        assert one.overlaps(other) == other.overlaps(one) == bool(shared)


def test_spans_that_touch_do_not_overlap() -> None:
    assert not Span(0, 3).overlaps(Span(3, 5))
    assert not Span(3, 5).overlaps(Span(0, 3))
    assert Span(0, 4).overlaps(Span(3, 5))
