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
from annotations.errors import BadInput, BadLine, reason_of

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
COLUMN_ROLES = (
    "text", "html", "title", "date", "source", "author", "language", "labels", "id", "meta", "omit",
)  # fmt: skip
"""What a column of a table of documents may be for (``table.columns``)."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table of documents: what it is for (one of ``COLUMN_ROLES``), and the
    beginning of what is in its first filled cell."""

    name: str
    role: str
    example: str = ""


@dataclass(frozen=True, slots=True)
class TableFound:
    """A table of documents as it was read. ``sheet`` is empty but in workbooks."""

    file: str
    sheet: str
    columns: tuple[Column, ...]


class BadParts:
    """Takes the bad parts of an entry: lines, spans, relations that it goes on without.

    ``line`` is that of the entry under way, ``name`` its file where several are read together, and
    ``entry`` what it is called where lines do not tell (“row 3”). Readers set them; they place an
    entry, and parts that have no place of their own.
    """

    __slots__ = ("_report", "entry", "line", "name")

    def __init__(self) -> None:
        self._report: Callable[[BadLine], None] | None = None
        self.line: int | None = None
        self.name: str | None = None
        self.entry = ""

    def report_to(self, bad: Callable[[BadLine], None] | None) -> None:
        """Have bad parts handed to ``bad``; with ``None``, they raise."""
        self._report = bad

    @property
    def may_be_left_out(self) -> bool:
        """Whether a reader may go on without a bad part."""
        return self._report is not None

    def leave_out(self, error: BadInput, part: str = "span", about: str = "") -> None:
        """Report a part that is left out, or raise the error where nothing may be.

        ``part`` is the kind of thing that it is, ``about`` says which one: “span 3”. Raises
        ``BadLine``.
        """
        reason = f"{about}: {reason_of(error)}" if about else reason_of(error)
        line, name = getattr(error, "line", None), getattr(error, "name", None)
        if self._report is None:
            if isinstance(error, BadLine) and not about:
                raise error
            raise BadLine(reason, line, name, part) from error
        if self.entry:
            reason = f"{self.entry}: {reason}"
        self._report(BadLine(reason, line or self.line, name or self.name, part))


def of_sentence(error: BadLine) -> BadLine:
    """The same error, of a sentence that is left out."""
    return BadLine(error.reason, error.line, error.name, "sentence")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a person can say of the files that are read.

    ``offsets`` is one of ``OFFSETS``, or empty: the quotes prove it. ``name`` is what the file is
    called, ``text_of`` finds the document that a format without texts is about (by the name that
    the file has for it), ``lost`` counts what is there and cannot be kept, in words. ``codebook``
    is the TOML of the project's, for files that say less than a label; empty: the default one.
    ``parts`` takes what is bad in an entry that is kept otherwise. ``encoding`` is that of formats
    that do not fix it (``Format.takes_encoding``); empty: UTF-8, or told from the file.
    ``columns`` says what columns of tables of documents are for: pairs of role and name
    (``table.columns``); what was taken for what is added to ``tables``. ``note`` takes a sentence
    about what is read.
    """

    offsets: str = ""
    name: str = ""
    text_of: Callable[[str], Document | None] = field(default=lambda name: None)
    lost: Counter[str] = field(default_factory=Counter)
    codebook: str = ""
    parts: BadParts = field(default_factory=BadParts)
    encoding: str = ""
    columns: tuple[tuple[str, str], ...] = ()
    tables: list[TableFound] = field(default_factory=list)
    note: Callable[[str], None] = field(default=lambda note: None)

    def reporting_to(self, bad: Callable[[BadLine], None] | None) -> "Reading":
        """This, with the bad parts of entries handed to ``bad``; with ``None``, they raise."""
        self.parts.report_to(bad)
        return self


def parsed_columns(said: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """What was said as ``text=body``, as pairs. Raises ``BadInput`` for what is none."""
    found = []
    for each in said:
        role, equals, name = each.partition("=")
        if not equals or role.strip() not in COLUMN_ROLES or not name.strip():
            raise BadInput(
                f"“{each[:80]}” does not say what a column is for; write text=NAME, where NAME "
                f"is that of the column, and instead of text one of {', '.join(COLUMN_ROLES[1:])}"
            )
        found.append((role.strip(), " ".join(name.split())))
    return tuple(found)


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
    """Lazily reads a stream. Raises ``BadLine``, or hands it to ``bad`` and goes on.

    What is left out is as small as can be: a bad span, line or relation is reported with
    ``reading.reporting_to(bad).parts.leave_out(…)``, and the rest of its document is kept.
    """

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
