"""Statements: who claims or demands what, and what became of it."""

import pytest

from annotations import codebook
from annotations.demo import demo
from annotations.document import Annotation, Relation
from annotations.statements import Contradiction, Statement, statements

TEXT = "Maduro asked Trump to lift\nsanctions."
MADURO = Annotation(id="m", start=0, end=6, label="actor", entity="Nicolás Maduro")
TRUMP = Annotation(id="t", start=13, end=18, label="actor")
DEMAND = Annotation(id="d", start=19, end=36, label="demand")


def joined(label: str, child: str | None = None, entity: str | None = None) -> Relation:
    return Relation(id=f"{label}-{child}", head="d", label=label, child=child, child_entity=entity)


def statement(*relations: Relation, entered: str | None = None) -> Statement:
    demand = Annotation(
        id="d",
        start=19,
        end=36,
        label="demand",
        attributes={} if entered is None else {"status": entered},
    )
    (made,) = statements(codebook.default(), [MADURO, TRUMP, demand], relations, TEXT)
    return made


def test_a_demand_without_relations_is_a_statement_of_nobody() -> None:
    assert statement() == Statement(DEMAND)


def test_parties_stand_in_the_order_of_the_codebook_under_their_entities_or_quotes() -> None:
    made = statement(
        joined("addressed to", "t"),
        joined("reported by", entity="Reuters"),
        joined("made by", "m"),
        joined("made by", entity="Nicolás Maduro"),
    )
    assert made.parties == (
        ("made by", ("Nicolás Maduro",)),
        ("reported by", ("Reuters",)),
        ("addressed to", ("Trump",)),
    )


@pytest.mark.parametrize(
    ("relations", "entered", "status", "contradictions"),
    [
        ((), None, None, ()),
        ((), "made", "made", ()),
        (("accepted by",), None, "accepted", ()),
        (("accepted by",), "accepted", "accepted", ()),
        (
            ("rejected by",),
            "accepted",
            "rejected",
            (Contradiction("status", ("accepted", "rejected")),),
        ),
        (
            ("rejected by", "accepted by"),
            None,
            "rejected",
            (Contradiction("relations", ("accepted", "rejected")),),
        ),
    ],
)
def test_relations_say_what_became_of_a_demand_and_go_before_what_was_entered(
    relations: tuple[str, ...],
    entered: str | None,
    status: str | None,
    contradictions: tuple[Contradiction, ...],
) -> None:
    made = statement(*(joined(label, "t") for label in relations), entered=entered)
    assert (made.status, made.contradictions) == (status, contradictions)


def test_a_relation_whose_end_is_missing_is_passed_over() -> None:
    assert statement(joined("made by", "gone")).parties == ()


def test_the_demo_has_no_contradictions() -> None:
    made = demo()
    found = statements(codebook.default(), made.annotations, made.relations, made.document.text)
    assert len(found) == sum(a.label in ("claim", "demand") for a in made.annotations)
    assert [entry for entry in found if entry.contradictions] == []
    assert all(entry.parties for entry in found)
