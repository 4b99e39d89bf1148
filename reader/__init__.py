"""The web reader: a Flask application around ``annotations``.

``here``       the store, the person and the act of a request
``drawing``    documents, marks and cards as HTML
``view``       what a page shows of a document
``pages``      one blueprint for each topic, thin
``errors``     errors as statuses and pages
``etags``      entity tags
``request_numbers``  whole numbers out of requests
``limits``     how much heavy work runs at once
``security``   policies, CSRF, hosts, the secret key
``api``        the HTTP door for programs, beside the pages
``cli``        the command line
``jobs``       commands that run beside the server
``transfers``  long imports and exports among them, and their files
``beginning``  what a first visitor finds

A view reads the request, calls one thing in the core, and renders. No SQL, and no rule of the
domain, stands in this package.
"""

import hashlib
import os
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, current_app, redirect, request, url_for
from flask import Request as FlaskRequest
from markupsafe import Markup
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.routing import Rule

from annotations.direction import direction_of_document
from annotations.document import new_id
from annotations.store import open_store
from reader import api, bundle, compression, errors, here, security, words
from reader.jobs import Jobs
from reader.limits import HeavyWork
from reader.request_numbers import NumberConverter
from reader.transfers import Desk
from reader.wording import mail_messages
from reader.words import get_locale
from reader.words import gettext as _

HOME = Path(__file__).resolve().parent
MOST_BYTES = 64_000_000
"""Of a request."""

MOST_BROUGHT = 1_000_000_000
"""Bytes of files that are sent to be imported: they go to the disk, never into memory."""


class Fields(ImmutableMultiDict[str, str]):
    """What a form or a query string says. Asking for what it leaves out raises nothing within."""

    def get(  # type: ignore[override]
        self, key: str, default: Any = None, type: Any = None
    ) -> Any:
        """The first value, of that type where it can be; else the default."""
        return super().get(key, default, type) if key in self else default


class Request(FlaskRequest):
    """A request that may be longer where files are brought in."""

    parameter_storage_class = Fields

    @property
    def max_content_length(self) -> int | None:
        most: int | None = super().max_content_length
        brings = self.endpoint in ("transfer.bring", "transfer.bring_bundle")
        if most is None or not (brings and self.mimetype == "multipart/form-data"):
            return most
        return max(most, int(current_app.config["POSTIL_MOST_BROUGHT"]))

    @max_content_length.setter
    def max_content_length(self, value: int | None) -> None:
        self._max_content_length = value


class Route(Rule):
    """A rule that compiles how its address is built when it first builds one.

    Compiling all of them is most of what starting takes, and a process builds few.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compiled = super()._compile_builder
        build: Callable[..., tuple[str, str]] | None = None

        def build_address(rule: Rule, /, **values: Any) -> tuple[str, str]:
            nonlocal build
            build = build or compiled(append_unknown)
            return build(rule, **values)

        return build_address


class Reader(Flask):
    """Flask, knowing that nothing of ours is asynchronous: it need not look at each request."""

    url_rule_class = Route

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


def folder(name: str) -> Path:
    """Where ``templates`` or ``static`` lie: in an installed wheel, or at the checkout's top."""
    return next(place for place in (HOME / name, HOME.parent / name) if place.is_dir())


def create_app(database: str | Path, *, hosts: Sequence[str] = (), debug: bool = False) -> Flask:
    """The application around one database file, which is made when it is not there.

    ``hosts`` are the names, beside loopback's, under which it may be asked. Raises ``BadDatabase``.
    """
    path = Path(database).absolute()
    store = open_store(path)
    # Given later, so that Flask makes no second way to the static files.
    app = Reader("reader", template_folder=str(folder("templates")), static_folder=None)
    app.request_class = Request
    app.static_folder = str(folder("static"))
    app.url_map.converters["int"] = NumberConverter
    app.config.update(
        SECRET_KEY=security.secret_key(path),
        MAX_CONTENT_LENGTH=MOST_BYTES,
        MAX_FORM_MEMORY_SIZE=MOST_BYTES,
        POSTIL_MOST_BROUGHT=MOST_BROUGHT,
        POSTIL_SHARED=bool(hosts),
        DEBUG=debug,
        SEND_FILE_MAX_AGE_DEFAULT=31_536_000,
    )
    app.jinja_env.filters["bdi"] = Markup("<bdi>{}</bdi>").format
    app.jinja_env.globals["direction_of_document"] = direction_of_document
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions["postil"] = store
    app.extensions["postil.heavy"] = HeavyWork()
    app.extensions["postil.jobs"] = Jobs(path)
    app.extensions["postil.transfers"] = Desk(store, Jobs(path, 2, None), Jobs(path))
    words.speak(app)
    security.protect(app, hosts)
    compression.compress(app)
    errors.register(app)
    _serve_static_for_ever(app)
    _introduce(app)
    from reader.pages import register

    register(app)
    app.context_processor(_for_every_template)
    api.mount(app)
    return app


