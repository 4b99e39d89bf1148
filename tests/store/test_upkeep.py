"""The file: opening, checking, backing up, erasing."""

import os
import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from sqlite_utils import Database

from annotations import codebook
from annotations.document import Annotated, Annotation, Document, Layer, new_id
from annotations.errors import BadBackup, BadDatabase, BadInput, NotFound, PostilError
from annotations.store import Act, Store, open_store, schema, sqlite
from tests.store.desk import Desk

# --- opening


def test_a_database_is_found_again_as_it_was(desk: Desk, path: Path) -> None:
    desk.mark("Maduro", entity="Maduro")
    before = desk.out()
    desk.store.close()
    other = open_store(path)
    project = other.projects.named("Sanctions")
    layers = other.exchange.choose(project, None)
    assert list(other.exchange.out(project, layers)) == before
    other.close()


def test_imports_and_exports_of_an_older_database_are_kept(path: Path) -> None:
    conn = sqlite.connect(str(path), isolation_level=None)
    for step in schema.MIGRATIONS[:9]:
        step(Database(conn))
    conn.execute("pragma user_version = 9")
    conn.execute("insert into people values (1, 'ana', 'Ana', '2026-01-01T00:00:00.000Z')")
    conn.execute(
        """insert into projects (id, uid, name, created, created_seq, seq)
        values (1, 'calls', 'Calls', '', 0, 0)"""
    )
    conn.execute(
        """insert into transfers (uid, project_id, person_id, kind, title, result, made)
        values ('made', 1, 1, 'export', 'calls.jsonl', '{"size": 3}', '2026-01-02')"""
    )
    conn.close()

    store = open_store(path)

    (kept,) = store.transfers.of(store.projects.named("Calls"))
    assert (kept.id, kept.kind, kept.title, kept.result) == (
        "made",
        "export",
        "calls.jsonl",
        {"size": 3},
    )
    assert store.transfers.of(None) == []
    store.close()


def foreign(path: Path) -> None:
    conn = sqlite.connect(str(path))
    conn.execute("create table recipes (id integer)")
    conn.commit()
    conn.close()


def foreign_with_a_version(path: Path) -> None:
    foreign(path)
    conn = sqlite.connect(str(path))
    conn.execute("pragma user_version = 1")
    conn.close()


def newer(path: Path) -> None:
    open_store(path).close()
    conn = sqlite.connect(str(path))
    conn.execute("pragma user_version = 99")
    conn.close()


NOT_OURS: dict[str, tuple[Callable[[Path], None], str]] = {
    "a text file": (lambda path: path.write_text("Dear diary,\n" * 99), "cannot be used"),
    "another program's database": (foreign, "not one of Postil's"),
    "another program's database with a version": (foreign_with_a_version, "not one of Postil's"),
    "a newer version": (newer, "written by a newer Postil .version 99"),
}


@pytest.mark.parametrize(("make", "message"), NOT_OURS.values(), ids=NOT_OURS)
def test_a_file_that_is_not_ours_is_refused_and_left_as_it_was(
    path: Path, make: Callable[[Path], None], message: str
) -> None:
    make(path)
    before = path.read_bytes()
    with pytest.raises(BadDatabase, match=message):
        open_store(path)
    assert path.read_bytes() == before


def test_a_place_where_no_file_can_be_is_refused(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "nowhere" / "x.db"):
        with pytest.raises(BadDatabase, match="There is no place"):
            open_store(place)
    (tmp_path / "x.db.lock").mkdir()
    with pytest.raises(BadDatabase):
        open_store(tmp_path / "x.db")


def test_a_damaged_file_is_refused_or_found_out(desk: Desk, path: Path) -> None:
    desk.store.close()
    content = bytearray(path.read_bytes())
    content[4096:] = b"\x55" * (len(content) - 4096)
    path.write_bytes(content)
    for beside in (path.with_name("postil.db-wal"), path.with_name("postil.db-shm")):
        beside.unlink(missing_ok=True)
    with pytest.raises(BadDatabase, match="malformed"):
        open_store(path)


def test_damage_in_an_article_is_found_by_a_check(desk: Desk, path: Path) -> None:
    for number in range(40):
        desk.put(f"Text {number}. " * 200)
    desk.store.close()
    content = bytearray(path.read_bytes())
    content[-4096 * 8 :] = b"\x55" * 4096 * 8
    path.write_bytes(content)
    store = open_store(path)
    assert store.upkeep.check().problems != ()
    store.close()


def test_an_empty_file_becomes_a_database(path: Path) -> None:
    path.touch()
    store = open_store(path)
    assert store.people.first().name == "Me"
    store.close()


def test_a_path_with_a_query_in_it_is_a_plain_path(tmp_path: Path) -> None:
    path = tmp_path / "a?mode=memory#b%20ü.db"
    open_store(path).close()
    open_store(path).close()
    assert path.exists()


# --- checking


