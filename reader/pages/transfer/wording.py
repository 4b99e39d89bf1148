"""What the pages of files in and out say of formats, units and losses."""

from collections.abc import Mapping

from annotations import formats, transfer
from reader.words import gettext as _
from reader.words import lazy_gettext as _l

LOST = {
    "texts": _l("the texts themselves"),
    "layout": _l("headings, paragraphs and emphasis"),
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

_UNITS = {
    "code-points": _l("Characters as Python counts them (code points)"),
    "utf-16": _l("Characters as JavaScript and Java count them (UTF-16)"),
    "graphemes": _l("Characters as readers see them (grapheme clusters)"),
}

_ARTICLES = {
    "text": _l("Plain text"),
    "markdown": _l("Markdown"),
    "html": _l("HTML"),
}


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


def units() -> list[tuple[str, str]]:
    """The units that offsets may be counted in, each with its name."""
    return [(unit, str(_UNITS[unit])) for unit in formats.OFFSETS]
