"""Labels of the whole document: given by keyboard, with attributes, exclusive, undone, exported."""

import json
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from annotations.codebook import Attribute, Label
from tests.browser.conftest import Site, saved
from tests.browser.hands import focus

LOOK = {"letter": "N", "key": "", "colour": "teal", "underline": "solid", "scope": "document"}
GENRE = [
    Label(id=uid, name=uid, group="genre", exclusive=True, **LOOK)  # type: ignore[arg-type]
    for uid in ("news", "opinion")
]
RELEVANT = Label(
    id="relevant",
    name="relevant",
    attributes=(Attribute(id="why", name="why", kind="text"),),
    **LOOK,  # type: ignore[arg-type]
)


@pytest.fixture
def story(site: Site, page: Page) -> str:
    book = site.store.codebooks.of(site.project.key)
    book = replace(book, labels=(*book.labels, *GENRE, RELEVANT))
    site.store.codebooks.save(site.act("codebook", site.project), site.project.key, book)
    address = site.write("Trump told Maduro to leave.")
    page.goto(address)
    page.wait_for_selector(".ready")
    return address


def given(site: Site, address: str) -> list[object]:
    kept = site.store.documents.find(site.project, address.rpartition("/")[2])
    return list(kept.value.labels)


def test_a_document_gets_labels_with_attributes_by_keyboard(
    site: Site, page: Page, story: str
) -> None:
    page.locator("#document-labels summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator("#polite")).to_have_text("News: given")
    assert given(site, story) == [{"label": "news"}]
    expect(page.get_by_role("checkbox", name="news")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator("#polite")).to_have_text("Opinion: given")
    assert given(site, story) == [{"label": "opinion"}]  # at most one of its group
    expect(page.get_by_role("checkbox", name="news")).not_to_be_checked()
    page.get_by_role("checkbox", name="relevant").focus()
    page.keyboard.press("Space")
    page.get_by_label("why").fill("names both")
    page.get_by_label("why").press("Tab")
    saved(page)
    expect(page.get_by_label("why")).to_have_value("names both")
    assert given(site, story) == [
        {"label": "opinion"},
        {"label": "relevant", "attributes": {"why": "names both"}},
    ]
    assert focus(page) != "body"
    expect(page.locator("#document-labels summary")).to_contain_text("relevant")


def test_undo_and_redo_show_and_keep_what_was(site: Site, page: Page, story: str) -> None:
    page.locator("#document-labels summary").click()
    page.get_by_role("checkbox", name="news").check()
    expect(page.locator("#document-labels summary")).to_contain_text("news")
    page.locator("#reading").focus()
    page.keyboard.press("Control+z")
    expect(page.locator("#document-labels summary")).to_contain_text("no label")
    assert given(site, story) == []
    page.keyboard.press("Control+Shift+Z")
    expect(page.locator("#document-labels summary")).to_contain_text("news")
    assert given(site, story) == [{"label": "news"}]
    page.reload()
    expect(page.locator("#document-labels summary")).to_contain_text("news")


def test_labels_of_documents_go_out_and_do_not_mark_text(
    site: Site, page: Page, story: str
) -> None:
    page.locator("#document-labels summary").click()
    page.get_by_role("checkbox", name="news").check()
    expect(page.locator("#polite")).to_have_text("News: given")
    assert page.locator("#bar [data-label=news]").count() == 0
    assert page.locator("#chips .chip", has_text="News").count() == 0
    uid = story.rpartition("/")[2]
    answer = page.request.get(
        f"{site.address}/projects/demo/export/file?document={uid}&format=jsonl"
    )
    assert json.loads(answer.text().splitlines()[0])["labels"] == [{"label": "news"}]
