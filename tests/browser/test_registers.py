"""The statements of an actor or a concept, where it stands in its list and on a page of its own."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from annotations.store.statements import Wanted
from tests.browser.conftest import Site

pytestmark = pytest.mark.browser

NAME = "Donald Trump"


@pytest.fixture
def actors(site: Site, page: Page) -> str:
    address = f"{site.address}/projects/demo/registers/actors"
    page.goto(address)
    return address


def statements_of(site: Site, name: str) -> list[str]:
    found = site.store.statements.all(site.project, Wanted(actor=name))
    return [f.annotation.quote(f.document.value.text) for f in found]


def test_opening_an_actor_shows_its_statements_page_by_page_by_keys(
    site: Site, page: Page, actors: str
) -> None:
    expected = statements_of(site, NAME)
    entry = page.locator(".names details", has=page.get_by_text(NAME, exact=True)).first
    quotes = entry.locator(".quotes q")

    entry.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(quotes).to_have_count(10)
    first = quotes.all_text_contents()
    entry.get_by_role("link", name="Later").focus()
    page.keyboard.press("Enter")
    expect(entry.locator(".pages")).to_contain_text("2 / 2")
    second = quotes.all_text_contents()

    assert [*first, *second] == expected
    expect(page.locator(":focus")).to_have_text("Later")
    expect(page.locator(":focus")).to_have_attribute("aria-disabled", "true")


def test_what_somebody_else_changes_shows_in_the_open_list(
    site: Site, page: Page, actors: str
) -> None:
    entry = page.locator(".names details", has=page.get_by_text(NAME, exact=True)).first
    entry.locator("summary").click()
    first = entry.locator(".quotes li").first
    expect(first.locator("q")).to_be_visible()
    expect(first).not_to_contain_text("unsure")
    said = site.store.statements.page(site.project, Wanted(actor=NAME), limit=1)[0]
    act = replace(site.act("edit", site.project), document=said.document.key)

    site.store.marks.edit(act, site.project, said.annotation.id, {"unsure": True}, None)
    page.evaluate("() => { window.dispatchEvent(new Event('focus')); }")

    expect(first).to_contain_text("unsure")
    expect(entry.locator(".quotes q")).to_have_count(10)


def test_without_scripts_the_list_leads_to_the_statements(
    site: Site, new_page: Callable[..., Page]
) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(f"{site.address}/projects/demo/registers/actors")
    entry = page.locator(".names details", has=page.get_by_text(NAME, exact=True)).first
    entry.locator("summary").click()

    entry.get_by_role("link", name="Statements").click()
    page.get_by_role("link", name="Later").click()

    expect(page.get_by_role("heading", level=1)).to_have_text(NAME)
    assert page.locator(".quotes q").all_text_contents() == statements_of(site, NAME)[10:20]
