"""What would take the server long is refused by counting, before anything is parsed."""

import pytest

from annotations.errors import BadInput
from annotations.ingest import markdown, read_article

HOSTILE = {
    "strong": ("a**", "of the signs"),
    "crossed emphasis": ("*a_", "of the signs"),
    "crossed emphasis the other way": ("_a*", "of the signs"),
    "struck": ("~~a", "of the signs"),
    "code": ("`a ", "of the signs"),
    "CDATA": ("<![CDATA[", "opening brackets"),
    "quotations": (">\n", "line ends"),
    "quotations of words": ("> a\n", "lines"),
    "line ends": ("\n", "line ends"),
    "setext": ("a\n-\n", "line ends"),
    "items": ("- a\n", "lines"),
    "cells": ("|a", "bars of tables"),
    "links": ("[a](b)", "opening brackets"),
    "addresses": ("<http://a.b>", "opening angle brackets"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_million_characters_of_nothing_but_markup_are_refused_unparsed(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    piece, counted = HOSTILE[name]
    monkeypatch.delattr(markdown, "MarkdownIt")

    with pytest.raises(BadInput, match=f"{counted}.*; as Markdown, .* can be taken") as refused:
        read_article(piece * (1_000_000 // len(piece) + 1), kind="markdown")

    assert "Import it as plain text, or in parts." in str(refused.value)


def test_a_link_definition_without_end_is_read_up_to_the_longest_text() -> None:
    longest = "[a]: <" + "x" * (markdown.MAX_LENGTH - 6)

    assert len(read_article(longest, kind="markdown").text) == markdown.MAX_LENGTH
    with pytest.raises(BadInput, match="2,000,001 characters; as Markdown, 2,000,000"):
        read_article(longest + "x", kind="markdown")


def test_a_long_book_of_ordinary_markdown_is_taken() -> None:
    chapter = (
        "## A chapter\n\n" + ("Some *words* and [a link](https://a.test/). " * 5 + "\n\n") * 20
    )
    book = chapter * 200

    assert read_article(book, kind="markdown").text.count("A chapter") == 200
