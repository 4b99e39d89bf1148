"""Label Studio's JSON written: a task for the layers of a document (``labelstudio``)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from annotations.document import (
    SUGGESTED,
    Annotated,
    Annotation,
    Document,
    Relation,
)
from annotations.formats import further, losses, registry
from annotations.formats.interface import Writing
from annotations.formats.labelstudio_keys import (
    NUMBER,
    OF_LAYER,
    REGION,
    RELATION,
    TASK,
    VALUES,
    Slots,
    someone,
    text_or,
)
from annotations.formats.lines import dumped
from annotations.formats.values import Json

_WAITS = (*TASK[1:], "choices", further.KEY)
"""Further keys of a document that would say something else on a task."""

_PROPOSED = ("model", "suggestion")
"""Kinds of layer that are predictions here; nobody trains on those by mistake."""


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
    slots = Slots(extra.get("annotations"))
    entries: dict[bool, list[Json]] = {False: [], True: []}
    choices = _choices(document) if not all(map(_is_proposed, layers)) else []
    told = {*OF_LAYER, "meta"} | ({"labels"} if choices else set())
    if len(layers) > 1 or not _is_bare(layers[0]) or choices:
        for annotated in layers:
            entry = _entry(annotated, slots)
            if not _is_proposed(annotated) and choices:
                entry["result"] = choices + entry["result"]
                choices = []
            entries[_is_proposed(annotated)].append(entry)
    said: Json = {}
    if NUMBER.match(document.id) and "id" not in extra:
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
    controlled = [(text_or(controls.get(name), "document"), name) for name in names]
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


def _entry(annotated: Annotated, slots: Slots) -> Json:
    layer, text = annotated.layer, annotated.document.text
    is_proposed = _is_proposed(annotated)
    who = layer.annotator if layer else ""
    ids = _region_ids(annotated.annotations)
    kept = dict(slots.taken(slots.name(is_proposed, who), who, ids.values()))
    said: Json = {}
    if who and is_proposed:
        said["model_version"] = who
    elif who:
        said["completed_by"] = kept.pop("completed_by", None) or someone(who)
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
        if key in OF_LAYER and key != "annotator"
    }
    ours.setdefault("layer", None)
    ours.setdefault("state", None)
    if entities := further.to_entities(annotated):
        ours["relations"] = entities
    return {**said, **kept, further.KEY: ours}


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
    reserved = {*REGION, *said, "controls", further.KEY}
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
            "value": {**place, VALUES[kind]: value},
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
    return further.put(said, further.of_relation(relation), extra, (*RELATION, "direction"))
