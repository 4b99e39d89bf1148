"""Files of one JSON object a line: reading them, and writing a line so that it can be read."""

import io
import json
from collections.abc import Callable, Iterator
from typing import IO, Any, TypeVar

import orjson

from annotations.errors import BadInput, BadLine, located
from annotations.formats.interface import BadParts
from annotations.formats.values import Json, name_of, refuse_nul

MAX_LINE = 64 * 1024 * 1024
"""Bytes in a line: about twenty times the longest book there is."""

_DIGITS = bytes(48 if 48 <= byte <= 57 else 32 for byte in range(256))
_HUGE = b"0" * 19
_NUL = b"\\u0000"

T = TypeVar("T")


def each(
    stream: IO[bytes],
    make: Callable[[Json], T],
    bad: Callable[[BadLine], None] | None = None,
    quick: Callable[[Json], T | None] = lambda data: None,
    parts: BadParts | None = None,
) -> Iterator[T]:
    """What ``make`` makes of each line, one at a time; empty lines are passed over.

    The stream stays open. What ``make`` refuses is raised as ``BadLine`` with the number of the
    line and the reason. With ``bad`` given, that is called instead and the line skipped. ``quick``
    may make the same of a line in less time, or ``None``; numbers beyond 64 bits are rounded in it.
    ``parts`` is told the number of each line.
    """
    number = 0
    parts = parts or BadParts()
    while line := stream.readline(MAX_LINE + 1):
        number += 1
        parts.line = number
        try:
            if len(line) > MAX_LINE:
                _skip_rest(stream, line)
                raise BadLine(f"a line may have {MAX_LINE // 2**20} MB, and this one has more")
            if number == 1:
                line = without_mark(line)
            if line.isspace() or not line:
                continue
            data = parsed(line)
            found = quick(data) if _NUL not in line else None
            yield make(exact(data, line)) if found is None else found
        except BadInput as error:
            refused = located(error, number)
            if bad is None:
                raise refused from error
            bad(refused)


def loaded(line: bytes) -> Json:
    """The object that a line holds, whole numbers exact at any length.

    Raises ``BadLine`` for what is no JSON or no object, ``UnstorableText`` for NUL in it.
    """
    return exact(parsed(line), line)


def parsed(line: bytes) -> Json:
    """The object that a line holds, as orjson reads it: numbers beyond 64 bits are rounded.

    Raises ``BadLine`` for what is no JSON or no object.
    """
    try:
        data = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        _refuse_other_encodings(line)
        raise BadLine(f"this is not JSON: {error.msg} (column {error.colno})") from None
    if not isinstance(data, dict):
        raise BadLine(
            f"a line holds one JSON object, and this is {name_of(data)}; "
            "write each document on a line of its own"
        )
    read: Json = data
    return read


def _refuse_other_encodings(line: bytes) -> None:
    try:
        line.decode()
    except UnicodeDecodeError as error:
        at = error.start + 1
        raise BadLine(f"this is not UTF-8 (at byte {at} of the line); save it as UTF-8") from None


def exact(data: Json, line: bytes) -> Json:
    """The same with whole numbers exact at any length. Raises ``UnstorableText`` for NUL in it."""
    if _NUL in line:  # The one thing that JSON can say and a page cannot show.
        refuse_nul(data, "line")
    if may_be_rounded(line):
        try:
            data = json.loads(line)
        except RecursionError:
            raise BadLine("something is nested too deep") from None
    return data


def may_be_rounded(data: bytes) -> bool:
    """Whether JSON may hold whole numbers beyond 64 bits, which orjson rounds."""
    return _HUGE in data.translate(_DIGITS)


def dumped(line: Json) -> bytes:
    """The object as one line of UTF-8 with its LF; the same object gives the same bytes."""
    try:
        return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)
    except orjson.JSONEncodeError:
        # Whole numbers beyond 64 bits, which somebody else's keys may hold.
        return json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def without_mark(line: bytes) -> bytes:
    """The first line of a file without a byte order mark. Raises ``BadLine`` for UTF-16."""
    if line.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadLine("the file is in UTF-16; save it as UTF-8")
    return line.removeprefix(b"\xef\xbb\xbf")


def _skip_rest(stream: IO[bytes], line: bytes) -> None:
    while line and not line.endswith(b"\n"):
        line = stream.readline(2**20)


class Again(io.RawIOBase):
    """A stream of which the beginning was read already. It stays open."""

    def __init__(self, head: bytes, stream: IO[bytes]):
        self._head, self._stream = head, stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._head[: len(buffer)] or self._stream.read(len(buffer))
        self._head = self._head[len(buffer) :]
        buffer[: len(piece)] = piece
        return len(piece)
