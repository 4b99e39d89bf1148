"""Tokens for programs: who may read or write in one project over HTTP, in whose name.

Kept is only the SHA-256 of each: a token is 256 bits of chance, so nothing slower is needed, and
who has the file has no token. Making and revoking are no acts of the log: they are no work.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from annotations.document import new_id
from annotations.errors import BadInput, NotFound
from annotations.store.changes import now
from annotations.store.database import Database
from annotations.store.people import Person, Project, checked_name

SCOPES = ("read", "write")
PREFIX = "postil_"
"""How each begins, so that programs that look for leaked secrets know one."""

_SELECT = """select t.id, t.uid, t.name, t.scope, t.created, t.revoked,
    p.id, p.uid, p.name, p.description, p.archived, w.id, w.uid, w.name
from tokens t join projects p on p.id = t.project_id join people w on w.id = t.person_id"""


@dataclass(frozen=True, slots=True)
class Token:
    """A token, but for its secret. ``created`` and ``revoked`` are ISO 8601 in UTC."""

    key: int
    id: str
    name: str
    scope: str
    created: str
    revoked: str | None
    project: Project
    person: Person


class Tokens:
    """The tokens of all projects."""

    def __init__(self, database: Database):
        self._database = database

    def make(self, project: Project, person: Person, name: str, scope: str) -> tuple[Token, str]:
        """A new token, and its secret, which is nowhere kept.

        Raises ``BadInput`` for a name that a living token of the project bears, or an unknown
        scope.
        """
        name = checked_name(name)
        if scope not in SCOPES:
            raise BadInput(f"“{scope}” is no scope; known are {', '.join(SCOPES)}.")
        uid, secret = new_id(), PREFIX + secrets.token_urlsafe(32)
        with self._database.writing() as db:
            taken = db.conn.execute(
                "select 1 from tokens where project_id = ? and name = ? and revoked is null",
                (project.key, name),
            ).fetchone()
            if taken:
                raise BadInput(f"The project has a token “{name}” already; revoke that one first.")
            db.conn.execute(
                """insert into tokens (uid, project_id, person_id, name, scope, digest, created)
                values (?, ?, ?, ?, ?, ?, ?)""",
                (uid, project.key, person.key, name, scope, _digest(secret), now()),
            )
        return self._one("t.uid = :value", uid), secret

    def of(self, secret: str) -> Token | None:
        """The living token with that secret, of a living project."""
        row = self._database.row(
            f"{_SELECT} where t.digest = :digest and t.revoked is null and p.deleted = 0",
            {"digest": _digest(secret)},
        )
        return _made(row) if row else None

    def all(self, project: Project | None = None) -> list[Token]:
        """The tokens of a project, or of all, revoked ones too; the oldest first."""
        rows = self._database.rows(
            f"{_SELECT} where :project is null or t.project_id = :project order by t.id",
            {"project": project.key if project else None},
        )
        return [_made(row) for row in rows]

    def revoke(self, uid: str) -> Token:
        """Let a token open nothing any more. Raises ``NotFound``."""
        found = self._one("t.uid = :value", uid)
        with self._database.writing() as db:
            db.conn.execute(
                "update tokens set revoked = ? where id = ? and revoked is null", (now(), found.key)
            )
        return self._one("t.uid = :value", uid)

    def _one(self, condition: str, value: str) -> Token:
        row = self._database.row(f"{_SELECT} where {condition}", {"value": value})
        if row is None:
            raise NotFound("token", value)
        return _made(row)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _made(row: Sequence[Any]) -> Token:
    key, uid, name, scope, created, revoked = row[:6]
    number, project_id, project_name, description, archived = row[6:11]
    project = Project(number, project_id, project_name, description, bool(archived))
    person = Person(*row[11:14])
    return Token(key, uid, name, scope, created, revoked, project, person)
