"""The tutorial runs, block after block, and prints what it says."""

import io
import re
from contextlib import redirect_stdout
from pathlib import Path

import pytest

TUTORIAL = Path(__file__).parents[2] / "docs" / "library.md"
BLOCK = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)


def test_every_block_prints_what_stands_under_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    page = TUTORIAL.read_text("utf-8")
    blocks = list(BLOCK.finditer(page))
    assert len(blocks) == page.count("```python")
    names: dict[str, object] = {}

    for block in blocks:
        line = page[: block.start(1)].count("\n")
        printed = io.StringIO()
        with redirect_stdout(printed):
            exec(compile("\n" * line + block[1], str(TUTORIAL), "exec"), names)  # noqa: S102
        assert printed.getvalue() == (block[2] or "")
