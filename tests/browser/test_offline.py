"""The server away: what is marked meanwhile is kept in the browser, and sent once and in order.

Looked at is always the store's whole list of marks, and the operation ids in its log.
"""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from annotations.store import Person
from tests.browser.conftest import Site, saved, select
from tests.browser.hands import focus, mark, open_card, pending, polite, press_try_now, with_shift
from tests.browser.test_axe import violations

pytestmark = pytest.mark.browser

STORY = "Trump told Maduro to leave.\n\nReuters reports the call.\n\nMaduro refused; Trump hung up."


@pytest.fixture
def story(site: Site, page: Page) -> str:
    address = site.write(STORY)
    come(page, address)
    return address


def come(page: Page, address: str) -> Page:
    page.goto(address)
    page.wait_for_selector(".ready")
    page.locator("#reading").focus()
    return page


def tab(page: Page, address: str) -> Page:
    """Another tab of the same browser."""
    other = page.context.new_page()
    other.set_viewport_size({"width": 1280, "height": 900})
    return come(other, address)


def put(page: Page, quote: str, key: str, nth: int = 0) -> None:
    """Select a quote and press a label's key, without waiting for anything."""
    select(page, quote, nth)
    page.keyboard.press(key)


def away(context: BrowserContext) -> None:
    context.route("**/*", lambda route: route.abort())


def back(context: BrowserContext) -> None:
    context.unroute_all()


def waits(page: Page, many: int) -> None:
    """Wait until the foot says how many changes wait for the server."""
    text = "1 change waits" if many == 1 else f"{many} changes wait"
    expect(page.locator("#state")).to_have_text(f"{text}: the server does not answer.")


def try_now(page: Page) -> None:
    press_try_now(page)
    saved(page)


def made(site: Site) -> list[tuple[str, str]]:
    """Every change in documents as it was done, in order: its kind, and its operation id."""
    rows = site.store.database.rows(
        "select kind, op_id from changes where document_id is not null order by seq"
    )
    return [tuple(row) for row in rows]


def kept(page: Page) -> list[tuple[str, str]]:
    """What the browser keeps, in order: kind, and operation id."""
    found = page.evaluate(
        """() => new Promise((resolve, reject) => {
            const asked = indexedDB.open("postil");
            asked.onerror = () => reject(asked.error);
            asked.onsuccess = () => {
                const all = asked.result.transaction("letters").objectStore("letters").getAll();
                all.onsuccess = () => {
                    resolve(all.result.map((letter) => [letter.kind, letter.op]));
                    asked.result.close();
                };
            };
        })"""
    )
    return [tuple(letter) for letter in found]


def test_what_is_marked_while_the_server_is_away_is_sent_once_and_in_order(
    site: Site, page: Page, story: str
) -> None:
    away(page.context)
    for quote, key in (("told Maduro", "1"), ("Reuters", "2"), ("Maduro refused", "1")):
        put(page, quote, key)
    waits(page, 3)
    assert pending(page) == ["told Maduro", "Reuters", "Maduro refused"]
    letters = kept(page)
    assert [kind for kind, _ in letters] == ["create", "create", "create"]
    assert site.marks(story) == []
    back(page.context)
    try_now(page)
    assert made(site) == letters
    assert kept(page) == []
    assert site.marks(story) == [
        ("claim", "told Maduro"),
        ("actor", "Reuters"),
        ("claim", "Maduro refused"),
    ]
    expect(page.locator("#assertive")).to_have_text("Everything is saved now.")


def test_a_letter_says_what_it_was_made_on(site: Site, page: Page, story: str) -> None:
    mark(page, "Reuters", "2")
    open_card(page, "Reuters")
    away(page.context)
    page.get_by_label("Note").fill("an agency")
    page.get_by_label("Note").blur()
    waits(page, 1)
    [letter] = page.evaluate(
        """() => new Promise((resolve) => {
            const asked = indexedDB.open("postil");
            asked.onsuccess = () => {
                const all = asked.result.transaction("letters").objectStore("letters").getAll();
                all.onsuccess = () => resolve(all.result);
            };
        })"""
    )
    document = site.store.documents.find(site.project, story.rpartition("/")[2])
    [now] = site.store.marks.of(document)
    me = site.store.people.first()
    assert letter["person"] == me.id
    assert letter["revision"] == "1"
    assert dict(letter["fields"])["saw"] == str(now.version)
    assert letter["about"] == now.id
    assert letter["page"] == "/" + story.split("/", 3)[3]
    back(page.context)
    try_now(page)


