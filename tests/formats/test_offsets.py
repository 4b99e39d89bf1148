"""Units of offsets: what a text says of itself, what quotes prove, what a person states."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.errors import BadInput
from annotations.formats.offsets import is_open, lf, stated, unit_of, units

FAMILY = "👨‍👩‍👧‍👦 Trump, e\u0301 Maduro\r\nleft"
"""One cluster of seven code points and eleven UTF-16 units, one of two, and a line end of two."""


def borders(quote: str, name: str) -> tuple[int, int]:
    unit = stated(FAMILY, name)
    start = FAMILY.index(quote)
    return unit.offset(start), unit.offset(start + len(quote))


@pytest.mark.parametrize(
    ("name", "place"),
    [("code-points", (18, 24)), ("utf-16", (22, 28)), ("graphemes", (11, 17))],
)
def test_each_unit_counts_in_its_own_way(name: str, place: tuple[int, int]) -> None:
    assert borders("Maduro", name) == place


@pytest.mark.parametrize("name", ["code points", "UTF-16", "grapheme clusters"])
def test_quotes_prove_the_unit(name: str) -> None:
    key = {"code points": "code-points", "UTF-16": "utf-16", "grapheme clusters": "graphemes"}[name]
    unit = unit_of(FAMILY, [(*borders(quote, key), quote) for quote in ("Trump", "Maduro", "left")])
    assert unit is not None
    assert unit.name == name
    start, end = borders("left", key)
    assert lf(FAMILY)[unit.place(start) : unit.place(end)] == "left"


def test_line_ends_may_be_counted_otherwise_in_code_points_and_in_utf_16() -> None:
    assert [unit.name for unit in units("😀\r\n")] == [
        *("code points", "UTF-16", "grapheme clusters"),
        *("code points, line ends counted as one", "UTF-16, line ends counted as one"),
    ]
    assert [unit.name for unit in units("a\nb")] == [
        *("code points", "code points, line ends counted as two")
    ]
    assert [unit.name for unit in units("ab")] == ["code points"]


def test_quotes_that_fit_nowhere_prove_nothing() -> None:
    assert unit_of(FAMILY, [(0, 3, "Trump")]) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [("plain", False), ("e\u0301", False), ("a\nb", False), ("😀", True), ("a\r\nb", True)],
)
def test_a_text_says_whether_units_differ(text: str, expected: bool) -> None:
    assert is_open(text) is expected


def test_a_cluster_has_no_places_within() -> None:
    unit = stated(FAMILY, "graphemes")
    with pytest.raises(BadInput, match="3 lies within a character that is several code points"):
        unit.offset(3)
    with pytest.raises(BadInput, match="23 lies outside of a text of 22 grapheme clusters"):
        unit.place(23)
    with pytest.raises(BadInput, match="“bytes” is no unit of offsets; known are code-points"):
        stated("a", "bytes")


characters = st.characters(codec="utf-8", exclude_characters="\0\r") | st.sampled_from(
    "a\n😀\u0301\u200d👩👧🇻🇪한\u1100\u1161"
)


@given(st.text(characters, max_size=40), st.sampled_from(["code-points", "utf-16", "graphemes"]))
def test_every_offset_goes_there_and_back(text: str, name: str) -> None:
    text = lf(text)
    unit = stated(text, name)
    for place in range(len(text) + 1):
        try:
            offset = unit.offset(place)
        except BadInput:
            assert name == "graphemes"
            continue
        assert unit.place(offset) == place
