"""What people rejected, as it goes out: annotations of a layer that says so, one layer a person."""

import uuid
from collections.abc import Collection

from annotations.document import REJECTED, VERDICT, Annotated, Annotation, Document, Layer, Origin
from annotations.store.codebooks import Codebooks
from annotations.store.database import Database
from annotations.store.documents import Documents
from annotations.store.people import Project


def are_rejected(entry: Annotated) -> bool:
    """Whether a layer is of rejected suggestions, as they go out: what is in it is no mark."""
    layer, marks = entry.layer, entry.annotations
    if layer is None or layer.kind != "suggestion" or not marks:
        return False
    verdict = VERDICT["verdict"]
    return all(mark.extra.get("verdict") == verdict for mark in marks)


_OURS = uuid.UUID("6f0d3c1e-7d0b-5c39-9a55-0a4f3f6f5b52")


class Negatives:
    """The rejected suggestions of each document."""

    def __init__(self, database: Database, codebooks: Codebooks, documents: Documents):
        self._database, self._codebooks, self._documents = database, codebooks, documents

    def of(
        self, project: Project, document: Document, people: Collection[int] | None = None
    ) -> list[Annotated]:
        """What was rejected on the newest text of a document, by these people (numbers), or by all.

        The ids are made of what they stand for, so they are the same each time.
        """
        rows = self._database.rows(
            """select p.id, p.name, c.start_at, c.end_at, c.label_id, c.origin, c.origin_source,
                max(c.origin_score)
            from decisions c join people p on p.id = c.person_id
            join documents d on d.id = c.document_id and d.revision = c.revision
            where d.project_id = :project and d.uid = :document and c.deleted = 0
            and c.verdict = 'rejected'
            group by p.id, c.start_at, c.end_at, c.label_id
            order by p.id, c.start_at, c.end_at desc, c.label_id""",
            {"project": project.key, "document": document.id},
        )
        coding = self._codebooks.coding(project.key)
        layers: dict[str, list[Annotation]] = {}
        for person, name, start, end, label, kind, source, score in rows:
            if people is not None and person not in people:
                continue
            said = (document.id, document.revision, start, end, coding.label_names[label], name)
            layers.setdefault(name, []).append(
                Annotation(
                    id=_id(*said),
                    start=start,
                    end=end,
                    label=coding.label_names[label],
                    origin=Origin(kind, source, score),
                    extra=VERDICT,
                )
            )
        return [
            Annotated(
                document=document,
                layer=Layer(
                    id=_id("layer", project.id, name),
                    kind="suggestion",
                    annotator=name,
                    name=REJECTED,
                ),
                codebook=coding.codebook.version,
                annotations=tuple(marks),
            )
            for name, marks in layers.items()
        ]


def _id(*parts: object) -> str:
    return str(uuid.uuid5(_OURS, "\n".join(str(part) for part in parts)))
