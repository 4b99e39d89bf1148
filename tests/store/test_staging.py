"""Imports that wait before they are stored, and exports that are read together."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotations.document import Annotated, Annotation, Document, Entity, Layer, Relation
from annotations.errors import BadLine
from annotations.plain import PlainMarks, plain_marks
from annotations.store import Store, open_store
from annotations.store.outgoing import Together
from tests.documents import DOCUMENTS
from tests.store.conftest import desk_in
from tests.store.desk import Desk
from tests.store.test_exchange import WRONG

TEXT = "Maduro asked Trump to lift all sanctions."


def plain(uid: str, *places: tuple[int, int], label: str = "claim", **said: Any) -> Annotated:
    """A document whose marks say no more than these places."""
    starts, ends = zip(*places, strict=True)
    ids = tuple(f"{uid}-{number}" for number in range(len(places)))
    moments = ((1,) * len(ids), ("2026",) * len(ids), ("2027",) * len(ids)) if said else None
    marks = plain_marks(ids, starts, ends, (label,) * len(ids), len(TEXT), moments)
    assert marks is not None
    return Annotated(
        document=Document(id=uid, title=uid, text=TEXT),
        layer=Layer(id="l", annotator="Ada"),
        annotations=marks,
    )


def rich(uid: str, layer: str = "l", **fields: Any) -> Annotated:
    """A document whose marks say more, with an actor, a relation and a state."""
    marks = (
        Annotation(id=f"{uid}-{layer}-a", start=0, end=6, label="actor", entity="Maduro"),
        Annotation(id=f"{uid}-{layer}-c", start=0, end=18, label="claim", note="so", unsure=True),
    )
    relation = Relation(
        id=f"{uid}-{layer}-r", head=f"{uid}-{layer}-c", child=f"{uid}-{layer}-a", label="made by"
    )
    said = {
        "annotations": marks,
        "relations": (relation,),
        "entities": (Entity(id="e", name="Maduro", aliases=("Nico",)),),
        "state": "done",
    }
    return Annotated(
        document=Document(id=uid, title=uid, text=TEXT),
        layer=Layer(id=layer, annotator="Ada"),
        **said | fields,
    )


def slowly(entry: Annotated) -> Annotated:
    """The same with values in place of columns."""
    return replace(entry, annotations=tuple(entry.annotations))


def rows(desk: Desk) -> dict[str, list[Any]]:
    """Every table that an import writes, but for the moments and ids that it makes up."""
    kept = {
        "documents": "*",
        "texts": "document_id, revision, sha256, text, layout",
        "annotations": "*",
        "relations": "*",
        "document_states": "*",
        "labels": "*",
        "relation_kinds": "*",
        "layers": "id, project_id, kind, person_id, name, frozen, created_seq, seq",
        "entities": "id, project_id, name, aliases, merged_into, created_seq, seq",
        "concepts": "id, project_id, name, aliases, parent_id, merged_into, created_seq, seq",
        "codebooks": "*",
        "change_items": "*",
    }
    return {
        table: desk.sql(f"select {columns} from {table} order by 1, 2, 3")  # noqa: S608
        for table, columns in kept.items()
    }


def outcome(
    folder: Path, entries: Iterable[Annotated], skip: bool = False
) -> tuple[str, list[str], dict[str, Any], dict[str, list[Any]]]:
    """What becomes of an import into a new store: refusal, what was skipped, counts, tables."""
    path = folder / "postil.db"
    for place in folder.glob("postil.db*"):
        place.unlink()
    store = open_store(path)
    try:
        desk, skipped, counts, refused = desk_in(store), [], {}, ""
        act = desk.project_act("import")
        told = (lambda error, document: skipped.append(f"{document}: {error}")) if skip else None
        try:
            counts = store.exchange.take(act, desk.project, entries, bad=told)
        except BadLine as error:
            refused = str(error)
        assert desk.is_sound()
        assert desk.sql("pragma foreign_key_check") == []
        assert desk.sql("pragma foreign_keys") == [(1,)]
        return refused, skipped, counts, rows(desk)
    finally:
        store.close()


ENTRIES = [
    plain("p", (0, 6), (7, 12)),
    plain("q", (0, 6), (0, 12), said=True),
    replace(plain("p", (7, 12)), layer=Layer(id="m", annotator="Bob", kind="key")),
    plain("n", (0, 6), label="novel"),
    rich("r"),
    rich("r", "m"),
    rich("s", state="in progress"),
    rich("s", state="done", annotations=(), relations=()),
    Annotated(document=Document(id="bare", title="", text="Nothing.")),
    Annotated(document=Document(id="p", title="", text="Another text.")),
    Annotated(document=Document(id="call", title="", text="Not what is there.")),
    replace(rich("u"), layer=None),
    replace(rich("v"), layer=Layer(id="l", kind="scribble")),
    plain("w", (0, 6), label=" "),
    *(rich(f"x{number}", **wrong) for number, wrong in enumerate(WRONG.values())),
]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(st.sampled_from(ENTRIES), min_size=1, max_size=8),
    st.sampled_from([1, 2, 3]),
    st.booleans(),
)
def test_however_entries_are_taken_the_same_is_stored_and_refused(
    tmp_path: Path, entries: list[Annotated], batch: int, skip: bool
) -> None:
    together = outcome(tmp_path, entries, skip)
    assert outcome(tmp_path, map(slowly, entries), skip) == together
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("annotations.store.staging.BATCH", batch)
        patch.setattr("annotations.store.staging.HELD", 0)
        assert outcome(tmp_path, entries, skip) == together


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_waits_on_the_disk_comes_back(
    desk: Desk, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annotations.store.staging.HELD", 0)
    monkeypatch.setattr("annotations.store.staging.BATCH", 1)
    other = desk.elsewhere()
    other.take(DOCUMENTS[name], plain("beside", (0, 6)))
    assert [entry.document for entry in other.out()] == [
        DOCUMENTS[name].document,
        plain("beside", (0, 6)).document,
    ]
    assert other.out()[1].annotations == plain("beside", (0, 6)).annotations


def test_while_an_import_is_read_others_save(desk: Desk) -> None:
    saved: list[str] = []

    def entries() -> Iterator[Annotated]:
        yield rich("one")
        saving = threading.Thread(target=lambda: saved.append(desk.mark("Trump", by=desk.bob)))
        saving.start()
        saving.join(60)
        assert saved, "who saves waits for who imports"
        yield rich("two")

    act = desk.project_act("import")
    counts = desk.store.exchange.take(act, desk.project, entries())
    assert (counts["documents"], counts["spans"]) == (2, 4)
    assert [mark.id for mark in desk.marks()] == saved
    assert desk.is_sound()


def test_what_came_while_an_import_was_read_is_seen_when_it_is_stored(desk: Desk) -> None:
    def entries() -> Iterator[Annotated]:
        yield rich("one")
        yield rich("two")
        desk.put("Another text.", uid="two")

    with pytest.raises(BadLine, match="line 2: The project has a document “two” already, with"):
        desk.store.exchange.take(desk.project_act("import"), desk.project, entries())
    assert [entry.document.id for entry in desk.out()] == ["call", "two"]


def test_an_import_that_is_stopped_while_it_is_stored_leaves_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annotations.store.staging.HELD", 0)
    monkeypatch.setattr("annotations.store.staging.BATCH", 2)
    before, files = rows(desk), present(desk.store)

    def stop(number: int) -> None:
        if number == 3:
            raise KeyboardInterrupt

    entries = [rich("one"), plain("two", (0, 6)), rich("three"), plain("four", (0, 6))]
    with pytest.raises(KeyboardInterrupt):
        desk.store.exchange.take(desk.project_act("import"), desk.project, entries, stop)
    assert (rows(desk), present(desk.store)) == (before, files)
    assert desk.take(*entries)["documents"] == 4


def test_an_import_sent_again_is_not_read_again(desk: Desk) -> None:
    first = desk.take(rich("one"), op="op-1")

    def entries() -> Iterator[Annotated]:
        raise AssertionError("it was read")
        yield rich("one")

    act = desk.project_act("import", "op-1")
    assert desk.store.exchange.take(act, desk.project, entries()) == first


def present(store: Store) -> set[str]:
    """The files beside a database, but for those that SQLite makes and removes."""
    return {place.name for place in store.database.path.parent.iterdir()} - {
        "postil.db-wal",
        "postil.db-shm",
    }


KILLED = """
import os, signal, sys
from pathlib import Path
from annotations.document import Annotated, Document
from annotations.store import Act, open_store, staging

