"""Archives (zip, tar, tar.gz) and folders as an ordered list of members, each with its stream.

Nothing is unpacked to a path: a member's name is only ever text, to show and to guess a kind from,
so ``../`` in it leads nowhere. What a member may be is fixed: a file, not a link or a device, not
locked, not an archive itself. ``Limits`` caps what all of it may come to; a zip says before it is
unpacked how long its members will be and is held to that, a tar.gz is unpacked into a temporary
file under the same caps. Hidden files (``.x``, ``__MACOSX/``) are passed over. Archives in a folder
are not opened; whoever goes through it says so.

    with archives.opened(stream, "corpus.zip") as archive:
        for member in archive.members:
            with member.open() as file:
                ...

Every refusal is a ``BadArchive`` that names archive and member, those met while a member is read
too.
"""

import gzip
import io
import lzma
import os
import re
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import IO, Any, cast

from annotations.errors import BadArchive, BadInput

SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz")
"""Of the archives that are read."""

_NESTED = (*SUFFIXES, ".gz", ".bz2", ".xz", ".zst", ".7z", ".rar", ".cab", ".iso", ".jar")
_HEADER = 4 * 1024 * 1024
"""Bytes that one read of a table of contents may take: 10,000 long names in a zip."""

_NO_ARCHIVE = "this is neither a zip nor a tar; pack it as one of these."
_NO_DOCUMENT = (
    "it is damaged, or not what its name says. Open it in the program that made it, and save it "
    "again."
)
_IN_MEMORY = 8 * 1024 * 1024
_PIECE = 256 * 1024
_ZIP, _GZIP = b"PK", b"\x1f\x8b"
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_BROKEN = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError,
    OverflowError, NotImplementedError, RuntimeError, KeyError, IndexError,
)  # fmt: skip
"""What the standard library raises on archives that are damaged, or made to hurt."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What an archive may come to. ``ratio`` is unpacked to packed, asked above a megabyte."""

    members: int = 10_000
    member: int = 256 * 1024 * 1024
    total: int = 2 * 1024 * 1024 * 1024
    ratio: int = 200


@dataclass(frozen=True, slots=True)
class Member:
    """A file of an archive or folder: ``name`` is its path there, with ``/``, and only text.

    ``size`` is in bytes, unpacked. ``open`` gives it from its beginning, as often as is asked, as
    long as the archive is open.
    """

    name: str
    size: int
    _open: Callable[[], IO[bytes]]

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """The content. Raises ``BadArchive``, also while it is read."""
        with self._open() as stream:
            yield stream


class Archive:
    """An open archive: ``members`` ordered by name. It is a context manager.

    ``nested`` are archives in it, which are no members.
    """

    def __init__(
        self,
        name: str,
        members: Iterable[Member],
        closing: ExitStack | None = None,
        nested: Iterable[Member] = (),
    ):
        self.name = name
        self.members = tuple(sorted(members, key=lambda member: _order(member.name)))
        self.nested = tuple(sorted(nested, key=lambda member: _order(member.name)))
        self._closing = closing or ExitStack()

    def __enter__(self) -> "Archive":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of what was unpacked for it; the stream it was read from stays open."""
        self._closing.close()


def articles(
    archive: Archive,
    suffixes: Iterable[str],
    everything: bool = False,
    is_beside: Callable[[Member], bool] = lambda member: False,
) -> tuple[list[Member], str]:
    """The members that can be imported, by their suffix, and a sentence about the others.

    Members without any suffix count as text. The folder that a browser saves beside a page
    (``page_files/``) belongs to that page and is passed over, as is what ``is_beside`` says to lie
    beside others. With ``everything``, all else is taken.
    Raises ``BadArchive`` when nothing is left.
    """
    pages = {_stem(m.name) for m in archive.members if m.name.lower().endswith((".html", ".htm"))}
    kept, passed = [], Counter[str]()
    endings = tuple(suffixes)
    for member in archive.members:
        suffix = PurePosixPath(member.name).suffix.lower()
        beside = any(
            part.endswith(("_files", "_Files", "-Dateien", "_fichiers", "_archivos"))
            and "/".join([*parts[:index], re.split(r"[_-]\w+$", part)[0]]) in pages
            for parts in [member.name.split("/")[:-1]]
            for index, part in enumerate(parts)
        )
        fits = everything or not suffix or member.name.lower().endswith(endings)
        if fits and not beside and not is_beside(member):
            kept.append(member)
        else:
            passed[suffix or PurePosixPath(member.name).name] += 1
    if not kept:
        raise BadArchive(archive.name, "", "there is nothing in it that can be imported.")
    if not passed:
        return kept, ""
    listed = ", ".join(f"{times:,} × {suffix}" for suffix, times in passed.most_common(8))
    return kept, f"Passed over: {listed}{', …' if len(passed) > 8 else ''}."


def _stem(name: str) -> str:
    return name.rpartition(".")[0]


def is_archive(name: str, head: bytes) -> bool:
    """Whether a file is an archive to go through. DOCX and EPUB are zips, but single documents."""
    lowered = name.lower()
    if lowered.endswith(SUFFIXES):
        return True
    if "." in PurePosixPath(lowered.replace("\\", "/")).name:
        return False
    return head.startswith((b"PK\x03\x04", _GZIP)) or head[257:262] == b"ustar"


def is_nested(name: str) -> bool:
    """Whether a member's name says that it is an archive or packed itself."""
    return name.lower().endswith(_NESTED)


