"""The way in: sources are read lazily, and stored in one act or not at all."""

import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import IO, Any

from annotations import codebook as codebooks
from annotations import formats
from annotations.codebook_gaps import Gap, Gaps, NameMap
from annotations.document import Annotated, Document, is_language, new_id
from annotations.errors import BadArchive, BadInput, BadLine, KnownMarks, PostilError, located
from annotations.formats import BadParts, Member, Reading, TableFound
from annotations.ingest import KINDS as ARTICLE_KINDS
from annotations.ingest import Ingested, archives, guess_kind, ingest, max_bytes
from annotations.store import Act, Person, Project, Staged, Store
from annotations.transfer.beside import Texts, tables_among
from annotations.transfer.counting import Contents
from annotations.transfer.doubts import doubts
from annotations.transfer.sources import (
    HEAD,
    Lines,
    Source,
    groups,
    is_assignment,
    opened_archive,
    refuse_bundle,
    refuse_project_of_inception,
    rewound,
    suffixes_in,
    told,
)
from annotations.twins import Twin, Twins

AHEAD = 8 * 1024 * 1024
"""Bytes of an import from a pipe that are kept in memory before they go to the disk."""

MOST_REFUSED = 100_000
"""Entries that are skipped. With more, a file is not what it was taken for, and the list of what is
wrong with it would fill the memory."""

NO_LANGUAGE_TAG = "languages that are not tags such as “en”, which stay in “meta”"

MOST_NOTED = 20
"""Packed files in a folder that are named, one by one."""

_Entry = tuple[Annotated, str, "int | None", "Ingested | None"]
"""An entry, the file and line that it came from, and how it was read where it is an article."""


