"""TEI, the XML of text editions: its text with headings, paragraphs, verse, lists and notes.

The text becomes HTML and is read as a page is. Of what an edition says twice, the corrected,
regular and expanded form is taken (``corr``, ``reg``, ``expan``). Notes stand behind the block that
they belong to, with a number in their place. What marks words (names, dates, quotations) is
counted, as are running heads; borders of pages and lines are white space.

Source: TEI P5, chapters 3 (elements of all documents), 4 (structure) and 11 (transcription).
"""

import re
from collections import Counter
from html import escape, unescape
from xml.parsers import expat

from annotations.errors import BadInput
from annotations.ingest import about, html, xml
from annotations.ingest.about import About

_BLOCKS = {
    "p": "p", "ab": "p", "head": "h2", "item": "li", "list": "ul", "table": "table",
    "row": "tr", "cell": "td", "stage": "p", "speaker": "p", "byline": "p", "dateline": "p",
    "salute": "p", "signed": "p", "opener": "p", "closer": "p", "trailer": "p", "docTitle": "h1",
    "titlePart": "p", "docAuthor": "p", "docDate": "p", "docImprint": "p", "epigraph": "blockquote",
    "argument": "blockquote", "label": "p", "bibl": "p", "lg": "p",
}  # fmt: skip
_DECLARATION = re.compile(r"\A\s*<\?xml\s[^<>]{0,300}\?>")
_BREAKS = frozenset({"lb", "pb", "cb", "gb", "milestone"})
_DROPPED = {"fw": "running heads", "figDesc": "descriptions of pictures",
            "del": "deletions", "surplus": "surplus words"}  # fmt: skip
_WITHIN_OTHERS = ("label", "bibl", "stage")
"""Blocks that are words where they stand within others."""

_FIRST_OF = {"sic": "corr", "orig": "reg", "abbr": "expan"}
"""What is left out where the other form stands beside it."""

_STRUCTURE = frozenset(
    {"TEI", "TEI.2", "teiCorpus", "text", "group", "front", "body", "back", "lg", "l", "sp", "cit"}
    | {"floatingText", "titlePage", "choice", "figure", "castList", "castItem", "standOff", "hi"}
    | {"emph", "ref", "ptr", "quote", "q", "anchor", "add", "subst", "supplied", "unclear", "gap"}
    | {"space", "corr", "reg", "expan", "sic", "orig", "abbr", "ex", "am", "graphic", "formula"}
)
"""What is text, or the order of one, and marks nothing in it."""

_EMPHASIS = {"italic": "em", "italics": "em", "i": "em", "bold": "strong", "b": "strong",
             "sup": "sup", "superscript": "sup", "sub": "sub", "underline": "u"}  # fmt: skip


def read(text: str, called: str) -> tuple[html.Read, About]:
    """The text and layout, and what the header says. Raises ``BadInput`` for broken XML."""
    # What it says of its encoding holds no more: it has been decoded.
    data = _DECLARATION.sub("", text).encode("utf-8")
    try:
        xml.check(data)
        reader = _Reader()
        reader.run(data)
    except BadInput as error:
        raise BadInput(f"{called} {error}") from None
    except expat.ExpatError as error:
        raise BadInput(f"{called} is not well-formed XML (line {error.lineno}).") from None
    found = html.read("".join(reader.markup))
    if reader.passed:
        listed = ", ".join(f"{what} ({n:,})" for what, n in sorted(reader.passed.items()))
        found.notes.append(f"Left out: {listed}.")
    if reader.marked:
        listed = ", ".join(f"{name} ({n:,})" for name, n in reader.marked.most_common(12))
        found.notes.append(f"What the file marks in its text is not kept: {listed}.")
    return found, reader.about()


