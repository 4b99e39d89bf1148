"""Where a line's offsets point: the unit they are counted in, and the line ends they count.

Each format converts at its own edge, nowhere else; this is the arithmetic they share. The rule is
never to guess silently: the spans' own quotes say which unit it is, and where a file quotes nothing
a person says it.

Grapheme clusters are those of Unicode's UAX 29 (extended), as the library ``regex`` cuts them.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from annotations.errors import BadInput, BadLine, QuotesDiffer
from annotations.formats.interface import BadParts
from annotations.quote_difference import describe_mismatch
from annotations.spans import Utf16Index


def lf(text: str) -> str:
    """The text with LF for every line end, and without a byte order mark before it."""
    if text.startswith("\ufeff"):
        text = text[1:]
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


class Index(Protocol):
    """One way to count in a text: both directions raise ``BadInput`` where there is no place."""

    def __init__(self, text: str) -> None: ...

    def to_code_points(self, place: int) -> int:
        """The code point at an offset."""

    def from_code_points(self, place: int) -> int:
        """The offset of a code point."""


class _Plain:
    """Code points themselves."""

    __slots__ = ("_length",)

    def __init__(self, text: str):
        self._length = len(text)

    def to_code_points(self, place: int) -> int:
        if not 0 <= place <= self._length:
            raise BadInput(f"{place} lies outside of a text of {self._length} characters.")
        return place

    from_code_points = to_code_points


class _Utf16:
    """UTF-16 code units."""

    __slots__ = ("from_code_points", "to_code_points")

    def __init__(self, text: str):
        index = Utf16Index(text)
        self.to_code_points = index.from_utf16
        self.from_code_points = index.to_utf16


class _Graphemes:
    """Extended grapheme clusters: what a reader takes for one character."""

    __slots__ = ("_borders",)

    def __init__(self, text: str):
        import regex

        self._borders: list[int] = [found.start() for found in regex.finditer(r"\X", text)]
        self._borders.append(len(text))

    def to_code_points(self, place: int) -> int:
        if not 0 <= place < len(self._borders):
            count = len(self._borders) - 1
            raise BadInput(f"{place} lies outside of a text of {count} grapheme clusters.")
        return self._borders[place]

    def from_code_points(self, place: int) -> int:
        found = bisect_left(self._borders, place)
        if found == len(self._borders) or self._borders[found] != place:
            raise BadInput(f"{place} lies within a character that is several code points.")
        return found


_INDEXES: dict[str, type[Index]] = {
    "code-points": _Plain,
    "utf-16": _Utf16,
    "graphemes": _Graphemes,
}
"""By the names of ``interface.OFFSETS``."""

_CALLED = {"code-points": "code points", "utf-16": "UTF-16", "graphemes": "grapheme clusters"}


class Unit:
    """One way to count in a text that arrived as ``variant``.

    ``place`` turns an offset so counted into code points of ``lf(variant)``, ``offset`` does the
    reverse. ``name`` says it to a person.
    """

    __slots__ = ("_gone", "_index", "name", "variant")

    def __init__(self, name: str, variant: str, counted: str = "code-points"):
        self.name, self.variant = name, variant
        self._index = _INDEXES[counted](variant)
        self._gone = [0] if variant.startswith("\ufeff") else []
        place = variant.find("\r\n")
        while place >= 0:
            self._gone.append(place)
            place = variant.find("\r\n", place + 2)

    def raw(self, offset: int) -> int:
        """The code point of ``variant`` at an offset. Raises ``BadInput`` where there is none."""
        return self._index.to_code_points(offset)

    def place(self, offset: int) -> int:
        """The code point of the text with LF line ends. Raises ``BadInput`` outside the text."""
        raw = self.raw(offset)
        return raw - bisect_left(self._gone, raw)

    def offset(self, place: int) -> int:
        """The offset of a code point of ``variant``, which must have LF line ends already.

        Raises ``BadInput`` outside the text, and within what this unit takes for one.
        """
        return self._index.from_code_points(place)

    def quotes(self, start: int, end: int) -> str:
        """What stands between two offsets. Raises ``BadInput`` outside the text."""
        return self.variant[self.raw(start) : self.raw(end)]

    def agrees(self, start: int, end: int, quote: str) -> bool:
        """Whether the quote stands there, give or take the kind of line end."""
        try:
            found = self.quotes(start, end)
        except BadInput:
            return False
        return found == quote or lf(found) == lf(quote)


def code_points(text: str) -> Unit:
    """The unit of the native format: code points of the text as it arrived."""
    return Unit("code points", text)


def stated(text: str, unit: str) -> Unit:
    """The unit that a person named: one of ``interface.OFFSETS``, in the text as it arrived.

    Raises ``BadInput`` for another name.
    """
    if unit not in _INDEXES:
        raise BadInput(f"“{unit}” is no unit of offsets; known are {', '.join(_INDEXES)}.")
    return Unit(_CALLED[unit], text, unit)


def is_open(text: str) -> bool:
    """Whether offsets into the text mean different places, depending on who counted.

    So it is with characters beyond U+FFFF and with line ends of two characters. (Clusters of
    several code points differ only for who counts clusters, which no tool does unless told to.)
    """
    return has_astral(text) or "\r\n" in text or text.startswith("\ufeff")


def has_astral(text: str) -> bool:
    """Whether there is a character beyond U+FFFF, which UTF-16 counts as two."""
    return not text.isascii() and max(text) > "\uffff"


def units(text: str) -> Iterator[Unit]:
    """Every way in which offsets into this text may have been counted, the likeliest first.

    Code points, then UTF-16 code units, then grapheme clusters, with the line ends as they arrived;
    then the first two with those of the other kind (a cluster holds a whole line end). A byte order
    mark counts, or does not.
    """
    yield from _units(text)
    if text.startswith("\ufeff"):
        for unit in _units(text[1:]):
            unit.name += ", without the byte order mark"
            yield unit


def _units(text: str) -> Iterator[Unit]:
    astral = has_astral(text)
    yield code_points(text)
    if astral:
        yield stated(text, "utf-16")
    if not text.isascii() or "\r\n" in text:
        yield stated(text, "graphemes")
    other = lf(text) if "\r" in text else text.replace("\n", "\r\n")
    if other != text:
        counted = "one" if "\r" in text else "two"
        yield Unit(f"code points, line ends counted as {counted}", other)
        if astral:
            yield Unit(f"UTF-16, line ends counted as {counted}", other, "utf-16")


def unit_of(text: str, quotes: Iterable[tuple[int, int, str]]) -> Unit | None:
    """The first unit in which every quote stands where its offsets say, or ``None``."""
    known = list(quotes)
    for unit in units(text):
        if all(unit.agrees(start, end, quote) for start, end, quote in known):
            return unit
    return None


def proven(text: str, quotes: Iterable[tuple[int, int, str]], told: str = "") -> Unit:
    """The unit that the quotes prove; where they leave it open, the one that a person ``told``.

    Raises ``QuotesDiffer`` where they fit no unit.
    """
    return prove(text, list(quotes), told)[0]


def prove(
    text: str,
    quotes: Sequence[tuple[int, int, str]],
    told: str = "",
    parts: BadParts | None = None,
    agrees: Callable[[Unit, int, int, str], bool] = Unit.agrees,
) -> tuple[Unit, frozenset[int]]:
    """The unit that the quotes prove, and the places in ``quotes`` of those that do not fit it.

    Where bad ``parts`` may be left out, most quotes decide; otherwise all of them must agree.
    ``told`` is the unit that a person named, for what the quotes leave open. Raises
    ``QuotesDiffer`` where no unit is proven.
    """
    ways = [*([stated(text, told)] if told else []), *units(text)]
    unit, misfits = best_fit(
        ways, lambda unit: (n for n, quote in enumerate(quotes) if not agrees(unit, *quote))
    )
    if misfits and (parts is None or not parts.may_be_left_out):
        raise differing(text, quotes, agrees)
    return unit, misfits


def best_fit(
    ways: Iterable[Unit], misfits: Callable[[Unit], Iterable[int]]
) -> tuple[Unit, frozenset[int]]:
    """The first of the ways to count with the fewest misfits, and which those are."""
    best: tuple[Unit, frozenset[int]] | None = None
    for unit in ways:
        found = frozenset(misfits(unit))
        if best is None or len(found) < len(best[1]):
            best = unit, found
        if not found:
            break
    assert best is not None  # noqa: S101 - one always counts code points
    return best


def differing(
    text: str,
    quotes: Iterable[tuple[int, int, str]],
    agrees: Callable[[Unit, int, int, str], bool] = Unit.agrees,
) -> QuotesDiffer:
    """The error that says which quotes stand elsewhere, and how the text reads there."""
    plain = code_points(text)
    return QuotesDiffer(
        tuple(
            (start, end, quote, text[max(start, 0) : max(end, 0)])
            for start, end, quote in quotes
            if not agrees(plain, start, end, quote)
        )
    )


def misplaced(unit: Unit, start: int, end: int, quote: str) -> BadLine:
    """The error that says how the text reads where one quote should stand."""
    try:
        found = unit.quotes(start, end)
    except BadInput as error:
        return BadLine(f"“{quote[:60]}” should stand at {start}–{end}: {error}")
    return BadLine(f"the text is not what it quotes: {describe_mismatch(start, end, quote, found)}")
