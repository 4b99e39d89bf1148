"""The same again: one key shows where the words stand once more, and marks all, some or none."""

from unicodedata import normalize

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, saved, select
from tests.browser.hands import focus, mark, polite

STORY = (
    "Trump called.\n\nMaduro told Trump that the sanction stays.\n\n"
    "TRUMP: “Sanctions!” Trump’s party and Trumpet."
)


@pytest.fixture
def story(site: Site, page: Page) -> str:
    address = site.write(STORY)
    page.goto(address)
    page.wait_for_selector(".ready")
    return address


def painted(page: Page, name: str = "again") -> list[str]:
    return page.evaluate(
        """(name) => { const found = CSS.highlights.get(name);
            return found ? [...found].map((range) => range.toString()) : []; }""",
        name,
    )


def listed(page: Page) -> list[str]:
    return [" ".join(row.split()) for row in page.locator("#again li").all_inner_texts()]


def test_three_keys_mark_a_name_everywhere_in_the_document(
    site: Site, page: Page, story: str
) -> None:
    mark(page, "Trump", "2")
    page.keyboard.press("=")
    expect(page.locator("#again-mark")).to_be_focused()
    assert page.locator("#again-mark").inner_text() == "Mark 2"
    assert polite(page) == "2 more places, not marked yet."
    assert painted(page) == ["Trump", "Trump"]
    page.keyboard.press("Enter")
    expect(page.locator("#again")).to_have_count(0)
    saved(page)
    assert site.marks(story) == [("actor", "Trump")] * 3
    assert polite(page) == "2 more marked; one undo takes all back"
    assert focus(page) == "reading"
    assert painted(page) == []


def test_one_undo_takes_all_of_them_back_and_redo_brings_them(
    site: Site, page: Page, story: str
) -> None:
    mark(page, "Trump", "2")
    page.keyboard.press("=")
    page.locator("#again-mark").press("Enter")
    saved(page)
    page.keyboard.press("Control+z")
    saved(page)
    assert site.marks(story) == [("actor", "Trump")]
    page.keyboard.press("Control+Shift+z")
    saved(page)
    assert len(site.marks(story)) == 3


def test_the_key_may_follow_the_label_at_once(site: Site, page: Page, story: str) -> None:
    page.locator("#reading").focus()
    select(page, "Trump")
    page.keyboard.press("2")
    page.keyboard.press("=")
    page.locator("#again-mark").press("Enter")
    saved(page)
    assert site.marks(story) == [("actor", "Trump")] * 3


def test_case_and_inflection_are_a_choice_each(site: Site, page: Page, story: str) -> None:
    mark(page, "Trump", "2")
    page.keyboard.press("=")
    page.get_by_label("Same capitals").press("Space")
    expect(page.locator("#again-mark")).to_have_text("Mark 3")
    assert painted(page) == ["Trump", "TRUMP", "Trump"]
    page.keyboard.press("Escape")
    mark(page, "sanction", "1")
    page.keyboard.press("=")
    expect(page.locator("#again-said")).to_have_text("It stands nowhere else unmarked.")
    page.get_by_label("Other forms of the words, too").press("Space")
    page.get_by_label("Same capitals").press("Space")
    expect(page.locator("#again-mark")).to_have_text("Mark 1")
    assert painted(page) == ["Sanctions"]


def test_some_are_chosen_and_the_preview_shows_them(site: Site, page: Page, story: str) -> None:
    mark(page, "Trump", "2")
    page.keyboard.press("=")
    expect(page.locator("#again-mark")).to_be_focused()
    assert [row.replace(" ’", "’") for row in listed(page)] == [
        "…Maduro told Trump that the sanction stays.…",
        "…TRUMP: “Sanctions!” Trump’s party and Trumpet.…",
    ]
    page.locator("#again li input").first.press("Space")
    expect(page.locator("#again-mark")).to_have_text("Mark 1")
    assert len(painted(page)) == 1
    page.locator("#again-mark").press("Enter")
    saved(page)
    assert site.marks(story) == [("actor", "Trump")] * 2


