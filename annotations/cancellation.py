"""Long work that stops between two of its parts once nobody waits for the result.

Whoever runs such work says how to find out (``cancelled_when``); the work itself calls
``checkpoint`` between its parts. Elsewhere ``checkpoint`` does nothing.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

INTERVAL_SECONDS = 0.05
"""At most this often it is asked whether anybody still waits."""


class Cancelled(Exception):
    """Nobody waits for the result any more. Not an error of the work, so no ``PostilError``."""


class _Watch:
    __slots__ = ("_due", "_is_cancelled")

    def __init__(self, is_cancelled: Callable[[], bool]):
        self._is_cancelled, self._due = is_cancelled, 0.0

    def check(self) -> None:
        now = time.monotonic()
        if now >= self._due:
            self._due = now + INTERVAL_SECONDS
            if self._is_cancelled():
                self._due = 0.0
                raise Cancelled


_watch: ContextVar[_Watch | None] = ContextVar("watch", default=None)


@contextmanager
def cancelled_when(is_cancelled: Callable[[], bool]) -> Iterator[None]:
    """Let ``checkpoint`` raise ``Cancelled`` in this block once ``is_cancelled()`` is true."""
    token = _watch.set(_Watch(is_cancelled))
    try:
        yield
    finally:
        _watch.reset(token)


def checkpoint() -> None:
    """Go on if somebody still waits. Raises ``Cancelled``."""
    watch = _watch.get()
    if watch is not None:
        watch.check()
