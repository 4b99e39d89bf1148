"""Drawing a document: text, marks and cards, from the stand-off form to HTML.

Every character is escaped and every tag comes from a fixed table, so nothing that was ever stored
can become markup. Plain string joins, because a page may hold fifty thousand marks; a template
would take several times as long. What is drawn here is drawn nowhere else: the page and the answers
to a change use the same functions.
"""

import re
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from threading import Lock

from annotations.cancellation import checkpoint
from annotations.codebook import Codebook, Label
from annotations.direction import direction_of_block
from annotations.document import Annotation, Block, Document, Inline, Layout
from annotations.ingest.links import is_safe
from annotations.shortening import shortened
from annotations.spans import Span, sweep
from reader import crowding
from reader.crowding import MAX_REACHING, Crowd

SECTION_BLOCKS = 16
SECTION_CHARACTERS = 8_000
LONG = 200_000
"""Code points from which sections are drawn only when they come near."""
SLOTS = 3
"""How many marks may lie over one another and still each show its own underline."""

_TAGS = {kind: kind for kind in ("p", "li", "blockquote", "pre", "td", "th")}
_TAGS |= {"figcaption": "p", "dt": "p", "dd": "p"}
# A page has one h1: the heading that the article begins with, else the title that the page puts
# before it; then the article's headings stand one level lower.
_HEADINGS = {f"h{n}": f"h{max(n, 2)}" for n in range(1, 7)}
_LOWER = {f"h{n}": f"h{min(n + 1, 6)}" for n in range(1, 7)}
_CELLS = ("td", "th")
_STYLES = {kind: kind for kind in ("em", "strong", "code", "sup", "sub", "s", "u", "small", "cite")}
_STYLES |= {"q": "span", "br": "span"}

# A parser takes a carriage return for a line feed, unless it is written as a number.
_ESCAPES = (
    ("&", "&amp;"),  # first: the others bring some
    ("<", "&lt;"),
    (">", "&gt;"),
    ('"', "&quot;"),
    ("'", "&#39;"),
    ("\r", "&#13;"),
)
# White space that a browser would fold unless it is told to keep it.
_FOLDED = re.compile(r"[\t\n\r\f\v]|  | $")


def escaped(text: str) -> str:
    """Text as it may stand in an element or in a quoted attribute.

    One search for each character: a table of all, once a text holds one of them or anything beyond
    ASCII, is asked character by character, which takes ten times as long.
    """
    for character, escape in _ESCAPES:
        if character in text:
            text = text.replace(character, escape)
    return text


@dataclass(frozen=True, slots=True)
class Section:
    """Neighbouring blocks that are drawn, and skipped while out of sight, together."""

    number: int
    first: int
    last: int


def sections(layout: Layout) -> list[Section]:
    """Cut the blocks into sections of about 16 blocks or 8,000 code points, whichever comes first.

    Lists and tables stay whole where they are not longer than that.
    """
    found: list[Section] = []
    start = characters = 0
    for number, block in enumerate(layout.blocks):
        characters += block.end - block.start
        last = number == len(layout.blocks) - 1
        full = number - start + 1 >= SECTION_BLOCKS or characters >= SECTION_CHARACTERS
        runs_on = not last and _together(block) == _together(layout.blocks[number + 1]) != ""
        if last or (full and (not runs_on or characters >= 2 * SECTION_CHARACTERS)):
            found.append(Section(len(found), start, number))
            start, characters = number + 1, 0
    return found


def _together(block: Block) -> str:
    """What wraps a run of such blocks: a list, a table, or nothing."""
    if block.kind == "li":
        return "ol" if block.ordered else "ul"
    return "table" if block.kind in ("td", "th") else ""


@dataclass(frozen=True, slots=True)
class Words:
    """The few words that cards need, already in the reader's language."""

    unsure: str = "unsure"
    doubt: str = "place in doubt"
    more: str = "and %(number)s more"


