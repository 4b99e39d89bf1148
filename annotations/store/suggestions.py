"""Suggestions: what sources offer for a document, and what people decide about them.

Each source has a layer of kind ``suggestion``, shared by all who work in the project: what memory,
rules and a model know does not depend on who looks. What a person makes of it does: a decision is
that person's, so that one annotator's rejections do not steer another's marks.

Suggestions stand in a table of their own, so that nothing that counts, lists, searches or exports
marks can take one for a mark. They are derived, like the search index: an offer replaces what its
source offered for the document before, outside of the log. Accepting and rejecting are acts.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import groupby
from operator import itemgetter
from typing import Any

from annotations.codebook import Label
from annotations.document import Annotation, Document, Origin, new_id
from annotations.errors import BadInput, NotFound
from annotations.spans import Span
from annotations.store.changes import Act, Change, Log, Outcome
from annotations.store.codebooks import Codebooks, Coding
from annotations.store.database import Database
from annotations.store.documents import Documents, KeptDocument
from annotations.store.marks import Marks
from annotations.store.people import Layers, Person, Project, open_for_change
from annotations.store.search import Search
from annotations.store.values import loads
from annotations.suggest import SOURCES, Proposal
from annotations.suggest.again import How, occurrences, prefixes
from annotations.suggest.memory import Remembered
from annotations.suggest.model import Example

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


@dataclass(frozen=True, slots=True)
class Place:
    """Where the same words stand: in which document (its id and title), with what is around."""

    document: str
    title: str
    span: Span
    before: str
    quote: str
    after: str


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
        search: Search,
    ):
        self._database, self._log, self._codebooks = database, log, codebooks
        self._documents, self._layers, self._marks = documents, layers, marks
        self._search = search

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
        taken = _Taken(self._marked(values))
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
        entities, concepts = self._named(project, "entities"), self._named(project, "concepts")
        return [_suggestion(row, coding, names, entities, concepts) for row in chosen]

    def _marked(self, values: dict[str, Any]) -> list[tuple[int, int, int]]:
        """The marks that settle a place for a person: their own, and those of keys."""
        found: list[tuple[int, int, int]] = self._database.rows(
            """select a.start_at, a.end_at, a.label_id from annotations a
            where a.document_id = :document and a.deleted = 0 and a.layer_id in (
                select id from layers where project_id = :project and deleted = 0
                and (kind in ('key', 'adjudicated')
                    or (kind = 'work' and person_id = :person and exercise is null)))""",
            values,
        )
        return found

    def _named(self, project: Project, table: str) -> dict[int, str]:
        return dict(
            self._database.rows(
                f"""select n.id, coalesce(m.name, n.name) from {table} n
                left join {table} m on m.id = n.merged_into
                where n.project_id = :project and n.deleted = 0""",  # noqa: S608
                {"project": project.key},
            )
        )

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
        entities, concepts = self._named(project, "entities"), self._named(project, "concepts")
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
                attributes={**_defaults(codebook.label(each.label)), **each.attributes},
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

    # --- the same again

    def again(
        self,
        project: Project,
        person: Person,
        documents: Iterable[KeptDocument],
        phrase: str,
        label: str,
        how: How,
        limit: int = MOST_AT_ONCE,
    ) -> Iterator[Place]:
        """Where the same words stand unmarked: no mark of the person's of this label overlaps."""
        coding = self._codebooks.coding(project.key)
        key, count = coding.label_key(label), 0
        for document in documents:
            taken: _Taken | None = None
            value = document.value
            for span in occurrences(value.text, phrase, how, value.language):
                if taken is None:
                    rows = self._marked(
                        {
                            "document": document.key,
                            "project": project.key,
                            "person": person.key,
                        }
                    )
                    taken = _Taken(row for row in rows if row[2] == key)
                if not taken.take(span.start, span.end, key):
                    continue
                yield _place(document, span)
                count += 1
                if count == limit:
                    return

    def holding(
        self,
        project: Project,
        phrase: str,
        how: How,
        language: str = "",
    ) -> Iterator[KeptDocument]:
        """The documents of a project that may hold a phrase: all of its words begin so there.

        ``language`` is the phrase's; in documents of other languages only what looks alike is
        found.
        """
        for key in self._search.beginning(project, prefixes(phrase, how, language)):
            yield self._documents.by_key(key, keep=False)

    def mark_again(
        self,
        act: Act,
        project: Project,
        person: Person,
        home: KeptDocument,
        like: Annotation,
        places: Mapping[str, Sequence[Span]],
        quotes: Callable[[KeptDocument, Span], bool],
    ) -> Outcome:
        """Mark places, by document, as one mark is: its label, entity and concept. One act.

        An act without a document can be undone from each of them, and from ``home``. ``quotes``
        says whether the text there is what was asked for. Raises ``BadInput`` where it is not or
        for too many, ``NotFound``, ``Frozen``.
        """
        count = sum(len(spans) for spans in places.values())
        if not 0 < count <= MOST_AT_ONCE:
            raise BadInput(f"Choose 1 to {MOST_AT_ONCE} places.")

        def work(change: Change) -> dict[str, Any]:
            layer = open_for_change(self._layers.make_work(change, project, person))
            if act.document is None and home.value.id not in places:
                change.update("documents", home.key, {})
            for uid, spans in places.items():
                document = self._documents.find(project, uid)
                if act.document is None:
                    change.update("documents", document.key, {})  # its version tells of the marks
                elif act.document != document.key:
                    raise NotFound("document", uid)
                for span in spans:
                    if not quotes(document, span.within(document.value.text)):
                        raise BadInput("The text there is another; look for the places again.")
                    draft = Annotation(
                        id=new_id(),
                        start=span.start,
                        end=span.end,
                        label=like.label,
                        entity=like.entity,
                        concept=like.concept,
                        attributes=like.attributes,
                        origin=Origin("same-again", like.id),
                    )
                    self._marks.make(change, project, document, layer, draft)
            return {"made": count, "documents": list(places)}

        return self._log.perform(act, work)

    # --- what sources learn from

    def remembered(self, project: Project) -> Iterator[Remembered]:
        """Every string that people marked, how, and how often; then the aliases of actors.

        Of whole layers of work and keys: what a model marked teaches nothing.
        """
        coding = self._codebooks.coding(project.key)
        entities, concepts = self._named(project, "entities"), self._named(project, "concepts")
        for key, revision in self._taught(project):
            text = self._documents.text(key, revision, keep=False)[0]
            rows = self._database.rows(
                """select a.start_at, a.end_at, a.label_id, a.entity_id, a.concept_id
                from annotations a where a.document_id = :document and a.deleted = 0
                and a.revision = :revision and a.fragments is null and a.layer_id in (
                    select id from layers where kind in ('work', 'key', 'adjudicated'))""",
                {"document": key, "revision": revision},
            )
            for start, end, label, entity, concept in rows:
                yield Remembered(
                    text[start:end],
                    coding.label_names[label],
                    entities.get(entity),
                    concepts.get(concept),
                )
        yield from self._aliases(project)

    def _aliases(self, project: Project) -> Iterator[Remembered]:
        takers = [label for label in self._codebooks.of(project.key).marking if label.takes_entity]
        if not takers:
            return
        rows = self._database.rows(
            """select e.name, coalesce(m.name, e.name) from entities e
            left join entities m on m.id = e.merged_into
            where e.project_id = :project and e.deleted = 0
            union select j.value, coalesce(m.name, e.name)
            from entities e join json_each(e.aliases) j
            left join entities m on m.id = e.merged_into
            where e.project_id = :project and e.deleted = 0""",
            {"project": project.key},
        )
        for alias, name in rows:
            yield Remembered(alias, takers[0].name, name, count=0)

    def gone_through(self, project: Project) -> Iterator[str]:
        """The texts that people went through: for each of their layers, what they read of it.

        All of a document that they finished, and otherwise the paragraphs in which they marked
        something: of the others it is not known whether they were left on purpose.
        """
        for key, _ in self._taught(project):
            document = self._documents.by_key(key, keep=False).value
            rows = self._database.rows(
                """select a.layer_id, a.start_at, coalesce(s.state = 'done', 0)
                from annotations a left join document_states s on s.document_id = a.document_id
                    and s.layer_id = a.layer_id and s.deleted = 0
                where a.document_id = :document and a.deleted = 0 and a.layer_id in (
                    select id from layers where kind in ('work', 'key', 'adjudicated'))
                order by a.layer_id""",
                {"document": key},
            )
            for _, marks in groupby(rows, key=itemgetter(0)):
                _, starts, done = zip(*marks, strict=True)
                if done[0]:
                    yield document.text
                    continue
                blocks = paragraphs(document)
                begins = [block.start for block in blocks]
                touched = sorted({bisect_right(begins, start) - 1 for start in starts} - {-1})
                yield "\n\n".join(blocks[n].of(document.text) for n in touched)

    def _taught(self, project: Project) -> list[tuple[int, int]]:
        """The documents with marks of people, and the revisions they are at; the newest first."""
        found: list[tuple[int, int]] = self._database.rows(
            """select d.id, d.revision from documents d
            where d.project_id = :project and d.deleted = 0 and exists (
                select 1 from annotations a join layers l on l.id = a.layer_id
                where a.document_id = d.id and a.deleted = 0
                and l.kind in ('work', 'key', 'adjudicated'))
            order by d.seq desc, d.id desc""",
            {"project": project.key},
        )
        return found

    def examples(self, project: Project) -> Iterator[Example]:
        """The paragraphs that people went through, with their marks, the newest documents first.

        A person went through all of a document that they finished, and otherwise through those
        paragraphs in which they marked something. One layer of a document is one example of it; a
        key or an adjudicated layer goes before people's own.
        """
        coding = self._codebooks.coding(project.key)
        for key, _ in self._taught(project):
            document = self._documents.by_key(key, keep=False)
            layer = self._best_layer(key)
            if layer is None:
                continue
            found = [
                mark
                for mark in self._marks.of(document, [layer[0]], coding=coding)
                if not mark.fragments
            ]
            blocks = paragraphs(document.value)
            starts = [mark.start for mark in found]
            for block in blocks:
                at = bisect_left(starts, block.start)
                marks: dict[str, list[Span]] = {}
                while at < len(found) and found[at].start < block.end:
                    mark = found[at]
                    if mark.end <= block.end:
                        span = Span(mark.start - block.start, mark.end - block.start)
                        marks.setdefault(mark.label, []).append(span)
                    at += 1
                if marks or layer[1]:
                    text = document.value.text[block.start : block.end]
                    yield Example(document.value.id, text, marks)

    def _best_layer(self, document: int) -> tuple[int, bool] | None:
        """The layer to learn from in a document, and whether it is finished there."""
        row = self._database.row(
            """select a.layer_id, max(coalesce(s.state = 'done', 0)), count(*)
            from annotations a join layers l on l.id = a.layer_id
            left join document_states s on s.document_id = a.document_id
                and s.layer_id = a.layer_id and s.deleted = 0
            where a.document_id = :document and a.deleted = 0
            and l.kind in ('work', 'key', 'adjudicated')
            group by a.layer_id
            order by l.kind = 'adjudicated' desc, l.kind = 'key' desc, 2 desc, 3 desc, 1 limit 1""",
            {"document": document},
        )
        return None if row is None else (int(row[0]), bool(row[1]))


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


