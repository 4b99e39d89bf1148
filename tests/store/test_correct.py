"""A text is corrected: every mark is carried over, and none is dropped."""

from io import BytesIO

import pytest

from annotations.document import Annotation, Layout, new_id
from annotations.errors import BadInput, ChangedSince, NotFound, Stale, TextStale
from annotations.formats import jsonl
from annotations.spans import Span
from annotations.store.suggestions import Choice
from annotations.suggest import Proposal
from tests.store.desk import TEXT, Desk, span_of


def said(desk: Desk) -> dict[str, tuple[str, str | None]]:
    """What each living mark quotes, and whether that is in doubt."""
    text = desk.document.value.text
    return {mark.id: (mark.quote(text), mark.doubt) for mark in desk.marks()}


def test_a_correction_is_a_new_revision_and_the_old_one_stays(desk: Desk) -> None:
    outcome = desk.correct("sanctions", "the sanctions")
    assert outcome.result == {"revision": 2, "carried": 0, "doubtful": 0, "lost": 0}
    now = desk.document.value
    assert (now.revision, now.text) == (2, TEXT.replace("sanctions", "the sanctions"))
    assert desk.store.documents.by_key(desk.document.key, 1).value.text == TEXT
    assert desk.is_sound()


def test_marks_go_with_the_words_that_they_mark(desk: Desk) -> None:
    before = desk.mark("Maduro")
    touched = desk.mark("lift all sanctions", "demand")
    after = desk.mark("Reuters")
    desk.correct("all sanctions", "all the sanctions")
    assert said(desk) == {
        before: ("Maduro", None),
        touched: ("lift all the sanctions", None),
        after: ("Reuters", None),
    }
    assert {mark.revision for mark in desk.marks()} == {2}


def test_fragments_are_carried_each(desk: Desk) -> None:
    one, other = Span(0, 6), Span(22, 26)
    draft = Annotation(id=new_id(), start=0, end=26, label="claim", fragments=(one, other))
    desk.add(draft)
    desk.correct("asked", "did ask")
    (mark,) = desk.marks()
    assert mark.quote(desk.document.value.text) == "Maduro … lift"


def test_what_cannot_be_found_stays_and_is_told(desk: Desk) -> None:
    gone, alike = desk.mark("Maduro"), desk.mark("sanctions", "demand")
    outcome = desk.rewrite(TEXT.replace("Maduro", "He").replace("sanctions", "sanctuaries"))
    assert (outcome.result["doubtful"], outcome.result["lost"]) == (1, 1)
    assert said(desk) == {gone: ("He", "lost"), alike: ("sanctuaries", "doubtful")}
    doubts = desk.store.corrections.doubts(desk.project, desk.document)
    assert [(d.annotation.id, d.was, d.revision) for d in doubts] == [
        (gone, "Maduro", 1),
        (alike, "sanctions", 1),
    ]
    assert desk.store.corrections.in_doubt(desk.document.key) == 2


def test_a_doubt_is_settled_by_saying_so_by_moving_and_by_deleting(desk: Desk) -> None:
    one, two, three = desk.mark("Maduro"), desk.mark("sanctions", "demand"), desk.mark("Reuters")
    desk.rewrite("He wanted them lifted. Agencies say that Trump refused.")
    assert desk.store.corrections.in_doubt(desk.document.key) == 3
    corrections = desk.store.corrections
    corrections.settle(desk.act("settle"), desk.project, [one])
    desk.edit(two, fragments=[Span(3, 9)])
    desk.delete(three)
    assert corrections.in_doubt(desk.document.key) == 0
    assert said(desk)[two] == ("wanted", None)
    desk.undo()
    desk.undo()
    desk.undo()
    assert corrections.in_doubt(desk.document.key) == 3


def test_a_doubt_stays_through_the_next_correction(desk: Desk) -> None:
    gone = desk.mark("Maduro")
    desk.correct("Maduro", "He")
    desk.correct("refused", "has refused")
    assert said(desk) == {gone: ("He", "lost")}
    (doubt,) = desk.store.corrections.doubts(desk.project, desk.document)
    assert (doubt.was, doubt.revision) == ("Maduro", 1)


