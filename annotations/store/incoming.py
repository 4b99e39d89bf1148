"""Taking documents in: one import under way, written in batches inside one act."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from itertools import repeat
from typing import Any

import orjson

from annotations.codebook import Codebook, checked_kind, checked_label
from annotations.document import (
    LAYER_KINDS,
    MAX_NAME_LENGTH,
    Layer,
    check_length,
    checked_id,
    checked_text,
    new_id,
)
from annotations.errors import BadInput, BadLine, KnownMarks, PostilError
from annotations.plain import PlainMarks
from annotations.store import sqlite
from annotations.store.changes import Change
from annotations.store.codebooks import Codebooks
from annotations.store.documents import DOCUMENT, TEXT, insert_text
from annotations.store.names import (
    describe_concept,
    describe_entity,
    ensure_concept,
    ensure_entity,
)
from annotations.store.people import (
    Layers,
    Project,
    add_person,
    checked_name,
    open_for_change,
)
from annotations.store.staging import Joined, Mark, Waiting, refusal

NAMED = 100
"""New documents whose ids an import tells."""


def _inserting(table: str, columns: Iterable[str], same: Mapping[str, int] | None = None) -> str:
    """The statement that inserts rows; in the columns of ``same`` all rows hold the same number.

    What is not bound takes no time, and half of what a mark says is the same in all of them.
    """
    names, same = tuple(columns), same or {}
    values = ", ".join([*map(str, map(int, same.values())), *("?" * len(names))])
    return f"insert into {table} ({', '.join([*same, *names])}) values ({values})"  # noqa: S608


_ALWAYS: tuple[str, ...] = (
    "id", "uid", "document_id", "revision", "layer_id", "label_id", "start_at", "end_at",
)  # fmt: skip
_MOMENTS = ("codebook_version", "created", "updated")
_DOCUMENT = ("id", *DOCUMENT)
_LABELS = DOCUMENT.index("labels")
_TEXT = ("document_id", *TEXT, "created")
_RELATION = (
    "uid", "document_id", "layer_id", "kind_id", "head_id", "child_id", "child_entity_id", "extra",
)  # fmt: skip
_STATE = ("document_id", "layer_id", "state")

_UNKEPT = (sqlite.IntegrityError, OverflowError, UnicodeEncodeError)
"""What SQLite raises for rows that it cannot hold."""

_Present = tuple[int, str, int, int]
"""The number of a document, the SHA-256 of its newest text, whether it is deleted, its revision."""


@dataclass(slots=True)
class Counts:
    """How much went in or out: documents, layers of documents, spans, relations, and suggestions
    that somebody rejected."""

    documents: int = 0
    layers: int = 0
    spans: int = 0
    relations: int = 0
    rejections: int = 0


class NotTogether(Exception):
    """Some entries of a batch cannot be kept together: one is wrong, or needs the rows of another
    before they are written."""


class Import:
    """One import under way: what it has met so far, so that each name is looked up once.

    A ``careful`` one can take back a batch and go on, which costs it something for each batch.
    """

    def __init__(
        self,
        change: Change,
        conn: Any,
        project: Project,
        codebooks: Codebooks,
        layers: Layers,
        careful: bool = True,
    ):
        self._careful = careful
        self._change, self._conn, self._project = change, conn, project
        self._person = change.person
        self._codebooks, self._known_layers = codebooks, layers
        self._codebook = codebooks.of(project.key)
        coding = codebooks.coding(project.key)
        self._labels, self._kinds = dict(coding.label_keys), dict(coding.kind_keys)
        self._entities: dict[str, int] = {}
        self._concepts: dict[str, int] = {}
        self._layers: dict[str, int] = {}
        self._unnamed: int | None = None
        self._next = self._after("annotations")
        self._next_document = self._after("documents")
        self.counts = Counts()
        self.documents: list[str] = []

    def take_all(
        self, batch: Sequence[Waiting], bad: Callable[[BadLine, str], None] | None = None
    ) -> None:
        """Keep the entries of a batch, together where that goes, else one after the other.

        With ``bad`` given, what cannot be kept goes there, with the id of its document. Raises
        ``BadLine`` otherwise; and ``NotTogether`` unless the import is ``careful``: then all has to
        be begun again, carefully.
        """
        try:
            with self.attempt() if self._careful else nullcontext():
                self._take(batch)
            return
        except (PostilError, NotTogether, *_UNKEPT) as error:
            if not self._careful:
                raise NotTogether from error
        # What cannot be kept, and why, shows when each is taken by itself.
        for waiting in batch:
            self.take_one(waiting, bad)

    def take_one(
        self,
        waiting: Waiting,
        bad: Callable[[BadLine, str], None] | None = None,
        then: Callable[[Waiting], None] = lambda waiting: None,
    ) -> None:
        """Keep one entry, and do what is to be done with it then, or neither."""
        try:
            with nullcontext() if bad is None else self.attempt():
                self._take([waiting])
                then(waiting)
        except PostilError as error:
            refused = refusal(error, waiting.number, waiting.place)
            if bad is None:
                raise refused from error
            bad(refused, waiting.id)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Whatever is taken inside is kept whole, or not at all: the import may go on after it."""
        before = (dict(self._labels), dict(self._kinds), self._codebook, self._unnamed)
        numbers = (self._next, self._next_document)
        counts, documents = replace(self.counts), len(self.documents)
        self._conn.execute("savepoint attempt")
        try:
            yield
        except BaseException:
            self._conn.execute("rollback to attempt")
            self._labels, self._kinds, self._codebook, self._unnamed = before
            self._next, self._next_document = numbers
            self.counts = counts
            del self.documents[documents:]
            # Some of these may be gone; they are looked up again.
            self._entities, self._concepts, self._layers = {}, {}, {}
            raise
        finally:
            self._conn.execute("release attempt")

    def _take(self, batch: Sequence[Waiting]) -> None:
        """Keep entries: look up what there is of them, number what is new, write it together.

        Raises ``BadInput`` when one does not fit, ``NotTogether`` when the rows of one are needed
        before another can be taken.
        """
        rows = _Rows(self._next_document, self._present_among(batch))
        for waiting in batch:
            document, revision = self._document(waiting, rows)
            if waiting.document[_LABELS] != "[]":
                self._take_labels_of_document(waiting)
            if waiting.bare:
                continue
            if waiting.rejected:
                rows.rejected.append((waiting, document, revision))
                continue
            layer = self._layer(waiting.layer)
            self.counts.layers += 1
            for entity in waiting.entities:
                self._entities[entity.name] = describe_entity(
                    self._change, self._conn, self._project.key, entity
                )
            for concept in waiting.concepts:
                self._concepts[concept.name] = describe_concept(
                    self._change, self._conn, self._project.key, concept
                )
            first = self._next
            self._take_marks(waiting.marks, (document, revision, layer), rows)
            self._take_relations(waiting.relations, (document, layer), first, rows)
            self._take_state(waiting.state, (document, layer), rows)
        self._write(rows, batch)
        for rejected, document, revision in rows.rejected:
            self._take_rejected(rejected, document, revision)

    def _take_labels_of_document(self, waiting: Waiting) -> None:
        """Have the codebook know the labels of a document, so that they can be seen and given."""
        said = [
            entry.get("label") if isinstance(entry, dict) else entry
            for entry in orjson.loads(waiting.document[_LABELS])
        ]
        names = [n for n in said if isinstance(n, str) and 0 < len(n.strip()) <= MAX_NAME_LENGTH]
        codebook = self._codebook.with_labels_of_documents(names)
        for label in codebook.labels[len(self._codebook.labels) :]:
            self._number("labels", checked_label(label).id)
        self._codebook = codebook

    def _take_rejected(self, waiting: Waiting, document: int, revision: int) -> None:
        """Keep what somebody rejected as decisions, but for places that they decided on already."""
        layer = waiting.layer
        person = self._owner(layer) if layer is not None else self._person
        for mark in waiting.marks:
            assert isinstance(mark, Mark)  # noqa: S101 - as it was prepared
            about = {
                "document_id": document,
                "revision": revision,
                "person_id": person,
                "label_id": self._labels.get(mark.label) or self._label(mark.label),
                "start_at": mark.start,
                "end_at": mark.end,
            }
            decided = self._conn.execute(
                """select 1 from decisions where document_id = :document_id and deleted = 0
                and person_id = :person_id and revision = :revision and start_at = :start_at
                and end_at = :end_at and label_id = :label_id""",
                about,
            ).fetchone()
            if decided is None:
                self.counts.rejections += 1
                origin = {
                    "origin": mark.said("origin", "hand"),
                    "origin_source": mark.said("origin_source", ""),
                    "origin_score": mark.said("origin_score", None),
                }
                self._change.insert(
                    "decisions",
                    {"project_id": self._project.key, **about, "verdict": "rejected", **origin},
                )

    def _after(self, table: str) -> int:
        """The number of the next row of a table."""
        newest = self._conn.execute(f"select max(id) from {table}").fetchone()[0]  # noqa: S608
        return 1 + (newest or 0)

    def finish(self) -> None:
        """Keep the codebook, if labels or relation kinds came in that it lacked."""
        kept = self._codebooks.of(self._project.key)
        if self._codebook.labels != kept.labels or self._codebook.relations != kept.relations:
            self._codebooks.write(self._change, self._project.key, self._completed(kept))

    def _completed(self, kept: Codebook) -> Codebook:
        """The codebook whose new relation kinds join the labels that came after them, too."""
        everything = tuple(label.id for label in self._codebook.labels)
        present = {kind.id for kind in kept.relations}
        kinds = tuple(
            kind if kind.id in present else replace(kind, heads=everything, children=everything)
            for kind in self._codebook.relations
        )
        return replace(self._codebook, relations=kinds)

    def _present_among(self, batch: Sequence[Waiting]) -> dict[str, _Present]:
        """What the project has of the documents of a batch, by their ids."""
        rows = self._conn.execute(
            """select d.uid, d.id, t.sha256, d.deleted, d.revision
            from documents d cross join texts t on t.document_id = d.id and t.revision = d.revision
            where d.project_id = ? and d.uid in (select value from json_each(?))""",
            (self._project.key, orjson.dumps([waiting.id for waiting in batch]).decode()),
        )
        return {uid: (key, sha256, deleted, newest) for uid, key, sha256, deleted, newest in rows}

    def _document(self, waiting: Waiting, rows: "_Rows") -> tuple[int, int]:
        """The number of the entry's document, new where there is none, and its revision."""
        known = rows.present.get(waiting.id)
        if known is None:
            key = self._next_document
            self._next_document += 1
            self.counts.documents += 1
            if len(self.documents) < NAMED:
                self.documents.append(waiting.id)
            rows.present[waiting.id] = (key, waiting.sha256, 0, waiting.revision)
            rows.documents.append((key, *waiting.document))
            rows.texts.append((key, *waiting.text, self._change.at))
            return key, waiting.revision
        key, sha256, deleted, newest = known
        if rows.is_unwritten(key):
            if sha256 != waiting.sha256:
                raise NotTogether
            return key, newest
        if sha256 != waiting.sha256 and not deleted and self._is_older_text(known, waiting):
            return key, waiting.revision
        if sha256 != waiting.sha256 or deleted:
            raise BadInput(
                f"The project has a document “{waiting.id}” already, "
                + ("in the trash" if deleted else "with another text")
                + "; import into another project, or give this one another id."
            )
        self._change.update("documents", key, {})  # its version tells of the new marks
        return key, newest

    def _is_older_text(self, present: _Present, waiting: Waiting) -> bool:
        """Whether a frozen layer comes with the text it was made on, which was corrected since.

        That text is kept as an earlier revision, unless another one has its number.
        """
        key, _, _, newest = present
        if waiting.layer is None or not waiting.layer.frozen or waiting.revision >= newest:
            return False
        known = self._conn.execute(
            "select sha256 from texts where document_id = ? and revision = ?",
            (key, waiting.revision),
        ).fetchone()
        if known is None:
            insert_text(self._conn, key, waiting.text, self._change.at)
        if known is not None and known[0] != waiting.sha256:
            return False
        self._change.update("documents", key, {})
        return True

    def _layer(self, layer: Layer | None) -> int:
        if layer is None:
            if self._unnamed is None:
                self._unnamed = self._new_layer(Layer(id=new_id()))
            return self._unnamed
        known = self._layers.get(layer.id)
        if known is None:
            known = self._layers[layer.id] = self._present(layer) or self._new_layer(layer)
        return known

    def _present(self, layer: Layer) -> int | None:
        """The number of a layer that an earlier import brought. Raises ``Frozen``."""
        row = self._conn.execute(
            "select id, deleted from layers where project_id = ? and uid = ?",
            (self._project.key, layer.id),
        ).fetchone()
        if row is None:
            return None
        if row[1]:
            raise BadInput(f"The layer “{layer.id}” is in the trash; give this one another id.")
        return open_for_change(self._known_layers.by_key(row[0])).key

    def _owner(self, layer: Layer) -> int | None:
        """Whose layer it is: nobody's for a model's, else the annotator's, else the importer's."""
        if layer.kind == "model":
            return None
        if not layer.annotator:
            return self._person
        name = checked_name(layer.annotator)
        row = self._conn.execute(
            "select id from people where name = ? order by id limit 1", (name,)
        ).fetchone()
        return int(row[0]) if row else add_person(self._conn, name).key

    def _new_layer(self, layer: Layer) -> int:
        if layer.kind not in LAYER_KINDS:
            raise BadInput(
                f"A layer cannot be of kind “{layer.kind}”; known are {', '.join(LAYER_KINDS)}."
            )
        model = layer.annotator if layer.kind == "model" else ""
        check_length(model, "name of a model")
        check_length(layer.name, "name of a layer")
        return self._change.insert(
            "layers",
            {
                "project_id": self._project.key,
                "uid": checked_id(layer.id, "id of a layer"),
                "kind": layer.kind,
                "person_id": self._owner(layer),
                "model": checked_text(model, "name of a model"),
                "name": checked_text(layer.name, "name of a layer"),
                "exercise": checked_text(layer.exercise, "exercise") if layer.exercise else None,
                "frozen": int(layer.frozen),
            },
        )

    def _label(self, name: str) -> int:
        if name not in self._labels:
            # The codebook as a whole is looked at when it is kept, once for all that is new in it.
            self._codebook = self._codebook.with_labels([name])
            label = checked_label(self._codebook.label(name))
            self._labels[name] = self._number("labels", label.id)
        return self._labels[name]

    def _kind(self, name: str) -> int:
        if name not in self._kinds:
            self._codebook = self._codebook.with_kinds([name])
            kind = checked_kind(self._codebook.kind(name))
            self._kinds[name] = self._number("relation_kinds", kind.id)
        return self._kinds[name]

    def _number(self, table: str, uid: str) -> int:
        self._conn.execute(
            f"insert or ignore into {table} (project_id, uid) values (?, ?)",  # noqa: S608
            (self._project.key, uid),
        )
        found = self._conn.execute(
            f"select id from {table} where project_id = ? and uid = ?",  # noqa: S608
            (self._project.key, uid),
        ).fetchone()
        return int(found[0])

    def _entity(self, name: str | None) -> int | None:
        if not name:
            return None
        if name not in self._entities:
            self._entities[name] = ensure_entity(self._change, self._conn, self._project.key, name)
        return self._entities[name]

    def _concept(self, name: str | None) -> int | None:
        if not name:
            return None
        if name not in self._concepts:
            self._concepts[name] = ensure_concept(self._change, self._conn, self._project.key, name)
        return self._concepts[name]

    def _take_marks(
        self,
        marks: PlainMarks | Sequence[Mark],
        where: tuple[int, int, int],
        rows: "_Rows",
    ) -> None:
        """Number the marks of a layer of a document, in their order. ``where`` is the numbers of
        document and layer with the revision between them."""
        if not marks:
            return
        first, count = self._next, len(marks)
        self._next += count
        self.counts.spans += count
        if isinstance(marks, PlainMarks):
            for name in marks.labels:
                if name not in self._labels:
                    self._label(name)
            document, revision, layer = where
            columns: tuple[Iterable[Any], ...] = (
                range(first, first + count),
                marks.ids,
                repeat(document, count),
                repeat(revision, count),
                repeat(layer, count),
                map(self._labels.__getitem__, marks.labels),
                marks.starts,
                marks.ends,
                *(marks.moments or ()),
            )
            alike = rows.marks.setdefault(_MOMENTS if marks.moments else (), [])
            alike.extend(zip(*columns, strict=True))
            return
        for key, mark in enumerate(marks, start=first):
            said: tuple[str, ...] = mark.columns
            label = self._labels.get(mark.label) or self._label(mark.label)
            row: tuple[Any, ...] = (key, mark.id, *where, label, mark.start, mark.end)
            if mark.entity:
                said = ("entity_id", *said)
                row += (self._entities.get(mark.entity) or self._entity(mark.entity),)
            if mark.concept:
                at = 1 if mark.entity else 0
                said = (*said[:at], "concept_id", *said[at:])
                row += (self._concepts.get(mark.concept) or self._concept(mark.concept),)
            rows.marks.setdefault(said, []).append(row + mark.values)

    def _take_relations(
        self, relations: Sequence[Joined], where: tuple[int, int], first: int, rows: "_Rows"
    ) -> None:
        """``first`` is the number of the first mark of their layer."""
        for relation in relations:
            rows.relations.append(
                (
                    relation.id,
                    *where,
                    self._kind(relation.label),
                    first + relation.head,
                    None if relation.child is None else first + relation.child,
                    self._entity(relation.entity),
                    relation.extra,
                )
            )
        self.counts.relations += len(relations)

    def _take_state(self, state: str | None, where: tuple[int, int], rows: "_Rows") -> None:
        if state is None:
            return
        if rows.is_unwritten(where[0]):
            rows.states.append((*where, state))
            return
        present = self._conn.execute(
            "select id from document_states where document_id = ? and layer_id = ?", where
        ).fetchone()
        if present:
            self._change.update("document_states", present[0], {"state": state, "deleted": 0})
            return
        self._change.insert(
            "document_states",
            {
                "project_id": self._project.key,
                "document_id": where[0],
                "layer_id": where[1],
                "state": state,
            },
        )

    def _write(self, rows: "_Rows", batch: Sequence[Waiting]) -> None:
        conn, seq = self._conn, self._change.seq
        same = {"project_id": self._project.key, "created_seq": seq, "seq": seq}
        conn.executemany(_inserting("documents", _DOCUMENT, same), rows.documents)
        conn.executemany(_inserting("texts", _TEXT), rows.texts)
        try:
            for columns, alike in rows.marks.items():
                conn.executemany(_inserting("annotations", (*_ALWAYS, *columns), same), alike)
        except _UNKEPT as error:
            raise self._refused(batch, error) from error
        try:
            conn.executemany(_inserting("relations", _RELATION, same), rows.relations)
        except _UNKEPT as error:
            raise BadInput(
                "A relation is in the project already, or leads nowhere; "
                "was this file imported before?"
            ) from error
        conn.executemany(_inserting("document_states", _STATE, same), rows.states)

    def _refused(self, batch: Sequence[Waiting], error: Exception) -> BadInput:
        for waiting in batch:
            marks = waiting.marks
            for uid in marks.ids if isinstance(marks, PlainMarks) else [mark.id for mark in marks]:
                taken = self._conn.execute(
                    "select 1 from annotations where project_id = ? and uid = ?",
                    (self._project.key, uid),
                ).fetchone()
                if taken:
                    return KnownMarks(uid)
        return BadInput(f"The marks cannot be kept: {error}.")


class _Rows:
    """What a batch adds to the tables, until it is written.

    ``present`` is what there is of its documents by id, those that it makes among them; ``first``
    the number of the first that it makes. ``marks`` stand by the columns in which they differ from
    the defaults.
    """

    __slots__ = (
        *("_first", "documents", "marks", "present", "rejected", "relations", "states", "texts"),
    )

    def __init__(self, first: int, present: dict[str, _Present]):
        self._first, self.present = first, present
        self.documents: list[tuple[Any, ...]] = []
        self.texts: list[tuple[Any, ...]] = []
        self.marks: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
        self.relations: list[tuple[Any, ...]] = []
        self.states: list[tuple[Any, ...]] = []
        self.rejected: list[tuple[Waiting, int, int]] = []

    def is_unwritten(self, document: int) -> bool:
        """Whether it is this batch that makes the document of that number."""
        return document >= self._first
