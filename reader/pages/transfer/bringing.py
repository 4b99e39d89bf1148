"""Bringing in: texts and marks are sent, shown as what they would become, and stored on a word."""

import io
import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import IO, Any, cast

from flask import current_app, flash, redirect, render_template, request, session, url_for
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from annotations import formats, transfer
from annotations.document import Annotated, new_id
from annotations.errors import SAY_OFFSETS, BadInput, PostilError
from annotations.ingest import SUFFIXES as ARTICLE_SUFFIXES
from annotations.ingest import archives
from annotations.ingest.encodings import COMMON as ENCODINGS
from annotations.store import Project
from reader import here, previews
from reader.errors import answer, wants_fragment
from reader.pages.transfer import bp, wording
from reader.previews import Choices, Preview
from reader.transfers import is_long, name_of
from reader.uploads import SECONDS, Gone, Upload, Uploads
from reader.words import gettext as _

LEFT_OUT = 20
"""Places that were left out and are told one by one once the rest is stored."""


@bp.get("/import")
def bring_anywhere() -> str:
    """Which project it is to go into."""
    return render_template("transfer/anywhere.html", projects=here.open_projects(), problem="")


@bp.route("/projects/<project>/import", methods=["GET", "POST"])
def bring(project: str) -> str | tuple[str, int] | Response:
    """Paste or send texts; they are shown, and nothing is stored yet."""
    of = here.project(project)
    if request.method == "GET":
        return render_template("transfer/bring.html", **_form(of))
    try:
        choices = Choices.of(request.form)
        upload = uploads().keep(_sent(), called=_("pasted text"))
    except PostilError as error:
        return _refused(of, error)
    return looked(of, upload, choices)


@bp.post("/projects/<project>/import/look")
def look(project: str) -> str | tuple[str, int] | Response:
    """Show what was sent once more, read in another way."""
    of = here.project(project)
    name, before = _unsealed(of, request.form.get("upload", ""))
    upload = uploads().find(name)
    try:
        choices = replace(Choices.of(request.form), title=before.title)
    except PostilError as error:
        return _refused(of, error, upload, before)
    return looked(of, upload, choices)


def looked(of: Project, upload: Upload, choices: Choices) -> str | tuple[str, int] | Response:
    """What an upload becomes, or why it cannot be read; it waits on either way.

    A large one is read beside the server, and the way leads to where that is told.
    """
    if is_long(upload):
        title = _called(upload)
        about = {"choices": choices.said()}
        uid = name_of("look", of.id, upload.name)
        started = here.transfers().start(of, here.person(), "look", title, about, uid, upload)
        address = url_for("transfer.one", project=of.id, transfer=started.id)
        if wants_fragment():
            return Response(status=204, headers={"HX-Redirect": address})
        return redirect(address, 303)
    try:
        preview = previews.look(here.store(), of, upload, choices)
    except PostilError as error:
        return _refused(of, error, upload, choices)
    return _previewed(of, preview, upload, choices)


@bp.post("/projects/<project>/import/store")
def store(project: str) -> Response | tuple[str, int]:
    """Store what was shown: all of it in one act, or none."""
    of = here.project(project)
    name, choices = _unsealed(of, request.form.get("upload", ""))
    op = request.form.get("op") or new_id()
    choices = choices.with_last_words(request.form)
    waiting = _Waiting(of, name, choices)
    as_suggestions = request.form.get("as_suggestions") == "1"
    try:
        taken = transfer.take(
            here.store(),
            here.person(),
            of,
            waiting,
            op=op,
            request=[
                "import",
                name,
                *(["suggestions"] if as_suggestions else []),
                *choices.last_words(),
            ],
            as_suggestions=as_suggestions,
            bad=waiting.bad and (lambda error: waiting.skipped.append(error)),
        )
    except PostilError as error:
        try:
            upload = uploads().find(name)
        except Gone:
            raise error from None
        preview = previews.look(here.store(), of, upload, choices)
        return cast(str, _previewed(of, preview, upload, choices, str(error))), 422
    uploads().drop(name)
    left_out = dict.fromkeys(str(bad) for bad in waiting.skipped)
    for said in list(left_out)[:LEFT_OUT]:
        flash(_("Left out: %(why)s", why=said))
    if taken.documents == 1 and not (taken.known or left_out) and taken.new:
        return redirect(url_for("articles.article", project=of.id, document=taken.new[0]), 303)
    flash(
        wording.stored(
            taken.documents,
            taken.spans,
            taken.relations,
            taken.suggestions,
            taken.known,
            taken.left,
        )
    )
    return redirect(url_for("library.project", project=of.id), 303)


