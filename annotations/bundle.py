"""A bundle: one archive with everything of a project, from which an equal one is made elsewhere.

- ``manifest.json``  what this is, how much there is of what, and the SHA-256 of each other file
- ``marks.jsonl``    every layer in the native format, and ``guidelines.md``: for people and other
  programs. They are made of what follows, and are not read when a bundle comes in
- ``project.json``   the project and the people in it
- ``codebook/N.toml`` the codebook, every version
- ``tables/*.jsonl`` all rows, in terms that mean the same elsewhere (``store.bundles``): texts and
  earlier texts, marks and deleted ones, names with aliases, states, labels of documents,
  suggestions and what was decided on them, where people left off
- ``history.jsonl``  if asked: every change with what it altered, so that it can be undone there

The same project gives the same bytes. What comes in is checked by its hashes before anything is
stored; then it becomes a project of its own, in one act. It is never merged into one that is there.
"""

import hashlib
import re
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from pathlib import Path
from typing import IO, Any

import orjson

from annotations.cancellation import checkpoint
from annotations.document import checked_text, new_id
from annotations.errors import BadInput, BadLine
from annotations.formats import jsonl
from annotations.formats.archive import slug, zipped
from annotations.formats.lines import MAX_LINE
from annotations.ingest import archives
from annotations.store import Act, Person, Project, Store, open_store
from annotations.store.bundle_tables import SELF
from annotations.store.bundles import TABLES, Contents
from annotations.store.schema import MIGRATIONS

SCHEMA = "postil-bundle/1"
MEDIA_TYPE = "application/zip"
LIMITS = archives.Limits(member=8 * 2**30, total=16 * 2**30, ratio=500)
"""What a bundle may come to. It is read line by line."""

_MANIFEST, _PROJECT, _HISTORY = "manifest.json", "project.json", "history.jsonl"
_VERSION = re.compile(r"codebook/([1-9][0-9]{0,8})\.toml")
_SMALL = 64 * 1024 * 1024
"""Bytes of a file that is read whole."""

_IN_MEMORY = 4 * 1024 * 1024

Json = dict[str, Any]

Told = Callable[[str, int, int], None]
"""Is told how far it is: the step (``checking``, ``trying`` or ``storing``), bytes done, bytes in
all."""

TITLES = 20
"""Documents, and people, that are told by name."""


# ── out ───────────────────────────────────────────────────────────────────────────────────────────


def write(store: Store, project: Project, *, history: bool = False) -> Generator[bytes, None, None]:
    """The bytes of a bundle; with the history, if asked.

    It sees the database at one moment, so it keeps a read transaction open on the thread that reads
    it: read it to the end, or close it.
    """
    with store.database.reading():
        yield from zipped(_files(store, project, history))


def made(store: Store, project: Project, *, history: bool = False) -> tuple[IO[bytes], int]:
    """A bundle as a file, open at its beginning and gone once closed, and its size in bytes.

    Raises ``Cancelled``.
    """
    file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - the caller closes it
    try:
        with closing(write(store, project, history=history)) as pieces:
            for piece in pieces:
                checkpoint()
                file.write(piece)
        size = file.tell()
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file, size


def file_name(project: Project) -> str:
    """What to call the file of a project's bundle: as far as every system takes it, in ASCII."""
    plain = project.name.encode("ascii", "ignore").decode("ascii")
    return f"{slug(plain, 'project').lower()}.bundle.zip"


def _files(store: Store, project: Project, history: bool) -> Iterator[tuple[str, Iterable[bytes]]]:
    tally: dict[str, Json] = {}
    for name, pieces in _contents(store, project, history):
        yield name, _tallied(name, pieces, tally)
    versions = sum(1 for name in tally if name.startswith("codebook/"))
    manifest = {
        "schema": SCHEMA,
        "postil": _version(),
        "tables": len(MIGRATIONS),
        "project": {"id": project.id, "name": project.name},
        "codebook": versions,
        "history": history,
        "files": tally,
    }
    yield _MANIFEST, [orjson.dumps(manifest, option=orjson.OPT_INDENT_2) + b"\n"]


