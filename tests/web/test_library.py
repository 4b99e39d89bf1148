import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from annotations import codebook
from annotations.document import Annotated, Document
from annotations.store import Project, Store
from reader.beginning import ensure_demo
from reader.pages.library import moment, snippet
from tests.documents import marked
from tests.web.conftest import Visitor, act, put, seen


def article(id: str, title: str, text: str, **more: str) -> Annotated:
    return Annotated(document=Document(id=id, title=title, text=text, **more))


@pytest.fixture
def shelf(store: Store, project: Project) -> Project:
    put(
        store,
        project,
        article("b", "Bridges", "The café by the bridge. " * 40, language="en"),
        article("a", "Anchors & <i>ropes</i>", "An anchor holds."),
        marked("call", "Maduro asked Trump.", ("actor", "Maduro"), ("actor", "Trump")),
    )
    return project


def titles(page: str) -> list[str]:
    return re.findall(r'<td [^>]*class="title"><a [^>]*>([^<]*)</a>', page)


def test_the_first_page_tells_a_newcomer_what_this_is_and_where_to_begin(
    visitor: Visitor, store: Store
) -> None:
    ensure_demo(store)
    put(store, store.projects.find("demo"), article("later", "Later", "Somebody’s own."))
    page = visitor.get("/").text
    assert 'href="/projects/demo/documents/demo-report">Read the demo article' in page
    assert "Import a text of your own" in page


def test_an_empty_database_shows_how_to_begin(visitor: Visitor) -> None:
    page = visitor.get("/")
    assert page.status_code == 200
    assert "Import a text of your own" in page.text
    assert "demo article" not in page.text


def test_the_library_lists_title_length_marks_and_change(visitor: Visitor, shelf: Project) -> None:
    page = seen(visitor.get("/").text)
    assert "call about 3 words 19 characters ada · work 2 just now" in page
    assert "Bridges about 160 words 960 characters no marks yet" in page
    assert "Anchors & <i>ropes</i>" in page


@pytest.mark.parametrize(
    ("sort", "order", "expected"),
    [
        ("title", "ascending", ["Anchors &amp; &lt;i&gt;ropes&lt;/i&gt;", "Bridges", "call"]),
        ("length", "descending", ["Bridges", "call", "Anchors &amp; &lt;i&gt;ropes&lt;/i&gt;"]),
        ("marks", "descending", ["call"]),
    ],
)
def test_a_list_is_sorted_and_says_how(
    visitor: Visitor, shelf: Project, sort: str, order: str, expected: list[str]
) -> None:
    page = visitor.get(f"/projects/{shelf.id}?sort={sort}").text
    assert titles(page)[: len(expected)] == expected
    assert re.findall(r'class="(\w+)" aria-sort="(\w+)"', page) == [(sort, order)]


def test_a_search_shows_the_place_and_nothing_else(visitor: Visitor, shelf: Project) -> None:
    page = visitor.get("/?q=CAFE").text
    assert titles(page) == ["Bridges"]
    assert "The <strong>café</strong> by the bridge." in page
    assert "1 document with “CAFE”" in seen(page)


def test_a_search_finds_titles_too(visitor: Visitor, shelf: Project) -> None:
    assert titles(visitor.get("/?q=rope").text) == ["Anchors &amp; &lt;i&gt;ropes&lt;/i&gt;"]


def test_a_search_stays_in_its_project(visitor: Visitor, store: Store, shelf: Project) -> None:
    other = store.projects.add(act(store, "project"), "Other", codebook.default())
    put(store, other, article("x", "Elsewhere", "Another bridge."))
    assert sorted(titles(visitor.get("/?q=bridge").text)) == ["Bridges", "Elsewhere"]
    assert titles(visitor.get(f"/projects/{other.id}?q=bridge").text) == ["Elsewhere"]
    assert titles(visitor.get(f"/projects/{other.id}?q=bridge&sort=title").text) == ["Elsewhere"]


@pytest.mark.parametrize(
    "query",
    ['"', '""', "*", "a AND", "NEAR(", "title:x", "\0", "😀", "<script>", "%", "(", "x" * 900],
)
def test_any_query_is_answered(visitor: Visitor, shelf: Project, query: str) -> None:
    answer = visitor.get("/", query_string={"q": query})
    assert answer.status_code == 200
    assert "<script>" not in answer.text.split("<body", 1)[1]


