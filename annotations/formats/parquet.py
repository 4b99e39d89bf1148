"""Parquet: a table with a row for each layer of a document, its spans as a list of structs.

Offsets are code points, start inclusive, end exclusive. What has no fixed shape (attributes,
layout, what came along with a file) is text that holds JSON. All is carried.

Read are such tables, and those of others that have ``text`` and ``spans`` (or ``entities``) with
``start``, ``end`` and ``label``, or tokens with tags (``tokenrows``): columns and fields that
Postil has no use for are kept.

Written a group of rows at a time and read some rows at a time, so memory stays flat.
"""

import io
import json
import math
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any

import orjson

from annotations.document import Annotated, Annotation, Relation
from annotations.errors import BadInput, BadLine, MissingExtra, PostilError, reason_of
from annotations.formats.archive import Pipe
from annotations.formats.further import Layers, Made
from annotations.formats.interface import Reading, Writing
from annotations.formats.jsonl import head_said, names_said
from annotations.formats.lines import dumped
from annotations.formats.tokenrows import TOKENS, Names, Rows, column_among, names_in_features
from annotations.formats.values import Json, name_of, refuse_nul

ROWS, ROW_BYTES = 1_000, 8 * 1024 * 1024
"""Rows in a group, and bytes of text: what is in memory at a time."""
BATCH = 100
"""Rows that are read at a time."""
AT_ONCE = 256 * 1024 * 1024
"""Bytes that rows read at a time may come to, if each holds the longest value of its columns."""
MAX_UNPACKED, MAX_RATIO = 64 * 1024 * 1024, 1_000
"""Bytes from which on is asked how many times as much as in the file there is in its rows."""
MAX_GROUP = 1024 * 1024 * 1024
"""Bytes in a group of rows, unpacked."""

_TEXTS = ("language", "direction", "source", "date", "layer", "layer_name", "kind", "annotator")
_AS_JSON = ("meta", "layout", "labels", "entities", "concepts")
"""Columns with JSON in them, as the native format has it."""
_HEAD = (*_TEXTS, "exercise", "frozen", "state", "codebook", "revision", "title", "id")
_SPAN = ("id", "start", "end", "label", "text", "entity", "concept", "codebook", "created")


def schema() -> Any:
    """The table's columns. Raises ``MissingExtra`` without pyarrow."""
    pa = arrow()
    text, whole = pa.string(), pa.int32()
    fragment = pa.struct([("start", whole), ("end", whole)])
    origin = pa.struct(
        [("kind", text), ("source", text), ("score", pa.float64()), ("edited", pa.bool_())]
    )
    span = pa.struct(
        [
            *(("id", text), ("start", whole), ("end", whole), ("label", text), ("text", text)),
            *(("fragments", pa.list_(fragment)), ("attributes", text), ("entity", text)),
            *(("concept", text), ("note", text), ("unsure", pa.bool_()), ("origin", origin)),
            *(("codebook", pa.int64()), ("created", text), ("updated", text), ("extra", text)),
        ]
    )
    relation = pa.struct(
        [(name, text) for name in ("id", "head", "child", "child_entity", "label", "extra")]
    )
    return pa.schema(
        [("id", text), ("title", text), ("text", text), ("sha256", text), ("revision", pa.int64())]
        + [(name, text) for name in _TEXTS]
        + [("exercise", text), ("frozen", pa.bool_()), ("state", text), ("codebook", pa.int64())]
        + [("spans", pa.list_(span)), ("relations", pa.list_(relation))]
        + [(name, text) for name in (*_AS_JSON, "extra")]
    )


def arrow() -> Any:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise MissingExtra("Tables in Parquet", "parquet") from None
    return pyarrow


# ── writing ───────────────────────────────────────────────────────────────────────────────────────


