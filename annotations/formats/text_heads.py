"""What the beginning of a file of text tells, where it is no JSON: tables of tokens or of spans.

Only the head is at hand, and it may end within a line, which is not looked at then.
"""

import csv
from collections.abc import Sequence

from annotations.errors import BadLine
from annotations.formats.cells import SEPARATOR, column_of_spans
from annotations.formats.conll_columns import CONLLU, FILLING, columns_of, is_heading, is_tag

LOOKED_AT = 64 * 1024
"""Bytes of a head that are looked at; it is rarely as long."""

_FEW, _MANY = 3, 20
_PLACES = ({"start", "end"}, {"quote"})


def tokens_in(head: bytes) -> str:
    """The format of a table of tokens, ``conllu`` or ``bio``; empty where it is none for sure.

    In CoNLL-U each line numbers a word. Else each has the same columns, one of them with tags: if
    these are all ``O`` and stand behind a space, many lines must do so.
    """
    rows, breaks, names, is_spaced = _rows(_text(head))
    if not rows:
        return ""
    cells = [*zip(*rows, strict=True)]
    if not is_spaced and len(cells) == len(CONLLU) and _is_numbered(cells, breaks):
        return "conllu"
    if len(rows) < 2:
        return ""
    tagged = [
        column
        for column in cells[1:]
        if all(cell in FILLING or is_tag(cell) for cell in column)
        and not FILLING.issuperset(column)
    ]
    if not tagged:
        return ""
    if all(cell == "O" or cell in FILLING for column in tagged for cell in column):
        least = 2 if names else _MANY if is_spaced else _FEW
        return "bio" if len(rows) >= least else ""
    return "bio"


def may_be_tokens(text: str) -> bool:
    """Whether most of the first lines of a text end in a tag, and one of these is no ``O``."""
    lines = [line.split() for line in text[:LOOKED_AT].split("\n")[:-1] if line.strip()]
    tags = [parts[-1] for parts in lines if len(parts) > 1 and is_tag(parts[-1])]
    is_most = len(lines) > 1 and len(tags) >= 0.8 * len(lines)
    return is_most and (set(tags) != {"O"} or len(tags) >= _MANY)


def names_spans(head: bytes) -> bool:
    """Whether the first line of a table names columns of spans: a label, and a place or a quote."""
    names = {column_of_spans(cell) for cell in _heading(_text(head))}
    return "label" in names and any(places <= names for places in _PLACES)


def _heading(text: str) -> list[str]:
    """The names of the columns: the first line, or the second behind ``sep=;``."""
    first, _, rest = text.partition("\n")
    said = SEPARATOR.fullmatch(first)
    if said is not None:
        first = rest.partition("\n")[0]
    between = said[1] if said is not None else max(",;\t", key=first.count)
    try:
        return next(csv.reader([first], delimiter=between, skipinitialspace=True), [])
    except csv.Error:
        return []


def _text(head: bytes) -> str:
    encoding = "utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    return head[: LOOKED_AT + LOOKED_AT % 2].decode(encoding, "replace")


def _rows(text: str) -> tuple[list[list[str]], list[int], list[str], bool]:
    """The cells of each line, the lines before which a sentence begins, the names that a first line
    has for the columns, and whether spaces part them. No rows where lines differ in columns."""
    lines = text.replace("\r\n", "\n").split("\n")
    if len(lines) > 1:
        lines.pop()
    is_spaced = not any("\t" in line for line in lines if not line.startswith("#"))
    rows: list[list[str]] = []
    breaks: list[int] = []
    names: list[str] = []
    for line in lines:
        if not line.strip():
            breaks.append(len(rows))
            continue
        cells = line.rstrip(" \t").split() if is_spaced else line.rstrip("\t ").split("\t")
        if line.startswith(("#", "-DOCSTART-")) and (len(cells) < 2 or not is_tag(cells[-1])):
            continue
        if not rows and is_heading(cells):
            names = cells
            continue
        if len(cells) < 2 or (rows and len(cells) != len(rows[0])):
            return [], [], [], is_spaced
        rows.append([cell.strip() for cell in cells])
    return rows, breaks, names, is_spaced


def _is_tagged(column: Sequence[str]) -> bool:
    filled = [cell for cell in column if cell not in FILLING]
    return bool(filled) and all(map(is_tag, filled))


def _is_numbered(cells: Sequence[Sequence[str]], breaks: Sequence[int]) -> bool:
    try:
        return columns_of(cells, breaks, ()).ids == 0
    except BadLine:
        return False
