"""Tables of statements that come in: ours, and those of the Discourse Network Analyzer."""

import csv
import io
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations import codebook as codebooks
from annotations import formats
from annotations.document import IMPORTED, Annotated, Annotation, Document, Entity, Relation
from annotations.errors import BadLine, QuotesDiffer
from annotations.formats import Reading, Writing, dna
from annotations.formats.dna_in import listed
from tests.documents import DOCUMENTS
from tests.formats.test_jsonl import annotated as annotated_documents
from tests.formats.test_network import DEBATE

TEXT = 'Ada said: "Tariffs work;\nthey do." Ben: tariffs work 📞. Cleo left.'
NEWS = Document(id="news", title="The news", text=TEXT)
KNOWN = Reading(text_of={"news": NEWS, "7": NEWS, "The news": NEWS}.get)
THEIRS = (
    '"statement ID";"time";"document ID";"document title";"author";"source";"section";"type";'
    '"text";"person";"organization";"concept";"agreement"\n'
)


def known(*entries: Annotated) -> Reading:
    return Reading(text_of={entry.document.id: entry.document for entry in entries}.get)


def read(data: str | bytes, reading: Reading = KNOWN) -> list[Annotated]:
    data = data.encode() if isinstance(data, str) else data
    return list(dna.read(io.BytesIO(data), None, reading))


def written(*entries: Annotated) -> bytes:
    return b"".join(dna.write(entries))


def refused(data: str, reading: Reading = KNOWN) -> str:
    with pytest.raises(BadLine) as caught:
        read(data, reading)
    return str(caught.value)


def theirs(*rows: str) -> str:
    return THEIRS + "\n".join(rows)


# ── ours ──────────────────────────────────────────────────────────────────────────────────────────


def test_statements_come_back_with_their_actors() -> None:
    (found,) = read(written(DEBATE), known(DEBATE))
    assert found.document is DEBATE.document
    assert [
        (m.id, m.label, m.start, m.end, m.concept, m.attributes) for m in found.annotations
    ] == [
        ("c", "claim", 9, 21, "tariffs", {"stance": "for"}),
        ("d", "demand", 33, 42, "tariffs/lift", {}),
        ("n", "claim", 62, 68, "tariffs", {"stance": "neutral"}),
        ("u", "claim", 49, 56, None, {}),
    ]
    assert [(r.head, r.label, r.child_entity) for r in found.relations] == [
        ("c", "made by", "Ada Berg"),
        ("c", "reported by", "Reuters"),
        ("d", "made by", "Ben"),
        ("d", "accepted by", "Dan"),
        ("d", "rejected by", "Cleo"),
        ("n", "made by", "Dan"),
    ]
    (ada,) = found.entities
    assert (ada.name, ada.extra) == ("Ada Berg", {"organization": "Ministry"})


def test_no_heading_of_relations_is_a_formula_and_each_comes_back() -> None:
    """A relation kind is a column, and what people call it may begin as a formula does."""
    names = ("=1+1", "@SUM(1)", "-2", "'=3", "＝4", "plain")
    book = codebooks.default()
    kinds = tuple(
        codebooks.RelationKind(id=f"k{n}", name=name, heads=("claim",), children=("actor",))
        for n, name in enumerate(names)
    )
    toml = codebooks.to_toml(replace(book, relations=kinds))
    mark = Annotation(id="c", start=0, end=8, label="claim", concept="tariffs")
    relations = tuple(
        Relation(id=f"r{n}", head="c", label=name, child_entity="Ada")
        for n, name in enumerate(names)
    )
    entry = Annotated(document=NEWS, annotations=(mark,), relations=relations)

    data = b"".join(dna.write([entry], None, Writing(codebook=toml)))
    (found,) = read(data, replace(KNOWN, codebook=toml))

    heading = next(csv.reader([data.decode().split("\n")[0]], delimiter=";"))
    assert [cell for cell in heading if cell.startswith(("=", "@", "-", "＝"))] == []
    assert [(r.label, r.child_entity) for r in found.relations] == [(n, "Ada") for n in names]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_statements_of_a_nasty_document_go_out_again_the_same(name: str) -> None:
    once = written(DOCUMENTS[name])
    assert written(*read(once, known(DOCUMENTS[name]))) == once


@given(annotated_documents())
def test_whatever_goes_out_comes_back_and_goes_out_the_same(given: Annotated) -> None:
    once = written(given)
    found = read(once, known(given))
    assert written(*found) == once
    places = {mark.id: (mark.start, mark.end, mark.fragments) for mark in given.annotations}
    assert all(
        places[mark.id] == (mark.start, mark.end, mark.fragments)
        for entry in found
        for mark in entry.annotations
    )


