"""Imports and exports that take longer than a page may."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from annotations.document import Annotated
from annotations.store import Project, Store, Transfer
from reader import transfers
from reader.transfers import Desk
from tests.documents import marked
from tests.web.conftest import Visitor, put, seen
from tests.web.test_transfer import jsonl, line, send

SPAN = {"start": 0, "end": 6, "label": "actor", "text": "Maduro"}


@pytest.fixture(autouse=True)
def everything_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LONG_BYTES", "LONG_DOCUMENTS", "LONG_MARKS", "LONG_CHARACTERS"):
        monkeypatch.setattr(transfers, name, 1)


@pytest.fixture
def desk(app: Flask) -> Iterator[Desk]:
    desk: Desk = app.extensions["postil.transfers"]
    yield desk
    desk.close()


@pytest.fixture
def full(store: Store, project: Project) -> Project:
    entries = [marked(f"n{n}", "Maduro asked Trump.", ("actor", "Maduro")) for n in range(5)]
    put(store, project, *(Annotated(**vars_of(entry)) for entry in entries))
    return project


def vars_of(entry: Annotated) -> dict[str, object]:
    return {name: getattr(entry, name) for name in ("document", "layer", "annotations")}


def finished(desk: Desk, project: Project, address: str) -> Transfer:
    """The transfer at an address, once it is over."""
    uid = address.rpartition("/")[2]
    end = time.monotonic() + 120
    while not (found := desk.find(project, uid)).is_over:
        assert time.monotonic() < end, f"{uid} is still {found.state}"
        time.sleep(0.05)
    return found


def sent(visitor: Visitor, project: Project, data: bytes, **form: str) -> str:
    """Send a file that is read beside the server; gives the address of its page."""
    answer = send(visitor, project, ("marks.jsonl", data), **form)
    assert answer.status_code == 303
    return str(answer.location)


def store_it(visitor: Visitor, address: str, **form: str) -> TestResponse:
    return visitor.post(f"{address}/store", {"op": "store-op", **form})


def folders(store: Store) -> list[Path]:
    place = Path(f"{store.database.path}.transfers")
    return sorted(place.iterdir()) if place.exists() else []


def test_a_long_import_is_read_shown_and_stored_beside_the_server(
    visitor: Visitor, store: Store, project: Project, desk: Desk
) -> None:
    entries = [line(f"d{n}", "Maduro spoke.", spans=[SPAN]) for n in range(30)]
    address = sent(visitor, project, jsonl(*entries))
    assert finished(desk, project, address).state == "done"
    assert store.documents.count(project) == 0
    page = visitor.get(address).text
    assert "30 documents, 30 marks, 0 relations. So far nothing is stored." in seen(page)
    assert "and 10 more documents" in seen(page)
    assert "waits for your word" in seen(visitor.get(f"/projects/{project.id}").text)

    stored = store_it(visitor, address)
    assert stored.location == address
    assert finished(desk, project, address).state == "done"
    assert store.documents.count(project) == 30
    assert "Stored: 30 documents, 30 marks, 0 relations." in seen(visitor.get(address).text)
    assert not desk.folder(address.rpartition("/")[2]).has_upload


def test_the_last_words_on_a_preview_hold_beside_the_server_too(
    visitor: Visitor, store: Store, project: Project, desk: Desk
) -> None:
    address = sent(visitor, project, jsonl(*(line(f"d{n}", "The same.") for n in range(3))))
    assert finished(desk, project, address).state == "done"
    assert "Leave out the 2 texts that are there already" in seen(visitor.get(address).text)
    store_it(visitor, address, leave_out="1", **{"title.0": "A better title"})
    assert finished(desk, project, address).state == "done"
    assert [d.title for d in store.documents.listed(project)] == ["A better title"]
