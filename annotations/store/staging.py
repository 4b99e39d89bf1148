"""Entries on their way in: read and checked before anything is locked, kept until they are stored.

Reading a long file takes longer than storing what is in it. So it is read to its end first, and the
rows that it makes wait here, in memory or, when they are many, in a file beside the database. That
file has no name, so it is gone with the process that made it, however that ends.
"""

import gc
import pickle
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import IO, Any, NamedTuple

import orjson

from annotations.document import (
    ORIGINS,
    STATES,
    Annotated,
    Annotation,
    Concept,
    Entity,
    Layer,
    Relation,
    checked_id,
    checked_text,
)
from annotations.errors import BadInput, BadLine, PostilError, located, reason_of
from annotations.plain import PlainMarks
from annotations.spans import hull
from annotations.store.documents import checked_document, document_columns, text_columns
from annotations.store.negatives import are_rejected
from annotations.store.values import dumps

BATCH = 250
"""Entries that are stored together."""
_BATCH_SIZE, HELD = 500_000, 3_000_000
"""Characters in a batch, and those that are kept in memory; a mark counts as a hundred."""

Place = tuple[str, int | None]
"""The name of a file and the number of a line."""


class Mark(NamedTuple):
    """A mark as a row of the store, but for the numbers that only the store gives.

    ``values`` are those of the ``columns`` in which it differs from the defaults of the table;
    binding the others, nulls above all, would take most of the time.
    """

    id: str
    start: int
    end: int
    label: str
    entity: str | None
    concept: str | None
    columns: tuple[str, ...]
    values: tuple[Any, ...]

    def said(self, column: str, otherwise: Any) -> Any:
        """The value in one of the ``columns``."""
        found = zip(self.columns, self.values, strict=True)
        return next((value for name, value in found if name == column), otherwise)


class Joined(NamedTuple):
    """A relation in the same way; ``head`` and ``child`` are places in the list of marks."""

    id: str
    head: int
    child: int | None
    label: str
    entity: str | None
    extra: str


class Waiting(NamedTuple):
    """One entry that waits: what it says in columns, checked as far as that goes.

    ``document`` and ``text`` are the values of ``documents.DOCUMENT`` and ``documents.TEXT``. An
    entry that is ``bare`` says nothing but its document; of one that is ``rejected`` the ``marks``
    are suggestions that the layer's annotator rejected.
    """

    number: int
    place: Place | None
    id: str
    document: tuple[Any, ...]
    text: tuple[Any, ...]
    bare: bool
    layer: Layer | None = None
    state: str | None = None
    marks: "PlainMarks | Sequence[Mark]" = ()
    relations: Sequence[Joined] = ()
    entities: tuple[Entity, ...] = ()
    concepts: tuple[Concept, ...] = ()
    entry: Annotated | None = None
    """The value itself, where its marks are to become suggestions."""
    rejected: bool = False

    @property
    def revision(self) -> int:
        """That of the text."""
        found: int = self.text[0]
        return found

    @property
    def sha256(self) -> str:
        """That of the text."""
        found: str = self.text[1]
        return found


