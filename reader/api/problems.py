"""Errors as ``application/problem+json`` (RFC 9457)."""

from typing import Any

from annotations.errors import (
    AlreadyMarked,
    BadLine,
    ChooseLayer,
    NotFound,
    PostilError,
    QuoteMismatch,
    Stale,
)
from reader.errors import status_of

TITLES = {
    400: "The request cannot be read",
    401: "No valid token",
    403: "The token may not do this",
    404: "There is no such thing here",
    405: "Not at this address",
    409: "Somebody was here before you",
    413: "Too much at once",
    415: "Not of the type that is asked for",
    422: "It cannot be taken as it is",
    429: "Too often",
    500: "Something went wrong on our side",
}


class Problem(Exception):
    """An answer that says what is wrong. ``facts`` stand in it beside the words."""

    def __init__(
        self,
        status: int,
        detail: str,
        kind: str = "",
        headers: dict[str, str] | None = None,
        **facts: Any,
    ):
        self.status, self.headers = status, headers or {}
        self.body = {
            "type": f"urn:postil:problem:{kind}" if kind else "about:blank",
            "title": TITLES[status],
            "status": status,
            "detail": detail,
            **facts,
        }
        super().__init__(detail)


def of_the_core(error: PostilError) -> Problem:
    """The problem that an error of the core is, with its facts."""
    status, detail, kind = status_of(error), str(error), ""
    facts: dict[str, Any] = {}
    if status >= 500:
        return Problem(500, "Nothing that was saved is lost.")
    match error:
        case Stale():
            kind, facts = "stale", {"version": error.now}
        case QuoteMismatch():
            kind = "quote-mismatch"
            facts = {"expected": error.expected, "found": error.found}
        case AlreadyMarked():
            kind, facts = "already-marked", {"annotation": error.annotation}
        case NotFound():
            kind, facts = "not-found", {"what": error.what}
        case ChooseLayer():
            kind, facts = "choose-layer", {"layers": list(error.layers)}
            detail = (
                f"There are {len(error.layers)} layers; name one with layer, or say every=true."
            )
        case BadLine():
            kind, facts = "bad-line", {"line": error.line, "name": error.name}
        case _:
            kind = {404: "not-found", 409: "conflict", 422: "refused"}[status]
    return Problem(status, detail, kind, **facts)
