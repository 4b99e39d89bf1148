"""A text is corrected in the browser: looked at, saved, settled by keys, and taken back."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, select
from tests.browser.hands import mark, polite

pytestmark = pytest.mark.browser

TEXT = "The goverment closed the harbour.\n\nWorkers want it back.\n\nNobody knows when."


def opened(site: Site, page: Page) -> str:
    address = site.write(TEXT)
    page.goto(address)
    page.wait_for_selector("html.ready")
    return address


def rewritten(page: Page, number: int, words: str) -> None:
    """From the article to a corrected text, by way of the preview."""
    page.locator("#show-menu summary").click()
    page.get_by_role("link", name="Correct the text").click()
    page.locator("textarea").nth(number).fill(words)
    page.get_by_role("button", name="Look at what changes").click()
    page.get_by_role("button", name="Save the correction").click()


def test_a_typo_is_corrected_under_a_mark(site: Site, page: Page) -> None:
    address = opened(site, page)
    mark(page, "goverment", "2")
    page.locator("#show-menu summary").click()
    page.get_by_role("link", name="Correct the text").click()
    page.get_by_label("Paragraph ¶1").fill("The government closed the harbour.")
    page.get_by_role("button", name="Look at what changes").click()
    expect(page.locator(".reads del")).to_have_text("goverment")
    expect(page.locator(".reads ins")).to_have_text("government")
    expect(page.locator(".carried li")).to_have_count(1)
    page.get_by_role("button", name="Save the correction").click()
    page.wait_for_selector("html.ready")
    expect(page.locator("#reading mark")).to_have_text("government")
    expect(page.get_by_text("The text is corrected. 1 mark was carried over.")).to_be_visible()
    assert site.marks(address) == [("actor", "government")]


def test_one_undo_in_the_article_brings_the_text_back(site: Site, page: Page) -> None:
    opened(site, page)
    mark(page, "goverment", "2")
    rewritten(page, 0, "The government closed the harbour.")
    page.wait_for_selector("html.ready")
    page.locator("#undo-button").click()
    expect(page.locator("#reading mark")).to_have_text("goverment")
    page.wait_for_selector("html.ready")
    page.locator("#redo-button").click()
    expect(page.locator("#reading mark")).to_have_text("government")


def test_doubts_are_gone_through_by_keys(site: Site, page: Page) -> None:
    address = opened(site, page)
    for quote in ("goverment", "Workers", "Nobody"):
        mark(page, quote, "2")
    page.goto(f"{address}/correct")
    for number, words in enumerate(("They closed it.", "People want it back.", "Who knows when?")):
        page.locator("textarea").nth(number).fill(words)
    page.get_by_role("button", name="Look at what changes").click()
    expect(page.get_by_text("3 marks would be in doubt.")).to_be_visible()
    page.get_by_role("button", name="Save the correction").click()
    doubts = page.locator(".doubts > li")
    expect(doubts).to_have_count(3)
    expect(doubts.nth(0)).to_be_focused()
    page.keyboard.press("n")
    expect(doubts.nth(1)).to_be_focused()
    page.keyboard.press("p")
    expect(doubts.nth(0)).to_be_focused()
    page.keyboard.press("a")
    expect(doubts).to_have_count(2)
    expect(doubts.nth(0)).to_be_focused()
    expect(page.locator("#left")).to_have_text("2")
    assert "2 left." in polite(page)
    page.keyboard.press("Delete")
    expect(doubts).to_have_count(1)
    page.keyboard.press("a")
    expect(doubts).to_have_count(0)
    expect(page.get_by_text("Every mark is settled.")).to_be_visible()
    assert len(site.marks(address)) == 2


def test_a_doubt_is_settled_in_the_article_by_moving_its_border(site: Site, page: Page) -> None:
    address = opened(site, page)
    mark(page, "Workers", "2")
    rewritten(page, 1, "People here want it back.")
    expect(page.locator(".doubts > li")).to_be_focused()
    page.keyboard.press("m")
    page.wait_for_selector("html.ready")
    notice = page.locator("#doubts")
    expect(notice).to_have_text(re.compile("1 mark to settle"))
    expect(page.locator("#card-editor")).to_contain_text("this place is in doubt")
    page.locator("#do-endLater").click()
    expect(page.locator("#card-editor")).not_to_contain_text("this place is in doubt")
    assert site.marks(address) == [("actor", "People here want")]


def test_a_mark_made_while_the_text_was_corrected_elsewhere_is_kept(
    site: Site, page: Page, new_page
) -> None:
    address = opened(site, page)
    other = new_page()
    other.goto(f"{address}/correct")
    other.locator("textarea").nth(0).fill("The old government closed the harbour.")
    other.get_by_role("button", name="Look at what changes").click()
    other.get_by_role("button", name="Save the correction").click()
    other.wait_for_selector("html.ready")
    select(page, "Workers")
    page.keyboard.press("2")
    renewed = page.locator("#renewed")
    expect(renewed).to_be_visible()
    renewed.get_by_role("link").click()
    expect(page.locator("#reading mark")).to_have_text("Workers")
    assert site.marks(address) == [("actor", "Workers")]


def test_correcting_works_without_scripts(site: Site, new_page) -> None:
    address = site.write(TEXT)
    page = new_page(java_script_enabled=False)
    page.goto(f"{address}/correct")
    page.locator("textarea").nth(1).fill("Everybody wants it back.\n\nAnd soon.")
    page.get_by_role("button", name="Look at what changes").click()
    page.get_by_role("button", name="Save the correction").click()
    expect(page.get_by_text("And soon.")).to_be_visible()
    page.goto(f"{address}?revision=1")
    expect(page.get_by_text("Workers want it back.")).to_be_visible()


def test_the_pages_fit_a_narrow_screen(site: Site, new_page) -> None:
    address = site.write(TEXT)
    page = new_page(viewport={"width": 390, "height": 800})
    for path in ("/correct", "/texts", "/history", "/doubts", "/at/3"):
        page.goto(f"{address}{path}")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert (path, wide) == (path, 390)
