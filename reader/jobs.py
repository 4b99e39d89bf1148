"""Work that takes longer than a page may: our commands, run beside the server.

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
"""Seconds after which a command is given up, unless it is said to be one that may take longer."""
MOST = 100
"""Commands that may wait."""

Command = tuple[str, ...]


class Jobs:
    """The commands that wait and those that run, for one database.

    ``workers`` is how many run at once; ``patience`` the seconds that each may take, or ``None``.
    """

    def __init__(self, database: Path, workers: int = 1, patience: float | None = PATIENCE):
        self._database, self._workers, self._patience = database, workers, patience
        self._waiting: OrderedDict[Command, None] = OrderedDict()
        self._running: dict[Command, subprocess.Popen[bytes] | None] = {}
        self._cancelled: set[Command] = set()
        self._changed = Condition()
        self._threads: list[Thread] = []
        self._over = False

    def start(self, *command: str) -> bool:
        """Run a command of ``postil`` when its turn comes. ``False``: it waits already.

        One that runs at this moment may have looked already, so it is run once more.
        """
        with self._changed:
            if self._over or command in self._waiting or len(self._waiting) >= MOST:
                return False
            self._waiting[command] = None
            if not self._threads:
                atexit.register(self.close)
            if len(self._threads) < self._workers:
                thread = Thread(target=self._work, name="jobs", daemon=True)
                self._threads.append(thread)
                thread.start()
            self._changed.notify_all()
            return True

    def is_under_way(self, *command: str) -> bool:
        """Whether a command waits or runs."""
        with self._changed:
            return command in self._waiting or command in self._running

    def cancel(self, *command: str, seconds: float = 10) -> bool:
        """Take a command off the list, or end its process. ``False``: it goes on after all."""
        with self._changed:
            self._waiting.pop(command, None)
            if command in self._running:
                self._cancelled.add(command)
                process = self._running[command]
                if process is not None:
                    process.terminate()
            return self._changed.wait_for(lambda: command not in self._running, seconds)

    def wait(self, seconds: float) -> bool:
        """Wait until nothing is to be done any more; ``False`` when that took too long."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting and not self._running, seconds)

    def close(self) -> None:
        """Give up what runs and what waits."""
        with self._changed:
            self._over = True
            self._waiting.clear()
            for process in self._running.values():
                if process is not None:
                    process.terminate()
            self._changed.notify_all()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._next() is not None or self._over)
                command = self._next()
                if self._over or command is None:
                    return
                del self._waiting[command]
                self._running[command] = None
            try:
                self._run(command)
            except OSError:
                _log.exception("%s could not be started", " ".join(command))
            finally:
                with self._changed:
                    del self._running[command]
                    self._cancelled.discard(command)
                    self._changed.notify_all()

    def _next(self) -> Command | None:
        """The first that waits and does not run at this moment."""
        return next((waits for waits in self._waiting if waits not in self._running), None)

    def _run(self, command: Sequence[str]) -> None:
        # Without “-P”, a folder that one serves from could bring modules of its own along.
        asked = [sys.executable, "-P", "-m", "reader.cli", *command, "--background"]
        asked += ["--db", str(self._database)]
        key = tuple(command)
        with subprocess.Popen(
            asked,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        ) as process:
            with self._changed:
                self._running[key] = process
                if self._over or key in self._cancelled:
                    process.terminate()
            try:
                _, said = process.communicate(timeout=self._patience)
            except subprocess.TimeoutExpired:
                process.kill()
                _, said = process.communicate()
            if process.returncode and not (self._over or key in self._cancelled):
                _log.warning("%s: %s", " ".join(command), said.decode(errors="replace").strip())
