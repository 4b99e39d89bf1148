"""What is read beside the server, because a page would wait for it too long."""

import gzip
import io
from functools import partial

import pytest

from annotations.transfer import Source
from reader.transfers import LONG_BYTES, is_long
from reader.uploads import Upload
from tests.ingest.files import zipped


def upload(name: str, data: bytes) -> Upload:
    return Upload("u", (Source(name, partial(io.BytesIO, data), len(data)),))


PAGE = b"<p>Words." * (LONG_BYTES // 9 + 1)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.txt", PAGE),
        ("a.pdf", bytes(LONG_BYTES // 8 + 1)),
        ("a.zip", zipped({"a.html": PAGE})),
        ("a.zip", zipped({"a.pdf": bytes(LONG_BYTES // 8 + 1)})),
        ("a.epub", zipped({"OEBPS/a.xhtml": PAGE, ".hidden": b""})),
        ("without suffix", zipped({"a.html": PAGE})),
        ("a.tgz", gzip.compress(PAGE[:1000], 0) + bytes(LONG_BYTES // 20)),
    ],
    ids=["text", "pdf", "pages in a zip", "pdf in a zip", "book", "no suffix", "gzip"],
)
def test_it_is_what_is_in_a_file_that_takes_long(name: str, data: bytes) -> None:
    assert is_long(upload(name, data))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.txt", PAGE[: LONG_BYTES // 2]),
        ("a.zip", zipped({"a.html": PAGE[: LONG_BYTES // 2]})),
        ("a.zip", b"PK\x03\x04 is damaged"),
        ("a.tgz", gzip.compress(PAGE[: LONG_BYTES // 2])),
        ("a.txt", b""),
    ],
    ids=["text", "zip", "damaged", "gzip", "empty"],
)
def test_what_is_short_is_read_at_once(name: str, data: bytes) -> None:
    assert not is_long(upload(name, data))
