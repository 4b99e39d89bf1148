"""Label Studio's JSON: tasks, each with the annotations of people and the predictions of models.

A list of tasks, or a task a line. A task is a document; each of its annotations, and each of its
predictions, is a layer. A region of type ``labels`` is a span, results that share its ``id`` are
its attributes, ``meta.text`` is its note. Choices about the whole text are labels of the document.
``was_cancelled`` is a document that was skipped.

Offsets are code points today and UTF-16 units in old exports; the regions' quotes prove which. A
quote may be absent, have its white space collapsed, or a backslash before a line end.

What Label Studio has no key for goes along under ``postil``: in the ``meta`` of task and region,
which it keeps, and on the annotation, where it does not.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import groupby
from typing import IO, Any

from annotations.document import (
    SUGGESTED,
    Annotated,
    Annotation,
    Document,
    Relation,
    checked_id,
    new_id,
)
from annotations.errors import SAY_OFFSETS, BadInput, BadLine, QuotesDiffer
from annotations.formats import further, losses, registry
from annotations.formats.arrays import each
from annotations.formats.interface import Reading, Writing
from annotations.formats.lines import dumped
from annotations.formats.offsets import Unit, code_points, is_open, lf, stated, units
from annotations.formats.values import (
    Json,
    name_of,
    number_in,
    objects_in,
    plain,
    text_in,
    texts_in,
    typed,
)

_TASK = ("id", "data", "annotations", "completions", "predictions", "meta")
_WAITS = (*_TASK[1:], "choices", further.KEY)
"""Further keys of a document that would say something else on a task."""

_ENTRY = ("result", "completed_by", "was_cancelled", "model_version", further.KEY)
_REGION = ("id", "type", "value", "meta", "origin", "score")
_RELATION = ("from_id", "to_id", "type", "labels")
_OF_LAYER = frozenset(
    {"layer", "layer_name", "kind", "annotator", "exercise", "frozen", "state", "codebook"}
    | {"entities", "concepts"}
)
"""What differs between the layers of one document."""

_PROPOSED = ("model", "suggestion")
"""Kinds of layer that are predictions here; nobody trains on those by mistake."""

_VALUES = {"choices": "choices", "textarea": "text", "number": "number", "rating": "rating"}
"""Types of results that say something about a region, and where in ``value`` they say it."""

_ORIGINS: dict[str, Json] = {
    "prediction": {"kind": "model"},
    "prediction-changed": {"kind": "model", "edited": True},
}
_NUMBER = re.compile(r"(?:0|[1-9][0-9]{0,14})\Z")
_LOOSE = re.compile(r"(?:\\?\s|\\n)+")


# ── writing ───────────────────────────────────────────────────────────────────────────────────────


def write(
    documents: Iterable[Annotated],
    losses: Counter[str] | None = None,
    writing: Writing | None = None,
) -> Iterator[bytes]:
    """One list of tasks; the layers of a document that follow each other are in one task."""
    lost = Counter[str]() if losses is None else losses
    before = b"[\n"
    whole = (_whole(annotated, writing or Writing(), lost) for annotated in documents)
    for number, task in enumerate(_tasks(whole), 1):
        yield before + dumped(_task(task, number)).rstrip(b"\n")
        before = b",\n"
    yield b"[]\n" if before == b"[\n" else b"\n]\n"


def _whole(annotated: Annotated, writing: Writing, lost: Counter[str]) -> Annotated:
    annotated = losses.whole(annotated, writing, lost)
    losses.count(annotated, registry.get("labelstudio").carries, lost)
    return annotated


def _tasks(documents: Iterable[Annotated]) -> Iterator[list[Annotated]]:
    """The layers of each document, people's before those that were proposed."""
    task: list[Annotated] = []
    for annotated in documents:
        if task and (
            annotated.document != task[0].document
            or (_is_proposed(task[-1]) and not _is_proposed(annotated))
        ):
            yield task
            task = []
        task.append(annotated)
    if task:
        yield task


def _is_proposed(annotated: Annotated) -> bool:
    return annotated.layer is not None and annotated.layer.kind in _PROPOSED


