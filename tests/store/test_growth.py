"""What is looked up grows with what it is about, and not with the rest of the project."""

from collections.abc import Callable

import pytest

from annotations.document import Annotated, Entity, new_id
from annotations.names import matching
from tests.store.desk import Desk


def steps_of(desk: Desk, work: Callable[[], object]) -> int:
    """The steps that SQLite takes for some work, in tens."""
    taken = 0

    def count() -> int:
        nonlocal taken
        taken += 1
        return 0

    conn = desk.store.database.here.conn
    work()  # what is only asked once
    conn.set_progress_handler(count, 10)
    try:
        work()
    finally:
        conn.set_progress_handler(None, 0)
    return taken


def change_elsewhere(desk: Desk, count: int) -> None:
    """Changes by Ada in another article of the project, and by Bob in this one."""
    other = desk.put("Another text.").key
    here = desk.document.key
    for document, person in ((other, desk.ada.key), (here, desk.bob.key)):
        desk.sql(
            """insert into changes (op_id, project_id, document_id, person_id, at, kind,
            request_digest) with recursive n (i) as (
                select 1 union all select i + 1 from n where i < ?)
            select hex(randomblob(16)), ?, ?, ?, '2026-01-01T00:00:00.000Z', 'edit', '' from n""",
            count,
            desk.project.key,
            document,
            person,
        )


LOOKED_UP: dict[str, Callable[[Desk], object]] = {
    "what can be undone": lambda desk: desk.store.log.next_undo(desk.act("look")),
    "what can be redone": lambda desk: desk.store.log.next_redo(desk.act("look")),
    "what can be undone in the project": lambda desk: desk.store.log.next_undo(
        desk.project_act("look")
    ),
    "what can be redone in the project": lambda desk: desk.store.log.next_redo(
        desk.project_act("look")
    ),
    "the version of an article": lambda desk: desk.store.log.version(desk.document.key),
    "the version of a project": lambda desk: desk.store.log.version_of_project(desk.project.key),
}


@pytest.mark.parametrize("what", LOOKED_UP)
@pytest.mark.parametrize("way", ["nothing done", "something done", "something undone"])
def test_looking_up_takes_as_many_steps_however_long_the_log_is(
    desk: Desk, what: str, way: str
) -> None:
    if way != "nothing done":
        desk.mark("Maduro")
    if way == "something undone":
        desk.undo()
    change_elsewhere(desk, 1)
    few = steps_of(desk, lambda: LOOKED_UP[what](desk))
    change_elsewhere(desk, 3_000)
    assert steps_of(desk, lambda: LOOKED_UP[what](desk)) <= few + 20


@pytest.mark.parametrize("state", ["new", "there", "deleted"])
def test_naming_an_actor_takes_as_many_steps_however_many_there_are(desk: Desk, state: str) -> None:
    def name(uid: str) -> Callable[[], object]:
        return lambda: desk.store.marks.edit(
            desk.act("edit", request=new_id()), desk.project, uid, {"entity": names.pop()}
        )

    def prepared(at: str) -> list[str]:
        wanted = [f"Wanted {at} {n}" for n in range(2)]
        if state != "new":
            desk.take(Annotated(document=desk.put("x").value, entities=tuple(map(entity, wanted))))
        if state == "deleted":
            desk.sql("update entities set deleted = 1 where name like 'Wanted%'")
        return wanted

    uid = desk.mark("Maduro")
    names = prepared("early")
    few = steps_of(desk, name(uid))
    insert_actors(desk, 3_000)
    names = prepared("late")
    assert steps_of(desk, name(uid)) <= few + 20


def entity(name: str) -> Entity:
    return Entity(id=new_id(), name=name)


def insert_actors(desk: Desk, count: int) -> None:
    """Living actors, and as many deleted ones."""
    for deleted in (0, 1):
        desk.sql(
            """insert into entities (project_id, uid, name, created_seq, seq, deleted)
            with recursive n (i) as (select 1 union all select i + 1 from n where i < ?)
            select ?, hex(randomblob(16)), printf('Actor %05d', i), 1, 1, ? from n""",
            count,
            desk.project.key,
            deleted,
        )


def test_an_actor_beyond_the_ten_thousandth_is_completed(desk: Desk) -> None:
    insert_actors(desk, 10_100)
    actors = desk.store.names.entities(desk.project)
    assert len(actors) == 10_100
    assert [match.name for match in matching(actors, "actor 10099", 12)] == ["Actor 10099"]
