"""What a person types is read, or refused with what to do; and it finds its words in a text."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.errors import BadInput
from annotations.query import Condition, Query, Term, folded, hits, parse

ATTRIBUTES = {"stance": "stance", "status": "status"}


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("", Query()),
        ("!? … —", Query()),
        ("tax", Query((Term(("tax",)),))),
        ("Tax reform", Query((Term(("Tax",)), Term(("reform",))))),
        ('"tax reform"', Query((Term(("tax", "reform")),))),
        ('"tax reform', Query((Term(("tax", "reform")),))),
        ("sanc*", Query((Term(("sanc",), True),))),
        ('"lift sanc"*', Query((Term(("lift", "sanc"), True),))),
        ("e-mail", Query((Term(("e", "mail")),))),
        ("tax -reform", Query((Term(("tax",)),), (Term(("reform",)),))),
        ("label:claim", Query((), (), (Condition("label", "claim"),))),
        ("-label:claim", Query((), (), (Condition("label", "claim", True),))),
        ('by:"Ana María"', Query((), (), (Condition("by", "Ana María"),))),
        ("person:Ana", Query((), (), (Condition("by", "Ana"),))),
        ("actor:Mad*", Query((), (), (Condition("entity", "Mad*"),))),
        ("LABEL:claim", Query((), (), (Condition("label", "claim"),))),
        ("stance:against", Query((), (), (Condition("stance", "against", attribute=True),))),
        ("state:in-progress", Query((), (), (Condition("state", "in progress"),))),
        ("unsure:true", Query((), (), (Condition("unsure", "yes"),))),
        ("is:actor", Query((), (), (Condition("is", "name"),))),
        ("https://example.org", Query((Term(("https", "example", "org")),))),
        ("at 10:30", Query((Term(("at",)), Term(("10", "30"))))),
    ],
)
def test_what_is_typed_is_read(typed: str, read: Query) -> None:
    assert parse(typed, ATTRIBUTES) == read


@pytest.mark.parametrize(
    ("typed", "last"),
    [("tax ref", True), ('tax "ref"', False), ("tax -ref", False), ("ref label:claim", False)],
)
def test_while_it_is_typed_the_last_bare_word_may_go_on(typed: str, last: bool) -> None:
    read = parse(typed, live=True)

    assert read.terms[-1].prefix is last


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("colour:red", "There is no operator “colour:”"),
        ("label:", "“label:” needs a value right behind it, for example label:claim."),
        ("state:ready", "say one of new, in progress, done, skipped, flagged."),
        ("unsure:maybe", "say one of yes, no."),
        ("is:claim", "say one of mark, document, name."),
        ("x" * 1001, "at most 1000 characters"),
        ("a " * 51, "at most 50 words and operators"),
    ],
)
def test_what_cannot_be_read_says_what_to_do(typed: str, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse(typed, ATTRIBUTES)

    assert said in str(refused.value)


def test_an_unknown_operator_is_answered_with_those_that_there_are() -> None:
    with pytest.raises(BadInput) as refused:
        parse("colour:red", ATTRIBUTES)

    assert "label:, by:, " in str(refused.value)
    assert "stance:, status:" in str(refused.value)
    assert '"colour: …"' in str(refused.value)


def read_or_refused(typed: str) -> Query | str:
    try:
        return parse(typed, ATTRIBUTES)
    except BadInput as refused:
        return str(refused)


@given(st.text(max_size=300))
def test_anything_is_read_or_refused_in_words(typed: str) -> None:
    read = read_or_refused(typed)

    if isinstance(read, Query):
        assert parse(read.words).terms == read.terms
    else:
        assert read.endswith((".", '".'))


pieces = st.sampled_from(
    [
        "label:",
        "-",
        '"',
        "*",
        ":",
        "stance:",
        "by:",
        " ",
        "claim",
        "NEAR(",
        "OR",
        "^",
        "{",
        "}",
        "é",
    ]
)


@given(st.lists(pieces, max_size=30).map("".join))
def test_pieces_of_the_language_in_any_order_are_read_or_refused(typed: str) -> None:
    read = read_or_refused(typed)

    assert isinstance(read, Query) or read.endswith((".", '".'))


EVERY = {
    '"tax reform"': ["tax reform", "tax-reform", "tax. Reform"],
    "Bundesregierung": ["Bundes\u00adregierung", "Bundesregierung"],
    "한국": ["한국", "\u1112\u1161\u11ab\u1100\u116e\u11a8"],
}


@pytest.mark.parametrize(
    ("typed", "text", "found"),
    [
        ("cafe", "Café, CAFE\u0301 and cafeteria", ["Café", "CAFE\u0301"]),
        ("café*", "Café, CAFE and cafeteria", ["Café", "CAFE", "cafeteria"]),
        ('"tax reform"', "tax reform, tax-reform, tax. Reform", None),
        ("Bundesregierung", "Bundes\u00adregierung Bundesregierung", None),
        ("regierung", "Bundes\u00adregierung Re\u00adgierung\u00ad.", ["Re\u00adgierung"]),
        ("nbzw", "nb\u200bzw \u00a0nbzw", ["nb\u200bzw", "nbzw"]),
        ("straße", "STRASSE, Straße", ["STRASSE", "Straße"]),
        ("istanbul", "İstanbul ISTANBUL ıstanbul", ["İstanbul", "ISTANBUL", "ıstanbul"]),
        ("οδος", "ΟΔΟΣ οδός", ["ΟΔΟΣ", "οδός"]),
        ("北京", "我们在北京大学。北、海", ["北京"]),
        ("ガス", "ｶﾞｽ ガス カス", ["ｶﾞｽ", "ガス"]),
        ("か", "か が か\u3099", ["か"]),
        ("한국", "한국 \u1112\u1161\u11ab\u1100\u116e\u11a8 한국어", None),
        ("ก", "ก กั กำ", ["ก"]),
        ("क", "कि क की", ["क"]),
        ("ម", "ម ខ្មែរ", ["ម"]),
        ("ខ្មែរ", "ភាសាខ្មែរ", ["ខ្មែរ"]),
        ("كتاب", "كِتَابٌ كـتاب كتابي", ["كِتَابٌ", "كـتاب"]),
        ("שלום", "שָׁלוֹם", ["שָׁלוֹם"]),
        ("office", "oﬃce ＯＦＦＩＣＥ", ["oﬃce", "ＯＦＦＩＣＥ"]),
        ("abc", "日本abc", ["abc"]),
        ("tax", "tax_rise syntax Tax", ["tax", "Tax"]),
        ("is", "“is” is This", ["is", "is"]),
        ("😀", "😀 no word", []),
        ("sí", "SI si\u0301 six", ["SI", "si\u0301"]),
        ("мир", "Мир, мира", ["Мир"]),
    ],
)
def test_words_are_found_whatever_their_case_accents_and_script(
    typed: str, text: str, found: list[str] | None
) -> None:
    places = hits(text, parse(typed).terms)

    expected = EVERY[typed] if found is None else found
    assert [place.of(text) for place in places] == expected


@given(st.text(alphabet="abé ́_-.A", max_size=60), st.sampled_from(["a", "ab*", '"a b"', "e"]))
def test_hits_lie_in_order_in_the_text_and_say_the_words(text: str, typed: str) -> None:
    (term,) = parse(typed).terms
    places = hits(text, [term])

    assert all(a.end <= b.start for a, b in pairwise(places))
    for place in places:
        first = folded(place.of(text).replace("_", " ").replace("-", " ").replace(".", " "))
        assert first.startswith(folded(term.words[0]))


def test_no_more_hits_are_given_than_asked_for() -> None:
    assert len(hits("a a a a", parse("a").terms, most=3)) == 3
