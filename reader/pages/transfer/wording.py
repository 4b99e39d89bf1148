"""What the pages of files in and out say of formats, units and losses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotations import formats, transfer
from annotations.codebook import Codebook
from annotations.codebook_gaps import Gap
from annotations.formats.tokens import UNICODE
from annotations.store import Transfer
from reader.choices import SPLITS, tokenisers
from reader.previews import MOST_NAMES
from reader.transfers import Progress
from reader.words import gettext as _
from reader.words import lazy_gettext as _l
from reader.words import ngettext, number

LOST = {
    "texts": _l("the texts themselves"),
    "layout": _l("headings, paragraphs and emphasis"),
    "borders": _l("where exactly marks begin and end"),
    "spans": _l("marks that are neither claims nor demands"),
    "statements": _l("claims and demands without an actor or a concept"),
    "relations": _l("relations"),
    "states": _l("how far each document is"),
    "meta": _l("what is said of a document"),
    "document labels": _l("labels of whole documents"),
    "titles": _l("titles"),
    "ids": _l("ids, by which a second import finds things again"),
    "names": _l("other names of actors and concepts, and their order"),
    "entities": _l("which actor a mark names"),
    "concepts": _l("which concept a mark is about"),
    "extra": _l("unknown fields from imported files"),
    "unmarked": _l("documents without marks"),
    "overlap": _l("overlapping marks"),
    "fragments": _l("marks in several pieces"),
    "attributes": _l("attributes"),
    "notes": _l("notes"),
    "unsure": _l("what was marked as unsure"),
    "origins": _l("where a mark came from"),
    "times": _l("when a mark was made"),
    "layers": _l("whose mark it is"),
}

_LEFT_OUT = {
    "not done": (
        _l("%(n)s document that is not done stays at home"),
        _l("%(n)s documents that are not done stay at home"),
    ),
    "unchanged": (
        _l("%(n)s document that did not change since stays at home"),
        _l("%(n)s documents that did not change since stay at home"),
    ),
    "spans": (
        _l("%(n)s mark of another label stays at home"),
        _l("%(n)s marks of other labels stay at home"),
    ),
    "relations": (
        _l("%(n)s relation of what stays at home does, too"),
        _l("%(n)s relations of what stays at home do, too"),
    ),
}
_FRAGMENTS = {
    "omit": _l("is left out"),
    "split": _l("becomes one mark a piece"),
    "hull": _l("is taken whole, from its first to its last character"),
    "stop": _l("stops it: then no file is made"),
}
_BORDERS = {
    "snap": _l("is widened to whole tokens"),
    "omit": _l("is left out"),
    "stop": _l("stops it: then no file is made"),
}
_PURPOSES = {
    "everything": _l("Keep everything, or go on in another Postil"),
    "spreadsheet": _l("Count and sort in a spreadsheet"),
    "train": _l("Train a model"),
    "tool": _l("Go on in another tool"),
}
_TABLES = ("csv", "dna", "edges", "graphml", "network", "statements")
_DATASETS = ("parquet", "hugging", "hf")
_OFFSETS = {
    "code points": _l("Offsets count characters (code points)."),
    "tokens": _l("Marks are counted in tokens."),
    "UTF-16": _l("Offsets count UTF-16 units."),
    "none": _l("Without places in the texts."),
}

_UNITS = {
    "code-points": _l("Characters as Python counts them (code points)"),
    "utf-16": _l("Characters as JavaScript and Java count them (UTF-16)"),
    "graphemes": _l("Characters as readers see them (grapheme clusters)"),
}

_ARTICLES = {
    "text": _l("Plain text"),
    "markdown": _l("Markdown"),
    "html": _l("HTML"),
    "docx": _l("Word (DOCX)"),
    "odt": _l("OpenDocument text (ODT)"),
    "rtf": _l("Rich text (RTF)"),
    "mail": _l("Mail (EML)"),
    "epub": _l("Book (EPUB)"),
    "mhtml": _l("Web page with its pictures (MHTML)"),
    "tei": _l("Text edition (TEI XML)"),
    "pdf": _l("PDF"),
}


_ROLES = {
    "text": _l("the text"),
    "html": _l("the text, with HTML in it"),
    "title": _l("the title"),
    "date": _l("the date"),
    "source": _l("the source (an address)"),
    "author": _l("the author"),
    "language": _l("the language"),
    "labels": _l("labels of the whole document"),
    "id": _l("the id"),
    "meta": _l("further information, kept with it"),
    "omit": _l("left out"),
}


def roles() -> list[tuple[str, str]]:
    """What a column of a table of documents may be for, each with its name."""
    return [(role, str(_ROLES[role])) for role in formats.COLUMN_ROLES]


_GAPS = {
    "label": _l("label"),
    "relation": _l("relation"),
    "document label": _l("label of whole documents"),
    "attribute": _l("attribute"),
    "value": _l("value"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A name that the codebook lacks, and the names there that it may be taken for."""

    gap: Gap
    kind: str
    others: tuple[str, ...] = ()


