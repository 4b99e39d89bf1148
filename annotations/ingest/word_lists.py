"""The numbers of paragraphs in Word files: levels, their texts (“Article %1”, “%1.%2”), restarts.

After ECMA-376, part 1, 17.9. Lists that share an abstract definition count on together, unless one
overrides a start.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from annotations.ingest import numbers
from annotations.ingest.word_xml import attribute, child, children, find_all, is_on, name_of, value

LEVELS = 9
_PLACE = re.compile(r"%([1-9])")
_PADDED = re.compile(r"0+1\b")


@dataclass(slots=True)
class Level:
    """One level of a list. ``style`` is one of ``numbers.STYLES``, “none” or “bullet”."""

    start: int = 1
    style: str = "decimal"
    text: str | None = None
    is_legal: bool = False
    restart: int | None = None
    paragraph_style: str = ""
    width: int = 0


@dataclass(slots=True)
class _List:
    """An abstract definition, and how far it has counted."""

    levels: dict[int, Level] = field(default_factory=dict)
    link: str = ""
    counted: list[int | None] = field(default_factory=lambda: [None] * LEVELS)


@dataclass(slots=True)
class _Instance:
    abstract: str
    levels: dict[int, Level]
    starts: dict[int, int]


@dataclass(frozen=True, slots=True)
class Number:
    """What stands before a paragraph: nothing for a bullet. ``level`` counts from 0."""

    level: int
    text: str
    is_bullet: bool = False


class Numbering:
    """The lists of a file, asked paragraph by paragraph in their order.

    ``linked`` gives the list of a numbering style, by the name of the style. ``unknown`` has the
    ways to count that are shown as 1, 2, 3.
    """

    def __init__(self, root: Element | None, linked: dict[str, str]):
        self.unknown = set[str]()
        self._linked = linked
        self._lists: dict[str, _List] = {}
        self._instances: dict[str, _Instance] = {}
        for element in () if root is None else children(root):
            if name_of(element) == "w:abstractNum":
                link = child(element, "w:numStyleLink")
                found = _List(dict(self._levels(element)), value(link))
                self._lists[attribute(element, "abstractNumId")] = found
            elif name_of(element) == "w:num":
                self._instances[attribute(element, "numId")] = self._instance(element)

    def level_of_style(self, instance: str, style: str) -> int:
        """The level of a list that belongs to a paragraph style; 0 where none does."""
        levels = self._levels_of(instance)
        return next((n for n, level in levels.items() if level.paragraph_style == style), 0)

    def has(self, instance: str) -> bool:
        return instance in self._instances

    def next(self, instance: str, level: int) -> Number | None:
        """The number of the next paragraph of a list; ``None`` where it shows nothing."""
        found = self._instances.get(instance)
        if found is None:
            return None
        level = min(max(level, 0), LEVELS - 1)
        levels = self._levels_of(instance)
        own = levels.get(level, Level())
        counted = self._abstract(found.abstract).counted
        if level in found.starts:
            counted[level] = found.starts.pop(level)
        else:
            before = counted[level]
            counted[level] = own.start if before is None else before + 1
        for deeper in range(level + 1, LEVELS):
            restart = levels.get(deeper, Level()).restart
            if restart is None or level < restart:
                counted[deeper] = None
        if own.style == "bullet":
            return Number(level, "", is_bullet=True)
        text = f"%{level + 1}." if own.text is None else own.text
        written = _PLACE.sub(
            lambda place: self._written(levels, counted, int(place[1]) - 1, own.is_legal), text
        )
        return Number(level, written.strip()) if written.strip() else None

    def _written(
        self, levels: dict[int, Level], counted: list[int | None], level: int, is_legal: bool
    ) -> str:
        own = levels.get(level, Level())
        if own.style in ("none", "bullet"):
            return ""
        known = counted[level]
        count = own.start if known is None else known
        if is_legal:
            return str(count)
        return numbers.shown(count, own.style).zfill(own.width)

    def _abstract(self, uid: str) -> _List:
        found = self._lists.setdefault(uid, _List())
        if found.link and not found.levels:
            instance = self._instances.get(self._linked.get(found.link, ""))
            if instance is not None and instance.abstract != uid:
                return self._lists.setdefault(instance.abstract, _List())
        return found

    def _levels_of(self, instance: str) -> dict[int, Level]:
        found = self._instances.get(instance)
        return {} if found is None else self._abstract(found.abstract).levels | found.levels

    def _instance(self, element: Element) -> _Instance:
        levels: dict[int, Level] = {}
        starts: dict[int, int] = {}
        for override in find_all(element, "w:lvlOverride"):
            number = _whole(attribute(override, "ilvl"), 0)
            levels |= dict(self._levels(override))
            start = child(override, "w:startOverride")
            if start is not None:
                starts[number] = _whole(value(start), 1)
        return _Instance(value(child(element, "w:abstractNumId")), levels, starts)

    def _levels(self, element: Element) -> Iterator[tuple[int, Level]]:
        for each in children(element):
            if name_of(each) == "w:lvl":
                yield _whole(attribute(each, "ilvl"), 0), self._level(each)

    def _level(self, element: Element) -> Level:
        formats = [*find_all(element, "w:numFmt")]  # One is a way out for older programs.
        custom = next((f for f in formats if value(f) == "custom"), None)
        plain = next((value(f) for f in formats if value(f) != "custom"), "decimal")
        padded = _PADDED.match(attribute(custom, "format")) if custom is not None else None
        style = plain if plain in ("none", "bullet") else numbers.WORD.get(plain, "")
        if not style:
            self.unknown.add(plain)
            style = "decimal"
        text = child(element, "w:lvlText")
        restart = child(element, "w:lvlRestart")
        is_hidden = any(is_on(each) for each in find_all(element, "w:vanish"))
        return Level(
            start=_whole(value(child(element, "w:start")), 1),
            style=style,
            text="" if is_hidden else None if text is None else value(text),
            is_legal=is_on(child(element, "w:isLgl")),
            restart=None if restart is None else _whole(value(restart), 0),
            paragraph_style=value(child(element, "w:pStyle")),
            width=len(padded[0]) if padded else 0,
        )


def _whole(text: str, otherwise: int) -> int:
    return int(text) if re.fullmatch(r"-?\d{1,9}", text) else otherwise
