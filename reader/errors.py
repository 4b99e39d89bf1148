"""The one place where an error becomes an HTTP status and a page that says what to do."""

from flask import Flask, Response, make_response, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from annotations.errors import BadInput, Conflict, NotFound, PostilError

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
}
REMEDIES = {
    400: _l("Go back, reload the page, and try again."),
    403: _l("Reload the page and try again; if you came from a link elsewhere, open Postil first."),
    404: _l("It may have been deleted, or the address was cut short. The library lists what there is."),
    405: _l("Go back and use the buttons of the page."),
    409: _l("Reload the page to see how things stand now."),
    413: _l("Split the file, or use “postil import” on the command line, which takes files of any size."),
    422: _l("Nothing was stored. Correct it and try again."),
    500: _l("Nothing that was saved is lost. Try again; if it stays so, run “postil check”."),
}


def status_of(error: PostilError) -> int:
    """The HTTP status that fits an error of the core."""
    return next(status for kind, status in STATUS if isinstance(error, kind))


def wants_fragment() -> bool:
    """Whether a script asked, which shows a message in the page instead of a page of its own."""
    return request.headers.get("HX-Request") == "true"


def answer(status: int, message: str) -> Response:
    """An error in our own style: a page, or for a script the message alone."""
    template = "errors/message.html" if wants_fragment() else "errors/page.html"
    drawn = render_template(
        template,
        status=status,
        title=TITLES.get(status, TITLES[500]),
        message=message,
        remedy=REMEDIES.get(status, REMEDIES[500]),
    )
    response = make_response(drawn, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def register(app: Flask) -> None:
    """Answer every error of an application in our own style."""

    @app.errorhandler(PostilError)
    def of_the_core(error: PostilError) -> Response:
        return answer(status_of(error), str(error))

    @app.errorhandler(CSRFError)
    def of_csrf(error: CSRFError) -> Response:
        return answer(
            403, _("The page was open for too long, or in another session: %(why)s", why=error.description)
        )

    @app.errorhandler(413)
    def too_large(error: HTTPException) -> Response:
        most = app.config["MAX_CONTENT_LENGTH"] // 1_000_000
        return answer(413, _("At most %(most)s MB can be sent at once.", most=most))

    @app.errorhandler(HTTPException)
    def of_http(error: HTTPException) -> Response:
        status = error.code or 500
        if status < 400:
            return make_response(error.get_response())
        return answer(status, "" if status in (404, 405, 500) else error.description or "")

    @app.errorhandler(Exception)
    def of_ours(error: Exception) -> Response:
        app.logger.exception("unexpected error at %s", request.path)
        return answer(500, "")