def write(
    documents: Iterable[Annotated],
    losses: Counter[str] | None = None,
    writing: Writing | None = None,
) -> Iterator[bytes]:
    """A file, a group of rows at a time. The same values give the same bytes.

    ``losses`` counts keys of actors and concepts that bear the name of one of ours: all else is
    carried.
    """
    lost = Counter[str]() if losses is None else losses
    return pieces(documents, lost)


def pieces(documents: Iterable[Annotated], lost: Counter[str]) -> Iterator[bytes]:
    """The bytes of a file with these documents."""
    pa, columns = arrow(), schema()
    pipe = Pipe()
    rows: list[Json] = []
    size = 0
    with pa.parquet.ParquetWriter(pipe, columns, compression="zstd") as writer:
        for annotated in documents:
            rows.append(_row(annotated, lost))
            size += len(annotated.document.text) + 100 * len(annotated.annotations)
            if len(rows) == ROWS or size > ROW_BYTES:
                writer.write_batch(pa.RecordBatch.from_pylist(rows, columns))
                rows, size = [], 0
                yield pipe.taken()
        if rows:
            writer.write_batch(pa.RecordBatch.from_pylist(rows, columns))
    yield pipe.taken()


def _row(annotated: Annotated, lost: Counter[str]) -> Json:
    document = annotated.document
    row = head_said(annotated)
    row.update(names_said(annotated, lost))
    for name in _AS_JSON:
        if name in row:
            row[name] = _json(row[name])
    row["spans"] = [_span(mark, document.text) for mark in annotated.annotations]
    row["relations"] = [_relation(relation) for relation in annotated.relations]
    if document.extra:
        row["extra"] = _json(document.extra)
    return row


def _span(mark: Annotation, text: str) -> Json:
    origin = mark.origin
    return {
        "id": mark.id,
        "start": mark.start,
        "end": mark.end,
        "label": mark.label,
        "text": text[mark.start : mark.end],
        "fragments": [{"start": part.start, "end": part.end} for part in mark.fragments],
        "attributes": _json(mark.attributes) if mark.attributes else None,
        "entity": mark.entity,
        "concept": mark.concept,
        "note": mark.note,
        "unsure": mark.unsure,
        "origin": {
            "kind": origin.kind,
            "source": origin.source,
            "score": origin.score,
            "edited": origin.edited,
        },
        "codebook": mark.codebook,
        "created": mark.created,
        "updated": mark.updated,
        "extra": _json(mark.extra) if mark.extra else None,
    }


def _relation(relation: Relation) -> Json:
    return {
        "id": relation.id,
        "head": relation.head,
        "child": relation.child,
        "child_entity": relation.child_entity,
        "label": relation.label,
        "extra": _json(relation.extra) if relation.extra else None,
    }


def _json(value: Any) -> str:
    return dumped(value).decode().rstrip("\n")


# ── reading ───────────────────────────────────────────────────────────────────────────────────────


def read(
    stream: IO[bytes],
    bad: Callable[[BadLine], None] | None = None,
    reading: Reading | None = None,
) -> Iterator[Annotated]:
    """The rows of a file, some at a time. The file is copied to the disk if it is large.

    Raises ``BadLine`` with the number of the row; with ``bad`` given, that is called, and the span,
    the relation or the row left out.
    """
    return entries(stream, bad, reading or Reading())


def entries(
    stream: IO[bytes],
    bad: Callable[[BadLine], None] | None,
    reading: Reading,
    beside: Callable[[], Names] = Names,
) -> Iterator[Annotated]:
    """The same; ``beside`` gives what numbers stand for that are tags of tokens, where the table
    does not say it itself."""
    with tempfile.SpooledTemporaryFile(max_size=ROW_BYTES) as spool:
        shutil.copyfileobj(stream, spool)
        spool.seek(0)
        table = _opened(spool)
        size = spool.seek(0, io.SEEK_END)
        yield from of_rows(table.schema_arrow, _rows(table, size), bad, reading, beside)


