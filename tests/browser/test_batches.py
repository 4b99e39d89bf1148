"""Several marks are chosen in the article or in a list, and changed by one act."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from annotations.document import Annotated, Annotation, Document
from tests.browser.conftest import Site, saved, unaware

pytestmark = pytest.mark.browser

TEXT = "Ada asked Bob to pay.\n\nEve refused to pay."


@pytest.fixture
def address(site: Site) -> str:
    quotes = ("Ada", "Bob", "Eve")
    marks = tuple(
        Annotation(id=q, start=TEXT.index(q), end=TEXT.index(q) + 3, label="actor") for q in quotes
    )
    refused = TEXT.index("refused")
    claim = Annotation(id="no", start=refused, end=refused + 7, label="claim")
    document = Document(id="pay", title="Pay", text=TEXT)
    return site.add(Annotated(document=document, annotations=(*marks, claim)))


def ready(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector("html.ready")
    page.locator("#reading").focus()


def labels(site: Site, address: str) -> list[str]:
    return [label for label, _ in site.marks(address)]


def test_marks_are_chosen_by_keys_and_relabelled_by_one(
    site: Site, page: Page, address: str
) -> None:
    ready(page, address)
    page.keyboard.press("n")
    page.keyboard.press("Control+Space")
    expect(page.locator("#batch-bar")).to_contain_text("1 chosen")
    page.keyboard.press("n")
    page.keyboard.press("Control+Space")
    expect(page.locator("#batch-bar")).to_contain_text("2 chosen")
    expect(page.locator("#polite")).to_have_text("“Bob” chosen; 2 in all")

    page.keyboard.press("1")
    expect(page.locator("#batch-do")).to_be_focused()
    expect(page.locator("#batch-dialog")).to_contain_text("2 marks will change.")
    page.keyboard.press("Enter")
    expect(page.locator("#batch-bar")).to_be_hidden()
    saved(page)

    assert labels(site, address) == ["claim", "claim", "actor", "claim"]
    expect(page.locator("#polite")).to_have_text("2 marks changed; one undo brings all of it back")
    expect(page.locator("#reading")).to_be_focused()
    page.keyboard.press("Control+z")
    saved(page)
    assert labels(site, address) == ["actor", "actor", "actor", "claim"]


def test_cards_are_chosen_by_clicks_and_deleted_together(
    site: Site, page: Page, address: str
) -> None:
    ready(page, address)
    cards = page.locator(".card")
    cards.nth(0).click(modifiers=["Control"])
    expect(page.locator(".card.chosen .q")).to_have_text("Ada")
    cards.nth(2).click(modifiers=["Shift"])
    expect(page.locator("#batch-bar")).to_contain_text("3 chosen")
    page.locator("#reading").focus()
    page.keyboard.press("Delete")
    expect(page.locator("#batch-do")).to_have_text("Delete 3 marks")
    page.keyboard.press("Enter")
    expect(page.locator("#batch-bar")).to_be_hidden()
    saved(page)

    assert site.marks(address) == [("claim", "refused")]
    page.keyboard.press("Control+z")
    saved(page)
    assert labels(site, address) == ["actor", "actor", "actor", "claim"]


def test_what_cannot_be_done_is_told_before(site: Site, page: Page, address: str) -> None:
    ready(page, address)
    for n in (0, 3):
        page.locator(".card").nth(n).click(modifiers=["Control"])
    page.locator("#batch-change").click()
    page.locator("#batch-dialog #batch-concept").fill("Paying")
    page.get_by_role("button", name="Set this concept").click()

    dialog = page.locator("#batch-dialog")
    expect(dialog).to_contain_text("1 mark will change.")
    expect(dialog).to_contain_text("1 their label takes no concept: Ada")
    page.locator("#batch-do").click()
    expect(page.locator("#batch-bar")).to_be_hidden()
    saved(page)
    kept = site.store.documents.find(site.project, "pay")
    assert [mark.concept for mark in site.store.marks.of(kept)] == [None, None, None, "Paying"]


def test_my_own_change_just_before_is_no_obstacle_and_anothers_is(
    site: Site, page: Page, address: str
) -> None:
    unaware(page)
    ready(page, address)
    page.keyboard.press("n")
    page.keyboard.press("l")  # the border moves, a change of my own
    expect(page.locator("#card-editor")).to_be_visible()
    saved(page)
    page.keyboard.press("Escape")
    expect(page.locator("#card-editor")).to_be_hidden()
    mark = site.store.marks.find(site.project, "Bob")
    act = site.act("edit", site.project)
    site.store.marks.edit(act, site.project, mark.value.id, {"note": "Not yours"})
    for n in (0, 1):
        page.locator(".card").nth(n).click(modifiers=["Control"])
    page.locator("#reading").focus()
    page.keyboard.press("1")

    dialog = page.locator("#batch-dialog")
    expect(dialog).to_contain_text("1 changed elsewhere since you looked at them: Bob")
    expect(dialog).to_contain_text("1 mark will change.")


def test_a_key_right_after_the_first_click_waits_for_the_module_that_knows_it(
    site: Site, page: Page, address: str
) -> None:
    def late(route: Route) -> None:
        page.wait_for_timeout(500)
        route.continue_()

    page.route("**/batch.js", late)
    ready(page, address)
    page.locator(".card").nth(1).click(modifiers=["Control"])
    page.locator("#reading").focus()
    page.keyboard.press("1")
    expect(page.locator("#batch-dialog")).to_contain_text("1 mark will change.")


def test_escape_leaves_with_nothing_changed(site: Site, page: Page, address: str) -> None:
    ready(page, address)
    page.keyboard.press("n")
    page.keyboard.press("Control+Space")
    page.keyboard.press("3")
    expect(page.locator("#batch-do")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#batch-dialog")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.locator("#batch-bar")).to_be_hidden()

    expect(page.locator(".chosen")).to_have_count(0)
    assert labels(site, address) == ["actor", "actor", "actor", "claim"]


def test_fingers_choose_after_the_button(
    site: Site, new_page: Callable[..., Page], address: str
) -> None:
    page = new_page(viewport={"width": 390, "height": 800}, has_touch=True)
    ready(page, address)
    page.locator("#show-menu summary").tap()
    page.locator("#show-menu [data-command=batch]").tap()
    page.locator("#reading mark").nth(0).tap()
    page.locator("#reading mark").nth(1).tap()
    expect(page.locator("#batch-bar")).to_contain_text("2 chosen")
    page.locator("#batch-change").tap()
    page.get_by_role("button", name="Mark as unsure").tap()
    page.locator("#batch-do").tap()
    expect(page.locator("#batch-bar")).to_be_hidden()
    saved(page)

    kept = site.store.documents.find(site.project, "pay")
    assert [mark.unsure for mark in site.store.marks.of(kept)] == [True, True, False, False]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_hits_of_a_search_are_changed_together(
    site: Site, new_page: Callable[..., Page], address: str, scripts: bool
) -> None:
    page = new_page(java_script_enabled=scripts)
    page.goto(f"{site.address}/projects/demo/search?q=in:Pay label:actor")
    if scripts:
        for key in ("j", "x", "j", "x", "b"):
            page.keyboard.press(key)
    else:
        page.locator("[data-row] input").nth(0).check()
        page.locator("[data-row] input").nth(1).check()
        page.locator("[data-act]").click()
    page.locator("#batch-label").select_option("demand")
    page.get_by_role("button", name="Give this label").click()
    expect(page.locator("#batch-body")).to_contain_text("2 marks will change.")
    page.locator("#batch-do").click()
    expect(page.locator(".notice")).to_contain_text("2 marks changed")
    assert labels(site, address) == ["demand", "demand", "actor", "claim"]
    expect(page.locator("[data-row]")).to_have_count(1)

    page.locator("#lately-undo").click()
    expect(page.locator("[data-row]")).to_have_count(3)
    assert labels(site, address) == ["actor", "actor", "actor", "claim"]
