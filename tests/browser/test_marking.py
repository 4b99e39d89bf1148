"""Marking: by mouse, by keyboard and by the bar; what is stored is what was selected."""

import pytest
from playwright.sync_api import Page, expect

from annotations.document import Annotated, Block, Document, Inline, Layout
from tests.browser.conftest import Site, saved, select
from tests.browser.hands import drag, focus, point_of, polite
from tests.documents import DOCUMENTS

STORY = "Trump told Maduro to leave.\n\nReuters reports the call.\n\nMaduro refused; Trump hung up."


@pytest.fixture
def story(site: Site, page: Page) -> str:
    """A short article of three paragraphs, open in the browser."""
    address = site.write(STORY)
    page.goto(address)
    page.wait_for_selector(".ready")
    return address


def test_a_drag_of_the_mouse_and_a_key_mark_what_was_drawn_over(
    site: Site, page: Page, story: str
) -> None:
    drag(page, "Maduro to", "to leave")
    expect(page.locator("#bar")).to_be_visible()
    page.keyboard.press("3")
    saved(page)
    assert site.marks(story) == [("demand", "Maduro to leave")]
    assert page.locator("mark").all_inner_texts() == ["Maduro to leave"]
    assert polite(page) == "Demand, three words, saved"
    assert focus(page) == "reading"
    expect(page.locator("#bar")).to_be_hidden()


@pytest.mark.parametrize(("key", "label"), [("1", "claim"), ("2", "actor"), ("3", "demand")])
def test_each_label_has_its_key(site: Site, page: Page, story: str, key: str, label: str) -> None:
    select(page, "Reuters")
    page.keyboard.press(key)
    saved(page)
    assert site.marks(story) == [(label, "Reuters")]


@pytest.mark.parametrize(("name", "label"), [("Claim", "claim"), ("Actor", "actor")])
def test_each_label_has_a_button_in_the_bar(
    site: Site, page: Page, story: str, name: str, label: str
) -> None:
    drag(page, "Reuters", "Reuters")
    page.locator("#bar").get_by_role("button", name=name).click()
    saved(page)
    assert site.marks(story) == [(label, "Reuters")]
    assert focus(page) == "reading"


def test_a_double_click_selects_a_word_to_mark(site: Site, page: Page, story: str) -> None:
    x, y = point_of(page, "Maduro")
    page.mouse.dblclick(x + 8, y)
    page.keyboard.press("2")
    saved(page)
    assert site.marks(story) == [("actor", "Maduro")]


def test_a_triple_click_ends_with_its_paragraph(site: Site, page: Page, story: str) -> None:
    x, y = point_of(page, "Reuters")
    page.mouse.click(x + 8, y, click_count=3)
    page.keyboard.press("1")
    saved(page)
    assert site.marks(story) == [("claim", "Reuters reports the call.")]


def test_one_mark_after_another_without_touching_the_mouse_between(
    site: Site, page: Page, story: str
) -> None:
    for quote, key in (("Trump", "2"), ("told Maduro", "1"), ("leave", "3")):
        select(page, quote)
        page.keyboard.press(key)
    saved(page)
    assert site.marks(story) == [("actor", "Trump"), ("claim", "told Maduro"), ("demand", "leave")]
    page.keyboard.press("n")
    assert focus(page) == "reading"  # no mark follows the one made last
    assert polite(page) == "There is no mark to go to."
    page.keyboard.press("p")
    assert focus(page) == "mark leave"


def test_enter_opens_the_card_of_the_mark_just_made(site: Site, page: Page, story: str) -> None:
    select(page, "Reuters")
    page.keyboard.press("2")
    saved(page)
    page.keyboard.press("Enter")
    expect(page.locator("#card-editor blockquote")).to_have_text("Reuters")
    assert focus(page) == "editor-title"


def test_three_paragraphs_make_one_mark(site: Site, page: Page, story: str) -> None:
    drag(page, "told", "refused")
    page.keyboard.press("1")
    saved(page)
    quote = "told Maduro to leave.\n\nReuters reports the call.\n\nMaduro refused"
    assert site.marks(story) == [("claim", quote)]
    assert page.locator("mark").all_inner_texts() == [
        "told Maduro to leave.",
        "Reuters reports the call.",
        "Maduro refused",
    ]


def test_a_drag_upwards_marks_the_same(site: Site, page: Page, story: str) -> None:
    begins, ends = point_of(page, "told"), point_of(page, "refused", end=True)
    page.mouse.move(*ends)
    page.mouse.down()
    page.mouse.move(*begins, steps=4)
    page.mouse.up()
    page.keyboard.press("1")
    saved(page)
    assert site.marks(story)[0][1].startswith("told Maduro")
    assert site.marks(story)[0][1].endswith("Maduro refused")


