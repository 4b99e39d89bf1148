"""The model: what it learns, how it is measured, and that its places are exact."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.spans import Span
from annotations.suggest import model
from annotations.suggest.model import (
    Example,
    Model,
    Score,
    cross_validated,
    measured,
    states,
    train,
)
from annotations.suggest.words import words

pytest.importorskip("pycrfsuite", reason="the extra “suggest” is not installed")

NAMES = ("Ada", "Bob", "Cleo", "Dan", "Eve", "Finn")
SAID = ("said that it rains", "asked for help", "left the house", "wrote a letter")


def story(name: str, said: str, group: str) -> Example:
    text = f"Yesterday 😀 {name} {said}."
    start = text.index(name)
    return Example(group, text, {"actor": [Span(start, start + len(name))]})


EXAMPLES = [
    story(name, said, f"d{n}") for n, name in enumerate(NAMES) for said in SAID
]  # fmt: skip


def test_a_model_finds_what_it_was_taught_and_more_like_it() -> None:
    found = Model(train(EXAMPLES, ["actor", "claim"]), "first")
    text = "Yesterday 😀 Grete asked for help."
    (proposal,) = found.propose(text, offset=100)
    assert text[proposal.start - 100 : proposal.end - 100] == "Grete"
    assert (proposal.label, proposal.detail) == ("actor", "first")
    assert 0.5 < proposal.score <= 1


def test_a_label_without_examples_has_no_model() -> None:
    assert set(train(EXAMPLES, ["actor", "claim"])) == {"actor"}
    assert list(Model({}).propose("Ada")) == []
    assert train([], ["actor"]) == {}


def test_labels_may_overlap() -> None:
    both = [
        Example(e.group, e.text, {**e.marks, "claim": [Span(10, len(e.text) - 1)]})
        for e in EXAMPLES
    ]
    found = list(Model(train(both, ["actor", "claim"])).propose(EXAMPLES[0].text))
    assert {p.label for p in found} == {"actor", "claim"}


def test_what_is_held_out_is_documents_where_there_are_enough() -> None:
    folds: list[tuple[int, int]] = []
    held = cross_validated(EXAMPLES, ["actor"], told=lambda n, of: folds.append((n, of)))
    assert (held.by, held.folds) == ("documents", 5)
    assert held.whole.marked == len(EXAMPLES)
    assert held.whole.f1 > 0.8
    assert folds == [(n, 5) for n in range(1, 6)]
    assert cross_validated(EXAMPLES, ["actor"]) == held


def test_of_few_documents_paragraphs_are_held_out() -> None:
    one = [Example("d", e.text, e.marks) for e in EXAMPLES]
    held = cross_validated(one, ["actor"])
    assert (held.by, held.folds) == ("paragraphs", 5)
    assert cross_validated(one[:1], ["actor"]).folds == 0


def test_only_exact_spans_count() -> None:
    class Near:
        def propose(self, text: str) -> list[object]:
            from annotations.suggest import Proposal

            return [
                Proposal(start=0, end=3, label="actor", score=0.9),
                Proposal(start=4, end=6, label="actor", score=0.4),
            ]

    examples = [Example("d", "Ada met Bob", {"actor": [Span(0, 3), Span(8, 11)]})]
    assert measured(Near(), examples, ["actor"], 0.0) == {"actor": Score(1, 2, 2)}
    assert measured(Near(), examples, ["actor"], 0.5) == {"actor": Score(1, 1, 2)}
    assert (Score(1, 2, 4).precision, Score(1, 2, 4).recall) == (0.5, 0.25)
    assert Score(1, 2, 4).f1 == pytest.approx(1 / 3)
    assert (Score().precision, Score().recall, Score().f1) == (0.0, 0.0, 0.0)


@given(st.text("aA é\u0301😀.", max_size=30), st.data())
def test_states_and_places_are_the_same_thing(text: str, data: st.DataObject) -> None:
    found = words(text)
    if not found.forms:
        return
    first = data.draw(st.integers(0, len(found) - 1))
    last = data.draw(st.integers(first, len(found) - 1))
    given_states = states(found, [Span(found.starts[first], found.ends[last])])
    assert [(a, b) for a, b in model._runs(given_states)] == [(first, last + 1)]


@given(st.text(max_size=60))
def test_every_word_of_any_text_can_be_described(text: str) -> None:
    described = model.described(words(text))
    assert len(described) == len(words(text))
    assert all(features and all(isinstance(f, str) for f in features) for features in described)


def test_a_model_is_trained_on_no_more_than_so_many_words() -> None:
    assert len(model.limited(EXAMPLES, most=20)) == 3
    assert model.limited(EXAMPLES, most=1) == EXAMPLES[:1]
