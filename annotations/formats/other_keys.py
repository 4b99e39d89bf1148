"""A line that is not ours: a text, with spans and labels under the keys that other tools use.

Whichever key holds places is read (``entities``, ``ents``, ``annotations``, ``label`` …), one of
them; of what stands under others, the places that are not the same are counted, and all of it is
kept. Offsets are code points where Python's names for them are used or quotes prove it; quotes may
also prove another unit, or ends that belong to their span. Where nothing says it and it matters,
the unit is asked for.
"""

from collections import Counter
from collections.abc import Container, Sequence
from typing import Any

from annotations.document import Annotated, checked_id, new_id
from annotations.errors import SAY_OFFSETS, BadInput, BadLine
from annotations.formats import document_labels, jsonl
from annotations.formats.further import Layers, Made
from annotations.formats.interface import Reading
from annotations.formats.offsets import Unit, is_open, lf, misplaced, prove, unit_of
from annotations.formats.places import GROUP_KEY, Place, places_in
from annotations.formats.values import Json, plain

_TEXTS = (
    *("text", "content", "data", "sentence", "body", "document", "raw", "raw_text", "context"),
    *("doc", "passage", "input", "string", "abstract"),
)
_ORDER = ("spans", "entities", "ents", "annotations", "annotation", "label", "labels", "ner")
_PREDICTED = ("predictions", "prediction", "predicted", "preds", "pred")
_NO_SPANS = ("meta", "layout", "relations", "tokens", "words", "sents", "sentences", "concepts")
_HEADS = ("head", "from_id", "from", "subject", "source", "head_id", "arg1")
_CHILDREN = ("child", "to_id", "to", "object", "target", "tail", "tail_id", "arg2")
_KINDS = ("label", "type", "relation", "relation_type", "kind", "name")
_SAID_OF_WORDS = {"text", "word", "value", "type", "label"}
"""Keys of what others call entities, and that we call spans."""

_TEXT_KEYS = ("title", "source", "date", "language", "annotator")


def made(data: Json, layers: Layers, reading: Reading) -> Annotated:
    """What a line says that does not call itself ours. Raises ``BadInput`` with the reason."""
    is_native = _is_native(data.get("spans"))
    found = _places(data, ("spans",) if is_native else ())
    key = "spans" if is_native else _chosen(found)
    text_key = _text_key(data, bool(key))
    data = dict(data)
    labels = _labels(data, key)
    if is_native and found:
        found["spans"] = places_in(data["spans"])
    _count_unread(found, key, reading.lost)
    if is_native or not key:
        _drop_foreign_names(data, found, reading.lost)
        if labels:
            data["labels"] = document_labels.said(labels)
        return jsonl.made(data, layers, reading.parts)
    raw = data.pop(text_key)
    del data[key]
    entry = Made(text=lf(raw))
    if labels:
        entry.ours["labels"] = document_labels.said(labels)
    if key in _PREDICTED:
        entry.ours["kind"] = "model"
    relations = data.pop("relations", None)
    _say_head(entry, data)
    ids = _add_spans(entry, raw, found[key], key, reading)
    _add_relations(entry, relations, ids, reading)
    return entry.annotated(layers, reading.parts)


def _count_unread(found: dict[str, list[Place]], read: str, lost: Counter[str]) -> None:
    """Count the places under other keys than the one that is ``read``, unless they are the same."""
    known = {(place.start, place.end, place.label) for place in found.get(read, ())}
    for key, places in found.items():
        if key == read:
            continue
        others = [place for place in places if (place.start, place.end, place.label) not in known]
        named = [place for place in others if place.label]
        if named:
            lost[f"places under “{key[:60]}”, which was not read"] += len(named)
        if len(others) > len(named):
            lost[f"places without a label under “{key[:60]}”"] += len(others) - len(named)


def places_beside(data: Json, read: Container[str], lost: Counter[str]) -> None:
    """Count the places in a line under keys that its format does not know."""
    _count_unread(_places(data, read), "", lost)


def _places(data: Json, read: Container[str]) -> dict[str, list[Place]]:
    """The places under each key that holds such, but for those that are ``read`` otherwise."""
    found = {
        key: places_in(value)
        for key, value in data.items()
        if key not in _NO_SPANS and key not in read and type(value) in (list, dict)
    }
    return {key: places for key, places in found.items() if places}


def _chosen(found: dict[str, list[Place]]) -> str:
    """The key whose places are read, empty where there is none."""
    named = [key for key, places in found.items() if any(place.label for place in places)]
    for key in (*_ORDER, *named):
        if key in named and key not in _PREDICTED:
            return key
    return next((key for key in named if key in _PREDICTED), "")


def _is_native(spans: Any) -> bool:
    """Whether these are spans as the native format has them, or none of anybody's."""
    if type(spans) is not list or not spans:
        return False
    if all(
        type(span) is dict
        and type(span.get("start")) is type(span.get("end")) is int
        and type(span.get("label")) is str
        for span in spans
    ):
        return True
    places = places_in(spans)
    return not (places and all(place.label for place in places))


def _text_key(data: Json, has_places: bool) -> str:
    for key in _TEXTS if has_places else ("text",):
        if type(data.get(key)) is str:
            return key
    if data.get("text") is None:
        listed = ", ".join(f"“{key[:40]}”" for key in [*data][:8]) or "nothing"
        raise BadLine(f"there is no “text”; this object holds {listed}")
    return "text"


