"""What changed elsewhere: small addresses that open pages ask again and again.

The page says which version it shows (``If-None-Match``, the number of a change). Mostly nothing
happened since, and the answer is a bare 304 after one or two look-ups in an index. Else an article
gets the blocks and cards that others changed, and a list is told to fetch itself anew.
"""

import re

from flask import Blueprint, Response, make_response, request

from annotations.spans import Span
from annotations.store import KeptDocument, Project
from reader import here
from reader.drawing import LONG
from reader.pages.articles import shown_here
from reader.request_numbers import read_number

bp = Blueprint("live", __name__)

_VERSION = re.compile('(?:W/)?"([0-9]{1,18})"')

MOST = 200
"""Changes since a page was drawn, beyond which all of it is drawn anew."""


@bp.get("/live")
def everything() -> Response:
    """Whether anything at all changed since."""
    return _answered(here.store().log.newest())


@bp.get("/projects/<project>/live")
def project(project: str) -> Response:
    """Whether anything in a project changed since."""
    of = here.project(project)
    return _answered(here.store().log.newest_of_project(of.key))


@bp.get("/projects/<project>/documents/<document>/live")
def document(project: str, document: str) -> Response:
    """What changed in an article since: its blocks and cards, to be swapped in.

    The head says how things stand, as after a change of one's own. ``X-Postil-Renew`` tells that
    swapping cannot do it: the text, the codebook, or more of a long article than is worth it.
    """
    of = here.project(project)
    log = here.store().log
    key = here.store().documents.key_of(of, document)
    now = max(log.version(key), log.version_of_project(of.key))
    answer = _answered(now)
    if answer.status_code == 304:
        return answer
    known = _known()
    kept = here.document(of, document)
    codebook = here.store().codebooks.of(of.key)
    if _differs("revision", kept.value.revision) or _differs("codebook", codebook.version):
        answer.headers["X-Postil-Renew"] = "page"
        return answer
    places = _places(of, kept, known)
    if places is None:
        answer.headers["X-Postil-Renew"] = "page"
        return answer
    page = shown_here(of, kept, request.args.get("view", ""))
    drawn, blocks = page.touched(now, places)
    answer.set_data("".join(drawn))
    counts = page.counts()
    told = [f"{label.id}={counts.get(label.name, 0)}" for label in page.codebook.labels]
    answer.headers["X-Postil-Blocks"] = " ".join(map(str, blocks))
    answer.headers["X-Postil-Counts"] = " ".join(told)
    answer.headers["X-Postil-Ways"] = " ".join(here.ways(of, kept))
    return answer


def _places(of: Project, kept: KeptDocument, known: int) -> list[Span] | None:
    """Where an article changed since; ``None`` where that is too much to say.

    A change to the project as a whole (a name, an import) may show anywhere.
    """
    store = here.store()
    changes = store.log.since(kept.key, known, MOST + 1)
    whole = [Span(0, len(kept.value.text))]
    if store.log.version_of_project(of.key) > known or len(changes) > MOST:
        return whole if len(kept.value.text) <= LONG else None
    return [place for seq in changes for place in store.marks.places(seq)]


def _known() -> int:
    """The version that the page shows, by its own word; 0 when it names none."""
    found = _VERSION.fullmatch(request.headers.get("If-None-Match", ""))
    return int(found[1]) if found else 0


def _differs(what: str, now: int) -> bool:
    asked = read_number(request.args, what)
    return asked is not None and asked != now


def _answered(now: int) -> Response:
    """An answer for a page that knows a version: 304 when nothing is newer."""
    answer = make_response("", 304 if now <= _known() else 200)
    answer.set_etag(str(max(now, _known())))
    answer.headers["Cache-Control"] = "no-store"
    return answer
