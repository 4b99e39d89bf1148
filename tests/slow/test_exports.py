"""Bundles by the thousand, changed and let in: each goes out in every format, or with a reason.

``make fuzz`` runs it. ``POSTIL_EXPORTS`` sets how many bundles there are (2,000), ``POSTIL_SEED``
repeats a run.
"""

import os
import random
from pathlib import Path

import pytest

from annotations import formats
from tests.slow.exports import exported
from tests.slow.kinds import kinds

pytestmark = pytest.mark.fuzz

ROUNDS = int(os.environ.get("POSTIL_EXPORTS", "2000"))
SEED = os.environ.get("POSTIL_SEED", str(random.randrange(2**32)))


def test_what_was_let_in_goes_out_in_every_format(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = exported(kinds()["bundle"].sound(), SEED, range(ROUNDS), tmp_path)
    with capsys.disabled():
        print(f"\n{found} (seed {SEED})", end="")
    assert found["taken in"] + found["refused in"] == ROUNDS
    assert found["taken in"] > ROUNDS / 4
    assert found["written"] + found["refused out"] == found["taken in"] * len(formats.writable())
