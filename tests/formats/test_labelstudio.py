"""Label Studio: tasks of several people and models, quotes that were tidied, all keys kept."""

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations import formats
from annotations.document import Annotated, Annotation, Document, Layer, Origin
from annotations.errors import BadLine, QuotesDiffer
from annotations.formats import Reading, Writing, labelstudio
from annotations.spans import Span
from tests.documents import DOCUMENTS
from tests.formats.awkward import awkward
from tests.formats.roundtrip import assert_round_trip, read, written

NAMES = (
    *("id", "data", "annotations", "predictions", "completions", "meta", "choices", "type"),
    *("value", "origin", "score", "from_name", "to_name", "controls", "from_id", "direction"),
)
TEXT = "Maduro asked Trump to lift all sanctions."


def region(start: int, end: int, label: str = "actor", uid: str = "r1", **more: Any) -> Any:
    value = {"start": start, "end": end, "text": TEXT[start:end], "labels": [label]}
    value |= more.pop("value", {})
    return {
        "id": uid,
        "type": "labels",
        "from_name": "label",
        "to_name": "text",
        "value": {key: entry for key, entry in value.items() if entry is not None},
        **more,
    }


def task(*results: Any, **keys: Any) -> Any:
    annotation = {
        "id": 12,
        "completed_by": 3,
        "result": list(results),
        "was_cancelled": False,
        "lead_time": 4.2,
        "ground_truth": False,
    }
    return {"id": 7, "data": {"text": TEXT}, "annotations": [annotation], **keys}


def all_of(data: Any, reading: Reading | None = None) -> list[Annotated]:
    return read("labelstudio", json.dumps(data).encode(), reading)


def one(data: Any, reading: Reading | None = None) -> Annotated:
    (entry,) = all_of(data, reading)
    return entry


