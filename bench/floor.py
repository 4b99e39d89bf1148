"""The floor of every save: a bare Flask answer and one durable insert, in a process of its own.

The same SQLite, the same settings of it and the same web server as Postil; nothing else. A lock in
the process keeps its threads from waiting in SQLite, which would be slower.
"""

import socket
import sys
import threading
from typing import Any

from flask import Flask, request
from waitress.server import create_server

from annotations.store import sqlite

_local = threading.local()
_writing = threading.Lock()


def create_app(path: str) -> Flask:
    app = Flask("floor")

    def connection() -> Any:
        if not hasattr(_local, "conn"):
            _local.conn = sqlite.connect(path, isolation_level=None, timeout=10)
            for pragma in ("journal_mode = wal", "synchronous = full"):
                _local.conn.execute(f"pragma {pragma}")
        return _local.conn

    connection().execute(
        "create table if not exists spans "
        "(id integer primary key, document integer, start_at integer, end_at integer, label text)"
    )

    @app.get("/")
    def hello() -> str:
        return "hello"

    @app.post("/spans")
    def save() -> str:
        form = request.form
        row = (1, int(form["start"]), int(form["end"]), form["label"])
        with _writing:
            connection().execute(
                "insert into spans (document, start_at, end_at, label) values (?, ?, ?, ?)", row
            )
        return "saved"

    return app


def main() -> None:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(1024)
    app = create_app(sys.argv[1])
    print(f"Floor is at http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    create_server(app, sockets=[listener], threads=8, asyncore_use_poll=True, ident="").run()


if __name__ == "__main__":
    main()
