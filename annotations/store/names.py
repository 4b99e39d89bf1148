"""Entities and concepts: the names that annotations point at, each project's own."""

from typing import Any

import orjson

from annotations.document import Concept, Entity, checked_text, new_id
from annotations.errors import BadInput
from annotations.store.changes import Change
from annotations.store.database import Database
from annotations.store.people import Project


class Names:
    """The actors and topics of all projects."""

    def __init__(self, database: Database):
        self._database = database

    def entities(self, project: Project, like: str = "", limit: int = 10_000) -> list[Entity]:
        """The living entities whose name or alias holds ``like``, those that begin with it first."""
        rows = self._database.rows(
            """select e.uid, e.name, e.aliases, m.name, e.extra
            from entities e left join entities m on m.id = e.merged_into
            where e.project_id = :project and e.deleted = 0 and (:like = ''
                or instr(lower(e.name), lower(:like)) or instr(lower(e.aliases), lower(:json)))
            order by instr(lower(e.name), lower(:like)) <> 1, e.name limit :limit""",
            _like(project, like, limit),
        )
        return [
            Entity(
                id=uid,
                name=name,
                aliases=tuple(orjson.loads(aliases)),
                merged_into=merged,
                extra=orjson.loads(extra),
            )
            for uid, name, aliases, merged, extra in rows
        ]

    def concepts(self, project: Project, like: str = "", limit: int = 10_000) -> list[Concept]:
        """The living concepts whose name or alias holds ``like``, those that begin with it first."""
        rows = self._database.rows(
            """select c.uid, c.name, c.aliases, p.name, m.name, c.extra
            from concepts c left join concepts p on p.id = c.parent_id
            left join concepts m on m.id = c.merged_into
            where c.project_id = :project and c.deleted = 0 and (:like = ''
                or instr(lower(c.name), lower(:like)) or instr(lower(c.aliases), lower(:json)))
            order by instr(lower(c.name), lower(:like)) <> 1, c.name limit :limit""",
            _like(project, like, limit),
        )
        return [
            Concept(
                id=uid,
                name=name,
                aliases=tuple(orjson.loads(aliases)),
                parent=parent,
                merged_into=merged,
                extra=orjson.loads(extra),
            )
            for uid, name, aliases, parent, merged, extra in rows
        ]


def _like(project: Project, like: str, limit: int) -> dict[str, Any]:
    quoted = orjson.dumps(like).decode()[1:-1]
    return {"project": project.key, "like": like, "json": quoted, "limit": limit}


def ensure_entity(change: Change, conn: Any, project: int, name: str) -> int:
    """Inside a change: the number of the entity of that name, made when there is none."""
    return _ensure(change, conn, "entities", "actor", project, name)


def ensure_concept(change: Change, conn: Any, project: int, name: str) -> int:
    """Inside a change: the number of the concept of that name, made when there is none."""
    return _ensure(change, conn, "concepts", "concept", project, name)


def _ensure(change: Change, conn: Any, table: str, what: str, project: int, name: str) -> int:
    name = checked_text(name, f"name of the {what}").strip()
    if not name:
        raise BadInput(f"The name of the {what} is empty; write one, or leave it out.")
    found = conn.execute(
        f"select coalesce(merged_into, id) from {table} "  # noqa: S608
        "where project_id = ? and name = ? and deleted = 0",
        (project, name),
    ).fetchone()
    if found is not None:
        return int(found[0])
    return change.insert(table, {"project_id": project, "uid": new_id(), "name": name})


def describe_entity(change: Change, conn: Any, project: int, entity: Entity) -> int:
    """Inside a change: an entity with its aliases, as an import brings it.

    One that is there keeps what it has; aliases that it lacks are added.
    """
    key = _ensure(change, conn, "entities", "actor", project, entity.name)
    _describe(change, conn, "entities", key, entity)
    return key


def describe_concept(change: Change, conn: Any, project: int, concept: Concept) -> int:
    """Inside a change: a concept with its aliases and parent, as an import brings it."""
    key = _ensure(change, conn, "concepts", "concept", project, concept.name)
    _describe(change, conn, "concepts", key, concept)
    row = change.read("concepts", key)
    if concept.parent and row["parent_id"] is None and concept.parent != concept.name:
        parent = _ensure(change, conn, "concepts", "concept", project, concept.parent)
        change.update("concepts", key, {"parent_id": parent})
    return key


def _describe(change: Change, conn: Any, table: str, key: int, brought: Entity | Concept) -> None:
    row = change.read(table, key)
    aliases = orjson.loads(row["aliases"])
    missing = [alias for alias in brought.aliases if alias not in aliases]
    extra = {**brought.extra, **orjson.loads(row["extra"])}
    columns: dict[str, Any] = {}
    if missing:
        for alias in missing:
            checked_text(alias, "alias")
        columns["aliases"] = orjson.dumps([*aliases, *missing]).decode()
    if extra != orjson.loads(row["extra"]):
        columns["extra"] = orjson.dumps(extra).decode()
    if row["created_seq"] == change.seq and row["uid"] != brought.id and brought.id:
        taken = conn.execute(
            f"select 1 from {table} where project_id = ? and uid = ?",  # noqa: S608
            (row["project_id"], brought.id),
        ).fetchone()
        if taken is None:
            columns["uid"] = brought.id
    if columns:
        change.update(table, key, columns)
