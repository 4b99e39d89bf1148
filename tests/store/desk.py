"""A desk to work at: a store with a project and an article, and short ways to act there."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from annotations import codebook
from annotations.document import Annotated, Annotation, Document, Layout, Relation, new_id
from annotations.spans import Span
from annotations.store import Act, KeptDocument, Outcome, Person, Project, Store

TEXT = "Maduro asked Trump to lift all sanctions. 😀 Reuters says that Trump refused."


@dataclass
class Desk:
    store: Store
    project: Project
    document: KeptDocument
    ada: Person
    bob: Person

    def act(
        self, kind: str, person: Person | None = None, op: str = "", request: Any = None
    ) -> Act:
        return Act(
            op=op or new_id(),
            person=(person or self.ada).key,
            kind=kind,
            project=self.project.key,
            document=self.document.key,
            request=request,
        )

    def project_act(self, kind: str, op: str = "", request: Any = None) -> Act:
        return Act(
            op=op or new_id(),
            person=self.ada.key,
            kind=kind,
            project=self.project.key,
            request=request,
        )

    # --- acting

    def mark(
        self,
        quote: str,
        label: str = "actor",
        by: Person | None = None,
        uid: str = "",
        op: str = "",
        **fields: Any,
    ) -> str:
        """Mark the first place where the quote stands, and give the mark's id."""
        uid = uid or new_id()
        start = TEXT.index(quote)
        draft = Annotation(id=uid, start=start, end=start + len(quote), label=label, **fields)
        self.add(draft, by, op)
        return uid

    def add(self, draft: Annotation, by: Person | None = None, op: str = "") -> Outcome:
        by = by or self.ada
        act = self.act("create", by, op, [draft.id, draft.start, draft.end, draft.label])
        return self.store.marks.add(act, self.project, by, self.document, draft)

    def edit(
        self,
        uid: str,
        by: Person | None = None,
        saw: int | None = None,
        op: str = "",
        **fields: Any,
    ) -> Outcome:
        act = self.act("edit", by, op, [uid, repr(fields)])
        return self.store.marks.edit(act, self.project, uid, fields, saw)

    def delete(
        self, uid: str, by: Person | None = None, saw: int | None = None, op: str = ""
    ) -> Outcome:
        return self.store.marks.delete(self.act("delete", by, op, [uid]), self.project, uid, saw)

    def relate(
        self,
        head: str,
        label: str,
        child: str | None = None,
        entity: str | None = None,
        by: Person | None = None,
        uid: str = "",
        op: str = "",
    ) -> str:
        uid = uid or new_id()
        relation = Relation(id=uid, head=head, label=label, child=child, child_entity=entity)
        act = self.act("relate", by, op, [uid, head, label, child, entity])
        self.store.marks.relate(act, self.project, relation)
        return uid

    def unrelate(self, uid: str, by: Person | None = None) -> Outcome:
        return self.store.marks.unrelate(self.act("unrelate", by, request=[uid]), self.project, uid)

    def correct(
        self, wrong: str, right: str, by: Person | None = None, saw: int | None = None, op: str = ""
    ) -> Outcome:
        """Correct the first place where something stands in the text as it is now."""
        self.look_again()
        text = self.document.value.text.replace(wrong, right, 1)
        act = self.act("correct", by, op, [wrong, right])
        return self.rewrite(text, act, saw)

    def rewrite(self, text: str, act: Act | None = None, saw: int | None = None) -> Outcome:
        act = act or self.act("correct", request=[text])
        outcome = self.store.corrections.correct(
            act, self.project, self.document, text, Layout(), saw
        )
        self.look_again()
        return outcome

    def look_again(self) -> KeptDocument:
        """The article as it is now lies on the desk."""
        self.document = self.store.documents.by_key(self.document.key)
        return self.document

    def freeze(self, *layers: int) -> None:
        """Close layers (all, unless they are named), as handing in does."""
        chosen = layers or [k.key for k in self.store.layers.of_project(self.project)]
        for layer in chosen:
            self.sql("update layers set frozen = 1 where id = ?", layer)

    def undo(self, by: Person | None = None, op: str = "") -> Outcome:
        return self.store.log.undo(self.act("undo", by, op))

    def redo(self, by: Person | None = None, op: str = "") -> Outcome:
        return self.store.log.redo(self.act("redo", by, op))

    def take(self, *entries: Annotated, op: str = "", request: Any = None) -> dict[str, Any]:
        act = self.project_act("import", op, request)
        return self.store.exchange.take(act, self.project, entries)

    def put(self, text: str, title: str = "", uid: str = "") -> KeptDocument:
        document = Document(id=uid or new_id(), title=title, text=text)
        return self.store.documents.add(self.project_act("document"), self.project, document)

    def beside(self, document: KeptDocument) -> "Desk":
        """The same desk with another article of the project on it."""
        return Desk(self.store, self.project, document, self.ada, self.bob)

    def elsewhere(self, name: str = "Another project") -> "Desk":
        """The same people in another, empty project."""
        act = Act(op=new_id(), person=self.ada.key, kind="project")
        project = self.store.projects.add(act, name, codebook.default())
        return Desk(self.store, project, self.document, self.ada, self.bob)

    # --- looking

    def marks(self) -> list[Annotation]:
        return self.store.marks.of(self.document)

    def quotes(self) -> list[str]:
        return [mark.quote(self.document.value.text) for mark in self.marks()]

    def get(self, uid: str) -> Annotation:
        return self.store.marks.find(self.project, uid).value

    def joined(self) -> list[tuple[str, str, str | None]]:
        """Every living relation: head, kind, and child or entity."""
        found = self.store.marks.relations_of(self.document)
        return [(r.head, r.label, r.child or r.child_entity) for r in found]

    def entities(self) -> list[str]:
        return [entity.name for entity in self.store.names.entities(self.project)]

    def out(self, every: bool = True) -> list[Annotated]:
        layers = self.store.exchange.choose(self.project, None, every=every)
        return list(self.store.exchange.out(self.project, layers))

    def sql(self, statement: str, *values: Any) -> list[Any]:
        """What no verb does: plant, bend, or look below."""
        with self.store.database.writing() as db:
            return db.conn.execute(statement, values).fetchall()

    def is_sound(self) -> bool:
        return self.store.upkeep.check().problems == ()


def span_of(quote: str) -> Span:
    start = TEXT.index(quote)
    return Span(start, start + len(quote))


def without_version(entries: Iterable[Annotated]) -> list[Annotated]:
    """Entries without the number of the codebook, which is the project's own."""
    return [replace(entry, codebook=None) for entry in entries]
