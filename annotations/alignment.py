"""What two texts share: by lines, then by sentences, then by words.

At each level the units that stand once in each text are taken as fixed points (patience diff, Bram
Cohen), and the gaps between them likewise. Units that are left over are looked for in the whole of
the other text: first the very same ones, which have moved, then the most similar ones, which were
edited and may have moved as well. Only then are words compared, within units that belong together;
so the words of a paragraph that was deleted are never taken for those of its neighbour, however
similar the two are. Of everything that was found, the heaviest sequence that has the same order in
both texts is the alignment; the rest are moves.

All offsets are code points. Time is about linear in the texts.
"""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from annotations.spans import Span
from annotations.token_alignment import (
    TOKEN,
    WORD,
    Match,
    common_prefix,
    common_suffix,
    common_tokens,
    joined,
    match_tokens,
    parts_word,
)

SIMILAR = 0.5
"""How similar two units must be at least to be versions of each other, where one may stand for the
other; twice the words that they share, by the words that they have."""

SIMILAR_ELSEWHERE = 0.6
"""The same for units that stand in different places."""

_LEAST_MOVED = 12  # bytes of a unit that is known again wherever it stands; 12 letters, 4 of 中文
_MOST_POSTINGS = 6  # units that share a word which is still thought of as rare
_MOST_CANDIDATES = 6
_MOST_SLID = 100_000

_LINE = re.compile(r"[^\n]+|\n+")
_SENTENCE_END = re.compile(r"[.!?…؟۔।]+[\"'”’»)\]]*(?=\s)|[。！？｡]+[」』”’）]*|\n")
_SPACE = re.compile(r"\s*")


class Part(NamedTuple):
    """A unit of the old text and its version in the new one, where it stands elsewhere."""

    old: Span
    new: Span


@dataclass(frozen=True)
class Alignment:
    """What two texts share.

    ``matches`` are what stands in the same order in both, and ``moves`` what stands elsewhere: each
    sorted by the old text, disjoint and as long as can be. ``parts`` are the units that moved and
    were edited. ``since`` and ``until`` bound both texts, where only a part of each is aligned.
    """

    old: str
    new: str
    matches: tuple[Match, ...]
    moves: tuple[Match, ...] = ()
    parts: tuple[Part, ...] = ()
    since: tuple[int, int] = (0, 0)
    until: tuple[int, int] | None = None

    @cached_property
    def _starts(self) -> list[int]:
        return [i for i, _, _ in self.matches]

    @cached_property
    def _move_starts(self) -> list[int]:
        return [i for i, _, _ in self.moves]

    def shared(self, span: Span) -> Match | None:
        """The match that holds the whole of a span of the old text, if one does."""
        return _holding(self.matches, self._starts, span)

    def moved(self, span: Span) -> Match | None:
        """The move that holds the whole of a span of the old text, if one does."""
        return _holding(self.moves, self._move_starts, span)

    def part(self, span: Span) -> "Alignment | None":
        """The alignment of the smallest part that moved and holds a span of the old text."""
        held = [p for p in self.parts if p.old.start <= span.start and span.end <= p.old.end]
        return self._within(min(held, key=lambda part: len(part.old))) if held else None

    def _within(self, part: Part) -> "Alignment":
        found = sorted(
            (i, j, n)
            for i, j, n in (*self.matches, *self.moves)
            if part.old.start <= i < part.old.end and part.new.start <= j < part.new.end
        )
        ends = (part.old.start, part.new.start), (part.old.end, part.new.end)
        return Alignment(self.old, self.new, _in_order(found), (), (), *ends)

    @cached_property
    def _sources(self) -> tuple[list[int], list[Match]]:
        found = sorted((*self.matches, *self.moves), key=lambda match: match[1])
        return [j for _, j, _ in found], found

    def sources(self, place: Span) -> Iterator[tuple[Span, Span]]:
        """The stretches of a place in the new text that come from the old one: each with where it
        stood there."""
        starts, found = self._sources
        at = max(0, bisect_right(starts, place.start) - 1)
        while at < len(found) and found[at][1] < place.end:
            i, j, n = found[at]
            start, end = max(place.start, j), min(place.end, j + n)
            if start < end:
                yield Span(start, end), Span(start + i - j, end + i - j)
            at += 1

    def _gap(self, place: int) -> tuple[int, int, int, int]:
        """The gap of the old text that holds a code point, and its counterpart in the new one."""
        at = bisect_right(self._starts, place) - 1
        before = self.matches[at] if at >= 0 else (*self.since, 0)
        end = (*(self.until or (len(self.old), len(self.new))), 0)
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
        """What is not shared in order: a stretch of the old text and what stands for it in the
        new one; either may be empty."""
        ends = [(0, 0, 0), *self.matches, (len(self.old), len(self.new), 0)]
        pairs = [(Span(a[0] + a[2], b[0]), Span(a[1] + a[2], b[1])) for a, b in pairwise(ends)]
        return [pair for pair in pairs if len(pair[0]) or len(pair[1])]

    def is_ambiguous(self, span: Span) -> bool:
        """Whether a span of the old text stands in whole sentences of which one copy was deleted
        and one stayed, so that nothing tells which of the two it was.

        Of ``A B A C`` only ``A C`` is left: either ``B A`` or ``A B`` was deleted.
        """
        at = bisect_right(self._zone_starts, span.start) - 1
        return at >= 0 and span.end <= self._zones[at].end

    @cached_property
    def _zone_starts(self) -> list[int]:
        return [zone.start for zone in self._zones]

    @cached_property
    def _zones(self) -> list[Span]:
        """What stayed beside something deleted that begins or ends with the same sentences."""
        found: list[Span] = []
        ends = [(0, 0, 0), *self.matches, (len(self.old), len(self.new), 0)]
        for (i, j, n), (p, q, m) in pairwise(ends):
            gap = Span(i + n, p)
            at = bisect_left(self._move_starts, gap.start)
            moved = at < len(self.moves) and self.moves[at][0] < gap.end
            if moved or not gap.of(self.old).strip() or self.new[j + n : q].strip():
                continue
            shared = common_suffix(self.old, self.old, Span(i, i + n), gap)
            found.append(_whole_sentences(self.old, Span(gap.start - shared, gap.start)))
            shared = common_prefix(self.old, self.old, gap, Span(p, p + m))
            found.append(_whole_sentences(self.old, Span(gap.end, gap.end + shared)))
        return sorted(zone for zone in found if len(zone))