class Staged:
    """Entries that wait to be stored, in their order. To be closed, which ends a ``with``.

    Making one reads ``entries`` to the end. ``place`` says where in which file the newest of them
    stands. With ``bad`` given, what cannot be kept goes there, with the id of its document, and is
    left out: a mark or a relation alone, with an empty id, where the rest of its entry can be
    kept. ``as_suggestions`` is whether their marks are to become suggestions. What does not fit
    into memory waits in a file without a name in ``folder``.

    Raises ``BadLine`` naming the place, or the number of the entry where that is unknown.
    """

    def __init__(
        self,
        entries: Iterable[Annotated],
        place: Callable[[], Place] | None = None,
        bad: Callable[[BadLine, str], None] | None = None,
        as_suggestions: bool = False,
        folder: Path | None = None,
    ):
        self.as_suggestions = as_suggestions
        self._folder = folder
        self._held: list[list[Waiting]] = []
        self._file: IO[bytes] | None = None
        try:
            with few_collections():
                self._read(entries, place, bad)
        except BaseException:
            self.close()
            raise

    def _read(
        self,
        entries: Iterable[Annotated],
        place: Callable[[], Place] | None,
        bad: Callable[[BadLine, str], None] | None,
    ) -> None:
        prepare = _suggesting if self.as_suggestions else _prepared
        batch: list[Waiting] = []
        size = held = 0
        for number, entry in enumerate(entries, start=1):
            where = place() if place is not None else None
            parts = _Parts(number, where, bad)
            try:
                batch.append(prepare(parts, entry))
            except PostilError as error:
                refused = refusal(error, number, where)
                if bad is None:
                    raise refused from error
                bad(refused, entry.document.id)
                continue
            size += len(entry.document.text) + 100 * len(entry.annotations)
            if len(batch) >= BATCH or size >= _BATCH_SIZE:
                held += size
                self._keep(batch, held)
                batch, size = [], 0
        if batch:
            self._keep(batch, held + size)

    def _keep(self, batch: list[Waiting], held: int) -> None:
        self._held.append(batch)
        if held <= HELD:
            return
        if self._file is None:
            folder = self._folder if self._folder and self._folder.is_dir() else None
            self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - see close
        for each in self._held:
            pickle.dump(each, self._file, pickle.HIGHEST_PROTOCOL)
        self._held.clear()

    def batches(self) -> Iterator[list[Waiting]]:
        """What waits, a few hundred at a time."""
        if self._file is None:
            yield from self._held
            return
        self._file.seek(0)
        while self._file.peek(1):  # type: ignore[attr-defined]
            yield pickle.load(self._file)  # noqa: S301 - our own file, which has no name

    def close(self) -> None:
        """Forget all of it."""
        self._held.clear()
        if self._file is not None:
            self._file.close()

    def __enter__(self) -> "Staged":
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()


_counting = Lock()
_many = 0
_THRESHOLD = gc.get_threshold()[0]


@contextmanager
def few_collections() -> Iterator[None]:
    """Have Python look for cycles less often meanwhile.

    Rows by the thousand look like garbage that piles up, and none of it has cycles: looking takes a
    tenth of the time of an import.
    """
    global _many
    with _counting:
        _many += 1
        if _many == 1:
            gc.set_threshold(100 * _THRESHOLD, *gc.get_threshold()[1:])
    try:
        yield
    finally:
        with _counting:
            _many -= 1
            if not _many:
                gc.set_threshold(_THRESHOLD, *gc.get_threshold()[1:])


def refusal(error: PostilError, number: int, place: Place | None) -> BadLine:
    """The same error, saying which entry it is about."""
    name, line = place or (None, number)
    return located(error, line, name)


class _Parts:
    """The number and the place of an entry, and what becomes of its bad parts."""

    __slots__ = ("_bad", "number", "place")

    def __init__(
        self, number: int, place: Place | None, bad: Callable[[BadLine, str], None] | None
    ):
        self.number, self.place, self._bad = number, place, bad

    def leave_out(self, error: BadInput, part: str, uid: str) -> None:
        """Report a mark or a relation that cannot be kept, or raise the error."""
        if self._bad is None:
            raise error
        reason = f"the {part} “{uid[:60]}”: {reason_of(error)}"
        self._bad(refusal(BadLine(reason, part=part), self.number, self.place), "")


def _suggesting(parts: _Parts, entry: Annotated) -> Waiting:
    if are_rejected(entry):
        return _prepared(parts, entry)  # They are not offered again.
    bare = _prepared(parts, Annotated(document=entry.document))
    return bare._replace(entry=entry)


def _prepared(parts: _Parts, entry: Annotated) -> Waiting:
    """An entry as it waits. Raises ``BadInput`` for what can be told without the database."""
    document = checked_document(entry.document)
    said = (parts.number, parts.place, document.id)
    columns = (document_columns(document), text_columns(document))
    marks = entry.annotations
    if entry.layer is None and not marks and entry.state is None:
        return Waiting(*said, *columns, bare=True)
    if are_rejected(entry):
        rejected = list(_marks(marks, document.text, parts).values())
        return Waiting(
            *said, *columns, bare=False, layer=entry.layer, marks=rejected, rejected=True
        )
    if entry.state is not None and entry.state not in STATES:
        raise BadInput(f"“{entry.state}” is not a state; known are {', '.join(STATES)}.")
    text = document.text
    rows: PlainMarks | Sequence[Mark]
    keys: dict[str, int] = {}
    if isinstance(marks, PlainMarks) and marks.length <= len(text):
        rows = marks
        if entry.relations:
            keys = {uid: at for at, uid in enumerate(marks.ids)}
    else:
        kept = _marks(marks, text, parts)
        rows, keys = list(kept.values()), {uid: at for at, uid in enumerate(kept)}
    return Waiting(
        *said,
        *columns,
        bare=False,
        layer=entry.layer,
        state=entry.state,
        marks=rows,
        relations=list(_relations(entry.relations, keys, parts)),
        entities=entry.entities,
        concepts=entry.concepts,
    )


