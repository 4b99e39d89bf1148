"""What a person did last in a project, wherever: for pages that show marks of many documents."""

from dataclasses import dataclass, replace

from annotations.errors import Conflict
from annotations.store.changes import _UNDONE, Act, Log, Outcome
from annotations.store.database import Database


@dataclass(frozen=True, slots=True)
class Latest:
    """A change that can be taken back, or an undo that can be (``kind`` is what was done first).

    ``document`` is the number of the one document that it was made in, with its ``title``; a change
    over several has none.
    """

    seq: int
    kind: str
    document: int | None
    title: str


class NotTheLatest(Conflict):
    """Something else was done since the page was drawn that offered to take a change back."""

    def __init__(self) -> None:
        super().__init__(
            "Something else was done since this page was drawn, so nothing was taken back. "
            "Look at the page as it is now, and try again."
        )


class Lately:
    """Undo and redo of whatever a person did last in a project."""

    def __init__(self, database: Database, log: Log):
        self._database, self._log = database, log

    def undoable(self, project: int, person: int) -> Latest | None:
        """The person's newest change in the project that is not undone."""
        return self._latest(
            f"""select c.seq, c.kind, c.document_id, coalesce(d.title, '')
            from changes c left join documents d on d.id = c.document_id
            where c.project_id = :project and c.person_id = :person
            and c.kind not in ('undo', 'redo', 'redact', 'import') and not {_UNDONE}
            order by c.seq desc limit 1""",  # noqa: S608
            project,
            person,
        )

    def redoable(self, project: int, person: int) -> Latest | None:
        """The person's newest undo in the project, if nothing new was done there since."""
        found = self._latest(
            f"""select c.seq, (select kind from changes f where f.seq = c.undoes), c.document_id,
            coalesce(d.title, '')
            from changes c left join documents d on d.id = c.document_id
            where c.project_id = :project and c.person_id = :person and c.kind = 'undo'
            and not {_UNDONE} order by c.seq desc limit 1""",  # noqa: S608
            project,
            person,
        )
        if found is None:
            return None
        act = Act(op="", person=person, kind="look", project=project, document=found.document)
        return found if self._log.next_redo(act) == found.seq else None

    def _latest(self, sql: str, project: int, person: int) -> Latest | None:
        row = self._database.row(sql, {"project": project, "person": person})
        return None if row is None else Latest(*row)

    def undo(self, act: Act, seq: int | None) -> Outcome:
        """Take back the change of that number, which must be the newest.

        Raises ``NotTheLatest``, and what ``Log.undo`` raises.
        """
        return self._log.undo(self._where(act, self.undoable(act.project or 0, act.person), seq))

    def redo(self, act: Act, seq: int | None) -> Outcome:
        """Bring back what the undo of that number took, which must be the newest.

        Raises ``NotTheLatest``, and what ``Log.redo`` raises.
        """
        return self._log.redo(self._where(act, self.redoable(act.project or 0, act.person), seq))

    def _where(self, act: Act, latest: Latest | None, seq: int | None) -> Act:
        known = self._database.row(
            "select document_id from changes where op_id = :op", {"op": act.op}
        )
        if known is not None:  # sent before: the log answers with what it came to
            return replace(act, document=known[0])
        if latest is None or latest.seq != seq:
            raise NotTheLatest
        return replace(act, document=latest.document)
