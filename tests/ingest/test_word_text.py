"""What stands in a Word file stands in the text, or is counted where it cannot."""

import pytest

from annotations.document import Block
from annotations.ingest import Ingested, ingest
from tests.ingest import files
from tests.ingest.files import docx, note_mark, paragraph, run, table

_M = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
_MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
_V = 'xmlns:v="urn:schemas-microsoft-com:vml"'
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def word(body: str, **parts: str) -> Ingested:
    return ingest(docx(body, **parts), name="a.docx")


def mark(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def code(text: str) -> str:
    return f"<w:r><w:instrText>{text}</w:instrText></w:r>"


def math(content: str) -> str:
    return f"<m:oMath {_M}>{content}</m:oMath>"


def letter(text: str) -> str:
    return f"<m:r><m:t>{text}</m:t></m:r>"


BOX = f"<w:txbxContent>{paragraph('In a box.')}</w:txbxContent>"
COMES_IN = {
    "the result of a field": (
        run("See ") + mark("begin") + code(" REF x ") + mark("separate") + run("page 3")
        + mark("end") + run("."),
        "See page 3.",
    ),
    "a field in the code of a field": (
        mark("begin") + code(" IF ") + mark("begin") + code(" X ") + mark("separate")
        + run("inner") + mark("end") + code(" = 1 ") + mark("separate") + run("yes") + mark("end"),
        "yes",
    ),
    "a simple field": (f'<w:fldSimple w:instr="PAGE">{run("7")}</w:fldSimple>', "7"),
    "a field that never ends": (mark("begin") + run("All of this."), "All of this."),
    "an equation": (
        math(f"{letter('E=m')}<m:sSup><m:e>{letter('c')}</m:e><m:sup>{letter('2')}</m:sup></m:sSup>"),
        "E=mc^2",
    ),
    "a fraction": (
        math(f"<m:f><m:num>{letter('a+b')}</m:num><m:den>{letter('2')}</m:den></m:f>"),
        "(a+b)/2",
    ),
    "a reading above a character": (
        f"<w:r><w:ruby><w:rubyPr/><w:rt>{run('かん')}</w:rt><w:rubyBase>{run('漢')}</w:rubyBase>"
        f"</w:ruby></w:r>{run('字')}",
        "漢(かん)字",
    ),
    "a run from right to left": (
        f'<w:bdo w:val="rtl">{run("אב")}</w:bdo><w:dir>{run("c")}</w:dir>', "אבc",
    ),
    "breaks and hyphens": (
        "<w:r><w:t>a</w:t><w:br/><w:t>b</w:t><w:cr/><w:t>c</w:t><w:tab/><w:t>d</w:t>"
        "<w:noBreakHyphen/><w:t>e</w:t><w:softHyphen/><w:t>f</w:t></w:r>",
        "a\nb\nc d\u2011e\u00adf",
    ),
    "words on both sides of a page border": (
        '<w:r><w:t>one</w:t><w:br w:type="page"/><w:t>two</w:t></w:r>', "one\ntwo",
    ),
    "symbols": (
        '<w:r><w:sym w:font="Wingdings" w:char="F0FC"/><w:sym w:font="Symbol" w:char="F061"/>'
        '<w:sym w:font="Arial" w:char="2192"/></w:r>',
        "✓α→",
    ),
    "a text box": (
        f"<w:r><w:drawing>{BOX}</w:drawing></w:r>{run('Beside.')}", "Beside.\n\nIn a box.",
    ),
    "a text box for old and new programs, once": (
        f"<w:r><mc:AlternateContent {_MC}><mc:Choice><w:drawing>{BOX}</w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict>{BOX}</w:pict></mc:Fallback></mc:AlternateContent></w:r>{run('a')}",
        "a\n\nIn a box.",
    ),
    "a text for old programs alone": (
        f"<mc:AlternateContent {_MC}><mc:Choice/><mc:Fallback>{run('old')}</mc:Fallback>"
        "</mc:AlternateContent>",
        "old",
    ),
    "letters as a drawing": (
        f'<w:r><w:pict><v:shape {_V}><v:textpath string="DRAFT"/></v:shape></w:pict></w:r>',
        "DRAFT",
    ),
    "a control": (f"<w:sdt><w:sdtPr/><w:sdtContent>{run('one')}</w:sdtContent></w:sdt>", "one"),
    "an element that nobody knows": (f"<w:someday>{run('text')}</w:someday>", "text"),
    "a ticked box of a form": (
        '<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:checkBox><w:checked/></w:checkBox>'
        "</w:ffData></w:fldChar></w:r>" + code(" FORMCHECKBOX ") + mark("end") + run(" yes"),
        "☒ yes",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("content", "text"), COMES_IN.values(), ids=COMES_IN)
def test_what_a_reader_of_the_file_sees_comes_in(content: str, text: str) -> None:
    found = word(f"<w:p>{content}</w:p>")
    assert (found.document.text, found.notes) == (text, ())


IS_COUNTED = {
    "a comment": ('<w:r><w:commentReference w:id="0"/></w:r>', "Left out: 1 × comment."),
    "a field that shows nothing": (
        mark("begin") + code(" EQ \\f(1;2) ") + mark("end"), "Left out: 1 × field without a text.",
    ),
    "a chart": (
        '<w:r><w:drawing><c:chart xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"/>'
        "</w:drawing></w:r>",
        "Left out: 1 × chart.",
    ),
    "an embedded object": (
        f"<w:r><w:object><v:imagedata {_V}/></w:object></w:r>", "Left out: 1 × embedded object.",
    ),
    "a symbol without a character": (
        '<w:r><w:sym w:font="Webdings" w:char="F021"/></w:r>',
        "Left out: 1 × symbol that has no character.",
    ),
    "deleted text": (
        "<w:del><w:r><w:delText>gone</w:delText></w:r></w:del>"
        f"<w:ins>{run('')}</w:ins>",
        "Tracked changes: 1 insertions are in the text, 1 deletions are not.",
    ),
    "moved text": (
        f"<w:moveFrom>{run('gone')}</w:moveFrom>",
        "Tracked changes: 0 insertions are in the text, 1 deletions are not.",
    ),
    "hidden text": (
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>not for you</w:t></w:r>",
        "Left out because the source hides it: 1 × passage (“not for you”).",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("content", "note"), IS_COUNTED.values(), ids=IS_COUNTED)
def test_what_is_not_in_the_text_is_counted(content: str, note: str) -> None:
    found = word(f"<w:p>{run('Seen')}{content}{run('.')}</w:p>")
    assert (found.document.text.replace("\ufffd", ""), found.notes) == ("Seen.", (note,))


def test_an_index_entry_shows_nothing_and_is_no_loss() -> None:
    found = word(f"<w:p>{run('a')}{mark('begin')}{code(' XE x ')}{mark('end')}</w:p>")
    assert (found.document.text, found.notes) == ("a", ())


def test_comments_are_counted_where_they_are_kept_too() -> None:
    relations = files.OWN_RELATIONS.replace(
        "</Relationships>",
        f'<Relationship Id="rId9" Type="{files.OFFICE}/comments" Target="comments.xml"/>'
        "</Relationships>",
    )
    comments = "".join(f'<w:comment w:id="{n}">{paragraph("x")}</w:comment>' for n in range(3))
    parts = {
        "word/_rels/document.xml.rels": relations,
        "word/comments.xml": f"<w:comments {_W}>{comments}</w:comments>",
    }
    assert word(paragraph("a"), **parts).notes == ("Left out: 3 × comment.",)


def test_what_styles_hide_is_hidden_and_what_a_run_shows_is_shown() -> None:
    styles = (
        f"<w:styles {_W}>"
        '<w:style w:type="character" w:styleId="H"><w:rPr><w:vanish/></w:rPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="P"><w:rPr><w:vanish/></w:rPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="Q"><w:basedOn w:val="P"/></w:style></w:styles>'
    )
    found = word(
        f'<w:p>{run("a")}<w:r><w:rPr><w:rStyle w:val="H"/></w:rPr><w:t>b</w:t></w:r></w:p>'
        + paragraph("c", "Q")
        + paragraph('<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>d</w:t></w:r>', "P"),
        **{"word/styles.xml": styles},
    )
    assert found.document.text == "a\n\nd"
    assert found.notes == ("Left out because the source hides it: 2 × passage (“b”, “c”).",)


def test_a_paragraph_whose_end_was_deleted_goes_on_in_the_next() -> None:
    ended = "<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr>"
    found = word(
        f"{ended}{run('One ')}</w:p>{paragraph('goes on.', 'Heading1')}{ended}{run('Last')}</w:p>"
    )
    assert found.document.text == "One goes on.\n\nLast"
    assert [block.kind for block in found.document.layout.blocks] == ["h1", "p"]


def test_inserted_text_and_rows_are_in_and_deleted_rows_are_out() -> None:
    gone = f"<w:tr><w:trPr><w:del/></w:trPr><w:tc>{paragraph('gone')}</w:tc></w:tr>"
    found = word(table(("a", "b")).replace("</w:tbl>", f"{gone}</w:tbl>"))
    assert found.document.text == "a\tb"
    assert found.notes == ("Tracked changes: 0 insertions are in the text, 1 deletions are not.",)


def test_parts_in_other_formats_come_in_or_are_counted() -> None:
    relations = files.OWN_RELATIONS.replace(
        "</Relationships>",
        "".join(
            f'<Relationship Id="c{n}" Type="{files.OFFICE}/aFChunk" Target="{name}"/>'
            for n, name in enumerate(("a.html", "b.txt", "c.rtf"))
        )
        + "</Relationships>",
    )
    chunks = "".join(f'<w:altChunk r:id="c{n}"/>' for n in range(4))
    found = word(
        paragraph("Before.") + chunks + paragraph("After."),
        **{
            "word/_rels/document.xml.rels": relations,
            "word/a.html": "<p>From <b>HTML</b><script>x</script>",
            "word/b.txt": "From text.",
            "word/c.rtf": "{\\rtf1 x}",
        },
    )
    assert found.document.text == "Before.\n\nFrom HTML\n\nFrom text.\n\nAfter."
    assert found.notes == (
        "Left out: 2 × part in another format.",
        "Left out with their contents: 1 × script.",
    )


def test_headers_and_footers_are_counted_unless_they_only_number_pages() -> None:
    relations = files.OWN_RELATIONS.replace(
        "</Relationships>",
        f'<Relationship Id="h" Type="{files.OFFICE}/header" Target="h.xml"/>'
        f'<Relationship Id="f" Type="{files.OFFICE}/footer" Target="f.xml"/></Relationships>',
    )
    parts = {
        "word/_rels/document.xml.rels": relations,
        "word/h.xml": f"<w:hdr {_W}>{paragraph('Draft')}</w:hdr>",
        "word/f.xml": f"<w:ftr {_W}>{paragraph(' 12 ')}</w:ftr>",
    }
    assert word(paragraph("a"), **parts).notes == ("Left out: 1 × header or footer.",)


def test_a_note_keeps_its_link_and_a_note_without_text_its_marker() -> None:
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId4" Type="{files.OFFICE}/hyperlink" Target="https://example.org/note"'
        ' TargetMode="External"/></Relationships>'
    )
    note = f'<w:footnote w:id="1"><w:p>{files.link("there")}</w:p></w:footnote>'
    found = word(
        paragraph(run("See") + note_mark(1)),
        **{
            "word/footnotes.xml": f"<w:footnotes {_W} xmlns:r="
            f'"http://schemas.openxmlformats.org/officeDocument/2006/relationships">{note}</w:footnotes>',
            "word/_rels/footnotes.xml.rels": relations,
        },
    ).document
    assert found.text == "See[1]\n\n[1] there"
    assert [i.href for i in found.layout.inlines if i.kind == "a"] == ["https://example.org/note"]


# ── numbers ───────────────────────────────────────────────────────────────────────────────────────


def level(number: int, text: str, kind: str = "decimal", start: int = 1, more: str = "") -> str:
    return (
        f'<w:lvl w:ilvl="{number}"><w:start w:val="{start}"/>{more}'
        f'<w:numFmt w:val="{kind}"/><w:lvlText w:val="{text}"/></w:lvl>'
    )


def numbering(*lists: str, instances: str = "") -> dict[str, str]:
    """Lists 1, 2, … of these levels, and further instances."""
    made = "".join(
        f'<w:abstractNum w:abstractNumId="{n}">{levels}</w:abstractNum>'
        for n, levels in enumerate(lists, 1)
    )
    made += "".join(
        f'<w:num w:numId="{n}"><w:abstractNumId w:val="{n}"/></w:num>'
        for n in range(1, len(lists) + 1)
    )
    return {"word/numbering.xml": f"<w:numbering {_W}>{made}{instances}</w:numbering>"}


def item(text: str, instance: int = 1, depth: int = 0, style: str = "") -> str:
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    return (
        f'<w:p><w:pPr>{named}<w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="{instance}"/>'
        f"</w:numPr></w:pPr>{run(text)}</w:p>"
    )


def shown(found: Ingested) -> list[tuple[str, str, str]]:
    document = found.document
    return [(b.kind, b.number, b.span.of(document.text)) for b in document.layout.blocks]


def test_levels_count_within_each_other_and_go_on_behind_a_paragraph() -> None:
    lists = level(0, "%1.") + level(1, "%1.%2") + level(2, "(%3)", "lowerLetter")
    found = word(
        item("a") + item("b", depth=1) + item("c", depth=2) + item("d", depth=2)
        + paragraph("Between.") + item("e", depth=1) + item("f", depth=2) + item("g")
        + item("h", depth=1),
        **numbering(lists),
    )  # fmt: skip
    assert shown(found) == [
        ("li", "1.", "a"), ("li", "1.1", "b"), ("li", "(a)", "c"), ("li", "(b)", "d"),
        ("p", "", "Between."), ("li", "1.2", "e"), ("li", "(a)", "f"), ("li", "2.", "g"),
        ("li", "2.1", "h"),
    ]  # fmt: skip
    assert [b.level for b in found.document.layout.blocks] == [0, 1, 2, 2, 0, 1, 2, 0, 1]


def test_headings_and_words_are_numbered_as_the_level_says() -> None:
    lists = level(0, "Article %1", start=5) + level(1, "§ %1-%2", "upperRoman", more="<w:isLgl/>")
    found = word(
        item("Scope", style="Heading1") + item("x", depth=1) + item("Terms", style="Heading1"),
        **numbering(lists),
    )
    assert shown(found) == [
        ("h1", "Article 5", "Scope"), ("li", "§ 5-1", "x"), ("h1", "Article 6", "Terms"),
    ]  # fmt: skip


def test_a_list_begins_anew_where_an_instance_says_so_and_else_goes_on() -> None:
    again = (
        '<w:num w:numId="7"><w:abstractNumId w:val="1"/><w:lvlOverride w:ilvl="0">'
        '<w:startOverride w:val="4"/></w:lvlOverride></w:num>'
        '<w:num w:numId="8"><w:abstractNumId w:val="1"/></w:num>'
    )
    found = word(
        item("a") + item("b", 7) + item("c", 7) + item("d", 8) + item("e", 1),
        **numbering(level(0, "%1)"), instances=again),
    )
    assert [number for _, number, _ in shown(found)] == ["1)", "4)", "5)", "6)", "7)"]


def test_a_level_restarts_only_as_it_says() -> None:
    lists = level(0, "%1") + level(1, "%2", more='<w:lvlRestart w:val="0"/>')
    found = word(
        item("a") + item("b", depth=1) + item("c") + item("d", depth=1), **numbering(lists)
    )
    assert [number for _, number, _ in shown(found)] == ["1", "1", "2", "2"]


@pytest.mark.parametrize(
    ("kind", "numbers"),
    [
        ("upperRoman", ["III", "IV"]),
        ("lowerLetter", ["c", "d"]),
        ("decimalZero", ["03", "04"]),
        ("ordinal", ["3rd", "4th"]),
        ("cardinalText", ["Three", "Four"]),
        ("chineseCounting", ["三", "四"]),
        ("none", ["", ""]),
        ("bullet", ["", ""]),
    ],
)
def test_numbers_are_written_as_word_writes_them(kind: str, numbers: list[str]) -> None:
    found = word(item("a") + item("b"), **numbering(level(0, "%1", kind, start=3)))
    assert [number for _, number, _ in shown(found)] == numbers
    assert found.notes == ()


def test_a_way_to_count_that_is_not_known_is_told() -> None:
    found = word(item("a"), **numbering(level(0, "%1.", "koreanLegal")))
    assert shown(found) == [("li", "1.", "a")]
    assert found.notes == ("Lists are numbered 1, 2, 3 where Word counts otherwise: koreanLegal.",)


def test_a_style_numbers_its_paragraphs() -> None:
    styles = (
        f'<w:styles {_W}><w:style w:type="paragraph" w:styleId="Clause"><w:name w:val="Clause"/>'
        '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style></w:styles>'
    )
    lists = level(0, "%1") + level(1, "%1.%2", more='<w:pStyle w:val="Clause"/>')
    found = word(
        paragraph("a", "Clause") + paragraph("b", "Clause")
        + '<w:p><w:pPr><w:pStyle w:val="Clause"/><w:numPr><w:numId w:val="0"/></w:numPr></w:pPr>'
        + f"{run('c')}</w:p>",
        **numbering(lists) | {"word/styles.xml": styles},
    )  # fmt: skip
    assert shown(found) == [("li", "1.1", "a"), ("li", "1.2", "b"), ("p", "", "c")]


def test_a_numbered_cell_stays_a_cell() -> None:
    rows = "".join(
        f"<w:tr><w:tc>{item('x')}</w:tc><w:tc>{paragraph('y')}</w:tc></w:tr>" for _ in range(2)
    )
    found = word(f"<w:tbl>{rows}</w:tbl>", **numbering(level(0, "%1.")))
    assert found.document.layout.blocks == (
        Block("td", 0, 1, row=0, number="1."),
        Block("td", 2, 3, row=0),
        Block("td", 4, 5, row=1, number="2."),
        Block("td", 6, 7, row=1),
    )
