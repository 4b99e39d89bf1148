"""Operation ids, undo and redo, and the history."""

from collections.abc import Callable

import pytest

from annotations.document import Annotated, Annotation, Document, Layer, new_id
from annotations.errors import (
    BadInput,
    ChangedSince,
    Frozen,
    NothingToUndo,
    OperationReused,
)
from annotations.store import Outcome
from tests.store.desk import Desk

# --- the same operation again


def again(send: Callable[[], Outcome]) -> tuple[Outcome, Outcome]:
    first, second = send(), send()
    assert (first.repeated, second.repeated) == (False, True)
    assert (second.seq, dict(second.result)) == (first.seq, dict(first.result))
    return first, second


def test_a_create_sent_twice_makes_one_mark(desk: Desk) -> None:
    draft = Annotation(id="m", start=0, end=6, label="actor")
    again(lambda: desk.add(draft, op="o-1"))
    assert desk.quotes() == ["Maduro"]


def test_an_edit_sent_twice_does_not_conflict_with_itself(desk: Desk) -> None:
    uid = desk.mark("Maduro")
    saw = desk.get(uid).version
    again(lambda: desk.edit(uid, saw=saw, op="o-1", note="once"))
    assert desk.get(uid).note == "once"


def test_a_late_retry_of_an_edit_brings_nothing_back(desk: Desk) -> None:
    uid = desk.mark("Maduro")
    desk.edit(uid, op="o-1", note="one")
    desk.edit(uid, note="two")
    assert desk.edit(uid, op="o-1", note="one").repeated
    assert desk.get(uid).note == "two"


def test_a_delete_sent_twice_is_one(desk: Desk) -> None:
    uid = desk.mark("Maduro")
    again(lambda: desk.delete(uid, op="o-1"))
    assert desk.marks() == []


def test_a_late_retry_of_a_create_does_not_resurrect(desk: Desk) -> None:
    draft = Annotation(id="m", start=0, end=6, label="actor")
    desk.add(draft, op="o-1")
    desk.delete("m")
    assert desk.add(draft, op="o-1").repeated
    assert desk.marks() == []


def test_an_undo_sent_twice_takes_back_one_change(desk: Desk) -> None:
    desk.mark("Maduro")
    desk.mark("Trump")
    again(lambda: desk.undo(op="o-1"))
    assert desk.quotes() == ["Maduro"]
    again(lambda: desk.redo(op="o-2"))
    assert desk.quotes() == ["Maduro", "Trump"]


def test_an_import_sent_twice_comes_in_once(desk: Desk) -> None:
    entry = Annotated(document=Document(id="d", title="", text="A text."))
    first = desk.take(entry, op="o-1", request="file")
    assert desk.take(entry, op="o-1", request="file") == first
    assert desk.store.documents.count(desk.project) == 2


def test_another_request_under_the_same_operation_id_is_refused(desk: Desk) -> None:
    uid = desk.mark("Maduro", op="o-1")
    for send in (
        lambda: desk.mark("Trump", op="o-1"),
        lambda: desk.edit(uid, op="o-1", note="x"),
        lambda: desk.delete(uid, op="o-1"),
        lambda: desk.undo(op="o-1"),
        lambda: desk.take(op="o-1"),
    ):
        with pytest.raises(OperationReused):
            send()
    assert desk.quotes() == ["Maduro"]


def test_somebody_elses_operation_id_is_refused(desk: Desk) -> None:
    draft = Annotation(id="m", start=0, end=6, label="actor")
    desk.add(draft, op="o-1")
    with pytest.raises(OperationReused):
        desk.add(draft, by=desk.bob, op="o-1")


def test_an_operation_that_failed_may_be_sent_again(desk: Desk) -> None:
    with pytest.raises(BadInput):
        desk.mark("Maduro", op="o-1", entity=" ")
    desk.mark("Maduro", op="o-1", entity="Maduro")
    assert desk.quotes() == ["Maduro"]


def test_an_operation_id_has_the_form_of_an_id(desk: Desk) -> None:
    with pytest.raises(BadInput, match="operation id"):
        desk.mark("Maduro", op="drop table")


def test_a_request_may_hold_anything_a_form_can_send(desk: Desk) -> None:
    for request in (["\ud800"], {"n": 2**70}, [None, 1.5, {"ü": True}]):
        act = desk.act("create", request=request)
        assert len(act.digest) == 64


# --- undo and redo


