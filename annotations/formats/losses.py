"""What a format has no place for, counted in the words of ``CARRIABLE``: lossless, or loud."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import replace

from annotations.document import IMPORTED, Annotated, Annotation
from annotations.errors import BadInput
from annotations.formats.interface import Writing


def count(annotated: Annotated, carries: Collection[str], lost: Counter[str]) -> None:
    """Add to ``lost`` what ``annotated`` holds and a format that carries these things does not."""
    for what, times in _held(annotated):
        if times and what not in carries:
            lost[what] += times


def _held(annotated: Annotated) -> Iterator[tuple[str, int]]:
    document, marks, relations = annotated.document, annotated.annotations, annotated.relations
    yield "texts", 1
    yield "titles", 1 if document.title else 0
    yield "layout", len(document.layout.blocks) + len(document.layout.inlines)
    said = (document.language, document.direction, document.source, document.date)
    yield "meta", len(document.meta) + sum(1 for value in said if value)
    yield "document labels", len(document.labels)
    yield "layers", 1 if annotated.layer is not None else 0
    yield "states", 1 if annotated.state is not None else 0
    yield "relations", len(relations)
    yield "names", len(annotated.entities) + len(annotated.concepts)
    yield "unmarked", 0 if marks else 1
    yield "overlap", overlapping(marks)
    yield "fragments", sum(1 for mark in marks if mark.fragments)
    yield "attributes", sum(len(mark.attributes) for mark in marks)
    yield "entities", sum(1 for mark in marks if mark.entity is not None)
    yield "concepts", sum(1 for mark in marks if mark.concept is not None)
    yield "notes", sum(1 for mark in marks if mark.note)
    yield "unsure", sum(1 for mark in marks if mark.unsure)
    # What says no more than that it was imported is taken for that again.
    plain = ("hand", IMPORTED.kind)
    yield "origins", sum(1 for m in marks if m.origin.kind not in plain or m.origin.source)
    yield "times", sum(1 for mark in marks if mark.created or mark.updated)
    extra = sum(len(mark.extra) for mark in marks) + sum(len(r.extra) for r in relations)
    yield "extra", len(document.extra) + extra


def overlapping(marks: Collection[Annotation]) -> int:
    """How many annotations begin before an earlier one (by place) has ended."""
    ordered = sorted((span.start, span.end) for mark in marks for span in mark.spans)
    reach, times = 0, 0
    for start, end in ordered:
        times += int(start < reach)
        reach = max(reach, end)
    return times


def whole(annotated: Annotated, writing: Writing, lost: Counter[str]) -> Annotated:
    """The same with no span of several parts: what becomes of them is ``writing.fragments``.

    Each is counted in ``lost``. A relation whose end is left out goes with it, and is counted; one
    on a span that was split holds on to the first part. Raises ``BadInput`` for ``stop``.
    """
    marks = annotated.annotations
    if not any(mark.fragments for mark in marks):
        return annotated
    kept: list[Annotation] = []
    for mark in marks:
        if not mark.fragments:
            kept.append(mark)
            continue
        lost["fragments"] += 1
        match writing.fragments:
            case "omit":
                pass
            case "hull":
                kept.append(replace(mark, fragments=()))
            case "split":
                kept.extend(_parts(mark))
            case _:
                raise BadInput(
                    f"“{mark.quote(annotated.document.text)[:80]}” ({mark.label}, in "
                    f"“{annotated.document.title}”) has {len(mark.fragments)} parts, and this "
                    "format has no place for that; have such spans left out, split or taken whole."
                )
    return without_loose_ends(replace(annotated, annotations=tuple(kept)), lost)


def _parts(mark: Annotation) -> list[Annotation]:
    """One annotation a part; the first keeps the id, the others' ids are made of it."""
    return [
        replace(
            mark,
            id=mark.id if number == 1 else f"{mark.id[:90]}.{number}",
            start=part.start,
            end=part.end,
            fragments=(),
        )
        for number, part in enumerate(mark.fragments, 1)
    ]


def without_loose_ends(annotated: Annotated, lost: Counter[str]) -> Annotated:
    """The same without the relations of spans that are not there; they are counted."""
    present = {mark.id for mark in annotated.annotations}
    relations = tuple(
        relation
        for relation in annotated.relations
        if relation.head in present and (relation.child is None or relation.child in present)
    )
    if len(relations) == len(annotated.relations):
        return annotated
    lost["relations"] += len(annotated.relations) - len(relations)
    return replace(annotated, relations=relations)
