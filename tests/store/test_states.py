"""States of documents, the queue through them, progress, and where one left off."""

from dataclasses import replace

import pytest

from annotations.document import STATES, Annotated, Document, Layer
from annotations.errors import BadInput, Frozen, NotFound, Unfinished
from annotations.store import KeptDocument, Outcome, Person, Place, State
from annotations.store.states import ORDERS
from tests.store.desk import Desk


class Room:
    """A desk with several articles on it, by short names."""

    def __init__(self, desk: Desk, *names: str):
        self.desk, self.states = desk, desk.store.states
        self.documents = {"call": desk.document}
        for name in names:
            text = "Maduro asked Trump to lift all sanctions."
            self.documents[name] = desk.put(text, title=name.upper(), uid=name)

    def at(self, name: str) -> Desk:
        return self.desk.beside(self.documents[name])

    def set(self, name: str, state: str, note: str = "", by: Person | None = None) -> Outcome:
        desk, person = self.at(name), by or self.desk.ada
        act = desk.act("state", person, request=[name, state, note])
        return self.states.set(act, desk.project, person, desk.document, state, note)

    def of(self, name: str, by: Person | None = None) -> State:
        person, document = by or self.desk.ada, self.documents[name]
        return self.states.of(self.desk.project, person, document.key)

    def next(self, name: str | None, by: Person | None = None) -> str | None:
        after = None if name is None else self.documents[name].key
        found = self.states.next(self.desk.project, by or self.desk.ada, after)
        return found.id if found else None

    def previous(self, name: str) -> str | None:
        found = self.states.previous(self.desk.project, self.documents[name].key)
        return found.id if found else None

    def all(self, by: Person | None = None) -> dict[str, str]:
        person = by or self.desk.ada
        found = self.states.listed(self.desk.project, person, list(self.documents))
        return {name: found[name].name for name in self.documents}

    def choose(self, order: str) -> None:
        self.states.choose(self.desk.project, self.desk.ada, order)


@pytest.fixture
def room(desk: Desk) -> Room:
    return Room(desk, "b", "c", "d")


# --- one document


def test_a_document_is_new_until_the_first_mark_and_again_once_that_is_undone(room: Room) -> None:
    seen = [room.of("call")]
    room.desk.mark("Maduro")
    seen.append(room.of("call"))
    room.desk.undo()
    seen.append(room.of("call"))

    assert seen == [State("new"), State("in progress"), State("new")]


def test_two_people_have_different_states_of_one_document(room: Room) -> None:
    room.desk.mark("Maduro", by=room.desk.bob)
    room.set("call", "skipped")

    assert room.of("call") == State("skipped")
    assert room.of("call", by=room.desk.bob) == State("in progress")
    assert room.of("b", by=room.desk.bob) == State("new")


def test_a_flag_carries_a_question_and_loses_it_with_the_flag(room: Room) -> None:
    room.set("call", "flagged", "  Is Reuters a source or an actor? 😀 ")
    flagged = room.of("call")
    room.set("call", "done")

    assert flagged == State("flagged", "Is Reuters a source or an actor? 😀")
    assert room.of("call") == State("done")


@pytest.mark.parametrize(
    ("state", "note", "said"),
    [
        ("flagged", " ", "Write down the question"),
        ("finished", "", "is not a state"),
        ("flagged", "x" * 2001, "2000 are the most"),
        ("flagged", "a\0b", "U\\+0000"),
    ],
)
def test_what_is_no_state_is_refused_and_nothing_is_kept(
    room: Room, state: str, note: str, said: str
) -> None:
    before = room.desk.store.log.version(room.documents["call"].key)

    with pytest.raises(BadInput, match=said):
        room.set("call", state, note)

    assert room.of("call") == State("new")
    assert room.desk.store.log.version(room.documents["call"].key) == before


def test_a_document_with_marks_cannot_be_called_new(room: Room) -> None:
    room.desk.mark("Maduro")
    with pytest.raises(BadInput, match="in progress, not new"):
        room.set("call", "new")


def test_undo_and_redo_go_through_the_states_like_through_marks(room: Room) -> None:
    room.desk.mark("Maduro")
    room.set("call", "flagged", "Why?")
    room.set("call", "done")
    seen = []
    for _ in range(3):
        room.desk.undo()
        seen.append(room.of("call"))
    for _ in range(3):
        room.desk.redo()
        seen.append(room.of("call"))

    assert seen == [
        State("flagged", "Why?"),
        State("in progress"),
        State("new"),
        State("in progress"),
        State("flagged", "Why?"),
        State("done"),
    ]
    assert room.desk.is_sound()


def test_a_frozen_layer_keeps_its_state(room: Room) -> None:
    room.set("call", "done")
    room.desk.sql("update layers set frozen = 1")

    with pytest.raises(Frozen):
        room.set("call", "in progress")