def test_settling_what_was_changed_meanwhile_is_refused(desk: Desk) -> None:
    gone = desk.mark("Maduro")
    desk.correct("Maduro", "He")
    saw = desk.get(gone).version
    desk.edit(gone, by=desk.bob, note="who?")
    with pytest.raises(Stale):
        desk.store.corrections.settle(desk.act("settle"), desk.project, [gone], saw)
    with pytest.raises(BadInput):
        desk.store.corrections.settle(desk.act("settle"), desk.project, [])


def test_one_undo_takes_the_whole_correction_back(desk: Desk) -> None:
    first, second = desk.mark("Maduro"), desk.mark("lift all sanctions", "demand")
    before = {mark.id: mark for mark in desk.marks()}
    desk.correct("Maduro asked", "He begged")
    desk.undo()
    desk.look_again()
    assert (desk.document.value.revision, desk.document.value.text) == (1, TEXT)
    assert {mark.id: mark for mark in desk.marks()} == before
    desk.redo()
    desk.look_again()
    assert desk.document.value.revision == 2
    assert said(desk) == {first: ("He", "lost"), second: ("lift all sanctions", None)}


def test_after_an_undo_the_next_correction_takes_a_new_number(desk: Desk) -> None:
    desk.correct("Maduro", "He")
    desk.undo()
    assert desk.correct("Maduro", "She").result["revision"] == 3
    revisions = desk.store.corrections.revisions(desk.document)
    assert [(r.number, r.person, r.is_newest) for r in revisions] == [
        (3, "Ada", True),
        (2, "Ada", False),
        (1, "", False),
    ]


def test_a_correction_is_not_undone_under_marks_that_were_made_on_it(desk: Desk) -> None:
    desk.correct("Maduro", "President Maduro")
    late = Annotation(id=new_id(), start=0, end=9, label="actor")
    desk.add(late, by=desk.bob)
    with pytest.raises(ChangedSince, match="the text, or marks on it"):
        desk.undo()
    assert said(desk) == {late.id: ("President", None)}
    desk.undo(by=desk.bob)
    desk.undo()
    assert desk.look_again().value.text == TEXT


def test_what_was_done_before_a_correction_is_undone_on_the_corrected_text(desk: Desk) -> None:
    uid = desk.mark("Reuters", by=desk.bob)
    desk.edit(uid, by=desk.bob, note="an agency")
    desk.correct("Maduro", "President Maduro")
    desk.undo(by=desk.bob)
    assert (desk.get(uid).note, said(desk)) == ("", {uid: ("Reuters", None)})
    desk.undo(by=desk.bob)
    assert said(desk) == {}
    desk.redo(by=desk.bob)
    assert said(desk) == {uid: ("Reuters", None)}


def test_a_border_that_was_moved_before_a_correction_is_not_undone_blindly(desk: Desk) -> None:
    uid = desk.mark("Reuters", by=desk.bob)
    desk.edit(uid, by=desk.bob, fragments=[Span(44, 56)])
    desk.correct("Maduro", "President Maduro")
    with pytest.raises(ChangedSince):
        desk.undo(by=desk.bob)


def test_deleted_marks_are_carried_and_come_back_in_their_place(desk: Desk) -> None:
    uid = desk.mark("Reuters", by=desk.bob)
    desk.delete(uid, by=desk.bob)
    desk.correct("Maduro", "President Maduro")
    desk.undo(by=desk.bob)
    assert said(desk) == {uid: ("Reuters", None)}
    assert desk.is_sound()


def test_a_correction_can_be_undone_although_notes_were_written_since(desk: Desk) -> None:
    uid = desk.mark("Reuters")
    desk.correct("Maduro", "President Maduro")
    desk.edit(uid, by=desk.bob, note="an agency")
    desk.undo()
    desk.look_again()
    assert said(desk) == {uid: ("Reuters", None)}
    assert desk.get(uid).note == "an agency"


