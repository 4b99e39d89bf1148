"""Articles on their way in: files of many kinds becoming text and layout.

``ingest`` is the way in; ``plain``, ``markdown``, ``html``, ``word``, ``odt``, ``rtf``, ``mail``,
``epub`` and ``pdf`` know one kind each, ``webpage`` finds the main content of a page, ``archives``
goes through archives and folders. HTML, and what becomes HTML on its way, passes ``tidy`` (depth,
and what is not for reading), ``sanitise`` (the only module that imports bleach) and one parser.
Parsers that are heavy or that a file could hurt run in a process apart (``apart``). What comes out
is a ``Document``; no HTML is kept. This package may import ``annotations.{document, spans,
errors}`` alone.
"""

from dataclasses import dataclass
from importlib import import_module
from pathlib import PurePath

from annotations.direction import main_direction
from annotations.document import Document, Layout, new_id
from annotations.errors import BadInput, UnstorableText
from annotations.ingest import encodings, html, markdown, mhtml, plain, tei, telling, webpage
from annotations.ingest.about import About, of_front_matter, of_page
from annotations.shortening import shortened
from annotations.spans import first_unstorable

KINDS = (
    "text", "markdown", "html", "mhtml", "tei", "docx", "odt", "rtf", "epub", "pdf", "mail",
)  # fmt: skip
SUFFIXES = {
    **dict.fromkeys((".txt", ".text"), "text"),
    **dict.fromkeys((".md", ".markdown", ".mkd"), "markdown"),
    **dict.fromkeys((".html", ".htm", ".xhtml"), "html"),
    **dict.fromkeys((".mht", ".mhtml"), "mhtml"),
    ".tei": "tei",
    ".docx": "docx",
    ".docm": "docx",
    **dict.fromkeys((".odt", ".ott", ".fodt"), "odt"),
    ".rtf": "rtf",
    ".eml": "mail",
    ".epub": "epub",
    ".pdf": "pdf",
}
MAX_BYTES = 20 * 1024 * 1024
"""Of an article's file; a long book has about three million."""

MAX_LINES = 800_000
"""Of plain text, each of which may be a paragraph (``budgets.ARTICLE``)."""

MAX_BYTES_WITH_PICTURES = 60 * 1024 * 1024
"""Of a Word file, a book or a PDF, most of which may be pictures."""

PAGES = ("", "main", "whole")
"""What to take of a saved web page: the main content if that can be told (the same as nothing), or
all of it."""

TITLE_LENGTH = 80
"""Code points of a first line that stands in for a title; it is cut between words."""

_HEAD = 4096
"""Bytes that tell what a file is."""

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_FILES = {
    "docx": "word",
    "odt": "odt",
    "rtf": "rtf",
    "mail": "mail",
    "epub": "epub",
    "pdf": "pdf",
}
"""The modules that read files which are no text; each is imported when it is first used."""


@dataclass(frozen=True, slots=True)
class Ingested:
    """An article that was read, and what a person should be told about it.

    ``encoding`` is the one it was read in (empty where that is no question), ``is_guess`` whether
    that was guessed. ``page`` is ``"main"`` or ``"whole"`` for a saved web page, else empty.
    """

    document: Document
    notes: tuple[str, ...] = ()
    encoding: str = ""
    is_guess: bool = False
    page: str = ""


def read_article(
    data: bytes | str, *, name: str = "", kind: str | None = None, source: str = ""
) -> Document:
    """The document that ``ingest`` makes, without its notes."""
    return ingest(data, name=name, kind=kind, source=source).document


def ingest(
    data: bytes | str,
    *,
    name: str = "",
    kind: str | None = None,
    source: str = "",
    encoding: str = "",
    page: str = "",
    is_one_of_many: bool = False,
) -> Ingested:
    """An article as a document with a fresh id.

    ``kind`` is one of ``KINDS``; without it the suffix of the file ``name`` decides, else it is
    plain text. ``source`` is the address it came from, against which its links are resolved.
    ``encoding`` names that of a text, which is told otherwise (``is_one_of_many``: see
    ``encodings``); ``page`` is one of ``PAGES``.

    Raises ``BadInput`` for an unknown kind, a file that is too long, damaged or in an encoding that
    cannot be told, ``MissingExtra`` where packages are missing, ``UnstorableText`` for NUL and lone
    surrogates, ``TooDeep`` for HTML that nests without end.
    """
    kind = kind or guess_kind(name, data[:_HEAD] if isinstance(data, bytes) else b"")
    if kind == "xml":
        raise _is_xml(name, data)
    if kind not in KINDS:
        raise BadInput(f"“{kind}” is no kind of article; known are {', '.join(KINDS)}.")
    if page not in PAGES:
        raise BadInput(f"“{page}” cannot be taken of a page; say main or whole.")
    called = f"“{name}”" if name else "The article"
    _refuse_too_long(data, called, kind)
    if kind in _FILES:
        if isinstance(data, str):
            raise BadInput(f"{called} is text; only the file itself can be read as {kind}.")
        reader = import_module(f"annotations.ingest.{_FILES[kind]}")
        found, about = reader.read(data, called)
        return Ingested(_document(found, about, name, source), tuple(found.notes))
    if kind == "mhtml":
        saved = mhtml.page_in(data.encode() if isinstance(data, str) else data, called)
        kind, data = "html", saved.data
        source, encoding = source or saved.source, encoding or saved.encoding
    if isinstance(data, str):
        decoded = encodings.Decoded(data, "")
    else:
        decoded = encodings.decoded(data, called, encoding, kind in ("html", "tei"), is_one_of_many)
    text = plain.cleaned(decoded.text)
    _check_storable(text)
    found, about, taken = _read(text, kind, source, page, called)
    notes = tuple(found.notes)
    if decoded.is_guess or (decoded.encoding not in ("", "utf-8") and not encoding):
        notes = (f"Read as {decoded.encoding}.", *notes)
    return Ingested(
        _document(found, about, name, source), notes, decoded.encoding, decoded.is_guess, taken
    )


