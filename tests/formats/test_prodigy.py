"""Prodigy: tokens that prove the unit, inclusive ends, answers that are states and negatives."""

import io
import json
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations import formats
from annotations.document import Annotated, Annotation, Document, Layer, Relation
from annotations.errors import BadLine, QuotesDiffer
from annotations.formats import Reading, Writing, prodigy
from annotations.spans import Span
from tests.conformance_data import conformance
from tests.documents import DOCUMENTS
from tests.formats.awkward import awkward
from tests.formats.roundtrip import assert_round_trip, read, written

NAMES = (
    *("text", "tokens", "spans", "relations", "meta", "answer", "_annotator_id", "_session_id"),
    *("accept", "options", "cats", "start", "end", "label", "token_start", "token_end", "head"),
    *("child", "head_span", "id"),
)
TOKENS = [
    {"text": "Uber", "start": 0, "end": 4, "id": 0},
    {"text": "’s", "start": 4, "end": 6, "id": 1},
    {"text": "Silicon", "start": 7, "end": 14, "id": 2},
    {"text": "Valley", "start": 15, "end": 21, "id": 3},
]
TASK = {
    "text": "Uber’s Silicon Valley",
    "meta": {"source": "The New York Times"},
    "_input_hash": 1886699658,
    "_task_hash": -1952856502,
    "tokens": TOKENS,
    "_session_id": None,
    "_view_id": "ner_manual",
    "spans": [{"start": 7, "end": 21, "token_start": 2, "token_end": 3, "label": "PLACE"}],
    "answer": "accept",
}


def task(**keys: Any) -> bytes:
    return json.dumps({**TASK, **keys}).encode() + b"\n"


def one(data: bytes, reading: Reading | None = None) -> Annotated:
    (entry,) = read("prodigy", data, reading)
    return entry


def again(data: bytes) -> Any:
    """A task after it came in and went out, without what is ours."""
    out = json.loads(written("prodigy", [one(data)])[0])
    for holder in (out, *out["spans"], *out.get("relations", ())):
        holder.pop("postil", None)
    return out


# ── what goes out comes back ──────────────────────────────────────────────────────────────────────


@given(st.lists(awkward(NAMES), max_size=2), st.sampled_from(("omit", "split", "hull")))
def test_whatever_goes_out_comes_back_less_what_was_told(
    documents: list[Annotated], fragments: str
) -> None:
    assert_round_trip("prodigy", documents, writing=Writing(fragments=fragments))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_nasty_document_comes_back(name: str) -> None:
    assert_round_trip("prodigy", [DOCUMENTS[name]])


def test_every_task_of_another_tool_goes_out_as_it_came() -> None:
    data = conformance("prodigy", "annotated_news_headlines-ner.jsonl").read_bytes()
    entries = read("prodigy", data)
    assert (len(entries), sum(len(entry.annotations) for entry in entries)) == (373, 303)
    out, lost = written("prodigy", entries)
    assert lost == {}
    for before, after in zip(data.splitlines(), out.splitlines(), strict=True):
        task = json.loads(after)
        for holder in (task, *task["spans"]):
            holder.pop("postil")
        came = {"spans": [], **json.loads(before)}
        for span in came["spans"]:  # The quote is there in some, and goes out with every one.
            span["text"] = came["text"][span["start"] : span["end"]]
        assert task == came
    assert read("prodigy", out) == entries


def test_a_task_is_written_with_the_keys_that_recipes_read() -> None:
    rich = DOCUMENTS["rich"]
    said = json.loads(written("prodigy", [rich])[0])
    assert list(said) == [
        *("postil", "text", "meta", "options", "accept", "spans", "relations", "answer"),
        *("_annotator_id", "_task_hash"),
    ]
    assert said["answer"] == "accept"
    assert said["_annotator_id"] == "Dr. Núñez"
    assert [(span["start"], span["end"], span["label"]) for span in said["spans"]] == [
        (0, 6, "actor"),
        (22, 40, "demand"),
        (13, 18, "actor"),
    ]
    assert said["spans"][0]["postil"]["origin"] == {
        "kind": "model",
        "source": "ner-7",
        "score": 0.75,
    }
    assert said["spans"][1]["postil"]["unsure"] is True
    assert [
        (relation["head_span"]["start"], relation["child_span"]["start"], relation["label"])
        for relation in said["relations"]
    ] == [(22, 0, "made by"), (22, 13, "rejected by")]