def test_frozen_layers_stay_on_their_text(desk: Desk) -> None:
    uid = desk.mark("Maduro")
    desk.freeze()
    open_one = desk.mark("Reuters", by=desk.bob)
    desk.correct("Maduro", "He", by=desk.bob)
    assert said(desk) == {open_one: ("Reuters", None)}
    older = desk.store.documents.by_key(desk.document.key, 1)
    (kept,) = desk.store.marks.of(older)
    assert (kept.id, kept.quote(older.value.text)) == (uid, "Maduro")
    assert desk.store.corrections.revisions(desk.document)[1].frozen == 1
    assert desk.is_sound()


def test_a_frozen_layer_goes_out_with_its_own_text_and_comes_in_so(desk: Desk) -> None:
    desk.mark("Maduro")
    desk.freeze()
    desk.mark("Reuters", by=desk.bob)
    desk.correct("Maduro", "He", by=desk.bob)
    out = desk.out()
    assert [(e.document.revision, e.document.text[:2]) for e in out] == [(2, "He"), (1, "Ma")]
    lines = b"".join(jsonl.write(out))
    elsewhere = desk.elsewhere()
    elsewhere.take(*jsonl.read(BytesIO(lines)))
    assert [(e.document, e.annotations) for e in elsewhere.out()] == [
        (e.document, e.annotations) for e in out
    ]


def test_a_mark_made_on_the_older_text_is_carried_over_as_it_comes_in(desk: Desk) -> None:
    seen = desk.document
    desk.correct("Maduro", "President Maduro")
    late = Annotation(id=new_id(), start=45, end=52, label="actor")
    assert late.span.of(TEXT).startswith("euters")
    desk.store.marks.add(desk.act("create"), desk.project, desk.ada, seen, late)
    (mark,) = desk.marks()
    assert (mark.span, mark.revision, mark.doubt) == (Span(55, 62), 2, None)


def test_a_late_mark_whose_words_are_gone_is_kept_for_a_person_to_settle(desk: Desk) -> None:
    seen = desk.document
    desk.correct("Maduro", "He")
    late = Annotation(id=new_id(), start=0, end=6, label="actor")
    outcome = desk.store.marks.add(desk.act("create"), desk.project, desk.ada, seen, late)
    assert outcome.result["doubt"] == "lost"
    assert said(desk) == {late.id: ("He", "lost")}
    (doubt,) = desk.store.corrections.doubts(desk.project, desk.document)
    assert doubt.was == ""


def test_an_edit_that_did_not_see_the_correction_is_no_conflict(desk: Desk) -> None:
    uid = desk.mark("Reuters")
    saw = desk.get(uid).version
    desk.correct("Maduro", "President Maduro")
    desk.edit(uid, saw=saw, note="an agency")
    assert (desk.get(uid).note, said(desk)) == ("an agency", {uid: ("Reuters", None)})


def test_an_edit_that_did_not_see_a_note_and_a_correction_is_a_conflict(desk: Desk) -> None:
    uid = desk.mark("Reuters")
    saw = desk.get(uid).version
    desk.edit(uid, by=desk.bob, note="who?")
    desk.correct("Maduro", "President Maduro")
    with pytest.raises(Stale):
        desk.edit(uid, saw=saw, note="an agency")


def test_borders_counted_on_the_older_text_are_carried_over(desk: Desk) -> None:
    uid = desk.mark("Reuters")
    saw = desk.get(uid).version
    start = TEXT.index("Reuters says")
    desk.correct("Maduro", "President Maduro")
    act = desk.act("edit")
    fields = {"fragments": [Span(start, start + len("Reuters says"))]}
    desk.store.marks.edit(act, desk.project, uid, fields, saw, revision=1)
    assert said(desk) == {uid: ("Reuters says", None)}


