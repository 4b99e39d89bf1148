"""Whole projects that come in and go out by the pages."""

import io
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from annotations import bundle, codebook
from annotations.store import Project, Store, Transfer, open_store
from reader import transfers
from reader.transfers import Desk
from tests.documents import marked
from tests.store.test_bundles import repacked
from tests.web.conftest import Visitor, act, hidden, put, seen
from tests.web.test_transfer import jsonl, line
from tests.web.test_transfer import send as send_into


@pytest.fixture
def desk(app: Flask) -> Iterator[Desk]:
    desk: Desk = app.extensions["postil.transfers"]
    yield desk
    desk.close()


@pytest.fixture
def full(store: Store, project: Project) -> Project:
    """A project of two documents, two marks, and a layer."""
    entries = [marked(f"n{n}", "Maduro asked Trump.", ("actor", "Maduro")) for n in range(2)]
    put(store, project, *entries)
    return project


@pytest.fixture
def data(tmp_path: Path) -> bytes:
    """A bundle with its history, of a project that is not here."""
    store = open_store(tmp_path / "elsewhere.db")
    try:
        made = store.projects.add(act(store, "project"), "Calls & letters", codebook.default())
        entry = marked("call", "Maduro asked Trump.", ("actor", "Maduro"), ("actor", "Trump"))
        put(store, made, entry)
        return b"".join(bundle.write(store, made, history=True))
    finally:
        store.close()


def send(visitor: Visitor, data: bytes, name: str = "calls.bundle.zip") -> TestResponse:
    token = hidden(visitor.get("/you").text, "csrf_token")
    file = FileStorage(io.BytesIO(data), name)
    boundary, body = encode_multipart({"csrf_token": token, "file": file})
    kind = f"multipart/form-data; boundary={boundary}"
    return visitor.client.post("/bundle", data=body, content_type=kind)


def finished(desk: Desk, address: str, project: Project | None = None) -> Transfer:
    """The transfer at an address, once it is over."""
    uid = address.rpartition("/")[2]
    end = time.monotonic() + 120
    while not (found := desk.find(project, uid)).is_over:
        assert time.monotonic() < end, f"{uid} is still {found.state}"
        time.sleep(0.05)
    return found


def store_it(visitor: Visitor, address: str, **form: str) -> TestResponse:
    return visitor.post(f"{address}/store", {"op": "bundle-op", **form})


def looked_at(visitor: Visitor, desk: Desk, data: bytes) -> str:
    """A bundle that was sent and looked at; gives the address of its page."""
    answer = send(visitor, data)
    assert answer.status_code == 303
    assert finished(desk, str(answer.location)).state == "done"
    return str(answer.location)


def names(store: Store) -> list[str]:
    return [project.name for project in store.projects.all()]


def test_a_bundle_is_looked_at_first_and_becomes_a_project_on_a_word(
    visitor: Visitor, store: Store, desk: Desk, data: bytes
) -> None:
    before = names(store)
    address = looked_at(visitor, desk, data)

    page = seen(visitor.get(address).text)
    assert "It is whole: every file in it is what its maker wrote down, and everything" in page
    assert (
        "Calls & letters Documents 1 Marks 2 Relations 0 Layers of marks 1 "
        "Versions of the codebook 1 History 2 changes People" in page
    )
    assert names(store) == before
    assert "calls.bundle.zip · waits for your word" in seen(visitor.get("/").text)

    assert store_it(visitor, address, name="Calls & letters").location == address
    done = finished(desk, address)
    made = store.projects.named("Calls & letters")
    assert done.result == {"stored": {"project": made.id}}
    assert [listed.id for listed in store.documents.listed(made)] == ["doc-call"]
    page = visitor.get(address).text
    assert "The project Calls & letters was made of it." in seen(page)
    assert f'href="/projects/{made.id}"' in page
    assert not desk.folder(address.rpartition("/")[2]).has_upload
    assert "waits for your word" not in seen(visitor.get("/").text)


def test_a_word_that_is_sent_twice_makes_one_project(
    visitor: Visitor, store: Store, desk: Desk, data: bytes
) -> None:
    address = looked_at(visitor, desk, data)

    assert [store_it(visitor, address).status_code for _ in range(2)] == [303, 303]
    finished(desk, address)
    assert store_it(visitor, address).status_code == 303

    assert names(store).count("Calls & letters") == 1


