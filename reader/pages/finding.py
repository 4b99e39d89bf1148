"""Searching a project, as a list or as a concordance to mark from; hits in an article."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any
from urllib.parse import urlencode

from flask import (
    Blueprint,
    Response,
    flash,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from markupsafe import Markup

from annotations.codebook import Label
from annotations.direction import direction_of_block, direction_of_document
from annotations.document import Annotation, Origin
from annotations.errors import BadInput, Conflict
from annotations.query import OPERATORS, Query, each_place, places
from annotations.store import KeptDocument, Project
from annotations.store.find import LINE_SORTS, MOST_COUNTED, MOST_LINES, FoundMark, Line
from reader import here
from reader.errors import wants_fragment
from reader.limits import heavy
from reader.pages.library import snippet_around
from reader.pages.marking import known_entity
from reader.request_numbers import parse_number, read_number
from reader.wording import rare_messages
from reader.words import gettext as _
from reader.words import ngettext

bp = Blueprint("finding", __name__)

A_PAGE = 100
DOCUMENTS = 20
MOST_HITS = 20_000
"""Hits of one article that are sent to the browser; more would help nobody find anything."""


def _asked() -> str:
    return request.values.get("q", "").replace("\0", " ").strip()


def _query(project: Project, text: str) -> tuple[Query, str]:
    """What was asked, and what is wrong with it (then nothing is asked)."""
    try:
        return here.store().find.query(project, text), ""
    except BadInput as problem:
        return Query(), str(problem)


@bp.get("/projects/<project>/search")
@heavy("page")
def search(project: str) -> str:
    """What a query finds: as a list, or with ``view=context`` each hit between its contexts."""
    of = here.project(project)
    return _context_view(of) if request.args.get("view") == "context" else _list_view(of)


@bp.get("/projects/<project>/find", defaults={"view": "list"})
@bp.get("/projects/<project>/concordance", defaults={"view": "context"})
def former_address(project: str, view: str) -> Response:
    """Lead from the addresses that the two views had when each was a page."""
    own = url_for("finding.search", project=here.project(project).id)
    asked = [(name, value) for name, value in request.args.items(multi=True) if name != "view"]
    asked += [("view", view)] if view != "list" else []
    return make_response(redirect(f"{own}?{urlencode(asked)}" if asked else own, 308))


# --- everything that fits a query


def _list_view(of: Project) -> str:
    asked = _asked()
    query, problem = _query(of, asked)
    after, after_document = request.args.get("after", ""), read_number(request.args, "documents", 0)
    store = here.store().find
    values: dict[str, Any] = {"marks": [], "documents": [], "names": []}
    counts: dict[str, int] = {"marks": 0, "documents": 0}
    left = 0
    if query:
        try:
            left = store.index.refresh()
            counts["marks"] = store.count_marks(of, query)
            counts["documents"] = store.count_documents(of, query)
            values["marks"] = store.marks(of, query, after, A_PAGE)
            values["documents"] = store.documents(of, query, after_document, DOCUMENTS)
            values["names"] = store.names(of, query)
        except BadInput as refused:
            problem = str(refused)
    template = "finding/_found.html" if wants_fragment() else "finding/search.html"
    return render_template(
        template,
        view="list",
        project=of,
        asked=asked,
        problem=problem,
        query=query,
        **values,
        counts=counts,
        most=MOST_COUNTED,
        left=left,
        after=after,
        after_document=after_document,
        snippet=_snippets(query),
        place=_places(of, query),
        labels=here.store().codebooks.of(of.key).labels,
        operators=_operators(of),
        full=A_PAGE,
        full_documents=DOCUMENTS,
        back=_here_again(),
        **lately(of),
    )


def _operators(project: Project) -> list[str]:
    names = dict.fromkeys(OPERATORS.values())
    book = here.store().codebooks.of(project.key)
    names |= dict.fromkeys(a.id for label in book.labels for a in label.attributes)
    return [f"{name}:" for name in names]


def _here_again() -> str:
    return request.full_path.removesuffix("?")


def _snippets(query: Query) -> Any:

    def drawn(text: str) -> Markup:
        return snippet_around(text, each_place(text, query)) or Markup()

    return drawn


def _places(project: Project, query: Query) -> Any:
    """Where a link to a document or mark leads: its hits are shown there."""
    words = query.words or None

    def of_document(kept: KeptDocument) -> str:
        found = places(kept.value.text, query, 1)
        blocks = here.laid_out(kept).value.layout.blocks
        anchor = None
        if found and blocks:
            number = bisect_right(blocks, found[0].start, key=lambda block: block.start) - 1
            anchor = f"b{max(0, number)}"
        return url_for(
            "articles.article",
            project=project.id,
            document=kept.value.id,
            find=words,
            _anchor=anchor,
        )

    def of_mark(found: FoundMark) -> str:
        return url_for(
            "articles.article",
            project=project.id,
            document=found.document.value.id,
            find=words,
            _anchor=f"c{found.mark.key}",
        )

    return {"document": of_document, "mark": of_mark}


# --- hits in one article


@bp.get("/words")
def rare_words() -> Response:
    """What the scripts for finding and for batches say; articles do not carry it."""
    return jsonify(rare_messages())


@bp.get("/projects/<project>/documents/<document>/hits")
@heavy("page")
def in_article(project: str, document: str) -> Response:
    """Where the words of a query stand in an article: pairs of offsets in code points.

    ``live`` tells that the query is still being typed.
    """
    of = here.project(project)
    kept = here.document(of, document, read_number(request.args, "revision"))
    try:
        query = here.store().find.query(of, _asked(), live=request.args.get("live") == "1")
        found = places(kept.value.text, query, MOST_HITS + 1)
    except BadInput as problem:
        return jsonify(hits=[], cut=False, problem=str(problem))
    pairs = [[span.start, span.end] for span in found[:MOST_HITS]]
    return jsonify(hits=pairs, cut=len(found) > MOST_HITS, problem="")


# --- the concordance


@dataclass(frozen=True, slots=True)
class Shown:
    """A line as the page shows it: its document, its address, and the marks at the hit.

    ``direction`` is ``"ltr"`` or ``"rtl"``, as the paragraph of the hit runs. ``value`` names the
    place for the form: document, revision, start, end.
    """

    line: Line
    document: KeptDocument
    address: str
    direction: str
    marks: Sequence[tuple[Label, bool]]

    @property
    def value(self) -> str:
        document, span = self.document.value, self.line.span
        return f"{document.id}:{document.revision}:{span.start}:{span.end}"


def _context_view(of: Project, said: str = "") -> str:
    asked = _asked()
    sort = request.values.get("sort", "document")
    sort = sort if sort in LINE_SORTS else "document"
    marked = request.values.get("marked", "")
    marked = marked if marked in ("yes", "no") else ""
    query, problem = _query(of, asked)
    store = here.store().find
    lines: Sequence[Line] = ()
    cut, left = False, 0
    if query.has_places and not problem:
        try:
            left = store.index.refresh()
            made = store.lines(of, query, sort, marked)
            lines, cut = made.lines, made.cut
        except BadInput as refused:
            problem = str(refused)
    elif query and not problem:
        problem = _("Type a word to look for; operators alone show no lines.")
    pages = max(1, ceil(len(lines) / A_PAGE))
    page = min(max(1, read_number(request.values, "page", 1)), pages)
    template = "finding/_lines.html" if wants_fragment() else "finding/search.html"
    book = here.store().codebooks.of(of.key)
    return render_template(
        template,
        view="context",
        project=of,
        asked=asked,
        problem=problem,
        query=query,
        sort=sort,
        marked=marked,
        lines=_shown(of, query, lines[(page - 1) * A_PAGE : page * A_PAGE]),
        total=len(lines),
        cut=cut,
        most=MOST_LINES,
        left=left,
        page=page,
        pages=pages,
        codebook=book,
        said=said,
        back=_context_again(of, asked, sort, marked, page),
        **lately(of),
    )


def _context_again(of: Project, asked: str, sort: str, marked: str, page: int) -> str:
    return url_for(
        "finding.search",
        project=of.id,
        view="context",
        q=asked,
        sort=sort if sort != "document" else None,
        marked=marked or None,
        page=page if page > 1 else None,
    )


def _shown(project: Project, query: Query, lines: Sequence[Line]) -> list[Shown]:
    store = here.store()
    by_document: dict[int, list[Line]] = {}
    for line in lines:
        by_document.setdefault(line.key, []).append(line)
    documents = {key: store.documents.by_key(key) for key in by_document}
    marks = {key: _marks_at(project, documents[key], theirs) for key, theirs in by_document.items()}
    return [
        Shown(
            line,
            documents[line.key],
            url_for(
                "articles.article",
                project=project.id,
                document=documents[line.key].value.id,
                find=query.words,
                at=line.span.start,
            ),
            _direction_at(documents[line.key], line.span.start),
            marks[line.key].get(line.span.start, ()),
        )
        for line in lines
    ]


def _direction_at(kept: KeptDocument, offset: int) -> str:
    document = here.laid_out(kept).value
    blocks = document.layout.blocks
    number = bisect_right(blocks, offset, key=lambda block: block.start) - 1
    own = direction_of_block(document, blocks[number].span) if number >= 0 else ""
    return own or direction_of_document(document)


def _marks_at(
    project: Project, kept: KeptDocument, lines: Sequence[Line]
) -> Mapping[int, Sequence[tuple[Label, bool]]]:
    """The labels at each hit, by where it begins, and whether the mark is exactly the hit."""
    store = here.store()
    first, last = min(x.span.start for x in lines), max(x.span.end for x in lines)
    within = replace(lines[0].span, start=first, end=last)
    proposed = {
        layer.value.id
        for layer in store.layers.of_project(project)
        if layer.value.kind == "suggestion"
    }
    found = [a for a in store.marks.of(kept, within=within) if a.layer not in proposed]
    starts = [annotation.start for annotation in found]
    book = store.codebooks.of(project.key)
    told: dict[int, list[tuple[Label, bool]]] = {}
    for line in lines:
        span = line.span
        near = found[: bisect_left(starts, span.end)]
        touching = [a for a in near if a.end > span.start]
        told[span.start] = [(book.label(a.label), a.span == span) for a in touching][-6:]
    return told


@bp.post("/projects/<project>/concordance/mark")
def mark(project: str) -> Response:
    """Mark the hits of the lines that were ticked, in one act."""
    of = here.project(project)
    store = here.store()
    label = store.codebooks.of(of.key).label(request.form.get("label", ""))
    drafts = [_draft(of, label, value) for value in request.form.getlist("line")]
    if not drafts:
        raise BadInput(_("Tick some lines first, then choose a label."))
    keys = {kept.key for kept, *_rest in drafts}
    act = here.act("batch mark", of, keys.pop() if len(keys) == 1 else None)
    outcome = store.batches.mark(act, of, here.person(), drafts)
    made = len(outcome.result["touched"]["annotations"])
    said = ngettext(
        "%(num)d marked as %(label)s", "%(num)d marked as %(label)s", made, label=label.name
    )
    if outcome.result["left"]:
        said = f"{said}; " + ngettext(
            "%(num)d was so already", "%(num)d were so already", outcome.result["left"]
        )
    if wants_fragment():
        return make_response(_context_view(of, said))
    flash(said)
    return make_response(redirect(back_to(of), 303))


def _draft(of: Project, label: Label, value: str) -> tuple[KeptDocument, Annotation, str]:
    """A mark at the place that a line names. Raises ``BadInput``, ``Conflict``."""
    uid, *fields = value.rsplit(":", 3)
    numbers = [number for field in fields if (number := parse_number(field)) is not None]
    if len(numbers) != 3 or min(numbers) < 0:
        raise BadInput(_("A line does not say where it stands; reload the page."))
    revision, start, end = numbers
    kept = here.document(of, uid)
    if kept.value.revision != revision:
        raise Conflict(
            _("“%(title)s” was corrected since; search once more.", title=kept.value.title)
        )
    quote = kept.value.text[start:end]
    draft = Annotation(
        id="",
        start=start,
        end=end,
        label=label.name,
        attributes=label.defaults,
        entity=known_entity(of, label, quote),
        origin=Origin("hand", "concordance"),
    )
    return kept, draft, quote


# --- what pages over many documents share


def lately(of: Project) -> dict[str, Any]:
    """What can be undone and redone here: this person's newest change in the project."""
    latest = here.store().lately
    person = here.person().key
    return {
        "latest_undo": latest.undoable(of.key, person),
        "latest_redo": latest.redoable(of.key, person),
    }


