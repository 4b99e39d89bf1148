"""Marking: every change to annotations and relations, and the card in which one makes them.

A change answers with the blocks and cards it touched, to be swapped in, and with one sentence for
whoever listens. Without a script it answers with the page.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from math import isfinite, nan
from typing import Any

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

from annotations.codebook import Label
from annotations.document import Annotation, Relation, new_id
from annotations.document_labels import given, with_label, without_label
from annotations.errors import (
    AlreadyMarked,
    BadInput,
    Gone,
    NotFound,
    NothingToUndo,
    QuoteMismatch,
    Stale,
)
from annotations.fragments import with_fragment, without_fragment
from annotations.spans import Span, trimmed
from annotations.store import KeptDocument, KeptMark, Outcome, Project
from reader import here
from reader.drawing import escaped
from reader.errors import wants_fragment
from reader.pages.articles import drawn_labels, shown_here
from reader.request_numbers import read_number
from reader.sides import differing
from reader.wording import change_name, said_of
from reader.words import gettext as _

bp = Blueprint("marking", __name__)


# --- what a change answers with


def changed(
    project: Project,
    document: KeptDocument,
    outcome: Outcome,
    message: str,
    mark: KeptMark | None = None,
    places: Sequence[Span] | None = None,
    key: int | None = None,
) -> Response:
    """What the page swaps in after a change; without a script, the page itself.

    Beside what is drawn, the head says how things stand: the change's number, the blocks and
    annotations that it changed, how many marks each label has, and what can be undone. ``places``
    are where the change shows, if that is known already; ``key`` is the number of the annotation
    it is about, when there is no ``mark`` of it.
    """
    key = mark.key if mark else key
    if not wants_fragment():
        anchor = f"c{key}" if key else ""
        return make_response(
            redirect(
                url_for(
                    "articles.article",
                    project=project.id,
                    document=document.value.id,
                    _anchor=anchor,
                ),
                303,
            )
        )
    with here.store().database.reading():  # one moment for all of it
        return _answer(project, document, outcome, message, mark, places, key)


def _answer(
    project: Project,
    document: KeptDocument,
    outcome: Outcome,
    message: str,
    mark: KeptMark | None,
    places: Sequence[Span] | None,
    key: int | None,
) -> Response:
    page = shown_here(project, document, request.form.get("view", ""))
    seen = here.page_revision()
    corrected = seen is not None and seen != document.value.revision
    # Blocks of another text fit nowhere in the page that asks.
    drawn, blocks = ([], []) if corrected else page.touched(outcome.seq, places)
    if not request.form.get("quiet"):  # else the page says it with what it goes on to
        drawn.append(f'<div hx-swap-oob="innerHTML:#polite">{escaped(message)}</div>')
    if mark and request.form.get("editor"):
        drawn.append(_editor(project, mark, swap=True))
    if "document" in outcome.result or "undoes" in outcome.result:
        drawn.append(drawn_labels(project, document, page.codebook, swap=True))
    counts = page.counts()
    head = {
        "X-Postil-Seq": str(outcome.seq),
        "X-Postil-Before": str(here.store().log.before(project.key, document.key, outcome.seq)),
        "X-Postil-Changed": " ".join(_changed_by(outcome)),
        "X-Postil-Blocks": " ".join(map(str, blocks)),
        "X-Postil-Counts": " ".join(
            [f"{label.id}={counts.get(label.name, 0)}" for label in page.codebook.labels]
        ),
        "X-Postil-Ways": " ".join(_ways(project, document, outcome)),
    }
    if corrected:
        head |= {"X-Postil-Renew": "page", "X-Postil-Revision": str(document.value.revision)}
    if key:
        head["X-Postil-Key"] = str(key)
    return Response("".join(drawn), headers=head)


def _ways(project: Project, document: KeptDocument, outcome: Outcome) -> list[str]:
    """What can be undone and redone after a change: something new can, and leaves nothing to redo.

    Whoever turned something back, or sent it a second time, must ask the log.
    """
    if outcome.repeated or "undoes" in outcome.result:
        return here.ways(project, document)
    return ["undo"]


def _changed_by(outcome: Outcome) -> list[str]:
    """The ids of the annotations whose version is this change from now on."""
    result = outcome.result
    if "annotation" in result:
        return [result["annotation"]]
    return list(result.get("touched", {}).get("annotations", ()))


# --- annotations


@bp.post("/projects/<project>/documents/<document>/annotations")
def create(project: str, document: str) -> Response:
    with here.store().database.reading():
        of = here.project(project)
        kept = here.document(of, document, read_number(request.form, "revision"))
        codebook = here.store().codebooks.of(of.key)
    span = _trimmed_span(kept)
    _check_quote(kept, span)
    label = codebook.label(request.form.get("label", ""))
    draft = Annotation(
        id=request.form.get("id") or new_id(),
        start=span.start,
        end=span.end,
        label=label.name,
        attributes=label.defaults,
        entity=known_entity(of, label, span.of(kept.value.text)),
    )
    act = here.act("create", of, kept.key)
    try:
        outcome = here.store().marks.add(act, of, here.person(), kept, draft, again=False)
    except AlreadyMarked as same:
        if not wants_fragment():
            raise
        return _marked_already(of, same.annotation)
    said = said_of(draft, kept.value.text, _("saved"))
    # Nothing can point at a mark that was just made, so it shows where it stands and nowhere else.
    places = None if outcome.repeated else (draft.span,)
    made = outcome.result
    if "revision" in made:  # the text was corrected meanwhile, and the mark carried over
        kept, places = here.document(of, document), None
    saved = None
    if request.form.get("editor"):
        saved = here.store().marks.find(of, made["annotation"], deleted=True)
    return changed(of, kept, outcome, said, saved, places, made["key"])


def _marked_already(project: Project, annotation: str) -> Response:
    """What the page shows instead of a second annotation: the one that is there, and that it is."""
    mark = here.store().marks.find(project, annotation)
    document = here.document_of(mark)
    outcome = Outcome(mark.value.version, {"annotation": annotation}, repeated=True)
    message = said_of(mark.value, document.value.text, _("marked already"))
    shown = mark if request.form.get("editor") else None
    response = changed(project, document, outcome, message, shown, mark.value.spans, mark.key)
    response.headers["X-Postil-Already"] = "1"
    return response


def _trimmed_span(document: KeptDocument) -> Span:
    """The stretch that the form names, without white space at its ends.

    Raises ``SpanOutOfText``, ``BadInput``.
    """
    start, end = read_number(request.form, "start"), read_number(request.form, "end")
    if start is None or end is None:
        raise BadInput(_("Select some text first; then choose a label."))
    span = trimmed(Span(start, end).within(document.value.text), document.value.text)
    if span.start >= span.end:
        raise BadInput(_("Only white space is selected; select some words."))
    return span


def _check_quote(document: KeptDocument, span: Span) -> None:
    """What the browser saw must be what is there.

    Between blocks the browser sees no characters, so both sides put one line feed there.
    """
    seen = request.form.get("quote")
    if seen is None:
        return
    text = document.value.text
    blocks = document.value.layout.blocks  # one after the other: a book has ten thousand
    first = bisect_right(blocks, span.start, key=lambda block: block.end)
    stop = bisect_left(blocks, span.end, key=lambda block: block.start)
    parts = [
        text[max(block.start, span.start) : min(block.end, span.end)]
        for block in blocks[first:stop]
    ]
    # A form field's line ends arrive as CRLF.
    if "\n".join(parts).strip() != seen.replace("\r\n", "\n").strip():
        raise QuoteMismatch(span.start, span.end, seen, "\n".join(parts))


def known_entity(project: Project, label: Label, quote: str) -> str | None:
    """The one entity that bears exactly this name or alias, if the label takes entities."""
    if not label.takes_entity:
        return None
    found = {
        entity.merged_into or entity.name
        for entity in here.store().names.entities(project, " ".join(quote.split()), limit=50)
        if " ".join(quote.split()) in (entity.name, *entity.aliases)
    }
    return found.pop() if len(found) == 1 else None


@bp.get("/projects/<project>/annotations/")
@bp.get("/projects/<project>/annotations/<annotation>")
def editor(project: str, annotation: str = "") -> Response:
    of = here.project(project)
    mark = here.store().marks.find(of, annotation)
    if wants_fragment():
        return make_response(_editor(of, mark))
    return make_response(
        render_template(
            "articles/card.html",
            project=of,
            document=here.document_of(mark).value,
            editor=_editor(of, mark),
        )
    )


def _editor(project: Project, mark: KeptMark, swap: bool = False) -> str:
    """The card with everything that can be said of one annotation, and changed."""
    store = here.store()
    document = here.document_of(mark)
    relations = store.marks.relations_at(project, [mark.value.id])
    ends = {end for r in relations for end in (r.head, r.child) if end}
    others = {a.id: a for a in store.marks.several(project, sorted(ends))}
    codebook = store.codebooks.of(project.key)
    label = codebook.label(mark.value.label)
    return render_template(
        "articles/_editor.html",
        project=project,
        document=document.value,
        mark=mark,
        label=label,
        codebook=codebook,
        relations=relations,
        others=others,
        kinds=codebook.kinds_from(label),
        layer=store.layers.by_key(mark.layer).value,
        history=[
            (entry, change_name(entry)) for entry in store.log.of_object("annotations", mark.key)
        ],
        swap=swap,
    )


@bp.post("/projects/<project>/annotations/<annotation>")
def edit(project: str, annotation: str) -> Response:
    of = here.project(project)
    mark = here.store().marks.find(of, annotation, deleted=True)
    document = here.document_of(mark)
    saw = read_number(request.form, "saw")
    act = here.act("edit", of, mark.document)
    try:
        seen = _seen(mark)
        fields = fields_of(of, mark, seen)
        outcome = here.store().marks.edit(
            act, of, annotation, fields, saw, revision=seen.value.revision
        )
    except Stale as stale:
        return _both_sides(of, document, mark, stale)
    except NotFound:
        _refuse_deleted(mark, of)
        raise
    now = here.store().marks.find(of, annotation)
    said = said_of(now.value, document.value.text, _("changed"))
    return changed(of, document, outcome, said, now)


def _seen(mark: KeptMark) -> KeptDocument:
    """The text on which the borders of a form are counted: the one that its page shows."""
    seen = here.page_revision() or mark.value.revision
    return here.laid_out(here.store().documents.by_key(mark.document, seen))


def fields_of(project: Project, mark: KeptMark, document: KeptDocument) -> dict[str, Any]:
    """The fields that the form names; what it leaves out stays as it is."""
    form = request.form
    fields: dict[str, Any] = {}
    for name in ("label", "entity", "concept", "note"):
        if name in form:
            fields[name] = form[name].replace("\r\n", "\n").strip()
    if "unsure" in form:
        fields["unsure"] = form.getlist("unsure")[-1] == "1"
    if "start" in form or "end" in form:
        span = _trimmed_span(document)
        fields["fragments"] = _moved(mark.value.fragments, span)
    attributes = _attributes(project, mark, form.get("label", mark.value.label))
    if attributes is not None:
        fields["attributes"] = attributes
    return fields


def _moved(fragments: Sequence[Span], hull: Span) -> list[Span]:
    """The fragments once the borders are moved: the outermost reach them, those outside go."""
    kept = [part for part in fragments if part.end > hull.start and part.start < hull.end]
    if len(kept) < 2:
        return [hull]
    return [Span(hull.start, kept[0].end), *kept[1:-1], Span(kept[-1].start, hull.end)]


@bp.post("/projects/<project>/annotations/<annotation>/fragments")
def fragments(project: str, annotation: str) -> Response:
    """Put the stretch that the form names to a mark as one more part, or take one away."""
    of = here.project(project)
    mark = here.store().marks.find(of, annotation, deleted=True)
    document = here.document_of(mark)
    if request.form.get("way") == "remove":
        start, end = read_number(request.form, "start"), read_number(request.form, "end")
        place = Span(start or 0, end or 0).within(document.value.text)
        said = _("one part less")
    else:
        place = _trimmed_span(document)
        _check_quote(document, place)
        said = _("one part more")

    if read_number(request.form, "revision", mark.value.revision) != mark.value.revision:
        raise BadInput(_("The article was corrected meanwhile; reload the page and do it again."))

    def shape(parts: Sequence[Span]) -> Sequence[Span]:
        removes = request.form.get("way") == "remove"
        return without_fragment(parts, place) if removes else with_fragment(parts, place)

    try:
        act = here.act("edit", of, mark.document)
        outcome = here.store().marks.reshape(act, of, annotation, shape)
    except NotFound:
        _refuse_deleted(mark, of)
        raise
    now = here.store().marks.find(of, annotation)
    return changed(of, document, outcome, said_of(now.value, document.value.text, said), now)


def _attributes(project: Project, mark: KeptMark, label: str) -> dict[str, Any] | None:
    """The attributes with those changed that the form names; ``None`` when it names none."""
    if not any(name.startswith("attribute.") for name in request.form):
        return None
    known = here.store().codebooks.of(project.key).label(label)
    return _read_attributes(known, mark.value.attributes)


def _read_attributes(label: Label, present: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of a label as they are, with those changed that the form names."""
    named = {n.removeprefix("attribute."): n for n in request.form if n.startswith("attribute.")}
    known = {a.id: a for a in label.attributes}
    changed = dict(present)
    for attribute, field in named.items():
        value = request.form.getlist(field)[-1]
        kind = known[attribute].kind if attribute in known else "text"
        if kind == "choice" and value and value not in known[attribute].choices:
            raise BadInput(_("“%(value)s” is not one of the choices.", value=value))
        if value == "":
            changed.pop(attribute, None)
        elif kind == "flag":
            changed[attribute] = value == "1"
        elif kind == "number":
            changed[attribute] = number_of(value)
        else:
            changed[attribute] = value
    return changed


