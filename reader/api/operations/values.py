"""Values of the core as JSON, in the shapes of ``schemas``."""

from dataclasses import asdict
from typing import Any

from annotations.document import Annotation, Document, Relation
from annotations.store import KeptLayer
from annotations.store.documents import Summary

Json = dict[str, Any]


def summary(listed: Summary) -> Json:
    return asdict(listed)


def document(value: Document, listed: Summary) -> Json:
    return {
        **asdict(listed),
        "direction": value.direction,
        "text": value.text,
        "meta": dict(value.meta),
        "labels": list(value.labels),
    }


def annotation(mark: Annotation, document: str, text: str) -> Json:
    """``text`` is that of the revision on which the mark lies."""
    fragments = [[span.start, span.end] for span in mark.fragments] or None
    origin = mark.origin
    return {
        "id": mark.id,
        "document": document,
        "start": mark.start,
        "end": mark.end,
        "label": mark.label,
        "text": text[mark.start : mark.end],
        "fragments": fragments,
        "attributes": dict(mark.attributes),
        "entity": mark.entity,
        "concept": mark.concept,
        "note": mark.note,
        "unsure": mark.unsure,
        "origin": {"kind": origin.kind, "source": origin.source, "score": origin.score},
        "layer": mark.layer,
        "revision": mark.revision,
        "created": mark.created,
        "updated": mark.updated,
        "version": mark.version,
    }


def relation(value: Relation) -> Json:
    return {
        "id": value.id,
        "head": value.head,
        "label": value.label,
        "child": value.child,
        "child_entity": value.child_entity,
        "layer": value.layer,
        "version": value.version,
    }


def layer(kept: KeptLayer) -> Json:
    value = kept.value
    return {
        "id": value.id,
        "title": value.title,
        "kind": value.kind,
        "annotator": value.annotator,
        "frozen": value.frozen,
    }
