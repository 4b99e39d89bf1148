"""The native format: lossless, and plain about what it refuses."""

import io
import json
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.document import (
    BLOCK_KINDS,
    IMPORTED,
    INLINE_KINDS,
    LAYER_KINDS,
    ORIGINS,
    STATES,
    Annotated,
    Annotation,
    Block,
    Concept,
    Document,
    Entity,
    Inline,
    Layer,
    Layout,
    Origin,
    Relation,
    sha256,
    with_fragments,
)
from annotations.errors import BadLine, QuotesDiffer
from annotations.formats import jsonl, shapes
from annotations.spans import Span
from tests.conformance_data import conformance
from tests.documents import DOCUMENTS


def lines(*documents: Annotated) -> bytes:
    return b"".join(jsonl.write(documents))


def back(data: bytes) -> list[Annotated]:
    return list(jsonl.read(io.BytesIO(data)))


def line(**keys: Any) -> bytes:
    return json.dumps({"text": "Trump called Maduro.", **keys}).encode() + b"\n"


def read_one(**keys: Any) -> Annotated:
    (annotated,) = back(line(**keys))
    return annotated


def spans(annotated: Annotated) -> list[tuple[int, int]]:
    return [(annotation.start, annotation.end) for annotation in annotated.annotations]


def refused(data: bytes) -> str:
    with pytest.raises(BadLine) as caught:
        back(data)
    return str(caught.value)


# ── what goes out comes back ──────────────────────────────────────────────────────────────────────

characters = st.one_of(
    st.characters(codec="utf-8", exclude_characters="\0\r"),
    st.sampled_from("a b\n\t😀é́ا؀שׁ\u200f\u202e\u2028𐍈"),
)
texts = st.text(characters, max_size=60).filter(lambda text: not text.startswith("\ufeff"))
words = st.text(characters, max_size=12)
names = st.text(characters, min_size=1, max_size=12)
ids = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:@+-]{0,9}", fullmatch=True)
plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
maybe = st.none() | names
OURS = {*jsonl._LINE, *jsonl._SPAN_TYPES, *jsonl._RELATION, *jsonl._CONCEPT, *jsonl._ENTITY}
extras = st.dictionaries(words.filter(lambda key: key not in OURS), plain, max_size=2)
moments = st.none() | st.just("2026-03-01T12:00:00Z")


@st.composite
def layouts(draw: st.DrawFn, length: int) -> Layout:
    borders = sorted(draw(st.lists(st.integers(0, length), max_size=6)))
    blocks = [
        Block(
            kind=draw(st.sampled_from(sorted(BLOCK_KINDS))),
            start=start,
            end=end,
            level=draw(st.integers(0, 2)),
            row=draw(st.none() | st.integers(0, 3)),
            ordered=draw(st.booleans()),
            number=draw(st.sampled_from(["", "5.", "(a)", "Article 5", "٣"])),
        )
        for start, end in zip(borders[::2], borders[1::2], strict=False)
    ]
    inlines = [
        Inline(
            draw(st.sampled_from(sorted(INLINE_KINDS))),
            start,
            draw(st.integers(start, length)),
            draw(st.none() | st.just("https://example.org/ü?a=1#b")),
        )
        for start in draw(st.lists(st.integers(0, length), max_size=3))
    ]
    inlines.sort(key=lambda inline: inline.start)
    return Layout(tuple(blocks), tuple(inlines))


@st.composite
def annotations(draw: st.DrawFn, uid: str, length: int) -> Annotation:
    borders = sorted(draw(st.lists(st.integers(0, length), min_size=2, max_size=6, unique=True)))
    pairs = zip(borders[::2], borders[1::2], strict=False)
    hull, fragments = with_fragments(tuple(Span(*pair) for pair in pairs))
    return Annotation(
        id=uid,
        start=hull.start,
        end=hull.end,
        fragments=fragments,
        label=draw(names),
        attributes=draw(st.dictionaries(words, plain, max_size=2)),
        entity=draw(st.none() | words),
        concept=draw(st.none() | words),
        note=draw(words),
        unsure=draw(st.booleans()),
        origin=Origin(
            draw(st.sampled_from(ORIGINS)),
            draw(words),
            draw(st.none() | st.floats(0, 1)),
        ),
        codebook=draw(st.none() | st.integers(1, 9)),
        created=draw(moments),
        updated=draw(moments),
        extra=draw(extras),
    )


