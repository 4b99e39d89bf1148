"""Books in EPUB 2 and 3: the chapters in the order of the spine, each read as HTML is.

An EPUB is a zip with a table of contents in XML. Nothing of it is written anywhere, and no address
in it is followed but those of its own members. The page of contents is passed over. What is beside
the reading order (``linear="no"``, or not in the spine) comes in if it holds notes: it says so, or
the marker of a note leads to it. The rest is named, as far as there is text in it.
"""

import io
import posixpath
import re
from collections.abc import Mapping
from urllib.parse import unquote

from annotations.errors import BadArchive, BadInput
from annotations.ingest import about, archives, encodings, html, notes, pieces, plain, xml
from annotations.ingest.about import About

LIMITS = archives.Limits(members=20_000, member=64 * 1024 * 1024, total=2**30, ratio=1000)
MAX_CHARACTERS = 6 * 1024 * 1024
"""Of all chapters with their markup; the wall takes six seconds for a million."""

MAX_READ = 64 * 1024 * 1024
"""Bytes of all that is read of a book, what is looked at for notes alone too."""

_CHAPTERS = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")
_BODY = re.compile(r"(?i)<body[^>]*>")
_TAGS = re.compile(r"<[^<>]*>")
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
        self.beside: dict[str, None] = {}
        self.texts: dict[str, str] = {}

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
        for chapter in chapters:  # It grows: notes may lead to notes.
            markup = html.of_xhtml(self.text(chapter))
            length += len(markup)
            chapters += self.notes_of(chapter, markup)
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
        losses = html.Losses()
        for each in found:
            losses.add(each.losses)
        read = html.Read(
            text=text,
            layout=layout,
            title=told.title,
            language=told.language or next((f.language for f in found if f.language), ""),
            direction=next((each.direction for each in found if each.direction), ""),
            notes=[*losses.notes(), *self.note_of_rest()],
        )
        return read, told

    def bytes_of(self, name: str) -> bytes:
        member = self.members.get(name)
        if member is None:
            raise BadInput(
                f"{self.called} says that it holds “{name[:80]}”, but it does not; fetch it again."
            )
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
        for reference in package.find_all("itemref"):
            item = items.get(reference.attributes.get("idref", ""))
            name = _chapter(item, folder)
            if not name:
                continue
            is_beside = reference.attributes.get("linear") == "no" and name not in names
            if is_beside and (name in self.beside or not self.has_notes(name)):
                self.beside[name] = None
                continue
            names[name] = None
        for item in items.values():
            name = _chapter(item, folder)
            if name in self.members and name not in names:
                self.beside[name] = None
        return list(names)

    def notes_of(self, chapter: str, markup: str) -> list[str]:
        """The members beside the reading order to which markers of notes in a chapter lead."""
        found = []
        for address in notes.targets(markup):
            path = unquote(address.partition("#")[0])
            name = posixpath.normpath(posixpath.join(posixpath.dirname(chapter), path))
            if path and name in self.beside:
                del self.beside[name]
                found.append(name)
        return found

    def note_of_rest(self) -> list[str]:
        """What was left out beside the reading order, and holds text."""
        names = [name for name in self.beside if self.members[name].size > self.left
                 or _has_text(self.text(name))]  # fmt: skip
        if not names:
            return []
        some = ", ".join(f"“{posixpath.basename(name)}”" for name in names[:5])
        more = f", and {len(names) - 5:,} more" if len(names) > 5 else ""
        return [f"Left out, as it stands beside the reading order of the book: {some}{more}."]

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
        """The markup of a member, read once."""
        if name not in self.texts:
            called = f"{self.called} (“{name}”)"
            decoded = encodings.decoded(self.bytes_of(name), called, is_page=True)
            self.texts[name] = plain.cleaned(decoded.text)
        return self.texts[name]


def _chapter(item: Mapping[str, str] | None, folder: str) -> str:
    """The member that an item of the package names, if it is a chapter and no table of contents."""
    if item is None or item.get("media-type") not in _CHAPTERS:
        return ""
    if "nav" in item.get("properties", "").split():
        return ""
    return posixpath.normpath(posixpath.join(folder, unquote(item.get("href", ""))))


def _has_text(markup: str) -> bool:
    body = _BODY.search(markup)
    return bool(_TAGS.sub("", markup[body.end() if body else 0 :]).strip())


def _about(package: xml.Element) -> About:
    return About(
        title=about.line(package.first("title")),
        author=about.people(each.text for each in package.find_all("creator")),
        date=about.day(package.first("date")),
        language=about.language(package.first("language")),
        source=about.address(package.first("source")),
    )
