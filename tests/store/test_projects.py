"""Projects and documents as wholes: renamed, archived, deleted, brought back, many at once."""

from collections.abc import Callable
from typing import Any

import pytest

from annotations import codebook
from annotations.document import Annotated, Annotation, Document
from annotations.errors import Archived, BadInput, NotFound, Stale
from annotations.store import Project
from tests.store.desk import Desk


def add(desk: Desk, name: str) -> Project:
    return desk.store.projects.add(desk.project_act("project"), name, codebook.default())


def names(desk: Desk) -> list[str]:
    return [project.name for project in desk.store.projects.all()]


def put(desk: Desk, *uids: str) -> None:
    entries = [Annotated(document=Document(id=uid, title=uid, text="Some words.")) for uid in uids]
    desk.store.exchange.take(desk.project_act("import"), desk.project, entries)


# ── a project ─────────────────────────────────────────────────────────────────────────────────────


def test_a_project_is_renamed_and_undo_gives_it_its_name_back(desk: Desk) -> None:
    desk.store.projects.edit(desk.project_act("edit"), desk.project, " Tariffs ", "About tariffs")
    renamed = desk.store.projects.find(desk.project.id)
    desk.store.log.undo(desk.project_act("undo"))

    assert (renamed.name, renamed.description) == ("Tariffs", "About tariffs")
    assert desk.store.projects.find(desk.project.id) == desk.project


@pytest.mark.parametrize("name", ["", "  ", "n" * 201, "Taken", "a\0b"])
def test_a_project_gets_no_name_that_is_blank_too_long_or_taken(desk: Desk, name: str) -> None:
    add(desk, "Taken")

    with pytest.raises(BadInput):
        desk.store.projects.edit(desk.project_act("edit"), desk.project, name, "")

    assert names(desk) == ["Sanctions", "Taken"]


def test_an_archived_project_is_read_and_takes_no_change(desk: Desk) -> None:
    mark = desk.mark("Maduro")
    desk.store.projects.archive(desk.project_act("archive"), desk.project, True)
    before = desk.out()
    store = desk.store
    attempts: list[Callable[[], Any]] = [
        lambda: desk.mark("Trump"),
        lambda: store.marks.delete(desk.act("delete"), desk.project, mark, None),
        lambda: store.log.undo(desk.act("undo")),
        lambda: put(desk, "more"),
        lambda: store.documents.describe(
            desk.act("describe"), desk.project, desk.document.value.id, {"title": "Other"}
        ),
        lambda: store.states.set(desk.act("state"), desk.project, desk.ada, desk.document, "done"),
    ]

    for attempt in attempts:
        with pytest.raises(Archived, match="“Sanctions” is archived: it can be read and exported"):
            attempt()

    assert desk.out() == before
    assert store.projects.find(desk.project.id).archived
    assert store.upkeep.check().problems == ()


def test_a_project_out_of_the_archive_takes_changes_again(desk: Desk) -> None:
    projects = desk.store.projects
    projects.archive(desk.project_act("archive"), desk.project, True)
    projects.edit(desk.project_act("edit"), desk.project, "Old sanctions", "")
    projects.archive(desk.project_act("archive"), desk.project, False)

    desk.mark("Maduro")

    assert names(desk) == ["Old sanctions"]


def test_archiving_can_be_undone_and_redone(desk: Desk) -> None:
    desk.store.projects.archive(desk.project_act("archive"), desk.project, True)
    states = []
    for turn in (desk.store.log.undo, desk.store.log.redo):
        turn(desk.project_act("turn"))
        states.append(desk.store.projects.find(desk.project.id).archived)

    assert states == [False, True]


def test_an_act_that_was_done_before_archiving_is_answered_as_it_was_when_sent_again(
    desk: Desk,
) -> None:
    act = desk.act("create", op="once")
    draft = Annotation(id="m", start=0, end=6, label="actor")
    first = desk.store.marks.add(act, desk.project, desk.ada, desk.document, draft)
    desk.store.projects.archive(desk.project_act("archive"), desk.project, True)

    again = desk.store.marks.add(act, desk.project, desk.ada, desk.document, draft)

    assert (again.seq, again.repeated) == (first.seq, True)


def test_a_project_is_deleted_where_its_name_is_written_and_brought_back_whole(desk: Desk) -> None:
    desk.mark("Maduro", entity="Maduro")
    before = desk.out()
    projects = desk.store.projects

    with pytest.raises(
        BadInput, match=r"“sanctions” is not the name of this project; .*“Sanctions”"
    ):
        projects.delete(desk.project_act("delete"), desk.project, "sanctions")
    projects.delete(desk.project_act("delete"), desk.project, " Sanctions ")
    gone, listed = projects.deleted(), projects.all()
    with pytest.raises(NotFound):
        projects.find(desk.project.id)
    back = projects.restore(desk.project_act("restore"), desk.project.id)

    assert ([project.name for project in gone], listed) == (["Sanctions"], [])
    assert (back, projects.deleted()) == (desk.project, [])
    assert desk.out() == before


