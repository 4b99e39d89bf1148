"""Words are found in every script: the index, the places and a slow look at each cluster agree."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.document import Annotation
from annotations.query import hits, parse
from annotations.search_words import goes_on, is_alone, search_form
from annotations.store import schema
from tests.store.desk import Desk

PIECES = [
    "a", "b", "ß", "ss", "é", "e\u0301", "İ", "ı", "σ", "ς", "\u00ad", "\u200b", "\u00a0", " ", "_",
    "-", ".", "北", "京", "。", "か", "が", "か\u3099", "ｶ", "ﾞ", "ก", "ั", "ำ", "한",
    "\u1112\u1161\u11ab", "क", "ि", "ك", "ِ", "ـ", "ש", "ׁ", "ﬁ", "fi", "Ａ", "\u17d2",
    "ម", "ខ", "х", "1", "🦔", "\n",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=14).map("".join)


def words_of(text: str) -> list[str]:
    return search_form(text).split()


def scanned(text: str, asked: list[str]) -> bool:
    """Whether words stand beside each other in a text, by its words alone."""
    found = words_of(text)
    return any(found[n : n + len(asked)] == asked for n in range(len(found)))


@given(TEXTS, TEXTS)
def test_a_place_is_found_exactly_where_the_index_has_the_words(text: str, typed: str) -> None:
    asked = words_of(typed)
    terms = parse(f'"{typed}"').terms
    assert [words_of(" ".join(term.words)) for term in terms] == ([asked] if asked else [])
    if asked:
        assert bool(hits(text, terms)) == scanned(text, asked)


@given(TEXTS, TEXTS)
def test_a_hit_is_the_words_and_whole_characters(text: str, typed: str) -> None:
    for span in hits(text, parse(f'"{typed}"').terms):
        assert words_of(span.of(text)) == words_of(typed)
        assert not goes_on(text, span.start)
        assert unicodedata.category(text[span.start])[0] != "M"
        behind = text[span.end : span.end + 1]
        assert not behind or unicodedata.category(behind)[0] != "M"


@given(TEXTS)
def test_a_text_has_the_same_words_composed_and_decomposed(text: str) -> None:
    assert words_of(unicodedata.normalize("NFC", text)) == words_of(
        unicodedata.normalize("NFD", text)
    )


@given(TEXTS)
def test_words_are_their_own_form(text: str) -> None:
    for word in words_of(text):
        assert words_of(word) == [word]
        assert is_alone(word) == is_alone(word[0])


ARTICLES = {
    "de": "Die Bundes\u00adregierung sagt etwas. Die Bundesregierung sagt mehr.",
    "zh": "我们在北京大学学习。北京很大。",
    "ar": "قال كِتَابٌ وكـتاب.",
    "hi": "यह किताब है। की।",
    "th": "ประเทศไทยมีกำลัง",
    "ko": "한국 정부",
    "tr": "İstanbul güzel",
}


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("bundesregierung", {"de": 2}),
        ("regierung", {}),
        ("北京", {"zh": 2}),
        ("京大", {"zh": 1}),
        ("كتاب", {"ar": 1}),
        ("किताब", {"hi": 1}),
        ("क", {}),
        ("ไทย", {"th": 1}),
        ("ก", {}),
        (unicodedata.normalize("NFD", "한국"), {"ko": 1}),
        ("istanbul", {"tr": 1}),
        ("bund*", {"de": 2}),
    ],
)
def test_documents_lines_and_counts_agree(desk: Desk, typed: str, found: dict[str, int]) -> None:
    for uid, text in ARTICLES.items():
        desk.put(text, uid=uid, title=uid)
    find, query = desk.store.find, parse(typed)
    assert {d.value.id for d in find.documents(desk.project, query)} == set(found)
    assert find.count_documents(desk.project, query) == len(found)
    lines = find.lines(desk.project, query).lines
    titles = [line.title for line in lines]
    assert {title: titles.count(title) for title in titles} == found
    for line in lines:
        assert line.hit.replace("\u00ad", "") in ARTICLES[line.title].replace("\u00ad", "")


def test_marks_are_found_by_what_they_quote_in_any_script(desk: Desk) -> None:
    beside = desk.beside(desk.put(ARTICLES["zh"], uid="zh"))
    uid = "mark"
    beside.add(Annotation(id=uid, start=3, end=7, label="actor"))
    beside.store.find.index.refresh()
    for typed in ("北京", "京大学", '"北京大学"', "/北京.学/"):
        assert [f.mark.id for f in desk.store.find.marks(desk.project, parse(typed))] == [uid]
    assert desk.store.find.marks(desk.project, parse("北海")) == []


def test_a_database_of_an_earlier_version_takes_everything_in_anew(desk: Desk) -> None:
    beside = desk.beside(desk.put(ARTICLES["zh"], uid="zh"))
    beside.add(Annotation(id="mark", start=3, end=7, label="actor"))
    find, query = desk.store.find, parse("北京")
    find.index.refresh()
    for _ in range(2):
        with desk.store.database.writing() as db:
            schema._run(schema.SEARCH_FORMS)(db)
        find.index.refresh()
        assert [d.value.id for d in find.documents(desk.project, query)] == ["zh"]
        assert [f.mark.id for f in find.marks(desk.project, query)] == ["mark"]
