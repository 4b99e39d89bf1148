"""Whether a file is a table of documents, told from its first bytes.

A table that says where spans stand is none, and neither are rows of tokens.
"""

import re

from annotations.formats.json_heads import holds_annotations, members_of_first
from annotations.formats.table import columns, delimited, workbook
from annotations.ingest import encodings

_LOOKED_AT = 64 * 1024
"""Bytes of a table that are looked at."""


def is_like_a_table(filename: str, head: bytes) -> bool:
    """Whether a file of that name that begins so is a table of documents."""
    name = filename.lower()
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if name.endswith(workbook.SUFFIXES):
        return start.startswith(workbook.BEGINNINGS)
    if start.startswith((b"{", b"[")):
        return _is_json(start, name.endswith((".jsonl", ".ndjson")))
    if name.endswith((".csv", ".tsv", ".tab")):
        return start.startswith(workbook.BEGINNINGS) or _is_delimited(head)
    return False


def _is_delimited(head: bytes) -> bool:
    """Whether the heading names a column of texts, or a column holds long ones."""
    text = _decoded(head[:_LOOKED_AT])
    if (said := delimited.SEPARATOR.match(text)) is not None:
        text = text[said.end() :]
    between = said[1] if said else delimited.delimiter(text)
    rows = delimited.rows_of(text, between)
    if not rows or rows[0][0].startswith("#") or columns.holds_places(rows[0]):
        return False
    first = next((row for row in rows if sum(map(bool, row)) > 1), rows[0])
    if columns.holds_places(first):
        return False
    if columns.is_heading(first):
        roles = [columns.role_of(name) for name in first]
        if any(role is not None and role[0] == columns.TEXT for role in roles):
            return True
    widths = {len(row) for row in rows}
    return len(widths) == 1 and any(
        sum(map(len, cells)) >= columns.LONG * len(cells) for cells in zip(*rows[1:], strict=True)
    )


def _decoded(head: bytes) -> str:
    for mark, name in encodings.MARKS:
        if head.startswith(mark):
            return head[len(mark) :].decode(name, "ignore")
    return head.decode("utf-8", "replace")


def _is_json(start: bytes, is_lines: bool) -> bool:
    """Whether the first object has keys of its own, one of them with a text, and no annotations."""
    keys = members_of_first(start)
    if holds_annotations(start) or not keys:
        return False
    is_list = start.startswith(b"[") or is_lines
    lists = [value for value in keys.values() if re.match(r"\[\s*\{", value)]
    tables = [value for value in keys.values() if re.match(r"\{\s*\"\d+\"\s*:", value)]
    if not is_list and lists:
        return any(_is_json(value.encode(), False) for value in lists)
    if not is_list and (tables or {"columns", "data"} <= keys.keys()):
        return any(_is_called_text(name) for name in keys) or "columns" in keys
    texts = {key: value[1:].strip('" ') for key, value in keys.items() if value.startswith('"')}
    if any(_is_called_text(key) and text for key, text in texts.items()):
        return True
    return is_list and any(len(text) > columns.LONG for text in texts.values())


def _is_called_text(name: str) -> bool:
    role = columns.role_of(name)
    return role is not None and role[0] == columns.TEXT
