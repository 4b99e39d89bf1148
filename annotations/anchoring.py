"""Finding the places of one text again in another: after a correction, or in a near-duplicate.

The two texts are aligned first (``alignment.py``). Most spans lie in what is shared, and move with
it. The others are placed by their borders, or looked for by their quote and the 32 code points
before and after it (the selectors of the Web Annotation Data Model, section 4.2.4), by way of the
words that both texts have. What stood elsewhere in the old text already is nobody else's place.

All offsets are code points. Time is about linear in the texts, and in the spans that an edit
touches.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from annotations.alignment import Alignment, aligned, aligned_by_words, likeness
from annotations.errors import BadInput
from annotations.spans import Span, trimmed
from annotations.token_alignment import WORD, Match, begun, ended, parts_word

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

LITTLE_FOREIGN = 0.2
"""How much of a place may have stood elsewhere before, where it is taken without asking."""

MOST_FOREIGN = 0.5
"""If more of a place stood elsewhere before, it is the place of what stood there."""

_CLOSE = 0.05
_MOST_PLACES = 50
_MOST_SEEDS = 12

How = Literal["sure", "doubtful", "lost"]
_ORDER: tuple[How, ...] = ("sure", "doubtful", "lost")

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


# --- places


class Anchoring:
    """Two texts that were aligned, and the places of one in the other. Neither is empty."""

    def __init__(self, old: str, new: str):
        self.alignment = aligned(old, new)
        self._old, self._new = old, new
        self._once: dict[str, bool] = {}

    def places(self, spans: Iterable[Span]) -> list[Anchored]:
        """The place of each span, which must fit the old text."""
        return [self.place(span) for span in spans]

    def place(self, span: Span) -> Anchored:
        """The place of one span."""
        held = self.alignment.shared(span)
        if held is not None:
            kept = self._kept(span, held)
            if kept is not None:
                return kept
        else:
            held = self.alignment.moved(span)
            if held is not None:
                return self._moved(span, held)
        part = self.alignment.part(span)
        best = self._by_borders(span, part or self.alignment)
        if best.how == "sure" and part is not None:
            best = replace(best, how="doubtful")  # what moved as well as changed is not known again
        if best.how == "sure":
            return best
        found = self._by_words(span)
        if found is not None and found.score > best.score:
            return found
        return best

    def _kept(self, span: Span, held: Match) -> Anchored | None:
        """A span that stands as it stood; ``None`` when a word of it now goes on beyond it."""
        i, j, n = held
        place = Span(span.start + j - i, span.end + j - i)
        if self._whole_words(span, place) != place:
            return None
        left = span.start - i >= CONTEXT or (not i and not j)
        ends = i + n == len(self._old) and j + n == len(self._new)
        if self.alignment.is_ambiguous(span):
            return Anchored(place, "doubtful", self._score(span, place))
        if left and (i + n - span.end >= CONTEXT or ends):
            return Anchored(place, "sure", 1.0)
        score = self._score(span, place)
        sure = score >= SURE or (n >= CONTEXT // 2 and self._is_once(Span(i, i + n)))
        return Anchored(place, "sure" if sure else "doubtful", score)

    def _moved(self, span: Span, held: Match) -> Anchored:
        """A span whose words moved; surely, where what moved with it stands once in each text."""
        i, j, n = held
        place = self._whole_words(span, Span(span.start + j - i, span.end + j - i))
        sure = len(place) == len(span) and self._is_once(Span(i, i + n))
        return Anchored(place, "sure" if sure else "doubtful", self._score(span, place))

    def _is_once(self, span: Span) -> bool:
        """Whether a stretch of the old text stands once in it, and once in the new one."""
        quote = span.of(self._old)
        if quote not in self._once:
            self._once[quote] = self._old.count(quote) == 1 and self._new.count(quote) == 1
        return self._once[quote]

    def _foreign(self, span: Span, place: Span) -> float:
        """How much of a place in the new text stood elsewhere than the span in the old: 0 to 1."""
        foreign = 0
        for here, there in self.alignment.sources(place):
            own = max(0, min(there.end, span.end) - max(there.start, span.start))
            if own < len(here):
                quote = here.of(self._new)
                foreign += len(quote) - quote.count(" ") - own
        return max(0, foreign) / max(1, len(place))

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
        if not parts_word(self._old, span.start) and parts_word(self._new, start):
            start -= begun(self._new, max(0, start - 64), start)
        if not parts_word(self._old, span.end) and parts_word(self._new, end):
            end += ended(self._new, end, min(len(self._new), end + 64))
        return Span(start, end)

    def _by_borders(self, span: Span, by: Alignment) -> Anchored:
        """The place between the borders that an alignment gives."""
        start, end = by.start(span.start), by.end(span.end)
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
        foreign = self._foreign(span, place)
        if foreign > MOST_FOREIGN:
            return Anchored(_nearest(self._new, place.start), "lost", 0.0)
        if score >= SURE and alike >= SURE_QUOTE and foreign <= LITTLE_FOREIGN:
            return Anchored(place, "sure", score)
        return Anchored(place, "doubtful" if score >= DOUBTFUL and alike else "lost", score)

    @cached_property
    def _words(self) -> dict[str, list[int]]:
        """Where each word of the new text stands."""
        found: dict[str, list[int]] = {}
        for match in WORD.finditer(self._new):
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
        sure = score >= SURE_ELSEWHERE and alone and span.of(self._old) == place.of(self._new)
        sure = sure and self._is_once(span) and self._foreign(span, place) <= LITTLE_FOREIGN
        return Anchored(place, "sure" if sure else "doubtful", score)

    def _pointed_at(self, span: Span) -> set[Span]:
        """Places that have words of the span, or of what is around it, at the right distance."""
        since = max(0, span.start - CONTEXT)
        words = [
            (match[0], match.start() - span.start)
            for match in WORD.finditer(self._old, since, min(len(self._old), span.end + CONTEXT))
            if match[0] in self._words
        ]
        words.sort(key=lambda word: len(self._words[word[0]]))
        expected = self.alignment.start(span.start)
        votes: Counter[int] = Counter()
        for word, offset in words[:_MOST_SEEDS]:
            for place in _near(self._words[word], expected, _MOST_PLACES):
                votes[place - offset] += len(word)
        likely = [start for start, _ in votes.most_common(8) if not self._is_taken(span, start)]
        places = [self._settled(span, start) for start in likely]
        return {p for p in places if p and self._foreign(span, p) <= MOST_FOREIGN}

    def _is_taken(self, span: Span, start: int) -> bool:
        """Whether all that stands at a place stood elsewhere already."""
        place = Span(max(0, start), min(start + len(span), len(self._new)))
        if place.start >= place.end:
            return False
        near = Span(span.start - CONTEXT - len(span), span.end + CONTEXT + len(span))
        return self._foreign(near, place) > MOST_FOREIGN

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
            part = aligned_by_words(around.of(self._old), there.of(self._new))
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
