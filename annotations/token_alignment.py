"""What two stretches of text share, token by token: the level below ``alignment.py``.

Tokens that stand once in each are taken as fixed points (patience diff, Bram Cohen), the gaps
between them likewise, and small gaps by their longest common subsequence. Offsets are code points.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise

from annotations.spans import Span

MOST_CELLS = 90_000
"""The largest table that is filled to find a longest common subsequence."""

Match = tuple[int, int, int]
"""``old[i:i + n] == new[j:j + n]``, as (i, j, n)."""

# Scripts that put no spaces between words are taken by character.
TOKEN = re.compile(r"[\u2e80-\U0010ffff]|[^\W\u2e80-\U0010ffff]+|\s+|[^\w\s]")
WORD = re.compile(r"[\u2e80-\U0010ffff]|[^\W\u2e80-\U0010ffff]+")


def match_tokens(
    old: str,
    new: str,
    a: Span,
    b: Span,
    levels: Sequence[re.Pattern[str]],
    matches: list[Match],
) -> None:
    """What ``old`` and ``new`` share within two stretches: at both ends, and between by tokens of
    the first level, then within what is left by those of the next."""
    before = common_prefix(old, new, a, b)
    if levels and before < min(len(a), len(b)):
        before -= begun(old, a.start, a.start + before)
    if before:
        matches.append((a.start, b.start, before))
        a, b = Span(a.start + before, a.end), Span(b.start + before, b.end)
    after = common_suffix(old, new, a, b)
    if levels and after < min(len(a), len(b)):
        after -= ended(old, a.end - after, a.end)
    if after:
        matches.append((a.end - after, b.end - after, after))
        a, b = Span(a.start, a.end - after), Span(b.start, b.end - after)
    if not (len(a) and len(b) and levels):
        return
    ones, others = _cut(old, a, levels[0]), _cut(new, b, levels[0])
    pairs = common_tokens(
        [old[p:q] for p, q in pairwise(ones)], [new[p:q] for p, q in pairwise(others)]
    )
    last = (a.start, b.start)
    for i, j, n in [*pairs, (len(ones) - 1, len(others) - 1, 0)]:
        gap = Span(last[0], ones[i]), Span(last[1], others[j])
        if len(gap[0]) and len(gap[1]):
            match_tokens(old, new, *gap, levels[1:], matches)
        if n:
            matches.append((ones[i], others[j], ones[i + n] - ones[i]))
            last = (ones[i + n], others[j + n])


def in_word(character: str) -> bool:
    return character < "\u2e80" and (character.isalnum() or character == "_")


def parts_word(text: str, place: int) -> bool:
    """Whether a place lies between two letters of a word."""
    return 0 < place < len(text) and in_word(text[place - 1]) and in_word(text[place])


def begun(text: str, since: int, until: int) -> int:
    """How much of a stretch's end begins a word that may go on, and so is compared whole."""
    count = 0
    while count < until - since and in_word(text[until - count - 1]) and count < 64:
        count += 1
    return count


def ended(text: str, since: int, until: int) -> int:
    """How much of a stretch's beginning ends a word that may have begun before it."""
    count = 0
    while count < until - since and in_word(text[since + count]) and count < 64:
        count += 1
    return count


def common_prefix(old: str, new: str, a: Span, b: Span) -> int:
    """How many code points two stretches share at their beginnings."""

    def same(since: int, until: int) -> bool:
        return old[a.start + since : a.start + until] == new[b.start + since : b.start + until]

    return _run(min(len(a), len(b)), same)


def common_suffix(old: str, new: str, a: Span, b: Span) -> int:
    """How many code points two stretches share at their ends."""

    def same(since: int, until: int) -> bool:
        return old[a.end - until : a.end - since] == new[b.end - until : b.end - since]

    return _run(min(len(a), len(b)), same)


