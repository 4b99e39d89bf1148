"""Numbers in requests: what is one, and what becomes of those that no program counts to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from reader.request_numbers import MAX_NUMBER, parse_number, read_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("-1", -1),
        (" 12 ", 12),
        ("007", 7),
        ("9007199254740991", MAX_NUMBER),
        ("9007199254740992", MAX_NUMBER),
        ("9" * 5000, MAX_NUMBER),
        ("-" + "9" * 5000, -MAX_NUMBER),
        ("0" * 5000 + "5", 5),
        ("", None),
        (None, None),
        ("٣", None),
        ("1_0", None),
        ("1.0", None),
        ("1e9", None),
        ("+1", None),
        ("0x10", None),
        ("one", None),
    ],
)
def test_only_ascii_digits_are_a_number_and_none_is_beyond_the_greatest(
    text: str | None, number: int | None
) -> None:
    assert parse_number(text) == number


@given(st.integers())
def test_every_number_within_the_bounds_is_itself_and_every_other_is_the_bound(number: int) -> None:
    assert parse_number(str(number)) == max(-MAX_NUMBER, min(number, MAX_NUMBER))


def test_what_is_no_number_is_the_default() -> None:
    form = MultiDict({"page": "two", "saw": "3"})

    assert (read_number(form, "saw"), read_number(form, "page")) == (3, None)
    assert (read_number(form, "page", 1), read_number(form, "from", 1)) == (1, 1)
