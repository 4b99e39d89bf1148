"""Lines with letters that run from right to left: from the order of places to the order of reading.

A PDF says where letters stand, so what is known of a line is what is seen, from left to right.
Here the Unicode Bidirectional Algorithm (UAX #9) is gone through backwards: in a line that runs to
the left everything is turned round, and then the numbers and the words of other scripts once more;
in a line that runs to the right, the stretches that run to the left. Marks go behind the letter
that they stand on. Brackets are what their side says, because some programs write the shape that is
seen and some the one that is meant.

What two orders look alike for (a number beside a foreign word) cannot be told apart; the word comes
first then, as in “Paris 2024”.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import TypeVar

Thing = TypeVar("Thing")

RIGHT, LEFT, NUMBER, MARK, NEUTRAL = "RLEMN"
"""Letters that run from right to left; others; digits; marks on letters; all else."""

_RIGHT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_FORMS = re.compile("[\ufb1d-\ufdff\ufe70-\ufefc]+")
_JOINS = frozenset(",.:/'’٫٬٪")
"""What may stand within a number."""
_BESIDE = frozenset("%‰$€£₪#+-−°")
"""What may stand beside one, and belongs to it."""
_PAIRS = dict(zip("([{<«‹)]}>»›", ")]}>»›([{<«‹", strict=True))
_OPEN = frozenset("([{<«‹")


def runs_left(text: str) -> bool:
    """Whether there is a letter that runs from right to left in it."""
    return _RIGHT.search(text) is not None


def kind(letter: str) -> str:
    """What a letter is in the order of a line."""
    found = unicodedata.bidirectional(letter)
    if found in ("R", "AL"):
        return RIGHT
    if found == "L":
        return LEFT
    if found in ("EN", "AN"):
        return NUMBER
    return MARK if found == "NSM" else NEUTRAL


def letters_of_forms(text: str) -> str:
    """Shapes of letters at the beginning or end of a word, and joined ones, as the letters."""
    return _FORMS.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)


def joined(letters: str, letter: str) -> str:
    """The letters of one shape. Some programs name them as they are seen, so that alef comes before
    lam; there is no such shape."""
    return letter + letters if letter == "ل" and letters in tuple("اأإآ") else letters + letter


def in_reading_order(
    seen: Sequence[Thing], text_of: Callable[[Thing], str], to_the_left: bool
) -> list[Thing]:
    """The pieces of a line, seen from left to right, in the order in which they are read.

    A piece is letters of one kind, which are in the order of reading already; ``to_the_left`` is
    the direction of the whole line.
    """
    texts = [text_of(each) for each in seen]
    kinds = [kind(text[0]) if text else NEUTRAL for text in texts]
    right = _to_the_right(texts, kinds)
    if to_the_left:
        return _turned(seen, [(0, len(seen))], right)
    return _turned(seen, _stretches(kinds), right)


def _turned(
    seen: Sequence[Thing], left: Sequence[tuple[int, int]], right: Sequence[tuple[int, int]]
) -> list[Thing]:
    """The pieces with the stretches ``left`` turned round, in which those in ``right`` are not."""
    order = list(range(len(seen)))
    starts = [start for start, _ in right]
    for start, end in left:
        order[start:end] = reversed(order[start:end])
        for first, last in right[bisect_left(starts, start) : bisect_left(starts, end)]:
            mirrored = slice(start + end - last, start + end - first)
            order[mirrored] = reversed(order[mirrored])
    return [seen[place] for place in order]


def _to_the_right(texts: Sequence[str], kinds: Sequence[str]) -> list[tuple[int, int]]:
    """Where numbers and words of other scripts stand, in a line that is seen."""
    found: list[tuple[int, int]] = []
    place = 0
    while place < len(kinds):
        if kinds[place] not in (LEFT, NUMBER):
            place += 1
            continue
        start = place
        place = _end_of_number(texts, kinds, place) if kinds[place] == NUMBER else place
        if place < len(kinds) and kinds[place] == LEFT:
            place = _end_of_words(texts, kinds, place)
        while start and texts[start - 1] in _BESIDE and (not found or found[-1][1] < start):
            start -= 1
        found.append((start, place))
    return found


def _end_of_number(texts: Sequence[str], kinds: Sequence[str], place: int) -> int:
    count = len(kinds)
    while place < count:
        follows = place + 1 < count and kinds[place + 1] == NUMBER
        if kinds[place] == NUMBER or (texts[place] in _JOINS and follows):
            place += 1
        else:
            break
    while place < count and texts[place] in _BESIDE:
        place += 1
    return place


def _end_of_words(texts: Sequence[str], kinds: Sequence[str], place: int) -> int:
    """The end of words of other scripts, with what is between them, and of numbers behind them."""
    end = place
    while place < len(kinds) and kinds[place] != RIGHT:
        if kinds[place] == LEFT:
            end = place = place + 1
        elif kinds[place] == NUMBER:
            end = place = _end_of_number(texts, kinds, place)
        else:
            end = place + 1 if kinds[place] == MARK and end == place else end
            place += 1
    return end


def _stretches(kinds: Sequence[str]) -> list[tuple[int, int]]:
    """Where a line that runs to the right runs to the left: from letter to letter of that kind."""
    found: list[tuple[int, int]] = []
    for place, each in enumerate(kinds):
        if each != RIGHT:
            continue
        if found and LEFT not in kinds[found[-1][1] : place]:
            found[-1] = (found[-1][0], place + 1)
        else:
            found.append((place, place + 1))
    # Marks that follow the leftmost letter are seen before it.
    return [(start - (start > 0 and kinds[start - 1] == MARK), end) for start, end in found]


def bracket(shape: str, before: str, behind: str) -> str:
    """The bracket that is meant, by what stands before and behind it in the order of reading."""
    other = _PAIRS.get(shape)
    if other is None:
        return shape
    begins = (not before or before.isspace()) and behind.isalnum()
    ends = before.isalnum() and not behind.isalnum()
    if begins != ends:
        return shape if (shape in _OPEN) == begins else other
    return shape