def test_a_tab_that_is_closed_while_something_waits_warns_and_the_next_visit_sends_it(
    site: Site, page: Page, story: str
) -> None:
    asked: list[str] = []
    other = tab(page, story)
    away(page.context)
    page.bring_to_front()
    page.mouse.click(400, 500)
    put(page, "told Maduro", "1")
    waits(page, 1)
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.close(run_before_unload=True)
    expect(other.locator("#state")).to_have_attribute("data-state", "waiting")
    assert asked == ["beforeunload"]
    again = page.context.new_page()
    other.close()
    back(again.context)
    come(again, story)
    expect(again.locator("#reading mark")).to_have_text("told Maduro")
    saved(again)
    assert site.marks(story) == [("claim", "told Maduro")]
    assert [kind for kind, _ in made(site)] == ["create"]
    assert kept(again) == []


def test_a_tab_that_crashes_loses_nothing_and_any_page_of_postil_sends_what_it_left(
    site: Site, page: Page, story: str
) -> None:
    other = page.context.new_page()
    other.goto(site.address)
    away(page.context)
    put(page, "told Maduro", "1")
    put(page, "Reuters", "2")
    waits(page, 2)
    letters = kept(page)
    page.close()
    back(other.context)
    other.reload()
    expect(other.locator("#mail")).to_contain_text("Everything is saved now.")
    assert made(site) == letters
    assert site.marks(story) == [("claim", "told Maduro"), ("actor", "Reuters")]


def test_two_tabs_share_one_queue(site: Site, page: Page, story: str) -> None:
    second = site.write("Another text, about the same call.")
    other = tab(page, second)
    away(page.context)
    put(page, "told Maduro", "1")
    waits(other, 1)
    put(other, "the same call", "2")
    waits(page, 2)
    put(page, "Reuters", "2")
    waits(other, 3)
    assert pending(page) == ["told Maduro", "Reuters"]
    assert pending(other) == ["the same call"]
    letters = kept(page)
    back(page.context)
    press_try_now(other)
    saved(page)
    saved(other)
    assert made(site) == letters
    assert site.marks(story) == [("claim", "told Maduro"), ("actor", "Reuters")]
    assert site.marks(second) == [("actor", "the same call")]
    expect(page.locator("#reading mark")).to_have_text(["told Maduro", "Reuters"])
    expect(other.locator("#reading mark")).to_have_text(["the same call"])
    assert kept(page) == []


def test_a_note_that_waits_in_one_tab_is_not_replaced_by_that_of_another(
    site: Site, page: Page, story: str
) -> None:
    put(page, "Reuters", "2")
    saved(page)
    other = tab(page, story)
    for each in (page, other):
        open_card(each, "Reuters")
    away(page.context)
    for each, note in ((page, "first"), (other, "second")):
        each.get_by_label("Note").fill(note)
        each.get_by_label("Note").blur()
    waits(page, 2)
    back(page.context)
    press_try_now(page)
    expect(other.locator("table.sides")).to_contain_text("second")
    document = site.store.documents.find(site.project, story.rpartition("/")[2])
    assert [found.note for found in site.store.marks.of(document)] == ["first"]
    other.get_by_role("button", name="Take mine").click()
    expect(other.locator("table.sides")).to_have_count(0)
    saved(other)
    assert [found.note for found in site.store.marks.of(document)] == ["second"]


def test_two_tabs_that_mark_the_same_article_at_once_send_each_mark_once(
    site: Site, page: Page, story: str
) -> None:
    other = tab(page, story)
    words = ["Trump", "told", "Maduro", "leave", "Reuters", "reports", "call", "refused", "hung"]
    for at, word in enumerate(words):
        put((page, other)[at % 2], word, "2")
    saved(page)
    saved(other)
    assert [quote for _, quote in site.marks(story)] == words
    assert len({op for _, op in made(site)}) == len(made(site)) == len(words)
    expect(page.locator("#reading mark")).to_have_text(words)
    expect(other.locator("#reading mark")).to_have_text(words)


def test_a_mark_made_and_taken_back_while_the_server_is_away_leaves_no_trace_but_history(
    site: Site, page: Page, story: str
) -> None:
    away(page.context)
    put(page, "told Maduro", "1")
    page.keyboard.press("Control+z")
    put(page, "Reuters", "2")
    waits(page, 3)
    back(page.context)
    try_now(page)
    assert [kind for kind, _ in made(site)] == ["create", "undo", "create"]
    assert site.marks(story) == [("actor", "Reuters")]


