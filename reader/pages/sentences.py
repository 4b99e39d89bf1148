"""Sentence borders, for whoever moves through a text by sentence: fetched when first asked for."""

from flask import Blueprint, Response, make_response, request

from annotations.segment import sentences
from reader import here

bp = Blueprint("sentences", __name__)


@bp.get("/projects/<project>/documents/<document>/sentences")
def borders(project: str, document: str) -> Response:
    """The sentences as one list of numbers: start, end, start, end…, in code points.

    A text revision never changes, so its borders are asked for once.
    """
    kept = here.document(here.project(project), document, request.args.get("revision", type=int))
    etag = f"{kept.key}-{kept.value.revision}-{kept.value.language}"
    if request.if_none_match.contains(etag):
        return make_response("", 304, {"ETag": f'"{etag}"'})
    response = make_response(
        [place for found in sentences(kept.value) for place in (found.start, found.end)]
    )
    response.set_etag(etag)
    response.headers["Cache-Control"] = "private, no-cache"
    return response
