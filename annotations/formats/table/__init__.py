"""Tables of documents: a row (or a JSON object) is a document, its columns say what is known of it.

CSV and its kin, workbooks (XLSX, ODS …), and JSON with keys of its own: a list, a line an object, a
list within an object, or what pandas writes. Which column is the text, the title, the date … is
told by its name and by what is in it (``columns``), and can be said (``Reading.columns``). What was
taken for what goes to ``Reading.tables``, what was left out to ``Reading.note``. Rows are streamed;
``likeness`` tells whether a file is such a table.
"""

import io
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import IO, Any

from annotations.document import Annotated, Document, checked_text, is_id, new_id
from annotations.errors import BadInput, BadLine
from annotations.formats.interface import Column, Reading, TableFound
from annotations.formats.jsonl import first_line
from annotations.formats.lines import Again
from annotations.formats.table import columns, delimited, objects, workbook
from annotations.formats.table.columns import cell_text, is_blank
from annotations.formats.table.dates import Days
from annotations.formats.table.rows import Cell, Row, Sheet
from annotations.formats.values import plain as plain_json
from annotations.ingest import MAX_BYTES, html, plain

SAMPLE = 200
"""Rows that are looked at before it is settled what each column is."""

SAMPLE_CHARACTERS = 2_000_000
NAMED_ROWS = 20
"""Rows without text that a note names one by one."""

_HEAD = 4096
_ABOVE = 10
"""Rows above the heading that may hold a title of the whole."""


def read(
    stream: IO[bytes],
    bad: Callable[[BadLine], None] | None = None,
    reading: Reading | None = None,
) -> Iterator[Annotated]:
    """The documents of a table, one at a time.

    Rows without text are passed over and told of. Raises ``BadLine`` with row and line; with
    ``bad`` given, that is called, and the row skipped. Raises ``MissingExtra`` for workbooks.
    """
    reading = reading or Reading()
    head = stream.read(_HEAD)
    whole = io.BufferedReader(Again(head, stream), 256 * 1024)
    if head.startswith(workbook.BEGINNINGS):
        yield from _of_workbook(whole, bad, reading)
        return
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if start == b"<":
        raise BadLine(
            "this is HTML or XML, and no table: some programs save a page under the name of a "
            "workbook. Open it in a spreadsheet program and save it as .xlsx or as CSV"
        )
    if start in (b"{", b"["):
        sheet = objects.sheet(whole, start == b"[", bad, reading)
    else:
        sheet = delimited.sheet(whole, reading)
    table = _table(sheet, reading)
    if table is None:
        raise BadLine("there is no row with anything in it, below the names of the columns")
    yield from _documents(table, bad, reading)


def _of_workbook(
    stream: IO[bytes], bad: Callable[[BadLine], None] | None, reading: Reading
) -> Iterator[Annotated]:
    """The documents of all sheets that have a column of texts; others are told of."""
    with workbook.opened(stream) as book:
        is_taken = False
        passed = []
        with closing(book.sheets()) as sheets:
            for sheet in sheets:
                table = _table(sheet, reading)
                if table is None:
                    continue
                if table.holds_texts:
                    is_taken = True
                    yield from _documents(table, bad, reading)
                else:
                    passed.append(sheet.name)
        if not is_taken and passed:
            # None says that it holds texts: the first that holds anything is shown as one.
            with closing(book.sheets(passed.pop(0))) as sheets:
                for sheet in sheets:
                    if (table := _table(sheet, reading)) is not None:
                        is_taken = True
                        yield from _documents(table, bad, reading)
        if not is_taken:
            raise BadLine("there is no row with anything in it in this workbook")
        if passed:
            listed = ", ".join(f"“{name}”" for name in passed[:NAMED_ROWS])
            reading.note(
                f"Without a column of texts, and left out: {_counted(len(passed), 'sheet')} "
                f"({listed})."
            )


# ── what each column is ───────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Table:
    """A sheet whose columns have been told: its names, what each is for, and the rows."""

    sheet: str
    names: list[str]
    roles: list[str]
    rows: Iterator[Row]
    days: list[Days]
    holds_texts: bool
    is_delimited: bool
    found: TableFound


def _table(sheet: Sheet, reading: Reading) -> _Table | None:
    """The sheet with its columns told; ``None`` where no row has anything in it."""
    rows: Iterator[Row] = (row for row in sheet.rows if not all(map(is_blank, row.cells)))
    names = sheet.names
    if names is None:
        names, rows = _heading(rows, reading)
    sample: list[Row] = []
    size = 0
    for row in islice(rows, SAMPLE):
        sample.append(row)
        size += sum(len(cell) for cell in row.cells if isinstance(cell, str))
        if size > SAMPLE_CHARACTERS:
            break
    if not sample:
        return None
    width = len(names)
    if not sheet.is_delimited:
        width = max(width, *(len(row.cells) for row in sample))
    names = columns.unique([*names, *[""] * (width - len(names))])
    values = [
        [row.cells[at] if at < len(row.cells) else None for row in sample] for at in range(width)
    ]
    told = columns.told(names, values, reading.columns)
    _refuse_places(names, sample)
    found = TableFound(
        reading.name,
        sheet.name,
        tuple(
            Column(name, role, columns.example(cells))
            for name, role, cells in zip(names, told.roles, values, strict=True)
        ),
    )
    return _Table(
        sheet.name,
        names,
        told.roles,
        chain(sample, rows),
        [Days.of(cells) for cells in values],
        told.holds_texts,
        sheet.is_delimited,
        found,
    )


