"""Word files (.docx): their paragraphs, tables, notes and numbers as HTML, which ``html`` reads.

``read`` asks the process apart, where ``parse`` looks at every part of the file before it reads
one. What comes in and what is counted is decided in ``word_body``.
"""

import io
import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from annotations.errors import BadArchive, BadInput
from annotations.ingest import about, apart, archives, encodings, html, pieces, plain, word_xml, xml
from annotations.ingest.about import About
from annotations.ingest.word_body import Body
from annotations.ingest.word_lists import Numbering
from annotations.ingest.word_styles import Styles
from annotations.ingest.word_xml import attribute, children, find_all, name_of

LIMITS = archives.Limits(
    members=5_000, member=128 * 1024 * 1024, total=512 * 1024 * 1024, ratio=1000
)
_HEAD = 4096
_OLD = b"\xd0\xcf\x11\xe0"
_NO_XML = (".htm", ".html", ".txt")
_DIGITS = re.compile(r"[\d\s]*")


def read(data: bytes, called: str) -> tuple[html.Read, About]:
    """Text, layout and what the properties of the file say. ``called`` is what errors call it.

    Raises ``BadInput`` for what is damaged, locked, or made to hurt.
    """
    if data.startswith(_OLD):
        raise BadInput(
            f"{called} is locked with a password, or from a Word before 2007. "
            "Open it, save it as .docx without a password, and import that."
        )
    answer = apart.ask("docx", data, called)
    found = [_segment(kind, content) for kind, content in answer["segments"]]
    text, layout = pieces.joined((each.text, each.layout) for each in found)
    losses = html.Losses()
    for each in found:
        losses.add(each.losses)
    told = [*answer["notes"], *losses.notes()]
    return html.Read(text, layout, notes=told), About(**answer["about"])


def _segment(kind: str, content: str) -> html.Read:
    if kind == "text":
        return html.Read(content, plain.layout(content))
    return html.read(content)


def parse(data: bytes) -> dict[str, Any]:
    """The text of a Word file in segments, its properties, and notes. Runs in the process apart."""
    try:
        with archives.opened(io.BytesIO(data), "", LIMITS, is_document=True) as archive:
            names = {member.name for member in archive.members}
            if "word/document.xml" not in names and not any("document" in n for n in names):
                raise BadInput("is a zip, but holds no Word document; import it as an archive.")
            return _read(dict(_parts(archive)))
    except BadArchive as error:
        raise BadInput(f"cannot be opened: {error.reason}") from error


def _parts(archive: archives.Archive) -> Iterator[tuple[str, bytes]]:
    """The parts that may hold text, by name; each that is XML passed the check of its entities."""
    for member in archive.members:
        with member.open() as stream:
            is_markup = _is_markup(member.name, stream.read(_HEAD))
        if not is_markup and not member.name.lower().endswith(_NO_XML):
            continue
        with member.open() as stream:
            part = stream.read()
        if not member.name.lower().endswith(_NO_XML):
            xml.check(part)
        yield member.name, part


def _read(parts: Mapping[str, bytes]) -> dict[str, Any]:
    document = next(iter(_targets(parts, "", "officeDocument").values()), "word/document.xml")
    body = next(find_all(_tree(parts, document), "w:body"), None)
    if body is None:
        raise ValueError(f"{document} has no body")
    related = {
        kind: _tree(parts, name)
        for kind in ("styles", "numbering", "footnotes", "endnotes", "comments")
        for name in list(_targets(parts, document, kind).values())[:1]
        if name in parts
    }
    styles = Styles(related.get("styles"))
    numbering = Numbering(related.get("numbering"), styles.lists)
    notes = {
        (name_of(note), attribute(note, "id")): note
        for kind in ("footnotes", "endnotes")
        if kind in related
        for note in children(related[kind])
        if attribute(note, "type") not in ("separator", "continuationSeparator")
    }
    chunks = _targets(parts, document, "aFChunk")
    reader = Body(
        styles,
        numbering,
        notes,
        links=_targets(parts, document, "hyperlink", is_outside=True),
        note_links={
            f"w:{kind.removesuffix('s')}": _targets(parts, name, "hyperlink", is_outside=True)
            for kind in ("footnotes", "endnotes")
            for name in _targets(parts, document, kind).values()
        },
        chunk=lambda relation: _chunk(parts, chunks.get(relation, "")),
    )
    segments = reader.read(body)
    comments = related.get("comments")
    if comments is not None:
        listed = sum(name_of(each) == "w:comment" for each in children(comments))
        reader.left_out["comment"] = max(reader.left_out["comment"], listed)
    return {
        "segments": segments,
        "about": _about(parts.get("docProps/core.xml")),
        "notes": _notes(reader, numbering, list(_margins(parts, document))),
    }


