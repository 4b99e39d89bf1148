"""Turning a change back: what undo and redo set, and when they must not.

An object may be turned back when it stands as the change left it, whatever happened in between.
Entities and concepts are made in passing by whoever names them first, and others may point at them
by now: turning back never takes one away that is in use, and brings back those that are needed.
Layers made in passing stay.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import orjson

from annotations.document import Layer
from annotations.errors import ChangedSince, Frozen, NothingToUndo
from annotations.store import sqlite

if TYPE_CHECKING:
    from annotations.store.changes import Change

Row = dict[str, Any]
Past = dict[tuple[str, int], Row | None]

UNDOABLE: tuple[str, ...] = (
    "annotations",
    "relations",
    "entities",
    "concepts",
    "documents",
    "layers",
    "document_states",
    "projects",
    "comments",
    "decisions",
)
"""The kinds of object that the log can put back; each is a table."""

_NAMES = {"entities": "entity_id", "concepts": "concept_id"}
_TOLD = ("annotations", "relations", "entities", "concepts", "comments")


def turn_back(conn: Any, change: "Change", verb: str, target: int) -> dict[str, list[str]]:
    """Set every object that ``target`` touched to what it was before; those it made are deleted.

    Gives the ids of what it set, by kind. Raises ``NothingToUndo`` when the target touched nothing,
    ``Frozen`` for a closed layer, and ``ChangedSince`` when an object stands otherwise by now.
    """
    past = _past(conn, target)
    if not past:
        raise NothingToUndo(verb)
    _refuse_if_frozen(conn, past)
    _refuse_if_changed_since(conn, change, verb, target, past)
    try:
        _put_back(change, past)
        _put_back_names(conn, change, target, past)
        _revive_names(conn, change, past)
    except sqlite.IntegrityError as error:
        raise ChangedSince(verb, ("a name that was given anew",)) from error
    _refuse_if_torn(conn, verb, past)
    return _set_by(conn, change)


def _past(conn: Any, seq: int) -> Past:
    """Every object that a change touched, as it was before; ``None`` for those it made."""
    past: Past = {
        (kind, key): orjson.loads(before)
        for kind, key, before in conn.execute(
            "select kind, object_id, before from change_items where seq = ?", (seq,)
        ).fetchall()
    }
    for kind in UNDOABLE:
        made = conn.execute(f"select id from {kind} where created_seq = ?", (seq,))  # noqa: S608
        past.update({(kind, key): None for (key,) in made.fetchall()})
    return past


def _refuse_if_frozen(conn: Any, past: Past) -> None:
    for kind, key in past:
        if kind not in ("annotations", "relations", "document_states"):
            continue
        frozen = conn.execute(
            f"""select l.name, coalesce(p.name, l.model), l.kind from {kind} o
            join layers l on l.id = o.layer_id left join people p on p.id = l.person_id
            where o.id = ? and l.frozen = 1""",  # noqa: S608
            (key,),
        ).fetchone()
        if frozen is not None:
            name, annotator, of_kind = frozen
            raise Frozen(Layer(id="", kind=of_kind, annotator=annotator or "", name=name).title)


def _refuse_if_changed_since(
    conn: Any, change: "Change", verb: str, target: int, past: Past
) -> None:
    changed = []
    for (kind, key), before in past.items():
        now, left = change.read(kind, key), _left_by(conn, target, kind, key)
        if before is not None and "redacted" in before:
            changed.append("something that was erased")
        elif kind in (*_NAMES, "layers") and _made_in_passing(before, left or now):
            continue
        elif left is not None and not _same(left, now):
            changed.append(_called(conn, kind, key))
    if changed:
        raise ChangedSince(verb, tuple(dict.fromkeys(changed)))


def _left_by(conn: Any, seq: int, kind: str, key: int) -> Row | None:
    """An object as a change left it; ``None`` when it still stands so."""
    found = conn.execute(
        """select before from change_items where kind = ? and object_id = ? and seq > ?
        order by seq limit 1""",
        (kind, key, seq),
    ).fetchone()
    return None if found is None else orjson.loads(found[0])


def _same(left: Row, now: Row, *apart_from: str) -> bool:
    """Whether an object stands as it was left, whoever touched it in between."""
    ignored = ("seq", *apart_from)
    return all(now.get(name) == value for name, value in left.items() if name not in ignored)


def _made_in_passing(before: Row | None, left: Row) -> bool:
    """Whether a change only brought a name or layer into being, or took it away."""
    return before is None or _same(before, left, "deleted")


def _put_back(change: "Change", past: Past) -> None:
    for (kind, key), before in past.items():
        if kind in _NAMES:
            continue
        if before is not None:
            change.update(kind, key, _columns(before))
        elif kind != "layers":
            change.delete(kind, key)


def _columns(before: Row) -> Row:
    return {n: v for n, v in before.items() if n not in ("id", "seq", "created_seq")}


def _put_back_names(conn: Any, change: "Change", target: int, past: Past) -> None:
    for (kind, key), before in past.items():
        if kind not in _NAMES:
            continue
        now = change.read(kind, key)
        left = _left_by(conn, target, kind, key) or now
        if not _made_in_passing(before, left):
            change.update(kind, key, _columns(before or {}))
        elif before is not None and not before["deleted"]:
            _revive(change, kind, key)
        elif not now["deleted"] and _same(left, now) and not _is_used(conn, kind, key):
            change.delete(kind, key)


def _revive(change: "Change", kind: str, key: int) -> None:
    if change.read(kind, key)["deleted"]:
        change.update(kind, key, {"deleted": 0})


def _revive_names(conn: Any, change: "Change", past: Past) -> None:
    """Bring back the entities and concepts that the living marks and relations point at."""
    for kind, key in past:
        if kind not in ("annotations", "relations"):
            continue
        row = change.read(kind, key)
        if row["deleted"]:
            continue
        for names, column in (*_NAMES.items(), ("entities", "child_entity_id")):
            if row.get(column) is not None:
                _revive(change, names, row[column])


def _is_used(conn: Any, kind: str, key: int) -> bool:
    """Whether anything living still points at an entity or concept."""
    pointers = [("annotations", _NAMES[kind]), (kind, "merged_into")]
    pointers.append(("relations", "child_entity_id") if kind == "entities" else (kind, "parent_id"))
    return any(
        conn.execute(
            f"select 1 from {table} where {column} = ? and deleted = 0 limit 1",  # noqa: S608
            (key,),
        ).fetchone()
        for table, column in pointers
    )


def _refuse_if_torn(conn: Any, verb: str, past: Mapping[tuple[str, int], Any]) -> None:
    """A living relation has living ends and no twin: somebody may have joined these marks since."""
    for kind, key in past:
        if kind not in ("annotations", "relations"):
            continue
        column = "r.id" if kind == "relations" else "a.id"
        torn = conn.execute(
            f"""select 1 from relations r
            join annotations a on a.id = r.head_id or a.id = r.child_id
            where {column} = ? and r.deleted = 0 and a.deleted = 1 limit 1""",  # noqa: S608
            (key,),
        ).fetchone()
        if torn is not None:
            raise ChangedSince(verb, ("a relation of this mark",))
        if kind == "relations" and _has_twin(conn, key):
            raise ChangedSince(verb, ("the same relation",))


def _has_twin(conn: Any, key: int) -> bool:
    found = conn.execute(
        """select 1 from relations r join relations t on t.head_id = r.head_id
        and t.kind_id = r.kind_id and t.child_id is r.child_id
        and t.child_entity_id is r.child_entity_id and t.id <> r.id
        where r.id = ? and r.deleted = 0 and t.deleted = 0 limit 1""",
        (key,),
    ).fetchone()
    return found is not None


def _set_by(conn: Any, change: "Change") -> dict[str, list[str]]:
    touched: dict[str, list[str]] = {}
    for kind in _TOLD:
        rows = conn.execute(
            f"""select o.uid from change_items i join {kind} o on o.id = i.object_id
            where i.seq = ? and i.kind = ? order by o.id""",  # noqa: S608
            (change.seq, kind),
        ).fetchall()
        if rows:
            touched[kind] = [uid for (uid,) in rows]
    return touched


def _called(conn: Any, kind: str, key: int) -> str:
    """What to call an object in a sentence."""
    names = {"annotations": "a mark", "relations": "a relation", "documents": "the article"}
    if kind in _NAMES:
        name = conn.execute(f"select name from {kind} where id = ?", (key,)).fetchone()[0]  # noqa: S608
        return f"“{name}”"
    return names.get(kind, f"something among the {kind.replace('_', ' ')}")
