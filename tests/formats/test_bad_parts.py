"""What is bad in a document is left out and named; the rest of the document is kept."""

import io
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from annotations import transfer
from annotations.document import Annotated, Annotation, Document, Relation
from annotations.errors import BadLine
from annotations.formats import Reading
from annotations.store.staging import Staged
from tests.transferred import entries_of

Said = tuple[list[tuple[str, str]], list[tuple[str, str, str]], list[str]]


def said(entries: list[Annotated], problems: list[BadLine]) -> Said:
    """Spans with their labels and words, relations with their words, and what was left out."""
    spans, relations = [], []
    for entry in entries:
        words = {mark.id: mark.quote(entry.document.text) for mark in entry.annotations}
        spans += [(mark.label, words[mark.id]) for mark in entry.annotations]
        relations += [
            (words[r.head], r.label, words.get(r.child or "", "")) for r in entry.relations
        ]
    return spans, relations, [str(problem) for problem in problems]


def taken(data: bytes, name: str) -> Said:
    """What comes out of a file in which bad parts may be left out."""
    problems: list[BadLine] = []
    return said(entries_of(name, data, problems.append), problems)


TEXT = "Ada met Bob. 🦊 Cleo left Rome early."


def native(*spans: Mapping[str, Any], **more: Any) -> bytes:
    return json.dumps({"text": TEXT, "spans": spans, **more}).encode()


def span(quote: str, label: str = "PER", **more: Any) -> dict[str, Any]:
    start = TEXT.index(quote)
    return {"start": start, "end": start + len(quote), "label": label, "text": quote, **more}


ADA, CLEO = span("Ada", id="a"), span("Cleo", id="c")
STALE = {**span("Bob", id="b"), "text": "Ben"}
MET = {"id": "r1", "head": "a", "child": "c", "label": "met"}
GOOD = [("PER", "Ada"), ("PER", "Cleo")]


@pytest.mark.parametrize(
    ("span", "relations", "problems"),
    [
        (
            STALE,
            [{"id": "r2", "head": "a", "child": "b", "label": "knows"}],
            [
                "span 2 (“b”): the text is not what it quotes: at 8–11 expected “Ben”, found “Bob” "
                "(first difference at character 2: expected “e” U+0065, found “o” U+006F)",
                "relation 2 (“r2”): its child “b” was left out",
            ],
        ),
        ({"start": 8, "end": 11}, [], ["span 2: there is no “label”"]),
        ({**span("Bob"), "label": ""}, [], ["span 2: “label” is empty"]),
        (
            {"id": "far", "start": 8, "end": 99, "label": "PER"},
            [],
            [f"span 2 (“far”): 8–99 does not fit a text of {len(TEXT)} characters"],
        ),
        ({"start": 8, "end": 8, "label": "PER"}, [], ["span 2: 8–8 is empty"]),
        (
            span("Bob", id="ä ö"),
            [],
            [
                "span 2 (“ä ö”): “ä ö” cannot be the id of a span: use 1 to 100 letters, digits "
                "and . _ : @ + -."
            ],
        ),
        (span("Bob", id="a"), [], ["span 2 (“a”): the span id “a” stands twice"]),
        (["Bob"], [], ["span 2: it is a list, not an object"]),
        (
            span("Rome"),
            [{"id": "r2", "head": "a", "child": "nobody", "label": "knows"}],
            ["relation 2 (“r2”): the child of the relation r2 is “nobody”, which is no span here"],
        ),
        (
            span("Rome"),
            [{"id": "r1", "head": "c", "child": "a", "label": "knows"}],
            ["relation 2 (“r1”): the relation id “r1” stands twice"],
        ),
        (span("Rome"), [7], ["relation 2: it is a whole number, not an object"]),
    ],
)
def test_a_bad_span_or_relation_of_a_line_is_left_out_alone(
    span: Any, relations: list[Any], problems: list[str]
) -> None:
    data = b"\n" + native(ADA, span, CLEO, relations=[MET, *relations])
    spans = GOOD if any(each.startswith("span") for each in problems) else [*GOOD, ("PER", "Rome")]
    found = taken(data, "a.jsonl")
    assert (sorted(found[0]), *found[1:]) == (
        spans,
        [("Ada", "met", "Cleo")],
        [f"a.jsonl, line 2: {problem}" for problem in problems],
    )


