"""Two people mark, correct, undo, and bring back what was: the store is what a model says.

The model is a plain value: a text, and what is marked on it. It is remembered after each change;
every state that a person brings back, or that the log is asked for, must be the one remembered.
"""

import shutil
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from annotations.anchoring import reanchor_marks
from annotations.document import Annotation, Relation, new_id
from annotations.errors import BadInput, ChangedSince, NothingToUndo
from annotations.spans import Span
from annotations.store import Person, open_store
from tests.store.conftest import desk_in
from tests.store.desk import TEXT

LABELS = ("claim", "actor")
WORDS = ("peace", "Trump", "😀", "the", "e\u0301t\u0065\u0301", "")


@dataclass(frozen=True)
class Mark:
    label: str
    note: str
    spans: tuple[Span, ...]
    doubt: str | None = None


@dataclass(frozen=True)
class State:
    """A text, the living marks and the living relations on it."""

    text: str
    marks: dict[str, Mark] = field(default_factory=dict)
    relations: dict[str, tuple[str, str, str | None]] = field(default_factory=dict)


def carried(mark: Mark, old: str, new: str) -> Mark:
    """A mark on another text; what was in doubt stays so."""
    (place,) = reanchor_marks(old, new, [mark.spans])
    return (
        replace(mark, spans=place.spans, doubt=None if place.how == "sure" else place.how)
        if mark.doubt is None
        else replace(
            mark, spans=place.spans, doubt=mark.doubt if place.how == "sure" else place.how
        )
    )


def of_store(mark: Annotation) -> Mark:
    return Mark(mark.label, mark.note, mark.spans, mark.doubt)


def joined(relation: Relation) -> tuple[str, str, str | None]:
    return relation.head, relation.label, relation.child