def gaps(found: Sequence[Gap], codebook: Codebook) -> list[Asked]:
    """What the codebook lacks, what looks like something that it has first; the first few are asked
    about."""
    others = {
        "label": tuple(label.name for label in codebook.marking),
        "relation": tuple(kind.name for kind in codebook.relations if not kind.retired),
        "document label": tuple(label.name for label in codebook.of_documents),
    }
    attributes = {
        label.name: tuple(attribute.id for attribute in label.attributes)
        for label in codebook.labels
    }
    listed = sorted(found, key=lambda gap: (gap.kind == "value", not gap.like))
    return [
        Asked(
            gap,
            str(_GAPS[gap.kind]),
            (others.get(gap.kind) or attributes.get(gap.of, ())) if at < MOST_NAMES else (),
        )
        for at, gap in enumerate(listed)
    ]


def losses(counted: Mapping[str, int]) -> list[tuple[str, int]]:
    """What is lost, in words, each with how often."""
    return [(str(LOST.get(what, what)), times) for what, times in counted.items()]


def kinds() -> list[tuple[str, str]]:
    """What files to import may be, each with its name; first that it is told from the file."""
    known = [(kind, _kind(kind)) for kind in transfer.kinds()]
    return [("", _("Told from name and content")), *known]


def _kind(kind: str) -> str:
    if kind == "jsonl":
        return _("JSONL with marks")
    if kind in formats.names():
        return _(formats.get(kind).title)
    return str(_ARTICLES.get(kind, kind))


@dataclass(frozen=True, slots=True)
class FormatLine:
    """A format as the dialogue offers it: what it is, and what its offsets count."""

    name: str
    line: str
    unit: str


def purposes(lines: Mapping[str, object]) -> list[tuple[str, list[FormatLine]]]:
    """The formats by what one wants to do, with the lines that are written for them."""
    found: dict[str, list[FormatLine]] = {name: [] for name in _PURPOSES}
    for name in formats.writable():
        entry = formats.get(name)
        line = str(lines[name]) if name in lines else _(entry.title)
        found[_purpose(entry)].append(FormatLine(name, line, _unit(entry.offsets)))
    return [(str(_PURPOSES[name]), known) for name, known in found.items() if known]


def _unit(offsets: str) -> str:
    """What a format counts in; what the registry says further is for its own page."""
    return next((str(said) for unit, said in _OFFSETS.items() if offsets.startswith(unit)), "")


def _purpose(entry: formats.Format) -> str:
    if entry.name == formats.names()[0]:
        return "everything"
    if entry.training or entry.name.startswith(_DATASETS):
        return "train"
    if entry.name.startswith(_TABLES) or entry.media_type.startswith("text/csv"):
        return "spreadsheet"
    return "tool"


def left_out(counted: Mapping[str, int], unmarked: int, deleted: int) -> list[str]:
    """What was not asked for, and what goes out without a mark, a sentence each."""
    said = []
    for name, times in counted.items():
        one, several = _LEFT_OUT[name]
        said.append(ngettext(one.message, several.message, times, n=number(times)))
    if unmarked:
        said.append(
            ngettext(
                "%(n)s document that is done goes out without a mark",
                "%(n)s documents that are done go out without a mark",
                unmarked,
                n=number(unmarked),
            )
        )
    if deleted:
        said.append(
            ngettext(
                "%(n)s document was deleted since",
                "%(n)s documents were deleted since",
                deleted,
                n=number(deleted),
            )
        )
    return said


def fragments() -> list[tuple[str, str]]:
    """What may become of marks of several pieces."""
    return [(name, str(_FRAGMENTS[name])) for name in formats.FRAGMENTS]


