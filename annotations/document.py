"""The values that travel between the store, the formats and the pages.

A ``Document`` is stand-off: plain text, and layout as offsets into it. Nothing here knows where it
is kept or how it is drawn. All offsets are code points; all ids are UUIDs made by whoever creates
the thing; all moments are ISO 8601 in UTC.
"""

import hashlib
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

from annotations.errors import BadInput, UnstorableText
from annotations.spans import Span, first_unstorable, hull

BLOCK_KINDS = frozenset(
    {"p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "blockquote", "pre", "td", "th", "figcaption"}
    | {"dt", "dd"}
)
INLINE_KINDS = frozenset(
    {"em", "strong", "a", "code", "sup", "sub", "s", "u", "small", "q", "cite", "br"}
)
LAYER_KINDS = ("work", "key", "suggestion", "model", "adjudicated")
DIRECTIONS = ("", "ltr", "rtl", "auto")
"""How a document runs; empty where nothing says so, and ``auto`` where each block is its own."""
STATES = ("new", "in progress", "done", "skipped", "flagged")
SUGGESTED = ("rule", "memory", "model", "same-again")
"""The origins of marks that were accepted; the others were made by a person."""
ORIGINS = ("hand", "import", "rule", "memory", "model", "same-again", "adjudication")

MAX_NAME_LENGTH = 200
"""Code points in the name of a label, relation kind, attribute, layer, person or project."""
MAX_ENTITY_NAME_LENGTH = 2_000
"""Code points in the name of an entity or a concept, which some files take from the text itself."""
MAX_NUMBER_LENGTH = 120
"""Code points of the number that stands before a block."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@+-]{0,99}\Z")
_LANGUAGE = re.compile(r"(?=.{1,100}\Z)[A-Za-z]{1,8}(?:[-_][A-Za-z0-9]{1,8})*")


def new_id() -> str:
    """A fresh id for something made on this side of the border."""
    return str(uuid.uuid4())


def is_id(value: str) -> bool:
    """Whether it has the form of an id."""
    return _ID.match(value) is not None


def checked_id(value: str, what: str = "id") -> str:
    """``value``, once it has the form of an id: 1 to 100 letters, digits and ``._:@+-``.

    Raises ``BadInput`` otherwise. UUIDs have that form, and so have the ids of other tools.
    """
    if not _ID.match(value):
        raise BadInput(
            f"“{value[:60]}” cannot be the {what}: use 1 to 100 letters, digits and . _ : @ + -."
        )
    return value


def checked_text(value: str, what: str) -> str:
    """``value``, once every character of it can be shown. Raises ``UnstorableText``."""
    place = first_unstorable(value)
    if place is not None:
        raise UnstorableText(what, place, value[place])
    return value


def check_length(value: str, what: str, limit: int = MAX_NAME_LENGTH) -> None:
    """Raise ``BadInput`` where ``value`` has more than ``limit`` code points."""
    if len(value) > limit:
        raise BadInput(
            f"The {what} that begins with “{value[:40]}” has {len(value):,} characters; "
            f"{limit:,} are the most. Shorten it."
        )


def is_language(value: str) -> bool:
    """Whether it has the form of a language tag (BCP 47), such as ``en`` or ``pt-BR``.

    An underscore is taken for a hyphen, as many programs write it.
    """
    return _LANGUAGE.fullmatch(value) is not None


def checked_language(value: str) -> str:
    """``value``, once it is empty or has the form of a language tag. Raises ``BadInput``."""
    if value and not is_language(value):
        raise BadInput(
            f"“{value[:60]}” is not a language tag; write one such as “en”, “ru” or “pt-BR”."
        )
    return value


REJECTED = "rejected suggestions"
"""What a layer is called that holds no marks, but suggestions that its annotator rejected."""

VERDICT = {"verdict": "rejected"}
"""What each of its annotations says besides."""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, list item…: ``text[start:end]`` in code points.

    ``level`` is the depth of a list item or quotation (0 for the outermost); ``row`` numbers the
    table row that a cell belongs to; ``ordered`` tells a numbered list from a bulleted one.
    ``number`` is what the source shows before the block, as it shows it: “5.”, “(a)”, “Article 5”.
    It is no part of the text. An ordered item without one is numbered by its place in the list.
    """

    kind: str
    start: int
    end: int
    level: int = 0
    row: int | None = None
    ordered: bool = False
    number: str = ""

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Inline:
    """Emphasis, a link…: ``text[start:end]`` in code points; ``href`` for links alone."""

    kind: str
    start: int
    end: int
    href: str | None = None

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


class PlainBlocks(Sequence[Block]):
    """Blocks of which no more is said than ``rows``: lists of kind, start and end.

    Equal to the tuple of the blocks, which are made when they are first looked into: an import and
    an export mostly only hand them on. Whoever hands over the rows does not change them.
    """

    __slots__ = ("_made", "rows")

    def __init__(self, rows: Sequence[Sequence[Any]]):
        self.rows = rows
        self._made: tuple[Block, ...] | None = None

    def values(self) -> tuple[Block, ...]:
        """The blocks themselves."""
        if self._made is None:
            self._made = tuple([Block(kind, start, end) for kind, start, end in self.rows])
        return self._made

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Block]:
        return iter(self.values())

    @overload
    def __getitem__(self, place: int) -> Block: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[Block, ...]: ...

    def __getitem__(self, place: int | slice) -> Block | tuple[Block, ...]:
        return self.values()[place]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, PlainBlocks):
            return self.values() == other.values()
        return self.values() == other if isinstance(other, tuple) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.values())

    def __repr__(self) -> str:
        return repr(self.values())

    def __reduce__(self) -> tuple[Any, ...]:
        return PlainBlocks, (self.rows,)


