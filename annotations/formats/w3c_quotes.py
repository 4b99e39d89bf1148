"""Where quotes stand in a text: by their words and what is around them, not by their white space.

Quotes are copied from pages, where white space is laid out otherwise than in our text, and may hold
soft hyphens or another Unicode form. They are compared folded: without white space and characters
that nobody sees, in canonical decomposition (UAX 15, NFD). All places are code points of the text.
"""

import unicodedata
from array import array
from collections.abc import Iterator
from functools import cached_property

from annotations.errors import BadLine
from annotations.spans import Span

_UNSEEN = frozenset("\u00ad\u200b\u2060\ufeff")
"""Soft hyphen, and spaces without a width."""

MAX_PLACES = 1000
"""Places of one quote that are compared; a quote with more says nothing."""


class Quoted:
    """A text in which quotes are looked for."""

    def __init__(self, text: str):
        self._text = text

    def agrees(self, start: int, end: int, quote: str) -> bool:
        """Whether a quote stands at a place of the text, give or take white space."""
        return 0 <= start < end <= len(self._text) and folded(self._text[start:end]) == folded(
            quote
        )

    def find(
        self,
        exact: str,
        prefix: str = "",
        suffix: str = "",
        within: Span | None = None,
        near: int | None = None,
    ) -> Span:
        """The one place where a quote stands between what is said to be around it.

        Of several the one nearest to ``near``, where that is given. Where the quote stands once in
        all, one side of what is around it may differ. Raises ``BadLine`` where no place is clear.
        """
        if not (quote := folded(exact)):
            raise BadLine("a TextQuoteSelector needs an “exact” quote")
        before, after = folded(prefix), folded(suffix)
        found: list[Span] = []
        for head, tail in dict.fromkeys(((before, after), (before, ""), ("", after))):
            if not (head or tail) and (before or after):
                continue
            found = self._places(head, quote, tail, within or Span(0, len(self._text)))
            if found:
                break
        spaced = [each for each in found if _spaced(self._of(each)) == _spaced(exact)]
        found = spaced or found
        if len(found) > 1 and near is not None:
            return min(found, key=lambda each: (abs(each.start - near), each.start))
        if len(found) != 1:
            how = "stands several times" if found else "does not stand"
            raise BadLine(f"“{exact[:60]}” {how} in the text, so it is not clear where it is meant")
        return found[0]

    def _of(self, span: Span) -> str:
        return self._text[span.start : span.end]

    def _places(self, before: str, quote: str, after: str, within: Span) -> list[Span]:
        """Where the three stand in a row: the places of the one in the middle."""
        found: dict[Span, None] = {}
        for place in self._occurrences(before + quote + after):
            first = place + len(before)
            span = Span(self._at[first], self._at[first + len(quote) - 1] + 1)
            if within.start <= span.start and span.end <= within.end:
                found[span] = None
        return [*found]

    def _occurrences(self, sought: str) -> Iterator[int]:
        whole, count = self._folded, 0
        place = whole.find(sought)
        while place >= 0 and count < MAX_PLACES:
            end = place + len(sought)
            is_cut = end < len(whole) and unicodedata.combining(whole[end])
            if not is_cut:
                yield place
                count += 1
            place = whole.find(sought, place + 1)

    @cached_property
    def _folded(self) -> str:
        return folded(self._text)

    @cached_property
    def _at(self) -> "array[int]":
        """The code point of the text that each character of the folded one is of."""
        at = array("q")
        for place, character in enumerate(self._text):
            at.extend([place] * len(folded(character)))
        return at


def folded(text: str) -> str:
    """The text without white space and what nobody sees, decomposed."""
    if text.isascii():
        return "".join(text.split())
    kept = "".join(text.split())
    kept = "".join([c for c in kept if c not in _UNSEEN])
    # Each by itself: so the places of the whole are those of its characters.
    return "".join([c if c < "\u00c0" else unicodedata.normalize("NFD", c) for c in kept])


def _spaced(text: str) -> list[str]:
    """The words of a text: what stands between white space."""
    return [folded(word) for word in text.split()]
