"""Places with more annotations than can be drawn: which of them are, and how many are not.

Of annotations that lie over one another so many are drawn as a reader can still tell apart; a link
leads to a list of all. So the size of a page and the time to draw it grow with the number of
annotations, and not with its square.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from itertools import islice

from annotations.document import Annotation, Block

MAX_DEPTH = 24
"""Annotations over one place that are drawn."""

MAX_REACHING = 12
"""Of these, such as began in a block before: they have their cards there."""


@dataclass(slots=True)
class Crowd:
    """The annotations that touch one block. Places in code points.

    ``drawn`` are sorted by place. ``starts`` are where those begin that begin here and are not
    drawn, ``ends`` where any that are not drawn end in the block, both sorted; ``reaching`` are not
    drawn and began in a block before.
    """

    drawn: list[Annotation] = field(default_factory=list)
    reaching: int = 0
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)

    def more(self, start: int, end: int) -> int:
        """How many lie over a piece without being drawn, if any of them begin there; else 0."""
        first, last = bisect_left(self.starts, start), bisect_left(self.starts, end)
        return self.reaching + last - bisect_right(self.ends, start) if last > first else 0


def is_crowded(annotations: Sequence[Annotation]) -> bool:
    """Whether so many of these, sorted by place, lie over one place that not all may be drawn."""
    if len(annotations) <= MAX_REACHING:
        return False
    ends = sorted([annotation.end for annotation in annotations])
    ended = 0
    for number, annotation in enumerate(annotations):
        while ends[ended] <= annotation.start:
            ended += 1
        if number - ended >= MAX_REACHING:
            return True
    return False


def crowds(
    blocks: Sequence[Block],
    numbers: range,
    touching: Iterable[tuple[range, Annotation]],
) -> Iterator[tuple[int, Crowd]]:
    """What is drawn in each of neighbouring blocks, given by their numbers.

    ``touching`` are the annotations sorted by place, each with the numbers of the blocks to which
    it belongs. Every annotation is looked at once where it begins and once where it ends.
    """
    begin: dict[int, list[tuple[range, Annotation]]] = {}
    order = 0
    alive: dict[int, Annotation] = {}
    last: list[tuple[int, int]] = []  # the last block of those that are alive, and their numbers
    for belongs, annotation in touching:
        if belongs.start < numbers.start < belongs.stop:
            order += 1
            alive[order] = annotation
            last.append((belongs.stop - 1, order))
        elif belongs.start in numbers:
            begin.setdefault(belongs.start, []).append((belongs, annotation))
    heapify(last)
    for number in numbers:
        while last and last[0][0] < number:
            del alive[heappop(last)[1]]
        reach = dict(islice(alive.items(), MAX_REACHING))
        crowd = Crowd(list(reach.values()), len(alive) - len(reach))
        while last and last[0][0] == number:
            gone = heappop(last)[1]
            if gone not in reach:
                crowd.ends.append(alive[gone].end)
            del alive[gone]
        depth = [annotation.end for annotation in crowd.drawn]
        heapify(depth)
        for belongs, annotation in begin.get(number, ()):
            while depth and depth[0] <= annotation.start:
                heappop(depth)
            if len(depth) < MAX_DEPTH:
                heappush(depth, annotation.end)
                crowd.drawn.append(annotation)
            else:
                crowd.starts.append(annotation.start)
                if belongs.stop == number + 1:
                    crowd.ends.append(annotation.end)
            if belongs.stop > number + 1:
                order += 1
                alive[order] = annotation
                heappush(last, (belongs.stop - 1, order))
        crowd.ends.sort()
        yield number, crowd
