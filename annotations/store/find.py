"""Finding marks, documents and names by a query, and every place where words stand.

Words are looked up in the two indexes (``search`` for texts, ``marked`` for marks), everything else
in the tables. Whoever looks for marks brings ``index`` up to date first.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from annotations.codebook import Codebook
from annotations.document import Annotation
from annotations.errors import BadInput
from annotations.patterns import Patience, stands_in
from annotations.query import Condition, Query, folded, hits, parse, places
from annotations.spans import Span
from annotations.store.codebooks import Codebooks, Coding
from annotations.store.database import Database
from annotations.store.documents import Documents, KeptDocument
from annotations.store.marked import MarkIndex
from annotations.store.marks import Marks
from annotations.store.people import Project
from annotations.store.search import Search

MOST_COUNTED = 10_000
"""Beyond so many, it is only said that there are more."""

COMMON = 20_000
"""Marks that hold the words of a query, from which on it is quicker to look at all by place."""

LONGEST_HIT = 300
"""Characters of a hit that a line of a concordance shows; patterns may fit very long ones."""

MOST_LINES = 5_000
"""Lines of a concordance; with more, the query wants narrowing."""

AROUND = 80
"""Characters of context on each side of a hit in a concordance."""


@dataclass(frozen=True, slots=True)
class FoundMark:
    """A mark with its document. ``place`` is what the next page begins behind."""

    mark: Annotation
    document: KeptDocument
    place: str


@dataclass(frozen=True, slots=True)
class FoundName:
    """An actor (``kind`` ``"actors"``) or concept (``"concepts"``) and all that it is called."""

    kind: str
    id: str
    name: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A hit with what stands around it. ``left`` and ``right`` are on one line, at most ``AROUND``.

    ``key`` is the document's number; the span is in code points.
    """

    key: int
    title: str
    span: Span
    left: str
    hit: str
    right: str


@dataclass(frozen=True, slots=True)
class Lines:
    """A concordance in one order; ``cut`` tells that there are more hits than it holds."""

    lines: Sequence[Line]
    cut: bool


