"""The server's connections: patient with slow clients, not for ever; its errors in our style.

Waitress alone waits as long as a client sends a byte now and then, and answers what it cannot read
with a bare text that carries none of our headers.
"""

import socket
import time
from threading import Lock
from typing import Any, ClassVar

from waitress.buffers import ReadOnlyFileBasedBuffer
from waitress.channel import ClientDisconnected, HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.receiver import ChunkedReceiver
from waitress.task import ErrorTask
from waitress.utilities import BadRequest

from annotations.cancellation import cancelled_when
from reader.errors import plain_page
from reader.security import HEADERS

PATIENCE = 30.0
"""Seconds in which the head of a request must have come."""

SLOWEST = 8_000
"""Bytes of its body for which a request gets another second."""


class Refusal(ErrorTask):
    """The answer to a request that could not be read, or that is much too large."""

    def execute(self) -> None:
        request: Any = self.request
        error = request.error
        body = plain_page(error.code).encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers = [
            *HEADERS.items(),
            ("Content-Type", "text/html; charset=utf-8"),
            ("Cache-Control", "no-store"),
        ]
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


LARGE = 1_000_000
"""Bytes from which an answer is sent from where it lies. Waitress would copy it in memory, into a
file and out of that again, which takes as long as a browser takes to read it."""

MOST_HELD = 256_000_000
"""Bytes of such answers that may lie in memory, for clients that take their time; what comes beyond
waits in files, as waitress has it."""


class Whole(ReadOnlyFileBasedBuffer):
    """The bytes of a large answer on their way out, without a copy of them."""

    held: ClassVar[int] = 0
    """Bytes of all of these that are not closed yet."""
    _guard: ClassVar[Lock] = Lock()

    def __init__(self, data: bytes):
        self._rest = memoryview(data)
        self._holds = len(data)
        with self._guard:
            Whole.held += self._holds

    def __len__(self) -> int:
        return len(self._rest)

    def get(self, numbytes: int = -1, skip: bool = False) -> memoryview:  # type: ignore[override]
        """The next bytes, all of them for -1; they are gone only after ``skip``."""
        found = self._rest if numbytes < 0 else self._rest[:numbytes]
        if skip:
            self.skip(len(found))
        return found

    def skip(self, numbytes: int, allow_prune: int = 0) -> None:
        """So many bytes have gone out. Raises ``ValueError`` when there are fewer."""
        if numbytes > len(self._rest):
            raise ValueError(f"{len(self._rest)} bytes are left, not {numbytes}")
        self._rest = self._rest[numbytes:]

    def close(self) -> None:
        """Let go of the bytes; more than once does no harm."""
        with self._guard:
            Whole.held -= self._holds
        self._holds, self._rest = 0, memoryview(b"")


MAX_CHUNK_LINE, MAX_TRAILER = 4_096, 65_536
"""Bytes of the line before a chunk, and of the headers after the last one."""

_LONGEST_LENGTH = 15
"""Digits of a Content-Length; ``int`` refuses thousands of them with an exception."""


class Request(HTTPRequestParser):
    """A request that says in one way only where it ends.

    Where Postil and a proxy before it could disagree on that, a second request could be hidden in
    the body of the first. Waitress alone takes the Transfer-Encoding where there is a
    Content-Length, too, ignores it in HTTP/1.0, and joins folded headers.
    """

    def parse_header(self, header_plus: bytes) -> None:
        """Read the request line and headers. Raises ``ParsingError``: 400, and no more is read."""
        _check_framing(header_plus)
        super().parse_header(header_plus)

    def received(self, data: bytes) -> int:
        consumed = super().received(data)
        body = self.body_rcv
        # Each piece that comes is appended to what there is of a line, so that one without an end
        # takes time with its square.
        if isinstance(body, ChunkedReceiver) and (
            len(body.control_line) > MAX_CHUNK_LINE or len(body.trailer) > MAX_TRAILER
        ):
            self.error = BadRequest("The line before a chunk, or after the last, is too long")
            self.completed = True
        return consumed


def _check_framing(head: bytes) -> None:
    """Refuse what RFC 9112 (5.2, 6.1, 6.3) and RFC 9110 (7.2) say is to be refused.

    Raises ``ParsingError``.
    """
    request_line, *lines = head.split(b"\r\n")
    values: dict[bytes, list[bytes]] = {}
    for line in lines:
        if line.startswith((b" ", b"\t")):
            raise ParsingError("A header is folded")
        name, _, value = line.partition(b":")
        values.setdefault(name.lower(), []).append(value.strip(b" \t"))
    is_current = request_line.rstrip().endswith(b" HTTP/1.1")
    lengths, codings = values.get(b"content-length", []), values.get(b"transfer-encoding", [])
    if codings and (lengths or not is_current):
        raise ParsingError("Transfer-Encoding with Content-Length, or before HTTP/1.1")
    if b",".join(codings).lower().count(b"chunked") > 1:
        raise ParsingError("Chunked more than once")
    if len(lengths) > 1 or any(len(length) > _LONGEST_LENGTH for length in lengths):
        raise ParsingError("Content-Length more than once, or too long")
    hosts = len(values.get(b"host", []))
    if hosts > 1 or (is_current and not hosts):
        raise ParsingError("No Host, or more than one")


class Connection(HTTPChannel):
    """One client. The loop asks every second or more often whether it is readable."""

    error_task_class = Refusal
    parser_class = Request
    began = 0.0
    """When the request that is coming in began; 0 when there is none."""

    def readable(self) -> Any:
        if self.began and not self.will_close:
            granted = PATIENCE + getattr(self.request, "body_bytes_received", 0) / SLOWEST
            self.will_close = time.monotonic() - self.began > granted
        return super().readable()

    def received(self, data: bytes) -> Any:
        taken = super().received(data)
        self.began = 0.0 if self.request is None else self.began or time.monotonic()
        return taken

    def is_abandoned(self) -> bool:
        """Whether the client has closed its side, so that no answer reaches it.

        Waitress alone notices only when it writes, because it does not read while it works. Bytes
        that a client sends ahead are left where they are; then it counts as there.
        """
        if not self.connected:
            return True
        client: Any = self.socket
        try:
            return not client.recv(1, socket.MSG_PEEK)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError:
            return True

    def service(self) -> None:
        """Answer a request. What only reads is left, or stopped, when its client has gone."""
        request: Any = self.requests[0]
        if request.error or request.command not in ("GET", "HEAD"):
            super().service()
            return
        if self.is_abandoned():
            self.connected = False
        with cancelled_when(self.is_abandoned):
            super().service()

    def write_soon(self, data: Any) -> Any:
        large = isinstance(data, bytes) and len(data) >= LARGE
        if large and self.is_abandoned():
            raise ClientDisconnected
        if large and Whole.held + len(data) <= MOST_HELD:
            data = Whole(data)
        try:
            return super().write_soon(data)
        except BaseException:
            if isinstance(data, Whole):
                data.close()  # the client went away before it was taken on
            raise
