"""Rich text (.rtf): its control words become HTML, and ``html`` reads that.

A stack of groups, each with what it says of the look of its text; what goes elsewhere than into the
text (fonts, styles, notes, pictures, fields) is a destination of its own. ``read`` asks the process
apart. As in Word files a footnote is its marker, raised, and its text at the end.
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from html import escape
from itertools import groupby
from typing import Any

from annotations.errors import BadInput
from annotations.ingest import about, apart, html
from annotations.ingest.about import About
from annotations.ingest.left_out import notes_of

DEPTH = 1_000
"""Groups within groups; Word writes a dozen."""

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])"
    rb"|([{}])|([^\\{}\r\n]+)|[\r\n]+",
    re.DOTALL,
)
_CHARSETS = {
    0: "cp1252", 77: "mac_roman", 128: "cp932", 129: "cp949", 134: "gb18030", 136: "cp950",
    161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257",
    204: "cp1251", 222: "cp874", 238: "cp1250",
}  # fmt: skip
"""Encodings of fonts by ``\\fcharset``."""

_SIGNS = {
    "emdash": "—", "endash": "–", "bullet": "•", "lquote": "‘", "rquote": "’", "ldblquote": "“",
    "rdblquote": "”", "tab": "\t", "emspace": "\u2003", "enspace": "\u2002", "qmspace": "\u2005",
    "line": "\0br", "lbr": "\0br", "softline": "", "zwj": "\u200d", "zwnj": "\u200c",
    "ltrmark": "\u200e", "rtlmark": "\u200f",
}  # fmt: skip
_ESCAPED = {
    b"~": "\u00a0", b"_": "\u2011", b"-": "\u00ad", b"\\": "\\", b"{": "{", b"}": "}",
    b"\n": "\0par", b"\r": "\0par", b"\t": "\t",
}  # fmt: skip
_LOOKS = {"b": "strong", "i": "em", "ul": "u", "strike": "s", "striked": "s"}
_UNDERLINES = re.compile(r"ul(?:d|db|w|dash|dashd|dashdd|th|wave|hair|thd|ldash|hwave|uldbwave)$")
_SILENT = frozenset(
    {"colortbl", "listtable", "listoverridetable", "rsidtbl", "generator", "themedata", "xmlnstbl"}
    | {"colorschememapping", "datastore", "latentstyles", "header", "headerl", "headerr", "headerf"}
    | {"footer", "footerl", "footerr", "footerf", "filetbl", "revtbl", "nonshppict", "bkmkstart"}
    | {"bkmkend", "xe", "tc", "template", "private", "mmathPr", "wgrffmtfilter", "aftnsep"}
    | {"aftnsepc", "ftnsep", "ftnsepc", "ftncn", "aftncn", "pgptbl", "protusertbl", "userprops"}
    | {"atnid", "atnauthor", "atntime", "atnref", "atndate", "atnparent", "atrfstart", "atrfend"}
    | {"falt", "panose", "fontemb", "sp", "sn", "sv", "fldtype", "datafield", "formfield", "docvar"}
    | {"fchars", "lchars", "picprop", "blipuid", "operator", "company", "doccomm", "category"}
    | {"keywords", "subject", "manager", "comment", "hlinkbase", "buptim", "printim", "revtim"}
    | {"objclass", "objname", "objdata", "oldcprops", "oldpprops", "pnseclvl", "background"}
)
"""Destinations that say nothing for readers."""

_COUNTED = {"pict": "picture", "annotation": "comment", "object": "embedded object"}
_ABOUT = ("title", "author")
_LANGUAGES = {
    1025: "ar", 1028: "zh-TW", 1029: "cs", 1030: "da", 1031: "de", 1032: "el", 1033: "en-US",
    1034: "es", 1035: "fi", 1036: "fr", 1037: "he", 1038: "hu", 1040: "it", 1041: "ja", 1042: "ko",
    1043: "nl", 1044: "nb", 1045: "pl", 1046: "pt-BR", 1048: "ro", 1049: "ru", 1053: "sv",
    1055: "tr", 1058: "uk", 2052: "zh-CN", 2055: "de-CH", 2057: "en-GB", 2070: "pt-PT",
    3079: "de-AT", 3082: "es-ES",
}  # fmt: skip
"""Of the identifiers of languages in ``\\deflang``, those that are common."""


def read(data: bytes, called: str) -> tuple[html.Read, About]:
    """Text, layout and what the file says of itself. ``called`` is what errors call it.

    Raises ``BadInput`` for what is no RTF, or was made to hurt.
    """
    answer = apart.ask("rtf", data, called)
    found = html.read(answer["html"])
    found.notes = [*answer["notes"], *found.notes]
    return found, About(**answer["about"])


def parse(data: bytes) -> dict[str, Any]:
    """The HTML of a text, what it says of itself, and what was left out. Runs apart."""
    if not data.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{\\rtf"):
        raise BadInput("is no rich text (RTF); give its name the ending of what it is.")
    reader = _Reader()
    reader.run(data)
    said = reader.about
    properties = About(
        title=about.line(said.get("title", "")),
        author=about.people([said.get("author", "")]),
        date=about.day(said.get("creatim", "")),
        language=_LANGUAGES.get(reader.language, ""),
    )
    return {
        "html": reader.html(),
        "about": {f: getattr(properties, f) for f in About.__dataclass_fields__},
        "notes": notes_of(reader.left_out),
    }


@dataclass(frozen=True, slots=True)
class _Look:
    """What a group says of its text. ``goes`` is where it goes: empty for into the text."""

    goes: str = ""
    tags: frozenset[str] = frozenset()
    is_hidden: bool = False
    codec: str = ""
    skips: int = 1
    address: str = ""


@dataclass(slots=True)
class _Group:
    """A group that is open: the look outside of it, and what is to be done when it ends."""

    outer: _Look
    leave: Callable[[], None] | None = None


@dataclass(slots=True)
class _Paragraph:
    """How the paragraph that is being read is set. ``marker`` is what stands before an item."""

    style: int = 0
    level: int = 0
    is_item: bool = False
    depth: int = 0
    is_cell: bool = False
    marker: str = ""


@dataclass(slots=True)
class _Flow:
    """Text that is read as one, that of the document or of a note: finished blocks, the paragraph
    under way, the table under way and the lists that are open."""

    blocks: list[str] = field(default_factory=list)
    runs: list[tuple[tuple[str, ...], str]] = field(default_factory=list)
    paragraph: _Paragraph = field(default_factory=_Paragraph)
    rows: list[str] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)
    cell: list[str] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)


class _Reader:
    def __init__(self) -> None:
        self.left_out: Counter[str] = Counter()
        self.about: dict[str, str] = {}
        self.language = 0
        self._look = _Look()
        self._groups: list[_Group] = []
        self._codec = "cp1252"
        self._fonts: dict[int, str] = {}
        self._font = 0
        self._styles: dict[int, tuple[str, int]] = {}
        self._style, self._style_level = -1, 0
        self._held: list[str] = []
        self._day: dict[str, int] = {}
        self._bytes = bytearray()
        self._to_skip = 0
        self._high = ""
        self._address = ""
        self._is_optional = False
        self._flow = _Flow()
        self._notes: list[str] = []

    def html(self) -> str:
        """All of it, the notes behind the text."""
        notes = f"<hr>{''.join(self._notes)}" if self._notes else ""
        return self._finished(self._flow) + notes

    def run(self, data: bytes) -> None:
        place = 0
        while (found := _TOKEN.match(data, place)) is not None:
            place = found.end()
            word, number, code, sign, brace, plain = found.groups()
            if code is not None:
                self._add(bytes([int(code, 16)]))
            elif plain is not None:
                self._add(plain)
            elif brace == b"{":
                self._flush()
                if len(self._groups) >= DEPTH:
                    raise BadInput(f"nests more than {DEPTH} groups, as no article does.")
                is_style = self._look.goes == "stylesheet"
                self._groups.append(_Group(self._look, self._end_style if is_style else None))
            elif brace == b"}":
                self._flush()
                group = self._groups.pop() if self._groups else _Group(self._look)
                if group.leave is not None:
                    group.leave()
                self._look = group.outer
                if not self._groups:
                    break  # What follows the end of the text is none of it.
            elif sign == b"*":
                self._is_optional = True
            elif sign is not None:
                self._flush()
                self._say(_ESCAPED.get(sign, ""))
            elif word is not None:
                name = word.decode("ascii")
                self._flush(is_unicode=name == "u")
                if name == "bin":
                    place += max(0, int(number or 0))
                else:
                    self._word(name, None if number is None else int(number))
        self._flush()

    # ── text ──────────────────────────────────────────────────────────────────────────────────────

    def _add(self, data: bytes) -> None:
        """Bytes of text; those that stand in for a sign given by its number are passed over."""
        skipped = min(self._to_skip, len(data))
        self._to_skip -= skipped
        self._bytes += data[skipped:]

    def _flush(self, is_unicode: bool = False) -> None:
        """Say the bytes that have been read, in the encoding of their font."""
        self._to_skip = 0
        if self._bytes:
            text = bytes(self._bytes).decode(self._look.codec or self._codec, "replace")
            self._bytes.clear()
            self._say(text)
        if not is_unicode:
            self._high = ""

    def _say(self, text: str) -> None:
        look = self._look
        if look.goes:
            if look.goes != "silent":
                self._held.append("" if text.startswith("\0") else text)
            return
        if text == "\0par":
            self._end_paragraph()
            return
        made = "<br>" if text == "\0br" else escape(text.replace("\0", ""), quote=False)
        if made:
            tags = [*([f'a href="{escape(look.address)}"'] if look.address else [])]
            tags += ["span hidden"] if look.is_hidden else []
            self._flow.runs.append(((*tags, *sorted(look.tags)), made))

    def _unicode(self, number: int) -> None:
        """A sign by the number of its UTF-16 unit; what stands in for it follows."""
        unit = chr(number & 0xFFFF)
        if "\ud800" <= unit <= "\udbff":
            self._high = unit
        else:
            pair = (self._high + unit).encode("utf-16-le", "surrogatepass")
            self._high = ""
            self._say(pair.decode("utf-16-le", "replace"))
        self._to_skip = self._look.skips

    # ── control words ─────────────────────────────────────────────────────────────────────────────

    def _word(self, name: str, number: int | None) -> None:
        is_optional, self._is_optional = self._is_optional, False
        goes, value = self._look.goes, number or 0
        if name in _SIGNS:
            self._say(_SIGNS[name])
        elif name == "u":
            self._unicode(value)
        elif name == "uc":
            self._look = replace(self._look, skips=1 if number is None else max(0, number))
        elif name in ("ansicpg", "mac", "deflang"):
            self._word_of_head(name, value)
        elif goes == "silent":
            return
        elif name in _COUNTED:
            self.left_out[_COUNTED[name]] += 1
            self._look = replace(self._look, goes="silent")
        elif name in _SILENT:
            self._look = replace(self._look, goes="silent")
        elif name in _HELD or (name in _ABOUT and goes == "info"):
            self._hold(name)
        elif name == "footnote":
            self._begin_note()
        elif name == "fldrslt":
            address, self._address = self._address, ""
            self._look = replace(self._look, address=address or self._look.address)
        elif name == "info":
            self._look = replace(self._look, goes=name)
        elif name in _TRANSPARENT:
            pass
        elif goes == "fonttbl":
            self._word_of_font(name, value)
        elif goes == "stylesheet":
            self._style = value if name == "s" else self._style
            self._style_level = value + 1 if name == "outlinelevel" else self._style_level
        elif goes == "creatim":
            self._day[name] = value
        elif is_optional:
            self._look = replace(self._look, goes="silent")
        elif name == "deleted" and number != 0:
            self.left_out["deleted passage of tracked changes"] += 1
            self._look = replace(self._look, goes="silent")
        elif not goes:
            self._word_of_text(name, number)

    def _word_of_head(self, name: str, value: int) -> None:
        if name == "deflang":
            self.language = value
        else:
            self._codec = "mac_roman" if name == "mac" else _codec(value)

    def _word_of_font(self, name: str, value: int) -> None:
        if name == "f":
            self._font = value
        elif name == "fcharset":
            self._fonts[self._font] = _CHARSETS.get(value, "")
        elif name == "cpg":
            self._fonts[self._font] = _codec(value)

    def _word_of_text(self, name: str, number: int | None) -> None:
        look, paragraph, value = self._look, self._flow.paragraph, number or 0
        match name:
            case "par" | "sect" | "page" | "column":
                self._end_paragraph()
            case "pard":
                marker = paragraph.marker
                self._flow.paragraph = _Paragraph(marker=marker)
            case "plain":
                self._look = replace(look, tags=frozenset(), is_hidden=False, codec="")
            case "s":
                paragraph.style = value
            case "outlinelevel":
                paragraph.level = value + 1 if value < 9 else 0
            case "ls":
                paragraph.is_item = value > 0
            case "ilvl":
                paragraph.depth = max(0, min(value, 20))
            case "intbl":
                paragraph.is_cell = True
            case "cell" | "nestcell":
                self._end_cell()
            case "row" | "nestrow":
                self._end_row()
            case "f":
                self._look = replace(look, codec=self._fonts.get(value, ""))
            case "v":
                self._look = replace(look, is_hidden=number != 0)
            case _:
                self._look = replace(look, tags=_tags(look.tags, name, number != 0))

    # ── destinations ──────────────────────────────────────────────────────────────────────────────

    def _hold(self, name: str) -> None:
        """Text that goes elsewhere until its group ends."""
        self._look = replace(self._look, goes=name)
        self._held = []
        if self._groups:
            self._groups[-1].leave = lambda: self._held_all(name)

    def _held_all(self, name: str) -> None:
        held = "".join(self._held)
        self._held = []
        if name in _ABOUT:
            self.about.setdefault(name, held)
        elif name == "creatim" and self._day.get("yr"):
            day = self._day
            self.about[name] = f"{day['yr']:04}-{day.get('mo', 1):02}-{day.get('dy', 1):02}"
        elif name in ("listtext", "pntext"):
            self._flow.paragraph.marker = held.strip() or "•"
        elif name == "fldinst" and (found := _LINK.match(held)) is not None:
            self._address = found[1]  # of the result, which is the next group

    def _end_style(self) -> None:
        if self._style >= 0:
            name = "".join(self._held).strip().rstrip(";").strip().lower()
            self._styles[self._style] = (name, self._style_level)
        self._held = []
        self._style, self._style_level = -1, 0

    def _begin_note(self) -> None:
        if self._look.goes or not self._groups:
            self._look = replace(self._look, goes="silent")
            return
        number = len(self._notes) + 1
        self._notes.append("")
        outside = self._flow
        outside.runs.append((("sup",), f"[{number}]"))
        self._flow = _Flow()
        self._look = _Look(codec=self._look.codec, skips=self._look.skips)

        def leave() -> None:
            note = self._finished(self._flow)
            self._flow = outside
            opening, rest = ("<p>", note[3:]) if note.startswith("<p>") else ("<p>", f"</p>{note}")
            self._notes[number - 1] = f"{opening}<sup>[{number}]</sup> {rest}"

        self._groups[-1].leave = leave

    # ── paragraphs, lists, tables ─────────────────────────────────────────────────────────────────

    def _end_paragraph(self) -> None:
        flow, paragraph = self._flow, self._flow.paragraph
        content = _joined(flow.runs)
        flow.runs = []
        marker, paragraph.marker = paragraph.marker, ""
        if not content.strip():
            return
        if paragraph.is_cell:
            flow.cell.append(f"<p>{content}</p>")
            return
        self._end_table(flow)
        tag = self._tag(paragraph)
        if (marker or paragraph.is_item) and tag == "p":
            kind = "ol" if re.match(r"[(\[]?[\da-zA-Z]{1,6}[.)\]]", marker) else "ul"
            depth = paragraph.depth + 1
            while len(flow.lists) > depth or (len(flow.lists) == depth and flow.lists[-1] != kind):
                flow.blocks.append(f"</{flow.lists.pop()}>")
            start = re.sub(r"\D", "", marker)
            while len(flow.lists) < depth:
                is_last = len(flow.lists) == depth - 1
                began = f' start="{start}"' if kind == "ol" and start and is_last else ""
                flow.blocks.append(f"<{kind}{began}>")
                flow.lists.append(kind)
            value = f' value="{start}"' if kind == "ol" and start else ""
            flow.blocks.append(f"<li{value}>{content}</li>")
            return
        _end_lists(flow)
        if tag == "blockquote":
            content, tag = f"<p>{content}</p>", "blockquote"
        flow.blocks.append(f"<{tag}>{content}</{tag}>")

    def _tag(self, paragraph: _Paragraph) -> str:
        name, level = self._styles.get(paragraph.style, ("", 0))
        level = paragraph.level or level
        number = name.removeprefix("heading ")
        if number != name and number.isdecimal():
            level = int(number)
        if level:
            return f"h{min(level, 6)}"
        return _BLOCKS.get(name, "p")

    def _end_cell(self) -> None:
        flow = self._flow
        flow.paragraph.is_cell = True
        self._end_paragraph()
        inner = flow.cell[0][3:-4] if len(flow.cell) == 1 else "".join(flow.cell)
        flow.cells.append(f"<td>{inner}</td>")
        flow.cell = []

    def _end_row(self) -> None:
        flow = self._flow
        if flow.cells:
            flow.rows.append(f"<tr>{''.join(flow.cells)}</tr>")
        flow.cells = []

    def _end_table(self, flow: _Flow) -> None:
        loose = "".join(flow.cell)
        if flow.cells or flow.cell:
            flow.rows.append(
                f"<tr>{''.join(flow.cells)}{f'<td>{loose}</td>' if loose else ''}</tr>"
            )
        if flow.rows:
            _end_lists(flow)
            flow.blocks.append(f"<table>{''.join(flow.rows)}</table>")
        flow.cell, flow.cells, flow.rows = [], [], []

    def _finished(self, flow: _Flow) -> str:
        """A flow with all that is open in it ended."""
        self._end_paragraph()
        self._end_table(flow)
        _end_lists(flow)
        return "".join(flow.blocks)


_TRANSPARENT = frozenset({"shppict", "shptxt", "shpinst", "shp", "field", "result", "ud"})
"""Destinations whose text is the document's."""

