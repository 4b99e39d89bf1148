"""Of a saved page, the main content is taken with its layout, or all of it, as one likes."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.document import Layout
from annotations.errors import BadInput, MissingExtra
from annotations.ingest import about, html, ingest, notes, pieces, webpage
from annotations.ingest.about import About
from tests.ingest.pages import ARTICLE, MAIN_TEXT, PAGE


def test_the_main_content_is_taken_with_its_layout() -> None:
    found = ingest(PAGE.encode(), name="page.html")
    alone = html.read(ARTICLE, "https://example.org/news/dockers")
    assert found.document.text == MAIN_TEXT == alone.text
    # Rows are numbered through the whole page.
    assert found.document.layout == alone.layout
    assert found.page == "main"
    assert found.notes == ("Only the main content of the page was taken: 13 of 21 blocks.",)


def test_the_whole_page_can_be_taken() -> None:
    found = ingest(PAGE.encode(), name="page.html", page="whole")
    assert found.page == "whole"
    assert found.document.text.startswith("Home\nWorld\nBusiness\n\nWe use cookies")
    assert MAIN_TEXT in found.document.text
    assert found.document.text.endswith("© The Daily. All rights reserved. Imprint")
    assert found.notes == ()


def test_a_fragment_is_whole_whatever_is_in_it() -> None:
    found = ingest(f"<nav><a href='/'>Home</a></nav>{ARTICLE}", kind="html", page="main")
    assert found.document.text == f"Home\n\n{MAIN_TEXT}"
    assert (found.page, found.notes) == ("", ())


def test_a_page_without_a_main_content_is_taken_whole_and_that_is_told() -> None:
    found = ingest("<!doctype html><body><p>Only this.</p></body>", kind="html")
    assert found.document.text == "Only this."
    assert found.notes == (
        "No main content could be told from the rest, so the whole page was taken.",
    )


def test_without_the_extra_the_page_is_taken_whole_and_the_extra_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(webpage, "find_spec", lambda name: None)
    found = ingest(PAGE, kind="html")
    assert found.page == "whole"
    assert found.notes == (
        "The whole page was taken, menus and all; its main content can be told once this is "
        "installed: pip install 'postil[web]'",
    )
    with pytest.raises(MissingExtra, match=r"pip install 'postil\[web\]'"):
        ingest(PAGE, kind="html", page="main")


def test_what_else_to_take_of_a_page_is_refused() -> None:
    with pytest.raises(BadInput, match="“half” cannot be taken of a page; say main or whole"):
        ingest(PAGE, kind="html", page="half")


def test_a_short_block_is_looked_for_between_its_neighbours() -> None:
    long = ["a" * 50, "b" * 50]
    blocks = ["more", long[0], "more", long[1], "more", ""]
    assert webpage._matched(blocks, f"{long[0]}more{long[1]}") == [1, 2, 3]
    assert webpage._matched(["more"], "more") == []
    assert webpage._matched([f"{'x' * 45}cut{'y' * 45}"], f"{'x' * 45}{'y' * 45}") == [0]


@given(st.lists(st.booleans(), min_size=21, max_size=21))
def test_any_blocks_of_a_page_stay_what_they_are(chosen: list[bool]) -> None:
    whole = html.read(PAGE, "https://example.org/")
    kept = [number for number, each in enumerate(chosen) if each]
    text, layout = pieces.only(whole.text, whole.layout, kept)
    assert layout.checked(len(text)) == layout
    assert [block.span.of(text) for block in layout.blocks] == [
        whole.layout.blocks[number].span.of(whole.text) for number in kept
    ]
    own = [
        (i.kind, i.href, i.span.of(whole.text))
        for i in whole.layout.inlines
        if any(
            whole.layout.blocks[n].start <= i.start and i.end <= whole.layout.blocks[n].end
            for n in kept
        )
    ]
    assert [(i.kind, i.href, i.span.of(text)) for i in layout.inlines] == own


def test_parts_are_joined_with_a_blank_line() -> None:
    one, two = html.read("<p>A <em>b</em></p>"), html.read("<li>c</li>")
    text, layout = pieces.joined([(one.text, one.layout), ("", Layout()), (two.text, two.layout)])
    assert text == "A b\n\nc"
    assert [block.span.of(text) for block in layout.blocks] == ["A b", "c"]
    assert [inline.span.of(text) for inline in layout.inlines] == ["b"]


# ── what a page says of itself ────────────────────────────────────────────────────────────────────


def test_what_the_page_says_of_itself_is_kept() -> None:
    document = ingest(PAGE, kind="html").document
    assert (document.title, document.date, document.language, document.source) == (
        "Dockers walk out", "2024-02-03", "en", "https://example.org/news/dockers",
    )  # fmt: skip
    assert dict(document.meta) == {"author": "Ana Pérez"}
    [link] = [i for i in document.layout.inlines if i.kind == "a"]
    assert link.href == "https://example.org/deal"


FOUND = About("A &title", "Ana Pérez, Ben Okri", "2024-02-03", "en-GB", "https://example.org/a")


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (
            '<script type="application/ld+json">{"@graph": [{"@type": "WebSite", "name": "x"},'
            '{"@type": ["NewsArticle"], "headline": "A &amp;title", "inLanguage": "en_GB",'
            '"datePublished": "2024-02-03T10:00:00Z",'
            '"author": [{"name": "Ana Pérez"}, "Ben Okri"]}]}</script>'
            '<link rel="canonical" href="https://example.org/a">',
            FOUND,
        ),
        (
            '<META NAME=author CONTENT="Ana Pérez"><meta name="author" content=" Ben  Okri ">'
            '<meta content="A &amp;title" property="og:title"><meta name=date content=2024-02-03>'
            '<meta property="og:locale" content="en_GB"><meta property="og:url" '
            'content="https://example.org/a">',
            FOUND,
        ),
        (
            "<!-- saved from url=(0021)https://example.org/a --><time datetime='2024-02'>x</time>",
            About(date="2024-02", source="https://example.org/a"),
        ),
        ('<meta name="author" content="https://x.org/ana"><link rel=canonical href="/a">', About()),
        ('<script type="application/ld+json">{nonsense</script>', About()),
        ('<meta name="date" content="soon"><meta name="author" content="">', About()),
        ("<meta " * 1000, About()),
    ],
)
def test_a_head_is_read(head: str, expected: About) -> None:
    assert about.of_page(f"<html><head>{head}</head>") == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2024-02-03T10:00:00Z", "2024-02-03"), ("2024-02", "2024-02"), ("2024", "2024"),
        ("Sat, 03 Feb 2024 10:00:00 GMT", "2024-02-03"), ("D:20240203100000Z", "2024-02-03"),
        ("D:2024", "2024"), ("2024-13-01", ""), ("soon", ""), ("", ""), ("20240203", ""),
        ("1700 words", ""),
    ],
)  # fmt: skip
def test_a_date_is_a_day_a_month_or_a_year(value: str, expected: str) -> None:
    assert about.day(value) == expected


@given(st.text())
def test_any_head_is_read_without_a_fault(text: str) -> None:
    for head in (text, f"<meta name=author content='{text}'>", f"<time datetime='{text}'>"):
        about.of_page(head)


FRONT = """---
title: "The strike: day two"
author:
  - Ana Pérez
  - Ben Okri
