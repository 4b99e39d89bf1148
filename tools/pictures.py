"""Take the pictures that the README and the docs show, from the demo article.

Run as ``python -m tools.pictures``; writes PNG files to ``docs/pictures``.
"""

import socket
import tempfile
import threading
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright
from waitress.server import create_server

from reader import create_app
from reader.beginning import ensure_demo
from tools.browser import find

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"
ARTICLE = "/projects/demo/documents/demo-report"


def main() -> None:
    """Take every picture anew."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        app = create_app(Path(folder) / "postil.db")
        ensure_demo(app.extensions["postil"])
        listening = socket.create_server(("127.0.0.1", 0))
        server = create_server(app, sockets=[listening], threads=4)
        threading.Thread(target=server.run, daemon=True).start()
        browser = playwright.chromium.launch(executable_path=find(), args=["--no-sandbox"])
        try:
            _take_all(browser, f"http://127.0.0.1:{listening.getsockname()[1]}")
        finally:
            browser.close()
            server.close()
            app.extensions["postil"].close()


def _take_all(browser: Browser, address: str) -> None:
    wide: dict[str, Any] = {"viewport": {"width": 1280, "height": 820}}
    narrow: dict[str, Any] = {
        "viewport": {"width": 390, "height": 780},
        "has_touch": True,
        "is_mobile": True,
    }
    page = _open(browser, address + ARTICLE, **wide)
    _shoot(page, "article")
    page.click("#reading mark:has-text('presidency')")
    page.click("#chooser button >> nth=1")
    page.wait_for_selector("#card-editor")
    _shoot(page, "card")
    page.keyboard.press("Escape")
    page.click("#index-button")
    _shoot(page, "index")
    page = _open(browser, address + ARTICLE, color_scheme="dark", **wide)
    _select(page)
    _shoot(page, "marking-dark")
    page = _open(browser, address + ARTICLE, **wide)
    page.click(".foot [data-command=cursor]")
    page.wait_for_selector("#cursor:focus")
    for key in ("ArrowDown", "ArrowDown", "'"):
        page.keyboard.press(key)
    page.wait_for_timeout(500)
    _shoot(page, "letters")
    page = _open(browser, address + ARTICLE, **wide)
    page.focus("#reading")
    for key in "nnnnb":
        page.keyboard.press(key)
    page.wait_for_selector("[role=option]")
    _shoot(page, "joining")
    page = _open(
        browser, address + "/projects/demo/search?view=context&q=deal", ready=False, **wide
    )
    _shoot(page, "concordance")
    page = _open(
        browser, address + "/projects/demo/documents/demo-report/history", ready=False, **wide
    )
    _shoot(page, "history")
    page = _open(browser, address + ARTICLE, **narrow)
    page.tap("#reading mark >> nth=3")
    page.wait_for_selector("#card-editor")
    _shoot(page, "narrow")
    page = _open(browser, address + "/", ready=False, **wide)
    _shoot(page, "library")
    page = _open(
        browser, address + "/projects/demo/export?document=demo-report", ready=False, **wide
    )
    _shoot(page, "take-home")


def _open(browser: Browser, address: str, ready: bool = True, **how: Any) -> Page:
    page = browser.new_context(**how).new_page()
    page.goto(address)
    if ready:
        page.wait_for_selector("html.ready")
    return page


def _select(page: Page) -> None:
    """Select a few words that are not marked yet, so that the bar shows."""
    page.evaluate(
        """() => {
            const block = document.getElementById("b1");
            const words = "three months";
            const node = [...block.childNodes].find((n) => n.data?.includes(words));
            const at = node.data.indexOf(words);
            getSelection().setBaseAndExtent(node, at, node, at + words.length);
        }"""
    )
    page.wait_for_selector("#bar:not([hidden])")


def _shoot(page: Page, name: str) -> None:
    page.wait_for_timeout(350)
    page.screenshot(path=FOLDER / f"{name}.png")
    print(FOLDER / f"{name}.png")


if __name__ == "__main__":
    main()
