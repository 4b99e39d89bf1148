"""Correcting a text: writing, looking at what changes, saving, and what is left to settle.

The texts that an article had before stay readable here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

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

from annotations.correcting import Corrected, Part, difference, recomposed
from annotations.document import Block, Layout
from annotations.errors import BadInput, TextStale
from annotations.store import KeptDocument, Project
from reader import here
from reader.drawing import Drawing
from reader.errors import wants_fragment
from reader.pages.history import number_asked
from reader.request_numbers import read_number
from reader.words import gettext as _
from reader.words import ngettext

bp = Blueprint("correcting", __name__)

MOST_BLOCKS, MOST_CHARACTERS = 80, 30_000
"""How much of a long article is there to be written anew at once."""
AROUND = 70
"""Code points around a mark that a list of doubts shows."""

_FIELD = re.compile(r"block-(\d{1,7})")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A block to be written anew: its number, what it is, and what stands in it."""

    number: int
    block: Block
    label: str
    text: str
    rows: int


@bp.get("/projects/<project>/documents/<document>/correct")
def write(project: str, document: str) -> str:
    of = here.project(project)
    kept = here.document(of, document)
    at = number_asked("at")
    first = number_asked("from") or 0
    if at is not None:
        first = _window_of(
            kept, Drawing(kept.value, here.store().codebooks.of(of.key), ()).block_at(at)
        )
    return _written(of, kept, first, {})


def _window_of(kept: KeptDocument, block: int) -> int:
    """The first block of the part of the article in which a block is."""
    first = 0
    while (after := _until(kept, first)) <= block and after < len(kept.value.layout.blocks):
        first = after
    return first


def _until(kept: KeptDocument, first: int) -> int:
    """The first block that is not shown together with ``first``."""
    blocks = kept.value.layout.blocks
    until, characters = first, 0
    while until < min(len(blocks), first + MOST_BLOCKS) and characters < MOST_CHARACTERS:
        characters += len(blocks[until].span)
        until += 1
    return until


def _before(kept: KeptDocument, first: int) -> int | None:
    """Where the part before the one that begins with ``first`` begins."""
    return _window_of(kept, first - 1) if first else None


