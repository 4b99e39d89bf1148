"""CoNLL, in: the lines of a file become tables of tokens, one a document (``conll_document``).

A blank line ends a sentence, a line ``-DOCSTART-`` or ``# newdoc`` begins a document. Columns stand
apart by tabs where a line has any, else by spaces. What begins with ``#`` is a comment, unless it
is a token with a tag. A first line may name the columns; so does ``# global.columns = ID FORM …``.
"""

import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import IO

import orjson

from annotations.document import Annotated, checked_text
from annotations.errors import BadInput, BadLine, located
from annotations.formats.conll_columns import is_heading, is_tag
from annotations.formats.conll_document import File, Sentence, Table, document_of, unquoted
from annotations.formats.interface import Reading
from annotations.formats.lines import without_mark
from annotations.formats.tagged import tag_of
from annotations.formats.values import Json

START = "-DOCSTART-"
MAX_LINE = 64 * 1024 * 1024
"""Bytes in a line: the first of a document holds its text."""
MAX_DOCUMENT = 2_000_000
"""Tokens in a document."""
MAX_COLUMNS = 200


def read(
    stream: IO[bytes],
    bad: Callable[[BadLine], None] | None = None,
    reading: Reading | None = None,
) -> Iterator[Annotated]:
    """The documents of a file, one at a time; without any line that begins one it is one.

    Raises ``BadLine`` with the line; with ``bad`` given, that is called, and what is wrong is left
    out: a sentence, or the document where that cannot be.
    """
    reading = reading or Reading()
    file = File()
    number = 0
    table = Table(1)
    refused = False

    def made() -> Iterator[Annotated]:
        if refused or table.is_empty:
            return
        try:
            found = document_of(table, file, reading, bad)
        except BadInput as error:
            told = located(error, table.line)
            if bad is None:
                raise told from error
            bad(told)
            return
        if found is not None:
            yield found

    while line := stream.readline(MAX_LINE + 1):
        number += 1
        begins = line[:1] in _FIRST and _begins(line)
        if begins:
            # Comments before the line that begins a document are about it.
            is_head = not (table.is_begun or table.lines)
            said, comments = (table.said, table.comments) if is_head else ({}, 0)
            if not is_head or refused:
                yield from made()
            table, refused = Table(number, said, True, comments=comments), False
        try:
            text = _text(line, number)
            if begins:
                table.said = table.said | _start(text)
            elif not refused:
                if len(table) >= MAX_DOCUMENT:
                    raise BadLine(
                        f"a document may have {MAX_DOCUMENT:,} tokens; put {START} lines between "
                        "documents"
                    )
                _take(table, file, text, number)
        except BadInput as error:
            told = located(error, number)
            if bad is None:
                raise told from error
            while len(line) > MAX_LINE and not line.endswith(b"\n"):
                line = stream.readline(2**20)
            if begins or refused or len(table) >= MAX_DOCUMENT:
                bad(told)
                refused = True
            else:
                _sentence(table).error = _sentence(table).error or told
    yield from made()


def _text(line: bytes, number: int) -> str:
    if len(line) > MAX_LINE:
        raise BadLine(f"a line may have {MAX_LINE // 2**20} MB, and this one has more")
    if number == 1:
        line = without_mark(line)
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        raise BadLine(f"this is not UTF-8 (at byte {error.start + 1}); save it as UTF-8") from None
    if "\0" in text:
        checked_text(text, "line")
    return text.rstrip("\r\n")


_NEW_DOCUMENT = re.compile(r"#\s*newdoc(?:\s+id\s*=\s*(.*)|.*)")


_FIRST = (b"-", b"#", b"\xef")
_BEGINNINGS = (START.encode(), b"# newdoc", b"#newdoc")


def _begins(line: bytes) -> bool:
    """Whether a document begins with a line; its first byte is one of ``_FIRST`` then."""
    return line.removeprefix(b"\xef\xbb\xbf").startswith(_BEGINNINGS)


def _start(line: str) -> Json:
    """What the line that begins a document says of it: JSON if it is ours, else an id perhaps."""
    if found := _NEW_DOCUMENT.fullmatch(line):
        uid = (found[1] or "").strip()
        return {"id": uid} if uid else {}
    rest = line.removeprefix(START).strip()
    place = rest.find("{")
    if place >= 0:
        try:
            said = orjson.loads(rest[place:])
        except orjson.JSONDecodeError as error:
            raise BadLine(f"what follows {START} is not JSON: {error.msg}") from None
        if isinstance(said, dict):
            return said
    words = [word.strip("()[]") for word in rest.split() if word not in ("-X-", "_", "O")]
    return {"id": words[0]} if words and words[0] else {}


