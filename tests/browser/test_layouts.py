"""Keys on every keyboard layout, with and without Caps Lock, as browsers report them there."""

from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, saved, select, unaware
from tests.browser.hands import focus, mark, open_card, polite

pytestmark = pytest.mark.browser

STORY = "Trump told Maduro to leave.\n\nReuters reports the call.\n\nMaduro refused; Trump hung up."

MEANT = [
    # layout, key, code, Shift, AltGr, the keys that it may mean
    ("American", "1", "Digit1", False, False, ["1"]),
    ("American", "!", "Digit1", True, False, ["!"]),
    ("American", "?", "Slash", True, False, ["?"]),
    ("French", "&", "Digit1", False, False, ["1", "&"]),
    ("French", "1", "Digit1", True, False, ["1"]),
    ("French", "m", "Semicolon", False, False, ["m"]),
    ("Czech", "+", "Digit1", False, False, ["1", "+"]),
    ("German", "ö", "Semicolon", False, False, ["ö", ";"]),
    ("German", "[", "Digit8", False, True, ["["]),
    ("Russian", "т", "KeyN", False, False, ["т", "n"]),
    ("Russian", "Т", "KeyN", True, False, ["Т", "N"]),
    ("Greek", "ς", "KeyW", False, False, ["ς", "w"]),
    ("Arabic", "ى", "KeyN", False, False, ["ى", "n"]),
    ("with dead keys", "Dead", "Quote", False, False, ["Dead", "'"]),
    ("Caps Lock", "D", "KeyD", False, False, ["d"]),
    ("Caps Lock and Shift", "d", "KeyD", True, False, ["D"]),
    ("Russian, Caps Lock", "Т", "KeyN", False, False, ["т", "n"]),
    ("digits aside", "1", "Numpad1", False, False, ["1"]),
    ("digits aside, as arrows", "End", "Numpad1", False, False, ["End"]),
    ("a capital of two letters", "ß", "Minus", True, False, ["ß", "_"]),
    ("no code", "n", "", False, False, ["n"]),
]


def press(page: Page, key: str, code: str, **how: bool) -> None:
    """Press a key as a browser reports it on some layout."""
    page.evaluate(
        """([key, code, how]) => document.activeElement.dispatchEvent(new KeyboardEvent(
            "keydown", {key, code, ...how, bubbles: true, cancelable: true}))""",
        [key, code, how],
    )


def test_a_key_means_what_it_writes_or_what_stands_at_its_place(site: Site, page: Page) -> None:
    page.goto(site.write(STORY))
    page.wait_for_selector("html.ready")
    address = page.evaluate(
        "performance.getEntriesByType('resource').map((it) => it.name)"
        ".find((it) => it.includes('/assets/')).replace(/(assets\\/[^/]+\\/).*/, '$1js/keys.js')"
    )
    found = page.evaluate(
        """async ([address, rows]) => {
            const {keysMeant} = await import(address);
            return rows.map(([, key, code, shiftKey, modifierAltGraph]) =>
                keysMeant(new KeyboardEvent("keydown", {key, code, shiftKey, modifierAltGraph})));
        }""",
        [address, MEANT],
    )
    assert found == [meant for *_, meant in MEANT]


def test_one_marks_goes_and_takes_back_on_other_layouts_and_with_caps_lock(
    site: Site, page: Page
) -> None:
    address = site.write(STORY)
    page.goto(address)
    page.wait_for_selector("html.ready")
    page.locator("#reading").focus()
    for quote, key, code in (
        ("Trump", "é", "Digit2"),  # French
        ("told Maduro", "+", "Digit1"),  # Czech
        ("Reuters", "2", "Numpad2"),
    ):
        select(page, quote)
        press(page, key, code)
        saved(page)
    assert site.marks(address) == [
        ("actor", "Trump"),
        ("claim", "told Maduro"),
        ("actor", "Reuters"),
    ]
    page.goto("about:blank")
    page.goto(address)
    page.wait_for_selector("html.ready")
    page.locator("#reading").focus()
    press(page, "т", "KeyN")
    assert focus(page) == "mark Trump"
    press(page, "N", "KeyN")  # with Caps Lock, which leads to no other article
    assert focus(page) == "mark told Maduro"
    press(page, "З", "KeyP")  # Russian, with Caps Lock
    assert focus(page) == "mark Trump"
    press(page, "я", "KeyZ", ctrlKey=True)
    expect(page.locator("#reading mark")).to_have_text(["Trump", "told Maduro"])
    press(page, "Я", "KeyZ", ctrlKey=True, shiftKey=True)
    expect(page.locator("#reading mark")).to_have_text(["Trump", "told Maduro", "Reuters"])
    press(page, "D", "KeyD")
    press(page, "d", "KeyD", shiftKey=True)
    expect(page.locator("#desk")).to_have_attribute("data-state", "done")


def test_with_nothing_left_to_undo_a_sentence_says_so_and_nothing_has_failed(
    site: Site, page: Page
) -> None:
    address = site.write(STORY)
    unaware(page)
    page.goto(address)
    page.wait_for_selector("html.ready")
    page.locator("#reading").focus()
    page.keyboard.press("Control+z")
    expect(page.locator("#polite")).to_have_text("There is nothing to undo.")
    mark(page, "Reuters", "2")
    document = site.store.documents.find(site.project, address.rpartition("/")[2])
    act = replace(site.act("undo", site.project), document=document.key)
    site.store.log.undo(act)  # in another tab
    page.keyboard.press("Control+z")
    expect(page.locator("#polite")).to_have_text("There is nothing to undo.")
    expect(page.locator(".problem")).to_have_count(0)
    expect(page.locator("#undo-button")).to_be_disabled()
    expect(page.locator("#redo-button")).to_be_enabled()


def test_the_guidelines_open_while_a_card_is_open(site: Site, page: Page) -> None:
    page.goto(site.write(STORY))
    page.wait_for_selector("html.ready")
    mark(page, "Reuters", "2")
    open_card(page, "Reuters")
    page.locator("#show-menu summary").click()
    page.locator("#show-menu [data-command=guide]").click()
    expect(page.get_by_role("complementary", name="Guidelines and definitions")).to_be_visible()
    expect(page.locator("#card-editor")).to_be_visible()
    assert polite(page) != ""
