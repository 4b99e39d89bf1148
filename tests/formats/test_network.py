"""Statements as rows, and the networks of actors and concepts that are counted from them."""

import csv
import io
from collections import Counter
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest

from annotations import codebook as codebooks
from annotations import formats
from annotations.codebook import Codebook
from annotations.document import Annotated, Annotation, Concept, Document, Entity, Relation
from annotations.formats import LOSSES, Writing
from tests.documents import DOCUMENTS

NAMESPACE = "{http://graphml.graphdrawing.org/xmlns}"
TEXT = "Ada says tariffs work. Ben wants them gone; Cleo refuses, Dan agrees."


def span(uid: str, label: str, quote: str, **said: Any) -> Annotation:
    start = TEXT.index(quote)
    return Annotation(id=uid, start=start, end=start + len(quote), label=label, **said)


DEBATE = Annotated(
    document=Document(
        id="d1", title="Debate", text=TEXT, date="2024-03-01", meta={"author": "Eve"}
    ),
    annotations=(
        span("c", "claim", "tariffs work", concept="tariffs", attributes={"stance": "for", "x": 1}),
        span("d", "demand", "them gone", concept="tariffs/lift"),
        span("a", "actor", "Ada", entity="Ada Berg"),
        span("b", "actor", "Ben"),
        span("n", "claim", "agrees", concept="tariffs", attributes={"stance": "neutral"}),
        span("u", "claim", "refuses"),
    ),
    relations=(
        Relation(id="r1", head="c", child="a", label="made by"),
        Relation(id="r2", head="c", child_entity="Reuters", label="reported by"),
        Relation(id="r3", head="d", child="b", label="made by"),
        Relation(id="r4", head="d", child_entity="Cleo", label="rejected by"),
        Relation(id="r5", head="d", child_entity="Dan", label="accepted by"),
        Relation(id="r6", head="n", child_entity="D.", label="made by"),
        Relation(id="r7", head="c", child="n", label="supports"),
    ),
    entities=(
        Entity(id="e1", name="D.", merged_into="Dan"),
        Entity(id="e2", name="Ada Berg", extra={"organization": "Ministry"}),
    ),
)


def written(
    name: str, *documents: Annotated, writing: Writing | None = None
) -> tuple[str, Counter[str]]:
    write = formats.get(name).write
    assert write is not None
    lost = Counter[str]()
    return b"".join(write(documents, lost, writing)).decode(), lost


def rows(*documents: Annotated, writing: Writing | None = None) -> list[dict[str, str]]:
    text, _ = written("dna", *documents, writing=writing)
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


def test_the_columns_are_those_of_the_discourse_network_analyzer_and_then_ours() -> None:
    text, _ = written("dna")
    assert text == (
        '"statement ID";"time";"document ID";"document title";"author";"source";"section";"type";'
        '"text";"person";"organization";"concept";"agreement";"role";"stance";"status";"start";'
        '"end";"fragments";"layer";"annotator";"note";"reported by";"addressed to"\n'
    )


def test_a_row_is_an_actor_on_a_statement() -> None:
    assert rows(DEBATE)[0] == {
        "statement ID": "c", "time": "2024-03-01 00:00:00", "document ID": "d1",
        "document title": "Debate", "author": "Eve", "source": "", "section": "", "type": "claim",
        "text": "tariffs work", "person": "Ada Berg", "organization": "Ministry",
        "concept": "tariffs", "agreement": "1", "role": "made by", "stance": "for", "status": "",
        "start": "9", "end": "21", "fragments": "", "layer": "", "annotator": "", "note": "",
        "reported by": "Reuters", "addressed to": "",
    }  # fmt: skip


def test_agreement_follows_from_stance_and_role() -> None:
    said = [(row["person"], row["role"], row["concept"], row["agreement"]) for row in rows(DEBATE)]
    assert said == [
        ("Ada Berg", "made by", "tariffs", "1"),
        ("Ben", "made by", "tariffs/lift", "1"),
        ("Dan", "accepted by", "tariffs/lift", "1"),
        ("Cleo", "rejected by", "tariffs/lift", "0"),
        ("Dan", "made by", "tariffs", ""),
        ("", "", "", ""),
    ]


def test_what_has_no_column_is_counted() -> None:
    assert written("dna", DEBATE)[1] == {
        "texts": 1, "meta": 2, "names": 2, "spans": 2, "attributes": 1, "relations": 1,
    }  # fmt: skip


def test_only_a_document_without_any_mark_counts_as_unmarked() -> None:
    actors = replace(DEBATE, annotations=DEBATE.annotations[2:3], relations=())
    assert "unmarked" not in written("dna", actors)[1]
    assert written("dna", DOCUMENTS["unmarked"])[1]["unmarked"] == 1


def test_no_cell_is_a_formula() -> None:
    text = "=1+1 is said"
    mark = Annotation(id="m", start=0, end=4, label="claim", note="@x")
    said = Annotated(document=Document(id="d", title="-", text=text), annotations=(mark,))
    (row,) = rows(said)
    assert (row["text"], row["note"], row["document title"]) == ("'=1+1", "'@x", "'-")


