"""How far each person is with each document, and which one comes next.

A person's state of a document belongs to their own work layer. Kept are only the states that
somebody chose; that a document is in progress follows from its marks, so the first mark costs
nothing more and nothing can drift.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

import orjson

from annotations.complete import Missing, asks_anything, missing
from annotations.document import STATES, checked_text
from annotations.errors import BadInput, NotFound, Unfinished
from annotations.store.changes import Act, Change, Log, Outcome
from annotations.store.codebooks import Codebooks
from annotations.store.database import Database
from annotations.store.documents import KeptDocument
from annotations.store.marks import Marks
from annotations.store.people import Layers, Person, Project, open_for_change
from annotations.store.suggestions import Suggestions

ORDERS = ("order", "unfinished", "uncertain", "all")
"""How a queue goes: the open documents in order of import; of those the begun ones first, or
those of which the model of suggestions is least sure; every
document in order."""

OPEN = ("in progress", "new")
BY_NEED = ("flagged", "in progress", "new", "skipped", "done")
"""The states in the order of a list: what asks for something comes first."""
LONGEST_NOTE = 2000

_STATE = """case
    when s.state in ('done', 'skipped', 'flagged') then s.state
    when s.state = 'in progress' or exists (
        select 1 from annotations a
        where a.document_id = d.id and a.deleted = 0 and a.layer_id = :layer)
    then 'in progress' else 'new' end"""

_FROM = """from documents d left join document_states s
    on s.document_id = d.id and s.layer_id = :layer and s.deleted = 0
    where d.project_id = :project and d.deleted = 0"""


@dataclass(frozen=True, slots=True)
class State:
    """How far a person is with a document.

    ``note`` is the question of a flagged one. ``changed`` tells that marks of a done document were
    changed after it was done; it stays done.
    """

    name: str = "new"
    note: str = ""
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A document that comes next or before; ``characters`` are code points."""

    id: str
    title: str
    characters: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a person is with a project: documents by state (all five), and their marks."""

    person: Person
    states: Mapping[str, int]
    marks: int

    @property
    def documents(self) -> int:
        return sum(self.states.values())

    @property
    def settled(self) -> int:
        """The documents that need nothing more of this person: done or skipped."""
        return self.states["done"] + self.states["skipped"]


class States:
    """The states of all documents, and the queue that each person works through."""

    def __init__(
        self,
        database: Database,
        log: Log,
        codebooks: Codebooks,
        layers: Layers,
        marks: Marks,
        suggestions: Suggestions,
    ):
        self._database, self._log, self._codebooks = database, log, codebooks
        self._layers, self._marks, self._suggestions = layers, marks, suggestions
        self._known: OrderedDict[tuple[int, int], list[Progress]] = OrderedDict()
        self._guard = Lock()

    def _values(self, project: Project, person: Person, **more: Any) -> dict[str, Any]:
        layer = self._layers.work_of(project, person)
        return {"project": project.key, "layer": layer.key if layer else -1, **more}

    # --- one document

    def of(self, project: Project, person: Person, document: int) -> State:
        """A person's state of a document. Raises ``NotFound``."""
        values = self._values(project, person, document=document)
        row = self._database.row(
            f"select {_STATE}, coalesce(s.note, ''), s.seq {_FROM} and d.id = :document",
            values,
        )
        if row is None:
            raise NotFound("document", document)
        name, note, seq = row
        changed = name == "done" and self._changed_since(values | {"seq": seq})
        return State(name, note if name == "flagged" else "", changed)

    def _changed_since(self, values: dict[str, Any]) -> bool:
        """Whether the layer's marks on a document changed after a change."""
        if not self._database.row(
            "select 1 from changes where document_id = :document and seq > :seq limit 1", values
        ):
            return False
        row = self._database.row(
            """select exists (select 1 from annotations
                where document_id = :document and deleted in (0, 1) and layer_id = :layer
                and seq > :seq)
            or exists (select 1 from relations
                where document_id = :document and deleted in (0, 1) and layer_id = :layer
                and seq > :seq)""",
            values,
        )
        return bool(row[0])

    def set(
        self,
        act: Act,
        project: Project,
        person: Person,
        document: KeptDocument,
        state: str,
        note: str = "",
    ) -> Outcome:
        """Put a document into a state, for this person.

        Raises ``Unfinished`` when it is to be done and its marks lack what the codebook requires,
        ``BadInput`` for an unknown state, a flag without a question, or a document called new that
        has marks, and ``Frozen`` for a closed layer.
        """
        note = checked_text(note.strip(), "question")
        if state not in STATES:
            raise BadInput(f"“{state}” is not a state; known are {', '.join(STATES)}.")
        if state == "flagged" and not note:
            raise BadInput("Write down the question; then the article is flagged with it.")
        if len(note) > LONGEST_NOTE:
            raise BadInput(f"The question has {len(note)} characters; {LONGEST_NOTE} are the most.")

        def work(change: Change) -> dict[str, Any]:
            layer = open_for_change(self._layers.make_work(change, project, person))
            if state == "new" and self._has_marks(document.key, layer.key):
                raise BadInput("The article has marks of yours, so it is in progress, not new.")
            if state == "done":
                found = self.missing(project, person, document)
                if found:
                    raise Unfinished(found)
            self._keep(change, document.key, layer.key, state, note if state == "flagged" else "")
            return {"state": state}

        return self._log.perform(act, work)

    def set_many(
        self,
        act: Act,
        project: Project,
        person: Person,
        documents: Sequence[KeptDocument],
        state: str,
    ) -> Outcome:
        """Put several documents into a state for this person, by one change.

        The result counts those ``changed``, and names the titles of those ``left`` as they were: to
        be done while their marks lack what the codebook requires, or new while they have marks.
        Raises ``BadInput`` for an unknown state or a flag, which needs a question of its own, and
        ``Frozen``.
        """
        if state not in STATES:
            raise BadInput(f"“{state}” is not a state; known are {', '.join(STATES)}.")
        if state == "flagged":
            raise BadInput("A flag needs a question about its article; flag each by itself.")

        def work(change: Change) -> dict[str, Any]:
            layer = open_for_change(self._layers.make_work(change, project, person))
            left = []
            for document in documents:
                if (state == "done" and self.missing(project, person, document)) or (
                    state == "new" and self._has_marks(document.key, layer.key)
                ):
                    left.append(document.value.title)
                else:
                    self._keep(change, document.key, layer.key, state, "")
            return {"changed": len(documents) - len(left), "left": left}

        return self._log.perform(replace(act, kind="states"), work)

    def _has_marks(self, document: int, layer: int) -> bool:
        found = self._database.row(
            """select 1 from annotations
            where document_id = :document and deleted = 0 and layer_id = :layer limit 1""",
            {"document": document, "layer": layer},
        )
        return found is not None

    def _keep(self, change: Change, document: int, layer: int, state: str, note: str) -> None:
        row = self._database.row(
            """select id from document_states
            where document_id = :document and layer_id = :layer""",
            {"document": document, "layer": layer},
        )
        kept = {"state": state, "note": note}
        if row is not None:
            change.update("document_states", row[0], {**kept, "deleted": 0})
            return
        change.insert(
            "document_states",
            {
                "project_id": change.project,
                "document_id": document,
                "layer_id": layer,
                **kept,
            },
        )

    def missing(self, project: Project, person: Person, document: KeptDocument) -> list[Missing]:
        """What the codebook requires of this person's marks on a document and is not there."""
        codebook = self._codebooks.of(project.key)
        layer = self._layers.work_of(project, person)
        if layer is None or not asks_anything(codebook):
            return []
        marks = self._marks.of(document, [layer.key])
        return missing(codebook, marks, self._marks.relations_of(document, [layer.key]))

    # --- lists of documents

    def listed(
        self, project: Project, person: Person, documents: Sequence[str]
    ) -> dict[str, State]:
        """A person's states of the documents with these ids; ``changed`` is not looked for."""
        rows = self._database.rows(
            f"""select d.uid, {_STATE}, coalesce(s.note, '') {_FROM}
            and d.uid in (select value from json_each(:documents))""",  # noqa: S608
            self._values(project, person, documents=orjson.dumps(list(documents)).decode()),
        )
        return {uid: State(name, note if name == "flagged" else "") for uid, name, note in rows}

    def among(self, project: Project, person: Person, state: str) -> list[int]:
        """The numbers of the documents that are in a state for this person."""
        rows = self._database.rows(
            f"select d.id {_FROM} and {_STATE} = :state",
            self._values(project, person, state=state),
        )
        return [key for (key,) in rows]

    def in_order(
        self,
        project: Project,
        person: Person,
        limit: int,
        offset: int = 0,
        among: Sequence[int] | None = None,
    ) -> list[int]:
        """The numbers of documents, by this person's state: what asks for something comes first.

        Flagged ones, then those in progress, new, skipped and done; in each the order of import.
        ``among`` keeps only the documents with these numbers.
        """
        chosen = "" if among is None else "and d.id in (select value from json_each(:among))"
        rank = " ".join(f"when '{state}' then {n}" for n, state in enumerate(BY_NEED))
        rows = self._database.rows(
            f"""select d.id {_FROM} {chosen}
            order by case {_STATE} {rank} end, d.id limit :limit offset :offset""",
            self._values(
                project,
                person,
                limit=limit,
                offset=offset,
                among=orjson.dumps(list(among or ())).decode(),
            ),
        )
        return [key for (key,) in rows]

    def finished(self, project: Project, person: Person) -> list[int]:
        """The numbers of the documents that are done: by this person, or in a key."""
        rows = self._database.rows(
            """select s.document_id from document_states s join layers l on l.id = s.layer_id
            join documents d on d.id = s.document_id
            where s.project_id = :project and s.state = 'done' and s.deleted = 0
            and d.deleted = 0 and l.deleted = 0 and (l.id = :layer or l.kind = 'key')
            union
            select a.document_id from layers l join annotations a on a.layer_id = l.id
            join documents d on d.id = a.document_id
            where l.project_id = :project and l.kind = 'key' and l.deleted = 0
            and a.deleted = 0 and d.deleted = 0""",
            self._values(project, person),
        )
        return [key for (key,) in rows]

    # --- the queue

    def order(self, project: Project, person: Person) -> str:
        """The order in which this person wants to go through the project."""
        row = self._database.row(
            """select chosen from queue_orders
            where person_id = :person and project_id = :project""",
            {"person": person.key, "project": project.key},
        )
        return row[0] if row is not None and row[0] in ORDERS else ORDERS[0]

    def choose(self, project: Project, person: Person, order: str) -> None:
        """Keep an order for this person. Raises ``BadInput`` for an unknown one."""
        if order not in ORDERS:
            raise BadInput(f"“{order}” is not an order; known are {', '.join(ORDERS)}.")
        with self._database.writing() as db:
            db.conn.execute(
                """insert into queue_orders (person_id, project_id, chosen) values (?, ?, ?)
                on conflict (person_id, project_id) do update set chosen = excluded.chosen""",
                (person.key, project.key, order),
            )

    def next(self, project: Project, person: Person, after: int | None = None) -> Neighbour | None:
        """The document that comes after one in this person's queue, or first in it.

        At the end of the open ones it goes on with those passed over before; ``None`` when none is
        left but the one it comes after. Done, skipped and flagged ones are passed over, unless the
        order is “all”.
        """
        order = self.order(project, person)
        values = self._values(project, person, here=after or 0)
        if order == "all":
            return self._first(values, "d.id > :here", "d.id")
        if order == "uncertain":
            doubted = self._most_doubted(project, person, after)
            if doubted is not None:
                return self._first({**values, "uid": doubted}, "d.uid = :uid", "d.id")
        begun = f"case {_STATE} when 'in progress' then 0 else 1 end"
        ahead, by = "d.id > :here", "d.id"
        if order == "unfinished":
            values["rank"] = self._rank(project, person, after)
            ahead, by = f"({begun}, d.id) > (:rank, :here)", f"{begun}, d.id"
            if values["rank"] < 0:
                values["here"] = 0
        left = f"{_STATE} in ('in progress', 'new') and d.id <> {int(after or 0)}"
        return self._first(values, f"{ahead} and {left}", by) or self._first(values, left, by)

    def _most_doubted(self, project: Project, person: Person, here: int | None) -> str | None:
        """The id of the open document that comes after one where the least sure come first."""
        ahead = self._suggestions.uncertain_first(project)
        row = self._database.row("select uid from documents where id = :here", {"here": here})
        states = self.listed(project, person, ahead)
        at = ahead.index(row[0]) + 1 if row is not None and row[0] in ahead else 0
        if row is not None and row[0] in states and states[row[0]].name not in OPEN:
            at = 0
        left = [uid for uid in (*ahead[at:], *ahead[:at]) if row is None or uid != row[0]]
        return next((uid for uid in left if uid in states and states[uid].name in OPEN), None)

    def _rank(self, project: Project, person: Person, here: int | None) -> int:
        """Where a document stands among begun (0) and new (1) ones; -1: it is neither."""
        if here is None:
            return -1
        name = self.of(project, person, here).name
        return OPEN.index(name) if name in OPEN else -1

    def previous(self, project: Project, before: int) -> Neighbour | None:
        """The document before one, in whatever state; ``None`` before the first."""
        row = self._database.row(
            """select uid, title, characters from documents
            where project_id = :project and deleted = 0 and id < :here
            order by id desc limit 1""",
            {"project": project.key, "here": before},
        )
        return Neighbour(*row) if row else None

    def _first(self, values: dict[str, Any], condition: str, by: str) -> Neighbour | None:
        row = self._database.row(
            f"select d.uid, d.title, d.characters {_FROM} and {condition} order by {by} limit 1",
            values,
        )
        return Neighbour(*row) if row else None

    # --- progress

    def progress(self, project: Project, person: Person) -> list[Progress]:
        """How far everybody is who works on a project, this person first.

        Counted anew whenever anything in the project has changed.
        """
        seq = self._database.row(
            "select max(seq) from changes where project_id = :project", {"project": project.key}
        )[0]
        with self._guard:
            known = self._known.get((project.key, seq or 0))
        if known is None:
            known = self._counted(project)
            with self._guard:
                self._known[project.key, seq or 0] = known
                while len(self._known) > 50:
                    self._known.popitem(last=False)
        mine = [entry for entry in known if entry.person.key == person.key]
        if not mine:
            total = sum(known[0].states.values()) if known else self._total(project)
            mine = [Progress(person, {**dict.fromkeys(STATES, 0), "new": total}, 0)]
        return mine + [entry for entry in known if entry.person.key != person.key]

    def _total(self, project: Project) -> int:
        row = self._database.row(
            "select count(*) from documents where project_id = :project and deleted = 0",
            {"project": project.key},
        )
        return int(row[0])

    def _counted(self, project: Project) -> list[Progress]:
        """Everybody with a work layer of their own, as they stand, by name."""
        rows = self._database.rows(
            """select p.id, p.uid, p.name, l.id from layers l join people p on p.id = l.person_id
            where l.project_id = :project and l.kind = 'work' and l.exercise is null
            and l.deleted = 0 order by p.name, p.id, l.frozen, l.id""",
            {"project": project.key},
        )
        total = self._total(project)
        marks = dict(self._marks_by_layer(project)) if rows else {}
        found: dict[int, Progress] = {}
        for person, uid, name, layer in rows:
            if person in found:
                continue
            states = dict.fromkeys(STATES, 0)
            values = {"project": project.key, "layer": layer}
            begun = self._database.rows(
                """select state, count(*) from (
                    select d.id, case when s.state in ('done', 'skipped', 'flagged') then s.state
                        when s.state = 'new' and not exists (
                            select 1 from annotations a where a.document_id = d.id
                            and a.deleted = 0 and a.layer_id = :layer) then 'new'
                        else 'in progress' end as state
                    from documents d left join document_states s on s.document_id = d.id
                        and s.layer_id = :layer and s.deleted = 0
                    where d.project_id = :project and d.deleted = 0
                    and (s.id is not null or exists (
                        select 1 from annotations a where a.document_id = d.id
                        and a.deleted = 0 and a.layer_id = :layer)))
                group by state""",
                values,
            )
            states.update(begun)
            states["new"] = total - sum(n for state, n in begun if state != "new")
            found[person] = Progress(Person(person, uid, name), states, marks.get(layer, 0))
        return list(found.values())

    def _marks_by_layer(self, project: Project) -> list[tuple[int, int]]:
        return self._database.rows(
            """select a.layer_id, count(*) from documents d join annotations a
            on a.document_id = d.id and a.deleted = 0
            where d.project_id = :project and d.deleted = 0 group by a.layer_id""",
            {"project": project.key},
        )