def test_the_name_of_a_deleted_project_is_free_and_the_project_comes_back_beside_its_heir(
    desk: Desk,
) -> None:
    desk.store.projects.delete(desk.project_act("delete"), desk.project, "Sanctions")
    add(desk, "Sanctions")

    back = desk.store.projects.restore(desk.project_act("restore"), desk.project.id)

    assert (back.name, names(desk)) == ("Sanctions (2)", ["Sanctions", "Sanctions (2)"])


def test_what_a_project_holds_is_counted(desk: Desk) -> None:
    desk.mark("Maduro")
    desk.mark("Trump", by=desk.bob)

    assert desk.store.projects.contents(desk.project) == {
        "documents": 1,
        "annotations": 2,
        "layers": 2,
    }


# ── documents ─────────────────────────────────────────────────────────────────────────────────────


def test_a_document_is_described_anew_and_undo_takes_it_back(desk: Desk) -> None:
    documents, uid = desk.store.documents, desk.document.value.id
    fields = {"title": " New title ", "direction": "rtl", "language": "ar", "date": "2026-01-02"}
    documents.describe(desk.act("describe"), desk.project, uid, fields)
    value = documents.find(desk.project, uid).value
    desk.store.log.undo(desk.act("undo"))

    assert (value.title, value.direction, value.language, value.date, value.text) == (
        "New title",
        "rtl",
        "ar",
        "2026-01-02",
        desk.document.value.text,
    )
    assert documents.find(desk.project, uid).value == desk.document.value


@pytest.mark.parametrize(
    "fields",
    [
        {"title": "t" * 2_001},
        {"title": "a\0"},
        {"language": "русский"},
        {"direction": "up"},
        {"text": "other"},
        {"deleted": "1"},
    ],
)
def test_a_document_is_not_described_by_what_does_not_fit(
    desk: Desk, fields: dict[str, str]
) -> None:
    with pytest.raises(BadInput):
        desk.store.documents.describe(
            desk.act("describe"), desk.project, desk.document.value.id, fields
        )


def test_who_describes_a_document_that_somebody_else_described_is_told(desk: Desk) -> None:
    documents, uid = desk.store.documents, desk.document.value.id
    seen = documents.own_version(desk.document.key)
    documents.describe(desk.act("describe", desk.bob), desk.project, uid, {"title": "Bob's"}, seen)

    with pytest.raises(Stale):
        documents.describe(desk.act("describe"), desk.project, uid, {"title": "Ada's"}, seen)


def test_several_documents_go_into_the_trash_and_come_back_by_one_undo(desk: Desk) -> None:
    put(desk, "one", "two", "three")
    desk.store.restoring.remove_documents(
        desk.project_act("remove documents"), desk.project, ["one", "three", "one"]
    )
    left = desk.store.documents.count(desk.project)
    desk.store.log.undo(desk.project_act("undo"))

    assert (left, desk.store.documents.count(desk.project)) == (2, 4)


def test_one_unknown_document_leaves_all_where_they_are(desk: Desk) -> None:
    put(desk, "one")

    with pytest.raises(NotFound):
        desk.store.restoring.remove_documents(
            desk.project_act("remove documents"), desk.project, ["one", "none"]
        )

    assert desk.store.documents.count(desk.project) == 2


def test_several_documents_are_put_into_a_state_and_those_that_cannot_are_named(
    desk: Desk,
) -> None:
    put(desk, "one", "two")
    desk.mark("Maduro")
    kept = [desk.store.documents.find(desk.project, uid) for uid in ("one", "call", "two")]

    done = desk.store.states.set_many(
        desk.project_act("states"), desk.project, desk.ada, kept, "done"
    ).result
    new = desk.store.states.set_many(
        desk.project_act("states"), desk.project, desk.ada, kept, "new"
    ).result
    states = desk.store.states.listed(desk.project, desk.ada, ["one", "call", "two"])
    desk.store.log.undo(desk.project_act("undo"))
    undone = desk.store.states.listed(desk.project, desk.ada, ["one", "call", "two"])

    assert done == {"changed": 3, "left": []}
    assert new == {"changed": 2, "left": [desk.document.value.title]}
    assert {uid: state.name for uid, state in states.items()} == {
        "one": "new",
        "call": "done",
        "two": "new",
    }
    assert {state.name for state in undone.values()} == {"done"}


@pytest.mark.parametrize("state", ["flagged", "finished"])
def test_no_flag_and_no_unknown_state_is_given_to_several(desk: Desk, state: str) -> None:
    with pytest.raises(BadInput):
        desk.store.states.set_many(
            desk.project_act("states"), desk.project, desk.ada, [desk.document], state
        )
