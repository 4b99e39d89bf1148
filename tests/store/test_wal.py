"""What can be known of a write-ahead log that was deleted or damaged."""

import os
import shutil
from pathlib import Path

import pytest

from annotations.document import Document
from annotations.store import open_store
from annotations.store.lock import FileLock, noted
from annotations.store.upkeep import log_problems
from tests.store.desk import Desk

PAGE = 24 + 4096


@pytest.fixture
def copy(desk: Desk, path: Path, tmp_path: Path) -> Path:
    """The files of a server that was killed after three saves: most of them stand in the log."""
    desk.store.database.here.conn.execute("pragma wal_checkpoint(truncate)")
    for number in range(3):
        document = Document(id=f"saved-{number}", title="", text="Saved. " * 3_000)
        desk.store.documents.add(desk.project_act("document"), desk.project, document)
    folder = tmp_path / "killed"
    folder.mkdir()
    for suffix in ("", "-wal", ".lock"):
        shutil.copy(f"{path}{suffix}", folder / f"postil.db{suffix}")
    return folder / "postil.db"


def check(path: Path) -> list[str]:
    found = log_problems(path)
    store = open_store(path)
    try:
        return [*found, *store.upkeep.check().problems]
    finally:
        store.close()


def documents(path: Path) -> int:
    store = open_store(path)
    try:
        return store.documents.count(store.projects.named("Sanctions"))
    finally:
        store.close()


def test_a_log_that_is_whole_is_no_problem(copy: Path) -> None:
    assert check(copy) == []
    assert documents(copy) == 4


def test_a_log_that_was_emptied_into_the_file_is_no_problem(desk: Desk, path: Path) -> None:
    desk.store.close()

    assert check(path) == []


def test_a_deleted_log_is_noticed(copy: Path) -> None:
    Path(f"{copy}-wal").unlink()

    (problem,) = check(copy)

    assert documents(copy) == 1
    assert "changes were made here, and the file has" in problem
    assert "(postil.db-wal) that was deleted or damaged" in problem


def test_a_garbled_page_hides_the_saves_behind_it_and_is_told(copy: Path) -> None:
    log = Path(f"{copy}-wal")
    pages = (log.stat().st_size - 32) // PAGE
    with log.open("r+b") as stream:
        stream.seek(32 + (pages // 2) * PAGE + 1_000)
        stream.write(b"\xff" * 64)

    damaged, lost = check(copy)

    assert "the write-ahead log (postil.db-wal) is damaged" in damaged
    assert "changes were made here" in lost
    assert 1 <= documents(copy) < 4


@pytest.mark.parametrize("keep", [10, 32, 32 + PAGE // 2])
def test_a_log_cut_to_less_than_a_page_is_noticed(copy: Path, keep: int) -> None:
    os.truncate(f"{copy}-wal", keep)

    (problem,) = check(copy)

    assert "changes were made here" in problem


def test_a_page_that_was_being_written_is_no_lost_save(copy: Path) -> None:
    log = Path(f"{copy}-wal")
    with log.open("r+b") as stream:
        stream.seek(-PAGE, os.SEEK_END)
        frame = stream.read(PAGE)
        stream.write(frame[:3_000])

    assert check(copy) == []


def test_an_older_copy_is_told_from_the_file_beside_it_until_that_is_deleted(copy: Path) -> None:
    Path(f"{copy}-wal").unlink()
    Path(f"{copy}.lock").unlink()

    assert check(copy) == []


def test_the_number_beside_a_lock_only_grows(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    lock = FileLock(str(path))
    with lock:
        lock.note(7)
        lock.note(5)

    assert (noted(path), noted(tmp_path / "nothing")) == (7, 0)
    path.write_bytes(b"\0" * 8 + b"not a number at all.")
    assert noted(path) == 0


def test_an_act_that_fails_is_not_said_to_be_kept(desk: Desk) -> None:
    lock = desk.store.database.lock_path
    before = noted(lock)

    with pytest.raises(RuntimeError):
        desk.store.log.perform(desk.project_act("document"), fail)

    assert noted(lock) == before == desk.store.log.newest()


def fail(change: object) -> dict[str, object]:
    raise RuntimeError
