"""Files that are one large JSON array, read one entry at a time; or an object, or one a line.

An array is cut at the borders of its entries without being parsed as a whole, so that memory stays
flat however long it is: strings are skipped, brackets are counted, and each entry is then parsed by
itself, exactly as a line of a file of lines is.
"""

import re
from collections.abc import Callable, Iterator
from typing import IO, TypeVar

from annotations.errors import BadInput, BadLine, located
from annotations.formats.interface import BadParts
from annotations.formats.lines import MAX_LINE, loaded, without_mark
from annotations.formats.values import Json

T = TypeVar("T")

PIECE = 256 * 1024
"""Bytes that are read at a time."""

_SPACE = b" \t\r\n"
_PLAIN = rb'[^][{}"]++|"(?:[^"\\]++|\\.)*+"'
_NEXT = re.compile(
    rb"(?:%b|[\[{](?:%b)*+[]}])*+([][{}])" % (_PLAIN, _PLAIN),
    re.DOTALL,
)
"""The next bracket that opens or closes something with brackets in it; strings and what has none
within are passed over in one go."""

_SCALAR = re.compile(rb'"(?:[^"\\]|\\.)*+"|[^][{}",\s]++', re.DOTALL)


def each(
    stream: IO[bytes],
    make: Callable[[Json], T],
    bad: Callable[[BadLine], None] | None = None,
    parts: BadParts | None = None,
) -> Iterator[T]:
    """What ``make`` makes of each object of a file: of an array, of lines, or a single one.

    The stream stays open. What ``make`` refuses is raised as ``BadLine`` with the line where the
    entry begins, and in an array its number. With ``bad`` given, that is called instead and the
    entry skipped; a file that is no JSON beyond some point ends there. ``parts`` is told the line
    and the number of each entry.
    """
    entries = Entries(stream)
    parts = parts or BadParts()
    while True:
        try:
            entry = next(entries, None)
            if entry is None:
                return
            parts.line, parts.entry = entries.line, entries.entry
            yield make(loaded(entry))
        except BadInput as error:
            refused = entries.placed(error)
            if bad is None:
                raise refused from error
            bad(refused)
            if entries.is_broken:
                return


class Entries(Iterator[bytes]):
    """The bytes of each object in a file, in order. ``line`` and ``number`` are of the newest.

    Raises ``BadLine`` where the file cannot be cut; ``is_broken`` then says that nothing follows.
    """

    def __init__(self, stream: IO[bytes]):
        self.line, self.number = 1, 0
        self.is_broken = False
        self._stream = stream
        self._held = b""
        self._place = 0
        self._lines = 1
        self._ends = False
        self._has_begun = False
        self._is_array = False

    @property
    def entry(self) -> str:
        """What the newest entry of an array is called; empty where each has a line."""
        return f"entry {self.number}" if self._is_array else ""

    def placed(self, error: BadInput) -> BadLine:
        """The same error, saying at which line and entry it happened."""
        placed = located(error, self.line)
        if self._is_array and type(placed) is BadLine:
            return BadLine(f"{self.entry}: {placed.reason}", placed.line)
        return placed

    def __next__(self) -> bytes:
        if self.is_broken:
            raise StopIteration
        if not self._has_begun:
            self._has_begun = True
            self._begin()
        self._skip(_SPACE + b"," if self.number else _SPACE)
        self.line = self._lines
        if self._is_array and self._held[self._place : self._place + 1] == b"]":
            self._advance(1)
            self._is_array = False
            self._skip(_SPACE)
        if self._at_end():
            if self._is_array:
                self.number += 1
                self._break("the file ends before its list does; was it cut off?")
            raise StopIteration
        self.number += 1
        return self._entry()

    # ── the pieces of the file ────────────────────────────────────────────────────────────────────

    def _begin(self) -> None:
        self._more()
        try:
            self._held = without_mark(self._held)
        except BadLine:
            self.is_broken = True
            raise
        self._skip(_SPACE)
        if self._held[self._place : self._place + 1] == b"[":
            self._is_array = True
            self._advance(1)

    def _more(self) -> bool:
        """Read on; whether there was anything."""
        # What is held is gone through again, so the pieces grow with it: linear in all.
        piece = b"" if self._ends else self._stream.read(max(PIECE, len(self._held) - self._place))
        self._ends = not piece
        self._held = self._held[self._place :] + piece
        self._place = 0
        return bool(piece)

    def _at_end(self) -> bool:
        return self._place >= len(self._held) and not self._more()

    def _advance(self, count: int) -> None:
        self._lines += self._held.count(b"\n", self._place, self._place + count)
        self._place += count

    def _skip(self, what: bytes) -> None:
        while not self._at_end():
            rest = self._held[self._place : self._place + 4096]
            gone = len(rest) - len(rest.lstrip(what))
            self._advance(gone)
            if gone < len(rest):
                return

    # ── one entry ─────────────────────────────────────────────────────────────────────────────────

    def _entry(self) -> bytes:
        first = self._held[self._place : self._place + 1]
        if first not in (b"{", b"["):
            return self._rest_of_line() if not self._is_array else self._scalar()
        depth, place = 1, self._place + 1
        while True:
            found = _NEXT.match(self._held, place)
            if found is None:
                place = self._read_on(place)
                continue
            place = found.end()
            if found[1] in b"{[":
                depth += 1
            else:
                depth -= 1
                if depth <= 0:
                    break
        entry = self._held[self._place : place]
        self._advance(place - self._place)
        return entry

    def _rest_of_line(self) -> bytes:
        """Something else than an object between objects: what stands there, up to the line end."""
        end = self._held.find(b"\n", self._place)
        rest = self._held[self._place : end if end >= 0 else len(self._held)]
        self._advance(len(rest))
        return rest

    def _scalar(self) -> bytes:
        found = _SCALAR.match(self._held, self._place)
        if found is None:
            self._break("this is no JSON; was the file changed by hand?")
            return b""
        self._advance(len(found[0]))
        return found[0]

    def _read_on(self, place: int) -> int:
        """Where ``place`` is once more of the file has been read."""
        if len(self._held) - self._place > MAX_LINE:
            self._break(f"an entry may have {MAX_LINE // 2**20} MB, and this one has more")
        place -= self._place
        if not self._more():
            self._break("the file ends within an entry; was it cut off?")
        return place

    def _break(self, reason: str) -> None:
        self.is_broken = True
        raise BadLine(reason)
