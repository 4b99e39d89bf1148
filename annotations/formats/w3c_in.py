"""Web Annotations read: checked, sorted by their source, and placed in its text (``w3c``)."""

import hashlib
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import IO, Any

from annotations.document import Annotated, checked_id, new_id
from annotations.errors import BadInput, BadLine, located
from annotations.formats import further, hypothesis_rows, registry
from annotations.formats.arrays import each
from annotations.formats.interface import BadParts, Reading
from annotations.formats.lines import Again, dumped
from annotations.formats.offsets import Unit, lf, prove
from annotations.formats.values import (
    Json,
    name_of,
    number_in,
    objects_in,
    plain,
    text_in,
    typed,
)
from annotations.formats.w3c_keys import (
    ANNOTATION,
    COLLECTION,
    CONTEXT,
    as_list,
    check_body,
    iri_of,
    is_creator,
    is_iri,
    name_of_creator,
    types_of,
)
from annotations.formats.w3c_quotes import Quoted, folded
from annotations.spans import Span, hull

_HEAD = 4096
_TAGGING = ("tagging", "classifying")
_SCHEMES = ("urn:uuid:", "urn:postil:", hypothesis_rows.SCHEME)
_CHARS = re.compile(r"char=(\d+),(\d+)")
Quote = tuple[int, int, str]


def read(
    stream: IO[bytes],
    bad: Callable[[BadLine], None] | None = None,
    reading: Reading | None = None,
) -> Iterator[Annotated]:
    """The layers of the documents that the annotations of a file are about.

    A collection that Postil wrote is a layer; all other annotations are put together by their
    source and creator once the file has been read. Raises ``BadLine``, or hands it to ``bad``.
    """
    known = (reading or Reading()).reporting_to(bad)
    layers: further.Layers = {}
    loose = _Loose(known)
    head = stream.read(_HEAD)
    whole = io.BufferedReader(Again(head, stream))
    if re.match(registry.get("w3c").heading, head.removeprefix(b"\xef\xbb\xbf")):
        for line, row in hypothesis_rows.rows_of_table(whole):
            known.parts.line = line
            try:
                loose.add_row(row)
            except BadInput as error:
                known.parts.leave_out(located(error, line), "annotation")
    else:
        for found in each(
            whole, lambda data: _understood(data, layers, loose, known), bad, known.parts
        ):
            if found is not None:
                yield found
    known.parts.line, known.parts.entry = None, ""
    yield from loose.annotated(layers, known, bad)


def _understood(
    data: Json, layers: further.Layers, loose: "_Loose", reading: Reading
) -> Annotated | None:
    types = types_of(data)
    rows = None if types else hypothesis_rows.rows_in(data, reading.lost)
    if rows is not None:
        for row in rows:
            loose.add_row(row)
        return None
    if not types & {"Annotation", "AnnotationPage", "AnnotationCollection"}:
        raise BadLine(
            "this is no annotation: there is no “type” that says Annotation, AnnotationPage or "
            "AnnotationCollection"
        )
    ours = typed(data, further.KEY, dict) or {}
    _check_context(data)
    items = _items(data, types)
    if type(ours.get("text")) is str:
        return _layer(data, ours["text"], items, layers, reading)
    checked = [_checked(item) for item in items]
    for item in checked:
        loose.add(item)
    return None


def _check_context(data: Json) -> None:
    given = data.get("@context")
    listed = given if type(given) is list else [given]
    if CONTEXT not in listed:
        raise BadLine(f"its “@context” is not {CONTEXT}, so its keys may mean something else")


def _items(data: Json, types: set[str]) -> list[Json]:
    if "Annotation" in types:
        return [data]
    if "AnnotationPage" in types:
        return objects_in(data, "items")
    first = data.get("first")
    if type(first) is not dict:
        raise BadLine("the collection does not hold its first page; save the pages as well")
    if first.get("next") is not None:
        raise BadLine("the collection goes on on another page; save its annotations in one list")
    return objects_in(first, "items")


