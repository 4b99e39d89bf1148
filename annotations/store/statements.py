"""Every claim and demand of a project with its actors: found, filtered and ordered by the database.

What makes a statement of a mark is said in ``annotations/statements.py``; here it is only chosen
which ones, so that a page of them costs the same in a project of ten and of ten thousand documents.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from annotations.document import Annotation
from annotations.errors import NotFound
from annotations.statements import Statement, statements
from annotations.store.codebooks import Codebooks
from annotations.store.database import Database
from annotations.store.documents import Documents, KeptDocument
from annotations.store.marks import Marks
from annotations.store.people import Project

SORTS = {
    "place": "d.title collate nocase, d.id, a.start_at, a.id",
    "concept": "c.name is null, c.name collate nocase, d.id, a.start_at, a.id",
    "label": "a.label_id, d.title collate nocase, d.id, a.start_at, a.id",
    "stance": "json_extract(a.attributes, '$.stance') is null, "
    "json_extract(a.attributes, '$.stance'), d.id, a.start_at, a.id",
    "actor": """(select min(coalesce(m.name, e.name) collate nocase) from relations r
        left join annotations k on k.id = r.child_id
        join entities e on e.id = coalesce(r.child_entity_id, k.entity_id)
        left join entities m on m.id = e.merged_into
        where r.head_id = a.id and r.deleted = 0) nulls last, d.id, a.start_at, a.id""",
    "changed": "a.seq desc, a.id",
}


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

    def count(self, project: Project, wanted: Wanted) -> int:
        """How many statements there are of those wanted."""
        where, values = self._where(project, wanted)
        return int(self._database.row(f"select count(*) {where}", values)[0])

    def page(
        self,
        project: Project,
        wanted: Wanted,
        sort: str = "place",
        limit: int = 100,
        offset: int = 0,
    ) -> list[Found]:
        """Some of the statements wanted, in an order of ``SORTS``."""
        where, values = self._where(project, wanted)
        rows = self._database.rows(
            f"""select a.uid, a.document_id {where}
            order by {SORTS.get(sort, SORTS["place"])} limit :limit offset :offset""",
            {**values, "limit": limit, "offset": offset},
        )
        return list(self._found(project, rows))

    def all(self, project: Project, wanted: Wanted, sort: str = "place") -> Iterator[Found]:
        """All statements wanted, read a few hundred at a time."""
        offset = 0
        while True:
            found = self.page(project, wanted, sort, 500, offset)
            yield from found
            if len(found) < 500:
                return
            offset += 500

    def one(self, project: Project, uid: str) -> Found:
        """One statement as it stands now. Raises ``NotFound``."""
        mark = self._marks.find(project, uid)
        if not self._codebooks.of(project.key).label(mark.value.label).takes_concept:
            raise NotFound("statement", uid)
        return next(self._found(project, [(uid, mark.document)]))

    def _found(self, project: Project, rows: list[Any]) -> Iterator[Found]:
        uids = [uid for uid, _ in rows]
        relations = self._marks.relations_at(project, uids)
        ends = {end for r in relations for end in (r.head, r.child) if end} | set(uids)
        marks = {mark.id: mark for mark in self._marks.several(project, sorted(ends))}
        codebook = self._codebooks.of(project.key)
        kept: dict[tuple[int, int], KeptDocument] = {}
        for uid, key in rows:
            place = (key, marks[uid].revision)
            document = kept.get(place) or kept.setdefault(place, self._documents.by_key(*place))
            mine = [relation for relation in relations if relation.head == uid]
            near = [marks[uid], *(marks[r.child] for r in mine if r.child in marks)]
            yield Found(statements(codebook, near, mine, document.value.text)[0], document)

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
            "layer": "l.uid = :layer",
            "actor": _ACTOR,
            "status": _STATUS,
            "unsure": "a.unsure = 1",
        }
        chosen = [text for name, text in conditions.items() if getattr(wanted, name)]
        begin = _FROM
        if wanted.actor or wanted.concept:
            # The plus keeps the planner, which has no figures, from walking the whole project.
            begin = begin.replace("where a.project_id", "where +a.project_id")
        return (
            " and ".join([begin, *chosen]),
            {
                "project": project.key,
                "labels": orjson.dumps(labels).decode(),
                "concept": wanted.concept,
                "document": wanted.document,
                "layer": wanted.layer,
                "actor": wanted.actor,
                "status": wanted.status,
                "setting": orjson.dumps(setting).decode(),
                "any_setting": orjson.dumps(list(status)).decode(),
            },
        )


_FROM = """from annotations a join documents d on d.id = a.document_id
    join layers l on l.id = a.layer_id
    left join concepts c on c.id = a.concept_id left join concepts cm on cm.id = c.merged_into
    where a.project_id = :project and a.deleted = 0 and d.deleted = 0
    and a.label_id in (select value from json_each(:labels))"""

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
