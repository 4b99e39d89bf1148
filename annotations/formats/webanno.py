"""WebAnno TSV 3: the tables of WebAnno and INCEpTION, a token a line; read only.

The head declares layers of spans (``#T_SP``), chains (``#T_CH``) and relations (``#T_RL``) with
their features, a column each. ``#Text=`` gives the text of a sentence, a line (``1-2``) each of its
tokens, further ones (``1-2.1``) parts of tokens that spans begin or end with. Offsets are UTF-16
code units; other tools count code points, which the tokens prove. Spans that share a number
(``PER[1]``) are one, from the first of their tokens to the last; several in a cell stand on top of
each other (``PER[1]|ORG[2]``). ``_`` is nothing, ``*`` a span or a feature without a value, and
what would mean something else has a backslash before it.

What a feature ``value`` or ``label`` says, or the only one of a layer, is the label, where it is
not long; the others are attributes. Else the label is the layer's name. Where the file has several
layers of marks, the attribute ``layer`` keeps it beside a label from a feature. A chain is its
spans with a relation from each to the next; slots become relations. Layers of tokens (lemmas, parts
of speech, dependencies …) are counted, as are spans without a character.

Source: “WebAnno TSV 3.3 File format” in INCEpTION's user guide.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import IO

from annotations.document import Annotated, sha256
from annotations.errors import BadInput, BadLine, located
from annotations.formats import further
from annotations.formats.interface import Reading, of_sentence
from annotations.formats.lines import without_mark
from annotations.formats.offsets import Unit, lf, stated
from annotations.formats.standoff import made_id
from annotations.formats.values import Json
from annotations.formats.webanno_head import (
    NAMING,
    OF_TOKENS,
    Layer,
    layer_of,
    numbered,
    parts,
    plain,
    value,
)

BEGINS = b"#FORMAT=WebAnno TSV 3"
MAX_LINE = 64 * 1024 * 1024
MAX_UNITS = 2_000_000
"""Tokens and parts of tokens in a document."""

_LONG = 80
"""Characters of a value that is no label."""

_SAID_OF_TOKENS = "tokens, sentences and what is said of them"
_LOOSE = "relations of what is no mark"
_UNIT = re.compile(r"([0-9]{1,9}-[0-9]{1,9})(?:\.[0-9]{1,9})?")
_OFFSETS = re.compile(r"([0-9]{1,10})-([0-9]{1,10})")
_REFERENCE = re.compile(
    r"([0-9]{1,9}-[0-9]{1,9}(?:\.[0-9]{1,9})?)(?:\[([0-9]{1,9})(?:_([0-9]{1,9}))?\])?"
)
_LINK = re.compile(r"((?:\\.|[^\\])*?)->([0-9]{1,9})-([0-9]{1,9})", re.DOTALL)
_EXPORTED = re.compile(r"(?:.*/)?(?:annotation|curation)/([^/]+)/([^/]+)\.tsv", re.IGNORECASE)
"""Where INCEpTION's export of a project has what somebody marked in a document."""


@dataclass(slots=True)
class _Unit:
    """A token, or a part of one. Offsets are as the file has them."""

    line: int
    name: str
    begin: int
    end: int
    form: str
    cells: list[str]


@dataclass(slots=True)
class _Sentence:
    line: int
    text: list[str] = field(default_factory=list)
    units: list[_Unit] = field(default_factory=list)
    error: BadLine | None = None


@dataclass(slots=True)
class _Mark:
    """A span as it is put together: the units it lies on, by their sentence, and its features."""

    layer: Layer
    line: int
    values: dict[str, str] = field(default_factory=dict)
    units: list[_Unit] = field(default_factory=list)
    sentences: set[int] = field(default_factory=set)
    slots: list[tuple[str, str, str, str]] = field(default_factory=list)
    """The feature, the role, what it leads to, and the layer of that."""
    id: str = ""


