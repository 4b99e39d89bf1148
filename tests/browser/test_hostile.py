"""Hostile strings everywhere a string can stand, in a real browser: nothing runs, nothing breaks.

Whether anything ran is told by hooks in every page (dialogs, breaches of the policy, requests to
elsewhere); that the hooks work is shown on pages that let the same strings through.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from annotations import codebook
from annotations.document import (
    MAX_ENTITY_NAME_LENGTH,
    MAX_NAME_LENGTH,
    Annotated,
    Annotation,
    Block,
    Document,
    Layer,
    Layout,
    Relation,
)
from annotations.ingest import read_article
from annotations.spans import first_unstorable
from annotations.store import KeptDocument, Project
from tests.browser.conftest import Site, saved, select
from tests.security.vectors import vectors

pytestmark = pytest.mark.browser

STRANGE = {"script", "img", "svg", "iframe", "form", "style", "object", "math", "input", "video"}
SHARED = Path(__file__).parents[3] / "shared" / "conformance" / "hostile"

HOOKS = """
    for (const name of ["alert", "confirm", "prompt", "print", "open"]) {
        window[name] = (...values) => { void tell(`${name}(${values.join()}) at ${location}`); };
    }
    addEventListener("securitypolicyviolation", (event) => {
        void tell(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
    });
"""


class Watched:
    """A page that tells of everything that should not have happened in it."""

    def __init__(self, browser: Browser, address: str):
        self.told: list[str] = []
        self.context = browser.new_context(viewport={"width": 1280, "height": 900})
        self.context.set_default_timeout(60_000)
        self.context.expose_binding("tell", lambda _source, said: self.told.append(said))
        self.context.add_init_script(HOOKS)
        self.page: Page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.told.append(f"error: {error}"))
        self.page.on("dialog", lambda dialog: (self.told.append("dialog"), dialog.dismiss()))
        self.page.on("download", lambda _: self.told.append("download"))
        self.context.on("request", lambda request: self._asked(request.url, address))
        self.context.on("page", lambda page: self.told.append(f"window: {page.url}"))

    def _asked(self, url: str, address: str) -> None:
        if not url.startswith((f"{address}/", "about:")):
            self.told.append(f"request: {url}")

    def goto(self, address: str) -> Page:
        self.page.goto(address, wait_until="load")
        return self.page


def own() -> list[str]:
    return vectors()


def h5sc() -> list[str]:
    path = SHARED / "h5sc-vectors.txt"
    if not path.exists():
        pytest.skip("the collection of HTML5 vectors is not here")
    text = path.read_text("utf-8").replace("\r\n", "\n")
    return [part.strip() for part in re.split(r'(?=<div id="\d+">)', text) if "<div" in part]


def naughty() -> list[str]:
    path = SHARED / "blns.json"
    if not path.exists():
        pytest.skip("the list of naughty strings is not here")
    return [text for text in json.loads(path.read_text("utf-8")) if text.strip()]


SOURCES: dict[str, Callable[[], list[str]]] = {"own": own, "h5sc": h5sc, "naughty": naughty}


@pytest.fixture(params=SOURCES)
def hostile(request: pytest.FixtureRequest) -> list[str]:
    found = [text.replace("\r", "") for text in SOURCES[request.param]()]
    storable = [text for text in dict.fromkeys(found) if first_unstorable(text) is None]
    assert len(storable) > 100
    return storable


@pytest.fixture
def watched(browser: Browser, site: Site):  # type: ignore[no-untyped-def]
    watched = Watched(browser, site.address)
    yield watched
    watched.context.close()


# ── filling everything with them ──────────────────────────────────────────────────────────────────


def project_of(site: Site, hostile: list[str], name: str = "hostile") -> Project:
    act = site.act("project")
    return site.store.projects.add(
        act, name, codebook.default(), uid=name, description=" ".join(hostile[:20])
    )


def one_page(hostile: list[str]) -> Annotated:
    """A document with a block for each, marked, with the string in every field of the mark."""
    blocks, place = [], 0
    for text in hostile:
        blocks.append(Block("p", place, place + len(text)))
        place += len(text) + 2
    marks = tuple(
        Annotation(
            id=f"m{number}",
            start=block.start,
            end=block.end,
            label=("claim", "demand", "actor")[number % 3],
            note=text,
            entity=text[:MAX_ENTITY_NAME_LENGTH] if number % 3 == 2 else None,
            concept=text[:MAX_ENTITY_NAME_LENGTH] if number % 3 != 2 else None,
            attributes={"stance": text, "status": text, text[:MAX_NAME_LENGTH]: text},
            extra={text: text},
        )
        for number, (text, block) in enumerate(zip(hostile, blocks, strict=True))
    )
    relations = tuple(
        Relation(id=f"r{number}", head=mark.id, label="reported by", child_entity=name)
        for number, mark in enumerate(marks)
        if (name := hostile[number][:MAX_ENTITY_NAME_LENGTH]) and mark.label != "actor"
    )
    return Annotated(
        document=Document(
            id="page",
            title=hostile[0],
            text="\n\n".join(hostile),
            layout=Layout(tuple(blocks)),
            source=hostile[1],
        ),
        layer=Layer(
            id="layer", name=hostile[2][:MAX_NAME_LENGTH], annotator=hostile[3][:MAX_NAME_LENGTH]
        ),
        annotations=marks,
        relations=relations,
    )


def each_a_document(hostile: list[str]) -> list[Annotated]:
    """For each a document of its own: title, label, layer, annotator and whatever is told of it."""
    return [
        Annotated(
            document=Document(
                id=f"d{number}",
                title=text,
                text=text,
                layout=Layout((Block("pre", 0, len(text)),)),
                source=text,
                date=text,
                meta={text: text},
            ),
            layer=Layer(id=f"l{number}", name=name, annotator=name, exercise=text),
            annotations=(
                Annotation(id=f"a{number}", start=0, end=len(text), label=name, note=text),
            ),
            relations=(
                Relation(
                    id=f"b{number}",
                    head=f"a{number}",
                    label=name,
                    child_entity=text[:MAX_ENTITY_NAME_LENGTH],
                ),
            )
            if number % 10 == 0
            else (),
        )
        for number, text in enumerate(hostile)
        if (name := text[:MAX_NAME_LENGTH])
    ]


def check_article(page: Page, kept: KeptDocument) -> None:
    """Every block is there with its text as it is, and the page around it is whole."""
    blocks = page.evaluate(
        "[...document.querySelectorAll('#reading .b')].map((b) => b.textContent)"
    )
    text = kept.value.text
    assert blocks == [text[block.start : block.end] for block in kept.value.layout.blocks]
    frame = "body > header.top, body > main#main, body > nav#index, body > footer.foot"
    assert page.locator(frame).count() == 4
    for once in ("#reading", "#state", "#polite", "#bar", "#editor", "#help", "title"):
        assert page.locator(once).count() == 1, once
    elements = page.evaluate(
        "[...new Set([...document.querySelectorAll('#reading *')].map((e) => e.localName))]"
    )
    assert not set(elements) & STRANGE
    links = page.evaluate("[...document.querySelectorAll('#reading .b a')].map((a) => a.href)")
    assert {urlsplit(link).scheme for link in links} <= {"http", "https", "mailto"}


# ── the tests ─────────────────────────────────────────────────────────────────────────────────────


def test_the_hooks_see_what_runs(browser: Browser, site: Site) -> None:
    watched = Watched(browser, site.address)
    for text in vectors()[:130:5]:
        watched.page.set_content(f"<p>{text}</p>")
    watched.page.wait_for_timeout(200)

    assert sum("alert(" in told for told in watched.told) >= 5
    watched.context.close()


def test_the_hooks_see_what_the_policy_stops(watched: Watched, site: Site) -> None:
    body = "".join(f"<p>{text}</p>" for text in vectors() if "<!--" not in text)
    site.app.add_url_rule("/unescaped", view_func=lambda: f"<!doctype html>{body}")  # type: ignore[attr-defined]

    watched.goto(f"{site.address}/unescaped")
    watched.page.wait_for_timeout(300)

    assert sum(told.startswith("policy: ") for told in watched.told) >= 20
    assert not any("alert(" in told for told in watched.told if not told.startswith("policy"))


def test_marks_with_hostile_fields(watched: Watched, site: Site, hostile: list[str]) -> None:
    project = project_of(site, hostile)
    site.store.exchange.take(site.act("import", project), project, [one_page(hostile)])
    kept = site.store.documents.find(project, "page")

    page = watched.goto(f"{site.address}/projects/hostile/documents/page")

    check_article(page, kept)
    notes = page.evaluate("[...document.querySelectorAll('.card .note')].map((n) => n.textContent)")
    assert notes == hostile
    page.locator("#index-button").click()
    expect(page.locator("#index-body > section")).to_have_count(3)
    shown = page.evaluate(
        """async (count) => {
            const { src } = document.querySelector("script[type=module]");
            await (await import(new URL("swapping.js", src).href)).htmxHere();
            const found = [];
            const main = document.getElementById("main");
            for (let n = 0; n < count; n += 1) {
                const how = {target: "#editor", swap: "innerHTML"};
                await htmx.ajax("GET", `${main.dataset.annotations}m${n}`, how);
                const card = document.getElementById("card-editor");
                const named = card.querySelector("#edit-entity, #edit-concept");
                found.push([card.querySelector("#edit-note").value, named.value,
                    card.querySelectorAll("form").length, card.parentElement.childElementCount,
                    card.querySelectorAll("script, img, svg, iframe, style, object").length]);
            }
            return found;
        }""",
        len(hostile),
    )
    marks = site.store.marks.of(kept)
    for mark, text, (note, named, forms, roots, strange) in zip(marks, hostile, shown, strict=True):
        assert note == text
        assert named == (mark.entity or mark.concept or "").replace("\n", "")
        assert 2 <= forms <= 4
        assert roots == 1
        assert strange == 0
    suggested = page.evaluate(
        """async (texts) => {
            const box = document.createElement("div");
            document.body.append(box);
            const places = ["names?q=", "annotations/m0/candidates?kind=reported%20by&q="];
            const how = {target: box, swap: "innerHTML"};
            let strange = 0;
            for (const text of texts) for (const place of places) {
                const typed = encodeURIComponent(text);
                await htmx.ajax("GET", `/projects/hostile/${place}${typed}`, how);
                strange += box.querySelectorAll("script, img, svg, iframe, style, object").length;
            }
            return strange;
        }""",
        hostile[::20],
    )
    assert suggested == 0
    for path in ("codebook", "statements?sort=concept", "registers/actors", "registers/concepts"):
        page = watched.goto(f"{site.address}/projects/hostile/{path}")
        listed = 0
        while True:
            assert page.locator("body > header.top, body > main").count() == 2
            assert page.locator("main img, main svg, main iframe, main script").count() == 0
            listed += page.locator("ul.names > li").count()
            further = page.locator("nav.pages a[rel=next]")
            if not further.count():
                break
            page = watched.goto(f"{site.address}{further.get_attribute('href')}")
        if path.startswith("registers"):
            assert listed > len(hostile) / 4
    assert watched.told == []


def test_everything_else_with_hostile_names(
    watched: Watched, site: Site, hostile: list[str]
) -> None:
    project = project_of(site, hostile)
    entries = each_a_document(hostile)
    site.store.exchange.take(site.act("import", project), project, entries)
    # Languages are checked when they come in; databases of earlier versions have any.
    with site.store.database.writing() as db:
        db.conn.execute("update documents set language = title where uid like 'd%'")
    store = site.store
    for text in dict.fromkeys(text[:200].strip() for text in hostile[::8]):
        store.projects.add(site.act("project"), text, codebook.default(), description=text)
    base = site.address

    page = watched.goto(f"{base}/projects/hostile?sort=title")
    titles = page.evaluate("[...document.querySelectorAll('td.title a')].map((a) => a.textContent)")
    assert len(titles) == 100
    assert set(titles) <= set(hostile)
    page = watched.goto(base)
    named = page.evaluate("[...document.querySelectorAll('.shelf h2')].map((a) => a.textContent)")
    assert set(named) == {each.name for each in store.projects.all()}
    assert page.locator("#new-project").count() == 1
    page = watched.goto(f"{base}/you")
    people = page.evaluate(
        "[...document.querySelectorAll('.names button')].map((b) => b.textContent)"
    )
    assert set(people) >= {text[:200].strip() for text in hostile[:50]}
    page = watched.goto(f"{base}/import")
    assert page.locator(".choices li").count() == len(store.projects.all())
    page = watched.goto(f"{base}/projects/hostile/export?layer=*")
    assert page.locator("input[name=label]").count() == len(hostile) + 3
    # A codebook of five hundred labels is a page of a quarter million choices: for fewer alone.
    pages = ["statements", "registers/actors", "registers/concepts"]
    for path in (*pages, *(["codebook"] if len(hostile) < 200 else [])):
        page = watched.goto(f"{base}/projects/hostile/{path}")
        assert page.locator("body > header.top, body > main").count() == 2
        assert page.locator("main img, main svg, main iframe, main script").count() == 0
    for number in range(0, len(hostile), 240):
        page = watched.goto(f"{base}/projects/hostile/documents/d{number}")
        check_article(page, store.documents.find(project, f"d{number}"))
        assert page.locator("#bar button[data-label]").count() == len(hostile) + 3
        assert page.title() == f"{' '.join(hostile[number].split())} · Postil".strip()
        watched.goto(f"{base}/projects/hostile/annotations/a{number}")
        watched.goto(f"{base}/projects/{quote(hostile[number], safe='')}")
        watched.goto(f"{base}/?q={quote(hostile[number])}")
        assert page.locator("body > main").count() == 1
    assert watched.told == []


@pytest.mark.parametrize("kind", ["text", "markdown", "html"])
def test_articles_made_of_them(watched: Watched, site: Site, hostile: list[str], kind: str) -> None:
    whole = "\n\n".join(hostile)
    # One after the other, too: some end the page for all that follow them.
    pieces = [whole, *("\n\n".join(hostile[n::5]) for n in range(5))]
    for number, piece in enumerate(pieces):
        document = read_article(piece, name=f"{number}.txt", kind=kind)
        page = watched.goto(site.add(document))
        check_article(page, site.store.documents.find(site.project, document.id))
    assert watched.told == []


def test_pasting_them_and_storing_what_is_shown(watched: Watched, site: Site) -> None:
    hostile = vectors()[::4]
    whole = "\n\n".join(hostile)
    for kind in ("text", "markdown", "html"):
        page = watched.goto(f"{site.address}/projects/demo/import")
        page.fill("#text", whole)
        page.fill("[name=title]", hostile[5][:300].replace("\n", " "))
        page.select_option("[name=kind]", kind)
        page.click("button.primary")
        page.wait_for_selector(".seen")
        assert page.locator(".seen script, .seen img, .seen svg").count() == 0
        assert page.locator(".seen").count() == 1
        page.click(".store button.primary")
        page.wait_for_selector("#reading")
        check_article(page, site.store.documents.find(site.project, page.url.rpartition("/")[2]))
    assert watched.told == []


def test_files_with_hostile_names(watched: Watched, site: Site) -> None:
    page = watched.goto(f"{site.address}/projects/demo/import")
    names = [text.replace("/", "-")[:100] for text in vectors()[:60:6]]
    page.set_input_files(
        "#file",
        [
            {
                "name": f"{n}.txt",
                "mimeType": "text/plain",
                "buffer": b"\0" if n == names[3] else b"x",
            }
            for n in names
        ],
    )
    assert page.locator("#files li").count() == len(names)
    page.click("button.primary")
    page.wait_for_selector("#problem .problem")

    assert names[3] in (page.text_content("#problem") or "")
    assert page.locator("#problem img, #problem svg, #problem script").count() == 0
    assert watched.told == []


def test_marking_hostile_text_by_hand(watched: Watched, site: Site) -> None:
    chosen = [text for text in vectors() if "\n" not in text and len(text) < 200][::30]
    page = watched.goto(site.write("\n\n".join(chosen)))
    for text in chosen:
        select(page, text)
        page.keyboard.press("2")
        saved(page)
    page.click("#reading mark")
    page.wait_for_selector("#card-editor")
    for field, text in (("#edit-entity", chosen[1]), ("#edit-note", chosen[2])):
        page.fill(field, text)
        page.keyboard.press("Tab")
        saved(page)

    kept = site.store.documents.find(site.project, page.url.rpartition("/")[2])
    marks = site.store.marks.of(kept)
    assert [mark.quote(kept.value.text) for mark in marks] == chosen
    assert (marks[0].entity, marks[0].note) == (chosen[1].strip(), chosen[2].strip())
    check_article(page, kept)
    assert watched.told == []
