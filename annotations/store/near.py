"""Finished articles that a document is nearly the same as, and their marks at its places.

The bands of signatures are derived and kept, like the search index; they are made when somebody
asks, for the finished articles and for the one that is asked about.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from annotations.anchoring import reanchor_marks
from annotations.document import Annotation, Origin, new_id, with_fragments
from annotations.near import LEAST, bands, resemblance, shingles
from annotations.spans import Span
from annotations.store.changes import Act, Change, Log, Outcome
from annotations.store.codebooks import Codebooks
from annotations.store.database import Database
from annotations.store.documents import Documents, KeptDocument
from annotations.store.marks import Marks
from annotations.store.names import ensure_entity
from annotations.store.people import KeptLayer, Layers, Person, Project, open_for_change
from annotations.store.states import States
from annotations.store.suggestions import Suggestions
from annotations.suggest import Proposal

MOST_COMPARED = 8
"""Candidates whose texts are compared word for word."""


@dataclass(frozen=True, slots=True)
class Like:
    """A finished article that is nearly the same: how near (0 to 1), and whose marks it has."""

    document: KeptDocument
    resemblance: float
    layer: KeptLayer

    @property
    def source(self) -> str:
        """What suggestions and marks that come from it name as their source."""
        return f"near: {self.document.value.title or self.document.value.id}"[:200]


@dataclass(frozen=True, slots=True)
class Carried:
    """A mark of another article, at its place here.

    ``score`` is how good the place is (0 to 1) and ``sure`` whether it may be taken without asking;
    ``annotation`` is the mark as it stands there.
    """

    annotation: Annotation
    spans: tuple[Span, ...]
    score: float
    sure: bool


class Near:
    """Which documents are nearly the same."""

    def __init__(
        self,
        database: Database,
        log: Log,
        codebooks: Codebooks,
        documents: Documents,
        layers: Layers,
        marks: Marks,
        states: States,
        suggestions: Suggestions,
    ):
        self._database, self._log, self._codebooks = database, log, codebooks
        self._documents, self._layers, self._marks = documents, layers, marks
        self._states, self._suggestions = states, suggestions

    def like(
        self, project: Project, person: Person, document: KeptDocument, least: float = LEAST
    ) -> Like | None:
        """The finished article that a document is nearest to, if one is near enough.

        Finished is what this person has done, or what a key holds.
        """
        finished = set(self._states.finished(project, person)) - {document.key}
        if not finished or not document.value.text:
            return None
        self._bring_up([document.key, *sorted(finished)])
        rows = self._database.rows(
            """select other.document_id, count(*) from near_bands mine
            join near_bands other on other.value = mine.value
            where mine.document_id = :document and other.document_id <> :document
            and other.document_id in (select value from json_each(:finished))
            group by other.document_id order by count(*) desc, other.document_id limit :most""",
            {
                "document": document.key,
                "finished": orjson.dumps(sorted(finished)).decode(),
                "most": MOST_COMPARED,
            },
        )
        mine = shingles(document.value.text)
        found: list[tuple[float, int]] = []
        for key, _ in rows:
            text = self._documents.by_key(key, keep=False).value.text
            found.append((resemblance(mine, shingles(text)), -key))
        for near, key in sorted(found, reverse=True):
            layer = self._finished_layer(project, person, -key)
            if near >= least and layer is not None:
                return Like(self._documents.by_key(-key), near, layer)
        return None

    def _finished_layer(self, project: Project, person: Person, document: int) -> KeptLayer | None:
        """The layer that has the marks of a finished article: this person's, else the key."""
        work = self._layers.work_of(project, person)
        present = self._layers.on_document(document)
        own = [k for k in present if work is not None and k.key == work.key]
        keys = [k for k in present if k.value.kind == "key"]
        return next(iter([*own, *keys]), None)

    def _bring_up(self, documents: Sequence[int]) -> None:
        """Make the bands of the documents that have none at their present revision."""
        outdated = self._database.rows(
            """select d.id from documents d left join near_documents n on n.document_id = d.id
            where d.id in (select value from json_each(:documents))
            and (n.document_id is null or n.revision <> d.revision)""",
            {"documents": orjson.dumps(list(documents)).decode()},
        )
        if not outdated:
            return
        made = []
        for (key,) in outdated:
            value = self._documents.by_key(key, keep=False).value
            made.append((key, value.revision, bands(shingles(value.text))))
        with self._database.writing() as db:
            for key, revision, values in made:
                _keep(db.conn, key, revision, values)

    def carried(self, like: Like, document: KeptDocument) -> tuple[list[Carried], int]:
        """The marks of a finished article at their places in a document, and how many found none.

        What is doubtful comes with its low score; what is lost is only counted.
        """
        marks = self._marks.of(like.document, [like.layer.key])
        placed = reanchor_marks(
            like.document.value.text, document.value.text, [mark.spans for mark in marks]
        )
        found = [
            Carried(mark, place.spans, place.score, place.how == "sure")
            for mark, place in zip(marks, placed, strict=True)
            if place.how != "lost"
        ]
        return found, len(marks) - len(found)

    def suggest(self, like: Like, document: KeptDocument) -> int:
        """Offer the marks of a finished article as suggestions here; gives how many are offered.

        They come with label, actor and concept; a mark of several fragments as its hull.
        """
        found, _ = self.carried(like, document)
        proposals = [
            Proposal(
                start=each.spans[0].start,
                end=each.spans[-1].end,
                label=each.annotation.label,
                score=each.score,
                entity=each.annotation.entity,
                concept=each.annotation.concept,
            )
            for each in found
        ]
        return self._suggestions.offer(document, like.source, proposals)

    def is_offered(self, like: Like, document: KeptDocument) -> bool:
        """Whether the marks of a finished article were offered here already."""
        return like.source in {source.name for source in self._suggestions.sources(document)}

    def adopt(
        self, act: Act, project: Project, person: Person, document: KeptDocument, like: Like
    ) -> Outcome:
        """Make marks of one's own of those of a finished article, with all that they say.

        Their relations come along where both ends do; what is not surely in its place is marked
        unsure. One act. Raises ``Frozen``.
        """

        def work(change: Change) -> dict[str, Any]:
            layer = open_for_change(self._layers.make_work(change, project, person))
            found, lost = self.carried(like, document)
            keys: dict[str, int] = {}
            for each in found:
                hull, fragments = with_fragments(each.spans)
                draft = replace(
                    each.annotation,
                    id=new_id(),
                    start=hull.start,
                    end=hull.end,
                    fragments=fragments,
                    unsure=each.annotation.unsure or not each.sure,
                    origin=Origin("memory", like.source, each.score),
                )
                keys[each.annotation.id] = self._marks.make(change, project, document, layer, draft)
            joined = self._join(change, project, document, layer, like, keys)
            return {"marks": len(found), "relations": joined, "lost": lost}

        return self._log.perform(act, work)

    def _join(
        self,
        change: Change,
        project: Project,
        document: KeptDocument,
        layer: KeptLayer,
        like: Like,
        keys: Mapping[str, int],
    ) -> int:
        """The relations between marks that came along; gives how many."""
        conn, coding, joined = self._database.here.conn, self._codebooks.coding(project.key), 0
        for relation in self._marks.relations_of(like.document, [like.layer.key]):
            ends = [end for end in (relation.head, relation.child) if end]
            if any(end not in keys for end in ends):
                continue
            entity = relation.child_entity
            row = {
                "project_id": project.key,
                "uid": new_id(),
                "document_id": document.key,
                "layer_id": layer.key,
                "kind_id": coding.kind_key(relation.label),
                "head_id": keys[relation.head],
                "child_id": keys[relation.child] if relation.child else None,
                "child_entity_id": ensure_entity(change, conn, project.key, entity)
                if entity
                else None,
            }
            change.insert("relations", row)
            joined += 1
        return joined


def _keep(conn: Any, document: int, revision: int, values: Iterable[int]) -> None:
    conn.execute("delete from near_bands where document_id = ?", (document,))
    conn.executemany(
        "insert or ignore into near_bands (value, document_id) values (?, ?)",
        [(value, document) for value in values],
    )
    conn.execute(
        """insert into near_documents (document_id, revision) values (?, ?)
        on conflict (document_id) do update set revision = excluded.revision""",
        (document, revision),
    )
