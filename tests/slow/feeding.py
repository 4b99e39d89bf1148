"""A process that imports broken files, one after the other, and says what became of them.

``python -m tests.slow.feeding KIND SEED FIRST END FOLDER`` imports the files of these numbers into
a store in that folder, through the door that the command line and the pages use, and prints a line
of JSON. A file that is neither stored nor refused as it should be is kept in the folder as
``input``, and the process ends with the reason. Each file follows from kind, seed and number alone.
"""

import faulthandler
import io
import json
import os
import random
import re
import resource
import shutil
import sys
import time
from contextlib import closing
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil

from annotations import bundle, codebook, transfer
from annotations.document import Annotated, new_id
from annotations.errors import BadInput
from annotations.formats import Reading
from annotations.ingest import apart
from annotations.ingest.links import is_safe
from annotations.spans import first_unstorable
from annotations.store import Act, Project, Store, open_store
from annotations.store.sqlite import sqlite3
from reader.drawing import Drawing
from tests.slow.kinds import KNOWN, Kind, kinds

HANGS = 100
"""Seconds after which a file is taken to be read for ever; the helper's own limit is 60."""

ROOM = 4 * 1024**3
"""Bytes of address space beyond what is there at the start: what asks for more is told there is
none, so that a fault costs the test and not the machine."""

TOGETHER = 20
"""Files that go into one project, so that they meet what is there."""

PROJECTS = 5
"""Projects in one store, before it begins anew."""


class Checked(transfer.Incoming):
    """Entries that were looked at: they hold together, and can be drawn."""

    def __next__(self) -> Annotated:
        entry = super().__next__()
        document = entry.document
        assert first_unstorable(document.text) is None
        document.layout.checked(len(document.text))
        for before, after in pairwise(document.layout.blocks):
            assert before.end <= after.start
        for mark in entry.annotations:
            assert 0 <= mark.start < mark.end <= len(document.text)
        drawn = Drawing(document, codebook.default(), ()).whole()
        assert "<script" not in drawn
        assert all(is_safe(unescape(href)) for href in re.findall(r'href="([^"]*)"', drawn))
        return entry


class Stores:
    """A store that begins anew before it grows, and what was committed to it."""

    def __init__(self, folder: Path):
        self._folder, self._number = folder, 0
        with closing(open_store(folder / "empty.db")):
            pass
        self.store: Store
        self._beside: Any = None
        self.begin_anew()

    def begin_anew(self) -> None:
        self.end()
        self._number += 1
        path = self._folder / f"{self._number}.db"
        shutil.copyfile(self._folder / "empty.db", path)
        self.store = open_store(path)
        self._beside = sqlite3.connect(path)

    def end(self) -> None:
        """Close it, if there is one; whatever was done to it, it must be sound."""
        if self._beside is None:
            return
        assert self.store.upkeep.check().problems == ()
        self._beside.close()
        self.store.close()
        for left in self._folder.glob(f"{self._number}.db*"):
            left.unlink() if left.is_file() else shutil.rmtree(left)

    def version(self) -> int:
        """A number that changes whenever anything is committed, whatever it is."""
        version: int = self._beside.execute("pragma data_version").fetchone()[0]
        return version

    def contents(self) -> dict[str, list[Any]]:
        """Every row of every table, those of the search index too."""
        tables = self._beside.execute(
            "select name from sqlite_master where type = 'table' and sql not like '%virtual%'"
        ).fetchall()
        return {
            name: self._beside.execute(f'select * from "{name}"').fetchall()  # noqa: S608
            for (name,) in tables
        }


