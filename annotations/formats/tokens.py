"""Tokens: where they stand, and what becomes of spans that do not stand on their borders.

The built-in rule, ``unicode``: a token is a run of letters and digits with the marks that belong to
them; an apostrophe or hyphen between two letters or digits does not part it. In scripts that write
no spaces (Chinese, Japanese, Thai, Lao, Khmer, Burmese) each character is a token, with its marks.
Every other visible character is one, an emoji that is put together of several characters too. White
space and characters that nobody sees (directions, zero-width spaces, control characters) are none.

``spacy:en`` (or another of spaCy's languages) is that of spaCy's blank pipeline, less the white
space. All offsets are code points.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby
from typing import Any

from annotations.document import Annotated, Annotation
from annotations.errors import BadInput, MissingExtra
from annotations.formats.interface import Writing
from annotations.formats.losses import without_loose_ends
from annotations.suggest.words import ALONE, marks

UNICODE = "unicode"
SPACY = "spacy:"

_LANGUAGE = re.compile(r"[a-z]{2,3}")
_VISIBLE = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a text in order: ``text[starts[n]:ends[n]]``. Disjoint, none empty."""

    starts: list[int]
    ends: list[int]

    def __len__(self) -> int:
        return len(self.starts)

    def touched(self, start: int, end: int) -> tuple[int, int]:
        """The numbers of the tokens that share a character with a span: first, and one behind the
        last. They are the same where there is none."""
        first = bisect_right(self.ends, start)
        return first, max(first, bisect_left(self.starts, end))

    def fits(self, start: int, end: int) -> bool:
        """Whether a span begins with a token and ends with one."""
        first, behind = self.touched(start, end)
        return first < behind and (self.starts[first], self.ends[behind - 1]) == (start, end)


Tokeniser = Callable[[str], Tokens]


def tokeniser(name: str) -> Tokeniser:
    """The tokeniser of that name: ``unicode`` (or empty), or ``spacy:`` and a language.

    Raises ``BadInput`` for another name, ``MissingExtra`` where spaCy is not installed.
    """
    if name in ("", UNICODE):
        return unicode_tokens
    if name.startswith(SPACY) and _LANGUAGE.fullmatch(name.removeprefix(SPACY)):
        return _of_spacy(name.removeprefix(SPACY))
    raise BadInput(
        f"“{name[:40]}” is no tokeniser; there are “{UNICODE}”, and “{SPACY}en” or another of "
        "spaCy's languages."
    )


def unicode_tokens(text: str) -> Tokens:
    """The tokens of a text by the rule that is built in."""
    borders = [found.span() for found in _pattern().finditer(text)]
    return Tokens([start for start, _ in borders], [end for _, end in borders])


@cache
def hidden() -> str:
    """Characters that are neither white space nor seen, as ranges for a class of characters."""
    places = (*range(0x20000), *range(0xE0000, 0xE0200))
    found = [place for place in places if unicodedata.category(chr(place)) in ("Cc", "Cf")]
    runs = groupby(enumerate(found), key=lambda pair: pair[1] - pair[0])
    ranges = ([place for _, place in run] for _, run in runs)
    return "".join(f"{re.escape(chr(run[0]))}-{re.escape(chr(run[-1]))}" for run in ranges)


@cache
def _pattern() -> re.Pattern[str]:
    more = marks(zero_width_space=False)
    letter = rf"[^\W_{ALONE}]"
    run = rf"{letter}+(?:[{more}]+{letter}*)*"
    return re.compile(
        rf"{run}(?:['’‐‑-]{run})*"
        rf"|[{ALONE}][{more}]*"
        r"|[\U0001F1E6-\U0001F1FF]{2}"
        rf"|[^\s{hidden()}](?:\u200d\S|[{more}])*"
    )


@cache
def _of_spacy(language: str) -> Tokeniser:
    tokenizer = blank(language).tokenizer

    def tokens(text: str) -> Tokens:
        starts, ends = [], []
        for token in tokenizer(text):
            # Some languages have tokens with white space in them.
            for found in _VISIBLE.finditer(token.text):
                starts.append(token.idx + found.start())
                ends.append(token.idx + found.end())
        return Tokens(starts, ends)

    return tokens


@cache
def blank(language: str) -> Any:
    """spaCy's pipeline of a language without anything but a tokeniser.

    Raises ``MissingExtra`` where spaCy is not installed, ``BadInput`` for a language it has not.
    """
    try:
        import spacy
    except ImportError:
        raise MissingExtra("spaCy's tokens and files", "spacy") from None
    try:
        return spacy.blank(language)
    except ImportError as error:  # of the language, or of a package that it needs
        reason = str(error).split("\n")[0]
        raise BadInput(f"spaCy has no tokeniser for “{language}” here: {reason}") from error


# ── spans on tokens ───────────────────────────────────────────────────────────────────────────────


def snapped(
    annotated: Annotated,
    tokens: Tokens,
    writing: Writing,
    lost: Counter[str],
    beside: Tokens | None = None,
) -> Annotated:
    """The same with every span on the borders of tokens, as ``writing.borders`` says.

    Spans off them are moved outwards (white space at their ends goes) or left out, a span without
    any token is left out in either case; each is counted in ``lost`` as ``borders``. A relation
    whose end is left out goes with it, and is counted. Spans that fit the tokens ``beside`` stay as
    they are too. Raises ``BadInput`` for ``stop``. No span may have several parts.
    """
    kept = []
    moved = 0
    for mark in annotated.annotations:
        first, behind = tokens.touched(mark.start, mark.end)
        if first < behind:
            start, end = tokens.starts[first], tokens.ends[behind - 1]
            if start == mark.start and end == mark.end:
                kept.append(mark)
                continue
        if beside is not None and beside.fits(mark.start, mark.end):
            kept.append(mark)
            continue
        if first < behind and writing.borders == "snap":
            kept.append(replace(mark, start=start, end=end))
        if writing.borders == "stop":
            raise _off(annotated, mark)
        moved += 1
    if not moved:
        return annotated
    lost["borders"] += moved
    return without_loose_ends(replace(annotated, annotations=tuple(kept)), lost)


def _off(annotated: Annotated, mark: Annotation) -> BadInput:
    return BadInput(
        f"“{mark.quote(annotated.document.text)[:80]}” ({mark.label}, in "
        f"“{annotated.document.title}”) does not begin and end where tokens do; have such spans "
        "moved outwards to them or left out, or take another tokeniser."
    )


def apart(marks: Sequence[Annotation]) -> Iterator[Annotation]:
    """Marks of which no two overlap: the longest first, of equally long ones the first in the text,
    then the first in the list. They come in the order of the text."""
    taken: list[tuple[int, int, int]] = []
    order = sorted(range(len(marks)), key=lambda n: (marks[n].start - marks[n].end, marks[n].start))
    for number in order:
        mark = marks[number]
        place = bisect_left(taken, (mark.start,))
        before = place == 0 or taken[place - 1][1] <= mark.start
        if before and (place == len(taken) or mark.end <= taken[place][0]):
            taken.insert(place, (mark.start, mark.end, number))
    return (marks[number] for _, _, number in taken)
