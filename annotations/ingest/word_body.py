"""The text of a Word file as HTML of known form, and what of the file is not in it, counted.

Everything that a reader of the page sees comes in: results of fields, equations, readings above
characters, text boxes, insertions. What is not text, or not seen, is counted by its name; elements
that nobody knows are looked through for text.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import escape
from xml.etree.ElementTree import Element

from annotations.ingest.attributes import NUMBER
from annotations.ingest.word_lists import Number, Numbering
from annotations.ingest.word_math import linear
from annotations.ingest.word_styles import Style, Styles
from annotations.ingest.word_xml import attribute, child, find_all, is_on, name_of, value

_GREEK = dict(
    zip(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖαβχδεφγηιϕκλμνοπθρστυϖωξψζ",
        strict=True,
    )
)
_SYMBOL = _GREEK | {
    "\xa3": "≤", "\xa5": "∞", "\xac": "←", "\xad": "↑", "\xae": "→", "\xaf": "↓", "\xb0": "°",
    "\xb1": "±", "\xb3": "≥", "\xb4": "×", "\xb7": "•", "\xb8": "÷", "\xb9": "≠", "\xba": "≡",
    "\xbb": "≈", "\xbc": "…", "\xce": "∈", "\xd2": "®", "\xd3": "©", "\xd4": "™", "\xd6": "√",
    "\xdb": "⇔", "\xdc": "⇐", "\xde": "⇒", "\xe5": "∑", "\xf2": "∫", "\x22": "∀", "\x24": "∃",
    "\xc6": "∅", "\xc7": "∩", "\xc8": "∪", "\xd1": "∇", "\xb6": "∂", "\xd0": "∠", "\xa2": "′",
}  # fmt: skip
_WINGDINGS = {
    "\xfc": "✓", "\xfb": "✗", "\xfe": "☑", "\xfd": "☒", "\xa8": "☐", "\x6f": "☐", "\xe0": "→",
    "\xdf": "←", "\xe1": "↑", "\xe2": "↓", "\xf0": "⇨", "\xef": "⇦", "\x4a": "☺", "\x4c": "☹",
    "\xa7": "▪", "\x6c": "●", "\x6e": "■", "\xd8": "➢", "\x28": "☎", "\x2a": "✉", "\x76": "❖",
}  # fmt: skip
_ADDRESS = re.compile(r'\s*HYPERLINK\s+(?:"([^"]*)"|([^\s"\\]+))', re.IGNORECASE)
_NO_RESULT = re.compile(r"\s*(?:XE|TC|TA|RD|ASK|SET|PRIVATE|ADVANCE)\b", re.IGNORECASE)
"""Fields that show nothing where they stand."""

_SILENT = re.compile(r"w:(?:\w+Pr|\w+RangeStart|\w+RangeEnd|bookmark\w+|proofErr|perm\w+|instrText|"
                     r"lastRenderedPageBreak|footnoteRef|endnoteRef|annotationRef|separator|"
                     r"continuationSeparator|delInstrText|tblGrid|fldData)")  # fmt: skip
"""Elements that hold nothing that is read."""

_WRITTEN = {"w:tab": " ", "w:ptab": " ", "w:noBreakHyphen": "\u2011", "w:softHyphen": "\u00ad"}
_BREAK = "\n"


@dataclass(slots=True)
class _Field:
    """A field that is open: what it asks for, whether its result has begun, and showed text."""

    instruction: str = ""
    has_begun: bool = False
    has_shown: bool = False
    data: Element | None = None
    waiting: list[tuple[str, frozenset[str], str]] = field(default_factory=list)

    @property
    def address(self) -> str:
        found = _ADDRESS.match(self.instruction) if self.has_begun else None
        return (found[1] or found[2] or "") if found else ""


@dataclass(slots=True)
class _Inline:
    """The text of a paragraph that is being read: stretches with their styles and address."""

    parts: list[tuple[str, frozenset[str], str]] = field(default_factory=list)
    boxes: list[Element] = field(default_factory=list)

    def add(self, text: str, looks: frozenset[str], address: str) -> None:
        if self.parts and self.parts[-1][1:] == (looks, address):
            self.parts[-1] = (self.parts[-1][0] + text, looks, address)
        elif text:
            self.parts.append((text, looks, address))

    def html(self) -> str:
        written = ""
        for text, looks, address in self.parts:
            inner = escape(text, quote=False).replace(_BREAK, "<br>")
            for kind in sorted(looks):
                inner = f"<{kind}>{inner}</{kind}>"
            written += f'<a href="{escape(address)}">{inner}</a>' if address else inner
        return written


@dataclass(slots=True)
class Body:
    """Reads the body and the notes of a file. ``html`` grows, in pieces that chunks part.

    ``links`` has the addresses that relations of the body lead to, ``note_links`` those of notes by
    their kind, and ``chunk`` gives what a relation brings in (``None`` for what cannot be read).
    ``left_out`` counts what is not in the text, ``hidden`` has the beginnings of hidden passages.
    """

    styles: Styles
    numbering: Numbering
    notes: dict[tuple[str, str], Element]
    links: dict[str, str] = field(default_factory=dict)
    note_links: dict[str, dict[str, str]] = field(default_factory=dict)
    chunk: Callable[[str], tuple[str, str] | None] = lambda _: None
    left_out: Counter[str] = field(default_factory=Counter)
    hidden: list[str] = field(default_factory=list)
    inserted: int = 0
    deleted: int = 0
    segments: list[tuple[str, str]] = field(default_factory=list)
    _out: list[str] = field(default_factory=list)
    _lists: list[str] = field(default_factory=list)
    _fields: list[_Field] = field(default_factory=list)
    _noted: list[tuple[str, str]] = field(default_factory=list)
    _carried: _Inline | None = None
    _marker: str = ""
    _unseen: list[str] = field(default_factory=list)
    _hides: bool = False

    def read(self, body: Element) -> list[tuple[str, str]]:
        """The segments of the text: HTML of this form (``own``), and chunks of other kinds."""
        self.blocks(body)
        self.close_lists()
        self.read_notes()
        self.cut_off()
        return self.segments

    def cut_off(self) -> None:
        if self._out:
            self.segments.append(("own", "".join(self._out)))
            self._out = []

    # ── blocks ────────────────────────────────────────────────────────────────────────────────────

    def blocks(self, parent: Element) -> None:
        """Everything in a body, a cell, a note or a text box."""
        self.each_block(parent)
        rest, self._carried = self._carried, None
        if rest is not None and (text := rest.html()):
            self.put("p", text, None)

    def each_block(self, parent: Element) -> None:
        for element in parent:
            name = name_of(element)
            if name == "w:p":
                self.paragraph(element)
            elif name == "w:tbl":
                self.close_lists()
                self.table(element)
            elif name == "w:altChunk":
                self.take_chunk(attribute(element, "id"))
            elif name in ("w:del", "w:moveFrom"):
                self.count_deleted(element)
            elif name == "mc:AlternateContent":
                self.each_block(_chosen(element))
            elif name == "w:subDoc":
                self.left_out["part in another file"] += 1
            elif name in ("m:oMathPara", "m:oMath"):
                self.put("p", escape(linear(element), quote=False), None)
            elif not _SILENT.fullmatch(name):
                self.each_block(element)

    def paragraph(self, element: Element) -> None:
        properties = child(element, "w:pPr")
        mark = child(properties, "w:rPr")
        uid = value(child(properties, "w:pStyle"))
        chain = self.styles.paragraph_chain(uid)
        is_hidden = self.styles.is_hidden(chain)
        inline, self._carried = self._carried or _Inline(), None
        self.runs(element, inline, "", is_hidden)
        self.end_hidden()
        for each in self._fields:
            if not each.has_begun:  # Its end is missing: what seems to be its code is text.
                each.has_begun = True
                for part in each.waiting:
                    inline.add(*part)
        if child(mark, "w:del") is not None or child(mark, "w:moveFrom") is not None:
            self._carried = inline  # Its end was deleted, so it goes on in the next.
            return
        text = inline.html()
        is_unseen = is_hidden or is_on(child(mark, "w:vanish"))
        number = None if is_unseen and not text else self.number(properties, chain)
        kind = self.styles.kind(chain)
        if text or number is None:
            self.put(kind, text, number)
        boxes, inline.boxes = inline.boxes, []
        for box in boxes:
            self.close_lists()
            self.blocks(box)

    def number(self, properties: Element | None, chain: list[Style]) -> Number | None:
        """The number of a paragraph, from its own properties or from its style's."""
        own = child(properties, "w:numPr")
        instance, level = value(child(own, "w:numId")), value(child(own, "w:ilvl"))
        by_style = ""
        if not instance:
            for style in chain:
                known = child(style.paragraph, "w:numPr")
                instance = value(child(known, "w:numId"))
                if instance:
                    by_style = style.uid
                    level = level or value(child(known, "w:ilvl"))
                    break
        if not instance or not self.numbering.has(instance):
            return None
        if not level.isdecimal():
            styles = [style.uid for style in chain] if by_style else []
            found = [self.numbering.level_of_style(instance, uid) for uid in styles]
            level = str(next((each for each in found if each), 0))
        return self.numbering.next(instance, int(level[:3]))

    def put(self, kind: str, inner: str, number: Number | None) -> None:
        inner, self._marker = self._marker + inner, ""
        said = f' {NUMBER}="{escape(number.text)}"' if number and number.text else ""
        if number is None or kind.startswith("h"):
            self.close_lists()
            self._out.append(f"<{kind}{said}>{inner}</{kind}>" if kind != "blockquote" else
                             f"<blockquote><p>{inner}</p></blockquote>")  # fmt: skip
            return
        needed = "ul" if number.is_bullet else "ol"
        while len(self._lists) > number.level + 1:
            self._out.append(f"</li></{self._lists.pop()}>")
        if len(self._lists) == number.level + 1:
            self._out.append("</li>")
            if self._lists[-1] != needed:
                self._out.append(f"</{self._lists.pop()}>")
        while len(self._lists) < number.level + 1:
            self._out.append(f"<{needed}>")
            self._lists.append(needed)
        self._out.append(f"<li{said}>{inner}")

    def close_lists(self) -> None:
        while self._lists:
            self._out.append(f"</li></{self._lists.pop()}>")

    def table(self, element: Element) -> None:
        self._out.append("<table>")
        for row in _parts(element, "w:tr"):
            properties = child(row, "w:trPr")
            if child(properties, "w:del") is not None:
                self.count_deleted(row)
                continue
            tag = "th" if is_on(child(properties, "w:tblHeader")) else "td"
            self._out.append("<tr>")
            for cell in _parts(row, "w:tc"):
                merged = child(child(cell, "w:tcPr"), "w:vMerge")
                if merged is not None and value(merged) != "restart":
                    self._out.append(f"<{tag}></{tag}>")
                    continue
                self.cell(cell, tag)
            self._out.append("</tr>")
        self._out.append("</table>")

    def cell(self, element: Element, tag: str) -> None:
        """A cell; the number of its only paragraph is its own, so that the table stays one."""
        before, self._out = self._out, []
        self.blocks(element)
        is_one_item = len(self._lists) == 1
        self.close_lists()
        inner = "".join(self._out)
        self._out = before
        item = re.fullmatch(r"<(ul|ol)><li([^<>]*)>(.*)</li></\1>", inner, re.DOTALL)
        if item is not None and is_one_item and "<li" not in item[3]:
            self._out.append(f"<{tag}{item[2]}>{item[3]}</{tag}>")
        else:
            self._out.append(f"<{tag}>{inner}</{tag}>")

    def take_chunk(self, relation: str) -> None:
        found = self.chunk(relation)
        if found is None:
            self.left_out["part in another format"] += 1
            return
        self.close_lists()
        self.cut_off()
        self.segments.append(found)

    def read_notes(self) -> None:
        """The notes, in the order of their markers; one may have further markers in it."""
        if self._noted:
            self._out.append("<hr>")
        place = 0
        while place < len(self._noted):
            key = self._noted[place]
            place += 1
            self._marker = f"<sup>[{place}]</sup> "
            self.links = self.note_links.get(key[0], {})
            self.blocks(self.notes[key])
            self.close_lists()

    # ── runs ──────────────────────────────────────────────────────────────────────────────────────

    def runs(self, parent: Element, inline: _Inline, link: str, is_hidden: bool) -> None:
        for element in parent:
            name = name_of(element)
            if name == "w:r":
                self.run(element, inline, link, is_hidden)
            elif name == "w:hyperlink":
                target = self.links.get(attribute(element, "id"), "")
                self.runs(element, inline, target or link, is_hidden)
            elif name in ("w:del", "w:moveFrom"):
                self.count_deleted(element)
            elif name in ("w:ins", "w:moveTo"):
                self.inserted += 1
                self.runs(element, inline, link, is_hidden)
            elif name in ("m:oMath", "m:oMathPara"):
                self.add(linear(element), inline, frozenset(), link, is_hidden)
            elif name == "w:fldSimple" and next(find_all(element, "w:t"), None) is None:
                self.left_out["field without a text"] += 1
            elif name == "mc:AlternateContent":
                self.runs(_chosen(element), inline, link, is_hidden)
            elif not _SILENT.fullmatch(name):
                self.runs(element, inline, link, is_hidden)

    def run(self, element: Element, inline: _Inline, link: str, is_hidden: bool) -> None:
        looks, hides = self.styles.looks(child(element, "w:rPr"))
        self.content(element, inline, looks, link, is_hidden if hides is None else hides)

    def content(
        self, parent: Element, inline: _Inline, looks: frozenset[str], link: str, is_hidden: bool
    ) -> None:
        """What a run holds."""
        for element in parent:
            name = name_of(element)
            text = ""
            if name == "w:t":
                text = element.text or ""
            elif name in _WRITTEN:
                text = _WRITTEN[name]
            elif name in ("w:br", "w:cr"):
                text = _BREAK
            elif name == "w:sym":
                text = self.symbol(element)
            elif name == "w:fldChar":
                self.field_mark(element, inline, looks, is_hidden)
            elif name == "w:instrText":
                if self._fields and not self._fields[-1].has_begun:
                    self._fields[-1].instruction += element.text or ""
            elif name == "w:ruby":
                self.ruby(element, inline, link, is_hidden)
            elif name in ("w:footnoteReference", "w:endnoteReference"):
                text = self.note_marker(name, attribute(element, "id"))
                looks_here = looks | {"sup"}
                self.add(text, inline, looks_here, link, is_hidden)
                continue
            elif name == "w:commentReference":
                self.left_out["comment"] += 1
            elif name in ("w:drawing", "w:pict", "w:object"):
                self.drawing(element, inline)
            elif name == "mc:AlternateContent":
                self.content(_chosen(element), inline, looks, link, is_hidden)
            elif name == "w:contentPart":
                self.left_out["drawing in ink"] += 1
            elif name == "w:delText":
                continue
            elif not _SILENT.fullmatch(name):
                self.content(element, inline, looks, link, is_hidden)
            if text:
                self.add(text, inline, looks, link, is_hidden)

    def add(
        self, text: str, inline: _Inline, looks: frozenset[str], link: str, is_hidden: bool
    ) -> None:
        """A stretch of text, if it is shown: neither hidden nor the code of a field."""
        within_code = next((each for each in self._fields if not each.has_begun), None)
        if within_code is not None:
            within_code.waiting.append((text, looks, link))
            return
        if is_hidden:
            self._unseen.append(text)
            return
        if text.strip():
            self.end_hidden()
        for each in self._fields:
            each.has_shown = True
            link = link or each.address
        inline.add(text, looks, link)

    def end_hidden(self) -> None:
        passage = " ".join("".join(self._unseen).split())
        self._unseen = []
        if passage:
            self.hidden.append(passage[:200])

    def symbol(self, element: Element) -> str:
        code = attribute(element, "char")
        if not re.fullmatch(r"[0-9A-Fa-f]{1,6}", code) or not 0 < int(code, 16) < 0xD800 + 0x2800:
            return ""
        number = int(code, 16)
        if not 0xF000 <= number <= 0xF0FF:
            return chr(number) if not 0xD800 <= number < 0xF900 else "\ufffd"
        font = attribute(element, "font").lower()
        table = _SYMBOL if font == "symbol" else _WINGDINGS if font == "wingdings" else {}
        plain = chr(number - 0xF000)
        found = table.get(plain) or (plain if font == "symbol" and plain.isascii() else "")
        if not found:
            self.left_out["symbol that has no character"] += 1
        return found or "\ufffd"

    def field_mark(
        self, element: Element, inline: _Inline, looks: frozenset[str], is_hidden: bool
    ) -> None:
        kind = attribute(element, "fldCharType")
        if kind == "begin":
            self._fields.append(_Field(data=child(element, "w:ffData")))
        elif kind == "separate" and self._fields:
            self._fields[-1].has_begun = True
        elif kind == "end" and self._fields:
            ended = self._fields.pop()
            shown = _of_form(ended.data) if ended.data is not None and not ended.has_shown else ""
            if shown:
                self.add(shown, inline, looks, "", is_hidden)
            elif not ended.has_begun and not _NO_RESULT.match(ended.instruction or "XE"):
                self.left_out["field without a text"] += 1

    def ruby(self, element: Element, inline: _Inline, link: str, is_hidden: bool) -> None:
        """A reading above characters stands in brackets behind them, as in HTML."""
        base, reading = child(element, "w:rubyBase"), child(element, "w:rt")
        if base is not None:
            self.runs(base, inline, link, is_hidden)
        if reading is not None and any(each.text for each in find_all(reading, "w:t")):
            self.add("(", inline, frozenset(), link, is_hidden)
            self.runs(reading, inline, link, is_hidden)
            self.add(")", inline, frozenset(), link, is_hidden)

    def note_marker(self, name: str, uid: str) -> str:
        key = (name.removesuffix("Reference"), uid)
        if key not in self.notes:
            return ""
        if key not in self._noted:
            self._noted.append(key)
        return f"[{self._noted.index(key) + 1}]"

    def drawing(self, element: Element, inline: _Inline) -> None:
        """Text boxes come behind the paragraph; the rest of a drawing is counted."""
        boxes = list(_outermost(element, "w:txbxContent"))
        inline.boxes += boxes
        within = {id(each) for box in boxes for each in box.iter()}
        names = Counter(name_of(each) for each in element.iter() if id(each) not in within)
        pictures = names["pic:pic"] + names["v:imagedata"]
        if name_of(element) == "w:object" or names["o:OLEObject"]:
            self.left_out["embedded object"] += 1
        elif names["c:chart"]:
            self.left_out["chart"] += names["c:chart"]
        elif names["dgm:relIds"]:
            self.left_out["diagram"] += names["dgm:relIds"]
        elif pictures or names["a:blip"]:
            self.left_out["picture"] += max(pictures, 1)
        for each in element.iter():
            text = attribute(each, "string") if name_of(each) == "v:textpath" else ""
            if text and id(each) not in within:
                inline.add(text, frozenset(), "")

    def count_deleted(self, element: Element) -> None:
        if any(each.text for each in find_all(element, "w:delText", "w:t")):
            self.deleted += 1


