"""Finding the places of one text again in another: after a correction, or in a near-duplicate.

First the two texts are aligned: what they share at both ends is set aside, then lines and then
words that stand once in each are taken as fixed points (patience diff, Bram Cohen), the gaps
between them likewise, and small gaps by their longest common subsequence. Most spans lie in what
is shared, and move with it. The others are placed by their borders, or looked for by their quote
and the 32 code points before and after it (the selectors of the Web Annotation Data Model, section
4.2.4), by way of the words that both texts have.

All offsets are code points. Time is about linear in the texts, and in the spans that an edit
touches.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Literal

from annotations.errors import BadInput
from annotations.spans import Span, trimmed

CONTEXT = 32
"""How many code points before and after a quote speak for a place."""

SURE = 0.7
"""The least score of a place that the alignment gives, to be taken without asking."""

SURE_ELSEWHERE = 0.8
"""The least score of a place that was found by its words alone."""

SURE_QUOTE = 0.75
"""How alike the quotes must be at least, whatever stands around them."""

DOUBTFUL = 0.5
"""Below this score nothing was found: the place is only where the span used to be."""

_CLOSE = 0.05
_MOST_CELLS = 90_000
_MOST_PLACES = 50
_MOST_SEEDS = 12

How = Literal["sure", "doubtful", "lost"]
_ORDER: tuple[How, ...] = ("sure", "doubtful", "lost")

Match = tuple[int, int, int]
"""``old[i:i + n] == new[j:j + n]``, as (i, j, n)."""

# Scripts that put no spaces between words are taken by character.
_TOKEN = re.compile(r"[\u2e80-\U0010ffff]|[^\W\u2e80-\U0010ffff]+|\s+|[^\w\s]")
_WORD = re.compile(r"[\u2e80-\U0010ffff]|[^\W\u2e80-\U0010ffff]+")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_INK = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Anchored:
    """Where a span of the old text lies in the new one.

    ``sure``: it may be taken without asking. ``doubtful``: the best place there is, for a person
    to look at. ``lost``: nothing like it was found, and ``span`` only tells where it used to be.
    ``score`` is from 0 to 1: how alike quote and context are (three fifths for the quote, a fifth
    for each side).
    """

    span: Span
    how: How
    score: float


@dataclass(frozen=True, slots=True)
class AnchoredMark:
    """Where a mark lies in the new text: its fragments, sorted and disjoint; ``how`` and ``score``
    are those of the fragment that is worst off."""

    spans: tuple[Span, ...]
    how: How
    score: float


def reanchor(old: str, new: str, spans: Iterable[Span]) -> list[Anchored]:
    """The place in ``new`` of each span of ``old``, in the same order.

    What lies in a stretch that both texts share keeps its quote exactly; in an unchanged text
    everything stays where it is. No place is empty, and none leaves the text. Raises ``BadInput``
    when there are spans and the new text is empty, and ``SpanOutOfText`` for a span that does not
    fit the old one.
    """
    wanted = [span.within(old) for span in spans]
    if not wanted:
        return []
    if not new:
        raise BadInput("A text without a character has no place for marks.")
    return Anchoring(old, new).places(wanted)


def reanchor_marks(old: str, new: str, marks: Iterable[Sequence[Span]]) -> list[AnchoredMark]:
    """The place in ``new`` of each mark of ``old``, given by its fragments, in the same order.

    Every fragment is anchored by itself. Those that come to lie on each other become one, and then
    the mark is doubtful. Raises what ``reanchor`` raises.
    """
    given = [tuple(fragments) for fragments in marks]
    found = iter(reanchor(old, new, [span for fragments in given for span in fragments]))
    return [_together([next(found) for _ in fragments]) for fragments in given]


def _together(parts: Sequence[Anchored]) -> AnchoredMark:
    score = min(part.score for part in parts)
    how: How = max((part.how for part in parts), key=_ORDER.index)
    spans = [part.span for part in parts]
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start < merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    if merged != spans and how == "sure":
        how = "doubtful"
    return AnchoredMark(tuple(merged), how, score)


# --- alignment


@dataclass(frozen=True)
class Alignment:
    """What two texts share, in order: ``matches`` are sorted, disjoint and as long as can be."""

    old: str
    new: str
    matches: tuple[Match, ...]

    @cached_property
    def _starts(self) -> list[int]:
        return [i for i, _, _ in self.matches]

    def shared(self, span: Span) -> Match | None:
        """The shared stretch that holds the whole of a span of the old text, if one does."""
        at = bisect_right(self._starts, span.start) - 1
        if at < 0:
            return None
        i, _, n = self.matches[at]
        return self.matches[at] if span.end <= i + n else None

    def _gap(self, place: int) -> tuple[int, int, int, int]:
        """The gap of the old text that holds a code point, and its counterpart in the new one."""
        at = bisect_right(self._starts, place) - 1
        before = self.matches[at] if at >= 0 else (0, 0, 0)
        end = (len(self.old), len(self.new), 0)
        after = self.matches[at + 1] if at + 1 < len(self.matches) else end
        return before[0] + before[2], after[0], before[1] + before[2], after[1]

    def start(self, place: int) -> int:
        """Where a stretch begins now that began with this code point."""
        held = self.shared(Span(place, place + 1))
        if held is not None:
            return held[1] + place - held[0]
        since, until, there, beyond = self._gap(place)
        return there + (place - since) * (beyond - there) // max(until - since, 1)

    def end(self, place: int) -> int:
        """Where a stretch ends now that ended before this code point."""
        held = self.shared(Span(place - 1, place))
        if held is not None:
            return held[1] + place - held[0]
        since, until, there, beyond = self._gap(place - 1)
        return beyond - (until - place) * (beyond - there) // max(until - since, 1)

    @property
    def changes(self) -> list[tuple[Span, Span]]:
        """What is not shared, in order: a stretch of the old text and what stands for it in the
        new one; either may be empty."""
        ends = [(0, 0, 0), *self.matches, (len(self.old), len(self.new), 0)]
        pairs = [(Span(a[0] + a[2], b[0]), Span(a[1] + a[2], b[1])) for a, b in pairwise(ends)]
        return [pair for pair in pairs if len(pair[0]) or len(pair[1])]


def aligned(old: str, new: str) -> Alignment:
    """Which stretches two texts share, in order, by lines and then by words."""
    matches: list[Match] = []
    _by_tokens(old, new, Span(0, len(old)), Span(0, len(new)), (_LINE, _TOKEN), matches)
    return Alignment(old, new, _joined(matches))


def _joined(matches: list[Match]) -> tuple[Match, ...]:
    found: list[Match] = []
    for i, j, n in sorted(matches):
        if found and (found[-1][0] + found[-1][2], found[-1][1] + found[-1][2]) == (i, j):
            found[-1] = (*found[-1][:2], found[-1][2] + n)
        else:
            found.append((i, j, n))
    return tuple(found)


def _by_tokens(
    old: str,
    new: str,
    a: Span,
    b: Span,
    levels: Sequence[re.Pattern[str]],
    matches: list[Match],
) -> None:
    """What ``old`` and ``new`` share within two stretches: at both ends, and between by tokens of
    the first level, then within what is left by those of the next."""
    before = _prefix(old, new, a, b)
    if levels and before < min(len(a), len(b)):
        before -= _begun(old, a.start, a.start + before)
    if before:
        matches.append((a.start, b.start, before))
        a, b = Span(a.start + before, a.end), Span(b.start + before, b.end)
    after = _suffix(old, new, a, b)
    if levels and after < min(len(a), len(b)):
        after -= _ended(old, a.end - after, a.end)
    if after:
        matches.append((a.end - after, b.end - after, after))
        a, b = Span(a.start, a.end - after), Span(b.start, b.end - after)
    if not (len(a) and len(b) and levels):
        return
    ones, others = _cut(old, a, levels[0]), _cut(new, b, levels[0])
    pairs = _common([old[p:q] for p, q in pairwise(ones)], [new[p:q] for p, q in pairwise(others)])
    last = (a.start, b.start)
    for i, j, n in [*pairs, (len(ones) - 1, len(others) - 1, 0)]:
        gap = Span(last[0], ones[i]), Span(last[1], others[j])
        if len(gap[0]) and len(gap[1]):
            _by_tokens(old, new, *gap, levels[1:], matches)
        if n:
            matches.append((ones[i], others[j], ones[i + n] - ones[i]))
            last = (ones[i + n], others[j + n])


def _in_word(character: str) -> bool:
    return character < "\u2e80" and (character.isalnum() or character == "_")


def _begun(text: str, since: int, until: int) -> int:
    """How much of a stretch's end begins a word that may go on, and so is compared whole."""
    count = 0
    while count < until - since and _in_word(text[until - count - 1]) and count < 64:
        count += 1
    return count