# ── tokens ────────────────────────────────────────────────────────────────────────────────────────


def test_the_last_token_of_a_span_belongs_to_it_and_is_made_anew() -> None:
    entry = one(task())
    assert entry.annotations[0].extra == {}
    moved = replace(entry.annotations[0], start=0, end=6)
    out = json.loads(written("prodigy", [replace(entry, annotations=(moved,))])[0])
    assert (out["spans"][0]["token_start"], out["spans"][0]["token_end"]) == (0, 1)


def test_a_span_off_the_tokens_has_no_token_numbers() -> None:
    entry = one(task(spans=[{"start": 1, "end": 6, "label": "X"}]))
    out = json.loads(written("prodigy", [entry])[0])
    assert set(out["spans"][0]) == {"start", "end", "label", "text", "postil"}


def test_token_numbers_that_do_not_fit_are_kept_then_made_right_and_told() -> None:
    entry = one(task(spans=[{**TASK["spans"][0], "token_end": 4}]))  # type: ignore[index]
    assert entry.annotations[0].extra == {"token_end": 4}
    out, lost = written("prodigy", [entry])
    assert json.loads(out)["spans"][0]["token_end"] == 3
    assert lost == {"extra": 1}


def test_tokens_of_a_text_that_was_corrected_are_left_out_and_told() -> None:
    entry = one(task())
    other = replace(entry, document=replace(entry.document, text="Other’s Silicon Valley"))
    out, lost = written("prodigy", [other])
    assert "tokens" not in json.loads(out)
    assert lost == {"extra": 1}


def test_a_span_may_have_tokens_alone() -> None:
    entry = one(task(spans=[{"token_start": 2, "token_end": 3, "label": "PLACE"}]))
    assert entry.annotations[0].span == Span(7, 21)


@pytest.mark.parametrize("unit", ["code points", "UTF-16", "line ends as two"])
def test_tokens_prove_the_unit(unit: str) -> None:
    text = "😀\nTrump left"
    shift = {"code points": 0, "UTF-16": 1, "line ends as two": 1}[unit]
    tokens = [
        {"text": "Trump", "start": 2 + shift, "end": 7 + shift, "id": 0},
        {"text": "left", "start": 8 + shift, "end": 12 + shift, "id": 1},
    ]
    span = {"start": 8 + shift, "end": 12 + shift, "token_start": 1, "token_end": 1, "label": "x"}
    entry = one(task(text=text, tokens=tokens, spans=[span]))
    assert entry.annotations[0].span == Span(8, 12)
    assert entry.document.extra["tokens"][0] == {"text": "Trump", "start": 2, "end": 7, "id": 0}


def test_without_tokens_offsets_are_code_points_unless_stated() -> None:
    data = task(text="😀 Trump", tokens=None, spans=[{"start": 3, "end": 8, "label": "x"}])
    assert one(data, Reading(offsets="utf-16")).annotations[0].span == Span(2, 7)
    with pytest.raises(BadLine, match="line 1: span 1: 3–8 does not fit a text of 7"):
        one(data)


def test_tokens_of_another_text_are_refused_with_the_list() -> None:
    with pytest.raises(QuotesDiffer) as caught:
        one(task(text="Oder’s Silicon Valley"))
    assert caught.value.mismatches == ((0, 4, "Uber", "Oder"),)
    assert caught.value.line == 1


# ── answers, people ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("answer", "state"), [("accept", "done"), ("ignore", "skipped"), (None, None)]
)
def test_answers_are_states(answer: str | None, state: str | None) -> None:
    entry = one(task(answer=answer, spans=[]))
    assert entry.state == state
    assert again(task(answer=answer, spans=[])).get("answer") == answer


def test_what_is_in_progress_has_no_answer_yet() -> None:
    entry = replace(DOCUMENTS["nested"], state="in progress")
    assert "answer" not in json.loads(written("prodigy", [entry])[0])


def test_rejected_spans_are_negatives_of_a_suggesting_layer() -> None:
    entry = one(task(answer="reject", _annotator_id="news-ada"))
    assert entry.layer is not None
    assert (entry.layer.kind, entry.layer.annotator, entry.state) == (
        *("suggestion", "news-ada", None),
    )
    assert [mark.extra for mark in entry.annotations] == [{"verdict": "rejected"}]
    assert again(task(answer="reject"))["answer"] == "reject"


