"""Reading annotations and relations: of a document, of a list of ids, and where a change shows.

The store keeps numbers; what is given names label, entity and concept.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from annotations.document import Annotation, Origin, Relation
from annotations.errors import NotFound
from annotations.spans import Span
from annotations.store.codebooks import Codebooks, Coding
from annotations.store.database import Database
from annotations.store.documents import KeptDocument
from annotations.store.people import Project
from annotations.store.tallies import Marked, Tallies
from annotations.store.values import loads

_ANNOTATION = """select a.uid, a.start_at, a.end_at, a.label_id, a.fragments, a.attributes,
    coalesce(em.name, e.name), coalesce(cm.name, c.name), a.note, a.unsure, a.origin,
    a.origin_source, a.origin_score, a.origin_edited, a.codebook_version, a.created, a.updated,
    a.extra, a.seq, l.uid, a.id, a.revision, a.doubt, a.document_id, a.layer_id, a.deleted
from annotations a join layers l on l.id = a.layer_id
left join entities e on e.id = a.entity_id left join entities em on em.id = e.merged_into
left join concepts c on c.id = a.concept_id left join concepts cm on cm.id = c.merged_into"""

_RELATION = """select
    r.uid, h.uid, r.kind_id, k.uid, coalesce(em.name, e.name), r.extra, r.seq, l.uid,
    r.document_id, h.revision
from relations r join annotations h on h.id = r.head_id join layers l on l.id = r.layer_id
left join annotations k on k.id = r.child_id
left join entities e on e.id = r.child_entity_id left join entities em on em.id = e.merged_into"""

_PLACES = """with
own (id) as (
    select object_id from change_items where seq = :seq and kind = 'annotations'
    union select id from annotations where created_seq = :seq),
links (id) as (
    select object_id from change_items where seq = :seq and kind = 'relations'
    union select id from relations where created_seq = :seq),
shown (id) as (
    select id from own
    union select head_id from relations where id in (select id from links)
    union select child_id from relations where id in (select id from links)
        and child_id is not null
    union select head_id from relations where child_id in (select id from own) and deleted = 0
    union select child_id from relations where head_id in (select id from own)
        and child_id is not null and deleted = 0)
select start_at, end_at from annotations where id in (select id from shown)
    and (:document is null or document_id = :document)
union select json_extract(before, '$.start_at'), json_extract(before, '$.end_at')
    from change_items where seq = :seq and kind = 'annotations'
    and json_extract(before, '$.start_at') is not null
    and (:document is null or json_extract(before, '$.document_id') = :document)
