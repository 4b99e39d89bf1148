"""Stretches of text and the sweep that cuts a text at every border.

All numbers are **code points**, start inclusive, end exclusive. UTF-16 exists only in browsers and
in some exchange formats; ``from_utf16`` and ``to_utf16`` are the one door in each direction.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, TypeVar

from annotations.errors import BadInput, SpanOutOfText

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of a document: ``text[start:end]``, in Unicode code points, end exclusive."""

    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start

    def of(self, text: str) -> str:
        """The characters of ``text`` that the span covers."""
        return text[self.start : self.end]

    def overlaps(self, other: "Span") -> bool:
        """Whether the two share at least one character."""
        return self.start < other.end and other.start < self.end

    def within(self, text: str) -> "Span":
        """The span itself, once it is known to fit.

        Raises ``SpanOutOfText`` when it is empty, backwards, or beyond the end of the text.
        """
        if not 0 <= self.start < self.end <= len(text):
            raise SpanOutOfText(self.start, self.end, len(text))
        return self


def trimmed(span: Span, text: str) -> Span:
    """The span without the white space at its ends; may be empty when there is nothing else."""
    quote = span.of(text)
    start = span.start + len(quote) - len(quote.lstrip())
    return Span(start, max(start, span.start + len(quote.rstrip())))


def hull(fragments: Sequence[Span]) -> Span:
    """The smallest span that holds all fragments, which must be sorted and disjoint.

    Raises ``BadInput`` when there are none, or when they overlap or stand out of order.
    """
    if not fragments:
        raise BadInput("An annotation needs at least one stretch of text.")
    for before, after in pairwise(fragments):
        if before.end > after.start:
            raise BadInput(
                f"The fragments {before.start}–{before.end} and {after.start}–{after.end} "
                "overlap or stand out of order."
            )
    return Span(fragments[0].start, fragments[-1].end)


@dataclass(frozen=True, slots=True)
class Piece(Generic[Key]):
    """A stretch between two neighbouring borders, and the keys of all that cover it.

    ``keys`` keep the order in which their spans begin (ties: the longer first).
    """

    start: int
    end: int
    keys: tuple[Key, ...]


def sweep(within: Span, spans: Iterable[tuple[Key, Span]]) -> Iterator[Piece[Key]]:
    """Cut ``within`` at every border of ``spans``: pieces in order, none empty, together the whole.

    Borders are sorted once and the set of open spans is kept on the way, so the work is
    O(n log n + output) for n spans, not O(n²). A key may come more than once (its fragments); empty
    spans and spans outside ``within`` cover nothing.
    """
    first, last = within.start, within.end
    borders_found = {first, last}
    opens: list[tuple[int, int, Key]] = []
    for key, span in spans:
        start, end = max(span.start, first), min(span.end, last)
        if start < end:
            opens.append((start, end, key))
            borders_found.add(start)
            borders_found.add(end)
    opens.sort(key=lambda clip: (clip[0], -clip[1]))
    borders = sorted(borders_found)
    active: list[tuple[int, Key]] = []
    upcoming = 0
    for start, end in pairwise(borders):
        active = [entry for entry in active if entry[0] > start]
        while upcoming < len(opens) and opens[upcoming][0] == start:
            active.append((opens[upcoming][1], opens[upcoming][2]))
            upcoming += 1
        yield Piece(start, end, tuple(dict.fromkeys(key for _, key in active)))


def is_storable(text: str) -> bool:
    """Whether a text can be given back by a web page: no NUL, no lone surrogate."""
    return first_unstorable(text) is None


def first_unstorable(text: str) -> int | None:
    """The position of the first NUL or lone surrogate, or ``None``."""
    nul = text.find("\0")
    if text.isascii():
        return nul if nul >= 0 else None
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        return error.start if nul < 0 else min(nul, error.start)
    return nul if nul >= 0 else None


class Utf16Index:
    """Where the code points of one text lie when it is counted in UTF-16 code units.

    Built once per text (only the astral characters are kept), then each conversion is a binary
    search.
    """

    __slots__ = ("_astral", "_length")

    def __init__(self, text: str):
        self._astral = [place for place, character in enumerate(text) if character > "\uffff"]
        self._length = len(text)

    def to_utf16(self, place: int) -> int:
        """The UTF-16 offset of a code-point offset. Raises ``SpanOutOfText`` outside the text."""
        if not 0 <= place <= self._length:
            raise SpanOutOfText(place, place, self._length)
        return place + bisect_left(self._astral, place)

    def from_utf16(self, place: int) -> int:
        """The code-point offset of a UTF-16 offset.

        Raises ``BadInput`` for the middle of a surrogate pair, ``SpanOutOfText`` outside the text.
        """
        if not 0 <= place <= self._length + len(self._astral):
            raise SpanOutOfText(place, place, self._length + len(self._astral))
        before = bisect_right(
            range(len(self._astral)), place - 1, key=lambda n: self._astral[n] + n + 1
        )
        if before < len(self._astral) and self._astral[before] + before + 1 == place:
            raise BadInput(f"UTF-16 offset {place} lies in the middle of a character.")
        return place - before