def test_rejected_suggestions_go_out_as_rejected_tasks() -> None:
    negatives = Annotated(
        document=Document(id="d", title="Uber", text="Uber left"),
        layer=Layer(id="l", kind="suggestion", annotator="ada", name="rejected suggestions"),
        annotations=(
            Annotation(id="n", start=0, end=4, label="actor", extra={"verdict": "rejected"}),
        ),
    )
    said = json.loads(written("prodigy", [negatives])[0])
    assert (said["answer"], said["_annotator_id"]) == ("reject", "ada")
    assert "verdict" not in said["spans"][0]
    assert_round_trip("prodigy", [negatives])


def test_a_rejected_task_without_spans_was_skipped_and_stays_rejected() -> None:
    entry = one(task(answer="reject", spans=[]))
    assert (entry.state, entry.document.extra["answer"]) == ("skipped", "reject")
    assert again(task(answer="reject", spans=[]))["answer"] == "reject"


def test_tasks_of_one_person_are_one_layer() -> None:
    tasks = read("prodigy", task(_annotator_id="a") + task(_session_id="a") + task())
    layers = [entry.layer for entry in tasks]
    assert layers[0] == layers[1]
    assert layers[0] is not None
    assert layers[0].annotator == "a"
    assert layers[2] is None


# ── labels of the document ────────────────────────────────────────────────────────────────────────

OPTIONS = [{"id": "SPORT", "text": "sport"}, {"id": "NEWS", "text": "news"}]
CHOICE = {"text": "Ada won.", "options": OPTIONS, "_input_hash": 5, "_task_hash": 6}
TEXTCAT = {"text": "You are a fool.", "label": "INSULT", "_input_hash": 1, "_task_hash": 2}


@pytest.mark.parametrize(
    ("said", "labels", "state"),
    [
        ({**CHOICE, "accept": ["SPORT"], "answer": "accept"}, ["SPORT"], "done"),
        ({**CHOICE, "accept": ["NEWS", "SPORT"], "answer": "accept"}, ["NEWS", "SPORT"], "done"),
        ({**CHOICE, "accept": [], "answer": "accept"}, [], "done"),
        ({**CHOICE, "accept": ["SPORT"], "answer": "reject"}, [], "done"),
        ({**CHOICE, "accept": ["SPORT"], "answer": "ignore"}, [], "skipped"),
        ({**CHOICE, "accept": ["SPORT"]}, ["SPORT"], None),
        ({**TEXTCAT, "answer": "accept"}, ["INSULT"], "done"),
        ({**TEXTCAT, "answer": "reject"}, [], "done"),
        ({**TEXTCAT, "answer": "ignore"}, [], "skipped"),
        (
            {
                "text": "Ada won.",
                "options": [{"id": 1, "text": "Yes"}, {"id": 2, "text": "No"}],
                "accept": [2],
                "answer": "accept",
            },
            ["No"],
            "done",
        ),
    ],
)
def test_what_was_chosen_or_accepted_is_a_label_of_the_document(
    said: Any, labels: list[str], state: str | None
) -> None:
    data = json.dumps(said).encode()
    assert formats.guess("x.jsonl", data) == "prodigy"
    entry = one(data)
    assert [label["label"] for label in entry.document.labels] == labels
    assert (entry.state, entry.annotations) == (state, ())
    out, lost = written("prodigy", [entry])
    task = json.loads(out)
    task.pop("postil")
    assert (task, lost) == ({**said, "spans": []}, {})


def test_labels_go_out_as_a_choice_or_by_themselves() -> None:
    document = Document(
        id="d", title="t", text="Ada won.", labels=({"label": "A", "attributes": {}},)
    )
    said = json.loads(written("prodigy", [Annotated(document=document)])[0])
    assert said["label"] == "A"
    labels = ({"label": "A", "attributes": {"sure": True}}, {"label": "B", "attributes": {}})
    entry = Annotated(document=replace(document, labels=labels), state="done")
    said = json.loads(written("prodigy", [entry])[0])
    assert (said["accept"], said["options"]) == (
        ["A", "B"],
        [{"id": "A", "text": "A"}, {"id": "B", "text": "B"}],
    )
    assert_round_trip("prodigy", [entry])
    changed = json.dumps({**said, "accept": ["A"]}).encode()
    assert one(changed).document.labels == labels[:1]


