"""Every word of the interface goes through gettext: in another language, none stays English."""

import re
from collections.abc import Iterator
from gettext import NullTranslations
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from selectolax.lexbor import LexborHTMLParser

from annotations import codebook
from annotations.demo import demo
from annotations.document import new_id
from reader import create_app, words
from reader.beginning import ensure_demo

PAGES = (
    "/",
    "/?q=Caracas",
    "/you",
    "/import",
    "/bundle",
    "/nowhere",
    "/projects/demo",
    "/projects/demo/search?q=Caracas",
    "/projects/demo/search?view=context&q=Trump",
    "/projects/demo/search?view=context&q=/t.ump/",
    "/projects/demo?state=flagged",
    "/projects/demo?label=~",
    "/projects/demo/review",
    "/projects/demo/documents/demo-report/desk",
    "/projects/demo/import",
    "/projects/demo/transfers",
    "/projects/demo/codebook",
    "/projects/demo/guidelines",
    "/projects/demo/statements",
    "/projects/demo/registers/actors",
    "/projects/demo/registers/concepts",
    "/projects/demo/export?document=demo-report",
    "/projects/demo/documents/demo-report",
    "/projects/demo/cursor",
    "/projects/demo/documents/demo-report/index",
    "/projects/demo/documents/demo-report/suggestions",
    "/projects/demo/annotations/demo-d1",
    "/projects/demo/settings",
    "/projects/demo/documents/demo-report/details",
    "/projects/demo/history",
    "/projects/demo/history/2",
    "/projects/demo/trash",
    "/projects/demo/marks/demo-d1",
    "/projects/demo/documents/demo-report/history",
    "/projects/demo/documents/demo-report/at/2",
    "/projects/demo/documents/demo-report/texts",
    "/projects/demo/documents/demo-report/correct",
    "/projects/demo/documents/demo-report/doubts",
    "/projects/demo/annotations/demo-d1/again?within=project",
    "/projects/demo/annotations/demo-d1/candidates?kind=made+by",
)
SAID_IN = ("aria-label", "title", "placeholder", "alt")


_KEY = demo()
_CODEBOOK = codebook.default()
DATA = {
    "Postil",
    "Aa",
    "(Ctrl+Z)",
    "(Ctrl+Shift+Z)",
    "Demo: the call",
    _KEY.document.title,
    *(mark.note for mark in _KEY.annotations if mark.note),
    *(mark.entity for mark in _KEY.annotations if mark.entity),
    *(mark.quote(_KEY.document.text) for mark in _KEY.annotations),
    *(word for kind in _CODEBOOK.relations for word in (kind.name, kind.description) if word),
    *(word for label in _CODEBOOK.labels for word in (label.name, label.description)),
    *(label.name.capitalize() for label in _CODEBOOK.labels),
    *(a.name.capitalize() for label in _CODEBOOK.labels for a in label.attributes),
    *(a.description for label in _CODEBOOK.labels for a in label.attributes),
}


class Mirror(NullTranslations):
    """A language in which every sentence is itself between brackets."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    monkeypatch.setattr(words, "catalogue", lambda _: Mirror())
    app: Flask = create_app(tmp_path / "postil.db")
    ensure_demo(app.extensions["postil"])
    yield app.test_client()
    app.extensions["postil"].close()


@pytest.mark.parametrize("page", PAGES)
def test_no_word_of_a_page_escapes_translation(client: FlaskClient, page: str) -> None:
    answer = client.get(page, headers={"Host": "localhost"})

    assert untranslated(answer.get_data(as_text=True)) == []


@pytest.mark.parametrize("kind", ["actors", "concepts"])
def test_no_word_of_an_actor_or_concept_escapes_translation(client: FlaskClient, kind: str) -> None:
    local = {"Host": "localhost"}
    listed = client.get(f"/projects/demo/registers/{kind}", headers=local).get_data(as_text=True)
    links = [a.attributes["href"] for a in LexborHTMLParser(listed).css(".spoken a")]

    said = [
        untranslated(client.get(str(link), headers=local).get_data(as_text=True)) for link in links
    ]

    assert links
    assert said == [[] for _ in links]


def test_the_answer_to_a_change_is_translated(client: FlaskClient) -> None:
    client.application.config["WTF_CSRF_ENABLED"] = False
    form = {"op": new_id(), "label": "claim", "start": "0", "end": "7", "view": ""}
    address = "/projects/demo/documents/demo-report/annotations"

    answer = client.post(address, data=form, headers={"Host": "localhost", "HX-Request": "true"})

    assert "⟦saved⟧" in answer.get_data(as_text=True)


def untranslated(html: str) -> list[str]:
    """The words of a page that are neither in brackets nor data: names, quotes, keys, numbers."""
    tree = LexborHTMLParser(html)
    tree.strip_tags(
        ["script", "style", "bdi", "kbd", "textarea", "time", "mark", "code", "i", "b", "q"],
        recursive=True,
    )
    for data in tree.css(".b, .q, [dir=auto], .home, option, .said, .heading, #key-list button"):
        data.decompose()
    found = [node.text(deep=False) for node in tree.css("body *")]
    found += [node.attributes.get(name) or "" for node in tree.css("body *") for name in SAID_IN]
    return [words.strip()[:200] for words in found if re.search(r"[^\W\d_]{2,}", _outside(words))]


def _outside(words: str) -> str:
    """What of a text is not between brackets, without names and the codebook's own words."""
    while re.search(r"⟦[^⟦⟧]*⟧", words):
        words = re.sub(r"⟦[^⟦⟧]*⟧", "", words)
    for data in sorted(DATA, key=len, reverse=True):
        words = words.replace(data, "")
    return words
