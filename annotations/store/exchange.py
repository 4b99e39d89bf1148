"""Whole documents with their marks, in and out.

In: one act, all of it or none, written in batches. Out: a stream of values that sees the database at
one moment.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from annotations.document import (
    STATES,
    Annotated,
    Annotation,
    Concept,
    Entity,
    Layer,
    Relation,
    checked_id,
    checked_text,
    new_id,
)
from annotations.errors import BadInput, BadLine, ChooseLayer, NotFound, PostilError
from annotations.spans import hull
from annotations.store import sqlite
from annotations.store.changes import Act, Change, Log
from annotations.store.codebooks import Codebooks
from annotations.store.database import Database
from annotations.store.documents import Documents, KeptDocument, checked_document, insert_document
from annotations.store.marks import Marks
from annotations.store.names import (
    describe_concept,
    describe_entity,
    ensure_concept,
    ensure_entity,
)
from annotations.store.people import KeptLayer, Layers, Project, add_person

_INSERT = """insert into annotations (id, project_id, uid, document_id, layer_id, revision, label_id,
    start_at, end_at, fragments, attributes, entity_id, concept_id, note, unsure, origin, origin_source,
    origin_score, codebook_version, created, updated, created_seq, seq, extra)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_RELATE = """insert into relations (project_id, uid, document_id, layer_id, kind_id, head_id, child_id,
    child_entity_id, created_seq, seq, extra) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""


@dataclass(slots=True)
class Counts:
    """How much went in or out: documents, layers of documents, spans and relations."""

    documents: int = 0
    layers: int = 0
    spans: int = 0
    relations: int = 0


def _plain(value: Any) -> str:
    return orjson.dumps(value).decode() if value else "{}"


class Import:
    """One import under way: what it has met so far, so that each name is looked up once."""

    def __init__(
        self, change: Change, conn: Any, project: Project, codebooks: Codebooks, person: int
    ):
        self._change, self._conn, self._project, self._person = change, conn, project, person
        self._codebooks = codebooks
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

    def take(self, entry: Annotated) -> None:
        """Keep one layer of one document. Raises ``BadInput`` when it does not fit what is there."""
        document = self._document(entry)
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
        keys = self._take_annotations(entry, document, layer)
        self._take_relations(entry, document, layer, keys)
        self._take_state(entry.state, document, layer)

    def finish(self) -> None:
        """Keep the codebook, if labels or relation kinds came in that it lacked."""
        kept = self._codebooks.of(self._project.key)
        if self._codebook.labels != kept.labels or self._codebook.relations != kept.relations:
            self._codebooks.write(self._change, self._project.key, self._codebook)

    def _document(self, entry: Annotated) -> int:
        value = checked_document(entry.document)
        row = self._conn.execute(
            """select d.id, t.sha256, d.deleted from documents d
            join texts t on t.document_id = d.id and t.revision = d.revision
            where d.project_id = ? and d.uid = ?""",
            (self._project.key, value.id),
        ).fetchone()
        if row is None:
            self.counts.documents += 1
            self.documents.append(value.id)
            return insert_document(self._change, self._conn, self._project.key, value)
        if row[1] != value.sha256 or row[2]:
            raise BadInput(
                f"The project has a document “{value.id}” already, "
                + ("in the trash" if row[2] else "with another text")
                + "; import into another project, or give this one another id."
            )
        return int(row[0])

    def _layer(self, layer: Layer | None) -> int:
        if layer is None:
            if self._unnamed is None:
                self._unnamed = self._new_layer(Layer(id=new_id()))
            return self._unnamed
        known = self._layers.get(layer.id)
        if known is None:
            row = self._conn.execute(
                "select id from layers where project_id = ? and uid = ?",
                (self._project.key, layer.id),
            ).fetchone()
            known = self._layers[layer.id] = int(row[0]) if row else self._new_layer(layer)
        return known

    def _new_layer(self, layer: Layer) -> int:
        person: int | None = self._person
        if layer.annotator:
            row = self._conn.execute(
                "select id from people where name = ? order by id limit 1", (layer.annotator,)
            ).fetchone()
            if row:
                person = int(row[0])
            elif layer.kind == "model":
                person = None
            else:
                person = add_person(self._conn, layer.annotator).key
        elif layer.kind == "model":
            person = None
        return self._change.insert(
            "layers",
            {
                "project_id": self._project.key,
                "uid": checked_id(layer.id, "id of a layer"),
                "kind": layer.kind,
                "person_id": person,
                "model": layer.annotator if person is None else "",
                "name": checked_text(layer.name, "name of a layer"),
                "exercise": layer.exercise,
                "frozen": int(layer.frozen),
            },
        )

    def _label(self, name: str) -> int:
        if name not in self._labels:
            self._codebook = self._codebook.with_labels([name]).checked()
            self._labels[name] = self._number("labels", self._codebook.label(name).id)
        return self._labels[name]

    def _kind(self, name: str) -> int:
        if name not in self._kinds:
            self._codebook = self._codebook.with_kinds([name]).checked()
            self._kinds[name] = self._number("relation_kinds", self._codebook.kind(name).id)
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
            self._entities[name] = ensure_entity(
                self._change, self._conn, self._project.key, name
            )
        return self._entities[name]

    def _concept(self, name: str | None) -> int | None:
        if not name:
            return None
        if name not in self._concepts:
            self._concepts[name] = ensure_concept(
                self._change, self._conn, self._project.key, name
            )
        return self._concepts[name]

    def _take_annotations(self, entry: Annotated, document: int, layer: int) -> dict[str, int]:
        keys: dict[str, int] = {}
        rows = []
        for mark in entry.annotations:
            key = keys[mark.id] = self._next
            self._next += 1
            rows.append(self._row(mark, key, document, layer, entry))
        try:
            self._conn.executemany(_INSERT, rows)
        except sqlite.IntegrityError as error:
            raise self._refused(entry, error) from error
        self.counts.spans += len(rows)
        return keys

    def _row(
        self, mark: Annotation, key: int, document: int, layer: int, entry: Annotated
    ) -> tuple[Any, ...]:
        length = len(entry.document.text)
        if not 0 <= mark.start < mark.end <= length:
            mark.span.within(entry.document.text)
        if mark.fragments and hull(mark.fragments) != mark.span:
            raise BadInput(f"The fragments of the mark “{mark.id}” do not reach from end to end.")
        if mark.note:
            checked_text(mark.note, "note")
        change, origin = self._change, mark.origin
        return (
            key,
            self._project.key,
            mark.id,
            document,
            layer,
            entry.document.revision,
            self._labels.get(mark.label) or self._label(mark.label),
            mark.start,
            mark.end,
            None if not mark.fragments else _spans(mark),
            _plain(mark.attributes),
            self._entities.get(mark.entity or "") or self._entity(mark.entity),
            self._concepts.get(mark.concept or "") or self._concept(mark.concept),
            mark.note,
            int(mark.unsure),
            origin.kind,
            origin.source,
            origin.score,
            mark.codebook,
            mark.created,
            mark.updated,
            change.seq,
            change.seq,
            _plain(mark.extra),
        )

    def _refused(self, entry: Annotated, error: Exception) -> BadInput:
        for mark in entry.annotations:
            checked_id(mark.id, "id of a mark")
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
                    _plain(relation.extra),
                )
            )
        try:
            self._conn.executemany(_RELATE, rows)
        except sqlite.IntegrityError as error:
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


def _spans(mark: Annotation) -> str:
    return orjson.dumps([[part.start, part.end] for part in mark.fragments]).decode()


class Exchange:
    """Whole documents with their marks, in and out."""

    def __init__(
        self,
        database: Database,
        log: Log,
        codebooks: Codebooks,
        documents: Documents,
        layers: Layers,
        marks: Marks,
    ):
        self._database, self._log, self._codebooks = database, log, codebooks
        self._documents, self._layers, self._marks = documents, layers, marks

    def take(
        self,
        act: Act,
        project: Project,
        entries: Iterable[Annotated],
        progress: Callable[[int], None] | None = None,
    ) -> dict[str, Any]:
        """Import: all entries in one act, or none.

        Gives the counts and the ids of the documents that are new. Raises ``BadLine`` naming the entry
        (for a file of one entry a line: the line) that cannot be kept.
        """

        def work(change: Change) -> dict[str, Any]:
            conn = self._database.here.conn
            under_way = Import(change, conn, project, self._codebooks, act.person)
            for number, entry in enumerate(entries, start=1):
                try:
                    under_way.take(entry)
                except BadLine:
                    raise
                except PostilError as error:
                    raise BadLine(str(error), line=number) from error
                if progress is not None:
                    progress(number)
            under_way.finish()
            counts = under_way.counts
            return {
                "documents": counts.documents,
                "spans": counts.spans,
                "relations": counts.relations,
                "new": under_way.documents[:100],
            }

        return dict(self._log.perform(act, work).result)

    def layers_of(self, project: Project, document: int | None = None) -> list[KeptLayer]:
        """The layers that an export could hold: those with marks or states."""
        if document is not None:
            return self._layers.on_document(document)
        rows = self._database.rows(
            """select distinct layer_id from annotations where project_id = :project and deleted = 0
            union select layer_id from document_states where project_id = :project
            and deleted = 0""",
            {"project": project.key},
        )
        used = {key for (key,) in rows}
        return [layer for layer in self._layers.of_project(project) if layer.key in used]

    def choose(
        self, project: Project, document: int | None, named: str = "", every: bool = False
    ) -> list[KeptLayer]:
        """The layers to export: the only one, the one named (by id or title), or all of them.

        Raises ``ChooseLayer`` when there are several and none is named, ``NotFound`` for a name that
        none bears.
        """
        present = self.layers_of(project, document)
        if named:
            chosen = [layer for layer in present if named in (layer.value.id, layer.value.title)]
            if not chosen:
                raise NotFound("layer", named)
            return chosen[:1]
        if len(present) > 1 and not every:
            raise ChooseLayer(tuple(f"{k.value.title} ({k.value.id})" for k in present))
        return present

    def out(
        self,
        project: Project,
        layers: Sequence[KeptLayer],
        document: int | None = None,
    ) -> Iterator[Annotated]:
        """Export: every document, each of its chosen layers in turn.

        A document that none of the layers touches comes once, without a layer. The whole iteration is
        one read transaction, on the thread that runs it.
        """
        with self._database.reading():
            wanted = {layer.key: layer for layer in layers}
            keys = [document] if document is not None else self._documents.keys(project)
            entities, concepts = self._described(project)
            for key in keys:
                kept = self._documents.by_key(key)
                yield from self._of_document(kept, wanted, entities, concepts)

    def _of_document(
        self,
        kept: KeptDocument,
        wanted: dict[int, KeptLayer],
        entities: dict[str, Entity],
        concepts: dict[str, Concept],
    ) -> Iterator[Annotated]:
        marks: dict[str, list[Annotation]] = {}
        for mark in self._marks.of(kept, list(wanted)):
            marks.setdefault(mark.layer, []).append(mark)
        relations: dict[str, list[Relation]] = {}
        for relation in self._marks.relations_of(kept, list(wanted)):
            relations.setdefault(relation.layer, []).append(relation)
        states = dict(
            self._database.rows(
                "select layer_id, state from document_states "
                "where document_id = :document and deleted = 0",
                {"document": kept.key},
            )
        )
        version = self._codebooks.newest_version(kept.project)
        nothing = True
        for key, layer in wanted.items():
            uid = layer.value.id
            if uid not in marks and key not in states:
                continue
            nothing = False
            mine, joined = marks.get(uid, []), relations.get(uid, [])
            named = {m.entity for m in mine} | {r.child_entity for r in joined}
            topics = {m.concept for m in mine}
            yield Annotated(
                document=kept.value,
                layer=layer.value,
                state=states.get(key),
                codebook=version,
                annotations=tuple(mine),
                relations=tuple(joined),
                entities=tuple(e for name, e in entities.items() if name in named),
                concepts=tuple(c for name, c in concepts.items() if name in topics),
            )
        if nothing:
            yield Annotated(document=kept.value, codebook=version)

    def _described(self, project: Project) -> tuple[dict[str, Entity], dict[str, Concept]]:
        """The entities and concepts of which there is more to say than the name."""
        entities = self._database.rows(
            """select uid, name, aliases, extra from entities where project_id = :project
            and deleted = 0 and merged_into is null and (aliases <> '[]' or extra <> '{}')
            order by name""",
            {"project": project.key},
        )
        concepts = self._database.rows(
            """select c.uid, c.name, c.aliases, p.name, c.extra from concepts c
            left join concepts p on p.id = c.parent_id
            where c.project_id = :project and c.deleted = 0 and c.merged_into is null
            and (c.aliases <> '[]' or c.extra <> '{}' or p.name is not null) order by c.name""",
            {"project": project.key},
        )
        return (
            {
                name: Entity(
                    id=uid,
                    name=name,
                    aliases=tuple(orjson.loads(aliases)),
                    extra=orjson.loads(extra),
                )
                for uid, name, aliases, extra in entities
            },
            {
                name: Concept(
                    id=uid,
                    name=name,
                    aliases=tuple(orjson.loads(aliases)),
                    parent=parent,
                    extra=orjson.loads(extra),
                )
                for uid, name, aliases, parent, extra in concepts
            },
        )
