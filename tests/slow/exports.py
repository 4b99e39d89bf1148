"""What was let in goes out: a project of a bundle that was changed, in every format.

    python -m tests.slow.exports SEED FIRST END

imports the bundles of these numbers, and writes each that was taken in every format; an export is
whole, or refused with a reason. It prints a line of JSON, and ends with the number of the bundle
and the format where something else happens.
"""

import io
import json
import random
import sys
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

from annotations import bundle, formats, transfer
from annotations.errors import BadInput, PostilError
from annotations.selection import ALL, Selection
from annotations.store import Project, Store, open_store
from tests.slow.bending import of_bundle, of_rows
from tests.slow.kinds import kinds

TOGETHER = 50
"""Bundles that go into one store, before it begins anew."""


def written(store: Store, project: Project, name: str) -> str:
    """Write all of a project in a format; the reason where that refuses it, or empty."""
    try:
        outgoing = transfer.outgoing(store, project, Selection(every=True, states=(ALL,)), name)
        with closing(outgoing):
            for _ in outgoing:
                pass
    except PostilError as error:
        return str(error).strip() or "refused without a reason"
    return ""


def exported(
    sound: Sequence[bytes], seed: str, numbers: Iterable[int], folder: Path
) -> dict[str, int]:
    """How many of the changed bundles of these numbers came in, and how many exports of those were
    written and refused. What ends otherwise says with which bundle and in which format."""
    counts = {"refused in": 0, "taken in": 0, "written": 0, "refused out": 0}
    store: Store | None = None
    for place, number in enumerate(numbers):
        if store is None or place % TOGETHER == 0:
            if store is not None:
                store.close()
            store = open_store(folder / f"{number}.db")
        bend = of_rows if number % 4 else of_bundle
        data = bend(sound, random.Random(f"{seed} {number}"))
        try:
            project = bundle.take(store, store.people.first(), io.BytesIO(data), "a.zip")
        except BadInput:
            counts["refused in"] += 1
            continue
        counts["taken in"] += 1
        for name in formats.writable():
            try:
                reason = written(store, project, name)
            except Exception as error:
                raise AssertionError(f"bundle {number} of seed {seed} as {name}") from error
            counts["refused out" if reason else "written"] += 1
    if store is not None:
        store.close()
    return counts


def main() -> None:
    seed, first, end = sys.argv[1:]
    sound = kinds()["bundle"].sound()
    with tempfile.TemporaryDirectory() as folder:
        found = exported(sound, seed, range(int(first), int(end)), Path(folder))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
