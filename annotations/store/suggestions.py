"""Suggestions: what sources offer for a document, and what people decide about them.

Each source has a layer of kind ``suggestion``, shared by all who work in the project: what memory,
rules and a model know does not depend on who looks. What a person makes of it does: a decision is
that person's, so that one annotator's rejections do not steer another's marks.

Suggestions stand in a table of their own, so that nothing that counts, lists, searches or exports
marks can take one for a mark. They are derived, like the search index: an offer replaces what its
source offered for the document before, outside of the log. Accepting and rejecting are acts.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from annotations.document import Annotation, Origin, new_id
from annotations.errors import BadInput, NotFound
from annotations.spans import Span
from annotations.store.changes import Act, Change, Log, Outcome
from annotations.store.codebooks import Codebooks, Coding
from annotations.store.database import Database
from annotations.store.documents import Documents, KeptDocument
from annotations.store.marks import Marks
from annotations.store.names import names_of
from annotations.store.people import Layers, Person, Project, open_for_change
from annotations.store.taken import Taken, settled
from annotations.store.values import loads
from annotations.suggest import SOURCES, Proposal

MOST = 20_000
"""Suggestions of one source in one document; of more, those with the highest scores."""
MOST_AT_ONCE = 2_000
"""Marks that one act makes from suggestions or from the same words elsewhere."""

_KINDS = {"memory": "memory", "rules": "rule"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A mark that is offered. ``source`` names the layer; ``origin`` is what the mark will say.

    ``key`` is the store's number, which a new offer changes; place and label are what lasts.
    """

    key: int
    start: int
    end: int
    label: str
    score: float
    source: str
    origin: Origin
    entity: str | None = None
    concept: str | None = None
    attributes: Mapping[str, Any]

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person decides about: a place and a label."""

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class Source:
    """A source of suggestions in a document: its name, and how many it offers there."""

    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """What somebody rejected: an example of what is not to be marked so."""

    document: str
    revision: int
    start: int
    end: int
    label: str
    person: str
    origin: Origin


class Suggestions:
    """The suggestions of all documents, and the decisions about them."""

    def __init__(
        self,
        database: Database,
        log: Log,
        codebooks: Codebooks,
        documents: Documents,
        layers: Layers,
        marks: Marks,
    ):
        self._database, self._log, self._codebooks = database, log, codebooks
        self._documents, self._layers, self._marks = documents, layers, marks

    # --- offering

    def offer(
        self, document: KeptDocument, source: str, proposals: Iterable[Proposal], most: int = 0
    ) -> int:
        """Let a source offer these in a document, instead of what it offered there before.

        ``source`` is one of ``SOURCES``, or the name of a model or a person whose marks are carried
        over. ``most`` is the number of the newest change that it knows of. Gives how many are kept:
        proposals that name an unknown label are passed over. Raises ``SpanOutOfText``.
        """
        with self._database.writing() as db:
            return self._offer(db.conn, document, source, proposals, most)

    def offer_within(
        self, change: Change, document: KeptDocument, source: str, proposals: Iterable[Proposal]
    ) -> int:
        """The same inside a change that is under way: an import, say."""
        conn = self._database.here.conn
        return self._offer(conn, document, source, proposals, change.seq)

    def _offer(
        self,
        conn: Any,
        document: KeptDocument,
        source: str,
        proposals: Iterable[Proposal],
        most: int,
    ) -> int:
        coding = self._codebooks.coding(document.project)
        layer = self._layer_of(conn, document.project, source)
        text = document.value.text
        chosen: dict[tuple[int, int, str], Proposal] = {}
        for each in proposals:
            Span(each.start, each.end).within(text)
            known = chosen.get((each.start, each.end, each.label))
            if each.label in coding.label_keys and (known is None or known.score < each.score):
                chosen[each.start, each.end, each.label] = each
        kept = sorted(chosen.values(), key=lambda each: -each.score)[:MOST]
        where = (document.key, layer)
        conn.execute("delete from suggestions where document_id = ? and layer_id = ?", where)
        names = _Names(conn, document.project)
        conn.executemany(
            """insert into suggestions (document_id, layer_id, revision, label_id, start_at, end_at,
            score, detail, entity_id, concept_id) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            [
                (
                    *where,
                    document.value.revision,
                    coding.label_keys[each.label],
                    each.start,
                    each.end,
                    each.score,
                    each.detail,
                    names.entity(each.entity),
                    names.concept(each.concept),
                )
                for each in sorted(kept, key=lambda each: (each.start, -each.end))
            ],
        )
        conn.execute(
            "insert or replace into offers (document_id, layer_id, revision, most) "
            "values (?, ?, ?, ?)",
            (*where, document.value.revision, most),
        )
        return len(kept)

    def _layer_of(self, conn: Any, project: int, source: str) -> int:
        """The number of a source's layer, made when it offers something for the first time."""
        if not source.strip() or len(source) > 200:
            raise BadInput("A source of suggestions needs a name of 1 to 200 characters.")
        row = conn.execute(
            """select id from layers where project_id = ? and kind = 'suggestion' and model = ?
            and name = '' and person_id is null and deleted = 0 order by id limit 1""",
            (project, source),
        ).fetchone()
        if row is not None:
            return int(row[0])
        made = conn.execute(
            """insert into layers (project_id, uid, kind, model, created_seq, seq)
            values (?, ?, 'suggestion', ?, 0, 0)""",
            (project, new_id(), source),
        )
        return int(made.lastrowid)

    def is_fresh(self, project: Project, document: KeptDocument) -> bool:
        """Whether the computed sources know all that was done in the project since."""
        rows = self._database.rows(
            """select l.model, o.revision, o.most from offers o join layers l on l.id = o.layer_id
            where o.document_id = :document""",
            {"document": document.key},
        )
        newest = self.newest(project)
        known = {name: most for name, revision, most in rows if revision == document.value.revision}
        return all(known.get(source, -1) >= newest for source in ("memory", "rules"))

    def newest(self, project: Project) -> int:
        """The number of the project's newest change."""
        row = self._database.row(
            "select max(seq) from changes where project_id = :project", {"project": project.key}
        )
        return row[0] or 0

    # --- looking

    def sources(self, document: KeptDocument) -> list[Source]:
        """The sources that offered something for a document, the computed ones first."""
        rows = self._database.rows(
            """select l.model, (select count(*) from suggestions s where s.layer_id = o.layer_id
                and s.document_id = o.document_id and s.revision = :revision)
            from offers o join layers l on l.id = o.layer_id
            where o.document_id = :document order by l.id""",
            {"document": document.key, "revision": document.value.revision},
        )
        found = [Source(*row) for row in rows]
        place = {name: n for n, name in enumerate(SOURCES)}
        return sorted(found, key=lambda source: place.get(source.name, len(SOURCES)))

    def open(
        self,
        project: Project,
        person: Person,
        document: KeptDocument,
        sources: Sequence[str] | None = None,
        threshold: float = 0.0,
    ) -> list[Suggestion]:
        """What is offered to a person in a document and not decided on, by place.

        What several sources suggest alike comes once, from the surest, with the entity and concept
        that any of them knows. Left out is what they decided on, and what overlaps a mark of the
        same label in their own layer or in a key. Of suggestions of one label that overlap, the one
        with the highest score stays (ties: the longer). ``sources`` keeps those of these sources.
        """
        values = {
            "document": document.key,
            "revision": document.value.revision,
            "person": person.key,
            "project": project.key,
            "threshold": threshold,
        }
        rows = self._database.rows(
            """select s.start_at, s.end_at, s.label_id, s.score, s.id, s.layer_id, s.detail,
                s.entity_id, s.concept_id, s.attributes from suggestions s
            where s.document_id = :document and s.revision = :revision
            and s.score >= :threshold""",
            values,
        )
        if not rows:
            return []
        names = dict(
            self._database.rows(
                "select id, model from layers where project_id = :project and kind = 'suggestion'",
                values,
            )
        )
        if sources is not None:
            rows = [row for row in rows if names.get(row[5]) in sources]
        decided = set(
            self._database.rows(
                """select start_at, end_at, label_id from decisions
                where document_id = :document and person_id = :person and deleted = 0
                and revision = :revision""",
                values,
            )
        )
        taken = Taken(settled(self._database, values))
        rows.sort(key=lambda row: (-row[3], row[0] - row[1], row[0], row[4]))
        best: dict[tuple[int, int, int], Any] = {}
        for row in rows:
            known = best.get(row[:3])
            if known is not None:
                best[row[:3]] = _completed(known, row)
            elif row[:3] not in decided and taken.take(*row[:3]):
                best[row[:3]] = row
        chosen = sorted(best.values(), key=lambda row: (row[0], -row[1], row[2]))
        coding = self._codebooks.coding(project.key)
        entities, concepts = (
            names_of(self._database, project, "entities"),
            names_of(self._database, project, "concepts"),
        )
        return [_suggestion(row, coding, names, entities, concepts) for row in chosen]

    # --- deciding

    def accept(
        self,
        act: Act,
        project: Project,
        person: Person,
        document: KeptDocument,
        choices: Sequence[Choice],
    ) -> Outcome:
        """Make marks of what is suggested at these places, in the person's own layer.

        Raises ``NotFound`` where nothing is offered to them any more, ``Frozen``, ``BadInput`` for
        too many at once.
        """

        def work(change: Change) -> dict[str, Any]:
            offered = {
                (s.start, s.end, s.label): s
                for s in self._offered(project, person, document, choices)
            }
            wanted = []
            for choice in choices:
                found = offered.get((choice.start, choice.end, choice.label))
                if found is None:
                    raise NotFound("suggestion", choice.label)
                wanted.append(found)
            return self._accepted(change, project, person, document, wanted)

        return self._log.perform(act, work)

    def sweep(
        self,
        act: Act,
        project: Project,
        person: Person,
        document: KeptDocument,
        threshold: float,
        sources: Sequence[str] | None = None,
    ) -> Outcome:
        """Accept everything that is offered to a person with at least this score.

        Raises ``NotFound`` when that is nothing, ``Frozen``, ``BadInput`` for too many at once.
        """

        def work(change: Change) -> dict[str, Any]:
            wanted = self.open(project, person, document, sources, threshold)
            if not wanted:
                raise NotFound("suggestion", f"≥ {threshold:.0%}")
            return self._accepted(change, project, person, document, wanted)

        return self._log.perform(act, work)

    def reject(
        self,
        act: Act,
        project: Project,
        person: Person,
        document: KeptDocument,
        choices: Sequence[Choice],
    ) -> Outcome:
        """Let nothing suggest these places under these labels to the person again.

        Raises ``NotFound`` where nothing is offered to them any more.
        """

        def work(change: Change) -> dict[str, Any]:
            offered = {
                (s.start, s.end, s.label): s
                for s in self._offered(project, person, document, choices)
            }
            for choice in choices:
                found = offered.get((choice.start, choice.end, choice.label))
                if found is None:
                    raise NotFound("suggestion", choice.label)
                self._decide(change, project, person, document, found, "rejected")
            return {"rejected": len(choices)}

        return self._log.perform(act, work)

    def _offered(
        self,
        project: Project,
        person: Person,
        document: KeptDocument,
        choices: Sequence[Choice],
    ) -> list[Suggestion]:
        """What is suggested at places, whether or not something with a higher score overlaps it."""
        if not 0 < len(choices) <= MOST_AT_ONCE:
            raise BadInput(f"Choose 1 to {MOST_AT_ONCE} suggestions.")
        coding = self._codebooks.coding(project.key)
        names: dict[int, str] = {}
        entities, concepts = (
            names_of(self._database, project, "entities"),
            names_of(self._database, project, "concepts"),
        )
        found = []
        for choice in choices:
            rows = self._database.rows(
                """select s.start_at, s.end_at, s.label_id, s.score, s.id, s.layer_id, s.detail,
                    s.entity_id, s.concept_id, s.attributes, l.model
                from suggestions s join layers l on l.id = s.layer_id
                where s.document_id = :document and s.revision = :revision
                and s.start_at = :start and s.end_at = :end and s.label_id = :label
                and not exists (select 1 from decisions d where d.document_id = s.document_id
                    and d.deleted = 0 and d.person_id = :person and d.revision = s.revision
                    and d.start_at = s.start_at and d.end_at = s.end_at
                    and d.label_id = s.label_id)
                order by s.score desc, s.id""",
                {
                    "document": document.key,
                    "revision": document.value.revision,
                    "start": choice.start,
                    "end": choice.end,
                    "label": coding.label_key(choice.label),
                    "person": person.key,
                },
            )
            if rows:
                names |= {row[5]: row[10] for row in rows}
                row = reduce(_completed, (row[:10] for row in rows))
                found.append(_suggestion(row, coding, names, entities, concepts))
        return found

    def _accepted(
        self,
        change: Change,
        project: Project,
        person: Person,
        document: KeptDocument,
        wanted: Sequence[Suggestion],
    ) -> dict[str, Any]:
        if len(wanted) > MOST_AT_ONCE:
            raise BadInput(
                f"These are {len(wanted)} suggestions; at most {MOST_AT_ONCE} can be accepted at "
                "once. Raise the threshold."
            )
        layer = open_for_change(self._layers.make_work(change, project, person))
        codebook = self._codebooks.of(project.key)
        made = []
        for each in wanted:
            draft = Annotation(
                id=new_id(),
                start=each.start,
                end=each.end,
                label=each.label,
                attributes={**codebook.label(each.label).defaults, **each.attributes},
                entity=each.entity,
                concept=each.concept,
                origin=each.origin,
            )
            key = self._marks.make(change, project, document, layer, draft)
            self._decide(change, project, person, document, each, "accepted", key)
            made.append((draft.id, key))
        result: dict[str, Any] = {"accepted": len(made)}
        if len(made) == 1:
            result |= {"annotation": made[0][0], "key": made[0][1]}
        return result

    def _decide(
        self,
        change: Change,
        project: Project,
        person: Person,
        document: KeptDocument,
        about: Suggestion,
        verdict: str,
        annotation: int | None = None,
    ) -> None:
        change.insert(
            "decisions",
            {
                "project_id": project.key,
                "document_id": document.key,
                "revision": document.value.revision,
                "person_id": person.key,
                "label_id": self._codebooks.coding(project.key).label_key(about.label),
                "start_at": about.start,
                "end_at": about.end,
                "verdict": verdict,
                "origin": about.origin.kind,
                "origin_source": about.origin.source,
                "origin_score": about.origin.score,
                "annotation_id": annotation,
            },
        )

    def rejected(self, project: Project) -> Iterator[Rejected]:
        """Everything that was rejected in a project, by document and place: what is no mark."""
        coding = self._codebooks.coding(project.key)
        rows = self._database.rows(
            """select d.uid, c.revision, c.start_at, c.end_at, c.label_id, p.name, c.origin,
                c.origin_source, c.origin_score
            from decisions c join documents d on d.id = c.document_id
            join people p on p.id = c.person_id
            where c.project_id = :project and c.deleted = 0 and c.verdict = 'rejected'
            and d.deleted = 0 order by d.id, c.start_at, c.end_at, c.id""",
            {"project": project.key},
        )
        for uid, revision, start, end, label, person, kind, source, score in rows:
            origin = Origin(kind, source, score)
            yield Rejected(uid, revision, start, end, coding.label_names[label], person, origin)

    def acceptance(self, project: Project, origin: str) -> dict[str, float]:
        """How often what each source of an origin offered was accepted, by the source's name.

        (accepted + ½) / (decided + 1), as memory scores.
        """
        rows = self._database.rows(
            """select origin_source, sum(verdict = 'accepted'), count(*) from decisions
            where project_id = :project and deleted = 0 and origin = :origin
            group by origin_source""",
            {"project": project.key, "origin": origin},
        )
        return {name: (accepted + 0.5) / (decided + 1) for name, accepted, decided in rows}

    def uncertain_first(self, project: Project, limit: int = 1000) -> list[str]:
        """The ids of documents that a model looked at, those first that it is least sure of.

        The uncertainty of a document is the mean of 1 − 2·|p − ½| over the model's suggestions
        there (the margin of Lewis and Gale, “A sequential algorithm for training text classifiers”,
        SIGIR 1994). Documents in which it suggests nothing come last; ties: the oldest first.
        """
        rows = self._database.rows(
            """select d.uid from offers o join layers l on l.id = o.layer_id
            join documents d on d.id = o.document_id and d.revision = o.revision
            left join suggestions s on s.document_id = d.id and s.layer_id = o.layer_id
                and s.revision = d.revision
            where d.project_id = :project and d.deleted = 0 and l.model = 'model'
            group by d.id
            order by coalesce(avg(1 - 2 * abs(s.score - 0.5)), -1) desc, d.id limit :limit""",
            {"project": project.key, "limit": limit},
        )
        return [uid for (uid,) in rows]


