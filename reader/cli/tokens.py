"""Tokens for programs that come in over HTTP."""

from pathlib import Path

import click

from annotations.store import Person, Store, Token
from annotations.store.tokens import SCOPES
from reader.cli.common import (
    Commands,
    Failure,
    Misuse,
    clean,
    database_option,
    opened,
    project_meant,
    table,
)


@click.group(cls=Commands, short_help="Let programs in over HTTP.")
def token() -> None:
    """Make, list and revoke the tokens with which programs read and write over HTTP (/api/v1).

    A token opens one project, in the name of one person, for reading or for writing.
    """


@token.command(short_help="Make a token, and print it once.")
@click.argument("name")
@database_option
@click.option(
    "--project", metavar="NAME", help="The project. [default: the only one beside the demo]"
)
@click.option(
    "--person",
    metavar="NAME",
    help="In whose name it acts; made when there is none. [default: whoever this began with]",
)
@click.option("--scope", type=click.Choice(SCOPES), default=SCOPES[0], show_default=True)
def make(name: str, database: Path, project: str | None, person: str | None, scope: str) -> None:
    """Make a token called NAME, and print it. It is shown this once and kept nowhere.

    \b
    postil token make nightly-export
    postil token make tagger --scope write --person "Tagger 2" --project "Class 9b"
    """
    with opened(database) as store:
        meant = project_meant(store, project)
        made, secret = store.tokens.make(meant, _person(store, person), name, scope)
    click.echo(secret)
    click.echo(
        f"Opens “{clean(made.project.name)}” for {_doing(made)} as {clean(made.person.name)}. "
        "Keep it like a password; it is not shown again.",
        err=True,
    )


def _doing(made: Token) -> str:
    return "reading" if made.scope == "read" else "reading and writing"


def _person(store: Store, name: str | None) -> Person:
    if not name:
        return store.people.first()
    found = [person for person in store.people.all() if name in (person.name, person.id)]
    return found[0] if found else store.people.add(name)


@token.command("list", short_help="List the tokens.")
@database_option
@click.option("--project", metavar="NAME", help="Of one project. [default: of all]")
def list_(database: Path, project: str | None) -> None:
    """List the tokens, revoked ones too; what they are is not kept.

    On a terminal with a heading; into a pipe as lines of id, scope, person, created, revoked,
    project and name with tabs between.
    """
    with opened(database) as store:
        meant = project_meant(store, project) if project else None
        rows = [
            (t.id, t.scope, t.person.name, t.created, t.revoked or "", t.project.name, t.name)
            for t in store.tokens.all(meant)
        ]
    table(("ID", "SCOPE", "PERSON", "CREATED", "REVOKED", "PROJECT", "NAME"), rows)


@token.command(short_help="Let a token open nothing any more.")
@click.argument("token", metavar="ID|NAME")
@database_option
@click.option("--project", metavar="NAME", help="Where it is named. [default: anywhere]")
def revoke(token: str, database: Path, project: str | None) -> None:
    """Revoke a token, by its id or its name: from then on it opens nothing."""
    with opened(database) as store:
        meant = project_meant(store, project) if project else None
        known = store.tokens.all(meant)
        found = [each for each in known if each.id == token]
        found = found or [each for each in known if each.name == token and not each.revoked]
        if not found:
            raise Failure(f"There is no living token “{clean(token)}”; “postil token list” knows.")
        if len(found) > 1:
            raise Misuse(f"There are several tokens “{clean(token)}”; name it by its id.")
        revoked = store.tokens.revoke(found[0].id)
    click.echo(f"Revoked “{clean(revoked.name)}” of “{clean(revoked.project.name)}”.")