def _layer(
    data: Json, raw: str, items: Sequence[Json], layers: further.Layers, reading: Reading
) -> Annotated:
    """A layer as Postil wrote it."""
    ours, extra = further.taken(data, COLLECTION)
    rejected = ours.pop("rejected", None)
    text = lf(raw)
    entry = further.Made(text=text, ours=ours, extra=extra)
    if rejected is not None and not items:
        entry.add_rejected(rejected)
        return entry.annotated(layers)
    place = _Place(raw, [_checked(item) for item in items], reading)
    for item in place.marks:
        if (span := place.span_or_none(item)) is not None:
            entry.spans.append(span)
    for item in place.links:
        entry.relations.append(place.relation(item))
    entry.add_to_entities(further.relations_to_entities(data), reading.lost)
    return entry.annotated(layers)


def _checked(item: Json) -> Json:
    """An annotation, once it is one by the rules of the standard that matter here."""
    if "Annotation" not in types_of(item):
        raise BadLine("one entry has no “type” that says Annotation")
    if item.get("id") is not None and not is_iri(item["id"]):
        raise BadLine(f"the “id” of an annotation is one address, not {name_of(item['id'])}")
    called = f"the annotation {item.get('id') or ''}".rstrip()
    if "body" in item and "bodyValue" in item:
        raise BadLine(f"{called} has both a “body” and a “bodyValue”")
    if "bodyValue" in item and type(item["bodyValue"]) is not str:
        raise BadLine(f"the “bodyValue” of {called} is {name_of(item['bodyValue'])}, not a text")
    for body in as_list(item.get("body")):
        check_body(body, called)
    if not as_list(item.get("target")):
        raise BadLine(f"{called} has no “target”")
    for target in as_list(item["target"]):
        if not is_iri(target) and type(target) is not dict:
            raise BadLine(f"a “target” of {called} is neither an address nor an object")
    if item.get("creator") is not None and not is_creator(item["creator"]):
        raise BadLine(f"the “creator” of {called} is neither an address nor an object")
    return item


def _is_software(creator: Any) -> bool:
    first = creator[0] if type(creator) is list and creator else creator
    return type(first) is dict and "Software" in types_of(first)


