"""Bringing texts and marks in, and taking them home."""

import io
import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import IO, Any, cast
from urllib.parse import quote

from flask import (
    Blueprint,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    send_file,
    session,
    url_for,
)
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from annotations import formats, transfer
from annotations.document import Annotated, checked_text, new_id
from annotations.errors import BadInput, ChooseLayer, NotFound, PostilError
from annotations.store import KeptLayer, Project
from reader import here
from reader.errors import answer, wants_fragment
from reader.uploads import SECONDS, Gone, Upload, Uploads
from reader.words import gettext as _
from reader.words import lazy_gettext as _l
from reader.words import ngettext

bp = Blueprint("transfer", __name__)

LISTED, BEGINNING = 20, 300
"""How many documents a preview shows, and how many characters of each."""

CHOICES = 300
"""Documents that the dialogue lists by name."""


# ── in ────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Seen:
    """A document that waits to be stored, as the preview shows it."""

    id: str
    title: str
    language: str
    direction: str
    characters: int
    paragraphs: int
    beginning: str
    is_cut: bool
    notes: Sequence[str]
    present: str
    spans: int = 0
    relations: int = 0


@dataclass(slots=True)
class Preview:
    """Everything that waits to be stored: all of it counted, the first documents shown."""

    contents: transfer.Contents = field(default_factory=transfer.Contents)
    documents: list[Seen] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    """What there is to say of the documents that are not shown, each with the name of its file."""

    @property
    def more(self) -> int:
        return self.contents.documents - len(self.documents)


class _Titled(transfer.Incoming):
    """Entries that bear another title."""

    def __init__(self, sources: Sequence[transfer.Source], title: str):
        super().__init__(sources)
        self._title = title

    def __next__(self) -> Annotated:
        entry = super().__next__()
        if not self._title:
            return entry
        return replace(entry, document=replace(entry.document, title=self._title))


@bp.get("/import")
def bring_anywhere() -> str:
    """Which project it is to go into."""
    return render_template(
        "transfer/anywhere.html", projects=here.store().projects.all(), problem=""
    )


@bp.route("/projects/<project>/import", methods=["GET", "POST"])
def bring(project: str) -> str | tuple[str, int] | Response:
    """Paste or send texts; they are shown, and nothing is stored yet."""
    of = here.project(project)
    if request.method == "GET":
        return render_template("transfer/bring.html", project=of, kinds=_kinds(), problem="")
    upload = None
    try:
        title = checked_text(request.form.get("title", "").strip()[:300], "title")
        upload = _uploads().keep(_sent(), _kind(), _("pasted text"))
        preview = _preview(of, upload, title)
    except PostilError as error:
        if upload is not None:
            _uploads().drop(upload.name)
        if wants_fragment():
            return answer(422, str(error))
        values = {"project": of, "kinds": _kinds(), "problem": str(error)}
        return render_template("transfer/bring.html", **values), 422
    return _previewed(of, preview, upload, title if preview.contents.documents == 1 else "")


@bp.post("/projects/<project>/import/store")
def store(project: str) -> Response | tuple[str, int]:
    """Store what was shown: all of it in one act, or none."""
    of = here.project(project)
    name, title = _unsealed(of, request.form.get("upload", ""))
    op = request.form.get("op") or new_id()
    waiting = _Waiting(name, title)
    as_suggestions = request.form.get("as_suggestions") == "1"
    try:
        taken = transfer.take(
            here.store(),
            here.person(),
            of,
            waiting,
            op=op,
            request=["import", name, *(["suggestions"] if as_suggestions else [])],
            as_suggestions=as_suggestions,
        )
    except PostilError as error:
        try:
            upload = _uploads().find(name)
        except Gone:
            raise error from None
        return cast(
            str, _previewed(of, _preview(of, upload, title), upload, title, str(error))
        ), 422
    _uploads().drop(name)
    if taken.documents == 1 and not taken.known and taken.new:
        return redirect(url_for("articles.article", project=of.id, document=taken.new[0]), 303)
    flash(_stored(taken))
    return redirect(url_for("library.project", project=of.id), 303)


class _Waiting(_Titled):
    """The entries of an upload, which is looked for when the first is wanted.

    A store that is sent again finds its operation done, and wants none: the upload is gone by then.
    """

    def __init__(self, upload: str, title: str):
        super().__init__((), title)
        self._upload: str | None = upload

    def __next__(self) -> Annotated:
        if self._upload is not None:
            super().__init__(_uploads().find(self._upload).sources, self._title)
            self._upload = None
        return super().__next__()


def _sent() -> Iterator[tuple[str, IO[bytes]]]:
    """Pasted text, and files. Raises ``BadInput`` when there is neither."""
    nothing = True
    pasted = request.form.get("text", "")
    if pasted.strip():
        nothing = False
        yield "", io.BytesIO(pasted.replace("\r\n", "\n").encode("utf-8", "surrogatepass"))
    for file in request.files.getlist("file"):
        if file.filename:
            nothing = False
            yield re.split(r"[/\\]", file.filename)[-1], file.stream
    if nothing:
        raise BadInput(_("There is nothing to import yet: paste a text, or choose a file."))


