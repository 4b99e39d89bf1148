"""HTML becomes text and layout as a browser would show it."""

from collections.abc import Callable

import pytest

from annotations.document import Document
from annotations.errors import BadInput, TooDeep
from annotations.ingest import ingest, read_article
from tests.growth import grows_with_its_input


def blocks(document: Document) -> list[tuple[str, str]]:
    document.layout.checked(len(document.text))
    return [(block.kind, block.span.of(document.text)) for block in document.layout.blocks]


def inlines(document: Document) -> list[tuple[str, str]]:
    return [(inline.kind, inline.span.of(document.text)) for inline in document.layout.inlines]


def html(page: str, source: str = "") -> Document:
    return read_article(page, kind="html", source=source)


BLOCKS = {
    "paragraphs": ("<p>a<p>b</p>c", [("p", "a"), ("p", "b"), ("p", "c")]),
    "loose text": ("a<div>b<section>c</section>d</div>", [("p", x) for x in "abcd"]),
    "headings": ("<h1>A</h1><h6>B <i>c</i></h6>", [("h1", "A"), ("h6", "B c")]),
    "white space": (" <p>\n a \t b\f<b> c</b> </p> \n d", [("p", "a b c"), ("p", "d")]),
    "space between styles": ("<b>a</b> <i>b</i>", [("p", "a b")]),
    "no-break spaces": ("<p>a&nbsp;&nbsp;b<p>&nbsp;<p>c", [("p", "a\u00a0\u00a0b"), ("p", "c")]),
    "line ends": ("<p>a <br> b<br/>c<br></p>", [("p", "a\nb\nc")]),
    "preformatted": ("<pre>\n\n  a\n\tb  c\n</pre>d", [("pre", "  a\n\tb  c"), ("p", "d")]),
    "code in pre": ("<pre><code>a\n b</code></pre>", [("pre", "a\n b")]),
    "quotations": (
        "<blockquote>a<p>b<blockquote>c</blockquote></blockquote>",
        [("blockquote", "a"), ("blockquote", "b"), ("blockquote", "c")],
    ),
    "figures": (
        "<figure><img src=x alt=y><figcaption>a<p>b</figcaption></figure>",
        [("figcaption", "a\nb")],
    ),
    "definitions": (
        "<dl><dt>a<dd>b<dd>c<dt>d</dl>",
        [("dt", "a"), ("dd", "b"), ("dd", "c"), ("dt", "d")],
    ),
    "rules": ("a<hr>b", [("p", "a"), ("p", "b")]),
    "ruby": ("<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp>字<rt>ji</ruby>.", [("p", "漢(kan)字(ji).")]),
    "entities": (
        "&lt;b&gt; &amp;amp; &eacute; &#x1F600; &nosuch;",
        [("p", "<b> &amp; é 😀 &nosuch;")],
    ),
    "stray brackets": ("1 < 2 > 0 <- 3 </ 4", [("p", "1 < 2 > 0 <- 3")]),
    "unknown elements": ("<x-y>a</x-y> <font>b</font>", [("p", "a b")]),
    "cells that are page layout": (
        "<table><tr><td><h2>a</h2><p>b</p></td></tr></table>",
        [("h2", "a"), ("p", "b")],
    ),
    "paragraph in a cell": ("<table><tr><td><p>a</p>b</table>", [("td", "a\nb")]),
    "text in a table": ("<table>a<tr><td>b</table>", [("p", "a"), ("td", "b")]),
    "a whole page": ("<!doctype html><html><head><meta charset=x></head><body>a", [("p", "a")]),
    "nothing": ("<p> </p><div></div>", []),
}


@pytest.mark.parametrize(("page", "expected"), BLOCKS.values(), ids=list(BLOCKS))
def test_blocks_are_what_a_browser_shows(page: str, expected: list[tuple[str, str]]) -> None:
    assert blocks(html(page)) == expected


def test_lists_keep_their_depth_and_their_kind() -> None:
    document = html("<ul><li>a<ol><li>b</li></ol>c</li><li><p>d</p><p>e</p></li></ul><p>f")
    assert document.text == "a\nb\n\nc\n\nd\n\ne\n\nf"
    assert [(b.kind, b.level, b.ordered) for b in document.layout.blocks] == [
        ("li", 0, False),
        ("li", 1, True),
        ("p", 1, False),
        ("li", 0, False),
        ("p", 1, False),
        ("p", 0, False),
    ]


def test_tables_keep_their_rows_and_their_empty_cells() -> None:
    document = html("<table><tr><th>a<th>b<tr><td><td>c<br>d<tr><td><td></table>")
    assert document.text == "a\tb\n\tc\nd"
    assert [(b.kind, b.row, b.start, b.end) for b in document.layout.blocks] == [
        ("th", 0, 0, 1),
        ("th", 0, 2, 3),
        ("td", 1, 4, 4),
        ("td", 1, 5, 8),
    ]


