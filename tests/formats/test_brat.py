"""brat standoff: marks beside their text, and what its lines can and cannot say."""

import io
import json
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.document import Annotated, Annotation, Document, Layer, Relation, with_fragments
from annotations.errors import BadLine, QuotesDiffer
from annotations.formats import Member, Reading, brat, get
from annotations.formats.losses import count
from annotations.spans import Span
from tests.conformance_data import conformance
from tests.documents import DOCUMENTS
from tests.formats.test_jsonl import annotated as any_annotated


def member(name: str, content: str | bytes) -> Member:
    data = content.encode() if isinstance(content, str) else content

    @contextmanager
    def opened() -> Iterator[IO[bytes]]:
        yield io.BytesIO(data)

    return Member(name, len(data), opened)


def gathered(reading: Reading | None = None, **files: str | bytes) -> list[Annotated]:
    """The documents of files: ``a_txt`` is the file ``a.txt``."""
    names = {name: "/".join(name.split("__")) for name in files}
    members = [member(".".join(names[n].rsplit("_", 1)), files[n]) for n in files]
    return list(brat.gather(members, None, reading))


def one(text: str, *lines: str, reading: Reading | None = None, **conf: Any) -> Annotated:
    (found,) = gathered(reading, a_txt=text, a_ann="\n".join(lines) + "\n", **conf)
    return found


def refused(text: str, *lines: str) -> str:
    with pytest.raises(BadLine) as caught:
        one(text, *lines)
    return str(caught.value)


def files(*documents: Annotated) -> dict[str, str]:
    """The files of the archive that is written, line ends as they are."""
    with zipfile.ZipFile(io.BytesIO(b"".join(brat.write(documents)))) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def back(written: dict[str, str]) -> list[Annotated]:
    return list(brat.gather([member(name, content) for name, content in written.items()]))


def lines(annotated: Annotated) -> list[str]:
    """The lines of the only ``.ann`` file that is written."""
    (content,) = (text for name, text in files(annotated).items() if name.endswith(".ann"))
    return content.splitlines()


def marks(annotated: Annotated) -> list[tuple[Any, ...]]:
    return [(mark.start, mark.end, mark.label) for mark in annotated.annotations]


def relations(annotated: Annotated) -> list[tuple[str, str, str]]:
    """Each as the quotes of its ends, and its name between them."""
    quotes = {mark.id: mark.quote(annotated.document.text) for mark in annotated.annotations}
    return [(quotes[r.head], r.label, quotes[r.child or ""]) for r in annotated.relations]


TEXT = "Maduro asked Trump to lift all sanctions."


# ── what the lines become ─────────────────────────────────────────────────────────────────────────


def test_a_span_a_relation_an_attribute_a_note_and_a_name_become_ours() -> None:
    found = one(
        TEXT,
        "T1\tactor 0 6\tMaduro",
        "T2\tdemand 22 40\tlift all sanctions",
        "R1\tmade_by Arg1:T2 Arg2:T1\t",
        "A1\tstatus T2 rejected by all",
        "M2\tfirm T2",
        "#1\tAnnotatorNotes T2\tsince 2019",
        "N1\tReference T1 Wikidata:Q5\tNicolás Maduro",
    )
    assert found.document.title == "a"
    assert found.layer is None
    actor, demand = found.annotations
    assert marks(found) == [(0, 6, "actor"), (22, 40, "demand")]
    assert (actor.entity, demand.note) == ("Nicolás Maduro", "since 2019")
    assert demand.attributes == {"status": "rejected by all", "firm": True}
    assert relations(found) == [("lift all sanctions", "made_by", "Maduro")]


def test_an_event_is_its_triggers_mark_and_a_relation_for_each_argument() -> None:
    found = one(
        TEXT,
        "T1\tPerson 0 6\tMaduro",
        "T2\tPerson 13 18\tTrump",
        "T3\tAsk 7 12\tasked",
        "T4\tLift 22 26\tlift",
        "E1\tAsk:T3 Agent:T1 Agent2:T2 Theme:E2",
        "E2\tLift:T4 ",
        "A1\tNegation E2",
    )
    assert relations(found) == [
        ("asked", "Agent", "Maduro"),
        ("asked", "Agent", "Trump"),
        ("asked", "Theme", "lift"),
    ]
    assert found.annotations[3].attributes == {"Negation": True}
    assert lines(found)[4:] == [
        "E1\tAsk:T3 Agent:T1 Agent2:T2 Theme:E2",
        "E2\tLift:T4",
        "A1\tNegation E2",
    ]


