"""On paper: marks that survive black and white, and notes below with the numbers of their marks."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from annotations.document import Annotation, new_id
from tests.browser.conftest import Site

pytestmark = pytest.mark.browser

NUMBERS = """() => {
  const cards = [...document.querySelectorAll(".card")];
  const numbers = cards.map((card) => [card.id.slice(1), card.dataset.no]);
  const told = [...document.querySelectorAll("mark[data-l]")].map((mark) =>
    [mark.dataset.a.split(" "), [...mark.dataset.l.replaceAll("…", "")].length,
     mark.dataset.no.split(",")]);
  return [numbers, told];
}"""


def printed(page: Page, address: str) -> Page:
    page.goto(address)
    page.wait_for_selector("html.ready")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    return page


def numbers_match(page: Page) -> None:
    numbers, told = page.evaluate(NUMBERS)
    assert [number for _, number in numbers] == [str(n) for n in range(1, len(numbers) + 1)]
    number_of = dict(numbers)
    for keys, letters, shown in told:
        assert len(shown) == letters
        for number in shown:
            assert number in [number_of[key] for key in keys]


def test_only_the_article_and_its_notes_are_printed(library: Site, page: Page) -> None:
    printed(page, library.demo)
    for nothing in ("header.top", ".foot", "#bar", "#index", "#editor", "#chooser", ".hint"):
        for found in page.locator(nothing).all():
            expect(found).to_be_hidden()
    for part in (".q", ".said", ".note"):
        expect(page.locator(f".card.statement {part}").first).to_be_visible()


def test_marks_are_told_by_underline_letter_and_number_without_colour(
    library: Site, page: Page
) -> None:
    printed(page, library.demo)
    looks = page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll("mark[data-l]")]
            .filter((mark) => mark.dataset.l.length === 1 && mark.classList.length === 3)
            .map((mark) => { const style = getComputedStyle(mark);
                return [mark.dataset.l, [style.backgroundColor, style.backgroundImage,
                    style.textDecorationLine, style.textDecorationStyle]] }))"""
    )
    assert looks == {
        "C": ["rgba(0, 0, 0, 0)", "none", "underline", "solid"],
        "A": ["rgba(0, 0, 0, 0)", "none", "underline", "dotted"],
        "D": ["rgba(0, 0, 0, 0)", "none", "underline", "double"],
    }
    content = page.evaluate("getComputedStyle(document.querySelector('mark'), '::before').content")
    assert content.replace(" ", "") in ('"A1"/""', '"A""1"/""', 'attr(data-l)attr(data-no)/""')


def test_notes_are_numbered_in_the_order_of_their_marks(library: Site, page: Page) -> None:
    page.goto(library.demo)
    numbers_match(page)  # as the server wrote them, for a browser without scripts
    printed(page, library.demo)
    numbers_match(page)


def test_the_numbers_still_match_after_marking_and_deleting(site: Site, page: Page) -> None:
    page.goto(site.demo)
    page.wait_for_selector("html.ready")
    kept = site.store.documents.find(site.project, "demo-report")
    person = site.store.people.first()
    draft = Annotation(id=new_id(), start=100, end=140, label="claim")
    site.store.marks.add(site.act("create", site.project), site.project, person, kept, draft)
    page.locator(".card.statement a").first.click()
    page.get_by_label("Note").fill("Changed, so that its block is swapped")
    page.get_by_label("Note").blur()
    page.wait_for_selector(".card .note:has-text('Changed')", state="attached")
    page.wait_for_selector("#state[data-state=saved]")
    page.keyboard.press("Escape")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    numbers_match(page)


def test_a_pdf_of_the_article_has_its_text_and_fits_the_paper(
    library: Site, new_page: Callable[..., Page]
) -> None:
    page = printed(new_page(viewport={"width": 794, "height": 1123}), library.demo)
    assert page.evaluate("document.documentElement.scrollWidth") <= 794
    pdf = page.pdf(format="A4", prefer_css_page_size=True)
    assert pdf.startswith(b"%PDF-")
    sheets = len(re.findall(rb"/Type\s*/Page\b", pdf))
    assert 3 <= sheets <= 12
