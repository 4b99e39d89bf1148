"""Saving: painted at once, kept when the server answers, done once however often it is sent."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Site, saved, select
from tests.browser.hands import focus, mark, open_card, pending, point_of, polite, press_try_now

STORY = "Trump told Maduro to leave.\n\nReuters reports the call.\n\nMaduro refused; Trump hung up."
WAITING = "1 change waits: the server does not answer."
TOLD = f"{WAITING} You can go on: everything is kept in this browser and sent later."


@pytest.fixture
def story(site: Site, page: Page) -> str:
    address = site.write(STORY)
    page.goto(address)
    page.wait_for_selector(".ready")
    page.locator("#reading").focus()
    return address


def alarm(page: Page) -> str:
    return page.locator("#assertive").inner_text()


class Line:
    """The line to the server: holds, breaks and counts what is sent."""

    def __init__(self, page: Page) -> None:
        self.sent: list[str] = []
        self.held: list[Route] = []
        self.then: Callable[[Route], None] = lambda route: route.continue_()
        page.route("**/*", self._meet)

    def _meet(self, route: Route) -> None:
        # Where one left off is told beside the queue; it changes nothing.
        if route.request.method != "POST" or route.request.url.endswith("/place"):
            route.continue_()
            return
        self.sent.append(route.request.url)
        self.then(route)

    def hold(self) -> None:
        self.then = self.held.append

    def release(self) -> None:
        self.then = lambda route: route.continue_()
        for route in self.held:
            route.continue_()
        self.held = []

    def drop_answers(self, times: int) -> None:
        """The server does what it is asked, but its answer gets lost."""

        def then(route: Route) -> None:
            if len(self.sent) > times:
                route.continue_()
                return
            route.fetch()
            route.abort()

        self.sent = []
        self.then = then


@pytest.fixture
def line(page: Page, story: str) -> Line:
    return Line(page)


def test_a_mark_is_painted_before_the_server_has_answered(
    site: Site, page: Page, story: str, line: Line
) -> None:
    line.hold()
    select(page, "told Maduro")
    page.keyboard.press("1")
    expect(page.locator("#state")).to_have_text("Saving…")
    assert pending(page) == ["told Maduro"]
    assert page.locator("mark").count() == 0
    assert site.marks(story) == []
    line.release()
    saved(page)
    assert pending(page) == []
    assert page.locator("mark").all_inner_texts() == ["told Maduro"]
    assert site.marks(story) == [("claim", "told Maduro")]


def test_several_marks_wait_in_order_and_all_arrive(
    site: Site, page: Page, story: str, line: Line
) -> None:
    line.hold()
    for quote in ("Trump", "Maduro", "Reuters"):
        select(page, quote)
        page.keyboard.press("2")
    assert pending(page) == ["Trump", "Maduro", "Reuters"]
    line.release()
    saved(page)
    assert site.marks(story) == [("actor", "Trump"), ("actor", "Maduro"), ("actor", "Reuters")]


def test_an_error_of_the_server_is_told_and_the_mark_sent_again(
    site: Site, page: Page, story: str, line: Line
) -> None:
    line.then = lambda route: route.fulfill(status=500, body="broken")
    select(page, "told Maduro")
    page.keyboard.press("1")
    expect(page.locator("#state")).to_have_text(WAITING)
    assert alarm(page) == TOLD
    assert pending(page) == ["told Maduro"]
    line.release()
    press_try_now(page)
    saved(page)
    assert pending(page) == []
    assert site.marks(story) == [("claim", "told Maduro")]
    expect(page.locator("#retry")).to_be_hidden()


def test_it_is_sent_again_without_being_asked(
    site: Site, page: Page, story: str, line: Line
) -> None:
    line.then = lambda route: route.fulfill(status=503) if len(line.sent) < 3 else route.continue_()
    select(page, "told Maduro")
    page.keyboard.press("1")
    saved(page)
    assert len(line.sent) == 3
    assert site.marks(story) == [("claim", "told Maduro")]


def test_a_server_that_never_answers_is_given_up_on_and_asked_again(
    site: Site, page: Page, line: Line, story: str
) -> None:
    page.clock.install()
    page.goto(story)
    page.wait_for_selector(".ready")
    page.locator("#reading").focus()
    line.hold()
    select(page, "told Maduro")
    page.keyboard.press("1")
    expect(page.locator("#state")).to_have_text("Saving…")
    page.clock.fast_forward(11_000)
    expect(page.locator("#state")).to_have_text(WAITING)
    assert alarm(page) == TOLD
    line.held = []
    line.release()
    page.clock.fast_forward(1_000)
    saved(page)
    assert site.marks(story) == [("claim", "told Maduro")]


def test_offline_it_waits_and_online_it_is_sent_at_once(site: Site, page: Page, story: str) -> None:
    page.context.set_offline(True)
    select(page, "told Maduro")
    page.keyboard.press("1")
    expect(page.locator("#state")).to_have_text(WAITING)
    assert alarm(page) == TOLD
    assert pending(page) == ["told Maduro"]
    page.context.set_offline(False)
    saved(page)
    assert site.marks(story) == [("claim", "told Maduro")]


def test_what_waits_survives_a_reload_of_the_page(
    site: Site, page: Page, story: str, line: Line
) -> None:
    line.then = lambda route: route.abort()
    select(page, "told Maduro")
    page.keyboard.press("1")
    expect(page.locator("#state")).to_have_text(WAITING)
    page.on("dialog", lambda dialog: dialog.accept())
    line.hold()
    page.reload()
    page.wait_for_selector(".ready")
    expect(page.locator("#state")).to_have_text("Saving…")
    assert pending(page) == ["told Maduro"]
    line.release()
    expect(page.locator("mark")).to_have_text("told Maduro")
    saved(page)
    assert site.marks(story) == [("claim", "told Maduro")]


def test_leaving_warns_while_something_waits(
    site: Site, page: Page, story: str, line: Line
) -> None:
    line.then = lambda route: route.abort()
    page.mouse.click(400, 400)
    select(page, "told Maduro")
    page.keyboard.press("1")
    expect(page.locator("#state")).to_have_text(WAITING)
    with page.expect_event("dialog") as asked:
        # Later, for what is evaluated gives no answer while a dialog is open.
        page.evaluate("() => { setTimeout(() => { location.href = '/'; }, 100); }")
    assert asked.value.type == "beforeunload"
    asked.value.dismiss()
    assert page.url == story
    line.release()
    press_try_now(page)
    saved(page)
    again: list[str] = []
    page.on("dialog", lambda dialog: (again.append(dialog.type), dialog.dismiss()))
    page.evaluate("() => { location.href = '/'; }")
    page.wait_for_url("**/")
    assert again == []


@pytest.mark.parametrize("times", [1, 3])
def test_a_mark_whose_answer_was_lost_is_made_once(
    site: Site, page: Page, story: str, line: Line, times: int
) -> None:
    line.drop_answers(times)
    select(page, "told Maduro")
    page.keyboard.press("1")
    saved(page)
    assert len(line.sent) == times + 1
    assert site.marks(story) == [("claim", "told Maduro")]
    assert page.locator("mark").all_inner_texts() == ["told Maduro"]


def changes(site: Site) -> list[str]:
    """The kinds of all changes in documents, in order."""
    rows = site.store.database.rows(
        "select kind from changes where document_id is not null order by seq"
    )
    return [kind for (kind,) in rows]


def test_an_edit_a_deletion_and_an_undo_whose_answers_were_lost_are_done_once(
    site: Site, page: Page, story: str, line: Line
) -> None:
    mark(page, "told Maduro", "1")
    open_card(page, "told Maduro")
    line.drop_answers(1)
    page.get_by_label("Note").fill("why")
    page.get_by_label("Note").blur()
    saved(page)
    expect(page.locator(".card .note")).to_have_text("why")
    line.drop_answers(1)
    page.locator("#card-editor").get_by_role("button", name="Delete").click()
    expect(page.locator("mark")).to_have_count(0)
    saved(page)
    assert site.marks(story) == []
    line.drop_answers(1)
    page.keyboard.press("Control+z")
    expect(page.locator("mark")).to_have_text("told Maduro")
    saved(page)
    assert site.marks(story) == [("claim", "told Maduro")]
    assert changes(site) == ["create", "edit", "delete", "undo"]


def test_a_mark_on_a_text_that_was_corrected_meanwhile_is_refused_with_the_reason(
    site: Site, page: Page, story: str, line: Line
) -> None:
    def then(route: Route) -> None:
        body = route.request.post_data or ""
        route.continue_(post_data=body.replace("told", "tell"))

    line.then = then
    select(page, "told Maduro")
    page.keyboard.press("1")
    expect(page.locator("#problem")).to_contain_text("Somebody was here before you")
    assert "tell Maduro" in page.locator("#problem").inner_text()
    assert "tell Maduro" in alarm(page)
    assert pending(page) == []
    assert page.locator("mark").count() == 0
    assert page.locator("#state").inner_text() == "That could not be saved."
    page.locator("#problem").get_by_role("button", name="Close").click()
    expect(page.locator("#problem")).to_have_count(0)
    assert focus(page) == "reading"


def test_a_mark_that_cannot_be_taken_is_refused_and_the_next_one_is_not(
    site: Site, page: Page, story: str, line: Line
) -> None:
    def then(route: Route) -> None:
        body = route.request.post_data or ""
        route.continue_(
            post_data=body.replace("start=0", "start=9999").replace("end=5", "end=10000")
        )

    line.then = then
    select(page, "Trump")
    page.keyboard.press("2")
    expect(page.locator("#problem")).to_be_visible()
    assert "does not fit" in page.locator("#problem").inner_text()
    assert pending(page) == []
    line.release()
    mark(page, "Reuters", "2")
    assert site.marks(story) == [("actor", "Reuters")]


def test_when_the_session_is_over_what_was_marked_is_kept_and_sent_after_a_reload(
    site: Site, page: Page, story: str
) -> None:
    page.context.clear_cookies()
    select(page, "told Maduro")
    page.keyboard.press("1")
    expect(page.locator("#problem")).to_be_visible()
    assert pending(page) == ["told Maduro"]
    assert alarm(page) == "Reload the page; what you marked is kept and will be sent again."
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(page.locator("mark")).to_have_text("told Maduro")
    assert site.marks(story) == [("claim", "told Maduro")]


def test_an_answer_that_arrives_leaves_the_selection_and_the_scroll_alone(
    site: Site, page: Page, line: Line
) -> None:
    address = site.write("\n\n".join(f"Paragraph {n} has some words." for n in range(80)))
    page.goto(address)
    page.wait_for_selector(".ready")
    page.locator("#reading").focus()
    line.hold()
    select(page, "Paragraph 40 has")
    page.keyboard.press("1")
    select(page, "some words", nth=40)
    page.evaluate("() => scrollBy(0, 120)")
    before = page.evaluate("() => scrollY")
    line.release()
    saved(page)
    page.wait_for_timeout(100)
    assert page.evaluate("() => scrollY") == before
    assert page.evaluate("() => getSelection().toString()") == "some words"
    expect(page.locator("#bar")).to_be_visible()
    page.keyboard.press("3")
    saved(page)
    assert site.marks(address) == [("claim", "Paragraph 40 has"), ("demand", "some words")]


def test_an_answer_that_arrives_in_the_middle_of_a_drag_does_not_end_it(
    site: Site, page: Page, story: str, line: Line
) -> None:
    begins, ends = point_of(page, "Maduro refused"), point_of(page, "refused", end=True)
    line.hold()
    select(page, "hung up")
    page.keyboard.press("2")
    page.mouse.move(*begins)
    page.mouse.down()
    page.mouse.move(begins[0] + 30, begins[1], steps=2)
    line.release()
    saved(page)
    page.mouse.move(*ends, steps=4)
    page.mouse.up()
    page.keyboard.press("3")
    saved(page)
    assert site.marks(story) == [("demand", "Maduro refused"), ("actor", "hung up")]


def test_an_answer_that_arrives_leaves_what_is_being_typed_alone(
    site: Site, page: Page, story: str, line: Line
) -> None:
    mark(page, "told Maduro", "1")
    open_card(page, "told Maduro")
    line.hold()
    page.get_by_label("Unsure").check()
    note = page.get_by_label("Note")
    note.click()
    page.keyboard.type("hello world")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    line.release()
    saved(page)
    expect(page.locator(".card .said")).to_contain_text("unsure")
    assert focus(page) == "edit-note"
    page.keyboard.type("X")
    assert note.input_value() == "hello worXld"
    page.keyboard.press("Control+z")
    assert note.input_value() != "hello worXld"
    note.fill("hello")
    page.keyboard.press("Escape")
    saved(page)
    expect(page.locator(".card .note")).to_have_text("hello")


def test_a_card_opened_meanwhile_is_not_replaced_by_the_answer_for_another(
    site: Site, page: Page, story: str, line: Line
) -> None:
    mark(page, "Trump", "2")
    mark(page, "Reuters", "2")
    open_card(page, "Trump")
    line.hold()
    page.get_by_label("Unsure").check()
    page.locator("#reading mark", has_text="Reuters").click()
    expect(page.locator("#card-editor blockquote")).to_have_text("Reuters")
    line.release()
    saved(page)
    assert page.locator("#card-editor blockquote").inner_text() == "Reuters"


def test_two_changes_one_after_the_other_do_not_conflict_with_each_other(
    site: Site, page: Page, story: str, line: Line
) -> None:
    mark(page, "told Maduro", "1")
    open_card(page, "told Maduro")
    line.then = lambda route: route.abort() if len(line.sent) < 3 else route.continue_()
    page.get_by_label("Unsure").check()
    page.get_by_label("Note").fill("first")
    page.get_by_label("Note").blur()
    page.get_by_role("button", name="End one word later").click()
    saved(page)
    expect(page.locator("#problem")).to_have_count(0)
    expect(page.locator(".card .note")).to_have_text("first")
    assert site.marks(story) == [("claim", "told Maduro to")]
    assert polite(page) == "Border moved to “told Maduro to”"


def test_the_answer_to_one_change_does_not_take_back_the_next_ones_in_the_card(
    site: Site, page: Page, story: str, line: Line
) -> None:
    mark(page, "told Maduro", "1")
    open_card(page, "told Maduro")
    line.hold()
    page.get_by_label("Concept").fill("leaving")
    page.get_by_label("Note").fill("hello")
    page.get_by_label("Stance").select_option("against")
    page.get_by_label("Unsure").check()
    shown = """() => ['concept', 'note', 'a-stance']
        .map((name) => document.getElementById(`edit-${name}`).value)"""
    for _ in range(3):
        with page.expect_request(lambda request: request.method == "POST"):
            line.held.pop(0).continue_()
        # The next one has gone out, so the answer to the one before is in the card.
        assert page.evaluate(shown) == ["leaving", "hello", "against"]
        assert page.get_by_label("Unsure").is_checked()
    line.release()
    saved(page)
    assert page.evaluate(shown) == ["leaving", "hello", "against"]
    kept = site.store.documents.find(site.project, story.rpartition("/")[2])
    [stored] = site.store.marks.of(kept)
    assert (stored.concept, stored.note, stored.unsure) == ("leaving", "hello", True)
    assert stored.attributes["stance"] == "against"


def test_what_is_drawn_anew_after_two_changes_may_fail_twice_without_an_error(
    site: Site, page: Page, story: str
) -> None:
    asked: list[Route] = []
    page.route("**/desk", lambda route: asked.append(route))
    with page.expect_request("**/desk"):
        mark(page, "Trump", "2")
    mark(page, "Reuters", "2")
    page.wait_for_timeout(100)
    asked[0].abort()
    for _ in range(500):
        page.wait_for_timeout(20)
        if len(asked) == 2:
            break
    asked[1].abort()
    page.unroute_all()
    mark(page, "Maduro", "2")
    expect(page.locator("#desk[data-state='in progress']")).to_be_attached()
