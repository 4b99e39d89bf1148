import pytest

from annotations.document import Annotated, Annotation, Document, Layer, Origin, Relation, new_id
from annotations.errors import (
    BadInput,
    Frozen,
    NotFound,
    QuoteMismatch,
    SpanOutOfText,
    Stale,
    UnstorableText,
)
from annotations.spans import Span
from annotations.store import Act
from tests.documents import DOCUMENTS
from tests.store.desk import Desk, span_of


def test_a_mark_is_kept_as_it_was_drawn(desk: Desk) -> None:
    draft = Annotation(
        id="m-1",
        start=0,
        end=18,
        label="actor",
        fragments=(Span(0, 6), Span(13, 18)),
        attributes={"firm": True, "huge": 10**30, "words": ["😀", None]},
        entity="Nicolás Maduro",
        concept="who called",
        note="“sic”\n",
        unsure=True,
        origin=Origin("model", "ner-7", 0.1),
        extra={"id": 2**64},
    )
    desk.add(draft)
    kept = desk.get("m-1")
    moment = kept.created
    assert moment is not None
    assert kept == Annotation(
        id="m-1",
        start=0,
        end=18,
        label="actor",
        fragments=(Span(0, 6), Span(13, 18)),
        attributes={"firm": True, "huge": 10**30, "words": ["😀", None]},
        entity="Nicolás Maduro",
        concept="who called",
        note="“sic”\n",
        unsure=True,
        origin=Origin("model", "ner-7", 0.1),
        codebook=1,
        created=moment,
        updated=moment,
        extra={"id": 2**64},
    )


def test_marks_come_by_place_and_the_longer_first(desk: Desk) -> None:
    desk.mark("Trump")
    desk.mark("Maduro")
    desk.mark("Maduro asked Trump", "claim")
    assert desk.quotes() == ["Maduro asked Trump", "Maduro", "Trump"]


def test_marks_within_a_stretch_are_those_that_share_a_character(desk: Desk) -> None:
    desk.mark("Maduro")
    trump = desk.mark("Trump")
    near = desk.store.marks.of(desk.document, within=span_of("asked Tr"))
    assert [mark.id for mark in near] == [trump]


def test_marks_are_counted_by_label(desk: Desk) -> None:
    desk.mark("Maduro")
    desk.mark("Trump")
    gone = desk.mark("lift all sanctions", "demand")
    desk.mark("refused", "claim")
    desk.delete(gone)
    assert desk.store.marks.counts(desk.document) == {"actor": 2, "claim": 1}


def test_a_single_fragment_is_kept_as_a_plain_mark(desk: Desk) -> None:
    desk.add(Annotation(id="m", start=0, end=6, label="actor", fragments=(Span(0, 6),)))
    assert desk.get("m").fragments == ()


def test_two_people_mark_in_layers_of_their_own(desk: Desk) -> None:
    desk.mark("Maduro")
    desk.mark("Maduro", by=desk.bob)
    layers = desk.store.layers.on_document(desk.document.key)
    assert [layer.value.title for layer in layers] == ["Ada · work", "Bob · work"]


def test_a_quote_that_is_not_there_is_refused(desk: Desk) -> None:
    draft = Annotation(id=new_id(), start=0, end=6, label="actor")
    with pytest.raises(QuoteMismatch) as caught:
        desk.store.marks.add(
            desk.act("create"), desk.project, desk.ada, desk.document, draft, "Madura"
        )
    assert (caught.value.expected, caught.value.found) == ("Madura", "Maduro")
    assert desk.marks() == []


@pytest.mark.parametrize(("start", "end"), [(0, 999), (-1, 3), (4, 4), (9, 3)])
def test_a_mark_beyond_the_text_is_refused(desk: Desk, start: int, end: int) -> None:
    with pytest.raises(SpanOutOfText):
        desk.add(Annotation(id=new_id(), start=start, end=end, label="actor"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "a b"},
        {"fragments": (Span(0, 2), Span(3, 5))},
        {"fragments": (Span(0, 4), Span(2, 6))},
        {"origin": Origin("oracle")},
        {"entity": "  "},
        {"attributes": {"when": object()}},
    ],
)
def test_a_mark_that_makes_no_sense_is_refused(desk: Desk, wrong: dict) -> None:
    with pytest.raises(BadInput):
        desk.add(Annotation(**{"id": "m", "start": 0, "end": 6, "label": "actor", **wrong}))
    assert (desk.marks(), desk.entities()) == ([], [])


