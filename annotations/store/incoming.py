"""Taking documents in: one import under way, written in batches inside one act."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import orjson

from annotations.codebook import Codebook, checked_kind, checked_label
from annotations.document import (
    LAYER_KINDS,
    ORIGINS,
    STATES,
    Annotated,
    Annotation,
    Layer,
    checked_id,
    checked_text,
    new_id,
)
from annotations.errors import BadInput
from annotations.spans import hull
from annotations.store import sqlite
from annotations.store.changes import Change
from annotations.store.codebooks import Codebooks
from annotations.store.documents import checked_document, insert_document, insert_text
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
from annotations.store.values import dumps

_ALWAYS: tuple[str, ...] = (
    "id", "project_id", "uid", "document_id", "revision", "layer_id", "label_id",
    "start_at", "end_at", "created_seq", "seq",
)  # fmt: skip
_RELATE = """insert into relations (
    project_id, uid, document_id, layer_id, kind_id, head_id, child_id, child_entity_id,
    created_seq, seq, extra) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""

_UNKEPT = (sqlite.IntegrityError, OverflowError, UnicodeEncodeError)
"""What SQLite raises for rows that it cannot hold."""


@dataclass(slots=True)
class Counts:
    """How much went in or out: documents, layers of documents, spans and relations."""

    documents: int = 0
    layers: int = 0
    spans: int = 0
    relations: int = 0


