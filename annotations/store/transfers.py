"""Imports and exports that take longer than a page may wait: what was asked, and what came of it.

A transfer is no act, so it stands apart from the log: what an import stores is one, under the
operation id that was kept here, so that a transfer which is begun again stores nothing twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from annotations.document import checked_id
from annotations.errors import BadInput, NotFound
from annotations.store.changes import now
from annotations.store.database import Database
from annotations.store.people import Person, Project

KINDS = ("look", "import", "export", "count", "bundle-look", "bundle-import", "bundle-export")
"""Looking at files, storing them, making a file, counting what would be in it; looking at a bundle,
making a project of it, making a bundle of a project."""

UNFINISHED = ("waiting", "running")
ENDS = ("done", "failed", "cancelled", "interrupted")

MOST_UNFINISHED = 20
"""Transfers that may wait or run at once, in all projects."""

_COLUMNS = """t.uid, t.kind, t.state, t.title, t.asked, t.result, t.problem, t.made, t.started,
    t.ended, t.op_id, p.id, p.uid, p.name, t.project_id"""
_FROM = "from transfers t join people p on p.id = t.person_id"


@dataclass(frozen=True, slots=True)
class Transfer:
    """An import or export that was asked for.

    ``title`` says what it is about; ``asked`` and ``result`` are its maker's, as JSON. ``made``,
    ``started`` and ``ended`` are moments (ISO 8601, UTC), empty until then. ``problem`` is why it
    failed. ``op`` is the operation id of what it stores. ``project`` is ``None`` for a bundle that
    comes in, which belongs to none yet.
    """

    id: str
    kind: str
    state: str
    title: str
    asked: Mapping[str, Any] = field(repr=False)
    result: Mapping[str, Any] = field(repr=False)
    problem: str
    made: str
    started: str
    ended: str
    op: str
    person: Person
    project: int | None

    @property
    def is_over(self) -> bool:
        return self.state not in UNFINISHED


def _transfer(row: Any) -> Transfer:
    return Transfer(
        id=row[0],
        kind=row[1],
        state=row[2],
        title=row[3],
        asked=orjson.loads(row[4]),
        result=orjson.loads(row[5]),
        problem=row[6],
        made=row[7],
        started=row[8],
        ended=row[9],
        op=row[10],
        person=Person(*row[11:14]),
        project=row[14],
    )


class Transfers:
    """What was asked for and what came of it, project by project."""

    def __init__(self, database: Database):
        self._database = database

    def add(
        self,
        project: Project | None,
        person: Person,
        kind: str,
        title: str,
        asked: Mapping[str, Any],
        uid: str,
        op: str = "",
    ) -> Transfer:
        """Ask for one; the same ``uid`` again gives the one that is there.

        Raises ``BadInput`` where too many wait already.
        """
        checked_id(uid, "id of a transfer")
        if kind not in KINDS:
            raise BadInput(f"“{kind}” is no kind of transfer.")
        with self._database.writing() as db:
            known = db.conn.execute("select 1 from transfers where uid = ?", (uid,)).fetchone()
            if known is None:
                _refuse_too_many(db.conn)
                db.conn.execute(
                    """insert into transfers
                    (uid, project_id, person_id, kind, title, asked, op_id, made)
                    values (?, ?, ?, ?, ?, ?, ?, ?)""",
                    (
                        uid,
                        None if project is None else project.key,
                        person.key,
                        kind,
                        title,
                        orjson.dumps(asked).decode(),
                        op,
                        now(),
                    ),
                )
        return self.find(project, uid)

    def find(self, project: Project | None, uid: str) -> Transfer:
        """Raises ``NotFound`` where this project has none of that id; ``None``: where there is no
        bundle of that id that comes in."""
        row = self._database.row(
            f"select {_COLUMNS} {_FROM} where t.uid = :uid and t.project_id is :project",
            {"uid": uid, "project": None if project is None else project.key},
        )
        if row is None:
            raise NotFound("import or export", uid)
        return _transfer(row)

    def by_id(self, uid: str) -> Transfer:
        """The one of that id, in whatever project. Raises ``NotFound``."""
        row = self._database.row(f"select {_COLUMNS} {_FROM} where t.uid = :uid", {"uid": uid})
        if row is None:
            raise NotFound("import or export", uid)
        return _transfer(row)

    def of(self, project: Project | None, most: int = 100) -> list[Transfer]:
        """The newest of a project, counts aside, the newest first; ``None``: of no project."""
        rows = self._database.rows(
            f"""select {_COLUMNS} {_FROM} where t.project_id is :project and t.kind <> 'count'
            order by t.id desc limit :most""",
            {"project": None if project is None else project.key, "most": most},
        )
        return [_transfer(row) for row in rows]

    def counts(self, project: Project, person: Person) -> list[Transfer]:
        """What a person has counted, or had."""
        rows = self._database.rows(
            f"""select {_COLUMNS} {_FROM} where t.project_id = :project
            and t.person_id = :person and t.kind = 'count'""",
            {"project": project.key, "person": person.key},
        )
        return [_transfer(row) for row in rows]

    def every(self) -> list[Transfer]:
        """All there are, in every project, the newest first."""
        rows = self._database.rows(f"select {_COLUMNS} {_FROM} order by t.id desc")
        return [_transfer(row) for row in rows]

    def begin(self, uid: str) -> Transfer | None:
        """Take one up that waits; ``None`` where it does not wait any more."""
        with self._database.writing() as db:
            taken = db.conn.execute(
                """update transfers set state = 'running', started = ?, ended = '', problem = '',
                result = '{}' where uid = ? and state in ('waiting', 'interrupted')""",
                (now(), uid),
            ).rowcount
        return self.by_id(uid) if taken else None

    def end(
        self, uid: str, state: str, result: Mapping[str, Any] | None = None, problem: str = ""
    ) -> bool:
        """Say how one ended; ``False`` where it had ended already."""
        with self._database.writing() as db:
            ended = db.conn.execute(
                """update transfers set state = ?, result = ?, problem = ?, ended = ?
                where uid = ? and state in ('waiting', 'running')""",
                (state, orjson.dumps(result or {}).decode(), problem, now(), uid),
            ).rowcount
        return bool(ended)

    def wait(
        self,
        uid: str,
        kind: str | None = None,
        asked: Mapping[str, Any] | None = None,
        op: str | None = None,
    ) -> bool:
        """Have one that is over wait again, as something else if so said; ``False``: it is not."""
        with self._database.writing() as db:
            taken = db.conn.execute(
                """update transfers set state = 'waiting', started = '', ended = '', problem = '',
                kind = coalesce(?, kind), asked = coalesce(?, asked), op_id = coalesce(?, op_id),
                result = '{}' where uid = ? and state not in ('waiting', 'running')""",
                (kind, None if asked is None else orjson.dumps(asked).decode(), op, uid),
            ).rowcount
        return bool(taken)

    def forget(self, uid: str) -> None:
        """Remove one; nothing happens where there is none."""
        with self._database.writing() as db:
            db.conn.execute("delete from transfers where uid = ?", (uid,))

    def was_stored(self, transfer: Transfer) -> Mapping[str, Any] | None:
        """What the act of an import came to (``stored``), if it was done before its process ended;
        ``None`` if it was not."""
        row = transfer.op and self._database.row(
            "select result from changes where op_id = :op", {"op": transfer.op}
        )
        return {"stored": orjson.loads(row[0])} if row else None

    def outweighs(self, project: Project, documents: int, marks: int, characters: int) -> bool:
        """Whether a project has more than so much in it. Looks no further than it must."""
        values = {"project": project.key, "documents": documents, "marks": marks}
        count, length = self._database.row(
            """select count(*), coalesce(sum(characters), 0) from documents
            where project_id = :project and deleted = 0""",
            values,
        )
        if count > documents or length > characters:
            return True
        found = self._database.row(
            """select count(*) from (select 1 from annotations
            where project_id = :project and deleted = 0 limit :marks + 1)""",
            values,
        )
        return bool(found[0] > marks)


def _refuse_too_many(conn: Any) -> None:
    waiting = conn.execute(
        "select count(*) from transfers where state in ('waiting', 'running') and kind <> 'count'"
    ).fetchone()[0]
    if waiting >= MOST_UNFINISHED:
        raise BadInput(
            f"{waiting} imports and exports wait or run already; wait for one of them, "
            "or cancel it."
        )
