"""Train, dev, test: which document goes into which part.

By the hash of a document's group alone: its source's site, what it says under a key of its meta
data, or itself. So it does not matter which other documents there are, and adding some never moves
one. Groups of texts that are near (``annotations/near.py``) are led by the document that came
first: a later one that is near it goes where it went, and an earlier one is never moved by that.

What is *frozen* keeps its part whatever becomes of its group; later documents of a frozen group
join it.
"""

import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from annotations.document import Document
from annotations.errors import BadInput, BadLine
from annotations.near import LEAST, bands, resemblance, shingles

USUAL = {"train": Fraction(80), "dev": Fraction(10), "test": Fraction(10)}
GROUPS = ("document", "site", "near", "meta:KEY")
"""What a group may be of: ``meta:KEY`` is what stands under that key of the meta data."""

_PART = re.compile(r"[a-z][a-z0-9_-]{0,39}\Z")
_SPAN = 1 << 64
_ITSELF = "document: "
HEADING = "document\tpart\tgroup\n"
_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
_UNESCAPED = {escaped: plain for plain, escaped in _ESCAPES.items()}


@dataclass(frozen=True, slots=True)
class Plan:
    """How to split: the parts with their shares (of any sum), by which group, and a seed.

    Another seed gives another split; the same one gives the same.
    """

    parts: Mapping[str, Fraction] = field(default_factory=lambda: dict(USUAL))
    by: str = "document"
    seed: str = ""

    def checked(self) -> "Plan":
        """The plan itself. Raises ``BadInput`` when it cannot be followed."""
        for name, share in self.parts.items():
            if not _PART.match(name):
                raise BadInput(
                    f"“{name[:60]}” cannot be the name of a part: use small letters, digits, - and "
                    "_, beginning with a letter."
                )
            if share <= 0:
                raise BadInput(f"The part “{name}” must have a share above 0.")
        if not self.parts:
            raise BadInput("A split needs at least one part.")
        if self.by not in GROUPS[:3] and not (self.by.startswith("meta:") and self.by[5:]):
            raise BadInput(f"“{self.by}” is no group; known are {', '.join(GROUPS)}.")
        return self

    def part(self, group: str) -> str:
        """The part that a group falls into: its hash as a number, measured off in shares."""
        said = f"{self.seed}\n{group}".encode("utf-8", "surrogatepass")
        place = int.from_bytes(hashlib.sha256(said).digest()[:8], "big")
        total, reached = sum(self.parts.values()), Fraction(0)
        for name, share in self.parts.items():
            reached += share
            if Fraction(place, _SPAN) < reached / total:
                return name
        return next(reversed(list(self.parts)))

    def group(self, document: Document) -> str:
        """What decides about a document, where that is not a text that it is near to.

        One that says nothing of its group stands for itself.
        """
        value = ""
        if self.by == "site":
            value = site(document.source)
        elif self.by.startswith("meta:"):
            said = document.meta.get(self.by[5:])
            value = "" if said is None else said if isinstance(said, str) else repr(said)
        return f"{self.by}: {value}" if value else f"{_ITSELF}{document.id}"


def parts(said: str) -> dict[str, Fraction]:
    """The parts that a text like ``train=80,dev=10,test=10`` names. Raises ``BadInput``."""
    found: dict[str, Fraction] = {}
    for piece in said.split(","):
        name, equals, share = (part.strip() for part in piece.partition("="))
        if name in found:
            raise BadInput(f"The part “{name}” is named twice.")
        try:
            found[name] = Fraction(share if equals else "x")
        except (ValueError, ZeroDivisionError) as error:
            raise BadInput(
                f"“{piece.strip()[:60]}” is no part; write them as train=80,dev=10,test=10."
            ) from error
    return found


def site(source: str) -> str:
    """The site of an address, without “www.”; a source that is no address stands for itself."""
    source = source.strip()
    try:
        host = urlsplit(source if "//" in source else f"//{source}").hostname or ""
    except ValueError:
        host = ""
    if "//" not in source and ("." not in host or " " in source):
        return source.casefold()
    return host.casefold().removeprefix("www.") or source.casefold()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a document goes, and what decided about it."""

    part: str
    group: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Two documents (ids) whose texts are near (0 to 1), in two parts."""

    one: str
    other: str
    resemblance: float


@dataclass(slots=True)
class Assignment:
    """Which document goes where. ``across`` are texts that are near and stand in two parts."""

    places: dict[str, Place] = field(default_factory=dict)
    across: list[Pair] = field(default_factory=list)

    def of(self, documents: Collection[str]) -> "Assignment":
        """The same of these documents alone."""
        return Assignment(
            {uid: place for uid, place in self.places.items() if uid in documents},
            [pair for pair in self.across if pair.one in documents and pair.other in documents],
        )

    @property
    def alone(self) -> int:
        """How many documents stand for themselves."""
        return sum(place.group.startswith(_ITSELF) for place in self.places.values())


