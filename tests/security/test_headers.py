"""What every answer carries, whatever it is an answer to."""

import gzip
import html
import re
from functools import lru_cache
from html.parser import HTMLParser

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from annotations.store import Store
from reader.compression import without_comments
from tests.security.conftest import Visitor, address

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
DOCUMENT = "/projects/mine/documents/mine-doc"
MARK = "/projects/mine/annotations/mine-demand"

PAGES = (
    "/",
    "/?q=ban",
    "/?q=nothing",
    "/import",
    "/you",
    "/you?next=/import",
    "/projects/mine",
    "/projects/mine?q=ban&sort=title",
    "/projects/mine/import",
    "/projects/mine/export",
    "/projects/mine/export?document=mine-doc&format=csv",
    DOCUMENT,
    f"{DOCUMENT}?labels=claim",
    f"{DOCUMENT}?marks=off",
    f"{DOCUMENT}/index",
    f"{DOCUMENT}/sentences",
    "/projects/mine/cursor",
    f"{DOCUMENT}/suggestions",
    f"{MARK}/again",
    MARK,
    f"{MARK}/candidates?kind=made%20by",
    "/projects/mine/names?of=entity&entity=m",
    "/projects/mine/names?of=concept",
)


def check_headers(answer: TestResponse) -> None:
    assert answer.headers.getlist("Content-Security-Policy") == [POLICY]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Server" not in answer.headers
    kept = answer.headers["Cache-Control"]
    assert "no-store" in kept or "no-cache" in kept or "immutable" in kept
    if "public" in kept:
        assert "Set-Cookie" not in answer.headers


def check_headers_of_a_part(answer: TestResponse) -> None:
    """Of a script, style or image: nothing that governs pages, and no word of a session."""
    told = {name for name, _ in answer.headers}
    assert told - {"Content-Encoding", "ETag", "Last-Modified", "Accept-Ranges", "Date"} == {
        "Content-Security-Policy", "X-Content-Type-Options", "Cross-Origin-Resource-Policy",
        "Cache-Control", "Content-Type", "Content-Length", "Vary",
    }  # fmt: skip
    policy = "default-src 'none'; frame-ancestors 'none'"
    assert answer.headers.getlist("Content-Security-Policy") == [policy]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["Vary"] == "Accept-Encoding"