def test_the_new_project_gets_the_name_that_is_given_or_one_that_is_free(
    visitor: Visitor, store: Store, desk: Desk, data: bytes
) -> None:
    for given in ("Letters", "Calls & letters", "Calls & letters"):
        address = looked_at(visitor, desk, data)
        store_it(visitor, address, name=given, op=f"op-{address[-8:]}")
        assert finished(desk, address).state == "done"

    assert {"Letters", "Calls & letters", "Calls & letters (2)"} <= set(names(store))
    page = seen(visitor.get(looked_at(visitor, desk, data)).text)
    assert "There is a project of this name" in page


def test_beside_the_project_that_it_was_made_of_it_is_said_to_be_a_second_one(
    visitor: Visitor, store: Store, desk: Desk, full: Project
) -> None:
    data = b"".join(bundle.write(store, full))

    page = seen(visitor.get(looked_at(visitor, desk, data)).text)

    assert "This becomes a second one beside it, and neither changes the other." in page
    assert "History none: what was done before cannot be undone" in page


def test_a_name_that_is_taken_is_refused_and_another_one_can_be_said(
    visitor: Visitor, store: Store, desk: Desk, full: Project, data: bytes
) -> None:
    address = looked_at(visitor, desk, data)
    store_it(visitor, address, name=full.name)

    assert finished(desk, address).state == "failed"
    page = seen(visitor.get(address).text)
    assert f"There is a project “{full.name}” already; choose another name." in page
    assert "Nothing was kept of it, and no project was made." in page

    visitor.post(f"{address}/again", {})
    assert finished(desk, address).state == "done"
    store_it(visitor, address, op="another-op", name="Another name")
    assert finished(desk, address).state == "done"
    assert "Another name" in names(store)


