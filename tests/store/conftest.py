from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from annotations import codebook
from annotations.document import Document, new_id
from annotations.store import Act, Store, open_store
from tests.store.desk import TEXT, Desk


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "postil.db"


@pytest.fixture
def store(path: Path, new_database: Callable[[Path], Path]) -> Iterator[Store]:
    store = open_store(new_database(path))
    yield store
    store.close()


def desk_in(store: Store) -> Desk:
    ada, bob = store.people.add("Ada"), store.people.add("Bob")
    project = store.projects.add(
        Act(op=new_id(), person=ada.key, kind="project"), "Sanctions", codebook.default()
    )
    document = store.documents.add(
        Act(op=new_id(), person=ada.key, kind="document", project=project.key),
        project,
        Document(id="call", title="The call", text=TEXT),
    )
    return Desk(store, project, document, ada, bob)


@pytest.fixture
def desk(store: Store) -> Desk:
    return desk_in(store)
