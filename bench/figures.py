"""Figures: how they are taken together, what they are held against, and how they are told."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. ``met`` is ``None`` where there is no budget."""

    work: str
    measured: str
    floor: str = ""
    ratio: str = ""
    budget: str = ""
    met: bool | None = None


def percentile(values: Sequence[float], part: float) -> float:
    """The value below which ``part`` (0 to 1) of them lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(part * (len(ordered) - 1)))]


def slower(
    work: str, taken: Sequence[float], floor: Sequence[float], most: float | None = None
) -> Figure:
    """Seconds against the seconds of a floor: a budget is the most times as long."""
    ratio = median(taken) / median(floor)
    return Figure(
        work,
        f"p50 {_ms(median(taken))}, p95 {_ms(percentile(taken, 0.95))}",
        f"p50 {_ms(median(floor))}, p95 {_ms(percentile(floor, 0.95))}",
        f"{ratio:.2f} ×",
        "" if most is None else f"≤ {most:g} ×",
        None if most is None else ratio <= most,
    )


def share(work: str, rate: float, floor: float, unit: str, least: float) -> Figure:
    """So many a second against those of a floor: a budget is the least part of them."""
    return Figure(
        work,
        f"{rate:,.0f} {unit}/s",
        f"{floor:,.0f} {unit}/s",
        f"{rate / floor:.0%}",
        f"≥ {least:.0%}",
        rate / floor >= least,
    )


def within(
    work: str, value: float, most: float, unit: str, told: str = "", floor: str = ""
) -> Figure:
    """A value with a budget of its own."""
    return Figure(
        work, told or f"{value:,.0f} {unit}", floor, "", f"≤ {most:,g} {unit}", value <= most
    )


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.2f} ms"


def table(figures: Sequence[Figure]) -> str:
    """All figures as a table of text."""
    head = ("work", "measured", "floor", "ratio", "budget", "")
    told = {True: "met", False: "MISSED", None: ""}
    rows = [head, *((f.work, f.measured, f.floor, f.ratio, f.budget, told[f.met]) for f in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(line.rstrip() for line in lines)
