"""Data sets as Hugging Face's ``datasets`` keeps them on the disk: ``save_to_disk``.

A folder, or one for each split, with tables in Arrow's streaming format (``data-*.arrow``) and what
is said of them in ``dataset_info.json``. The rows are those of ``parquet``: texts with spans, or
tokens with tags. Read alone; the package ``datasets`` is not needed.

Arrow says how long things are and pyarrow believes it, so each batch is checked in full before it
becomes rows. Its bytes stay in the file (they are mapped, not copied), and together its values may
not be more than a file of that size can hold: a list of a billion nulls takes four bytes.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import IO, Any

from annotations.document import Annotated
from annotations.errors import BadLine
from annotations.formats import huggingface, parquet
from annotations.formats.interface import Member, Reading
from annotations.formats.tokenrows import Names
from annotations.formats.values import Json

_FEATHER = b"ARROW1"
_CACHE = "cache-"
"""How tables are called that ``datasets`` keeps for itself beside those of the data set."""

_PER_BYTE = 8
"""Values that a byte of a file can hold: truth values."""
_A_FEW = 10_000
"""Values that may be in any file, however short: columns with nothing in them take no bytes."""


def read(
    stream: IO[bytes],
    bad: Callable[[BadLine], None] | None = None,
    reading: Reading | None = None,
) -> Iterator[Annotated]:
    """The rows of one table, some at a time. The file is copied to the disk.

    Raises ``BadLine`` with the number of the row; with ``bad`` given, that is called, and the row
    skipped.
    """
    return entries(stream, bad, reading or Reading())


def gather(
    members: Sequence[Member],
    bad: Callable[[BadLine], None] | None = None,
    reading: Reading | None = None,
) -> Iterator[Annotated]:
    """The rows of all tables, in the order of their names. Raises ``BadLine`` with the table."""
    ours = [member for member in members if not _is_cache(member.name)]
    return huggingface.gathered(ours, ".arrow", entries, bad, reading)


def _is_cache(name: str) -> bool:
    return PurePosixPath(name.replace("\\", "/")).name.startswith(_CACHE)


def entries(
    stream: IO[bytes],
    bad: Callable[[BadLine], None] | None,
    reading: Reading,
    beside: Callable[[], Names] = Names,
) -> Iterator[Annotated]:
    """The documents of one table; ``beside`` gives what numbers stand for that are tags."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "table.arrow")
        with path.open("xb") as file:
            shutil.copyfileobj(stream, file)
        with parquet.refusing("Arrow table"):
            mapped = parquet.arrow().memory_map(str(path))
        with mapped:
            with parquet.refusing("Arrow table"):
                messages, columns = _opened(mapped)
            rows = _rows(messages, columns, path.stat().st_size)
            yield from parquet.of_rows(columns, rows, bad, reading, beside)


def _opened(mapped: Any) -> tuple[Any, Any]:
    """The messages of a stream behind its first, and the columns that this one tells of."""
    import pyarrow.ipc as ipc

    if mapped.read(len(_FEATHER)) == _FEATHER:
        raise BadLine("this is a Feather file; save its table as Parquet, and import that")
    mapped.seek(0)
    messages = ipc.MessageReader.open_stream(mapped)
    first = next(iter(messages), None)
    if first is None:
        raise BadLine("there is nothing in this table, not even its columns")
    columns = ipc.read_schema(first)
    parquet.check_columns(columns.names)
    for column in columns:
        if not _is_known(column.type):
            raise BadLine(
                f"the column “{column.name[:60]}” is of a type that is not read here "
                f"({str(column.type)[:60]}); leave it out, or save the data set as Parquet"
            )
    return messages, columns


def _is_known(kind: Any) -> bool:
    """Whether a type is one of which each value takes a place of its own in the file."""
    types = parquet.arrow().types
    if types.is_struct(kind):
        return all(_is_known(kind.field(number).type) for number in range(kind.num_fields))
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        return _is_known(kind.value_type)
    return any(
        fits(kind)
        for fits in (
            *(types.is_boolean, types.is_integer, types.is_floating, types.is_decimal),
            *(types.is_temporal, types.is_null, types.is_string, types.is_large_string),
            *(types.is_binary, types.is_large_binary, types.is_fixed_size_binary),
        )
    )


def _rows(messages: Any, columns: Any, size: int) -> Iterator[Json]:
    """The rows of a file of ``size`` bytes."""
    import pyarrow.ipc as ipc

    held, most = 0, _PER_BYTE * size + _A_FEW
    with parquet.refusing("Arrow table"):
        for message in messages:
            if message.type != "record batch":
                raise BadLine(f"a table holds rows alone, and here is a {message.type}")
            if _is_packed(bytes(message.metadata)):
                raise BadLine(
                    "its rows are compressed; save the data set without that, or as Parquet"
                )
            batch = ipc.read_record_batch(message, columns)
            batch.validate(full=True)
            held += batch.num_rows + sum(map(_values, batch.columns))
            if held > most:
                raise BadLine(
                    "its rows come to far more than is in the file, as no texts do; "
                    "nothing more of it was read"
                )
            for start in range(0, batch.num_rows, parquet.BATCH):
                yield from batch.slice(start, parquet.BATCH).to_pylist()


def _values(array: Any) -> int:
    """How many values there are in a column, at every depth."""
    types = parquet.arrow().types
    count = len(array)
    if types.is_struct(array.type):
        return count + sum(_values(array.field(number)) for number in range(array.type.num_fields))
    if hasattr(array, "values") and types.is_nested(array.type):
        return count + _values(array.values)
    return count


def _is_packed(metadata: bytes) -> bool:
    """Whether the bytes of a batch are compressed: then nothing would say what they come to.

    After Message.fbs of Arrow: the third field of a message is its header, and the fourth of that
    of a batch how it is compressed. What does not fit is refused by whoever reads the batch.
    """

    def at(place: int, width: int = 4, signed: bool = False) -> int:
        return int.from_bytes(metadata[place : place + width], "little", signed=signed)

    def field(table: int, number: int) -> int:
        """The place of a field of a table, or 0 where it is not said."""
        said = table - at(table, signed=True)
        entry = 4 + 2 * number
        offset = at(said + entry, 2) if entry < at(said, 2) else 0
        return table + offset if offset else 0

    header = field(at(0), 2)
    return bool(header and field(header + at(header), 3))
