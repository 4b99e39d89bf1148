"""The verbs that change annotations and relations; reading them is in ``kept_marks``.

Every verb is one act in the log. A draft names its label, entity and concept; the store keeps
numbers.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from annotations.anchoring import AnchoredMark, reanchor_marks
from annotations.codebook import Codebook, RelationKind
from annotations.document import (
    ORIGINS,
    SUGGESTED,
    Annotation,
    Document,
    Relation,
    checked_id,
    checked_text,
)
from annotations.errors import AlreadyMarked, BadInput, NotFound, QuoteMismatch
from annotations.spans import Span, hull
from annotations.store.changes import Act, Change, Log, Outcome
from annotations.store.codebooks import Codebooks, Coding
from annotations.store.database import Database
from annotations.store.documents import KeptDocument
from annotations.store.kept_marks import KeptMark, KeptMarks
from annotations.store.names import ensure_concept, ensure_entity
from annotations.store.people import KeptLayer, Layers, Person, Project, open_for_change
from annotations.store.undo import PLACE, same
from annotations.store.values import dumps

EDITABLE = ("label", "fragments", "attributes", "entity", "concept", "note", "unsure")


class Marks(KeptMarks):
    """The annotations and relations of all documents: read, made, changed, joined, deleted."""

    def __init__(self, database: Database, log: Log, codebooks: Codebooks, layers: Layers):
        super().__init__(database, codebooks)
        self._log, self._layers = log, layers

    # --- annotations

    def add(
        self,
        act: Act,
        project: Project,
        person: Person,
        document: KeptDocument,
        draft: Annotation,
        quote: str | None = None,
        layer: KeptLayer | None = None,
        again: bool = True,
    ) -> Outcome:
        """Mark a stretch of text, in the person's own layer unless another is named.

        Without ``again`` the very same words are not marked with the same label a second time in a
        layer: ``AlreadyMarked`` is raised, and a request that was sent before is still repeated.

        ``quote`` is what the person saw there. On a text that was corrected meanwhile, the mark is
        carried over as it would have been by the correction, had it come a moment before: nothing
        that waited in a browser is refused for that. The result names the ``revision`` then, and
        what ``doubt`` there is. Raises ``QuoteMismatch`` when the text is another,
        ``SpanOutOfText``, ``NotFound`` for an unknown label, ``Frozen`` for a closed layer.
        """

        def work(change: Change) -> dict[str, Any]:
            _check(draft, document.value, quote)
            newest, taken, version = self._state(act, project, document, draft.id)
            where = self._layer(change, project, person, layer)
            coding = self._codebooks.coding(project.key, version)
            key, doubt = self._make(
                change,
                project,
                document,
                where,
                draft,
                newest,
                taken=taken,
                coding=coding,
                again=again,
            )
            made: dict[str, Any] = {"annotation": draft.id, "key": key}
            if newest != document.value.revision:
                made |= {"revision": newest, "doubt": doubt}
            return made

        return self._log.perform(act, work)

    def make(
        self,
        change: Change,
        project: Project,
        document: KeptDocument,
        layer: KeptLayer,
        draft: Annotation,
    ) -> int:
        """Inside a change: keep an annotation in an open layer, and give its number.

        Raises what ``add`` raises.
        """
        _check(draft, document.value, None)
        (newest,) = self._database.row(
            "select revision from documents where id = :key", {"key": document.key}
        )
        taken = self._is_taken("annotations", project, draft.id)
        coding = self._codebooks.coding(project.key)
        return self._make(
            change, project, document, layer, draft, newest, taken=taken, coding=coding
        )[0]

    def _make(
        self,
        change: Change,
        project: Project,
        document: KeptDocument,
        layer: KeptLayer,
        draft: Annotation,
        newest: int,
        *,
        taken: bool,
        coding: Coding,
        again: bool = True,
    ) -> tuple[int, str | None]:
        """What ``make`` does with a checked draft, once it is known how things stand: the newest
        revision, whether its id is taken, the newest codebook. Gives what doubt there is, too.
        Without ``again`` the same words are not marked with the same label a second time."""
        if taken:
            raise _is_there("mark", draft.id)
        row = self._row(change, project, draft, coding)
        if newest != document.value.revision:
            row |= self._carried(document.key, document.value.revision, newest, draft.spans)
        row |= {
            "project_id": project.key,
            "uid": draft.id,
            "document_id": document.key,
            "layer_id": layer.key,
            "revision": newest,
            "created": change.at,
            "updated": change.at,
        }
        if not again:
            self._refuse_same(row, draft)
        return change.insert("annotations", row), row.get("doubt")

    def _refuse_same(self, row: dict[str, Any], draft: Annotation) -> None:
        """Raise ``AlreadyMarked`` where a living mark of the layer has the place and the label."""
        found = self._database.row(
            """select uid from annotations where document_id = :document_id and deleted = 0
            and layer_id = :layer_id and start_at = :start_at and end_at = :end_at
            and label_id = :label_id and revision = :revision and fragments is :fragments""",
            row,
        )
        if found is not None:
            text = self._text(row["document_id"], row["revision"])
            raise AlreadyMarked(found[0], draft.label, text[row["start_at"] : row["end_at"]])

    def _row(
        self, change: Change, project: Project, draft: Annotation, coding: Coding
    ) -> dict[str, Any]:
        """What a draft says, in the columns of the table."""
        return {
            "label_id": _span_label(coding, draft.label),
            "start_at": draft.start,
            "end_at": draft.end,
            "fragments": _fragments(draft.fragments),
            "attributes": dumps(draft.attributes, "attributes"),
            "entity_id": self._entity(change, project, draft.entity),
            "concept_id": self._concept(change, project, draft.concept),
            "note": draft.note,
            "unsure": int(draft.unsure),
            "origin": draft.origin.kind,
            "origin_source": checked_text(draft.origin.source, "source"),
            "origin_score": draft.origin.score,
            "origin_edited": int(draft.origin.edited) or None,
            "codebook_version": coding.codebook.version,
            "extra": dumps(draft.extra, "extra"),
        }

    def _layer(
        self, change: Change, project: Project, person: Person, named: KeptLayer | None
    ) -> KeptLayer:
        """The layer to mark in, as it stands now. Raises ``Frozen``, ``NotFound``."""
        if named is None:
            return open_for_change(self._layers.make_work(change, project, person))
        return open_for_change(self._layers.find(project, named.value.id))

    def _state(
        self, act: Act, project: Project, document: KeptDocument, uid: str
    ) -> tuple[int, bool, int]:
        """The document's newest revision, once it lives; whether a mark of that id is there; the
        number of the newest codebook. Raises ``NotFound``."""
        living = self._database.row(
            """select revision,
                exists (select 1 from annotations where project_id = :project and uid = :uid),
                (select max(version) from codebooks where project_id = :project)
            from documents where id = :key and project_id = :project and deleted = 0""",
            {"key": document.key, "project": project.key, "uid": uid},
        )
        if living is None or act.document not in (None, document.key):
            raise NotFound("document", document.value.id)
        return living[0], bool(living[1]), living[2]

    def _carried(
        self, document: int, seen: int, newest: int, fragments: Sequence[Span]
    ) -> dict[str, Any]:
        """Where a mark made on an older revision lies now, in the columns of the table."""
        (place,) = reanchor_marks(
            self._text(document, seen), self._text(document, newest), [fragments]
        )
        return columns_of(place) | {"revision": newest}

    def _text(self, document: int, revision: int) -> str:
        row = self._database.row(
            "select text from texts where document_id = :key and revision = :revision",
            {"key": document, "revision": revision},
        )
        if row is None:
            raise NotFound("revision", revision)
        return str(row[0])

    def _is_taken(self, table: str, project: Project, uid: str) -> bool:
        query = f"select 1 from {table} where project_id = :project and uid = :uid"  # noqa: S608
        return self._database.row(query, {"project": project.key, "uid": uid}) is not None

    def open_mark(self, act: Act, project: Project, uid: str) -> KeptMark:
        """The mark with that id, in the act's document and open for change.

        Raises ``NotFound``, ``Frozen``.
        """
        kept = self.find(project, uid)
        if act.document not in (None, kept.document):
            raise NotFound("mark", uid)
        open_for_change(self._layers.by_key(kept.layer))
        return kept

    def edit(
        self,
        act: Act,
        project: Project,
        uid: str,
        fields: Mapping[str, Any],
        saw: int | None = None,
        quote: str | None = None,
        revision: int | None = None,
    ) -> Outcome:
        """Change some of an annotation's ``EDITABLE`` fields.

        ``saw`` is the version the person looked at; that the mark was carried to a corrected text
        since does not count. New borders are counted on the text of ``revision`` (the mark's own
        unless it is named), and carried over from it. Raises ``Stale`` with the current state when
        it was changed since, ``NotFound`` when it is gone, and what ``add`` raises.
        """

        def work(change: Change) -> dict[str, Any]:
            kept = self.open_mark(act, project, uid)
            seen = self._seen(change, kept.key, saw)
            self.change_within(change, project, kept, fields, seen, quote, revision)
            old = kept.value
            return {"annotation": uid, "was": [old.start, old.end]}

        return self._log.perform(act, work)

    def change_within(
        self,
        change: Change,
        project: Project,
        kept: KeptMark,
        fields: Mapping[str, Any],
        seen: int | None = None,
        quote: str | None = None,
        revision: int | None = None,
    ) -> None:
        """Inside a change: some fields of one mark whose layer is open.

        Raises what ``edit`` raises.
        """
        columns = self._columns(change, project, kept, fields, quote, revision)
        columns |= self._edited(project, kept, columns)
        change.update("annotations", kept.key, {**columns, "updated": change.at}, seen)

    def reshape(
        self,
        act: Act,
        project: Project,
        uid: str,
        shape: Callable[[Sequence[Span]], Sequence[Span]],
    ) -> Outcome:
        """Change the parts of an annotation; ``shape`` makes the new ones of those it has now.

        Raises what ``shape`` and ``edit`` raise.
        """

        def work(change: Change) -> dict[str, Any]:
            kept = self.open_mark(act, project, uid)
            self.change_within(change, project, kept, {"fragments": shape(kept.value.spans)})
            return {"annotation": uid, "was": [kept.value.start, kept.value.end]}

        return self._log.perform(act, work)

    def _columns(
        self,
        change: Change,
        project: Project,
        kept: KeptMark,
        fields: Mapping[str, Any],
        quote: str | None,
        revision: int | None = None,
    ) -> dict[str, Any]:
        columns: dict[str, Any] = {}
        for name, value in fields.items():
            if name == "label":
                coding = self._codebooks.coding(project.key)
                columns["label_id"] = _span_label(coding, value)
                columns["codebook_version"] = coding.codebook.version
            elif name == "fragments":
                columns |= self._places(kept, tuple(value), quote, revision)
            elif name == "attributes":
                columns["attributes"] = dumps(value, "attributes")
                columns["codebook_version"] = self._codebooks.newest_version(project.key)
            elif name == "entity":
                columns["entity_id"] = self._entity(change, project, value)
            elif name == "concept":
                columns["concept_id"] = self._concept(change, project, value)
            elif name == "note":
                columns["note"] = checked_text(value, "note")
            elif name == "unsure":
                columns["unsure"] = int(value)
            else:
                raise BadInput(f"A mark has no “{name}” that could be changed.")
        return columns

    def _edited(
        self, project: Project, kept: KeptMark, columns: Mapping[str, Any]
    ) -> dict[str, Any]:
        """What the origin of an accepted suggestion says once its label or place is another."""
        if kept.value.origin.kind not in SUGGESTED or kept.value.origin.edited:
            return {}
        was = {"start_at": kept.value.start, "end_at": kept.value.end}
        was["label_id"] = self._codebooks.coding(project.key).label_key(kept.value.label)
        other = any(columns.get(name, value) != value for name, value in was.items())
        return {"origin_edited": 1} if other else {}

    def _seen(self, change: Change, key: int, saw: int | None) -> int | None:
        """The version that a person saw, or the newest where only the text was corrected since."""
        if saw is None:
            return None
        now = then = change.read("annotations", key)
        while then["seq"] > saw:
            item = self._database.row(
                "select before from change_items where kind = 'annotations' "
                "and object_id = :key and seq = :seq",
                {"key": key, "seq": then["seq"]},
            )
            if item is None:  # it was made after what the person says they saw
                return saw
            before = orjson.loads(item[0])
            if before["revision"] == then["revision"] or not same(before, then, *PLACE):
                return saw
            then = before
        return int(now["seq"]) if then["seq"] == saw else saw

    def _places(
        self,
        kept: KeptMark,
        fragments: tuple[Span, ...],
        quote: str | None,
        revision: int | None,
    ) -> dict[str, Any]:
        mine = kept.value.revision
        text = self._text(kept.document, revision or mine)
        whole = hull(fragments).within(text)
        for fragment in fragments:
            fragment.within(text)
        if quote is not None and whole.of(text) != quote:
            raise QuoteMismatch(whole.start, whole.end, quote, whole.of(text))
        if revision not in (None, mine):
            return self._carried(kept.document, revision or mine, mine, fragments)
        return {
            "start_at": whole.start,
            "end_at": whole.end,
            "fragments": _fragments(fragments),
            "doubt": None,
        }

    def delete(self, act: Act, project: Project, uid: str, saw: int | None = None) -> Outcome:
        """Delete an annotation, and the relations that would hang in the air without it.

        Raises ``Stale``, ``NotFound``, ``Frozen``.
        """

        def work(change: Change) -> dict[str, Any]:
            kept = self.open_mark(act, project, uid)
            change.delete("annotations", kept.key, self._seen(change, kept.key, saw))
            joined = self._database.rows(
                """select id, head_id, child_id from relations
                where (head_id = :key or child_id = :key) and deleted = 0""",
                {"key": kept.key},
            )
            for key, _, _ in joined:
                change.delete("relations", key)
            others = {end for _, *ends in joined for end in ends if end not in (None, kept.key)}
            return {
                "annotation": uid,
                "was": [kept.value.start, kept.value.end],
                "joined": self._uids(others),
            }

        return self._log.perform(act, work)

    def _uids(self, keys: set[int]) -> list[str]:
        rows = self._database.rows(
            "select uid from annotations where id in (select value from json_each(:keys))",
            {"keys": orjson.dumps(sorted(keys)).decode()},
        )
        return [uid for (uid,) in rows]

    # --- relations

    def relate(self, act: Act, project: Project, draft: Relation) -> Outcome:
        """Join two annotations of one layer, or an annotation and an entity.

        Raises ``BadInput`` when the codebook does not allow it, when both ends are one, when the
        ends lie in different layers or documents, or when they are joined so already.
        """

        def work(change: Change) -> dict[str, Any]:
            checked_id(draft.id, "id of a relation")
            if self._is_taken("relations", project, draft.id):
                raise _is_there("relation", draft.id)
            head = self.open_mark(act, project, draft.head)
            child = None if draft.child is None else self.find(project, draft.child)
            kind = self._allowed(project, draft, head, child)
            row = {
                "project_id": project.key,
                "uid": draft.id,
                "document_id": head.document,
                "layer_id": head.layer,
                "kind_id": self._codebooks.coding(project.key).kind_key(kind.name),
                "head_id": head.key,
                "child_id": None if child is None else child.key,
                "child_entity_id": self._entity(change, project, draft.child_entity),
            }
            self._refuse_twin(row, kind)
            change.insert("relations", {**row, "extra": dumps(draft.extra, "extra")})
            return {"relation": draft.id, "ends": [draft.head, draft.child]}

        return self._log.perform(act, work)

    def _allowed(
        self, project: Project, draft: Relation, head: KeptMark, child: KeptMark | None
    ) -> RelationKind:
        """The relation's kind, once the codebook lets it join these ends. Raises ``BadInput``."""
        codebook = self._codebooks.of(project.key)
        kind = codebook.kind(draft.label)
        if (child is None) == (not draft.child_entity):
            raise BadInput("A relation leads to a mark or to an actor: name one of the two.")
        _check_end(codebook, kind, head, "heads")
        if child is not None:
            _check_pair(codebook, kind, head, child)
        elif not any(label.takes_entity for label in codebook.labels if label.id in kind.children):
            raise BadInput(f"“{kind.name}” cannot lead to an actor.")
        return kind

    def _refuse_twin(self, row: Mapping[str, Any], kind: RelationKind) -> None:
        twin = self._database.row(
            """select 1 from relations where head_id = :head_id and kind_id = :kind_id
            and child_id is :child_id and child_entity_id is :child_entity_id and deleted = 0""",
            dict(row),
        )
        if twin:
            raise BadInput(f"They are joined by “{kind.name}” already.")

    def unrelate(self, act: Act, project: Project, uid: str, saw: int | None = None) -> Outcome:
        """Remove a relation. Raises ``NotFound``, ``Stale``, ``Frozen``."""

        def work(change: Change) -> dict[str, Any]:
            row = self._database.row(
                """select r.id, r.layer_id, r.document_id, h.uid, k.uid from relations r
                join annotations h on h.id = r.head_id left join annotations k on k.id = r.child_id
                where r.project_id = :project and r.uid = :uid and r.deleted = 0""",
                {"project": project.key, "uid": uid},
            )
            if row is None or act.document not in (None, row[2]):
                raise NotFound("relation", uid)
            open_for_change(self._layers.by_key(row[1]))
            change.delete("relations", row[0], saw)
            return {"relation": uid, "ends": [row[3], row[4]]}

        return self._log.perform(act, work)

    def _entity(self, change: Change, project: Project, name: str | None) -> int | None:
        if not name:
            return None
        return ensure_entity(change, self._database.here.conn, project.key, name)

    def _concept(self, change: Change, project: Project, name: str | None) -> int | None:
        if not name:
            return None
        return ensure_concept(change, self._database.here.conn, project.key, name)


