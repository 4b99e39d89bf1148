"""Who comes in at the door, and with what."""

from typing import Any

import pytest
from flask import Flask

from annotations.library import Workspace
from annotations.store import Store
from reader.api import limits
from reader.api.operations import table
from reader.limits import HeavyWork
from tests.api.conftest import Program, filled, with_token
from tests.security.conftest import everything

OPERATIONS = [each for each in table().operations if each.scope]
BODIES: dict[str, Any] = {
    "NewDocument": {"text": "Evil."},
    "State": {"state": "done"},
    "NewAnnotation": {"start": 0, "end": 3, "label": "claim"},
    "ChangedAnnotation": {"version": 1, "note": "evil"},
    "NewRelation": {"head": "secret-mark", "label": "made by", "child": "secret-actor"},
    "NewCodebook": {"version": 1, "labels": []},
}


def sent(program: Program, operation: Any, **how: Any) -> Any:
    body = {"json": BODIES[operation.takes]} if operation.takes in BODIES else {}
    return program.ask(operation.method, filled(operation.path), **body, **how)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.id)
@pytest.mark.parametrize(
    "secret", ["", "postil_made-up", "x" * 10_000, "postil_", "é"], ids=lambda secret: secret[:10]
)
def test_nobody_comes_in_without_a_token(
    app: Flask, store: Store, other: Workspace, operation: Any, secret: str
) -> None:
    before = everything(store)

    answer = sent(Program(app, secret.encode().decode("latin-1")), operation)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert "ecret" not in answer.text
    assert everything(store) == before


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.id)
def test_a_revoked_token_opens_nothing(
    app: Flask, store: Store, work: Workspace, operation: Any
) -> None:
    program = with_token(app, work)
    store.tokens.revoke(store.tokens.all()[0].id)
    before = everything(store)

    assert sent(program, operation).status_code == 401
    assert everything(store) == before


@pytest.mark.parametrize(
    "operation", [each for each in OPERATIONS if each.scope == "write"], ids=lambda each: each.id
)
def test_a_token_for_reading_does_not_write(
    reader: Program, store: Store, other: Workspace, operation: Any
) -> None:
    before = everything(store)

    assert sent(reader, operation).status_code == 403
    assert everything(store) == before


@pytest.mark.parametrize(
    "operation", [each for each in OPERATIONS if each.parameters], ids=lambda each: each.id
)
def test_nothing_of_another_project_is_reached(
    writer: Program, store: Store, other: Workspace, operation: Any
) -> None:
    before = everything(store)

    answer = sent(writer, operation)

    assert answer.status_code == 404
    assert not any(hidden in answer.text for hidden in ("secret note", "Secret", "secret actor"))
    assert everything(store) == before


def test_nor_by_what_is_named_in_a_request(writer: Program, store: Store, other: Workspace) -> None:
    mine = writer.send(
        "POST", "/documents/call/annotations", {"start": 0, "end": 6, "label": "claim"}, 201
    )
    layer = other.annotations("secret-doc")[0].layer
    before = everything(store)

    for method, path, body in (
        ("POST", "/relations", {"head": "secret-mark", "label": "made by", "child_entity": "x"}),
        ("POST", "/relations", {"head": mine["id"], "label": "made by", "child": "secret-actor"}),
        ("GET", "/export?document=secret-doc", None),
        ("GET", f"/export?layer={layer}", None),
        ("GET", "/documents?after=secret-doc", None),
        (
            "GET",
            f"/documents/call/annotations?layer={layer}",
            None,
        ),
    ):
        assert writer.ask(method, path, json=body).status_code == 404, path
    assert "secret" not in writer.ask("GET", "/export?every=true").text
    assert everything(store) == before


def test_cookies_let_nobody_in(app: Flask, work: Workspace) -> None:
    program = Program(app)
    program.client.get("/")

    assert program.ask("GET", "/project").status_code == 401
    assert program.ask("POST", "/documents", json={"text": "x"}).status_code == 401


def test_a_token_opens_no_page(app: Flask, work: Workspace, store: Store) -> None:
    _, secret = store.tokens.make(work.project, work.person, "t", "write")
    before = everything(store)

    answer = app.test_client().post(
        "/projects", data={"name": "x"}, headers={"Authorization": f"Bearer {secret}"}
    )

    assert answer.status_code == 403
    assert everything(store) == before


def test_only_the_description_is_open(app: Flask) -> None:
    assert [each.id for each in table().operations if not each.scope] == ["describe"]
    assert Program(app).get("/openapi.json")["openapi"] == "3.1.0"


def test_a_host_that_is_not_ours_is_refused(writer: Program) -> None:
    answer = writer.ask("GET", "/openapi.json", headers={"Host": "evil.test"})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nothing", 404),
        ("/api/v2/project", 404),
        ("/api/", 404),
        ("/documents/../project", 404),
        ("/documents/%2e%2e/state", 404),
        ("/annotations/%00", 404),
        ("/annotations/\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"), 404),
        ("/annotations/" + "x" * 5000, 404),
    ],
)
def test_addresses_that_are_none(writer: Program, path: str, status: int) -> None:
    assert writer.ask("GET", path).status_code == status


