"""Word files, books and PDFs, made by the tests that read them."""

import io
import unicodedata
import zipfile
from collections.abc import Callable
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas


def zipped(files: dict[str, str | bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


# ── DOCX ──────────────────────────────────────────────────────────────────────────────────────────

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
_TYPES = """<?xml version="1.0"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/word/document.xml" ContentType=
 "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"""
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = f"""<?xml version="1.0"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="word/document.xml"/>
</Relationships>"""
OWN_RELATIONS = f"""<?xml version="1.0"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1" Type="{OFFICE}/styles" Target="styles.xml"/>
<Relationship Id="rId2" Type="{OFFICE}/footnotes" Target="footnotes.xml"/>
<Relationship Id="rId3" Type="{OFFICE}/numbering" Target="numbering.xml"/>
<Relationship Id="rId4" Type="{OFFICE}/hyperlink" Target="https://example.org/a"
 TargetMode="External"/></Relationships>"""
_STYLES = "".join(
    f'<w:style w:type="paragraph" w:styleId="{id}"><w:name w:val="{name}"/></w:style>'
    for id, name in (("Heading1", "heading 1"), ("Heading2", "heading 2"), ("Quote", "Quote"))
)
_NUMBERING = """<w:abstractNum w:abstractNumId="0">
<w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/></w:lvl>
<w:lvl w:ilvl="1"><w:numFmt w:val="decimal"/></w:lvl></w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>"""


def run(text: str, style: str = "") -> str:
    marks = f"<w:rPr><w:{style}/></w:rPr>" if style else ""
    return f'<w:r>{marks}<w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(content: str, style: str = "", level: int | None = None) -> str:
    content = content if content.startswith("<") else run(content)
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    if level is not None:
        named += f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="1"/></w:numPr>'
    return f"<w:p><w:pPr>{named}</w:pPr>{content}</w:p>"


def note_mark(id: int) -> str:
    return f'<w:r><w:footnoteReference w:id="{id}"/></w:r>'


def link(text: str) -> str:
    return f'<w:hyperlink r:id="rId4">{run(text)}</w:hyperlink>'


def table(*rows: tuple[str, ...]) -> str:
    made = "".join(
        f"<w:tr>{''.join(f'<w:tc>{paragraph(cell)}</w:tc>' for cell in row)}</w:tr>" for row in rows
    )
    return f"<w:tbl>{made}</w:tbl>"


def docx(body: str, notes: dict[int, str] | None = None, **more: str | bytes) -> bytes:
    """A Word file with this body. ``more`` are further parts by name."""
    listed = "".join(
        f'<w:footnote w:id="{id}">{paragraph(text)}</w:footnote>'
        for id, text in (notes or {}).items()
    )
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _RELATIONS,
        "word/_rels/document.xml.rels": OWN_RELATIONS,
        "word/document.xml": f"<w:document {_W} {_R}><w:body>{body}</w:body></w:document>",
        "word/styles.xml": f"<w:styles {_W}>{_STYLES}</w:styles>",
        "word/footnotes.xml": f"<w:footnotes {_W}>{listed}</w:footnotes>",
        "word/numbering.xml": f"<w:numbering {_W}>{_NUMBERING}</w:numbering>",
    }
    return zipped(parts | more)


CORE = """<cp:coreProperties xmlns:cp="c" xmlns:dc="d" xmlns:dcterms="t">
<dc:title>The strike</dc:title><dc:creator>Ana Pérez;Ben Okri</dc:creator>
<dcterms:created>2024-02-03T10:00:00Z</dcterms:created>
<dc:language>en-GB</dc:language></cp:coreProperties>"""


# ── EPUB ──────────────────────────────────────────────────────────────────────────────────────────


def epub(chapters: dict[str, str], spine: list[str] | None = None, **more: str | bytes) -> bytes:
    """A book whose chapters (by file name) come in the order of ``spine``, else as they are."""
    items = "".join(
        f'<item id="i{n}" href="text/{name.replace(" ", "%20")}" '
        f'media-type="application/xhtml+xml" properties="{name.removesuffix(".xhtml")}"/>'
        for n, name in enumerate(chapters)
    )
    order = [list(chapters).index(name) for name in spine or chapters]
    package = f"""<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Das  Buch</dc:title>
<dc:creator>Ana Pérez</dc:creator><dc:creator>Ben Okri</dc:creator><dc:language>de</dc:language>
<dc:date>2020-05-06T00:00:00Z</dc:date><dc:source>https://example.org/buch</dc:source></metadata>
<manifest>{items}</manifest>
<spine>{"".join(f'<itemref idref="i{n}"/>' for n in order)}</spine></package>"""
    parts: dict[str, str | bytes] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container><rootfiles><rootfile full-path="OEBPS/book.opf"/>'
        "</rootfiles></container>",
        "OEBPS/book.opf": package,
        **{f"OEBPS/text/{name}": page for name, page in chapters.items()},
    }
    return zipped(parts | more)


