"""What holds for every test: none fails because a machine is slow, or makes anew what all share."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from jinja2 import FileSystemBytecodeCache
from werkzeug.routing import Rule

import reader
from annotations.document import new_id
from annotations.store import Store, database, open_store
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


make_private = database.make_private
"""How a database is really begun: for tests of that."""


@pytest.fixture(scope="session", autouse=True)
def _an_empty_database_is_made_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Each test has a database of its own; whichever is made anew begins as a copy of one that was.

    Nor need it outlive the machine: nothing waits for the disk.
    """
    path = tmp_path_factory.mktemp("empty") / "postil.db"
    open_store(path).close()
    empty = path.read_bytes()

    def make(path: Path) -> None:
        beside = path.with_name(f"{path.name}.{new_id()}")
        with os.fdopen(os.open(beside, os.O_RDWR | os.O_CREAT, 0o600), "wb") as copy:
            copy.write(empty)
        try:
            os.link(beside, path)  # whole at once, and never over another
        finally:
            beside.unlink()

    pragmas = tuple(each for each in database._PRAGMAS if "synchronous" not in each)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "make_private", make)
        patch.setattr(database, "_PRAGMAS", (*pragmas, "pragma synchronous = off"))
        patch.setattr(os, "fsync", lambda file: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def _addresses_are_compiled_when_they_are_built() -> Iterator[None]:
    """Most applications here build few addresses, and compiling how is half of their making."""
    compiled = Rule._compile_builder

    def later(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        build: Callable[..., tuple[str, str]] | None = None

        def first(rule: Rule, /, **values: Any) -> tuple[str, str]:
            nonlocal build
            build = build or compiled(rule, append_unknown)
            return build(rule, **values)

        return first

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", later)
        yield


@pytest.fixture(scope="session", autouse=True)
def _our_static_files_stay_as_they_are() -> Iterator[None]:
    """No test writes to them, so their stamp is taken once."""
    ours, taken = reader.folder("static"), reader._stamp
    stamp = taken(ours)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "_stamp", lambda at: stamp if at == ours else taken(at))
        yield


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
