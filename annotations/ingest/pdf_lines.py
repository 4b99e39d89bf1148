"""Lines of a PDF page: runs of letters put side by side, in either direction of writing.

Places are in points from the bottom left of the page, as PDF has them.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from annotations.ingest import sides


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


def lines_of(page: Page, number: int) -> list[Line]:
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


def lines_of_both_sides(page: Page, number: int, to_the_left: bool) -> list[Line]:
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
