"""A server that is killed or frozen in the middle of marking: nothing is lost or doubled.

The server is a process of its own. Looked at are all marks that are stored, the order in which they
were made, and the operation ids in the log beside those that the browser made.
"""

import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from annotations.document import Annotated, new_id
from annotations.ingest import read_article
from annotations.store import Act, Store, open_store
from reader.beginning import ensure_demo
from tests.browser.conftest import select

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="nothing can be frozen here"),
]

SPANS = 50
WORDS = [f"word{n:02}" for n in range(SPANS)]
ARTICLE = "fifty-words"
WRITTEN = """(() => {
    const add = IDBObjectStore.prototype.add;
    IDBObjectStore.prototype.add = function (letter) {
        (window.written ??= []).push(letter.op);
        return add.call(this, letter);
    };
})()"""
"""Remembers every operation id that the page makes."""


@dataclass
class Server:
    """``postil serve`` on one port, to be killed, frozen, and begun again."""

    path: Path
    port: int
    process: subprocess.Popen[str] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "reader.cli", "serve", "--port", str(self.port)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
            | {"POSTIL_DB": str(self.path)},
        )
        assert self.process.stdout is not None
        said = []
        for line in self.process.stdout:
            said.append(line)
            if "Ctrl+C" in line:
                break
        assert any(str(self.port) in line for line in said), said

    def tell(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Server(tmp_path / "postil.db", port)
    yield server
    server.kill()


@pytest.fixture
def store(server: Server) -> Iterator[Store]:
    store = open_store(server.path)
    ensure_demo(store)
    project = store.projects.find("demo")
    act = Act(op=new_id(), person=store.people.first().key, kind="import", project=project.key)
    text = "\n\n".join(" ".join(WORDS[n : n + 10]) for n in range(0, SPANS, 10))
    article = Annotated(document=replace(read_article(text), id=ARTICLE))
    store.exchange.take(act, project, [article])
    yield store
    store.close()


def come(page: Page, server: Server, store: Store) -> None:
    page.add_init_script(WRITTEN)
    page.goto(f"{server.address}/projects/demo/documents/{ARTICLE}")
    page.wait_for_selector(".ready")
    page.locator("#reading").focus()


def put(page: Page, word: str) -> None:
    select(page, word)
    page.keyboard.press("2")


def nothing_lost_or_doubled(page: Page, store: Store) -> None:
    """All marks are there once, made in order by the operations that the browser made."""
    expect(page.locator("#state")).to_have_attribute("data-state", "saved", timeout=60_000)
    project = store.projects.find("demo")
    document = store.documents.find(project, ARTICLE)
    found = store.marks.of(document)
    assert [mark.quote(document.value.text) for mark in found] == WORDS
    made = store.database.rows(
        "select op_id from changes where document_id = :key order by seq", {"key": document.key}
    )
    assert [op for (op,) in made] == page.evaluate("() => window.written")
    by_making = sorted(found, key=lambda mark: mark.version)
    assert [mark.quote(document.value.text) for mark in by_making] == WORDS
    expect(page.locator("#reading mark")).to_have_text(WORDS)
    assert store.upkeep.check().problems == ()
    left = page.evaluate(
        """() => new Promise((resolve) => {
            const asked = indexedDB.open("postil");
            asked.onsuccess = () => {
                const all = asked.result.transaction("letters").objectStore("letters").count();
                all.onsuccess = () => resolve(all.result);
            };
        })"""
    )
    assert left == 0


@pytest.mark.parametrize("seed", [1, 2])
def test_a_server_that_is_killed_again_and_again_while_fifty_spans_are_marked(
    page: Page, server: Server, store: Store, seed: int
) -> None:
    dice = random.Random(seed)
    server.start()
    come(page, server, store)
    killed = set(dice.sample(range(2, SPANS), 4))
    for number, word in enumerate(WORDS):
        put(page, word)
        if number in killed:
            # At some moment in the middle of what is being sent.
            page.wait_for_timeout(dice.uniform(0, 30))
            server.kill()
        elif server.process is None and dice.random() < 0.3:
            server.start()
    if server.process is None:
        server.start()
    nothing_lost_or_doubled(page, store)


@pytest.mark.parametrize("long", [False, True], ids=["for a moment", "beyond all patience"])
def test_a_server_that_freezes_while_fifty_spans_are_marked(
    page: Page, server: Server, store: Store, long: bool
) -> None:
    server.start()
    come(page, server, store)
    for number, word in enumerate(WORDS):
        if number == SPANS // 3:
            server.tell(signal.SIGSTOP)
        put(page, word)
    expect(page.locator("#state")).to_have_attribute("data-state", "waiting" if long else "saving")
    server.tell(signal.SIGCONT)
    nothing_lost_or_doubled(page, store)


def test_a_tab_closed_while_the_server_is_frozen_and_what_it_left_is_sent_by_the_next_visit(
    new_page: Callable[..., Page], server: Server, store: Store
) -> None:
    server.start()
    page = new_page()
    come(page, server, store)
    half = SPANS // 2
    for word in WORDS[:half]:
        put(page, word)
    expect(page.locator("#state")).to_have_attribute("data-state", "saved")
    server.tell(signal.SIGSTOP)
    for word in WORDS[half:]:
        put(page, word)
    written = page.evaluate("() => window.written")
    page.close()
    server.kill()
    server.start()
    again = page.context.new_page()
    again.add_init_script(f"window.written = {written!r}")
    again.goto(f"{server.address}/projects/demo/documents/{ARTICLE}")
    again.wait_for_selector(".ready")
    expect(again.locator("#reading mark")).to_have_count(SPANS, timeout=60_000)
    nothing_lost_or_doubled(again, store)


def test_a_server_that_comes_and_goes_while_two_tabs_mark(
    page: Page, server: Server, store: Store
) -> None:
    server.start()
    come(page, server, store)
    other = page.context.new_page()
    come(other, server, store)
    for number, word in enumerate(WORDS):
        put((page, other)[number % 2], word)
        if number % 12 == 5:
            server.kill()
        elif number % 12 == 9:
            server.start()
    if server.process is None:
        server.start()
    for tab in (page, other):
        expect(tab.locator("#state")).to_have_attribute("data-state", "saved", timeout=60_000)
        expect(tab.locator("#reading mark")).to_have_text(WORDS)
    document = store.documents.find(store.projects.find("demo"), ARTICLE)
    made = store.database.rows(
        "select op_id from changes where document_id = :key", {"key": document.key}
    )
    written = [op for tab in (page, other) for op in tab.evaluate("() => window.written")]
    assert sorted(op for (op,) in made) == sorted(written)
    assert len(store.marks.of(document)) == SPANS
