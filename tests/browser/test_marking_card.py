"""The card: everything that can be said of a mark, changed, taken back and brought again."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from annotations.document import Annotation
from tests.browser.conftest import Site, saved, unaware
from tests.browser.hands import focus, mark, open_card, polite

STORY = "Trump told Maduro to leave.\n\nReuters reports the call.\n\nMaduro refused; Trump hung up."


@pytest.fixture
def story(site: Site, page: Page) -> str:
    address = site.write(STORY)
    page.goto(address)
    page.wait_for_selector(".ready")
    page.locator("#reading").focus()
    return address


def stored(site: Site, address: str) -> list[Annotation]:
    kept = site.store.documents.find(site.project, address.rpartition("/")[2])
    return site.store.marks.of(kept)


def test_a_click_on_a_mark_opens_its_card(site: Site, page: Page, story: str) -> None:
    mark(page, "told Maduro", "1")
    open_card(page, "told Maduro")
    assert focus(page) == "editor-title"
    assert page.locator("#card-editor blockquote").inner_text() == "told Maduro"
    assert page.get_by_role("radio", checked=True).get_attribute("value") == "claim"


def test_every_field_is_changed_and_kept(site: Site, page: Page, story: str) -> None:
    mark(page, "told Maduro to leave", "3")
    open_card(page, "told Maduro to leave")
    page.get_by_label("Concept").fill("leaving")
    page.get_by_label("Status").select_option("rejected")
    page.get_by_label("Note").fill("two\nlines <b>")
    page.get_by_label("Unsure").check()
    saved(page)
    page.get_by_role("radio", name="claim").check()
    saved(page)
    page.get_by_label("Stance").select_option("against")
    saved(page)
    [now] = stored(site, story)
    assert (now.label, now.concept, now.note, now.unsure) == (
        "claim",
        "leaving",
        "two\nlines <b>",
        True,
    )
    assert now.attributes["stance"] == "against"
    expect(page.locator(".card .note")).to_have_text("two\nlines <b>")


def test_an_actor_is_completed_from_those_known(site: Site, page: Page, story: str) -> None:
    mark(page, "Maduro", "2")
    [first] = stored(site, story)
    assert first.entity == "Nicolás Maduro"  # the only one who bears that name
    open_card(page, "Maduro")
    field = page.get_by_label("Actor", exact=True)
    field.press("Control+a")
    field.type("Reut")
    expect(page.locator("#known-names li").first).to_have_attribute("data-name", "Reuters")
    field.press("ArrowDown")
    field.press("Enter")
    expect(field).to_have_value("Reuters")
    expect(page.locator(".card .q")).to_have_text("Reuters")
    assert stored(site, story)[0].entity == "Reuters"


def test_enter_in_a_field_saves_once(site: Site, page: Page, story: str) -> None:
    mark(page, "Maduro", "2")
    open_card(page, "Maduro")
    field = page.get_by_label("Actor", exact=True)
    field.fill("Reuters")
    field.press("Enter")
    saved(page)
    page.get_by_label("Note").focus()
    page.wait_for_timeout(150)
    saved(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Control+z")
    expect(page.locator(".card .q")).to_have_text("Nicolás Maduro")
    assert stored(site, story)[0].entity == "Nicolás Maduro"


def test_the_history_tells_what_was_done_and_by_whom(site: Site, page: Page, story: str) -> None:
    mark(page, "Reuters", "2")
    open_card(page, "Reuters")
    page.get_by_label("Unsure").check()
    saved(page)
    page.locator("summary", has_text="History").click()
    lines = page.locator("#card-editor .history li").all_inner_texts()
    name = site.store.people.first().name
    assert [line.split(" ", 2)[2] for line in lines] == [f"{name} marked", f"{name} changed"]


def test_what_is_typed_is_kept_when_escape_closes_the_card(
    site: Site, page: Page, story: str
) -> None:
    mark(page, "Reuters", "2")
    open_card(page, "Reuters")
    page.get_by_label("Note").fill("typed, then left")
    page.keyboard.press("Escape")
    saved(page)
    assert page.locator("#editor").is_hidden()
    assert focus(page) == "reading"
    assert stored(site, story)[0].note == "typed, then left"


def test_what_is_typed_is_kept_when_another_card_is_opened(
    site: Site, page: Page, story: str
) -> None:
    mark(page, "Reuters", "2")
    mark(page, "Trump", "2")
    open_card(page, "Reuters")
    page.get_by_label("Note").fill("typed, then left")
    page.locator("#reading mark", has_text="Trump").click()
    expect(page.locator("#card-editor blockquote")).to_have_text("Trump")
    saved(page)
    assert [a.note for a in stored(site, story)] == ["", "typed, then left"]


def test_a_deleted_mark_comes_back_by_undo(site: Site, page: Page, story: str) -> None:
    mark(page, "Reuters", "2")
    open_card(page, "Reuters")
    page.locator("#card-editor").get_by_role("button", name="Delete").click()
    expect(page.locator("mark")).to_have_count(0)
    saved(page)
    assert polite(page) == "Actor, one word, deleted; undo brings it back"
    assert focus(page) == "reading"
    assert page.locator("#editor").is_hidden()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("mark")).to_have_text("Reuters")
    assert site.marks(story) == [("actor", "Reuters")]
    assert polite(page) == "Undone"


def change_label(page: Page) -> None:
    open_card(page, "told Maduro")
    page.get_by_role("radio", name="demand").check()
    saved(page)


def move(page: Page) -> None:
    open_card(page, "told Maduro")
    page.get_by_role("button", name="End one word later").click()
    saved(page)


def delete(page: Page) -> None:
    open_card(page, "told Maduro")
    page.locator("#card-editor").get_by_role("button", name="Delete").click()
    saved(page)


def create(page: Page) -> None:
    mark(page, "Reuters", "2")


ONE = [("claim", "told Maduro")]
KINDS: dict[str, tuple[Callable[[Page], None], list[tuple[str, str]]]] = {
    "a mark made": (create, [*ONE, ("actor", "Reuters")]),
    "a label changed": (change_label, [("demand", "told Maduro")]),
    "a border moved": (move, [("claim", "told Maduro to")]),
    "a mark deleted": (delete, []),
}


@pytest.mark.parametrize("kind", KINDS)
def test_keys_undo_and_redo_also_after_a_reload(
    site: Site, page: Page, story: str, kind: str
) -> None:
    act, after = KINDS[kind]
    mark(page, "told Maduro", "1")
    act(page)
    assert site.marks(story) == after
    for key, there in (("Control+z", ONE), ("Control+Shift+Z", after)):
        page.keyboard.press(key)
        expect(page.locator("#polite")).to_have_text("Undone" if there == ONE else "Brought back")
        saved(page)
        assert site.marks(story) == there
    page.reload()
    page.wait_for_selector(".ready")
    page.keyboard.press("Control+z")
    expect(page.locator("#polite")).to_have_text("Undone")
    assert site.marks(story) == ONE
    page.reload()
    page.wait_for_selector(".ready")
    page.keyboard.press("Control+Shift+Z")
    expect(page.locator("#polite")).to_have_text("Brought back")
    assert site.marks(story) == after


def test_with_nothing_to_undo_the_page_says_so(site: Site, page: Page, story: str) -> None:
    page.keyboard.press("Control+z")
    expect(page.locator("#polite")).to_have_text("There is nothing to undo.")
    page.keyboard.press("Control+Shift+Z")
    expect(page.locator("#polite")).to_have_text("There is nothing to redo.")


def test_undo_in_a_text_field_is_the_fields_own(site: Site, page: Page, story: str) -> None:
    mark(page, "Reuters", "2")
    open_card(page, "Reuters")
    page.get_by_label("Note").click()
    page.keyboard.type("abc")
    page.keyboard.press("Control+z")
    assert page.get_by_label("Note").input_value() != "abc"
    page.wait_for_timeout(150)
    assert site.marks(story) == [("actor", "Reuters")]


def test_undo_works_from_a_label_just_chosen(site: Site, page: Page, story: str) -> None:
    mark(page, "Reuters", "2")
    open_card(page, "Reuters")
    page.get_by_role("radio", name="claim").check()
    saved(page)
    assert site.marks(story) == [("claim", "Reuters")]
    page.keyboard.press("Control+z")
    expect(page.locator("#polite")).to_have_text("Undone")
    expect(page.get_by_role("radio", name="actor")).to_be_checked()
    assert site.marks(story) == [("actor", "Reuters")]


def test_where_several_marks_lie_a_click_lists_them_all(site: Site, page: Page, story: str) -> None:
    quotes = ["Trump told Maduro to leave.", "Trump told Maduro", "Maduro to leave", "Maduro"]
    for quote, key in zip(quotes, "1132", strict=True):
        mark(page, quote, key)
    names = [
        "Trump told Maduro to leave.",
        "Trump told Maduro",
        "Maduro to leave",
        "Nicolás Maduro",
    ]
    for number, quote in enumerate(quotes):
        page.locator("#b0 mark").get_by_text("Maduro", exact=True).click()
        choices = page.locator("#chooser button")
        assert [" ".join(t.split()[1:]) for t in choices.all_inner_texts()] == names
        assert polite(page) == "4 marks lie here. Choose one."
        choices.nth(number).click()
        expect(page.locator("#card-editor blockquote")).to_have_text(quote)
        page.keyboard.press("Escape")


def test_the_list_of_marks_is_gone_through_by_arrows_and_left_by_escape(
    site: Site, page: Page, story: str
) -> None:
    mark(page, "Trump told", "1")
    mark(page, "told Maduro", "3")
    page.keyboard.press("p")
    page.keyboard.press("p")
    page.keyboard.press("n")
    assert focus(page) == "mark told"
    page.keyboard.press("Enter")
    expect(page.locator("#chooser")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(page.locator("#chooser")).to_be_hidden()
    assert focus(page) == "mark told"
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#card-editor blockquote")).to_have_text("told Maduro")


def test_a_change_by_somebody_else_is_shown_beside_mine_and_not_overwritten(
    site: Site, page: Page, story: str
) -> None:
    unaware(page)
    mark(page, "Reuters", "2")
    open_card(page, "Reuters")
    [now] = stored(site, story)
    site.store.marks.edit(site.act("edit", site.project), site.project, now.id, {"note": "theirs"})
    page.get_by_label("Note").fill("mine")
    page.get_by_label("Note").blur()
    problem = page.locator("#problem")
    expect(problem).to_be_visible()
    assert problem.locator("tbody tr").all_inner_texts() == ["Note\tmine\ttheirs"]
    assert stored(site, story)[0].note == "theirs"
    expect(page.get_by_label("Note")).to_have_value("theirs")
    page.get_by_label("Note").fill("both")
    page.get_by_label("Note").blur()
    saved(page)
    assert stored(site, story)[0].note == "both"
    expect(problem).to_have_count(0)


def test_a_mark_deleted_by_somebody_else_is_told(site: Site, page: Page, story: str) -> None:
    unaware(page)
    mark(page, "Reuters", "2")
    open_card(page, "Reuters")
    [now] = stored(site, story)
    site.store.marks.delete(site.act("delete", site.project), site.project, now.id)
    page.get_by_label("Note").fill("mine")
    page.get_by_label("Note").blur()
    expect(page.locator("#problem")).to_be_visible()
    expect(page.locator("#problem")).to_contain_text("mine")


def test_a_link_to_one_mark_shows_it_and_opens_its_card(site: Site, page: Page, story: str) -> None:
    mark(page, "Reuters", "2")
    [now] = stored(site, story)
    page.goto("about:blank")
    page.goto(f"{story}#c{now.key}")
    expect(page.locator("#card-editor blockquote")).to_have_text("Reuters")