def _tree(parts: Mapping[str, bytes], name: str) -> Element:
    """The tree of a part, which is looked at first if its name said that it is no XML."""
    if name.lower().endswith(_NO_XML):
        xml.check(parts[name])
    return word_xml.parse(parts[name])


def _targets(
    parts: Mapping[str, bytes], part: str, kind: str, *, is_outside: bool = False
) -> dict[str, str]:
    """The parts (or addresses) that relations of a kind lead to from a part, by relation."""
    folder, name = posixpath.split(part)
    relations = parts.get(posixpath.join(folder, "_rels", f"{name}.rels"))
    found = {}
    for each in find_all(word_xml.parse(relations), "Relationship") if relations else ():
        if not attribute(each, "Type").endswith(f"/{kind}"):
            continue
        target = attribute(each, "Target")
        if (attribute(each, "TargetMode") == "External") == is_outside:
            path = posixpath.normpath(posixpath.join(f"/{folder}", unquote(target))).lstrip("/")
            found[attribute(each, "Id")] = target if is_outside else path
    return found


def _chunk(parts: Mapping[str, bytes], name: str) -> tuple[str, str] | None:
    """A part in another format that stands in the text, where that is a format we know."""
    part = parts.get(name)
    if part is None:
        return None
    if name.lower().endswith((".htm", ".html", ".xhtml")):
        markup = plain.cleaned(encodings.decoded(part, f"(“{name}”)", is_page=True).text)
        return "page", html.of_xhtml(markup) if markup.startswith("<?xml") else markup
    if name.lower().endswith(".txt"):
        return "text", plain.cleaned(encodings.decoded(part, f"(“{name}”)").text)
    return None


def _margins(parts: Mapping[str, bytes], document: str) -> Iterator[str]:
    """What headers and footers say, page numbers aside."""
    for kind in ("header", "footer"):
        for name in _targets(parts, document, kind).values():
            if name in parts:
                root = _tree(parts, name)
                text = " ".join("".join(t.text or "" for t in find_all(root, "w:t")).split())
                if not _DIGITS.fullmatch(text):
                    yield text


def _notes(reader: Body, numbering: Numbering, margins: list[str]) -> list[str]:
    notes = []
    if margins:
        reader.left_out["header or footer"] += len(margins)
    if reader.left_out:
        listed = ", ".join(f"{n} × {what}" for what, n in sorted(reader.left_out.items()) if n)
        if listed:
            notes.append(f"Left out: {listed}.")
    if reader.hidden:
        notes.append(html.note_of_hidden(reader.hidden))
    if reader.inserted or reader.deleted:
        notes.append(
            f"Tracked changes: {reader.inserted:,} insertions are in the text, "
            f"{reader.deleted:,} deletions are not."
        )
    if numbering.unknown:
        some = ", ".join(sorted(numbering.unknown)[:5])
        notes.append(f"Lists are numbered 1, 2, 3 where Word counts otherwise: {some}.")
    return notes


def _is_markup(name: str, head: bytes) -> bool:
    """Whether a part is XML: by its name, or as it begins, since any part may be named as any."""
    plain = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xfe\xff \t\r\n")
    is_blank = not plain and bool(head.strip(b"\0"))
    return name.endswith((".xml", ".rels")) or plain.startswith(b"<") or is_blank


def _about(part: bytes | None) -> dict[str, str]:
    properties = About()
    if part is not None:
        core = xml.parse(part)
        title = about.line(core.first("title"))
        properties = About(
            title="" if title.startswith("Microsoft Word") else title,
            author=about.people(re.split(r"\s*;\s*", core.first("creator"))),
            date=about.day(core.first("created")),
            language=about.language(core.first("language")),
        )
    return {f: getattr(properties, f) for f in About.__dataclass_fields__}