def _called(upload: Upload) -> str:
    """What was sent, by the names of its files."""
    names = [source.name or source.called for source in upload.sources]
    more = f" + {len(names) - 3}" if len(names) > 3 else ""
    return ", ".join(names[:3])[:200] + more


class _Waiting(previews.Entries):
    """The entries of an upload, which is looked for when the first is wanted.

    A store that is sent again finds its operation done, and wants none: the upload is gone by then.
    """

    def __init__(self, of: Project, upload: str, choices: Choices):
        super().__init__(here.store(), of, Upload(upload, ()), choices)
        self._waits: tuple[Project, str, Choices] | None = (of, upload, choices)

    def __next__(self) -> Annotated:
        if self._waits is not None:
            of, upload, choices = self._waits
            super().__init__(here.store(), of, uploads().find(upload), choices)
            self._waits = None
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


# ── what the pages show ───────────────────────────────────────────────────────────────────────────


def _form(of: Project, **more: Any) -> dict[str, Any]:
    return {
        "project": of,
        "kinds": wording.kinds(),
        "suffixes": _suffixes(),
        "problem": "",
        "again": None,
        **more,
    }


def _suffixes() -> str:
    """What file choosers offer: everything that can be read."""
    found = [*ARTICLE_SUFFIXES, *archives.SUFFIXES, "text/plain", "text/html"]
    for name in formats.readable():
        found += formats.get(name).suffixes
    return ",".join(dict.fromkeys(found))


def again(of: Project, choices: Choices, upload: str, problem: str = "") -> dict[str, Any]:
    """What the form needs that has an upload read in another way.

    It asks for the unit of offsets only where a file does not prove it, and proposes to leave out
    what cannot be read only once something could not be.
    """
    asks_unit = SAY_OFFSETS in problem
    return {
        "choices": choices,
        "upload": upload,
        "kinds": wording.kinds(),
        "encodings": ENCODINGS,
        "roles": wording.roles(),
        "units": wording.units() if asks_unit or choices.offsets else (),
        "skips": bool(problem) or choices.skip_bad,
        "address": url_for("transfer.look", project=of.id),
    }


def _refused(
    of: Project, error: PostilError, upload: Upload | None = None, choices: Choices | None = None
) -> tuple[str, int] | Response:
    """Why nothing can be shown; with what was sent, where it can be read in another way."""
    said = str(error)
    if upload is None or choices is None:
        if wants_fragment():
            return answer(422, said)
        return render_template("transfer/bring.html", **_form(of, problem=said)), 422
    form = again(of, choices, _sealed(of, upload.name, choices), said)
    template = "transfer/_refused.html" if wants_fragment() else "transfer/bring.html"
    return render_template(template, **_form(of, problem=said, again=form)), 422


def _previewed(
    of: Project, preview: Preview, upload: Upload, choices: Choices, problem: str = ""
) -> str | Response:
    template = "transfer/_preview.html" if wants_fragment() else "transfer/preview.html"
    choices = previews.chosen_title(preview, choices)
    sealed = _sealed(of, upload.name, choices)
    return render_template(
        template,
        project=of,
        preview=preview,
        lost=wording.losses(preview.lost),
        gaps=gaps(of, preview),
        upload=sealed,
        address=url_for("transfer.store", project=of.id),
        again=again(of, choices, sealed, problem),
        problem=problem,
    )


def gaps(of: Project, preview: Preview) -> list[wording.Asked]:
    """What the codebook of a project lacks for what is to be stored."""
    if not preview.gaps:
        return []
    return wording.gaps(preview.gaps, here.store().codebooks.of(of.key))


# ── whose upload it is ────────────────────────────────────────────────────────────────────────────


def uploads() -> Uploads:
    return Uploads(here.store().database.path)


def _seal() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(cast(Any, current_app.secret_key), salt="upload")


def _browser() -> str:
    """A name for this session, so that nobody else can store what was shown here."""
    return str(session.setdefault("browser", secrets.token_urlsafe(12)))


def _sealed(of: Project, name: str, choices: Choices) -> str:
    return str(_seal().dumps([name, choices.said(), of.id, _browser()]))


def _unsealed(of: Project, sealed: str) -> tuple[str, Choices]:
    try:
        name, said, project, browser = _seal().loads(sealed, max_age=SECONDS)
    except (BadData, ValueError):
        raise Gone from None
    if project != of.id or browser != _browser() or not isinstance(said, Mapping):
        raise Gone
    return name, Choices.of(said)
