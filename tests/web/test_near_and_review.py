"""The offer of a finished article’s marks, and the pages of what is to be looked at again."""

import re
from dataclasses import replace

import pytest

from annotations.document import Annotated, Document, new_id
from annotations.store import Project, Store
from tests.web.conftest import Visitor, act, put, seen
from tests.web.test_queue import TEXT, at, mark, say

COPY = f"CARACAS. {TEXT} More to follow in the next hours, said an aide."


@pytest.fixture
def pair(visitor: Visitor, store: Store, project: Project) -> Project:
    """An article, marked and done, and its copy."""
    texts = {"a": f"{TEXT} More to follow in the next hours, said an aide.", "copy": COPY}
    put(
        store,
        project,
        *(
            Annotated(document=Document(id=uid, title=f"Title {uid}", text=text))
            for uid, text in texts.items()
        ),
    )
    mark(store, project, "a", "Maduro", "actor")
    mark(store, project, "a", "lift all sanctions", "demand")
    say(visitor, project, "a", "done")
    return project


def carry(visitor: Visitor, pair: Project, how: str) -> int:
    form = {"like": "a", "how": how, "op": new_id()}
    return visitor.post(at(pair, "copy", "/near"), form).status_code


def test_a_copy_offers_the_marks_of_what_is_done(visitor: Visitor, pair: Project) -> None:
    offer = visitor.peek(at(pair, "copy", "/near"))

    assert offer.status_code == 200
    said = seen(f"<body>{offer.text}")
    assert re.match(r"\d\d % the same as Title a , which is done\.", said)
    assert "2 marks of it find their places here." in said
    assert visitor.peek(at(pair, "a", "/near")).status_code == 204


def test_suggestions_are_offered_once(visitor: Visitor, pair: Project, store: Store) -> None:
    assert carry(visitor, pair, "suggestions") == 303
    kept = store.documents.find(pair, "copy")
    offered = store.suggestions.open(pair, store.people.first(), kept)

    assert [s.span.of(COPY) for s in offered] == ["Maduro", "lift all sanctions"]
    assert store.marks.of(kept) == []
    assert visitor.peek(at(pair, "copy", "/near")).status_code == 204


def test_marks_are_taken_over_and_undone_at_once(
    visitor: Visitor, pair: Project, store: Store
) -> None:
    assert carry(visitor, pair, "marks") == 303
    kept = store.documents.find(pair, "copy")
    quotes = [m.quote(COPY) for m in store.marks.of(kept)]
    visitor.post(at(pair, "copy", "/undo"), {"op": new_id()})

    assert quotes == ["Maduro", "lift all sanctions"]
    assert store.marks.of(kept) == []


def test_an_offer_that_is_no_more_is_refused(visitor: Visitor, pair: Project) -> None:
    say(visitor, pair, "a", "in progress")
    assert carry(visitor, pair, "marks") == 422


@pytest.fixture
def changed(store: Store, pair: Project) -> Project:
    """The definition of an actor is another now."""
    book = store.codebooks.of(pair.key)
    labels = tuple(
        replace(label, description="Who acts <now>.") if label.id == "actor" else label
        for label in book.labels
    )
    store.codebooks.save(act(store, "codebook", pair), pair.key, replace(book, labels=labels))
    mark(store, pair, "copy", "sanctions", "actor")
    return pair


def test_the_project_page_leads_to_what_is_to_be_reviewed(
    visitor: Visitor, changed: Project
) -> None:
    page = visitor.get(f"/projects/{changed.id}").text
    listed = visitor.get(f"/projects/{changed.id}/review").text

    assert f'href="/projects/{changed.id}/review">1 mark to review</a>' in page
    said = seen(listed)
    assert "Title a · made under version 1" in said
    assert "Actor : The definition is another now." in said
    assert "Who acts &lt;now&gt;." in listed


def test_one_mark_is_confirmed_and_comes_back_by_undo(visitor: Visitor, changed: Project) -> None:
    address = f"/projects/{changed.id}/review"
    page = visitor.get(address).text
    uid = re.search(r'name="mark" value="([^"]*)"', page)
    assert uid
    done = visitor.post(address, {"mark": uid[1], "op": new_id(), "at": "0"})
    after = visitor.get(address).text
    seq = re.search(r'name="seq" value="(\d+)"', after)
    assert seq
    visitor.post(f"{address}/undo", {"seq": seq[1], "op": new_id()})

    assert done.status_code == 303
    assert "Nothing waits to be looked at again." in seen(after)
    assert uid[1] in visitor.get(address).text


def test_all_of_a_label_are_confirmed_and_twice_is_refused(
    visitor: Visitor, changed: Project
) -> None:
    address = f"/projects/{changed.id}/review"
    answers = [
        visitor.post(address, {"every": "actor", "op": new_id()}).status_code for _ in range(2)
    ]

    assert answers == [303, 422]
    assert 'id="to-review"' not in visitor.get(f"/projects/{changed.id}").text
