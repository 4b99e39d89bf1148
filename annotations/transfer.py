"""Import and export, as the command line and the pages both do them.

In: ``Incoming`` reads sources lazily and knows which line of which file it is at; ``preview``
counts what is in them, ``take`` stores it, all or nothing. Out: ``outgoing`` yields the bytes of a
file and counts what goes into it, what its format cannot carry and what was not selected
(``selection``); ``survey`` counts without making it; ``snapshot`` makes it, in a temporary file
that sees the database at one moment.
"""

import io
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import PurePath
from typing import IO, Any

from annotations import formats
from annotations.bundle import is_bundle
from annotations.codebook import to_toml
from annotations.document import Annotated, new_id
from annotations.errors import BadInput, BadLine, PostilError, QuotesDiffer
from annotations.formats import Member, Reading, Writing
from annotations.ingest import KINDS as ARTICLE_KINDS
from annotations.ingest import SUFFIXES as ARTICLE_SUFFIXES
from annotations.ingest import Ingested, archives, guess_kind, ingest, max_bytes
from annotations.selection import Chosen, Selection, choose_layers
from annotations.store import Act, Person, Project, Store
from annotations.twins import Twin, Twins

__all__ = ["Selection", "choose_layers"]

IN_MEMORY = 4 * 1024 * 1024
"""Bytes of an export that are kept in memory before they go to the disk."""

AHEAD = 8 * 1024 * 1024
"""Bytes of an import that are read into memory to be checked before anything is stored."""

_HEAD = 4096

_Entry = tuple[Annotated, str, "int | None", "Ingested | None"]
"""An entry, the file and line that it came from, and how it was read where it is an article."""


# ── in ────────────────────────────────────────────────────────────────────────────────────────────


def kinds() -> tuple[str, ...]:
    """What a file to import may be: the formats that can be read, and the kinds of article."""
    return formats.readable() + ARTICLE_KINDS


@dataclass(frozen=True, slots=True)
class Source:
    """Something to import. ``open`` gives it from its beginning, each time; ``size`` is in bytes.

    ``kind`` is one of ``kinds()``, or empty: then name and content tell. ``called`` is what
    messages call it, where it has no name; ``within`` the folder or archive that it lies in: what
    lies in the same is looked at together, for formats of several files. ``encoding`` and ``page``
    are what ``ingest`` is told about an article. ``folder`` is there for a folder: what is in it is
    read, as with an archive, and ``open`` is never called.
    """

    name: str
    open: Callable[[], AbstractContextManager[IO[bytes]]]
    size: int
    kind: str = ""
    called: str = ""
    within: str = ""
    encoding: str = ""
    page: str = ""
    folder: archives.Archive | None = None

    @property
    def title(self) -> str:
        """What messages call it, with the archive or folder that it lies in."""
        name = self.name or self.called
        return f"{self.within.rstrip('/')}/{name}" if self.within else name


def of_folder(path: str, kind: str = "", **said: str) -> Source:
    """A folder with all that is in it. Raises ``BadArchive`` when that is too much."""
    found = archives.folder(path)
    size = sum(member.size for member in found.members)
    return Source(path, lambda: io.BytesIO(), size, kind, folder=found, **said)


