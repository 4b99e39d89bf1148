"""Whole documents with their marks, in and out.

In: one act, all of it or none, written in batches. Out: a stream of values that sees the database
at one moment.
"""

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from annotations.document import (
    Annotated,
    Annotation,
    Concept,
    Entity,
    Relation,
)
from annotations.errors import BadLine, ChooseLayer, NotFound
from annotations.store.changes import Act, Change, Log
from annotations.store.codebooks import Codebooks, Coding
from annotations.store.database import Database
from annotations.store.documents import Documents, KeptDocument
from annotations.store.incoming import Import, NotTogether
from annotations.store.marks import Marks
from annotations.store.names import (
    Names,
)
from annotations.store.outgoing import Batch, Together, portions
from annotations.store.people import (
    KeptLayer,
    Layers,
    Project,
)
from annotations.store.staging import Staged, Waiting, few_collections
from annotations.store.suggestions import Suggestions
from annotations.suggest import Proposal

_NONE: Mapping[Any, Any] = {}


def _with_ancestors(names: set[str | None], concepts: Mapping[str, Concept]) -> set[str | None]:
    """Concepts by name, and all that stand above them."""
    found, ahead = set(names), list(names)
    while ahead:
        concept = concepts.get(ahead.pop() or "")
        if concept is not None and concept.parent and concept.parent not in found:
            found.add(concept.parent)
            ahead.append(concept.parent)
    return found


def _the_only(layers: list[KeptLayer]) -> list[KeptLayer]:
    if len(layers) > 1:
        raise ChooseLayer(tuple(f"{k.value.title} ({k.value.id})" for k in layers))
    return layers


@dataclass(frozen=True, slots=True)
class _Shared:
    """What all documents of an export have in common: the codebook, and what names there are.

    ``relations`` and ``states`` tell whether the project has any.
    """

    coding: Coding
    entities: Mapping[str, Entity]
    concepts: Mapping[str, Concept]
    relations: bool
    states: bool

    def named(
        self, marks: Sequence[Annotation], relations: Sequence[Relation]
    ) -> tuple[tuple[Entity, ...], tuple[Concept, ...]]:
        """The entities and concepts of a layer of which there is more to say than the name."""
        entities: tuple[Entity, ...] = ()
        concepts: tuple[Concept, ...] = ()
        if self.entities:
            names = ({m.entity for m in marks} | {r.child_entity for r in relations}) - {None}
            every = self.entities.values()
            entities = tuple(e for e in every if {e.name, e.merged_into} & names)
        if self.concepts:
            topics = _with_ancestors({m.concept for m in marks} - {None}, self.concepts)
            concepts = tuple(c for c in self.concepts.values() if {c.name, c.merged_into} & topics)
        return entities, concepts


