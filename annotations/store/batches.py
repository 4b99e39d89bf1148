"""One act on many marks: what it will do is told first, and one undo takes all of it back.

A batch in one document is that document's act; a batch over several is the project's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from annotations.codebook import Attribute, Codebook
from annotations.document import Annotation, new_id
from annotations.errors import BadInput, Conflict, NotFound, QuoteMismatch
from annotations.store.changes import Act, Change, Log, Outcome
from annotations.store.codebooks import Codebooks
from annotations.store.database import Database
from annotations.store.documents import KeptDocument
from annotations.store.kept_marks import KeptMark
from annotations.store.marks import Marks
from annotations.store.people import KeptLayer, Layers, Person, Project, open_for_change

MOST = 10_000
"""Marks in one batch."""

VERBS = ("label", "attribute", "entity", "concept", "unsure", "delete")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What to do with each mark: one of ``VERBS``.

    ``value`` is a label, a name (empty: none), an attribute's value, or a truth for ``unsure``;
    ``attribute`` the id of the attribute.
    """

    verb: str
    value: Any = None
    attribute: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A mark that the wish cannot be done to. ``mark`` is ``None`` where it is gone.

    ``why``: ``gone``, ``stale`` (changed since it was looked at), ``frozen``, ``suggestion``,
    ``attribute`` (its label has none of that name), ``entity``, ``concept`` (its label takes none).
    """

    id: str
    why: str
    mark: KeptMark | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a wish comes to: the marks it changes, those that are so already, and the others.

    ``torn`` are the ids of relations that have to go: those of marks deleted, and those that the
    codebook does not allow from or to the new label.
    """

    fits: Sequence[KeptMark] = ()
    same: Sequence[KeptMark] = ()
    refused: Sequence[Refusal] = ()
    torn: Sequence[str] = ()

    @property
    def documents(self) -> list[int]:
        """The numbers of the documents that it changes."""
        return sorted({mark.document for mark in self.fits})

    @property
    def stale(self) -> list[Refusal]:
        return [refusal for refusal in self.refused if refusal.why == "stale"]


class BatchStale(Conflict):
    """Some marks of a batch were changed since they were looked at; nothing was changed."""

    def __init__(self, ids: Sequence[str]):
        self.ids = tuple(ids)
        super().__init__(
            f"{len(self.ids)} of these marks were changed elsewhere while you looked at them. "
            "Nothing was changed: look at them again, or leave them out."
        )