def number_of(value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = nan
    if not isfinite(number):
        raise BadInput(_("“%(value)s” is not a number.", value=value))
    return number


def _both_sides(project: Project, document: KeptDocument, mark: KeptMark, stale: Stale) -> Response:
    """A stale edit or deletion: how the mark stands now beside what was about to be done to it.

    The head names the version that is shown, for whoever chooses to write over it after all.
    """
    kept = here.store().marks.find(project, mark.value.id, deleted=True)
    codebook = here.store().codebooks.of(project.key)
    rows = differing(codebook, kept.value, document.value.text, request.form)
    if not rows and not request.path.endswith("/delete"):
        # Somebody else has made it so: there is nothing to choose, and nothing to write.
        said = said_of(kept.value, document.value.text, _("changed"))
        same = Outcome(stale.now, {"annotation": kept.value.id}, repeated=True)
        return changed(project, document, same, said, kept)
    fragment = wants_fragment()
    drawn = render_template(
        "errors/stale.html" if fragment else "errors/stale_page.html",
        message=stale_message(kept, stale),
        rows=rows,
        fragment=fragment,
        op=request.form.get("op", ""),
        now=stale.now,
        see=url_for("marking.editor", project=project.id, annotation=kept.value.id),
    )
    return make_response(drawn, 409, {"X-Postil-Now": str(stale.now)})


def stale_message(kept: KeptMark, stale: Stale) -> str:
    """Who changed it, and when, as far as the log tells."""
    history = here.store().log.of_object("annotations", kept.key)
    last = next((entry for entry in reversed(history) if entry.seq == stale.now), None)
    if last is None:
        return str(stale)
    return str(
        _(
            "%(person)s changed this mark after you saw it, at %(time)s UTC. "
            "Nothing was overwritten.",
            person=last.person,
            time=last.at[11:16],
        )
    )


def _refuse_deleted(mark: KeptMark, project: Project) -> None:
    """Raises ``Gone`` where the mark that is to be changed was deleted meanwhile."""
    try:
        here.store().marks.find(project, mark.value.id)
    except NotFound:
        raise Gone("mark") from None


@bp.post("/projects/<project>/annotations/<annotation>/delete")
def delete(project: str, annotation: str) -> Response:
    of = here.project(project)
    mark = here.store().marks.find(of, annotation, deleted=True)
    act = here.act("delete", of, mark.document)
    document = here.document_of(mark)
    try:
        outcome = here.store().marks.delete(act, of, annotation, read_number(request.form, "saw"))
    except Stale as stale:
        return _both_sides(of, document, mark, stale)
    except NotFound:
        _refuse_deleted(mark, of)
        raise
    said = said_of(mark.value, document.value.text, _("deleted; undo brings it back"))
    return changed(of, document, outcome, said)


# --- relations


@bp.post("/projects/<project>/annotations/<annotation>/relations")
def relate(project: str, annotation: str) -> Response:
    of = here.project(project)
    mark = here.store().marks.find(of, annotation)
    draft = Relation(
        id=request.form.get("id") or new_id(),
        head=annotation,
        label=request.form.get("kind", ""),
        child=request.form.get("child") or None,
        child_entity=None
        if request.form.get("child")
        else request.form.get("child_entity") or None,
    )
    outcome = here.store().marks.relate(here.act("relate", of, mark.document), of, draft)
    said = _("%(kind)s, joined", kind=draft.label.capitalize())
    return changed(of, here.document_of(mark), outcome, said, mark)


@bp.post("/projects/<project>/annotations/<annotation>/relations/<relation>/delete")
def unrelate(project: str, annotation: str, relation: str) -> Response:
    of = here.project(project)
    mark = here.store().marks.find(of, annotation)
    outcome = here.store().marks.unrelate(here.act("unrelate", of, mark.document), of, relation)
    return changed(of, here.document_of(mark), outcome, _("Relation removed"), mark)


# --- the document as a whole


@bp.post("/projects/<project>/documents/<document>/labels")
def labels(project: str, document: str) -> Response:
    """Give the document a label, with the attributes that the form names, or take one away."""
    of = here.project(project)
    kept = here.document(of, document)
    codebook = here.store().codebooks.of(of.key)
    uid, on = request.form.get("label", ""), request.form.getlist("on")[-1:] == ["1"]
    label = next((label for label in codebook.labels if label.id == uid), None)
    if label is None:
        raise NotFound("label", uid)

    def shape(present: Sequence[Any]) -> Sequence[Any]:
        if not on:
            return without_label(present, codebook, uid)
        had = next((g.attributes for g in given(present, codebook) if g.label.id == uid), None)
        now = _read_attributes(label, label.defaults if had is None else had)
        return with_label(present, codebook, uid, now)

    outcome = here.store().documents.relabel(here.act("label", of, kept.key), of, document, shape)
    said = _("%(label)s: given") if on else _("%(label)s: taken away")
    kept = here.document(of, document)
    return changed(of, kept, outcome, str(said) % {"label": label.name.capitalize()})


# --- undo


@bp.post("/projects/<project>/documents/<document>/undo")
def undo(project: str, document: str) -> Response:
    return _turned(project, document, "undo", here.store().log.undo)


@bp.post("/projects/<project>/documents/<document>/redo")
def redo(project: str, document: str) -> Response:
    return _turned(project, document, "redo", here.store().log.redo)


def _turned(project: str, document: str, verb: str, turn: Callable[[Any], Outcome]) -> Response:
    of = here.project(project)
    kept = here.document(of, document)
    try:
        outcome = turn(here.act(verb, of, kept.key))
    except NothingToUndo:
        return _nothing_left(of, kept, verb)
    kept = here.document(of, document)  # its text may be another one now
    said = _("Undone") if verb == "undo" else _("Brought back")
    return changed(of, kept, outcome, said)


def _nothing_left(project: Project, document: KeptDocument, verb: str) -> Response:
    """Say quietly that there is nothing to undo or redo: another tab may have done it already."""
    message = _("There is nothing to undo.") if verb == "undo" else _("There is nothing to redo.")
    if not wants_fragment():
        flash(message)
        address = url_for("articles.article", project=project.id, document=document.value.id)
        return make_response(redirect(address, 303))
    return Response(
        f'<div hx-swap-oob="innerHTML:#polite">{escaped(message)}</div>',
        headers={"X-Postil-Ways": " ".join(here.ways(project, document))},
    )