def test_undo_goes_back_change_by_change_and_redo_forward(desk: Desk) -> None:
    uid = desk.mark("Maduro", note="one")
    desk.edit(uid, note="two")
    desk.delete(uid)
    states = []
    for verb in (desk.undo, desk.undo, desk.undo, desk.redo, desk.redo, desk.redo):
        verb()
        states.append([mark.note for mark in desk.marks()])
    assert states == [["two"], ["one"], [], ["one"], ["two"], []]
    with pytest.raises(NothingToUndo, match="nothing to redo in this document"):
        desk.redo()


def test_undo_says_what_it_took_back(desk: Desk) -> None:
    claim, actor = desk.mark("refused", "claim"), desk.mark("Trump", entity="Trump")
    relation = desk.relate(claim, "made by", actor)
    seq = desk.delete(actor).seq
    assert desk.undo().result == {
        "undoes": seq,
        "kind": "delete",
        "touched": {"annotations": [actor], "relations": [relation]},
    }


def test_there_is_nothing_to_undo_at_first(desk: Desk) -> None:
    with pytest.raises(NothingToUndo, match="nothing to undo in this document"):
        desk.undo()
    with pytest.raises(NothingToUndo):
        desk.redo()


def test_undo_takes_back_ones_own_changes_only(desk: Desk) -> None:
    desk.mark("Maduro")
    desk.mark("Trump", by=desk.bob)
    desk.undo()
    assert desk.quotes() == ["Trump"]
    with pytest.raises(NothingToUndo):
        desk.undo()


def test_undo_stays_in_its_document(desk: Desk) -> None:
    desk.mark("Maduro")
    beside = desk.beside(desk.put(desk.document.value.text))
    beside.mark("Trump")
    desk.undo()
    assert (desk.quotes(), beside.quotes()) == ([], ["Trump"])


def test_a_new_change_clears_redo(desk: Desk) -> None:
    desk.mark("Maduro")
    desk.mark("Trump")
    desk.undo()
    desk.mark("Reuters")
    with pytest.raises(NothingToUndo):
        desk.redo()
    desk.undo()
    desk.undo()
    assert desk.quotes() == []


def test_somebody_elses_change_does_not_clear_redo(desk: Desk) -> None:
    desk.mark("Maduro")
    desk.undo()
    desk.mark("Trump", by=desk.bob)
    desk.redo()
    assert desk.quotes() == ["Maduro", "Trump"]


def test_undo_is_refused_when_somebody_changed_it_since(desk: Desk) -> None:
    uid = desk.mark("Maduro")
    desk.edit(uid, note="mine")
    desk.edit(uid, by=desk.bob, note="theirs")
    with pytest.raises(ChangedSince, match="Cannot undo: a mark changed since") as caught:
        desk.undo()
    assert caught.value.objects == ("a mark",)
    assert desk.get(uid).note == "theirs"
    desk.undo(by=desk.bob)
    desk.undo()
    assert desk.get(uid).note == ""


def test_redo_is_refused_when_somebody_changed_it_since(desk: Desk) -> None:
    uid = desk.mark("Maduro")
    desk.edit(uid, note="mine")
    desk.undo()
    desk.edit(uid, by=desk.bob, note="theirs")
    with pytest.raises(ChangedSince, match="Cannot redo"):
        desk.redo()
    desk.undo(by=desk.bob)
    desk.redo()
    assert desk.get(uid).note == "mine"


def test_redo_of_an_edit_does_not_bring_back_a_mark_whose_making_was_undone(desk: Desk) -> None:
    uid = desk.mark("Maduro")
    desk.edit(uid, by=desk.bob, note="theirs")
    desk.undo(by=desk.bob)
    desk.undo()
    with pytest.raises(ChangedSince):
        desk.redo(by=desk.bob)
    assert desk.marks() == []
    desk.redo()
    desk.redo(by=desk.bob)
    assert desk.get(uid).note == "theirs"


def test_redo_of_an_edit_does_not_bring_back_another_edit_that_was_undone(desk: Desk) -> None:
    uid = desk.mark("Maduro", by=desk.bob)
    desk.edit(uid, note="mine")
    desk.edit(uid, by=desk.bob, unsure=True)
    desk.undo(by=desk.bob)
    desk.undo()
    with pytest.raises(ChangedSince):
        desk.redo(by=desk.bob)
    assert (desk.get(uid).note, desk.get(uid).unsure) == ("", False)


def test_a_mark_that_somebody_joined_since_is_not_taken_back(desk: Desk) -> None:
    claim, actor = desk.mark("refused", "claim", by=desk.bob), desk.mark("Trump", by=desk.bob)
    desk.sql("update layers set person_id = ?", desk.ada.key)
    relation = desk.relate(claim, "made by", actor)
    with pytest.raises(ChangedSince, match="a relation of this mark"):
        desk.undo(by=desk.bob)
    desk.unrelate(relation)
    desk.undo(by=desk.bob)
    assert desk.quotes() == ["refused"]


