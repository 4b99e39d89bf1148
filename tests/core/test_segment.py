"""Sentences: in code points, inside blocks, together everything that is not white space."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotations import segment
from annotations.demo import demo
from annotations.document import Annotated, Block, Document, Layout
from annotations.segment import sentence_at, sentences, split
from annotations.spans import Span, trimmed
from tests.documents import DOCUMENTS

LANGUAGES = ("", "en", "de", "es", "fr", "ar", "he", "hi", "zh", "ja", "th", "hy", "el", "en-GB")
ODD = ("not a tag", "x-klingon", "EN", "zh-Hant-TW", "é", "a" * 50)
TEXTS = st.text(
    st.sampled_from("aA. !?…“”\"'()。\n\t😀é\u0301م؟,:;1\u200b\u2028\u3000\u00a0-")
    | st.characters(),
    max_size=60,
)


def quotes(text: str, language: str = "en") -> list[str]:
    return [found.of(text) for found in split(text, language)]


@pytest.fixture(params=["sentencex", "plain rule"])
def segmenter(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways to find sentences: with the library, and where it has no wheel."""
    if request.param == "plain rule":
        monkeypatch.setattr(segment, "_sentencex", None)
    segment._sentences.cache_clear()
    return str(request.param)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        (
            "en",
            "Mr. Smith of the U.S. Army paid 1.5 million. He left.",
            ["Mr. Smith of the U.S. Army paid 1.5 million.", "He left."],
        ),
        (
            "en",
            "“We are leaving.” Then Dr. Bell asked: “Why?” Nobody knew!",
            ["“We are leaving.”", "Then Dr. Bell asked: “Why?”", "Nobody knew!"],
        ),
        (
            "es",
            "El Sr. Díaz llegó a las 3 p. m. ¿Y qué? Nada.",
            ["El Sr. Díaz llegó a las 3 p. m.", "¿Y qué?", "Nada."],
        ),
        (
            "de",
            "Am 3. Mai kam z. B. Dr. Abt. Er ging.",
            ["Am 3. Mai kam z. B. Dr. Abt.", "Er ging."],
        ),
        ("zh", "他走了。她没有走！为什么？", ["他走了。", "她没有走！", "为什么？"]),
        ("ar", "هل رحل؟ نعم. انتهى", ["هل رحل؟", "نعم.", "انتهى"]),
        ("hi", "वह गया। वह नहीं गई।", ["वह गया।", "वह नहीं गई।"]),
        ("en", "No full stop at the end", ["No full stop at the end"]),
        ("en", " \t\n ", []),
        ("en", "", []),
    ],
)
def test_sentences_end_where_the_language_ends_them(
    language: str, text: str, expected: list[str]
) -> None:
    assert quotes(text, language) == expected


def test_characters_beyond_the_basic_plane_count_once() -> None:
    text = "😀😀 Trump 📞 Maduro. 🇻🇪 𐍈𐍉 said “no”. End"
    assert split(text, "en") == [Span(0, 18), Span(19, 35), Span(36, 39)]
    assert quotes(text) == ["😀😀 Trump 📞 Maduro.", "🇻🇪 𐍈𐍉 said “no”.", "End"]


def test_a_wide_space_before_an_initial_does_no_harm() -> None:
    """The library as it stands fails on these when they are given as they are."""
    assert quotes("ready?\u2028A\u2028. B") == ["ready?", "A\u2028. B"]


def test_the_library_failing_on_a_text_leaves_the_plain_rule(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class PanicException(BaseException):
        pass

    class Failing:
        def get_sentence_boundaries(self, language: str, text: str) -> list[object]:
            raise PanicException

    monkeypatch.setattr(segment, "_sentencex", Failing())
    assert quotes("One. Two (“three!”) Four") == ["One.", "Two (“three!”)", "Four"]


def test_being_stopped_is_no_failure_of_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stopped:
        def get_sentence_boundaries(self, language: str, text: str) -> list[object]:
            raise KeyboardInterrupt

    monkeypatch.setattr(segment, "_sentencex", Stopped())
    with pytest.raises(KeyboardInterrupt):
        split("One. Two.")


def assert_tiles(document: Document) -> None:
    """Sentences are sorted, disjoint, trimmed, inside blocks, and leave only white space out."""
    found = sentences(document)
    assert list(found) == sorted(found)
    assert all(one.end <= other.start for one, other in pairwise(found))
    covered = set()
    for one in found:
        assert trimmed(one, document.text) == one.within(document.text)
        covered.update(range(one.start, one.end))
    blocks = segment._blocks(document)
    for one in found:
        assert sum(b.start <= one.start and one.end <= b.end for b in blocks) == 1
    for block in blocks:
        for place in range(block.start, block.end):
            assert place in covered or document.text[place].isspace()


@pytest.mark.usefixtures("segmenter")
@pytest.mark.parametrize(
    "entry", [*DOCUMENTS.values(), demo()], ids=lambda e: e.document.title[:20]
)
def test_sentences_tile_the_blocks_of_every_document(entry: Annotated) -> None:
    assert_tiles(entry.document)


@settings(max_examples=300)
@given(parts=st.lists(TEXTS, max_size=4), language=st.sampled_from(LANGUAGES + ODD))
def test_sentences_tile_the_blocks_of_any_text(parts: list[str], language: str) -> None:
    blocks, text = [], ""
    for part in parts:
        blocks.append(Block("p", len(text), len(text) + len(part)))
        text += part + "\n"
    assert_tiles(Document("d", "d", text, Layout(tuple(blocks)), language=language))


@settings(max_examples=200)
@given(text=TEXTS)
def test_the_plain_rule_tiles_any_text_as_well(text: str) -> None:
    before = segment._sentencex
    segment._sentencex = None
    try:
        found = split(text)
    finally:
        segment._sentencex = before
    left = "".join(text[a:b] for a, b in _gaps(found, len(text)))
    assert left.strip() == ""


def _gaps(found: list[Span], length: int) -> list[tuple[int, int]]:
    starts = [0, *(one.end for one in found)]
    return list(zip(starts, [*(one.start for one in found), length], strict=True))


def test_the_sentence_at_a_place() -> None:
    document = Document("d", "d", "One two. Three.\n\nFour.", language="en")
    found = sentences(document)
    at = [sentence_at(found, place) for place in (0, 7, 8, 9, 14, 15, 17, 21, 22)]
    first, second, third = found
    assert at == [first, first, None, second, second, None, third, third, None]
    assert sentence_at((), 0) is None


def test_the_sentences_of_the_demo_are_the_ones_that_its_reader_sees() -> None:
    document = demo().document
    found = [one.of(document.text) for one in sentences(document)]
    assert found[:3] == [
        document.title,
        "Donald Trump and Nicolás Maduro spoke by telephone on November 21, three months into the "
        "conflict in the Caribbean.",
        "A columnist who signs as @damasojimenez argues that the conversation was the moment at "
        "which Venezuela’s relations with the United States changed course for good.",
    ]
    assert len(found) == 43