def without_ours(value: Any) -> Any:
    """The same without what is ours, and without what is left empty by that."""
    if isinstance(value, list):
        return [without_ours(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    kept = {key: without_ours(entry) for key, entry in value.items() if key != "postil"}
    return {key: entry for key, entry in kept.items() if key != "meta" or entry}


def again(data: Any) -> Any:
    """A task after it came in and went out, without what is ours."""
    out = json.loads(written("labelstudio", all_of(data))[0])
    assert len(out) == 1
    return without_ours(out[0])


# ── what goes out comes back ──────────────────────────────────────────────────────────────────────


@given(st.lists(awkward(NAMES), max_size=3), st.sampled_from(("omit", "split", "hull")))
def test_whatever_goes_out_comes_back_less_what_was_told(
    documents: list[Annotated], fragments: str
) -> None:
    assert_round_trip("labelstudio", documents, writing=Writing(fragments=fragments))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_nasty_document_comes_back(name: str) -> None:
    assert_round_trip("labelstudio", [DOCUMENTS[name]])


def test_the_layers_of_a_document_are_one_task() -> None:
    document = Document(id="5", title="A call", text=TEXT)
    mark = Annotation(id="a", start=0, end=6, label="actor")
    guess = Annotation(id="b", start=0, end=6, label="actor", origin=Origin("model", "crf-1", 0.75))
    layers = [
        Annotated(
            document=document,
            layer=Layer(id="l1", annotator="ada"),
            state="done",
            annotations=(mark,),
        ),
        Annotated(document=document, layer=Layer(id="l2", annotator="bob"), state="skipped"),
        Annotated(
            document=document,
            layer=Layer(id="l3", kind="model", annotator="crf-1"),
            annotations=(guess,),
        ),
    ]
    out = written("labelstudio", layers)[0]
    (said,) = json.loads(out)
    assert said["id"] == 5
    assert [(a["completed_by"], a["was_cancelled"]) for a in said["annotations"]] == [
        ({"email": "ada"}, False),
        ({"email": "bob"}, True),
    ]
    assert [p["model_version"] for p in said["predictions"]] == ["crf-1"]
    proposed = region(0, 6, uid="b", score=0.75)
    assert without_ours(said["predictions"][0]["result"]) == [proposed]
    assert read("labelstudio", out) == layers


# ── what comes in ─────────────────────────────────────────────────────────────────────────────────


def test_a_task_comes_in_with_everything_and_goes_out_as_it_came() -> None:
    came = task(
        region(0, 6, uid="r1", origin="manual", meta={"text": ["a note"]}),
        region(22, 40, "demand", uid="r2", origin="manual", readonly=True),
        {
            "id": "r2",
            "type": "choices",
            "from_name": "status",
            "to_name": "text",
            "value": {"start": 22, "end": 40, "text": TEXT[22:40], "choices": ["rejected"]},
        },
        {
            "id": "r2",
            "type": "textarea",
            "from_name": "why",
            "to_name": "text",
            "value": {"start": 22, "end": 40, "text": ["because"]},
        },
        {
            "type": "relation",
            "from_id": "r2",
            "to_id": "r1",
            "direction": "right",
            "labels": ["made by"],
        },
        {
            "id": "q",
            "type": "rating",
            "from_name": "stars",
            "to_name": "text",
            "value": {"rating": 4},
        },
        meta={"source": "news"},
        created_at="2026-03-01T12:00:00Z",
        inner_id=1,
    )
    came["data"]["title"] = "A call"
    came["annotations"][0]["unique_id"] = "u-1"
    reading = Reading()
    entry = one([came], reading)
    assert (entry.document.id, entry.document.title, entry.document.meta, entry.state) == (
        *("7", "A call", {"source": "news"}, "done"),
    )
    assert entry.layer is not None
    assert (entry.layer.annotator, entry.layer.kind) == ("3", "work")
    first, second = entry.annotations
    assert (first.id, first.span, first.note) == ("r1", Span(0, 6), "a note")
    assert second.attributes == {"status": "rejected", "why": "because"}
    assert [(r.head, r.label, r.child) for r in entry.relations] == [("r2", "made by", "r1")]
    assert reading.lost == {"results of type rating": 1}
    # The region's text is in the value of what is said about it, too.
    came["annotations"][0]["result"][3]["value"]["text"] = ["because"]
    assert again([came]) == came


def test_choices_about_the_whole_text_are_labels_of_the_document() -> None:
    choice = {
        "id": "document-1",
        "type": "choices",
        "from_name": "topic",
        "to_name": "text",
        "value": {"choices": ["politics", "trade"]},
    }
    came = [task(choice)]
    assert one(came).document.labels == (
        {"label": "politics", "attributes": {}},
        {"label": "trade", "attributes": {}},
    )
    assert again(came)["annotations"][0]["result"] == [choice]


def test_differences_about_the_whole_text_are_counted() -> None:
    def chosen(*names: str) -> Any:
        return {"result": [{"type": "choices", "value": {"choices": list(names)}}]}

    reading = Reading()
    entries = all_of([{"data": {"text": TEXT}, "annotations": [chosen("a"), chosen("b")]}], reading)
    assert [entry["label"] for entry in entries[0].document.labels] == ["a", "b"]
    assert reading.lost == {"differences between people's labels of a document": 1}


def test_predictions_are_layers_of_models_with_their_scores() -> None:
    prediction = {"model_version": "ner-7", "score": 0.5, "result": [region(0, 6, score=0.9)]}
    came = {"id": 7, "data": {"text": TEXT}, "annotations": [], "predictions": [prediction]}
    entry = one([came])
    assert entry.layer is not None
    assert (entry.layer.kind, entry.layer.annotator, entry.state) == ("model", "ner-7", None)
    assert entry.annotations[0].origin == Origin("model", "ner-7", 0.9)
    assert again([came]) == came


def test_people_share_a_task_and_copied_regions_stay_apart() -> None:
    came = task(region(0, 6))
    came["annotations"].append({**came["annotations"][0], "id": 13, "completed_by": {"id": 4}})
    first, second = all_of([came])
    assert first.document == second.document
    assert first.annotations[0].id == "r1"
    assert second.annotations[0].id != "r1"
    assert second.annotations[0].extra == {"id": "r1"}
    assert again([came]) == came


def test_a_task_without_annotations_is_a_document_without_marks() -> None:
    for came in ({"data": {"text": TEXT}}, {"data": {"text": TEXT}, "annotations": []}):
        entry = one([came])
        assert (entry.layer, entry.state, entry.annotations) == (None, None, ())


def test_the_text_may_stand_under_another_key() -> None:
    for data in ({"article": TEXT}, {"article": TEXT, "url": "https://example.org"}):
        came = task(region(0, 6, source="$article"), data=data)
        assert one([came]).document.text == TEXT
        assert again([came])["data"] == data


def test_regions_with_two_labels_are_two_spans() -> None:
    entry = one([task(region(0, 6, value={"labels": ["actor", "person"]}))])
    assert [(mark.id, mark.label) for mark in entry.annotations] == [
        *(("r1", "actor"), ("r1.2", "person"))
    ]


def test_an_arrow_to_the_left_is_turned() -> None:
    arrow = {"type": "relation", "from_id": "r1", "to_id": "r2", "direction": "left", "labels": []}
    entry = one([task(region(0, 6), region(13, 18, uid="r2"), arrow)])
    assert [(r.head, r.label, r.child) for r in entry.relations] == [("r2", "related", "r1")]


def test_lists_and_lines_are_both_read() -> None:
    lines = b"\n".join(json.dumps(task(region(0, 6), id=n)).encode() for n in (1, 2))
    assert [entry.document.id for entry in read("labelstudio", lines)] == ["1", "2"]
    assert [entry.document.id for entry in all_of([task(id=1), task(id=2)])] == ["1", "2"]


# ── units ─────────────────────────────────────────────────────────────────────────────────────────

SMILE = "😀 Maduro\nasked   Trump"


@pytest.mark.parametrize(
    ("start", "end", "quote"),
    [
        pytest.param(2, 8, "Maduro", id="code points"),
        pytest.param(3, 9, "Maduro", id="UTF-16"),
        pytest.param(2, 14, "Maduro asked", id="white space collapsed"),
        pytest.param(2, 14, "Maduro\\\nasked", id="a backslash before a line end"),
        pytest.param(3, 15, "Maduro\\nasked", id="an escaped line end, UTF-16"),
        pytest.param(2, 8, None, id="no quote, stated"),
    ],
)
def test_quotes_prove_the_unit_though_they_were_tidied(start: int, end: int, quote: Any) -> None:
    came = task(region(start, end, value={"text": quote}), data={"text": SMILE})
    entry = one([came], Reading(offsets="code-points" if quote is None else ""))
    assert entry.annotations[0].span in (Span(2, 8), Span(2, 14))
    assert entry.annotations[0].quote(SMILE) in ("Maduro", "Maduro\nasked")


def test_without_any_quote_a_text_that_is_counted_differently_needs_a_unit() -> None:
    came = task(region(2, 8, value={"text": None}), data={"text": SMILE})
    with pytest.raises(BadLine, match=r"^line 1: entry 1: no region quotes its text.*say what"):
        one([came])


def test_quotes_of_another_text_are_refused_with_the_list() -> None:
    with pytest.raises(QuotesDiffer) as caught:
        one([task(region(0, 6, value={"text": "Merkel"}))])
    assert caught.value.mismatches == ((0, 6, "Merkel", "Maduro"),)


# ── what is refused ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"text": TEXT}, "there is no “data”, as a task of Label Studio"),
        ({"data": {"image": 3}}, "the data of the task has no “text” (it has “image”)"),
        (task(region(0, 99, value={"text": None})), "99 lies outside of a text of 41 characters"),
        (task(region(0, 6, value={"labels": []})), "the region “r1”: it has no label"),
        (task(region(0, 6, value={"start": None})), "there is no “start” and “end”"),
        (task(region(0, 6), region(0, 6)), "the region “r1”: another one has the same id"),
        (
            task({"type": "relation", "from_id": "r1", "to_id": "r1"}),
            "result 1, a relation: its “from_id” is “r1”, which is no region here",
        ),
        (task(completed_by=[]) | {"annotations": [{"completed_by": []}]}, "not a person"),
        ({"data": {"text": TEXT}, "annotations": [3]}, "“annotations” holds a whole number"),
    ],
)
def test_a_bad_task_is_refused_with_its_entry(data: Any, reason: str) -> None:
    with pytest.raises(BadLine) as caught:
        all_of([task(), data])
    assert str(caught.value).startswith("line 1: entry 2: ")
    assert reason in str(caught.value)