date: 2024-02-03
lang: en
tags: [a, b]
url: https://example.org/a
---

# Heading

Text.
"""


def test_front_matter_of_markdown_is_read_and_left_out() -> None:
    found = ingest(FRONT, kind="markdown")
    document = found.document
    assert document.text == "Heading\n\nText."
    assert (document.title, document.date, document.language, document.source) == (
        "The strike: day two", "2024-02-03", "en", "https://example.org/a",
    )  # fmt: skip
    assert dict(document.meta) == {"author": "Ana Pérez, Ben Okri"}
    assert found.notes == ("What stands between --- and --- was read as title, author and date.",)


@pytest.mark.parametrize(
    "text",
    ["---\nJust a line.\n---\nMore.", "---\n\nText.", "---\ncolour: red\n---\nText.", "# Title"],
)
def test_what_is_no_front_matter_stays(text: str) -> None:
    assert about.of_front_matter(text) == (About(), text)


# ── footnotes ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ('a<a href="#n" epub:type="noteref">1</a>', "a<sup>1</sup>"),
        ("a<A role='doc-noteref' HREF='#n'>[1]</A>", "a<sup>[1]</sup>"),
        ('<sup><a href="#n">1</a></sup>', '<sup><a href="#n">1</a></sup>'),
        ('x <a href="#r" role="doc-backlink">back</a>', "x "),
        ('x <a href="#r">↩︎</a>', "x "),
        ('<b><a href="#cite_ref-1">^</a></b> x', "<b></b> x"),
        ('<a href="#top">Top</a>', '<a href="#top">Top</a>'),
        ('<a href="https://e.org/">^</a>', '<a href="https://e.org/">^</a>'),
    ],
)
def test_markers_are_raised_and_arrows_back_go(page: str, expected: str) -> None:
    assert notes.plain(page) == expected


def test_footnotes_of_a_page_are_text_at_their_place() -> None:
    found = ingest(
        '<p>Said.<a role="doc-noteref" href="#n">1</a></p><ol><li id="n">By whom. '
        '<a role="doc-backlink" href="#r">↩</a></li></ol>',
        kind="html",
    ).document
    assert found.text == "Said.1\n\nBy whom."
    assert [(i.kind, i.span.of(found.text)) for i in found.layout.inlines] == [("sup", "1")]


def test_a_title_that_is_given_is_not_lost_by_the_cut() -> None:
    markup = PAGE.replace("<h1>Dockers walk out</h1>", "").replace(
        "<main>", "<main><div><h1>Dockers walk out</h1></div>"
    )
    whole = html.read(markup)
    kept = webpage.main_blocks(markup, whole.text, whole.layout, "It")
    assert kept is not None
    assert whole.layout.blocks[kept[0]].kind == "h1"
    assert replace(whole.layout.blocks[kept[0]], start=0, end=0).kind == "h1"


def test_a_page_on_which_the_extractor_gives_up_is_taken_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def gives_up(*_: object) -> str:
        raise BadInput("cannot be read")

    monkeypatch.setattr(webpage.apart, "ask", gives_up)
    found = ingest(PAGE, kind="html")
    assert MAIN_TEXT in found.document.text
    assert found.notes == (
        "No main content could be told from the rest, so the whole page was taken.",
    )


def test_elements_of_xhtml_that_close_themselves_are_empty() -> None:
    page = '<?xml version="1.0"?><html><head><title/></head><body><p>A<a id="x"/>b<br/>c</p></body>'
    assert ingest(page, kind="html").document.text == "Ab\nc"
    assert ingest(page.partition("?>")[2], kind="html").document.text == ""
