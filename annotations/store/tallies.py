"""How many marks of each label a document has, without counting tens of thousands each time.

A count of many is kept with the version that it is of. From then on it follows the log: what each
mark that was changed since was before, and what it is now.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock

import orjson

from annotations.store.changes import Log
from annotations.store.database import Database

MANY = 2_000
"""Marks from which a count is kept: fewer are counted as fast as the log tells what has changed."""
MOST_CHANGES = 20
"""Changes since a count was made, beyond which all are counted anew."""
_KEPT = 64

# Each mark that these changes touched, once: as it was before the first of them, if it was there,
# and as it is.
_TOUCHED = """with
changed (id, first) as (
    select object_id, min(seq) from change_items
    where kind = 'annotations' and seq in (select value from json_each(:changes))
    group by object_id),
touched (id) as (
    select id from changed
    union select id from annotations
    where created_seq in (select value from json_each(:changes)))
select a.created_seq > :version,
    json_extract(i.before, '$.document_id'), json_extract(i.before, '$.revision'),
    json_extract(i.before, '$.deleted'), json_extract(i.before, '$.layer_id'),
    json_extract(i.before, '$.label_id'),
    a.document_id, a.revision, a.deleted, a.layer_id, a.label_id
from touched t join annotations a on a.id = t.id
left join changed c on c.id = t.id
left join change_items i on i.kind = 'annotations' and i.object_id = t.id and i.seq = c.first"""


@dataclass(frozen=True, slots=True)
class Marked:
    """Whose marks are counted: those on one text of a document, in some layers or (None) in all."""

    project: int
    document: int
    revision: int
    layers: tuple[int, ...] | None

    def has(self, document: int, revision: int, deleted: int, layer: int) -> bool:
        """Whether a mark that stands like this is one of them."""
        here = (document, revision, deleted) == (self.document, self.revision, 0)
        return here and (self.layers is None or layer in self.layers)


@dataclass(frozen=True, slots=True)
class _Tally:
    """Counts by the label's key, as of a version of the document and one of its project."""

    version: int
    of_project: int
    counts: Mapping[int, int]


class Tallies:
    """The counts of the documents with many marks that were asked for last."""

    def __init__(self, database: Database):
        self._database, self._log = database, Log(database)
        self._known: OrderedDict[Marked, _Tally] = OrderedDict()
        self._guard = Lock()

    def of(self, marked: Marked, count: Callable[[], Mapping[int, int]]) -> Mapping[int, int]:
        """How many living marks each label has, by the label's key. ``count`` counts them all."""
        # What is being written may yet be taken back.
        if self._database.is_writing:
            return count()
        with self._guard:
            known = self._known.get(marked)
        if known is None:
            counts = count()
            if sum(counts.values()) < MANY:
                return counts
        with self._database.reading():
            version = self._log.version(marked.document)
            of_project = self._log.version_of_project(marked.project)
            found = known and self._followed(known, marked, version, of_project)
            found = found or _Tally(version, of_project, count())
        self._keep(marked, found)
        return found.counts

    def _keep(self, marked: Marked, tally: _Tally) -> None:
        with self._guard:
            self._known[marked] = tally
            self._known.move_to_end(marked)
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)

    def _followed(
        self, known: _Tally, marked: Marked, version: int, of_project: int
    ) -> _Tally | None:
        """What was counted, brought up to a version by what the log says; ``None``: count anew."""
        if (known.version, known.of_project) == (version, of_project):
            return known
        changes = self._log.since(marked.document, known.version, MOST_CHANGES + 1)
        # A change of several documents, an import, a correction of what labels mean: rarer.
        if of_project != known.of_project or version not in changes or len(changes) > MOST_CHANGES:
            return None
        counts = dict(known.counts)
        asked = {"changes": orjson.dumps(changes).decode(), "version": known.version}
        for made, *states in self._database.rows(_TOUCHED, asked):
            before, now = states[:5], states[5:]
            if not made and before[4] is None:
                return None  # what it was has been erased
            if not made and marked.has(*before[:4]):
                counts[before[4]] = counts.get(before[4], 0) - 1
            if marked.has(*now[:4]):
                counts[now[4]] = counts.get(now[4], 0) + 1
        return _Tally(version, known.of_project, counts)