def _is_bare(annotated: Annotated) -> bool:
    said = (annotated.layer, annotated.state, annotated.codebook)
    held = (annotated.annotations, annotated.relations, annotated.entities, annotated.concepts)
    return all(value is None for value in said) and not any(held)


def _task(layers: Sequence[Annotated], number: int) -> Json:
    """A task. Label Studio's own programs need it to have a number; where nothing else gives one,
    it is that of its place in the file, and ``postil`` says so."""
    document = layers[0].document
    extra = dict(document.extra)
    slots = _Slots(extra.get("annotations"))
    entries: dict[bool, list[Json]] = {False: [], True: []}
    choices = _choices(document) if not all(map(_is_proposed, layers)) else []
    told = {*_OF_LAYER, "meta"} | ({"labels"} if choices else set())
    if len(layers) > 1 or not _is_bare(layers[0]) or choices:
        for annotated in layers:
            entry = _entry(annotated, slots)
            if not _is_proposed(annotated) and choices:
                entry["result"] = choices + entry["result"]
                choices = []
            entries[_is_proposed(annotated)].append(entry)
    said: Json = {}
    if _NUMBER.match(document.id) and "id" not in extra:
        said["id"] = int(document.id)
        told.add("id")
    ours = further.of_document(layers[0], "labelstudio", told)
    if "id" not in said and "id" not in extra:
        said["id"] = ours["task"] = number
    said["meta"] = {further.KEY: ours, **_beside(document.meta, ours)}
    said["data"], told_data = _data(document.text, extra.get("data"))
    if told_data:
        del extra["data"]
    if "annotations" in extra and (not extra.pop("annotations") or slots.left):
        ours.setdefault("extra", {})["annotations"] = slots.left
    said["annotations"] = entries[False]
    if entries[True]:
        said["predictions"] = entries[True]
    waiting = {key: extra.pop(key) for key in list(extra) if key in said or key in _WAITS}
    if "id" in extra:
        said["id"] = extra.pop("id")
    if waiting:
        ours["extra"] = {**waiting, **ours.get("extra", {})}
    return {**said, **extra}


def _beside(meta: Any, ours: Json) -> Json:
    """What is known of a document beside what is ours; a name that is ours waits within."""
    if further.KEY in meta:
        ours["meta"] = dict(meta)
        return {}
    return dict(meta)


def _data(text: str, kept: Any) -> tuple[Json, bool]:
    if type(kept) is not dict or not kept:
        return {"text": text}, False
    rest = dict(kept)
    key = rest.pop("$text", "text")
    if type(key) is not str or key in rest or (key == "text" and "$text" in kept) or key == "$text":
        return {"text": text}, False
    if key != "text" and "text" in rest and type(rest["text"]) is str:
        return {"text": text}, False
    return {key: text, **rest}, True


def _choices(document: Document) -> list[Json]:
    """The labels of a document by name, as choices; none where there is more to say of one."""
    given = [entry.get("label") for entry in document.labels if type(entry) is dict]
    names = [name for name in given if type(name) is str]
    if not names or list(document.labels) != [{"label": n, "attributes": {}} for n in names]:
        return []
    if len(set(names)) < len(names):
        return []
    known = document.extra.get("choices")
    controls = known if type(known) is dict else {}
    controlled = [(_text_or(controls.get(name), "document"), name) for name in names]
    return [
        {
            "id": f"document-{number}",
            "type": "choices",
            "from_name": control,
            "to_name": "text",
            "value": {"choices": [name for _, name in group]},
        }
        for number, (control, group) in enumerate(groupby(controlled, key=lambda pair: pair[0]), 1)
    ]


def _text_or(value: Any, other: str) -> str:
    return value if type(value) is str and value else other


