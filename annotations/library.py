"""Postil from Python: one project, worked on by one person, in a few verbs.

    with open_store("corpus.db") as store:
        work = Workspace(store, "Sanctions", person="Ana")
        document = work.add_text("Maduro asked Trump to lift all sanctions.")
        work.mark(document, 0, 6, "actor", entity="Nicolás Maduro")
        work.export("marks.jsonl")

Every verb that changes something is one act in the log, as if it had been done on the page; it can
be undone there. Offsets are code points, as everywhere. ``docs/library.md`` is a tutorial.
"""

import os
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from annotations import codebook as codebooks
from annotations import transfer
from annotations.codebook import Codebook
from annotations.document import (
    Annotated,
    Annotation,
    Document,
    Origin,
    Relation,
    new_id,
    with_fragments,
)
from annotations.errors import BadInput, BadLine
from annotations.formats import Reading, Writing, parsed_columns
from annotations.formats.files import of_suffix
from annotations.ingest import ingest
from annotations.selection import Chosen, Selection
from annotations.spans import Span
from annotations.store import Act, KeptDocument, Person, Project, Store, open_store
from annotations.transfer import Contents, Taken

__all__ = ["Exported", "Selection", "Workspace", "Writing", "open_store"]

Spans = Sequence[tuple[int, int]]
"""Stretches of a text: pairs of code points, the end exclusive."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What went out, what the format could not carry, and what was not selected."""

    contents: Contents
    losses: Counter[str]
    left_out: Counter[str]
    unmarked: int