@st.composite
def annotated(draw: st.DrawFn) -> Annotated:
    text = draw(texts)
    span_ids = draw(st.lists(ids, max_size=4, unique=True)) if len(text) > 1 else []
    relations = [
        replace(
            Relation(id=uid, head=draw(st.sampled_from(span_ids)), label=draw(names)),
            extra=draw(extras),
            **draw(  # type: ignore[arg-type]
                st.sampled_from(span_ids).map(lambda child: {"child": child})
                | names.map(lambda entity: {"child_entity": entity})
            ),
        )
        for uid in (draw(st.lists(ids, max_size=2, unique=True)) if span_ids else [])
    ]
    aliases = st.lists(words, max_size=2).map(tuple)
    return Annotated(
        document=Document(
            id=draw(ids),
            title=draw(words),
            text=text,
            layout=draw(layouts(len(text))),
            revision=draw(st.integers(1, 5)),
            language=draw(words),
            direction=draw(st.sampled_from(("", "ltr", "rtl", "auto"))),
            source=draw(words),
            date=draw(words),
            meta=draw(st.dictionaries(words, plain, max_size=2)),
            labels=tuple(draw(st.lists(plain, max_size=2))),
            extra=draw(extras),
        ),
        layer=draw(
            st.none()
            | st.builds(
                Layer,
                id=ids,
                kind=st.sampled_from(LAYER_KINDS),
                annotator=words,
                name=words,
                exercise=st.none() | words,
                frozen=st.booleans(),
            )
        ),
        state=draw(st.none() | st.sampled_from(STATES)),
        codebook=draw(st.none() | st.integers(0, 99)),
        annotations=tuple(draw(annotations(uid, len(text))) for uid in span_ids),
        relations=tuple(relations),
        entities=tuple(
            draw(
                st.lists(
                    st.builds(
                        Entity, id=ids, name=names, aliases=aliases, merged_into=maybe, extra=extras
                    ),
                    max_size=2,
                )
            )
        ),
        concepts=tuple(
            draw(
                st.lists(
                    st.builds(
                        Concept,
                        id=ids,
                        name=names,
                        aliases=aliases,
                        parent=maybe,
                        merged_into=maybe,
                        extra=extras,
                    ),
                    max_size=2,
                )
            )
        ),
    )


@given(st.lists(annotated(), max_size=3))
def test_whatever_goes_out_comes_back(documents: list[Annotated]) -> None:
    assert back(lines(*documents)) == documents


@given(annotated())
def test_the_same_value_gives_the_same_bytes(document: Annotated) -> None:
    assert lines(*back(lines(document))) == lines(document)


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=list(DOCUMENTS))
def test_every_nasty_document_comes_back(document: Annotated) -> None:
    assert back(lines(document)) == [document]


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=list(DOCUMENTS))
def test_nothing_of_a_nasty_document_is_lost(document: Annotated) -> None:
    losses: Counter[str] = Counter()
    list(jsonl.write([document], losses))
    assert losses == {}


def test_a_line_has_its_keys_in_a_fixed_order_and_leaves_out_what_is_empty() -> None:
    document = Annotated(
        document=Document(
            id="a1",
            title="Call",
            text="Trump 📞 Maduro",
            layout=Layout((Block("p", 0, 14),), (Inline("em", 0, 5),)),
        ),
        layer=Layer(id="l1", annotator="ada"),
        state="done",
        annotations=(
            Annotation(id="s1", start=0, end=5, label="actor", entity="Donald Trump"),
            Annotation(
                id="s2", start=0, end=14, label="claim", fragments=(Span(0, 5), Span(8, 14))
            ),
        ),
        relations=(
            Relation(id="r1", head="s2", child="s1", label="made by"),
            Relation(id="r2", head="s2", child_entity="Reuters", label="reported by"),
        ),
    )
    digest = sha256("Trump 📞 Maduro")
    assert lines(document).decode() == (
        '{"schema":"postil/1","id":"a1","title":"Call","text":"Trump 📞 Maduro",'
        f'"sha256":"{digest}","revision":1,'
        '"layout":{"blocks":[["p",0,14]],"inlines":[["em",0,5]]},'
        '"layer":"l1","kind":"work","annotator":"ada","state":"done","spans":['
        '{"id":"s1","start":0,"end":5,"label":"actor","text":"Trump","entity":"Donald Trump",'
        '"origin":{"kind":"hand"}},'
        '{"id":"s2","start":0,"end":14,"label":"claim","text":"Trump 📞 Maduro",'
        '"fragments":[[0,5],[8,14]],"origin":{"kind":"hand"}}],"relations":['
        '{"id":"r1","head":"s2","child":"s1","label":"made by"},'
        '{"id":"r2","head":"s2","child_entity":"Reuters","label":"reported by"}]}\n'
    )