@dataclass(frozen=True, slots=True)
class Layout:
    """How a text is set: blocks sorted and disjoint, inline styles sorted by start.

    ``blocks`` is a tuple, or ``PlainBlocks``, which is equal to one.
    """

    blocks: Sequence[Block] = ()
    inlines: tuple[Inline, ...] = ()

    def checked(self, length: int) -> "Layout":
        """The layout itself, once it fits a text of ``length`` code points.

        Raises ``BadInput`` for an unknown kind, a border outside the text, overlapping blocks, or a
        number that cannot be shown on a line.
        """
        last, blocks = 0, self.blocks
        plain = isinstance(blocks, PlainBlocks)
        for kind, start, end in (
            blocks.rows if plain else [(b.kind, b.start, b.end) for b in blocks]  # type: ignore[attr-defined]
        ):
            if kind not in BLOCK_KINDS:
                raise BadInput(f"A layout knows no block of kind “{kind}”.")
            if not last <= start <= end <= length:
                raise BadInput(
                    f"The block {start}–{end} overlaps another, stands out of order, "
                    f"or leaves the text of {length} characters."
                )
            last = end
        if not plain:
            for block in blocks:
                _check_number(block)
        for inline in self.inlines:
            if inline.kind not in INLINE_KINDS:
                raise BadInput(f"A layout knows no style of kind “{inline.kind}”.")
            if not 0 <= inline.start <= inline.end <= length:
                raise BadInput(
                    f"The style {inline.start}–{inline.end} leaves the text of {length} characters."
                )
        return self


def _check_number(block: Block) -> None:
    number = block.number
    if not number:
        return
    if type(number) is not str or len(number) > MAX_NUMBER_LENGTH or not number.isprintable():
        raise BadInput(
            f"The number of the block {block.start}–{block.end} is not a text of up to "
            f"{MAX_NUMBER_LENGTH} characters on one line."
        )


