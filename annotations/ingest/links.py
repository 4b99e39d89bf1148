"""Which addresses a link may point to: the one rule that ingest and formats share."""

import re
from urllib.parse import urljoin, urlsplit

SCHEMES = ("http", "https", "mailto")

_NOT_IN_ADDRESSES = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]")


def is_safe(href: str) -> bool:
    """Whether a link may be shown: an absolute ``http``, ``https`` or ``mailto`` address.

    Browsers skip white space and control characters in a scheme, so an address that holds any is
    not safe.
    """
    if _NOT_IN_ADDRESSES.search(href):
        return False
    try:
        parts = urlsplit(href)
    except ValueError:
        return False
    if parts.scheme == "mailto":
        return bool(parts.path)
    return parts.scheme in SCHEMES and bool(parts.netloc)


def resolved(href: str, source: str = "") -> str | None:
    """``href`` as an absolute, safe address, read as a link on the page ``source``; else ``None``.

    Links to places within the page itself are dropped: no ``id`` survives that they could lead to.
    """
    address = re.sub(r"[\t\n\r]", "", href).strip("\x00\x0b\x0c\x1c\x1d\x1e\x1f ")
    if not address or address.startswith("#"):
        return None
    try:
        if not urlsplit(address).scheme:
            if not is_safe(source) or source.startswith("mailto:"):
                return None
            address = urljoin(source, address)
    except ValueError:
        return None
    address = address.replace(" ", "%20")
    return address if is_safe(address) else None
