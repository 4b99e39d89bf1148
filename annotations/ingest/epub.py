"""Books in EPUB 2 and 3: the chapters in the order of the spine, each read as HTML is.

An EPUB is a zip with a table of contents in XML. Nothing of it is written anywhere, and no address
in it is followed but those of its own members. The page of contents is passed over, and so is what
the book says is beside its reading order (``linear="no"``) unless it holds footnotes.
"""

import io
import posixpath
import re
from urllib.parse import unquote

from annotations.errors import BadArchive, BadInput
from annotations.ingest import about, archives, encodings, html, pieces, plain, xml
from annotations.ingest.about import About

LIMITS = archives.Limits(members=20_000, member=64 * 1024 * 1024, total=2**30, ratio=1000)
MAX_CHARACTERS = 6 * 1024 * 1024
"""Of all chapters with their markup; the wall takes six seconds for a million."""

MAX_READ = 64 * 1024 * 1024
"""Bytes of all that is read of a book, what is looked at for notes alone too."""

_CHAPTERS = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")
_NOTES = re.compile(r"""(?:epub:type|role)\s*=\s*["'][^"']*(?:note|rearnote)""")


def read(data: bytes, called: str) -> tuple[html.Read, About]:
    """The book as one text. ``called`` is what errors call the file.

    Raises ``BadInput`` for what is damaged, protected, or made to hurt.
    """
    try:
        with archives.opened(io.BytesIO(data), "", LIMITS, is_document=True) as archive:
            return _Book(archive, called).read()
    except BadArchive as error:
        where = f" (“{error.member}”)" if error.member else ""
        raise BadInput(f"{called} cannot be opened{where}: {error.reason}") from error


class _Book:
    def __init__(self, archive: archives.Archive, called: str):
        self.called = called
        self.members = {member.name: member for member in archive.members}
        self.left = MAX_READ

    def read(self) -> tuple[html.Read, About]:
        place = next(
            (
                each.attributes.get("full-path", "")
                for each in self.tree("META-INF/container.xml").find_all("rootfile")
            ),
            "",
        )
        package = self.tree(place)
        chapters = self.chapters(package, posixpath.dirname(place))
        self.refuse_protected(chapters)
        found, length = [], 0
        for chapter in chapters:
            markup = html.of_xhtml(self.text(chapter))
            length += len(markup)
            if length > MAX_CHARACTERS:
                raise BadInput(
                    f"{self.called} has more than {MAX_CHARACTERS:,} characters with its markup; "
                    "import it in parts."
                )
            found.append(html.read(markup))
        text, layout = pieces.joined((each.text, each.layout) for each in found)
        if not text.strip():
            raise BadInput(f"{self.called} holds no text; are its pages pictures?")
        told = _about(package)
        read = html.Read(
            text=text,
            layout=layout,
            title=told.title,
            language=told.language or next((f.language for f in found if f.language), ""),
            direction=next((each.direction for each in found if each.direction), ""),
            notes=list(dict.fromkeys(note for each in found for note in each.notes))[:20],
        )
        return read, told

    def bytes_of(self, name: str) -> bytes:
        member = self.members.get(name)
        if member is None:
            raise BadInput(
                f"{self.called} says that it holds “{name[:80]}”, but it does not; fetch it again."
            )
        # Counted each time: a table of contents of a few kB can name a member a million times.
        self.left -= member.size
        if self.left < 0:
            raise BadInput(
                f"{self.called} has more than {MAX_READ // 2**20} MB of text with its markup; "
                "import it in parts."
            )
        with member.open() as stream:
            return stream.read()

    def tree(self, name: str) -> xml.Element:
        try:
            return xml.parse(self.bytes_of(name))
        except BadArchive:
            raise
        except BadInput as error:
            if str(error).startswith(self.called):
                raise
            raise BadInput(f"{self.called} (“{name}”) {error}") from None

    def chapters(self, package: xml.Element, folder: str) -> list[str]:
        """The members to read, in the order in which the book is read."""
        items = {
            item.attributes.get("id", ""): item.attributes for item in package.find_all("item")
        }
        names: dict[str, None] = {}
        passed = set[str]()
        for reference in package.find_all("itemref"):
            item = items.get(reference.attributes.get("idref", ""))
            if item is None or item.get("media-type") not in _CHAPTERS:
                continue
            if "nav" in item.get("properties", "").split():
                continue
            name = posixpath.normpath(posixpath.join(folder, unquote(item.get("href", ""))))
            is_beside = reference.attributes.get("linear") == "no" and name not in names
            if is_beside and (name in passed or not self.has_notes(name)):
                passed.add(name)
                continue
            names[name] = None
        return list(names)

    def has_notes(self, name: str) -> bool:
        return name in self.members and _NOTES.search(self.text(name)) is not None

    def refuse_protected(self, chapters: list[str]) -> None:
        if "META-INF/encryption.xml" not in self.members:
            return
        for each in self.tree("META-INF/encryption.xml").find_all("CipherReference"):
            if unquote(each.attributes.get("URI", "")) in chapters:
                raise BadInput(
                    f"{self.called} is protected against copying (DRM) and cannot be read."
                )

    def text(self, name: str) -> str:
        called = f"{self.called} (“{name}”)"
        return plain.cleaned(encodings.decoded(self.bytes_of(name), called, is_page=True).text)


def _about(package: xml.Element) -> About:
    return About(
        title=about.line(package.first("title")),
        author=about.people(each.text for each in package.find_all("creator")),
        date=about.day(package.first("date")),
        language=about.language(package.first("language")),
        source=about.address(package.first("source")),
    )
