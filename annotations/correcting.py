"""Correcting a text: a new text and layout of paragraphs that were written anew.

The layout stays stand-off: blocks keep their kinds, what stands between them stays as it is, and
inline styles go where their words went. All offsets are code points.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from annotations.alignment import Alignment, aligned
from annotations.document import Block, Inline, Layout
from annotations.errors import BadInput
from annotations.spans import Span

_PARTED = re.compile(r"\n[^\S\n]*\n\s*")
Part = tuple[Literal["same", "out", "in"], str]


@dataclass(frozen=True, slots=True)
class Corrected:
    """A text as it was corrected, with its layout, and how it goes with the one before."""

    text: str
    layout: Layout
    alignment: Alignment


def recomposed(text: str, layout: Layout, written: Mapping[int, str]) -> Corrected:
    """A text whose blocks were written anew: ``written`` has what stands in a block now, by the
    number of the block.

    An empty block goes, with the white space before it; a blank line in one parts it in two
    of its kind (but not in preformatted text). Raises ``BadInput`` for a block that is not there,
    and when nothing would be left.
    """
    beyond = [number for number in written if not 0 <= number < len(layout.blocks)]
    if beyond:
        raise BadInput(f"The article has no paragraph {beyond[0] + 1}.")
    parts: list[str] = []
    blocks: list[Block] = []
    length = last = 0

    def put(part: str) -> None:
        nonlocal length
        parts.append(part)
        length += len(part)

    for number, block in enumerate(layout.blocks):
        between, last = text[last : block.start], block.end
        now = written.get(number)
        pieces = [text[block.start : block.end]] if now is None else _pieces(block, now)
        if not pieces:
            put(between if between.strip() else "")
            continue
        # What stood between a block that went and its neighbours would stand there twice.
        put(between if blocks or not number or between.strip() else "")
        for place, piece in enumerate(pieces):
            if place:
                put(between if between and not between.strip() else _between(text, layout))
            begun = _continued(block) if place else block
            blocks.append(replace(begun, start=length, end=length + len(piece)))
            put(piece)
    put(text[last:])
    new = "".join(parts)
    if not new.strip():
        raise BadInput("Nothing would be left of the article; write something.")
    both = aligned(text, new)
    inlines = tuple(kept for inline in layout.inlines if (kept := _carried(inline, both)))
    moved = Layout(tuple(blocks), tuple(sorted(inlines, key=lambda i: (i.start, -i.end))))
    return Corrected(new, moved.checked(len(new)), both)


def _continued(block: Block) -> Block:
    """What the further parts of a block become: its number stands before the first alone."""
    if not block.number:
        return block
    if block.kind == "li":
        return replace(block, kind="p", level=block.level + 1, ordered=False, number="")
    return replace(block, number="")


def _pieces(block: Block, now: str) -> list[str]:
    """What was written for a block, in as many pieces as it makes."""
    now = now.replace("\r\n", "\n").replace("\r", "\n")
    if block.kind == "pre":
        return [now] if now.strip() else []
    return [piece.strip("\n") for piece in _PARTED.split(now) if piece.strip()]


def _between(text: str, layout: Layout) -> str:
    """What the article puts between its blocks."""
    for one, other in zip(layout.blocks, layout.blocks[1:], strict=False):
        if one.end < other.start and not text[one.end : other.start].strip():
            return text[one.end : other.start]
    return "\n"


def _carried(inline: Inline, both: Alignment) -> Inline | None:
    """A style where its words are now; ``None`` when nothing is left of them."""
    if inline.start == inline.end:  # a line break
        if inline.start >= len(both.old):
            return replace(inline, start=len(both.new), end=len(both.new))
        place = both.start(inline.start)
        return replace(inline, start=place, end=place)
    start, end = both.start(inline.start), both.end(inline.end)
    return replace(inline, start=start, end=end) if start < end else None


def difference(old: str, new: str) -> list[Part]:
    """Two short texts as one: what stayed, what went out, and what came in, by words."""
    changes: list[tuple[Span, Span]] = []
    for change in aligned(old, new).changes:
        out, come = _whole_words(old, new, *change)
        if changes and (out.start <= changes[-1][0].end or come.start <= changes[-1][1].end):
            out, come = Span(changes[-1][0].start, out.end), Span(changes[-1][1].start, come.end)
            changes.pop()
        changes.append((out, come))
    found: list[Part] = []
    place = 0
    for out, come in changes:
        found += [("same", old[place : out.start]), ("out", out.of(old)), ("in", come.of(new))]
        place = out.end
    found.append(("same", old[place:]))
    return [part for part in found if part[1]]


def _whole_words(old: str, new: str, a: Span, b: Span) -> tuple[Span, Span]:
    """A change widened to whole words on both sides, as far as both texts have the same letters:
    a word is easier to read than half of one."""
    begins = any(word[:1].isalnum() for word in (a.of(old), b.of(new)))
    ends = any(word[-1:].isalnum() for word in (a.of(old), b.of(new)))
    before = 0
    while begins and a.start - before and b.start - before and old[a.start - before - 1].isalnum():
        if old[a.start - before - 1] != new[b.start - before - 1] or before > 40:
            break
        before += 1
    after = 0
    while (
        ends
        and a.end + after < len(old)
        and b.end + after < len(new)
        and old[a.end + after].isalnum()
    ):
        if old[a.end + after] != new[b.end + after] or after > 40:
            break
        after += 1
    return Span(a.start - before, a.end + after), Span(b.start - before, b.end + after)
