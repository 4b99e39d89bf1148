import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.correcting import difference, recomposed
from annotations.document import Block, Inline, Layout
from annotations.errors import BadInput
from tests.documents import DOCUMENTS

TEXT = "The title\n\nFirst of all.\n\nSecond, and last."
LAYOUT = Layout(
    (Block("h1", 0, 9), Block("p", 11, 24), Block("p", 26, 43)),
    (Inline("em", 17, 19), Inline("a", 26, 32, "https://example.org/")),
)


def blocks(text: str, layout: Layout) -> list[tuple[str, str]]:
    return [(block.kind, block.span.of(text)) for block in layout.blocks]


def styles(text: str, layout: Layout) -> list[tuple[str, str]]:
    return [(inline.kind, inline.span.of(text)) for inline in layout.inlines]


def test_a_paragraph_is_written_anew_and_the_others_stay() -> None:
    now = recomposed(TEXT, LAYOUT, {1: "First of them all."})
    assert now.text == "The title\n\nFirst of them all.\n\nSecond, and last."
    assert blocks(now.text, now.layout) == [
        ("h1", "The title"),
        ("p", "First of them all."),
        ("p", "Second, and last."),
    ]
    assert styles(now.text, now.layout) == [("em", "of"), ("a", "Second")]


def test_an_empty_paragraph_goes_with_the_space_before_it() -> None:
    now = recomposed(TEXT, LAYOUT, {1: " \n"})
    assert now.text == "The title\n\nSecond, and last."
    assert styles(now.text, now.layout) == [("a", "Second")]
    assert recomposed(TEXT, LAYOUT, {0: "", 1: ""}).text == "Second, and last."
    assert recomposed(TEXT, LAYOUT, {2: ""}).text == "The title\n\nFirst of all."


def test_a_blank_line_parts_a_paragraph_in_two_of_its_kind() -> None:
    now = recomposed(TEXT, LAYOUT, {1: "First.\r\n\r\nOf all."})
    assert now.text == "The title\n\nFirst.\n\nOf all.\n\nSecond, and last."
    assert blocks(now.text, now.layout)[1:3] == [("p", "First."), ("p", "Of all.")]


def test_a_number_stays_before_the_first_part_of_what_was_parted() -> None:
    layout = Layout(
        (
            Block("h2", 0, 1, number="Article 5"),
            Block("li", 2, 3, level=1, ordered=True, number="(b)"),
        )
    )
    corrected = recomposed("a\nb", layout, {0: "a\n\na", 1: "b\n\nb"})
    assert corrected.text == "a\na\nb\nb"
    assert corrected.layout.blocks == (
        Block("h2", 0, 1, number="Article 5"),
        Block("h2", 2, 3),
        Block("li", 4, 5, level=1, ordered=True, number="(b)"),
        Block("p", 6, 7, level=2),
    )


def test_preformatted_text_keeps_its_blank_lines() -> None:
    now = recomposed("a\n\nb", Layout((Block("pre", 0, 4),)), {0: "a\n\nc"})
    assert (now.text, len(now.layout.blocks)) == ("a\n\nc", 1)


def test_the_first_paragraph_parts_as_the_article_parts() -> None:
    text, layout = "One.\nTwo.", Layout((Block("p", 0, 4), Block("p", 5, 9)))
    assert recomposed(text, layout, {0: "One.\n\nAnd a half."}).text == "One.\nAnd a half.\nTwo."


@pytest.mark.parametrize("written", [{7: "x"}, {-1: "x"}, {0: "", 1: "", 2: " "}])
def test_what_is_not_there_or_leaves_nothing_is_refused(written: dict[int, str]) -> None:
    with pytest.raises(BadInput):
        recomposed(TEXT, LAYOUT, written)


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_what_is_written_as_it_was_stays_to_the_letter(document) -> None:
    value = document.document
    if not value.text.strip():
        return
    written = {n: b.span.of(value.text) for n, b in enumerate(value.layout.blocks)}
    unchanged = recomposed(value.text, value.layout, {})
    assert (unchanged.text, unchanged.layout.blocks) == (value.text, value.layout.blocks)
    if all(words.strip() and "\n\n" not in words for words in written.values()):
        assert recomposed(value.text, value.layout, written).text == value.text


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_difference_reads_as_either_text(old: str, new: str) -> None:
    parts = difference(old, new)
    assert "".join(words for kind, words in parts if kind != "in") == old
    assert "".join(words for kind, words in parts if kind != "out") == new


def test_a_difference_is_told_by_whole_words() -> None:
    assert difference("the goverment said", "the government said") == [
        ("same", "the "),
        ("out", "goverment"),
        ("in", "government"),
        ("same", " said"),
    ]
