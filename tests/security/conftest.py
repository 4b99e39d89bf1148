"""An application as somebody outside sees it: two projects, a browser's session, and no trust."""

import html
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from annotations import codebook
from annotations.document import Annotated, Annotation, Concept, Document, Relation, new_id
from annotations.ingest.plain import layout
from annotations.store import Act, Store

TEXT = "Ada asked Bob to lift the ban.\n\nBob said that he would think about it."


class Visitor:
    """A browser: it keeps its cookies, and knows the token of the pages that it was shown."""

    def __init__(self, app: Flask):
        self.client: FlaskClient = app.test_client()
        self._token = ""

    def get(self, path: str, **how: Any) -> TestResponse:
        return self.client.get(path, buffered=True, **how)

    def page(self, path: str, **how: Any) -> str:
        return self.get(path, **how).text

    @property
    def token(self) -> str:
        found = re.search(r'"X-CSRFToken": "([^"]+)"', html.unescape(self.page("/you")))
        assert found
        return found[1]

    def post(self, path: str, data: Any = None, **how: Any) -> TestResponse:
        """Post a form as a page of ours does, with its token: that of the page opened first."""
        self._token = self._token or self.token
        headers = {"X-CSRFToken": self._token, **how.pop("headers", {})}
        return self.client.post(path, data=data or {}, headers=headers, **how)

    def script(self, path: str, data: Any = None, **how: Any) -> TestResponse:
        """Post as our scripts do, which take a fragment for an answer."""
        headers = {"HX-Request": "true", **how.pop("headers", {})}
        return self.post(path, data, headers=headers, **how)


def store_of(app: Flask) -> Store:
    store: Store = app.extensions["postil"]
    return store


def act(store: Store, kind: str, project: int | None = None) -> Act:
    return Act(op=new_id(), person=store.people.first().key, kind=kind, project=project)


def fill(store: Store, name: str) -> None:
    """A project with a document, two marks and a relation; their ids begin with its name."""
    project = store.projects.add(act(store, "project"), name, codebook.default(), uid=name)
    entry = Annotated(
        document=Document(id=f"{name}-doc", title=f"{name} title", text=TEXT, layout=layout(TEXT)),
        annotations=(
            Annotation(
                id=f"{name}-demand",
                start=0,
                end=29,
                label="demand",
                note=f"{name} note",
                concept=f"{name} concept",
            ),
            Annotation(id=f"{name}-actor", start=0, end=3, label="actor", entity=f"{name} entity"),
        ),
        relations=(
            Relation(
                id=f"{name}-made", head=f"{name}-demand", label="made by", child=f"{name}-actor"
            ),
        ),
        concepts=(Concept(id=f"{name}-concept", name=f"{name} concept", aliases=("b",)),),
    )
    store.exchange.take(act(store, "import", project.key), project, [entry])
    asked = {"query": []}
    person = store.people.first()
    store.transfers.add(project, person, "export", f"{name} title", asked, f"{name}-transfer")
    store.transfers.end(f"{name}-transfer", "cancelled")
    store.transfers.add(None, person, "bundle-look", f"{name} title", {}, f"{name}-bundle")
    store.transfers.end(f"{name}-bundle", "cancelled")


def everything(store: Store) -> list[tuple[Any, ...]]:
    """All that a request could have changed."""
    tables = ("projects", "documents", "annotations", "relations", "changes", "people", "layers")
    tables += ("transfers",)
    return [
        tuple(row)
        for table in tables
        for row in store.database.rows(f"select '{table}', * from {table}")  # noqa: S608
    ]


def address(rule: Rule, **others: str) -> str:
    """An address that a rule matches, of things that are there, or of others for parts of it."""
    names = {
        "project": "mine",
        "document": "mine-doc",
        "annotation": "mine-demand",
        "relation": "mine-made",
        "kind": "concepts",
        "entry": "mine-concept",
        "verb": "undo",
        "field": "concept",
        "stamp": "old",
        "path:filename": "css/base.css",
        "int:seq": "2",
        "transfer": "mine-transfer",
        "bundle": "mine-bundle",
        **others,
    }
    found = re.sub(r"<([\w:]+)>", lambda part: names[part[1]], rule.rule)
    return f"{found}?kind=made%20by" if found.endswith("/candidates") else found


@pytest.fixture
def app(tmp_path: Path, new_app: Callable[..., Flask]) -> Iterator[Flask]:
    app = new_app(tmp_path / "postil.db")
    store = store_of(app)
    fill(store, "mine")
    fill(store, "theirs")
    yield app
    store.close()


@pytest.fixture
def store(app: Flask) -> Store:
    return store_of(app)


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    return Visitor(app)


@pytest.fixture
def shared(tmp_path: Path, new_app: Callable[..., Flask]) -> Iterator[Flask]:
    """The same for several people on a network, under one name."""
    app = new_app(tmp_path / "shared.db", hosts=["postil.test"])
    fill(store_of(app), "mine")
    yield app
    store_of(app).close()
