"""Large articles in a real Chromium, and what an ordinary one weighs."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from threading import Thread
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from annotations.store import open_store
from bench import servers
from bench.figures import Figure, within
from bench.material import act, marked, new_project
from tools.browser import find

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]

# Runs before the page's own scripts. "Ready" counts once a frame was drawn after it and the page
# took another event; a new mark counts once it stands in the text and the frame with it was drawn.
WATCH = """
(() => {
  const after = (then) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = then;
    channel.port2.postMessage(0);
  });
  let newest = 0; // numbers grow: looking through fifty thousand marks at each POST would cost, too
  const look = new MutationObserver(() => {
    if (!document.documentElement?.classList.contains('ready')) return;
    look.disconnect();
    after(() => after(() => {
      window.benchReady = performance.now();
      for (const mark of document.querySelectorAll('#reading mark')) {
        newest = Math.max(newest, ...mark.getAttribute('data-a').split(' ').map(Number));
      }
    }));
  });
  look.observe(document, { subtree: true, attributes: true, attributeFilter: ['class'] });
  const real = window.fetch;
  window.fetch = (...all) => {
    if (all[1]?.method === 'POST') {
      window.benchPainted = 0;
      window.benchPosted = performance.now();
      const seen = new MutationObserver((records) => {
        for (const record of records) for (const node of record.addedNodes) {
          if (!(node instanceof Element)) continue;
          for (const card of node.matches('.card') ? [node] : node.querySelectorAll('.card')) {
            const key = card.id.slice(1);
            if (Number(key) <= newest) continue;
            if (!document.querySelector(`#reading mark[data-a~="${key}"]`)) continue;
            newest = Number(key);
            seen.disconnect();
            after(() => { window.benchPainted = performance.now() });
            return;
          }
        }
      });
      seen.observe(document.getElementById('reading'), { childList: true, subtree: true });
    }
    return real(...all);
  };
})();
"""

# Selects some words in a paragraph that is on the screen, away from existing selections.
SELECT = """(number) => {
  const block = document.querySelectorAll('#reading .b')[number];
  block.scrollIntoView({ block: 'center' });
  const long = (part) => part instanceof Text && part.length > 12;
  const text = [...block.childNodes].find(long) ?? block.firstChild;
  const node = text instanceof Text ? text : text.firstChild;
  document.getElementById('reading').focus({ preventScroll: true });
  getSelection().setBaseAndExtent(node, 1, node, Math.min(node.length, 11));
}"""

OFFSETS = """async (rounds) => {
  const { src } = document.querySelector('script[type=module]');
  const { selected } = await import(new URL('places.js', src).href);
  const blocks = document.querySelectorAll('#reading .b');
  const times = [];
  for (let n = 0; n < rounds; n += 1) {
    const block = blocks[Math.floor((n + 0.5) * blocks.length / rounds)];
    const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
    let node = walker.nextNode();
    for (let step = 0; step < n % 5; step += 1) node = walker.nextNode() ?? node;
    getSelection().setBaseAndExtent(node, 0, node, Math.min(8, node.length));
    const began = performance.now();
    for (let again = 0; again < 20; again += 1) selected(false);
    times.push((performance.now() - began) / 20);
  }
  getSelection().removeAllRanges();
  return times;
}"""


@contextmanager
def _browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find(), args=ARGUMENTS)
        yield chromium
        chromium.close()


def page(folder: Path, quick: bool) -> list[Figure]:
    """One article of 1 MB and one of 3.2 MB, with all marks, cards and the index."""
    found: list[Figure] = []
    sizes = [(1_000_000, 10_000, 500, "1 MB, 10,000 spans")]
    if not quick:
        sizes.append((3_200_000, 50_000, 1200, "3.2 MB, 50,000 spans"))
    for length, spans, most, told in sizes:
        database = folder / f"{spans}.db"
        _fill(database, length, spans)
        with servers.postil(database) as server, _browser() as chromium:
            address = f"{server.address}/projects/bench/documents/d1"
            found += _large(chromium, address, told, most, 3 if quick else 5)
    return found


def _fill(database: Path, length: int, spans: int) -> None:
    store = open_store(database)
    project = new_project(store)
    entry = marked(length, spans, 1, rich=True)
    store.exchange.take(act(store, "import", project), project, [entry])
    store.close()


def _large(chromium: Browser, address: str, told: str, most: int, rounds: int) -> list[Figure]:
    fresh, again, first_bytes, painted = [], [], [], []
    offsets: list[float] = []
    size = 0
    for turn in range(rounds):
        opened = _open(chromium, address)
        fresh.append(_ready(opened))
        first_bytes.append(
            opened.evaluate("performance.getEntriesByType('navigation')[0].responseStart")
        )
        size = opened.evaluate("performance.getEntriesByType('navigation')[0].decodedBodySize")
        for number in range(6):
            painted.append(_mark(opened, 40 + 60 * turn + 7 * number))
        if turn == 0:
            offsets = opened.evaluate(OFFSETS, 100)
        opened.context.close()
        opened = _open(chromium, address)
        _ready(opened)
        opened.context.close()
        opened = _open(chromium, address)
        again.append(_ready(opened))
        opened.context.close()
    painted = painted[1:]
    return [
        within(
            f"{told}: interactive after a change", median(fresh), most, "ms",
            f"{median(fresh):,.0f} ms ({size / 1e6:.1f} MB; first byte "
            f"{median(first_bytes):,.0f} ms)",
        ),
        within(f"{told}: interactive again", median(again), most, "ms"),
        within(
            f"{told}: POST → painted", median(painted), 35, "ms",
            f"{median(painted):.1f} ms, worst {max(painted):.0f} ms",
        ),
        Figure(
            f"{told}: selection → offsets",
            f"{median(offsets) * 1000:.0f} µs, worst {max(offsets) * 1000:.0f} µs",
        ),
    ]  # fmt: skip


def _open(chromium: Browser, address: str) -> Page:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(20_000)
    opened = context.new_page()
    opened.add_init_script(WATCH)
    opened.goto(address, wait_until="commit")
    return opened


def _ready(opened: Page) -> float:
    opened.wait_for_function("() => window.benchReady > 0", polling=50)
    return float(opened.evaluate("window.benchReady"))


def _mark(opened: Page, block: int) -> float:
    """Select some words, press a key, wait for the mark: the milliseconds since the POST."""
    opened.evaluate(SELECT, block)
    time.sleep(0.25)
    opened.keyboard.press("1")
    opened.wait_for_function("() => window.benchPainted > 0", polling=50)
    return float(opened.evaluate("window.benchPainted - window.benchPosted"))


SEEN = """() => new Promise((resolve) => {
  const look = new PerformanceObserver((list) => {
    const first = list.getEntriesByName('first-contentful-paint')[0];
    if (first) resolve(first.startTime);
  });
  look.observe({ type: 'paint', buffered: true });
})"""


def weight(folder: Path, quick: bool) -> list[Figure]:
    """The demo article, as a newcomer loads it and as everybody does after that.

    The floor of its being seen is a page of one word, from memory, in turns with it.
    """
    seen, floor, cold, warm = [], [], [], []
    with servers.postil(folder / "demo.db") as server, _one_word() as word, _browser() as chromium:
        address = f"{server.address}/projects/demo/documents/demo-report"
        _load(chromium.new_context().new_page(), address)
        for _ in range(3 if quick else 7):
            context = chromium.new_context(viewport={"width": 1280, "height": 900})
            first = context.new_page()
            cold.append(_load(first, address))
            seen.append(float(first.evaluate(SEEN)))
            warm.append(_load(context.new_page(), address))
            context.close()
            context = chromium.new_context(viewport={"width": 1280, "height": 900})
            bare = context.new_page()
            bare.goto(word, wait_until="networkidle")
            floor.append(float(bare.evaluate(SEEN)))
            context.close()
    return [
        within(
            "the demo article: visible", median(seen), 150, "ms",
            floor=f"{median(floor):,.0f} ms",
        ),
        _loaded("loaded, cold", cold[-1], 60),
        _loaded("loaded, warm", warm[-1], 8),
    ]  # fmt: skip


@contextmanager
def _one_word() -> Iterator[str]:
    """A server of a page of one word: its address."""
    page = b'<!doctype html><link rel="icon" href="data:,"><p>Postil'

    class Word(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: object) -> None:
            """Nothing: the table is all that is told."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Word)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _loaded(work: str, load: tuple[int, float], most: float) -> Figure:
    requests, weighs = load
    return within(work, weighs / 1000, most, "kB", f"{weighs / 1000:.1f} kB, {requests} requests")


def _load(opened: Page, address: str) -> tuple[int, float]:
    """Requests that went over the network, and the bytes of their answers, heads included."""
    sizes: dict[str, float] = {}
    session = opened.context.new_cdp_session(opened)
    session.send("Network.enable")

    def finished(event: dict[str, Any]) -> None:
        if event["encodedDataLength"] > 0:
            sizes[event["requestId"]] = event["encodedDataLength"]

    session.on("Network.loadingFinished", finished)
    opened.goto(address, wait_until="networkidle")
    return len(sizes), sum(sizes.values())
