"""Texts that are nearly the same are found, whatever they are written in; others are not."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.near import BINS, bands, groups, resemblance, shingles, signature
from tests.documents import DOCUMENTS

WORDS = ["Maduro", "Trump", "sanctions", "lift", "asked", "refused", "said", "call", "week", "no"]
texts = st.lists(st.sampled_from(WORDS), max_size=60).map(" ".join)


def article(seed: int, words: int = 300) -> list[str]:
    """Words of a text in which hardly anything is said twice."""
    chance = random.Random(seed)
    return [f"{chance.choice(WORDS)}{chance.randrange(500)}" for _ in range(words)]


def edited(words: list[str], changes: int, seed: int = 1) -> list[str]:
    chance = random.Random(seed)
    changed = list(words)
    for place in chance.sample(range(len(words)), changes):
        changed[place] = "changed"
    return changed


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_every_text_is_like_itself_and_its_shingles_are_always_the_same(document) -> None:  # type: ignore[no-untyped-def]
    found = shingles(document.document.text)

    assert found == shingles(document.document.text)
    assert resemblance(found, found) == (1.0 if found else 0.0)
    assert len(bands(found)) == (BINS // 4 if found else 0)


def test_numbers_do_not_depend_on_the_machine() -> None:
    found = shingles("Maduro asked Trump to lift all sanctions.")
    assert min(found) == 3589173617830584013
    assert bands(found)[0] == 2246782911454947393


@given(texts, texts)
def test_resemblance_is_the_same_both_ways_and_lies_between_nothing_and_all(
    one: str, other: str
) -> None:
    a, b = shingles(one), shingles(other)

    assert resemblance(a, b) == resemblance(b, a)
    assert 0 <= resemblance(a, b) <= 1
    assert (resemblance(a, b) == 1) == (a == b and bool(a))


@given(st.sets(st.integers(0, 2**64 - 1)))
def test_a_signature_has_its_length_and_does_not_depend_on_the_order(found: set[int]) -> None:
    ahead, back = signature(sorted(found)), signature(sorted(found, reverse=True))

    assert ahead == back
    assert len(ahead) == (BINS if found else 0)
    assert all(0 <= band < 2**63 for band in bands(found))


@given(texts)
def test_case_punctuation_and_white_space_do_not_count(text: str) -> None:
    assert shingles(text) == shingles(f"  “{text.upper().replace(' ', ' — ')}”!\n")


@given(texts, texts)
def test_a_text_put_behind_another_keeps_the_shingles_of_both(one: str, other: str) -> None:
    whole = shingles(f"{one} {other}")
    for part in (one, other):
        if len(part.split()) >= 4:
            assert shingles(part) <= whole


def test_agency_copy_shares_a_band_and_other_articles_do_not() -> None:
    originals = [article(seed) for seed in range(200)]
    known = [set(bands(shingles(" ".join(words)))) for words in originals]
    copies = [set(bands(shingles(" ".join(edited(words, 12))))) for words in originals]

    found = sum(bool(one & other) for one, other in zip(known, copies, strict=True))
    strangers = sum(bool(one & other) for one, other in zip(known, copies[1:], strict=False))
    assert found == 200
    assert strangers == 0


def test_the_estimate_of_a_signature_is_near_the_resemblance() -> None:
    words = article(7, 2000)
    for changes in (0, 50, 150, 300):
        one, other = shingles(" ".join(words)), shingles(" ".join(edited(words, changes)))
        pairs = zip(signature(one), signature(other), strict=True)
        estimate = sum(a == b for a, b in pairs) / BINS
        assert abs(estimate - resemblance(one, other)) < 0.15


def test_texts_that_are_near_come_in_groups_in_their_order() -> None:
    first, second = article(1), article(2)
    given = {
        "a": " ".join(first),
        "x": " ".join(article(3)),
        "b": " ".join(second),
        "a again": " ".join(edited(first, 5)),
        "empty": "",
        "b again": " ".join(second).upper(),
        "a once more": " ".join(edited(first, 5, seed=2)),
    }

    assert groups(given) == [["a", "a again", "a once more"], ["b", "b again"]]
    assert groups(given, least=0.99) == [["b", "b again"]]
    assert groups({}) == []


def test_scripts_without_spaces_are_compared_by_character() -> None:
    text = "马杜罗要求特朗普取消所有制裁。路透社说特朗普拒绝了。"
    near = resemblance(shingles(text), shingles(text.replace("所有", "全部")))

    assert 0.5 < near < 1
    assert resemblance(shingles(text), shingles("完全不同的另一篇文章，没有相同的内容。")) == 0
