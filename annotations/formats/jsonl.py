"""The native format: one layer of one document a line, as JSON. The lossless one.

``read(write(x)) == x`` for every ``Annotated``. Offsets are code points. Keys that hold nothing are
left out; keys that Postil does not know are kept on the object where they stood.
"""

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from types import MappingProxyType
from typing import IO, Any

from annotations.document import (
    DIRECTIONS,
    IMPORTED,
    LAYER_KINDS,
    ORIGINS,
    STATES,
    Annotated,
    Annotation,
    Block,
    Concept,
    Document,
    Entity,
    Inline,
    Layer,
    Layout,
    Origin,
    PlainBlocks,
    Relation,
    checked_id,
    new_id,
    sha256,
    with_fragments,
)
from annotations.errors import BadInput, BadLine
from annotations.formats.interface import BadParts, Reading, Writing
from annotations.formats.lines import dumped
from annotations.formats.offsets import Unit, lf, misplaced, prove
from annotations.formats.plainly import PlainLines, marks_in, spans_out
from annotations.formats.shapes import each
from annotations.formats.values import (
    TYPE_NAMES,
    Json,
    extra_of,
    id_in,
    name_in,
    name_of,
    number_in,
    objects_in,
    one_of,
    plain,
    reference_in,
    text_in,
    texts_in,
    typed,
)
from annotations.ingest.links import is_safe
from annotations.plain import PlainMarks
from annotations.spans import Span

SCHEMA = "postil/1"
_LINE = frozenset(
    {"schema", "id", "title", "text", "sha256", "revision", "language", "direction", "source"}
    | {"date", "meta", "layout", "labels", "layer", "layer_name", "kind", "annotator", "exercise"}
    | {"frozen", "state", "codebook", "spans", "relations", "entities", "concepts"}
)
_SPAN_TYPES: dict[str, tuple[type, ...]] = {
    "id": (str,),
    "start": (int,),
    "end": (int,),
    "label": (str,),
    "text": (str,),
    "fragments": (list,),
    "attributes": (dict,),
    "entity": (str,),
    "concept": (str,),
    "note": (str,),
    "unsure": (bool,),
    "origin": (dict,),
    "codebook": (int,),
    "created": (str,),
    "updated": (str,),
}
_RELATION = frozenset({"id", "head", "child", "child_entity", "label"})
_ENTITY = frozenset({"id", "name", "aliases", "merged_into"})
_CONCEPT = frozenset({"id", "name", "aliases", "parent", "merged_into"})
_MERGED = {"origin", "layout"}
"""Objects within a span or line: what is unknown in them waits in the ``extra`` of the whole."""

_HAND = Origin()
_HAND_SAID = {"kind": "hand"}
_bare: Callable[[type[Annotation]], Annotation] = object.__new__


def _putter(name: str) -> Callable[[Annotation, Any], None]:
    put: Callable[[Annotation, Any], None] = vars(Annotation)[name].__set__
    return put


_put_id = _putter("id")
_put_start = _putter("start")
_put_end = _putter("end")
_put_label = _putter("label")
_put_fragments = _putter("fragments")
_put_attributes = _putter("attributes")
_put_entity = _putter("entity")
_put_concept = _putter("concept")
_put_note = _putter("note")
_put_unsure = _putter("unsure")
_put_origin = _putter("origin")
_put_codebook = _putter("codebook")
_put_created = _putter("created")
_put_updated = _putter("updated")
_put_extra = _putter("extra")
_STORED = tuple(
    (_putter(part.name), part.default) for part in fields(Annotation) if not part.compare
)
"""What only the store knows of an annotation."""


# ── writing ───────────────────────────────────────────────────────────────────────────────────────


def write(
    documents: Iterable[Annotated],
    losses: Counter[str] | None = None,
    writing: Writing | None = None,
) -> Iterator[bytes]:
    """Each document as one line of UTF-8 with its LF. The same values give the same bytes.

    ``losses`` counts what cannot be carried: only ``extra`` keys that bear the name of one of ours.
    """
    lost = Counter[str]() if losses is None else losses
    for annotated in documents:
        yield dumped(line_said(annotated, lost))