def test_a_relation_whose_end_is_gone_is_not_brought_back(desk: Desk) -> None:
    claim, actor = desk.mark("refused", "claim"), desk.mark("Trump")
    relation = desk.relate(claim, "made by", actor)
    desk.unrelate(relation)
    desk.delete(actor, by=desk.bob)
    with pytest.raises(ChangedSince, match="a relation of this mark"):
        desk.undo()
    assert desk.is_sound()


def test_a_relation_made_again_since_is_not_doubled_by_redo(desk: Desk) -> None:
    claim, actor = desk.mark("refused", "claim"), desk.mark("Trump")
    desk.relate(claim, "made by", actor)
    desk.undo()
    desk.relate(claim, "made by", actor, by=desk.bob)
    with pytest.raises(ChangedSince, match="the same relation"):
        desk.redo()
    assert desk.joined() == [(claim, "made by", actor)]


def test_undo_of_a_delete_brings_back_the_relations(desk: Desk) -> None:
    claim, actor = desk.mark("refused", "claim"), desk.mark("Trump")
    desk.relate(claim, "made by", actor)
    desk.relate(claim, "reported by", entity="Reuters")
    before = desk.joined()
    desk.delete(claim)
    desk.undo()
    assert desk.joined() == before


def test_undo_across_the_making_of_an_entity_takes_its_name_away(desk: Desk) -> None:
    desk.mark("Maduro", entity="Nicolás Maduro")
    desk.undo()
    assert desk.entities() == []
    desk.redo()
    assert (desk.entities(), desk.marks()[0].entity) == (["Nicolás Maduro"], "Nicolás Maduro")


def test_undo_leaves_an_entity_that_others_use_by_now(desk: Desk) -> None:
    desk.mark("Maduro", entity="Maduro")
    desk.mark("Trump", by=desk.bob, entity="Maduro")
    desk.undo()
    assert (desk.entities(), desk.quotes()) == (["Maduro"], ["Trump"])
    desk.redo()
    assert [mark.entity for mark in desk.marks()] == ["Maduro", "Maduro"]


def test_a_name_used_again_after_its_undo_is_the_same_entity(desk: Desk) -> None:
    desk.mark("Maduro", entity="Maduro")
    desk.undo()
    desk.mark("Trump", by=desk.bob, entity="Maduro")
    desk.redo()
    assert [mark.entity for mark in desk.marks()] == ["Maduro", "Maduro"]
    assert desk.entities() == ["Maduro"]
    desk.undo(by=desk.bob)
    assert (desk.entities(), desk.quotes()) == (["Maduro"], ["Maduro"])


def test_redo_brings_back_an_entity_that_somebody_else_made_and_took_away(desk: Desk) -> None:
    desk.mark("Maduro", entity="Maduro", concept="calls")
    desk.mark("Trump", by=desk.bob, entity="Maduro", concept="calls")
    desk.undo(by=desk.bob)
    desk.undo()
    assert desk.entities() == []
    desk.redo(by=desk.bob)
    assert desk.entities() == ["Maduro"]
    assert [c.name for c in desk.store.names.concepts(desk.project)] == ["calls"]
    assert desk.is_sound()


def test_a_name_given_anew_to_another_entity_refuses_redo(desk: Desk) -> None:
    desk.mark("Maduro", entity="Maduro")
    desk.undo()
    desk.mark("Trump", by=desk.bob, entity="Trump")
    desk.sql("update entities set name = 'Maduro' where name = 'Trump'")
    with pytest.raises(ChangedSince, match="a name that was given anew"):
        desk.redo()
    assert desk.quotes() == ["Trump"]


def test_an_entity_that_got_aliases_since_stays(desk: Desk) -> None:
    desk.mark("Maduro", entity="Maduro")
    desk.sql("update entities set aliases = '[\"Nico\"]', seq = seq")
    desk.mark("Trump", by=desk.bob, entity="Maduro")
    desk.undo(by=desk.bob)
    assert desk.entities() == ["Maduro"]


def test_a_concept_with_others_below_it_stays(desk: Desk) -> None:
    desk.mark("lift", "demand", concept="sanctions")
    desk.sql(
        "insert into concepts (project_id, uid, name, parent_id, created_seq, seq) "
        "select project_id, 'below', 'oil', id, 0, 0 from concepts"
    )
    desk.undo()
    names = [(c.name, c.parent) for c in desk.store.names.concepts(desk.project)]
    assert names == [("oil", "sanctions"), ("sanctions", None)]


