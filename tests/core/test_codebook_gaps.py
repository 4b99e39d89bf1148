"""What an import brings that the codebook lacks, and what of that looks like what it has."""

import unicodedata
from dataclasses import replace

import pytest

from annotations import codebook
from annotations.codebook_gaps import (
    Gap,
    Gaps,
    NameMap,
    alike,
    alike_among,
    parsed_map,
    sentences,
)
from annotations.document import Annotated, Annotation, Document, Relation
from annotations.errors import BadInput
from annotations.plain import plain_marks

BOOK = codebook.default()


def mark(id: str, label: str, **attributes: object) -> Annotation:
    return Annotation(id=id, start=0, end=1, label=label, attributes=attributes)


def entry(*marks: Annotation, relation: str = "", labels: tuple[object, ...] = ()) -> Annotated:
    joined = Relation(id="r", head="a", label=relation, child_entity="Ada")
    return Annotated(
        document=Document(id="one", title="One", text="One.", labels=labels),
        annotations=marks,
        relations=(joined,) if relation else (),
    )


def gaps(*entries: Annotated) -> tuple[Gap, ...]:
    found = Gaps(BOOK)
    for each in entries:
        found.count(each)
    return found.found()


@pytest.mark.parametrize(
    ("name", "like"),
    [
        ("made_by", "made by"), ("MADE-BY", "made by"), ("madeBy", "made by"),
        ("made  by ", "made by"), ("Claim", "claim"), ("CLAIM", "claim"), ("claims", "claim"),
        ("café", "cafe\u0301"), ("Categories", "category"), ("Städte", ""), ("boxes", "box"),
        ("claim", ""), ("clam", ""), ("s", ""), ("by", ""), ("demanded", ""), ("—", ""),
    ],
)  # fmt: skip
def test_a_name_looks_like_one_that_differs_in_case_signs_or_the_ending_of_a_plural(
    name: str, like: str
) -> None:
    known = ["claim", "made by", "cafe\u0301", "category", "Stadt", "box", "–"]
    assert alike(name, known) == like


def test_what_the_codebook_has_is_no_gap() -> None:
    assert gaps(entry(mark("a", "claim"), mark("b", "actor"), relation="made by")) == ()


def test_labels_relations_labels_of_documents_attributes_and_values_are_counted() -> None:
    (stance,) = (a for a in BOOK.label("claim").attributes if a.kind == "choice")
    found = gaps(
        entry(mark("a", "CLAIM"), mark("b", "city"), relation="made_by", labels=("x",)),
        entry(mark("a", "claim", **{stance.id: "For Sure", "conf": "high"}), mark("b", "city")),
        entry(relation="made_by", labels=({"label": "x"}, 3)),
    )
    assert found == (
        Gap("label", "CLAIM", 1, "claim"),
        Gap("label", "city", 2),
        Gap("relation", "made_by", 2, "made by"),
        Gap("document label", "x", 2),
        Gap("attribute", "conf", 1, "", "claim"),
        Gap("value", "For Sure", 1, "", f"claim, {stance.id}"),
    )


def test_plain_marks_are_counted_by_their_labels() -> None:
    marks = plain_marks(("a", "b"), (0, 1), (1, 2), ("claim", "city"), 4, None)
    assert marks is not None
    assert gaps(replace(entry(), annotations=marks)) == (Gap("label", "city", 1),)


def test_names_are_taken_for_those_of_the_codebook() -> None:
    (stance, *_) = BOOK.label("claim").attributes
    pairs = [("CLAIM", "claim"), ("made_by", "made by"), ("Haltung", stance.id)]
    names = NameMap.of(pairs, BOOK)
    mapped = names.apply(entry(mark("a", "CLAIM", Haltung="x", note="y"), relation="made_by"))

    assert mapped == entry(mark("a", "claim", **{stance.id: "x", "note": "y"}), relation="made by")
    names.check_used()


def test_a_name_that_nothing_bears_is_refused_on_either_side() -> None:
    with pytest.raises(BadInput, match=r"Nothing in the codebook is called “made bi”.*“made by”"):
        NameMap.of([("made_by", "made bi")], BOOK)
    with pytest.raises(BadInput, match="Nothing in the files is called “made_by”"):
        NameMap.of([("made_by", "made by")], BOOK).check_used()


@pytest.mark.parametrize("said", ["made_by", "=x", "x=", ""])
def test_a_map_without_two_names_is_refused(said: str) -> None:
    with pytest.raises(BadInput, match="write NAME=NAME"):
        parsed_map([said])


def test_what_is_told_says_what_was_added_and_what_looks_alike() -> None:
    found = (
        Gap("label", "city", 2),
        Gap("relation", "made_by", 10, "made by"),
        Gap("attribute", "conf", 1, "", "claim"),
    )
    assert sentences(found) == [
        "Added to the codebook: label “city” (2); relation “made_by” (10).",
        "Kept with the marks, though the codebook lacks it: attribute “conf” of claim (1).",
    ]
    assert sentences(found[:1], as_suggestions=True) == [
        "Lacking in the codebook: label “city” (2)."
    ]
    assert alike_among(found) == [("made_by", "made by")]


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC"])
def test_composed_and_decomposed_names_are_alike(form: str) -> None:
    other = unicodedata.normalize(form, "Größe")  # type: ignore[arg-type]
    assert alike("GRÖSSE", [other]) == other
