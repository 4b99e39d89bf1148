"""Word files keep their layout and their notes, and hostile ones are refused."""

import pytest

from annotations.document import Block, Inline, Layout
from annotations.errors import BadInput
from annotations.ingest import ingest
from tests.ingest import files
from tests.ingest.files import docx, link, note_mark, paragraph, run, table


def refusal(data: bytes, name: str = "a.docx") -> str:
    with pytest.raises(BadInput) as caught:
        ingest(data, name=name)
    return str(caught.value)


def test_text_and_layout_survive() -> None:
    found = ingest(
        docx(
            paragraph("The strike", "Heading1")
            + paragraph(run("They ") + run("stopped", "b") + run(" 😀 ") + run("today", "i"))
            + paragraph("One", level=0)
            + paragraph("Two", level=1)
            + paragraph(link("A link"))
            + paragraph("We wait.", "Quote")
            + table(("Year", "Pay"), ("2024", "1,950"))
        ),
        name="a.docx",
    )
    text = (
        "The strike\n\nThey stopped 😀 today\n\nOne\nTwo\n\nA link\n\nWe wait.\n\n"
        "Year\tPay\n2024\t1,950"
    )
    assert found.document.text == text
    assert found.document.layout == Layout(
        blocks=(
            Block("h1", 0, 10),
            Block("p", 12, 32),
            Block("li", 34, 37),
            Block("li", 38, 41, level=1, ordered=True, number="1."),
            Block("p", 43, 49),
            Block("blockquote", 51, 59),
            Block("td", 61, 65, row=0),
            Block("td", 66, 69, row=0),
            Block("td", 70, 74, row=1),
            Block("td", 75, 80, row=1),
        ),
        inlines=(
            Inline("strong", 17, 24),
            Inline("em", 27, 32),
            Inline("a", 43, 49, "https://example.org/a"),
        ),
    )
    assert found.notes == ()


def test_footnotes_come_at_the_end_with_their_markers() -> None:
    found = ingest(
        docx(
            paragraph(run("They stopped.") + note_mark(1) + run(" And?") + note_mark(2)),
            {1: "Says the union.", 2: "Nobody knows."},
        ),
        name="a.docx",
    ).document
    assert found.text == ("They stopped.[1] And?[2]\n\n[1] Says the union.\n\n[2] Nobody knows.")
    assert found.layout == Layout(
        blocks=(Block("p", 0, 24), Block("p", 26, 45), Block("p", 47, 64)),
        inlines=(
            Inline("sup", 13, 16),
            Inline("sup", 21, 24),
            Inline("sup", 26, 29),
            Inline("sup", 47, 50),
        ),
    )


def test_what_the_properties_say_is_kept() -> None:
    found = ingest(docx(paragraph("Text.")), name="my file.docx").document
    assert (found.title, found.date, found.language, found.meta) == ("my file", "", "", {})
    parts = {"docProps/core.xml": files.CORE}
    found = ingest(docx(paragraph("Text."), **parts), name="a.docx").document
    assert (found.title, found.date, found.language, dict(found.meta)) == (
        "The strike", "2024-02-03", "en-GB", {"author": "Ana Pérez, Ben Okri"},
    )  # fmt: skip


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'
REACHING = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'
SAVE_AGAIN = (
    "“a.docx” cannot be read: it is damaged, or not what its name says. "
    "Open it in the program that made it, and save it again."
)


@pytest.mark.parametrize("part", ["word/document.xml", "docProps/core.xml", "word/_rels/x.rels"])
@pytest.mark.parametrize("content", [BOMB, REACHING])
def test_entities_are_refused_wherever_they_stand(part: str, content: str) -> None:
    assert refusal(docx(paragraph("Text."), **{part: content})) == (
        "“a.docx” declares entities of its own, which no article needs and bombs are made of."
    )


@pytest.mark.parametrize("name", ["word/text.bin", "word/media/a.png", "word/TEXT.XML"])
@pytest.mark.parametrize(
    "content", [BOMB, " " * 5000 + BOMB, "\ufeff" + BOMB, BOMB.encode("utf-16")], ids=len
)
def test_entities_are_refused_whatever_their_part_is_called(
    name: str, content: str | bytes
) -> None:
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{files.OFFICE}/officeDocument" Target="{name}"/>'
        "</Relationships>"
    )
    parts: dict[str, str | bytes] = {"_rels/.rels": relations, name: content}
    assert refusal(docx(paragraph("Text."), **parts)) == (
        "“a.docx” declares entities of its own, which no article needs and bombs are made of."
    )


def test_empty_parts_and_pictures_are_no_markup() -> None:
    parts: dict[str, str | bytes] = {"word/media/a.png": b"", "word/media/b.emf": bytes(5000)}
    assert ingest(docx(paragraph("Text."), **parts), name="a.docx").document.text == "Text."


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (docx("<w:p>" * 300 + "</w:p>" * 300), "“a.docx” nests more than 250 elements"),
        (docx("<w:p>"), "“a.docx” is not well-formed XML (line 1)."),
        (docx(paragraph("x"), **{"word/media/a.xml": bytes(9_000_000)}), "unpacks to far more"),
        (files.zipped({"a.txt": "x"}), "“a.docx” is a zip, but holds no Word document"),
        (b"PK\x03\x04 nonsense", "“a.docx” cannot be opened: it is damaged or incomplete"),
        (b"plain", "“a.docx” cannot be opened: it is damaged, or not what its name says"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "“a.docx” is locked with a password, or from a Word"),
        (files.zipped({"word/document.xml": "<a/>"}), SAVE_AGAIN),
    ],
)  # fmt: skip
def test_hostile_and_broken_files_are_refused(data: bytes, says: str) -> None:
    assert says in refusal(data)


def test_pictures_are_left_out_and_told() -> None:
    drawing = (
        '<w:r><w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/'
        'wordprocessingDrawing"><a:graphic xmlns:a="http://schemas.openxmlformats.org/drawingml/'
        '2006/main"><a:graphicData><pic:pic xmlns:pic="http://schemas.openxmlformats.org/'
        'drawingml/2006/picture"><pic:blipFill><a:blip r:embed="rId9"/></pic:blipFill></pic:pic>'
        "</a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
    )
    relations = files.OWN_RELATIONS.replace(
        "</Relationships>",
        f'<Relationship Id="rId9" Type="{files.OFFICE}/image" Target="media/a.png"/>'
        "</Relationships>",
    )
    parts: dict[str, str | bytes] = {
        "word/media/a.png": b"\x89PNG" + bytes(100),
        "word/_rels/document.xml.rels": relations,
    }
    found = ingest(docx(paragraph(run("Before ") + drawing + run("after")), **parts), name="a.docx")
    assert found.document.text == "Before after"
    assert found.notes == ("Left out: 1 × picture.",)


def test_text_cannot_be_taken_for_a_word_file() -> None:
    with pytest.raises(BadInput, match="is text; only the file itself can be read as docx"):
        ingest("x", kind="docx")
