"""Plain text keeps every character and finds its paragraphs."""

import pytest

from annotations.document import Document, Layout
from annotations.errors import BadInput, UnstorableText
from annotations.ingest import MAX_BYTES, plain, read_article
from tests.conformance_data import article


def paragraphs(document: Document) -> list[str]:
    assert {block.kind for block in document.layout.blocks} <= {"p"}
    return [block.span.of(document.text) for block in document.layout.blocks]


def test_an_article_keeps_every_character_and_has_a_paragraph_a_line() -> None:
    data = article("the-call.txt").read_bytes()
    document = read_article(data, name="the-call.txt")
    assert document.text == data.decode()
    assert len(document.text) == 5534
    assert paragraphs(document) == data.decode().rstrip("\n").split("\n")
    assert document.title == "the-call"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n\t\n", []),
        ("one", ["one"]),
        ("one\ntwo\n", ["one", "two"]),
        ("\n\none\ntwo\n\n", ["one", "two"]),
        ("one\ntwo\n\nthree", ["one\ntwo", "three"]),
        ("one\n \t\u00a0\ntwo\n\n\n", ["one", "two"]),
        ("  one  \n\ntwo", ["  one  ", "two"]),
    ],
)
def test_paragraphs_are_lines_unless_blank_lines_part_them(text: str, expected: list[str]) -> None:
    assert paragraphs(read_article(text)) == expected


def test_line_ends_become_lf_and_a_byte_order_mark_goes_and_nothing_else_changes() -> None:
    raw = "\ufeffA\r\n\r\nB\rC\u0301  \u2028\u00a0 ﬁ\t😀\u200b\n\n\n"
    assert read_article(raw.encode()).text == "A\n\nB\nC\u0301  \u2028\u00a0 ﬁ\t😀\u200b\n\n\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_usual_encodings_are_read(encoding: str) -> None:
    assert read_article("Nicolás 😀".encode(encoding)).text == "Nicolás 😀"


@pytest.mark.parametrize("character", ["\0", "\ud83d"])
@pytest.mark.parametrize("kind", ["text", "markdown", "html"])
def test_what_no_page_can_show_is_refused_with_its_place(character: str, kind: str) -> None:
    with pytest.raises(UnstorableText) as caught:
        read_article(f"one\r\ntwo{character}", kind=kind)
    assert (caught.value.place, caught.value.line) == (7, 2)
    assert "at position 7 (line 2)" in str(caught.value)


def test_a_file_that_is_too_long_is_refused() -> None:
    with pytest.raises(BadInput, match=r"has 20\.0 MB, and an article may have 20"):
        read_article(b"x" * (MAX_BYTES + 1), name="a.txt")


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(BadInput, match="“doc” is no kind of article; known are text, markdown"):
        read_article("x", kind="doc")


def test_a_title_is_the_name_of_the_file_or_the_first_line() -> None:
    assert read_article("A call\nand more", name="dir/the call.txt").title == "the call"
    assert read_article("\n  A call\nand more").title == "A call"
    assert read_article("x" * 100).title == "x" * 80 + "…"
    assert read_article("").title == ""


def test_every_article_gets_an_id_of_its_own() -> None:
    assert read_article("x").id != read_article("x").id


def test_the_layout_of_nothing_is_empty() -> None:
    assert plain.layout("\n\n") == Layout()
