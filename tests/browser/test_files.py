"""Files in and out: the dialogue, and long work that goes on when its page is closed."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from reader import transfers
from reader.transfers import Desk
from tests.browser.conftest import Site
from tests.browser.test_axe import violations

SPAN = {"start": 0, "end": 6, "label": "actor", "text": "Maduro"}


@pytest.fixture
def long(monkeypatch: pytest.MonkeyPatch, site: Site) -> Iterator[Site]:
    """A site on which everything counts as long, with nothing running once it is left."""
    for name in ("LONG_BYTES", "LONG_DOCUMENTS", "LONG_MARKS", "LONG_CHARACTERS"):
        monkeypatch.setattr(transfers, name, 0)
    yield site
    desk: Desk = site.app.extensions["postil.transfers"]  # type: ignore[attr-defined]
    desk.close()


def jsonl(count: int) -> bytes:
    lines = ({"id": f"d{n}", "text": "Maduro spoke.", "spans": [SPAN]} for n in range(count))
    return b"".join(json.dumps(each).encode() + b"\n" for each in lines)


def send(page: Page, site: Site, data: bytes) -> None:
    page.goto(f"{site.address}/projects/demo/import")
    file = {"name": "marks.jsonl", "mimeType": "application/x-ndjson", "buffer": data}
    page.set_input_files("#file", files=[file])
    page.click("form.bring button.primary")


@pytest.mark.parametrize("width", [1280, 390])
def test_the_dialogue_follows_what_is_chosen(
    library: Site, new_page: Callable[..., Page], width: int
) -> None:
    page = new_page(viewport={"width": width, "height": 900})
    page.goto(f"{library.address}/projects/demo/export?document=demo-report")
    expect(page.locator("#sum")).to_contain_text("164")
    page.click("summary:has-text('Train a model')")
    page.check("#format-bio")
    expect(page.locator("#states-done")).to_be_checked()
    expect(page.locator("#sum")).to_contain_text("overlapping marks")
    page.focus("#fragments")
    page.select_option("#fragments", "split")
    expect(page.locator("#fragments")).to_be_focused()
    page.click("summary:has-text('Labels and relations')")
    page.uncheck("#label-1")
    expect(page.locator("#sum")).to_contain_text("stay at home")
    page.fill("#as-2", "PER")
    page.press("#as-2", "Tab")
    page.keyboard.type(" ")
    page.check("#states-all")
    expect(page.locator("#states-all")).to_be_checked()
    assert page.input_value("#as-2") == "PER"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    with page.expect_download() as download:
        page.click("#choices button.primary")
    made = Path(download.value.path()).read_text()
    assert "B-PER" in made
    assert "B-claim" not in made


def test_a_long_import_goes_on_when_its_page_is_closed_and_is_found_again(
    long: Site, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    send(page, long, jsonl(300))
    page.wait_for_url("**/transfers/*")
    expect(page.locator("#transfer progress, form.store").first).to_be_visible()
    page.close()

    back = new_page()
    back.goto(f"{long.address}/projects/demo")
    back.click("a:has-text('marks.jsonl')")
    expect(back.locator("form.store")).to_be_visible(timeout=60_000)
    expect(back.locator("#transfer")).to_contain_text("300 documents, 300 marks")
    assert violations(back, only_contrast=False) == []
    back.click("form.store button.primary")
    expect(back.locator("#transfer")).to_contain_text("Stored: 300 documents", timeout=60_000)
    assert long.store.documents.count(long.project) == 301
    back.goto(f"{long.address}/projects/demo/transfers")
    assert violations(back, only_contrast=False) == []


def test_a_large_file_is_counted_made_and_taken(long: Site, new_page: Callable[..., Page]) -> None:
    page = new_page()
    page.goto(f"{long.address}/projects/demo/export")
    expect(page.locator("#sum dd").first).to_have_text("1", timeout=60_000)
    page.click("button:has-text('Make the file')")
    page.wait_for_url("**/transfers/*")
    with page.expect_download() as download:
        page.locator("a:has-text('Download')").click(timeout=60_000)
    assert Path(download.value.path()).read_bytes().count(b"\n") == 1


def test_without_scripts_all_of_it_works(long: Site, new_page: Callable[..., Page]) -> None:
    page = new_page(java_script_enabled=False)
    send(page, long, jsonl(3))
    page.wait_for_url("**/transfers/*")
    for _ in range(300):
        if page.locator("form.store").count():
            break
        page.wait_for_timeout(200)
        page.click("a:has-text('Show how things stand now')")
    page.click("form.store button.primary")
    for _ in range(300):
        if page.locator("a:has-text('To the project')").count():
            break
        page.wait_for_timeout(200)
        page.click("a:has-text('Show how things stand now')")
    assert long.store.documents.count(long.project) == 4
    page.goto(f"{long.address}/projects/demo/export?layer=*")
    page.click("button:has-text('Make the file')")
    expect(page.locator("h1")).to_have_text("File to take home")
