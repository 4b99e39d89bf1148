"""Places with more annotations than can be drawn: which of them are, and how many are not.

Of annotations that lie over one another so many are drawn as a reader can still tell apart; a link
leads to a list of all. So the size of a page and the time to draw it grow with the number of
annotations, and not with its square. Who is drawn follows from where annotations lie, so those that
are not need not even be read.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from annotations.document import Annotation, Block

MAX_DEPTH = 24
"""Annotations over one place that are drawn."""

MAX_REACHING = 12
"""Of these, such as began in a block before: they have their cards there."""


class Spans(NamedTuple):
    """Annotations that lie on the same span: its start and end in code points, and their number."""

    start: int
    end: int
    size: int


Place = tuple[int, int, int]
"""An annotation before it is read: its start, its end, and its number (from 0) among those there,
the oldest first."""


@dataclass(slots=True)
class Crowd:
    """The annotations that touch one block. Places in code points.

    ``drawn`` are sorted by place. ``starts`` are where those begin that begin here and are not
    drawn, ``ends`` where any that are not drawn end in the block, both sorted; ``reaching`` are not
    drawn and began in a block before.
    """

    drawn: list[Place] = field(default_factory=list)
    reaching: int = 0
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)

    def more(self, start: int, end: int) -> int:
        """How many lie over a piece without being drawn, if any of them begin there; else 0."""
        first, last = bisect_left(self.starts, start), bisect_left(self.starts, end)
        return self.reaching + last - bisect_right(self.ends, start) if last > first else 0


def spans_of(annotations: Iterable[Annotation]) -> list[Spans]:
    """The spans of annotations that are sorted by place."""
    return [Spans(*at, n) for at, n in Counter((a.start, a.end) for a in annotations).items()]


def is_crowded(spans: Sequence[Spans]) -> bool:
    """Whether so many lie over one place that not all may be drawn. ``spans`` are sorted."""
    ends = sorted([(end, count) for _, end, count in spans])
    depth = ended = 0
    for start, _, count in spans:
        depth += count
        while ends[ended][0] <= start:
            depth -= ends[ended][1]
            ended += 1
        if depth > MAX_REACHING:
            return True
    return False


def crowds(
    blocks: Sequence[Block],
    numbers: range,
    spans: Iterable[Spans],
    belongs: Callable[[int, int], range],
    *,
    max_depth: int = MAX_DEPTH,
    max_reaching: int = MAX_REACHING,
) -> Iterator[tuple[int, Crowd]]:
    """What is drawn in each of neighbouring blocks, given by their numbers.

    ``spans`` are sorted by place; ``belongs`` tells the numbers of the blocks that a span belongs
    to. Each span is looked at once where it begins and once where it ends.
    """
    begin: dict[int, list[tuple[Spans, int]]] = {}
    alive: dict[int, Spans] = {}
    ending: list[tuple[int, int]] = []  # last block and key in ``alive``, a heap
    first = last = low = high = -1
    for key, span in enumerate(spans):
        if not (low <= span.start and span.end <= high):
            found = belongs(span.start, span.end)
            first, last = found.start, found.stop - 1
            block = blocks[first]
            low, high = (block.start, block.end) if first == last else (-1, -1)
        if first < numbers.start <= last:
            alive[key] = span
            ending.append((last, key))
        elif first in numbers:
            begin.setdefault(first, []).append((span, last))
    heapify(ending)
    count_alive = sum(span.size for span in alive.values())
    fresh = -1
    for number in numbers:
        while ending and ending[0][0] < number:
            count_alive -= alive.pop(heappop(ending)[1]).size
        crowd = Crowd()
        depth: list[int] = []
        reach: dict[int, int] = {}
        for key, span in alive.items():
            if len(depth) == max_reaching:
                break
            reach[key] = min(span.size, max_reaching - len(depth))
            depth += [span.end] * reach[key]
            crowd.drawn += [(span.start, span.end, n) for n in range(reach[key])]
        crowd.reaching = count_alive - len(depth)
        while ending and ending[0][0] == number:
            key = heappop(ending)[1]
            span = alive.pop(key)
            count_alive -= span.size
            crowd.ends += [span.end] * (span.size - reach.get(key, 0))
        heapify(depth)
        for span, last in begin.get(number, ()):
            while depth and depth[0] <= span.start:
                heappop(depth)
            room = min(span.size, max_depth - len(depth))
            for n in range(room):
                heappush(depth, span.end)
                crowd.drawn.append((span.start, span.end, n))
            if room < span.size:
                # One that begins in the gap before the block begins in it as far as is seen.
                crowd.starts += [max(span.start, blocks[number].start)] * (span.size - room)
                if last == number:
                    crowd.ends += [span.end] * (span.size - room)
            if last > number:
                alive[fresh] = span
                count_alive += span.size
                heappush(ending, (last, fresh))
                fresh -= 1
        crowd.ends.sort()
        yield number, crowd


def drawn_at(found: Mapping[int, Crowd]) -> dict[tuple[int, int], int]:
    """How many of the annotations at each span are drawn in any block."""
    drawn: dict[tuple[int, int], int] = {}
    for crowd in found.values():
        for start, end, number in crowd.drawn:
            drawn[start, end] = max(drawn.get((start, end), 0), number + 1)
    return drawn


class Reader:
    """Gives the annotations that are drawn in a block."""

    def __init__(self, annotations: Iterable[Annotation]):
        self._at: dict[tuple[int, int], list[Annotation]] = {}
        for annotation in annotations:
            self._at.setdefault((annotation.start, annotation.end), []).append(annotation)

    def drawn(self, crowd: Crowd) -> list[Annotation]:
        """The annotations of a crowd's places, by place."""
        return [self._at[start, end][number] for start, end, number in crowd.drawn]
