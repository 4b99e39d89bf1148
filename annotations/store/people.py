"""People, projects and layers: who marks, where, and whose marks are whose."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from annotations.codebook import Codebook
from annotations.document import (
    MAX_NAME_LENGTH,
    Layer,
    check_length,
    checked_id,
    checked_text,
    new_id,
)
from annotations.errors import BadInput, Frozen, NotFound
from annotations.store.changes import Act, Change, Log, Outcome, now
from annotations.store.codebooks import Codebooks, write_codebook
from annotations.store.database import Database
from annotations.store.values import dumps, loads

MAX_DESCRIPTION_LENGTH = 2_000


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who marks. ``key`` is the store's own number, of no meaning outside."""

    key: int
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Project:
    """Documents with a codebook. ``key`` is the store's own number, of no meaning outside."""

    key: int
    id: str
    name: str
    description: str = ""
    archived: bool = False


@dataclass(frozen=True, slots=True)
class KeptLayer:
    """A layer as the store holds it: its value, its number, and its owner's number."""

    key: int
    value: Layer
    person: int | None


class People:
    """Who there is. Names live here and nowhere else."""

    def __init__(self, database: Database):
        self._database = database

    def all(self) -> list[Person]:
        rows = self._database.rows("select id, uid, name from people order by id")
        return [Person(*row) for row in rows]

    def find(self, uid: str) -> Person:
        """The person with that id. Raises ``NotFound``."""
        row = self._database.row("select id, uid, name from people where uid = :uid", {"uid": uid})
        if row is None:
            raise NotFound("person", uid)
        return Person(*row)

    def first(self) -> Person:
        """Whoever this installation began with; made when there is nobody yet."""
        eldest = "select id, uid, name from people order by id limit 1"
        row = self._database.row(eldest)
        if row is not None:
            return Person(*row)
        with self._database.writing() as db:
            row = db.conn.execute(eldest).fetchone()
            return Person(*row) if row is not None else add_person(db.conn, "Me")

    def add(self, name: str) -> Person:
        """A new person of that name. Raises ``BadInput`` for a name that is blank or too long."""
        with self._database.writing() as db:
            return add_person(db.conn, name)

    def rename(self, person: Person, name: str) -> Person:
        """Give a person another name; everything they marked shows it from then on."""
        with self._database.writing() as db:
            db.conn.execute(
                "update people set name = ? where id = ?", (checked_name(name), person.key)
            )
        return self.find(person.id)


def checked_name(name: str) -> str:
    """A name without white space at its ends. Raises ``BadInput`` when it is blank or too long."""
    name = checked_text(name, "name").strip()
    if not name:
        raise BadInput("The name is empty; write one.")
    check_length(name, "name")
    return name


def add_person(conn: Any, name: str) -> Person:
    """Inside a write transaction: a new person of that name."""
    uid, name = new_id(), checked_name(name)
    made = conn.execute(
        "insert into people (uid, name, created) values (?, ?, ?)", (uid, name, now())
    )
    return Person(made.lastrowid, uid, name)


