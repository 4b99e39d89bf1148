"""The project of a token: its documents, layers, states and codebook."""

from dataclasses import replace
from typing import Any
from urllib.parse import quote

from annotations import codebook as codebooks
from annotations import formats
from annotations.document import new_id
from annotations.ingest import ingest
from annotations.store import Act
from reader.api.declared import Answer, Call, Parameter, Table
from reader.api.operations import values
from reader.api.schemas import ID

PAGE = {"type": "integer", "minimum": 1, "maximum": 500, "default": 100}
_DOCUMENT = (404,)
_CHANGES = (409, 422)


def declare(table: Table) -> None:
    """Put the operations of this module into the table."""
    table.add("GET", "/openapi.json", "This description", gives="Description", scope="")(describe)
    table.add("GET", "/project", "What this token opens", gives="Door")(get_project)
    table.add("GET", "/formats", "The formats for import and export", gives="Formats")(get_formats)
    table.add(
        "GET",
        "/documents",
        "The documents, page by page",
        query=(
            Parameter("limit", PAGE, "How many to a page."),
            Parameter("after", ID, "The last document of the page before."),
        ),
        gives="Documents",
        problems=_DOCUMENT,
    )(list_documents)
    table.add(
        "POST",
        "/documents",
        "Add a document",
        takes="NewDocument",
        gives="Document",
        status=201,
        scope="write",
        problems=_CHANGES,
    )(add_document)
    table.add("GET", "/documents/{document}", "One document with its text", gives="Document")(
        get_document
    )
    table.add(
        "GET", "/documents/{document}/state", "How far the token’s person is", gives="StateNow"
    )(get_state)
    table.add(
        "PUT",
        "/documents/{document}/state",
        "Say how far the token’s person is",
        takes="State",
        gives="StateNow",
        scope="write",
        problems=_CHANGES,
    )(set_state)
    table.add("GET", "/layers", "Whose marks there are", gives="Layers")(list_layers)
    table.add("GET", "/codebook", "The newest codebook", gives="Codebook")(get_codebook)
    table.add(
        "PUT",
        "/codebook",
        "Keep the codebook’s next version",
        takes="NewCodebook",
        gives="Codebook",
        scope="write",
        problems=(404, *_CHANGES),
    )(save_codebook)


def describe(call: Call) -> Answer:
    """OpenAPI 3.1; the only thing that needs no token."""
    from reader.api.openapi import description

    return Answer(description())


def get_project(call: Call) -> Answer:
    """The project, the person in whose name things are done, and what the token is good for."""
    token = call.token
    project, person = token.project, token.person
    return Answer(
        {
            "project": {
                "id": project.id,
                "name": project.name,
                "description": project.description,
                "documents": call.store.documents.count(project),
            },
            "person": {"id": person.id, "name": person.name},
            "token": {"id": token.id, "name": token.name, "scope": token.scope},
        }
    )


def get_formats(call: Call) -> Answer:
    """What each format carries, as “postil formats --json” says it."""
    return Answer({name: formats.get(name).as_data() for name in formats.names()})


def list_documents(call: Call) -> Answer:
    """In the order in which they came in, without their texts."""
    limit, after = call.query["limit"], call.query.get("after", "")
    found = call.store.documents.summaries(call.token.project, after, limit + 1)
    more = len(found) > limit
    return Answer(
        {
            "documents": [values.summary(listed) for listed in found[:limit]],
            "next": f"/api/v1/documents?limit={limit}&after={quote(found[limit - 1].id)}"
            if more
            else None,
        }
    )


def add_document(call: Call) -> Answer:
    """Plain text; line ends become LF, and empty lines part the paragraphs."""
    said: dict[str, Any] = dict(call.body)
    made = ingest(said.pop("text").encode(), name=said.get("title", ""), kind="text").document
    document = replace(made, **{"id": call.op, **said})
    if not document.title:
        document = replace(document, title=made.title)
    kept = call.work.add(document, call.op)
    return Answer(_document(call, kept.id), 201, {"Location": f"/api/v1/documents/{kept.id}"})


def get_document(call: Call) -> Answer:
    """At its newest revision. Offsets of annotations count the code points of this text."""
    return Answer(_document(call, call.path["document"]))


def _document(call: Call, uid: str) -> values.Json:
    kept = call.store.documents.find(call.token.project, uid)
    return values.document(kept.value, call.store.documents.summary(kept))


def get_state(call: Call) -> Answer:
    """New, in progress, done, skipped, or flagged with a question."""
    return _state(call)


def set_state(call: Call) -> Answer:
    """Refused as done while marks lack what the codebook requires; flagged needs a note."""
    body = call.body
    call.work.set_state(call.path["document"], body["state"], body.get("note", ""), call.op)
    return _state(call)


def _state(call: Call) -> Answer:
    key = call.store.documents.key_of(call.token.project, call.path["document"])
    state = call.store.states.of(call.token.project, call.token.person, key)
    return Answer({"state": state.name, "note": state.note})


def list_layers(call: Call) -> Answer:
    """Those with marks or states; their titles and ids choose them for the export."""
    found = call.store.exchange.layers_of(call.token.project)
    return Answer({"layers": [values.layer(kept) for kept in found]})


def get_codebook(call: Call) -> Answer:
    """Labels, attributes, kinds of relation, rules and guidelines, at the newest version."""
    return Answer(codebooks.as_data(call.store.codebooks.of(call.token.project.key)))


def save_codebook(call: Call) -> Answer:
    """Labels that marks bear may be retired, not left out. “version” is the one that this one was
    made from."""
    token, saw = call.token, call.body["version"]
    act = Act(
        op=call.op or new_id(),
        person=token.person.key,
        kind="codebook",
        project=token.project.key,
        request=call.body,
    )
    codebook = codebooks.from_data(call.body)
    kept = call.store.codebooks.save(act, token.project.key, codebook, saw)
    return Answer(codebooks.as_data(kept))