class Batches:
    """Acts on many marks at once."""

    def __init__(
        self, database: Database, log: Log, codebooks: Codebooks, layers: Layers, marks: Marks
    ):
        self._database, self._log = database, log
        self._codebooks, self._layers, self._marks = codebooks, layers, marks

    def plan(self, project: Project, chosen: Mapping[str, int | None], wish: Wish) -> Plan:
        """What a wish would do to these marks, by id with the newest change that was looked at.

        Raises ``BadInput`` for a wish that nobody can fulfil, ``NotFound`` for an unknown label.
        """
        if len(chosen) > MOST:
            raise BadInput(f"A batch takes at most {MOST} marks; these are {len(chosen)}.")
        codebook = self._codebooks.of(project.key)
        _check_wish(codebook, wish)
        fits: list[KeptMark] = []
        same: list[KeptMark] = []
        refused: list[Refusal] = []
        layers: dict[int, KeptLayer] = {}
        for uid, saw in chosen.items():
            try:
                mark = self._marks.find(project, uid)
            except NotFound:
                refused.append(Refusal(uid, "gone"))
                continue
            if mark.layer not in layers:
                layers[mark.layer] = self._layers.by_key(mark.layer)
            why = _obstacle(codebook, layers[mark.layer], mark.value, saw, wish)
            if why:
                refused.append(Refusal(uid, why, mark))
            elif wish.verb != "delete" and _is_so(mark.value, wish):
                same.append(mark)
            else:
                fits.append(mark)
        return Plan(fits, same, refused, self._torn(codebook, fits, wish))

    def documents_of(self, project: Project, uids: Sequence[str]) -> list[int]:
        """The numbers of the documents that marks lie in, living or not."""
        rows = self._database.rows(
            """select distinct document_id from annotations where project_id = :project
            and uid in (select value from json_each(:uids)) order by document_id""",
            {"project": project.key, "uids": orjson.dumps(list(uids)).decode()},
        )
        return [key for (key,) in rows]

    def _torn(self, codebook: Codebook, fits: Sequence[KeptMark], wish: Wish) -> list[str]:
        if wish.verb not in ("label", "delete") or not fits:
            return []
        coding = self._codebooks.coding(self._project_of(fits[0]))
        ours = {mark.key for mark in fits}
        rows = self._database.rows(
            """select r.uid, r.kind_id, r.head_id, r.child_id, h.label_id, k.label_id
            from relations r join annotations h on h.id = r.head_id
            left join annotations k on k.id = r.child_id
            where r.deleted = 0 and r.id in (
                select id from relations where head_id in (select value from json_each(:keys))
                union
                select id from relations where child_id in (select value from json_each(:keys)))
            order by r.id""",
            {"keys": orjson.dumps(sorted(ours)).decode()},
        )
        if wish.verb == "delete":
            return [uid for uid, *_ in rows]
        new = codebook.label(wish.value).id
        torn = []
        for uid, kind_key, head, child, head_label, child_label in rows:
            kind = codebook.kind(coding.kind_names[kind_key])
            ends = [(head, head_label, kind.heads)]
            if child is not None:
                ends.append((child, child_label, kind.children))
            for end, label, allowed in ends:
                is_now = new if end in ours else codebook.label(coding.label_names[label]).id
                if end in ours and is_now not in allowed:
                    torn.append(uid)
                    break
        return torn

    def _project_of(self, mark: KeptMark) -> int:
        row = self._database.row(
            "select project_id from annotations where id = :key", {"key": mark.key}
        )
        return int(row[0])

    def perform(
        self,
        act: Act,
        project: Project,
        chosen: Mapping[str, int | None],
        wish: Wish,
        skip_stale: bool = False,
    ) -> Outcome:
        """Do it, to those marks that allow it, as one change.

        Raises ``BatchStale`` when some were changed since they were looked at, unless those are to
        be left out, and ``BadInput`` when there is nothing to do.
        """

        def work(change: Change) -> dict[str, Any]:
            plan = self.plan(project, chosen, wish)
            if plan.stale and not skip_stale:
                raise BatchStale([refusal.id for refusal in plan.stale])
            if not plan.fits:
                raise BadInput("None of these marks would be changed by that.")
            if act.document is not None and plan.documents != [act.document]:
                raise NotFound("mark", plan.fits[0].value.id)
            self._delete_relations(change, project, plan.torn)
            for mark in plan.fits:
                if wish.verb == "delete":
                    change.delete("annotations", mark.key)
                else:
                    fields = {_FIELDS[wish.verb]: _value(mark.value, wish)}
                    self._marks.change_within(change, project, mark, fields)
            if act.document is None:
                touch(change, plan.documents)
            return {
                "touched": {"annotations": [mark.value.id for mark in plan.fits]},
                "left": len(plan.same) + len(plan.refused),
                "relations": len(plan.torn),
            }

        return self._log.perform(act, work)

    def _delete_relations(self, change: Change, project: Project, uids: Sequence[str]) -> None:
        rows = self._database.rows(
            """select id from relations where project_id = :project and deleted = 0
            and uid in (select value from json_each(:uids))""",
            {"project": project.key, "uids": orjson.dumps(list(uids)).decode()},
        )
        for (key,) in rows:
            change.delete("relations", key)

    def mark(
        self,
        act: Act,
        project: Project,
        person: Person,
        drafts: Sequence[tuple[KeptDocument, Annotation, str]],
    ) -> Outcome:
        """Make many marks in the person's own layer, each with its document and what was seen.

        Those that are there already, with the same label at the same place, are left out. Raises
        ``BadInput`` when nothing is left, and what ``Marks.add`` raises.
        """
        if len(drafts) > MOST:
            raise BadInput(f"A batch takes at most {MOST} marks; these are {len(drafts)}.")

        def work(change: Change) -> dict[str, Any]:
            layer = open_for_change(self._layers.make_work(change, project, person))
            coding = self._codebooks.coding(project.key)
            made, documents = [], set()
            for document, draft, quote in drafts:
                if self._is_there(document, layer, draft, coding.label_key(draft.label)):
                    continue
                draft = draft if draft.id else replace(draft, id=new_id())
                _check_quote(document, draft, quote)
                self._marks.make(change, project, document, layer, draft)
                made.append(draft.id)
                documents.add(document.key)
            if not made:
                raise BadInput("All of these places bear that label already, in your own layer.")
            if act.document is not None and documents != {act.document}:
                raise NotFound("document", act.document)
            if act.document is None:
                touch(change, sorted(documents))
            return {"touched": {"annotations": made}, "left": len(drafts) - len(made)}

        return self._log.perform(act, work)

    def _is_there(
        self, document: KeptDocument, layer: KeptLayer, draft: Annotation, label: int
    ) -> bool:
        row = self._database.row(
            """select 1 from annotations where document_id = :document and deleted = 0
            and layer_id = :layer and start_at = :start and end_at = :end and label_id = :label""",
            {
                "document": document.key,
                "layer": layer.key,
                "start": draft.start,
                "end": draft.end,
                "label": label,
            },
        )
        return row is not None


