"""What runs beside the server."""

from pathlib import Path

import pytest

from annotations.library import Workspace
from annotations.store import open_store
from reader.jobs import Jobs


def test_nothing_that_lies_where_one_serves_from_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    store = open_store(tmp_path / "postil.db")
    project = Workspace(store, "Class 9b").project
    store.close()
    folder = tmp_path / "downloads"
    folder.mkdir()
    for name in ("orjson", "click", "queue"):
        (folder / f"{name}.py").write_text("open('was-run', 'w')\n", "utf-8")
    monkeypatch.chdir(folder)
    jobs = Jobs(tmp_path / "postil.db")

    jobs.start("suggest", "--project", project.id)

    assert jobs.wait(120)
    jobs.close()
    assert not (folder / "was-run").exists()
    assert caplog.messages == []
