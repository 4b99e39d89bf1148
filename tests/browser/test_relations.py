"""Relations: made from a card by a click or from the list, shown on both sides, removed, undone."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Site, saved
from tests.browser.hands import focus, mark, open_card, polite

STORY = "Trump told Maduro to leave.\n\nReuters reports the call.\n\nMaduro refused; Trump hung up."


@pytest.fixture
def story(site: Site, page: Page) -> str:
    """A demand and two actors, marked; the card of the demand is open."""
    address = site.write(STORY)
    page.goto(address)
    page.wait_for_selector(".ready")
    mark(page, "to leave", "3")
    mark(page, "Trump", "2")
    mark(page, "Reuters", "2")
    open_card(page, "to leave")
    return address


def joined(site: Site, address: str) -> list[tuple[str, str]]:
    """The relations that are stored: kind, and the quote or the actor they lead to."""
    kept = site.store.documents.find(site.project, address.rpartition("/")[2])
    quotes = {a.id: a.quote(kept.value.text) for a in site.store.marks.of(kept)}
    return [
        (r.label, quotes[r.child] if r.child else f"@{r.child_entity}")
        for r in site.store.marks.relations_of(kept)
    ]


def lines(page: Page) -> list[str]:
    """The relations that the open card shows."""
    return [
        " ".join(line.split())
        for line in page.locator(".relations > ul > li > span").all_inner_texts()
    ]


def kind(page: Page, name: str) -> Locator:
    """The button of the card that begins a relation of that kind."""
    return page.locator(f"[data-relate='{name}']")


def chosen(page: Page) -> Locator:
    """The choice that Enter would take."""
    return page.locator("#picker-list [aria-selected=true]")


def test_a_click_on_a_mark_joins_it(site: Site, page: Page, story: str) -> None:
    kind(page, "made by").click()
    expect(page.locator("#picker-field")).to_be_focused()
    assert polite(page) == "made by: choose, or click a mark in the text. Escape leaves."
    page.locator("#reading mark", has_text="Trump").click()
    saved(page)
    assert joined(site, story) == [("made by", "Trump")]
    assert lines(page) == ["made by Donald Trump"]
    assert polite(page) == "Made by, joined"
    expect(page.locator(".card.statement .said")).to_contain_text("made by Donald Trump")
    page.locator("#reading mark", has_text="Trump").click()
    expect(page.locator("#card-editor blockquote")).to_have_text("Trump")
    assert lines(page) == ["← made by to leave"]


def test_a_click_on_a_card_joins_it_as_well(site: Site, page: Page, story: str) -> None:
    kind(page, "made by").click()
    page.locator(".card", has_text="Reuters").dispatch_event("click")
    saved(page)
    assert joined(site, story) == [("made by", "Reuters")]


def test_the_list_is_gone_through_by_keyboard(site: Site, page: Page, story: str) -> None:
    button = kind(page, "made by")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#picker-field")).to_be_focused()
    expect(chosen(page)).to_contain_text("Donald Trump")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(chosen(page)).to_contain_text("Reuters")
    page.keyboard.press("Enter")
    saved(page)
    assert joined(site, story) == [("made by", "Reuters")]
    expect(kind(page, "made by")).to_be_focused()
    expect(page.locator("#picker")).to_be_hidden()


def test_enter_takes_what_fits_the_words_typed_however_fast(
    site: Site, page: Page, story: str
) -> None:
    kind(page, "reported by").click()
    expect(page.locator("#picker-field")).to_be_focused()
    page.keyboard.type("Reut")
    page.keyboard.press("Enter")
    saved(page)
    expect(page.locator(".relations > ul > li")).to_have_count(1)
    assert joined(site, story) == [("reported by", "Reuters")]


def test_an_actor_who_is_never_mentioned_can_be_joined(site: Site, page: Page, story: str) -> None:
    kind(page, "addressed to").click()
    page.locator("#picker-field").fill("Delcy")
    choice = page.locator("#picker-list li", has_text="Delcy Rodríguez")
    expect(choice).to_contain_text("not mentioned here")
    choice.click()
    saved(page)
    assert joined(site, story) == [("addressed to", "@Delcy Rodríguez")]
    assert lines(page) == ["addressed to Delcy Rodríguez"]


def test_a_new_actor_can_be_named(site: Site, page: Page, story: str) -> None:
    kind(page, "addressed to").click()
    page.locator("#picker-field").fill("The crowd")
    page.locator("#picker-list li", has_text="new actor").click()
    saved(page)
    assert joined(site, story) == [("addressed to", "@The crowd")]


def test_a_relation_is_removed_and_comes_back(site: Site, page: Page, story: str) -> None:
    kind(page, "made by").click()
    page.locator("#reading mark", has_text="Trump").click()
    saved(page)
    page.get_by_role("button", name="Remove this relation: made by").click()
    expect(page.locator(".relations > ul > li")).to_have_count(0)
    saved(page)
    assert polite(page) == "Relation removed"
    assert joined(site, story) == []
    assert page.locator("#editor").evaluate("(it) => it.contains(document.activeElement)")
    for key, there in (
        ("Control+z", [("made by", "Trump")]),
        ("Control+z", []),
        ("Control+Shift+Z", [("made by", "Trump")]),
    ):
        page.keyboard.press(key)
        expect(page.locator(".relations > ul > li")).to_have_count(len(there))
        saved(page)
        assert joined(site, story) == there


def test_undo_of_a_relation_works_after_a_reload(site: Site, page: Page, story: str) -> None:
    kind(page, "made by").click()
    page.locator("#reading mark", has_text="Trump").click()
    saved(page)
    page.goto(story)
    page.wait_for_selector(".ready")
    page.keyboard.press("Control+z")
    expect(page.locator("#polite")).to_have_text("Undone")
    assert joined(site, story) == []
    page.keyboard.press("Control+Shift+Z")
    expect(page.locator("#polite")).to_have_text("Brought back")
    assert joined(site, story) == [("made by", "Trump")]


def test_the_same_relation_twice_is_refused_with_the_reason(
    site: Site, page: Page, story: str
) -> None:
    for _ in range(2):
        kind(page, "made by").click()
        page.locator("#reading mark", has_text="Trump").click()
        page.wait_for_timeout(100)
    expect(page.locator("#problem")).to_contain_text("They are joined by “made by” already.")
    assert joined(site, story) == [("made by", "Trump")]


def test_escape_leaves_a_relation_that_is_being_made(site: Site, page: Page, story: str) -> None:
    kind(page, "made by").click()
    expect(page.locator("#picker-field")).to_be_focused()
    page.keyboard.press("Escape")
    expect(kind(page, "made by")).to_be_focused()
    expect(page.locator("#picker")).to_be_hidden()
    assert page.locator("#editor").is_visible()
    page.locator("#reading mark", has_text="Trump").click()
    expect(page.locator("#card-editor blockquote")).to_have_text("Trump")
    assert joined(site, story) == []


def test_a_relation_leads_from_the_card_it_was_begun_at_or_nowhere(
    site: Site, page: Page, story: str
) -> None:
    kind(page, "made by").click()
    expect(page.locator("#picker-field")).to_be_focused()
    page.locator("#index-button").click()
    page.locator("#index a", has_text="¶2").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#card-editor blockquote")).to_have_text("Reuters")
    page.keyboard.press("Escape")
    page.locator("#reading mark", has_text="Trump").click()
    expect(page.locator("#card-editor blockquote")).to_have_text("Trump")
    assert joined(site, story) == []


def test_a_deleted_mark_takes_its_relations_along_and_brings_them_back(
    site: Site, page: Page, story: str
) -> None:
    kind(page, "made by").click()
    page.locator("#reading mark", has_text="Trump").click()
    saved(page)
    page.locator("#card-editor").get_by_role("button", name="Delete").click()
    expect(page.locator("#editor")).to_be_hidden()
    saved(page)
    assert joined(site, story) == []
    assert focus(page) == "reading"
    page.keyboard.press("Control+z")
    expect(page.locator("#polite")).to_have_text("Undone")
    assert joined(site, story) == [("made by", "Trump")]