def test_styles_are_kept_where_they_stand() -> None:
    document = html("<p><b>bold <i>both</i></b> x<sup>2</sup> <em> </em><del>no</del> <kbd>k</kbd>")
    assert inlines(document) == [
        ("strong", "bold both"),
        ("em", "both"),
        ("sup", "2"),
        ("s", "no"),
        ("code", "k"),
    ]


def test_a_style_across_blocks_and_styles_that_cross_are_parted() -> None:
    assert inlines(html("<p>a <em>b<p>c</em>d")) == [("em", "b")]
    assert inlines(html("<em>a<div>b</div></em>c")) == [("em", "a"), ("em", "b")]
    assert inlines(html("<b>a<i>b</b>c</i>")) == [("strong", "ab"), ("em", "b"), ("em", "c")]


def links(page: str, source: str = "") -> list[tuple[str | None, str]]:
    document = html(page, source)
    return [(i.href, i.span.of(document.text)) for i in document.layout.inlines]


def test_links_are_resolved_against_the_source_or_dropped() -> None:
    page = (
        "<a href='/a?b=1&amp;c=2'>1</a> <a href=//e.org/x>2</a> <a href='#top'>3</a> "
        "<a href='mailto:a@b.org'>4</a> <a href='HTTP://E.org/ü x'>5</a> <a href=d.html>6</a>"
    )
    absolute = [("mailto:a@b.org", "4"), ("HTTP://E.org/ü%20x", "5")]
    assert links(page) == absolute
    assert links(page, "https://n.org/x/y.html") == [
        ("https://n.org/a?b=1&c=2", "1"),
        ("https://e.org/x", "2"),
        *absolute,
        ("https://n.org/x/d.html", "6"),
    ]


def test_the_head_tells_title_language_and_direction() -> None:
    document = html(
        "<html lang='ar-EG' dir=RTL><title> A &amp;\n B</title><body><h1>C</h1>", "https://n.org/"
    )
    assert (document.title, document.language, document.direction, document.source) == (
        "A & B",
        "ar-EG",
        "rtl",
        "https://n.org/",
    )


def test_without_a_title_the_highest_heading_stands_for_it() -> None:
    assert html("<h2>a</h2><h1>b<br>c</h1><h1>d</h1>").title == "b c"
    assert read_article("<p>a", name="page.html").title == "page"


def test_what_is_not_for_reading_goes_with_its_contents_and_is_told() -> None:
    found = ingest(
        "a<script>1</script><style>2</style><svg><text>3</text></svg><form><p>4</form>"
        "<select><option>5</select><textarea>6</textarea><iframe>7</iframe><math><mi>8</math>"
        "<template>9</template><noscript>10</noscript><object>11<object>12</object></object>b",
        kind="html",
    )
    assert found.document.text == "ab"
    assert found.notes == (
        "Left out with their contents: 1 × form, 1 × iframe, 1 × math, 1 × noscript, 1 × object, "
        "1 × script, 1 × select, 1 × style, 1 × svg, 1 × template, 1 × textarea.",
    )


def test_replaced_control_characters_and_unclosed_elements_are_told() -> None:
    found = ingest("a\x01b&#2;<script>c", kind="html")
    assert found.document.text == "a\ufffdb\ufffd"
    assert found.notes[1:] == (
        "“<script” is never closed; what follows it was left out.",
        "2 control characters were replaced by “\ufffd”.",
    )


ENDLESS = {
    "divisions": "<div>" * 200_000,
    "quotations": "<blockquote>" * 20_000,
    "lists": "<ul><li>" * 30_000,
    "tables": "<table><tr><td>" * 20_000,
    "styles and divisions": "<b><div>" * 30_000,
}


@pytest.mark.parametrize("page", ENDLESS.values(), ids=list(ENDLESS))
def test_endless_nesting_is_refused_with_the_place(page: str) -> None:
    with pytest.raises(TooDeep) as caught:
        html("<p>Here it begins.</p>" + page)
    assert (caught.value.depth, caught.value.limit) == (201, 200)
    assert "Here it begins." in html("<p>Here it begins.</p>").text


