"""Texts and databases to measure on. Everything comes from fixed seeds: each run has the same."""

import random
import uuid
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

from annotations import codebook
from annotations.document import Annotated, Annotation, Block, Document, Layout, Origin, Relation
from annotations.store import Act, Project, Store, open_store

LABELS = ("claim", "actor", "demand")
_PROSE = """the government said on Tuesday that talks about new tariffs would go on after the summit
while critics in parliament asked for an inquiry into payments made before the election and a court
in Geneva ruled against both companies citing evidence from earlier hearings in which witnesses had
described how prices were fixed over several years without any objection from regulators"""
_WORDS = _PROSE.split()
_NAMES = tuple(
    f"{first} {last}"
    for first in ("Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gül", "Ida")
    for last in ("Alba", "Berg", "Costa", "Dumas", "Engel", "Faber", "Gallo", "Hahn")
)


def text_of(length: int, seed: int, paragraph: int = 480) -> Document:
    """A plain text of that many characters in paragraphs, as an article."""
    chance = random.Random(seed)
    parts: list[str] = []
    while sum(map(len, parts)) + 2 * len(parts) < length:
        words = " ".join(chance.choices(_WORDS, k=paragraph // 6))
        parts.append(words[:paragraph].strip().capitalize() + ".")
        if len(parts) % 500 == 0:
            parts = ["\n\n".join(parts)]
    text = "\n\n".join(parts)[:length].rstrip()
    starts = accumulate((len(part) + 2 for part in text.split("\n\n")), initial=0)
    blocks = tuple(
        Block("p", start, start + len(part))
        for start, part in zip(starts, text.split("\n\n"), strict=False)
    )
    return Document(id=f"d{seed}", title=f"Article {seed}", text=text, layout=Layout(blocks))


def marked(length: int, spans: int, seed: int, *, rich: bool = False) -> Annotated:
    """An article with that many spans, a third of which overlap the one before.

    ``rich`` ones have actors, topics, notes and relations as a reader's marks have.
    """
    document = text_of(length, seed)
    chance = random.Random(seed + 1)
    step = len(document.text) / (spans + 1)
    made: list[Annotation] = []
    relations: list[Relation] = []
    actor = ""
    for number in range(spans):
        start = int(number * step)
        if number % 3 == 2:
            start = max(0, int(made[-1].start + (made[-1].end - made[-1].start) / 2))
        end = min(len(document.text), start + max(6, int(step * chance.uniform(0.3, 0.7))))
        label = LABELS[number % 3]
        uid = _uuid(chance)
        said: dict[str, object] = {}
        if rich:
            said["origin"] = Origin("hand")
            said |= {"created": "2026-01-01T10:00:00.000Z", "updated": "2026-01-01T10:00:00.000Z"}
        if rich and label == "actor":
            actor = uid
            said["entity"] = chance.choice(_NAMES)
        elif rich:
            said["concept"] = f"topic {chance.randrange(40)}"
            if number % 6 == 0:
                said["note"] = "Said in passing; the figure is given in the paragraph before."
            if actor:
                relations.append(Relation(id=_uuid(chance), head=uid, label="made by", child=actor))
        made.append(Annotation(id=uid, start=start, end=end, label=label, **said))  # type: ignore[arg-type]
    made.sort(key=lambda a: (a.start, -a.end))
    return Annotated(document=document, annotations=tuple(made), relations=tuple(relations))


def _uuid(chance: random.Random) -> str:
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))


def act(store: Store, kind: str, project: Project | None = None) -> Act:
    return Act(
        op=str(uuid.uuid4()),
        person=store.people.first().key,
        kind=kind,
        project=project.key if project else None,
    )


def new_project(store: Store) -> Project:
    return store.projects.add(act(store, "project"), "Bench", codebook.default(), uid="bench")


TARGETS = 1000
"""Documents that saves go to: 2,000 characters with ten spans each, whatever else is there."""


def filled(path: Path, annotations: int) -> None:
    """A database with the documents to save in, and so many annotations in others.

    Each of them is one person's own change in the log, as if made by hand one after the other.
    """
    store = open_store(path)
    try:
        project = new_project(store)
        entries = [marked(2000, 10, seed) for seed in range(TARGETS)]
        store.exchange.take(act(store, "import", project), project, entries)
        if annotations > TARGETS * 10:
            _fill(store, project, annotations)
    finally:
        store.close()


def _fill(store: Store, project: Project, annotations: int) -> None:
    """Straight into the tables: a hundred annotations to a document."""
    documents = annotations // 100
    others = (Annotated(document=text_of(2000, 1_000_000 + n)) for n in range(documents))
    store.exchange.take(act(store, "import", project), project, others)
    keys = store.documents.keys(project)[TARGETS:]
    layer = store.layers.of_project(project)[0].key
    coding = store.codebooks.coding(project.key)
    labels = [coding.label_key(name) for name in LABELS]
    person = store.people.first().key
    chance = random.Random(7)
    at = "2026-01-01T10:00:00.000Z"
    with store.database.writing() as db:
        seq = 1 + db.conn.execute("select max(seq) from changes").fetchone()[0]
        first = 1 + db.conn.execute("select max(id) from annotations").fetchone()[0]

        def changes() -> Iterator[tuple[object, ...]]:
            for number in range(documents * 100):
                uid = _uuid(chance)
                yield seq + number, uid, project.key, keys[number // 100], person, at, uid

        def rows() -> Iterator[tuple[object, ...]]:
            for number in range(documents * 100):
                start = number % 100 * 19
                yield (
                    first + number, project.key, _uuid(chance), keys[number // 100], layer, 1,
                    labels[number % 3], start, start + 12, 1, at, at, seq + number, seq + number,
                )  # fmt: skip

        db.conn.executemany(
            """insert into changes (seq, op_id, project_id, document_id, person_id, at, kind,
            request_digest) values (?, ?, ?, ?, ?, ?, 'create', ?)""",
            changes(),
        )
        db.conn.executemany(
            """insert into annotations (id, project_id, uid, document_id, layer_id, revision,
            label_id, start_at, end_at, codebook_version, created, updated, created_seq, seq)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            rows(),
        )
