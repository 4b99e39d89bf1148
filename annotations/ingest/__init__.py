"""Articles on their way in: plain text, Markdown and HTML becoming text and layout.

``ingest`` is the way in; ``plain``, ``markdown`` and ``html`` know one kind each. HTML, and
Markdown by way of it, passes ``tidy`` (depth, and what is not for reading), ``sanitise`` (the only
module that imports bleach) and one parser. What comes out is a ``Document``; no HTML is kept. This
package may import ``annotations.{document, spans, errors}`` alone.
"""

from dataclasses import dataclass
from pathlib import PurePath

from annotations.document import Document, Layout, new_id
from annotations.errors import BadInput, UnstorableText
from annotations.ingest import html, markdown, plain
from annotations.spans import first_unstorable

KINDS = ("text", "markdown", "html")
SUFFIXES = {
    **dict.fromkeys((".txt", ".text"), "text"),
    **dict.fromkeys((".md", ".markdown", ".mkd"), "markdown"),
    **dict.fromkeys((".html", ".htm", ".xhtml"), "html"),
}
MAX_BYTES = 20 * 1024 * 1024
"""Of an article's file; a long book has about three million."""

TITLE_LENGTH = 80
"""Code points of a first line that stands in for a title."""

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_UTF16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


@dataclass(frozen=True, slots=True)
class Ingested:
    """An article that was read, and what a person should be told about it."""

    document: Document
    notes: tuple[str, ...] = ()


def read_article(
    data: bytes | str, *, name: str = "", kind: str | None = None, source: str = ""
) -> Document:
    """The document that ``ingest`` makes, without its notes."""
    return ingest(data, name=name, kind=kind, source=source).document


def ingest(
    data: bytes | str, *, name: str = "", kind: str | None = None, source: str = ""
) -> Ingested:
    """An article as a document with a fresh id.

    ``kind`` is one of ``KINDS``; without it the suffix of the file ``name`` decides, else it is
    plain text. ``source`` is the address it came from, against which its links are resolved.

    Raises ``BadInput`` for an unknown kind, a file that is too long or not in UTF-8 (or UTF-16 with
    a byte order mark), ``UnstorableText`` for NUL and lone surrogates, ``TooDeep`` for HTML that
    nests without end.
    """
    kind = kind or guess_kind(name)
    if kind not in KINDS:
        raise BadInput(f"“{kind}” is no kind of article; known are {', '.join(KINDS)}.")
    text = plain.cleaned(_decoded(data, name))
    _check_storable(text)
    if kind == "text":
        found = html.Read(text=text, layout=plain.layout(text))
    else:
        found = html.read(markdown.to_html(text) if kind == "markdown" else text, source)
    document = Document(
        id=new_id(),
        title=found.title or _title(found.text, found.layout, name),
        text=found.text,
        layout=found.layout,
        language=found.language,
        direction=found.direction,
        source=source,
    )
    return Ingested(document, tuple(found.notes))


def guess_kind(name: str) -> str:
    """The kind of article that a file name tells: plain text unless it says otherwise."""
    return SUFFIXES.get(PurePath(name).suffix.lower(), "text")


def _title(text: str, layout: Layout, name: str) -> str:
    """The first of the highest headings, else the file's stem, else the first line, cut."""
    headings = [block for block in layout.blocks if block.kind in _HEADINGS]
    if headings:
        highest = min(headings, key=lambda block: block.kind)
        return " ".join(highest.span.of(text).split())
    stem = PurePath(name).stem
    if stem:
        return stem
    lines = (line.strip() for line in text.split("\n"))
    return next((line[:TITLE_LENGTH] for line in lines if line), "")


def _decoded(data: bytes | str, name: str) -> str:
    called = f"“{name}”" if name else "The article"
    if len(data) > MAX_BYTES:
        raise BadInput(
            f"{called} has {len(data) / 2**20:.1f} MB, and an article may have "
            f"{MAX_BYTES // 2**20}; import it in parts."
        )
    if isinstance(data, str):
        return data
    encoding = _UTF16.get(data[:2], "utf-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        what = "UTF-16" if encoding.startswith("utf-16") else "UTF-8"
        raise BadInput(
            f"{called} is not in {what}: byte {error.start} cannot be read. "
            "Save it as UTF-8 and try again."
        ) from None


def _check_storable(text: str) -> None:
    place = first_unstorable(text)
    if place is not None:
        line = text.count("\n", 0, place) + 1
        raise UnstorableText("article", place, text[place], line)
