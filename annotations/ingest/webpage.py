"""The main content of a saved web page.

The page is read whole by ``html``, so its layout is what it always is; trafilatura is only asked
which words matter, and the blocks that hold these stay. Long blocks are found by their words alone.
A short one (a heading, a list item, a cell) is looked for between its neighbours, so that a “More”
of a menu is not taken for that of a table.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from importlib.util import find_spec
from itertools import pairwise

from annotations.document import Block, Layout
from annotations.errors import BadInput, MissingExtra
from annotations.ingest import apart, html, pieces

LONG = 40
"""Characters without white space by which a block is known wherever it stands."""

LEAST = 200
"""Characters of a main content; a shorter one is no article, and the page is read whole."""

_PAGE = re.compile(r"(?i)<(?:html|body|head)[\s>]|<!doctype\s+html")
_UNSEEN = re.compile(
    r"""(?i)(<[^<>]{0,500}?)(?:\saria-hidden\s*=\s*["']?true["']?"""
    r"""|(?<=[\s"'])(?:visually-?hidden|sr-only|screen-reader-text)(?=[\s"']))"""
)
"""What says of an element that it is not for some readers; the extractor would leave it out."""

_SPACE = re.compile(r"\s+")


def is_page(markup: str) -> bool:
    """Whether this is a page rather than a fragment of one."""
    return _PAGE.search(markup[:20_000]) is not None


def can_extract() -> bool:
    """Whether the extra ``web`` is installed."""
    return find_spec("trafilatura") is not None


def main_blocks(markup: str, text: str, layout: Layout, called: str) -> list[int] | None:
    """The numbers of the blocks of the main content, or ``None`` where there is none to speak of.

    ``text`` and ``layout`` are those of the whole page. Raises ``MissingExtra``.
    """
    if not can_extract():
        raise MissingExtra("Main contents of web pages", "web")
    try:
        found = apart.ask("web", _UNSEEN.sub(r"\1", markup).encode("utf-8"), called)
        wanted = _squeezed(html.read(found).text)
    except BadInput:
        return None  # The page itself was read; only what matters in it cannot be told.
    kept = _matched([_squeezed(block.span.of(text)) for block in layout.blocks], wanted)
    kept = _with_title(layout.blocks, kept)
    if sum(layout.blocks[n].end - layout.blocks[n].start for n in kept) < LEAST:
        return None
    return kept


def _squeezed(text: str) -> str:
    return _SPACE.sub("", text).casefold()


def _matched(blocks: Sequence[str], wanted: str) -> list[int]:
    """The numbers of the blocks that stand in ``wanted``. Both without white space."""
    found = [
        (number, *place)
        for number, block in enumerate(blocks)
        if len(block) >= LONG and (place := _place(block, wanted)) is not None
    ]
    anchors = _rising(found)
    if not anchors:
        return []
    kept = []
    borders = [(-1, 0, 0), *anchors, (len(blocks), len(wanted), len(wanted))]
    for (before, _, start), (number, end, _) in pairwise(borders):
        for between in range(before + 1, number):
            block = blocks[between]
            if block and (at := wanted.find(block, start, end)) >= 0:
                kept.append(between)
                start = at + len(block)
        if number < len(blocks):
            kept.append(number)
    return kept


def _place(block: str, wanted: str) -> tuple[int, int] | None:
    """Where a block stands; its beginning or its end is enough where something was cut from it."""
    start = wanted.find(block)
    if start >= 0:
        return start, start + len(block)
    start = wanted.find(block[:LONG])
    if start >= 0:
        return start, start + LONG
    start = wanted.find(block[-LONG:])
    return (start, start + LONG) if start >= 0 else None


def _rising(anchors: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """The most anchors that come in the same order on both sides (patience sorting)."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int | None] = []
    for index, (_, place, _) in enumerate(anchors):
        at = bisect_left(ends, place)
        before.append(tails[at - 1] if at else None)
        tails[at : at + 1] = [index]
        ends[at : at + 1] = [place]
    chain: list[tuple[int, int, int]] = []
    last = tails[-1] if tails else None
    while last is not None:
        chain.append(anchors[last])
        last = before[last]
    return chain[::-1]


def _with_title(blocks: Sequence[Block], kept: list[int]) -> list[int]:
    """A first heading above the content belongs to it, also where the extractor keeps it apart."""
    if not kept or any(blocks[number].kind == "h1" for number in kept):
        return kept
    above = [n for n in range(kept[0]) if blocks[n].kind == "h1"]
    return [above[-1], *kept] if above else kept


def cut(text: str, layout: Layout, kept: Sequence[int]) -> tuple[str, Layout]:
    """The kept blocks alone."""
    return pieces.only(text, layout, kept)