def test_what_the_marks_were_is_told_by_the_columns() -> None:
    entry = Annotated(
        document=NEWS,
        annotations=(
            Annotation(
                id="d",
                start=10,
                end=23,
                label="demand",
                attributes={"status": "made"},
                note="=1",
                origin=IMPORTED,
            ),
        ),
        relations=(
            Relation(id="r", head="d", child_entity='Berg, Ada "B."', label="addressed to"),
            Relation(id="s", head="d", child_entity=" Ben\n", label="addressed to"),
        ),
    )
    (found,) = read(written(entry))
    assert found.annotations == entry.annotations
    assert [(r.label, r.child_entity) for r in found.relations] == [
        *(("addressed to", 'Berg, Ada "B."'), ("addressed to", " Ben\n"))
    ]


def test_the_codebook_says_which_columns_are_relations() -> None:
    default = codebooks.default()
    names = {"made by": "by", "reported by": "in"}
    kinds = tuple(replace(kind, name=names.get(kind.name, kind.name)) for kind in default.relations)
    reading = replace(KNOWN, codebook=codebooks.to_toml(replace(default, relations=kinds)))
    table = theirs('1;;news;"The news";;;;;"Cleo left";Cleo;;"leaving";1').replace(
        '"agreement"\n', '"agreement";"in";"colour"\n'
    )
    (found,) = read(f'{table};"Reuters, dpa";red', reading)
    assert [(r.label, r.child_entity) for r in found.relations] == [
        *(("by", "Cleo"), ("in", "Reuters"), ("in", "dpa"))
    ]
    assert found.annotations[0].extra == {"colour": "red", "statement ID": "1"}


@given(st.lists(st.text(' ,"ab\n;', min_size=1), max_size=4))
def test_names_in_one_cell_are_told_apart(names: list[str]) -> None:
    cell = listed(names)
    entry = Annotated(
        document=NEWS,
        annotations=(Annotation(id="c", start=0, end=3, label="claim"),),
        relations=tuple(
            Relation(id=f"r{number}", head="c", child_entity=name, label="reported by")
            for number, name in enumerate(names)
        ),
    )
    (found,) = read(written(entry))
    assert [r.child_entity for r in found.relations] == list(dict.fromkeys(names)), cell


# ── theirs ────────────────────────────────────────────────────────────────────────────────────────


def test_statements_of_the_program_are_claims_of_whom_they_name() -> None:
    reading = replace(KNOWN)
    found = read(
        theirs(
            '17;2024-03-01 12:00:00;7;"The news";"Eve";"dpa";"";"";"Cleo left";"Cleo";"";"exit";1',
            '18;2024-03-01 12:00:00;7;"The news";"Eve";"dpa";"";"";"📞";"";"Ministry";"exit";0',
            '19;2024-03-01 12:00:00;7;"The news";"Eve";"dpa";"";"";"Ada";"Ada";"Ministry";"x";',
        ),
        reading,
    )
    (entry,) = found
    assert entry.document is NEWS
    assert entry.annotations == tuple(
        Annotation(
            id=mark.id,
            start=start,
            end=start + length,
            label="claim",
            concept=concept,
            attributes=said,
            origin=IMPORTED,
            extra={"statement ID": number},
        )
        for mark, (start, length, concept, said, number) in zip(
            entry.annotations,
            [
                (TEXT.index("Cleo"), 9, "exit", {"stance": "for"}, "17"),
                (TEXT.index("📞"), 1, "exit", {"stance": "against"}, "18"),
                (0, 3, "x", {}, "19"),
            ],
            strict=True,
        )
    )
    assert [(r.label, r.child_entity) for r in entry.relations] == [
        *(("made by", "Cleo"), ("made by", "Ministry"), ("made by", "Ada"))
    ]
    assert [(e.name, e.extra) for e in entry.entities] == [("Ada", {"organization": "Ministry"})]
    assert reading.lost == {"time, author, source, section and type of documents": 1}


def test_signs_that_the_program_writes_for_others_are_taken_for_these() -> None:
    (found,) = read(theirs("1;;7;;;;;;\"'Tariffs work, they do.'\";Ada;;t;1"))
    assert found.annotations[0].quote(TEXT) == '"Tariffs work;\nthey do."'


@pytest.mark.parametrize(
    "heading",
    [
        "id,docId,text,person,concept,agreement",
        "ID\tdocTitle\tselection\torganization\tConcept\tAgreement",
        "statement_id;document_id;statement text;actor;concept;agreement",
    ],
)
def test_columns_go_by_several_names(heading: str) -> None:
    between = next(sign for sign in ",;\t" if sign in heading)
    name = "The news" if "Title" in heading else "7"
    row = between.join(["1", name, "Cleo left", "Cleo", "exit", "1"])
    (found,) = read(f"{heading}\n{row}\n")
    assert [(m.start, m.concept, m.attributes) for m in found.annotations] == [
        (TEXT.index("Cleo"), "exit", {"stance": "for"})
    ]
    assert [r.child_entity for r in found.relations] == ["Cleo"]
    assert formats.guess("x.csv", heading.encode()) == "dna"