def test_the_codebook_says_what_is_a_statement() -> None:
    default = codebooks.default()
    labels = tuple(
        replace(label, name={"claim": "thesis", "actor": "who", "demand": "ask"}[label.name])
        for label in default.labels
    )
    kinds = tuple(
        replace(kind, name={"made by": "by"}.get(kind.name, kind.name))
        for kind in default.relations
    )
    other = Codebook(labels=labels, relations=kinds)
    said = replace(
        DEBATE,
        annotations=(
            replace(DEBATE.annotations[0], label="thesis"),
            replace(DEBATE.annotations[2], label="who"),
        ),
        relations=(Relation(id="r", head="c", child="a", label="by"),),
    )
    (row,) = rows(said, writing=Writing(codebook=codebooks.to_toml(other)))
    assert (row["person"], row["role"], row["agreement"]) == ("Ada Berg", "by", "1")


# ── networks ──────────────────────────────────────────────────────────────────────────────────────


def test_an_edge_joins_an_actor_to_a_concept() -> None:
    text, lost = written(
        "edges", DEBATE, replace(DEBATE, document=replace(DEBATE.document, id="d2"))
    )
    assert text.splitlines() == [
        "\ufeffactor,concept,statements,agree,disagree,neutral,documents",
        "Ada Berg,tariffs,2,2,0,0,2",
        "Ben,tariffs/lift,2,2,0,0,2",
        "Cleo,tariffs/lift,2,0,2,0,2",
        "Dan,tariffs,2,0,0,2,2",
        "Dan,tariffs/lift,2,2,0,0,2",
    ]
    assert lost["statements"] == 2


def graph(name: str, *documents: Annotated) -> tuple[dict[str, dict[str, str]], list[Any]]:
    text, _ = written(name, *documents, writing=Writing(title="A & B"))
    root = ElementTree.fromstring(text)  # noqa: S314 - ours
    keys = {key.get("id"): key.get("attr.name") for key in root.iter(f"{NAMESPACE}key")}

    def said(element: Any) -> dict[str, str]:
        return {keys[data.get("key")]: data.text for data in element.iter(f"{NAMESPACE}data")}  # type: ignore[misc]

    nodes = {node.get("id"): said(node) for node in root.iter(f"{NAMESPACE}node")}
    edges = [
        (nodes[edge.get("source")]["label"], nodes[edge.get("target")]["label"], said(edge))
        for edge in root.iter(f"{NAMESPACE}edge")
    ]
    return nodes, edges  # type: ignore[return-value]


def test_graphml_has_nodes_of_two_types() -> None:
    nodes, edges = graph("graphml", DEBATE)
    assert sorted((node["type"], node["label"], node["statements"]) for node in nodes.values()) == [
        ("actor", "Ada Berg", "1"),
        ("actor", "Ben", "1"),
        ("actor", "Cleo", "1"),
        ("actor", "Dan", "2"),
        ("concept", "tariffs", "2"),
        ("concept", "tariffs/lift", "3"),
    ]
    assert ("Cleo", "tariffs/lift", {
        "weight": "1", "agree": "0", "disagree": "1", "neutral": "0", "documents": "1",
    }) in edges  # fmt: skip


def test_actors_who_stand_alike_are_congruent_and_others_in_conflict() -> None:
    assert graph("graphml-congruence", DEBATE, DEBATE)[1] == [("Ben", "Dan", {"weight": "1"})]
    assert graph("graphml-conflict", DEBATE, DEBATE)[1] == [
        ("Ben", "Cleo", {"weight": "1"}),
        ("Cleo", "Dan", {"weight": "1"}),
    ]


@pytest.mark.parametrize("name", ["graphml", "graphml-congruence", "graphml-conflict"])
def test_names_of_any_characters_are_sound_xml(name: str) -> None:
    odd = "<a href='x'>&\x01\ufffe\r\n]]>"
    mark = Annotation(id="m", start=0, end=1, label="claim", concept=odd)
    said = Annotated(
        document=Document(id="d", title="t", text="x"),
        annotations=(mark,),
        relations=(Relation(id="r", head="m", child_entity=odd, label="made by"),),
    )
    nodes, _ = graph(name, said)
    assert {node["label"] for node in nodes.values()} == {"<a href='x'>&\ufffd\ufffd\r\n]]>"}


@pytest.mark.parametrize(
    "name", ["dna", "edges", "graphml", "graphml-congruence", "graphml-conflict"]
)
def test_every_nasty_document_can_be_counted(name: str) -> None:
    once = written(name, *DOCUMENTS.values())
    assert written(name, *DOCUMENTS.values()) == once
    assert set(once[1]) <= set(LOSSES)


def test_an_actor_who_was_merged_in_a_circle_is_still_somebody() -> None:
    circle = (
        Entity(id="1", name="D.", merged_into="Dan"),
        Entity(id="2", name="Dan", merged_into="D."),
    )
    assert {row["person"] for row in rows(replace(DEBATE, entities=circle))} >= {"Ben", "Cleo"}


def test_concepts_that_were_merged_are_one() -> None:
    merged = replace(
        DEBATE, concepts=(Concept(id="1", name="tariffs/lift", merged_into="tariffs"),)
    )
    assert {row["concept"] for row in rows(merged)} == {"tariffs", ""}