def refuse_nested(archive: Archive) -> None:
    """Raise ``BadArchive`` for the first archive within one."""
    for member in archive.nested:
        raise BadArchive(archive.name, member.name, NESTED)


def opened(
    stream: IO[bytes],
    name: str = "",
    limits: Limits | None = None,
    *,
    is_document: bool = False,
    may_nest: bool = False,
) -> Archive:
    """The archive in a seekable stream, which is told by its first bytes.

    ``is_document`` is for a zip that is one document (DOCX, EPUB): then hidden files count, and
    what is packed within it is nobody's business. ``may_nest`` is for those who say themselves what
    becomes of archives within.

    Raises ``BadArchive`` for what is damaged, locked, or too much, and for links, devices and
    archives within.
    """
    limits = limits or Limits()
    stream.seek(0)
    head = stream.read(512)
    stream.seek(0)
    closing = ExitStack()
    try:
        if head.startswith(_ZIP):
            found = _zip(stream, name, limits, closing)
        elif head.startswith(_GZIP):
            found = _tar(_unzipped(stream, name, limits, closing), name, limits, closing)
        elif head[257:262] == b"ustar" or name.lower().endswith(".tar"):
            found = _tar(stream, name, limits, closing)
        else:
            raise BadArchive(name, "", _NO_DOCUMENT if is_document else _NO_ARCHIVE)
        members, nested = _checked(found, name, limits, is_document)
        archive = Archive(name, members, closing, nested)
        if not may_nest:
            refuse_nested(archive)
        return archive
    except BaseException:
        closing.close()
        raise


def folder(path: str | Path, limits: Limits | None = None) -> Archive:
    """The files of a folder and of those in it, under the same caps. Links are not followed."""
    root = Path(path)
    limits = limits or Limits()
    found = []
    for place, folders, files in os.walk(root, followlinks=False):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            file = Path(place, name)
            status = file.lstat()
            if stat.S_ISREG(status.st_mode):
                shown = file.relative_to(root).as_posix()
                found.append(Member(_shown(shown), status.st_size, partial(_file, file)))
        if len(found) > limits.members:
            break
    members, nested = _checked(found, str(root), limits)
    return Archive(str(root), members, nested=nested)


# ── zip ───────────────────────────────────────────────────────────────────────────────────────────


def _zip(stream: IO[bytes], name: str, limits: Limits, closing: ExitStack) -> list[Member]:
    wary = _Wary(stream, name)
    with _told(name):
        archive = closing.enter_context(zipfile.ZipFile(cast("IO[bytes]", wary)))
    wary.is_listing = False
    found = []
    for info in archive.infolist():
        shown = _shown(_zip_name(info))
        mode = info.external_attr >> 16
        if not info.filename:  # what comes after a NUL is cut off
            raise BadArchive(name, shown, "one of its files has no name; pack it again.")
        if info.is_dir() or stat.S_ISDIR(mode):
            continue
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
            raise BadArchive(name, shown, _LINK)
        if info.flag_bits & 0x1:
            raise BadArchive(name, shown, "it is locked with a password; unlock it and pack again.")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise BadArchive(
                name, shown, "it is packed in an unusual way; use plain zip (deflate)."
            )
        if info.file_size > 2**20 and info.file_size > limits.ratio * max(info.compress_size, 1):
            raise BadArchive(name, shown, _BOMB)
        start = partial(archive.open, info)
        found.append(Member(shown, info.file_size, partial(_guarded, name, shown, start)))
    return found


