"""The library: projects and their documents, to be found, sorted and begun."""

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain

from flask import Blueprint, redirect, render_template, request, url_for
from markupsafe import Markup, escape
from werkzeug.wrappers import Response

from annotations import codebook
from annotations.document import STATES
from annotations.document_labels import given, named
from annotations.errors import BadInput, NotFound
from annotations.query import Term, pattern
from annotations.spans import Span
from annotations.store import Listed, Project, State
from annotations.suggest.rules import with_starters
from reader import here, words
from reader.beginning import is_demo
from reader.errors import wants_fragment
from reader.pages.queue import order_names
from reader.request_numbers import read_number
from reader.wording import state_names
from reader.words import gettext as _
from reader.words import ngettext

bp = Blueprint("library", __name__)

SORTS = ("changed", "title", "length", "marks", "order")
WITHOUT = "~"
"""In place of a label: the documents that have none. No id of a label can be this."""
A_PAGE, AT_HOME, FOUND = 100, 50, 20
DEMO_ARTICLE = "demo-report"
MOST_EMPHASISED = 300
AROUND = 90
"""Characters of a text that a search result shows on each side of a hit."""

_UNSPACED = ("zh", "ja", "ko", "th", "lo", "km", "my")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for: words to find, an order, a page, one state, one label.

    ``label`` is the id of a label of whole documents, or ``WITHOUT``.
    """

    query: str
    sort: str
    page: int
    state: str = ""
    label: str = ""

    @classmethod
    def of_request(cls) -> "Asked":
        query = request.args.get("q", "").replace("\0", " ").strip()[:500]
        sort = request.args.get("sort", "")
        state = request.args.get("state", "")
        sorts = (*SORTS, "state") if request.view_args else SORTS  # a state is one in a project
        return cls(
            query,
            sort if sort in sorts else "match" if query else "changed",
            max(1, read_number(request.args, "page", 1)),
            state if request.view_args and state in STATES else "",
            request.args.get("label", "")[:100] if request.view_args else "",
        )

    def address(self, **changes: object) -> str:
        """The address of this page with something asked differently."""
        asked = {
            "q": self.query,
            "sort": self.sort,
            "page": self.page,
            "state": self.state,
            "label": self.label,
            **changes,
        }
        usual = dict.fromkeys(asked, "") | {"sort": "match" if asked["q"] else "changed", "page": 1}
        kept = {name: value for name, value in asked.items() if value != usual[name]}
        within = request.view_args or {}
        page = "library.project" if within else "library.home"
        return url_for(page, **{**within, **kept})


@dataclass(frozen=True, slots=True)
class Line:
    """A document as the library lists it; ``snippet`` shows where its text was hit.

    Where one project is shown, ``state`` is this person's, ``labels`` what the document is
    labelled as a whole.
    """

    listed: Listed
    snippet: Markup | None = None
    state: State | None = None
    labels: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Shelf:
    """A project with some of its documents. ``total`` counts all, or all that were found."""

    project: Project
    lines: Sequence[Line]
    total: int
    demo: bool


@bp.get("/")
def home() -> str:
    """Every project with the first of its documents."""
    return _home()


def _home(problem: str = "", name: str = "") -> str:
    asked = Asked.of_request()
    everything = here.store().projects.all()
    projects = [project for project in everything if not project.archived]
    # Many projects show fewer documents each: nobody scrolls through thousands.
    most = max(5, min(AT_HOME, 4 * AT_HOME // max(1, len(projects))))
    shelves = [
        _shelf(project, asked, min(most, FOUND) if asked.query else most) for project in projects
    ]
    if asked.query:
        shelves = [shelf for shelf in shelves if shelf.total]
    own = any(not is_demo(project) for project in everything)
    return _drawn(
        "library/home.html",
        archived=[project for project in everything if project.archived],
        deleted=here.store().projects.deleted(),
        asked=asked,
        shelves=shelves,
        projects=projects,
        is_new=not own,
        demo=_demo(projects),
        problem=problem,
        name=name or ("" if own else _("My articles")),
    )


def _demo(projects: Sequence[Project]) -> str:
    """The address of the demo article, while it is there."""
    for project in projects:
        if is_demo(project):
            with suppress(NotFound):
                here.store().documents.key_of(project, DEMO_ARTICLE)
                return url_for("articles.article", project=project.id, document=DEMO_ARTICLE)
    return ""


@bp.get("/projects/<project>")
def project(project: str) -> str:
    """One project with all its documents, page by page."""
    asked = Asked.of_request()
    most = FOUND if asked.query else A_PAGE
    kept = here.project(project)
    shelf = _shelf(kept, asked, most, (asked.page - 1) * most)
    states, person = here.store().states, here.person()
    of_lines = states.listed(kept, person, [line.listed.id for line in shelf.lines])
    book = here.store().codebooks.of(kept.key)
    lines = [
        replace(
            line,
            state=of_lines.get(line.listed.id),
            labels=[one.label.name for one in given(line.listed.labels, book)],
        )
        for line in shelf.lines
    ]
    shelf = replace(shelf, lines=lines)
    return _drawn(
        "library/project.html",
        asked=asked,
        shelf=shelf,
        shelves=[shelf],
        pages=max(1, -(-shelf.total // most)),
        progress=states.progress(kept, person),
        to_review=here.store().reviews.count(kept, person),
        states=state_names(),
        labels=book.of_documents,
        without=WITHOUT,
        order=states.order(kept, person),
        back=request.full_path.removesuffix("?"),
        latest_undo=here.store().lately.undoable(kept.key, person.key),
        latest_redo=here.store().lately.redoable(kept.key, person.key),
        orders=order_names(),
    )


@bp.post("/projects")
def create() -> Response | tuple[str, int]:
    """A new project with the default codebook."""
    name = request.form.get("name", "")
    importing = request.form.get("then") == "import"
    try:
        made = here.store().projects.add(
            here.act("project", None), name, with_starters(codebook.default())
        )
    except BadInput as error:
        if importing:
            projects = here.open_projects()
            again = {"projects": projects, "problem": str(error), "name": name}
            return render_template("transfer/anywhere.html", **again), 422
        return _home(str(error), name), 422
    endpoint = "transfer.bring" if importing else "library.project"
    return redirect(url_for(endpoint, project=made.id), 303)


def _drawn(template: str, **values: object) -> str:
    return render_template("library/_found.html" if wants_fragment() else template, **values)


def _shelf(project: Project, asked: Asked, most: int, skipped: int = 0) -> Shelf:
    documents = here.store().documents
    among = _among(project, asked)
    if not asked.query:
        lines = [Line(entry) for entry in _in_order(project, asked, most, skipped, among)]
        total = documents.count(project) if among is None else len(among)
        return Shelf(project, lines, total, is_demo(project))
    keys = here.store().search.documents(project, asked.query)
    if among is not None:
        chosen = set(among)
        keys = [key for key in keys if key in chosen]
    if asked.sort == "match":
        kept = [documents.by_key(key).value for key in keys[skipped : skipped + most]]
        by_id = {
            entry.id: entry
            for entry in documents.listed(project, limit=most, among=keys[skipped : skipped + most])
        }
        pairs = [(by_id[value.id], value) for value in kept if value.id in by_id]
    else:
        found = _in_order(project, asked, most, skipped, keys) if keys else []
        pairs = [(entry, documents.find(project, entry.id).value) for entry in found]
    lines = [Line(entry, snippet(value.text, asked.query)) for entry, value in pairs]
    return Shelf(project, lines, len(keys), is_demo(project))


def _among(project: Project, asked: Asked) -> list[int] | None:
    """The numbers of the documents that the state and the label asked for leave; ``None``: all."""
    store = here.store()
    among: list[int] | None = None
    if asked.state:
        among = store.states.among(project, here.person(), asked.state)
    if asked.label:
        book = store.codebooks.of(project.key)
        of_documents = [label for label in book.labels if label.scope == "document"]
        chosen = [x for x in of_documents if asked.label in (x.id, WITHOUT)]
        names = [name for label in chosen for name in named(label, book)]
        labelled = store.documents.labelled(project, names, have=asked.label != WITHOUT)
        among = labelled if among is None else sorted({*among} & {*labelled})
    return among


def _in_order(
    project: Project, asked: Asked, most: int, skipped: int, among: list[int] | None
) -> list[Listed]:
    """A page of a project's documents in the order asked for."""
    documents = here.store().documents
    if asked.sort != "state":
        return documents.listed(project, asked.sort, most, skipped, among=among)
    keys = here.store().states.in_order(project, here.person(), most, skipped, among)
    by_key = {line.key: line for line in documents.listed(project, limit=most, among=keys)}
    return [by_key[key] for key in keys if key in by_key]