def of_rows(
    columns: Any,
    rows: Iterable[Json],
    bad: Callable[[BadLine], None] | None,
    reading: Reading,
    beside: Callable[[], Names],
) -> Iterator[Annotated]:
    """The documents of the rows of a table with these columns (a schema of pyarrow's)."""
    layers: Layers = {}
    tokens = _tokens(columns, reading, beside)
    parts = reading.reporting_to(bad).parts
    for number, row in enumerate(rows, 1):
        parts.entry = f"row {number}"
        try:
            if tokens is None:
                yield _made(row).annotated(layers, parts)
            elif (found := tokens.made(_filled(row))) is not None:
                yield found
        except BadInput as error:
            told = BadLine(f"row {number}: {reason_of(error)}")
            if bad is None:
                raise told from error
            bad(told)


def _opened(file: Any) -> Any:
    with refusing():
        table = arrow().parquet.ParquetFile(file, pre_buffer=False)
        _check(table)
    return table


def _rows(table: Any, size: int) -> Iterator[Json]:
    """The rows of a file of ``size`` bytes. A value that stands in a file once may be in each."""
    unpacked = 0
    with refusing():
        for number in range(table.metadata.num_row_groups):
            at_once = _at_once(table.metadata.row_group(number))
            for batch in table.iter_batches(batch_size=at_once, row_groups=[number]):
                unpacked += batch.nbytes
                if unpacked > max(MAX_UNPACKED, MAX_RATIO * size):
                    raise BadLine(
                        "its rows come to far more than is in the file, as no texts do; "
                        "nothing more of it was read"
                    )
                yield from batch.to_pylist()


