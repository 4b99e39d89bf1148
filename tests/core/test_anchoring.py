import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.alignment import Alignment, aligned, likeness
from annotations.anchoring import (
    Anchored,
    AnchoredMark,
    reanchor,
    reanchor_marks,
)
from annotations.errors import BadInput, SpanOutOfText
from annotations.spans import Span
from tests.documents import DOCUMENTS

ARTICLE = (
    "The goverment of Spain said that Müller demands an end to the war. The unions want more "
    "money, and say so every day.\nTeachers went on strike in Madrid."
)

# Few words, so that the same ones come again and again; astral, combining and right-to-left ones.
WORDS = st.sampled_from(
    ["the", "cat", "a", "zeta", "e\u0301t\u0065\u0301", "🦔", "שלום", "私は", "."]
)
TEXTS = st.lists(WORDS, min_size=1, max_size=30).map(" ".join)
STRANGE = st.text(min_size=1, max_size=40)


@st.composite
def marked(draw: st.DrawFn, texts: st.SearchStrategy[str] = TEXTS) -> tuple[str, list[Span]]:
    """A text, and spans in it."""
    text = draw(texts)
    starts = st.integers(0, len(text) - 1)
    pair = st.tuples(starts, starts).map(lambda two: Span(min(two), max(two) + 1))
    return text, draw(st.lists(pair, max_size=8))


def found(old: str, new: str, quote: str) -> tuple[str, str]:
    """Where the first ``quote`` of a text went: what stands there, and how sure that is."""
    start = old.index(quote)
    (place,) = reanchor(old, new, [Span(start, start + len(quote))])
    return place.span.of(new), place.how


def rejoined(alignment: Alignment) -> str:
    """The new text, put together from what is shared and what is not."""
    parts = [(j, alignment.old[i : i + n]) for i, j, n in alignment.matches]
    parts += [(new.start, new.of(alignment.new)) for _, new in alignment.changes]
    return "".join(part for _, part in sorted(parts))


# --- alignment


@given(TEXTS | STRANGE, TEXTS | STRANGE)
def test_what_is_shared_and_what_is_not_make_up_both_texts(old: str, new: str) -> None:
    both = aligned(old, new)
    assert rejoined(both) == new
    back = Alignment(new, old, tuple((j, i, n) for i, j, n in both.matches))
    assert rejoined(back) == old


@given(TEXTS | STRANGE)
def test_a_text_shares_all_with_itself(text: str) -> None:
    assert aligned(text, text).matches == ((0, 0, len(text)),)
    assert aligned(text, text).changes == []


def test_a_changed_word_is_one_change() -> None:
    both = aligned("one two three", "one zwei three")
    assert both.changes == [(Span(4, 7), Span(4, 8))]


def test_a_letter_added_to_a_word_is_that_letter() -> None:
    both = aligned("The goverment said", "The government said")
    assert both.changes == [(Span(9, 9), Span(9, 10))]


def test_words_that_come_once_hold_what_is_between_them_apart() -> None:
    old = "it is alpha it is beta it is gamma it is"
    new = "it is alpha it beta is gamma it is it is"
    shared = {old[i : i + n].strip() for i, _, n in aligned(old, new).matches}
    assert any("alpha" in part for part in shared)
    assert any("beta" in part for part in shared)
    assert any("gamma" in part for part in shared)


@given(STRANGE, STRANGE)
def test_likeness_is_between_nothing_and_all(a: str, b: str) -> None:
    assert 0 <= likeness(a, b) <= 1
    assert likeness(a, a) == 1
    assert (likeness(a, b) == 1) == (a == b)


# --- places


@given(marked() | marked(STRANGE))
def test_in_an_unchanged_text_everything_stays(text: tuple[str, list[Span]]) -> None:
    old, spans = text
    assert reanchor(old, old, spans) == [Anchored(span, "sure", 1.0) for span in spans]


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_the_marks_of_nasty_documents_stay_where_nothing_changed(document) -> None:
    text, marks = document.document.text, [a.spans for a in document.annotations]
    assert reanchor_marks(text, text, marks) == [AnchoredMark(m, "sure", 1.0) for m in marks]


@given(marked(), st.lists(WORDS, min_size=1, max_size=5).map(" ".join))
def test_what_is_put_before_moves_everything(text: tuple[str, list[Span]], more: str) -> None:
    old, spans = text
    first = f"§ {more} ¶ "
    for span, place in zip(spans, reanchor(old, first + old, spans), strict=True):
        assert place.span == Span(span.start + len(first), span.end + len(first))


@given(marked(), st.data())
def test_what_is_changed_elsewhere_leaves_a_quote_as_it_was(
    text: tuple[str, list[Span]], data: st.DataObject
) -> None:
    """Some words are replaced by others of the same sentence; nothing else changes."""
    old, spans = text
    begins = [0, *(place + 1 for place, letter in enumerate(old) if letter == " "), len(old)]
    since = data.draw(st.sampled_from(begins))
    until = data.draw(st.sampled_from([place for place in begins if place >= since]))
    new = f"{old[:since]}§ {data.draw(TEXTS).replace('.', ',')} § {old[until:]}"
    for span, place in zip(spans, reanchor(old, new, spans), strict=True):
        if span.end <= since:
            assert place.span == span
        elif span.start >= until:
            by = len(new) - len(old)
            assert place.span == Span(span.start + by, span.end + by)


