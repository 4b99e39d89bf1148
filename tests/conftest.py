"""What holds for every test: none fails because a machine is slow, or compiles templates anew."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from jinja2 import FileSystemBytecodeCache

from annotations.store import Store
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
settings.load_profile("postil")


@pytest.fixture(scope="session", autouse=True)
def _templates_are_compiled_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Each test has an application of its own; the templates of all of them are the same."""
    cache = FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": cache}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """The application on a database of its own."""
    app = create_app(tmp_path / "postil.db")
    yield app
    app.extensions["postil"].close()


@pytest.fixture
def store(app: Flask) -> Store:
    """The store of that application."""
    store: Store = app.extensions["postil"]
    return store
