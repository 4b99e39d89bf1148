"""The first wall: bleach, with a closed safelist. Nothing else imports bleach.

It has had no maintainer since June 2026, so it is not the only wall: what passes becomes plain text
and a layout of fixed kinds, and pages are drawn from those under a strict content security policy.
"""

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

ATTRIBUTES = {
    "a": ["href"],
    "ol": ["start", "type", "reversed"],
    "ul": ["type"],
    "li": ["value", "type"],
    "*": [NUMBER],
}
"""Addresses of links, and how lists are counted."""


def sanitise(pieces: Iterable[str]) -> str:
    """The page with nothing but the elements of ``TAGS`` and their ``ATTRIBUTES``.

    Each piece is whole by itself: bleach looks for an element's next sibling by walking all of
    them, so that a long page in one piece takes minutes.
    """
    cleaner = Cleaner(
        tags=TAGS,
        attributes=ATTRIBUTES,
        protocols=SCHEMES,
        strip=True,
        strip_comments=True,
    )
    return "".join([cleaner.clean(piece) for piece in pieces])
