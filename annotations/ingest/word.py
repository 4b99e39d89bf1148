"""Word files (.docx): mammoth makes HTML of their styles, and ``html`` reads that.

``read`` asks the process apart, where ``parse`` looks at every part of the file before mammoth.
"""

import io
import re
from importlib.util import find_spec
from typing import Any

from annotations.errors import BadArchive, BadInput, MissingExtra
from annotations.ingest import about, apart, archives, html, xml
from annotations.ingest.about import About

LIMITS = archives.Limits(
    members=5_000, member=128 * 1024 * 1024, total=512 * 1024 * 1024, ratio=1000
)
_HEAD = 4096
_OLD = b"\xd0\xcf\x11\xe0"
_STYLES = """
p[style-name='Title'] => h1:fresh
p[style-name='Subtitle'] => p:fresh
p[style-name='Quote'] => blockquote > p:fresh
p[style-name='Intense Quote'] => blockquote > p:fresh
p[style-name='Block Text'] => blockquote > p:fresh
p[style-name='Caption'] => figcaption:fresh
p[style-name='Code'] => pre:fresh
p[style-name='HTML Preformatted'] => pre:fresh
u => u
"""
_NOTES = re.compile(r'<li id="[^"]*(?:footnote|endnote)-')


def read(data: bytes, called: str) -> tuple[html.Read, About]:
    """Text, layout and what the properties of the file say. ``called`` is what errors call it.

    Raises ``MissingExtra``, and ``BadInput`` for what is damaged, locked, or made to hurt.
    """
    if find_spec("mammoth") is None:
        raise MissingExtra("Word files", "docx")
    if data.startswith(_OLD):
        raise BadInput(
            f"{called} is locked with a password, or from a Word before 2007. "
            "Open it, save it as .docx without a password, and import that."
        )
    answer = apart.ask("docx", data, called)
    found = html.read(answer["html"])
    found.notes = answer["notes"]
    return found, About(**answer["about"])


def parse(data: bytes) -> dict[str, Any]:
    """The HTML of a Word file, its properties, and what was left out. Runs in the process apart."""
    import mammoth

    properties = About()
    try:
        with archives.opened(io.BytesIO(data), "", LIMITS, is_document=True) as archive:
            names = {member.name for member in archive.members}
            if "word/document.xml" not in names and not any("document" in n for n in names):
                raise BadInput("is a zip, but holds no Word document; import it as an archive.")
            for member in archive.members:
                with member.open() as stream:
                    if not _is_markup(member.name, stream.read(_HEAD)):
                        continue
                with member.open() as stream:
                    part = stream.read()
                xml.check(part)
                if member.name == "docProps/core.xml":
                    properties = _properties(part)
    except BadArchive as error:
        raise BadInput(f"cannot be opened: {error.reason}") from error
    pictures = 0

    def left_out(image: object) -> list[object]:
        nonlocal pictures
        pictures += 1
        return []

    made = mammoth.convert_to_html(
        io.BytesIO(data),
        style_map=_STYLES,
        include_embedded_style_map=False,
        convert_image=left_out,
        external_file_access=False,
        id_prefix="",
    )
    notes = [f"Left out: {pictures} × picture."] if pictures else []
    return {
        "html": _with_notes(made.value),
        "about": {f: getattr(properties, f) for f in About.__dataclass_fields__},
        "notes": notes,
    }


def _is_markup(name: str, head: bytes) -> bool:
    """Whether a part is XML: by its name, or as it begins, since any part may be named as any."""
    plain = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xfe\xff \t\r\n")
    is_blank = not plain and bool(head.strip(b"\0"))
    return name.endswith((".xml", ".rels")) or plain.startswith(b"<") or is_blank


def _properties(part: bytes) -> About:
    core = xml.parse(part)
    title = about.line(core.first("title"))
    return About(
        title="" if title.startswith("Microsoft Word") else title,
        author=about.people(re.split(r"\s*;\s*", core.first("creator"))),
        date=about.day(core.first("created")),
        language=about.language(core.first("language")),
    )


def _with_notes(made: str) -> str:
    """mammoth lists the notes at the end, and a marker reads ``[1]``; each note gets its marker."""
    start = made.rfind("<ol>", 0, found.start()) if (found := _NOTES.search(made)) else -1
    if start < 0:
        return made
    number = 0

    def marked(_: re.Match[str]) -> str:
        nonlocal number
        number += 1
        return f"<p><sup>[{number}]</sup> "

    notes = re.sub(r'<li id="[^"]*(?:footnote|endnote)-[^"]*">(?:<p>)?', marked, made[start:])
    notes = re.sub(r"\s*<a href=\"#[^\"]*\">↑</a>", "", notes)
    notes = notes.replace("<ol>", "", 1).replace("</li>", "").replace("</ol>", "", 1)
    return f"{made[:start]}<hr>{notes}"
