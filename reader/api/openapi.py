"""The description of the API, OpenAPI 3.1, made of what is declared and nothing else."""

from functools import lru_cache
from importlib.metadata import version
from typing import Any

from reader.api.declared import Operation
from reader.api.problems import TITLES
from reader.api.schemas import COMPONENTS, ID_PATTERN

_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_ABOUT = """Documents, annotations, relations and files of one project, for programs. A token
(`postil token make`) opens one project in the name of one person, for reading or for writing;
send it as `Authorization: Bearer …`. Offsets are Unicode code points, the end exclusive. Every
change is an act in the log; one that is sent again with the same `Idempotency-Key` is done once."""


@lru_cache(maxsize=1)
def description() -> dict[str, Any]:
    """The whole description, as plain data."""
    from reader.api.operations import table

    paths: dict[str, dict[str, Any]] = {}
    for operation in table().operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Postil",
            "version": version("postil"),
            "description": " ".join(_ABOUT.split()),
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": COMPONENTS,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(operation: Operation) -> dict[str, Any]:
    said: dict[str, Any] = {
        "operationId": operation.id,
        "summary": operation.summary,
        "description": operation.description,
        "parameters": _parameters(operation),
        "responses": _responses(operation),
    }
    if not operation.scope:
        said["security"] = []
    if operation.takes:
        said["requestBody"] = {"required": True, "content": _content(operation.takes)}
    return said


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    said: list[dict[str, Any]] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": ID_PATTERN},
        }
        for name in operation.parameters
    ]
    for each in operation.query:
        one: dict[str, Any] = {"name": each.name, "in": "query", "schema": dict(each.schema)}
        if each.description:
            one["description"] = each.description
        if each.schema["type"] == "array":
            one |= {"style": "form", "explode": True}
        said.append(one)
    if operation.deferrable:
        said.append(
            {
                "name": "Prefer",
                "in": "header",
                "schema": {"type": "string", "enum": ["respond-async"]},
                "description": "With respond-async the answer comes at once, as a job (RFC 7240).",
            }
        )
    if operation.scope == "write":
        said.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "schema": {"type": "string", "pattern": ID_PATTERN},
                "description": "The same again is done once, and answered as before.",
            }
        )
    return said


def _content(name: str) -> dict[str, Any]:
    if name == "bytes":
        return {"application/octet-stream": {}}
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}


def _responses(operation: Operation) -> dict[str, Any]:
    done: dict[str, Any] = {"description": operation.summary}
    if operation.gives == "bytes":
        done["content"] = {"*/*": {}}
    elif operation.gives:
        done["content"] = _content(operation.gives)
    expected = set(operation.problems) | {400, 429}
    if operation.scope:
        expected.add(401)
    if operation.scope == "write":
        expected.add(403)
    if operation.parameters:
        expected.add(404)
    if operation.takes:
        expected |= {413, 422} | ({415} if operation.takes != "bytes" else set())
    problems = {
        str(status): {"description": TITLES[status], "content": _PROBLEM}
        for status in sorted(expected)
    }
    anything = {"description": "Whatever else is wrong", "content": _PROBLEM}
    taken: dict[str, Any] = {}
    if operation.deferrable:
        where = {"schema": {"type": "string"}, "description": "The address of the job."}
        taken["202"] = {
            "description": "It is a job now",
            "headers": {"Location": where},
            "content": _content("Job"),
        }
    return {str(operation.status): done, **taken, **problems, "default": anything}
