"""Bundles: a whole project is brought in as a new one, or goes out when that takes long.

A bundle is always read beside the server: to know that it is whole, all of it must be read.
"""

import re
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from annotations import bundle
from annotations.errors import Conflict, NotFound, PostilError
from annotations.store import Project, Transfer
from reader import here
from reader.errors import answer, wants_fragment
from reader.pages.transfer import bp, wording
from reader.pages.transfer.bringing import uploads
from reader.transfers import DAYS, Folder, Progress, name_of
from reader.words import gettext as _


@dataclass(frozen=True, slots=True)
class Coming:
    """A bundle that comes in, as a page tells of it. ``project`` is what became of it."""

    transfer: Transfer
    progress: Progress
    folder: Folder
    project: Project | None = None

    @property
    def what(self) -> str:
        return wording.what(self.transfer)

    @property
    def state(self) -> str:
        return wording.state(self.transfer)

    @property
    def how_far(self) -> str:
        return wording.how_far(self.progress)

    @property
    def waits_for_a_word(self) -> bool:
        """Whether it was looked at, and nobody has said yet that it is to be kept."""
        looked = self.transfer.kind == "bundle-look" and self.transfer.state == "done"
        return looked and self.folder.has_upload

    @property
    def can_be_tried_again(self) -> bool:
        return (
            self.transfer.state in ("failed", "cancelled", "interrupted") and self.folder.has_upload
        )

    @property
    def holds(self) -> list[tuple[str, str]]:
        """What is in it: what it is, and how much there is of it."""
        held = self.transfer.result.get("held")
        return wording.held_in_bundle(held) if held else []


@bp.route("/bundle", methods=["GET", "POST"])
def bring_bundle() -> str | tuple[str, int] | Response:
    """Send a bundle; it is looked at, and nothing is kept yet."""
    if request.method == "GET":
        return render_template("transfer/bundle.html", problem="", bundles=_all())
    file = request.files.get("file")
    if file is None or not file.filename:
        return _refused(_("There is nothing to look at yet: choose the file of a bundle."))
    name = re.split(r"[/\\]", file.filename)[-1][:200]
    if file.stream.read(2) != b"PK" or not bundle.holds_bundle(file.stream):
        return _refused(
            _(
                "%(name)s is no bundle, or only a part of one. A bundle is the archive that “Take "
                "home” makes of a whole project: take it home anew. Articles and files with marks "
                "go into a project, by “Import” on its page.",
                name=name,
            )
        )
    try:
        upload = uploads().keep([(name, file.stream)])
        uid = name_of("bundle", upload.name)
        made = here.transfers().start(None, here.person(), "bundle-look", name, {}, uid, upload)
    except PostilError as error:
        return _refused(str(error))
    address = url_for("transfer.one_bundle", bundle=made.id)
    if wants_fragment():
        return Response(status=204, headers={"HX-Redirect": address})
    return redirect(address, 303)


@bp.get("/bundle/<bundle>")
def one_bundle(bundle: str) -> str:
    """How far one is, what is in it, or what became of it."""
    coming = _coming(here.transfers().find(None, bundle))
    template = "transfer/_bundle.html" if wants_fragment() else "transfer/one_bundle.html"
    held: dict[str, Any] = dict(coming.transfer.result.get("held", {}))
    projects = here.store().projects.all() if held else []
    return render_template(
        template,
        told=coming,
        held=held,
        days=DAYS,
        is_here=any(project.id == held.get("id") for project in projects),
        has_name=any(project.name == held.get("name") for project in projects),
    )


@bp.post("/bundle/<bundle>/store")
def store_bundle(bundle: str) -> Response:
    """Make a project of one that was looked at."""
    found = here.transfers().find(None, bundle)
    if found.kind == "bundle-import":
        return _to(found.id)  # sent twice
    if found.state != "done":
        raise Conflict(_("It is not known yet what is in the bundle."))
    asked = {"name": " ".join(request.form.get("name", "").split())[:200]}
    if asked["name"] == found.result["held"]["name"]:
        asked["name"] = ""  # where somebody else takes that name, another is found
    op = request.form.get("op") or name_of("store", found.id)
    here.transfers().again(found, "bundle-import", asked, op)
    return _to(found.id)


@bp.post("/bundle/<bundle>/cancel")
def cancel_bundle(bundle: str) -> Response:
    """End one; what was begun is not kept."""
    found = here.transfers().find(None, bundle)
    if not found.is_over and not here.transfers().cancel(found):
        flash(_("It was done before it could be cancelled."))
    return _to(found.id)


@bp.post("/bundle/<bundle>/again")
def bundle_once_more(bundle: str) -> Response:
    """Look once more at one that failed, was cancelled or interrupted."""
    found = here.transfers().find(None, bundle)
    if found.state == "done":
        raise Conflict(_("This is done already."))
    if found.is_over:
        # Under another name, perhaps: so it is shown first.
        here.transfers().again(found, "bundle-look", {}, "")
    return _to(found.id)


@bp.post("/bundle/<bundle>/remove")
def remove_bundle(bundle: str) -> Response:
    """Forget one that is over, with what was sent."""
    here.transfers().drop(here.transfers().find(None, bundle))
    return redirect(url_for("transfer.bring_bundle"), 303)


@bp.post("/projects/<project>/bundle/make")
def make_bundle(project: str) -> Response:
    """Have the bundle of a large project made beside the server."""
    of = here.project(project)
    history = request.form.get("history") == "yes"
    made = here.transfers().pack(of, here.person(), bundle.file_name(of), history)
    return redirect(url_for("transfer.one", project=of.id, transfer=made.id), 303)


@bp.app_template_global("bundles_coming")
def bundles_coming() -> list[Coming]:
    """Bundles that are being read or kept at this moment, or wait for a word."""
    found = [_coming(each) for each in here.store().transfers.of(None, 10)]
    return [each for each in found if not each.transfer.is_over or each.waits_for_a_word]


def _all() -> list[Coming]:
    return [_coming(each) for each in here.transfers().of(None)]


def _coming(transfer: Transfer) -> Coming:
    desk = here.transfers()
    stored = transfer.result.get("stored")
    project = None
    if stored:
        try:
            project = here.store().projects.find(str(stored["project"]))
        except NotFound:
            project = None
    return Coming(transfer, desk.progress(transfer), desk.folder(transfer.id), project)


def _to(uid: str) -> Response:
    return redirect(url_for("transfer.one_bundle", bundle=uid), 303)


def _refused(problem: str) -> tuple[str, int] | Response:
    if wants_fragment():
        return answer(422, problem)
    return render_template("transfer/bundle.html", problem=problem, bundles=_all()), 422
