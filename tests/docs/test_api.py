"""The commands of the page about the HTTP door answer as it says; “…” stands for anything."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from werkzeug.serving import make_server

from annotations.library import Workspace
from reader import create_app

PAGE = Path(__file__).parents[2] / "docs" / "api.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```\n\n```json\n(.*?)^```\n", re.MULTILINE | re.DOTALL)


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A server, and a token of its only project."""
    app = create_app(tmp_path / "postil.db")
    work = Workspace(app.extensions["postil"], "Sanctions", person="Tagger")
    _, secret = work.store.tokens.make(work.project, work.person, "tagger", "write")
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield os.environ | {
        "POSTIL": f"http://127.0.0.1:{server.server_port}/api/v1",
        "TOKEN": secret,
        "no_proxy": "127.0.0.1",
    }
    server.shutdown()
    thread.join()
    server.server_close()
    app.extensions["postil"].close()


@pytest.mark.skipif(not shutil.which("curl"), reason="the page is about curl")
def test_every_command_answers_as_the_page_says(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    page = PAGE.read_text("utf-8")
    blocks = list(BLOCK.finditer(page))
    assert len(blocks) == page.count("```sh\n") == page.count("```json\n")

    for block in blocks:
        ran = subprocess.run(
            ["sh", "-c", block[1]],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            check=True,
            timeout=120,
        )
        answer = ran.stdout.decode("utf-8").strip()
        expected = ".*".join(re.escape(part) for part in block[2].strip().split("…"))
        assert re.fullmatch(expected, answer, re.DOTALL), f"{block[1]}\n{answer}"


def test_the_page_names_every_status_that_is_described() -> None:
    from reader.api.problems import TITLES

    named = {int(status) for status in re.findall(r"\b[45]\d\d\b", PAGE.read_text("utf-8"))}

    assert {status for status in TITLES if status not in (405, 500)} <= named
