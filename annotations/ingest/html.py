"""HTML becoming text and layout.

A page is tidied (``tidy``), goes through the wall (``sanitise``), is parsed once, and is then
walked without recursion. White space collapses as in a browser; ``pre`` keeps its own; ``br`` is a
line end. Blocks are joined by a blank line, items of a list and rows of a table by a line end,
cells by a tab. A cell that holds paragraphs, lists or tables is page layout, not data: its blocks
stand for themselves.
"""

import re
from collections import Counter
from dataclasses import dataclass, field, replace

from selectolax.lexbor import LexborHTMLParser, LexborNode

from annotations.document import MAX_NUMBER_LENGTH, Block, Inline, Layout
from annotations.errors import BadInput, TooDeep
from annotations.ingest import notes
from annotations.ingest.attributes import NUMBER
from annotations.ingest.links import is_safe
from annotations.ingest.numbers import STYLES, shown
from annotations.ingest.sanitise import sanitise
from annotations.ingest.tidy import BLOCKS, INLINES, LIMIT, tidy
from annotations.shortening import shortened
from annotations.spans import Span, trimmed

MAX_TIDIED = 2 * 1024 * 1024
"""Characters of a page without its scripts; the wall takes six seconds for a million."""

_SPACE = re.compile("[ \t\n\f\r]+")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
_CLOSES_ITSELF = re.compile(r"<([A-Za-z][\w:-]*)((?:\s[^<>]*)?)/>")
_VOID = frozenset({"br", "hr", "img", "meta", "link", "input", "col", "area", "base", "wbr"})
_BLANK_LINES = re.compile(r"(?:[^\S\n]*+\n)*+")
_LAYOUT_CELL = "p + p, h1, h2, h3, h4, h5, h6, ul, ol, dl, table, blockquote, pre"
_ENUMERATED_WITH_COMMA = frozenset(
    {"hiragana", "katakana", "iroha", "cjk-decimal", "cjk-ideographic", "stems", "branches"}
)
_OWN_KIND = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "pre", "figcaption", "dt", "dd"})
_MERGING = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "pre", "figcaption", "dt", "td", "th"})
"""Blocks that stay one when something divides them within."""


@dataclass(slots=True)
class Losses:
    """What of a page, or of several, is not in its text."""

    left_out: Counter[str] = field(default_factory=Counter)
    hidden: list[str] = field(default_factory=list)
    unclosed: dict[str, None] = field(default_factory=dict)
    replaced: int = 0

    def add(self, other: "Losses") -> None:
        self.left_out += other.left_out
        self.hidden += other.hidden
        self.unclosed |= other.unclosed
        self.replaced += other.replaced

    def notes(self) -> list[str]:
        """What a person should be told of it."""
        told = []
        if self.left_out:
            listed = ", ".join(
                f"{times:,} × {name}" for name, times in sorted(self.left_out.items())
            )
            told.append(f"Left out with their contents: {listed}.")
        if self.hidden:
            told.append(note_of_hidden(self.hidden))
        for name in self.unclosed:
            told.append(f"“<{name}” is never closed; what follows it was left out.")
        if self.replaced:
            told.append(f"{self.replaced} control characters were replaced by “\ufffd”.")
        return told


@dataclass(slots=True)
class Read:
    """A page as text and layout, with what its head says and what a person should be told.

    ``losses`` are what ``notes`` say of it, for who joins several pages.
    """

    text: str
    layout: Layout
    title: str = ""
    language: str = ""
    direction: str = ""
    notes: list[str] = field(default_factory=list)
    losses: Losses = field(default_factory=Losses)


def read(html: str, source: str = "") -> Read:
    """The text and layout of a page. ``html`` has LF line ends and no NUL.

    Raises ``TooDeep``, and ``BadInput`` for a page that is too long to be an article.
    """
    page = tidy(notes.plain(html), source)
    length = sum(map(len, page.pieces))
    if length > MAX_TIDIED:
        raise BadInput(
            f"The page has {length:,} characters without its scripts, and "
            f"{MAX_TIDIED:,} can be taken; save it as plain text, or in parts."
        )
    walk = _Walk()
    walk.run(LexborHTMLParser(sanitise(page.pieces)))
    losses = Losses(
        page.left_out,
        page.hidden,
        {page.unclosed: None} if page.unclosed else {},
        page.replaced + walk.replaced,
    )
    return Read(
        text="".join(walk.text),
        layout=Layout(tuple(walk.blocks), tuple(sorted(walk.inlines, key=lambda i: i.start))),
        title=page.title,
        language=page.language,
        direction=page.direction,
        notes=losses.notes(),
        losses=losses,
    )