def test_bad_tasks_can_be_skipped() -> None:
    bad: list[BadLine] = []
    data = json.dumps([task(id=1), {"text": ""}, task(id=3)]).encode()
    entries = labelstudio.read(io.BytesIO(data), bad.append)
    assert [entry.document.id for entry in entries] == ["1", "3"]
    assert len(bad) == 1


def test_a_file_tells_that_it_is_label_studios() -> None:
    assert formats.guess("x.json", json.dumps([task()]).encode()) == "labelstudio"
    cut = b'[{"id": 1, "annotations": [{"id": 2, "completed_by": 1, "result": [{"value": {"te'
    assert formats.guess("x.json", cut) == "labelstudio"
    out = written("labelstudio", [DOCUMENTS["rich"]])[0]
    assert formats.guess("x.json", out) == "labelstudio"


# ── shorter exports ───────────────────────────────────────────────────────────────────────────────


def short(**keys: Any) -> Any:
    value = {"start": 0, "end": 6, "text": "Maduro", "labels": ["actor"]}
    said = {
        "id": 7,
        "body": TEXT,
        "source": "wire",
        "label": [value],
        "topic": {"choices": ["news", "politics"]},
        "annotator": "ada@example.org",
        "annotation_id": 12,
        "created_at": "2026-03-01T12:00:00.000000Z",
        "updated_at": "2026-03-01T12:00:00.000000Z",
        "lead_time": 4.2,
    }
    return {**said, **keys}