def _at_once(group: Any) -> int:
    """How many rows of a group are read at a time.

    The group is not asked for its columns: of damaged ones pyarrow then ends the process.
    """
    return int(max(1, min(BATCH, AT_ONCE // max(group.total_byte_size, 1))))


@contextmanager
def refusing(what: str = "Parquet") -> Iterator[None]:
    """What pyarrow raises on files that are damaged, as ``BadLine``."""
    pa = arrow()
    try:
        yield
    except PostilError:
        raise
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        reason = str(error).split("\n")[0][:200]
        raise BadLine(f"this is no {what} that can be read: {reason}") from error


def _tokens(columns: Any, reading: Reading, beside: Callable[[], Names]) -> Rows | None:
    """What makes documents of the rows, where they are tokens with tags; else ``None``."""
    if not column_among(columns.names) or _has_spans(columns):
        return None
    return Rows(reading, reading.name, _names_within(columns), beside)


def _has_spans(columns: Any) -> bool:
    """Whether there are spans on a text, which say more than tags on tokens."""
    types = arrow().types
    return "text" in columns.names and any(
        name in columns.names
        and (types.is_list(kind := columns.field(name).type) or types.is_large_list(kind))
        and types.is_struct(kind.value_type)
        for name in ("spans", "entities")
    )


def _names_within(columns: Any) -> Names:
    """The names of classes that ``datasets`` writes into the table itself."""
    said = (columns.metadata or {}).get(b"huggingface", b"")
    try:
        data = json.loads(said) if said else {}
    except (ValueError, RecursionError):
        return Names()  # Somebody else's; whether names are needed is seen with the first row.
    info = data.get("info") if isinstance(data, dict) else None
    return names_in_features(info.get("features")) if isinstance(info, dict) else Names()


def _filled(row: Json) -> Json:
    """A row without what is empty in it, and as JSON has it."""
    return {key: _value(value) for key, value in row.items() if value is not None}


def check_columns(names: Sequence[str]) -> None:
    """Raises ``BadLine`` where no documents can be made of a table with these columns."""
    if "text" not in names and not column_among(names):
        listed = ", ".join(names[:20])
        raise BadLine(
            f"there is no column “text”, and no “{TOKENS}” with tags; the columns are {listed}"
        )
    if len(set(names)) < len(names):
        raise BadLine("two columns have the same name")


def _check(table: Any) -> None:
    check_columns(table.schema_arrow.names)
    for number in range(table.metadata.num_row_groups):
        if table.metadata.row_group(number).total_byte_size > MAX_GROUP:
            raise BadLine(
                f"a group of rows may have {MAX_GROUP // 2**20} MB, and one of these has more; "
                "write the table with smaller ones"
            )


def _made(row: Json) -> Made:
    """A row in the keys of the native format. Columns that are not known go to ``extra``."""
    row = {key: value for key, value in row.items() if value is not None}
    text = row.pop("text", None)
    if not isinstance(text, str):
        raise BadLine(f"“text” is {name_of(text)}, not a text")
    spans = row.pop("spans", None)
    if spans is None and isinstance(row.get("entities"), list):
        spans = row.pop("entities")  # as many others call them
    ours: Json = {"sha256": row.pop("sha256")} if "sha256" in row else {}
    for name in _AS_JSON:
        if isinstance(row.get(name), str):
            ours[name] = _loaded(row.pop(name), name)
    extra = _extra(row.pop("extra", None))
    for name in _HEAD:
        if name in row:
            ours[name] = row.pop(name)
    relations = row.pop("relations", None)
    made = Made(
        text,
        ours,
        {**_plain(row), **extra},
        [_span_of(entry) for entry in _objects(spans, "spans")],
        [_relation_of(entry) for entry in _objects(relations, "relations")],
    )
    refuse_nul([text, ours, made.extra, made.spans, made.relations], "row")
    return made


def _objects(given: Any, what: str) -> list[Json]:
    if given is None:
        return []
    if not isinstance(given, list):
        raise BadLine(f"“{what}” is {name_of(given)}, not a list")
    for entry in given:
        if not isinstance(entry, dict):
            raise BadLine(f"“{what}” holds {name_of(entry)} where a struct belongs")
    return given


def _span_of(entry: Json) -> tuple[Json, Json]:
    entry = {key: value for key, value in entry.items() if value is not None}
    said = {key: entry.pop(key) for key in (*_SPAN, "updated", "note", "unsure") if key in entry}
    if isinstance(entry.get("attributes"), str):
        said["attributes"] = _loaded(entry.pop("attributes"), "attributes")
    parts = _objects(entry.pop("fragments", None), "fragments")
    if parts:
        said["fragments"] = [[part.get("start"), part.get("end")] for part in parts]
    origin = entry.pop("origin", None)
    if isinstance(origin, dict):
        said["origin"] = {key: value for key, value in origin.items() if value is not None}
    elif origin is not None:
        entry["origin"] = origin
    extra = _extra(entry.pop("extra", None))
    return said, {**_plain(entry), **extra}


def _relation_of(entry: Json) -> tuple[Json, Json]:
    entry = {key: value for key, value in entry.items() if value is not None}
    extra = _extra(entry.pop("extra", None))
    known = ("id", "head", "child", "child_entity", "label")
    said = {key: entry.pop(key) for key in known if key in entry}
    return said, {**_plain(entry), **extra}


def _extra(given: Any) -> Json:
    if given is None:
        return {}
    data = _loaded(given, "extra") if isinstance(given, str) else _value(given)
    return data if isinstance(data, dict) else {"extra": data}


def _loaded(text: str, what: str) -> Any:
    try:
        data = orjson.loads(text)
        return json.loads(text) if _is_rounded(data) else data
    except (ValueError, RecursionError) as error:
        raise BadLine(f"“{what}” is not JSON: {error}") from None


def _is_rounded(data: Any) -> bool:
    """Whether a whole number beyond 64 bits may be in there, which orjson makes a fraction."""
    if type(data) is float:
        return abs(data) >= 2**63
    if type(data) is dict:
        return any(map(_is_rounded, data.values()))
    return type(data) is list and any(map(_is_rounded, data))


def _plain(row: Json) -> Json:
    return {key: _value(value) for key, value in row.items()}


def _value(value: Any) -> Any:
    """A value of somebody's column as JSON has it: what JSON has not, as text."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, dict):
        return {str(key): _value(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_value(inner) for inner in value]
    return str(value)