def _heading(rows: Iterator[Row], reading: Reading) -> tuple[list[str], Iterator[Row]]:
    """The names of the columns, and the rows below them."""
    above: list[Row] = []
    for row in islice(rows, _ABOVE):
        above.append(row)
        if sum(not is_blank(cell) for cell in row.cells) > 1:
            break
    if not above:
        return [], rows
    last = above[-1]
    is_wider = sum(not is_blank(cell) for cell in last.cells) > 1
    if len(above) > 1 and not is_wider:  # one column all the way
        first, rest = above[0], above[1:]
    elif len(above) > 1 and is_wider and columns.is_heading(last.cells):
        listed = ", ".join(str(row.number) for row in above[:-1])
        reading.note(f"Above the names of the columns, and left out: row {listed}.")
        first, rest = last, []
    else:
        first, rest = above[0], above[1:]
    if not columns.is_heading(first.cells):
        reading.note(
            "The first row does not look like names of columns, so it was taken as a document and "
            "the columns are numbered."
        )
        return [f"column {at}" for at in range(1, len(first.cells) + 1)], chain(above, rows)
    return [cell_text(cell) for cell in first.cells], chain(rest, rows)


def _refuse_places(names: list[str], sample: list[Row]) -> None:
    """Raise ``BadLine`` for a table that says where marks stand: it is read by another format."""
    if columns.holds_places(names):
        raise BadLine(
            "this table says where spans stand (“start”, “end”, “label”), so a row is a span and "
            "no document; save it as CSV, and name its format: csv"
        )


# ── documents ─────────────────────────────────────────────────────────────────────────────────────


def _documents(
    table: _Table, bad: Callable[[BadLine], None] | None, reading: Reading
) -> Iterator[Annotated]:
    reading.tables.append(table.found)
    said = _Report()
    ids: set[str] = set()
    count = 0
    for row in table.rows:
        try:
            if table.is_delimited:
                _refuse_too_many(row, len(table.names))
            document = _document(table, row, ids, said)
        except BadInput as error:
            reason = error.reason if isinstance(error, BadLine) else str(error)
            refused = BadLine(f"{_place(table, row)}: {reason}", row.line)
            if bad is None:
                raise refused from error
            bad(refused)
            continue
        if document is None:
            said.without_text.append(row.number)
            continue
        count += 1
        yield Annotated(document=document)
    for note in said.notes(table):
        reading.note(note)
    if not count and said.without_text and bad is None:
        names = ", ".join(f"“{name}”" for name in _of_role(table, *columns.TEXTS))
        raise BadLine(
            f"no row has any text in the column {names}; say which column holds the text "
            f"(there are {', '.join(f'“{name}”' for name in table.names[:30])})"
        )


def _refuse_too_many(row: Row, columns: int) -> None:
    if not all(map(is_blank, row.cells[columns:])):
        raise BadLine(
            f"here are {len(row.cells)} cells, and {columns} columns; a cell that holds what "
            "stands between cells belongs in quotation marks"
        )


def _place(table: _Table, row: Row) -> str:
    return f"row {row.number:,}" + (f" of the sheet “{table.sheet}”" if table.sheet else "")


def _of_role(table: _Table, *roles: str) -> list[str]:
    return [n for n, role in zip(table.names, table.roles, strict=True) if role in roles]


@dataclass(slots=True)
class _Report:
    """What there is to say of the rows once all of them are read."""

    without_text: list[int] = field(default_factory=list)
    doubled: list[int] = field(default_factory=list)
    no_ids: list[int] = field(default_factory=list)
    no_days: dict[str, list[int]] = field(default_factory=dict)
    further: list[int] = field(default_factory=list)

    def notes(self, table: _Table) -> Iterator[str]:
        where = f" in the sheet “{table.sheet}”" if table.sheet else ""
        taken = [
            f"{role} from “{name}”"
            for name, role in zip(table.names, table.roles, strict=True)
            if role not in (columns.META, columns.OMIT)
        ]
        kept, left = _of_role(table, columns.META), _of_role(table, columns.OMIT)
        more = f"; kept as further information: {', '.join(kept[:40])}" if kept else ""
        gone = f"; left out: {', '.join(left[:40])}" if left else ""
        yield f"A row is a document{where}: {', '.join(taken)}{more}{gone}."
        if self.without_text:
            yield (
                f"Without text{where}, and left out: {_counted(len(self.without_text), 'row')} "
                f"({_listed(self.without_text)})."
            )
        if self.doubled:
            yield (
                f"The id stands in an earlier row, too{where}, so the document has a new one: "
                f"{_listed(self.doubled)}."
            )
        if self.no_ids:
            yield (
                f"The id has signs that an id cannot have{where}, so the document has a new one "
                f"and its own is kept as further information: {_listed(self.no_ids)}."
            )
        for name, rows in self.no_days.items():
            yield (
                f"No day could be told from “{name}”{where}, so that is kept as further "
                f"information: {_listed(rows)}."
            )
        if self.further:
            yield (
                f"More cells than columns have names{where}; they are kept as further "
                f"information: {_listed(self.further)}."
            )


