"""Annotations and relations."""

from itertools import pairwise
from urllib.parse import quote

from annotations.document import Annotation, Origin, new_id, with_fragments
from annotations.errors import BadInput, Stale
from annotations.spans import Span
from annotations.store import Act, KeptMark
from reader.api.declared import Answer, Call, Parameter, Table
from reader.api.operations import values
from reader.api.problems import of_the_core
from reader.api.schemas import ID, VERSION

PAGE = {"type": "integer", "minimum": 1, "maximum": 5_000, "default": 1_000}
OFFSET = {"type": "integer", "minimum": 0, "maximum": 2**31, "default": 0}
_VERSION = Parameter("version", VERSION, "The version that you looked at.")


def declare(table: Table) -> None:
    """Put the operations of this module into the table."""
    table.add(
        "GET",
        "/documents/{document}/annotations",
        "The annotations of a document, by place",
        query=(
            Parameter("limit", PAGE, "How many to a page."),
            Parameter("offset", OFFSET, "How many to pass over."),
            Parameter("layer", ID, "Only those of this layer (its id)."),
        ),
        gives="Annotations",
    )(list_annotations)
    table.add(
        "POST",
        "/documents/{document}/annotations",
        "Mark a stretch of text",
        takes="NewAnnotation",
        gives="Annotation",
        status=201,
        scope="write",
        problems=(409, 422),
    )(add_annotation)
    table.add("GET", "/annotations/{annotation}", "One annotation", gives="Annotation")(
        get_annotation
    )
    table.add(
        "PATCH",
        "/annotations/{annotation}",
        "Change an annotation",
        takes="ChangedAnnotation",
        gives="Annotation",
        scope="write",
        problems=(409, 422),
    )(change_annotation)
    table.add(
        "DELETE",
        "/annotations/{annotation}",
        "Delete an annotation, with its relations",
        query=(_VERSION,),
        status=204,
        scope="write",
        problems=(409,),
    )(delete_annotation)
    table.add(
        "GET",
        "/documents/{document}/relations",
        "The relations of a document, oldest first",
        gives="Relations",
    )(list_relations)
    table.add(
        "POST",
        "/relations",
        "Join two annotations, or one and an actor",
        takes="NewRelation",
        gives="Relation",
        status=201,
        scope="write",
        problems=(404, 409, 422),
    )(add_relation)
    table.add(
        "DELETE",
        "/relations/{relation}",
        "Remove a relation",
        query=(_VERSION,),
        status=204,
        scope="write",
        problems=(409,),
    )(delete_relation)


def list_annotations(call: Call) -> Answer:
    """Of all layers, unless one is named; on the newest text."""
    project, uid = call.token.project, call.path["document"]
    limit, offset, layer = call.query["limit"], call.query["offset"], call.query.get("layer")
    kept = call.store.documents.find(project, uid)
    layers = [call.store.layers.find(project, layer).key] if layer else None
    found = call.store.marks.of(kept, layers)
    more = len(found) > offset + limit
    only = f"&layer={quote(layer)}" if layer else ""
    address = f"/api/v1/documents/{uid}/annotations?limit={limit}&offset={offset + limit}{only}"
    text = kept.value.text
    return Answer(
        {
            "annotations": [
                values.annotation(mark, uid, text) for mark in found[offset : offset + limit]
            ],
            "next": address if more else None,
        }
    )


def add_annotation(call: Call) -> Answer:
    """In the layer of the token’s person. “text” is what should stand there; “revision” the text
    that you counted on, if it is not the newest: the place is carried over then. The same words
    with the same label again are refused; change the annotation that is there."""
    body, token = call.body, call.token
    kept = call.store.documents.find(token.project, call.path["document"], body.get("revision"))
    fragments = tuple(Span(*pair) for pair in body.get("fragments", ()))
    if fragments:
        hull, fragments = with_fragments(_ordered(fragments))
        if hull != Span(body["start"], body["end"]):
            raise BadInput("The fragments of a mark must reach from its start to its end.")
    origin = body.get("origin") or {"kind": "import", "source": token.name}
    draft = Annotation(
        id=body.get("id") or call.op,
        start=body["start"],
        end=body["end"],
        label=body["label"],
        fragments=fragments,
        attributes=body.get("attributes") or {},
        entity=body.get("entity") or None,
        concept=body.get("concept") or None,
        note=body.get("note", ""),
        unsure=body.get("unsure", False),
        origin=Origin(origin["kind"], origin.get("source", ""), origin.get("score")),
    )
    act = _act(call, "create", kept.key)
    outcome = call.store.marks.add(
        act, token.project, token.person, kept, draft, body.get("text"), again=False
    )
    made = call.store.marks.find(token.project, str(outcome.result["annotation"]), deleted=True)
    return Answer(_shown(call, made), 201, {"Location": f"/api/v1/annotations/{made.value.id}"})


