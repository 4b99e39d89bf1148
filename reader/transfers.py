"""Imports and exports beside the server: what is on the disk, what runs, and what came of it.

Each has a row in the database (``store.transfers``), and while it needs one a folder beside it: the
files that were sent, the file that was made, how far it is. A process of its own does the work
(``reader/work.py``) and holds a lock in that folder, so that it can be told whether it still lives.
Closing the page ends nothing; a server that stops ends its processes, and says so when it is back.
"""

import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

import orjson
from filelock import FileLock, Timeout

from annotations.errors import BadInput, Conflict
from annotations.ingest import archives
from annotations.store import Person, Project, Store, Transfer
from annotations.transfer import Source
from reader.jobs import Jobs
from reader.uploads import Upload, Uploads

DAYS = 7
"""How long what came of a transfer is kept, and its file or upload with it."""

MOST_KEPT, MOST_BYTES = 50, 4_000_000_000
"""How many are kept at most, and how much their files may come to; the oldest go first."""

LONG_BYTES = 6_000_000
"""What is sent is looked at beside the server from here on."""

LONG_DOCUMENTS, LONG_MARKS, LONG_CHARACTERS = 2_000, 20_000, 20_000_000
"""A project with more is counted, and made into a file, beside the server."""

_SLOW = {".pdf": 8, ".docx": 4, ".epub": 4, ".zip": 4, ".xmi": 2}
"""How many times as long as plain lines a byte of these takes."""

_PACKED = 20
"""How many bytes may be in one of a gzip, which does not say it; text has four to eight."""

_ANY = archives.Limits(members=2**31, member=2**62, total=2**62, ratio=2**31)

INCOMING = ("look", "import", "bundle-look", "bundle-import")
"""Kinds that need what was sent."""

