"""What brings its parser down ends a helper; the person hears what to do, the log hears why."""

import logging
import re
import sys
import time
from collections.abc import Iterator

import pytest

from annotations.errors import BadInput
from annotations.ingest import apart
from tests.ingest.files import docx, paragraph

CALLED = "“a.pdf”"


class Greedy(apart.Helper):
    """A helper that knows parsers that go wrong."""

    serves = (
        "from annotations.ingest import apart; "
        "apart._TASKS['greedy'] = 'tests.ingest.greedy:parse'; apart.serve()"
    )


@pytest.fixture
def helper() -> Iterator[apart.Helper]:
    made = Greedy()
    yield made
    made.close()


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, logger=apart.__name__)
    return caplog


def refusal(helper: apart.Helper, way: str) -> str:
    with pytest.raises(BadInput) as caught:
        helper.ask("greedy", b"", CALLED, way=way)
    return str(caught.value)


@pytest.mark.skipif(sys.platform != "linux", reason="memory can be capped on Linux alone")
def test_a_parser_that_wants_too_much_memory(
    helper: apart.Helper, told: pytest.LogCaptureFixture
) -> None:
    assert refusal(helper, "memory") == (
        "“a.pdf” needs more memory to be read than it may have; import it in parts."
    )
    assert told.messages == [
        "“a.pdf”: the parser gave up (greedy, memory): it asked for more than 2,147,483,648 bytes"
    ]
    assert helper.ask("greedy", b"", CALLED, way="well") == "well"


def test_a_parser_that_goes_down(helper: apart.Helper, told: pytest.LogCaptureFixture) -> None:
    assert refusal(helper, "crash") == (
        "“a.pdf” brought down the program that reads such files: it is damaged, or too much for "
        "it. Open it in the program that made it and save it again, as plain text or in parts if "
        "that does not help."
    )
    assert told.messages == [
        "“a.pdf”: the parser gave up (greedy, crash): the process ended with -6"
    ]
    assert helper.ask("greedy", b"", CALLED, way="well") == "well"


def test_a_parser_that_takes_too_long(
    helper: apart.Helper, told: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "SECONDS", 0.5)
    assert re.fullmatch(
        r"“a.pdf” could not be read within \d seconds; save it again with another program, or as "
        r"plain text, and import that\.",
        refusal(helper, "late"),
    )
    assert told.messages == ["“a.pdf”: the parser gave up (greedy, late): ended after 0.5 seconds"]
    monkeypatch.setattr(apart, "SECONDS", 60.0)
    assert helper.ask("greedy", b"", CALLED, way="well") == "well"


def test_a_parser_that_raises(helper: apart.Helper, told: pytest.LogCaptureFixture) -> None:
    assert refusal(helper, "broken") == (
        "“a.pdf” cannot be read: it is damaged, or not what its name says. Open it in the program "
        "that made it, and save it again."
    )
    (message,) = told.messages
    assert message.startswith("“a.pdf”: the parser gave up (greedy, broken): Traceback")
    assert message.rstrip().endswith("LookupError: no such chapter")


def test_what_a_parser_refuses_is_no_matter_for_the_log(
    helper: apart.Helper, told: pytest.LogCaptureFixture
) -> None:
    assert refusal(helper, "input") == "“a.pdf” holds no text."
    assert told.messages == []


def test_a_helper_that_was_killed_between_files_is_replaced(helper: apart.Helper) -> None:
    helper.ask("docx", docx(paragraph("x")), "“a”")
    assert helper._process is not None
    helper._process.kill()
    helper._process.wait()
    assert helper.ask("docx", docx(paragraph("y")), "“a”")["segments"] == [["own", "<p>y</p>"]]


def test_an_idle_helper_ends(helper: apart.Helper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "IDLE", 0.05)
    helper.ask("docx", docx(paragraph("x")), "“a”")
    for _ in range(3000):
        time.sleep(0.01)
        if helper._process is None:
            break
    assert helper._process is None
    assert helper.ask("docx", docx(paragraph("z")), "“a”")["segments"] == [["own", "<p>z</p>"]]


@pytest.mark.skipif(sys.platform != "linux", reason="only there are another's caps told")
def test_a_helper_may_take_little_and_write_nothing(helper: apart.Helper) -> None:
    import resource

    helper.ask("docx", docx(paragraph("x")), "“a”")
    assert helper._process is not None
    pid = helper._process.pid
    assert resource.prlimit(pid, resource.RLIMIT_AS) == (apart.MEMORY, apart.MEMORY)
    assert resource.prlimit(pid, resource.RLIMIT_FSIZE) == (0, 0)
    assert resource.prlimit(pid, resource.RLIMIT_CORE) == (0, 0)
    # Whoever asked may be killed in the middle of it; then nobody else would end it.
    seconds, _ = resource.prlimit(pid, resource.RLIMIT_CPU)
    assert apart.SECONDS < seconds < 4 * apart.SECONDS