def test_a_sound_database_has_no_problems(desk: Desk) -> None:
    claim, actor = desk.mark("refused", "claim"), desk.mark("Trump", entity="Trump")
    desk.relate(claim, "made by", actor)
    health = desk.store.upkeep.check()
    assert health.problems == ()
    assert health.sqlite == sqlite.VERSION
    assert health.counts == {
        "projects": 1,
        "documents": 1,
        "annotations": 2,
        "relations": 1,
        "entities": 1,
        "concepts": 0,
        "people": 2,
        "layers": 1,
        "changes": 5,
    }


PLANTED = {
    "update annotations set end_at = 999": "2 marks reach beyond the end of their text",
    "update annotations set layer_id = 77": "points at a missing row of layers",
    "update annotations set deleted = 1": "1 relations lead to a deleted mark",
    "update layers set deleted = 1": "2 marks lie in a deleted layer",
    "update texts set text = text || '!'": "the text of “call” (revision 1) is not what was kept",
    "update documents set revision = 2": "2 documents have no text",
    "update relations set document_id = 2": "1 relations leave their layer or document",
}


@pytest.mark.parametrize(("statement", "problem"), PLANTED.items())
def test_planted_problems_are_found(desk: Desk, statement: str, problem: str) -> None:
    desk.put("Another.")
    claim, actor = desk.mark("refused", "claim"), desk.mark("Trump")
    desk.relate(claim, "made by", actor)
    desk.store.database.here.conn.execute("pragma foreign_keys = off")
    desk.sql(statement)
    assert problem in "; ".join(desk.store.upkeep.check().problems)


@pytest.mark.parametrize(
    ("version", "faulty"),
    [
        ("3.53.4", False),
        ("3.51.3", False),
        ("3.51.2", True),
        ("3.50.7", False),
        ("3.50.6", True),
        ("3.44.6", False),
        ("3.44.5", True),
        ("3.45.1", True),
        ("3.40.0", True),
    ],
)
def test_the_versions_of_sqlite_with_the_wal_fault_are_known(version: str, faulty: bool) -> None:
    assert sqlite.has_wal_fault(version) == faulty


# --- backing up


def test_a_backup_holds_what_the_database_holds(desk: Desk, tmp_path: Path) -> None:
    desk.mark("Maduro")
    told: list[tuple[int, int]] = []
    target = tmp_path / "backup.db"
    size = desk.store.upkeep.backup(target, lambda done, total: told.append((done, total)))
    assert size == target.stat().st_size
    assert told[-1][0] == told[-1][1] > 0
    assert sorted(p.name for p in tmp_path.glob("backup*")) == ["backup.db"]
    copy = open_store(target)
    project = copy.projects.named("Sanctions")
    assert list(copy.exchange.out(project, copy.exchange.choose(project, None))) == desk.out()
    copy.close()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes of files")
def test_a_database_and_its_backup_are_for_their_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        store = open_store(tmp_path / "a.db")
        person = store.people.first()
        act = Act(op=new_id(), person=person.key, kind="project")
        project = store.projects.add(act, "Trained", codebook.default())
        with suppress(PostilError):  # there is nothing to learn from
            store.learning.train(project)
        modes = {place.name: place.stat().st_mode & 0o777 for place in tmp_path.iterdir()}
        store.upkeep.backup(tmp_path / "b.db")
        store.close()
    finally:
        os.umask(before)

    assert {"a.db", "a.db-wal", "a.db.lock", f"a.db.training-{project.key}.lock"} <= set(modes)
    assert set(modes.values()) == {0o600}
    assert (tmp_path / "b.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes of files")
def test_who_shares_a_database_may_go_on_sharing_it(tmp_path: Path) -> None:
    open_store(tmp_path / "a.db").close()
    (tmp_path / "a.db").chmod(0o660)

    open_store(tmp_path / "a.db").close()

    assert (tmp_path / "a.db").stat().st_mode & 0o777 == 0o660


def test_a_backup_never_overwrites_a_file(desk: Desk, tmp_path: Path) -> None:
    target = tmp_path / "backup.db"
    target.write_text("precious")
    with pytest.raises(BadInput, match="never overwrites"):
        desk.store.upkeep.backup(target)
    with pytest.raises(BadInput, match="There is no folder"):
        desk.store.upkeep.backup(tmp_path / "nowhere" / "b.db")
    assert target.read_text() == "precious"


def test_a_backup_that_is_not_sound_is_removed_again(desk: Desk, tmp_path: Path) -> None:
    desk.mark("Maduro")
    desk.sql("update annotations set end_at = 999")
    with pytest.raises(BadBackup, match="1 marks reach beyond"):
        desk.store.upkeep.backup(tmp_path / "b.db")
    assert not (tmp_path / "b.db").exists()


