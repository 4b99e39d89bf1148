"""doccano's JSONL: a document a line, its spans under one of four keys that it has had over time.

Read are ``label: [[start, end, "L"]]``, the older ``labels`` and the oldest ``annotations``, and
``entities`` with ``relations`` of projects that have relations; ``cats`` or a ``label`` that is a
list of names are labels of the document. Written are ``entities`` and ``relations``: doccano takes
these in projects of both kinds.

Offsets count **UTF-16 units**: doccano keeps what the browser counted and its importer changes
nothing; or grapheme clusters, where a project was set up so. Nothing is quoted, so nothing proves
the unit: where a text has characters that are counted differently, it must be stated.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import IO, Any

from annotations.document import Annotated, Annotation, Relation, checked_id, new_id
from annotations.errors import SAY_OFFSETS, BadInput, BadLine
from annotations.formats import document_labels, further, losses, other_keys, registry
from annotations.formats.interface import BadParts, Reading, Writing
from annotations.formats.lines import dumped
from annotations.formats.offsets import Unit, code_points, has_astral, is_open, lf, stated
from annotations.formats.values import (
    Json,
    name_of,
    objects_in,
    reference_in,
    text_in,
    typed,
)

_SPANS = ("entities", "label", "labels", "annotations")
"""Where spans may stand, the newest first; one of them holds them."""

_ENTITY = ("id", "start_offset", "end_offset", "label")
_RELATION = ("id", "from_id", "to_id", "type")
_NUMBER = re.compile(r"(?:0|[1-9][0-9]{0,14})\Z")
_GONE = "relations of marks that are gone"


# ── writing ───────────────────────────────────────────────────────────────────────────────────────


def write(
    documents: Iterable[Annotated],
    losses: Counter[str] | None = None,
    writing: Writing | None = None,
) -> Iterator[bytes]:
    """Each layer of a document as one line; the same values give the same bytes."""
    lost = Counter[str]() if losses is None else losses
    for annotated in documents:
        yield dumped(_line(_whole(annotated, writing or Writing(), lost)))


def _whole(annotated: Annotated, writing: Writing, lost: Counter[str]) -> Annotated:
    annotated = losses.whole(annotated, writing, lost)
    losses.count(annotated, registry.get("doccano").carries, lost)
    return annotated


def _line(annotated: Annotated) -> Json:
    document, text = annotated.document, annotated.document.text
    told = {"meta"}
    said: Json = {}
    if _NUMBER.match(document.id) and "id" not in document.extra:
        said["id"] = int(document.id)
        told.add("id")
    said["text"] = text
    if document.meta:
        said["meta"] = document.meta
    if cats := document_labels.names_of(document):
        said["cats"] = cats
        if document_labels.are_plain(document):
            told.add("labels")
    if rejected := further.rejected(annotated):
        # As entities they would be taken for marks; doccano cannot say that they are none.
        annotated = replace(annotated, annotations=(), relations=())
    numbers = _numbers(annotated.annotations)
    unit = stated(text, "utf-16") if has_astral(text) else code_points(text)
    said["entities"] = [_entity(mark, numbers[mark.id], unit) for mark in annotated.annotations]
    marked = [relation for relation in annotated.relations if relation.child is not None]
    said["relations"] = [
        _relation(relation, number, numbers) for number, relation in enumerate(marked)
    ]
    ours = further.of_document(annotated, "doccano", told)
    ours["offsets"] = "utf-16"
    if rejected:
        ours["rejected"] = rejected
    if entities := further.to_entities(annotated):
        ours["relations"] = entities
    return further.put(said, ours, document.extra, ("text", "meta", "cats", "relations", *_SPANS))


def _numbers(marks: Iterable[Annotation]) -> dict[str, int]:
    """A number for each mark, as doccano wants it: the one that it came with, if there is one."""
    given = {mark.id: mark.extra.get("id") for mark in marks}
    taken = Counter(number for number in given.values() if type(number) is int)
    numbers: dict[str, int] = {}
    free = 0
    for uid, number in given.items():
        if type(number) is int and taken[number] == 1 and 0 <= number < 2**53:
            numbers[uid] = number
            continue
        while free in taken:
            free += 1
        numbers[uid] = free
        free += 1
    return numbers


def _entity(mark: Annotation, number: int, unit: Unit) -> Json:
    said: Json = {
        "id": number,
        "start_offset": unit.offset(mark.start),
        "end_offset": unit.offset(mark.end),
        "label": mark.label,
    }
    return further.put(said, further.of_annotation(mark), mark.extra, _ENTITY)


def _relation(relation: Relation, number: int, numbers: dict[str, int]) -> Json:
    said: Json = {
        "id": number,
        "from_id": numbers[relation.head],
        "to_id": numbers[relation.child or ""],
        "type": relation.label,
    }
    return further.put(said, further.of_relation(relation), relation.extra, _RELATION)


# ── reading ───────────────────────────────────────────────────────────────────────────────────────


def read(
    stream: IO[bytes],
    bad: Callable[[BadLine], None] | None = None,
    reading: Reading | None = None,
) -> Iterator[Annotated]:
    """The lines of a file, one at a time. Raises ``BadLine``, or hands it to ``bad``."""
    return further.lines_read(stream, _made, bad, reading)


def _made(data: Json, layers: further.Layers, reading: Reading) -> Annotated:
    inner = data.get("annotations")
    if type(inner) is dict and any(type(inner.get(key)) is list for key in _SPANS):
        data = {**{key: value for key, value in data.items() if key != "annotations"}, **inner}
    raw = text_in(data, "text")
    if raw is None:
        raise BadLine("there is no “text”")
    where, spans, names = _spans(data, reading.parts)
    reserved = {"id", "text", "meta", "cats", "relations", where}
    ours, extra = further.taken(data, reserved)
    written, rejected = ours.pop("offsets", None), ours.pop("rejected", None)
    _say_id(ours, extra, data)
    if meta := typed(data, "meta", dict):
        ours["meta"] = meta
    names += document_labels.names_in_cats(data.get("cats"))
    if document_labels.says_more(data.get("cats")):
        extra["cats"] = data["cats"]
    if names := list(dict.fromkeys(names)):
        ours["labels"] = document_labels.said(names, ours.get("labels"))
    other_keys.places_beside(data, (where, "relations", further.KEY), reading.lost)
    is_ours = all(further.KEY in span for _, span in spans)
    unit = _unit(raw, written if is_ours else None, reading) if spans else code_points(raw)
    entry = further.Made(text=lf(raw), ours=ours, extra=extra)
    ids: dict[Any, str] = {}
    gone: set[Any] = set()
    for number, span in spans:
        called = f"span {number}"
        try:
            made = _span(span, unit, ours["id"], ids)
        except BadInput as error:
            if type(span.get("id")) in (int, str) and span["id"] not in ids:
                gone.add(span["id"])
            reading.parts.leave_out(error, "span", called)
            continue
        entry.spans.append(made)
        entry.names[str(made[0]["id"])] = called
    if rejected is not None and not spans:
        entry.add_rejected(rejected)
        return entry.annotated(layers, reading.parts)
    _add_relations(entry, data, ids, gone, where == "entities", reading)
    return entry.annotated(layers, reading.parts)


def _spans(data: Json, parts: BadParts) -> tuple[str, list[tuple[int, Json]], list[str]]:
    """The key of the spans, the spans with their numbers, and labels of the document."""
    where = next((key for key in _SPANS if data.get(key) is not None), "label")
    given: Any = data.get(where)
    if document_labels.is_name(given):
        return where, [], [given]
    given = typed(data, where, list) or []
    names = [entry for entry in given if type(entry) is str]
    others = [entry for entry in given if type(entry) is not str]
    spans = []
    for number, entry in enumerate(others, 1):
        try:
            spans.append((number, _parts(entry)))
        except BadInput as error:
            parts.leave_out(error, "span", f"span {number}")
    return where, spans, names


def _parts(entry: Any) -> Json:
    if type(entry) is dict:
        return entry
    if type(entry) is list and len(entry) == 3:
        return dict(zip(("start_offset", "end_offset", "label"), entry, strict=True))
    what = f"a list of {len(entry)}" if type(entry) is list else name_of(entry)
    raise BadLine(f"a span is [start, end, label] or an object, and this is {what}")


def _say_id(ours: Json, extra: Json, data: Json) -> None:
    """Postil's own id goes before the number that doccano gave; that is kept then."""
    given = data.get("id")
    if "id" in ours or given is None:
        if "id" in data:
            extra.setdefault("id", given)
        ours.setdefault("id", new_id())
        return
    try:
        ours["id"] = checked_id(reference_in(data, "id") or "")
    except BadInput:
        extra["id"] = given
        ours["id"] = new_id()