def _holding(matches: Sequence[Match], starts: Sequence[int], span: Span) -> Match | None:
    at = bisect_right(starts, span.start) - 1
    if at < 0:
        return None
    i, _, n = matches[at]
    return matches[at] if span.end <= i + n else None


def aligned(old: str, new: str) -> Alignment:
    """What two texts share, what moved, and what was edited where it moved to."""
    if old == new:
        return Alignment(old, new, ((0, 0, len(old)),) if old else ())
    edit = _only_edit(old, new)
    return Alignment(old, new, edit) if edit is not None else _Aligner(old, new).alignment()


def _only_edit(old: str, new: str) -> tuple[Match, ...] | None:
    """What two texts share if one is the other without one stretch; else ``None``.

    Where that stretch could lie in several places (of ``A B A`` one ``A`` was deleted, or what
    begins both sentences), whole lines are likelier to go than sentences, and those than words.
    """
    short, long = sorted((old, new), key=len)
    extra = len(long) - len(short)
    last = common_prefix(old, new, Span(0, len(old)), Span(0, len(new)))
    first = len(short) - common_suffix(old, new, Span(0, len(old)), Span(0, len(new)))
    if not extra or first > last:
        return None
    at = _likeliest_border(long, max(first, last - _MOST_SLID), last)
    if old is short:
        found = ((0, 0, at), (at, at + extra, len(short) - at))
    else:
        found = ((0, 0, at), (at + extra, at, len(short) - at))
    return tuple(match for match in found if match[2])


def _likeliest_border(text: str, first: int, last: int) -> int:
    """The last place between two others at which a line begins or ends, or else a sentence, a word
    or nothing."""
    if _ends_line(text, last):
        return last
    line = text.rfind("\n", max(0, first - 1), last)
    if line >= 0 and line + 1 >= first:
        return line + 1
    if not first:
        return first
    around = Span(max(0, first - 80), min(len(text), last + 80))
    starts = [unit.start for unit in _sentences(text, around) if first <= unit.start <= last]
    if starts:
        return starts[-1]
    words = [place for place in range(first, last + 1) if not parts_word(text, place)]
    return words[-1] if words else last


def aligned_by_words(old: str, new: str) -> Alignment:
    """What two short texts share in order, by words alone."""
    matches: list[Match] = []
    match_tokens(old, new, Span(0, len(old)), Span(0, len(new)), (_LINE, TOKEN), matches)
    return Alignment(old, new, joined(matches))


