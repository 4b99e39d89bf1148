"""Imports and exports that a program does not wait for."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from annotations import bundle
from annotations.library import Workspace
from reader.transfers import Desk
from tests.api.conftest import Program, matches, with_token
from tests.api.test_operations import mark

LATER = {"Prefer": "respond-async"}


@pytest.fixture
def desk(app: Flask) -> Iterator[Desk]:
    desk: Desk = app.extensions["postil.transfers"]
    yield desk
    desk.close()


@pytest.fixture
def idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is carried out: what is asked for waits."""
    monkeypatch.setattr(Desk, "_run", lambda self, transfer: None)
    monkeypatch.setattr(Desk, "_is_alive", lambda self, transfer: True)


def later(program: Program, method: str, path: str, **how: Any) -> TestResponse:
    """Ask for a job; gives the answer, held against the shape of one."""
    headers = {**LATER, **how.pop("headers", {})}
    answer = program.client.open(
        f"/api/v1{path}", method=method, headers={**program.headers, **headers}, **how
    )
    assert answer.status_code == 202, answer.text
    matches("Job", answer.json)
    assert answer.headers["Preference-Applied"] == "respond-async"
    assert answer.headers["Location"] == f"/api/v1/jobs/{answer.json['id']}"
    return answer


def over(program: Program, answer: TestResponse) -> Any:
    """The job, once it is over."""
    end = time.monotonic() + 120
    while (job := program.get(answer.headers["Location"]))["state"] in ("waiting", "running"):
        assert time.monotonic() < end, f"it is still {job['state']}"
        time.sleep(0.05)
    return job


def test_a_file_is_taken_in_while_the_program_does_something_else(
    writer: Program, work: Workspace, desk: Desk
) -> None:
    data = b'{"text": "One"}\n{]\n{"text": "Two"}\n'

    asked = later(writer, "POST", "/import?name=x.jsonl&skip_bad=true", data=data)
    assert (asked.json["kind"], asked.json["title"], asked.json["person"]) == (
        "import",
        "x.jsonl",
        "Ana",
    )
    job = over(writer, asked)

    assert (job["state"], job["problem"], job["progress"], job["file"]) == ("done",) + (None,) * 3
    matches("Imported", job["result"])
    assert (job["result"]["documents"], len(job["result"]["skipped"])) == (2, 1)
    assert len(list(work.documents())) == 3
    assert [each["id"] for each in writer.get("/jobs")["jobs"]] == [job["id"]]


def test_a_file_that_cannot_be_taken_fails_with_its_line(
    writer: Program, work: Workspace, desk: Desk
) -> None:
    job = over(writer, later(writer, "POST", "/import?format=jsonl", data=b'{"text": "One"}\n{]\n'))

    assert (job["state"], job["result"]) == ("failed", None)
    matches("Problem", job["problem"])
    assert (job["problem"]["status"], "line 2" in job["problem"]["detail"]) == (422, True)
    assert len(list(work.documents())) == 1


def test_the_same_key_is_the_same_job(
    writer: Program, work: Workspace, desk: Desk, app: Flask
) -> None:
    key = {"Idempotency-Key": "night-1"}
    asked = [
        later(writer, "POST", "/import?name=a.txt", data=b"Some words.", headers=key).json["id"]
        for _ in range(2)
    ]
    assert asked[0] == asked[1]
    other = writer.ask("POST", "/import?name=a.txt", data=b"Others.", headers={**LATER, **key})
    assert other.status_code == 409
    over(writer, later(writer, "POST", "/import?name=a.txt", data=b"Some words.", headers=key))

    assert len(list(work.documents())) == 2
    waiting = Path(f"{app.extensions['postil'].database.path}.incoming")
    assert list(waiting.iterdir()) == []


def test_an_export_is_made_and_fetched_when_it_is_done(
    writer: Program, work: Workspace, desk: Desk
) -> None:
    mark(writer)
    Workspace(work.store, "Sanctions", person="Bo").mark("call", 7, 12, "claim")
    address = "/export?every=true&label=claim&format=csv"
    now = writer.ask("GET", address)

    job = over(writer, later(writer, "GET", address))
    file = writer.ask("GET", job["file"])

    assert file.data == now.data
    assert file.headers["Content-Type"] == now.headers["Content-Type"]
    counts = json.loads(now.headers["Postil-Counts"])
    assert job["result"] == {**counts, "size": len(now.data)}
    assert json.loads(file.headers["Postil-Counts"]) == job["result"]
    assert later(writer, "GET", address).json["id"] == job["id"]
    assert writer.ask("DELETE", f"/jobs/{job['id']}").status_code == 204
    assert writer.ask("GET", f"/jobs/{job['id']}").status_code == 404
    assert writer.ask("GET", job["file"]).status_code == 404


