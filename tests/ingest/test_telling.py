"""Files whose name does not tell what they are: HTML, saved pages, TEI, other XML."""

import base64
import quopri
import re

import pytest

from annotations.errors import BadInput
from annotations.ingest import guess_kind, ingest
from annotations.transfer.doubts import doubts

PAGE = '<!DOCTYPE html>\n<html lang="fr"><body><h1>Café</h1><p>Ana est là.</p></body></html>'


def saved(page: str = PAGE, encoding: str = "utf-8", transfer: str = "quoted-printable") -> bytes:
    body = page.encode(encoding)
    packed = {
        "quoted-printable": quopri.encodestring,
        "base64": base64.encodebytes,
        "8bit": lambda each: each,
    }[transfer](body)
    head = (
        "From: <Saved by Blink>\nSnapshot-Content-Location: https://example.org/cafe\n"
        'Subject: Cafe\nMIME-Version: 1.0\nContent-Type: multipart/related;\n\ttype="text/html";'
        '\n\tboundary="b=_1"\n\n\n--b=_1\nContent-Type: text/css\n\np {}\n--b=_1\n'
        f'Content-Type: text/html; charset="{encoding}"\nContent-Transfer-Encoding: {transfer}\n\n'
    )
    tail = b"\n--b=_1\nContent-Type: image/png\n\nxxxx\n--b=_1--\n"
    return (head.encode() + packed + tail).replace(b"\n", b"\r\n")


SAVED = saved()

EDITION = """<?xml version="1.0" encoding="UTF-8"?>
<TEI xmlns="http://www.tei-c.org/ns/1.0" xml:lang="de"><teiHeader><fileDesc><titleStmt>
<title>The <hi>Title</hi></title><title>Second</title><author>Ada Berg</author></titleStmt>
<publicationStmt><p>Published.</p><date when="1848-02-21">then</date></publicationStmt></fileDesc>
</teiHeader><text><body><div>
<head>One<note place="foot">On <hi rend="italic">one</hi>.</note></head>
<p>Hello <persName>Ana</persName>, <choice><sic>teh</sic> <corr>the</corr></choice> end.<pb n="2"/>
Next, as said.</p><lg><l>line a</l><l>line b</l></lg>
<list><item>first</item><item>second</item></list>
<quote><p>Quoted.</p></quote><fw>12</fw><div><head>Two</head><p>A <ref target="https://example.org/a">
link</ref> &amp; <gap/>.</p></div></div></body></text></TEI>
"""


@pytest.mark.parametrize(
    ("name", "head", "kind"),
    [
        ("a.doc", PAGE, "html"),
        ("a.xls", "\ufeff\n<!-- saved -->\n<HTML xmlns:v='x'>", "html"),
        ("a.xml", "<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'>", "html"),
        ("a.doc", SAVED.decode(), "mhtml"),
        ("a.mht", "MIME-Version: 1.0", "mhtml"),
        ("a.html", SAVED.decode(), "mhtml"),
        ("a.xml", EDITION, "tei"),
        ("a.xml", "<!-- x --><tei:TEI xmlns:tei='http://www.tei-c.org/ns/1.0'>", "tei"),
        ("a.xml", '<!DOCTYPE TEI.2 SYSTEM "tei2.dtd" [ ]><TEI.2>', "tei"),
        ("a.xml", "<?xml version='1.0'?><article><p>x</p></article>", "xml"),
        ("a.txt", PAGE, "text"),
        ("a.xyz", "x < y and y > z", "text"),
        ("a.eml2", "Dear all,\nContent-Type: multipart/related", "text"),
        ("", PAGE, "text"),
    ],
)
def test_what_a_name_does_not_tell_the_beginning_does(name: str, head: str, kind: str) -> None:
    assert guess_kind(name, head.encode()) == kind