# ── what a hit looks like ─────────────────────────────────────────────────────────────────────────


def snippet(text: str, query: str) -> Markup | None:
    """The text around the first place where a word of the query stands, the words emphasised.

    Finds what the index found: without regard to case and accents, the last word also as the
    beginning of a longer one. ``None`` when only the title was hit.
    """
    words = _words_of(query)
    if words is None:
        return None
    return snippet_around(text, (Span(hit.start(), hit.end()) for hit in words.finditer(text)))


def snippet_around(text: str, found: Iterable[Span]) -> Markup | None:
    """The text around the first of some hits, which come in order; all in it are emphasised."""
    hits = iter(found)
    first = next(hits, None)
    if first is None:
        return None
    start, end = _widened(text, first.start, min(first.end, first.start + MOST_EMPHASISED))
    parts, place = [Markup("… ") if start else Markup()], start
    for hit in chain([first], hits):
        if hit.start >= end:
            break
        shown = hit.start, min(hit.end, end)
        parts.append(escape(text[place : shown[0]]))
        parts.append(Markup("<strong>{}</strong>").format(text[slice(*shown)]))
        place = shown[1]
    parts += [escape(text[place:end]), Markup(" …") if end < len(text) else Markup()]
    return Markup().join(parts)


def _words_of(query: str) -> re.Pattern[str] | None:
    words = [Term((word,)) for word in re.findall(r"[^\W_]+", query)]
    if words and not query.rstrip().endswith('"'):
        words[-1] = Term(words[-1].words, prefix=True)
    return pattern(words)


