"""A table of tokens as a document with spans: its text, where the words stand, what the tags say.

A word stands in a line, or several share one: ``2-3  doesn't`` is what CoNLL-U writes before the
words that it is made of. Where those spell it out, each has its own part of it, else each has all.
Empty words (``5.1``) stand nowhere.

All columns of tags become spans of one layer; where there is more than one, the attribute
``column`` says which a span is from: its name, or its number from 1. In CoNLL-U tags may be among
the keys of the last column (``NER=B-PER``). All else is counted.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import PurePath

import orjson

from annotations.document import (
    IMPORTED,
    Annotated,
    Annotation,
    Block,
    Document,
    Layout,
    checked_id,
    new_id,
)
from annotations.errors import BadInput, BadLine, located
from annotations.formats.conll_columns import CONLLU, FILLING, Columns, columns_of
from annotations.formats.interface import Reading, of_sentence
from annotations.formats.offsets import lf
from annotations.formats.tagged import aligned, joined, nested_spans_of, parts_of, tag_of
from annotations.formats.tokens import Tokens, hidden
from annotations.formats.values import Json, reference_in, refuse_nul, text_in, typed

COLUMN = "column"
"""The attribute that says which column a span is from."""

_COUNTED = {
    "LEMMA": "lemmas",
    "UPOS": "parts of speech",
    "XPOS": "parts of speech",
    "FEATS": "features of words",
    "HEAD": "",
    "DEPREL": "dependencies",
    "DEPS": "enhanced dependencies",
}
"""What there is in the columns of CoNLL-U. A dependency has its head and its name."""

_KEYS = "other keys of words (MISC)"
_COLUMNS = "columns that are not kept"
_CLOSE = ("SpaceAfter=No", "NoSpaceAfter")

Tag = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Sentence:
    """Rows of a table that follow each other. ``text`` is what a comment says that they spell."""

    first: int
    text: str | None = None
    begins_paragraph: bool = False
    error: BadLine | None = None
    """What is wrong with it."""


@dataclass(slots=True)
class File:
    """What the documents of one file have in common."""

    names: list[str] = field(default_factory=list)
    """What a heading calls the columns."""
    is_numbered: bool = False
    """Whether words were numbered in a document before."""
    told: set[str] = field(default_factory=set)
    """The columns that were counted as not kept."""


@dataclass(slots=True)
class Table:
    """The lines of a document: the cells of each column, and what the file says of it.

    ``line`` is the one it begins on, ``lines`` are those of the rows, ``said`` what stands on the
    line that begins it or in comments, ``is_begun`` tells that it has such a line.
    """

    line: int
    said: Json = field(default_factory=dict)
    is_begun: bool = False
    cells: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    sentences: list[Sentence] = field(default_factory=list)
    comments: int = 0
    is_within: bool = False
    """Whether the next line belongs to the last sentence."""
    shared: dict[str, str] = field(default_factory=dict)
    """Cells that are the same, kept once."""

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def is_empty(self) -> bool:
        return not (self.is_begun or self.lines or self.said or self.sentences)


def document_of(
    table: Table, file: File, reading: Reading, bad: Callable[[BadLine], None] | None
) -> Annotated | None:
    """The document of a table, ``None`` where nothing of it can be taken.

    Raises ``BadLine``; with ``bad`` given, that is called with what is wrong with a sentence, and
    the sentence is left out: with its words, or where the text is at hand, with its spans alone.
    """
    return _Reader(table, file, reading, bad).document()


class _Reader:
    def __init__(
        self,
        table: Table,
        file: File,
        reading: Reading,
        bad: Callable[[BadLine], None] | None,
    ):
        self._table, self._file, self._reading, self._bad = table, file, reading, bad
        self._lost = reading.lost
        said = table.said
        refuse_nul(said, "line that begins the document")
        self._uid, self._title = reference_in(said, "id"), text_in(said, "title")
        self._text = text_in(said, "text")
        self._is_ours = self._text is not None
        self._known = None if self._is_ours else self._found()
        if self._known is not None:
            self._text = self._known.text
        starts = [sentence.first for sentence in table.sentences]
        self._ends = [*starts[1:], len(table)]
        self._columns = self._told_apart(starts)
        self._rows = self._words()
        """The rows that are words."""
        borders = [bisect_left(self._rows, start) for start in (*starts, len(table))]
        self._ranges = [*pairwise(borders)]
        """Which of these each sentence has."""

    def _found(self) -> Document | None:
        """The document of the id that the file says, or else of its name."""
        found = self._reading.text_of(self._uid) if self._uid else None
        name = PurePath(self._reading.name).stem
        if found is None and name and not self._table.is_begun:
            found = self._reading.text_of(name)
        return found

    def _told_apart(self, starts: Sequence[int]) -> Columns:
        if not self._table.lines:
            return Columns(0, None, (), None, (), ())
        cells = self._table.cells
        is_plain = self._is_ours or (self._text is not None and len(cells) == 2)
        try:
            found = columns_of(cells, starts, self._file.names, is_plain, self._file.is_numbered)
        except BadLine as error:
            raise located(error, self._table.lines[0]) from None
        self._file.is_numbered = self._file.is_numbered or found.words > 0
        return found

    def _words(self) -> list[int]:
        """The rows that are words: not such as spell several, nor empty ones."""
        ids = self._columns.ids
        if ids is None:
            return [*range(len(self._table))]
        return [row for row, cell in enumerate(self._table.cells[ids]) if cell.isdecimal()]

    # ── the document ──────────────────────────────────────────────────────────────────────────────

    def document(self) -> Annotated | None:
        tags = self._tags()
        self._refuse()
        starts, ends, document = self._placed()
        if document is None:
            return None
        self._count()
        return Annotated(
            document=document, annotations=tuple(self._annotations(tags, starts, ends))
        )

    def _refuse(self) -> None:
        """Have sentences skipped with which something is wrong, or raise it."""
        for sentence in self._table.sentences:
            if sentence.error is not None:
                if self._bad is None:
                    raise sentence.error
                self._bad(of_sentence(sentence.error))

    def _placed(self) -> tuple[list[int], list[int], Document | None]:
        """Where each row stands (-1: nowhere), and the document."""
        starts, ends = [-1] * len(self._table), [-1] * len(self._table)
        if self._text is not None:
            text, layout = lf(self._text), Layout()
            units = [
                unit for number in range(len(self._table.sentences)) for unit in self._units(number)
            ]
            found = aligned([u.form for u in units], text, [u.line for u in units])
            _place(units, found, 0, text, self._table.cells, self._columns, starts, ends)
        else:
            text, layout = self._joined(starts, ends)
            if not text and self._table.lines:
                return starts, ends, None
        if self._known is not None:
            return starts, ends, self._known
        title = self._title
        if title is None:
            first = next((line.strip()[:80] for line in text.split("\n") if line.strip()), "")
            title = self._uid or first
        return starts, ends, Document(id=_id(self._uid), title=title, text=text, layout=layout)

    def _joined(self, starts: list[int], ends: list[int]) -> tuple[str, Layout]:
        """A text made of the words, a line a sentence, with those spelt as comments spell them."""
        parts: list[str] = []
        paragraphs: list[int] = []
        place = 0
        for number, sentence in enumerate(self._table.sentences):
            if sentence.error is not None:
                continue
            units = self._units(number)
            try:
                spelt, found = self._spelt(sentence, units)
            except BadLine as error:
                sentence.error = located(error, self._table.lines[sentence.first])
                if self._bad is None:
                    raise sentence.error from error
                self._bad(of_sentence(sentence.error))
                continue
            if not units:
                continue
            if parts:
                parts.append("\n")
                place += 1
            if sentence.begins_paragraph:
                paragraphs.append(place)
            parts.append(spelt)
            _place(units, found, place, spelt, self._table.cells, self._columns, starts, ends)
            place += len(spelt)
        text = "".join(parts)
        if not paragraphs:
            return text, Layout()
        paragraphs = paragraphs if paragraphs[0] == 0 else [0, *paragraphs]
        behind = [*(start - 1 for start in paragraphs[1:]), len(text)]
        return text, Layout(
            tuple(Block("p", start, end) for start, end in zip(paragraphs, behind, strict=True))
        )

    def _spelt(self, sentence: Sentence, units: Sequence["_Unit"]) -> tuple[str, Tokens]:
        forms, lines = [unit.form for unit in units], [unit.line for unit in units]
        if sentence.text is None:
            return self._spaced(units) if self._is_spaced() else joined(forms)
        try:
            return sentence.text, aligned(forms, sentence.text, lines)
        except BadLine:
            if (quoted := unquoted(sentence.text)) is None:
                raise
            return quoted, aligned(forms, quoted, lines)

    def _is_spaced(self) -> bool:
        """Whether the words say where no space is behind them."""
        misc = self._columns.misc
        return misc is not None and any(
            sign in cell for cell in self._table.cells[misc] for sign in _CLOSE
        )

    def _spaced(self, units: Sequence["_Unit"]) -> tuple[str, Tokens]:
        parts: list[str] = []
        starts, ends = [], []
        place = 0
        misc = self._table.cells[self._columns.misc or 0]
        for number, unit in enumerate(units, 1):
            starts.append(place)
            place += len(unit.form)
            ends.append(place)
            is_close = any(sign in misc[unit.row].split("|") for sign in _CLOSE)
            space = "" if is_close or number == len(units) else " "
            parts += [unit.form, space]
            place += len(space)
        return "".join(parts), Tokens(starts, ends)

    def _units(self, number: int) -> list["_Unit"]:
        """What is spelt in a sentence, in order; what nobody could see is not."""
        first, behind = self._table.sentences[number].first, self._ends[number]
        cells, lines, columns = self._table.cells, self._table.lines, self._columns
        ids = cells[columns.ids] if columns.ids is not None else None
        units: list[_Unit] = []
        last = -1
        for row in range(first, behind):
            if ids is not None:
                if "." in ids[row]:
                    continue
                begin, _, end = ids[row].partition("-")
                if end:
                    last = int(end)
                elif int(begin) <= last and units:
                    units[-1].words.append(row)
                    continue
                else:
                    last = -1
            form = cells[columns.words][row].strip()
            if not form or (self._text is None and _unseen().fullmatch(form)):
                self._lost["tokens without a character"] += 1
                last = -1
                continue
            is_range = ids is not None and "-" in ids[row]
            units.append(_Unit(row, form, lines[row], [] if is_range else [row]))
        return units

    # ── spans ─────────────────────────────────────────────────────────────────────────────────────

    def _tags(self) -> list[tuple[str, list[Tag]]]:
        """The tags of each column of them, with what it is called; bad ones are told of their
        sentences."""
        cells, columns = self._table.cells, self._columns
        found = [(columns.names[number], self._read(cells[number])) for number in columns.tags]
        if columns.misc is not None:
            found += self._tags_in_keys(cells[columns.misc])
        return found

    def _read(self, cells: Sequence[str]) -> list[Tag]:
        tags: list[Tag] = []
        for sentence, (first, behind) in zip(self._table.sentences, self._ranges, strict=True):
            for row in self._rows[first:behind]:
                try:
                    tags.append(self._tag(cells[row]))
                except BadLine as error:
                    sentence.error = sentence.error or located(error, self._table.lines[row])
                    tags.append(())
        return tags

    def _tag(self, cell: str) -> Tag:
        if cell in FILLING:
            return ()
        if "|" in cell and not self._is_ours:
            return parts_of(cell)
        tag = tag_of(cell)
        return () if tag[0] == "O" else (tag,)

    def _tags_in_keys(self, cells: Sequence[str]) -> list[tuple[str, list[Tag]]]:
        """The tags among the keys of words. A key of which one value is no tag is none of them."""
        by_key: dict[str, list[Tag]] = {}
        others: set[str] = set()
        times: dict[str, int] = {}
        for number, row in enumerate(self._rows):
            for pair in cells[row].split("|"):
                key, sign, value = pair.partition("=")
                if pair in FILLING or pair in _CLOSE or (key, value) == ("SpaceAfter", "Yes"):
                    continue
                times[key] = times.get(key, 0) + 1
                if key in others:
                    continue
                try:
                    tag = parts_of(value) if sign else parts_of("")
                except BadLine:
                    others.add(key)
                    by_key.pop(key, None)
                    continue
                by_key.setdefault(key, [()] * len(self._rows))[number] = tag
        if dropped := sum(times[key] for key in others):
            self._lost[_KEYS] += dropped
        return list(by_key.items())

    def _annotations(
        self, tags: list[tuple[str, list[Tag]]], starts: list[int], ends: list[int]
    ) -> list[Annotation]:
        labels = typed(self._table.said, "labels", dict) or {}
        made = []
        for name, column in tags:
            attributes = {COLUMN: name} if len(tags) > 1 else {}
            for words, label in self._spans(column):
                rows = [row for row in words if starts[row] >= 0]
                if not rows:
                    self._lost["spans of tokens without a character"] += 1
                    continue
                made.append(
                    Annotation(
                        id=new_id(),
                        start=starts[rows[0]],
                        end=max(ends[row] for row in rows),
                        label=text_in(labels, label) or label,
                        attributes=attributes,
                        origin=IMPORTED,
                    )
                )
        made.sort(key=lambda mark: (mark.start, -mark.end))
        return made

    def _spans(self, tags: Sequence[Tag]) -> Iterator[tuple[list[int], str]]:
        """The spans in a column: their words, and the label. None goes on behind its sentence."""
        for sentence, (first, behind) in zip(self._table.sentences, self._ranges, strict=True):
            if sentence.error is None:
                for start, end, label in nested_spans_of(tags[first:behind]):
                    yield self._rows[first + start : first + end], label

    # ── what is not kept ──────────────────────────────────────────────────────────────────────────

    def _count(self) -> None:
        """Count what stands in the table and is not kept."""
        columns, cells = self._columns, self._table.cells
        for number in columns.others:
            name = columns.names[number]
            if name in CONLLU and (what := _COUNTED.get(name)) is not None:
                if what:
                    self._lost[what] += sum(1 for cell in cells[number] if cell not in FILLING)
            elif name not in self._file.told:
                self._file.told.add(name)
                self._lost[_COLUMNS] += 1
        if self._table.comments:
            self._lost["comments"] += self._table.comments
        if columns.ids is not None:
            empty = sum(1 for cell in cells[columns.ids] if "." in cell)
            if empty:
                self._lost["empty words"] += empty


@dataclass(slots=True)
class _Unit:
    """Something that is spelt: the row that spells it, and the words that it is."""

    row: int
    form: str
    line: int
    words: list[int]


def _place(
    units: Sequence[_Unit],
    found: Tokens,
    at: int,
    text: str,
    cells: Sequence[Sequence[str]],
    columns: Columns,
    starts: list[int],
    ends: list[int],
) -> None:
    """Say of the words where they stand. ``text`` begins ``at`` that place of the whole."""
    for unit, start, end in zip(units, found.starts, found.ends, strict=True):
        forms = [cells[columns.words][row].strip() for row in unit.words]
        spells = len(forms) > 1 and "".join(forms).casefold() == text[start:end].casefold()
        spells = spells and sum(map(len, forms)) == end - start
        place = start
        for row, form in zip(unit.words, forms, strict=True):
            behind = place + len(form) if spells else end
            starts[row], ends[row] = at + place, at + behind
            place = behind if spells else start


@cache
def _unseen() -> re.Pattern[str]:
    return re.compile(rf"[\s{hidden()}]+")


def unquoted(said: str) -> str | None:
    """What a text in quotation marks is as JSON, ``None`` where it is none."""
    if not said.startswith('"'):
        return None
    try:
        value = orjson.loads(said)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, str) else None


def _id(said: str | None) -> str:
    """The id as the file has it, where it has the form of one."""
    try:
        return checked_id(said or "")
    except BadInput:
        return new_id()