class Projects:
    """What there is to work on."""

    def __init__(self, database: Database, log: Log, codebooks: Codebooks):
        self._database, self._log, self._codebooks = database, log, codebooks

    def all(self) -> list[Project]:
        """The projects that were not deleted, by name; archived ones are among them."""
        return [_project(row) for row in self._database.rows(f"{_PROJECT} 0 order by name, id")]

    def deleted(self) -> list[Project]:
        """The projects that were deleted and can be brought back, by name."""
        found = [_project(row) for row in self._database.rows(f"{_PROJECT} 1")]
        return sorted(found, key=lambda project: project.name)

    def find(self, uid: str) -> Project:
        """The project with that id. Raises ``NotFound``."""
        return self._one(f"{_PROJECT} 0 and uid = :value", uid)

    def named(self, name: str) -> Project:
        """The project of that name. Raises ``NotFound``."""
        return self._one(f"{_PROJECT} 0 and name = :value", name)

    def _one(self, query: str, value: str) -> Project:
        row = self._database.row(query, {"value": value})
        if row is None:
            raise NotFound("project", value)
        return _project(row)

    def add(
        self, act: Act, name: str, codebook: Codebook, uid: str = "", description: str = ""
    ) -> Project:
        """A new project with its codebook; whoever makes it manages it.

        Raises ``BadInput`` when the name is blank or taken.
        """
        uid = checked_id(uid or new_id(), "id of a project")
        name = checked_name(name)
        checked_text(description, "description")

        def work(change: Change) -> dict[str, str]:
            if self._is_taken(name):
                raise BadInput(f"There is a project “{name}” already; choose another name.")
            if self._database.row("select 1 from projects where uid = :uid", {"uid": uid}):
                raise BadInput(f"There is a project with the id “{uid}” already.")
            key = change.insert(
                "projects",
                {"uid": uid, "name": name, "description": description, "created": change.at},
            )
            conn = self._database.here.conn
            conn.execute(
                "insert into memberships (project_id, person_id, role) values (?, ?, 'manager')",
                (key, act.person),
            )
            write_codebook(conn, key, codebook.checked(), change.seq)
            return {"project": uid}

        return self.find(self._log.perform(act, work).result["project"])

    def edit(self, act: Act, project: Project, name: str, description: str) -> Outcome:
        """Give a project another name and description.

        Raises ``BadInput`` when the name is blank, too long or taken.
        """
        name = checked_name(name)
        description = checked_text(description.strip(), "description")
        check_length(description, "description", MAX_DESCRIPTION_LENGTH)

        def work(change: Change) -> dict[str, str]:
            self._refuse_taken(name, project)
            change.update("projects", project.key, {"name": name, "description": description})
            return {"project": project.id}

        return self._log.perform(replace(act, kind="edit project"), work)

    def archive(self, act: Act, project: Project, archived: bool) -> Outcome:
        """Put a project into the archive, where it takes no changes, or take it out again."""

        def work(change: Change) -> dict[str, str]:
            change.update("projects", project.key, {"archived": int(archived)})
            return {"project": project.id}

        kind = "archive project" if archived else "unarchive project"
        return self._log.perform(replace(act, kind=kind), work)

    def delete(self, act: Act, project: Project, name: str) -> Outcome:
        """Delete a project and all that is in it, where ``name`` is its own; ``restore`` undoes it.

        Its name is free for another one from then on. Raises ``BadInput`` for another name.
        """
        if " ".join(name.split()) != " ".join(project.name.split()):
            raise BadInput(
                f"“{name}” is not the name of this project; to delete it, write “{project.name}”."
            )

        def work(change: Change) -> dict[str, str]:
            row = change.read("projects", project.key)
            if row["deleted"]:
                raise NotFound("project", project.id)
            extra = {**loads(row["extra"]), _NAME_BEFORE: row["name"]}
            change.update(
                "projects",
                project.key,
                # The id stands in for the name, which must differ from those of all others.
                {"deleted": 1, "name": project.id, "extra": dumps(extra, "extra")},
            )
            return {"project": project.id}

        return self._log.perform(replace(act, kind="delete project"), work)

    def restore(self, act: Act, uid: str) -> Project:
        """Bring back a deleted project, under another name where its own is taken by now.

        Raises ``NotFound``.
        """

        project = self._one(f"{_PROJECT} 1 and uid = :value", uid)

        def work(change: Change) -> dict[str, str]:
            extra = loads(change.read("projects", project.key)["extra"])
            extra.pop(_NAME_BEFORE, None)
            change.update(
                "projects",
                project.key,
                {
                    "deleted": 0,
                    "name": self._free_name(project.name),
                    "extra": dumps(extra, "extra"),
                },
            )
            return {"project": uid}

        self._log.perform(replace(act, kind="restore project", project=project.key), work)
        return self.find(uid)

    def contents(self, project: Project) -> Mapping[str, int]:
        """How many documents, annotations and people's layers a project holds."""
        row = self._database.row(
            """select (select count(*) from documents where project_id = :project and deleted = 0),
                (select count(*) from annotations where project_id = :project and deleted = 0),
                (select count(*) from layers where project_id = :project and deleted = 0)""",
            {"project": project.key},
        )
        return dict(zip(("documents", "annotations", "layers"), row, strict=True))

    def _free_name(self, wanted: str) -> str:
        name, number = wanted, 1
        while self._is_taken(name):
            number += 1
            name = f"{wanted[: MAX_NAME_LENGTH - 10]} ({number})"
        return name

    def _is_taken(self, name: str, by_other_than: int = 0) -> bool:
        query = "select 1 from projects where name = :name and id <> :key"
        return self._database.row(query, {"name": name, "key": by_other_than}) is not None

    def _refuse_taken(self, name: str, project: Project) -> None:
        if self._is_taken(name, project.key):
            raise BadInput(f"There is a project “{name}” already; choose another name.")


