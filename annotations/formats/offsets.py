"""Where a line's offsets point: the unit they are counted in, and the line ends they count.

Each format converts at its own edge, nowhere else; this is the arithmetic they share. The rule is
never to guess silently: the spans' own quotes say which unit it is.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator

from annotations.errors import BadInput
from annotations.spans import Utf16Index


def lf(text: str) -> str:
    """The text with LF for every line end, and without a byte order mark before it."""
    if text.startswith("\ufeff"):
        text = text[1:]
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


class Unit:
    """One way to count in a text that arrived as ``variant``.

    ``place`` turns an offset so counted into code points of ``lf(variant)``. ``name`` says it to a
    person.
    """

    __slots__ = ("_gone", "_utf16", "name", "variant")

    def __init__(self, name: str, variant: str, utf16: bool = False):
        self.name, self.variant = name, variant
        self._utf16 = Utf16Index(variant) if utf16 else None
        self._gone = [0] if variant.startswith("\ufeff") else []
        place = variant.find("\r\n")
        while place >= 0:
            self._gone.append(place)
            place = variant.find("\r\n", place + 2)

    def raw(self, offset: int) -> int:
        """The code point of ``variant`` at an offset. Raises ``BadInput`` where there is none."""
        if self._utf16 is not None:
            return self._utf16.from_utf16(offset)
        if not 0 <= offset <= len(self.variant):
            raise BadInput(f"{offset} lies outside of a text of {len(self.variant)} characters.")
        return offset

    def place(self, offset: int) -> int:
        """The code point of the text with LF line ends. Raises ``BadInput`` outside the text."""
        raw = self.raw(offset)
        return raw - bisect_left(self._gone, raw)

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


def units(text: str) -> Iterator[Unit]:
    """Every way in which offsets into this text may have been counted, the likeliest first.

    Code points, then UTF-16 code units, each with the line ends as they arrived and then with those
    of the other kind.
    """
    astral = not text.isascii() and max(text) > "\uffff"
    yield code_points(text)
    if astral:
        yield Unit("UTF-16", text, utf16=True)
    other = lf(text) if "\r" in text else text.replace("\n", "\r\n")
    if other != text:
        counted = "one" if "\r" in text else "two"
        yield Unit(f"code points, line ends counted as {counted}", other)
        if astral:
            yield Unit(f"UTF-16, line ends counted as {counted}", other, utf16=True)


def unit_of(text: str, quotes: Iterable[tuple[int, int, str]]) -> Unit | None:
    """The first unit in which every quote stands where its offsets say, or ``None``."""
    known = list(quotes)
    for unit in units(text):
        if all(unit.agrees(start, end, quote) for start, end, quote in known):
            return unit
    return None
