"""Agency copy of a finished article: it is found, and its marks come over with what they say."""

from dataclasses import replace

import pytest

from annotations.document import Annotated, Annotation, Document, Layer
from annotations.spans import Span
from annotations.store.near import Like
from tests.store.desk import Desk

STORY = (
    "Maduro asked Trump on the telephone to lift all sanctions against his country and his family. "
    "Reuters says that Trump refused the request after a quarter of an hour and hung up. 😀 "
    "Officials in Caracas said nothing about the call, and nobody in Washington confirmed it. "
    "A second call was planned for the following week but never took place, according to aides."
)
COPY = "CARACAS – " + STORY.replace("a quarter of an hour", "fifteen minutes") + " More to follow."


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """The story, marked and done by Ada; its copy beside it."""
    story = desk.put(STORY, title="Story", uid="story")
    mine = desk.beside(story)
    quotes = (("d", "to lift all sanctions", "demand"), ("a", "Maduro", "actor"))
    quotes += (("t", "after a quarter of an hour", "claim"),)
    for uid, quote, label in quotes:
        start = STORY.index(quote)
        draft = Annotation(id=uid, start=start, end=start + len(quote), label=label)
        mine.add(replace(draft, attributes={"status": "rejected"} if uid == "d" else {}))
    mine.edit("a", entity="Nicolás Maduro")
    mine.relate("d", "made by", "a")
    mine.relate("d", "reported by", entity="Reuters")
    done(mine)
    return mine


def done(desk: Desk) -> None:
    act = desk.act("state")
    desk.store.states.set(act, desk.project, desk.ada, desk.document, "done")


def like(desk: Desk, uid: str = "copy", text: str = COPY) -> tuple[Desk, Like | None]:
    copy = desk.beside(desk.put(text, title="Copy", uid=uid))
    return copy, desk.store.near.like(desk.project, desk.ada, copy.document)


def test_a_copy_of_a_done_article_is_found(desk: Desk) -> None:
    _, found = like(desk)

    assert found is not None
    assert found.document.value.id == "story"
    assert 0.7 < found.resemblance < 1
    assert found.layer.person == desk.ada.key


def test_neither_what_is_open_nor_what_somebody_else_did_nor_another_text_is_offered(
    desk: Desk,
) -> None:
    copy, _ = like(desk)
    near = desk.store.near

    assert near.like(desk.project, desk.bob, copy.document) is None
    assert like(desk, "other", "Another article altogether, about the weather in May.")[1] is None
    assert like(desk, "empty", "")[1] is None
    act = desk.act("state")
    desk.store.states.set(act, desk.project, desk.ada, desk.document, "in progress")
    assert near.like(desk.project, desk.ada, copy.document) is None


def test_a_key_is_offered_to_everybody(desk: Desk) -> None:
    layer = Layer(id="k", kind="key", annotator="Teacher")
    text = STORY.replace("Maduro", "The president")
    mark = Annotation(id="k1", start=0, end=3, label="actor")
    document = Document(id="keyed", title="Keyed", text=text)
    desk.take(Annotated(document=document, layer=layer, annotations=(mark,)))
    copy = desk.put(text + " More.", uid="copy")
    found = desk.store.near.like(desk.project, desk.bob, copy)

    assert found is not None
    assert (found.document.value.id, found.layer.value.kind) == ("keyed", "key")


def test_the_nearest_of_several_is_taken_and_a_corrected_text_is_looked_at_anew(
    desk: Desk,
) -> None:
    nearer = desk.beside(desk.put(COPY + " Or not.", title="Nearer", uid="nearer"))
    nearer.add(Annotation(id="n", start=0, end=7, label="actor"))
    done(nearer)
    copy, found = like(desk)
    assert found is not None
    assert found.document.value.id == "nearer"
    desk.sql("update near_documents set revision = 0")
    desk.sql("delete from near_bands")
    again = desk.store.near.like(desk.project, desk.ada, copy.document)
    assert again == found


