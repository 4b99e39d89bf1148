"""Entities and concepts: the names that annotations point at, each project's own."""

from typing import Any

import orjson

from annotations.document import (
    MAX_ENTITY_NAME_LENGTH,
    Concept,
    Entity,
    check_length,
    checked_id,
    checked_text,
    new_id,
)
from annotations.errors import BadInput
from annotations.store.changes import Change
from annotations.store.database import Database
from annotations.store.people import Project
from annotations.store.values import dumps, loads


class Names:
    """The actors and topics of all projects."""

    def __init__(self, database: Database):
        self._database = database

    def entities(self, project: Project, like: str = "", limit: int = -1) -> list[Entity]:
        """The living entities whose name or alias holds ``like``, first those that begin so.

        All of them, unless a limit is given.
        """
        rows = self._database.rows(
            """select e.uid, e.name, e.aliases, m.name, e.extra
            from entities e left join entities m on m.id = e.merged_into
            where e.project_id = :project and e.deleted = 0 and (:like = ''
                or instr(lower(e.name), lower(:like)) or exists (
                select 1 from json_each(e.aliases) where instr(lower(value), lower(:like))))
            order by instr(lower(e.name), lower(:like)) <> 1, e.name limit :limit""",
            {"project": project.key, "like": like, "limit": limit},
        )
        return [
            Entity(
                id=uid,
                name=name,
                aliases=tuple(orjson.loads(aliases)),
                merged_into=merged,
                extra=loads(extra),
            )
            for uid, name, aliases, merged, extra in rows
        ]

    def concepts(self, project: Project, like: str = "", limit: int = -1) -> list[Concept]:
        """The living concepts whose name or alias holds ``like``, first those that begin so.

        All of them, unless a limit is given.
        """
        rows = self._database.rows(
            """select c.uid, c.name, c.aliases, p.name, m.name, c.extra
            from concepts c left join concepts p on p.id = c.parent_id
            left join concepts m on m.id = c.merged_into
            where c.project_id = :project and c.deleted = 0 and (:like = ''
                or instr(lower(c.name), lower(:like)) or exists (
                select 1 from json_each(c.aliases) where instr(lower(value), lower(:like))))
            order by instr(lower(c.name), lower(:like)) <> 1, c.name limit :limit""",
            {"project": project.key, "like": like, "limit": limit},
        )
        return [
            Concept(
                id=uid,
                name=name,
                aliases=tuple(orjson.loads(aliases)),
                parent=parent,
                merged_into=merged,
                extra=loads(extra),
            )
            for uid, name, aliases, parent, merged, extra in rows
        ]


def ensure_entity(change: Change, conn: Any, project: int, name: str) -> int:
    """Inside a change: the number of the entity of that name, made when there is none."""
    return _ensure(change, conn, "entities", "actor", project, name)


def ensure_concept(change: Change, conn: Any, project: int, name: str) -> int:
    """Inside a change: the number of the concept of that name, made when there is none."""
    return _ensure(change, conn, "concepts", "concept", project, name)


def _ensure(change: Change, conn: Any, table: str, what: str, project: int, name: str) -> int:
    key, merged_into = _named(change, conn, table, what, project, name)
    return merged_into or key


def _named(
    change: Change, conn: Any, table: str, what: str, project: int, name: str
) -> tuple[int, int | None]:
    """What bears the name itself, made when there is none, and what it was merged into."""
    name = checked_text(name, f"name of the {what}").strip()
    if not name:
        raise BadInput(f"The name of the {what} is empty; write one, or leave it out.")
    check_length(name, f"name of the {what}", MAX_ENTITY_NAME_LENGTH)
    for deleted in (0, 1):  # each by an index of its own, which needs the number in the query
        found = conn.execute(
            f"select id, merged_into, deleted from {table} where project_id = ? and name = ? "  # noqa: S608
            f"and deleted = {deleted} order by id desc limit 1",
            (project, name),
        ).fetchone()
        if found is not None:
            break
    if found is None:
        row = {"project_id": project, "uid": new_id(), "name": name}
        return change.insert(table, row), None
    key, merged_into, deleted = found
    if deleted:  # by an undo of what first named it: the same one again, not a second
        change.update(table, key, {"deleted": 0})
    return int(key), merged_into


