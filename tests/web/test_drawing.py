"""Drawing: what a browser reads in a drawn block is the document's text, whatever lies on it."""

import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser, LexborNode

from annotations import codebook
from annotations.codebook import Codebook, Label
from annotations.document import (
    BLOCK_KINDS,
    INLINE_KINDS,
    Annotated,
    Annotation,
    Block,
    Document,
    Inline,
    Layout,
    Relation,
    with_fragments,
)
from annotations.spans import Span
from annotations.store import Project, Store
from reader.drawing import Drawing, Line, Section, escaped, numbered, sections
from reader.view import View, shown
from reader.wording import lines
from tests.documents import DOCUMENTS
from tests.web.conftest import act, put

CODEBOOK = codebook.default()


def document(*blocks: tuple[Any, ...], inlines: tuple[Inline, ...] = (), **more: Any) -> Document:
    """A document of blocks (kind, text, and what else the block has), a line feed between them."""
    text, layout = "", []
    for kind, said, *rest in blocks:
        text += "\n" if text else ""
        layout.append(Block(kind, len(text), len(text) + len(said), **(rest[0] if rest else {})))
        text += said
    return Document(
        id="d", title="A title", text=text, layout=Layout(tuple(layout), inlines), **more
    )


def mark(key: int, label: str, *spans: tuple[int, int], **more: Any) -> Annotation:
    hull, fragments = with_fragments(tuple(Span(*span) for span in spans))
    return Annotation(
        id=f"a{key}",
        key=key,
        label=label,
        start=hull.start,
        end=hull.end,
        fragments=fragments,
        **more,
    )


def drawing(of: Document, *marks: Annotation, **more: Any) -> Drawing:
    found = sorted(marks, key=lambda mark: (mark.start, -mark.end))
    return Drawing(of, more.pop("codebook", CODEBOOK), found, address="/a/", **more)


def parsed(html: str) -> LexborHTMLParser:
    return LexborHTMLParser(f"<!doctype html><body>{html}</body>")


def block_of(page: LexborHTMLParser, number: int) -> LexborNode:
    found = page.css(f"#b{number}")
    assert len(found) == 1, f"block {number} is drawn {len(found)} times"
    return found[0]


def pieces(html: str) -> list[tuple[str | None, str | None, str]]:
    """Of each mark: whose it is, which letters it shows, and its text."""
    return [
        (m.attributes.get("data-a"), m.attributes.get("data-l"), m.text(deep=True))
        for m in parsed(html).css("mark")
    ]


def classes(html: str) -> list[list[str]]:
    return [(m.attributes["class"] or "").split() for m in parsed(html).css("mark")]


def reads_as_its_text(of: Document, html: str) -> None:
    page = parsed(html)
    drawn = page.css(".b")
    assert len(drawn) == len(of.layout.blocks)
    for number, block in enumerate(of.layout.blocks):
        node = block_of(page, number)
        assert node.text(deep=True) == of.text[block.start : block.end]
        assert node.attributes["data-start"] == str(block.start)
    assert [node.attributes["id"] for node in drawn] == [f"b{n}" for n in range(len(drawn))]


# --- the one thing that must always hold


@st.composite
def layouts(draw: st.DrawFn) -> Document:
    characters = st.characters(exclude_categories=("Cs",), exclude_characters="\0")
    words = st.text(characters, max_size=12) | st.sampled_from(
        [
            "",
            "\n",
            "\n\nx",
            " a  b ",
            "<b>",
            "&amp;",
            "]]>",
            "<!--",
            "</pre>",
            "\r\n",
            "\t",
            "\ufeff",
        ]
    )
    kinds = st.sampled_from(sorted(BLOCK_KINDS))
    text, blocks, inlines = draw(words), [], []
    for _ in range(draw(st.integers(0, 7))):
        said = draw(words)
        start, end = len(text), len(text) + len(said)
        blocks.append(
            Block(
                draw(kinds),
                start,
                end,
                level=draw(st.integers(0, 3)),
                row=draw(st.none() | st.integers(0, 2)),
                ordered=draw(st.booleans()),
            )
        )
        for _ in range(draw(st.integers(0, 3))):
            first = draw(st.integers(start, end))
            kind = draw(st.sampled_from(sorted(INLINE_KINDS)))
            inlines.append(
                Inline(kind, first, draw(st.integers(first, end)), "https://a.example/?a&b")
            )
        text += said + draw(st.sampled_from(["", "\n", "\n\n", " - "]))
    inlines.sort(key=lambda inline: inline.start)
    return Document(id="d", title="", text=text, layout=Layout(tuple(blocks), tuple(inlines)))


