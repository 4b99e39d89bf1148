"""What the tests of marking do with mouse and keys, and what they look at."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import saved, select


def point_of(page: Page, quote: str, end: bool = False) -> tuple[float, float]:
    """Where a quote begins or ends in the window, a hair inside it."""
    select(page, quote)
    box = page.evaluate(
        """(end) => {
            const boxes = [...getSelection().getRangeAt(0).getClientRects()];
            const box = end ? boxes.at(-1) : boxes[0];
            getSelection().removeAllRanges();
            return [end ? box.right - 1 : box.left + 1, box.top + box.height / 2];
        }""",
        end,
    )
    return box[0], box[1]


def drag(page: Page, first: str, last: str) -> None:
    """Draw the mouse from where one quote begins to where another ends."""
    ends = point_of(page, last, end=True)
    begins = point_of(page, first)
    page.mouse.move(*begins)
    page.mouse.down()
    page.mouse.move((begins[0] + ends[0]) / 2, (begins[1] + ends[1]) / 2, steps=3)
    page.mouse.move(*ends, steps=3)
    page.mouse.up()


def polite(page: Page) -> str:
    return page.locator("#polite").inner_text()


def focus(page: Page) -> str:
    """What has the focus: its id, the annotation of a mark, or its tag."""
    return page.evaluate(
        """() => { const it = document.activeElement;
            if (it.id) return it.id;
            return it.dataset.a ? "mark " + it.textContent : it.tagName.toLowerCase(); }"""
    )


def mark(page: Page, quote: str, key: str, nth: int = 0) -> None:
    """Select a quote, press a label's key, and wait until it is kept."""
    page.locator("#reading").focus()
    select(page, quote, nth)
    page.keyboard.press(key)
    saved(page)


def open_card(page: Page, quote: str) -> None:
    """Open the card of the mark that shows exactly this text, by a click."""
    page.locator("#reading mark").get_by_text(quote, exact=True).first.click()
    expect(page.locator("#card-editor")).to_be_visible()


def pending(page: Page) -> list[str]:
    """What is painted as not kept yet."""
    return page.evaluate(
        """() => { const found = CSS.highlights.get("pending");
            return found ? [...found].map((range) => range.toString()) : []; }"""
    )


def press_try_now(page: Page) -> None:
    """As a click does, also where it is tried again by itself before one can click."""
    page.locator("#retry button").dispatch_event("click")


def with_shift(key: str) -> str:
    """A key as a hand presses it: a capital letter together with Shift."""
    return f"Shift+{key}" if len(key) == 1 and key.isupper() else key
