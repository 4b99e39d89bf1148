"""The same words take the same label once; a second time, the page says that they have it."""

import pytest
from werkzeug.test import TestResponse

from annotations.document import Annotated, Document, new_id
from annotations.errors import AlreadyMarked
from annotations.library import Workspace
from annotations.store import Project, Store
from tests.web.conftest import Visitor, put

TEXT = "First line.\nSecond line with an actor."
SCRIPT = {"HX-Request": "true"}


@pytest.fixture
def article(store: Store, project: Project) -> str:
    put(store, project, Annotated(document=Document(id="d", title="D", text=TEXT)))
    return f"/projects/{project.id}/documents/d"


def mark(visitor: Visitor, article: str, label: str = "actor", **more: str) -> TestResponse:
    form = {"label": label, "start": "12", "end": "18", "quote": "Second", "op": new_id()}
    return visitor.post(f"{article}/annotations", {**form, **more}, headers=SCRIPT)


def ids(store: Store, project: Project) -> list[str]:
    return [a.id for a in store.marks.of(store.documents.find(project, "d"))]


def test_the_second_press_says_so_and_stores_nothing(
    visitor: Visitor, store: Store, project: Project, article: str
) -> None:
    first, changes = mark(visitor, article, id="one"), store.log.newest()
    again = mark(visitor, article, id="two")
    assert (first.status_code, again.status_code) == (200, 200)
    assert "Actor, one word, marked already" in again.text
    assert again.headers["X-Postil-Already"] == "1"
    assert again.headers["X-Postil-Key"] == first.headers["X-Postil-Key"]
    assert again.headers["X-Postil-Changed"] == "one"
    assert again.headers["X-Postil-Ways"] == "undo"
    assert ids(store, project) == ["one"]
    assert store.log.newest() == changes


def test_another_label_and_other_words_are_no_second_time(
    visitor: Visitor, store: Store, project: Project, article: str
) -> None:
    mark(visitor, article, id="one")
    mark(visitor, article, label="claim", id="two")
    mark(visitor, article, end="23", quote="Second line", id="three")
    assert sorted(ids(store, project)) == ["one", "three", "two"]


def test_a_request_that_is_sent_again_is_answered_as_it_was(
    visitor: Visitor, store: Store, project: Project, article: str
) -> None:
    op = new_id()
    first = mark(visitor, article, id="one", op=op)
    again = mark(visitor, article, id="one", op=op)
    assert "X-Postil-Already" not in again.headers
    assert again.headers["X-Postil-Seq"] == first.headers["X-Postil-Seq"]
    assert ids(store, project) == ["one"]


def test_what_was_undone_is_marked_anew_and_the_undo_takes_back_the_right_one(
    visitor: Visitor, store: Store, project: Project, article: str
) -> None:
    mark(visitor, article, id="one")
    mark(visitor, article, id="two")  # is there already, so that there is one change to take back
    undone = visitor.post(f"{article}/undo", {"op": new_id()}, headers=SCRIPT)
    assert undone.status_code == 200
    assert ids(store, project) == []
    mark(visitor, article, id="three")
    assert ids(store, project) == ["three"]


def test_without_a_script_a_page_says_so(
    visitor: Visitor, store: Store, project: Project, article: str
) -> None:
    mark(visitor, article, id="one")
    form = {"label": "actor", "start": "12", "end": "18", "op": new_id()}
    page = visitor.post(f"{article}/annotations", form)
    assert page.status_code == 422
    assert "“Second” is marked as actor already" in page.text


def test_python_is_refused_with_the_annotation_that_is_there(
    store: Store, project: Project, article: str
) -> None:
    work = Workspace(store, project.id)
    one = work.mark("d", 12, 18, "actor")
    with pytest.raises(AlreadyMarked, match="“Second” is marked as actor already") as refused:
        work.mark("d", 12, 18, "actor", note="more")
    assert refused.value.annotation == one.id
    assert ids(store, project) == [one.id]


def test_a_form_that_undoes_nothing_leads_back_to_the_article_which_says_so(
    visitor: Visitor, article: str
) -> None:
    for verb in ("undo", "redo"):
        answer = visitor.post(f"{article}/{verb}", {"op": new_id()})
        assert (answer.status_code, answer.location) == (303, article)
        assert f"There is nothing to {verb}." in visitor.get(article).text
