"""Label Studio's JSON read: tasks, their layers, and what their offsets count (``labelstudio``)."""

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import IO

from annotations.document import Annotated, checked_id, new_id
from annotations.errors import SAY_OFFSETS, BadInput, BadLine, located
from annotations.formats import further, labelstudio_min, registry
from annotations.formats.arrays import each
from annotations.formats.interface import Reading
from annotations.formats.labelstudio_keys import (
    OF_LAYER,
    REGION,
    RELATION,
    TASK,
    VALUES,
    Slots,
    is_choice,
    is_region,
    someone,
    text_or,
    who_said,
)
from annotations.formats.lines import Again
from annotations.formats.offsets import Unit, is_open, lf, misplaced, prove, stated, units
from annotations.formats.values import (
    Json,
    number_in,
    objects_in,
    plain,
    text_in,
    texts_in,
    typed,
)

_ENTRY = ("result", "completed_by", "was_cancelled", "model_version", further.KEY)
_ORIGINS: dict[str, Json] = {
    "prediction": {"kind": "model"},
    "prediction-changed": {"kind": "model", "edited": True},
}
_HEAD = 4096
_LOOSE = re.compile(r"(?:\\?\s|\\n)+")


def read(
    stream: IO[bytes],
    bad: Callable[[BadLine], None] | None = None,
    reading: Reading | None = None,
) -> Iterator[Annotated]:
    """The layers of each task, one task at a time. Raises ``BadLine``, or hands it to ``bad``."""
    layers: further.Layers = {}
    known = (reading or Reading()).reporting_to(bad)
    head = stream.read(_HEAD)
    whole = io.BufferedReader(Again(head, stream))
    if re.match(registry.get("labelstudio").heading, head.removeprefix(b"\xef\xbb\xbf")):
        yield from _table(whole, layers, known, bad)
        return
    for entries in each(whole, lambda data: _made(data, layers, known), bad, known.parts):
        yield from entries


def _table(
    stream: IO[bytes],
    layers: further.Layers,
    reading: Reading,
    bad: Callable[[BadLine], None] | None,
) -> Iterator[Annotated]:
    for line, entry in labelstudio_min.entries_of_table(stream):
        reading.parts.line = line
        try:
            made = _made(entry, layers, reading)
        except BadInput as error:
            refused = located(error, line)
            if bad is None:
                raise refused from error
            bad(refused)
            continue
        yield from made


def _made(data: Json, layers: further.Layers, reading: Reading) -> list[Annotated]:
    if labelstudio_min.is_short(data):
        data = labelstudio_min.task_of(data)
    content = typed(data, "data", dict)
    if content is None:
        held = ", ".join(f"“{key[:40]}”" for key in [*data][:8]) or "nothing"
        raise BadLine(f"there is no “data”, as a task of Label Studio's has it, but {held}")
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
    regions = [entry for entries in results for entry in entries if is_region(entry)]
    unit, stale = _unit(raw, regions, reading)
    _say_labels(ours, extra, found, reading)
    seen: set[str] = set()
    slots = Slots(None)
    made: list[_Layer] = []
    kept: Json = {}
    for (entry, is_proposed), listed in zip(found, results, strict=True):
        layer = _Layer(entry, is_proposed, slots, made)
        made.append(layer)
        layer.understand(listed, unit, stale, seen, reading)
        if layer.kept:
            kept[layer.slot] = layer.kept
    if kept:
        there = extra.get("annotations")
        extra["annotations"] = {**(there if type(there) is dict else {}), **kept}
    if not made:
        return [further.Made(text=lf(raw), ours=ours, extra=extra).annotated(layers, reading.parts)]
    return [layer.annotated(lf(raw), ours, extra, layers, reading) for layer in made]


def _rest(data: Json) -> Json:
    return {key: value for key, value in data.items() if key not in TASK and key != further.KEY}


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