# ── annotations by their source ───────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Loose:
    """Annotations of a file, by what they are about."""

    reading: Reading
    sources: dict[str, list[Json]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    links: list[Json] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)
    """The source of each annotation, by its id."""
    titles: dict[str, list[str]] = field(default_factory=dict)
    """What the page of each source is called."""
    lines: dict[int, int | None] = field(default_factory=dict)
    """The line of each annotation, by the identity of its object."""

    def add_row(self, row: Json) -> None:
        """Add an annotation as Hypothesis has it."""
        item = hypothesis_rows.annotation_of(row, self.reading.lost)
        if item is None:
            return
        self.add(_checked(item))
        for target in item["target"]:
            known = self.titles.setdefault(self._source(target), [])
            known += [title for title in hypothesis_rows.titles_of(row) if title not in known]

    def add(self, item: Json) -> None:
        self.lines[id(item)] = self.reading.parts.line
        if _is_linking(item):
            self.links.append(item)
            return
        found = {self._source(target) for target in as_list(item["target"])}
        if len(found) > 1:
            raise BadLine(
                f"the annotation {item.get('id') or ''} is about several sources: "
                f"{', '.join(sorted(found))}"
            )
        source = found.pop()
        self.sources.setdefault(source, []).append(item)
        if type(item.get("id")) is str:
            self.places[item["id"]] = source

    def _source(self, target: Any) -> str:
        source = target.get("source", target.get("id", "")) if type(target) is dict else target
        if type(source) is dict:
            uid = source.get("id")
            name = uid if type(uid) is str else iri_of("embedded")
            if "TextualBody" in types_of(source) and type(source.get("value")) is str:
                if type(uid) is not str:
                    name = iri_of(f"embedded-{len(self.texts)}")
                    for known, text in self.texts.items():
                        name = known if text == source["value"] else name
                self.texts[name] = source["value"]
            return name
        if type(source) is not str:
            raise BadLine(f"the “source” of a target is {name_of(source)}")
        return source

    def annotated(
        self,
        layers: further.Layers,
        reading: Reading,
        bad: Callable[[BadLine], None] | None,
    ) -> Iterator[Annotated]:
        for link in self.links:
            ends = [self.places.get(_end(target)) for target in as_list(link["target"])]
            if len(ends) == 2 and ends[0] is not None and ends[0] == ends[1]:
                self.sources[ends[0]].append(link)
            else:
                reading.lost["relations whose ends are not in the file"] += 1
        for source, items in self.sources.items():
            try:
                yield from self._of(source, items, layers, reading)
            except BadInput as error:
                refused = error if isinstance(error, BadLine) else BadLine(str(error))
                if bad is None:
                    raise refused from error
                bad(refused)

    def _of(
        self, source: str, items: Sequence[Json], layers: further.Layers, reading: Reading
    ) -> list[Annotated]:
        stem = PurePosixPath(reading.name.replace("\\", "/")).name.partition(".")[0]
        names = (source, source.removeprefix("urn:postil:")) if source else (reading.name, stem)
        names = (*names, *self.titles.get(source, ()))
        known = (reading.text_of(name) for name in dict.fromkeys(names))
        document = next((each for each in known if each is not None), None)
        raw = document.text if document is not None else self.texts.get(source)
        if raw is None:
            called = source or reading.name or "the annotated page"
            how = "that as its source" if source or not stem else f"the title “{stem}”"
            raise BadLine(
                f"the text of “{called}” is not at hand; import the article first, with {how}, "
                "or a file that has the text in it"
            )
        place = _Place(raw, items, reading, self.lines)
        made = []
        ours: Json = {"id": new_id(), "source": source}
        for who, is_model in dict.fromkeys(map(_by, place.marks)):
            entry = further.Made(text=lf(raw), ours={**ours})
            if who:
                entry.ours |= {"annotator": who, "kind": "model" if is_model else "work"}
            own = [item for item in place.marks if _by(item) == (who, is_model)]
            spans = map(place.span_or_none, own)
            entry.spans = [span for span in spans if span is not None]
            here = {span["id"] for span, _ in entry.spans}
            for link in place.links:
                if not place.has_ends(link):
                    continue
                relation = place.relation(link)
                if relation[0]["head"] in here and relation[0]["child"] in here:
                    entry.relations.append(relation)
                elif relation[0]["head"] in here:
                    reading.lost["relations between marks of two people"] += 1
            found = entry.annotated(layers)
            made.append(found if document is None else replace(found, document=document))
        reading.parts.line = None
        for _ in place.whole:
            reading.lost["annotations of whole documents"] += 1
        return made


def _by(item: Json) -> tuple[str, bool]:
    return name_of_creator(item.get("creator")), _is_software(item.get("creator"))


def _is_linking(item: Json) -> bool:
    return "linking" in as_list(item.get("motivation")) and not any(
        type(target) is dict and ("selector" in target or "source" in target)
        for target in as_list(item.get("target"))
    )


def _end(target: Any) -> str:
    end = target.get("id") if type(target) is dict else target
    return end if type(end) is str else ""


# ── one text and its annotations ──────────────────────────────────────────────────────────────────