class Find:
    """Finding in all projects."""

    def __init__(
        self,
        database: Database,
        codebooks: Codebooks,
        documents: Documents,
        marks: Marks,
        search: Search,
    ):
        self.index = MarkIndex(database)
        self._database, self._codebooks = database, codebooks
        self._documents, self._marks, self._search = documents, marks, search

    def query(self, project: Project, text: str, live: bool = False) -> Query:
        """What a person typed, with the attributes that this project's codebook knows.

        Raises ``BadInput``.
        """
        return parse(text, attribute_names(self._codebooks.of(project.key)), live)

    # --- marks

    def marks(
        self, project: Project, query: Query, after: str = "", limit: int = 100
    ) -> list[FoundMark]:
        """Marks that fit, by document and place, behind the ``place`` of another.

        Those of suggestions' layers are none. Raises ``BadInput`` for a name that nothing bears.
        """
        if not query.seeks("mark"):
            return []
        where, values = self._of_marks(project, query, by_place=self._is_common(query))
        place = [0, 0, 0]
        if after:
            place = _place(after)
        rows = self._database.rows(
            f"""select a.uid, d.id, a.start_at, a.id {where}
            and d.id >= :document and (d.id, a.start_at, a.id) > (:document, :start, :id)
            order by d.id, a.start_at, a.id limit :limit""",
            {**values, "document": place[0], "start": place[1], "id": place[2], "limit": limit},
        )
        by_id = {a.id: a for a in self._marks.several(project, [row[0] for row in rows])}
        kept: dict[int, KeptDocument] = {}
        found = []
        for uid, key, start, number in rows:
            if key not in kept:
                kept[key] = self._documents.by_key(key)
            found.append(FoundMark(by_id[uid], kept[key], f"{key}.{start}.{number}"))
        return found

    def count_marks(self, project: Project, query: Query) -> int:
        """How many marks fit: exactly up to ``MOST_COUNTED``, and one more where there are more."""
        if not query.seeks("mark"):
            return 0
        where, values = self._of_marks(project, query)
        row = self._database.row(
            f"select count(*) from (select 1 {where} limit :most)",  # noqa: S608
            {**values, "most": MOST_COUNTED + 1},
        )
        return int(row[0])

    def _is_common(self, query: Query) -> bool:
        """Whether so many marks may fit that it is quicker to go through them by place."""
        if not query.terms:
            return True
        row = self._database.row(
            """select count(*) from (
                select 1 from mark_search where mark_search match :words limit :common)""",
            {**_words(query), "common": COMMON},
        )
        return int(row[0]) == COMMON

    def _of_marks(
        self, project: Project, query: Query, by_place: bool = False
    ) -> tuple[str, dict[str, Any]]:
        """``by_place`` goes through documents in their order, so that a page ends the search."""
        self._teach()
        coding = self._codebooks.coding(project.key)
        parts, values = (
            [_BY_PLACE if by_place else _FROM_MARKS],
            {"project": project.key, **_words(query)},
        )
        if query.terms:
            parts.append("a.id in (select rowid from mark_search where mark_search match :words)")
        if query.without:
            parts.append(
                "a.id not in (select rowid from mark_search where mark_search match :without)"
            )
        for number, (pattern, wanted) in enumerate(_patterns(query)):
            parts.append(_fitting(_STANDS_IN_MARK, number, wanted))
            values[f"p{number}"] = pattern
        for number, (group, negated) in enumerate(query.grouped()):
            alternatives = []
            for n, condition in enumerate(group):
                text, more = self._condition(project, coding, condition, f"c{number}_{n}")
                alternatives.append(text)
                values |= more
            parts.append(f"{'not ' if negated else ''}({' or '.join(alternatives)})")
        return " and ".join(parts), values

    def _condition(
        self, project: Project, coding: Coding, condition: Condition, name: str
    ) -> tuple[str, dict[str, Any]]:
        """A condition on a mark ``a`` in a document ``d``, and the values in it."""
        if condition.attribute:
            return self._attribute(condition, name)
        if condition.name == "note":
            return self._note(condition, name)
        if condition.name == "unsure":
            return f"a.unsure = :{name}", {name: int(condition.value == "yes")}
        if condition.name == "state":
            return _STATE_OF_MARK.format(name), {name: condition.value}
        column, keys = self._keys(project, coding, condition)
        # Without keys the column would be compared with nothing, and null is not false.
        return (
            f"coalesce({column} in (select value from json_each(:{name})), 0)",  # noqa: S608
            {name: orjson.dumps(keys).decode()},
        )

    def _keys(
        self, project: Project, coding: Coding, condition: Condition
    ) -> tuple[str, list[int]]:
        """The column of a mark that a condition is about, and the numbers it may hold."""
        if condition.name == "label":
            return "a.label_id", _labels(coding, condition)
        if condition.name == "by":
            return "a.layer_id", self._layers(project, condition)
        if condition.name == "entity":
            return "a.entity_id", self._named(project, "entities", condition)
        if condition.name == "concept":
            return "a.concept_id", self._named(project, "concepts", condition)
        return "a.document_id", self._titled(project, condition)

    def _note(self, condition: Condition, name: str) -> tuple[str, dict[str, Any]]:
        if condition.value == "*":
            return f"a.note <> :{name}", {name: ""}
        words = parse(f'"{condition.value.rstrip("*")}"' + "*" * condition.value.endswith("*"))
        if not words.terms:
            return f"instr(a.note, :{name})", {name: condition.value}
        return (
            f"a.id in (select rowid from mark_search where mark_search match :{name})",  # noqa: S608
            {name: f"note : {words.terms[0].match}"},
        )

    def _attribute(self, condition: Condition, name: str) -> tuple[str, dict[str, Any]]:
        """The index finds the words of a value; the mark tells whether it is this one."""
        exact = f"""exists (select 1 from json_each(a.attributes) j where j.key = :{name}_key
            and fits(:{name}, case j.type when 'true' then 'yes' when 'false' then 'no'
                else j.atom end))"""  # noqa: S608
        values = {name: condition.value, f"{name}_key": condition.name}
        words = parse(f'"{condition.value.rstrip("*")}"' + "*" * condition.value.endswith("*"))
        if not words.terms:
            return exact, values
        first = "a.id in (select rowid from mark_search where mark_search match "
        return (
            f"({first}:{name}_words) and {exact})",
            {**values, f"{name}_words": f"attributes : {words.terms[0].match}"},
        )

    def _layers(self, project: Project, condition: Condition) -> list[int]:
        rows = self._database.rows(
            """select l.id, coalesce(p.name, l.model), l.name from layers l
            left join people p on p.id = l.person_id
            where l.project_id = :project and l.deleted = 0""",
            {"project": project.key},
        )
        found = [key for key, *names in rows if any(condition.fits(n) for n in names if n)]
        if not found:
            known = sorted({name for _, *names in rows for name in names if name})
            raise BadInput(
                f"Nobody called “{condition.value}” has marked here. "
                + (f"Those who have: {', '.join(known[:20])}." if known else "Nobody has yet.")
            )
        return found

    def _named(self, project: Project, table: str, condition: Condition) -> list[int]:
        """The numbers of what bears the name, of all merged with it, and of all below a concept."""
        rows = self._database.rows(
            f"""select id, name, aliases, merged_into,
            {"parent_id" if table == "concepts" else "null"} from {table}
            where project_id = :project and deleted = 0""",  # noqa: S608
            {"project": project.key},
        )
        found = {
            merged or key
            for key, name, aliases, merged, _ in rows
            if any(condition.fits(each) for each in (name, *orjson.loads(aliases)))
        }
        while True:
            more = {key for key, _, _, merged, above in rows if {merged, above} & found} - found
            if not more:
                return sorted(found)
            found |= more

    def _titled(self, project: Project, condition: Condition) -> list[int]:
        asked = folded(condition.value.rstrip("*"))
        rows = self._database.rows(
            "select id, uid, title from documents where project_id = :project and deleted = 0",
            {"project": project.key},
        )
        return [key for key, uid, title in rows if uid == condition.value or asked in folded(title)]

    # --- documents and names

    def documents(
        self, project: Project, query: Query, after: int = 0, limit: int = 50
    ) -> list[KeptDocument]:
        """Documents whose title or text holds all the words, oldest first, behind another's number.

        None when only a mark can be what is sought. Raises ``BadInput``.
        """
        if not query.seeks("document"):
            return []
        where, values = self._of_documents(project, query)
        rows = self._database.rows(
            f"select d.id {where} and d.id > :after order by d.id limit :limit",
            {**values, "after": after, "limit": limit},
        )
        return [self._documents.by_key(key) for (key,) in rows]

    def count_documents(self, project: Project, query: Query) -> int:
        """How many documents fit."""
        if not query.seeks("document"):
            return 0
        where, values = self._of_documents(project, query)
        return int(self._database.row(f"select count(*) {where}", values)[0])

    def _of_documents(
        self, project: Project, query: Query, any_term: bool = False
    ) -> tuple[str, dict[str, Any]]:
        """``any_term`` is satisfied by one of the terms; else all must occur.

        With ``any_term`` and a pattern every text is one to look into.
        """
        self._search.refresh()
        self._teach()
        parts = ["from documents d where d.project_id = :project and d.deleted = 0"]
        values = {"project": project.key, **_words(query)}
        if query.terms and not (any_term and query.patterns):
            words = " or ".join(term.match for term in query.terms) if any_term else values["words"]
            values["words"] = words
            parts.append("d.id in (select rowid from search where search match :words)")
        if query.without:
            parts.append("d.id not in (select rowid from search where search match :without)")
        for number, (pattern, wanted) in enumerate(_patterns(query)):
            if any_term and wanted:
                continue
            parts.append(_fitting(_STANDS_IN_TEXT, number, wanted))
            values[f"p{number}"] = pattern
        for number, (group, negated) in enumerate(query.grouped()):
            alternatives = []
            for n, condition in enumerate(group):
                name = f"c{number}_{n}"
                if condition.name == "state":
                    alternatives.append(_STATE_OF_DOCUMENT.format(name))
                    values[name] = condition.value
                elif condition.name == "in":
                    alternatives.append(f"d.id in (select value from json_each(:{name}))")  # noqa: S608
                    values[name] = orjson.dumps(self._titled(project, condition)).decode()
            if alternatives:
                parts.append(f"{'not ' if negated else ''}({' or '.join(alternatives)})")
        return " and ".join(parts), values

    def names(self, project: Project, query: Query, limit: int = 50) -> list[FoundName]:
        """Actors and concepts whose name or another of their names holds all the words."""
        if not query.seeks("name") or not query.has_places or query.grouped():
            return []
        found = []
        for kind, table in (("actors", "entities"), ("concepts", "concepts")):
            rows = self._database.rows(
                f"""select uid, name, aliases from {table} where project_id = :project
                and deleted = 0 and merged_into is null order by name collate nocase""",  # noqa: S608
                {"project": project.key},
            )
            for uid, name, listed in rows:
                aliases = tuple(orjson.loads(listed))
                said = " · ".join((name, *aliases))
                if _names_fit(query, said):
                    found.append(FoundName(kind, uid, name, aliases))
                if len(found) == limit:
                    return found
        return found

    # --- a concordance

    def lines(
        self, project: Project, query: Query, sort: str = "document", marked: str = ""
    ) -> Lines:
        """Every place where one of the terms stands, with what is around it.

        ``sort`` is one of ``LINE_SORTS``. ``marked``: ``"no"`` leaves out the hits that a mark
        touches, ``"yes"`` those that none does. Operators on marks keep the hits that such a mark
        touches. Raises ``BadInput``.
        """
        if not query.has_places:
            return Lines((), cut=False)
        patience = Patience()
        where, values = self._of_documents(project, query, any_term=True)
        rows = self._database.here.conn.execute(
            f"""select d.id, d.title, t.text from texts t join documents d on d.id = t.document_id
            and d.revision = t.revision where d.id in (select d.id {where}) order by d.title
            collate nocase, d.id""",  # noqa: S608
            values,
        )
        found: list[Line] = []
        cut = False
        for key, title, text in rows:
            spans = places(text, query, patience=patience)
            if query.only_marks or marked:
                spans = self._chosen(project, query, key, spans, marked)
            cut = cut or len(found) + len(spans) > MOST_LINES
            found += [_line(key, title, text, span) for span in spans[: MOST_LINES - len(found)]]
            if cut:
                rows.close()
                break
        if sort in LINE_SORTS:
            found.sort(key=LINE_SORTS[sort])
        return Lines(found, cut)

    def _chosen(
        self, project: Project, query: Query, document: int, places: list[Span], marked: str
    ) -> list[Span]:
        """The places that marks touch, or do not, as they are wanted."""
        if query.only_marks:
            of_marks = tuple(c for c in query.conditions if c.only_marks)
            touched = self._spans(project, Query(conditions=of_marks), document)
            places = [place for place in places if _touches(place, touched)]
        if marked:
            touched = self._spans(project, Query(), document)
            places = [place for place in places if _touches(place, touched) == (marked == "yes")]
        return places

    def _spans(self, project: Project, query: Query, document: int) -> list[tuple[int, int]]:
        where, values = self._of_marks(project, query)
        rows = self._database.rows(
            f"""select a.start_at, a.end_at {where} and a.document_id = :document
            order by a.start_at""",
            {**values, "document": document},
        )
        furthest, found = 0, []
        for start, end in rows:
            furthest = max(furthest, end)
            found.append((start, furthest))
        return found

    def _teach(self) -> None:
        """Let this thread's connection compare values as the query does."""
        conn = self._database.here.conn
        conn.create_function("fits", 2, _fits, deterministic=True)
        conn.create_function("stands", -1, _stands, deterministic=True)