class Inline(HTMLParser):
    """Collects what a strict policy would forbid: inline scripts, styles and handlers."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.in_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.in_script = tag == "script"
        if tag == "style" or (tag == "script" and not values.get("src")):
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            if name.startswith(("on", "hx-on", "hx-vals", "hx-vars")) or name == "style":
                self.found.append(f"{tag} {name}={value}")
            if name in ("href", "src", "action", "formaction", "hx-get", "hx-post"):
                address = html.unescape(value or "").strip().lower()
                if not address.startswith(("/", "#", "?", "http://", "https://", "mailto:")):
                    self.found.append(f"{tag} {name}={value}")
            if name.startswith("hx-") and re.search(r"\bjs:|javascript:", value or ""):
                self.found.append(f"{tag} {name}={value}")
            if name == "hx-trigger" and "[" in (value or ""):
                self.found.append(f"{tag} {name}={value}")

    def handle_data(self, data: str) -> None:
        if self.in_script and data.strip():
            self.found.append(data)

    def handle_endtag(self, tag: str) -> None:
        self.in_script = False


DIFFERS = re.compile(r"[0-9a-f]{12,}|[\w.-]{60,}")
"""Ids and tokens, which are new in every page."""


def inline(text: str) -> list[str]:
    """What a page holds that the policy forbids."""
    return _inline(DIFFERS.sub("…", text))


@lru_cache(4000)
def _inline(text: str) -> list[str]:
    """Of a page once, however often it is the answer: parsing takes as long as answering."""
    parser = Inline()
    parser.feed(text)
    return parser.found


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("fragment", [False, True], ids=["page", "fragment"])
def test_pages_carry_the_headers_and_nothing_inline(
    visitor: Visitor, path: str, fragment: bool
) -> None:
    answer = visitor.get(path, headers={"HX-Request": "true"} if fragment else {})

    assert answer.status_code == 200
    check_headers(answer)
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert inline(answer.text) == []


def test_the_detector_of_inline_code_detects() -> None:
    bad = (
        "<p onclick=a>",
        "<p style='x'>",
        "<script>a</script>",
        "<style>a</style>",
        "<a href='javascript:x'>",
        "<p hx-on:click=a>",
        "<p hx-trigger='click[a]'>",
        "<a href=' JavaScript&colon;x'>",
    )
    assert [inline(text) != [] for text in bad] == [True] * len(bad)


def test_every_other_address_that_can_be_read_does_as_well(app: Flask, visitor: Visitor) -> None:
    read = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    assert len(read) >= 14

    for rule in read:
        answer = visitor.get(address(rule))
        folder = rule.rule.endswith("/") and rule.rule != "/"
        others = {"queue.go_on": 303, "near.offer": 204, "transfer.made": 404}
        other = {**others, "finding.former_address": 308}.get(rule.endpoint, 200)
        assert answer.status_code == (404 if folder else other)
        check = check_headers_of_a_part if rule.endpoint == "asset" else check_headers
        check(answer)
        if answer.mimetype == "text/html":
            assert inline(answer.text) == []


ERRORS = {
    "400": lambda v: v.get("/", headers={"Host": "evil.test"}),
    "403": lambda v: v.client.post("/projects", data={"name": "x"}),
    "404": lambda v: v.get("/nothing"),
    "404 of the core": lambda v: v.get("/projects/nothing"),
    "405": lambda v: v.post("/"),
    "409": lambda v: v.post("/projects/mine/registers/concepts/turn/redo"),
    "409 with both sides": lambda v: v.post(MARK, {"note": "x", "saw": "1"}),
    "413": lambda v: v.client.post("/projects", data=b"x=" + b"a" * 65_000_000),
    "422": lambda v: v.post(f"{DOCUMENT}/annotations"),
    "422 in a page": lambda v: v.post("/projects", {"name": ""}),
    "422 in the import": lambda v: v.post("/projects/mine/import", {"text": ""}),
    "422 of a file": lambda v: v.get("/projects/mine/export/file?chosen=1"),
    "500": lambda v: v.get("/broken"),
}


@pytest.mark.parametrize("name", ERRORS)
@pytest.mark.parametrize("fragment", [False, True], ids=["page", "fragment"])
def test_errors_carry_the_headers_and_nothing_inline(
    app: Flask, visitor: Visitor, name: str, fragment: bool
) -> None:
    @app.get("/broken")
    def broken() -> str:
        raise RuntimeError("secret")

    if fragment:
        visitor.client.environ_base["HTTP_HX_REQUEST"] = "true"

    answer = ERRORS[name](visitor)

    assert answer.status_code == int(name[:3])
    if name != "400":
        check_headers(answer)
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert inline(answer.text) == []
    assert ("<html" in answer.text) == (not fragment) or name.startswith(("422 ", "409 "))


def test_redirects_downloads_assets_and_304_carry_the_headers(visitor: Visitor, app: Flask) -> None:
    first = visitor.get(DOCUMENT)
    address = re.search(r'href="(/assets/[^"]+\.css)"', first.text)
    assert address
    again = visitor.get(DOCUMENT)
    etag = again.headers["ETag"]
    answers = {
        "redirect": (303, visitor.post("/projects", {"name": "New"})),
        "slash": (308, visitor.get("/projects//mine")),
        "jsonl": (200, visitor.get("/projects/mine/export/file")),
        "csv": (200, visitor.get("/projects/mine/export/file?format=csv")),
        "asset": (200, visitor.get(address[1])),
        "packed": (200, visitor.get(address[1], headers={"Accept-Encoding": "gzip"})),
        "old asset": (200, visitor.get("/assets/old/css/base.css")),
        "no asset": (404, visitor.get("/assets/old/nothing.css")),
        "unchanged": (304, visitor.get(DOCUMENT, headers={"If-None-Match": etag})),
        "options": (200, visitor.client.options("/")),
        "head": (200, visitor.client.head("/")),
    }

    for name, (status, answer) in answers.items():
        assert answer.status_code == status, name
        if name in ("asset", "packed", "old asset"):
            check_headers_of_a_part(answer)
        else:
            check_headers(answer)
    assert "immutable" in answers["asset"][1].headers["Cache-Control"]
    assert answers["old asset"][1].headers["Cache-Control"] == "no-cache"
    packed = answers["packed"][1]
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == without_comments(answers["asset"][1].data)
    assert answers["jsonl"][1].headers["Cache-Control"] == "no-store"


def test_what_marking_answers_has_nothing_inline(visitor: Visitor, store: Store) -> None:
    form = {"label": "claim", "start": "4", "end": "9", "editor": "1"}
    made = visitor.script(f"{DOCUMENT}/annotations", form)
    stale = visitor.script(MARK, {"note": "<b>", "saw": "1"})

    assert made.status_code == 200
    assert stale.status_code == 409
    assert inline(made.text) == inline(stale.text) == []
    check_headers(made)


def test_the_opener_policy_is_left_out_where_browsers_complain_of_it(shared: Flask) -> None:
    client = shared.test_client()

    def policy(**how: object) -> bool:
        answer = client.get("/you", **how)  # type: ignore[arg-type]
        assert answer.status_code == 200
        return "Cross-Origin-Opener-Policy" in answer.headers

    assert not policy(base_url="http://postil.test:5000")
    assert policy(base_url="https://postil.test")
    assert policy(base_url="http://127.0.0.1:5000")
    assert policy(base_url="http://[::1]:5000")
