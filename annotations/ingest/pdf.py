"""PDFs that hold text: letters with their places becoming lines, columns, paragraphs, headings.

A PDF says where letters stand and little else. The order of reading is found page by page: a gutter
that next to no line crosses parts two columns; lines that do cross it (a title, a wide picture's
caption) part the page into bands, read one after the other. What stands at the same height on many
pages, numbers aside, is a header or footer and is left out. Lines become paragraphs by gaps,
indents, sizes and bullets; a word broken at a line's end is joined again, and its hyphen stays
where the same word has one elsewhere. Bold, italic and raised letters survive; larger letters are
headings.

Places are in points from the bottom left of the page, as PDF has them.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from itertools import pairwise
from typing import Any

from annotations.document import Block, Inline, Layout
from annotations.errors import BadInput, MissingExtra
from annotations.ingest import about, apart, html, sides
from annotations.ingest.about import About
from annotations.spans import first_unstorable

_HYPHENS = "-\u00ad\u2010\u0002\ufffe"
_ENDS = re.compile(r"[.!?:;…。！？؟][\"'”’»)\]\d]*$")
_BULLET = re.compile(r"[•‣◦▪▸●○–·*]\s+|\(?(?:\d{1,3}|[a-z])[.)]\s+")
_ORDERED = re.compile(r"\(?(?:\d{1,3}|[a-z])[.)]\s")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")
_BROKEN_WORD = re.compile(rf"(\w+)[{_HYPHENS}]$")
_INDENT = 0.8
"""Of the size of letters: how far the first line of a paragraph is set in, at least."""


@dataclass(slots=True)
class Run:
    """Letters of one style on one line; ``x0``–``x1`` and ``y0``–``y1`` are its box.

    ``last`` is where its last letter begins: the letters of a ligature share one box.
    """

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    size: float
    bold: bool = False
    italic: bool = False
    last: float = 0.0

    def takes(self, x: float, y: float, size: float, bold: bool, italic: bool) -> bool:
        """Whether a letter that begins there goes on with this run."""
        return (
            (bold, italic) == (self.bold, self.italic)
            and abs(size - self.size) < 0.1 * self.size
            and abs(y - self.y0) < 0.15 * self.size
            and min(self.last - 0.1 * self.size, self.x1 - 0.5 * self.size) < x
            and x < self.x1 + 1.2 * self.size
        )


@dataclass(slots=True)
class Page:
    """``runs_left``: there are letters that run from right to left on it; its runs are such
    letters, one each, or words, and stand on their baselines."""

    width: float
    height: float
    runs: list[Run] = field(default_factory=list)
    runs_left: bool = False


@dataclass(slots=True)
class Line:
    """Runs side by side, in the order of reading."""

    runs: list[Run]
    page: int = 0

    @property
    def x0(self) -> float:
        return min(run.x0 for run in self.runs)

    @property
    def x1(self) -> float:
        return max(run.x1 for run in self.runs)

    @property
    def y0(self) -> float:
        return min(run.y0 for run in self.runs)

    @property
    def y1(self) -> float:
        return max(run.y1 for run in self.runs)

    @property
    def main(self) -> Run:
        """The run with most letters."""
        return max(self.runs, key=lambda run: len(run.text))

    @property
    def size(self) -> float:
        return self.main.size

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs).strip()


@dataclass(slots=True)
class Paragraph:
    """A block that is being made. ``styles`` are (kind, start, end) within its text."""

    lines: list[Line]
    kind: str = "p"
    ordered: bool = False
    row: int | None = None
    text: str = ""
    styles: list[tuple[str, int, int]] = field(default_factory=list)


def read(data: bytes, called: str) -> tuple[html.Read, About]:
    """Text, layout, and what the PDF says of itself. ``called`` is what errors call it.

    Raises ``MissingExtra``, and ``BadInput`` for one that is locked, scanned, damaged, or too much.
    """
    if find_spec("pypdfium2") is None:
        raise MissingExtra("PDFs", "pdf")
    answer = apart.ask("pdf", data, called)
    layout = Layout(
        tuple(
            Block(kind, start, end, ordered=ordered, row=row)
            for kind, start, end, ordered, row in answer["blocks"]
        ),
        tuple(Inline(kind, start, end) for kind, start, end in answer["inlines"]),
    )
    told = About(**answer["about"])
    found = html.Read(
        answer["text"],
        layout,
        title=told.title,
        direction=answer["direction"],
        notes=answer["notes"],
    )
    return found, told


def article(pages: Sequence[Page], pictures: Sequence[int], told: dict[str, str]) -> dict[str, Any]:
    """Text, blocks, inlines, notes and what the PDF says of itself, as JSON can hold them.

    ``pictures`` are the numbers (from 1) of pages with pictures. Raises ``BadInput`` (“holds …”).
    """
    letters = sum(len(run.text.strip()) for page in pages for run in page.runs)
    if letters < 8 * len(pages):
        if pictures:
            raise BadInput(
                "holds pictures of pages, not text: it was scanned. Run it through text "
                "recognition first (OCRmyPDF, for instance), and import what that makes."
            )
        raise BadInput("holds no text.")
    _refuse_unreadable(pages)
    to_the_left = _most_run_left(pages)
    lines = [
        _lines_of_both_sides(page, number, to_the_left) if page.runs_left else _lines(page, number)
        for number, page in enumerate(pages)
    ]
    lines, dropped = _without_margins(lines, pages)
    body = _body_size(line for each in lines for line in each)
    paragraphs: list[Paragraph] = []
    for each in lines:
        for region in _regions(each, body):
            _add(paragraphs, _paragraphs(region, body))
    words = Counter(
        word.casefold()
        for p in paragraphs
        for line in p.lines
        for word in re.findall(r"[\w-]+", line.text)
    )
    for paragraph in paragraphs:
        _write(paragraph, words)
    _number_headings(paragraphs, body)
    empty = [
        number for number in pictures if not any(run.text.strip() for run in pages[number - 1].runs)
    ]
    return {
        **_put(paragraphs),
        "direction": "rtl" if to_the_left else "",
        "about": _about(told),
        "notes": _notes(dropped, empty),
    }


def _most_run_left(pages: Iterable[Page]) -> bool:
    """Whether most letters run from right to left."""
    kinds = Counter(
        kind
        for page in pages
        if page.runs_left
        for run in page.runs
        for kind in map(sides.kind, run.text)
    )
    others = sum(len(run.text.strip()) for page in pages if not page.runs_left for run in page.runs)
    return kinds[sides.RIGHT] > kinds[sides.LEFT] + others


def _refuse_unreadable(pages: Sequence[Page]) -> None:
    """Fonts that do not say which letters they hold give rubbish."""
    counted = Counter(
        "odd" if c == "\ufffd" or "\ue000" <= c <= "\uf8ff" or ("\0" < c < " ") else "good"
        for page in pages
        for run in page.runs
        for c in run.text
        if not c.isspace() and c not in _HYPHENS
    )
    if counted["odd"] > 0.2 * counted.total():
        raise BadInput(
            "does not say which letters it shows; run it through text recognition (OCR), "
            "or get the text from where it was made."
        )


# ── lines and columns ─────────────────────────────────────────────────────────────────────────────


def _lines(page: Page, number: int) -> list[Line]:
    """The runs of a page as stretches of lines; those of two columns stay apart."""
    found: list[Line] = []
    for run in page.runs:
        last = found[-1] if found else None
        if last is not None and _goes_on(last, run, 1.2):
            last.runs.append(run)
        else:
            found.append(Line([run], number))
    found.sort(key=lambda line: (-round(line.y0), line.x0))
    merged: list[Line] = []
    for line in found:
        for before in reversed(merged[-12:]):
            if _goes_on(before, line.runs[0], 0.6):
                before.runs += line.runs
                break
        else:
            merged.append(line)
    for line in merged:
        line.runs.sort(key=lambda run: run.x0)
        _space(line)
    return [line for line in merged if line.text]


def _goes_on(line: Line, run: Run, gap: float) -> bool:
    """Whether a run stands on the same line, right behind it (or raised beside it)."""
    size = max(line.size, run.size)
    overlap = min(line.y1, run.y1) - max(line.y0, run.y0)
    return (
        overlap > 0.5 * min(line.y1 - line.y0, run.y1 - run.y0)
        and -0.6 * size < run.x0 - line.x1 < gap * size
    )


def _space(line: Line) -> None:
    """A gap between two runs is a space, if neither has one."""
    for left, right in pairwise(line.runs):
        wide = right.x0 - left.x1 > 0.18 * max(left.size, right.size)
        if wide and not left.text.endswith(" ") and not right.text.startswith(" "):
            left.text += " "


def _lines_of_both_sides(page: Page, number: int, to_the_left: bool) -> list[Line]:
    """The same for a page with letters that run from right to left.

    Of a text that runs so as a whole (``to_the_left``), the page is turned round: what begins at
    the right begins at 0, as all that follows here expects it.
    """
    found = []
    for row in _rows(page.runs):
        for seen in _stretches(row):
            kinds = Counter(kind for run in seen for kind in map(sides.kind, run.text))
            left = kinds[sides.RIGHT] > kinds[sides.LEFT] * (0.5 if to_the_left else 1)
            read = sides.in_reading_order(_with_gaps(_with_marks(seen)), lambda run: run.text, left)
            _mend_brackets(read)
            found.append(Line(_joined(read), number))
    if to_the_left:
        for line in found:
            for run in line.runs:
                run.x0, run.x1 = page.width - run.x1, page.width - run.x0
    return [line for line in found if line.text]


def _rows(runs: Iterable[Run]) -> Iterator[list[Run]]:
    """Runs on one baseline, or raised a little, each row from left to right."""
    row: list[Run] = []
    for run in sorted(runs, key=lambda run: -run.y0):
        if row and row[0].y0 - run.y0 > 0.45 * max(row[0].size, run.size):
            yield sorted(row, key=lambda run: run.x0)
            row = []
        row.append(run)
    if row:
        yield sorted(row, key=lambda run: run.x0)


def _stretches(row: Sequence[Run]) -> Iterator[list[Run]]:
    """The parts of a row that stand so far from each other that they are of two columns."""
    part: list[Run] = []
    end = 0.0
    for run in row:
        if part and run.x0 - end > 1.2 * max(part[-1].size, run.size):
            yield part
            part = []
        end = max(end, run.x1) if part else run.x1
        part.append(run)
    if part:
        yield part


def _with_marks(seen: Sequence[Run]) -> list[Run]:
    """Marks that stand on a letter are behind it in its run."""
    letters = [run for run in seen if sides.kind(run.text[0]) != sides.MARK]
    if len(letters) == len(seen):
        return letters
    found = []
    ends = [run.x0 for run in letters]
    for run in seen:
        if sides.kind(run.text[0]) != sides.MARK:
            found.append(run)
            continue
        middle = (run.x0 + run.x1) / 2
        near = letters[max(0, bisect_left(ends, middle) - 2) :][:3]
        bearer = next((each for each in near if each.x0 <= middle <= each.x1), None)
        if bearer is None:
            found.append(run)
        else:
            bearer.text += run.text
    return found


def _with_gaps(seen: Sequence[Run]) -> list[Run]:
    """Runs with a space wherever there is a gap and none."""
    found: list[Run] = []
    for run in seen:
        last = found[-1] if found else None
        wide = last is not None and run.x0 - last.x1 > 0.18 * max(last.size, run.size)
        if last is not None and wide and last.text.strip() and run.text.strip():
            found.append(replace(last, text=" ", x0=last.x1, x1=run.x0))
        found.append(run)
    return found


def _joined(runs: Sequence[Run]) -> list[Run]:
    """Runs in the order of reading, those of one style as one."""
    found: list[Run] = []
    parts: list[list[str]] = []
    for run in runs:
        last = found[-1] if found else None
        if last is not None and (last.size, last.bold, last.italic, last.y0) == (
            *(run.size, run.bold, run.italic, run.y0),
        ):
            parts[-1].append(run.text)
            last.x0, last.x1 = min(last.x0, run.x0), max(last.x1, run.x1)
        else:
            found.append(run)
            parts.append([run.text])
    for run, texts in zip(found, parts, strict=True):
        run.text = "".join(texts)
    return found


def _mend_brackets(runs: Sequence[Run]) -> None:
    for place, run in enumerate(runs):
        if len(run.text) == 1:
            before = runs[place - 1].text[-1:] if place else ""
            behind = runs[place + 1].text[:1] if place + 1 < len(runs) else ""
            run.text = sides.bracket(run.text, before, behind)


def _without_margins(
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


def _body_size(lines: Iterable[Line]) -> float:
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size * 2) / 2] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 10.0


def _regions(lines: list[Line], body: float, depth: int = 0) -> list[list[Line]]:
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
            found += _regions(left, body, depth + 1) + _regions(right, body, depth + 1)
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


# ── paragraphs ────────────────────────────────────────────────────────────────────────────────────


def _paragraphs(lines: list[Line], body: float) -> list[Paragraph]:
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
    return apart and not all(_BULLET.fullmatch(f"{cell.text} ") for cell in columns[0])


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
    if _BULLET.match(line.text):
        return True
    indent = line.x0 - above.x0
    if len(into.lines) == 1 and _BULLET.match(above.text):
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
    elif _BULLET.match(text):
        paragraph.kind, paragraph.ordered = "li", bool(_ORDERED.match(text))


def _add(paragraphs: list[Paragraph], more: list[Paragraph]) -> None:
    """The paragraphs of the next column; the first may go on with what the last one broke off."""
    if paragraphs and more:
        last, first = paragraphs[-1], more[0]
        before, behind = last.lines[-1], first.lines[0]
        same = abs(before.size - behind.size) < 0.1 * before.size
        begins = behind.text[:1]
        goes_on = begins.islower() or before.text[-1:] in _HYPHENS or sides.runs_left(begins)
        if (
            last.kind in ("p", "li") and first.kind == "p" and same and goes_on
            and not _ENDS.search(before.text)
        ):  # fmt: skip
            last.lines += first.lines
            more = more[1:]
    paragraphs += more


def _write(paragraph: Paragraph, words: Counter[str]) -> None:
    """The text of a paragraph: its lines joined, broken words whole again, styles as offsets."""
    is_heading = paragraph.kind == "h"
    text = ""
    for number, line in enumerate(paragraph.lines):
        if number:
            following = _clean(line.text)
            text, joint = _joint(text.rstrip(" "), following, words)
            text += joint
            for style in range(len(paragraph.styles)):
                kind, start, end = paragraph.styles[style]
                paragraph.styles[style] = (kind, start, min(end, len(text)))
        first = True
        main = line.main
        for run in line.runs:
            piece = _clean(run.text)
            if first or text.endswith(" "):
                piece = piece.lstrip(" ")
            if not piece:
                continue
            first = False
            start = len(text)
            text += piece
            for kind in _styles(run, main, is_heading):
                _style(paragraph, kind, start, len(text), text)
    paragraph.text = text.strip()
    if paragraph.kind == "li" and (found := _BULLET.match(paragraph.text)):
        cut = found.end()
        paragraph.text = paragraph.text[cut:]
        paragraph.styles = [
            (kind, max(start - cut, 0), end - cut) for kind, start, end in paragraph.styles
        ]


def _clean(text: str) -> str:
    text = text.replace("\ufffe", "-").replace("\u0002", "-")
    return re.sub(r"[ \t\u00a0]+", " ", sides.letters_of_forms(_CONTROLS.sub("", text)))


def _joint(text: str, following: str, words: Counter[str]) -> tuple[str, str]:
    """What is behind a line's end: nothing within a broken word, else a space."""
    broken = _BROKEN_WORD.search(text)
    rest = re.match(r"\w+", following)
    if broken is None or rest is None:
        return (text, "" if text.endswith(("—", "–")) and not text.endswith(" –") else " ")
    first, second = broken[1], rest[0]
    if text.endswith("\u00ad"):
        return text[:-1], ""
    whole, linked = f"{first}{second}".casefold(), f"{first}-{second}".casefold()
    keeps = not second[0].islower() or (words[linked] and not words[whole])
    return (text, "") if keeps or first.isdecimal() else (text[:-1], "")


