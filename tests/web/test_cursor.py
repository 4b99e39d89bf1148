"""What the cursor fetches: its tools, and sentence borders once for each revision of a text."""

import json
import re

import pytest
from selectolax.lexbor import LexborHTMLParser

from annotations.demo import demo
from annotations.document import Annotated, Document
from annotations.segment import sentences
from annotations.store import Project, Store
from reader import folder
from tests.web.conftest import Visitor, put


@pytest.fixture
def address(store: Store, project: Project) -> str:
    put(store, project, demo())
    return f"/projects/{project.id}/documents/demo-report/sentences"


def test_the_borders_are_those_of_the_sentences_in_code_points(
    visitor: Visitor, store: Store, project: Project
) -> None:
    text = "😀 One, Mr. Bell left. Three!\n\nFour"
    put(store, project, Annotated(document=Document("odd", "odd", text, language="en")))
    answer = visitor.get(f"/projects/{project.id}/documents/odd/sentences")
    borders = answer.get_json()
    assert [text[a:b] for a, b in zip(borders[::2], borders[1::2], strict=True)] == [
        "😀 One, Mr. Bell left.",
        "Three!",
        "Four",
    ]


def test_the_whole_demo_is_cut(visitor: Visitor, address: str) -> None:
    found = sentences(demo().document)
    assert visitor.get(address).get_json() == [place for s in found for place in (s.start, s.end)]


def test_who_has_the_borders_already_is_told_so(visitor: Visitor, address: str) -> None:
    first = visitor.get(address)
    again = visitor.get(address, headers={"If-None-Match": first.headers["ETag"]})
    other = visitor.get(address, headers={"If-None-Match": '"other"'})
    assert (first.status_code, again.status_code, other.status_code) == (200, 304, 200)
    assert (again.data, again.headers["ETag"]) == (b"", first.headers["ETag"])


@pytest.mark.parametrize("language", ["русский", "中文", 'en"; a="b', "a\r\nX-Evil: 1", "é"])
def test_a_language_that_no_header_could_hold_is_no_hindrance(
    visitor: Visitor, store: Store, project: Project, address: str, language: str
) -> None:
    """Languages are checked when they come in; databases of earlier versions have any."""
    with store.database.writing() as db:
        db.conn.execute("update documents set language = ?", (language,))

    first = visitor.get(address)
    again = visitor.get(address, headers={"If-None-Match": first.headers["ETag"]})

    assert (first.status_code, again.status_code) == (200, 304)
    assert first.headers["ETag"].strip('"').isalnum()


def test_a_document_that_is_not_there_has_no_sentences(visitor: Visitor, address: str) -> None:
    assert visitor.get(address.replace("demo-report", "nothing")).status_code == 404


def test_the_tools_come_with_the_labels_of_the_project_and_the_words_that_scripts_say(
    visitor: Visitor, project: Project
) -> None:
    drawn = LexborHTMLParser(visitor.get(f"/projects/{project.id}/cursor").text)
    labels = [b.attributes for b in drawn.css("#tools [data-label]")]
    (part,) = drawn.css("#cursor-parts")
    assert [(b["data-label"], b["data-n"]) for b in labels] == [
        ("claim", "0"),
        ("actor", "1"),
        ("demand", "2"),
    ]
    messages = json.loads(part.attributes["data-messages"] or "")
    scripts = folder("static") / "js"
    said = "".join((scripts / name).read_text() for name in ("cursor.js", "labelfirst.js"))
    assert set(re.findall(r'words\("(\w+)"', said)) <= set(messages)
    assert [name for name in messages if f'"{name}"' not in said] == []
    assert visitor.get("/projects/none/cursor").status_code == 404
