"""OpenDocument texts (.odt, .fodt): their content becomes HTML, and ``html`` reads that.

``read`` asks the process apart, where ``parse`` goes through the XML once, without building a tree.
A footnote is its marker, raised, and its text at the end, as in Word files.
"""

import io
from collections import Counter
from dataclasses import dataclass, field
from html import escape
from typing import Any

from annotations.errors import BadArchive, BadInput
from annotations.ingest import about, apart, archives, html, xml
from annotations.ingest.about import About
from annotations.ingest.left_out import notes_of

LIMITS = archives.Limits(
    members=5_000, member=128 * 1024 * 1024, total=512 * 1024 * 1024, ratio=1000
)
_KIND = "application/vnd.oasis.opendocument."
_OTHERS = {
    "spreadsheet": "is a spreadsheet; give its name the ending .ods.",
    "presentation": "is a presentation; save its text as .odt, and import that.",
    "graphics": "is a drawing; import the text itself.",
}
_PASSED = {
    "annotation": "comment",
    "tracked-changes": "deleted passage of tracked changes",
    "forms": "form",
    "object": "embedded object",
    "object-ole": "embedded object",
    "image": "picture",
    "plugin": "embedded object",
}
"""Elements that are left out with all that is in them, and what they are called."""

_UNCOUNTED = frozenset(
    {"table-of-content-source", "illustration-index-source", "table-index-source", "title", "desc"}
    | {"alphabetical-index-source", "bibliography-source", "user-index-source", "forms", "scripts"}
    | {"object-index-source", "automatic-styles", "master-styles", "font-face-decls", "styles"}
    | {"note-citation", "settings", "meta"}
)
_BLOCKS = {
    "title": "h1", "subtitle": "p", "quotations": "blockquote", "quote": "blockquote",
    "intense quote": "blockquote", "block text": "blockquote", "preformatted text": "pre",
    "html preformatted": "pre", "caption": "figcaption", "illustration": "figcaption",
    "figure": "figcaption",
}  # fmt: skip
"""What paragraphs become whose style is called so, or is derived from one that is."""


def read(data: bytes, called: str) -> tuple[html.Read, About]:
    """Text, layout and what the properties of the file say. ``called`` is what errors call it.

    Raises ``BadInput`` for what is damaged, locked, another document, or made to hurt.
    """
    answer = apart.ask("odt", data, called)
    found = html.read(answer["html"])
    found.notes = [*answer["notes"], *found.notes]
    return found, About(**answer["about"])


def parse(data: bytes) -> dict[str, Any]:
    """The HTML of a text, its properties, and what was left out. Runs in the process apart."""
    parts = _parts(data)
    styles = _Styles()
    for part in parts.values():
        xml.walk(part, styles)
    content = _Content(styles)
    xml.walk(parts["content.xml"], content)
    if not content.is_text:
        raise BadInput("holds no text of a text document; open it and save it as .odt or .docx.")
    properties = _about(parts.get("meta.xml", parts["content.xml"]), styles.language)
    return {
        "html": content.html(),
        "about": {f: getattr(properties, f) for f in About.__dataclass_fields__},
        "notes": notes_of(content.left_out),
    }


def _parts(data: bytes) -> dict[str, bytes]:
    """The parts that matter, by name; a file that is all of it in one is its content."""
    if not data.startswith(b"PK"):
        if b"office:document" not in data[:4096]:
            raise BadInput("is no OpenDocument text; give its name the ending of what it is.")
        return {"content.xml": data}
    found: dict[str, bytes] = {}
    try:
        with archives.opened(io.BytesIO(data), "", LIMITS, is_document=True) as archive:
            for member in archive.members:
                if member.name in ("mimetype", "content.xml", "styles.xml", "meta.xml") or (
                    member.name == "META-INF/manifest.xml"
                ):
                    with member.open() as stream:
                        found[member.name] = stream.read()
    except BadArchive as error:
        raise BadInput(f"cannot be opened: {error.reason}") from error
    kind = found.pop("mimetype", b"").decode("ascii", "replace").strip()
    if kind.startswith(_KIND) and not kind.startswith(f"{_KIND}text"):
        short = kind.removeprefix(_KIND).removesuffix("-template")
        raise BadInput(_OTHERS.get(short, "is no OpenDocument text; save its text as .odt."))
    if b"encryption-data" in found.pop("META-INF/manifest.xml", b""):
        raise BadInput("is locked with a password; save it without one, and import that.")
    if "content.xml" not in found:
        raise BadInput(
            "is a zip, but holds no OpenDocument text; import it as an archive, or give its name "
            "the ending of what it is."
        )
    return found


def _about(part: bytes, language: str) -> About:
    root = xml.Texts({"title", "initial-creator", "creator", "creation-date", "date", "language"})
    xml.walk(part, root)
    said = root.first
    return About(
        title=about.line(said.get("title", "")),
        author=about.people([said.get("initial-creator") or said.get("creator", "")]),
        date=about.day(said.get("creation-date") or said.get("date", "")),
        language=about.language(said.get("language", "") or language),
    )


