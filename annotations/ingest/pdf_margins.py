"""What stands in the margins of PDF pages: headers, footers, page numbers, numbers of lines.

It is left out, and counted.
"""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from annotations.ingest.pdf_lines import Line, Page

_NUMBER = re.compile(r"\d{1,5}")


def without_margins(
    pages: list[list[Line]], sizes: Sequence[Page]
) -> tuple[list[list[Line]], Counter[str]]:
    """The pages without headers, footers and page numbers; and these, counted.

    Looked at are the outermost lines, within an eighth of the page. One goes where the same, digits
    aside, stands at about the same height on two fifths of all pages, and on two at least; where
    only such lines are between it and the edge; and where it stands apart from what follows.
    """
    seen: Counter[tuple[str, int]] = Counter()
    edges: list[list[list[tuple[Line, str, int]]]] = []
    for lines, page in zip(pages, sizes, strict=True):
        by_height = sorted(lines, key=lambda line: line.y0)
        both = [
            [_margin(line, page) for line in by_height[:6] if _height(line, page) < 0.125],
            [_margin(line, page) for line in by_height[:-7:-1] if _height(line, page) > 0.875],
        ]
        edges.append(both)
        seen.update({(text, place) for edge in both for _, text, place in edge})
    needed = max(2, 0.4 * len(pages))
    dropped: Counter[str] = Counter()
    kept = []
    for lines, both in zip(pages, edges, strict=True):
        gone: list[Line] = []
        for edge in both:
            repeated = []
            for line, text, place in edge:
                if sum(seen[text, place + step] for step in (-1, 0, 1)) < needed:
                    break
                repeated.append((line, text))
            while repeated and not _stands_apart(repeated[-1][0], lines):
                repeated.pop()
            gone += [line for line, _ in repeated]
            dropped.update(text for _, text in repeated)
        kept.append([line for line in lines if not any(line is other for other in gone)])
    return (kept, dropped) if any(kept) else (pages, Counter())


def _height(line: Line, page: Page) -> float:
    """Where a line stands: 0 is the bottom of the page, 1 its top."""
    return (line.y0 + line.y1) / 2 / max(page.height, 1.0)


def _margin(line: Line, page: Page) -> tuple[Line, str, int]:
    """A line, its words with “#” for numbers, and its height in fortieths of the page."""
    text = re.sub(r"\d+|\b[ivxlc]+\b", "#", line.text)
    return line, text, round(_height(line, page) * 40)


def _stands_apart(line: Line, lines: list[Line]) -> bool:
    """Whether there is more than a line's distance to the next line towards the page's middle."""
    gaps = [
        abs(other.y1 - line.y1)
        for other in lines
        if abs(other.y1 - line.y1) > 0.5 * line.size and other.x0 < line.x1 and line.x0 < other.x1
    ]
    return not gaps or min(gaps) > 1.6 * line.size


def without_line_numbers(pages: list[list[Line]]) -> tuple[list[list[Line]], int]:
    """The pages without numbers of lines, and how many these were.

    They stand in a margin, one below the other, count on by the same step, and belong to most lines
    of their page. The first column of a table is none: its rows have further pieces.
    """
    kept, count = [], 0
    for lines in pages:
        parted = [part for line in lines for part in _parted(line)]
        gone = {id(line) for line in _line_numbers(parted)}
        count += len(gone)
        kept.append([line for line in parted if id(line) not in gone] if gone else lines)
    return kept, count


def _parted(line: Line) -> list[Line]:
    """A line and the number close before or behind it, apart."""
    first, last = line.runs[0], line.runs[-1]
    if len(line.runs) > 1 and _NUMBER.fullmatch(first.text.strip()):
        if line.runs[1].x0 - first.x1 > 0.3 * line.size:
            return [Line([first], line.page), Line(line.runs[1:], line.page)]
    elif (
        len(line.runs) > 1
        and _NUMBER.fullmatch(last.text.strip())
        and last.x0 - line.runs[-2].x1 > 0.3 * line.size
    ):
        return [Line(line.runs[:-1], line.page), Line([last], line.page)]
    return [line]


def _line_numbers(lines: list[Line]) -> list[Line]:
    """The numbers of lines on a page, if it has them."""
    digits = [line for line in lines if _NUMBER.fullmatch(line.text)]
    texts = [line for line in lines if not _NUMBER.fullmatch(line.text)]
    if len(digits) < 3 or len(texts) < 3:
        return []
    left, right = min(line.x0 for line in texts), max(line.x1 for line in texts)
    for in_margin in (
        [line for line in digits if line.x1 < left],
        [line for line in digits if line.x0 > right],
    ):
        in_margin.sort(key=lambda line: -line.y0)
        beside = [line for line in in_margin if _row(line, texts)]
        if len(beside) < 3 or any(len(_row(line, texts)) > 2 for line in beside):
            continue
        values = [int(line.text) for line in beside]
        steps = {below - above for above, below in pairwise(values)}
        step = min(steps)
        rows = len({round(line.y0 / max(line.size, 1.0)) for line in texts})
        counts_on = step in (1, 2, 5, 10) and all(each % step == 0 and each > 0 for each in steps)
        covered = (values[-1] - values[0]) // step * step + 1 if step else 0
        if counts_on and covered >= 0.6 * rows and len(beside) >= 0.8 * len(in_margin):
            return beside
    return []


def _row(number: Line, texts: list[Line]) -> list[Line]:
    """The pieces of text at the height of a number."""
    return [line for line in texts if abs(line.y0 - number.y0) < 0.6 * line.size]
