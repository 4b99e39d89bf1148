"""A whole project comes in by the page, as a bundle, and what is split is told on its page."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from annotations import bundle
from reader.transfers import Desk
from tests.browser.conftest import Site
from tests.browser.test_axe import violations

pytestmark = pytest.mark.browser


@pytest.fixture
def quiet(site: Site) -> Iterator[Site]:
    """The demo, with nothing running once it is left."""
    yield site
    desk: Desk = site.app.extensions["postil.transfers"]  # type: ignore[attr-defined]
    desk.close()


def send(page: Page, site: Site, data: bytes) -> None:
    page.goto(site.address)
    page.click("#bring-bundle")
    file = {"name": "calls.bundle.zip", "mimeType": "application/zip", "buffer": data}
    page.set_input_files("#file", files=[file])
    page.click("form.bring button.primary")


@pytest.mark.parametrize("width", [1280, 390])
def test_a_bundle_is_looked_at_while_its_page_is_closed_and_becomes_a_project(
    quiet: Site, new_page: Callable[..., Page], width: int
) -> None:
    data = b"".join(bundle.write(quiet.store, quiet.project, history=True))
    page = new_page(viewport={"width": width, "height": 900})
    send(page, quiet, data)
    page.wait_for_url("**/bundle/*")
    page.close()

    back = new_page(viewport={"width": width, "height": 900})
    back.goto(f"{quiet.address}/bundle")
    back.click(".transfers a:has-text('calls.bundle.zip')")
    expect(back.locator("#store")).to_be_visible()
    expect(back.locator(".holds")).to_contain_text("164")
    assert back.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert violations(back, only_contrast=False) == []
    back.fill("#name", "The call, once more")
    back.click("#store")
    expect(back.locator("a:has-text('To the project')")).to_be_visible()
    back.click("a:has-text('To the project')")
    expect(back.locator("h1")).to_have_text("The call, once more")
    made = quiet.store.projects.named("The call, once more")
    assert quiet.store.documents.count(made) == quiet.store.documents.count(quiet.project)


def test_what_is_no_bundle_is_told_beside_the_form(
    quiet: Site, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    send(page, quiet, b"An article.")

    expect(page.locator("#problem .problem")).to_contain_text("is no bundle")
    expect(page.locator("#files")).to_contain_text("calls.bundle.zip")


@pytest.mark.parametrize("width", [1280, 390])
def test_a_split_is_chosen_in_the_dialogue_and_told_on_its_page(
    quiet: Site, new_page: Callable[..., Page], width: int
) -> None:
    page = new_page(viewport={"width": width, "height": 900})
    page.goto(f"{quiet.address}/projects/demo/export")
    expect(page.locator("#choices button.primary")).to_have_text("Download")
    page.click("summary:has-text('Train, dev and test')")
    page.select_option("#split", "document")
    expect(page.locator("#choices button.primary")).to_have_text("Make the files")
    page.click("#choices button.primary")
    page.wait_for_url("**/transfers/*")

    expect(page.locator(".balance tbody tr")).to_have_count(3)
    expect(page.locator("a:has-text('Download')")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert violations(page, only_contrast=False) == []
