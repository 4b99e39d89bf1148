"""Guidelines and definitions beside the text, one key away while marking."""

from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, saved, select
from tests.browser.hands import focus, mark, polite

GUIDE = "# How to decide\n\nWhen in *doubt*, <script>alert(1)</script> ask.\n\n- one\n- two\n"


@pytest.fixture
def story(site: Site, page: Page) -> str:
    """An article of a project with guidelines, and an example for the first label."""
    book = site.store.codebooks.of(site.project.key)
    first, *others = book.labels
    first = replace(first, examples=("the talks have failed",), counter_examples=("Come here!",))
    changed = replace(book, labels=(first, *others), guidelines=GUIDE)
    site.store.codebooks.save(site.act("codebook", site.project), site.project.key, changed)
    address = site.write("Trump told Maduro to leave.\n\nReuters reports the call.")
    page.goto(address)
    page.wait_for_selector(".ready")
    return address


def test_one_key_shows_the_definition_of_the_mark_here_and_marking_goes_on(
    site: Site, page: Page, story: str
) -> None:
    mark(page, "Trump", "2")
    page.keyboard.press("g")
    panel = page.get_by_role("complementary", name="Guidelines and definitions")
    expect(panel).to_be_visible()
    expect(panel.locator("section.at-hand h3")).to_contain_text("Actor")
    expect(panel.locator("section.at-hand")).to_be_visible()
    expect(page.locator("#polite")).to_have_text(
        "Actor: A person, group, organisation or state that acts or speaks."
    )
    assert focus(page) == "reading"
    select(page, "Maduro")
    page.keyboard.press("2")
    saved(page)
    assert site.marks(story) == [("actor", "Trump"), ("actor", "Maduro")]
    expect(panel).to_be_visible()
    page.keyboard.press("g")
    expect(panel).to_be_hidden()
    assert focus(page) == "reading"


def test_definitions_examples_and_guidelines_are_there_and_safe(page: Page, story: str) -> None:
    page.locator("#reading").focus()
    page.keyboard.press("g")
    claim = page.locator("#guide section").first
    expect(claim.locator("q").first).to_have_text("the talks have failed")
    expect(claim.locator("q").last).to_have_text("Come here!")
    article = page.get_by_role("article", name="Guidelines")
    expect(article.get_by_role("heading", name="How to decide")).to_be_visible()
    assert article.locator("li").all_inner_texts() == ["one", "two"]
    assert article.locator("em").inner_text() == "doubt"
    assert page.locator("#guide script").count() == 0
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((it) => it.id)")
    assert len(ids) == len(set(ids))


def test_the_definition_of_the_button_that_has_the_focus_is_shown(page: Page, story: str) -> None:
    page.locator("#reading").focus()
    select(page, "to leave")
    button = page.get_by_role("button", name="Demand")
    expect(button).to_have_attribute(
        "title", "Somebody wants somebody to do something, or to leave it undone."
    )
    button.focus()
    page.keyboard.press("g")
    expect(page.locator("#guide section.at-hand h3")).to_contain_text("Demand")
    expect(button).to_be_focused()
    claim = page.get_by_role("button", name="Claim")
    assert (claim.get_attribute("title") or "").endswith("Example: the talks have failed")


def test_from_the_menu_the_focus_goes_there_and_escape_brings_it_back(
    page: Page, story: str
) -> None:
    page.locator("#show-menu summary").click()
    page.get_by_role("link", name="Guidelines and definitions").click()
    expect(page.locator("#guide")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator("#guide")).to_be_hidden()
    assert polite(page) != ""