def test_the_other_quotes_still_prove_what_offsets_count() -> None:
    utf16 = {**CLEO, "start": CLEO["start"] + 1, "end": CLEO["end"] + 1}
    assert taken(native(ADA, STALE, utf16), "a.jsonl")[0] == GOOD
    assert taken(native(ADA, STALE, CLEO), "a.jsonl")[0] == GOOD


def test_of_a_document_whose_only_quote_is_stale_the_text_is_kept() -> None:
    spans, _, problems = taken(native(STALE), "a.jsonl")
    assert (spans, len(problems)) == ([], 1)


def task(*results: dict[str, Any]) -> bytes:
    return json.dumps(
        [{"id": 1, "data": {"text": TEXT}, "annotations": [{"id": 5, "result": results}]}]
    ).encode()


def region(uid: str, quote: str, **value: Any) -> dict[str, Any]:
    start = TEXT.index(quote)
    said = {"start": start, "end": start + len(quote), "text": quote, "labels": ["PER"], **value}
    names = {"from_name": "label", "to_name": "text", "type": "labels"}
    return {"id": uid, **names, "value": said}


def joined(head: str, child: str) -> dict[str, Any]:
    return {"from_id": head, "to_id": child, "type": "relation", "labels": ["met"]}


@pytest.mark.parametrize(
    ("results", "problems"),
    [
        (
            [region("b", "Bob", text="Ben"), joined("b", "a")],
            [
                "the region “b”: the text is not what it quotes: at 8–11 expected “Ben”, found "
                "“Bob” (first difference at character 2: expected “e” U+0065, found “o” U+006F)",
                "result 5, a relation: its “from_id” is the region “b”, which was left out",
            ],
        ),
        ([region("b", "Bob", labels=[])], ["the region “b”: it has no label"]),
        (
            [region("b", "Bob", end=8, text="")],
            ["the region “b”: 8–8 is empty"],
        ),
        (
            [region("b", "Bob", start="/p[1]/text()[1]")],
            ["the region “b”: “start” is a text, not a whole number"],
        ),
        (
            [joined("a", "zz")],
            ["result 4, a relation: its “to_id” is “zz”, which is no region here"],
        ),
        ([region("a", "Bob")], ["the region “a”: another one has the same id"]),
    ],
)
def test_a_bad_region_or_relation_of_a_task_is_left_out_alone(
    results: list[dict[str, Any]], problems: list[str]
) -> None:
    data = task(region("a", "Ada"), region("c", "Cleo"), joined("a", "c"), *results)
    assert taken(data, "a.json") == (
        GOOD,
        [("Ada", "met", "Cleo")],
        [f"a.json, line 1: entry 1: {problem}" for problem in problems],
    )


def test_a_bad_span_of_a_task_of_prodigy_is_left_out_alone() -> None:
    spans = [span("Ada"), {**span("Bob"), "text": "Ben"}, {"start": 0, "end": 3}, span("Cleo")]
    data = json.dumps({"text": TEXT, "spans": spans, "_input_hash": 1, "_task_hash": 2}).encode()
    found, _, problems = taken(data, "a.jsonl")
    assert found == GOOD
    assert [each.partition(": ")[2][:40] for each in problems] == [
        "span 2: the text is not what it quotes: ",
        "span 3: there is no “label”",
    ]


