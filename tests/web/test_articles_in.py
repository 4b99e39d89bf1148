"""The preview of articles: how they were read, and what can be said before they are stored."""

import re

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from annotations import transfer
from annotations.document import Annotated, Document
from annotations.ingest import webpage
from annotations.store import Project, Store
from tests.ingest.files import docx, epub, paragraph, pdf, zipped
from tests.ingest.pages import MAIN_TEXT, PAGE
from tests.ingest.test_pdf import columns
from tests.web.conftest import Visitor, hidden, put, seen
from tests.web.test_transfer import keep, send, waiting

SPANISH = "Nicolás Maduro pidió ayer que el señor embajador saliera del país."


def stored(store: Store, project: Project) -> list[Document]:
    return [store.documents.by_key(key).value for key in store.documents.keys(project)]


def look(visitor: Visitor, project: Project, shown: str, /, **form: str) -> TestResponse:
    return visitor.post(
        f"/projects/{project.id}/import/look", {"upload": hidden(shown, "upload"), **form}
    )


def test_every_kind_of_article_comes_in_by_the_page(
    visitor: Visitor, store: Store, project: Project, app: Flask
) -> None:
    page = send(
        visitor,
        project,
        ("a.docx", docx(paragraph("Word", "Heading1") + paragraph("One."))),
        ("b.epub", epub({"1.xhtml": "<p>Two.</p>"})),
        ("c.pdf", pdf(columns)),
        ("d.html", PAGE.encode()),
        ("e.zip", zipped({"f/g.txt": "Three.", "h.png": b"\x89PNG"})),
    ).text
    assert "5 documents, 0 marks, 0 relations." in seen(page)
    assert "Ana Pérez, Ben Okri · 2020-05-06 · de · https://example.org/buch" in seen(page)
    assert "Only the main content of the page was taken: 13 of 21 blocks." in page
    assert "e.zip : Passed over: 1 × .png." in seen(page)
    assert keep(visitor, project, page).status_code == 303
    assert [(d.title, d.text.split("\n")[0]) for d in stored(store, project)] == [
        ("Word", "Word"),
        ("Das Buch", "Two."),
        ("The strike", "Dockers walk out of the port"),
        ("Dockers walk out", "Dockers walk out"),
        ("g", "Three."),
    ]
    assert dict(stored(store, project)[3].meta) == {"author": "Ana Pérez"}
    assert waiting(app) == []


def test_another_encoding_is_said_and_can_be_named(
    visitor: Visitor, store: Store, project: Project
) -> None:
    page = send(visitor, project, ("a.txt", SPANISH.encode("cp1252"))).text
    assert "Read as windows-1252." in page
    other = look(visitor, project, page, encoding="windows-1251").text
    assert "Nicolбs Maduro" in other
    assert 'name="encoding" list="encodings" value="windows-1251"' in other
    assert "“klingon” is not an encoding" in look(visitor, project, other, encoding="klingon").text
    back = look(visitor, project, other, encoding="latin-1").text
    assert keep(visitor, project, back).status_code == 303
    assert [d.text for d in stored(store, project)] == [SPANISH]


def test_what_cannot_be_told_is_refused_and_waits_for_its_encoding(
    visitor: Visitor, store: Store, project: Project
) -> None:
    refused = send(visitor, project, ("a.txt", "Łódź".encode("cp1250")))
    assert refused.status_code == 422
    assert "its encoding cannot be told. Name it (windows-1252, say)" in refused.text
    page = look(visitor, project, refused.text, encoding="windows-1250").text
    assert keep(visitor, project, page).status_code == 303
    assert [d.text for d in stored(store, project)] == ["Łódź"]


def test_the_whole_of_a_saved_page_can_be_taken(
    visitor: Visitor, store: Store, project: Project
) -> None:
    page = send(visitor, project, ("a.html", PAGE.encode())).text
    assert re.search(r'name="page" value="" checked', page)
    whole = look(visitor, project, page, page="whole").text
    assert re.search(r'name="page" value="whole" checked', whole)
    assert "We use cookies" in whole
    main = look(visitor, project, whole, page="").text
    assert "We use cookies" not in main
    keep(visitor, project, main)
    assert [d.text for d in stored(store, project)] == [MAIN_TEXT]


def test_a_choice_that_is_not_there_is_refused(visitor: Visitor, project: Project) -> None:
    page = send(visitor, project, ("a.html", PAGE.encode())).text
    assert "“half” cannot be taken of a page" in look(visitor, project, page, page="half").text
    assert 'name="page"' not in send(visitor, project, text="No page.").text


def test_titles_can_be_changed_before_they_are_stored(
    visitor: Visitor, store: Store, project: Project
) -> None:
    long = f"{'long ' * 100}title"
    page = send(
        visitor, project, ("a.txt", b"A."), ("b.txt", b"B."), ("c.md", f"# {long}".encode())
    ).text
    assert 'name="title.1" maxlength="300" dir="auto" autocomplete="off" value="b"' in page
    keep(visitor, project, page, **{"title.0": "", "title.1": " A  better title ", "title.9": "x"})
    assert [d.title for d in stored(store, project)] == ["a", "A better title", long]