def line_said(annotated: Annotated, lost: Counter[str]) -> Json:
    """All of an entry, as ``write`` makes a line of it."""
    text = annotated.document.text
    line = head_said(annotated)
    marks = annotated.annotations
    if isinstance(marks, PlainMarks):
        line["spans"] = spans_out(marks, text)
    else:
        line["spans"] = [_span_out(annotation, text, lost) for annotation in marks]
    line["relations"] = [_relation_out(relation, lost) for relation in annotated.relations]
    if annotated.entities or annotated.concepts:
        line.update(names_said(annotated, lost))
    if annotated.document.extra:
        _add_extra(line, annotated.document.extra, _LINE, lost)
    return line


def head_said(annotated: Annotated) -> Json:
    """Document, layer and state in the keys of this format, without marks and ``extra``."""
    document = annotated.document
    text = document.text
    line: Json = {"schema": SCHEMA, "id": document.id, "title": document.title, "text": text}
    line["sha256"] = document.sha256
    line["revision"] = document.revision
    if document.language:
        line["language"] = document.language
    if document.direction:
        line["direction"] = document.direction
    if document.source:
        line["source"] = document.source
    if document.date:
        line["date"] = document.date
    if document.meta:
        line["meta"] = document.meta
    if document.layout.blocks or document.layout.inlines:
        line["layout"] = layout_said(document.layout)
    if document.labels:
        line["labels"] = document.labels
    if annotated.layer is not None:
        line.update(layer_said(annotated.layer))
    if annotated.state is not None:
        line["state"] = annotated.state
    if annotated.codebook is not None:
        line["codebook"] = annotated.codebook
    return line


def names_said(annotated: Annotated, lost: Counter[str]) -> Json:
    """What is known of actors and concepts, in the keys of this format."""
    said: Json = {}
    if annotated.entities:
        said["entities"] = [entity_said(entity, lost) for entity in annotated.entities]
    if annotated.concepts:
        said["concepts"] = [concept_said(concept, lost) for concept in annotated.concepts]
    return said


def layout_said(layout: Layout) -> Json:
    if isinstance(layout.blocks, PlainBlocks) and not layout.inlines:
        return {"blocks": layout.blocks.rows} if layout.blocks.rows else {}
    blocks: list[list[Any]] = []
    for block in layout.blocks:
        entry: list[Any] = [block.kind, block.start, block.end]
        if block.level or block.ordered or block.number or block.row is not None:
            said = {
                "level": block.level or None,
                "row": block.row,
                "ordered": block.ordered or None,
                "number": block.number or None,
            }
            entry.append({key: value for key, value in said.items() if value is not None})
        blocks.append(entry)
    inlines = [
        [i.kind, i.start, i.end] if i.href is None else [i.kind, i.start, i.end, {"href": i.href}]
        for i in layout.inlines
    ]
    return ({"blocks": blocks} if blocks else {}) | ({"inlines": inlines} if inlines else {})


def layer_said(layer: Layer) -> Json:
    said: Json = {"layer": layer.id}
    if layer.name:
        said["layer_name"] = layer.name
    said["kind"] = layer.kind
    said["annotator"] = layer.annotator
    if layer.exercise is not None:
        said["exercise"] = layer.exercise
    if layer.frozen:
        said["frozen"] = True
    return said


def _span_out(annotation: Annotation, text: str, lost: Counter[str]) -> Json:
    said = span_said(annotation, text)
    if annotation.extra:
        _add_extra(said, annotation.extra, _SPAN_TYPES, lost)
    return said


