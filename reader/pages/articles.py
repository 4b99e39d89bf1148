"""The article page: text, marks and cards; and the index of what is in it, which is fetched."""

from functools import lru_cache
from math import ceil
from urllib.parse import quote

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
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from annotations.codebook import Codebook
from annotations.document_labels import given
from annotations.shortening import shortened
from annotations.spans import Span
from annotations.store import KeptDocument, Project
from reader import here
from reader.drawing import LONG, Drawing, escaped
from reader.drawn import Drawn, DrawnArticles
from reader.errors import wants_fragment
from reader.etags import make_etag
from reader.limits import heavy, heavy_work
from reader.pages.guidelines import definition
from reader.pages.history import past_page
from reader.pages.queue import desk_of, drawn_desk
from reader.request_numbers import read_number
from reader.view import Shown, View, shown
from reader.wording import script_messages
from reader.words import get_locale

bp = Blueprint("articles", __name__)

_DRAWN = DrawnArticles()
MANY = 2_000
"""Annotations from which an article counts as heavy."""
LISTED = 100
"""Annotations on a page of the list of all at a place."""
_HOLE = b"<!-- drawn -->"
"""Where the text goes; nothing that is escaped looks like it."""


def shown_here(project: Project, document: KeptDocument, query: str) -> Shown:
    """A document as the view named by a query string shows it."""
    address = _beginning(request.script_root, project.id)
    listed = f"{address.removesuffix('annotations/')}documents/{quote(document.value.id, safe='')}"
    view = View.of(query)
    return shown(here.store(), project, document, view, address, f"{listed}/annotations")


@bp.get("/projects/<project>/documents/<document>/annotations")
@heavy("page")
def listed(project: str, document: str) -> str:
    """Everything at a place, page by page: an article shows a part of it where it is too much."""
    of = here.project(project)
    kept = here.document(of, document)
    page = shown_here(of, kept, request.query_string.decode(errors="replace"))
    text = kept.value.text
    start = min(max(0, read_number(request.args, "start") or 0), len(text))
    end = read_number(request.args, "end")
    within = Span(start, max(start, len(text) if end is None else min(end, len(text))))
    total = here.store().marks.count_within(kept, page.keys, within)
    pages = max(1, ceil(total / LISTED))
    number = min(max(1, read_number(request.args, "page") or 1), pages)
    found = here.store().marks.listed_within(
        kept, page.keys, within, LISTED, (number - 1) * LISTED, page.coding
    )
    return render_template(
        "articles/annotations.html",
        project=of,
        document=kept.value,
        within=within,
        quote=shortened(within.of(text)),
        found=[(mark, page.codebook.label(mark.label), mark.quote(text)) for mark in found],
        shortened=shortened,
        total=total,
        page=number,
        pages=pages,
    )


@lru_cache(maxsize=256)
def _beginning(_root: str, project: str) -> str:
    """How the addresses of a project's annotations begin, below the root that was asked for."""
    return url_for("marking.editor", project=project, annotation="")


@bp.get("/projects/<project>/documents/<document>")
def article(project: str, document: str) -> Response:
    of = here.project(project)
    revision = read_number(request.args, "revision")
    kept = here.document(of, document, revision)
    newest = here.store().documents.revision(kept.key)
    if kept.value.revision != newest:
        past = here.store().history.at_revision(of, kept, kept.value.revision)
        return make_response(past_page(of, past, newest))
    page = shown_here(of, kept, request.query_string.decode(errors="replace"))
    desk = desk_of(of, kept)
    etag = _etag(page, desk.parts)
    if request.if_none_match.contains_weak(etag):
        return make_response("", 304, {"ETag": f'W/"{etag}"'})
    drawn = _drawn(page)
    # Jinja would copy millions of characters several times.
    around = render_template(
        "articles/article.html",
        project=of,
        document=kept.value,
        page=page,
        own_title=Drawing(kept.value, page.codebook, ()).has_own_title,
        counts=page.counts(),
        long=len(kept.value.text) > LONG,
        ways=here.ways(of, kept),
        desk=drawn_desk(desk),
        messages=script_messages(),
        in_doubt=here.store().corrections.in_doubt(kept.key),
        kinds=_kinds(page),
        labels_of_document=drawn_labels(of, kept, page.codebook),
        definition=lambda name: definition(page.codebook, name),
    )
    before, after = around.encode().split(_HOLE)
    response = make_response(b"".join([before, drawn.text, after]))
    response.set_etag(etag, weak=True)
    return response