def test_a_label_beside_spans_is_none_of_the_document() -> None:
    entry = one(task(label="PLACE"))
    assert (entry.document.labels, entry.document.extra["label"]) == ((), "PLACE")
    assert again(task(label="PLACE"))["label"] == "PLACE"


def test_a_label_that_is_given_to_a_rejected_task_makes_it_accepted() -> None:
    entry = one(json.dumps({**TEXTCAT, "answer": "reject"}).encode())
    labels = ({"label": "KIND", "attributes": {}},)
    entry = replace(entry, document=replace(entry.document, labels=labels))
    said = json.loads(written("prodigy", [entry])[0])
    assert (said["label"], said["answer"]) == ("KIND", "accept")
    assert_round_trip("prodigy", [entry])


def test_places_under_keys_that_prodigy_has_not_are_counted() -> None:
    reading = Reading()
    one(task(ents=[{"start": 0, "end": 4, "label": "ORG"}]), reading)
    assert reading.lost == {"places under “ents”, which was not read": 1}


# ── relations ─────────────────────────────────────────────────────────────────────────────────────

HEAD = {"start": 0, "end": 4, "token_start": 0, "token_end": 0, "label": "ORG"}
CHILD = {"start": 7, "end": 21, "token_start": 2, "token_end": 3, "label": "PLACE"}
ARC = {"head": 0, "child": 3, "head_span": HEAD, "child_span": CHILD, "color": "#c5bdf4"}


def test_relations_lead_from_the_span_that_they_repeat() -> None:
    data = task(spans=[CHILD, HEAD], relations=[{**ARC, "label": "IN"}])
    entry = one(data)
    place, org = (mark.id for mark in entry.annotations)
    (found,) = entry.relations
    assert found == Relation(
        id=found.id, head=org, child=place, label="IN", extra={"color": "#c5bdf4"}
    )
    out = again(data)
    assert [span.pop("text") for span in out["spans"]] == ["Silicon Valley", "Uber"]
    for end in ("head_span", "child_span"):
        del out["relations"][0][end]["text"]
    assert out == json.loads(data)


def test_relations_between_words_without_a_mark_are_counted() -> None:
    reading = Reading()
    assert one(task(spans=[HEAD], relations=[{**ARC, "label": "IN"}]), reading).relations == ()
    assert reading.lost == {"relations between words that are not marked": 1}


# ── what is refused ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'{"image": "a.jpg"}', "there is no “text”; Postil reads tasks about texts"),
        (task(answer="maybe"), "“answer” is “maybe”; known are accept, reject, ignore"),
        (task(spans=[{"start": 0, "end": 4}]), "span 1: there is no “label”"),
        (task(spans=[{"token_start": 2, "token_end": 9, "label": "x"}]), "tokens 2 to 9, of 4"),
        (task(spans=[{"start": 0, "end": 99, "label": "x"}]), "0–99 does not fit a text of 21"),
        (task(spans={}), "“spans” is an object, not a list"),
        (task(postil=3), "“postil” is a whole number, not an object"),
        (b"[3]", "a line holds one JSON object"),
    ],
)
def test_a_bad_task_is_refused_with_its_line(data: bytes, reason: str) -> None:
    with pytest.raises(BadLine) as caught:
        read("prodigy", data)
    assert str(caught.value).startswith("line 1: ")
    assert reason in str(caught.value)


def test_bad_tasks_can_be_skipped() -> None:
    bad: list[BadLine] = []
    data = task() + task(answer="maybe") + task(text="Uber’s Silicon Valley")
    assert len(list(prodigy.read(io.BytesIO(data), bad.append))) == 2
    assert [error.line for error in bad] == [2]


def test_a_file_tells_that_it_is_prodigys() -> None:
    assert formats.guess("x.jsonl", task()) == "prodigy"
    spans = [{"start": 0, "end": 4, "token_start": 0, "token_end": 0, "label": "x"}]
    plain = json.dumps({"text": "Uber", "spans": spans}).encode()
    assert formats.guess("x.jsonl", plain) == "prodigy"
    assert formats.guess("x.jsonl", b'{"schema": "postil/1", ' + plain[1:]) == "jsonl"
    assert formats.guess("x.jsonl", written("prodigy", [DOCUMENTS["rich"]])[0]) == "prodigy"


def test_losses_are_counted_once() -> None:
    lost: Counter[str] = Counter()
    list(prodigy.write([DOCUMENTS["discontinuous"]], lost))
    assert lost == {"fragments": 3}
