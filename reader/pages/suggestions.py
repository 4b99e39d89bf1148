"""Suggestions: the panel beside an article, what is decided there, and the same words again.

What takes long is done by commands beside the server (``reader/jobs.py``); a page starts them,
shows what is there already, and asks again.
"""

from bisect import bisect_left
from collections.abc import Sequence

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound as NoPage

from annotations.errors import BadInput
from annotations.shortening import shortened
from annotations.spans import Span
from annotations.store import KeptDocument, KeptMark, Outcome, Project
from annotations.store.again import Place
from annotations.store.suggestions import Choice, Source, Suggestion
from annotations.suggest.again import How, occurrences
from annotations.suggest.words import can_stem
from reader import here
from reader.errors import wants_fragment
from reader.pages.marking import changed
from reader.request_numbers import parse_number, read_number
from reader.wording import source_name
from reader.words import gettext as _
from reader.words import ngettext

bp = Blueprint("suggestions", __name__)

ROWS = 100
"""Suggestions that the panel lists at once, around a place."""
BEFORE = 25
"""How many of them lie before the place."""
PLACES = 500
"""Places of the same words that are listed at once."""
STEP = 5
"""The threshold goes from 0 to 100 % in such steps."""


# --- the panel


@bp.get("/projects/<project>/documents/<document>/suggestions")
def panel(project: str, document: str) -> str:
    """Everything about the suggestions of a document; a script asks for it or for a part of it."""
    of = here.project(project)
    kept = here.document(of, document)
    part = request.args.get("part", "")
    if part not in ("", "list", "model"):
        raise NoPage
    if not part and not here.store().suggestions.is_fresh(of, kept):
        here.jobs().start(*_command(of, kept))
    template = {"": "panel" if wants_fragment() else "page"}.get(part, part)
    return render_template(
        f"suggestions/{'' if template == 'page' else '_'}{template}.html", **_panel(of, kept)
    )


def _command(of: Project, document: KeptDocument) -> tuple[str, ...]:
    return ("suggest", "--project", of.id, "--document", document.value.id)


def _panel(of: Project, kept: KeptDocument) -> dict[str, object]:
    store = here.store()
    sources = store.suggestions.sources(kept)
    chosen = _chosen(sources)
    found = store.suggestions.open(of, here.person(), kept, chosen)
    at = read_number(request.args, "at", 0)
    first = max(0, bisect_left(found, at, key=lambda each: each.start) - BEFORE)
    first = min(first, max(0, len(found) - ROWS))
    codebook = store.codebooks.of(of.key)
    return {
        "project": of,
        "document": kept.value,
        "sources": sources,
        "chosen": chosen,
        "off": [source.name for source in sources if source.name not in chosen],
        "rows": [
            (each, codebook.label(each.label), shortened(each.span.of(kept.value.text), 120))
            for each in found[first : first + ROWS]
        ],
        "first": first,
        "total": len(found),
        "counts": _counts(found),
        "step": STEP,
        "working": here.jobs().is_under_way(*_command(of, kept)),
        "training": here.jobs().is_under_way(*_training(of)),
        "model": store.learning.state(of),
        "rules": [rule for rule in codebook.rules if not rule.off],
        "source_name": source_name,
    }


def _chosen(sources: Sequence[Source]) -> list[str]:
    """The sources that are not switched off by the address or form."""
    off = {name for part in request.values.getlist("off") for name in part.split(",")}
    return [source.name for source in sources if source.name not in off]


def _counts(found: Sequence[Suggestion]) -> list[int]:
    """How many suggestions have at least each threshold, from 0 to 100 %."""
    scores = sorted(each.score for each in found)
    return [len(scores) - bisect_left(scores, percent / 100) for percent in range(0, 101, STEP)]


@bp.post("/projects/<project>/documents/<document>/suggestions/refresh")
def refresh(project: str, document: str) -> Response:
    of = here.project(project)
    kept = here.document(of, document)
    here.jobs().start(*_command(of, kept))
    return _back(of, kept)


@bp.post("/projects/<project>/documents/<document>/suggestions/train")
def train(project: str, document: str) -> Response:
    of = here.project(project)
    kept = here.document(of, document)
    here.jobs().start(*_training(of))
    return _back(of, kept)


def _training(of: Project) -> tuple[str, ...]:
    return ("train", "--project", of.id)


def _back(of: Project, kept: KeptDocument) -> Response:
    """The panel as it is now, or without a script the way to it."""
    if wants_fragment():
        return make_response(render_template("suggestions/_controls.html", **_panel(of, kept)))
    address = url_for("suggestions.panel", project=of.id, document=kept.value.id)
    return make_response(redirect(address, 303))


# --- deciding


@bp.post("/projects/<project>/documents/<document>/suggestions")
def decide(project: str, document: str) -> Response:
    """Accept or reject what the form names, each as “start:end:label”."""
    of = here.project(project)
    kept = here.document(of, document)
    _check_revision(kept)
    accepted = [_choice(value) for value in request.form.getlist("accept")]
    rejected = [_choice(value) for value in request.form.getlist("reject")]
    if bool(accepted) == bool(rejected):
        raise BadInput(_("Choose what to accept, or what to reject."))
    act = here.act("accept" if accepted else "reject", of, kept.key)
    verb = here.store().suggestions.accept if accepted else here.store().suggestions.reject
    outcome = verb(act, of, here.person(), kept, accepted or rejected)
    if rejected:
        return _decided(of, kept, outcome, _("Rejected"))
    said = _("%(label)s, accepted", label=accepted[0].label.capitalize())
    return _decided(of, kept, outcome, said if len(accepted) == 1 else _accepted(len(accepted)))


