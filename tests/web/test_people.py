from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from annotations.store import Store
from reader.pages.people import local
from tests.web.conftest import Visitor, seen


@pytest.fixture
def shared(tmp_path: Path, new_app: Callable[..., Flask]) -> Iterator[Flask]:
    """A server that other machines may reach."""
    app = new_app(tmp_path / "shared.db", hosts=["school.lan"])
    yield app
    app.extensions["postil"].close()


@pytest.fixture
def stranger(shared: Flask) -> Visitor:
    return Visitor(shared.test_client())


def test_a_first_visitor_is_somebody_already_and_may_take_a_name(
    visitor: Visitor, store: Store
) -> None:
    assert "Here you are called Me" in seen(visitor.get("/you").text)
    answer = visitor.post("/you", {"do": "rename", "name": "  Ada "})
    assert (answer.status_code, answer.location) == (303, "/you")
    assert [person.name for person in store.people.all()] == ["Ada"]
    assert "Here you are called Ada" in seen(visitor.get("/you").text)


def test_somebody_new_is_added_and_is_who_sits_here_from_then_on(
    visitor: Visitor, store: Store
) -> None:
    store.people.first()
    visitor.post("/you", {"do": "add", "name": "Bob"})
    assert [person.name for person in store.people.all()] == ["Me", "Bob"]
    assert "Here you are called Bob" in seen(visitor.get("/you").text)


def test_one_may_be_somebody_who_is_here(visitor: Visitor, store: Store) -> None:
    store.people.first()
    ada = store.people.add("Ada")
    visitor.post("/you", {"do": "choose", "person": ada.id})
    assert "Here you are called Ada" in seen(visitor.get("/you").text)


@pytest.mark.parametrize("doing", ["add", "rename"])
@pytest.mark.parametrize("name", ["", "  ", "aDA", "x" * 201, "a\0b"])
def test_a_name_that_cannot_be_taken_is_told(
    visitor: Visitor, store: Store, doing: str, name: str
) -> None:
    store.people.first()
    store.people.add("Ada")
    answer = visitor.post("/you", {"do": doing, "name": name})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert [person.name for person in store.people.all()] == ["Me", "Ada"]


def test_an_unknown_person_or_verb_changes_nothing(visitor: Visitor) -> None:
    assert visitor.post("/you", {"do": "choose", "person": "nobody"}).status_code == 404
    assert visitor.post("/you", {"do": "fly"}).status_code == 422
    assert "Here you are called Me" in seen(visitor.get("/you").text)


def test_a_shared_server_asks_first_and_then_goes_where_one_wanted(stranger: Visitor) -> None:
    asked = stranger.get("/import?x=1")
    assert asked.status_code == 302
    page = stranger.get(asked.location).text
    assert "Welcome! Who are you?" in page
    assert "Change it" not in page
    answer = stranger.post("/you", {"do": "add", "name": "Ada", "next": "/import?x=1"})
    assert (answer.status_code, answer.location) == (303, "/import?x=1")
    assert stranger.get("/import").status_code == 200


def test_a_stranger_cannot_rename_whoever_was_first(stranger: Visitor, shared: Flask) -> None:
    assert stranger.post("/you", {"do": "rename", "name": "Mine now"}).status_code == 422
    names = [person.name for person in shared.extensions["postil"].people.all()]
    assert "Mine now" not in names


@pytest.mark.parametrize("address", ["/", "/projects/x?q=1#y", "/you"])
def test_an_address_of_ours_is_followed(address: str) -> None:
    assert local(address) == address


@pytest.mark.parametrize(
    "address",
    [
        *("", "x", "//evil.example", "/\\evil.example", "/\t/evil.example", "https://evil.example"),
        *("javascript:alert(1)", "/\r\nSet-Cookie: x=1", "\\\\evil", " /x", "/a\\b"),
    ],
)
def test_an_address_elsewhere_is_not(address: str) -> None:
    assert local(address) == ""


def test_a_form_does_not_lead_elsewhere(visitor: Visitor) -> None:
    answer = visitor.post("/you", {"do": "add", "name": "Eve", "next": "//evil.example/"})
    assert answer.location == "/you"
