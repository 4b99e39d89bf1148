"""A line of JSON: parsing it exactly, and writing one so that it can be read."""

import io
import json
from typing import IO, Any

import orjson

from annotations.errors import BadLine
from annotations.formats.values import Json, name_of, refuse_nul

MAX_LINE = 64 * 1024 * 1024
"""Bytes in a line: about twenty times the longest book there is."""

_DIGITS = bytes(48 if 48 <= byte <= 57 else 32 for byte in range(256))
_HUGE = b"0" * 19
NUL = b"\\u0000"
"""How JSON may say the one character that no page can show."""


def loaded(line: bytes) -> Json:
    """The object that a line holds, whole numbers exact at any length.

    Raises ``BadLine`` for what is no JSON or no object, ``UnstorableText`` for NUL in it.
    """
    data: Json = exact(parsed(line), line)
    return data


def parsed(line: bytes) -> Json:
    """The object that a line holds, as orjson reads it: numbers beyond 64 bits are rounded.

    Raises ``BadLine`` for what is no JSON or no object.
    """
    data = parsed_value(line)
    if not isinstance(data, dict):
        raise BadLine(
            f"a line holds one JSON object, and this is {name_of(data)}; "
            "write each document on a line of its own"
        )
    read: Json = data
    return read


def parsed_value(piece: bytes, first: int | None = None) -> Any:
    """The value that a piece of JSON holds, as orjson reads it.

    ``first`` is the number of the line that it begins on. Raises ``BadLine``, with the line where
    it is broken if that number is known.
    """
    try:
        return orjson.loads(piece)
    except orjson.JSONDecodeError as error:
        _refuse_other_encodings(piece)
        line = None if first is None else first + error.lineno - 1
        reason = f"this is not JSON: {error.msg} (column {error.colno})"
        raise BadLine(_beyond_orjson(piece, error.msg) or reason, line) from None


def _beyond_orjson(piece: bytes, why: str) -> str:
    """Why JSON cannot be read that is JSON by its grammar; empty for what is none."""
    try:
        json.loads(piece, parse_constant=_refuse_constant)
    except RecursionError:
        return "something is nested too deep"
    except ValueError:
        return ""
    if "surrogate" in why:
        return (
            "a text holds half of a pair of UTF-16 units (such as \\ud83d by itself), which is no "
            "character; write the whole pair, or the character"
        )
    if "infinity" in why:
        return "a number is too large to be kept"
    return "something is nested too deep" if "depth" in why else f"this cannot be read: {why}"


def _refuse_constant(said: str) -> None:
    raise ValueError(said)


def _refuse_other_encodings(line: bytes) -> None:
    try:
        line.decode()
    except UnicodeDecodeError as error:
        at = error.start + 1
        raise BadLine(f"this is not UTF-8 (at byte {at} of the line); save it as UTF-8") from None


def exact(data: Any, line: bytes) -> Any:
    """The same with whole numbers exact at any length. Raises ``UnstorableText`` for NUL in it."""
    if NUL in line:
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


def skip_rest(stream: IO[bytes], line: bytes) -> None:
    """Read on to the end of a line of which this is the beginning."""
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
