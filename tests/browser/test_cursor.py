"""The cursor of words and sentences: by keys, by buttons, for a screen reader, on long pages."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from annotations.document import Annotated, Block, Document, Inline, Layout
from tests.browser.conftest import Site, saved
from tests.browser.hands import focus, mark, polite, with_shift

pytestmark = pytest.mark.browser

STORY = (
    "Trump told Mr. Maduro to leave. He refused, angrily; the call ended.\n\n"
    "The bank (BCV) says “no” to Trump’s plan.\n\n"
    "Reuters reports it."
)


@pytest.fixture
def story(site: Site, page: Page) -> str:
    address = site.write(STORY)
    opened(page, address)
    return address


def opened(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector(".ready")
    page.locator("#reading").focus()


def begin(page: Page) -> None:
    """The cursor on the first word; the sentences of the server are there."""
    page.keyboard.press("ArrowRight")
    expect(page.locator("#cursor[data-sentences=server]")).to_be_focused()


def covered(page: Page) -> str:
    """What the cursor covers, as it is painted."""
    return str(page.evaluate("() => [...(CSS.highlights.get('cursor') ?? [])].join('|')"))


def come_to_rest(page: Page) -> None:
    """Wait until the page has stopped scrolling."""
    page.evaluate(
        """() => new Promise((rests) => {
            let [top, still] = [scrollY, 0];
            const look = () => {
                still = scrollY === top ? still + 1 : 0;
                top = scrollY;
                if (still > 12) rests();
                else requestAnimationFrame(look);
            };
            look();
        })"""
    )


def press(page: Page, *keys: str) -> list[str]:
    """What the cursor covers after each key."""
    found = []
    for key in keys:
        page.keyboard.press(with_shift(key))
        found.append(covered(page))
    return found


def heard(page: Page) -> str:
    return page.locator("#cursor-where").inner_text()


def test_arrows_move_by_word_and_sentence_and_shift_extends(page: Page, story: str) -> None:
    begin(page)
    assert covered(page) == "Trump"
    assert press(page, "ArrowRight", "ArrowRight", "ArrowLeft") == ["told", "Mr", "told"]
    assert press(page, "Shift+ArrowRight", "Shift+ArrowRight", "Shift+ArrowLeft") == [
        "told Mr",
        "told Mr. Maduro",
        "told Mr",
    ]
    assert press(page, "ArrowDown", "End", "Home", "Shift+End") == [
        "He",
        "ended",
        "He",
        "He refused, angrily; the call ended",
    ]
    assert press(page, "ArrowLeft", "ArrowUp", "ArrowUp") == ["He", "Trump", "Trump"]
    assert heard(page) == "No further."
    assert press(page, "Shift+ArrowDown", "Shift+ArrowDown", "Shift+ArrowUp") == [
        "Trump told Mr. Maduro to leave",
        "Trump told Mr. Maduro to leave. He refused, angrily; the call ended",
        "Trump told Mr. Maduro to leave. He",
    ]


def test_with_control_they_move_by_clause_and_paragraph(page: Page, story: str) -> None:
    begin(page)
    assert press(page, "Control+ArrowDown", "Control+ArrowDown", "Control+ArrowDown") == [
        "The",
        "Reuters",
        "Reuters",
    ]
    assert press(page, "Control+Home", "ArrowDown", "Control+ArrowRight", "Control+ArrowRight") == [
        "Trump",
        "He",
        "angrily",
        "the",
    ]
    assert press(page, "Control+Shift+ArrowRight", "Control+ArrowLeft", "Control+End") == [
        "the call ended",
        "angrily",
        "it",
    ]


def test_single_keys_find_names_clauses_and_wider_stretches(page: Page, story: str) -> None:
    begin(page)
    assert press(page, *"ffffF") == ["Mr", "Maduro", "He", "BCV", "He"]
    assert press(page, "Control+Home", "s", "e", "e", "Escape") == [
        "Trump",
        "He",
        "He refused",
        "He refused, angrily",
        "",
    ]
    assert press(page, "s", "ArrowLeft") == ["He refused, angrily", "He"]
    assert press(page, "w", "w", "w", "W", "W") == [
        "He refused",
        "He refused, angrily; the call ended",
        "Trump told Mr. Maduro to leave. He refused, angrily; the call ended",
        "He refused, angrily; the call ended",
        "He refused",
    ]
    assert press(page, "[", "]", "}", "{") == [
        "leave. He refused",
        "leave. He refused, angrily",
        "leave. He refused",
        "He refused",
    ]


def test_start_here_lets_every_move_carry_the_end(site: Site, page: Page, story: str) -> None:
    begin(page)
    assert press(page, "ArrowRight", "v", "ArrowDown", "ArrowRight", "ArrowLeft", "f", "f") == [
        "told",
        "told",
        "told Mr. Maduro to leave",
        "told Mr. Maduro to leave. He",
        "told Mr. Maduro to leave",
        "told Mr. Maduro to leave. He",
        "told Mr. Maduro to leave. He refused, angrily; the call ended.The bank (BCV)",
    ]
    page.keyboard.press("1")
    saved(page)
    assert site.marks(story) == [
        (
            "claim",
            "told Mr. Maduro to leave. He refused, angrily; the call ended.\n\nThe bank (BCV)",
        )
    ]
    assert press(page, "ArrowRight") == ["says"]


def test_brackets_quotes_and_possessives_are_where_a_mark_would_have_them(
    site: Site, page: Page, story: str
) -> None:
    begin(page)
    press(page, "Control+ArrowDown", "Shift+ArrowRight", "Shift+ArrowRight")
    assert covered(page) == "The bank (BCV)"
    page.keyboard.press("2")
    assert press(page, "ArrowRight", "Shift+ArrowRight") == ["says", "says “no”"]
    page.keyboard.press("1")
    press(page, "f")
    assert covered(page) == "Trump"
    page.keyboard.press("2")
    assert press(page, "ArrowRight", "ArrowRight") == ["’s", "plan"]
    saved(page)
    assert site.marks(story) == [
        ("actor", "The bank (BCV)"),
        ("claim", "says “no”"),
        ("actor", "Trump"),
    ]


def test_letters_over_the_words_say_where_it_begins_and_where_it_ends(
    site: Site, page: Page, story: str
) -> None:
    begin(page)
    page.keyboard.press("'")
    assert page.locator(".letter").all_text_contents() == list("acefgh")
    assert press(page, "c", "f") == ["told", "told Mr. Maduro"]
    page.keyboard.press("3")
    assert press(page, "a") == ["Trump"]
    page.keyboard.press("2")
    page.keyboard.press("ArrowDown")
    assert page.locator(".letter").all_text_contents() == list("acefgh")
    assert press(page, "e", "z", "h") == ["angrily", "angrily", "angrily; the call ended"]
    page.keyboard.press(".")
    saved(page)
    assert site.marks(story) == [
        ("actor", "Trump"),
        ("demand", "told Mr. Maduro"),
        ("actor", "angrily; the call ended"),
    ]
    page.keyboard.press("Escape")
    expect(page.locator(".letter")).to_have_count(0)
    expect(page.locator("#cursor")).to_be_focused()


def test_the_keys_of_relations_relate_while_letters_lie_over_the_words(
    page: Page, story: str
) -> None:
    begin(page)
    page.keyboard.press("'")
    press(page, "c", "f")
    page.keyboard.press("3")
    page.keyboard.press("b")
    expect(page.locator("#picker-title")).to_have_text("made by")


def test_a_long_sentence_has_words_of_two_letters(site: Site, page: Page) -> None:
    opened(page, site.write(" ".join(f"word{n}" for n in range(60))))
    begin(page)
    page.keyboard.press("'")
    letters = page.locator(".letter").all_text_contents()
    assert (len(letters), letters[23:26], letters[-1]) == (60, ["vj", "vk", "vl"], "zh")
    assert press(page, "v", "l", "z", "h") == [
        "word0",
        "word25",
        "word25",
        " ".join(f"word{n}" for n in range(25, 60)),
    ]
    page.keyboard.press("v")
    expect(page.locator(".letter.dim")).to_have_count(41)
    page.keyboard.press("Escape")
    expect(page.locator(".letter.dim")).to_have_count(0)
    assert press(page, "a") == ["word0"]


def test_plain_arrows_scroll_until_the_cursor_was_begun(site: Site, page: Page) -> None:
    opened(page, site.write("\n\n".join(f"Paragraph {n}." for n in range(80))))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("PageDown")
    expect(page.locator(".b").nth(1)).not_to_be_in_viewport()
    expect(page.locator("#cursor")).to_be_hidden()
    assert focus(page) == "reading"
    page.keyboard.press("ArrowRight")
    expect(page.locator("#cursor")).to_be_focused()
    come_to_rest(page)
    expect(page.locator("#cursor")).to_be_in_viewport()
    assert covered(page) == "Paragraph"


def test_a_cursor_begun_while_the_page_still_scrolls_is_in_view_when_it_rests(
    site: Site, page: Page
) -> None:
    opened(page, site.write("\n\n".join(f"Paragraph {n}." for n in range(80))))
    page.keyboard.press("PageDown")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#cursor")).to_be_focused()
    come_to_rest(page)
    expect(page.locator("#cursor")).to_be_in_viewport()
    assert covered(page) == "Paragraph"
    page.keyboard.press("PageDown")
    page.keyboard.press("ArrowRight")
    come_to_rest(page)
    expect(page.locator("#cursor")).to_be_in_viewport()


def test_the_cursor_stays_in_view(site: Site, page: Page) -> None:
    opened(page, site.write("\n\n".join(f"Paragraph {n} is here." for n in range(80))))
    begin(page)
    for _ in range(45):
        page.keyboard.press("ArrowDown")
    box, tools = page.locator("#cursor").bounding_box(), page.locator("#tools").bounding_box()
    assert box is not None
    assert tools is not None
    assert 0 < box["y"] < tools["y"]
    page.keyboard.press("Control+Home")
    top = page.locator("#cursor").bounding_box()
    header = page.locator("header.top").bounding_box()
    assert top is not None
    assert header is not None
    assert top["y"] > header["y"] + header["height"] - 1


def test_escape_leaves_one_thing_at_a_time_and_a_key_comes_back(page: Page, story: str) -> None:
    begin(page)
    press(page, "ArrowDown", "v", "'", "Shift+Digit1")
    page.keyboard.press("Escape")
    expect(page.locator(".letter")).to_have_count(0)
    page.keyboard.press("Escape")
    assert heard(page) == "Ends here: He"
    page.keyboard.press("Escape")
    assert polite(page) == "No longer label first: Claim"
    expect(page.locator("#cursor")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#cursor")).to_be_hidden()
    assert (focus(page), polite(page), covered(page)) == ("reading", "Left the cursor.", "")
    page.keyboard.press("ArrowRight")
    assert covered(page) == "He"


def test_enter_opens_what_is_marked_where_the_cursor_is(site: Site, page: Page, story: str) -> None:
    mark(page, "told Mr. Maduro", "3")
    begin(page)
    press(page, "Control+Home", "ArrowRight")
    assert heard(page) == "told; marked: demand"
    page.keyboard.press("Enter")
    expect(page.locator("#card-editor blockquote")).to_have_text("told Mr. Maduro")


def test_from_a_mark_with_the_focus_the_cursor_begins_there(page: Page, story: str) -> None:
    mark(page, "Trump", "2")
    mark(page, "the call", "1")
    page.keyboard.press("p")
    assert focus(page) == "mark the call"
    page.keyboard.press("ArrowRight")
    expect(page.locator("#cursor")).to_be_focused()
    assert press(page, "ArrowUp", "p", "ArrowRight", "ArrowRight") == ["He", "He", "Trump", "told"]
    assert press(page, "n", "Shift+ArrowRight") == ["told", "the call"]


def test_every_move_has_a_button(site: Site, page: Page, story: str) -> None:
    page.locator(".foot").get_by_role("button", name="mark by keyboard").click()
    expect(page.locator("#cursor")).to_be_focused()
    tools = page.get_by_role("toolbar", name="Cursor")
    for name, expected in (
        ("Next word", "told"),
        ("Next name", "Mr"),
        ("Next name", "Maduro"),
        ("Start one word earlier", "Mr. Maduro"),
        ("Start one word earlier", "told Mr. Maduro"),
        ("End one word later", "told Mr. Maduro to"),
        ("End one word earlier", "told Mr. Maduro"),
        ("Start one word later", "Mr. Maduro"),
        ("Widen to clause, sentence, paragraph", "Trump told Mr. Maduro to leave"),
        ("Narrow again", "Mr. Maduro"),
        ("Next sentence", "He"),
        ("To clause end", "He refused"),
        ("Start here", "He refused"),
        ("Next word", "He refused, angrily"),
    ):
        tools.get_by_role("button", name=name, exact=True).click()
        assert covered(page) == expected, name
    tools.get_by_role("button", name="Claim").click()
    saved(page)
    assert site.marks(story) == [("claim", "He refused, angrily")]
    expect(page.locator("#cursor")).to_be_focused()
    tools.get_by_role("button", name="Leave the cursor").click()
    expect(tools).to_be_hidden()
    assert focus(page) == "reading"


def test_the_tools_are_reached_by_tab_and_label_keys_act_there(
    site: Site, page: Page, story: str
) -> None:
    begin(page)
    page.keyboard.press("Space")
    names = []
    for _ in range(6):
        names.append(page.evaluate("() => document.activeElement.textContent.trim()"))
        page.keyboard.press("Tab")
    assert names == ["C Claim1", "A Actor2", "D Demand3", "Label first", "✕", "◂"]
    page.keyboard.press("2")
    saved(page)
    assert site.marks(story) == [("actor", "Trump")]


def test_what_is_typed_while_the_cursor_is_fetched_happens_in_order(
    site: Site, page: Page, story: str
) -> None:
    page.route("**/cursor.js", lambda route: (page.wait_for_timeout(400), route.continue_()))
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowRight", "1", "Control+ArrowDown", "2"):
        page.keyboard.press(key)
    expect(page.locator("#reading mark")).to_have_count(2)
    saved(page)
    assert site.marks(story) == [("claim", "told Mr"), ("actor", "The")]


def test_what_is_typed_after_its_button_while_it_is_fetched_is_not_lost(
    site: Site, page: Page, story: str
) -> None:
    page.route("**/cursor.js", lambda route: (page.wait_for_timeout(400), route.continue_()))
    page.click(".foot [data-command=cursor]")
    for key in ("ArrowRight", "Shift+ArrowRight", "1"):
        page.keyboard.press(key)
    expect(page.locator("#reading mark")).to_have_count(1)
    saved(page)
    assert site.marks(story) == [("claim", "told Mr")]


def test_without_the_servers_sentences_the_browsers_own_serve(
    site: Site, page: Page, story: str
) -> None:
    page.route("**/sentences*", lambda route: route.abort())
    page.keyboard.press("ArrowRight")
    expect(page.locator("#cursor[data-sentences=browser]")).to_be_focused()
    found = press(page, "ArrowDown", "ArrowDown", "ArrowDown")
    assert found[-2:] in (["He", "The"], ["The", "Reuters"])


def test_the_cursor_changes_nothing_in_the_text(page: Page, story: str) -> None:
    before = page.locator("#reading").evaluate("(it) => it.innerHTML")
    begin(page)
    press(page, "ArrowDown", "Shift+ArrowRight", "'", "a", "c", "w", "Control+End", "F")
    assert page.locator("#reading").evaluate("(it) => it.innerHTML") == before


def test_without_highlights_of_the_browser_boxes_show_the_stretch(site: Site, page: Page) -> None:
    page.add_init_script("delete CSS.highlights")
    opened(page, site.write(STORY))
    page.keyboard.press("ArrowRight")
    expect(page.locator("#cursor")).to_be_focused()
    page.keyboard.press("Shift+End")
    assert page.evaluate("() => 'highlights' in CSS") is False
    expect(page.locator(".cursor-box")).to_have_count(1)


def test_in_arabic_the_left_arrow_leads_on(site: Site, page: Page) -> None:
    text = "قال ترامب إن مادورو رفض المطلب. انتهى الاتصال."
    opened(
        page,
        site.add(
            Document(
                "ar",
                "ar",
                text,
                Layout((Block("p", 0, len(text)),)),
                language="ar",
                direction="rtl",
            )
        ),
    )
    begin(page)
    assert press(page, "ArrowLeft", "Shift+ArrowLeft", "ArrowDown") == [
        "ترامب",
        "ترامب إن",
        "انتهى",
    ]
    page.keyboard.press("1")
    saved(page)
    assert site.marks(page.url) == [("claim", "انتهى")]


def test_offsets_are_code_points_whatever_stands_before(site: Site, page: Page) -> None:
    text = "😀😀 𐍈𐍉 said “no” 👨‍👩‍👧‍👦! Nicola\u0301s left."
    layout = Layout((Block("p", 0, len(text)),), (Inline("em", 3, 5),))
    address = site.add(Annotated(document=Document("o", "o", text, layout, language="en")))
    opened(page, address)
    begin(page)
    assert press(page, "ArrowRight", "ArrowRight", "f", "2") == [
        "said",
        "no",
        *["Nicola\u0301s"] * 2,
    ]
    saved(page)
    assert site.marks(address) == [("actor", "Nicola\u0301s")]


def node(page: Page, role: str) -> dict[str, Any]:
    """The first node of a role in the accessibility tree."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    return next(n for n in nodes if n.get("role", {}).get("value") == role and not n.get("ignored"))


