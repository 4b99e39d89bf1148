"""Words of a text, phrases in it, and the same words again: always exact code points."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.spans import Span
from annotations.suggest.again import How, bare, occurrences, prefixes
from annotations.suggest.phrases import Phrases
from annotations.suggest.words import can_stem, words
from tests.documents import DOCUMENTS

TEXTS = st.text(st.sampled_from("aAbeé́\u0301sS 😀\u200d\n.’-ßनि你好\tเก"), max_size=40)


def quotes(text: str, phrase: str, language: str = "", **how: bool) -> list[str]:
    return [span.of(text) for span in occurrences(text, phrase, How(**how), language)]


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_words_and_white_space_are_all_there_is(document) -> None:  # type: ignore[no-untyped-def]
    text = document.document.text
    found = words(text)
    covered = [False] * len(text)
    for start, end in zip(found.starts, found.ends, strict=True):
        assert start < end
        for place in range(start, end):
            assert not covered[place]
            covered[place] = True
    assert all(covered[n] or character.isspace() for n, character in enumerate(text))


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("Maduro’s US-backed plan", ["Maduro", "’", "s", "US", "-", "backed", "plan"]),
        ("100,000 people.", ["100", ",", "000", "people", "."]),
        ("re\u0301sume\u0301", ["résumé"]),
        ("नमस्ते दुनिया", ["नमस्ते", "दुनिया"]),
        ("習近平says", ["習", "近", "平", "says"]),
        ("می\u200cخواهد", ["می\u200cخواهد"]),
        ("👩\u200d🚀 go", ["👩\u200d🚀", "go"]),
        (" \n\t ", []),
    ],
)
def test_a_word_is_letters_digits_and_their_marks(text: str, forms: list[str]) -> None:
    assert words(text).forms == forms


@pytest.mark.parametrize(
    ("text", "phrase", "how", "found"),
    [
        ("Trump told Trumpet and TRUMP", "Trump", {}, ["Trump"]),
        ("Trump told Trumpet and TRUMP", "Trump", {"case": False}, ["Trump", "TRUMP"]),
        ("Maduro’s men, Maduro.", "Maduro", {}, ["Maduro", "Maduro"]),
        ("lift  the\nsanctions", "the sanctions", {}, ["the\nsanctions"]),
        ("lift the\n\nsanctions", "the sanctions", {}, []),
        ("a sanction, sanctions, sanctioned", "sanctions", {}, ["sanctions"]),
        (
            "a sanction, sanctions, sanctioned, sanctuary",
            "sanctions",
            {"inflected": True},
            ["sanction", "sanctions", "sanctioned"],
        ),
        ("happy, happiness, happily", "happy", {"inflected": True}, ["happy", "happiness"]),
        ("May may say: may I?", "may", {"inflected": True, "case": True}, ["may", "may"]),
        ("naïve nai\u0308ve", "naïve", {}, ["naïve"]),
        ("a.b a+b (a+b)", "a+b", {}, ["a+b", "a+b"]),
        ("習近平と習近平", "習近平", {}, ["習近平", "習近平"]),
        ("😀😀 😀", "😀", {}, ["😀", "😀", "😀"]),
        ("e e\u0301", "e", {}, ["e"]),
        ("👩 👩\u200d🚀 👩🏽", "👩", {}, ["👩"]),
    ],
)
def test_the_same_words_are_found_and_nothing_else(
    text: str, phrase: str, how: dict[str, bool], found: list[str]
) -> None:
    assert quotes(text, phrase, "en", **how) == found


def test_spanish_has_its_own_forms() -> None:
    text = "La sanción, las sanciones, sancionar; el santo."
    assert quotes(text, "sanciones", "es-VE", inflected=True) == [
        "sanción", "sanciones", "sancionar",
    ]  # fmt: skip
    assert quotes(text, "exigió", "es", inflected=True) == []
    assert quotes("exige, exigen, exigió", "exigen", "es", inflected=True) == [
        "exige", "exigen", "exigió",
    ]  # fmt: skip


def test_a_language_without_a_stemmer_has_no_inflected_forms() -> None:
    assert not can_stem("ja")
    assert can_stem("en-GB")
    assert can_stem("")
    assert quotes("мова мови", "мова", "uk", inflected=True) == ["мова"]


@given(TEXTS, st.data(), st.booleans(), st.booleans())
def test_what_was_marked_is_found_where_it_was_marked(
    text: str, data: st.DataObject, case: bool, inflected: bool
) -> None:
    found = words(text)
    if not found.forms or "\n" in text:
        return
    first = data.draw(st.integers(0, len(found) - 1))
    last = data.draw(st.integers(first, len(found) - 1))
    span = Span(found.starts[first], found.ends[last])
    places = list(occurrences(text, span.of(text), How(case=case, inflected=inflected), "en"))
    assert places == sorted(places)
    assert all(a.end <= b.start for a, b in pairwise(places))
    assert any(place.overlaps(span) for place in places)
    assert all(0 <= place.start < place.end <= len(text) for place in places)


@given(TEXTS, TEXTS, st.booleans())
def test_a_document_that_holds_a_phrase_holds_its_beginnings(
    text: str, phrase: str, inflected: bool
) -> None:
    how = How(case=False, inflected=inflected)
    if list(occurrences(text, phrase, how, "en")):
        begun = {bare(form[0].lower()) for form in words(text).forms}
        for prefix in prefixes(phrase, how, "en"):
            assert bare(prefix[0]) in begun


@given(st.lists(st.lists(st.sampled_from("ab"), min_size=1, max_size=3)), st.text("ab", max_size=9))
def test_phrases_are_found_wherever_they_stand(phrases: list[list[str]], text: str) -> None:
    tree: Phrases[str] = Phrases()
    for phrase in phrases:
        tree.put(phrase, "".join(phrase))
    known = {"".join(phrase) for phrase in phrases}
    expected = {
        (start, end, text[start:end])
        for start in range(len(text))
        for end in range(start + 1, len(text) + 1)
        if text[start:end] in known
    }
    assert set(tree.in_(list(text))) == expected
    assert len(tree) == len(known)