class _Slots:
    """What came with annotations and is not ours, by whose and the how manieth it is."""

    def __init__(self, given: Any):
        self.left: Any = dict(given) if type(given) is dict else given
        self._seen = Counter[str]()

    def name(self, is_proposed: bool, who: str) -> str:
        slot = f"{'prediction' if is_proposed else 'annotation'} {who}"
        self._seen[slot] += 1
        return f"{slot} {self._seen[slot]}"

    def taken(self, name: str, who: str, ids: Collection[str]) -> Json:
        """What is to be written again on that annotation, whose regions have these ``ids``."""
        kept = self.left.get(name) if type(self.left) is dict else None
        if type(kept) is not dict or not kept:
            return {}
        for key in kept:
            if key in ("was_cancelled", "model_version", further.KEY):
                return {}
        if "completed_by" in kept and (
            type(kept["completed_by"]) is not dict or _who(kept["completed_by"]) != who
        ):
            return {}
        results = kept.get("result", [None])
        if "result" in kept and not (
            type(results) is list
            and results
            and all(type(entry) is dict and _is_only_kept(entry, ids) for entry in results)
        ):
            return {}
        del self.left[name]
        return kept


def _entry(annotated: Annotated, slots: _Slots) -> Json:
    layer, text = annotated.layer, annotated.document.text
    is_proposed = _is_proposed(annotated)
    who = layer.annotator if layer else ""
    ids = _region_ids(annotated.annotations)
    kept = dict(slots.taken(slots.name(is_proposed, who), who, ids.values()))
    said: Json = {}
    if who and is_proposed:
        said["model_version"] = who
    elif who:
        said["completed_by"] = kept.pop("completed_by", None) or _someone(who)
    if not is_proposed:
        said["was_cancelled"] = annotated.state == "skipped"
    said["result"] = [
        result
        for mark in annotated.annotations
        for result in _region(mark, ids[mark.id], text, is_proposed)
    ]
    said["result"] += [
        _relation(relation, ids) for relation in annotated.relations if relation.child is not None
    ]
    said["result"] += kept.pop("result", [])
    ours = {
        key: value
        for key, value in further.of_document(annotated, "labelstudio").items()
        if key in _OF_LAYER and key != "annotator"
    }
    ours.setdefault("layer", None)
    ours.setdefault("state", None)
    if entities := further.to_entities(annotated):
        ours["relations"] = entities
    return {**said, **kept, further.KEY: ours}


def _someone(who: str) -> Any:
    return int(who) if _NUMBER.match(who) else {"email": who}


def _region_ids(marks: Iterable[Annotation]) -> dict[str, str]:
    """The id of each region: the mark's, or the one that it came with where that cannot be ours."""
    marks = list(marks)
    given = {mark.id: mark.extra.get("id") for mark in marks}
    times = Counter(raw for raw in given.values() if type(raw) is str)
    ours = {mark.id for mark in marks}
    return {
        uid: raw if type(raw) is str and raw and times[raw] == 1 and raw not in ours else uid
        for uid, raw in given.items()
    }


def _region(mark: Annotation, uid: str, text: str, is_proposed: bool) -> Iterator[Json]:
    extra = dict(mark.extra)
    place: Json = {"start": mark.start, "end": mark.end, "text": mark.span.of(text)}
    controls = extra.get("controls")
    controls = controls if type(controls) is dict else {}
    results = {
        name: result
        for name, value in mark.attributes.items()
        if (result := _attribute(value, controls.get(name)))
    }
    ours = further.of_annotation(mark, {"attributes", "note"})
    if left := {key: value for key, value in mark.attributes.items() if key not in results}:
        ours["attributes"] = left
    said: Json = {"id": uid, "type": "labels"}
    for key, default in (("from_name", "label"), ("to_name", "text")):
        given = extra.get(key)
        said[key] = default
        if type(given) is str and given not in ("", default):
            said[key] = extra.pop(key)
    more = extra.get("value")
    said["value"] = {**place, "labels": [mark.label]}
    if type(more) is dict and more and not more.keys() & said["value"].keys():
        said["value"] |= extra.pop("value")
    if mark.origin.score is not None and is_proposed:
        said["score"] = mark.origin.score
    if mark.origin.kind in SUGGESTED and not is_proposed:
        said["origin"] = "prediction-changed" if mark.origin.edited else "prediction"
    elif extra.get("origin") == "manual":
        said["origin"] = extra.pop("origin")
    meta: Json = {}
    beside = extra.get("meta")
    if type(beside) is dict and beside and not beside.keys() & {"text", further.KEY}:
        meta |= extra.pop("meta")
    if mark.note:
        meta["text"] = [mark.note]
    reserved = {*_REGION, *said, "controls", further.KEY}
    if waiting := {key: extra.pop(key) for key in list(extra) if key in reserved}:
        ours["extra"] = waiting
    meta[further.KEY] = ours
    yield {**said, "meta": meta, **extra}
    for name, (kind, value) in results.items():
        yield {
            "id": uid,
            "type": kind,
            "from_name": name,
            "to_name": said["to_name"],
            "value": {**place, _VALUES[kind]: value},
        }


