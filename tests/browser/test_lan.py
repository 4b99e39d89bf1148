"""In a room: a server asked by another name than loopback, over plain HTTP, by several people.

A page there is no secure context: no ``crypto.randomUUID``, no clipboard, no locks, and no
``Sec-Fetch-*``.
"""

import http.client
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from annotations.store import Store
from reader import create_app
from reader.beginning import ensure_demo
from reader.cli.serving import listening, server_on
from tests.browser.conftest import ARGUMENTS, Site, saved, select
from tools.browser import find

pytestmark = pytest.mark.browser

NAME = "postil.test"


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Site]:
    app = create_app(tmp_path / "postil.db", hosts=[NAME])
    store: Store = app.extensions["postil"]
    ensure_demo(store)
    with listening("127.0.0.1", 0) as listener:
        server = server_on(app, listener)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        yield Site(f"http://{NAME}:{listener.getsockname()[1]}", store, app)
        server.close()
        thread.join(5)
    store.close()


@pytest.fixture
def elsewhere(browser: Browser) -> Iterator[Browser]:
    """A browser that finds the name; ``browser`` has started Playwright already."""
    with_name = [*ARGUMENTS, f"--host-resolver-rules=MAP {NAME} 127.0.0.1"]
    chromium = browser.browser_type.launch(executable_path=str(find()), args=with_name)
    yield chromium
    chromium.close()


@pytest.fixture
def problems() -> list[str]:
    return []


@pytest.fixture
def guest(elsewhere: Browser, problems: list[str]) -> Iterator[Page]:
    context = elsewhere.new_context()
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    context.close()


def come_in(page: Page, room: Site, name: str) -> None:
    page.goto(room.demo)
    page.fill("section:last-of-type [name=name]", name)
    page.click("section:last-of-type button")
    page.wait_for_selector("#reading")


def test_one_says_first_who_one_is_and_comes_where_one_wanted(
    room: Site, guest: Page, problems: list[str]
) -> None:
    guest.goto(room.demo)

    assert urlsplit(guest.url).path == "/you"
    assert "Who are you?" in guest.inner_text("h1")
    assert guest.locator("header.top").count() == 0
    guest.fill("section:last-of-type [name=name]", "Ada")
    guest.click("section:last-of-type button")
    guest.wait_for_selector("#reading")
    assert urlsplit(guest.url).path == urlsplit(room.demo).path
    assert "Ada" in guest.inner_text("header.top")
    assert problems == []


def test_it_is_no_secure_context(room: Site, guest: Page) -> None:
    come_in(guest, room, "Ada")

    assert guest.evaluate("isSecureContext") is False
    assert guest.evaluate("[typeof crypto.randomUUID, typeof navigator.clipboard]") == [
        "undefined",
        "undefined",
    ]


def test_marking_works_from_end_to_end(room: Site, guest: Page, problems: list[str]) -> None:
    come_in(guest, room, "Ada")
    before = len(room.marks(room.demo))
    words = guest.locator("#reading p.b").nth(1).inner_text().split()[:3]
    quote = " ".join(words)

    select(guest, quote)
    guest.keyboard.press("1")
    saved(guest)
    assert len(room.marks(room.demo)) == before + 1
    assert ("claim", quote) in room.marks(room.demo)
    layers = {layer.value.annotator for layer in room.store.layers.of_project(room.project)}
    assert "Ada" in layers

    key = guest.evaluate(
        "[...document.querySelectorAll('.card')].map((c) => Number(c.id.slice(1)))"
        ".reduce((a, b) => Math.max(a, b))"
    )
    guest.evaluate("location.hash = ''")
    guest.locator(f"#c{key} a").click()
    guest.wait_for_selector("#card-editor")
    guest.fill("#edit-note", "Said in class.")
    guest.keyboard.press("Tab")
    saved(guest)
    guest.click("[data-command=link]")
    guest.click("#card-editor .danger")
    saved(guest)
    assert len(room.marks(room.demo)) == before
    guest.click("#undo-button")
    saved(guest)
    assert len(room.marks(room.demo)) == before + 1
    guest.reload()
    assert guest.locator(f"#c{key}").count() == 1
    assert problems == []


def test_every_page_opens_without_a_complaint(room: Site, guest: Page, problems: list[str]) -> None:
    come_in(guest, room, "Ada")
    for path in (
        "/",
        "/import",
        "/projects/demo",
        "/projects/demo/import",
        "/projects/demo/export",
    ):
        guest.goto(room.address + path)
        assert guest.locator("main").count() == 1
    guest.goto(f"{room.address}/projects/demo/import")
    guest.fill("#text", "Some words of our own.")
    guest.click("button.primary")
    guest.click(".store button.primary")
    guest.wait_for_selector("#reading")
    assert problems == []


def test_two_people_have_each_their_own_marks(room: Site, elsewhere: Browser, guest: Page) -> None:
    come_in(guest, room, "Ada")
    other = elsewhere.new_context()
    page = other.new_page()
    come_in(page, room, "Bob")
    for each, label in ((guest, "1"), (page, "3")):
        select(each, each.locator("#reading p.b").nth(2).inner_text().split()[0])
        each.keyboard.press(label)
        saved(each)
    other.close()

    layers = room.store.layers.of_project(room.project)
    assert {"Ada", "Bob"} <= {layer.value.annotator for layer in layers}


def test_another_name_is_refused(room: Site) -> None:
    port = int(room.address.rpartition(":")[2])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/", headers={"Host": f"evil.test:{port}"})
    answer = connection.getresponse()

    assert answer.status == 400
    assert "frame-ancestors 'none'" in (answer.getheader("Content-Security-Policy") or "")
    assert b"does not answer" in answer.read()
    connection.close()


def test_two_tabs_share_one_queue_where_the_browser_has_no_locks(
    room: Site, guest: Page, problems: list[str]
) -> None:
    come_in(guest, room, "Ada")
    assert guest.evaluate("() => typeof navigator.locks") == "undefined"
    address = room.write("Trump told Maduro to leave, and Maduro refused.")
    other = guest.context.new_page()
    for tab in (guest, other):
        tab.goto(address.replace("127.0.0.1", NAME))
        tab.wait_for_selector(".ready")
        tab.locator("#reading").focus()
    guest.context.route("**/annotations", lambda route: route.abort())
    words = ["Trump", "told", "leave", "refused"]
    for at, word in enumerate(words):
        tab = (guest, other)[at % 2]
        select(tab, word)
        tab.keyboard.press("2")
    for tab in (guest, other):
        expect(tab.locator("#state")).to_have_text("4 changes wait: the server does not answer.")
    guest.context.unroute_all()
    for tab in (guest, other):
        saved(tab)
        expect(tab.locator("#reading mark")).to_have_text(words)
    assert [quote for _, quote in room.marks(address)] == words
    made = room.store.database.rows(
        "select op_id from changes where kind = 'create' and document_id is not null"
    )
    assert len({op for (op,) in made}) == len(made) == len(words)
    assert [text for text in problems if "ERR_FAILED" not in text] == []
