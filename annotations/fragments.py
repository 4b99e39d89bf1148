"""Marks of several stretches: a fragment put to them, one taken away. All in code points."""

from collections.abc import Sequence

from annotations.errors import BadInput
from annotations.spans import Span


def with_fragment(fragments: Sequence[Span], added: Span) -> tuple[Span, ...]:
    """Sorted, disjoint fragments with one more; those that it touches or overlaps become one."""
    apart = [part for part in fragments if part.end < added.start or added.end < part.start]
    joined = [part for part in fragments if part not in apart]
    start = min([added.start, *(part.start for part in joined)])
    end = max([added.end, *(part.end for part in joined)])
    return tuple(sorted([*apart, Span(start, end)]))


def without_fragment(fragments: Sequence[Span], place: Span) -> tuple[Span, ...]:
    """The fragments without those that share a character with ``place``.

    Raises ``BadInput`` when none does, or when none would be left.
    """
    left = tuple(part for part in fragments if not part.overlaps(place))
    if len(left) == len(fragments):
        raise BadInput("The mark has no part here; go to the part that is to go.")
    if not left:
        raise BadInput("A mark needs at least one part; delete the mark instead.")
    return left
