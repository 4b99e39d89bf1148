"""Looking after the file: checking it, backing it up, and erasing what must go."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from annotations.document import sha256
from annotations.errors import BadBackup, BadInput, NotFound, PostilError
from annotations.store import sqlite
from annotations.store.changes import Act, Change, Log, Outcome
from annotations.store.contradictions import contradictions
from annotations.store.database import Database, make_private
from annotations.store.documents import Documents
from annotations.store.lock import noted
from annotations.store.marked import forget_marks
from annotations.store.people import Project
from annotations.store.search import forget
from annotations.store.wal import unreadable_commits

_COUNTED = ("projects", "documents", "annotations", "relations", "entities", "concepts")
_LOGGED = ("people", "layers", "changes")


@dataclass(frozen=True, slots=True)
class Health:
    """What ``check`` found. ``problems`` is empty when all is well.

    ``counts`` is empty when the file is too damaged to count.
    """

    sqlite: str
    wal_fault: bool
    counts: dict[str, int]
    problems: tuple[str, ...]


class Upkeep:
    """Checks, backups and erasure."""

    def __init__(self, database: Database, log: Log, documents: Documents):
        self._database, self._log, self._documents = database, log, documents

    def check(self) -> Health:
        """Which SQLite runs, whether the file is sound, and how much it holds."""
        known = noted(self._database.lock_path)
        with self._database.reading() as db:
            problems = [*_lost(db.conn, self._database.path, known), *_problems(db.conn)]
            try:
                counts = _counts(db.conn)
            except sqlite.DatabaseError as error:
                counts = {}
                problems.append(str(error))
        return Health(sqlite.VERSION, sqlite.has_wal_fault(), counts, tuple(problems))

    def backup(self, target: str | Path, progress: Callable[[int, int], None] | None = None) -> int:
        """Copy the database to a new file while it stays in use, and verify the copy.

        Gives the size in bytes. Raises ``BadInput`` when the file exists, ``BadBackup`` when the
        copy does not hold what it should.
        """
        path = Path(target).absolute()
        if not path.parent.is_dir():
            raise BadInput(f"There is no folder {path.parent} to put the backup in.")
        try:
            make_private(path)
        except FileExistsError:
            raise BadInput(f"{target} exists already; a backup never overwrites a file.") from None
        except OSError as error:
            raise BadBackup(f"The copy could not be written: {error}.") from error
        try:
            problems = self._copied(path, progress)
        except (sqlite.DatabaseError, OSError) as error:
            path.unlink(missing_ok=True)
            raise BadBackup(f"The copy could not be written: {error}.") from error
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        if problems:
            path.unlink()
            raise BadBackup(f"The copy is not sound ({problems[0]}) and was removed again.")
        return path.stat().st_size

    def _copied(self, path: Path, progress: Callable[[int, int], None] | None) -> list[str]:
        """Copy the database as it is at this moment; gives what is wrong with the copy.

        The read transaction keeps writers from making SQLite begin again and again.
        """
        copy = sqlite.connect(str(path), isolation_level=None)
        try:
            with self._database.reading() as db:
                expected = _counts(db.conn)
                db.conn.backup(copy, pages=2000, progress=_told(progress), sleep=0.001)
            copy.execute("pragma journal_mode = delete")
            problems = _problems(copy)
            if not problems and _counts(copy) != expected:
                problems.append("it holds less or more than the database")
            return problems
        finally:
            copy.close()

    def redact(self, act: Act, project: Project, uid: str) -> Outcome:
        """Erase an article for good: its text, its title, and what was written about it.

        The log keeps rows that say when and by whom; what they held is emptied. No undo brings it
        back. Entities, concepts and labels stay: they are the project's. Raises ``NotFound``, and
        ``PostilError`` when traces stay in the write-ahead log because somebody reads on; once
        more, with the same operation id or another, does the rest.
        """

        def work(change: Change) -> dict[str, Any]:
            conn = self._database.here.conn
            row = conn.execute(
                "select id from documents where project_id = ? and uid = ?", (project.key, uid)
            ).fetchone()
            if row is None:
                raise NotFound("document", uid)
            _erase(conn, row[0], change.seq)
            return {"document": uid}

        outcome = self._log.perform(replace(act, kind="redact"), work)
        self._documents.forget()
        if not self._database.forget_everything_deleted():
            raise PostilError(
                "The article is erased, but somebody still reads an older state of the database, "
                "so its words may stand in the file beside it. Erase it once more in a minute."
            )
        return outcome


def _told(progress: Callable[[int, int], None] | None) -> Callable[[int, int, int], None] | None:
    if progress is None:
        return None
    return lambda _, left, total: progress(total - left, total)


def _counts(conn: Any) -> dict[str, int]:
    living = {
        table: conn.execute(
            f"select count(*) from {table} where deleted = 0"  # noqa: S608
        ).fetchone()[0]
        for table in _COUNTED
    }
    return living | {
        table: conn.execute(f"select count(*) from {table}").fetchone()[0]  # noqa: S608
        for table in _LOGGED
    }


def _problems(conn: Any) -> list[str]:
    try:
        found = [
            str(row[0])
            for row in conn.execute("pragma integrity_check(20)").fetchall()
            if row[0] != "ok"
        ]
        if found:  # what a broken file says of its contents is worth nothing
            return found
        return [*_missing(conn), *contradictions(conn), *_altered(conn)]
    except sqlite.DatabaseError as error:
        return [str(error)]


def _lost(conn: Any, path: Path, known: int) -> Iterator[str]:
    """What is said beside the file to have been kept, and is not in it."""
    try:
        (newest,) = conn.execute("select coalesce(max(seq), 0) from changes").fetchone()
    except sqlite.DatabaseError:
        return  # what is wrong with the file is told by what looks at it next
    if known > newest:
        yield (
            f"{known} changes were made here, and the file has {newest}: the last are gone with "
            f"a write-ahead log ({path.name}-wal) that was deleted or damaged, or this is an older "
            f"copy. If you put it here yourself, delete {path.name}.lock while nobody uses it"
        )


def log_problems(path: str | Path) -> list[str]:
    """What is wrong with the write-ahead log of a database that nobody here has opened yet.

    To be asked first: whoever opens the database last and leaves it empties the log.
    Raises ``sqlite.DatabaseError`` for a file that is no database.
    """
    path = Path(path).absolute()
    if not Path(f"{path}-wal").is_file():
        return []
    lost = unreadable_commits(path, Path(f"{path.resolve()}.lock"))
    if not lost:
        return []
    return [
        f"the write-ahead log ({path.name}-wal) is damaged: {lost} of the last saves stand behind "
        "a page that cannot be read, and SQLite passes over them"
    ]


def _missing(conn: Any) -> Iterator[str]:
    for table, key, parent, _ in conn.execute("pragma foreign_key_check").fetchall()[:20]:
        yield f"row {key} of {table} points at a missing row of {parent}"


def _altered(conn: Any) -> Iterator[str]:
    rows = conn.execute(
        """select d.uid, t.revision, t.sha256, t.text
        from texts t join documents d on d.id = t.document_id where t.sha256 <> ''"""
    )
    for uid, revision, expected, text in rows:
        if sha256(text) != expected:
            yield f"the text of “{uid}” (revision {revision}) is not what was kept"


def _erase(conn: Any, document: int, seq: int) -> None:
    forget(conn, document)
    forget_marks(conn, document)
    values = {"document": document, "seq": seq}
    for kind in ("annotations", "relations", "document_states", "comments", "decisions"):
        conn.execute(
            f"""update change_items set before = '{{"redacted": true}}' where kind = '{kind}'
            and object_id in (select id from {kind} where document_id = :document)""",  # noqa: S608
            values,
        )
    conn.execute(
        """update change_items set before = '{"redacted": true}'
        where kind = 'documents' and object_id = :document""",
        values,
    )
    # The operation ids stay, so that a late retry is still recognised and brings nothing back.
    conn.execute(
        "update changes set result = '{}' where document_id = :document and seq <> :seq", values
    )
    for statement in (
        "delete from suggestions where document_id = :document",
        "delete from offers where document_id = :document",
        # A model remembers the words that it learnt from.
        """delete from model_bodies where project_id = (
            select project_id from documents where id = :document)""",
        """delete from models where project_id = (
            select project_id from documents where id = :document)""",
        """update decisions set origin_source = '', deleted = 1, seq = :seq
        where document_id = :document""",
        """update texts set text = '', layout = '{"blocks": [], "inlines": []}', sha256 = ''
        where document_id = :document""",
        """update documents set title = '', source = '', date = '', meta = '{}', labels = '[]',
        extra = '{}', characters = 0, deleted = 1, seq = :seq where id = :document""",
        """update annotations set note = '', attributes = '{}', extra = '{}', deleted = 1,
        origin_source = '', seq = :seq where document_id = :document""",
        """update relations set extra = '{}', deleted = 1, seq = :seq
        where document_id = :document""",
        """update comments set text = '', deleted = 1, seq = :seq where document_id = :document""",
        """update document_states set note = '', deleted = 1, seq = :seq
        where document_id = :document""",
        "delete from places where document_id = :document",
        "delete from near_bands where document_id = :document",
        "delete from near_documents where document_id = :document",
        # Previews quote texts, and files that were made hold them: they go with their rows.
        """delete from transfers where project_id = (
            select project_id from documents where id = :document)""",
    ):
        conn.execute(statement, values)