@pytest.mark.parametrize(
    "wrong",
    [
        {"note": "a\0"},
        {"note": "\ud800"},
        {"entity": "x\0"},
        {"concept": "\udfff"},
        {"attributes": {"why": "\0"}},
        {"attributes": {"why": ["\ud800"]}},
        {"attributes": {"\0": 1}},
        {"extra": {"a": {"b": "\0"}}},
        {"origin": Origin("model", "\0")},
    ],
)
def test_a_character_that_no_page_can_show_is_refused(desk: Desk, wrong: dict) -> None:
    with pytest.raises(UnstorableText):
        desk.add(Annotation(**{"id": "m", "start": 0, "end": 6, "label": "actor", **wrong}))


def test_a_backslash_before_u0000_is_an_ordinary_text(desk: Desk) -> None:
    desk.mark("Maduro", uid="m", attributes={"path": "\\u0000"})
    assert desk.get("m").attributes == {"path": "\\u0000"}


def test_an_unknown_label_is_refused(desk: Desk) -> None:
    with pytest.raises(NotFound, match="label “wish”"):
        desk.mark("Maduro", "wish")


def test_an_id_is_given_once(desk: Desk) -> None:
    desk.delete(desk.mark("Maduro", uid="m"))
    with pytest.raises(BadInput, match="a mark with the id “m” already"):
        desk.mark("Trump", uid="m")


def test_an_edit_changes_what_it_names_and_nothing_else(desk: Desk) -> None:
    uid = desk.mark("Maduro", note="first", entity="Nicolás Maduro")
    before = desk.get(uid)
    desk.edit(uid, label="demand", fragments=[span_of("asked"), span_of("lift")], unsure=True)
    after = desk.get(uid)
    assert (after.label, after.span, after.fragments, after.unsure) == (
        "demand",
        Span(7, 26),
        (Span(7, 12), Span(22, 26)),
        True,
    )
    assert (after.note, after.entity, after.created) == (
        "first",
        "Nicolás Maduro",
        before.created,
    )
    assert after.version > before.version


def test_an_edit_clears_an_entity_and_a_concept(desk: Desk) -> None:
    uid = desk.mark("Maduro", entity="Maduro", concept="calls", attributes={"a": 1})
    desk.edit(uid, entity=None, concept="", attributes={})
    kept = desk.get(uid)
    assert (kept.entity, kept.concept, kept.attributes) == (None, None, {})


def test_an_edit_of_something_unknown_is_refused(desk: Desk) -> None:
    uid = desk.mark("Maduro")
    with pytest.raises(BadInput, match="no “colour” that could be changed"):
        desk.edit(uid, colour="red")


def test_a_move_is_checked_against_the_text(desk: Desk) -> None:
    uid = desk.mark("Maduro")
    act = desk.act("edit", request=1)
    with pytest.raises(QuoteMismatch):
        desk.store.marks.edit(act, desk.project, uid, {"fragments": [Span(7, 12)]}, quote="wanted")
    with pytest.raises(SpanOutOfText):
        desk.edit(uid, fragments=[Span(7, 1200)])


def test_a_stale_edit_shows_how_it_stands_now(desk: Desk) -> None:
    uid = desk.mark("Maduro", note="one")
    saw = desk.get(uid).version
    desk.edit(uid, by=desk.bob, note="two")
    with pytest.raises(Stale) as caught:
        desk.edit(uid, saw=saw, note="three")
    error = caught.value
    assert (error.saw, error.now, error.current["note"]) == (saw, desk.get(uid).version, "two")
    assert desk.get(uid).note == "two"
    with pytest.raises(Stale):
        desk.delete(uid, saw=saw)