def test_a_page_called_as_word_is_read_as_a_page() -> None:
    found = ingest(PAGE.encode(), name="a.doc")
    assert (found.document.text, found.document.language) == ("Café\n\nAna est là.", "fr")


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1252"])
@pytest.mark.parametrize("transfer", ["quoted-printable", "base64", "8bit"])
def test_a_saved_page_is_read_with_its_address(encoding: str, transfer: str) -> None:
    found = ingest(saved(encoding=encoding, transfer=transfer), name="a.mht")
    assert found.document.text == "Café\n\nAna est là."
    assert found.document.source == "https://example.org/cafe"


def test_a_page_may_lie_within_parts_of_parts() -> None:
    inner = (
        'Content-Type: multipart/alternative; boundary="i"\n\n--i\nContent-Type: text/plain\n\nno\n'
        f"--i\nContent-Type: text/html; charset=utf-8\n\n{PAGE}\n--i--\n"
    )
    whole = f'Content-Type: multipart/related; boundary="o"\n\n--o\n{inner}\n--o--\n'
    assert ingest(whole.encode(), name="a.mhtml").document.text == "Café\n\nAna est là."


def test_a_saved_page_without_a_page_is_refused() -> None:
    data = (
        b"Content-Type: multipart/related; boundary=b\n\n--b\nContent-Type: image/png\n\nx\n--b--\n"
    )
    with pytest.raises(BadInput, match=r"“a\.mht” is a saved page .MHTML. without a page in it"):
        ingest(data, name="a.mht")


def test_an_edition_is_read_with_its_headings_verse_lists_and_notes() -> None:
    found = ingest(EDITION.encode(), name="a.xml")
    document = found.document
    assert [
        (block.kind, document.text[block.start : block.end]) for block in document.layout.blocks
    ] == [
        ("h2", "One1"),
        ("p", "1 On one."),
        ("p", "Hello Ana, the end. Next, as said."),
        ("p", "line a\nline b"),
        ("li", "first"),
        ("li", "second"),
        ("blockquote", "Quoted."),
        ("h3", "Two"),
        ("p", "A link & […]."),
    ]
    assert (document.title, document.language, document.date) == ("The Title", "de", "1848-02-21")
    assert document.meta == {"author": "Ada Berg"}
    assert [each.href for each in document.layout.inlines if each.kind == "a"] == [
        "https://example.org/a"
    ]
    assert found.notes == (
        "Left out: forms beside their correction (1), running heads (1).",
        "What the file marks in its text is not kept: persName (1).",
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_an_edition_says_its_encoding(encoding: str) -> None:
    body = "<TEI><text><body><p>Café</p></body></text></TEI>"
    text = f'<?xml version="1.0" encoding="{encoding}"?>{body}'
    assert ingest(text.encode(encoding), name="a.xml").document.text == "Café"


def test_entities_of_a_document_type_that_is_not_read_are_characters() -> None:
    body = "<TEI.2><text><body><p>a&mdash;b</p></body></text></TEI.2>"
    text = f'<!DOCTYPE TEI.2 SYSTEM "tei2.dtd">{body}'
    assert ingest(text.encode(), name="a.xml").document.text == "a—b"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<?xml version='1.0'?><article/>", "“a.xml” is XML .<article>., which is none that is"),
        ("<TEI><text><p>x</text></TEI>", "“a.xml” is not well-formed XML .line 1."),
        ('<!DOCTYPE TEI [<!ENTITY a "b">]><TEI/>', "“a.xml” declares entities of its own"),
    ],
)
def test_other_xml_is_refused(text: str, reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        ingest(text.encode(), name="a.xml")


@pytest.mark.parametrize("text", [PAGE, EDITION])
def test_markup_under_the_name_of_a_text_comes_in_with_a_note(text: str) -> None:
    found = ingest(text.encode(), name="a.txt")
    assert found.document.text == text
    assert [re.sub(",.*", "", note) for note in doubts("a.txt", found)] == [
        "This begins like a file with markup (HTML or XML)"
    ]