class Workspace:
    """One project of a store, and the person in whose name things are done in it.

    Both are known by name or id, and made when they are not there: a project with ``codebook``, or
    the usual one. Without a person it is whoever the store began with; without a project, the only
    one that there is. Raises ``BadInput`` when there are several.
    """

    def __init__(
        self, store: Store, project: str = "", person: str = "", codebook: Codebook | None = None
    ):
        self.store = store
        self.person = _person(store, person)
        self.project = _project(store, project, self.person, codebook)

    # --- looking

    @property
    def codebook(self) -> Codebook:
        """The newest codebook of the project."""
        return self.store.codebooks.of(self.project.key)

    def documents(self) -> Iterator[Document]:
        """All documents, in the order in which they were brought in; one is in memory at a time."""
        for key in self.store.documents.keys(self.project):
            yield self.store.documents.by_key(key, keep=False).value

    def document(self, id: str) -> Document:
        """The document with that id. Raises ``NotFound``."""
        return self._kept(id).value

    def annotations(self, document: Document | str, mine: bool = False) -> list[Annotation]:
        """The marks on a document, by place; with ``mine`` only this person's."""
        kept = self._kept(document)
        if not mine:
            return self.store.marks.of(kept)
        layer = self.store.layers.work_of(self.project, self.person)
        return self.store.marks.of(kept, [layer.key]) if layer else []

    def relations(self, document: Document | str) -> list[Relation]:
        """The relations between the marks of a document, the oldest first."""
        return self.store.marks.relations_of(self._kept(document))

    def entries(self, selection: Selection | None = None) -> Iterator[Annotated]:
        """What would go out, as values: each chosen layer of each document.

        All of it is seen at one moment. Raises what ``Chosen`` raises; all layers go, unless the
        selection says otherwise.
        """
        with closing(Chosen(self.store, self.project, selection or Selection(every=True))) as found:
            yield from found

    # --- changing

    def add_text(self, text: str, title: str = "", id: str = "", **said: Any) -> Document:
        """A new document of plain text; ``said`` are other fields of ``Document``.

        Raises ``BadInput`` for a text that cannot be shown, or an id that is taken.
        """
        made = ingest(text.encode("utf-8", "surrogatepass"), name=title, kind="text").document
        said = {"title": title or made.title, **said}
        return self.add(replace(made, id=id or made.id, **said))

    def add(self, document: Document, op: str = "") -> Document:
        """Keep a new document. Raises ``BadInput`` when it cannot be kept as it is."""
        act = self._act("document", None, op, [document.id, document.title, document.sha256])
        return self.store.documents.add(act, self.project, document).value

    def mark(
        self,
        document: Document | str,
        start: int,
        end: int,
        label: str,
        *,
        fragments: Spans = (),
        quote: str | None = None,
        id: str = "",
        op: str = "",
        **said: Any,
    ) -> Annotation:
        """Mark ``text[start:end]``, or the ``fragments`` within it; ``said`` are other fields of
        ``Annotation``. ``quote`` is what should stand there.

        Raises ``AlreadyMarked`` where these words bear that label already, ``SpanOutOfText``,
        ``QuoteMismatch``, ``NotFound`` for an unknown label, ``Frozen``.
        """
        kept = self._kept(document)
        if fragments:
            hull, parts = with_fragments(tuple(Span(*pair) for pair in fragments))
            if hull != Span(start, end):
                raise BadInput("The fragments of a mark must reach from its start to its end.")
        draft = Annotation(
            id=id or new_id(),
            start=start,
            end=end,
            label=label,
            fragments=parts if fragments else (),
            **{"origin": Origin("hand"), **said},
        )
        act = self._act("create", kept, op, [draft.id, start, end, label, repr(said)])
        made = self.store.marks.add(act, self.project, self.person, kept, draft, quote, again=False)
        return self.annotation(str(made.result["annotation"]))

    def mark_quote(
        self, document: Document | str, quote: str, label: str, nth: int = 1, **said: Any
    ) -> Annotation:
        """Mark the ``nth`` place where some words stand. Raises ``BadInput`` if there is none."""
        text, start = self._kept(document).value.text, -1
        for _ in range(nth):
            start = text.find(quote, start + 1)
            if start < 0 or not quote:
                raise BadInput(f"“{quote[:60]}” does not stand there {nth} times.")
        return self.mark(document, start, start + len(quote), label, quote=quote, **said)

    def annotation(self, id: str) -> Annotation:
        """The mark with that id, as it is now. Raises ``NotFound``."""
        return self.store.marks.find(self.project, id).value

    def change(
        self, annotation: Annotation | str, saw: int | None = None, op: str = "", **fields: Any
    ) -> Annotation:
        """Change a mark: its label, fragments (pairs), attributes, entity, concept, note, unsure.

        What was changed since the value in hand was read is not overwritten: raises ``Stale``;
        ``saw`` names a version where there is no value. Raises what ``mark`` raises.
        """
        if isinstance(annotation, Annotation):
            saw = annotation.version if saw is None else saw
            annotation = annotation.id
        if "fragments" in fields:
            fields["fragments"] = tuple(Span(*pair) for pair in fields["fragments"])
        act = self._act("edit", None, op, [annotation, repr(sorted(fields.items()))])
        kept = self.store.marks.find(self.project, annotation)
        act = replace(act, document=kept.document)
        self.store.marks.edit(act, self.project, annotation, fields, saw)
        return self.annotation(annotation)

    def delete(self, annotation: Annotation | str, saw: int | None = None, op: str = "") -> None:
        """Delete a mark, with its relations. Raises ``Stale``, ``NotFound``, ``Frozen``."""
        if isinstance(annotation, Annotation):
            saw = annotation.version if saw is None else saw
            annotation = annotation.id
        # A deleted one is found as well: a repeated send answers as the first did.
        kept = self.store.marks.find(self.project, annotation, deleted=True)
        act = replace(self._act("delete", None, op, [annotation]), document=kept.document)
        self.store.marks.delete(act, self.project, annotation, saw)

    def relate(
        self,
        head: Annotation | str,
        label: str,
        child: Annotation | str | None = None,
        *,
        entity: str | None = None,
        id: str = "",
        op: str = "",
    ) -> Relation:
        """Join two marks of one layer, or a mark and an actor who is never mentioned.

        Raises ``BadInput`` when the codebook does not allow it, ``NotFound``, ``Frozen``.
        """
        ends = [end.id if isinstance(end, Annotation) else end for end in (head, child)]
        draft = Relation(
            id=id or new_id(), head=str(ends[0]), label=label, child=ends[1], child_entity=entity
        )
        kept = self.store.marks.find(self.project, draft.head)
        act = self._act("relate", None, op, [draft.id, *ends, label, entity])
        self.store.marks.relate(replace(act, document=kept.document), self.project, draft)
        found = self.store.marks.relations_at(self.project, [draft.head])
        return next(relation for relation in found if relation.id == draft.id)

    def unrelate(self, relation: Relation | str, op: str = "") -> None:
        """Remove a relation. Raises ``NotFound``, ``Stale``, ``Frozen``."""
        uid, saw = relation, None
        if isinstance(relation, Relation):
            uid, saw = relation.id, relation.version
        self.store.marks.unrelate(
            self._act("unrelate", None, op, [str(uid)]), self.project, str(uid), saw
        )

    def set_state(self, document: Document | str, state: str, note: str = "", op: str = "") -> None:
        """Say how far this person is with a document: new, in progress, done, skipped, flagged.

        Raises ``Unfinished``, ``BadInput``.
        """
        kept = self._kept(document)
        act = self._act("state", kept, op, [state, note])
        self.store.states.set(act, self.project, self.person, kept, state, note)

    # --- files

    def import_files(
        self,
        *paths: str | Path,
        format: str = "",
        offsets: str = "",
        columns: Mapping[str, str | Sequence[str]] | None = None,
        names: Mapping[str, str] | None = None,
        as_suggestions: bool = False,
        bad: Callable[[BadLine], None] | None = None,
        lost: Counter[str] | None = None,
    ) -> Taken:
        """Take in files, folders and archives, all of them or none: articles, or marked articles.

        ``format`` and ``offsets`` are told from the files unless they are named. ``columns`` says
        what columns of tables of documents are for: ``{"text": "body", "title": "headline"}``, by
        the roles in ``formats.COLUMN_ROLES``; several of one role as a list. ``names`` takes
        labels, relations and attributes for others: ``{"made_by": "made by"}``; what the codebook
        lacked then is in ``gaps`` of what comes back. What is refused goes to ``bad`` where that is
        given, and is skipped; ``lost`` counts what cannot be kept. Raises ``BadLine``, ``OSError``.
        """
        sources = [
            transfer.of_folder(str(path), format)
            if Path(path).is_dir()
            else transfer.Source(str(path), _opener(Path(path)), Path(path).stat().st_size, format)
            for path in paths
        ]
        reading = Reading(
            offsets=offsets,
            text_of=self._text_of,
            lost=Counter() if lost is None else lost,
            codebook=codebooks.to_toml(self.codebook),
            columns=parsed_columns(
                f"{role}={name}"
                for role, names in (columns or {}).items()
                for name in ([names] if isinstance(names, str) else names)
            ),
        )
        pairs = tuple((names or {}).items())
        entries = transfer.Incoming(sources, None, reading, bad, None, pairs)
        return transfer.take(
            self.store,
            self.person,
            self.project,
            entries,
            as_suggestions=as_suggestions,
            bad=bad,
        )

    def take(self, entries: Iterable[Annotated]) -> Taken:
        """Keep documents with their marks, all or none. Raises ``BadLine`` naming the entry."""
        return transfer.take(self.store, self.person, self.project, entries)

    def export(
        self,
        path: str | Path,
        format: str = "",
        selection: Selection | None = None,
        writing: Writing | None = None,
    ) -> Exported:
        """Write a file, whole or not at all: all layers, unless the selection says otherwise.

        ``format`` is told from the name unless it is named. Raises what ``transfer.outgoing``
        raises, and ``OSError``.
        """
        path = Path(path)
        selection = selection or Selection(every=True)
        going = transfer.outgoing(
            self.store, self.project, selection, format or of_suffix(path), writing
        )
        beside = path.with_name(f".{path.name[:100]}.{secrets.token_hex(4)}.part")
        try:
            with beside.open("xb") as file, closing(going):
                file.writelines(going)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
        return Exported(going.contents, going.losses, going.left_out, going.unmarked)

    # --- within

    def _kept(self, document: Document | str) -> KeptDocument:
        """The document as the store has it, on the revision that is in hand."""
        if isinstance(document, str):
            return self.store.documents.find(self.project, document)
        return self.store.documents.find(self.project, document.id, document.revision)

    def _text_of(self, name: str) -> Document | None:
        kept = self.store.documents.called(self.project, name)
        return kept.value if kept else None

    def _act(self, kind: str, kept: KeptDocument | None, op: str, request: Any) -> Act:
        return Act(
            op=op or new_id(),
            person=self.person.key,
            kind=kind,
            project=self.project.key,
            document=kept.key if kept else None,
            request=request,
        )


def _opener(path: Path) -> Callable[[], Any]:
    return lambda: path.open("rb")


def _person(store: Store, name: str) -> Person:
    if not name:
        return store.people.first()
    everybody = store.people.all()
    found = [person for person in everybody if person.id == name]
    found = found or [person for person in everybody if person.name == name]
    return found[0] if found else store.people.add(name)


def _project(store: Store, name: str, person: Person, codebook: Codebook | None) -> Project:
    present = store.projects.all()
    if not name:
        if len(present) == 1:
            return present[0]
        listed = ", ".join(f"“{project.name}”" for project in present)
        raise BadInput(f"Name the project; there are: {listed}." if listed else "Name a project.")
    found = [each for each in present if each.id == name]
    found = found or [each for each in present if each.name == name]
    if found:
        return found[0]
    act = Act(op=new_id(), person=person.key, kind="project")
    return store.projects.add(act, name, codebook or codebooks.default())