class Incoming(Iterator[Annotated]):
    """The entries of all sources in turn, read lazily. Every error names its source and line.

    ``name`` and ``line`` are the place of the newest entry; ``line`` is ``None`` in an article.
    ``notes`` are what there is to say of articles that were read, each with the name of its source;
    ``number`` counts the documents from 0, those that are left out too;
    ``article`` is how the newest entry was read, where that is an article. ``twin`` is a document
    with the same text that came before or is stored, where ``twins`` know of one; those that are to
    be left out never come.
    ``progress`` is told how many bytes have been read; ``reading`` is handed to the formats, which
    count in ``lost`` what they could not keep; what is refused goes to ``bad``, and is skipped.
    Raises ``BadLine``, and ``OSError`` for a source that cannot be opened.
    """

    def __init__(
        self,
        sources: Iterable[Source],
        progress: Callable[[int], None] | None = None,
        reading: Reading | None = None,
        bad: Callable[[BadLine], None] | None = None,
        twins: Twins | None = None,
    ):
        self.name = ""
        self.line: int | None = None
        self.notes: list[tuple[str, str]] = []
        self.article: Ingested | None = None
        self.number = -1
        self._newest = ""
        self.twin: Twin | None = None
        self._twins = twins
        self.is_broken = False
        self._sources, self._progress = tuple(sources), progress
        self._reading, self._bad = reading or Reading(), bad
        self._bytes = 0
        self._entries = self._read(self._advance)

    def __next__(self) -> Annotated:
        while True:
            entry, self.name, self.line, self.article = next(self._entries)
            if entry.document.id != self._newest:
                self._newest = entry.document.id
                self.number += 1
            twins = self._twins
            is_asked = twins is not None and (twins.everything or self.article is not None)
            self.twin = twins.of(entry.document) if twins is not None and is_asked else None
            if self.twin is None or twins is None or not twins.leave_out:
                return entry

    @property
    def lost(self) -> Counter[str]:
        """What was in the files and could not be kept, so far."""
        return self._reading.lost

    def read_ahead(self) -> None:
        """Read and check everything now, before anything is stored.

        A small import stays in memory, a large one is read again when it is stored.
        """
        if sum(source.size for source in self._sources) <= AHEAD:
            self._entries = iter(list(self._entries))
        else:
            # What is skipped and what is lost is told when it is read for good.
            told = self._reading, self._bad
            self._reading = replace(self._reading, lost=Counter())
            self._bad = self._bad and (lambda error: None)
            for _ in self._read(None):
                pass
            self._reading, self._bad = told

    def _advance(self, count: int) -> None:
        self._bytes += count
        if self._progress is not None:
            self._progress(self._bytes)

    def _read(self, progress: Callable[[int], None] | None) -> Iterator[_Entry]:
        with ExitStack() as stack:
            yield from self._read_all(self._unpacked(stack), progress)

    def _unpacked(self, stack: ExitStack) -> list[Source]:
        """The sources, with the members of archives and folders in their place."""
        found: list[Source] = []
        for source in self._sources:
            try:
                archive = source.folder or _archive(source, stack)
                if archive is None:
                    found.append(source)
                    continue
                _refuse_bundle(archive)
                members, note = archives.articles(archive, _suffixes(archive), bool(source.kind))
            except PostilError as error:
                self._refuse(error, "")
                continue
            if note:
                self.notes.append((source.title, note))
            found += [
                replace(
                    source,
                    name=m.name,
                    open=m.open,
                    size=m.size,
                    within=source.name or source.called,
                    folder=None,
                )
                for m in members
            ]
        return found

    def _read_all(
        self, sources: Sequence[Source], progress: Callable[[int], None] | None
    ) -> Iterator[_Entry]:
        for group in _groups(sources):
            called = group[0].within or group[0].title
            try:
                if (gathered := self._gathered(group, progress)) is not None:
                    for entry in gathered:
                        yield entry, called, None, None
                    continue
            except PostilError as error:
                self._refuse(error, called)
                continue
            for source in group:
                try:
                    with source.open() as stream:
                        lines = _Lines(stream, progress)
                        for entry, line, article in self._read_one(source, lines, len(sources) > 1):
                            yield entry, source.title, line, article
                except PostilError as error:
                    self._refuse(error, source.title)

    def _refuse(self, error: PostilError, called: str) -> None:
        """Nothing more is read of a source, or of all of them where nothing may be skipped."""
        refused = placed(error, called)
        if self._bad is None:
            self.is_broken = True
            raise refused from error
        self._bad(refused)

    def _gathered(
        self, group: Sequence[Source], progress: Callable[[int], None] | None
    ) -> Iterator[Annotated] | None:
        """What sources are together, where they are in a format of several files."""
        kinds = {source.kind for source in group}
        names = [source.name for source in group]
        kind = next(iter(kinds)) if len(kinds) == 1 else ""
        kind = kind or formats.guess_together(names) or ""
        if kind in ("", *ARTICLE_KINDS) or (gather := formats.get(kind).gather) is None:
            return None
        members = [Member(s.name, s.size, _told(s.open, progress)) for s in group]
        reading = replace(self._reading, name=group[0].within)
        return gather(members, self._bad, reading)

    def _read_one(
        self, source: Source, lines: "_Lines", is_one_of_many: bool
    ) -> Iterator[tuple[Annotated, int | None, Ingested | None]]:
        kind = source.kind or formats.guess(source.name, lines.peek(_HEAD)) or ""
        if kind in ("", *ARTICLE_KINDS):
            _refuse_what_is_only_written(source.name, kind)
            kind = kind or guess_kind(source.name)
            _refuse_what_is_too_long(source.size, kind)
            found = ingest(
                lines.read(max_bytes(kind) + 1),
                name=PurePath(source.name).name,
                kind=kind,
                encoding=source.encoding,
                page=source.page,
                is_one_of_many=is_one_of_many,
            )
            self.notes.extend((source.title, note) for note in found.notes)
            yield Annotated(document=found.document), None, found
            return
        read = formats.get(kind).read
        if read is None:
            raise BadInput(f"Postil writes {kind} but does not read it.")
        for entry in read(lines, self._bad_in(source), replace(self._reading, name=source.name)):
            yield entry, lines.number or None, None

    def _bad_in(self, source: Source) -> Callable[[BadLine], None] | None:
        bad = self._bad
        if bad is None:
            return None
        called = source.title
        return lambda error: bad(placed(error, called))


