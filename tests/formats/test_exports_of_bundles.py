"""What a changed bundle brought in goes out in every format; ``make fuzz`` tries many more."""

from pathlib import Path

from annotations import formats
from tests.slow.exports import exported
from tests.slow.kinds import kinds

BUNDLES = 12


def test_what_was_let_in_goes_out_in_every_format(tmp_path: Path) -> None:
    found = exported(kinds()["bundle"].sound(), "fixed", range(BUNDLES), tmp_path)
    assert found["taken in"] >= BUNDLES / 3
    assert found["written"] == found["taken in"] * len(formats.writable())
