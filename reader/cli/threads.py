"""The server's threads: whichever rested last works next.

Waitress alone wakes them in turn. Each thread has a connection to the database with pages of it in
memory, and its stack and code in the processor's caches; going round means that somebody who marks
alone finds all of that cold at every save.
"""

import threading
from _thread import LockType

from waitress.task import ThreadedTaskDispatcher


class LatestFirst(threading.Condition):
    """A condition that wakes whoever began to wait last."""

    def __init__(self, lock: LockType):
        super().__init__(lock)
        self._lock_of_all = lock
        self._resting: list[LockType] = []

    def wait(self, timeout: float | None = None) -> bool:
        """Let go of the lock until woken, then take it again. Without an end to the patience."""
        if timeout is not None:
            raise ValueError("who rests here rests until there is work")
        bell = threading.Lock()
        bell.acquire()
        self._resting.append(bell)
        self._lock_of_all.release()
        try:
            bell.acquire()
        finally:
            self._lock_of_all.acquire()
        return True

    def notify(self, n: int = 1) -> None:
        """Wake those who began to wait last. The lock must be held."""
        for _ in range(min(n, len(self._resting))):
            self._resting.pop().release()

    def notify_all(self) -> None:
        self.notify(len(self._resting))


class Threads(ThreadedTaskDispatcher):
    """Waitress's threads, of which the one that rested last is woken first."""

    def __init__(self) -> None:
        super().__init__()
        self.queue_cv = LatestFirst(self.lock)
