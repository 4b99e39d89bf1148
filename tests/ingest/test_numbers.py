"""Lists bear the numbers that their source shows, and these are no part of the text."""

import pytest

from annotations.document import Block
from annotations.ingest import ingest, read_article
from annotations.ingest.numbers import shown


def items(page: str, kind: str = "html") -> list[tuple[str, str]]:
    """The number and the text of each block that has one of them to show."""
    document = read_article(page, kind=kind)
    document.layout.checked(len(document.text))
    return [(block.number, block.span.of(document.text)) for block in document.layout.blocks]


LISTS = {
    "a start": ("<ol start=5><li>a<li>b</ol>", [("5.", "a"), ("6.", "b")]),
    "a value": ("<ol><li>a<li value=9>b<li>c</ol>", [("1.", "a"), ("9.", "b"), ("10.", "c")]),
    "a list that goes on": (
        "<ol><li>a</ol><p>-</p><ol start='2'><li>b</ol>",
        [("1.", "a"), ("", "-"), ("2.", "b")],
    ),
    "a list in a list": (
        "<ol start=3><li>a<ol type=a><li>b<li>c</ol><li>d</ol>",
        [("3.", "a"), ("a.", "b"), ("b.", "c"), ("4.", "d")],
    ),
    "reversed": ("<ol reversed><li>a<li>b<li>c</ol>", [("3.", "a"), ("2.", "b"), ("1.", "c")]),
    "reversed from a start": ("<ol reversed start=1><li>a<li>b</ol>", [("1.", "a"), ("0.", "b")]),
    "below zero": ("<ol start=-1><li>a<li>b</ol>", [("-1.", "a"), ("0.", "b")]),
    "letters": ("<ol type=A start=26><li>a<li>b</ol>", [("Z.", "a"), ("AA.", "b")]),
    "no letter for zero": ("<ol type=a start=0><li>a</ol>", [("0.", "a")]),
    "roman": ("<ol type=i start=1999><li>a<li>b</ol>", [("mcmxcix.", "a"), ("mm.", "b")]),
    "by style": (
        "<ol style='list-style-type: Upper-Roman'><li>a</ol>"
        "<ol style='list-style: inside lower-greek'><li>b</ol>",
        [("I.", "a"), ("α.", "b")],
    ),
    "no number by style": ("<ol style='list-style:none'><li>§ 1 a<li>§ 2 b</ol>",
                           [("", "§ 1 a"), ("", "§ 2 b")]),
    "an item of its own type": ("<ol><li type=I>a<li>b</ol>", [("I.", "a"), ("2.", "b")]),
    "numbers on bullets": ("<ul style='list-style-type:decimal'><li>a</ul>", [("1.", "a")]),
    "bullets": ("<ul start=3><li value=4>a</ul>", [("", "a")]),
    "nonsense": ("<ol start=x type=y><li value=''>a<li value='7b'>b</ol>",
                 [("1.", "a"), ("7.", "b")]),
    "a number without end": (f"<ol start={'9' * 400}><li>a</ol>", [("1.", "a")]),
    "an item with a heading": (
        "<ol start=2><li><h3>a</h3><p>b</p><p>c</p></li><li>d</ol>",
        [("2.", "a"), ("", "b"), ("", "c"), ("3.", "d")],
    ),
    "an item of several paragraphs": (
        "<ol start=2><li><p>a<p>b<li>c</ol>",
        [("2.", "a"), ("", "b"), ("3.", "c")],
    ),
    "an item that only holds a list": (
        "<ol start=2><li><ol type=a><li>a<li>b</ol></ol>",
        [("2. a.", "a"), ("b.", "b")],
    ),
    "an empty item counts": ("<ol><li>a<li><li>c</ol>", [("1.", "a"), ("3.", "c")]),
    "a hidden item does not": ("<ol><li>a<li hidden>b<li>c</ol>", [("1.", "a"), ("2.", "c")]),
    "a quotation in an item": ("<ol><li><blockquote>a</blockquote></ol>", [("1.", "a")]),
    "an item without a list": ("<li value=3>a", [("", "a")]),
}  # fmt: skip


@pytest.mark.parametrize(("page", "numbers"), LISTS.values(), ids=LISTS)
def test_items_are_numbered_as_a_browser_numbers_them(
    page: str, numbers: list[tuple[str, str]]
) -> None:
    assert items(page) == numbers


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1. a\n2. b\n\nx\n\n3. c", [("1.", "a"), ("2.", "b"), ("", "x"), ("3.", "c")]),
        ("5) a\n6) b", [("5)", "a"), ("6)", "b")]),
        ("0. a\n0. b", [("0.", "a"), ("1.", "b")]),
        ("7. a\n   - b\n     1) c\n8. d", [("7.", "a"), ("", "b"), ("1)", "c"), ("8.", "d")]),
        ("1. a\n\n   b\n\n2. c", [("1.", "a"), ("", "b"), ("2.", "c")]),
        ("<ol start=4><li>a</li></ol>", [("4.", "a")]),
    ],
)  # fmt: skip
def test_markdown_begins_where_it_says_and_keeps_its_signs(
    text: str, numbers: list[tuple[str, str]]
) -> None:
    assert items(text, "markdown") == numbers


def test_numbers_are_layout_and_move_no_offset() -> None:
    found = ingest("<ol start=5 type=a><li>five<li>six</ol>", kind="html").document
    assert found.text == "five\nsix"
    assert found.layout.blocks == (
        Block("li", 0, 4, ordered=True, number="e."),
        Block("li", 5, 8, ordered=True, number="f."),
    )


@pytest.mark.parametrize(
    ("style", "values"),
    [
        ("decimal-leading-zero", {1: "01", 12: "12", -3: "-03"}),
        ("upper-roman", {4: "IV", 1994: "MCMXCIV", 4000: "4000", 0: "0"}),
        ("lower-alpha", {26: "z", 27: "aa", 703: "aaa"}),
        ("word-letter", {26: "z", 27: "aa", 28: "bb"}),
        ("ordinal", {1: "1st", 2: "2nd", 3: "3rd", 12: "12th", 21: "21st", 113: "113th"}),
        ("cardinal-text", {5: "Five", 42: "Forty-Two", 2099: "Two Thousand Ninety-Nine"}),
        ("ordinal-text", {1: "First", 12: "Twelfth", 20: "Twentieth", 23: "Twenty-Third"}),
        ("cjk-ideographic", {1: "一", 10: "十", 21: "二十一", 105: "一百零五", 1010: "一千零一十"}),
        ("arabic-indic", {12: "١٢"}),
        ("circled", {1: "①", 20: "⑳", 21: "㉑", 50: "50"}),
        ("chicago", {1: "*", 5: "**"}),
        ("lower-greek", {1: "α", 24: "ω", 25: "αα"}),
    ],
)  # fmt: skip
def test_a_value_is_written_in_many_ways(style: str, values: dict[int, str]) -> None:
    assert {value: shown(value, style) for value in values} == values
