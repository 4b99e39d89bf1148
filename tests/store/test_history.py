"""What happened is told from the log, and every past state can be brought back."""

import pytest

from annotations.document import Annotation, new_id
from annotations.errors import BadInput, ChangedSince, Frozen, NotFound
from annotations.spans import Span
from annotations.store import Outcome
from annotations.store.restoring import Difference
from tests.store.desk import TEXT, Desk


def kinds(desk: Desk, **asked: object) -> list[str]:
    found = desk.store.history.of_document(desk.project, desk.document, **asked)  # type: ignore[arg-type]
    return [line.kind for line in found]


def newest(desk: Desk) -> int:
    return desk.store.log.version(desk.document.key)


def restore(desk: Desk, *uids: str) -> Outcome:
    act = desk.act("restore", request=list(uids))
    return desk.store.restoring.marks(act, desk.project, list(uids))


def bring_back(desk: Desk, seq: int, layers: list[int] | None = None) -> Outcome:
    act = desk.act("restore document")
    outcome = desk.store.restoring.document(act, desk.project, desk.document, seq, layers)
    desk.look_again()
    return outcome


def trashed(desk: Desk) -> list[tuple[str, str, str]]:
    """What lies in the trash: its quote or relation, who put it there, and by what."""
    return [
        (g.said.fields.get("quote") or g.said.fields.get("relation", ""), g.person, g.kind)
        for g in desk.store.history.trash(desk.project)
    ]


# --- what happened


def test_a_document_tells_what_was_done_in_it_the_newest_first(desk: Desk) -> None:
    uid = desk.mark("Maduro")
    desk.edit(uid, note="the president")
    desk.delete(uid, by=desk.bob)
    desk.undo(by=desk.bob)
    found = desk.store.history.of_document(desk.project, desk.document)
    assert [(line.kind, line.person, line.undone, line.made, line.altered) for line in found] == [
        ("undo", "Bob", "delete", 0, 1),
        ("delete", "Bob", "", 0, 1),
        ("edit", "Ada", "", 0, 1),
        ("create", "Ada", "", 1, 0),
        ("document", "Ada", "", 0, 0),
    ]
    assert {line.title for line in found} == {"The call", ""}


def test_pages_of_the_history_join_without_a_gap(desk: Desk) -> None:
    uid = desk.mark("Maduro")
    for number in range(6):
        desk.edit(uid, note=str(number))
    seqs, before = [], None
    while found := desk.store.history.of_document(desk.project, desk.document, before, limit=3):
        seqs += [line.seq for line in found]
        before = found[-1].seq
    assert seqs == sorted(seqs, reverse=True)
    assert len(seqs) == 8


def test_the_history_is_narrowed_by_person_and_by_kind(desk: Desk) -> None:
    uid = desk.mark("Maduro")
    desk.edit(uid, by=desk.bob, note="who?")
    assert kinds(desk, person=desk.bob.id) == ["edit"]
    assert kinds(desk, kind="create") == ["create"]
    assert kinds(desk, person=desk.bob.id, kind="create") == []
    assert desk.store.history.people(desk.project) == [(desk.ada.id, "Ada"), (desk.bob.id, "Bob")]


def test_an_import_is_told_by_every_document_that_it_touched_and_no_other(desk: Desk) -> None:
    desk.mark("Maduro")
    (entry,) = desk.out()
    elsewhere = desk.elsewhere()
    elsewhere.take(entry)
    project, store = elsewhere.project, elsewhere.store
    other = elsewhere.put("Another article")
    call = store.documents.find(project, "call")
    assert [line.kind for line in store.history.of_document(project, call)] == ["import"]
    assert [line.kind for line in store.history.of_document(project, other)] == ["document"]
    assert [line.kind for line in store.history.of_project(project)][:2] == ["document", "import"]


def test_a_change_tells_what_was_and_what_became(desk: Desk) -> None:
    uid = desk.mark("Maduro")
    outcome = desk.edit(uid, label="claim", note="the president", fragments=[Span(0, 12)])
    (touched,) = desk.store.history.details(desk.project, outcome.seq)
    assert touched.differing == [
        ("label", "actor", "claim"),
        ("quote", "Maduro", "Maduro asked"),
        ("note", "", "the president"),
        ("place", "0–6", "0–12"),
    ]


def test_a_relation_and_a_merged_name_are_told_in_words(desk: Desk) -> None:
    claim = desk.mark("Trump refused", "claim")
    actor = desk.mark("Reuters", entity="Reuters Ltd")
    relation = desk.relate(claim, "reported by", actor)
    seq = newest(desk)
    (touched,) = desk.store.history.details(desk.project, seq)
    assert (touched.before, touched.after.uid) == (None, relation)
    assert dict(touched.after.fields) == {
        "relation": "reported by",
        "head": "Trump refused",
        "child": "Reuters Ltd",
    }


