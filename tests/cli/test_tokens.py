"""Tokens on the command line."""

from pathlib import Path

import pytest

from reader import create_app
from tests.cli.conftest import Postil


@pytest.fixture
def full(postil: Postil, marked: Path) -> Postil:
    postil("import", "--project", "Mine", marked)
    return postil


def rows(postil: Postil, *args: str) -> list[list[str]]:
    return [row.split("\t") for row in postil("token", "list", *args).stdout.splitlines()]


def opens(secret: str, path: str = "/api/v1/project") -> int:
    app = create_app("postil.db")
    try:
        return (
            app.test_client().get(path, headers={"Authorization": f"Bearer {secret}"}).status_code
        )
    finally:
        app.extensions["postil"].close()


def test_a_token_is_made_shown_once_and_revoked(full: Postil) -> None:
    made = full("token", "make", "nightly", "--scope", "write", "--person", "Robot")

    secret = made.stdout.strip()
    assert made.exit_code == 0, made.stderr
    assert "Opens “Mine” for reading and writing as Robot." in made.stderr
    assert opens(secret) == 200
    ((uid, scope, person, created, revoked, project, name),) = rows(full)
    assert (scope, person, revoked, project, name) == ("write", "Robot", "", "Mine", "nightly")
    assert created.endswith("Z")
    assert secret not in full("token", "list").stdout

    assert full("token", "revoke", "nightly").exit_code == 0
    assert opens(secret) == 401
    assert rows(full)[0][4].endswith("Z")
    assert full("token", "revoke", "nightly").exit_code == 1
    assert full("token", "revoke", uid).exit_code == 0


def test_a_name_is_used_once_in_a_project(full: Postil) -> None:
    full("token", "make", "t")
    assert full("token", "make", "t").exit_code == 1
    full("import", "--project", "Other", "-", input="Words.")
    assert full("token", "make", "t").exit_code == 2
    assert full("token", "make", "t", "--project", "Other").exit_code == 0

    ambiguous = full("token", "revoke", "t")
    assert (ambiguous.exit_code, "by its id" in ambiguous.stderr) == (2, True)
    assert full("token", "revoke", "t", "--project", "Other").exit_code == 0
    assert [row[4] == "" for row in rows(full)] == [True, False]
    assert len(rows(full, "--project", "Other")) == 1


def test_a_scope_is_one_of_two(full: Postil) -> None:
    assert full("token", "make", "t", "--scope", "admin").exit_code == 2
    assert rows(full) == []
