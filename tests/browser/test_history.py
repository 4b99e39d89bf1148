"""History and trash in the browser: from a card to its past, and back from the trash."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, saved
from tests.browser.hands import mark, open_card

pytestmark = pytest.mark.browser

TEXT = "The harbour is closed.\n\nWorkers want it back."


def opened(site: Site, page: Page) -> str:
    address = site.write(TEXT)
    page.goto(address)
    page.wait_for_selector("html.ready")
    return address


def test_a_card_leads_to_everything_that_happened_to_it(site: Site, page: Page) -> None:
    opened(site, page)
    mark(page, "harbour", "1")
    open_card(page, "harbour")
    page.locator("#edit-note").fill("in the north")
    page.locator("#editor-title").click()
    saved(page)
    page.locator("#card-history summary").click()
    page.get_by_role("link", name="All of it, before and after").click()
    changes = page.locator(".changes > li")
    expect(changes).to_have_count(2)
    expect(changes.nth(0)).to_contain_text("in the north")
    expect(changes.nth(1)).to_contain_text("made")
    changes.nth(1).get_by_role("button", name="Bring back this version").click()
    expect(page.get_by_role("status").first).to_contain_text("Brought back")
    expect(changes).to_have_count(3)


def test_a_deleted_mark_comes_back_from_the_trash(site: Site, page: Page) -> None:
    address = opened(site, page)
    mark(page, "harbour", "1")
    open_card(page, "harbour")
    page.locator("#card-editor .danger").click()
    saved(page)
    page.locator("#show-menu summary").click()
    page.get_by_role("link", name="History").click()
    page.get_by_role("link", name="Trash").click()
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Bring back what is chosen").click()
    expect(page.get_by_text("1 thing was brought back.")).to_be_visible()
    expect(page.get_by_text("The trash is empty.")).to_be_visible()
    assert site.marks(address) == [("claim", "harbour")]


def test_the_article_is_walked_back_change_by_change_and_brought_back(
    site: Site, page: Page
) -> None:
    address = opened(site, page)
    mark(page, "harbour", "1")
    mark(page, "Workers", "2")
    page.locator("#show-menu summary").click()
    page.get_by_role("link", name="History").click()
    page.get_by_role("link", name="the article then").first.click()
    expect(page.locator("#reading mark")).to_have_count(2)
    page.get_by_role("link", name="One change earlier").click()
    expect(page.locator("#reading mark")).to_have_text("harbour")
    page.get_by_text("Bring back this state").click()
    expect(page.locator(".banner form")).to_contain_text("1 would go")
    page.get_by_role("button", name="Bring it back").click()
    expect(page.get_by_text("Undo takes that back.")).to_be_visible()
    assert site.marks(address) == [("claim", "harbour")]
    page.goto(address)
    page.wait_for_selector("html.ready")
    page.locator("#undo-button").click()
    expect(page.locator("#reading mark")).to_have_count(2)


def test_nothing_can_be_marked_in_the_past(site: Site, page: Page) -> None:
    address = opened(site, page)
    mark(page, "harbour", "1")
    page.locator("#show-menu summary").click()
    page.get_by_role("link", name="History").click()
    page.get_by_role("link", name="the article then").first.click()
    page.locator("#reading").focus()
    page.keyboard.press("1")
    expect(page.locator("#bar")).to_have_count(0)
    assert site.marks(address) == [("claim", "harbour")]
