"""Which requests are taken: CSRF tokens, origins, host names, cookies."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from annotations.store import Store
from tests.security.conftest import Visitor, address, everything, store_of

FORM = {
    "do": "add",
    "name": "Mallory",
    "text": "evil",
    "label": "claim",
    "start": "0",
    "end": "3",
    "note": "evil",
    "kind": "made by",
    "child_entity": "Mallory",
}


def unsafe_rules(app: Flask) -> list[Rule]:
    return [
        rule
        for rule in app.url_map.iter_rules()
        if {"POST", "PUT", "PATCH", "DELETE"} & (rule.methods or set())
    ]


def all_unsafe(app: Flask) -> list[str]:
    found = [address(rule) for rule in unsafe_rules(app)]
    assert len(found) >= 11
    return found


REFUSED: dict[str, Callable[[str], dict[str, str]]] = {
    "no token": lambda token: {},
    "an empty token": lambda token: {"X-CSRFToken": ""},
    "a made-up token": lambda token: {"X-CSRFToken": "IjEyMyI.aaaa.bbbb"},
    "another origin": lambda token: {"X-CSRFToken": token, "Origin": "http://evil.test"},
    "another port": lambda token: {"X-CSRFToken": token, "Origin": "http://localhost:81"},
    "an opaque origin": lambda token: {"X-CSRFToken": token, "Origin": "null"},
    "an extension": lambda token: {"X-CSRFToken": token, "Origin": "chrome-extension://localhost"},
    "an origin in pieces": lambda token: {"X-CSRFToken": token, "Origin": "http://["},
    "another site": lambda token: {"X-CSRFToken": token, "Sec-Fetch-Site": "cross-site"},
    "another name of the site": lambda token: {"X-CSRFToken": token, "Sec-Fetch-Site": "same-site"},
}


@pytest.mark.parametrize("why", REFUSED)
def test_no_unsafe_route_takes_a_forged_request(app: Flask, visitor: Visitor, why: str) -> None:
    before = everything(store_of(app))

    for path in all_unsafe(app):
        headers = REFUSED[why](visitor.token)
        answer = visitor.client.post(path, data=FORM, headers=headers)
        assert answer.status_code == 403, path
        assert "Mallory" not in answer.text

    assert everything(store_of(app)) == before


def test_a_token_of_another_session_is_refused(app: Flask, visitor: Visitor) -> None:
    other, before = Visitor(app).token, everything(store_of(app))
    assert visitor.token != other

    for path in all_unsafe(app):
        answer = visitor.client.post(path, data={**FORM, "csrf_token": other})
        assert answer.status_code == 403, path

    assert everything(store_of(app)) == before


def test_only_post_is_unsafe_and_no_route_takes_get_for_it(app: Flask, visitor: Visitor) -> None:
    for rule in unsafe_rules(app):
        assert (rule.methods or set()) <= {"POST", "OPTIONS", "GET", "HEAD"}
    before = everything(store_of(app))
    for path in all_unsafe(app):
        visitor.get(path, query_string=FORM)
        for verb in ("PUT", "PATCH", "DELETE"):
            assert visitor.client.open(path, method=verb, data=FORM).status_code in (403, 405)
    assert everything(store_of(app)) == before


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://localhost"},
        {"Origin": "http://localhost:80"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
    ],
    ids=str,
)
def test_our_own_pages_are_taken(store: Store, visitor: Visitor, headers: Any) -> None:
    answer = visitor.post("/projects", {"name": "Mine too"}, headers=headers)

    assert answer.status_code == 303
    assert store.projects.named("Mine too")


def test_plain_http_on_a_network_works_without_fetch_metadata(shared: Flask) -> None:
    visitor, base = Visitor(shared), "http://postil.test:8080"
    page = visitor.page("/you", base_url=base)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token

    form = {"do": "add", "name": "Ada", "csrf_token": token[1]}
    headers = {"Origin": base}
    answer = visitor.client.post("/you", data=form, headers=headers, base_url=base)

    assert answer.status_code == 303
    assert "Ada" in [person.name for person in store_of(shared).people.all()]


def test_behind_a_proxy_that_speaks_https_the_origin_fits(shared: Flask) -> None:
    visitor = Visitor(shared)
    form = {"do": "add", "name": "Ada", "csrf_token": visitor.token}

    headers = {"Origin": "https://postil.test", "Host": "postil.test"}
    answer = visitor.client.post("/you", data=form, headers=headers)

    # The token's cookie went to localhost: it is the token that is missed, not the origin.
    assert "another site" not in answer.text


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_flags_of_the_cookie_follow_the_scheme(visitor: Visitor, scheme: str) -> None:
    answer = visitor.get("/", base_url=f"{scheme}://localhost")

    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert ("Secure" in cookie) == (scheme == "https")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


# ── host names ────────────────────────────────────────────────────────────────────────────────────

OURS = ("localhost", "LOCALHOST", "localhost:5000", "127.0.0.1:5000", "127.0.0.2", "[::1]")
OURS += ("[::1]:5000", "[0:0:0:0:0:0:0:1]:5000")
NOT_OURS = ("evil.test", "evil.test:5000", "localhost.evil.test", "127.0.0.1.evil.test", "", " ")
NOT_OURS += ("[::1]evil.test", "[::1].evil.test", "evil@localhost", "localhost:80@evil.test")
NOT_OURS += ("localhost,evil.test", "localhost/evil", "192.168.0.9", "0.0.0.1", "[::2]", "[", "::1")
NOT_OURS += ("postil.test", "localhost:x", "<script>", "a b", "lócalhost", "localhost:123456")


@pytest.mark.parametrize("host", OURS)
def test_loopback_is_answered_by_any_of_its_names(visitor: Visitor, host: str) -> None:
    assert visitor.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", NOT_OURS)
@pytest.mark.parametrize("path", ["/", "/projects//mine", "/nothing", "/assets/x/css/base.css"])
def test_any_other_name_is_refused_in_our_own_style(visitor: Visitor, host: str, path: str) -> None:
    answer = visitor.get(path, headers={"Host": host})

    assert answer.status_code == 400
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "does not answer to the host name" in answer.text
    assert "base.css" in answer.text
    assert "Location" not in answer.headers
    assert "evil" not in answer.text


def test_a_name_of_somebody_else_cannot_write(visitor: Visitor, store: Store) -> None:
    before = everything(store)

    answer = visitor.post("/projects", {"name": "x"}, headers={"Host": "evil.test"})

    assert answer.status_code == 400
    assert everything(store) == before


@pytest.mark.parametrize("host", ["postil.test", "Postil.TEST:8080", "localhost", "[::1]:1"])
def test_names_that_we_were_told_are_answered(shared: Flask, host: str) -> None:
    answer = Visitor(shared).get("/you", headers={"Host": host})

    assert answer.status_code == 200


# ── who one is ────────────────────────────────────────────────────────────────────────────────────


def test_on_a_network_nothing_is_shown_before_somebody_says_who_they_are(shared: Flask) -> None:
    visitor = Visitor(shared)

    for path in ("/", "/projects/mine", "/projects/mine/documents/mine-doc", "/import"):
        answer = visitor.get(path)
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/you?next=")
        assert "mine" not in answer.text.replace(path, "").replace("next=", "")[300:]
    assert visitor.get("/nothing").status_code == 404
    assert "Me</bdi>" not in visitor.page("/nothing")


def test_on_a_network_nothing_is_written_before_somebody_says_who_they_are(shared: Flask) -> None:
    visitor, before = Visitor(shared), everything(store_of(shared))

    for path in all_unsafe(shared):
        if path == "/you":
            continue
        answer = visitor.script(path, FORM)
        assert answer.status_code == 403, path
        assert "who sits here" in answer.text

    assert everything(store_of(shared)) == before


def test_a_person_who_is_gone_is_not_taken_for_the_first_one(shared: Flask) -> None:
    visitor, store = Visitor(shared), store_of(shared)
    assert visitor.post("/you", {"do": "add", "name": "Ada"}).status_code == 303
    assert visitor.get("/").status_code == 200
    with store.database.writing() as db:
        db.conn.execute("delete from people where name = 'Ada'")
    before = everything(store)

    page = visitor.get("/")
    mark = visitor.script("/projects/mine/annotations/mine-demand", {"note": "x"})

    assert page.status_code == 302
    assert mark.status_code == 403
    assert everything(store) == before


def test_a_forged_session_is_nobodys(shared: Flask) -> None:
    visitor = Visitor(shared)
    name = shared.config["SESSION_COOKIE_NAME"]
    someone = store_of(shared).people.first().id
    visitor.client.set_cookie(name, f'{{"person":"{someone}"}}')

    assert visitor.get("/").status_code == 302


NOWHERE = ("//evil.test", "/\\evil.test", "\\\\evil.test", "http://evil.test", "https:evil.test")
NOWHERE += ("/\t/evil.test", "/%0d%0aX: y\r\nX: y", " //evil.test", "javascript:alert(1)", "evil")
NOWHERE += ("///evil.test", "/\n/evil.test", "\x00/", "data:text/html,x", "/\x7f/evil.test")


@pytest.mark.parametrize("address", NOWHERE)
def test_what_follows_is_never_another_site(visitor: Visitor, address: str) -> None:
    shown = visitor.get("/you", query_string={"next": address})
    answer = visitor.post("/you", {"do": "add", "name": "Ada", "next": address})

    assert 'name="next"' not in shown.text
    assert answer.headers["Location"] == "/you"
    assert "X" not in answer.headers


def test_two_installations_on_one_machine_keep_their_cookies_apart(
    app: Flask, shared: Flask
) -> None:
    assert app.config["SESSION_COOKIE_NAME"] != shared.config["SESSION_COOKIE_NAME"]


def test_an_unchanged_page_is_told_so_only_to_who_saw_it(app: Flask) -> None:
    path = "/projects/mine/documents/mine-doc"
    ada, bob = Visitor(app), Visitor(app)
    for visitor, name in ((ada, "Ada"), (bob, "Bob")):
        visitor.post("/you", {"do": "add", "name": name})
        visitor.get(path)
    seen = ada.get(path)
    etag = seen.headers["ETag"]

    assert "Cookie" in seen.headers["Vary"]
    assert "private" in seen.headers["Cache-Control"]
    assert ada.get(path, headers={"If-None-Match": etag}).status_code == 304
    assert bob.get(path, headers={"If-None-Match": etag}).status_code == 200
    assert Visitor(app).get(path, headers={"If-None-Match": etag}).status_code == 200
    ada.post("/you", {"do": "rename", "name": "Ada L."})
    assert ada.get(path, headers={"If-None-Match": etag}).status_code == 200
    ada.post(path.replace("documents/mine-doc", "annotations/mine-demand"), {"note": "new"})
    newer = ada.get(path).headers["ETag"]
    assert newer != etag
