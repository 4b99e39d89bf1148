"""How long saves take while many ask for heavy pages and files and go away before they come.

For each kind of page thirty connections ask for it and are closed after 0.2 s, as those of somebody
who reloads a page that does not come. Meanwhile one client saves. Reported are the 95th percentile
of these saves and that of an idle server, and the most memory that the server had.
"""

import socket
import time
import uuid
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from annotations.store import open_store
from bench import servers
from bench.figures import Figure, percentile, within
from bench.material import act, marked, new_project

BUDGET = 300
"""Milliseconds for the 95th percentile of saves."""
CLIENTS = 30
LEFT_AFTER = 0.2
LASTS = 4.0
"""Seconds for which saves are measured after the clients have asked."""

PAGES = {
    "bundles": "/projects/bench/bundle",
    "exports": "/projects/bench/export/file?format=jsonl",
    "counted exports": "/projects/bench/export/sum?format=cas",
    "a long article": "/projects/bench/documents/d1",
    "its index": "/projects/bench/documents/d1/index",
    "the codebook": "/projects/bench/codebook",
    "statements": "/projects/bench/statements",
    "statements as a table": "/projects/bench/statements.csv",
    "searches": "/projects/bench/search?q=talks",
    "concordances": "/projects/bench/search?view=context&q=talks",
}


def abandoned(folder: Path, quick: bool) -> list[Figure]:
    """For ``make bench``: saves while requests are given up."""
    path = folder / "abandoned.db"
    _fill(path, quick)
    figures = []
    for title, address in PAGES.items():
        with servers.postil(path) as server:
            save = Saver(server)
            idle = [_timed(save) for _ in range(30)][10:]
            leave = [_ask(server.address, address) for _ in range(CLIENTS)]
            time.sleep(LEFT_AFTER)
            for each in leave:
                each.close()
            taken, most = [], 0
            until = time.perf_counter() + LASTS
            while time.perf_counter() < until:
                taken.append(_timed(save))
                most = max(most, server.process.memory_info().rss)
            slow, usual = percentile(taken, 0.95), percentile(idle, 0.95)
            told = f"p95 {slow:,.0f} ms, worst {max(taken):,.0f} ms; {most / 1e6:,.0f} MB"
            work = f"saves while {CLIENTS} give up {title}"
            figure = within(work, slow, BUDGET, "ms", told, f"idle {usual:,.0f} ms")
            figures.append(replace(figure, ratio=f"{slow / usual:.2f} ×"))
    return figures


class Saver:
    """Somebody who marks in a short article meanwhile."""

    def __init__(self, server: servers.Server):
        self._client = servers.Client(server.address)
        self._client.enter("/projects/bench/documents/d2")
        self._number = 0

    def __call__(self) -> None:
        self._number += 1
        form = {
            "op": str(uuid.uuid4()),
            "id": str(uuid.uuid4()),
            "label": "claim",
            "start": str(self._number % 1900),
            "end": str(self._number % 1900 + 30),
            "revision": "1",
            "view": "",
        }
        status, _, body = self._client.post("/projects/bench/documents/d2/annotations", form)
        if status != 200:
            raise RuntimeError(f"{status}: {body[:300]!r}")


def _timed(save: Saver) -> float:
    began = time.perf_counter()
    save()
    return (time.perf_counter() - began) * 1000


def _ask(address: str, path: str) -> socket.socket:
    host = urlsplit(address).netloc
    name, port = host.split(":")
    asking = socket.create_connection((name, int(port)))
    asking.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    return asking


def _fill(path: Path, quick: bool) -> None:
    """An ordinary project of 300 articles with 30,000 spans, and a long article among them."""
    store = open_store(path)
    try:
        project = new_project(store)
        long = marked(800_000, 12_000, 1) if quick else marked(3_200_000, 50_000, 1)
        entries = [long, *(marked(5_000, 100, seed, rich=True) for seed in range(2, 302))]
        store.exchange.take(act(store, "import", project), project, entries)
    finally:
        store.close()