def _archive(source: Source, stack: ExitStack) -> archives.Archive | None:
    """The archive that a source is, opened for as long as the stack is; ``None`` for a file."""
    lowered = source.name.lower()
    is_ours = any(
        formats.get(name).reads and lowered.endswith(formats.get(name).endings)
        for name in formats.readable()
    )
    if is_ours:
        return None
    with ExitStack() as opening:
        stream = opening.enter_context(source.open())
        if not archives.is_archive(source.name, stream.read(512)):
            return None
        archive = opening.enter_context(archives.opened(stream, source.title))
        stack.enter_context(opening.pop_all())
        return archive


def _refuse_bundle(archive: archives.Archive) -> None:
    if is_bundle(member.name for member in archive.members):
        raise BadInput(
            "This is a bundle, which becomes a project of its own and is never merged into one; "
            "take it in with: postil import FILE"
        )


def _suffixes(archive: archives.Archive) -> set[str]:
    """Of all files that can be read out of an archive."""
    ours = {suffix for name in formats.readable() for suffix in formats.get(name).endings}
    together = formats.guess_together([member.name for member in archive.members])
    beside = formats.get(together).beside if together is not None else ()
    return {*ours, *beside, *ARTICLE_SUFFIXES, *_json_of_ours(archive)}


def _json_of_ours(archive: archives.Archive) -> Iterator[str]:
    """The suffix of JSON files, where the first one says of itself that it is in a format of ours;
    so a program's own settings among articles are still passed over."""
    for member in archive.members:
        if member.name.lower().endswith(".json"):
            with member.open() as stream:
                if formats.guess(member.name, stream.read(_HEAD)) is not None:
                    yield ".json"
            return


def _groups(sources: Sequence[Source]) -> Iterator[Sequence[Source]]:
    """Sources that lie in the same folder or archive, or are said to be of a format of several
    files; each other one by itself."""
    for (within, kind), group in groupby(sources, key=lambda source: (source.within, source.kind)):
        together = kind and kind not in ARTICLE_KINDS and formats.get(kind).gathers
        if within or together:
            yield tuple(group)
        else:
            yield from ((source,) for source in group)


def _told(
    opens: Callable[[], AbstractContextManager[IO[bytes]]], progress: Callable[[int], None] | None
) -> Callable[[], AbstractContextManager[IO[bytes]]]:
    @contextmanager
    def opened() -> Iterator[IO[bytes]]:
        with opens() as stream:
            yield _Lines(stream, progress)

    return opened


class _Lines(io.BufferedReader):
    """A stream that knows how many lines and bytes were read of it."""

    def __init__(self, stream: IO[bytes], progress: Callable[[int], None] | None):
        super().__init__(_Raw(stream, progress), 256 * 1024)
        self.number = 0

    def readline(self, size: int | None = -1) -> bytes:
        line = super().readline(-1 if size is None else size)
        if line:
            self.number += 1
        return line


class _Raw(io.RawIOBase):
    def __init__(self, stream: IO[bytes], progress: Callable[[int], None] | None):
        self._stream, self._progress = stream, progress

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._stream.read(len(buffer))
        buffer[: len(piece)] = piece
        if self._progress is not None:
            self._progress(len(piece))
        return len(piece)


def _refuse_what_is_too_long(size: int, kind: str) -> None:
    limit = max_bytes(kind)
    if size > limit:
        raise BadInput(
            f"This has {size / 2**20:.1f} MB, and an article may have {limit // 2**20}; "
            "import it in parts."
        )