def test_a_bad_span_or_relation_of_a_line_of_doccano_is_left_out_alone() -> None:
    text = "Ada met Bob. Cleo left."

    def entity(number: int, quote: str, **more: Any) -> dict[str, Any]:
        start = text.index(quote)
        place = {"start_offset": start, "end_offset": start + len(quote)}
        return {"id": number, **place, "label": "PER", **more}

    said = {
        "text": text,
        "entities": [
            entity(1, "Ada"),
            entity(2, "Bob", end_offset=99),
            entity(3, "Cleo"),
            entity(4, "met", label=None),
            entity(4, "left", label=""),
        ],
        "relations": [
            {"id": 1, "from_id": 1, "to_id": 3, "type": "met"},
            {"id": 2, "from_id": 1, "to_id": 2, "type": "met"},
            {"id": 3, "from_id": 1, "to_id": 77, "type": "met"},
        ],
    }
    assert taken(json.dumps(said).encode(), "a.doccano.jsonl") == (
        GOOD,
        [("Ada", "met", "Cleo")],
        [
            f"a.doccano.jsonl, line 1: {problem}"
            for problem in (
                "span 2: 99 lies outside of a text of 23 characters.",
                "span 5: the id 4 stands twice",
                "relation 2: its end 2 was left out",
                "relation 3: its end 77 is no entity here",
                "span 4: there is no “label”",
            )
        ],
    )


def test_without_leave_to_skip_the_first_bad_part_refuses_the_file() -> None:
    with pytest.raises(BadLine, match=r"^a.jsonl, line 1: span 2 \(“a”\): “label” is empty"):
        entries_of("a.jsonl", native(ADA, {**ADA, "label": ""}))


def test_what_the_project_cannot_keep_of_a_document_is_left_out_alone() -> None:
    document = Document(id="d", title="T", text=TEXT)
    good, bad = (Annotation(id=uid, start=0, end=3, label="PER") for uid in ("a", "b"))
    bad = replace(bad, note="a lone \ud800")
    met = Relation(id="r", head="a", child="b", label="met")
    entry = Annotated(document=document, annotations=(good, bad, good), relations=(met,))
    problems: list[str] = []

    def left_out(error: BadLine, uid: str) -> None:
        problems.append(f"{error} [{uid}]")

    with Staged([entry], lambda: ("a.jsonl", 7), left_out) as staged:
        waiting = [each for batch in staged.batches() for each in batch]

    assert [[mark.id for mark in each.marks] for each in waiting] == [["a"]]
    assert [each.relations for each in waiting] == [[]]
    assert problems == [
        "a.jsonl, line 7: the span “b”: The note holds the character U+D800 at position 7, which "
        "no web page can show; remove it and try again. []",
        "a.jsonl, line 7: the span “a”: The mark “a” stands twice in one layer. []",
        "a.jsonl, line 7: the relation “r”: The relation “r” leads to a mark that is not there. []",
    ]


def test_a_bad_statement_of_a_table_of_dna_is_left_out_alone() -> None:
    document = Document(id="news", title="News", text="Ada met Bob. Cleo left.")
    table = (
        "document ID,statement ID,type,start,end,text,person,concept,agreement,role\n"
        "news,1,claim,0,3,Ada,A,x,1,\nnews,2,claim,8,11,Ben,A,x,1,\nnews,3,claim,13,17,Cleo,A,x,1,\n"
    )
    problems: list[BadLine] = []
    reading = Reading(text_of=lambda name: document)
    source = transfer.Source("a.csv", lambda: io.BytesIO(table.encode()), 1, "dna")
    found = list(transfer.Incoming([source], None, reading, problems.append))
    spans, _, left_out = said(found, problems)
    assert (spans, left_out) == (
        [("claim", "Ada"), ("claim", "Cleo")],
        [
            "a.csv, line 3: the text is not what it quotes: at 8–11 expected “Ben”, found “Bob” "
            "(first difference at character 2: expected “e” U+0065, found “o” U+006F)"
        ],
    )
