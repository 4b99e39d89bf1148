"""The review queue: marks that a later codebook asks to be looked at again."""

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from annotations.review import Concern
from annotations.store import Project
from reader import here
from reader.errors import wants_fragment
from reader.limits import heavy
from reader.request_numbers import read_number
from reader.words import gettext as _

bp = Blueprint("review", __name__)

AROUND = 90
"""Characters shown on each side of a mark."""


@bp.get("/projects/<project>/review")
@heavy("page")
def listed(project: str) -> str:
    return _drawn(here.project(project))


def _drawn(of: Project, at: int = -1) -> str:
    """The list; the mark at a place in it takes the focus."""
    label = request.values.get("label", "")
    reviews, person, lately = here.store().reviews, here.person(), here.store().lately
    waiting = reviews.waiting(of, person)
    found = reviews.page(of, person, label)
    latest = lately.undoable(of.key, person.key)
    return render_template(
        "queue/_review.html" if wants_fragment() else "queue/review.html",
        project=of,
        waiting=waiting,
        total=sum(entry.count for entry in waiting),
        found=found,
        label=label,
        around=AROUND,
        at=min(at, len(found) - 1),
        why=why,
        undo=latest if latest is not None and latest.kind == "confirm" else None,
    )


@bp.post("/projects/<project>/review")
def confirm(project: str) -> Response:
    """One mark, or all of a label, are right as they are."""
    of = here.project(project)
    uid, every = request.form.get("mark", ""), request.form.get("every", "")
    document = here.store().marks.find(of, uid).document if uid else None
    act = here.act("confirm", of, document)
    here.store().reviews.confirm(act, of, here.person(), [uid] if uid else (), every)
    return _back(of)


@bp.post("/projects/<project>/review/undo")
def undo(project: str) -> Response:
    of = here.project(project)
    here.store().lately.undo(here.act("undo", of), read_number(request.form, "seq"))
    return _back(of)


def _back(of: Project) -> Response:
    if wants_fragment():
        return make_response(_drawn(of, read_number(request.form, "at", 0)))
    label = request.form.get("label") or None
    return make_response(redirect(url_for("review.listed", project=of.id, label=label), 303))


def why(concern: Concern) -> str:
    """One reason to look again, in a sentence."""
    words = {
        "definition": _("The definition is another now."),
        "retired": _("The label is retired."),
        "merged": _("The label became “%(name)s”.", name=concern.name),
        "required": _("“%(name)s” is required now.", name=concern.name),
        "choices": _(
            "“%(name)s” no longer offers %(choices)s.",
            name=concern.name,
            choices=", ".join(concern.choices),
        ),
        "new kind": _("“%(name)s” takes another kind of answer now.", name=concern.name),
        "gone": _("“%(name)s” is not asked any more.", name=concern.name),
        "relation": _("The relation “%(name)s” is described otherwise now.", name=concern.name),
    }
    return str(words[concern.kind])
