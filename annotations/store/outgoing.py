"""Documents on their way out: read some at a time, each kind of row with one query.

Marks that say no more than most are kept as the columns that the query gave, for whoever writes
them as they are; the others are read whole.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter, lt
from typing import Any

import orjson

from annotations.document import Annotation, Relation
from annotations.plain import PlainMarks
from annotations.store.codebooks import Coding
from annotations.store.database import Database
from annotations.store.documents import Documents, KeptDocument
from annotations.store.kept_marks import KeptMarks, chosen

TOGETHER = 50
"""Documents that are read together. Of more, the first have left the processor's cache when they
are written."""
_CHARACTERS = 200_000
"""Characters that are, unless one document has more."""

# Of a mark that says more than most the revision is said to be 0, of one without moments it is
# negative: one look tells whether all marks of a layer are alike.
_NARROW = """select a.document_id, a.layer_id,
    case when a.fragments is null and a.entity_id is null and a.concept_id is null
        and a.attributes = '{}' and a.note = '' and a.unsure = 0 and a.origin = 'hand'
        and a.origin_source = '' and a.origin_score is null and a.origin_edited = 0
        and a.extra = '{}' and a.doubt is null
    then case (a.codebook_version is null) + (a.created is null) + (a.updated is null)
        when 3 then -a.revision when 0 then a.revision else 0 end
    else 0 end,
    a.uid, a.start_at, a.end_at, a.label_id, a.seq, a.id MOMENTS
from annotations a where a.document_id in (select value from json_each(:documents))
and a.deleted = 0"""
_MOMENTS = ", a.codebook_version, a.created, a.updated"
_LAYER, _START, _END, _KEY = 1, 4, 5, 8
_document, _layer, _said = itemgetter(0), itemgetter(_LAYER), itemgetter(2)

OnText = dict[tuple[int, int], dict[str, Sequence[Annotation]]]
"""The annotations of documents, by document and revision, then by the id of their layer."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some documents, by their numbers, and what lies on them."""

    documents: Mapping[int, KeptDocument]
    marks: OnText
    relations: Mapping[tuple[int, int], Mapping[str, Sequence[Relation]]]
    states: Mapping[int, Mapping[int, str]]
    """By document and layer."""

    older: Mapping[int, Sequence[int]]
    """The revisions of a document, but for its newest, that some of the marks lie on."""


class Together:
    """Reads documents of one project, some at a time.

    ``layers`` are ids of layers by their numbers. ``relations`` and ``states`` tell whether the
    project has any, and are not looked for otherwise.
    """

    def __init__(
        self,
        database: Database,
        documents: Documents,
        marks: KeptMarks,
        layers: Mapping[int, str],
        coding: Coding,
        relations: bool,
        states: bool,
    ):
        self._database, self._documents, self._marks = database, documents, marks
        self._layers, self._coding = layers, coding
        self._relations, self._states = relations, states
        self._moments = False
        """Whether there were marks that say moments: others are read without, which is faster."""

    def read(self, keys: Sequence[int]) -> Batch:
        """The documents with these numbers."""
        documents = self._documents.several(keys)
        marks, older = self._all_marks(documents)
        relations: Mapping[tuple[int, int], Mapping[str, Sequence[Relation]]] = {}
        if self._relations:
            relations = self._marks.relations_of_several(keys, list(self._layers), self._coding)
        states = self._all_states(keys) if self._states else {}
        return Batch(documents, marks, relations, states, older)

    def _rows(self, keys: Sequence[int]) -> list[tuple[Any, ...]]:
        """The marks by document and layer, mostly by place: as the index has them."""
        clause, values = chosen(list(self._layers))
        values["documents"] = orjson.dumps(list(keys)).decode()
        narrow = _NARROW.replace("MOMENTS", _MOMENTS if self._moments else "")
        rows = self._database.rows(
            f"{narrow} {clause.format('a')} order by a.document_id, a.layer_id", values
        )
        if not self._moments and max(map(_said, rows), default=0) > 0:
            self._moments = True
            return self._rows(keys)
        return rows

    def _all_marks(
        self, documents: Mapping[int, KeptDocument]
    ) -> tuple[OnText, dict[int, list[int]]]:
        found: OnText = {}
        whole: list[int] = []
        for key, group in groupby(self._rows(list(documents)), _document):
            kept, rows = documents[key], list(group)
            on_text: dict[str, Sequence[Annotation]] = {}
            several = rows[0][_LAYER] != rows[-1][_LAYER]
            for layer, mine in groupby(rows, _layer) if several else ((rows[0][_LAYER], rows),):
                uid = self._layers[layer]
                made = self._plain(kept, uid, list(mine))
                if made is None:
                    whole.append(key)
                    break
                on_text[uid] = made
            else:
                found[key, kept.value.revision] = on_text
        older: dict[int, list[int]] = {}
        if whole:
            read = self._marks.of_several(whole, list(self._layers), self._coding)
            for key, revision in sorted(read):
                if revision != documents[key].value.revision:
                    older.setdefault(key, []).append(revision)
            found |= read
        return found, older

    def _plain(
        self, document: KeptDocument, layer: str, rows: list[tuple[Any, ...]]
    ) -> PlainMarks | None:
        """The marks of a layer on the newest text, if none says more than most."""
        _, _, said, ids, starts, ends, labels, versions, keys, *moments = zip(*rows, strict=True)
        alike, revision = set(said), document.value.revision
        if alike != {revision} and alike != {-revision}:
            return None
        if not all(map(lt, starts, starts[1:])):
            rows.sort(key=lambda row: (row[_START], -row[_END], row[_KEY]))
            _, _, _, ids, starts, ends, labels, versions, keys, *moments = zip(*rows, strict=True)
        return PlainMarks(
            ids,
            starts,
            ends,
            tuple(map(self._coding.label_names.__getitem__, labels)),
            len(document.value.text),
            None if -revision in alike else (moments[0], moments[1], moments[2]),
            (layer, revision, versions, keys),
        )

    def _all_states(self, keys: Sequence[int]) -> dict[int, dict[int, str]]:
        found: dict[int, dict[int, str]] = {}
        rows = self._database.rows(
            """select document_id, layer_id, state from document_states
            where document_id in (select value from json_each(:documents)) and deleted = 0""",
            {"documents": orjson.dumps(list(keys)).decode()},
        )
        for document, layer, state in rows:
            found.setdefault(document, {})[layer] = state
        return found


def portions(database: Database, keys: Sequence[int]) -> Iterator[list[int]]:
    """The numbers of documents, as many at a time as are read together."""
    for first in range(0, len(keys), TOGETHER):
        some = keys[first : first + TOGETHER]
        sizes = dict(
            database.rows(
                "select id, characters from documents "
                "where id in (select value from json_each(:documents))",
                {"documents": orjson.dumps(list(some)).decode()},
            )
        )
        portion: list[int] = []
        size = 0
        for key in some:
            if portion and size + sizes.get(key, 0) > _CHARACTERS:
                yield portion
                portion, size = [], 0
            portion.append(key)
            size += sizes.get(key, 0)
        yield portion