def _kinds() -> list[tuple[str, str]]:
    names = {
        "jsonl": _("JSONL with marks"),
        "text": _("Plain text"),
        "markdown": _("Markdown"),
        "html": _("HTML"),
    }
    known = [(kind, names.get(kind, kind)) for kind in transfer.kinds()]
    return [("", _("Told from name and content")), *known]


def _kind() -> str:
    kind = request.form.get("kind", "")
    if kind and kind not in transfer.kinds():
        raise BadInput(_("“%(kind)s” is not something that can be imported.", kind=kind[:40]))
    return kind


def _preview(of: Project, upload: Upload, title: str) -> Preview:
    """What is in an upload. Raises ``BadLine`` for what cannot be read; nothing is stored."""
    found = Preview()
    incoming, told = transfer.Incoming(upload.sources), 0
    for entry in incoming:
        found.contents.count(entry)
        notes, told = incoming.notes[told:], len(incoming.notes)
        if found.contents.documents > LISTED:
            found.notes += notes
            continue
        if not found.documents or found.documents[-1].id != entry.document.id:
            found.documents.append(_seen(of, entry, [note for _name, note in notes]))
        found.documents[-1].spans += len(entry.annotations)
        found.documents[-1].relations += len(entry.relations)
    if not found.contents.documents:
        raise BadInput(_("There is no document in it."))
    if title and found.contents.documents == 1:
        found.documents[0].title = title
    return found


def _seen(of: Project, entry: Annotated, notes: Sequence[str]) -> Seen:
    document = entry.document
    present = ""
    try:
        known = here.store().documents.find(of, document.id).value
        present = "same" if known.sha256 == document.sha256 else "other"
    except NotFound:
        pass
    return Seen(
        id=document.id,
        title=document.title,
        language=document.language,
        direction=document.direction,
        characters=len(document.text),
        paragraphs=len(document.layout.blocks),
        beginning=document.text[:BEGINNING].strip(),
        is_cut=len(document.text) > BEGINNING,
        notes=notes,
        present=present,
    )


def _previewed(
    of: Project, preview: Preview, upload: Upload, title: str, problem: str = ""
) -> str | Response:
    template = "transfer/_preview.html" if wants_fragment() else "transfer/preview.html"
    return render_template(
        template,
        project=of,
        preview=preview,
        upload=_sealed(of, upload.name, title),
        problem=problem,
    )


def _stored(taken: transfer.Taken) -> str:
    parts = [
        ngettext("%(n)s document", "%(n)s documents", taken.documents, n=taken.documents),
        ngettext("%(n)s mark", "%(n)s marks", taken.spans, n=taken.spans),
        ngettext("%(n)s relation", "%(n)s relations", taken.relations, n=taken.relations),
    ]
    if taken.suggestions:
        parts[1:] = [
            ngettext(
                "%(n)s suggestion", "%(n)s suggestions", taken.suggestions, n=taken.suggestions
            )
        ]
    said = _("Stored: %(what)s.", what=", ".join(parts))
    if not taken.known:
        return str(said)
    known = ngettext(
        "%(n)s document was here already.",
        "%(n)s documents were here already.",
        taken.known,
        n=taken.known,
    )
    return f"{said} {known}"


def _uploads() -> Uploads:
    return Uploads(here.store().database.path)


def _seal() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(cast(Any, current_app.secret_key), salt="upload")


def _browser() -> str:
    """A name for this session, so that nobody else can store what was shown here."""
    return str(session.setdefault("browser", secrets.token_urlsafe(12)))


def _sealed(of: Project, name: str, title: str) -> str:
    return str(_seal().dumps([name, title, of.id, _browser()]))


def _unsealed(of: Project, sealed: str) -> tuple[str, str]:
    try:
        name, title, project, browser = _seal().loads(sealed, max_age=SECONDS)
    except (BadData, ValueError):
        raise Gone from None
    if project != of.id or browser != _browser():
        raise Gone
    return name, title


# ── out ───────────────────────────────────────────────────────────────────────────────────────────

LOST = {
    "texts": _l("the texts themselves"),
    "layout": _l("headings, paragraphs and emphasis"),
    "relations": _l("relations"),
    "states": _l("how far each document is"),
    "meta": _l("what is said of a document"),
    "document labels": _l("labels of whole documents"),
    "titles": _l("titles"),
    "ids": _l("ids, by which a second import finds things again"),
    "names": _l("other names of actors and concepts, and their order"),
    "entities": _l("which actor a mark names"),
    "concepts": _l("which concept a mark is about"),
    "extra": _l("unknown fields from imported files"),
    "unmarked": _l("documents without marks"),
    "overlap": _l("overlapping marks"),
    "fragments": _l("marks in several pieces"),
    "attributes": _l("attributes"),
    "notes": _l("notes"),
    "unsure": _l("what was marked as unsure"),
    "origins": _l("where a mark came from"),
    "times": _l("when a mark was made"),
    "layers": _l("whose mark it is"),
}
FORMATS = {
    "jsonl": _l("JSONL: everything, to be read again by Postil or by programs"),
    "csv": _l("CSV: a row for each mark, for spreadsheets"),
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
        return transfer.outgoing(
            here.store(),
            self.project,
            self.document,
            self.format,
            () if all_labels else self.labels,
            self.layers or (),
        )


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
        losses=[(LOST.get(what, what), times) for what, times in (losses or {}).items()],
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