@given(marked() | marked(STRANGE), TEXTS | STRANGE)
def test_every_place_is_in_the_text_and_none_is_empty(
    text: tuple[str, list[Span]], new: str
) -> None:
    old, spans = text
    places = reanchor(old, new, spans)
    assert len(places) == len(spans)
    for place in places:
        assert 0 <= place.span.start < place.span.end <= len(new)
        assert 0 <= place.score <= 1
        assert place.how in ("sure", "doubtful", "lost")


@given(marked(), TEXTS)
def test_fragments_stay_sorted_and_apart(text: tuple[str, list[Span]], new: str) -> None:
    old, spans = text
    apart: list[Span] = []
    for span in sorted(spans):
        if not apart or apart[-1].end < span.start:
            apart.append(span)
    if not apart:
        return
    (mark,) = reanchor_marks(old, new, [apart])
    assert all(a.end <= b.start for a, b in zip(mark.spans, mark.spans[1:], strict=False))
    assert len(mark.spans) <= len(apart)


@pytest.mark.parametrize(
    ("wrong", "right", "quote", "now"),
    [
        ("goverment", "government", "goverment", "government"),
        ("goverment", "government", "The goverment", "The government"),
        ("goverment", "government", "Spain", "Spain"),
        ("Spain", "Spains", "Spain", "Spains"),
        ("demands", "demand", "demands", "demand"),
        ("an end", "the end", "an end to the war", "the end to the war"),
        ("end to the war", "end of the war", "an end to the war", "an end of the war"),
        ("strike in", "a strike in", "strike in Madrid", "strike in Madrid"),
        (ARTICLE, f"The {ARTICLE}", "The goverment", "The goverment"),
    ],
)
def test_a_small_correction_is_followed(wrong: str, right: str, quote: str, now: str) -> None:
    assert found(ARTICLE, ARTICLE.replace(wrong, right), quote) == (now, "sure")


def test_a_sentence_that_moved_takes_its_marks_with_it() -> None:
    first, second = ARTICLE.split("\n")
    assert found(ARTICLE, f"{second}\n{first}", "Müller demands an end") == (
        "Müller demands an end",
        "sure",
    )
    assert found(ARTICLE, f"{second}\n{first}", "Teachers went on strike") == (
        "Teachers went on strike",
        "sure",
    )


def test_another_name_in_the_same_place_is_doubtful() -> None:
    assert found(ARTICLE, ARTICLE.replace("Müller", "Meyer"), "Müller") == ("Meyer", "doubtful")


def test_another_word_in_the_same_place_is_lost_and_shown_there() -> None:
    assert found(ARTICLE, ARTICLE.replace("Müller", "she"), "Müller") == ("she", "lost")


def test_what_was_cut_out_is_lost_and_shown_beside() -> None:
    shorter = ARTICLE.replace(" Müller demands an end to the war.", "")
    assert found(ARTICLE, shorter, "Müller") == ("The", "lost")


def test_one_of_two_equal_quotes_that_was_cut_out_is_not_taken_for_the_other() -> None:
    old = "Ada spoke of peace at length on Monday evening. Later and elsewhere Ada sang."
    new = "Later and elsewhere Ada sang."
    place = reanchor(old, new, [Span(0, 3)])[0]
    assert place.how != "sure"


def test_a_border_within_a_word_stays_within_it() -> None:
    (place,) = reanchor("un-happy unhappy", "un-happy unhappyX", [Span(11, 16)])
    assert place.span.of("un-happy unhappyX") == "happyX"
    (place,) = reanchor("see unhappy", "now see unhappy", [Span(4, 6)])
    assert place.span.of("now see unhappy") == "un"


def test_fragments_that_come_to_lie_on_each_other_become_one_to_look_at() -> None:
    old, new = "red cat and red cat", "red cat"
    (mark,) = reanchor_marks(old, new, [(Span(0, 7), Span(12, 19))])
    assert mark.spans == (Span(0, 7),)
    assert mark.how != "sure"


def test_parts_that_are_sure_of_one_place_are_one_to_look_at() -> None:
    old, new = "big and go told big home", "big and told big home"
    parts = (Span(7, 8), Span(10, 24))
    assert [place.how for place in reanchor(old, new, parts)] == ["sure", "sure"]
    (mark,) = reanchor_marks(old, new, [parts])
    assert (mark.spans, mark.how) == ((Span(7, 21),), "doubtful")


def test_an_empty_text_has_no_place() -> None:
    assert reanchor("one", "", []) == []
    with pytest.raises(BadInput, match="without a character"):
        reanchor("one", "", [Span(0, 3)])


def test_a_span_that_does_not_fit_is_refused() -> None:
    with pytest.raises(SpanOutOfText):
        reanchor("one", "one", [Span(1, 9)])


def test_a_long_article_with_many_edits_keeps_nearly_all() -> None:
    chance = random.Random(3)
    words = ["".join(chance.choices("abcdefghij", k=chance.randint(2, 9))) for _ in range(900)]
    paragraphs = [" ".join(chance.choices(words, k=60)) for _ in range(150)]
    old = "\n\n".join(paragraphs)
    spans = [Span(start, start + 30) for start in range(0, len(old) - 30, 41)]
    for number in range(0, 150, 10):
        paragraphs[number] = paragraphs[number][:100] + "Q" + paragraphs[number][101:]
    paragraphs[3], paragraphs[120] = paragraphs[120], paragraphs[3]
    new = "\n\n".join(paragraphs)
    places = reanchor(old, new, spans)
    kept = [p for s, p in zip(spans, places, strict=True) if p.span.of(new) == s.of(old)]
    assert len(kept) > 0.98 * len(spans)
    assert {p.how for p in kept} <= {"sure", "doubtful"}
