"""Every claim and demand of a project with its actors: found, filtered and ordered by the database.

What makes a statement of a mark is said in ``annotations/statements.py``; here it is only chosen
which ones. Their numbers are read once, in order, from an index that holds the label of each mark;
a count, every page and the file come from that list while nothing has changed in the project.
"""

from array import array
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

import orjson

from annotations.document import Annotation, Relation
from annotations.errors import NotFound
from annotations.statements import Statement, statements
from annotations.store.changes import Log
from annotations.store.codebooks import Codebooks
from annotations.store.database import Database
from annotations.store.documents import Documents, KeptDocument
from annotations.store.marks import Marks
from annotations.store.people import Project

SORTS = {
    "place": "d.place, a.start_at, a.id",
    "concept": "c.name is null, c.name collate nocase, d.id, a.start_at, a.id",
    "label": "a.label_id, d.place, a.start_at, a.id",
    "stance": "json_extract(a.attributes, '$.stance') is null, "
    "json_extract(a.attributes, '$.stance'), d.id, a.start_at, a.id",
    "actor": """(select min(coalesce(m.name, e.name) collate nocase) from relations r
        left join annotations k on k.id = r.child_id
        join entities e on e.id = coalesce(r.child_entity_id, k.entity_id)
        left join entities m on m.id = e.merged_into
        where r.head_id = a.id and r.deleted = 0) nulls last, d.id, a.start_at, a.id""",
    "changed": "a.seq desc, a.id",
}

CHUNK_SIZE = 500
"""Statements that are read at a time where all are wanted."""

