"""Heavy pages and files: few at once, in turn, and none for a client that has gone."""

import threading
from queue import SimpleQueue

import pytest
from flask import Flask

from annotations.cancellation import Cancelled, cancelled_when
from annotations.document import Annotated, Document
from annotations.ingest.plain import layout
from annotations.store import Project, Store
from reader.limits import RETRY_SECONDS, Busy, HeavyWork
from tests.web.conftest import Visitor, put

PATIENCE = 30

HEAVY = (
    "bundle",
    "export/file?format=jsonl",
    "export",
    "export/sum",
    "statements.csv",
    "statements",
    "codebook",
    "search?q=ada",
    "search?view=context&q=ada",
    "documents/d/hits?q=ada",
    "documents/long",
    "documents/long/index",
    "registers/actors",
    "review",
)


@pytest.fixture
def heavy(app: Flask, project: Project, store: Store) -> HeavyWork:
    """The places of an application in which a request that finds none does not wait."""
    text = "Ada asked. Bob answered.\n\n" * 10_000
    long = Document(id="long", title="Long", text=text, layout=layout(text))
    put(store, project, Annotated(document=Document(id="d", title="Short", text="Ada asked.")))
    put(store, project, Annotated(document=long))
    made = HeavyWork(at_once=1, wait_seconds=0)
    app.extensions["postil.heavy"] = made
    return made


@pytest.mark.parametrize("path", HEAVY)
def test_a_heavy_page_says_that_the_server_is_busy_and_when_to_come_back(
    heavy: HeavyWork, visitor: Visitor, project: Project, path: str
) -> None:
    address = f"/projects/{project.id}/{path}"
    with heavy.place("file"), heavy.place("page"):
        refused = visitor.get(address)
        others = [visitor.get(f"/projects/{project.id}{end}") for end in ("", "/documents/d")]

    assert (refused.status_code, refused.headers["Retry-After"]) == (503, str(RETRY_SECONDS))
    assert "The server is busy" in refused.text
    assert "Wait a few seconds, then load the page again." in refused.text
    assert [answer.status_code for answer in others] == [200, 200]
    assert visitor.get(address).status_code == 200


@pytest.mark.parametrize("path", HEAVY)
def test_a_heavy_page_stops_when_its_client_has_gone_and_gives_its_place_back(
    heavy: HeavyWork, visitor: Visitor, project: Project, store: Store, path: str
) -> None:
    address = f"/projects/{project.id}/{path}"
    with cancelled_when(lambda: True):
        left = visitor.get(address)

    assert (left.status_code, left.data) == (503, b"")
    assert not store.database.here.conn.in_transaction
    assert visitor.get(address).status_code == 200


def test_a_long_article_that_is_there_already_needs_no_place(
    heavy: HeavyWork, visitor: Visitor, project: Project
) -> None:
    address = f"/projects/{project.id}/documents/long"
    visitor.get(address)
    with heavy.place("page"):
        assert visitor.get(address).status_code == 200


def test_those_who_wait_get_their_turn_in_the_order_in_which_they_came() -> None:
    heavy, served = HeavyWork(at_once=1), SimpleQueue[int]()

    def ask(number: int) -> None:
        with heavy.place("file"):
            served.put(number)

    threads = []
    with heavy.place("file"):
        for number in range(3):
            threads.append(threading.Thread(target=ask, args=(number,), daemon=True))
            threads[-1].start()
            _until_waiting(heavy, number + 1)
        with heavy.place("page"):
            pass  # files do not hold up pages

    assert [served.get(timeout=PATIENCE) for _ in range(3)] == [0, 1, 2]
    for thread in threads:
        thread.join(PATIENCE)
    assert heavy.waiting == 0


def test_nobody_waits_where_too_many_wait_already_or_for_too_long() -> None:
    crowded, slow = HeavyWork(at_once=1, waiting=0), HeavyWork(at_once=1, wait_seconds=0)
    for heavy in (crowded, slow):
        with heavy.place("page"), pytest.raises(Busy), heavy.place("page"):
            pass
        assert heavy.waiting == 0
        with heavy.place("page"):
            pass  # what was refused holds nothing


def test_whoever_waits_and_has_gone_leaves_the_queue() -> None:
    heavy = HeavyWork(at_once=1)
    with (
        heavy.place("file"),
        cancelled_when(lambda: True),
        pytest.raises(Cancelled),
        heavy.place("file"),
    ):
        pass
    assert heavy.waiting == 0


def _until_waiting(heavy: HeavyWork, count: int) -> None:
    done = threading.Event()
    for _ in range(PATIENCE * 100):
        if heavy.waiting == count:
            return
        done.wait(0.01)
    raise AssertionError(f"{heavy.waiting} wait, not {count}")
