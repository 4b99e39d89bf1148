"""Reading: from the library to an article, its type, its cards, its filters and its index."""

import re
from collections.abc import Callable
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from annotations.document import Annotated, Annotation, Block, Document, Inline, Layout, new_id
from tests.browser.conftest import Site

pytestmark = pytest.mark.browser

NARROW = {"width": 390, "height": 844}
SMALLEST = {"width": 320, "height": 256}
"""A window of 1280 by 1024 at 400 %."""


def opened(page: Page, address: str) -> Page:
    page.goto(address)
    page.wait_for_selector("html.ready")
    return page


def article(*blocks: tuple[str, str], **more: object) -> Document:
    text, layout = "", []
    for kind, said in blocks:
        text += "\n" if text else ""
        layout.append(
            Block(kind, len(text), len(text) + len(said), row=0 if kind == "td" else None)
        )
        text += said
    return Document(id=new_id(), title="Made up", text=text, layout=Layout(tuple(layout)), **more)  # type: ignore[arg-type]


def card(page: Page, quote: str) -> str:
    """The key of the card that quotes so."""
    found = page.locator(".card", has_text=quote).first.get_attribute("id")
    assert found
    return found[1:]


# --- to the article


def test_from_the_library_to_the_article(library: Site, page: Page) -> None:
    page.goto(library.address)
    page.get_by_role("link", name="A short call, a long list").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("A short call")
    assert page.url == library.demo
    assert page.locator("mark").count() > 150


def test_a_page_has_one_title_and_what_is_known_of_the_article_stands_below_it(
    library: Site, page: Page
) -> None:
    opened(page, library.demo)
    assert page.locator("h1").count() == 1
    title, by = page.locator("h1").bounding_box(), page.locator(".by").bounding_box()
    assert title is not None
    assert by is not None
    assert by["y"] >= title["y"] + title["height"]


# --- type


@pytest.mark.parametrize("width", [1024, 1280, 1600])
def test_a_line_holds_about_66_characters(
    library: Site, new_page: Callable[..., Page], width: int
) -> None:
    words = "Every reader of a long text is glad of lines that are neither short nor endless. "
    page = opened(
        new_page(viewport={"width": width, "height": 900}),
        library.add(article(("p", (words * 12).strip()))),
    )
    lines = page.evaluate(
        """() => {
        const text = document.querySelector(".b").firstChild, range = document.createRange();
        const lines = [];
        let top = null;
        for (let n = 0; n < text.length; n += 1) {
          range.setStart(text, n); range.setEnd(text, n + 1);
          const box = range.getClientRects()[0];
          if (box && (top === null || box.top > top + 8)) { top = box.top; lines.push(0); }
          lines[lines.length - 1] += 1;
        }
        return lines.slice(0, -1);
        }"""
    )
    assert 60 <= sum(lines) / len(lines) <= 72


@pytest.mark.parametrize(
    ("menu", "name", "property_", "before", "after"),
    [
        ("Theme", "Dark", "background-color", "rgb(252, 251, 248)", "rgb(25, 24, 21)"),
        ("Theme", "Sepia", "background-color", "rgb(252, 251, 248)", "rgb(244, 234, 215)"),
    ],
)
def test_a_theme_is_applied_at_once_and_remembered(
    library: Site, page: Page, menu: str, name: str, property_: str, before: str, after: str
) -> None:
    opened(page, library.demo)
    expect(page.locator("body")).to_have_css(property_, before)
    page.locator("#reading-menu summary").click()
    page.get_by_role("group", name=menu).get_by_label(name).check()
    expect(page.locator("body")).to_have_css(property_, after)
    page.reload()
    expect(page.locator("body")).to_have_css(property_, after)
    page.locator("#reading-menu summary").click()
    expect(page.get_by_role("group", name=menu).get_by_label(name)).to_be_checked()


