"""Lines of brat's standoff and the marks that they speak of: one ``.ann`` file at a time.

What a line becomes:

- ``T`` a mark. Parts with nothing but line breaks between them are one stretch: brat has no line
  breaks in a quote, so a span over one stands there in parts, and that is how it is written.
- ``R`` a relation, from ``Arg1`` to ``Arg2``. ``*`` (Equiv) a chain of relations.
- ``E`` the mark of its trigger, and a relation for each argument from there to the mark of the
  argument (that of its trigger, where it is an event). The number behind a role is no part of the
  relation's name.
- ``A`` and ``M`` an attribute of the mark, of an event's trigger. ``#`` the mark's note: several
  stand below each other, one of another kind than *AnnotatorNotes* begins with its kind.
- ``N`` the mark's entity, called as the line does; ``Postil-Concept:`` its concept.

What brat says beyond that (its ids, which event an attribute is about, references) waits in
``extra["brat"]`` of mark or relation, and so do lines of which nothing of ours can be made. Lines
of an unknown kind are counted.
"""

import json
import re
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from urllib.parse import unquote

from annotations.document import IMPORTED, Annotation, Relation, with_fragments
from annotations.errors import SAY_OFFSETS, BadInput, BadLine, QuotesDiffer, reason_of
from annotations.formats.interface import Reading
from annotations.formats.offsets import Unit, best_fit, lf, units
from annotations.formats.values import plain
from annotations.quote_difference import describe_mismatch
from annotations.spans import Span

KEY = "brat"
CONCEPTS, ENTITIES = "Postil-Concept", "Postil"
NOTE = "AnnotatorNotes"
"""The kind of a note that brat's own dialogue makes."""

_NAMESPACE = uuid.UUID("6f5c1d7e-0c1b-5c1e-9d53-0d3c7e1f6a21")
_NO_TYPE = re.compile(r"[^\w.+-]+")
ROLE = re.compile(r"(.*?\D)\d*\Z")
ID = re.compile(r"([TERAMN#])([A-Za-z]*)([0-9]+)(\S*)\Z")
"""An id as brat takes it: a letter that says what it is of, letters, a number, anything else."""

_ALMOST = re.compile(r"[TERAMN]\d+\b")

Json = dict[str, Any]


def made_id(*parts: str) -> str:
    """An id made of what it is about: the same for the same."""
    return str(uuid.uuid5(_NAMESPACE, "\n".join(parts)))


class Types:
    """Names of ours and of brat's, which hold no spaces: “made by” goes out as ``made_by``.

    ``renamed`` has brat's name and ours where they differ; a file beside the marks keeps it.
    """

    def __init__(self, renamed: Mapping[str, str] | None = None):
        self.renamed = dict(renamed or {})
        self._out: dict[str, str] = {}
        self._taken: set[str] = set()

    def out(self, name: str) -> str:
        """brat's name for one of ours; no two of ours share one."""
        known = self._out.get(name)
        if known is None:
            bare = known = _NO_TYPE.sub("_", name) or "_"
            number = 1
            while known in self._taken:
                number += 1
                known = f"{bare}_{number}"
            self._out[name] = known
            self._taken.add(known)
            if known != name:
                self.renamed[known] = name
        return known

    def back(self, name: str) -> str:
        """Our name for one of brat's."""
        return self.renamed.get(name, name)

    def role(self, role: str) -> str:
        """The name of the relation that an argument of this role becomes: without its number."""
        if role in self.renamed:
            return self.renamed[role]
        found = ROLE.match(role)
        return self.back(found[1] if found else role)


# ── reading ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file: ``id`` is what stands before the first tab, ``parts`` is what follows."""

    name: str
    number: int
    text: str
    id: str
    parts: tuple[str, ...]

    def refused(self, reason: str) -> BadLine:
        called = self.id if len(self.id) <= 40 else f"{self.id[:40]}…"
        return BadLine(f"{called}: {reason}" if called else reason, self.number, self.name)


@dataclass(slots=True)
class Read:
    """What the lines about one document come to. ``lines`` are those of which nothing was made."""

    annotations: tuple[Annotation, ...] = ()
    relations: tuple[Relation, ...] = ()
    lines: list[str] = field(default_factory=list)
    lost: Counter[str] = field(default_factory=Counter)


