"""Memory and rules: what they propose, and how sure they are."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotations import codebook
from annotations.codebook import Codebook, Rule
from annotations.demo import demo
from annotations.differences import differences
from annotations.document import Document
from annotations.errors import BadInput
from annotations.suggest import rules
from annotations.suggest.memory import Memory, Remembered
from tests.documents import DOCUMENTS

TEXT = "The agency called. Trump told the agency: Trumpet. Trump left; “Maduro” stayed."


def found(memory: Memory, text: str) -> list[tuple[str, str, float]]:
    return [(text[p.start : p.end], p.label, p.score) for p in memory.propose(text)]


def test_what_was_marked_is_proposed_where_it_stands_again() -> None:
    memory = Memory([Remembered("Trump", "actor", "Donald Trump"), Remembered("Maduro", "actor")])
    assert found(memory, TEXT) == [
        ("Trump", "actor", 0.75),
        ("Trump", "actor", 0.75),
        ("Maduro", "actor", 0.75),
    ]
    assert [p.entity for p in memory.propose(TEXT)] == ["Donald Trump", "Donald Trump", None]


def test_a_capital_at_the_beginning_of_a_sentence_hides_nothing() -> None:
    memory = Memory([Remembered("the agency", "actor")])
    assert [quote for quote, _, _ in found(memory, TEXT)] == ["The agency", "the agency"]
    assert found(Memory([Remembered("WHO", "actor")]), "Who? I asked who.") == []


def test_the_score_is_the_part_of_the_places_that_were_marked() -> None:
    memory = Memory([Remembered("Trump", "actor")] * 2)
    memory.look_through("Trump Trump Trump")
    assert found(memory, "Trump") == [("Trump", "actor", 0.625)]
    memory.look_through("Trump " * 100)
    assert found(memory, "Trump") == []


def test_an_alias_that_nobody_marked_scores_low_and_falls_once_it_was_passed_over() -> None:
    memory = Memory([Remembered("Caracas", "actor", "Venezuela", count=0)])
    assert found(memory, "Caracas") == [("Caracas", "actor", 0.5)]
    memory.look_through("Caracas, Caracas, Caracas, Caracas, Caracas")
    assert found(memory, "Caracas") == []


def test_two_actors_of_one_name_leave_the_actor_open() -> None:
    memory = Memory(
        [Remembered("the president", "actor", name) for name in ("Trump", "Maduro", "Trump")]
    )
    assert [p.entity for p in memory.propose("the president")] == ["Trump"]
    memory.learn(Remembered("the president", "actor", "Maduro"))
    assert [p.entity for p in memory.propose("the president")] == [None]


def test_each_label_of_a_string_is_proposed_apart() -> None:
    memory = Memory([Remembered("leave", "demand", concept="Exile"), Remembered("leave", "claim")])
    assert {(p.label, p.concept) for p in memory.propose("leave")} == {
        ("demand", "Exile"),
        ("claim", None),
    }


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_every_mark_is_found_in_its_own_document(document) -> None:  # type: ignore[no-untyped-def]
    text = document.document.text
    marks = [a for a in document.annotations if not a.fragments]
    memory = Memory(Remembered(a.quote(text), a.label) for a in marks)
    places = {(p.start, p.end, p.label) for p in memory.propose(text)}
    assert all(0 <= start < end <= len(text) for start, end, _ in places)
    assert len(places) == len(list(memory.propose(text)))


@given(st.lists(st.text("aAé\u0301 .😀", min_size=1, max_size=6)), st.text("aAé\u0301 .😀"))
def test_proposals_lie_in_the_text_whatever_it_is(quotes: list[str], text: str) -> None:
    memory = Memory(Remembered(quote, "actor") for quote in quotes)
    memory.look_through(text)
    for each in memory.propose(text):
        assert 0 <= each.start < each.end <= len(text)
        assert 0 < each.score < 1


# --- rules


def with_rule(**fields: object) -> Codebook:
    rule = Rule(id="r", name="r", **{"label": "claim", **fields})  # type: ignore[arg-type]
    return replace(codebook.default(), rules=(rule,)).checked()


def proposed(book: Codebook, text: str, language: str = "en") -> list[tuple[str, str]]:
    document = Document(id="d", title="", text=text, language=language)
    return [(text[p.start : p.end], p.label) for p in rules.propose(book, document)]


def test_a_list_of_words_proposes_them_whole_and_the_longest_first() -> None:
    book = with_rule(label="actor", words=("Reuters", "White House", "White House sources"))
    text = "Reuters asked white house sources; a Reutersian asked the White House."
    assert proposed(book, text) == [
        ("Reuters", "actor"), ("white house sources", "actor"), ("White House", "actor"),
    ]  # fmt: skip
    cased = with_rule(label="actor", words=("White House",), case=True)
    assert proposed(cased, text) == [("White House", "actor")]


def test_inflected_words_are_found_in_every_form() -> None:
    book = with_rule(words=("demand",), inflected=True, language="en")
    assert proposed(book, "They demanded it. Demands grew. Demarche.") == [
        ("demanded", "claim"), ("Demands", "claim"),
    ]  # fmt: skip


def test_a_rule_can_propose_the_sentence_or_what_follows_in_it() -> None:
    text = "He left. The agency says that “it ended badly”. So it goes, the agency says."
    assert proposed(with_rule(words=("says",), extent="sentence"), text) == [
        ("The agency says that “it ended badly”.", "claim"),
        ("So it goes, the agency says.", "claim"),
    ]
    assert proposed(with_rule(words=("says",), extent="after"), text) == [
        ("it ended badly", "claim")
    ]


def test_then_names_what_must_follow() -> None:
    book = with_rule(words=("says",), then=("that", ":"), extent="after")
    text = "She says, that it rains. He says it snows today. One says: it hails now."
    assert proposed(book, text) == [("it rains", "claim"), ("it hails now", "claim")]


def test_a_pattern_proposes_what_it_finds_in_code_points() -> None:
    book = with_rule(kind="pattern", pattern=r"\d+ (?:million|Mio\.?) dollars", case=False)
    assert proposed(book, "😀 50 Million dollars — é 3 million dollars") == [
        ("50 Million dollars", "claim"), ("3 million dollars", "claim"),
    ]  # fmt: skip


def test_a_rule_for_one_language_leaves_other_documents_alone() -> None:
    book = with_rule(words=("dice",), language="es")
    assert proposed(book, "dice", "en") == []
    assert proposed(book, "dice", "es-MX") == [("dice", "claim")]
    assert proposed(book, "dice", "") == [("dice", "claim")]


def test_a_rule_that_is_off_or_whose_label_is_retired_proposes_nothing() -> None:
    assert proposed(with_rule(words=("x",), off=True), "x") == []
    book = with_rule(words=("x",))
    retired = tuple(replace(label, retired=label.id == "claim") for label in book.labels)
    assert proposed(replace(book, labels=retired), "x") == []


@pytest.mark.parametrize(
    "pattern",
    [r"(a+)+b", r"(a|aa)+$", r"(.*)*x", r"(\w+\s?)+!", r".*.*.*.*=.*", r"(a{1,30}){1,30}"],
)
def test_no_pattern_holds_the_server_up(pattern: str) -> None:
    book = with_rule(kind="pattern", pattern=pattern)
    assert isinstance(proposed(book, "a" * 50_000 + " ! " + "a b " * 10_000), list)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"kind": "pattern", "pattern": "(?<=x)y"}, "no look-behind"),
        ({"kind": "pattern", "pattern": r"(a)\1"}, "no back-references"),
        ({"kind": "pattern", "pattern": "("}, "cannot be used"),
        ({"kind": "pattern", "pattern": ""}, "1 to 1000 characters"),
        ({"kind": "pattern", "pattern": "a{1000}{1000}"}, "cannot be used"),
        ({"kind": "other"}, "kind “other”"),
        ({"extent": "page"}, "extent “page”"),
        ({"label": "nothing"}, "which is none"),
        ({"words": ("x",) * 5001}, "more than 5000 words"),
    ],
)
def test_a_rule_that_cannot_be_used_is_refused(fields: dict[str, object], why: str) -> None:
    with pytest.raises(BadInput, match=why):
        with_rule(**fields)


def test_rules_go_out_as_toml_and_come_back() -> None:
    book = codebook.default()
    book = replace(book, rules=rules.starters(book)).checked()
    assert codebook.from_toml(codebook.to_toml(book)) == book
    assert [(rule.id, rule.label, rule.language) for rule in book.rules] == [
        ("reporting-en", "claim", "en"), ("reporting-es", "claim", "es"),
        ("demanding-en", "demand", "en"), ("demanding-es", "demand", "es"),
        ("telling-en", "demand", "en"),
    ]  # fmt: skip
    assert rules.starters(book) == ()


def test_the_starters_speak_english_and_spanish() -> None:
    book = codebook.default()
    book = replace(book, rules=rules.starters(book)).checked()
    assert proposed(book, "Reuters says that the call ended badly.") == [
        ("the call ended badly", "claim")
    ]
    assert proposed(book, "La agencia dijo que la llamada terminó mal.", "es") == [
        ("la llamada terminó mal", "claim")
    ]
    assert proposed(book, "Maduro asked to keep command.") == [("to keep command", "demand")]
    assert proposed(book, "Trump exigió que dejara el poder.", "es") == [
        ("dejara el poder", "demand")
    ]


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("He claimed that the call was over.", "en", [("the call was over", "claim")]),
        ("He insisted that the call was over.", "en", [("the call was over", "claim")]),
        ("He warned that the call was over.", "en", [("the call was over", "claim")]),
        ("He asserted that the call was over.", "en", [("the call was over", "claim")]),
        ("He demanded that the call be over.", "en", [("the call be over", "demand")]),
        ("He urged: “Leave the country”.", "en", [("Leave the country", "demand")]),
        ("Maduro was told to leave.", "en", [("to leave", "demand")]),
        ("He claimed to be at home.", "en", []),
        ("Advirtió que la llamada terminó.", "es", [("la llamada terminó", "claim")]),
        ("Propuso que dejara el poder.", "es", [("dejara el poder", "demand")]),
    ],
)
def test_what_is_claimed_is_no_demand(
    text: str, language: str, found: list[tuple[str, str]]
) -> None:
    book = codebook.default()
    assert proposed(replace(book, rules=rules.starters(book)).checked(), text, language) == found


def test_what_people_accepted_of_a_rule_is_its_score() -> None:
    book = with_rule(words=("x",))
    document = Document(id="d", title="", text="x")
    assert [p.score for p in rules.propose(book, document)] == [0.5]
    assert [p.score for p in rules.propose(book, document, {"r": 0.9})] == [0.9]


@settings(max_examples=30)
@given(st.text("ab .\n😀é", max_size=60))
def test_rules_propose_places_in_the_text(text: str) -> None:
    book = with_rule(words=("a", "a b", "é"), extent="after")
    for each in rules.propose(book, Document(id="d", title="", text=text)):
        assert 0 <= each.start < each.end <= len(text)


def test_the_demo_says_how_the_changes_of_rules_are_told() -> None:
    book = codebook.default()
    with_starters = replace(book, rules=rules.starters(book))
    kinds = [(d.kind, d.about) for d in differences(book, with_starters)]
    assert kinds[0] == ("rule added", "reporting-en")
    assert [d.kind for d in differences(with_starters, book)] == ["rule left out"] * 5
    off = replace(with_starters.rules[0], off=True)
    switched = replace(with_starters, rules=(off, *with_starters.rules[1:]))
    assert [d.kind for d in differences(with_starters, switched)] == ["rule changed"]
    assert demo().document.text
