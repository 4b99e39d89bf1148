"""A folder to work in, and the command line to call there."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from reader.cli import main

Postil = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, with no database named anywhere."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("POSTIL_DB", raising=False)
    return tmp_path


@pytest.fixture
def postil(folder: Path) -> Postil:
    """Runs ``postil`` with these arguments in the folder."""

    def run(*args: object, input: bytes | str | None = None) -> Result:
        return CliRunner().invoke(main, [str(arg) for arg in args], input, prog_name="postil")

    return run


def line(id: str, text: str, layer: str = "", **more: Any) -> dict[str, Any]:
    """A document of the native format; its first word is marked where there is a layer."""
    entry: dict[str, Any] = {"id": id, "title": id.upper(), "text": text}
    if layer:
        word = text.split()[0]
        span = {"id": f"{id}-{layer}", "start": 0, "end": len(word), "label": "actor", "text": word}
        entry |= {"layer": layer, "kind": "work", "annotator": layer.title(), "spans": [span]}
    return entry | more


def jsonl(*lines: dict[str, Any]) -> str:
    """The lines as a file."""
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in lines)


@pytest.fixture
def marked(folder: Path) -> Path:
    """Two documents; on the first one Ann and Bob have marked a word each."""
    path = folder / "marked.jsonl"
    path.write_text(
        jsonl(line("one", "Hello 😀", "ann"), line("one", "Hello 😀", "bob"), line("two", "Bye")),
        "utf-8",
    )
    return path
