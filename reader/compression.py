"""Answers as Brotli or gzip, where that makes them arrive sooner.

The two rules that the ready-made extensions lack: what is large goes out as it is (on the local
machine, where large pages are read, packing 20 MB takes longer than sending them), and files that
never change are packed once, as tightly as can be.

Browsers take Brotli from this machine and over https; on plain HTTP in a local network, gzip. Where
the extra ``brotli`` is not installed, everybody gets gzip.
"""

import gzip
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, request

from reader.security import depends_on

try:
    import brotli
except ImportError:
    brotli = None

LEAST, MOST, EASY = 700, 3_000_000, 200_000
LEAST_OF_A_CHANGE = 12_000
"""Somebody waits for the answer to a change; packing a small one takes longer than it saves."""
_COMMENTS = re.compile(
    rb"^[ \t]*(?:/\*(?:(?!\*/).)*\*/|//[^\n]*)[ \t]*\n", re.MULTILINE | re.DOTALL
)
"""Comments on lines of their own: a fifth of what our scripts and styles weigh, for us alone."""

_TYPES = ("text/", "application/json", "application/javascript", "image/svg+xml")


@dataclass(frozen=True, slots=True)
class Packer:
    """One way to pack, and how hard it tries: ``pack(body, level)``.

    ``once`` is the level for what is packed once and kept; ``small`` and ``large`` are those for
    answers below and above ``EASY``, while somebody waits.
    """

    pack: Callable[[bytes, int], bytes]
    once: int
    small: int
    large: int


def _as_gzip(body: bytes, level: int) -> bytes:
    return gzip.compress(body, compresslevel=level, mtime=0)


def _as_brotli(body: bytes, quality: int) -> bytes:
    packed: bytes = brotli.compress(body, mode=brotli.MODE_TEXT, quality=quality)
    return packed


PACKERS = {"gzip": Packer(_as_gzip, once=9, small=6, large=4)}
"""By the name of the encoding. Of those that a client likes equally the first is taken."""

if brotli is not None:
    # These levels take as long as those of gzip, and give a sixth less.
    PACKERS = {"br": Packer(_as_brotli, once=11, small=5, large=4), **PACKERS}


def compress(app: Flask) -> None:
    """Put compression around an application."""
    app.after_request(_packed)


def _packed(response: Response) -> Response:
    if not (response.content_type or "").startswith(_TYPES):
        return response
    depends_on(response, "Accept-Encoding")
    if (
        response.status_code != 200
        or _is_small_change(response)
        or "Content-Encoding" in response.headers
        or "Content-Range" in response.headers
    ):
        return response
    encoding = max(PACKERS, key=request.accept_encodings.quality)
    if request.accept_encodings.quality(encoding) <= 0:
        return response
    body = _static(response, encoding) if response.direct_passthrough else response.get_data()
    if body is None or not (response.direct_passthrough or LEAST <= len(body) <= MOST):
        return response  # files of ours were packed before, so their size tells nothing
    if response.direct_passthrough:
        response.direct_passthrough = False
        response.response.close()  # type: ignore[union-attr]
        response.set_data(body)
    elif "immutable" in response.headers.get("Cache-Control", ""):
        response.set_data(_pack_once(body, encoding))
    else:
        packer = PACKERS[encoding]
        response.set_data(packer.pack(body, packer.small if len(body) < EASY else packer.large))
    response.headers["Content-Encoding"] = encoding
    etag, weak = response.get_etag()
    if etag and not weak:
        response.set_etag(etag, weak=True)
    return response


def _is_small_change(response: Response) -> bool:
    """Whether this answers a change with so little that nobody need look at how it might go out."""
    if request.method != "POST" or response.direct_passthrough or not response.is_sequence:
        return False
    return (response.calculate_content_length() or 0) < LEAST_OF_A_CHANGE


def _static(response: Response, encoding: str) -> bytes | None:
    """The packed bytes of a file that is being sent, kept by its path and time."""
    name = getattr(getattr(response.response, "file", None), "name", None)
    if not isinstance(name, str) or "/static/" not in name.replace("\\", "/"):
        return None
    return _pack_file(name, Path(name).stat().st_mtime_ns, encoding)


@lru_cache(maxsize=256)
def _pack_file(name: str, _changed: int, encoding: str) -> bytes:
    content = Path(name).read_bytes()
    if name.endswith((".js", ".css")):
        content = without_comments(content)
    packer = PACKERS[encoding]
    return packer.pack(content, packer.once)


@lru_cache(maxsize=128)
def _pack_once(content: bytes, encoding: str) -> bytes:
    packer = PACKERS[encoding]
    return packer.pack(content, packer.once)


def without_comments(source: bytes) -> bytes:
    """A script or style without the comments that have lines of their own."""
    return _COMMENTS.sub(b"", source)
