"""Marks as lines of brat's standoff: what ``standoff`` reads, the other way round.

Ids that came with a file are given again as long as they are free; what is new gets numbers above
them. So what came out of brat goes back as it was, with what was changed.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from annotations.document import Annotated, Annotation, Relation
from annotations.formats.standoff import (
    CONCEPTS,
    ENTITIES,
    ID,
    KEY,
    NOTE,
    ROLE,
    Json,
    Types,
    describe_note,
    joined,
)
from annotations.spans import Span

_LETTERS = "TER*AMN#"


class Kept:
    """What an ``extra`` keeps of brat's, as far as it has the form that reading gives it."""

    __slots__ = ("said",)

    def __init__(self, extra: Mapping[str, Any]):
        given = extra.get(KEY)
        self.said: Json = given if isinstance(given, dict) else {}

    def text(self, key: str) -> str:
        value = self.said.get(key)
        return value if isinstance(value, str) else ""

    def number(self, key: str) -> int:
        value = self.said.get(key)
        return value if type(value) is int else 0

    def texts(self, key: str) -> list[str]:
        value = self.said.get(key)
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            return value
        return []

    def objects(self, key: str) -> Json:
        value = self.said.get(key)
        return value if isinstance(value, dict) else {}

    def notes(self) -> list[list[str]]:
        """Several notes, or such of a kind of their own: id, target, kind and text of each."""
        given = self.said.get("notes")
        found = given if isinstance(given, list) else []
        is_note = [
            type(n) is list and len(n) == 4 and all(type(t) is str for t in n) for n in found
        ]
        return found if all(is_note) else []

    def lines(self) -> list[str]:
        """Lines that can be written as they came."""
        return [line for line in self.texts("lines") if line.strip() and not _breaks(line)]


def _breaks(line: str) -> bool:
    return "\n" in line or "\r" in line


class _Ids:
    """Numbers of lines: those that are wanted and free, and new ones above them all."""

    def __init__(self, wanted: Iterable[str]):
        self._next: Counter[str] = Counter()
        self._taken: set[str] = set()
        for uid in wanted:
            # No new number is as long as those that are passed over.
            if (found := ID.match(uid)) and len(found[3]) <= 18:
                self._next[found[1]] = max(self._next[found[1]], int(found[3]))

    def take(self, letter: str, wanted: str = "") -> str:
        if wanted and wanted not in self._taken and ID.match(wanted) and wanted[0] in letter:
            self._taken.add(wanted)
            return wanted
        letter = letter[0]
        self._next[letter] += 1
        uid = f"{letter}{self._next[letter]}"
        self._taken.add(uid)
        return uid


@dataclass(slots=True)
class Written:
    """The lines of a file, and the ids of those whose value is JSON."""

    lines: list[str] = field(default_factory=list)
    json_ids: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Seen:
    """The names that were written, by what they name: for the configuration of brat."""

    spans: set[str] = field(default_factory=set)
    events: dict[str, set[str]] = field(default_factory=dict)
    relations: set[str] = field(default_factory=set)
    attributes: dict[str, set[str]] = field(default_factory=dict)


def written(
    annotated: Annotated,
    types: Types,
    seen: Seen,
    lost: Counter[str],
    loose: Sequence[str] = (),
) -> Written:
    """The lines of an ``.ann`` file; ``loose`` are those that came with no mark to keep them.

    What they cannot say of marks and relations, beyond what ``losses.count`` knows of, is counted:
    relations to an actor, and spans that begin or end with a line break.
    """
    return _Writer(annotated, types, seen, lost, loose).write()


