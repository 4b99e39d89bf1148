"""Footnotes in HTML, as far as a layout can hold them: a raised marker, and the note's own text.

Links within a page lead nowhere here, so a marker (``<a epub:type="noteref">``) becomes raised
text, and the arrow that leads back from a note goes. Works on the markup, before anything parses
it, in linear time.
"""

import re
from collections.abc import Iterator

from annotations.ingest.attributes import attribute, unescaped_value

_LINK = re.compile(r"(?i)<a\s([^<>]{1,600})>((?:<(?!/?a[\s>])[^<>]{0,200}>|[^<]){0,60}+)</a\s*>")
_MARKER = re.compile(r"(?i)(?:epub:type|role)\s*=\s*[\"'](?:[^\"']*\s)?(?:doc-)?noteref\b")
_BACK = re.compile(
    r"(?i)(?:epub:type|role)\s*=\s*[\"'](?:[^\"']*\s)?(?:doc-)?(?:backlink|referrer)\b"
)
_ARROW = re.compile(
    r"(?:<[^<>]*>|\s|&nbsp;|&#0*65038;|\ufe0e)*+(?:[↑↩⏎^⬆]|&uarr;|&#(?:8593|8617|x21a9|x2191);)(?:<[^<>]*>|\s|&nbsp;|\ufe0e|&#(?:65038|xfe0e);)*"
)
_SIGN = re.compile(
    r"(?i)(?:<[^<>]*>|\s)*+[\[({]?(?:<[^<>]*>)*+(?:note\s*)?(?:\d{1,4}|[*†‡§¶]{1,5}|[ivxlc]{1,7}|[a-z])"
    r"[\])}.]?(?:<[^<>]*>|\s)*"
)
"""What stands as the marker of a note: a number, a letter or a sign, also in brackets."""

_LOCAL = re.compile(r"(?i)href\s*=\s*[\"']?[^\"'\s>]*#")


def plain(html: str) -> str:
    """The page with markers raised and without the arrows back."""
    return _LINK.sub(_replaced, html) if "<a" in html or "<A" in html else html


def targets(html: str) -> Iterator[str]:
    """Where the markers of notes lead: addresses with a place in them."""
    for found in _LINK.finditer(html):
        address = unescaped_value(attribute(found[1], "href"))
        if "#" in address and (_MARKER.search(found[1]) or _SIGN.fullmatch(found[2])):
            yield address


def _replaced(found: re.Match[str]) -> str:
    attributes, inner = found[1], found[2]
    if not _LOCAL.search(attributes):
        return found[0]
    if _BACK.search(attributes) or _ARROW.fullmatch(inner):
        return ""
    if _MARKER.search(attributes) and "<sup" not in inner.lower():
        return f"<sup>{inner}</sup>"
    return found[0]