class Incoming(Iterator[Annotated]):
    """The entries of all sources in turn, read lazily. Every error names its source and line.

    ``name`` and ``line`` are the place of the newest entry; ``line`` is ``None`` in an article.
    ``notes`` are what there is to say of articles that were read, each with the name of its source;
    ``number`` counts the documents from 0, those that are left out too;
    ``article`` is how the newest entry was read, where that is an article. ``twin`` is a document
    with the same text that came before or is stored, where ``twins`` know of one; those that are to
    be left out never come.
    ``names`` are pairs of a name in the files and the one of the codebook that it is taken for;
    ``gaps`` tell what the codebook still lacks. Columns and names may be named that are not there
    if ``is_lenient``.
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
        names: Sequence[tuple[str, str]] = (),
        is_lenient: bool = False,
    ):
        self._is_lenient = is_lenient
        self.name = ""
        self.line: int | None = None
        self.notes: list[tuple[str, str]] = []
        self.article: Ingested | None = None
        self.number = -1
        self._newest = ""
        self.twin: Twin | None = None
        self._twins = twins
        self._sources, self._progress = tuple(sources), progress
        self._reading, self._bad = reading or Reading(), bad
        self._bytes = self._refused = 0
        self._entries = self._read(self._advance)
        toml = self._reading.codebook
        codebook = codebooks.from_toml(toml) if toml else codebooks.default()
        self._names, self._gaps = NameMap.of(names, codebook), Gaps(codebook)

    def __next__(self) -> Annotated:
        while True:
            entry, self.name, self.line, self.article = next(self._entries)
            is_new = entry.document.id != self._newest
            if is_new:
                self._newest = entry.document.id
                self.number += 1
            if entry.document.language and not is_language(entry.document.language):
                entry = replace(entry, document=with_language_as_meta(entry.document))
                if is_new:
                    self.lost[NO_LANGUAGE_TAG] += 1
            twins = self._twins
            is_asked = twins is not None and (twins.everything or self.article is not None)
            self.twin = twins.of(entry.document) if twins is not None and is_asked else None
            if self.twin is None or twins is None or not twins.leave_out:
                entry = self._names.apply(entry)
                self._gaps.count(entry)
                return entry

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What the entries so far say that the codebook lacks."""
        return self._gaps.found()

    @property
    def tables(self) -> Sequence[TableFound]:
        """The tables of documents so far, each with what its columns were taken for."""
        return self._reading.tables

    @property
    def lost(self) -> Counter[str]:
        """What was in the files and could not be kept, so far."""
        return self._reading.lost

    def _advance(self, count: int) -> None:
        self._bytes += count
        if self._progress is not None:
            self._progress(self._bytes)

    def _read(self, progress: Callable[[int], None] | None) -> Iterator[_Entry]:
        self._refused = 0
        with ExitStack() as stack:
            yield from self._read_all(self._unpacked(stack), progress)
        self._refuse_unknown_columns()
        if not self._is_lenient:
            self._names.check_used()

    def _refuse_unknown_columns(self) -> None:
        """Raise ``BadInput`` for a column that was named and that no table has."""
        found = {column.name for table in self._reading.tables for column in table.columns}
        if not found and self._is_lenient:
            return
        for role, name in self._reading.columns:
            if name not in found:
                listed = ", ".join(f"“{each}”" for each in sorted(found)[:40])
                there = f"the columns are {listed}" if found else "there is no table in it"
                raise BadInput(f"No column is called “{name}”, to be taken as {role}; {there}.")

    def _unpacked(self, stack: ExitStack) -> list[Source]:
        """The sources, with the members of archives and folders in their place."""
        found: list[Source] = []
        for source in self._sources:
            try:
                archive = source.folder or opened_archive(source, stack)
                if archive is None:
                    found.append(source)
                    continue
                refuse_bundle(archive)
                refuse_project_of_inception(archive)
                self._pass_over_nested(source, archive)
                members, note = archives.articles(
                    archive, suffixes_in(archive), bool(source.kind), is_assignment
                )
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

    def _pass_over_nested(self, source: Source, archive: archives.Archive) -> None:
        """Say of archives that they are not opened; within another archive they are bad."""
        for number, member in enumerate(archive.nested):
            if source.folder is None:
                error = BadArchive(archive.name, member.name, archives.NESTED)
                self._refuse(error, "")
            elif number < MOST_NOTED:
                note = f"“{member.name}” is packed and was passed over; import it by itself."
                self.notes.append((source.title, note))
        if source.folder is not None and len(archive.nested) > MOST_NOTED:
            note = (
                f"{len(archive.nested):,} packed files were passed over; import them by themselves."
            )
            self.notes.append((source.title, note))

    def _read_all(
        self, sources: Sequence[Source], progress: Callable[[int], None] | None
    ) -> Iterator[_Entry]:
        many = len(sources) > 1
        tables = tables_among(sources)
        if tables:
            others = [source for source in sources if source not in tables]
            texts = Texts(others, self._article(progress), self._reading.text_of)
            for entry in self._read_groups(tables, progress, many, texts):
                texts.take(entry[0].document)
                yield entry
            sources = texts.left()
        yield from self._read_groups(sources, progress, many)

    def _article(
        self, progress: Callable[[int], None] | None
    ) -> Callable[[Source], Ingested | None]:
        """Reads an article that a table asks for; what there is to say of it is said once."""
        said: set[str] = set()

        def read(source: Source) -> Ingested | None:
            is_first = source.title not in said
            said.add(source.title)
            with source.open() as stream:
                lines = Lines(stream, progress if is_first else None)
                if not source.kind and formats.guess(source.name, lines.peek(HEAD)) is not None:
                    return None
                return self._ingested(source, lines, True, is_told=is_first)

        return read

    def _read_groups(
        self,
        sources: Sequence[Source],
        progress: Callable[[int], None] | None,
        is_one_of_many: bool,
        texts: Texts | None = None,
    ) -> Iterator[_Entry]:
        for group in groups(sources):
            called = group[0].within or group[0].title
            try:
                reading = self._reading_of(group[0], group[0].within)
                if (gathered := self._gathered(group, progress, reading)) is not None:
                    parts = reading.parts
                    for entry in gathered:
                        yield entry, parts.name or called, parts.line, None
                    continue
            except PostilError as error:
                self._refuse(error, called)
                continue
            for source in group:
                try:
                    with source.open() as stream:
                        lines = Lines(stream, progress)
                        for entry, line, article in self._read_one(
                            source, lines, is_one_of_many, texts
                        ):
                            yield entry, source.title, line, article
                except PostilError as error:
                    self._refuse(error, source.title)

    def _refuse(self, error: PostilError, called: str) -> None:
        """Nothing more is read of a source, or of all of them where nothing may be skipped."""
        refused = located(error, name=called)
        if self._bad is None:
            raise refused from error
        self._skip(refused)

    def _skip(self, refused: BadLine) -> None:
        """Have something skipped that was refused. Raises ``BadLine`` where that is too much."""
        self._refused += 1
        if self._refused > MOST_REFUSED:
            self._bad, self.is_broken = None, True
            raise BadLine(
                f"more than {MOST_REFUSED:,} entries cannot be read, so this is hardly what it was "
                "taken for; name another format",
                refused.line,
                refused.name,
            )
        if self._bad is not None:
            self._bad(refused)

    def _reading_of(self, source: Source, name: str) -> Reading:
        return replace(
            self._reading,
            name=name,
            parts=BadParts(),
            encoding=source.encoding,
            note=lambda note: self.notes.append((source.title, note)),
        )

    def _say_encoding(self, kind: str, source: Source) -> None:
        """Say it where an encoding was named that a format has no use for."""
        entry = formats.get(kind)
        if source.encoding and not entry.takes_encoding:
            note = f"{source.encoding} was not used: {entry.name} is in an encoding of its own."
            self.notes.append((source.within or source.title, note))

    def _gathered(
        self,
        group: Sequence[Source],
        progress: Callable[[int], None] | None,
        reading: Reading,
    ) -> Iterator[Annotated] | None:
        """What sources are together, where they are in a format of several files."""
        kinds = {source.kind for source in group}
        names = [source.name for source in group]
        kind = next(iter(kinds)) if len(kinds) == 1 else ""
        kind = kind or formats.guess_together(names) or ""
        if kind in ("", *ARTICLE_KINDS) or (gather := formats.get(kind).gather) is None:
            return None
        self._say_encoding(kind, group[0])
        members = [Member(s.name, s.size, told(s.open, progress)) for s in group]
        return gather(members, self._bad and self._skip, reading)

    def _read_one(
        self, source: Source, lines: "Lines", is_one_of_many: bool, texts: Texts | None
    ) -> Iterator[tuple[Annotated, int | None, Ingested | None]]:
        kind = source.kind or formats.guess(source.name, lines.peek(HEAD)) or ""
        if kind in ("", *ARTICLE_KINDS):
            found = self._ingested(source, lines, is_one_of_many)
            yield Annotated(document=found.document), None, found
            return
        read = formats.get(kind).read
        if read is None:
            raise BadInput(f"Postil writes {kind} but does not read it.")
        reading = self._reading_of(source, source.name)
        self._say_encoding(kind, source)
        if texts is not None:
            reading = replace(reading, text_of=texts.of)
        for entry in read(lines, self._bad_in(source), reading):
            # A row of a table is an article like any other: it may be there already.
            article = Ingested(entry.document) if kind == "table" else None
            yield entry, reading.parts.line or lines.number or None, article

    def _ingested(
        self, source: Source, lines: "Lines", is_one_of_many: bool, is_told: bool = True
    ) -> Ingested:
        """An article. What there is to say of it goes to ``notes``, if it is to be told."""
        _refuse_what_is_only_written(source.name, source.kind)
        kind = source.kind or guess_kind(source.name, lines.peek(HEAD))
        _refuse_what_is_too_long(source.size, kind)
        found = ingest(
            lines.read(max_bytes(kind) + 1),
            name=PurePath(source.name).name,
            kind=kind,
            encoding=source.encoding,
            page=source.page,
            is_one_of_many=is_one_of_many,
        )
        if is_told:
            notes = [*found.notes, *(() if source.kind else doubts(source.name, found))]
            self.notes.extend((source.title, note) for note in notes)
        return found

    def _bad_in(self, source: Source) -> Callable[[BadLine], None] | None:
        if self._bad is None:
            return None
        called = source.title
        return lambda error: self._skip(located(error, name=called))


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