class _Writer:
    def __init__(
        self,
        annotated: Annotated,
        types: Types,
        seen: Seen,
        lost: Counter[str],
        loose: Sequence[str],
    ):
        self._annotated, self._types, self._seen, self._lost = annotated, types, seen, lost
        self._loose = [line for line in loose if line.strip() and not _breaks(line)]
        self._text = annotated.document.text
        self._kept = {mark.id: Kept(mark.extra) for mark in annotated.annotations}
        self._ids = _Ids(self._wanted())
        self._refs: dict[str, str] = {}
        """By the mark's id: its line's."""
        self._own: set[str] = set()
        """The marks that have the id back with which they came."""
        self._events: dict[tuple[str, str], str] = {}
        """By the mark's id and the event's id as it came: the event's id as it goes."""
        self._result = Written()
        self._lines: list[tuple[int, tuple[int, str], str]] = []

    def _wanted(self) -> Iterator[str]:
        for line in self._every_line():
            yield line.partition("\t")[0]
        for kept in self._kept.values():
            yield kept.text("id")
            yield from kept.objects("events")
            for key in ("note", "entity", "concept"):
                yield from kept.texts(key)[:1]
            yield from (uid for uid, *_ in kept.notes())
            for said in kept.objects("said").values():
                yield from (uid for uid in (said if isinstance(said, list) else [])[:1] if uid)
        for relation in self._annotated.relations:
            yield Kept(relation.extra).text("id")

    def _every_line(self) -> Iterator[str]:
        yield from self._loose
        for kept in self._kept.values():
            yield from kept.lines()
        for relation in self._annotated.relations:
            yield from Kept(relation.extra).lines()

    def write(self) -> Written:
        marks = [mark for mark in self._annotated.annotations if self._write_span(mark)]
        for line in self._loose:
            self._keep(line)
        for mark in marks:
            for event in self._kept[mark.id].objects("events"):
                if mark.id in self._own and isinstance(event, str):
                    self._events[mark.id, event] = self._ids.take("E", event)
        self._write_relations()
        for mark in marks:
            self._write_said(mark)
        self._lines.sort(key=lambda line: line[:2])
        self._result.lines = [line for _, _, line in self._lines]
        return self._result

    def _write_span(self, mark: Annotation) -> bool:
        stretches = [each for part in mark.spans for each in self._unbroken(part)]
        if self._unlike(mark, stretches):
            self._lost["borders"] += 1
        if not stretches:
            return False
        wanted = self._kept[mark.id].text("id")
        uid = self._refs[mark.id] = self._ids.take("T", wanted)
        if uid == wanted:
            self._own.add(mark.id)
        elif self._kept[mark.id].said:
            self._lost["extra"] += 1
        kind = self._types.out(mark.label)
        self._seen.spans.add(kind)
        places = ";".join(f"{each.start} {each.end}" for each in stretches)
        quoted = " ".join(each.of(self._text) for each in stretches)
        self._add(uid, f"{kind} {places}", quoted)
        return True

    def _unlike(self, mark: Annotation, stretches: Sequence[Span]) -> bool:
        """Whether these stretches would be read as another place than the mark's."""
        return tuple(joined(stretches, self._text) if stretches else ()) != mark.spans

    def _unbroken(self, part: Span) -> Iterator[Span]:
        """A stretch, parted at its line breaks and without those at its ends."""
        for found in re.finditer(r"[^\n]+", part.of(self._text)):
            yield Span(part.start + found.start(), part.start + found.end())

    def _ref(self, mark: str, wanted: str) -> str:
        """What a line calls a mark: an event of it, where that was meant, or its span."""
        return self._events.get((mark, wanted)) or self._refs[mark]

    # Relations.

    def _write_relations(self) -> None:
        chains: dict[tuple[int, str], list[tuple[int, Relation]]] = defaultdict(list)
        arguments: dict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
        for relation in self._annotated.relations:
            kept = Kept(relation.extra)
            child = relation.child
            if child is None or relation.head not in self._refs or child not in self._refs:
                self._lost["relations"] += 1
                continue
            event = kept.text("event")
            if (relation.head, event) in self._events:
                role = self._role(kept.text("role"), relation.label)
                said = f"{role}:{self._ref(child, kept.text('to'))}"
                arguments[relation.head, event].append((kept.number("n"), said))
                for line in kept.lines():
                    self._keep(line)
            elif kept.number("equiv"):
                key = (kept.number("equiv"), relation.label)
                chains[key].append((kept.number("n"), relation))
            else:
                self._write_relation(relation, kept)
        for chain in chains.values():
            self._write_chain(chain)
        for mark in self._annotated.annotations:
            events = self._kept[mark.id].objects("events")
            for (owner, event), uid in self._own_events(mark.id):
                given = events[event]
                kind = given if isinstance(given, str) and _is_type(given) else ""
                kind = kind or self._types.out(mark.label)
                given_roles = sorted(arguments[owner, event], key=lambda a: a[0])
                roles = [text for _, text in given_roles]
                self._seen.events.setdefault(kind, set()).update(
                    self._types.out(self._types.role(text.partition(":")[0])) for text in roles
                )
                self._add(uid, " ".join([f"{kind}:{self._refs[owner]}", *roles]))

    def _own_events(self, mark: str) -> list[tuple[tuple[str, str], str]]:
        events = self._kept[mark].objects("events")
        return [
            ((mark, event), self._events[mark, event])
            for event in events
            if (mark, event) in self._events
        ]

    def _role(self, came_as: str, label: str) -> str:
        """The role with the number that it came with, unless the relation is another now."""
        found = ROLE.match(came_as)
        bare = self._types.out(label)
        return came_as if _is_type(came_as) and found and found[1] == bare else bare

    def _write_relation(self, relation: Relation, kept: Kept) -> None:
        child = relation.child or ""
        first, second = (*kept.texts("args"), "", "")[:2]
        if not (_is_type(first) and _is_type(second)):
            first, second = "Arg1", "Arg2"
        wanted = kept.text("id")
        uid = self._ids.take("R", wanted)
        kind = self._types.out(relation.label)
        self._seen.relations.add(kind)
        head_ref = self._ref(relation.head, kept.text("from"))
        child_ref = self._ref(child, kept.text("to"))
        self._add(uid, f"{kind} {first}:{head_ref} {second}:{child_ref}")
        if uid == wanted:
            for line in kept.lines():
                self._keep(line)
        elif kept.lines():
            self._lost["extra"] += 1

    def _write_chain(self, chain: list[tuple[int, Relation]]) -> None:
        """A line of equivalents, or several where a link in the middle is gone."""
        members: list[str] = []
        end = ""
        chain.sort(key=lambda link: link[0])
        kind = self._types.out(chain[0][1].label)
        self._seen.relations.add(kind)
        for _, relation in chain:
            kept, child = Kept(relation.extra), relation.child or ""
            if relation.head != end:
                self._add_equivalents(kind, members)
                members = [self._ref(relation.head, kept.text("from"))]
            members.append(self._ref(child, kept.text("to")))
            end = child
        self._add_equivalents(kind, members)

    def _add_equivalents(self, kind: str, members: list[str]) -> None:
        if members:
            self._add("*", " ".join([kind, *members]))

    # What is said of a mark.

    def _write_said(self, mark: Annotation) -> None:
        kept = self._kept[mark.id] if mark.id in self._own else Kept({})
        said = kept.objects("said")
        for name, value in mark.attributes.items():
            entry = said.get(name)
            texts = entry if isinstance(entry, list) and len(entry) == 2 else ["", ""]
            wanted, target = (each if isinstance(each, str) else "" for each in texts)
            kind = self._types.out(name)
            values = self._seen.attributes.setdefault(kind, set())
            about = f"{kind} {self._ref(mark.id, target)}"
            uid = self._ids.take("AM", wanted)
            if value is True:
                self._add(uid, about)
            else:
                text = self._said(uid, value)
                if len(values) < 100:
                    values.add(text)
                self._add(uid, f"{about} {text}")
        for key, base, named in (
            ("entity", ENTITIES, mark.entity),
            ("concept", CONCEPTS, mark.concept),
        ):
            if named is None:
                continue
            wanted, target, reference, known = (*kept.texts(key), "", "", "", "")[:4]
            if known != named or not re.fullmatch(r"[^\s:]+:\S+", reference):
                reference = f"{base}:{quote(named, safe='') or '_'}"
            uid = self._ids.take("N", wanted)
            self._add(
                uid, f"Reference {self._ref(mark.id, target)} {reference}", self._said(uid, named)
            )
        if mark.note:
            self._write_notes(mark, kept)
        for line in kept.lines():
            self._keep(line)

    def _write_notes(self, mark: Annotation, kept: Kept) -> None:
        notes = kept.notes()
        if mark.note != "\n".join(describe_note(kind, text) for _, _, kind, text in notes) or any(
            not _is_type(kind) for _, _, kind, _ in notes
        ):
            wanted, target = (*kept.texts("note"), "", "")[:2]
            notes = [[wanted, target, NOTE, mark.note]]
        for wanted, target, kind, text in notes:
            uid = self._ids.take("#", wanted)
            about = f"{kind} {self._ref(mark.id, target)}"
            self._add(uid, about, *([self._said(uid, text)] if text else []))

    def _said(self, uid: str, value: Any) -> str:
        """A value as text: as it is where that can be read again, else as JSON."""
        if isinstance(value, str) and value and value.isprintable() and value.strip() == value:
            return value
        self._result.json_ids.append(uid)
        return json.dumps(value, allow_nan=False)

    def _keep(self, line: str) -> None:
        uid = line.partition("\t")[0]
        if ID.match(uid) and self._ids.take(uid[0], uid) != uid:
            self._lost["extra"] += 1
            return
        self._lines.append((_place(line), _number(uid), line))

    def _add(self, uid: str, *parts: str) -> None:
        line = "\t".join((uid, *parts))
        self._lines.append((_place(line), _number(uid), line))


def _place(line: str) -> int:
    place = _LETTERS.find(line[:1])
    return place if place >= 0 else len(_LETTERS)


def _number(uid: str) -> tuple[int, str]:
    """The number of an id, to be sorted by; it may have more digits than a number should."""
    found = ID.match(uid)
    digits = found[3].lstrip("0") if found else ""
    return len(digits), digits


def _is_type(name: str) -> bool:
    return bool(name) and not re.search(r"[\s:]", name)