def attribute_names(codebook: Codebook) -> dict[str, str]:
    """The ids of all attributes, by their names and by themselves, folded."""
    found = {}
    for label in codebook.labels:
        for attribute in label.attributes:
            found[folded(attribute.name).replace(" ", "-")] = attribute.id
            found.setdefault(folded(attribute.id), attribute.id)
    return found


def _line(key: int, title: str, text: str, span: Span) -> Line:
    left = " ".join(text[max(0, span.start - 2 * AROUND) : span.start].split())
    right = " ".join(text[span.end : span.end + 2 * AROUND].split())
    if text[max(0, span.start - 1) : span.start].isspace():
        left += " "
    if text[span.end : span.end + 1].isspace():
        right = " " + right
    if len(left) > AROUND:
        left = left[-AROUND:].partition(" ")[2] or left[-AROUND:]
    if len(right) > AROUND:
        right = right[:AROUND].rpartition(" ")[0] or right[:AROUND]
    hit = " ".join(text[span.start : min(span.end, span.start + LONGEST_HIT)].split())
    if len(span) > LONGEST_HIT:
        hit += "…"
    return Line(key, title, span, left, hit, right)


LINE_SORTS: dict[str, Callable[[Line], Any]] = {
    "hit": lambda line: (folded(line.hit), folded(line.right), line.key, line.span),
    "left": lambda line: (folded(line.left).split()[::-1], line.key, line.span),
    "right": lambda line: (folded(line.right).split(), line.key, line.span),
}
"""Orders of a concordance beside that by document; contexts are compared word by word."""


