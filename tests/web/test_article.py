"""The article page as the server gives it: filters in its address, its version, its weight."""

import gzip
import re
from dataclasses import replace

import pytest
from selectolax.lexbor import LexborHTMLParser

from annotations.document import Annotation, Block, Document, Layout, Relation, new_id
from annotations.spans import Span
from annotations.store import Act, Project, Store
from reader.beginning import ensure_demo
from reader.compression import without_comments
from reader.drawn import DrawnArticles
from reader.view import View, runs
from tests.documents import DOCUMENTS
from tests.web.conftest import Visitor, act, put, seen

ARTICLE = "/projects/demo/documents/demo-report"


@pytest.fixture
def demo(store: Store) -> Project:
    ensure_demo(store)
    return store.projects.find("demo")


def page(visitor: Visitor, address: str = ARTICLE) -> LexborHTMLParser:
    response = visitor.get(address)
    assert response.status_code == 200
    return LexborHTMLParser(response.text)


def labels_of(found: LexborHTMLParser) -> set[str]:
    return {
        (card.css_first(".said").text(deep=True)).split(" · ")[0] for card in found.css(".card")
    }


# --- the view that an address names


@pytest.mark.parametrize(
    ("query", "view"),
    [
        ("", View()),
        ("?labels=claim,actor", View(("claim", "actor"))),
        ("?labels=claim&labels=actor", View(("claim", "actor"))),
        ("?layers=a&marks=off", View((), ("a",), False)),
        ("?marks=on&unknown=1", View()),
        ("?labels=,,", View()),
        ("?labels=law,order", View(("law", "order"))),
        ("?label=law,+order", View(("law, order",))),
        ("?labels=claim&label=law,order&label=a", View(("claim", "law,order", "a"))),
        ("?except=law,order&layer=l,1", View((), ("l,1",), without=("law,order",))),
    ],
)
def test_an_address_names_a_view(query: str, view: View) -> None:
    assert View.of(query) == view


@pytest.mark.parametrize(
    "view",
    [
        View(),
        View(("claim",)),
        View(("a b", "ü"), ("x",), False),
        View(marks=False),
        View(without=("a b", "ü")),
        View(("law, order", "peace,", ",")),
        View(("claim", "law, order"), ("l", "a,b")),
        View(without=("claim", "law & order, again", "100%,5")),
    ],
)
def test_a_view_comes_back_from_its_address(view: View) -> None:
    assert View.of(view.query()) == view


def test_a_label_is_switched_off_and_on() -> None:
    every = ("claim", "actor", "demand")
    assert View().toggled("actor", every) == "?labels=claim,demand"
    with_comma = ["claim", "law, order", "law", "order"]
    for name in with_comma:
        address = View().toggled(name, with_comma)
        assert [View.of(address).shows(each) for each in with_comma] == [
            each != name for each in with_comma
        ]
    assert View(("claim", "demand")).toggled("actor", every) == "?"
    assert View(("claim",)).toggled("claim", every) == "?"
    assert (
        View((), ("l",), False).toggled("actor", every) == "?labels=claim,demand&layers=l&marks=off"
    )


def test_of_many_labels_those_are_named_that_are_switched_off() -> None:
    every = [f"l{n}" for n in range(500)]
    assert View().toggled("l7", every) == "?without=l7"
    view = View(without=("l7", "l9"), layers=("l",))
    assert view.toggled("l499", every) == "?without=l7,l9,l499&layers=l"
    assert view.toggled("l7", every) == "?without=l9&layers=l"
    assert View(without=("l9",)).toggled("l9", every) == "?"
    assert [name for name in every if not view.shows(name)] == ["l7", "l9"]
    assert View(("l1", "l2")).toggled("l3", every) == "?labels=l1,l2,l3"


def test_numbers_are_joined_to_ranges() -> None:
    assert runs([]) == []
    assert runs([1, 2, 3, 7, 9, 10]) == [range(1, 4), range(7, 8), range(9, 11)]


# --- the page


def index(visitor: Visitor, query: str = "", address: str = ARTICLE) -> LexborHTMLParser:
    """The index as the page fetches it."""
    return LexborHTMLParser(visitor.peek(f"{address}/index{query}").text)


