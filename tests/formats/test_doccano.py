"""doccano: keys of four ages, and offsets whose unit nothing proves."""

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations import formats
from annotations.document import Annotated, Annotation, Document, Layer, Relation
from annotations.errors import BadLine
from annotations.formats import Reading, Writing, doccano
from annotations.spans import Span
from tests.conformance_data import conformance
from tests.documents import DOCUMENTS
from tests.formats.awkward import awkward
from tests.formats.roundtrip import assert_round_trip, read, written

NAMES = (
    *("id", "text", "label", "labels", "annotations", "entities", "relations", "meta", "cats"),
    *("start_offset", "end_offset", "from_id", "to_id", "type", "Comments"),
)


def line(**keys: Any) -> bytes:
    return json.dumps({"text": "Google was founded", **keys}).encode() + b"\n"


def one(data: bytes, offsets: str = "") -> Annotated:
    (entry,) = read("doccano", data, Reading(offsets=offsets))
    return entry


def spans(entry: Annotated) -> list[tuple[int, int, str]]:
    return [(mark.start, mark.end, mark.label) for mark in entry.annotations]


# ── what goes out comes back ──────────────────────────────────────────────────────────────────────


@given(st.lists(awkward(NAMES), max_size=2), st.sampled_from(("omit", "split", "hull")))
def test_whatever_goes_out_comes_back_less_what_was_told(
    documents: list[Annotated], fragments: str
) -> None:
    assert_round_trip("doccano", documents, writing=Writing(fragments=fragments))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_nasty_document_comes_back(name: str) -> None:
    assert_round_trip("doccano", [DOCUMENTS[name]])


def test_offsets_go_out_in_utf_16() -> None:
    said = json.loads(written("doccano", [DOCUMENTS["astral"]], Writing(fragments="hull"))[0])
    text = said["text"].encode("utf-16-le")
    quotes = [
        text[2 * entity["start_offset"] : 2 * entity["end_offset"]].decode("utf-16-le")
        for entity in said["entities"]
    ]
    assert quotes[:3] == ["Trump", "📞 Maduro 🇻🇪", "👨‍👩‍👧‍👦"]


def test_a_line_has_the_keys_that_doccano_reads() -> None:
    said = json.loads(written("doccano", [DOCUMENTS["rich"]])[0])
    assert [
        {key: value for key, value in entity.items() if key != "postil"}
        for entity in said["entities"]
    ] == [
        {"id": 0, "start_offset": 0, "end_offset": 6, "label": "actor"},
        {
            "id": 1,
            "start_offset": 22,
            "end_offset": 40,
            "label": "demand",
            "token_end": 7,
            "nested": {"a": [1, None]},
        },
        {"id": 2, "start_offset": 13, "end_offset": 18, "label": "actor"},
    ]
    assert [
        (relation["id"], relation["from_id"], relation["to_id"], relation["type"])
        for relation in said["relations"]
    ] == [(0, 1, 0, "made by"), (1, 1, 2, "rejected by")]


def test_rejected_suggestions_are_no_entities() -> None:
    negatives = Annotated(
        document=Document(id="d", title="Uber", text="😀 Uber left"),
        layer=Layer(id="l", kind="suggestion", annotator="ada", name="rejected suggestions"),
        annotations=(
            Annotation(id="n", start=2, end=6, label="actor", extra={"verdict": "rejected"}),
        ),
        relations=(Relation(id="r", head="n", child_entity="x", label="made by"),),
    )
    assert json.loads(written("doccano", [negatives])[0])["entities"] == []
    assert_round_trip("doccano", [negatives])


# ── the keys of four ages ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "keys",
    [
        {"label": [[0, 6, "ORG"]]},
        {"labels": [[0, 6, "ORG"]]},
        {"annotations": [{"label": "ORG", "start_offset": 0, "end_offset": 6}]},
        {"entities": [{"id": 4, "label": "ORG", "start_offset": 0, "end_offset": 6}]},
    ],
    ids=lambda keys: next(iter(keys)),
)
def test_spans_stand_under_one_of_four_keys(keys: dict[str, Any]) -> None:
    assert spans(one(line(**keys))) == [(0, 6, "ORG")]


def test_the_example_with_relations_comes_in_and_goes_out_the_same() -> None:
    data = conformance("doccano", "relation_extraction-example.jsonl").read_bytes()
    entry = one(data)
    text = entry.document.text
    assert [mark.quote(text) for mark in entry.annotations] == [
        *("Google", "September 4, 1998", "Larry Page", "Sergey Brin"),
    ]
    heads = {mark.id: mark.quote(text) for mark in entry.annotations}
    assert [(heads[r.head], r.label, heads[r.child or ""]) for r in entry.relations] == [
        ("Google", "foundedAt", "September 4, 1998"),
        ("Google", "foundedBy", "Larry Page"),
        ("Google", "foundedBy", "Sergey Brin"),
    ]
    out, lost = written("doccano", [entry])
    said, came = json.loads(out), json.loads(data)
    for holder in (said, *said["entities"], *said["relations"]):
        holder.pop("postil")
    for relation in said["relations"]:
        relation.pop("id")
    assert (said, lost) == (came, {})
    assert read("doccano", out) == [entry]


