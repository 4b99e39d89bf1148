"""A project and its documents from the outside: what they are called, the archive, the trash."""

from flask import (
    Blueprint,
    Response,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)

from annotations.document import STATES
from annotations.errors import BadInput, Stale
from annotations.store import KeptDocument, Project
from reader import here
from reader.pages.finding import back_to
from reader.request_numbers import read_number
from reader.wording import state_names
from reader.words import gettext as _
from reader.words import ngettext

bp = Blueprint("projects", __name__)

TITLES_NAMED = 5
"""Titles that a message lists; of more it says how many."""


def _to(address: str) -> Response:
    return make_response(redirect(address, 303))


# ── a project ─────────────────────────────────────────────────────────────────────────────────────


@bp.get("/projects/<project>/settings")
def settings(project: str) -> str:
    """The name of a project, and ways to archive and delete it."""
    return _settings(here.project(project))


def _settings(of: Project, problem: str = "", about: str = "") -> str:
    return render_template(
        "projects/settings.html",
        project=of,
        contents=here.store().projects.contents(of),
        name=request.form.get("name", of.name) if about == "name" else of.name,
        description=request.form.get("description", of.description)
        if about == "name"
        else of.description,
        problem=problem,
        about=about,
    )


@bp.post("/projects/<project>/settings")
def edit(project: str) -> Response:
    """Give the project another name and description."""
    of = here.project(project)
    name, description = (request.form.get(field, "") for field in ("name", "description"))
    try:
        here.store().projects.edit(here.act("edit project", of), of, name, description)
    except BadInput as refused:
        return make_response(_settings(of, str(refused), "name"), 422)
    flash(_("Name and description are kept."))
    return _to(url_for("library.project", project=of.id))


@bp.post("/projects/<project>/archive")
def archive(project: str) -> Response:
    """Put the project into the archive, or take it out."""
    of = here.project(project)
    archived = request.form.get("archived") == "1"
    here.store().projects.archive(here.act("archive project", of), of, archived)
    flash(
        _("The project is in the archive now: it can be read and exported, and not changed.")
        if archived
        else _("The project is out of the archive, and can be changed again.")
    )
    return _to(url_for("library.project", project=of.id))


@bp.post("/projects/<project>/delete")
def delete(project: str) -> Response:
    """Delete the project, where its name was written to confirm it."""
    of = here.project(project)
    try:
        here.store().projects.delete(
            here.act("delete project", of), of, request.form.get("name", "")
        )
    except BadInput as refused:
        return make_response(_settings(of, str(refused), "delete"), 422)
    flash(_("“%(name)s” is deleted. The library can bring it back.", name=of.name))
    return _to(url_for("library.home"))


@bp.post("/deleted-projects")
def restore() -> Response:
    """Bring a deleted project back."""
    of = here.store().projects.restore(
        here.act("restore project", None), request.form.get("project", "")
    )
    flash(_("“%(name)s” is back.", name=of.name))
    return _to(url_for("library.project", project=of.id))


# ── one document ──────────────────────────────────────────────────────────────────────────────────

FIELDS = ("title", "language", "direction", "source", "date")


@bp.get("/projects/<project>/documents/<document>/details")
def details(project: str, document: str) -> str:
    """What is known of a document, to be changed."""
    of = here.project(project)
    return _details(of, here.document(of, document))


def _details(of: Project, kept: KeptDocument, problem: str = "") -> str:
    form = request.form
    return render_template(
        "projects/details.html",
        project=of,
        document=kept.value,
        values={name: form.get(name, getattr(kept.value, name)) for name in FIELDS},
        version=here.store().documents.own_version(kept.key),
        problem=problem,
    )


@bp.post("/projects/<project>/documents/<document>/details")
def describe(project: str, document: str) -> Response:
    """Change the title, language, direction, source or date of a document."""
    of = here.project(project)
    kept = here.document(of, document)
    fields = {name: request.form[name] for name in FIELDS if name in request.form}
    changed = {name: value for name, value in fields.items() if value != getattr(kept.value, name)}
    act = here.act("describe", of, kept.key)
    try:
        if changed:
            here.store().documents.describe(
                act, of, document, changed, read_number(request.form, "saw")
            )
    except BadInput as refused:
        return make_response(_details(of, kept, str(refused)), 422)
    except Stale:
        said = _("Somebody changed this meanwhile. Look at it again, and keep it then.")
        return make_response(_details(of, kept, said), 409)
    flash(_("Kept.") if changed else _("Nothing was changed."))
    return _to(url_for("articles.article", project=of.id, document=document))


# ── many documents ────────────────────────────────────────────────────────────────────────────────


@bp.post("/projects/<project>/documents")
def change_many(project: str) -> Response:
    """Put the chosen documents into a state, or into the trash."""
    of, store = here.project(project), here.store()
    chosen = list(dict.fromkeys(request.form.getlist("document")))
    if not chosen:
        raise BadInput(_("Choose some articles first."))
    if request.form.get("do") == "remove":
        store.restoring.remove_documents(here.act("remove documents", of), of, chosen)
        flash(
            ngettext(
                "%(num)d article is in the trash now; it can be brought back.",
                "%(num)d articles are in the trash now; they can be brought back.",
                len(chosen),
            )
        )
        return _to(back_to(of))
    state = request.form.get("state", "")
    if state not in STATES:
        raise BadInput(_("Choose a state for the articles first."))
    # Not found before anything is changed: all of them, or none.
    kept = [store.documents.find(of, uid) for uid in chosen]
    result = store.states.set_many(here.act("states", of), of, here.person(), kept, state).result
    _tell_states(state, result["changed"], result["left"])
    return _to(back_to(of))


def _tell_states(state: str, changed: int, left: list[str]) -> None:
    name = state_names()[state]
    flash(
        ngettext(
            "%(num)d article is %(state)s for you now.",
            "%(num)d articles are %(state)s for you now.",
            changed,
            state=name,
        )
    )
    if left:
        titles = ", ".join(f"“{title[:60]}”" for title in left[:TITLES_NAMED])
        more = len(left) - TITLES_NAMED
        if more > 0:
            titles = _("%(titles)s and %(more)s more", titles=titles, more=more)
        flash(
            _("Left as they were, because marks lack what the codebook requires: %(t)s.", t=titles)
            if state == "done"
            else _("Left as they were, because they have marks of yours: %(t)s.", t=titles)
        )
