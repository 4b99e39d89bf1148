"""Columns of PDF pages: next to no line crosses a gutter between two; lines that do part bands."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable

from annotations.ingest.pdf_lines import Line


def body_size(lines: Iterable[Line]) -> float:
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size * 2) / 2] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 10.0


def regions(lines: list[Line], body: float, depth: int = 0) -> list[list[Line]]:
    """The lines in the order of reading, those of a column or band together."""
    gutter = _gutter(lines, body) if depth < 6 else None
    if gutter is None:
        return [sorted(lines, key=lambda line: (-line.y1, line.x0))] if lines else []
    wide = sorted((n for n in lines if n.x0 < gutter < n.x1), key=lambda line: -line.y1)
    rest = [line for line in lines if not line.x0 < gutter < line.x1]
    bands: list[list[Line]] = [[] for _ in range(len(wide) + 1)]
    tops = [-line.y1 for line in wide]
    for line in rest:
        bands[bisect_left(tops, -(line.y0 + line.y1) / 2)].append(line)
    found: list[list[Line]] = []
    across: list[Line] = []
    for number, band in enumerate(bands):
        if band:
            if across:
                found.append(across)
                across = []
            left = [each for each in band if each.x1 <= gutter]
            right = [each for each in band if each.x0 >= gutter]
            found += regions(left, body, depth + 1) + regions(right, body, depth + 1)
        if number < len(wide):
            across.append(wide[number])
    return [*found, across] if across else found


def _gutter(lines: list[Line], body: float) -> float | None:
    """Where two columns part: a place that few lines cross, with lines enough on both sides."""
    if len(lines) < 6:
        return None
    edges = sorted({line.x1 for line in lines})
    starts, ends = sorted(line.x0 for line in lines), sorted(line.x1 for line in lines)
    best: tuple[float, float] | None = None
    for edge in edges:
        begun = bisect_left(starts, edge + 0.01)
        crossing = begun - bisect_left(ends, edge + 0.02)
        right = len(lines) - begun
        left = begun - crossing
        if crossing > 0.2 * len(lines) or min(left, right) < max(3, 0.2 * len(lines)):
            continue
        width = starts[begun] - edge
        if width < 0.6 * body:
            continue
        if best is None or width - 3 * crossing > best[0]:
            best = (width - 3 * crossing, edge + width / 2)
    if best is None:
        return None
    gutter = best[1]
    left_side = [line for line in lines if line.x1 <= gutter]
    right_side = [line for line in lines if line.x0 >= gutter]
    if not left_side or not right_side:
        return None
    for side in (left_side, right_side):
        if max(n.x1 for n in side) - min(n.x0 for n in side) < 8 * body:
            return None
    low = max(min(n.y0 for n in left_side), min(n.y0 for n in right_side))
    high = min(max(n.y1 for n in left_side), max(n.y1 for n in right_side))
    return gutter if high - low > 2 * body else None
