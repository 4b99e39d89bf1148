"""Where sentences begin and end, in the document's language.

The borders come from sentencex (Wikimedia, MIT), which knows the abbreviations, quotation marks and
full stops of some three hundred languages. Where it has no wheel, or fails on a text, a plain rule
stands in: a sentence ends at a mark that ends sentences, with the closing marks behind it, before
white space. All offsets are code points.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib import import_module
from typing import Any

from annotations.document import Document
from annotations.ingest import plain
from annotations.spans import Span, trimmed

_PRIMARY = re.compile(r"[a-z]{2,3}(?![a-z])", re.IGNORECASE)
# White space of several bytes makes sentencex 1.0 fail on some texts. A line feed means something.
_WHITE = re.compile(r"[^\S\n ]")
_END = re.compile(r"[.!?…؟۔。！？｡।॥]+[\"'”’»›)\]」』]*(?:\s+|(?<=[。！？｡])|\Z)")


def _segmenter() -> Any:
    """The module, or ``None`` on machines that it has no wheel for."""
    try:
        return import_module("sentencex")
    except ImportError:
        return None


_sentencex = _segmenter()


def sentences(document: Document) -> tuple[Span, ...]:
    """The sentences of a document, in order, without the white space around them.

    They are disjoint, none crosses the border of a block or is empty, and every character of a
    block that is not white space lies in one. A document without layout has its lines as blocks.
    """
    return _sentences(document.text, _blocks(document), document.language)


@lru_cache(maxsize=32)
def _sentences(text: str, blocks: tuple[Span, ...], language: str) -> tuple[Span, ...]:
    return tuple(
        Span(block.start + found.start, block.start + found.end)
        for block in blocks
        for found in split(block.of(text), language)
    )


def _blocks(document: Document) -> tuple[Span, ...]:
    layout = document.layout if document.layout.blocks else plain.layout(document.text)
    return tuple(block.span for block in layout.blocks)


def sentence_at(found: Sequence[Span], place: int) -> Span | None:
    """The sentence that holds a place, of those that ``sentences`` gave; ``None`` between two."""
    at = bisect_right(found, place, key=lambda sentence: sentence.start) - 1
    return found[at] if at >= 0 and place < found[at].end else None


def split(text: str, language: str = "") -> list[Span]:
    """The sentences of one block's text; ``language`` is a tag as in HTML, empty where unknown."""
    borders = _borders(text, language)
    if borders is None:
        borders = [match.end() for match in _END.finditer(text)]
    return list(_between(text, borders))


def _between(text: str, borders: Sequence[int]) -> Iterator[Span]:
    """What lies between borders, which are sorted, without white space; nothing empty."""
    start = 0
    for end in (*borders, len(text)):
        found = trimmed(Span(start, end), text)
        if found.start < found.end:
            yield found
        start = end


def _borders(text: str, language: str) -> list[int] | None:
    """Where sentencex ends a sentence; ``None`` where it is not there or failed."""
    if _sentencex is None:
        return None
    tag = _PRIMARY.match(language)
    try:
        found = _sentencex.get_sentence_boundaries(
            tag.group().lower() if tag else "en", _WHITE.sub(" ", text)
        )
    except UnicodeEncodeError:  # a lone surrogate, which no stored text holds
        return None
    except BaseException as error:
        # A panic of its Rust code is no ``Exception``, and its class cannot be imported.
        if type(error).__name__ != "PanicException":
            raise
        return None
    ends = [int(boundary["end_index"]) for boundary in found]
    return ends if ends == sorted(ends) and (not ends or ends[-1] <= len(text)) else None