def test_the_page_shows_marks_and_cards_and_the_index_all_of_them(
    demo: Project, visitor: Visitor
) -> None:
    found, listed = page(visitor), index(visitor)
    assert labels_of(found) == {"claim", "actor", "demand"}
    assert len(listed.css("a[data-key]")) == len(found.css(".card")) == 164
    assert [heading.text() for heading in listed.css("h3")] == ["Actor", "Claim", "Demand"]


def test_filters_choose_what_is_drawn_and_listed(demo: Project, visitor: Visitor) -> None:
    found = page(visitor, f"{ARTICLE}?labels=claim,demand")
    assert labels_of(found) == {"claim", "demand"}
    listed = index(visitor, "?labels=claim,demand")
    assert [heading.text() for heading in listed.css("h3")] == ["Claim", "Demand"]
    chips = {chip.css_first("bdi").text(): chip.attributes for chip in found.css(".chip")}
    assert {name: chip["aria-current"] for name, chip in chips.items()} == {
        "Claim": "true", "Actor": "false", "Demand": "true",
    }  # fmt: skip
    assert chips["Actor"]["href"] == "?"


def test_a_statement_names_actors_whose_marks_are_filtered_out(
    demo: Project, visitor: Visitor
) -> None:
    said = [p.text(deep=True) for p in page(visitor, f"{ARTICLE}?labels=demand").css(".said")]
    assert any("made by Nicolás Maduro" in line for line in said)


@pytest.mark.parametrize("query", ["?labels=nothing", "?layers=nobodys", "?marks=off"])
def test_a_filter_may_leave_plain_text(demo: Project, visitor: Visitor, query: str) -> None:
    found = page(visitor, ARTICLE + query)
    assert found.css("mark, .card, .hint") == []
    assert "spoke by telephone" in found.css_first("#b1").text(deep=True)


def test_without_scripts_the_index_is_a_page_whose_links_lead_into_the_article(
    demo: Project, visitor: Visitor
) -> None:
    link = page(visitor, f"{ARTICLE}?labels=actor").css_first("#index-body a").attributes["href"]
    assert link == f"{ARTICLE}/index?labels=actor"
    there = [a.attributes["href"] for a in index(visitor, "?labels=actor").css("a")]
    alone = [a.attributes["href"] for a in page(visitor, link).css(".index a")]
    assert alone == [f"{ARTICLE}?labels=actor{href}" for href in there]


def test_the_title_is_a_heading_once(
    demo: Project, project: Project, store: Store, visitor: Visitor
) -> None:
    own = page(visitor)
    assert [h.text(deep=True)[:12] for h in own.css("h1")] == ["A short call"]
    put(store, project, replace(DOCUMENTS["nested"], layer=None))
    without = page(visitor, f"/projects/{project.id}/documents/doc-nested")
    assert [h.text(deep=True) for h in without.css("h1")] == ["nested"]


def test_an_empty_document_says_so(project: Project, store: Store, visitor: Visitor) -> None:
    put(store, project, replace(DOCUMENTS["empty"], layer=None))
    assert "This document has no text." in seen(
        visitor.get(f"/projects/{project.id}/documents/doc-empty").text
    )


# --- versions


def test_an_unchanged_page_is_not_sent_again_and_a_changed_one_is(
    demo: Project, store: Store, visitor: Visitor
) -> None:
    first = visitor.get(ARTICLE)
    asked = {"If-None-Match": first.headers["ETag"]}
    again = visitor.get(ARTICLE, headers=asked)
    assert (again.status_code, again.data) == (304, b"")
    kept = store.documents.find(demo, "demo-report")
    draft = Annotation(id=new_id(), start=0, end=7, label="claim")
    store.marks.add(act(store, "create", demo), demo, store.people.first(), kept, draft)
    changed = visitor.get(ARTICLE, headers=asked)
    assert changed.status_code == 200
    assert len(LexborHTMLParser(changed.text).css(".card")) == 165
    assert visitor.get(f"{ARTICLE}?labels=claim", headers=asked).status_code == 200


def drawn_parts(visitor: Visitor, address: str) -> tuple[str, str]:
    """The text with its cards, and the index; without the numbers that only paper shows."""
    page = visitor.get(address).text
    text = page[page.index('<section class="section"') : page.index("</article>")]
    return re.sub(r' data-no="[^"]*"', "", text), visitor.peek(f"{address}/index").text


