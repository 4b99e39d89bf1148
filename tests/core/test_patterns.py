"""Regular expressions in a search: where they stand, in code points, and how bad ones are told."""

import re
from itertools import pairwise

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from annotations.errors import BadInput
from annotations.patterns import LONGEST, Patience, compiled, places_of, stands_in
from annotations.query import Query, parse, places
from annotations.spans import Span
from tests.documents import DOCUMENTS

# One, two, three and four bytes in UTF-8; a joiner, a combining mark, both directions, line ends.
TEXTS = st.text(alphabet="ab .\n\téßЖא漢\u0301\u200d😀👩𝒳𐍈", max_size=80)
PATTERNS = ("a", ".", r"\S+", "[😀é]+", "(?:a|漢)+", "𝒳.", r"\b\w+", "^.+$", "é\u0301?", r"\p{L}+")


def found(pattern: str, text: str) -> list[Span]:
    return list(places_of(pattern, text))


@given(TEXTS, st.data())
def test_a_stretch_is_found_at_its_own_code_points(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 6)))
    stretch = text[start:end]
    if not stretch:
        return
    expected, place = [], 0
    while (place := text.find(stretch, place)) >= 0:
        expected.append(Span(place, place + len(stretch)))
        place += len(stretch)

    assert found(re2.escape(stretch), text) == expected


@given(
    TEXTS, st.sampled_from(("a", "[^\n]", r"[^\s]+", "[😀é]+", "(?:a|漢)+", "𝒳[^\n]", "é\u0301?"))
)
def test_the_places_are_those_that_python_finds(text: str, pattern: str) -> None:
    """Where both languages mean the same by a pattern."""
    expected = [Span(*hit.span()) for hit in re.finditer(pattern, text) if hit[0]]
    if pattern == r"[^\s]+":  # of white space, RE2 knows that of ASCII; there is no other here
        assert text.split() == [span.of(text) for span in expected]

    assert found(pattern, text) == expected


@given(TEXTS, st.sampled_from(PATTERNS))
def test_each_place_holds_what_fits_in_order_and_apart(text: str, pattern: str) -> None:
    spans = found(pattern, text)

    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(before.end <= after.start for before, after in pairwise(spans))
    if "\\b" not in pattern and "^" not in pattern:
        assert all(compiled(pattern).fullmatch(span.of(text)) for span in spans)
    assert stands_in(pattern, text) == bool(spans)


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=list(DOCUMENTS))
def test_in_every_nasty_document_lines_are_found_whole(document) -> None:  # type: ignore[no-untyped-def]
    text = document.document.text

    assert [span.of(text) for span in found("^.+$", text)] == [x for x in text.split("\n") if x]


def test_case_does_not_matter_unless_the_pattern_says_so() -> None:
    text = "Trump, TRUMP, trump"

    assert [s.of(text) for s in found("trump", text)] == ["Trump", "TRUMP", "trump"]
    assert [s.of(text) for s in found("(?-i)Trump", text)] == ["Trump"]


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("a(", "The pattern /a(/ cannot be used: missing ): a(."),
        ("[z-a]", "invalid character class range: z-a"),
        ("(?=a)", "invalid perl operator: (?="),
        (r"(a)\1", r"invalid escape sequence: \1"),
        ("a)(b", "unexpected )"),
        ("((a{100}){100}){100}", "cannot be used"),
        ("a*", "also fits where nothing stands"),
        ("^$", "also fits where nothing stands"),
        ("a" * (LONGEST + 1), f"at most {LONGEST} characters; this one has {LONGEST + 1}"),
    ],
)
def test_a_pattern_that_cannot_be_used_says_why(pattern: str, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse(f"/{pattern}/")

    assert said in str(refused.value)


def test_a_pattern_that_takes_the_square_of_the_text_is_given_up() -> None:
    """Looked for to its end, this would take hours."""
    with pytest.raises(BadInput, match="takes too long"):
        list(places_of("(?s)a(.*b)?", "a" * 2_000_000, Patience(0.2)))


# --- in a query


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        ("/a+/", Query(patterns=("a+",))),
        ("-/a+/", Query(unlike=("a+",))),
        ("/two words/", Query(patterns=("two words",))),
        (r"/and\/or/", Query(patterns=(r"and\/or",))),
        ("/a/ /b/", Query(patterns=("a", "b"))),
        ("//", Query()),
        ("/", Query()),
    ],
)
def test_a_pattern_stands_between_slashes(typed: str, query: Query) -> None:
    assert parse(typed) == query


@pytest.mark.parametrize("typed", ["and/or", "/and", "and/", "/a/b", "http://a.b/c/"])
def test_other_slashes_are_none(typed: str) -> None:
    assert parse(typed).patterns == ()


@given(st.text(alphabet='/\\ab( -*"x:', max_size=40))
def test_whatever_is_typed_is_read_or_refused(typed: str) -> None:
    try:
        query = parse(typed)
    except BadInput:
        return
    assert parse(query.words).patterns == query.patterns


@given(TEXTS, st.integers(0, 5))
def test_words_and_patterns_are_found_together_in_order_and_apart(text: str, most: int) -> None:
    text = text.replace("\u0301", "")  # a word with an accent is found as well, and longer
    query = parse("a /[ab]+/ /😀/")
    spans = places(text, query)

    assert spans == sorted(spans)
    assert all(before.end <= after.start for before, after in pairwise(spans))
    assert {n for span in spans for n in range(span.start, span.end)} == {
        n for n, sign in enumerate(text) if sign in "ab😀"
    }
    assert places(text, query, most) == spans[:most]
