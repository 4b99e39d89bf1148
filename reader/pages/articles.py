"""The article page: text, marks, cards, and the index of what is in it."""

import hashlib

from flask import (
    Blueprint,
    Response,
    current_app,
    make_response,
    render_template,
    request,
    session,
    url_for,
)
from flask_babel import get_locale
from flask_wtf.csrf import generate_csrf

from annotations.document import Annotation
from annotations.store import KeptDocument, Project
from reader import here
from reader.drawing import LONG, Drawing, mentions
from reader.view import DrawnPages, Shown, View, shown
from reader.wording import script_messages, statement_index

bp = Blueprint("articles", __name__)

_DRAWN = DrawnPages()


def shown_here(project: Project, document: KeptDocument, query: str) -> Shown:
    """A document as the view named by a query string shows it."""
    address = url_for("marking.editor", project=project.id, annotation="")
    return shown(here.store(), project, document, View.of(query), address)


@bp.get("/projects/<project>/documents/<document>")
def article(project: str, document: str) -> Response:
    of = here.project(project)
    revision = request.args.get("revision", type=int)
    kept = here.document(of, document, revision)
    page = shown_here(of, kept, request.query_string.decode(errors="replace"))
    etag = _etag(page)
    if request.if_none_match.contains_weak(etag):
        return make_response("", 304, {"ETag": f'W/"{etag}"'})
    text, index = _drawn(page)
    response = make_response(
        render_template(
            "articles/article.html",
            project=of,
            document=kept.value,
            page=page,
            text=text,
            own_title=Drawing(kept.value, page.codebook, ()).has_own_title,
            index=index,
            counts=here.store().marks.counts(kept, page.keys),
            long=len(kept.value.text) > LONG,
            ways=here.ways(of, kept),
            messages=script_messages(),
        )
    )
    response.set_etag(etag, weak=True)
    return response


@bp.get("/projects/<project>/documents/<document>/index")
def index(project: str, document: str) -> str:
    of = here.project(project)
    page = shown_here(
        of, here.document(of, document), request.query_string.decode(errors="replace")
    )
    return _drawn(page)[1]


def _version(page: Shown) -> tuple[object, ...]:
    """Everything that the drawn text, cards and index depend on."""
    log = page.store.log
    return (
        page.store.database.path,
        page.document.key,
        page.document.value.revision,
        log.version(page.document.key),
        log.version_of_project(page.project.key),
        page.view,
        str(get_locale()),
    )


def _etag(page: Shown) -> str:
    """The version, and what else the page around it shows."""
    generate_csrf()
    parts = (
        *_version(page),
        here.person().id,
        here.person().name,
        session["csrf_token"],  # the page carries it: one drawn for another session is of no use
        current_app.config["POSTIL_STAMP"],
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:24]


def _drawn(page: Shown) -> tuple[str, str]:
    """The sections and the index, from memory when nothing changed since."""
    key = _version(page)
    text, listed = _DRAWN.get((*key, "text")), _DRAWN.get((*key, "index"))
    if text is None or listed is None:
        drawing = page.drawing()
        byline = render_template("articles/_byline.html", document=page.document.value)
        text = _DRAWN.keep((*key, "text"), drawing.whole(byline))
        listed = _DRAWN.keep((*key, "index"), _index(page, drawing))
    return text, listed


def _index(page: Shown, drawing: Drawing) -> str:
    """Actors with their mentions, then claims, demands and whatever else the codebook knows."""
    groups: list[tuple[str, dict[str, list[Annotation]]]] = []
    for label in sorted(page.codebook.labels, key=lambda label: not label.takes_entity):
        if label.takes_entity:
            groups.append((label.name, mentions(label, drawing.annotations)))
        else:
            groups.append((label.name, statement_index(label, drawing.annotations)))
    return render_template("articles/_index.html", groups=groups, drawing=drawing, page=page)
