"""No page is wider than its window, however long titles, names and labels are without a space."""

from dataclasses import replace

import pytest
from playwright.sync_api import Page

from annotations import codebook
from annotations.codebook import Codebook, Label
from annotations.document import Annotated, Annotation, Document, Layer, Relation
from annotations.ingest.plain import layout
from annotations.store import Project
from tests.browser.conftest import Site

pytestmark = pytest.mark.browser

URL = "https://example.org/" + "a-very-long-address/without-a-space/" * 5 + "index.html?x=1&y=2"
LABEL = "Aussagenzusammenhangsbestimmungskategorie" + "x" * 19
NAME = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk" * 3
TEXT = f"{NAME} said that {URL} holds. Bob denies it.\n\nAnother paragraph, of plain words."

PAGES = (
    "/",
    "/?q=said",
    "/you",
    "/import",
    "{project}",
    "{project}/settings",
    "{project}/import",
    "{project}/export",
    "{project}/transfers",
    "{project}/codebook",
    "{project}/guidelines",
    "{project}/statements",
    "{project}/registers/actors",
    "{project}/registers/concepts",
    "{project}/search?q=said",
    "{project}/search?view=context&q=said",
    "{project}/history",
    "{project}/trash",
    "{project}/review",
    "{article}",
    "{article}/details",
    "{article}/history",
    "{article}/index",
    "{article}/correct",
    "{article}/texts",
    "{project}/annotations/claim",
    "{project}/marks/claim",
)


def named_at_length(book: Codebook) -> Codebook:
    claim = replace(book.label("claim"), name=LABEL, group=NAME[:150])
    kinds = [
        replace(kind, name=f"{LABEL}{number}"[-60:]) for number, kind in enumerate(book.relations)
    ]
    labels: list[Label] = [claim if label.id == "claim" else label for label in book.labels]
    return replace(book, labels=tuple(labels), relations=tuple(kinds))


@pytest.fixture
def project(site: Site) -> Project:
    book = named_at_length(codebook.default())
    project = site.store.projects.add(
        site.act("project"), NAME[:190], book, uid="wide", description=URL
    )
    marks = (
        Annotation(id="claim", start=0, end=len(TEXT) // 2, label=LABEL, concept=NAME, note=URL),
        Annotation(id="actor", start=0, end=len(NAME), label="actor", entity=NAME),
        Annotation(id="bob", start=TEXT.index("Bob"), end=TEXT.index("Bob") + 3, label="actor"),
    )
    relations = tuple(
        Relation(id=f"r{number}", head="claim", label=kind.name, child="actor")
        for number, kind in enumerate(book.relations)
        if "claim" in kind.heads and "actor" in kind.children
    )
    entry = Annotated(
        document=Document(id="wide-doc", title=URL, text=TEXT, layout=layout(TEXT), source=URL),
        layer=Layer(id="wide-layer", annotator=NAME[:190], name=NAME[:190]),
        annotations=marks,
        relations=relations,
    )
    site.store.exchange.take(site.act("import", project), project, [entry])
    return project


def test_no_page_is_wider_than_its_window(site: Site, page: Page, project: Project) -> None:
    names = {"project": "/projects/wide", "article": "/projects/wide/documents/wide-doc"}
    wider = {}

    for address in PAGES:
        page.goto(site.address + address.format(**names))
        for width in (1280, 390, 320):
            page.set_viewport_size({"width": width, "height": 800})
            shown = page.evaluate("document.documentElement.scrollWidth")
            if shown > width:
                wider[address, width] = shown

    assert wider == {}