def test_undo_of_a_first_mark_leaves_the_layer_to_later_marks(desk: Desk) -> None:
    desk.mark("Maduro")
    beside = desk.beside(desk.put(desk.document.value.text))
    beside.mark("Trump")
    desk.undo()
    beside.undo()
    beside.redo()
    (entry,) = [entry for entry in desk.out() if entry.annotations]
    assert [mark.quote(entry.document.text) for mark in entry.annotations] == ["Trump"]
    assert desk.is_sound()


def test_undo_stops_at_a_frozen_layer(desk: Desk) -> None:
    desk.mark("Maduro")
    desk.undo()
    desk.sql("update layers set frozen = 1")
    with pytest.raises(Frozen, match="“Ada · work”"):
        desk.redo()


def test_an_import_is_not_undone(desk: Desk) -> None:
    desk.take(Annotated(document=Document(id="d", title="", text="A text.")))
    act = desk.project_act("undo")
    desk.store.log.undo(act)  # the article, which was made before
    with pytest.raises(NothingToUndo):
        desk.store.log.undo(desk.project_act("undo"))
    assert desk.store.documents.count(desk.project) == 1


def test_a_new_codebook_is_not_undone(desk: Desk) -> None:
    book = desk.store.codebooks.of(desk.project.key).with_labels(["wish"])
    desk.store.codebooks.save(desk.project_act("codebook"), desk.project.key, book)
    with pytest.raises(NothingToUndo):
        desk.store.log.undo(desk.project_act("undo"))
    assert desk.store.codebooks.of(desk.project.key).has_label("wish")


def test_undo_does_not_bring_back_what_was_erased(desk: Desk) -> None:
    uid = desk.mark("Maduro", note="secret")
    desk.edit(uid, note="")
    act = desk.act("redact", desk.bob)
    desk.store.upkeep.redact(act, desk.project, desk.document.value.id)
    with pytest.raises(ChangedSince, match="erased"):
        desk.undo()


def test_an_erased_article_is_not_brought_back_by_redo(desk: Desk) -> None:
    desk.store.log.undo(desk.project_act("undo"))
    desk.store.upkeep.redact(desk.act("redact", desk.bob), desk.project, desk.document.value.id)
    with pytest.raises(ChangedSince, match="erased"):
        desk.store.log.redo(desk.project_act("redo"))


def test_an_undo_in_one_project_is_not_torn_by_the_same_ids_in_another(desk: Desk) -> None:
    document = Document(id="d", title="", text="Maduro refused.")
    entry = Annotated(
        document=document,
        layer=Layer(id="l", annotator="Ada"),
        annotations=(Annotation(id="m", start=0, end=6, label="actor"),),
    )
    other = desk.elsewhere()
    desk.take(entry)
    other.take(entry)
    here = desk.beside(desk.store.documents.find(desk.project, "d"))
    there = other.beside(other.store.documents.find(other.project, "d"))
    there.delete("m")
    here.edit("m", note="x")
    here.undo()
    assert (here.get("m").note, there.marks()) == ("", [])


# --- versions and history


def test_the_version_of_a_document_is_its_newest_change(desk: Desk) -> None:
    log, key = desk.store.log, desk.document.key
    seen = [log.version(key)]
    uid = desk.mark("Maduro")
    seen.append(log.version(key))
    desk.beside(desk.put("Another text.")).add(
        Annotation(id=new_id(), start=0, end=4, label="claim")
    )
    assert log.version(key) == seen[-1]
    desk.delete(uid)
    seen.append(log.version(key))
    desk.undo()
    seen.append(log.version(key))
    assert seen == sorted(set(seen))


def test_an_import_onto_a_document_gives_it_a_new_version(desk: Desk) -> None:
    before = desk.store.log.version(desk.document.key)
    mark = Annotation(id="m", start=0, end=6, label="actor")
    desk.take(Annotated(document=desk.document.value, layer=Layer(id="l"), annotations=(mark,)))
    assert desk.store.log.version(desk.document.key) > before


def test_the_history_of_a_mark_tells_who_did_what(desk: Desk) -> None:
    uid = desk.mark("Maduro", note="one")
    desk.edit(uid, by=desk.bob, note="two")
    desk.undo(by=desk.bob)
    key = desk.store.marks.find(desk.project, uid).key
    history = desk.store.log.of_object("annotations", key)
    assert [
        (entry.person, entry.kind, entry.before and entry.before["note"]) for entry in history
    ] == [("Ada", "create", None), ("Bob", "edit", "one"), ("Bob", "undo", "two")]
    assert [entry.undoes for entry in history] == [None, None, history[1].seq]


def test_only_objects_with_a_log_have_a_history(desk: Desk) -> None:
    with pytest.raises(ValueError, match="no history is kept for people"):
        desk.store.log.of_object("people", 1)