def _for_every_template() -> dict[str, Any]:
    return {
        "new_id": new_id,
        "me": here.person,
        "chosen": here.chosen,
        "is_shared": here.is_shared,
        "mail_messages": mail_messages,
        "version": here.version,
        "get_locale": get_locale,
    }


def _serve_static_for_ever(app: Flask) -> None:
    """Static addresses carry a stamp of all static files, so browsers may keep them for ever.

    One stamp for all, in the path: modules import each other by relative address, and must all be
    of one age.
    """
    static = Path(app.static_folder or "")
    app.config["POSTIL_STAMP"] = _stamp(static)

    @app.get("/assets/<stamp>/<path:filename>")
    def asset(stamp: str, filename: str) -> Response:
        if filename.startswith("article/"):
            response = _script(bundle.linked(static, app.config["POSTIL_STAMP"]), filename)
        else:
            response = app.send_static_file(filename)
        fresh = stamp == app.config["POSTIL_STAMP"]
        response.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if fresh else "no-cache"
        )
        for needless in _OF_FILES if fresh else _OF_FILES[:2]:
            response.headers.pop(needless, None)
        return response

    def asset_address(filename: str) -> str:
        if app.debug:
            app.config["POSTIL_STAMP"] = _stamp(static)
            # Lines are where they stand in the file.
            filename = re.sub(r"^article/(?=.*\.js$)", "js/", filename)
        return url_for("asset", stamp=app.config["POSTIL_STAMP"], filename=filename)

    app.jinja_env.globals["asset"] = asset_address


_OF_FILES = ("Content-Disposition", "Expires", "Last-Modified", "ETag", "Accept-Ranges")
"""Headers that Flask gives files; what is kept for ever is not asked for again by its age."""


def _script(linked: Mapping[str, bytes], filename: str) -> Response:
    source = linked.get(filename.removeprefix("article/"))
    if source is None:
        abort(404)
    kind = "css" if filename.endswith(".css") else "javascript"
    return Response(source, mimetype=f"text/{kind}")


def _stamp(static: Path) -> str:
    files = sorted(os.path.join(at, name) for at, _, names in os.walk(static) for name in names)
    looks = [(file, os.stat(file)) for file in files]
    return _digest(tuple((file, look.st_mtime_ns, look.st_size) for file, look in looks))


@lru_cache(1)
def _digest(files: tuple[tuple[str, int, int], ...]) -> str:
    """Of the names and contents of files, read anew once one has another time or size."""
    digest = hashlib.sha256()
    for file, _time, _size in files:
        digest.update(os.path.basename(file).encode() + Path(file).read_bytes())
    return digest.hexdigest()[:12]


def _introduce(app: Flask) -> None:
    """Where several people share a server, whoever comes says first who they are."""
    open_to_all = ("asset", "people.who", "people.choose", None)

    @app.before_request
    def who_is_it() -> Any:
        if not here.is_shared() or request.endpoint in open_to_all or here.chosen() is not None:
            return None
        if request.method not in ("GET", "HEAD") or errors.wants_fragment():
            abort(403, _("Nobody has said yet who sits here. Reload the page, and say it first."))
        return redirect(url_for("people.who", next=request.full_path.removesuffix("?")))

    @app.before_request
    def what_is_shown() -> None:
        if request.method == "GET" and request.endpoint != "asset" and not errors.wants_fragment():
            here.version()

    @app.before_request
    def is_it_still_them() -> Any:
        written_by = request.headers.get("X-Postil-Person")
        if written_by is None or request.method not in security.UNSAFE:
            return None
        return None if written_by == here.person().id else errors.of_another(written_by)