@dataclass(frozen=True, slots=True)
class Line:
    """What a card says below its quote: a statement's parts, in order; and where they disagree."""

    parts: tuple[str, ...] = ()
    contradictions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What follows from a layout alone: where blocks start, and the numbers that they bear."""

    layout: Layout
    starts: Sequence[int]
    paragraphs: Sequence[int]
    values: Mapping[int, int]


_NOTHING = Line()


@dataclass(frozen=True, slots=True)
class _Look:
    """How a label's marks and cards look: classes, one for each height of the underline; a letter.

    ``letter`` is escaped already.
    """

    number: str
    card: str
    lines: Sequence[str]
    letter: str
    takes_concept: bool


def _look(number: int, label: Label) -> _Look:
    return _Look(
        number=f"l{number}",
        card=f"card l{number} k0-{label.colour}",
        lines=[f"k{slot}-{label.colour} u{slot}-{label.underline}" for slot in range(SLOTS)],
        letter=escaped(label.letter),
        takes_concept=label.takes_concept,
    )


@dataclass(frozen=True, slots=True)
class _Looks:
    """How the labels of a codebook look, by name. It holds the codebook, as a plan its layout."""

    codebook: Codebook
    by_name: Mapping[str, _Look]


_looks: OrderedDict[int, _Looks] = OrderedDict()
_looks_guard = Lock()


def _looks_in(codebook: Codebook) -> Mapping[str, _Look]:
    """The looks of a codebook's labels, kept for the few codebooks that were drawn last."""
    with _looks_guard:
        known = _looks.get(id(codebook))
        if known is not None:
            _looks.move_to_end(id(codebook))
            return known.by_name
    found = {label.name: _look(n, label) for n, label in enumerate(codebook.labels)}
    with _looks_guard:
        _looks[id(codebook)] = _Looks(codebook, found)
        while len(_looks) > 32:
            _looks.popitem(last=False)
    return found


_plans: OrderedDict[int, Plan] = OrderedDict()
_plans_guard = Lock()


def _plan(layout: Layout) -> Plan:
    """The plan of a layout, kept for the few that were drawn last: a book has ten thousand blocks.

    A plan holds its layout, so no other can come by that one's ``id`` meanwhile.
    """
    with _plans_guard:
        known = _plans.get(id(layout))
        if known is not None:
            _plans.move_to_end(id(layout))
            return known
    blocks = layout.blocks
    starts = [block.start for block in blocks]
    plan = Plan(layout, starts, list(accumulate(_counts(blocks))), _list_values(blocks))
    with _plans_guard:
        _plans[id(layout)] = plan
        while len(_plans) > 32:
            _plans.popitem(last=False)
    return plan


