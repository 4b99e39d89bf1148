"""Names are found however they are typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.document import Entity
from annotations.names import Match, folded, is_known, matching

REGISTER = (
    Entity(id="1", name="Nicolás Maduro", aliases=("Maduro", "the president")),
    Entity(id="2", name="Maduro’s allies"),
    Entity(id="3", name="Östergötland"),
    Entity(id="4", name="ICC", merged_into="International Criminal Court"),
    Entity(id="5", name="International Criminal Court"),
)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("MADURO", [Match("Nicolás Maduro", "Maduro"), Match("Maduro’s allies")]),
        ("nicolas", [Match("Nicolás Maduro")]),
        ("ostergot", [Match("Östergötland")]),
        ("allies", [Match("Maduro’s allies")]),
        ("icc", [Match("International Criminal Court", "ICC")]),
        ("criminal  court", [Match("International Criminal Court")]),
        ("president", [Match("Nicolás Maduro", "the president")]),
        ("nobody", []),
    ],
)
def test_case_accents_and_aliases_do_not_matter(typed: str, expected: list[Match]) -> None:
    assert matching(REGISTER, typed, 9) == expected


def test_without_anything_typed_all_are_there_once() -> None:
    names = ["International Criminal Court", "Maduro’s allies", "Nicolás Maduro", "Östergötland"]

    assert [match.name for match in matching(REGISTER, "", 9)] == names
    assert [match.name for match in matching(REGISTER, "", 2)] == names[:2]


def test_only_the_very_name_is_known() -> None:
    assert is_known(REGISTER, " Nicolás Maduro ")
    assert not is_known(REGISTER, "Nicolas Maduro")


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@given(st.text(min_size=1).filter(str.strip), st.data())
def test_any_part_of_a_name_finds_it(name: str, data: st.DataObject) -> None:
    words = folded(name)
    if not words:
        return
    start = data.draw(st.integers(0, len(words) - 1))
    part = words[start : data.draw(st.integers(start + 1, len(words)))]
    found = matching([Entity(id="1", name=name)], part, 9)

    assert [match.name for match in found] == [name]
