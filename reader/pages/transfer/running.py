"""Imports and exports that run beside the server: where they stand, and what came of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import flash, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from annotations import bundle
from annotations.errors import BadInput, Conflict, NotFound
from annotations.formats import get as format_of
from annotations.formats.archive import MEDIA_TYPE as ARCHIVE
from annotations.store import Project, Transfer
from reader import here
from reader.errors import wants_fragment
from reader.pages.transfer import bp, bringing, wording
from reader.pages.transfer.taking import SPLIT, named
from reader.previews import Choices, Preview, chosen_title
from reader.transfers import DAYS, MOST_BYTES, MOST_KEPT, Folder, Progress, name_of
from reader.words import gettext as _

MAKING = ("export", "bundle-export")
"""Kinds that make a file."""


@dataclass(frozen=True, slots=True)
class Told:
    """A transfer as a page tells of it."""

    transfer: Transfer
    progress: Progress
    folder: Folder

    @property
    def what(self) -> str:
        return wording.what(self.transfer)

    @property
    def state(self) -> str:
        return wording.state(self.transfer)

    @property
    def came_of_it(self) -> str:
        """What it came to, in a line."""
        return wording.came_of_it(self.transfer)

    @property
    def how_far(self) -> str:
        return wording.how_far(self.progress)

    @property
    def losses(self) -> list[tuple[str, int]]:
        found = self.transfer.result.get("losses") or self.transfer.result.get("lost") or {}
        return wording.losses(found)

    @property
    def split(self) -> wording.Balance | None:
        """How a split turned out, where it is one."""
        found = self.transfer.result.get("split")
        return wording.Balance.of(found) if found else None

    @property
    def has_file(self) -> bool:
        return self.transfer.state == "done" and self.folder.file.exists()

    @property
    def waits_for_a_word(self) -> bool:
        """Whether it was looked at, and nobody has said yet that it is to be stored."""
        looked = self.transfer.kind == "look" and self.transfer.state == "done"
        return looked and self.folder.has_upload

    @property
    def can_be_tried_again(self) -> bool:
        if self.transfer.state not in ("failed", "cancelled", "interrupted"):
            return False
        return self.transfer.kind in MAKING or self.folder.has_upload


@bp.get("/projects/<project>/transfers")
def listed(project: str) -> str:
    """Files in and out: what runs, and what came of what ran."""
    of = here.project(project)
    return render_template(
        "transfer/list.html",
        project=of,
        transfers=[_told(each) for each in here.transfers().of(of)],
        days=DAYS,
        most=MOST_KEPT,
        size=wording.size(MOST_BYTES),
    )


@bp.get("/projects/<project>/transfers/<transfer>")
def one(project: str, transfer: str) -> str:
    """How far one is, or what came of it."""
    of = here.project(project)
    return _one(of, here.transfers().find(of, transfer))


@bp.get("/projects/<project>/transfers/<transfer>/file")
def made(project: str, transfer: str) -> Response:
    """The file that one made."""
    of = here.project(project)
    found = here.transfers().find(of, transfer)
    told = _told(found)
    if not told.has_file:
        raise NotFound("file", found.title)
    response = send_file(
        told.folder.file, "application/octet-stream", etag=False, conditional=False
    )
    if found.kind == "bundle-export":
        response.headers["Content-Type"] = bundle.MEDIA_TYPE
        response.headers["Content-Disposition"] = f'attachment; filename="{bundle.file_name(of)}"'
    else:
        entry = format_of(str(found.result["format"]))
        is_split = "split" in found.result
        response.headers["Content-Type"] = ARCHIVE if is_split else entry.media_type
        said = f"{found.result['name']} {SPLIT}" if is_split else str(found.result["name"])
        suffix = ".zip" if is_split else entry.suffixes[0]
        response.headers["Content-Disposition"] = named(said, suffix)
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.post("/projects/<project>/transfers/<transfer>/cancel")
def cancel(project: str, transfer: str) -> Response:
    """End one. What an import had begun to store is not stored."""
    of = here.project(project)
    found = here.transfers().find(of, transfer)
    if not found.is_over and not here.transfers().cancel(found):
        flash(_("It was done before it could be cancelled."))
    return _to(of, found.id)


@bp.post("/projects/<project>/transfers/<transfer>/again")
def once_more(project: str, transfer: str) -> Response:
    """Begin one again, as it was asked for."""
    of = here.project(project)
    found = here.transfers().find(of, transfer)
    if found.state == "done":
        raise Conflict(_("This is done already."))
    if found.is_over:
        here.transfers().again(found)
    return _to(of, found.id)


@bp.post("/projects/<project>/transfers/<transfer>/look")
def look_again(project: str, transfer: str) -> Response | str:
    """Read what was sent in another way."""
    of = here.project(project)
    found = here.transfers().find(of, transfer)
    _refuse_what_is_no_import(found)
    title = _choices(found).title
    choices = replace(Choices.of(request.form), title=title)
    here.transfers().again(found, "look", {"choices": choices.said()}, "")
    return _to(of, found.id)


@bp.post("/projects/<project>/transfers/<transfer>/store")
def store_it(project: str, transfer: str) -> Response:
    """Store what was looked at."""
    of = here.project(project)
    found = here.transfers().find(of, transfer)
    if found.kind == "import":
        return _to(of, found.id)  # sent twice
    _refuse_what_is_no_import(found)
    if found.state != "done":
        raise Conflict(_("It is not known yet what is in the files."))
    choices = chosen_title(Preview.from_data(found.result["preview"]), _choices(found))
    asked = {
        "choices": choices.with_last_words(request.form).said(),
        "as_suggestions": request.form.get("as_suggestions") == "1",
    }
    op = request.form.get("op") or name_of("store", found.id)
    here.transfers().again(found, "import", asked, op)
    return _to(of, found.id)


@bp.post("/projects/<project>/transfers/<transfer>/remove")
def remove(project: str, transfer: str) -> Response:
    """Forget one that is over, with its file or what was sent for it."""
    of = here.project(project)
    here.transfers().drop(here.transfers().find(of, transfer))
    return redirect(url_for("transfer.listed", project=of.id), 303)


def _to(of: Project, transfer: str) -> Response:
    return redirect(url_for("transfer.one", project=of.id, transfer=transfer), 303)


def _told(transfer: Transfer) -> Told:
    desk = here.transfers()
    return Told(transfer, desk.progress(transfer), desk.folder(transfer.id))


def _choices(transfer: Transfer) -> Choices:
    said: Mapping[str, str] = transfer.asked.get("choices", {})
    return Choices.of(said)


def _refuse_what_is_no_import(transfer: Transfer) -> None:
    if transfer.kind not in ("look", "import") or transfer.result.get("stored"):
        raise BadInput(_("There is nothing here that could be stored."))


def _one(of: Project, transfer: Transfer) -> str:
    told = _told(transfer)
    template = "transfer/_one.html" if wants_fragment() else "transfer/one.html"
    values: dict[str, Any] = {
        "project": of,
        "told": told,
        "days": DAYS,
        "again": None,
        "problem": "",
        "preview": None,
    }
    if transfer.kind in ("look", "import") and told.folder.has_upload and transfer.is_over:
        address = url_for("transfer.look_again", project=of.id, transfer=transfer.id)
        again = bringing.again(of, _choices(transfer), "", transfer.problem)
        values["again"] = {**again, "address": address, "is_plain": True}
    if told.waits_for_a_word:
        preview = Preview.from_data(transfer.result["preview"])
        values |= {
            "preview": preview,
            "lost": wording.losses(preview.lost),
            "gaps": bringing.gaps(of, preview),
            "upload": "",
            "address": url_for("transfer.store_it", project=of.id, transfer=transfer.id),
        }
    return render_template(template, **values)


@bp.app_template_global("transfers_of")
def transfers_of(project: Project) -> list[Told]:
    """What of a project runs at this moment, or waits for a word."""
    found = [_told(each) for each in here.store().transfers.of(project, 10)]
    return [each for each in found if not each.transfer.is_over or each.waits_for_a_word]
