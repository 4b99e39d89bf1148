"""Serving the pages: by waitress, on a socket of our own."""

import errno
import logging
import os
import select
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click
from flask import Flask

from annotations.store import open_store
from reader import create_app
from reader.beginning import ensure_demo
from reader.cli.common import Failure, database_option
from reader.limits import MAX_WAITING

if TYPE_CHECKING:
    from waitress.server import BaseWSGIServer

TRIES = 100
THREADS = 8 + MAX_WAITING
"""Eight that work, and those in which heavy requests wait for their turn."""
CONNECTIONS = 500


@click.command(short_help="Serve the pages until Ctrl+C.")
@database_option
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="The address to listen on; 0.0.0.0 for everybody on the network.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=5000,
    show_default=True,
    help="The port, or the next free one where it is taken.",
)
@click.option("--debug", is_flag=True, help="Flask's development server, to work on Postil itself.")
def serve(database: Path, host: str, port: int, debug: bool) -> None:
    """Serve the pages until Ctrl+C; begin a database with a demo where there is none.

    \b
    postil serve
    postil serve --db class.db --host 0.0.0.0 --port 8080
    """
    address = _address(host)
    public = not ip_address(address).is_loopback
    if debug and public:
        raise click.UsageError("--debug lets anybody run programs; it is for this machine alone.")
    _begin(database)
    hosts = names_of(host, address) if public else ()
    app = create_app(database, hosts=hosts, debug=debug)
    if debug:
        _serve_for_development(app, address, port)
        return
    with listening(address, port) as listener:
        taken = listener.getsockname()[1]
        if port not in (0, taken):
            click.echo(f"Port {port} is taken; this is {taken}.", err=True)
        if public:
            click.echo(
                "There are no passwords: whoever reaches this address can read, change and delete "
                "everything.",
                err=True,
            )
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _stop)
        _say_where(address, taken)
        _serve(app, listener)
    click.echo("Stopped.")


def _begin(database: Path) -> None:
    store = open_store(database)
    try:
        ensure_demo(store)
    finally:
        store.close()


def _address(host: str) -> str:
    """The IPv4 address of a host to listen on."""
    try:
        found = socket.getaddrinfo(host, None, socket.AF_INET, socket.SOCK_STREAM)
    except OSError as error:
        raise Failure(f"Cannot listen on {host}: {error.strerror or error}") from error
    return str(found[0][4][0])


def names_of(host: str, address: str) -> tuple[str, ...]:
    """The names under which others may ask for a server that listens there."""
    if address != "0.0.0.0":  # noqa: S104
        return tuple(dict.fromkeys((host, address)))
    name = socket.gethostname()
    return tuple(dict.fromkeys((name, name.lower(), f"{name.lower()}.local", *lan_addresses())))


def lan_addresses() -> tuple[str, ...]:
    """This machine's addresses on the networks it is in; the one with the way out comes first."""
    found = []
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        # Nothing is sent: connecting only chooses the way. The address is one kept for examples.
        probe.connect(("192.0.2.1", 9))
        found.append(str(probe.getsockname()[0]))
    with suppress(OSError):
        found.extend(socket.gethostbyname_ex(socket.gethostname())[2])
    return tuple(dict.fromkeys(a for a in found if not ip_address(a).is_loopback))


@contextmanager
def listening(address: str, port: int) -> Iterator[socket.socket]:
    """A socket that listens on that port or the next free one. Raises ``Failure``."""
    last = min(port + TRIES, 65535) if port else 0
    for candidate in range(port, last + 1):
        listener = _bound(address, candidate)
        if listener is not None:
            with listener:
                yield listener
            return
    raise Failure(f"No port from {port} to {last} is free; name another with --port.")


def _bound(address: str, port: int) -> socket.socket | None:
    """A socket that listens there, or ``None`` when somebody else does."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # On Windows SO_REUSEADDR would share the port with whoever has it; elsewhere it only means
        # not to wait for the connections of an earlier server.
        exclusive = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)
        listener.setsockopt(socket.SOL_SOCKET, exclusive or socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        # A port that Windows keeps for itself is refused there with EACCES.
        if error.errno == errno.EADDRINUSE or (os.name == "nt" and error.errno == errno.EACCES):
            return None
        raise Failure(
            f"Cannot listen on {address}, port {port}: {error.strerror or error}."
        ) from error
    return listener


def _say_where(address: str, port: int) -> None:
    everywhere = address == "0.0.0.0"  # noqa: S104
    shown = ("127.0.0.1", *lan_addresses()) if everywhere else (address,)
    for each in shown:
        click.echo(f"Postil is at http://{each}:{port}")
    click.echo("Press Ctrl+C to stop.")
    sys.stdout.flush()


def _serve(app: Flask, listener: socket.socket) -> None:
    # Why a parser gave up, say, which the person who brought the file is told in other words.
    logging.basicConfig(format="%(asctime)s %(name)s: %(message)s")
    logging.getLogger("annotations").setLevel(logging.INFO)
    server_on(app, listener).run()


def server_on(app: Flask, listener: socket.socket) -> "BaseWSGIServer":
    """The server, ready to run, with all its settings."""
    from waitress.server import BaseWSGIServer, create_server

    from reader.cli.connections import Connection
    from reader.cli.threads import Threads

    # It would tell of every moment in which all threads are busy.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    threads = Threads()
    threads.set_thread_count(THREADS)
    server = create_server(
        app,
        _dispatcher=threads,
        sockets=[listener],
        threads=THREADS,
        connection_limit=CONNECTIONS,
        asyncore_use_poll=hasattr(select, "poll"),
        # What is somewhat too large is taken in, so that the answer says so: a browser that is cut
        # off while it sends shows no answer at all.
        max_request_body_size=max(
            4 * app.config["MAX_CONTENT_LENGTH"], app.config["POSTIL_MOST_BROUGHT"] + 64_000_000
        ),
        ident="",
    )
    assert isinstance(server, BaseWSGIServer)  # noqa: S101 - as it is for a single socket
    server.channel_class = Connection
    return server


def _stop(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


def _serve_for_development(app: Flask, address: str, port: int) -> None:
    from werkzeug.serving import is_running_from_reloader, run_simple

    if not is_running_from_reloader():
        with listening(address, port) as listener:
            port = listener.getsockname()[1]
        _say_where(address, port)
    run_simple(address, port, app, use_reloader=True, use_debugger=True, threaded=True)