class Machine(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.store = open_store(self.folder / "postil.db")
        self.desk = desk_in(self.store)
        self.people = (self.desk.ada, self.desk.bob)
        self.now = State(TEXT)
        self.gone: dict[str, Mark] = {}
        self.remembered: dict[int, State] = {}
        self.order: list[int] = []
        self.ever: set[str] = set()
        self.create(0, (0, 6), "actor")
        self.create(1, (0, 13), "claim")

    def teardown(self) -> None:
        if not hasattr(self, "store"):
            return
        try:
            self.the_log_tells_every_past()
            assert self.desk.is_sound()
        finally:
            self.store.close()
            shutil.rmtree(self.folder)

    def remember(self, state: State) -> None:
        """The state after a change that was just made."""
        self.now = state
        newest = self.store.log.version(self.desk.document.key)
        self.remembered[newest] = state
        self.order.append(newest)

    def seen(self) -> State:
        """The state as the store has it."""
        document = self.desk.look_again()
        return State(
            document.value.text,
            {mark.id: of_store(mark) for mark in self.store.marks.of(document)},
            {r.id: joined(r) for r in self.store.marks.relations_of(document)},
        )

    # --- what people do

    who = st.integers(0, 1)
    pick = st.integers(0, 99)
    places = st.tuples(st.integers(0, 60), st.integers(1, 30))

    def within(self, place: tuple[int, int]) -> Span:
        """A place in the text as it is now, whatever its length."""
        start = min(place[0], len(self.now.text) - 1)
        return Span(start, min(start + place[1], len(self.now.text)))

    def chosen(self, pick: int) -> str:
        """A living mark; small numbers, which Hypothesis likes, pick the newest."""
        living = list(self.now.marks)
        return living[-1 - pick % len(living)]

    def marked(self, uid: str, mark: Mark) -> None:
        self.remember(replace(self.now, marks=self.now.marks | {uid: mark}))

    @rule(who=who, place=places, label=st.sampled_from(LABELS))
    def create(self, who: int, place: tuple[int, int], label: str) -> None:
        span, uid = self.within(place), new_id()
        draft = Annotation(id=uid, start=span.start, end=span.end, label=label)
        self.desk.add(draft, self.people[who])
        self.ever.add(uid)
        self.marked(uid, Mark(label, "", (span,)))

    @precondition(lambda self: self.desk.document.value.revision > 1)
    @rule(who=who, place=places)
    def create_on_an_older_text(self, who: int, place: tuple[int, int]) -> None:
        newest = self.store.documents.revision(self.desk.document.key)
        document = self.store.documents.by_key(self.desk.document.key, max(1, newest - 1))
        old = document.value.text
        start = min(place[0], len(old) - 1)
        span, uid = Span(start, min(start + place[1], len(old))), new_id()
        draft = Annotation(id=uid, start=span.start, end=span.end, label="claim")
        person = self.people[who]
        act = self.desk.act("create", person, request=uid)
        self.store.marks.add(act, self.desk.project, person, document, draft)
        self.ever.add(uid)
        mark = Mark("claim", "", (span,))
        same = document.value.revision == newest
        self.marked(uid, mark if same else carried(mark, old, self.now.text))

    @precondition(lambda self: self.now.marks)
    @rule(who=who, pick=pick, note=st.sampled_from(["", "a", "b"]))
    def edit(self, who: int, pick: int, note: str) -> None:
        uid = self.chosen(pick)
        self.desk.edit(uid, self.people[who], note=note)
        self.marked(uid, replace(self.now.marks[uid], note=note))

    @precondition(lambda self: self.now.marks)
    @rule(who=who, pick=pick, place=places)
    def move(self, who: int, pick: int, place: tuple[int, int]) -> None:
        uid, span = self.chosen(pick), self.within(place)
        self.desk.edit(uid, self.people[who], fragments=[span])
        self.marked(uid, replace(self.now.marks[uid], spans=(span,), doubt=None))

    @precondition(lambda self: self.now.marks)
    @rule(who=who, pick=pick)
    def delete(self, who: int, pick: int) -> None:
        uid = self.chosen(pick)
        self.desk.delete(uid, self.people[who])
        self.gone[uid] = self.now.marks[uid]
        self.remember(
            State(
                self.now.text,
                {other: mark for other, mark in self.now.marks.items() if other != uid},
                {r: ends for r, ends in self.now.relations.items() if uid not in ends},
            )
        )

    @precondition(lambda self: self.pairs())
    @rule(who=who, pick=pick)
    def relate(self, who: int, pick: int) -> None:
        head, kind, child = self.pairs()[pick % len(self.pairs())]
        uid = self.desk.relate(head, kind, child, by=self.people[who])
        ends = (head, kind, child)
        self.remember(replace(self.now, relations=self.now.relations | {uid: ends}))

    @precondition(lambda self: self.now.relations)
    @rule(who=who, pick=pick)
    def unrelate(self, who: int, pick: int) -> None:
        uid = list(self.now.relations)[-1 - pick % len(self.now.relations)]
        self.desk.unrelate(uid, self.people[who])
        left = {r: ends for r, ends in self.now.relations.items() if r != uid}
        self.remember(replace(self.now, relations=left))

    @rule(who=who, pick=pick, word=st.sampled_from(WORDS), out=st.integers(0, 3))
    def correct(self, who: int, pick: int, word: str, out: int) -> None:
        words = self.now.text.split(" ")
        place = pick % len(words)
        words[place : place + out] = [word] if word else []
        self.rewrite(who, " ".join(words))

    @rule(who=who, pick=pick, letter=st.sampled_from("xs é"))
    def correct_a_letter(self, who: int, pick: int, letter: str) -> None:
        place = pick % len(self.now.text)
        self.rewrite(who, self.now.text[:place] + letter + self.now.text[place:])

    def rewrite(self, who: int, text: str) -> None:
        act = self.desk.act("correct", self.people[who], request=text)
        if not text.strip() or text == self.now.text:
            with pytest.raises(BadInput):
                self.desk.rewrite(text, act)
            return
        old = self.now.text
        self.desk.rewrite(text, act)
        self.gone = {uid: carried(mark, old, text) for uid, mark in self.gone.items()}
        marks = {uid: carried(mark, old, text) for uid, mark in self.now.marks.items()}
        self.remember(State(text, marks, self.now.relations))

    @precondition(lambda self: any(mark.doubt for mark in self.now.marks.values()))
    @rule(who=who)
    def settle(self, who: int) -> None:
        uid = next(uid for uid, mark in self.now.marks.items() if mark.doubt)
        act = self.desk.act("settle", self.people[who], request=uid)
        self.store.corrections.settle(act, self.desk.project, [uid])
        self.marked(uid, replace(self.now.marks[uid], doubt=None))

    # --- what people take back

    @rule(who=who)
    def undo(self, who: int) -> None:
        self.turn_back(self.people[who], "undo")

    @rule(who=who)
    def redo(self, who: int) -> None:
        self.turn_back(self.people[who], "redo")

    def turn_back(self, person: Person, verb: str) -> None:
        act = self.desk.act(verb, person)
        log = self.store.log
        target = log.next_undo(act) if verb == "undo" else log.next_redo(act)
        before = self.now
        try:
            (log.undo if verb == "undo" else log.redo)(act)
        except (NothingToUndo, ChangedSince):
            assert self.seen() == before
            return
        after = self.seen()
        if target == self.order[-1]:  # nothing happened since: all is as it was before that
            assert after == (
                self.remembered[self.order[-2]] if len(self.order) > 1 else State(TEXT)
            )
        self.remember(after)
        self.look_into_the_trash()

    @precondition(lambda self: self.gone)
    @rule(who=who, pick=pick)
    def restore(self, who: int, pick: int) -> None:
        uid = list(self.gone)[-1 - pick % len(self.gone)]
        act = self.desk.act("restore", self.people[who], request=uid)
        self.store.restoring.marks(act, self.desk.project, [uid])
        after = self.seen()
        assert after.text == self.now.text
        assert after.marks == self.now.marks | {uid: self.gone[uid]}
        for relation, ends in after.relations.items():
            if relation not in self.now.relations:
                assert uid in ends
        assert self.now.relations.items() <= after.relations.items()
        del self.gone[uid]
        self.remember(after)

    @precondition(lambda self: self.now.marks)
    @rule(who=who, pick=pick, which=pick)
    def restore_a_version(self, who: int, pick: int, which: int) -> None:
        uid = self.chosen(pick)
        versions = self.store.history.of_mark(self.desk.project, uid)
        version = versions[which % len(versions)]
        then = self.remembered[version.seq]
        act = self.desk.act("restore", self.people[who], request=[uid, version.seq])
        restoring = self.store.restoring
        if uid not in then.marks:
            with pytest.raises(BadInput):
                restoring.version(act, self.desk.project, uid, version.seq)
            return
        try:
            restoring.version(act, self.desk.project, uid, version.seq)
        except BadInput:
            assert self.seen() == self.now
            return
        after = self.seen()
        mark = then.marks[uid]
        assert (after.marks[uid].label, after.marks[uid].note) == (mark.label, mark.note)
        if then.text == self.now.text:
            assert after.marks[uid].spans == mark.spans
        assert after == replace(self.now, marks=self.now.marks | {uid: after.marks[uid]})
        self.remember(after)

    @rule(who=who, pick=pick)
    def restore_the_document(self, who: int, pick: int) -> None:
        seq = self.order[-1 - pick % len(self.order)]
        act = self.desk.act("restore document", self.people[who], request=seq)
        expected = self.remembered[seq]
        try:
            self.store.restoring.document(act, self.desk.project, self.desk.document, seq)
        except BadInput:
            assert expected == self.now
            return
        assert self.seen() == expected
        self.remember(expected)
        self.look_into_the_trash()

    def look_into_the_trash(self) -> None:
        """What lies where in the trash, after a step of which the model does not know that."""
        rows = self.store.database.rows(
            "select uid from annotations where deleted = 1 order by seq, id"
        )
        text = self.now.text
        newest = self.desk.look_again().value.revision
        self.gone = {}
        for (uid,) in rows:
            mark = self.store.marks.find(self.desk.project, uid, deleted=True).value
            if mark.revision == newest:
                self.gone[uid] = of_store(mark)
            else:  # it was made on a text that was taken back, and is carried when it is restored
                old, _ = self.store.documents.text(self.desk.document.key, mark.revision)
                place = carried(replace(of_store(mark), doubt=None), old, text)
                self.gone[uid] = place

    def pairs(self) -> list[tuple[str, str, str]]:
        """What may be joined and is not yet: marks of one layer."""
        layers = {m.id: m.layer for m in self.store.marks.of(self.desk.look_again())}
        kinds = {("claim", "actor"): "made by", ("claim", "claim"): "disputes"}
        marks = list(self.now.marks)[::-1]
        possible = [
            (head, kinds[of], child)
            for head in marks
            for child in marks
            if head != child
            and layers[head] == layers[child]
            and (of := (self.now.marks[head].label, self.now.marks[child].label)) in kinds
        ]
        return [pair for pair in possible if pair not in self.now.relations.values()]

    # --- what must hold

    @invariant()
    def the_store_is_what_the_model_says(self) -> None:
        assert self.seen() == self.now

    @invariant()
    def every_mark_lies_in_the_text(self) -> None:
        document = self.desk.look_again()
        for mark in self.store.marks.of(document):
            assert mark.revision == document.value.revision
            for span in mark.spans:
                span.within(document.value.text)

    @invariant()
    def nothing_is_ever_lost(self) -> None:
        trash = self.store.history.trash(self.desk.project, limit=1000)
        gone = {g.said.uid for g in trash if g.said.kind == "annotations"}
        assert gone | set(self.now.marks) == self.ever
        assert not gone & set(self.now.marks)

    def the_log_tells_every_past(self) -> None:
        for seq, state in self.remembered.items():
            past = self.store.history.at(self.desk.project, self.desk.document, seq)
            assert past.document.value.text == state.text
            assert {a.id: of_store(a) for a in past.annotations} == state.marks
            assert {r.id: joined(r) for r in past.relations} == state.relations


TestMachine = Machine.TestCase
TestMachine.settings = settings(
    max_examples=60,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