def table(*entries: Any, delimiter: str = ",") -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(entries[0])
    for entry in entries:
        cells = entry.values()
        writer.writerow([json.dumps(c) if type(c) in (list, dict) else c for c in cells])
    return out.getvalue().encode()


@pytest.mark.parametrize("shape", ["list", "lines", "indented", "csv", "tsv"])
def test_shorter_exports_are_read(shape: str) -> None:
    entries = [short(), short(annotator="bob@example.org", annotation_id=13, label=[])]
    data = {
        "list": lambda: json.dumps(entries).encode(),
        "lines": lambda: b"\n".join(json.dumps(entry).encode() for entry in entries),
        "indented": lambda: json.dumps(entries, indent=2).encode(),
        "csv": lambda: table(*entries),
        "tsv": lambda: table(*entries, delimiter="\t"),
    }[shape]()
    suffix = {"csv": "csv", "tsv": "tsv"}.get(shape, "json")
    assert formats.guess(f"project-1.{suffix}", data) == "labelstudio"
    ada, bob = read("labelstudio", data)
    assert (ada.document.id, ada.document.text, ada.state) == ("7", TEXT, "done")
    assert [(m.start, m.end, m.label) for m in ada.annotations] == [(0, 6, "actor")]
    assert [label["label"] for label in ada.document.labels] == ["news", "politics"]
    assert ada.document.extra["data"] == {"source": "wire", "$text": "body"}
    assert [e.layer and e.layer.annotator for e in (ada, bob)] == [
        "ada@example.org",
        "bob@example.org",
    ]
    assert bob.annotations == ()


def test_a_shorter_export_counts_as_its_quotes_prove() -> None:
    value = {"start": 3, "end": 6, "text": "Ada", "labels": ["actor"]}
    entry = one([short(body="😀 Ada", label=[value])])
    assert entry.annotations[0].span == Span(2, 5)


def test_a_bad_region_of_a_table_is_left_out_alone_and_named_by_its_line() -> None:
    bad: list[BadLine] = []
    worse = {"start": 0, "end": 6, "text": "Maduro", "labels": []}
    good = short()["label"][0]
    data = table(short(), short(label=[worse, good]), short())
    entries = list(labelstudio.read(io.BytesIO(data), bad.append))
    assert [len(entry.annotations) for entry in entries] == [1, 1, 1]
    assert [error.line for error in bad] == [3]