def test_a_script_gets_the_list_alone(visitor: Visitor, shelf: Project) -> None:
    page = visitor.peek("/?q=anchor").text
    assert page.lstrip().startswith('<div id="found">')
    assert '<div id="polite" hx-swap-oob="innerHTML">1 document found</div>' in page


def test_a_long_list_comes_in_pages(visitor: Visitor, store: Store, project: Project) -> None:
    entries = [article(f"d{n}", f"Report {n:03}", f"Report {n}.") for n in range(230)]
    put(store, project, *entries)
    home = visitor.get("/?sort=title").text
    assert titles(home) == [f"Report {n:03}" for n in range(50)]
    assert "All 230 documents of Harbour" in home
    last = visitor.get(f"/projects/{project.id}?sort=title&page=3").text
    assert titles(last) == [f"Report {n:03}" for n in range(200, 230)]
    assert "Page 3 of 3" in last
    assert 'rel="next"' not in last


@pytest.mark.parametrize("page", ["0", "-1", "x", "999999999", "1e9", ""])
def test_a_page_that_is_not_there_is_no_error(visitor: Visitor, shelf: Project, page: str) -> None:
    assert visitor.get(f"/projects/{shelf.id}?page={page}").status_code == 200


def test_an_unknown_project_is_404(visitor: Visitor) -> None:
    assert visitor.get("/projects/nothing").status_code == 404


def test_a_title_keeps_its_language_and_direction(
    visitor: Visitor, store: Store, project: Project
) -> None:
    put(store, project, article("ar", "عمال الميناء", "نص", language="ar", direction="rtl"))
    assert 'lang="ar" dir="rtl">عمال الميناء</a>' in visitor.get("/").text


def test_a_project_is_made_once_however_often_it_is_sent(visitor: Visitor, store: Store) -> None:
    form = {"name": " Class 9b ", "op": "one-op"}
    first, second = visitor.post("/projects", form), visitor.post("/projects", form)
    assert first.status_code == second.status_code == 303
    assert first.location == second.location
    assert [project.name for project in store.projects.all()] == ["Class 9b"]
    assert visitor.get(first.location).status_code == 200


@pytest.mark.parametrize("name", ["", "   ", "Harbour", "x" * 201, "a\0b"])
def test_a_name_that_cannot_be_taken_is_told_beside_its_field(
    visitor: Visitor, store: Store, project: Project, name: str
) -> None:
    answer = visitor.post("/projects", {"name": name, "op": "one-op"})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert len(store.projects.all()) == 1


def test_nothing_is_made_without_a_token(app: Flask, store: Store) -> None:
    assert app.test_client().post("/projects", data={"name": "Mine"}).status_code == 403
    assert store.projects.all() == []


@pytest.mark.parametrize(
    ("text", "query", "expected"),
    [
        ("A & B", "b", "A &amp; <strong>B</strong>"),
        ("<b>bold</b> words", "bol", "&lt;b&gt;<strong>bold</strong>&lt;/b&gt; words"),
        ("Ñandú runs", "nandu", "<strong>Ñandú</strong> runs"),
        ("cafe\u0301 au lait", "café", "<strong>cafe\u0301</strong> au lait"),
        ("nandu runs", "ÑANDÚ", "<strong>nandu</strong> runs"),
        ("sail and sailor", '"sail"', "<strong>sail</strong> and sailor"),
        ("first\nthe second line\nthird", "second", "… the <strong>second</strong> line …"),
        ("nothing here", "zebra", None),
        ("nothing here", '"', None),
    ],
)
def test_a_snippet_shows_what_the_index_found(text: str, query: str, expected: str | None) -> None:
    found = snippet(text, query)
    assert (None if found is None else str(found)) == expected


def test_a_snippet_is_cut_between_words() -> None:
    found = str(snippet("word " * 100 + "needle " + "word " * 100, "needle"))
    assert found.startswith("… word ")
    assert found.endswith(" word …")
    assert len(found) < 240


def test_a_moment_is_said_as_people_say_it(app: Flask) -> None:
    now = datetime.now(UTC)
    with app.test_request_context():
        assert ">just now<" in moment(now.isoformat())
        assert ">3 hours ago<" in moment((now - timedelta(hours=3)).isoformat())
        assert ">2 Mar 2024<" in moment("2024-03-02T10:00:00.000Z")
        assert moment("") == ""