def _version() -> str:
    try:
        return installed("postil")
    except PackageNotFoundError:
        return ""


def _tallied(name: str, pieces: Iterable[bytes], tally: dict[str, Json]) -> Iterator[bytes]:
    digest, size, lines = hashlib.sha256(), 0, 0
    for piece in pieces:
        digest.update(piece)
        size += len(piece)
        lines += piece.count(b"\n")
        yield piece
    said: Json = {"sha256": digest.hexdigest(), "bytes": size}
    tally[name] = {**said, "lines": lines} if name.endswith(".jsonl") else said


def _contents(
    store: Store, project: Project, history: bool
) -> Iterator[tuple[str, Iterable[bytes]]]:
    numbers = store.bundles.numbers(project) if history else None
    contents = store.bundles.contents(project, numbers)
    yield (
        _PROJECT,
        [orjson.dumps({"project": contents.project, "people": contents.people}) + b"\n"],
    )
    for version, toml in contents.codebooks.items():
        yield f"codebook/{version}.toml", [toml.encode("utf-8")]
    guidelines = store.codebooks.of(project.key).guidelines
    yield "guidelines.md", [guidelines.encode("utf-8")]
    layers = store.exchange.choose(project, None, every=True)
    yield "marks.jsonl", jsonl.write(store.exchange.out(project, layers))
    for table in TABLES:
        yield f"tables/{table.name}.jsonl", _lines(store.bundles.rows(project, table, numbers))
    if numbers is not None:
        yield _HISTORY, _lines(store.bundles.log(project, numbers))


def _lines(rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    for row in rows:
        yield orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)


# ── in ────────────────────────────────────────────────────────────────────────────────────────────


def is_bundle(names: Iterable[str]) -> bool:
    """Whether files of these names are a bundle, whole or not."""
    present = set(names)
    return _PROJECT in present and any(name.startswith("tables/") for name in present)