@pytest.mark.parametrize(
    ("menu", "name", "measure"),
    [("Text size", "Very large", "fontSize"), ("Spacing", "Wide", "lineHeight")],
)
def test_size_and_spacing_are_applied_at_once_and_remembered(
    library: Site, page: Page, menu: str, name: str, measure: str
) -> None:
    opened(page, library.demo)
    read = f"parseFloat(getComputedStyle(document.querySelector('#b1')).{measure})"
    before = page.evaluate(read)
    page.locator("#reading-menu summary").click()
    page.get_by_role("group", name=menu).get_by_label(name).check()
    after = page.evaluate(read)
    assert after > before * 1.15
    page.reload()
    assert page.evaluate(read) == after


def test_the_system_decides_on_the_theme_until_the_reader_does(
    library: Site, new_page: Callable[..., Page]
) -> None:
    page = opened(new_page(color_scheme="dark"), library.demo)
    expect(page.locator("body")).to_have_css("background-color", "rgb(25, 24, 21)")
    page.evaluate("document.documentElement.dataset.theme = 'light'")
    expect(page.locator("body")).to_have_css("background-color", "rgb(252, 251, 248)")


# --- cards


def test_cards_stand_beside_their_passage(library: Site, page: Page) -> None:
    opened(page, library.demo)
    gaps = page.evaluate(
        """() => [...document.querySelectorAll(".section.arranged .cards")]
        .filter((group) => group.childElementCount && group.style.top)
        .map((group) => group.getBoundingClientRect().top
            - document.getElementById(`b${group.id.slice(1)}`).getBoundingClientRect().top)"""
    )
    assert len(gaps) > 10
    assert all(-4 <= gap <= 120 for gap in gaps), gaps
    text = page.locator("#b1").bounding_box()
    first = page.locator("#g1").bounding_box()
    assert text is not None
    assert first is not None
    assert first["x"] > text["x"] + text["width"]


def test_no_card_lies_on_another_and_the_text_has_no_holes(library: Site, page: Page) -> None:
    opened(page, library.demo)
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.wait_for_timeout(300)
    boxes = page.evaluate(
        """() => [...document.querySelectorAll(".section.arranged .cards")]
        .filter((group) => group.childElementCount && group.style.top)
        .map((group) => group.getBoundingClientRect())
        .map((box) => [box.top, box.bottom])"""
    )
    assert all(below[0] >= above[1] - 1 for above, below in pairwise(boxes))
    holes = page.evaluate(
        """() => { const all = [...document.querySelectorAll(".b")];
        const blocks = all.map((block) => block.getBoundingClientRect());
        return Math.max(...blocks.slice(1).map((box, n) => box.top - blocks[n].bottom)) }"""
    )
    assert holes < 80


def test_a_statement_tells_its_actors_and_its_status(library: Site, page: Page) -> None:
    opened(page, library.demo)
    texts = page.evaluate(
        "[...document.querySelectorAll('.card.statement .said')].map((p) => p.textContent)"
    )
    assert any(
        parts[0] == "demand"
        and "made by Nicolás Maduro" in parts
        and "addressed to Donald Trump" in parts
        and parts[-1] == "rejected"
        for parts in (text.split(" · ") for text in texts)
    )


def test_what_contradicts_a_status_is_listed_on_the_card(site: Site, page: Page) -> None:
    opened(page, site.demo)
    demand = page.locator(".card:has-text('demand')", has_text="rejected by").first
    mark = demand.get_attribute("data-id")
    assert mark
    site.store.marks.edit(
        site.act("edit", site.project), site.project, mark, {"attributes": {"status": "accepted"}}
    )
    opened(page, site.demo)
    warned = page.evaluate("document.querySelector('.card .warn').textContent")
    assert warned.startswith("Status says accepted, but: rejected by ")


@pytest.mark.parametrize("way", ["hover", "focus"])
def test_a_card_lights_its_passage(library: Site, page: Page, way: str) -> None:
    opened(page, library.demo)
    key = card(page, "Maduro had to give up the presidency")
    link = page.locator(f"#c{key} a")
    link.hover() if way == "hover" else link.focus()
    lit = page.locator("mark.on")
    expect(lit.first).to_be_visible()
    assert all(key in (mark.get_attribute("data-a") or "").split() for mark in lit.all())
    expect(page.locator(f"#c{key} .said")).to_be_visible()
    expect(page.locator(f"#c{key} .said")).to_contain_text("made by")


