"""Borders: dragged by their handles, stepped by keys and buttons, and none of many steps lost."""

import pytest
from playwright.sync_api import Page, expect

from annotations.document import Annotated
from annotations.spans import Span
from tests.browser.conftest import Site, saved, unaware
from tests.browser.hands import focus, mark, open_card, point_of, polite, with_shift
from tests.documents import DOCUMENTS

STORY = "Trump told Maduro to leave.\n\nReuters reports the call.\n\nMaduro refused; Trump hung up."


@pytest.fixture
def story(site: Site, page: Page) -> str:
    address = site.write(STORY)
    page.goto(address)
    page.wait_for_selector(".ready")
    mark(page, "told Maduro", "1")
    return address


def pull(page: Page, side: str, x: float, y: float) -> None:
    box = page.locator(f".handle[data-side={side}]").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(x, y, steps=6)
    page.mouse.up()


@pytest.mark.parametrize(
    ("side", "quote", "stored"),
    [
        ("start", "Trump", "Trump told Maduro"),
        ("start", "Maduro", "Maduro"),
        ("end", "Maduro to", "told Maduro to"),
        ("end", "told", "told"),
        ("end", "reports", "told Maduro to leave.\n\nReuters reports"),
    ],
)
def test_a_handle_that_is_dragged_takes_the_border_along(
    site: Site, page: Page, story: str, side: str, quote: str, stored: str
) -> None:
    where = point_of(page, quote, end=side == "end")
    open_card(page, "told Maduro")
    pull(page, side, *where)
    saved(page)
    expect(page.locator("#card-editor blockquote")).to_have_text(stored)
    assert site.marks(story) == [("claim", stored)]


def test_a_handle_let_go_outside_the_text_stays_at_the_last_place(
    site: Site, page: Page, story: str
) -> None:
    open_card(page, "told Maduro")
    pull(page, "end", 1270, 5)
    page.wait_for_timeout(150)
    saved(page)
    [(_, quote)] = site.marks(story)
    assert quote.startswith("told Maduro")
    assert "leave" not in quote or quote.endswith("leave.")


KEYS = [
    ("l", "told Maduro to"),
    ("k", "told"),
    ("h", "Trump told Maduro"),
    ("j", "Maduro"),
    ("L", "told Maduro t"),
    ("K", "told Madur"),
    ("H", "p told Maduro"),
    ("J", "old Maduro"),
]


@pytest.mark.parametrize(("key", "stored"), KEYS)
def test_each_border_has_its_keys_by_word_and_by_character(
    site: Site, page: Page, story: str, key: str, stored: str
) -> None:
    page.keyboard.press("p")
    assert focus(page) == "mark told Maduro"
    page.keyboard.press(with_shift(key))
    expect(page.locator("#card-editor blockquote")).to_have_text(stored)
    saved(page)
    assert site.marks(story) == [("claim", stored)]
    assert focus(page) == f"mark {stored}"
    expect(page.locator("#polite")).to_contain_text("Border moved to “")


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("End one word later", "told Maduro to"),
        ("Begin one word earlier", "Trump told Maduro"),
        ("End one character earlier", "told Madur"),
        ("Begin one character later", "old Maduro"),
    ],
)
def test_each_step_has_a_button_that_keeps_the_focus(
    site: Site, page: Page, story: str, name: str, stored: str
) -> None:
    open_card(page, "told Maduro")
    button = page.get_by_role("button", name=name)
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#card-editor blockquote")).to_have_text(stored)
    saved(page)
    assert site.marks(story) == [("claim", stored)]
    expect(button).to_be_focused()


def test_keys_pressed_faster_than_the_server_answers_all_count(
    site: Site, page: Page, story: str
) -> None:
    page.keyboard.press("p")
    for key in "llllhKKKJJL":
        page.keyboard.press(with_shift(key))
    saved(page)
    page.wait_for_timeout(200)
    saved(page)
    expect(page.locator("#problem")).to_have_count(0)
    # told Maduro → to, leave, Reuters, reports; Trump; three characters less, two off the front
    assert site.marks(story) == [("claim", "ump told Maduro to leave.\n\nReuters repor")]
    assert page.locator("#card-editor").get_attribute("data-end") == "42"
    page.keyboard.press("Control+z")
    expect(page.locator("#polite")).to_have_text("Undone")
    assert site.marks(story)[0][1].endswith("Reuters repo")


def test_the_border_steps_into_the_next_paragraph_and_back(
    site: Site, page: Page, story: str
) -> None:
    page.keyboard.press("p")
    for _ in range(3):
        page.keyboard.press("l")
    expect(page.locator("#card-editor blockquote")).to_have_text(
        "told Maduro to leave.\n\nReuters", use_inner_text=True
    )
    page.keyboard.press("k")
    saved(page)
    expect(page.locator("#card-editor")).to_have_attribute("data-end", "26")
    saved(page)
    assert site.marks(story) == [("claim", "told Maduro to leave")]


def test_a_border_does_not_pass_the_other_or_leave_the_text(
    site: Site, page: Page, story: str
) -> None:
    page.keyboard.press("p")
    page.keyboard.press("k")
    expect(page.locator("#polite")).to_have_text("Border moved to “told”")
    page.keyboard.press("k")
    expect(page.locator("#polite")).to_have_text("The border cannot go further.")
    assert site.marks(story) == [("claim", "told")]
    page.keyboard.press("h")
    expect(page.locator("#polite")).to_have_text("Border moved to “Trump told”")
    page.keyboard.press("h")
    expect(page.locator("#polite")).to_have_text("The border cannot go further.")
    assert site.marks(story) == [("claim", "Trump told")]


def test_a_mark_in_pieces_keeps_its_pieces_when_a_border_moves(site: Site, page: Page) -> None:
    entry: Annotated = DOCUMENTS["discontinuous"]
    address = site.add(entry)
    kept = site.store.documents.find(site.project, entry.document.id)
    [first, *_] = [a for a in site.store.marks.of(kept) if a.id == "discontinuous-1"]
    assert [part.of(entry.document.text) for part in first.spans] == ["asked", "for safety"]
    page.goto(f"{address}#c{first.key}")
    expect(page.locator("#card-editor")).to_be_visible()
    page.get_by_role("button", name="End one word earlier").click()
    saved(page)
    page.get_by_role("button", name="Begin one word earlier").click()
    saved(page)
    expect(page.locator("#problem")).to_have_count(0)
    moved = site.store.marks.find(site.project, first.id).value
    assert [part.of(entry.document.text) for part in moved.spans] == ["Maduro asked", "for"]
    for _ in range(3):
        page.get_by_role("button", name="End one word earlier").click()
        saved(page)
    moved = site.store.marks.find(site.project, first.id).value
    assert moved.spans == (Span(0, 12),)


def test_a_refused_move_leaves_the_mark_and_the_card_as_they_were(
    site: Site, page: Page, story: str
) -> None:
    unaware(page)
    open_card(page, "told Maduro")
    kept = site.store.documents.find(site.project, story.rpartition("/")[2])
    [now] = site.store.marks.of(kept)
    site.store.marks.edit(site.act("edit", site.project), site.project, now.id, {"note": "theirs"})
    page.get_by_role("button", name="End one word later").click()
    expect(page.locator("#problem")).to_be_visible()
    expect(page.locator("#card-editor")).to_have_attribute("data-end", str(now.end))
    assert site.marks(story) == [("claim", "told Maduro")]
    assert polite(page) != "Border moved to “told Maduro to”"
    page.get_by_role("button", name="End one word later").click()
    saved(page)
    assert site.marks(story) == [("claim", "told Maduro to")]
