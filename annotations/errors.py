"""What can go wrong, said so that a person knows what to do.

Every error carries its facts as attributes. HTTP status codes are none of its business: they are
chosen in one place, ``reader/errors.py``.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from annotations.quote_difference import describe_difference, describe_mismatch


class PostilError(Exception):
    """The root of everything that the core raises on purpose."""


class BadInput(PostilError):
    """Something handed to us cannot be taken as it is."""


class NotFound(PostilError):
    """There is no such thing, or none that this project knows."""

    def __init__(self, what: str, name: object):
        self.what, self.name = what, name
        super().__init__(f"There is no {what} “{name}” here.")


class Conflict(PostilError):
    """Somebody else got there first; nothing was changed."""


class SpanOutOfText(BadInput):
    """A span reaches beyond the text it belongs to."""

    def __init__(self, start: int, end: int, length: int):
        self.start, self.end, self.length = start, end, length
        super().__init__(
            f"{start}–{end} does not fit a text of {length} characters; "
            "was the article edited after it was annotated?"
        )


class AlreadyMarked(BadInput):
    """The same words bear the same label in this layer already: ``annotation`` is its id."""

    def __init__(self, annotation: str, label: str, quote: str):
        self.annotation, self.label, self.quote = annotation, label, quote
        shown = quote if len(quote) <= 60 else f"{quote[:59]}…"
        super().__init__(
            f"“{shown}” is marked as {label} already (annotation {annotation}). "
            "Nothing was added; change that annotation, or choose another label."
        )


class QuoteMismatch(Conflict):
    """The text at a place is not what the sender saw there."""

    def __init__(self, start: int, end: int, expected: str, found: str):
        self.start, self.end, self.expected, self.found = start, end, expected, found
        difference = describe_difference(expected, found)
        super().__init__(
            f"The text at {start}–{end} reads “{found}”, not “{expected}”"
            + (f" ({difference}). " if difference else ". ")
            + "Reload the page to see the article as it is now."
        )


class UnstorableText(BadInput):
    """A text holds a character that HTML cannot give back: NUL or a lone surrogate."""

    def __init__(self, field: str, place: int, character: str, line: int | None = None):
        self.field, self.place, self.character, self.line = field, place, character, line
        where = f"position {place}" + (f" (line {line})" if line is not None else "")
        super().__init__(
            f"The {field} holds the character U+{ord(character):04X} at {where}, "
            "which no web page can show; remove it and try again."
        )


class TooDeep(BadInput):
    """An HTML page nests its elements deeper than any article does."""

    def __init__(self, depth: int, limit: int, tag: str, place: str):
        self.depth, self.limit, self.tag, self.place = depth, limit, tag, place
        super().__init__(
            f"The page nests more than {limit} elements (at <{tag}> near “{place}”); "
            "save the article alone, or as plain text, and import that."
        )


class BadArchive(BadInput):
    """An archive, or something in it, that is not taken. ``member`` is empty for all of it."""

    def __init__(self, archive: str, member: str, reason: str):
        self.archive, self.member, self.reason = archive, member, reason
        where = "; ".join(f"“{name}”" for name in (archive, member) if name)
        super().__init__(f"{where}: {reason}" if where else reason)


_LARGE = ("parquet", "spacy")
"""Extras that come with a library of some size, so that a set-up leaves them out."""


class MissingExtra(BadInput):
    """A kind of file that needs packages which were not installed with Postil."""

    def __init__(self, what: str, extra: str):
        self.what, self.extra = what, extra
        super().__init__(
            f"{what} are read with packages that are not installed here. "
            f"Install them with: pip install 'postil[{extra}]'"
            + (" (or, where Postil was set up with make: make extras)" if extra in _LARGE else "")
        )


SAY_OFFSETS = "say what the offsets count"
"""The remedy in errors of files that leave their unit open; each door says how (an option, a
choice). It is told by these words, because problems are kept as text."""


class BadLine(BadInput):
    """A line of a file that cannot be read; the file is refused as a whole.

    ``part`` names the kind of thing that is bad where that is less than a document: “span”.
    """

    def __init__(
        self, reason: str, line: int | None = None, name: str | None = None, part: str = ""
    ):
        self.reason, self.line, self.name, self.part = reason, line, name, part
        place = ", ".join(
            each for each in (name, f"line {line}" if line is not None else None) if each
        )
        super().__init__(f"{place}: {reason}" if place else reason)

    def at(self, line: int | None, name: str | None) -> "BadLine":
        """The same error at another place."""
        return BadLine(self.reason, line, name, self.part)


class QuotesDiffer(BadLine):
    """A line whose spans do not stand where they say, in whatever unit one counts.

    ``mismatches`` are (start, end, expected, found), offsets as the file has them.
    """

    def __init__(
        self,
        mismatches: tuple[tuple[int, int, str, str], ...],
        line: int | None = None,
        name: str | None = None,
    ):
        self.mismatches = mismatches
        listed = "; ".join(describe_mismatch(*each) for each in mismatches[:5])
        more = f"; and {len(mismatches) - 5} more" if len(mismatches) > 5 else ""
        super().__init__(
            "the text is not what its spans quote, whether one counts code points, UTF-16 units "
            "or grapheme clusters: "
            f"{listed}{more}. Was the text changed after it was marked?",
            line,
            name,
        )

    def at(self, line: int | None, name: str | None) -> "QuotesDiffer":
        """The same error at another place."""
        return QuotesDiffer(self.mismatches, line, name)


class KnownMarks(BadLine):
    """Marks that the project has already, by their ids: those of an earlier import."""

    def __init__(self, uid: str, line: int | None = None, name: str | None = None):
        self.uid = uid
        super().__init__(
            f"The project has a mark “{uid}” already; was this file imported before? "
            "Import it into another project to have it twice.",
            line,
            name,
        )

    def at(self, line: int | None, name: str | None) -> "KnownMarks":
        """The same error at another place."""
        return KnownMarks(self.uid, line, name)


def reason_of(error: PostilError) -> str:
    """What is wrong, without the place."""
    return error.reason if isinstance(error, BadLine) else str(error)


def located(error: PostilError, line: int | None = None, name: str | None = None) -> BadLine:
    """The same error with a line and a file, as far as it does not say them itself."""
    line = getattr(error, "line", None) or line
    if isinstance(error, BadLine):
        return error.at(line, error.name or name or None)
    return BadLine(str(error), line, name or None)


class UnknownFormat(BadInput):
    """No format of that name, or none that fits the file."""

    def __init__(self, name: str, known: tuple[str, ...]):
        self.name, self.known = name, known
        super().__init__(
            f"“{name}” is not a format that Postil knows; it knows {', '.join(known)}."
        )


class ChooseLayer(BadInput):
    """Several layers could be meant, and one must be named."""

    def __init__(self, layers: tuple[str, ...]):
        self.layers = layers
        listed = "; ".join(layers)
        super().__init__(
            f"There are {len(layers)} layers: {listed}. "
            "Name one with --layer, or take --all-layers."
        )


class Stale(Conflict):
    """An edit was made on a version that is no longer the newest."""

    def __init__(self, what: str, saw: int, now: int, current: Mapping[str, Any]):
        self.what, self.saw, self.now, self.current = what, saw, now, dict(current)
        super().__init__(
            f"This {what} was changed elsewhere while you looked at it. "
            "Nothing was overwritten: see how it stands now, "
            "and change it again if you still want to."
        )


class Gone(Conflict):
    """What was to be changed was deleted meanwhile."""

    def __init__(self, what: str):
        self.what = what
        super().__init__(
            f"This {what} was deleted elsewhere. Undo there brings it back; "
            "what you wrote can be sent then, or thrown away."
        )


class TextStale(Conflict):
    """A text was corrected from a revision that is no longer the newest."""

    def __init__(self, saw: int, now: int):
        self.saw, self.now = saw, now
        super().__init__(
            "The text was corrected by somebody else while you did. Nothing was overwritten: "
            "see how it reads now, and correct it again if you still want to."
        )


class OperationReused(Conflict):
    """One operation id was sent with two different requests."""

    def __init__(self, op: str):
        self.op = op
        super().__init__(
            "The same operation id was sent before with another request; nothing was changed. "
            "Reload the page and try again."
        )


class NothingToUndo(Conflict):
    """There is no change of this person's left to take back, or to bring back."""

    def __init__(self, verb: str):
        self.verb = verb
        super().__init__(f"There is nothing to {verb} in this document.")