_OFTEN = 0.3
"""Seconds between two notes of how far it is."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a transfer is: ``done`` of ``total``, in bytes or in documents.

    ``rate`` is a second, ``left`` seconds; both are ``None`` while nothing can be said. ``step`` is
    what is being done.
    """

    done: int = 0
    total: int = 0
    unit: str = "documents"
    step: str = ""
    seconds: float = 0

    @property
    def percent(self) -> int | None:
        return min(100, 100 * self.done // self.total) if self.total else None

    @property
    def rate(self) -> float | None:
        return self.done / self.seconds if self.done and self.seconds >= 1 else None

    @property
    def left(self) -> float | None:
        rate = self.rate
        return (self.total - self.done) / rate if rate and self.total >= self.done else None


class Folder:
    """The folder of one transfer, for its owner alone."""

    def __init__(self, path: Path):
        self.path = path
        self._told = 0.0
        self._began: dict[str, float] = {}

    def make(self) -> None:
        self.path.parent.mkdir(mode=0o700, exist_ok=True)
        self.path.mkdir(mode=0o700, exist_ok=True)

    @property
    def file(self) -> Path:
        """What an export made."""
        return self.path / "file"

    @property
    def size(self) -> int:
        """Bytes of everything in it."""
        sizes = 0
        for place in self.path.rglob("*"):
            with suppress(OSError):
                sizes += place.stat().st_size
        return sizes

    @property
    def has_upload(self) -> bool:
        return (self.path / "upload" / "list").exists()

    def upload(self) -> Upload:
        """What was sent. Raises ``Gone`` where it is not there."""
        return Uploads.at(self.path / "upload")

    def drop_upload(self) -> None:
        """Remove what was sent, once it is stored."""
        shutil.rmtree(self.path / "upload")

    @property
    def frozen(self) -> Path:
        """The assignment of an earlier split, whose documents stay where they are."""
        return self.path / "frozen"

    def keep_frozen(self, data: bytes) -> None:
        self.make()
        self.frozen.write_bytes(data)

    def opened(self) -> IO[bytes]:
        """The file that was made. Raises ``OSError``."""
        return self.file.open("rb")

    def made(self) -> IO[bytes]:
        """A new file beside the one to be made; ``keep`` gives it its name."""
        self.drop_unfinished()
        place = self.path / "unfinished"
        return os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")

    def keep(self) -> None:
        (self.path / "unfinished").replace(self.file)

    def drop_unfinished(self) -> None:
        (self.path / "unfinished").unlink(missing_ok=True)

    def drop(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)

    def lock(self) -> FileLock:
        return FileLock(self.path / "lock", thread_local=False, mode=0o600)

    @property
    def is_idle(self) -> bool:
        """Whether no process works in it."""
        if not self.path.exists():
            return True
        lock = self.lock()
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return False
        lock.release()
        return True

    def ask_to_stop(self) -> None:
        """For a process that is not this server's own."""
        with suppress(OSError):
            (self.path / "stop").touch(mode=0o600)

    @property
    def is_asked_to_stop(self) -> bool:
        return (self.path / "stop").exists()

    def begin(self) -> None:
        (self.path / "stop").unlink(missing_ok=True)
        (self.path / "progress").unlink(missing_ok=True)

    def tell(self, step: str, unit: str, done: int, total: int) -> None:
        """Note how far it is, now and then. Raises ``Stopped`` where somebody wants it to end."""
        at = time.monotonic()
        began = self._began.setdefault(step, at)
        if at - self._told < _OFTEN:
            return
        self._told = at
        if self.is_asked_to_stop:
            raise Stopped
        if done > total:  # what is in an archive is longer than the archive
            total = 0
        said = {"step": step, "unit": unit, "done": done, "total": total, "seconds": at - began}
        place = self.path / f"progress.{secrets.token_hex(4)}"
        with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(orjson.dumps(said))
        place.replace(self.path / "progress")

    def progress(self) -> Progress:
        try:
            return Progress(**orjson.loads((self.path / "progress").read_bytes()))
        except (OSError, orjson.JSONDecodeError, TypeError):
            return Progress()


class Stopped(Exception):
    """Somebody wants the work to end before it is done."""


def folder_of(database: str | Path, uid: str) -> Folder:
    """The folder of a transfer, which need not be there. ``uid`` is one that the database has."""
    return Folder(Path(f"{database}.transfers") / uid)


def is_long(upload: Upload) -> bool:
    """Whether a page should not wait until an upload is read: for what is in it, not what it is."""
    return sum(map(_effort, upload.sources)) > LONG_BYTES


def _effort(source: Source) -> int:
    """How many bytes of plain lines take as long as a file."""
    packed = source.size * _slow(source.name)
    with source.open() as stream:
        head = stream.read(4)
        if head.startswith(b"\x1f\x8b"):
            return source.size * _PACKED
        if not head.startswith(b"PK"):
            return packed
        try:
            with archives.opened(stream, source.name, _ANY, is_document=True) as archive:
                return max(packed, sum(each.size * _slow(each.name) for each in archive.members))
        except BadInput:
            return packed  # whoever reads it says what is wrong


def _slow(name: str) -> int:
    return _SLOW.get(Path(name).suffix.lower(), 1)


def name_of(*parts: object) -> str:
    """The id of a transfer that is about all this: the same again is the same transfer."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


class Desk:
    """The transfers of one server: starts, cancels and looks after them."""

    def __init__(self, store: Store, jobs: Jobs, counts: Jobs):
        self._store, self._jobs, self._counts = store, jobs, counts

    def folder(self, uid: str) -> Folder:
        return folder_of(self._store.database.path, uid)

    def start(
        self,
        project: Project | None,
        person: Person,
        kind: str,
        title: str,
        asked: Mapping[str, Any],
        uid: str,
        upload: Upload | None = None,
        op: str = "",
        frozen: bytes = b"",
    ) -> Transfer:
        """Have something done; the same ``uid`` again finds it being done. Takes the upload along,
        and the assignment of an earlier split.

        ``op`` is the operation id of what it stores, where that is known by now. Raises
        ``BadInput`` where too many wait already.
        """
        self.sweep()
        made = self._store.transfers.add(project, person, kind, title, asked, uid, op)
        folder = self.folder(uid)
        if not made.is_over:
            folder.make()
            if frozen:
                folder.keep_frozen(frozen)
            if upload is not None and not folder.has_upload:
                Uploads(self._store.database.path).move(upload.name, folder.path / "upload")
            self._run(made)
        return made

    def again(
        self,
        transfer: Transfer,
        kind: str | None = None,
        asked: Mapping[str, Any] | None = None,
        op: str | None = None,
    ) -> None:
        """Have one that is over done once more, or go on as something else.

        Raises ``Conflict`` where what it needs is gone.
        """
        folder = self.folder(transfer.id)
        if (kind or transfer.kind) in INCOMING and not folder.has_upload:
            raise Conflict("The files that were sent are gone; send them again.")
        folder.make()
        if self._store.transfers.wait(transfer.id, kind, asked, op):
            self._run(self._store.transfers.by_id(transfer.id))

    def _run(self, transfer: Transfer) -> None:
        jobs = self._counts if transfer.kind == "count" else self._jobs
        jobs.start("transfer", transfer.id)

    def is_large(self, project: Project) -> bool:
        """Whether a page should not wait until a project is gone through."""
        return self._store.transfers.outweighs(project, LONG_DOCUMENTS, LONG_MARKS, LONG_CHARACTERS)

    def export(
        self,
        project: Project,
        person: Person,
        title: str,
        query: Sequence[tuple[str, str]],
        frozen: bytes = b"",
    ) -> Transfer:
        """Have a file made: the one that is there, where nothing changed since it was made.

        ``frozen`` is the assignment of an earlier split, for another one.
        """
        asked: dict[str, Any] = {"query": query}
        if frozen:
            asked["frozen"] = hashlib.sha256(frozen).hexdigest()
        return self.make("export", project, person, title, asked, frozen)

    def pack(self, project: Project, person: Person, title: str, history: bool) -> Transfer:
        """Have a bundle made: the one that is there, where nothing changed since it was made."""
        return self.make("bundle-export", project, person, title, {"history": history})

    def make(
        self,
        kind: str,
        project: Project,
        person: Person,
        title: str,
        asked: Mapping[str, Any],
        frozen: bytes = b"",
    ) -> Transfer:
        """Have a file made: the one that is there, where nothing changed since it was made."""
        made = self._asked(kind, project, person, title, asked, frozen)
        if made.is_over and not (made.state == "done" and self.folder(made.id).file.exists()):
            if frozen:
                self.folder(made.id).keep_frozen(frozen)
            self.again(made)
        return made

    def count(self, project: Project, person: Person, query: Sequence[tuple[str, str]]) -> Transfer:
        """Have counted what would be in a file. What the person had counted before is given up."""
        made = self._asked("count", project, person, "", {"query": query})
        for other in self._store.transfers.counts(project, person):
            if other.id != made.id and not other.is_over:
                self.cancel(other)
        if made.state in ("cancelled", "interrupted"):
            self.again(made)
        return self._store.transfers.find(project, made.id)

    def _asked(
        self,
        kind: str,
        project: Project,
        person: Person,
        title: str,
        asked: Mapping[str, Any],
        frozen: bytes = b"",
    ) -> Transfer:
        at = self._store.log.newest()
        said = [
            (name, sorted(value) if name == "query" else value) for name, value in asked.items()
        ]
        uid = name_of(kind, project.id, person.id, sorted(said), at)
        made = self.start(project, person, kind, title, asked, uid, frozen=frozen)
        return self._settled(made, project)

    def cancel(self, transfer: Transfer) -> bool:
        """End one that waits or runs; ``False`` where it was done before that."""
        folder = self.folder(transfer.id)
        folder.ask_to_stop()
        for jobs in (self._jobs, self._counts):
            jobs.cancel("transfer", transfer.id)
        return self._store.transfers.end(transfer.id, "cancelled")

    def drop(self, transfer: Transfer) -> None:
        """Forget one that is over, with its files."""
        if transfer.is_over:
            self._store.transfers.forget(transfer.id)
            self.folder(transfer.id).drop()

    def find(self, project: Project | None, uid: str) -> Transfer:
        """Raises ``NotFound``. Without a project: a bundle that comes in."""
        return self._settled(self._store.transfers.find(project, uid), project)

    def of(self, project: Project | None) -> list[Transfer]:
        """Those of a project, the newest first; what is too old is gone. ``None``: bundles that
        come in."""
        self.sweep()
        return [self._settled(each, project) for each in self._store.transfers.of(project)]

    def progress(self, transfer: Transfer) -> Progress:
        return self.folder(transfer.id).progress()

    def _settled(self, transfer: Transfer, project: Project | None) -> Transfer:
        """The same, unless its process is no more: then it says so."""
        if transfer.is_over or self._is_alive(transfer):
            return transfer
        fresh = self._store.transfers.find(project, transfer.id)
        if fresh.is_over:
            return fresh
        stored = self._store.transfers.was_stored(fresh)
        if stored is not None:
            self._store.transfers.end(fresh.id, "done", stored)
        else:
            self._store.transfers.end(fresh.id, "interrupted")
        return self._store.transfers.find(project, transfer.id)

    def _is_alive(self, transfer: Transfer) -> bool:
        jobs = self._counts if transfer.kind == "count" else self._jobs
        if jobs.is_under_way("transfer", transfer.id):
            return True
        return not self.folder(transfer.id).is_idle

    def close(self) -> None:
        """End everything that runs."""
        self._jobs.close()
        self._counts.close()

    def sweep(self) -> None:
        """Remove what is too old or too much, and folders that nobody knows."""
        oldest = (datetime.now(UTC) - timedelta(days=DAYS)).isoformat()
        kept = size = 0
        known = set()
        for transfer in self._store.transfers.every():
            folder = self.folder(transfer.id)
            if transfer.is_over:
                kept, size = kept + 1, size + folder.size
                old = transfer.kind == "count" and kept > MOST_KEPT // 2
                if old or transfer.ended < oldest or kept > MOST_KEPT or size > MOST_BYTES:
                    self.drop(transfer)
                    continue
            known.add(transfer.id)
        with suppress(FileNotFoundError):
            for place in Path(f"{self._store.database.path}.transfers").iterdir():
                if place.name not in known and Folder(place).is_idle:
                    shutil.rmtree(place, ignore_errors=True)