def test_titles_that_are_sent_as_they_were_change_nothing(
    visitor: Visitor, store: Store, project: Project
) -> None:
    page = send(visitor, project, ("a.html", b"<h1>A  title &amp;c</h1>")).text
    [shown] = re.findall(r'name="title.0"[^>]* value="([^"]*)"', page)
    keep(visitor, project, page, **{"title.0": shown.replace("&amp;", "&")})
    assert [d.title for d in stored(store, project)] == ["A title &c"]


def test_texts_that_are_there_already_are_told_and_can_be_left_out(
    visitor: Visitor, store: Store, project: Project
) -> None:
    put(store, project, Annotated(document=Document(id="old", title="Old one", text="Same.")))
    files = [("a.txt", b"Same."), ("b.txt", b"New."), ("c.txt", b"New.")]
    page = send(visitor, project, *files).text
    assert "The project has this text already, as Old one ." in seen(page)
    assert "The same text comes before, as b ." in seen(page)
    assert "Leave out the 2 texts that are there already" in seen(page)
    keep(visitor, project, page, leave_out="1", **{"title.1": "Fresh", "title.2": "Never"})
    assert [d.title for d in stored(store, project)] == ["Old one", "Fresh"]
    page = send(visitor, project, *files).text
    assert keep(visitor, project, page).status_code == 303
    assert store.documents.count(project) == 5


def test_nothing_is_said_of_twins_where_there_are_none(visitor: Visitor, project: Project) -> None:
    assert "leave_out" not in send(visitor, project, text="One.").text


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.zip", zipped({"b.txt": b"a\0b"}), "a.zip/b.txt, line 1: The article holds"),
        ("a.zip", zipped({"b.zip": b"PK"}), "“a.zip”; “b.zip”: an archive within an archive"),
        ("a.tar.gz", b"\x1f\x8bnonsense", "“a.tar.gz”: it is damaged or incomplete"),
        ("a.pdf", b"%PDF-1.7 nonsense", "“a.pdf” cannot be read: it is damaged"),
        ("a.docx", b"PK nonsense", "“a.docx” cannot be opened: it is damaged or incomplete"),
    ],
)
def test_hostile_files_are_refused_by_name(
    visitor: Visitor, store: Store, project: Project, name: str, data: bytes, says: str
) -> None:
    answer = send(visitor, project, ("good.txt", b"Good."), (name, data))
    assert answer.status_code == 422
    assert says in answer.text
    assert store.documents.count(project) == 0


def test_the_file_chooser_offers_what_can_be_read(visitor: Visitor, project: Project) -> None:
    page = visitor.get(f"/projects/{project.id}/import").text
    [offered] = re.findall(r'accept="([^"]*)"', page)
    assert {".docx", ".epub", ".pdf", ".zip", ".tar.gz", ".txt", ".jsonl"} <= set(
        offered.split(",")
    )
    assert {"docx", "epub", "pdf"} <= set(transfer.kinds())


def test_without_the_extra_a_page_can_still_be_read_in_another_way(
    visitor: Visitor, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webpage, "find_spec", lambda name: None)
    page = send(visitor, project, ("a.html", PAGE.encode())).text
    assert "pip install &#39;postil[web]&#39;" in page
    [chosen] = re.findall(r'name="page" value="([^"]*)" checked', page)
    again = look(visitor, project, page, page=chosen, encoding="utf-8")
    assert (again.status_code, "We use cookies" in again.text) == (200, True)


def test_the_columns_of_a_table_are_shown_and_can_be_changed(
    visitor: Visitor, store: Store, project: Project
) -> None:
    page = send(
        visitor, project, ("news.csv", b"headline,body,desk\nShips,Two ships met.,News\nEmpty,,x\n")
    ).text
    assert "What the columns are for" in seen(page)
    assert "Without text, and left out: 1 row (row 3)." in seen(page)
    assert re.findall(r'name="(column\.[^"]*)".*?value="(\w+)" selected', page) == [
        ("column.headline", "title"),
        ("column.body", "text"),
        ("column.desk", "meta"),
    ]

    changed = look(
        visitor,
        project,
        page,
        **{"column.headline": "meta", "column.body": "text", "column.desk": "title"},
    ).text
    assert keep(visitor, project, changed).status_code == 303

    (document,) = stored(store, project)
    assert (document.title, document.text, document.meta) == (
        "News",
        "Two ships met.",
        {"headline": "Ships"},
    )


def test_a_table_that_is_read_as_text_after_all_asks_nothing_of_columns(
    visitor: Visitor, project: Project
) -> None:
    page = send(visitor, project, ("news.csv", b"headline,body\nShips,Two ships met.\n")).text
    shown = look(visitor, project, page, kind="text", **{"column.body": "text"}).text
    assert "What the columns are for" not in seen(shown)
    assert "headline,body Ships,Two ships met." in seen(shown)
