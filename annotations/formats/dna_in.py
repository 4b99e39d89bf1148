"""Statements out of tables: those that ``dna`` writes, and those of the Discourse Network Analyzer.

A row is one actor on one statement; rows of one document with the same statement id are one mark.
Its place is where ``start`` and ``end`` say, which the words in ``text`` prove; without them (that
program says none) it is where these words stand in the document, if they do so once. That program
writes a comma for each semicolon and an apostrophe for each quotation mark, and white space may be
another: such signs are taken for each other, where the words do not stand there as they are.

Our own tables say label, role and stance. In others a statement has the first label of the codebook
that knows a stance, whoever is named has made it, and ``agreement`` is the stance.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import IO

from annotations.document import (
    IMPORTED,
    Annotated,
    Annotation,
    Document,
    Entity,
    Layer,
    Relation,
    checked_id,
    checked_text,
    new_id,
)
from annotations.errors import BadInput, BadLine, QuotesDiffer, located
from annotations.formats.cells import cells, fragments, is_place, place_in, plain
from annotations.formats.interface import Reading
from annotations.formats.offsets import Unit, lf, misplaced, prove
from annotations.formats.sayings import STANCE, STATUS, Roles

Row = dict[str, str]

_CALLED = {
    "statement id": ("statementid", "id"),
    "document": ("documentid", "docid", "document", "doc"),
    "title": ("documenttitle", "doctitle", "title"),
    "time": ("time", "date", "datetime", "documentdate", "docdate"),
    "author": ("author", "documentauthor", "docauthor"),
    "source": ("source", "documentsource", "docsource"),
    "section": ("section", "documentsection", "docsection"),
    "type": ("type", "documenttype", "doctype"),
    "text": ("text", "selection", "quote", "statementtext"),
    "person": ("person", "actor", "speaker"),
    "organization": ("organization", "organisation"),
}
"""Our names of columns, and how other versions of the program and people write them."""

_OURS = ("role", "stance", "status", "start", "end", "fragments", "layer", "annotator", "note")
_OF_DOCUMENT = ("time", "author", "source", "section", "type")
_KNOWN = frozenset({*_CALLED, *_OURS, "concept", "agreement"})
_NAMES = {name: ours for ours, names in _CALLED.items() for name in names}
_AGREES = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
MAX_ROWS = 100_000
"""Rows of one document that follow each other."""

_LIKE = {",": "[,;]", "'": "['\"]"}
"""Signs that the program writes for others."""


def listed(names: Iterable[str]) -> str:
    """Names in one cell; those with a comma or quotation mark in them stand in quotation marks."""
    return ", ".join(map(_quoted, names))


def _quoted(name: str) -> str:
    if name == name.strip() and not re.search('[,"\r\n]', name):
        return name
    return '"' + name.replace('"', '""') + '"'


def _unlisted(cell: str) -> list[str]:
    try:
        (names,) = csv.reader([cell], skipinitialspace=True, strict=True)
    except (csv.Error, ValueError):
        raise BadLine(f"“{cell[:60]}” are no names with commas between them") from None
    return [name for name in names if name]


@dataclass(slots=True)
class _Statement:
    """The rows of one statement, and the line of the first."""

    line: int
    rows: list[Row] = field(default_factory=list)


@dataclass(slots=True)
class _Group:
    """Rows that follow each other and are about one layer of one document."""

    key: tuple[str, ...]
    line: int
    statements: dict[str, _Statement] = field(default_factory=dict)
    rows: int = 0


def read(
    stream: IO[bytes],
    bad: Callable[[BadLine], None] | None = None,
    reading: Reading | None = None,
) -> Iterator[Annotated]:
    """The documents of a table, one at a time: rows of one that follow each other are one entry.

    Raises ``BadLine`` with the line; with ``bad`` given, that is called, and the statement skipped,
    or the document where none can be found.
    """
    reading = reading or Reading()
    table = _Table(reading, bad)
    for group in _groups(table.rows(stream)):
        try:
            found = table.annotated(group)
        except BadInput as error:
            table.refuse(error, group.line)
            continue
        if found is not None:
            yield found


def _groups(rows: Iterable[tuple[int, Row]]) -> Iterator[_Group]:
    group: _Group | None = None
    for line, row in rows:
        key = tuple(row.get(name, "") for name in ("document", "title", "layer", "annotator"))
        if group is None or group.key != key or group.rows >= MAX_ROWS:
            if group is not None:
                yield group
            group = _Group(key, line)
        group.rows += 1
        said = row.get("statement id") or f"line {line}"
        group.statements.setdefault(said, _Statement(line)).rows.append(row)
    if group is not None:
        yield group


class _Table:
    """What is known of a table while it is read."""

    def __init__(self, reading: Reading, bad: Callable[[BadLine], None] | None):
        self._reading, self._bad = reading.reporting_to(bad), bad
        self._roles = Roles(reading.codebook)
        self._is_ours = False
        self._layers: dict[tuple[str, str], str] = {}
        self._last: Document | None = None

    def rows(self, stream: IO[bytes]) -> Iterator[tuple[int, Row]]:
        return cells(stream, self._called, self._missing, self._cleaned, self._reading.encoding)

    def refuse(self, error: BadInput, line: int) -> None:
        """Raise it as a ``BadLine``, or hand it to ``bad``."""
        told = located(error, line)
        if self._bad is None:
            raise told from error
        self._bad(told)

    def _called(self, cell: str) -> str:
        name = " ".join(plain(cell).split())
        if name in self._roles.others:
            return name
        return _NAMES.get(re.sub(r"[\W_]+", "", name).lower(), _plain_name(name))

    def _missing(self, names: list[str]) -> str:
        self._is_ours = {"role", "start", "end"} <= set(names)
        if not {"text", "concept"} <= set(names) or not {"document", "title"} & set(names):
            return (
                "among them “text” (the words of the statement), “concept”, and “document ID” or "
                "“document title”"
            )
        return ""

    def _cleaned(self, cell: str) -> str:
        return plain(cell) if self._is_ours else cell

    def annotated(self, group: _Group) -> Annotated | None:
        """The statements of a document; ``None`` where none could be taken."""
        for each in group.statements.values():
            for row in each.rows:
                for name, cell in row.items():
                    checked_text(cell, f"cell “{name}”")
        document = self._document(group)
        unit, misfits = _unit(group, document.text, self._reading)
        marks: list[Annotation] = []
        relations: list[Relation] = []
        entities: dict[str, Entity] = {}
        taken: set[str] = set()
        for statement in group.statements.values():
            try:
                if statement.line in misfits:
                    raise misfits[statement.line]
                mark = self._mark(statement.rows, document.text, unit)
                if mark.id in taken:
                    raise BadLine("another statement of this document has the same id")
                named = [*self._relations(mark.id, statement.rows)]
            except BadInput as error:
                self.refuse(error, statement.line)
                continue
            taken.add(mark.id)
            marks.append(mark)
            relations += named
            for entity in _entities(statement.rows):
                entities.setdefault(entity.name, entity)
        if not marks:
            return None
        return Annotated(
            document=document,
            layer=self._layer(group.key[2], group.key[3]),
            annotations=tuple(marks),
            relations=tuple(relations),
            entities=tuple(entities.values()),
        )

    def _document(self, group: _Group) -> Document:
        for name in group.key[:2]:
            if name and (known := self._reading.text_of(name)) is not None:
                self._count_document(group)
                return known
        called = " / ".join(name[:60] for name in group.key[:2] if name)
        raise BadLine(
            f"there is no document “{called}” here; import the texts first, or give them together "
            "with the table (a folder or archive with a file of that name)",
            group.line,
        )

    def _count_document(self, group: _Group) -> None:
        """What others' tables say of documents stays out: the project has said it itself."""
        rows = (row for each in group.statements.values() for row in each.rows)
        if not self._is_ours and any(name in row for row in rows for name in _OF_DOCUMENT):
            self._reading.lost["time, author, source, section and type of documents"] += 1

    def _layer(self, title: str, annotator: str) -> Layer | None:
        if not (title or annotator):
            return None
        uid = self._layers.setdefault((title, annotator), new_id())
        unnamed = Layer(id=uid, annotator=annotator)
        return unnamed if title == unnamed.title else Layer(id=uid, annotator=annotator, name=title)

    def _mark(self, rows: Sequence[Row], text: str, unit: Unit) -> Annotation:
        row = rows[0]
        start, end = _place(row, text, unit)
        if not 0 <= start < end <= len(text):
            why = "is empty" if start == end else f"does not fit a text of {len(text)} characters"
            raise BadLine(f"{start}–{end} {why}")
        parts = fragments(row.get("fragments", ""), unit)
        if parts and (parts[0].start, parts[-1].end) != (start, end):
            raise BadLine(f"the parts {row['fragments'][:60]} do not reach from {start} to {end}")
        said = row.get("type", "")
        label = said if said and (self._is_ours or said in self._roles.labels) else ""
        extra = {name: cell for name, cell in row.items() if not self._is_known(name)}
        if not self._is_ours and "statement id" in row:
            extra["statement ID"] = row["statement id"]
        mark = Annotation(
            id=checked_id(row["statement id"], "id of a statement")
            if self._is_ours and "statement id" in row
            else new_id(),
            start=start,
            end=end,
            label=label or self._roles.label,
            fragments=parts,
            attributes=self._attributes(rows, label or self._roles.label),
            concept=row.get("concept"),
            note=row.get("note", ""),
            origin=IMPORTED,
            extra=extra,
        )
        quote = row.get("text")
        if parts and quote is not None and lf(quote) != mark.quote(text):
            raise QuotesDiffer(((start, end, quote, mark.quote(text)),))
        return mark

    def _is_known(self, name: str) -> bool:
        return name in _KNOWN or name in self._roles.others

    def _attributes(self, rows: Sequence[Row], label: str) -> dict[str, str]:
        said: dict[str, str] = {}
        stance = rows[0].get("stance", "")
        for row in rows:
            agrees = _agreement(row.get("agreement", ""))
            if agrees is None or self._is_ours:
                continue
            if label in self._roles.stances:
                stance = stance or ("for" if agrees else "against")
            else:
                self._reading.lost["agreement, where the label knows no stance"] += 1
        if stance:
            said[STANCE] = stance
        is_set = any(
            kind.sets_status
            for row in rows
            if (kind := self._roles.speaks.get(row.get("role", ""))) is not None
        )
        if not is_set and rows[0].get("status"):
            said[STATUS] = rows[0]["status"]
        return said

    def _relations(self, head: str, rows: Sequence[Row]) -> Iterator[Relation]:
        found: dict[tuple[str, str], None] = {}
        for row in rows:
            if actor := _actor(row):
                found[row.get("role") or self._roles.maker, actor] = None
        for name in self._roles.others:
            for row in rows:
                for actor in _unlisted(row[name]) if name in row else ():
                    found[name, actor] = None
        for label, actor in found:
            yield Relation(id=new_id(), head=head, child_entity=actor, label=label)