def test_marks_are_adopted_with_all_they_say_in_one_act(desk: Desk) -> None:
    copy, found = like(desk)
    assert found is not None
    outcome = desk.store.near.adopt(
        copy.act("carry over"), desk.project, desk.ada, copy.document, found
    )
    marks = {m.label: m for m in copy.marks()}
    by_id = {m.id: m.label for m in copy.marks()}

    assert outcome.result == {"marks": 3, "relations": 2, "lost": 0}
    assert [m.quote(COPY) for m in copy.marks()][:2] == ["Maduro", "to lift all sanctions"]
    assert marks["actor"].entity == "Nicolás Maduro"
    assert marks["demand"].attributes == {"status": "rejected"}
    assert (marks["demand"].origin.kind, marks["demand"].origin.source) == ("memory", "near: Story")
    assert {(by_id[h], kind, by_id.get(c or "", c)) for h, kind, c in copy.joined()} == {
        ("demand", "made by", "actor"),
        ("demand", "reported by", "Reuters"),
    }
    copy.undo()
    assert (copy.marks(), copy.joined()) == ([], [])
    assert desk.is_sound()


def test_marks_are_offered_as_suggestions_once(desk: Desk) -> None:
    copy, found = like(desk)
    assert found is not None
    near = desk.store.near
    before = near.is_offered(found, copy.document)
    count = near.suggest(found, copy.document)
    offered = desk.store.suggestions.open(desk.project, desk.ada, copy.document)

    assert (before, near.is_offered(found, copy.document), count) == (False, True, 3)
    assert [(s.span.of(COPY), s.label) for s in offered][:2] == [
        ("Maduro", "actor"),
        ("to lift all sanctions", "demand"),
    ]
    assert offered[0].entity == "Nicolás Maduro"
    assert copy.marks() == []


def test_what_finds_no_place_is_counted(desk: Desk) -> None:
    text = STORY.replace(" on the telephone to lift all sanctions against his country", " for help")
    copy, found = like(desk, text=text)
    assert found is not None
    carried, lost = desk.store.near.carried(found, copy.document)
    sure = {each.annotation.id for each in carried if each.sure}

    assert len(carried) + lost == 3
    assert "a" in sure
    assert "d" not in sure
    assert all(Span(s.start, s.end).within(text) == s for each in carried for s in each.spans)


def test_an_erased_article_leaves_no_signature(desk: Desk) -> None:
    like(desk)
    desk.store.upkeep.redact(desk.project_act("redact"), desk.project, "story")
    key = desk.document.key

    assert desk.sql("select count(*) from near_bands where document_id = ?", key) == [(0,)]
    assert desk.sql("select count(*) from near_documents where document_id = ?", key) == [(0,)]


def test_relations_to_marks_left_behind_stay_behind(desk: Desk) -> None:
    copy, found = like(desk, text=STORY.replace("Maduro asked", "He asked"))
    assert found is not None
    carried, _ = desk.store.near.carried(found, copy.document)
    outcome = desk.store.near.adopt(
        copy.act("carry over"), desk.project, desk.ada, copy.document, found
    )

    came = {each.annotation.id for each in carried}
    assert outcome.result["relations"] == (2 if "a" in came else 1)
    assert desk.is_sound()


def test_a_mark_of_a_paragraph_that_the_copy_leaves_out_goes_to_no_look_alike(desk: Desk) -> None:
    lines = [
        f"Team {name} reported that pay rose by three percent." for name in ("Ada", "Bo", "Cy")
    ]
    whole = desk.beside(desk.put(f"{STORY}\n{chr(10).join(lines)}", uid="whole"))
    for uid, place in (("ada", 0), ("bo", 1)):
        start = whole.document.value.text.index(lines[place]) + lines[place].index("pay rose")
        whole.add(Annotation(id=uid, start=start, end=start + 8, label="claim"))
    done(whole)
    copy, found = like(whole, text=f"{lines[2]}\n{lines[1]}\n{STORY}")
    assert found is not None
    assert found.document.value.id == "whole"
    carried, lost = desk.store.near.carried(found, copy.document)
    text = copy.document.value.text
    assert [(c.annotation.id, c.spans[0].start) for c in carried if c.sure] == [
        ("bo", text.index("pay rose", len(lines[2])))
    ]
    assert lost == 1
