"""CSV for spreadsheets: one row a span, in and out.

UTF-8 **with** a byte order mark: without one, Excel reads the file in the machine's old code page
and breaks every accent, while LibreOffice, R and pandas (``utf-8-sig``) cope with it. Offsets are
code points. Cells that a spreadsheet would run as a formula get an apostrophe before them.

Read: what we wrote, what a spreadsheet saved of it (with semicolons or tabs, in UTF-16, numbers as
``8.0``), and tables that people and pandas made. The text is that of a document that is known by
the cell ``document`` (its id) or ``title`` (or that comes beside the table), or stands in a column
``text``. ``label`` must be there, and ``start`` and ``end``, or a ``quote`` that stands in the text
once. Quotes prove the unit of the offsets; where there are none, they count the cell as the file
has it, CRLF as two. A row without any of these is a document without marks. Columns that are not
known are kept with the span.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import IO

from annotations.document import (
    IMPORTED,
    ORIGINS,
    REJECTED,
    VERDICT,
    Annotated,
    Annotation,
    Document,
    Layer,
    Origin,
    checked_id,
    new_id,
)
from annotations.errors import BadInput, BadLine, QuotesDiffer, UnstorableText, located
from annotations.formats.cells import cells, column_of_spans, is_place, place_in, plain, rows
from annotations.formats.cells import fragments as parts_in
from annotations.formats.interface import Reading, Writing
from annotations.formats.jsonl import first_line
from annotations.formats.lines import dumped, loaded
from annotations.formats.losses import count
from annotations.formats.offsets import Unit, code_points, lf, misplaced, prove, stated
from annotations.formats.registry import get
from annotations.formats.values import Json
from annotations.spans import first_unstorable

COLUMNS = (
    *("document", "title", "layer", "annotator", "id", "label", "quote", "start", "end"),
    *("fragments", "entity", "concept", "attributes", "note", "unsure", "origin", "created"),
    "updated",
)

MAX_ROWS = 1_000_000
"""Rows of one document that follow each other."""

_ENDS = ("edited", "–")


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
    yield b"\xef\xbb\xbf" + rows([COLUMNS])
    for annotated in documents:
        count(annotated, carries, lost)
        if annotated.annotations:
            yield rows(_row(annotated, annotation) for annotation in annotated.annotations)


def _row(annotated: Annotated, annotation: Annotation) -> tuple[str, ...]:
    document, layer = annotated.document, annotated.layer
    return (
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
        dumped(dict(annotation.attributes)).decode().rstrip() if annotation.attributes else "",
        annotation.note,
        "yes" if annotation.unsure else "",
        _origin(annotation.origin),
        annotation.created or "",
        annotation.updated or "",
    )


def _origin(origin: Origin) -> str:
    """Kind, source and score, and whether it was edited: “model ner-7 0.75 edited”."""
    parts = [origin.kind, *([origin.source] if origin.source else [])]
    last = origin.source.rpartition(" ")[2]
    if origin.score is not None:
        parts.append(str(origin.score))
    elif origin.source and (last in _ENDS or _number(last) is not None):
        parts.append("–")
    return " ".join([*parts, "edited"] if origin.edited else parts)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


# ── reading ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Group:
    """Rows that follow each other and are about one layer of one document."""

    key: tuple[str, ...]
    line: int
    rows: list[tuple[int, dict[str, str]]] = field(default_factory=list)


def read(
    stream: IO[bytes],
    bad: Callable[[BadLine], None] | None = None,
    reading: Reading | None = None,
) -> Iterator[Annotated]:
    """The documents of a table, one at a time: rows of one that follow each other are one entry.

    Raises ``BadLine`` with the line; with ``bad`` given, that is called, and what is bad is
    skipped: a span, or the document where that cannot be.
    """
    reading = (reading or Reading()).reporting_to(bad)
    table = _Table(reading)
    rows = cells(stream, column_of_spans, table.lack_in, plain, reading.encoding)
    for group in _groups(rows):
        try:
            yield table.annotated(group)
        except BadInput as error:
            told = located(error, group.line)
            if bad is None:
                raise told from error
            bad(told)


def _groups(found: Iterable[tuple[int, dict[str, str]]]) -> Iterator[_Group]:
    group: _Group | None = None
    for line, row in found:
        key = tuple(row.get(name, "") for name in ("document", "title", "layer", "annotator"))
        if not (key[0] or key[1]):
            key = (*key, row.get("text", ""))
        if group is None or group.key != key or len(group.rows) >= MAX_ROWS:
            if group is not None:
                yield group
            group = _Group(key, line)
        group.rows.append((line, row))
    if group is not None:
        yield group


class _Table:
    """What is known of a table while it is read."""

    def __init__(self, reading: Reading):
        self._reading = reading
        self._is_ours = False
        self._layers: dict[tuple[str, str], str] = {}
        self._texts: dict[str, tuple[Document, str]] = {}
        """Of the newest document, for another layer of it: with its text as the cell has it."""

    def lack_in(self, names: list[str]) -> str:
        """What to say of a heading that lacks something."""
        self._is_ours = tuple(names) == COLUMNS
        return "" if "label" in names else "among them “label”, and “start” and “end” or “quote”"

    def annotated(self, group: _Group) -> Annotated:
        """The entry of some rows. Raises ``BadInput``."""
        for line, row in group.rows:
            for name, cell in row.items():
                if (place := first_unstorable(cell)) is not None:
                    raise located(UnstorableText(f"cell “{name}”", place, cell[place]), line)
            if not self._is_ours:
                row.update({name: row[name].strip() for name in _TRIMMED if name in row})
        document, raw = self._document(group)
        marks = tuple(self._marks(group, document.text, raw))
        title, annotator = group.key[2], group.key[3]
        layer = None
        if title or annotator:
            uid = self._layers.setdefault((title, annotator), new_id())
            name = "" if title == Layer(id=uid, annotator=annotator).title else title
            # The one kind of layer that would pass for marks; a table has no cell for kinds.
            kind = "suggestion" if title == REJECTED else "work"
            layer = Layer(id=uid, kind=kind, annotator=annotator, name=name)
            if title == REJECTED:
                marks = tuple(replace(mark, extra={**mark.extra, **VERDICT}) for mark in marks)
        return Annotated(document=document, layer=layer, annotations=marks)

    def _document(self, group: _Group) -> tuple[Document, str]:
        """The document, and its text as it came."""
        uid, title = (cell if self._is_ours else cell.strip() for cell in group.key[:2])
        for name in (uid, title):
            if name and (known := self._reading.text_of(name)) is not None:
                return known, known.text
        raw = next((row["text"] for _, row in group.rows if "text" in row), None)
        called = uid or title
        if raw is None:
            if called and (before := self._texts.get(called)) is not None:
                return before
            raise BadLine(
                f"there is no document “{called[:60]}” here, and no text in the table; give the "
                "texts together with it (a folder or archive with a file of that name), or add a "
                "column “text” to it",
                group.line,
            )
        text = lf(raw)
        try:
            made = Document(id=checked_id(uid), title=title or uid, text=text)
        except BadInput:
            made = Document(id=new_id(), title=title or uid or first_line(text), text=text)
        if called:
            self._texts.clear()
            self._texts[called] = made, raw
        return made, raw

    def _marks(self, group: _Group, text: str, raw: str) -> Iterator[Annotation]:
        """The spans of the rows; where a bad one may be left out, it is reported."""
        parts = self._reading.parts
        said = [(line, row) for line, row in group.rows if not _UNMARKED.isdisjoint(row)]
        unit, misfits = self._unit(group, said, raw)
        taken: set[str] = set()
        for number, (line, row) in enumerate(said):
            try:
                if number in misfits:
                    raise misplaced(unit, *place_in(row), row["quote"])
                mark = _mark(row, text, unit)
                if mark.id in taken:
                    raise BadLine("two spans of this document have the same id")
            except BadInput as error:
                parts.leave_out(located(error, line))
                continue
            taken.add(mark.id)
            yield mark

    def _unit(
        self, group: _Group, rows: list[tuple[int, dict[str, str]]], raw: str
    ) -> tuple[Unit, frozenset[int]]:
        """The unit of the offsets, that in which every quote stands where its row says; and which
        of the rows do not fit it, where such may be left out."""
        quoting = [
            number
            for number, (_, row) in enumerate(rows)
            if "quote" in row and not row.get("fragments") and is_place(row)
        ]
        if not quoting:
            unit = stated(raw, self._reading.offsets) if self._reading.offsets else None
            return unit or code_points(raw), frozenset()
        quotes = [(*place_in(rows[number][1]), rows[number][1]["quote"]) for number in quoting]
        try:
            unit, misfits = prove(raw, quotes, self._reading.offsets, self._reading.parts)
        except QuotesDiffer as error:
            raise located(error, group.line) from None
        return unit, frozenset(quoting[place] for place in misfits)


_UNMARKED = frozenset({"label", "start", "end", "quote", "fragments"})
"""Without any of these, a row is a document without a mark."""

_TRIMMED = ("document", "title", "label", "start", "end", "id", "fragments", "unsure", "origin")
"""Cells in which white space around what is said means nothing."""


def _mark(row: dict[str, str], text: str, unit: Unit) -> Annotation:
    label, quote = row.get("label", ""), row.get("quote")
    if not label:
        raise BadLine("there is no label")
    start, end = _place(row, text, unit)
    if not 0 <= start < end <= len(text):
        why = "is empty" if start == end else f"does not fit a text of {len(text)} characters"
        raise BadLine(f"{start}–{end} {why}")
    fragments = parts_in(row.get("fragments", ""), unit)
    if fragments and (fragments[0].start, fragments[-1].end) != (start, end):
        raise BadLine(f"the parts {row['fragments'][:60]} do not reach from {start} to {end}")
    mark = Annotation(
        id=checked_id(row["id"], "id of a span") if "id" in row else new_id(),
        start=start,
        end=end,
        label=label,
        fragments=fragments,
        attributes=_attributes(row.get("attributes", "")),
        entity=row.get("entity"),
        concept=row.get("concept"),
        note=row.get("note", ""),
        unsure=_is_said(row.get("unsure", "")),
        origin=_origin_of(row.get("origin", "")),
        created=row.get("created"),
        updated=row.get("updated"),
        extra={name: cell for name, cell in row.items() if name not in _KNOWN},
    )
    if fragments and quote is not None and lf(quote) != mark.quote(text):
        raise QuotesDiffer(((start, end, quote, mark.quote(text)),))
    return mark


_KNOWN = frozenset({*COLUMNS, "text"})


def _place(row: dict[str, str], text: str, unit: Unit) -> tuple[int, int]:
    if is_place(row):
        start, end = place_in(row)
        return unit.place(start), unit.place(end)
    if row.get("start") or row.get("end"):
        raise BadLine(
            f"“{row.get('start', '')[:20]}” and “{row.get('end', '')[:20]}” are no places; start "
            "and end are whole numbers"
        )
    quote = lf(row.get("quote", ""))
    if not quote:
        raise BadLine("there is neither “start” and “end” nor “quote”")
    start = text.find(quote)
    if start < 0:
        raise BadLine(f"“{quote[:60]}” does not stand in the text")
    if text.find(quote, start + 1) >= 0:
        raise BadLine(f"“{quote[:60]}” stands in the text more than once; say start and end too")
    return start, start + len(quote)


def _attributes(cell: str) -> Json:
    if not cell:
        return {}
    try:
        said: Json = loaded(cell.encode())
    except BadLine as error:
        raise BadLine(f"attributes are a JSON object: {error.reason}") from None
    return said


def _is_said(cell: str) -> bool:
    return cell.strip().lower() not in ("", "no", "false", "0")


def _origin_of(cell: str) -> Origin:
    kind, *parts = cell.split(" ") if cell else [""]
    if not cell:
        return IMPORTED
    if kind not in ORIGINS:
        raise BadLine(f"“{cell[:60]}” is no origin; it begins with one of {', '.join(ORIGINS)}")
    edited = bool(parts) and parts[-1] == "edited"
    if edited:
        parts.pop()
    score = None
    if parts and (parts[-1] == "–" or _number(parts[-1]) is not None):
        score = _number(parts.pop())
    return Origin(kind=kind, source=" ".join(parts), score=score, edited=edited)
