"""OpenDocument texts: what of a text survives, and that nothing goes without a word."""

import pytest

from annotations.errors import BadInput
from annotations.ingest import Ingested, ingest
from tests.ingest.files import zipped

_URN = "urn:oasis:names:tc:opendocument:xmlns"
_NAMES = {
    "office": "office:1.0", "style": "style:1.0", "text": "text:1.0", "table": "table:1.0",
    "draw": "drawing:1.0", "fo": "xsl-fo-compatible:1.0", "meta": "meta:1.0",
    "svg": "svg-compatible:1.0",
}  # fmt: skip
_SPACES = (
    " ".join(f'xmlns:{short}="{_URN}:{long}"' for short, long in _NAMES.items())
    + ' xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:dc="http://purl.org/dc/elements/1.1/"'
)
_KIND = "application/vnd.oasis.opendocument.text"

STYLES = f"""<office:document-styles {_SPACES}><office:styles>
<style:default-style style:family="paragraph">
 <style:text-properties fo:language="de" fo:country="AT"/></style:default-style>
<style:style style:name="Quotations" style:family="paragraph"/>
<style:style style:name="Title" style:family="paragraph"/>
<style:style style:name="Heading_20_2" style:display-name="Heading 2" style:family="paragraph"
 style:default-outline-level="2"/>
</office:styles></office:document-styles>"""
AUTOMATIC = """<office:automatic-styles>
<style:style style:name="T1" style:family="text">
 <style:text-properties fo:font-weight="bold"/></style:style>
<style:style style:name="T2" style:family="text">
 <style:text-properties fo:font-style="italic"/></style:style>
<style:style style:name="T3" style:family="text">
 <style:text-properties text:display="none"/></style:style>
<style:style style:name="T4" style:family="text">
 <style:text-properties style:text-position="super 58%"/></style:style>
<style:style style:name="P1" style:family="paragraph" style:parent-style-name="Quotations"/>
<style:style style:name="P2" style:family="paragraph" style:parent-style-name="Heading_20_2"/>
<text:list-style style:name="L1"><text:list-level-style-number text:level="1"
 style:num-format="1"/><text:list-level-style-bullet text:level="2"/></text:list-style>
</office:automatic-styles>"""
META = f"""<office:document-meta {_SPACES}><office:meta>
<dc:title>The strike</dc:title><meta:initial-creator>Ada Berg</meta:initial-creator>
<meta:creation-date>2024-05-01T10:00:00</meta:creation-date></office:meta></office:document-meta>"""


def odt(body: str, **parts: str | bytes) -> bytes:
    """A text; its body is what stands within ``office:text``."""
    content = (
        f"<office:document-content {_SPACES}>{AUTOMATIC}<office:body><office:text>{body}"
        "</office:text></office:body></office:document-content>"
    )
    return zipped(
        {"mimetype": _KIND, "content.xml": content, "styles.xml": STYLES, "meta.xml": META}
        | {name.replace("__", "/").replace("_xml", ".xml"): part for name, part in parts.items()}
    )


def read(body: str) -> Ingested:
    return ingest(odt(body), name="a.odt")


def blocks(found: Ingested) -> list[tuple[str, str]]:
    text = found.document.text
    return [(block.kind, block.span.of(text)) for block in found.document.layout.blocks]


def test_headings_paragraphs_quotations_and_what_the_file_says_of_itself() -> None:
    found = read(
        '<text:p text:style-name="Title">Top</text:p>'
        '<text:h text:outline-level="3">Deep</text:h><text:p text:style-name="P2">Second</text:p>'
        '<text:p>One<text:s text:c="2"/>two<text:line-break/>three</text:p>'
        '<text:p text:style-name="P1">They said.</text:p>'
    )
    assert blocks(found) == [
        ("h1", "Top"),
        ("h3", "Deep"),
        ("h2", "Second"),
        ("p", "One two\nthree"),
        ("blockquote", "They said."),
    ]
    document = found.document
    assert (document.title, document.date, document.language, document.meta) == (
        "The strike",
        "2024-05-01",
        "de-AT",
        {"author": "Ada Berg"},
    )


def test_bold_italic_raised_letters_and_links() -> None:
    found = read(
        '<text:p>A <text:span text:style-name="T1">bold</text:span> and '
        '<text:span text:style-name="T2">thin</text:span> x<text:span text:style-name="T4">2'
        '</text:span> <text:a xlink:href="https://example.org/a">here</text:a></text:p>'
    )
    text = found.document.text
    assert [(i.kind, i.span.of(text), i.href) for i in found.document.layout.inlines] == [
        ("strong", "bold", None),
        ("em", "thin", None),
        ("sup", "2", None),
        ("a", "here", "https://example.org/a"),
    ]


