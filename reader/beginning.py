"""What a newcomer finds: the demo project, already marked."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from annotations import codebook
from annotations.demo import demo
from annotations.document import Annotated
from annotations.errors import NotFound
from annotations.store import Act, Project, Store
from annotations.store.lock import FileLock
from annotations.suggest.rules import with_starters

DEMO = "demo"
"""The id of the demo project; whatever it is called by then."""

DEMO_NAME = "Demo: the call"


def ensure_demo(store: Store) -> bool:
    """Make the demo project when there is no project at all. Tells whether it did.

    Two processes that start together make one: the first holds a lock, and the operation ids are
    fixed. A demo that was thrown away stays away, and one whose making was cut short is finished.
    """
    if not _is_wanted(store):
        return False
    lock = Path(f"{store.database.path}.start.lock")
    with FileLock(str(lock)):
        made = _is_wanted(store) and _make(store)
        # Whoever locked the file before it went, or makes it anew, finds the demo and does nothing.
        with suppress(OSError):
            lock.unlink(missing_ok=True)
    return made


def is_demo(project: Project) -> bool:
    """Whether this is the project that ``ensure_demo`` made."""
    return project.id == DEMO


def _is_wanted(store: Store) -> bool:
    projects = store.projects.all()
    if len(projects) == 1 and is_demo(projects[0]):
        return store.documents.count(projects[0]) == 0
    return not projects


def _make(store: Store) -> bool:
    person = store.people.first()
    making = Act(op="demo:project", person=person.key, kind="project")
    try:
        project = store.projects.add(making, DEMO_NAME, with_starters(codebook.default()), uid=DEMO)
    except NotFound:
        return False
    filling = Act(op="demo:import", person=person.key, kind="import", project=project.key)
    store.exchange.take(filling, project, _entries())
    return store.documents.count(project) > 0


def _entries() -> Iterator[Annotated]:
    yield demo()
