"""After a codebook change: which marks wait, which do not, and how they stop waiting."""

from dataclasses import replace
from typing import Any

import pytest

from annotations.codebook import Attribute, Codebook, Label
from annotations.document import Annotated, Annotation, Document, Layer
from annotations.errors import BadInput, NotFound
from annotations.review import concerns
from tests.store.desk import Desk


def change(desk: Desk, label: str, **fields: Any) -> Codebook:
    """A next version of the codebook, in which a label is another."""
    present = desk.store.codebooks.of(desk.project.key)
    labels = tuple(replace(each, **fields) if each.id == label else each for each in present.labels)
    coming = replace(present, labels=labels)
    return desk.store.codebooks.save(desk.project_act("codebook"), desk.project.key, coming)


def stance(**fields: Any) -> tuple[Attribute, ...]:
    known = Attribute(id="stance", name="stance", choices=("for", "against", "neutral"))
    return (replace(known, **fields),)


def waiting(desk: Desk) -> list[tuple[str, int]]:
    return [(w.name, w.count) for w in desk.store.reviews.waiting(desk.project, desk.ada)]


def listed(desk: Desk, label: str = "") -> list[tuple[str, list[str]]]:
    found = desk.store.reviews.page(desk.project, desk.ada, label)
    return [(r.mark.id, [c.kind for c in r.concerns]) for r in found]


def confirm(desk: Desk, *marks: str, label: str = "") -> None:
    act = desk.project_act("confirm", request=[marks, label])
    desk.store.reviews.confirm(act, desk.project, desk.ada, marks, label)


@pytest.fixture
def desk(desk: Desk) -> Desk:
    desk.mark("Maduro asked", "claim", uid="c1", attributes={"stance": "neutral"})
    desk.mark("asked Trump", "claim", uid="c2", attributes={"stance": "for"})
    desk.mark("Reuters says", "claim", uid="c3")
    desk.mark("Trump", "actor", uid="a1")
    desk.mark("refused", "claim", uid="b1", by=desk.bob)
    return desk


def test_nothing_waits_under_the_first_codebook_or_after_a_change_of_looks(desk: Desk) -> None:
    first = waiting(desk)
    change(desk, "claim", colour="red", letter="K", examples=("So it is.",))

    assert (first, waiting(desk), listed(desk)) == ([], [], [])


CASES: dict[str, tuple[dict[str, Any], list[str], str]] = {
    "another definition": ({"description": "Said."}, ["c1", "c2", "c3"], "definition"),
    "retired": ({"retired": True}, ["c1", "c2", "c3"], "retired"),
    "merged": ({"merged_into": "demand"}, ["c1", "c2", "c3"], "merged"),
    "a choice gone": ({"attributes": stance(choices=("for", "against"))}, ["c1"], "choices"),
    "required now": ({"attributes": stance(required=True)}, ["c3"], "required"),
    "another kind": ({"attributes": stance(kind="text")}, ["c1", "c2"], "new kind"),
    "not asked": ({"attributes": ()}, ["c1", "c2"], "gone"),
}


@pytest.mark.parametrize(("fields", "expected", "kind"), CASES.values(), ids=CASES)
def test_exactly_the_marks_that_a_change_is_about_wait(
    desk: Desk, fields: dict[str, Any], expected: list[str], kind: str
) -> None:
    change(desk, "claim", **fields)

    assert listed(desk) == [(uid, [kind]) for uid in expected]
    assert sum(count for _, count in waiting(desk)) == len(expected)
    assert desk.store.reviews.count(desk.project, desk.bob) == (
        0 if kind in ("choices", "new kind", "gone") else 1
    )


def test_a_relation_described_otherwise_concerns_its_heads(desk: Desk) -> None:
    present = desk.store.codebooks.of(desk.project.key)
    kinds = tuple(
        replace(kind, description="Otherwise.") if kind.id == "supports" else kind
        for kind in present.relations
    )
    found = concerns(present, replace(present, relations=kinds))
    assert [(c.label, c.kind, c.name) for c in found] == [("claim", "relation", "supports")]


def test_a_mark_confirmed_edited_or_relabelled_waits_no_longer(desk: Desk) -> None:
    change(desk, "claim", description="Somebody says so.")
    confirm(desk, "c1")
    after_one = [uid for uid, _ in listed(desk)]
    desk.edit("c2", attributes={"stance": "against"})
    desk.edit("c3", note="A note alone is no review.")
    after_edit = [uid for uid, _ in listed(desk)]
    desk.edit("c3", label="demand")

    assert (after_one, after_edit, listed(desk)) == (["c2", "c3"], ["c3"], [])
    assert desk.get("c1").codebook == 2


def test_all_of_a_label_are_confirmed_at_once_and_one_undo_brings_them_back(desk: Desk) -> None:
    change(desk, "claim", description="Somebody says so.")
    change(desk, "actor", description="Who acts.")
    before = waiting(desk)
    confirm(desk, label="claim")
    after = waiting(desk)
    desk.store.log.undo(desk.project_act("undo"))

    assert before == [("claim", 3), ("actor", 1)]
    assert after == [("actor", 1)]
    assert waiting(desk) == before
    assert listed(desk, "actor") == [("a1", ["definition"])]
    assert desk.is_sound()


def test_a_change_that_was_taken_back_by_a_later_version_leaves_nothing_to_review(
    desk: Desk,
) -> None:
    was = desk.store.codebooks.of(desk.project.key).label("claim").description
    change(desk, "claim", description="Somebody says so.")
    change(desk, "claim", description=was)

    assert waiting(desk) == []


def test_what_does_not_wait_cannot_be_confirmed(desk: Desk) -> None:
    change(desk, "claim", description="Somebody says so.")
    with pytest.raises(NotFound):
        confirm(desk, "b1")
    with pytest.raises(NotFound):
        confirm(desk, "a1")
    with pytest.raises(BadInput):
        confirm(desk, label="demand")
    assert waiting(desk) == [("claim", 3)]


def test_marks_that_tell_no_version_do_not_wait(desk: Desk) -> None:
    layer = desk.store.layers.work_of(desk.project, desk.ada)
    assert layer is not None
    brought = Annotation(id="old", start=0, end=1, label="claim")
    document = Document(id="x", title="x", text="Text")
    entry = Annotated(
        document=document, layer=Layer(id=layer.value.id, annotator="Ada"), annotations=(brought,)
    )
    desk.take(entry)
    change(desk, "claim", description="Somebody says so.")

    assert "old" not in [uid for uid, _ in listed(desk)]


def test_a_new_label_and_a_renamed_one_ask_for_nothing(desk: Desk) -> None:
    change(desk, "claim", name="statement")
    present = desk.store.codebooks.of(desk.project.key)
    new = Label(id="new", name="new", letter="N", key="", colour="red", underline="wavy")

    assert concerns(present, replace(present, labels=(*present.labels, new))) == []
    assert waiting(desk) == []
