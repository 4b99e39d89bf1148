"""Rows out of JSON with keys of its own: the keys of the first objects are the columns.

A list of objects, an object a line, one object; an object that holds such a list (``{"articles":
[…]}``); and the ways in which pandas writes a table: by columns, by index, and split into columns
and data. What is nested in an object under a name of its own is a column called ``outer.inner``.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import IO, Any

from annotations.errors import BadInput, BadLine
from annotations.formats.arrays import Entries
from annotations.formats.interface import Reading
from annotations.formats.lines import loaded
from annotations.formats.table.rows import Cell, Row, Sheet
from annotations.formats.values import Json

PLACES = (
    "spans", "ents", "entities", "annotations", "ner", "label", "labels", "relations", "tokens",
)  # fmt: skip
"""Keys under which tools put marks; a list of places there is no table's."""

_SAMPLE = 200


def sheet(
    stream: IO[bytes],
    is_list: bool,
    bad: Callable[[BadLine], None] | None,
    reading: Reading,
) -> Sheet:
    """The objects of a file as rows. Raises ``BadLine`` for what is no JSON.

    ``is_list``: the file is one list, so an object in it is a row whatever it holds.
    """
    numbered = _numbered(stream, bad)
    sample = list(islice(numbered, _SAMPLE))
    if not is_list and len(sample) == 1 and (inner := _within(sample[0].data, reading)) is not None:
        sample, numbered = inner, iter(())
    names: dict[str, None] = {}
    for each in sample:
        names |= dict.fromkeys(each.cells)
    return Sheet("", _rows(chain(sample, numbered), names), list(names))


@dataclass(slots=True)
class _Object:
    number: int
    line: int | None
    data: Json
    cells: dict[str, Cell] = field(default_factory=dict)


def _numbered(stream: IO[bytes], bad: Callable[[BadLine], None] | None) -> Iterator[_Object]:
    entries = Entries(stream)
    while True:
        try:
            entry = next(entries, None)
            if entry is None:
                return
            data = loaded(entry)
            _refuse_places(data)
            yield _Object(entries.number, entries.line, data, _flat(data))
        except BadInput as error:
            refused = entries.placed(error)
            if bad is None:
                raise refused from error
            bad(refused)
            if entries.is_broken:
                return


def _rows(objects: Iterator[_Object], names: dict[str, None]) -> Iterator[Row]:
    """The cells in the order of ``names``."""
    for each in objects:
        known = [each.cells.get(name) for name in names]
        late = {name: cell for name, cell in each.cells.items() if name not in names}
        yield Row(each.number, known, each.line, late)


def _flat(data: Json) -> dict[str, Cell]:
    """An object without the plain ones in it, whose keys stand behind that of the object."""
    found: dict[str, Cell] = {}
    for key, value in data.items():
        if isinstance(value, dict) and not any(isinstance(v, list | dict) for v in value.values()):
            found |= {f"{key}.{inner}": cell for inner, cell in value.items()}
        else:
            found[key] = value
    return found


def _refuse_places(data: Json) -> None:
    """Raise ``BadLine`` where marks stand with a text, which a table has no place for."""
    for key in PLACES:
        if has_places(data.get(key)):
            raise BadLine(
                f"“{key}” holds places of spans, so this is no table of documents; name the format "
                "of the tool that wrote it (prodigy, doccano, jsonl …)"
            )


def has_places(value: Any) -> bool:
    """Whether a value lists places in a text: objects or lists with two numbers for each."""
    if not isinstance(value, list) or not value:
        return False
    for entry in value[:20]:
        if isinstance(entry, dict):
            entry = list(entry.values())
        if not isinstance(entry, list):
            return False
        if sum(isinstance(part, int) and not isinstance(part, bool) for part in entry) < 2:
            return False
        if all(isinstance(part, int) for part in entry) and len(entry) > 2:
            return False
    return True


# ── tables within one object ──────────────────────────────────────────────────────────────────────


def _within(data: Json, reading: Reading) -> list[_Object] | None:
    """The rows of a table that stands in a single object; ``None`` where the object is a row."""
    rows = _split(data) or _by_column(data) or _by_index(data)
    if rows is None:
        lists = {key: value for key, value in data.items() if _is_list_of_objects(value)}
        if not lists:
            return None
        key = max(lists, key=lambda name: len(lists[name]))
        if any(isinstance(value, str) and len(value) > 200 for value in data.values()):
            return None  # an article with a list of something in it
        others = ", ".join(f"“{name}”" for name in data if name != key)
        if others:
            reading.note(f"The documents are those under “{key}”; left out beside it: {others}.")
        rows = lists[key]
    found = []
    for number, row in enumerate(rows, start=1):
        _refuse_places(row)
        found.append(_Object(number, None, row, _flat(row)))
    return found


def _is_list_of_objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(e, dict) for e in value)


def _split(data: Json) -> list[Json] | None:
    """``{"columns": […], "data": [[…]]}``."""
    names, rows = data.get("columns"), data.get("data")
    if not isinstance(names, list) or not isinstance(rows, list):
        return None
    if not all(isinstance(row, list) and len(row) == len(names) for row in rows):
        return None
    return [dict(zip(map(str, names), row, strict=True)) for row in rows]


def _by_column(data: Json) -> list[Json] | None:
    """``{"text": {"0": …, "1": …}, "title": {"0": …, "1": …}}``, or lists of the same length."""
    columns = list(data.values())
    if not columns:
        return None
    if all(isinstance(column, dict) for column in columns):
        keys = list(columns[0])
        if not all(key.isdecimal() for key in keys) or any(list(c) != keys for c in columns):
            return None
        return [{name: column[key] for name, column in data.items()} for key in keys]
    if len(columns) > 1 and all(isinstance(column, list) for column in columns):
        if len({len(column) for column in columns}) > 1 or any(map(_is_list_of_objects, columns)):
            return None
        return [dict(zip(data, row, strict=True)) for row in zip(*columns, strict=True)]
    return None


def _by_index(data: Json) -> list[Json] | None:
    """``{"0": {"text": …}, "1": {"text": …}}``."""
    if len(data) > 1 and all(key.isdecimal() and isinstance(v, dict) for key, v in data.items()):
        return list(data.values())
    return None
