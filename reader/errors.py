"""The one place where an error becomes an HTTP status and a page that says what to do."""

import re
from html import escape

from flask import Flask, Response, current_app, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from annotations.cancellation import Cancelled
from annotations.errors import BadInput, Conflict, NotFound, PostilError
from reader import here
from reader.limits import RETRY_SECONDS, Busy
from reader.words import gettext as _
from reader.words import lazy_gettext as _l

STATUS: tuple[tuple[type[PostilError], int], ...] = (
    (NotFound, 404),
    (Conflict, 409),
    (BadInput, 422),
    (PostilError, 500),
)
TITLES = {
    400: _l("That request could not be read"),
    403: _l("That is not allowed from here"),
    404: _l("There is nothing at this address"),
    405: _l("That cannot be done at this address"),
    409: _l("Somebody was here before you"),
    413: _l("That is too much at once"),
    422: _l("That cannot be taken as it is"),
    500: _l("Something went wrong on our side"),
    503: _l("The server is busy"),
}
REMEDIES = {
    400: _l("Go back, reload the page, and try again."),
    403: _l("Reload the page and try again; if you came from a link elsewhere, open Postil first."),
    404: _l(
        "It may have been deleted, or the address was cut short. The library lists what there is."
    ),
    405: _l("Go back and use the buttons of the page."),
    409: _l("Reload the page to see how things stand now."),
    413: _l(
        "Split the file, or use “postil import” on the command line, which takes files of any size."
    ),
    422: _l("Nothing was stored. Correct it and try again."),
    500: _l("Nothing that was saved is lost. Try again; if it stays so, run “postil check”."),
    503: _l("Nothing that was saved is lost. Wait a few seconds, then load the page again."),
}

_INVISIBLE = re.compile(
    "[\\x00-\\x08\\x0b-\\x1f\\x7f\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]"
)
"""Control characters, and those that turn the direction of writing."""


def status_of(error: PostilError) -> int:
    """The HTTP status that fits an error of the core."""
    return next(status for kind, status in STATUS if isinstance(error, kind))


def wants_fragment() -> bool:
    """Whether a script asked, which shows a message in the page instead of a page of its own."""
    return request.headers.get("HX-Request") == "true"


def answer(status: int, message: str) -> Response:
    """An error in our own style: a page, or for a script the message alone."""
    template = "errors/message.html" if wants_fragment() else "errors/page.html"
    title, remedy = _said(status)
    try:
        drawn = render_template(
            template, status=status, title=title, message=_readable(message), remedy=remedy
        )
    except Exception:
        current_app.logger.exception("the page for an error %s could not be drawn", status)
        drawn = plain_page(status)
    response = make_response(drawn, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def of_another(person: str) -> Response:
    """A change that somebody else wrote at this browser: it must not go out under another name."""
    try:
        writer = here.store().people.find(person)
    except NotFound:
        return answer(409, _("Whoever wrote this is not known here any more."))
    drawn = render_template("errors/other_person.html", writer=writer, status=409)
    response = make_response(drawn, 409, {"X-Postil-Problem": "person"})
    response.headers["Cache-Control"] = "no-store"
    return response


def plain_page(status: int) -> str:
    """The last resort: a page that needs no template and no database."""
    title, remedy = (escape(str(words)) for words in _said(status))
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        f"<title>{title} · Postil</title>\n"
        f'<div class="problem" data-status="{status}"><h1>{title}</h1>\n<p>{remedy}</p></div>\n'
        '<p><a href="/">Postil</a></p>\n</html>\n'
    )


def _said(status: int) -> tuple[object, object]:
    """The title and the remedy of a status, or of one like it."""
    known = status if status in TITLES else 400 if 400 <= status < 500 else 500
    return TITLES[known], REMEDIES[known]


def _readable(message: str) -> str:
    """A message in which nothing quoted can turn around or hide the words beside it."""
    return _INVISIBLE.sub(lambda found: f"\\u{ord(found[0]):04x}", message)


def register(app: Flask) -> None:
    """Answer every error of an application in our own style."""

    @app.errorhandler(PostilError)
    def of_the_core(error: PostilError) -> Response:
        status = status_of(error)
        if status >= 500:
            return of_ours(error)
        return answer(status, str(error))

    @app.errorhandler(CSRFError)
    def of_csrf(error: CSRFError) -> Response:
        return answer(
            403,
            _(
                "The page was open for too long, or in another session: %(why)s",
                why=error.description,
            ),
        )

    @app.errorhandler(413)
    def too_large(error: HTTPException) -> Response:
        most = request.max_content_length or 0
        if (request.content_length or 0) <= most:
            # Not the whole, but what was typed or pasted: files may be larger than that.
            most = request.max_form_memory_size or most
        most //= 1_000_000
        return answer(413, _("At most %(most)s MB can be sent at once.", most=most))

    @app.errorhandler(HTTPException)
    def of_http(error: HTTPException) -> Response:
        status = error.code or 500
        if status < 400:
            return make_response(error.get_response())
        response = answer(status, "" if status in (404, 405, 500) else error.description or "")
        if isinstance(error, MethodNotAllowed) and error.valid_methods:
            response.allow.update(error.valid_methods)
        return response

    @app.errorhandler(Busy)
    def of_a_busy_server(error: Busy) -> Response:
        response = answer(
            503,
            _(
                "So many large pages and files are being prepared that this one would have to wait "
                "too long."
            ),
        )
        response.headers["Retry-After"] = str(RETRY_SECONDS)
        return response

    @app.errorhandler(Cancelled)
    def of_nobody(error: Cancelled) -> Response:
        return Response(status=503)  # whoever asked has gone

    @app.errorhandler(Exception)
    def of_ours(error: Exception) -> Response:
        app.logger.error("unexpected error at %s", request.path, exc_info=error)
        return answer(500, "")
