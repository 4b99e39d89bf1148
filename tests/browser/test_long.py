"""Long articles: what is far away costs little, and is there as soon as somebody wants it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from annotations.document import Annotated, Annotation, new_id
from annotations.ingest import read_article
from reader.drawing import sections
from tests.browser.conftest import Site, saved, select

pytestmark = pytest.mark.browser

PARAGRAPHS = 450
WORDS = "Words. " * 70


@pytest.fixture(scope="module")
def long(library: Site) -> str:
    """The address of an article of 450 paragraphs, each with a mark on its first two words."""
    text = "\n\n".join(f"Paragraph {n}. {WORDS}" for n in range(PARAGRAPHS))
    of = read_article(text, name="long.txt")
    marks = tuple(
        Annotation(id=new_id(), start=b.start, end=of.text.index(".", b.start), label="claim")
        for b in of.layout.blocks
    )
    assert len(sections(of.layout)) > 25
    return library.add(Annotated(document=of, annotations=marks))


def opened(page: Page, address: str) -> Page:
    page.goto(address)
    page.wait_for_selector("html.ready")
    return page


def cards(page: Page) -> int:
    return page.locator("#reading .card").count()


def test_cards_become_elements_as_their_section_comes_near(long: str, page: Page) -> None:
    opened(page, long)
    expect(page.locator("#g0 .card .q")).to_have_text("Paragraph 0")
    assert 16 <= cards(page) < PARAGRAPHS / 4
    assert page.locator("#g449").count() == 0
    page.locator("#b449").scroll_into_view_if_needed()
    expect(page.locator("#g449 .card .q")).to_have_text("Paragraph 449")
    expect(page.locator("#g449 .card")).to_be_in_viewport()


def test_the_whole_text_has_every_card_in_its_place(long: str, page: Page) -> None:
    opened(page, long).locator("#whole").click()
    assert cards(page) == PARAGRAPHS
    pointed = """() => [...document.querySelectorAll("#reading mark")].every((mark) =>
        document.getElementById(mark.getAttribute("aria-details"))?.matches("[role=comment]"))"""
    assert page.evaluate(pointed)


def test_every_note_is_on_paper(long: str, page: Page) -> None:
    opened(page, long).emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    numbers = page.evaluate("[...document.querySelectorAll('.card')].map((c) => c.dataset.no)")
    assert numbers == [str(n) for n in range(1, PARAGRAPHS + 1)]


def test_without_a_script_every_card_stands_beside_its_passage(
    long: str, new_page: Callable[..., Page]
) -> None:
    plain = new_page(java_script_enabled=False)
    plain.goto(long)
    assert plain.locator(".card").count() == PARAGRAPHS
    text, card = plain.locator("#b0").bounding_box(), plain.locator("#g0 .card").bounding_box()
    assert text is not None
    assert card is not None
    assert card["x"] >= text["x"] + text["width"]
    assert card["width"] > 200


def test_without_a_script_the_index_is_a_page_whose_links_lead_to_the_cards(
    long: str, new_page: Callable[..., Page]
) -> None:
    plain = new_page(java_script_enabled=False)
    plain.goto(long)
    plain.locator("#index a").click()
    plain.get_by_role("heading", name="Index").wait_for()
    links = plain.locator("main a")
    expect(links).to_have_count(PARAGRAPHS)
    links.last.click()
    assert plain.url.startswith(f"{long}?#c")
    expect(plain.locator("#g449 .card")).to_be_in_viewport()


def test_the_index_comes_when_it_is_opened_and_leads_to_a_card_far_away(
    long: str, page: Page
) -> None:
    opened(page, long)
    assert page.locator("#index a[data-key]").count() == 0
    page.locator("#index-button").click()
    expect(page.locator("#index a[data-key]")).to_have_count(PARAGRAPHS)
    page.locator("#index a[data-key]").nth(300).click()
    expect(page.locator("#card-editor blockquote")).to_have_text("Paragraph 300")
    expect(page.locator("#g300 .card")).to_have_count(1)


def test_an_address_leads_to_a_card_far_away(long: str, page: Page) -> None:
    opened(page, long)
    page.locator("#b200").scroll_into_view_if_needed()
    key = page.locator("#g200 .card").get_attribute("id")
    page.goto("about:blank")
    opened(page, f"{long}#{key}")
    expect(page.locator("#card-editor blockquote")).to_have_text("Paragraph 200")


def test_undo_changes_what_is_far_away(site: Site, page: Page) -> None:
    opened(page, site.write("\n\n".join(f"Paragraph {n}. {WORDS}" for n in range(PARAGRAPHS))))
    page.locator("#reading").focus()
    select(page, "Paragraph 440")
    page.keyboard.press("1")
    saved(page)
    expect(page.locator("#g440 .card")).to_have_count(1)
    opened(page, f"{page.url}?again#main")  # not where one left off
    assert page.locator("#g440").count() == 0
    page.locator("#undo-button").click()
    expect(page.locator("#b440 mark")).to_have_count(0)
    expect(page.locator("#g440 .card")).to_have_count(0)
    page.locator("#redo-button").click()
    expect(page.locator("#b440 mark")).to_have_count(1)
    expect(page.locator("#g440 .card .q")).to_have_text("Paragraph 440")
