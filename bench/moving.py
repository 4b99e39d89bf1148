"""Import and export of many documents, against bare SQLite and orjson."""

import time
import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import Any

import orjson

from annotations import transfer
from annotations.document import Annotated
from annotations.formats import jsonl
from annotations.store import Project, Store, open_store, sqlite
from bench.figures import Figure, share
from bench.material import marked, new_project

SPANS = 10
LENGTH = 2000
_TABLES = (
    "create table texts (id integer primary key, uid text, title text, text text, sha256 text, "
    "revision integer, layout text)",
    "create table spans (id integer primary key, uid text, document integer, label text, "
    "start_at integer, end_at integer, origin text)",
    "create index spans_of_documents on spans (document)",
)


def entries(documents: int) -> Iterator[Annotated]:
    return (marked(LENGTH, SPANS, seed) for seed in range(documents))


def file_of(path: Path, documents: int) -> Path:
    with path.open("wb") as file:
        file.writelines(jsonl.write(entries(documents)))
    return path


def source_of(path: Path) -> transfer.Incoming:
    return transfer.Incoming(
        [transfer.Source(path.name, lambda: path.open("rb"), path.stat().st_size)]
    )


def opened(path: Path) -> tuple[Store, Project]:
    store = open_store(path)
    return store, new_project(store)


def bare(path: Path) -> Any:
    conn = sqlite.connect(str(path), isolation_level=None)
    conn.execute("pragma journal_mode = wal")
    conn.execute("pragma synchronous = full")
    for statement in _TABLES:
        conn.execute(statement)
    return conn


def insert(conn: Any, texts: list[tuple[Any, ...]], spans: list[tuple[Any, ...]]) -> None:
    conn.execute("begin immediate")
    conn.executemany("insert into texts values (?, ?, ?, ?, ?, ?, ?)", texts)
    conn.executemany(
        "insert into spans (uid, document, label, start_at, end_at, origin) "
        "values (?, ?, ?, ?, ?, ?)",
        spans,
    )
    conn.execute("commit")


def bare_import(conn: Any, path: Path) -> None:
    """The floor of an import: what any program must do that reads the file with orjson.

    Nothing is checked, not even that a quote stands where its offsets say.
    """
    texts, spans = [], []
    with path.open("rb") as file:
        for key, line in enumerate(file, start=1):
            said = orjson.loads(line)
            layout = orjson.dumps(said["layout"]).decode()
            texts.append(
                (
                    key,
                    said["id"],
                    said["title"],
                    said["text"],
                    said["sha256"],
                    said["revision"],
                    layout,
                )
            )
            spans += [
                (s["id"], key, s["label"], s["start"], s["end"], s["origin"]["kind"])
                for s in said["spans"]
            ]
    insert(conn, texts, spans)


def seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def bring(folder: Path, quick: bool) -> list[Figure]:
    """Import, by the code behind ``postil import``, of a file into a project that is empty.

    The floor reads the same file: lines, orjson, rows, ``executemany`` into two bare tables.
    """
    documents = 300 if quick else 1000
    source = file_of(folder / "in.jsonl", documents)
    ours, floor = [], []
    for turn in range(3 if quick else 7):
        store, project = opened(folder / f"ours{turn}.db")
        person = store.people.first()
        ours.append(seconds(partial(transfer.take, store, person, project, source_of(source))))
        store.close()
        conn = bare(folder / f"bare{turn}.db")
        floor.append(seconds(partial(bare_import, conn, source)))
        conn.close()
    large = file_of(folder / "large.jsonl", documents * 10)
    peaks = [_peak(partial(_taken, folder / f"{f.stem}-peak.db", f)) for f in (source, large)]
    return [
        share(
            f"import {documents:,} documents × {SPANS} spans",
            documents * SPANS / median(ours), documents * SPANS / median(floor), "spans", 0.4,
        ),
        _memory("import: peak memory, ten times as much", peaks),
    ]  # fmt: skip


def _taken(path: Path, source: Path) -> None:
    store, project = opened(path)
    transfer.take(store, store.people.first(), project, source_of(source))
    store.close()


def take_home(folder: Path, quick: bool) -> list[Figure]:
    """Export, by the code behind ``postil export``; the floor writes the very same bytes."""
    documents = 300 if quick else 1000
    store, project = opened(folder / "ours.db")
    source = file_of(folder / "in.jsonl", documents)
    transfer.take(store, store.people.first(), project, source_of(source))
    conn = bare(folder / "bare.db")
    bare_import(conn, source)
    layers = transfer.choose_layers(store, project)
    layer = {
        "layer": layers[0].value.id,
        "kind": layers[0].value.kind,
        "annotator": layers[0].value.annotator,
        "codebook": 1,
    }

    def our_bytes() -> bytes:
        with transfer.snapshot(transfer.outgoing(store, project)).file as file:
            return file.read()

    def same_bytes() -> bytes:
        file = BytesIO()
        file.writelines(bare_lines(conn, layer))
        return file.getvalue()

    def our_file() -> None:
        transfer.snapshot(transfer.outgoing(store, project)).file.close()

    def same_file() -> None:
        BytesIO().writelines(bare_lines(conn, layer))

    assert our_bytes() == same_bytes()
    ours, floor = [], []
    for _ in range(3 if quick else 9):
        ours.append(seconds(our_file))
        floor.append(seconds(same_file))
    store.close()
    conn.close()
    peaks = []
    for factor in (1, 10):
        path = folder / f"{factor}.db"
        _taken(path, file_of(folder / f"{factor}.jsonl", documents * factor))
        peaks.append(_peak(partial(_written, path)))
    count = documents * SPANS
    return [
        share(
            f"export {documents:,} documents × {SPANS} spans",
            count / median(ours), count / median(floor), "spans", 0.4,
        ),
        _memory("export: peak memory, ten times as much", peaks),
    ]  # fmt: skip


def bare_lines(conn: Any, layer: dict[str, Any]) -> Iterator[bytes]:
    spans_of = """select uid, start_at, end_at, label, origin from spans where document = ?
        order by start_at, end_at desc"""
    for key, uid, title, text, sha256, revision, layout in conn.execute("select * from texts"):
        yield orjson.dumps(
            {
                "schema": "postil/1",
                "id": uid,
                "title": title,
                "text": text,
                "sha256": sha256,
                "revision": revision,
                "layout": orjson.loads(layout),
                **layer,
                "spans": [
                    {
                        "id": span,
                        "start": start,
                        "end": end,
                        "label": label,
                        "text": text[start:end],
                        "origin": {"kind": origin},
                    }
                    for span, start, end, label, origin in conn.execute(spans_of, (key,))
                ],
                "relations": [],
            },
            option=orjson.OPT_APPEND_NEWLINE,
        )


def _written(path: Path) -> None:
    store = open_store(path)
    project = store.projects.find("bench")
    for _ in transfer.outgoing(store, project):
        pass
    store.close()


def _peak(work: Callable[[], None]) -> float:
    """The most that Python held meanwhile, in MB."""
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return peak


def _memory(work: str, peaks: list[float]) -> Figure:
    more = peaks[1] - peaks[0]
    return Figure(work, f"{peaks[1]:.1f} MB", f"{peaks[0]:.1f} MB", "", "flat: + 2 MB", more < 2)