def _probability(score: float | None) -> float:
    """A score that came in, between 0 and 1; without one nothing is known: ½."""
    return 0.5 if score is None or score != score else min(1.0, max(0.0, score))


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
        names: Names,
        suggestions: Suggestions,
    ):
        self._suggestions = suggestions
        self._database, self._log, self._codebooks = database, log, codebooks
        self._documents, self._layers, self._marks = documents, layers, marks
        self._names = names

    def take(
        self,
        act: Act,
        project: Project,
        entries: Iterable[Annotated] | Staged,
        progress: Callable[[int], None] | None = None,
        as_suggestions: bool = False,
        bad: Callable[[BadLine, str], None] | None = None,
    ) -> dict[str, Any]:
        """Import: all entries in one act, or none; with ``bad`` given, what cannot be kept goes
        there, with the id of its document, and is skipped.

        They are read to the end, and staged, before anything is locked; those that are ``Staged``
        already stay open. ``progress`` is told how many are stored.
        ``as_suggestions`` takes their marks as suggestions of a source that is called like the
        layer's annotator; what these have no place for, and those of labels that the codebook
        lacks, are left out, and counted under ``left``. Gives the counts and the ids of the
        documents that are new. Raises ``BadLine`` naming the entry (for a file of one entry a
        line: the line) that cannot be kept.
        """
        act = replace(act, kind="import")
        if isinstance(entries, Staged):
            return self._take(act, project, entries, progress, bad)
        if self._log.knows(act.op):  # It answers for itself, and nothing has to be read.
            entries = ()
        folder = self._database.path.parent
        with Staged(entries, None, bad, as_suggestions, folder) as staged:
            return self._take(act, project, staged, progress, bad)

    def _take(
        self,
        act: Act,
        project: Project,
        staged: Staged,
        progress: Callable[[int], None] | None,
        bad: Callable[[BadLine, str], None] | None,
    ) -> dict[str, Any]:
        def work(change: Change, careful: bool = False) -> dict[str, Any]:
            conn = self._database.here.conn
            suggested = 0
            left: Counter[str] = Counter()
            under_way = Import(change, conn, project, self._codebooks, self._layers, careful)

            def suggest(waiting: Waiting) -> None:
                nonlocal suggested
                if waiting.entry is not None:
                    suggested += self._suggested(change, project, waiting.entry, left)

            for batch in staged.batches():
                if staged.as_suggestions:
                    for waiting in batch:
                        under_way.take_one(waiting, bad, suggest)
                else:
                    under_way.take_all(batch, bad)
                if progress is not None:
                    for waiting in batch:
                        progress(waiting.number)
            under_way.finish()
            counts = under_way.counts
            return {
                "documents": counts.documents,
                "spans": counts.spans,
                "relations": counts.relations,
                "suggestions": suggested,
                **({"left": dict(+left)} if +left else {}),
                **({"rejections": counts.rejections} if counts.rejections else {}),
                "new": under_way.documents,
            }

        # What the rows refer to was looked up or made by the import itself.
        with self._database.trusting(), few_collections():
            if bad is None:
                try:
                    return dict(self._log.perform(act, work).result)
                except NotTogether:
                    pass  # Once more, from what waits, to find out what is wrong with which.
            return dict(self._log.perform(act, partial(work, careful=True)).result)

    def _suggested(
        self, change: Change, project: Project, entry: Annotated, left: Counter[str]
    ) -> int:
        """Keep an entry's marks as suggestions for its document; gives how many.

        What suggestions have no place for is counted in ``left``.
        """
        layer = entry.layer
        name = (layer and (layer.annotator or layer.name)) or "import"
        key = self._documents.key_of(project, entry.document.id)
        kept = self._documents.by_key(key, keep=False)
        known = self._codebooks.coding(project.key).label_keys
        marks = [mark for mark in entry.annotations if mark.label in known]
        proposals = [
            Proposal(
                start=mark.start,
                end=mark.end,
                label=mark.label,
                score=_probability(mark.origin.score),
                entity=mark.entity,
                concept=mark.concept,
            )
            for mark in marks
        ]
        offered = self._suggestions.offer_within(change, kept, name[:200], proposals)
        left["labels"] += len(entry.annotations) - len(marks)
        left["doubles"] += len(marks) - offered
        left["relations"] += len(entry.relations)
        left["attributes"] += sum(len(mark.attributes) for mark in marks)
        left["fragments"] += sum(1 for mark in marks if mark.fragments)
        left["notes"] += sum(1 for mark in marks if mark.note)
        left["states"] += entry.state is not None
        return offered

    def layers_of(self, project: Project, document: int | None = None) -> list[KeptLayer]:
        """The layers that an export could hold: those with marks or states."""
        if document is not None:
            return self._layers.on_document(document)
        rows = self._database.rows(
            # Through the documents: then a look at the first that a layer marked is mostly enough.
            """select l.id from layers l where l.project_id = :project and l.deleted = 0
            and exists (select 1 from documents d join annotations a
                on a.document_id = d.id and a.deleted = 0 and a.layer_id = l.id
                where d.project_id = :project)
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

        Raises ``ChooseLayer`` when there are several and none is named, or when several bear the
        title; ``NotFound`` for a name that none bears.
        """
        present = self.layers_of(project, document)
        if named:
            chosen = [layer for layer in present if layer.value.id == named]
            chosen = chosen or [layer for layer in present if layer.value.title == named]
            if not chosen:
                raise NotFound("layer", named)
            return _the_only(chosen)
        return present if every else _the_only(present)

    def out(
        self,
        project: Project,
        layers: Sequence[KeptLayer],
        document: int | None = None,
        keep: Callable[[Sequence[int]], Sequence[int]] | None = None,
    ) -> Generator[Annotated, None, None]:
        """Export: every document, each of its chosen layers in turn.

        A document that none of the layers touches comes once, without a layer. The whole iteration
        is one read transaction, on the thread that runs it; ``keep`` says within it which of the
        documents (numbers) are wanted.
        """
        with closing(self.by_document(project, layers, document, keep)) as documents:
            for entries in documents:
                yield from entries

    def by_document(
        self,
        project: Project,
        layers: Sequence[KeptLayer],
        document: int | None = None,
        keep: Callable[[Sequence[int]], Sequence[int]] | None = None,
    ) -> Generator[list[Annotated], None, None]:
        """The same, all entries of a document at a time."""
        with self._database.reading():
            wanted = {layer.key: layer for layer in layers}
            keys: Sequence[int]
            keys = [document] if document is not None else self._documents.keys(project)
            keys = keys if keep is None else keep(keys)
            shared = self._shared(project)
            uids = {key: layer.value.id for key, layer in wanted.items()}
            together = Together(
                self._database,
                self._documents,
                self._marks,
                uids,
                shared.coding,
                shared.relations,
                shared.states,
            )
            for portion in portions(self._database, keys):
                with few_collections():
                    batch = together.read(portion)
                for kept in batch.documents.values():
                    entries = self._on_text(kept, wanted, shared, batch)
                    # Frozen layers stay on the text that they were made on.
                    for revision in batch.older.get(kept.key, ()):
                        older = self._documents.by_key(kept.key, revision, keep=False)
                        entries += self._on_text(older, wanted, shared, batch, newest=False)
                    yield entries

    def _shared(self, project: Project) -> "_Shared":
        entities, concepts = self._described(project)
        values = {"project": project.key}
        return _Shared(
            self._codebooks.coding(project.key),
            entities,
            concepts,
            self._has("relations", values),
            self._has("document_states", values),
        )

    def _has(self, table: str, values: dict[str, Any]) -> bool:
        query = f"select 1 from {table} where project_id = :project limit 1"  # noqa: S608
        return self._database.row(query, values) is not None

    def _on_text(
        self,
        kept: KeptDocument,
        wanted: dict[int, KeptLayer],
        shared: "_Shared",
        batch: Batch,
        newest: bool = True,
    ) -> list[Annotated]:
        """One text of a document with the layers that lie on it. What a layer says of the whole
        document (its state) goes with the newest."""
        text = (kept.key, kept.value.revision)
        marks, relations = batch.marks.get(text, _NONE), batch.relations.get(text, _NONE)
        states = batch.states.get(kept.key, _NONE) if newest else _NONE
        version = shared.coding.codebook.version
        found = []
        for key in wanted if marks or states else ():
            layer = wanted[key].value
            mine = marks.get(layer.id, ())
            if not mine and key not in states:
                continue
            joined = relations.get(layer.id, ())
            entities, concepts = shared.named(mine, joined)
            found.append(
                Annotated(
                    document=kept.value,
                    layer=layer,
                    state=states.get(key),
                    codebook=version,
                    annotations=mine,
                    relations=tuple(joined),
                    entities=entities,
                    concepts=concepts,
                )
            )
        if newest and not found:
            found.append(Annotated(document=kept.value, codebook=version))
        return found

    def _described(self, project: Project) -> tuple[dict[str, Entity], dict[str, Concept]]:
        """The entities and concepts of which there is more to say than the name."""
        entities = (e for e in self._names.entities(project, limit=-1))
        concepts = (c for c in self._names.concepts(project, limit=-1))
        return (
            {e.name: e for e in entities if e.aliases or e.extra or e.merged_into},
            {c.name: c for c in concepts if c.aliases or c.extra or c.merged_into or c.parent},
        )
