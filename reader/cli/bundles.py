"""Bundles on the command line: a whole project as one archive, and back."""

import shutil
import sys
from pathlib import Path
from typing import IO

import click

from annotations import bundle
from annotations.errors import PostilError
from annotations.store import Project, Store, open_store
from reader.cli.common import Failure, Misuse, clean, number


def bundle_among(files: tuple[str, ...]) -> Path | None:
    """The bundle that was named. Raises ``Misuse`` when other files were named beside it."""
    found = [Path(file) for file in files if _is_bundle(Path(file))]
    if found and len(files) > 1:
        raise Misuse(f"{found[0]} is a bundle, which becomes a project of its own; take it alone.")
    return found[0] if found else None


def _is_bundle(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        return bundle.holds_bundle(stream)


def take_in(path: Path, database: Path, store: Store | None, name: str | None) -> None:
    """Make a project of a bundle and say so. Raises ``Failure``."""
    with path.open("rb") as stream:
        try:
            with bundle.opened(stream, str(path)):
                pass  # Nothing new is made for what turns out to be no whole bundle.
            if store is not None:
                return _taken(store, stream, path, name)
            made = open_store(database)
            try:
                return _taken(made, stream, path, name)
            finally:
                made.close()
        except PostilError as error:
            raise Failure(str(error)) from error


def _taken(store: Store, stream: IO[bytes], path: Path, name: str | None) -> None:
    project = bundle.take(store, store.people.first(), stream, str(path), name or "")
    documents = number(store.documents.count(project), "document")
    click.echo(f"Made the project “{clean(project.name)}” of the bundle: {documents}.")


def write_out(
    store: Store, project: Project, output: Path | None, history: bool
) -> tuple[IO[bytes], int]:
    """A project's bundle as a file, made at one moment."""
    if output is None and sys.stdout.isatty():
        raise Misuse("A bundle is a binary file; name one with -o, or send it on with a pipe.")
    return bundle.made(store, project, history=history)


def send(file: IO[bytes]) -> None:
    """The file to standard output."""
    shutil.copyfileobj(file, sys.stdout.buffer)
    sys.stdout.buffer.flush()