def _attribute(value: Any, control: Any) -> tuple[str, Any] | None:
    """The type of a result and what it says, or ``None`` for what no control holds."""
    if type(value) is str:
        return ("textarea", [value]) if control == "textarea" else ("choices", [value])
    if type(value) is list and len(value) > 1 and all(type(entry) is str for entry in value):
        return ("textarea", value) if control == "textarea" else ("choices", value)
    if type(value) in (int, float):
        return ("rating", value) if control == "rating" else ("number", value)
    return None


def _relation(relation: Relation, ids: dict[str, str]) -> Json:
    said: Json = {
        "type": "relation",
        "from_id": ids[relation.head],
        "to_id": ids[relation.child or ""],
        "direction": "right",
        "labels": [relation.label],
    }
    extra = dict(relation.extra)
    if extra.get("direction") == "bi":
        said["direction"] = extra.pop("direction")
    return further.put(said, further.of_relation(relation), extra, (*_RELATION, "direction"))


# ── reading ───────────────────────────────────────────────────────────────────────────────────────


def read(
    stream: IO[bytes],
    bad: Callable[[BadLine], None] | None = None,
    reading: Reading | None = None,
) -> Iterator[Annotated]:
    """The layers of each task, one task at a time. Raises ``BadLine``, or hands it to ``bad``."""
    layers: further.Layers = {}
    known = reading or Reading()
    for entries in each(stream, lambda data: _made(data, layers, known), bad):
        yield from entries


def _made(data: Json, layers: further.Layers, reading: Reading) -> list[Annotated]:
    content = typed(data, "data", dict)
    if content is None:
        raise BadLine("there is no “data”; have Label Studio export JSON, not JSON-MIN")
    people = objects_in(data, "annotations") or objects_in(data, "completions")
    models = objects_in(data, "predictions")
    found = [(entry, False) for entry in people] + [(entry, True) for entry in models]
    results = [objects_in(entry, "result") for entry, _ in found]
    key, raw = _text(content, results)
    meta = dict(typed(data, "meta", dict) or {})
    ours, extra = further.taken({further.KEY: meta.pop(further.KEY, None), **_rest(data)}, ())
    if meta:
        ours.setdefault("meta", plain(meta))
    rest = {name: plain(value) for name, value in content.items() if name != key}
    if key != "text":
        rest["$text"] = key
    if rest:
        extra.setdefault("data", rest)
    _say_id(ours, extra, data)
    if type(content.get("title")) is str:
        ours.setdefault("title", content["title"])
    regions = [entry for entries in results for entry in entries if _is_region(entry)]
    unit = _unit(raw, regions, reading)
    _say_labels(ours, extra, found, reading)
    seen: set[str] = set()
    slots = _Slots(None)
    made: list[_Layer] = []
    kept: Json = {}
    for (entry, is_proposed), listed in zip(found, results, strict=True):
        layer = _Layer(entry, is_proposed, slots, made)
        made.append(layer)
        layer.understand(listed, unit, seen, reading)
        if layer.kept:
            kept[layer.slot] = layer.kept
    if kept:
        there = extra.get("annotations")
        extra["annotations"] = {**(there if type(there) is dict else {}), **kept}
    if not made:
        return [further.Made(text=lf(raw), ours=ours, extra=extra).annotated(layers)]
    return [layer.annotated(lf(raw), ours, extra, layers, reading) for layer in made]


