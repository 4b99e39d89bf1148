"""Plain text: nothing of it changes but its line ends."""

from collections.abc import Iterator

from annotations.document import Block, Layout
from annotations.spans import Span


def cleaned(text: str) -> str:
    """The text with LF for every line end and without a byte order mark; nothing else changes."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def layout(text: str) -> Layout:
    """The paragraphs of a text with LF line ends, as blocks from line start to line end.

    Where the text has blank lines between others (nothing but white space in them), those separate
    the paragraphs and single line ends stay within; otherwise every line is a paragraph.
    """
    lines = list(_lines(text))
    filled = [bool(text[line.start : line.end].strip()) for line in lines]
    if True not in filled:
        return Layout()
    first, last = filled.index(True), len(filled) - filled[::-1].index(True)
    if False not in filled[first:last]:
        return Layout(tuple(Block("p", line.start, line.end) for line in lines[first:last]))
    return Layout(tuple(_paragraphs(lines[first:last], filled[first:last])))


def _lines(text: str) -> Iterator[Span]:
    start = 0
    for line in text.split("\n"):
        yield Span(start, start + len(line))
        start += len(line) + 1


def _paragraphs(lines: list[Span], filled: list[bool]) -> Iterator[Block]:
    start: int | None = None
    end = 0
    for line, has_text in zip(lines, filled, strict=True):
        if has_text:
            start = line.start if start is None else start
            end = line.end
        elif start is not None:
            yield Block("p", start, end)
            start = None
    if start is not None:
        yield Block("p", start, end)
