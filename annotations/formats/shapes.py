"""The shapes in which documents come as JSON: one to a line, over several lines, or in a list.

Most files have a line for each document, and those are read as lines: one that is broken costs
itself alone. A line that opens an object without closing it goes on over the next ones. A list is
cut at the borders of its entries (``arrays``), so memory stays flat. Further shapes are made of
these: pairs of a text and what is marked in it (spaCy's older training data), lists on a line, and
an object around a list of documents.
"""

import io
import re
from collections import deque
from collections.abc import Callable, Iterator
from typing import IO, Any, TypeVar

import orjson

from annotations.errors import BadInput, BadLine, located
from annotations.formats.arrays import Entries
from annotations.formats.interface import BadParts
from annotations.formats.lines import (
    MAX_LINE,
    NUL,
    Again,
    exact,
    parsed_value,
    skip_rest,
    without_mark,
)
from annotations.formats.spacy_training import paragraphs_in
from annotations.formats.values import Json, name_of

T = TypeVar("T")

_HEAD = 64 * 1024
_AROUND = b" \t\r\n,\x1e"
"""What may stand around a document: commas, and record separators (RFC 7464)."""

_STRING = re.compile(rb'"(?:[^"\\\r\n]++|\\.)*+"')
_BRACKET = re.compile(rb'"(?:[^"\\\r\n]++|\\.)*+"|([\[{])|([]}])')
_LIST = re.compile(rb"\[\s*[^\s\"]")
"""A list that does not begin with a text, so it is no pair but a list of documents."""

_OF_PAIRS = ("entities", "spans")
"""Keys under which a pair holds places, which Python counted."""

_STARTS = (b"{", b'["', b"[[")
"""How a line begins that may be a document."""


def each(
    stream: IO[bytes],
    make: Callable[[Json], T],
    bad: Callable[[BadLine], None] | None = None,
    quick: Callable[[Json], T | None] = lambda data: None,
    parts: BadParts | None = None,
) -> Iterator[T]:
    """What ``make`` makes of each document of a file, one at a time; the stream stays open.

    What is refused is raised as ``BadLine`` with the line where the document begins and the reason.
    With ``bad`` given, that is called instead and the document skipped. ``quick`` may make the same
    of a line in less time, or ``None``; numbers beyond 64 bits are rounded in it. ``parts``
    is told the line of each document, and its number in a list.
    """
    parts = parts or BadParts()
    lines = _Lines(stream)
    entries = Entries(lines.all()) if lines.begin_list() else None
    pieces = entries or lines

    def refuse(error: BadInput) -> None:
        refused = pieces.placed(error)
        if bad is None:
            raise refused from error
        bad(refused)

    while entries is None or not entries.is_broken:
        try:
            piece = next(pieces, None)
            if piece is None:
                return
            try:
                value = orjson.loads(piece)
            except orjson.JSONDecodeError:
                piece = lines.whole(piece) if entries is None else piece
                if not piece:
                    continue
                value = parsed_value(piece, pieces.line)
            parts.line, parts.entry = pieces.line, pieces.entry
            if entries is None and type(value) is dict and NUL not in piece:
                found = quick(value)
                if found is not None:
                    yield found
                    continue
            documents = documents_in(exact(value, piece))
        except BadInput as error:
            refuse(error)
            continue
        for data in documents:
            try:
                made = make(data)
            except BadInput as error:
                refuse(error)
                continue
            yield made


# ── a document each ───────────────────────────────────────────────────────────────────────────────


