"""What the cursor needs, fetched when it is first used: its tools, and where sentences are."""

from flask import Blueprint, Response, make_response, render_template, request

from annotations.segment import sentences
from reader import here
from reader.etags import make_etag
from reader.request_numbers import read_number
from reader.wording import cursor_messages

bp = Blueprint("cursor", __name__)


@bp.get("/projects/<project>/cursor")
def parts(project: str) -> str:
    """The parts of the page that the cursor consists of, for the labels of a project."""
    codebook = here.store().codebooks.of(here.project(project).key)
    return render_template("articles/cursor.html", codebook=codebook, messages=cursor_messages())


@bp.get("/projects/<project>/documents/<document>/sentences")
def sentence_borders(project: str, document: str) -> Response:
    """The sentences as one list of numbers: start, end, start, end…, in code points.

    A text revision never changes, so its borders are asked for once.
    """
    kept = here.document(here.project(project), document, read_number(request.args, "revision"))
    etag = make_etag(kept.key, kept.value.revision, kept.value.language)
    if request.if_none_match.contains(etag):
        return make_response("", 304, {"ETag": f'"{etag}"'})
    response = make_response(
        [place for found in sentences(kept.value) for place in (found.start, found.end)]
    )
    response.set_etag(etag)
    response.headers["Cache-Control"] = "private, no-cache"
    return response
