"""One SQLite file, and the one way to write to it.

Reading: each thread has a connection of its own. Writing: a lock in this process, a lock on a file
beside the database for other processes, then ``BEGIN IMMEDIATE``. Waiting for the lock outside
SQLite keeps the slowest writers fast: SQLite's own busy handler sleeps longer and longer.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlite_utils import Database as SqliteUtils

from annotations.cancellation import checkpoint
from annotations.errors import BadDatabase
from annotations.store import sqlite
from annotations.store.lock import FileLock
from annotations.store.schema import checked_version, migrate

_PRAGMAS = (
    "pragma journal_mode = wal",
    "pragma synchronous = full",
    "pragma foreign_keys = on",
    "pragma trusted_schema = off",
    "pragma secure_delete = on",
    "pragma busy_timeout = 10000",
    "pragma cache_size = -16000",
)
_thread_locks: dict[str, threading.RLock] = {}
_guard = threading.Lock()


def _thread_lock(path: str) -> threading.RLock:
    with _guard:
        return _thread_locks.setdefault(path, threading.RLock())


def make_private(path: Path) -> None:
    """An empty file that its owner alone may read: what SQLite puts beside it is as it is.

    Raises ``FileExistsError``, and leaves the modes of what is there to whoever chose them.
    """
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def _refuse_if_not_ours(path: Path) -> None:
    """Look before anything is written: opening for writing turns a file into a WAL database."""
    if not path.exists() or path.stat().st_size == 0:
        return
    conn = sqlite.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=10)
    try:
        checked_version(conn)
    finally:
        conn.close()


def _end(conn: Any) -> None:
    """End a read transaction, unless a damaged file has ended it."""
    if conn.in_transaction:
        conn.execute("rollback")


class Database:
    """A connection for each thread, and the write path."""

    def __init__(self, path: str | Path):
        self.path = Path(path).absolute()
        if self.path.is_dir() or not self.path.parent.is_dir():
            raise BadDatabase(f"There is no place for a database at {self.path}.")
        self._local = threading.local()
        real = str(self.path.resolve())
        self._inside = _thread_lock(real)
        self._outside = FileLock(real + ".lock")
        self._opened: list[SqliteUtils] = []
        try:
            _refuse_if_not_ours(self.path)
            with self.writing() as db:
                migrate(db)
        except (sqlite.DatabaseError, OSError) as error:
            self.close()
            raise BadDatabase(
                f"{self.path} cannot be used as a database: {error}. "
                "Name another file with --db, or restore it from a backup."
            ) from error
        except BadDatabase:
            self.close()
            raise

    @property
    def here(self) -> SqliteUtils:
        """This thread's connection."""
        db: SqliteUtils | None = getattr(self._local, "db", None)
        if db is None:
            with suppress(FileExistsError):
                make_private(self.path)
            conn = sqlite.connect(
                str(self.path), isolation_level=None, check_same_thread=False, timeout=10
            )
            db = SqliteUtils(conn)
            self._opened.append(db)
            for pragma in _PRAGMAS:
                conn.execute(pragma)
            self._local.db = db
        return db

    @contextmanager
    def writing(self) -> Iterator[SqliteUtils]:
        """A write transaction: all of the block is kept, or none of it.

        Not to be nested, but within ``together``, where it is a part that can fail by itself.
        """
        if getattr(self._local, "together", False):
            with _savepoint(self.here.conn):
                yield self.here
            return
        with self._inside:
            self._outside.acquire()
            try:
                db = self.here
                db.conn.execute("begin immediate")
                self._local.writing, self._local.newest = True, 0
                try:
                    yield db
                    db.conn.execute("commit")
                    if self._local.newest:
                        self._outside.note(self._local.newest)
                except BaseException:
                    if db.conn.in_transaction:
                        db.conn.execute("rollback")
                    raise
                finally:
                    self._local.writing = False
            finally:
                self._outside.release()

    @property
    def is_writing(self) -> bool:
        """Whether this thread is inside ``writing``: what it reads may yet be taken back."""
        return getattr(self._local, "writing", False)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Several acts, each with its entry in the log, kept all or none.

        What was read inside may stay in memory after a failure: for commands, which end with it.
        """
        with self.writing():
            self._local.together = True
            try:
                yield
            finally:
                self._local.together = False

    @contextmanager
    def trusting(self) -> Iterator[None]:
        """What is written inside refers to what is there: SQLite need not look it up row by row.

        For acts that have looked it up themselves. Around the whole transaction, or without effect.
        Meanwhile more pages are kept in memory, since ids go into their index at any place: with a
        million rows that shortens the time of the lock by a fifth.
        """
        conn = self.here.conn
        conn.execute("pragma foreign_keys = off")
        conn.execute("pragma cache_size = -48000")
        try:
            yield
        finally:
            conn.execute("pragma cache_size = -16000")
            conn.execute("pragma foreign_keys = on")

    def note_change(self, number: int) -> None:
        """Once this transaction is kept, say so beside the file too: ``check`` compares the two."""
        self._local.newest = number

    @property
    def lock_path(self) -> Path:
        """The file that says who writes, and what was written last."""
        return Path(f"{self.path.resolve()}.lock")

    def need_not_last(self) -> None:
        """What this thread writes from now on may be lost with the machine: for a file that is
        thrown away, which need not wait for the disk."""
        self.here.conn.execute("pragma synchronous = off")

    @contextmanager
    def reading(self) -> Iterator[SqliteUtils]:
        """A read transaction: everything inside sees the database at one moment."""
        db = self.here
        if db.conn.in_transaction:
            yield db
            return
        db.conn.execute("begin")
        try:
            yield db
        finally:
            _end(db.conn)

    def rows(self, sql: str, values: dict[str, Any] | None = None) -> list[Any]:
        """All rows of a query, as tuples in the order of its columns.

        Raises ``Cancelled`` where nobody waits for them any more; never while something is written.
        """
        if not self.is_writing:
            checkpoint()
        found: list[Any] = self.here.conn.execute(sql, values or {}).fetchall()
        return found

    def row(self, sql: str, values: dict[str, Any] | None = None) -> Any:
        """The first row of a query as a tuple, or ``None``. Raises ``Cancelled``, as ``rows``."""
        if not self.is_writing:
            checkpoint()
        return self.here.conn.execute(sql, values or {}).fetchone()

    def forget_everything_deleted(self) -> bool:
        """Empty the write-ahead log into the file, so that erased bytes are nowhere left.

        Gives ``False`` when somebody reads an older state for so long that it cannot be done.
        """
        busy = self.here.conn.execute("pragma wal_checkpoint(truncate)").fetchone()[0]
        return not busy

    def close(self) -> None:
        """Close every connection that was opened here."""
        for db in self._opened:
            db.close()
        self._opened.clear()
        self._outside.close()
        self._local = threading.local()


@contextmanager
def _savepoint(conn: Any) -> Iterator[None]:
    conn.execute("savepoint part")
    try:
        yield
    except BaseException:
        if conn.in_transaction:
            conn.execute("rollback to part")
            conn.execute("release part")
        raise
    conn.execute("release part")
