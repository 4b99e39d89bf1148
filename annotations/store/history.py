"""What happened: to a mark, in a document, in a project; every past state; and the trash.

All of it is read from the log. A row as it was after change S is what the first later change kept
of it, or the row as it stands when there is none; what was made after S was not there. Pages of the
log go by the number of the change, so that the millionth costs what the first does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from annotations.document import Annotation, Relation
from annotations.errors import NotFound
from annotations.store.changes import Log
from annotations.store.codebooks import Codebooks
from annotations.store.database import Database
from annotations.store.documents import Documents, KeptDocument
from annotations.store.marks import Marks
from annotations.store.people import Project
from annotations.store.telling import Said, Touched, Words
from annotations.store.undo import rows_of

Row = dict[str, Any]

SHOWN = 20
"""How many of the objects of one change are told in detail."""


@dataclass(frozen=True, slots=True)
class Happened:
    """A line of the history: one change. ``undone`` names the kind of what it undid or redid."""

    seq: int
    at: str
    person: str
    kind: str
    undone: str
    document: str
    title: str
    result: Mapping[str, Any]
    made: int
    altered: int

    @property
    def touched(self) -> int:
        """How many marks and relations it made, and how many things it altered."""
        return self.made + self.altered


@dataclass(frozen=True, slots=True)
class Version:
    """A mark as one change left it. ``touched`` tells what that change altered."""

    seq: int
    at: str
    person: str
    kind: str
    touched: Touched


@dataclass(frozen=True, slots=True)
class Past:
    """A document as it was after a change: its text then, and the marks that lay on it."""

    seq: int
    at: str
    person: str
    document: KeptDocument
    annotations: Sequence[Annotation]
    relations: Sequence[Relation]


@dataclass(frozen=True, slots=True)
class Gone:
    """Something in the trash, with who put it there and when."""

    said: Said
    seq: int
    at: str
    person: str
    kind: str
    document: str
    title: str
    cursor: str


class History:
    """Everything that happened in all projects."""

    def __init__(
        self,
        database: Database,
        log: Log,
        codebooks: Codebooks,
        documents: Documents,
        marks: Marks,
    ):
        self._database, self._log, self._codebooks = database, log, codebooks
        self._documents, self._marks = documents, marks

    # --- what happened

    def of_project(
        self,
        project: Project,
        before: int | None = None,
        person: str = "",
        kind: str = "",
        limit: int = 50,
    ) -> list[Happened]:
        """The changes in a project, the newest first, from the one before ``before``.

        ``person`` (an id) and ``kind`` keep those by one person, and those of one kind.
        """
        chosen = ["select seq from changes c where c.project_id = :project"]
        # The project was made before it could be named.
        chosen.append(
            "select seq from changes c "
            "where c.seq = (select created_seq from projects where id = :project)"
        )
        return self._happened(chosen, project, before, person, kind, limit)

    def of_document(
        self,
        project: Project,
        document: KeptDocument,
        before: int | None = None,
        person: str = "",
        kind: str = "",
        limit: int = 50,
    ) -> list[Happened]:
        """The changes that touched a document or anything in it, the newest first."""
        chosen = ["select seq from changes c where c.document_id = :document"]
        # What is done in the whole project (an import, a batch) may touch this document, too.
        chosen.append(
            """select seq from changes c
            where c.project_id = :project and c.document_id is null
            and (c.seq = (select created_seq from documents where id = :document)
                or exists (select 1 from change_items i join annotations a on a.id = i.object_id
                    where i.seq = c.seq and i.kind = 'annotations' and a.document_id = :document)
                or exists (select 1 from change_items i where i.seq = c.seq
                    and i.kind = 'documents' and i.object_id = :document)
                or exists (select 1 from annotations a indexed by annotation_births
                    where a.created_seq = c.seq and a.document_id = :document))"""
        )
        return self._happened(chosen, project, before, person, kind, limit, document.key)

    def _happened(
        self,
        chosen: Sequence[str],
        project: Project,
        before: int | None,
        person: str,
        kind: str,
        limit: int,
        document: int | None = None,
    ) -> list[Happened]:
        """The newest of the changes that these queries choose; each of them is asked for no more
        than a page, so that none reads the whole log."""
        narrowed = "and c.seq < :before"
        if person:
            narrowed += " and c.person_id = (select id from people where uid = :person)"
        if kind:
            narrowed += " and c.kind = :kind"
        parts = [
            f"select * from ({query} {narrowed} order by c.seq desc limit :limit)"  # noqa: S608
            for query in chosen
        ]
        rows = self._database.rows(
            f"""select c.seq, c.at, p.name, c.kind, coalesce(u.kind, ''), coalesce(d.uid, ''),
                coalesce(d.title, ''), c.result,
                (select count(*) from annotations where created_seq = c.seq)
                    + (select count(*) from relations where created_seq = c.seq),
                (select count(*) from change_items where seq = c.seq and kind <> 'layers')
            from changes c join people p on p.id = c.person_id
            left join changes u on u.seq = c.undoes left join documents d on d.id = c.document_id
            where c.seq in ({" union ".join(parts)})
            order by c.seq desc limit :limit""",  # noqa: S608
            {
                "before": before if before is not None and before < 2**62 else 2**62,
                "project": project.key,
                "document": document,
                "person": person,
                "kind": kind,
                "limit": limit,
            },
        )
        return [
            Happened(seq, at, name, what, undone, uid, title, orjson.loads(result), made, altered)
            for seq, at, name, what, undone, uid, title, result, made, altered in rows
        ]

    def people(self, project: Project) -> list[tuple[str, str]]:
        """Everybody who changed anything in a project, as (id, name), by name."""
        rows = self._database.rows(
            """select p.uid, p.name from people p where exists (
                select 1 from changes c where c.person_id = p.id and c.project_id = :project)
            order by p.name collate nocase, p.id""",
            {"project": project.key},
        )
        return [(uid, name) for uid, name in rows]

    def change(self, project: Project, seq: int) -> Happened:
        """One change of a project. Raises ``NotFound``."""
        found = self.of_project(project, before=seq + 1, limit=1) if 0 < seq < 2**62 else []
        if not found or found[0].seq != seq:
            raise NotFound("change", seq)
        return found[0]

    def details(self, project: Project, seq: int, limit: int = SHOWN) -> list[Touched]:
        """What a change did to the marks, relations, names and documents that it touched."""
        found: list[Touched] = []
        words = Words(self._database, self._codebooks.coding(project.key))
        for kind in ("annotations", "relations", "entities", "concepts", "documents"):
            keys = self._database.rows(
                f"""select object_id from change_items where seq = :seq and kind = '{kind}'
                union select id from {kind} where created_seq = :seq
                order by 1 limit :limit""",  # noqa: S608
                {"seq": seq, "limit": limit - len(found)},
            )
            for (key,) in keys:
                found.append(self._touched(words, kind, key, seq))
        return found

    def _touched(self, words: Words, kind: str, key: int, seq: int) -> Touched:
        row = self._database.row(
            "select before from change_items where kind = :kind and object_id = :key "
            "and seq = :seq",
            {"kind": kind, "key": key, "seq": seq},
        )
        before = orjson.loads(row[0]) if row else None
        after = self.row_at(kind, key, seq)
        was = None if before is None else words.said(kind, before, self._text_of(kind, before))
        return Touched(was, words.said(kind, after, self._text_of(kind, after)))

    def row_at(self, kind: str, key: int, seq: int) -> Row:
        """An object as it was after a change."""
        later = self._database.row(
            """select before from change_items where kind = :kind and object_id = :key
            and seq > :seq order by seq limit 1""",
            {"kind": kind, "key": key, "seq": seq},
        )
        if later is not None:
            kept: Row = orjson.loads(later[0])
            return kept
        return rows_of(self._database.here.conn, kind, [key])[0]

    def _text_of(self, kind: str, row: Row) -> str:
        if kind != "annotations" or "revision" not in row:
            return ""
        return self._documents.text(row["document_id"], row["revision"])[0]

    def of_mark(self, project: Project, uid: str) -> list[Version]:
        """Every version of a mark, the newest first, deleted or not. Raises ``NotFound``."""
        kept = self._marks.find(project, uid, deleted=True)
        words = Words(self._database, self._codebooks.coding(project.key))
        found = []
        for entry in self._log.of_object("annotations", kept.key):
            touched = self._touched(words, "annotations", kept.key, entry.seq)
            found.append(Version(entry.seq, entry.at, entry.person, entry.kind, touched))
        return found[::-1]

    def document_of_relation(self, project: Project, uid: str) -> int:
        """The number of the document in which a relation lies, deleted or not.

        Raises ``NotFound``.
        """
        row = self._database.row(
            "select document_id from relations where project_id = :project and uid = :uid",
            {"project": project.key, "uid": uid},
        )
        if row is None:
            raise NotFound("relation", uid)
        return int(row[0])

    # --- a document as it was

    def neighbours(
        self, project: Project, document: KeptDocument, seq: int
    ) -> tuple[int | None, int | None]:
        """The changes in a document next before one and next after it, if there are such."""
        born = "select created_seq from documents where id = :document"
        values = {"document": document.key, "seq": min(seq, 2**62), "project": project.key}
        before = self._database.row(
            f"""select max(s) from (
                select max(seq) as s from changes where document_id = :document and seq < :seq
                union all select created_seq from documents
                    where id = :document and created_seq < :seq)
            where s >= ({born})""",  # noqa: S608
            values,
        )
        after = self._database.row(
            "select min(seq) from changes where document_id = :document and seq > :seq", values
        )
        return before[0], after[0]

    def at(self, project: Project, document: KeptDocument, seq: int) -> Past:
        """A document as it was after a change, with the marks that lay on its text then.

        Raises ``NotFound`` when it was not there yet.
        """
        with self._database.reading():
            moment = self._moment(seq)
            then = self.document_at(document, seq)
            kept = self._documents.by_key(document.key, then["revision"])
            kept = replace(kept, value=replace(kept.value, title=then["title"]))
            coding = self._codebooks.coding(project.key)
            marks = [
                row
                for row in self.rows_at("annotations", document.key, seq)
                if not row["deleted"] and row["revision"] == then["revision"]
            ]
            words = Words(self._database, coding)
            found = sorted(
                (words.annotation(row) for row in marks), key=lambda a: (a.start, -a.end, a.key)
            )
            uids = {row["id"]: row["uid"] for row in marks}
            relations = [
                words.relation(row, uids)
                for row in self.rows_at("relations", document.key, seq)
                if not row["deleted"] and row["head_id"] in uids
            ]
        return Past(seq, *moment, kept, found, relations)

    def at_revision(self, project: Project, document: KeptDocument, revision: int) -> Past:
        """A document as it last was with a text that is no longer its newest.

        Raises ``NotFound`` for a text that it never had.
        """
        self._documents.text(document.key, revision)
        row = self._database.row(
            """select max(seq) - 1 from change_items where kind = 'documents'
            and object_id = :document and json_extract(before, '$.revision') = :revision
            and json_extract(before, '$.revision') <> coalesce(
                (select json_extract(n.before, '$.revision') from change_items n
                where n.kind = 'documents' and n.object_id = :document
                and n.seq > change_items.seq order by n.seq limit 1),
                (select revision from documents where id = :document))""",
            {"document": document.key, "revision": revision},
        )
        if row[0] is None:
            raise NotFound("revision", revision)
        return self.at(project, document, row[0])

    def _moment(self, seq: int) -> tuple[str, str]:
        row = self._database.row(
            """select c.at, p.name from changes c join people p on p.id = c.person_id
            where c.seq <= :seq order by c.seq desc limit 1""",
            {"seq": min(seq, 2**62)},
        )
        if row is None:
            raise NotFound("change", seq)
        return row[0], row[1]

    def document_at(self, document: KeptDocument, seq: int) -> Row:
        row = self.row_at("documents", document.key, min(seq, 2**62))
        if "uid" not in row or row["created_seq"] > seq:
            raise NotFound("change", seq)
        return row

    def rows_at(self, kind: str, document: int, seq: int) -> list[Row]:
        """All rows of a document's marks or relations as they were after a change."""
        values = {"document": document, "seq": min(seq, 2**62)}
        cursor = self._database.here.conn.execute(
            f"select * from {kind} where document_id = :document and seq <= :seq",  # noqa: S608
            values,
        )
        names = [column[0] for column in cursor.description]
        found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        later = self._database.rows(
            f"""select i.before from {kind} o join change_items i
                on i.kind = '{kind}' and i.object_id = o.id and i.seq = (
                    select min(seq) from change_items where kind = '{kind}'
                    and object_id = o.id and seq > :seq)
            where o.document_id = :document and o.seq > :seq and o.created_seq <= :seq""",  # noqa: S608
            values,
        )
        found += [row for (kept,) in later if "uid" in (row := orjson.loads(kept))]
        return found

    # --- the trash

    def trash(
        self,
        project: Project,
        document: KeptDocument | None = None,
        before: str = "",
        limit: int = 50,
    ) -> list[Gone]:
        """Deleted marks and removed relations of a project, or of one of its documents, those
        touched last first, from the one after ``before`` (the ``cursor`` of a line).

        What was erased for good is not among them, nor what went with a whole document.
        """
        seq, number = _cursor(before)
        values = {
            "project": project.key,
            "document": None if document is None else document.key,
            "seq": seq,
            "number": number,
            "limit": limit,
        }
        rows = self._database.rows(
            """select kind, id, seq from (
                select 'annotations' as kind, a.id, a.seq, 2 * a.id as number
                from annotations a join documents d on d.id = a.document_id and d.deleted = 0
                where a.project_id = :project and a.deleted = 1
                and (:document is null or a.document_id = :document)
                and (a.seq < :seq or a.seq = :seq and 2 * a.id < :number)
                union all
                select 'relations', r.id, r.seq, 2 * r.id + 1
                from relations r join documents d on d.id = r.document_id and d.deleted = 0
                join annotations h on h.id = r.head_id and h.deleted = 0
                left join annotations k on k.id = r.child_id
                where r.project_id = :project and r.deleted = 1 and coalesce(k.deleted, 0) = 0
                and (:document is null or r.document_id = :document)
                and (r.seq < :seq or r.seq = :seq and 2 * r.id + 1 < :number))
            order by seq desc, number desc limit :limit""",
            values,
        )
        words = Words(self._database, self._codebooks.coding(project.key))
        return [self._gone(words, kind, key) for kind, key, _ in rows]

    def _gone(self, words: Words, kind: str, key: int) -> Gone:
        row = rows_of(self._database.here.conn, kind, [key])[0]
        seq, at, person, what = self._database.row(
            """select c.seq, c.at, p.name, c.kind from changes c
            join people p on p.id = c.person_id where c.seq = coalesce((
                select max(seq) from change_items where kind = :kind and object_id = :key
                and json_extract(before, '$.deleted') = 0), :last)""",
            {"kind": kind, "key": key, "last": row["seq"]},
        )
        uid, title = self._database.row(
            "select uid, title from documents where id = :key", {"key": row["document_id"]}
        )
        number = 2 * key + (kind == "relations")
        said = words.said(kind, row, self._text_of(kind, row))
        return Gone(said, seq, at, person, what, uid, title, f"{row['seq']}-{number}")

    # --- whole documents

    def removed_documents(self, project: Project) -> list[Gone]:
        """The documents in the trash, those removed last first; none that was erased."""
        rows = self._database.rows(
            """select d.id, d.uid, d.title, c.seq, c.at, p.name, c.kind from documents d
            join changes c on c.seq = d.seq join people p on p.id = c.person_id
            where d.project_id = :project and d.deleted = 1 and c.kind <> 'redact'
            and exists (select 1 from texts t where t.document_id = d.id and t.sha256 <> '')
            order by d.seq desc""",
            {"project": project.key},
        )
        return [
            Gone(
                Said("documents", uid, False, {"title": title}), seq, at, who, kind, uid, title, ""
            )
            for _, uid, title, seq, at, who, kind in rows
        ]


def _cursor(before: str) -> tuple[int, int]:
    seq, _, number = before.partition("-")
    if all(each.isascii() and each.isdecimal() and len(each) < 19 for each in (seq, number)):
        return int(seq), int(number)
    return 2**62, 0