def test_a_screen_reader_meets_an_application_that_says_where_it_is(page: Page, story: str) -> None:
    begin(page)
    page.keyboard.press("ArrowRight")
    cursor = node(page, "application")
    states = {p["name"]: p["value"].get("value") for p in cursor["properties"]}
    assert cursor["name"]["value"] == "Marking cursor"
    assert cursor["description"]["value"] == "told"
    assert (states["focusable"], states["focused"]) == (True, True)
    region = page.locator("#cursor-where")
    assert region.get_attribute("aria-live") == "assertive"
    told = []
    for key in ("ArrowRight", "Shift+ArrowRight", "ArrowDown", "Control+ArrowDown", "f"):
        page.keyboard.press(key)
        told.append(heard(page))
    assert told == [
        "Mr",
        "2 words: Mr. Maduro",
        "He refused, angrily; the call ended",
        "The bank (BCV) says “no” to Trump’s plan",
        "BCV",
    ]
    page.keyboard.press("2")
    saved(page)
    assert polite(page) == "Actor, one word, saved"
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowRight")
    assert heard(page) == "BCV; marked: actor"


def test_the_tools_tell_their_names_and_states(page: Page, story: str) -> None:
    begin(page)
    tools = page.get_by_role("toolbar", name="Cursor")
    for group in ("Mark as", "Sentence", "Word", "Name", "Start", "End", "Widen"):
        expect(tools.get_by_role("group", name=group, exact=True)).to_be_visible()
    page.keyboard.press("v")
    expect(tools.get_by_role("button", name="Start here", pressed=True)).to_be_visible()
    page.keyboard.press("v")
    expect(tools.get_by_role("button", name="Start here", pressed=False)).to_be_visible()


def test_in_a_long_article_a_step_looks_at_its_own_block_alone(
    site: Site, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    text = "\n\n".join(f"Paragraph {n}. " + "Words follow Words. " * 20 for n in range(1500))
    opened(page, site.write(text))
    begin(page)
    press(page, "Control+End", "ArrowUp", "Shift+ArrowRight")
    looked = page.evaluate(
        """() => {
            const real = Object.getOwnPropertyDescriptor(Node.prototype, "textContent");
            window.looked = new Set();
            Object.defineProperty(Node.prototype, "textContent", { ...real, get() {
                if (this instanceof Element && this.matches(".b")) window.looked.add(this.id);
                return real.get.call(this); } });
            return window.looked.size; }"""
    )
    assert looked == 0
    assert press(page, "ArrowUp", "ArrowUp", "w")[-1] == "Words follow Words"
    page.keyboard.press("1")
    saved(page)
    assert page.evaluate("() => window.looked.size") <= 3
