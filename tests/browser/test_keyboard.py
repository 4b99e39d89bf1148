"""By keyboard alone: where the keys act, where they don't, and where the focus is afterwards."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Site, saved, select
from tests.browser.hands import focus, mark, open_card, polite, with_shift

STORY = "Trump told Maduro to leave.\n\nReuters reports the call.\n\nMaduro refused; Trump hung up."


@pytest.fixture
def story(site: Site, page: Page) -> str:
    address = site.write(STORY)
    page.goto(address)
    page.wait_for_selector(".ready")
    return address


@pytest.fixture
def marked(site: Site, page: Page, story: str) -> str:
    """Three marks in three paragraphs; the page is fresh."""
    for quote, key in (("told Maduro", "1"), ("Reuters", "2"), ("refused", "3")):
        mark(page, quote, key)
    page.goto("about:blank")
    page.goto(story)
    page.wait_for_selector(".ready")
    return story


def tab_to_the_text(page: Page) -> None:
    for _ in range(25):
        page.keyboard.press("Tab")
        if focus(page) == "reading":
            return
    raise AssertionError("Tab does not reach the text")


def test_from_the_start_of_the_page_a_mark_is_reached_changed_and_left(
    site: Site, page: Page, marked: str
) -> None:
    tab_to_the_text(page)
    places = []
    for key in "nnnnp":
        page.keyboard.press(key)
        places.append(focus(page))
    assert places == [
        "mark told Maduro",
        "mark Reuters",
        "mark refused",
        "mark refused",
        "mark Reuters",
    ]
    page.keyboard.press("Enter")
    expect(page.locator("#editor-title")).to_be_focused()
    for _ in range(40):
        page.keyboard.press("Tab")
        if focus(page) == "edit-note":
            break
    page.keyboard.type("by keys 123 np")
    page.keyboard.press("Escape")
    saved(page)
    assert focus(page) == "mark Reuters"
    expect(page.locator(".card .note")).to_have_text("by keys 123 np")
    page.keyboard.press("n")
    assert focus(page) == "mark refused"
    assert site.marks(marked) == [
        ("claim", "told Maduro"),
        ("actor", "Reuters"),
        ("demand", "refused"),
    ]


def test_the_skip_link_leads_past_the_header(site: Site, page: Page, marked: str) -> None:
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert focus(page) == "reading"


def test_delete_takes_the_mark_away_and_the_next_key_goes_on_from_there(
    site: Site, page: Page, marked: str
) -> None:
    page.locator("#reading").focus()
    page.keyboard.press("n")
    page.keyboard.press("n")
    page.keyboard.press("Delete")
    expect(page.locator("#polite")).to_have_text("Actor, one word, deleted; undo brings it back")
    assert site.marks(marked) == [("claim", "told Maduro"), ("demand", "refused")]
    assert focus(page) == "reading"
    page.keyboard.press("n")
    assert focus(page) == "mark refused"


def test_keys_typed_into_a_field_mark_nothing(site: Site, page: Page, marked: str) -> None:
    open_card(page, "Reuters")
    select(page, "Trump")
    page.get_by_label("Note").focus()
    page.keyboard.type("123 npm?l")
    assert page.get_by_label("Note").input_value() == "123 npm?l"
    page.get_by_label("Note").blur()
    saved(page)
    assert len(site.marks(marked)) == 3


@pytest.mark.parametrize("place", ["#index-button", "#undo-button", "header .home", ".card a"])
def test_single_keys_do_nothing_where_the_text_has_not_the_focus(
    site: Site, page: Page, marked: str, place: str
) -> None:
    mark(page, "Trump", "2")
    select(page, "hung up")
    page.locator(place).first.focus()
    before = page.url
    for key in "123npl":
        page.keyboard.press(key)
    page.wait_for_timeout(150)
    assert len(site.marks(marked)) == 4
    assert page.url == before


def test_on_a_page_just_opened_keys_lead_somewhere_and_change_nothing(
    site: Site, page: Page, marked: str
) -> None:
    assert page.evaluate("document.activeElement === document.body")
    for key in ("Delete", "u", "D", "Enter"):
        page.keyboard.press(with_shift(key))
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#help")).to_be_hidden()
    page.reload()
    page.wait_for_selector(".ready")
    page.keyboard.press("n")
    assert focus(page).startswith("mark ")
    assert len(site.marks(marked)) == 3


def test_single_keys_can_be_switched_off_and_stay_off(site: Site, page: Page, story: str) -> None:
    page.locator("#show-menu summary").click()
    page.locator("#show-menu").get_by_label("Single keys").uncheck()
    expect(page.locator("#polite")).to_have_text("Single keys are off.")
    page.reload()
    page.wait_for_selector(".ready")
    page.locator("#reading").focus()
    select(page, "Trump")
    page.keyboard.press("1")
    page.keyboard.press("?")
    page.wait_for_timeout(150)
    assert site.marks(story) == []
    expect(page.locator("#help")).to_be_hidden()
    page.locator("#bar button").nth(1).click()
    saved(page)
    assert site.marks(story) == [("actor", "Trump")]
    page.keyboard.press("Enter")
    expect(page.locator("#card-editor blockquote")).to_have_text("Trump")


def test_a_key_is_remapped_in_the_dialogue_and_stays_so(
    site: Site, page: Page, marked: str
) -> None:
    page.locator("#reading").focus()
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    button = page.get_by_role("button", name="Next mark", exact=True)
    button.click()
    page.keyboard.press("z")
    expect(button).to_have_text("z")
    page.keyboard.press("Escape")
    expect(page.locator("#help")).to_be_hidden()
    assert focus(page) == "reading"
    page.keyboard.press("n")
    assert focus(page) == "reading"
    page.keyboard.press("z")
    assert focus(page) == "mark told Maduro"
    page.reload()
    page.wait_for_selector(".ready")
    page.locator("#reading").focus()
    page.keyboard.press("z")
    assert focus(page) == "mark told Maduro"
    page.keyboard.press("?")
    page.get_by_role("button", name="Back to the standard keys").click()
    expect(button).to_have_text("n")


def test_the_key_that_opens_a_card_can_be_another(site: Site, page: Page, marked: str) -> None:
    page.locator("#reading").focus()
    page.keyboard.press("?")
    page.get_by_role("button", name="Open the card of the mark").click()
    page.keyboard.press("z")
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.keyboard.press("z")
    expect(page.locator("#card-editor blockquote")).to_have_text("told Maduro")


@pytest.mark.parametrize(
    ("key", "does"), [("p", "Previous mark"), ("2", "Actor"), ("o", "supports")]
)
def test_a_key_that_is_taken_is_told_and_not_given_twice(
    site: Site, page: Page, marked: str, key: str, does: str
) -> None:
    page.locator("#reading").focus()
    page.keyboard.press("?")
    button = page.get_by_role("button", name="Next mark", exact=True)
    button.click()
    page.keyboard.press(with_shift(key))
    expect(button).to_have_text(f"That key already does “{does}”.")
    assert polite(page) == f"That key already does “{does}”."
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    assert focus(page) == "mark told Maduro"


def test_what_a_key_button_tells_is_not_taken_away_by_what_comes_late(
    library: Site, page: Page
) -> None:
    held: list[Route] = []
    page.route("**/cursor", lambda route: held.append(route))
    page.goto(library.demo)
    page.wait_for_selector(".ready")
    page.locator("#reading").focus()
    page.keyboard.press("?")
    button = page.get_by_role("button", name="Next mark", exact=True)
    button.click()
    page.keyboard.press("2")
    expect(button).to_have_text("That key already does “Actor”.")
    for route in held:
        route.continue_()
    expect(page.locator("#cursor-parts")).to_be_attached()
    assert button.inner_text() == "That key already does “Actor”."
    button.click()
    expect(button).to_have_text("…")
    page.keyboard.press("Escape")
    expect(button).to_have_text("n")


def test_escape_leaves_a_key_as_it_was_and_the_dialogue_open(
    site: Site, page: Page, marked: str
) -> None:
    page.locator("#reading").focus()
    page.keyboard.press("?")
    button = page.get_by_role("button", name="Next mark", exact=True)
    button.click()
    page.keyboard.press("Escape")
    expect(button).to_have_text("n")
    expect(page.locator("#help")).to_be_visible()
    button.click()
    page.keyboard.press("Backspace")
    expect(button).to_have_text("—")
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    assert focus(page) == "reading"


def test_every_command_of_a_single_key_is_a_button_as_well(
    site: Site, page: Page, marked: str
) -> None:
    open_card(page, "Reuters")
    page.locator(".foot [data-command=cursor]").click()
    expect(page.locator("#cursor")).to_be_focused()
    commands = page.evaluate(
        "() => [...document.querySelectorAll('[data-remap]')].map((it) => it.dataset.remap)"
    )
    without = [
        command
        for command in commands
        if page.locator(f"button[data-command={command}], a[data-command={command}]").count() == 0
        and page.locator(f"#card-editor form[data-write={command}] button").count() == 0
        and page.locator(f"#card-editor input#edit-{command}").count() == 0
    ]
    assert len(commands) >= 29
    # These act on what is not on this page, or in a field; their controls come with it.
    assert sorted(without) == [
        "accept",  # in the suggestion's card
        "previousSuggestion",  # the list of suggestions
        "reject",  # in the suggestion's card
    ]


def test_the_buttons_go_from_mark_to_mark_and_open_it(site: Site, page: Page, marked: str) -> None:
    foot = page.locator(".foot")
    foot.get_by_role("button", name="next mark").click()
    foot.get_by_role("button", name="next mark").click()
    assert focus(page) == "mark Reuters"
    foot.get_by_role("button", name="previous mark").click()
    assert focus(page) == "mark told Maduro"
    foot.get_by_role("button", name="open").click()
    expect(page.locator("#card-editor blockquote")).to_have_text("told Maduro")


def test_escape_leaves_one_thing_at_a_time_from_the_inside_out(
    site: Site, page: Page, marked: str
) -> None:
    open_card(page, "Reuters")
    page.get_by_role("button", name="Close the card").focus()
    page.locator("#index-button").click()
    expect(page.locator("#index")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#index")).to_be_hidden()
    assert focus(page) == "index-button"
    expect(page.locator("#editor")).to_be_visible()
    page.locator("#reading").focus()
    select(page, "Trump")
    expect(page.locator("#bar")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#bar")).to_be_hidden()
    expect(page.locator("#editor")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#editor")).to_be_hidden()


def test_a_swap_of_its_paragraph_leaves_the_focus_on_a_mark(
    site: Site, page: Page, marked: str
) -> None:
    page.locator("#reading").focus()
    page.keyboard.press("n")
    select(page, "leave")
    page.locator("#bar button").nth(2).click()
    page.locator("#reading mark").first.focus()
    page.keyboard.press("Control+z")
    expect(page.locator("#polite")).to_have_text("Undone")
    assert focus(page) == "mark told Maduro"


def test_the_bar_is_a_toolbar_with_arrow_keys(site: Site, page: Page, story: str) -> None:
    page.locator("#reading").focus()
    select(page, "Trump")
    expect(page.locator("#bar")).to_be_visible()
    page.locator("#bar button").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    saved(page)
    assert site.marks(story) == [("actor", "Trump")]
    assert focus(page) == "reading"


def test_undo_by_its_button_leaves_the_focus_on_a_button_that_acts(
    site: Site, page: Page, story: str
) -> None:
    mark(page, "Trump", "2")
    page.locator("#undo-button").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#polite")).to_have_text("Undone")
    assert focus(page) == "redo-button"
    page.keyboard.press("Enter")
    expect(page.locator("#polite")).to_have_text("Brought back")
    assert focus(page) == "undo-button"


def test_marks_off_and_on_by_key_keeps_the_focus_in_the_text(
    site: Site, page: Page, marked: str
) -> None:
    page.locator("#reading").focus()
    page.keyboard.press("m")
    expect(page.locator("#reading mark")).to_have_count(0)
    page.wait_for_selector(".ready")
    assert focus(page) == "reading"
    page.keyboard.press("m")
    expect(page.locator("#reading mark")).to_have_count(3)