def _refuse_what_is_only_written(name: str, kind: str) -> None:
    for written in formats.writable():
        entry = formats.get(written)
        is_only_written = entry.read is None and entry.gather is None
        if not kind and is_only_written and name.lower().endswith(entry.endings):
            raise BadInput(
                f"Postil writes {written} but does not read it; import the same as JSONL. "
                "If this is an article, say so: name its format."
            )


def placed(error: PostilError, name: str, line: int | None = None) -> BadLine:
    """The same error, saying in which file and line it happened."""
    line = getattr(error, "line", None) or line
    name = (getattr(error, "name", None) if isinstance(error, BadLine) else None) or name
    if isinstance(error, QuotesDiffer):
        return QuotesDiffer(error.mismatches, line, name or None)
    reason = error.reason if isinstance(error, BadLine) else str(error)
    return BadLine(reason, line, name or None)


def incoming(data: bytes | IO[bytes], name: str = "", kind: str = "") -> Incoming:
    """The entries of one file or of pasted text.

    A stream must be seekable: it is read from its beginning, and left open.
    """
    stream = io.BytesIO(data) if isinstance(data, bytes) else data
    return Incoming([Source(name, lambda: rewound(stream), stream.seek(0, io.SEEK_END), kind)])


def rewound(stream: IO[bytes]) -> AbstractContextManager[IO[bytes]]:
    """A stream at its beginning, that is left open."""
    stream.seek(0)
    return nullcontext(stream)


@dataclass(slots=True)
class Contents:
    """How much there is in a file: documents, layers of documents, spans, relations."""

    documents: int = 0
    layers: int = 0
    spans: int = 0
    relations: int = 0
    titles: tuple[str, ...] = ()
    """Of the first few documents."""

    newest: str = field(default="", repr=False, compare=False)
    """The id of the document that was counted last."""

    def count(self, entry: Annotated, titles: int = 5) -> None:
        """Add an entry. The layers of one document follow each other."""
        if entry.document.id != self.newest or not self.documents:
            self.newest = entry.document.id
            self.documents += 1
            if len(self.titles) < titles:
                self.titles += (entry.document.title,)
        self.layers += entry.layer is not None or bool(entry.annotations)
        self.spans += len(entry.annotations)
        self.relations += len(entry.relations)


def preview(entries: Iterable[Annotated], titles: int = 5) -> Contents:
    """What is in there, all of it checked as far as that goes without the database."""
    contents = Contents()
    for entry in entries:
        contents.count(entry, titles)
    return contents


@dataclass(frozen=True, slots=True)
class Taken:
    """What an import came to.

    ``documents`` are new; ``known`` were in the project already, with the same text, and got marks
    at most. ``new`` holds the ids of the first hundred new documents.
    """

    documents: int
    known: int
    spans: int
    relations: int
    new: tuple[str, ...]
    suggestions: int = 0


def take(
    store: Store,
    person: Person,
    project: Project,
    entries: Iterable[Annotated],
    *,
    op: str = "",
    request: Any = None,
    as_suggestions: bool = False,
    bad: Callable[[BadLine], None] | None = None,
) -> Taken:
    """Store all entries in one act, or none; their marks as suggestions if so asked.

    Sent again with the same ``op``, it is not done twice. With ``bad`` given, what the project
    cannot keep goes there, and is skipped; what cannot be read, ``Incoming`` is told to skip.

    Raises ``BadLine``, which names file and line where ``entries`` are an ``Incoming``.
    """
    seen = Contents()
    act = Act(
        op=op or new_id(),
        person=person.key,
        kind="import",
        project=project.key,
        request=request,
    )
    refused: set[str] = set()

    def skipped(error: BadLine) -> None:
        if isinstance(entries, Incoming):
            error = placed(BadLine(error.reason), entries.name, entries.line)
        refused.add(seen.newest)
        if bad is not None:
            bad(error)

    try:
        result = store.exchange.take(
            act,
            project,
            _counted(entries, seen),
            as_suggestions=as_suggestions,
            bad=None if bad is None else skipped,
        )
    except BadLine as error:
        if isinstance(entries, Incoming) and not entries.is_broken:
            raise placed(BadLine(error.reason), entries.name, entries.line) from error
        raise
    return Taken(
        documents=result["documents"],
        known=max(0, seen.documents - result["documents"] - len(refused)),
        spans=result["spans"],
        relations=result["relations"],
        suggestions=result.get("suggestions", 0),
        new=tuple(result["new"]),
    )


def _counted(entries: Iterable[Annotated], contents: Contents) -> Iterator[Annotated]:
    for entry in entries:
        contents.count(entry)
        yield entry


