"""Web pages saved with their pictures (``.mht``, RFC 2557): the page among the parts of a mail.

Only the first part that is HTML is read, as any page is. Nothing else of the file is decoded, and
no address in it is followed.
"""

import base64
import binascii
import quopri
import re
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import compat32

from annotations.errors import BadInput
from annotations.ingest.links import is_safe

_DEPTH = 5
_PARTS = 100
"""Parts of one that are looked at; the page is the first."""

_PAGES = ("text/html", "application/xhtml+xml")


@dataclass(frozen=True, slots=True)
class Page:
    """The page as its part has it, the encoding that the part names, and its address."""

    data: bytes
    encoding: str
    source: str


def page_in(data: bytes, called: str) -> Page:
    """The page that was saved. Raises ``BadInput`` where there is none."""
    found = _page(data.replace(b"\r\n", b"\n").lstrip(), 0)
    if found is None:
        raise BadInput(
            f"{called} is a saved page (MHTML) without a page in it; save it again as HTML."
        )
    return found


def _page(data: bytes, depth: int) -> Page | None:
    head, _, body = data.partition(b"\n\n")
    message = BytesHeaderParser(policy=compat32).parsebytes(head + b"\n\n")
    kind = message.get_content_type()
    if kind in _PAGES:
        return Page(
            _decoded(body, message), message.get_content_charset("") or "", _address(message)
        )
    boundary = message.get_boundary()
    if not kind.startswith("multipart/") or not boundary or depth >= _DEPTH:
        return None
    border = re.escape(boundary.encode("utf-8", "surrogateescape"))
    between = rb"(?:\A|\n)--" + border + rb"(?:--)?[ \t]*(?=\n|\Z)"
    parts = re.split(between, body, maxsplit=_PARTS)
    # A part may begin with the blank line behind headers that it has none of.
    found = (_page(part.removeprefix(b"\n"), depth + 1) for part in parts[1:])
    page = next((each for each in found if each is not None), None)
    if page is not None and not page.source:
        return Page(page.data, page.encoding, _address(message))
    return page


def _decoded(body: bytes, message: Message) -> bytes:
    match str(message.get("Content-Transfer-Encoding", "")).strip().lower():
        case "quoted-printable":
            return quopri.decodestring(body)
        case "base64":
            try:
                return base64.b64decode(body)
            except binascii.Error as error:
                raise BadInput(f"The saved page is damaged: {error}.") from None
    return body


def _address(message: Message) -> str:
    for name in ("Snapshot-Content-Location", "Content-Location"):
        address = str(message.get(name, "")).strip()
        if is_safe(address):
            return address
    return ""