def span_said(annotation: Annotation, text: str) -> Json:
    """An annotation in the keys of this format, its ``extra`` apart."""
    start, end = annotation.start, annotation.end
    said: Json = {
        "id": annotation.id,
        "start": start,
        "end": end,
        "label": annotation.label,
        "text": text[start:end],
    }
    if annotation.fragments:
        said["fragments"] = [[span.start, span.end] for span in annotation.fragments]
    if annotation.attributes:
        said["attributes"] = annotation.attributes
    if annotation.entity is not None:
        said["entity"] = annotation.entity
    if annotation.concept is not None:
        said["concept"] = annotation.concept
    if annotation.note:
        said["note"] = annotation.note
    if annotation.unsure:
        said["unsure"] = True
    origin = annotation.origin
    said["origin"] = {"kind": origin.kind}
    if origin.source:
        said["origin"]["source"] = origin.source
    if origin.score is not None:
        said["origin"]["score"] = origin.score
    if origin.edited:
        said["origin"]["edited"] = True
    if annotation.codebook is not None:
        said["codebook"] = annotation.codebook
    if annotation.created is not None:
        said["created"] = annotation.created
    if annotation.updated is not None:
        said["updated"] = annotation.updated
    return said


def _relation_out(relation: Relation, lost: Counter[str]) -> Json:
    said = relation_said(relation)
    if relation.extra:
        _add_extra(said, relation.extra, _RELATION, lost)
    return said


def relation_said(relation: Relation) -> Json:
    """A relation in the keys of this format, its ``extra`` apart."""
    said: Json = {"id": relation.id, "head": relation.head}
    if relation.child is not None:
        said["child"] = relation.child
    if relation.child_entity is not None:
        said["child_entity"] = relation.child_entity
    said["label"] = relation.label
    return said


def entity_said(entity: Entity, lost: Counter[str]) -> Json:
    said: Json = {"id": entity.id, "name": entity.name}
    if entity.aliases:
        said["aliases"] = list(entity.aliases)
    if entity.merged_into is not None:
        said["merged_into"] = entity.merged_into
    _add_extra(said, entity.extra, _ENTITY, lost)
    return said


def concept_said(concept: Concept, lost: Counter[str]) -> Json:
    said: Json = {"id": concept.id, "name": concept.name}
    if concept.aliases:
        said["aliases"] = list(concept.aliases)
    if concept.parent is not None:
        said["parent"] = concept.parent
    if concept.merged_into is not None:
        said["merged_into"] = concept.merged_into
    _add_extra(said, concept.extra, _CONCEPT, lost)
    return said


def _add_extra(
    said: Json, extra: Mapping[str, Any], known: Container[str], lost: Counter[str]
) -> None:
    for key, value in extra.items():
        if key not in known:
            said[key] = value
        elif key in _MERGED and isinstance(value, dict):
            said[key] = {**value, **said.get(key, {})}
        else:
            lost["extra"] += 1


# ── reading ───────────────────────────────────────────────────────────────────────────────────────


def read(
    stream: IO[bytes],
    bad: Callable[[BadLine], None] | None = None,
    reading: Reading | None = None,
) -> Iterator[Annotated]:
    """The documents of a file, one at a time; the stream stays open.

    Raises ``BadLine`` with the number of the line and the reason. With ``bad`` given, that is
    called instead, and the span, the relation or the line left out. ``reading`` has a say in lines
    alone that do not call themselves ours (``other_keys``): in ours the quotes prove what the
    offsets count.
    """
    from annotations.formats import other_keys  # which builds on this module

    layers: dict[tuple[str, str, str], str] = {}
    known = (reading or Reading()).reporting_to(bad)

    def read_line(data: Json) -> Annotated:
        if "schema" in data:
            return made(data, layers, known.parts)
        return other_keys.made(data, layers, known)

    yield from each(stream, read_line, bad, PlainLines(SCHEMA).read, known.parts)