# ── styles ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Style:
    name: str
    parent: str = ""
    level: int = 0
    text: dict[str, str] = field(default_factory=dict)


class _Styles:
    """What the styles of a text say, by family and name."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], _Style] = {}
        self.lists: dict[str, dict[int, dict[str, str]]] = {}
        self.language = ""
        self._open: _Style | None = None
        self._list: dict[int, dict[str, str]] | None = None

    def start(self, name: str, attributes: dict[str, str], space: str) -> None:
        get = attributes.get
        if name in ("style", "default-style") and "family" in attributes:
            level = get("default-outline-level", "")
            self._open = _Style(
                get("display-name") or get("name", "").replace("_20_", " "),
                get("parent-style-name", ""),
                int(level) if level.isdecimal() else 0,
            )
            if name == "style":
                self.known.setdefault((get("family", ""), get("name", "")), self._open)
        elif name == "text-properties" and self._open is not None:
            self._open.text |= attributes
            country = get("country", "none")
            is_usual = self._open.name == "" and not self.language
            if is_usual and get("language", "none") != "none":
                self.language = get("language", "") + ("" if country == "none" else f"-{country}")
        elif name in ("list-style", "outline-style"):
            self._list = self.lists.setdefault(get("name", ""), {})
        elif name.startswith("list-level-style-") and self._list is not None:
            level = get("level", "1")
            kind = "" if name.endswith("number") and get("num-format") else "bullet"
            said = {"kind": kind, "format": get("num-format", ""), "start": get("start-value", "")}
            self._list.setdefault(int(level) if level.isdecimal() else 1, said)

    def end(self, name: str) -> None:
        if name in ("style", "default-style"):
            self._open = None
        elif name in ("list-style", "outline-style"):
            self._list = None

    def text(self, text: str) -> None:
        """Styles say nothing in text."""

    def chain(self, family: str, name: str) -> list[_Style]:
        """A style, and those that it is derived from."""
        found: list[_Style] = []
        while (style := self.known.get((family, name))) is not None and len(found) < 20:
            found.append(style)
            name = style.parent
        return found

    def says(self, family: str, name: str, key: str) -> str:
        """What a style says of the look of its text, or the nearest that it is derived from."""
        chain = self.chain(family, name)
        return next((style.text[key] for style in chain if key in style.text), "")

    def marks(self, family: str, name: str) -> list[str]:
        """The tags that stand for the look of a style."""

        def says(key: str) -> str:
            return self.says(family, name, key)

        weight = says("font-weight")
        position = says("text-position").split(" ")[0]
        found = {
            "strong": weight == "bold" or (weight.isdecimal() and int(weight) >= 600),
            "em": says("font-style") in ("italic", "oblique"),
            "u": says("text-underline-style") not in ("", "none"),
            "s": says("text-line-through-style") not in ("", "none"),
            "sup": position == "super" or (position[:1].isdecimal() and position != "0%"),
            "sub": position == "sub" or position.startswith("-"),
        }
        return [tag for tag, is_so in found.items() if is_so]

    def is_hidden(self, family: str, name: str) -> bool:
        """Whether text of a style is not shown."""
        return self.says(family, name, "display") == "none"

    def block(self, name: str) -> str:
        """What a paragraph of that style is."""
        for style in self.chain("paragraph", name):
            if style.level:
                return f"h{min(style.level, 6)}"
            called = style.name.lower()
            if called in _BLOCKS:
                return _BLOCKS[called]
            number = called.removeprefix("heading ")
            if number != called and number.isdecimal() and number != "0":
                return f"h{min(int(number), 6)}"
        return "p"


# ── content ───────────────────────────────────────────────────────────────────────────────────────


class _Content:
    """Writes the HTML of a text while its elements go by."""

    def __init__(self, styles: _Styles):
        self.left_out: Counter[str] = Counter()
        self.is_text = False
        self._styles = styles
        self._out: list[str] = []
        self._notes: list[str] = []
        self._beside: list[list[str]] = []
        self._closing: list[str] = []
        self._passed = 0
        self._lists: list[str] = []
        self._paragraphs = 0
        self._outputs: list[tuple[list[str], int]] = []

    def html(self) -> str:
        """All of it, the notes behind the text."""
        notes = f"<hr>{''.join(self._notes)}" if self._notes else ""
        return "".join(self._out) + notes

    def start(self, name: str, attributes: dict[str, str], space: str) -> None:
        if self._passed:
            self._passed += 1
            if name == "deletion":
                self.left_out[_PASSED["tracked-changes"]] += 1
            return
        is_field = space == "text" and name in ("title", "description")
        if (name in _PASSED or name in _UNCOUNTED) and not is_field:
            self._passed = 1
            if name in _PASSED and name not in ("tracked-changes", "forms"):
                self.left_out[_PASSED[name]] += 1
            return
        if name == "text" and not self.is_text:
            self.is_text = True
        self._closing.append(self._open(name, attributes))

    def end(self, name: str) -> None:
        if self._passed:
            self._passed -= 1
            return
        closing = self._closing.pop()
        if closing.startswith("\0"):
            self._leave(closing[1:])
        else:
            self._out.append(closing)
            if name == "list":
                self._lists.pop()

    def text(self, text: str) -> None:
        if not self._passed and self._paragraphs:
            self._out.append(escape(text, quote=False))

    # ── elements ──────────────────────────────────────────────────────────────────────────────────

    def _open(self, name: str, attributes: dict[str, str]) -> str:
        """Write what stands for the beginning of an element; gives what stands for its end."""
        get = attributes.get
        match name:
            case "p" | "h":
                return self._paragraph(name, attributes)
            case "span":
                return self._span(get("style-name", ""))
            case "a":
                href = escape(get("href", ""))
                self._out.append(f'<a href="{href}">')
                return "</a>"
            case "s":
                count = get("c", "1")
                self._out.append(" " * min(int(count) if count.isdecimal() else 1, 1000))
            case "tab":
                self._out.append("\t")
            case "line-break":
                self._out.append("<br>")
            case "list":
                return self._list(get("style-name", ""))
            case "list-item" | "list-header":
                value = get("start-value", "")
                self._out.append(f'<li value="{value}">' if value.isdecimal() else "<li>")
                return "</li>"
            case "table":
                self._out.append("<table>")
                return "</table>"
            case "table-header-rows":
                self._out.append("<thead>")
                return "</thead>"
            case "table-row":
                self._out.append("<tr>")
                return "</tr>"
            case "table-cell":
                self._out.append("<td>")
                return "</td>"
            case "note":
                return self._note()
            case "text-box":
                return self._box()
            case "hidden-text" | "hidden-paragraph":
                if get("is-hidden", "true") == "true":
                    self._out.append("<span hidden>")
                    self._out.append(escape(get("string-value", ""), quote=False))
                    return "</span>"
            case "section" if get("display", "") == "none":
                self._out.append("<div hidden>")
                return "</div>"
            case "ruby-text":
                self._out.append(" (")
                return ")"
        return ""

    def _paragraph(self, name: str, attributes: dict[str, str]) -> str:
        style = attributes.get("style-name", "")
        level = attributes.get("outline-level", "1")
        if name == "h":
            tag = f"h{max(1, min(int(level) if level.isdecimal() else 1, 6))}"
        else:
            tag = self._styles.block(style)
        hidden = " hidden" if self._styles.is_hidden("paragraph", style) else ""
        marks = [] if tag[0] == "h" else self._styles.marks("paragraph", style)
        self._paragraphs += 1
        quote = tag == "blockquote"
        self._out.append(f"<blockquote><p{hidden}>" if quote else f"<{tag}{hidden}>")
        self._out += [f"<{mark}>" for mark in marks]
        ends = "".join(f"</{mark}>" for mark in reversed(marks))
        return f"\0p{ends}</p></blockquote>" if quote else f"\0p{ends}</{tag}>"

    def _span(self, style: str) -> str:
        if self._styles.is_hidden("text", style):
            self._out.append("<span hidden>")
            return "</span>"
        marks = self._styles.marks("text", style)
        self._out += [f"<{mark}>" for mark in marks]
        return "".join(f"</{mark}>" for mark in reversed(marks))

    def _list(self, style: str) -> str:
        # A list within another goes on with its style where it names none.
        style = style or (self._lists[-1] if self._lists else "")
        self._lists.append(style)
        said = self._styles.lists.get(style, {}).get(len(self._lists), {})
        if said.get("kind") or not said:
            self._out.append("<ul>")
            return "</ul>"
        kind = f' type="{escape(said["format"])}"' if said["format"] in ("a", "A", "i", "I") else ""
        start = f' start="{said["start"]}"' if said["start"].isdecimal() else ""
        self._out.append(f"<ol{kind}{start}>")
        return "</ol>"

    def _note(self) -> str:
        number = len(self._notes) + 1
        self._notes.append("")
        self._out.append(f"<sup>[{number}]</sup>")
        self._outputs.append((self._out, self._paragraphs))
        self._out, self._paragraphs = [], 0
        return f"\0note{number}"

    def _box(self) -> str:
        """A box of text within a paragraph stands behind that paragraph."""
        self._outputs.append((self._out, self._paragraphs))
        self._out, self._paragraphs = [], 0
        return "\0box"

    def _leave(self, what: str) -> None:
        if what.startswith("p<"):
            self._out.append(what[1:])
            self._paragraphs -= 1
            if not self._paragraphs and self._beside:
                for box in self._beside:
                    self._out += box
                self._beside = []
            return
        made = self._out
        self._out, self._paragraphs = self._outputs.pop()
        if what == "box":
            if self._paragraphs:
                self._beside.append(made)
            else:
                self._out += made
            return
        number = int(what.removeprefix("note"))
        note = "".join(made)
        first = note.find(">") + 1 if note.startswith("<p") else 0
        opening = note[:first] or "<p>"
        self._notes[number - 1] = f"{opening}<sup>[{number}]</sup> {note[first:]}"
