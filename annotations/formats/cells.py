"""Tables of cells: what spreadsheets take for a formula, which columns and rows there are, places.

What the formats in CSV share. Offsets are code points, or what quotes prove (``offsets``).
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import IO

from annotations.document import with_fragments
from annotations.errors import BadInput, BadLine
from annotations.formats.lines import Again
from annotations.formats.offsets import Unit
from annotations.ingest import encodings
from annotations.spans import Span

_FORMULA = re.compile("'*[=+\\-@\t\r\n＝＋－＠]")
_GUARDED = re.compile("''*[=+\\-@\t\r\n＝＋－＠]")
MAX_CELL = 64 * 1024 * 1024


def safe(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula. ``plain`` gives it back as it was."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def plain(cell: str) -> str:
    """What was in a cell before ``safe``."""
    return cell[1:] if _GUARDED.match(cell) else cell


def rows(cells: Iterable[tuple[str, ...]]) -> bytes:
    """Rows of cells, none of them a formula."""
    sheet = io.StringIO(newline="")
    csv.writer(sheet).writerows(tuple(map(safe, row)) for row in cells)
    return sheet.getvalue().encode("utf-8")


def cells(
    stream: IO[bytes],
    called: Callable[[str], str],
    missing: Callable[[list[str]], str],
    cleaned: Callable[[str], str],
    encoding: str = "",
) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows as cells by column, each with the line that it begins on; empty cells are not there.

    Commas, semicolons or tabs stand between them, or what a first line ``sep=;`` says; the file is
    in UTF-8 or UTF-16, or in the ``encoding`` that a person named. ``called`` gives the name of a
    column as it is in hand, ``missing`` what to say of a heading that lacks something (else
    nothing), ``cleaned`` what is in a cell. A column without a name goes by its number (“column
    3”), but for whole numbers in the first, with which pandas counts its rows. Raises ``BadLine``
    with the line.
    """
    csv.field_size_limit(max(csv.field_size_limit(), MAX_CELL))
    head = stream.read(3)
    codec = _codec(head, encoding)
    source = io.TextIOWrapper(io.BufferedReader(Again(head, stream)), codec, newline="")
    number = 1
    try:
        first = source.readline(MAX_CELL)
        between = ""
        if said := SEPARATOR.fullmatch(first):
            first, between, number = source.readline(MAX_CELL), said[1], 2
        between = between or max(",;\t", key=first.count)
        is_loose = re.search(rf"{re.escape(between)} +\S", first) is not None and between != "\t"
        heading = next(csv.reader([first], delimiter=between, skipinitialspace=is_loose), [])
        names = [called(cell) for cell in heading]
        if lack := missing(names):
            listed = ", ".join(f"“{name}”" for name in names[:20]) or "none"
            raise BadLine(
                f"the first line must name the columns, {lack}; it names {listed}", number
            )
        names = [name or f"column {place}" for place, name in enumerate(names, 1)]
        if len(set(names)) < len(names):
            raise BadLine("two columns have the same name", number)
        is_counted = _COUNTING.fullmatch(names[0]) is not None
        read_rows = csv.reader(source, delimiter=between, strict=True, skipinitialspace=is_loose)
        above = number
        for found in read_rows:
            line, number = number + 1, read_rows.line_num + above
            if len(found) > len(names) and any(found[len(names) :]):
                raise BadLine(f"here are {len(found)} cells, and {len(names)} columns", line)
            if is_counted and found and _WHOLE.fullmatch(found[0].strip()):
                found[0] = ""
            if any(map(str.strip, found)):
                filled = zip(names, found, strict=False)
                yield line, {name: cleaned(cell) for name, cell in filled if cell}
    except UnicodeDecodeError as error:
        called_so = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16"}.get(codec, codec)
        raise BadLine(
            f"this is not {called_so} (“{error.reason}”); name its encoding (windows-1252, say), "
            "or save it as “CSV UTF-8”",
            number + 1,
        ) from None
    except csv.Error as error:
        raise BadLine(f"this is no CSV: {error}", number + 1) from None
    finally:
        source.detach()


def _codec(head: bytes, encoding: str) -> str:
    """The encoding of a file: a mark at its beginning goes before what a person said.

    Raises ``BadLine`` for an encoding that is not known.
    """
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if head == b"\xef\xbb\xbf" or not encoding:
        return "utf-8-sig"
    try:
        return encodings.decoded(b"", "The table", encoding).encoding
    except BadInput as error:
        raise BadLine(str(error), 1) from None


_AGAIN = {
    "document": ("doc", "document_id", "doc_id", "id of the document"),
    "text": ("document_text",),
    "start": ("begin", "start_offset", "start_char", "begin_offset"),
    "end": ("stop", "end_offset", "end_char"),
}


def column_of_spans(cell: str) -> str:
    """What a column of a table of spans is called here: in small letters, and by our names."""
    name = " ".join(plain(cell).split()).lower()
    return next((ours for ours, others in _AGAIN.items() if name in others), name)


SEPARATOR = re.compile(r"\"?sep=(.)\"?[ \t,;]*(?:\r\n|\r|\n)?", re.IGNORECASE)
"""The line that tells Excel what stands between cells."""

_COUNTING = re.compile(r"column 1|unnamed: 0(?:\.\d+)?")


def is_place(row: Mapping[str, str]) -> bool:
    """Whether a row says where its span is, in whole numbers."""
    return all(_WHOLE.fullmatch(row.get(name, "").strip()) for name in ("start", "end"))


def place_in(row: Mapping[str, str]) -> tuple[int, int]:
    """Where a row says that its span is, which must be a place; spreadsheets write ``8.0`` too."""
    start, end = (int(row[name].strip().partition(".")[0]) for name in ("start", "end"))
    return start, end


_WHOLE = re.compile(r"[0-9]{1,9}(?:\.0{1,9})?")
_PARTS = re.compile(r"[0-9]{1,9}:[0-9]{1,9}(?: [0-9]{1,9}:[0-9]{1,9})*")


def fragments(cell: str, unit: Unit) -> tuple[Span, ...]:
    """The parts that a cell says (“0:4 9:12”). Raises ``BadLine``."""
    if not cell:
        return ()
    if not _PARTS.fullmatch(cell):
        raise BadLine(f"“{cell[:60]}” are no parts; they are written “0:4 9:12”")
    places = (part.split(":") for part in cell.split(" "))
    parts = tuple(Span(unit.place(int(start)), unit.place(int(end))) for start, end in places)
    _, found = with_fragments(parts)
    if any(part.start >= part.end for part in parts):
        raise BadLine("a part is empty")
    return found
