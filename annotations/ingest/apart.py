"""Parsers of others run in a process apart, one for each Python that asks, ended when idle.

A PDF or Word file that was made to hurt can take all time and memory there are, or bring its parser
down. Here it takes ``SECONDS`` and ``MEMORY`` at most, and what goes down is the helper; the next
file gets a new one. And the memory that these parsers need does not stay with the server.

A request is a line of JSON (the task, its options, the length of the data) and the data; the answer
is a line of JSON. Tasks are named in ``_TASKS`` and give what JSON can say. What is too long for
one answer comes from ``stream``: a process for one file, which answers a line at a time.
"""

import atexit
import contextlib
import importlib
import os
import subprocess
import sys
import threading
import traceback
from collections.abc import Generator, Mapping
from logging import getLogger
from pathlib import Path
from typing import IO, Any, cast

import orjson

from annotations import budgets
from annotations.errors import BadInput

_log = getLogger(__name__)

SECONDS = budgets.FILE.seconds
"""For one file."""

MEMORY = budgets.FILE.memory
"""Bytes of address space, where the system can cap it."""

IDLE = 20.0
"""Seconds after which a helper with nothing to do is ended."""

_TASKS = {
    "docx": "annotations.ingest.word:parse",
    "odt": "annotations.ingest.odt:parse",
    "pdf": "annotations.ingest.pdfium:parse",
    "rtf": "annotations.ingest.rtf:parse",
    "web": "annotations.ingest.extracting:parse",
}
_STREAMS = {"workbook": "annotations.formats.table.workbook:parse"}
"""Tasks that take a file and give one value after the other."""

_REMEDIES = {
    "late": "could not be read within {seconds:.0f} seconds; save it again with another program, "
    "or as plain text, and import that.",
    "memory": "needs more memory to be read than it may have; import it in parts.",
    "crash": "brought down the program that reads such files: it is damaged, or too much for it. "
    "Open it in the program that made it and save it again, as plain text or in parts if that does "
    "not help.",
    "broken": "cannot be read: it is damaged, or not what its name says. "
    "Open it in the program that made it, and save it again.",
}
"""By what became of a parser, what a person is told; why exactly, the log gets to know."""
_ROOT = Path(__file__).parents[2]


class Helper:
    """A process that answers one request after the other. May be used by several threads.

    ``serves`` is the Python that it runs.
    """

    serves = f"from {__name__} import serve; serve()"

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._idle: threading.Timer | None = None

    def ask(self, task: str, data: bytes, called: str, **options: Any) -> Any:
        """What the task says of the data. ``called`` is what errors call the file.

        Raises ``BadInput`` for what it refuses, for what takes too long or too much memory, and for
        a file on which the parser gives up.
        """
        with self._lock:
            if self._idle is not None:
                self._idle.cancel()
            process = self._running()
            late = threading.Event()

            def end() -> None:
                late.set()
                process.kill()

            alarm = threading.Timer(SECONDS, end)
            alarm.daemon = True
            alarm.start()
            try:
                answer = self._exchange(process, task, data, options)
            finally:
                alarm.cancel()
            ended: int | None = None
            if answer is None:
                ended = self._end(patience=1.0)
            else:
                self._end_later()
        if late.is_set():
            answer = {"error": f"ended after {SECONDS:g} seconds", "kind": "late"}
        elif answer is None:
            answer = {"error": f"the process ended with {ended}", "kind": "crash"}
        if "error" not in answer:
            return answer["result"]
        raise _refused(answer, called, task)

    def close(self) -> None:
        """End the process; the next request starts another."""
        with self._lock:
            self._end()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._process = _started(self.serves, subprocess.PIPE)
        return self._process

    def _exchange(
        self, process: subprocess.Popen[bytes], task: str, data: bytes, options: Mapping[str, Any]
    ) -> Any:
        """The answer; ``None`` when the process ended before there was one."""
        stdin, stdout = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)
        try:
            stdin.write(orjson.dumps({"task": task, "size": len(data), "options": options}) + b"\n")
            stdin.write(data)
            stdin.flush()
            line = stdout.readline()
        except OSError:
            return None
        return orjson.loads(line) if line.endswith(b"\n") else None

    def _end_later(self) -> None:
        self._idle = threading.Timer(IDLE, self.close)
        self._idle.daemon = True
        self._idle.start()

    def _end(self, patience: float = 0.0) -> int | None:
        """End the process; its exit code, or ``None`` if there is none.

        ``patience`` is for how many seconds it may end by itself, so that its code says why.
        """
        process, self._process = self._process, None
        if process is None:
            return None
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
        process.kill()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        return process.wait()


