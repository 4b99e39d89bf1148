"""What happened, the article as it was, the trash, and bringing things back."""

from collections.abc import Sequence
from dataclasses import dataclass
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

from annotations.correcting import difference
from annotations.document import new_id
from annotations.errors import BadInput
from annotations.store import KeptDocument, Project
from annotations.store.history import Happened, Past
from annotations.store.telling import Touched
from reader import here
from reader.drawing import LONG, Drawing
from reader.limits import heavy
from reader.request_numbers import read_number
from reader.wording import card_words, field_name, happened, lines
from reader.words import gettext as _
from reader.words import ngettext

bp = Blueprint("history", __name__)

A_PAGE, IN_SHORT, IN_FULL = 50, 3, 200
KINDS = (
    "create", "edit", "delete", "relate", "unrelate", "undo", "restore", "restore document",
    "correct", "settle", "accept", "reject", "same-again", "batch", "state", "import", "codebook",
    "edit name", "merge", "part", "remove document", "remove documents", "describe", "states",
    "edit project", "archive project", "unarchive project",
)  # fmt: skip
"""What a history can be narrowed to, in the order in which it is offered."""


@dataclass(frozen=True, slots=True)
class Line:
    """A change as a page lists it, with the first of what it touched."""

    change: Happened
    words: str
    touched: Sequence[Touched]
    more: int
    summary: str = ""


def number_asked(name: str) -> int | None:
    """A number in the address, or ``None`` when there is none, or none that could be one."""
    given = read_number(request.args, name)
    return given if given is None or given >= 0 else None


@bp.app_context_processor
def _for_templates() -> dict[str, Any]:
    return {"difference": difference, "field_name": field_name, "happened": happened}


# --- what happened


@bp.get("/projects/<project>/history")
def project(project: str) -> str:
    of = here.project(project)
    return _listed(of, None)


@bp.get("/projects/<project>/documents/<document>/history")
def document(project: str, document: str) -> str:
    of = here.project(project)
    return _listed(of, here.document(of, document))


def _listed(of: Project, kept: KeptDocument | None) -> str:
    store = here.store().history
    asked = {name: request.args.get(name, "")[:100] for name in ("person", "kind")}
    before = number_asked("before")
    if kept is None:
        found = store.of_project(of, before, **asked, limit=A_PAGE + 1)
    else:
        found = store.of_document(of, kept, before, **asked, limit=A_PAGE + 1)
    return render_template(
        "history/list.html",
        project=of,
        document=kept.value if kept else None,
        lines=[_line(of, change) for change in found[:A_PAGE]],
        older=found[A_PAGE - 1].seq if len(found) > A_PAGE else None,
        newer=before is not None,
        asked=asked,
        people=store.people(of),
        kinds=[(kind, happened(kind)) for kind in KINDS],
    )


def _summary(change: Happened) -> str:
    """What is to say of a change that touches more than can be listed."""
    result = change.result
    counts = [result.get(name) for name in ("carried", "doubtful", "lost")]
    if change.kind != "correct" or not all(type(count) is int for count in counts):
        return ""
    said = [ngettext("%(num)d mark carried over", "%(num)d marks carried over", result["carried"])]
    waiting = result["doubtful"] + result["lost"]
    if waiting:
        said.append(ngettext("%(num)d in doubt", "%(num)d in doubt", waiting))
    return ", ".join(said)


def _line(of: Project, change: Happened) -> Line:
    summary = _summary(change)
    if summary:
        return Line(change, happened(change.kind, change.undone), (), 0, summary)
    touched = here.store().history.details(of, change.seq, IN_SHORT)
    return Line(
        change, happened(change.kind, change.undone), touched, change.touched - len(touched)
    )


@bp.get("/projects/<project>/history/<int:seq>")
def change(project: str, seq: int) -> str:
    """One change with everything that it touched."""
    of = here.project(project)
    found = here.store().history.change(of, seq)
    touched = here.store().history.details(of, seq, IN_FULL)
    line = Line(found, happened(found.kind, found.undone), touched, found.touched - len(touched))
    return render_template("history/change.html", project=of, line=line)


# --- one mark


@bp.get("/projects/<project>/marks/")
@bp.get("/projects/<project>/marks/<annotation>")
def mark(project: str, annotation: str = "") -> str:
    """Every version of a mark, deleted or not."""
    of = here.project(project)
    kept = here.store().marks.find(of, annotation, deleted=True)
    versions = here.store().history.of_mark(of, annotation)
    return render_template(
        "history/mark.html",
        project=of,
        document=here.document_of(kept).value,
        mark=kept.value,
        versions=versions,
        lives=versions[0].touched.after.lives,
        frozen=here.store().layers.by_key(kept.layer).value.frozen,
    )


@bp.post("/projects/<project>/marks/<annotation>")
def restore_mark(project: str, annotation: str) -> Response:
    """Make a mark what it was after the change that the form names."""
    of = here.project(project)
    kept = here.store().marks.find(of, annotation, deleted=True)
    act = here.act("restore", of, kept.document)
    seq = read_number(request.form, "seq")
    if seq is None:
        here.store().restoring.marks(act, of, [annotation])
    else:
        saw = read_number(request.form, "saw")
        here.store().restoring.version(act, of, annotation, seq, saw)
    flash(_("Brought back. Undo in the article takes it away again."))
    return _to(url_for("history.mark", project=project, annotation=annotation))