def test_escape_marks_none(site: Site, page: Page, story: str) -> None:
    mark(page, "Trump", "2")
    page.keyboard.press("=")
    expect(page.locator("#again")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#again")).to_have_count(0)
    assert (focus(page), painted(page)) == ("reading", [])
    assert site.marks(story) == [("actor", "Trump")]
    page.keyboard.press("=")
    page.get_by_role("button", name="None", exact=True).click()
    assert painted(page) == []
    page.get_by_role("button", name="Mark none").click()
    expect(page.locator("#again")).to_have_count(0)
    assert site.marks(story) == [("actor", "Trump")]


def test_the_whole_project_is_marked_and_taken_back_in_one(
    site: Site, page: Page, story: str
) -> None:
    other = site.write("Elsewhere, a Trumpet again.\n\nTrumpet.")
    mark(page, "Trumpet", "2")
    page.keyboard.press("=")
    page.get_by_label("In the project").check()
    expect(page.locator("#again-mark")).to_have_text("Mark 2")
    page.locator("#again-mark").press("Enter")
    saved(page)
    assert (len(site.marks(story)), len(site.marks(other))) == (1, 2)
    page.keyboard.press("Control+z")
    saved(page)
    assert (len(site.marks(story)), len(site.marks(other))) == (1, 0)


def test_the_marks_carry_the_actor_and_say_where_they_come_from(
    site: Site, page: Page, story: str
) -> None:
    mark(page, "Trump", "2")
    page.keyboard.press("Enter")
    page.get_by_label("Actor", exact=True).last.fill("Donald Trump")
    page.keyboard.press("Tab")
    saved(page)
    page.keyboard.press("Escape")
    page.keyboard.press("=")
    page.locator("#again-mark").press("Enter")
    saved(page)
    kept = site.store.documents.find(site.project, story.rpartition("/")[2])
    found = site.store.marks.of(kept)
    assert [m.entity for m in found] == ["Donald Trump"] * 3
    assert [m.origin.kind for m in found] == ["hand", "same-again", "same-again"]


def test_without_a_mark_the_key_says_what_is_missing(page: Page, story: str) -> None:
    page.locator("#reading").focus()
    page.keyboard.press("=")
    expect(page.locator("#polite")).to_have_text("Mark something first, or go to a mark.")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("😀 مادورو قال 👩🏽‍🚀.\n\nثم مادورو رفض.", "مادورو"),
        ("A\u0301lvaro e\u0301l.\n\nÁlvaro A\u0301lvaro.", "A\u0301lvaro"),
        ("習近平は言う。\n\n習近平と🎌習近平。", "習近平"),
    ],
)
def test_places_are_exact_in_any_script(site: Site, page: Page, text: str, word: str) -> None:
    address = site.write(text)
    page.goto(address)
    page.wait_for_selector(".ready")
    mark(page, word, "2")
    page.keyboard.press("=")
    expect(page.locator("#again-mark")).to_be_focused()
    found = painted(page)
    page.locator("#again-mark").press("Enter")
    saved(page)
    quotes = [quote for _, quote in site.marks(address)]
    assert sorted([word, *found]) == sorted(quotes)
    assert len(quotes) >= 2
    assert {normalize("NFC", quote) for quote in quotes} == {normalize("NFC", word)}


def test_hostile_words_stay_words(site: Site, page: Page) -> None:
    evil = "<img src=x onerror=alert(1)>"
    address = site.write(f"{evil} one.\n\nTwo {evil} & <b>three</b>.")
    page.goto(address)
    page.wait_for_selector(".ready")
    mark(page, evil, "1")
    page.keyboard.press("=")
    expect(page.locator("#again-mark")).to_have_text("Mark 1")
    assert page.locator("#again img").count() == 0
    page.locator("#again-mark").press("Enter")
    saved(page)
    assert site.marks(address) == [("claim", evil)] * 2


def test_without_scripts_it_is_a_page_with_a_form(site: Site, new_page) -> None:  # type: ignore[no-untyped-def]
    address = site.write(STORY)
    with_scripts = new_page()
    with_scripts.goto(address)
    with_scripts.wait_for_selector(".ready")
    mark(with_scripts, "Trump", "2")
    kept = site.store.documents.find(site.project, address.rpartition("/")[2])
    (made,) = site.store.marks.of(kept)
    page = new_page(java_script_enabled=False)
    page.goto(f"{site.address}/projects/demo/annotations/{made.id}/again")
    page.get_by_label("Same capitals").uncheck()
    page.get_by_role("button", name="Look").click()
    expect(page.locator("#again li")).to_have_count(3)
    page.get_by_role("button", name="Mark the chosen places").click()
    assert [quote for _, quote in site.marks(address)] == ["Trump", "Trump", "TRUMP", "Trump"]
