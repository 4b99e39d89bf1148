"""Looking at what there is, and looking after it."""

import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import click

from annotations.store import Listed, Project, Store, sqlite
from annotations.store.upkeep import log_problems
from reader.cli.common import (
    Failure,
    database_option,
    number,
    opened,
    progress,
    project_meant,
    table,
)

_PAGE = 500


@click.command(short_help="List the projects.")
@database_option
def projects(database: Path) -> None:
    """List the projects.

    On a terminal with a heading; into a pipe as lines of id, documents and name with tabs between.
    """
    with opened(database) as store:
        rows = [(p.id, str(store.documents.count(p)), p.name) for p in store.projects.all()]
    table(("ID", "DOCUMENTS", "NAME"), rows)


@click.command(short_help="List the documents with their ids.")
@database_option
@click.option("--project", metavar="NAME", help="The project. [default: all projects]")
def documents(database: Path, project: str | None) -> None:
    """List the documents with their ids, which --document of “postil export” takes.

    On a terminal with a heading; into a pipe as lines of id, characters, spans, last change,
    project and title with tabs between.
    """
    with opened(database) as store:
        wanted = [project_meant(store, project)] if project else store.projects.all()
        rows = [
            (
                listed.id,
                str(listed.characters),
                str(sum(listed.marks.values())),
                listed.changed[:10],
                each.name,
                listed.title,
            )
            for each in wanted
            for listed in _listed(store, each)
        ]
    table(("ID", "CHARACTERS", "SPANS", "CHANGED", "PROJECT", "TITLE"), rows)


def _listed(store: Store, project: Project) -> Iterator[Listed]:
    offset = 0
    while page := store.documents.listed(project, "title", _PAGE, offset):
        yield from page
        offset += _PAGE


@click.command(short_help="Tell whether the database is sound.")
@database_option
def check(database: Path) -> None:
    """Tell which SQLite runs, whether the database is sound, and how much it holds.

    Exits with 1 when something is wrong with it.
    """
    try:
        found = log_problems(database)
        with opened(database) as store:
            health = store.upkeep.check()
    except (sqlite.DatabaseError, UnicodeDecodeError) as error:
        raise Failure(f"{database} is damaged; restore a backup. SQLite says: {error}") from error
    click.echo(f"Database  {database.absolute()} ({database.stat().st_size:,} bytes)")
    click.echo(f"SQLite    {health.sqlite}")
    for what, count in health.counts.items():
        click.echo(f"{what.capitalize():<13} {count:>12,}")
    if health.wal_fault:
        click.echo(
            f"postil: SQLite {health.sqlite} can damage a database that two programs write to at "
            "once; 3.51.3 cannot. Install the package pysqlite3, or let one program at a time use "
            "the database.",
            err=True,
        )
    found += health.problems
    if found:
        listed = "".join(f"\n  {problem}" for problem in found)
        raise Failure(
            f"{number(len(found), 'problem')} found; restore a backup, or export what "
            f"can be read:{listed}"
        )
    click.echo("No problem found.")


@click.command(short_help="Copy the database while it is in use.")
@click.argument("file", type=click.Path(path_type=Path))
@database_option
def backup(file: Path, database: Path) -> None:
    """Copy the database to a new FILE while it stays in use, and check the copy.

    A file that is there is never overwritten.

    \b
    postil backup postil-monday.db
    """
    with ExitStack() as stack:
        store = stack.enter_context(opened(database))
        if file.exists():
            raise Failure(f"{file} exists already; a backup never overwrites a file.")
        beside = file.with_name(f".{file.name[:100]}.{secrets.token_hex(4)}.part")
        stack.callback(beside.unlink, missing_ok=True)
        with progress("Backing up", 100) as show:
            size = store.upkeep.backup(
                beside, (lambda now, total: show(100 * now // max(total, 1))) if show else None
            )
        beside.rename(file)
    click.echo(f"Backed up to {file} ({size:,} bytes), and checked.")
