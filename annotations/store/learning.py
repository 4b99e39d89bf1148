"""What suggestions learn from a project, and the offers that come of it.

All of this takes longer than a page may: it is meant for a process of its own, beside the server.
It reads like anybody, and writes a document's offers in one short transaction each.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import orjson
from filelock import FileLock, Timeout

from annotations.document import Document
from annotations.errors import BadInput, Conflict
from annotations.store.changes import now
from annotations.store.codebooks import Codebooks
from annotations.store.database import Database
from annotations.store.documents import Documents
from annotations.store.lessons import Lessons, paragraphs
from annotations.store.people import Project
from annotations.store.suggestions import Suggestions
from annotations.suggest import Proposal, rules
from annotations.suggest.memory import Memory
from annotations.suggest.model import (
    Example,
    Held,
    Model,
    Score,
    crfsuite,
    cross_validated,
    limited,
    train,
)

FEWEST = 30
"""Marks that a model needs."""
_MORE = 1.2
"""How many times as many marks there must be for a model to be trained anew by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a model was trained on, and how well it did on what was held out.

    ``marks`` counts the spans of each label that it learnt from; ``at`` is when it was done (ISO
    8601, UTC), ``seconds`` how long it took; ``people`` the marks that there were.
    """

    name: str = ""
    number: int = 0
    at: str = ""
    seconds: float = 0.0
    documents: int = 0
    paragraphs: int = 0
    words: int = 0
    people: int = 0
    codebook: int = 0
    marks: Mapping[str, int] = field(default_factory=dict)
    held: Held = field(default_factory=Held)


@dataclass(frozen=True, slots=True)
class State:
    """How a project's model stands: ``kind`` is ``"none"``, ``"training"``, ``"ready"``,
    ``"failed"`` or ``"missing"`` (CRFsuite is not installed). ``report`` is of the model in use, if
    there is one.
    """

    kind: str
    progress: str = ""
    started: str = ""
    report: Report | None = None


class Learning:
    """Memory, rules and models at work on the documents of all projects."""

    def __init__(
        self,
        database: Database,
        codebooks: Codebooks,
        documents: Documents,
        suggestions: Suggestions,
        lessons: Lessons,
    ):
        self._database, self._codebooks = database, codebooks
        self._documents, self._suggestions = documents, suggestions
        self._lessons = lessons

    # --- offering

    def offer(
        self,
        project: Project,
        keys: Iterable[int] | None = None,
        told: Callable[[int], None] | None = None,
    ) -> int:
        """Let every source look at documents, all of the project's by default.

        ``told`` hears how many are done. Gives how many suggestions there are of it.
        """
        newest = self._suggestions.newest(project)
        memory = self._memory(project)
        model = self._model(project)
        codebook = self._codebooks.of(project.key)
        by_name = self._suggestions.acceptance(project, "rule")
        weights = {r.id: by_name[r.name] for r in codebook.rules if r.name in by_name}
        count = 0
        for number, key in enumerate(self._documents.keys(project) if keys is None else keys, 1):
            kept = self._documents.by_key(key, keep=False)
            value = kept.value
            count += self._suggestions.offer(kept, "memory", memory.propose(value.text), newest)
            found = rules.propose(codebook, value, weights)
            count += self._suggestions.offer(kept, "rules", found, newest)
            if model is not None:
                looked = _looked_through(model, value)
                count += self._suggestions.offer(kept, "model", looked, newest)
            if told is not None:
                told(number)
        return count

    def _memory(self, project: Project) -> Memory:
        memory = Memory(self._lessons.remembered(project))
        if len(memory):
            for text in self._lessons.gone_through(project):
                memory.look_through(text)
        return memory

    def _model(self, project: Project) -> Model | None:
        report = self.state(project).report
        if report is None or crfsuite() is None:
            return None
        names = self._codebooks.coding(project.key).label_names
        rows = self._database.rows(
            "select label_id, body from model_bodies where project_id = :project",
            {"project": project.key},
        )
        bodies = {names[key]: body for key, body in rows if key in names}
        return Model(bodies, report.name) if bodies else None

    # --- training

    def state(self, project: Project) -> State:
        """How the project's model stands."""
        row = self._database.row(
            "select state, progress, started, report from models where project_id = :project",
            {"project": project.key},
        )
        if row is None:
            return State("none" if crfsuite() is not None else "missing")
        kind, progress, started, kept = row
        report = _report(orjson.loads(kept))
        if kind == "training" and self._is_idle(project):
            kind, progress = "failed", ""  # its process ended before it could say so
        return State(kind, progress, started, report)

    def wants_training(self, project: Project) -> bool:
        """Whether there are enough marks for a first model, or many more than the last one saw."""
        state = self.state(project)
        if state.kind not in ("none", "ready"):
            return False
        marks = self._marks_of_people(project)
        seen = state.report.people if state.report is not None else 0
        return marks >= max(FEWEST, int(seen * _MORE) + (FEWEST if seen else 0))

    def _marks_of_people(self, project: Project) -> int:
        row = self._database.row(
            """select count(*) from annotations where project_id = :project and deleted = 0
            and layer_id in (select id from layers where project_id = :project
                and kind in ('work', 'key', 'adjudicated'))""",
            {"project": project.key},
        )
        return int(row[0])

    def train(self, project: Project, told: Callable[[str], None] | None = None) -> Report:
        """Train a model on what people marked, and measure it on what is held out.

        ``told`` hears what is being done. Only one is trained at a time: raises ``Conflict`` while
        another is under way, ``BadInput`` where there is too little to learn from or no CRFsuite.
        """
        if crfsuite() is None:
            raise BadInput(
                "CRFsuite is not installed, so there is no model; memory and rules suggest without "
                "it. Install it with: pip install 'postil[suggest]'."
            )
        lock = self._lock(project)
        try:
            lock.acquire(timeout=2)
        except Timeout:
            raise Conflict("A model of this project is being trained already.") from None
        try:
            self._say(project, "training", "")
            try:
                report, bodies = self._trained(project, told)
            except BaseException as error:
                self._say(project, "failed", str(error)[:500])
                raise
            self._keep(project, report, bodies)
        finally:
            lock.release()
        return report

    def _trained(
        self, project: Project, told: Callable[[str], None] | None
    ) -> tuple[Report, dict[str, bytes]]:
        begun, people = monotonic(), self._marks_of_people(project)
        examples = limited(self._lessons.examples(project))
        labels = [label.name for label in self._codebooks.of(project.key).marking]
        marks = _counted(examples, labels)
        if sum(marks.values()) < FEWEST:
            raise BadInput(f"There are fewer than {FEWEST} marks to learn from; mark some more.")

        def fold(number: int, of: int) -> None:
            self._say(project, "training", f"{number}/{of}")
            if told is not None:
                told(f"{number}/{of}")

        held = cross_validated(examples, list(marks), told=fold)
        bodies = train(examples, list(marks))
        before = self.state(project).report
        number = 1 + (before.number if before is not None else 0)
        report = Report(
            name=f"model {number}",
            number=number,
            at=now(),
            seconds=round(monotonic() - begun, 1),
            documents=len({example.group for example in examples}),
            paragraphs=len(examples),
            words=sum(len(example.text.split()) for example in examples),
            people=people,
            codebook=self._codebooks.newest_version(project.key),
            marks=marks,
            held=held,
        )
        return report, bodies

    def _say(self, project: Project, state: str, progress: str) -> None:
        with self._database.writing() as db:
            db.conn.execute(
                """insert into models (project_id, state, started, progress) values (?, ?, ?, ?)
                on conflict (project_id) do update set state = excluded.state,
                started = case when models.state = 'training' then models.started
                    else excluded.started end, progress = excluded.progress""",
                (project.key, state, now(), progress),
            )

    def _keep(self, project: Project, report: Report, bodies: Mapping[str, bytes]) -> None:
        coding = self._codebooks.coding(project.key)
        with self._database.writing() as db:
            db.conn.execute("delete from model_bodies where project_id = ?", (project.key,))
            db.conn.executemany(
                "insert into model_bodies (project_id, label_id, body) values (?, ?, ?)",
                [
                    (project.key, coding.label_keys[label], body)
                    for label, body in bodies.items()
                    if label in coding.label_keys
                ],
            )
            db.conn.execute(
                """update models set state = 'ready', progress = '', finished = ?, report = ?
                where project_id = ?""",
                (report.at, orjson.dumps(_data(report)).decode(), project.key),
            )

    def _lock(self, project: Project) -> FileLock:
        path = f"{self._database.path}.training-{project.key}.lock"
        return FileLock(path, thread_local=False, mode=0o600)

    def _is_idle(self, project: Project) -> bool:
        lock = self._lock(project)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return False
        lock.release()
        return True


def _looked_through(model: Model, document: Document) -> Iterable[Proposal]:
    for block in paragraphs(document):
        yield from model.propose(block.of(document.text), block.start)


def _counted(examples: Iterable[Example], labels: Iterable[str]) -> dict[str, int]:
    """How many spans of each label there are, of those that there are any of."""
    counts = dict.fromkeys(labels, 0)
    for example in examples:
        for label, spans in example.marks.items():
            if label in counts:
                counts[label] += len(spans)
    return {label: count for label, count in counts.items() if count}


def _data(report: Report) -> dict[str, Any]:
    plain = {
        name: getattr(report, name)
        for name in Report.__dataclass_fields__
        if name not in ("held", "marks")
    }
    held = report.held
    scores = {label: [s.right, s.proposed, s.marked] for label, s in held.scores.items()}
    return plain | {
        "marks": dict(report.marks),
        "held": {"by": held.by, "folds": held.folds, "scores": scores},
    }


def _report(kept: dict[str, Any]) -> Report | None:
    if not kept:
        return None
    held = kept.pop("held")
    scores = {label: Score(*counts) for label, counts in held["scores"].items()}
    return Report(**kept, held=Held(held["by"], held["folds"], scores))