def test_read_and_nothing_there_is_not_the_same_as_never_opened() -> None:
    done, new = read_one(state="done", spans=[]), read_one()
    assert (done.state, done.annotations) == ("done", ())
    assert (new.state, new.annotations) == (None, ())


def test_unknown_keys_come_back_on_the_object_where_they_stood() -> None:
    given_line = {
        "text": "abc",
        "_input_hash": -5,
        "spans": [
            {
                "id": "s",
                "start": 0,
                "end": 1,
                "label": "x",
                "token_end": 0,
                "origin": {"kind": "model", "run": 7},
            }
        ],
        "relations": [{"id": "r", "head": "s", "child": "s", "label": "y", "colour": "red"}],
        "entities": [{"id": "e", "name": "Trump", "wikidata": "Q22686"}],
    }
    (document,) = back(json.dumps(given_line).encode())
    written = json.loads(lines(document))
    assert written["_input_hash"] == -5
    assert written["spans"][0]["token_end"] == 0
    assert written["spans"][0]["origin"] == {"kind": "model", "run": 7}
    assert written["relations"][0]["colour"] == "red"
    assert written["entities"][0]["wikidata"] == "Q22686"


def test_whole_numbers_beyond_64_bits_are_not_rounded() -> None:
    assert read_one(hash=2**70).document.extra == {"hash": 2**70}
    assert json.loads(lines(read_one(hash=2**70)))["hash"] == 2**70


def test_an_extra_key_with_the_name_of_ours_is_counted_as_lost() -> None:
    losses: Counter[str] = Counter()
    document = read_one(id="a")
    clash = replace(document, document=replace(document.document, extra={"title": "other"}))
    assert b"other" not in b"".join(jsonl.write([clash], losses))
    assert losses == {"extra": 1}


# ── what may be absent ────────────────────────────────────────────────────────────────────────────


def test_a_text_is_enough() -> None:
    document = read_one().document
    assert document == Document(id=document.id, title=document.text, text="Trump called Maduro.")


def test_null_is_the_same_as_absent() -> None:
    span = dict.fromkeys(jsonl._SPAN_TYPES) | {"start": 0, "end": 5, "label": "actor"}
    document = read_one(**dict.fromkeys(jsonl._LINE - {"text", "schema", "spans"}), spans=[span])
    (found,) = document.annotations
    assert found == Annotation(id=found.id, start=0, end=5, label="actor", origin=IMPORTED)
    assert document.layer is None


def test_numbers_are_taken_for_ids() -> None:
    document = read_one(
        id=17,
        spans=[{"id": 1, "start": 0, "end": 5, "label": "actor"}],
        relations=[{"id": 2, "head": 1, "child": 1, "label": "is"}],
    )
    assert document.document.id == "17"
    assert document.relations == (Relation(id="2", head="1", child="1", label="is"),)


def test_lines_of_one_annotator_share_one_layer() -> None:
    first, second, third = back(
        line(annotator="ada") + line(annotator="ada") + line(annotator="bob")
    )
    assert first.layer == second.layer
    assert first.layer is not None
    assert third.layer is not None
    assert (first.layer.annotator, first.layer.kind) == ("ada", "work")
    assert first.layer.id != third.layer.id


def test_a_layer_named_in_words_gets_an_id_and_keeps_the_words() -> None:
    layer = read_one(layer="First try").layer
    assert layer is not None
    assert layer == Layer(id=layer.id, name="First try")