def _touches(place: Span, marks: Sequence[tuple[int, int]]) -> bool:
    """Whether one of the marks, as (start, furthest end so far), shares a character with a place.

    Only the last that begins before the place's end can tell: its furthest end covers all before.
    """
    low, high = 0, len(marks)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if marks[middle][0] < place.end else (low, middle)
    return low > 0 and marks[low - 1][1] > place.start


def _words(query: Query) -> dict[str, Any]:
    found = {}
    if query.terms:
        found["words"] = " ".join(term.match for term in query.terms)
    if query.without:
        found["without"] = " or ".join(term.match for term in query.without)
    return found


def _place(text: str) -> list[int]:
    """Where a page ended, as ``FoundMark.place`` says it. Raises ``BadInput``."""
    numbers = text.split(".")
    if len(numbers) != 3 or not all(n.isascii() and n.isdigit() and len(n) < 19 for n in numbers):
        raise BadInput("The address of this page of results is damaged; search once more.")
    return [int(number) for number in numbers]


def _labels(coding: Coding, condition: Condition) -> list[int]:
    """The numbers of the labels that bear the name or id, and of all merged into them."""
    ids = {label.name: label.id for label in coding.codebook.labels}
    names = {name for name, uid in ids.items() if condition.fits(name) or condition.fits(uid)}
    if not names:
        raise BadInput(f"There is no label “{condition.value}”. The labels are {', '.join(ids)}.")
    own = {coding.label_keys[name] for name in names}
    return sorted(own | {key for key, name in coding.label_names.items() if name in names})


