"""The wheel, in an empty environment outside the checkout, serves the same pages."""

import os
import re
import subprocess
import sys
import urllib.request
import venv
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import pytest
from filelock import FileLock

ROOT = Path(__file__).resolve().parent.parent
PINS = ROOT / "constraints.txt"
BIN = "Scripts" if os.name == "nt" else "bin"


def run(*args: object, cwd: Path) -> str:
    """What a program says. It sees nothing of the checkout or of the environment of the tests."""
    seen = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    seen |= {"PIP_CONSTRAINT": str(PINS), "PIP_BUILD_CONSTRAINT": str(PINS)}
    seen |= {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PYTHONUTF8": "1"}
    done = subprocess.run(
        [str(arg) for arg in args],
        cwd=cwd,
        env=seen,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment that holds the wheel and what it needs, nothing else.

    Workers that run these tests side by side share it.
    """
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    folder = folder / "dist"
    programs = folder / "env" / BIN
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            folder.mkdir()
            wheel = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, ROOT]
            run(*wheel, cwd=folder)
            [made] = folder.glob("postil-*.whl")
            # The pip of the tests, which needs no other one there, and reads what it brings later.
            venv.create(folder / "env", with_pip=False)
            pip = [sys.executable, "-m", "pip", "--python", programs / "python"]
            run(*pip, "install", "-q", "--no-compile", "-c", PINS, made, cwd=folder)
    return programs


@pytest.fixture(scope="module")
def address(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the installed ``postil serve``, started in an empty folder, says that it is."""
    seen = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    with subprocess.Popen(
        [str(environment / "postil"), "serve", "--port", "0", "--db", "here.db"],
        cwd=tmp_path_factory.mktemp("elsewhere"),
        env=seen,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # it must not keep ours open, should the tests be ended
        encoding="utf-8",
    ) as server:
        try:
            assert server.stdout is not None
            found = re.search(r"http://\S+", server.stdout.readline())
            assert found, "it did not say where it is"
            yield found.group()
        finally:
            server.kill()


def fetch(address: str) -> tuple[str, bytes]:
    """The type and the content of an answer. Raises for anything but 200."""
    with urllib.request.urlopen(address, timeout=20) as answer:  # noqa: S310
        return answer.headers.get_content_type(), answer.read()


def page(address: str) -> str:
    kind, content = fetch(address)
    assert kind == "text/html"
    return content.decode("utf-8")


def demo_article(address: str) -> str:
    """The address of the article that the library lists."""
    found = re.search(r'href="([^"]*/documents/[^"?#]+)', page(address))
    assert found, page(address)
    return urljoin(address, found.group(1))


def test_code_templates_and_static_files_come_from_the_environment(environment: Path) -> None:
    code = "import reader, annotations; print(reader.__file__, annotations.__file__)\n"
    code += "print(reader.folder('templates'), reader.folder('static'))"

    places = run(environment / "python", "-c", code, cwd=environment).split()

    assert len(places) == 4
    for place in places:
        assert "site-packages" in place
        assert Path(place).is_relative_to(environment.parent)


def test_the_library_and_the_demo_article_are_served(address: str) -> None:
    article = page(demo_article(address))

    assert article.count("<mark") > 70


def test_all_styles_and_scripts_that_a_page_names_are_served(address: str) -> None:
    article = demo_article(address)
    named = re.findall(r'<(?:link|script)\b[^>]*?(?:href|src)="([^"]+)"', page(article))

    kinds = {name: fetch(urljoin(article, name)) for name in named}

    assert {kind for kind, _ in kinds.values()} >= {"text/css", "text/javascript"}
    assert all(content for _, content in kinds.values())


def test_htmx_is_served(address: str) -> None:
    named = re.search(r'src="([^"]+/htmx\.min\.js)"', page(address))
    assert named

    kind, content = fetch(urljoin(address, named[1]))

    assert kind == "text/javascript"
    assert b"htmx" in content


def test_the_commands_work(environment: Path, tmp_path: Path) -> None:
    (tmp_path / "article.txt").write_text("Some words.", "utf-8")

    run(environment / "postil", "import", "article.txt", cwd=tmp_path)

    assert '"text":"Some words."' in run(environment / "postil", "export", cwd=tmp_path)
    assert run(environment / "postil", "check", cwd=tmp_path).endswith("No problem found.\n")
