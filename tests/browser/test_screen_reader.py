"""What a screen reader is given: the demo article as the accessibility tree tells it, and messages.

``golden/demo-screen-reader.txt`` holds what the demo article says, in reading order. To write it
anew after a change that is meant, run this file with ``POSTIL_GOLDEN=write`` in the environment.
"""

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, saved, select

pytestmark = pytest.mark.browser

GOLDEN = Path(__file__).parent / "golden" / "demo-screen-reader.txt"
SILENT = {"none", "generic", "InlineTextBox", "LineBreak", "ListMarker"}
TOLD = ("level", "disabled", "expanded", "checked", "current")


def tree(page: Page) -> list[dict[str, Any]]:
    """The accessibility tree of the page, in reading order, each node with its depth."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    by_id = {node["nodeId"]: node for node in nodes}
    found: list[dict[str, Any]] = []

    def walk(node: dict[str, Any], depth: int) -> None:
        role = node.get("role", {}).get("value", "")
        heard = not node.get("ignored") and role not in SILENT
        if heard:
            found.append({**node, "depth": depth, "said": role})
        for child in node.get("childIds", ()):
            if child in by_id:
                walk(by_id[child], depth + heard)

    walk(nodes[0], 0)
    return found


def said(node: dict[str, Any]) -> str:
    """A node as a line: role, name, and the states that are told."""
    name = node.get("name", {}).get("value", "")
    line = f"{node['said']} “{name}”" if name else node["said"]
    for property_ in node.get("properties", ()):
        value = property_["value"].get("value")
        if property_["name"] in TOLD and value not in (False, "false", None):
            line += f" {property_['name']}={value}"
        if property_["name"] == "details":
            related = property_["value"].get("relatedNodes", ())
            line += " → " + ", ".join(entry.get("idref", "?") for entry in related)
    return line


def below(nodes: list[dict[str, Any]], role: str) -> list[dict[str, Any]]:
    """The first node of a role, and what stands in it."""
    start = next(n for n, node in enumerate(nodes) if node["said"] == role)
    depth = nodes[start]["depth"]
    end = start + 1
    while end < len(nodes) and nodes[end]["depth"] > depth:
        end += 1
    return nodes[start:end]


def spoken(nodes: list[dict[str, Any]]) -> str:
    """Nodes as lines; a text that stands alone in its element is told on the element's line."""
    least, lines, n = nodes[0]["depth"], [], 0
    while n < len(nodes):
        node, line = nodes[n], said(nodes[n])
        inside = nodes[n + 1 : n + 3]
        if inside and inside[0]["said"] == "StaticText" and inside[0]["depth"] > node["depth"]:
            alone = len(inside) < 2 or inside[1]["depth"] <= node["depth"]
            if alone:
                text = inside[0].get("name", {}).get("value", "")
                line += "" if f"“{text}”" in line else f" “{text}”"
                n += 1
        lines.append(f"{'  ' * (node['depth'] - least)}{line.replace('StaticText ', '')}\n")
        n += 1
    return "".join(lines)


def opened(page: Page, address: str) -> Page:
    page.goto(address)
    page.wait_for_selector("html.ready")
    return page


def test_the_demo_article_says_what_it_has_always_said(library: Site, page: Page) -> None:
    heard = spoken(below(tree(opened(page, library.demo)), "article"))
    if os.environ.get("POSTIL_GOLDEN") == "write":
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(heard, encoding="utf-8")
    assert heard == GOLDEN.read_text(encoding="utf-8")


def test_every_paragraph_of_an_ordinary_article_is_in_the_tree(library: Site, page: Page) -> None:
    opened(page, library.demo)
    whole = "".join(
        node.get("name", {}).get("value", "")
        for node in below(tree(page), "article")
        if node["said"] == "StaticText"
    )
    for text in page.locator(".b").evaluate_all("all => all.map((b) => b.textContent)"):
        assert "".join(text.split()) in "".join(whole.split())


def test_letters_and_paragraph_numbers_are_silent(library: Site, page: Page) -> None:
    heard = below(tree(opened(page, library.demo)), "article")
    text = [n.get("name", {}).get("value", "") for n in heard if n["said"] == "StaticText"]
    assert "Donald Trump" in text
    assert not {"A", "C", "D", "CA", "DA", "1", "2"} & {entry.strip() for entry in text}


def test_marks_point_to_their_cards_which_are_comments(library: Site, page: Page) -> None:
    nodes = tree(opened(page, library.demo))
    marks = [node for node in nodes if node["said"] == "mark"]
    comments = [node for node in nodes if node["said"] == "comment"]
    assert len(comments) == page.locator(".card").count()
    pointed = set()
    for mark in marks:
        details = [p for p in mark["properties"] if p["name"] == "details"]
        assert len(details) == 1
        pointed.update(n["backendDOMNodeId"] for n in details[0]["value"]["relatedNodes"])
    assert pointed <= {comment["backendDOMNodeId"] for comment in comments}
    assert len(pointed) >= 0.9 * len(comments)


def test_cards_that_have_room_for_a_line_alone_say_all_the_same(library: Site, page: Page) -> None:
    nodes = tree(opened(page, library.demo))
    told = spoken(below(nodes, "article"))
    assert page.locator(".card.line").count() > 10
    for text in page.locator(".card.line .note").all_text_contents()[:5]:
        assert text[:40] in told


def test_with_the_switch_every_paragraph_of_a_long_article_is_in_the_tree(
    library: Site, page: Page
) -> None:
    count = 450
    opened(
        page,
        library.write("\n\n".join(f"Paragraph {n}. " + "Words. " * 70 for n in range(count))),
    )
    page.locator("#whole").focus()
    page.keyboard.press("Enter")
    heard = below(tree(page), "article")
    texts = [n.get("name", {}).get("value", "") for n in heard if n["said"] == "StaticText"]
    assert [text.split(".")[0] for text in texts if text.startswith("Paragraph ")] == [
        f"Paragraph {n}" for n in range(count)
    ]


def test_one_polite_message_is_said_for_each_act(site: Site, page: Page) -> None:
    opened(page, site.write("One two three four five six seven."))
    page.evaluate(
        """() => { window.heard = [];
        for (const id of ["polite", "assertive"]) {
          const place = document.getElementById(id);
          new MutationObserver(() => { const text = document.getElementById(id).textContent.trim();
            if (text) window.heard.push([id, text]) })
            .observe(place, { childList: true, characterData: true, subtree: true });
        } }"""
    )
    select(page, "two three four five six seven")
    page.keyboard.press("1")
    saved(page)
    expect(page.locator("#polite")).to_have_text("Claim, six words, saved")
    page.wait_for_timeout(200)
    assert page.evaluate("heard.splice(0)") == [["polite", "Claim, six words, saved"]]
    page.keyboard.press("Control+z")
    expect(page.locator("#polite")).to_have_text("Undone")
    page.wait_for_timeout(200)
    assert page.evaluate("heard.splice(0)") == [["polite", "Undone"]]


def test_the_page_has_landmarks_and_a_way_to_skip_to_the_text(library: Site, page: Page) -> None:
    nodes = tree(opened(page, library.demo))
    roles = [node["said"] for node in nodes]
    for landmark in ("banner", "main", "article", "navigation", "contentinfo"):
        assert landmark in roles, landmark
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
