"""What all commands share: the option for the database, errors, tables, progress."""

import errno
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import click

from annotations import formats
from annotations.errors import SAY_OFFSETS, ChooseLayer, PostilError
from annotations.store import Project, Store, open_store, sqlite
from reader.beginning import is_demo

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")

database_option = click.option(
    "--db",
    "database",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="POSTIL_DB",
    default="postil.db",
    show_default=True,
    show_envvar=True,
    help="The database file.",
)


class FormatName(click.Choice[str]):
    """The name of a format among these, in any case, or another name of it."""

    def __init__(self, names: Sequence[str]):
        super().__init__(names, case_sensitive=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        said = value.lower() if isinstance(value, str) else value
        return super().convert(formats.ALIASES.get(said, value), param, ctx)


class Failure(click.ClickException):
    """One clear message on standard error, and exit code 1."""

    exit_code = 1

    def show(self, file: IO[Any] | None = None) -> None:
        # A message may quote a file that somebody else made.
        said = "\n".join(map(clean, self.message.split("\n")))
        click.echo(f"postil: {said}", file=file, err=file is None)


class Misuse(Failure):
    """The command is fine but says too little or too much: exit code 2."""

    exit_code = 2


class Commands(click.Group):
    """The commands in the order in which one meets them; their errors as one line each."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def main(self, *args: Any, **kwargs: Any) -> Any:
        # Into a pipe or file goes UTF-8, also where the system's own code page is another.
        for stream in (sys.stdout, sys.stderr):
            reconfigure = getattr(stream, "reconfigure", None)
            if reconfigure is not None and not stream.isatty():
                reconfigure(encoding="utf-8", errors="backslashreplace")
        return super().main(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ChooseLayer as error:
            raise Misuse(_listed_layers(error)) from error
        except PostilError as error:
            raise Failure(with_option(str(error))) from error
        except sqlite.DatabaseError as error:
            raise Failure(
                f"The database cannot be used: {error}. “postil check” tells more."
            ) from error
        except OSError as error:
            if _is_broken_pipe(error):
                _turn_away_from_pipe()
                ctx.exit(Failure.exit_code)
            raise Failure(_system_error(error)) from error


def _listed_layers(error: ChooseLayer) -> str:
    listed = "".join(f"\n  {clean(layer)}" for layer in error.layers)
    return (
        f"There are {len(error.layers)} layers; name one with --layer (its name, or the id in "
        f"brackets), or take --all-layers:{listed}"
    )


def _system_error(error: OSError) -> str:
    reason = error.strerror or str(error)
    return f"{error.filename}: {reason}" if error.filename else reason


def _is_broken_pipe(error: OSError) -> bool:
    return isinstance(error, BrokenPipeError) or (
        # What Windows says when nobody reads standard output any more.
        os.name == "nt" and error.errno == errno.EINVAL and error.filename is None
    )


def _turn_away_from_pipe() -> None:
    """Let what is still buffered go nowhere, or the interpreter complains at its end."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def existing_store(database: Path) -> Store:
    """The store of a database that must be there already."""
    if not database.exists():
        raise Failure(
            f"There is no database {database}; name one with --db, "
            "or begin one with “postil serve” or “postil import”."
        )
    return open_store(database)


@contextmanager
def opened(database: Path) -> Iterator[Store]:
    """The store of a database that must be there already, closed afterwards."""
    store = existing_store(database)
    try:
        yield store
    finally:
        store.close()


def project_named(store: Store, name: str) -> Project | None:
    """The project of that name or id."""
    projects = store.projects.all()
    by_name = [project for project in projects if project.name == name]
    return next(iter(by_name or [project for project in projects if project.id == name]), None)


def project_meant(store: Store, name: str | None, document: str | None = None) -> Project:
    """The project named; else the one that has the document; else the only one beside the demo."""
    projects = store.projects.all()
    if name is not None:
        found = project_named(store, name)
        if found is None:
            raise Failure(f"There is no project “{name}”{_listed(projects)}")
        return found
    own = [project for project in projects if not is_demo(project)] or projects
    if document is not None:
        own = [project for project in projects if _has(store, project, document)] or own
    if not own:
        raise Failure("There is no project in this database yet; “postil import” makes one.")
    if len(own) > 1:
        raise Misuse(f"There are several projects, name one with --project{_listed(own)}")
    return own[0]


def _has(store: Store, project: Project, document: str) -> bool:
    try:
        store.documents.key_of(project, document)
    except PostilError:
        return False
    return True


def _listed(projects: Sequence[Project]) -> str:
    if not projects:
        return "; there is none at all in this database."
    return ":" + "".join(f"\n  {clean(project.name)}" for project in projects)


def with_option(said: str) -> str:
    """What an error says, with the option that remedies it."""
    return said.replace(SAY_OFFSETS, f"{SAY_OFFSETS} with --offsets")


def clean(text: str) -> str:
    """Text for a terminal: nothing in it moves the cursor or ends the line."""
    return _CONTROL.sub(" ", text)


def number(count: int, one: str, many: str = "") -> str:
    """“1 document”, “1,200 documents”."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns with a heading on a terminal; elsewhere bare lines with tabs, for other programs.

    The last column stands at the end, so that what is wide in it moves nothing.
    """
    cleaned = [[clean(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        for row in cleaned:
            click.echo("\t".join(row))
        return
    widths = [max(map(len, column)) for column in zip(heading, *cleaned, strict=True)]
    for row in (list(heading), *cleaned):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        click.echo("  ".join(cells).rstrip())


@contextmanager
def progress(label: str, length: int) -> Iterator[Callable[[int], None] | None]:
    """A bar on standard error, told how far it is by now; none unless that is a terminal."""
    if not sys.stderr.isatty() or length <= 0:
        yield None
        return
    with click.progressbar(length=length, label=label, file=sys.stderr) as bar:
        yield lambda now: bar.update(now - bar.pos)