def borders() -> list[tuple[str, str]]:
    """What may become of marks that do not begin and end with tokens."""
    return [(name, str(_BORDERS[name])) for name in formats.BORDERS]


def tokens() -> list[tuple[str, str]]:
    """What may cut texts into tokens."""
    said = {"": _("as is usual for the format"), UNICODE: _("at words and signs, in any language")}
    return [(name, said.get(name, name.replace(":", ": "))) for name in tokenisers()]


_SPLITS = {
    "": _l("No: one file"),
    "document": _l("Yes, each document by itself"),
    "near": _l("Yes, and texts that are nearly the same stay together"),
    "site": _l("Yes, and all documents of one site stay together"),
}


def splits() -> list[tuple[str, str]]:
    """Whether the file is cut into train, dev and test, and what stays together."""
    return [(name, str(_SPLITS[name])) for name in SPLITS]


@dataclass(frozen=True, slots=True)
class Balance:
    """How a split turned out: ``rows`` are the parts, each with cells of a count and its share;
    ``heads`` name the cells. ``near`` are titles of texts that are near and in two parts, of
    ``across`` such pairs; ``alone`` documents say nothing of a site, and
    ``frozen`` ones stay where an earlier split put them."""

    heads: list[str]
    rows: list[tuple[str, list[str]]]
    near: list[tuple[str, str, str]]
    across: int
    alone: int
    frozen: int

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> "Balance":
        parts = found["parts"]
        labels = sorted({label for part in parts.values() for label in part["labels"]})
        counts = {
            name: [part["documents"], part["spans"], *(part["labels"].get(x, 0) for x in labels)]
            for name, part in parts.items()
        }
        sums = [sum(column) for column in zip(*counts.values(), strict=True)]
        return cls(
            [_("Documents"), _("Marks"), *labels],
            [
                (name, [_share(n, whole) for n, whole in zip(cells, sums, strict=True)])
                for name, cells in counts.items()
            ],
            [(one, other, f"{how:.0%}") for one, other, how in found["near"]],
            found["across"],
            found["alone"],
            found.get("frozen", 0),
        )


def _share(count: int, whole: int) -> str:
    return f"{number(count)} ({count / whole:.0%})" if whole else "0"


def units() -> list[tuple[str, str]]:
    """The units that offsets may be counted in, each with its name."""
    return [(unit, str(_UNITS[unit])) for unit in formats.OFFSETS]


# ── beside the server ─────────────────────────────────────────────────────────────────────────────

_WHAT = {
    "look": _l("Files to import, being read"),
    "import": _l("Import"),
    "export": _l("File to take home"),
    "count": _l("Counting"),
    "bundle-look": _l("Bundle, being looked at"),
    "bundle-import": _l("Bundle to a new project"),
    "bundle-export": _l("Bundle to take home"),
}
_STATES = {
    "waiting": _l("waits for its turn"),
    "running": _l("under way"),
    "done": _l("done"),
    "failed": _l("could not be done"),
    "cancelled": _l("cancelled"),
    "interrupted": _l("interrupted: the server was stopped"),
}
_STEPS = {
    "reading": _l("Reading"),
    "checking": _l("Checking"),
    "trying": _l("Trying"),
    "storing": _l("Storing"),
    "writing": _l("Writing"),
    "counting": _l("Counting"),
}


def what(transfer: Transfer) -> str:
    """Which kind of work it is."""
    if transfer.kind == "look" and transfer.is_over:
        return _("Files to import")
    if transfer.kind == "bundle-look" and transfer.is_over:
        return _("Bundle")
    return str(_WHAT[transfer.kind])


def state(transfer: Transfer) -> str:
    if transfer.kind in ("look", "bundle-look") and transfer.state == "done":
        return _("waits for your word")
    return str(_STATES[transfer.state])


def came_of_it(transfer: Transfer) -> str:
    """What a transfer came to, in a line; empty where there is nothing to say."""
    result = transfer.result
    if transfer.kind == "import" and result.get("stored"):
        found = result["stored"]
        return stored(
            found["documents"],
            found["spans"],
            found["relations"],
            found.get("suggestions", 0),
            found.get("known", 0),
            found.get("left"),
        )
    if transfer.kind == "export" and "size" in result:
        return _("%(what)s; %(size)s", what=_held(result), size=size(result["size"]))
    if transfer.kind == "bundle-export" and "size" in result:
        history = _("with every change that was made") if result["history"] else _("as it stands")
        return _("%(what)s; %(size)s", what=history, size=size(result["size"]))
    if transfer.kind == "look" and "preview" in result:
        found = result["preview"]
        return _held({**found, "documents": found["total"]})
    return ""


