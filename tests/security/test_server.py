"""The real server, with its real settings, against clients that do not behave."""

import http.client
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response

from annotations import bundle
from annotations.cancellation import checkpoint
from annotations.document import Annotated, Document
from annotations.ingest.plain import layout
from reader import create_app
from reader.cli import connections
from reader.cli.serving import THREADS, listening, server_on
from reader.limits import MAX_WAITING, HeavyWork
from tests.security.conftest import act, fill, store_of
from tests.security.test_headers import POLICY

DOCUMENT = "/projects/mine/documents/mine-doc"


class Site:
    def __init__(self, app: Flask, port: int):
        self.app, self.port = app, port

    def socket(self) -> socket.socket:
        made = socket.socket()
        # As little as may be is taken in by the system in the client's stead.
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        made.settimeout(20)
        made.connect(("127.0.0.1", self.port))
        return made

    def ask(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[http.client.HTTPResponse, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        chunked = not isinstance(body, bytes | str | None)
        connection.request(method, path, body, headers, encode_chunked=chunked)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer, text

    def save(self, note: str) -> int:
        """Change a note as a page would; gives the status."""
        answer, page = self.ask("GET", "/you")
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        cookie = (answer.getheader("Set-Cookie") or "").partition(";")[0]
        assert token
        headers = {"X-CSRFToken": token[1], "Cookie": cookie, "HX-Request": "true"}
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        path = "/projects/mine/annotations/mine-demand"
        return self.ask("POST", path, f"note={note}", **headers)[0].status


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    app = create_app(tmp_path / "postil.db")
    store = store_of(app)
    fill(store, "mine")
    with listening("127.0.0.1", 0) as listener:
        server = server_on(app, listener)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        yield Site(app, listener.getsockname()[1])
        server.task_dispatcher.shutdown(timeout=1)
        with suppress(OSError):  # its loop may have ended by itself, and its sockets with it
            # In its own thread: from another one, the loop would notice a second later.
            server.trigger.pull_trigger(server.close)
        thread.join(5)
    store.close()


@pytest.mark.parametrize("what", ["export", "page"])
def test_a_save_succeeds_while_every_thread_could_be_stalled(site: Site, what: str) -> None:
    store = store_of(site.app)
    project = store.projects.find("mine")
    text = "A paragraph that is not short, and comes very often.\n\n" * 400_000
    # Well above what the server would keep in memory for one client (16 MiB).
    document = Document(
        id="long", title="Long", text=text[:20_000_000], layout=layout(text[:5_000])
    )
    entry = Annotated(document=document)
    store.exchange.take(act(store, "import", project.key), project, [entry])
    paths = {
        "export": "/projects/mine/export/file?document=long&format=jsonl&chosen=1&label=claim",
        "page": "/projects/mine/documents/long",
    }
    with ExitStack() as stack:
        stalled = [stack.enter_context(site.socket()) for _ in range(THREADS)]
        for each in stalled:
            each.sendall(f"GET {paths[what]} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        first = stalled[0].recv(16)
        began = time.monotonic()
        status = site.save("still+saved")
        took = time.monotonic() - began

    # Whoever waits too long for a place is told that the server is busy.
    assert first in (b"HTTP/1.1 200 OK\r", b"HTTP/1.1 503 SER")
    assert status == 200
    assert took < 10
    assert store.marks.find(project, "mine-demand").value.note == "still saved"


def test_requests_of_clients_that_have_gone_are_not_carried_out(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def noted(*args: Any, **how: Any) -> Any:
        made.append("bundle")
        return original(*args, **how)

    original = bundle.made
    monkeypatch.setattr(bundle, "made", noted)
    heavy: HeavyWork = site.app.extensions["postil.heavy"]
    with heavy.place("file"), heavy.place("file"):
        asking = [site.socket() for _ in range(2 * THREADS)]
        for each in asking:
            each.sendall(b"GET /projects/mine/bundle HTTP/1.1\r\nHost: localhost\r\n\r\n")
        held(lambda: heavy.waiting == MAX_WAITING)
        for each in asking:
            each.close()
        held(lambda: heavy.waiting == 0)
        assert site.save("saved+meanwhile") == 200
    answer, _ = site.ask("HEAD", "/projects/mine/bundle")

    assert answer.status == 200
    assert made == ["bundle"]


def test_a_change_is_carried_out_though_its_client_has_gone(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, done = threading.Event(), threading.Event()

    def slow(environ: Any, start: Any) -> list[bytes]:
        gone.wait(20)
        checkpoint()  # stops a request that only reads
        done.set()
        start("204 No Content", [])
        return []

    monkeypatch.setattr(site.app, "wsgi_app", slow)
    with site.socket() as leaving:
        leaving.sendall(b"POST /slow HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")
    gone.set()

    assert done.wait(20)


CHUNKED = "Transfer-Encoding: chunked"
AMBIGUOUS = {
    "a length beside chunks": ("1.1", f"Content-Length: 4\r\n{CHUNKED}"),
    "chunks beside a length": ("1.1", f"{CHUNKED}\r\nContent-Length: 4"),
    "chunks beside no length": ("1.1", f"{CHUNKED}\r\nContent-Length: 0"),
    "chunks in HTTP/1.0": ("1.0", f"{CHUNKED}\r\nConnection: keep-alive"),
    "chunks in HTTP/1.2": ("1.2", f"{CHUNKED}\r\nConnection: keep-alive"),
    "chunks of chunks": ("1.1", "Transfer-Encoding: chunked, chunked"),
    "chunks, said twice": ("1.1", f"{CHUNKED}\r\n{CHUNKED}"),
    "two lengths": ("1.1", "Content-Length: 4\r\nContent-Length: 0"),
    "one length twice": ("1.1", "Content-Length: 0\r\nContent-Length: 0"),
    "a list of lengths": ("1.1", "Content-Length: 0, 0"),
    "a signed length": ("1.1", "Content-Length: +0"),
    "a length beyond numbers": ("1.1", "Content-Length: " + 5_000 * "0"),
    "white space before the colon": ("1.1", "Content-Length : 4"),
    "a folded length": ("1.1", "Content-Length:\r\n 0"),
    "a folded coding": ("1.1", "Transfer-Encoding:\r\n chunked"),
    "any folded header": ("1.1", "Content-Length: 0\r\nX-Note: a\r\n\tb"),
    "an expectation": ("1.1", f"Content-Length: 4\r\n{CHUNKED}\r\nExpect: 100-continue"),
    "two hosts": ("1.1", "Content-Length: 0\r\nHost: localhost"),
}


def test_no_request_hides_in_another(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    reached = _noted(site, monkeypatch)
    hidden = "0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: localhost\r\n\r\n"
    answers = {}
    for name, (version, headers) in AMBIGUOUS.items():
        head = f"POST /first HTTP/{version}\r\nHost: localhost\r\n{headers}\r\n\r\n"
        answers[name] = _until_closed(site, (head + hidden).encode())

    assert {name: answer[8:13] for name, answer in answers.items()} == dict.fromkeys(
        AMBIGUOUS, b" 400 "
    )
    assert {name: answer.count(b"HTTP/1.") for name, answer in answers.items()} == dict.fromkeys(
        AMBIGUOUS, 1
    )
    assert reached == []


def test_chunks_alone_and_a_length_alone_are_read(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached = _noted(site, monkeypatch)
    head = "POST /{} HTTP/1.1\r\nHost: localhost\r\n{}\r\n\r\n{}"
    asked = head.format("chunks", CHUNKED, "3;note=x\r\nabc\r\n0\r\n\r\n")
    asked += head.format("length", "Content-Length: 3", "abc")
    asked += head.format("neither", "Connection: close", "")
    _until_closed(site, asked.encode())

    assert reached == [("/chunks", b"abc"), ("/length", b"abc"), ("/neither", b"")]


def test_a_request_without_a_host_is_refused(site: Site) -> None:
    current = _until_closed(site, b"GET /you HTTP/1.1\r\n\r\n")
    assert current[8:13] == b" 400 "


def test_a_line_before_a_chunk_that_does_not_end_is_refused(site: Site) -> None:
    head = f"POST /you HTTP/1.1\r\nHost: localhost\r\n{CHUNKED}\r\n\r\n".encode()
    endless = {
        "extension": b"3;" + b"x" * (connections.MAX_CHUNK_LINE + 1),
        "trailer": b"0\r\nX-Note: " + b"x" * (connections.MAX_TRAILER + 1),
    }
    answers = {name: _until_closed(site, head + body) for name, body in endless.items()}

    assert {name: answer[8:13] for name, answer in answers.items()} == dict.fromkeys(
        endless, b" 400 "
    )


def _noted(site: Site, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bytes]]:
    """The paths and bodies of all requests that reach the application from now on."""
    reached: list[tuple[str, bytes]] = []

    def note(environ: Any, start: Any) -> list[bytes]:
        reached.append((environ["PATH_INFO"], environ["wsgi.input"].read()))
        start("200 OK", [("Content-Length", "0")])
        return []

    monkeypatch.setattr(site.app, "wsgi_app", note)
    return reached


def _until_closed(site: Site, asked: bytes) -> bytes:
    """All that comes for some bytes until the server closes the connection."""
    answer = b""
    with site.socket() as client:
        client.sendall(asked)
        with suppress(ConnectionResetError):
            while piece := client.recv(65536):
                answer += piece
    return answer


def held(is_so: Callable[[], bool]) -> None:
    """Wait until something is so; fail where it does not come to be."""
    until = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.01)


LARGE = bytes(range(256)) * 12_000
"""An answer of 3 MB whose every byte tells where it belongs."""


def large(site: Site) -> None:
    """Let the site answer ``/large``."""
    site.app.add_url_rule("/large", view_func=lambda: Response(LARGE, mimetype="image/png"))


def is_held(most: int) -> bool:
    """Whether more bytes than these stay in memory for clients, after a while to let go of them."""
    until = time.monotonic() + 15
    while connections.Whole.held > most and time.monotonic() < until:
        time.sleep(0.01)
    return connections.Whole.held > most


@pytest.mark.parametrize("held", [0, 2 * len(LARGE)], ids=["from a file", "from memory"])
def test_a_large_answer_arrives_whole_and_is_let_go(
    site: Site, monkeypatch: pytest.MonkeyPatch, held: int
) -> None:
    monkeypatch.setattr(connections, "MOST_HELD", held)
    large(site)
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=20)
    for _ in range(3):
        connection.request("GET", "/large")
        assert connection.getresponse().read() == LARGE
    connection.close()
    assert not is_held(0)


def test_no_more_than_so_much_waits_in_memory_for_slow_clients(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MOST_HELD", 2 * len(LARGE))
    large(site)
    with ExitStack() as stack:
        slow = [stack.enter_context(site.socket()) for _ in range(6)]
        for client in slow:
            client.sendall(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
        begun = [client.recv(16) for client in slow]
        assert begun == [b"HTTP/1.1 200 OK\r"] * 6
        assert not is_held(2 * len(LARGE))
    assert not is_held(0)  # all of them have gone away


def test_the_bytes_of_a_large_answer_go_out_once_and_in_order() -> None:
    whole = connections.Whole(b"abcdef")
    assert (len(whole), bytes(whole.get(2)), bytes(whole.get(2))) == (6, b"ab", b"ab")
    whole.skip(2, True)
    assert (len(whole), bytes(whole.get(3, skip=True)), bytes(whole.get())) == (4, b"cde", b"f")
    with pytest.raises(ValueError, match="1 bytes are left, not 2"):
        whole.skip(2)
    held = connections.Whole.held
    whole.close()
    whole.close()
    assert (len(whole), connections.Whole.held) == (0, held - 6)


def is_open(client: socket.socket) -> bool:
    """Whether a connection is still there, found by sending a little more."""
    try:
        client.sendall(b"X")
        return client.recv(1) != b""
    except TimeoutError:
        return True
    except OSError:
        return False


def test_a_head_that_comes_too_slowly_is_cut_off(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "PATIENCE", 1.0)
    with site.socket() as slow:
        slow.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
        began = time.monotonic()
        while is_open(slow) and time.monotonic() - began < 15:
            slow.settimeout(0.2)
        assert time.monotonic() - began < 10


def test_a_body_that_comes_too_slowly_is_cut_off(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "PATIENCE", 1.0)
    with site.socket() as slow:
        slow.sendall(b"POST /you HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000\r\n\r\nx")
        began = time.monotonic()
        assert slow.recv(1) == b""
        assert time.monotonic() - began < 10


def test_many_slow_clients_keep_nobody_out(site: Site) -> None:
    with ExitStack() as stack:
        for _ in range(150):
            slow = stack.enter_context(site.socket())
            slow.sendall(b"GET / HTTP/1.1\r\nHo")

        assert site.save("saved") == 200


def test_a_client_that_takes_its_time_is_served(site: Site) -> None:
    with site.socket() as slow:
        for piece in (b"GET /y", b"ou HTTP/1.1\r\nHo", b"st: localhost\r\n", b"\r\n"):
            slow.sendall(piece)
            time.sleep(0.2)
        assert slow.recv(15) == b"HTTP/1.1 200 OK"


GARBLED = {
    "no request": b"nonsense\r\n\r\n",
    "a header in pieces": b"GET / HTTP/1.1\r\nHost: localhost\r\nX\x00y: z\r\n\r\n",
    "a length that is none": b"POST /you HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
    "two lengths": b"POST /you HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n"
    b"Content-Length: 2\r\n\r\n",
    "an unknown encoding": b"POST /you HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: x\r\n\r\n",
    "chunks that are none": b"POST /you HTTP/1.1\r\nHost: localhost\r\n"
    b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "an endless header": b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 300_000 + b"\r\n\r\n",
    "far too much": b"POST /you HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999999\r\n\r\n",
    "another host": b"GET / HTTP/1.1\r\nHost: evil.test\r\n\r\n",
    "no host": b"GET / HTTP/1.0\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.test\r\n\r\n",
    "a whole address": b"GET http://evil.test/ HTTP/1.1\r\nHost: evil.test\r\n\r\n",
}


@pytest.mark.parametrize("what", GARBLED)
def test_what_cannot_be_read_gets_a_page_with_the_headers(site: Site, what: str) -> None:
    with site.socket() as client:
        with suppress(OSError):  # the answer may come before everything is sent
            client.sendall(GARBLED[what])
        client.settimeout(10)
        answer = b""
        while b"</html>" not in answer and (piece := client.recv(65536)):
            answer += piece
    head = answer.partition(b"\r\n\r\n")[0].decode()

    assert re.match(r"HTTP/1\.[01] (4\d\d|501) ", head)
    assert f"Content-Security-Policy: {POLICY}" in head
    assert "Content-Type: text/html" in head
    assert "no-store" in head
    assert "Server:" not in head
    assert b"Traceback" not in answer
    assert b"evil" not in answer


def test_too_much_in_chunks_is_refused_with_the_limit(site: Site) -> None:
    site.app.config["MAX_CONTENT_LENGTH"] = 1_000_000
    body = (b"x" * 100_000 for _ in range(12))

    headers = {"Content-Type": "application/x-www-form-urlencoded", "Transfer-Encoding": "chunked"}
    answer, text = site.ask("POST", "/you", body, **headers)

    assert answer.status == 413
    assert "At most 1 MB" in text


def test_a_form_in_chunks_is_taken(site: Site) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Transfer-Encoding": "chunked"}

    answer, text = site.ask("POST", "/you", iter([b"do=add&na", b"me=Ada"]), **headers)

    assert answer.status == 403
    assert "CSRF" in text


def test_no_header_is_smuggled_through_an_address(site: Site) -> None:
    for path in ("/you?next=/%0d%0aX-Evil:%201", "/projects//%0d%0aX-Evil:%201"):
        answer, _ = site.ask("GET", path)
        assert answer.getheader("X-Evil") is None
