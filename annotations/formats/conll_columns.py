"""Which columns of a table of tokens hold what: words, their numbers, tags, and all the rest.

Nothing in such a file says it, unless a heading does (``# global.columns = …`` of CoNLL-U Plus, or
a first line ``TOKEN … TAG``). So it is told from what the columns of a document hold: numbers that
count the words up are no words, and a column whose cells are tags (``tagged.tag_of``) says where
spans are. Beside such a column one of syntactic phrases (``B-NP``) is none.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from annotations.errors import BadLine
from annotations.formats.tagged import parts_of

FILLING = frozenset({"_", "-", "-X-", "*", "", "–"})
"""What stands in a cell that says nothing."""

CONLLU = ("ID", "FORM", "LEMMA", "UPOS", "XPOS", "FEATS", "HEAD", "DEPREL", "DEPS", "MISC")
"""The columns of CoNLL-U (universaldependencies.org/format.html)."""

_WORDS = ("form", "token", "tokens", "word", "words")
_TAGS = ("ner", "tag", "tags", "label", "labels", "ner_tag", "ner_tags", "bio", "iob")

_PHRASES = frozenset(
    {"NP", "VP", "PP", "ADVP", "ADJP", "SBAR", "PRT", "CONJP", "INTJ", "LST", "UCP"}
    | {"NC", "VC", "PC", "PNP", "NX", "PX"}
)
"""Labels of syntactic phrases, as the shared task of CoNLL-2000 and taggers after it name them."""

_WORD_ID = re.compile(r"(0|[1-9][0-9]{0,6})(?:([-.])[0-9]{1,7})?")
_COUNTED = re.compile(r"(.{0,80}?)(0|[1-9][0-9]{0,6})")


@dataclass(frozen=True, slots=True)
class Columns:
    """What the columns of a document are, by their numbers from 0.

    ``ids`` number the words (in CoNLL-U ranges and empty words too), ``tags`` hold tags, ``misc``
    further keys of words (``Key=Value|…``); ``others`` hold something that a span has no place for.
    """

    words: int
    ids: int | None
    tags: tuple[int, ...]
    misc: int | None
    others: tuple[int, ...]
    names: tuple[str, ...]
    """What they are called: by a heading, in CoNLL-U, or else by their numbers from 1."""


def columns_of(
    cells: Sequence[Sequence[str]],
    breaks: Collection[int],
    names: Sequence[str],
    is_plain: bool = False,
    is_numbered: bool = False,
) -> Columns:
    """What the columns are. ``cells`` are those of a column each, ``breaks`` the rows before which
    a sentence begins, ``names`` what a heading calls the columns (or nothing).

    ``is_plain`` tells that the first one holds the words, ``is_numbered`` that a single row may be
    numbered too. Raises ``BadLine`` where there are numbers and tags, and no words.
    """
    named = [name.lower() for name in names] if len(names) == len(cells) else []
    numbered = 0 if is_plain else _numbered(cells, breaks, is_numbered)
    words = next((named.index(name) for name in _WORDS if name in named), numbered)
    if words + 1 >= len(cells) and words == numbered:
        raise BadLine(
            "the first columns are numbers in order, and there is no column with words between "
            "them and the tags; is one missing?"
        )
    ids = named.index("id") if "id" in named else None
    if ids is None and numbered and words:
        ids = numbered - 1
    if ids is not None and not _has_word_ids(cells[ids]):
        ids = None
    if not named and (ids, words, len(cells)) == (0, 1, len(CONLLU)):
        names = CONLLU
        named = [name.lower() for name in names]
    misc = named.index("misc") if "misc" in named else None
    candidates = [
        number
        for number in range(len(cells))
        if number != words and number >= (numbered if words else 0) and number not in (ids, misc)
    ]
    tags = [number for number in candidates if _is_tagged(cells[number])]
    if len(tags) > 1:
        spans = [number for number in tags if not _is_phrases(cells[number])]
        tags = spans or tags
    if not tags and misc is None:
        # Nothing looks like tags: what is wrong with it is told of the last.
        tags = [max(candidates, default=len(cells) - 1)]
    others = tuple(
        number
        for number in candidates
        if number not in tags and not FILLING.issuperset(cells[number])
    )
    called = tuple(names) if named else tuple(str(number + 1) for number in range(len(cells)))
    return Columns(words, ids, tuple(tags), misc, others, called)


def is_heading(cells: Sequence[str]) -> bool:
    """Whether a line names columns: words, or tags, and none of its cells is a tag."""
    lowered = [cell.strip().lower() for cell in cells]
    if not any(name in _WORDS for name in lowered) or any(map(is_tag, cells)):
        return False
    return len(cells) > 2 or lowered[-1] in _TAGS


def is_tag(cell: str) -> bool:
    """Whether a cell is a tag, or several."""
    try:
        parts_of(cell)
    except BadLine:
        return False
    return True


def _is_tagged(cells: Sequence[str]) -> bool:
    """Whether a column holds tags: at least half of what is there is one."""
    found = {cell: is_tag(cell) for cell in set(cells) if cell not in FILLING}
    if all(found.values()):
        return bool(found)
    good = sum(1 for cell in cells if found.get(cell))
    bad = sum(1 for cell in cells if found.get(cell) is False)
    return good >= bad


def _is_phrases(cells: Sequence[str]) -> bool:
    """Whether tags are those of syntactic phrases."""
    said = {cell for cell in cells if cell not in FILLING and cell != "O"}
    return bool(said) and all(cell[2:] in _PHRASES for cell in said)


def _numbered(cells: Sequence[Sequence[str]], breaks: Collection[int], is_numbered: bool) -> int:
    """How many of the first columns are numbers: of the words, or of sentences and words."""
    length = len(cells[0])
    for number, column in enumerate(cells[:4]):
        if _counts(column, breaks):
            return number + 1 if _may_be_ids(cells, number, is_numbered) else 0
        if not (length > 1 and _is_steady(column, breaks)):
            return 0
    return 0


def _may_be_ids(cells: Sequence[Sequence[str]], number: int, is_numbered: bool) -> bool:
    """Whether a column that counts up numbers words, and is no text of numbers."""
    behind = cells[number + 1 :]
    if len(behind) < 2:
        return len(cells[number]) > 2
    if _is_tagged(behind[0]):
        return False
    return is_numbered or len(cells) == len(CONLLU) or len(set(behind[0])) > 1


def _is_steady(column: Sequence[str], breaks: Collection[int]) -> bool:
    """Whether a column numbers sentences: the same within one, and with a digit in it."""
    borders = {0, *breaks}
    return all(
        any(sign.isdigit() for sign in column[place]) if place in borders
        else cell == column[place - 1]
        for place, cell in enumerate(column)
    )  # fmt: skip


def _counts(column: Sequence[str], breaks: Collection[int]) -> bool:
    """Whether a column counts words up, in each sentence or through all of them."""
    borders = {0, *breaks}
    return _counts_words(column, borders) or _counts_behind(column, borders)


def _has_word_ids(column: Sequence[str]) -> bool:
    """Whether a column has numbers of words as CoNLL-U writes them, not ranges alone."""
    return all(map(_WORD_ID.fullmatch, set(column))) and any(map(str.isdecimal, column))


def _counts_words(column: Sequence[str], borders: Collection[int]) -> bool:
    """As CoNLL-U does: 1, 2-3, 2, 3, 3.1, 4."""
    if not _has_word_ids(column):
        return False
    before = -1
    for place, cell in enumerate(column):
        if (found := _WORD_ID.fullmatch(cell)) is None:
            return False
        value = int(found[1])
        is_after = value > before or (value == before and (found[2] or "-" in column[place - 1]))
        if not is_after and not (place in borders and value <= 1):
            return False
        if place == 0 and value > 1 and len(column) < 3:
            return False
        before = value
    return bool(column)


def _counts_behind(column: Sequence[str], borders: Collection[int]) -> bool:
    """Behind something that stays the same within a sentence: s1-1, s1-2; 1-1, 1-2."""
    found = [_COUNTED.fullmatch(cell) for cell in column]
    if len(column) < 3 or not all(found):
        return False
    pairs = [(each[1], int(each[2])) for each in found if each is not None]
    for place, ((first, number), (second, following)) in enumerate(pairwise(pairs), 1):
        if place in borders:
            continue
        if first != second or following <= number:
            return False
    return True