@bp.app_template_filter("act_name")
def act_name(kind: str) -> str:
    """What a change is called beside the button that takes it back."""
    names: dict[str, str] = {
        "create": _("marking"),
        "edit": _("a change to a mark"),
        "delete": _("deleting a mark"),
        "relate": _("a relation"),
        "unrelate": _("removing a relation"),
        "batch": _("a change to several marks"),
        "batch mark": _("marking several places"),
        "document": _("adding an article"),
        "label": _("an article’s labels"),
        "same-again": _("marking like another"),
        "settle": _("settling a place"),
        "confirm": _("confirming marks"),
        "carry over": _("carrying marks over"),
        "restore": _("bringing back"),
        "restore document": _("restoring an article as it was"),
        "sweep": _("accepting suggestions"),
        "state": _("a state"),
        "states": _("states of articles"),
        "remove document": _("an article in the trash"),
        "remove documents": _("articles in the trash"),
        "describe": _("an article’s details"),
        "edit project": _("the project’s name"),
        "archive project": _("archiving the project"),
        "unarchive project": _("taking the project out of the archive"),
        "codebook": _("a change to the codebook"),
        "correct": _("correcting a text"),
        "accept": _("accepting a suggestion"),
        "reject": _("rejecting a suggestion"),
        "edit name": _("a change to a name"),
        "merge": _("merging two names"),
        "part": _("parting two names"),
    }
    return names.get(kind, kind)


@bp.post("/projects/<project>/lately/<verb>")
def turn(project: str, verb: str) -> Response:
    """Undo or redo what this person did last in the project, wherever that was."""
    of = here.project(project)
    latest = here.store().lately
    verbs = {"undo": latest.undo, "redo": latest.redo}
    if verb not in verbs:
        raise BadInput(_("One can undo or redo."))
    verbs[verb](here.act(verb, of), read_number(request.form, "seq"))
    flash(_("Undone") if verb == "undo" else _("Brought back"))
    return make_response(redirect(back_to(of), 303))


def back_to(of: Project) -> str:
    """The page that a form was sent from: an address in this project, else the project's."""
    back = request.form.get("back", "")
    own = url_for("library.project", project=of.id)
    fits = back == own or back.startswith((f"{own}/", f"{own}?"))
    return back if fits and "\\" not in back and "\n" not in back and "\r" not in back else own