@pytest.mark.parametrize("history", ["false", "true"])
def test_a_bundle_of_the_project_is_made_as_a_job_or_at_once(
    writer: Program, work: Workspace, desk: Desk, history: str
) -> None:
    mark(writer)
    address = f"/bundle?history={history}"
    whole = b"".join(bundle.write(work.store, work.project, history=history == "true"))

    now = writer.ask("GET", address)
    job = over(writer, later(writer, "GET", address))
    file = writer.ask("GET", job["file"])

    assert (now.data, file.data) == (whole, whole)
    assert (job["kind"], job["state"]) == ("bundle-export", "done")
    assert job["result"] == {"size": len(whole), "history": history == "true"}
    for answer in (now, file):
        assert answer.headers["Content-Type"] == "application/zip"
        assert (
            answer.headers["Content-Disposition"] == 'attachment; filename="sanctions.bundle.zip"'
        )


def test_what_cannot_be_made_is_refused_at_once(writer: Program, work: Workspace) -> None:
    for wrong, status in (
        ("layer=Eve", 404),
        ("layer=a&every=true", 422),
        ("since=lately", 422),
        ("format=word", 400),
    ):
        assert writer.ask("GET", f"/export?{wrong}", headers=LATER).status_code == status
    assert writer.get("/jobs") == {"jobs": []}


def test_a_job_that_waits_is_ended_and_then_forgotten(
    writer: Program, work: Workspace, idle: None
) -> None:
    asked = later(writer, "POST", "/import?name=a.txt", data=b"Some words.")
    assert writer.get(asked.headers["Location"])["state"] == "waiting"

    for state in ("cancelled", None):
        assert writer.ask("DELETE", asked.headers["Location"]).status_code == 204
        now = writer.ask("GET", asked.headers["Location"])
        assert (now.json["state"] if state else now.status_code) == (state or 404)
    assert len(list(work.documents())) == 1


def test_jobs_of_another_project_are_not_there(
    app: Flask, writer: Program, other: Workspace, idle: None
) -> None:
    asked = later(with_token(app, other), "POST", "/import?name=secret.txt", data=b"Secret words.")

    for method, rest in (("GET", ""), ("GET", "/file"), ("DELETE", "")):
        answer = writer.ask(method, f"/jobs/{asked.json['id']}{rest}")
        assert answer.status_code == 404
        assert "secret" not in answer.text
    assert writer.get("/jobs") == {"jobs": []}


def test_who_only_reads_has_files_made_and_takes_nothing_in(
    reader: Program, work: Workspace, idle: None
) -> None:
    assert reader.ask("POST", "/import", data=b"x", headers=LATER).status_code == 403
    asked = later(reader, "GET", "/export")

    assert reader.get(asked.headers["Location"])["kind"] == "export"
    assert reader.ask("DELETE", asked.headers["Location"]).status_code == 403
    assert reader.ask("GET", f"{asked.headers['Location']}/file").status_code == 404


def test_more_is_taken_by_a_job_than_within_an_answer(
    app: Flask, work: Workspace, idle: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 1_000_000)
    monkeypatch.setitem(app.config, "POSTIL_MOST_BROUGHT", 2_000_000)
    writer = with_token(app, work)
    data = b"Some words. " * 100_000

    refused = writer.ask("POST", "/import?name=a.txt", data=data)
    assert refused.status_code == 413
    assert refused.json["detail"] == (
        "At most 1 MB are taken here. Send it with “Prefer: respond-async”: so up to 2 MB are "
        "taken."
    )
    later(writer, "POST", "/import?name=a.txt", data=data)
    refused = writer.ask("POST", "/import?name=a.txt", data=data * 2, headers=LATER)
    assert (refused.status_code, refused.json["detail"]) == (413, "At most 2 MB are taken here.")
    waiting = Path(f"{app.extensions['postil'].database.path}.incoming")
    assert list(waiting.iterdir()) == []


@pytest.mark.parametrize(
    ("said", "is_later"),
    [("respond-async, wait=10", True), ("wait=10; x=1, Respond-Async", True), ("wait=10", False)],
)
def test_what_is_preferred_is_read_as_it_may_be_written(
    writer: Program, work: Workspace, idle: None, said: str, is_later: bool
) -> None:
    answer = writer.client.get("/api/v1/export", headers={**writer.headers, "Prefer": said})

    assert answer.status_code == (202 if is_later else 200)
    answer.close()


def test_a_job_of_a_program_is_listed_on_the_page_of_files(
    app: Flask, writer: Program, work: Workspace, idle: None
) -> None:
    later(writer, "POST", "/import?name=night.jsonl", data=b'{"text": "One"}\n')

    page = app.test_client().get(f"/projects/{work.project.id}/transfers").text

    assert "Import: <bdi>night.jsonl</bdi>" in page
