"""The queue by keyboard: from article to article, done or flagged, and back to the place."""

import re
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from annotations.document import Document
from annotations.store import Project
from tests.browser.conftest import Site, saved, select
from tests.browser.hands import focus, mark, polite

pytestmark = pytest.mark.browser

TEXT = "Maduro asked Trump to lift all sanctions.\n\nReuters says that Trump refused."


@pytest.fixture
def queue(site: Site) -> dict[str, str]:
    """A project of three articles: their addresses."""
    project = site.store.projects.add(
        site.act("project"), "Queue", site.store.codebooks.of(site.project.key), uid="queue"
    )
    found = {}
    for uid in ("one", "two", "three"):
        document = Document(id=uid, title=f"Article {uid}", text=TEXT)
        site.store.documents.add(site.act("document", project), project, document)
        found[uid] = f"{site.address}/projects/queue/documents/{uid}"
    return found


def project_of(site: Site) -> Project:
    return site.store.projects.find("queue")


def ready(page: Page, address: str) -> None:
    expect(page).to_have_url(address)
    page.wait_for_selector("html.ready")


def opened(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector("html.ready")


def done(page: Page) -> None:
    """Say by key that the article is done, and wait until it is."""
    page.locator("#reading").focus()
    page.keyboard.press("Shift+D")
    expect(page.locator("#desk")).to_have_attribute("data-state", "done")


def recode(site: Site, **changes: Any) -> None:
    """Change the codebook of the queue's project."""
    project = project_of(site)
    changed = replace(site.store.codebooks.of(project.key), **changes)
    site.store.codebooks.save(site.act("codebook", project), project.key, changed)


def state(site: Site, uid: str) -> tuple[str, str]:
    """What is stored for whoever sits at this installation."""
    project = project_of(site)
    key = site.store.documents.key_of(project, uid)
    found = site.store.states.of(project, site.store.people.first(), key)
    return found.name, found.note


def test_a_round_of_the_queue_without_the_mouse(
    site: Site, page: Page, queue: dict[str, str]
) -> None:
    opened(page, queue["one"])
    mark(page, "Maduro", "2")
    expect(page.locator("#desk")).to_have_attribute("data-state", "in progress")
    page.keyboard.press("Shift+D")
    expect(page.locator("#next-document")).to_be_focused()
    said = page.locator("#polite")
    expect(said).to_have_text("Done. Enter goes to the next article: Article two")
    page.keyboard.press("Enter")
    ready(page, queue["two"])
    assert focus(page) == "reading"
    page.keyboard.press("Shift+N")
    ready(page, queue["three"])
    page.keyboard.press("Shift+N")
    ready(page, queue["two"])
    page.keyboard.press("Shift+P")
    ready(page, queue["one"])
    expect(page.locator("#state-name")).to_contain_text("Done")
    assert [state(site, uid)[0] for uid in queue] == ["done", "new", "new"]


def test_done_is_opened_again_by_the_same_key_and_by_undo(
    site: Site, page: Page, queue: dict[str, str]
) -> None:
    opened(page, queue["one"])
    done(page)
    page.keyboard.press("Shift+D")
    expect(page.locator("#desk")).to_have_attribute("data-state", "in progress")
    assert focus(page) == "reading"
    page.keyboard.press("Control+z")
    expect(page.locator("#desk")).to_have_attribute("data-state", "done")
    page.keyboard.press("Control+z")
    expect(page.locator("#desk")).to_have_attribute("data-state", "new")
    page.keyboard.press("Control+Shift+z")
    expect(page.locator("#desk")).to_have_attribute("data-state", "done")


def test_at_the_end_the_keys_say_that_nothing_is_left(
    site: Site, page: Page, queue: dict[str, str]
) -> None:
    page.goto(queue["one"])
    for uid in queue:
        page.wait_for_selector("html.ready")
        done(page)
        if uid != "three":
            page.keyboard.press("Enter")
            page.wait_for_url(lambda url, now=queue[uid]: url != now)
    said = page.locator("#polite")
    expect(said).to_have_text("Done. No other article of this project is open.")
    page.keyboard.press("Shift+N")
    expect(said).to_have_text("No other article of this project is open.")
    opened(page, queue["one"])
    page.locator("#reading").focus()
    page.keyboard.press("Shift+P")
    expect(said).to_have_text("This is the first article of the project.")


def test_done_lists_what_is_missing_and_leads_to_each_card(
    site: Site, page: Page, queue: dict[str, str]
) -> None:
    project = project_of(site)
    book = site.store.codebooks.of(project.key)
    claim = book.label("claim")
    strict = replace(claim, attributes=(replace(claim.attributes[0], required=True),))
    recode(site, labels=(strict, *book.labels[1:]))
    opened(page, queue["one"])
    mark(page, "asked Trump", "1")
    page.keyboard.press("Shift+D")
    link = page.locator(".unfinished a")
    expect(link).to_have_text("Claim asked Trump")
    expect(page.locator("#assertive")).to_contain_text("Claim asked Trump: stance")
    assert state(site, "one")[0] == "in progress"
    expect(link).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#editor-title")).to_be_focused()
    page.locator("#edit-a-stance").focus()
    page.keyboard.press("f")
    page.keyboard.press("Escape")
    saved(page)
    done(page)
    expect(page.locator(".unfinished")).to_have_count(0)


def test_enter_right_after_done_waits_for_the_answer(
    site: Site, page: Page, queue: dict[str, str]
) -> None:
    opened(page, queue["one"])
    page.route("**/state", lambda route: (page.wait_for_timeout(400), route.continue_()))
    page.locator("#reading").focus()
    page.keyboard.press("Shift+D")
    page.keyboard.press("Enter")
    ready(page, queue["two"])
    assert [state(site, uid)[0] for uid in queue] == ["done", "new", "new"]


def test_enter_right_after_done_stays_when_it_is_refused(
    site: Site, page: Page, queue: dict[str, str]
) -> None:
    book = site.store.codebooks.of(project_of(site).key)
    recode(site, relations=tuple(replace(kind, required=True) for kind in book.relations))
    opened(page, queue["one"])
    mark(page, "asked Trump", "1")
    page.route("**/state", lambda route: (page.wait_for_timeout(400), route.continue_()))
    page.keyboard.press("Shift+D")
    page.keyboard.press("Enter")
    expect(page.locator(".unfinished a")).to_be_focused()
    page.wait_for_timeout(200)
    assert page.url == queue["one"]
    assert state(site, "one")[0] == "in progress"


def test_a_question_is_flagged_by_keyboard_and_passed_over(
    site: Site, page: Page, queue: dict[str, str]
) -> None:
    opened(page, queue["one"])
    page.locator("#state-name").focus()
    page.keyboard.press("Enter")
    page.locator("#state-note").focus()
    page.keyboard.type("Is N an actor? PD")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#desk")).to_have_attribute("data-state", "flagged")
    assert state(site, "one") == ("flagged", "Is N an actor? PD")
    page.keyboard.press("Enter")
    ready(page, queue["two"])
    expect(page.locator("#previous-document")).to_be_visible()


def test_a_flag_without_a_question_is_refused_in_place(
    site: Site, page: Page, queue: dict[str, str]
) -> None:
    opened(page, queue["one"])
    page.locator("#state-name").click()
    page.get_by_role("button", name="Flag it with the question").click()
    expect(page.locator("#problem")).to_contain_text("Write down the question")
    assert state(site, "one")[0] == "new"


def test_two_people_at_one_server_have_different_states(
    site: Site, new_page: Callable[..., Page], queue: dict[str, str]
) -> None:
    site.store.people.add("Bob")
    first, second = new_page(), new_page()
    second.goto(f"{site.address}/you")
    second.get_by_role("button", name="Bob").click()
    for page in (first, second):
        opened(page, queue["one"])
        page.locator("#reading").focus()
    first.keyboard.press("Shift+D")
    expect(first.locator("#desk")).to_have_attribute("data-state", "done")
    second.reload()
    expect(second.locator("#desk")).to_have_attribute("data-state", "new")
    second.goto(f"{site.address}/projects/queue")
    assert [row.split() for row in second.locator(".people tbody tr").all_inner_texts()] == [
        ["Bob", "0", "of", "3", "3", "0", "0", "0", "0", "0"],
        ["Me", "1", "of", "3", "2", "0", "1", "0", "0", "0"],
    ]


def test_what_is_not_saved_yet_is_saved_before_the_page_is_left(
    site: Site, page: Page, queue: dict[str, str]
) -> None:
    opened(page, queue["one"])
    page.route("**/annotations", lambda route: (page.wait_for_timeout(400), route.continue_()))
    page.locator("#reading").focus()
    select(page, "Maduro")
    page.keyboard.press("2")
    page.keyboard.press("Shift+N")
    ready(page, queue["two"])
    kept = site.store.documents.find(project_of(site), "one")
    assert [m.quote(kept.value.text) for m in site.store.marks.of(kept)] == ["Maduro"]


def test_a_card_that_is_typed_in_keeps_its_words_when_the_queue_goes_on(
    site: Site, page: Page, queue: dict[str, str]
) -> None:
    opened(page, queue["one"])
    mark(page, "Maduro", "2")
    page.keyboard.press("Enter")
    page.locator("#edit-note").fill("typed, not left")
    page.locator("#next-document").click()
    ready(page, queue["two"])
    kept = site.store.documents.find(project_of(site), "one")
    assert [m.note for m in site.store.marks.of(kept)] == ["typed, not left"]


# --- where one left off

LONG = "\n\n".join(
    f"Paragraph {n} 😀 begins. " + " ".join(f"Word {n}-{m} follows." for m in range(60))
    for n in range(60)
)


def top(page: Page) -> str:
    """The words that stand first in the window, below the header."""
    return page.evaluate(
        """() => {
            const edge = document.querySelector("header.top").getBoundingClientRect().bottom + 4;
            for (const block of document.querySelectorAll("#reading .b")) {
                if (block.getBoundingClientRect().bottom <= edge) continue;
                const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
                const range = document.createRange();
                for (let node = walker.nextNode(); node; node = walker.nextNode()) {
                    for (let at = 0; at < node.length; at += 1) {
                        range.setStart(node, at); range.setEnd(node, at + 1);
                        if (range.getBoundingClientRect().bottom > edge) {
                            return node.data.slice(at, at + 24);
                        }
                    }
                }
            }
            return ""; }"""
    )


def kept_place(site: Site, address: str) -> int | None:
    """What the server was told, once it was told anything: the page is left before it answers."""
    document = site.store.documents.find(site.project, address.rpartition("/")[2])
    for _ in range(400):
        found = site.store.places.of(site.store.people.first(), document)
        if found:
            return found.top
        time.sleep(0.05)
    return None


def scroll_to(page: Page, quote: str) -> None:
    page.evaluate(
        """(quote) => {
            const walker = document.createTreeWalker(
                document.getElementById("reading"), NodeFilter.SHOW_TEXT);
            for (let node = walker.nextNode(); node; node = walker.nextNode()) {
                const at = node.data.indexOf(quote);
                if (at < 0) continue;
                const range = document.createRange();
                range.setStart(node, at); range.setEnd(node, at + 1);
                const header = document.querySelector("header.top").getBoundingClientRect();
                scrollBy({top: range.getBoundingClientRect().top - header.bottom,
                    behavior: "instant"});
                return;
            } }""",
        quote,
    )


@pytest.mark.parametrize("paragraphs", [1, 12], ids=["ordinary", "drawn as it comes near"])
def test_an_article_opens_at_the_character_where_it_was_left(
    site: Site, new_page: Callable[..., Page], paragraphs: int
) -> None:
    address = site.write("\n\n".join([LONG] * paragraphs))
    page = new_page()
    opened(page, address)
    scroll_to(page, "Word 37-21 follows")
    before = top(page)
    page.goto("about:blank")
    place = kept_place(site, address)
    again, narrow = new_page(), new_page(viewport={"width": 700, "height": 600})
    text = site.store.documents.find(site.project, address.rpartition("/")[2]).value.text
    for other in (again, narrow):
        other.goto(address)
        expect(other.locator("#polite")).to_have_text("Back where you left off.")
    assert place is not None
    assert text[place : place + 24] == before
    assert top(again) == before
    # Lines break elsewhere here: the character stands in the first line.
    begins = text.index(top(narrow), max(0, place - 120))
    assert begins <= place < begins + 120


def test_an_address_that_names_a_mark_goes_before_where_one_left_off(
    site: Site, new_page: Callable[..., Page]
) -> None:
    address = site.write(LONG)
    page = new_page()
    opened(page, address)
    mark(page, "Word 2-3 follows", "1")
    key = page.locator("#reading .card").first.get_attribute("id")
    scroll_to(page, "Word 37-21 follows")
    page.goto("about:blank")
    assert kept_place(site, address) is not None
    page.goto(f"{address}#{key}")
    expect(page.locator("#card-editor")).to_be_visible()
    expect(page.locator("#reading mark").first).to_be_in_viewport()
    assert "Back" not in polite(page)


def test_an_article_that_is_done_begins_at_its_beginning(
    site: Site, new_page: Callable[..., Page]
) -> None:
    address = site.write(LONG)
    page = new_page()
    opened(page, address)
    scroll_to(page, "Word 37-21 follows")
    done(page)
    page.goto("about:blank")
    assert kept_place(site, address) is not None
    opened(page, address)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("scrollY") == 0


def test_from_where_one_left_off_a_button_leads_to_the_beginning(site: Site, page: Page) -> None:
    address = site.write(LONG)
    opened(page, address)
    scroll_to(page, "Word 37-21 follows")
    page.locator("#state-name").press("Enter")
    page.get_by_role("button", name="To the beginning of the text").press("Enter")
    assert page.evaluate("scrollY") == 0
    assert focus(page) == "reading"


# --- the next article is there


def test_the_next_article_is_fetched_before_it_is_asked_for(
    site: Site, page: Page, queue: dict[str, str]
) -> None:
    with page.expect_response(queue["two"]) as ahead:
        page.goto(queue["one"])
    assert ahead.value.status == 200
    page.wait_for_selector("html.ready")
    page.locator("#reading").focus()
    page.keyboard.press("Shift+D")
    with page.expect_response(queue["two"]) as asked:
        page.keyboard.press("Enter")
    ready(page, queue["two"])
    assert asked.value.request.is_navigation_request()


# --- the pages around it


def test_the_project_page_leads_on_and_shows_progress_in_words_and_as_a_bar(
    site: Site, page: Page, queue: dict[str, str]
) -> None:
    opened(page, queue["one"])
    done(page)
    page.goto(f"{site.address}/projects/queue")
    bar = page.get_by_role("progressbar", name="Articles settled")
    assert (bar.get_attribute("value"), bar.get_attribute("max")) == ("1", "3")
    page.get_by_role("link", name="Done 1").press("Enter")
    expect(page.locator("td.title a")).to_have_text(["Article one"])
    page.get_by_role("link", name="Go on marking").press("Enter")
    ready(page, queue["two"])


def test_without_scripts_the_state_and_the_neighbours_are_there(
    site: Site, new_page: Callable[..., Page], queue: dict[str, str]
) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(queue["two"])
    page.locator("#done-button").click()
    expect(page.locator("#state-name")).to_contain_text("Done")
    page.locator("#next-document").click()
    expect(page).to_have_url(queue["three"])
    page.locator("#previous-document").click()
    expect(page).to_have_url(queue["two"])


def test_the_foot_of_the_queue_fits_a_telephone(
    site: Site, new_page: Callable[..., Page], queue: dict[str, str]
) -> None:
    page = new_page(viewport={"width": 390, "height": 780}, has_touch=True)
    opened(page, queue["two"])
    for part in ("#previous-document", "#state-name", "#done-button", "#next-document"):
        box = page.locator(part).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        assert box["height"] >= 28
    page.locator("#done-button").tap()
    expect(page.locator("#desk")).to_have_attribute("data-state", "done")
    page.locator("#next-document").tap()
    ready(page, queue["three"])


# --- copies of finished articles, and marks to look at again


def test_agency_copy_is_offered_and_its_marks_come_over_by_keyboard(site: Site, page: Page) -> None:
    story = "\n\n".join(LONG.split("\n\n")[:4])
    first = site.write(story)
    opened(page, first)
    mark(page, "Word 2-3 follows", "1")
    page.keyboard.press("Shift+D")
    expect(page.locator("#desk")).to_have_attribute("data-state", "done")
    page.goto(site.write(f"CARACAS. {story}"))
    offer = page.get_by_role("complementary", name="Nearly the same article")
    expect(offer).to_contain_text("1 mark of it finds its place here")
    offer.get_by_role("button", name="Take them over as my marks").press("Enter")
    expect(page.locator("#reading mark")).to_have_text("Word 2-3 follows")
    expect(page.locator("#near aside")).to_have_count(0)
    page.locator("#reading").focus()
    page.keyboard.press("Control+z")
    expect(page.locator("#reading mark")).to_have_count(0)


def test_marks_are_confirmed_one_after_the_other_with_one_key(
    site: Site, page: Page, queue: dict[str, str]
) -> None:
    opened(page, queue["one"])
    for quote in ("Maduro", "Trump", "Reuters"):
        mark(page, quote, "2")
    book = site.store.codebooks.of(project_of(site).key)
    recode(site, labels=tuple(replace(label, description="Another.") for label in book.labels))
    page.goto(f"{site.address}/projects/queue")
    page.get_by_role("link", name="3 marks to review").press("Enter")
    page.get_by_role("button", name=re.compile("Confirm.*Maduro")).press("Enter")
    for quote in ("Trump", "Reuters"):
        expect(page.get_by_role("button", name=re.compile(f"Confirm.*{quote}"))).to_be_focused()
        page.keyboard.press("Enter")
    expect(page.locator("#review")).to_contain_text("Nothing waits to be looked at again.")
    page.get_by_role("button", name="Undo the last confirmation").press("Enter")
    expect(page.locator(".reviews li").first).to_contain_text("Reuters")