def _unit(raw: str, written: Any, reading: Reading) -> Unit:
    if reading.offsets:
        return stated(raw, reading.offsets)
    if written is not None:
        return stated(raw, str(written))
    if is_open(raw):
        raise BadLine(
            "nothing here proves the unit, and this text has characters or line ends that are "
            f"counted differently; {SAY_OFFSETS}: UTF-16 (as doccano does), grapheme clusters (in "
            "a project that counts those) or code points"
        )
    return code_points(raw)


def _span(span: Json, unit: Unit, document: Any, ids: dict[Any, str]) -> tuple[Json, Json]:
    told, kept = further.taken(span, _ENTITY)
    number = span.get("id")
    if number is not None and type(number) not in (int, str):
        raise BadLine(f"its “id” is {name_of(number)}")
    if "id" not in told:
        told["id"] = _within(document, number)
        if number is not None:
            kept["id"] = number
    if number is not None and number in ids:
        raise BadLine(f"the id {number} stands twice")
    for key in ("start", "end"):
        place = span.get(f"{key}_offset")
        if type(place) is not int:
            raise BadLine(f"“{key}_offset” is {name_of(place)}, not a whole number")
        told[key] = unit.place(place)
    if type(span.get("label")) is int:
        raise BadLine("“label” is a number; have doccano export the names of labels")
    if number is not None:
        ids[number] = str(told["id"])
    return {**told, "label": span.get("label")}, kept