def _run(most: int, same: Callable[[int, int], bool]) -> int:
    """The greatest n up to ``most`` with ``same(0, n)``: in doubling steps, then by halves."""
    known, step = 0, 16
    while known < most and same(known, min(known + step, most)):
        known = min(known + step, most)
        step *= 2
    beyond = min(known + step, most)
    while known < beyond:
        middle = (known + beyond + 1) // 2
        if same(known, middle):
            known = middle
        else:
            beyond = middle - 1
    return known


def _cut(text: str, span: Span, level: re.Pattern[str]) -> list[int]:
    """The borders of the tokens of a stretch, its own included."""
    found = [match.start() for match in level.finditer(text, span.start, span.end)]
    return (
        [*found, span.end] if found and found[0] == span.start else [span.start, *found, span.end]
    )


def common_tokens(a: Sequence[str], b: Sequence[str]) -> list[Match]:
    """What two lists of tokens share, in order."""
    found: list[Match] = []
    waiting = [(0, len(a), 0, len(b))]
    while waiting:
        i, m, j, n = waiting.pop()
        while i < m and j < n and a[i] == b[j]:
            found.append((i, j, 1))
            i, j = i + 1, j + 1
        while i < m and j < n and a[m - 1] == b[n - 1]:
            m, n = m - 1, n - 1
            found.append((m, n, 1))
        if i == m or j == n:
            continue
        fixed = _fixed_points(a, b, i, m, j, n)
        if fixed:
            ends = [(i - 1, j - 1), *fixed, (m, n)]
            found += [(x, y, 1) for x, y in fixed]
            waiting += [(p + 1, r, q + 1, s) for (p, q), (r, s) in pairwise(ends)]
        elif (m - i) * (n - j) <= MOST_CELLS:
            found += [(i + x, j + y, 1) for x, y in _longest_common(a[i:m], b[j:n])]
    return list(joined(found))


def _fixed_points(
    a: Sequence[str], b: Sequence[str], i: int, m: int, j: int, n: int
) -> list[tuple[int, int]]:
    """The tokens that stand once in each, as far as they stand in the same order in both.

    The longest increasing subsequence, by patience sorting.
    """
    once, others = Counter(a[i:m]), Counter(b[j:n])
    there = {b[y]: y for y in range(j, n) if others[b[y]] == 1}
    pairs = [(x, there[a[x]]) for x in range(i, m) if once[a[x]] == 1 and a[x] in there]
    tops: list[int] = []
    piles: list[int] = []
    before: list[int] = []
    for number, (_, y) in enumerate(pairs):
        pile = bisect_right(tops, y)
        before.append(piles[pile - 1] if pile else -1)
        tops[pile : pile + 1] = [y]
        piles[pile : pile + 1] = [number]
    found = []
    at = piles[-1] if piles else -1
    while at >= 0:
        found.append(pairs[at])
        at = before[at]
    return found[::-1]


def _longest_common(a: Sequence[str], b: Sequence[str]) -> list[tuple[int, int]]:
    """The pairs of a longest common subsequence, weighed by letters so that words outweigh the
    white space between them."""
    best = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for x in range(len(a) - 1, -1, -1):
        weight = 1 if a[x].isspace() else 2 * len(a[x])
        row, below = best[x], best[x + 1]
        for y in range(len(b) - 1, -1, -1):
            row[y] = max(below[y], row[y + 1])
            if a[x] == b[y]:
                row[y] = max(row[y], below[y + 1] + weight)
    found = []
    x = y = 0
    while x < len(a) and y < len(b):
        if best[x][y] == best[x + 1][y]:
            x += 1
        elif best[x][y] == best[x][y + 1]:
            y += 1
        else:
            found.append((x, y))
            x, y = x + 1, y + 1
    return found


def joined(matches: list[Match]) -> tuple[Match, ...]:
    found: list[Match] = []
    for i, j, n in sorted(matches):
        if found and (found[-1][0] + found[-1][2], found[-1][1] + found[-1][2]) == (i, j):
            found[-1] = (*found[-1][:2], found[-1][2] + n)
        else:
            found.append((i, j, n))
    return tuple(found)
