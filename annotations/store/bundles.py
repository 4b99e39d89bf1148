"""Everything of one project as rows that mean the same elsewhere, and back.

A row goes out without its number, its project and the log's numbers, and with the ids of what it
points at; rows of a table stand in the order in which they were made. So the same project gives the
same rows wherever it is kept. With its history the log's numbers count from 1, and everything that
refers to one does too.

Left out is what can be derived (search indexes, near copies, trained models), jobs under way, and
tokens, which are keys to one installation.

What comes in is taken for what a stranger wrote: every column is known, every text can be shown,
every place lies in its text, every link is one that pages may have.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import orjson

from annotations.codebook import from_toml, to_toml
from annotations.document import Layout, checked_id, checked_text, new_id, sha256
from annotations.errors import BadInput
from annotations.ingest.links import is_safe
from annotations.spans import Span, hull
from annotations.store import sqlite
from annotations.store.changes import Act, Change, Log
from annotations.store.codebooks import Codebooks, write_codebook
from annotations.store.database import Database
from annotations.store.documents import read_layout
from annotations.store.people import Project, Projects, checked_name
from annotations.store.undo import UNDOABLE
from annotations.store.values import loads

Row = dict[str, Any]
Rows = Callable[[str], Iterable[Row]]
"""Gives the rows of a table by its name, from the first each time."""

Again = Callable[[], Iterable[Row]]
"""Gives the rows of the history, from the first each time."""

SEQS = ("created_seq", "seq", "most")
"""Columns that hold numbers of the log."""

_NUMBERS = ("id", "project_id")


@dataclass(frozen=True, slots=True)
class Table:
    """A table that goes along. ``refs`` are the columns that point at something, with its table;
    ``within`` is the condition by which a row is the project's; ``order`` that of the rows."""

    name: str
    refs: Mapping[str, str]
    within: str = "x.project_id = :project"
    order: str = "x.id"


_BY_DOCUMENT = "x.document_id in (select id from documents where project_id = :project)"
_BY_PERSON = "(select uid from people where id = x.person_id)"
_IN_TEXT = {"document_id": "documents", "layer_id": "layers", "label_id": "labels"}
_NAMED = {"entity_id": "entities", "concept_id": "concepts"}

TABLES = (
    Table("memberships", {"person_id": "people"}, order=_BY_PERSON),
    Table("labels", {}),
    Table("relation_kinds", {}),
    Table("layers", {"person_id": "people"}),
    Table("documents", {}),
    Table("texts", {"document_id": "documents"}, _BY_DOCUMENT, "x.document_id, x.revision"),
    Table("entities", {"merged_into": "entities"}),
    Table("concepts", {"parent_id": "concepts", "merged_into": "concepts"}),
    Table("annotations", {**_IN_TEXT, **_NAMED}),
    Table(
        "relations",
        {
            "document_id": "documents",
            "layer_id": "layers",
            "kind_id": "relation_kinds",
            "head_id": "annotations",
            "child_id": "annotations",
            "child_entity_id": "entities",
        },
    ),
    Table("document_states", {"document_id": "documents", "layer_id": "layers"}),
    Table(
        "comments",
        {"document_id": "documents", "annotation_id": "annotations", "person_id": "people"},
    ),
    Table("suggestions", {**_IN_TEXT, **_NAMED}, _BY_DOCUMENT),
    Table(
        "offers",
        {"document_id": "documents", "layer_id": "layers"},
        _BY_DOCUMENT,
        "x.document_id, x.layer_id",
    ),
    Table(
        "decisions",
        {
            "document_id": "documents",
            "person_id": "people",
            "label_id": "labels",
            "annotation_id": "annotations",
        },
    ),
    Table(
        "places",
        {"person_id": "people", "document_id": "documents"},
        _BY_DOCUMENT,
        f"{_BY_PERSON}, x.document_id",
    ),
    Table("queue_orders", {"person_id": "people"}, order=_BY_PERSON),
)
_BY_NAME = {table.name: table for table in TABLES}
_SELF = {"entities": ("merged_into",), "concepts": ("parent_id", "merged_into")}
_JSON: Mapping[str, type] = {
    "extra": dict,
    "meta": dict,
    "attributes": dict,
    "labels": list,
    "aliases": list,
    "fragments": list,
}
"""Columns that hold JSON, and what it is."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What else a bundle holds, beside the rows of ``TABLES``.

    ``codebooks`` are all versions as TOML, by their numbers; ``people`` those that rows name.
    """

    project: Row
    people: list[Row]
    codebooks: dict[int, str]


