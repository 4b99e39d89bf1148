"""Articles are dropped, looked at, read in another way, renamed, and stored."""

import base64
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.test_axe import violations
from tests.ingest.files import docx, paragraph, zipped
from tests.ingest.pages import MAIN_TEXT, PAGE

pytestmark = pytest.mark.browser

SPANISH = "Nicolás Maduro pidió ayer que el señor embajador saliera del país."
FILES = {
    "page.html": PAGE.encode(),
    "old.txt": SPANISH.encode("cp1252"),
    "word.docx": docx(paragraph("A word", "Heading1") + paragraph("One.")),
    "more.zip": zipped({"same.txt": SPANISH, "photo.png": b"\x89PNG"}),
}
DROP = """(box, files) => {
  const data = new DataTransfer();
  for (const [name, content] of files) {
    data.items.add(new File([Uint8Array.from(atob(content), (c) => c.charCodeAt(0))], name));
  }
  box.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
}"""


def drop(page: Page) -> None:
    files = [(name, base64.b64encode(data).decode()) for name, data in FILES.items()]
    page.locator("[data-drop]").evaluate(DROP, files)


def stored(site: Site) -> dict[str, str]:
    keys = site.store.documents.keys(site.project)
    found = [site.store.documents.by_key(key).value for key in keys]
    return {document.title: document.text for document in found}


@pytest.mark.parametrize("width", [1280, 390])
def test_what_is_dropped_is_shown_read_in_another_way_renamed_and_stored(
    site: Site, new_page: Callable[..., Page], width: int
) -> None:
    before = stored(site)
    page = new_page(viewport={"width": width, "height": 900})
    page.goto(f"{site.address}/projects/demo/import")
    drop(page)
    expect(page.locator("[data-files] li")).to_have_count(4)
    page.get_by_role("button", name="Show what it becomes").click()
    preview = page.locator(".preview")
    expect(preview.locator(".seen")).to_have_count(4)
    expect(preview).to_contain_text("Only the main content of the page was taken")
    expect(preview).to_contain_text("Read as windows-1252.")
    expect(preview).to_contain_text("The same text comes before, as old.")
    expect(preview.locator(".noted").last).to_have_text("more.zip: Passed over: 1 × .png.")

    preview.get_by_text("Read it in another way").click()
    preview.get_by_label("Encoding of texts that are not in UTF-8").fill("windows-1251")
    preview.get_by_label("the whole page").check()
    preview.get_by_role("button", name="Show what it becomes").click()
    expect(preview).to_contain_text("We use cookies")
    expect(preview).to_contain_text("Nicolбs")
    expect(page.locator(":focus")).to_have_text("This is what will be stored")

    preview.get_by_text("Read it in another way").click()
    preview.get_by_label("Encoding of texts that are not in UTF-8").fill("latin1")
    preview.get_by_label("the main content").check()
    preview.get_by_role("button", name="Show what it becomes").click()
    expect(preview).not_to_contain_text("We use cookies")
    assert violations(page, only_contrast=False) == []
    overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert overflow <= 0

    preview.get_by_text("Change the title").nth(1).click()
    preview.get_by_label("Title of document 2").fill("An old text")
    preview.get_by_label("Leave out the 1 text that is there already").check()
    preview.get_by_role("button", name="Store").click()
    expect(page.get_by_text("Stored: 3 documents")).to_be_visible()
    new = {title: text for title, text in stored(site).items() if title not in before}
    assert new == {
        "Dockers walk out": MAIN_TEXT, "An old text": SPANISH, "A word": "A word\n\nOne.",
    }  # fmt: skip


def test_what_cannot_be_told_is_asked_for_without_sending_it_again(site: Site, page: Page) -> None:
    page.goto(f"{site.address}/projects/demo/import")
    file = {"name": "a.txt", "mimeType": "text/plain", "buffer": "Łódź".encode("cp1250")}
    page.locator("#file").set_input_files([file])  # type: ignore[list-item]
    page.get_by_role("button", name="Show what it becomes").click()
    problem = page.get_by_role("alert").filter(has_text="its encoding cannot be told")
    problem.get_by_label("Encoding of texts that are not in UTF-8").fill("windows-1250")
    problem.get_by_role("button", name="Show what it becomes").click()
    expect(page.locator(".seen blockquote")).to_have_text("Łódź")
    page.get_by_role("button", name="Store").click()
    expect(page.locator("h1")).to_have_text("a")
    assert stored(site)["a"] == "Łódź"