def _styles(run: Run, main: Run, is_heading: bool) -> list[str]:
    """What a run is, beside the ``main`` one of its line."""
    found = []
    if run is not main and run.size < 0.95 * main.size and run.text.strip():
        if run.y0 - main.y0 > 0.15 * main.size:
            found.append("sup")
        elif main.y0 - run.y0 > 0.05 * main.size:
            found.append("sub")
    if run.italic:
        found.append("em")
    if run.bold and not is_heading:
        found.append("strong")
    return found


def _style(paragraph: Paragraph, kind: str, start: int, end: int, text: str) -> None:
    """Add a style; one that goes on over a space is one."""
    for index in range(len(paragraph.styles) - 1, -1, -1):
        known, first, last = paragraph.styles[index]
        if known == kind:
            if not text[last:start].strip():
                paragraph.styles[index] = (kind, first, end)
                return
            break
    paragraph.styles.append((kind, start, end))


def _number_headings(paragraphs: list[Paragraph], body: float) -> None:
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


# ── what goes out ─────────────────────────────────────────────────────────────────────────────────


def _put(paragraphs: list[Paragraph]) -> dict[str, Any]:
    texts: list[str] = []
    blocks: list[tuple[str, int, int, bool, int | None]] = []
    inlines: list[tuple[str, int, int]] = []
    length = 0
    for paragraph in paragraphs:
        text = paragraph.text
        if not text:
            continue
        if blocks:
            gap = _gap(blocks[-1][0], blocks[-1][4], paragraph)
            texts.append(gap)
            length += len(gap)
        texts.append(text)
        blocks.append(
            (paragraph.kind, length, length + len(text), paragraph.ordered, paragraph.row)
        )
        for kind, start, end in paragraph.styles:
            start, end = max(start, 0), min(end, len(text))
            while start < end and text[start].isspace():
                start += 1
            while end > start and text[end - 1].isspace():
                end -= 1
            if start < end and (start, end) != (0, len(text)):
                inlines.append((kind, length + start, length + end))
        length += len(text)
    inlines.sort(key=lambda each: each[1])
    return {"text": "".join(texts), "blocks": blocks, "inlines": inlines}