def test_equivalents_become_a_chain_and_a_line_again() -> None:
    found = one(
        TEXT, "T1\tP 0 6\tMaduro", "T2\tP 13 18\tTrump", "T3\tP 7 12\tasked", "*\tEquiv T2 T1 T3"
    )
    assert relations(found) == [("Trump", "Equiv", "Maduro"), ("Maduro", "Equiv", "asked")]
    assert lines(found)[3:] == ["*\tEquiv T2 T1 T3"]
    broken = replace(found, relations=found.relations[1:])
    assert lines(broken)[3:] == ["*\tEquiv T1 T3"]


def test_parts_are_parts_but_those_that_a_line_break_divides_are_one() -> None:
    found = one(
        "One\ntwo three\n\nfour",
        "T1\tclaim 0 3;4 7\tOne two",
        "T2\tclaim 4 7;8 13;15 19\ttwo three four",
    )
    assert found.annotations[0].spans == (Span(0, 7),)
    assert found.annotations[1].spans == (Span(4, 7), Span(8, 19))
    assert lines(found) == [
        "T1\tclaim 0 3;4 7\tOne two",
        "T2\tclaim 4 7;8 13;15 19\ttwo three four",
    ]


def test_what_nothing_can_be_made_of_is_kept_and_goes_out_again() -> None:
    kept = (
        "T1\tP 0 6\tMaduro",
        "T2\tP 13 18\tTrump",
        "R1\tKin Arg1:T1 Arg2:T2",
        "A1\tSure R1",
        "#1\tNormalization T1\tsee below",
        "#2\tAnnotatorNotes R1\treally?",
        "#3\tAnnotatorNotes T9\tof something that is gone",
        "X1\tSomething else",
    )
    assert lines(one(TEXT, *kept)) == list(kept)


def test_a_span_without_a_character_is_counted_and_its_relations_too() -> None:
    reading = Reading()
    found = one(
        TEXT, "T1\tP 6 6\t", "T2\tP 0 6\tMaduro", "R1\tKin Arg1:T1 Arg2:T2", reading=reading
    )
    assert marks(found) == [(0, 6, "P")]
    assert reading.lost == {
        "spans without a character": 1,
        "relations of spans without a character": 1,
    }


def test_a_text_without_marks_is_a_document_and_marks_without_their_text_are_refused() -> None:
    (found,) = gathered(b_txt="Nothing.")
    assert found == Annotated(document=found.document)
    with pytest.raises(BadLine, match=r"^b\.ann: there is no b\.txt beside it"):
        gathered(a_txt="A", b_ann="T1\tP 0 1\tA\n")


def test_the_same_text_in_several_folders_is_one_document_with_a_layer_each() -> None:
    found = gathered(
        ada__train__a_txt=TEXT,
        ada__train__a_ann="T1\tP 0 6\tMaduro\n",
        ben__train__a_txt=TEXT,
        ben__train__a_ann="T1\tP 13 18\tTrump\n",
        ada__train__b_txt="Other",
        ben__train__b_txt="Another",
    )
    assert [(each.layer and each.layer.annotator, marks(each)) for each in found] == [
        ("ada", [(0, 6, "P")]),
        ("ben", [(13, 18, "P")]),
        (None, []),
        (None, []),
    ]
    assert found[0].document == found[1].document
    assert len({each.document.id for each in found}) == 3


def test_bionlp_files_are_read_as_parts_of_one() -> None:
    (found,) = gathered(
        a_txt=TEXT, a_a1="T1\tP 0 6\tMaduro\n", a_a2="T2\tP 13 18\tTrump\nE1\tP:T2 Kin:T1\n"
    )
    assert relations(found) == [("Trump", "Kin", "Maduro")]


def test_files_that_are_none_of_brats_are_counted() -> None:
    reading = Reading()
    gathered(reading, a_txt="A", annotation_conf="[entities]", readme_md="Hello")
    assert reading.lost == {"files that are neither texts nor marks": 1}


# ── units ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("😀 Trump", "T1\tP 2 7\tTrump"),
        ("😀 Trump", "T1\tP 3 8\tTrump"),
        ("😀\r\nTrump", "T1\tP 3 8\tTrump"),
        ("😀\r\nTrump", "T1\tP 2 7\tTrump"),
        ("😀\r\nTrump", "T1\tP 4 9\tTrump"),
        ("😀\nTrump", "T1\tP 4 9\tTrump"),
    ],
)
def test_the_quotes_prove_what_the_offsets_count(text: str, line: str) -> None:
    assert marks(one(text, line)) == [(2, 7, "P")]