def test_deleting_a_mark_removes_its_relations_and_names_the_other_ends(desk: Desk) -> None:
    claim, actor, other = desk.mark("refused", "claim"), desk.mark("Trump"), desk.mark("Reuters")
    desk.relate(claim, "made by", actor)
    desk.relate(claim, "reported by", other)
    outcome = desk.delete(actor)
    assert outcome.result == {"annotation": actor, "was": [13, 18], "joined": [claim]}
    assert desk.joined() == [(claim, "reported by", other)]
    assert desk.is_sound()


def test_what_is_deleted_is_not_found(desk: Desk) -> None:
    uid = desk.mark("Maduro")
    desk.delete(uid)
    with pytest.raises(NotFound):
        desk.edit(uid, note="late")
    with pytest.raises(NotFound):
        desk.delete(uid)
    assert desk.store.marks.find(desk.project, uid, deleted=True).value.id == uid


def test_a_mark_of_another_project_or_article_is_not_found(desk: Desk) -> None:
    uid = desk.mark("Maduro")
    with pytest.raises(NotFound):
        desk.elsewhere().edit(uid, note="mine")
    with pytest.raises(NotFound):
        desk.beside(desk.put("Another text.")).delete(uid)
    with pytest.raises(NotFound):
        desk.elsewhere("A third").mark("Maduro")


def test_several_marks_are_found_at_once(desk: Desk) -> None:
    maduro, trump = desk.mark("Maduro"), desk.mark("Trump")
    found = desk.store.marks.several(desk.project, [trump, "nobody", maduro])
    assert [mark.id for mark in found] == [maduro, trump]


# --- relations


def test_a_relation_joins_two_marks_or_a_mark_and_an_actor(desk: Desk) -> None:
    claim, actor = desk.mark("refused", "claim"), desk.mark("Trump")
    desk.relate(claim, "made by", actor)
    desk.relate(claim, "reported by", entity="Reuters")
    assert desk.joined() == [(claim, "made by", actor), (claim, "reported by", "Reuters")]
    at = desk.store.marks.relations_at(desk.project, [actor])
    assert [(r.head, r.child) for r in at] == [(claim, actor)]


def test_a_wrong_pair_of_labels_is_refused(desk: Desk) -> None:
    claim, actor = desk.mark("refused", "claim"), desk.mark("Trump")
    with pytest.raises(
        BadInput, match=r"^“made by” cannot join a mark labelled “actor” at that end"
    ):
        desk.relate(actor, "made by", claim)
    with pytest.raises(BadInput, match=r"^“supports” cannot join a mark labelled “actor”"):
        desk.relate(claim, "supports", actor)
    with pytest.raises(BadInput, match=r"^“supports” cannot lead to an actor"):
        desk.relate(claim, "supports", entity="Reuters")
    assert desk.entities() == []


def test_a_mark_is_not_joined_with_itself(desk: Desk) -> None:
    claim = desk.mark("refused", "claim")
    with pytest.raises(BadInput, match="itself"):
        desk.relate(claim, "supports", claim)


def test_a_relation_leads_to_one_thing(desk: Desk) -> None:
    claim, actor = desk.mark("refused", "claim"), desk.mark("Trump")
    with pytest.raises(BadInput, match="name one of the two"):
        desk.relate(claim, "made by", actor, entity="Trump")
    with pytest.raises(BadInput, match="name one of the two"):
        desk.relate(claim, "made by")


def test_two_marks_are_joined_once_by_one_kind(desk: Desk) -> None:
    claim, actor = desk.mark("refused", "claim"), desk.mark("Trump")
    desk.relate(claim, "made by", actor)
    with pytest.raises(BadInput, match="joined by “made by” already"):
        desk.relate(claim, "made by", actor)
    desk.relate(claim, "reported by", actor)
    assert len(desk.joined()) == 2