def _rest(data: Json) -> Json:
    return {key: value for key, value in data.items() if key not in _TASK and key != further.KEY}


def _text(content: Json, results: Sequence[Sequence[Json]]) -> tuple[str, str]:
    """The key of the text that is marked, and the text: what the results name, else ``text``."""
    named = [
        result["source"].removeprefix("$")
        for listed in results
        for result in listed
        if type(result.get("source")) is str
    ]
    texts = [key for key, value in content.items() if type(value) is str]
    for key in (*named, "text", *(texts if len(texts) == 1 else ())):
        if type(content.get(key)) is str:
            return key, content[key]
    listed = ", ".join(f"“{key}”" for key in content) or "nothing"
    raise BadLine(f"the data of the task has no “text” (it has {listed})")


def _say_id(ours: Json, extra: Json, data: Json) -> None:
    """Postil's own id goes before the number of the task; that is kept then."""
    place = ours.pop("task", None)
    if "id" not in data:
        ours.setdefault("id", new_id())
        return
    given = data["id"]
    if "id" in ours and type(place) is int and given == place:
        return
    if "id" not in ours and type(given) in (int, str):
        try:
            ours["id"] = checked_id(str(given))
            return
        except BadInput:
            pass
    ours.setdefault("id", new_id())
    extra.setdefault("id", plain(given))


def _is_only_kept(result: Json, ids: Collection[str]) -> bool:
    """Whether a result is none that would be understood beside regions with these ids."""
    if _is_region(result) or result.get("type") == "relation" or _is_choice(result):
        return False
    return result.get("type") not in tuple(_VALUES) or result.get("id") not in ids


def _is_region(result: Json) -> bool:
    return result.get("type") == "labels"


def _is_choice(result: Json) -> bool:
    value = result.get("value")
    return result.get("type") == "choices" and type(value) is dict and "start" not in value


def _say_labels(
    ours: Json, extra: Json, found: Sequence[tuple[Json, bool]], reading: Reading
) -> None:
    """Choices about the whole text are labels of the document, whoever made them."""
    names: dict[str, str] = {}
    chosen = []
    for entry, is_proposed in found:
        own = []
        for result in [] if is_proposed else objects_in(entry, "result"):
            if _is_choice(result):
                for name in texts_in(result["value"], "choices"):
                    own.append(name)
                    names.setdefault(name, _text_or(result.get("from_name"), "document"))
        if own:
            chosen.append(set(own))
    if not names:
        return
    if any(own != chosen[0] for own in chosen):
        reading.lost["differences between people's labels of a document"] += 1
    ours["labels"] = [{"label": name, "attributes": {}} for name in names]
    controls = {name: control for name, control in names.items() if control != "document"}
    if controls and "choices" not in extra:
        extra["choices"] = controls