def test_lists_with_their_kinds_and_levels() -> None:
    found = read(
        '<text:list text:style-name="L1"><text:list-item><text:p>One</text:p><text:list>'
        "<text:list-item><text:p>Inner</text:p></text:list-item></text:list></text:list-item>"
        '<text:list-item text:start-value="5"><text:p>Five</text:p></text:list-item></text:list>'
    )
    told = [(b.kind, b.level, b.ordered) for b in found.document.layout.blocks]
    assert told == [("li", 0, True), ("li", 1, False), ("li", 0, True)]
    assert [text for _, text in blocks(found)] == ["One", "Inner", "Five"]


def test_tables_are_their_cells() -> None:
    found = read(
        "<table:table><table:table-column/><table:table-header-rows><table:table-row>"
        "<table:table-cell><text:p>a</text:p></table:table-cell><table:table-cell><text:p>b"
        "</text:p></table:table-cell></table:table-row></table:table-header-rows><table:table-row>"
        "<table:table-cell><text:p>c</text:p></table:table-cell><table:covered-table-cell/>"
        "</table:table-row></table:table>"
    )
    assert blocks(found) == [("td", "a"), ("td", "b"), ("td", "c")]


def test_notes_stand_at_the_end_with_their_markers() -> None:
    found = read(
        '<text:p>One<text:note text:note-class="footnote"><text:note-citation>1'
        "</text:note-citation><text:note-body><text:p>The note.</text:p></text:note-body>"
        "</text:note> two.</text:p><text:p>Three.</text:p>"
    )
    assert [text for _, text in blocks(found)] == ["One[1] two.", "Three.", "[1] The note."]


def test_a_box_of_text_stands_behind_its_paragraph_and_fields_are_text() -> None:
    found = read(
        "<text:p>One<draw:frame><draw:text-box><text:p>Boxed.</text:p></draw:text-box></draw:frame>"
        " two <text:title>Named</text:title>.</text:p><text:p>Three.</text:p>"
    )
    assert [text for _, text in blocks(found)] == ["One two Named.", "Boxed.", "Three."]


def test_what_is_left_out_is_counted() -> None:
    found = read(
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>Gone</text:p>"
        "</text:deletion></text:changed-region></text:tracked-changes>"
        "<text:p>One<office:annotation><dc:creator>Bo</dc:creator><text:p>Why?</text:p>"
        "</office:annotation><draw:frame><draw:image><text:p/></draw:image><svg:title>A ship"
        "</svg:title></draw:frame> two.</text:p>"
    )
    assert found.document.text == "One two."
    assert found.notes == (
        "Left out: 1 × comment, 1 × deleted passage of tracked changes, 1 × picture.",
    )


def test_hidden_text_stays_out_and_is_told() -> None:
    found = read(
        '<text:p>One <text:span text:style-name="T3">secret</text:span>two.</text:p>'
        '<text:section text:display="none"><text:p>Below</text:p></text:section>'
    )
    assert found.document.text == "One two."
    assert "“secret”" in found.notes[-1]
    assert "“Below”" in found.notes[-1]


def test_a_text_that_is_one_file_is_read_as_well() -> None:
    flat = (
        f"<?xml version='1.0'?><office:document {_SPACES}>{AUTOMATIC}<office:body><office:text>"
        "<text:p>One</text:p></office:text></office:body></office:document>"
    )
    assert ingest(flat.encode(), name="a.fodt").document.text == "One"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"PK\x03\x04", "“a.odt” cannot be opened: it is damaged"),
        (b"Words.", "“a.odt” is no OpenDocument text"),
        (zipped({"x": "y"}), "“a.odt” is a zip, but holds no OpenDocument text"),
        (odt("", mimetype=_KIND.replace("text", "spreadsheet")), "“a.odt” is a spreadsheet"),
        (odt("", **{"META-INF__manifest_xml": "<a><encryption-data/></a>"}), "with a password"),
        (odt("<text:p>"), "is not well-formed XML"),
        (
            zipped({"content.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}),
            "declares entities of its own",
        ),
        (odt("<text:span>" * 400 + "</text:span>" * 400), "nests more than"),
    ],
)
def test_what_is_no_such_text_is_refused_saying_what_it_is(data: bytes, said: str) -> None:
    with pytest.raises(BadInput) as caught:
        ingest(data, name="a.odt")
    assert said in str(caught.value)
