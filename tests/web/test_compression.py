"""What goes over the wire: packed as the browser takes it, and once where it stays the same."""

import gzip
import re
from collections.abc import Iterator

import brotli
import pytest
from flask import Flask, Response
from werkzeug.test import TestResponse

from annotations.store import Project, Store
from reader import compression, folder
from reader.beginning import ensure_demo
from reader.compression import EASY, LEAST, LEAST_OF_A_CHANGE, MOST, PACKERS, Packer
from tests.web.conftest import Visitor

ARTICLE = "/projects/demo/documents/demo-report"
UNPACK = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}


@pytest.fixture
def demo(store: Store) -> Project:
    ensure_demo(store)
    return store.projects.find("demo")


def asked(visitor: Visitor, address: str, takes: str = "gzip, deflate, br, zstd") -> TestResponse:
    """An answer to a browser that takes these encodings."""
    return visitor.get(address, headers={"Accept-Encoding": takes})


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, int, int]]]:
    """What is packed, instead of packing it: the encoding, how many bytes, at which level."""
    packed: list[tuple[str, int, int]] = []

    def instead(encoding: str, packer: Packer) -> Packer:
        def pack(body: bytes, level: int) -> bytes:
            packed.append((encoding, len(body), level))
            return b"packed"

        return Packer(pack, packer.once, packer.small, packer.large)

    for encoding, packer in PACKERS.items():
        monkeypatch.setitem(PACKERS, encoding, instead(encoding, packer))
    compression._pack_file.cache_clear()
    compression._pack_once.cache_clear()
    yield packed
    compression._pack_file.cache_clear()
    compression._pack_once.cache_clear()


@pytest.fixture
def long(app: Flask, visitor: Visitor) -> Visitor:
    """Somebody who can ask for answers of any length, by GET and by POST."""

    @app.route("/long/<int:length>", methods=["GET", "POST"])
    def answer(length: int) -> Response:
        return Response("a" * length, mimetype="text/html")

    return visitor


@pytest.mark.parametrize("kind", ["page", "file", "linked styles"])
def test_an_answer_is_packed_as_the_browser_likes_best(
    long: Visitor, app: Flask, kind: str
) -> None:
    assets = f"/assets/{app.config['POSTIL_STAMP']}"
    address = {
        "page": "/long/5000",
        "file": f"{assets}/css/library.css",
        "linked styles": f"{assets}/article/article.css",
    }[kind]
    plain = long.get(address)
    packed = compression.without_comments(plain.data) if kind == "file" else plain.data
    for takes, gets in {
        "gzip, deflate, br, zstd": "br",
        "gzip, deflate": "gzip",
        "br": "br",
        "br;q=0.5, gzip": "gzip",
        "br;q=0, gzip": "gzip",
        "br;q=0, *": "gzip",
        "gzip;q=0": None,
        "deflate, zstd": None,
        "identity": None,
        "": None,
    }.items():
        answer = asked(long, address, takes)
        assert answer.headers.get("Content-Encoding") == gets, takes
        assert UNPACK[gets](answer.data) == (packed if gets else plain.data), takes
        assert int(answer.headers["Content-Length"]) == len(answer.data), takes
        assert answer.headers["Vary"] == plain.headers["Vary"], takes
    assert "Accept-Encoding" in plain.headers["Vary"]


def test_without_the_extra_everybody_gets_gzip(
    demo: Project, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compression, "PACKERS", {"gzip": PACKERS["gzip"]})
    answer = asked(visitor, ARTICLE)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.data).startswith(b"<!doctype html>")


def test_a_page_that_is_known_already_is_so_in_any_encoding(
    demo: Project, visitor: Visitor
) -> None:
    visitor.get(ARTICLE)  # the first answer brings a session, on which the page depends
    known = asked(visitor, ARTICLE).headers["ETag"]
    assert known.startswith('W/"')
    for takes in ("gzip", "br", ""):
        again = visitor.get(ARTICLE, headers={"Accept-Encoding": takes, "If-None-Match": known})
        assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("encoding", PACKERS)
def test_files_that_never_change_are_packed_once_and_tightly(
    visitor: Visitor, app: Flask, encoding: str, tried: list[tuple[str, int, int]]
) -> None:
    assets = f"/assets/{app.config['POSTIL_STAMP']}"
    for _ in range(2):
        for name in ("icon.svg", "article/article.css"):
            assert asked(visitor, f"{assets}/{name}", encoding).data == b"packed"
    icon = (folder("static") / "icon.svg").stat().st_size
    linked = len(visitor.get(f"{assets}/article/article.css").data)
    tightest = {"br": 11, "gzip": 9}[encoding]
    assert tried == [(encoding, icon, tightest), (encoding, linked, tightest)]


@pytest.mark.parametrize("encoding", PACKERS)
def test_what_somebody_waits_for_is_packed_quickly_or_not_at_all(
    long: Visitor, encoding: str, tried: list[tuple[str, int, int]]
) -> None:
    small, large = {"br": (5, 4), "gzip": (6, 4)}[encoding]
    for length in (LEAST - 1, LEAST, EASY - 1, EASY, MOST, MOST + 1):
        asked(long, f"/long/{length}", encoding)
    assert tried == [
        (encoding, LEAST, small),
        (encoding, EASY - 1, small),
        (encoding, EASY, large),
        (encoding, MOST, large),
    ]


def test_the_answer_to_a_change_is_packed_only_if_it_is_long(
    long: Visitor, tried: list[tuple[str, int, int]]
) -> None:
    for length in (LEAST_OF_A_CHANGE - 1, LEAST_OF_A_CHANGE):
        with long.client as client:
            token = re.search(r'name="csrf_token" value="([^"]*)"', client.get("/you").text)
            assert token
            client.post(
                f"/long/{length}",
                data={"csrf_token": token[1]},
                headers={"Accept-Encoding": "br"},
            )
    assert tried == [("br", LEAST_OF_A_CHANGE, 5)]


def test_what_is_taken_home_goes_out_as_it_is(demo: Project, visitor: Visitor) -> None:
    answer = asked(visitor, "/projects/demo/export/file?layer=*")
    assert answer.status_code == 200
    assert "Content-Encoding" not in answer.headers
    assert answer.data.startswith(b"{")


def on_the_wire(answer: TestResponse) -> int:
    """Bytes, with its head."""
    head = sum(len(name) + len(value) + 4 for name, value in answer.headers)
    return head + len(answer.data)


def test_the_demo_article_loaded_cold_keeps_its_budget(demo: Project, visitor: Visitor) -> None:
    """The page and what it names. Where one left off it asks afterwards: half a kilobyte."""
    page = asked(visitor, ARTICLE)
    text = brotli.decompress(page.data).decode()
    named = re.findall(r'<(?:link|script)\b[^>]*? (?:href|src)="(/assets/[^"]+)"', text)
    assert sorted(address.rpartition("/")[2] for address in named) == [
        "article.css",
        "article.js",
        "icon.svg",
        "theme.js",
    ]
    assert on_the_wire(page) + sum(on_the_wire(asked(visitor, name)) for name in named) < 60_000