order by 1, 2"""

_FEW = 10


@dataclass(frozen=True, slots=True)
class KeptMark:
    """An annotation as the store holds it: its number, its document's and its layer's."""

    key: int
    document: int
    layer: int
    value: Annotation


_bare: Callable[[type[Annotation]], Annotation] = object.__new__
_PUTTERS: tuple[Callable[[Annotation, Any], None], ...] = tuple(
    vars(Annotation)[name].__set__
    for name in (
        "id", "start", "end", "label", "fragments", "attributes", "entity", "concept", "note",
        "unsure", "origin", "codebook", "created", "updated", "extra", "version", "layer", "key",
        "revision", "doubt",
    )
)  # fmt: skip
_origin = lru_cache(maxsize=1024)(Origin)


def _annotation(row: Sequence[Any], coding: Coding) -> Annotation:
    """The annotation in a row of ``_ANNOTATION``.

    The fields are filled one by one: the constructor of a frozen dataclass with this many fields
    takes longer than all the rest of reading a row.
    """
    made = _bare(Annotation)
    for put, value in zip(
        _PUTTERS,
        (
            *row[:3],
            coding.label_names[row[3]],
            tuple(Span(*pair) for pair in orjson.loads(row[4])) if row[4] else (),
            loads(row[5]) if row[5] != "{}" else {},
            *row[6:9],
            bool(row[9]),
            _origin(row[10], row[11], row[12], bool(row[13])),
            *row[14:17],
            loads(row[17]) if row[17] != "{}" else {},
            *row[18:23],
        ),
        strict=True,
    ):
        put(made, value)
    return made


def _relation(row: Sequence[Any], coding: Coding) -> Relation:
    return Relation(
        id=row[0],
        head=row[1],
        label=coding.kind_names[row[2]],
        child=row[3],
        child_entity=row[4],
        extra=loads(row[5]) if row[5] != "{}" else {},
        version=row[6],
        layer=row[7],
    )


def chosen(layers: Sequence[int] | None) -> tuple[str, dict[str, Any]]:
    """What keeps the rows of a table (``{0}``) to some layers, and the values in it."""
    if layers is None:
        return "", {}
    if len(layers) < _FEW:  # written out: a list in JSON takes as long as the rest of the query
        return f"and {{0}}.layer_id in ({', '.join(str(int(key)) for key in layers)})", {}
    return (
        "and {0}.layer_id in (select value from json_each(:layers))",
        {"layers": orjson.dumps(list(layers)).decode()},
    )


@dataclass(frozen=True, slots=True)
class AnnotationFilter:
    """Which annotations a page shows: of these layers and labels (``None``: all), by their numbers;
    perhaps only unsure ones."""

    layers: Sequence[int] | None = None
    labels: Sequence[int] | None = None
    unsure: bool = False


_WHOLE = Span(0, 2**53)


def _within(
    document: KeptDocument,
    layers: Sequence[int] | None,
    within: Span,
    which: AnnotationFilter | None = None,
) -> tuple[str, dict[str, Any]]:
    """The condition for the living annotations that share a character with a stretch of a text."""
    clause, values = chosen(layers)
    values |= {
        "document": document.key,
        "revision": document.value.revision,
        "since": within.start,
        "until": within.end,
    }
    if which is not None and which.labels is not None:
        clause += " and {0}.label_id in (select value from json_each(:labels))"
        values["labels"] = orjson.dumps(list(which.labels)).decode()
    if which is not None and which.unsure:
        clause += " and {0}.unsure = 1"
    return (
        "where a.document_id = :document and a.deleted = 0 and a.revision = :revision "
        f"{clause.format('a')} and a.start_at < :until and a.end_at > :since",
        values,
    )


class KeptMarks:
    """The annotations and relations of all documents, to be read."""

    def __init__(self, database: Database, codebooks: Codebooks):
        self._database, self._codebooks = database, codebooks
        self._tallies = Tallies(database)

    def of(
        self,
        document: KeptDocument,
        layers: Sequence[int] | None = None,
        within: Span | None = None,
        coding: Coding | None = None,
    ) -> list[Annotation]:
        """The living annotations of a document's text, by place (ties: the longer first).

        ``layers`` keeps those of these layers; ``within`` those whose hull shares a character with
        it. ``coding`` is the project's, if it is known already.
        """
        clause, values = chosen(layers)
        near = ""
        if within is not None:
            near = "and a.start_at < :until and a.end_at > :since"
            values |= {"since": within.start, "until": within.end}
        rows = self._database.rows(
            f"""{_ANNOTATION} where a.document_id = :document and a.deleted = 0
            and a.revision = :revision
            {clause.format("a")} {near} order by a.start_at, a.end_at desc, a.id""",
            {"document": document.key, "revision": document.value.revision, **values},
        )
        coding = coding or self._codebooks.coding(document.project)
        return [_annotation(row, coding) for row in rows]

    def count_within(
        self, document: KeptDocument, layers: Sequence[int] | None, within: Span
    ) -> int:
        """How many living annotations of a document's text share a character with a stretch."""
        where, values = _within(document, layers, within)
        row = self._database.row(f"select count(*) from annotations a {where}", values)  # noqa: S608
        return int(row[0])

    def listed_within(
        self,
        document: KeptDocument,
        layers: Sequence[int] | None,
        within: Span,
        limit: int,
        offset: int,
        coding: Coding,
    ) -> list[Annotation]:
        """Some of these, by place."""
        where, values = _within(document, layers, within)
        rows = self._database.rows(
            f"""{_ANNOTATION} where a.id in (select a.id from annotations a {where}
                order by a.start_at, a.end_at desc, a.id limit :limit offset :offset)
            order by a.start_at, a.end_at desc, a.id""",  # noqa: S608
            {**values, "limit": limit, "offset": offset},
        )
        return [_annotation(row, coding) for row in rows]

    def spans_of(
        self, document: KeptDocument, which: "AnnotationFilter", within: Span | None = None
    ) -> list[tuple[int, int, int]]:
        """Start, end and number of the chosen annotations at each span, sorted as ``of`` sorts.

        ``within`` keeps those that share a character with it.
        """
        where, values = _within(document, which.layers, within or _WHOLE, which)
        return self._database.rows(
            f"""select a.start_at, a.end_at, count(*) from annotations a {where}
            group by a.start_at, a.end_at order by a.start_at, a.end_at desc""",  # noqa: S608
            values,
        )

    def at_spans(
        self,
        document: KeptDocument,
        which: "AnnotationFilter",
        spans: Mapping[tuple[int, int], int],
        coding: Coding,
    ) -> list[Annotation]:
        """The oldest of the chosen annotations at each span, as many as it is given, by place."""
        where, values = _within(document, which.layers, _WHOLE, which)
        numbers = [
            key
            for (start, end), count in spans.items()
            for (key,) in self._database.rows(
                f"""select a.id from annotations a {where}
                and a.start_at = :start and a.end_at = :end order by a.id limit :count""",  # noqa: S608
                {**values, "start": start, "end": end, "count": count},
            )
        ]
        rows = self._database.rows(
            f"""{_ANNOTATION} where a.id in (select value from json_each(:numbers))
            order by a.start_at, a.end_at desc, a.id""",  # noqa: S608
            {"numbers": orjson.dumps(numbers).decode()},
        )
        return [_annotation(row, coding) for row in rows]

    def relations_of(
        self,
        document: KeptDocument,
        layers: Sequence[int] | None = None,
        coding: Coding | None = None,
    ) -> list[Relation]:
        """The living relations of a document's text, oldest first."""
        clause, values = chosen(layers)
        rows = self._database.rows(
            f"""{_RELATION} where r.document_id = :document and r.deleted = 0
            and h.revision = :revision {clause.format("r")} order by r.id""",
            {"document": document.key, "revision": document.value.revision, **values},
        )
        coding = coding or self._codebooks.coding(document.project)
        return [_relation(row, coding) for row in rows]

    def of_several(
        self, documents: Sequence[int], layers: Sequence[int], coding: Coding
    ) -> dict[tuple[int, int], dict[str, Sequence[Annotation]]]:
        """The living annotations of all texts of documents of one project, by place: by document
        and revision, then by the id of their layer."""
        clause, values = chosen(layers)
        rows = self._database.rows(
            f"""{_ANNOTATION} where a.document_id in (select value from json_each(:documents))
            and a.deleted = 0 {clause.format("a")}
            order by a.document_id, a.start_at, a.end_at desc, a.id""",  # noqa: S608
            {"documents": orjson.dumps(list(documents)).decode(), **values},
        )
        found: dict[tuple[int, int], dict[str, list[Annotation]]] = {}
        for row in rows:
            mark = _annotation(row, coding)
            on_text = found.setdefault((row[-3], mark.revision), {})
            on_text.setdefault(mark.layer, []).append(mark)
        return {
            where: {layer: tuple(marks) for layer, marks in on_text.items()}
            for where, on_text in found.items()
        }

    def relations_of_several(
        self, documents: Sequence[int], layers: Sequence[int], coding: Coding
    ) -> dict[tuple[int, int], dict[str, list[Relation]]]:
        """The living relations in the same way, oldest first."""
        clause, values = chosen(layers)
        rows = self._database.rows(
            f"""{_RELATION} where r.document_id in (select value from json_each(:documents))
            and r.deleted = 0 {clause.format("r")} order by r.id""",  # noqa: S608
            {"documents": orjson.dumps(list(documents)).decode(), **values},
        )
        found: dict[tuple[int, int], dict[str, list[Relation]]] = {}
        for row in rows:
            relation = _relation(row, coding)
            found.setdefault((row[-2], row[-1]), {}).setdefault(relation.layer, []).append(relation)
        return found

    def relations_at(self, project: Project, uids: Sequence[str]) -> list[Relation]:
        """The living relations that have one of these annotations as head or child."""
        values = {"project": project.key, "uids": orjson.dumps(list(uids)).decode()}
        wanted = "select id from annotations where project_id = :project and uid in "
        wanted += "(select value from json_each(:uids))"
        rows = self._database.rows(
            f"""{_RELATION} where r.deleted = 0 and r.id in (
                select id from relations where head_id in ({wanted})
                union select id from relations where child_id in ({wanted}))
            order by r.id""",  # noqa: S608
            values,
        )
        coding = self._codebooks.coding(project.key)
        return [_relation(row, coding) for row in rows]

    def relations_joining(self, marks: Sequence[int], coding: Coding) -> list[Relation]:
        """The same by the numbers of the annotations; ``coding`` is that of their project."""
        rows = self._database.rows(
            f"""{_RELATION} where r.deleted = 0 and r.id in (
                select id from relations where head_id in (select value from json_each(:marks))
                union select id from relations where child_id in (
                    select value from json_each(:marks)))
            order by r.id""",  # noqa: S608
            {"marks": orjson.dumps(list(marks)).decode()},
        )
        return [_relation(row, coding) for row in rows]

    def several(
        self, project: Project, uids: Sequence[str], coding: Coding | None = None
    ) -> list[Annotation]:
        """The living annotations with these ids, by place; unknown ids are left out."""
        rows = self._database.rows(
            f"""{_ANNOTATION} where a.project_id = :project and a.deleted = 0
            and a.uid in (select value from json_each(:uids))
            order by a.start_at, a.end_at desc, a.id""",  # noqa: S608
            {"project": project.key, "uids": orjson.dumps(list(uids)).decode()},
        )
        coding = coding or self._codebooks.coding(project.key)
        return [_annotation(row, coding) for row in rows]

    def find(self, project: Project, uid: str, deleted: bool = False) -> KeptMark:
        """The annotation with that id; a deleted one only if asked for. Raises ``NotFound``."""
        row = self._database.row(
            f"{_ANNOTATION} where a.project_id = :project and a.uid = :uid",
            {"project": project.key, "uid": uid},
        )
        if row is None or (row[-1] and not deleted):
            raise NotFound("mark", uid)
        coding = self._codebooks.coding(project.key)
        document, layer = row[-3:-1]
        return KeptMark(row[20], document, layer, _annotation(row, coding))

    def counts(
        self,
        document: KeptDocument,
        layers: Sequence[int] | None = None,
        coding: Coding | None = None,
    ) -> dict[str, int]:
        """How many living annotations each label has, by the label's name."""
        coding = coding or self._codebooks.coding(document.project)
        inside = None if layers is None else tuple(layers)
        marked = Marked(document.project, document.key, document.value.revision, inside)
        counts = self._tallies.of(marked, lambda: self._counted(marked, coding))
        found: dict[str, int] = {}
        for key, name in coding.label_names.items():
            if count := counts.get(key):
                found[name] = found.get(name, 0) + count
        return found

    def _counted(self, marked: Marked, coding: Coding) -> dict[int, int]:
        """The same by the label's key, in one pass over an index; grouping would sort all of it."""
        clause, values = chosen(marked.layers)
        sums = ", ".join(f"sum(a.label_id = {int(key)})" for key in coding.label_names)
        row = self._database.row(
            f"""select {sums or 0} from annotations a
            where a.document_id = :document and a.deleted = 0
            and a.revision = :revision {clause.format("a")}""",  # noqa: S608
            {"document": marked.document, "revision": marked.revision, **values},
        )
        return {key: count for key, count in zip(coding.label_names, row, strict=False) if count}

    def places(self, seq: int, document: int | None = None) -> list[Span]:
        """Where a change shows: the hulls, before and after it, of every mark that it touched.

        A change that was made in several documents at once shows in one of them only by the marks
        that lie there: then ``document`` names it.

        A mark is touched by its own change, by one of a relation that it is an end of, and by one
        of a mark that it is joined with, because its card names that.
        """
        rows = self._database.rows(_PLACES, {"seq": seq, "document": document})
        return [Span(start, end) for start, end in rows]
