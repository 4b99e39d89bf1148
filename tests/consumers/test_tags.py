"""seqeval, which scores taggers, sees our spans in our tags, by each scheme's own rules."""

from dataclasses import replace
from typing import Any

import pytest

from annotations.document import Annotated, Annotation
from tests.consumers.test_training import APART, sentences
from tests.documents import DOCUMENTS, marked
from tests.formats.roundtrip import read, written

pytestmark = [
    pytest.mark.consumers,
    pytest.mark.filterwarnings("ignore"),  # Its own, and those of what it needs.
]

PLAIN = [each for each in APART if each.annotations[0].end < each.annotations[1].start]
"""Those in which two people are named, and not one twice."""
SCHEMES = {"bio": "IOB2", "iob1": "IOB1", "bilou": "BILOU", "conll2003": "IOB2"}
DIFFICULT = [DOCUMENTS[name] for name in ("right_to_left", "combining", "nested", "rich")]


def spans(entries: list[Annotated]) -> list[list[tuple[str, str]]]:
    """The words and labels of spans by document; white space does not count."""
    return [
        [("".join(m.quote(each.document.text).split()), m.label) for m in each.annotations]
        for each in entries
    ]


def seen(data: bytes, scheme: Any) -> list[tuple[str, str]]:
    from seqeval.scheme import Entities

    tagged = sentences(data.decode())
    entities = Entities([tags for _, tags in tagged], scheme=scheme)
    return [
        ("".join(tagged[number][0][entity.start : entity.end]), entity.tag)
        for number, found in enumerate(entities.entities)
        for entity in sorted(found, key=lambda each: each.start)
    ]


@pytest.mark.parametrize("name", SCHEMES)
def test_the_spans_of_our_tags_are_ours(name: str) -> None:
    schemes = pytest.importorskip("seqeval.scheme")
    scheme = getattr(schemes, SCHEMES[name])
    data = written(name, PLAIN)[0]
    assert seen(data, scheme) == [pair for each in spans(PLAIN) for pair in each]
    difficult = written(name, DIFFICULT)[0]
    # Of spans that overlap one goes out, and borders move to tokens: what comes in again tells.
    expected = [pair for each in spans(read(name, difficult)) for pair in each]
    assert expected
    assert seen(difficult, scheme) == expected


@pytest.mark.parametrize("name", SCHEMES)
def test_our_tags_are_perfect_by_its_strict_score(name: str) -> None:
    metrics = pytest.importorskip("seqeval.metrics")
    from seqeval import scheme

    tags = [tags for _, tags in sentences(written(name, APART)[0].decode())]
    score = metrics.f1_score(tags, tags, mode="strict", scheme=getattr(scheme, SCHEMES[name]))
    assert score == 1.0


def test_both_spans_are_seen_where_one_ends_a_sentence_and_the_other_begins_the_next() -> None:
    schemes = pytest.importorskip("seqeval.scheme")
    two = marked("two", "They like Rome.\nRome likes them.", ("LOC", "Rome."))
    second = Annotation(id="second", start=16, end=20, label="LOC")
    data = written("iob1", [replace(two, annotations=(*two.annotations, second))])[0]
    assert seen(data, schemes.IOB1) == [("Rome.", "LOC"), ("Rome", "LOC")]
