"""The index of what marks say: quotes, notes, the names they point at, attributes.

It is derived, and brought up to date when it is asked: the log tells which marks were touched
since, so a save writes nothing for it and no table needs a further index.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from annotations.search_words import search_form
from annotations.store.database import Database

A_CHUNK = 20_000
PARTED = "\n\x1e\n"
"""Between the parts of what a mark says: what no word and no space is."""

MOST_TAKEN_IN = 60_000
"""Marks that one search takes into the index at most; the next ones take in the rest."""


class MarkIndex:
    """Which marks hold which words, of all projects."""

    def __init__(self, database: Database):
        self._database = database

    def refresh(self, most: int = MOST_TAKEN_IN) -> int:
        """Take marks that were touched since into the index; gives how many are still to come."""
        newest = self._database.row("select coalesce(max(seq), 0) from changes")[0]
        known = self._database.row("select seq from searched_marks")[0]
        if newest > known:
            with self._database.writing() as db:
                for statement in _TOUCHED:
                    db.conn.execute(statement, {"known": known})
                db.conn.execute("update searched_marks set seq = :newest", {"newest": newest})
        taken = 0
        while taken < most:
            if self._database.row("select 1 from pending_marks limit 1") is None:
                return 0
            with self._database.writing() as db:
                taken += _take_in(db.conn, min(A_CHUNK, most - taken))
        return int(self._database.row("select count(*) from pending_marks")[0])


def forget_marks(conn: Any, document: int) -> None:
    """Inside a write transaction: take all marks of a document out of the index."""
    mine = "(select id from annotations where document_id = ?)"
    conn.execute(f"delete from mark_search where rowid in {mine}", (document,))  # noqa: S608
    conn.execute(f"delete from pending_marks where annotation_id in {mine}", (document,))  # noqa: S608


@dataclass(frozen=True, slots=True)
class _Row:
    """What the index takes of a mark."""

    key: int
    document: int
    revision: int
    start: int
    end: int
    fragments: str | None
    note: str
    attributes: str
    names: str

    def quote(self, text: str) -> str:
        spans = orjson.loads(self.fragments) if self.fragments else [[self.start, self.end]]
        return " … ".join(text[start:end] for start, end in spans)


def _take_in(conn: Any, most: int) -> int:
    """Inside a write transaction: some of the pending marks, into the index or out of it."""
    keys = orjson.dumps(
        [
            key
            for (key,) in conn.execute(
                "select annotation_id from pending_marks order by annotation_id limit ?", (most,)
            )
        ]
    ).decode()
    conn.execute("delete from mark_search where rowid in (select value from json_each(?))", (keys,))
    rows = [_Row(*row) for row in conn.execute(_TO_INDEX, (keys,))]
    conn.executemany(
        """insert into mark_search (rowid, quote, note, names, attributes, plain)
        values (?, ?, ?, ?, ?, ?)""",
        _indexed(conn, rows),
    )
    taken = conn.execute(
        "delete from pending_marks where annotation_id in (select value from json_each(?))",
        (keys,),
    )
    return int(taken.rowcount)


def _indexed(conn: Any, rows: Iterable[_Row]) -> Iterable[tuple[int, str, str, str, str, str]]:
    text, of = "", (0, 0)
    for row in rows:
        if (row.document, row.revision) != of:
            of = (row.document, row.revision)
            text = conn.execute(
                "select text from texts where document_id = ? and revision = ?", of
            ).fetchone()[0]
        parts = row.quote(text), row.note, row.names, _said(row.attributes)
        quote, note, names, attributes = map(search_form, parts)
        yield row.key, quote, note, names, attributes, PARTED.join(parts)


def _said(attributes: str) -> str:
    """The attributes' values as words."""
    if attributes == "{}":
        return ""
    told = {True: "yes", False: "no"}
    values = orjson.loads(attributes).values()
    return " · ".join(told[v] if isinstance(v, bool) else str(v) for v in values)


_TOUCHED = (
    """insert or ignore into pending_marks
    select id from annotations where created_seq > :known
    union select object_id from change_items where seq > :known and kind = 'annotations'""",
    """insert or ignore into pending_marks select a.id from annotations a
    where a.entity_id in (
        select e.id from change_items i join entities e
        on e.id = i.object_id or e.merged_into = i.object_id
        where i.seq > :known and i.kind = 'entities')""",
    """insert or ignore into pending_marks select a.id from annotations a
    where a.concept_id in (
        select c.id from change_items i join concepts c
        on c.id = i.object_id or c.merged_into = i.object_id
        where i.seq > :known and i.kind = 'concepts')""",
)

_TO_INDEX = """select a.id, a.document_id, a.revision, a.start_at, a.end_at, a.fragments, a.note,
    a.attributes,
    trim(coalesce(e.name || ' ' || e.aliases, '')
        || ' ' || coalesce(em.name || ' ' || em.aliases, '')
        || ' ' || coalesce(c.name || ' ' || c.aliases, '')
        || ' ' || coalesce(cm.name || ' ' || cm.aliases, ''))
from annotations a join layers l on l.id = a.layer_id
left join entities e on e.id = a.entity_id left join entities em on em.id = e.merged_into
left join concepts c on c.id = a.concept_id left join concepts cm on cm.id = c.merged_into
where a.id in (select value from json_each(?)) and a.deleted = 0
    and l.kind <> 'suggestion'
order by a.document_id, a.revision, a.id"""