def test_verbs_that_do_not_go_are_told_which_do(writer: Program) -> None:
    for method in ("PUT", "OPTIONS", "TRACE"):
        answer = writer.ask(method, "/documents/call/annotations")
        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, POST")
    head = writer.client.head("/api/v1/project", headers=writer.headers)
    assert (head.status_code, head.data) == (200, b"")


# --- hostile bodies

DEEP = b'{"text": "x", "meta": {"a": ' + b"[" * 500 + b"]" * 500 + b"}}"
HOSTILE = {
    "nothing": b"",
    "no JSON": b"{]",
    "a list": b"[]",
    "null": b"null",
    "NaN": b'{"text": NaN}',
    "infinity": b'{"text": "x", "meta": {"a": 1e400}}',
    "a lone surrogate": b'{"text": "\\ud800"}',
    "NUL": b'{"text": "a\\u0000b"}',
    "NUL in a key": b'{"text": "x", "meta": {"a\\u0000": 1}}',
    "not UTF-8": b'{"text": "\xff"}',
    "deep": DEEP,
    "deeper": b"[" * 100_000,
    "a number for a text": b'{"text": 3}',
    "an unknown key": b'{"text": "x", "admin": true}',
    "an id that is a path": b'{"text": "x", "id": "../../x"}',
    "a long title": b'{"text": "x", "title": "' + b"x" * 5000 + b'"}',
}


@pytest.mark.parametrize("why", HOSTILE)
def test_hostile_json_is_refused_and_changes_nothing(
    writer: Program, store: Store, why: str
) -> None:
    before = everything(store)

    answer = writer.ask("POST", "/documents", data=HOSTILE[why], content_type="application/json")

    assert answer.status_code in (400, 422), answer.text
    assert everything(store) == before


def test_only_json_is_json(writer: Program) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        answer = writer.ask("POST", "/documents", data=b'{"text": "x"}', content_type=kind)
        assert answer.status_code == 415


def test_what_is_wrong_is_told_with_its_place(writer: Program) -> None:
    problem = writer.send(
        "POST",
        "/documents/call/annotations",
        {"start": -1, "end": True, "label": "", "fragments": [[0]], "a/b": 1},
        422,
    )

    assert {each["at"]: each["problem"] for each in problem["errors"]} == {
        "/start": "must be 0 or more",
        "/end": "must be integer",
        "/label": "must not be empty",
        "/fragments/0": "must have 2 items or more",
        "/a~1b": "is not known here",
    }


# --- how much, and how often


def test_bodies_have_a_size(writer: Program, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "JSON_MOST", 1000)
    before = everything(store)

    for how in ({"content_length": None}, {}):
        answer = writer.ask(
            "POST",
            "/documents",
            data=b'{"text": "' + b"x" * 2000 + b'"}',
            content_type="application/json",
            **how,
        )
        assert answer.status_code == 413
    assert everything(store) == before


def test_files_have_a_size(app: Flask, work: Workspace, store: Store) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 1000
    program = with_token(app, work)
    before = everything(store)

    assert program.ask("POST", "/import?name=a.txt", data=b"x" * 2000).status_code == 413
    assert everything(store) == before


def test_who_asks_too_often_waits(
    app: Flask, writer: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "BURST", 3)
    monkeypatch.setattr(limits, "RATE", 0.001)
    statuses = [writer.ask("GET", "/project").status_code for _ in range(5)]

    assert statuses == [200, 200, 200, 429, 429]
    assert int(writer.ask("GET", "/project").headers["Retry-After"]) > 1


def test_guessing_tokens_is_slowed_down_but_not_for_who_has_one(
    app: Flask, writer: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "BURST_OF_STRANGERS", 3)
    monkeypatch.setattr(limits, "RATE_OF_STRANGERS", 0.001)
    stranger = Program(app, "postil_guess")

    assert [stranger.ask("GET", "/project").status_code for _ in range(5)] == [401] * 3 + [429] * 2
    assert writer.ask("GET", "/project").status_code == 200


def test_few_files_move_at_once(app: Flask, writer: Program) -> None:
    heavy: HeavyWork = app.extensions["postil.heavy"]
    with heavy.place("file"), heavy.place("file"):
        busy = writer.ask("GET", "/export")
        assert (busy.status_code, busy.headers["Retry-After"]) == (429, "5")
        assert writer.ask("GET", "/project").status_code == 200
    assert writer.ask("GET", "/export").status_code == 200


def test_what_breaks_on_our_side_tells_nothing(
    app: Flask, writer: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object) -> None:
        raise RuntimeError("secret path")

    monkeypatch.setattr(app.extensions["postil"].documents, "count", broken)

    answer = writer.ask("GET", "/project")

    assert answer.status_code == 500
    assert "secret" not in answer.text


# --- tokens


def test_only_a_hash_of_a_token_is_kept(store: Store, work: Workspace) -> None:
    token, secret = store.tokens.make(work.project, work.person, "t", "read")

    assert secret.startswith("postil_")
    assert len(secret) > 40
    assert store.tokens.of(secret) == token
    rows = store.database.rows("select * from tokens")
    assert not any(
        secret in str(value) or secret[7:] in str(value) for row in rows for value in row
    )


def test_nothing_of_the_door_is_loaded_before_somebody_knocks(app: Flask) -> None:
    assert "postil.api" not in app.extensions
    app.test_client().get("/")
    assert "postil.api" not in app.extensions