class _Reader:
    """Handlers for expat, which write HTML."""

    def __init__(self) -> None:
        self.markup: list[str] = []
        self.passed: Counter[str] = Counter()
        self.marked: Counter[str] = Counter()
        self._open: list[tuple[str, str]] = []
        """The elements that are open, each with what ends it."""
        self._header: dict[str, list[str]] = {}
        self._said = ""
        """The part of the header that is read."""
        self._language = ""
        self._divisions = 0
        self._silent = 0
        self._within: Counter[str] = Counter()
        self._blocks = 0
        self._notes: list[list[str]] = []
        self._number = 0
        self._outer: list[list[str]] = []
        self._choices: list[list[tuple[str, int]]] = []

    def run(self, data: bytes) -> None:
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.SkippedEntityHandler = self._entity
        parser.Parse(data, True)

    def about(self) -> About:
        def said(name: str) -> str:
            return " ".join("".join(self._header.get(name, ())).split())

        return About(
            title=about.line(said("title")),
            author=about.people([said("author")]),
            date=about.day(said("date")),
            language=about.language(self._language),
        )

    def _start(self, full: str, attributes: dict[str, str]) -> None:
        name = full.rpartition(":")[2]
        if name in ("TEI", "TEI.2", "text") and not self._language:
            self._language = attributes.get("xml:lang", "")
        if self._open and self._open[-1][0] == "choice":
            self._choices[-1].append((name, len(self.markup)))
        closing = ""
        if name == "teiHeader" or self._within["teiHeader"]:
            if name in ("title", "author", "date") and name not in self._header:
                self._header[name] = [attributes.get("when", "") if name == "date" else ""]
                self._said, closing = name, "said"
        elif self._silent or name in _DROPPED:
            if not self._silent:
                self.passed[_DROPPED[name]] += 1
            self._silent += 1
            closing = "silent"
        elif name == "note":
            self._number += 1
            self.markup.append(f"<sup>{self._number}</sup>")
            self._outer.append(self.markup)
            self.markup = [f"<p><sup>{self._number}</sup> "]
            closing = "note"
        elif name == "choice":
            self._choices.append([])
            closing = "choice"
        else:
            closing = self._element(name, attributes)
        self._open.append((name, closing))
        self._within[name] += 1
        self._blocks += name in _BLOCKS

    def _element(self, name: str, attributes: dict[str, str]) -> str:
        """Begin an element; what ends it."""
        if name in _BREAKS:
            self.markup.append("" if attributes.get("break") == "no" else " ")
            return ""
        if name == "l":
            return "<br>"
        if name.startswith("div"):
            self._divisions += 1
            return "div"
        said = ""
        if name == "head":
            tag = f"h{min(6, 1 + max(1, self._divisions))}"
        elif name in ("quote", "q", "cit") and not self._blocks and not self._within[name]:
            tag = "blockquote"
        elif name in ("hi", "emph"):
            tag = _EMPHASIS.get(attributes.get("rend", "").strip("#").lower(), "em")
        elif name == "ref" and attributes.get("target", "").startswith(("http:", "https:")):
            tag, said = "a", f' href="{escape(attributes["target"])}"'
        elif name in _WITHIN_OTHERS and self._blocks:
            tag = ""
            self.markup.append(" ")
        else:
            tag = _BLOCKS.get(name, "")
            if name not in _STRUCTURE and name not in _BLOCKS:
                self.marked[name] += 1
        if name in ("list", "table") and self._within["p"]:
            self.markup.append("</p>")
        if name == "gap":
            self.markup.append("[…]")
        if tag:
            self.markup.append(f"<{tag}{said}>")
        return f"</{tag}>" if tag else ""

    def _end(self, full: str) -> None:
        name, closing = self._open.pop()
        self._within[name] -= 1
        self._blocks -= name in _BLOCKS
        if closing == "silent":
            self._silent -= 1
        elif closing == "said":
            self._said = ""
        elif closing == "div":
            self._divisions -= 1
        elif closing == "note":
            self._notes.append([*self.markup, "</p>"])
            self.markup = self._outer.pop()
        elif closing == "choice":
            self._choose(self._choices.pop())
        elif closing.startswith("<"):
            self.markup.append(closing)
        is_block = name in _BLOCKS and not self._blocks and not self._outer
        if self._notes and (is_block or not self._open):
            for note in self._notes:
                self.markup += note
            self._notes = []

    def _choose(self, forms: list[tuple[str, int]]) -> None:
        """Keep one of several forms of the same words."""
        names = {name for name, _ in forms}
        ends = [start for _, start in forms[1:]] + [len(self.markup)]
        kept = [
            (start, end)
            for (name, start), end in zip(forms, ends, strict=True)
            if _FIRST_OF.get(name) not in names
        ]
        if forms and len(kept) < len(forms):
            self.passed["forms beside their correction"] += len(forms) - len(kept)
            pieces = [piece for start, end in kept for piece in self.markup[start:end]]
            self.markup[forms[0][1] :] = pieces

    def _text(self, text: str) -> None:
        closing = self._open[-1][1]
        if self._said:
            if len("".join(self._header[self._said])) < about.LENGTH:
                self._header[self._said].append(text)
        elif not (self._within["teiHeader"] or self._silent or closing == "choice"):
            self.markup.append(escape(text, quote=False))

    def _entity(self, name: str, is_parameter: bool) -> None:
        """A character by the name that the document type has for it, which is not read."""
        if not is_parameter:
            self._text(unescape(f"&{name};"))