def made(
    data: Json,
    layers: dict[tuple[str, str, str], str],
    parts: BadParts | None = None,
    names: Mapping[str, str] = MappingProxyType({}),
) -> Annotated:
    """What a line says. ``layers`` remembers the ids of layers that a file only names.

    ``parts`` takes bad spans and relations, which are left out where that is allowed; ``names`` is
    what messages call them, by their ids. Raises ``BadInput`` with the reason.
    """
    parts = parts or BadParts()
    if data.get("schema", SCHEMA) != SCHEMA:
        raise BadLine(f"this is “{data['schema']}”, and Postil reads “{SCHEMA}”; is it newer?")
    raw = data.get("text")
    if not isinstance(raw, str):
        raise BadLine(
            "there is no “text”" if raw is None else f"“text” is {name_of(raw)}, not a text"
        )
    text = lf(raw)
    given = data.get("sha256")
    if given not in (None, sha256(text)) and (raw == text or given != sha256(raw)):
        raise BadLine("“sha256” is that of another text; was the text changed?")
    annotations, unit, gone = _annotations(data, raw, text, parts, names)
    document = _document(data, text, unit)
    return Annotated(
        document=document,
        layer=_layer(data, layers),
        state=one_of(data, "state", STATES),
        codebook=number_in(data, "codebook"),
        annotations=annotations,
        relations=_relations(data, annotations, gone, parts, names),
        entities=tuple(_entity(entry) for entry in objects_in(data, "entities")),
        concepts=tuple(_concept(entry) for entry in objects_in(data, "concepts")),
    )


def _document(data: Json, text: str, unit: Unit | None) -> Document:
    extra = extra_of(data, _LINE)
    layout = Layout()
    if given := data.get("layout"):
        layout, unknown = _layout(given, unit)
        layout.checked(len(text))
        if unknown:
            extra["layout"] = unknown
    title = text_in(data, "title")
    labels = typed(data, "labels", list) or []
    revision = number_in(data, "revision")
    if revision is not None and revision < 1:
        raise BadLine(f"revisions count from 1, and this is {revision}")
    return Document(
        id=id_in(data, "document"),
        title=first_line(text) if title is None else title,
        text=text,
        layout=layout,
        revision=1 if revision is None else revision,
        language=text_in(data, "language") or "",
        direction=one_of(data, "direction", DIRECTIONS) or "",
        source=text_in(data, "source") or "",
        date=text_in(data, "date") or "",
        meta=plain(typed(data, "meta", dict) or {}),
        labels=tuple(plain(labels)),
        extra=extra,
    )


def first_line(text: str) -> str:
    """What a text is called that has no title: the beginning of its first line with words."""
    return next((line.strip()[:80] for line in text.split("\n", 50) if line.strip()), "")


def _layer(data: Json, layers: dict[tuple[str, str, str], str]) -> Layer | None:
    named, annotator = text_in(data, "layer"), text_in(data, "annotator") or ""
    kind = one_of(data, "kind", LAYER_KINDS)
    if named is None and not annotator and kind is None:
        return None
    name = text_in(data, "layer_name") or ""
    kind = kind or "work"
    try:
        uid = checked_id(named or "", "id of the layer")
    except BadInput:
        # A name, or only the person's: one layer for all lines of this file that say the same.
        name = name or named or ""
        uid = layers.setdefault((name, kind, annotator), new_id())
    return Layer(
        id=uid,
        kind=kind,
        annotator=annotator,
        name=name,
        exercise=text_in(data, "exercise"),
        frozen=bool(typed(data, "frozen", bool)),
    )


def _annotations(
    data: Json, raw: str, text: str, parts: BadParts, names: Mapping[str, str]
) -> tuple[Sequence[Annotation], Unit | None, frozenset[str]]:
    """The annotations, the unit they were counted in (``None``: code points of ``text``), and the
    ids of those that were left out."""
    spans = _objects(data, "spans", parts)
    same = raw == text
    if same and (plain := marks_in(spans, text)) is not None:
        return plain, None, frozenset()
    unit: Unit | None = None
    misfits: frozenset[int] = frozenset()
    if not same or not _stand_as_quoted(spans, text):
        unit, misfits = _unit(spans, raw, parts)
    good: set[tuple[Any, ...]] = set()
    length = len(text)
    made: dict[str, Annotation] = {}
    gone: set[str] = set()
    for number, span in enumerate(spans):
        try:
            if number in misfits:
                assert unit is not None  # noqa: S101 - quotes misfit a unit
                raise misplaced(unit, span["start"], span["end"], span["text"])
            if unit is not None:
                span = _converted(span, unit)
            shape = (*span, *map(type, span.values()))
            extra: Json = {}
            if shape not in good:
                span, extra = _vetted(span)
                if not extra and shape == (*span, *map(type, span.values())):
                    good.add(shape)
            annotation = _annotation(span, extra, length)
            if annotation.id in made:
                raise BadLine(f"the span id “{annotation.id}” stands twice")
            made[annotation.id] = annotation
        except BadInput as error:
            parts.leave_out(error, "span", _called("span", number, span, names))
            if (uid := _said_id(span)) is not None and uid not in made:
                gone.add(uid)
    return tuple(made.values()), unit, frozenset(gone)