def _within(document: Any, number: Any, what: str = "") -> str:
    """The id of something that has a number within its document alone."""
    if number is None or not _NUMBER.match(str(number)):
        return new_id()
    return f"{str(document)[:80]}.{what}{number}"


def _add_relations(
    entry: further.Made,
    data: Json,
    ids: dict[Any, str],
    gone: set[Any],
    is_sure: bool,
    reading: Reading,
) -> None:
    for place, relation in enumerate(objects_in(data, "relations"), 1):
        called = f"relation {place}"
        told, kept = further.taken(relation, _RELATION)
        number = reference_in(relation, "id")
        if "id" not in told:
            told["id"] = _within(entry.ours["id"], number, "r")
            if number is not None:
                kept["id"] = relation["id"]
        given = {"head": relation.get("from_id"), "child": relation.get("to_id")}
        ends = {
            end: ids[uid] for end, uid in given.items() if type(uid) in (int, str) and uid in ids
        }
        if len(ends) < 2:
            missing = next(uid for end, uid in given.items() if end not in ends)
            if type(missing) in (int, str) and missing in gone:
                error = BadLine(f"its end {missing} was left out")
            elif is_sure:
                error = BadLine(f"its end {missing} is no entity here")
            else:
                # What doccano kept of an import into a project without relations.
                reading.lost[_GONE] += 1
                continue
            reading.parts.leave_out(error, "relation", called)
            continue
        entry.names[str(told["id"])] = called
        entry.relations.append(({**told, **ends, "label": relation.get("type")}, kept))
    entry.add_to_entities(further.relations_to_entities(data), reading.lost)
