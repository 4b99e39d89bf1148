"""Marks of several parts, by keyboard and by touch: added, shown joined, taken away, undone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, saved, select
from tests.browser.hands import focus, mark, open_card

STORY = (
    "What Maduro asked for is set out as a list, and the columnist calls it scandalous.\n\n"
    "Nobody answered.\n\nThe list was long."
)


@pytest.fixture
def story(site: Site, page: Page) -> str:
    address = site.write(STORY)
    page.goto(address)
    page.wait_for_selector(".ready")
    return address


def parts(site: Site, address: str) -> list[list[str]]:
    """The words of every part of every mark that is stored."""
    kept = site.store.documents.find(site.project, address.rpartition("/")[2])
    return [[part.of(kept.value.text) for part in a.spans] for a in site.store.marks.of(kept)]


def add(page: Page, quote: str) -> None:
    select(page, quote)
    page.keyboard.press("+")
    saved(page)


def test_a_part_is_added_with_one_key_and_taken_away_with_another(
    site: Site, page: Page, story: str
) -> None:
    mark(page, "What Maduro asked for", "1")
    add(page, "scandalous")
    assert parts(site, story) == [["What Maduro asked for", "scandalous"]]
    expect(page.locator("#polite")).to_have_text("Claim, five words, one part more")
    expect(page.locator(".card .q")).to_have_text("What Maduro asked for … scandalous")
    select(page, "scandalous")
    page.keyboard.press("-")
    expect(page.locator("#polite")).to_have_text("Claim, four words, one part less")
    assert parts(site, story) == [["What Maduro asked for"]]
    for key, there in (
        ("Control+z", ["What Maduro asked for", "scandalous"]),
        ("Control+z", ["What Maduro asked for"]),
        ("Control+Shift+Z", ["What Maduro asked for", "scandalous"]),
    ):
        page.keyboard.press(key)
        page.wait_for_timeout(150)
        saved(page)
        assert parts(site, story) == [there]


def test_a_part_may_lie_in_another_paragraph_and_lights_up_with_the_others(
    site: Site, page: Page, story: str
) -> None:
    mark(page, "scandalous", "1")
    add(page, "The list was long")
    assert parts(site, story) == [["scandalous", "The list was long"]]
    page.keyboard.press("p")
    page.keyboard.press("p")
    assert focus(page) == "mark scandalous"
    lit = page.locator("#reading mark.on")
    assert lit.all_inner_texts() == ["scandalous", "The list was long"]
    assert page.locator("#reading .b", has_text="Nobody answered").locator("mark").count() == 0


def test_it_is_added_to_the_mark_that_is_still_on_its_way(
    site: Site, page: Page, story: str
) -> None:
    page.locator("#reading").focus()
    select(page, "What Maduro asked for")
    page.keyboard.press("1")
    select(page, "scandalous")
    page.keyboard.press("+")
    expect(page.locator(".card .q")).to_have_text("What Maduro asked for … scandalous")
    assert parts(site, story) == [["What Maduro asked for", "scandalous"]]


def test_the_part_that_has_the_focus_is_taken_away(site: Site, page: Page, story: str) -> None:
    mark(page, "What Maduro asked for", "1")
    add(page, "scandalous")
    expect(page.locator("#reading mark")).to_have_text(["What Maduro asked for", "scandalous"])
    page.locator("#reading").focus()
    for _ in range(8):
        page.keyboard.press("n")
        if focus(page) == "mark scandalous":
            break
    assert focus(page) == "mark scandalous"
    page.keyboard.press("-")
    expect(page.locator(".card .q")).to_have_text("What Maduro asked for")
    assert parts(site, story) == [["What Maduro asked for"]]


def test_the_only_part_is_not_taken_away(site: Site, page: Page, story: str) -> None:
    mark(page, "scandalous", "1")
    select(page, "scandalous")
    page.keyboard.press("-")
    expect(page.locator("#problem")).to_contain_text("delete the mark instead")
    assert parts(site, story) == [["scandalous"]]


def test_the_card_lists_the_parts_each_with_a_button(site: Site, page: Page, story: str) -> None:
    mark(page, "What Maduro asked for", "1")
    add(page, "scandalous")
    open_card(page, "scandalous")
    listed = page.get_by_role("list", name="Parts").get_by_role("listitem")
    assert [line.split("\n")[0] for line in listed.locator("q").all_inner_texts()] == [
        "What Maduro asked for",
        "scandalous",
    ]
    page.get_by_role("button", name="Remove this part: What Maduro").click()
    expect(page.locator("#card-editor blockquote")).to_have_text("scandalous")
    expect(page.get_by_role("list", name="Parts")).to_have_count(0)
    saved(page)
    assert parts(site, story) == [["scandalous"]]


def test_by_touch_the_bar_has_a_button(site: Site, new_page: Callable[..., Page]) -> None:
    page = new_page(viewport={"width": 390, "height": 800}, has_touch=True)
    address = site.write(STORY)
    page.goto(address)
    page.wait_for_selector(".ready")
    select(page, "What Maduro asked for")
    expect(page.locator("#bar [data-label=claim]")).to_be_visible()
    expect(page.locator("#bar [data-command=addFragment]")).to_have_count(0)
    page.locator("#bar [data-label=claim]").tap()
    saved(page)
    select(page, "scandalous")
    page.locator("#bar [data-command=addFragment]").tap()
    expect(page.locator("#polite")).to_have_text("Claim, five words, one part more")
    assert parts(site, address) == [["What Maduro asked for", "scandalous"]]


def test_the_card_says_under_which_codebook_it_was_marked(page: Page, story: str) -> None:
    mark(page, "scandalous", "1")
    open_card(page, "scandalous")
    page.locator("summary", has_text="History").click()
    expect(page.get_by_role("link", name="codebook version 1")).to_be_visible()
