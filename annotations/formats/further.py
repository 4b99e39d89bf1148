"""What another tool's format has no keys for, under one key of ours, so that more survives.

``"postil": {…}`` on a line, span or relation holds what Postil knows of it and the format does not
say, in the keys of the native format. Tools that keep unknown keys bring it back; to others it is
nothing. A key that came with a file and that nobody has a use for stays where it stood, unless the
format has a meaning of its own for that name: then it waits in ``postil.extra``.
"""

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import IO, Any

from annotations.document import Annotated, Annotation, Relation, new_id
from annotations.errors import BadLine
from annotations.formats import jsonl
from annotations.formats.interface import BadParts, Reading
from annotations.formats.shapes import each
from annotations.formats.values import Json, name_of, objects_in, plain, typed

KEY = "postil"
Layers = dict[tuple[str, str, str], str]
"""The ids of layers that a file only names, by what it says of them."""

_NEVER = ("text", "sha256", "spans", "relations", "start", "end", "label", "head", "child")
"""What the formats say themselves; under our key it would say it twice."""


# ── writing ───────────────────────────────────────────────────────────────────────────────────────


def of_document(annotated: Annotated, name: str, said: Container[str] = ()) -> Json:
    """What is known of document, layer and state, without the keys that are ``said`` elsewhere.

    ``name`` is that of the format; a file of ours so says which it is in (``registry.guess``).
    """
    ours = jsonl.head_said(annotated)
    ours = {"schema": ours.pop("schema"), "format": name, **ours}
    if annotated.document.revision == 1:
        del ours["revision"]
    if annotated.document.title == jsonl.first_line(annotated.document.text):
        del ours["title"]
    ours.update(jsonl.names_said(annotated, Counter()))
    return _without(ours, said)


def of_annotation(annotation: Annotation, said: Container[str] = ()) -> Json:
    """What is known of an annotation but its place and label, and what is ``said`` elsewhere."""
    return _without(jsonl.span_said(annotation, ""), said)


def of_relation(relation: Relation, said: Container[str] = ()) -> Json:
    """What is known of a relation but its ends and label, and what is ``said`` elsewhere."""
    return _without(jsonl.relation_said(relation), said)


def _without(ours: Json, said: Container[str]) -> Json:
    return {key: value for key, value in ours.items() if key not in _NEVER and key not in said}


def to_entities(annotated: Annotated) -> list[Json]:
    """The relations that lead to an actor who is not marked, for ``postil.relations`` of the line.

    ``at`` is their place among all.
    """
    return [
        {"at": place, **jsonl.relation_said(relation), **_waiting(relation.extra)}
        for place, relation in enumerate(annotated.relations)
        if relation.child is None
    ]


def rejected(annotated: Annotated) -> Json:
    """A layer of rejected suggestions, for ``postil.rejected`` of formats that would take them for
    marks; empty for any other layer."""
    layer, marks = annotated.layer, annotated.annotations
    if layer is None or layer.kind != "suggestion" or not marks:
        return {}
    if any(mark.extra.get("verdict") != "rejected" for mark in marks):
        return {}
    text = annotated.document.text
    return {
        "spans": [[jsonl.span_said(mark, text), dict(mark.extra)] for mark in marks],
        "relations": [
            [jsonl.relation_said(relation), dict(relation.extra)]
            for relation in annotated.relations
        ],
    }


def _waiting(extra: Mapping[str, Any]) -> Json:
    return {"extra": dict(extra)} if extra else {}


def put(said: Json, ours: Json, extra: Mapping[str, Any], reserved: Container[str]) -> Json:
    """``said`` with what came along with it where it stood, and what is ours under ``KEY``.

    ``reserved`` are the names that mean something to the format. What is ours of a document stands
    first, so that the head of a file tells its format.
    """
    waiting = {}
    for key, value in extra.items():
        if key in reserved or key in said or key == KEY:
            waiting[key] = value
        else:
            said[key] = value
    if waiting:
        ours = {**ours, "extra": waiting}
    if not ours:
        return said
    return {KEY: ours, **said} if "schema" in ours else {**said, KEY: ours}


# ── reading ───────────────────────────────────────────────────────────────────────────────────────


def lines_read(
    stream: IO[bytes],
    make: Callable[[Json, Layers, Reading], Annotated],
    bad: Callable[[BadLine], None] | None,
    reading: Reading | None,
) -> Iterator[Annotated]:
    """What ``make`` makes of each line of a file, one at a time.

    It is given the object, the layers that lines before it named, and what is known of the file.
    Raises ``BadLine``, or hands it to ``bad``.
    """
    layers: Layers = {}
    known = (reading or Reading()).reporting_to(bad)
    return each(stream, lambda data: make(data, layers, known), bad, parts=known.parts)