def _take(table: Table, file: File, text: str, number: int) -> None:
    """Add a line to a table. Raises ``BadLine`` where it is none of a sentence."""
    if not text or text.isspace():
        table.is_within = table.is_within and _is_awaited(table)
        return
    columns = _columns(text, len(table.cells))
    if text.startswith("#") and _is_comment(table, text, columns):
        _comment(table, file, text)
        return
    if not (table.lines or table.sentences) and is_heading(columns):
        file.names = [column.strip() for column in columns]
        return
    if len(columns) < 2:
        raise BadLine(f"“{text[:40]}” stands alone; a line has a token and behind it its tag")
    if len(columns) > MAX_COLUMNS:
        raise BadLine(f"here are {len(columns)} columns; is it a table of tokens?")
    sentence = _sentence(table)
    if len(table) == 1 and len(columns) != len(table.cells) and is_tag(columns[-1]):
        _refuse_first(table, sentence)
    expected = len(table.cells) or len(columns)
    if len(columns) != expected:
        # What is before the tag stays where it is, for a text that is at hand.
        _add(table, [*islice((*columns[:-1], *[""] * expected), expected)], number)
        sentence.error = sentence.error or BadLine(
            f"here are {len(columns)} columns, and {expected} in the lines before it; is "
            "something missing, or white space in a token?",
            number,
        )
        return
    _add(table, columns, number)


def _refuse_first(table: Table, sentence: Sentence) -> None:
    """Where the first line is none of a table, the lines behind it are not measured by it."""
    first = table.cells[-1][0]
    if not is_tag(first):
        try:
            tag_of(first)
        except BadLine as error:
            sentence.error = sentence.error or located(error, table.lines[0])
        table.cells, table.lines = [], []
        sentence.first = 0


def _columns(text: str, expected: int) -> list[str]:
    """The cells of a line. An empty first one is a token that nobody sees."""
    text = text.rstrip(" \t")
    if "\t" in text:
        return [cell.strip(" ") for cell in text.split("\t")]
    words = [word for word in text.split(" ") if word]
    return ["", *words] if text[:1] == " " and len(words) == expected - 1 else words


def _add(table: Table, columns: list[str], number: int) -> None:
    if not table.cells:
        table.cells = [[] for _ in columns]
    for cells, cell in zip(table.cells, columns, strict=True):
        cells.append(table.shared.setdefault(cell, cell))
    table.lines.append(number)


def _is_awaited(table: Table) -> bool:
    """Whether nothing has come yet of the last sentence but comments."""
    return table.sentences[-1].first == len(table) and table.sentences[-1].error is None


def _sentence(table: Table) -> Sentence:
    """The sentence that a line belongs to."""
    if not table.is_within:
        table.sentences.append(Sentence(len(table)))
        table.is_within = True
    return table.sentences[-1]


_KEY = re.compile(r"#\s*(\w[\w. :-]{0,39}?)\s*=\s(.*)")
_PARAGRAPH = re.compile(r"#\s*newpar\b.*")


def _is_comment(table: Table, text: str, columns: list[str]) -> bool:
    """Whether a line that begins with a number sign is a comment, and no token with its tag."""
    expected = len(table.cells)
    if len(columns) > 1 and is_tag(columns[-1]) and len(columns) == (expected or len(columns)):
        return _KEY.fullmatch(text) is not None and not expected
    # A hashtag of which only the tag is wrong.
    return not (expected == len(columns) and text[1:2].strip() and "\t" in text)


def _comment(table: Table, file: File, text: str) -> None:
    """Take what a comment says of the document, the columns or the sentence behind it."""
    table.is_within = table.is_within and _is_awaited(table)
    if _PARAGRAPH.fullmatch(text):
        _sentence(table).begins_paragraph = True
        return
    found = _KEY.fullmatch(text)
    key, value = (found[1], found[2].strip()) if found else ("", "")
    quoted = unquoted(value)
    if key == "global.columns":
        file.names = value.split()
    elif key == "text" and quoted is not None and "\n" in quoted:
        table.said["text"] = quoted
    elif key == "text":
        _sentence(table).text = value
    elif key in ("id", "title"):
        table.said[key] = value if quoted is None else quoted
    else:
        table.comments += 1