def _chosen(element: Element) -> Element:
    """What of alternatives is read: the first, unless only a later one holds text."""
    found = [each for each in element if name_of(each) in ("mc:Choice", "mc:Fallback")]
    with_text = (each for each in found if next(find_all(each, "w:t", "m:t"), None) is not None)
    return next(with_text, found[0] if found else element)


def _outermost(element: Element, name: str) -> Iterator[Element]:
    """Elements of a name that lie in no other of that name; of alternatives only one is read."""
    for each in element:
        if name_of(each) == name:
            yield each
        else:
            yield from _outermost(
                _chosen(each) if name_of(each) == "mc:AlternateContent" else each, name
            )


def _parts(element: Element, name: str) -> Iterator[Element]:
    """Rows or cells, also within controls and the like."""
    for each in element:
        if name_of(each) == name:
            yield each
        elif name_of(each) not in ("w:tr", "w:tc", "w:p", "w:tbl"):
            yield from _parts(each, name)


def _of_form(data: Element) -> str:
    """What a field of a form shows that has no text: a ticked box, a chosen entry."""
    box, choice = child(data, "w:checkBox"), child(data, "w:ddList")
    if box is not None:
        ticked = child(box, "w:checked")
        return "☒" if is_on(ticked if ticked is not None else child(box, "w:default")) else "☐"
    if choice is not None:
        entries = [value(each) for each in find_all(choice, "w:listEntry")]
        chosen = value(child(choice, "w:result")) or value(child(choice, "w:default")) or "0"
        place = int(chosen) if chosen.isdecimal() and len(chosen) < 9 else 0
        return entries[place] if place < len(entries) else ""
    return ""