_HELD = frozenset({"fonttbl", "stylesheet", "fldinst", "listtext", "pntext", "creatim"})
_LINK = re.compile(r'\s*HYPERLINK\s+(?:\\[a-km-z]\s+)*"([^"]*)"')
_BLOCKS = {
    "title": "h1", "quote": "blockquote", "intense quote": "blockquote", "block text": "blockquote",
    "caption": "figcaption", "html preformatted": "pre",
}  # fmt: skip
"""What paragraphs become, by the name of their style."""


def _tags(tags: frozenset[str], name: str, is_on: bool) -> frozenset[str]:
    """The tags of a look once a control word has been said."""
    if name in ("super", "sub"):
        added = {"sup" if name == "super" else "sub"} if is_on else set[str]()
        return tags - {"sup", "sub"} | added
    if name in ("nosupersub", "ulnone"):
        return tags - ({"sup", "sub"} if name == "nosupersub" else {"u"})
    tag = _LOOKS.get(name) or ("u" if _UNDERLINES.match(name) else "")
    if not tag:
        return tags
    return tags | {tag} if is_on else tags - {tag}


def _joined(runs: list[tuple[tuple[str, ...], str]]) -> str:
    """Runs of text with the tags around each, those that are alike as one."""
    made = []
    for tags, group in groupby(runs, key=lambda run: run[0]):
        text = "".join(part for _, part in group)
        ends = "".join(f"</{tag.split(' ')[0]}>" for tag in reversed(tags))
        made.append(f"{''.join(f'<{tag}>' for tag in tags)}{text}{ends}")
    return "".join(made)


def _end_lists(flow: _Flow) -> None:
    while flow.lists:
        flow.blocks.append(f"</{flow.lists.pop()}>")


def _codec(page: int) -> str:
    """Python's name of a code page; that of Western Europe where there is none."""
    name = {65001: "utf-8", 10000: "mac_roman", 936: "gb18030"}.get(page, f"cp{page}")
    try:
        "".encode(name)
    except LookupError:
        return "cp1252"
    return name
