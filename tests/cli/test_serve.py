"""The server, as a process of its own."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Timer

import pytest

from annotations.store import open_store
from reader.beginning import DEMO_NAME
from reader.cli import serving
from reader.cli.common import Failure

ON_WINDOWS = os.name == "nt"


class Server:
    """``postil serve``, started and heard until it says how to stop it."""

    def __init__(self, folder: Path, *args: str):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "reader.cli", "serve", *args],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            start_new_session=not ON_WINDOWS,
        )
        too_late = Timer(30, self.process.kill)
        too_late.start()
        self.said: list[str] = []
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line.rstrip())
            if "Ctrl+C" in line:
                break
        too_late.cancel()

    @property
    def address(self) -> str:
        found = re.search(r"http://\S+", "\n".join(self.said))
        assert found, self.stop()
        return found.group()

    def get(self, path: str = "/") -> tuple[int, str]:
        with urllib.request.urlopen(self.address + path, timeout=10) as answer:  # noqa: S310
            return answer.status, answer.read().decode()

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        """The exit code, and what it said on both streams after it had begun."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=20)
        return self.process.returncode, out, err

    def end(self, number: int) -> None:
        """Send a signal to it and to the processes that it started, as a terminal would."""
        if ON_WINDOWS:
            self.process.kill()
        else:
            with suppress(ProcessLookupError):  # all of them have ended
                os.killpg(self.process.pid, number)
        self.process.communicate(timeout=60)


@pytest.fixture
def serve(folder: Path) -> Iterator[Callable[..., Server]]:
    """Starts servers in the folder, and ends them with the test."""
    started: list[Server] = []

    def start(*args: str) -> Server:
        started.append(Server(folder, *args))
        return started[-1]

    yield start
    for server in started:
        server.end(getattr(signal, "SIGKILL", signal.SIGTERM))


@contextmanager
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def free_port() -> str:
    with taken() as port:
        return str(port)


def test_it_says_where_it_is_answers_and_makes_the_demo(
    serve: Callable[..., Server], folder: Path
) -> None:
    port = free_port()

    server = serve("--port", port)

    assert server.said == [f"Postil is at http://127.0.0.1:{port}", "Press Ctrl+C to stop."]
    status, page = server.get()
    assert status == 200
    assert DEMO_NAME in page
    assert (folder / "postil.db").exists()


@pytest.mark.skipif(ON_WINDOWS, reason="Windows has no signals to send to one process")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_when_told_to(serve: Callable[..., Server], number: int) -> None:
    server = serve("--port", free_port())
    server.get()

    assert server.stop(number) == (0, "Stopped.\n", "")


def test_a_second_server_takes_the_next_port(serve: Callable[..., Server]) -> None:
    port = free_port()
    first = serve("--port", port)

    second = serve("--port", port)

    assert second.address != first.address
    assert first.get()[0] == second.get()[0] == 200
    if not ON_WINDOWS:
        assert f"Port {port} is taken" in second.stop()[2]


def test_port_0_is_any_free_port(serve: Callable[..., Server]) -> None:
    server = serve("--port", "0")

    assert server.get()[0] == 200
    if not ON_WINDOWS:
        assert server.stop() == (0, "Stopped.\n", "")


def test_articles_of_ones_own_keep_the_demo_away(
    serve: Callable[..., Server], folder: Path
) -> None:
    subprocess.run(
        [sys.executable, "-m", "reader.cli", "import", "-"],
        input=b"Some words.",
        cwd=folder,
        check=True,
        capture_output=True,
    )

    status, page = serve("--port", "0").get()

    assert status == 200
    assert DEMO_NAME not in page
    store = open_store(folder / "postil.db")
    assert [project.name for project in store.projects.all()] == ["My articles"]
    store.close()


@pytest.mark.skipif(ON_WINDOWS, reason="the streams are read by stopping it")
def test_listening_to_everybody_is_told(serve: Callable[..., Server]) -> None:
    server = serve("--port", "0", "--host", "0.0.0.0")  # noqa: S104

    lan = serving.lan_addresses()
    port = server.address.rsplit(":", 1)[1]
    assert server.said[:-1] == [f"Postil is at http://{a}:{port}" for a in ("127.0.0.1", *lan)]
    for name in (*lan, "127.0.0.1"):
        with urllib.request.urlopen(f"http://{name}:{port}/", timeout=10) as answer:
            assert answer.status == 200
    code, _, warning = server.stop()
    assert code == 0
    assert "There are no passwords" in warning


def test_the_development_server_is_for_this_machine_alone(folder: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "reader.cli", "serve", "--debug", "--host", "0.0.0.0"],  # noqa: S104
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 2
    assert not list(folder.iterdir())


@pytest.mark.skipif(ON_WINDOWS, reason="its reloader is a process that Windows would leave behind")
def test_the_development_server_serves(serve: Callable[..., Server]) -> None:
    server = serve("--port", "0", "--debug")

    answers = None
    until = time.monotonic() + 90
    while answers is None and time.monotonic() < until:
        try:
            answers = server.get()[0]
        except OSError:  # its reloader is still starting the process that will answer
            time.sleep(0.1)
    assert answers == 200
    server.end(signal.SIGTERM)  # an interrupt may be ignored by all that a test run starts


def test_the_next_free_port_is_found() -> None:
    with taken() as port, serving.listening("127.0.0.1", port) as listener:
        assert port < listener.getsockname()[1] <= port + serving.TRIES


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(Failure, match=r"Cannot listen on 192\.0\.2\.1"):  # noqa: SIM117
        with serving.listening("192.0.2.1", 0):
            pass


def test_the_names_of_this_machine_are_those_it_may_be_asked_by() -> None:
    assert serving.names_of("example.test", "192.0.2.1") == ("example.test", "192.0.2.1")
    names = serving.names_of("0.0.0.0", "0.0.0.0")  # noqa: S104
    assert socket.gethostname() in names
    assert set(serving.lan_addresses()) <= set(names)
