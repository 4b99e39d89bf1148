"""Lists to take from with a key or two: where a relation may lead, and names as they are typed."""

from dataclasses import dataclass

from flask import Blueprint, render_template, request

from annotations.codebook import Codebook, RelationKind
from annotations.document import Annotation
from annotations.errors import BadInput, NotFound
from annotations.likely import Likely, likely, reach
from annotations.likely_names import likely_names
from annotations.names import Match, folded, is_known, matching
from annotations.shortening import shortened
from annotations.spans import Span
from annotations.store import KeptDocument, Project
from reader import here
from reader.drawing import LONG
from reader.request_numbers import read_number
from reader.words import gettext as _
from reader.words import lazy_gettext as _l

bp = Blueprint("linking", __name__)

MOST, BEFORE_TYPING = 30, 12
"""Choices that a list holds, and while nothing is typed."""
FAR = 20_000
"""Code points around the head in which a long article is searched for what is typed."""

REASONS = {
    "as before": _l("as before"),
    "says so": _l("says so"),
    "named as source": _l("a source"),
    "addressed": _l("is asked"),
    "pronoun": _l("pronoun"),
    "inside": _l("within the mark"),
    "same sentence": _l("same sentence"),
    "near": _l("near"),
    "by name": _l("by name alone"),
    "not mentioned": _l("not mentioned here"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A line of a list: what it stands for, what it says, and why it is there."""

    words: str
    child: str = ""
    key: int = 0
    entity: str = ""
    quote: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """The mark that a relation leads from; ``layer`` is none before its owner's first mark."""

    document: KeptDocument
    value: Annotation
    layer: int | None


def _head(project: Project, uid: str, codebook: Codebook) -> Head:
    """The mark of that id, or, when it is still on its way to the store, as the page describes it.

    Raises ``NotFound``, ``BadInput``, ``SpanOutOfText``.
    """
    store = here.store()
    try:
        mark = store.marks.find(project, uid)
        return Head(here.document_of(mark), mark.value, mark.layer)
    except NotFound:
        if "document" not in request.args:
            raise
    kept = here.document(project, request.args["document"])
    start, end = read_number(request.args, "start"), read_number(request.args, "end")
    if start is None or end is None:
        raise BadInput(_("Select some text first; then choose a label."))
    span = Span(start, end).within(kept.value.text)
    label = codebook.label(request.args.get("label", ""))
    value = Annotation(id=uid, start=span.start, end=span.end, label=label.name)
    layer = store.layers.work_of(project, here.person())
    return Head(kept, value, layer.key if layer else None)


@bp.get("/projects/<project>/annotations/<annotation>/candidates")
def candidates(project: str, annotation: str) -> str:
    """The marks and actors that a relation could lead to, the likeliest first."""
    of = here.project(project)
    codebook = here.store().codebooks.of(of.key)
    head = _head(of, annotation, codebook)
    kind = codebook.kind(request.args.get("kind", ""))
    typed = " ".join(request.args.get("q", "").split())
    choices = _choices(of, head, codebook, kind, typed)
    return render_template("articles/_candidates.html", choices=choices, typed=typed)


def _choices(
    of: Project, head: Head, codebook: Codebook, kind: RelationKind, typed: str
) -> list[Choice]:
    store = here.store()
    document = head.document.value
    within = reach(document, head.value.span)
    if typed:
        within = _searched(document.text, head.value.span)
    layers = [] if head.layer is None else [head.layer]
    marks = store.marks.of(head.document, layers, within) if layers else []
    relations = store.marks.relations_at(of, [mark.id for mark in marks])
    children = [label for label in codebook.labels if label.id in kind.children]
    takes_entity = any(label.takes_entity for label in children)
    register = store.names.entities(of) if takes_entity else []
    matches = matching(register, typed, MOST) if takes_entity else []
    names = [match.name for match in matches]
    if not typed:
        before = (r.child_entity for r in relations if r.label == kind.name and r.child_entity)
        names = list(dict.fromkeys([*before, *names]))
    if typed:
        marks = [m for m in marks if m.id == head.value.id or _fits(m, document.text, typed)]
    found = likely(document, codebook, kind, head.value, marks, relations, names, bool(typed))
    aliases = {match.name: match.alias for match in matches}
    choices = [
        _choice(one, document.text, aliases) for one in found[: MOST if typed else BEFORE_TYPING]
    ]
    if typed and takes_entity and not is_known(register, typed):
        choices.append(Choice(typed, entity=typed, hint=_("new actor")))
    return choices


def _searched(text: str, head: Span) -> Span:
    """Where what is typed is looked for: everywhere, but in a long article only around the head."""
    if len(text) <= LONG:
        return Span(0, len(text))
    return Span(max(0, head.start - FAR), min(len(text), head.end + FAR))


def _fits(mark: Annotation, text: str, typed: str) -> bool:
    return folded(typed) in folded(f"{mark.entity or ''} {mark.quote(text)}")


def _choice(one: Likely, text: str, aliases: dict[str, str]) -> Choice:
    hint = str(REASONS[one.reason])
    if one.mark is None:
        alias = aliases.get(one.entity or "", "")
        return Choice(one.entity or "", entity=one.entity or "", quote=alias, hint=hint)
    quote = shortened(one.mark.quote(text), 70)
    name = one.mark.entity
    if name and folded(name) != folded(quote):
        return Choice(name, child=one.mark.id, key=one.mark.key, quote=quote, hint=hint)
    return Choice(quote, child=one.mark.id, key=one.mark.key, hint=hint)


# --- names


@bp.get("/projects/<project>/names")
def names(project: str) -> str:
    """Known actors or concepts that fit what is typed; while nothing is, those that fit the mark.

    ``of`` names the register, ``mark`` the annotation that the name is for; ``list=options`` gives
    the known ones as the options of a datalist.
    """
    of = here.project(project)
    store = here.store()
    kind = "concept" if request.args.get("of") == "concept" else "entity"
    fields = ("q", kind, "target", "parent")
    typed = next((request.args[name] for name in fields if name in request.args), "").strip()
    register = store.names.concepts(of) if kind == "concept" else store.names.entities(of)
    found = matching(register, typed, 12)
    if not typed and request.args.get("mark"):
        found = _for_mark(of, kind, found)
    choices = [Choice(match.name, entity=match.name, quote=match.alias) for match in found]
    if request.args.get("list") == "options":
        return render_template("articles/_names.html", choices=choices)
    if typed and not is_known(register, typed):
        words = _("new concept") if kind == "concept" else _("new actor")
        choices.append(Choice(typed, entity=typed, hint=words))
    return render_template("articles/_candidates.html", choices=choices, typed=typed)


def _for_mark(of: Project, kind: str, found: list[Match]) -> list[Match]:
    """The names that a mark most likely goes by, then the others."""
    codebook = here.store().codebooks.of(of.key)
    head = _head(of, request.args["mark"], codebook)
    if head.layer is None:
        return found
    document = head.document.value
    near = here.store().marks.of(head.document, [head.layer], reach(document, head.value.span))
    register = here.store().names.entities(of) if kind == "entity" else []
    first = likely_names(document, codebook, head.value, near, register, kind)
    known = {match.name for match in found}
    chosen = [Match(name) for name in first]
    return [*chosen, *(m for m in found if m.name not in first and m.name in known)][:12]
