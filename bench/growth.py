"""What must not grow with the rest of a project: an article's page, and looking names up.

An article is opened in a project with 300,000 changes in other articles; the floor is the same one
where nothing else was done. Then 100,000 annotations that name 20,000 actors are imported, in
seconds of the processor.
"""

import time
import uuid
from pathlib import Path

from annotations.document import Annotated, Annotation
from annotations.names import matching
from annotations.store import open_store
from bench import servers
from bench.figures import Figure, slower, within
from bench.material import act, marked, new_project, text_of

PAGE_BUDGET = 1.2
"""Times as long as in a project without other changes."""
IMPORT_BUDGET = 6
"""Seconds of the processor."""


def growth(folder: Path, quick: bool) -> list[Figure]:
    """For ``make bench``: a long log, and many names."""
    changes, actors = (30_000, 2_000) if quick else (300_000, 20_000)
    paths = [folder / "few.db", folder / "many.db"]
    for path, count in zip(paths, (0, changes), strict=True):
        _with_changes(path, count)
    taken: list[list[float]] = [[], []]
    with servers.postil(paths[0]) as few, servers.postil(paths[1]) as many:
        clients = [servers.Client(server.address) for server in (few, many)]
        for client in clients:
            client.enter("/you")
        for _ in range(10 if quick else 40):
            for client, seconds in zip(clients, taken, strict=True):
                began = time.perf_counter()
                status = client.get("/projects/bench/documents/d1")[0]
                seconds.append(time.perf_counter() - began)
                if status != 200:
                    raise RuntimeError(f"the article answered {status}")
        for client in clients:
            client.close()
    page = slower(f"an article among {changes:,} changes", taken[1], taken[0], PAGE_BUDGET)
    return [page, *_names(folder / "names.db", actors)]


def _with_changes(path: Path, count: int) -> None:
    store = open_store(path)
    project = new_project(store)
    entries = [marked(4_000, 40, seed) for seed in range(1, 102)]
    store.exchange.take(act(store, "import", project), project, entries)
    with store.database.writing() as db:
        keys = [key for (key,) in db.conn.execute("select id from documents where uid <> 'd1'")]
        db.conn.executemany(
            "insert into changes (op_id, project_id, document_id, person_id, at, kind, "
            "request_digest) values (?, ?, ?, ?, '2026-01-01T00:00:00.000Z', 'edit', '')",
            (
                (str(uuid.uuid4()), project.key, keys[n % len(keys)], store.people.first().key)
                for n in range(count)
            ),
        )
    store.close()


def _names(path: Path, actors: int) -> list[Figure]:
    store = open_store(path)
    project = new_project(store)
    entries = []
    for number in range(actors // 20):
        document = text_of(4_000, number + 1)
        annotations = tuple(
            Annotation(
                id=str(uuid.uuid4()),
                start=n * 30,
                end=n * 30 + 20,
                label="actor",
                entity=f"Actor {20 * number + n % 20}",
            )
            for n in range(100)
        )
        entries.append(Annotated(document=document, annotations=annotations))
    began = time.process_time()
    store.exchange.take(act(store, "import", project), project, entries)
    imported = time.process_time() - began
    began = time.perf_counter()
    if not matching(store.names.entities(project), f"actor {actors - 1}", 12):
        raise RuntimeError("the last actor was not found")
    completed = (time.perf_counter() - began) * 1000
    store.close()
    spans = f"{actors * 5:,} spans with {actors:,} actors"
    return [
        within(f"{spans}: imported", imported, IMPORT_BUDGET, "s", f"{imported:.1f} s"),
        Figure(f"{actors:,} actors: a name completed, the first time", f"{completed:,.0f} ms"),
    ]