def holds_bundle(stream: IO[bytes]) -> bool:
    """Whether a file is a bundle, whole or not; it is left at its beginning."""
    stream.seek(0)
    head = stream.read(512)
    stream.seek(0)
    if not archives.is_archive("", head):
        return False
    try:
        with archives.opened(stream, "", LIMITS) as archive:
            return is_bundle(member.name for member in archive.members)
    except BadInput:
        return False
    finally:
        stream.seek(0)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle that was opened and whose files are those that its manifest names."""

    manifest: Json
    _members: Mapping[str, archives.Member]
    _read: Callable[[int], None] = lambda count: None

    @property
    def has_history(self) -> bool:
        return self.manifest.get("history") is True

    @property
    def name(self) -> str:
        """What the project is called in it."""
        project = self.manifest.get("project")
        said = project.get("name") if isinstance(project, dict) else None
        return said if isinstance(said, str) else ""

    def whole(self, name: str) -> bytes:
        """A file of it. Raises ``BadInput`` for one that is missing or too long."""
        if name not in self._members:
            raise BadInput(f"{name} is missing from the bundle; take it home anew.")
        with self._members[name].open() as stream:
            data = stream.read(_SMALL + 1)
        if len(data) > _SMALL:
            raise BadInput(f"{name} has more than {_SMALL // 2**20} MB, so this is no bundle.")
        return data

    def rows(self, name: str) -> Iterator[Json]:
        """The objects of a file of lines. Raises ``BadLine``."""
        if name not in self._members:
            raise BadInput(f"{name} is missing from the bundle; take it home anew.")
        with self._members[name].open() as stream:
            number = 0
            while line := stream.readline(MAX_LINE + 1):
                number += 1
                self._read(len(line))
                yield _object(line, name, number)

    def to_store(self) -> int:
        """Bytes that are read while it is stored: some rows point at rows like them, and changes at
        what comes after, so those files are read more than once."""
        times = {f"tables/{name}.jsonl": 2 for name in SELF} | {_HISTORY: 3}
        ours = [m for m in self._members.values() if m.name.startswith("tables/")]
        if self.has_history and _HISTORY in self._members:
            ours.append(self._members[_HISTORY])
        return sum(member.size * times.get(member.name, 1) for member in ours)

    def contents(self) -> Contents:
        """Project, people and codebooks. Raises ``BadInput``."""
        said = _object(self.whole(_PROJECT), _PROJECT, None)
        project, people = said.get("project"), said.get("people")
        if not isinstance(project, dict) or not isinstance(people, list):
            raise BadLine("there is no project, or there are no people", name=_PROJECT)
        if not all(isinstance(person, dict) for person in people):
            raise BadLine("there is a person that is no object", name=_PROJECT)
        codebooks = {}
        for name in self._members:
            if found := _VERSION.fullmatch(name):
                codebooks[int(found[1])] = self.whole(name).decode("utf-8")
            elif name.startswith("codebook/"):
                raise BadInput(f"{name} is no version of a codebook")
        return Contents(project, people, codebooks)


@contextmanager
def opened(stream: IO[bytes], name: str = "", told: Told | None = None) -> Iterator[Bundle]:
    """A bundle, once each of its files is what the manifest says.

    Raises ``BadInput`` for one that is incomplete, was changed, or is of a newer Postil.
    """
    with archives.opened(stream, name, LIMITS) as archive:
        members = {member.name: member for member in archive.members}
        if _MANIFEST not in members:
            raise BadInput(
                f"{name or 'This'} has no manifest, so it is no bundle, or only a part of one."
            )
        bundle = Bundle({}, members)
        bundle = Bundle(_object(bundle.whole(_MANIFEST), _MANIFEST, None), members)
        _verify(bundle, members, told)
        yield bundle


def _telling(bundle: Bundle, step: str, told: Told | None) -> Bundle:
    """The same bundle, which tells how much of it has been read."""
    if told is None:
        return bundle
    done, total = 0, bundle.to_store()

    def read(count: int) -> None:
        nonlocal done
        done += count
        told(step, done, total)

    return replace(bundle, _read=read)


def _verify(bundle: Bundle, members: Mapping[str, archives.Member], told: Told | None) -> None:
    manifest = bundle.manifest
    if manifest.get("schema") != SCHEMA:
        raise BadInput(
            f"This is “{str(manifest.get('schema'))[:40]}”, and Postil reads “{SCHEMA}”; "
            "is it of a newer Postil?"
        )
    tables = manifest.get("tables")
    if type(tables) is not int or tables > len(MIGRATIONS):
        raise BadInput("The bundle is of a newer Postil; install that one to take it in.")
    files = manifest.get("files")
    if not isinstance(files, dict):
        raise BadInput("The manifest names no files, so this is no bundle.")
    there = set(members) - {_MANIFEST}
    for what, names in (
        ("is missing", set(files) - there),
        ("does not belong", there - set(files)),
    ):
        if names:
            raise BadInput(
                f"{sorted(names)[0]} {what} in the bundle ({len(names)} such); nothing was taken. "
                "Take the bundle home anew."
            )
    done, total = 0, sum(members[name].size for name in files)

    def read(count: int) -> None:
        nonlocal done
        done += count
        if told is not None:
            told("checking", done, total)

    for name, said in files.items():
        expected = said.get("sha256") if isinstance(said, dict) else None
        if _digest(members[name], read) != expected:
            raise BadInput(
                f"{name} is not what the bundle's manifest says: it was changed, or is damaged. "
                "Nothing was taken; take the bundle home anew."
            )


def _digest(member: archives.Member, read: Callable[[int], None]) -> str:
    digest = hashlib.sha256()
    with member.open() as stream:
        while piece := stream.read(2**20):
            digest.update(piece)
            read(len(piece))
    return digest.hexdigest()


def _object(line: bytes, name: str, number: int | None) -> Json:
    try:
        read = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise BadLine(f"this is not JSON: {error.msg}", number, name) from None
    if not isinstance(read, dict):
        raise BadLine("this is no JSON object", number, name)
    return read


@dataclass(frozen=True, slots=True)
class Held:
    """What is in a bundle, of what is not deleted there.

    ``id`` and ``name`` are its project's; ``titles`` those of the first documents, ``people`` the
    names of the first of so many ``persons``; ``codebooks`` is how many versions of the codebook,
    ``changes`` of how many acts the history tells, ``None`` where there is no history.
    """

    id: str
    name: str
    documents: int
    layers: int
    spans: int
    relations: int
    titles: tuple[str, ...]
    persons: int
    people: tuple[str, ...]
    codebooks: int
    changes: int | None


def survey(bundle: Bundle) -> Held:
    """What is in a bundle. Raises ``BadInput``."""
    contents = bundle.contents()

    def living(table: str) -> Iterator[Json]:
        return (row for row in bundle.rows(f"tables/{table}.jsonl") if not row.get("deleted"))

    documents, titles = 0, []
    for documents, row in enumerate(living("documents"), 1):
        if documents <= TITLES:
            titles.append(_shown(row.get("title")))
    people = [_shown(person.get("name")) for person in contents.people]
    return Held(
        id=_shown(contents.project.get("uid")),
        name=_shown(contents.project.get("name")),
        documents=documents,
        layers=sum(row.get("kind") != "suggestion" for row in living("layers")),
        spans=_count(living("annotations")),
        relations=_count(living("relations")),
        titles=tuple(titles),
        persons=len(people),
        people=tuple(people[:TITLES]),
        codebooks=len(contents.codebooks),
        changes=_count(bundle.rows(_HISTORY)) if bundle.has_history else None,
    )


def _shown(value: Any) -> str:
    return checked_text(value[:300], "text") if isinstance(value, str) else ""


def _count(rows: Iterable[Json]) -> int:
    return sum(1 for _ in rows)


def take(
    store: Store,
    person: Person,
    stream: IO[bytes],
    called: str = "",
    name: str = "",
    op: str = "",
    told: Told | None = None,
) -> Project:
    """A new project that is equal to the one of the bundle, in one act, or none.

    Ids are kept; the project's is new where it is taken, and so is its name, unless ``name`` gives
    it another. ``called`` is what messages call the file. Raises ``BadInput``.
    """
    with opened(stream, called, told) as bundle:
        act = Act(
            op=op or new_id(),
            person=person.key,
            kind="import",
            request=["bundle", bundle.manifest.get("files"), name],
        )
        return _take(store, act, _telling(bundle, "storing", told), name)


def rehearse(bundle: Bundle, folder: Path, told: Told | None = None) -> None:
    """Take a bundle into a database that is thrown away, so that its refusals are known before.

    That database lies in the ``folder`` meanwhile. Raises what ``take`` raises, but for a name that
    is taken.
    """
    with (
        tempfile.TemporaryDirectory(prefix="trial-", dir=folder) as place,
        open_store(Path(place) / "trial.db") as store,
    ):
        store.database.need_not_last()
        act = Act(op=new_id(), person=store.people.first().key, kind="import")
        _take(store, act, _telling(bundle, "trying", told), "")


def _take(store: Store, act: Act, bundle: Bundle, name: str) -> Project:
    try:
        return store.bundles.take(
            act,
            bundle.contents(),
            lambda table: bundle.rows(f"tables/{table}.jsonl"),
            (lambda: bundle.rows(_HISTORY)) if bundle.has_history else None,
            name,
        )
    except UnicodeDecodeError as error:
        raise BadInput(f"A file of the bundle is not in UTF-8: {error.reason}.") from error