@bp.post("/projects/<project>/documents/<document>/suggestions/sweep")
def sweep(project: str, document: str) -> Response:
    """Accept everything with at least the score that the form names, in per cent."""
    of = here.project(project)
    kept = here.document(of, document)
    _check_revision(kept)
    percent = read_number(request.form, "threshold")
    if percent is None or not 0 <= percent <= 100:
        raise BadInput(_("The threshold is a number from 0 to 100."))
    chosen = _chosen(here.store().suggestions.sources(kept))
    outcome = here.store().suggestions.sweep(
        here.act("sweep", of, kept.key), of, here.person(), kept, percent / 100, chosen
    )
    return _decided(of, kept, outcome, _accepted(outcome.result["accepted"]))


def _accepted(count: int) -> str:
    return str(
        ngettext(
            "One suggestion accepted",
            "%(num)d suggestions accepted; one undo takes all back",
            count,
        )
    )


def _decided(of: Project, kept: KeptDocument, outcome: Outcome, said: str) -> Response:
    if not wants_fragment():
        return _back(of, kept)
    made = outcome.result.get("annotation")
    mark = here.store().marks.find(of, made, deleted=True) if made else None
    return changed(of, kept, outcome, said, mark)


def _choice(value: str) -> Choice:
    start, _colon, rest = value.partition(":")
    end, _colon, label = rest.partition(":")
    first, last = parse_number(start), parse_number(end)
    if first is None or last is None:
        raise BadInput(_("This names no suggestion; reload the page."))
    return Choice(first, last, label)


def _check_revision(kept: KeptDocument) -> None:
    saw = read_number(request.form, "revision")
    if saw is not None and saw != kept.value.revision:
        raise BadInput(_("The article was corrected meanwhile. Reload the page."))


# --- the same again


@bp.get("/projects/<project>/annotations/<annotation>/again")
def again(project: str, annotation: str) -> str:
    """Where the words of a mark stand once more, to be marked like it."""
    of = here.project(project)
    mark = here.store().marks.find(of, annotation)
    document = here.document_of(mark)
    how, within = _how(request.args.get("case") == "1"), _within()
    found = list(_places(of, mark, document, how, within, PLACES + 1))
    grouped: dict[str, list[Place]] = {}
    for place in found[:PLACES]:
        grouped.setdefault(place.document, []).append(place)
    template = "suggestions/_again.html" if wants_fragment() else "suggestions/again.html"
    return render_template(
        template,
        project=of,
        document=document.value,
        mark=mark,
        label=here.store().codebooks.of(of.key).label(mark.value.label),
        quote=mark.value.span.of(document.value.text),
        groups=list(grouped.values()),
        count=min(len(found), PLACES),
        more=len(found) > PLACES,
        how=how,
        within=within,
        can_stem=can_stem(document.value.language),
    )


def _how(case: bool) -> How:
    return How(case=case, inflected=request.values.get("inflected") == "1")


def _within() -> str:
    return "project" if request.values.get("within") == "project" else "document"


def _places(
    of: Project, mark: KeptMark, document: KeptDocument, how: How, within: str, limit: int
) -> list[Place]:
    again = here.store().again
    phrase = mark.value.span.of(document.value.text)
    among = (
        [document]
        if within == "document"
        else again.holding(of, phrase, how, document.value.language)
    )
    me, label = here.person(), mark.value.label
    places = again.places(of, me, among, phrase, label, how, limit)
    # The mark itself may be somebody else's, and is no place to be marked once more.
    own = (document.value.id, mark.value.start)
    return [place for place in places if (place.document, place.span.start) != own]


@bp.post("/projects/<project>/annotations/<annotation>/again")
def mark_again(project: str, annotation: str) -> Response:
    """Mark the places that were chosen, each “start:end:document”."""
    of = here.project(project)
    mark = here.store().marks.find(of, annotation)
    document = here.document_of(mark)
    phrase = mark.value.span.of(document.value.text)
    chosen: dict[str, list[Span]] = {}
    for value in request.form.getlist("place"):
        place = _choice(value)
        chosen.setdefault(place.label, []).append(Span(place.start, place.end))
    if not chosen:
        raise BadInput(_("Choose at least one place."))

    def is_the_same(at: KeptDocument, span: Span) -> bool:
        text = span.of(at.value.text)
        ways = (How(case=False), How(case=False, inflected=True))
        language = at.value.language
        return any(
            found == Span(0, len(text))
            for how in ways
            for found in occurrences(text, phrase, how, language)
        )

    inside = list(chosen) == [document.value.id]
    outcome = here.store().again.mark(
        here.act("same-again", of, document.key if inside else None),
        of,
        here.person(),
        document,
        mark.value,
        chosen,
        is_the_same,
    )
    made = outcome.result["made"]
    said = ngettext(
        "One more marked; undo takes it back", "%(num)d more marked; one undo takes all back", made
    )
    return changed(of, document, outcome, str(said))
