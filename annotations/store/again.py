"""The same again: where words that are marked stand once more, and marking them there."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotations.document import Annotation, Origin, new_id
from annotations.errors import BadInput, NotFound
from annotations.spans import Span
from annotations.store.changes import Act, Change, Log, Outcome
from annotations.store.codebooks import Codebooks
from annotations.store.database import Database
from annotations.store.documents import Documents, KeptDocument
from annotations.store.marks import Marks
from annotations.store.people import Layers, Person, Project, open_for_change
from annotations.store.search import Search
from annotations.store.suggestions import MOST_AT_ONCE
from annotations.store.taken import Taken, settled
from annotations.suggest.again import How, occurrences, prefixes


@dataclass(frozen=True, slots=True)
class Place:
    """Where the same words stand: in which document (its id and title), with what is around."""

    document: str
    title: str
    span: Span
    before: str
    quote: str
    after: str


class Again:
    """Other places of the same words, in a document or a project."""

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

    def places(
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
            taken: Taken | None = None
            value = document.value
            for span in occurrences(value.text, phrase, how, value.language):
                if taken is None:
                    rows = settled(
                        self._database,
                        {
                            "document": document.key,
                            "project": project.key,
                            "person": person.key,
                        },
                    )
                    taken = Taken(row for row in rows if row[2] == key)
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

    def mark(
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


def _place(document: KeptDocument, span: Span, around: int = 40) -> Place:
    """A place with what stands around it in its line."""
    text = document.value.text
    before = text[max(0, span.start - around) : span.start].rpartition("\n")[2]
    after = text[span.end : span.end + around].partition("\n")[0]
    return Place(document.value.id, document.value.title, span, before, span.of(text), after)
