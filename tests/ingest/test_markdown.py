"""Markdown is read by way of HTML, through the same walls."""

import contextlib

import pytest

from annotations.document import Document
from annotations.errors import TooDeep
from annotations.ingest import ingest, read_article


def blocks(document: Document) -> list[tuple[str, str]]:
    return [(block.kind, block.span.of(document.text)) for block in document.layout.blocks]


def test_markdown_becomes_blocks_and_styles() -> None:
    document = read_article(
        "The *call*\n==========\n\nTwo\nlines, ~~one~~ `x < y`.\n\n- a\n  - b\n\n1. c\n\n> d\n\n"
        '    code\n\n| e | f |\n|---|---|\n| g |   |\n\n[h](https://e.org/ "t") ![i](j.png)\n',
        name="call.md",
    )
    assert document.title == "The call"
    assert blocks(document) == [
        ("h1", "The call"),
        ("p", "Two lines, one x < y."),
        ("li", "a"),
        ("li", "b"),
        ("li", "c"),
        ("blockquote", "d"),
        ("pre", "code"),
        ("th", "e"),
        ("th", "f"),
        ("td", "g"),
        ("td", ""),
        ("p", "h"),
    ]
    assert [
        (inline.kind, inline.span.of(document.text), inline.href)
        for inline in document.layout.inlines
    ] == [
        ("em", "call", None),
        ("s", "one", None),
        ("code", "x < y", None),
        ("code", "code", None),
        ("a", "h", "https://e.org/"),
    ]


def test_html_in_markdown_goes_through_the_same_walls() -> None:
    found = ingest(
        "a <b onclick='x()'>b</b>\n\n<script>\nalert(1)\n</script>\n\n<div>c</div>\n\n"
        "[d](javascript:alert(1)) <a href='javascript:alert(1)'>e</a>",
        kind="markdown",
    )
    assert found.document.text == "a b\n\nc\n\n[d](javascript:alert(1)) e"
    assert [inline.kind for inline in found.document.layout.inlines] == ["strong"]
    assert found.notes == ("Left out with their contents: 1 × script.",)


def test_what_nests_too_deeply_is_refused_and_never_dropped() -> None:
    assert read_article("> " * 40 + "x", kind="markdown").text == "x"
    with pytest.raises(TooDeep, match="near “line 2”"):
        read_article("a\n" + "> " * 50 + "x", kind="markdown")
    with pytest.raises(TooDeep):
        read_article("> " * 5000 + "x", kind="markdown")
    assert read_article("[" * 5000 + "x", kind="markdown").text == "[" * 5000 + "x"


@pytest.mark.parametrize("depth", range(41, 60))
def test_the_text_is_there_or_the_article_is_refused(depth: int) -> None:
    with contextlib.suppress(TooDeep):
        assert read_article("> " * depth + "x", kind="markdown").text == "x"
