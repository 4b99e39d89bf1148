"""Web Annotations written: a collection for each layer of a document (``w3c``)."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from annotations.document import Annotated, Annotation, Document, Layer, Relation
from annotations.formats import further, losses, registry
from annotations.formats.interface import Writing
from annotations.formats.lines import dumped
from annotations.formats.values import Json
from annotations.formats.w3c_keys import (
    ANNOTATION,
    COLLECTION,
    CONTEXT,
    IRI,
    iri_of,
    is_creator,
    is_only_kept,
    name_of_creator,
)
from annotations.spans import Span

_CONTEXT = [CONTEXT, {further.KEY: {"@id": "urn:postil:further", "@type": "@json"}}]
_AROUND = 32
"""Code points before and after a quote that are written along with it."""


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
        "id": iri_of(f"{document.id}/{annotated.layer.id}" if annotated.layer else document.id),
        "type": "AnnotationCollection",
        "label": document.title,
        "total": len(items),
        "first": {"type": "AnnotationPage", "startIndex": 0, "items": items},
    }
    return further.put(said, ours, document.extra, COLLECTION)


def _annotation(mark: Annotation, annotated: Annotated) -> Json:
    text, layer = annotated.document.text, annotated.layer
    extra = dict(mark.extra)
    said: Json = {"id": iri_of(mark.id), "type": "Annotation", "motivation": "tagging"}
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
    if type(others) is list and others and all(map(is_only_kept, others)):
        said["body"] += extra.pop("body")
    source = _source(annotated.document)
    targets = [_target(span, text, source) for span in mark.spans]
    said["target"] = targets if len(targets) > 1 else targets[0]
    ours = further.of_annotation(mark, ("fragments", "note", "created", "updated"))
    return further.put(said, ours, extra, ANNOTATION)


def _source(document: Document) -> str:
    return document.source if IRI.match(document.source) else iri_of(document.id)


def _body(purpose: str, value: str) -> Json:
    return {"type": "TextualBody", "purpose": purpose, "value": value}


def _creator(layer: Layer | None, extra: Json) -> Any:
    given = extra.get("creator")
    if layer is None or not layer.annotator:
        return None
    if given is not None and is_creator(given) and name_of_creator(given) == layer.annotator:
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
        "id": iri_of(relation.id),
        "type": "Annotation",
        "motivation": "linking",
        "body": _body("tagging", relation.label),
        "target": [iri_of(relation.head), iri_of(relation.child or "")],
    }
    return further.put(said, further.of_relation(relation), relation.extra, ANNOTATION)