def _to(address: str) -> Response:
    return make_response(redirect(address, 303))


# --- the article as it was


@heavy("page")
def past_page(of: Project, past: Past, newest: int) -> str:
    """An article as it was, to be read and not changed."""
    kept = here.laid_out(past.document)
    codebook = here.store().codebooks.of(of.key)
    text = kept.value.text
    drawing = Drawing(
        document=kept.value,
        codebook=codebook,
        annotations=past.annotations,
        lines=lines(codebook, past.annotations, past.relations, text),
        address=url_for("history.mark", project=of.id, annotation=""),
        words=card_words(),
    )
    byline = render_template("articles/_byline.html", document=kept.value)
    mine = here.store().layers.work_of(of, here.person())
    restoring = here.store().restoring
    now = here.document(of, kept.value.id)
    return render_template(
        "history/past.html",
        project=of,
        document=kept.value,
        past=past,
        newest=newest,
        own_title=drawing.has_own_title,
        drawn=drawing.whole(byline),
        long=len(text) > LONG,
        version=here.store().log.version(now.key),
        everybody=restoring.difference(now, past.seq),
        mine=restoring.difference(now, past.seq, [mine.key]) if mine else None,
        neighbours=here.store().history.neighbours(of, now, past.seq),
    )


@bp.get("/projects/<project>/documents/<document>/at/<int:seq>")
def at(project: str, document: str, seq: int) -> str:
    """The article as it was after a change."""
    of = here.project(project)
    kept = here.document(of, document)
    past = here.store().history.at(of, kept, seq)
    return past_page(of, past, kept.value.revision)


@bp.post("/projects/<project>/documents/<document>/at/<int:seq>")
def bring_back(project: str, document: str, seq: int) -> Response:
    of = here.project(project)
    kept = here.document(of, document)
    layers = None
    if request.form.get("whose") != "everybody":
        mine = here.store().layers.work_of(of, here.person())
        layers = [mine.key] if mine else []
    outcome = here.store().restoring.document(
        here.act("restore document", of, kept.key),
        of,
        kept,
        seq,
        layers,
        read_number(request.form, "saw"),
    )
    count = outcome.result.get("restored", 0)
    flash(
        ngettext(
            "%(num)d thing is as it was then. Undo takes that back.",
            "%(num)d things are as they were then. Undo takes that back.",
            count,
        )
    )
    return _to(url_for("history.document", project=project, document=document))


# --- the trash


@bp.get("/projects/<project>/trash")
def trash(project: str) -> str:
    of = here.project(project)
    store = here.store()
    within = request.args.get("document", "")
    kept = store.documents.find(of, within) if within else None
    before = request.args.get("before", "")
    found = store.history.trash(of, kept, before, A_PAGE + 1)
    return render_template(
        "history/trash.html",
        project=of,
        document=kept.value if kept else None,
        gone=found[:A_PAGE],
        older=found[A_PAGE - 1].cursor if len(found) > A_PAGE else None,
        newer=bool(before),
        documents=[] if kept or before else store.history.removed_documents(of),
    )


@bp.post("/projects/<project>/trash")
def untrash(project: str) -> Response:
    """Bring back what was chosen: one act in each article, so that it can be undone there."""
    of = here.project(project)
    store = here.store()
    op = request.form.get("op") or new_id()
    by_document: dict[int, list[str]] = {}
    for uid in dict.fromkeys(request.form.getlist("mark")):
        by_document.setdefault(store.marks.find(of, uid, deleted=True).document, []).append(uid)
    relations = list(dict.fromkeys(request.form.getlist("relation")))
    documents = list(dict.fromkeys(request.form.getlist("document")))
    if not (by_document or relations or documents):
        raise BadInput(_("Choose what to bring back."))
    for number, (key, uids) in enumerate(by_document.items()):
        store.restoring.marks(here.part_of(f"{op}.m{number}", "restore", of, key, uids), of, uids)
    for number, uid in enumerate(relations):
        key = store.history.document_of_relation(of, uid)
        act = here.part_of(f"{op}.r{number}", "restore", of, key, uid)
        store.restoring.relation(act, of, uid)
    for number, uid in enumerate(documents):
        act = here.part_of(f"{op}.d{number}", "restore", of, None, uid)
        store.restoring.removed_document(act, of, uid)
    count = sum(map(len, by_document.values())) + len(relations) + len(documents)
    flash(ngettext("%(num)d thing was brought back.", "%(num)d things were brought back.", count))
    within = request.args.get("document")
    return _to(url_for("history.trash", project=project, document=within))


@bp.post("/projects/<project>/documents/<document>/remove")
def remove(project: str, document: str) -> Response:
    """Put an article into the trash."""
    of = here.project(project)
    kept = here.document(of, document)
    act = here.act("remove document", of, None, document)
    here.store().restoring.remove_document(act, of, kept)
    flash(_("“%(title)s” is in the trash now; it can be brought back.", title=kept.value.title))
    return _to(url_for("history.trash", project=project))
