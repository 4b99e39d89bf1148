"""A lock among processes: a file that one of them holds at a time, and that a dead one lets go of.

The operating system wakes who waits, in order, and the file stays open between two turns: a turn
costs two system calls, where the ready-made package opens, polls, and closes.
"""

import os
import sys
import time
from pathlib import Path
from types import TracebackType

if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> None:
        while True:
            os.lseek(descriptor, 0, os.SEEK_SET)
            try:
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
                return
            except OSError:  # somebody holds it; the call that waits by itself waits whole seconds
                time.sleep(0.001)

    def _leave(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)

    def _leave(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


_NOTE_AT, _NOTE_DIGITS = 8, 20
"""Where in the file a note stands: behind the byte that Windows locks."""


def noted(path: Path) -> int:
    """The number that was last kept beside a lock (``FileLock.note``); 0 where there is none."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return 0
    try:
        return _noted(descriptor)
    finally:
        os.close(descriptor)


def _noted(descriptor: int) -> int:
    os.lseek(descriptor, _NOTE_AT, os.SEEK_SET)
    found = os.read(descriptor, _NOTE_DIGITS)
    return int(found) if len(found) == _NOTE_DIGITS and found.isdigit() else 0


class FileLock:
    """One holder's side of the lock. Its threads must agree among themselves who uses it."""

    def __init__(self, path: str):
        self._path = path
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Wait until nobody else holds the lock, and hold it. Raises ``OSError``."""
        while True:
            if self._descriptor is None:
                self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            _take(self._descriptor)
            # A file that was removed meanwhile is no longer the one that others lock.
            if sys.platform == "win32" or os.fstat(self._descriptor).st_nlink:
                return
            self.close()

    def release(self) -> None:
        """Let the next one have it."""
        if self._descriptor is not None:
            _leave(self._descriptor)

    def note(self, number: int) -> None:
        """Keep ``number`` in the file, unless a greater one stands there. Only while it is held."""
        if self._descriptor is not None and number > _noted(self._descriptor):
            os.lseek(self._descriptor, _NOTE_AT, os.SEEK_SET)
            os.write(self._descriptor, b"%0*d\n" % (_NOTE_DIGITS, number))

    def close(self) -> None:
        """Let go of the file as well."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
