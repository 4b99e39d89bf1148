"""What the attributes of an element say that matters here: hidden, a page number, how to count.

All of it works on the text of a start tag, in linear time, before any parser sees the page.
"""

import re
from collections.abc import Iterator
from html import escape, unescape
from html.entities import html5

from annotations.ingest.numbers import style_of

NUMBER = "data-postil-number"
"""The attribute in which readers of other kinds hand over the number that stands before a block."""

_ATTRIBUTE = re.compile(r"""([^\s"'>/=]++)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++)))?""")
_MAY_HIDE = re.compile(r"(?i)hidden|style|pagebreak")
_WHOLE = re.compile(r"[ \t\n\f\r]*([+-]?\d{1,9})(?!\d)")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_REFERENCE = re.compile(r"&(#[0-9]++|#[xX][0-9a-fA-F]++|[A-Za-z][A-Za-z0-9]*+)(;?)")
_OLD = {name for name in html5 if not name.endswith(";")}
"""Names of characters that need no semicolon behind them."""

_LONGEST_OLD = max(map(len, _OLD))


def attribute(attributes: str, name: str) -> str:
    """The value of an attribute, references in it as they stand; empty where it is not there."""
    return next((value for key, value in _pairs(attributes) if key == name), "")


def _pairs(attributes: str) -> Iterator[tuple[str, str]]:
    for found in _ATTRIBUTE.finditer(attributes):
        yield found[1].lower(), found[2] or found[3] or found[4] or ""


def declarations(attributes: str) -> dict[str, str]:
    """What an element's ``style`` says, by property, in lower case."""
    said: dict[str, str] = {}
    important = set[str]()
    for part in _COMMENT.sub("", unescape(attribute(attributes, "style"))).lower().split(";"):
        key, _, value = part.partition(":")
        key, (value, bang, _) = key.strip(), value.partition("!")
        if key not in important or bang:
            said[key] = value.strip()
        if bang:
            important.add(key)
    return said


def left_out_as(attributes: str) -> str:
    """Why an element is not for reading: ``hidden``, ``page number``, or nothing if it is.

    What is hidden from sight or from screen readers alone (a class, ``aria-hidden``) is for
    reading, and so is what can be found in a page (``hidden="until-found"``).
    """
    if not attributes or not _MAY_HIDE.search(attributes):
        return ""
    found = dict(reversed([*_pairs(attributes)]))  # The first of two of a name counts.
    if "hidden" in found and found["hidden"].strip().lower() != "until-found":
        return "hidden"
    roles = f"{found.get('epub:type', '')} {found.get('role', '')}".lower().split()
    if "pagebreak" in roles or "doc-pagebreak" in roles:
        return "page number"
    if "style" in found:
        said = declarations(attributes)
        if said.get("display") == "none" or said.get("visibility") in ("hidden", "collapse"):
            return "hidden"
    return ""


def counting(name: str, attributes: str) -> str:
    """What a tag keeps of how its list is counted, as further attributes of known form."""
    if not attributes:
        return ""
    kept = ""
    if name in ("ol", "ul", "li"):
        said = declarations(attributes)
        css = said.get("list-style-type", "")
        if not css and said.get("list-style"):
            words = [w for w in said["list-style"].split() if w not in ("inside", "outside")]
            css = next((w for w in words if "(" not in w), "")
        style = style_of(attribute(attributes, "type").strip(), css)
        if style is not None:
            kept += f' type="{style}"'
        whole = _WHOLE.match(unescape(attribute(attributes, "value" if name == "li" else "start")))
        if whole is not None and name != "ul":
            kept += f' {"value" if name == "li" else "start"}="{int(whole[1])}"'
        if name == "ol" and any(key == "reversed" for key, _ in _pairs(attributes)):
            kept += ' reversed=""'
    if NUMBER in attributes and (number := attribute(attributes, NUMBER)):
        kept += f' {NUMBER}="{escape(unescape(number))}"'
    return kept


def with_semicolons(text: str) -> str:
    """Text in which every reference to a character ends with a semicolon.

    A browser takes the old ones without: ``&copy2026`` is ©2026. Parsers of others do not.
    """
    return _REFERENCE.sub(_ended, text) if "&" in text else text


def _ended(found: re.Match[str]) -> str:
    name, semicolon = found[1], found[2]
    if name[0] == "#":
        return f"&{name};"
    if semicolon and f"{name};" in html5:
        return found[0]
    for length in range(min(len(name), _LONGEST_OLD), 1, -1):
        if name[:length] in _OLD:
            return f"&{name[:length]};{name[length:]}{semicolon}"
    return found[0]


def unescaped_value(value: str) -> str:
    """The value of an attribute, with its references to characters resolved.

    In there, an old one without a semicolon is none before a letter, a digit or “=”: addresses hold
    ``?a=1&copy=2``.
    """
    if "&" not in value:
        return value

    def resolved(found: re.Match[str]) -> str:
        name, semicolon = found[1], found[2]
        behind = value[found.end() : found.end() + 1]
        if name[0] != "#" and not semicolon and (name not in _OLD or behind == "="):
            return found[0]
        if semicolon and name[0] != "#" and f"{name};" not in html5:
            return found[0]
        return unescape(f"&{name};")

    return _REFERENCE.sub(resolved, value)