@dataclass(slots=True)
class _Arc:
    """A relation: where it comes from, and the mark that it leads to by its unit and number."""

    layer: Layer
    line: int
    values: dict[str, str]
    source: str
    numbers: tuple[str, str]
    unit: str
    sentence: int


def read(
    stream: IO[bytes],
    bad: Callable[[BadLine], None] | None = None,
    reading: Reading | None = None,
) -> Iterator[Annotated]:
    """The document of a file.

    Raises ``BadLine`` with the line; with ``bad`` given, that is called with what is wrong in a
    sentence, whose spans are left out; the text stays whole.
    """
    reading = reading or Reading()
    table = _Table(reading)
    number = 0
    while line := stream.readline(MAX_LINE + 1):
        number += 1
        try:
            table.take(_decoded(line, number), number)
        except BadInput as error:
            told = located(error, number)
            if bad is None or table.is_in_head:
                if bad is None:
                    raise told from error
                bad(told)
                return
            table.refuse(told)
    try:
        yield from table.made(bad)
    except BadInput as error:
        told = located(error, 1)
        if bad is None:
            raise told from error
        bad(told)


def _decoded(line: bytes, number: int) -> str:
    if len(line) > MAX_LINE:
        raise BadLine(f"a line may have {MAX_LINE // 2**20} MB, and this one has more")
    if number == 1:
        line = without_mark(line)
    try:
        return line.decode().rstrip("\n").removesuffix("\r")
    except UnicodeDecodeError as error:
        raise BadLine(f"this is not UTF-8 (at byte {error.start + 1}); save it as UTF-8") from None