def of_xhtml(markup: str) -> str:
    """XHTML as HTML: elements that close themselves are empty, also where HTML has no such."""

    def closed(found: re.Match[str]) -> str:
        is_void = found[1].lower() in _VOID
        return found[0] if is_void else f"<{found[1]}{found[2]}></{found[1]}>"

    return _CLOSES_ITSELF.sub(closed, markup)


def note_of_hidden(passages: list[str]) -> str:
    """What was left out because no reader of the source sees it."""
    some = ", ".join(f"“{shortened(passage, 60)}”" for passage in passages[:5])
    more = f", and {len(passages) - 5:,} more" if len(passages) > 5 else ""
    return f"Left out because the source hides it: {len(passages):,} × passage ({some}{more})."


@dataclass(slots=True)
class _Place:
    """What a stretch of text becomes where it stands. Children share their parent's place.

    ``number`` waits for the first block that the place gets.
    """

    kind: str
    level: int = 0
    row: int | None = None
    ordered: bool = False
    used: bool = False
    number: str = ""


@dataclass(slots=True)
class _List:
    """A list that is open: how its items are counted, and the value of the next one."""

    ordered: bool
    style: str
    value: int = 1
    step: int = 1


@dataclass(slots=True)
class _Open:
    """An inline element that is open: where in the growing block it began."""

    kind: str
    href: str | None
    start: int