def _objects(data: Json, key: str, parts: BadParts) -> list[Json]:
    """The objects of a list; what else stands in it is left out."""
    entries: list[Any] = typed(data, key, list) or []
    if all(type(entry) is dict for entry in entries):
        return entries
    if not parts.may_be_left_out:
        return objects_in(data, key)
    found = []
    for number, entry in enumerate(entries, 1):
        if type(entry) is dict:
            found.append(entry)
        else:
            error = BadLine(f"it is {name_of(entry)}, not an object")
            parts.leave_out(error, key.removesuffix("s"), f"{key.removesuffix('s')} {number}")
    return found


def _said_id(entry: Json) -> str | None:
    uid = entry.get("id")
    return str(uid) if type(uid) in (str, int) else None


def _called(what: str, number: int, entry: Json, names: Mapping[str, str]) -> str:
    """What a message calls an entry of a list: its name, else its number from 1 and its id."""
    uid = _said_id(entry)
    if uid is not None and uid in names:
        return names[uid]
    return f"{what} {number + 1}" + (f" (“{uid[:60]}”)" if uid else "")


def _annotation(span: Json, extra: Json, length: int) -> Annotation:
    """The annotation that a vetted span describes. Takes its parts over without copying them.

    The fields are filled one by one: the constructor of a frozen dataclass with this many fields
    takes more than half of the time of reading a line.
    """
    start, end, label, get = span["start"], span["end"], span["label"], span.get
    if not 0 <= start < end <= length:
        why = "is empty" if start == end else f"does not fit a text of {length} characters"
        raise BadLine(f"{start}–{end} {why}")
    if not label:
        raise BadLine("“label” is empty")
    origin, fragments, attributes = get("origin"), get("fragments"), get("attributes")
    made = _bare(Annotation)
    _put_id(made, checked_id(get("id") or new_id(), "id of a span"))
    _put_start(made, start)
    _put_end(made, end)
    _put_label(made, label)
    _put_fragments(made, _fragments(fragments, start, end) if fragments else ())
    _put_attributes(made, plain(attributes) if attributes else {})
    _put_entity(made, get("entity"))
    _put_concept(made, get("concept"))
    _put_note(made, get("note", ""))
    _put_unsure(made, get("unsure", False))
    if origin is None:
        _put_origin(made, IMPORTED)
    else:
        _put_origin(made, _HAND if origin == _HAND_SAID else _origin(origin, extra))
    _put_codebook(made, get("codebook"))
    _put_created(made, get("created"))
    _put_updated(made, get("updated"))
    _put_extra(made, extra)
    for put, default in _STORED:
        put(made, default)
    return made


def _vetted(span: Json) -> tuple[Json, Json]:
    """The known keys with their types right and without what is null, and the unknown ones."""
    known: Json = {}
    for key, value in span.items():
        types = _SPAN_TYPES.get(key)
        if types is None or value is None:
            continue
        if key == "id" and type(value) is int:
            value = str(value)
        if type(value) not in types:
            raise BadLine(f"“{key}” is {name_of(value)}, not {TYPE_NAMES[types[0]]}")
        known[key] = value
    for key in ("start", "end", "label"):
        if key not in known:
            raise BadLine(f"there is no “{key}”")
    return known, extra_of(span, _SPAN_TYPES)


_ORIGIN = ("kind", "source", "score", "edited")


