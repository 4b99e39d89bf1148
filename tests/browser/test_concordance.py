"""The concordance: words in their context, gone through by keys, marked from the list."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from annotations.document import Document
from tests.browser.conftest import Site

pytestmark = pytest.mark.browser

ONE = "The mayor said that the tax rises. No tax is good."
TWO = "A tax for all."


@pytest.fixture
def lists(site: Site) -> str:
    """Two articles with three hits; gives the address of their concordance."""
    site.add(Document(id="one", title="One", text=ONE))
    site.add(Document(id="two", title="Two", text=TWO))
    return f"{site.address}/projects/demo/search?view=context&q=tax"


def marks(site: Site, document: str) -> list[tuple[str, str]]:
    return site.marks(f"{site.address}/projects/demo/documents/{document}")


def test_a_key_goes_from_line_to_line_and_a_label_marks_the_line(
    site: Site, page: Page, lists: str
) -> None:
    page.goto(lists)
    page.keyboard.press("j")
    line = page.evaluate("document.activeElement.textContent")
    assert line == "The mayor said that the tax rises. No tax is good."
    page.keyboard.press("ArrowDown")
    page.keyboard.press("1")
    expect(page.locator(".kwic .hit.marked")).to_have_count(1)

    assert (marks(site, "one"), marks(site, "two")) == ([("claim", "tax")], [])
    assert page.locator("#polite").inner_text() == "1 marked as claim"
    expect(page.locator("[data-row]").nth(1).locator("[data-row-link]")).to_be_focused()
    page.keyboard.press("k")
    expect(page.locator("[data-row]").nth(0).locator("[data-row-link]")).to_be_focused()


def test_ticked_lines_are_marked_by_one_act_and_one_undo_takes_it_back(
    site: Site, page: Page, lists: str
) -> None:
    page.goto(lists)
    for key in ("j", "x", "j", "j", "x"):
        page.keyboard.press(key)
    expect(page.locator("[data-chosen]")).to_have_text("2")
    page.keyboard.press("2")
    expect(page.locator(".kwic .hit.marked")).to_have_count(2)
    assert (marks(site, "one"), marks(site, "two")) == ([("actor", "tax")], [("actor", "tax")])
    expect(page.locator("#lately-undo")).to_contain_text("marking several places")

    page.keyboard.press("Control+z")
    expect(page.locator(".kwic .hit.marked")).to_have_count(0)
    assert (marks(site, "one"), marks(site, "two")) == ([], [])


def test_all_lines_and_a_stretch_of_them_are_ticked_by_the_mouse(page: Page, lists: str) -> None:
    page.goto(lists)
    boxes = page.locator("[data-row] input")
    page.locator("[data-all]").check()
    expect(page.locator("[data-row] input:checked")).to_have_count(3)
    page.locator("[data-all]").uncheck()
    boxes.nth(0).click()
    boxes.nth(2).click(modifiers=["Shift"])
    expect(page.locator("[data-row] input:checked")).to_have_count(3)


def test_a_line_leads_to_its_place(page: Page, lists: str) -> None:
    page.goto(lists)
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector("html.ready")

    expect(page.locator("#find-told")).to_have_text("2 of 2")


def test_a_refusal_is_shown_and_the_list_stays(site: Site, page: Page, lists: str) -> None:
    page.goto(lists)
    page.keyboard.press("j")
    page.keyboard.press("1")
    expect(page.locator(".kwic .hit.marked")).to_have_count(1)
    page.keyboard.press("1")

    expect(page.locator("#lines .problem")).to_contain_text("bear that label already")
    expect(page.locator("[data-row]")).to_have_count(3)
    assert marks(site, "one") == [("claim", "tax")]


def test_without_scripts_the_list_is_a_form(
    site: Site, new_page: Callable[..., Page], lists: str
) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(lists)
    page.locator("[data-row] input").nth(0).check()
    page.get_by_role("button", name="Claim").click()

    expect(page.locator(".notice")).to_have_text("1 marked as claim")
    assert marks(site, "one") == [("claim", "tax")]
    page.locator("#lately-undo").click()
    expect(page.locator(".notice")).to_have_text("Undone")
    assert marks(site, "one") == []


@pytest.mark.parametrize("width", [390, 1280])
def test_contexts_read_from_right_to_left_where_the_text_does(
    site: Site, new_page: Callable[..., Page], width: int
) -> None:
    site.add(
        Document(id="rtl", title="שלום", text="אמר המס עולה היום", direction="rtl", language="he")
    )
    page = new_page(viewport={"width": width, "height": 800})
    page.goto(f"{site.address}/projects/demo/search?view=context&q=המס")
    tops = page.evaluate(
        """() => ["left", "hit", "right"].map((name) =>
            document.querySelector(`.kwic .${name} bdi`).getBoundingClientRect().x)"""
    )

    assert tops == sorted(tops, reverse=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
