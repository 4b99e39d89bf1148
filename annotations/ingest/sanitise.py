"""The first wall: bleach, with a closed safelist. Nothing else imports bleach.

It has had no maintainer since June 2026, so it is not the only wall: what passes becomes plain text
and a layout of fixed kinds, and pages are drawn from those under a strict content security policy.
"""

import re
from collections.abc import Iterable

from bleach.sanitizer import Cleaner

from annotations.ingest.attributes import NUMBER
from annotations.ingest.links import SCHEMES

TAGS = frozenset(
    {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "table"}
    | {"thead", "tbody", "tfoot", "tr", "td", "th", "caption", "figure", "figcaption", "dl", "dt"}
    | {"dd", "div", "br", "hr"}
    | {"em", "strong", "a", "code", "sup", "sub", "s", "u", "small", "q", "cite"}
)
"""What may stand in an article. No element here can load, run or send anything."""

_COUNTING = {
    "start": re.compile(r"-?\d{1,9}"),
    "value": re.compile(r"-?\d{1,9}"),
    "type": re.compile(r"[a-z-]{1,30}"),
    "reversed": re.compile(""),
    NUMBER: re.compile(r"[^<>]{1,1000}"),
}
"""How lists are counted: attributes, and all that may be their value."""


def is_allowed(tag: str, name: str, value: str) -> bool:
    """Whether an attribute may stand: the address of a link, or how a list is counted.

    The wall looks at the scheme of an address by itself.
    """
    if name == "href":
        return tag == "a"
    return name in _COUNTING and _COUNTING[name].fullmatch(value) is not None


def sanitise(pieces: Iterable[str]) -> str:
    """The page with nothing but the elements of ``TAGS``, and of their attributes those allowed.

    Each piece is whole by itself: bleach looks for an element's next sibling by walking all of
    them, so that a long page in one piece takes minutes.
    """
    cleaner = Cleaner(
        tags=TAGS,
        attributes=is_allowed,
        protocols=SCHEMES,
        strip=True,
        strip_comments=True,
    )
    return "".join([cleaner.clean(piece) for piece in pieces])
