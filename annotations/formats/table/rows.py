"""What a table is before its columns are told: sheets of numbered rows of cells."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Cell = Any
"""A text, a number, true or false; what JSON says besides; ``None`` for nothing."""


@dataclass(frozen=True, slots=True)
class Row:
    """``number`` is what a spreadsheet program calls the row, ``line`` where the file has it.

    Rows are counted from 1, the heading among them; there is no ``line`` in a workbook. ``further``
    are cells of columns that no row before had, by their names.
    """

    number: int
    cells: list[Cell]
    line: int | None = None
    further: dict[str, Cell] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sheet:
    """``names`` are those of the columns where the file says them apart from its rows.

    ``is_delimited``: a cell too many means that the row was cut in the wrong places.
    """

    name: str
    rows: Iterator[Row]
    names: list[str] | None = None
    is_delimited: bool = False
