"""The queue: how far one is with an article, which comes next, and where one left off."""

from dataclasses import dataclass

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from annotations.complete import Missing
from annotations.document import STATES
from annotations.errors import BadInput, Unfinished
from annotations.store import KeptDocument, Neighbour, Person, Place, Project, State
from annotations.store.states import ORDERS
from reader import here
from reader.drawing import LONG, escaped
from reader.errors import wants_fragment
from reader.request_numbers import read_number
from reader.wording import state_names
from reader.words import gettext as _

bp = Blueprint("queue", __name__)

MOST_LISTED = 30
"""Missing things that one answer lists."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What the foot of the article page says of the queue."""

    project: Project
    document: KeptDocument
    person: Person
    state: State
    next: Neighbour | None
    previous: Neighbour | None

    @property
    def parts(self) -> tuple[object, ...]:
        """Everything that is shown of it, for an ETag."""
        return (self.state, self.next, self.previous)


def desk_of(project: Project, document: KeptDocument) -> Desk:
    """How this person stands with a document, and what lies beside it in their queue."""
    states, person = here.store().states, here.person()
    return Desk(
        project,
        document,
        person,
        states.of(project, person, document.key),
        states.next(project, person, document.key),
        states.previous(project, document.key),
    )


def drawn_desk(desk: Desk, swap: bool = False) -> str:
    return render_template(
        "queue/_desk.html", desk=desk, swap=swap, states=STATES, names=state_names(), long=LONG
    )


@bp.get("/projects/<project>/documents/<document>/desk")
def desk(project: str, document: str) -> str:
    """The state and the way on, as they stand now."""
    of = here.project(project)
    return drawn_desk(desk_of(of, here.document(of, document)), swap=True)


@bp.post("/projects/<project>/documents/<document>/state")
def state(project: str, document: str) -> Response:
    """Put a document into a state; “done” only once nothing is missing."""
    of = here.project(project)
    kept = here.document(of, document)
    asked = request.form.get("state", "")
    note = request.form.get("note", "").replace("\r\n", "\n")
    act = here.act("state", of, kept.key)
    try:
        outcome = here.store().states.set(act, of, here.person(), kept, asked, note)
    except Unfinished as unfinished:
        return _unfinished(of, kept, unfinished)
    if not wants_fragment():
        return make_response(
            redirect(url_for("articles.article", project=of.id, document=kept.value.id), 303)
        )
    now = desk_of(of, kept)
    drawn = drawn_desk(now, swap=True)
    said = escaped(_said(now))
    response = make_response(f'{drawn}<div hx-swap-oob="innerHTML:#polite">{said}</div>')
    response.headers["X-Postil-Seq"] = str(outcome.seq)
    response.headers["X-Postil-Ways"] = " ".join(here.ways(of, kept))
    return response


def _said(desk: Desk) -> str:
    """One sentence for whoever listens."""
    name = state_names()[desk.state.name]
    if desk.state.name == "in progress":
        return str(_("In progress"))
    state = name.capitalize()
    if desk.next is None:
        return str(_("%(state)s. No other article of this project is open.", state=state))
    title = desk.next.title or _("Untitled")
    return str(_("%(state)s. Enter goes to the next article: %(title)s", state=state, title=title))


def _unfinished(project: Project, document: KeptDocument, error: Unfinished) -> Response:
    """What is missing, each with a link that opens its card."""
    found: dict[str, list[Missing]] = {}
    for entry in error.missing:
        found.setdefault(entry.annotation.id, []).append(entry)
    template = "queue/unfinished.html" if wants_fragment() else "queue/unfinished_page.html"
    return make_response(
        render_template(
            template,
            project=project,
            document=document.value,
            message=str(error),
            found=list(found.values())[:MOST_LISTED],
            further=max(0, len(found) - MOST_LISTED),
            status=422,
        ),
        422,
    )


@bp.get("/projects/<project>/next")
def go_on(project: str) -> Response:
    """To the article where one left off, if it is still open, else to the next of the queue."""
    of, person = here.project(project), here.person()
    store = here.store()
    last = store.places.latest(person, of.key)
    if last is not None:
        key = store.documents.key_of(of, last)
        if store.states.of(of, person, key).name == "in progress":
            return _to(of, last)
    ahead = store.states.next(of, person)
    return _to(of, ahead.id if ahead else None)


def _to(project: Project, document: str | None) -> Response:
    if document is None:
        return make_response(redirect(url_for("library.project", project=project.id), 303))
    address = url_for("articles.article", project=project.id, document=document)
    return make_response(redirect(address, 303))


@bp.post("/projects/<project>/order")
def order(project: str) -> Response:
    """Keep the order in which one wants to go through a project."""
    of = here.project(project)
    here.store().states.choose(of, here.person(), request.form.get("order", ""))
    return make_response(redirect(url_for("library.project", project=of.id), 303))


@bp.get("/projects/<project>/documents/<document>/place")
def place(project: str, document: str) -> dict[str, int | None]:
    """Where this person left off, in code points; empty when they were never here."""
    of = here.project(project)
    found = here.store().places.of(here.person(), here.document(of, document))
    return {} if found is None else {"top": found.top, "cursor": found.cursor}


@bp.post("/projects/<project>/documents/<document>/place")
def keep_place(project: str, document: str) -> Response:
    """Remember where this person is. Sent quietly, by a browser that may be leaving the page."""
    of = here.project(project)
    top = read_number(request.form, "top")
    if top is None:
        raise BadInput(_("A place is a number of characters from the beginning of the text."))
    cursor = read_number(request.form, "cursor")
    here.store().places.keep(here.person(), here.document(of, document), Place(top, cursor))
    return make_response("", 204)


def order_names() -> dict[str, str]:
    """The orders of a queue, as a list offers them."""
    names = {
        "order": _("in order, passing over what is done, skipped or flagged"),
        "unfinished": _("what is begun first"),
        "uncertain": _("what the model is least sure of first"),
        "all": _("every article in order"),
    }
    return {order: names.get(order, order) for order in ORDERS}
