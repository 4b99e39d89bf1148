"""What sources of suggestions learn from: the marks of people, and the texts they went through."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from annotations.document import Document
from annotations.spans import Span
from annotations.store.codebooks import Codebooks
from annotations.store.database import Database
from annotations.store.documents import Documents
from annotations.store.marks import Marks
from annotations.store.names import names_of
from annotations.store.people import Project
from annotations.suggest.memory import Remembered
from annotations.suggest.model import Example


class Lessons:
    """What there is to learn in a project. What a model marked teaches nothing."""

    def __init__(
        self, database: Database, codebooks: Codebooks, documents: Documents, marks: Marks
    ):
        self._database, self._codebooks = database, codebooks
        self._documents, self._marks = documents, marks

    def remembered(self, project: Project) -> Iterator[Remembered]:
        """Every string that people marked, how, and how often; then the aliases of actors.

        Of whole layers of work and keys: what a model marked teaches nothing.
        """
        coding = self._codebooks.coding(project.key)
        entities, concepts = (
            names_of(self._database, project, "entities"),
            names_of(self._database, project, "concepts"),
        )
        for key, revision in self._taught(project):
            text = self._documents.text(key, revision, keep=False)[0]
            rows = self._database.rows(
                """select a.start_at, a.end_at, a.label_id, a.entity_id, a.concept_id
                from annotations a where a.document_id = :document and a.deleted = 0
                and a.revision = :revision and a.fragments is null and a.layer_id in (
                    select id from layers where kind in ('work', 'key', 'adjudicated'))""",
                {"document": key, "revision": revision},
            )
            for start, end, label, entity, concept in rows:
                yield Remembered(
                    text[start:end],
                    coding.label_names[label],
                    entities.get(entity),
                    concepts.get(concept),
                )
        yield from self._aliases(project)

    def _aliases(self, project: Project) -> Iterator[Remembered]:
        takers = [label for label in self._codebooks.of(project.key).marking if label.takes_entity]
        if not takers:
            return
        rows = self._database.rows(
            """select e.name, coalesce(m.name, e.name) from entities e
            left join entities m on m.id = e.merged_into
            where e.project_id = :project and e.deleted = 0
            union select j.value, coalesce(m.name, e.name)
            from entities e join json_each(e.aliases) j
            left join entities m on m.id = e.merged_into
            where e.project_id = :project and e.deleted = 0""",
            {"project": project.key},
        )
        for alias, name in rows:
            yield Remembered(alias, takers[0].name, name, count=0)

    def gone_through(self, project: Project) -> Iterator[str]:
        """The texts that people went through: for each of their layers, what they read of it.

        All of a document that they finished, and otherwise the paragraphs in which they marked
        something: of the others it is not known whether they were left on purpose.
        """
        for key, _ in self._taught(project):
            document = self._documents.by_key(key, keep=False).value
            rows = self._database.rows(
                """select a.layer_id, a.start_at, coalesce(s.state = 'done', 0)
                from annotations a left join document_states s on s.document_id = a.document_id
                    and s.layer_id = a.layer_id and s.deleted = 0
                where a.document_id = :document and a.deleted = 0 and a.layer_id in (
                    select id from layers where kind in ('work', 'key', 'adjudicated'))
                order by a.layer_id""",
                {"document": key},
            )
            for _, marks in groupby(rows, key=itemgetter(0)):
                _, starts, done = zip(*marks, strict=True)
                if done[0]:
                    yield document.text
                    continue
                blocks = paragraphs(document)
                begins = [block.start for block in blocks]
                touched = sorted({bisect_right(begins, start) - 1 for start in starts} - {-1})
                yield "\n\n".join(blocks[n].of(document.text) for n in touched)

    def _taught(self, project: Project) -> list[tuple[int, int]]:
        """The documents with marks of people, and the revisions they are at; the newest first."""
        found: list[tuple[int, int]] = self._database.rows(
            """select d.id, d.revision from documents d
            where d.project_id = :project and d.deleted = 0 and exists (
                select 1 from annotations a join layers l on l.id = a.layer_id
                where a.document_id = d.id and a.deleted = 0
                and l.kind in ('work', 'key', 'adjudicated'))
            order by d.seq desc, d.id desc""",
            {"project": project.key},
        )
        return found

    def examples(self, project: Project) -> Iterator[Example]:
        """The paragraphs that people went through, with their marks, the newest documents first.

        A person went through all of a document that they finished, and otherwise through those
        paragraphs in which they marked something. One layer of a document is one example of it; a
        key or an adjudicated layer goes before people's own.
        """
        coding = self._codebooks.coding(project.key)
        for key, _ in self._taught(project):
            document = self._documents.by_key(key, keep=False)
            layer = self._best_layer(key)
            if layer is None:
                continue
            found = [
                mark
                for mark in self._marks.of(document, [layer[0]], coding=coding)
                if not mark.fragments
            ]
            blocks = paragraphs(document.value)
            starts = [mark.start for mark in found]
            for block in blocks:
                at = bisect_left(starts, block.start)
                marks: dict[str, list[Span]] = {}
                while at < len(found) and found[at].start < block.end:
                    mark = found[at]
                    if mark.end <= block.end:
                        span = Span(mark.start - block.start, mark.end - block.start)
                        marks.setdefault(mark.label, []).append(span)
                    at += 1
                if marks or layer[1]:
                    text = document.value.text[block.start : block.end]
                    yield Example(document.value.id, text, marks)

    def _best_layer(self, document: int) -> tuple[int, bool] | None:
        """The layer to learn from in a document, and whether it is finished there."""
        row = self._database.row(
            """select a.layer_id, max(coalesce(s.state = 'done', 0)), count(*)
            from annotations a join layers l on l.id = a.layer_id
            left join document_states s on s.document_id = a.document_id
                and s.layer_id = a.layer_id and s.deleted = 0
            where a.document_id = :document and a.deleted = 0
            and l.kind in ('work', 'key', 'adjudicated')
            group by a.layer_id
            order by l.kind = 'adjudicated' desc, l.kind = 'key' desc, 2 desc, 3 desc, 1 limit 1""",
            {"document": document},
        )
        return None if row is None else (int(row[0]), bool(row[1]))


def paragraphs(document: Document) -> list[Span]:
    """The blocks of a document that hold something; without a layout, its lines."""
    if document.layout.blocks:
        return [block.span for block in document.layout.blocks if block.end > block.start]
    found, start = [], 0
    for line in document.text.split("\n"):
        if line:
            found.append(Span(start, start + len(line)))
        start += len(line) + 1
    return found
