"""The HTTP door as a program meets it. Every answer is held against the description."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

from annotations.library import Workspace
from annotations.store import Store
from reader.api.openapi import description
from reader.api.operations import table

TEXT = "Maduro asked Trump to lift all sanctions. 😀 Trump refused."


class Program:
    """A program with a token, which checks that whatever it gets is as described."""

    def __init__(self, app: Flask, secret: str = ""):
        self.client: FlaskClient = app.test_client()
        self.headers = {"Authorization": f"Bearer {secret}"} if secret else {}

    def ask(self, method: str, path: str, **how: Any) -> TestResponse:
        headers = {**self.headers, **how.pop("headers", {})}
        address = path if path.startswith("/api") else f"/api/v1{path}"
        answer = self.client.open(address, method=method, headers=headers, buffered=True, **how)
        check(method, address, answer)
        return answer

    def get(self, path: str, **how: Any) -> Any:
        """What is at an address that is there."""
        answer = self.ask("GET", path, **how)
        assert answer.status_code == 200, answer.text
        return answer.json

    def send(self, method: str, path: str, body: Any, status: int, **how: Any) -> Any:
        """What comes of sending JSON."""
        answer = self.ask(method, path, json=body, **how)
        assert answer.status_code == status, answer.text
        return answer.json


def check(method: str, address: str, answer: TestResponse) -> None:
    """Fails unless an answer has a status, a type and a shape that the description gives it."""
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer.headers["Cache-Control"] == "no-store"
    if answer.status_code >= 400:
        assert answer.mimetype == "application/problem+json"
        matches("Problem", answer.json)
        assert answer.json["status"] == answer.status_code
    path = address.partition("?")[0].removeprefix("/api/v1")
    verbs, _ = table().at(path)
    if method not in verbs:
        assert answer.status_code in (404, 405)
        return
    operation = verbs[method]
    declared = description()["paths"][operation.path][method.lower()]["responses"]
    # What breaks on our side is described as “default”, and asked for by a test that says so.
    expected = str(answer.status_code) in declared or answer.status_code == 500
    assert expected, f"{method} {path}: {answer.status_code}"
    if answer.status_code < 400 and operation.gives not in ("", "bytes"):
        assert answer.mimetype == "application/json"
        matches(operation.gives, answer.json)


def matches(name: str, value: Any) -> None:
    Draft202012Validator(description()["components"]["schemas"][name]).validate(value)


@pytest.fixture
def work(store: Store) -> Workspace:
    work = Workspace(store, "Sanctions", person="Ana")
    work.add_text(TEXT, title="The call", id="call")
    return work


@pytest.fixture
def other(store: Store) -> Workspace:
    """Another project, with a document, two marks and a relation."""
    other = Workspace(store, "Secret", person="Eve")
    document = other.add_text("Secret words here.", title="Secret title", id="secret-doc")
    claim = other.mark(document, 0, 6, "claim", id="secret-mark", note="secret note")
    other.mark(document, 7, 12, "actor", id="secret-actor")
    other.relate(claim, "made by", entity="secret actor", id="secret-relation")
    store.transfers.add(other.project, other.person, "export", "Secret title", {}, "secret-job")
    return other


def with_token(app: Flask, work: Workspace, scope: str = "write", name: str = "tagger") -> Program:
    _, secret = work.store.tokens.make(work.project, work.person, name, scope)
    return Program(app, secret)


@pytest.fixture
def writer(app: Flask, work: Workspace) -> Program:
    return with_token(app, work)


@pytest.fixture
def reader(app: Flask, work: Workspace) -> Program:
    return with_token(app, work, "read", "looker")


def filled(path: str) -> str:
    """An address of the table with the other project's ids in its gaps."""
    names = {"document": "doc", "annotation": "mark", "relation": "relation", "job": "job"}
    return re.sub(r"{(\w+)}", lambda gap: f"secret-{names[gap[1]]}", path)