NONSENSE: dict[str, Callable[[int], str]] = {
    "unclosed paragraphs and styles": lambda n: "<b><p><i><p>" * (n // 8),
    "crossing styles": lambda n: "<b><i>x</b>y</i>" * (n // 8),
    "styles within themselves": lambda n: "<em>x" * 190 + "<p>y" * (n // 12),
    "brackets": lambda n: "<" * n,
    "entities": lambda n: "&amp;" * (n // 3),
    "tags without an end": lambda n: "<a " * n,
    "quotes without an end": lambda n: '<a b="' * (n * 2 // 3),
    "comments without an end": lambda n: "<!--" * n,
    "comments with a bang": lambda n: "<!-- --!>" * n,
    "comments with a bang that never end": lambda n: "<!-- --!" * n,
    "white space in a tag": lambda n: "<a href='" + " " * (n * 3) + "'>x</a>",
}


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_costs_no_more_than_its_length(name: str) -> None:
    # bleach looks each child up among its siblings, which shows beyond this size; how many elements
    # a page may have is bounded for that.
    assert grows_with_its_input(lambda size: html(NONSENSE[name](size)), 24_000)


def test_a_page_of_too_many_elements_is_refused() -> None:
    with pytest.raises(BadInput, match="too many elements for its length"):
        html("<ul>" + "<li>x" * 100_000)
    with pytest.raises(BadInput, match="too many elements for its length"):
        html("&amp;" * 200_000)


def test_a_page_that_is_too_long_is_refused() -> None:
    with pytest.raises(BadInput, match="save it as plain text, or in parts"):
        html("<p>" + "word " * 500_000)


def test_a_hundred_levels_are_fine() -> None:
    assert html("<blockquote>" * 100 + "a").text == "a"
    assert html("<div>" * 190 + "a").text == "a"


# ── what is not for reading ───────────────────────────────────────────────────────────────────────

HIDDEN = {
    "the attribute": ("<p hidden>x</p><p>a", ["x"]),
    "the attribute with a value": ('<p hidden="hidden">x</p><p HIDDEN=false>y</p><p>a', ["x", "y"]),
    "by style": ('<p style="color:red; DISPLAY : None !important">x</p>a', ["x"]),
    "an escaped style": ('<p style="display&colon;none">x</p>a', ["x"]),
    "out of sight": ('<p style="visibility:hidden">x</p>a', ["x"]),
    "shown after all": ('<p style="display:none;display:block">a', []),
    "within a paragraph": ("<p>a<span hidden>x<span>y</span>z</span></p>", ["xyz"]),
    "with what is in it": ("<div hidden><h2>x</h2><ul><li>y</ul></div>a", ["xy"]),
    "never closed": ("<div><p hidden>x</div><p>a", ["x"]),
    "ended by the next": ("<p hidden>x<p>a", ["x"]),
    "a row": ("<table><tr hidden><td>x</tr><tr><td>a</td></tr></table>", ["x"]),
    "a style": ("<b hidden>x</b>a", ["x"]),
    "an element of its own": ("<x-note hidden>x</x-note>a", ["x"]),
    "nothing": ("<p hidden> <br></p><img hidden><input hidden>a", []),
    "the whole page": ('<html hidden><body style="display:none"><p>a', []),
}


@pytest.mark.parametrize(("page", "passages"), HIDDEN.values(), ids=HIDDEN)
def test_what_a_page_hides_from_readers_is_left_out_and_reported(
    page: str, passages: list[str]
) -> None:
    found = ingest(page, kind="html", page="whole")
    quoted = ", ".join(f"“{each}”" for each in passages)
    note = f"Left out because the source hides it: {len(passages)} × passage ({quoted})."
    assert found.document.text == "a"
    assert found.notes == ((note,) if passages else ())


@pytest.mark.parametrize(
    "attribute",
    [
        'aria-hidden="true"',
        'class="visually-hidden"',
        'class="sr-only hidden"',
        'hidden="until-found"',
        'style="position:absolute;left:-9999px"',
        'data-hidden="x"',
        'title="hidden"',
    ],
)
def test_what_is_hidden_from_some_readers_alone_stays(attribute: str) -> None:
    found = ingest(
        f"<p>a</p><p {attribute}>b</p><details><summary>c</summary>d</details>", kind="html"
    )
    assert (found.document.text, found.notes) == ("a\n\nb\n\nc\n\nd", ())


def test_a_mark_of_a_page_border_parts_no_word() -> None:
    found = ingest(
        '<p>wo<span epub:type="pagebreak" role="doc-pagebreak">13</span>rd'
        '<span epub:type="pagebreak" title="14"></span>s<a role="doc-pagebreak">xv</a></p>',
        kind="html",
    )
    assert found.document.text == "words"
    assert found.notes == ("Left out with their contents: 2 × page number.",)


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("caf&eacute au lait", "café au lait"),
        ("&copy2026 AT&T &amp &lt x", "©2026 AT&T & < x"),
        ("&notit; &notin; &not;in", "¬it; ∉ ¬in"),
        ("R&D &reg; &unknown; &", "R&D ® &unknown; &"),
        ("&#8211 &#x2013y &#128;", "– –y €"),
        ("a&nbspb", "a\u00a0b"),
        ("&ampcopy; &amp;copy;", "&copy; &copy;"),
        ("&Aacutex &AElig", "Áx Æ"),
    ],
)
def test_characters_by_name_are_read_as_a_browser_reads_them(markup: str, text: str) -> None:
    assert html(f"<p>{markup}</p>").text == text


def test_an_address_keeps_what_only_looks_like_a_character() -> None:
    page = '<a href="https://e.org/?a=1&copy=2&amp;b&lt3&eacute">x</a>'
    assert html(page).layout.inlines[0].href == "https://e.org/?a=1&copy=2&b&lt3é"
