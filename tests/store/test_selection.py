"""What of a project goes out."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from annotations import formats, selection, transfer
from annotations.codebook import default
from annotations.document import Annotated, Layer
from annotations.errors import BadInput, BadLine, ChooseLayer, NotFound
from annotations.renaming import Renaming
from annotations.selection import ALL, After, Chosen, Selection
from annotations.store import KeptDocument
from annotations.store.suggestions import Choice
from annotations.suggest import Proposal
from tests.documents import marked
from tests.store.desk import TEXT, Desk, span_of


def chosen(desk: Desk, training: bool = False, **said: Any) -> Chosen:
    """The selection carried out, with what went out in ``out``."""
    return Chosen(desk.store, desk.project, Selection(**said), training)


def out(desk: Desk, training: bool = False, **said: Any) -> list[Annotated]:
    return list(chosen(desk, training, **said))


def ids(entries: list[Annotated]) -> list[tuple[str, str | None, list[str]]]:
    return [
        (e.document.id, e.layer and e.layer.annotator, [m.label for m in e.annotations])
        for e in entries
    ]


def done(desk: Desk, document: KeptDocument | None = None, state: str = "done") -> None:
    document = document or desk.document
    act = replace(desk.act("state", request=[document.key, state]), document=document.key)
    desk.store.states.set(act, desk.project, desk.ada, document, state)


def now(desk: Desk) -> After:
    made = selection.made_from(desk.store, desk.project)
    return After(str(made["at"]), int(made["change"]), str(made["project"]))


def changed(desk: Desk, moment: After, **said: Any) -> list[str]:
    entries = out(desk, after=moment, **{"every": True, **said})
    return list(dict.fromkeys(entry.document.id for entry in entries))


@pytest.fixture
def three(desk: Desk) -> Desk:
    """Ada marked the call and an article that she has done; a third was never opened."""
    desk.mark("Maduro")
    second = desk.put(TEXT, "second", "second")
    desk.beside(second).mark("Trump", "claim")
    done(desk, second)
    desk.put("Nothing yet.", "third", "third")
    return desk


# --- layers and labels


def test_nothing_said_is_everything_of_the_only_layer(three: Desk) -> None:
    assert ids(out(three)) == [
        ("call", "Ada", ["actor"]),
        ("second", "Ada", ["claim"]),
        ("third", None, []),
    ]


def test_layers_go_out_in_the_order_in_which_they_were_made(desk: Desk) -> None:
    desk.mark("Maduro", uid="a")
    desk.mark("Trump", by=desk.bob, uid="b")
    every = ids(out(desk, every=True))

    assert every == [("call", "Ada", ["actor"]), ("call", "Bob", ["actor"])]
    assert ids(out(desk, layers=("Bob · work", "Ada · work"))) == every
    with pytest.raises(ChooseLayer):
        chosen(desk)
    with pytest.raises(NotFound, match="layer “Eve”"):
        chosen(desk, layers=("Eve",))


def test_labels_that_stay_at_home_are_counted_with_their_relations(desk: Desk) -> None:
    desk.relate(desk.mark("to lift", "demand"), "made by", desk.mark("Maduro"))

    going = chosen(desk, labels=("demand",))

    assert ids(list(going)) == [("call", "Ada", ["demand"])]
    assert dict(going.left_out) == {"spans": 1, "relations": 1}
    with pytest.raises(NotFound, match="label “demnd”"):
        chosen(desk, labels=("demnd",))


def test_labels_and_relations_go_out_under_other_names(desk: Desk) -> None:
    desk.relate(desk.mark("to lift", "demand"), "made by", desk.mark("Maduro"))

    going = chosen(desk, renaming=Renaming({"actor": "PER", "claim": None}, {"made by": "BY"}))
    (entry,) = going

    assert [mark.label for mark in entry.annotations] == ["PER", "demand"]
    assert [relation.label for relation in entry.relations] == ["BY"]
    assert not going.left_out
    with pytest.raises(BadInput, match="“clam”"):
        chosen(desk, renaming=Renaming({"clam": "CLAIM"}))


# --- states


def test_what_models_are_trained_with_is_what_is_done(three: Desk) -> None:
    going = chosen(three, training=True)

    assert ids(list(going)) == [("second", "Ada", ["claim"])]
    assert (dict(going.left_out), going.unmarked) == ({"not done": 2}, 0)


def test_unless_told_otherwise(three: Desk) -> None:
    assert len(out(three, training=True, states=(ALL,))) == 3
    assert ids(out(three, training=True, states=("in progress", "new"))) == [
        ("call", "Ada", ["actor"]),
        ("third", None, []),
    ]
    assert ids(out(three, states=("done",))) == [("second", "Ada", ["claim"])]
    with pytest.raises(BadInput, match="“finished” is not a state"):
        chosen(three, states=("finished",))


def test_a_done_document_without_a_mark_goes_out_and_is_counted(three: Desk) -> None:
    done(three, three.store.documents.find(three.project, "third"))

    going = chosen(three, training=True)

    assert ids(list(going)) == [("second", "Ada", ["claim"]), ("third", "Ada", [])]
    assert (dict(going.left_out), going.unmarked) == ({"not done": 1}, 1)


def test_a_key_is_done_by_what_it_is(desk: Desk) -> None:
    key = replace(
        marked("key", "Maduro called", ("actor", "Maduro")),
        layer=Layer(id="key", kind="key", annotator="Ada"),
        state=None,
    )
    model = replace(
        marked("guess", "Trump called", ("actor", "Trump")),
        layer=Layer(id="model", kind="model", annotator="ner"),
        state=None,
    )
    desk.take(key, model)

    assert ids(out(desk, training=True, every=True)) == [("doc-key", "Ada", ["actor"])]


def test_a_frozen_layer_is_as_done_as_its_newest_line_says(desk: Desk) -> None:
    desk.mark("Maduro")
    done(desk)
    desk.freeze()
    desk.correct("lift", "raise")

    (entry,) = out(desk, training=True)

    assert (entry.document.revision, entry.state) == (1, "done")
    assert [mark.label for mark in entry.annotations] == ["actor"]


# --- since


def test_nothing_changed_since_now(three: Desk) -> None:
    going = chosen(three, after=now(three))

    assert list(going) == []
    assert dict(going.left_out) == {"unchanged": 3}


def test_a_mark_a_relation_a_state_a_text_and_a_label_are_changes(three: Desk) -> None:
    first, third = three.marks()[0].id, three.store.documents.find(three.project, "third")
    told = []
    for change in (
        lambda: three.mark("Trump", uid="trump"),
        lambda: three.edit(first, note="he"),
        lambda: three.relate(three.mark("to lift", "demand"), "made by", first),
        lambda: three.delete("trump"),
        lambda: done(three),
        lambda: three.correct("all", "most"),
        lambda: three.store.documents.relabel(
            three.act("label", request=["x"]), three.project, "call", lambda labels: ["x"]
        ),
        lambda: three.undo(),
        lambda: done(three, third, "skipped"),
        lambda: three.put("A fourth.", "fourth", "fourth"),
    ):
        before = now(three)
        change()
        told.append(changed(three, before))

    assert told == [["call"]] * 8 + [["third"], ["fourth"]]


def test_what_another_layer_says_is_no_change_to_this_one(three: Desk) -> None:
    before = now(three)
    three.mark("Reuters", by=three.bob)

    assert changed(three, before, every=True) == ["call"]
    assert changed(three, before, every=False, layers=("Ada · work",)) == []


def test_a_name_that_changes_changes_every_document_that_bears_it(three: Desk) -> None:
    three.mark("Trump", entity="Donald")
    second = three.store.documents.find(three.project, "second")
    three.beside(second).mark("Maduro", entity="Nicolás", uid="m")
    donald = next(e for e in three.store.actors.all(three.project) if e.name == "Donald")
    before = now(three)
    three.store.actors.edit(
        three.project_act("rename"), three.project, donald.id, {"name": "D. T."}, None
    )

    assert changed(three, before) == ["call"]


def test_a_label_that_is_renamed_changes_what_is_marked_so(three: Desk) -> None:
    book = three.store.codebooks.of(three.project.key)
    before = now(three)
    labels = tuple(replace(x, name="thesis") if x.id == "claim" else x for x in book.labels)
    three.store.codebooks.save(
        three.project_act("codebook"), three.project.key, replace(book, labels=labels)
    )

    assert changed(three, before) == ["second"]


def test_a_moment_is_as_good_as_a_manifest_of_that_time(three: Desk) -> None:
    before = now(three)
    three.sql("update changes set at = '2026-01-01T00:00:00.000Z'")
    three.mark("Trump")

    assert changed(three, selection.after("2026-01-01T01:00:00+01:00")) == ["call"]
    assert changed(three, replace(before, project="another", at="2026-01-01T00:00:00.000Z")) == [
        "call"
    ]
    assert changed(three, selection.after("2025-12-31")) == ["call", "second", "third"]


def test_what_was_deleted_since_is_named(three: Desk) -> None:
    before = now(three)
    three.sql("update documents set deleted = 1, seq = seq + 100 where uid = 'second'")

    going = chosen(three, after=before)

    assert (list(going), going.deleted) == ([], ("second",))


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ("2026-01-31", "2026-01-31T00:00:00.000Z"),
        ("2026-01-31T12:00", "2026-01-31T12:00:00.000Z"),
        ("2026-01-31T12:00:00.5+02:00", "2026-01-31T10:00:00.500Z"),
        (" 2026-01-31T12:00:00Z ", "2026-01-31T12:00:00.000Z"),
    ],
)
def test_a_moment_is_read_as_utc_unless_it_says_otherwise(said: str, moment: str) -> None:
    assert selection.after(said) == After(moment)


@pytest.mark.parametrize("said", ["yesterday", "", "2026-13-01", "x" * 5000, "a\0b"])
def test_what_is_no_moment_is_refused(said: str) -> None:
    with pytest.raises(BadInput, match="neither a moment"):
        selection.after(said)


def test_a_moment_outside_of_the_calendar_is_refused() -> None:
    with pytest.raises(BadInput, match="calendar"):
        selection.after("0001-01-01T00:00+10:00")


def test_a_manifest_says_what_it_was_made_from(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.write_bytes(orjson.dumps({"made_from": selection.made_from(desk.store, desk.project)}))

    assert selection.after(str(path)) == now(desk)


@pytest.mark.parametrize("content", [b"{}", b"[]", b"no", b'{"made_from": {"at": "x"}}'])
def test_a_file_that_is_no_manifest_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "manifest.json"
    path.write_bytes(content)

    with pytest.raises(BadLine, match="no manifest") as caught:
        selection.after(str(path))

    assert caught.value.name == str(path)


# --- negatives


def reject(desk: Desk, quote: str, label: str = "actor", score: float = 0.25) -> None:
    span = span_of(quote)
    desk.store.suggestions.offer(
        desk.document, "ner-7", [Proposal(start=span.start, end=span.end, label=label, score=score)]
    )
    choice = Choice(span.start, span.end, label)
    desk.store.suggestions.reject(
        desk.act("reject", request=[quote]), desk.project, desk.ada, desk.document, [choice]
    )


def test_rejected_suggestions_go_out_in_a_layer_that_says_so(desk: Desk) -> None:
    desk.mark("Maduro")
    reject(desk, "Reuters")

    marks, negatives = out(desk, negatives=True)

    assert marks.layer is not None
    assert [marks.layer.kind, *(m.label for m in marks.annotations)] == ["work", "actor"]
    assert negatives.layer is not None
    assert (negatives.layer.kind, negatives.layer.name, negatives.layer.annotator) == (
        "suggestion",
        "rejected suggestions",
        "Ada",
    )
    (mark,) = negatives.annotations
    assert (mark.span, mark.label, mark.extra) == (
        span_of("Reuters"),
        "actor",
        {"verdict": "rejected"},
    )
    assert (mark.origin.kind, mark.origin.source, mark.origin.score) == ("model", "ner-7", 0.25)


def test_they_are_not_there_unasked_nor_under_other_layers(desk: Desk) -> None:
    desk.mark("Maduro")
    desk.mark("Trump", by=desk.bob)
    reject(desk, "Reuters")

    assert len(out(desk, every=True)) == 2
    assert len(out(desk, every=True, negatives=True)) == 3
    assert len(out(desk, layers=("Bob · work",), negatives=True)) == 1


def test_they_follow_the_labels_and_their_names(desk: Desk) -> None:
    desk.mark("Maduro")
    reject(desk, "Reuters")

    assert [e.annotations for e in out(desk, negatives=True, labels=("claim",))] == [(), ()]
    renamed = out(desk, negatives=True, renaming=Renaming({"actor": "PER"}))
    assert [[m.label for m in e.annotations] for e in renamed] == [["PER"], ["PER"]]


def test_a_rejection_is_a_change(desk: Desk) -> None:
    desk.mark("Maduro")
    before = now(desk)
    reject(desk, "Reuters")

    assert changed(desk, before) == []
    assert changed(desk, before, negatives=True) == ["call"]


# --- the file


def test_the_same_selection_gives_the_same_bytes(three: Desk) -> None:
    reject(three, "Reuters")
    said = Selection(every=True, negatives=True, renaming=Renaming({"actor": "PER"}))

    first, second = (
        b"".join(transfer.outgoing(three.store, three.project, said)) for _ in range(2)
    )

    assert first == second
    assert first.count(b'"verdict":"rejected"') == 1


def test_a_format_without_layers_does_not_take_negatives(desk: Desk) -> None:
    assert default().has_label("actor")
    for name in formats.writable():
        if "layers" not in formats.get(name).carries:
            with pytest.raises(BadInput, match="rejected"):
                transfer.outgoing(desk.store, desk.project, Selection(negatives=True), name)


def test_what_was_counted_is_there_at_the_end(three: Desk) -> None:
    made = transfer.snapshot(
        transfer.outgoing(
            three.store, three.project, Selection(states=("done",), labels=("actor",))
        )
    )
    made.file.close()

    assert dict(made.left_out) == {"not done": 2, "spans": 1}
    assert (made.contents.documents, made.unmarked) == (1, 1)


def test_what_is_given_up_leaves_no_transaction_open(three: Desk) -> None:
    going = transfer.outgoing(three.store, three.project)
    next(going)
    going.close()

    assert not three.store.database.here.conn.in_transaction