def test_a_passage_lights_its_cards(library: Site, page: Page) -> None:
    opened(page, library.demo)
    key = card(page, "Maduro had to give up the presidency")
    page.locator(f'mark[data-a~="{key}"]').last.hover()
    expect(page.locator(f"#c{key}")).to_have_class(re.compile(r"\bon\b"))
    page.mouse.move(5, 400)
    expect(page.locator("mark.on")).to_have_count(0)


def test_on_a_narrow_screen_a_card_opens_as_a_sheet_below(
    library: Site, new_page: Callable[..., Page]
) -> None:
    page = opened(new_page(viewport=NARROW, has_touch=True), library.demo)
    box = page.locator(".margin").first.bounding_box()
    assert box is not None
    assert box["width"] <= 1
    page.locator("mark").first.tap()
    sheet = page.locator("#editor")
    expect(sheet).to_be_visible()
    box = sheet.bounding_box()
    assert box is not None
    assert (round(box["x"]), round(box["width"])) == (0, NARROW["width"])
    assert round(box["y"] + box["height"]) == NARROW["height"]


# --- filters


def test_filters_by_label_are_in_the_address(library: Site, page: Page) -> None:
    opened(page, f"{library.demo}?labels=demand")
    assert set(page.locator("mark[data-l]").evaluate_all("m => m.map((x) => x.dataset.l)")) <= {
        "D", "…D", "DD",
    }  # fmt: skip
    assert page.locator(".card").count() == 15
    expect(page.locator(".chip", has_text="Demand")).to_have_attribute("aria-current", "true")
    expect(page.locator(".chip", has_text="Claim")).to_have_attribute("aria-current", "false")


def test_chips_switch_labels_off_and_on(library: Site, page: Page) -> None:
    opened(page, library.demo)
    page.locator(".chip", has_text="Actor").click()
    page.wait_for_url("**/demo-report?labels=claim,demand")
    expect(page.locator("mark.l1")).to_have_count(0)
    page.locator(".chip", has_text="Claim").click()
    page.wait_for_url("**/demo-report?labels=demand")
    page.locator(".chip", has_text="Actor").click()
    page.locator(".chip", has_text="Claim").click()
    page.wait_for_url("**/demo-report?")
    expect(page.locator("mark.l1").first).to_be_visible()


def test_marks_off_leaves_plain_text(library: Site, page: Page) -> None:
    opened(page, library.demo)
    text = page.locator("#b1").inner_text()
    page.locator("#show-menu summary").click()
    page.get_by_role("link", name="Marks off").click()
    page.wait_for_url("**marks=off**")
    assert page.locator("mark, .card, .hint").count() == 0
    assert page.locator("#b1").inner_text() == text
    page.locator("#show-menu summary").click()
    page.get_by_role("link", name="Marks on", exact=True).click()
    expect(page.locator("mark").first).to_be_visible()


def test_layers_are_chosen_in_the_menu_and_in_the_address(site: Site, page: Page) -> None:
    ada = site.store.people.add("Ada")
    kept = site.store.documents.find(site.project, "demo-report")
    draft = Annotation(id=new_id(), start=0, end=12, label="claim")
    site.store.marks.add(site.act("create", site.project), site.project, ada, kept, draft)
    opened(page, site.demo)
    both = page.locator(".card").count()
    page.locator("#show-menu summary").click()
    page.get_by_role("link", name="Ada").click()
    page.wait_for_url("**layers=**")
    assert page.locator(".card").count() == 1
    page.locator("#show-menu summary").click()
    page.get_by_role("link", name="All layers").click()
    expect(page.locator(".card")).to_have_count(both)
    assert "Ada" in (page.locator(".card .said").first.text_content() or "")


# --- the index and links


