"""Contrast, measured in the page: every text on every ground it can have, in every theme.

The bar is 4.5 to 1 (WCAG 2.2, 1.4.3). Colours are laid over one another on a canvas, so what is
measured is what is painted.
"""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from annotations.codebook import COLOURS, UNDERLINES
from tests.browser.conftest import Site

THEMES = ("light", "dark", "sepia")
LEAST = 4.5

MEASURE = """
function parsed(colour) {
  if (colour === "transparent") return [0, 0, 0, 0];
  const numbers = colour.match(/[\\d.e-]+/g).map(Number);
  const [r, g, b, a] = colour.startsWith("color(srgb") ? numbers.map((n, i) => i < 3 ? n * 255 : n)
    : numbers;
  if (!/^(rgba?\\(|color\\(srgb )/.test(colour)) throw new Error(`unknown colour ${colour}`);
  return [r, g, b, a ?? 1];
}
function painted(...layers) {
  return layers.map(parsed).reduce(([r, g, b], [x, y, z, a]) =>
    [r + (x - r) * a, g + (y - g) * a, b + (z - b) * a], [255, 255, 255]);
}
function luminance(rgb) {
  const [r, g, b] = rgb.map((c) => c / 255)
    .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(ground, colour) {
  const [a, b] = [luminance(painted(...ground)), luminance(painted(...ground, colour))];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}
/** All grounds below an element, the page's first. */
function grounds(element) {
  const found = [];
  for (let at = element; at; at = at.parentElement)
    found.unshift(getComputedStyle(at).backgroundColor);
  return found;
}
function textOn(element, pseudo) {
  return contrast(grounds(element), getComputedStyle(element, pseudo).color);
}
function worse(least, name, ratio) {
  if (ratio < (least.ratio ?? 99))
    Object.assign(least, { name, ratio: Math.floor(ratio * 100) / 100 });
}
"""


@pytest.fixture(params=THEMES)
def themed(request: pytest.FixtureRequest, new_page: Callable[..., Page], library: Site) -> Page:
    """The demo article in one theme."""
    page = new_page()
    page.add_init_script(f"localStorage.setItem('postil.theme', '{request.param}')")
    page.goto(library.demo)
    page.wait_for_selector("html.ready")
    assert page.evaluate("document.documentElement.dataset.theme") == request.param
    return page


@pytest.mark.browser
def test_marked_text_and_its_letters_are_readable_however_marks_overlap(themed: Page) -> None:
    least = themed.evaluate(
        f"""([colours, underlines]) => {{ {MEASURE}
        const home = document.querySelector("#b1");
        const below = grounds(home);
        const looks = [];
        for (const a of colours) {{
          looks.push([a]);
          for (const b of colours) {{
            looks.push([a, b]);
            for (const c of colours) looks.push([a, b, c]);
          }}
        }}
        const least = {{}};
        const marks = looks.map((look) => {{
          const mark = document.createElement("mark");
          mark.dataset.l = "X";
          mark.textContent = "text";
          return mark;
        }});
        home.replaceChildren(...marks);
        for (const state of ["", "on", "held", "on held"]) {{
          looks.forEach((look, n) => {{
            marks[n].className = look.map((c, k) => `k${{k}}-${{c}} u${{k}}-${{underlines[k]}}`)
              .join(" ") + " " + state;
          }});
          looks.forEach((look, n) => {{
            const style = getComputedStyle(marks[n]);
            const ground = [...below, style.backgroundColor];
            const letter = getComputedStyle(marks[n], "::before").color;
            worse(least, `${{look}} ${{state}}, text`, contrast(ground, style.color));
            worse(least, `${{look}} ${{state}}, letter`, contrast(ground, letter));
          }});
        }}
        for (const name of ["::highlight(pending)", "::highlight(aim)", "::selection"]) {{
          const style = getComputedStyle(marks[0], name);
          if (parsed(style.backgroundColor)[3] !== 1) throw new Error(`${{name}} is seen through`);
          worse(least, name, contrast([style.backgroundColor], style.color));
        }}
        return {{ ...least, looks: looks.length }};
        }}""",
        [list(COLOURS), list(UNDERLINES)],
    )
    assert least["looks"] == 9 + 81 + 729
    assert least["ratio"] >= LEAST, least


