"""Whatever two people do in whatever order, the store is what a list of snapshots says it is."""

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from annotations.document import Annotation, new_id
from annotations.errors import ChangedSince, NothingToUndo
from annotations.spans import Span
from annotations.store import Outcome, Person, changes, open_store, tallies
from tests.store.conftest import desk_in
from tests.store.desk import TEXT

LABELS = ("claim", "actor")
NAMES = ("Maduro", None)
Value = tuple[Any, ...]
State = tuple[bool, Value]
"""Whether an object lives, and what it says."""


@dataclass
class Done:
    """A change: each object it touched, before (``None``: made) and after it."""

    before: dict[str, State | None]
    after: dict[str, State]


@dataclass
class Model:
    """Marks are (start, end, label, note, entity, moment); relations (head, kind, child)."""

    now: dict[str, State] = field(default_factory=dict)
    done: dict[int, list[Done]] = field(default_factory=lambda: {0: [], 1: []})
    undone: dict[int, list[Done]] = field(default_factory=lambda: {0: [], 1: []})
    past: dict[int, dict[str, State]] = field(default_factory=dict)

    def living(self, size: int) -> list[str]:
        """The ids of living marks (size 6) or relations (size 3), oldest first."""
        return [uid for uid, (lives, value) in self.now.items() if lives and len(value) == size]

    def change(self, who: int, after: dict[str, State]) -> None:
        self.done[who].append(self._set(after))
        self.undone[who].clear()

    def _set(self, after: dict[str, State]) -> Done:
        done = Done({uid: self.now.get(uid) for uid in after}, after)
        self.now |= after
        return done

    def turned_back(self, done: Done) -> dict[str, State] | None:
        """What an undo of ``done`` would set, or ``None`` when it must be refused."""
        if any(self.now[uid] != after for uid, after in done.after.items()):
            return None
        target = {uid: before or (False, done.after[uid][1]) for uid, before in done.before.items()}
        return None if self._is_torn(target) else target

    def _is_torn(self, target: dict[str, State]) -> bool:
        then = self.now | target
        relations = {uid: v for uid, (lives, v) in then.items() if lives and len(v) == 3}
        for uid, (head, _, child) in relations.items():
            if {uid, head, child} & set(target) and not (then[head][0] and then[child][0]):
                return True
        twins = list(relations.values())
        return any(twins.count(v) > 1 for uid, v in relations.items() if uid in target)

    def turn_back(self, who: int, verb: str) -> dict[str, State] | None:
        source, goal = self.done[who], self.undone[who]
        if verb == "redo":
            source, goal = goal, source
        target = self.turned_back(source[-1])
        if target is not None:
            source.pop()
            goal.append(self._set(target))
        return target