def _started(serves: str, stdin: int | IO[bytes], *arguments: str) -> subprocess.Popen[bytes]:
    """A process that runs this Python."""
    paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return subprocess.Popen(
        [sys.executable, "-P", "-B", "-c", serves, *arguments],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
    )


def stream(task: str, file: IO[bytes], called: str, **options: Any) -> Generator[Any, None, None]:
    """What the task says of a file, one value after the other, in a process for it alone.

    ``file`` must be one that the system knows; it is read from its beginning. Closing the generator
    ends the process. Raises ``BadInput`` as ``Helper.ask`` does.
    """
    file.seek(0)
    serves = f"from {__name__} import serve_stream; serve_stream()"
    process = _started(serves, file, task, orjson.dumps(options).decode())
    stdout = cast("IO[bytes]", process.stdout)
    try:
        for line in stdout:
            answer = orjson.loads(line) if line.endswith(b"\n") else {}
            if "value" in answer:
                yield answer["value"]
            elif "error" in answer:
                raise _refused(answer, called, task)
            else:
                return  # the last line says that it is the last
        # Nothing said so: the process went down, or was ended by the system.
        answer = {"error": f"the process ended with {process.wait()}", "kind": "crash"}
        raise _refused(answer, called, task)
    finally:
        process.kill()
        stdout.close()
        process.wait()


def _refused(answer: Mapping[str, Any], called: str, task: str) -> BadInput:
    kind, error = answer["kind"], answer["error"]
    if kind == "input":
        return BadInput(f"{called} {error}")
    _log.info("%s: the parser gave up (%s, %s): %s", called, task, kind, error)
    return BadInput(f"{called} {_REMEDIES[kind].format(seconds=SECONDS)}")


_helper = Helper()
atexit.register(_helper.close)


def ask(task: str, data: bytes, called: str, **options: Any) -> Any:
    """Ask the helper of this process; see ``Helper.ask``."""
    return _helper.ask(task, data, called, **options)


# ── in the process apart ──────────────────────────────────────────────────────────────────────────


def serve() -> None:
    """Answer requests on standard input until it ends. What parsers print goes nowhere."""
    _cap()
    sys.setrecursionlimit(20_000)
    requests = sys.stdin.buffer
    answers = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    while line := requests.readline():
        request = orjson.loads(line)
        data = requests.read(request["size"])
        _cap_time()
        answers.write(orjson.dumps(_answer(request["task"], data, request["options"])) + b"\n")
        answers.flush()


def serve_stream() -> None:
    """Do the task that the arguments name with the file on standard input, a line for a value."""
    _cap()
    _cap_time()
    task, options = sys.argv[1], orjson.loads(sys.argv[2])
    answers = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    module, function = _STREAMS[task].split(":")
    last: dict[str, Any] = {}
    try:
        parse = getattr(importlib.import_module(module), function)
        for value in parse(sys.stdin.buffer, **options):
            answers.write(orjson.dumps({"value": value}) + b"\n")
    except BrokenPipeError:
        return
    except BaseException as error:
        last = _problem(error)
    answers.write(orjson.dumps(last) + b"\n")
    answers.flush()


def _answer(task: str, data: bytes, options: Mapping[str, Any]) -> dict[str, Any]:
    module, function = _TASKS[task].split(":")
    try:
        return {"result": getattr(importlib.import_module(module), function)(data, **options)}
    except Exception as error:
        return _problem(error)


def _problem(error: BaseException) -> dict[str, Any]:
    """What became of a parser, as an answer. To be called while the error is handled."""
    if isinstance(error, BadInput):
        return {"error": str(error), "kind": "input"}
    if isinstance(error, MemoryError):
        return {"error": f"it asked for more than {MEMORY:,} bytes", "kind": "memory"}
    # Whatever a parser raises on a broken file. Our own faults would look the same to the person,
    # so the log gets to know which it was.
    return {"error": traceback.format_exc(limit=-4), "kind": "broken"}


def _cap() -> None:
    """Little memory, and no file: what a parser is brought to do is not kept, nor is its core."""
    try:
        import resource
    except ImportError:  # Windows has no such caps.
        return
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))


def _cap_time() -> None:
    """The system ends this process where who asked is gone and cannot."""
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = int(used.ru_utime + used.ru_stime + 2 * SECONDS)
    with contextlib.suppress(ValueError, OSError):
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (most, hard))
