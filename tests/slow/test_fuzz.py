"""Broken files by the ten thousand: each is stored whole or refused with a reason.

``make fuzz`` runs it, for every format that is read and every kind of article. A refused file
leaves the store as it was; none takes more than ``SECONDS`` of a processor or ``MEMORY`` beyond
what was there before; and what is read holds together and can be drawn. ``POSTIL_FUZZ`` sets how
many files of each kind there are (10,000), ``POSTIL_SEED`` repeats a run, ``-k "kind and pdf"``
runs one kind. The files go to as many processes as there are cores (``feeding``), so that a crash
or a lack of memory is seen from outside, and memory is counted by the system.
"""

import json
import os
import random
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from annotations import budgets, formats
from annotations.ingest import KINDS as ARTICLES
from tests.slow.kinds import kinds

pytestmark = [
    pytest.mark.fuzz,
    pytest.mark.skipif(
        not Path("/proc/self/clear_refs").exists(), reason="memory is counted as Linux does"
    ),
]

ROUNDS = int(os.environ.get("POSTIL_FUZZ", "10000"))
SEED = os.environ.get("POSTIL_SEED", str(random.randrange(2**32)))
SECONDS, MEMORY = budgets.EXCHANGE.seconds, budgets.EXCHANGE.memory
ROOT = Path(__file__).parents[2]
KINDS = kinds()


def test_every_format_and_every_kind_of_article_is_broken_here() -> None:
    assert set(KINDS) >= {*formats.readable(), *ARTICLES, "bundle"}


def begun(kind: str, numbers: tuple[int, int], here: Path) -> subprocess.Popen[bytes]:
    """A process that is fed the files of these numbers."""
    here.mkdir()
    first, end = numbers
    with (here / "said").open("wb") as said, (here / "found").open("wb") as found:
        return subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.slow.feeding",
                kind,
                SEED,
                str(first),
                str(end),
                str(here),
            ],
            stdout=found,
            stderr=said,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"},
        )


def fed(kind: str, folder: Path) -> list[dict[str, Any]]:
    """What each process says of its part of the files. All are ended when one fails."""
    parts = os.cpu_count() or 1
    borders = [ROUNDS * part // parts for part in range(parts + 1)]
    places = [folder / str(part) for part in range(parts)]
    running = [
        begun(kind, numbers, here) for numbers, here in zip(pairwise(borders), places, strict=True)
    ]
    try:
        for process, here in zip(running, places, strict=True):
            if process.wait():
                number = here / "number"
                pytest.fail(
                    f"{kind}, seed {SEED}, file {number.read_text() if number.exists() else '?'} "
                    f"(kept in {here}, if the process could): ended with {process.returncode}\n"
                    + (here / "said").read_text("utf-8", "replace")[-3000:]
                )
    finally:
        for process in running:
            process.kill()
            process.wait()
    return [json.loads((here / "found").read_text()) for here in places]


@pytest.mark.parametrize("kind", KINDS)
def test_broken_files_are_stored_whole_or_refused(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    began = time.perf_counter()
    found = fed(kind, tmp_path)
    stored, refused = (sum(each[name] for each in found) for name in ("stored", "refused"))
    slowest = max(found, key=lambda each: float(each["slowest"]))
    most, grown, helper = (
        max(each[name] for each in found) / 2**20 for name in ("most", "grown", "helper")
    )
    with capsys.disabled():
        print(
            f"\n{kind}: {stored + refused:,} files, {stored:,} stored, {refused:,} refused; "
            f"slowest {slowest['slowest']:.2f} s (file {slowest['dearest']}), "
            f"most memory for one {most:.0f} MB, kept after all {grown:.0f} MB, "
            f"helper at most {helper:.0f} MB; {time.perf_counter() - began:.0f} s (seed {SEED})",
            end="",
        )
    assert stored
    assert refused
    assert stored + refused == ROUNDS
    assert slowest["slowest"] < SECONDS
    assert max(most, grown, helper) * 2**20 < MEMORY
