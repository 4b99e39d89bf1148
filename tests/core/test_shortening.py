"""A text is cut between words, and never within what a reader takes for one letter."""

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from annotations.shortening import shortened


@pytest.mark.parametrize(
    ("text", "most", "cut"),
    [
        ("The strike goes on", 18, "The strike goes on"),
        ("The  strike\ngoes on", 18, "The strike goes on"),
        ("The strike goes on", 17, "The strike goes…"),
        ("The strike goes on", 15, "The strike goes…"),
        ("The strike goes on", 14, "The strike…"),
        ("The strike, it goes on", 12, "The strike…"),
        ("Donaudampfschifffahrt", 8, "Donaudam…"),
        ("港湾労働者のストライキ", 5, "港湾労働者…"),
        ("速報 港湾労働者のストライキ", 8, "速報 港湾労働者…"),
        ("ab👩‍👩‍👧‍👦cd", 5, "ab…"),
        ("क्षत्रिय", 4, "क्ष…"),
        ("e\u0301e\u0301e\u0301", 3, "e\u0301…"),
    ],
)
def test_a_text_is_cut_between_words_or_letters(text: str, most: int, cut: str) -> None:
    assert shortened(text, most) == cut


@given(st.text(st.sampled_from("ab ,👩🏽‍🚀é\u0301ก็日क्ष")), st.integers(1, 30))
def test_what_stays_is_the_beginning_and_ends_between_letters(text: str, most: int) -> None:
    folded = " ".join(text.split())
    found = shortened(text, most)
    if found == folded:
        return
    kept = found.removesuffix("…")
    assert found == f"{folded[: len(kept)]}…"
    assert len(kept) <= most
    borders = {0, *(each.end() for each in regex.finditer(r"\X", folded))}
    is_one_letter = min(border for border in borders if border) > most
    assert is_one_letter or len(kept) in borders


@given(st.text("ab \n\u4e00", max_size=80), st.integers(0, 2_000))
def test_a_long_text_is_shortened_as_its_beginning_is(text: str, blanks: int) -> None:
    long = text + " " * blanks + "word " * 2_000
    assert shortened(long, 20) == shortened(" ".join(long.split())[:200], 20)