def test_a_done_document_stays_done_when_its_marks_change_and_says_so(room: Room) -> None:
    uid = room.desk.mark("Maduro")
    room.set("call", "done")
    seen = [room.of("call")]
    room.desk.mark("Trump", by=room.desk.bob)
    seen.append(room.of("call"))
    room.desk.edit(uid, note="again")
    seen.append(room.of("call"))
    room.set("call", "done")
    seen.append(room.of("call"))
    room.desk.delete(uid)
    seen.append(room.of("call"))

    assert seen == [
        State("done"),
        State("done"),
        State("done", changed=True),
        State("done"),
        State("done", changed=True),
    ]


def test_a_new_relation_changes_a_done_document_too(room: Room) -> None:
    head, child = room.desk.mark("lift", "demand"), room.desk.mark("Maduro")
    room.set("call", "done")
    room.desk.relate(head, "made by", child)

    assert room.of("call") == State("done", changed=True)


def test_done_is_refused_while_a_required_attribute_is_missing(room: Room) -> None:
    book = room.desk.store.codebooks.of(room.desk.project.key)
    claim = book.label("claim")
    strict = replace(claim, attributes=(replace(claim.attributes[0], required=True),))
    labels = tuple(strict if label == claim else label for label in book.labels)
    room.desk.store.codebooks.save(
        room.desk.project_act("codebook"), room.desk.project.key, replace(book, labels=labels)
    )
    uid = room.desk.mark("asked", "claim")
    room.desk.mark("asked Trump", "claim", by=room.desk.bob)

    with pytest.raises(Unfinished) as refused:
        room.set("call", "done")
    still = room.of("call")
    room.desk.edit(uid, attributes={"stance": "for"})
    room.set("call", "done")

    found = [(m.annotation.id, m.kind, m.name) for m in refused.value.missing]
    assert found == [(uid, "attribute", "stance")]
    assert still == State("in progress")
    assert room.of("call") == State("done")


def test_what_an_import_says_of_states_counts(room: Room) -> None:
    said = {"x": "done", "y": "in progress", "z": "new"}
    layer = Layer(id="l", annotator="Ada")
    room.desk.take(
        *(
            Annotated(document=Document(id=uid, title=uid, text="Text"), layer=layer, state=state)
            for uid, state in said.items()
        )
    )
    found = room.states.listed(room.desk.project, room.desk.ada, list(said))

    assert {uid: state.name for uid, state in found.items()} == said


def test_a_document_of_another_project_has_no_state_here(room: Room) -> None:
    elsewhere = room.desk.elsewhere()
    with pytest.raises(NotFound):
        room.states.of(elsewhere.project, room.desk.ada, room.documents["call"].key)


# --- the queue


def test_the_queue_goes_in_the_order_of_import_and_begins_anew_at_the_end(room: Room) -> None:
    assert [room.next(name) for name in (None, "call", "b", "c", "d")] == [
        "call", "b", "c", "d", "call",
    ]  # fmt: skip
    assert [room.previous(name) for name in ("d", "c", "b", "call")] == ["c", "b", "call", None]


def test_what_is_done_skipped_or_flagged_is_passed_over(room: Room) -> None:
    room.set("b", "done")
    room.set("c", "flagged", "Why?")
    first = room.next("call")
    room.set("d", "skipped")

    assert first == "d"
    assert room.next("call") is None
    assert room.next("d") == "call"
    assert room.next("call", by=room.desk.bob) == "b"


def test_what_is_begun_comes_first_and_nothing_comes_twice(room: Room) -> None:
    room.choose("unfinished")
    room.at("b").mark("Maduro")
    room.at("d").mark("Maduro")

    assert room.next(None) == "b"
    assert [room.next(name) for name in ("b", "d", "call", "c")] == ["d", "call", "c", "b"]
    room.set("b", "done")
    assert room.next("b") == "d"


def test_every_article_in_order_passes_over_nothing(room: Room) -> None:
    room.choose("all")
    for name in ("b", "c"):
        room.set(name, "done")

    assert [room.next(name) for name in (None, "call", "b", "c", "d")] == [
        "call", "b", "c", "d", None,
    ]  # fmt: skip


def test_an_order_is_each_persons_own_and_must_be_known(room: Room) -> None:
    room.choose("all")
    with pytest.raises(BadInput):
        room.choose("backwards")

    states, project = room.states, room.desk.project
    assert states.order(project, room.desk.ada) == "all"
    assert states.order(project, room.desk.bob) == ORDERS[0]


def test_deleted_documents_are_in_no_queue(room: Room) -> None:
    room.desk.sql("update documents set deleted = 1 where uid = 'b'")
    assert (room.next("call"), room.previous("c")) == ("c", "call")


