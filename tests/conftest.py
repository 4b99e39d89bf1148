"""What holds for every test: none fails because a machine is slow, or makes anew what all share."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from jinja2 import FileSystemBytecodeCache

from annotations.store import Store, open_store
from reader import create_app

# Where these are set, pytest compares what differs to its last character: of large values it takes
# hours, and the test that failed is never named.
for name in ("CI", "BUILD_NUMBER"):
    os.environ.pop(name, None)

# Every run tries the same examples, so that a change is judged by what it changes; whoever looks
# for new ones (make fuzz) takes --hypothesis-profile=wander.
settings.register_profile(
    "postil",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
    derandomize=True,
    max_examples=60,
)
settings.register_profile(
    "wander", settings.get_profile("postil"), derandomize=False, max_examples=200
)
settings.register_profile("quick", settings.get_profile("postil"), max_examples=10)
settings.load_profile("postil")


MEMORY = Path("/dev/shm")
"""Where Linux has a file system in memory."""


def pytest_configure() -> None:
    """Put temporary files into memory, where nothing waits for a disk; TMPDIR names another place.

    They stay on the disk where that place is small, as it is in a container, or runs no programs.
    """
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK | os.X_OK):
        return
    is_roomy = shutil.disk_usage(MEMORY).free > 2_000_000_000
    if is_roomy and not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC:
        os.environ["TMPDIR"] = str(MEMORY)  # of what the tests start, too
        tempfile.tempdir = None


@pytest.fixture(scope="session")
def new_database(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """Put a database in which nothing is yet at a path: a copy, since making one takes longer."""
    made = tmp_path_factory.mktemp("empty") / "postil.db"
    open_store(made).close()

    def copy(path: Path) -> Path:
        shutil.copy(made, path)
        return path

    return copy


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Where the templates, which are the same for every application, are compiled once."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture(scope="session")
def new_app(
    new_database: Callable[[Path], Path], compiled_templates: FileSystemBytecodeCache
) -> Callable[..., Flask]:
    """Make an application on a database that is there, or on an empty one at that path."""

    def make(path: Path, **how: Any) -> Flask:
        if not path.exists():
            new_database(path)
        app = create_app(path, **how)
        app.jinja_env.bytecode_cache = compiled_templates
        return app

    return make


@pytest.fixture
def app(tmp_path: Path, new_app: Callable[..., Flask]) -> Iterator[Flask]:
    """The application on a database of its own."""
    app = new_app(tmp_path / "postil.db")
    yield app
    app.extensions["postil"].close()


@pytest.fixture
def store(app: Flask) -> Store:
    """The store of that application."""
    store: Store = app.extensions["postil"]
    return store