def test_a_mark_that_waits_can_be_deleted_by_its_key(site: Site, page: Page, story: str) -> None:
    away(page.context)
    put(page, "told Maduro", "1")
    put(page, "Reuters", "2")
    waits(page, 2)
    page.keyboard.press("Delete")
    waits(page, 3)
    assert pending(page) == ["told Maduro"]
    assert polite(page) == "Deleted; both will be sent when the server is back."
    page.keyboard.press("Delete")
    waits(page, 4)
    assert pending(page) == []
    back(page.context)
    try_now(page)
    assert [kind for kind, _ in made(site)] == ["create", "create", "delete", "delete"]
    assert site.marks(story) == []


def test_who_wants_to_open_a_mark_that_waits_is_told_what_can_be_done(
    page: Page, story: str
) -> None:
    said = (
        "This mark waits to be sent; its card opens once the server is back. By keys it can be "
        "deleted, made unsure, and its borders moved."
    )
    away(page.context)
    put(page, "told Maduro", "1")
    waits(page, 1)
    page.keyboard.press("Enter")
    expect(page.locator("#problem .one p")).to_have_text(said)
    page.click("#problem [aria-label=Close]")
    expect(page.locator("#problem")).to_have_count(0)
    put(page, "Reuters", "2")
    waits(page, 2)
    page.evaluate("getSelection().removeAllRanges()")
    place = page.evaluate(
        """() => {
          const [range] = CSS.highlights.get("pending");
          const { left, top, width, height } = range.getBoundingClientRect();
          return [left + width / 2, top + height / 2];
        }"""
    )
    page.mouse.click(*place)
    expect(page.locator("#problem .one p")).to_have_text(said)
    back(page.context)
    try_now(page)
    expect(page.locator("#problem")).to_have_count(0)


def test_edits_of_one_mark_that_wait_do_not_conflict_with_each_other_after_a_reload(
    site: Site, page: Page, story: str
) -> None:
    mark(page, "told Maduro", "1")
    open_card(page, "told Maduro")
    page.context.route("**/annotations/**", lambda route: route.abort())
    page.get_by_label("Unsure").check()
    page.get_by_label("Note").fill("first")
    page.get_by_label("Note").blur()
    waits(page, 2)
    page.on("dialog", lambda dialog: dialog.accept())
    back(page.context)
    page.reload()
    expect(page.locator(".card .note")).to_have_text("first")
    saved(page)
    assert [kind for kind, _ in made(site)] == ["create", "edit", "edit"]
    assert page.locator("#needs").is_hidden()


def test_a_refusal_does_not_hold_up_what_has_nothing_to_do_with_it(
    site: Site, page: Page, story: str
) -> None:
    mark(page, "told Maduro", "1")
    open_card(page, "told Maduro")
    document = site.store.documents.find(site.project, story.rpartition("/")[2])
    [now] = site.store.marks.of(document)
    away(page.context)
    page.get_by_label("Note").fill("mine")
    page.get_by_label("Note").blur()
    page.get_by_label("Unsure").check()
    page.keyboard.press("Escape")
    page.locator("#reading").focus()
    put(page, "Reuters", "2")
    waits(page, 3)
    site.store.marks.edit(site.act("edit", site.project), site.project, now.id, {"note": "theirs"})
    back(page.context)
    press_try_now(page)
    problem = page.get_by_role("group", name="Could not be saved and needs you")
    expect(problem).to_be_visible()
    expect(page.locator("#reading mark").get_by_text("Reuters")).to_be_visible()
    assert problem.locator("tbody tr").all_inner_texts() == ["Note\tmine\ttheirs"]
    assert problem.locator("li").all_inner_texts() == ["Changing a mark: unsure: yes"]
    assert "changed this mark after you saw it" in page.locator("#assertive").inner_text()
    assert violations(page, only_contrast=False) == []
    assert site.marks(story) == [("claim", "told Maduro"), ("actor", "Reuters")]

    page.reload()
    needs = page.get_by_role("button", name="1 needs you")
    expect(needs).to_be_visible()
    assert page.locator("#problem").count() == 0
    needs.press("Enter")
    assert focus(page) == "button"
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Take mine")).to_be_focused()
    page.keyboard.press("Enter")
    saved(page)
    expect(problem).to_have_count(0)
    expect(needs).to_be_hidden()
    expect(page.locator(".card .said").first).to_contain_text("unsure")  # what waited for it
    saved(page)
    [first, _] = site.store.marks.of(document)
    assert (first.note, first.unsure) == ("mine", True)
    assert kept(page) == []