def assign(
    documents: Iterable[Document],
    plan: Plan,
    text_of: Callable[[str], str],
    frozen: Mapping[str, Place] | None = None,
) -> Assignment:
    """Where each document goes. ``documents`` come in the order in which they were brought in; for
    a split by near texts, all that there are, or one that joins later could move others.

    ``text_of`` gives a text by its document's id once more. ``frozen`` are places that stay. Raises
    ``BadInput`` for a plan that cannot be followed, or that lacks a frozen part.
    """
    plan.checked()
    made, held = Assignment(), frozen or {}
    hold(held, plan.parts)
    of_group: dict[str, str] = {}
    for kept in held.values():
        of_group.setdefault(kept.group, kept.part)
    likeness = _Likeness(text_of)
    for document in documents:
        near = likeness.of(document)
        group = plan.group(document)
        if plan.by == "near" and near:
            group = made.places[near[0][0]].group
        place = held.get(document.id)
        if place is None:
            place = Place(of_group.get(group) or plan.part(group), group)
        made.places[document.id] = place
        of_group.setdefault(place.group, place.part)
        for other, how in near:
            if made.places[other].part != place.part:
                made.across.append(Pair(other, document.id, round(how, 4)))
    return made


def hold(frozen: Mapping[str, Place], parts: Collection[str]) -> None:
    """Raises ``BadInput`` where frozen documents are in a part that a plan does not have."""
    unknown = {place.part for place in frozen.values()} - set(parts)
    if unknown:
        raise BadInput(f"The frozen file has the part “{min(unknown)}”, and the plan does not.")


class _Likeness:
    """Which of the documents so far a text is near to. Texts are not kept, but asked for again."""

    def __init__(self, text_of: Callable[[str], str]):
        self._by_band: dict[int, list[str]] = {}
        self._order: dict[str, int] = {}
        self._shingles = lru_cache(maxsize=256)(lambda uid: shingles(text_of(uid)))

    def of(self, document: Document) -> list[tuple[str, float]]:
        """The earlier documents that one is near to, the first of all first, and how near."""
        mine = shingles(document.text)
        own = bands(mine)
        met = {uid for band in own for uid in self._by_band.get(band, ())}
        found = []
        for uid in sorted(met, key=self._order.__getitem__):
            if (how := resemblance(mine, self._shingles(uid))) >= LEAST:
                found.append((uid, how))
        for band in own:
            self._by_band.setdefault(band, []).append(document.id)
        self._order[document.id] = len(self._order)
        return found


def write(places: Mapping[str, Place]) -> bytes:
    """Places as a file: a line a document, sorted by id, with tabs between id, part and group."""
    lines = [
        f"{_escaped(uid)}\t{place.part}\t{_escaped(place.group)}\n"
        for uid, place in sorted(places.items())
    ]
    return "".join([HEADING, *lines]).encode("utf-8")


def read(data: bytes, name: str = "") -> dict[str, Place]:
    """The places that ``write`` wrote. Raises ``BadLine`` naming file and line."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = data[: error.start].count(b"\n") + 1
        raise BadLine("this is not UTF-8", place, name) from error
    lines = text.replace("\r\n", "\n").split("\n")
    if lines[0] + "\n" != HEADING:
        raise BadLine("an assignment begins with “document, part, group”, tabs between", 1, name)
    found: dict[str, Place] = {}
    for number, line in enumerate(lines[1:], 2):
        if not line:
            continue
        cells = line.split("\t")
        if len(cells) != 3 or not _PART.match(cells[1]):
            raise BadLine("a line has an id, a part and a group, with tabs between", number, name)
        uid, part, group = _unescaped(cells[0]), cells[1], _unescaped(cells[2])
        if uid in found:
            raise BadLine(f"the document “{uid}” stands here twice", number, name)
        found[uid] = Place(part, group)
    return found


def _escaped(text: str) -> str:
    return re.sub(r"[\\\t\n\r]", lambda found: _ESCAPES[found[0]], text)


def _unescaped(text: str) -> str:
    return re.sub(r"\\[\\tnr]", lambda found: _UNESCAPED[found[0]], text)


def as_data(plan: Plan) -> dict[str, Any]:
    """The plan as plain data, shares as text so that they stay exact."""
    return {
        "parts": {name: str(share) for name, share in plan.parts.items()},
        "by": plan.by,
        "seed": plan.seed,
    }


def from_data(data: Mapping[str, Any]) -> Plan:
    """The plan that ``as_data`` described. Raises ``BadInput``."""
    try:
        shares = {str(name): Fraction(share) for name, share in data["parts"].items()}
        return Plan(shares, str(data["by"]), str(data["seed"])).checked()
    except (KeyError, TypeError, ValueError, AttributeError, ZeroDivisionError) as error:
        raise BadInput(f"This is no plan of a split: {error}.") from error
