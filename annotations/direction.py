"""Which way texts and paragraphs run: from the letters in them, where nobody has said it.

A paragraph runs as its first strong letter does (UAX #9, rules P2 and P3), a text as most of its
letters do: a heading or a name in other letters at its beginning turns nothing around.
"""

from functools import lru_cache

import regex

from annotations.document import Document
from annotations.spans import Span

_TO_THE_LEFT = r"\p{Bidi_Class=R}\p{Bidi_Class=AL}"
_LEFTWARD = regex.compile(f"[{_TO_THE_LEFT}]")
_STRONG = regex.compile(rf"[\p{{Bidi_Class=L}}{_TO_THE_LEFT}]")
_LOOKED_AT = 100_000
"""Code points of a text by which its direction is told."""


def direction_of(text: str) -> str:
    """``"ltr"`` or ``"rtl"``, as the first strong letter has it; empty where there is none."""
    first = _STRONG.search(text)
    if first is None:
        return ""
    return "rtl" if _LEFTWARD.match(first[0]) else "ltr"


def main_direction(text: str) -> str:
    """``"ltr"`` or ``"rtl"``, as most letters at the beginning of a text have it; else empty."""
    head = text[:_LOOKED_AT]
    leftward = len(_LEFTWARD.findall(head)) if _LEFTWARD.search(head) else 0
    if not leftward:
        return direction_of(head)
    return "rtl" if 2 * leftward > len(_STRONG.findall(head)) else "ltr"


_kept_main_direction = lru_cache(maxsize=64)(main_direction)
_has_leftward = lru_cache(maxsize=64)(lambda text: _LEFTWARD.search(text) is not None)


def direction_of_document(document: Document) -> str:
    """``"ltr"`` or ``"rtl"``: what is said of a document, else as most of its letters have it."""
    if document.direction in ("ltr", "rtl"):
        return document.direction
    return _kept_main_direction(document.text) or "ltr"


def direction_of_block(document: Document, block: Span) -> str:
    """``"ltr"`` or ``"rtl"`` where a block runs otherwise than its document; else empty.

    Where somebody said which way the document runs, a block leaves it only if it holds no letter of
    that direction: a quotation in another script at its beginning does not turn it around.
    """
    if document.direction != "rtl" and not _has_leftward(document.text):
        return ""
    base, text = direction_of_document(document), block.of(document.text)
    own = direction_of(text)
    if own in ("", base):
        return ""
    if document.direction in ("ltr", "rtl"):
        found = {bool(_LEFTWARD.match(letter)) for letter in _STRONG.findall(text)}
        return own if len(found) == 1 else ""
    return own