@st.composite
def marks_on(draw: st.DrawFn, text: str) -> list[Annotation]:
    found = []
    for key in range(1, draw(st.integers(0, 6)) + 1):
        borders = sorted(
            draw(st.sets(st.integers(0, len(text)), min_size=2, max_size=4))
            if len(text) > 1
            else ()
        )
        spans = [pair for n, pair in enumerate(pairwise(borders)) if n % 2 == 0]
        if spans:
            label = draw(st.sampled_from(["claim", "actor", "demand"]))
            found.append(mark(key, label, *spans, note=draw(st.sampled_from(["", "<i>why</i>"]))))
    return found


@given(st.data())
def test_a_drawn_block_reads_as_the_documents_text(data: st.DataObject) -> None:
    of = data.draw(layouts())
    found = data.draw(marks_on(of.text))
    made = drawing(of, *found)
    reads_as_its_text(of, made.whole())
    if of.layout.blocks:
        cards = [card.attributes["id"] for card in parsed(made.whole()).css(".card")]
        assert sorted(cards) == sorted(f"c{annotation.key}" for annotation in found)


@given(st.data())
def test_every_marked_character_is_in_a_mark_that_names_it(data: st.DataObject) -> None:
    of = data.draw(layouts())
    found = data.draw(marks_on(of.text))
    page = parsed(drawing(of, *found).whole())
    for annotation in found:
        shown_text = "".join(
            node.text(deep=True)
            for node in page.css("mark")
            if str(annotation.key) in (node.attributes["data-a"] or "").split()
        )
        assert shown_text == "".join(
            of.text[max(span.start, block.start) : min(span.end, block.end)]
            for block in of.layout.blocks
            for span in annotation.spans
        )


@pytest.mark.parametrize("entry", DOCUMENTS.values(), ids=list(DOCUMENTS))
def test_the_nasty_documents_read_as_their_text(entry: Annotated) -> None:
    found = [replace(a, key=key) for key, a in enumerate(entry.annotations, 1)]
    made = drawing(entry.document, *found)
    reads_as_its_text(entry.document, made.whole())


# --- blocks


@pytest.mark.parametrize(
    ("kind", "tag"),
    [
        ("p", "p"), ("h1", "h2"), ("h2", "h3"), ("h5", "h6"), ("h6", "h6"), ("li", "li"),
        ("blockquote", "blockquote"), ("pre", "pre"), ("td", "td"), ("th", "th"),
        ("figcaption", "p"), ("dt", "p"), ("dd", "p"),
    ],
)  # fmt: skip
def test_each_kind_of_block_has_its_tag(kind: str, tag: str) -> None:
    page = parsed(drawing(document(("p", "Before"), (kind, "Here", {"level": 2}))).whole())
    node = block_of(page, 1)
    assert (node.tag, node.text(deep=True)) == (tag, "Here")
    assert (node.attributes["class"] or "").split() == ["b", kind, "level2"]


def test_no_kind_of_block_or_style_is_unknown() -> None:
    for kind in BLOCK_KINDS:
        assert f'class="b {kind}"' in drawing(document((kind, "x"))).whole()
    for kind in INLINE_KINDS:
        style = Inline(kind, 0, 1, "https://a.example")
        assert ">x</" in drawing(document(("p", "x"), inlines=(style,))).whole()


