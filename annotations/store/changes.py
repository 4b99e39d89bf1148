"""The log of everything people did, and undo.

Every write is an ``Act`` with an operation id that the sender made. ``Log.perform`` runs it once: the
same id again answers with the recorded result, with another request it is a conflict. What an act
touches goes through ``Change``, which keeps each row as it was before.

Undo takes a person's newest change that is not undone, and is itself a change that names what it
undoes; redo undoes the undo. A change counts as undone when it has an undo that has no redo. So the
log alone says what can be undone: no flags, no counters.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from annotations.document import checked_id
from annotations.errors import ChangedSince, NothingToUndo, OperationReused, Stale
from annotations.store.database import Database

UNDOABLE = ("annotations", "relations", "entities", "concepts", "documents", "layers")
UNDOABLE += ("document_states", "projects", "comments")
"""The kinds of object that the log can put back; each is a table."""

_UNDONE = """exists (
    select 1 from changes u where u.undoes = c.seq
    and not exists (select 1 from changes r where r.undoes = u.seq)
)"""


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
        data = orjson.dumps([self.kind, self.request], option=orjson.OPT_SORT_KEYS)
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
        row = {**row, "created_seq": self.seq, "seq": self.seq}
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

        def run(conn: Any) -> Outcome:
            change = self._begin(conn, act)
            return self._recorded(conn, change, work(change))

        return self._once(act, run)

    def _once(self, act: Act, run: Callable[[Any], Outcome]) -> Outcome:
        """``run`` inside a write transaction, unless the operation was done before."""
        checked_id(act.op, "operation id")
        with self._database.writing() as db:
            known = db.conn.execute(
                "select seq, request_digest, result, person_id from changes where op_id = ?",
                (act.op,),
            ).fetchone()
            if known is None:
                return run(db.conn)
            if known[1] != act.digest or known[3] != act.person:
                raise OperationReused(act.op)
            return Outcome(known[0], orjson.loads(known[2]), repeated=True)

    def _recorded(self, conn: Any, change: Change, result: Mapping[str, Any]) -> Outcome:
        if result:
            conn.execute(
                "update changes set result = ? where seq = ?",
                (orjson.dumps(result).decode(), change.seq),
            )
        return Outcome(change.seq, result)

    def _begin(self, conn: Any, act: Act, undoes: int | None = None) -> Change:
        at = now()
        seq = conn.execute(
            "insert into changes (op_id, project_id, document_id, person_id, at, kind, undoes, "
            "request_digest) values (?, ?, ?, ?, ?, ?, ?, ?)",
            (act.op, act.project, act.document, act.person, at, act.kind, undoes, act.digest),
        ).lastrowid
        return Change(conn, int(seq), at, act.person, act.project)

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
        def run(conn: Any) -> Outcome:
            target = choose(act)
            if target is None:
                raise NothingToUndo(verb)
            self._refuse_if_changed_since(conn, verb, target)
            change = self._begin(conn, act, undoes=target)
            touched = _put_back(conn, change, target)
            _refuse_if_torn(conn, verb, touched)
            kind = conn.execute("select kind from changes where seq = ?", (target,)).fetchone()[0]
            result = {"undoes": target, "kind": kind, "touched": touched}
            return self._recorded(conn, change, result)

        return self._once(act, run)

    def next_undo(self, act: Act) -> int | None:
        """The change that ``undo`` would take back, if any. Without a document: the project's."""
        found = self._database.row(
            f"""select max(c.seq) from changes c
            where c.project_id is :project and c.document_id is :document
            and c.person_id = :person
            and c.kind not in ('undo', 'redo', 'redact', 'import') and not {_UNDONE}""",  # noqa: S608
            {"project": act.project, "document": act.document, "person": act.person},
        )
        return int(found[0]) if found[0] is not None else None

    def next_redo(self, act: Act) -> int | None:
        """The undo that ``redo`` would take back, if any: none once something new was done."""
        found = self._database.row(
            f"""select max(c.seq) from changes c
            where c.project_id is :project and c.document_id is :document
            and c.person_id = :person
            and c.kind = 'undo' and not {_UNDONE}
            and c.seq > coalesce((
                select max(n.seq) from changes n where n.project_id is :project
                and n.document_id is :document and n.person_id = :person and n.kind not in ('undo', 'redo')), 0)""",  # noqa: S608
            {"project": act.project, "document": act.document, "person": act.person},
        )
        return int(found[0]) if found[0] is not None else None

    def _refuse_if_changed_since(self, conn: Any, verb: str, target: int) -> None:
        """Every object the target touched must have it as its newest change still in force."""
        undoes = conn.execute("select undoes from changes where seq = ?", (target,)).fetchone()[0]
        changed = []
        for kind, key in _touched_by(conn, target):
            newest = conn.execute(
                f"""select max(c.seq) from changes c where c.kind not in ('undo', 'redo')
                and not {_UNDONE} and c.seq in (
                    select seq from change_items where kind = :kind and object_id = :key
                    union all select created_seq from {kind} where id = :key)""",  # noqa: S608
                {"kind": kind, "key": key},
            ).fetchone()[0]
            if (verb == "undo" and newest != target) or (
                verb == "redo" and newest is not None and newest > (undoes or 0)
            ):
                changed.append(_named(conn, kind, key))
        if changed:
            raise ChangedSince(verb, tuple(changed))

    def version(self, document: int) -> int:
        """The number of the newest change in a document: the version of everything drawn from it."""
        found = self._database.row(
            "select max(seq) from changes where document_id = :document", {"document": document}
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


def _touched_by(conn: Any, seq: int) -> list[tuple[str, int]]:
    """Every object that a change made or altered."""
    found = conn.execute(
        "select kind, object_id from change_items where seq = ?", (seq,)
    ).fetchall()
    for kind in UNDOABLE:
        made = conn.execute(f"select id from {kind} where created_seq = ?", (seq,))  # noqa: S608
        found.extend((kind, key) for (key,) in made.fetchall())
    return [(str(kind), int(key)) for kind, key in found]


def _put_back(conn: Any, change: Change, target: int) -> dict[str, list[str]]:
    """Set every object that ``target`` touched to what it was before; those it made are deleted."""
    touched: dict[str, list[str]] = {}
    before = {
        (kind, key): orjson.loads(row)
        for kind, key, row in conn.execute(
            "select kind, object_id, before from change_items where seq = ?", (target,)
        ).fetchall()
    }
    for kind, key in _touched_by(conn, target):
        row = before.get((kind, key))
        if row is None:
            if kind in ("entities", "concepts") and _is_used(conn, kind, key):
                continue
            change.delete(kind, key)
        else:
            kept = {n: v for n, v in row.items() if n not in ("id", "seq", "created_seq")}
            change.update(kind, key, kept)
        if kind not in ("documents", "projects", "layers", "document_states"):
            uid = conn.execute(f"select uid from {kind} where id = ?", (key,)).fetchone()[0]  # noqa: S608
            touched.setdefault(kind, []).append(uid)
    return touched


def _is_used(conn: Any, kind: str, key: int) -> bool:
    """Whether any living mark still points at an entity or concept."""
    column = "entity_id" if kind == "entities" else "concept_id"
    used = conn.execute(
        f"select 1 from annotations where {column} = ? and deleted = 0 limit 1",  # noqa: S608
        (key,),
    ).fetchone()
    if used is None and kind == "entities":
        used = conn.execute(
            "select 1 from relations where child_entity_id = ? and deleted = 0 limit 1", (key,)
        ).fetchone()
    return used is not None


def _refuse_if_torn(conn: Any, verb: str, touched: Mapping[str, list[str]]) -> None:
    """A living relation must have living ends: somebody may have joined what is taken back here."""
    for kind in ("annotations", "relations"):
        column = "r.uid" if kind == "relations" else "a.uid"
        for uid in touched.get(kind, ()):
            torn = conn.execute(
                f"""select a.uid from relations r
                join annotations a on a.id = r.head_id or a.id = r.child_id
                where {column} = ? and r.deleted = 0 and a.deleted = 1 limit 1""",  # noqa: S608
                (uid,),
            ).fetchone()
            if torn is not None:
                raise ChangedSince(verb, ("a relation of this mark",))


def _named(conn: Any, kind: str, key: int) -> str:
    """What to call an object in a sentence."""
    names = {"annotations": "a mark", "relations": "a relation", "documents": "the article"}
    if kind in ("entities", "concepts"):
        name = conn.execute(f"select name from {kind} where id = ?", (key,)).fetchone()[0]  # noqa: S608
        return f"“{name}”"
    return names.get(kind, f"something among the {kind.replace('_', ' ')}")
