import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask

from annotations import codebook
from annotations.codebook import Label
from annotations.document import Annotated, Document, new_id
from annotations.store import Project, Store
from reader.beginning import ensure_demo
from reader.pages import library
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
    assert "All 230 articles of Harbour" in home
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


# --- by state, and by what a document is labelled as a whole


def state(visitor: Visitor, project: Project, document: str, name: str) -> None:
    form = {"op": new_id(), "state": name, "note": "Which one?" if name == "flagged" else ""}
    address = f"/projects/{project.id}/documents/{document}/state"
    assert visitor.post(address, form).status_code == 303


@pytest.fixture
def labelled(visitor: Visitor, store: Store, project: Project) -> Project:
    """Twelve documents: some in each state; labelled by id, by name, with attributes, or not."""
    look = {"letter": "N", "key": "", "colour": "teal", "underline": "solid", "scope": "document"}
    made = [Label(id=f"l-{name}", name=name, **look) for name in ("news", "opinion")]  # type: ignore[arg-type]
    book = store.codebooks.of(project.key)
    book = replace(book, labels=(*book.labels, *made))
    store.codebooks.save(act(store, "codebook", project), project.key, book)
    given: list[tuple[object, ...]] = [
        ({"label": "l-news"},), ("news",), ({"label": "l-news", "attributes": {"x": "opinion"}},),
        ("l-opinion", "l-news"), ("opinion",), ("neither",), (["news"], 5, {"label": None}), (),
    ]  # fmt: skip
    entries = [
        Annotated(document=Document(id=f"d{n:02}", title=f"T{n:02}", text="Text.", labels=labels))
        for n, labels in enumerate(given + [()] * 4)
    ]
    put(store, project, *entries)
    for n, name in enumerate(("done", "skipped", "flagged", "in progress", "done")):
        state(visitor, project, f"d{n:02}", name)
    return project


def listed(visitor: Visitor, project: Project, query: str) -> list[str]:
    return titles(visitor.get(f"/projects/{project.id}?{query}").text)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("label=l-news", [0, 1, 2, 3]),
        ("label=l-opinion", [3, 4]),
        ("label=neither", [5]),
        ("label=~", [6, 7, 8, 9, 10, 11]),
        ("label=nobody", []),
        ("label=l-news&state=done", [0]),
        ("label=l-news&state=new", []),
        ("label=l-news&q=text", [0, 1, 2, 3]),
        ("label=~&q=T06", [6]),
        ("label=&state=", list(range(12))),
    ],
)
def test_a_list_is_narrowed_by_what_documents_are_labelled(
    visitor: Visitor, labelled: Project, query: str, expected: list[int]
) -> None:
    found = listed(visitor, labelled, f"{query}&sort=order")

    assert found == [f"T{n:02}" for n in expected]


def test_a_list_is_sorted_by_state_what_asks_for_something_first(
    visitor: Visitor, labelled: Project
) -> None:
    page = visitor.get(f"/projects/{labelled.id}?sort=state").text

    assert titles(page) == [f"T{n:02}" for n in (2, 3, 5, 6, 7, 8, 9, 10, 11, 1, 0, 4)]
    assert '<th scope="col" role="columnheader" class="state" aria-sort="ascending">' in page
    assert listed(visitor, labelled, "sort=state&label=l-news") == ["T02", "T03", "T01", "T00"]
    assert listed(visitor, labelled, "sort=state&q=text&label=~")[0] == "T06"


def test_order_and_filters_are_kept_from_page_to_page_and_in_every_link(
    visitor: Visitor, labelled: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "A_PAGE", 2)
    address = f"/projects/{labelled.id}?sort=state&label=l-news"
    found: list[str] = []
    for _ in range(3):
        page = visitor.get(address).text
        found += titles(page)
        further = re.search(r'rel="next" href="([^"]*)"', page)
        if further is None:
            break
        address = unescape(further[1])

    assert found == ["T02", "T03", "T01", "T00"]
    assert 'name="sort" value="state"' in page
    assert 'name="label" value="l-news"' in page
    assert f"/projects/{labelled.id}?sort=state&amp;state=done&amp;label=l-news" in page


def test_where_several_projects_are_listed_there_is_no_state_and_no_label(
    visitor: Visitor, labelled: Project
) -> None:
    assert titles(visitor.get("/?sort=state&label=~&state=done").text) == titles(
        visitor.get("/").text
    )


def test_the_lists_are_found_by_indexes(store: Store, labelled: Project) -> None:
    """Of 100,000 documents, sorted by state or narrowed by label, 90 and 45 ms of one core."""
    person = store.people.first()
    plans: list[str] = []
    rows = store.database.rows

    def explained(sql: str, values: dict[str, object] | None = None) -> list[Any]:
        plans.extend(row[3] for row in rows(f"explain query plan {sql}", values))
        return rows(sql, values)

    store.database.rows = explained  # type: ignore[method-assign]
    store.states.in_order(labelled, person, 100)
    store.documents.labelled(labelled, ["l-news", "news"])

    tables = [re.sub(r" \(.*", "", step) for step in plans if re.match("SCAN|SEARCH", step)]
    assert [x for x in tables if x.startswith("SCAN") and "VIRTUAL TABLE" not in x] == []
    assert "SEARCH a USING COVERING INDEX annotation_places" in tables
    assert "SEARCH d USING INDEX sqlite_autoindex_documents_1" in tables


def test_a_search_tells_the_true_number_and_pages_to_the_last_of_them(
    visitor: Visitor, store: Store, project: Project
) -> None:
    put(store, project, *(article(f"d{n}", f"T{n:04}", "rope") for n in range(1_003)))

    last = visitor.get(f"/projects/{project.id}?q=rope&sort=title&page=51").text

    assert "1,003 documents with “rope”" in seen(last)
    assert titles(last) == ["T1000", "T1001", "T1002"]
