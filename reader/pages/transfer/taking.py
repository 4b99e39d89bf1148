"""Taking home: what to take and in which format, counted before it is made."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from flask import render_template, request, send_file
from werkzeug.wrappers import Response

from annotations import formats, transfer
from annotations.errors import ChooseLayer
from annotations.store import KeptLayer, Project
from reader import here
from reader.errors import wants_fragment
from reader.pages.transfer import bp, wording
from reader.words import lazy_gettext as _l

CHOICES = 300
"""Documents that the dialogue lists by name."""

FORMATS = {
    "jsonl": _l("JSONL: everything, to be read again by Postil or by programs"),
    "csv": _l("CSV: a row for each mark, for spreadsheets"),
    "bio": _l("BIO (IOB2): a token a line, to train taggers"),
    "iob1": _l("IOB1: a token a line, to train taggers"),
    "bilou": _l("BILOU: a token a line, to train taggers"),
    "conll2003": _l("CoNLL-2003: a token a line in four columns, to train taggers"),
    "brat": _l("brat standoff: each text with its marks beside it, in an archive"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """What to take home. ``layers`` is ``None`` while it must still be said whose marks."""

    project: Project
    document: str | None
    title: str
    format: str
    every: tuple[str, ...]
    labels: tuple[str, ...]
    present: Sequence[KeptLayer]
    layer: str
    layers: Sequence[KeptLayer] | None

    @property
    def is_ready(self) -> bool:
        return self.layers is not None and bool(self.labels or not self.every)

    def outgoing(self) -> transfer.Outgoing:
        """The file, to be counted or made."""
        all_labels = len(self.labels) == len(self.every)
        selection = transfer.Selection(
            document=self.document or "",
            layers=tuple(kept.value.id for kept in self.layers or ()),
            labels=() if all_labels else self.labels,
        )
        return transfer.outgoing(here.store(), self.project, selection, self.format)


@bp.get("/projects/<project>/export")
def take_home(project: str) -> str:
    """The dialogue: what to take, and what will be in the file."""
    return _dialogue(_choice(here.project(project)))


@bp.get("/projects/<project>/export/file")
def file(project: str) -> Response | tuple[str, int]:
    """The file itself, made at one moment and then sent."""
    choice = _choice(here.project(project))
    if not choice.is_ready:
        return _dialogue(choice, asks=True), 422
    made = transfer.snapshot(choice.outgoing())
    entry = formats.get(choice.format)
    response = send_file(made.file, "application/octet-stream", etag=False, conditional=False)
    response.headers["Content-Type"] = entry.media_type
    response.content_length = made.size
    response.headers["Content-Disposition"] = _named(choice.title, choice.format)
    response.headers["Cache-Control"] = "no-store"
    return response


def _choice(of: Project) -> Choice:
    asked = request.args
    store, codebook = here.store(), here.store().codebooks.of(of.key)
    uid = asked.get("document") or None
    kept = store.documents.find(of, uid) if uid else None
    every = tuple(label.name for label in codebook.labels)
    chosen = [name for name in every if name in asked.getlist("label")]
    present = store.exchange.layers_of(of, kept.key if kept else None)
    layer = asked.get("layer", "")
    layers: Sequence[KeptLayer] | None
    try:
        known = layer if any(layer == k.value.id for k in present) else ""
        layers = transfer.choose_layers(store, of, uid, [known] if known else (), layer == "*")
    except ChooseLayer:
        layers = None
    format = asked.get("format", formats.names()[0])
    if format not in formats.writable():
        format = formats.names()[0]
    return Choice(
        project=of,
        document=uid,
        title=kept.value.title if kept else of.name,
        format=format,
        every=every,
        labels=tuple(chosen) if "chosen" in asked or chosen else every,
        present=present,
        layer=layer if layers is not None else "",
        layers=layers,
    )


def _dialogue(choice: Choice, asks: bool = False) -> str:
    contents = losses = None
    if choice.is_ready:
        contents, losses = transfer.survey(choice.outgoing())
    store = here.store()
    template = "transfer/_choices.html" if wants_fragment() else "transfer/take_home.html"
    return render_template(
        template,
        choice=choice,
        project=choice.project,
        documents=store.documents.listed(choice.project, "title", CHOICES),
        formats=[(name, FORMATS.get(name, name)) for name in formats.writable()],
        contents=contents,
        losses=wording.losses(losses or {}),
        codebook=store.codebooks.of(choice.project.key),
        asks=asks,
    )


def _named(title: str, format: str) -> str:
    """A header that names the file: in ASCII for everybody, and as it is for who can read that."""
    plain = transfer.file_name(title, format)
    suffix = formats.get(format).suffixes[0]
    stem = re.sub(r'[\\/:*?"<>|\s]+', " ", title)
    # Controls, and marks that turn the direction of writing, could hide the true suffix.
    stem = "".join(c for c in stem if c.isprintable()).strip(" .")[:80].rstrip(" .")
    full = quote(f"{stem or 'postil'}{suffix}", safe="")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{full}"