def incoming(data: bytes | IO[bytes], name: str = "", kind: str = "") -> Incoming:
    """The entries of one file or of pasted text.

    A stream must be seekable: it is read from its beginning, and left open.
    """
    stream = io.BytesIO(data) if isinstance(data, bytes) else data
    return Incoming([Source(name, lambda: rewound(stream), stream.seek(0, io.SEEK_END), kind)])


LEFT = {
    "labels": "marks of labels that the codebook lacks",
    "doubles": "marks of a place and label that stood there already, or above the most of a text",
    "relations": "relations",
    "attributes": "attributes",
    "fragments": "parts of spans, which were taken from end to end",
    "notes": "notes",
    "states": "states of documents",
}
"""What may be left out of marks that are taken as suggestions."""


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
    rejections: int = 0
    """Suggestions that somebody rejected, and that will not be offered to them again."""
    imported_before: int = 0
    """Documents that were left out because the project has their marks already."""
    gaps: tuple[Gap, ...] = ()
    """What the codebook lacked; unless marks became suggestions, it has the names of it now."""
    left: Mapping[str, int] = field(default_factory=dict)
    """How much suggestions have no place for, by the keys of ``LEFT``."""


class Read:
    """Entries that were read to the end and checked, and wait to be stored; to be closed.

    Making one is the long part of an import: nothing is locked meanwhile, and nothing needs to
    exist yet. ``bad`` is told what cannot be kept, which is skipped then; ``folder`` is where a
    file without a name may hold what does not fit into memory.

    Raises ``BadLine``, which names file and line where ``entries`` are an ``Incoming``.
    """

    def __init__(
        self,
        entries: Iterable[Annotated],
        as_suggestions: bool = False,
        bad: Callable[[BadLine], None] | None = None,
        folder: Path | None = None,
    ):
        self.contents = Contents()
        self._refused: set[str] = set()
        self._imported: set[str] = set()
        self._bad = bad
        self.gaps: tuple[Gap, ...] = ()
        place = None
        if isinstance(entries, Incoming):
            incoming = entries
            place = lambda: (incoming.name, incoming.line)  # noqa: E731
        self.staged = Staged(
            _counted(entries, self.contents), place, self.bad, as_suggestions, folder
        )

        if isinstance(entries, Incoming):
            self.gaps = entries.gaps

    @property
    def bad(self) -> Callable[[BadLine, str], None] | None:
        """What is called with what the project cannot keep, if that may be skipped; with the id
        of its document, or with none where that is kept without it."""
        return None if self._bad is None else self._skipped

    def _skipped(self, error: BadLine, document: str) -> None:
        if document:
            self._refused.add(document)
        if isinstance(error, KnownMarks):
            self._imported.add(document)
        if self._bad is not None:
            self._bad(error)

    @property
    def imported_before(self) -> int:
        """How many of its documents were left out because the project has their marks already."""
        return len(self._imported)

    def known(self, new: int) -> int:
        """How many of its documents were there already, if so many are new."""
        return max(0, self.contents.documents - new - len(self._refused))

    def close(self) -> None:
        """Forget all of it."""
        self.staged.close()