def test_an_article_that_begins_with_its_title_has_it_as_the_pages_heading() -> None:
    of = document(("h1", "Own"), ("h2", "Part"), ("h1", "Another"), ("p", "Text"))
    page = parsed(drawing(of).whole("<p class='by'>by</p>"))
    assert [block_of(page, n).tag for n in range(4)] == ["h1", "h2", "h2", "p"]
    assert page.css_first("#b0 + .by") is not None


def test_a_byline_leads_an_article_without_a_title_of_its_own() -> None:
    made = drawing(document(("p", "Text"))).whole("<p class='by'>by</p>")
    assert made.startswith("<p class='by'>by</p><section")


def test_a_line_feed_that_begins_a_pre_is_kept() -> None:
    of = document(("p", "x"), ("pre", "\n\n  code\n"))
    made = drawing(of).whole()
    assert "<pre" in made
    assert block_of(parsed(made), 1).text(deep=True) == "\n\n  code\n"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("one two", False), ("one  two", True), (" one", True), ("one ", True), ("one\ntwo", True),
        ("one\ttwo", True), ("one\u00a0two", False), ("", False),
    ],
)  # fmt: skip
def test_white_space_is_kept_only_where_a_browser_would_fold_it(text: str, kept: bool) -> None:
    of = document(("p", " before  "), ("p", text), ("p", " after  "))
    assert (" ws" in drawing(of).block(1, ())) is kept


def test_lists_and_tables_stand_around_their_items() -> None:
    of = document(
        ("li", "a"), ("li", "b"), ("li", "1", {"ordered": True}), ("p", "between"),
        ("th", "h1", {"row": 0}), ("th", "h2", {"row": 0}), ("td", "c1", {"row": 1}),
    )  # fmt: skip
    text = parsed(drawing(of).whole()).css_first(".text")
    assert [node.tag for node in text.iter()] == ["ul", "ol", "p", "table"]
    assert [[cell.text() for cell in row.css("td, th")] for row in text.css("tr")] == [
        ["h1", "h2"],
        ["c1"],
    ]


def test_items_of_nested_ordered_lists_are_numbered_each_in_its_own() -> None:
    levels = [
        (0, True),
        (0, True),
        (1, True),
        (1, True),
        (0, True),
        (1, False),
        (1, True),
        (0, True),
    ]
    of = document(*(("li", "x", {"level": n, "ordered": ordered}) for n, ordered in levels))
    page = parsed(drawing(of).whole())
    assert [block_of(page, n).attributes.get("value") for n in range(8)] == [
        "1", "2", "1", "2", "3", None, "1", "4",
    ]  # fmt: skip


def test_a_number_of_the_source_is_shown_as_it_is_and_is_no_text() -> None:
    of = document(
        ("h2", "Scope", {"number": "Article 5"}),
        ("li", "five", {"ordered": True, "number": "5."}),
        ("li", "nested", {"ordered": True, "level": 1, "number": '(a) "&"'}),
        ("li", "counted", {"ordered": True}),
    )
    page = parsed(drawing(of).whole())
    assert [
        [block_of(page, n).attributes.get(key) for key in ("data-number", "value")]
        for n in range(4)
    ] == [["Article 5", None], ["5.", None], ['(a) "&"', None], [None, "2"]]
    assert [block_of(page, n).text() for n in range(4)] == ["Scope", "five", "nested", "counted"]


def test_a_list_begins_anew_after_a_paragraph() -> None:
    item = ("li", "x", {"ordered": True})
    page = parsed(drawing(document(item, item, ("p", "-"), item)).whole())
    assert [block_of(page, n).attributes.get("value") for n in (0, 1, 3)] == ["1", "2", "1"]


