"""Articles as they were drawn lately, by section: a change draws only what it alters.

The index of an article is made of what its sections hold: each gives its entries, in the order of
their places, and the page puts them under their labels and headings.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from threading import Lock

from annotations.codebook import Label
from annotations.shortening import shortened
from annotations.spans import Span
from reader.drawing import LONG, Drawing, Section, escaped, sections
from reader.view import Shown
from reader.words import gettext as _

MOST_CHANGES = 100
"""Changes since a page was drawn, beyond which it is drawn anew."""

Entry = tuple[str, str, str]
"""What the index says of one mark: its label, the heading it stands under (or none), its link."""


@dataclass(frozen=True, slots=True)
class DrawnSection:
    """The HTML of a section in UTF-8, and what the index says of it."""

    html: bytes
    entries: Sequence[Entry]
    more: int = 0
    """Annotations that begin in it and are not drawn."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """An article as it was at one version."""

    version: int
    before: bytes
    sections: Sequence[DrawnSection]

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        return sum(len(s.html) + 250 * len(s.entries) for s in self.sections)

    @property
    def text(self) -> bytes:
        return self.before + b"".join([section.html for section in self.sections])

    def index(self, labels: Iterable[Label], all_address: str) -> str:
        """Actors with all their mentions, then claims, demands and whatever else there is.

        What is not drawn is only counted; a link to ``all_address`` leads to the list of all.
        """
        found: dict[str, dict[str, list[str]]] = {label.name: {} for label in labels}
        for section in self.sections:
            for label, heading, link in section.entries:
                found.setdefault(label, {}).setdefault(heading, []).append(link)
        first = sorted(labels, key=lambda label: not label.takes_entity)
        drawn = "".join(
            _group(label, found[label.name]) for label in first if found.get(label.name)
        )
        if more := sum(section.more for section in self.sections):
            words = escaped(_("and %(number)s more", number=f"{more:,}"))
            drawn += f'<p><a href="{escaped(all_address)}">{words}</a></p>'
        return drawn or f'<p class="soft">{escaped(_("Nothing is marked here yet."))}</p>'


def _group(label: Label, headings: dict[str, list[str]]) -> str:
    inside = []
    looks = "places" if label.takes_entity else "quotes"
    names = list(headings)
    if not label.takes_entity:
        names.sort(key=lambda name: (name == "", name.casefold()))
    for name in names:
        links = "".join([f"<li>{link}</li>" for link in headings[name]])
        if name:
            links = (
                f'<li><span dir="auto" class="heading">{escaped(name)}</span> '
                f'<span class="soft">{len(headings[name])}</span>'
                f'<ol class="{looks}">{links}</ol></li>'
            )
        inside.append(links)
    title = escaped(label.name[:1].upper() + label.name[1:])
    return f"<section><h3>{title}</h3><ul>{''.join(inside)}</ul></section>"


class DrawnArticles:
    """The articles that were drawn lately, by what they depend on beside their own changes."""

    def __init__(self, most: int = 64_000_000):
        self._most = most
        self._kept: OrderedDict[tuple[object, ...], Drawn] = OrderedDict()
        self._guard = Lock()

    def get(
        self, key: tuple[object, ...], version: int, page: Shown, byline: Callable[[], str]
    ) -> Drawn:
        """An article as a page shows it at this version, drawn as far as it is not there yet.

        ``byline`` draws the line below the title.
        """
        known = self._known(key)
        drawn = known and _brought_up(known, version, page, byline)
        if drawn is None:
            drawn = _whole(version, page, byline())
        if drawn is not known:
            self._keep(key, drawn)
        return drawn

    def has(self, key: tuple[object, ...], version: int) -> bool:
        """Whether an article is there as it is at this version."""
        known = self._known(key)
        return known is not None and known.version == version

    def _known(self, key: tuple[object, ...]) -> Drawn | None:
        with self._guard:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def _keep(self, key: tuple[object, ...], drawn: Drawn) -> None:
        with self._guard:
            self._kept[key] = drawn
            self._kept.move_to_end(key)
            size = sum(each.size for each in self._kept.values())
            while size > self._most and len(self._kept) > 1:
                size -= self._kept.popitem(last=False)[1].size


def _whole(version: int, page: Shown, byline: str) -> Drawn:
    drawing = page.drawing()
    drawing.prepare()
    below = byline if drawing.has_own_title else ""
    found = [
        _section(drawing, section, "" if section.number else below)
        for section in sections(drawing.document.layout)
    ]
    return Drawn(version, b"" if below else byline.encode(), found)


def _brought_up(known: Drawn, version: int, page: Shown, byline: Callable[[], str]) -> Drawn | None:
    """What was drawn, with the sections drawn anew that changed since; ``None``: draw it all.

    Only long articles: in others a change moves the numbers of all notes that follow.
    """
    if known.version == version:
        return known
    if len(page.document.value.text) <= LONG or known.version > version:
        return None
    changes = page.store.log.since(page.document.key, known.version, MOST_CHANGES + 1)
    if len(changes) > MOST_CHANGES:
        return None
    bare = Drawing(page.document.value, page.codebook, ())
    touched = {
        block
        for seq in changes
        for span in page.store.marks.places(seq, page.document.key)
        for block in bare.blocks_touched(span) or (bare.block_at(span.start),)
    }
    found = list(known.sections)
    for section in sections(page.document.value.layout):
        blocks = range(section.first, section.last + 1)
        if not touched.isdisjoint(blocks):
            below = byline() if bare.has_own_title and not section.number else ""
            found[section.number] = _section(
                page.part(_reach(page, section), blocks), section, below
            )
    return Drawn(version, known.before, found)


def _reach(page: Shown, section: Section) -> Span:
    """From where a section begins to where the next one does, gaps between blocks included."""
    blocks = page.document.value.layout.blocks
    start = blocks[section.first].start if section.first else 0
    after = section.last + 1
    end = blocks[after].start if after < len(blocks) else len(page.document.value.text)
    return Span(start, max(end, start + 1))


def _section(drawing: Drawing, section: Section, byline: str) -> DrawnSection:
    blocks = range(section.first, section.last + 1)
    by_block = drawing.by_block(blocks)
    text, paragraph = drawing.document.text, escaped(_("paragraph"))
    entries: list[Entry] = []
    for number in blocks:
        for mark in by_block[number]:
            if drawing.anchor(mark) != number:
                continue
            quote = escaped(shortened(mark.quote(text), 90) + (" ?" if mark.unsure else ""))
            begin = f'<a href="#c{mark.key}" data-key="{mark.key}"'
            label = drawing.codebook.label(mark.label)
            if label.takes_entity and mark.entity:
                place = f"¶{drawing.paragraph(number)}"
                doubt = "?" if mark.unsure else ""
                link = f'{begin} title="{quote}" aria-label="{paragraph} {place}{doubt}">'
                link += f"{place}{doubt}</a>"
                entries.append((mark.label, mark.entity, link))
            else:
                heading = "" if label.takes_entity else mark.concept or ""
                entries.append((mark.label, heading, f'{begin} dir="auto">{quote}</a>'))
    more = sum(len(drawing.crowds[n].starts) for n in blocks if n in drawing.crowds)
    return DrawnSection(drawing.section(section, byline, by_block).encode(), entries, more)
