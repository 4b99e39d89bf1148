"""The pages on which projects and articles are renamed, archived, put away and brought back."""

import pytest

from annotations.document import Annotated, Document
from annotations.store import Project, Store
from tests.web.conftest import Visitor, hidden, put, seen


@pytest.fixture
def home(project: Project) -> str:
    return f"/projects/{project.id}"


@pytest.fixture(autouse=True)
def articles(store: Store, project: Project) -> None:
    titles = {"a": "Bridges", "b": "Harbours", "c": "Roads"}
    put(
        store,
        project,
        *(Annotated(document=Document(uid, title, "Words.")) for uid, title in titles.items()),
    )


def test_a_project_is_renamed(visitor: Visitor, store: Store, project: Project, home: str) -> None:
    answer = visitor.post(f"{home}/settings", {"name": "Ports", "description": "All of them"})

    assert (answer.status_code, answer.headers["Location"]) == (303, home)
    assert store.projects.find(project.id).name == "Ports"
    assert "Undo : the project’s name" in seen(visitor.get(home).text)


def test_a_name_that_is_taken_is_told_beside_the_field(
    visitor: Visitor, project: Project, home: str
) -> None:
    visitor.post("/projects", {"name": "Ports"})

    answer = visitor.post(f"{home}/settings", {"name": "Ports", "description": "Mine"})

    assert answer.status_code == 422
    assert "There is a project “Ports” already" in seen(answer.text)
    assert 'value="Ports"' in answer.text
    assert ">Mine</textarea>" in answer.text


def test_an_archived_project_is_listed_apart_and_says_so(
    visitor: Visitor, store: Store, project: Project, home: str
) -> None:
    visitor.post(f"{home}/archive", {"archived": "1"})
    library, page = visitor.get("/").text, visitor.get(home).text
    article = visitor.get(f"{home}/documents/a").text
    refused = visitor.post(f"{home}/documents/a/details", {"title": "Other"})
    visitor.post(f"{home}/archive", {"archived": "0"})

    assert f'<li><a href="{home}"><bdi>Harbour</bdi></a></li>' in library
    assert 'aria-label="Harbour"' not in library
    for shown in (page, article):
        assert "This project is archived: it can be read and exported" in seen(shown)
    assert "Set this state" not in page
    assert (refused.status_code, "is archived" in refused.text) == (409, True)
    assert visitor.get(f"{home}/export/file?format=jsonl").status_code == 200
    assert not store.projects.find(project.id).archived


def test_a_project_is_deleted_by_its_name_and_brought_back_from_the_library(
    visitor: Visitor, project: Project, home: str
) -> None:
    shown = seen(visitor.get(f"{home}/settings").text)
    wrong = visitor.post(f"{home}/delete", {"name": "Something"})
    right = visitor.post(f"{home}/delete", {"name": "Harbour"})
    gone, library = visitor.get(home), seen(visitor.get("/").text)
    back = visitor.post("/deleted-projects", {"project": project.id})

    assert "What goes: 3 documents, 0 marks, 0 layers." in shown
    assert (wrong.status_code, "to delete it, write “Harbour”" in wrong.text) == (422, True)
    assert (right.status_code, gone.status_code) == (303, 404)
    assert "1 deleted project Harbour Bring back" in library
    assert (back.status_code, visitor.get(home).status_code) == (303, 200)


def test_a_project_that_was_never_deleted_cannot_be_brought_back(
    visitor: Visitor, project: Project
) -> None:
    assert visitor.post("/deleted-projects", {"project": project.id}).status_code == 404


def test_the_details_of_an_article_are_changed(
    visitor: Visitor, store: Store, project: Project, home: str
) -> None:
    page = visitor.get(f"{home}/documents/a/details").text
    form = {
        "title": "Bridges of Basra",
        "direction": "rtl",
        "language": "ar",
        "source": "",
        "date": "",
    }

    kept = visitor.post(f"{home}/documents/a/details", {**form, "saw": hidden(page, "saw")})
    stale = visitor.post(
        f"{home}/documents/a/details", {**form, "title": "Late", "saw": hidden(page, "saw")}
    )
    bad = visitor.post(f"{home}/documents/a/details", {**form, "language": "عربي"})

    value = store.documents.find(project, "a").value
    assert (kept.status_code, value.title, value.direction) == (303, "Bridges of Basra", "rtl")
    assert (stale.status_code, "Somebody changed this meanwhile" in stale.text) == (409, True)
    assert (bad.status_code, "is not a language tag" in bad.text) == (422, True)
    assert 'value="عربي"' in bad.text


def test_chosen_articles_get_a_state_or_go_into_the_trash(
    visitor: Visitor, store: Store, project: Project, home: str
) -> None:
    state = visitor.post(
        f"{home}/documents", {"do": "state", "state": "done", "document": ["a", "b"]}
    )
    told = seen(visitor.get(home).text)
    trash = visitor.post(
        f"{home}/documents", {"do": "remove", "document": ["b", "c"], "back": home}
    )
    listed = visitor.get(home).text

    states = store.states.listed(project, store.people.first(), ["a", "b", "c"])
    assert (state.status_code, trash.headers["Location"]) == (303, home)
    assert "2 articles are done for you now." in told
    assert {uid: each.name for uid, each in states.items()} == {"a": "done"}
    assert "2 articles are in the trash now" in seen(listed)
    assert "Harbours" not in listed


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"do": "state", "state": "done"}, "Choose some articles first."),
        ({"do": "state", "state": "", "document": "a"}, "Choose a state for the articles first."),
        ({"do": "state", "state": "flagged", "document": "a"}, "flag each by itself"),
    ],
)
def test_what_is_not_chosen_is_asked_for(
    visitor: Visitor, home: str, form: dict[str, str], said: str
) -> None:
    answer = visitor.post(f"{home}/documents", form)

    assert (answer.status_code, said in answer.text) == (422, True)


def test_one_article_of_another_project_leaves_all_where_they_are(
    visitor: Visitor, store: Store, project: Project, home: str
) -> None:
    answer = visitor.post(f"{home}/documents", {"do": "remove", "document": ["a", "other"]})

    assert (answer.status_code, store.documents.count(project)) == (404, 3)