def test_every_version_of_a_mark_is_told_also_of_a_deleted_one(desk: Desk) -> None:
    uid = desk.mark("Maduro")
    desk.edit(uid, note="the president")
    desk.correct("Maduro", "Nicolás Maduro", by=desk.bob)
    desk.delete(uid)
    versions = desk.store.history.of_mark(desk.project, uid)
    assert [(v.kind, v.person, v.touched.after.lives) for v in versions] == [
        ("delete", "Ada", False),
        ("correct", "Bob", True),
        ("edit", "Ada", True),
        ("create", "Ada", True),
    ]
    assert [v.touched.after.fields["quote"] for v in versions] == ["Maduro"] * 4
    assert versions[1].touched.differing == [("place", "0–6", "8–14")]


def test_a_change_of_another_project_is_not_told(desk: Desk) -> None:
    desk.mark("Maduro")
    elsewhere = desk.elsewhere()
    with pytest.raises(NotFound):
        desk.store.history.change(elsewhere.project, newest(desk))
    assert desk.store.history.change(desk.project, newest(desk)).kind == "create"


# --- the trash, and back


def test_deleted_marks_and_removed_relations_lie_in_the_trash(desk: Desk) -> None:
    claim, actor = desk.mark("Trump refused", "claim"), desk.mark("Reuters")
    relation = desk.relate(claim, "reported by", actor)
    other = desk.mark("Maduro")
    desk.unrelate(relation, by=desk.bob)
    desk.delete(other)
    assert trashed(desk) == [("Maduro", "Ada", "delete"), ("reported by", "Bob", "unrelate")]


def test_the_trash_tells_who_deleted_also_after_a_correction(desk: Desk) -> None:
    uid = desk.mark("Reuters")
    desk.delete(uid, by=desk.bob)
    desk.correct("Maduro", "Nicolás Maduro")
    assert trashed(desk) == [("Reuters", "Bob", "delete")]


def test_pages_of_the_trash_join_without_a_gap(desk: Desk) -> None:
    for uid in [desk.mark("Maduro") for _ in range(7)]:
        desk.delete(uid)
    found, before = [], ""
    while page := desk.store.history.trash(desk.project, before=before, limit=3):
        found += [gone.said.uid for gone in page]
        before = page[-1].cursor
    assert len(set(found)) == len(found) == 7
    assert desk.store.history.trash(desk.project, before="nonsense") != []


def test_a_deleted_mark_comes_back_with_its_relations(desk: Desk) -> None:
    claim, actor = desk.mark("Trump refused", "claim"), desk.mark("Reuters", entity="Reuters Ltd")
    desk.relate(claim, "reported by", actor)
    desk.delete(actor)
    assert desk.joined() == []
    outcome = restore(desk, actor)
    assert outcome.result == {"touched": {"annotations": [actor]}, "restored": 1}
    assert desk.joined() == [(claim, "reported by", actor)]
    assert trashed(desk) == []
    desk.undo()
    assert desk.quotes() == ["Trump refused"]
    assert desk.is_sound()


def test_several_come_back_in_one_act_with_what_joined_them(desk: Desk) -> None:
    claim, actor = desk.mark("Trump refused", "claim"), desk.mark("Reuters")
    desk.relate(claim, "reported by", actor)
    desk.delete(actor)
    desk.delete(claim)
    restore(desk, claim, actor)
    assert sorted(desk.quotes()) == ["Reuters", "Trump refused"]
    assert desk.joined() == [(claim, "reported by", actor)]


def test_a_relation_that_was_removed_before_stays_removed(desk: Desk) -> None:
    claim, actor = desk.mark("Trump refused", "claim"), desk.mark("Reuters")
    relation = desk.relate(claim, "reported by", actor)
    desk.unrelate(relation)
    desk.delete(actor)
    restore(desk, actor)
    assert desk.joined() == []
    desk.store.restoring.relation(desk.act("restore"), desk.project, relation)
    assert desk.joined() == [(claim, "reported by", actor)]


def test_a_relation_does_not_come_back_without_its_ends_or_twice(desk: Desk) -> None:
    claim, actor = desk.mark("Trump refused", "claim"), desk.mark("Reuters")
    relation = desk.relate(claim, "reported by", actor)
    desk.unrelate(relation)
    desk.relate(claim, "reported by", actor)
    with pytest.raises(ChangedSince, match="the same relation"):
        desk.store.restoring.relation(desk.act("restore"), desk.project, relation)
    desk.delete(actor)
    with pytest.raises(ChangedSince, match="a relation of this mark"):
        desk.store.restoring.relation(desk.act("restore"), desk.project, relation)


