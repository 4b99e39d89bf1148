"""Mutated Word files, books, PDFs and archives by the thousand: each is read or refused.

``make fuzz`` runs it; ``POSTIL_FUZZ`` and ``POSTIL_SEED`` as in ``test_fuzz``.
"""

import gzip
import io
import random
import time
import zipfile
from contextlib import suppress

import pytest

from annotations import transfer
from annotations.document import Annotated
from annotations.errors import BadInput
from tests.ingest.files import zipped
from tests.ingest.test_archives import tar_gz, tarred
from tests.ingest.test_mutated import FILES as ARTICLES
from tests.slow.test_fuzz import ROUNDS, SEED, SLOWEST

pytestmark = pytest.mark.fuzz

INNER = {"a/one.txt": b"One.", "two.md": b"# Two", "three.docx": ARTICLES["a.docx"]}
FILES = {
    **ARTICLES, "a.zip": zipped(INNER), "a.tar": tarred(INNER), "a.tar.gz": tar_gz(INNER),
}  # fmt: skip


def mutated(data: bytes, chance: random.Random) -> bytes:
    """A few bytes changed, doubled, moved or gone."""
    made = bytearray(data)
    for _ in range(chance.randint(1, 12)):
        place = chance.randrange(len(made))
        length = chance.choice((1, 1, 1, 4, 16, 200))
        match chance.randrange(4):
            case 0:
                made[place] = chance.randrange(256)
            case 1:
                made[place:place] = made[place : place + length]
            case 2 if len(made) > length + 1:
                del made[place : place + length]
            case _:
                other = chance.randrange(len(made))
                made[place : place + length] = made[other : other + length]
        made = made or bytearray(b"x")
    return bytes(made)


def bent(name: str, chance: random.Random) -> bytes:
    """A file with something wrong in it; in what is packed, mostly within, so that it unpacks."""
    data = FILES[name]
    if chance.random() < 0.2:
        return mutated(data, chance)
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {each: archive.read(each) for each in archive.namelist()}
        chosen = chance.choice([each for each, content in members.items() if content])
        return zipped({**members, chosen: mutated(members[chosen], chance)})
    if name.endswith(".gz"):
        return gzip.compress(mutated(gzip.decompress(data), chance))
    return mutated(data, chance)


@pytest.mark.parametrize("name", FILES)
def test_mutated_files_are_read_or_refused_in_bounded_time(name: str) -> None:
    chance = random.Random(f"{SEED} {name}")
    slowest = 0.0
    read: list[Annotated] = []
    for _ in range(ROUNDS // 10):
        data = bent(name, chance)
        source = transfer.Source(name, lambda data=data: io.BytesIO(data), len(data))  # type: ignore[misc]
        start = time.perf_counter()
        with suppress(BadInput):
            for entry in transfer.Incoming([source]):
                document = entry.document
                assert document.layout.checked(len(document.text)) == document.layout
                read.append(entry)
        slowest = max(slowest, time.perf_counter() - start)
    print(f"{name}: seed {SEED}, {len(read)} read, slowest {slowest:.2f} s")
    assert slowest < SLOWEST
