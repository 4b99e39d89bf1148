"""The queue on the pages: states, the way on, progress, and where one left off."""

import re
from dataclasses import replace

import pytest
from flask import Flask

from annotations import codebook as books
from annotations.document import Annotated, Annotation, Document, new_id
from annotations.store import Project, Store
from tests.web.conftest import Visitor, act, put, seen

TEXT = "Maduro asked Trump to lift all sanctions."


@pytest.fixture
def shelf(store: Store, project: Project) -> Project:
    """Three articles: a, b, c."""
    put(
        store,
        project,
        *(Annotated(document=Document(id=uid, title=f"Title {uid}", text=TEXT)) for uid in "abc"),
    )
    return project


def at(project: Project, uid: str, rest: str = "") -> str:
    return f"/projects/{project.id}/documents/{uid}{rest}"


def say(visitor: Visitor, project: Project, uid: str, state: str, note: str = ""):  # type: ignore[no-untyped-def]
    return visitor.post(
        at(project, uid, "/state"), {"state": state, "note": note, "op": new_id(), "view": ""}
    )


def mark(store: Store, project: Project, uid: str, quote: str, label: str) -> str:
    """A mark by whoever the installation began with."""
    kept, person, start = (
        store.documents.find(project, uid),
        store.people.first(),
        TEXT.index(quote),
    )
    draft = Annotation(id=new_id(), start=start, end=start + len(quote), label=label)
    making = replace(act(store, "create", project), document=kept.key)
    store.marks.add(making, project, person, kept, draft)
    return draft.id


def desk(page: str) -> str:
    """What the foot says of the queue."""
    found = re.search(r'<section id="desk".*?</section>', page, re.DOTALL)
    assert found
    return found[0]


def links(page: str) -> dict[str, str]:
    """The ways to the neighbours, by which."""
    found = re.findall(r'id="(next|previous)-document" [^>]*href="[^"]*/([^"/]*)"', desk(page))
    return dict(found)


def test_the_article_page_shows_the_state_and_the_way_on(visitor: Visitor, shelf: Project) -> None:
    page = visitor.get(at(shelf, "b")).text

    assert 'data-state="new"' in desk(page)
    assert links(page) == {"previous": "a", "next": "c"}


def test_without_a_script_a_state_is_a_form(visitor: Visitor, shelf: Project) -> None:
    answer = say(visitor, shelf, "a", "flagged", "Who says <b>this</b>?")
    page = visitor.get(at(shelf, "a")).text

    assert (answer.status_code, answer.location) == (303, at(shelf, "a"))
    assert "State: Flagged" in seen(f"<body>{desk(page)}")
    assert "Who says &lt;b&gt;this&lt;/b&gt;?" in desk(page)


def test_a_page_seen_before_is_sent_again_once_a_neighbour_is_done(
    visitor: Visitor, shelf: Project
) -> None:
    etag = visitor.get(at(shelf, "a")).headers["ETag"]
    same = visitor.get(at(shelf, "a"), headers={"If-None-Match": etag})
    say(visitor, shelf, "b", "done")
    other = visitor.get(at(shelf, "a"), headers={"If-None-Match": etag})

    assert same.status_code == 304
    assert other.status_code == 200
    assert links(other.text) == {"next": "c"}