def _written(
    of: Project, kept: KeptDocument, first: int, written: Mapping[int, str], problem: str = ""
) -> str:
    blocks = kept.value.layout.blocks
    first = max(0, min(first, len(blocks) - 1))
    until = _until(kept, first)
    drawing = Drawing(kept.value, here.store().codebooks.of(of.key), ())
    paragraphs = []
    for number in range(first, until):
        text = written.get(number, blocks[number].span.of(kept.value.text))
        label = _called(blocks[number], drawing.paragraph(number))
        rows = min(30, 1 + sum(1 + len(line) // 90 for line in text.split("\n")))
        paragraphs.append(Paragraph(number, blocks[number], label, text, rows))
    return render_template(
        "correcting/write.html",
        project=of,
        document=kept.value,
        paragraphs=paragraphs,
        first=first,
        before=_before(kept, first),
        after=until if until < len(blocks) else None,
        total=len(blocks),
        problem=problem,
    )


def _called(block: Block, paragraph: int) -> str:
    names = {
        "li": _("List item"), "blockquote": _("Quotation"), "pre": _("Preformatted text"),
        "td": _("Cell of a table"), "th": _("Heading of a table"), "figcaption": _("Caption"),
        "dt": _("Term"), "dd": _("Definition"),
    }  # fmt: skip
    if block.kind.startswith("h"):
        called = str(_("Heading"))
    else:
        called = f"{names.get(block.kind, _('Paragraph'))} ¶{paragraph}"
    return f"{called} · {block.number}" if block.number else called


@bp.post("/projects/<project>/documents/<document>/correct")
def correct(project: str, document: str) -> Response:
    """Look at what was written, write on, or save it, as the button says."""
    of = here.project(project)
    saw = read_number(request.form, "revision")
    kept = here.document(of, document)
    first = read_number(request.form, "from", 0)
    if saw is not None and saw != kept.value.revision:
        seen = here.document(of, document, saw)
        if not here.store().log.knows(request.form.get("op", "")):
            return _stale(of, kept, _changed(seen), TextStale(saw, kept.value.revision))
        kept = seen  # this very form was sent before, and is answered as it was then
    written = _changed(kept)
    if request.form.get("do") == "write":
        return make_response(_written(of, kept, first, written))
    if request.form.get("do") != "save":
        return _preview(of, kept, first, written)
    corrected = recomposed(kept.value.text, kept.value.layout, written)
    return _save(of, kept, corrected.text, _kept_layout(kept, corrected), saw)


def _kept_layout(kept: KeptDocument, corrected: Corrected) -> Layout:
    """What came in without layout stays without: its lines are the paragraphs."""
    stored = here.store().documents.text(kept.key, kept.value.revision)[1]
    return corrected.layout if stored.blocks else Layout()


def _changed(kept: KeptDocument) -> dict[int, str]:
    """What was written for each block that reads otherwise now."""
    blocks, text = kept.value.layout.blocks, kept.value.text
    found = {}
    for name, value in request.form.items():
        field = _FIELD.fullmatch(name)
        if field is None:
            continue
        number, now = int(field[1]), value.replace("\r\n", "\n").replace("\r", "\n")
        if number >= len(blocks) or now != blocks[number].span.of(text):
            found[number] = now
    return found


def _preview(of: Project, kept: KeptDocument, first: int, written: Mapping[int, str]) -> Response:
    value = kept.value
    try:
        if not written:
            raise BadInput(_("Nothing was changed, so there is nothing to save."))
        corrected = recomposed(value.text, value.layout, written)
    except BadInput as error:
        return make_response(_written(of, kept, first, written, str(error)), 422)
    drawing = Drawing(value, here.store().codebooks.of(of.key), ())
    changes: list[tuple[str, list[Part]]] = [
        (
            _called(value.layout.blocks[number], drawing.paragraph(number)),
            difference(value.layout.blocks[number].span.of(value.text), now),
        )
        for number, now in sorted(written.items())
    ]
    touched = here.store().corrections.preview(kept, corrected.text)
    return make_response(
        render_template(
            "correcting/preview.html",
            project=of,
            document=value,
            changes=changes,
            touched=[c for c in touched if c.place.how == "sure"],
            doubtful=[c for c in touched if c.place.how != "sure"],
            written=written,
            first=first,
        )
    )


def _save(of: Project, kept: KeptDocument, text: str, layout: Layout, saw: int | None) -> Response:
    act = here.act("correct", of, kept.key)
    outcome = here.store().corrections.correct(act, of, kept, text, layout, saw)
    result = outcome.result
    waiting = result.get("doubtful", 0) + result.get("lost", 0)
    said = [_("The text is corrected.")]
    if result.get("carried"):
        said.append(
            ngettext(
                "%(num)d mark was carried over.",
                "%(num)d marks were carried over.",
                result["carried"],
            )
        )
    flash(" ".join(said))
    page = "correcting.doubts" if waiting else "articles.article"
    return _to(url_for(page, project=of.id, document=kept.value.id))


def _to(address: str) -> Response:
    return make_response(redirect(address, 303))


def _stale(
    of: Project, kept: KeptDocument, written: Mapping[int, str], error: TextStale
) -> Response:
    return make_response(
        render_template(
            "correcting/stale.html",
            project=of,
            document=kept.value,
            written=[words for _, words in sorted(written.items())],
            message=str(error),
        ),
        409,
    )


# --- what is left to settle


@dataclass(frozen=True, slots=True)
class Shown:
    """A mark in doubt, with the words around its place."""

    doubt: object
    before: str
    quote: str
    after: str


@bp.get("/projects/<project>/documents/<document>/doubts")
def doubts(project: str, document: str) -> str:
    """The marks whose place is in doubt, with what they quoted and where they lie."""
    of = here.project(project)
    kept = here.document(of, document)
    text = kept.value.text
    found = []
    for doubt in here.store().corrections.doubts(of, kept):
        span = doubt.annotation.span
        before = text[max(0, span.start - AROUND) : span.start]
        after = text[span.end : span.end + AROUND]
        found.append(Shown(doubt, before, doubt.annotation.quote(text), after))
    return render_template(
        "correcting/doubts.html",
        project=of,
        document=kept.value,
        found=found,
    )


@bp.post("/projects/<project>/documents/<document>/doubts")
def settle(project: str, document: str) -> Response:
    """Say that one mark, or each that is named, lies where it belongs."""
    of = here.project(project)
    kept = here.document(of, document)
    uids = list(dict.fromkeys(request.form.getlist("mark")))
    act = here.act("settle", of, kept.key)
    saw = read_number(request.form, "saw") if len(uids) == 1 else None
    here.store().corrections.settle(act, of, uids, saw)
    return _settled(of, kept, _("Settled; undo in the article takes that back."))


@bp.post("/projects/<project>/documents/<document>/doubts/<annotation>/delete")
def drop(project: str, document: str, annotation: str) -> Response:
    """Put a mark in doubt into the trash."""
    of = here.project(project)
    kept = here.document(of, document)
    act = here.act("delete", of, kept.key)
    here.store().marks.delete(act, of, annotation, read_number(request.form, "saw"))
    return _settled(of, kept, _("Deleted; the trash keeps it."))


def _settled(of: Project, kept: KeptDocument, message: str) -> Response:
    if not wants_fragment():
        flash(message)
        return _to(url_for("correcting.doubts", project=of.id, document=kept.value.id))
    left = here.store().corrections.in_doubt(kept.key)
    return make_response(
        render_template(
            "correcting/_settled.html", project=of, document=kept.value, left=left, message=message
        )
    )


# --- the texts that there were


@bp.get("/projects/<project>/documents/<document>/texts")
def texts(project: str, document: str) -> str:
    of = here.project(project)
    kept = here.document(of, document)
    return render_template(
        "correcting/texts.html",
        project=of,
        document=kept.value,
        revisions=here.store().corrections.revisions(kept),
    )


@bp.post("/projects/<project>/documents/<document>/texts")
def bring_back(project: str, document: str) -> Response:
    """Make an earlier text the article's again: a correction like any other."""
    of = here.project(project)
    kept = here.document(of, document)
    text, layout = here.store().documents.text(kept.key, read_number(request.form, "text", 0))
    return _save(of, kept, text, layout, read_number(request.form, "revision"))