@dataclass(slots=True)
class Drawing:
    """One document with the annotations to show on it, ready to be drawn block by block.

    ``annotations`` are sorted by place. ``lines`` are the statements by annotation id. ``address``
    begins the address of an annotation, ``all_address`` is that of the list of all of them.
    ``numbers`` numbers them from 1 (empty: no numbers yet). ``layer_titles`` says whose a mark is,
    where marks of several layers are shown. ``crowds`` are known beforehand where not all
    annotations were read: by the number of the block.
    """

    document: Document
    codebook: Codebook
    annotations: Sequence[Annotation]
    lines: Mapping[str, Line] = field(default_factory=dict)
    address: str = ""
    all_address: str = ""
    words: Words = Words()
    numbers: Mapping[int, int] = field(default_factory=dict)
    layer_titles: Mapping[str, str] = field(default_factory=dict)
    crowds: dict[int, Crowd] = field(default_factory=dict)
    _starts: Sequence[int] = field(init=False, repr=False)
    _looks: Mapping[str, "_Look"] = field(init=False, repr=False)
    _furthest: list[int] = field(init=False, repr=False)
    _paragraphs: Sequence[int] = field(init=False, repr=False)
    _values: Mapping[int, int] = field(init=False, repr=False)
    _reader: crowding.Reader | None = field(init=False, repr=False, default=None)
    _anchors: dict[str, int] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        plan = _plan(self.document.layout)
        self._starts, self._paragraphs, self._values = plan.starts, plan.paragraphs, plan.values
        self._looks = _looks_in(self.codebook) if self.annotations else {}
        self._furthest = list(accumulate((a.end for a in self.annotations), max))

    def block_at(self, place: int) -> int:
        """The number of the block that holds a place, or the last one before it."""
        return max(0, bisect_right(self._starts, place) - 1)

    def paragraph(self, number: int) -> int:
        """The number that readers give a block: headings do not count, a table counts once."""
        return self._paragraphs[number] or 1

    @property
    def has_own_title(self) -> bool:
        """Whether the article begins with the heading that is its title."""
        blocks = self.document.layout.blocks
        return bool(blocks) and blocks[0].kind == "h1"

    def blocks_touched(self, span: Span) -> range:
        """The numbers of the blocks that share a character with a span."""
        return self._touched(span.start, span.end)

    def _touched(self, start: int, end: int) -> range:
        first = max(0, bisect_right(self._starts, start) - 1)
        blocks = self.document.layout.blocks
        if first < len(blocks) and blocks[first].end <= start:
            first += 1
        return range(first, max(first, bisect_left(self._starts, end)))

    def section(
        self,
        section: Section,
        byline: str = "",
        by_block: Mapping[int, list[Annotation]] | None = None,
    ) -> str:
        """A section: its text, and beside it the cards of what begins in it.

        ``byline`` is drawn after the first block, as it is; ``by_block`` are its marks, if they are
        known already. Raises ``Cancelled``.
        """
        checkpoint()
        blocks = range(section.first, section.last + 1)
        by_block = self.by_block(blocks) if by_block is None else by_block
        text = "".join(self._wrapped(blocks, by_block, byline))
        cards = "".join(self.cards(number, by_block[number]) for number in blocks)
        if len(self.document.text) > LONG:  # elements only as they come near: static/js/folds.js
            cards = f"<noscript>{cards}</noscript>"
        return (
            f'<section class="section" id="s{section.number}"><div class="text">{text}</div>'
            f'<div class="margin">{cards}</div></section>'
        )

    def whole(self, byline: str = "") -> str:
        """All sections; ``byline``, already drawn, below the title that the article begins with."""
        below = byline if self.has_own_title else ""
        self.prepare()
        drawn = (
            self.section(section, "" if section.number else below)
            for section in sections(self.document.layout)
        )
        return ("" if below else byline) + "".join(drawn)

    def by_block(self, blocks: range) -> dict[int, list[Annotation]]:
        """For each block the annotations to draw in it, by place. One pass over all of them.

        Those that touch it, but for such as lie where too many do (``crowding``): these are only
        counted.
        """
        found: dict[int, list[Annotation]] = {number: [] for number in blocks}
        if not found:
            return found
        # What lies in a gap belongs to the block before it, or to the first block.
        since = self._starts[blocks.start] if blocks.start else -1
        until = len(self.document.text) + 1
        if blocks.stop < len(self._starts):
            until = self._starts[blocks.stop]
        stop = bisect_left(self.annotations, until, key=lambda a: a.start)
        if blocks.start not in self.crowds or blocks[-1] not in self.crowds:
            near = [
                a for a in self.annotations[self._first_reaching(since) : stop] if a.end > since
            ]
            self._look_for_crowds(blocks, near)
        if blocks.start in self.crowds:
            if self._reader is None:
                self._reader = crowding.Reader(self.annotations)
            return {number: self._reader.drawn(self.crowds[number]) for number in blocks}
        for annotation in near:
            for number in self.belongs(annotation.start, annotation.end):
                if number in found:
                    found[number].append(annotation)
        return found

    def prepare(self) -> None:
        """Look once at all annotations, before all sections are drawn.

        Otherwise each section looks at all that reach into it.
        """
        if not self.crowds:
            self._look_for_crowds(range(len(self.document.layout.blocks)), self.annotations)

    def _look_for_crowds(self, blocks: range, annotations: Sequence[Annotation]) -> None:
        spans = crowding.spans_of(annotations) if len(annotations) > MAX_REACHING else []
        if crowding.is_crowded(spans):
            layout = self.document.layout.blocks
            self.crowds |= crowding.crowds(layout, blocks, spans, self.belongs)

    def belongs(self, start: int, end: int) -> range:
        """The numbers of the blocks that a span touches, or of the one before the gap it is in."""
        touched = self._touched(start, end)
        before = self.block_at(start)
        return touched or range(before, before + 1)

    def anchor(self, annotation: Annotation) -> int:
        """The number of the block that an annotation's card stands beside: the first it touches."""
        known = self._anchors.get(annotation.id)
        if known is None:
            touched = self._touched(annotation.start, annotation.end)
            known = touched[0] if touched else self.block_at(annotation.start)
            self._anchors[annotation.id] = known
        return known

    def _first_reaching(self, place: int) -> int:
        """The index of the first annotation that may reach beyond a place.

        ``_furthest`` holds the furthest end seen so far, which only grows: so a binary search.
        """
        return bisect_right(self._furthest, place)

    def _wrapped(
        self, blocks: range, by_block: Mapping[int, list[Annotation]], byline: str
    ) -> Iterator[str]:
        """The blocks, with lists and tables put around those that belong in one."""
        layout = self.document.layout.blocks
        around, row = "", None
        for number in blocks:
            block = layout[number]
            needed = _together(block)
            if needed != around:
                yield _closing(around, row)
                yield f"<{needed}>" if needed else ""
                around, row = needed, None
            if needed == "table" and block.row != row:
                yield ("</tr>" if row is not None else "") + "<tr>"
                row = block.row
            yield self.block(number, by_block[number])
            if byline and number == blocks.start:
                yield byline
        yield _closing(around, row)

    def block(self, number: int, annotations: Sequence[Annotation], attributes: str = "") -> str:
        """One block with its marks. ``attributes`` are written into its tag as they are."""
        block = self.document.layout.blocks[number]
        tag = self._tag(number, block)
        look = f"b {block.kind}"
        if block.level:
            look += f" level{min(block.level, 6)}"
        text = self.document.text
        if text.startswith(" ", block.start) or _FOLDED.search(text, block.start, block.end):
            look += " ws"
        told = ""
        if block.kind not in _HEADINGS and block.kind not in _CELLS:
            told = f' data-n="{self.paragraph(number)}"'
        if block.number:
            told += f' data-number="{escaped(block.number)}"'
        elif number in self._values:
            told += f' value="{self._values[number]}"'
        if direction := direction_of_block(self.document, block.span):
            told += f' dir="{direction}"'
        # The parser eats one line feed after <pre>; this is the one it eats.
        first = "\n" if tag == "pre" else ""
        return (
            f'<{tag} id="b{number}" class="{look}" data-start="{block.start}"{told}'
            f"{attributes}>{first}{''.join(self._pieces(number, annotations))}</{tag}>"
        )

    def _tag(self, number: int, block: Block) -> str:
        if block.kind not in _HEADINGS:
            return _TAGS[block.kind]
        if not self.has_own_title:
            return _LOWER[block.kind]
        return _HEADINGS[block.kind] if number else "h1"

    def _pieces(self, number: int, annotations: Sequence[Annotation]) -> Iterator[str]:
        text, block = self.document.text, self.document.layout.blocks[number]
        crowd = self.crowds.get(number)
        inlines = _inlines_in(self.document.layout, block.span)
        if not annotations and not inlines:
            yield escaped(text[block.start : block.end])
            return
        slots = _slots(annotations)
        pointed: set[int] = set()
        covered: list[tuple[int, Span]] = [
            (n, part) for n, annotation in enumerate(annotations) for part in annotation.spans
        ]
        covered += [(-1 - n, inline.span) for n, inline in enumerate(inlines)]
        for piece in sweep(block.span, covered):
            quote = escaped(text[piece.start : piece.end])
            here: Sequence[int] = piece.keys
            if inlines:
                over = _nesting(inlines[-1 - key] for key in piece.keys if key < 0)
                for inline in reversed(over):
                    quote = _styled(quote, inline)
                here = [key for key in piece.keys if key >= 0]
            if here:
                more = crowd.more(piece.start, piece.end) if crowd else 0
                quote = self._mark(quote, here, annotations, slots, pointed, piece.start, more)
            yield quote

    def _mark(
        self,
        quote: str,
        here: Sequence[int],
        annotations: Sequence[Annotation],
        slots: Sequence[int],
        pointed: set[int],
        place: int,
        more: int = 0,
    ) -> str:
        looks: dict[str, None] = {}
        letters, keys, numbers, unsure = "", [], [], False
        for n in here:
            annotation = annotations[n]
            look = self._looks[annotation.label]
            looks[look.number] = None
            if slots[n] < SLOTS:
                looks[look.lines[slots[n]]] = None
            keys.append(str(annotation.key))
            if annotation.start == place or any(f.start == place for f in annotation.fragments):
                letters += look.letter if annotation.start == place else f"…{look.letter}"
                numbers.append(str(self.numbers.get(annotation.key, "")))
                unsure = unsure or annotation.unsure
        ids = " ".join(keys)
        first = f' data-l="{letters}"' if letters else ""
        if letters and self.numbers:
            first += f' data-no="{",".join(numbers)}"'
        if unsure:
            first += " data-u"
        if more:
            first += f' data-more="+{more:,}"'
        # ARIA lets a piece point to one card: the innermost that no piece before it pointed to.
        detail = next((n for n in reversed(here) if n not in pointed), here[-1])
        pointed.add(detail)
        return (
            f'<mark class="{" ".join(looks)}" data-a="{ids}"{first} '
            f'aria-details="c{annotations[detail].key}">{quote}</mark>'
        )

    def cards(self, number: int, annotations: Iterable[Annotation], attributes: str = "") -> str:
        """The cards of those annotations that stand beside one block."""
        mine = [annotation for annotation in annotations if self.anchor(annotation) == number]
        drawn = "".join(self.card(annotation) for annotation in mine)
        crowd = self.crowds.get(number)
        if crowd and crowd.starts:
            drawn += self._link_to_all(number, crowd)
        return f'<div class="cards" id="g{number}"{attributes}>{drawn}</div>'

    def _link_to_all(self, number: int, crowd: Crowd) -> str:
        """The link to the list of everything in a block of which not all is drawn."""
        block = self.document.layout.blocks[number]
        words = escaped(self.words.more % {"number": f"{len(crowd.starts):,}"})
        if not self.all_address:
            return f'<p class="crowd">{words}</p>'
        address = escaped(f"{self.all_address}?start={block.start}&end={block.end}")
        return f'<p class="crowd"><a href="{address}">{words}</a></p>'

    def card(self, annotation: Annotation) -> str:
        """What is known of one annotation, in short; a link leads to all of it."""
        look = self._looks[annotation.label]
        line = self.lines.get(annotation.id, _NOTHING)
        statement = look.takes_concept or bool(line.parts)
        quote = annotation.quote(self.document.text)
        shown = quote if statement or not annotation.entity else annotation.entity
        doubt = " unsure" if annotation.unsure else ""
        parts = [annotation.label, *line.parts]
        if annotation.unsure:
            parts.append(self.words.unsure)
        if annotation.doubt:
            parts.append(self.words.doubt)
        if annotation.layer in self.layer_titles:
            parts.append(self.layer_titles[annotation.layer])
        said = " · ".join([_isolated(part) for part in parts])
        warnings = "".join(f'<p class="warn">{escaped(words)}</p>' for words in line.contradictions)
        note = (
            f'<p class="note" dir="auto">{escaped(annotation.note)}</p>' if annotation.note else ""
        )
        number = f' data-no="{self.numbers[annotation.key]}"' if self.numbers else ""
        if annotation.fragments:  # its parts may lie apart: how far they reach
            number += f' data-end="{annotation.end}"'
        return (
            f'<div class="{look.card} {"statement" if statement else "brief"}{doubt}" '
            f'id="c{annotation.key}" role="comment" data-id="{(uid := escaped(annotation.id))}"'
            f'{number}><a href="{self.address}{uid}"><i aria-hidden="true">{look.letter}</i> '
            f'<span class="q" dir="auto">{escaped(shortened(shown))}</span></a>'
            f'<div class="more"><p class="said">{said}</p>{warnings}{note}</div></div>'
        )