def test_a_script_gets_the_foot_anew_and_hears_what_comes_next(
    visitor: Visitor, shelf: Project, app: Flask
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    form = {"state": "done", "op": new_id(), "view": ""}
    answer = visitor.client.post(
        at(shelf, "a", "/state"), data=form, headers={"HX-Request": "true"}
    )

    assert 'data-state="done" ' in desk(answer.text)
    assert 'hx-swap-oob="true"' in desk(answer.text)
    assert "Done. Enter goes to the next article: Title b" in answer.text
    assert answer.headers["X-Postil-Ways"] == "undo"


def test_done_lists_what_is_missing_with_links_to_each_card(
    visitor: Visitor, shelf: Project, store: Store
) -> None:
    book = books.default()
    claim = book.label("claim")
    strict = replace(claim, attributes=(replace(claim.attributes[0], required=True),))
    kinds = tuple(replace(kind, required=kind.id == "made-by") for kind in book.relations)
    changed = replace(book, labels=(strict, *book.labels[1:]), relations=kinds)
    store.codebooks.save(act(store, "codebook", shelf), shelf.key, changed)
    uid = mark(store, shelf, "a", "asked Trump", "claim")
    key = store.marks.find(shelf, uid).key

    answer = say(visitor, shelf, "a", "done")

    assert answer.status_code == 422
    assert "Claim asked Trump : stance , made by" in seen(answer.text)
    assert f'href="{at(shelf, "a")}#c{key}" data-key="{key}"' in answer.text
    assert 'data-state="in progress"' in desk(visitor.get(at(shelf, "a")).text)


def test_an_unknown_state_or_document_is_refused(visitor: Visitor, shelf: Project) -> None:
    assert say(visitor, shelf, "a", "finished").status_code == 422
    assert say(visitor, shelf, "nowhere", "done").status_code == 404


def test_going_on_leads_to_the_article_left_in_the_middle_else_to_the_first_open_one(
    visitor: Visitor, shelf: Project, store: Store
) -> None:
    address = f"/projects/{shelf.id}/next"
    ways = [visitor.get(address).location]
    say(visitor, shelf, "a", "skipped")
    ways.append(visitor.get(address).location)
    mark(store, shelf, "c", "Trump", "actor")
    visitor.post(at(shelf, "c", "/place"), {"top": "3"})
    ways.append(visitor.get(address).location)
    for uid in "bc":
        say(visitor, shelf, uid, "done")
    ways.append(visitor.get(address).location)

    assert ways == [at(shelf, "a"), at(shelf, "b"), at(shelf, "c"), f"/projects/{shelf.id}"]


def test_a_place_goes_and_comes_back_and_is_checked(visitor: Visitor, shelf: Project) -> None:
    nowhere = visitor.get(at(shelf, "a", "/place")).json
    kept = visitor.post(at(shelf, "a", "/place"), {"top": "7", "cursor": "12"})
    bad = visitor.post(at(shelf, "a", "/place"), {"top": "here"})

    assert (nowhere, kept.status_code, bad.status_code) == ({}, 204, 422)
    assert visitor.get(at(shelf, "a", "/place")).json == {"top": 7, "cursor": 12}


def test_a_place_needs_a_token_like_every_change(visitor: Visitor, shelf: Project) -> None:
    assert visitor.client.post(at(shelf, "a", "/place"), data={"top": "7"}).status_code == 403


def test_the_project_page_shows_states_progress_and_the_way_on(
    visitor: Visitor, shelf: Project, store: Store
) -> None:
    say(visitor, shelf, "a", "done")
    say(visitor, shelf, "b", "flagged", "Is it one article?")
    page = visitor.get(f"/projects/{shelf.id}").text
    said = seen(page)

    assert f'href="/projects/{shelf.id}/next">Go on marking</a>' in page
    assert "Me 1 of 3 New 1 In progress 0 Done 1 Skipped 0 Flagged 1 Marks 0" in said
    assert "All 3 New 1 In progress 0 Done 1 Skipped 0 Flagged 1" in said
    assert 'class="state-done">Done</span>' in page
    assert "Flagged Is it one article?" in said


def listed(page: str) -> list[str]:
    return re.findall(r'<td [^>]*class="title"><a [^>]*>Title ([^<]*)</a>', page)


def test_the_list_can_be_narrowed_to_a_state_and_set_in_the_order_of_the_queue(
    visitor: Visitor, shelf: Project
) -> None:
    say(visitor, shelf, "b", "done")
    address = f"/projects/{shelf.id}"

    assert listed(visitor.get(f"{address}?sort=order").text) == ["a", "b", "c"]
    assert listed(visitor.get(f"{address}?state=done").text) == ["b"]
    assert listed(visitor.get(f"{address}?state=new&sort=order").text) == ["a", "c"]
    assert listed(visitor.get(f"{address}?state=new&q=sanctions&sort=title").text) == ["a", "c"]
    assert "in that state" in seen(visitor.get(f"{address}?state=flagged").text)
    assert len(listed(visitor.get(f"{address}?state=nonsense").text)) == 3


def test_the_order_is_kept(visitor: Visitor, shelf: Project) -> None:
    answer = visitor.post(f"/projects/{shelf.id}/order", {"order": "all"})
    refused = visitor.post(f"/projects/{shelf.id}/order", {"order": "sideways"})
    page = visitor.get(f"/projects/{shelf.id}").text

    assert (answer.status_code, refused.status_code) == (303, 422)
    assert '<option value="all" selected>' in page


def test_another_person_at_the_browser_has_states_of_their_own(
    visitor: Visitor, shelf: Project, store: Store
) -> None:
    store.people.first()
    say(visitor, shelf, "a", "done")
    bob = store.people.add("Bob")
    with visitor.client.session_transaction() as session:
        session["person"] = bob.id
    page = visitor.get(at(shelf, "a")).text

    assert 'data-state="new"' in desk(page)
    assert "Bob 0 of 3" in seen(visitor.get(f"/projects/{shelf.id}").text)


def test_an_empty_project_has_neither_progress_nor_states(
    visitor: Visitor, project: Project
) -> None:
    page = visitor.get(f"/projects/{project.id}").text
    assert 'id="go-on"' not in page
    assert "<progress" not in page


def test_undo_of_a_state_answers_with_how_things_stand(visitor: Visitor, shelf: Project) -> None:
    say(visitor, shelf, "a", "done")
    undone = visitor.post(at(shelf, "a", "/undo"), {"op": new_id()})

    assert undone.status_code == 303
    assert 'data-state="new"' in visitor.peek(at(shelf, "a", "/desk")).text
