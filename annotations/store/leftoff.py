"""Where each person was last in each document: no act, so not in the log; the newest counts."""

from dataclasses import dataclass

from annotations.store.changes import now
from annotations.store.database import Database
from annotations.store.documents import KeptDocument
from annotations.store.people import Person


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a text, in code points: the first character in the window, and the last one
    that was worked at, if any."""

    top: int
    cursor: int | None = None


class Places:
    """Where people left off."""

    def __init__(self, database: Database):
        self._database = database

    def keep(self, person: Person, document: KeptDocument, place: Place) -> None:
        """Remember a place. One outside the text is moved to its nearest end."""
        length = len(document.value.text)
        with self._database.writing() as db:
            db.conn.execute(
                """insert into places (person_id, document_id, revision, top_at, cursor_at, at)
                values (?, ?, ?, ?, ?, ?)
                on conflict (person_id, document_id) do update set revision = excluded.revision,
                top_at = excluded.top_at, cursor_at = excluded.cursor_at, at = excluded.at""",
                (
                    person.key,
                    document.key,
                    document.value.revision,
                    min(max(0, place.top), length),
                    None if place.cursor is None else min(max(0, place.cursor), length),
                    now(),
                ),
            )

    def of(self, person: Person, document: KeptDocument) -> Place | None:
        """Where a person left off in a document, moved into its text if that grew shorter."""
        row = self._database.row(
            """select top_at, cursor_at from places
            where person_id = :person and document_id = :document""",
            {"person": person.key, "document": document.key},
        )
        if row is None:
            return None
        length = len(document.value.text)
        return Place(min(row[0], length), None if row[1] is None else min(row[1], length))

    def latest(self, person: Person, project: int) -> str | None:
        """The id of the document of a project in which a person was last."""
        row = self._database.row(
            """select d.uid from places p join documents d on d.id = p.document_id
            where p.person_id = :person and d.project_id = :project and d.deleted = 0
            order by p.at desc limit 1""",
            {"person": person.key, "project": project},
        )
        return row[0] if row else None