staging.HELD, staging.BATCH = 0, 2
store = open_store(sys.argv[1])
project = store.projects.named("Sanctions")
act = Act(op="op-1", person=store.people.first().key, kind="import", project=project.key)

def entries():
    for number in range(10):
        yield Annotated(document=Document(id=f"d{number}", title="", text="Some words. " * 500))
    if sys.argv[2] == "reading":
        os.kill(os.getpid(), signal.SIGKILL)

def stored(number):
    if number == 5:
        os.kill(os.getpid(), signal.SIGKILL)

store.exchange.take(act, project, entries(), stored)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no kill -9 here")
@pytest.mark.parametrize("when", ["reading", "storing"])
def test_an_import_that_is_killed_leaves_nothing(tmp_path: Path, when: str) -> None:
    path = tmp_path / "postil.db"
    store = open_store(path)
    desk_in(store)
    before = present(store)
    store.close()
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(path), when],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    store = open_store(path)
    project = store.projects.named("Sanctions")
    assert [store.documents.by_key(key).value.id for key in store.documents.keys(project)] == [
        "call"
    ]
    assert not store.log.knows("op-1")
    assert store.upkeep.check().problems == ()
    assert present(store) == before
    store.close()


# --- out


def exported(desk: Desk) -> list[Annotated]:
    layers = desk.store.exchange.choose(desk.project, None, every=True)
    return list(desk.store.exchange.out(desk.project, layers))


