"""Many annotations over one place, against as many that lie side by side.

Each article is opened, then one annotation is saved in it where the others lie, and taken back,
several times. The floor is an article of the same length with as many annotations of thirty
characters beside one another. Memory is what the server has at the end.
"""

import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median

from annotations.document import Annotated, Annotation
from annotations.store import open_store
from bench import servers
from bench.figures import Figure
from bench.material import LABELS, act, new_project, text_of

BUDGET = 2
"""Times as long as the same number of ordinary ones, to open the article."""
SAVE_BUDGET = 70
"""Milliseconds: twice the budget of a save in an ordinary article."""

Spans = Callable[[int, int], list[tuple[int, int]]]


def _nested(count: int, length: int) -> list[tuple[int, int]]:
    return [(n, length - n) for n in range(count)]


def _equal(count: int, length: int) -> list[tuple[int, int]]:
    return [(100, 400)] * count


def _over_all(count: int, length: int) -> list[tuple[int, int]]:
    return [(0, length)] * count


def _side_by_side(count: int, length: int) -> list[tuple[int, int]]:
    starts = (int(n * (length - 40) / count) for n in range(count))
    return [(start, start + 30) for start in starts]


CASES: dict[str, tuple[Spans, int, int]] = {
    "3,000 nested": (_nested, 3_000, 100_000),
    "10,000 nested": (_nested, 10_000, 100_000),
    "100,000 equal": (_equal, 100_000, 1_000_000),
    "5,000 over 1 MB": (_over_all, 5_000, 1_000_000),
}


def crowded(folder: Path, quick: bool) -> list[Figure]:
    """For ``make bench``: annotations over one another."""
    figures = []
    for number, (title, (spans, count, length)) in enumerate(CASES.items()):
        if quick and count > 10_000:
            continue
        taken = [
            _measure(folder / f"crowded-{number}-{kind.__name__}.db", kind, count, length)
            for kind in (spans, _side_by_side)
        ]
        for n, work in enumerate(("opened", "save", "undo")):
            ours, floor = taken[0][n], taken[1][n]
            told = f"{ours * 1000:,.0f} ms"
            if work == "opened":
                told += f"; {taken[0][3] / 1e6:,.2f} MB sent; {taken[0][4] / 1e6:,.0f} MB of memory"
            ratio = ours / floor
            budget, met = f"≤ {BUDGET} ×", ratio <= BUDGET
            if work != "opened":
                budget, met = f"≤ {SAVE_BUDGET} ms", ours * 1000 <= SAVE_BUDGET
            beside = f"{floor * 1000:,.0f} ms"
            figures.append(Figure(f"{title}: {work}", told, beside, f"{ratio:.2f} ×", budget, met))
    return figures


def _measure(
    path: Path, spans: Spans, count: int, length: int
) -> tuple[float, float, float, int, int]:
    """Seconds to open, save and undo; bytes of the page and of memory."""
    store = open_store(path)
    document = replace(text_of(length, 1), id="d1")
    places = sorted(spans(count, len(document.text)), key=lambda span: (span[0], -span[1]))
    annotations = tuple(
        Annotation(id=str(uuid.uuid4()), start=start, end=end, label=LABELS[n % 3])
        for n, (start, end) in enumerate(places)
    )
    project = new_project(store)
    store.exchange.take(
        act(store, "import", project),
        project,
        [Annotated(document=document, annotations=annotations)],
    )
    store.close()
    address = "/projects/bench/documents/d1"
    saves, undoes = [], []
    with servers.postil(path) as server:
        client = servers.Client(server.address)
        client.enter("/you")
        began = time.perf_counter()
        page = client.get(address)[2]
        opened = time.perf_counter() - began
        for n in range(12):
            form = {"op": str(uuid.uuid4()), "id": str(uuid.uuid4()), "label": "claim"}
            form |= {"start": str(150 + n), "end": "300", "revision": "1", "view": ""}
            saves.append(_timed(client, f"{address}/annotations", form))
            undoes.append(_timed(client, f"{address}/undo", {"op": str(uuid.uuid4())}))
        memory = server.process.memory_info().rss
        client.close()
    return opened, median(saves), median(undoes), len(page), memory


def _timed(client: servers.Client, address: str, form: dict[str, str]) -> float:
    began = time.perf_counter()
    status, _, body = client.post(address, form)
    if status != 200:
        raise RuntimeError(f"{status}: {body[:300]!r}")
    return time.perf_counter() - began