def _zip_name(info: zipfile.ZipInfo) -> str:
    """Many programs write UTF-8 without saying so; then it was taken for the old DOS letters."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


# ── tar ───────────────────────────────────────────────────────────────────────────────────────────


def _tar(stream: IO[bytes], name: str, limits: Limits, closing: ExitStack) -> list[Member]:
    wary = _Wary(stream, name)
    found = []
    with _told(name):
        archive = closing.enter_context(
            tarfile.open(fileobj=cast("IO[bytes]", wary), mode="r:")  # noqa: SIM115
        )
        for count, info in enumerate(archive):
            if count > 2 * limits.members:
                raise BadArchive(name, "", _many(limits))
            shown = _shown(info.name)
            if info.isdir():
                continue
            if info.type not in tarfile.REGULAR_TYPES or info.issparse():
                raise BadArchive(name, shown, _LINK)
            start = partial(_tar_member, archive, info)
            found.append(Member(shown, info.size, partial(_guarded, name, shown, start)))
    wary.is_listing = False
    return found


def _tar_member(archive: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    stream = archive.extractfile(info)
    if stream is None:  # Only files were listed.
        raise tarfile.ReadError("no file")
    return stream


def _unzipped(stream: IO[bytes], name: str, limits: Limits, closing: ExitStack) -> IO[bytes]:
    """What a gzip holds, in a temporary file, as long as the caps allow."""
    file = closing.enter_context(tempfile.SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115
    packed = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    size = 0
    with _told(name), gzip.GzipFile(fileobj=stream, mode="rb") as unpacked:
        while piece := unpacked.read(_PIECE):
            size += len(piece)
            if size > 2**20 and size > limits.ratio * packed:
                raise BadArchive(name, "", _BOMB)
            if size > limits.total + limits.members * 1024:
                raise BadArchive(name, "", _long(limits.total))
            file.write(piece)
    file.seek(0)
    return cast("IO[bytes]", file)


# ── what all have in common ───────────────────────────────────────────────────────────────────────

NESTED = "an archive within an archive is not opened."
_LINK = "it is a link or a device, not a file; pack the files themselves."
_BOMB = "it unpacks to far more than it is packed in, as no text does; it was not unpacked."


def _many(limits: Limits) -> str:
    return f"it holds more than {limits.members:,} files; pack them in several archives."


def _long(limit: int) -> str:
    return f"it unpacks to more than {limit // 2**20:,} MB; pack it in several archives."


def _checked(
    found: Iterable[Member], name: str, limits: Limits, is_document: bool = False
) -> tuple[list[Member], list[Member]]:
    """The members to read, and archives among them. Raises ``BadArchive`` where they are too many
    or too long."""
    members: dict[str, Member] = {}
    nested: list[Member] = []
    total = 0
    for member in found:
        if not is_document and _is_hidden(member.name):
            continue
        if member.name in members:
            raise BadArchive(name, member.name, "it is in the archive twice; pack it again.")
        if not is_document and is_nested(member.name):
            nested.append(member)
            continue
        if member.size > limits.member:
            raise BadArchive(name, member.name, _long(limits.member))
        total += member.size
        members[member.name] = member
        if len(members) > limits.members:
            raise BadArchive(name, "", _many(limits))
        if total > limits.total:
            raise BadArchive(name, "", _long(limits.total))
    return list(members.values()), nested


def _shown(name: str) -> str:
    """A name as text: one kind of slash, nothing that steers a terminal or hides letters."""
    return _CONTROLS.sub("\ufffd", name.replace("\\", "/"))[:1000]


def _is_hidden(name: str) -> bool:
    parts = [part for part in name.split("/") if part not in ("", ".", "..")]
    return any(part.startswith(".") or part == "__MACOSX" for part in parts) or not parts


def _order(name: str) -> tuple[tuple[int, int, str], ...]:
    """Numbers in names by their value, so that chapter 10 follows chapter 9."""
    return tuple(
        (0, int(part), part) if part.isdecimal() and len(part) < 20 else (1, 0, part)
        for part in re.split(r"(\d+)", name)
        if part
    )


@contextmanager
def _told(archive: str, member: str = "") -> Iterator[None]:
    """What goes wrong in an archive, as a ``BadArchive``."""
    try:
        yield
    except BadInput:
        raise
    except _BROKEN as error:
        reason = "it is damaged or incomplete and cannot be unpacked; fetch or pack it again."
        raise BadArchive(archive, member, reason) from error


def _guarded(archive: str, member: str, start: Callable[[], IO[bytes]]) -> IO[bytes]:
    with _told(archive, member):
        return io.BufferedReader(_Guarded(start(), archive, member), _PIECE)


class _Guarded(io.RawIOBase):
    """A member's stream; what goes wrong while it is read is told by archive and member."""

    def __init__(self, stream: IO[bytes], archive: str, member: str):
        self._stream, self._archive, self._member = stream, archive, member

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with _told(self._archive, self._member):
            piece = self._stream.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
        super().close()


class _Wary:
    """A stream that hands out no table of contents so long that it would fill the memory."""

    def __init__(self, stream: IO[bytes], name: str):
        self._stream, self._name = stream, name
        self.is_listing = True

    def read(self, size: int = -1) -> bytes:
        if not self.is_listing:
            return self._stream.read(size)
        found = self._stream.read(_HEADER + 1 if size < 0 else min(size, _HEADER + 1))
        if len(found) > _HEADER:
            raise BadArchive(self._name, "", "its table of contents is longer than any should be.")
        return found

    def seek(self, place: int, whence: int = 0) -> int:
        return self._stream.seek(place, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def seekable(self) -> bool:
        return True


def _file(path: Path) -> IO[bytes]:
    return path.open("rb")
