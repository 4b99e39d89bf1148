"""Every format out of a project and in again, and a large project through the native one."""

import argparse
import io
import json
import re
import resource
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from statistics import median
from typing import IO

import orjson

from annotations import formats, transfer
from annotations.document import Annotated, Document
from annotations.errors import MissingExtra
from annotations.formats import Member, Reading, Writing, jsonl
from annotations.selection import ALL, Selection
from annotations.store import open_store
from bench.figures import Figure
from bench.material import marked, new_project
from bench.moving import (
    LENGTH,
    SPANS,
    bare,
    bare_import,
    bare_lines,
    entries,
    file_of,
    opened,
    seconds,
    source_of,
)

TARGET_MB = 256
"""The most that the import or export of a million spans may hold: this project's own target."""


def every_format(folder: Path, quick: bool) -> list[Figure]:
    """Each registered format written out of a project, and read into values again.

    The floors are those of ``export`` (``select`` and orjson) and, for reading, orjson alone on the
    native lines. Nothing is a budget but for the native format, which ``export`` measures.
    """
    documents, turns = (100, 1) if quick else (500, 3)
    store, project = opened(folder / "ours.db")
    source = file_of(folder / "in.jsonl", documents)
    transfer.take(store, store.people.first(), project, source_of(source))
    conn = bare(folder / "bare.db")
    bare_import(conn, source)
    (layer,) = transfer.choose_layers(store, project)
    said = {"layer": layer.value.id, "kind": layer.value.kind, "annotator": "", "codebook": 1}
    lines = list(bare_lines(conn, said))
    floor = _rate(lambda: list(bare_lines(conn, said)), documents, turns)
    reading_floor = _rate(lambda: list(map(orjson.loads, lines)), documents, turns)
    known = {entry.document.id: entry.document for entry in entries(documents)}
    figures = []
    for name in formats.names():
        entry = formats.get(name)
        if entry.write is None:
            continue
        write = partial(
            transfer.outgoing, store, project, Selection(states=(ALL,)), name, Writing("split")
        )
        try:
            data = b"".join(write())
        except MissingExtra as error:
            figures.append(Figure(f"write {name}", str(error)))
            continue
        rate = _rate(partial(_written, write), documents, turns)
        figures.append(_figure(f"write {name}", rate, floor))
        if entry.reads or entry.gathers:
            rate = _rate(partial(_taken, name, data, known), documents, turns)
            figures.append(_figure(f"read {name}", rate, reading_floor))
    store.close()
    conn.close()
    return figures


def _figure(work: str, rate: float, floor: float) -> Figure:
    return Figure(work, f"{rate:,.0f} spans/s", f"{floor:,.0f} spans/s", f"{rate / floor:.0%}")


def _rate(work: Callable[[], object], documents: int, turns: int) -> float:
    return documents * SPANS / median(seconds(work) for _ in range(turns))


def _written(write: Callable[[], Iterable[bytes]]) -> None:
    for _ in write():
        pass


def _taken(name: str, data: bytes, known: Mapping[str, Document]) -> None:
    read = _read(name, data, Reading(text_of=known.get))
    assert sum(1 for _ in read) == len(known), name


def _read(name: str, data: bytes, reading: Reading) -> Iterator[Annotated]:
    entry = formats.get(name)
    if entry.read is not None and not data.startswith(b"PK"):
        yield from entry.read(io.BytesIO(data), None, reading)
        return
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = [
            Member(info.filename, info.file_size, partial(_opened, archive, info.filename))
            for info in archive.infolist()
        ]
        if entry.gather is not None:
            yield from entry.gather(members, None, reading)
            return
        assert entry.read is not None
        for member in members:
            if member.name.endswith(entry.endings or ("",)):
                with member.open() as stream:
                    yield from entry.read(stream, None, reading)


def _opened(archive: zipfile.ZipFile, name: str) -> AbstractContextManager[IO[bytes]]:
    return archive.open(name)


# ── much ──────────────────────────────────────────────────────────────────────────────────────────


def much(folder: Path, quick: bool) -> list[Figure]:
    """A million spans in a hundred thousand documents, in and out, each in a process of its own.

    Told is the most memory that the process had (its resident set), which must not grow with the
    project: a tenth of it is measured too.
    """
    documents = 10_000 if quick else 100_000
    figures = []
    for count in (documents // 10, documents):
        told = _told(folder / str(count), count)
        for way in ("import", "export"):
            took, peak = told[way]["seconds"], told[way]["peak"]
            figures.append(
                Figure(
                    f"{way} {count:,} documents, {count * SPANS:,} spans: time, peak memory",
                    f"{took:.0f} s, {count * SPANS / took:,.0f} spans/s, {peak:.0f} MB",
                    budget=f"≤ {TARGET_MB} MB",
                    met=peak <= TARGET_MB,
                )
            )
    return figures


def _told(folder: Path, documents: int) -> dict[str, dict[str, float]]:
    folder.mkdir(parents=True)
    with (folder / "in.jsonl").open("wb") as file:
        file.writelines(jsonl.write(marked(LENGTH // 4, SPANS, seed) for seed in range(documents)))
    told = {}
    for way in ("import", "export"):
        command = [sys.executable, "-m", "bench.formats", way, str(folder)]
        told[way] = json.loads(subprocess.check_output(command))
    return told


def main() -> int:
    """One way of ``much``, in this process; prints seconds and megabytes as JSON. Or all of it."""
    parser = argparse.ArgumentParser(prog="python -m bench.formats", description=main.__doc__)
    parser.add_argument("way", choices=("import", "export", "much"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--documents", type=int, default=100_000, help="for “much”")
    asked = parser.parse_args()
    if asked.way == "much":
        print(json.dumps(_told(asked.folder, asked.documents), indent=2))
        return 0
    path = asked.folder / "ours.db"
    store = open_store(path)
    project = new_project(store) if asked.way == "import" else store.projects.find("bench")
    began = time.perf_counter()
    if asked.way == "import":
        incoming = source_of(asked.folder / "in.jsonl")
        transfer.take(store, store.people.first(), project, incoming)
    else:
        with (asked.folder / "out.jsonl").open("wb") as file:
            file.writelines(transfer.outgoing(store, project))
    took = time.perf_counter() - began
    store.close()
    print(json.dumps({"seconds": took, "peak": _peak()}))
    return 0


def _peak() -> float:
    """The most memory that this process had, in MB."""
    status = Path("/proc/self/status")
    if status.exists():  # Elsewhere, what the parent had before it started this one counts too.
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
        if found:
            return int(found[1]) / 1e3
    scale = 1e6 if sys.platform == "darwin" else 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale


if __name__ == "__main__":
    sys.exit(main())
