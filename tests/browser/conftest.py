"""A real Chromium against a real server: one browser for all, a fresh database for each test."""

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from waitress.server import create_server

from annotations.document import Annotated, Document, new_id
from annotations.ingest import read_article
from annotations.store import Act, Project, Store, open_store
from reader.beginning import ensure_demo
from tools.browser import find

# Long enough for a slow machine; a test that passes never waits for it.
expect.set_options(timeout=20_000)

# The window around each page would draw two hidden pages of its own, which cost more than ours, and
# a process would wait for a page that never comes.
UNWANTED = [
    "PreloadTopChromeWebUI",
    "SpareRendererForSitePerProcess",
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxFullPopup",
    "WebUIOmniboxPopup",
]
# Chromium heeds the last such list alone, so what Playwright leaves out is named again.
UNWANTED += [
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
]
ARGUMENTS = [
    f"--disable-features={','.join(UNWANTED)}",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Site:
    """A server that runs, its store, and the demo in it."""

    address: str
    store: Store
    app: Flask

    @property
    def project(self) -> Project:
        return self.store.projects.find("demo")

    @property
    def demo(self) -> str:
        """The address of the demo article."""
        return f"{self.address}/projects/demo/documents/demo-report"

    def act(self, kind: str, project: Project | None = None) -> Act:
        return Act(
            op=new_id(),
            person=self.store.people.first().key,
            kind=kind,
            project=project.key if project else None,
        )

    def add(self, document: Document | Annotated) -> str:
        """Put a document into the demo project; gives the address of its page."""
        entry = document if isinstance(document, Annotated) else Annotated(document=document)
        self.store.exchange.take(self.act("import", self.project), self.project, [entry])
        return f"{self.address}/projects/demo/documents/{entry.document.id}"

    def write(self, text: str, **how: str) -> str:
        """Put a plain text into the demo project; gives the address of its page."""
        return self.add(read_article(text, name="text.txt", **how))

    def marks(self, address: str) -> list[tuple[str, str]]:
        """What is stored for the document at an address: label and quote of each mark, by place."""
        kept = self.store.documents.find(self.project, address.rpartition("/")[2])
        found = self.store.marks.of(kept)
        return [(mark.label, mark.quote(kept.value.text)) for mark in found]


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the demo, to be copied: storing it takes as long as a test."""
    path = tmp_path_factory.mktemp("demo") / "postil.db"
    with open_store(path) as store:
        assert ensure_demo(store)
    return path


@contextmanager
def serving(app: Flask) -> Iterator[Site]:
    """A server of an application."""
    store: Store = app.extensions["postil"]
    server = create_server(app, host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield Site(f"http://127.0.0.1:{server.effective_port}", store, app)
    server.task_dispatcher.shutdown()  # what is being answered still needs the sockets

    def end() -> None:
        # Its loop goes on as long as a connection is open, and browsers keep theirs.
        for channel in list(server.active_channels.values()):
            for request in (*channel.requests, *filter(None, [channel.request])):
                request.close()  # what came of it may lie in a file
            channel.handle_close()  # and so may what has not gone out yet
        server.close()

    with suppress(OSError):  # its loop may have ended by itself, and its sockets with it
        server.trigger.pull_trigger(end)  # in its own thread, which may wait for it
    thread.join(5)
    assert not thread.is_alive()
    store.close()


@pytest.fixture
def site(tmp_path: Path, demo: Path, new_app: Callable[..., Flask]) -> Iterator[Site]:
    """A server with the demo, on a database of its own."""
    with serving(new_app(shutil.copy(demo, tmp_path / "postil.db"))) as site:
        yield site


@pytest.fixture(scope="session")
def library(
    tmp_path_factory: pytest.TempPathFactory, demo: Path, new_app: Callable[..., Flask]
) -> Iterator[Site]:
    """A server for all tests that change nothing but add articles of their own: it starts once."""
    path = tmp_path_factory.mktemp("library") / "postil.db"
    with serving(new_app(shutil.copy(demo, path))) as site:
        yield site


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(find()), args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Makes pages as asked for (size, theme, touch, scripts); any script error fails the test."""
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def make(**how: object) -> Page:
        how = {"viewport": {"width": 1280, "height": 900}, **how}
        context = browser.new_context(**how)  # type: ignore[arg-type]
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on(
            "console",
            lambda message: (
                problems.append(message.text)
                if message.type == "error" and "Content Security Policy" in message.text
                else None
            ),
        )
        return page

    yield make
    for context in contexts:
        for page in context.pages:  # what a test has made slow may still be under way
            page.unroute_all(behavior="ignoreErrors")
        context.close()
    assert problems == []


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    return new_page()


def select(page: Page, quote: str, nth: int = 0) -> None:
    """Select a stretch of the article by its words, as a mouse would leave it."""
    found = page.evaluate(
        """([quote, nth]) => {
            const reading = document.getElementById("reading");
            const {SHOW_TEXT, FILTER_ACCEPT, FILTER_REJECT} = NodeFilter;
            const walker = document.createTreeWalker(reading, SHOW_TEXT, {acceptNode: (node) =>
                node.parentElement.closest(".b") ? FILTER_ACCEPT : FILTER_REJECT});
            const nodes = []; let all = "";
            for (let node = walker.nextNode(); node; node = walker.nextNode()) {
                const block = node.parentElement.closest(".b");
                if (nodes.length && nodes.at(-1).block !== block) all += "\\n";
                nodes.push({node, block, from: all.length}); all += node.data;
            }
            let at = -1;
            for (let n = 0; n <= nth; n += 1) at = all.indexOf(quote, at + 1);
            if (at < 0) return false;
            const place = (offset, end) => {
                const holder = nodes.findLast((n) => end ? n.from < offset : n.from <= offset);
                return [holder.node, Math.min(offset - holder.from, holder.node.data.length)];
            };
            const [from, to] = [place(at, false), place(at + quote.length, true)];
            from[0].parentElement.scrollIntoView({block: "center"});
            getSelection().setBaseAndExtent(from[0], from[1], to[0], to[1]);
            return true;
        }""",
        [quote, nth],
    )
    assert found, f"the page does not show “{quote}”"


def unaware(page: Page) -> None:
    """From now on the page does not learn what others do, however long it stays open."""
    page.route(re.compile(r"/live(\?|$)"), lambda route: route.fulfill(status=304))


def saved(page: Page) -> None:
    """Wait until everything that was changed is kept."""
    page.wait_for_selector("#state[data-state=saved]")