MAX_ORDERS = 8
"""Lists of numbers that are kept: eight bytes a statement each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which statements: each field that is not empty narrows the choice. All are names.

    ``document`` and ``layer`` are ids. ``actor`` is an entity that any relation of the statement
    leads to, directly or through a mark. ``status`` is the derived one where relations say so.
    ``unsure`` is “1” for those that somebody is unsure of.
    """

    label: str = ""
    concept: str = ""
    actor: str = ""
    status: str = ""
    document: str = ""
    layer: str = ""
    unsure: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A statement with the document it stands in."""

    statement: Statement
    document: KeptDocument

    @property
    def annotation(self) -> Annotation:
        return self.statement.annotation


class Statements:
    """The claims and demands of all projects."""

    def __init__(
        self, database: Database, codebooks: Codebooks, documents: Documents, marks: Marks
    ):
        self._database, self._codebooks = database, codebooks
        self._documents, self._marks = documents, marks
        self._log = Log(database)
        self._orders: OrderedDict[tuple[int, Wanted, str], tuple[int, Sequence[int]]] = (
            OrderedDict()
        )
        self._guard = Lock()

    def count(self, project: Project, wanted: Wanted, sort: str = "place") -> int:
        """How many statements there are of those wanted."""
        # In the order that a page is shown in, so that both come from one list.
        return len(self._order(project, wanted, sort))

    def page(
        self,
        project: Project,
        wanted: Wanted,
        sort: str = "place",
        limit: int = 100,
        offset: int = 0,
    ) -> list[Found]:
        """Some of the statements wanted, in an order of ``SORTS``."""
        keys = self._order(project, wanted, sort)[offset : offset + limit]
        return list(self._found(project, self._rows(keys)))

    def all(self, project: Project, wanted: Wanted, sort: str = "place") -> Iterator[Found]:
        """All statements wanted, read a few hundred at a time.

        One that is deleted meanwhile is left out.
        """
        keys = self._order(project, wanted, sort)
        for start in range(0, len(keys), CHUNK_SIZE):
            yield from self._found(project, self._rows(keys[start : start + CHUNK_SIZE]))

    def _order(self, project: Project, wanted: Wanted, sort: str) -> Sequence[int]:
        """The numbers of all statements wanted, in an order of ``SORTS``."""
        sort = sort if sort in SORTS else "place"
        asked = (project.key, wanted, sort)
        if self._database.is_writing:  # what is being written may yet be taken back
            return self._read_order(project, wanted, sort)
        with self._database.reading():
            version = self._log.newest()
            with self._guard:
                known = self._orders.get(asked)
            if known is not None and known[0] == version:
                return known[1]
            found = self._read_order(project, wanted, sort)
        with self._guard:
            self._orders[asked] = (version, found)
            self._orders.move_to_end(asked)
            while len(self._orders) > MAX_ORDERS:
                self._orders.popitem(last=False)
        return found

    def _read_order(self, project: Project, wanted: Wanted, sort: str) -> Sequence[int]:
        where, values = self._where(project, wanted)
        rows = self._database.rows(f"select a.id {where} order by {SORTS[sort]}", values)
        return array("q", (key for (key,) in rows))

    def _rows(self, keys: Sequence[int]) -> list[tuple[str, int]]:
        """The ids and documents of living marks, in the order of their numbers given."""
        rows = self._database.rows(
            """select a.uid, a.document_id from json_each(:keys) k
            cross join annotations a on a.id = k.value where a.deleted = 0 order by k.key""",
            {"keys": orjson.dumps(list(keys)).decode()},
        )
        return list(rows)

    def one(self, project: Project, uid: str) -> Found:
        """One statement as it stands now. Raises ``NotFound``."""
        mark = self._marks.find(project, uid)
        if not self._codebooks.of(project.key).label(mark.value.label).takes_concept:
            raise NotFound("statement", uid)
        return next(self._found(project, [(uid, mark.document)]))

    def _found(self, project: Project, rows: Sequence[tuple[str, int]]) -> Iterator[Found]:
        uids = [uid for uid, _ in rows]
        of_head: dict[str, list[Relation]] = {}
        for relation in self._marks.relations_at(project, uids):
            of_head.setdefault(relation.head, []).append(relation)
        children = {r.child for uid in uids for r in of_head.get(uid, ()) if r.child}
        ends = sorted(children | set(uids))
        marks = {mark.id: mark for mark in self._marks.several(project, ends)}
        codebook = self._codebooks.of(project.key)
        kept: dict[tuple[int, int], KeptDocument] = {}
        for uid, key in rows:
            if uid not in marks:
                continue  # deleted since its number was read
            place = (key, marks[uid].revision)
            if place not in kept:
                kept[place] = self._documents.by_key(*place)
            document = kept[place]
            mine = of_head.get(uid, [])
            near = [marks[uid], *(marks[r.child] for r in mine if r.child in marks)]
            yield from (
                Found(statement, document)
                for statement in statements(codebook, near, mine, document.value.text)[:1]
            )

    def _where(self, project: Project, wanted: Wanted) -> tuple[str, dict[str, Any]]:
        """The ``from`` and ``where`` of the statements wanted, and the values in it."""
        coding = self._codebooks.coding(project.key)
        concepts = {label.name for label in coding.codebook.labels if label.takes_concept}
        labels = [
            key
            for key, name in coding.label_names.items()
            if name in concepts and wanted.label in ("", name)
        ]
        status = {
            coding.kind_keys[kind.name]: kind.sets_status
            for kind in coding.codebook.relations
            if kind.sets_status
        }
        setting = [key for key, name in status.items() if name == wanted.status]
        conditions = {
            "concept": _CONCEPT,
            "document": "d.uid = :document",
            "layer": _LAYER,
            "actor": _ACTOR,
            "status": _STATUS,
            "unsure": "a.unsure = 1",
        }
        chosen = [text for name, text in conditions.items() if getattr(wanted, name)]
        # The planner has no figures, so the order of the tables is written down. The labels, too:
        # a list in JSON takes three times as long as the rest of the query.
        begin = _FROM_NAMES if wanted.actor or wanted.concept else _FROM_DOCUMENTS
        of_labels = f"a.label_id in ({', '.join(str(int(key)) for key in labels)})"
        return (
            " and ".join([begin, of_labels, *chosen]),
            {
                "project": project.key,
                "concept": wanted.concept,
                "document": wanted.document,
                "layer": wanted.layer,
                "actor": wanted.actor,
                "status": wanted.status,
                "setting": orjson.dumps(setting).decode(),
                "any_setting": orjson.dumps(list(status)).decode(),
            },
        )


_DOCUMENTS = """(select id, uid, row_number() over (order by title collate nocase, id) as place
    from documents where project_id = :project and deleted = 0) d"""

_CONCEPTS = """left join concepts c on c.id = a.concept_id
    left join concepts cm on cm.id = c.merged_into"""

_FROM_DOCUMENTS = f"""from {_DOCUMENTS} cross join annotations a indexed by annotation_places
    on a.document_id = d.id and a.deleted = 0 {_CONCEPTS} where 1"""

_FROM_NAMES = f"""from annotations a cross join {_DOCUMENTS} on d.id = a.document_id {_CONCEPTS}
    where +a.project_id = :project and a.deleted = 0"""

_LAYER = "a.layer_id in (select id from layers where project_id = :project and uid = :layer)"

# Both begin at the name, of which there are few, and not at each statement of the project.
_CONCEPT = """a.concept_id in (
    select n.id from concepts n left join concepts m on m.id = n.merged_into
    where n.project_id = :project and coalesce(m.name, n.name) = :concept)"""

_NAMED = """select e.id from entities e left join entities m on m.id = e.merged_into
    where e.project_id = :project and coalesce(m.name, e.name) = :actor"""

_ACTOR = f"""a.id in (
    select r.head_id from relations r where r.deleted = 0 and r.child_entity_id in ({_NAMED})
    union all
    select r.head_id from annotations k join relations r on r.child_id = k.id
    where r.deleted = 0 and r.child_entity_id is null and k.entity_id in ({_NAMED}))"""  # noqa: S608

_STATUS = """(exists (
    select 1 from relations r where r.head_id = a.id and r.deleted = 0
    and r.kind_id in (select value from json_each(:setting)))
    or (json_extract(a.attributes, '$.status') = :status and not exists (
        select 1 from relations r where r.head_id = a.id and r.deleted = 0
        and r.kind_id in (select value from json_each(:any_setting)))))"""