def test_a_text_that_is_not_what_its_spans_quote_is_refused_with_each_of_them() -> None:
    with pytest.raises(QuotesDiffer) as caught:
        one(TEXT, "T1\tP 0 6\tMaduro", "T2\tP 7 12\ttrump", "T3\tP 90 95\tlater")
    assert caught.value.mismatches == ((7, 12, "trump", "asked"), (90, 95, "later", ""))
    assert str(caught.value).startswith("a.ann, line 2: the text is not what its spans quote")


def test_spans_that_quote_nothing_must_be_told_their_unit_where_there_are_several() -> None:
    assert marks(one(TEXT, "T1\tP 0 6")) == [(0, 6, "P")]
    assert "say what the offsets count: code points or" in refused("😀 Trump", "T1\tP 3 8")
    said = one("😀 Trump", "T1\tP 3 8", reading=Reading(offsets="utf-16"))
    assert marks(said) == [(2, 7, "P")]


# ── what is refused ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("T1 P 0 6 Maduro", "a tab, and what it says"),
        ("T1\tP 0 x\tMaduro", "a span is “Type START END”"),
        ("T1\tP 6 0\tMaduro", "begins before it ends"),
        ("T1\tP 0 6;3 8\tMaduro uro a", "overlap"),
        ("T2\tP 0 6\tMaduro", "stands twice"),
        ("R1\tKin Arg1:T2", "a relation is"),
        ("R1\tKin Arg1:T2 Arg2:T7", "T7 is no span"),
        ("E1\tAsk:T7", "its trigger T7"),
        ("E1\tAsk", "an event is"),
        ("E1\tAsk:T2 Theme:E7", "E7 is no span"),
    ],
)
def test_a_line_that_cannot_be_read_is_refused_by_its_number(line: str, why: str) -> None:
    message = refused(TEXT, "T2\tP 0 6\tMaduro", line)
    assert message.startswith("a.ann, line 2: ")
    assert why in message


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a_txt": b"\xff\xfeA\0"}, "a.txt: the file is in UTF-16; save it as UTF-8"),
        ({"a_txt": b"One\n\xe9"}, "a.txt, line 2: the file is not in UTF-8; save it so"),
        ({"a_txt": "A\0"}, "a.txt: The file holds the character U+0000"),
        ({"a_txt": "A", "postil_conf": "{"}, "postil.conf: this is not JSON"),
        ({"a_txt": "A", "postil_conf": "{}"}, "postil.conf: this is not what Postil writes"),
        (
            {"a_txt": "A", "postil_conf": '{"schema": "postil-brat/1", "types": []}'},
            "postil.conf: “types” is a list, not an object",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_by_its_name(
    files: dict[str, str | bytes], message: str
) -> None:
    with pytest.raises(BadLine) as caught:
        gathered(None, **files)
    assert str(caught.value).startswith(message)


def test_a_bad_line_is_left_out_when_that_is_wanted() -> None:
    members = [member("a.txt", "A"), member("a.ann", "T1\tP 0 1\tB"), member("b.txt", "B")]
    refusals: list[BadLine] = []
    assert [each.document.title for each in brat.gather(members, refusals.append)] == ["a", "b"]
    assert [(error.name, error.line) for error in refusals] == [("a.ann", 1)]


@given(st.data())
def test_whatever_the_files_hold_there_is_never_another_error(data: st.DataObject) -> None:
    text = data.draw(st.text("Maduro 😀\n\r", max_size=12))
    lines = (
        "T1\tP 0 1\tM\nR1\tK Arg1:T1 Arg2:T1\nE1\tP:T1 A:E1\nA1\tX E1\n*\tE T1 T1\nN1\tR T1 a:b\tc"
    )
    place = data.draw(st.integers(0, len(lines)))
    length = data.draw(st.integers(0, 9))
    into = data.draw(st.text("TREAN*#\t\n 019:;😀", max_size=9))
    broken = lines[:place] + into + lines[place + length :]
    refusals: list[BadLine] = []
    members = [member("a.txt", text), member("a.ann", broken)]
    files(*brat.gather(members, refusals.append))
    assert {error.name for error in refusals} <= {"a.ann"}


# ── writing ───────────────────────────────────────────────────────────────────────────────────────


def test_names_with_spaces_go_out_without_and_come_back_with_them() -> None:
    rich = DOCUMENTS["rich"]
    written = files(rich)
    assert written["rich.ann"].splitlines() == [
        "T1\tactor 0 6\tMaduro",
        "T2\tdemand 22 40\tlift all sanctions",
        "T3\tactor 13 18\tTrump",
        "R1\tmade_by Arg1:T2 Arg2:T1",
        "R2\trejected_by Arg1:T2 Arg2:T3",
        "A1\tstatus T2 rejected",
        "A2\tfirm T2",
        "A3\tweight T2 3",
        "N1\tReference T1 Postil:Nicol%C3%A1s%20Maduro\tNicolás Maduro",
        "N2\tReference T2 Postil-Concept:sanctions%2Flift\tsanctions/lift",
        "N3\tReference T3 Postil:Donald%20Trump\tDonald Trump",
        '#1\tAnnotatorNotes T2\t"=1+1 is not a formula,\\n\\u201cquoted\\u201d; '
        'and a second line."',
    ]
    assert "made_by Arg1:<ANY>, Arg2:<ANY>" in written["annotation.conf"]
    assert "made_by | made by" in written["visual.conf"]
    assert json.loads(written["postil.conf"]) == {
        "schema": "postil-brat/1",
        "types": {"made_by": "made by", "rejected_by": "rejected by"},
        "layers": {
            "": {
                "kind": "key",
                "annotator": "Dr. Núñez",
                "name": "Key, 2nd try",
                "exercise": "ex-1",
                "frozen": True,
            }
        },
        "documents": {"rich": {"id": "doc-rich", "revision": 3}},
        "json": {"rich": ["A3", "#1"]},
    }
    (found,) = back(written)
    assert found.annotations[1].attributes == {"status": "rejected", "firm": True, "weight": 3}
    assert [relation.label for relation in found.relations] == ["made by", "rejected by"]


def test_two_names_that_look_alike_in_brat_stay_two() -> None:
    document = Document(id="d", title="d", text="abc")
    alike = Annotated(
        document=document,
        annotations=tuple(
            Annotation(id=str(n), start=n, end=n + 1, label=label)
            for n, label in enumerate(("made_by", "made by", "made/by"))
        ),
    )
    assert [mark.label for mark in back(files(alike))[0].annotations] == [
        "made_by",
        "made by",
        "made/by",
    ]


def test_what_cannot_be_said_is_counted() -> None:
    lost = Counter[str]()
    list(brat.write([DOCUMENTS["rich"]], lost))
    assert lost == {
        "layout": 1,
        "meta": 6,
        "document labels": 2,
        "states": 1,
        "names": 3,
        "unsure": 1,
        "origins": 1,
        "times": 1,
        "relations": 1,
        "extra": 4,
    }


def test_a_line_break_at_the_end_of_a_span_is_left_out_and_counted() -> None:
    text = "One\n\ntwo\n"
    spans = ((0, 9), (3, 5), (0, 8))
    document = Annotated(
        document=Document(id="d", title="d", text=text),
        annotations=tuple(
            Annotation(id=str(n), start=start, end=end, label="P")
            for n, (start, end) in enumerate(spans)
        ),
    )
    lost = Counter[str]()
    list(brat.write([document], lost))
    assert lost == {"borders": 2}
    assert lines(document) == ["T1\tP 0 3;5 8\tOne two", "T2\tP 0 3;5 8\tOne two"]
    assert marks(back(files(document))[0]) == [(0, 8, "P"), (0, 8, "P")]


def test_layers_have_a_folder_each_but_for_the_first() -> None:
    document = DOCUMENTS["unmarked"].document
    entries = [
        Annotated(document=document, layer=Layer(id=name, annotator=name))
        for name in ("ada", "b/n")
    ]
    written = files(*entries)
    assert list(written) == [
        "unmarked.txt",
        "unmarked.ann",
        "b-n-work/unmarked.txt",
        "b-n-work/unmarked.ann",
        "annotation.conf",
        "visual.conf",
        "postil.conf",
    ]
    assert [each.layer and each.layer.annotator for each in back(written)] == ["ada", "b/n"]


def test_a_second_export_is_the_first() -> None:
    first = files(*DOCUMENTS.values())
    assert files(*back(first)) == first


# ── going out and coming back ─────────────────────────────────────────────────────────────────────


def said(annotated: Annotated) -> tuple[Any, ...]:
    """What brat and the file beside it carry of a document."""
    order = {mark.id: number for number, mark in enumerate(annotated.annotations)}
    layer = annotated.layer
    document = annotated.document
    return (
        (document.id, document.title, document.text, document.revision),
        layer and replace(layer, id="x"),
        [
            (m.start, m.end, m.fragments, m.label, m.attributes, m.entity, m.concept, m.note)
            for m in annotated.annotations
        ],
        [(order[r.head], order[r.child or ""], r.label) for r in annotated.relations],
    )


def carried(annotated: Annotated) -> tuple[Annotated, Counter[str]]:
    """What should be left of a document, and what is told to be lost of it."""
    lost = Counter[str]()
    count(annotated, get("brat").carries, lost)
    text = annotated.document.text
    kept = []
    for mark in annotated.annotations:
        parts = [part for part in (_trimmed(each, text) for each in mark.spans) if part]
        parts = _joined(parts, text)
        lost["borders"] += tuple(parts) != mark.spans
        if parts:
            whole, fragments = with_fragments(tuple(parts))
            kept.append(replace(mark, start=whole.start, end=whole.end, fragments=fragments))
    present = {mark.id for mark in kept}
    relations = tuple(
        relation
        for relation in annotated.relations
        if relation.head in present and relation.child in present
    )
    lost["relations"] += len(annotated.relations) - len(relations)
    return replace(annotated, annotations=tuple(kept), relations=relations), +lost


def _trimmed(part: Span, text: str) -> Span | None:
    start, end = part.start, part.end
    while start < end and text[start] == "\n":
        start += 1
    while start < end and text[end - 1] == "\n":
        end -= 1
    return Span(start, end) if start < end else None


def _joined(parts: Sequence[Span], text: str) -> list[Span]:
    joined: list[Span] = []
    for part in parts:
        if joined and set(text[joined[-1].end : part.start]) == {"\n"}:
            joined[-1] = Span(joined[-1].start, part.end)
        else:
            joined.append(part)
    return joined


def _checked(documents: Iterable[Annotated]) -> None:
    given = list(documents)
    lost = Counter[str]()
    with zipfile.ZipFile(io.BytesIO(b"".join(brat.write(given, lost)))) as archive:
        written = {name: archive.read(name).decode() for name in archive.namelist()}
    expected = [carried(each) for each in given]
    assert sorted((said(each) for each in back(written)), key=str) == sorted(
        (said(each) for each, _ in expected), key=str
    )
    told = Counter[str]()
    for _, losses in expected:
        told.update(losses)
    assert +lost == told


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=list(DOCUMENTS))
def test_every_nasty_document_comes_back_but_for_what_is_told(document: Annotated) -> None:
    _checked([document])


