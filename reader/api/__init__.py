"""The HTTP door for programs: a JSON API under ``/api/v1``, with tokens and without cookies.

``declared``    what an operation is, and the table of all of them
``schemas``     the shapes that go in and out, as JSON Schema
``validating``  whether a value has a shape
``operations``  what each operation does, thin as a view
``openapi``     the description of it all, made of the same declarations
``limits``      how often and how much
``problems``    errors as ``application/problem+json``
``door``        one request: who it is, which operation, what comes of it

It stands beside the pages rather than among them: none of it opens a session, so no cookie ever
lets anybody in, and nothing that guards cookies has to be loosened for it. Nothing here is imported
before the first request comes.
"""

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask

PREFIX = "/api/"

Start = Callable[..., Any]


def mount(app: Flask) -> None:
    """Let an application answer what begins with ``/api/`` through this door."""
    pages = app.wsgi_app

    def either(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        if not environ.get("PATH_INFO", "").startswith(PREFIX):
            return pages(environ, start)
        from reader.api.door import Door

        door = app.extensions.get("postil.api")
        if door is None:
            door = app.extensions.setdefault("postil.api", Door(app))
        answered: Iterable[bytes] = door(environ, start)
        return answered

    app.wsgi_app = either  # type: ignore[method-assign, assignment]
