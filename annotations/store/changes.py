"""The log of everything people did, and undo.

Every write is an ``Act`` with an operation id that the sender made. ``Log.perform`` runs it once:
the same id again answers with the recorded result, with another request it is a conflict. What an
act touches goes through ``Change``, which keeps each row as it was before.

Undo takes a person's newest change that is not undone, and is itself a change that names what it
undoes; redo undoes the undo. A change counts as undone when it has an undo that has no redo. So the
log alone says what can be undone: no flags, no counters. How objects are set is in ``undo``.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import orjson

from annotations.document import checked_id
from annotations.errors import Archived, NothingToUndo, OperationReused, Stale
from annotations.store.database import Database
from annotations.store.undo import UNDOABLE, turn_back

_UNDONE = """exists (
    select 1 from changes u where u.undoes = c.seq
    and not exists (select 1 from changes r where r.undoes = u.seq)
)"""


OF_PROJECTS = (
    "edit project",
    "archive project",
    "unarchive project",
    "delete project",
    "restore project",
)
"""Kinds of change to a project itself, which an archived one takes too."""
BATCHES = ("same-again",)
"""Kinds of change that touch several documents at once and are undone from each of them: from those
whose rows they update, without a change, so that their versions tell of it."""
_BATCHES = orjson.dumps(BATCHES).decode()


def now() -> str:
    """This moment, ISO 8601 in UTC to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing that a person does. ``request`` is whatever makes two sends the same request."""

    op: str
    person: int
    kind: str
    project: int | None = None
    document: int | None = None
    request: Any = None

    @property
    def digest(self) -> str:
        """SHA-256 of the request; keys in any order give the same digest."""
        request = [self.kind, self.request]
        try:
            data = orjson.dumps(request, option=orjson.OPT_SORT_KEYS)
        except TypeError:  # numbers beyond 64 bits, lone surrogates: what reads them says so
            data = json.dumps(request, sort_keys=True, default=repr).encode()
        return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an act came to. ``repeated`` tells that it had been done before, by an earlier send."""

    seq: int
    result: Mapping[str, Any] = field(default_factory=dict)
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the history. ``before`` is ``None`` where the change made the object."""

    seq: int
    at: str
    person: str
    kind: str
    undoes: int | None
    before: Mapping[str, Any] | None = None


class Change:
    """One change under way, inside its transaction: every object it touches goes through here."""

    __slots__ = ("_conn", "at", "person", "project", "seq")

    def __init__(self, conn: Any, seq: int, at: str, person: int, project: int | None):
        self._conn = conn
        self.seq, self.at, self.person, self.project = seq, at, person, project

    def insert(self, kind: str, row: Mapping[str, Any]) -> int:
        """Make an object, and give its key."""
        # Binding None takes SQLite's module longer than everything else; what is left out is null.
        given = {name: value for name, value in row.items() if value is not None}
        row = {**given, "created_seq": self.seq, "seq": self.seq}
        names = ", ".join(row)
        values = ", ".join(f":{name}" for name in row)
        made = self._conn.execute(f"insert into {kind} ({names}) values ({values})", row)  # noqa: S608
        return int(made.lastrowid)

    def update(
        self, kind: str, key: int, columns: Mapping[str, Any], saw: int | None = None
    ) -> None:
        """Change an object, keeping what it was. ``saw`` is the version that the person looked at.

        Raises ``Stale`` when it has been changed since.
        """
        before = self.read(kind, key)
        if saw is not None and before["seq"] != saw:
            raise Stale(kind.removesuffix("s"), saw, before["seq"], before)
        if before["seq"] != self.seq:
            self._conn.execute(
                "insert into change_items (seq, kind, object_id, before) values (?, ?, ?, ?)",
                (self.seq, kind, key, orjson.dumps(before).decode()),
            )
        changed = {**columns, "seq": self.seq}
        assignments = ", ".join(f"{name} = :{name}" for name in changed)
        self._conn.execute(
            f"update {kind} set {assignments} where id = :key",  # noqa: S608
            {**changed, "key": key},
        )

    def update_many(self, kind: str, columns: Mapping[int, Mapping[str, Any]]) -> None:
        """Change many objects, by key; all name the same columns."""
        if not columns:
            return
        names = sorted(next(iter(columns.values())))
        cursor = self._conn.execute(
            f"select * from {kind} where id in (select value from json_each(?))",  # noqa: S608
            (orjson.dumps(list(columns)).decode(),),
        )
        all_names = [column[0] for column in cursor.description]
        rows = [dict(zip(all_names, row, strict=True)) for row in cursor.fetchall()]
        self._conn.executemany(
            "insert into change_items (seq, kind, object_id, before) values (?, ?, ?, ?)",
            (
                (self.seq, kind, row["id"], orjson.dumps(row).decode())
                for row in rows
                if row["seq"] != self.seq  # what it was before is kept already
            ),
        )
        assignments = "".join(f"{name} = ?, " for name in names)
        self._conn.executemany(
            f"update {kind} set {assignments}seq = ? where id = ?",  # noqa: S608
            ((*(to[name] for name in names), self.seq, key) for key, to in columns.items()),
        )

    def delete(self, kind: str, key: int, saw: int | None = None) -> None:
        """Mark an object deleted. Its row stays, for undo and for the history."""
        self.update(kind, key, {"deleted": 1}, saw)

    def read(self, kind: str, key: int) -> dict[str, Any]:
        """The row as it stands, by column."""
        found = self._conn.execute(f"select * from {kind} where id = ?", (key,))  # noqa: S608
        names = [column[0] for column in found.description]
        return dict(zip(names, found.fetchone(), strict=True))


class Log:
    """All changes, in order. The only way to make one is ``perform``."""

    def __init__(self, database: Database):
        self._database = database

    def perform(self, act: Act, work: Callable[[Change], Mapping[str, Any]]) -> Outcome:
        """Run ``work`` as one change, or give what it came to when it was sent before.

        Raises ``OperationReused`` when the operation id belongs to another request, and whatever
        ``work`` raises; then nothing is kept.
        """

        checked_id(act.op, "operation id")
        digest = act.digest  # before anybody must wait for it
        with self._database.writing() as db:
            change = self._begin(db.conn, act, digest)
            if change is None:
                return self._repeated(db.conn, act, digest)
            return self._recorded(db.conn, change, work(change))

    def _repeated(self, conn: Any, act: Act, digest: str) -> Outcome:
        """What an operation came to that was done before. Raises ``OperationReused``."""
        seq, known, result, person = conn.execute(
            "select seq, request_digest, result, person_id from changes where op_id = ?",
            (act.op,),
        ).fetchone()
        if known != digest or person != act.person:
            raise OperationReused(act.op)
        return Outcome(seq, orjson.loads(result), repeated=True)

    def _recorded(self, conn: Any, change: Change, result: Mapping[str, Any]) -> Outcome:
        if result:
            conn.execute(
                "update changes set result = ? where seq = ?",
                (orjson.dumps(result).decode(), change.seq),
            )
        self._database.note_change(change.seq)
        return Outcome(change.seq, result)

    def _begin(
        self,
        conn: Any,
        act: Act,
        digest: str,
        undoes: int | None = None,
        undone_kind: str = "",
    ) -> Change | None:
        """The change that an act makes; ``None`` where its operation was done before.

        Raises ``Archived``. Whether the project is archived is asked by the same statement, so a
        save costs no further one.
        """
        at = now()
        made = conn.execute(
            "insert into changes (op_id, project_id, document_id, person_id, at, kind, undoes, "
            "request_digest) select ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 where ?9 or not exists "
            "(select 1 from projects where id = ?2 and archived) on conflict (op_id) do nothing",
            (
                *(act.op, act.project, act.document, act.person, at, act.kind, undoes, digest),
                (undone_kind or act.kind) in OF_PROJECTS,
            ),
        )
        if not made.rowcount:
            if not self.knows(act.op):
                self._refuse_archived(conn, act)
            return None
        return Change(conn, int(made.lastrowid), at, act.person, act.project)

    def _refuse_archived(self, conn: Any, act: Act) -> None:
        row = conn.execute("select name from projects where id = ?", (act.project,)).fetchone()
        raise Archived(row[0])

    def undo(self, act: Act) -> Outcome:
        """Take back this person's newest change in the act's document that is not undone.

        Raises ``NothingToUndo``, or ``ChangedSince`` when somebody changed the same objects later.
        """
        return self._turn_back(act, "undo", self.next_undo)

    def redo(self, act: Act) -> Outcome:
        """Bring back what this person undid last, unless they changed something after that.

        Raises ``NothingToUndo``, or ``ChangedSince`` when somebody changed the same objects later.
        """
        return self._turn_back(act, "redo", self.next_redo)

    def _turn_back(self, act: Act, verb: str, choose: Callable[[Act], int | None]) -> Outcome:
        act = replace(act, kind=verb)
        checked_id(act.op, "operation id")
        digest = act.digest
        with self._database.writing() as db:
            conn = db.conn
            if self.knows(act.op):
                return self._repeated(conn, act, digest)
            target = choose(act)
            if target is None:
                raise NothingToUndo(verb)
            kind, document = conn.execute(
                "select kind, document_id from changes where seq = ?", (target,)
            ).fetchone()
            change = self._begin(conn, replace(act, document=document), digest, target, kind)
            assert change is not None  # noqa: S101 - nobody else writes meanwhile
            touched = turn_back(conn, change, verb, target)
            result = {"undoes": target, "kind": kind, "touched": touched}
            return self._recorded(conn, change, result)

    def next_undo(self, act: Act) -> int | None:
        """The change that ``undo`` would take back, if any. Without a document: the project's."""
        found = self._database.row(
            f"""select c.seq from changes c indexed by changes_of_person
            where c.project_id is :project and c.document_id is :document
            and c.person_id = :person
            and c.kind not in ('undo', 'redo', 'redact', 'import') and not {_UNDONE}
            order by c.seq desc limit 1""",  # noqa: S608
            {"project": act.project, "document": act.document, "person": act.person},
        )
        return max(found[0] if found else 0, self._newest_batch(act)) or None

    def next_redo(self, act: Act) -> int | None:
        """The undo that ``redo`` would take back, if any: none once something new was done."""
        found = self._database.row(
            f"""select c.seq from changes c indexed by changes_of_person
            where c.project_id is :project and c.document_id is :document
            and c.person_id = :person and c.kind = 'undo' and not {_UNDONE}
            and c.seq > coalesce((
                select n.seq from changes n indexed by changes_of_person
                where n.project_id is :project and n.document_id is :document
                and n.person_id = :person and n.kind not in ('undo', 'redo')
                order by n.seq desc limit 1), 0)
            order by c.seq desc limit 1""",  # noqa: S608
            {"project": act.project, "document": act.document, "person": act.person},
        )
        return max(found[0] if found else 0, self._newest_undone_batch(act)) or None

    def _newest_batch(self, act: Act) -> int:
        """The person's newest change of several documents, the act's among them; 0: none."""
        found = self._database.row(
            f"""select c.seq from changes c indexed by changes_of_person
            where c.document_id is null and :document is not null
            and c.project_id is :project and c.person_id = :person
            and c.kind in (select value from json_each(:batches))
            and exists (select 1 from change_items i where i.kind = 'documents'
                and i.object_id = :document and i.seq = c.seq)
            and not {_UNDONE} order by c.seq desc limit 1""",  # noqa: S608
            {
                "project": act.project,
                "document": act.document,
                "person": act.person,
                "batches": _BATCHES,
            },
        )
        return int(found[0]) if found is not None else 0

    def _newest_undone_batch(self, act: Act) -> int:
        """The undo of such a change, unless the person did something in the document since."""
        found = self._database.row(
            f"""select c.seq from changes c indexed by changes_of_person
            join changes b on b.seq = c.undoes
            where c.document_id is null and :document is not null
            and c.project_id is :project and c.person_id = :person
            and c.kind = 'undo' and b.kind in (select value from json_each(:batches))
            and exists (select 1 from change_items i where i.kind = 'documents'
                and i.object_id = :document and i.seq = b.seq)
            and not {_UNDONE}
            and c.seq > coalesce((
                select n.seq from changes n indexed by changes_of_person
                where n.document_id = :document and n.project_id is :project
                and n.person_id = :person and n.kind not in ('undo', 'redo')
                order by n.seq desc limit 1), 0)
            order by c.seq desc limit 1""",  # noqa: S608
            {
                "project": act.project,
                "document": act.document,
                "person": act.person,
                "batches": _BATCHES,
            },
        )
        return int(found[0]) if found is not None else 0

    def version(self, document: int) -> int:
        """The number of the newest change in a document: the version of everything drawn from it.

        A change that is not made in one document (an import, a batch) counts where it touches the
        document itself: so it must.
        """
        found = self._database.row(
            """select max(coalesce((select max(seq) from changes where document_id = :document), 0),
                coalesce((select seq from documents where id = :document), 0))""",
            {"document": document},
        )
        return int(found[0])

    def before(self, project: int, document: int, seq: int) -> int:
        """The version of a document before one of its changes: of it, or of the project as a whole.

        0 when there was nothing before.
        """
        found = self._database.row(
            """select max(
                coalesce((select max(seq) from changes
                    where document_id = :document and seq < :seq), 0),
                coalesce((select max(seq) from changes indexed by changes_of_whole
                    where project_id = :project and document_id is null), 0))""",
            {"project": project, "document": document, "seq": seq},
        )
        return int(found[0])

    def newest(self) -> int:
        """The number of the newest change of all."""
        return self._database.row("select max(seq) from changes")[0] or 0

    def newest_of_project(self, project: int) -> int:
        """The number of the newest change in a project, in its documents or to it as a whole."""
        found = self._database.row(
            "select max(seq) from changes where project_id = :project", {"project": project}
        )
        return found[0] or 0

    def since(self, document: int, seq: int, limit: int) -> list[int]:
        """The numbers of the changes made in a document after one of them, oldest first."""
        rows = self._database.rows(
            "select seq from changes where document_id = :document and seq > :seq "
            "order by seq limit :limit",
            {"document": document, "seq": seq, "limit": limit},
        )
        return [found for (found,) in rows]

    def knows(self, op: str) -> bool:
        """Whether an operation was done already."""
        query = "select 1 from changes where op_id = :op"
        return self._database.row(query, {"op": op}) is not None

    def version_of_project(self, project: int) -> int:
        """The number of the newest change to a project as a whole: names, codebook, imports."""
        # By name: other indexes lead through all changes of the project's documents.
        found = self._database.row(
            "select max(seq) from changes indexed by changes_of_whole "
            "where project_id = :project and document_id is null",
            {"project": project},
        )
        return found[0] or 0

    def of_object(self, kind: str, key: int) -> list[Entry]:
        """The history of one object, oldest first."""
        if kind not in UNDOABLE:
            raise ValueError(f"no history is kept for {kind}")
        rows = self._database.rows(
            f"""select c.seq, c.at, p.name, c.kind, c.undoes, i.before
            from changes c join people p on p.id = c.person_id
            left join change_items i on i.seq = c.seq and i.kind = :kind and i.object_id = :key
            where c.seq in (
                select seq from change_items where kind = :kind and object_id = :key
                union select created_seq from {kind} where id = :key)
            order by c.seq""",  # noqa: S608
            {"kind": kind, "key": key},
        )
        return [
            Entry(seq, at, person, what, undoes, None if before is None else orjson.loads(before))
            for seq, at, person, what, undoes, before in rows
        ]
