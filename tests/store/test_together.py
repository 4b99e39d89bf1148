"""Many at once: threads of one process, and processes of one machine."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from annotations.document import Annotated, Annotation, Layer
from annotations.errors import BadInput
from annotations.store import open_store
from tests.store.desk import Desk

WRITERS, EACH = 8, 40

WRITER = """
import sys
from annotations.document import Annotation, new_id
from annotations.store import Act, open_store

path, name, each = sys.argv[1], sys.argv[2], int(sys.argv[3])
store = open_store(path)
person = store.people.add(name)
project = store.projects.named("Sanctions")
document = store.documents.find(project, "call")
for number in range(each):
    act = Act(op=new_id(), person=person.key, kind="create", project=project.key,
              document=document.key, request=number)
    draft = Annotation(id=f"{name}-{number}", start=number, end=number + 3, label="claim",
                       entity=f"entity {number % 5}")
    store.marks.add(act, project, person, document, draft)
    store.search.documents(project, "maduro")
store.close()
"""


def expected() -> set[str]:
    return {f"writer-{writer}-{n}" for writer in range(WRITERS) for n in range(EACH)}


def test_eight_processes_write_at_once_and_nothing_is_lost(desk: Desk, path: Path) -> None:
    running = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), f"writer-{number}", str(EACH)],
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
        )
        for number in range(WRITERS)
    ]
    errors = [process.communicate()[1].decode() for process in running]
    assert errors == [""] * WRITERS
    assert {mark.id for mark in desk.marks()} == expected()
    assert sorted(desk.entities()) == [f"entity {n}" for n in range(5)]
    assert len(desk.store.layers.on_document(desk.document.key)) == WRITERS
    assert desk.is_sound()


def test_eight_threads_write_and_read_at_once_and_nothing_is_lost(desk: Desk) -> None:
    people = [desk.store.people.add(f"writer-{number}") for number in range(WRITERS)]

    def write(number: int) -> None:
        for n in range(EACH):
            draft = Annotation(
                id=f"writer-{number}-{n}", start=n, end=n + 3, label="claim", entity=f"e{n % 5}"
            )
            desk.add(draft, people[number])
            assert draft.id in {mark.id for mark in desk.marks()}
            desk.store.search.documents(desk.project, "maduro")

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    assert {mark.id for mark in desk.marks()} == expected()
    assert sorted(desk.entities()) == [f"e{n}" for n in range(5)]
    assert desk.is_sound()


def test_one_operation_sent_by_many_threads_is_done_once(desk: Desk) -> None:
    draft = Annotation(id="m", start=0, end=6, label="actor", entity="Maduro")
    with ThreadPoolExecutor(WRITERS) as pool:
        sent = [pool.submit(desk.add, draft, desk.ada, "o-1") for _ in range(40)]
        outcomes = [future.result() for future in sent]
    assert sum(not outcome.repeated for outcome in outcomes) == 1
    assert {(outcome.seq, outcome.result["annotation"]) for outcome in outcomes} == {
        (outcomes[0].seq, "m")
    }
    assert desk.quotes() == ["Maduro"]


def test_many_threads_make_one_first_person(path: Path) -> None:
    store = open_store(path)
    with ThreadPoolExecutor(WRITERS) as pool:
        people = list(pool.map(lambda _: store.people.first(), range(32)))
    assert store.people.all() == [people[0]]
    store.close()


def test_many_open_a_new_database_at_once(path: Path) -> None:
    with ThreadPoolExecutor(WRITERS) as pool:
        stores = list(pool.map(lambda _: open_store(path), range(WRITERS)))
    assert {store.people.first().name for store in stores} == {"Me"}
    for store in stores:
        store.close()


def test_readers_see_a_whole_import_or_none_of_it(desk: Desk) -> None:
    before = len(desk.marks())
    marks = tuple(
        Annotation(id=f"m{n}", start=n % 50, end=n % 50 + 3, label=f"new {n % 3}")
        for n in range(3000)
    )
    entry = Annotated(document=desk.document.value, layer=Layer(id="l"), annotations=marks)

    with ThreadPoolExecutor(2) as pool:
        coming = pool.submit(desk.take, entry)
        seen = set()
        while not coming.done():
            seen.add(len(desk.marks()))
        coming.result()
    assert seen <= {before, before + 3000}
    assert len(desk.marks()) == before + 3000


def test_a_write_that_fails_does_not_hold_up_the_next(desk: Desk) -> None:
    bad = Annotation(id="a b", start=0, end=3, label="claim")
    with ThreadPoolExecutor(4) as pool:
        failures = [pool.submit(desk.add, bad).exception() for _ in range(20)]
    assert {type(failure) for failure in failures} == {BadInput}
    desk.mark("Maduro")
    assert desk.quotes() == ["Maduro"]
