"""Label Studio's shorter exports (*JSON-MIN*, *CSV*, *TSV*), made into tasks (``labelstudio``).

They have an entry for each annotation, with the fields of the task and the results by the name of
their control beside each other; relations and scores are not in them. A choice of a single value is
written as a text there, so nothing tells it from a field of the task, and it is kept as one.
"""

import csv
import io
from collections.abc import Iterator
from typing import IO, Any

import orjson

from annotations.errors import BadLine
from annotations.formats.cells import MAX_CELL
from annotations.formats.labelstudio_keys import VALUES
from annotations.formats.values import Json

_ANNOTATION = ("annotator", "annotation_id", "created_at", "updated_at", "lead_time")


def is_short(data: Json) -> bool:
    """Whether an object is an entry of a shorter export."""
    return "data" not in data and "annotation_id" in data and "lead_time" in data


def task_of(data: Json) -> Json:
    """The task that an entry is about, with its one annotation."""
    results: list[Json] = []
    content: Json = {}
    for key, value in data.items():
        if key in ("id", *_ANNOTATION):
            continue
        if found := [*_results(key, value)]:
            results += found
        else:
            content[key] = value
    name = _text_key(content)
    for result in results:
        result["source"] = f"${name}"
    annotation = {key: data[key] for key in _ANNOTATION[2:] if data.get(key) not in (None, "")}
    if data.get("annotator") not in (None, ""):
        annotation["completed_by"] = data["annotator"]
    annotation |= {"id": data["annotation_id"], "result": results}
    task: Json = {"data": content, "annotations": [annotation]}
    return {"id": data["id"], **task} if data.get("id") not in (None, "") else task


def _text_key(content: Json) -> str:
    texts = {key: value for key, value in content.items() if type(value) is str}
    return (
        "text" if "text" in texts else max(texts, key=lambda key: len(texts[key]), default="text")
    )


def _results(key: str, value: Any) -> Iterator[Json]:
    """The results of one control."""
    said = {"from_name": key, "to_name": "text"}
    entries = value if type(value) is list else [value]
    for entry in entries:
        if type(entry) is not dict:
            return
        if {"start", "end"} <= entry.keys() and "labels" in entry:
            yield {**said, "type": "labels", "value": entry}
            continue
        for kind, inner in VALUES.items():
            if entry.keys() == {inner}:
                yield {**said, "type": kind, "value": entry}


def entries_of_table(stream: IO[bytes]) -> Iterator[tuple[int, Json]]:
    """The entries of a CSV or TSV file, each with its line; cells with JSON in them are read.

    Raises ``BadLine``.
    """
    text = io.TextIOWrapper(stream, "utf-8-sig", newline="")
    csv.field_size_limit(max(csv.field_size_limit(), MAX_CELL))
    try:
        first = text.readline()
        delimiter = "\t" if "\t" in first else ","
        names = next(csv.reader([first], delimiter=delimiter), [])
        reader = csv.reader(text, delimiter=delimiter)
        for cells in reader:
            if any(cells):
                row = {key: _cell(key, cell) for key, cell in zip(names, cells, strict=False)}
                yield reader.line_num + 1, row
    except UnicodeDecodeError:
        raise BadLine("this is not UTF-8; save it as UTF-8") from None
    except csv.Error as error:
        raise BadLine(f"this cannot be read as CSV: {error}", reader.line_num + 1) from None
    finally:
        text.detach()


def _cell(key: str, cell: str) -> Any:
    if key in ("id", *_ANNOTATION) and cell.isascii() and cell.isdecimal():
        return int(cell)
    if cell.startswith(("[", "{")):
        try:
            return orjson.loads(cell)
        except orjson.JSONDecodeError:
            return cell
    return cell
