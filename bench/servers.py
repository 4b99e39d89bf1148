"""Servers in processes of their own, and a client that costs next to nothing."""

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import psutil


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs: its address, and its process. ``began`` is when it was started."""

    address: str
    process: psutil.Process
    began: float


@contextmanager
def _started(command: list[str]) -> Iterator[Server]:
    began = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"http://\S+", line)
        if found is None:
            raise RuntimeError(f"{command} did not start")
        yield Server(found[0], psutil.Process(process.pid), began)
    finally:
        process.terminate()
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()


def postil(database: Path) -> AbstractContextManager[Server]:
    """Postil, as ``postil serve`` runs it."""
    code = "from reader.cli import main; main()"
    return _started([sys.executable, "-c", code, "serve", "--db", str(database), "--port", "0"])


def bare(database: Path) -> AbstractContextManager[Server]:
    """The bare Flask of ``floor``."""
    return _started([sys.executable, "-m", "bench.floor", str(database)])


class Client:
    """One connection that is kept open, as a browser's is."""

    def __init__(self, address: str):
        self._host = urlsplit(address).netloc
        name, port = self._host.split(":")
        self._socket = socket.create_connection((name, int(port)))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._headers = ""

    def get(self, path: str) -> tuple[int, str, bytes]:
        """Status, head and body."""
        return self._ask(
            f"GET {path} HTTP/1.1\r\nHost: {self._host}\r\n{self._headers}\r\n".encode()
        )

    def post(self, path: str, fields: dict[str, str]) -> tuple[int, str, bytes]:
        """Status, head and body."""
        body = urlencode(fields).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {self._host}\r\n{self._headers}"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return self._ask(head.encode() + body)

    def enter(self, path: str) -> None:
        """Open a page of Postil's as a browser does, and keep its cookie and token."""
        _, head, body = self.get(path)
        cookie = re.search(r"(?i)^set-cookie: ([^;]+)", head, re.M)
        token = re.search(rb'X-CSRFToken": "([^"]+)"', body)
        if cookie is None or token is None:
            raise RuntimeError(f"{path} gave no session: {head}")
        self._headers = (
            f"Cookie: {cookie[1]}\r\nX-CSRFToken: {token[1].decode()}\r\nHX-Request: true\r\n"
            "Accept-Encoding: gzip, deflate, br, zstd\r\n"
            f"Origin: http://{self._host}\r\nSec-Fetch-Site: same-origin\r\n"
        )

    def _ask(self, request: bytes) -> tuple[int, str, bytes]:
        self._socket.sendall(request)
        received = b""
        while b"\r\n\r\n" not in received:
            piece = self._socket.recv(65536)
            if not piece:
                raise ConnectionError(f"no answer to {request[:80]!r}")
            received += piece
        head, _, body = received.partition(b"\r\n\r\n")
        told = head.decode("latin-1")
        length = re.search(r"(?i)^content-length: (\d+)", told, re.M)
        while length and len(body) < int(length[1]):
            body += self._socket.recv(1 << 20)
        return int(told.split(" ", 2)[1]), told, body

    def close(self) -> None:
        self._socket.close()
