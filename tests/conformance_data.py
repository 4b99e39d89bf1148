"""Data that other projects test themselves with; not ours to copy, so tests skip without it."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1].parent / "shared"


def conformance(*path: str) -> Path:
    """A file or folder of the conformance data; the test skips when it is not there."""
    return _there(ROOT.joinpath("conformance", *path))


def article(name: str) -> Path:
    """An article of the shared ones; the test skips when it is not there."""
    return _there(ROOT / "articles" / name)


def _there(path: Path) -> Path:
    if not path.exists():
        pytest.skip(f"needs {path.relative_to(ROOT.parent)} beside the repository")
    return path
