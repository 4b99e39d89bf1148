"""Answers as gzip, where that makes them arrive sooner.

The two rules that the ready-made extensions lack: what is large goes out as it is (on the local
machine, where large pages are read, packing 20 MB takes longer than sending them), and files that
never change are packed once.
"""

import gzip
import re
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, request

from reader.security import depends_on

LEAST, MOST, EASY = 700, 3_000_000, 200_000
LEAST_OF_A_CHANGE = 12_000
"""Somebody waits for the answer to a change; packing a small one takes longer than it saves."""
_COMMENTS = re.compile(
    rb"^[ \t]*(?:/\*(?:(?!\*/).)*\*/|//[^\n]*)[ \t]*\n", re.MULTILINE | re.DOTALL
)
"""Comments on lines of their own: a fifth of what our scripts and styles weigh, for us alone."""

_TYPES = ("text/", "application/json", "application/javascript", "image/svg+xml")


def compress(app: Flask) -> None:
    """Put compression around an application."""
    app.after_request(_packed)


def _packed(response: Response) -> Response:
    if not (response.content_type or "").startswith(_TYPES):
        return response
    depends_on(response, "Accept-Encoding")
    if (
        response.status_code != 200
        or request.accept_encodings.quality("gzip") <= 0
        or "Content-Encoding" in response.headers
        or "Content-Range" in response.headers
    ):
        return response
    body = _static(response) if response.direct_passthrough else response.get_data()
    least = LEAST_OF_A_CHANGE if request.method == "POST" else LEAST
    if body is None or not (response.direct_passthrough or least <= len(body) <= MOST):
        return response  # files of ours were packed before, so their size tells nothing
    if response.direct_passthrough:
        response.direct_passthrough = False
        response.response.close()  # type: ignore[union-attr]
        response.set_data(body)
    elif "immutable" in response.headers.get("Cache-Control", ""):
        response.set_data(_pack_once(body))
    else:
        level = 6 if len(body) < EASY else 4
        response.set_data(gzip.compress(body, compresslevel=level, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    etag, weak = response.get_etag()
    if etag and not weak:
        response.set_etag(etag, weak=True)
    return response


def _static(response: Response) -> bytes | None:
    """The packed bytes of a file that is being sent, kept by its path and time."""
    name = getattr(getattr(response.response, "file", None), "name", None)
    if not isinstance(name, str) or "/static/" not in name.replace("\\", "/"):
        return None
    return _pack_file(name, Path(name).stat().st_mtime_ns)


@lru_cache(maxsize=256)
def _pack_file(name: str, _changed: int) -> bytes:
    content = Path(name).read_bytes()
    if name.endswith((".js", ".css")):
        content = without_comments(content)
    return gzip.compress(content, compresslevel=9, mtime=0)


@lru_cache(maxsize=64)
def _pack_once(content: bytes) -> bytes:
    return gzip.compress(content, compresslevel=9, mtime=0)


def without_comments(source: bytes) -> bytes:
    """A script or style without the comments that have lines of their own."""
    return _COMMENTS.sub(b"", source)