def test_the_examples_of_sequences_come_in_and_the_one_without_a_text_is_refused() -> None:
    data = conformance("doccano", "sequence_labeling-example.jsonl").read_bytes()
    bad: list[BadLine] = []
    entries = list(doccano.read(io.BytesIO(data), bad.append))
    assert [(e.document.text, spans(e), e.document.meta) for e in entries] == [
        ("exampleA", [(0, 1, "LOC")], {"wikiPageID": 1}),
        ("exampleB", [], {"wikiPageID": 2}),
    ]
    assert [str(error) for error in bad] == ["line 3: there is no “text”"]
    assert read("doccano", written("doccano", entries)[0]) == entries


def test_the_same_span_twice_is_two_spans() -> None:
    data = conformance("doccano", "sequence_labeling-example_overlapping.jsonl").read_bytes()
    assert spans(one(data)) == [(0, 1, "LOC"), (0, 1, "LOC")]


def test_names_of_labels_are_labels_of_the_document() -> None:
    for keys in ({"label": ["a", "b"]}, {"cats": ["a", "b"]}):
        entry = one(line(**keys))
        assert entry.document.labels == (
            {"label": "a", "attributes": {}},
            {"label": "b", "attributes": {}},
        )
        assert json.loads(written("doccano", [entry])[0])["cats"] == ["a", "b"]


def test_comments_numbers_and_other_keys_are_kept() -> None:
    came = {
        "id": 7,
        "text": "Google was founded",
        "Comments": ["sure?"],
        "source": "news",
        "entities": [{"id": 40, "label": "ORG", "start_offset": 0, "end_offset": 6, "user": 3}],
        "relations": [{"id": 5, "from_id": 40, "to_id": 40, "type": "is"}],
    }
    entry = one(json.dumps(came).encode())
    assert (entry.document.id, entry.annotations[0].id) == ("7", "7.40")
    assert entry.relations == (
        Relation(id="7.r5", head="7.40", child="7.40", label="is", extra={"id": 5}),
    )
    said = json.loads(written("doccano", [entry])[0])
    for holder in (said, *said["entities"], *said["relations"]):
        holder.pop("postil")
    said["relations"][0]["id"] = 5
    assert said == came


# ── units ─────────────────────────────────────────────────────────────────────────────────────────

FAMILY = "👨‍👩‍👧‍👦 Trump\r\nleft"


def test_a_text_that_is_counted_differently_needs_a_stated_unit() -> None:
    with pytest.raises(BadLine, match=r"line 1: nothing here proves .* offsets count: UTF-16"):
        one(line(text=FAMILY, label=[[12, 17, "x"]]))
    with pytest.raises(BadLine, match="line 1: nothing here proves"):
        one(line(text="a\r\nb", label=[[3, 4, "x"]]))


@pytest.mark.parametrize(
    ("offsets", "trump", "left"),
    [
        ("utf-16", (12, 17), (19, 23)),
        ("code-points", (8, 13), (15, 19)),
        ("graphemes", (2, 7), (8, 12)),
    ],
)
def test_it_may_be_any_of_the_three(
    offsets: str, trump: tuple[int, int], left: tuple[int, int]
) -> None:
    entry = one(line(text=FAMILY, label=[[*trump, "x"], [*left, "x"]]), offsets)
    assert [mark.span for mark in entry.annotations] == [Span(8, 13), Span(14, 18)]


def test_without_spans_no_unit_is_asked_for() -> None:
    assert one(line(text=FAMILY, label=[])).annotations == ()


def test_what_doccano_kept_of_our_line_does_not_prove_the_unit_of_its_own_spans() -> None:
    said = json.loads(written("doccano", [DOCUMENTS["astral"]], Writing(fragments="hull"))[0])
    said["label"] = [
        [entity["start_offset"], entity["end_offset"], entity["label"]]
        for entity in said.pop("entities")
    ]
    came = json.dumps(said).encode()
    with pytest.raises(BadLine, match="say what the offsets count: UTF-16"):
        one(came)
    entry = one(came, "utf-16")
    assert entry.document.id == "doc-astral"
    assert [mark.span for mark in entry.annotations] == [
        mark.span for mark in DOCUMENTS["astral"].annotations
    ]