def _origin(given: Json, extra: Json) -> Origin:
    unknown = {key: value for key, value in given.items() if key not in _ORIGIN}
    if unknown:
        extra["origin"] = plain(unknown)
    score = given.get("score")
    if score is not None and type(score) not in (int, float):
        raise BadLine(f"the origin's “score” is {name_of(score)}, not a number")
    edited = given.get("edited")
    if edited is not None and type(edited) is not bool:
        raise BadLine(f"the origin's “edited” is {name_of(edited)}, not true or false")
    return Origin(
        kind=one_of(given, "kind", ORIGINS) or IMPORTED.kind,
        source=text_in(given, "source") or "",
        score=None if score is None else float(score),
        edited=bool(edited),
    )


def _fragments(given: list[Any], start: int, end: int) -> tuple[Span, ...]:
    if not given:
        return ()
    whole, fragments = with_fragments(tuple(Span(*_pair(entry)) for entry in given))
    if any(fragment.start >= fragment.end for fragment in fragments):
        raise BadLine("a fragment is empty")
    if (whole.start, whole.end) != (start, end):
        raise BadLine(
            f"the fragments reach from {whole.start} to {whole.end}, the span from {start} to {end}"
        )
    return fragments


def _pair(entry: Any) -> tuple[int, int]:
    if (
        isinstance(entry, list)
        and len(entry) == 2
        and type(entry[0]) is int
        and type(entry[1]) is int
    ):
        return entry[0], entry[1]
    raise BadLine("a fragment is a list of two whole numbers, [start, end]")


# ── units ─────────────────────────────────────────────────────────────────────────────────────────


def _stand_as_quoted(spans: list[Json], text: str) -> bool:
    """Whether every quote stands where its code points say; ``False`` also for broken spans."""
    try:
        for span in spans:
            if "text" in span and text[span["start"] : span["end"]] != (quote := span["text"]):
                if quote is None:
                    continue
                return False
    except (KeyError, TypeError):
        return True  # Something else is wrong, and will be told by name.
    return True


def _quotes(spans: list[Json]) -> dict[int, tuple[int, int, str]]:
    """The quotes of spans that have one, by the number of the span."""
    return {
        number: (span["start"], span["end"], span["text"])
        for number, span in enumerate(spans)
        if type(span.get("text")) is str
        and type(span.get("start")) is int
        and type(span.get("end")) is int
    }


def _unit(spans: list[Json], raw: str, parts: BadParts) -> tuple[Unit, frozenset[int]]:
    """The unit that the quotes prove, and the numbers of the spans that do not fit it."""
    quotes = _quotes(spans)
    unit, misfits = prove(raw, list(quotes.values()), parts=parts)
    numbers = list(quotes)
    return unit, frozenset(numbers[place] for place in misfits)


def _converted(span: Json, unit: Unit) -> Json:
    """The span in code points of ``text``; what is broken in it stays so, to be told later."""
    moved = dict(span)
    for key in ("start", "end"):
        if type(span.get(key)) is int:
            moved[key] = unit.place(span[key])
    if isinstance(span.get("fragments"), list):
        moved["fragments"] = [
            [unit.place(place) for place in _pair(entry)] for entry in span["fragments"]
        ]
    return moved


# ── the rest of a line ────────────────────────────────────────────────────────────────────────────


def _layout(given: Any, unit: Unit | None) -> tuple[Layout, Json]:
    if not isinstance(given, dict):
        raise BadLine(f"“layout” is {name_of(given)}, not an object")
    place = unit.place if unit is not None else None
    plain = (str, int, int) if place is None else None
    blocks = [
        Block(*entry)
        if type(entry) is list and tuple(map(type, entry)) == plain
        else _block(entry, place)
        for entry in typed(given, "blocks", list) or []
    ]
    inlines = [_inline(entry, place) for entry in typed(given, "inlines", list) or []]
    inlines.sort(key=lambda inline: inline.start)
    return Layout(tuple(blocks), tuple(inlines)), extra_of(given, ("blocks", "inlines"))


def _block(entry: Any, place: Callable[[int], int] | None) -> Block:
    kind, start, end, options = _styled(entry, place)
    return Block(
        kind=kind,
        start=start,
        end=end,
        level=_counted(options, "level") or 0,
        row=_counted(options, "row"),
        ordered=bool(typed(options, "ordered", bool)),
        number=text_in(options, "number") or "",
    )