def taken(data: Json, reserved: Container[str]) -> tuple[Json, Json]:
    """What stands under ``KEY``, and the keys that are neither ours nor the format's."""
    ours = dict(typed(data, KEY, dict) or {})
    waiting = ours.pop("extra", None)
    ours.pop("format", None)
    if waiting is not None and type(waiting) is not dict:
        raise BadLine(f"“{KEY}.extra” is {name_of(waiting)}, not an object")
    extra = {key: plain(value) for key, value in data.items() if key not in reserved}
    extra.pop(KEY, None)
    extra.update(plain(waiting or {}))
    return {key: value for key, value in ours.items() if key not in _NEVER}, extra


@dataclass(slots=True)
class Made:
    """The parts of an entry, in the keys of the native format, to be put together.

    ``spans`` and ``relations`` are such objects, each with what else came with it; ``names`` is
    what messages call them, by their ids.
    """

    text: str
    ours: Json = field(default_factory=dict)
    extra: Json = field(default_factory=dict)
    spans: list[tuple[Json, Json]] = field(default_factory=list)
    relations: list[tuple[Json, Json]] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)

    def annotated(self, layers: Layers, parts: BadParts | None = None) -> Annotated:
        """The value. ``text`` must have LF line ends, and offsets be code points of it.

        ``parts`` takes bad spans and relations. Raises ``BadInput`` with the reason, as the native
        format does.
        """
        native = {
            **self.ours,
            "text": self.text,
            "spans": self._with_ids("span", self.spans),
            "relations": self._with_ids("relation", self.relations),
        }
        made = jsonl.made(native, layers, parts, self.names)
        document = made.document
        if self.extra:
            document = replace(document, extra={**document.extra, **self.extra})
        return replace(
            made,
            document=document,
            annotations=_with_extra(made.annotations, self.spans),
            relations=_with_extra(made.relations, self.relations),
        )

    def _with_ids(self, what: str, entries: Sequence[tuple[Json, Json]]) -> list[Json]:
        """The objects, each with an id, by which its extra keys and its name are found again."""
        for number, (said, _) in enumerate(entries, 1):
            if said.get("id") is None:
                said["id"] = new_id()
                self.names[said["id"]] = f"{what} {number}"
        return [said for said, _ in entries]

    def add_to_entities(self, given: Sequence[Json], lost: Counter[str]) -> None:
        """Put the relations of ``to_entities`` back in their places.

        Another tool may have kept them and not the marks that they were on; those are ``lost``.
        """
        present = {span.get("id") for span, _ in self.spans if type(span.get("id")) is str}
        for entry in sorted(given, key=_place):
            entry = dict(entry)
            head = entry.get("head")
            if type(head) is not str or head not in present:
                lost["relations of marks that are gone"] += 1
                continue
            place = _place(entry)
            entry.pop("at", None)
            extra = typed(entry, "extra", dict) or {}
            entry.pop("extra", None)
            self.relations.insert(place, (entry, plain(extra)))

    def add_rejected(self, given: Any) -> None:
        """Put back what ``rejected`` gave."""
        self.spans += _pairs(given, "spans")
        self.relations += _pairs(given, "relations")


def _pairs(given: Any, key: str) -> list[tuple[Json, Json]]:
    pairs = given.get(key) if type(given) is dict else None
    if type(pairs) is not list:
        raise BadLine(f"“{KEY}.rejected” is {name_of(given)} without “{key}”")
    for pair in pairs:
        if type(pair) is not list or [type(part) for part in pair] != [dict, dict]:
            raise BadLine(f"“{KEY}.rejected” holds {name_of(pair)} among its {key}")
    return [(said, plain(extra)) for said, extra in pairs]


def relations_to_entities(data: Json) -> list[Json]:
    """What ``to_entities`` gave, in a line as it came."""
    return objects_in(typed(data, KEY, dict) or {}, "relations")


def _place(entry: Json) -> int:
    place = entry.get("at")
    return min(max(0, place), 2**31) if type(place) is int else 2**31


def _with_extra(values: Iterable[Any], said: Iterable[tuple[Json, Json]]) -> tuple[Any, ...]:
    """The values, each with the further keys of the object that it was made of."""
    extras: dict[str, Json] = {}
    for entry, extra in said:
        extras.setdefault(str(entry["id"]), extra)
    return tuple(
        replace(value, extra={**value.extra, **extra}) if (extra := extras[value.id]) else value
        for value in values
    )
