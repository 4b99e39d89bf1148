"""Train, dev and test from the dialogue."""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import FileStorage

from annotations.document import Annotated
from annotations.store import Project, Store
from reader.transfers import Desk
from tests.documents import marked
from tests.web.conftest import Visitor, put, seen
from tests.web.test_transfers import finished

TEXT = "Maduro asked Trump to lift all sanctions, and Trump refused again on the phone. " * 3


@pytest.fixture
def desk(app: Flask) -> Iterator[Desk]:
    desk: Desk = app.extensions["postil.transfers"]
    yield desk
    desk.close()


@pytest.fixture
def full(store: Store, project: Project) -> Project:
    """Eight documents that are all nearly the same, each with one mark, in one layer."""
    entries = [marked(f"n{n}", f"{TEXT}Ending {n}.", ("actor", "Maduro")) for n in range(8)]
    layer = entries[0].layer
    put(
        store,
        project,
        *(Annotated(document=e.document, layer=layer, annotations=e.annotations) for e in entries),
    )
    return project


def split(visitor: Visitor, project: Project, **said: Any) -> str:
    form = {"chosen": "1", "format": "jsonl", "states": "all", "labels": "1", "label": "actor"}
    answer = visitor.post(f"/projects/{project.id}/export/make", {**form, **said})
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def test_the_dialogue_makes_train_dev_and_test_and_tells_how_they_turned_out(
    visitor: Visitor, full: Project, desk: Desk
) -> None:
    address = split(visitor, full, split="document", parts="train=50,test=50")
    made = finished(desk, full, address)
    assert made.state == "done", made.problem

    file = visitor.get(f"{address}/file")
    assert file.headers["Content-Type"] == "application/zip"
    assert 'filename="harbour-splits.zip"' in file.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(file.data)) as archive:
        names = archive.namelist()
        manifest = json.loads(archive.read("manifest.json"))
        lines = {name: archive.read(name).count(b"\n") for name in ("train.jsonl", "test.jsonl")}
    assert names == ["train.jsonl", "test.jsonl", "assignment.tsv", "manifest.json"]
    assert sum(lines.values()) == 8
    assert (
        manifest["command"] == "postil splits --format jsonl --parts train=50,test=50 --by document"
    )
    page = seen(visitor.get(address).text)
    train, test = (manifest["parts"][name]["documents"] for name in ("train", "test"))
    assert (
        f"Part Documents Marks actor train {train} ({train / 8:.0%}) {train} ({train / 8:.0%}) "
        f"{train} ({train / 8:.0%}) test {test} ({test / 8:.0%})" in page
    )
    assert made.result["split"]["across"] == len(manifest["near_across_parts"])
    assert ("nearly the same and stand" in page) == bool(manifest["near_across_parts"])


def test_texts_that_are_nearly_the_same_stay_together_where_that_is_asked(
    visitor: Visitor, full: Project, desk: Desk
) -> None:
    address = split(visitor, full, split="near")

    assert finished(desk, full, address).state == "done"
    page = seen(visitor.get(address).text)
    assert "8 (100%)" in page
    assert "No two texts that are nearly the same stand in two parts." in page


def frozen(assignment: bytes) -> FileStorage:
    return FileStorage(io.BytesIO(assignment), "assignment.tsv")


def test_what_an_earlier_split_names_stays_in_its_part(
    visitor: Visitor, store: Store, full: Project, desk: Desk
) -> None:
    first = split(visitor, full, split="document", parts="train=50,test=50")
    assert finished(desk, full, first).state == "done"
    with zipfile.ZipFile(io.BytesIO(visitor.get(f"{first}/file").data)) as archive:
        assignment = archive.read("assignment.tsv")
    turned = assignment.replace(b"\ttest\t", b"\t*\t").replace(b"\ttrain\t", b"\ttest\t")
    turned = turned.replace(b"\t*\t", b"\ttrain\t")
    assert turned != assignment

    said = {"split": "document", "parts": "train=50,test=50"}
    second = split(visitor, full, **said, frozen=frozen(turned))

    assert second != first
    made = finished(desk, full, second)
    assert made.state == "done", made.problem
    with zipfile.ZipFile(io.BytesIO(visitor.get(f"{second}/file").data)) as archive:
        assert archive.read("assignment.tsv") == turned
        manifest = json.loads(archive.read("manifest.json"))
    assert manifest["frozen"] == hashlib.sha256(turned).hexdigest()
    page = seen(visitor.get(second).text)
    assert "8 documents stay in the parts that the earlier split put them in." in page


@pytest.mark.parametrize(
    ("assignment", "problem"),
    [
        (b"a,b,c\n", "assignment.tsv, line 1: an assignment begins with"),
        (b"document\tpart\tgroup\nx\tdev\tx\n", "has the part “dev”, and the plan does not."),
    ],
)
def test_an_earlier_split_that_does_not_fit_is_refused_at_once(
    visitor: Visitor, full: Project, desk: Desk, assignment: bytes, problem: str
) -> None:
    form = {"chosen": "1", "format": "jsonl", "states": "all", "split": "document"}
    form |= {"parts": "train=50,test=50", "labels": "1", "label": "actor"}

    answer = visitor.post(
        f"/projects/{full.id}/export/make", {**form, "frozen": frozen(assignment)}
    )

    assert answer.status_code == 422
    assert problem in seen(answer.text)
    assert desk.of(full) == []


def test_parts_that_cannot_be_are_told_in_the_dialogue(visitor: Visitor, full: Project) -> None:
    query = "chosen=1&split=document&parts=train%3Dmuch"

    page = seen(visitor.get(f"/projects/{full.id}/export?{query}").text)

    assert "“train=much” is no part; write them as train=80,dev=10,test=10." in page


def test_without_scripts_the_way_leads_to_where_the_files_will_be(
    visitor: Visitor, full: Project, desk: Desk
) -> None:
    query = "chosen=1&labels=1&label=actor&states=all&split=document"

    answer = visitor.get(f"/projects/{full.id}/export/file?{query}")

    assert answer.status_code == 303
    assert finished(desk, full, str(answer.location)).state == "done"


def test_one_article_is_not_split(visitor: Visitor, full: Project) -> None:
    uid = "doc-n0"

    page = visitor.get(f"/projects/{full.id}/export?document={uid}&split=document").text

    assert 'id="split"' not in page
    assert "Make the files" not in page
