"""What every answer carries, and what every request must.

A strict content security policy (no inline script or style anywhere), a CSRF token on every unsafe
request, an Origin that is ours, and a host name that we were told to answer to. All of it works over
plain HTTP on a local network as well, where browsers send no ``Sec-Fetch-*`` and refuse ``Secure``
cookies.
"""

import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask, Response, abort, request
from flask.sessions import SecureCookieSessionInterface
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFProtect

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})

csrf = CSRFProtect()


class SchemeAwareSessions(SecureCookieSessionInterface):
    """Session cookies that are ``Secure`` exactly when the request came over HTTPS."""

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure


def secret_key(database: Path) -> bytes:
    """The key that signs cookies: made on the first run, beside the database, readable by its owner.

    ``O_EXCL`` lets only one of several starting processes make it.
    """
    place = database.with_name(database.name + ".key")
    try:
        descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = place.read_bytes()
        if len(key) >= 32:
            return key
        descriptor = os.open(place, os.O_WRONLY | os.O_TRUNC)
    key = secrets.token_hex(32).encode()
    with os.fdopen(descriptor, "wb") as file:
        file.write(key)
    return key


def protect(app: Flask, hosts: Sequence[str]) -> None:
    """Put all of this around an application."""
    app.config["TRUSTED_HOSTS"] = [*LOOPBACK, *hosts]
    app.config.setdefault("WTF_CSRF_TIME_LIMIT", None)
    app.config["WTF_CSRF_SSL_STRICT"] = False
    app.config["SESSION_COOKIE_HTTPONLY"] = True
    app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
    app.session_interface = SchemeAwareSessions()
    app.before_request(_same_origin)
    csrf.init_app(app)
    app.after_request(_headers)


def _same_origin() -> None:
    """An unsafe request that says where it comes from must come from here."""
    if request.method not in UNSAFE:
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        abort(403, _("This request came from another site, so nothing was done."))
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        abort(403, _("This request came from another site, so nothing was done."))


def _headers(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers.setdefault("Cache-Control", "private, no-cache")
    response.vary.add("HX-Request")
    return response