def test_a_backup_that_was_stopped_leaves_no_half(desk: Desk, tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        desk.store.upkeep.backup(tmp_path / "b.db", stop)
    assert not (tmp_path / "b.db").exists()
    desk.mark("Maduro")


def test_a_backup_comes_to_an_end_while_others_write(desk: Desk, tmp_path: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            desk.mark("Maduro")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        desk.store.upkeep.backup(tmp_path / "b.db")
    finally:
        stop.set()
        writer.join()
    copy = open_store(tmp_path / "b.db")
    assert copy.upkeep.check().problems == ()
    copy.close()


# --- erasing

SECRET = ("Xanthippe", "Quetzalcoatl", "Ypsilanti", "Zwickau", "Wolpertinger", "Brobdingnag")


def secretive(desk: Desk, text: str) -> Desk:
    """An article that speaks of secrets in every place where words can stand.

    But for the name of its label, which its import adds to the codebook of the project.
    """
    document = Document(
        id="secret",
        title="About Xanthippe",
        text=text,
        source="https://example.org/Quetzalcoatl",
        meta={"from": "Ypsilanti"},
        labels=({"label": "topic", "by": "Zwickau"},),
        extra={"x": "Wolpertinger"},
    )
    mark = Annotation(
        id="m", start=0, end=9, label="actor", note="Ypsilanti", attributes={"a": "Zwickau"}
    )
    desk.take(
        Annotated(document=document, layer=Layer(id="l", annotator="Ada"), annotations=(mark,))
    )
    beside = desk.beside(desk.store.documents.find(desk.project, "secret"))
    beside.edit("m", note="Wolpertinger", attributes={"b": "Brobdingnag"})
    beside.edit("m", note="Quetzalcoatl")
    beside.undo()
    beside.delete("m")
    return beside


def bytes_of(path: Path) -> bytes:
    return b"".join(p.read_bytes() for p in sorted(path.parent.glob(path.name + "*")))


def holds(path: Path, words: tuple[str, ...]) -> set[str]:
    content = bytes_of(path)
    return {word for word in words if word.encode() in content or word.lower().encode() in content}


LONG = " ".join(f"Xanthippe{n} Brobdingnag{n % 7919}" for n in range(20_000))


@pytest.mark.parametrize("text", ["Xanthippe met Brobdingnag.", LONG], ids=["short", "long"])
def test_an_erased_article_leaves_no_byte_behind(desk: Desk, path: Path, text: str) -> None:
    beside = secretive(desk, text)
    assert desk.store.search.documents(desk.project, "xanthippe") or len(text) > 99
    assert holds(path, SECRET) == set(SECRET)
    outcome = desk.store.upkeep.redact(beside.act("redact"), desk.project, "secret")
    assert outcome.result == {"document": "secret"}
    assert holds(path, SECRET) == set()
    desk.store.search.refresh()
    assert desk.store.search.documents(desk.project, "xanthippe") == []
    assert desk.is_sound()
    with pytest.raises(NotFound):
        desk.store.documents.find(desk.project, "secret")


def test_an_article_whose_title_changed_after_it_was_indexed_is_erased_whole(
    desk: Desk, path: Path
) -> None:
    beside = secretive(desk, "Xanthippe met Brobdingnag.")
    desk.store.search.refresh()
    desk.sql("update documents set title = 'Harmless' where uid = 'secret'")
    desk.store.upkeep.redact(beside.act("redact"), desk.project, "secret")
    assert holds(path, SECRET) == set()


def test_the_other_articles_stay_when_one_is_erased(desk: Desk) -> None:
    desk.mark("Maduro")
    before = desk.out()
    beside = secretive(desk, "Xanthippe met Brobdingnag.")
    desk.store.upkeep.redact(beside.act("redact"), desk.project, "secret")
    # The label of the article that was erased made the codebook one version newer.
    assert [replace(entry, codebook=1) for entry in desk.out()] == before
    assert [e.kind for e in desk.store.log.of_object("documents", beside.document.key)] == [
        "import"
    ]


def test_an_erasure_may_be_sent_again(desk: Desk) -> None:
    beside = secretive(desk, "Xanthippe met Brobdingnag.")
    act = beside.act("redact", op="o-1")
    desk.store.upkeep.redact(act, desk.project, "secret")
    assert desk.store.upkeep.redact(act, desk.project, "secret").repeated
    with pytest.raises(NotFound):
        desk.store.upkeep.redact(beside.act("redact"), desk.project, "nobody")


def test_an_erasure_says_when_a_reader_keeps_the_words_alive(desk: Desk, path: Path) -> None:
    beside = secretive(desk, "Xanthippe met Brobdingnag.")
    reader = sqlite.connect(str(path), isolation_level=None)
    reader.execute("begin")
    reader.execute("select count(*) from texts").fetchone()
    desk.store.database.here.conn.execute("pragma busy_timeout = 50")
    act = beside.act("redact")
    with pytest.raises(PostilError, match="Erase it once more"):
        desk.store.upkeep.redact(act, desk.project, "secret")
    reader.close()
    desk.store.upkeep.redact(act, desk.project, "secret")
    assert holds(path, SECRET) == set()


def test_a_copied_file_opens_like_the_original(desk: Desk, path: Path, tmp_path: Path) -> None:
    desk.mark("Maduro")
    desk.store.close()
    copy = tmp_path / "copy.db"
    shutil.copy(path, copy)
    store = open_store(copy)
    assert store.upkeep.check().counts["annotations"] == 1
    store.close()


def test_a_closed_store_opens_no_more_than_it_needs(store: Store) -> None:
    store.people.first()
    store.close()
    store.close()
