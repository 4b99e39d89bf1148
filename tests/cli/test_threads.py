"""Which of the server's threads works next."""

import threading
from queue import SimpleQueue

import pytest

from reader.cli.threads import LatestFirst, Threads

PATIENCE = 30
"""Seconds that nobody should need."""


class Work:
    """A task that says which thread did it, and ends when it is let."""

    def __init__(self, begun: "SimpleQueue[str]"):
        self._begun = begun
        self.may_end = threading.Event()

    def service(self) -> None:
        self._begun.put(threading.current_thread().name)
        self.may_end.wait(PATIENCE)

    def cancel(self) -> None:
        self.may_end.set()


def test_whoever_began_to_wait_last_is_woken_first() -> None:
    lock = threading.Lock()
    condition, woken = LatestFirst(lock), SimpleQueue[int]()

    def rest(number: int) -> None:
        with condition:
            resting.put(number)
            condition.wait()
            woken.put(number)

    resting = SimpleQueue[int]()
    threads = [threading.Thread(target=rest, args=(n,), daemon=True) for n in range(3)]
    for thread in threads:
        thread.start()
        resting.get(timeout=PATIENCE)  # the lock is let go of only by waiting
    found = []
    for _ in range(2):
        with condition:
            condition.notify()
        found.append(woken.get(timeout=PATIENCE))
    with condition:
        condition.notify_all()
    found.append(woken.get(timeout=PATIENCE))
    for thread in threads:
        thread.join(PATIENCE)
    assert (found, [t.is_alive() for t in threads]) == ([2, 1, 0], [False] * 3)


def test_waking_nobody_does_nothing_and_waiting_has_no_end() -> None:
    condition = LatestFirst(threading.Lock())
    with condition:
        condition.notify()
        condition.notify_all()
        with pytest.raises(ValueError, match="rests until there is work"):
            condition.wait(1)


def test_all_threads_work_at_once_and_end_with_the_server() -> None:
    threads, begun = Threads(), SimpleQueue[str]()
    threads.set_thread_count(3)
    works = [Work(begun) for _ in range(3)]
    try:
        for work in works:
            threads.add_task(work)
        assert len({begun.get(timeout=PATIENCE) for _ in works}) == 3
    finally:
        for work in works:
            work.may_end.set()
        threads.shutdown()
    assert threads.threads == set()
