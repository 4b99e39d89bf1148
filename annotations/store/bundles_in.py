"""The rows of a bundle on their way into the tables.

What comes in is taken for what a stranger wrote: every column is known, every text can be shown,
every place lies in its text, every link is one that pages may have.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson

from annotations.codebook import from_toml
from annotations.document import Layout, checked_id, checked_text, new_id, sha256
from annotations.errors import BadInput, BadLine
from annotations.ingest.links import is_safe
from annotations.spans import Span, hull
from annotations.store import sqlite
from annotations.store.bundle_tables import (
    BY_NAME,
    JSON,
    NUMBERS,
    SELF,
    SEQS,
    TABLES,
    Contents,
    Row,
    Table,
)
from annotations.store.changes import Change
from annotations.store.codebooks import write_codebook
from annotations.store.contradictions import refuse_contradictions
from annotations.store.documents import read_layout
from annotations.store.people import checked_name
from annotations.store.undo import UNDOABLE
from annotations.store.values import loads

_UNKEPT = (
    *(sqlite.DatabaseError, OverflowError, TypeError, ValueError, LookupError, AttributeError),
    RecursionError,
)
"""What rows that were made to hurt run into, where their values are of another kind."""

_HISTORY = "history.jsonl"
ERASED: Row = {"redacted": True}
"""What the history keeps of a row whose words were erased."""

Rows = Callable[[str], Iterable[Row]]
"""Gives the rows of a table by its name, from the first each time."""

Again = Callable[[], Iterable[Row]]
"""Gives the rows of the history, from the first each time."""


class Arriving:
    """A bundle on its way into the tables, inside one change."""

    def __init__(self, conn: Any, change: Change, has_log: bool):
        self._conn, self._change, self._has_log = conn, change, has_log
        self._project = 0
        self._changes = 0
        self._people: dict[str, int] = {}
        self._lengths: dict[tuple[str, int], int] = {}
        self._erased: set[str] = set()
        """Articles of which only rows without words are left (``Upkeep.redact``)."""
        self._known: dict[str, set[str]] = {}
        self._where = ""
        self._key_of = lru_cache(maxsize=65536)(self._looked_up)

    def take(self, contents: Contents, rows: Rows, log: Again | None, name: str) -> str:
        try:
            return self._take(contents, rows, log, name)
        except _UNKEPT as error:
            raise BadInput(f"{self._where} cannot be kept: {error}.") from error
        except BadLine:
            raise  # It names the file and the line itself.
        except BadInput as error:
            raise BadInput(f"{self._where}: {error}") from error

    def _take(self, contents: Contents, rows: Rows, log: Again | None, name: str) -> str:
        self._where = "project.json, people"
        for person in contents.people:
            self._people[person["uid"]] = self._person(person)
        self._where = "project.json"
        uid = self._insert_project(contents.project, name)
        if log is not None:
            self._where = _HISTORY
            self._changes = self._insert_changes(log())
        first_decision = self._last("decisions")
        for table in TABLES:
            for place, row in enumerate(rows(table.name), 1):
                self._where = f"tables/{table.name}.jsonl, line {place}"
                self._insert(table, row)
            for place, row in enumerate(rows(table.name) if table.name in SELF else (), 1):
                self._where = f"tables/{table.name}.jsonl, line {place}"
                self._point(table, row)
        self._where = "codebook"
        numbers = {
            row["codebook"]: place
            for place, row in enumerate(log() if log is not None else (), 1)
            if type(row.get("codebook")) is int
        }
        for version, toml in sorted(contents.codebooks.items()):
            self._where = f"codebook/{version}.toml"
            codebook = replace(from_toml(toml).checked(), version=version)
            seq = self._seq(numbers.get(version)) if self._has_log else self._change.seq
            write_codebook(self._conn, self._project, codebook, seq)
        if not contents.codebooks:
            raise BadInput("there is no version of it")
        self._where = "tables/documents.jsonl"
        self._check_documents()
        refuse_contradictions(self._conn, self._project)
        if log is not None:
            self._where = _HISTORY
            self._finish_changes(log(), first_decision)
            self._conn.execute(
                "update projects set created_seq = ?, seq = ? where id = ?",
                (
                    self._seq(contents.project["created_seq"]),
                    self._seq(contents.project["seq"]),
                    self._project,
                ),
            )
        else:
            self._conn.execute(
                "update changes set project_id = ? where seq = ?",
                (self._project, self._change.seq),
            )
        return uid

    def _last(self, table: str) -> int:
        found = self._conn.execute(f"select coalesce(max(id), 0) from {table}").fetchone()  # noqa: S608
        return int(found[0])

    def _person(self, row: Row) -> int:
        uid = checked_id(row["uid"], "id of a person")
        found = self._conn.execute("select id from people where uid = ?", (uid,)).fetchone()
        if found:
            return int(found[0])
        made = self._conn.execute(
            "insert into people (uid, name, created) values (?, ?, ?)",
            (uid, checked_name(row["name"]), checked_text(row["created"], "moment")),
        )
        return int(made.lastrowid)

    def _insert_project(self, row: Row, name: str) -> str:
        def taken(column: str, value: str) -> bool:
            query = f"select 1 from projects where {column} = ?"  # noqa: S608
            return self._conn.execute(query, (value,)).fetchone() is not None

        uid = checked_id(row["uid"], "id of the project")
        wanted = checked_name(name or row["name"])
        title, number = wanted, 1
        while taken("name", title):
            if name:
                raise BadInput(f"There is a project “{name}” already; choose another name.")
            number += 1
            title = f"{wanted[:190]} ({number})"
        uid = new_id() if taken("uid", uid) else uid
        self._project = self._change.insert(
            "projects",
            {
                "uid": uid,
                "name": title,
                "description": checked_text(row["description"], "description"),
                "created": checked_text(row["created"], "moment"),
                "extra": _checked_json("extra", row["extra"]),
            },
        )
        return uid

    # Rows.

    def _insert(self, table: Table, row: Row) -> None:
        values = self._checked(table, row)
        for name in SELF.get(table.name, ()):
            values.pop(name, None)
        names = ", ".join(values)
        marks = ", ".join(f":{name}" for name in values)
        self._conn.execute(f"insert into {table.name} ({names}) values ({marks})", values)  # noqa: S608

    def _point(self, table: Table, row: Row) -> None:
        """Set what points at a row of the same table, once all are there."""
        for name in SELF[table.name]:
            if name in row:
                self._conn.execute(
                    f"update {table.name} set {name} = ? where project_id = ? and uid = ?",  # noqa: S608
                    (self._key_of(table.name, row[name]), self._project, row["uid"]),
                )

    def _checked(self, table: Table, row: Row, past: bool = False) -> Row:
        """The row as the table here holds it. ``past``: one of the log's, as far as it goes."""
        known = self._columns(table.name)
        values: Row = {}
        for name, value in row.items():
            if name not in known or name in NUMBERS:
                raise BadInput(f"there is no column “{str(name)[:40]}”")
            if value is None and past:
                values[name] = None
                continue
            if type(value) not in (str, int, float):
                raise BadInput(f"“{name}” is neither a text nor a number")
            if type(value) is str:
                checked_text(value, name)
            if name == "at":
                _checked_moment(value)
            if name in table.refs:
                value = None if table.name in SELF and not past else value
                values[name] = value and self._key_of(table.refs[name], str(value))
            elif name in SEQS:
                values[name] = self._seq(value)
            elif name in JSON:
                values[name] = _checked_json(name, value)
            else:
                values[name] = value
        if "uid" in values:
            checked_id(values["uid"], "id")
        if "project_id" in known:
            values["project_id"] = self._project
        if not past:
            for name in SEQS:
                if name in known and not self._has_log:
                    values[name] = self._change.seq
            self._check_text(table, row)
        if "start_at" in row:
            self._check_place(row)
        return values

    def _columns(self, table: str) -> set[str]:
        if table not in self._known:
            info = self._conn.execute(f"pragma table_info({table})").fetchall()
            self._known[table] = {name for _, name, *_ in info}
        return self._known[table]

    def _check_text(self, table: Table, row: Row) -> None:
        if table.name != "texts":
            return
        if row["text"] == row["sha256"] == "":
            self._erased.add(row["document_id"])
        elif sha256(row["text"]) != row["sha256"]:
            raise BadInput("the text is not that of its sha256")
        _checked_layout(row["layout"], len(row["text"]))
        self._lengths[row["document_id"], row["revision"]] = len(row["text"])

    def _check_place(self, row: Row) -> None:
        length = self._lengths.get((row["document_id"], row["revision"]))
        if length is None:
            raise BadInput(f"there is no text {row['revision']} of “{row['document_id']}”")
        start, end = row["start_at"], row["end_at"]
        if row["document_id"] in self._erased:
            return
        if not 0 <= start < end <= length:
            raise BadInput(f"{start}–{end} does not fit a text of {length} characters")
        if row.get("fragments") is not None:
            try:
                parts = tuple(Span(*part) for part in orjson.loads(row["fragments"]))
                fits = all(part.start < part.end for part in parts)
            except (ValueError, TypeError):
                fits = False
            if not fits or len(parts) < 2 or hull(parts) != Span(start, end):
                raise BadInput("the fragments are none of that span")

    def _check_documents(self) -> None:
        rows = self._conn.execute(
            "select uid, revision, characters, deleted from documents where project_id = ?",
            (self._project,),
        )
        for uid, revision, characters, deleted in rows.fetchall():
            if uid in self._erased and not deleted:
                raise BadInput(f"the text of “{uid}” was erased, so it must be deleted as well")
            if self._lengths.get((uid, revision)) != characters:
                raise BadInput(
                    f"there is no text {revision} of “{uid}” with {characters} characters"
                )

    def _looked_up(self, table: str, uid: str) -> int:
        if table == "people":
            if uid not in self._people:
                raise BadInput(f"the person “{uid[:60]}” is not among the people")
            return self._people[uid]
        found = self._conn.execute(
            f"select id from {table} where project_id = ? and uid = ?",  # noqa: S608
            (self._project, uid),
        ).fetchone()
        if found is None:
            raise BadInput(f"“{uid[:60]}” is none of the {table.replace('_', ' ')}")
        return int(found[0])

    # The log.

    def _seq(self, number: Any) -> int:
        if number == 0:
            return 0
        if type(number) is not int or not 1 <= number <= self._changes:
            raise BadInput(f"there is no change {str(number)[:20]} in the history")
        return self._change.seq + number

    def _insert_changes(self, log: Iterable[Row]) -> int:
        """The changes themselves, each behind the import; gives how many there are."""
        count = 0
        for count, row in enumerate(log, 1):
            self._where = f"{_HISTORY}, line {count}"
            undoes = row.get("undoes")
            if undoes is not None and not (type(undoes) is int and 1 <= undoes < count):
                raise BadInput("it undoes a change that is not before it")
            if type(row.get("result", {})) is not dict:
                raise BadInput("its result is no object")
            result = row.get("result", {})
            if type(result.get("undoes")) is int:
                result = {**result, "undoes": self._change.seq + result["undoes"]}
            self._conn.execute(
                "insert into changes (seq, op_id, project_id, person_id, at, kind, undoes, "
                "request_digest, result) values (?, ?, ?, ?, ?, ?, ?, '', ?)",
                (
                    self._change.seq + count,
                    new_id(),
                    self._project if row.get("own") else None,
                    self._key_of("people", row["person"]),
                    _checked_moment(row["at"]),
                    checked_text(row["kind"], "kind of change"),
                    None if undoes is None else self._change.seq + undoes,
                    orjson.dumps(result).decode(),
                ),
            )
        return count

    def _finish_changes(self, log: Iterable[Row], first_decision: int) -> None:
        """Where changes were made, and what they altered: what they name is there by now."""
        for place, row in enumerate(log, 1):
            self._where = f"{_HISTORY}, line {place}"
            if (document := row.get("document")) is not None:
                self._conn.execute(
                    "update changes set document_id = ? where seq = ?",
                    (self._key_of("documents", document), self._change.seq + place),
                )
            for kind, named, before in row.get("before", ()):
                if kind not in UNDOABLE:
                    raise BadInput(f"“{str(kind)[:40]}” is no kind of object")
                key = self._object(kind, named, first_decision)
                self._conn.execute(
                    "insert into change_items (seq, kind, object_id, before) values (?, ?, ?, ?)",
                    (self._change.seq + place, kind, key, self._past(kind, key, before)),
                )

    def _object(self, kind: str, named: Any, first_decision: int) -> int:
        if kind == "projects":
            return self._project
        if kind == "decisions":
            found = self._conn.execute(
                "select id from decisions where project_id = ? and id = ?",
                (self._project, first_decision + named),
            ).fetchone()
        elif kind == "document_states":
            found = self._conn.execute(
                "select id from document_states where document_id = ? and layer_id = ?",
                (self._key_of("documents", named[0]), self._key_of("layers", named[1])),
            ).fetchone()
        else:
            return self._key_of(kind, named)
        if found is None:
            raise BadInput(f"{str(named)[:80]} is none of the {kind.replace('_', ' ')}")
        return int(found[0])

    def _past(self, kind: str, key: int, before: Row) -> str:
        """A row of the log as it is kept here, all columns there, in their order."""
        if not before:
            return "{}"
        if before == ERASED:
            return orjson.dumps(ERASED).decode()
        table = BY_NAME.get(kind) or Table(kind, {})
        values = {**self._checked(table, before, past=True), "id": key}
        if kind == "projects":
            values.pop("project_id", None)
        info = self._conn.execute(f"pragma table_info({kind})").fetchall()
        for _, name, _, is_needed, usual, _ in info:
            if name not in values and name not in NUMBERS and usual is None:
                if is_needed:
                    raise BadInput(f"what was there before lacks “{name}”")
                values[name] = None
        return orjson.dumps({name: values[name] for _, name, *_ in info if name in values}).decode()


def _checked_json(name: str, value: Any) -> str:
    """A column that holds JSON, once it does, and all texts in it can be shown."""
    try:
        read = loads(value)
    except (ValueError, TypeError):
        raise BadInput(f"“{name}” is no JSON") from None
    if type(read) is not JSON[name]:
        raise BadInput(f"“{name}” holds JSON of another kind")
    if "\\u0000" in value:
        raise BadInput(f"“{name}” holds a character that no page can show")
    return str(value)


def _checked_moment(value: Any) -> str:
    """A moment as pages show it: ISO 8601, with what tells it from local time."""
    try:
        is_moment = datetime.fromisoformat(value).tzinfo is not None
    except (ValueError, TypeError):
        is_moment = False
    if not is_moment:
        raise BadInput(f"“{str(value)[:40]}” is no moment")
    return str(value)


def _checked_layout(value: str, length: int) -> None:
    try:
        layout: Layout = read_layout(value)
    except (ValueError, TypeError, KeyError, IndexError):
        raise BadInput("the layout is none") from None
    layout.checked(length)
    for inline in layout.inlines:
        if inline.href is not None and not is_safe(inline.href):
            raise BadInput(f"the layout links to “{inline.href[:60]}”, which is no web address")