def likeness(a: str, b: str) -> float:
    """How alike two short texts are, from 0 to 1: twice what they share, by their lengths."""
    if a == b:
        return 1.0
    if not a or not b:
        return 0.0
    return 2 * sum(n for _, _, n in aligned_by_words(a, b).matches) / (len(a) + len(b))


# --- units


def _lines(text: str, span: Span) -> Iterator[Span]:
    for match in _LINE.finditer(text, span.start, span.end):
        yield Span(*match.span())


def _sentences(text: str, span: Span) -> Iterator[Span]:
    """Sentences, and what is between them; together they are the whole stretch."""
    place = span.start
    for match in _SENTENCE_END.finditer(text, span.start, span.end):
        if place < match.end():
            yield Span(place, match.end())
            space = _SPACE.match(text, match.end(), span.end)
            place = space.end() if space else match.end()
            if match.end() < place:
                yield Span(match.end(), place)
    if place < span.end:
        yield Span(place, span.end)


def _whole_sentences(text: str, span: Span) -> Span:
    """The whole sentences within a stretch; empty where it holds none."""
    around = Span(max(0, span.start - 80), min(len(text), span.end + 80))
    units = list(_sentences(text, around))
    starts = [u.start for u in units if u.start >= span.start and (u.start or not around.start)]
    ends = [u.end for u in units if u.end <= span.end]
    start, end = min(starts, default=span.end), max(ends, default=span.start)
    return Span(start, max(start, end))


@dataclass(frozen=True, slots=True)
class _Region:
    """Units of both texts that stand for each other. A pair is one unit and its version."""

    olds: list[Span]
    news: list[Span]
    is_pair: bool = False


