"""Codebooks, version by version, and the numbers that stand for labels and relation kinds."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson

from annotations.codebook import Codebook, as_data, from_data
from annotations.errors import BadInput, NotFound, Stale
from annotations.store.changes import Act, Change, Log
from annotations.store.database import Database

_LABEL_USED = """select 1 from annotations where label_id = :key union all
    select 1 from change_items
    where kind = 'annotations' and json_extract(before, '$.label_id') = :key limit 1"""
_KIND_USED = "select 1 from relations where kind_id = :key limit 1"

# All living marks, by an index that holds their labels: those of deleted documents, too.
_MARKS = """from documents d cross join annotations a indexed by annotation_places
    on a.document_id = d.id and a.deleted = 0 where d.project_id = :project"""

MAX_SUMS = 10
"""Labels up to which a sum for each is quicker than grouping, which sorts all marks."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a codebook: its number, when it was made (ISO 8601, UTC), and by whom."""

    number: int
    at: str
    person: str


class Coding:
    """One codebook with its numbers: names to keys and back. Immutable, so it can be shared."""

    __slots__ = ("codebook", "kind_keys", "kind_names", "label_keys", "label_names")

    def __init__(self, codebook: Codebook, labels: Mapping[str, int], kinds: Mapping[str, int]):
        self.codebook = codebook
        self.label_keys = {label.name: labels[label.id] for label in codebook.labels}
        # A merged label keeps its number; its marks are read under the name it was merged into.
        self.label_names = {
            labels[label.id]: codebook.stands_for(label).name for label in codebook.labels
        }
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
        if row[0] is None:
            raise NotFound("project", project)
        return int(row[0])

    def of(self, project: int, version: int | None = None) -> Codebook:
        """A project's codebook, the newest unless a version is named. Raises ``NotFound``."""
        return self.coding(project, version).codebook

    def coding(self, project: int, version: int | None = None) -> Coding:
        """The codebook with the numbers of its labels. Raises ``NotFound``."""
        version = version or self.newest_version(project)
        if not 0 < version < 2**63:
            raise NotFound("codebook version", version)
        known = self._known.get((project, version))
        if known is None:
            known = self._read(project, version)
            if not self._database.is_writing:
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
            dict(
                self._database.rows(
                    "select uid, id from labels where project_id = :project", values
                )
            ),
            dict(
                self._database.rows(
                    "select uid, id from relation_kinds where project_id = :project", values
                )
            ),
        )

    def versions(self, project: int) -> list[Version]:
        """Every version of a project's codebook, the newest first."""
        rows = self._database.rows(
            """select b.version, c.at, p.name from codebooks b join changes c on c.seq = b.seq
            join people p on p.id = c.person_id
            where b.project_id = :project order by b.version desc""",
            {"project": project},
        )
        return [Version(*row) for row in rows]

    def uses(self, project: int) -> dict[str, int]:
        """How many living annotations each label has, by the label's id; merged ones apart."""
        rows = self._database.rows(
            "select id, uid from labels where project_id = :project", {"project": project}
        )
        ids = dict(rows)
        if len(ids) > MAX_SUMS:
            found = self._database.rows(
                f"select a.label_id, count(*) {_MARKS} group by a.label_id",
                {"project": project},
            )
        else:
            sums = ", ".join(f"sum(a.label_id = {int(key)})" for key in ids)
            row = self._database.row(f"select {sums or 0} {_MARKS}", {"project": project})
            found = list(zip(ids, row, strict=False))
        return {ids[key]: count for key, count in found if count}

    def save(self, act: Act, project: int, codebook: Codebook, saw: int | None = None) -> Codebook:
        """Keep a codebook as the project's next version. ``saw`` is the version it was made from.

        Raises ``BadInput`` for one that does not hold together, ``Stale`` when another version was
        kept meanwhile.
        """

        def work(change: Change) -> dict[str, Any]:
            newest = self.newest_version(project)
            if saw is not None and saw != newest:
                raise Stale("codebook", saw, newest, {"version": newest})
            return {"version": self.write(change, project, codebook).version}

        version = self._log.perform(act, work).result["version"]
        return self.of(project, version)

    def write(self, change: Change, project: int, codebook: Codebook) -> Codebook:
        """Inside a change: keep a codebook as the project's next version."""
        present = self.of(project)
        numbered = replace(codebook.checked(), version=present.version + 1)
        self._refuse_loss(project, present, numbered)
        write_codebook(self._database.here.conn, project, numbered, change.seq)
        return numbered

    def _refuse_loss(self, project: int, present: Codebook, coming: Codebook) -> None:
        """What marks or relations point at, now or in the log, stays in every later version."""
        coding = self.coding(project, present.version)
        kept = {label.id for label in coming.labels} | {kind.id for kind in coming.relations}
        for label in present.labels:
            if label.id not in kept and self._is_used(_LABEL_USED, coding.label_keys[label.name]):
                raise BadInput(
                    f"Marks are labelled “{label.name}”; "
                    "retire the label instead of leaving it out."
                )
        for kind in present.relations:
            if kind.id not in kept and self._is_used(_KIND_USED, coding.kind_keys[kind.name]):
                raise BadInput(
                    f"Marks are joined by “{kind.name}”; "
                    "retire the relation instead of leaving it out."
                )

    def _is_used(self, query: str, key: int) -> bool:
        return self._database.row(query, {"key": key}) is not None


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