class _Place:
    """Annotations on one text: what they count, where they are, and the ids that they get."""

    def __init__(
        self,
        raw: str,
        items: Sequence[Json],
        reading: Reading,
        lines: Mapping[int, int | None] = MappingProxyType({}),
    ):
        self._parts, self._lines = reading.parts, lines
        self.links = [item for item in items if _is_linking(item)]
        others = [item for item in items if not _is_linking(item)]
        placed = [any(map(_selectors, as_list(item["target"]))) for item in others]
        self.marks = [item for item, has_place in zip(others, placed, strict=True) if has_place]
        self.whole = [item for item, has_place in zip(others, placed, strict=True) if not has_place]
        self._text = lf(raw)
        self._quoted = Quoted(self._text)
        self._digest = hashlib.sha256(self._text.encode())
        quotes = [
            quote
            for item in self.marks
            for target in as_list(item["target"])
            for quote in _quotes(_selectors(target))
        ]
        # Places that fit no unit are left to their quotes, so most of them decide.
        most = BadParts()
        most.report_to(lambda error: None)
        self._unit, _ = prove(raw, quotes, reading.offsets, most, _agrees)
        self._ids: dict[str, str] = {}
        self._gone: set[str] = set()
        for item in self.marks:
            self._id(item)

    def _id(self, item: Json) -> str:
        iri = item.get("id")
        own = (typed(item, further.KEY, dict) or {}).get("id")
        if type(iri) is str and iri in self._ids:
            return self._ids[iri]
        uid = own if type(own) is str else _uid(iri) or self._local_id(item) or new_id()
        if type(iri) is str:
            self._ids[iri] = uid
        return uid

    def _local_id(self, item: Json) -> str | None:
        """An id for an annotation whose own is one within its file alone (``#1``), as others have.

        It is made of the text and all that the annotation says, so a second import is noticed.
        """
        iri = item.get("id")
        if type(iri) is not str or not iri.startswith("#"):
            return None
        digest = self._digest.copy()
        digest.update(dumped(item))
        return digest.hexdigest()[:32]

    def span_or_none(self, item: Json) -> tuple[Json, Json] | None:
        """The same as ``span``; one without a place is left out, where that is allowed."""
        self._parts.line = self._lines.get(id(item), self._parts.line)
        try:
            return self.span(item)
        except BadInput as error:
            uid = _end(item)
            located_error = located(error, self._parts.line)
            self._parts.leave_out(located_error, "annotation", f"the annotation {uid}".rstrip())
            self._gone.add(uid)
            return None

    def has_ends(self, link: Json) -> bool:
        """Whether none of the ends of a relation was left out."""
        return not any(_end(target) in self._gone for target in as_list(link["target"]))

    def span(self, item: Json) -> tuple[Json, Json]:
        """An annotation in the keys of the native format, and what else came with it."""
        told, kept = further.taken(item, ANNOTATION)
        iri = item.get("id")
        told["id"] = self._id(item)
        if type(iri) is str and _uid(iri) is None:
            kept.setdefault("id", iri)
        spans = sorted({self._where(target, item) for target in as_list(item["target"])})
        whole = hull(spans)
        told |= {"start": whole.start, "end": whole.end}
        if len(spans) > 1:
            told["fragments"] = [[span.start, span.end] for span in spans]
        _say_bodies(told, kept, item)
        for ours, key in (("created", "created"), ("updated", "modified")):
            if (moment := text_in(item, key)) is not None:
                told[ours] = moment
        creator = item.get("creator")
        if type(creator) is list or (type(creator) is dict and creator.keys() - {"type", "name"}):
            kept.setdefault("creator", plain(creator))
        return told, kept

    def relation(self, item: Json) -> tuple[Json, Json]:
        told, kept = further.taken(item, ANNOTATION)
        if "id" not in told:
            told["id"] = _uid(item.get("id")) or self._local_id(item) or new_id()
        ends = [self._ids.get(_end(target)) for target in as_list(item["target"])]
        if len(ends) != 2 or None in ends:
            raise BadLine(f"the relation {told['id']} does not lead from one mark here to another")
        labels = [body["value"] for body in _textual(item)] or ["related"]
        return {**told, "head": ends[0], "child": ends[1], "label": labels[0]}, kept

    def _where(self, target: Any, item: Json) -> Span:
        """Where a target is: the first of its alternatives that can be found in a plain text.

        A place whose quote stands elsewhere gives way to the quote; so does one outside the text.
        """
        selectors = _selectors(target)
        places = [each for each in selectors if not types_of(each) & {"TextQuoteSelector"}]
        quotes = [each for each in selectors if "TextQuoteSelector" in types_of(each)]
        near: int | None = None
        why: BadInput | None = None
        for selector in sorted(places, key=lambda s: "TextPositionSelector" not in types_of(s)):
            try:
                found = self._find(selector, None)
            except BadInput as error:
                why = error
                continue
            if found is None:
                continue
            if not quotes or _narrows(selector) or any(self._stands(q, found) for q in quotes):
                return found
            near = found.start if near is None else near
        for selector in quotes:
            try:
                found = self._find(selector, None, near)
            except BadInput as error:
                why = error
                continue
            if found is not None:
                return found
        if why is not None:
            raise why
        kinds = ", ".join(sorted({kind for s in selectors for kind in types_of(s)})) or "none"
        raise BadLine(f"it has no selector that finds a place in a plain text (it has {kinds})")

    def _stands(self, selector: Json, place: Span) -> bool:
        exact = selector.get("exact")
        return type(exact) is str and self._quoted.agrees(place.start, place.end, exact)

    def _find(self, selector: Json, within: Span | None, near: int | None = None) -> Span | None:
        types = types_of(selector)
        found: Span | None = None
        if "TextPositionSelector" in types:
            start, end = number_in(selector, "start"), number_in(selector, "end")
            if start is None or end is None:
                raise BadLine("a TextPositionSelector needs a “start” and an “end”")
            shift = within.start if within else 0
            found = Span(self._unit.place(start) + shift, self._unit.place(end) + shift)
        elif "TextQuoteSelector" in types:
            said = [text_in(selector, key) or "" for key in ("exact", "prefix", "suffix")]
            found = self._quoted.find(said[0], said[1], said[2], within, near)
        elif "FragmentSelector" in types and (
            chars := _CHARS.search(text_in(selector, "value") or "")
        ):
            found = Span(self._unit.place(int(chars[1])), self._unit.place(int(chars[2])))
        if found is None:
            return None
        for narrower in as_list(selector.get("refinedBy")):
            if type(narrower) is dict and (inner := self._find(narrower, found)):
                return inner
        return found


