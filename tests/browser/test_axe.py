"""axe-core finds nothing serious or critical on any page, in any theme, wide and narrow.

What depends on the theme is contrast alone, so the other rules run once a width.
"""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from annotations.document import Annotated, Layer, Layout
from annotations.errors import NotFound
from tests.browser.conftest import Site
from tests.browser.hands import mark, open_card
from tests.browser.test_suggestions import offer

pytestmark = pytest.mark.browser

BAD = ("serious", "critical")
PROJECT = "/projects/demo"
ARTICLE = f"{PROJECT}/documents/demo-report"
# Its first paragraphs, for states that differ in what stands beside the text: axe looks at every
# word of a page, and the whole article has been looked at once. Lists have a few rows, not all.
EXCERPT = f"{PROJECT}/documents/excerpt"

STATES: dict[str, tuple[str, str]] = {
    "library": ("/", ""),
    "found": ("/?q=Maduro", ""),
    "project": (PROJECT, ""),
    "by state": (f"{PROJECT}?state=flagged", ""),
    "in the order of states": (f"{PROJECT}?sort=state", ""),
    "review": (f"{PROJECT}/review", ""),
    "state menu": (EXCERPT, "document.querySelector('#state-menu').open = true"),
    "codebook": (
        f"{PROJECT}/codebook",
        "for (const entry of document.querySelectorAll('details')) entry.open = true",
    ),
    "guidelines": (f"{PROJECT}/guidelines", ""),
    "guidelines beside the text": (
        EXCERPT,
        "document.querySelector('[data-command=guide]').click()",
    ),
    "picker": (
        EXCERPT,
        "document.querySelector('.card.statement a').click();"
        "setTimeout(() => document.querySelector('[data-relate]').click(), 1500)",
    ),
    "statements": (f"{PROJECT}/statements?status=rejected", ""),
    "take home to train": (
        f"{PROJECT}/export?format=bio",
        "for (const entry of document.querySelectorAll('details')) entry.open = true",
    ),
    "files in and out": (f"{PROJECT}/transfers", ""),
    "search": (
        f"{PROJECT}/search?q=amnesty",
        "document.querySelector('.operators').open = true;"
        "document.querySelector('[data-row] input').click()",
    ),
    "search nothing": (f"{PROJECT}/search?q=colour:red", ""),
    "search in context": (
        f"{PROJECT}/search?view=context&q=Trump",
        "document.querySelector('[data-row] input').click()",
    ),
    "actors": (
        f"{PROJECT}/registers/actors",
        "document.querySelector('.names details').open = true",
    ),
    "concepts": (f"{PROJECT}/registers/concepts", ""),
    "an actor": (f"{PROJECT}/registers/actors/demo-entity-2", ""),
    "article": (ARTICLE, ""),
    "open card": (EXCERPT, "document.querySelector('.card.statement a').click()"),
    "chooser": (EXCERPT, "document.querySelector('mark[data-a*=\" \"]').click()"),
    "help": (EXCERPT, "document.querySelector('.foot [data-command=help]').click()"),
    "cursor": (EXCERPT, "document.querySelector('.foot [data-command=cursor]').click()"),
    "index": (EXCERPT, "document.querySelector('#index-button').click()"),
    "settings of a project": (f"{PROJECT}/settings", ""),
    "details of an article": (f"{EXCERPT}/details", ""),
    "history": (f"{PROJECT}/history", ""),
    "history of a mark": (f"{PROJECT}/marks/demo-d1", ""),
    "trash": (f"{PROJECT}/trash", ""),
    "history of an article": (f"{ARTICLE}/history", ""),
    "as it was": (f"{ARTICLE}/at/2", "document.querySelector('.banner details').open = true"),
    "texts": (f"{EXCERPT}/texts", ""),
    "correct": (f"{EXCERPT}/correct", ""),
    "doubts": (f"{EXCERPT}/doubts", ""),
    "index page": (f"{EXCERPT}/index", ""),
    "menus": (
        EXCERPT,
        "for (const menu of document.querySelectorAll('details.menu')) menu.open = true",
    ),
    "filtered": (f"{EXCERPT}?labels=demand", ""),
    "marks off": (f"{EXCERPT}?marks=off", ""),
    "suggestions": (f"{EXCERPT}/suggestions", ""),
    "suggestion": (
        EXCERPT,
        "document.querySelector('#show-menu [data-command=nextSuggestion]').click()",
    ),
    "all suggestions": (EXCERPT, "document.querySelector('#suggestions-button').click()"),
    "same again": (f"{PROJECT}/annotations/demo-a1/again?within=project", ""),
    "card page": (f"{PROJECT}/annotations/demo-d1", ""),
    "import": (f"{PROJECT}/import", ""),
    "import anywhere": ("/import", ""),
    "bring in a bundle": ("/bundle", ""),
    "import preview": (
        f"{PROJECT}/import",
        "document.querySelector('#text').value = 'A text.';"
        "document.querySelector('.bring button.primary').click()",
    ),
    "take home": (f"{PROJECT}/export?document=demo-report", ""),
    "you": ("/you", ""),
    "not found": ("/nowhere", ""),
}
APPEARS = {"open card": "#card-editor", "chooser": "#chooser button", "index": "#index.shown h3"}
APPEARS |= {"guidelines beside the text": "#guide", "picker": "#picker-list li"}
APPEARS |= {"suggestion": "#offer .q", "all suggestions": "#suggestions"}
APPEARS |= {"cursor": "#tools .moving", "import preview": ".preview"}

THEMES = ("light", "dark", "sepia")


