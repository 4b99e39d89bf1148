"""The lock among processes."""

import subprocess
import sys
import threading
from pathlib import Path

from annotations.store.lock import FileLock

HOLDER = """
import sys
from annotations.store.lock import FileLock
FileLock(sys.argv[1]).acquire()
print("held", flush=True)
sys.stdin.read()
"""


def holder(path: Path) -> subprocess.Popen[str]:
    """A process that holds a lock until it ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def taken(lock: FileLock) -> threading.Event:
    """An event that is set once a lock was taken by a thread of its own."""
    event = threading.Event()

    def take() -> None:
        with lock:
            event.set()

    threading.Thread(target=take, daemon=True).start()
    return event


def test_a_lock_is_held_by_one_process_and_let_go_of_by_a_dead_one(tmp_path: Path) -> None:
    with holder(tmp_path / "lock") as process:
        mine = taken(FileLock(str(tmp_path / "lock")))
        assert not mine.wait(0.2)
        process.kill()
        assert mine.wait(20)


def test_two_locks_of_one_process_exclude_each_other(tmp_path: Path) -> None:
    first = FileLock(str(tmp_path / "lock"))
    first.acquire()
    second = taken(FileLock(str(tmp_path / "lock")))
    assert not second.wait(0.2)
    first.release()
    assert second.wait(20)
    first.close()


def test_a_lock_can_be_taken_again_and_again(tmp_path: Path) -> None:
    lock = FileLock(str(tmp_path / "lock"))
    for _ in range(3):
        lock.acquire()
        lock.release()
    lock.close()
    with lock:
        assert (tmp_path / "lock").exists()


def test_a_file_that_was_removed_locks_nobody_out_and_nobody_in(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    stale, other = FileLock(str(path)), FileLock(str(path))
    stale.acquire()
    stale.release()
    path.unlink()
    other.acquire()
    again = taken(stale)
    assert not again.wait(0.2)
    other.release()
    assert again.wait(20)
    other.close()
