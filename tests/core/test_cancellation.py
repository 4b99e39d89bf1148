"""Work that stops once nobody waits for it."""

import pytest

from annotations import bundle, codebook, transfer
from annotations.cancellation import Cancelled, cancelled_when, checkpoint
from annotations.document import new_id
from annotations.store import Act, Project, Store


@pytest.fixture
def project(store: Store) -> Project:
    act = Act(op=new_id(), person=store.people.first().key, kind="project", project=None)
    return store.projects.add(act, "Harbour", codebook.default())


def test_work_goes_on_while_somebody_waits_or_nobody_was_asked() -> None:
    checkpoint()
    with cancelled_when(lambda: False):
        checkpoint()
    checkpoint()


def test_work_stops_at_the_next_checkpoint_and_only_within_its_block() -> None:
    with cancelled_when(lambda: True):
        with pytest.raises(Cancelled):
            checkpoint()
        with pytest.raises(Cancelled):
            checkpoint()
    checkpoint()


@pytest.mark.parametrize("what", ["bundle", "export"])
def test_a_file_that_nobody_waits_for_leaves_no_read_transaction(
    store: Store, project: Project, what: str
) -> None:
    make = {
        "bundle": lambda: bundle.made(store, project),
        "export": lambda: transfer.snapshot(transfer.outgoing(store, project)),
    }[what]
    with cancelled_when(lambda: True), pytest.raises(Cancelled):
        make()

    assert not store.database.here.conn.in_transaction


def test_a_change_that_has_begun_is_finished_though_its_client_has_gone(store: Store) -> None:
    act = Act(op=new_id(), person=store.people.first().key, kind="project", project=None)
    with cancelled_when(lambda: True), store.database.writing():
        assert store.database.row("select 1") == (1,)
    with store.database.together(), cancelled_when(lambda: True):
        store.projects.add(act, "Meanwhile", codebook.default())

    assert [project.name for project in store.projects.all()] == ["Meanwhile"]