def test_headings_do_not_count_as_paragraphs_and_a_table_counts_once() -> None:
    of = document(
        ("h1", "t"), ("p", "one"), ("h2", "t"), ("td", "two", {"row": 0}), ("td", "x", {"row": 0}),
        ("p", "three"),
    )  # fmt: skip
    made = drawing(of)
    assert [made.paragraph(n) for n in range(6)] == [1, 1, 1, 2, 2, 3]
    page = parsed(made.whole())
    assert [block_of(page, n).attributes.get("data-n") for n in range(6)] == [
        None, "1", None, None, None, "3",
    ]  # fmt: skip


# --- sections


def test_a_section_holds_sixteen_blocks() -> None:
    of = document(*[("p", "x")] * 40)
    assert sections(of.layout) == [Section(0, 0, 15), Section(1, 16, 31), Section(2, 32, 39)]


def test_a_section_ends_where_it_reaches_eight_thousand_characters() -> None:
    of = document(*[("p", "x" * 3_000)] * 7)
    assert [(s.first, s.last) for s in sections(of.layout)] == [(0, 2), (3, 5), (6, 6)]


@pytest.mark.parametrize("kind", ["li", "td"])
def test_lists_and_tables_stay_whole(kind: str) -> None:
    of = document(*[("p", "x")] * 10, *[(kind, "x", {"row": 0})] * 30, ("p", "x"))
    assert [(s.first, s.last) for s in sections(of.layout)] == [(0, 39), (40, 40)]


def test_a_list_longer_than_two_sections_is_cut() -> None:
    of = document(*[("li", "x" * 1_000)] * 40)
    assert [(s.first, s.last) for s in sections(of.layout)] == [(0, 15), (16, 31), (32, 39)]


def test_an_empty_document_has_no_sections() -> None:
    assert sections(Layout()) == []
    assert drawing(Document(id="d", title="", text="")).whole() == ""


# --- marks


def test_a_mark_across_styles_is_cut_at_their_borders() -> None:
    #                     0123456789
    of = document(("p", "some bold words"), inlines=(Inline("strong", 5, 9),))
    made = drawing(of, mark(1, "claim", (2, 12)))
    assert pieces(made.whole()) == [("1", "C", "me "), ("1", None, "bold"), ("1", None, " wo")]
    assert "<strong>bold</strong></mark>" in made.whole()


def test_styles_nest_and_only_the_innermost_of_several_links_is_one() -> None:
    of = document(
        ("p", "abcdef"),
        inlines=(
            Inline("a", 0, 6, "https://one.example"),
            Inline("em", 1, 5),
            Inline("a", 2, 4, 'https://two.example/"&'),
        ),
    )
    page = parsed(drawing(of).whole())
    assert [(a.attributes["href"], a.text()) for a in page.css("a")] == [
        ("https://one.example", "a"),
        ("https://one.example", "b"),
        ('https://two.example/"&', "cd"),
        ("https://one.example", "e"),
        ("https://one.example", "f"),
    ]
    assert "".join(em.text() for em in page.css("em")) == "bcde"
    assert page.css_first("a a") is None


def test_overlapping_marks_are_flat_pieces_that_name_all_that_cover_them() -> None:
    of = document(("p", "abcdefgh"))
    made = drawing(
        of, mark(1, "claim", (0, 5)), mark(2, "actor", (3, 8)), mark(3, "demand", (3, 4))
    )
    assert pieces(made.whole()) == [
        ("1", "C", "abc"),
        ("1 2 3", "AD", "d"),
        ("1 2", None, "e"),
        ("2", None, "fgh"),
    ]
    assert parsed(made.whole()).css_first("mark mark") is None


def test_each_piece_points_to_one_card_and_each_card_is_pointed_to() -> None:
    made = drawing(
        document(("p", "abcdefghijk")),
        mark(1, "claim", (0, 9)),
        mark(2, "actor", (0, 5)),
        mark(3, "demand", (3, 9)),
    )
    page = parsed(made.whole())
    details = [piece.attributes["aria-details"] for piece in page.css("mark")]
    assert details == ["c2", "c3", "c1"]
    for card in details:
        assert page.css_first(f"#{card}").attributes["role"] == "comment"