def _isolated(part: str) -> str:
    """Words among others, whose direction does not reach beyond them.

    ASCII cannot turn the direction of what stands around it, and elements cost: a long article has
    fifty thousand cards.
    """
    return escaped(part) if part.isascii() else f"<bdi>{escaped(part)}</bdi>"


def _counts(blocks: Sequence[Block]) -> Iterator[int]:
    """For each block whether it begins something that readers count: 1 or 0."""
    before = ""
    for block in blocks:
        in_table = block.kind in _CELLS and before in _CELLS
        yield int(block.kind not in _HEADINGS and not in_table)
        before = block.kind


def _list_values(blocks: Sequence[Block]) -> dict[int, int]:
    """The number of each ordered list item, by the number of its block.

    Items stand flat, so that each can be swapped alone; a list inside a list counts for itself.
    """
    values: dict[int, int] = {}
    counters: list[tuple[bool, int]] = []
    for number, block in enumerate(blocks):
        if block.kind != "li":
            counters = []
            continue
        level = min(block.level, 100)
        del counters[level + 1 :]
        counters += [(block.ordered, 0)] * (level + 1 - len(counters))
        ordered, count = counters[level]
        counters[level] = (block.ordered, count + 1 if ordered == block.ordered else 1)
        if block.ordered:
            values[number] = counters[level][1]
    return values


