"""Finding in the article: hits painted, gone to by keys, selected on leaving, then marked."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from annotations.document import Document
from tests.browser.conftest import Site, saved
from tests.browser.hands import polite

pytestmark = pytest.mark.browser

TEXT = "A tax on oil.\n\nNobody likes the Tax.\n\nThe tax is 😀 paid; taxes are not. TAX!"


def ready(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector("html.ready")


def find(page: Page, words: str) -> None:
    page.locator("#reading").focus()
    page.keyboard.press("/")
    expect(page.locator("#find-field")).to_be_focused()
    page.keyboard.type(words)


def painted(page: Page, name: str) -> list[str]:
    return page.evaluate(
        """(name) => [...(CSS.highlights.get(name) ?? [])].map((range) => range.toString())""", name
    )


def selection(page: Page) -> str:
    return page.evaluate("getSelection().toString()")


def told(page: Page, text: str) -> None:
    expect(page.locator("#find-told")).to_have_text(text)


def test_a_slash_finds_and_enter_goes_from_hit_to_hit(site: Site, page: Page) -> None:
    ready(page, site.write(TEXT))

    find(page, "tax")
    told(page, "1 of 5")
    assert (painted(page, "found-now"), painted(page, "found")) == (
        ["tax"],
        ["Tax", "tax", "taxes", "TAX"],
    )
    page.keyboard.press("Enter")
    told(page, "2 of 5")
    assert painted(page, "found-now") == ["Tax"]
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Shift+Enter")
    told(page, "5 of 5")
    page.keyboard.press("F3")
    told(page, "1 of 5")
    assert polite(page) == "1 of 5"


def test_leaving_selects_the_hit_so_that_a_labels_key_marks_it(site: Site, page: Page) -> None:
    address = site.write(TEXT)
    ready(page, address)

    find(page, '"tax is')
    told(page, "1 of 1")
    page.keyboard.press("Escape")
    expect(page.locator("#find-bar")).to_be_hidden()
    expect(page.locator("#reading")).to_be_focused()
    assert (selection(page), painted(page, "found-now")) == ("tax is", [])
    page.keyboard.press("1")
    saved(page)

    expect(page.locator("#reading mark")).to_have_text("tax is")
    assert site.marks(address) == [("claim", "tax is")]


def test_f3_goes_on_after_leaving_and_each_hit_is_marked_in_turn(site: Site, page: Page) -> None:
    address = site.write(TEXT)
    ready(page, address)
    find(page, '"tax"')
    told(page, "1 of 4")
    page.keyboard.press("Escape")

    for _ in range(3):
        before = page.locator("#reading mark").count()
        page.keyboard.press("2")
        expect(page.locator("#reading mark")).to_have_count(before + 1)
        page.keyboard.press("F3")
    saved(page)

    assert site.marks(address) == [("actor", "tax"), ("actor", "Tax"), ("actor", "tax")]
    assert selection(page) == "TAX"


def test_what_is_typed_wrongly_is_told_and_nothing_found_too(site: Site, page: Page) -> None:
    ready(page, site.write(TEXT))

    find(page, "nowhere")
    told(page, "These words stand nowhere here.")
    page.locator("#find-field").fill("colour:red")
    expect(page.locator("#find-told")).to_contain_text("There is no operator “colour:”")
    page.locator("#find-field").fill("")
    told(page, "")
    page.keyboard.press("Escape")
    expect(page.locator("#reading")).to_be_focused()


def test_a_link_from_a_list_of_hits_shows_them_in_place(site: Site, page: Page) -> None:
    address = site.write(TEXT)

    kept = site.store.documents.find(site.project, address.rpartition("/")[2])
    at = kept.value.text.index("tax is")

    ready(page, f"{address}?find=%22tax%22&at={at}")

    told(page, "3 of 4")
    assert painted(page, "found") == ["tax", "Tax", "TAX"]


def test_there_is_a_button_for_whoever_has_no_keys(
    site: Site, new_page: Callable[..., Page]
) -> None:
    page = new_page(viewport={"width": 390, "height": 800}, has_touch=True)
    ready(page, site.write(TEXT))

    page.locator(".foot [data-command=find]").tap()
    page.locator("#find-field").fill("oil")
    told(page, "1 of 1")
    page.locator("#find-close").tap()

    assert selection(page) == "oil"


def test_hits_stay_painted_when_a_mark_is_made_on_one(site: Site, page: Page) -> None:
    ready(page, site.write(TEXT))
    find(page, "oil")
    told(page, "1 of 1")
    page.evaluate("""() => {
        const range = [...CSS.highlights.get("found-now")][0];
        const {startContainer, startOffset, endContainer, endOffset} = range;
        getSelection().setBaseAndExtent(startContainer, startOffset, endContainer, endOffset);
    }""")
    page.locator("#bar [data-label=actor]").click()
    saved(page)

    expect(page.locator("#reading mark")).to_have_text("oil")
    assert painted(page, "found-now") == ["oil"]


def test_a_hit_far_down_a_long_article_is_brought_into_the_window(site: Site, page: Page) -> None:
    paragraphs = [f"Paragraph {n} says much the same as all the others do." for n in range(6000)]
    paragraphs[5900] += " Here lies a needle."
    address = site.add(Document(id="long", title="Long", text="\n".join(paragraphs)))
    ready(page, address)

    find(page, "needle")
    told(page, "1 of 1")

    top = page.evaluate(
        """() => [...CSS.highlights.get("found-now")][0].getBoundingClientRect().top"""
    )
    assert 0 < top < 900
    page.keyboard.press("Escape")
    assert selection(page) == "needle"


def test_only_hits_near_the_window_are_painted(site: Site, page: Page) -> None:
    text = "\n".join("The same word again and again." for _ in range(3000))
    ready(page, site.add(Document(id="many", title="Many", text=text)))

    find(page, "again")
    told(page, "1 of 6000")

    assert len(painted(page, "found")) < 700
