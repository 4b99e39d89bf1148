"""Several files as one: a ZIP archive made piece by piece, the same bytes for the same files."""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator

MEDIA_TYPE = "application/zip"
_MOMENT = (1980, 1, 1, 0, 0, 0)
"""The earliest that a ZIP archive can say; the moment of writing would differ each time."""


class Pipe(io.RawIOBase):
    """Takes what is written and gives it back once; it cannot be sought in."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: object) -> int:
        data = bytes(piece)  # type: ignore[call-overload]
        self._pieces.append(data)
        return len(data)

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def zipped(members: Iterable[tuple[str, Iterable[bytes]]]) -> Iterator[bytes]:
    """The bytes of an archive of these files, each a name and its pieces; none is held whole."""
    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, pieces in members:
            entry = zipfile.ZipInfo(name, _MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            with archive.open(entry, "w", force_zip64=True) as member:
                for piece in pieces:
                    member.write(piece)
                    if taken := pipe.taken():
                        yield taken
            yield pipe.taken()
    yield pipe.taken()


def slug(title: str, otherwise: str) -> str:
    """A title as a file's name that every system takes."""
    return re.sub(r"[^\w.-]+", "-", title).strip("-.")[:60].rstrip("-.") or otherwise


def unique(name: str, taken: set[str], between: str = "-") -> str:
    """The name, with a number where another has it; systems differ on letters' case."""
    number, found = 1, name
    while found.casefold() in taken:
        number += 1
        found = f"{name}{between}{number}"
    taken.add(found.casefold())
    return found