def _closing(around: str, row: int | None) -> str:
    if around == "table":
        return ("</tr>" if row is not None else "") + "</table>"
    return f"</{around}>" if around else ""


def _slots(annotations: Sequence[Annotation]) -> list[int]:
    """For each annotation the lowest underline that nobody who overlaps it has, or ``SLOTS``.

    Greedy interval colouring by start: an annotation keeps its slot from end to end of the block,
    so its underline runs straight.
    """
    ends: list[int] = []
    found = []
    for annotation in annotations:
        for slot, end in enumerate(ends):
            if end <= annotation.start:
                ends[slot] = annotation.end
                found.append(slot)
                break
        else:
            found.append(len(ends))
            if len(ends) < SLOTS:
                ends.append(annotation.end)
    return found


def _inlines_in(layout: Layout, span: Span) -> list[Inline]:
    """The inline styles that share a character with a span."""
    if not layout.inlines:
        return []
    stop = bisect_left(layout.inlines, span.end, key=lambda inline: inline.start)
    first = bisect_left(layout.inlines, span.start, key=lambda inline: inline.start)
    # A style lies inside its block, so those that begin before the block end before it too.
    return [inline for inline in layout.inlines[first:stop] if inline.end > span.start]


def _nesting(inlines: Iterable[Inline]) -> list[Inline]:
    """The styles of one piece, outermost first. Of several links the innermost stays."""
    found = list(inlines)
    links = [inline for inline in found if inline.kind == "a"]
    return [inline for inline in found if inline.kind != "a" or inline is links[-1]]


def _styled(quote: str, inline: Inline) -> str:
    if inline.kind == "a":
        if not is_safe(inline.href or ""):
            return quote
        address = escaped(inline.href or "")
        return f'<a href="{address}" rel="noopener noreferrer nofollow">{quote}</a>'
    tag = _STYLES[inline.kind]
    return f"<{tag}>{quote}</{tag}>"


def numbered(annotations: Sequence[Annotation]) -> dict[int, int]:
    """Each annotation's number on the page, counted from 1 in the order of their places."""
    return {annotation.key: number for number, annotation in enumerate(annotations, start=1)}
