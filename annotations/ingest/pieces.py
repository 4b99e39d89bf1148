"""Texts with their layouts, put together of several or of some of their blocks."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from annotations.document import Block, Inline, Layout


def joined(parts: Iterable[tuple[str, Layout]]) -> tuple[str, Layout]:
    """The parts one after the other, with a blank line between them; empty ones are passed over."""
    texts: list[str] = []
    blocks: list[Block] = []
    inlines: list[Inline] = []
    length = rows = 0
    for text, layout in parts:
        if not text:
            continue
        if texts:
            texts.append("\n\n")
            length += 2
        texts.append(text)
        blocks += [_block(block, length, rows) for block in layout.blocks]
        inlines += [
            replace(each, start=each.start + length, end=each.end + length)
            for each in layout.inlines
        ]
        rows = max([rows, *(b.row + 1 for b in blocks if b.row is not None)])
        length += len(text)
    return "".join(texts), Layout(tuple(blocks), tuple(inlines))


def only(text: str, layout: Layout, kept: Sequence[int]) -> tuple[str, Layout]:
    """The blocks with these numbers, in their order, and the styles within them.

    What stood between two blocks still stands between them if nothing was left out there.
    """
    texts: list[str] = []
    blocks: list[Block] = []
    moved: list[tuple[int, int, int]] = []
    length = 0
    last: int | None = None
    for number in kept:
        block = layout.blocks[number]
        if last is not None:
            before = layout.blocks[last]
            gap = text[before.end : block.start] if number == last + 1 else _gap(before, block)
            texts.append(gap)
            length += len(gap)
        shift = length - block.start
        texts.append(block.span.of(text))
        blocks.append(_block(block, shift, 0))
        moved.append((block.start, block.end, shift))
        length += block.end - block.start
        last = number
    return "".join(texts), Layout(tuple(blocks), tuple(_styles(layout.inlines, moved)))


def _styles(inlines: Iterable[Inline], moved: Sequence[tuple[int, int, int]]) -> Iterable[Inline]:
    place = 0
    for each in inlines:  # Sorted by start, and each within one block.
        while place < len(moved) and moved[place][1] <= each.start:
            place += 1
        if place == len(moved):
            return
        start, end, shift = moved[place]
        if start <= each.start and each.end <= end:
            yield replace(each, start=each.start + shift, end=each.end + shift)


def _gap(before: Block, block: Block) -> str:
    if before.row is not None and block.row is not None:
        return "\t" if before.row == block.row else "\n"
    return "\n" if before.kind == block.kind == "li" else "\n\n"


def _block(block: Block, shift: int, rows: int) -> Block:
    row = None if block.row is None else block.row + rows
    return replace(block, start=block.start + shift, end=block.end + shift, row=row)
