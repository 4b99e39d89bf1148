"""Which places a person's marks have taken, so that nothing is offered there once more."""

from bisect import bisect_left
from collections.abc import Iterable
from typing import Any

from annotations.store.database import Database


def settled(database: Database, values: dict[str, Any]) -> list[tuple[int, int, int]]:
    """The marks that settle a place for a person: their own, and those of keys."""
    found: list[tuple[int, int, int]] = database.rows(
        """select a.start_at, a.end_at, a.label_id from annotations a
        where a.document_id = :document and a.deleted = 0 and a.layer_id in (
            select id from layers where project_id = :project and deleted = 0
            and (kind in ('key', 'adjudicated')
                or (kind = 'work' and person_id = :person and exercise is null)))""",
        values,
    )
    return found


class Taken:
    """Which places are taken under each label, so that nothing else may overlap them there.

    What was there from the beginning may overlap itself; its union is kept, sorted and disjoint.
    """

    def __init__(self, rows: Iterable[tuple[int, int, int]]):
        self._spans: dict[int, tuple[list[int], list[int]]] = {}
        for start, end, label in sorted(rows):
            starts, ends = self._spans.setdefault(label, ([], []))
            if ends and start <= ends[-1]:
                ends[-1] = max(ends[-1], end)
            else:
                starts.append(start)
                ends.append(end)

    def take(self, start: int, end: int, label: int) -> bool:
        """Take a place, unless something there is taken already."""
        starts, ends = self._spans.setdefault(label, ([], []))
        at = bisect_left(starts, end)
        if at and ends[at - 1] > start:
            return False
        starts.insert(at, start)
        ends.insert(at, end)
        return True