def _counted(count: int, one: str) -> str:
    return f"{count:,} {one if count == 1 else f'{one}s'}"


def _listed(rows: list[int]) -> str:
    more = f" and {len(rows) - NAMED_ROWS:,} more" if len(rows) > NAMED_ROWS else ""
    word = "row" if len(rows) == 1 else "rows"
    return f"{word} {', '.join(map(str, rows[:NAMED_ROWS]))}{more}"


def _document(table: _Table, row: Row, ids: set[str], said: _Report) -> Document | None:
    """The document of a row; ``None`` where it has no text. Raises ``BadInput``."""
    found: dict[str, list[tuple[str, Cell]]] = {}
    days: dict[str, Days] = {}
    for at, cell in enumerate(row.cells):
        if is_blank(cell):
            continue
        if at < len(table.names):
            name, role = table.names[at], table.roles[at]
            days[name] = table.days[at]
        else:
            name, role = f"column {at + 1}", columns.META
            if not said.further or said.further[-1] != row.number:
                said.further.append(row.number)
        found.setdefault(role, []).append((name, cell))
    text, layout = _text(found)
    if not text.strip():
        return None
    meta: dict[str, Any] = dict(plain_json(row.further))
    for name, cell in found.get(columns.META, ()):
        meta[name] = plain_json(cell)
    for name, cell in found.get("id", ()):
        if not is_id(cell_text(cell)):
            said.no_ids.append(row.number)
            meta[name] = cell
    uid = next((cell_text(cell) for _, cell in found.get("id", ())), "")
    if uid and uid in ids:
        said.doubled.append(row.number)
        meta[found["id"][0][0]] = uid
        uid = ""
    elif uid and is_id(uid):
        ids.add(uid)
    date = ""
    for name, cell in found.get("date", ()):
        day, is_all = days[name].of_cell(cell)
        date = date or day
        if not day:
            rows = said.no_days.setdefault(name, [])
            rows.append(row.number)
        if not is_all:
            meta[name] = cell
    authors = [each for _, cell in found.get("author", ()) for each in columns.texts_of(cell)]
    if authors:
        meta["author"] = ", ".join(dict.fromkeys(authors))
    title = " ".join(" ".join(cell_text(cell).split()) for _, cell in found.get("title", ()))
    document = Document(
        id=uid if uid and is_id(uid) else new_id(),
        title=title or first_line(text),
        text=text,
        layout=layout,
        language=columns.language(found.get("language", ()), meta),
        source=" ".join(cell_text(cell).strip() for _, cell in found.get("source", ())),
        date=date,
        meta=meta,
        labels=tuple(columns.labels(found.get("labels", ()))),
    )
    _check(document)
    return document


def _text(found: dict[str, list[tuple[str, Cell]]]) -> tuple[str, Any]:
    """The text of a row, that of several columns with an empty line between them."""
    if columns.HTML in found:
        markup = "\n".join(
            cell_text(cell) for role in columns.TEXTS for _, cell in found.get(role, ())
        )
        read_html = html.read(plain.cleaned(markup))
        return read_html.text, read_html.layout
    parts = [columns.paragraphs(cell) for _, cell in found.get(columns.TEXT, ())]
    text = plain.cleaned("\n\n".join(part for part in parts if part.strip()))
    return text, plain.layout(text)


def _check(document: Document) -> None:
    """Raise ``BadInput`` for what cannot be kept, while the row is known."""
    if len(document.text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise BadInput(
            f"the text has more than {MAX_BYTES // 2**20} MB, which no document may have; divide it"
        )
    for what in ("text", "title", "language", "source"):
        checked_text(getattr(document, what), what)
    for label in document.labels:
        checked_text(label, "label")
    _check_further(document.meta)


def _check_further(value: Any) -> None:
    if isinstance(value, str):
        checked_text(value, "further information")
    elif isinstance(value, dict):
        for key, inner in value.items():
            checked_text(key, "name of a column")
            _check_further(inner)
    elif isinstance(value, list):
        for inner in value:
            _check_further(inner)
