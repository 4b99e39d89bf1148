"""Correcting a text that is marked: a new revision, and every mark of an open layer carried to it.

Frozen layers stay on the text they were made on. Nothing is dropped: a mark whose place is in doubt
lies at the best place there is until a person settles it, and deleted marks are carried as well, so
that they can be restored. All of it is one act.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from annotations.anchoring import AnchoredMark, reanchor, reanchor_marks
from annotations.document import Annotation, Document, Layout, checked_text
from annotations.errors import BadInput, NotFound, TextStale
from annotations.spans import Span
from annotations.store.changes import Act, Change, Log, Outcome
from annotations.store.database import Database
from annotations.store.documents import Documents, KeptDocument, insert_text, text_columns
from annotations.store.marks import Marks, columns_of
from annotations.store.people import Project


@dataclass(frozen=True, slots=True)
class Revision:
    """A text that an article had: its number, and who made it when ("" for the first)."""

    number: int
    at: str
    person: str
    characters: int
    is_newest: bool
    frozen: int
    """How many living marks of frozen layers lie on it, though it is not the newest."""


@dataclass(frozen=True, slots=True)
class Carried:
    """A mark that a correction touches: what it quotes now, and what it would quote."""

    annotation: Annotation
    place: AnchoredMark
    was: str
    becomes: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """A mark whose place a person has to settle: what it quoted, and on which revision."""

    annotation: Annotation
    was: str
    revision: int


class Corrections:
    """The revisions of all texts."""

    def __init__(self, database: Database, log: Log, documents: Documents, marks: Marks):
        self._database, self._log = database, log
        self._documents, self._marks = documents, marks

    def revisions(self, document: KeptDocument) -> list[Revision]:
        """Every text that the document had, the newest number first."""
        rows = self._database.rows(
            """select t.revision, t.created, coalesce(p.name, ''), t.text = '', t.revision
                = d.revision, (select count(*) from annotations a join layers l on l.id = a.layer_id
                where a.document_id = t.document_id and a.revision = t.revision
                and a.deleted = 0 and l.frozen = 1 and t.revision <> d.revision)
            from texts t join documents d on d.id = t.document_id
            left join changes c on c.document_id = t.document_id and c.kind = 'correct'
                and json_extract(c.result, '$.revision') = t.revision
            left join people p on p.id = c.person_id
            where t.document_id = :document order by t.revision desc""",
            {"document": document.key},
        )
        return [
            Revision(
                number,
                at,
                person,
                0 if empty else len(self._documents.text(document.key, number)[0]),
                bool(newest),
                frozen,
            )
            for number, at, person, empty, newest, frozen in rows
        ]

    def preview(self, document: KeptDocument, text: str) -> list[Carried]:
        """The living marks that a correction to this text would not merely move, by place."""
        rows = self._open_marks(document.key, document.value.revision)
        living = [key for key, row in rows.items() if not row["deleted"]]
        places = reanchor_marks(document.value.text, text, [rows[k]["spans"] for k in living])
        touched = {
            key: place
            for key, place in zip(living, places, strict=True)
            if place.how != "sure"
            or [s.of(text) for s in place.spans]
            != [s.of(document.value.text) for s in rows[key]["spans"]]
        }
        uids = {rows[key]["uid"]: key for key in touched}
        project = Project(document.project, "", "", "")
        return [
            Carried(
                mark,
                touched[uids[mark.id]],
                mark.quote(document.value.text),
                " … ".join(span.of(text) for span in touched[uids[mark.id]].spans),
            )
            for mark in self._marks.several(project, list(uids))
        ]

    def correct(
        self,
        act: Act,
        project: Project,
        document: KeptDocument,
        text: str,
        layout: Layout,
        saw: int | None = None,
    ) -> Outcome:
        """Give a document a new text, and carry the marks of its open layers over to it.

        ``saw`` is the revision that the correction was made from. The result counts what became of
        the marks: ``revision``, ``carried``, ``doubtful``, ``lost``. Raises ``TextStale`` when the
        text was corrected by somebody else meanwhile, ``BadInput`` when nothing changed or nothing
        is left, ``NotFound``.
        """

        def work(change: Change) -> dict[str, Any]:
            checked_text(text, "text")
            layout.checked(len(text))
            if not text.strip():
                raise BadInput("Nothing would be left of the article; write something.")
            present = self._present(act, project, document)
            if saw is not None and saw != present:
                raise TextStale(saw, present)
            old, laid_out = self._documents.text(document.key, present, keep=False)
            if (text, layout) == (old, laid_out):
                raise BadInput("Nothing was changed, so there is nothing to save.")
            revision = self._new_text(change, document.key, text, layout)
            return self.carry(change, document.key, revision, text)

        return self._log.perform(replace(act, kind="correct"), work)

    def _present(self, act: Act, project: Project, document: KeptDocument) -> int:
        row = self._database.row(
            "select revision from documents "
            "where id = :key and project_id = :project and deleted = 0",
            {"key": document.key, "project": project.key},
        )
        if row is None or act.document != document.key:
            raise NotFound("document", document.value.id)
        return int(row[0])

    def _new_text(self, change: Change, document: int, text: str, layout: Layout) -> int:
        conn = self._database.here.conn
        (newest,) = conn.execute(
            "select max(revision) from texts where document_id = ?", (document,)
        ).fetchone()
        value = Document(id="", title="", text=text, layout=layout, revision=newest + 1)
        insert_text(conn, document, text_columns(value), change.at)
        return value.revision

    def carry(self, change: Change, document: int, revision: int, text: str) -> dict[str, Any]:
        """Inside a change: make a kept revision the document's text, and carry over the marks of
        its open layers, whichever text they lie on; gives what became of the living ones."""
        change.update("documents", document, {"revision": revision, "characters": len(text)})
        counts = {"sure": 0, "doubtful": 0, "lost": 0}
        elsewhere = self._database.rows(
            """select distinct a.revision from annotations a
            join layers l on l.id = a.layer_id and l.frozen = 0
            where a.document_id = :document and a.revision <> :revision""",
            {"document": document, "revision": revision},
        )
        for (before,) in elsewhere:
            old, _ = self._documents.text(document, before, keep=False)
            rows = self._open_marks(document, before)
            places = reanchor_marks(old, text, [row["spans"] for row in rows.values()])
            columns = {}
            for (key, row), place in zip(rows.items(), places, strict=True):
                columns[key] = {**columns_of(place), "revision": revision}
                # What was in doubt stays so: it still lies where nobody said it belongs.
                columns[key]["doubt"] = columns[key]["doubt"] or row["doubt"]
                if not row["deleted"]:
                    counts[place.how] += 1
            change.update_many("annotations", columns)
        self._carry_decisions(change, document, revision, text)
        return {
            "revision": revision,
            "carried": sum(counts.values()),
            "doubtful": counts["doubtful"],
            "lost": counts["lost"],
        }

    def _carry_decisions(self, change: Change, document: int, revision: int, text: str) -> None:
        """What was accepted and rejected is not asked again, where its words are still there."""
        rows = self._database.rows(
            """select id, revision, start_at, end_at from decisions
            where document_id = :document and revision <> :revision and deleted = 0""",
            {"document": document, "revision": revision},
        )
        for before in {row[1] for row in rows}:
            mine = [row for row in rows if row[1] == before]
            old, _ = self._documents.text(document, before, keep=False)
            places = reanchor(old, text, [Span(start, end) for _, _, start, end in mine])
            change.update_many(
                "decisions",
                {
                    row[0]: {
                        "revision": revision,
                        "start_at": place.span.start,
                        "end_at": place.span.end,
                    }
                    for row, place in zip(mine, places, strict=True)
                    if place.how == "sure"
                },
            )

    def _open_marks(self, document: int, revision: int) -> dict[int, dict[str, Any]]:
        """All marks of open layers on one revision, deleted ones too, by number."""
        rows = self._database.rows(
            """select a.id, a.uid, a.start_at, a.end_at, a.fragments, a.deleted, a.doubt
            from annotations a join layers l on l.id = a.layer_id and l.frozen = 0
            where a.document_id = :document and a.revision = :revision order by a.id""",
            {"document": document, "revision": revision},
        )
        return {
            key: {"uid": uid, "spans": spans_of(start, end, parts), "deleted": gone, "doubt": doubt}
            for key, uid, start, end, parts, gone, doubt in rows
        }

    # --- what is left to settle

    def in_doubt(self, document: int) -> int:
        """How many living marks of a document wait to be settled."""
        row = self._database.row(
            """select count(*) from annotations indexed by annotation_doubts
            where document_id = :document and doubt is not null and deleted = 0""",
            {"document": document},
        )
        return int(row[0])

    def doubts(self, project: Project, document: KeptDocument) -> list[Doubt]:
        """The living marks whose place a person has to settle, by place."""
        rows = self._database.rows(
            """select a.uid, i.before from annotations a indexed by annotation_doubts
            left join change_items i on i.kind = 'annotations' and i.object_id = a.id and i.seq = (
                    select max(seq) from change_items where kind = 'annotations'
                    and object_id = a.id and json_extract(before, '$.doubt') is null
                    and json_extract(before, '$.revision') <> a.revision)
            where a.document_id = :document and a.doubt is not null and a.deleted = 0""",
            {"document": document.key},
        )
        past = {uid: orjson.loads(before) if before else None for uid, before in rows}
        return [
            self._doubt(document, mark, past[mark.id])
            for mark in self._marks.several(project, list(past))
        ]

    def _doubt(
        self, document: KeptDocument, mark: Annotation, before: Mapping[str, Any] | None
    ) -> Doubt:
        if before is None:  # it came in late, on an older text, and never lay there
            return Doubt(mark, "", mark.revision)
        old, _ = self._documents.text(document.key, before["revision"])
        spans = spans_of(before["start_at"], before["end_at"], before["fragments"])
        return Doubt(mark, " … ".join(span.of(old) for span in spans), before["revision"])

    def settle(
        self, act: Act, project: Project, uids: Sequence[str], saw: int | None = None
    ) -> Outcome:
        """Say that marks lie where they belong. Moving or deleting one settles it as well.

        ``saw`` is the version of the only one. Raises ``NotFound``, ``Frozen``, ``Stale``.
        """

        def work(change: Change) -> dict[str, Any]:
            if not uids:
                raise BadInput("There is nothing to settle.")
            for uid in uids:
                kept = self._marks.open_mark(act, project, uid)
                change.update("annotations", kept.key, {"doubt": None}, saw)
            return {"settled": list(uids), **({"annotation": uids[0]} if len(uids) == 1 else {})}

        return self._log.perform(replace(act, kind="settle"), work)


def spans_of(start: int, end: int, fragments: str | None) -> tuple[Span, ...]:
    """The stretches of a mark, as the table keeps them."""
    if not fragments:
        return (Span(start, end),)
    return tuple(Span(*pair) for pair in orjson.loads(fragments))
