"""Imports and exports that take longer than a page may."""

import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from annotations.document import Annotated
from annotations.store import Act, Project, Store, Transfer
from annotations.store import transfers as kept
from reader import transfers
from reader.transfers import Desk
from tests.documents import marked
from tests.web.conftest import Visitor, act, put, seen
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


def test_a_store_that_is_sent_twice_is_done_once(
    visitor: Visitor, store: Store, project: Project, desk: Desk
) -> None:
    address = sent(visitor, project, jsonl(line("one", "Maduro spoke.")))
    finished(desk, project, address)
    assert [store_it(visitor, address).status_code for _ in range(2)] == [303, 303]
    finished(desk, project, address)
    assert store_it(visitor, address).status_code == 303
    assert store.documents.count(project) == 1


def test_what_cannot_be_read_waits_to_be_read_in_another_way(
    visitor: Visitor, store: Store, project: Project, desk: Desk
) -> None:
    data = jsonl(line("a", "Fine.")) + b"{nonsense\n"
    address = sent(visitor, project, data)
    assert finished(desk, project, address).state == "failed"
    page = seen(visitor.get(address).text)
    assert "Could not be done marks.jsonl, line 2: " in page
    assert "Nothing was stored. What you sent is kept for 7 days" in page
    assert visitor.post(f"{address}/store", {}).status_code == 409

    assert visitor.post(f"{address}/look", {"skip_bad": "1"}).location == address
    assert finished(desk, project, address).state == "done"
    assert "1 place cannot be read and is left out" in seen(visitor.get(address).text)
    store_it(visitor, address)
    finished(desk, project, address)
    assert "1 place could not be read and was left out." in seen(visitor.get(address).text)
    assert store.documents.count(project) == 1


def test_what_the_project_refuses_is_told_and_nothing_is_half_stored(
    visitor: Visitor, store: Store, project: Project, desk: Desk
) -> None:
    put(store, project, marked("d1", "Another text."))
    entries = [line(f"doc-d{n}", "Maduro spoke.") for n in range(3)]
    address = sent(visitor, project, jsonl(*entries))
    finished(desk, project, address)
    assert "another text" in visitor.get(address).text
    store_it(visitor, address)
    assert finished(desk, project, address).state == "failed"
    assert "marks.jsonl, line 2" in visitor.get(address).text
    assert [listed.id for listed in store.documents.listed(project)] == ["doc-d1"]


def test_a_file_is_made_and_waits(
    visitor: Visitor, store: Store, full: Project, desk: Desk
) -> None:
    page = visitor.get(f"/projects/{full.id}/export").text
    assert "Make the file" in page
    asked = {"format": "jsonl", "chosen": "1", "label": "actor", "op": "an-op"}
    made = visitor.post(f"/projects/{full.id}/export/make", asked)
    found = finished(desk, full, made.location)
    assert (found.state, found.result["documents"], found.result["spans"]) == ("done", 5, 5)
    listed = seen(visitor.get(f"/projects/{full.id}/transfers").text)
    assert "File to take home: Harbour.jsonl done · 5 documents, 5 marks, 0 relations; " in listed
    assert "Me , just now" in listed

    file = visitor.get(f"{made.location}/file")
    direct = visitor.get(f"/projects/{full.id}/export/file", query_string=asked)
    assert file.data == direct.data
    for header in ("Content-Type", "Content-Disposition", "Content-Length"):
        assert file.headers[header] == direct.headers[header]
    assert file.headers["Cache-Control"] == "no-store"

    again = visitor.post(f"/projects/{full.id}/export/make", asked)
    assert again.location == made.location
    put(store, full, marked("more", "Ana spoke.", ("actor", "Ana")))
    later = visitor.post(f"/projects/{full.id}/export/make", asked)
    assert later.location != made.location


def test_what_will_be_in_a_large_file_is_counted_beside_the_server(
    visitor: Visitor, full: Project, desk: Desk
) -> None:
    address = f"/projects/{full.id}/export"
    page = visitor.get(address).text
    assert "Counting what will be in the file" in page
    asked = re.search(r'hx-get="([^"]*/export/sum[^"]*)"', page)
    assert asked
    end = time.monotonic() + 120
    while "Counting what" in (part := visitor.peek(asked[1].replace("&amp;", "&")).text):
        assert time.monotonic() < end
        time.sleep(0.1)
    assert "5</dd>" in part
    assert "Counting what" not in visitor.get(address).text


def test_one_that_waits_or_runs_can_be_cancelled(
    visitor: Visitor, store: Store, project: Project, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(desk), "_run", lambda self, transfer: None)
    monkeypatch.setattr(type(desk), "_is_alive", lambda self, transfer: True)
    address = sent(visitor, project, jsonl(line("one", "Maduro spoke.")))
    assert "waits for its turn" in visitor.get(f"/projects/{project.id}/transfers").text
    assert visitor.post(f"{address}/cancel", {}).location == address
    page = seen(visitor.get(address).text)
    assert "Cancelled Nothing was stored." in page
    assert "Begin again" in page
    assert visitor.post(f"{address}/remove", {}).location == f"/projects/{project.id}/transfers"
    assert visitor.get(address).status_code == 404
    assert folders(store) == []


