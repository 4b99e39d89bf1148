"""Batches: one act on the marks that were chosen, told before it is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request

from annotations.codebook import Attribute, Codebook
from annotations.errors import BadInput
from annotations.shortening import shortened
from annotations.store import Project
from annotations.store.batches import BatchStale, Plan, Refusal, Wish
from reader import here
from reader.errors import wants_fragment
from reader.pages.finding import back_to
from reader.pages.marking import changed, number_of
from reader.request_numbers import parse_number
from reader.words import gettext as _
from reader.words import ngettext

bp = Blueprint("batches", __name__)

SHOWN = 8
"""Marks, and reasons, that the form lists by their words; of the others it says how many."""


@dataclass(frozen=True, slots=True)
class Told:
    """Marks that have one reason in common for not being changed."""

    reason: str
    quotes: Sequence[str]
    more: int


@bp.post("/projects/<project>/batch")
def form(project: str) -> Response:
    """The form: what can be done to the marks chosen, and what it would come to."""
    of = here.project(project)
    chosen = _chosen()
    store = here.store()
    book = store.codebooks.of(of.key)
    wish = _wish(book)
    plan = store.batches.plan(of, chosen, wish) if wish else None
    marks = store.marks.several(of, list(chosen)[:2000])
    return _drawn(
        of,
        chosen=chosen,
        plan=plan,
        wish=wish,
        wished=_said(book, wish) if wish else "",
        told=_told(plan) if plan else (),
        labels=_counted([mark.label for mark in marks]),
        quotes=_quotes(of, list(chosen)[:SHOWN]),
        more=max(0, len(chosen) - SHOWN),
        book=book,
        attributes=_attributes(book, {mark.label for mark in marks}),
        takes=_takes(book, {mark.label for mark in marks}),
        documents=_titles(plan) if plan else (),
        back=back_to(of),
    )


def _drawn(of: Project, status: int = 200, **values: Any) -> Response:
    template = "batches/_batch.html" if wants_fragment() else "batches/batch.html"
    return make_response(render_template(template, project=of, **values), status)


@bp.post("/projects/<project>/batch/do")
def do(project: str) -> Response:
    """Do it. In one document it is that document's act, over several the project's."""
    of = here.project(project)
    store = here.store()
    chosen = _chosen()
    wish = _wish(store.codebooks.of(of.key))
    if wish is None:
        raise BadInput(_("Choose what to do with these marks."))
    only = _only_document(of, chosen)
    act = here.act("batch", of, only)
    skip = request.form.get("skip") == "1"
    try:
        outcome = store.batches.perform(act, of, chosen, wish, skip_stale=skip)
    except BatchStale:
        if wants_fragment():
            raise
        return form(project)
    count = len(outcome.result["touched"]["annotations"])
    said = ngettext("%(num)d mark changed", "%(num)d marks changed", count)
    if wish.verb == "delete":
        said = ngettext("%(num)d mark deleted", "%(num)d marks deleted", count)
    said = _("%(done)s; one undo brings all of it back", done=said)
    if wants_fragment() and only is not None:
        kept = here.laid_out(store.documents.by_key(only))
        return changed(of, kept, outcome, said)
    flash(said)
    return make_response(redirect(back_to(of), 303))


def _only_document(of: Project, chosen: dict[str, int | None]) -> int | None:
    found = here.store().batches.documents_of(of, list(chosen))
    return found[0] if len(found) == 1 else None


def _chosen() -> dict[str, int | None]:
    """The marks by id with the version that was looked at: ``id`` or ``id:version``.

    Raises ``BadInput`` when there is none.
    """
    found: dict[str, int | None] = {}
    for value in request.form.getlist("mark"):
        uid, colon, version = value.rpartition(":")
        number = parse_number(version) if colon else None
        found[value if number is None else uid] = number
    if not found:
        raise BadInput(_("Choose some marks first."))
    return found


def _wish(book: Codebook) -> Wish | None:
    """What the form asks for; ``None`` while nothing is asked yet. Raises ``BadInput``."""
    verb = request.form.get("do", "")
    form = request.form
    if verb == "label":
        return Wish(verb=verb, value=form.get("label", ""))
    if verb in ("entity", "concept"):
        return Wish(verb=verb, value=form.get(verb, "").strip())
    if verb in ("unsure", "sure"):
        return Wish(verb="unsure", value=verb == "unsure")
    if verb == "attribute":
        uid, _equals, value = form.get("attribute", "").partition("=")
        return Wish(verb=verb, attribute=uid, value=_value(book, uid, value))
    return Wish(verb=verb) if verb else None


def _value(book: Codebook, uid: str, value: str) -> Any:
    known = [a for label in book.labels for a in label.attributes if a.id == uid]
    kind = known[0].kind if known else "text"
    if kind not in ("choice", "flag"):
        value = request.form.get("value", "").strip()
    if value == "":
        return ""
    if kind == "flag":
        return value == "yes"
    return number_of(value) if kind == "number" else value


def _attributes(book: Codebook, labels: set[str]) -> list[Attribute]:
    """The attributes that any of these labels has, each once; choices of all of them."""
    found: dict[str, Attribute] = {}
    for label in book.labels:
        if label.name in labels:
            for attribute in label.attributes:
                found.setdefault(attribute.id, attribute)
    return list(found.values())


def _takes(book: Codebook, labels: set[str]) -> dict[str, bool]:
    mine = [label for label in book.labels if label.name in labels]
    return {
        "entity": any(label.takes_entity for label in mine),
        "concept": any(label.takes_concept for label in mine),
    }


def _counted(labels: list[str]) -> list[tuple[str, int]]:
    return sorted({name: labels.count(name) for name in labels}.items())


def _quotes(of: Project, uids: Sequence[str]) -> list[tuple[str, str]]:
    """Label and quote of marks, as far as they are there."""
    store = here.store()
    found = []
    for mark in store.marks.several(of, list(uids)):
        kept = store.marks.find(of, mark.id)
        text = store.documents.by_key(kept.document).value.text
        found.append((mark.label, shortened(mark.quote(text), 80)))
    return found


def _titles(plan: Plan) -> list[str]:
    documents = here.store().documents
    return [documents.by_key(key).value.title or _("Untitled") for key in plan.documents]


def _said(book: Codebook, wish: Wish) -> str:
    """What is asked for, in words."""
    named = [a for label in book.labels for a in label.attributes if a.id == wish.attribute]
    attribute = named[0].name if named else wish.attribute
    value = {True: _("yes"), False: _("no"), "": _("nothing"), None: _("nothing")}.get(
        wish.value, str(wish.value)
    )
    said = {
        "label": _("Label: %(value)s", value=value),
        "attribute": _("%(name)s: %(value)s", name=attribute, value=value),
        "entity": _("Actor: %(value)s", value=value),
        "concept": _("Concept: %(value)s", value=value),
        "unsure": _("Unsure: %(value)s", value=value),
        "delete": _("Delete"),
    }
    return str(said[wish.verb])


def _told(plan: Plan) -> list[Told]:
    """The marks that stay as they are, by reason."""
    reasons = {
        "gone": _("deleted meanwhile"),
        "stale": _("changed elsewhere since you looked at them"),
        "frozen": _("in a layer that takes no more changes"),
        "suggestion": _("suggestions, not marks: accept or reject them"),
        "attribute": _("their label does not have that, or not that value"),
        "entity": _("their label takes no actor"),
        "concept": _("their label takes no concept"),
    }
    by_reason: dict[str, list[Refusal]] = {}
    for refusal in plan.refused:
        by_reason.setdefault(refusal.why, []).append(refusal)
    found = [_of_reason(reasons[why], refused) for why, refused in by_reason.items()]
    if plan.same:
        found.append(
            _of_reason(_("so already"), [Refusal(m.value.id, "same", m) for m in plan.same])
        )
    return found


def _of_reason(reason: str, refused: Sequence[Refusal]) -> Told:
    documents = here.store().documents
    quotes = [
        shortened(each.mark.value.quote(documents.by_key(each.mark.document).value.text), 60)
        for each in refused[:SHOWN]
        if each.mark
    ]
    return Told(f"{len(refused)} {reason}", quotes, max(0, len(refused) - SHOWN))