def _widened(text: str, start: int, end: int) -> tuple[int, int]:
    """Some of the text on each side, from word to word and not beyond the paragraph."""
    low, high = max(0, start - AROUND), min(len(text), end + AROUND)
    low = max(low, text.rfind("\n", low, start) + 1)
    stop = text.find("\n", end, high)
    high = high if stop < 0 else stop
    space = text.find(" ", low, start)
    if low and text[low - 1] not in " \n" and space >= 0:
        low = space + 1
    space = text.rfind(" ", end, high)
    if high < len(text) and text[high] not in " \n" and space >= 0:
        high = space
    return low, high


# ── how a template says it ────────────────────────────────────────────────────────────────────────


@bp.app_template_filter("moment")
def moment(at: str) -> Markup:
    """A moment (ISO 8601) as people say it, exactly on hovering, and for machines."""
    if not at:
        return Markup()
    when = datetime.fromisoformat(at)
    age = datetime.now(UTC) - when
    if age < timedelta(minutes=1):
        said = _("just now")
    elif age < timedelta(days=6):
        said = words.ago(age)
    else:
        said = words.day(when)
    exactly = f"{words.day(when)}, {when:%H:%M} UTC"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(at, exactly, said)


@bp.app_template_filter("number")
def number(value: int) -> str:
    """A number with its thousands apart, as the reader's language has them."""
    return words.number(value)


@bp.app_template_filter("about_words")
def about_words(listed: Listed) -> str:
    """About how many words, from the characters; nothing for scripts that put no spaces."""
    if listed.language.lower().startswith(_UNSPACED) or not listed.characters:
        return ""
    count = max(1, round(listed.characters / 6))
    rounded = round(count, -1) if count < 1000 else round(count, -2)
    return str(ngettext("about %(n)s word", "about %(n)s words", count, n=number(rounded or count)))
