"""What is kept in memory, while another process writes to the same file."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from annotations.codebook import Codebook
from annotations.document import Annotation, new_id
from annotations.errors import BadInput, Frozen, NotFound
from annotations.store import Act, Store, open_store
from annotations.store.changes import Change
from tests.store.desk import Desk


@pytest.fixture
def other(path: Path, desk: Desk) -> Iterator[Store]:
    """A second store on the same file, as another process has it."""
    store = open_store(path)
    yield store
    store.close()


def act(desk: Desk, kind: str) -> Act:
    return Act(op=new_id(), person=desk.bob.key, kind=kind, project=desk.project.key)


def with_label(book: Codebook, name: str) -> Codebook:
    return book.with_labels([*(label.name for label in book.labels), name])


def test_a_codebook_made_elsewhere_counts_for_the_next_mark(desk: Desk, other: Store) -> None:
    first = desk.get(desk.mark("Maduro"))
    book = other.codebooks.of(desk.project.key)
    other.codebooks.save(act(desk, "codebook"), desk.project.key, with_label(book, "hope"))
    uid = desk.mark("Maduro", "hope")
    assert (desk.get(uid).label, desk.get(uid).codebook) == ("hope", (first.codebook or 0) + 1)


def test_a_document_renamed_elsewhere_is_found_by_what_it_says_now(
    desk: Desk, other: Store
) -> None:
    assert desk.store.documents.find(desk.project, "call").value.title == "The call"
    with other.database.writing() as db:
        db.conn.execute("update documents set title = 'Another', labels = '[\"good\"]'")
    found = desk.store.documents.find(desk.project, "call").value
    assert (found.title, found.labels) == ("Another", ("good",))


def test_a_document_deleted_elsewhere_takes_no_mark(desk: Desk, other: Store) -> None:
    desk.mark("Maduro")
    with other.database.writing() as db:
        db.conn.execute("update documents set deleted = 1")
    with pytest.raises(NotFound):
        desk.mark("Maduro")
    with pytest.raises(NotFound):
        desk.store.documents.find(desk.project, "call")


def test_a_layer_frozen_elsewhere_takes_no_mark(desk: Desk, other: Store) -> None:
    desk.mark("Maduro")
    with other.database.writing() as db:
        db.conn.execute("update layers set frozen = 1")
    with pytest.raises(Frozen):
        desk.mark("Maduro")


def test_an_id_taken_elsewhere_is_refused(desk: Desk, other: Store) -> None:
    draft = Annotation(id="m", start=0, end=6, label="actor")
    document = other.documents.find(desk.project, "call")
    other.marks.add(act(desk, "create"), desk.project, desk.bob, document, draft)
    with pytest.raises(BadInput, match="There is a mark with the id “m” already"):
        desk.add(draft)


def test_an_operation_done_elsewhere_is_not_done_again(desk: Desk, other: Store) -> None:
    draft = Annotation(id="m", start=0, end=6, label="actor")
    made = desk.add(draft, op="o-1")
    same = desk.act("create", op="o-1", request=["m", 0, 6, "actor"])
    document = other.documents.find(desk.project, "call")
    again = other.marks.add(same, desk.project, desk.ada, document, draft)
    assert (again.repeated, again.seq, again.result) == (True, made.seq, made.result)
    assert desk.quotes() == ["Maduro"]


def test_a_codebook_that_was_taken_back_is_not_remembered(desk: Desk, other: Store) -> None:
    """Two processes may make a version of one number, of which one was never kept."""
    book = desk.store.codebooks.of(desk.project.key)

    def work(change: Change) -> dict[str, str]:
        desk.store.codebooks.write(change, desk.project.key, with_label(book, "lost"))
        assert desk.store.codebooks.of(desk.project.key).has_label("lost")
        raise BadInput("taken back")

    with pytest.raises(BadInput, match="taken back"):
        desk.store.log.perform(act(desk, "codebook"), work)
    assert desk.store.codebooks.of(desk.project.key) == book
    kept = other.codebooks.save(act(desk, "codebook"), desk.project.key, with_label(book, "found"))
    assert desk.store.codebooks.of(desk.project.key) == kept
    assert not kept.has_label("lost")


def test_what_is_read_in_one_moment_stays_while_others_write(desk: Desk, other: Store) -> None:
    """A page reads in one transaction; what it remembers of it is right for whoever comes next."""
    book = desk.store.codebooks.of(desk.project.key)
    with desk.store.database.reading():
        assert desk.store.codebooks.of(desk.project.key) == book
        kept = other.codebooks.save(
            act(desk, "codebook"), desk.project.key, with_label(book, "hope")
        )
        assert desk.store.codebooks.of(desk.project.key) == book
        assert not desk.store.database.is_writing
    assert desk.store.codebooks.of(desk.project.key) == kept
    assert kept == replace(kept, version=book.version + 1)