@pytest.mark.parametrize(
    ("choose", "note", "concept"),
    [
        ("Leave it as it is now", "theirs", "their concept"),
        ("Take mine", "mine", "my concept"),
        ("Take what is chosen", "mine", "their concept"),
    ],
)
def test_of_a_stale_edit_one_chooses_field_by_field(
    site: Site, page: Page, story: str, choose: str, note: str, concept: str
) -> None:
    mark(page, "told Maduro", "1")
    open_card(page, "told Maduro")
    document = site.store.documents.find(site.project, story.rpartition("/")[2])
    [now] = site.store.marks.of(document)
    form = page.locator("#edit-form")
    form.evaluate("(form) => form.addEventListener('change', (e) => e.stopPropagation())")
    page.get_by_label("Concept").fill("my concept")
    page.get_by_label("Note").fill("mine")
    theirs = {"note": "theirs", "concept": "their concept"}
    site.store.marks.edit(site.act("edit", site.project), site.project, now.id, theirs)
    form.evaluate("(form) => form.requestSubmit()")
    problem = page.get_by_role("group", name="Could not be saved and needs you")
    expect(problem).to_be_visible()
    rows = problem.locator("tbody tr").all_inner_texts()
    assert [" ".join(row.split()) for row in rows] == [
        "Concept my concept their concept",
        "Note mine theirs",
    ]
    problem.get_by_role("radio", name="mine", exact=True).check()
    problem.get_by_role("button", name=choose).click()
    expect(problem).to_have_count(0)
    saved(page)
    expect(page.locator("#needs")).to_be_hidden()
    [left] = site.store.marks.of(document)
    assert (left.note, left.concept) == (note, concept)


def test_a_mark_that_cannot_be_made_waits_for_a_person_and_can_be_thrown_away(
    site: Site, page: Page, story: str
) -> None:
    page.context.route(
        "**/annotations",
        lambda route: route.continue_(
            post_data=(route.request.post_data or "").replace("told", "tell")
        ),
    )
    put(page, "told Maduro", "1")
    problem = page.get_by_role("group", name="Could not be saved and needs you")
    expect(problem).to_contain_text("claim on “told Maduro”")
    problem.get_by_role("button", name="Close").click()
    expect(page.get_by_role("button", name="1 needs you")).to_be_visible()
    page.get_by_role("button", name="1 needs you").click()
    page.get_by_role("button", name="Try again").click()
    expect(problem).to_contain_text("Somebody was here before you")
    page.get_by_role("button", name="Throw it away").click()
    expect(problem).to_have_count(0)
    expect(page.locator("#needs")).to_be_hidden()
    assert polite(page) == "Settled. Nothing else needs you."
    assert focus(page) == "reading"
    assert kept(page) == []
    assert site.marks(story) == []


def test_what_could_not_be_saved_is_told_on_other_pages_and_leads_to_its_article(
    site: Site, page: Page, story: str
) -> None:
    page.context.route(
        "**/annotations",
        lambda route: route.continue_(
            post_data=(route.request.post_data or "").replace("told", "tell")
        ),
    )
    put(page, "told Maduro", "1")
    expect(page.locator("#needs")).to_be_visible()
    page.goto(site.address)
    mail = page.locator("#mail")
    expect(mail).to_contain_text("Something could not be saved and needs you")
    assert violations(page, only_contrast=False) == []
    mail.get_by_role("link").click()
    expect(page.get_by_role("button", name="1 needs you")).to_be_visible()


def become(page: Page, site: Site, person: Person) -> None:
    """Say in a tab of its own that somebody else sits here now."""
    other = page.context.new_page()
    other.goto(f"{site.address}/you")
    other.get_by_role("button", name=person.name, exact=True).click()
    other.close()


