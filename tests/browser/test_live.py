"""What others change shows without a reload, and takes nothing from whoever reads or types."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from playwright.sync_api import Page, Route, expect

from annotations.document import Annotation, new_id
from annotations.store import KeptDocument, KeptMark
from tests.browser.conftest import Site, saved, select
from tests.browser.hands import focus, mark, open_card

pytestmark = pytest.mark.browser

STORY = "Trump told Maduro to leave.\n\nReuters reports the call.\n\nMaduro refused; Trump hung up."


@pytest.fixture
def story(site: Site, page: Page) -> str:
    address = site.write(STORY)
    page.goto(address)
    page.wait_for_selector(".ready")
    page.locator("#reading").focus()
    return address


def of(site: Site, address: str) -> KeptDocument:
    return site.store.documents.find(site.project, address.rpartition("/")[2])


def ben_marks(site: Site, address: str, quote: str, label: str = "actor") -> KeptMark:
    """Somebody else marks a quote, at another machine."""
    people = site.store.people
    ben = next((p for p in people.all() if p.name == "Ben"), None) or people.add("Ben")
    document = of(site, address)
    start = document.value.text.index(quote)
    draft = Annotation(id=new_id(), start=start, end=start + len(quote), label=label)
    act = replace(site.act("create", site.project), document=document.key)
    site.store.marks.add(act, site.project, ben, document, draft)
    return site.store.marks.find(site.project, draft.id)


def look(page: Page) -> None:
    """Ask now rather than in some seconds, as a window does that is looked at again."""
    page.evaluate("() => { window.dispatchEvent(new Event('focus')); }")


def test_a_mark_by_somebody_else_appears_and_moves_nothing(
    site: Site, page: Page, story: str
) -> None:
    mark(page, "told Maduro", "1")
    select(page, "hung up")
    place = page.evaluate("() => [scrollY, getSelection().toString()]")
    ben_marks(site, story, "Reuters")
    look(page)
    expect(page.locator("#reading mark")).to_have_text(["told Maduro", "Reuters"])
    assert page.evaluate("() => [scrollY, getSelection().toString()]") == place
    expect(page.locator("#polite")).to_have_text("Somebody else marked here; the text shows it.")
    expect(page.locator("[data-count-of=actor]")).to_have_text("1")
    page.keyboard.press("2")
    saved(page)
    assert site.marks(story) == [
        ("claim", "told Maduro"),
        ("actor", "Reuters"),
        ("actor", "hung up"),
    ]


def test_it_is_asked_for_without_anybody_doing_anything(site: Site, page: Page, story: str) -> None:
    ben_marks(site, story, "Reuters")
    expect(page.locator("#reading mark")).to_have_text(["Reuters"])


def test_what_is_kept_before_its_answer_comes_is_not_taken_for_somebody_elses(
    site: Site, page: Page, story: str
) -> None:
    page.evaluate(
        """() => { window.said = [];
            const voice = document.getElementById("polite");
            const hear = () => { if (voice.textContent) window.said.push(voice.textContent); };
            const all = {childList: true, characterData: true, subtree: true};
            new MutationObserver(hear).observe(voice, all); }"""
    )

    def late(route: Route) -> None:
        answer = route.fetch()
        look(page)
        page.wait_for_timeout(300)
        route.fulfill(response=answer)

    page.route("**/annotations*", late)
    mark(page, "Reuters", "2")
    assert site.marks(story) == [("actor", "Reuters")]
    ben_marks(site, story, "leave")
    expect(page.locator("#reading mark")).to_have_text(["leave", "Reuters"])
    assert page.evaluate("window.said") == [
        "Actor, one word, saved",
        "Somebody else marked here; the text shows it.",
    ]


def test_nothing_is_swapped_from_under_a_button_that_is_held(
    site: Site, page: Page, story: str
) -> None:
    mark(page, "told Maduro", "1")
    page.locator(".card").hover()
    page.mouse.down()
    ben_marks(site, story, "leave")
    with page.expect_response("**/live?*"):
        look(page)
    page.evaluate("() => new Promise((done) => setTimeout(done, 200))")
    assert page.locator("#reading mark").all_text_contents() == ["told Maduro"]
    page.mouse.up()

    expect(page.locator("#card-editor")).to_be_visible()
    expect(page.locator("#reading mark")).to_have_text(["told Maduro", "leave"])


def test_marks_that_are_chosen_stay_so_when_others_mark_beside_them(
    site: Site, page: Page, story: str
) -> None:
    mark(page, "told Maduro", "1")
    page.locator(".card").click(modifiers=["Control"])
    expect(page.locator("#batch-bar")).to_contain_text("1 chosen")
    ben_marks(site, story, "leave")
    look(page)
    expect(page.locator("#reading mark")).to_have_text(["told Maduro", "leave"])
    expect(page.locator(".card.chosen .q")).to_have_text("told Maduro")
    expect(page.locator("#batch-bar")).to_contain_text("1 chosen")


def test_deletions_and_moved_borders_follow(site: Site, page: Page, story: str) -> None:
    first, second = ben_marks(site, story, "Reuters"), ben_marks(site, story, "hung up")
    look(page)
    expect(page.locator("#reading mark")).to_have_text(["Reuters", "hung up"])
    page.locator("#reading mark").first.click()
    expect(page.locator("#card-editor")).to_be_visible()
    act = replace(site.act("delete", site.project), document=of(site, story).key)
    site.store.marks.delete(act, site.project, first.value.id)
    start = second.value.start - len("Trump ")
    site.store.marks.edit(
        site.act("edit", site.project),
        site.project,
        second.value.id,
        {"fragments": [type(second.value.span)(start, second.value.end)]},
    )
    look(page)
    expect(page.locator("#reading mark")).to_have_text(["Trump hung up"])
    expect(page.locator("#card-editor")).to_have_count(0)
    assert focus(page) in ("reading", "body")


def test_what_is_known_is_asked_for_with_its_version_and_answered_with_nothing(
    site: Site, page: Page, story: str
) -> None:
    mark(page, "told Maduro", "1")
    mark(page, "Reuters", "2")
    with page.expect_response("**/live?*") as asked:
        look(page)
    assert asked.value.status == 304


def test_the_open_card_follows_unless_something_is_being_typed_in_it(
    site: Site, page: Page, story: str
) -> None:
    mark(page, "told Maduro", "1")
    open_card(page, "told Maduro")
    [now] = site.store.marks.of(of(site, story))

    def ben_writes(note: str) -> None:
        act = replace(site.act("edit", site.project), document=of(site, story).key)
        site.store.marks.edit(act, site.project, now.id, {"note": note})

    note = page.get_by_label("Note")
    ben_writes("theirs")
    look(page)
    expect(note).to_have_value("theirs")

    note.click()
    page.keyboard.press("End")
    page.keyboard.type(" and mine")
    ben_writes("theirs again")
    look(page)
    expect(page.locator(".card .note")).to_have_text("theirs again")
    assert note.input_value() == "theirs and mine"
    assert focus(page) == "edit-note"
    page.keyboard.type("!")
    note.blur()
    problem = page.get_by_role("group", name="Could not be saved and needs you")
    expect(problem).to_be_visible()
    assert problem.locator("tbody tr").all_inner_texts() == ["Note\ttheirs and mine!\ttheirs again"]
    problem.get_by_role("button", name="Take mine").click()
    saved(page)
    assert site.store.marks.of(of(site, story))[0].note == "theirs and mine!"


def test_another_tab_of_ones_own_shows_a_mark_at_once(site: Site, page: Page, story: str) -> None:
    other = page.context.new_page()
    other.goto(story)
    other.wait_for_selector(".ready")
    mark(page, "told Maduro", "1")
    expect(other.locator("#reading mark")).to_have_text(["told Maduro"])


def test_a_codebook_that_changed_is_told_and_not_swapped_in(
    site: Site, page: Page, story: str
) -> None:
    book = site.store.codebooks.of(site.project.key)
    coming = replace(book, guidelines="Mark with care.", version=book.version + 1)
    site.store.codebooks.save(site.act("codebook", site.project), site.project.key, coming)
    look(page)
    notice = page.locator("#renewed")
    expect(notice).to_contain_text("This page was changed elsewhere.")
    notice.get_by_role("link", name="Show it as it is now").click()
    page.wait_for_selector(".ready")
    expect(notice).to_have_count(0)


def test_names_that_changed_show_in_the_cards(site: Site, page: Page, story: str) -> None:
    kept = ben_marks(site, story, "Reuters")
    site.store.marks.edit(
        site.act("edit", site.project), site.project, kept.value.id, {"entity": "Rueters"}
    )
    look(page)
    expect(page.locator(".card")).to_contain_text("Rueters")
    [entry] = [e for e in site.store.actors.all(site.project) if e.name == "Rueters"]
    act = site.act("rename", site.project)
    site.store.actors.edit(act, site.project, entry.id, {"name": "Reuters Ltd"}, entry.version)
    look(page)
    expect(page.locator(".card")).to_contain_text("Reuters Ltd")


def test_lists_follow_and_keep_what_is_open_typed_and_focused(
    site: Site, page: Page, story: str
) -> None:
    kept = ben_marks(site, story, "Reuters")
    site.store.marks.edit(
        site.act("edit", site.project), site.project, kept.value.id, {"entity": "Reuters"}
    )
    page.goto(f"{site.address}/projects/demo/registers/actors")
    entry = page.locator("li", has=page.locator("strong", has_text="Reuters")).first
    entry.locator("summary").first.click()
    field = entry.get_by_label("Other names, one a line")
    field.fill("an agency")
    field.press("End")
    more = ben_marks(site, story, "Maduro")
    site.store.marks.edit(
        site.act("edit", site.project), site.project, more.value.id, {"entity": "Aaron Aardvark"}
    )
    look(page)
    expect(page.locator("strong", has_text="Aaron Aardvark")).to_have_count(1)
    assert field.input_value() == "an agency"
    expect(field).to_be_focused()
    expect(entry.locator("details")).to_have_attribute("open", "")
    expect(page.locator("#polite")).to_have_text(
        "Changed elsewhere; what you are typing was left alone."
    )


@pytest.mark.parametrize("path", ["/projects/demo/statements", "/projects/demo", "/"])
def test_tables_follow(site: Site, page: Page, story: str, path: str) -> None:
    page.goto(site.address + path)
    row = "Maduro refused" if path.endswith("statements") else None
    before = page.locator("main").inner_text()
    ben_marks(site, story, "Maduro refused", "claim")
    look(page)
    if row:
        expect(page.locator("main")).to_contain_text(row)
    else:
        expect(page.locator("main")).to_contain_text("Ben")
        assert "Ben" not in before


def test_a_page_that_nobody_sees_asks_nothing(site: Site, new_page: Callable[..., Page]) -> None:
    page = new_page()
    page.add_init_script(
        "Object.defineProperty(document, 'visibilityState', {get: () => window.seen ?? 'hidden'})"
    )
    page.clock.install()
    address = site.write(STORY)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    page.wait_for_selector(".ready")
    page.wait_for_load_state("networkidle")
    page.clock.run_for(120_000)
    assert [url for url in asked if "/live?" in url] == []
    with page.expect_request("**/live?*"):
        page.evaluate(
            """() => { window.seen = "visible";
                document.dispatchEvent(new Event("visibilitychange")); }"""
        )
