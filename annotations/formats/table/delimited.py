"""Rows of cells in a text file: CSV and its kin, with commas, semicolons, tabs or bars."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import IO

from annotations.errors import BadLine
from annotations.formats.cells import MAX_CELL
from annotations.formats.interface import Reading
from annotations.formats.lines import Again
from annotations.formats.table.rows import Row, Sheet
from annotations.ingest import encodings

DELIMITERS = ",;\t|"
NONE = "\x1f"
"""Stands between the cells of a table of one column, so that commas in its texts part nothing."""

_WHOLE = 4000
"""Characters of a beginning of which the last row may be cut."""

_TRIED = 30
"""Rows that are looked at to tell what stands between cells."""

SEPARATOR = re.compile(r"\ufeff?\"?sep=(.)\"?[ \t,;]*(?:\r\n|\r|\n|\Z)", re.IGNORECASE)


def sheet(stream: IO[bytes], reading: Reading) -> Sheet:
    """The rows of a file, read as they are asked for.

    Raises ``BadInput`` where the encoding cannot be told; ``BadLine`` while rows are read, for
    bytes that are not in it and quotes that do not close.
    """
    sample = stream.read(encodings.SAMPLE)
    found = encodings.of_sample(
        sample, len(sample) < encodings.SAMPLE, "The table", reading.encoding
    )
    if found.is_guess:
        reading.note(f"Read as {found.encoding}.")
    csv.field_size_limit(max(csv.field_size_limit(), MAX_CELL))
    rest = io.BufferedReader(Again(sample[found.skip :], stream))
    lines = io.TextIOWrapper(rest, found.codec, newline="")
    beginning = sample[found.skip :].decode(found.codec, "ignore")
    said = SEPARATOR.match(beginning)
    between = said[1] if said else delimiter(beginning)
    rows = _rows(lines, between, said is not None, found.encoding)
    return Sheet("", rows, is_delimited=True)


def _rows(
    lines: io.TextIOWrapper, between: str, has_separator: bool, encoding: str
) -> Iterator[Row]:
    line = 1
    try:
        if has_separator:
            lines.readline()
            line += 1
        first = line
        reader = csv.reader(lines, delimiter=between, strict=True)
        for number, cells in enumerate(reader, start=1):
            yield Row(number, [cell.removeprefix("\ufeff") for cell in cells], line)
            line = first + reader.line_num
    except UnicodeDecodeError as error:
        raise BadLine(
            f"this is not {encoding} (“{error.reason}”); name its encoding (windows-1252, say), or "
            "save it as “CSV UTF-8”",
            line,
        ) from None
    except csv.Error as error:
        raise BadLine(
            f"the row that begins here is no CSV: {error}; a cell with quotation marks in it "
            "stands in quotation marks, and those within are written twice",
            line,
        ) from None
    finally:
        lines.detach()


def delimiter(beginning: str) -> str:
    """What stands between the cells of a table that begins so: what gives most rows as many."""

    def fit(between: str) -> tuple[float, int]:
        widths = Counter(map(len, rows_of(beginning, between)))
        width, times = max(widths.items(), key=lambda pair: (pair[0] > 1, pair[1]), default=(1, 0))
        return (times / max(1, widths.total()) if width > 1 else 0.0, width)

    best = max(DELIMITERS, key=fit)
    heading = rows_of(beginning, best, 1)
    return best if heading and len(heading[0]) > 1 else NONE


def rows_of(beginning: str, between: str, most: int = _TRIED) -> list[list[str]]:
    """The first rows of the beginning of a table, without empty ones; the last one may be cut."""
    found: list[list[str]] = []
    csv.field_size_limit(max(csv.field_size_limit(), MAX_CELL))
    try:
        for cells in csv.reader(io.StringIO(beginning, newline=""), delimiter=between):
            if any(cells):
                found.append(cells)
            if len(found) >= most:
                return found
    except csv.Error:
        return found
    return found[:-1] if len(found) > 1 and len(beginning) >= _WHOLE else found
