"""What is imported, before it is read: files, and what lies in archives and folders."""

import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from itertools import groupby
from pathlib import PurePath
from typing import IO, Any

from annotations import formats
from annotations.bundle import is_bundle
from annotations.errors import BadInput
from annotations.ingest import KINDS as ARTICLE_KINDS
from annotations.ingest import SUFFIXES as ARTICLE_SUFFIXES
from annotations.ingest import archives
from annotations.splits import HEADING

SPLIT, ASSIGNMENT = "postil/splits/1", "assignment.tsv"
"""What the manifest of a split calls itself (``splitting`` writes it)."""

HEAD = 4096
"""Bytes that tell what a file is."""


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


def rewound(stream: IO[bytes]) -> AbstractContextManager[IO[bytes]]:
    """A stream at its beginning, that is left open."""
    stream.seek(0)
    return nullcontext(stream)


def opened_archive(source: Source, stack: ExitStack) -> archives.Archive | None:
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
        archive = opening.enter_context(archives.opened(stream, source.title, may_nest=True))
        stack.enter_context(opening.pop_all())
        return archive


def refuse_bundle(archive: archives.Archive) -> None:
    if is_bundle(member.name for member in archive.members):
        raise BadInput(
            "This is a bundle, which becomes a project of its own and is never merged into one; "
            "bring it in on the library's page, or take it in with: postil import FILE"
        )


_PROJECT = re.compile(r"(?:.*/)?exportedproject[^/]*\.json\Z")
_OF_PROJECT = re.compile(r"(?:.*/)?(?:annotation|curation)/[^/]+/[^/]+\.zip\Z")


def refuse_project_of_inception(archive: archives.Archive) -> None:
    """Raise ``BadInput`` for a whole project of INCEpTION, saying which files of it can be read."""
    if not any(_PROJECT.match(member.name) for member in archive.members):
        return
    inside = [member.name for member in archive.nested if _OF_PROJECT.match(member.name)]
    take = (
        f"import the archives in its folders “annotation” and “curation”, one for each document "
        f"and person (“{inside[0]}”)"
        if inside
        else "it holds no annotations in a format that is read; export it again with them in "
        "UIMA CAS XMI or JSON, and import the archives in its folder “annotation”"
    )
    raise BadInput(
        f"This is a project of INCEpTION with its settings, texts and annotations; {take}."
    )


def suffixes_in(archive: archives.Archive) -> set[str]:
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
                head = stream.read(HEAD)
            if _is_manifest(head):
                continue
            if formats.guess(member.name, head) is not None:
                yield ".json"
            return


def _is_manifest(head: bytes) -> bool:
    """Whether a JSON file is what Postil writes beside the files of a split."""
    return f'"schema": "{SPLIT}"'.encode() in head


def is_assignment(member: archives.Member) -> bool:
    """Whether a file of an archive or a folder says which document of a split went where."""
    if PurePath(member.name).name != ASSIGNMENT:
        return False
    with member.open() as stream:
        return stream.read(len(HEADING)) == HEADING.encode()


def groups(sources: Sequence[Source]) -> Iterator[Sequence[Source]]:
    """Sources that lie in the same folder or archive, or are said to be of a format of several
    files; each other one by itself."""
    for (within, kind), group in groupby(sources, key=lambda source: (source.within, source.kind)):
        together = kind and kind not in ARTICLE_KINDS and formats.get(kind).gathers
        if within or together:
            yield tuple(group)
        else:
            yield from ((source,) for source in group)


def told(
    opens: Callable[[], AbstractContextManager[IO[bytes]]], progress: Callable[[int], None] | None
) -> Callable[[], AbstractContextManager[IO[bytes]]]:
    @contextmanager
    def opened() -> Iterator[IO[bytes]]:
        with opens() as stream:
            yield Lines(stream, progress)

    return opened


class Lines(io.BufferedReader):
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