def test_a_quote_that_stands_nowhere_or_twice_is_refused_or_skipped() -> None:
    rows = theirs(
        '1;;7;;;;;;"Tariffs rise";Ada;;t;1',
        '2;;7;;;;;;"Cleo left";Cleo;;t;1',
        '3;;7;;;;;;"ariffs work";Ada;;t;1',
    )
    assert refused(rows) == "line 2: “Tariffs rise” does not stand in the text; was that changed?"
    told: list[BadLine] = []
    (found,) = dna.read(io.BytesIO(rows.encode()), told.append, KNOWN)
    assert [mark.quote(TEXT) for mark in found.annotations] == ["Cleo left"]
    assert [r.child_entity for r in found.relations] == ["Cleo"]
    assert [str(error) for error in told] == [
        "line 2: “Tariffs rise” does not stand in the text; was that changed?",
        "line 4: “ariffs work” stands in the text more than once; say where in columns “start” "
        "and “end”",
    ]


def test_hits_may_overlap() -> None:
    reading = Reading(text_of=lambda name: replace(NEWS, text="aaa"))
    assert "more than once" in refused(theirs("1;;7;;;;;;aa;Ada;;t;1"), reading)


def test_quotes_tell_the_unit_of_offsets() -> None:
    place = TEXT.index("Cleo")
    rows = "document,text,start,end,concept\n"
    (found,) = read(f"{rows}news,Cleo,{place + 1},{place + 5},x\nnews,Ada,0,3,x\n")
    assert [(m.start, m.end) for m in found.annotations] == [(place, place + 4), (0, 3)]
    with pytest.raises(QuotesDiffer, match=r"^line 2: .* at 2–6 expected “Cleo”, found “a sa”"):
        read(f"{rows}news,Cleo,2,6,x\n")


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ("a;b\n", "line 1: the first line must name the columns, among them “text” (the words of"),
        (theirs("1;;9;Nobody;;;;;x;Ada;;t;1"), "line 2: there is no document “9 / Nobody” here; "),
        (theirs("1;;7;;;;;;;Ada;;t;1"), "line 2: there is neither “text” nor “start” and “end”"),
        (theirs("1;;7;;;;;;Ada;Ada;;t;perhaps"), "line 2: “perhaps” is no agreement; it is 1 or 0"),
        ("docid,text,concept,start,end\n7,Ada,t,x,3\n", "line 2: “x” and “3” are no places"),
        ("docid,text,concept,start,end\n7,,t,0,99\n", "line 2: 99 lies outside of a text of"),
        ("docid,text,concept,start,end\n7,,t,3,3\n", "line 2: 3–3 is empty"),
        (
            'docid,text,concept,reported by\n7,Ada,t,"""A"\n',
            'line 2: “"A” are no names with commas',
        ),
        ("docid,text,concept\n7,A\0da,t\n", "line 2: The cell “text” holds the character U+0000"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_its_line(rows: str, reason: str) -> None:
    assert refused(rows).startswith(reason)


def test_the_heading_tells_statements_from_spans() -> None:
    ours = written().split(b"\n")[0]
    assert formats.guess("x.csv", ours) == "dna"
    assert formats.guess("", THEIRS.encode()) == "dna"
    assert formats.guess("x.csv", b"document,label,concept,agreement") == "csv"
    assert formats.guess("x.statements.csv", b"") == "dna"


@given(
    st.binary(max_size=60)
    | st.text("doci,text\n\r\"';7concept01Ad:\0", max_size=80).map(str.encode)
)
def test_anything_is_read_or_refused(data: bytes) -> None:
    told: list[BadLine] = []
    for head in (b"", b"docid,text,concept,start,end,fragments,agreement,role\n7,"):
        try:
            list(dna.read(io.BytesIO(head + data), told.append, KNOWN))
        except BadLine as error:
            told.append(error)
    assert all(error.line for error in told)


def test_an_entity_is_told_of_once() -> None:
    rows = theirs("1;;7;;;;;;Ada;Ada;M;t;1", "2;;7;;;;;;Cleo;Ada;M;t;1")
    (found,) = read(rows)
    assert found.entities == (
        Entity(id=found.entities[0].id, name="Ada", extra={"organization": "M"}),
    )


def test_statements_need_the_texts(tmp_path: Any) -> None:
    assert refused(theirs("1;;7;;;;;;Ada;Ada;;t;1"), Reading()) == (
        "line 2: there is no document “7” here; import the texts first, or give them together with "
        "the table (a folder or archive with a file of that name)"
    )