# --- lists and progress


def test_a_list_of_documents_by_state(room: Room) -> None:
    room.set("b", "done")
    room.at("c").mark("Maduro")
    room.set("d", "in progress")

    found = {
        state: set(room.states.among(room.desk.project, room.desk.ada, state)) for state in STATES
    }
    keys = {name: document.key for name, document in room.documents.items()}
    assert room.all() == {"call": "new", "b": "done", "c": "in progress", "d": "in progress"}
    assert found == {
        "new": {keys["call"]},
        "in progress": {keys["c"], keys["d"]},
        "done": {keys["b"]},
        "skipped": set(),
        "flagged": set(),
    }


def test_progress_counts_documents_and_marks_of_everybody_me_first(room: Room) -> None:
    room.desk.mark("Maduro", by=room.desk.bob)
    room.desk.mark("Trump", by=room.desk.bob)
    room.set("b", "done", by=room.desk.bob)
    room.set("c", "skipped", by=room.desk.bob)
    before = room.states.progress(room.desk.project, room.desk.ada)
    room.at("d").mark("Maduro")
    room.desk.undo(by=room.desk.bob)
    after = room.states.progress(room.desk.project, room.desk.ada)

    none = dict.fromkeys(STATES, 0)
    assert [(p.person.name, p.states, p.marks, p.settled, p.documents) for p in before] == [
        ("Ada", {**none, "new": 4}, 0, 0, 4),
        ("Bob", {**none, "new": 1, "in progress": 1, "done": 1, "skipped": 1}, 2, 2, 4),
    ]
    assert [(p.person.name, p.states, p.marks) for p in after] == [
        ("Ada", {**none, "new": 3, "in progress": 1}, 1),
        ("Bob", {**none, "new": 1, "in progress": 1, "done": 1, "skipped": 1}, 1),
    ]


def test_progress_agrees_with_the_states_one_by_one(room: Room) -> None:
    room.set("call", "new")
    room.set("b", "in progress")
    room.set("c", "flagged", "Why?")
    room.at("d").mark("Maduro")
    room.set("d", "in progress")
    counted = room.states.progress(room.desk.project, room.desk.ada)[0].states

    each = list(room.all().values())
    assert counted == {state: each.count(state) for state in STATES}


def test_finished_are_my_done_ones_and_those_of_a_key(room: Room) -> None:
    room.set("b", "done")
    room.set("c", "done", by=room.desk.bob)
    key = Layer(id="k", kind="key", annotator="Teacher")
    entry = Annotated(document=Document(id="x", title="x", text="T"), layer=key, state="done")
    room.desk.take(entry)

    found = room.states.finished(room.desk.project, room.desk.ada)
    by_key = room.desk.store.documents.by_key
    assert sorted(by_key(key).value.id for key in found) == ["b", "x"]


# --- where one left off


def left(room: Room, person: Person, document: KeptDocument) -> Place | None:
    return room.desk.store.places.of(person, document)


def test_a_place_is_kept_to_the_character_for_each_person(room: Room) -> None:
    store, call = room.desk.store, room.documents["call"]
    before = store.log.version(call.key)
    store.places.keep(room.desk.ada, call, Place(17))
    store.places.keep(room.desk.ada, call, Place(42, 45))

    assert left(room, room.desk.ada, call) == Place(42, 45)
    assert left(room, room.desk.bob, call) is None
    assert left(room, room.desk.ada, room.documents["b"]) is None
    assert store.log.version(call.key) == before


def test_a_place_outside_the_text_is_its_nearest_end(room: Room) -> None:
    store, call = room.desk.store, room.documents["call"]
    length = len(call.value.text)
    store.places.keep(room.desk.ada, call, Place(10_000, -5))

    assert left(room, room.desk.ada, call) == Place(length, 0)


def test_the_document_where_one_was_last_is_known(room: Room) -> None:
    store, project = room.desk.store, room.desk.project
    for at, name in ("2026-11-01", "b"), ("2026-11-02", "call"), ("2026-11-03", "c"):
        document = room.documents[name]
        store.places.keep(room.desk.ada, document, Place(1))
        room.desk.sql("update places set at = ? where document_id = ?", at, document.key)
    room.desk.sql("update documents set deleted = 1 where uid = 'c'")

    assert store.places.latest(room.desk.ada, project.key) == "call"
    assert store.places.latest(room.desk.bob, project.key) is None


def test_an_erased_article_leaves_no_place(room: Room) -> None:
    store, call = room.desk.store, room.documents["call"]
    store.places.keep(room.desk.ada, call, Place(17))
    store.upkeep.redact(room.desk.project_act("redact"), room.desk.project, "call")

    assert room.desk.sql("select count(*) from places") == [(0,)]