def _ended(text: str, since: int, until: int) -> int:
    """How much of a stretch's beginning ends a word that may have begun before it."""
    count = 0
    while count < until - since and _in_word(text[since + count]) and count < 64:
        count += 1
    return count


def _prefix(old: str, new: str, a: Span, b: Span) -> int:
    """How many code points two stretches share at their beginnings."""

    def same(since: int, until: int) -> bool:
        return old[a.start + since : a.start + until] == new[b.start + since : b.start + until]

    return _run(min(len(a), len(b)), same)


def _suffix(old: str, new: str, a: Span, b: Span) -> int:
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


def _common(a: Sequence[str], b: Sequence[str]) -> list[Match]:
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
        elif (m - i) * (n - j) <= _MOST_CELLS:
            found += [(i + x, j + y, 1) for x, y in _longest_common(a[i:m], b[j:n])]
    return list(_joined(found))


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


def likeness(a: str, b: str) -> float:
    """How alike two short texts are, from 0 to 1: twice what they share, by their lengths."""
    if a == b:
        return 1.0
    if not a or not b:
        return 0.0
    return 2 * sum(n for _, _, n in aligned(a, b).matches) / (len(a) + len(b))


# --- places


class Anchoring:
    """Two texts that were aligned, and the places of one in the other. Neither is empty."""

    def __init__(self, old: str, new: str):
        self.alignment = aligned(old, new)
        self._old, self._new = old, new

    def places(self, spans: Iterable[Span]) -> list[Anchored]:
        """The place of each span, which must fit the old text."""
        return [self.place(span) for span in spans]

    def place(self, span: Span) -> Anchored:
        """The place of one span."""
        held = self.alignment.shared(span)
        if held is not None:
            moved = self._moved(span, held)
            if moved is not None:
                return moved
        best = self._by_borders(span)
        if best.how == "sure":
            return best
        found = self._by_words(span)
        if found is not None and found.score > best.score:
            return found
        return best

    def _moved(self, span: Span, held: Match) -> Anchored | None:
        """A span that stands as it stood; ``None`` when a word of it now goes on beyond it."""
        i, j, n = held
        place = Span(span.start + j - i, span.end + j - i)
        if self._whole_words(span, place) != place:
            return None
        left = span.start - i >= CONTEXT or (not i and not j)
        ends = i + n == len(self._old) and j + n == len(self._new)
        if left and (i + n - span.end >= CONTEXT or ends):
            return Anchored(place, "sure", 1.0)
        score = self._score(span, place)
        return Anchored(place, "sure" if score >= SURE else "doubtful", score)

    def _score(self, span: Span, place: Span) -> float:
        old, new = self._old, self._new
        return round(
            0.6 * likeness(span.of(old), place.of(new))
            + 0.2 * likeness(_before(old, span.start), _before(new, place.start))
            + 0.2 * likeness(_after(old, span.end), _after(new, place.end)),
            4,
        )

    def _whole_words(self, span: Span, place: Span) -> Span:
        """A place whose borders part no word, if those of the span parted none: a letter that was
        added to a marked word belongs to the mark."""
        start, end = place.start, place.end
        if not _parts_word(self._old, span.start) and _parts_word(self._new, start):
            start -= _begun(self._new, max(0, start - 64), start)
        if not _parts_word(self._old, span.end) and _parts_word(self._new, end):
            end += _ended(self._new, end, min(len(self._new), end + 64))
        return Span(start, end)

    def _by_borders(self, span: Span) -> Anchored:
        """The place between the borders that the alignment gives."""
        start, end = self.alignment.start(span.start), self.alignment.end(span.end)
        for place in (Span(start, start + len(span)), Span(end - len(span), end)):
            if place.start >= 0 and span.of(self._old) == place.of(self._new):
                whole = self._whole_words(span, place)
                if whole == place:
                    return self._judged(span, place)
        place = Span(start, max(start, end))
        if not span.of(self._old)[:1].isspace() and not span.of(self._old)[-1:].isspace():
            place = trimmed(place, self._new)
        if not len(place):
            return Anchored(_nearest(self._new, min(start, end)), "lost", 0.0)
        return self._judged(span, self._whole_words(span, place))

    def _judged(self, span: Span, place: Span) -> Anchored:
        score = self._score(span, place)
        alike = likeness(span.of(self._old), place.of(self._new))
        if score >= SURE and alike >= SURE_QUOTE:
            return Anchored(place, "sure", score)
        return Anchored(place, "doubtful" if score >= DOUBTFUL and alike else "lost", score)

    @cached_property
    def _words(self) -> dict[str, list[int]]:
        """Where each word of the new text stands."""
        found: dict[str, list[int]] = {}
        for match in _WORD.finditer(self._new):
            found.setdefault(match[0], []).append(match.start())
        return found

    def _by_words(self, span: Span) -> Anchored | None:
        """The best place that the words in and around the span point at, wherever it is."""
        scored = sorted(
            ((self._score(span, place), place) for place in self._pointed_at(span)),
            key=lambda pair: (-pair[0], pair[1]),
        )
        if not scored or scored[0][0] < DOUBTFUL:
            return None
        score, place = scored[0]
        alike = likeness(span.of(self._old), place.of(self._new))
        if not alike:
            return None
        alone = all(
            score - other >= _CLOSE for other, there in scored[1:] if not there.overlaps(place)
        )
        sure = score >= SURE_ELSEWHERE and alike >= SURE_QUOTE and alone
        return Anchored(place, "sure" if sure else "doubtful", score)

    def _pointed_at(self, span: Span) -> set[Span]:
        """Places that have words of the span, or of what is around it, at the right distance."""
        since = max(0, span.start - CONTEXT)
        words = [
            (match[0], match.start() - span.start)
            for match in _WORD.finditer(self._old, since, min(len(self._old), span.end + CONTEXT))
            if match[0] in self._words
        ]
        words.sort(key=lambda word: len(self._words[word[0]]))
        expected = self.alignment.start(span.start)
        votes: Counter[int] = Counter()
        for word, offset in words[:_MOST_SEEDS]:
            for place in _near(self._words[word], expected, _MOST_PLACES):
                votes[place - offset] += len(word)
        return {
            place
            for start, _ in votes.most_common(8)
            for place in [self._settled(span, start)]
            if place is not None
        }

    def _settled(self, span: Span, start: int) -> Span | None:
        """A place near ``start`` with borders at words, if the span has such."""
        start = min(max(start, 0), len(self._new) - 1)
        end = min(start + len(span), len(self._new))
        quote = span.of(self._old)
        if Span(start, end).of(self._new) != quote:
            # The quote changed: its borders are where those of the words around it are.
            slack = CONTEXT + len(span)
            around = Span(max(0, span.start - CONTEXT), min(len(self._old), span.end + CONTEXT))
            there = Span(max(0, start - slack), min(len(self._new), end + slack))
            part = aligned(around.of(self._old), there.of(self._new))
            start = there.start + part.start(span.start - around.start)
            end = there.start + part.end(span.end - around.start)
        if start >= end:
            return None
        place = trimmed(self._whole_words(span, Span(start, end)), self._new)
        return place if len(place) else None


def _before(text: str, place: int) -> str:
    return text[max(0, place - CONTEXT) : place]


def _after(text: str, place: int) -> str:
    return text[place : place + CONTEXT]


def _parts_word(text: str, place: int) -> bool:
    return 0 < place < len(text) and _in_word(text[place - 1]) and _in_word(text[place])


def _near(places: Sequence[int], wanted: int, most: int) -> Sequence[int]:
    """The places nearest to one, at most so many."""
    at = bisect_right(places, wanted)
    return places[max(0, at - most // 2) : at + most // 2]


def _nearest(text: str, place: int) -> Span:
    """The word at a place, or the next, or the one before: somewhere to show what was lost."""
    place = min(max(place, 0), len(text) - 1)
    while place and not text[place - 1].isspace() and not text[place].isspace():
        place -= 1
    after = _INK.search(text, place)
    if after is not None:
        return Span(*after.span())
    before = [match.span() for match in _INK.finditer(text, max(0, place - 1000), place)]
    return Span(*before[-1]) if before else Span(place, place + 1)
