"""Search over titles and texts, with SQLite's FTS5.

The index is derived: it is brought up to date before it is asked, so that neither an import nor a
save waits for it. It keeps no copy of the texts. What goes in are the words as ``search_words``
compares them, parted by spaces; the tokenizer only cuts there, so that what is a word is decided in
one place and not by the tables of SQLite.
"""

import re
from collections.abc import Sequence
from typing import Any

from annotations.search_words import search_form
from annotations.store.database import Database
from annotations.store.people import Project

_WORD = re.compile(r"[^\s\"]+")


def as_match(query: str) -> str:
    """What a person typed, as an FTS5 expression: every word must occur, the last may go on.

    Quotation marks keep words together. Nothing a person types is an operator.
    """
    parts = []
    for number, piece in enumerate(query.split('"')):
        if number % 2:
            parts.append(_quoted(piece))
        else:
            parts.extend(_quoted(word) for word in _WORD.findall(piece))
    found = [part for part in parts if part]
    if found and not query.rstrip().endswith('"'):
        found[-1] += "*"
    return " ".join(found)


def _quoted(words: str) -> str:
    """Words beside each other, in the form under which the index keeps them."""
    form = " ".join(search_form(words).split())
    return f'"{form}"' if form else ""


class Search:
    """Which documents hold which words."""

    def __init__(self, database: Database):
        self._database = database

    def documents(self, project: Project, query: str) -> list[int]:
        """The numbers of all living documents that hold all the words, best first."""
        match = as_match(query)
        if not match:
            return []
        self.refresh()
        rows = self._database.rows(
            """select d.id from search s join documents d on d.id = s.rowid
            where search match :match and d.project_id = :project and d.deleted = 0
            order by bm25(search, 5.0, 1.0)""",
            {"match": match, "project": project.key},
        )
        return [key for (key,) in rows]

    def beginning(self, project: Project, prefixes: Sequence[str]) -> list[int]:
        """The numbers of the living documents with words that begin so; all of them for none."""
        terms = [f"{form}*" for prefix in prefixes if (form := _quoted(prefix))]
        if not terms:
            rows = self._database.rows(
                "select id from documents where project_id = :project and deleted = 0 order by id",
                {"project": project.key},
            )
        else:
            self.refresh()
            rows = self._database.rows(
                """select d.id from search s join documents d on d.id = s.rowid
                where search match :match and d.project_id = :project and d.deleted = 0
                order by d.id""",
                {"match": "text : (" + " ".join(terms) + ")", "project": project.key},
            )
        return [key for (key,) in rows]

    def refresh(self) -> int:
        """Bring the index up to date; gives how many documents it took in."""
        outdated = """select d.id from documents d
            left join searched_documents s on s.document_id = d.id
            where s.document_id is null or s.revision <> d.revision or s.title <> d.title"""
        if self._database.row(f"{outdated} limit 1") is None:
            return 0
        taken = 0
        with self._database.writing() as db:
            for (key,) in db.conn.execute(outdated).fetchall():
                forget(db.conn, key)
                title, text = db.conn.execute(
                    """select d.title, t.text from documents d join texts t
                    on t.document_id = d.id and t.revision = d.revision where d.id = ?""",
                    (key,),
                ).fetchone()
                db.conn.execute(
                    "insert into search (rowid, title, text) values (?, ?, ?)",
                    (key, search_form(title), search_form(text)),
                )
                db.conn.execute(
                    """insert into searched_documents (document_id, revision, title)
                    select id, revision, title from documents where id = ?""",
                    (key,),
                )
                taken += 1
        return taken


def forget(conn: Any, document: int) -> None:
    """Inside a write transaction: take out a document, with the words it went in with."""
    known = conn.execute(
        """select s.title, t.text from searched_documents s
        join texts t on t.document_id = s.document_id and t.revision = s.revision
        where s.document_id = ?""",
        (document,),
    ).fetchone()
    if known is not None:
        conn.execute(
            "insert into search (search, rowid, title, text) values ('delete', ?, ?, ?)",
            (document, *map(search_form, known)),
        )
    conn.execute("delete from searched_documents where document_id = ?", (document,))
