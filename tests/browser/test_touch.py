"""By touch, 390 pixels wide: the bar docked at the bottom edge, taps on marks, the card a sheet."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, select

STORY = "Trump told Maduro to leave.\n\nReuters reports the call.\n\nMaduro refused; Trump hung up."


def saved(page: Page) -> None:
    """Wait until everything is kept; the line that says so may be behind the sheet."""
    page.wait_for_selector("#state[data-state=saved]", state="attached")


@pytest.fixture
def phone(site: Site, new_page: Callable[..., Page]) -> tuple[Page, str]:
    page = new_page(
        viewport={"width": 390, "height": 844},
        has_touch=True,
        is_mobile=True,
        device_scale_factor=2,
    )
    address = site.write(STORY)
    page.goto(address)
    page.wait_for_selector(".ready")
    return page, address


def test_the_bar_is_docked_at_the_bottom_edge_and_a_tap_marks(
    site: Site, phone: tuple[Page, str]
) -> None:
    page, address = phone
    select(page, "told Maduro")
    bar = page.locator("#bar")
    expect(bar).to_be_visible()
    box = bar.bounding_box()
    assert box is not None
    assert (box["x"], box["width"]) == (0, 390)
    assert box["y"] + box["height"] == pytest.approx(844, abs=1)
    sizes = [button.bounding_box() for button in bar.locator("button").all()]
    assert all(size is not None and size["height"] >= 44 for size in sizes)
    bar.get_by_role("button", name="Claim").tap()
    saved(page)
    assert site.marks(address) == [("claim", "told Maduro")]
    expect(bar).to_be_hidden()


def test_a_tap_on_a_mark_opens_its_card_as_a_sheet(site: Site, phone: tuple[Page, str]) -> None:
    page, address = phone
    select(page, "told Maduro")
    page.locator("#bar").get_by_role("button", name="Claim").tap()
    saved(page)
    page.locator("#reading mark").tap()
    sheet = page.locator("#editor")
    expect(sheet).to_be_visible()
    box = sheet.bounding_box()
    assert box is not None
    assert (box["x"], box["width"]) == (0, 390)
    assert box["y"] + box["height"] == pytest.approx(844, abs=1)
    assert box["height"] <= 844 * 0.63
    passage = page.locator("#reading mark").bounding_box()
    assert passage is not None
    assert passage["y"] + passage["height"] < box["y"]
    page.get_by_label("Unsure").tap()
    saved(page)
    page.get_by_role("button", name="Close the card").tap()
    expect(sheet).to_be_hidden()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    assert site.marks(address) == [("claim", "told Maduro")]


def test_a_passage_that_the_sheet_would_cover_moves_above_it(
    site: Site, phone: tuple[Page, str]
) -> None:
    page, _ = phone
    address = site.write("\n\n".join(f"Paragraph {n} has some words." for n in range(60)))
    page.goto(address)
    page.wait_for_selector(".ready")
    select(page, "Paragraph 30 has")
    page.locator("#bar").get_by_role("button", name="Claim").tap()
    saved(page)
    page.evaluate(
        """() => { const box = document.querySelector("mark").getBoundingClientRect();
            scrollBy(0, box.top - 700); }"""
    )
    page.locator("#reading mark").tap()
    expect(page.locator("#editor-title")).to_be_focused()
    sheet = page.locator("#editor").bounding_box()
    passage = page.locator("#reading mark").bounding_box()
    assert sheet is not None
    assert passage is not None
    assert passage["y"] + passage["height"] <= sheet["y"]


def test_taps_choose_among_marks_that_lie_over_each_other(
    site: Site, phone: tuple[Page, str]
) -> None:
    page, address = phone
    for quote, label in (("Trump told Maduro", "Claim"), ("told Maduro to leave", "Demand")):
        select(page, quote)
        page.locator("#bar").get_by_role("button", name=label).tap()
        saved(page)
    page.locator("#reading mark").get_by_text("told Maduro", exact=True).tap()
    expect(page.locator("#chooser button")).to_have_count(2)
    page.locator("#chooser button").nth(1).tap()
    expect(page.locator("#card-editor blockquote")).to_have_text("told Maduro to leave")
    assert site.marks(address) == [
        ("claim", "Trump told Maduro"),
        ("demand", "told Maduro to leave"),
    ]


def test_a_relation_is_made_by_tapping_a_mark(site: Site, phone: tuple[Page, str]) -> None:
    page, address = phone
    for quote, label in (("told Maduro to leave", "Demand"), ("Trump", "Actor")):
        select(page, quote)
        page.locator("#bar").get_by_role("button", name=label).tap()
        saved(page)
    page.locator("#reading mark", has_text="told Maduro to leave").tap()
    page.get_by_role("button", name="made by").tap()
    expect(page.locator("#picker-field")).to_be_visible()
    page.locator("#reading mark", has_text="Trump").first.tap()
    saved(page)
    expect(page.locator(".relations > ul > li")).to_have_count(1)
    kept = site.store.documents.find(site.project, address.rpartition("/")[2])
    assert [relation.label for relation in site.store.marks.relations_of(kept)] == ["made by"]


def test_with_the_sheet_open_the_page_still_says_that_something_is_not_saved(
    site: Site, phone: tuple[Page, str]
) -> None:
    page, _ = phone
    select(page, "Trump")
    page.locator("#bar").get_by_role("button", name="Actor").tap()
    saved(page)
    page.locator("#reading mark").tap()
    expect(page.locator("#editor-title")).to_be_focused()
    expect(page.locator("#state")).to_be_hidden()
    page.context.set_offline(True)
    page.get_by_label("Unsure").tap()
    expect(page.locator("#state")).to_have_text("1 change waits: the server does not answer.")
    expect(page.locator("#state")).to_be_visible()
    expect(page.get_by_role("button", name="Try now")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator("#state")).to_be_hidden()