def _ordered(fragments: tuple[Span, ...]) -> tuple[Span, ...]:
    for one, other in pairwise(fragments):
        if one.end > other.start:
            raise BadInput("The fragments of a mark stand in order and do not overlap.")
    for each in fragments:
        if each.start >= each.end:
            raise BadInput(f"A fragment ends after it begins, and this is {each.start}–{each.end}.")
    return fragments


def get_annotation(call: Call) -> Answer:
    """With the words it lies on, and the version that a change must name."""
    found = call.store.marks.find(call.token.project, call.path["annotation"])
    return Answer(_shown(call, found))


def change_annotation(call: Call) -> Answer:
    """Only what is named changes; null takes an actor or a concept away. When somebody changed it
    since “version”, nothing is overwritten: 409, with how it stands now as “current”."""
    said = dict(call.body)
    saw, quote = said.pop("version"), said.pop("text", None)
    if "fragments" in said:
        said["fragments"] = _ordered(tuple(Span(*pair) for pair in said["fragments"]))
    uid = call.path["annotation"]
    kept = call.store.marks.find(call.token.project, uid)
    try:
        call.store.marks.edit(
            _act(call, "edit", kept.document), call.token.project, uid, said, saw, quote
        )
    except Stale as error:
        raise _stale(call, uid, error) from error
    return Answer(_shown(call, call.store.marks.find(call.token.project, uid)))


def delete_annotation(call: Call) -> Answer:
    """Undo on the page brings it back. Refused as stale when it was changed since “version”."""
    uid, saw = call.path["annotation"], call.query.get("version")
    kept = call.store.marks.find(call.token.project, uid, deleted=call.store.log.knows(call.op))
    act = _act(call, "delete", kept.document)
    try:
        call.store.marks.delete(act, call.token.project, uid, saw)
    except Stale as error:
        raise _stale(call, uid, error) from error
    return Answer(status=204)


def _stale(call: Call, uid: str, error: Stale) -> Exception:
    problem = of_the_core(error)
    problem.body["current"] = _shown(call, call.store.marks.find(call.token.project, uid))
    return problem


def _shown(call: Call, kept: KeptMark) -> values.Json:
    document = call.store.documents.by_key(kept.document, kept.value.revision)
    return values.annotation(kept.value, document.value.id, document.value.text)


def list_relations(call: Call) -> Answer:
    """Between annotations, or from one to an actor by name."""
    kept = call.store.documents.find(call.token.project, call.path["document"])
    found = call.store.marks.relations_of(kept)
    return Answer({"relations": [values.relation(each) for each in found]})


def add_relation(call: Call) -> Answer:
    """Both ends lie in one layer of one document, and the codebook lets them be joined."""
    body = call.body
    made = call.work.relate(
        body["head"],
        body["label"],
        body.get("child") or None,
        entity=body.get("child_entity") or None,
        id=body.get("id") or call.op,
        op=call.op,
    )
    return Answer(values.relation(made), 201)


def delete_relation(call: Call) -> Answer:
    """Undo on the page brings it back."""
    call.store.marks.unrelate(
        _act(call, "unrelate", None),
        call.token.project,
        call.path["relation"],
        call.query.get("version"),
    )
    return Answer(status=204)


def _act(call: Call, kind: str, document: int | None) -> Act:
    return Act(
        op=call.op or new_id(),
        person=call.token.person.key,
        kind=kind,
        project=call.token.project.key,
        document=document,
        request=[dict(call.path), call.body],
    )
