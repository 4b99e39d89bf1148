"""What the codebook requires of marks, and which of them lack it."""

from dataclasses import replace
from typing import Any

import pytest

from annotations import codebook
from annotations.codebook import Attribute, Codebook
from annotations.complete import Missing, asks_anything, missing
from annotations.document import Annotation, Relation

DEFAULT = codebook.default()
CLAIM, ACTOR, DEMAND = DEFAULT.labels


def requiring(*attributes: str, relations: tuple[str, ...] = ()) -> Codebook:
    """The default codebook in which these attributes and relations are required."""

    def strict(attribute: Attribute) -> Attribute:
        return replace(attribute, required=attribute.id in attributes)

    labels = tuple(
        replace(label, attributes=tuple(strict(a) for a in label.attributes))
        for label in DEFAULT.labels
    )
    kinds = tuple(replace(kind, required=kind.id in relations) for kind in DEFAULT.relations)
    return replace(DEFAULT, labels=labels, relations=kinds)


def mark(uid: str, label: str, **attributes: Any) -> Annotation:
    return Annotation(id=uid, start=0, end=1, label=label, attributes=attributes)


def names(found: list[Missing]) -> list[tuple[str, str, str]]:
    return [(entry.annotation.id, entry.kind, entry.name) for entry in found]


def test_the_default_codebook_asks_for_nothing() -> None:
    assert not asks_anything(DEFAULT)
    assert missing(DEFAULT, [mark("a", "claim"), mark("b", "demand")], []) == []


def test_marks_without_a_required_attribute_are_found_in_their_order() -> None:
    strict = requiring("stance", "status")
    marks = [mark("a", "claim"), mark("b", "actor"), mark("c", "claim", stance="for")]
    marks += [mark("d", "demand", status=""), mark("e", "claim", stance=None)]

    assert asks_anything(strict)
    assert names(missing(strict, marks, [])) == [
        ("a", "attribute", "stance"),
        ("d", "attribute", "status"),
        ("e", "attribute", "stance"),
    ]


def test_a_flag_that_is_off_and_a_zero_are_answers() -> None:
    asked = (
        Attribute(id="firm", name="firm", kind="flag", required=True),
        Attribute(id="sum", name="sum", kind="number", required=True),
    )
    strict = replace(DEFAULT, labels=(replace(CLAIM, attributes=asked), ACTOR, DEMAND))

    assert missing(strict, [mark("a", "claim", firm=False, sum=0)], []) == []


def test_a_relation_can_be_required_and_says_the_status() -> None:
    strict = requiring("status", relations=("made-by",))
    marks = [mark("a", "demand"), mark("b", "claim"), mark("c", "actor")]
    relations = [
        Relation(id="r", head="a", child="c", label="rejected by"),
        Relation(id="s", head="b", child="c", label="made by"),
    ]

    assert names(missing(strict, marks, relations)) == [("a", "relation", "made by")]


@pytest.mark.parametrize("retired", [False, True])
def test_a_retired_relation_is_required_of_nobody(retired: bool) -> None:
    strict = requiring(relations=("made-by",))
    kinds = tuple(replace(kind, retired=retired) for kind in strict.relations)
    strict = replace(strict, relations=kinds)

    assert asks_anything(strict) is not retired
    assert len(missing(strict, [mark("a", "claim")], [])) == (0 if retired else 1)


def test_what_is_required_survives_toml() -> None:
    strict = requiring("stance", relations=("made-by", "addressed-to"))

    assert codebook.from_toml(codebook.to_toml(strict)) == strict