def test_two_people_who_correct_at_once_do_not_overwrite_each_other(desk: Desk) -> None:
    desk.correct("Maduro", "President Maduro", saw=1)
    with pytest.raises(TextStale, match="corrected by somebody else"):
        desk.correct("refused", "declined", by=desk.bob, saw=1)
    assert "refused" in desk.look_again().value.text
    desk.correct("refused", "declined", by=desk.bob, saw=2)
    assert desk.document.value.revision == 3


def test_the_same_correction_sent_twice_is_made_once(desk: Desk) -> None:
    first = desk.correct("Maduro", "He", op="op-1")
    again = desk.store.corrections.correct(
        desk.act("correct", op="op-1", request=["Maduro", "He"]),
        desk.project,
        desk.document,
        desk.document.value.text,
        Layout(),
    )
    assert (again.seq, again.repeated) == (first.seq, True)
    assert desk.document.value.revision == 2


@pytest.mark.parametrize("text", ["", "  \n ", TEXT])
def test_a_correction_to_nothing_or_to_the_same_is_refused(desk: Desk, text: str) -> None:
    with pytest.raises(BadInput):
        desk.rewrite(text)


def test_the_article_is_found_by_its_corrected_words_alone(desk: Desk) -> None:
    assert desk.store.search.documents(desk.project, "refused") == [desk.document.key]
    desk.correct("refused", "declined")
    assert desk.store.search.documents(desk.project, "refused") == []
    assert desk.store.search.documents(desk.project, "declined") == [desk.document.key]
    desk.undo()
    assert desk.store.search.documents(desk.project, "refused") == [desk.document.key]


def test_a_preview_names_the_marks_that_would_not_merely_move(desk: Desk) -> None:
    desk.mark("Reuters")
    touched, gone = desk.mark("all sanctions", "demand"), desk.mark("Maduro")
    text = TEXT.replace("Maduro", "He").replace("all sanctions", "all the sanctions")
    found = desk.store.corrections.preview(desk.document, text)
    assert [(c.annotation.id, c.was, c.becomes, c.place.how) for c in found] == [
        (gone, "Maduro", "He", "lost"),
        (touched, "all sanctions", "all the sanctions", "sure"),
    ]
    assert desk.look_again().value.revision == 1


def test_what_was_rejected_stays_so_in_the_corrected_text(desk: Desk) -> None:
    suggestions = desk.store.suggestions
    span = span_of("Reuters")
    proposal = Proposal(start=span.start, end=span.end, label="actor", score=0.9)
    suggestions.offer(desk.document, "memory", [proposal])
    choices = [Choice(span.start, span.end, "actor")]
    suggestions.reject(desk.act("reject"), desk.project, desk.ada, desk.document, choices)
    desk.correct("Maduro", "Nicolás Maduro", by=desk.bob)
    moved = Proposal(start=span.start + 8, end=span.end + 8, label="actor", score=0.9)
    suggestions.offer(desk.document, "memory", [moved])
    assert suggestions.open(desk.project, desk.ada, desk.document) == []
    desk.undo()
    (offered,) = suggestions.open(desk.project, desk.ada, desk.document)
    assert (offered.start, offered.end) == (moved.start, moved.end)
    desk.redo()
    desk.undo(by=desk.bob)
    desk.look_again()
    suggestions.offer(desk.document, "memory", [proposal])
    assert suggestions.open(desk.project, desk.ada, desk.document) == []


def test_another_projects_article_is_not_corrected_from_here(desk: Desk) -> None:
    elsewhere = desk.elsewhere()
    with pytest.raises(NotFound):
        elsewhere.store.corrections.correct(
            elsewhere.act("correct"), elsewhere.project, desk.document, "x", Layout()
        )


def test_erasing_a_corrected_article_leaves_none_of_its_texts(desk: Desk) -> None:
    desk.mark("Maduro")
    desk.correct("Maduro", "He")
    desk.store.upkeep.redact(desk.project_act("redact"), desk.project, "call")
    texts = desk.sql("select text, layout from texts")
    assert texts == [("", '{"blocks": [], "inlines": []}')] * 2
    assert desk.is_sound()
