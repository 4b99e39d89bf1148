"""Rows out of workbooks (XLSX, XLS, ODS …), read with python-calamine in a process apart.

A workbook can only be read as a whole, so that its memory is that process's, and rows come over one
at a time. Days and moments come as ISO 8601, whole numbers without a point.
"""

import shutil
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from importlib.util import find_spec
from itertools import groupby
from typing import IO, Any

from annotations.errors import BadArchive, BadInput, BadLine, MissingExtra
from annotations.formats.table.rows import Cell, Row, Sheet
from annotations.ingest import apart, archives

LIMITS = archives.Limits(members=10_000, member=1024**3, total=1024**3, ratio=1000)
BEGINNINGS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""Of workbooks: a zip, or an Office file from before 2007."""

SUFFIXES = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
_CALLED = "The workbook"


class Workbook:
    """A workbook whose sheets can be read, as often as is asked."""

    def __init__(self, file: IO[bytes]):
        self._file = file

    def sheets(self, name: str = "") -> Generator[Sheet, None, None]:
        """Each sheet in turn, or the one of that name; its rows are to be read before the next.

        Raises ``BadLine`` for what is damaged, locked, or made to hurt.
        """
        options = {"name": name} if name else {}
        answers = apart.stream("workbook", self._file, _CALLED, **options)
        try:
            for sheet, rows in groupby(answers, key=lambda answer: str(answer[0])):
                yield Sheet(sheet, _rows(rows))
        except BadInput as error:
            raise error if isinstance(error, BadLine) else BadLine(str(error)) from error
        finally:
            answers.close()


def _rows(answers: Iterator[Any]) -> Iterator[Row]:
    for _, number, cells in answers:
        yield Row(number, cells)


@contextmanager
def opened(stream: IO[bytes]) -> Iterator[Workbook]:
    """The workbook in a stream, which is copied to a file without a name.

    Raises ``MissingExtra``.
    """
    if find_spec("python_calamine") is None:
        raise MissingExtra("Workbooks (XLSX, ODS)", "tables")
    with tempfile.TemporaryFile() as file:
        shutil.copyfileobj(stream, file)
        file.flush()
        yield Workbook(file)


# ── in the process apart ──────────────────────────────────────────────────────────────────────────


def parse(file: IO[bytes], name: str = "") -> Iterator[list[Any]]:
    """The name of the sheet, the number and the cells of each row that is not empty."""
    import python_calamine

    _check(file)
    file.seek(0)
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(file)
    except python_calamine.PasswordError:
        raise BadInput("is locked with a password; save it without one.") from None
    except (python_calamine.CalamineError, OSError) as error:
        raise BadInput(
            f"cannot be read ({error}): it is damaged, or no workbook. Open it in the program that "
            "made it and save it again, as .xlsx or as CSV."
        ) from None
    kinds = python_calamine.SheetTypeEnum
    for sheet in book.sheets_metadata:
        if sheet.typ != kinds.WorkSheet or (name and sheet.name != name):
            continue
        found = book.get_sheet_by_name(sheet.name)
        above = found.start[0] if found.start else 0
        for number, cells in enumerate(found.iter_rows(), start=1 + above):
            row = [_cell(cell) for cell in cells]
            while row and row[-1] is None:
                row.pop()
            if row:
                yield [sheet.name, number, row]


def _check(file: IO[bytes]) -> None:
    """Refuse what is a zip, but unpacks to more than a workbook does, or is another document."""
    if file.read(4) != b"PK\x03\x04":
        return
    try:
        with archives.opened(file, "", LIMITS, is_document=True) as archive:
            names = {member.name for member in archive.members}
    except BadArchive as error:
        raise BadInput(f"cannot be opened: {error.reason}") from error
    if "word/document.xml" in names:
        raise BadInput("is a Word document; give its name the ending .docx.")


def _cell(cell: Any) -> Cell:
    if isinstance(cell, str):
        return cell or None
    if isinstance(cell, bool | int):
        return cell
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() and abs(cell) < 1e15 else cell
    if isinstance(cell, datetime):
        is_day = cell.time() == time()
        return cell.date().isoformat() if is_day else cell.isoformat(timespec="seconds")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell) if isinstance(cell, timedelta) else None