def split(name: str, text: str) -> Iterator[Line]:
    """The lines of a file, those left out that hold nothing."""
    for number, line in enumerate(text.split("\n"), 1):
        line = line.rstrip("\r")
        if not line.strip():
            continue
        first, _, rest = line.partition("\t")
        yield Line(name, number, line, first, tuple(rest.split("\t", 1)))


@dataclass(slots=True)
class _Bound:
    """A ``T`` line: where it stands as the file counts, and what it quotes."""

    line: Line
    type: str
    places: list[tuple[int, int]]
    quote: str | None


def read(
    lines: Iterable[Line],
    raw: str,
    types: Types,
    json_ids: Iterable[str],
    seed: str,
    reading: Reading | None = None,
) -> Read:
    """The marks and relations of a document's lines; ``raw`` is its text as the file has it.

    ``json_ids`` are of lines whose value is JSON; ids are made of ``seed`` and brat's own.
    ``reading`` has the unit of spans that quote nothing, and takes bad lines. Raises ``BadLine``.
    """
    reading = reading or Reading()
    parts = reading.parts
    sorted_lines: dict[str, list[Line]] = defaultdict(list)
    ids: set[str] = set()
    gone: set[str] = set()
    for line in lines:
        letter = line.id[:1]
        known = letter == "*" if line.id == "*" else bool(ID.match(line.id))
        if known and letter != "*":
            if line.id in ids:
                parts.leave_out(line.refused("this id stands twice in the file"), "line")
                continue
            ids.add(line.id)
        elif not known and (almost := _ALMOST.match(line.text)):
            reason = "a line is an id (a letter and a number), a tab, and what it says"
            parts.leave_out(BadLine(reason, line.number, line.name), "line")
            gone.add(almost[0])
            continue
        sorted_lines[letter if known else "?"].append(line)
    gone -= ids
    return _Reader(sorted_lines, raw, types, frozenset(json_ids), seed, reading, gone).read()


