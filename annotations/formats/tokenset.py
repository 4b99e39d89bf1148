"""Data sets of tokens with tags, in JSON (a row a line, or a list) or Parquet; read only.

A file of rows by itself, or several with the files that say what their numbers stand for: a card
(``README.md``), ``dataset_infos.json``, a model's ``config.json``, or any JSON file with names.
What a row says is read in ``tokenrows``.
"""

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import IO

from annotations.document import Annotated
from annotations.errors import BadLine
from annotations.formats import arrays, parquet
from annotations.formats.interface import Member, Reading
from annotations.formats.lines import Again
from annotations.formats.tokenrows import TOKENS, Names, Rows, names_beside

_HEAD = 4096
_ROWS = (".jsonl", ".ndjson", ".parquet")
_PARQUET = b"PAR1"


def read(
    stream: IO[bytes],
    bad: Callable[[BadLine], None] | None = None,
    reading: Reading | None = None,
) -> Iterator[Annotated]:
    """The rows of a file, some at a time.

    Raises ``BadLine`` with the line, or in Parquet the number of the row; with ``bad`` given, that
    is called, and the row skipped.
    """
    return _read(stream, bad, reading or Reading(), Names)


def gather(
    members: Sequence[Member],
    bad: Callable[[BadLine], None] | None = None,
    reading: Reading | None = None,
) -> Iterator[Annotated]:
    """The rows of all tables, in the order of their names. Raises ``BadLine`` with the table."""
    reading = reading or Reading()
    tables = [member for member in members if _is_table(member)]
    if not tables:
        raise BadLine(
            f"there are no rows with “{TOKENS}” among these; they are in files with the suffix "
            f"{', '.join(_ROWS)} or .json"
        )
    others = [member for member in members if member not in tables]
    names = cache(lambda: names_beside(others))
    for member in sorted(tables, key=lambda each: each.name):
        with member.open() as stream:
            told = None if bad is None else _in(member.name, bad)
            try:
                yield from _read(stream, told, replace(reading, name=member.name), names)
            except BadLine as error:
                raise BadLine(error.reason, error.line, member.name) from error


def _in(name: str, bad: Callable[[BadLine], None]) -> Callable[[BadLine], None]:
    return lambda error: bad(BadLine(error.reason, error.line, name))


def _is_table(member: Member) -> bool:
    """Whether a file has rows; a JSON file may also be one that names tags."""
    called = member.name.lower()
    if not called.endswith(".json"):
        return called.endswith(_ROWS)
    with member.open() as stream:
        return f'"{TOKENS}"'.encode() in stream.read(_HEAD)


def _read(
    stream: IO[bytes],
    bad: Callable[[BadLine], None] | None,
    reading: Reading,
    beside: Callable[[], Names],
) -> Iterator[Annotated]:
    head = stream.read(len(_PARQUET))
    whole = io.BufferedReader(Again(head, stream))
    if head == _PARQUET:
        yield from parquet.entries(whole, bad, reading, beside)
        return
    rows = Rows(reading, reading.name, Names(), beside)
    yield from (made for made in arrays.each(whole, rows.made, bad) if made is not None)