# ── PDF ───────────────────────────────────────────────────────────────────────────────────────────

WIDTH, HEIGHT = A4


def pdf(*pages: Callable[[Canvas], object], **options: Any) -> bytes:
    """A PDF whose pages these functions draw."""
    made = io.BytesIO()
    canvas = Canvas(made, pagesize=A4, invariant=1, **options)
    for draw in pages:
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return made.getvalue()


def lines(
    canvas: Canvas, x: float, y: float, *rows: str, size: float = 10, font: str = "Times-Roman"
) -> None:
    """Lines below each other, with a leading of 1.2."""
    canvas.setFont(font, size)
    for number, row in enumerate(rows):
        canvas.drawString(x, y - 1.2 * size * number, row)


def pdf_of_letters(*rows: tuple[float, float, str], size: float = 10, turn: int = 0) -> bytes:
    """A PDF of one page with rows of letters, each of half the size wide, from x on, at y.

    Each row is what is seen, from left to right; letters may be of any script, and those that are
    marks stand on the letter before them. ``turn`` is by how much the page is turned, in degrees.
    """
    codes = {letter: code for code, letter in enumerate(sorted({*"".join(r[2] for r in rows)}), 33)}
    assert len(codes) < 200
    named = "\n".join(
        f"<{code:02x}> <{letter.encode('utf-16-be').hex()}>" for letter, code in codes.items()
    )
    cmap = (
        f"begincmap 1 begincodespacerange <01> <ff> endcodespacerange\n{len(codes)} beginbfchar\n"
    )
    content = []
    for x, y, seen in rows:
        for letter in seen:
            on = unicodedata.combining(letter)
            place = x - 0.4 * size if on else x
            content.append(f"BT /F {size} Tf {place} {y} Td <{codes[letter]:02x}> Tj ET")
            x += 0 if on else size / 2
    widths = " ".join("100" if unicodedata.combining(letter) else "500" for letter in codes)
    parts = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Rotate {turn}/Contents 4 0 R"
        "/Resources<</Font<</F 5 0 R>>>>>>",
        _stream("\n".join(content)),
        f"<</Type/Font/Subtype/TrueType/BaseFont/Helvetica/FirstChar 33/LastChar {32 + len(codes)}"
        f"/Widths[{widths}]/ToUnicode 6 0 R>>",
        _stream(f"{cmap}{named}\nendbfchar endcmap"),
    ]
    made, places = "%PDF-1.7\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(made))
        made += f"{number} 0 obj\n{part}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    made += f"xref\n0 7\n0000000000 65535 f \n{table}trailer\n<</Size 7/Root 1 0 R>>\n"
    return f"{made}startxref\n{made.index('xref')}\n%%EOF\n".encode("ascii")


def _stream(content: str) -> str:
    return f"<</Length {len(content)}>>\nstream\n{content}\nendstream"
