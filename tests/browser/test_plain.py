"""Without JavaScript: the article, its marks, cards and index are read, and a card is filled in."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site

pytestmark = pytest.mark.browser


@pytest.fixture
def plain(new_page: Callable[..., Page]) -> Page:
    return new_page(java_script_enabled=False)


def test_the_article_its_marks_cards_and_index_are_readable(library: Site, plain: Page) -> None:
    plain.goto(library.demo)
    expect(plain.get_by_role("heading", level=1)).to_be_visible()
    expect(plain.locator("mark").first).to_be_visible()
    card = plain.locator(".card.statement").first
    for part in (".q", ".said", ".note"):
        expect(card.locator(part)).to_be_visible()
    expect(plain.locator("#index")).to_be_visible()
    for nothing in ("#bar", "#state", ".going", "#reading-menu", "#chooser", "#help", "#editor"):
        expect(plain.locator(nothing)).to_be_hidden()


def test_the_cards_of_a_narrow_window_are_read_below_their_text(
    library: Site, new_page: Callable[..., Page]
) -> None:
    page = new_page(java_script_enabled=False, viewport={"width": 320, "height": 600})
    page.goto(library.demo)
    card = page.locator(".card.statement").first.bounding_box()
    text = page.locator(".section .text").first.bounding_box()
    assert card is not None
    assert text is not None
    assert card["y"] >= text["y"] + text["height"]
    assert 250 <= card["width"] <= 320


def test_a_link_of_the_index_goes_to_its_card(library: Site, plain: Page) -> None:
    plain.goto(library.demo)
    plain.locator("#index a").click()
    expect(plain.locator(".index h3").first).to_have_text("Actor")
    link = plain.locator(".index a[data-key]").last
    key = link.get_attribute("data-key")
    link.click()
    assert plain.url.endswith(f"#c{key}")
    expect(plain.locator(f"#c{key}")).to_be_in_viewport()


def test_filters_work(library: Site, plain: Page) -> None:
    plain.goto(library.demo)
    plain.locator(".chip", has_text="Actor").click()
    assert plain.url.endswith("?labels=claim,demand")
    expect(plain.locator("mark.l1")).to_have_count(0)
    plain.locator("#show-menu summary").click()
    plain.get_by_role("link", name="Marks off").click()
    expect(plain.locator("mark")).to_have_count(0)


def test_a_card_is_a_page_whose_form_saves_and_can_be_undone(site: Site, plain: Page) -> None:
    plain.goto(site.demo)
    plain.locator(".card.statement a").first.click()
    expect(plain.locator("#card-editor")).to_be_visible()
    plain.get_by_label("Note").fill("Written without a script")
    plain.get_by_role("button", name="Save").click()
    expect(plain).to_have_url(f"{site.demo}#c4")
    expect(plain.locator("#c4 .note")).to_have_text("Written without a script")
    plain.locator("#undo-button").click()
    expect(plain.locator("#c4 .note")).not_to_have_text("Written without a script")


def test_a_relation_is_added_and_a_mark_deleted(site: Site, plain: Page) -> None:
    plain.goto(site.demo)
    plain.locator(".card.statement a").first.click()
    plain.get_by_label("Relation", exact=True).select_option("reported by")
    plain.get_by_label("Actor", exact=True).fill("Agence Exemple")
    plain.get_by_role("button", name="Join").click()
    expect(plain.locator("#c4 .said")).to_contain_text("reported by Agence Exemple")
    plain.locator("#c4 a").click()
    plain.get_by_role("button", name="Delete").click()
    expect(plain.locator("#reading")).to_be_visible()
    expect(plain.locator("#c4")).to_have_count(0)