class _Layer:
    """One annotation or prediction of a task, on its way to a value."""

    def __init__(
        self, entry: Json, is_proposed: bool, slots: _Slots, before: Sequence["_Layer"]
    ) -> None:
        self.who = (
            text_in(entry, "model_version") or ""
            if is_proposed
            else _who(entry.get("completed_by"))
        )
        self.is_proposed = is_proposed
        self.slot = slots.name(is_proposed, self.who)
        given = dict(typed(entry, further.KEY, dict) or {})
        self.of_document = given
        self.ours = {key: value for key, value in given.items() if key in _OF_LAYER}
        self.kept = {key: plain(value) for key, value in entry.items() if key not in _ENTRY}
        if type(entry.get("completed_by")) is dict and entry["completed_by"] != _someone(self.who):
            self.kept["completed_by"] = plain(entry["completed_by"])
        if self.who:
            self.ours["annotator"] = self.who
        if is_proposed:
            self.ours.setdefault("kind", "model")
        if "layer" not in self.ours and any(
            (other.who, other.is_proposed) == (self.who, is_proposed) for other in before
        ):
            self.ours["layer"] = f"{self.who or 'annotation'} ({len(before) + 1})"
        if typed(entry, "was_cancelled", bool):
            self.ours["state"] = "skipped"
        elif "state" not in self.ours and not is_proposed:
            self.ours["state"] = "done"
        self.spans: list[tuple[Json, Json]] = []
        self.relations: list[tuple[Json, Json]] = []

    def understand(
        self, results: Sequence[Json], unit: Unit, seen: set[str], reading: Reading
    ) -> None:
        """Sort the results into spans, their attributes, relations, and what is only kept."""
        ids: dict[str, Json] = {}
        further_of: dict[str, tuple[Json, Json]] = {}
        others = []
        for result in results:
            if _is_region(result):
                raw = text_in(result, "id") or new_id()
                if raw in ids:
                    raise BadLine(f"the region “{raw}” stands twice")
                for span in self._spans(result, raw, unit, seen):
                    ids.setdefault(raw, span[0])
                    further_of.setdefault(raw, span)
                    self.spans.append(span)
            elif result.get("type") != "relation" and not (
                _is_choice(result) and not self.is_proposed
            ):
                others.append(result)
        left = []
        for result in others:
            region = further_of.get(_text_or(result.get("id"), ""))
            if region is None or not _add_attribute(*region, result):
                left.append(plain(result))
        if left:
            self.kept["result"] = left
            for result in left:
                if result.get("type") != "choices":
                    reading.lost[f"results of type {_text_or(result.get('type'), '?')[:40]}"] += 1
        for result in results:
            if result.get("type") == "relation":
                self._relate(result, ids)

    def _spans(
        self, result: Json, raw: str, unit: Unit, seen: set[str]
    ) -> Iterator[tuple[Json, Json]]:
        value = typed(result, "value", dict) or {}
        start, end = number_in(value, "start"), number_in(value, "end")
        if start is None or end is None:
            raise BadLine(f"the region “{raw}” has no “start” and “end” in its “value”")
        labels = texts_in(value, "labels")
        if not labels:
            raise BadLine(f"the region “{raw}” has no label")
        meta = dict(typed(result, "meta", dict) or {})
        data = {key: entry for key, entry in result.items() if key not in _REGION}
        data.pop(further.KEY, None)
        told, kept = further.taken({**data, further.KEY: meta.pop(further.KEY, None)}, ())
        for key, default in (("from_name", "label"), ("to_name", "text")):
            if result.get(key) == default and kept.get(key) == default:
                del kept[key]
        if result.get("origin") == "manual":
            kept.setdefault("origin", "manual")
        if notes := texts_in(meta, "text"):
            told["note"] = "\n".join(notes)
        meta.pop("text", None)
        if meta:
            kept["meta"] = plain(meta)
        more = {k: v for k, v in value.items() if k not in ("start", "end", "text", "labels")}
        if more:
            kept["value"] = plain(more)
        self._say_origin(told, result)
        if "id" not in told:
            told["id"] = self._id(raw, kept, seen)
        seen.add(str(told["id"]))
        place = {"start": unit.place(start), "end": unit.place(end)}
        for number, label in enumerate(labels, 1):
            yield (
                {
                    **told,
                    **place,
                    "label": label,
                    "id": told["id"] if number == 1 else f"{str(told['id'])[:90]}.{number}",
                },
                kept,
            )

    def _say_origin(self, told: Json, result: Json) -> None:
        if "origin" in told:
            return
        score = result.get("score")
        if self.is_proposed:
            told["origin"] = {"kind": "model", "source": self.who, "score": score}
        elif type(result.get("origin")) is str and result["origin"] in _ORIGINS:
            told["origin"] = {**_ORIGINS[result["origin"]]}

    def _id(self, raw: str, kept: Json, seen: set[str]) -> str:
        """An id for a region: its own, unless that has no form for it or is another's already."""
        try:
            if checked_id(raw) not in seen:
                return raw
        except BadInput:
            pass
        kept["id"] = raw
        return new_id()

    def _relate(self, result: Json, ids: dict[str, Json]) -> None:
        told, kept = further.taken(result, (*_RELATION, "direction"))
        ends = []
        for key in ("from_id", "to_id"):
            end = result.get(key)
            if type(end) is not str or end not in ids:
                raise BadLine(f"“{key}” of a relation is “{end}”, which is no region here")
            ends.append(ids[end]["id"])
        if result.get("direction") == "left":
            ends.reverse()
        elif result.get("direction") == "bi":
            kept["direction"] = "bi"
        labels = texts_in(result, "labels") or ("related",)
        for number, label in enumerate(labels):
            said = {"head": ends[0], "child": ends[1], "label": label}
            self.relations.append(({**told, **said} if number == 0 else said, kept))

    def annotated(
        self, text: str, ours: Json, extra: Json, layers: further.Layers, reading: Reading
    ) -> Annotated:
        made = further.Made(
            text=text,
            ours={**ours, **self.ours},
            extra=extra,
            spans=self.spans,
            relations=self.relations,
        )
        given = further.relations_to_entities({further.KEY: self.of_document})
        made.add_to_entities(given, reading.lost)
        return made.annotated(layers)