def _marks(marks: Iterable[Annotation], text: str, parts: _Parts) -> dict[str, Mark]:
    """The marks that can be kept, by their ids."""
    kept: dict[str, Mark] = {}
    for mark in marks:
        try:
            row = _mark(mark, text)
            if row.id in kept:
                raise BadInput(f"The mark “{row.id}” stands twice in one layer.")
            kept[row.id] = row
        except BadInput as error:
            parts.leave_out(error, "span", mark.id)
    return kept


def _relations(
    relations: Iterable[Relation], keys: dict[str, int], parts: _Parts
) -> Iterator[Joined]:
    for relation in relations:
        try:
            yield _joined(relation, keys)
        except BadInput as error:
            parts.leave_out(error, "relation", relation.id)


def _joined(relation: Relation, keys: dict[str, int]) -> Joined:
    ends = (relation.head, relation.child)
    if any(end is not None and end not in keys for end in ends):
        raise BadInput(f"The relation “{relation.id}” leads to a mark that is not there.")
    return Joined(
        checked_id(relation.id, "id of a relation"),
        keys[relation.head],
        keys[relation.child] if relation.child else None,
        relation.label,
        relation.child_entity,
        dumps(relation.extra, "extra"),
    )


def _mark(mark: Annotation, text: str) -> Mark:
    _check(mark, text)
    columns, values = [], []
    for column, value in _differences(mark):
        columns.append(column)
        values.append(value)
    return Mark(
        mark.id,
        mark.start,
        mark.end,
        mark.label,
        mark.entity or None,
        mark.concept or None,
        tuple(columns),
        tuple(values),
    )


def _differences(mark: Annotation) -> Iterator[tuple[str, Any]]:
    """The columns in which a mark differs from the table's defaults, names apart."""
    if len(mark.fragments) > 1:
        parts = [[part.start, part.end] for part in mark.fragments]
        yield "fragments", orjson.dumps(parts).decode()
    if mark.attributes:
        yield "attributes", dumps(mark.attributes, "attributes")
    if mark.note:
        yield "note", mark.note
    if mark.unsure:
        yield "unsure", 1
    origin = mark.origin
    if origin.kind != "hand":
        yield "origin", origin.kind
    if origin.source:
        yield "origin_source", origin.source
    if origin.score is not None:
        yield "origin_score", origin.score
    if origin.edited:
        yield "origin_edited", 1
    if mark.codebook is not None:
        yield "codebook_version", mark.codebook
    if mark.created is not None:
        yield "created", mark.created
    if mark.updated is not None:
        yield "updated", mark.updated
    if mark.extra:
        yield "extra", dumps(mark.extra, "extra")


def _check(mark: Annotation, text: str) -> None:
    """What an import asks of a mark: ids and places that hold, texts that can be shown."""
    checked_id(mark.id, "id of a mark")
    if not 0 <= mark.start < mark.end <= len(text):
        mark.span.within(text)
    if mark.fragments:
        if hull(mark.fragments) != mark.span:
            raise BadInput(f"The fragments of the mark “{mark.id}” do not reach from end to end.")
        for fragment in mark.fragments:
            fragment.within(text)
    for what, value in (
        ("note", mark.note),
        ("source", mark.origin.source),
        ("moment of making", mark.created),
        ("moment of change", mark.updated),
    ):
        if value:
            checked_text(value, what)
    if mark.origin.kind not in ORIGINS:
        raise BadInput(f"“{mark.origin.kind}” is not an origin; known are {', '.join(ORIGINS)}.")
