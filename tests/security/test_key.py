"""The key that signs cookies."""

import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from annotations.errors import BadDatabase
from reader import create_app
from reader.security import secret_key

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no modes of files")


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    yield
    os.umask(before)


def test_it_is_made_once_and_kept(tmp_path: Path) -> None:
    first = secret_key(tmp_path / "postil.db")

    assert len(first) >= 32
    assert secret_key(tmp_path / "postil.db") == first
    assert secret_key(tmp_path / "other.db") != first
    assert (tmp_path / "postil.db.key").read_bytes() == first


@posix
def test_it_is_for_its_owner_alone_from_the_first_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes: list[int] = []
    write, replace = os.fdopen, os.replace

    def seen(*args: Any, **how: Any) -> Any:
        modes.extend(path.stat().st_mode for path in tmp_path.glob("*.key*"))
        return write(*args, **how)

    def moved(*args: Any) -> None:
        modes.extend(path.stat().st_mode for path in tmp_path.glob("*.key*"))
        replace(*args)

    monkeypatch.setattr(os, "fdopen", seen)
    monkeypatch.setattr(os, "replace", moved)

    with umask(0):
        secret_key(tmp_path / "postil.db")

    modes.append((tmp_path / "postil.db.key").stat().st_mode)
    assert len(modes) == 3
    assert {stat.S_IMODE(mode) for mode in modes} == {0o600}
    assert [path.name for path in tmp_path.glob("*.key*")] == ["postil.db.key"]


@posix
def test_one_that_others_can_read_is_closed_to_them(tmp_path: Path) -> None:
    key = secret_key(tmp_path / "postil.db")
    (tmp_path / "postil.db.key").chmod(0o644)

    assert secret_key(tmp_path / "postil.db") == key
    assert stat.S_IMODE((tmp_path / "postil.db.key").stat().st_mode) == 0o600


@pytest.mark.parametrize("damaged", [b"", b"short"])
def test_a_damaged_one_is_made_anew(tmp_path: Path, damaged: bytes) -> None:
    (tmp_path / "postil.db.key").write_bytes(damaged)

    key = secret_key(tmp_path / "postil.db")

    assert len(key) >= 32
    assert secret_key(tmp_path / "postil.db") == key


def test_it_never_stands_there_unfinished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*args: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        secret_key(tmp_path / "postil.db")

    assert list(tmp_path.glob("*.key*")) == []


def test_threads_that_start_at_once_agree(tmp_path: Path) -> None:
    for round in range(20):
        database = tmp_path / f"{round}.db"
        found: list[bytes] = []
        start = threading.Barrier(4)

        def make(database: Path = database, found: Any = found, start: Any = start) -> None:
            start.wait()
            found.append(secret_key(database))

        threads = [threading.Thread(target=make) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == 4
        assert len(set(found)) == 1


def test_processes_that_start_at_once_agree(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from reader.security import secret_key\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "print(*[secret_key(Path(sys.argv[1]) / f'{n}.db').decode() for n in range(50)])"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    said = [process.communicate(timeout=60)[0].split() for process in processes]

    assert len(said[0]) == 50
    assert said[0] == said[1] == said[2]


def test_where_there_is_no_place_for_a_database_it_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(BadDatabase):
        create_app(tmp_path / "nowhere" / "postil.db")