def _gap(kind: str, row: int | None, paragraph: Paragraph) -> str:
    """What parts a paragraph from the one before, which is of that kind and row."""
    if row is not None and paragraph.row is not None and paragraph.row >= row:
        return "\t" if paragraph.row == row else "\n"
    return "\n" if paragraph.kind == "li" == kind else "\n\n"


def _about(told: dict[str, str]) -> dict[str, str]:
    title = about.line(told.get("Title", ""))
    if title.startswith("Microsoft Word") or re.search(r"\.\w{2,5}$", title) or "untitled" in title:
        title = ""
    author = about.line(told.get("Author", ""))
    values = {
        "title": title,
        "author": "" if author.lower() in ("anonymous", "unknown") else author,
        "date": about.day(told.get("CreationDate", "")),
    }
    return {key: value for key, value in values.items() if first_unstorable(value) is None}


def _notes(dropped: Counter[str], empty: list[int]) -> list[str]:
    notes = []
    if dropped:
        listed = ", ".join(f"{times} × “{text[:60]}”" for text, times in dropped.most_common(5))
        more = f", and {len(dropped) - 5} more" if len(dropped) > 5 else ""
        notes.append(
            f"Left out as headers, footers and page numbers (# is a number): {listed}{more}."
        )
    if empty:
        some = ", ".join(map(str, empty[:10])) + (" …" if len(empty) > 10 else "")
        notes.append(f"Pages with pictures and no text: {some}.")
    return notes
