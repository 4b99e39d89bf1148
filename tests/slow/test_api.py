"""The HTTP door against its description, by schemathesis: long, random, and with bad intent.

``make api`` runs it; it needs the extra ``api-test``.
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings

from annotations.library import Workspace
from reader import create_app
from reader.api import limits
from reader.transfers import Desk

schemathesis = pytest.importorskip("schemathesis")
from schemathesis import checks  # noqa: E402

TEXT = "Maduro asked Trump to lift all sanctions. 😀 Trump refused."


def _application(folder: Path) -> tuple[Flask, str]:
    app = create_app(folder / "postil.db")
    work = Workspace(app.extensions["postil"], "Sanctions", person="Ana")
    document = work.add_text(TEXT, id="call")
    claim = work.mark(document, 0, 41, "claim", id="mark")
    work.relate(claim, "made by", work.mark(document, 0, 6, "actor", id="actor"), id="relation")
    _, secret = work.store.tokens.make(work.project, work.person, "tests", "write")
    return app, secret


@pytest.fixture(scope="module", autouse=True)
def unhurried() -> Iterator[None]:
    """No limit of how often: a run asks thousands of times."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("BURST", "RATE", "BURST_OF_STRANGERS", "RATE_OF_STRANGERS"):
            patch.setattr(limits, name, 1e9)
        _app.extensions.pop("postil.api")  # made anew, without limits
        # Jobs wait and are ended, and none is carried out: each would be a process of its own.
        patch.setattr(Desk, "_run", lambda self, transfer: None)
        patch.setattr(Desk, "_is_alive", lambda self, transfer: True)
        yield
        _app.extensions["postil"].close()


_folder = TemporaryDirectory()
_app, _secret = _application(Path(_folder.name))
schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", _app)


@pytest.mark.api
@schema.parametrize()
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_as_described(case: "schemathesis.Case") -> None:
    # What is well said may still be refused: an id that is taken, a label that there is not.
    excluded = [checks.positive_data_acceptance]
    if case.method in ("GET", "DELETE") or case.path == "/import":
        # Of an unknown parameter without a value nothing is sent, so nothing can be refused; that
        # unknown ones are refused is shown in tests/api.
        excluded.append(checks.negative_data_rejection)
    case.call_and_validate(headers={"Authorization": f"Bearer {_secret}"}, excluded_checks=excluded)
