"""The demo project, made once."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotations import codebook
from annotations.document import new_id
from annotations.store import Act, Store, open_store
from reader.beginning import DEMO, DEMO_NAME, ensure_demo, is_demo


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "postil.db")
    yield opened
    opened.close()


def has_one_of_each(store: Store) -> bool:
    """One project, one document, and nobody there twice."""
    counts = store.upkeep.check().counts
    names = [person.name for person in store.people.all()]
    return (counts["projects"], counts["documents"]) == (1, 1) and len(names) == len(set(names))


def test_an_empty_database_gets_the_demo_once(store: Store) -> None:
    assert ensure_demo(store)
    assert not ensure_demo(store)

    [project] = store.projects.all()
    assert (project.id, project.name, is_demo(project)) == (DEMO, DEMO_NAME, True)
    counts = store.upkeep.check().counts
    assert counts["documents"] == 1
    assert counts["annotations"] >= 70
    assert counts["relations"] >= 40


def test_a_database_with_a_project_gets_none(store: Store) -> None:
    me = store.people.first()
    act = Act(op=new_id(), person=me.key, kind="project")
    store.projects.add(act, "Mine", codebook.default())

    assert not ensure_demo(store)
    assert [project.name for project in store.projects.all()] == ["Mine"]


def test_a_demo_that_was_thrown_away_stays_away(store: Store) -> None:
    ensure_demo(store)
    store.log.undo(Act(op=new_id(), person=store.people.first().key, kind="undo"))
    assert store.projects.all() == []

    assert not ensure_demo(store)
    assert store.projects.all() == []


def test_a_demo_that_was_cut_short_is_finished(store: Store) -> None:
    me = store.people.first()
    act = Act(op="demo:project", person=me.key, kind="project")
    store.projects.add(act, DEMO_NAME, codebook.default(), uid=DEMO)

    assert ensure_demo(store)
    assert has_one_of_each(store)


def test_processes_that_start_together_make_one(tmp_path: Path) -> None:
    code = (
        "import sys; from annotations.store import open_store; "
        "from reader.beginning import ensure_demo; "
        "sys.stdin.read(1); print(ensure_demo(open_store('postil.db')))"
    )
    starting = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=tmp_path,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for process in starting:
        assert process.stdin is not None
        process.stdin.write("x")
        process.stdin.flush()

    made = [process.communicate(timeout=60)[0].strip() for process in starting]

    assert sorted(made) == ["False", "False", "False", "True"]
    store = open_store(tmp_path / "postil.db")
    assert has_one_of_each(store)
    store.close()