def describe_entity(change: Change, conn: Any, project: int, entity: Entity) -> int:
    """Inside a change: an entity as an import brings it; gives what stands for it.

    One that is there keeps what it has; aliases that it lacks are added.
    """
    key, merged_into = _named(change, conn, "entities", "actor", project, entity.name)
    _describe(change, conn, "entities", key, entity)
    if entity.merged_into and merged_into is None:
        target = _ensure(change, conn, "entities", "actor", project, entity.merged_into)
        merged_into = _merge(change, conn, "entities", key, target)
    return merged_into or key


def describe_concept(change: Change, conn: Any, project: int, concept: Concept) -> int:
    """Inside a change: a concept as an import brings it; gives what stands for it."""
    key, merged_into = _named(change, conn, "concepts", "concept", project, concept.name)
    _describe(change, conn, "concepts", key, concept)
    if concept.parent and change.read("concepts", key)["parent_id"] is None:
        parent = _ensure(change, conn, "concepts", "concept", project, concept.parent)
        if key in ancestors(conn, parent):
            raise BadInput(f"The concept “{concept.name}” stands above itself.")
        change.update("concepts", key, {"parent_id": parent})
    if concept.merged_into and merged_into is None:
        target = _ensure(change, conn, "concepts", "concept", project, concept.merged_into)
        merged_into = _merge(change, conn, "concepts", key, target)
    return merged_into or key


def _merge(change: Change, conn: Any, table: str, key: int, target: int) -> int | None:
    """Let ``target`` stand for an object that this change made, and for all merged into that."""
    if target == key or change.read(table, key)["created_seq"] != change.seq:
        return None
    merged = conn.execute(
        f"select id from {table} where merged_into = ? or id = ?",  # noqa: S608
        (key, key),
    ).fetchall()
    for (each,) in merged:
        change.update(table, each, {"merged_into": target})
    return target


def ancestors(conn: Any, concept: int) -> set[int]:
    """A concept and all above it."""
    rows = conn.execute(
        """with recursive above (id) as (
            select ? union select c.parent_id from concepts c join above on above.id = c.id
            where c.parent_id is not null)
        select id from above""",
        (concept,),
    ).fetchall()
    return {key for (key,) in rows}


def _describe(change: Change, conn: Any, table: str, key: int, brought: Entity | Concept) -> None:
    row = change.read(table, key)
    aliases = orjson.loads(row["aliases"])
    missing = [alias for alias in dict.fromkeys(brought.aliases) if alias not in aliases]
    present = loads(row["extra"])
    extra = {**brought.extra, **present}
    columns: dict[str, Any] = {}
    if missing:
        columns["aliases"] = dumps([*aliases, *missing], "aliases")
    if extra != present:
        columns["extra"] = dumps(extra, "extra")
    if row["created_seq"] == change.seq and _is_free(conn, table, row, brought.id):
        columns["uid"] = checked_id(brought.id)
    if columns:
        change.update(table, key, columns)


def _is_free(conn: Any, table: str, row: dict[str, Any], uid: str) -> bool:
    """Whether an object just made may take the id that an import brings for it."""
    if not uid or uid == row["uid"]:
        return False
    taken = conn.execute(
        f"select 1 from {table} where project_id = ? and uid = ?",  # noqa: S608
        (row["project_id"], uid),
    ).fetchone()
    return taken is None


def names_of(database: Database, project: Project, table: str) -> dict[int, str]:
    """What each living row of ``entities`` or ``concepts`` is called, by its number.

    One that was merged is called what it was merged into.
    """
    return dict(
        database.rows(
            f"""select n.id, coalesce(m.name, n.name) from {table} n
            left join {table} m on m.id = n.merged_into
            where n.project_id = :project and n.deleted = 0""",  # noqa: S608
            {"project": project.key},
        )
    )
