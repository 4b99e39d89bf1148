"""Looking after the file: checking it, backing it up, and erasing what must go."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annotations.errors import BadBackup, BadInput, NotFound
from annotations.store import sqlite
from annotations.store.changes import Act, Change, Log, Outcome
from annotations.store.database import Database
from annotations.store.documents import Documents
from annotations.store.people import Project
from annotations.store.search import forget

_COUNTED = ("projects", "documents", "annotations", "relations", "entities", "concepts")
_LOGGED = ("people", "layers", "changes")


@dataclass(frozen=True, slots=True)
class Health:
    """What ``check`` found. ``problems`` is empty when all is well."""

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
        with self._database.reading() as db:
            return Health(
                sqlite.VERSION, sqlite.has_wal_fault(), _counts(db.conn), tuple(_problems(db.conn))
            )

    def backup(self, target: str | Path, progress: Callable[[int, int], None] | None = None) -> int:
        """Copy the database to a new file while it stays in use, and verify the copy.

        Gives the size in bytes. Raises ``BadInput`` when the file exists, ``BadBackup`` when the copy
        does not hold what it should.
        """
        path = Path(target).absolute()
        if path.exists():
            raise BadInput(f"{target} exists already; a backup never overwrites a file.")
        if not path.parent.is_dir():
            raise BadInput(f"There is no folder {path.parent} to put the backup in.")
        copy = sqlite.connect(str(path))
        try:
            self._database.here.conn.backup(
                copy,
                pages=2000,
                progress=(lambda _, left, total: progress(total - left, total)) if progress else None,
            )
            copy.execute("pragma journal_mode = delete")
            problems = list(_problems(copy))
        finally:
            copy.close()
        if problems:
            path.unlink()
            raise BadBackup(f"The copy is not sound ({problems[0]}) and was removed again.")
        return path.stat().st_size

    def redact(self, act: Act, project: Project, uid: str) -> Outcome:
        """Erase an article for good: its text, its title, and what was written about it.

        The log keeps rows that say when and by whom; what they held is emptied. No undo brings it
        back. Raises ``NotFound``.
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

        outcome = self._log.perform(act, work)
        self._documents.forget()
        self._database.forget_everything_deleted()
        return outcome


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
    found = [
        str(row[0])
        for row in conn.execute("pragma integrity_check(20)").fetchall()
        if row[0] != "ok"
    ]
    for table, key, parent, _ in conn.execute("pragma foreign_key_check").fetchall()[:20]:
        found.append(f"row {key} of {table} points at a missing row of {parent}")
    beyond = conn.execute(
        """select count(*) from annotations a join documents d on d.id = a.document_id
        where a.deleted = 0 and a.revision = d.revision and a.end_at > d.characters"""
    ).fetchone()[0]
    if beyond:
        found.append(f"{beyond} marks reach beyond the end of their text")
    return found


def _erase(conn: Any, document: int, seq: int) -> None:
    forget(conn, document)
    values = {"document": document, "seq": seq}
    for kind in ("annotations", "relations", "document_states", "comments"):
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
    ):
        conn.execute(statement, values)