class _Names:
    """The numbers of entities and concepts that are there, by name; a suggestion makes none."""

    def __init__(self, conn: Any, project: int):
        self._conn, self._project = conn, project
        self._known: dict[tuple[str, str], int | None] = {}

    def entity(self, name: str | None) -> int | None:
        return self._of("entities", name)

    def concept(self, name: str | None) -> int | None:
        return self._of("concepts", name)

    def _of(self, table: str, name: str | None) -> int | None:
        if not name:
            return None
        if (table, name) not in self._known:
            row = self._conn.execute(
                f"select coalesce(merged_into, id) from {table} "  # noqa: S608
                "where project_id = ? and name = ? and deleted = 0",
                (self._project, name),
            ).fetchone()
            self._known[table, name] = None if row is None else row[0]
        return self._known[table, name]


def _completed(row: tuple[Any, ...], other: tuple[Any, ...]) -> tuple[Any, ...]:
    """A suggestion with the entity and concept that another source knows for the same mark."""
    return (*row[:7], row[7] or other[7], row[8] or other[8], *row[9:])


def _suggestion(
    row: Sequence[Any],
    coding: Coding,
    sources: Mapping[int, str],
    entities: Mapping[int, str],
    concepts: Mapping[int, str],
) -> Suggestion:
    start, end, label, score, key, layer, detail, entity, concept, attributes = row
    source = sources[layer]
    kind = _KINDS.get(source, "model")
    name = detail if source in SOURCES else source
    return Suggestion(
        key=key,
        start=start,
        end=end,
        label=coding.label_names[label],
        score=score,
        source=source,
        origin=Origin(kind, name, score),
        entity=entities.get(entity),
        concept=concepts.get(concept),
        attributes=loads(attributes) if attributes != "{}" else {},
    )