def test_marks_over_one_another_have_an_underline_each_up_to_three() -> None:
    of = document(("p", "abcdefgh"))
    found = [mark(n, ("claim", "actor", "demand", "claim")[n - 1], (n - 1, 8)) for n in range(1, 5)]
    assert classes(drawing(of, *found).whole()) == [
        ["l0", "k0-blue", "u0-solid"],
        ["l0", "k0-blue", "u0-solid", "l1", "k1-green", "u1-dotted"],
        [
            "l0",
            "k0-blue",
            "u0-solid",
            "l1",
            "k1-green",
            "u1-dotted",
            "l2",
            "k2-orange",
            "u2-double",
        ],
        [
            "l0",
            "k0-blue",
            "u0-solid",
            "l1",
            "k1-green",
            "u1-dotted",
            "l2",
            "k2-orange",
            "u2-double",
        ],
    ]


def test_an_underline_keeps_its_height_to_the_end_of_its_mark() -> None:
    of = document(("p", "abcdefghij"))
    made = drawing(
        of, mark(1, "claim", (0, 4)), mark(2, "actor", (2, 8)), mark(3, "demand", (5, 10))
    )
    assert [[c for c in look if c.startswith("k")] for look in classes(made.whole())] == [
        ["k0-blue"],
        ["k0-blue", "k1-green"],
        ["k1-green"],
        ["k1-green", "k0-orange"],
        ["k0-orange"],
    ]


def test_each_fragment_after_the_first_shows_its_letter_after_an_ellipsis() -> None:
    of = document(("p", "abcdefgh"))
    made = drawing(of, mark(1, "demand", (0, 2), (4, 6)))
    assert pieces(made.whole()) == [("1", "D", "ab"), ("1", "…D", "ef")]


def test_a_mark_across_blocks_has_one_letter_and_one_card_at_its_beginning() -> None:
    of = document(("p", "one"), ("p", "two"), ("p", "three"))
    made = drawing(of, mark(1, "claim", (1, 9)))
    assert pieces(made.whole()) == [("1", "C", "ne"), ("1", None, "two"), ("1", None, "t")]
    page = parsed(made.whole())
    assert [len(page.css(f"#g{n} .card")) for n in range(3)] == [1, 0, 0]


@pytest.mark.parametrize(("place", "beside"), [(0, 0), (4, 0), (9, 1), (14, 2)])
def test_a_mark_in_a_gap_has_its_card_beside_the_block_before(place: int, beside: int) -> None:
    # Two characters before, between and after three blocks of three.
    layout = Layout(tuple(Block("p", start, start + 3) for start in (2, 6, 11)))
    of = Document(id="d", title="", text="--abc-def--ghi--", layout=layout)
    made = drawing(
        of, mark(1, "claim", (place if place != 4 else 5, (place if place != 4 else 5) + 1))
    )
    page = parsed(made.whole())
    assert page.css("mark") == []
    assert [len(page.css(f"#g{n} .card")) for n in range(3)].index(1) == beside


def test_numbers_follow_the_order_of_places() -> None:
    of = document(("p", "abcdefgh"))
    found = [mark(7, "claim", (0, 8)), mark(3, "actor", (4, 6))]
    made = drawing(of, *found, numbers=numbered(found))
    page = parsed(made.whole())
    assert [(c.attributes["id"], c.attributes["data-no"]) for c in page.css(".card")] == [
        ("c7", "1"),
        ("c3", "2"),
    ]
    assert [m.attributes.get("data-no") for m in page.css("mark")] == ["1", "2", None]


# --- cards


