"""How much heavy work runs at once, for the pages and the API together.

Large files and heavy pages each have places; a request that finds none waits for its turn. Work
is stopped, and waiting is over, when the client has gone (``annotations.cancellation``).
"""

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from threading import Condition
from typing import Literal, ParamSpec, TypeVar

from flask import current_app

from annotations.cancellation import checkpoint

MAX_AT_ONCE = 2
"""Requests of one kind that run at once."""

MAX_WAITING = 24
"""Requests of all kinds that wait for their turn; each occupies a thread of the server."""

WAIT_SECONDS = 20.0
"""How long a request waits for its turn."""

RETRY_SECONDS = 5
"""After how long whoever was refused may try again."""

_LOOK_SECONDS = 0.1
"""How often a waiting request looks whether its client is still there."""

Kind = Literal["file", "page"]

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


class Busy(Exception):
    """Too much is under way for one more heavy request."""


class HeavyWork:
    """The places for heavy work of one server: requests of a kind get them in order of arrival."""

    def __init__(
        self,
        at_once: int = MAX_AT_ONCE,
        waiting: int = MAX_WAITING,
        wait_seconds: float = WAIT_SECONDS,
    ):
        self._at_once, self._most_waiting, self._wait_seconds = at_once, waiting, wait_seconds
        self._running: dict[Kind, int] = {"file": 0, "page": 0}
        self._waiting: dict[Kind, deque[object]] = {"file": deque(), "page": deque()}
        self._changed = Condition()

    @property
    def waiting(self) -> int:
        """How many requests wait for their turn."""
        return sum(map(len, self._waiting.values()))

    @contextmanager
    def place(self, kind: Kind, *, waits: bool = True) -> Iterator[None]:
        """Hold a place for this block, once there is one.

        Raises ``Busy`` when none is free and it does not wait, too many wait already, or it would
        wait for too long; ``Cancelled`` when the client has gone meanwhile.
        """
        self._enter(kind, waits)
        try:
            yield
        finally:
            with self._changed:
                self._running[kind] -= 1
                self._changed.notify_all()

    def _enter(self, kind: Kind, waits: bool) -> None:
        queue, ticket = self._waiting[kind], object()
        until = time.monotonic() + self._wait_seconds
        with self._changed:
            if not queue and self._running[kind] < self._at_once:
                self._running[kind] += 1
                return
            if not waits or self.waiting >= self._most_waiting:
                raise Busy
            queue.append(ticket)
            try:
                while queue[0] is not ticket or self._running[kind] >= self._at_once:
                    checkpoint()
                    if time.monotonic() >= until:
                        raise Busy
                    self._changed.wait(_LOOK_SECONDS)
                checkpoint()
                self._running[kind] += 1
            finally:
                queue.remove(ticket)
                self._changed.notify_all()


def heavy_work() -> HeavyWork:
    """The places of this application."""
    found: HeavyWork = current_app.extensions["postil.heavy"]
    return found


def heavy(kind: Kind) -> Callable[[Callable[Arguments, Answer]], Callable[Arguments, Answer]]:
    """Let a view run only in a place for heavy work of that kind."""

    def limited(view: Callable[Arguments, Answer]) -> Callable[Arguments, Answer]:
        @wraps(view)
        def run(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Answer:
            with heavy_work().place(kind):
                return view(*args, **kwargs)

        return run

    return limited