class _Lines(Iterator[bytes]):
    """The lines of a file, those together that are one document. ``line`` is the number of its
    first; ``entry`` what it is called where lines do not tell."""

    entry = ""

    def __init__(self, stream: IO[bytes]):
        self.line = 0
        self._stream = stream
        self._head = b""
        self._newest = 0
        self._back: deque[tuple[int, bytes]] = deque()
        """Lines that were read ahead and put back, with their numbers."""
        self._apart = 0
        """Up to this line each stands by itself: no later line closes what they open."""

    def placed(self, error: BadInput) -> BadLine:
        """The same error with its line in the file."""
        return located(error, self.line)

    def begin_list(self) -> bool:
        """Whether the file is a list of documents. To be asked first."""
        head = self._stream.readline(_HEAD)
        while len(head) < _HEAD and head.removeprefix(b"\xef\xbb\xbf").strip() in (b"", b"["):
            more = self._stream.readline(_HEAD)
            if not more:
                break
            head += more
        self._head = head
        return _LIST.match(head.removeprefix(b"\xef\xbb\xbf").lstrip()) is not None

    def all(self) -> IO[bytes]:
        """The whole file, after ``begin_list``."""
        return io.BufferedReader(Again(self._head, self._stream))

    def __next__(self) -> bytes:
        while True:
            self.line, line = self._next()
            if not line.isspace():
                return line

    def whole(self, line: bytes) -> bytes:
        """The document that begins on the newest line, which is no JSON as it stands.

        Empty where there is none. Raises ``BadLine`` for one over several lines that is broken.
        """
        piece = line.removeprefix(b"\xef\xbb\xbf").strip(_AROUND)
        if not piece or self.line <= self._apart or _is_json(piece):
            return piece
        return self._whole(line)

    def _next(self) -> tuple[int, bytes]:
        if self._head:
            # What was read to tell the shape; its last line may go on.
            head, self._head = self._head, b""
            if not head.endswith(b"\n"):
                head += self._stream.readline(MAX_LINE + 1)
            self.line = 1
            lines = [line + b"\n" for line in without_mark(head).split(b"\n")]
            lines[-1] = lines[-1][:-1]
            if not lines[-1]:
                lines.pop()
            self._back.extend(enumerate(lines, 1))
            self._newest = len(lines)
        if self._back:
            number, line = self._back.popleft()
        else:
            line = self._stream.readline(MAX_LINE + 1)
            if not line:
                raise StopIteration
            self._newest += 1
            number = self._newest
        if len(line) > MAX_LINE:
            self.line = number
            if number == self._newest:
                skip_rest(self._stream, line)
            raise BadLine(f"a line may have {MAX_LINE // 2**20} MB, and this one has more")
        return number, line

    def _whole(self, line: bytes) -> bytes:
        """The document that begins on this line, to where all that it opens is closed.

        What follows is put back; so are lines that were read ahead for something that nothing
        closes. Raises ``BadLine`` for a document over several lines that is broken.
        """
        number = self.line
        depth, closed = _depth(line, 0)
        if closed:
            return self._first(line, closed)
        if depth is None or depth <= 0:
            return line.strip()
        taken, size, is_indented = [(number, line)], len(line), False
        reason = ""
        for found in iter(self._ahead, None):
            taken.append(found)
            further, size = found[1], size + len(found[1])
            if len(taken) == 2:
                is_indented = further[:1] in (b" ", b"\t")
            if further.startswith(_STARTS) and (
                is_indented or (len(taken) == 2 and _is_document(further))
            ):
                reason = "the document that begins here is not closed"
                break
            depth, closed = _depth(further, depth)
            if depth is None:
                reason = f"this is not JSON: a text is not closed on line {found[0]}"
                break
            if closed:
                if further[closed:].strip(_AROUND):
                    self._back.appendleft((found[0], further[closed:]))
                taken[-1] = (found[0], further[:closed])
                return b"".join([each for _, each in taken]).strip(_AROUND)
            if size > MAX_LINE:
                reason = f"a document may have {MAX_LINE // 2**20} MB, and this one has more"
                break
        if not reason or size > MAX_LINE:
            self._apart = taken[-1][0]
        reason = reason or "the file ends within the document that begins here"
        return self._broken(line, taken[1:], reason)

    def _ahead(self) -> tuple[int, bytes] | None:
        try:
            return self._next()
        except StopIteration:
            return None

    def _first(self, line: bytes, closed: int) -> bytes:
        """The first of several documents on one line; the others are put back."""
        entries = Entries(io.BytesIO(line[:closed]))
        try:
            pieces = list(entries)
        except BadLine:
            pieces = []
        rest = line[closed:].strip(_AROUND)
        if len(pieces) + bool(rest) < 2 or not pieces[0].startswith((b"{", b"[")):
            return line
        if rest:
            self._back.appendleft((self.line, line[closed:]))
        self._back.extendleft((self.line, piece) for piece in reversed(pieces[1:]))
        return pieces[0]

    def _broken(self, line: bytes, others: list[tuple[int, bytes]], reason: str) -> bytes:
        """Put back what may be other documents. A line that such follow at once is by itself."""
        first = next(
            (n for n, (_, other) in enumerate(others) if other.startswith(_STARTS)), len(others)
        )
        self._back.extendleft(reversed(others[first:]))
        if first == 0 and others:
            return line.strip()
        if first == len(others):
            for found in iter(self._ahead, None):
                if found[1].startswith(_STARTS):
                    self._back.appendleft(found)
                    break
        raise BadLine(f"{reason}; was it cut off, or changed by hand?")


