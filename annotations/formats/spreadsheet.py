"""CSV for spreadsheets: one row a span. Written only; a spreadsheet cannot give it all back.

UTF-8 **with** a byte order mark: without one, Excel reads the file in the machine's old code page
and breaks every accent, while LibreOffice, R and pandas (``utf-8-sig``) cope with it. Offsets are
code points. Cells that a spreadsheet would run as a formula get an apostrophe before them.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator

import orjson

from annotations.document import Annotated, Annotation
from annotations.formats.interface import Writing
from annotations.formats.losses import count
from annotations.formats.registry import get

COLUMNS = (
    *("document", "title", "layer", "annotator", "id", "label", "quote", "start", "end"),
    *("fragments", "entity", "concept", "attributes", "note", "unsure", "origin", "created"),
    "updated",
)

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def write(
    documents: Iterable[Annotated],
    losses: Counter[str] | None = None,
    writing: Writing | None = None,
) -> Iterator[bytes]:
    """A heading, then the rows of one document at a time.

    ``losses`` counts what a row has no cell for; a document without a mark has no row.
    """
    lost = Counter[str]() if losses is None else losses
    carries = get("csv").carries
    yield b"\xef\xbb\xbf" + _rows([COLUMNS])
    for annotated in documents:
        count(annotated, carries, lost)
        if annotated.annotations:
            yield _rows(_row(annotated, annotation) for annotation in annotated.annotations)


def safe(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _rows(rows: Iterable[tuple[str, ...]]) -> bytes:
    sheet = io.StringIO(newline="")
    csv.writer(sheet).writerows(rows)
    return sheet.getvalue().encode("utf-8")


def _row(annotated: Annotated, annotation: Annotation) -> tuple[str, ...]:
    document, layer = annotated.document, annotated.layer
    origin = annotation.origin
    parts = (origin.kind, origin.source, "" if origin.score is None else str(origin.score))
    cells = (
        document.id,
        document.title,
        layer.title if layer else "",
        layer.annotator if layer else "",
        annotation.id,
        annotation.label,
        annotation.quote(document.text),
        str(annotation.start),
        str(annotation.end),
        " ".join(f"{span.start}:{span.end}" for span in annotation.fragments),
        annotation.entity or "",
        annotation.concept or "",
        orjson.dumps(annotation.attributes).decode() if annotation.attributes else "",
        annotation.note,
        "yes" if annotation.unsure else "",
        " ".join(part for part in parts if part),
        annotation.created or "",
        annotation.updated or "",
    )
    return tuple(safe(cell) for cell in cells)
