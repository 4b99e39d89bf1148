"""Everything of one project as rows that mean the same elsewhere, and back.

A row goes out without its number, its project and the log's numbers, and with the ids of what it
points at; rows of a table stand in the order in which they were made. So the same project gives the
same rows wherever it is kept. With its history the log's numbers count from 1, and everything that
refers to one does too.

Left out is what can be derived (search indexes, near copies, trained models), jobs under way, and
tokens, which are keys to one installation.

``bundle_tables`` says which tables those are, ``bundles_in`` checks what comes in.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import orjson

from annotations.codebook import to_toml
from annotations.store.bundle_tables import (
    BY_NAME,
    NUMBERS,
    SEQS,
    TABLES,
    Contents,
    Row,
    Table,
)
from annotations.store.bundles_in import Again, Arriving, Rows
from annotations.store.changes import Act, Change, Log
from annotations.store.codebooks import Codebooks
from annotations.store.database import Database
from annotations.store.people import Project, Projects
from annotations.store.undo import UNDOABLE
from annotations.store.values import loads

__all__ = ["TABLES", "Bundles", "Contents", "Numbers"]


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
        return [name for _, name, *_ in info if name not in NUMBERS]

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
        refs = BY_NAME[kind].refs if kind in BY_NAME else {}
        past = {
            name: uid_of(refs[name], value) if name in refs and value is not None else value
            for name, value in loads(before).items()
            if name not in NUMBERS
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
            arriving = Arriving(self._database.here.conn, change, log is not None)
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
