"""One request at the door: who it is, which operation, and what comes of it."""

import io
import json
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from itertools import islice
from typing import IO, Any

import orjson
from flask import Flask
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.wrappers import Request, Response

from annotations.cancellation import Cancelled
from annotations.document import new_id
from annotations.errors import PostilError
from annotations.formats.lines import dumped, may_be_rounded
from annotations.store import Person, Project, Store, Token
from reader import security
from reader.api import Start, limits
from reader.api.declared import Answer, Call, Operation
from reader.api.operations import table
from reader.api.problems import Problem, of_the_core
from reader.api.schemas import COMPONENTS, ID
from reader.api.validating import MOST, problems, settled
from reader.limits import RETRY_SECONDS, Busy, HeavyWork
from reader.transfers import Desk

ROOT = "/api/v1"
DEEPEST = 64
"""Levels to which JSON may be nested."""

_IN_MEMORY = 4 * 1024 * 1024
_PIECE = 256 * 1024


_NOBODY = Token(0, "", "", "", "", None, Project(0, "", ""), Person(0, "", ""))
"""Who asks for what is open to all."""


class Door:
    """The API of one application."""

    def __init__(self, app: Flask):
        self._app = app
        self._store: Store = app.extensions["postil"]
        self._table = table()
        self._desk: Desk = app.extensions["postil.transfers"]
        self._most = int(app.config["MAX_CONTENT_LENGTH"])
        self._most_deferred = max(self._most, int(app.config["POSTIL_MOST_BROUGHT"]))
        self._known = limits.Meter(limits.RATE, limits.BURST)
        self._strangers = limits.Meter(limits.RATE_OF_STRANGERS, limits.BURST_OF_STRANGERS)
        self._heavy: HeavyWork = app.extensions["postil.heavy"]

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        request = Request(environ)
        try:
            response = self._answered(request)
        except Problem as problem:
            response = _refused(problem)
        except PostilError as error:
            response = _refused(of_the_core(error))
        except RequestEntityTooLarge:
            response = _refused(Problem(413, f"At most {self._most // 1_000_000} MB are taken."))
        except HTTPException as error:
            response = _refused(Problem(400, error.description or "It cannot be read."))
        except Busy:
            after = {"Retry-After": str(RETRY_SECONDS)}
            response = _refused(Problem(429, "Other files are under way.", "busy", after))
        except Cancelled:
            response = Response(status=503)  # nobody reads it
        except Exception as error:
            self._app.logger.error("unexpected error at %s", request.path, exc_info=error)
            response = _refused(Problem(500, "Nothing that was saved is lost. Try again."))
        for name, value in security.HEADERS.items():
            response.headers[name] = value
        response.headers["Cache-Control"] = "no-store"
        response.headers["Vary"] = "Authorization"
        return response(environ, start)

    def _answered(self, request: Request) -> Response:
        with self._app.app_context():
            if not security.is_ours(request.environ.get("HTTP_HOST", "")):
                raise Problem(400, "Postil does not answer to the host name by which it was asked.")
        operation, path = self._operation(request)
        token = self._token(request, operation)
        query = _query(request, operation)
        with ExitStack() as stack:
            call = Call(self._store, token, path, query, op=_op(request), desk=self._desk)
            call.is_deferred = operation.deferrable and _prefers_a_job(request)
            if operation.heavy and not call.is_deferred:
                stack.enter_context(self._heavy.place("file", waits=False))
            if operation.takes == "bytes" and call.is_deferred:
                call.stream = io.BufferedReader(_Limited(request, self._most_deferred))
            elif operation.takes == "bytes":
                call.stream, call.size = self._file(request, operation)
                stack.callback(call.stream.close)
            elif operation.takes:
                call.body = self._body(request, operation.takes)
            response = _response(operation.run(call))
            if request.method == "HEAD":
                response.close()  # nobody will read what it holds
            return response

    def _operation(self, request: Request) -> tuple[Operation, dict[str, str]]:
        verbs, path = self._table.at(request.path.removeprefix(ROOT))
        if not request.path.startswith(f"{ROOT}/") or not verbs:
            raise Problem(404, f"Nothing is at {request.path[:200]}; {ROOT}/openapi.json tells.")
        operation = verbs.get("GET" if request.method == "HEAD" else request.method)
        if operation is None:
            allowed = ", ".join(verbs)
            raise Problem(405, f"Only {allowed} go here.", headers={"Allow": allowed})
        return operation, path

    def _token(self, request: Request, operation: Operation) -> Token:
        """Whose request this is. A token that may not do it is told so, and a stranger nothing."""
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        token = None
        if scheme.lower() == "bearer" and 0 < len(secret) <= 200:
            token = self._store.tokens.of(secret.strip())
        where = request.remote_addr or ""
        if not operation.scope:
            _wait(self._known.take(f"public {where}"))
            return token or _NOBODY
        if token is None:
            _wait(self._strangers.take(where))
            raise Problem(
                401,
                "Send a token of this server as “Authorization: Bearer …”; “postil token make” "
                "makes one.",
                headers={"WWW-Authenticate": 'Bearer realm="postil"'},
            )
        _wait(self._known.take(token.id))
        if operation.scope == "write" and token.scope != "write":
            raise Problem(403, "This token reads and does not write.", "scope")
        return token

    def _body(self, request: Request, name: str) -> Any:
        if request.mimetype != "application/json":
            raise Problem(415, "Send JSON, with “Content-Type: application/json”.")
        most = min(self._most, limits.JSON_MOST)
        stream, size = self._spooled(request, most)
        with stream:
            data = stream.read(size)
        try:
            value = orjson.loads(data)
        except orjson.JSONDecodeError as error:
            raise Problem(400, f"This is not JSON: {error.msg}.", "json") from error
        if _depth(value) > DEEPEST:
            raise Problem(422, f"It is nested more than {DEEPEST} deep.", "json")
        if may_be_rounded(data):
            value = json.loads(data)
        schema = COMPONENTS[name]
        wrong = problems(value, schema)
        found = [{"at": at, "problem": said} for at, said in islice(wrong, MOST)]
        if found:
            raise Problem(422, _listed(found), "shape", errors=found)
        return settled(value, schema)

    def _file(self, request: Request, operation: Operation) -> tuple[IO[bytes], int]:
        try:
            return self._spooled(request, self._most)
        except Problem as problem:
            if problem.status != 413 or not operation.deferrable:
                raise
            more = f"{self._most_deferred / 1_000_000:,.0f} MB"
            raise Problem(
                413,
                f"{problem} Send it with “Prefer: respond-async”: so up to {more} are taken.",
            ) from None

    def _spooled(self, request: Request, most: int) -> tuple[IO[bytes], int]:
        """The body, in memory or on the disk, and its size. Raises ``Problem`` when it is more."""
        too_much = _too_much(most)
        if (request.content_length or 0) > most:
            raise too_much
        request.max_content_length = most
        file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - the caller does
        try:
            stream = request.stream
            while piece := stream.read(_PIECE):
                file.write(piece)
                if file.tell() > most:
                    raise too_much
            size = file.tell()
            file.seek(0)
        except BaseException:
            file.close()
            raise
        return file, size