@given(any_annotated())
def test_whatever_goes_out_comes_back_but_for_what_is_told(document: Annotated) -> None:
    _checked([document])


# ── other people's files ──────────────────────────────────────────────────────────────────────────


def _folder(path: Path) -> list[Member]:
    return [
        Member(str(each.relative_to(path)), each.stat().st_size, lambda each=each: each.open("rb"))
        for each in sorted(path.rglob("*"))
        if each.is_file()
    ]


@pytest.mark.parametrize("name", ["news", "bio"])
def test_brats_own_examples_go_out_as_they_came_in(name: str) -> None:
    folder = conformance("brat", name)
    reading = Reading()
    documents = list(brat.gather(_folder(folder), None, reading))
    assert reading.lost == {}
    assert len(documents) == len(list(folder.glob("*.txt")))
    lost = Counter[str]()
    with zipfile.ZipFile(io.BytesIO(b"".join(brat.write(documents, lost)))) as archive:
        for each in folder.glob("*.ann"):
            written = archive.read(each.name).decode().split("\n")
            came = each.read_text("utf-8").split("\n")
            assert sorted(written) == sorted(line.rstrip() for line in came)
        for each in folder.glob("*.txt"):
            assert archive.read(each.name) == each.read_bytes()
    assert lost == {}


