"""Codebooks, version by version, and the numbers that stand for labels and relation kinds."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from annotations.codebook import Codebook, as_data, from_data
from annotations.errors import NotFound
from annotations.store.changes import Act, Change, Log
from annotations.store.database import Database


class Coding:
    """One codebook with its numbers: names to keys and back. Immutable, so it can be shared."""

    __slots__ = ("codebook", "kind_keys", "kind_names", "label_keys", "label_names")

    def __init__(self, codebook: Codebook, labels: Mapping[str, int], kinds: Mapping[str, int]):
        self.codebook = codebook
        self.label_keys = {label.name: labels[label.id] for label in codebook.labels}
        self.label_names = {key: name for name, key in self.label_keys.items()}
        self.kind_keys = {kind.name: kinds[kind.id] for kind in codebook.relations}
        self.kind_names = {key: name for name, key in self.kind_keys.items()}

    def label_key(self, name: str) -> int:
        """The number of the label of that name. Raises ``NotFound``."""
        if name not in self.label_keys:
            raise NotFound("label", name)
        return self.label_keys[name]

    def kind_key(self, name: str) -> int:
        """The number of the relation kind of that name. Raises ``NotFound``."""
        if name not in self.kind_keys:
            raise NotFound("relation", name)
        return self.kind_keys[name]


class Codebooks:
    """The codebooks of all projects. Each version is written once and never changed."""

    def __init__(self, database: Database, log: Log):
        self._database, self._log = database, log
        self._known: dict[tuple[int, int], Coding] = {}

    def newest_version(self, project: int) -> int:
        row = self._database.row(
            "select max(version) from codebooks where project_id = :project", {"project": project}
        )
        return int(row[0])

    def of(self, project: int, version: int | None = None) -> Codebook:
        """A project's codebook, the newest unless a version is named. Raises ``NotFound``."""
        return self.coding(project, version).codebook

    def coding(self, project: int, version: int | None = None) -> Coding:
        """The codebook with the numbers of its labels. Raises ``NotFound``."""
        version = version or self.newest_version(project)
        known = self._known.get((project, version))
        if known is None:
            known = self._read(project, version)
            if not self._database.here.conn.in_transaction:
                self._known[project, version] = known
        return known

    def _read(self, project: int, version: int) -> Coding:
        row = self._database.row(
            "select body from codebooks where project_id = :project and version = :version",
            {"project": project, "version": version},
        )
        if row is None:
            raise NotFound("codebook version", version)
        values = {"project": project}
        return Coding(
            from_data(orjson.loads(row[0])),
            dict(self._database.rows("select uid, id from labels where project_id = :project", values)),
            dict(
                self._database.rows(
                    "select uid, id from relation_kinds where project_id = :project", values
                )
            ),
        )

    def save(self, act: Act, project: int, codebook: Codebook) -> Codebook:
        """Keep a codebook as the project's next version. Raises ``BadInput`` when it does not hold."""

        def work(change: Change) -> dict[str, Any]:
            return {"version": self.write(change, project, codebook).version}

        version = self._log.perform(act, work).result["version"]
        return self.of(project, version)

    def write(self, change: Change, project: int, codebook: Codebook) -> Codebook:
        """Inside a change: keep a codebook as the project's next version."""
        numbered = replace(codebook.checked(), version=self.newest_version(project) + 1)
        write_codebook(self._database.here.conn, project, numbered, change.seq)
        return numbered


def write_codebook(conn: Any, project: int, codebook: Codebook, seq: int) -> None:
    """Inside a write transaction: one codebook version, and numbers for the labels new in it."""
    conn.execute(
        "insert into codebooks (project_id, version, body, seq) values (?, ?, ?, ?)",
        (project, codebook.version, orjson.dumps(as_data(codebook)).decode(), seq),
    )
    for table, uids in (
        ("labels", [label.id for label in codebook.labels]),
        ("relation_kinds", [kind.id for kind in codebook.relations]),
    ):
        conn.executemany(
            f"insert or ignore into {table} (project_id, uid) values (?, ?)",  # noqa: S608
            [(project, uid) for uid in uids],
        )
