"""Tokens: the rule that is built in, spaCy's, and spans that do not stand on them."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.document import Annotated, Annotation, Document, Relation
from annotations.errors import BadInput
from annotations.formats import Writing
from annotations.formats.tokens import Tokens, apart, snapped, tokeniser, unicode_tokens
from tests.documents import DOCUMENTS


def found(text: str, name: str = "unicode") -> list[str]:
    tokens = tokeniser(name)(text)
    return [text[start:end] for start, end in zip(tokens.starts, tokens.ends, strict=True)]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", []),
        (" \n\u00a0\u2028", []),
        ("Trump called.", ["Trump", "called", "."]),
        ("don't O’Neill re-elect", ["don't", "O’Neill", "re-elect"]),
        ("-1 'no'", ["-", "1", "'", "no", "'"]),
        ("1,5 % of e-mails_x", ["1", ",", "5", "%", "of", "e-mails", "_", "x"]),
        ("Nicola\u0301s e\u0323\u0302!", ["Nicola\u0301s", "e\u0323\u0302", "!"]),
        ("قال ترامب ל־Maduro", ["قال", "ترامب", "ל", "־", "Maduro"]),
        ("می\u200cخواهم", ["می\u200cخواهم"]),
        ("北京で会う。", ["北", "京", "で", "会", "う", "。"]),
        ("ยินดี", ["ยิ", "น", "ดี"]),
        ("한국 사람", ["한국", "사람"]),
        ("👨‍👩‍👧‍👦!🇻🇪🇩🇪 👍🏽", ["👨‍👩‍👧‍👦", "!", "🇻🇪", "🇩🇪", "👍🏽"]),
        ("a\u200bb \u200f\x07c", ["a", "b", "c"]),
        ("wait…—“no”", ["wait", "…", "—", "“", "no", "”"]),
    ],
)  # fmt: skip
def test_the_built_in_rule(text: str, tokens: list[str]) -> None:
    assert found(text) == tokens


@given(st.text())
def test_tokens_are_in_order_and_hold_every_letter_and_no_white_space(text: str) -> None:
    tokens = unicode_tokens(text)
    borders = [place for pair in zip(tokens.starts, tokens.ends, strict=True) for place in pair]
    assert borders == sorted(borders)
    assert all(start < end for start, end in zip(tokens.starts, tokens.ends, strict=True))
    pieces = found(text)
    assert not any(character.isspace() for piece in pieces for character in piece)
    assert "".join(filter(str.isalnum, "".join(pieces))) == "".join(filter(str.isalnum, text))


def test_those_of_spacy_are_its_own_without_white_space() -> None:
    pytest.importorskip("spacy")
    assert found("Don't  re-elect\n\nU.K. MPs.", "spacy:en") == [
        *("Do", "n't", "re", "-", "elect", "U.K.", "MPs", ".")
    ]


def test_spacy_may_have_no_such_language() -> None:
    pytest.importorskip("spacy")
    with pytest.raises(BadInput, match="spaCy has no tokeniser for “zzz” here"):
        tokeniser("spacy:zzz")


@pytest.mark.parametrize("name", ["words", "spacy:", "spacy:../x", "spaCy:en"])
def test_an_unknown_tokeniser_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(BadInput, match="is no tokeniser; there are “unicode”, and “spacy:en”"):
        tokeniser(name)


def test_what_is_touched_is_told_by_numbers() -> None:
    tokens = Tokens([0, 6, 10], [5, 9, 12])
    places = [(0, 5), (1, 2), (5, 6), (4, 7), (0, 12), (12, 20), (9, 11)]
    assert [tokens.touched(*place) for place in places] == [
        *((0, 1), (0, 1), (1, 1), (0, 2), (0, 3), (3, 3), (2, 3))
    ]
    assert [tokens.fits(*place) for place in places] == [
        *(True, False, False, False, True, False, False)
    ]


# ── spans on tokens ───────────────────────────────────────────────────────────────────────────────

TEXT = "Trump called\n Maduro."
OFF = Annotated(
    document=Document(id="d", title="A call", text=TEXT),
    annotations=(
        Annotation(id="on", start=0, end=5, label="actor"),
        Annotation(id="within", start=2, end=8, label="claim"),
        Annotation(id="wide", start=12, end=20, label="actor"),
        Annotation(id="nothing", start=12, end=14, label="claim"),
    ),
    relations=(
        Relation(id="r1", head="within", child="on", label="made by"),
        Relation(id="r2", head="nothing", child="on", label="made by"),
    ),
)
TOKENS = unicode_tokens(TEXT)


def test_a_span_off_the_borders_is_moved_outwards_and_counted() -> None:
    lost = Counter[str]()
    moved = snapped(OFF, TOKENS, Writing(), lost)
    assert [(mark.id, mark.start, mark.end) for mark in moved.annotations] == [
        *(("on", 0, 5), ("within", 0, 12), ("wide", 14, 20))
    ]
    assert moved.relations == OFF.relations[:1]
    assert lost == {"borders": 3, "relations": 1}


def test_or_left_out_with_its_relations() -> None:
    lost = Counter[str]()
    left = snapped(OFF, TOKENS, Writing(borders="omit"), lost)
    assert left == replace(OFF, annotations=OFF.annotations[:1], relations=())
    assert lost == {"borders": 3, "relations": 2}


def test_or_the_export_stops_and_says_where() -> None:
    with pytest.raises(BadInput, match=r"^“ump ca” \(claim, in “A call”\) does not begin and end"):
        snapped(OFF, TOKENS, Writing(borders="stop"), Counter())


def test_nothing_is_done_to_spans_that_fit() -> None:
    fitting = replace(OFF, annotations=OFF.annotations[:1], relations=())
    lost = Counter[str]()
    assert snapped(fitting, TOKENS, Writing(borders="stop"), lost) is fitting
    assert lost == {}


def test_of_spans_that_overlap_the_longest_stays_then_the_first() -> None:
    nested = DOCUMENTS["nested"].annotations
    assert [mark.id for mark in apart(nested)] == ["nested-1"]
    assert [mark.id for mark in apart(nested[1:5])] == ["nested-2"]
    overlapping = DOCUMENTS["overlapping"].annotations[:4]
    assert [mark.id for mark in apart(overlapping)] == ["overlapping-1", "overlapping-3"]


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 10)), max_size=12))
def test_what_stays_is_apart_and_what_goes_overlaps_something_longer(
    places: list[tuple[int, int]],
) -> None:
    marks = tuple(
        Annotation(id=str(number), start=start, end=start + length, label="x")
        for number, (start, length) in enumerate(places)
    )
    kept = list(apart(marks))
    assert all(a.end <= b.start for a, b in pairwise(kept))
    for mark in marks:
        if mark not in kept:
            rivals = [k for k in kept if k.start < mark.end and mark.start < k.end]
            assert max(k.end - k.start for k in rivals) >= mark.end - mark.start
