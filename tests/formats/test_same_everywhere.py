"""A file comes in alike by itself, in a folder and in an archive: what is good and what is bad."""

import io
import random
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from annotations import formats, transfer
from annotations.document import Annotated
from annotations.errors import BadInput, BadLine
from annotations.formats import Reading
from tests.ingest.test_archives import tarred, zipped
from tests.slow.kinds import KNOWN, kinds

KINDS = {name: kind for name, kind in kinds().items() if name in formats.readable()}
BENT = range(2)
"""The numbers of broken files of each format."""

sound = cache(lambda name: KINDS[name].sound()[-2:])

Came = tuple[list[Any], Counter[str], list[Any], list[str]]


def files_of(data: bytes, suffix: str) -> dict[str, bytes]:
    """The files of a format: those in its archive, or the only one."""
    if not suffix.endswith(".zip"):
        return {f"a{suffix}": data}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def in_folder(files: Mapping[str, bytes], kind: str, folder: Path) -> transfer.Source:
    for name, content in files.items():
        path = folder / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return transfer.of_folder(str(folder / "in"), kind)


def bent(name: str, number: int) -> bytes:
    """A broken file; of an archive one with the names that it had, packed well."""
    names = files_of(sound(name)[-1], KINDS[name].suffix).keys()
    for attempt in count():
        given = sound(name)[-1:]
        data = KINDS[name].bend(given, random.Random(f"{name} {number} {attempt}"))
        with suppress(zipfile.BadZipFile):
            if files_of(data, KINDS[name].suffix).keys() == names:
                return data
    raise AssertionError


def packed(
    pack: Callable[[dict[str, bytes]], bytes], name: str, files: Mapping[str, bytes], kind: str
) -> transfer.Source:
    data = pack(dict(files))
    return transfer.Source(name, lambda: io.BytesIO(data), len(data), kind)


def ways(files: Mapping[str, bytes], kind: str, folder: Path) -> dict[str, transfer.Source]:
    """The same files in each way in which they may be given."""
    found = {
        "folder": in_folder(files, kind, folder),
        "zip": packed(zipped, "a.zip", files, kind),
        "tar": packed(tarred, "a.tar", files, kind),
    }
    if len(files) == 1 and formats.get(kind).read is not None:
        ((name, data),) = files.items()
        found["file"] = transfer.Source(name, lambda: io.BytesIO(data), len(data), kind)
    return found


def described(entry: Annotated) -> Any:
    """What an entry says, but for ids that are made anew each time."""
    places = {mark.id: place for place, mark in enumerate(entry.annotations)}
    layer = entry.layer
    return (
        entry.document.title,
        entry.document.text,
        layer and (layer.kind, layer.annotator, layer.name),
        entry.state,
        [(m.span, m.label, m.fragments, m.note, dict(m.attributes)) for m in entry.annotations],
        [(places[r.head], r.label, places.get(r.child or "")) for r in entry.relations],
    )


def came(source: transfer.Source, *, skip_bad: bool) -> Came:
    """The entries, what is counted and noted, and what was refused; names and folders apart."""
    problems: list[Any] = []

    def refuse(error: BadLine) -> None:
        problems.append((error.line, error.part, error.reason.replace(source.title, "")))

    reading = Reading(text_of=KNOWN.get)
    incoming = transfer.Incoming([source], None, reading, refuse if skip_bad else None)
    entries: list[Any] = []
    try:
        entries += map(described, incoming)
    except BadInput as error:
        refuse(error if isinstance(error, BadLine) else BadLine(str(error)))
    return entries, reading.lost, problems, [note for _, note in incoming.notes]


@pytest.mark.parametrize("skip_bad", [False, True], ids=["strictly", "skipping"])
@pytest.mark.parametrize("number", [None, *BENT])
@pytest.mark.parametrize("name", KINDS)
def test_files_come_in_alike_in_every_way_that_they_are_given(
    name: str, number: int | None, skip_bad: bool, tmp_path: Path
) -> None:
    data = sound(name)[-1] if number is None else bent(name, number)
    sources = ways(files_of(data, KINDS[name].suffix), name, tmp_path)
    found = {way: came(source, skip_bad=skip_bad) for way, source in sources.items()}
    assert len({repr(each) for each in found.values()}) == 1, found
    if number is None:
        entries, _, problems, _ = found["folder"]
        assert entries
        assert not problems
