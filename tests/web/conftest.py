"""An application on a database of its own, and somebody who visits it without a browser."""

import re
from dataclasses import dataclass
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from annotations import codebook
from annotations.document import Annotated, new_id
from annotations.store import Act, Project, Store


@dataclass
class Visitor:
    """A browser as far as the server can tell: cookies, and the tokens that forms carry."""

    client: FlaskClient

    def get(self, address: str, **more: Any) -> TestResponse:
        return self.client.get(address, buffered=True, **more)

    def peek(self, address: str) -> TestResponse:
        """As htmx asks."""
        return self.client.get(address, headers={"HX-Request": "true"})

    def post(self, address: str, data: dict[str, Any], **more: Any) -> TestResponse:
        """Send a form, with the token that the pages of this session carry."""
        page = self.client.get("/you").text
        token = hidden(page, "csrf_token")
        return self.client.post(address, data={"csrf_token": token, **data}, **more)


def hidden(page: str, name: str) -> str:
    """What a hidden field of a page holds."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, f"the page has no field {name}"
    return unescape(found[1])


def seen(page: str) -> str:
    """What a page says, without its tags, white space collapsed."""
    body = page[page.find("<body") :]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())


def act(store: Store, kind: str, project: Project | None = None) -> Act:
    return Act(
        op=new_id(),
        person=store.people.first().key,
        kind=kind,
        project=project.key if project else None,
    )


def put(store: Store, project: Project, *entries: Annotated) -> None:
    """Store documents with their marks."""
    store.exchange.take(act(store, "import", project), project, entries)


@pytest.fixture
def project(store: Store) -> Project:
    """An empty project."""
    return store.projects.add(act(store, "project"), "Harbour", codebook.default())


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    return Visitor(app.test_client())