def _say_labels(
    ours: Json, extra: Json, found: Sequence[tuple[Json, bool]], reading: Reading
) -> None:
    """Choices about the whole text are labels of the document, whoever made them."""
    names: dict[str, str] = {}
    chosen = []
    for entry, is_proposed in found:
        own = []
        for result in [] if is_proposed else objects_in(entry, "result"):
            if is_choice(result):
                for name in texts_in(result["value"], "choices"):
                    own.append(name)
                    names.setdefault(name, text_or(result.get("from_name"), "document"))
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
        self, entry: Json, is_proposed: bool, slots: Slots, before: Sequence["_Layer"]
    ) -> None:
        self.who = (
            text_in(entry, "model_version") or ""
            if is_proposed
            else who_said(entry.get("completed_by"))
        )
        self.is_proposed = is_proposed
        self.slot = slots.name(is_proposed, self.who)
        given = dict(typed(entry, further.KEY, dict) or {})
        self.of_document = given
        self.ours = {key: value for key, value in given.items() if key in OF_LAYER}
        self.kept = {key: plain(value) for key, value in entry.items() if key not in _ENTRY}
        if type(entry.get("completed_by")) is dict and entry["completed_by"] != someone(self.who):
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
        self.names: dict[str, str] = {}

    def understand(
        self,
        results: Sequence[Json],
        unit: Unit,
        stale: Mapping[int, BadLine],
        seen: set[str],
        reading: Reading,
    ) -> None:
        """Sort the results into spans, their attributes, relations, and what is only kept.

        ``stale`` says of regions, by ``id()``, what is wrong with their places.
        """
        ids: dict[str, Json] = {}
        gone: set[str] = set()
        further_of: dict[str, tuple[Json, Json]] = {}
        others = []
        for number, result in enumerate(results, 1):
            if is_region(result):
                raw = text_or(result.get("id"), "") or new_id()
                named = f"the region “{raw[:60]}”" if result.get("id") else f"result {number}"
                try:
                    if id(result) in stale:
                        raise stale[id(result)]
                    text_in(result, "id")
                    if raw in ids:
                        raise BadLine("another one has the same id")
                    spans = list(self._spans(result, raw, unit, seen))
                except BadInput as error:
                    reading.parts.leave_out(error, "region", named)
                    if raw not in ids:
                        gone.add(raw)
                    continue
                for span in spans:
                    ids.setdefault(raw, span[0])
                    further_of.setdefault(raw, span)
                    self.spans.append(span)
                    self.names[str(span[0]["id"])] = named
            elif result.get("type") != "relation" and not (
                is_choice(result) and not self.is_proposed
            ):
                others.append(result)
        left = []
        for result in others:
            region = further_of.get(text_or(result.get("id"), ""))
            if region is None and result.get("id") in gone:
                continue
            if region is None or not _add_attribute(*region, result):
                left.append(plain(result))
        if left:
            self.kept["result"] = left
            for result in left:
                if result.get("type") != "choices":
                    reading.lost[f"results of type {text_or(result.get('type'), '?')[:40]}"] += 1
        for number, result in enumerate(results, 1):
            if result.get("type") == "relation":
                try:
                    self._relate(result, ids, gone)
                except BadInput as error:
                    reading.parts.leave_out(error, "relation", f"result {number}, a relation")

    def _spans(
        self, result: Json, raw: str, unit: Unit, seen: set[str]
    ) -> Iterator[tuple[Json, Json]]:
        value = typed(result, "value", dict) or {}
        start, end = number_in(value, "start"), number_in(value, "end")
        if start is None or end is None:
            raise BadLine("there is no “start” and “end” in its “value”")
        labels = texts_in(value, "labels")
        if not labels:
            raise BadLine("it has no label")
        meta = dict(typed(result, "meta", dict) or {})
        data = {key: entry for key, entry in result.items() if key not in REGION}
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

    def _relate(self, result: Json, ids: dict[str, Json], gone: set[str]) -> None:
        told, kept = further.taken(result, (*RELATION, "direction"))
        ends = []
        for key in ("from_id", "to_id"):
            end = result.get(key)
            if end in gone:
                raise BadLine(f"its “{key}” is the region “{end}”, which was left out")
            if type(end) is not str or end not in ids:
                raise BadLine(f"its “{key}” is “{end}”, which is no region here")
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
            names=self.names,
        )
        given = further.relations_to_entities({further.KEY: self.of_document})
        made.add_to_entities(given, reading.lost)
        return made.annotated(layers, reading.parts)


def _add_attribute(span: Json, kept: Json, result: Json) -> bool:
    """Add what a result says about a region to its attributes; whether it could be."""
    kind, name, value = result.get("type"), result.get("from_name"), result.get("value")
    if type(kind) is not str or kind not in VALUES or type(name) is not str:
        return False
    said = value.get(VALUES[kind]) if type(value) is dict else None
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


def _unit(
    raw: str, regions: Sequence[Json], reading: Reading
) -> tuple[Unit, Mapping[int, BadLine]]:
    """What the offsets count: what the quotes prove, however they were tidied.

    Also what is wrong with regions that do not fit it, by the ``id()`` of the region.
    """
    quoting = [(id(region), quote) for region in regions if (quote := _quote(region)) is not None]
    quotes = [quote for _, quote in quoting]
    told = reading.offsets
    open_unit = BadLine(
        "no region quotes its text, and this text has characters or line ends that are "
        f"counted differently; {SAY_OFFSETS}: code points or UTF-16"
    )
    if regions and not quotes and not told and is_open(raw):
        raise open_unit
    if told and all(_agrees(stated(raw, told), *quote) for quote in quotes):
        return stated(raw, told), {}
    exact = (unit for unit in units(raw) if all(unit.agrees(*quote) for quote in quotes))
    if (found := next(exact, None)) is not None:
        return found, {}
    unit, misfits = prove(raw, quotes, told, reading.parts, _agrees)
    stale = {quoting[n][0]: misplaced(unit, *quotes[n]) for n in misfits}
    if len(misfits) == len(quotes) and not told and is_open(raw):
        known = {key for key, _ in quoting}
        stale |= {id(region): open_unit for region in regions if id(region) not in known}
    return unit, stale


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