def test_a_relation_whose_place_is_beyond_all_places_comes_last() -> None:
    said = json.loads(written("doccano", [DOCUMENTS["rich"]])[0])
    placed = said["postil"]["relations"]
    placed[0]["at"] = 10**30
    (entry,) = read("doccano", json.dumps(said).encode(), Reading())
    came = {relation.id for relation in entry.relations}
    assert came == {relation.id for relation in DOCUMENTS["rich"].relations}
    assert entry.relations[-1].id == placed[0]["id"]


def test_relations_that_doccano_kept_without_their_marks_are_counted() -> None:
    said = json.loads(written("doccano", [DOCUMENTS["rich"]])[0])
    said["label"] = [[0, 6, "actor"]]
    del said["entities"]
    reading = Reading()
    (entry,) = read("doccano", json.dumps(said).encode(), reading)
    assert entry.relations == ()
    assert reading.lost == {"relations of marks that are gone": 3}


# ── what is refused ───────────────────────────────────────────────────────────────────────────────

ENTITY = {"id": 1, "start_offset": 0, "end_offset": 6, "label": "ORG"}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (line(label=[[0, 6]]), "a span is [start, end, label] or an object, and this is a list"),
        (line(label=[3]), "and this is a whole number"),
        (line(label={}), "“label” is an object, not a list"),
        (line(label=[[0, "6", "x"]]), "span 1: “end_offset” is a text, not a whole number"),
        (line(label=[[0, 60, "x"]]), "span 1: 60 lies outside of a text of 18 characters"),
        (line(label=[[6, 6, "x"]]), "span 1: 6–6 is empty"),
        (line(annotations=[{**ENTITY, "label": 2}]), "have doccano export the names of labels"),
        (line(entities=[ENTITY, ENTITY]), "span 2: the id 1 stands twice"),
        (
            line(entities=[ENTITY], relations=[{"from_id": 1, "to_id": 9, "type": "x"}]),
            "relation 1: its end 9 is no entity here",
        ),
        (line(cats=[1]), "“cats” holds something else than names"),
        (line(meta=[]), "“meta” is a list, not an object"),
    ],
)
def test_a_bad_line_is_refused_with_its_number(data: bytes, reason: str) -> None:
    with pytest.raises(BadLine) as caught:
        read("doccano", line() + data)
    assert str(caught.value).startswith("line 2: ")
    assert reason in str(caught.value)


def test_a_file_tells_that_it_is_doccanos() -> None:
    assert formats.guess("x.jsonl", line(entities=[ENTITY])) == "doccano"
    assert formats.guess("x.jsonl", line(label=[[0, 6, "ORG"]])) == "doccano"
    assert formats.guess("x.jsonl", line(labels=[[0, 6, "ORG"]])) == "doccano"
    assert formats.guess("x.jsonl", line(label="ORG")) == "jsonl"
    assert formats.guess("x.jsonl", written("doccano", [DOCUMENTS["rich"]])[0]) == "doccano"


@pytest.mark.parametrize(
    ("said", "labels"),
    [
        ({"label": ["news", "sport"]}, ["news", "sport"]),
        ({"label": "news"}, ["news"]),
        ({"annotations": {"entities": [[0, 3, "PER"]], "cats": ["news"]}}, ["news"]),
        ({"entities": [[0, 3, "PER"]], "cats": ["flight"]}, ["flight"]),
        ({"entities": [[0, 3, "PER"]], "cats": {"A": 1.0, "B": 0.0}}, ["A"]),
    ],
)
def test_labels_of_the_document_come_in_and_go_out(said: Any, labels: list[str]) -> None:
    data = json.dumps({"text": "Ada left.", **said}).encode()
    (entry,) = read("doccano", data)
    assert [label["label"] for label in entry.document.labels] == labels
    assert json.loads(written("doccano", [entry])[0])["cats"] == labels
    assert_round_trip("doccano", [entry])


def test_labels_that_say_more_than_a_name_go_out_by_name_and_come_back_whole() -> None:
    labels = ({"label": "A", "attributes": {"sure": True}}, {"label": "B", "attributes": {}})
    entry = Annotated(document=Document(id="d", title="t", text="a", labels=labels))
    assert json.loads(written("doccano", [entry])[0])["cats"] == ["A", "B"]
    assert_round_trip("doccano", [entry])


def test_entities_as_triples_tell_that_a_file_is_doccanos() -> None:
    data = b'{"text": "Ada left.", "entities": [[0, 3, "PER"]], "cats": ["flight"]}'
    assert formats.guess("x.jsonl", data) == "doccano"
    reading = Reading()
    read("doccano", data[:-1] + b', "label": [[0, 3, "PER"], [4, 8, "V"]]}', reading)
    assert reading.lost == {"places under “label”, which was not read": 2}