def drawn_labels(
    project: Project, document: KeptDocument, codebook: Codebook, swap: bool = False
) -> str:
    """What the document as a whole is labelled, to be changed; nothing where no label is for that.

    ``swap`` draws it for an answer, which takes the place of what the page shows.
    """
    if not codebook.of_documents:
        return ""
    found = given(document.value.labels, codebook)
    have = {one.label.id: one.attributes for one in found}
    return render_template(
        "articles/_labels.html",
        address=url_for("marking.labels", project=project.id, document=document.value.id),
        labels=[x for x in codebook.labels if x in codebook.of_documents or x.id in have],
        given=found,
        have=have,
        swap=swap,
    )


def _kinds(page: Shown) -> list[tuple[str, str, list[int]]]:
    """The relation kinds that can be made, for scripts: name, key, labels of heads by number."""
    numbers = {label.id: number for number, label in enumerate(page.codebook.labels)}
    return [
        (kind.name, kind.key, [numbers[head] for head in kind.heads])
        for kind in page.codebook.relations
        if not kind.retired
    ]


@bp.get("/projects/<project>/documents/<document>/index")
def index(project: str, document: str) -> str:
    of = here.project(project)
    kept = here.document(of, document)
    page = shown_here(of, kept, request.query_string.decode(errors="replace"))
    drawn = _drawn(page).index(page.codebook.labels, page.all_address)
    if wants_fragment():
        return drawn
    address = url_for("articles.article", project=of.id, document=kept.value.id)
    place = escaped(f"{address}{page.view.query()}")
    return render_template(
        "articles/index.html",
        project=of,
        document=kept.value,
        address=place,
        # Nothing that is escaped looks like the beginning of a link.
        index=Markup(drawn.replace('<a href="#', f'<a href="{place}#')),  # noqa: S704
    )


def _version(page: Shown) -> tuple[tuple[object, ...], int]:
    """Everything that the drawn text, cards and index depend on, and the document's own version."""
    log = page.store.log
    document = page.document
    settled = (
        page.store.database.path,
        document.key,
        document.value.revision,
        log.version_of_project(page.project.key),
        tuple(layer.value.title for layer in page.layers),
        page.view,
        str(get_locale()),
    )
    return settled, log.version(document.key)


def _etag(page: Shown, around: tuple[object, ...]) -> str:
    """The version, and what else the page around it shows."""
    generate_csrf()
    parts = (
        *_version(page),
        *around,
        here.person().id,
        here.person().name,
        session["csrf_token"],  # the page carries it: one drawn for another session is of no use
        current_app.config["POSTIL_STAMP"],
    )
    return make_etag(*parts)


def _drawn(page: Shown) -> Drawn:
    """The sections and the index, from memory where nothing changed since."""
    settled, version = _version(page)

    def byline() -> str:
        return render_template("articles/_byline.html", document=page.document.value)

    if _DRAWN.has(settled, version) or not _is_heavy(page):
        return _DRAWN.get(settled, version, page, byline)
    with heavy_work().place("page"):
        return _DRAWN.get(settled, version, page, byline)


def _is_heavy(page: Shown) -> bool:
    """Whether drawing a page takes so long that few may be drawn at once."""
    return len(page.document.value.text) > LONG or sum(page.counts().values()) > MANY