def test_a_selection_crosses_styles_and_links(site: Site, page: Page) -> None:
    text = "The agency says so, and the column agrees."
    inlines = (
        Inline("em", 4, 10),
        Inline("a", 11, 18, "https://example.org/"),
        Inline("strong", 16, 27),
    )
    address = site.add(
        Document(id="styled-1", title="t", text=text, layout=Layout((Block("p", 0, 42),), inlines))
    )
    page.goto(address)
    select(page, "agency says so, and the col")
    page.keyboard.press("1")
    saved(page)
    assert site.marks(address) == [("claim", "agency says so, and the col")]
    assert "".join(page.locator("mark").all_inner_texts()) == "agency says so, and the col"
    assert page.locator("#b0").inner_text() == text


def test_white_space_at_the_ends_is_left_out(site: Site, page: Page, story: str) -> None:
    select(page, " told Maduro ")
    page.keyboard.press("1")
    saved(page)
    assert site.marks(story) == [("claim", "told Maduro")]


def test_white_space_alone_cannot_be_marked(site: Site, page: Page, story: str) -> None:
    page.locator("#reading").focus()
    select(page, " ")
    page.keyboard.press("1")
    expect(page.locator("#polite")).to_have_text("Select some text first.")
    expect(page.locator("#bar")).to_be_hidden()
    assert site.marks(story) == []


def test_the_option_snaps_to_whole_words(site: Site, page: Page, story: str) -> None:
    page.locator("#show-menu summary").click()
    page.get_by_label("Snap to whole words").check()
    page.keyboard.press("Escape")
    drag(page, "ump told", "Mad")
    page.keyboard.press("1")
    saved(page)
    assert site.marks(story) == [("claim", "Trump told Maduro")]


def test_a_selection_that_begins_in_the_heading_begins_with_the_text(
    site: Site, page: Page, story: str
) -> None:
    page.evaluate(
        """() => { const title = document.querySelector("header.title h1").firstChild;
            const text = document.getElementById("b0").firstChild;
            getSelection().setBaseAndExtent(title, 1, text, 5); }"""
    )
    page.locator("#bar button").first.click()
    saved(page)
    assert site.marks(story) == [("claim", "Trump")]


def test_everything_selected_is_the_whole_text(site: Site, page: Page, story: str) -> None:
    page.locator("#reading").focus()
    page.keyboard.press("Control+a")
    page.keyboard.press("1")
    saved(page)
    assert site.marks(story) == [("claim", STORY)]


def test_what_is_selected_outside_the_text_cannot_be_marked(
    site: Site, page: Page, story: str
) -> None:
    select(page, "Reuters")
    page.keyboard.press("2")
    saved(page)
    page.evaluate("() => getSelection().selectAllChildren(document.querySelector('.card .q'))")
    page.wait_for_timeout(100)
    expect(page.locator("#bar")).to_be_hidden()
    page.evaluate("() => getSelection().selectAllChildren(document.querySelector('header.top'))")
    page.wait_for_timeout(100)
    expect(page.locator("#bar")).to_be_hidden()


def test_marks_overlap_and_nest(site: Site, page: Page, story: str) -> None:
    for quote, key in (
        ("Trump told Maduro", "1"),
        ("Maduro to leave", "3"),
        ("Maduro", "2"),
        ("Trump told Maduro to leave.", "1"),
    ):
        select(page, quote)
        page.keyboard.press(key)
    saved(page)
    assert site.marks(story) == [
        ("claim", "Trump told Maduro to leave."),
        ("claim", "Trump told Maduro"),
        ("demand", "Maduro to leave"),
        ("actor", "Maduro"),
    ]
    assert page.locator("#b0 mark").all_inner_texts() == ["Trump told ", "Maduro", " to leave", "."]
    assert page.locator("#b0").inner_text() == "Trump told Maduro to leave."


NASTY = [
    ("astral", "📞 Maduro 🇻🇪"),
    ("astral", "👨‍👩‍👧‍👦"),
    ("astral", "🇻🇪\n𐍈𐍉 said"),
    ("combining", "Nicola\u0301s Maduro"),
    ("combining", "Z̷̢̛a̵͝l̸̀g̶o\u034f said"),
    ("combining", "ยินดี नमस्ते"),
    ("right_to_left", "مادورو رفض"),
    ("right_to_left", "טראמפ ל־Maduro"),
    ("right_to_left", "رفض المطلب.\nאמר"),
    ("markup", "<script>alert(1)</script> & <b"),
    ("styled", "Who wanted what"),
    ("styled", "Maduro\nto stay\nTrump\nan answer\nin"),
    ("whitespace", "Trump"),
]


@pytest.mark.parametrize(("name", "quote"), NASTY)
def test_the_stored_quote_is_what_was_selected(
    site: Site, page: Page, name: str, quote: str
) -> None:
    address = site.add(Annotated(document=DOCUMENTS[name].document))
    page.goto(address)
    select(page, quote)
    page.keyboard.press("1")
    saved(page)
    [(label, stored)] = site.marks(address)
    assert (label, stored.split()) == ("claim", quote.split())
    assert "".join("".join(page.locator("mark").all_inner_texts()).split()) == "".join(
        quote.split()
    )