class _Limited(io.RawIOBase):
    """A body that goes to where it is kept while it comes, up to so many bytes."""

    def __init__(self, request: Request, most: int):
        super().__init__()
        if (request.content_length or 0) > most:
            raise _too_much(most)
        request.max_content_length = most
        self._stream, self._left, self._most = request.stream, most, most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._stream.read(len(buffer))
        self._left -= len(piece)
        if self._left < 0:
            raise _too_much(self._most)
        buffer[: len(piece)] = piece
        return len(piece)


def _too_much(most: int) -> Problem:
    return Problem(413, f"At most {most / 1_000_000:,.0f} MB are taken here.")


def _prefers_a_job(request: Request) -> bool:
    """Whether it says ``Prefer: respond-async`` (RFC 7240, section 4.1)."""
    said = ",".join(request.headers.getlist("Prefer")).lower()
    return any(each.partition(";")[0].strip() == "respond-async" for each in said.split(","))


def _wait(seconds: float) -> None:
    if seconds:
        after = str(int(seconds) + 1)
        raise Problem(429, f"Try again in {after} s.", "rate", {"Retry-After": after})


def _op(request: Request) -> str:
    given = request.headers.get("Idempotency-Key")
    if given is not None and any(problems(given, ID)):
        raise Problem(400, "An Idempotency-Key has 1 to 100 letters, digits and . _ : @ + -.")
    return given or new_id()


def _query(request: Request, operation: Operation) -> dict[str, Any]:
    """The parameters, as what they were declared to be. Raises ``Problem``."""
    known = {each.name: each for each in operation.query}
    found: dict[str, Any] = {}
    wrong = []
    for name, said in request.args.lists():
        if name not in known:
            wrong.append({"at": name, "problem": "is not known here"})
            continue
        schema = known[name].schema
        value: Any = list(said) if schema["type"] == "array" else _read(said[-1], schema)
        if schema["type"] != "array" and len(said) > 1:
            wrong.append({"at": name, "problem": "is given more than once"})
        wrong += [{"at": f"{name}{at}", "problem": p} for at, p in problems(value, schema)]
        found[name] = value
    if wrong:
        raise Problem(400, _listed(wrong[:MOST]), "query", errors=wrong[:MOST])
    usual = {name: p.schema["default"] for name, p in known.items() if "default" in p.schema}
    return usual | found


def _read(said: str, schema: Mapping[str, Any]) -> Any:
    """A text as what a schema asks for, where it can be read so; else the text itself."""
    if schema["type"] == "boolean":
        return {"true": True, "false": False}.get(said, said)
    digits = said.removeprefix("-")
    if schema["type"] == "integer" and digits.isascii() and digits.isdecimal() and len(said) < 20:
        return int(said)
    return said


def _listed(wrong: list[dict[str, str]]) -> str:
    return "; ".join(f"{each['at'] or 'it'} {each['problem']}" for each in wrong[:3]) + "."


def _depth(value: Any) -> int:
    """How deep a value is nested; looked at without recursion."""
    deepest, ahead = 0, [(value, 1)]
    while ahead:
        value, depth = ahead.pop()
        if isinstance(value, (dict, list)):
            deepest = max(deepest, depth)
            inner = value.values() if isinstance(value, dict) else value
            ahead += [(each, depth + 1) for each in inner if isinstance(each, (dict, list))]
    return deepest


def _response(answer: Answer) -> Response:
    if answer.file is not None:
        made = Response(_pieces(answer.file), answer.status, headers=dict(answer.headers))
        made.call_on_close(answer.file.close)
        made.content_length = answer.size
        return made
    made = Response(status=answer.status, headers=dict(answer.headers))
    if answer.status == 204:
        del made.headers["Content-Type"]
        return made
    made.set_data(dumped(answer.body))
    made.mimetype = "application/json"
    return made


def _pieces(file: IO[bytes]) -> Iterable[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece


def _refused(problem: Problem) -> Response:
    made = Response(dumped(problem.body), problem.status, headers=problem.headers)
    made.mimetype = "application/problem+json"
    return made
