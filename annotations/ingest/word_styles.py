"""What Word's styles mean here: headings, quotations, lists, emphasis, and what they hide."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from annotations.ingest.word_xml import attribute, child, find_all, is_on, name_of, value

_KINDS = {
    "title": "h1", "subtitle": "p", "quote": "blockquote", "intense quote": "blockquote",
    "block text": "blockquote", "caption": "figcaption", "code": "pre",
    "html preformatted": "pre",
}  # fmt: skip
_RUNS = {"strong": "strong", "emphasis": "em", "intense emphasis": "em", "html code": "code"}
_HEADING = re.compile(r"heading ([1-9])")
_LOOKS = {"w:b": "strong", "w:i": "em", "w:strike": "s", "w:dstrike": "s", "w:u": "u"}
_RAISED = {"superscript": "sup", "subscript": "sub"}


@dataclass(frozen=True, slots=True)
class Style:
    """A style with what it says itself; ``based_on`` says the rest."""

    uid: str
    name: str
    based_on: str
    paragraph: Element | None
    run: Element | None


class Styles:
    """The styles of a file, by their ids."""

    def __init__(self, root: Element | None):
        self._styles: dict[str, Style] = {}
        self._defaults: dict[str, str] = {}
        self.lists: dict[str, str] = {}
        for element in () if root is None else find_all(root, "w:style"):
            uid = attribute(element, "styleId")
            style = Style(
                uid,
                value(child(element, "w:name")).lower(),
                value(child(element, "w:basedOn")),
                child(element, "w:pPr"),
                child(element, "w:rPr"),
            )
            self._styles[uid] = style
            kind = attribute(element, "type")
            if attribute(element, "default").lower() in ("1", "true", "on"):
                self._defaults[kind] = uid
            if kind == "numbering":
                self.lists[uid] = value(child(child(style.paragraph, "w:numPr"), "w:numId"))

    def chain(self, uid: str) -> Iterator[Style]:
        """A style and those that it is based on, nearest first."""
        seen = set[str]()
        while (style := self._styles.get(uid)) is not None and uid not in seen:
            seen.add(uid)
            yield style
            uid = style.based_on

    def paragraph_chain(self, uid: str) -> list[Style]:
        """The same for a paragraph, which has the default style if it names none."""
        return list(self.chain(uid or self._defaults.get("paragraph", "")))

    def kind(self, chain: list[Style]) -> str:
        """The kind of block that a paragraph of these styles is."""
        for style in chain:
            if found := _HEADING.match(style.name):
                return f"h{min(int(found[1]), 6)}"
            if style.name in _KINDS:
                return _KINDS[style.name]
            level = value(child(style.paragraph, "w:outlineLvl"))
            if level.isdecimal() and int(level) < 9:
                return f"h{min(int(level) + 1, 6)}"
        return "p"

    def looks(self, properties: Element | None) -> tuple[frozenset[str], bool | None]:
        """The inline kinds of a run, and whether it says that it is hidden or not."""
        found = set[str]()
        hidden: bool | None = None
        for style in reversed([*self.chain(value(child(properties, "w:rStyle")))]):
            if style.name in _RUNS:
                found.add(_RUNS[style.name])
            hidden = _apply(style.run, found, hidden, is_style=True)
        hidden = _apply(properties, found, hidden)
        return frozenset(found), hidden

    def is_hidden(self, chain: list[Style]) -> bool:
        """Whether paragraphs of these styles are hidden."""
        says = (child(style.run, "w:vanish") for style in chain)
        return is_on(next((each for each in says if each is not None), None))


def _apply(
    properties: Element | None, found: set[str], hidden: bool | None, *, is_style: bool = False
) -> bool | None:
    """Add what some properties say to what is found."""
    for each in () if properties is None else properties:
        name = name_of(each)
        kind = _LOOKS.get(name)
        if kind is not None and not (kind == "u" and is_style):
            (found.add if is_on(each) else found.discard)(kind)
        elif name == "w:vertAlign":
            found.difference_update(_RAISED.values())
            if raised := _RAISED.get(value(each)):
                found.add(raised)
        elif name == "w:vanish":
            hidden = is_on(each)
    return hidden
