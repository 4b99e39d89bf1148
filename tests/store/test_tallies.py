"""Counts of many marks follow the log; tests/store/test_any_sequence.py tries them in any order."""

from collections import Counter

import pytest

from annotations.document import Annotated, Annotation, new_id
from annotations.store import tallies
from annotations.store.kept_marks import KeptMarks
from tests.store.desk import Desk


@pytest.fixture(autouse=True)
def _every_count_is_one_of_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tallies, "MANY", 0)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A word for each time that all marks are counted."""
    times: list[str] = []
    real = KeptMarks._counted

    def counts(self: KeptMarks, *given: object) -> dict[int, int]:
        times.append("all")
        return real(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(KeptMarks, "_counted", counts)
    return times


def of(desk: Desk, layers: list[int] | None = None) -> dict[str, int]:
    """What is counted; whatever it took, it is what the marks say."""
    found = desk.store.marks.counts(desk.document, layers)
    assert found == Counter(m.label for m in desk.store.marks.of(desk.document, layers))
    return found


def test_marks_made_changed_and_deleted_are_followed_without_counting_all(
    desk: Desk, counted: list[str]
) -> None:
    first = desk.mark("Maduro")
    assert of(desk) == {"actor": 1}
    counted.clear()
    second = desk.mark("Trump")
    assert of(desk) == {"actor": 2}
    desk.edit(first, label="claim")
    desk.delete(second)
    desk.mark("Reuters")
    assert of(desk) == {"actor": 1, "claim": 1}
    assert of(desk) == {"actor": 1, "claim": 1}
    assert counted == []


def test_what_is_undone_and_done_again_is_followed(desk: Desk, counted: list[str]) -> None:
    desk.mark("Maduro")
    of(desk)
    counted.clear()
    desk.mark("refused", "claim")
    desk.undo()
    assert of(desk) == {"actor": 1}
    desk.redo()
    assert of(desk) == {"actor": 1, "claim": 1}
    assert counted == []


def test_each_choice_of_layers_has_its_own_count(desk: Desk) -> None:
    desk.mark("Maduro")
    desk.mark("Trump", by=desk.bob)
    ada, bob = [k.key for k in desk.store.layers.of_project(desk.project)]
    assert (of(desk), of(desk, [ada]), of(desk, [bob]), of(desk, [])) == (
        {"actor": 2},
        {"actor": 1},
        {"actor": 1},
        {},
    )
    desk.mark("refused", "claim", by=desk.bob)
    assert (of(desk), of(desk, [ada]), of(desk, [bob])) == (
        {"actor": 2, "claim": 1},
        {"actor": 1},
        {"actor": 1, "claim": 1},
    )


def test_marks_that_are_carried_to_a_corrected_text_are_counted_there(desk: Desk) -> None:
    desk.mark("Maduro")
    desk.mark("refused", "claim")
    old = desk.document
    assert of(desk) == {"actor": 1, "claim": 1}
    desk.correct("Reuters", "AFP")
    assert of(desk) == {"actor": 1, "claim": 1}
    assert desk.store.marks.counts(old) == {}
    desk.undo()
    desk.look_again()
    assert of(desk) == {"actor": 1, "claim": 1}


def test_an_import_into_the_same_document_is_counted(desk: Desk) -> None:
    desk.mark("Maduro")
    assert of(desk) == {"actor": 1}
    more = Annotation(id=new_id(), start=0, end=6, label="claim")
    desk.take(Annotated(document=desk.document.value, annotations=(more,)))
    assert of(desk) == {"actor": 1, "claim": 1}


def test_more_changes_than_are_followed_are_counted_anew(desk: Desk, counted: list[str]) -> None:
    desk.mark("Maduro")
    of(desk)
    counted.clear()
    for _ in range(tallies.MOST_CHANGES + 1):
        desk.mark("Trump")
    assert of(desk) == {"actor": tallies.MOST_CHANGES + 2}
    assert counted == ["all"]


def test_what_was_erased_is_counted_no_more(desk: Desk) -> None:
    mark = desk.mark("Maduro")
    assert of(desk) == {"actor": 1}
    desk.edit(mark, label="claim")
    desk.store.upkeep.redact(desk.act("redact"), desk.project, desk.document.value.id)
    assert of(desk) == {}


def test_few_marks_are_counted_and_not_kept(
    desk: Desk, counted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tallies, "MANY", 2)
    desk.mark("Maduro")
    assert of(desk) == of(desk) == {"actor": 1}
    assert counted == ["all", "all"]


def test_one_who_reads_all_at_one_moment_need_not_count_either(
    desk: Desk, counted: list[str]
) -> None:
    desk.mark("Maduro")
    assert of(desk) == {"actor": 1}
    counted.clear()
    desk.mark("Trump")
    with desk.store.database.reading():
        assert of(desk) == {"actor": 2}
    assert counted == []


def test_a_count_within_a_transaction_that_fails_is_not_kept(desk: Desk) -> None:
    desk.mark("Maduro")
    assert of(desk) == {"actor": 1}

    def fail() -> None:
        with desk.store.database.together():
            desk.mark("Trump")
            assert of(desk) == {"actor": 2}
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert of(desk) == {"actor": 1}
    desk.mark("refused", "claim")
    assert of(desk) == {"actor": 1, "claim": 1}


def test_documents_are_counted_apart(desk: Desk) -> None:
    desk.mark("Maduro")
    other = desk.beside(desk.put(desk.document.value.text))
    other.mark("refused", "claim")
    assert (of(desk), of(other)) == ({"actor": 1}, {"claim": 1})
