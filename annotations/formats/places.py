"""Places in a text, as other people's JSON writes them: objects and lists of many forms.

``{"start": 0, "end": 3, "label": "PER"}``, ``[0, 3, "PER"]``, ``{"begin": …}``, ``{"offset": …,
"length": …}``, ``{"span": [0, 3], "type": "PER"}``. Names are compared without their case, ``_``
and ``-``. What their numbers count is for whoever reads the text (``other_keys``).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from annotations.formats.values import Json

_PAIRS = (
    *(("start", "end"), ("startoffset", "endoffset"), ("startchar", "endchar")),
    *(("charstart", "charend"), ("startpos", "endpos"), ("startindex", "endindex")),
    *(("startidx", "endidx"), ("startposition", "endposition"), ("offsetstart", "offsetend")),
    *(("begin", "end"), ("beginoffset", "endoffset"), ("beginposition", "endposition")),
    *(("from", "to"), ("charbegin", "charend"), ("start", "stop")),
)
_LENGTHS = tuple(
    (start, length) for start in ("offset", "start", "begin") for length in ("length", "len")
)
_RANGES = (
    *("span", "offsets", "offset", "indices", "position", "pos", "range", "location"),
    "charspan",
)
_LABELS = (
    *("label", "labels", "type", "entitytype", "entitygroup", "entitylabel", "tag", "tags"),
    *("category", "class", "ner", "nertag", "entity", "kind", "name"),
)
_QUOTES = ("text", "quote", "exact")
_LIKE_QUOTES = ("word", "surface", "surfaceform", "mention", "phrase", "token", "value", "string")
"""They hold the words as they stand, or some form of them: if they differ, that proves nothing."""

_COUNTED_BY_PYTHON = (("start", "end"), ("start", "stop"), ("startchar", "endchar"))
"""The names that Python's tools give to code points; others may count what a browser counts."""


GROUP_KEY = "spacy_group"
"""The further key of a mark that names the group of spans that it came in, where it was not the
first."""


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of a text in units of the file, and its label, empty where it has none.

    ``quote`` is what the file says stands there, ``hint`` what may be that. ``parts`` are given for
    several stretches. ``rest`` holds the other keys. ``is_open`` tells that nothing about it says
    what its numbers count. ``group`` is the key of the list that it was in, if that is no label.
    """

    start: int
    end: int
    label: str
    quote: str | None = None
    hint: str | None = None
    parts: tuple[tuple[int, int], ...] = ()
    rest: Json = field(default_factory=dict)
    is_open: bool = False
    group: str = ""


def places_in(value: Any) -> list[Place]:
    """The places that a value holds: a list of them, or lists by the name of a group or a label.

    Empty where it holds none, or anything else beside them.
    """
    if type(value) is list:
        return _listed(value, "")
    found: list[Place] = []
    if type(value) is dict:
        for key, entries in value.items():
            if type(entries) is not list:
                return []
            listed = _listed(entries, key)
            if entries and not listed:
                return []
            found += [
                place if place.label == key else replace(place, group=key) for place in listed
            ]
    return found


def _listed(entries: list[Any], label: str) -> list[Place]:
    found: list[Place] = []
    for entry in entries:
        places = list(_of_object(entry, label) if type(entry) is dict else _of_list(entry, label))
        if not places:
            return []
        found += places
    return found


def _of_list(entry: Any, label: str) -> Iterator[Place]:
    if type(entry) is not list or not 2 <= len(entry) <= 4:
        return
    match [*map(type, entry[:3])]:
        case [first, second] if first is int and second is int and label:
            yield Place(entry[0], entry[1], label, is_open=True)
        case [first, second, third] if first is int and second is int:
            quote = entry[3] if len(entry) == 4 and type(entry[3]) is str else None
            for name in _names(entry[2]) if third in (str, list) else ():
                yield Place(entry[0], entry[1], name, hint=quote, is_open=True)
        case [first, second, third] if first is str and second is int and third is int:
            quote = entry[3] if len(entry) == 4 and type(entry[3]) is str else None
            yield Place(entry[1], entry[2], entry[0], hint=quote, is_open=True)


def _of_object(entry: Json, label: str) -> Iterator[Place]:
    keys = {_plain(key): key for key in entry}
    used: set[str] = set()

    def value_of(name: str) -> Any:
        return entry[keys[name]] if name in keys else None

    stretches: list[tuple[int, int]] = []
    quotes: list[str | None] = []
    is_open = True
    for pair in _PAIRS:
        start, end = _whole(value_of(pair[0])), _whole(value_of(pair[1]))
        if start is not None and end is not None:
            stretches, is_open = [(start, end)], pair not in _COUNTED_BY_PYTHON
            used |= {*pair}
            break
    if not stretches:
        for begin, length in _LENGTHS:
            start, size = _whole(value_of(begin)), _whole(value_of(length))
            if start is not None and size is not None:
                stretches = [(start, start + size)]
                used |= {begin, length}
                break
    if not stretches:
        for name in _RANGES:
            if stretches := _ranges(value_of(name)):
                used.add(name)
                break
    points = value_of("points")
    if not stretches and type(points) is list and (inner := _listed(points, "")):
        used.add("points")
        stretches = [(place.start, place.end) for place in inner]
        quotes = [place.quote for place in inner]
    if not stretches:
        return
    names: list[str] = []
    for name in _LABELS:
        if names := _names(value_of(name)):
            used.add(name)
            break
    quote = _first_text(value_of, _QUOTES)
    hint = _first_text(value_of, _LIKE_QUOTES)
    if quote is not None and len(stretches) == 1:
        used |= {name for name in _QUOTES if value_of(name) == quote}
    rest = {key: value for key, value in entry.items() if _plain(key) not in used}
    parts = tuple(sorted(stretches)) if len(stretches) > 1 and not quotes else ()
    if quotes:  # each of the points is a mark
        for (start, end), own in zip(stretches, quotes, strict=True):
            for name in names or [label]:
                yield Place(start, end, name, own, rest=rest, is_open=is_open)
        return
    whole = min(start for start, _ in stretches), max(end for _, end in stretches)
    proof = quote if not parts else None
    for name in names or [label]:
        yield Place(*whole, name, proof, hint if not parts else None, parts, rest, is_open)


def _first_text(value_of: Any, names: tuple[str, ...]) -> str | None:
    for name in names:
        value = value_of(name)
        if type(value) is list and len(value) == 1:
            value = value[0]
        if type(value) is str and value:
            return value
    return None


def _ranges(value: Any) -> list[tuple[int, int]]:
    """One stretch, ``[0, 3]`` or an object, or a list of such."""
    if type(value) is dict:
        return [(place.start, place.end) for place in _of_object(value, "")]
    if type(value) is not list or not value:
        return []
    if len(value) == 2 and type(value[0]) is int and type(value[1]) is int:
        return [(value[0], value[1])]
    found: list[tuple[int, int]] = []
    for entry in value:
        inner = _ranges(entry) if type(entry) in (list, dict) else []
        if len(inner) != 1:
            return []
        found += inner
    return found


def _names(value: Any) -> list[str]:
    """Labels: a name, or a list of names."""
    if type(value) is str:
        return [value] if value else []
    if type(value) is list and value and all(type(name) is str and name for name in value):
        return list(dict.fromkeys(value))
    return []


def _whole(value: Any) -> int | None:
    if type(value) is float and value.is_integer():
        return int(value)
    if type(value) is str and re.fullmatch("[0-9]{1,15}", value):
        return int(value)
    return value if type(value) is int else None


def _plain(key: str) -> str:
    return key.lower().replace("_", "").replace("-", "")
