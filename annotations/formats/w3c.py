"""W3C Web Annotations as JSON-LD: what readers and annotation servers on the web exchange.

Read are a single annotation, a list, a line each, an ``AnnotationPage`` and an
``AnnotationCollection``. Several selectors on one target are alternatives; ``refinedBy`` narrows;
several targets in one source are the parts of a discontinuous span. Offsets are code points by the
standard; the quotes beside them prove it, or that a browser counted otherwise. The text is rarely
in the file: it is taken from the document that is at hand under the name of the source.

Written is a list of collections, one for each layer of a document, with the text under ``postil``
so that the file can be read by itself. Relations are annotations whose motivation is ``linking``.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import IO, Any

from annotations.document import (
    Annotated,
    Annotation,
    Document,
    Layer,
    Relation,
    checked_id,
    new_id,
)
from annotations.errors import BadInput, BadLine
from annotations.formats import further, losses, registry
from annotations.formats.arrays import each
from annotations.formats.interface import Reading, Writing
from annotations.formats.lines import dumped
from annotations.formats.offsets import lf, proven
from annotations.formats.values import (
    Json,
    name_of,
    number_in,
    objects_in,
    plain,
    text_in,
    typed,
)
from annotations.spans import Span, hull

CONTEXT = "http://www.w3.org/ns/anno.jsonld"
_CONTEXT = [CONTEXT, {further.KEY: {"@id": "urn:postil:further", "@type": "@json"}}]
_COLLECTION = ("@context", "id", "type", "label", "total", "first", "items", "creator")
_ANNOTATION = (
    *("@context", "id", "type", "motivation", "creator", "created", "modified"),
    *("body", "bodyValue", "target"),
)
_TAGGING = ("tagging", "classifying")
_COMMENTING = ("commenting", "describing", "replying", "questioning", "assessing")
_AROUND = 32
"""Code points before and after a quote that are written along with it."""

_IRI = re.compile(r"[^\s<>\"{}|\\^`]+\Z")
_SCHEMES = ("urn:uuid:", "urn:postil:", "#")
_CHARS = re.compile(r"char=(\d+),(\d+)")

Quote = tuple[int, int, str]


# ── writing ───────────────────────────────────────────────────────────────────────────────────────


def write(
    documents: Iterable[Annotated],
    losses: Counter[str] | None = None,
    writing: Writing | None = None,
) -> Iterator[bytes]:
    """A list of collections, one for each layer of a document."""
    lost = Counter[str]() if losses is None else losses
    before = b"[\n"
    for annotated in documents:
        _count(annotated, lost)
        yield before + dumped(_collection(annotated)).rstrip(b"\n")
        before = b",\n"
    yield b"[]\n" if before == b"[\n" else b"\n]\n"


def _count(annotated: Annotated, lost: Counter[str]) -> None:
    losses.count(annotated, registry.get("w3c").carries, lost)


def _collection(annotated: Annotated) -> Json:
    document = annotated.document
    ours = further.of_document(annotated, "w3c")
    ours["text"] = document.text
    if rejected := further.rejected(annotated):
        # As annotations they would say what was said to be wrong.
        ours["rejected"] = rejected
        annotated = replace(annotated, annotations=(), relations=())
    if entities := further.to_entities(annotated):
        ours["relations"] = entities
    marked = [relation for relation in annotated.relations if relation.child is not None]
    items = [_annotation(mark, annotated) for mark in annotated.annotations]
    items += [_linking(relation) for relation in marked]
    said: Json = {
        "@context": _CONTEXT,
        "id": _iri(f"{document.id}/{annotated.layer.id}" if annotated.layer else document.id),
        "type": "AnnotationCollection",
        "label": document.title,
        "total": len(items),
        "first": {"type": "AnnotationPage", "startIndex": 0, "items": items},
    }
    return further.put(said, ours, document.extra, _COLLECTION)


def _iri(uid: str) -> str:
    return f"urn:postil:{uid}"


def _annotation(mark: Annotation, annotated: Annotated) -> Json:
    text, layer = annotated.document.text, annotated.layer
    extra = dict(mark.extra)
    said: Json = {"id": _iri(mark.id), "type": "Annotation", "motivation": "tagging"}
    if (creator := _creator(layer, extra)) is not None:
        said["creator"] = creator
    if mark.created is not None:
        said["created"] = mark.created
    if mark.updated is not None:
        said["modified"] = mark.updated
    said["body"] = [_body("tagging", mark.label)]
    tags = mark.attributes.get("tags")
    if type(tags) is list:
        said["body"] += [_body("tagging", tag) for tag in tags if type(tag) is str]
    if mark.note:
        said["body"].append(_body("commenting", mark.note))
    others = extra.get("body")
    if type(others) is list and others and all(map(_is_only_kept, others)):
        said["body"] += extra.pop("body")
    source = _source(annotated.document)
    targets = [_target(span, text, source) for span in mark.spans]
    said["target"] = targets if len(targets) > 1 else targets[0]
    ours = further.of_annotation(mark, ("fragments", "note", "created", "updated"))
    return further.put(said, ours, extra, _ANNOTATION)


def _source(document: Document) -> str:
    return document.source if _IRI.match(document.source) else _iri(document.id)


def _body(purpose: str, value: str) -> Json:
    return {"type": "TextualBody", "purpose": purpose, "value": value}


def _creator(layer: Layer | None, extra: Json) -> Any:
    given = extra.get("creator")
    if layer is None or not layer.annotator:
        return None
    if given is not None and _is_creator(given) and _name(given) == layer.annotator:
        return extra.pop("creator")
    return {"type": "Software" if layer.kind == "model" else "Person", "name": layer.annotator}


def _target(span: Span, text: str, source: str) -> Json:
    quote: Json = {"type": "TextQuoteSelector", "exact": span.of(text)}
    if before := text[max(0, span.start - _AROUND) : span.start]:
        quote["prefix"] = before
    if after := text[span.end : span.end + _AROUND]:
        quote["suffix"] = after
    place = {"type": "TextPositionSelector", "start": span.start, "end": span.end}
    return {"type": "SpecificResource", "source": source, "selector": [place, quote]}


def _linking(relation: Relation) -> Json:
    said: Json = {
        "id": _iri(relation.id),
        "type": "Annotation",
        "motivation": "linking",
        "body": _body("tagging", relation.label),
        "target": [_iri(relation.head), _iri(relation.child or "")],
    }
    return further.put(said, further.of_relation(relation), relation.extra, _ANNOTATION)


# ── reading ───────────────────────────────────────────────────────────────────────────────────────


def read(
    stream: IO[bytes],
    bad: Callable[[BadLine], None] | None = None,
    reading: Reading | None = None,
) -> Iterator[Annotated]:
    """The layers of the documents that the annotations of a file are about.

    A collection that Postil wrote is a layer; all other annotations are put together by their
    source and creator once the file has been read. Raises ``BadLine``, or hands it to ``bad``.
    """
    known = reading or Reading()
    layers: further.Layers = {}
    loose = _Loose()
    for found in each(stream, lambda data: _understood(data, layers, loose, known), bad):
        if found is not None:
            yield found
    yield from loose.annotated(layers, known, bad)


def _understood(
    data: Json, layers: further.Layers, loose: "_Loose", reading: Reading
) -> Annotated | None:
    types = _types(data)
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


def _types(data: Json) -> set[str]:
    given = data.get("type")
    listed = given if type(given) is list else [given]
    return {entry for entry in listed if type(entry) is str}


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
    ours, extra = further.taken(data, _COLLECTION)
    rejected = ours.pop("rejected", None)
    text = lf(raw)
    entry = further.Made(text=text, ours=ours, extra=extra)
    if rejected is not None and not items:
        entry.add_rejected(rejected)
        return entry.annotated(layers)
    place = _Place(raw, [_checked(item) for item in items], reading.offsets)
    for item in place.marks:
        entry.spans.append(place.span(item))
    for item in place.links:
        entry.relations.append(place.relation(item))
    entry.add_to_entities(further.relations_to_entities(data), reading.lost)
    return entry.annotated(layers)


def _checked(item: Json) -> Json:
    """An annotation, once it is one by the rules of the standard that matter here."""
    if "Annotation" not in _types(item):
        raise BadLine("one entry has no “type” that says Annotation")
    if item.get("id") is not None and not _is_iri(item["id"]):
        raise BadLine(f"the “id” of an annotation is one address, not {name_of(item['id'])}")
    called = f"the annotation {item.get('id') or ''}".rstrip()
    if "body" in item and "bodyValue" in item:
        raise BadLine(f"{called} has both a “body” and a “bodyValue”")
    if "bodyValue" in item and type(item["bodyValue"]) is not str:
        raise BadLine(f"the “bodyValue” of {called} is {name_of(item['bodyValue'])}, not a text")
    for body in _listed(item.get("body")):
        _check_body(body, called)
    if not _listed(item.get("target")):
        raise BadLine(f"{called} has no “target”")
    for target in _listed(item["target"]):
        if not _is_iri(target) and type(target) is not dict:
            raise BadLine(f"a “target” of {called} is neither an address nor an object")
    if item.get("creator") is not None and not _is_creator(item["creator"]):
        raise BadLine(f"the “creator” of {called} is neither an address nor an object")
    return item


def _check_body(body: Any, called: str) -> None:
    if type(body) is not dict:
        if not _is_iri(body):
            raise BadLine(f"a “body” of {called} is neither an address nor an object")
        return
    types = _types(body)
    if body.get("id") is not None and not _is_iri(body["id"]):
        raise BadLine(f"the “id” of a body of {called} is no address")
    if "TextualBody" in types and type(body.get("value")) is not str:
        raise BadLine(f"a textual body of {called} has no “value” that is a text")
    if len(types & {"Choice", "List", "Composite", "Independents"}) > 1:
        raise BadLine(f"a body of {called} is several kinds of list at once")
    if body.get("textDirection") not in (None, "ltr", "rtl", "auto"):
        raise BadLine(f"the “textDirection” of a body of {called} is none")
    for key in ("format", "language"):
        if any(type(entry) is not str for entry in _listed(body.get(key))):
            raise BadLine(f"the “{key}” of a body of {called} is no text")


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if type(value) is list else [value]


def _is_iri(value: Any) -> bool:
    return type(value) is str and _IRI.match(value) is not None


def _is_creator(given: Any) -> bool:
    return _is_iri(given) or type(given) is dict or (type(given) is list and bool(given))


def _name(creator: Any) -> str:
    first = creator[0] if type(creator) is list and creator else creator
    if type(first) is dict:
        for key in ("name", "nickname", "email", "id"):
            if type(first.get(key)) is str and first[key]:
                return str(first[key])
        return ""
    return first if type(first) is str else ""


def _is_software(creator: Any) -> bool:
    first = creator[0] if type(creator) is list and creator else creator
    return type(first) is dict and "Software" in _types(first)


# ── annotations by their source ───────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Loose:
    """Annotations of a file, by what they are about."""

    sources: dict[str, list[Json]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    links: list[Json] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)
    """The source of each annotation, by its id."""

    def add(self, item: Json) -> None:
        if _is_linking(item):
            self.links.append(item)
            return
        found = {self._source(target) for target in _listed(item["target"])}
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
            name = uid if type(uid) is str else _iri("embedded")
            if "TextualBody" in _types(source) and type(source.get("value")) is str:
                if type(uid) is not str:
                    name = _iri(f"embedded-{len(self.texts)}")
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
            ends = [self.places.get(_end(target)) for target in _listed(link["target"])]
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
        place = _Place(raw, items, reading.offsets)
        made = []
        ours: Json = {"id": new_id(), "source": source}
        for who, is_model in dict.fromkeys(map(_by, place.marks)):
            entry = further.Made(text=lf(raw), ours={**ours})
            if who:
                entry.ours |= {"annotator": who, "kind": "model" if is_model else "work"}
            entry.spans = [place.span(item) for item in place.marks if _by(item) == (who, is_model)]
            here = {span["id"] for span, _ in entry.spans}
            for link in place.links:
                relation = place.relation(link)
                if relation[0]["head"] in here and relation[0]["child"] in here:
                    entry.relations.append(relation)
                elif relation[0]["head"] in here:
                    reading.lost["relations between marks of two people"] += 1
            found = entry.annotated(layers)
            made.append(found if document is None else replace(found, document=document))
        for _ in place.whole:
            reading.lost["annotations of whole documents"] += 1
        return made


def _by(item: Json) -> tuple[str, bool]:
    return _name(item.get("creator")), _is_software(item.get("creator"))


def _is_linking(item: Json) -> bool:
    return "linking" in _listed(item.get("motivation")) and not any(
        type(target) is dict and ("selector" in target or "source" in target)
        for target in _listed(item.get("target"))
    )


def _end(target: Any) -> str:
    end = target.get("id") if type(target) is dict else target
    return end if type(end) is str else ""


# ── one text and its annotations ──────────────────────────────────────────────────────────────────


class _Place:
    """Annotations on one text: what they count, where they are, and the ids that they get."""

    def __init__(self, raw: str, items: Sequence[Json], told: str):
        self.links = [item for item in items if _is_linking(item)]
        others = [item for item in items if not _is_linking(item)]
        placed = [any(map(_selectors, _listed(item["target"]))) for item in others]
        self.marks = [item for item, has_place in zip(others, placed, strict=True) if has_place]
        self.whole = [item for item, has_place in zip(others, placed, strict=True) if not has_place]
        self._text = lf(raw)
        quotes = [
            quote
            for item in self.marks
            for target in _listed(item["target"])
            for quote in _quotes(_selectors(target))
        ]
        self._unit = proven(raw, quotes, told)
        self._ids: dict[str, str] = {}
        for item in self.marks:
            self._id(item)

    def _id(self, item: Json) -> str:
        iri = item.get("id")
        own = (typed(item, further.KEY, dict) or {}).get("id")
        if type(iri) is str and iri in self._ids:
            return self._ids[iri]
        uid = own if type(own) is str else _uid(iri) or new_id()
        if type(iri) is str:
            self._ids[iri] = uid
        return uid

    def span(self, item: Json) -> tuple[Json, Json]:
        """An annotation in the keys of the native format, and what else came with it."""
        told, kept = further.taken(item, _ANNOTATION)
        iri = item.get("id")
        told["id"] = self._id(item)
        if type(iri) is str and _uid(iri) is None:
            kept.setdefault("id", iri)
        spans = sorted({self._where(target, item) for target in _listed(item["target"])})
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
        told, kept = further.taken(item, _ANNOTATION)
        if "id" not in told:
            told["id"] = _uid(item.get("id")) or new_id()
        ends = [self._ids.get(_end(target)) for target in _listed(item["target"])]
        if len(ends) != 2 or None in ends:
            raise BadLine(f"the relation {told['id']} does not lead from one mark here to another")
        labels = [body["value"] for body in _textual(item)] or ["related"]
        return {**told, "head": ends[0], "child": ends[1], "label": labels[0]}, kept

    def _where(self, target: Any, item: Json) -> Span:
        """Where a target is: the first of its alternatives that can be found in a plain text."""
        selectors = _selectors(target)
        for selector in sorted(selectors, key=lambda s: "TextPositionSelector" not in _types(s)):
            found = self._find(selector, None)
            if found is not None:
                return found
        kinds = ", ".join(sorted({kind for s in selectors for kind in _types(s)})) or "none"
        raise BadLine(
            f"the annotation {item.get('id') or ''} has no selector that finds a place in a plain "
            f"text (it has {kinds})"
        )

    def _find(self, selector: Json, within: Span | None) -> Span | None:
        types, text = _types(selector), self._text
        found: Span | None = None
        if "TextPositionSelector" in types:
            start, end = number_in(selector, "start"), number_in(selector, "end")
            if start is None or end is None:
                raise BadLine("a TextPositionSelector needs a “start” and an “end”")
            shift = within.start if within else 0
            found = Span(self._unit.place(start) + shift, self._unit.place(end) + shift)
        elif "TextQuoteSelector" in types:
            found = _quoted(selector, text, within or Span(0, len(text)))
        elif "FragmentSelector" in types and (
            chars := _CHARS.search(text_in(selector, "value") or "")
        ):
            found = Span(self._unit.place(int(chars[1])), self._unit.place(int(chars[2])))
        if found is None:
            return None
        refined = selector.get("refinedBy")
        for narrower in _listed(refined):
            if type(narrower) is dict and (inner := self._find(narrower, found)):
                return inner
        return found


def _selectors(target: Any) -> list[Json]:
    if type(target) is not dict:
        return []
    return [entry for entry in _listed(target.get("selector")) if type(entry) is dict]


def _quotes(selectors: Sequence[Json]) -> Iterator[Quote]:
    """Places that stand beside a quote of the same target, or are narrowed to one."""
    exacts = [entry.get("exact") for entry in selectors if "TextQuoteSelector" in _types(entry)]
    for entry in selectors:
        start, end = entry.get("start"), entry.get("end")
        if "TextPositionSelector" in _types(entry) and type(start) is int and type(end) is int:
            for exact in exacts:
                if type(exact) is str:
                    yield start, end, exact


def _quoted(selector: Json, text: str, within: Span) -> Span:
    """The one place where a quote stands between what is said to be around it."""
    exact = lf(text_in(selector, "exact") or "")
    before, after = lf(text_in(selector, "prefix") or ""), lf(text_in(selector, "suffix") or "")
    if not exact:
        raise BadLine("a TextQuoteSelector needs an “exact” quote")
    places: list[int] = []
    start = text.find(exact, within.start, within.end)
    while start >= 0 and len(places) < 2:
        end = start + len(exact)
        if text.endswith(before, 0, start) and text.startswith(after, end):
            places.append(start)
        start = text.find(exact, start + 1, within.end)
    if len(places) != 1:
        how = "stands several times" if places else "does not stand"
        raise BadLine(f"“{exact[:60]}” {how} in the text, so it is not clear where it is meant")
    return Span(places[0], places[0] + len(exact))


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
    bodies = [body for body in _listed(item.get("body")) if type(body) is dict]
    return [body for body in bodies if "TextualBody" in _types(body)]


def _is_only_kept(body: Any) -> bool:
    """Whether a body says neither a label nor a note."""
    if type(body) is dict:
        return "TextualBody" not in _types(body) and _is_sound(body)
    return _is_iri(body)


def _is_sound(body: Any) -> bool:
    try:
        _check_body(body, "")
    except BadLine:
        return False
    return True


def _say_bodies(told: Json, kept: Json, item: Json) -> None:
    """The first tag is the label, others are tags, comments are the note, the rest is kept."""
    motivations = [entry for entry in _listed(item.get("motivation")) if type(entry) is str]
    tags: list[str] = []
    notes: list[str] = []
    others: list[Any] = []
    for body in _listed(item.get("body")):
        if type(body) is dict and "TextualBody" in _types(body):
            purposes = _listed(body.get("purpose")) or motivations
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
