"""Pages for errors: in our style, for people and for scripts, and not telling what is ours."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import jinja2
import pytest
from flask import Flask

from annotations.codebook import Attribute
from annotations.errors import BadDatabase
from annotations.store import Store
from reader import errors
from tests.security.conftest import Visitor, act, everything
from tests.security.test_headers import ERRORS, POLICY, inline

DOCUMENT = "/projects/mine/documents/mine-doc"
SECRET = "/home/ada/secret.db"


@pytest.fixture
def broken(app: Flask, tmp_path: Path) -> Flask:
    @app.get("/broken")
    def broken() -> str:
        raise RuntimeError(SECRET)

    @app.get("/broken/core")
    def broken_core() -> str:
        raise BadDatabase(f"{SECRET} cannot be used")

    return app


@pytest.mark.parametrize("name", [name for name in ERRORS if len(name) == 3])
def test_each_has_a_page_that_says_what_to_do(broken: Flask, visitor: Visitor, name: str) -> None:
    answer = ERRORS[name](visitor)
    status = int(name)

    assert answer.status_code == status
    assert answer.mimetype == "text/html"
    assert answer.headers["Cache-Control"] == "no-store"
    assert f"<h1>{errors.TITLES[status]}</h1>" in answer.text
    assert str(errors.REMEDIES[status]) in answer.text
    assert 'href="/"' in answer.text
    assert "base.css" in answer.text


@pytest.mark.parametrize("name", [name for name in ERRORS if len(name) == 3])
def test_each_is_a_message_alone_for_a_script(broken: Flask, visitor: Visitor, name: str) -> None:
    visitor.client.environ_base["HTTP_HX_REQUEST"] = "true"

    answer = ERRORS[name](visitor)

    assert answer.status_code == int(name)
    assert answer.text.startswith(f'<div class="problem" data-status="{name}">')
    assert "<html" not in answer.text


@pytest.mark.parametrize("path", ["/broken", "/broken/core"])
@pytest.mark.parametrize("fragment", [False, True], ids=["page", "fragment"])
def test_an_error_of_ours_leaks_nothing(
    broken: Flask, visitor: Visitor, path: str, fragment: bool, caplog: pytest.LogCaptureFixture
) -> None:
    answer = visitor.get(path, headers={"HX-Request": "true"} if fragment else {})

    assert answer.status_code == 500
    assert "ada" not in answer.text
    assert "Error" not in answer.text
    assert "Traceback" not in answer.text
    assert SECRET in caplog.text


def test_the_method_that_is_allowed_is_told(visitor: Visitor) -> None:
    assert visitor.get(f"{DOCUMENT}/undo").allow == {"OPTIONS", "POST"}


@pytest.mark.parametrize("fragment", [False, True], ids=["page", "fragment"])
def test_when_even_the_page_of_an_error_fails_there_is_a_plain_one(
    broken: Flask, visitor: Visitor, monkeypatch: pytest.MonkeyPatch, fragment: bool
) -> None:
    def fails(*args: Any, **how: Any) -> str:
        raise jinja2.TemplateError(SECRET)

    monkeypatch.setattr(errors, "render_template", fails)
    for path, status in (("/broken", 500), ("/nothing", 404)):
        answer = visitor.get(path, headers={"HX-Request": "true"} if fragment else {})

        assert answer.status_code == status
        assert f'class="problem" data-status="{status}"' in answer.text
        assert str(errors.TITLES[status]) in answer.text
        assert SECRET not in answer.text
        assert inline(answer.text) == []
        assert answer.headers["Content-Security-Policy"] == POLICY
        assert answer.headers["Cache-Control"] == "no-store"


def test_when_the_database_is_gone_there_is_still_a_page(
    visitor: Visitor, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*args: Any, **how: Any) -> Any:
        raise OSError(SECRET)

    monkeypatch.setattr(store.database, "rows", fails)
    monkeypatch.setattr(store.database, "row", fails)

    answer = visitor.get("/")

    assert answer.status_code == 500
    assert str(errors.TITLES[500]) in answer.text
    assert SECRET not in answer.text
    assert answer.headers["Content-Security-Policy"] == POLICY


@pytest.mark.parametrize(
    "path",
    [
        "/projects/%00",
        "/projects/%ff%fe",
        "/projects/<script>alert(1)</script>",
        "/projects/%E2%80%AEmine",
        "/projects/mine/documents/%22onclick=alert(1)",
        "/projects/mine/annotations/'><svg onload=alert(1)>",
        "/projects/mine/annotations/mine-demand/candidates?kind=<img src=x onerror=alert(1)>",
        "/projects/mine/annotations/",
        "/projects/..%2f..%2fetc%2fpasswd",
        "/assets/x/..%2f..%2fpyproject.toml",
        "/assets/x/%2e%2e/%2e%2e/pyproject.toml",
        "/assets/x/../../../pyproject.toml",
        "/assets/x//etc/passwd",
        "/assets/x/%2fetc%2fpasswd",
        "/assets/x/c:%5cwindows%5cwin.ini",
        "/assets/x/..%5c..%5cpyproject.toml",
        "/assets/x/%00",
        "/assets/x/css",
        "/assets/%2e%2e/pyproject.toml",
        "/static/css/base.css",
        "/templates/base.html",
        f"{DOCUMENT}?revision=2",
        "/projects/mine/codebook.toml?version=99",
        "/projects/mine/codebook.toml?version=99999999999999999999999999",
        "/projects/mine/codebook.toml?version=-1",
        "/projects/mine/registers/evil",
        f"{DOCUMENT}?revision=-1",
        f"{DOCUMENT}?revision=99999999999999999999999999",
        f"/{'a' * 100_000}",
        f"/{'%2e/' * 1000}",
    ],
    ids=lambda path: path[:60],
)
def test_an_address_that_leads_nowhere_leads_nowhere(visitor: Visitor, path: str) -> None:
    answer = visitor.get(path, follow_redirects=True)

    assert answer.status_code == 404
    assert "<script>alert" not in answer.text
    assert "<svg" not in answer.text
    assert "<img" not in answer.text
    assert "\u202e" not in answer.text
    assert "\x00" not in answer.text
    assert "root:" not in answer.text
    assert "hatchling" not in answer.text


@pytest.mark.parametrize(
    "query",
    [
        "&".join("a=b" for _ in range(1000)),
        "labels=" + ",".join(map(str, range(50_000))),
        "labels=%ff%fe&layers=%00&marks=%F0%90%80",
        "\xff\xfe",
        "revision=x",
        "revision=" + "9" * 5000,
        "%",
        "labels=%ED%A0%80",
        "q=%00&sort=%00&page=-1",
        "page=" + "9" * 100,
        'q="' * 100,
        "q=" + "*(NEAR(a b" * 40,
        "q=" + "\u0130\u0301" * 100,
        "document=%00&layer=%00&format=%00&label=%00&chosen=1",
        "format=../../etc&layer=*",
    ],
    ids=lambda query: query[:20],
)
@pytest.mark.parametrize(
    "path",
    [
        *(DOCUMENT, f"{DOCUMENT}/index", "/", "/projects/mine", "/projects/mine/export"),
        *("/projects/mine/statements", "/projects/mine/statements.csv"),
    ],
)
def test_no_query_breaks_a_page(visitor: Visitor, path: str, query: str) -> None:
    raw = query.encode("utf-8").decode("latin-1")

    answer = visitor.get(path, environ_overrides={"QUERY_STRING": raw})

    assert answer.status_code in (200, 404)


NASTY = ("", "\x00", "-1", "9" * 30, "1e999", "NaN", "\ud800", "\u202e", "x" * 10_000, "<b>", "1.5")


@pytest.mark.parametrize("value", NASTY, ids=lambda value: ascii(value)[:20])
def test_no_field_breaks_a_form(visitor: Visitor, store: Store, value: str) -> None:
    mark = "/projects/mine/annotations/mine-demand"
    forms = {
        f"{DOCUMENT}/annotations": ("id", "op", "label", "start", "end", "quote", "revision"),
        mark: (
            *("label", "entity", "concept", "note", "unsure", "start", "end", "saw"),
            *("attribute.status", "attribute.stance", "attribute.new", "attribute."),
        ),
        f"{mark}/relations": ("id", "op", "kind", "child", "child_entity"),
        "/you": ("do", "name", "person", "next"),
        "/projects": ("name", "op", "then"),
        "/projects/mine/import": ("text", "title", "kind"),
    }
    good = {"label": "claim", "start": "4", "end": "9", "kind": "made by", "child": "mine-actor"}
    for path, fields in forms.items():
        for field in fields:
            form = {**good, "do": "add", "name": "N", "text": "T", field: value}
            data = {name: each.encode("utf-8", "surrogatepass") for name, each in form.items()}
            answer = visitor.script(path, data)
            assert answer.status_code in (200, 303, 400, 403, 404, 409, 422), (path, field)
    assert store.upkeep.check().problems == ()


@pytest.mark.parametrize("value", ["NaN", "inf", "-Infinity", "1e999", "x", "0x10"])
def test_a_number_is_a_number(visitor: Visitor, store: Store, value: str) -> None:
    project = store.projects.find("mine")
    book = store.codebooks.of(project.key)
    label = replace(
        book.label("demand"), attributes=(Attribute(id="size", name="size", kind="number"),)
    )
    labels = tuple(label if old.name == "demand" else old for old in book.labels)
    store.codebooks.save(
        act(store, "codebook", project.key), project.key, replace(book, labels=labels)
    )
    before = everything(store)

    answer = visitor.script("/projects/mine/annotations/mine-demand", {"attribute.size": value})

    assert answer.status_code == 422
    assert everything(store) == before


# ── too much ──────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def small(app: Flask) -> Flask:
    for limit in ("MAX_CONTENT_LENGTH", "MAX_FORM_MEMORY_SIZE", "POSTIL_MOST_BROUGHT"):
        app.config[limit] = 1_000_000
    return app


@pytest.mark.parametrize("fragment", [False, True], ids=["page", "fragment"])
@pytest.mark.parametrize("way", ["form", "multipart", "file"])
def test_too_much_is_refused_with_the_limit(
    small: Flask, visitor: Visitor, store: Store, way: str, fragment: bool
) -> None:
    before = everything(store)
    much = "a" * 1_100_000
    post = visitor.script if fragment else visitor.post
    if way == "form":
        answer = post("/projects/mine/import", {"text": much})
    else:
        named = 'name="file"; filename="a.txt"' if way == "file" else 'name="text"'
        body = f"--b\r\nContent-Disposition: form-data; {named}\r\n\r\n{much}\r\n--b--\r\n"
        kind = "multipart/form-data; boundary=b"
        answer = post("/projects/mine/import", body.encode(), content_type=kind)

    assert answer.status_code == 413
    assert "At most 1 MB can be sent at once." in answer.text
    assert "postil import" in answer.text
    assert everything(store) == before


def test_too_many_parts_are_refused(visitor: Visitor) -> None:
    parts = {f"field{n}": "x" for n in range(1200)}

    answer = visitor.post("/projects/mine/import", parts, content_type="multipart/form-data")

    assert answer.status_code == 413


@pytest.mark.parametrize(
    "kind", ["multipart/form-data", "multipart/form-data; boundary=", "text/plain", "x" * 999]
)
def test_a_body_that_is_no_form_is_refused(visitor: Visitor, kind: str) -> None:
    answer = visitor.post(
        "/projects/mine/import", b"--\r\n\xff\x00\r\n", content_type=kind, buffered=True
    )

    assert answer.status_code in (400, 422)
    assert re.search(r"<h1>", answer.text)