def _counted(options: Json, key: str) -> int | None:
    """A number of the layout, which is kept as JSON: more digits are no whole number there."""
    value = number_in(options, key)
    if value is not None and abs(value) >= 2**63:
        raise BadLine(f"“{key}” of the layout has more than the 18 digits that a number may have")
    return value


def _inline(entry: Any, place: Callable[[int], int] | None) -> Inline:
    kind, start, end, options = _styled(entry, place)
    href = text_in(options, "href")
    if href is not None and not is_safe(href):
        raise BadLine(f"the layout links to “{href[:60]}”, which is no web address")
    return Inline(kind, start, end, href)


def _styled(entry: Any, place: Callable[[int], int] | None) -> tuple[str, int, int, Json]:
    if not isinstance(entry, list) or not 3 <= len(entry) <= 4:
        raise BadLine(
            "an entry of the layout is a list: [kind, start, end] or [kind, start, end, {…}]"
        )
    kind, start, end = entry[:3]
    options = entry[3] if len(entry) == 4 else {}
    if not (type(kind) is str and type(start) is int and type(end) is int):
        raise BadLine("an entry of the layout begins with a kind and two whole numbers")
    if not isinstance(options, dict):
        raise BadLine(f"the options of a “{kind}” are {name_of(options)}, not an object")
    for key in options:
        if key not in ("level", "row", "ordered", "number", "href"):
            raise BadLine(f"the layout of a “{kind}” knows no “{key}”")
    if place is not None:
        start, end = place(start), place(end)
    return kind, start, end, options


def _relations(
    data: Json,
    annotations: Sequence[Annotation],
    gone: frozenset[str],
    parts: BadParts,
    names: Mapping[str, str],
) -> tuple[Relation, ...]:
    """The relations; those of spans that are ``gone`` are left out with them."""
    given = _objects(data, "relations", parts)
    present = {annotation.id for annotation in annotations} if given else set()
    made: dict[str, Relation] = {}
    for number, entry in enumerate(given):
        try:
            relation = _relation(entry, present, gone)
            if relation.id in made:
                raise BadLine(f"the relation id “{relation.id}” stands twice")
            made[relation.id] = relation
        except BadInput as error:
            if not parts.may_be_left_out:
                raise
            parts.leave_out(error, "relation", _called("relation", number, entry, names))
    return tuple(made.values())


def _relation(entry: Json, present: set[str], gone: frozenset[str]) -> Relation:
    uid = id_in(entry, "relation")
    head, child = reference_in(entry, "head"), reference_in(entry, "child")
    entity = text_in(entry, "child_entity")
    label = text_in(entry, "label")
    if head is None or not label:
        raise BadLine(f"the relation {uid} needs a “head” and a “label”")
    if (child is None) == (entity is None):
        raise BadLine(f"the relation {uid} needs either a “child” or a “child_entity”")
    for end, span in (("head", head), ("child", child)):
        if span in gone:
            raise BadLine(f"its {end} “{span}” was left out")
        if span is not None and span not in present:
            raise BadLine(f"the {end} of the relation {uid} is “{span}”, which is no span here")
    return Relation(
        id=uid,
        head=head,
        label=label,
        child=child,
        child_entity=entity,
        extra=extra_of(entry, _RELATION),
    )


def _entity(entry: Json) -> Entity:
    return Entity(
        id=id_in(entry, "entity"),
        name=name_in(entry, "entity"),
        aliases=texts_in(entry, "aliases"),
        merged_into=text_in(entry, "merged_into"),
        extra=extra_of(entry, _ENTITY),
    )


def _concept(entry: Json) -> Concept:
    return Concept(
        id=id_in(entry, "concept"),
        name=name_in(entry, "concept"),
        aliases=texts_in(entry, "aliases"),
        parent=text_in(entry, "parent"),
        merged_into=text_in(entry, "merged_into"),
        extra=extra_of(entry, _CONCEPT),
    )