@pytest.mark.browser
def test_all_other_text_of_the_article_page_is_readable(themed: Page) -> None:
    themed.locator("#index-button").click()
    expect(themed.locator("#index h3").first).to_be_visible()
    themed.evaluate(
        """() => {
        document.querySelector(".chip").classList.add("off");
        document.querySelector("#bar").hidden = false;
        for (const card of document.querySelectorAll(".card")) card.classList.remove("line");
        }"""
    )
    themed.locator("#help").evaluate("help => help.showModal()")
    least = themed.evaluate(
        f"""() => {{ {MEASURE}
        const least = {{}};
        let measured = 0;
        const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {{
          const element = node.parentElement;
          if (!node.data.trim() || !element.checkVisibility()) continue;
          if (element.closest(":disabled")) continue;
          measured += 1;
          worse(least, element.outerHTML.slice(0, 90), textOn(element));
        }}
        for (const block of document.querySelectorAll(".b[data-n]"))
          worse(least, "a paragraph's number", textOn(block, "::before"));
        for (const state of ["saved", "saving", "waiting", "refused"]) {{
          const place = document.getElementById("state");
          place.dataset.state = state;
          worse(least, `the state ${{state}}`, textOn(place));
        }}
        return {{ ...least, measured }};
        }}"""
    )
    assert least["measured"] > 500
    assert least["ratio"] >= LEAST, least


@pytest.mark.browser
def test_letters_and_underlines_of_every_label_colour_stand_out(themed: Page) -> None:
    """Underlines, being graphics, need 3 to 1 (WCAG 2.2, 1.4.11)."""
    text, lines = themed.evaluate(
        f"""(colours) => {{ {MEASURE}
        const text = {{}}, lines = {{}};
        for (const colour of colours) {{
          const chip = document.querySelector(".chip").cloneNode(true);
          const letter = chip.querySelector("i");
          document.querySelector("#chips").append(chip);
          for (const state of ["", "off"]) {{
            chip.className = `chip k0-${{colour}} ${{state}}`;
            worse(text, `${{colour}} ${{state}}, letter`, textOn(letter));
            worse(text, `${{colour}} ${{state}}, name`, textOn(chip));
          }}
          const mark = document.createElement("mark");
          mark.className = `k0-${{colour}} u0-solid`;
          document.querySelector("#b1").append(mark);
          letter.style.color = "var(--t1)";
          const line = getComputedStyle(letter).color;
          worse(lines, colour, contrast(grounds(mark), line));
          worse(lines, `${{colour}} on the page`, contrast(grounds(mark.parentElement), line));
        }}
        return [text, lines];
        }}""",
        list(COLOURS),
    )
    assert text["ratio"] >= LEAST, text
    assert lines["ratio"] >= 3, lines


@pytest.mark.browser
def test_labels_differ_by_more_than_colour(library: Site, page: Page) -> None:
    page.goto(library.demo)
    looks = page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll("mark[data-l]")]
            .filter((mark) => mark.dataset.l.length === 1 && mark.classList.length === 3)
            .map((mark) => [mark.dataset.l,
                getComputedStyle(mark).backgroundImage
                  .replace(/(rgba?|color)\\([^)]*\\)/g, "-")]))"""
    )
    assert set(looks) == {"A", "C", "D"}
    assert len(set(looks.values())) == 3
    assert page.evaluate(
        """getComputedStyle(document.querySelector("mark[data-l]"), "::before").content"""
    ) in ('"A" / ""', 'attr(data-l) / ""')


@pytest.mark.browser
def test_forced_colours_keep_underline_styles_and_letters(
    library: Site, new_page: Callable[..., Page]
) -> None:
    page = new_page(forced_colors="active")
    page.goto(library.demo)
    styles = page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll("mark[data-l]")]
            .filter((mark) => mark.dataset.l.length === 1 && mark.classList.length === 3)
            .map((mark) => [mark.dataset.l, [getComputedStyle(mark).textDecorationStyle,
                getComputedStyle(mark).textDecorationLine,
                getComputedStyle(mark, "::before").content !== "none"]]))"""
    )
    assert styles == {
        "C": ["solid", "underline", True],
        "A": ["dotted", "underline", True],
        "D": ["double", "underline", True],
    }
