"""Label first, fingers, and keys that come faster than answers: each goes to what was meant."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Site, saved, select
from tests.browser.hands import drag, focus, point_of, polite

pytestmark = pytest.mark.browser

STORY = "Trump told Maduro to leave.\n\nReuters reports the call.\n\nMaduro refused; Trump hung up."


def kept(page: Page) -> None:
    page.wait_for_selector("#state[data-state=saved]", state="attached")


@pytest.fixture
def story(site: Site, page: Page) -> str:
    address = site.write(STORY)
    page.goto(address)
    page.wait_for_selector(".ready")
    page.locator("#reading").focus()
    return address


@pytest.fixture
def slow(page: Page, story: str) -> str:
    """The story, with every change answered 300 ms late."""

    def late(route: Route) -> None:
        if route.request.method == "POST":
            page.wait_for_timeout(300)
        route.continue_()

    page.route("**/*", late)
    return story


# --- label first


def test_with_a_label_chosen_each_selection_by_mouse_marks_until_escape(
    site: Site, page: Page, story: str
) -> None:
    page.keyboard.press("Shift+Digit2")
    expect(page.locator("#label-first")).to_have_text("Label first: Actor")
    assert polite(page) == "Label first: Actor. Each selection or tap marks; Escape leaves."
    drag(page, "Maduro to", "to leave")
    expect(page.locator("#reading mark")).to_have_count(1)
    page.mouse.dblclick(*point_of(page, "Reuters"))
    expect(page.locator("#reading mark")).to_have_count(2)
    expect(page.locator("#bar")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.locator("#tools")).to_be_hidden()
    drag(page, "refused", "refused")
    expect(page.locator("#bar")).to_be_visible()
    saved(page)
    assert site.marks(story) == [("actor", "Maduro to leave"), ("actor", "Reuters")]


def test_a_third_click_marks_the_paragraph_and_not_the_word_as_well(
    site: Site, page: Page, story: str
) -> None:
    page.keyboard.press("Shift+Digit1")
    expect(page.locator("#label-first")).to_have_text("Label first: Claim")
    page.mouse.click(*point_of(page, "reports"), click_count=3)
    expect(page.locator("#reading mark")).to_have_count(1)
    page.wait_for_timeout(600)
    saved(page)
    assert site.marks(story) == [("claim", "Reuters reports the call.")]


@pytest.mark.parametrize("key", ["Space", "Enter"])
def test_with_a_label_chosen_a_key_marks_where_the_cursor_is(
    site: Site, page: Page, story: str, key: str
) -> None:
    page.keyboard.press("ArrowRight")
    expect(page.locator("#cursor")).to_be_focused()
    page.keyboard.press("Shift+Digit2")
    for name in (key, "ArrowDown", key, "ArrowDown", "Shift+ArrowRight", key):
        page.keyboard.press(name)
    page.keyboard.press("3")
    saved(page)
    assert sorted(site.marks(story)) == [
        ("actor", "Maduro refused"),
        ("actor", "Reuters"),
        ("actor", "Trump"),
        ("demand", "Maduro refused"),
    ]


def test_the_pin_of_the_bar_asks_for_the_label_and_keeps_it(
    site: Site, page: Page, story: str
) -> None:
    select(page, "Trump told")
    page.locator("#bar").get_by_role("button", name="Label first").click()
    expect(page.locator("#label-first")).to_have_text("Choose the label to keep.")
    page.keyboard.press("3")
    expect(page.locator("#label-first")).to_have_text("Label first: Demand")
    tools = page.get_by_role("toolbar", name="Cursor")
    expect(tools.get_by_role("button", name="Demand", pressed=True)).to_be_visible()
    assert site.marks(story) == []
    drag(page, "hung", "up")
    expect(page.locator("#reading mark")).to_have_count(1)
    tools.get_by_role("button", name="Label first").click()
    assert polite(page) == "No longer label first: Demand"
    saved(page)
    assert site.marks(story) == [("demand", "hung up")]


# --- by touch


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


def tap(page: Page, quote: str, nth: int = 0) -> None:
    x, y = page.evaluate(
        """([quote, nth]) => {
            const walker = document.createTreeWalker(
                document.getElementById("reading"), NodeFilter.SHOW_TEXT);
            for (let node = walker.nextNode(); node; node = walker.nextNode()) {
                let at = -1;
                if (!node.parentElement.closest(".b")) continue;
                while ((at = node.data.indexOf(quote, at + 1)) >= 0)
                    if (nth-- === 0) {
                        const range = document.createRange();
                        range.setStart(node, at); range.setEnd(node, at + quote.length);
                        const box = range.getBoundingClientRect();
                        return [box.left + box.width / 2, box.top + box.height / 2];
                    }
            } }""",
        [quote, nth],
    )
    page.touchscreen.tap(x, y)


def test_tap_the_first_word_the_last_word_and_the_label(
    site: Site, phone: tuple[Page, str]
) -> None:
    page, address = phone
    tap(page, "told")
    tools = page.get_by_role("toolbar", name="Cursor")
    expect(tools).to_be_visible()
    tap(page, "leave")
    expect(page.locator("#cursor-where")).to_have_text("4 words: told Maduro to leave")
    sizes = [button.bounding_box() for button in tools.locator("[data-label]").all()]
    assert all(size is not None and size["height"] >= 44 for size in sizes)
    tools.get_by_role("button", name="Demand").tap()
    kept(page)
    expect(tools).to_be_hidden()
    tap(page, "Reuters")
    expect(tools).to_be_visible()
    tools.get_by_role("button", name="Actor").tap()
    kept(page)
    assert site.marks(address) == [("demand", "told Maduro to leave"), ("actor", "Reuters")]
    tap(page, "Reuters")
    expect(page.locator("#card-editor blockquote")).to_have_text("Reuters")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390


def test_borders_move_by_buttons_and_a_mark_inside_another_is_tapped(
    site: Site, phone: tuple[Page, str]
) -> None:
    page, address = phone
    tap(page, "Maduro")
    tools = page.get_by_role("toolbar", name="Cursor")
    tools.get_by_role("button", name="Start one word earlier").tap()
    tools.get_by_role("button", name="End one word later").tap()
    expect(page.locator("#cursor-where")).to_have_text("3 words: told Maduro to")
    tools.get_by_role("button", name="Claim").tap()
    kept(page)
    tap(page, "leave")
    expect(tools).to_be_visible()
    tap(page, "Maduro")
    expect(page.locator("#cursor-where")).to_have_text("3 words: Maduro to leave; marked: claim")
    tools.get_by_role("button", name="Actor").tap()
    kept(page)
    assert site.marks(address) == [("claim", "told Maduro to"), ("actor", "Maduro to leave")]


def test_with_a_label_chosen_two_taps_mark_and_a_double_tap_marks_a_word(
    site: Site, phone: tuple[Page, str]
) -> None:
    page, address = phone
    tap(page, "call")
    tools = page.get_by_role("toolbar", name="Cursor")
    tools.get_by_role("button", name="Label first").tap()
    tools.get_by_role("button", name="Actor").tap()
    expect(tools.get_by_role("button", name="Actor", pressed=True)).to_be_visible()
    tap(page, "Maduro")
    tap(page, "Maduro")
    expect(page.locator("#reading mark")).to_have_count(1)
    kept(page)
    tap(page, "refused")
    tap(page, "Trump", 1)
    expect(page.locator("#reading mark")).to_have_count(2)
    tools.get_by_role("button", name="Leave the cursor").tap()
    expect(tools).to_be_hidden()
    kept(page)
    assert site.marks(address) == [("actor", "Maduro"), ("actor", "refused; Trump")]


def test_a_tap_beside_the_text_takes_the_cursor_away(site: Site, phone: tuple[Page, str]) -> None:
    page, _ = phone
    tap(page, "told")
    tools = page.get_by_role("toolbar", name="Cursor")
    expect(tools).to_be_visible()
    box = page.locator(".b").last.bounding_box()
    assert box is not None
    page.touchscreen.tap(box["x"] + box["width"] - 6, box["y"] + box["height"] - 6)
    expect(tools).to_be_hidden()


# --- keys faster than answers


def test_labels_typed_while_a_save_is_under_way_go_to_what_was_meant(
    site: Site, page: Page, slow: str
) -> None:
    page.keyboard.press("ArrowRight")
    expect(page.locator("#cursor")).to_be_focused()
    keys = ("2", "ArrowRight", "Shift+ArrowRight", "1", "Shift+ArrowLeft", "f", "2")
    more = ("Control+ArrowDown", "2", "3", "Shift+End", "1", "Control+End", "Shift+ArrowLeft", "3")
    for key in (*keys, *more):
        page.keyboard.press(key)
    saved(page)
    assert sorted(site.marks(slow)) == [
        ("actor", "Maduro"),
        ("actor", "Reuters"),
        ("actor", "Trump"),
        ("claim", "Reuters reports the call"),
        ("claim", "told Maduro"),
        ("demand", "Reuters"),
        ("demand", "hung up"),
    ]


def test_delete_before_the_answer_takes_the_mark_that_was_just_made(
    site: Site, page: Page, slow: str
) -> None:
    page.keyboard.press("ArrowRight")
    expect(page.locator("#cursor")).to_be_focused()
    for key in ("2", "f", "2", "Delete", "f", "1"):
        page.keyboard.press(key)
    expect(page.locator("#polite")).to_have_text("Actor, one word, deleted; undo brings it back")
    saved(page)
    assert site.marks(slow) == [("actor", "Trump"), ("claim", "Reuters")]


def test_a_border_key_before_the_answer_moves_the_mark_that_was_just_made(
    site: Site, page: Page, slow: str
) -> None:
    page.keyboard.press("ArrowRight")
    expect(page.locator("#cursor")).to_be_focused()
    for key in ("2", "f", "3", "l", "l", "ArrowDown", "2", "l"):
        page.keyboard.press(key)
    expect(page.locator("#polite")).to_have_text("Border moved to “Reuters reports”")
    saved(page)
    assert site.marks(slow) == [
        ("actor", "Trump"),
        ("demand", "Maduro to leave"),
        ("actor", "Reuters reports"),
    ]


def test_undo_before_the_answer_takes_back_what_was_just_made(
    site: Site, page: Page, slow: str
) -> None:
    select(page, "Reuters")
    page.keyboard.press("2")
    select(page, "hung up")
    page.keyboard.press("1")
    page.keyboard.press("Control+z")
    expect(page.locator("#polite")).to_have_text("Undone")
    saved(page)
    assert site.marks(slow) == [("actor", "Reuters")]


def test_enter_before_the_answer_opens_the_mark_that_was_just_made(
    site: Site, page: Page, slow: str
) -> None:
    for quote in ("Reuters", "hung up"):
        select(page, quote)
        page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.locator("#card-editor blockquote")).to_have_text("hung up")


def test_a_mark_that_is_refused_leaves_the_keys_behind_it_without_effect(
    site: Site, page: Page, story: str
) -> None:
    select(page, "Reuters")
    page.keyboard.press("2")
    saved(page)
    page.route(
        "**/annotations",
        lambda route: route.fulfill(status=422, body='<div class="problem">No.</div>'),
    )
    select(page, "hung up")
    page.keyboard.press("1")
    page.keyboard.press("Delete")
    expect(page.locator("#problem")).to_contain_text("No.")
    page.wait_for_timeout(200)
    assert site.marks(story) == [("actor", "Reuters")]
    assert focus(page) in ("reading", "body")
