"""Linking by one key: the list beside the mark, what it offers first, and keys that do not wait."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import Site, saved, select
from tests.browser.hands import focus, mark, polite

STORY = (
    "Trump asked Maduro to leave.\n\nReuters says that the talks have failed.\n\n"
    "Maduro refused; Trump hung up."
)


@pytest.fixture
def story(site: Site, page: Page) -> str:
    """Three actors, marked; the focus is in the text."""
    address = site.write(STORY)
    page.goto(address)
    page.wait_for_selector(".ready")
    for actor in ("Trump", "Maduro", "Reuters"):
        mark(page, actor, "2")
    return address


def joined(site: Site, address: str) -> list[tuple[str, str, str]]:
    """The relations that are stored: the head's words, kind, and the words or actor it leads to."""
    kept = site.store.documents.find(site.project, address.rpartition("/")[2])
    quotes = {a.id: a.quote(kept.value.text) for a in site.store.marks.of(kept)}
    return [
        (quotes[r.head], r.label, quotes[r.child] if r.child else f"@{r.child_entity}")
        for r in site.store.marks.relations_of(kept)
    ]


def unsure(site: Site, address: str) -> list[str]:
    kept = site.store.documents.find(site.project, address.rpartition("/")[2])
    return [a.quote(kept.value.text) for a in site.store.marks.of(kept) if a.unsure]


def choices(page: Page) -> Locator:
    return page.locator("#picker-list [role=option]")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


@contextmanager
def slow(page: Page, seconds: float = 0.3) -> Iterator[None]:
    """Every answer of the server comes that much later."""

    def later(route: Route) -> None:
        page.wait_for_timeout(seconds * 1000)
        route.continue_()

    page.route(re.compile("/projects/"), later)
    yield
    page.unroute_all(behavior="wait")


def test_after_a_demand_one_key_lists_the_makers_and_enter_takes_the_first(
    site: Site, page: Page, story: str
) -> None:
    mark(page, "to leave", "3")
    press(page, "b")
    expect(choices(page).first).to_contain_text("Donald Trump")
    expect(choices(page).first).to_have_attribute("aria-selected", "true")
    press(page, "Enter")
    expect(page.locator("#picker")).to_be_hidden()
    saved(page)
    assert joined(site, story) == [("to leave", "made by", "Trump")]
    assert focus(page) == "reading"
    assert polite(page) == "Made by, joined"
    expect(page.locator(".card.statement .said")).to_contain_text("made by Donald Trump")


def test_each_relation_has_its_key_and_each_of_the_first_nine_its_digit(
    site: Site, page: Page, story: str
) -> None:
    mark(page, "to leave", "3")
    press(page, "t")
    expect(choices(page).first).to_contain_text("Nicolás Maduro")
    press(page, "Enter", "x")
    expect(choices(page).first).to_contain_text("Nicolás Maduro")
    press(page, "2")
    press(page, "r")
    expect(choices(page).nth(2)).to_be_visible()
    press(page, "ArrowDown", "ArrowDown", "ArrowUp", "Enter")
    saved(page)
    expect(page.locator("#undo-button")).to_be_enabled()
    kinds = [(kind, end) for _, kind, end in joined(site, story)]
    assert kinds[0] == ("addressed to", "Maduro")
    assert [kind for kind, _ in kinds] == ["addressed to", "rejected by", "reported by"]
    assert kinds[1][1] != "Maduro"


def test_keys_do_not_wait_for_the_server(site: Site, page: Page, story: str) -> None:
    page.locator("#reading").focus()
    with slow(page):
        select(page, "to leave")
        press(page, "3", "b", "Enter", "t", "Enter", "u")
        select(page, "the talks have failed")
        press(page, "1", "b", "Enter")
        expect(page.locator(".card.statement")).to_have_count(2)
        expect(page.locator(".card .said", has_text="made by Reuters")).to_have_count(1)
        saved(page)
    assert sorted(joined(site, story)) == [
        ("the talks have failed", "made by", "Reuters"),
        ("to leave", "addressed to", "Maduro"),
        ("to leave", "made by", "Trump"),
    ]
    assert unsure(site, story) == ["to leave"]
    assert focus(page) == "reading"


def test_a_key_acts_on_the_mark_that_has_the_focus(site: Site, page: Page, story: str) -> None:
    mark(page, "to leave", "3")
    mark(page, "the talks have failed", "1")
    press(page, "p", "p", "p")
    assert focus(page) == "mark to leave"
    press(page, "b")
    expect(choices(page).first).to_contain_text("Donald Trump")
    press(page, "Enter")
    saved(page)
    assert joined(site, story) == [("to leave", "made by", "Trump")]
    assert focus(page) == "mark to leave"


def test_an_actor_who_is_never_mentioned_is_typed_and_taken(
    site: Site, page: Page, story: str
) -> None:
    mark(page, "to leave", "3")
    press(page, "t")
    page.keyboard.type("deLCY rodriguez")
    expect(choices(page)).to_have_count(2)
    expect(choices(page).first).to_contain_text("Delcy Rodríguez")
    expect(choices(page).last).to_contain_text("new actor")
    press(page, "Enter")
    saved(page)
    assert joined(site, story) == [("to leave", "addressed to", "@Delcy Rodríguez")]


