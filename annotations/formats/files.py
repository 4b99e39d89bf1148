"""Files by their names: reading and writing them in a line of Python.

for entry in formats.read_file("marked.jsonl"):
    print(entry.document.title, len(entry.annotations))
lost = formats.write_file("spans.csv", entries)
"""

import io
import os
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from annotations.document import Annotated
from annotations.errors import BadInput, BadLine
from annotations.formats.interface import Member, Reading, Writing
from annotations.formats.registry import get, guess, guess_together, writable
from annotations.ingest import archives

_HEAD = 4096


def read_file(
    path: str | Path,
    format: str = "",
    reading: Reading | None = None,
    bad: Callable[[BadLine], None] | None = None,
) -> Iterator[Annotated]:
    """What is in a file, or in the files of a folder or an archive; lazily.

    ``format`` is told from name and content unless it is named. Raises ``BadLine`` with the line,
    ``BadInput`` when no format fits, ``UnknownFormat``, ``OSError``; what is refused goes to
    ``bad`` where that is given, and is skipped.
    """
    path = Path(path)
    reading = replace(reading or Reading(), name=path.name)
    with ExitStack() as stack:
        archive = _archive(path, stack)
        if archive is not None and archive.nested:
            reading.lost["packed files in a folder"] += len(archive.nested)
        if archive is None:
            stream = stack.enter_context(path.open("rb"))
            yield from _read_one(stream, path.name, format, reading, bad)
            return
        members = [Member(each.name, each.size, each.open) for each in archive.members]
        name = format or guess_together([each.name for each in members]) or ""
        gather = get(name).gather if name else None
        if gather is not None:
            yield from gather(members, bad, reading)
            return
        if not members:
            raise BadInput(f"{path}: there is nothing in it.")
        for member in members:
            with member.open() as content:
                yield from _read_one(content, member.name, format, reading, bad)


def _read_one(
    stream: IO[bytes],
    called: str,
    format: str,
    reading: Reading,
    bad: Callable[[BadLine], None] | None,
) -> Iterator[Annotated]:
    """What is in one file that stands for itself."""
    whole = io.BufferedReader(_Raw(stream), _HEAD)
    name = format or guess(called, whole.peek(_HEAD)) or ""
    if not name:
        raise BadInput(f"{called} is in no format that Postil reads; name one.")
    read = get(name).read
    if read is None:
        raise BadInput(f"Postil does not read {name} from a single file.")
    yield from read(whole, bad, replace(reading, name=called))


class _Raw(io.RawIOBase):
    """A stream that only goes ahead, as members of archives do."""

    def __init__(self, stream: IO[bytes]):
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._stream.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)


def _archive(path: Path, stack: ExitStack) -> archives.Archive | None:
    """The folder or archive that a path names; ``None`` where it is a single file."""
    if path.is_dir():
        return stack.enter_context(archives.folder(path))
    stream = stack.enter_context(path.open("rb"))
    if not archives.is_archive(path.name, stream.read(_HEAD)):
        return None
    return stack.enter_context(archives.opened(stream, path.name))


def write_file(
    path: str | Path,
    entries: Iterable[Annotated],
    format: str = "",
    writing: Writing | None = None,
) -> Counter[str]:
    """Write a file, whole or not at all; gives what its format could not carry, counted.

    ``format`` is the first one with the suffix of the name, unless it is named. Raises ``BadInput``
    when there is none, ``UnknownFormat``, ``OSError``.
    """
    path = Path(path)
    name = format or of_suffix(path)
    write = get(name).write
    if write is None:
        raise BadInput(f"Postil reads {name} but does not write it.")
    lost: Counter[str] = Counter()
    beside = path.with_name(f".{path.name[:100]}.{secrets.token_hex(4)}.part")
    try:
        with beside.open("xb") as file:
            file.writelines(write(entries, lost, writing))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return lost


def of_suffix(path: Path) -> str:
    """The first format with the suffix of a name. Raises ``BadInput`` when there is none."""
    for name in writable():
        if path.name.lower().endswith(get(name).suffixes):
            return name
    raise BadInput(f"No format is known by the name {path.name}; name one of: {writable()}.")
