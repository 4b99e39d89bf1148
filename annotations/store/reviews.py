"""Marks made under an earlier codebook that the present one asks to be looked at again.

A mark names the version it was made under; looking at it again (or giving it another label or other
attributes) moves it to the present one, by an act like any other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from annotations.document import Annotation
from annotations.errors import BadInput, NotFound
from annotations.review import Concern, concerns
from annotations.store.batches import touch
from annotations.store.changes import Act, Change, Log, Outcome
from annotations.store.codebooks import Codebooks
from annotations.store.database import Database
from annotations.store.documents import Documents, KeptDocument
from annotations.store.marks import Marks
from annotations.store.people import Layers, Person, Project, open_for_change
from annotations.store.values import dumps


@dataclass(frozen=True, slots=True)
class Review:
    """A mark to look at again: where it stands, the version it was made under, and why."""

    mark: Annotation
    document: KeptDocument
    version: int
    concerns: tuple[Concern, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many marks of a label wait to be looked at again; ``label`` is its id, ``name`` now."""

    label: str
    name: str
    count: int


class Reviews:
    """What waits to be looked at again, for each person in their own layer."""

    def __init__(
        self,
        database: Database,
        log: Log,
        codebooks: Codebooks,
        documents: Documents,
        layers: Layers,
        marks: Marks,
    ):
        self._database, self._log, self._codebooks = database, log, codebooks
        self._documents, self._layers, self._marks = documents, layers, marks

    def count(self, project: Project, person: Person) -> int:
        """How many marks of this person wait to be looked at again."""
        return sum(waiting.count for waiting in self.waiting(project, person))

    def waiting(self, project: Project, person: Person) -> list[Waiting]:
        """The labels whose marks wait, in the order of the codebook."""
        where, values = self._where(project, person)
        if not where:
            return []
        rows = self._database.rows(
            f"""select u.uid, count(*) from annotations a join labels u on u.id = a.label_id
            join documents d on d.id = a.document_id where {where} group by u.uid""",  # noqa: S608
            values,
        )
        counts = dict(rows)
        labels = self._codebooks.of(project.key).labels
        return [Waiting(x.id, x.name, counts[x.id]) for x in labels if x.id in counts]

    def page(
        self, project: Project, person: Person, label: str = "", limit: int = 50
    ) -> list[Review]:
        """The first marks that wait, by document and place; ``label`` (an id) keeps one label's."""
        where, values = self._where(project, person, label)
        if not where:
            return []
        rows = self._database.rows(
            f"""select a.uid, a.document_id, a.codebook_version, u.uid
            from annotations a join labels u on u.id = a.label_id
            join documents d on d.id = a.document_id where {where}
            order by a.document_id, a.start_at, a.id limit :limit""",  # noqa: S608
            {**values, "limit": limit},
        )
        marks = {m.id: m for m in self._marks.several(project, [row[0] for row in rows])}
        kept = {key: self._documents.by_key(key) for key in {row[1] for row in rows}}
        return [
            Review(marks[uid], kept[key], version, self._of(project, version, of, marks[uid]))
            for uid, key, version, of in rows
        ]

    def confirm(
        self, act: Act, project: Project, person: Person, marks: Sequence[str] = (), label: str = ""
    ) -> Outcome:
        """Say that these marks, or all of a label (an id), are right under the present codebook.

        Raises ``NotFound`` for a mark that does not wait, ``BadInput`` when none does, ``Frozen``.
        """

        def work(change: Change) -> dict[str, Any]:
            where, values = self._where(project, person, label)
            chosen = "" if label else "and a.uid in (select value from json_each(:uids))"
            rows = self._database.rows(
                f"""select a.id, a.uid, a.document_id, a.layer_id from annotations a
                join documents d on d.id = a.document_id where {where or "0"} {chosen}""",  # noqa: S608
                {**values, "uids": dumps(list(marks), "marks")},
            )
            for uid in set(marks) - {row[1] for row in rows}:
                raise NotFound("mark to review", uid)
            if not rows:
                raise BadInput("No mark of that label waits to be looked at again.")
            open_for_change(self._layers.by_key(rows[0][3]))
            version = self._codebooks.newest_version(project.key)
            for key, *_ in rows:
                change.update("annotations", key, {"codebook_version": version})
            if act.document is None:
                touch(change, sorted({row[2] for row in rows}))
            return {"confirmed": len(rows)}

        return self._log.perform(act, work)

    def _of(
        self, project: Project, version: int, label: str, mark: Annotation
    ) -> tuple[Concern, ...]:
        """The concerns that are about one mark."""
        found = concerns(self._codebooks.of(project.key, version), self._codebooks.of(project.key))
        return tuple(c for c in found if c.label == label and _is_about(c, mark))

    def _where(
        self, project: Project, person: Person, label: str = ""
    ) -> tuple[str, dict[str, Any]]:
        """Which marks wait, as a condition on annotations ``a`` in documents ``d``.

        Empty: none can.
        """
        coding = self._codebooks.coding(project.key)
        newest = coding.codebook.version
        layer = self._layers.work_of(project, person)
        if newest < 2 or layer is None:
            return "", {}
        keys = {entry.id: coding.label_keys[entry.name] for entry in coding.codebook.labels}
        values: dict[str, Any] = {"project": project.key, "layer": layer.key}
        parts: list[str] = []
        for version in range(1, newest):
            for concern in concerns(self._codebooks.of(project.key, version), coding.codebook):
                if label in ("", concern.label):
                    about = _condition(concern, values)
                    parts.append(
                        f"a.codebook_version = {version} and a.label_id = {keys[concern.label]}"
                        f" and {about}"
                    )
        if not parts:
            return "", {}
        any_part = " or ".join(f"({part})" for part in dict.fromkeys(parts))
        return (
            "a.project_id = :project and d.deleted = 0 and a.document_id = d.id "
            f"and a.deleted = 0 and a.layer_id = :layer and ({any_part})",
            values,
        )


def _condition(concern: Concern, values: dict[str, Any]) -> str:
    """Which marks of its label a concern is about; what it names goes into ``values``."""
    if concern.is_of_all:
        return "1"
    number = len(values)
    values[f"path{number}"] = f'$."{concern.attribute}"'
    said = f"json_extract(a.attributes, :path{number})"
    if concern.kind == "required":
        return f"coalesce({said}, '') = ''"
    if concern.kind == "choices":
        values[f"choices{number}"] = dumps(list(concern.choices), "choices")
        return f"{said} in (select value from json_each(:choices{number}))"  # noqa: S608
    return f"{said} is not null"


def _is_about(concern: Concern, mark: Annotation) -> bool:
    """The same as ``_condition``, of one mark."""
    if concern.is_of_all:
        return True
    said = mark.attributes.get(concern.attribute)
    if concern.kind == "required":
        return said in (None, "")
    return said in concern.choices if concern.kind == "choices" else said is not None