def test_a_relation_can_be_made_again_under_a_new_id_only(desk: Desk) -> None:
    claim, actor = desk.mark("refused", "claim"), desk.mark("Trump")
    first = desk.relate(claim, "made by", actor)
    desk.unrelate(first)
    with pytest.raises(BadInput, match=f"a relation with the id “{first}” already"):
        desk.relate(claim, "made by", actor, uid=first)
    desk.relate(claim, "made by", actor)
    assert desk.joined() == [(claim, "made by", actor)]


def test_marks_of_two_layers_or_articles_are_not_joined(desk: Desk) -> None:
    claim = desk.mark("refused", "claim")
    other = desk.mark("Trump", by=desk.bob)
    with pytest.raises(BadInput, match="in one layer of one document"):
        desk.relate(claim, "made by", other)
    beside = desk.beside(desk.put(desk.document.value.text))
    with pytest.raises(BadInput, match="in one layer of one document"):
        desk.relate(claim, "made by", beside.mark("Trump"))


def test_a_relation_with_a_mark_that_is_gone_is_refused(desk: Desk) -> None:
    claim, actor = desk.mark("refused", "claim"), desk.mark("Trump")
    desk.delete(actor)
    with pytest.raises(NotFound):
        desk.relate(claim, "made by", actor)
    with pytest.raises(NotFound):
        desk.relate(claim, "loved by", claim)


def test_an_unknown_relation_cannot_be_removed(desk: Desk) -> None:
    with pytest.raises(NotFound, match="no relation “r”"):
        desk.unrelate("r")


# --- names


def test_an_entity_is_made_once_and_then_used_again(desk: Desk) -> None:
    desk.mark("Maduro", entity="Maduro")
    desk.mark("Trump", entity=" Maduro ")
    claim = desk.mark("refused", "claim")
    desk.relate(claim, "made by", entity="Maduro")
    assert desk.entities() == ["Maduro"]


def test_entities_are_found_by_a_part_of_a_name_or_alias(desk: Desk) -> None:
    desk.mark("Maduro", entity="Nicolás Maduro")
    desk.mark("Trump", entity="Trump, Donald")
    desk.mark("Reuters", entity="The Donald")
    desk.sql(
        "update entities set aliases = ? where name = ?", '["El Presidente"]', "Nicolás Maduro"
    )
    found = [e.name for e in desk.store.names.entities(desk.project, "donald")]
    assert found == ["The Donald", "Trump, Donald"]
    assert [e.name for e in desk.store.names.entities(desk.project, "presid")] == ["Nicolás Maduro"]
    assert desk.store.names.entities(desk.project, "t")[0].name == "The Donald"
    for punctuation in ("[", '"', "]", "\\", "%", "_"):
        assert desk.store.names.entities(desk.project, punctuation) == []


def test_a_merged_entity_stands_for_the_one_it_was_merged_into(desk: Desk) -> None:
    short, claim = desk.mark("Maduro", entity="Maduro"), desk.mark("refused", "claim")
    desk.relate(claim, "made by", entity="Maduro")
    full = desk.mark("Trump", entity="Nicolás Maduro")
    desk.sql(
        "update entities set merged_into = (select id from entities where name = 'Nicolás Maduro') "
        "where name = 'Maduro'"
    )
    later = desk.mark("Reuters", entity="Maduro")
    assert [desk.get(uid).entity for uid in (short, full, later)] == ["Nicolás Maduro"] * 3
    assert desk.joined() == [(claim, "made by", "Nicolás Maduro")]
    assert desk.store.names.entities(desk.project)[0].merged_into == "Nicolás Maduro"


# --- layers


def frozen_layer(desk: Desk, annotator: str = "Ada") -> Layer:
    layer = Layer(id=new_id(), annotator=annotator, frozen=True)
    document = Document(id=new_id(), title="", text="handed in")
    mark = Annotation(id="handed-in", start=0, end=6, label="claim")
    desk.take(Annotated(document=document, layer=layer, annotations=(mark,)))
    return layer