def test_windows_line_ends_change_no_offset(site: Site, page: Page) -> None:
    address = site.write("One line.\r\n\r\nTwo Trump.\rThree 😀 here.\r\n")
    page.goto(address)
    select(page, "😀 here")
    page.keyboard.press("1")
    select(page, "Trump")
    page.keyboard.press("2")
    saved(page)
    assert site.marks(address) == [("actor", "Trump"), ("claim", "😀 here")]


MARKDOWN = """# Title

- first *item* here
- second item

| a | b |
|---|---|
| Trump | Maduro |

```

  indented  code
    more
```

> quoted words
"""


@pytest.mark.parametrize(
    ("quote", "stored"),
    [
        ("item here\nsecond", "item here\nsecond"),
        ("Trump\nMaduro", "Trump\tMaduro"),
        ("indented  code\n    more", "indented  code\n    more"),
        ("more\nquoted", "more\n\nquoted"),
        ("Title\nfirst", "Title\n\nfirst"),
    ],
)
def test_lists_tables_and_code_are_marked_as_they_stand(
    site: Site, page: Page, quote: str, stored: str
) -> None:
    from annotations.ingest import read_article

    address = site.add(read_article(MARKDOWN, kind="markdown"))
    page.goto(address)
    select(page, quote)
    page.keyboard.press("1")
    saved(page)
    assert [(label, q.split()) for label, q in site.marks(address)] == [("claim", stored.split())]
    assert "".join("".join(page.locator("mark").all_inner_texts()).split()) == "".join(
        quote.split()
    )


def test_the_bar_stands_at_the_selection_and_inside_the_window(
    site: Site, page: Page, story: str
) -> None:
    for quote in ("Trump told", "Reuters reports the call.", "Trump hung up."):
        x, y = point_of(page, quote, end=True)
        drag(page, quote, quote)
        expect(page.locator("#bar")).to_be_visible()
        box = page.locator("#bar").bounding_box()
        assert box is not None
        assert 0 < box["y"] - y < 60
        assert box["x"] >= 0
        assert box["x"] - 5 <= x <= box["x"] + box["width"] + 5


def test_the_bar_stands_above_where_there_is_no_room_below(
    site: Site,
    new_page,  # type: ignore[no-untyped-def]
) -> None:
    page: Page = new_page(viewport={"width": 1280, "height": 300})
    page.goto(site.write("\n\n".join(f"Paragraph {n} has words." for n in range(30))))
    select(page, "Paragraph 20 has")
    page.evaluate(
        """() => { const box = getSelection().getRangeAt(0).getBoundingClientRect();
            scrollBy(0, box.bottom - innerHeight + 12); }"""
    )
    page.wait_for_timeout(100)
    box = page.locator("#bar").bounding_box()
    words = page.evaluate("() => getSelection().getRangeAt(0).getBoundingClientRect().top")
    assert box is not None
    assert box["y"] + box["height"] <= words


def test_escape_leaves_the_bar_and_the_next_key_still_acts(
    site: Site, page: Page, story: str
) -> None:
    drag(page, "Reuters", "Reuters")
    expect(page.locator("#bar")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#bar")).to_be_hidden()
    assert page.evaluate("() => getSelection().toString()") == ""
    assert focus(page) == "reading"
    page.keyboard.press("1")
    expect(page.locator("#polite")).to_have_text("Select some text first.")
    assert site.marks(story) == []


def test_a_selection_may_begin_in_the_margin(site: Site, page: Page, story: str) -> None:
    x, y = point_of(page, "Reuters reports")
    ends = point_of(page, "Reuters reports", end=True)
    page.mouse.move(x - 30, y)
    page.mouse.down()
    page.mouse.move(*ends, steps=5)
    page.mouse.up()
    page.keyboard.press("1")
    saved(page)
    assert site.marks(story) == [("claim", "Reuters reports")]


def test_the_same_words_with_the_same_label_again_are_said_to_be_marked(
    site: Site, page: Page, story: str
) -> None:
    select(page, "Reuters")
    page.keyboard.press("2")
    saved(page)
    select(page, "Reuters")
    page.keyboard.press("2")
    expect(page.locator("#state")).to_have_text("Marked already")
    expect(page.locator("#polite")).to_have_text("Actor, one word, marked already")
    assert page.locator("mark").all_inner_texts() == ["Reuters"]
    assert site.marks(story) == [("actor", "Reuters")]
    select(page, "Trump")
    page.keyboard.press("2")
    saved(page)
    assert sorted(site.marks(story)) == [("actor", "Reuters"), ("actor", "Trump")]
