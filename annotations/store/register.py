"""The lists of entities and concepts, kept in order: renamed, merged, parted, put under another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from annotations.document import MAX_ENTITY_NAME_LENGTH, check_length, checked_text
from annotations.errors import BadInput, NotFound
from annotations.store.changes import Act, Change, Log, Outcome
from annotations.store.database import Database
from annotations.store.names import ancestors, ensure_concept
from annotations.store.people import Project
from annotations.store.values import dumps


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """An entity or concept with how it is used.

    ``merged`` are the names that it stands for; ``documents`` tells how many living annotations
    each document has of it and of what was merged into it, as (document id, title, count).
    """

    id: str
    name: str
    aliases: tuple[str, ...] = ()
    parent: str | None = None
    merged: tuple[tuple[str, str], ...] = ()
    documents: tuple[tuple[str, str, int], ...] = ()
    version: int = 0

    @property
    def marks(self) -> int:
        return sum(count for _, _, count in self.documents)


class Register:
    """The entities or the concepts of all projects, as a list to keep in order.

    Merging sets a pointer and parting takes it away: no annotation is rewritten, so both can be
    undone. ``table`` is ``"entities"`` or ``"concepts"``.
    """

    def __init__(self, database: Database, log: Log, table: str):
        self._database, self._log, self._table = database, log, table
        self._column = {"entities": "entity_id", "concepts": "concept_id"}[table]
        self._what = {"entities": "actor", "concepts": "concept"}[table]

    def all(self, project: Project) -> list[Registered]:
        """Everything living and not merged, by name."""
        return self._listed(project, "")

    def outline(self, project: Project) -> list[Registered]:
        """Everything living and not merged, by name, without where it is used."""
        return self._listed(project, "", with_documents=False)

    def several(self, project: Project, ids: Sequence[str]) -> dict[str, Registered]:
        """Those with these ids, by id."""
        rows = self._database.rows(
            f"""select id from {self._table} where project_id = :project
            and uid in (select value from json_each(:ids))""",  # noqa: S608
            {"project": project.key, "ids": orjson.dumps(list(ids)).decode()},
        )
        keys = "(select value from json_each(:key))"
        which = f"and (n.id in {keys} or n.merged_into in {keys})"
        found = self._listed(project, which, orjson.dumps([key for (key,) in rows]).decode())
        return {entry.id: entry for entry in found}

    def one(self, project: Project, uid: str) -> Registered:
        """One of them, or the one that it is merged into. Raises ``NotFound``."""
        row = self._database.row(
            f"""select coalesce(merged_into, id) from {self._table}
            where id = :key""",  # noqa: S608
            {"key": self._key(project, uid)},
        )
        found = self._listed(project, "and (n.id = :key or n.merged_into = :key)", int(row[0]))
        if not found:
            raise NotFound(self._what, uid)
        return found[0]

    def _listed(
        self, project: Project, which: str, key: int | str = 0, with_documents: bool = True
    ) -> list[Registered]:
        """Those that a condition chooses: nothing, or one on ``n`` and ``:key``."""
        values = {"project": project.key, "key": key}
        parent = "p.name" if self._table == "concepts" else "null"
        join = (
            "left join concepts p on p.id = n.parent_id and p.deleted = 0"
            if self._table == "concepts"
            else ""
        )
        rows = self._database.rows(
            f"""select n.id, n.uid, n.name, n.aliases, {parent}, n.seq from {self._table} n {join}
            where n.project_id = :project and n.deleted = 0 and n.merged_into is null {which}
            order by n.name collate nocase""",  # noqa: S608
            values,
        )
        merged = self._merged(which, values)
        used = self._used(which, values) if with_documents else {}
        return [
            Registered(
                id=uid,
                name=name,
                aliases=tuple(orjson.loads(aliases)),
                parent=above,
                merged=tuple(merged.get(key, ())),
                documents=tuple(used.get(key, ())),
                version=seq,
            )
            for key, uid, name, aliases, above, seq in rows
        ]

    def _merged(self, which: str, values: dict[str, Any]) -> dict[int, list[tuple[str, str]]]:
        rows = self._database.rows(
            f"""select n.merged_into, n.uid, n.name from {self._table} n
            where n.project_id = :project and n.deleted = 0 and n.merged_into is not null {which}
            order by n.name""",  # noqa: S608
            values,
        )
        found: dict[int, list[tuple[str, str]]] = {}
        for target, uid, name in rows:
            found.setdefault(target, []).append((uid, name))
        return found

    def _used(self, which: str, values: dict[str, Any]) -> dict[int, list[tuple[str, str, int]]]:
        rows = self._database.rows(
            f"""select coalesce(n.merged_into, n.id), d.uid, d.title, count(*)
            from annotations a join {self._table} n on n.id = a.{self._column}
            join documents d on d.id = a.document_id
            where n.project_id = :project and a.deleted = 0 and d.deleted = 0 {which}
            group by 1, d.id order by d.title""",  # noqa: S608
            values,
        )
        found: dict[int, list[tuple[str, str, int]]] = {}
        for key, uid, title, count in rows:
            found.setdefault(key, []).append((uid, title, count))
        return found

    def edit(
        self, act: Act, project: Project, uid: str, fields: Mapping[str, Any], saw: int | None
    ) -> Outcome:
        """Change ``name``, ``aliases`` or, of a concept, ``parent`` (a name; empty for none).

        Raises ``BadInput`` for a name that another bears, or a concept set above itself; ``Stale``.
        """

        def work(change: Change) -> dict[str, Any]:
            conn = self._database.here.conn
            key = self._key(project, uid)
            columns: dict[str, Any] = {}
            if "name" in fields:
                columns["name"] = self._free_name(conn, project, key, fields["name"])
            if "aliases" in fields:
                for alias in fields["aliases"]:
                    check_length(alias, "alias", MAX_ENTITY_NAME_LENGTH)
                columns["aliases"] = dumps(list(dict.fromkeys(fields["aliases"])), "aliases")
            if "parent" in fields and self._table == "concepts":
                if fields["parent"].strip() == columns.get("name"):
                    raise BadInput("A concept cannot stand above itself.")
                columns["parent_id"] = self._parent(change, conn, project, key, fields["parent"])
            change.update(self._table, key, columns, saw)
            return {"id": uid}

        return self._log.perform(act, work)

    def merge(self, act: Act, project: Project, uid: str, target: str) -> Outcome:
        """Let ``target`` stand for another, and for all that was merged into that one.

        Raises ``BadInput`` when both are one, ``NotFound``.
        """

        def work(change: Change) -> dict[str, Any]:
            key, into = self._key(project, uid), self._key(project, target)
            into = change.read(self._table, into)["merged_into"] or into
            if key == into:
                raise BadInput(f"The {self._what} cannot be merged with itself.")
            conn = self._database.here.conn
            together = conn.execute(
                f"select id from {self._table} where id = ? or merged_into = ?",  # noqa: S608
                (key, key),
            ).fetchall()
            for (each,) in together:
                change.update(self._table, each, {"merged_into": into})
            return {"id": uid, "into": target}

        return self._log.perform(act, work)

    def part(self, act: Act, project: Project, uid: str) -> Outcome:
        """Let a merged one stand for itself again. Raises ``NotFound``."""

        def work(change: Change) -> dict[str, Any]:
            change.update(self._table, self._key(project, uid), {"merged_into": None})
            return {"id": uid}

        return self._log.perform(act, work)

    def _key(self, project: Project, uid: str) -> int:
        row = self._database.row(
            f"select id from {self._table} "  # noqa: S608
            "where project_id = :project and uid = :uid and deleted = 0",
            {"project": project.key, "uid": uid},
        )
        if row is None:
            raise NotFound(self._what, uid)
        return int(row[0])

    def _free_name(self, conn: Any, project: Project, key: int, name: str) -> str:
        name = checked_text(name, f"name of the {self._what}").strip()
        if not name:
            raise BadInput(f"The name of the {self._what} is empty; write one.")
        check_length(name, f"name of the {self._what}", MAX_ENTITY_NAME_LENGTH)
        taken = conn.execute(
            f"select 1 from {self._table} "  # noqa: S608
            "where project_id = ? and name = ? and id <> ? and deleted = 0",
            (project.key, name, key),
        ).fetchone()
        if taken:
            raise BadInput(
                f"There is another {self._what} “{name}”; merge the two if they are the same."
            )
        return name

    def _parent(
        self, change: Change, conn: Any, project: Project, key: int, name: str
    ) -> int | None:
        if not name.strip():
            return None
        parent = ensure_concept(change, conn, project.key, name)
        if key in ancestors(conn, parent):
            raise BadInput("A concept cannot stand above itself.")
        return parent