def test_what_is_no_bundle_is_refused_with_what_to_do(
    visitor: Visitor, store: Store, data: bytes
) -> None:
    before = names(store)
    for sent in (b"An article.", data[: len(data) // 2], b"PK\x03\x04"):
        answer = send(visitor, sent)
        assert answer.status_code == 422
        assert "calls.bundle.zip is no bundle, or only a part of one." in seen(answer.text)
        assert "take it home anew" in seen(answer.text)
    assert "choose the file of a bundle" in seen(send(visitor, b"", "").text)
    assert names(store) == before


def changed(data: bytes) -> bytes:
    """The same bundle, in which somebody wrote something else."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"Maduro", b"Nobody"))
    return out.getvalue()


def test_a_changed_bundle_is_refused_before_it_is_shown(
    visitor: Visitor, store: Store, desk: Desk, data: bytes
) -> None:
    before = names(store)
    address = str(send(visitor, changed(data)).location)

    assert finished(desk, address).state == "failed"
    page = seen(visitor.get(address).text)
    assert "is not what the bundle's manifest says: it was changed, or is damaged." in page
    assert "Nothing was taken; take the bundle home anew." in page
    assert store_it(visitor, address).status_code == 409
    assert names(store) == before


def test_a_bundle_whose_rows_contradict_each_other_is_refused_before_it_is_shown(
    visitor: Visitor, store: Store, desk: Desk, data: bytes
) -> None:
    def delete_the_layer(files: dict[str, bytes]) -> None:
        layers = files["tables/layers.jsonl"]
        assert b'"deleted":0' in layers
        files["tables/layers.jsonl"] = layers.replace(b'"deleted":0', b'"deleted":1')

    before = names(store)
    address = str(send(visitor, repacked(data, delete_the_layer, honest=True)).location)

    assert finished(desk, address).state == "failed"
    page = seen(visitor.get(address).text)
    assert "tables/annotations.jsonl, line 1: this mark is not deleted, and its layer is" in page
    assert "mark the layer as not deleted in tables/layers.jsonl" in page
    assert store_it(visitor, address).status_code == 409
    assert names(store) == before
    assert not list(desk.folder(address.rpartition("/")[2]).path.glob("trial-*"))


def test_a_bundle_that_is_thrown_away_is_gone(visitor: Visitor, desk: Desk, data: bytes) -> None:
    address = looked_at(visitor, desk, data)

    assert visitor.post(f"{address}/remove", {}).location == "/bundle"

    assert visitor.get(address).status_code == 404
    assert not desk.folder(address.rpartition("/")[2]).path.exists()


def test_one_that_waits_can_be_cancelled_and_begun_again(
    visitor: Visitor, desk: Desk, data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Desk, "_run", lambda self, transfer: None)
        patch.setattr(Desk, "_is_alive", lambda self, transfer: True)
        address = str(send(visitor, data).location)
        assert "Waits for its turn" in seen(visitor.get(address).text)
        visitor.post(f"{address}/cancel", {})
        assert "Cancelled" in seen(visitor.get(address).text)
        assert store_it(visitor, address).status_code == 409
    visitor.post(f"{address}/again", {})
    assert finished(desk, address).state == "done"


def test_on_the_page_of_a_project_a_bundle_is_told_where_it_goes(
    visitor: Visitor, project: Project, data: bytes
) -> None:
    answer = send_into(visitor, project, ("calls.bundle.zip", data))

    assert answer.status_code == 422
    assert "bring it in on the library's page" in seen(answer.text)


@pytest.mark.parametrize("history", [False, True])
def test_the_bundle_of_a_large_project_is_made_beside_the_server(
    visitor: Visitor,
    store: Store,
    desk: Desk,
    full: Project,
    history: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("LONG_DOCUMENTS", "LONG_MARKS", "LONG_CHARACTERS"):
        monkeypatch.setattr(transfers, name, 1)
    assert 'id="pack"' in visitor.get(f"/projects/{full.id}/export").text
    form = {"history": "yes"} if history else {}
    answer = visitor.post(f"/projects/{full.id}/bundle/make", form)
    address = str(answer.location)

    assert finished(desk, address, full).state == "done"
    again = visitor.post(f"/projects/{full.id}/bundle/make", form)

    assert str(again.location) == address
    file = visitor.get(f"{address}/file")
    assert file.data == b"".join(bundle.write(store, full, history=history))
    assert file.headers["Content-Disposition"] == 'attachment; filename="harbour.bundle.zip"'
    said = "with every change that was made" if history else "as it stands"
    assert f"{said}; " in seen(visitor.get(address).text)


def test_the_bundle_of_a_small_project_is_sent_at_once(
    visitor: Visitor, store: Store, full: Project
) -> None:
    page = visitor.get(f"/projects/{full.id}/export").text

    assert f'href="/projects/{full.id}/bundle"' in page
    assert f'href="/projects/{full.id}/bundle?history=yes"' in page
    assert 'id="pack"' not in page


def test_how_far_a_bundle_is_is_told_to_its_end(tmp_path: Path, data: bytes) -> None:
    told: list[tuple[str, int, int]] = []
    store = open_store(tmp_path / "third.db")
    try:
        bundle.take(
            store,
            store.people.first(),
            io.BytesIO(data),
            told=lambda *said: told.append(said),
        )
    finally:
        store.close()

    steps = [step for step, _, _ in told]
    assert steps == sorted(steps, key=["checking", "storing"].index)
    for step in ("checking", "storing"):
        counts = [done for said, done, _ in told if said == step]
        totals = {total for said, _, total in told if said == step}
        assert counts == sorted(counts)
        assert totals == {counts[-1]}


def test_files_and_bundles_are_not_found_under_each_others_addresses(
    visitor: Visitor, store: Store, desk: Desk, full: Project, data: bytes
) -> None:
    address = looked_at(visitor, desk, data)
    uid = address.rpartition("/")[2]
    answer = send_into(visitor, full, ("marks.jsonl", jsonl(line("x", "Maduro spoke."))))
    assert answer.status_code == 200

    assert visitor.get(f"/projects/{full.id}/transfers/{uid}").status_code == 404
    assert visitor.post(f"/projects/{full.id}/transfers/{uid}/remove", {}).status_code == 404
    assert [each.id for each in store.transfers.of(None)] == [uid]
    assert store.transfers.of(full) == []