class Costs:
    """What a file took: seconds of a processor, and bytes of memory beyond those before it.

    Both are counted for this process; for the helper that parsers run in, its seconds, and at the
    end the most that it ever held, with all of Python in it.
    """

    def __init__(self) -> None:
        self.slowest = self.most = 0.0
        self._helper: psutil.Process | None = None
        self._begin()

    def _begin(self) -> None:
        Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here
        self._memory = _status("VmRSS")
        self._time = self._processor()

    def _processor(self) -> float:
        process = apart._helper._process
        other = 0.0
        if process is not None and process.poll() is None:
            if self._helper is None or self._helper.pid != process.pid:
                self._helper = psutil.Process(process.pid)
            used = self._helper.cpu_times()
            other = used.user + used.system
        return time.process_time() + other

    def __enter__(self) -> None:
        self._begin()

    def __exit__(self, *_: object) -> None:
        self.took = max(0.0, self._processor() - self._time)
        self.slowest = max(self.slowest, self.took)
        self.most = max(self.most, _status("VmHWM") - self._memory)


def _status(name: str) -> int:
    """Bytes, as the system counts them for this process."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise LookupError(name)


def feed(kind: Kind, seed: str, numbers: range, folder: Path) -> dict[str, Any]:
    """Import the broken files of these numbers; how many came in, and what the dearest took."""
    given = kind.sound()
    stores = Stores(folder)
    said = {"stored": 0, "refused": 0, "documents": 0, "dearest": 0}
    for data in given[:3]:  # what is only loaded and made the first time
        _take(kind, data, stores, _project(stores.store, "Sound"), kind.name)
    stores.begin_anew()
    at_start = _status("VmRSS")
    soft = _status("VmSize") + ROOM
    resource.setrlimit(resource.RLIMIT_AS, (soft, resource.RLIM_INFINITY))
    costs = Costs()
    note = (folder / "number").open("w")
    for number in numbers:
        if number % (TOGETHER * PROJECTS) == 0:
            stores.begin_anew()
        chance = random.Random(f"{seed} {kind.name} {number}")
        data = kind.bend(given, chance)
        named = "" if chance.random() < 0.1 else kind.name
        note.seek(0)
        note.write(f"{number}\n")
        note.flush()
        faulthandler.dump_traceback_later(HANGS, exit=True)
        project = _project(stores.store, f"Project {number // TOGETHER}")
        before = stores.version()
        rows = stores.contents() if number % 50 == 0 else None
        try:
            with costs:
                documents = _take(kind, data, stores, project, named)
        except BaseException:
            (folder / "input").write_bytes(data)
            raise
        if documents is None:
            said["refused"] += 1
            is_whole = stores.version() == before and rows in (None, stores.contents())
        else:
            said["stored"] += 1
            said["documents"] += documents
            is_whole = True
        if not is_whole:
            (folder / "input").write_bytes(data)
            raise AssertionError(f"file {number} was refused, and yet something was stored")
        if costs.slowest == costs.took:
            said["dearest"] = number
    faulthandler.cancel_dump_traceback_later()
    stores.end()
    apart._helper.close()
    return {
        **said,
        "slowest": costs.slowest,
        "most": costs.most,
        "grown": _status("VmRSS") - at_start,
        "helper": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024,
    }


def _take(kind: Kind, data: bytes, stores: Stores, project: Project, named: str) -> int | None:
    """How many documents were stored of a file; ``None`` when it was refused, with a reason."""
    source = transfer.Source(
        f"a{kind.suffix}", lambda: io.BytesIO(data), len(data), kind=named if kind.is_named else ""
    )
    entries = Checked([source], reading=Reading(text_of=KNOWN.get))
    store = stores.store
    try:
        if kind.is_bundle:
            bundle.take(store, store.people.first(), io.BytesIO(data), "a.zip")
            return 1
        return transfer.take(store, store.people.first(), project, entries).documents
    except BadInput as error:
        reason = str(error).strip()
    assert reason
    return None


def _project(store: Store, name: str) -> Project:
    """The project of that name, made if there is none."""
    found = [each for each in store.projects.all() if each.name == name]
    if found:
        return found[0]
    act = Act(op=new_id(), person=store.people.first().key, kind="project")
    return store.projects.add(act, name, codebook.default())


def main() -> None:
    name, seed, first, end, folder = sys.argv[1:]
    os.chdir(folder)
    found = feed(kinds()[name], seed, range(int(first), int(end)), Path(folder))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
