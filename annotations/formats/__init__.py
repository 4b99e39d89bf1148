"""Exchange formats: one module each, and the registry that names them.

A format turns a stream into ``Annotated`` values and such values into bytes, lazily both ways. It
opens no files and does not know the store. It may import ``annotations.{document, spans, errors,
ingest}`` and its siblings here, nothing else of ours. To add one: write the module, and add its
row to ``_FORMATS``.

A module has ``NAME``, ``SUFFIXES``, ``MEDIA_TYPE``, ``CARRIES`` (what survives it, in words that
the pages translate), and ``read``, ``write`` or both. Writers count into ``losses`` what they
leave out, under the same words; who calls them shows the counts.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import IO, Protocol

from annotations.document import Annotated
from annotations.errors import BadLine, UnknownFormat
from annotations.formats import jsonl, spreadsheet


class Reader(Protocol):
    """Lazily reads a stream. Raises ``BadLine``, or hands it to ``bad`` and goes on."""

    def __call__(
        self, stream: IO[bytes], bad: Callable[[BadLine], None] | None = None
    ) -> Iterator[Annotated]: ...


class Writer(Protocol):
    """Lazily writes values as pieces of a file; counts in ``losses`` what it cannot carry."""

    def __call__(
        self, documents: Iterable[Annotated], losses: Counter[str] | None = None
    ) -> Iterator[bytes]: ...


@dataclass(frozen=True, slots=True)
class Format:
    """A row of the registry. ``read`` or ``write`` is ``None`` where that way is closed."""

    name: str
    suffixes: tuple[str, ...]
    media_type: str
    carries: frozenset[str]
    read: Reader | None
    write: Writer | None


_FORMATS = {
    entry.name: entry
    for entry in (
        Format(
            jsonl.NAME, jsonl.SUFFIXES, jsonl.MEDIA_TYPE, jsonl.CARRIES, jsonl.read, jsonl.write
        ),
        Format(
            spreadsheet.NAME,
            spreadsheet.SUFFIXES,
            spreadsheet.MEDIA_TYPE,
            spreadsheet.CARRIES,
            None,
            spreadsheet.write,
        ),
    )
}


def names() -> tuple[str, ...]:
    """The names of all formats, the native one first."""
    return tuple(_FORMATS)


def readable() -> tuple[str, ...]:
    """The names of the formats that can be read."""
    return tuple(name for name, entry in _FORMATS.items() if entry.read is not None)


def writable() -> tuple[str, ...]:
    """The names of the formats that can be written."""
    return tuple(name for name, entry in _FORMATS.items() if entry.write is not None)


def get(name: str) -> Format:
    """The format of that name. Raises ``UnknownFormat``."""
    try:
        return _FORMATS[name]
    except KeyError:
        raise UnknownFormat(name, names()) from None


def guess(filename: str, head: bytes) -> str | None:
    """The name of the format that a file to be read is in, from its name and first bytes.

    ``None`` when it is none of ours; it may still be an article.
    """
    lowered = filename.lower()
    for name in readable():
        if lowered.endswith(get(name).suffixes):
            return name
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return jsonl.NAME if start.startswith(b"{") and b'"text"' in start else None


def only_labels(annotated: Annotated, labels: Iterable[str]) -> Annotated:
    """The same with the annotations of these labels alone, and the relations between them."""
    wanted = frozenset(labels)
    annotations = tuple(kept for kept in annotated.annotations if kept.label in wanted)
    ids = {kept.id for kept in annotations}
    relations = tuple(
        relation
        for relation in annotated.relations
        if relation.head in ids and (relation.child is None or relation.child in ids)
    )
    return replace(annotated, annotations=annotations, relations=relations)
