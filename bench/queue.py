"""How soon the next article of the queue is there, from the key until it takes keys itself.

The queue holds articles of 8,000 characters with eighty marks each. Each is read for a moment, as
somebody would who is done with it; then ``N`` is pressed. The clock runs from that key's event, in
the page that is left, until the next page has wired its keys, has drawn a frame after that and has
taken another event. That it does take keys is tried: ``n`` must go to its first mark.

The floor, in turns with it: the HTML of the same articles with its styles and one line of script in
place of ours, from memory, gone to by the same key.
"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from threading import Thread

from playwright.sync_api import Page, sync_playwright

from annotations.store import open_store
from bench import servers
from bench.figures import Figure, within
from bench.material import act, marked, new_project
from bench.pages import ARGUMENTS, WATCH
from tools.browser import find

BUDGET = 300
LENGTH, SPANS = 8_000, 80
MOMENT = 1.5
"""Seconds that an article is looked at before ``N``."""

# Both clocks are the machine's: a page's own begins anew with each page.
CLOCK = """
addEventListener('keydown', (event) => {
  if (event.key === 'N') {
    sessionStorage.setItem('bench', String(performance.timeOrigin + performance.now()));
  }
}, true);
"""

GO = """document.addEventListener('keydown', (event) => {
  const go = (number) => String(Number(number) + 1);
  if (event.key === 'N') location.assign(location.pathname.replace(/\\d+$/, go));
});
document.documentElement.classList.add('ready');"""


def ready(folder: Path, quick: bool) -> list[Figure]:
    """For ``make bench``: the next article by its key."""
    rounds = 6 if quick else 16
    path = folder / "queue.db"
    store = open_store(path)
    project = new_project(store)
    entries = [marked(LENGTH, SPANS, seed, rich=True) for seed in range(1, rounds + 2)]
    store.exchange.take(act(store, "import", project), project, entries)
    store.close()
    with servers.postil(path) as server, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find(), args=ARGUMENTS)
        page, bare = (chromium.new_page(viewport={"width": 1280, "height": 900}) for _ in range(2))
        for each in (page, bare):
            each.add_init_script(WATCH + CLOCK)
        page.goto(f"{server.address}/projects/bench/documents/d1")
        _wait(page)
        taken, floor = [], []
        with _plainly(server.address) as address:
            bare.goto(f"{address}/projects/bench/documents/d1")
            for number in range(2, rounds + 2):
                bare.bring_to_front()
                floor.append(_next(bare, number, "article"))
                page.bring_to_front()
                taken.append(_next(page, number))
                page.keyboard.press("n")
                page.wait_for_selector("#reading mark:focus", timeout=5_000)
        chromium.close()
    taken, floor = taken[1:], floor[1:]  # the first keeps scripts and styles for all others
    work = "the next article by N: takes keys"
    told = f"{median(taken):,.0f} ms, worst {max(taken):,.0f} ms"
    beside = f"{median(floor):,.0f} ms, worst {max(floor):,.0f} ms"
    figure = within(work, median(taken), BUDGET, "ms", told, beside)
    return [replace(figure, ratio=f"{median(taken) / median(floor):.2f} ×")]


@contextmanager
def _plainly(postil: str) -> Iterator[str]:
    """A server of the same articles without our scripts: the address where it answers."""
    client = servers.Client(postil)
    kept: dict[str, bytes] = {}

    class Bare(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path not in kept:
                kept[self.path] = _bare(client.get(self.path)[2].decode(), postil).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(kept[self.path])))
            self.end_headers()
            self.wfile.write(kept[self.path])

        def log_message(self, *_: object) -> None:
            """Nothing: the table is all that is told."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Bare)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _bare(html: str, postil: str) -> str:
    html = re.sub(r"<script\b.*?</script>|<link rel=.?modulepreload[^>]*>", "", html, flags=re.S)
    html = re.sub(r'(<link\b[^>]*href=")/', rf"\1{postil}/", html)
    return html.replace("</body>", f"<script>{GO}</script></body>")


def _wait(page: Page) -> None:
    page.wait_for_function("() => window.benchReady > 0", polling=20)


def _next(page: Page, number: int, focused: str = "#reading") -> float:
    """Go to the next article: the milliseconds from the key until that takes keys."""
    page.locator(focused).first.focus()
    time.sleep(MOMENT)
    page.keyboard.press("Shift+N")
    page.wait_for_url(f"**/documents/d{number}", wait_until="commit")
    _wait(page)
    return float(
        page.evaluate(
            "performance.timeOrigin + benchReady - Number(sessionStorage.getItem('bench'))"
        )
    )
