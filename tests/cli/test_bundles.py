"""Bundles from the command line and from the page."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from annotations import bundle
from annotations.errors import BadLine
from annotations.store import open_store
from reader import create_app
from tests.cli.conftest import line

Run = Callable[..., Result]


@pytest.fixture
def here(tmp_path: Path, postil: Run) -> Path:
    """A database with a project of two documents."""
    db = tmp_path / "here.db"
    content = "".join(
        json.dumps(entry) + "\n"
        for entry in (line("a", "Maduro called.", "ada"), line("b", "Trump called.", "bob"))
    )
    made = postil(
        "import", "--db", db, "--project", "Calls", "-", "--format", "jsonl", input=content
    )
    assert made.exit_code == 0, made.output
    return db


@pytest.mark.parametrize("history", [(), ("--history",)])
def test_a_bundle_makes_an_equal_project_in_another_database(
    postil: Run, here: Path, tmp_path: Path, history: tuple[str, ...]
) -> None:
    first, second = tmp_path / "calls.bundle.zip", tmp_path / "again.bundle.zip"
    there = tmp_path / "there.db"

    out = postil("export", "--db", here, "--project", "Calls", "--bundle", *history, "-o", first)
    taken = postil("import", "--db", there, first)
    again = postil(
        "export", "--db", there, "--project", "Calls", "--bundle", *history, "-o", second
    )

    assert (out.exit_code, again.exit_code) == (0, 0)
    assert taken.stdout == "Made the project “Calls” of the bundle: 2 documents.\n"
    assert second.read_bytes() == first.read_bytes()


def test_a_bundle_is_never_merged(postil: Run, here: Path, tmp_path: Path) -> None:
    file = tmp_path / "calls.bundle.zip"
    postil("export", "--db", here, "--project", "Calls", "--bundle", "-o", file)
    merged = postil("import", "--db", here, "--project", "Calls", file)
    beside = postil("import", "--db", here, file)
    named = postil("import", "--db", here, "--project", "Other calls", file)
    two = postil("import", "--db", here, file, here)
    assert merged.exit_code == 2
    assert "never merged into one that is there" in merged.output
    assert beside.stdout == "Made the project “Calls (2)” of the bundle: 2 documents.\n"
    assert named.stdout == "Made the project “Other calls” of the bundle: 2 documents.\n"
    assert two.exit_code == 2
    assert "take it alone" in two.output


def test_a_damaged_bundle_makes_no_database(postil: Run, here: Path, tmp_path: Path) -> None:
    file, db = tmp_path / "calls.bundle.zip", tmp_path / "new.db"
    postil("export", "--db", here, "--project", "Calls", "--bundle", "-o", file)
    data = bytearray(file.read_bytes())
    place = data.index(b"tables/texts.jsonl") + 60
    data[place] ^= 0xFF
    file.write_bytes(data)
    refused = postil("import", "--db", db, file)
    assert refused.exit_code == 1
    assert "texts.jsonl" in refused.output
    assert not db.exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--history",), "--history goes with --bundle"),
        (("--bundle", "--label", "actor"), "leave out what selects a part"),
        (("--bundle", "--document", "a"), "leave out what selects a part"),
    ],
)
def test_a_part_of_a_bundle_cannot_be_asked_for(
    postil: Run, here: Path, options: tuple[str, ...], message: str
) -> None:
    refused = postil("export", "--db", here, "--project", "Calls", *options)
    assert refused.exit_code == 2
    assert message in refused.output


def test_the_page_hands_out_the_same_bundle(postil: Run, here: Path, tmp_path: Path) -> None:
    file = tmp_path / "calls.bundle.zip"
    postil("export", "--db", here, "--project", "Calls", "--bundle", "-o", file)
    app = create_app(here)
    local = {"Host": "localhost"}
    try:
        project = app.extensions["postil"].projects.named("Calls")
        client = app.test_client()
        page = client.get(f"/projects/{project.id}/export", headers=local).get_data(as_text=True)
        answer = client.get(f"/projects/{project.id}/bundle", headers=local)
        assert f"/projects/{project.id}/bundle?history=yes" in page
        assert answer.data == file.read_bytes()
        assert answer.content_type == "application/zip"
        assert answer.headers["Content-Disposition"] == 'attachment; filename="calls.bundle.zip"'
        with_history = client.get(f"/projects/{project.id}/bundle?history=yes", headers=local)
        assert len(with_history.data) > len(answer.data)
        answer.close()
        with_history.close()
    finally:
        app.extensions["postil"].close()


def test_among_articles_a_bundle_is_told_apart(postil: Run, here: Path, tmp_path: Path) -> None:
    from annotations import transfer

    store = open_store(here)
    try:
        data = b"".join(bundle.write(store, store.projects.named("Calls")))
    finally:
        store.close()
    entries = transfer.incoming(data, "calls.zip")
    with pytest.raises(BadLine, match="never merged into one; bring it in on"):
        list(entries)
