"""Tags on tokens: what they say, and where the tokens stand in a text.

What formats of tokens share, whether a token stands on a line (``conll``) or in a list
(``tokenrows``). All schemes are read by one rule, because the tags say what they are: ``B``, ``S``
and ``U`` begin a span, ``I``, ``M``, ``E`` and ``L`` go on with it if it has the same label and
begin one if not (so does conlleval); ``E``, ``L``, ``S`` and ``U`` end it, and so does ``O``.

All offsets are code points.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from functools import cache, lru_cache

from annotations.errors import BadLine
from annotations.formats.tokens import Tokens, hidden
from annotations.suggest.words import ALONE

KINDS = ("B", "I", "M", "E", "L", "S", "U")

Extent = tuple[int, int, str]
"""A span by its tokens: the first, one behind the last, and the label."""


@lru_cache(maxsize=4096)
def tag_of(said: str) -> tuple[str, str]:
    """A tag as what it does (O, or one of ``KINDS``) and its label.

    Raises ``BadLine`` for what is none.
    """
    if said == "O":
        return "O", ""
    kind, dash, label = said.partition("-")
    if not dash or kind not in KINDS or not label:
        raise BadLine(
            f"“{said[:40]}” is no tag; a tag is O, or one of B, I, M, E, L, S, U with a dash and a "
            "label behind it"
        )
    return kind, label


@lru_cache(maxsize=4096)
def parts_of(said: str) -> tuple[tuple[str, str], ...]:
    """Tags that stand in one cell with ``|`` between them, as nested spans are written.

    Raises ``BadLine`` for what is none. A label may have a ``|`` in it where no tag is behind it.
    """
    kinds = "".join(KINDS)
    parts = re.split(rf"\|(?=O(?:\||$)|[{kinds}]-)", said)
    return tuple(tag for part in parts if (tag := tag_of(part))[0] != "O")


def nested_spans_of(
    tags: Sequence[Sequence[tuple[str, str]]], breaks: Collection[int] = ()
) -> Iterator[Extent]:
    """The spans that tags say of which a token may have several, in the order of their ends.

    Each goes on with the earliest span of its label that none before it on the token goes on with.
    """
    borders = frozenset(breaks)
    going_on: list[tuple[int, str]] = []
    for place, parts in enumerate((*tags, ())):
        ended, before = (going_on, []) if place in borders else ([], going_on)
        going_on, last = [], []
        for kind, label in parts:
            found = next((each for each in before if each[1] == label), None)
            if kind in "IMEL" and found is not None:
                before.remove(found)
            else:
                found = place, label
            if kind in "ELSU":
                last.append((found[0], place + 1, label))
            else:
                going_on.append(found)
        yield from ((first, place, label) for first, label in (*ended, *before))
        yield from last


def spans_of(tags: Sequence[tuple[str, str]], breaks: Collection[int] = ()) -> Iterator[Extent]:
    """The spans that tags say, in order and apart.

    ``breaks`` are the tokens before which a sentence begins: no span goes on behind one.
    """
    borders = frozenset(breaks)
    first, label = -1, ""
    for place, (kind, name) in enumerate(tags):
        goes_on = kind in "IMEL" and first >= 0 and name == label and place not in borders
        if first >= 0 and not goes_on:
            yield first, place, label
            first = -1
        if kind == "O":
            continue
        if first < 0:
            first, label = place, name
        if kind in "ELSU":
            yield first, place + 1, label
            first = -1
    if first >= 0:
        yield first, len(tags), label


def aligned(tokens: Sequence[str], text: str, lines: Sequence[int] = ()) -> Tokens:
    """Where tokens stand that follow each other in a text with only white space between.

    ``lines`` are those of the file that they come from. Raises ``BadLine`` at the first that does
    not stand where it should.
    """
    gap = _gap()
    starts, ends = [], []
    place = 0
    for number, token in enumerate(tokens):
        before = place
        if (found := gap.match(text, place)) is not None:
            place = found.end()
        spelt = token if text.startswith(token, place) else _PENN.get(token, token)
        if not text.startswith(spelt, place):
            # What is not seen may belong to the token.
            place = _within(text, token, before, place)
        if not text.startswith(spelt, place):
            raise BadLine(
                f"the token “{token[:40]}” does not come next in the text, which goes on with "
                f"“{text[place : place + 40]}”; is it the text that was tagged?",
                lines[number] if number < len(lines) else None,
            )
        starts.append(place)
        place += len(spelt)
        ends.append(place)
    return Tokens(starts, ends)


def _within(text: str, token: str, first: int, last: int) -> int:
    """Where a token that begins with something unseen stands in the gap before; else ``last``."""
    found = text.find(token, first, last + len(token))
    return found if 0 <= found <= last else last


@cache
def _gap() -> re.Pattern[str]:
    return re.compile(rf"[\s{hidden()}]+")


_PENN = {
    "-LRB-": "(", "-RRB-": ")", "-LSB-": "[", "-RSB-": "]", "-LCB-": "{", "-RCB-": "}",
    "``": '"', "''": '"',
}  # fmt: skip
"""What the Penn Treebank writes for brackets and quotation marks."""


@cache
def closes() -> re.Pattern[str]:
    """Tokens that no space stands before, where a text is made of tokens."""
    return re.compile(rf"[.,;:!?…)\]}}%”»’。、，！？]+|'(?:s|re|ve|ll|d|m)|n't|[{ALONE}].*")


@cache
def opens() -> re.Pattern[str]:
    """Tokens that no space stands behind."""
    return re.compile(rf"[(\[{{“«„‘¿¡$€£#]+|.*[{ALONE}。、，！？]")


def joined(tokens: Sequence[str]) -> tuple[str, Tokens]:
    """A text made of the tokens of a sentence, and where they stand in it: a space between two, but
    for such as stand close (``closes``, ``opens``)."""
    parts: list[str] = []
    starts, ends = [], []
    place = 0
    close = True
    for token in tokens:
        if not (close or closes().fullmatch(token)):
            parts.append(" ")
            place += 1
        parts.append(token)
        starts.append(place)
        place += len(token)
        ends.append(place)
        close = opens().fullmatch(token) is not None
    return "".join(parts), Tokens(starts, ends)