class _Aligner:
    """Two texts that differ, while they are being aligned."""

    def __init__(self, old: str, new: str):
        self._old, self._new = old, new
        self._matches: list[Match] = []
        self._pairs: list[Part] = []

    def alignment(self) -> Alignment:
        regions = self._without_ends()
        for units in (_lines, _sentences):
            regions = self._refined(regions, units)
        compared = [Part(r.olds[0], r.news[0]) for r in regions if r.is_pair]
        for one, other in compared:
            match_tokens(self._old, self._new, one, other, (TOKEN,), self._matches)
        found = joined(self._matches)
        order = _in_order(found)
        moves = tuple(sorted({*found} - {*order}))
        starts = [i for i, _, _ in order]
        parts = tuple(pair for pair in self._pairs if not _is_in_order(pair, order, starts))
        filled = self._filled(order, moves, parts, compared)
        return Alignment(self._old, self._new, joined([*order, *filled]), moves, parts)

    def _without_ends(self) -> list[_Region]:
        """All of both texts but the whole lines that they share at their ends."""
        old, new = self._old, self._new
        a, b = Span(0, len(old)), Span(0, len(new))
        before = common_prefix(old, new, a, b)
        if not (_ends_line(old, before) and _ends_line(new, before)):
            before = old.rfind("\n", 0, before) + 1
        if before:
            self._matches.append((0, 0, before))
        a, b = Span(before, a.end), Span(before, b.end)
        after = common_suffix(old, new, a, b)
        if not (_ends_line(old, a.end - after) and _ends_line(new, b.end - after)):
            line = old.find("\n", a.end - after)
            after = a.end - line if line >= 0 else 0
        if after:
            self._matches.append((a.end - after, b.end - after, after))
        return [_Region([Span(a.start, a.end - after)], [Span(b.start, b.end - after)])]

    def _refined(
        self, regions: Iterable[_Region], units: Callable[[str, Span], Iterator[Span]]
    ) -> list[_Region]:
        """Cut regions into units: what is the same in both becomes a match, and what is similar, or
        left over, smaller regions."""
        old, new = self._old, self._new
        gaps: list[_Region] = []
        for region in regions:
            ones = [unit for span in region.olds for unit in units(old, span)]
            others = [unit for span in region.news for unit in units(new, span)]
            pairs = common_tokens(
                [unit.of(old) for unit in ones], [unit.of(new) for unit in others]
            )
            x = y = 0
            for i, j, n in [*pairs, (len(ones), len(others), 0)]:
                olds = [unit for unit in ones[x:i] if not unit.of(old).isspace()]
                news = [unit for unit in others[y:j] if not unit.of(new).isspace()]
                if olds or news:
                    gaps.append(_Region(olds, news))
                for one, other in zip(ones[i : i + n], others[j : j + n], strict=True):
                    self._matches.append((one.start, other.start, len(one)))
                x, y = i + n, j + n
        gaps = self._without_moved(gaps)
        pairs_found = self._similar(gaps)
        self._pairs += pairs_found
        olds_taken, news_taken = {a for a, _ in pairs_found}, {b for _, b in pairs_found}
        left = [
            _Region(
                [unit for unit in gap.olds if unit not in olds_taken],
                [unit for unit in gap.news if unit not in news_taken],
            )
            for gap in gaps
        ]
        return [
            *(_Region([a], [b], is_pair=True) for a, b in pairs_found),
            *(region for region in left if region.olds or region.news),
        ]

    def _without_moved(self, gaps: Sequence[_Region]) -> list[_Region]:
        """Units that were left over in one place and stand in another, word for word."""
        places: dict[str, list[Span]] = {}
        for gap in gaps:
            for unit in gap.news:
                if len(unit.of(self._new).encode("utf-8", "replace")) >= _LEAST_MOVED:
                    places.setdefault(unit.of(self._new), []).append(unit)
        gone: set[Span] = set()
        come: set[Span] = set()
        for gap in gaps:
            for unit in gap.olds:
                there = places.get(unit.of(self._old))
                if there:
                    other = there.pop(0)
                    self._matches.append((unit.start, other.start, len(unit)))
                    gone.add(unit)
                    come.add(other)
        if not gone:
            return list(gaps)
        return [
            _Region([u for u in gap.olds if u not in gone], [u for u in gap.news if u not in come])
            for gap in gaps
        ]

    def _similar(self, gaps: Sequence[_Region]) -> list[Part]:
        """Units and their versions, the most similar ones first."""
        olds = [(number, unit) for number, gap in enumerate(gaps) for unit in gap.olds]
        news = [(number, unit) for number, gap in enumerate(gaps) for unit in gap.news]
        if not olds or not news:
            return []
        ones = [Counter(WORD.findall(unit.of(self._old))) for _, unit in olds]
        others = [Counter(WORD.findall(unit.of(self._new))) for _, unit in news]
        sizes, other_sizes = [w.total() for w in ones], [w.total() for w in others]
        rare = _postings(others)
        first: dict[int, int] = {}
        for y, (number, _) in enumerate(news):
            first.setdefault(number, y)
        scored: list[tuple[float, float, int, int]] = []
        x0 = 0
        for x, (number, _) in enumerate(olds):
            if x and olds[x - 1][0] != number:
                x0 = x
            if not sizes[x]:
                continue
            gap = gaps[number]
            wanted = set(_rarely(ones[x], rare))
            if gap.news:
                middle = first[number] + (x - x0) * len(gap.news) // len(gap.olds)
                low = max(first[number], middle - _MOST_CANDIDATES)
                high = min(first[number] + len(gap.news), middle + _MOST_CANDIDATES + 1)
                wanted.update(range(low, high))
            for y in sorted(wanted):
                both = sizes[x] + other_sizes[y]
                small, large = (
                    (ones[x], others[y]) if len(ones[x]) < len(others[y]) else (others[y], ones[x])
                )
                shared = sum(min(n, large[w]) for w, n in small.items() if w in large)
                score = 2 * shared / both
                if score >= (SIMILAR if news[y][0] == number else SIMILAR_ELSEWHERE):
                    away = 1.0
                    if news[y][0] == number:
                        here = (x - x0 + 0.5) / len(gap.olds)
                        away = abs(here - (y - first[number] + 0.5) / len(gap.news))
                    scored.append((-score, away, x, y))
        found: list[Part] = []
        taken: set[int] = set()
        come: set[int] = set()
        for _, _, x, y in sorted(scored):
            if x not in taken and y not in come:
                taken.add(x)
                come.add(y)
                found.append(Part(olds[x][1], news[y][1]))
        return found

    def _filled(
        self,
        order: Sequence[Match],
        moves: Sequence[Match],
        parts: Sequence[Part],
        compared: Sequence[Part],
    ) -> list[Match]:
        """What words the gaps between matches share, apart from what moved out of them or in, and
        from units whose words were compared already."""
        old, new = self._old, self._new
        known = sorted(compared)
        gone = sorted([Span(i, i + n) for i, _, n in moves] + [part.old for part in parts])
        come = sorted([Span(j, j + n) for _, j, n in moves] + [part.new for part in parts])
        found: list[Match] = []
        ends = [(0, 0, 0), *order, (len(old), len(new), 0)]
        for (i, j, n), (p, q, _) in pairwise(ends):
            if i + n == p or j + n == q or _are_compared(Span(i + n, p), Span(j + n, q), known):
                continue
            olds, news = _except(Span(i + n, p), gone), _except(Span(j + n, q), come)
            if len(olds) == 1 and len(news) == 1:
                match_tokens(old, new, olds[0], news[0], (TOKEN,), found)
            elif olds and news:
                ones = [Span(*m.span()) for s in olds for m in TOKEN.finditer(old, *_ends(s))]
                others = [Span(*m.span()) for s in news for m in TOKEN.finditer(new, *_ends(s))]
                for x, y, count in common_tokens(
                    [s.of(old) for s in ones], [s.of(new) for s in others]
                ):
                    found += [
                        (ones[x + k].start, others[y + k].start, len(ones[x + k]))
                        for k in range(count)
                    ]
        return found


