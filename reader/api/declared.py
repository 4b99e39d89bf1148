"""Operations: what is declared once routes them, checks what comes in, and describes them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import IO, Any

from annotations.library import Workspace
from annotations.store import Store, Token
from reader.transfers import Desk

Schema = Mapping[str, Any]


@dataclass(slots=True)
class Call:
    """One request, once everything in it has the shape that was declared.

    ``path`` and ``query`` are its parameters by name; ``body`` the JSON that came, ``stream`` the
    bytes where no JSON is asked for, ``size`` their number. ``op`` is the operation id.
    ``is_deferred``: the answer is wanted at once, as a job of the ``desk``; then nothing is known
    of the ``size`` before the ``stream`` is read to its end.
    """

    store: Store
    token: Token
    path: Mapping[str, str]
    query: Mapping[str, Any]
    body: Any = None
    stream: IO[bytes] | None = None
    size: int = 0
    op: str = ""
    desk: Desk | None = None
    is_deferred: bool = False

    @property
    def jobs(self) -> Desk:
        """What runs beside the server."""
        assert self.desk is not None  # noqa: S101 - the door gives it
        return self.desk

    @property
    def work(self) -> Workspace:
        """The token's project, in the name of its person."""
        return Workspace(self.store, self.token.project.id, self.token.person.id)


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: ``body`` as JSON, or a ``file`` of ``size`` bytes that is open."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    file: IO[bytes] | None = None
    size: int = 0


@dataclass(frozen=True, slots=True)
class Parameter:
    """Something in the query. A list may be given several times."""

    name: str
    schema: Schema
    description: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """A verb at an address. ``scope`` is what a token must be good for, or empty: nothing.

    ``takes`` names the schema of the JSON that must come, or is ``"bytes"``; ``gives`` names that
    of the answer, or is ``"bytes"``, or empty: no content. ``heavy``: few of these run at once;
    ``deferrable``: it can be a job, where ``Prefer: respond-async`` asks for one (RFC 7240).
    """

    method: str
    path: str
    id: str
    summary: str
    run: Callable[[Call], Answer]
    scope: str = "read"
    description: str = ""
    query: tuple[Parameter, ...] = ()
    takes: str = ""
    gives: str = ""
    status: int = 200
    problems: tuple[int, ...] = ()
    heavy: bool = False
    deferrable: bool = False

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(re.findall(r"{(\w+)}", self.path))


class Table:
    """All operations, to be found by what is asked for."""

    def __init__(self) -> None:
        self.operations: list[Operation] = []
        self._routes: list[tuple[re.Pattern[str], dict[str, Operation]]] = []

    def add(
        self, method: str, path: str, summary: str, **declared: Any
    ) -> Callable[[Callable[[Call], Answer]], Callable[[Call], Answer]]:
        """Declare the operation that a function runs; its id is the function's name,
        written as the field does (``listDocuments``)."""

        def keep(run: Callable[[Call], Answer]) -> Callable[[Call], Answer]:
            description = " ".join((run.__doc__ or "").split())
            first, *others = run.__name__.split("_")
            name = "".join([first, *(word.capitalize() for word in others)])
            made = Operation(method, path, name, summary, run, description=description, **declared)
            self.operations.append(made)
            pattern = re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", path))
            for known, verbs in self._routes:
                if known.pattern == pattern.pattern:
                    verbs[method] = made
                    return run
            self._routes.append((pattern, {method: made}))
            return run

        return keep

    def at(self, path: str) -> tuple[dict[str, Operation], dict[str, str]]:
        """The operations at an address, by verb, and what stands in its gaps; neither: none."""
        for pattern, verbs in self._routes:
            found = pattern.fullmatch(path)
            if found is not None:
                return verbs, found.groupdict()
        return {}, {}