def test_what_one_person_marked_never_goes_out_under_the_next_ones_name(
    site: Site, page: Page, story: str
) -> None:
    ben = site.store.people.add("Ben")
    first = site.store.people.first()
    become(page, site, ben)
    put(page, "told Maduro", "1")
    panel = page.locator("#problem .one")
    expect(panel).to_contain_text(f"This was written as {first.name}, and at this browser you are")
    assert "Ben" in page.locator("#assertive").inner_text()
    assert pending(page) == ["told Maduro"]
    assert site.marks(story) == []

    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    page.wait_for_selector(".ready")
    mail = page.locator("#mail")
    expect(mail).to_contain_text(f"1 change that {first.name} made waits in this browser")
    assert pending(page) == []
    page.locator("#reading").focus()
    mark(page, "Reuters", "2")
    mail.get_by_role("button", name=f"Be {first.name}, and send them").click()
    expect(page.locator("#reading mark")).to_have_text(["told Maduro", "Reuters"])
    saved(page)
    document = site.store.documents.find(site.project, story.rpartition("/")[2])
    layers = {k.key: k.value.annotator for k in site.store.layers.on_document(document.key)}
    found = site.store.marks.of(document)
    by = {a.quote(STORY): layers[site.store.marks.find(site.project, a.id).layer] for a in found}
    assert by == {"told Maduro": first.name, "Reuters": "Ben"}
    expect(mail).to_be_hidden()


def test_one_becomes_oneself_again_without_leaving_the_page(
    site: Site, page: Page, story: str
) -> None:
    ben = site.store.people.add("Ben")
    first = site.store.people.first()
    become(page, site, ben)
    put(page, "told Maduro", "1")
    page.get_by_role("button", name=f"Be {first.name} again, and send it").click()
    saved(page)
    expect(page.locator("#problem")).to_have_count(0)
    assert site.marks(story) == [("claim", "told Maduro")]
    assert focus(page) == "reading"


def test_where_the_browser_keeps_nothing_it_still_sends_and_says_so(
    site: Site, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    page.add_init_script(
        "Object.defineProperty(window, 'indexedDB', {get() { throw Error('no'); }})"
    )
    address = site.write(STORY)
    come(page, address)
    away(page.context)
    page.mouse.click(400, 500)
    put(page, "told Maduro", "1")
    expect(page.locator("#state")).to_have_text(
        "1 change waits: the server does not answer. "
        "This browser keeps nothing: leave the page open."
    )
    with page.expect_event("dialog") as asked:
        # Later, for what is evaluated gives no answer while a dialog is open.
        page.evaluate("() => { setTimeout(() => { location.href = '/'; }, 100); }")
    assert asked.value.type == "beforeunload"
    asked.value.dismiss()
    back(page.context)
    try_now(page)
    assert site.marks(address) == [("claim", "told Maduro")]


def test_where_there_is_no_room_left_what_waits_lives_as_long_as_the_page(
    site: Site, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    page.add_init_script(
        """IDBObjectStore.prototype.add = () => {
            throw new DOMException("full", "QuotaExceededError"); }"""
    )
    address = site.write(STORY)
    come(page, address)
    away(page.context)
    put(page, "told Maduro", "1")
    put(page, "Reuters", "2")
    expect(page.locator("#state")).to_contain_text("This browser keeps nothing")
    back(page.context)
    try_now(page)
    assert site.marks(address) == [("claim", "told Maduro"), ("actor", "Reuters")]


def test_what_waits_has_its_borders_moved_and_is_made_unsure_by_keys(
    site: Site, page: Page, story: str
) -> None:
    away(page.context)
    put(page, "Trump", "2")
    put(page, "told", "1")
    waits(page, 2)

    for key in ("l", "l", "L", "j"):
        page.keyboard.press(with_shift(key))
    assert pending(page) == ["Trump", "Maduro to l"]
    assert polite(page) == "Border moved to “Maduro to l”"
    page.keyboard.press("u")
    waits(page, 7)
    back(page.context)
    try_now(page)

    assert site.marks(story) == [("actor", "Trump"), ("claim", "Maduro to l")]
    document = site.store.documents.find(site.project, story.rpartition("/")[2])
    assert [mark.unsure for mark in site.store.marks.of(document)] == [False, True]
    expect(page.locator("#reading mark")).to_have_text(["Trump", "Maduro to l"])
    assert pending(page) == []
    assert kept(page) == []


def test_a_border_that_cannot_go_further_says_so_and_a_deleted_mark_has_none(
    site: Site, page: Page, story: str
) -> None:
    away(page.context)
    put(page, "Trump", "2")
    put(page, "told", "1")
    waits(page, 2)
    page.keyboard.press("k")
    assert pending(page) == ["Trump", "told"]
    page.keyboard.press("Delete")
    waits(page, 3)
    page.keyboard.press("l")
    assert pending(page) == ["Trump told"]
    back(page.context)
    try_now(page)

    assert site.marks(story) == [("actor", "Trump told")]
