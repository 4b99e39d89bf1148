"""What every answer carries, and what every request must.

A strict content security policy (no inline script or style anywhere), a CSRF token on every unsafe
request, an Origin that is ours, and a host name that we were told to answer to. All of it works
over plain HTTP on a local network as well, where browsers send no ``Sec-Fetch-*`` and refuse
``Secure`` cookies.
"""

import hashlib
import os
import re
import secrets
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Request, Response, abort, current_app, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_wtf.csrf import CSRFProtect
from itsdangerous import BadSignature

from annotations.store.lock import FileLock
from reader.words import gettext as _

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
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""What every answer carries, whoever makes it."""

OF_PARTS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""What our scripts, styles and images carry: parts of pages, for which the rest says nothing."""
_PARTS = frozenset({"text/javascript", "text/css", "image/svg+xml"})

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{1,5})?")
_KEY_LENGTH = 32
_LONGEST = 300
"""Of a host that is looked at: a name has 253 characters at most, before its port."""


class Tokens(CSRFProtect):  # type: ignore[misc]
    """CSRF protection that checks the signature of a token once, and then only whose it is."""

    def __init__(self) -> None:
        super().__init__()
        self._good: dict[tuple[str, str], None] = {}

    def protect(self, apply_exemptions: bool = False) -> None:
        pair = (session.get("csrf_token") or "", request.headers.get("X-CSRFToken") or "")
        if pair in self._good and "csrf_token" not in request.form:
            return
        super().protect(apply_exemptions)
        if request.method in UNSAFE and all(pair) and "csrf_token" not in request.form:
            if len(self._good) > 1000:
                self._good.clear()
            self._good[pair] = None


csrf = Tokens()


class SchemeAwareSessions(SecureCookieSessionInterface):
    """Session cookies that are ``Secure`` exactly when the request came over HTTPS.

    What a cookie holds is kept once its signature was found good: a cookie never changes.
    """

    def __init__(self) -> None:
        self._known = lru_cache(maxsize=1000)(self._read)

    def _read(self, app: Flask, cookie: str) -> dict[str, Any] | None:
        serializer = self.get_signing_serializer(app)
        try:
            age = int(app.permanent_session_lifetime.total_seconds())
            found: dict[str, Any] | None = serializer.loads(cookie, age) if serializer else None
        except BadSignature:
            return None
        return found

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession:
        cookie = request.cookies.get(self.get_cookie_name(app))
        return SecureCookieSession((self._known(app, cookie) if cookie else None) or {})

    def save_session(
        self,
        app: Flask,
        session: SessionMixin,
        response: Response,
    ) -> None:
        """Parts of pages are the same for everybody, and say so; what stayed is not sent again."""
        if is_part(response):
            return
        if session and not session.modified and not session.permanent:
            if session.accessed:
                depends_on(response, "Cookie")
            return
        super().save_session(app, session, response)

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure


def secret_key(database: Path) -> bytes:
    """The key that signs cookies: made on the first run, beside the database, for its owner alone.

    Several processes that start at once agree on one: it is made under the lock that writers to the
    database take, and appears under its name only once it is whole.
    """
    place = database.with_name(database.name + ".key")
    key = _read_key(place)
    if key is None:
        with FileLock(f"{database.resolve()}.lock"):
            key = _read_key(place) or _make_key(place)
    return key


def _read_key(place: Path) -> bytes | None:
    try:
        key = place.read_bytes()
    except FileNotFoundError:
        return None
    if os.name != "nt" and place.stat().st_mode & 0o077:
        with suppress(OSError):
            place.chmod(0o600)
    return key if len(key) >= _KEY_LENGTH else None