_NAME_BEFORE = "name before it was deleted"
"""The key of ``extra`` that keeps what a deleted project was called."""

_PROJECT = f"""select id, uid, coalesce(json_extract(extra, '$."{_NAME_BEFORE}"'), name),
    description, archived from projects where deleted ="""  # noqa: S608


def _project(row: tuple[int, str, str, str, int]) -> Project:
    key, uid, name, description, archived = row
    return Project(key, uid, name, description, bool(archived))


_LAYER = """select l.id, l.uid, l.kind, coalesce(p.name, l.model), l.name, l.exercise, l.frozen,
    l.person_id from layers l left join people p on p.id = l.person_id"""


def _kept(row: tuple[int, str, str, str, str, str | None, int, int | None]) -> KeptLayer:
    key, uid, kind, annotator, name, exercise, frozen, person = row
    value = Layer(
        id=uid,
        kind=kind,
        annotator=annotator or "",
        name=name,
        exercise=exercise,
        frozen=bool(frozen),
    )
    return KeptLayer(key, value, person)


class Layers:
    """Whose marks are whose: people's and models' layers, of every kind."""

    def __init__(self, database: Database):
        self._database = database

    def of_project(self, project: Project) -> list[KeptLayer]:
        rows = self._database.rows(
            f"{_LAYER} where l.project_id = :project and l.deleted = 0 order by l.id",
            {"project": project.key},
        )
        return [_kept(row) for row in rows]

    def on_document(self, document: int) -> list[KeptLayer]:
        """The layers that have a living mark or a state on a document, oldest first."""
        rows = self._database.rows(
            f"""{_LAYER} where l.deleted = 0
            and l.project_id = (select project_id from documents where id = :document)
            and (exists (select 1 from annotations a where a.document_id = :document
                    and a.deleted = 0 and a.layer_id = l.id)
                or exists (select 1 from document_states s where s.document_id = :document
                    and s.layer_id = l.id and s.deleted = 0))
            order by l.id""",  # noqa: S608
            {"document": document},
        )
        return [_kept(row) for row in rows]

    def find(self, project: Project, uid: str) -> KeptLayer:
        """The layer with that id. Raises ``NotFound``."""
        row = self._database.row(
            f"{_LAYER} where l.project_id = :project and l.uid = :uid and l.deleted = 0",
            {"project": project.key, "uid": uid},
        )
        if row is None:
            raise NotFound("layer", uid)
        return _kept(row)

    def by_key(self, key: int) -> KeptLayer:
        return _kept(self._database.row(f"{_LAYER} where l.id = :key", {"key": key}))

    def work_of(self, project: Project, person: Person) -> KeptLayer | None:
        """A person's own work layer in a project, an open one first, if they have marked there."""
        row = self._database.row(
            f"""{_LAYER} where l.project_id = :project and l.person_id = :person
            and l.kind = 'work' and l.exercise is null and l.deleted = 0
            order by l.frozen, l.id limit 1""",
            {"project": project.key, "person": person.key},
        )
        return _kept(row) if row else None

    def make_work(self, change: Change, project: Project, person: Person) -> KeptLayer:
        """Inside a change: a person's own work layer, made with their first mark."""
        return self.work_of(project, person) or self.by_key(
            change.insert(
                "layers",
                {
                    "project_id": project.key,
                    "uid": new_id(),
                    "kind": "work",
                    "person_id": person.key,
                },
            )
        )


def open_for_change(layer: KeptLayer) -> KeptLayer:
    """The layer itself, if it takes changes. Raises ``Frozen``."""
    if layer.value.frozen:
        raise Frozen(layer.value.title)
    return layer