@pytest.mark.parametrize("together", [1, 2, 100])
def test_documents_read_together_are_what_they_are_one_by_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, together: int
) -> None:
    desk.take(*DOCUMENTS.values(), plain("p", (7, 12), (0, 6), (0, 12)))
    desk.take(plain("q", (0, 6), said=True), rich("r"), rich("r", "m"), rich("s"))
    desk.take(replace(plain("p", (0, 6)), layer=Layer(id="m"), annotations=tuple(
        replace(mark, id="m", note="more") for mark in plain("p", (0, 6)).annotations
    )))  # fmt: skip
    desk.mark("Maduro")
    monkeypatch.setattr("annotations.store.outgoing.TOGETHER", together)
    quick = exported(desk)
    monkeypatch.setattr(Together, "_plain", lambda *_: None)
    slow = exported(desk)
    assert quick == slow
    assert [vars_of(entry) for entry in quick] == [vars_of(entry) for entry in slow]
    assert {"q", "call"} <= {e.document.id for e in quick if isinstance(e.annotations, PlainMarks)}
    assert not any(isinstance(entry.annotations, PlainMarks) for entry in slow)


def vars_of(entry: Annotated) -> list[tuple[Any, ...]]:
    """What only the store knows of the marks, which does not count when they are compared."""
    return [(m.version, m.layer, m.key, m.revision, m.doubt) for m in entry.annotations]


def test_marks_of_one_place_keep_the_order_in_which_they_came(desk: Desk) -> None:
    desk.take(plain("p", (7, 12), (0, 6), (0, 12), (0, 6)))
    (entry,) = [entry for entry in exported(desk) if entry.document.id == "p"]
    assert [mark.id for mark in entry.annotations] == ["p-2", "p-1", "p-3", "p-0"]


def test_marks_on_an_older_text_go_out_with_it(desk: Desk) -> None:
    desk.mark("Maduro")
    desk.freeze()
    desk.correct("sanctions", "Sanctions")
    desk.mark("Trump", by=desk.bob)
    assert [(e.document.revision, len(e.annotations)) for e in exported(desk)] == [(2, 1), (1, 1)]
