"""Suggestions: gone through by keys, accepted, rejected and swept; unlike marks to eye and ear."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from annotations.suggest import Proposal
from tests.browser.conftest import Site, saved
from tests.browser.hands import focus, mark, polite
from tests.browser.test_same_again import painted

STORY = "Trump told Maduro to leave.\n\nReuters reports the call.\n\nMaduro refused; Trump hung up."
EVIL = "<img src=x onerror=alert(1)>"


def offer(
    site: Site, address: str, *wanted: tuple[str, str, float], source: str = "memory"
) -> None:
    """Suggest the first place of each quote; nothing else is looked for."""
    document = site.store.documents.find(site.project, address.rpartition("/")[2])
    text = document.value.text
    found = [
        Proposal(start=text.index(quote), end=text.index(quote) + len(quote), label=label, score=s)
        for quote, label, s in wanted
    ]
    newest = site.store.suggestions.newest(site.project) + 1_000_000
    for name in ("memory", "rules", source):
        site.store.suggestions.offer(document, name, found if name == source else [], newest)


@pytest.fixture
def story(site: Site, page: Page) -> str:
    """A short article with three suggestions, open in the browser."""
    address = site.write(STORY)
    offer(
        site, address, ("Trump", "actor", 0.95), ("Maduro to leave", "demand", 0.6),
        ("Reuters", "actor", 0.9),
    )  # fmt: skip
    page.goto(address)
    page.wait_for_selector(".ready")
    page.locator("#reading").focus()
    return address


def shown(page: Page) -> str:
    """The suggestion that the card shows."""
    return page.locator("#offer .q").inner_text()


def go(page: Page, quote: str, key: str = ";") -> None:
    page.keyboard.press(key)
    expect(page.locator("#offer .q")).to_have_text(quote)


def test_keys_go_from_suggestion_to_suggestion_and_say_what_it_is(page: Page, story: str) -> None:
    go(page, "Trump")
    assert polite(page) == "Suggestion 1 of 3: actor, “Trump”, past marks, 95 per cent"
    go(page, "Maduro to leave")
    go(page, "Reuters")
    page.keyboard.press(";")
    expect(page.locator("#polite")).to_have_text("There is no suggestion left here.")
    go(page, "Maduro to leave", ",")
    assert polite(page) == "Suggestion 2 of 3: demand, “Maduro to leave”, past marks, 60 per cent"
    assert focus(page) == "reading"


def test_a_accepts_q_rejects_and_both_move_on(site: Site, page: Page, story: str) -> None:
    go(page, "Trump")
    page.keyboard.press("a")
    expect(page.locator("#offer .q")).to_have_text("Maduro to leave")
    assert polite(page).startswith("Accepted. Suggestion")
    page.keyboard.press("q")
    expect(page.locator("#offer .q")).to_have_text("Reuters")
    assert polite(page).startswith("Rejected. Suggestion")
    page.keyboard.press("a")
    saved(page)
    assert site.marks(story) == [("actor", "Trump"), ("actor", "Reuters")]
    expect(page.locator("#offer")).to_be_hidden()
    assert polite(page) == "Accepted. There is no suggestion left here."
    assert page.locator("#reading mark").all_inner_texts() == ["Trump", "Reuters"]


def test_keys_that_are_faster_than_the_server_lose_nothing(
    site: Site, page: Page, story: str
) -> None:
    slow = {"offline": False, "latency": 300, "downloadThroughput": -1, "uploadThroughput": -1}
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", slow)
    for key in (";", "a", "q", "a"):
        page.keyboard.press(key)
    expect(page.locator("#reading mark")).to_have_count(2)
    saved(page)
    assert site.marks(story) == [("actor", "Trump"), ("actor", "Reuters")]


def test_undo_brings_back_what_was_accepted_and_what_was_rejected(
    site: Site, page: Page, story: str
) -> None:
    go(page, "Trump")
    page.keyboard.press("a")
    page.keyboard.press("q")
    saved(page)
    expect(page.locator("#suggestion-list")).to_have_attribute("data-total", "1")
    page.keyboard.press("Control+z")
    saved(page)
    expect(page.locator("#suggestion-list")).to_have_attribute("data-total", "2")
    page.keyboard.press("Control+z")
    saved(page)
    expect(page.locator("#suggestion-list")).to_have_attribute("data-total", "3")
    assert site.marks(story) == []


def test_what_was_rejected_does_not_come_back_after_a_reload(
    site: Site, page: Page, story: str
) -> None:
    go(page, "Trump")
    page.keyboard.press("q")
    saved(page)
    offer(site, story, ("Trump", "actor", 0.99), ("Reuters", "actor", 0.9))
    page.reload()
    page.wait_for_selector(".ready")
    page.locator("#reading").focus()
    go(page, "Reuters")
    assert polite(page) == "Suggestion 1 of 1: actor, “Reuters”, past marks, 90 per cent"


def test_a_mark_that_was_accepted_and_then_moved_says_that_it_was_edited(
    site: Site, page: Page, story: str
) -> None:
    go(page, "Trump")
    page.keyboard.press("a")
    saved(page)
    page.keyboard.press("Escape")
    page.keyboard.press("l")
    expect(page.locator("#reading mark")).to_have_text("Trump told")
    saved(page)
    kept = site.store.documents.find(site.project, story.rpartition("/")[2])
    (made,) = site.store.marks.of(kept)
    assert (made.origin.kind, made.origin.score, made.origin.edited) == ("memory", 0.95, True)


def test_a_suggestion_looks_like_no_mark(page: Page, story: str) -> None:
    go(page, "Trump")
    assert page.locator("#reading mark").count() == 0
    assert painted(page, "offer-green") == ["Trump", "Reuters"]
    assert painted(page, "offer-orange") == ["Maduro to leave"]
    lines = page.evaluate(
        """() => { const block = document.querySelector(".b");
            const style = getComputedStyle(block, "::highlight(offer-green)");
            return [style.textDecorationLine, style.textDecorationStyle]; }"""
    )
    assert lines == ["underline overline", "dashed"]
    page.emulate_media(forced_colors="active")
    lines = page.evaluate(
        """() => getComputedStyle(document.querySelector(".b"), "::highlight(offer-green)")
            .textDecorationLine"""
    )
    assert lines == "underline overline"


def test_a_voice_hears_a_named_group_with_two_buttons(page: Page, story: str) -> None:
    go(page, "Trump")
    card = page.get_by_role("group", name="Suggestion")
    assert card.get_by_role("button").all_inner_texts() is not None
    for name in ("Accept", "Reject", "Previous suggestion", "Next suggestion", "Close"):
        expect(card.get_by_role("button", name=name)).to_be_visible()


def test_buttons_do_what_keys_do(site: Site, page: Page, story: str) -> None:
    page.locator("#show-menu summary").click()
    page.get_by_role("button", name="Next suggestion").click()
    expect(page.locator("#offer .q")).to_have_text("Trump")
    page.locator("#offer").get_by_role("button", name="Next suggestion").click()
    expect(page.locator("#offer .q")).to_have_text("Maduro to leave")
    page.locator("#offer").get_by_role("button", name="Accept").click()
    saved(page)
    assert site.marks(story) == [("demand", "Maduro to leave")]
    page.keyboard.press("q")
    saved(page)
    page.keyboard.press("Escape")
    expect(page.locator("#offer")).to_be_hidden()
    assert focus(page) == "reading"


def test_the_panel_lists_all_and_sweeps_with_a_threshold(
    site: Site, page: Page, story: str
) -> None:
    page.locator("#show-menu summary").click()
    page.locator("#suggestions-button").click()
    panel = page.get_by_role("complementary", name="Suggestions")
    expect(panel.locator("li")).to_have_count(3)
    slider = panel.get_by_label("Score of at least")
    slider.fill("90")
    expect(panel.get_by_role("button", name="Accept these 2")).to_be_visible()
    slider.fill("100")
    expect(panel.get_by_role("button", name="Accept these 0")).to_be_disabled()
    slider.fill("90")
    panel.get_by_role("button", name="Accept these 2").click()
    saved(page)
    expect(panel.locator("li")).to_have_count(1)
    assert site.marks(story) == [("actor", "Trump"), ("actor", "Reuters")]
    assert polite(page) == "2 suggestions accepted; one undo takes all back"
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    page.keyboard.press("Control+z")
    saved(page)
    assert site.marks(story) == []


def test_a_source_is_switched_off_and_stays_off(site: Site, page: Page, story: str) -> None:
    offer(site, story, ("hung up", "claim", 0.5), source="tagger 2")
    page.reload()
    page.wait_for_selector(".ready")
    page.evaluate("document.querySelector('#suggestions-button').click()")
    panel = page.locator("#suggestions")
    expect(panel.locator("li")).to_have_count(1)
    panel.get_by_label("tagger 2").uncheck()
    expect(panel.locator("li")).to_have_count(0)
    page.reload()
    page.wait_for_selector(".ready")
    page.locator("#reading").focus()
    page.keyboard.press(";")
    expect(page.locator("#polite")).to_have_text("There is no suggestion left here.")


def test_the_server_looks_by_itself_and_the_page_shows_what_it_found(
    site: Site, page: Page
) -> None:
    address = site.write("Reuters met Trump, says the agency.")
    page.goto(address)
    page.wait_for_selector(".ready")
    page.locator("#reading").focus()
    page.keyboard.press(";")
    expect(page.locator("#offer")).to_be_visible(timeout=60_000)
    assert shown(page) == "Reuters"
    page.keyboard.press("a")
    saved(page)
    kept = site.store.documents.find(site.project, address.rpartition("/")[2])
    (made,) = site.store.marks.of(kept)
    assert (made.label, made.entity, made.origin.kind) == ("actor", "Reuters", "memory")


def test_hostile_text_in_a_suggestion_stays_text(site: Site, page: Page) -> None:
    address = site.write(f"{EVIL} one.")
    offer(site, address, (EVIL, "claim", 0.5), source=f"tagger {EVIL}")
    page.goto(address)
    page.wait_for_selector(".ready")
    page.locator("#reading").focus()
    go(page, EVIL)
    assert page.locator("#offer img, #suggestions img").count() == 0
    assert EVIL in polite(page)
    page.keyboard.press("a")
    saved(page)
    assert site.marks(address) == [("claim", EVIL)]


def test_what_is_marked_by_hand_is_suggested_no_longer(site: Site, page: Page, story: str) -> None:
    go(page, "Trump")
    mark(page, "Reuters", "2")
    expect(page.locator("#suggestion-list")).to_have_attribute("data-total", "2")
    assert painted(page, "offer-green") == ["Trump"]


def test_a_finger_reads_accepts_and_rejects_at_390_pixels(
    site: Site, new_page: Callable[..., Page]
) -> None:
    address = site.write(STORY)
    offer(site, address, ("Trump", "actor", 0.95), ("Reuters", "actor", 0.9))
    page = new_page(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    page.goto(address)
    page.wait_for_selector(".ready")
    page.locator("#show-menu summary").tap()
    page.locator("#suggestions-button").tap()
    page.locator("#suggestions li a").first.tap()
    expect(page.locator("#suggestions")).to_be_hidden()
    card = page.locator("#offer")
    expect(card).to_be_visible()
    for button in card.get_by_role("button").all():
        box = button.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 32
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
    card.get_by_role("button", name="Accept").tap()
    card.get_by_role("button", name="Reject").tap()
    saved(page)
    assert site.marks(address) == [("actor", "Trump")]


def test_without_scripts_suggestions_are_a_page_with_forms(
    site: Site, new_page: Callable[..., Page]
) -> None:
    address = site.write(STORY)
    offer(site, address, ("Trump", "actor", 0.95), ("Reuters", "actor", 0.9))
    page = new_page(java_script_enabled=False)
    page.goto(f"{address}/suggestions")
    page.get_by_role("button", name="Accept: Trump").click()
    page.get_by_role("button", name="Reject: Reuters").click()
    assert site.marks(address) == [("actor", "Trump")]
    expect(page.locator("#suggestion-list li")).to_have_count(0)
