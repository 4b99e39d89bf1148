"""Statements as the Discourse Network Analyzer lists them, for the tools around it.

Its event list has the columns ``statement ID`` to ``text`` and then the variables of a statement,
which are ``person``, ``organization``, ``concept`` and ``agreement`` (1 or 0) in its own statement
type; fields stand apart by semicolons. A row is one actor on one statement (``sayings``); behind
those columns stand ours. Postil's actors are persons and organisations alike: each is in both
columns, unless its entity says to which ``organization`` it belongs.

UTF-8 without a byte order mark, as that program writes it. Offsets are code points. How such tables
are read, those of that program too, is in ``dna_in``.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from annotations.document import Annotated, Document
from annotations.formats.cells import safe
from annotations.formats.dna_in import listed, read
from annotations.formats.interface import Writing
from annotations.formats.registry import get
from annotations.formats.sayings import STANCE, Saying, Sayings

__all__ = ["OURS", "THEIRS", "read", "write"]

THEIRS = (
    *("statement ID", "time", "document ID", "document title", "author", "source", "section"),
    *("type", "text", "person", "organization", "concept", "agreement"),
)
OURS = ("role", "stance", "status", "start", "end", "fragments", "layer", "annotator", "note")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d).*")


def write(
    documents: Iterable[Annotated],
    losses: Counter[str] | None = None,
    writing: Writing | None = None,
) -> Iterator[bytes]:
    """A heading, then the rows of one document at a time.

    ``losses`` counts what has no column. ``writing.codebook`` says which labels are statements, and
    which relations lead to actors; the default codebook does where none is given.
    """
    lost = Counter[str]() if losses is None else losses
    sayings = Sayings(writing or Writing(), get("dna").carries, lost)
    others = sayings.others
    yield _rows([(*THEIRS, *OURS, *others)])
    for annotated in documents:
        rows = [_row(annotated, saying, others) for saying in sayings.of(annotated)]
        if rows:
            yield _rows(rows)


def _rows(rows: Iterable[tuple[Any, ...]]) -> bytes:
    sheet = io.StringIO(newline="")
    writer = csv.writer(sheet, delimiter=";", quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    writer.writerows(
        tuple(safe(cell) if isinstance(cell, str) else cell for cell in row) for row in rows
    )
    return sheet.getvalue().encode()


def _row(annotated: Annotated, saying: Saying, others: tuple[str, ...]) -> tuple[Any, ...]:
    document, layer, mark = annotated.document, annotated.layer, saying.annotation
    agreement: Any = "" if saying.agrees is None else int(saying.agrees)
    known = next((e.extra for e in annotated.entities if e.name == saying.actor), {})
    return (
        mark.id,
        _time(document),
        document.id,
        document.title,
        _said(document, "author"),
        document.source,
        _said(document, "section"),
        mark.label,
        mark.quote(document.text),
        saying.actor,
        str(known.get("organization") or saying.actor),
        saying.concept,
        agreement,
        saying.role,
        str(mark.attributes.get(STANCE, "")),
        saying.status,
        mark.start,
        mark.end,
        " ".join(f"{part.start}:{part.end}" for part in mark.fragments),
        layer.title if layer else "",
        layer.annotator if layer else "",
        mark.note,
        *(listed(saying.others.get(name, ())) for name in others),
    )


def _time(document: Document) -> str:
    """The document's date as the program writes moments; as it is, where it is no ISO date."""
    if _DAY.fullmatch(document.date):
        return f"{document.date} 00:00:00"
    found = _MOMENT.fullmatch(document.date)
    return f"{found[1]} {found[2]}" if found else document.date


def _said(document: Document, key: str) -> str:
    value = document.meta.get(key)
    return value if isinstance(value, str) else ""