def test_a_card_of_a_statement_tells_it_and_lists_what_contradicts() -> None:
    of = document(("p", "lift the sanctions"))
    line = Line(("sanctions", "made by Maduro", "rejected"), ("Status says accepted, but: no",))
    made = drawing(of, mark(1, "demand", (0, 18), note="why", unsure=True), lines={"a1": line})
    card = parsed(made.whole()).css_first("#c1")
    assert card.css_first(".q").text() == "lift the sanctions"
    assert (
        card.css_first(".said").text() == "demand · sanctions · made by Maduro · rejected · unsure"
    )
    assert [p.text() for p in card.css(".warn")] == ["Status says accepted, but: no"]
    assert card.css_first(".note").text() == "why"
    assert card.css_first("a").attributes["href"] == "/a/a1"


def test_a_card_of_an_actor_names_the_entity_instead_of_the_words() -> None:
    of = document(("p", "he said"))
    page = parsed(drawing(of, mark(1, "actor", (0, 2), entity="Maduro")).whole())
    assert page.css_first("#c1 .q").text() == "Maduro"
    assert "brief" in (page.css_first("#c1").attributes["class"] or "")


def test_a_card_says_whose_mark_it_is_where_several_layers_are_shown() -> None:
    made = drawing(
        document(("p", "x y")),
        mark(1, "claim", (0, 1), layer="l1"),
        layer_titles={"l1": "Ada · key"},
    )
    assert parsed(made.whole()).css_first(".said").text() == "claim · Ada · key"


def test_a_long_quote_is_cut_at_a_word() -> None:
    of = document(("p", "word " * 80))
    quote = parsed(drawing(of, mark(1, "claim", (0, 399))).whole()).css_first(".q").text()
    assert quote.endswith("word…")
    assert len(quote) <= 161


HOSTILE = "</p><script>alert(1)</script><img src=x onerror=alert(1)> \"'` {{7*7}} <!-- -->"


def test_hostile_text_stays_text_wherever_it_comes_from() -> None:
    evil = Label(
        id="x",
        name=HOSTILE,
        letter="<",
        key="9",
        colour="red",
        underline="wavy",
        takes_concept=True,
    )
    book = Codebook(labels=(evil,))
    of = document(
        ("p", HOSTILE), ("pre", HOSTILE), ("td", HOSTILE),
        inlines=(Inline("a", 0, 9, 'https://x.example/"onmouseover="alert(1)'),),
    )  # fmt: skip
    found = mark(1, HOSTILE, (0, 20), entity=HOSTILE, concept=HOSTILE, note=HOSTILE, layer="l")
    made = drawing(
        of,
        found,
        codebook=book,
        lines={"a1": Line((HOSTILE,), (HOSTILE,))},
        layer_titles={"l": HOSTILE},
    ).whole()
    page = parsed(made)
    reads_as_its_text(of, made)
    assert page.css("script, img, [onerror], [onmouseover]") == []
    assert page.css_first(".said").text() == f"{HOSTILE} · {HOSTILE} · {HOSTILE}"
    assert page.css_first(".warn").text() == HOSTILE
    assert page.css_first(".note").text() == HOSTILE


@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0")))
def test_escaped_text_comes_back_from_an_attribute_and_an_element(text: str) -> None:
    node = parsed(f'<div id="x" title="{escaped(text)}">{escaped(text)}</div>').css_first("#x")
    assert (node.attributes["title"], node.text(deep=True)) == (text or "", text)


# --- contradictions, in words


def statement_lines(status: str | None, *relations: tuple[str, str]) -> Line:
    text = "he wants it"
    demand = mark(1, "demand", (3, 11), attributes={"status": status} if status else {})
    found = [
        Relation(id=f"r{n}", head="a1", label=kind, child_entity=actor)
        for n, (kind, actor) in enumerate(relations)
    ]
    return lines(CODEBOOK, [demand], found, text)["a1"]


