"""What the write-ahead log beside a database says of changes that are not in the file yet.

SQLite reads the log as far as its checksums hold, and passes over the rest without a word: a log
that was garbled in the middle loses what was written after. Here the log is read as it lies
(https://www.sqlite.org/fileformat.html#the_write_ahead_log), before anybody opens the database.
"""

import os
import struct
from pathlib import Path

from annotations.store import sqlite
from annotations.store.lock import FileLock

_HEADER, _FRAME_HEADER = 32, 24


def unreadable_commits(database: Path, lock: Path) -> int:
    """How many transactions stand whole in the log behind the place where SQLite stops reading.

    Nobody writes meanwhile. Raises ``sqlite.DatabaseError`` for a file that is no database.
    """
    with FileLock(str(lock)):
        conn = sqlite.connect(str(database), isolation_level=None, timeout=10)
        try:
            # While this connection is open, no other can delete the log by being the last to leave.
            conn.execute("select 1 from sqlite_master").fetchall()
            commits = _commits(Path(f"{database}-wal"))
            _busy, readable, _copied = conn.execute("pragma wal_checkpoint(passive)").fetchone()
            return sum(number > readable for number in commits)
        finally:
            conn.close()


def _commits(log: Path) -> list[int]:
    """The numbers of the pages in the log that end a transaction, counted from 1.

    Only whole pages of the log's present round: those of an earlier one, which stay behind in the
    file, have another salt. Checksums are not looked at, so a garbled page counts.
    """
    found: list[int] = []
    try:
        stream = log.open("rb")
    except FileNotFoundError:
        return found
    with stream:
        size = os.fstat(stream.fileno()).st_size
        header = stream.read(_HEADER)
        if len(header) < _HEADER:
            return found
        (page_size,), salt = struct.unpack(">I", header[8:12]), header[16:24]
        if not 512 <= page_size <= 65_536:
            return found
        whole = _FRAME_HEADER + page_size
        for number in range(1, (size - _HEADER) // whole + 1):
            stream.seek(_HEADER + (number - 1) * whole)
            frame = stream.read(_FRAME_HEADER)
            if frame[8:16] == salt and frame[4:8] != bytes(4):
                found.append(number)
    return found