def _plain_name(name: str) -> str:
    return name.lower() if name.lower() in _KNOWN else name


def _actor(row: Row) -> str:
    return row.get("person") or row.get("organization", "")


def _entities(rows: Sequence[Row]) -> Iterator[Entity]:
    """The actors of whom more is said than their name."""
    for row in rows:
        person, belongs = row.get("person"), row.get("organization")
        if person and belongs and person != belongs:
            yield Entity(id=new_id(), name=person, extra={"organization": belongs})


def _agreement(cell: str) -> bool | None:
    said = cell.strip().lower()
    if said and said not in _AGREES:
        raise BadLine(f"“{cell[:40]}” is no agreement; it is 1 or 0, or nothing")
    return _AGREES.get(said)


def _unit(group: _Group, text: str, reading: Reading) -> tuple[Unit, dict[int, BadLine]]:
    """The unit of the offsets: that in which the quotes stand where their rows say.

    Also what is wrong with statements that do not fit it, by their lines.
    """
    first = {
        each.line: (int(row["start"]), int(row["end"]), row["text"])
        for each in group.statements.values()
        for row in each.rows[:1]
        if "text" in row and not row.get("fragments") and is_place(row)
    }
    quotes = list(first.values())
    unit, misfits = prove(text, quotes, reading.offsets, reading.parts)
    return unit, {
        line: misplaced(unit, *first[line]) for n, line in enumerate(first) if n in misfits
    }