def _who(given: Any) -> str:
    if type(given) is dict:
        given = given.get("email") or given.get("id")
    if given is None or type(given) in (int, str):
        return "" if given is None else str(given)
    raise BadLine(f"“completed_by” is {name_of(given)}, not a person")


def _add_attribute(span: Json, kept: Json, result: Json) -> bool:
    """Add what a result says about a region to its attributes; whether it could be."""
    kind, name, value = result.get("type"), result.get("from_name"), result.get("value")
    if type(kind) is not str or kind not in _VALUES or type(name) is not str:
        return False
    said = value.get(_VALUES[kind]) if type(value) is dict else None
    attributes = span.setdefault("attributes", {})
    if type(attributes) is not dict or name in attributes:
        return False
    if kind in ("choices", "textarea"):
        if type(said) is not list or not said or any(type(entry) is not str for entry in said):
            return False
        attributes[name] = said[0] if len(said) == 1 else said
    elif type(said) in (int, float):
        attributes[name] = said
    else:
        return False
    if kind in ("textarea", "rating"):
        controls = kept.setdefault("controls", {})
        if type(controls) is dict:
            controls[name] = kind
    return True


# ── units ─────────────────────────────────────────────────────────────────────────────────────────


def _unit(raw: str, regions: Sequence[Json], reading: Reading) -> Unit:
    """What the offsets count: what the quotes prove, however they were tidied."""
    quotes = [quote for region in regions if (quote := _quote(region)) is not None]
    if reading.offsets:
        unit = stated(raw, reading.offsets)
        if all(_agrees(unit, *quote) for quote in quotes):
            return unit
    if regions and not quotes and is_open(raw):
        raise BadLine(
            "no region quotes its text, and this text has characters or line ends that are counted "
            f"differently; {SAY_OFFSETS}: code points or UTF-16"
        )
    exact = (unit for unit in units(raw) if all(unit.agrees(*quote) for quote in quotes))
    loose = (unit for unit in units(raw) if all(_agrees(unit, *quote) for quote in quotes))
    found = next(exact, None) or next(loose, None)
    if found is None:
        plain_unit = code_points(raw)
        raise QuotesDiffer(
            tuple(
                (start, end, quote, raw[max(0, start) : max(0, end)])
                for start, end, quote in quotes
                if not _agrees(plain_unit, start, end, quote)
            )
        )
    return found


def _quote(region: Json) -> tuple[int, int, str] | None:
    value = region.get("value")
    if type(value) is not dict:
        return None
    start, end, text = value.get("start"), value.get("end"), value.get("text")
    if type(start) is int and type(end) is int and type(text) is str:
        return start, end, text
    return None


def _agrees(unit: Unit, start: int, end: int, quote: str) -> bool:
    try:
        found = unit.quotes(start, end)
    except BadInput:
        return False
    return found == quote or _tidy(found) == _tidy(quote)


def _tidy(quote: str) -> str:
    return _LOOSE.sub(" ", quote).strip()