class Bundles:
    """Projects as rows that mean the same elsewhere."""

    def __init__(self, database: Database, log: Log, codebooks: Codebooks, projects: Projects):
        self._database, self._log, self._codebooks = database, log, codebooks
        self._projects = projects

    # ── out ───────────────────────────────────────────────────────────────────────────────────────

    def contents(self, project: Project, numbers: "Numbers | None" = None) -> Contents:
        """Project, people and codebooks. To be read in one ``reading()`` with the rest.

        With ``numbers``: as the history has them, and those too who did something it tells of.
        """
        (row,) = self._rows(
            "select uid, name, description, created, extra, created_seq, seq from projects "
            "where id = :project",
            project,
        )
        if numbers is None:
            row = {name: value for name, value in row.items() if name not in SEQS}
        else:
            numbers.put_in(row)
        versions = self._database.rows(
            "select version from codebooks where project_id = :project order by version",
            {"project": project.key},
        )
        return Contents(
            row,
            self._people(project, numbers),
            {version: to_toml(self._codebooks.of(project.key, version)) for (version,) in versions},
        )

    def _people(self, project: Project, numbers: "Numbers | None") -> list[Row]:
        named = " union ".join(
            f"select person_id from {table.name} x where {table.within}"  # noqa: S608
            for table in TABLES
            if "person_id" in table.refs
        )
        query = f"""select uid, name, created from people where id in ({named}
            union select person_id from changes where seq in (select value from json_each(:seqs)))
            order by uid"""  # noqa: S608
        seqs = orjson.dumps(numbers.known if numbers else []).decode()
        return list(self._rows_with(query, {"project": project.key, "seqs": seqs}))

    def rows(
        self, project: Project, table: Table, numbers: "Numbers | None" = None
    ) -> Iterator[Row]:
        """The rows of a table, in order; with ``numbers``, the log's numbers too."""
        columns = [
            f"(select uid from {table.refs[name]} where id = x.{name}) as {name}"  # noqa: S608
            if name in table.refs
            else f"x.{name}"
            for name in self._columns(table.name)
            if numbers is not None or name not in SEQS
        ]
        query = (
            f"select {', '.join(columns)} from {table.name} x "  # noqa: S608
            f"where {table.within} order by {table.order}"
        )
        for row in self._rows(query, project):
            yield row if numbers is None else numbers.put_in(row)

    def _columns(self, table: str) -> list[str]:
        """The columns that mean something elsewhere."""
        info = self._database.rows(f"pragma table_info({table})")
        return [name for _, name, *_ in info if name not in _NUMBERS]

    def _rows(self, query: str, project: Project) -> Iterator[Row]:
        cursor = self._database.here.conn.execute(query, {"project": project.key})
        names = [column[0] for column in cursor.description]
        for values in cursor:
            yield {
                name: value for name, value in zip(names, values, strict=True) if value is not None
            }

    def numbers(self, project: Project) -> "Numbers":
        """What the log's numbers are in this project's own count, from 1."""
        made = " union ".join(
            f"select x.{column} as n from {table.name} x where {table.within}"  # noqa: S608
            for table in TABLES
            for column in ("created_seq", "seq")
            if column in self._columns(table.name)
        )
        rows = self._database.rows(
            f"""with own(n) as (select seq from changes where project_id = :project union {made}
                union select created_seq from projects where id = :project
                union select seq from projects where id = :project
                union select seq from codebooks where project_id = :project)
            select seq from changes where seq in (select n from own union
                select undoes from changes where seq in (select n from own))
            order by seq""",  # noqa: S608
            {"project": project.key},
        )
        return Numbers([seq for (seq,) in rows])

    def log(self, project: Project, numbers: "Numbers") -> Iterator[Row]:
        """The changes, each with what it altered as it was before."""
        decisions = {
            key: place
            for place, (key,) in enumerate(
                self._database.rows(
                    "select id from decisions where project_id = :project order by id",
                    {"project": project.key},
                ),
                1,
            )
        }
        versions = dict(
            self._database.rows(
                "select seq, version from codebooks where project_id = :project",
                {"project": project.key},
            )
        )
        uid_of = lru_cache(maxsize=65536)(self._uid_of)
        for seq in numbers.known:
            (row,) = self._rows_with(
                """select c.at, c.kind, c.undoes, c.result,
                (select uid from people where id = c.person_id) as person,
                (select uid from documents where id = c.document_id) as document,
                c.project_id is not null as own from changes c where c.seq = :seq""",
                {"seq": seq},
            )
            row["result"] = numbers.in_result(orjson.loads(row["result"]))
            if "undoes" in row:
                row["undoes"] = numbers.of(row["undoes"])
            if seq in versions:
                row["codebook"] = versions[seq]
            items = []
            for kind, key, before in self._database.rows(
                "select kind, object_id, before from change_items where seq = :seq "
                "order by kind, object_id",
                {"seq": seq},
            ):
                if kind not in UNDOABLE:
                    continue
                named = (
                    decisions.get(key) if kind == "decisions" else uid_of(kind, key, project.key)
                )
                if named is not None:
                    items.append([kind, named, self._past(kind, before, numbers, uid_of)])
            if items:
                row["before"] = items
            yield row

    def _rows_with(self, query: str, values: Mapping[str, Any]) -> Iterator[Row]:
        cursor = self._database.here.conn.execute(query, values)
        names = [column[0] for column in cursor.description]
        for found in cursor.fetchall():
            yield {n: value for n, value in zip(names, found, strict=True) if value is not None}

    def _uid_of(self, kind: str, key: int, project: int | None = None) -> Any:
        """What something is called outside: its id, or those of what it joins; ``None`` for what
        is another project's."""
        if kind == "projects":
            return "" if key == project else None
        if kind == "document_states":
            query = """select d.uid, l.uid from document_states s join documents d
                on d.id = s.document_id join layers l on l.id = s.layer_id
                where s.id = :key and s.project_id = :project"""
            found = self._database.row(query, {"key": key, "project": project})
            return list(found) if found is not None else None
        query = f"select uid from {kind} where id = :key"  # noqa: S608
        if project is not None:
            query += " and project_id = :project"
        found = self._database.row(query, {"key": key, "project": project})
        return found[0] if found is not None else None

    def _past(self, kind: str, before: str, numbers: "Numbers", uid_of: Callable[..., Any]) -> Row:
        refs = _BY_NAME[kind].refs if kind in _BY_NAME else {}
        past = {
            name: uid_of(refs[name], value) if name in refs and value is not None else value
            for name, value in loads(before).items()
            if name not in _NUMBERS
        }
        return numbers.put_in(past)

    # ── in ────────────────────────────────────────────────────────────────────────────────────────

    def take(
        self,
        act: Act,
        contents: Contents,
        rows: Rows,
        log: Again | None = None,
        name: str = "",
    ) -> Project:
        """A new project that is equal to the one of the bundle, in one act, or none.

        It bears the bundle's id and name, as far as no project here has them, or ``name``. Raises
        ``BadInput`` with the table and the row for what cannot be kept.
        """

        def work(change: Change) -> dict[str, str]:
            arriving = _Arriving(self._database.here.conn, change, log is not None)
            return {"project": arriving.take(contents, rows, log, name)}

        outcome = self._log.perform(replace(act, kind="import"), work)
        return self._projects.find(outcome.result["project"])


