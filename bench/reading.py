"""What lists, counts and searches cost in a project of a million marks, of which few are shown.

The database is filled straight into its tables: a hundred marks to an article, every fifteenth of
them a claim or a demand with its concept and its actor, and a log of one import.
"""

import random
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from annotations.document import Annotated, Annotation
from annotations.store import Project, Store, open_store
from bench import servers
from bench.figures import Figure, within
from bench.material import act, new_project, text_of

DOCUMENTS = 10_000
MARKS = 100
"""Marks of each document."""
FIRST = 2
"""The number of the first mark that is filled in: one comes with the import, for its layer."""
ACTORS, CONCEPTS = 20_000, 300

STATEMENTS_BUDGET = 300
CSV_BUDGET = 5_000
CODEBOOK_BUDGET = 400
SEARCH_BUDGET = 1_000
"""Milliseconds each."""


def large(path: Path, documents: int) -> None:
    """A database with one project of that many documents."""
    store = open_store(path)
    try:
        project = new_project(store)
        first = Annotation(id="first", start=0, end=8, label="actor")
        texts = (
            Annotated(document=text_of(2000, n), annotations=() if n else (first,))
            for n in range(documents)
        )
        store.exchange.take(act(store, "import", project), project, texts)
        _fill(store, project)
    finally:
        store.close()


def _fill(store: Store, project: Project) -> None:
    keys = store.documents.keys(project)
    layer = store.layers.of_project(project)[0].key
    coding = store.codebooks.coding(project.key)
    claim, actor, demand = (coding.label_key(name) for name in ("claim", "actor", "demand"))
    kind = coding.kind_keys["made by"]
    chance = random.Random(7)
    at = "2026-01-01T10:00:00.000Z"

    def uid() -> str:
        return str(uuid.UUID(int=chance.getrandbits(128), version=4))

    with store.database.writing() as db:
        seq = db.conn.execute("select max(seq) from changes").fetchone()[0]
        for table, count in (("entities", ACTORS), ("concepts", CONCEPTS)):
            db.conn.executemany(
                f"""insert into {table} (id, project_id, uid, name, created_seq, seq)
                values (?, ?, ?, ?, ?, ?)""",  # noqa: S608
                ((n, project.key, uid(), f"Name {n:05}", seq, seq) for n in range(1, count + 1)),
            )

        def rows() -> Iterator[tuple[object, ...]]:
            for number in range(len(keys) * MARKS):
                start = number % MARKS * 19
                says = number % 15 == 14
                label = (claim, demand)[number % 2] if says else actor
                yield (
                    number + FIRST, project.key, uid(), keys[number // MARKS], layer, 1, label,
                    start, start + 12, None if says else 1 + number % ACTORS,
                    1 + number % CONCEPTS if says else None, 1, at, at, seq, seq,
                )  # fmt: skip

        db.conn.executemany(
            """insert into annotations (id, project_id, uid, document_id, layer_id, revision,
            label_id, start_at, end_at, entity_id, concept_id, codebook_version, created, updated,
            created_seq, seq) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            rows(),
        )
        db.conn.executemany(
            """insert into relations (project_id, uid, document_id, layer_id, kind_id, head_id,
            child_id, created_seq, seq) values (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            (
                (
                    project.key,
                    uid(),
                    keys[n // MARKS],
                    layer,
                    kind,
                    n + FIRST,
                    n + FIRST - 1,
                    seq,
                    seq,
                )
                for n in range(14, len(keys) * MARKS, 15)
                if n % MARKS
            ),
        )


def reading(folder: Path, quick: bool) -> list[Figure]:
    """For ``make bench``: what shows some of a million marks, or counts them."""
    documents = DOCUMENTS // 4 if quick else DOCUMENTS
    path = folder / "reading.db"
    large(path, documents)
    where = "/projects/bench"
    asked = {
        "statements: first page": (f"{where}/statements", STATEMENTS_BUDGET),
        "statements: last page": (f"{where}/statements?page=999999", STATEMENTS_BUDGET),
        "statements: by actor": (f"{where}/statements?sort=actor", STATEMENTS_BUDGET),
        "statements: by concept": (f"{where}/statements?sort=concept", STATEMENTS_BUDGET),
        "statements: as CSV": (f"{where}/statements.csv", CSV_BUDGET),
        "search for a word of every article": (f"{where}?q=tariffs", SEARCH_BUDGET),
        "codebook with its counts": (f"{where}/codebook", CODEBOOK_BUDGET),
    }
    figures = []
    with servers.postil(path) as server:
        client = servers.Client(server.address)
        client.enter("/you")
        for work, (address, budget) in asked.items():
            figures.append(_timed(client, f"{work}, {documents:,} documents", address, budget))
        client.close()
    return figures


def _timed(client: servers.Client, work: str, address: str, budget: int) -> Figure:
    taken = []
    for _ in range(3):
        began = time.perf_counter()
        status, _head, body = client.get(address)
        taken.append((time.perf_counter() - began) * 1000)
        if status != 200:
            raise RuntimeError(f"{address}: {status}: {body[:300]!r}")
    told = f"{median(taken):,.0f} ms; the first {taken[0]:,.0f}; {len(body) / 1e6:,.2f} MB"
    return within(work, median(taken), budget, "ms", told)