_FIELDS = {
    "label": "label",
    "attribute": "attributes",
    "entity": "entity",
    "concept": "concept",
    "unsure": "unsure",
}


def _check_quote(document: KeptDocument, draft: Annotation, quote: str) -> None:
    found = draft.span.within(document.value.text).of(document.value.text)
    if found != quote:
        raise QuoteMismatch(draft.start, draft.end, quote, found)


def touch(change: Change, documents: Sequence[int]) -> None:
    """A change over several documents counts in each of them: what is drawn of it is old now."""
    for key in documents:
        change.update("documents", key, {})


def _check_wish(codebook: Codebook, wish: Wish) -> None:
    if wish.verb not in VERBS:
        raise BadInput("Choose what to do with these marks.")
    if wish.verb == "label":
        label = codebook.label(wish.value or "")
        if label not in codebook.marking:
            raise BadInput(f"The label “{label.name}” is retired; choose another.")
    if wish.verb == "attribute" and not _attributes(codebook, wish.attribute):
        raise BadInput("Choose an attribute that the codebook knows.")


def _attributes(codebook: Codebook, uid: str) -> list[Attribute]:
    return [a for label in codebook.labels for a in label.attributes if a.id == uid]


def _obstacle(
    codebook: Codebook, layer: KeptLayer, mark: Annotation, saw: int | None, wish: Wish
) -> str:
    """Why a wish cannot be done to a mark; empty when it can."""
    if layer.value.frozen:
        return "frozen"
    if layer.value.kind == "suggestion":
        return "suggestion"
    if saw is not None and mark.version > saw:
        return "stale"
    label = codebook.label(mark.label)
    if wish.verb == "attribute":
        own = [a for a in label.attributes if a.id == wish.attribute]
        if not own or (own[0].kind == "choice" and wish.value not in (*own[0].choices, "", None)):
            return "attribute"
    if wish.verb == "entity" and wish.value and not label.takes_entity:
        return "entity"
    if wish.verb == "concept" and wish.value and not label.takes_concept:
        return "concept"
    return ""


def _value(mark: Annotation, wish: Wish) -> Any:
    if wish.verb != "attribute":
        return wish.value
    others = {n: v for n, v in mark.attributes.items() if n != wish.attribute}
    return others if wish.value in ("", None) else {**others, wish.attribute: wish.value}


def _is_so(mark: Annotation, wish: Wish) -> bool:
    now = {
        "label": mark.label,
        "entity": mark.entity or "",
        "concept": mark.concept or "",
        "unsure": mark.unsure,
        "attribute": mark.attributes.get(wish.attribute),
    }[wish.verb]
    return bool(now == wish.value) or (now in ("", None) and wish.value in ("", None))