def columns_of(place: AnchoredMark) -> dict[str, Any]:
    """Where a mark was anchored, in the columns of the table; the revision is not among them."""
    whole = hull(place.spans)
    return {
        "start_at": whole.start,
        "end_at": whole.end,
        "fragments": _fragments(place.spans),
        "doubt": None if place.how == "sure" else place.how,
    }


def _span_label(coding: Coding, name: str) -> int:
    """The number of a label, once it is one for stretches of text."""
    key = coding.label_key(name)
    if coding.codebook.label(name).scope != "span":
        raise BadInput(f"The label “{name}” is for whole documents; give it to the document.")
    return key


def _is_there(what: str, uid: str) -> BadInput:
    return BadInput(f"There is a {what} with the id “{uid}” already.")


def _fragments(fragments: Sequence[Span]) -> str | None:
    """As the table keeps them: nothing for a single stretch, which the hull says."""
    if len(fragments) < 2:
        return None
    return orjson.dumps([[f.start, f.end] for f in fragments]).decode()


def _check(draft: Annotation, document: Document, quote: str | None) -> None:
    checked_id(draft.id, "id of a mark")
    checked_text(draft.note, "note")
    if draft.origin.kind not in ORIGINS:
        raise BadInput(f"“{draft.origin.kind}” is not an origin; known are {', '.join(ORIGINS)}.")
    whole = draft.span.within(document.text)
    if draft.fragments and hull(draft.fragments) != whole:
        raise BadInput("The fragments of a mark must reach from its start to its end.")
    for fragment in draft.fragments:
        fragment.within(document.text)
    if quote is not None and whole.of(document.text) != quote:
        raise QuoteMismatch(whole.start, whole.end, quote, whole.of(document.text))


def _check_end(codebook: Codebook, kind: RelationKind, mark: KeptMark, side: str) -> None:
    label = codebook.label(mark.value.label)
    if label.id not in getattr(kind, side):
        raise BadInput(f"“{kind.name}” cannot join a mark labelled “{label.name}” at that end.")


def _check_pair(codebook: Codebook, kind: RelationKind, head: KeptMark, child: KeptMark) -> None:
    _check_end(codebook, kind, child, "children")
    if child.key == head.key:
        raise BadInput("A mark cannot be joined with itself.")
    if (child.document, child.layer) != (head.document, head.layer):
        raise BadInput("Both marks of a relation must lie in one layer of one document.")
