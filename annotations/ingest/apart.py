"""Parsers of others run in a process apart, one for each Python that asks, ended when idle.

A PDF or Word file that was made to hurt can take all time and memory there are, or bring its parser
down. Here it takes ``SECONDS`` and ``MEMORY`` at most, and what goes down is the helper; the next
file gets a new one. And the memory that these parsers need does not stay with the server.

A request is a line of JSON (the task, its options, the length of the data) and the data; the answer
is a line of JSON. Tasks are named in ``_TASKS`` and give what JSON can say.
"""

import atexit
import contextlib
import importlib
import os
import subprocess
import sys
import threading
import traceback
from collections.abc import Mapping
from logging import getLogger
from pathlib import Path
from typing import IO, Any, cast

import orjson

from annotations.errors import BadInput

_log = getLogger(__name__)

SECONDS = 60.0
"""For one file."""

MEMORY = 2 * 1024 * 1024 * 1024
"""Bytes of address space, where the system can cap it."""

IDLE = 20.0
"""Seconds after which a helper with nothing to do is ended."""

_TASKS = {
    "docx": "annotations.ingest.word:parse",
    "pdf": "annotations.ingest.pdfium:parse",
    "web": "annotations.ingest.extracting:parse",
}
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
        kind, error = answer["kind"], answer["error"]
        if kind == "input":
            raise BadInput(f"{called} {error}")
        _log.info("%s: the parser gave up (%s, %s): %s", called, task, kind, error)
        raise BadInput(f"{called} {_REMEDIES[kind].format(seconds=SECONDS)}")

    def close(self) -> None:
        """End the process; the next request starts another."""
        with self._lock:
            self._end()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-B", "-c", self.serves],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            )
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


def _answer(task: str, data: bytes, options: Mapping[str, Any]) -> dict[str, Any]:
    module, function = _TASKS[task].split(":")
    try:
        return {"result": getattr(importlib.import_module(module), function)(data, **options)}
    except BadInput as error:
        return {"error": str(error), "kind": "input"}
    except MemoryError:
        return {"error": f"it asked for more than {MEMORY:,} bytes", "kind": "memory"}
    except Exception:
        # Whatever a parser raises on a broken file. Our own faults would look the same to the
        # person, so the log gets to know which it was.
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