def test_what_is_there_or_frozen_or_unknown_is_not_restored(desk: Desk) -> None:
    uid = desk.mark("Maduro")
    with pytest.raises(BadInput, match="in its place"):
        restore(desk, uid)
    with pytest.raises(NotFound):
        restore(desk, "nobody")
    desk.delete(uid)
    desk.freeze()
    with pytest.raises(Frozen):
        restore(desk, uid)


def test_a_version_of_a_mark_comes_back_whole(desk: Desk) -> None:
    uid = desk.mark("Maduro", entity="Nicolás Maduro")
    first = newest(desk)
    desk.edit(uid, label="claim", entity=None, note="x", fragments=[Span(0, 12)])
    act = desk.act("restore")
    desk.store.restoring.version(act, desk.project, uid, first, saw=desk.get(uid).version)
    now = desk.get(uid)
    assert (now.label, now.entity, now.note, now.span) == (
        "actor",
        "Nicolás Maduro",
        "",
        Span(0, 6),
    )
    desk.undo()
    assert desk.get(uid).label == "claim"


def test_a_version_from_before_a_correction_comes_back_on_the_corrected_text(desk: Desk) -> None:
    uid = desk.mark("Reuters")
    first = newest(desk)
    desk.edit(uid, fragments=[Span(44, 56)])
    desk.correct("Maduro", "Nicolás Maduro")
    desk.delete(uid)
    desk.store.restoring.version(desk.act("restore"), desk.project, uid, first)
    assert desk.quotes() == ["Reuters"]


def test_a_version_in_which_it_was_deleted_is_not_brought_back(desk: Desk) -> None:
    uid = desk.mark("Maduro")
    desk.delete(uid)
    gone = newest(desk)
    restore(desk, uid)
    with pytest.raises(BadInput, match="deleted then"):
        desk.store.restoring.version(desk.act("restore"), desk.project, uid, gone)
    with pytest.raises(NotFound):
        desk.store.restoring.version(desk.act("restore"), desk.project, uid, 999_999)


# --- the document as it was


def test_a_document_is_read_as_it_was_after_each_change(desk: Desk) -> None:
    claim = desk.mark("Trump refused", "claim")
    actor = desk.mark("Reuters")
    desk.relate(claim, "reported by", actor)
    joined = newest(desk)
    desk.edit(claim, note="late")
    desk.delete(actor)
    desk.correct("Trump refused", "he declined")
    past = desk.store.history.at(desk.project, desk.document, joined)
    assert (past.document.value.text, past.person) == (TEXT, "Ada")
    assert [(a.quote(TEXT), a.note) for a in past.annotations] == [
        ("Reuters", ""),
        ("Trump refused", ""),
    ]
    assert [(r.head, r.child) for r in past.relations] == [(claim, actor)]
    first = desk.store.history.at(desk.project, desk.document, joined - 3)
    assert (first.annotations, first.relations) == ([], [])
    with pytest.raises(NotFound):
        desk.store.history.at(desk.project, desk.document, 1)


def test_an_older_text_is_read_with_the_marks_that_lay_on_it_last(desk: Desk) -> None:
    desk.mark("Maduro")
    desk.correct("Maduro", "He")
    desk.mark("Reuters")
    past = desk.store.history.at_revision(desk.project, desk.document, 1)
    assert past.document.value.text == TEXT
    assert [a.quote(TEXT) for a in past.annotations] == ["Maduro"]
    with pytest.raises(NotFound):
        desk.store.history.at_revision(desk.project, desk.document, 7)


def test_a_state_comes_back_in_one_act_that_can_be_undone(desk: Desk) -> None:
    kept, gone = desk.mark("Maduro"), desk.mark("Reuters")
    then = newest(desk)
    desk.edit(kept, note="changed", by=desk.bob)
    desk.delete(gone, by=desk.bob)
    made = desk.mark("Trump", by=desk.bob)
    before = {mark.id: mark for mark in desk.marks()}
    assert desk.store.restoring.difference(desk.document, then) == Difference(1, 1, 1, False)
    bring_back(desk, then)
    assert {mark.id: mark.note for mark in desk.marks()} == {kept: "", gone: ""}
    assert ("Trump", "Ada", "restore document") in trashed(desk)
    desk.undo()
    assert {mark.id: mark for mark in desk.marks()} == before
    assert made in before
    assert desk.is_sound()


def test_a_state_comes_back_for_chosen_layers_alone(desk: Desk) -> None:
    mine, theirs = desk.mark("Maduro"), desk.mark("Reuters", by=desk.bob)
    then = newest(desk)
    desk.delete(mine)
    desk.delete(theirs, by=desk.bob)
    layer = desk.store.layers.work_of(desk.project, desk.ada)
    assert layer is not None
    bring_back(desk, then, [layer.key])
    assert desk.quotes() == ["Maduro"]


