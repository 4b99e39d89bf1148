"""Bringing back: a deleted mark, a version of a mark, a document as it was, one from the trash.

Each is one act, and can be undone as one. Frozen layers stay as they are.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from annotations.anchoring import reanchor_marks
from annotations.errors import BadInput, ChangedSince, NotFound
from annotations.store.changes import Act, Change, Log, Outcome
from annotations.store.corrections import Corrections, spans_of
from annotations.store.database import Database
from annotations.store.documents import Documents, KeptDocument
from annotations.store.history import History
from annotations.store.marks import Marks, columns_of
from annotations.store.people import Project
from annotations.store.undo import (
    PLACE,
    refuse_if_frozen,
    refuse_if_torn,
    revive_names,
    rows_of,
)

Row = dict[str, Any]

_NOT_SAID = ("seq", "updated", "codebook_version")


@dataclass(frozen=True, slots=True)
class Difference:
    """How many marks and relations bringing back a state would bring, take away and alter.

    ``text`` tells whether it would bring back another text.
    """

    bring: int
    take: int
    alter: int
    text: bool

    @property
    def nothing(self) -> bool:
        return not (self.bring or self.take or self.alter or self.text)


class Restoring:
    """What can be brought back, and how."""

    def __init__(
        self,
        database: Database,
        log: Log,
        documents: Documents,
        marks: Marks,
        corrections: Corrections,
        history: History,
    ):
        self._database, self._log, self._documents = database, log, documents
        self._marks, self._corrections, self._history = marks, corrections, history

    # --- marks and relations

    def marks(self, act: Act, project: Project, uids: Sequence[str]) -> Outcome:
        """Bring deleted marks back, with the relations that went with them.

        Raises ``NotFound``, ``Frozen``, ``ChangedSince`` for a relation that was made anew.
        """

        def work(change: Change) -> dict[str, Any]:
            keys = [self._restorable(act, project, uid) for uid in uids]
            refuse_if_frozen(self._database.here.conn, (("annotations", key) for key in keys))
            gone = [
                row
                for row in rows_of(self._database.here.conn, "annotations", keys)
                if row["deleted"]
            ]
            if not gone:
                raise BadInput("That is in its place already.")
            back: dict[int, Row] = {}
            for row in gone:
                back[row["id"]] = {name: row[name] for name in PLACE} | {"deleted": 0}
                back[row["id"]] |= self._on_newest(row)
            change.update_many("annotations", back)
            relations = self._went_with(gone)
            change.update_many("relations", {key: {"deleted": 0} for key in relations})
            return self._restored(change, list(back), relations)

        return self._log.perform(replace(act, kind="restore"), work)

    def version(
        self, act: Act, project: Project, uid: str, seq: int, saw: int | None = None
    ) -> Outcome:
        """Make a mark what it was after a change, at the place that it had then.

        On a text that was corrected since, the place is carried over. Raises ``NotFound`` for a
        change that never touched the mark, ``BadInput`` where it was deleted then, ``Frozen``,
        ``Stale``.
        """

        def work(change: Change) -> dict[str, Any]:
            key = self._restorable(act, project, uid)
            conn = self._database.here.conn
            refuse_if_frozen(conn, [("annotations", key)])
            if seq not in {entry.seq for entry in self._log.of_object("annotations", key)}:
                raise NotFound("version", seq)
            then = self._history.row_at("annotations", key, seq)
            if "uid" not in then or then["deleted"]:
                raise BadInput("The mark was deleted then; choose a version in which it was there.")
            now = change.read("annotations", key)
            columns = _columns(then) | {"doubt": then.get("doubt")} | self._on_newest(then)
            if all(now[name] == value for name, value in columns.items() if name != "updated"):
                raise BadInput("The mark is like that already.")
            columns["updated"] = change.at
            change.update("annotations", key, columns, saw)
            relations = self._went_with([now]) if now["deleted"] else []
            change.update_many("relations", {each: {"deleted": 0} for each in relations})
            return self._restored(change, [key], relations)

        return self._log.perform(replace(act, kind="restore"), work)

    def _restorable(self, act: Act, project: Project, uid: str) -> int:
        kept = self._marks.find(project, uid, deleted=True)
        if act.document not in (None, kept.document):
            raise NotFound("mark", uid)
        return kept.key

    def _on_newest(self, row: Row) -> Row:
        """Where a mark lies on its document's newest text; nothing when it lies on that."""
        (newest,) = self._database.row(
            "select revision from documents where id = :key", {"key": row["document_id"]}
        )
        if newest == row["revision"]:
            return {}
        old, _ = self._documents.text(row["document_id"], row["revision"], keep=False)
        new, _ = self._documents.text(row["document_id"], newest, keep=False)
        spans = spans_of(row["start_at"], row["end_at"], row["fragments"])
        (place,) = reanchor_marks(old, new, [spans])
        return columns_of(place) | {"revision": newest}

    def _went_with(self, rows: Sequence[Row]) -> list[int]:
        """The deleted relations that went in the same change as one of these marks, whose other
        ends live (or come back as well), and which were not made anew."""
        found = self._database.rows(
            """select r.id from relations r join json_each(:marks) m
                on r.head_id = m.value or r.child_id = m.value
            join annotations h on h.id = r.head_id left join annotations k on k.id = r.child_id
            where r.deleted = 1 and h.deleted = 0 and coalesce(k.deleted, 0) = 0
            and exists (
                select 1 from change_items i join change_items j
                    on j.seq = i.seq and j.kind = 'annotations' and j.object_id = m.value
                where i.kind = 'relations' and i.object_id = r.id
                and i.seq = (select max(seq) from change_items where kind = 'relations'
                    and object_id = r.id and json_extract(before, '$.deleted') = 0)
                and json_extract(j.before, '$.deleted') = 0)
            and not exists (
                select 1 from relations t where t.head_id = r.head_id and t.kind_id = r.kind_id
                and t.child_id is r.child_id and t.child_entity_id is r.child_entity_id
                and t.deleted = 0)
            group by r.head_id, r.kind_id, r.child_id, r.child_entity_id""",
            {"marks": orjson.dumps([row["id"] for row in rows]).decode()},
        )
        return [key for (key,) in found]

    def _restored(
        self, change: Change, marks: Sequence[int], relations: Sequence[int]
    ) -> dict[str, Any]:
        conn = self._database.here.conn
        touched = [("annotations", key) for key in marks]
        touched += [("relations", key) for key in relations]
        revive_names(conn, change, touched)
        refuse_if_torn(conn, "restore", touched)
        uids = [row["uid"] for row in rows_of(conn, "annotations", marks)]
        return {"touched": {"annotations": uids[:1000]}, "restored": len(marks)}

    def relation(self, act: Act, project: Project, uid: str) -> Outcome:
        """Bring back a relation that was removed.

        Raises ``NotFound``, ``Frozen``, and ``ChangedSince`` when an end is gone or they are joined
        so again.
        """

        def work(change: Change) -> dict[str, Any]:
            row = self._database.row(
                "select id, deleted from relations where project_id = :project and uid = :uid",
                {"project": project.key, "uid": uid},
            )
            if row is None:
                raise NotFound("relation", uid)
            conn = self._database.here.conn
            refuse_if_frozen(conn, [("relations", row[0])])
            if not row[1]:
                raise BadInput("That is in its place already.")
            change.update("relations", row[0], {"deleted": 0})
            revive_names(conn, change, [("relations", row[0])])
            refuse_if_torn(conn, "restore", [("relations", row[0])])
            ends = self._database.row(
                """select h.uid, k.uid from relations r join annotations h on h.id = r.head_id
                left join annotations k on k.id = r.child_id where r.id = :key""",
                {"key": row[0]},
            )
            return {"relation": uid, "ends": list(ends)}

        return self._log.perform(replace(act, kind="restore"), work)

    # --- a document as it was

    def difference(
        self,
        document: KeptDocument,
        seq: int,
        layers: Sequence[int] | None = None,
    ) -> Difference:
        """What bringing back the state after a change would alter; see ``document``."""
        with self._database.reading():
            then = self._history.document_at(document, seq)
            (newest,) = self._database.row(
                "select revision from documents where id = :key", {"key": document.key}
            )
            plan = self._plan(document, seq, layers)
        bring = sum(1 for _, _, was, now in plan if not was["deleted"] and now["deleted"])
        take = sum(1 for _, _, was, now in plan if was["deleted"] and not now["deleted"])
        alter = sum(
            1
            for _, _, was, now in plan
            if not was["deleted"] and not now["deleted"] and _says_other(was, now)
        )
        return Difference(bring, take, alter, layers is None and then["revision"] != newest)

    def _plan(
        self, document: KeptDocument, seq: int, layers: Sequence[int] | None
    ) -> list[tuple[str, int, Row, Row]]:
        """Each mark and relation of the open layers chosen that stands otherwise than after a
        change, as it was then and as it stands. What was made since is deleted in that state."""
        frozen = {
            key
            for (key,) in self._database.rows(
                """select id from layers where frozen = 1 and project_id = (
                    select project_id from documents where id = :document)""",
                {"document": document.key},
            )
        }
        found = []
        for kind in ("annotations", "relations"):
            then = {row["id"]: row for row in self._history.rows_at(kind, document.key, seq)}
            cursor = self._database.here.conn.execute(
                f"select * from {kind} where document_id = ? and seq > ?",  # noqa: S608
                (document.key, min(seq, 2**62)),
            )
            names = [column[0] for column in cursor.description]
            for values in cursor.fetchall():
                now = dict(zip(names, values, strict=True))
                if now["layer_id"] in frozen:
                    continue
                if layers is not None and now["layer_id"] not in layers:
                    continue
                was = then.get(now["id"], {**now, "deleted": 1})
                if was["deleted"] and now["deleted"]:
                    continue
                if was["deleted"]:
                    was = {**now, "deleted": 1}
                if any(now[n] != v for n, v in was.items() if n not in ("seq", "updated")):
                    found.append((kind, now["id"], was, now))
        return found

    def document(
        self,
        act: Act,
        project: Project,
        document: KeptDocument,
        seq: int,
        layers: Sequence[int] | None = None,
        saw: int | None = None,
    ) -> Outcome:
        """Make a document's marks and relations what they were after a change.

        ``layers`` (numbers) are those to bring back, and the text stays as it is; without it, every
        open layer is brought back, and the text with them. Frozen layers stay as they are. ``saw``
        is the document's version that the person looked at. Raises ``ChangedSince`` when there is a
        newer one, ``BadInput`` when nothing would change, ``NotFound``.
        """

        def work(change: Change) -> dict[str, Any]:
            if saw is not None and self._version_before(document, change.seq) > saw:
                raise ChangedSince("restore", ("something in this document",))
            then = self._history.document_at(document, seq)
            (newest,) = self._database.row(
                "select revision from documents where id = :key and deleted = 0",
                {"key": document.key},
            ) or (None,)
            if newest is None or act.document != document.key:
                raise NotFound("document", document.value.id)
            plan = self._plan(document, seq, layers)
            if not plan and (layers is not None or then["revision"] == newest):
                raise BadInput("Everything is as it was then; there is nothing to bring back.")
            counts: dict[str, Any] = {}
            target = newest
            if layers is None and then["revision"] != newest:
                target = then["revision"]
                text, _ = self._documents.text(document.key, target, keep=False)
                counts = self._corrections.carry(change, document.key, target, text)
            self._set(change, plan, target)
            conn = self._database.here.conn
            touched = [(kind, key) for kind, key, _, _ in plan]
            revive_names(conn, change, touched)
            refuse_if_torn(conn, "restore", touched)
            return {**counts, "to": seq, "restored": len(plan)}

        return self._log.perform(replace(act, kind="restore document"), work)

    def _version_before(self, document: KeptDocument, seq: int) -> int:
        """The document's version, but for the change under way."""
        row = self._database.row(
            """select max(coalesce((select max(seq) from changes
                    where document_id = :document and seq < :seq), 0),
                coalesce((select seq from documents where id = :document), 0))""",
            {"document": document.key, "seq": seq},
        )
        return int(row[0])

    def _set(
        self, change: Change, plan: Iterable[tuple[str, int, Row, Row]], revision: int
    ) -> None:
        alike: dict[tuple[str, tuple[str, ...]], dict[int, Row]] = {}
        for kind, key, was, _ in plan:
            columns: Row = {"deleted": 1}
            if not was["deleted"]:
                columns = _columns(was)
                if kind == "annotations":
                    columns["doubt"] = was.get("doubt")
                    if was["revision"] != revision:
                        columns |= self._on_newest(was)
            alike.setdefault((kind, tuple(sorted(columns))), {})[key] = columns
        for (kind, _), by_key in alike.items():
            change.update_many(kind, by_key)

    # --- whole documents

    def remove_document(self, act: Act, project: Project, document: KeptDocument) -> Outcome:
        """Put a document into the trash, with all that is in it. Raises ``NotFound``."""

        def work(change: Change) -> dict[str, Any]:
            if change.read("documents", document.key)["deleted"]:
                raise NotFound("document", document.value.id)
            change.delete("documents", document.key)
            return {"document": document.value.id}

        return self._log.perform(replace(act, kind="remove document"), work)

    def remove_documents(self, act: Act, project: Project, uids: Sequence[str]) -> Outcome:
        """Put several documents into the trash by one change. Raises ``NotFound``."""

        def work(change: Change) -> dict[str, Any]:
            keys = [self._documents.key_of(project, uid) for uid in dict.fromkeys(uids)]
            change.update_many("documents", {key: {"deleted": 1} for key in keys})
            return {"documents": len(keys)}

        return self._log.perform(replace(act, kind="remove documents"), work)

    def removed_document(self, act: Act, project: Project, uid: str) -> Outcome:
        """Take a document out of the trash. Raises ``NotFound``, also for an erased one."""

        def work(change: Change) -> dict[str, Any]:
            if uid not in {gone.said.uid for gone in self._history.removed_documents(project)}:
                raise NotFound("document", uid)
            (key,) = self._database.row(
                "select id from documents where project_id = :project and uid = :uid",
                {"project": project.key, "uid": uid},
            )
            change.update("documents", key, {"deleted": 0})
            return {"document": uid}

        return self._log.perform(replace(act, kind="restore"), work)


def _columns(row: Row) -> Row:
    kept = ("id", "uid", "project_id", "document_id", "layer_id", "created", "created_seq", "seq")
    return {name: value for name, value in row.items() if name not in kept}


def _says_other(was: Row, now: Row) -> bool:
    carried = was.get("revision") != now.get("revision")
    ignored = {*_NOT_SAID, *(PLACE if carried else ())}
    return any(now[name] != value for name, value in was.items() if name not in ignored)