def _stands(pattern: str, *texts: str | None) -> bool:
    """Whether a pattern stands in one of the texts. Read before, so that it cannot be wrong."""
    return any(text is not None and stands_in(pattern, text) for text in texts)


def _patterns(query: Query) -> list[tuple[str, bool]]:
    """The patterns of a query, and whether they must fit."""
    return [*((p, True) for p in query.patterns), *((p, False) for p in query.unlike)]


def _fitting(condition: str, number: int, wanted: bool) -> str:
    """A condition with the pattern of that number; ``wanted``: or with its contrary."""
    return f"{'' if wanted else 'not '}{condition.format(number)}"


def _names_fit(query: Query, said: str) -> bool:
    """Whether all that something is called holds all words and patterns, and none unwanted."""
    return (
        all(hits(said, [term], 1) for term in query.terms)
        and not any(hits(said, [term], 1) for term in query.without)
        and all(stands_in(pattern, said) == wanted for pattern, wanted in _patterns(query))
    )


def _fits(asked: str, value: Any) -> bool:
    return Condition("", asked).fits("" if value is None else str(value))


_STANDS_IN_MARK = """exists (select 1 from mark_search m
    where m.rowid = a.id and stands(:p{0}, m.plain))"""

_STANDS_IN_TEXT = """exists (select 1 from texts t where t.document_id = d.id
    and t.revision = d.revision and stands(:p{0}, d.title, t.text))"""

_FROM_MARKS = """from annotations a join documents d on d.id = a.document_id
    join layers l on l.id = a.layer_id
    where a.project_id = :project and a.deleted = 0 and d.deleted = 0 and l.kind <> 'suggestion'"""

_BY_PLACE = """from documents d not indexed cross join annotations a on a.document_id = d.id
    cross join layers l on l.id = a.layer_id
    where d.project_id = :project and a.deleted = 0 and d.deleted = 0 and l.kind <> 'suggestion'"""

# How far people are, as ``States`` derives it for one person: who has marked has begun. A document
# is in every state that somebody has it in, and new while nobody has begun. A mark goes with the
# person whose layer it is in; one of a key or a model with its document.
_CHOSEN = """exists (select 1 from document_states s join layers w on w.id = s.layer_id
    where s.deleted = 0 and w.deleted = 0 and s.document_id = d.id and {0})"""
_WORKED_ON = """exists (select 1 from annotations k join layers w on w.id = k.layer_id
    where k.document_id = d.id and k.deleted = 0 and w.kind = 'work' and w.deleted = 0
    and not exists (select 1 from document_states s where s.deleted = 0
        and s.document_id = d.id and s.layer_id = w.id and s.state in ({0})))"""
_FINAL = "'done', 'skipped', 'flagged'"

_STATE_OF_DOCUMENT = f"""(case :{{0}}
    when 'new' then not {_CHOSEN.format("s.state <> 'new'")} and not {_WORKED_ON.format("''")}
    when 'in progress' then {_CHOSEN.format("s.state = 'in progress'")}
        or {_WORKED_ON.format(_FINAL)}
    else {_CHOSEN.format("s.state = :{0}")} end)"""

_STATE_OF_MARK = f"""(case when l.kind = 'work' then coalesce((
        select case when s.state in ({_FINAL}) then s.state end from document_states s
        where s.deleted = 0 and s.document_id = a.document_id and s.layer_id = a.layer_id),
        'in progress') = :{{0}}
    else {_STATE_OF_DOCUMENT} end)"""  # noqa: S608