def _held(found: Mapping[str, int]) -> str:
    return ", ".join(
        (
            documents(found["documents"]),
            marks(found["spans"]),
            relations(found["relations"]),
        )
    )


def held_in_bundle(held: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is in a bundle, line by line: what it is, and how much of it."""
    changes = held["changes"]
    versions = held["codebooks"]
    return [
        (_("Documents"), number(held["documents"])),
        (_("Marks"), number(held["spans"])),
        (_("Relations"), number(held["relations"])),
        (_("Layers of marks"), number(held["layers"])),
        (_("Versions of the codebook"), number(versions)),
        (
            _("History"),
            ngettext("%(n)s change", "%(n)s changes", changes, n=number(changes))
            if changes is not None
            else _("none: what was done before cannot be undone"),
        ),
    ]


def documents(count: int) -> str:
    return ngettext("%(n)s document", "%(n)s documents", count, n=number(count))


def marks(count: int) -> str:
    return ngettext("%(n)s mark", "%(n)s marks", count, n=number(count))


def relations(count: int) -> str:
    return ngettext("%(n)s relation", "%(n)s relations", count, n=number(count))


def stored(
    new: int,
    spans: int,
    joined: int,
    suggestions: int = 0,
    known: int = 0,
    left: Mapping[str, int] | None = None,
) -> str:
    """What an import came to, in a sentence or a few."""
    parts = [documents(new), marks(spans), relations(joined)]
    if suggestions:
        parts[1:] = [
            ngettext("%(n)s suggestion", "%(n)s suggestions", suggestions, n=number(suggestions))
        ]
    said = _("Stored: %(what)s.", what=", ".join(parts))
    if left:
        said = f"{said} {_left_out(left)}"
    if not known:
        return said
    there = ngettext(
        "%(n)s document was here already.",
        "%(n)s documents were here already.",
        known,
        n=number(known),
    )
    return f"{said} {there}"


_LEFT = {
    "labels": _l("marks of labels that the codebook lacks"),
    "doubles": _l(
        "marks of a place and label that stood there already, or above the most of a text"
    ),
    "relations": _l("relations"),
    "attributes": _l("attributes"),
    "fragments": _l("parts of spans, which were taken from end to end"),
    "notes": _l("notes"),
    "states": _l("states of documents"),
}


def _left_out(counts: Mapping[str, int]) -> str:
    what = ", ".join(f"{_LEFT[name]} ({number(count)})" for name, count in counts.items())
    return _("Suggestions have no place for: %(what)s. That was left out.", what=what)


def size(count: float) -> str:
    """Bytes, as people say them: “4.2 MB”."""
    for unit, name in ((1e9, _("GB")), (1e6, _("MB"))):
        if count >= unit:
            return f"{count / unit:.1f} {name}"
    return f"{max(1, round(count / 1000))} {_('kB')}"


def how_far(progress: Progress) -> str:
    """How far work is, how quick it goes, and how long it may still take."""
    if not progress.step:
        return ""
    is_bytes = progress.unit == "bytes"
    said = size if is_bytes else lambda count: number(round(count))
    done, total = said(progress.done), said(progress.total)
    if not progress.total:
        parts = [done]
    elif is_bytes:
        parts = [_("%(done)s of %(total)s", done=done, total=total)]
    else:
        parts = [_("%(done)s of %(total)s documents", done=done, total=total)]
    if progress.rate is not None:
        parts.append(_("%(rate)s a second", rate=said(progress.rate)))
    if progress.left is not None:
        parts.append(_left(progress.left))
    return f"{_STEPS[progress.step]}: {', '.join(parts)}"


def _left(seconds: float) -> str:
    if seconds < 90:
        whole = max(1, round(seconds))
        return ngettext("about %(n)s second left", "about %(n)s seconds left", whole, n=whole)
    minutes = round(seconds / 60)
    return ngettext("about %(n)s minute left", "about %(n)s minutes left", minutes, n=minutes)