def test_enter_takes_what_was_typed_even_before_the_list_has_followed(
    site: Site, page: Page, story: str
) -> None:
    mark(page, "to leave", "3")
    press(page, "t")
    page.keyboard.type("The crowd")
    press(page, "Enter")
    saved(page)
    expect(page.locator(".card.statement .said")).to_contain_text("addressed to The crowd")
    assert joined(site, story) == [("to leave", "addressed to", "@The crowd")]


def test_escape_leaves_without_joining_and_the_focus_is_where_it_was(
    site: Site, page: Page, story: str
) -> None:
    mark(page, "to leave", "3")
    press(page, "b")
    expect(page.locator("#picker-field")).to_be_focused()
    press(page, "Escape")
    expect(page.locator("#picker")).to_be_hidden()
    assert focus(page) == "reading"
    assert joined(site, story) == []
    press(page, "p")
    assert focus(page).startswith("mark ")


def test_what_cannot_be_joined_says_so(page: Page, story: str) -> None:
    press(page, "b")  # the mark here is an actor
    expect(page.locator("#polite")).to_have_text("“made by” cannot lead from this mark.")
    expect(page.locator("#picker")).to_be_hidden()


def test_one_undo_takes_a_relation_back(site: Site, page: Page, story: str) -> None:
    mark(page, "to leave", "3")
    press(page, "b", "Enter")
    expect(page.locator(".card.statement .said")).to_contain_text("made by")
    press(page, "Control+z")
    expect(page.locator("#polite")).to_have_text("Undone")
    assert joined(site, story) == []


def test_the_list_is_a_combobox_to_a_screen_reader(page: Page, story: str) -> None:
    mark(page, "to leave", "3")
    press(page, "b")
    expect(choices(page).first).to_be_visible()
    field = page.get_by_role("combobox", name="made by")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("dialog", name="made by")).to_be_visible()
    options = page.get_by_role("listbox", name="made by").get_by_role("option")
    said = " ".join(options.first.inner_text().split())
    assert said == "1 Donald Trump Trump says so"
    assert field.get_attribute("aria-activedescendant") == options.first.get_attribute("id")
    press(page, "ArrowDown")
    assert field.get_attribute("aria-activedescendant") == options.nth(1).get_attribute("id")
    assert polite(page) == "made by: choose, or click a mark in the text. Escape leaves."
    page.keyboard.type("trump")
    expect(page.locator("#polite")).to_have_text("3 to choose from")


def test_unsure_is_one_key_and_shows_beside_the_letter(site: Site, page: Page, story: str) -> None:
    mark(page, "the talks have failed", "1")
    press(page, "u")
    saved(page)
    expect(page.locator("#polite")).to_have_text("Unsure")
    assert unsure(site, story) == ["the talks have failed"]
    piece = page.locator("#reading mark[data-u]")
    expect(piece).to_have_text("the talks have failed")
    shown = piece.evaluate("(it) => getComputedStyle(it, '::before').content")
    assert shown == '"C?" / ""'
    expect(page.locator(".card.statement .said")).to_contain_text("unsure")
    press(page, "u", "u", "u")
    expect(page.locator("#polite")).to_have_text("Sure again")
    saved(page)
    assert unsure(site, story) == []


def test_the_actor_or_concept_of_the_mark_here_is_one_key_away(
    site: Site, page: Page, story: str
) -> None:
    mark(page, "the talks have failed", "1")
    press(page, "c")
    page.keyboard.type("turning")
    expect(choices(page).first).to_contain_text("Turning point in relations")
    press(page, "Enter")
    saved(page)
    mark(page, "to leave", "3")
    press(page, "c")
    expect(choices(page).first).to_contain_text("Turning point in relations")  # as the one before
    press(page, "Enter")
    saved(page)
    mark(page, "Trump hung up", "2")
    press(page, "c")
    expect(choices(page).first).to_contain_text("Donald Trump")
    press(page, "Enter")
    saved(page)
    kept = site.store.documents.find(site.project, story.rpartition("/")[2])
    named = {a.quote(kept.value.text): a.concept or a.entity for a in site.store.marks.of(kept)}
    assert named["the talks have failed"] == named["to leave"] == "Turning point in relations"
    assert named["Trump hung up"] == "Donald Trump"


def test_it_works_on_a_narrow_screen_from_the_card(
    site: Site, new_page: Callable[..., Page]
) -> None:
    page = new_page(viewport={"width": 390, "height": 800}, has_touch=True)
    page.goto(site.write(STORY))
    page.wait_for_selector(".ready")
    mark(page, "Trump", "2")
    mark(page, "to leave", "3")
    page.locator("#reading mark", has_text="to leave").tap()
    page.locator("[data-relate='made by']").tap()
    expect(choices(page).first).to_contain_text("Donald Trump")
    box = page.locator("#picker").bounding_box()
    assert box is not None
    assert (box["x"], round(box["width"])) == (0, 390)
    choices(page).first.tap()
    expect(page.locator(".relations > ul > li")).to_have_count(1)


def test_what_is_unsure_can_be_shown_alone(site: Site, page: Page, story: str) -> None:
    mark(page, "the talks have failed", "1")
    press(page, "u")
    saved(page)
    page.goto(f"{story}?unsure=1")
    page.wait_for_selector(".ready")
    assert page.locator("#reading mark").all_inner_texts() == ["the talks have failed"]
    page.locator("#show-menu summary").click()
    page.get_by_role("link", name="All marks, sure or not").click()
    expect(page.locator("#reading mark")).to_have_count(4)
    page.goto(f"{site.address}/projects/demo/statements?unsure=1")
    assert page.locator("table q").all_inner_texts() == ["the talks have failed"]
