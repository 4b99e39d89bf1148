"""Saving one annotation over HTTP, against a bare Flask that does one durable insert."""

import threading
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from bench import servers
from bench.figures import Figure, share, slower, within
from bench.material import TARGETS, filled
from bench.servers import Client, Server

WRITERS = 8
_PAGE = "/projects/bench/documents/d0"


class Saver:
    """Somebody who marks: each call saves one more annotation."""

    def __init__(self, server: Server, number: int = 0):
        self._client = Client(server.address)
        self._client.enter(_PAGE)
        self._number = number

    def __call__(self) -> None:
        self._number += 1
        start = 15 * (self._number // TARGETS) % 1900
        status, _, body = self._client.post(
            f"/projects/bench/documents/d{self._number % TARGETS}/annotations",
            {
                "op": str(uuid.uuid4()),
                "id": str(uuid.uuid4()),
                "label": "claim",
                "start": str(start),
                "end": str(start + 30),
                "revision": "1",
                "view": "",
            },
        )
        if status != 200:
            raise RuntimeError(f"{status}: {body[:300]!r}")


class BareSaver:
    """The same for the floor."""

    def __init__(self, server: Server):
        self._client = Client(server.address)

    def __call__(self) -> None:
        form = {"op": str(uuid.uuid4()), "label": "claim", "start": "100", "end": "130"}
        status, _, _ = self._client.post("/spans", form)
        assert status == 200


def save(folder: Path, quick: bool) -> list[Figure]:
    """Latency with one annotation, with a million, and of the floor, in turn."""
    many = 100_000 if quick else 1_000_000
    few, full = folder / "few.db", folder / "many.db"
    filled(few, 1)
    filled(full, many)
    with (
        servers.postil(few) as small,
        servers.postil(full) as large,
        servers.bare(folder / "floor.db") as floor,
    ):
        calls: list[Callable[[], None]] = [Saver(small), Saver(large), BareSaver(floor)]
        taken = _in_turn(calls, 150 if quick else 500)
    flat = median(taken[1]) / median(taken[0])
    return [
        slower("save, one annotation there", taken[0], taken[2], 2),
        slower(f"save, {many:,} annotations there", taken[1], taken[2], 2),
        within(f"save, {many:,} against one", flat, 1.25, "×", f"{flat:.2f} ×"),
    ]


def _in_turn(calls: list[Callable[[], None]], rounds: int) -> list[list[float]]:
    taken: list[list[float]] = [[] for _ in calls]
    for number in range(rounds + 20):
        for call, times in zip(calls, taken, strict=True):
            began = time.perf_counter()
            call()
            if number >= 20:
                times.append(time.perf_counter() - began)
    return taken


def writers(folder: Path, quick: bool) -> list[Figure]:
    """Eight clients that save at once, as fast as they are answered."""
    database = folder / "writers.db"
    filled(database, 1)
    rates: tuple[list[float], list[float]] = ([], [])
    with servers.postil(database) as ours, servers.bare(folder / "floor-writers.db") as floor:
        savers = [Saver(ours, n * 1000) for n in range(WRITERS)]
        bare = [BareSaver(floor) for _ in range(WRITERS)]
        for _ in range(3 if quick else 5):
            rates[0].append(_rate(savers, 2))
            rates[1].append(_rate(bare, 2))
    return [share(f"{WRITERS} writers at once", median(rates[0]), median(rates[1]), "saves", 0.5)]


def _rate(calls: Sequence[Callable[[], None]], seconds: float) -> float:
    """Saves a second. An error in any of them is an error of the whole: none may be locked out."""
    done = [0] * len(calls)
    failed: list[BaseException] = []
    until = time.perf_counter() + seconds

    def run(number: int) -> None:
        try:
            while time.perf_counter() < until:
                calls[number]()
                done[number] += 1
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(calls))]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return sum(done) / (time.perf_counter() - began)