def _labels(data: Json, read: str) -> list[str]:
    """The labels of the document, whose keys are taken out unless they say more."""
    names: list[str] = []
    if "cats" in data and read != "cats":
        names += document_labels.names_in_cats(data["cats"])
        if not document_labels.says_more(data["cats"]):
            del data["cats"]
    if data.get("answer") in ("reject", "ignore"):
        return names
    for key in ("label", "labels", "accept"):
        if key != read and (own := document_labels.names_in(data.get(key))):
            names += own
            del data[key]
    return list(dict.fromkeys(names))


def _drop_foreign_names(data: Json, found: dict[str, list[Place]], lost: Counter[str]) -> None:
    """Leave out what stands under ``entities`` or ``labels`` and is not what we call so."""
    given = data.get("entities")
    entries = given if type(given) is list else [*given] if type(given) is dict else [given]
    if given is not None and ("entities" in found or not all(map(_is_named, entries))):
        if "entities" not in found and entries:
            lost["names or tags under “entities”, which are no places"] += len(entries)
        del data["entities"]
    if "labels" in found:
        del data["labels"]
    if data.get("spans") == {}:
        del data["spans"]


def _is_named(entry: Any) -> bool:
    """Whether an entry under ``entities`` is one of ours, sound or not: what a span may name."""
    return type(entry) is dict and ("name" in entry or not entry.keys() & _SAID_OF_WORDS)


def _say_head(entry: Made, data: Json) -> None:
    """Of the other keys, those that mean the same to us, and have the form; the rest is kept."""
    for key, value in data.items():
        if key == "id" and type(value) in (int, str) and "id" not in entry.ours:
            try:
                entry.ours["id"] = checked_id(str(value))
                continue
            except BadInput:
                pass
        kind = dict if key == "meta" else str
        if key in (*_TEXT_KEYS, "meta") and type(value) is kind:
            entry.ours[key] = value
        else:
            entry.extra[key] = plain(value)


def _add_spans(
    entry: Made, raw: str, places: Sequence[Place], key: str, reading: Reading
) -> dict[Any, str]:
    """Add the places as spans; gives their ids by those of the file."""
    unit, inclusive, misfits = _unit(raw, places, reading)
    ids: dict[Any, str] = {}
    groups = [place.group for place in places]
    first = "sc" if "sc" in groups else next(iter(groups), "")  # as for .spacy files
    for number, place in enumerate(places):
        if not place.label:
            reading.lost[f"places without a label under “{key[:60]}”"] += 1
            continue
        told, kept = _rest(place.rest)
        if place.group != first:
            kept[GROUP_KEY] = place.group
        called = f"“{key[:60]}”, entry {number + 1}"
        try:
            if number in misfits:
                raise misplaced(unit, place.start, place.end + inclusive, place.quote or "")
            told["start"] = unit.place(place.start)
            told["end"] = unit.place(place.end + inclusive)
            if place.parts:
                told["fragments"] = [
                    [unit.place(start), unit.place(end)] for start, end in place.parts
                ]
        except BadInput as error:
            reading.parts.leave_out(error, "span", called)
            continue
        told["id"] = new_id()
        entry.names[told["id"]] = called
        given = place.rest.get("id")
        if type(given) in (int, str):
            ids.setdefault(given, told["id"])
        entry.spans.append(({**told, "label": place.label}, kept))
    return ids


def _rest(rest: Json) -> tuple[Json, Json]:
    """Of a span's other keys those that mean the same to us, and those that are kept."""
    told: Json = {}
    kept: Json = {}
    for key, value in rest.items():
        is_ours = (key in ("note", "entity", "concept") and type(value) is str and value) or (
            key == "attributes" and type(value) is dict
        )
        (told if is_ours else kept)[key] = plain(value)
    return told, kept


def _unit(raw: str, places: Sequence[Place], reading: Reading) -> tuple[Unit, int, frozenset[int]]:
    """What the numbers count, 1 where the last character of a span is counted to it, and the
    numbers of the places that do not fit that."""
    quotes = {n: (p.start, p.end, p.quote) for n, p in enumerate(places) if p.quote is not None}
    hints = [(p.start, p.end, p.hint) for p in places if p.hint is not None]
    if not reading.offsets:
        known = [*quotes.values()]
        if hints and (unit := unit_of(raw, [*known, *hints])) is not None:
            return unit, 0, frozenset()
        within = [(start, end + 1, quote) for start, end, quote in known]
        if known and unit_of(raw, known) is None and (unit := unit_of(raw, within)) is not None:
            return unit, 1, frozenset()
        if not known and is_open(raw) and any(place.is_open for place in places):
            raise BadLine(
                "nothing here proves the unit, and this text has characters or line ends that are "
                f"counted differently; {SAY_OFFSETS}: code points (as Python does) or UTF-16 (as "
                "JavaScript and Java do)"
            )
    unit, misfits = prove(raw, [*quotes.values()], reading.offsets, reading.parts)
    numbers = [*quotes]
    return unit, 0, frozenset(numbers[n] for n in misfits)


def _add_relations(entry: Made, given: Any, ids: dict[Any, str], reading: Reading) -> None:
    """Add the relations whose ends are spans of the line by their ids; others are counted."""
    lost = reading.lost
    for relation in given if type(given) is list else []:
        ends = [
            next((ids[relation[key]] for key in keys if _is_known(relation.get(key), ids)), None)
            for keys in ((_HEADS, _CHILDREN) if type(relation) is dict else ())
        ]
        if len(ends) == 2 and None not in ends:
            key = next((k for k in _KINDS if type(relation.get(k)) is str and relation[k]), "")
            label = relation[key] if key else "related"
            told = {"head": ends[0], "child": ends[1], "label": label}
            entry.relations.append((told, {}))
        else:
            lost["relations whose ends are no spans of their line"] += 1


def _is_known(uid: Any, ids: dict[Any, str]) -> bool:
    return type(uid) in (int, str) and uid in ids