def test_a_frozen_layer_takes_no_marks(desk: Desk) -> None:
    layer = desk.store.layers.find(desk.project, frozen_layer(desk).id)
    draft = Annotation(id=new_id(), start=0, end=6, label="actor")
    with pytest.raises(Frozen, match="The layer “Ada · work” is frozen"):
        desk.store.marks.add(
            desk.act("create"), desk.project, desk.ada, desk.document, draft, layer=layer
        )


def test_a_layer_frozen_a_moment_ago_takes_no_marks(desk: Desk) -> None:
    desk.mark("Maduro")
    (layer,) = desk.store.layers.of_project(desk.project)
    desk.sql("update layers set frozen = 1")
    draft = Annotation(id=new_id(), start=0, end=6, label="actor")
    with pytest.raises(Frozen):
        desk.store.marks.add(
            desk.act("create"), desk.project, desk.ada, desk.document, draft, layer=layer
        )


def test_marks_of_a_frozen_layer_stay_as_they_are(desk: Desk) -> None:
    claim, actor = desk.mark("refused", "claim"), desk.mark("Trump")
    relation = desk.relate(claim, "made by", actor)
    desk.sql("update layers set frozen = 1")
    for change in (
        lambda: desk.edit(claim, note="late"),
        lambda: desk.delete(claim),
        lambda: desk.relate(claim, "reported by", actor),
        lambda: desk.unrelate(relation),
        lambda: desk.undo(),
    ):
        with pytest.raises(Frozen):
            change()
    assert desk.joined() == [(claim, "made by", actor)]


def test_an_imported_frozen_layer_leaves_the_open_one_of_its_person_alone(desk: Desk) -> None:
    frozen_layer(desk)
    with pytest.raises(Frozen):
        desk.mark("Maduro")
    desk.mark("Maduro", by=desk.bob)
    frozen_layer_of_bob = Layer(id="b", annotator="Bob", frozen=True)
    desk.take(Annotated(document=desk.document.value, layer=frozen_layer_of_bob, state="done"))
    desk.mark("Trump", by=desk.bob)
    assert desk.quotes() == ["Maduro", "Trump"]


def test_a_layer_of_another_project_is_not_found(desk: Desk) -> None:
    other = desk.elsewhere()
    desk.mark("Maduro")
    (layer,) = desk.store.layers.of_project(desk.project)
    kept = other.put("Some text")
    act = Act(
        op=new_id(),
        person=desk.ada.key,
        kind="create",
        project=other.project.key,
        document=kept.key,
    )
    draft = Annotation(id=new_id(), start=0, end=4, label="claim")
    with pytest.raises(NotFound, match="layer"):
        desk.store.marks.add(act, other.project, desk.ada, kept, draft, layer=layer)


# --- nasty texts


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_mark_of_a_nasty_document_is_stored_exactly(desk: Desk, name: str) -> None:
    entry = DOCUMENTS[name]
    value = entry.document
    kept = desk.store.documents.add(desk.project_act("document"), desk.project, value)
    beside = desk.beside(kept)
    wanted = entry.annotations[:50]
    for label in {mark.label for mark in wanted} - {"claim", "actor", "demand"}:
        book = desk.store.codebooks.of(desk.project.key).with_labels([label])
        desk.store.codebooks.save(desk.project_act("codebook"), desk.project.key, book)
    for mark in wanted:
        text = value.text[mark.start : mark.end]
        desk.store.marks.add(beside.act("create"), desk.project, desk.ada, kept, mark, quote=text)
    assert desk.store.documents.find(desk.project, value.id).value == value
    assert {mark.id: mark.spans for mark in beside.marks()} == {
        mark.id: mark.spans for mark in wanted
    }
    assert {mark.id: (mark.attributes, mark.note, mark.extra) for mark in beside.marks()} == {
        mark.id: (mark.attributes, mark.note, mark.extra) for mark in wanted
    }


def test_relations_have_ids_of_their_own_form(desk: Desk) -> None:
    claim, actor = desk.mark("refused", "claim"), desk.mark("Trump")
    relation = Relation(id="no good", head=claim, label="made by", child=actor)
    with pytest.raises(BadInput, match="id of a relation"):
        desk.store.marks.relate(desk.act("relate"), desk.project, relation)