def _read(
    text: str, kind: str, source: str, page: str, called: str
) -> tuple[html.Read, About, str]:
    """What a text of that kind holds, what it says of itself, and what was taken of a page."""
    if kind == "text":
        if (lines := text.count("\n")) > MAX_LINES:
            raise BadInput(
                f"{called} has {lines:,} lines, and an article may have {MAX_LINES:,}; "
                "import it in parts."
            )
        return html.Read(text=text, layout=plain.layout(text)), About(), ""
    if kind == "markdown":
        about, body = of_front_matter(text)
        found = html.read(markdown.to_html(body), source or about.source)
        if body is not text:
            found.notes.append(
                "What stands between --- and --- was read as title, author and date."
            )
        return found, about, ""
    if kind == "tei":
        return *tei.read(text, called), ""
    if text.startswith("<?xml"):
        text = html.of_xhtml(text)
    about = of_page(text)
    found = html.read(text, source or about.source)
    if not webpage.is_page(text):
        return found, about, ""
    if page == "whole":
        return found, about, "whole"
    if not webpage.can_extract():
        if page == "main":
            webpage.main_blocks(text, found.text, found.layout, called)
        found.notes.append(
            "The whole page was taken, menus and all; its main content can be told once this is "
            "installed: pip install 'postil[web]'"
        )
        return found, about, "whole"
    return _main(found, text, called), about, "main"


def _main(found: html.Read, markup: str, called: str) -> html.Read:
    """The page without its menus, footers and the like; all of it where they cannot be told."""
    kept = webpage.main_blocks(markup, found.text, found.layout, called)
    blocks = len(found.layout.blocks)
    if kept is None:
        found.notes.append(
            "No main content could be told from the rest, so the whole page was taken."
        )
    elif len(kept) < blocks:
        found.notes.append(
            f"Only the main content of the page was taken: {len(kept):,} of {blocks:,} blocks."
        )
        found.text, found.layout = webpage.cut(found.text, found.layout, kept)
    return found


def _document(found: html.Read, about: About, name: str, source: str) -> Document:
    return Document(
        id=new_id(),
        title=about.title or found.title or _title(found.text, found.layout, name),
        text=found.text,
        layout=found.layout,
        language=found.language or about.language,
        direction=found.direction or ("rtl" if main_direction(found.text) == "rtl" else ""),
        source=source or about.source,
        date=about.date,
        meta={"author": about.author} if about.author else {},
    )


def guess_kind(name: str, head: bytes = b"") -> str:
    """The kind of article that a file name tells: plain text unless it says otherwise.

    Where the name of a file tells nothing, what it begins with does (``head``): HTML, TEI, a saved
    page; ``xml`` is any other XML, which is no kind of article.
    """
    suffix = PurePath(name).suffix.lower()
    known = SUFFIXES.get(suffix, "")
    if not suffix or known not in ("", "html") or not head:
        return known or "text"
    told = telling.kind_of(head) or "text"
    return told if not known or told in ("tei", "mhtml") else known


def _is_xml(name: str, data: bytes | str) -> BadInput:
    head = data[:_HEAD]
    root = telling.root_of(head if isinstance(head, str) else head.decode("utf-8", "replace"))
    return BadInput(
        f"“{name}” is XML (<{root[:40]}>), which is none that is known here; save the article as "
        "HTML or TEI, or name its format: text, to take it with its markup."
    )


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
    return next((shortened(line, TITLE_LENGTH) for line in lines if line), "")


def _refuse_too_long(data: bytes | str, called: str, kind: str) -> None:
    limit = max_bytes(kind)
    if len(data) > limit:
        raise BadInput(
            f"{called} has {len(data) / 2**20:.1f} MB, and an article may have "
            f"{limit // 2**20}; import it in parts."
        )


def max_bytes(kind: str) -> int:
    """How long a file of a kind may be."""
    return MAX_BYTES_WITH_PICTURES if kind in _FILES else MAX_BYTES


def _check_storable(text: str) -> None:
    place = first_unstorable(text)
    if place is not None:
        line = text.count("\n", 0, place) + 1
        raise UnstorableText("article", place, text[place], line)
