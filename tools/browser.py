"""Find a Chromium for the browser tests, installing one if there is none; print its path.

Run as ``python -m tools.browser``. Tests call :func:`find`, which never installs anything.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
PLACES = (
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
)


def find() -> str | None:
    """Path of a browser that is already here: ``POSTIL_BROWSER``, on PATH, or Playwright's own."""
    named = os.environ.get("POSTIL_BROWSER")
    if named:
        return named
    for name in NAMES:
        path = shutil.which(name)
        if path:
            return path
    for place in PLACES:
        if place.is_file():
            return str(place)
    return _find_playwrights()


def install() -> None:
    """Install a browser: from Debian's packages as root on Debian, else through Playwright."""
    if _root_on_debian():
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (
            ["apt-get", "-qq", "update"],
            ["apt-get", "-qq", "install", "-y", "chromium"],
        ):
            subprocess.run(command, check=True, env=environment, stdout=sys.stderr)
    else:
        command = [sys.executable, "-m", "playwright", "install", "chromium"]
        subprocess.run(command, check=True, stdout=sys.stderr)


def main() -> int:
    path = find()
    if path is None:
        print("No Chromium found; installing one.", file=sys.stderr)
        try:
            install()
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"Installing Chromium failed: {error}", file=sys.stderr)
        path = find()
    if path is None:
        print(
            "The browser tests need Chromium or Chrome: install one, or set POSTIL_BROWSER to "
            "the path of one.",
            file=sys.stderr,
        )
        return 1
    print(path)
    return 0


def _find_playwrights() -> str | None:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return str(path) if path.is_file() else None


def _root_on_debian() -> bool:
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    try:
        lines = Path("/etc/os-release").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    return "ID=debian" in lines


if __name__ == "__main__":
    sys.exit(main())
