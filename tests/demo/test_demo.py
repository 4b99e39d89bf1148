"""The demo: an article and a key that fit each other."""

import io
import tomllib

import pytest

from annotations import codebook
from annotations.demo import annotated, demo
from annotations.document import Annotation, Block, Origin, Relation
from annotations.errors import BadInput
from annotations.formats import jsonl
from annotations.spans import Span

REPORT = "The call\nTrump called Maduro, and Trump was cross.\nMaduro asked, again, for time.\n"
KEY = """
[[entity]]
name = "Donald Trump"
aliases = ["Trump"]

[[concept]]
name = "Time"
parent = "Terms"

[[mark]]
id = "a1"
label = "actor"
paragraph = 1
quote = "Trump"
nth = 2
entity = "Donald Trump"

[[mark]]
id = "d1"
label = "demand"
paragraph = 2
fragments = ["asked", "for time"]
concept = "Time"
status = "made"
why = "He asks."

[[relation]]
head = "d1"
label = "addressed to"
child = "a1"

[[relation]]
head = "d1"
label = "made by"
child_entity = "Maduro"
"""
ORIGIN = Origin("import", "Postil’s demo key")


def test_quotes_and_paragraphs_become_offsets() -> None:
    made = annotated(REPORT, tomllib.loads(KEY))
    assert made.annotations == (
        Annotation(
            id="demo-a1",
            start=34,
            end=39,
            label="actor",
            entity="Donald Trump",
            origin=ORIGIN,
            codebook=1,
        ),
        Annotation(
            id="demo-d1",
            start=58,
            end=80,
            label="demand",
            fragments=(Span(58, 63), Span(72, 80)),
            attributes={"status": "made"},
            concept="Time",
            note="He asks.",
            origin=ORIGIN,
            codebook=1,
        ),
    )
    assert made.relations == (
        Relation(id="demo-r1", head="demo-d1", label="addressed to", child="demo-a1"),
        Relation(id="demo-r2", head="demo-d1", label="made by", child_entity="Maduro"),
    )
    assert [entity.aliases for entity in made.entities] == [("Trump",)]
    assert [concept.parent for concept in made.concepts] == ["Terms"]


def test_the_first_line_is_the_title_and_a_heading() -> None:
    document = annotated(REPORT, {}).document
    assert (document.id, document.title) == ("demo-report", "The call")
    assert document.layout.blocks == (Block("h1", 0, 8), Block("p", 9, 50), Block("p", 51, 81))


@pytest.mark.parametrize(
    ("mark", "message"),
    [
        ({"paragraph": 1, "quote": "Reuters"}, "“m” quotes “Reuters”, which paragraph 1 does not"),
        ({"paragraph": 1, "quote": "Trump", "nth": 3}, "“m” quotes “Trump”, which paragraph 1"),
        ({"paragraph": 1, "quote": "call\nTrump"}, "which paragraph 1 does not hold"),
        ({"paragraph": 3, "quote": "Trump"}, "“m” names paragraph 3; there are 2"),
        ({"paragraph": 0, "quote": "Trump"}, "“m” names paragraph 0; there are 2"),
        ({"paragraph": 2, "fragments": ["for", "asked"]}, "overlap or stand out of order"),
    ],
)
def test_a_mark_that_does_not_fit_is_named(mark: dict[str, object], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        annotated(REPORT, {"mark": [{"id": "m", "label": "actor", **mark}]})


def test_the_demo_fits_its_text_and_the_default_codebook() -> None:
    made, book = demo(), codebook.default()
    by_id = {annotation.id: annotation for annotation in made.annotations}
    assert len(by_id) == len(made.annotations) > 100
    made.document.layout.checked(len(made.document.text))
    for annotation in made.annotations:
        label = book.label(annotation.label)
        assert all(span.within(made.document.text) for span in annotation.spans)
        assert (annotation.entity is not None) == label.takes_entity
        assert (annotation.concept is not None) == label.takes_concept
        for attribute in label.attributes:
            value = annotation.attributes.get(attribute.id)
            assert value is None or value in attribute.choices
    for relation in made.relations:
        kind = book.kind(relation.label)
        assert book.label(by_id[relation.head].label).id in kind.heads
        if relation.child is not None:
            assert book.label(by_id[relation.child].label).id in kind.children


def test_the_demo_is_the_same_each_time_and_survives_the_native_format() -> None:
    assert demo() == demo()
    assert list(jsonl.read(io.BytesIO(b"".join(jsonl.write([demo()]))))) == [demo()]
