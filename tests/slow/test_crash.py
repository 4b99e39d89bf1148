"""Postil is killed at bad moments; whatever it acknowledged must be there afterwards."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from annotations import codebook
from annotations.document import Document, new_id
from annotations.store import Act, Store, open_store

pytestmark = pytest.mark.crash

ROUNDS = 50

WRITER = """
import sys
from annotations.document import Annotation, Relation, new_id
from annotations.store import Act, open_store

store = open_store(sys.argv[1])
me = store.people.first()
project = store.projects.named("P")
document = store.documents.find(project, "d")

def act(kind):
    return Act(op=new_id(), person=me.key, kind=kind, project=project.key, document=document.key,
               request=new_id())

def say(*words):
    print(*words, flush=True)

say("ready")
while True:
    claim, actor, gone = new_id(), new_id(), new_id()
    for uid, label in ((claim, "claim"), (actor, "actor"), (gone, "actor")):
        draft = Annotation(id=uid, start=3, end=9, label=label, entity=f"entity {uid[:1]}")
        store.marks.add(act("create"), project, me, document, draft)
        say("made", uid)
    joined = new_id()
    relation = Relation(id=joined, head=claim, label="made by", child=actor)
    store.marks.relate(act("relate"), project, relation)
    say("joined", joined)
    store.marks.edit(act("edit"), project, claim, {"note": claim})
    say("noted", claim)
    say("deleting", gone)
    store.marks.delete(act("delete"), project, gone)
    say("deleted", gone)
    say("undoing", gone)
    store.log.undo(act("undo"))
    say("undeleted", gone)
    store.search.documents(project, "text")
"""


def begun(path: Path) -> None:
    store = open_store(path)
    me = store.people.first()
    project = store.projects.add(
        Act(op=new_id(), person=me.key, kind="project"), "P", codebook.default()
    )
    store.documents.add(
        Act(op=new_id(), person=me.key, kind="document", project=project.key),
        project,
        Document(id="d", title="T", text="Some text to mark, and some more of it."),
    )
    store.close()


def killed_while_writing(path: Path, after: float) -> list[tuple[str, str]]:
    """Run a writer, kill it, and give all that it said."""
    writer = subprocess.Popen(
        [sys.executable, "-u", "-c", WRITER, str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )
    assert writer.stdout is not None
    first = writer.stdout.readline()
    assert first == b"ready\n", writer.communicate()[1].decode()
    time.sleep(after)
    assert writer.poll() is None, writer.communicate()[1].decode()
    writer.send_signal(signal.SIGKILL)
    said, _ = writer.communicate()
    whole = said[: said.rfind(b"\n") + 1].decode().splitlines()
    return [(verb, uid) for verb, uid in map(str.split, whole)]


def broken_promises(store: Store, said: list[tuple[str, str]]) -> list[str]:
    """What was acknowledged and is not so; a step only announced may have gone either way."""
    document = store.documents.find(store.projects.named("P"), "d")
    marks = {mark.id: mark for mark in store.marks.of(document)}
    there = marks.keys() | {relation.id for relation in store.marks.relations_of(document)}
    broken = []
    for uid, verb in {uid: verb for verb, uid in said}.items():
        if verb in ("made", "joined", "noted", "undeleted") and uid not in there:
            broken.append(f"{uid} was {verb} and is gone")
        elif verb == "noted" and marks[uid].note != uid:
            broken.append(f"the note of {uid} is gone")
        elif verb == "deleted" and uid in there:
            broken.append(f"{uid} was deleted and is there")
    return broken


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no kill -9 here")
def test_nothing_acknowledged_is_lost_when_postil_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "postil.db"
    begun(path)
    dice = random.Random(20251201)
    said: list[tuple[str, str]] = []
    for number in range(ROUNDS):
        said += killed_while_writing(path, dice.uniform(0.0, 0.25))
        store = open_store(path)
        assert store.upkeep.check().problems == (), f"after round {number}"
        assert broken_promises(store, said) == [], f"after round {number}"
        store.close()
    kept = sum(not verb.endswith("ing") for verb, _ in said)
    made = sum(verb == "made" for verb, _ in said)
    print(f"{ROUNDS} kills, {kept} changes acknowledged, {made} of them new marks, none lost")
    assert made > ROUNDS