def violations(page: Page, only_contrast: bool) -> list[str]:
    """What axe says is serious or critical: the rule, and where."""
    options: dict[str, object] = {"resultTypes": ["violations"]}
    if only_contrast:
        options["runOnly"] = {"type": "rule", "values": ["color-contrast"]}
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    found = page.evaluate(
        """async ([options, bad]) => {
            // A rule's impact is that of all that it finds: those of the others would be left out.
            const others = axe._audit.rules.filter(({impact}) => impact && !bad.includes(impact));
            const rules = Object.fromEntries(others.map(({id}) => [id, {enabled: false}]));
            return (await axe.run({rules, ...options})).violations;
        }""",
        [options, BAD],
    )
    return [
        f"{rule['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for rule in found
        if rule["impact"] in BAD
        for node in rule["nodes"][:3]
    ]


def excerpt(library: Site) -> None:
    """Put the first paragraphs of the demo beside it, with what is marked and suggested in them."""
    try:
        library.store.documents.find(library.project, "excerpt")
    except NotFound:
        whole = library.store.documents.find(library.project, "demo-report")
    else:
        return
    blocks = whole.value.layout.blocks[:4]
    end = blocks[-1].end
    marks = [mark for mark in library.store.marks.of(whole) if mark.end <= end]
    ids = {None, *(mark.id for mark in marks)}
    joined = library.store.marks.relations_of(whole)
    address = library.add(
        Annotated(
            document=replace(
                whole.value,
                id="excerpt",
                title="An excerpt",
                text=whole.value.text[:end],
                layout=Layout(blocks),
            ),
            layer=Layer(id="excerpt", name="excerpt"),
            annotations=tuple(replace(mark, id=f"excerpt-{mark.id}") for mark in marks),
            relations=tuple(
                replace(
                    relation,
                    id=f"excerpt-{relation.id}",
                    head=f"excerpt-{relation.head}",
                    child=relation.child and f"excerpt-{relation.child}",
                )
                for relation in joined
                if {relation.head, relation.child} <= ids
            ),
        )
    )
    words = dict.fromkeys(re.findall(r"\w{8,}", whole.value.text[:end]))
    offer(library, address, *((word, "actor", 0.9) for word in list(words)[:3]))


@pytest.mark.parametrize("half", [0, 1], ids=["these", "those"])
@pytest.mark.parametrize("width", [1280, 390])
def test_no_page_has_serious_violations(
    library: Site, new_page: Callable[..., Page], width: int, half: int
) -> None:
    excerpt(library)
    page = new_page(viewport={"width": width, "height": 900})
    page.add_init_script(Axe().axe_script)  # faster than handing it to each page anew
    found = {}
    for name, (address, act) in list(STATES.items())[half::2]:
        page.goto(library.address + address)
        if page.locator("#reading-hint").count():
            page.wait_for_selector("html.ready")
        if act:
            page.evaluate(act)
        if name in APPEARS:
            page.wait_for_selector(APPEARS[name])
        for theme in THEMES:
            page.evaluate("(theme) => { document.documentElement.dataset.theme = theme }", theme)
            bad = violations(page, only_contrast=theme != "light")
            if bad:
                found[name, theme] = bad
    assert found == {}


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scripts", [True, False], ids=["in the article", "as a page"])
def test_both_sides_of_a_stale_edit_have_none_and_can_be_taken(
    site: Site, new_page: Callable[..., Page], width: int, scripts: bool
) -> None:
    """Somebody else changes a mark while its card is open; the change is sent all the same."""
    page = new_page(viewport={"width": width, "height": 900})
    address = site.write("Trump told Maduro to leave.")
    document = site.store.documents.find(site.project, address.rpartition("/")[2])
    page.goto(address)
    page.wait_for_selector("html.ready")
    mark(page, "told Maduro", "1")
    open_card(page, "told Maduro")
    form = page.locator("#edit-form")
    form.evaluate("(form) => form.addEventListener('change', (e) => e.stopPropagation())")
    page.get_by_label("Concept").fill("my concept")
    page.get_by_label("Note").fill("mine")
    [now] = site.store.marks.of(document)
    theirs = {"note": "theirs", "concept": "their concept"}
    site.store.marks.edit(site.act("edit", site.project), site.project, now.id, theirs)

    form.evaluate("(form, asked) => asked ? form.requestSubmit() : form.submit()", scripts)

    page.locator("#problem table.sides, .column table.sides").wait_for()
    found = {}
    for theme in THEMES:
        page.evaluate("(theme) => { document.documentElement.dataset.theme = theme }", theme)
        bad = violations(page, only_contrast=theme != "light")
        if bad:
            found[theme] = bad
    assert found == {}
    page.get_by_role("button", name="Take mine").click()
    expect(page.locator("table.sides")).to_have_count(0)
    if scripts:
        page.wait_for_selector("#state[data-state=saved]", state="attached")
    [kept] = site.store.marks.of(document)
    assert (kept.note, kept.concept) == ("mine", "my concept")


def test_the_check_finds_what_is_wrong(library: Site, page: Page) -> None:
    page.goto(library.address)
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<button></button>')")
    assert any(bad.startswith("button-name") for bad in violations(page, only_contrast=False))


def test_other_kinds_of_article_have_none_either(library: Site, page: Page) -> None:
    for address in (
        library.write("Unmarked.\n\nStill unmarked."),
        library.write("\n\n".join(f"Paragraph {n}. " + "Words. " * 70 for n in range(450))),
    ):
        page.goto(address)
        page.wait_for_selector("html.ready")
        assert violations(page, only_contrast=False) == []
