"""What differs is shown, in words that look alike too."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.errors import QuoteMismatch, QuotesDiffer
from annotations.quote_difference import describe_difference, describe_mismatch


@pytest.mark.parametrize(
    ("expected", "found", "said"),
    [
        (
            "Ana met",
            "Ana\u00a0met",
            "first difference at character 4: expected U+0020 SPACE, found U+00A0 NO-BREAK SPACE",
        ),
        (
            "Cafe\u0301",
            "Caf\u00e9",
            "first difference at character 4: expected “e\u0301” U+0065 U+0301, "
            "found “\u00e9” U+00E9; the quote is in NFD, the text in NFC",
        ),
        (
            "Ben",
            "Bob",
            "first difference at character 2: expected “e” U+0065, found “o” U+006F",
        ),
        (
            "so\u00adlar",
            "solar",
            "first difference at character 3: expected U+00AD SOFT HYPHEN, found “l” U+006C",
        ),
        ("Ana", "Ana met", "the quote ends before U+0020 SPACE"),
        ("Ana met", "Ana", "the text ends before U+0020 SPACE"),
        ("same", "same", ""),
        ("Ana", "", ""),
    ],
)
def test_the_first_difference_is_given_with_its_code_points(
    expected: str, found: str, said: str
) -> None:
    assert describe_difference(expected, found) == said


def test_a_long_quote_is_cut_where_the_difference_can_still_be_seen() -> None:
    expected, found = "x" * 100 + "Ben" + "y" * 100, "x" * 100 + "Bob" + "y" * 100
    shown = f"…{'x' * 19}B{{}}{'y' * 17}…"
    said = describe_mismatch(7, 210, expected, found)
    assert said.startswith(
        f"at 7–210 expected “{shown.format('en' + 'y')}”, found “{shown.format('ob' + 'y')}” ("
    )


WORDS = st.text(st.sampled_from("ae\u0301\u0308\u00e9 \u00a0\u200b🦊"), min_size=1, max_size=12)


@given(WORDS, WORDS)
def test_two_texts_that_differ_are_never_said_to_be_equal(one: str, other: str) -> None:
    assert bool(describe_difference(one, other)) == (one != other)


@given(WORDS)
def test_composed_and_decomposed_letters_are_told_apart(text: str) -> None:
    composed, decomposed = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))
    said = describe_difference(decomposed, composed)
    ends = said.endswith("; the quote is in NFD, the text in NFC")
    assert ends == (composed != decomposed) or said.startswith("the ")


def test_every_refusal_that_compares_says_what_differs() -> None:
    point = "expected U+0020 SPACE, found U+00A0 NO-BREAK SPACE"
    assert point in str(QuotesDiffer(((0, 7, "Ana met", "Ana\u00a0met"),)))
    assert point in str(QuoteMismatch(0, 7, "Ana met", "Ana\u00a0met"))
