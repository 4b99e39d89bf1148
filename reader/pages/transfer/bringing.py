"""Bringing in: texts and marks are sent, shown as what they would become, and stored on a word."""

import io
import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import IO, Any, cast

from flask import current_app, flash, redirect, render_template, request, session, url_for
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from annotations import transfer
from annotations.document import Annotated, checked_text, new_id
from annotations.errors import BadInput, NotFound, PostilError
from annotations.store import Project
from reader import here
from reader.errors import answer, wants_fragment
from reader.pages.transfer import bp
from reader.uploads import SECONDS, Gone, Upload, Uploads
from reader.words import gettext as _
from reader.words import ngettext

LISTED, BEGINNING = 20, 300
"""How many documents a preview shows, and how many characters of each."""


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