class Import:
    """One import under way: what it has met so far, so that each name is looked up once."""

    def __init__(
        self,
        change: Change,
        conn: Any,
        project: Project,
        codebooks: Codebooks,
        layers: Layers,
    ):
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
        self._next = 1 + (conn.execute("select max(id) from annotations").fetchone()[0] or 0)
        self.counts = Counts()
        self.documents: list[str] = []

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Whatever is taken inside is kept whole, or not at all: the import may go on after it."""
        before = (dict(self._labels), dict(self._kinds), self._codebook, self._unnamed, self._next)
        counts, documents = replace(self.counts), len(self.documents)
        self._conn.execute("savepoint attempt")
        try:
            yield
        except BaseException:
            self._conn.execute("rollback to attempt")
            self._labels, self._kinds, self._codebook, self._unnamed, self._next = before
            self.counts = counts
            del self.documents[documents:]
            # Some of these may be gone; they are looked up again.
            self._entities, self._concepts, self._layers = {}, {}, {}
            raise
        finally:
            self._conn.execute("release attempt")

    def take(self, entry: Annotated) -> None:
        """Keep one layer of one document. Raises ``BadInput`` when it does not fit."""
        document, revision = self._document(entry)
        if entry.layer is None and not entry.annotations and entry.state is None:
            return
        layer = self._layer(entry.layer)
        self.counts.layers += 1
        for entity in entry.entities:
            self._entities[entity.name] = describe_entity(
                self._change, self._conn, self._project.key, entity
            )
        for concept in entry.concepts:
            self._concepts[concept.name] = describe_concept(
                self._change, self._conn, self._project.key, concept
            )
        keys = self._take_annotations(entry, (document, revision, layer))
        self._take_relations(entry, document, layer, keys)
        self._take_state(entry.state, document, layer)

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

    def _document(self, entry: Annotated) -> tuple[int, int]:
        """The number of the entry's document, made when it is new, and the revision it is at."""
        value = checked_document(entry.document)
        row = self._conn.execute(
            """select d.id, t.sha256, d.deleted, d.revision from documents d
            join texts t on t.document_id = d.id and t.revision = d.revision
            where d.project_id = ? and d.uid = ?""",
            (self._project.key, value.id),
        ).fetchone()
        if row is None:
            self.counts.documents += 1
            self.documents.append(value.id)
            key = insert_document(self._change, self._conn, self._project.key, value)
            return key, value.revision
        if row[1] != value.sha256 and not row[2] and self._is_older_text(row, entry):
            return int(row[0]), value.revision
        if row[1] != value.sha256 or row[2]:
            raise BadInput(
                f"The project has a document “{value.id}” already, "
                + ("in the trash" if row[2] else "with another text")
                + "; import into another project, or give this one another id."
            )
        self._change.update("documents", row[0], {})  # its version tells of the new marks
        return int(row[0]), int(row[3])

    def _is_older_text(self, row: Any, entry: Annotated) -> bool:
        """Whether a frozen layer comes with the text it was made on, which was corrected since.

        That text is kept as an earlier revision, unless another one has its number.
        """
        value, (key, _, _, newest) = entry.document, row
        if entry.layer is None or not entry.layer.frozen or value.revision >= newest:
            return False
        known = self._conn.execute(
            "select sha256 from texts where document_id = ? and revision = ?",
            (key, value.revision),
        ).fetchone()
        if known is None:
            insert_text(self._conn, key, value, self._change.at)
        if known is not None and known[0] != value.sha256:
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

    def _take_annotations(self, entry: Annotated, where: tuple[int, int, int]) -> dict[str, int]:
        keys: dict[str, int] = {}
        rows: dict[tuple[str, ...], list[list[Any]]] = {}
        for mark in entry.annotations:
            if mark.id in keys:
                raise BadInput(f"The mark “{mark.id}” stands twice in one layer.")
            key = keys[mark.id] = self._next
            self._next += 1
            _check(mark, entry.document.text)
            said = self._said(mark)
            row = [key, self._project.key, mark.id, *where]
            row += (self._labels.get(mark.label) or self._label(mark.label), mark.start, mark.end)
            row += (self._change.seq, self._change.seq, *said.values())
            rows.setdefault(tuple(said), []).append(row)
        try:
            for columns, alike in rows.items():
                self._conn.executemany(_insertion(columns), alike)
        except _UNKEPT as error:
            raise self._refused(entry, error) from error
        self.counts.spans += len(keys)
        return keys

    def _said(self, mark: Annotation) -> dict[str, Any]:
        """The columns in which a mark differs from the table's defaults.

        The others are left out: binding them, nulls above all, would take most of the time.
        """
        said: dict[str, Any] = {}
        if len(mark.fragments) > 1:
            said["fragments"] = _spans(mark)
        if mark.attributes:
            said["attributes"] = dumps(mark.attributes, "attributes")
        if mark.entity:
            said["entity_id"] = self._entities.get(mark.entity) or self._entity(mark.entity)
        if mark.concept:
            said["concept_id"] = self._concepts.get(mark.concept) or self._concept(mark.concept)
        if mark.note:
            said["note"] = mark.note
        if mark.unsure:
            said["unsure"] = 1
        origin = mark.origin
        if origin.kind != "hand":
            said["origin"] = origin.kind
        if origin.source:
            said["origin_source"] = origin.source
        if origin.score is not None:
            said["origin_score"] = origin.score
        if origin.edited:
            said["origin_edited"] = 1
        if mark.codebook is not None:
            said["codebook_version"] = mark.codebook
        if mark.created is not None:
            said["created"] = mark.created
        if mark.updated is not None:
            said["updated"] = mark.updated
        if mark.extra:
            said["extra"] = dumps(mark.extra, "extra")
        return said

    def _refused(self, entry: Annotated, error: Exception) -> BadInput:
        for mark in entry.annotations:
            taken = self._conn.execute(
                "select 1 from annotations where project_id = ? and uid = ?",
                (self._project.key, mark.id),
            ).fetchone()
            if taken:
                return BadInput(
                    f"The project has a mark “{mark.id}” already; was this file imported before? "
                    "Import it into another project to have it twice."
                )
        return BadInput(f"The marks cannot be kept: {error}.")

    def _take_relations(
        self, entry: Annotated, document: int, layer: int, keys: dict[str, int]
    ) -> None:
        rows = []
        for relation in entry.relations:
            ends = (relation.head, relation.child)
            if any(end is not None and end not in keys for end in ends):
                raise BadInput(f"The relation “{relation.id}” leads to a mark that is not there.")
            rows.append(
                (
                    self._project.key,
                    checked_id(relation.id, "id of a relation"),
                    document,
                    layer,
                    self._kind(relation.label),
                    keys[relation.head],
                    keys[relation.child] if relation.child else None,
                    self._entity(relation.child_entity),
                    self._change.seq,
                    self._change.seq,
                    dumps(relation.extra, "extra"),
                )
            )
        try:
            self._conn.executemany(_RELATE, rows)
        except _UNKEPT as error:
            raise BadInput(
                "A relation is in the project already, or leads nowhere; "
                "was this file imported before?"
            ) from error
        self.counts.relations += len(rows)

    def _take_state(self, state: str | None, document: int, layer: int) -> None:
        if state is None:
            return
        if state not in STATES:
            raise BadInput(f"“{state}” is not a state; known are {', '.join(STATES)}.")
        present = self._conn.execute(
            "select id from document_states where document_id = ? and layer_id = ?",
            (document, layer),
        ).fetchone()
        if present:
            self._change.update("document_states", present[0], {"state": state, "deleted": 0})
            return
        self._change.insert(
            "document_states",
            {
                "project_id": self._project.key,
                "document_id": document,
                "layer_id": layer,
                "state": state,
            },
        )


@lru_cache(maxsize=256)
def _insertion(columns: tuple[str, ...]) -> str:
    """The statement that inserts marks of which these columns are said."""
    names = (*_ALWAYS, *columns)
    marks = ", ".join("?" * len(names))
    return f"insert into annotations ({', '.join(names)}) values ({marks})"  # noqa: S608


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


def _spans(mark: Annotation) -> str:
    return orjson.dumps([[part.start, part.end] for part in mark.fragments]).decode()
