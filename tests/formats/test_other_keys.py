"""Spans and labels under other tools' keys are read where they are clear, else named."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations import formats
from annotations.document import Annotated
from annotations.errors import BadLine, QuotesDiffer
from annotations.formats import Reading, jsonl
from annotations.formats.places import places_in
from tests.formats.roundtrip import read
from tests.formats.test_jsonl import names, plain, texts

Marks = list[tuple[int, int, str]]

FORMS: dict[str, Callable[[int, int, str, str], Any]] = {
    "start, end": lambda s, e, label, quote: {"start": s, "end": e, "label": label},
    "with a quote": lambda s, e, label, quote: {"start": s, "end": e, "type": label, "text": quote},
    "begin, end": lambda s, e, label, quote: {"begin": s, "end": e, "label": label, "id": 7},
    "from, to": lambda s, e, label, quote: {"from": s, "to": e, "tag": label},
    "doccano's": lambda s, e, label, quote: {"start_offset": s, "end_offset": e, "label": label},
    "camel case": lambda s, e, label, quote: {"startOffset": s, "endOffset": e, "category": label},
    "Amazon's": lambda s, e, label, quote: {
        "BeginOffset": s,
        "EndOffset": e,
        "Type": label,
        "Text": quote,
        "Score": 0.5,
    },
    "Azure's": lambda s, e, label, quote: {
        "offset": s,
        "length": e - s,
        "category": label,
        "text": quote,
    },
    "a pipeline's": lambda s, e, label, quote: {
        "entity_group": label,
        "score": 0.9,
        "word": quote.lower(),
        "start": s,
        "end": e,
    },
    "a range": lambda s, e, label, quote: {"span": [s, e], "label": label},
    "a range as an object": lambda s, e, label, quote: {
        "span": {"start": s, "end": e},
        "class": label,
    },
    "BigBio's": lambda s, e, label, quote: {"offsets": [[s, e]], "text": [quote], "type": label},
    "Dataturks'": lambda s, e, label, quote: {
        "label": [label],
        "points": [{"start": s, "end": e - 1, "text": quote}],
    },
    "numbers as text": lambda s, e, label, quote: {"start": str(s), "end": str(e), "label": label},
    "a pos": lambda s, e, label, quote: {"name": quote, "pos": [s, e], "type": label},
    "a triple": lambda s, e, label, quote: [s, e, label],
    "a triple, the label first": lambda s, e, label, quote: [label, s, e],
    "a list of four": lambda s, e, label, quote: [s, e, label, quote],
}
KEYS = (
    *("ents", "annotations", "annotation", "entities", "ner", "label", "labels", "span", "spans"),
    *("marks", "highlights", "mentions", "tags", "gold"),
)


def all_of(reading: Reading | None = None, **line: Any) -> list[Annotated]:
    return read("jsonl", json.dumps(line).encode(), reading)


def marks(entry: Annotated) -> Marks:
    return [(mark.start, mark.end, mark.label) for mark in entry.annotations]


def read_one(reading: Reading | None = None, **line: Any) -> Annotated:
    (entry,) = all_of(reading, **line)
    return entry


@st.composite
def marked(draw: st.DrawFn, characters: Any = None) -> tuple[str, Marks]:
    text = draw(texts if characters is None else st.text(characters, min_size=1, max_size=40))
    places = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).map(sorted)
    chosen = draw(st.lists(places, max_size=4)) if text else []
    return text, [(s, e, draw(names)) for s, e in chosen if s < e]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("key", KEYS)
def test_every_form_under_every_key_is_read(form: str, key: str) -> None:
    said = [FORMS[form](0, 3, "PER", "Ada"), FORMS[form](8, 11, "ORG", "Bob")]
    entry = read_one(text="Ada met Bob.", **{key: said})
    assert marks(entry) == [(0, 3, "PER"), (8, 11, "ORG")]
    assert entry.document.labels == ()


@given(marked(st.characters(codec="ascii", exclude_characters="\0\r")), st.sampled_from([*FORMS]))
def test_places_stand_where_every_form_says(given_: tuple[str, Marks], form: str) -> None:
    text, expected = given_
    said = [FORMS[form](start, end, label, text[start:end]) for start, end, label in expected]
    assert marks(read_one(text=text, ents=said)) == expected


@given(marked(), st.sampled_from(("code points", "UTF-16")))
def test_quotes_prove_what_the_numbers_count(given_: tuple[str, Marks], unit: str) -> None:
    text, expected = given_

    def counted(place: int) -> int:
        return place if unit == "code points" else len(text[:place].encode("utf-16-le")) // 2

    said = [
        {"begin": counted(s), "end": counted(e), "type": label, "text": text[s:e]}
        for s, e, label in expected
    ]
    entry = read_one(text=text, mentions=said)
    quotes = [(text[s:e], label) for s, e, label in expected]
    assert [(text[m.start : m.end], m.label) for m in entry.annotations] == quotes


def test_names_that_a_browser_may_have_counted_by_are_asked_about_where_it_matters() -> None:
    said = [{"begin": 2, "end": 5, "type": "PER"}]
    with pytest.raises(BadLine, match=r"nothing here proves the unit.*say what the offsets count"):
        read_one(text="😀 Ada.", mentions=said)
    assert marks(read_one(Reading(offsets="code-points"), text="😀 Ada.", mentions=said)) == [
        (2, 5, "PER")
    ]
    utf16 = [{"begin": 3, "end": 6, "type": "PER"}]
    assert marks(read_one(Reading(offsets="utf-16"), text="😀 Ada.", mentions=utf16)) == [
        (2, 5, "PER")
    ]
    assert marks(read_one(text="😀 Ada.", ents=[{"start": 2, "end": 5, "label": "PER"}])) == [
        (2, 5, "PER")
    ]


def test_quotes_that_fit_no_unit_refuse_the_line() -> None:
    with pytest.raises(QuotesDiffer):
        read_one(text="Ada left.", ents=[{"start": 1, "end": 4, "label": "x", "text": "Bob"}])


def test_a_bad_span_is_left_out_alone_where_that_is_allowed() -> None:
    bad: list[BadLine] = []
    ents = [
        {"start": 0, "end": 3, "type": "PER", "text": "Ada"},
        {"start": 4, "end": 8, "type": "X", "text": "Bob"},
        {"start": 4, "end": 99, "type": "X"},
    ]
    data = json.dumps({"text": "Ada left.", "ents": ents}).encode()
    (entry,) = jsonl.read(io.BytesIO(data), bad.append)
    assert marks(entry) == [(0, 3, "PER")]
    assert [(error.line, error.part) for error in bad] == [(1, "span"), (1, "span")]
    assert "“ents”, entry 2" in str(bad[0])


def test_the_other_keys_of_a_span_stay_with_it() -> None:
    entry = read_one(
        text="Ada left.",
        ents=[{"start": 0, "end": 3, "label": "PER", "note": "who?", "score": 0.5, "id": 4}],
        source="https://example.org/a",
        n=[1],
    )
    (mark,) = entry.annotations
    assert (mark.note, mark.extra) == ("who?", {"score": 0.5, "id": 4})
    assert (entry.document.source, entry.document.extra) == ("https://example.org/a", {"n": [1]})


def test_relations_lead_between_spans_by_their_ids() -> None:
    ents = [
        {"id": 0, "start": 0, "end": 3, "label": "PER"},
        {"id": 1, "start": 8, "end": 11, "label": "PER"},
    ]
    reading = Reading()
    entry = read_one(
        reading,
        text="Ada met Bob.",
        ents=ents,
        relations=[{"head": 0, "tail": 1, "type": "met"}, {"head": 0, "tail": 9, "type": "met"}],
    )
    first, second = (mark.id for mark in entry.annotations)
    assert [(r.head, r.child, r.label) for r in entry.relations] == [(first, second, "met")]
    assert reading.lost == {"relations whose ends are no spans of their line": 1}


def test_several_labels_of_one_place_are_a_span_each_and_parts_stay_together() -> None:
    entry = read_one(
        text="Ada met Bob.",
        ents=[{"start": 0, "end": 3, "labels": ["PER", "HERO"]}],
    )
    assert marks(entry) == [(0, 3, "PER"), (0, 3, "HERO")]
    parts = read_one(text="Ada met Bob.", ents=[{"offsets": [[0, 3], [8, 11]], "type": "PAIR"}])
    assert [(part.start, part.end) for part in parts.annotations[0].fragments] == [(0, 3), (8, 11)]


def test_groups_and_labels_may_be_keys() -> None:
    place = {"start": 0, "end": 3, "label": "PER"}
    assert marks(read_one(text="Ada left.", spans={"sc": [place]})) == [(0, 3, "PER")]
    assert marks(read_one(text="Ada left.", entities={"PER": [[0, 3]]})) == [(0, 3, "PER")]
    assert marks(read_one(text="Ada left.", spans={})) == []
    entry = read_one(text="Ada left.", spans={"other": [place], "sc": [place]})
    assert [mark.extra for mark in entry.annotations] == [{"spacy_group": "other"}, {}]


def test_predictions_are_a_models() -> None:
    place = {"start": 0, "end": 3, "label": "PER"}
    entry = read_one(text="Ada left.", predictions=[place])
    assert entry.layer is not None
    assert (entry.layer.kind, marks(entry)) == ("model", [(0, 3, "PER")])


def test_one_key_is_read_and_what_stands_under_others_alone_is_counted() -> None:
    place, other = {"start": 0, "end": 3, "label": "A"}, {"start": 4, "end": 8, "label": "B"}
    reading = Reading()
    entry = read_one(
        reading,
        text="Ada left.",
        ents=[place],
        spans={"sc": [place, other]},
        tokens=[{"id": 0, "start": 0, "end": 3}],
        gold=[place],
        marks=[{"start": 1, "end": 2}],
    )
    assert marks(entry) == [(0, 3, "A"), (4, 8, "B")]
    assert [mark.extra for mark in entry.annotations] == [{}, {}]
    assert reading.lost == {"places without a label under “marks”": 1}
    reading = Reading()
    native = read_one(
        reading, text="Ada left.", spans=[place], labels=[place, other], entities=["Ada"]
    )
    assert (marks(native), native.document.labels) == ([(0, 3, "A")], ())
    assert reading.lost == {
        "places under “labels”, which was not read": 1,
        "names or tags under “entities”, which are no places": 1,
    }


@pytest.mark.parametrize(
    ("keys", "labels"),
    [
        ({"cats": {"SPAM": 1.0, "HAM": 0.0}}, ["SPAM"]),
        ({"cats": {"SPAM": True, "HAM": True}}, ["SPAM", "HAM"]),
        ({"cats": ["flight"]}, ["flight"]),
        ({"label": "news"}, ["news"]),
        ({"label": ["news", "sport"]}, ["news", "sport"]),
        ({"labels": ["news"]}, ["news"]),
        ({"accept": ["news", "sport"]}, ["news", "sport"]),
        ({"label": 3}, []),
        ({"label": "A summary of it, which is\nlonger."}, []),
        ({"label": "news", "answer": "reject"}, []),
    ],
)
@pytest.mark.parametrize("spans", [None, [{"start": 0, "end": 3, "label": "PER"}]])
@pytest.mark.parametrize("key", ["spans", "ents"])
def test_labels_of_the_document_are_its_labels(
    keys: dict[str, Any], labels: list[str], spans: Any, key: str
) -> None:
    entry = read_one(text="Ada left.", **{key: spans}, **keys)
    assert [label["label"] for label in entry.document.labels] == labels
    assert len(entry.annotations) == (1 if spans else 0)


def test_an_object_without_a_text_is_refused_by_what_it_holds() -> None:
    with pytest.raises(BadLine, match="there is no “text”; this object holds “paragraphs”, “id”"):
        read_one(paragraphs=[], id=3)


@pytest.mark.parametrize(
    "entities", [["Ada"], {"PER": ["Ada"]}, ["B-PER", "O"], [{"text": "Ada", "type": "PER"}]]
)
def test_names_and_tags_under_entities_are_counted(entities: Any) -> None:
    reading = Reading()
    entry = read_one(reading, text="Ada left.", entities=entities)
    assert entry.annotations == ()
    assert reading.lost == {"names or tags under “entities”, which are no places": len(entities)}


def test_places_prove_which_key_holds_the_text() -> None:
    data = {"content": "Ada left.", "annotation": [{"start": 0, "end": 3, "label": "PER"}]}
    assert formats.guess("x.json", json.dumps(data).encode()) == "jsonl"
    entry = read_one(**data)
    assert (entry.document.text, marks(entry)) == ("Ada left.", [(0, 3, "PER")])


def test_pairs_of_spacys_older_training_data_count_as_python_does() -> None:
    pair = ["😀 Ada left.", {"entities": [[2, 5, "PER"]], "cats": {"NEWS": 1.0, "SPORT": 0.0}}]
    for said in (pair, [pair], {"classes": ["PER"], "annotations": [pair, None]}):
        data = json.dumps(said).encode()
        assert formats.guess("train.json", data) == "jsonl"
        (entry,) = read("jsonl", data)
        assert marks(entry) == [(2, 5, "PER")]
        assert entry.document.labels == ({"label": "NEWS", "attributes": {}},)
        assert entry.document.extra == {"cats": {"NEWS": 1.0, "SPORT": 0.0}}


def test_what_spacy_2_trained_from_is_read_a_paragraph_a_document() -> None:
    def sentence(*tokens: tuple[str, str]) -> Any:
        return {"tokens": [{"id": n, "orth": o, "ner": t} for n, (o, t) in enumerate(tokens)]}

    first = sentence(("Ada", "B-PER"), ("Berg", "L-PER"), ("left", "O"), (".", "-"))
    second = sentence(("Bob", "U-PER"), ("stayed", "O"), (".", "O"))
    cats = [{"label": "NEWS", "value": 1.0}, {"label": "SPORT", "value": 0.0}]
    paragraphs = [
        {"raw": "Ada  Berg left. Bob stayed.", "sentences": [first, second], "cats": cats},
        {"sentences": [second]},
    ]
    data = json.dumps([{"id": 0, "paragraphs": paragraphs}], indent=1).encode()
    assert formats.guess("train.json", data) == "jsonl"
    entries = read("jsonl", data)
    assert [(entry.document.text, marks(entry)) for entry in entries] == [
        ("Ada  Berg left. Bob stayed.", [(0, 9, "PER"), (16, 19, "PER")]),
        ("Bob stayed.", [(0, 3, "PER")]),
    ]
    assert entries[0].document.labels == ({"label": "NEWS", "attributes": {}},)
    assert entries[0].document.extra["sentences"] == [first, second]


@given(st.dictionaries(st.sampled_from([*KEYS, "cats", "relations", "id"]), plain), names)
def test_whatever_stands_under_these_keys_is_read_or_refused(more: Any, text: str) -> None:
    try:
        entry = read_one(text=text, **more)
    except BadLine:
        return
    assert entry.document.text == text


@given(plain)
def test_any_value_has_places_or_none(value: Any) -> None:
    assert all(type(place.start) is int for place in places_in(value))
