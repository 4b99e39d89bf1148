"""The table of statements is changed where it stands, without leaving it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from annotations.document import Annotated, Annotation, Document, Relation
from tests.browser.conftest import Site, unaware

pytestmark = pytest.mark.browser

TEXT = "Pay the debt. They must go. All is well."


@pytest.fixture
def table(site: Site) -> str:
    def mark(uid: str, quote: str, label: str) -> Annotation:
        start = TEXT.index(quote)
        return Annotation(id=uid, start=start, end=start + len(quote), label=label)

    marks = (mark("pay", "Pay the debt", "demand"), mark("go", "They must go", "demand"))
    claim = mark("well", "All is well", "claim")
    made = Relation(id="made", head="go", label="made by", child_entity="Cato")
    document = Document(id="d", title="Debts", text=TEXT)
    site.add(Annotated(document=document, annotations=(*marks, claim), relations=(made,)))
    return f"{site.address}/projects/demo/statements?document=d"


def cell(page: Page, row: int, head: str):
    return page.locator(f'tbody tr:nth-child({row}) td[data-head="{head}"]')


def found(site: Site, uid: str) -> Annotation:
    return site.store.marks.find(site.project, uid).value


def test_a_cell_is_opened_by_enter_and_saved_by_enter(site: Site, page: Page, table: str) -> None:
    page.goto(table)
    cell(page, 1, "Concept").locator("a").focus()
    page.keyboard.press("Enter")
    expect(page.locator("td [name=concept]")).to_be_focused()
    page.keyboard.type("Debt relief")
    page.keyboard.press("Enter")
    expect(cell(page, 1, "Concept").locator("a")).to_have_text("Debt relief")
    expect(cell(page, 1, "Concept").locator("a")).to_be_focused()

    assert found(site, "pay").concept == "Debt relief"
    with page.expect_response("**/live*"):
        page.evaluate("() => { window.dispatchEvent(new Event('focus')); }")
    page.wait_for_load_state("networkidle")
    assert page.locator("#polite").inner_text() == "Saved"  # and not that somebody changed the list


def test_tab_saves_and_goes_on_and_escape_leaves_it(site: Site, page: Page, table: str) -> None:
    page.goto(table)
    cell(page, 3, "Concept").locator("a").focus()
    page.keyboard.press("Enter")
    expect(page.locator("td [name=concept]")).to_be_focused()
    page.keyboard.type("Welfare")
    page.keyboard.press("Tab")
    expect(page.locator("select[name='attribute.stance']")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(cell(page, 3, "Stance").locator("a")).to_have_text("for")
    page.keyboard.press("Enter")
    expect(page.locator("select[name='attribute.stance']")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(cell(page, 3, "Stance").locator("a")).to_be_focused()

    assert (found(site, "well").concept, found(site, "well").attributes) == (
        "Welfare",
        {"stance": "for"},
    )


def test_arrows_go_from_cell_to_cell(page: Page, table: str) -> None:
    page.goto(table)
    cell(page, 1, "Concept").locator("a").focus()
    page.keyboard.press("ArrowDown")
    expect(cell(page, 2, "Concept").locator("a")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(cell(page, 2, "Actors").locator("a")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(cell(page, 2, "Status").locator("a")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(cell(page, 1, "Status").locator("a")).to_be_focused()


def test_actors_are_added_and_removed(site: Site, page: Page, table: str) -> None:
    page.goto(table)
    cell(page, 1, "Actors").locator("a").click()
    expect(page.locator("[name=entity]")).to_be_focused()
    page.locator("[name=kind]").select_option("rejected by")
    page.locator("[name=entity]").fill("The bank")
    page.keyboard.press("Enter")
    expect(cell(page, 1, "Actors")).to_contain_text("rejected by The bank")
    expect(cell(page, 1, "Status")).to_contain_text("rejected")
    cell(page, 2, "Actors").locator("a").click()
    cell(page, 2, "Actors").get_by_role("button", name="Remove this relation: made by").click()
    expect(cell(page, 2, "Actors").locator("a")).to_have_text("—")

    joined = site.store.marks.relations_at(site.project, ["pay", "go"])
    assert [(r.head, r.label, r.child_entity) for r in joined] == [
        ("pay", "rejected by", "The bank")
    ]


def test_the_last_change_is_taken_back_from_the_table(site: Site, page: Page, table: str) -> None:
    page.goto(table)
    cell(page, 1, "Status").locator("a").click()
    page.locator("select[name='attribute.status']").select_option("accepted")
    page.keyboard.press("Enter")
    expect(cell(page, 1, "Status")).to_contain_text("accepted")
    expect(page.locator("#lately-undo")).to_contain_text("a change to a mark")
    page.keyboard.press("Control+z")
    expect(page.locator(".notice")).to_have_text("Undone")

    assert found(site, "pay").attributes == {}


def test_a_cell_changed_elsewhere_is_not_overwritten(site: Site, page: Page, table: str) -> None:
    unaware(page)
    page.goto(table)
    cell(page, 1, "Concept").locator("a").click()
    expect(page.locator("td [name=concept]")).to_be_focused()
    site.store.marks.edit(
        site.act("edit", site.project), site.project, "pay", {"concept": "Theirs"}
    )
    page.keyboard.type("Mine")
    page.keyboard.press("Enter")

    expect(page.locator("td .problem")).to_contain_text("Nothing was overwritten.")
    expect(page.locator("td .problem dd")).to_have_text(["Mine", "Theirs"])
    expect(page.locator("td [name=concept]")).to_have_value("Mine")
    assert found(site, "pay").concept == "Theirs"


@pytest.mark.parametrize("side", ["mine", "theirs"])
def test_of_a_cell_changed_elsewhere_one_side_is_chosen(
    site: Site, page: Page, table: str, side: str
) -> None:
    page.goto(table)
    cell(page, 1, "Concept").locator("a").click()
    expect(page.locator("td [name=concept]")).to_be_focused()
    site.store.marks.edit(
        site.act("edit", site.project), site.project, "pay", {"concept": "Theirs"}
    )
    page.keyboard.type("Mine")
    page.keyboard.press("Enter")
    expect(page.locator("td .problem dd")).to_have_text(["Mine", "Theirs"])

    page.locator(f"td [data-side={side}]").press("Enter")

    link = cell(page, 1, "Concept").locator("a")
    expect(link).to_have_text(side.capitalize())
    expect(link).to_be_focused()
    assert found(site, "pay").concept == side.capitalize()


def test_without_scripts_a_cell_leads_to_a_form(
    site: Site, new_page: Callable[..., Page], table: str
) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(table)
    cell(page, 1, "Concept").locator("a").click()
    page.locator("[name=concept]").fill("Debt relief")
    page.get_by_role("button", name="Save").click()

    expect(cell(page, 1, "Concept").locator("a")).to_have_text("Debt relief")
    assert page.url == table
    assert found(site, "pay").concept == "Debt relief"


def test_known_concepts_are_offered_while_one_types(site: Site, page: Page, table: str) -> None:
    page.goto(table)
    cell(page, 1, "Concept").locator("a").click()
    page.locator("td [name=concept]").press_sequentially("Amn")

    expect(page.locator("#cell-names option[value=Amnesty]")).to_have_count(1)