def test_a_state_comes_back_with_its_text(desk: Desk) -> None:
    uid = desk.mark("Maduro")
    then = newest(desk)
    desk.correct("Maduro", "He")
    late = desk.mark("Reuters", by=desk.bob, uid="late")
    assert desk.store.restoring.difference(desk.document, then).text
    bring_back(desk, then)
    assert (desk.document.value.text, desk.quotes()) == (TEXT, ["Maduro"])
    assert desk.get(uid).doubt is None
    desk.undo()
    assert desk.look_again().value.text.startswith("He asked")
    assert sorted(mark.id for mark in desk.marks()) == sorted([uid, late])
    assert desk.is_sound()


def test_a_state_of_one_layer_comes_back_on_the_text_as_it_is(desk: Desk) -> None:
    uid = desk.mark("Reuters")
    then = newest(desk)
    desk.edit(uid, note="changed")
    desk.correct("Maduro", "Nicolás Maduro", by=desk.bob)
    layer = desk.store.layers.work_of(desk.project, desk.ada)
    assert layer is not None
    bring_back(desk, then, [layer.key])
    assert desk.document.value.revision == 2
    assert (desk.quotes(), desk.get(uid).note) == (["Reuters"], "")


def test_frozen_layers_are_not_brought_back(desk: Desk) -> None:
    uid = desk.mark("Maduro")
    then = newest(desk)
    desk.edit(uid, note="final")
    desk.freeze()
    with pytest.raises(BadInput, match="as it was then"):
        bring_back(desk, then)
    assert desk.get(uid).note == "final"


def test_a_state_is_not_brought_back_over_what_somebody_did_meanwhile(desk: Desk) -> None:
    uid = desk.mark("Maduro")
    then = newest(desk)
    desk.edit(uid, note="x")
    saw = newest(desk)
    desk.edit(uid, by=desk.bob, note="y")
    act = desk.act("restore document")
    with pytest.raises(ChangedSince):
        desk.store.restoring.document(act, desk.project, desk.document, then, None, saw)
    desk.store.restoring.document(
        desk.act("restore document"), desk.project, desk.document, then, None, newest(desk)
    )
    assert desk.get(uid).note == ""


# --- whole documents


def test_a_document_goes_into_the_trash_and_comes_back(desk: Desk) -> None:
    desk.mark("Maduro")
    act = desk.project_act("remove document")
    desk.store.history.of_project(desk.project)
    desk.store.restoring.remove_document(act, desk.project, desk.document)
    assert desk.store.documents.count(desk.project) == 0
    (gone,) = desk.store.history.removed_documents(desk.project)
    assert (gone.title, gone.person, gone.kind) == ("The call", "Ada", "remove document")
    assert desk.store.history.trash(desk.project) == []
    desk.store.restoring.removed_document(desk.project_act("restore"), desk.project, "call")
    assert desk.quotes() == ["Maduro"]
    assert desk.store.history.removed_documents(desk.project) == []


def test_an_erased_document_is_in_no_trash(desk: Desk) -> None:
    desk.mark("Maduro")
    desk.store.upkeep.redact(desk.project_act("redact"), desk.project, "call")
    assert desk.store.history.removed_documents(desk.project) == []
    assert desk.store.history.trash(desk.project) == []
    with pytest.raises(NotFound):
        desk.store.restoring.removed_document(desk.project_act("restore"), desk.project, "call")


def test_what_was_erased_is_told_as_that_and_nothing_else(desk: Desk) -> None:
    uid = desk.mark("Maduro", note="secret")
    desk.edit(uid, note="still secret")
    desk.store.upkeep.redact(desk.project_act("redact"), desk.project, "call")
    lines = desk.store.history.of_project(desk.project)
    told = [desk.store.history.details(desk.project, line.seq) for line in lines]
    assert "secret" not in repr(told)
    assert "Maduro" not in repr(told)


def test_marks_made_by_hand_are_restored_with_everything_they_said(desk: Desk) -> None:
    draft = Annotation(
        id=new_id(), start=0, end=6, label="claim", note="n", concept="peace", unsure=True
    )
    desk.add(draft)
    before = desk.get(draft.id)
    desk.delete(draft.id)
    restore(desk, draft.id)
    assert desk.get(draft.id) == before


def test_a_version_from_a_paragraph_that_was_deleted_since_goes_to_no_look_alike(
    desk: Desk,
) -> None:
    lines = [f"Team {name} reported that pay rose by three percent." for name in ("Ada", "Bo")]
    here = desk.beside(desk.put("\n".join(lines), uid="alike"))
    mark = Annotation(id="ada", start=30, end=43, label="claim")
    here.add(mark)
    seq = newest(here)
    here.edit("ada", note="noted")
    here.rewrite(lines[1])
    act = here.act("restore")
    here.store.restoring.version(act, here.project, "ada", seq)
    assert [(m.note, m.doubt) for m in here.marks()] == [("", "lost")]