def test_the_index_lists_actors_with_all_mentions_then_claims_and_demands(
    library: Site, page: Page
) -> None:
    opened(page, library.demo)
    page.locator("#index-button").click()
    index = page.locator("#index")
    expect(index).to_be_visible()
    expect(index.locator("h3")).to_have_text(["Actor", "Claim", "Demand"])
    entries = index.locator("a[data-key]").evaluate_all("links => links.map((a) => a.dataset.key)")
    cards = page.locator(".card").evaluate_all("cards => cards.map((card) => card.id.slice(1))")
    assert sorted(entries) == sorted(cards)
    maduro = index.locator("li", has=page.locator(".heading", has_text="Nicolás Maduro"))
    mentions = page.locator(".card.brief", has_text="Nicolás Maduro").count()
    assert maduro.locator("a").count() == mentions > 10


def test_a_link_of_the_index_goes_to_its_place(library: Site, page: Page) -> None:
    opened(page, library.demo)
    page.locator("#index-button").click()
    link = page.locator("#index a[data-key]").last
    key = link.get_attribute("data-key")
    link.click()
    expect(page.locator(f'mark[data-a~="{key}"]').first).to_be_in_viewport()
    expect(page.locator("#card-editor")).to_have_attribute("data-key", key or "")


def test_a_link_to_one_annotation_scrolls_there_and_shows_it(library: Site, page: Page) -> None:
    opened(page, library.demo)
    key = page.locator(".card").last.get_attribute("id")
    assert key
    page.goto("about:blank")
    opened(page, f"{library.demo}#{key}")
    mark = page.locator(f'mark[data-a~="{key[1:]}"]').first
    expect(mark).to_be_in_viewport()
    expect(mark).to_have_class(re.compile(r"\bheld\b"))
    expect(page.locator("#card-editor")).to_be_visible()


# --- small windows, odd articles


@pytest.mark.parametrize("viewport", [NARROW, SMALLEST, {"width": 768, "height": 1024}])
def test_nothing_needs_sideways_scrolling(
    library: Site, new_page: Callable[..., Page], viewport: dict[str, int]
) -> None:
    long_word = "x" * 300
    wide = library.add(
        article(
            ("h1", long_word),
            ("p", long_word),
            *[("td", "a cell of words")] * 12,
            ("pre", long_word),
        )
    )
    page = new_page(viewport=viewport)
    for address in (library.demo, wide):
        opened(page, address)
        for step in (
            "",
            "document.querySelector('#show-menu').open = true",
            "document.querySelector('#show-menu').open = false;"
            "document.querySelector('#reading-menu').open = true",
            "document.querySelector('#reading-menu').open = false;"
            "document.querySelector('#index').classList.add('shown')",
        ):
            page.evaluate(step)
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= viewport["width"], f"{address} after {step!r}"


@pytest.mark.parametrize("width", [320, 390, 768])
def test_the_header_of_a_narrow_screen_takes_two_rows_at_most(
    library: Site, new_page: Callable[..., Page], width: int
) -> None:
    page = opened(new_page(viewport={"width": width, "height": 800}), library.demo)
    rows = page.evaluate(
        """() => new Set([...document.querySelectorAll("header.top > *")]
            .filter((part) => part.checkVisibility() && part.getBoundingClientRect().height > 12)
            .map((part) => { const box = part.getBoundingClientRect();
                return Math.round((box.top + box.bottom) / 40) })).size"""
    )
    assert rows <= 2


def test_an_unmarked_article_says_how_to_begin_until_something_is_marked(
    library: Site, page: Page
) -> None:
    opened(page, library.write("Nothing is marked here.\n\nNot yet."))
    expect(page.locator(".hint")).to_contain_text("Nothing is marked here yet")
    expect(page.locator(".hint li")).to_have_count(3)
    page.evaluate(
        "document.querySelector('.cards').innerHTML = '<div class=card role=comment>x</div>'"
    )
    expect(page.locator(".hint")).to_be_hidden()