def _is_json(piece: bytes) -> bool:
    try:
        orjson.loads(piece)
    except orjson.JSONDecodeError:
        return False
    return True


def _is_document(line: bytes) -> bool:
    """Whether a line is an object with a text, or a pair: no part of a document around it."""
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return _is_with_text(value) or is_pair(value)


def _depth(line: bytes, depth: int) -> tuple[int | None, int]:
    """How deep in brackets the end of a line is that begins at that depth, ``None`` within a text;
    and behind which place all was closed last, 0 if never."""
    bare = _STRING.sub(b"", line)
    is_open = b'"' in bare
    opening = bare.count(b"{") + bare.count(b"[")
    closing = bare.count(b"}") + bare.count(b"]")
    if closing < depth:
        return None if is_open else depth + opening - closing, 0
    closed = 0
    for found in _BRACKET.finditer(line):
        if found[1]:
            depth += 1
        elif found[2]:
            depth -= 1
            if depth < 0:
                return 0, closed
            if depth == 0:
                closed = found.end()
    return None if is_open else depth, closed


# ── documents in a value ──────────────────────────────────────────────────────────────────────────


def documents_in(value: Any) -> list[Json]:
    """The documents that a value holds, each as an object.

    Raises ``BadLine`` for what holds none.
    """
    if type(value) is dict:
        if "text" in value:
            return [value]
        return paragraphs_in(value) or _within(value) or [value]
    if is_pair(value):
        said = value[1] if type(value[1]) is dict else {"entities": value[1]}
        named = {key: _named(entry) if key in _OF_PAIRS else entry for key, entry in said.items()}
        return [{**named, "text": value[0]}]
    if type(value) is list:
        if all(type(entry) is dict or is_pair(entry) for entry in value):
            return [document for entry in value for document in documents_in(entry)]
        held = next(entry for entry in value if type(entry) is not dict and not is_pair(entry))
        what = f"a list with {name_of(held)} in it"
    else:
        what = name_of(value)
    raise BadLine(
        f"a line holds one JSON object, and this is {what}; a document is an object with its "
        "“text”, on a line of its own or in a list of such objects"
    )


def _named(value: Any) -> Any:
    """Triples with the names that the native format has for their parts: they count the same."""
    if type(value) is dict:
        return {key: _named(entry) for key, entry in value.items()}
    if type(value) is list and value and all(map(_is_triple, value)):
        return [dict(zip(("start", "end", "label"), entry, strict=False)) for entry in value]
    return value


def _is_triple(value: Any) -> bool:
    return type(value) is list and [*map(type, value[:3])] == [int, int, str]


def is_pair(value: Any) -> bool:
    """Whether a value is a text and what is marked in it."""
    return (
        type(value) is list
        and len(value) == 2
        and type(value[0]) is str
        and (
            type(value[1]) is dict
            or (type(value[1]) is list and all(type(entry) is list for entry in value[1]))
        )
    )


def _is_with_text(value: Any) -> bool:
    return type(value) is dict and type(value.get("text")) is str


def _within(value: Json) -> list[Json]:
    """The documents in the lists of an object that is none itself; what is null is passed over."""
    found: list[Json] = []
    for given in value.values():
        if type(given) is not list:
            continue
        entries = [entry for entry in given if entry is not None]
        if entries and all(_is_with_text(entry) or is_pair(entry) for entry in entries):
            found += [document for entry in entries for document in documents_in(entry)]
    return found