def _place(row: Row, text: str, unit: Unit) -> tuple[int, int]:
    """Where a statement stands. Raises ``BadLine`` where its words stand nowhere, or twice."""
    if is_place(row):
        start, end = place_in(row)
        return unit.place(start), unit.place(end)
    if row.get("start") or row.get("end"):
        raise BadLine(
            f"“{row.get('start', '')[:20]}” and “{row.get('end', '')[:20]}” are no places; start "
            "and end are whole numbers"
        )
    quote = lf(row.get("text", ""))
    if not quote.strip():
        raise BadLine("there is neither “text” nor “start” and “end”")
    for pattern in (re.escape(quote), _loosely(quote)):
        # With each hit looked for behind the beginning of the one before: they may overlap.
        found = [*islice(_hits(re.compile(pattern), text), 2)]
        if len(found) == 1:
            return found[0]
        if found:
            raise BadLine(
                f"“{quote[:60]}” stands in the text more than once; say where in columns “start” "
                "and “end”"
            )
    raise BadLine(f"“{quote[:60]}” does not stand in the text; was that changed?")


def _hits(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    found = pattern.search(text)
    while found is not None:
        yield found.span()
        found = pattern.search(text, found.start() + 1)


def _loosely(quote: str) -> str:
    """A pattern of the words of a quote, give or take signs that were written for others."""
    words = quote.split()
    return r"\s+".join("".join(_LIKE.get(sign, re.escape(sign)) for sign in word) for word in words)