def test_a_server_that_was_stopped_says_so_and_begins_again(
    visitor: Visitor, store: Store, project: Project, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as stopped:
        stopped.setattr(type(desk), "_run", lambda self, transfer: None)
        address = sent(visitor, project, jsonl(line("one", "Maduro spoke.")))
    assert "Interrupted: the server was stopped" in seen(visitor.get(address).text)
    assert visitor.post(f"{address}/again", {}).location == address
    assert finished(desk, project, address).state == "done"
    assert "1 document, 0 marks, 0 relations." in seen(visitor.get(address).text)


def test_an_import_that_was_stored_before_its_process_ended_counts_as_done(
    visitor: Visitor, store: Store, project: Project, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = sent(visitor, project, jsonl(line("one", "Maduro spoke.")))
    found = finished(desk, project, address)
    monkeypatch.setattr(type(desk), "_run", lambda self, transfer: None)
    with monkeypatch.context() as going:
        going.setattr(type(desk), "_is_alive", lambda self, transfer: True)
        store_it(visitor, address)
    person = store.people.first()
    entry = marked("one", "Maduro spoke.", ("actor", "Maduro"))
    done = Act(op="store-op", person=person.key, kind="import", project=project.key)
    store.exchange.take(done, project, [entry])
    monkeypatch.setattr(type(desk), "_is_alive", lambda self, transfer: False)
    assert "Stored: 1 document, 1 mark, 0 relations." in seen(visitor.get(address).text)
    assert desk.find(project, found.id).state == "done"


def test_what_is_old_or_too_much_goes(
    visitor: Visitor, store: Store, full: Project, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make(label: str) -> str:
        asked = {"chosen": "1", "label": label}
        made = visitor.post(f"/projects/{full.id}/export/make", asked)
        finished(desk, full, made.location)
        return str(made.location)

    first, second = make("actor"), make("claim")
    (folder := Path(f"{store.database.path}.transfers") / "nobodys").mkdir()
    monkeypatch.setattr(transfers, "MOST_KEPT", 1)
    visitor.get(f"/projects/{full.id}/transfers")
    assert [visitor.get(each).status_code for each in (first, second)] == [404, 200]
    assert not folder.exists()
    monkeypatch.setattr(transfers, "MOST_KEPT", 9)
    third = make("actor")
    monkeypatch.setattr(transfers, "MOST_BYTES", desk.folder(third.rpartition("/")[2]).size)
    visitor.get(f"/projects/{full.id}/transfers")
    assert [visitor.get(each).status_code for each in (second, third)] == [404, 200]
    monkeypatch.setattr(transfers, "DAYS", -1)
    visitor.get(f"/projects/{full.id}/transfers")
    assert visitor.get(third).status_code == 404
    assert folders(store) == []


def test_too_many_at_once_are_refused(
    visitor: Visitor, store: Store, full: Project, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(desk), "_run", lambda self, transfer: None)
    monkeypatch.setattr(type(desk), "_is_alive", lambda self, transfer: True)
    monkeypatch.setattr(kept, "MOST_UNFINISHED", 1)
    for label, status in (("actor", 303), ("actor", 303), ("claim", 422)):
        asked = {"chosen": "1", "label": label}
        answer = visitor.post(f"/projects/{full.id}/export/make", asked)
        assert answer.status_code == status
    assert "1 imports and exports wait or run already" in answer.text


@pytest.mark.skipif(sys.platform == "win32", reason="no such modes there")
def test_what_is_kept_is_readable_by_its_owner_alone(
    visitor: Visitor, store: Store, full: Project, desk: Desk
) -> None:
    made = visitor.post(f"/projects/{full.id}/export/make", {"layer": "*"})
    finished(desk, full, made.location)
    address = sent(visitor, full, jsonl(line("one", "Maduro spoke.")))
    finished(desk, full, address)
    places = [place for folder in folders(store) for place in folder.rglob("*")]
    assert {place.name for place in places} >= {"file", "upload", "list"}
    modes = {place.stat().st_mode & 0o077 for place in (folders(store)[0].parent, *places)}
    assert modes == {0}


def test_erasing_an_article_erases_what_was_made_of_it(
    visitor: Visitor, store: Store, full: Project, desk: Desk
) -> None:
    made = visitor.post(f"/projects/{full.id}/export/make", {"layer": "*"})
    finished(desk, full, made.location)
    store.upkeep.redact(act(store, "redact", full), full, "doc-n1")
    assert visitor.get(made.location).status_code == 404
    visitor.get(f"/projects/{full.id}/transfers")
    assert folders(store) == []