def test_a_long_article_brought_up_to_date_is_what_one_drawn_anew_is(
    project: Project, store: Store, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both ways to draw it, after every kind of change, some across sections and some in gaps."""
    blocks = tuple(Block("h1" if n == 0 else "p", n, n + 48) for n in range(0, 2_500, 50))
    of = Document(id="long", title="Long", text="word " * 500, layout=Layout(blocks))
    put(store, project, replace(DOCUMENTS["nested"], document=of, layer=None, annotations=()))
    kept, person = store.documents.find(project, "long"), store.people.first()
    address = f"/projects/{project.id}/documents/long"

    def doing(kind: str) -> Act:
        return replace(act(store, kind, project), document=kept.key)

    def mark(uid: str, start: int, end: int, label: str = "claim", **more: str) -> None:
        draft = Annotation(id=uid, start=start, end=end, label=label, **more)  # type: ignore[arg-type]
        store.marks.add(doing("create"), project, person, kept, draft)

    def edit(uid: str, **fields: object) -> None:
        store.marks.edit(doing("edit"), project, uid, fields)

    def relate(kind: str, head: str, child: str) -> None:
        draft = Relation(id=new_id(), head=head, label=kind, child=child)
        store.marks.relate(doing("relate"), project, draft)

    changes = [
        lambda: mark("actor", 2_400, 2_404, "actor", entity="Ada"),
        lambda: mark("demand", 60, 90, "demand"),
        lambda: mark("across", 700, 1_700),
        lambda: mark("gap", 798, 799),
        lambda: relate("made by", "demand", "actor"),
        lambda: edit("actor", entity="Bob"),
        lambda: edit("across", fragments=[Span(10, 700), Span(900, 2_000)]),
        lambda: edit("demand", concept="Peace", note="why"),
        lambda: store.marks.delete(doing("delete"), project, "actor"),
        lambda: store.log.undo(doing("undo")),
    ]
    visitor.get(address)
    for change in changes:
        change()
        with monkeypatch.context() as patch:
            patch.setattr("reader.drawn.LONG", 0)
            brought_up = drawn_parts(visitor, address)
        with monkeypatch.context() as patch:
            patch.setattr("reader.pages.articles._DRAWN", DrawnArticles())
            anew = drawn_parts(visitor, address)
        assert brought_up == anew


def test_articles_drawn_lately_are_kept_up_to_a_size(
    demo: Project, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = DrawnArticles(most=1)
    monkeypatch.setattr("reader.pages.articles._DRAWN", small)
    for query in ("", "?labels=claim", "?labels=actor"):
        assert len(page(visitor, ARTICLE + query).css(".b")) == 21
    assert len(small._kept) == 1


# --- weight


def test_the_demo_page_is_light(demo: Project, visitor: Visitor) -> None:
    """948 words with 164 marks and their cards: what arrives, packed."""
    assert len(gzip.compress(visitor.get(ARTICLE).data, 4)) < 27_000


def test_a_mark_with_its_card_costs_few_bytes(
    project: Project, store: Store, visitor: Visitor
) -> None:
    text = "word " * 2_000
    blocks = tuple(Block("p", n, n + 99) for n in range(0, 10_000, 100))
    of = Document(id="many", title="Many", text=text, layout=Layout(blocks))
    put(store, project, replace(DOCUMENTS["nested"], document=of, layer=None, annotations=()))
    address = f"/projects/{project.id}/documents/many"
    without = len(gzip.compress(visitor.get(address).data, 6))
    kept = store.documents.find(project, "many")
    for n in range(200):
        store.marks.add(
            act(store, "create", project),
            project,
            store.people.first(),
            kept,
            Annotation(id=new_id(), start=n * 50, end=n * 50 + 20, label="claim"),
        )
    with_marks = len(gzip.compress(visitor.get(address).data, 6))
    assert (with_marks - without) / 200 < 110


def test_scripts_go_out_without_the_comments_that_have_lines_of_their_own() -> None:
    kept = b'/** @type {string} */ (x).y();\nconst a = "//"; // beside\n/* one */ b(); /* two */\n'
    comments = b"/**\n * Of several\n * lines.\n */\n  // alone\n  /** @param {x} y */\n"
    assert without_comments(comments + kept + comments) == kept