class _Taken:
    """Which places are taken under each label, so that nothing else may overlap them there.

    What was there from the beginning may overlap itself; its union is kept, sorted and disjoint.
    """

    def __init__(self, rows: Iterable[tuple[int, int, int]]):
        self._spans: dict[int, tuple[list[int], list[int]]] = {}
        for start, end, label in sorted(rows):
            starts, ends = self._spans.setdefault(label, ([], []))
            if ends and start <= ends[-1]:
                ends[-1] = max(ends[-1], end)
            else:
                starts.append(start)
                ends.append(end)

    def take(self, start: int, end: int, label: int) -> bool:
        """Take a place, unless something there is taken already."""
        starts, ends = self._spans.setdefault(label, ([], []))
        at = bisect_left(starts, end)
        if at and ends[at - 1] > start:
            return False
        starts.insert(at, start)
        ends.insert(at, end)
        return True


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


def _defaults(label: Label) -> dict[str, Any]:
    return {a.id: a.default for a in label.attributes if a.default is not None}


def _place(document: KeptDocument, span: Span, around: int = 40) -> Place:
    """A place with what stands around it in its line."""
    text = document.value.text
    before = text[max(0, span.start - around) : span.start].rpartition("\n")[2]
    after = text[span.end : span.end + around].partition("\n")[0]
    return Place(document.value.id, document.value.title, span, before, span.of(text), after)


def paragraphs(document: Document) -> list[Span]:
    """The blocks of a document that hold something; without a layout, its lines."""
    if document.layout.blocks:
        return [block.span for block in document.layout.blocks if block.end > block.start]
    found, start = [], 0
    for line in document.text.split("\n"):
        if line:
            found.append(Span(start, start + len(line)))
        start += len(line) + 1
    return found