class ChangedSince(Conflict):
    """An undo would overwrite what somebody did later."""

    def __init__(self, verb: str, objects: tuple[str, ...]):
        self.verb, self.objects = verb, objects
        super().__init__(
            f"Cannot {verb}: {', '.join(objects)} changed since, by somebody else "
            "or in another way. Nothing was overwritten."
        )


class Frozen(Conflict):
    """The layer was handed in or closed, and takes no more marks."""

    def __init__(self, layer: str):
        self.layer = layer
        super().__init__(f"The layer “{layer}” is frozen and takes no more changes.")


class Archived(Conflict):
    """The project was put into the archive, and takes no changes until it is taken out."""

    def __init__(self, project: str):
        self.project = project
        super().__init__(
            f"The project “{project}” is archived: it can be read and exported, and not changed. "
            "Take it out of the archive first."
        )


class Unfinished(BadInput):
    """A document cannot be done while its marks lack what the codebook requires.

    ``missing`` are ``annotations.complete.Missing``.
    """

    def __init__(self, missing: Sequence[Any]):
        self.missing = tuple(missing)
        super().__init__(
            "The article is not done yet: its marks lack something that the codebook requires. "
            "Complete them, or flag the article with a question."
        )


class BadBackup(PostilError):
    """A backup was written but does not hold what the database holds."""


class BadDatabase(PostilError):
    """The database file cannot be used."""