class AnySequence(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.moments = 0
        self.real_now, changes.now = changes.now, self.moment
        self.many, tallies.MANY = tallies.MANY, 0
        self.store = open_store(self.folder / "postil.db")
        self.desk = desk_in(self.store)
        self.people = (self.desk.ada, self.desk.bob)
        self.model = Model()
        first = self.desk.mark("Maduro", "claim")  # both work in the layer that this makes
        self.layer = self.store.layers.of_project(self.desk.project)[0]
        value = (0, 6, "claim", "", None, self.last)
        self.model.change(0, {first: (True, value)})
        self.remember()

    def moment(self) -> str:
        self.moments += 1
        self.last = f"moment {self.moments:06}"
        return self.last

    def remember(self) -> None:
        newest = self.store.log.version(self.desk.document.key)
        self.model.past[newest] = dict(self.model.now)

    def teardown(self) -> None:
        if not hasattr(self, "store"):
            return
        try:
            self.the_log_tells_every_past()
            assert self.desk.is_sound()
        finally:
            changes.now, tallies.MANY = self.real_now, self.many
            self.store.close()
            shutil.rmtree(self.folder)

    # --- what people do

    who = st.integers(0, 1)
    pick = st.integers(0, 99)
    places = st.tuples(st.integers(0, 40), st.integers(1, 30))

    @rule(who=who, place=places, label=st.sampled_from(LABELS), entity=st.sampled_from(NAMES))
    def create(self, who: int, place: tuple[int, int], label: str, entity: str | None) -> None:
        uid, (start, length) = new_id(), place
        draft = Annotation(id=uid, start=start, end=start + length, label=label, entity=entity)
        person = self.people[who]
        act = self.desk.act("create", person, request=uid)
        self.store.marks.add(
            act, self.desk.project, person, self.desk.document, draft, layer=self.layer
        )
        self.model.change(who, {uid: (True, (start, start + length, label, "", entity, self.last))})
        self.remember()

    @precondition(lambda self: self.model.living(6))
    @rule(who=who, pick=pick, note=st.sampled_from(["", "a", "b"]), entity=st.sampled_from(NAMES))
    def edit(self, who: int, pick: int, note: str, entity: str | None) -> None:
        uid = self.chosen(6, pick)
        self.desk.edit(uid, self.people[who], note=note, entity=entity)
        start, end, label, *_ = self.model.now[uid][1]
        self.model.change(who, {uid: (True, (start, end, label, note, entity, self.last))})
        self.remember()

    @precondition(lambda self: self.model.living(6))
    @rule(who=who, pick=pick, place=places)
    def move(self, who: int, pick: int, place: tuple[int, int]) -> None:
        uid, (start, length) = self.chosen(6, pick), place
        self.desk.edit(uid, self.people[who], fragments=[Span(start, start + length)])
        _, _, label, note, entity, _ = self.model.now[uid][1]
        value = (start, start + length, label, note, entity, self.last)
        self.model.change(who, {uid: (True, value)})
        self.remember()

    @precondition(lambda self: self.model.living(6))
    @rule(who=who, pick=pick)
    def delete(self, who: int, pick: int) -> None:
        uid = self.chosen(6, pick)
        self.desk.delete(uid, self.people[who])
        gone = [uid]
        gone += [r for r in self.model.living(3) if uid in self.model.now[r][1]]
        self.model.change(who, {each: (False, self.model.now[each][1]) for each in gone})
        self.remember()

    @precondition(lambda self: self.pairs())
    @rule(who=who, pick=pick)
    def relate(self, who: int, pick: int) -> None:
        head, kind, child = self.pairs()[pick % len(self.pairs())]
        uid = self.desk.relate(head, kind, child, by=self.people[who])
        self.model.change(who, {uid: (True, (head, kind, child))})
        self.remember()

    @precondition(lambda self: self.model.living(3))
    @rule(who=who, pick=pick)
    def unrelate(self, who: int, pick: int) -> None:
        uid = self.chosen(3, pick)
        self.desk.unrelate(uid, self.people[who])
        self.model.change(who, {uid: (False, self.model.now[uid][1])})
        self.remember()

    @precondition(lambda self: self.pairs())
    @rule(who=who)
    def relate_the_newest(self, who: int) -> None:
        self.relate(who, 0)

    @rule(who=who)
    def undo_again(self, who: int) -> None:
        self.undo(who)

    @rule(who=who)
    def redo_again(self, who: int) -> None:
        self.redo(who)

    @rule(who=who)
    def undo(self, who: int) -> None:
        self.turn_back(who, "undo", self.desk.undo)

    @rule(who=who)
    def redo(self, who: int) -> None:
        self.turn_back(who, "redo", self.desk.redo)

    def turn_back(self, who: int, verb: str, run: Callable[[Person], Outcome]) -> None:
        waiting = (self.model.done if verb == "undo" else self.model.undone)[who]
        expected: type[Exception] | None = None
        if not waiting:
            expected = NothingToUndo
        elif self.model.turn_back(who, verb) is None:
            expected = ChangedSince
        if expected is not None:
            with pytest.raises(expected):
                run(self.people[who])
        else:
            run(self.people[who])
            self.remember()

    def chosen(self, size: int, pick: int) -> str:
        """One that lives; small numbers, which Hypothesis likes, pick the newest."""
        living = self.model.living(size)
        return living[-1 - pick % len(living)]

    def pairs(self) -> list[tuple[str, str, str]]:
        """What may be joined and is not yet."""
        marks = self.model.living(6)[::-1]
        kinds = {("claim", "actor"): "made by", ("claim", "claim"): "disputes"}
        joined = {self.model.now[uid][1] for uid in self.model.living(3)}
        possible = [
            (head, kinds[of], child)
            for head in marks
            for child in marks
            if head != child
            and (of := (self.model.now[head][1][2], self.model.now[child][1][2])) in kinds
        ]
        return [pair for pair in possible if pair not in joined]

    # --- what must hold

    @invariant()
    def the_store_is_what_the_model_says(self) -> None:
        marks = {
            mark.id: (mark.start, mark.end, mark.label, mark.note, mark.entity, mark.updated)
            for mark in self.store.marks.of(self.desk.document)
        }
        joined = self.store.marks.relations_of(self.desk.document)
        relations = {r.id: (r.head, r.label, r.child) for r in joined}
        living = {uid: value for uid, (lives, value) in self.model.now.items() if lives}
        assert marks | relations == living

    @invariant()
    def counts_that_follow_the_log_are_those_of_the_marks(self) -> None:
        living = [mark.label for mark in self.store.marks.of(self.desk.document)]
        assert self.store.marks.counts(self.desk.document) == Counter(living)
        assert self.store.marks.counts(self.desk.document, [self.layer.key]) == Counter(living)

    @invariant()
    def every_entity_in_use_lives_and_each_name_once(self) -> None:
        names = self.desk.entities()
        used = {mark.entity for mark in self.store.marks.of(self.desk.document)} - {None}
        assert used <= set(names)
        assert len(names) == len(set(names))

    def the_log_tells_every_past(self) -> None:
        database = self.store.database
        labels = self.store.codebooks.coding(self.desk.project.key)
        entities = dict(database.rows("select id, name from entities"))
        uids = dict(database.rows("select id, uid from annotations"))

        def state(kind: str, row: dict[str, Any]) -> State:
            lives = not row["deleted"]
            if kind == "annotations":
                label = labels.label_names[row["label_id"]]
                entity = entities.get(row["entity_id"])
                places = (row["start_at"], row["end_at"])
                return lives, (*places, label, row["note"], entity, row["updated"])
            kind_name = labels.kind_names[row["kind_id"]]
            return lives, (uids[row["head_id"]], kind_name, uids[row["child_id"]])

        for seq, expected in self.model.past.items():
            found = {}
            for kind in ("annotations", "relations"):
                for row in self.rows(kind):
                    if row["created_seq"] > seq:
                        continue
                    later = database.row(
                        """select before from change_items where kind = :kind
                        and object_id = :key and seq > :seq order by seq limit 1""",
                        {"kind": kind, "key": row["id"], "seq": seq},
                    )
                    then = orjson.loads(later[0]) if later else row
                    found[row["uid"]] = state(kind, then)
            assert found == expected

    def rows(self, kind: str) -> list[dict[str, Any]]:
        cursor = self.store.database.here.conn.execute(f"select * from {kind}")  # noqa: S608
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


assert len(TEXT) > 70  # every place that the rules draw is in it

TestAnySequence = AnySequence.TestCase
TestAnySequence.settings = settings(
    max_examples=80,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
