"""The first look at a page: a scan over its tags, in one pass and linear time.

It comes before any parser, because parsers take minutes for what a page of nonsense can hold: one
megabyte of nested ``<div>`` takes a fast HTML parser four minutes, and 240 kB of nested quotations
take bleach fourteen seconds. What it hands on is a page of known elements without attributes (but
the address of a link), every one of them closed, not nested deeper than ``LIMIT``, and without
anything that is not for reading. It is not a wall: what it hands on goes through ``sanitise`` all
the same.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from html import escape, unescape

from annotations.errors import BadInput, TooDeep
from annotations.ingest.attributes import (
    attribute,
    counting,
    left_out_as,
    unescaped_value,
    with_semicolons,
)
from annotations.ingest.links import resolved

LIMIT = 200
"""Elements within each other; a page of a newspaper has about thirty."""

MAX_WORK = 3_000_000
"""Elements times their depth, and what else costs the walls time: some seconds of it."""

MAX_ELEMENTS = 120_000
"""Elements, however shallow: the walls took six seconds for 200,000 paragraphs."""

PIECE = 4096
"""Characters of a piece; the wall takes time that grows with the square of its elements."""

RAW = frozenset(
    {"script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "plaintext"}
)
"""Left out with their contents, which are no markup."""

DROPPED = frozenset(
    {"template", "select", "svg", "math", "object", "form", "noscript", "button", "audio", "video"}
    | {"canvas", "applet", "datalist", "progress", "meter", "frameset"}
)
"""Left out with their contents."""

BLOCKS = frozenset(
    {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "table"}
    | {"thead", "tbody", "tfoot", "tr", "td", "th", "caption", "figure", "figcaption", "dl", "dt"}
    | {"dd", "div"}
)
INLINES = frozenset({"em", "strong", "a", "code", "sup", "sub", "s", "u", "small", "q", "cite"})
VOID = frozenset({"br", "hr"})
_HOLD_NOTHING = frozenset(
    {"area", "base", "basefont", "bgsound", "col", "embed", "frame", "html", "body", "img", "input"}
    | {"keygen", "link", "meta", "param", "source", "track", "wbr"}
)
"""Elements without an end of their own, and those that are never hidden: a page that hides all of
itself shows itself by a script."""

_AS = {
    **dict.fromkeys(("section", "article", "main", "header", "footer", "nav", "aside"), "div"),
    **dict.fromkeys(("address", "hgroup", "details", "summary", "center", "fieldset"), "div"),
    **dict.fromkeys(("legend", "dialog", "search", "body"), "div"),
    **dict.fromkeys(("menu", "dir"), "ul"),
    **dict.fromkeys(("i", "dfn", "var"), "em"),
    **dict.fromkeys(("strike", "del"), "s"),
    **dict.fromkeys(("tt", "kbd", "samp"), "code"),
    "b": "strong",
    "ins": "u",
    "listing": "pre",
}

TAG = re.compile(
    r"""<(/?)([a-zA-Z][^\s/>]*+)((?:[^>"'=]++|=\s*+"[^"]*+"|=\s*+'[^']*+'|[="'])*+)>"""
)
_CONTROLS = re.compile("[\x01-\x08\x0b\x0e-\x1f\x7f]")
LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,6}\Z")

_ENDS_P = BLOCKS - {"tr", "td", "th", "thead", "tbody", "tfoot", "caption"}
_CELLS = frozenset({"td", "th", "caption"})
_SECTIONS = frozenset({"thead", "tbody", "tfoot"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_PASSED_BY_ITEMS = INLINES | {"div", "p"}
_CLOSES: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "tr": (frozenset({"tr"}), frozenset({"table"})),
    **dict.fromkeys(("td", "th", "caption"), (_CELLS, frozenset({"table", "tr"}))),
    **dict.fromkeys(_SECTIONS, (_SECTIONS, frozenset({"table"}))),
}
"""What a start tag ends, and what it does not look beyond for that."""


@dataclass(slots=True)
class Page:
    """What the scan found: the page, what its head says, and what a person should be told.

    ``pieces`` together are the page; each is whole by itself, with everything closed in it.
    ``hidden`` has the beginnings of the passages that are hidden from readers.
    """

    pieces: list[str] = field(default_factory=list)
    title: str = ""
    language: str = ""
    direction: str = ""
    left_out: Counter[str] = field(default_factory=Counter)
    hidden: list[str] = field(default_factory=list)
    replaced: int = 0
    unclosed: str = ""


def tidy(html: str, source: str = "") -> Page:
    """The page with its known elements alone; links are resolved against ``source``.

    ``html`` has LF line ends and no NUL. Raises ``TooDeep`` naming the place.
    """
    scan = _Scan(html, source)
    scan.run()
    return scan.page


class _Scan:
    """One pass over a page. ``open`` is a model of the parser's stack of open elements.

    ``tags`` are their start tags as they were written out; empty for what only divides (``div``)
    and for a style within the same style.
    """

    def __init__(self, html: str, source: str):
        self.page = Page()
        self.html, count = _CONTROLS.subn("\ufffd", html)
        self.page.replaced = count
        self.source = source
        self.out: list[str] = []
        self.open: list[str] = []
        self.tags: list[str] = []
        self.within = [0]
        self.size = 0
        self.work = self.elements = 0
        self.comment_end = 0
        self.skipping = ""
        self.depth = 0
        self.in_rt = self.in_rp = False
        self.passed_over = ""
        self.passed_from = 0
        self.unread: list[str] = []

    def run(self) -> None:
        place, html = 0, self.html
        while True:
            start = html.find("<", place)
            if start < 0:
                self.text(html[place:])
                break
            self.text(html[place:start])
            place = self.markup(start)
        if self.in_rt:
            self.write(")")
        self.pop_to(0)
        if self.skipping:
            self.page.unclosed = self.skipping
        self.cut_off()

    def text(self, text: str) -> None:
        if text and self.passed_over and not self.skipping:
            self.unread.append(text)
        elif text and not self.skipping and not self.in_rp:
            self.work += 20 * text.count("&")
            self.refuse_too_much()
            self.write(with_semicolons(text))

    def write(self, html: str) -> None:
        if self.passed_over:
            return
        self.out.append(html)
        self.size += len(html)
        if self.size > PIECE and len(self.within) == 1:
            self.cut_off()

    def cut_off(self) -> None:
        """End a piece, where nothing is open."""
        self.page.pieces.append("".join(self.out))
        self.out, self.size, self.within[0] = [], 0, 0

    def count(self, tag: str) -> None:
        """Keep account of what an element costs. Raises ``BadInput`` when it is too much."""
        self.within[-1] += 1
        self.work += len(self.within) + self.within[-1] // 30
        if tag:
            self.within.append(0)
        self.elements += 1
        self.refuse_too_much()

    def refuse_too_much(self) -> None:
        if self.work > MAX_WORK or self.elements > MAX_ELEMENTS:
            raise BadInput(
                "The page has too many elements for its length to be an article; "
                "save the article alone, or as plain text, and import that."
            )

    def markup(self, start: int) -> int:
        """What begins with the ``<`` at ``start``; gives the place behind it."""
        html = self.html
        after = html[start + 1 : start + 3]
        if after[:1].isascii() and after[:1].isalpha():
            return self.tag(start)
        if after[:1] == "/" and after[1:].isascii() and after[1:].isalpha():
            return self.tag(start)
        if html.startswith("<!--", start):
            return self.comment(start)
        if after[:1] in ("!", "?") or (after[:1] == "/" and len(after) == 2):
            return _behind(html, ">", start)
        self.text("&lt;")
        return start + 1

    def comment(self, start: int) -> int:
        html = self.html
        for empty in ("<!-->", "<!--->"):
            if html.startswith(empty, start):
                return start + len(empty)
        # Looked for once, however many comments end otherwise before it.
        if 0 <= self.comment_end < start + 4:
            self.comment_end = html.find("-->", start + 4)
        end, bang = self.comment_end, html.find("--!>", start + 4, start + 100_000)
        if bang >= 0 and (end < 0 or bang < end):
            return bang + 4
        if end < 0:
            self.page.unclosed = "!--"
            return len(html)
        return end + 3

    def tag(self, start: int) -> int:
        found = TAG.match(self.html, start)
        if found is None:  # It has no end, so it reaches to the end of the page.
            self.page.unclosed = self.html[start + 1 : start + 20].strip()
            return len(self.html)
        slash, name, attributes = found[1], found[2].lower(), found[3]
        self.in_rp = False
        if slash:
            self.end(name)
            return found.end()
        if name in RAW:
            return self.raw(name, found.end())
        if self.skipping:
            self.depth += name == self.skipping
        elif name in DROPPED:
            self.drop(name, attributes)
        else:
            self.begin(name, attributes, start)
        return found.end()

    def raw(self, name: str, place: int) -> int:
        end = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(self.html, place)
        if end is None:
            self.page.unclosed = name
        content = self.html[place : end.start() if end else len(self.html)]
        if name != "title":
            self.page.left_out[name] += 1
        elif not self.page.title and not self.skipping:
            self.page.title = " ".join(unescape(content).split())
        return end.start() if end else len(self.html)

    def drop(self, name: str, attributes: str) -> None:
        self.page.left_out[name] += 1
        if not (name in ("svg", "math") and attributes.endswith("/")):
            self.skipping, self.depth = name, 1

    def begin(self, name: str, attributes: str, place: int) -> None:
        if name in ("html", "body"):
            self.head(attributes)
        if name in ("rt", "rp", "ruby"):
            self.ruby(name)
            return
        reason = "" if self.passed_over or name in _HOLD_NOTHING else left_out_as(attributes)
        name = _AS.get(name, name)
        if name in VOID:
            self.count("")
            self.write(f"<{name}>")
            return
        is_known = name in BLOCKS or name in INLINES
        if is_known:
            self.close_for(name)
        elif name in _HOLD_NOTHING or not (reason or self.passed_over):
            return
        if reason and not self.passed_over:
            self.passed_over, self.passed_from = reason, len(self.open)
        self.put(name, "" if self.passed_over else self.start_tag(name, attributes))
        if len(self.open) > LIMIT:
            raise TooDeep(len(self.open), LIMIT, name, self.around(place))

    def start_tag(self, name: str, attributes: str) -> str:
        """What is written for an element; nothing for a style within the same style."""
        if name == "a":
            href = self.href(attributes)
            return f'<a href="{escape(href)}">' if href else ""
        if name in INLINES:
            return "" if name in self.open else f"<{name}>"
        return f"<{name}{counting(name, attributes)}>"

    def put(self, name: str, tag: str) -> None:
        """Open an element. Divisions only divide, so a rule does for them and nests nothing."""
        tag = "" if name == "div" else tag
        self.open.append(name)
        self.tags.append(tag)
        self.count(tag)
        self.write("<hr>" if name == "div" else tag)

    def pop(self) -> None:
        """Close the innermost element."""
        name, tag = self.open.pop(), self.tags.pop()
        if name == "div":
            self.write("<hr>")
        elif tag:
            self.within.pop()
            self.write(f"</{name}>")
        if self.passed_over and len(self.open) == self.passed_from:
            self.report_unread()

    def report_unread(self) -> None:
        """Go on reading behind an element that is not for reading."""
        text = " ".join(unescape("".join(self.unread)).split())
        if text and self.passed_over == "hidden":
            self.page.hidden.append(text[:200])
        elif text:
            self.page.left_out[self.passed_over] += 1
        self.passed_over, self.unread = "", []

    def pop_to(self, place: int) -> None:
        """Close the element at a place and all within it."""
        while len(self.open) > place:
            self.pop()

    def pop_style(self, name: str) -> None:
        """Close a style; those within it go on behind it, as browsers have it."""
        place = _last(self.open, name)
        inner = list(zip(self.open[place + 1 :], self.tags[place + 1 :], strict=True))
        if any(within not in INLINES for within, _ in inner):
            return
        if self.passed_over and place < self.passed_from:
            return  # What is hidden within it ends it where it ends itself.
        self.pop_to(place)
        for within, tag in inner:
            self.put(within, tag)

    def end(self, name: str) -> None:
        if self.skipping:
            self.depth -= name == self.skipping
            if not self.depth:
                self.skipping = ""
            return
        if name in ("rt", "ruby"):
            self.ruby("")
        name = _AS.get(name, name)
        if name == "br":
            self.begin("br", "", 0)
        if name in self.open:
            if name in INLINES:
                self.pop_style(name)
            else:
                self.pop_to(_last(self.open, name))

    def ruby(self, name: str) -> None:
        """The reading of a character stands in brackets behind it."""
        if self.in_rt:
            self.write(")")
        self.in_rt, self.in_rp = name == "rt", name == "rp"
        if self.in_rt:
            self.write("(")

    def close_for(self, name: str) -> None:
        """End what the parser ends by itself when this element begins."""
        if name in _ENDS_P:
            self.cut(frozenset({"p"}), _CELLS | {"table"})
        if name == "li":
            self.cut_item(frozenset({"li"}))
        elif name in ("dt", "dd"):
            self.cut_item(frozenset({"dt", "dd"}))
        elif name == "a" and "a" in self.open:
            self.pop_style("a")
        elif name in _HEADINGS and self.open and self.open[-1] in _HEADINGS:
            self.pop()
        elif name in _CLOSES:
            self.cut(*_CLOSES[name])

    def cut(self, ends: frozenset[str], stops: frozenset[str]) -> None:
        for place in range(len(self.open) - 1, -1, -1):
            if self.open[place] in ends:
                self.pop_to(place)
                return
            if self.open[place] in stops:
                return

    def cut_item(self, ends: frozenset[str]) -> None:
        for place in range(len(self.open) - 1, -1, -1):
            if self.open[place] in ends:
                self.pop_to(place)
                return
            if self.open[place] not in _PASSED_BY_ITEMS:
                return

    def href(self, attributes: str) -> str | None:
        value = attribute(attributes, "href")
        return resolved(unescaped_value(value), self.source) if value else None

    def head(self, attributes: str) -> None:
        language = attribute(attributes, "lang").strip()
        if not self.page.language and LANGUAGE.match(language):
            self.page.language = language
        direction = attribute(attributes, "dir").strip().lower()
        if not self.page.direction and direction in ("ltr", "rtl"):
            self.page.direction = direction

    def around(self, place: int) -> str:
        """The last words before a place, for a person to find it by."""
        before = re.sub(r"<[^>]*>?", " ", self.html[max(0, place - 2000) : place])
        words = " ".join(before.split())[-40:]
        return words or f"character {place}"


def _behind(html: str, mark: str, start: int) -> int:
    end = html.find(mark, start)
    return len(html) if end < 0 else end + len(mark)


def _last(items: list[str], item: str) -> int:
    return len(items) - 1 - items[::-1].index(item)