class Numbers:
    """The log's numbers in a project's own count, from 1."""

    def __init__(self, known: list[int]):
        self.known = known
        self._places = {seq: place for place, seq in enumerate(known, 1)}

    def of(self, seq: int) -> int:
        """A number in the own count: that of the newest change of the project up to it.

        What was never changed by an act (a source of suggestions) has number 0.
        """
        if seq <= 0:
            return 0
        return self._places.get(seq) or max(1, bisect_right(self.known, seq))

    def put_in(self, row: Row) -> Row:
        for name in SEQS:
            if type(row.get(name)) is int:
                row[name] = self.of(row[name])
        return row

    def in_result(self, result: Row) -> Row:
        """What an act came to, with the change that it undoes in the own count."""
        if type(result.get("undoes")) is int:
            result = {**result, "undoes": self.of(result["undoes"])}
        return result


class _Arriving:
    """A bundle on its way into the tables, inside one change."""

    def __init__(self, conn: Any, change: Change, has_log: bool):
        self._conn, self._change, self._has_log = conn, change, has_log
        self._project = 0
        self._changes = 0
        self._people: dict[str, int] = {}
        self._lengths: dict[tuple[str, int], int] = {}
        self._known: dict[str, set[str]] = {}
        self._where = ""
        self._key_of = lru_cache(maxsize=65536)(self._looked_up)

    def take(self, contents: Contents, rows: Rows, log: Again | None, name: str) -> str:
        try:
            return self._take(contents, rows, log, name)
        except (sqlite.DatabaseError, OverflowError, TypeError, KeyError, AttributeError) as error:
            raise BadInput(f"{self._where} cannot be kept: {error}.") from error
        except BadInput as error:
            raise BadInput(f"{self._where}: {error}") from error

    def _take(self, contents: Contents, rows: Rows, log: Again | None, name: str) -> str:
        self._where = "people"
        for person in contents.people:
            self._people[person["uid"]] = self._person(person)
        self._where = "project"
        uid = self._insert_project(contents.project, name)
        if log is not None:
            self._where = "history"
            self._changes = self._insert_changes(log())
        first_decision = self._last("decisions")
        for table in TABLES:
            for place, row in enumerate(rows(table.name), 1):
                self._where = f"{table.name}, row {place}"
                self._insert(table, row)
            for place, row in enumerate(rows(table.name) if table.name in _SELF else (), 1):
                self._where = f"{table.name}, row {place}"
                self._point(table, row)
        self._where = "codebook"
        numbers = {
            row["codebook"]: place
            for place, row in enumerate(log() if log is not None else (), 1)
            if type(row.get("codebook")) is int
        }
        for version, toml in sorted(contents.codebooks.items()):
            codebook = replace(from_toml(toml).checked(), version=version)
            seq = self._seq(numbers.get(version)) if self._has_log else self._change.seq
            write_codebook(self._conn, self._project, codebook, seq)
        if not contents.codebooks:
            raise BadInput("there is no version of it")
        self._where = "texts"
        self._check_documents()
        if log is not None:
            self._where = "history"
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
        for name in _SELF.get(table.name, ()):
            values.pop(name, None)
        names = ", ".join(values)
        marks = ", ".join(f":{name}" for name in values)
        self._conn.execute(f"insert into {table.name} ({names}) values ({marks})", values)  # noqa: S608

    def _point(self, table: Table, row: Row) -> None:
        """Set what points at a row of the same table, once all are there."""
        for name in _SELF[table.name]:
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
            if name not in known or name in _NUMBERS:
                raise BadInput(f"there is no column “{str(name)[:40]}”")
            if value is None and past:
                values[name] = None
                continue
            if type(value) not in (str, int, float):
                raise BadInput(f"“{name}” is neither a text nor a number")
            if type(value) is str:
                checked_text(value, name)
            if name in table.refs:
                value = None if table.name in _SELF and not past else value
                values[name] = value and self._key_of(table.refs[name], str(value))
            elif name in SEQS:
                values[name] = self._seq(value)
            elif name in _JSON:
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
        if sha256(row["text"]) != row["sha256"]:
            raise BadInput("the text is not that of its sha256")
        _checked_layout(row["layout"], len(row["text"]))
        self._lengths[row["document_id"], row["revision"]] = len(row["text"])

    def _check_place(self, row: Row) -> None:
        length = self._lengths.get((row["document_id"], row["revision"]))
        if length is None:
            raise BadInput(f"there is no text {row['revision']} of “{row['document_id']}”")
        start, end = row["start_at"], row["end_at"]
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
            "select uid, revision, characters from documents where project_id = ?",
            (self._project,),
        )
        for uid, revision, characters in rows.fetchall():
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
            self._where = f"history, change {count}"
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
                    checked_text(row["at"], "moment"),
                    checked_text(row["kind"], "kind of change"),
                    None if undoes is None else self._change.seq + undoes,
                    orjson.dumps(result).decode(),
                ),
            )
        return count

    def _finish_changes(self, log: Iterable[Row], first_decision: int) -> None:
        """Where changes were made, and what they altered: what they name is there by now."""
        for place, row in enumerate(log, 1):
            self._where = f"history, change {place}"
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
        table = _BY_NAME.get(kind) or Table(kind, {})
        values = {**self._checked(table, before, past=True), "id": key}
        if kind == "projects":
            values.pop("project_id", None)
        info = self._conn.execute(f"pragma table_info({kind})").fetchall()
        return orjson.dumps({name: values[name] for _, name, *_ in info if name in values}).decode()


def _checked_json(name: str, value: Any) -> str:
    """A column that holds JSON, once it does, and all texts in it can be shown."""
    try:
        read = loads(value)
    except (ValueError, TypeError):
        raise BadInput(f"“{name}” is no JSON") from None
    if type(read) is not _JSON[name]:
        raise BadInput(f"“{name}” holds JSON of another kind")
    if "\\u0000" in value:
        raise BadInput(f"“{name}” holds a character that no page can show")
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