def test_a_right_to_left_article_has_its_margin_on_the_left(library: Site, page: Page) -> None:
    text = "قال الوزير إن الحكومة لن تتراجع عن القرار."
    of = article(("h1", "تقرير"), ("p", text), direction="rtl", language="ar")
    found = (Annotation(id=new_id(), start=10, end=16, label="claim"),)
    opened(page, library.add(Annotated(document=of, annotations=found)))
    block, beside = page.locator("#b1").bounding_box(), page.locator("#g1").bounding_box()
    assert block is not None
    assert beside is not None
    assert beside["x"] + beside["width"] < block["x"]
    expect(page.locator("#reading")).to_have_attribute("lang", "ar")


def test_nested_and_ordered_lists_are_numbered_as_written(library: Site, page: Page) -> None:
    blocks = tuple(Block("li", 2 * n, 2 * n + 1, n % 2, ordered=True) for n in range(4))
    opened(
        page,
        library.add(Document(id=new_id(), title="L", text="a\nb\nc\nd", layout=Layout(blocks))),
    )
    assert page.locator("li.b").evaluate_all("items => items.map((li) => li.value)") == [1, 1, 2, 1]


def test_copying_a_paragraph_copies_its_text_without_letters(library: Site, page: Page) -> None:
    opened(page, library.demo)
    said, text = page.evaluate(
        """() => { const block = document.querySelector("#b4");
        getSelection().selectAllChildren(block);
        return [getSelection().toString(), block.textContent] }"""
    )
    assert said == text


def test_links_of_an_article_lead_out_safely(library: Site, page: Page) -> None:
    of = Document(
        id=new_id(),
        title="L",
        text="see there",
        layout=Layout((Block("p", 0, 9),), (Inline("a", 4, 9, "https://a.example/?b=1&c"),)),
    )
    opened(page, library.add(of))
    link = page.locator("#b0 a")
    expect(link).to_have_attribute("href", "https://a.example/?b=1&c")
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")


# --- long articles


def test_only_a_long_article_is_drawn_as_it_comes_near(library: Site, page: Page) -> None:
    opened(page, library.demo)
    assert page.locator("#whole").count() == 0
    expect(page.locator(".section").first).to_have_css("content-visibility", "visible")
    opened(
        page, library.write("\n\n".join([f"Paragraph {n}. " + "Words. " * 70 for n in range(450)]))
    )
    expect(page.locator(".section").last).to_have_css("content-visibility", "auto")
    first = page.locator("main").locator("button, a, [tabindex='0']").first
    expect(first).to_have_id("whole")
    page.locator("#whole").click()
    expect(page.locator(".section").last).to_have_css("content-visibility", "visible")
    expect(page.locator("#reading")).to_be_focused()


def test_cards_follow_their_passages_when_the_text_is_set_anew(library: Site, page: Page) -> None:
    opened(page, library.demo)
    before = page.locator("#b2").bounding_box()
    page.locator("#reading-menu summary").click()
    page.get_by_role("group", name="Text size").get_by_label("Very large").check()
    page.wait_for_timeout(200)
    block, group = page.locator("#b2").bounding_box(), page.locator("#g2").bounding_box()
    assert before is not None
    assert block is not None
    assert group is not None
    assert block["y"] > before["y"] + 50
    assert -4 <= group["y"] - block["y"] <= 120


def test_the_page_of_a_card_has_a_button_that_saves_it(site: Site, page: Page) -> None:
    page.goto(f"{site.address}/projects/demo/annotations/demo-d1")
    box = page.locator("#card-editor").bounding_box()
    assert box is not None
    assert box["width"] > 400
    page.get_by_label("Note").fill("Changed on the page of the card")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/demo-report#c*")
    assert "Changed on the page of the card" in page.content()


def test_a_reader_loads_little_and_htmx_when_it_is_needed(library: Site, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    opened(page, library.demo)
    page.wait_for_load_state("networkidle")
    scripts = [name for name in asked if name.endswith(".js")]
    assert scripts == ["theme.js", "article.js"]
    page.locator("#reading mark").first.click()
    expect(page.locator("#card-editor")).to_be_visible()
    assert "htmx.min.js" in asked