def take(
    store: Store,
    person: Person,
    project: Project,
    entries: Iterable[Annotated] | Read,
    *,
    op: str = "",
    request: Any = None,
    as_suggestions: bool = False,
    bad: Callable[[BadLine], None] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Taken:
    """Store all entries in one act, or none; their marks as suggestions if so asked.

    They are read to the end before anything is locked: who saves meanwhile waits only while the
    rows are copied. What was ``Read`` before stays open. Sent again with the same ``op``, it is not
    done twice, nor read. With ``bad`` given, what the project cannot keep goes there, and is
    skipped; what cannot be read, ``Incoming`` is told to skip. ``progress`` is told how many
    entries are stored.

    Raises ``BadLine``, which names file and line where ``entries`` are an ``Incoming``.
    """
    act = Act(
        op=op or new_id(),
        person=person.key,
        kind="import",
        project=project.key,
        request=request,
    )
    if isinstance(entries, Read):
        return _stored(store, act, project, entries, progress)
    folder = store.database.path.parent
    if store.log.knows(act.op):
        entries = ()
    with closing(Read(entries, as_suggestions, bad, folder)) as read:
        return _stored(store, act, project, read, progress)


def _stored(
    store: Store,
    act: Act,
    project: Project,
    read: Read,
    progress: Callable[[int], None] | None,
) -> Taken:
    result = store.exchange.take(act, project, read.staged, progress, bad=read.bad)
    return Taken(
        documents=result["documents"],
        known=read.known(result["documents"]),
        spans=result["spans"],
        relations=result["relations"],
        suggestions=result.get("suggestions", 0),
        rejections=result.get("rejections", 0),
        left=result.get("left", {}),
        gaps=read.gaps,
        new=tuple(result["new"]),
        imported_before=read.imported_before,
    )


def _counted(entries: Iterable[Annotated], contents: Contents) -> Iterator[Annotated]:
    for entry in entries:
        contents.count(entry)
        yield entry


def with_language_as_meta(document: Document) -> Document:
    """The document with what its file calls its language in ``meta``, and no language.

    For pages, tokenisers and word lists only a tag says anything; nobody's words are thrown away.
    """
    meta = {"language": document.language, **document.meta}
    return replace(document, language="", meta=meta)