class _Reader:
    def __init__(
        self,
        lines: Mapping[str, list[Line]],
        raw: str,
        types: Types,
        json_ids: frozenset[str],
        seed: str,
        reading: Reading,
        gone: set[str],
    ):
        self._lines, self._raw, self._types = lines, raw, types
        self._json, self._seed, self._reading = json_ids, seed, reading
        self._gone = gone
        """The ids of lines that were left out."""
        self._text = lf(raw)
        self._result = Read()
        self._marks: dict[str, Json] = {}
        """By ``T`` id: the fields of the mark under way."""
        self._kept: dict[str, Json] = {}
        """By ``T`` id: what goes into its ``extra``."""
        self._events: dict[str, str] = {}
        """The ``T`` id of each event's trigger."""
        self._relations: dict[str, Json] = {}
        self._empty: set[str] = set()

    def read(self) -> Read:
        self._read_spans()
        self._read_events()
        self._each("R", self._read_relation)
        for number, line in enumerate(self._lines.get("*", ()), 1):
            self._read_equivalents(line, number)
        self._each("AM", self._read_attribute)
        self._each("N", self._read_name)
        self._each("#", self._read_note)
        for line in self._lines.get("?", ()):
            self._result.lost["lines of an unknown kind"] += 1
            self._keep(line, line.parts[0].split(" ")[1:2] if line.parts else [])
        self._result.annotations = tuple(
            Annotation(**said, origin=IMPORTED, extra={KEY: self._kept[uid]})
            for uid, said in self._marks.items()
        )
        self._result.relations = tuple(Relation(**said) for said in self._relations.values())
        return self._result

    def _each(self, letters: str, read: Callable[[Line], None]) -> None:
        """Read the lines of some kinds; bad ones are left out."""
        for letter in letters:
            for line in self._lines.get(letter, ()):
                try:
                    read(line)
                except BadInput as error:
                    self._leave_out(line, error)

    def _leave_out(self, line: Line, error: BadInput) -> None:
        """Report a line that is left out, with all that is said of it; or raise."""
        if not isinstance(error, BadLine) or error.line is None:
            error = line.refused(reason_of(error))
        self._reading.parts.leave_out(error, "line")
        self._gone.add(line.id)

    def _refuse_gone(self, line: Line, uid: str) -> None:
        if uid in self._gone:
            raise line.refused(f"{uid[:40]}, which it is about, was left out")

    # Spans.

    def _read_spans(self) -> None:
        bound: list[_Bound] = []
        self._each("T", lambda line: bound.append(self._bound(line)))
        if not bound:
            return
        unit, misfits = self._unit(bound)
        for number, each in enumerate(bound):
            try:
                if number in misfits:
                    raise self._misfit(each, unit)
                self._mark(each, unit)
            except BadInput as error:
                self._leave_out(each.line, error)

    def _bound(self, line: Line) -> _Bound:
        kind, _, places = line.parts[0].partition(" ")
        try:
            pairs = [
                (int(start), int(end)) for start, end in (p.split(" ") for p in places.split(";"))
            ]
        except ValueError:
            raise line.refused(
                "a span is “Type START END”, then a tab and the text; parts of a span are "
                "separated by “;”"
            ) from None
        if not kind or any(not 0 <= start <= end for start, end in pairs):
            raise line.refused("a span begins before it ends, and has a type")
        return _Bound(line, kind, pairs, line.parts[1] if len(line.parts) > 1 else None)

    def _unit(self, bound: Sequence[_Bound]) -> tuple[Unit, frozenset[int]]:
        """The unit that most quotes prove, and the numbers of the spans that do not fit it."""
        known = list(units(self._raw))
        quoting = [number for number, each in enumerate(bound) if each.quote is not None]
        if not quoting and len(known) > 1:
            return self._unit_said(known, bound[0].line), frozenset()
        unit, misfits = best_fit(
            known, lambda unit: (n for n in quoting if not _agrees(unit, bound[n]))
        )
        if misfits and not self._reading.parts.may_be_left_out:
            raise self._differing(bound, known[0])
        if quoting and len(misfits) == len(quoting) and len(known) > 1:
            misfits = frozenset(range(len(bound)))  # Nothing proves those that quote nothing.
        return unit, misfits

    def _differing(self, bound: Sequence[_Bound], unit: Unit) -> QuotesDiffer:
        wrong = [each for each in bound if each.quote is not None and not _agrees(unit, each)]
        return QuotesDiffer(
            tuple(
                (each.places[0][0], each.places[-1][1], each.quote or "", _found(unit, each))
                for each in wrong
            ),
            wrong[0].line.number,
            wrong[0].line.name,
        )

    def _unit_said(self, known: Sequence[Unit], line: Line) -> Unit:
        wanted = {"code-points": "code points", "utf-16": "UTF-16"}.get(self._reading.offsets)
        for unit in known:
            if unit.name == wanted:
                return unit
        if wanted:
            return known[0]
        raise line.refused(
            "no span quotes its text, which has characters or line ends that can be counted in "
            f"several ways; {SAY_OFFSETS}: code points or UTF-16"
        )

    def _misfit(self, each: _Bound, unit: Unit) -> BadLine:
        if each.quote is None:
            return each.line.refused("it quotes nothing, and no other quote proves its place")
        start, end = each.places[0][0], each.places[-1][1]
        try:
            found = " ".join(_pieces(unit, each))
        except BadInput as error:
            return each.line.refused(str(error))
        said = describe_mismatch(start, end, each.quote, found)
        return each.line.refused(f"the text is not what it quotes: {said}")

    def _mark(self, each: _Bound, unit: Unit) -> None:
        line = each.line
        parts = sorted(Span(unit.place(start), unit.place(end)) for start, end in each.places)
        parts = [part for part in parts if part.start < part.end]
        if not parts:
            self._result.lost["spans without a character"] += 1
            self._empty.add(line.id)
            return
        hull, fragments = with_fragments(tuple(joined(parts, self._text)))
        hull.within(self._text)
        label = self._types.back(each.type)
        if not label:
            raise line.refused("the map of names gives this type no name")
        self._marks[line.id] = {
            "id": made_id(self._seed, line.id),
            "start": hull.start,
            "end": hull.end,
            "label": label,
            "fragments": fragments,
            "attributes": {},
        }
        self._kept[line.id] = {"id": line.id}

    # Events and relations.

    def _read_events(self) -> None:
        parsed: list[tuple[Line, str, list[tuple[str, str]]]] = []
        self._each("E", lambda line: self._read_event(line, parsed))
        for line, trigger, arguments in parsed:
            for number, (role, uid) in enumerate(arguments):
                if self._is_lost(uid):
                    self._lose(line)
                    continue
                kept = {"event": line.id, "role": role, "n": number}
                try:
                    self._relate(
                        line, f"{line.id}.{number}", self._types.role(role), trigger, uid, kept
                    )
                except BadInput as error:
                    self._reading.parts.leave_out(error, "relation", f"the argument {role[:40]}")

    def _read_event(
        self, line: Line, parsed: list[tuple[Line, str, list[tuple[str, str]]]]
    ) -> None:
        pairs = [part.partition(":")[::2] for part in line.parts[0].split()]
        if not pairs or not all(name and uid for name, uid in pairs):
            raise line.refused("an event is “Type:TRIGGER Role:ID …”")
        (kind, trigger), arguments = pairs[0], pairs[1:]
        if trigger in self._empty:
            self._lose(line)
            return
        self._refuse_gone(line, trigger)
        if trigger not in self._marks:
            raise line.refused(f"its trigger {trigger} is no span of this file")
        self._events[line.id] = trigger
        same = self._types.back(kind) == self._marks[trigger]["label"]
        self._kept[trigger].setdefault("events", {})[line.id] = "" if same else kind
        parsed.append((line, trigger, arguments))

    def _relate(self, line: Line, key: str, label: str, head: str, child: str, kept: Json) -> None:
        ends = []
        for end in (head, child):
            self._refuse_gone(line, end)
            mark = self._marks.get(self._events.get(end, end))
            if mark is None:
                raise line.refused(f"{end} is no span and no event of this file")
            ends.append(mark["id"])
        if not label:
            raise line.refused("the map of names gives this relation no name")
        if child in self._events:
            kept["to"] = child
        if head in self._events:
            kept["from"] = head
        self._relations[key] = {
            "id": made_id(self._seed, key),
            "head": ends[0],
            "child": ends[1],
            "label": label,
            "extra": {KEY: kept},
        }

    def _read_relation(self, line: Line) -> None:
        kind, *arguments = line.parts[0].split()
        pairs = [part.partition(":")[::2] for part in arguments]
        if len(pairs) != 2 or not all(name and uid for name, uid in pairs):
            raise line.refused("a relation is “Type Arg1:ID Arg2:ID”")
        (first, head), (second, child) = pairs
        if self._is_lost(head) or self._is_lost(child):
            self._lose(line)
        elif head.startswith("R") or child.startswith("R"):
            self._keep(line, [])  # A relation between relations, which is none of ours.
        else:
            kept: Json = {"id": line.id}
            if (first, second) != ("Arg1", "Arg2"):
                kept["args"] = [first, second]
            self._relate(line, line.id, self._types.back(kind), head, child, kept)

    def _read_equivalents(self, line: Line, number: int) -> None:
        kind, *members = line.parts[0].split() or [""]
        for uid in self._gone.intersection(members):
            error = line.refused(f"{uid[:40]}, one of its members, was left out")
            self._reading.parts.leave_out(error, "relation")
            members.remove(uid)
        present = [uid for uid in members if self._events.get(uid, uid) in self._marks]
        if len(present) < len(members) or len(members) < 2:
            self._keep(line, present)
            return
        for place, (head, child) in enumerate(pairwise(members)):
            kept = {"equiv": number, "n": place}
            self._relate(line, f"*{number}.{place}", self._types.back(kind), head, child, kept)

    # What is said of a mark.

    def _read_attribute(self, line: Line) -> None:
        name, target, value = (*line.parts[0].rstrip().split(" ", 2), "", "")[:3]
        self._refuse_gone(line, target)
        mark = self._marks.get(self._events.get(target, target))
        ours = self._types.back(name)
        if mark is None or ours in mark["attributes"]:
            self._keep(line, [target])
            return
        mark["attributes"][ours] = self._value(line, value) if value else True
        trigger = self._events.get(target, target)
        self._kept[trigger].setdefault("said", {})[ours] = [line.id, target]

    def _read_name(self, line: Line) -> None:
        _, target, reference = (*line.parts[0].split(" ", 2), "", "")[:3]
        base, _, ident = reference.partition(":")
        self._refuse_gone(line, target)
        uid = self._events.get(target, target)
        mark = self._marks.get(uid)
        name = self._value(line, line.parts[1].rstrip()) if len(line.parts) > 1 else ""
        if not name and base in (ENTITIES, CONCEPTS) and line.id not in self._json:
            name = unquote(ident)
        field = "concept" if base == CONCEPTS else "entity"
        unnamed = not isinstance(name, str) or not (name or line.id in self._json)
        if mark is None or unnamed or field in mark:
            self._keep(line, [target])
        else:
            mark[field] = name
            self._kept[uid][field] = [line.id, target, reference, name]

    def _read_note(self, line: Line) -> None:
        kind, _, target = line.parts[0].strip().partition(" ")
        self._refuse_gone(line, target)
        uid = self._events.get(target, target)
        mark = self._marks.get(uid)
        note = self._value(line, line.parts[1].strip()) if len(line.parts) > 1 else ""
        if mark is None or not isinstance(note, str) or not (note or kind != NOTE):
            self._keep(line, [target])
            return
        said = describe_note(kind, note)
        before = mark.get("note")
        mark["note"] = said if before is None else f"{before}\n{said}"
        kept = self._kept[uid]
        if kind == NOTE and before is None:
            kept["note"] = [line.id, target]
            return
        if (first := kept.pop("note", None)) is not None:
            kept["notes"] = [[*first, NOTE, before]]
        kept.setdefault("notes", []).append([line.id, target, kind, note])

    def _value(self, line: Line, value: str) -> Any:
        """What a line says; JSON where the file beside says that it is, as far as it still is."""
        if line.id not in self._json:
            return value
        try:
            return plain(json.loads(value))
        except (ValueError, RecursionError):
            return value

    def _is_lost(self, uid: str) -> bool:
        if uid in self._gone:
            return False
        return uid in self._empty or (
            uid.startswith("E") and uid not in self._events and self._is_known(uid)
        )

    def _is_known(self, uid: str) -> bool:
        return any(line.id == uid for line in self._lines.get(uid[:1], ()))

    def _lose(self, line: Line) -> None:
        self._result.lost["relations of spans without a character"] += 1

    def _keep(self, line: Line, targets: Sequence[str]) -> None:
        """Keep a line with what it is about: of ours, as far as that is there."""
        for target in targets:
            trigger = self._events.get(target, target)
            if trigger in self._kept:
                self._kept[trigger].setdefault("lines", []).append(line.text)
                return
            if target in self._relations:
                self._relations[target]["extra"][KEY].setdefault("lines", []).append(line.text)
                return
        self._result.lines.append(line.text)


