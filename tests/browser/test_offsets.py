"""Offsets: what the page counts in UTF-16 is what Python counts in code points, both ways."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page

from annotations.document import Annotated
from annotations.spans import Span, trimmed
from tests.browser.conftest import Site
from tests.documents import DOCUMENTS

NASTY = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
        st.sampled_from("a 😀🇻\u0301\u200d\ufeff\u00a0\t\né𐍈"),
    ),
    max_size=40,
)


@pytest.fixture
def module(site: Site, page: Page) -> Page:
    """The page, with its module of offsets at hand."""
    page.goto(site.demo)
    page.wait_for_selector(".ready")
    page.evaluate(
        """async () => {
            const { src } = document.querySelector("script[type=module]");
            const found = new URL("offsets.js", src).href;
            globalThis.offsets = await import(found);
        }"""
    )
    return page


def units(text: str, points: int) -> int:
    return len(text[:points].encode("utf-16-le")) // 2


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(texts=st.lists(NASTY, min_size=20, max_size=60))
def test_code_points_and_code_units_agree_with_python_both_ways(
    module: Page, texts: list[str]
) -> None:
    found: list[Any] = module.evaluate(
        """(texts) => texts.map((text) => {
            const {toCodePoints, toCodeUnits} = globalThis.offsets;
            const points = [...text].length;
            const there = Array.from({length: points + 1}, (_, n) => toCodeUnits(text, n));
            const back = there.map((units) => toCodePoints(text, units));
            return [toCodePoints(text), there, back];
        })""",
        texts,
    )
    for text, (length, there, back) in zip(texts, found, strict=True):
        assert length == len(text)
        assert there == [units(text, n) for n in range(len(text) + 1)]
        assert back == list(range(len(text) + 1))


def test_a_place_inside_a_pair_counts_as_before_it(module: Page) -> None:
    found = module.evaluate(
        """() => [0, 1, 2, 3, 4, 5].map((n) => globalThis.offsets.toCodePoints("a😀b😀", n))"""
    )
    assert found == [0, 1, 1, 2, 3, 3]


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(texts=st.lists(NASTY, min_size=20, max_size=60))
def test_what_the_page_trims_the_server_would_trim_as_well(module: Page, texts: list[str]) -> None:
    found = module.evaluate(
        """(texts) => texts.map((text) => {
            const characters = [...text];
            return globalThis.offsets.trimmed(characters, 0, characters.length);
        })""",
        texts,
    )
    for text, (start, end) in zip(texts, found, strict=True):
        once = trimmed(Span(0, len(text)), text)
        again = trimmed(Span(start, end), text)
        if once.start < once.end:
            assert again == once
        else:
            assert again.start == again.end


STEPS = [
    ("Trump told", 5, "end", "word", 1, 10),
    ("Trump told", 10, "end", "word", -1, 5),
    ("Trump told", 10, "end", "word", 1, 10),
    ("Trump told", 0, "start", "word", 1, 6),
    ("Trump told", 6, "start", "word", -1, 0),
    ("Trump told", 5, "end", "character", 1, 7),
    ("Trump told", 6, "start", "character", -1, 4),
    ("Trump told", 6, "start", "character", 1, 7),
    ("a👨‍👩‍👧b", 1, "end", "character", 1, 6),
    ("e\u0323\u0302 x", 0, "start", "character", 1, 4),
    ("no, 😀 way", 2, "end", "word", 1, 9),
    ("قال ترامب", 3, "end", "word", 1, 9),
]


@pytest.mark.parametrize(("text", "place", "side", "by", "direction", "goes"), STEPS)
def test_a_border_steps_by_words_and_by_what_people_count_as_characters(
    module: Page, text: str, place: int, side: str, by: str, direction: int, goes: int
) -> None:
    found = module.evaluate(
        "([text, place, step]) => globalThis.offsets.stepped(text, place, step)",
        [text, place, {"side": side, "by": by, "direction": direction}],
    )
    assert found == goes


@pytest.mark.parametrize("name", ["astral", "combining", "right_to_left", "styled", "overlapping"])
def test_every_place_of_a_document_is_found_on_the_page_and_found_back(
    site: Site, module: Page, name: str
) -> None:
    entry: Annotated = DOCUMENTS[name]
    module.goto(site.add(entry))
    module.wait_for_selector(".ready")
    text, layout = entry.document.text, entry.document.layout
    wrong = module.evaluate(
        """async (blocks) => {
            const { src } = document.querySelector("script[type=module]");
            const found = new URL("places.js", src).href;
            const {offsetAt, positionOf, quoteOf} = await import(found);
            const wrong = [];
            for (const [start, end, text] of blocks) {
                if (quoteOf(start, end) !== text) wrong.push([start, end, quoteOf(start, end)]);
                for (let place = start; place <= end; place += 1) {
                    const sides = [false, true].filter((atEnd) => place !== (atEnd ? start : end));
                    for (const atEnd of sides) {
                        const back = offsetAt(...positionOf(place, atEnd));
                        if (back !== place) wrong.push([place, atEnd, back]);
                    }
                }
            }
            return wrong;
        }""",
        [[b.start, b.end, text[b.start : b.end]] for b in layout.blocks],
    )
    assert wrong == []
