"""Turning a change back: what undo and redo set, and when they must not.

An object may be turned back when it stands as the change left it, whatever happened in between.
Entities and concepts are made in passing by whoever names them first, and others may point at them
by now: turning back never takes one away that is in use, and brings back those that are needed.
Layers made in passing stay.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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

PLACE = ("revision", "start_at", "end_at", "fragments", "doubt")
"""The columns of an annotation that a correction of its text alters."""

_CARRIED = ("annotations", "decisions")
"""What lies in a text, and is carried over when that is corrected."""

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
    refuse_if_frozen(conn, past)
    turns = _turns(conn, target, past)
    _refuse_if_changed_since(conn, verb, turns)
    try:
        _put_back(change, turns)
        _put_back_names(conn, change, turns)
        revive_names(conn, change, past)
    except sqlite.IntegrityError as error:
        raise ChangedSince(verb, ("a name that was given anew",)) from error
    refuse_if_torn(conn, verb, past)
    _refuse_if_left_behind(conn, verb, turns)
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


@dataclass(frozen=True, slots=True)
class _Turn:
    """An object to turn back: as it was before a change (``None``: it was made), as the change left
    it, and as it stands."""

    kind: str
    key: int
    before: Row | None
    left: Row
    now: Row

    @property
    def has_carried(self) -> bool:
        """Whether the change carried a mark to another text."""
        if self.kind not in _CARRIED or self.before is None:
            return False
        return bool(self.before.get("revision") != self.left.get("revision"))

    @property
    def was_carried_since(self) -> bool:
        """Whether the mark was carried to another text after the change."""
        if self.kind not in _CARRIED:
            return False
        return bool(self.left.get("revision") != self.now.get("revision"))

    @property
    def altered(self) -> list[str]:
        """The columns that the change altered."""
        before = self.before or {}
        return [n for n, v in self.left.items() if n != "seq" and before.get(n) != v]

    @property
    def stands(self) -> bool:
        """Whether what the change did still stands, whoever touched the object in between.

        A mark that was carried to a corrected text since stands if all else does; and a correction
        stands if the mark lies where it was put, whatever was said of it since.
        """
        if self.has_carried:
            return all(self.now.get(name) == self.left.get(name) for name in self.altered)
        if self.was_carried_since:
            has_moved = self.before is not None and not set(PLACE).isdisjoint(self.altered)
            return not has_moved and same(self.left, self.now, *PLACE)
        return same(self.left, self.now)

    @property
    def columns(self) -> Row:
        """What to set. Raises nothing; the object existed before the change."""
        before = self.before or {}
        if self.has_carried:
            return {name: before.get(name) for name in self.altered}
        kept = ("id", "seq", "created_seq", *(PLACE if self.was_carried_since else ()))
        return {name: value for name, value in before.items() if name not in kept}


def _turns(conn: Any, target: int, past: Past) -> list[_Turn]:
    now: dict[tuple[str, int], Row] = {}
    left: dict[tuple[str, int], Row] = {}
    for kind, keys in by_kind(past).items():
        wanted = orjson.dumps(keys).decode()
        now |= {(kind, row["id"]): row for row in rows_of(conn, kind, keys)}
        later = conn.execute(
            """select object_id, min(seq), before from change_items where kind = ? and seq > ?
            and object_id in (select value from json_each(?)) group by object_id""",
            (kind, target, wanted),
        )
        left |= {(kind, key): orjson.loads(before) for key, _, before in later.fetchall()}
    return [
        _Turn(*which, before, left.get(which, now[which]), now[which])
        for which, before in past.items()
    ]


def by_kind(objects: Iterable[tuple[str, int]]) -> dict[str, list[int]]:
    """The numbers of objects, by their kind."""
    found: dict[str, list[int]] = {}
    for kind, key in objects:
        found.setdefault(kind, []).append(key)
    return found


def rows_of(conn: Any, kind: str, keys: Sequence[int]) -> list[Row]:
    """The rows of a table with these numbers, by column."""
    cursor = conn.execute(
        f"select * from {kind} where id in (select value from json_each(?))",  # noqa: S608
        (orjson.dumps(keys).decode(),),
    )
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def refuse_if_frozen(conn: Any, objects: Iterable[tuple[str, int]]) -> None:
    """Raises ``Frozen`` when one of these objects lies in a closed layer."""
    for kind, keys in by_kind(objects).items():
        if kind not in ("annotations", "relations", "document_states"):
            continue
        frozen = conn.execute(
            f"""select l.name, coalesce(p.name, l.model), l.kind from {kind} o
            join layers l on l.id = o.layer_id left join people p on p.id = l.person_id
            where o.id in (select value from json_each(?)) and l.frozen = 1 limit 1""",  # noqa: S608
            (orjson.dumps(keys).decode(),),
        ).fetchone()
        if frozen is not None:
            name, annotator, of_kind = frozen
            raise Frozen(Layer(id="", kind=of_kind, annotator=annotator or "", name=name).title)


def _refuse_if_changed_since(conn: Any, verb: str, turns: Iterable[_Turn]) -> None:
    changed = []
    for turn in turns:
        if turn.before is not None and "redacted" in turn.before:
            changed.append("something that was erased")
        elif turn.kind in (*_NAMES, "layers") and _made_in_passing(turn.before, turn.left):
            continue
        elif not turn.stands:
            changed.append(_called(conn, turn.kind, turn.key))
    if changed:
        raise ChangedSince(verb, tuple(dict.fromkeys(changed)))


def same(left: Row, now: Row, *apart_from: str) -> bool:
    """Whether an object stands as it was left, whoever touched it in between."""
    ignored = ("seq", *apart_from)
    return all(now.get(name) == value for name, value in left.items() if name not in ignored)


def _made_in_passing(before: Row | None, left: Row) -> bool:
    """Whether a change only brought a name or layer into being, or took it away."""
    return before is None or same(before, left, "deleted")


def _put_back(change: "Change", turns: Iterable[_Turn]) -> None:
    alike: dict[tuple[str, tuple[str, ...]], dict[int, Row]] = {}
    for turn in turns:
        if turn.kind in _NAMES or (turn.before is None and turn.kind == "layers"):
            continue
        columns = {"deleted": 1} if turn.before is None else turn.columns
        alike.setdefault((turn.kind, tuple(sorted(columns))), {})[turn.key] = columns
    for (kind, _), columns_by_key in alike.items():
        change.update_many(kind, columns_by_key)


def _put_back_names(conn: Any, change: "Change", turns: Iterable[_Turn]) -> None:
    for turn in turns:
        kind, key, before = turn.kind, turn.key, turn.before
        if kind not in _NAMES:
            continue
        now = change.read(kind, key)
        if not _made_in_passing(before, turn.left):
            change.update(kind, key, turn.columns)
        elif before is not None and not before["deleted"]:
            _revive(change, kind, key)
        elif not now["deleted"] and same(turn.left, now) and not _is_used(conn, kind, key):
            change.delete(kind, key)


def _revive(change: "Change", kind: str, key: int) -> None:
    if change.read(kind, key)["deleted"]:
        change.update(kind, key, {"deleted": 0})


def revive_names(conn: Any, change: "Change", objects: Iterable[tuple[str, int]]) -> None:
    """Bring back the entities and concepts that the living marks and relations point at."""
    for kind, keys in by_kind(objects).items():
        pointers = [("entities", "child_entity_id")]
        if kind == "annotations":
            pointers = list(_NAMES.items())
        elif kind != "relations":
            continue
        for names, column in pointers:
            gone = conn.execute(
                f"""select distinct n.id from {kind} o join {names} n on n.id = o.{column}
                where o.id in (select value from json_each(?)) and o.deleted = 0
                and n.deleted = 1""",  # noqa: S608
                (orjson.dumps(keys).decode(),),
            )
            for (key,) in gone.fetchall():
                _revive(change, names, key)


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


def refuse_if_torn(conn: Any, verb: str, objects: Iterable[tuple[str, int]]) -> None:
    """A living relation has living ends and no twin: somebody may have joined these marks since."""
    for kind, keys in by_kind(objects).items():
        if kind not in ("annotations", "relations"):
            continue
        wanted = (orjson.dumps(keys).decode(),)
        column = "r.id" if kind == "relations" else "a.id"
        torn = conn.execute(
            f"""select 1 from relations r
            join annotations a on a.id = r.head_id or a.id = r.child_id
            where {column} in (select value from json_each(?))
            and r.deleted = 0 and a.deleted = 1 limit 1""",  # noqa: S608
            wanted,
        ).fetchone()
        if torn is not None:
            raise ChangedSince(verb, ("a relation of this mark",))
        if kind == "relations" and conn.execute(_TWINS, wanted).fetchone() is not None:
            raise ChangedSince(verb, ("the same relation",))


_TWINS = """select 1 from relations r join relations t on t.head_id = r.head_id
    and t.kind_id = r.kind_id and t.child_id is r.child_id
    and t.child_entity_id is r.child_entity_id and t.id <> r.id
    where r.id in (select value from json_each(?)) and r.deleted = 0 and t.deleted = 0 limit 1"""


def _refuse_if_left_behind(conn: Any, verb: str, turns: Iterable[_Turn]) -> None:
    """Every living mark of an open layer lies on its document's newest text: somebody may have
    marked the corrected one since, or corrected it again."""
    kinds = by_kind((turn.kind, turn.key) for turn in turns)
    conditions = {"documents": "a.document_id", "annotations": "a.id"}
    for kind, column in conditions.items():
        if kind not in kinds:
            continue
        behind = conn.execute(
            f"""select 1 from annotations a join documents d on d.id = a.document_id
            join layers l on l.id = a.layer_id
            where {column} in (select value from json_each(?)) and a.deleted = 0
            and a.revision <> d.revision and l.frozen = 0 limit 1""",  # noqa: S608
            (orjson.dumps(kinds[kind]).decode(),),
        ).fetchone()
        if behind is not None:
            raise ChangedSince(verb, ("the text, or marks on it,",))


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