class _Table:
    """The file as it is read."""

    def __init__(self, reading: Reading):
        self._reading, self._lost = reading, reading.lost
        self.is_in_head = True
        self._layers: list[Layer] = []
        self._width = 0
        self._sentences: list[_Sentence] = []
        self._is_within = False
        self._units = 0
        self._known: set[str] = set()
        self._marks: dict[tuple[str, ...], _Mark] = {}
        self._on: dict[tuple[str, str], list[_Mark]] = {}
        self._arcs: list[_Arc] = []

    # Lines.

    def take(self, line: str, number: int) -> None:
        if number == 1:
            if not line.encode().startswith(BEGINS):
                raise BadLine(f"a file in WebAnno TSV 3 begins with “{BEGINS.decode()}.3”")
        elif self.is_in_head and line.startswith("#T_"):
            self._layers.append(layer_of(line, self._width))
            self._width += len(self._layers[-1].features)
        elif not line.strip():
            self._is_within = False
        elif line.startswith("#Text="):
            self._text(line.removeprefix("#Text="), number)
        elif line.startswith("#"):
            self._lost["comments"] += 1
        else:
            self._unit(line, number)

    def _text(self, said: str, number: int) -> None:
        self.is_in_head = False
        if not self._is_within or self._sentences[-1].units:
            self._sentences.append(_Sentence(number))
            self._is_within = True
        self._sentences[-1].text.append(plain(said))

    def _unit(self, line: str, number: int) -> None:
        if not self._is_within:
            raise BadLine(f"there is no “#Text=” before “{line[:40]}”")
        name, offsets, form, *cells = [*line.split("\t"), "", ""][: max(3, line.count("\t") + 1)]
        begins = _OFFSETS.fullmatch(offsets)
        if not _UNIT.fullmatch(name) or begins is None:
            raise BadLine(
                f"“{line[:40]}” is no token; it begins with its number (1-2), its offsets (4-9) "
                "and its text, with tabs between them"
            )
        if len(cells) == self._width + 1 and not cells[-1]:
            cells.pop()
        if len(cells) != self._width:
            raise BadLine(
                f"here are {len(cells)} columns behind the token, and the head of the file "
                f"declares {self._width}"
            )
        if name in self._known:
            raise BadLine(f"there is a token {name} already")
        self._units += 1
        if self._units > MAX_UNITS:
            raise BadLine(f"a document may have {MAX_UNITS:,} tokens")
        self._known.add(name)
        unit = _Unit(number, name, int(begins[1]), int(begins[2]), plain(form), cells)
        self._sentences[-1].units.append(unit)

    def refuse(self, error: BadLine) -> None:
        """Have the spans of the sentence that is read left out."""
        if not self._sentences:
            self._sentences.append(_Sentence(error.line or 1))
        last = self._sentences[-1]
        last.error = last.error or error

    # The text.

    def made(self, bad: Callable[[BadLine], None] | None) -> Iterator[Annotated]:
        if self.is_in_head:
            return
        text, wrong = self._proven()
        for place, error in wrong.items():
            self._sentences[place].error = self._sentences[place].error or error
        for place, sentence in enumerate(self._sentences):
            if sentence.error is None:
                try:
                    for unit in sentence.units:
                        self._read(unit, place)
                except BadLine as error:
                    sentence.error = located(error, sentence.line)
        refused = {n: each.error for n, each in enumerate(self._sentences) if each.error}
        for told in refused.values():
            if bad is None:
                raise told
            bad(of_sentence(told))
        yield self._annotated(text, refused)

    def _proven(self) -> tuple[Unit, dict[int, BadLine]]:
        """The text in the unit in which most tokens stand where they say, and the sentences in
        which one does not. UTF-16 is what the format says, code points are what some tools write.
        """
        found = []
        for name in ("utf-16", "code-points"):
            try:
                text, wrong = self._counted(name)
            except BadLine as error:
                found.append((len(self._sentences) + 1, Unit("", ""), {0: error}))
                continue
            found.append((len(wrong), text, wrong))
            if not wrong:
                break
        least = min(found, key=lambda each: each[0])
        if least[0] > len(self._sentences):
            raise least[2][0]
        return least[1], least[2]

    def _counted(self, name: str) -> tuple[Unit, dict[int, BadLine]]:
        pieces: list[str] = []
        length = 0
        for number, sentence in enumerate(self._sentences):
            text = "\n".join(sentence.text)
            begin = sentence.units[0].begin if sentence.units else length + (number > 0)
            if begin < length:
                raise BadLine(
                    f"the sentence begins at {begin}, before the one before it ends ({length})",
                    sentence.line,
                )
            gap = begin - length
            if gap > MAX_LINE:
                raise BadLine(
                    f"the sentence begins at {begin}, far behind the one before it", sentence.line
                )
            first = "\n" if number and gap else " "
            pieces += [first[: min(gap, 1)], " " * (gap - 1), text]
            length = begin + _length(text, name)
        variant = "".join(pieces)
        unit = stated(variant, name)
        wrong: dict[int, BadLine] = {}
        for number, sentence in enumerate(self._sentences):
            for each in sentence.units:
                if number not in wrong and not _stands(unit, each):
                    wrong[number] = BadLine(
                        f"“{each.form[:40]}” does not stand at {each.begin}–{each.end} of the text",
                        each.line,
                    )
        return unit, wrong

    # Spans and relations.

    def _read(self, unit: _Unit, sentence: int) -> None:
        for layer in self._layers:
            cells = unit.cells[layer.column : layer.column + len(layer.features)]
            if all(cell == "_" for cell in cells):
                continue
            stacks = [parts(cell, "|") for cell in cells]
            for place in range(max(map(len, stacks))):
                said = [stack[place] if place < len(stack) else "_" for stack in stacks]
                if layer.kind == "RL":
                    self._arc(layer, said, unit, sentence)
                elif layer.kind == "CH":
                    self._chained(layer, said, unit, sentence)
                else:
                    self._span(layer, said, unit, sentence)

    def _span(self, layer: Layer, said: list[str], unit: _Unit, sentence: int) -> None:
        pairs = [numbered(each) for each in said]
        number = next((number for _, number in pairs if number), "")
        slots: list[tuple[str, str, str, str]] = []
        values: dict[str, str] = {}
        is_target = False
        for place, (feature, (cell, _)) in enumerate(zip(layer.features, pairs, strict=True)):
            if is_target:
                is_target = False
            elif feature.startswith("ROLE_") and place + 1 < len(said):
                is_target = True
                kind = layer.features[place + 1]
                roles, targets = parts(cell, ";"), parts(said[place + 1], ";")
                name = feature.rpartition(":")[2].partition("_")[0]
                for role, target in zip(roles, targets, strict=False):
                    if target not in ("_", "*"):
                        slots.append((name, value(role) or "", target, kind))
            elif feature and (said_of := value(cell)) is not None:
                values[feature] = said_of
        key = (layer.name, number) if number else (layer.name, "", unit.name, str(len(self._marks)))
        self._add(key, layer, values, unit, sentence).slots += slots

    def _chained(self, layer: Layer, said: list[str], unit: _Unit, sentence: int) -> None:
        by_name = dict(zip(layer.features, said, strict=True))
        link = _LINK.fullmatch(by_name["referenceRelation"])
        if link is None:
            raise BadLine(
                f"“{by_name['referenceRelation'][:40]}” is no link of a chain (coref->1-2)",
                unit.line,
            )
        kind = value(numbered(by_name["referenceType"])[0])
        values = {"referenceType": kind} if kind else {}
        if relation := value(link[1]):
            values["referenceRelation"] = relation
        self._add((layer.name, "chain", link[2], link[3]), layer, values, unit, sentence)

    def _add(
        self, key: tuple[str, ...], layer: Layer, values: dict[str, str], unit: _Unit, place: int
    ) -> _Mark:
        mark = self._marks.get(key)
        if mark is None:
            mark = self._marks[key] = _Mark(layer, unit.line, values)
        mark.units.append(unit)
        mark.sentences.add(place)
        self._on.setdefault((layer.name, unit.name), []).append(mark)
        return mark

    def _arc(self, layer: Layer, said: list[str], unit: _Unit, sentence: int) -> None:
        if said[-1] in ("_", "*"):
            return
        found = _REFERENCE.fullmatch(said[-1])
        if found is None:
            raise BadLine(f"“{said[-1][:40]}” says no token that the relation is from", unit.line)
        pairs = zip(layer.features[:-1], said[:-1], strict=True)
        values = {
            name: found_value
            for name, each in pairs
            if (found_value := value(numbered(each)[0])) is not None
        }
        numbers = (found[2] or "0", found[3] or "0")
        self._arcs.append(_Arc(layer, unit.line, values, found[1], numbers, unit.name, sentence))

    def _mark_on(self, layer: str, unit: str, number: str) -> _Mark | None:
        """The mark of a layer (or of any, where that is none) on a unit, by its number or alone."""
        names = [each.name for each in self._layers if each.kind != "RL"]
        for name in [layer] if layer in names else names:
            if number != "0" and (found := self._marks.get((name, number))) is not None:
                return found
        for name in [layer] if layer in names else names:
            if number == "0" and (alone := self._on.get((name, unit))):
                return alone[0]
        return None

    def _annotated(self, unit: Unit, refused: Mapping[int, BadLine]) -> Annotated:
        name = PurePosixPath(self._reading.name.replace("\\", "/"))
        exported = _EXPORTED.fullmatch(str(name))
        title = exported[1] if exported else name.stem
        text = lf(unit.variant)
        made = further.Made(text)
        made.ours["title"] = title or "document"
        made.ours["id"] = made_id("document", made.ours["title"], sha256(text))
        seed = made_id(made.ours["id"], exported[2] if exported else "")
        if exported and exported[2].upper() not in ("INITIAL_CAS", "CURATION_USER"):
            made.ours["annotator"] = exported[2]
            made.ours["layer"] = made_id("layer", str(name.parent.parent), exported[2])
        self._put_marks(made, unit, refused, seed)
        self._put_relations(made, refused, seed)
        return made.annotated({})

    def _put_marks(
        self, made: further.Made, unit: Unit, refused: Mapping[int, BadLine], seed: str
    ) -> None:
        kinds = {each.name for each in self._layers if each.kind != "RL" and not each.is_of_tokens}
        long = {
            mark.layer.name
            for mark in self._marks.values()
            if len(mark.values.get(mark.layer.naming, "")) > _LONG
        }
        for number, mark in enumerate(self._marks.values()):
            if mark.sentences & refused.keys():
                continue
            if mark.layer.is_of_tokens:
                self._lost[_SAID_OF_TOKENS] += 1
                continue
            start = unit.place(min(each.begin for each in mark.units))
            end = unit.place(max(each.end for each in mark.units))
            if start >= end:
                self._lost["spans without a character"] += 1
                continue
            attributes = dict(mark.values)
            naming = "referenceType" if mark.layer.kind == "CH" else mark.layer.naming
            label = "" if mark.layer.name in long else attributes.pop(naming, "")
            attributes.pop("referenceRelation", None)
            if label and len(kinds) > 1 and not mark.layer.name.endswith(".NamedEntity"):
                attributes.setdefault("layer", mark.layer.short)
            mark.id = made_id(seed, "span", str(number))
            said: Json = {"id": mark.id, "start": start, "end": end}
            said |= {"label": label or mark.layer.short, "attributes": attributes}
            made.spans.append((said, {}))

    def _put_relations(self, made: further.Made, refused: Mapping[int, BadLine], seed: str) -> None:
        for arc in self._arcs:
            if arc.sentence in refused:
                continue
            of_tokens = arc.layer.is_of_tokens or arc.layer.base.startswith(OF_TOKENS)
            head = self._mark_on(arc.layer.base, arc.source, arc.numbers[0])
            child = self._mark_on(arc.layer.base, arc.unit, arc.numbers[1])
            if of_tokens or head is None or child is None or not (head.id and child.id):
                self._lost[_SAID_OF_TOKENS if of_tokens else _LOOSE] += 1
                continue
            naming = next((each for each in arc.values if each.lower() in NAMING), "")
            naming = naming or (next(iter(arc.values), "") if len(arc.layer.features) == 2 else "")
            values = dict(arc.values)
            label = values.pop(naming, "") or arc.layer.short
            self._relate(made, seed, head, child, label, {"features": values} if values else {})
        for key, mark in self._marks.items():
            if mark.id and mark.layer.kind == "CH":
                after = self._marks.get((*key[:3], str(int(key[3]) + 1)))
                if after is not None and after.id:
                    label = mark.values.get("referenceRelation") or mark.layer.short
                    self._relate(made, seed, mark, after, label, {})
            if mark.sentences & refused.keys():
                continue
            for name, role, target, kind in mark.slots:
                found = _REFERENCE.fullmatch(target)
                child = self._mark_on(kind, found[1], found[2] or "0") if found else None
                if child is None or not (mark.id and child.id):
                    self._lost[_LOOSE] += 1
                else:
                    self._relate(made, seed, mark, child, role or name, {})

    def _relate(
        self, made: further.Made, seed: str, head: _Mark, child: _Mark, label: str, extra: Json
    ) -> None:
        uid = made_id(seed, "relation", str(len(made.relations)))
        said: Json = {"id": uid, "head": head.id, "child": child.id, "label": label}
        made.relations.append((said, extra))


def _length(text: str, unit: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2 if unit == "utf-16" else len(text)


def _stands(unit: Unit, each: _Unit) -> bool:
    try:
        return each.begin <= each.end and unit.quotes(each.begin, each.end) == each.form
    except BadInput:
        return False