def _postings(units: Sequence[Counter[str]]) -> dict[str, list[int]]:
    """In which units each word stands."""
    found: dict[str, list[int]] = {}
    for number, unit in enumerate(units):
        for word in unit:
            found.setdefault(word, []).append(number)
    return found


def _rarely(unit: Iterable[str], postings: dict[str, list[int]]) -> list[int]:
    """The units that share most rare words with a unit of the other text."""
    there = [places for word in unit if len(places := postings.get(word, [])) <= _MOST_POSTINGS]
    votes = Counter(number for places in there for number in places)
    return [number for number, _ in votes.most_common(_MOST_CANDIDATES)]


def _are_compared(one: Span, other: Span, known: Sequence[Part]) -> bool:
    """Whether two stretches are parts of the same pair of units, of those that are sorted."""
    at = bisect_right(known, one.start, key=lambda part: part.old.start) - 1
    if at < 0:
        return False
    old, new = known[at]
    return one.end <= old.end and new.start <= other.start and other.end <= new.end


def _ends(span: Span) -> tuple[int, int]:
    return span.start, span.end


def _ends_line(text: str, place: int) -> bool:
    return place in (0, len(text)) or text[place - 1] == "\n" or text[place] == "\n"


def _except(span: Span, others: Sequence[Span]) -> list[Span]:
    """What is left of a stretch without others, which are sorted by where they begin."""
    found: list[Span] = []
    place = span.start
    at = bisect_left(others, span.start, key=lambda other: other.start)
    while at < len(others) and others[at].start < span.end:
        if place < others[at].start:
            found.append(Span(place, others[at].start))
        place = max(place, others[at].end)
        at += 1
    if place < span.end:
        found.append(Span(place, span.end))
    return found


def _is_in_order(pair: Part, order: Sequence[Match], starts: Sequence[int]) -> bool:
    """Whether some of what a unit shares with its version stands in the order of the texts."""
    at = max(0, bisect_right(starts, pair.old.start) - 1)
    while at < len(order) and order[at][0] < pair.old.end:
        i, j, n = order[at]
        start, end = max(i, pair.old.start), min(i + n, pair.old.end)
        if start < end and pair.new.start <= start + j - i < pair.new.end:
            return True
        at += 1
    return False


def _in_order(matches: Sequence[Match]) -> tuple[Match, ...]:
    """Of matches that are sorted by the old text, the heaviest sequence in order in both texts.

    Runs of neighbours are weighed as one; sequences by a tree of greatest sums (Fenwick).
    """
    if all(one[1] < other[1] for one, other in pairwise(matches)):
        return tuple(matches)
    ranks = {
        at: rank for rank, at in enumerate(sorted(range(len(matches)), key=lambda m: matches[m][1]))
    }
    runs: list[list[int]] = []
    for at in range(len(matches)):
        if runs and ranks[runs[-1][-1]] + 1 == ranks[at]:
            runs[-1].append(at)
        else:
            runs.append([at])
    size = len(matches) + 1
    tree: list[tuple[int, int]] = [(0, -1)] * (size + 1)
    before = [-1] * len(runs)
    for number, members in enumerate(runs):
        best, place = (0, -1), ranks[members[0]]
        while place > 0:
            best = max(best, tree[place])
            place -= place & -place
        before[number] = best[1]
        weight = sum(_weight(matches[at]) for at in members)
        total, place = (best[0] + weight, number), ranks[members[-1]] + 1
        while place <= size:
            tree[place] = max(tree[place], total)
            place += place & -place
    best, place = (0, -1), size
    while place > 0:
        best = max(best, tree[place])
        place -= place & -place
    chosen: list[int] = []
    number = best[1]
    while number >= 0:
        chosen.append(number)
        number = before[number]
    return tuple(matches[at] for number in reversed(chosen) for at in runs[number])


def _weight(match: Match) -> int:
    return match[2]