class _Walk:
    """One walk over a parsed page."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.blocks: list[Block] = []
        self.inlines: list[Inline] = []
        self.replaced = 0
        self.length = 0
        self.row = -1
        self.row_filled = False
        self.places = [_Place("p")]
        self.lists: list[_List] = []
        self.quotes = 0
        self.pending: list[str] = []
        self.size = 0
        self.last = ""
        self.pre = 0
        self.styles: list[_Open] = []
        self.done: list[Inline] = []

    def run(self, tree: LexborHTMLParser) -> None:
        """Enter and leave every node in order; no recursion, so no depth can hurt."""
        node = tree.body
        path: list[LexborNode] = []
        while node is not None:
            self.enter(node)
            path.append(node)
            if len(path) > LIMIT + 50:
                raise TooDeep(len(path), LIMIT, node.tag or "", "".join(self.pending)[-40:])
            following = node.child
            while following is None and path:
                left = path.pop()
                self.leave(left)
                following = left.next if path else None
            node = following
        self.flush()

    def enter(self, node: LexborNode) -> None:
        tag = node.tag
        if tag == "-text":
            self.add(node.text(deep=False))
        elif tag == "br":
            self.line_end()
        elif tag in INLINES:
            href = node.attributes.get("href") if tag == "a" else None
            self.styles.append(_Open(tag, href if href and is_safe(href) else None, self.size))
        elif tag in BLOCKS or tag == "hr":
            place = self.place(node, tag)
            self.divide(place is not self.places[-1])
            self.places.append(place)

    def leave(self, node: LexborNode) -> None:
        tag = node.tag
        if tag in INLINES:
            self.close(self.styles.pop())
        elif tag in BLOCKS or tag == "hr":
            self.divide(self.places[-1] is not self.places[-2])
            self.places.pop()
            if tag in ("ul", "ol"):
                self.lists.pop()
            self.quotes -= tag == "blockquote"
            self.pre -= tag == "pre"

    def place(self, node: LexborNode, tag: str) -> _Place:
        """Where text in this element stands."""
        around = self.places[-1]
        if (number := node.attributes.get(NUMBER)) and tag not in ("ul", "ol", "li"):
            place = self.place_of(node, tag, around)
            if place is around:
                place = replace(around, used=False)
            place.number = number
            return place
        return self.place_of(node, tag, around)

    def place_of(self, node: LexborNode, tag: str, around: _Place) -> _Place:
        if tag in ("ul", "ol"):
            self.lists.append(_list(node, tag))
        elif tag == "li":
            return self.item(node)
        elif tag == "blockquote":
            self.quotes += 1
            return _Place("blockquote", self.quotes - 1)
        elif tag == "tr":
            self.row += 1
            self.row_filled = bool(node.text().strip())
        elif tag in ("td", "th"):
            if node.css_first(_LAYOUT_CELL) is None:
                return _Place(tag, row=max(self.row, 0))
            return _Place("p")
        elif tag in _OWN_KIND and around.kind not in _MERGING:
            self.pre += tag == "pre"
            return _Place(tag)
        elif tag == "pre":
            self.pre += 1
        return around

    def item(self, node: LexborNode) -> _Place:
        """The place of a list item, with the number that it has in its list."""
        around = self.lists[-1] if self.lists else _List(False, "bullet")
        said = node.attributes
        style = said.get("type") or around.style
        if said.get("value"):
            around.value = int(said["value"] or 0)
        number = said.get(NUMBER) or ""
        if not number and style in STYLES:
            number = shown(around.value, style) + ("、" if style in _ENUMERATED_WITH_COMMA else ".")
        around.value += around.step
        is_ordered = around.ordered if style == around.style else style in STYLES
        return _Place(
            "li",
            max(len(self.lists) - 1, 0),
            ordered=is_ordered and bool(number),
            number=number,
        )

    # ── the block that is growing ─────────────────────────────────────────────────────────────────

    def add(self, text: str) -> None:
        text, count = _CONTROLS.subn("\ufffd", text)
        self.replaced += count
        if not self.pre:
            text = _SPACE.sub(" ", text)
            if self.last in ("", " ", "\n"):
                text = text.removeprefix(" ")
        if text:
            self.pending.append(text)
            self.size += len(text)
            self.last = text[-1]

    def line_end(self) -> None:
        if self.last == " " and not self.pre:
            self.pending[-1] = self.pending[-1][:-1]
            self.size -= 1
        self.pending.append("\n")
        self.size += 1
        self.last = "\n"

    def divide(self, leaving: bool) -> None:
        """A border between blocks; within a heading, cell or the like only a line end."""
        if leaving or self.places[-1].kind not in _MERGING:
            self.flush()
        elif self.size and self.last != "\n":
            self.line_end()

    def close(self, style: _Open) -> None:
        if style.start < self.size:
            self.done.append(Inline(style.kind, style.start, self.size, style.href))

    def flush(self) -> None:
        """End the block: trim it, and put it behind the others unless there is nothing in it."""
        if self.size or self.places[-1].row is not None:
            for style in self.styles:
                self.close(style)
            self.put("".join(self.pending))
        for style in self.styles:
            style.start = 0
        self.pending, self.size, self.last, self.done = [], 0, "", []

    def put(self, raw: str) -> None:
        place = self.places[-1]
        lead = _lead(raw, place.kind)
        body = raw[lead:].rstrip()
        if not body and not (place.kind in ("td", "th") and self.row_filled):
            return
        if self.blocks:
            gap = _gap(self.blocks[-1], place)
            self.text.append(gap)
            self.length += len(gap)
        start = self.length
        self.text.append(body)
        self.length += len(body)
        self.blocks.append(_block(place, start, self.length, self.number()))
        place.used = True
        for style in self.done:
            whole = trimmed(
                Span(max(style.start - lead, 0), min(max(style.end - lead, 0), len(body))), body
            )
            if whole.start < whole.end and (style.kind != "a" or style.href):
                self.inlines.append(
                    Inline(style.kind, start + whole.start, start + whole.end, style.href)
                )

    def number(self) -> str:
        """What stands before the block that ends now: the numbers that wait for one."""
        number = ""
        for place in self.places:
            if place.number:
                number = f"{number} {place.number}" if number else place.number
                place.number = ""
                place.used = place.used or place is not self.places[-1]
        return " ".join(_CONTROLS.sub("", number).split())[:MAX_NUMBER_LENGTH]


def _list(node: LexborNode, tag: str) -> _List:
    said = node.attributes
    style = said.get("type") or ("decimal" if tag == "ol" else "bullet")
    found = _List(style in STYLES, style)
    if "reversed" in said:
        found.step = -1
        found.value = sum(child.tag == "li" for child in node.iter())
    if said.get("start"):
        found.value = int(said["start"] or 0)
    return found


def _lead(raw: str, kind: str) -> int:
    """How much at the start is outside the block; a ``pre`` keeps the indent of its first line."""
    if kind == "pre" and (found := _BLANK_LINES.match(raw)):
        return found.end()
    return len(raw) - len(raw.lstrip())


def _block(place: _Place, start: int, end: int, number: str) -> Block:
    """A list item of several paragraphs is one item, then plain ones below it."""
    if place.kind == "li" and place.used:
        return Block("p", start, end, level=place.level + 1, number=number)
    return Block(place.kind, start, end, place.level, place.row, place.ordered, number)


def _gap(before: Block, place: _Place) -> str:
    """What stands between two blocks in the text."""
    if before.row is not None and place.row is not None:
        return "\t" if before.row == place.row else "\n"
    listed = before.kind == "li" and place.kind == "li" and not place.used
    defined = before.kind in ("dt", "dd") and place.kind == "dd"
    return "\n" if listed or defined else "\n\n"
