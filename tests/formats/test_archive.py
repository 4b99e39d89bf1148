"""Several files as one archive, made piece by piece."""

import io
import zipfile

from annotations.formats.archive import zipped

FILES = {"a/one.txt": [b"one ", b"two"], "ü.ann": [], "three": [b"x" * 300_000] * 3}


def test_the_files_come_out_as_they_went_in() -> None:
    made = b"".join(zipped(FILES.items()))
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert archive.testzip() is None
        found = {name: archive.read(name) for name in archive.namelist()}
    assert found == {name: b"".join(pieces) for name, pieces in FILES.items()}


def test_the_same_files_give_the_same_bytes() -> None:
    assert b"".join(zipped(FILES.items())) == b"".join(zipped(FILES.items()))
