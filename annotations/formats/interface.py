"""What a format is: the shapes of its two functions, and what they can be told.

A format turns files into ``Annotated`` values and such values into bytes, lazily both ways. It
opens nothing by itself and does not know the store.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import IO, Protocol

from annotations.document import Annotated, Document
from annotations.errors import BadLine

CARRIABLE: Mapping[str, str] = {
    "texts": "the documents' texts",
    "titles": "their titles",
    "ids": "the ids of documents, spans and relations, so that a second import finds them again",
    "layout": "headings, lists, emphasis, links",
    "borders": "where exactly spans begin and end",
    "overlap": "spans that overlap or nest",
    "fragments": "spans of several parts",
    "attributes": "attributes of spans",
    "entities": "which actor a span names",
    "concepts": "which concept a span is about",
    "names": "aliases, and what stands above or was merged into what",
    "notes": "notes on spans",
    "unsure": "the flag “unsure”",
    "origins": "by hand, by rule or by model, with the score",
    "times": "when a span was made and changed",
    "relations": "relations between spans, or to an actor",
    "layers": "whose marks they are",
    "states": "new, in progress, done …",
    "unmarked": "documents without a mark",
    "meta": "what else is known of a document: source, date, language, further keys",
    "document labels": "labels of whole documents",
    "extra": "keys that came with a file and that Postil has no use for",
}
"""What a format may carry. The words in which losses are counted and shown."""

LOSSES: Mapping[str, str] = {
    **CARRIABLE,
    "spans": "spans that are neither claims nor demands",
    "statements": "claims and demands without an actor or a concept",
}
"""The same, and what some formats leave out of what they do carry."""

FRAGMENTS = ("omit", "split", "hull", "stop")
BORDERS = ("snap", "omit", "stop")
OFFSETS = ("code-points", "utf-16", "graphemes")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a person can say of the files that are read.

    ``offsets`` is one of ``OFFSETS``, or empty: the quotes prove it. ``name`` is what the file is
    called, ``text_of`` finds the document that a format without texts is about (by the name that
    the file has for it), ``lost`` counts what is there and cannot be kept, in words. ``codebook``
    is the TOML of the project's, for files that say less than a label; empty: the default one.
    """

    offsets: str = ""
    name: str = ""
    text_of: Callable[[str], Document | None] = field(default=lambda name: None)
    lost: Counter[str] = field(default_factory=Counter)
    codebook: str = ""


@dataclass(frozen=True, slots=True)
class Writing:
    """What a person can say of the file that is written.

    ``fragments``: what becomes of a span of several parts where the format has no place for it:
    left out, split into one span a part, or taken from its first to its last character; or the
    export stops. ``borders``: a span off the borders of tokens is moved outwards to them or left
    out, or the export stops. Each is counted, whatever becomes of it. ``tokens`` names the
    tokeniser (``formats.tokens``); empty: what the format is usually read with. ``title`` is that
    of the project, ``codebook`` the codebook's TOML, ``command`` how the file was asked for: for
    cards and manifests.
    """

    fragments: str = "omit"
    borders: str = "snap"
    tokens: str = ""
    title: str = ""
    codebook: str = ""
    command: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """One of several files that belong together. ``size`` is in bytes; ``open`` gives it from its
    beginning, each time."""

    name: str
    size: int
    open: Callable[[], AbstractContextManager[IO[bytes]]]


class Reader(Protocol):
    """Lazily reads a stream. Raises ``BadLine``, or hands it to ``bad`` and goes on."""

    def __call__(
        self,
        stream: IO[bytes],
        bad: Callable[[BadLine], None] | None = None,
        reading: Reading | None = None,
    ) -> Iterator[Annotated]: ...


class Gatherer(Protocol):
    """Lazily reads files that only make sense together (a text and its marks beside it)."""

    def __call__(
        self,
        members: Sequence[Member],
        bad: Callable[[BadLine], None] | None = None,
        reading: Reading | None = None,
    ) -> Iterator[Annotated]: ...


class Writer(Protocol):
    """Lazily writes values as pieces of a file; counts in ``losses`` what it cannot carry."""

    def __call__(
        self,
        documents: Iterable[Annotated],
        losses: Counter[str] | None = None,
        writing: Writing | None = None,
    ) -> Iterator[bytes]: ...
