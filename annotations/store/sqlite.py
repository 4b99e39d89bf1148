"""The one alias for SQLite, because there may be two of them.

The wheel ``pysqlite3`` brings a current SQLite where the interpreter's own is old: before 3.51.3 a
WAL file used by two connections can be corrupted (fixed also in 3.50.7 and 3.44.6). sqlite-utils
uses it by itself, and its exceptions are not the standard library's, so everybody takes them from
here.
"""

from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]

connect = sqlite3.connect
Connection = sqlite3.Connection
DatabaseError = sqlite3.DatabaseError
IntegrityError = sqlite3.IntegrityError
OperationalError = sqlite3.OperationalError
Row = sqlite3.Row
VERSION: str = sqlite3.sqlite_version

_FIXED = ((3, 51, 3), (3, 50, 7), (3, 44, 6))


def has_wal_fault(version: str = VERSION) -> bool:
    """Whether this SQLite is one of those that can corrupt a WAL file under two connections."""
    number = tuple(int(part) for part in version.split("."))
    return number < _FIXED[0] and not any(
        number[:2] == fixed[:2] and number >= fixed for fixed in _FIXED[1:]
    )
