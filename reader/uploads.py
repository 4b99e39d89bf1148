"""What was sent to be looked at before it is stored, kept beside the database for an hour.

What is stored afterwards is read from the same files, so it is what was shown.
"""

import os
import secrets
import shutil
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

import orjson

from annotations.errors import BadInput
from annotations.transfer import Source

SECONDS = 3600
MOST = 40
"""Uploads that may wait at once; the oldest goes first."""


@dataclass(frozen=True, slots=True)
class Upload:
    """Files that wait, under a name that nobody can guess."""

    name: str
    sources: tuple[Source, ...]

    @property
    def size(self) -> int:
        """In bytes."""
        return sum(source.size for source in self.sources)


class Uploads:
    """The uploads that wait beside one database."""

    def __init__(self, database: str | Path):
        self._folder = Path(f"{database}.incoming")

    def keep(
        self, files: Iterable[tuple[str, IO[bytes]]], kind: str = "", called: str = ""
    ) -> Upload:
        """Write the files down, each with the name it came with, readable by their owner alone.

        ``called`` is what errors call a file that came without a name.
        """
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._sweep()
        name = secrets.token_urlsafe(24)
        place = self._folder / name
        place.mkdir(mode=0o700)
        try:
            listed = []
            for number, (title, stream) in enumerate(files):
                with _made(place / str(number)) as file:
                    shutil.copyfileobj(stream, file)
                    listed.append((title, file.tell()))
            with _made(place / "list") as file:
                file.write(orjson.dumps({"kind": kind, "called": called, "files": listed}))
        except BaseException:
            self.drop(name)  # what broke off is of no use to anybody
            raise
        return self.find(name)

    def find(self, name: str) -> Upload:
        """The upload of that name. Raises ``BadInput`` when it waits no longer."""
        return self.at(self._folder / name)

    def move(self, name: str, place: Path) -> None:
        """Have an upload wait elsewhere, where ``at`` finds it. Raises ``Gone``."""
        try:
            (self._folder / name).replace(place)
        except OSError:
            raise Gone from None

    @staticmethod
    def at(place: Path) -> Upload:
        """The upload in a folder. Raises ``Gone``."""
        try:
            data = orjson.loads((place / "list").read_bytes())
        except OSError:
            raise Gone from None
        return Upload(
            place.name,
            tuple(
                Source(
                    title,
                    partial(_opened, place / str(number)),
                    size,
                    data["kind"],
                    data["called"],
                )
                for number, (title, size) in enumerate(data["files"])
            ),
        )

    def drop(self, name: str) -> None:
        """Delete an upload; nothing happens when it is gone already."""
        shutil.rmtree(self._folder / name, ignore_errors=True)

    def _sweep(self) -> None:
        waiting = []
        for place in self._folder.iterdir():
            with suppress(OSError):
                waiting.append((place.stat().st_mtime, place.name))
        waiting.sort(reverse=True)
        for number, (at, name) in enumerate(waiting):
            if number >= MOST - 1 or at < time.time() - SECONDS:
                self.drop(name)


class Gone(BadInput):
    """What was shown is no longer there to be stored."""

    def __init__(self) -> None:
        super().__init__("What you looked at was kept for an hour and is gone now; send it again.")


def _made(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _opened(path: Path) -> IO[bytes]:
    return path.open("rb")
