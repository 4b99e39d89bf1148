"""Work that takes longer than a page may: our commands, one after the other beside the server.

Each is a process of its own, so that no save waits for it, and so that what it needs of memory goes
with it. What it comes to stands in the database; here it is only known what is still to be done.
"""

import atexit
import subprocess
import sys
from collections import OrderedDict
from collections.abc import Sequence
from logging import getLogger
from pathlib import Path
from threading import Condition, Thread

_log = getLogger(__name__)
PATIENCE = 600
"""Seconds after which a command is given up."""
MOST = 100
"""Commands that may wait."""

Command = tuple[str, ...]


class Jobs:
    """The commands that wait and the one that runs, for one database."""

    def __init__(self, database: Path):
        self._database = database
        self._waiting: OrderedDict[Command, None] = OrderedDict()
        self._running: Command | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._changed = Condition()
        self._thread: Thread | None = None
        self._over = False

    def start(self, *command: str) -> bool:
        """Run a command of ``postil`` when its turn comes. ``False``: it waits already.

        One that runs at this moment may have looked already, so it is run once more.
        """
        with self._changed:
            if self._over or command in self._waiting or len(self._waiting) >= MOST:
                return False
            self._waiting[command] = None
            if self._thread is None:
                self._thread = Thread(target=self._work, name="jobs", daemon=True)
                self._thread.start()
            self._changed.notify_all()
            return True

    def is_under_way(self, *command: str) -> bool:
        """Whether a command waits or runs."""
        with self._changed:
            return command in self._waiting or command == self._running

    def wait(self, seconds: float) -> bool:
        """Wait until nothing is to be done any more; ``False`` when that took too long."""
        with self._changed:
            return self._changed.wait_for(
                lambda: not self._waiting and self._running is None, seconds
            )

    def close(self) -> None:
        """Give up what runs and what waits."""
        with self._changed:
            self._over = True
            self._waiting.clear()
            if self._process is not None:
                self._process.terminate()
            self._changed.notify_all()

    def _work(self) -> None:
        atexit.register(self.close)
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._waiting) or self._over)
                if self._over:
                    return
                self._running, _ = self._waiting.popitem(last=False)
                command = self._running
            try:
                self._run(command)
            except OSError:
                _log.exception("%s could not be started", " ".join(command))
            finally:
                with self._changed:
                    self._running = self._process = None
                    self._changed.notify_all()

    def _run(self, command: Sequence[str]) -> None:
        asked = [sys.executable, "-m", "reader.cli", *command, "--background"]
        asked += ["--db", str(self._database)]
        with subprocess.Popen(
            asked,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        ) as process:
            with self._changed:
                self._process = process
                if self._over:
                    process.terminate()
            try:
                _, said = process.communicate(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                _, said = process.communicate()
            if process.returncode and not self._over:
                _log.warning("%s: %s", " ".join(command), said.decode(errors="replace").strip())