@pytest.mark.parametrize(
    ("status", "relations", "told"),
    [
        ("made", [], ()),
        ("rejected", [("rejected by", "Trump")], ()),
        (None, [("rejected by", "Trump")], ()),
        ("accepted", [("rejected by", "Trump")], ("Status says accepted, but: rejected by Trump",)),
        (
            None,
            [("accepted by", "Maduro"), ("rejected by", "Trump"), ("rejected by", "Rubio")],
            ("Accepted by Maduro, but also rejected by Trump, Rubio",),
        ),
        (
            "made",
            [("accepted by", "Maduro"), ("rejected by", "Trump")],
            (
                "Accepted by Maduro, but also rejected by Trump",
                "Status says made, but: accepted by Maduro; rejected by Trump",
            ),
        ),
    ],
)
def test_what_contradicts_a_status_is_told(
    app: Any, status: str | None, relations: list[tuple[str, str]], told: tuple[str, ...]
) -> None:
    with app.test_request_context():
        assert statement_lines(status, *relations).contradictions == told


def test_a_statement_is_told_in_the_order_of_the_codebook(app: Any) -> None:
    with app.test_request_context():
        line = statement_lines(
            None, ("rejected by", "Trump"), ("addressed to", "Trump"), ("made by", "Maduro")
        )
    assert line.parts == (
        "made by Maduro",
        "addressed to Trump",
        "rejected by Trump",
        "rejected",
    )


# --- what a change draws anew is what the whole page would show


def _clean(html: str) -> str:
    return re.sub(r' hx-swap-oob="true"| data-no="[^"]*"', "", html)


def test_what_a_change_touches_is_drawn_as_on_the_whole_page(
    app: Any, store: Store, project: Project
) -> None:
    of = document(
        ("h1", "Title"), ("p", "Maduro asked Trump to lift sanctions."), ("p", "Trump refused."),
        ("li", "Nothing else happened.", {"ordered": True}), ("pre", "\n  and so on"),
    )  # fmt: skip
    trump = of.text.index("Trump refused")
    entry = Annotated(
        document=of,
        annotations=(
            mark(0, "actor", (6, 12), entity="Nicolás Maduro"),
            replace(mark(0, "demand", (25, 42)), id="demand"),
            replace(mark(0, "actor", (trump, trump + 5), entity="Donald Trump"), id="trump"),
            replace(mark(0, "claim", (19, trump + 14)), id="claim"),
        ),
    )
    put(store, project, entry)
    kept = store.documents.find(project, "d")
    person = store.people.first()
    marks = store.marks

    def changes() -> Any:
        yield marks.relate(
            act(store, "relate", project),
            project,
            Relation(id="r1", head="demand", label="rejected by", child="trump"),
        )
        yield marks.edit(act(store, "edit", project), project, "trump", {"entity": "The president"})
        yield marks.edit(
            act(store, "edit", project), project, "claim", {"fragments": [Span(0, 60)]}
        )
        yield marks.add(
            act(store, "create", project), project, person, kept, mark(9, "claim", (62, 90))
        )
        yield marks.delete(act(store, "delete", project), project, "claim")

    with app.test_request_context():
        for outcome in changes():
            page = shown(store, project, kept, View(), "/a/")
            drawn, numbers = page.touched(outcome.seq)
            whole = _clean(page.drawing().whole())
            assert numbers
            assert len(drawn) == 2 * len(numbers)
            for part in drawn:
                assert _clean(part) in whole
            for number in set(range(5)) - set(numbers):
                assert f'id="b{number}"' in whole


def test_a_block_says_which_way_it_runs_where_its_article_runs_otherwise() -> None:
    text = "قال الوزير.\nPort 9.\n2024"
    blocks = (Block("p", 0, 11), Block("p", 12, 19), Block("p", 20, 24))
    document = Document(id="d", title="", text=text, layout=Layout(blocks))

    drawn = LexborHTMLParser(Drawing(document, codebook.default(), ()).whole())

    assert [block.attributes.get("dir") for block in drawn.css(".b")] == [None, "ltr", None]
