"""Days as people and spreadsheets write them, as ISO 8601.

``03/04/2024`` is a day in March or in April; which one, the other cells of the column tell, and
where none of them does, nothing is guessed.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from annotations.ingest import about

_NUMBERS = re.compile(r"\s*(\d{1,2})([./-])\s?(\d{1,2})\2\s?(\d{4})(?!\d)(?P<rest>.*)", re.DOTALL)
_YEAR_FIRST = re.compile(r"\s*(\d{4})[./](\d{1,2})[./](\d{1,2})(?!\d)(?P<rest>.*)", re.DOTALL)
_CJK = re.compile(
    r"\s*(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일](?P<rest>.*)", re.DOTALL
)
_PACKED = re.compile(r"\s*((?:19|20)\d\d)([01]\d)([0-3]\d)\s*")
_NAMED = re.compile(
    r"\s*(?:[^\W\d_]+\.?,?\s+)?(?:(?P<d1>\d{1,2})(?:\.|st|nd|rd|th|er|º)?\s+(?:de\s+)?"
    r"(?P<m1>[^\W\d_]{3,})\.?,?|(?P<m2>[^\W\d_]{3,})\.?\s+(?P<d2>\d{1,2})(?:st|nd|rd|th)?,?)"
    r"\s+(?:de\s+)?(?P<year>\d{4})(?!\d)(?P<rest>.*)",
    re.DOTALL,
)
_ISO = re.compile(r"\s*\d{4}(?:-\d\d(?:-\d\d)?)?\s*\Z")
_MIDNIGHT = re.compile(r"[T ]?(?:00:00(?::00(?:\.0+)?)?)?\s*(?:Z|\+00:?00)?\s*\Z")
_MONTHS = {
    beginning: number
    for number, beginnings in enumerate(
        (
            "jan ene gen янв sty", "feb fév fev фев lut", "mar mär maa мар", "apr abr avr апр kwi",
            "may mai mag maj май мая", "jun juin giu июн cze", "jul juil lug июл lip",
            "aug ago aoû aou авг sie", "sep set сен wrz", "oct okt ott out окт paź", "nov ноя lis",
            "dec dez dic déc дек gru",
        ),
        start=1,
    )
    for beginning in beginnings.split()
}  # fmt: skip
"""The beginnings of the names of months in English, German, Spanish, French, Italian, Portuguese,
Dutch, Polish and Russian."""


@dataclass(frozen=True, slots=True)
class Days:
    """Reads the days of one column. ``order`` is ``"dm"``, ``"md"`` or empty: not to be told."""

    order: str = ""

    @classmethod
    def of(cls, cells: Iterable[Any]) -> "Days":
        """What the cells of a column tell of the order of day and month."""
        is_day_first = is_month_first = False
        for cell in cells:
            if isinstance(cell, str) and (found := _NUMBERS.match(cell)):
                is_day_first |= int(found[1]) > 12 or found[2] == "."
                is_month_first |= int(found[3]) > 12
        if is_day_first == is_month_first:
            return cls()
        return cls("dm" if is_day_first else "md")

    def of_cell(self, cell: Any) -> tuple[str, bool]:
        """The day in ISO 8601 (or month, or year), and whether the cell says no more than that.

        An empty text where none can be told.
        """
        if isinstance(cell, bool) or cell is None:
            return "", False
        text = str(cell)
        if isinstance(cell, int | float):
            return (text, True) if re.fullmatch(r"1[5-9]\d\d|20\d\d", text) else ("", False)
        if _ISO.match(text):
            day = about.day(text)
            return day, bool(day)
        if found := _PACKED.fullmatch(text):
            return _whole(found[1], found[2], found[3])
        if found := _YEAR_FIRST.match(text) or _CJK.match(text):
            day, _ = _whole(found[1], found[2], found[3])
            return day, bool(day) and _is_nothing(found["rest"])
        if found := _NUMBERS.match(text):
            return self._numbers(found)
        if (found := _NAMED.match(text)) and (day := _named(found)):
            return day, _is_nothing(found["rest"])
        day = about.day(text)
        return day, bool(day) and len(day) == 10 and _is_nothing(text.strip()[10:])

    def _numbers(self, found: re.Match[str]) -> tuple[str, bool]:
        first, second = found[1], found[3]
        if int(first) > 12 or found[2] == ".":
            order = "dm"
        elif int(second) > 12:
            order = "md"
        else:
            order = self.order or ("dm" if first == second else "")
        if not order:
            return "", False
        day, month = (first, second) if order == "dm" else (second, first)
        told, _ = _whole(found[4], month, day)
        return told, bool(told) and _is_nothing(found["rest"])


def is_day(cell: Any) -> bool:
    """Whether a cell holds a day, whichever."""
    if not isinstance(cell, str) or len(cell) > 60:
        return False
    return bool(Days("dm").of_cell(cell)[0] or Days("md").of_cell(cell)[0])


def _whole(year: str, month: str, day: str) -> tuple[str, bool]:
    try:
        return date(int(year), int(month), int(day)).isoformat(), True
    except ValueError:
        return "", False


def _named(found: re.Match[str]) -> str:
    name = (found["m1"] or found["m2"]).lower()
    month = next((n for start, n in _MONTHS.items() if name.startswith(start)), None)
    if name.startswith("juil"):
        month = 7
    if month is None:
        return ""
    return _whole(found["year"], str(month), found["d1"] or found["d2"])[0]


def _is_nothing(rest: str) -> bool:
    """Whether what follows a day is no time but midnight."""
    return _MIDNIGHT.match(rest) is not None