def test_brats_own_examples_quote_what_they_mark() -> None:
    for name in ("news", "bio"):
        folder = conformance("brat", name)
        for found in brat.gather(_folder(folder)):
            path = folder / f"{found.document.title}.ann"
            quotes = [
                line.split("\t", 2)[2]
                for line in (path.read_text("utf-8").split("\n") if path.exists() else [])
                if line.startswith("T")
            ]
            text = found.document.text
            assert [text[mark.start : mark.end] for mark in found.annotations] == quotes


def test_a_relation_made_since_goes_out_beside_the_event() -> None:
    found = one(TEXT, "T1\tP 0 6\tMaduro", "T2\tAsk 7 12\tasked", "E1\tAsk:T2 Agent:T1")
    ours = Relation(
        id="r", head=found.annotations[1].id, child=found.annotations[0].id, label="made by"
    )
    more = Annotation(id="m", start=13, end=18, label="P")
    changed = replace(
        found, annotations=(*found.annotations, more), relations=(*found.relations, ours)
    )
    assert lines(changed) == [
        "T1\tP 0 6\tMaduro",
        "T2\tAsk 7 12\tasked",
        "T3\tP 13 18\tTrump",
        "E1\tAsk:T2 Agent:T1",
        "R1\tmade_by Arg1:T2 Arg2:T1",
    ]