# ── out ───────────────────────────────────────────────────────────────────────────────────────────


class Outgoing(Iterator[bytes]):
    """The bytes of a file. What is counted grows as it is read, and is whole at its end.

    ``contents`` is what goes into it, ``losses`` what its format cannot carry, ``left_out`` what
    was not asked for (in the words of ``selection.LEFT_OUT``), ``unmarked`` how many of its
    documents are done and have no mark, ``deleted`` the ids of those deleted since.

    It sees the database at one moment, so it keeps a read transaction open on the thread that reads
    it: read it to the end, or close it.
    """

    def __init__(
        self,
        chosen: Chosen,
        write: formats.Writer,
        progress: Callable[[int], None] | None = None,
        writing: Writing | None = None,
    ):
        self.contents = Contents()
        self.losses: Counter[str] = Counter()
        self._chosen, self._progress = chosen, progress
        self._pieces = iter(write(self._counted(), self.losses, writing))

    def __next__(self) -> bytes:
        return next(self._pieces)

    @property
    def left_out(self) -> Counter[str]:
        return self._chosen.left_out

    @property
    def unmarked(self) -> int:
        return self._chosen.unmarked

    @property
    def deleted(self) -> tuple[str, ...]:
        return self._chosen.deleted

    def close(self) -> None:
        """End the read transaction, also when not everything was read."""
        _close(self._pieces)
        self._chosen.close()

    def _counted(self) -> Iterator[Annotated]:
        for entry in self._chosen:
            self.contents.count(entry)
            if self._progress is not None:
                self._progress(self.contents.documents)
            yield entry


def outgoing(
    store: Store,
    project: Project,
    selection: Selection | None = None,
    format: str = "jsonl",
    writing: Writing | None = None,
    progress: Callable[[int], None] | None = None,
) -> Outgoing:
    """The file of what is selected. ``progress`` is told how many documents have gone out.

    The same project, selection and options give the same bytes. Raises ``NotFound`` for an unknown
    document, layer or label, ``ChooseLayer``, ``UnknownFormat``, and ``BadInput`` for what the
    format cannot do.
    """
    selection = selection or Selection()
    entry = formats.get(format)
    write = entry.write
    if write is None:
        raise BadInput(f"Postil reads {format} but does not write it.")
    if selection.negatives and "layers" not in entry.carries:
        raise BadInput(
            f"{format} cannot say which marks are rejected ones, so they would pass for marks; "
            "take rejected suggestions home as jsonl or csv."
        )
    writing = writing or Writing()
    if not writing.codebook:
        codebook = to_toml(store.codebooks.of(project.key))
        writing = replace(writing, title=writing.title or project.name, codebook=codebook)
    chosen = Chosen(store, project, selection, entry.training)
    return Outgoing(chosen, write, progress, writing)


def _close(steps: Iterator[Any]) -> None:
    """End a generator where it stands, and with it the transaction that it holds."""
    if isinstance(steps, Generator):
        steps.close()


def survey(outgoing: Outgoing) -> tuple[Contents, Counter[str]]:
    """What the file would hold, and what it would lose, without making it."""
    with closing(outgoing):
        for _ in outgoing:
            pass
    return outgoing.contents, outgoing.losses


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A file that was made: open at its beginning, gone once closed. ``size`` is in bytes."""

    file: IO[bytes]
    size: int
    contents: Contents
    losses: Counter[str]
    left_out: Counter[str] = field(default_factory=Counter)
    unmarked: int = 0
    deleted: tuple[str, ...] = ()


def snapshot(outgoing: Outgoing) -> Snapshot:
    """Make the file, small ones in memory and others on the disk, before anybody waits for it.

    So nobody gets half a file, and no slow reader holds a read transaction.
    """
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the caller closes it
    try:
        with closing(outgoing):
            file.writelines(outgoing)
        size = file.tell()
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return Snapshot(
        file,
        size,
        outgoing.contents,
        outgoing.losses,
        outgoing.left_out,
        outgoing.unmarked,
        outgoing.deleted,
    )


def file_name(title: str, format: str) -> str:
    """What to call a file: the title as far as every file system takes it, and the suffix."""
    stem = re.sub(r"[^\w.-]+", "-", title, flags=re.ASCII).strip("-.").lower()[:60].rstrip("-.")
    return f"{stem or 'postil'}{formats.get(format).suffixes[0]}"
