"""What changed in a project after a moment: which documents would go out differently now.

Asked of the log and of the version that every row carries; nothing is kept for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from annotations.errors import NotFound
from annotations.store.codebooks import Codebooks
from annotations.store.database import Database
from annotations.store.people import Project

_ROWS = """
    select id from documents where project_id = :project and seq > :seq
    union
    select a.document_id from annotations a where a.created_seq > :seq
        and a.project_id = :project {0}
    union
    select a.document_id from change_items i join annotations a on a.id = i.object_id
        where i.kind = 'annotations' and i.seq > :seq and a.project_id = :project {0}
    union
    select a.document_id from relations a where a.created_seq > :seq
        and a.project_id = :project {0}
    union
    select a.document_id from change_items i join relations a on a.id = i.object_id
        where i.kind = 'relations' and i.seq > :seq and a.project_id = :project {0}
    union
    select a.document_id from document_states a where a.seq > :seq
        and a.project_id = :project {0}
    union
    select d.document_id from decisions d where :negatives and d.seq > :seq
        and d.project_id = :project"""

# A name that was changed after it had been there, and is not only new.
_NAMED = """
    select a.document_id from annotations a join {0} n on n.id = a.{1}
        where n.project_id = :project and n.seq > :seq and n.created_seq <= :seq
    union
    select a.document_id from annotations a join {0} n on n.id = a.{1}
        join {0} m on m.id = n.merged_into
        where m.project_id = :project and m.seq > :seq and m.created_seq <= :seq"""

_ENTITIES_OF_RELATIONS = """
    select r.document_id from relations r join entities n on n.id = r.child_entity_id
        where n.project_id = :project and n.seq > :seq and n.created_seq <= :seq"""


@dataclass(frozen=True, slots=True)
class Moment:
    """A state of a project: the number of its newest change, and when that was made (ISO 8601)."""

    change: int
    at: str


class Since:
    """Which documents changed after a change."""

    def __init__(self, database: Database, codebooks: Codebooks):
        self._database, self._codebooks = database, codebooks

    def now(self, project: Project) -> Moment:
        """The project as it stands."""
        row = self._database.row(
            "select seq, at from changes where project_id = :project order by seq desc limit 1",
            {"project": project.key},
        )
        return Moment(*row) if row is not None else Moment(0, "")

    def at(self, project: Project, moment: str) -> Moment:
        """The project's newest change that was made no later than a moment (ISO 8601 in UTC, to
        the millisecond); its number is 0 before the first."""
        row = self._database.row(
            """select max(seq), coalesce(max(at), '') from changes
            where project_id = :project and at <= :moment""",
            {"project": project.key, "moment": moment},
        )
        return Moment(row[0] or 0, row[1])

    def documents(
        self, project: Project, change: int, layers: Sequence[int], negatives: bool = False
    ) -> list[int]:
        """The numbers of the living documents that changed after a change, oldest first.

        Their text, what is known of them, marks, relations and states in these layers, names that
        such marks bear, or the name of their label; with ``negatives`` decisions about suggestions.
        """
        values = {
            "project": project.key,
            "seq": change,
            "negatives": int(negatives),
            "layers": orjson.dumps(list(layers)).decode(),
            "labels": orjson.dumps(self._renamed(project, change)).decode(),
        }
        chosen = "and a.layer_id in (select value from json_each(:layers))"
        parts = [
            _ROWS.format(chosen),
            _NAMED.format("entities", "entity_id"),
            _NAMED.format("concepts", "concept_id"),
            _ENTITIES_OF_RELATIONS,
        ]
        if values["labels"] != "[]":
            parts.append(
                """select a.document_id from annotations a where a.project_id = :project
                and a.deleted = 0 and a.label_id in (select value from json_each(:labels))"""
            )
        rows = self._database.rows(
            f"""select id from documents where project_id = :project and deleted = 0
            and id in ({" union ".join(parts)}) order by id""",  # noqa: S608
            values,
        )
        return [key for (key,) in rows]

    def deleted(self, project: Project, change: int) -> list[str]:
        """The ids of the documents that were there at a change and are deleted now."""
        rows = self._database.rows(
            """select uid from documents where project_id = :project and deleted = 1
            and created_seq <= :seq and seq > :seq order by id""",
            {"project": project.key, "seq": change},
        )
        return [uid for (uid,) in rows]

    def _renamed(self, project: Project, change: int) -> list[int]:
        """The numbers of the labels that are called otherwise than at a change."""
        values: dict[str, Any] = {"project": project.key, "seq": change}
        row = self._database.row(
            "select max(version) from codebooks where project_id = :project and seq <= :seq", values
        )
        if row[0] is None:
            return []
        try:
            was = self._codebooks.coding(project.key, int(row[0])).label_names
        except NotFound:
            return []
        now = self._codebooks.coding(project.key).label_names
        return sorted(key for key, name in now.items() if was.get(key, name) != name)
