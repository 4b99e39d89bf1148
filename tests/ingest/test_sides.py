"""What is seen from left to right, in the order in which it is read."""

import pytest

from annotations.ingest import sides

LEFT = {
    "שלום עולם": "םלוע םולש",
    "אמר Nicolás Maduro אז": "זא Nicolás Maduro רמא",
    "Maduro אמר": "רמא Maduro",
    "הם 1,900.5 איש": "שיא 1,900.5 םה",
    "מן 12 אל 34": "34 לא 12 ןמ",
    "12 34": "34 12",
    "רק 8%.": ".8% קר",
    "רק $8,": ",$8 קר",
    "בשנת Paris 2024 היה": "היה Paris 2024 תנשב",
    "כן ١٢٣ לא": "אל ١٢٣ ןכ",
    "- U.S. -": "- .U.S -",
}
RIGHT = {
    "The word שלום עולם means": "The word םלוע םולש means",
    "מה? he said": "המ? he said",
    "at מן 12 אל, he": "at לא 12 ןמ, he",
    "one שתיים three ארבע": "one םייתש three עברא",
    "Plain text, 2025.": "Plain text, 2025.",
    "": "",
}


def read(seen: str, to_the_left: bool) -> str:
    return "".join(sides.in_reading_order(seen, lambda letter: letter, to_the_left))


@pytest.mark.parametrize("expected", LEFT)
def test_a_line_that_runs_to_the_left(expected: str) -> None:
    assert read(LEFT[expected], True) == expected


@pytest.mark.parametrize("expected", RIGHT)
def test_a_line_that_runs_to_the_right(expected: str) -> None:
    assert read(RIGHT[expected], False) == expected


@pytest.mark.parametrize(
    ("shape", "before", "behind", "meant"),
    [
        *(("(", " ", "א", "("), (")", " ", "א", "("), (")", "א", ".", ")"), ("(", "א", ".", ")")),
        *(("«", "א", " ", "»"), ("[", "", "1", "["), ("(", "א", "ב", "("), ("א", " ", "ב", "א")),
    ],
)
def test_a_bracket_is_what_its_side_says(shape: str, before: str, behind: str, meant: str) -> None:
    assert sides.bracket(shape, before, behind) == meant


def test_shapes_of_letters_become_letters_and_nothing_else_changes() -> None:
    assert sides.letters_of_forms("ﻻ ﬞﬁ ½ ﷲ") == "لا ﬞﬁ ½ الله"


def test_letters_of_one_shape_are_in_the_order_of_reading() -> None:
    assert (sides.joined("ل", "ا"), sides.joined("ا", "ل"), sides.joined("ال", "ل")) == (
        *("لا", "لا", "الل"),
    )