@dataclass(frozen=True, slots=True)
class Document:
    """A text with its layout and what is known about it. Immutable: an edit is a new revision."""

    id: str
    title: str
    text: str
    layout: Layout = Layout()
    revision: int = 1
    language: str = ""
    direction: str = ""
    source: str = ""
    date: str = ""
    meta: Mapping[str, Any] = field(default_factory=dict)
    labels: tuple[Any, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        """Of the text in UTF-8, as hexadecimal digits."""
        return sha256(self.text)


def sha256(text: str) -> str:
    """The SHA-256 of a text in UTF-8, as hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


@dataclass(frozen=True, slots=True)
class Origin:
    """How an annotation came to be: by hand, by import, by a rule or model with name and score.

    ``edited`` tells of one that was suggested that its label or its place was changed since.
    """

    kind: str = "hand"
    source: str = ""
    score: float | None = None
    edited: bool = False


IMPORTED = Origin("import")
"""The origin of annotations in a file that does not say how they came to be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """A label on one or more stretches of one text.

    ``start`` and ``end`` are the hull; ``fragments`` is empty unless there is more than one.
    ``label``, ``entity`` and ``concept`` are names; the store keeps ids. ``version`` is the number
    of the last change that touched it, ``key`` the store's own number (0: not stored yet) and
    ``revision`` that of the text it lies on; ``doubt`` is ``"doubtful"`` or ``"lost"`` where a
    correction of the text left its place for a person to settle. None of them is part of its value.
    """

    id: str
    start: int
    end: int
    label: str
    fragments: tuple[Span, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    entity: str | None = None
    concept: str | None = None
    note: str = ""
    unsure: bool = False
    origin: Origin = Origin()
    codebook: int | None = None
    created: str | None = None
    updated: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    version: int = field(default=0, compare=False)
    layer: str = field(default="", compare=False)
    key: int = field(default=0, compare=False)
    revision: int = field(default=0, compare=False)
    doubt: str | None = field(default=None, compare=False)

    @property
    def span(self) -> Span:
        """The hull."""
        return Span(self.start, self.end)

    @property
    def spans(self) -> tuple[Span, ...]:
        """The stretches that count: the fragments, or the hull where there is only one."""
        return self.fragments or (Span(self.start, self.end),)

    def quote(self, text: str) -> str:
        """What is marked, fragments joined by an ellipsis."""
        return " … ".join(span.of(text) for span in self.spans)


def with_fragments(fragments: tuple[Span, ...]) -> tuple[Span, tuple[Span, ...]]:
    """The hull of the fragments, and the fragments as an annotation keeps them (none for one)."""
    return hull(fragments), fragments if len(fragments) > 1 else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """``head`` —label→ ``child``: an annotation of the same layer, or an entity by its name."""

    id: str
    head: str
    label: str
    child: str | None = None
    child_entity: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    version: int = field(default=0, compare=False)
    layer: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """The actor behind many names. ``merged_into`` names the entity that stands for it now."""

    id: str
    name: str
    aliases: tuple[str, ...] = ()
    merged_into: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Concept:
    """What a claim or demand is about; ``parent`` is the name of the concept above it."""

    id: str
    name: str
    aliases: tuple[str, ...] = ()
    parent: str | None = None
    merged_into: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """Whose marks these are: a person's or a model's, of one kind, open or frozen."""

    id: str
    kind: str = "work"
    annotator: str = ""
    name: str = ""
    exercise: str | None = None
    frozen: bool = False

    @property
    def title(self) -> str:
        """What a list calls it: its own name, or its owner and kind."""
        return self.name or " · ".join(part for part in (self.annotator, self.kind) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotated:
    """One layer of one document: what a line of the native format holds.

    ``annotations`` is a tuple, or ``annotations.plain.PlainMarks``, which is equal to one.
    ``entities`` and ``concepts`` describe those that the layer names, as far as there is more to
    say of them than the name.
    """

    document: Document
    layer: Layer | None = None
    state: str | None = None
    codebook: int | None = None
    annotations: Sequence[Annotation] = ()
    relations: tuple[Relation, ...] = ()
    entities: tuple[Entity, ...] = ()
    concepts: tuple[Concept, ...] = ()