def _make_key(place: Path) -> bytes:
    key = secrets.token_hex(_KEY_LENGTH).encode()
    unfinished = place.with_name(f"{place.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, place)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    return key


def protect(app: Flask, hosts: Sequence[str]) -> None:
    """Put all of this around an application, which answers to loopback's names and to ``hosts``.

    Cookies know no ports, so the session's name tells one installation on a machine from another.
    """
    app.config["POSTIL_HOSTS"] = frozenset(_plain_names(hosts))
    app.config.setdefault("WTF_CSRF_TIME_LIMIT", None)
    app.config["WTF_CSRF_SSL_STRICT"] = False
    key = hashlib.sha256(b"cookie" + app.config["SECRET_KEY"]).hexdigest()
    app.config["SESSION_COOKIE_NAME"] = f"postil-{key[:8]}"
    app.config["SESSION_COOKIE_HTTPONLY"] = True
    app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
    app.session_interface = SchemeAwareSessions()
    app.before_request(_known_host)
    app.before_request(_same_origin)
    csrf.init_app(app)
    app.after_request(_headers)


def _plain_names(hosts: Iterable[str]) -> Iterable[str]:
    """Host names as browsers send them: in lower case, IPv6 in brackets, the rest in ASCII."""
    for host in hosts:
        try:
            yield f"[{host}]" if ip_address(host).version == 6 else host
        except ValueError:
            with suppress(UnicodeError):
                yield host.encode("idna").decode("ascii").lower()
            yield host.lower()


def _known_host() -> None:
    """The name we are asked by must be ours; else a page elsewhere could rebind its name to us.

    Flask's own check knows no IPv6, and leaves a request for which no page can be drawn.
    """
    if not is_ours(request.environ.get("HTTP_HOST", "")):
        abort(400, _("Postil does not answer to the host name by which it was asked."))


def is_ours(host: str) -> bool:
    """Whether a ``Host`` header names loopback, or a name that we were told to answer to."""
    name = name_of(host)
    return name is not None and (is_loopback(name) or name in current_app.config["POSTIL_HOSTS"])


def name_of(host: str) -> str | None:
    """The name in a ``Host`` header, in lower case and without its port; ``None``: it has none."""
    return _name_in(host) if len(host) < _LONGEST else None


@lru_cache(maxsize=256)
def _name_in(host: str) -> str | None:
    found = _HOST.fullmatch(host.lower())
    return None if found is None else found[1]


@lru_cache(maxsize=256)
def is_loopback(name: str) -> bool:
    """Whether a host name without its port is this machine's own."""
    try:
        return name == "localhost" or ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


def _same_origin() -> None:
    """An unsafe request that says where it comes from must come from here."""
    if request.method not in UNSAFE:
        return
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get("Origin")
    here = site in ("same-origin", "none")
    if not here or (origin is not None and not _is_our_origin(origin)):
        abort(403, _("This request came from another site, so nothing was done."))


def _is_our_origin(origin: str) -> bool:
    asked = request.environ.get("HTTP_HOST", "").lower()
    return len(origin) < _LONGEST and _names(origin, asked)


@lru_cache(maxsize=256)
def _names(origin: str, asked: str) -> bool:
    """Whether an ``Origin`` is the host that was asked, whichever of the two names the usual port.

    The scheme may differ from the one seen here: a proxy in front of us may speak HTTPS.
    """
    try:
        parts = urlsplit(origin.lower())
    except ValueError:
        return False
    usual = {"http": ":80", "https": ":443"}.get(parts.scheme)
    if usual is None or not parts.netloc:
        return False
    return parts.netloc.removesuffix(usual) == asked.removesuffix(usual)


def is_part(response: Response) -> bool:
    """Whether this answers with one of our scripts, styles or images."""
    return (
        request.endpoint == "asset" and response.status_code == 200 and response.mimetype in _PARTS
    )


def _headers(response: Response) -> Response:
    if is_part(response):
        response.headers.extend(OF_PARTS)
        return response
    response.headers.extend(HEADERS)
    # Over plain HTTP elsewhere than on loopback, browsers ignore this one and complain of it.
    name = name_of(request.environ.get("HTTP_HOST", ""))
    if request.is_secure or (name is not None and is_loopback(name)):
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers.setdefault("Cache-Control", "private, no-cache")
    depends_on(response, "HX-Request")
    return response


def depends_on(response: Response, header: str) -> None:
    """Say that an answer depends on a header of the request."""
    others = response.headers.get("Vary")
    if others is None or header not in others:
        response.headers["Vary"] = f"{others}, {header}" if others else header