def describe_note(kind: str, note: str) -> str:
    """What a note says, with its kind where that is not the usual one."""
    if kind == NOTE:
        return note
    return f"{kind}: {note}" if note else kind


def _flat(text: str) -> str:
    return lf(text).replace("\n", " ")


def _pieces(unit: Unit, each: _Bound) -> list[str]:
    return [unit.quotes(start, end) for start, end in each.places]


def _agrees(unit: Unit, each: _Bound) -> bool:
    """Whether the quote stands there: parts joined by a space, before brat 1.3 by nothing."""
    try:
        pieces = _pieces(unit, each)
    except BadInput:
        return False
    said = _flat(each.quote or "")
    return said in (_flat(" ".join(pieces)), _flat("".join(pieces)))


def _found(unit: Unit, each: _Bound) -> str:
    try:
        return " ".join(_pieces(unit, each))
    except BadInput:
        return ""


def joined(parts: Sequence[Span], text: str) -> Iterator[Span]:
    """The parts, those made one that only line breaks lie between."""
    under_way = parts[0]
    for part in parts[1:]:
        gap = text[under_way.end : part.start]
        if gap and not gap.strip("\n") and "\n" not in (text[under_way.end - 1], text[part.start]):
            under_way = Span(under_way.start, part.end)
        else:
            yield under_way
            under_way = part
    yield under_way