def test_blank_lines_and_a_byte_order_mark_and_crlf_line_ends_are_passed_over() -> None:
    data = b"\xef\xbb\xbf" + line(id="a").rstrip() + b"\r\n\r\n  \n" + line(id="b").rstrip()
    assert [found.document.id for found in back(data)] == ["a", "b"]


# ── units ─────────────────────────────────────────────────────────────────────────────────────────

PHONE = "😀 Trump\r\ncalled 😀 Maduro"


@pytest.mark.parametrize(
    ("start", "end"),
    [
        pytest.param(18, 24, id="code points of the text as it came"),
        pytest.param(20, 26, id="UTF-16"),
        pytest.param(17, 23, id="code points, line ends as one"),
        pytest.param(19, 25, id="UTF-16, line ends as one"),
    ],
)
def test_the_quotes_tell_the_unit(start: int, end: int) -> None:
    document = read_one(
        text=PHONE, spans=[{"start": start, "end": end, "label": "actor", "text": "Maduro"}]
    )
    assert document.document.text == "😀 Trump\ncalled 😀 Maduro"
    assert spans(document) == [(17, 23)]


@pytest.mark.parametrize(("start", "end"), [(17, 23), (19, 25), (18, 24), (20, 26)])
def test_line_ends_may_be_counted_as_two_though_the_text_has_one(start: int, end: int) -> None:
    document = read_one(
        text=PHONE.replace("\r\n", "\n"),
        spans=[{"start": start, "end": end, "label": "actor", "text": "Maduro"}],
    )
    assert spans(document) == [(17, 23)]


def test_all_spans_of_a_line_are_counted_in_one_unit() -> None:
    document = read_one(
        text="a😀b😀c",
        spans=[
            {"start": 0, "end": 1, "label": "x", "text": "a"},
            {"start": 3, "end": 4, "label": "x"},
            {"start": 6, "end": 7, "label": "x", "text": "c"},
            {"start": 0, "end": 7, "label": "x", "fragments": [[0, 1], [6, 7]]},
        ],
    )
    assert spans(document) == [(0, 1), (2, 3), (4, 5), (0, 5)]
    assert document.annotations[3].fragments == (Span(0, 1), Span(4, 5))


def test_without_quotes_offsets_are_code_points_of_the_text_as_it_came() -> None:
    document = read_one(
        text="\ufeffa\r\nb\rc",
        spans=[{"start": 4, "end": 7, "label": "x"}],
        layout={"blocks": [["p", 1, 2], ["p", 4, 7]]},
    )
    assert document.document.text == "a\nb\nc"
    assert spans(document) == [(2, 5)]
    assert document.document.layout.blocks == (Block("p", 0, 1), Block("p", 2, 5))


def test_a_quote_may_have_other_line_ends_than_the_text() -> None:
    document = read_one(text="a\r\nb", spans=[{"start": 0, "end": 4, "label": "x", "text": "a\nb"}])
    assert spans(document) == [(0, 3)]


def test_quotes_that_fit_no_unit_are_listed() -> None:
    data = line() + line(
        spans=[
            {"start": 0, "end": 5, "label": "x", "text": "Trump"},
            {"start": 13, "end": 19, "label": "x", "text": "Merkel"},
        ]
    )
    with pytest.raises(QuotesDiffer) as caught:
        back(data)
    assert caught.value.line == 2
    assert caught.value.mismatches == ((13, 19, "Merkel", "Maduro"),)
    assert "at 13–19 expected “Merkel”, found “Maduro”" in str(caught.value)


# ── what is refused ───────────────────────────────────────────────────────────────────────────────

