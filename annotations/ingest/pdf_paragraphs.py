"""Lines of PDF columns as paragraphs, headings, items and cells.

They are told by gaps, indents, sizes and bullets; a paragraph goes on over columns and pages.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from annotations.ingest import sides
from annotations.ingest.pdf_lines import Line

HYPHENS = "-\u00ad\u2010\u0002\ufffe"
BULLET = re.compile(r"[•‣◦▪▸●○–·*]\s+|\(?(?:\d{1,3}|[a-z])[.)]\s+")
_ENDS = re.compile(r"[.!?:;…。！？؟][\"'”’»)\]\d]*$")
_ORDERED = re.compile(r"\(?(?:\d{1,3}|[a-z])[.)]\s")
_INDENT = 0.8
"""Of the size of letters: how far the first line of a paragraph is set in, at least."""


@dataclass(slots=True)
class Paragraph:
    """A block that is being made. ``styles`` are (kind, start, end) within its text.

    ``is_note``: it stands in smaller letters at the foot of its page.
    """

    lines: list[Line]
    kind: str = "p"
    ordered: bool = False
    row: int | None = None
    number: str = ""
    is_note: bool = False
    text: str = ""
    styles: list[tuple[str, int, int]] = field(default_factory=list)


def paragraphs_of(lines: list[Line], body: float) -> list[Paragraph]:
    """The lines of a column as paragraphs, and those of a table as its cells."""
    found: list[Paragraph] = []
    for part, cells in _tables(lines):
        found += _cells(part, cells) if cells else _of_lines(part, body)
    return found


def _tables(lines: list[Line]) -> list[tuple[list[Line], int]]:
    """The lines in stretches, each with the number of columns if it is a table, else 0.

    A table is three rows or more with as many pieces, at least two, that stand below each other. A
    column of numbers or bullets in front of a text makes none.
    """
    rows: list[list[Line]] = []
    for line in lines:
        before = rows[-1][-1] if rows else None
        if (
            before is not None
            and abs(before.y1 - line.y1) < 0.4 * max(before.size, line.size)
            and line.x0 >= before.x1
        ):
            rows[-1].append(line)
        else:
            rows.append([line])
    found: list[tuple[list[Line], int]] = []
    for cells, group in _alike(rows):
        part = [line for row in group for line in row]
        is_table = cells > 1 and len(group) > 2 and _is_table(group)
        if is_table or not found or found[-1][1]:
            found.append((part, cells if is_table else 0))
        else:
            found[-1][0].extend(part)
    return found


def _alike(rows: Sequence[list[Line]]) -> Iterator[tuple[int, list[list[Line]]]]:
    """Rows of as many pieces that follow each other closely."""
    group: list[list[Line]] = []
    for row in rows:
        if group:
            above = group[-1][0]
            near = above.y1 - row[0].y1 < 3 * max(above.size, row[0].size)
            if len(group[-1]) != len(row) or not near:
                yield len(group[-1]), group
                group = []
        group.append(row)
    if group:
        yield len(group[-1]), group


def _is_table(rows: Sequence[list[Line]]) -> bool:
    columns = list(zip(*rows, strict=True))
    apart = all(
        max(cell.x1 for cell in left) < min(cell.x0 for cell in right)
        for left, right in pairwise(columns)
    )
    return apart and not all(BULLET.fullmatch(f"{cell.text} ") for cell in columns[0])


def _cells(lines: Sequence[Line], columns: int) -> list[Paragraph]:
    return [
        Paragraph([line], kind="td", row=number // columns) for number, line in enumerate(lines)
    ]


def _of_lines(lines: list[Line], body: float) -> list[Paragraph]:
    """The lines of a column as paragraphs."""
    gaps = Counter(
        round((above.y1 - below.y1) * 2) / 2
        for above, below in pairwise(lines)
        if above.y1 > below.y1
    )
    leading = gaps.most_common(1)[0][0] if gaps else 1.2 * body
    right = sorted(line.x1 for line in lines)[int(0.8 * (len(lines) - 1))]
    found = [Paragraph([lines[0]])]
    for above, line in pairwise(lines):
        if _begins(found[-1], above, line, leading, right):
            found.append(Paragraph([line]))
        else:
            found[-1].lines.append(line)
    for paragraph in found:
        _name(paragraph, body)
    return found


def _begins(into: Paragraph, above: Line, line: Line, leading: float, right: float) -> bool:
    size = max(above.size, line.size)
    if abs(above.y1 - line.y1) < 0.4 * size and line.x0 >= above.x1:
        return False
    if abs(above.size - line.size) > 0.1 * size:
        return True
    if above.main.bold != line.main.bold and all(run.bold for run in above.runs):
        return True
    if above.y1 - line.y1 > max(1.3 * leading, 1.15 * size) and above.y1 - line.y1 > leading + 1.5:
        return True
    if BULLET.match(line.text):
        return True
    indent = line.x0 - above.x0
    if len(into.lines) == 1 and BULLET.match(above.text):
        return indent < -0.2 * size  # What hangs below its bullet goes on with it.
    if indent > _INDENT * size and line.x0 - min(n.x0 for n in into.lines) > _INDENT * size:
        return True
    short = above.x1 < right - 0.15 * max(right - above.x0, 1.0)
    return bool(short and _ENDS.search(above.text))


def _name(paragraph: Paragraph, body: float) -> None:
    """Headings are larger, or bold throughout and short; the rest are paragraphs and items."""
    text = " ".join(line.text for line in paragraph.lines)
    size = paragraph.lines[0].size
    short = len(text) < 250 and len(paragraph.lines) <= 4
    bold = all(run.bold for line in paragraph.lines for run in line.runs if run.text.strip())
    is_bold_line = bold and len(text) < 120 and size >= 0.95 * body and not _ENDS.search(text)
    if short and (size >= 1.15 * body or is_bold_line):
        paragraph.kind = "h"
    elif BULLET.match(text):
        paragraph.kind, paragraph.ordered = "li", bool(_ORDERED.match(text))


def add(paragraphs: list[Paragraph], more: list[Paragraph]) -> None:
    """The paragraphs of the next column; the first may go on with what the last one broke off.

    Notes between the two then stand behind what they broke.
    """
    last = next((each for each in reversed(paragraphs) if not each.is_note), None)
    if last is not None and more and _continues(last, more[0]):
        last.lines += more[0].lines
        more = more[1:]
    paragraphs += more


def _continues(last: Paragraph, first: Paragraph) -> bool:
    """Whether a paragraph is the rest of one that a column or page broke off."""
    before, behind = last.lines[-1], first.lines[0]
    if last.kind not in ("p", "li") or first.kind != "p" or first.is_note:
        return False
    if abs(before.size - behind.size) >= 0.1 * before.size or _ENDS.search(before.text):
        return False
    begins = behind.text[:1]
    if begins.islower() or before.text[-1:] in HYPHENS or sides.runs_left(begins):
        return True
    # A line that was filled to its end has not ended its paragraph, whatever comes next.
    reach = max(line.x1 for line in last.lines)
    is_full = len(last.lines) > 1 and before.x1 > reach - 0.1 * (reach - before.x0)
    return is_full and (begins.isalnum() or begins in "“„«‘(\"'")


def mark_notes(paragraphs: list[Paragraph], body: float) -> None:
    """Mark the notes at the end of a column: smaller letters below the text."""
    for paragraph in reversed(paragraphs):
        is_small = all(line.size < 0.93 * body for line in paragraph.lines)
        if not is_small or paragraph.kind not in ("p", "li") or paragraph is paragraphs[0]:
            return
        paragraph.is_note = True


def number_headings(paragraphs: list[Paragraph], body: float) -> None:
    """The largest letters are h1, the next h2, and so on; what is only bold comes last."""
    sizes = sorted(
        {
            round(p.lines[0].size)
            for p in paragraphs
            if p.kind == "h" and p.lines[0].size >= 1.15 * body
        },
        reverse=True,
    )[:5]
    for paragraph in paragraphs:
        if paragraph.kind == "h":
            size = round(paragraph.lines[0].size)
            level = sizes.index(size) + 1 if size in sizes else min(len(sizes) + 1, 6)
            paragraph.kind = f"h{level}"