def _narrows(selector: Json) -> bool:
    """Whether the place of a selector is within what a quote beside it says."""
    return bool(as_list(selector.get("refinedBy")))


def _agrees(unit: Unit, start: int, end: int, quote: str) -> bool:
    """Whether a quote stands at a place in a unit, give or take white space."""
    try:
        found = unit.quotes(start, end)
    except BadInput:
        return False
    return found == quote or folded(found) == folded(quote)


def _selectors(target: Any) -> list[Json]:
    if type(target) is not dict:
        return []
    return [entry for entry in as_list(target.get("selector")) if type(entry) is dict]


def _quotes(selectors: Sequence[Json]) -> Iterator[Quote]:
    """Places that stand beside a quote of the same target, or are narrowed to one."""
    exacts = [entry.get("exact") for entry in selectors if "TextQuoteSelector" in types_of(entry)]
    for entry in selectors:
        start, end = entry.get("start"), entry.get("end")
        if "TextPositionSelector" in types_of(entry) and type(start) is int and type(end) is int:
            for exact in exacts:
                if type(exact) is str:
                    yield start, end, exact


def _uid(iri: Any) -> str | None:
    """The id within an address, where it has the form of one."""
    if type(iri) is not str:
        return None
    scheme = next((scheme for scheme in _SCHEMES if iri.startswith(scheme)), None)
    if scheme is None:
        return None
    try:
        return checked_id(iri.removeprefix(scheme))
    except BadInput:
        return None


# ── bodies ────────────────────────────────────────────────────────────────────────────────────────


def _textual(item: Json) -> list[Json]:
    bodies = [body for body in as_list(item.get("body")) if type(body) is dict]
    return [body for body in bodies if "TextualBody" in types_of(body)]


def _say_bodies(told: Json, kept: Json, item: Json) -> None:
    """The first tag is the label, others are tags, comments are the note, the rest is kept."""
    motivations = [entry for entry in as_list(item.get("motivation")) if type(entry) is str]
    tags: list[str] = []
    notes: list[str] = []
    others: list[Any] = []
    for body in as_list(item.get("body")):
        if type(body) is dict and "TextualBody" in types_of(body):
            purposes = as_list(body.get("purpose")) or motivations
            is_tag = any(purpose in _TAGGING for purpose in purposes)
            (tags if is_tag else notes).append(body["value"])
        else:
            others.append(plain(body))
    if type(item.get("bodyValue")) is str:
        notes.append(item["bodyValue"])
    if not tags and others and "classifying" in motivations and type(others[0]) is str:
        tags.append(others.pop(0))
    if others:
        kept["body"] = others
    tags = [tag for tag in tags if tag]
    told["label"] = (
        tags[0] if tags else (motivations or ["commenting" if notes else "highlighting"])[0]
    )
    if len(tags) > 1 and "attributes" not in told:
        told["attributes"] = {"tags": tags[1:]}
    if notes:
        told["note"] = "\n\n".join(notes)