SPAN = {"id": "s", "start": 0, "end": 5, "label": "actor"}
BAD = {
    "not JSON": (b'{"text": "a",}\n', "line 1: this is not JSON: "),
    "a list": (
        b"[3]\n",
        "line 1: entry 1: a line holds one JSON object, and this is a whole number",
    ),
    "UTF-16": ("\ufeff{}".encode("utf-16-le"), "line 1: the file is in UTF-16; save it as UTF-8"),
    "not UTF-8": (
        b'{"text": "\xff"}',
        "line 1: this is not UTF-8 (at byte 11 of the line); save it as UTF-8",
    ),
    "half a character": (b'{"text": "\\ud83d"}', "line 1: a text holds half of a pair of UTF-16"),
    "NUL in the text": (b'{"text": "a\\u0000"}', "U+0000 at position 1"),
    "NUL in a note": (
        b'{"text": "ab", "spans": [{"start": 0, "end": 1, "label": "x", "note": "\\u0000"}]}',
        "The “note” holds the character U+0000",
    ),
    "no text": (b"{}", "line 1: there is no “text”"),
    "text of a wrong type": (b'{"text": 5}', "“text” is a whole number, not a text"),
    "newer schema": (line(schema="postil/2"), "this is “postil/2”, and Postil reads “postil/1”"),
    "another text": (line(sha256="00"), "“sha256” is that of another text"),
    "unknown state": (line(state="ready"), "“state” is “ready”; known are new, in progress, done"),
    "unknown kind": (line(kind="gold"), "“kind” is “gold”; known are work, key"),
    "layer of a wrong type": (line(layer={"id": "x"}), "“layer” is an object, not a text"),
    "spans of a wrong type": (line(spans="x"), "“spans” is a text, not a list"),
    "span of a wrong type": (line(spans=[3]), "“spans” holds a whole number where an object"),
    "no start": (line(spans=[{"end": 1, "label": "x"}]), "span 1: there is no “start”"),
    "no label": (line(spans=[{"start": 0, "end": 1}]), "span 1: there is no “label”"),
    "empty label": (line(spans=[{**SPAN, "label": ""}]), "span 1 (“s”): “label” is empty"),
    "start as text": (
        line(spans=[{**SPAN, "start": "one"}]),
        "span 1 (“s”): “start” is a text, not a whole number",
    ),
    "start as truth": (line(spans=[{**SPAN, "start": False}]), "“start” is true or false"),
    "outside": (
        line(spans=[SPAN, {**SPAN, "id": "t", "end": 21}]),
        "span 2 (“t”): 0–21 does not fit a text of 20 characters",
    ),
    "before": (line(spans=[{**SPAN, "start": -5}]), "-5–5 does not fit"),
    "backwards": (line(spans=[{**SPAN, "start": 9}]), "9–5 does not fit"),
    "empty": (line(spans=[{**SPAN, "start": 5}]), "span 1 (“s”): 5–5 is empty"),
    "doubled span": (line(spans=[SPAN, SPAN]), "the span id “s” stands twice"),
    "malformed id": (line(spans=[{**SPAN, "id": "a b"}]), "“a b” cannot be the id of a span"),
    "id with a line end": (line(spans=[{**SPAN, "id": "a\nb"}]), "cannot be the id of a span"),
    "fragments that do not reach": (
        line(spans=[{**SPAN, "fragments": [[0, 2], [3, 4]]}]),
        "span 1 (“s”): the fragments reach from 0 to 4, the span from 0 to 5",
    ),
    "fragments that overlap": (
        line(spans=[{**SPAN, "fragments": [[0, 3], [2, 5]]}]),
        "0–3 and 2–5 overlap",
    ),
    "empty fragment": (
        line(spans=[{**SPAN, "fragments": [[0, 3], [3, 3], [3, 5]]}]),
        "a fragment is empty",
    ),
    "fragment of a wrong type": (
        line(spans=[{**SPAN, "fragments": [[0, "3"]]}]),
        "a fragment is a list of two whole numbers",
    ),
    "unknown origin": (
        line(spans=[{**SPAN, "origin": {"kind": "magic"}}]),
        "“kind” is “magic”; known are hand, import",
    ),
    "relation to nowhere": (
        line(spans=[SPAN], relations=[{"id": "r", "head": "s", "child": "t", "label": "x"}]),
        "the child of the relation r is “t”, which is no span here",
    ),
    "relation without an end": (
        line(spans=[SPAN], relations=[{"id": "r", "head": "s", "label": "x"}]),
        "the relation r needs either a “child” or a “child_entity”",
    ),
    "relation without a label": (
        line(spans=[SPAN], relations=[{"id": "r", "head": "s", "child": "s"}]),
        "the relation r needs a “head” and a “label”",
    ),
    "doubled relation": (
        line(
            spans=[SPAN],
            relations=[{"id": "r", "head": "s", "child": "s", "label": "x"}] * 2,
        ),
        "the relation id “r” stands twice",
    ),
    "layout outside": (line(layout={"blocks": [["p", 0, 99]]}), "The block 0–99"),
    "layout overlapping": (line(layout={"blocks": [["p", 0, 5], ["p", 4, 9]]}), "The block 4–9"),
    "unknown block": (line(layout={"blocks": [["script", 0, 5]]}), "no block of kind “script”"),
    "layout beyond numbers": (
        line(layout={"blocks": [["li", 0, 5, {"level": 2**64}]]}),
        "“level” of the layout has more than the 18 digits that a number may have",
    ),
    "a number on two lines": (
        line(layout={"blocks": [["li", 0, 5, {"number": "1.\n2."}]]}),
        "The number of the block 0–5 is not a text of up to 120 characters on one line.",
    ),
    "unknown style": (line(layout={"inlines": [["blink", 0, 5]]}), "no style of kind “blink”"),
    "unknown option": (
        line(layout={"blocks": [["p", 0, 5, {"onclick": "x"}]]}),
        "the layout of a “p” knows no “onclick”",
    ),
    "script in a link": (
        line(layout={"inlines": [["a", 0, 5, {"href": "java\tscript:alert(1)"}]]}),
        "which is no web address",
    ),
    "nested without end": (
        b'{"text": "a", "x": ' + b"[" * 500 + b"]" * 500 + b"}",
        "something is nested more than 100 deep",
    ),
    "nested without end, with a number": (
        b'{"text": "a", "x": ' + b"[" * 1000 + b"1" * 25 + b"]" * 1000 + b"}",
        "something is nested too deep",
    ),
    "nested without end, with a NUL": (
        b'{"text": "a", "x": ' + b"[" * 1000 + b'"\\u0000"' + b"]" * 1000 + b"}",
        "something is nested more than 100 deep",
    ),
    "nameless entity": (line(entities=[{"id": "e"}]), "one entity has no “name”"),
}


@pytest.mark.parametrize(("data", "reason"), BAD.values(), ids=list(BAD))
def test_a_bad_line_is_refused_with_its_number_and_the_reason(data: bytes, reason: str) -> None:
    message = refused(data)
    assert message.startswith("line 1: ")
    assert reason in message


def test_the_number_counts_all_lines_of_the_file() -> None:
    assert refused(line() + b"\n" + b"nonsense\n").startswith("line 3: ")


def test_bad_lines_can_be_collected_while_reading_goes_on() -> None:
    bad: list[BadLine] = []
    data = line(id="a") + b"{}\n" + line(id="b") + b"[3]\n"
    found = [entry.document.id for entry in jsonl.read(io.BytesIO(data), bad.append)]
    assert found == ["a", "b"]
    assert [error.line for error in bad] == [2, 4]


def test_a_line_beyond_the_cap_is_refused_without_being_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shapes, "MAX_LINE", 100)
    bad: list[BadLine] = []
    data = line(text="x" * 200) + line(id="b", text="y")
    found = [entry.document.id for entry in jsonl.read(io.BytesIO(data), bad.append)]
    assert found == ["b"]
    assert [error.line for error in bad] == [1]


def test_reading_is_lazy() -> None:
    first = next(jsonl.read(io.BytesIO(line(id="a") + b"nonsense")))
    assert first.document.id == "a"


def test_the_tasks_of_another_tool_come_back_with_all_their_keys() -> None:
    data = conformance("prodigy", "annotated_news_headlines-ner.jsonl").read_bytes()
    documents = back(data)
    assert (len(documents), sum(len(found.annotations) for found in documents)) == (373, 303)
    written = [json.loads(entry) for entry in lines(*documents).splitlines()]
    for before, after in zip(map(json.loads, data.splitlines()), written, strict=True):
        spans_before, spans_after = before.pop("spans", []), after.pop("spans")
        assert before.items() <= after.items()
        assert all(a.items() <= b.items() for a, b in zip(spans_before, spans_after, strict=True))
