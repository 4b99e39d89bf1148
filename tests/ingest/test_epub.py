"""Books come in the order in which they are read, chapter by chapter."""

import pytest

from annotations.document import Block, Inline, Layout
from annotations.errors import BadInput
from annotations.ingest import epub, ingest, xml
from tests.ingest.files import epub as book
from tests.ingest.files import zipped

ONE = """<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml"
 lang="de"><head><title/><script src="x.js"/></head><body><h1>Eins</h1><p>Das <em>ist</em><br/>so.<a
 epub:type="noteref" href="#n1">1</a></p><aside epub:type="footnote" id="n1"><p><a href="#r1">↩</a>
 Die Note.</p></aside></body></html>"""
TWO = '<html><body><h1>Zwei 😀</h1><a id="x"/><p>Und &nbsp;fertig.</p></body></html>'


def refusal(data: bytes) -> str:
    with pytest.raises(BadInput) as caught:
        ingest(data, name="a.epub")
    return str(caught.value)


def test_chapters_come_in_the_order_of_the_spine() -> None:
    found = ingest(
        book({"2.xhtml": TWO, "nav.xhtml": "<p>Contents</p>", "1 a.xhtml": ONE},
             ["nav.xhtml", "1 a.xhtml", "2.xhtml"]),
        name="a.epub",
    )  # fmt: skip
    document = found.document
    assert document.text == ("Eins\n\nDas ist\nso.1\n\nDie Note.\n\nZwei 😀\n\nUnd \u00a0fertig.")
    assert document.layout == Layout(
        blocks=(
            Block("h1", 0, 4), Block("p", 6, 18), Block("p", 20, 29), Block("h1", 31, 37),
            Block("p", 39, 51),
        ),
        inlines=(Inline("em", 10, 13), Inline("sup", 17, 18)),
    )  # fmt: skip
    assert (document.title, document.language, document.date, document.source) == (
        "Das Buch", "de", "2020-05-06", "https://example.org/buch",
    )  # fmt: skip
    assert dict(document.meta) == {"author": "Ana Pérez, Ben Okri"}
    assert found.notes == ("Left out with their contents: 1 × script.",)


def test_rows_of_tables_stay_apart_between_chapters() -> None:
    table = "<table><tr><td>{}</td><td>b</td></tr></table>"
    found = ingest(
        book({"1.xhtml": table.format("a"), "2.xhtml": table.format("c")}), name="a.epub"
    ).document
    assert found.text == "a\tb\n\nc\tb"
    assert [block.row for block in found.layout.blocks] == [0, 0, 1, 1]


def test_a_protected_book_is_refused() -> None:
    locked = (
        '<encryption><EncryptedData><CipherData><CipherReference URI="{}"/></CipherData>'
        "</EncryptedData></encryption>"
    )
    chapter = {"1.xhtml": ONE}
    text = book(chapter, **{"META-INF/encryption.xml": locked.format("OEBPS/text/1.xhtml")})
    assert refusal(text) == "“a.epub” is protected against copying (DRM) and cannot be read."
    fonts = book(chapter, **{"META-INF/encryption.xml": locked.format("OEBPS/font.otf")})
    assert ingest(fonts, name="a.epub").document.title == "Das Buch"


ENTITY = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (zipped({"a.txt": "x"}), "says that it holds “META-INF/container.xml”, but it does not"),
        (book({"1.xhtml": ONE}, **{"META-INF/container.xml": ENTITY}), "declares entities of its"),
        (book({"1.xhtml": ONE}, **{"OEBPS/book.opf": ENTITY}), "“OEBPS/book.opf”) declares"),
        (book({"1.xhtml": ONE}, **{"OEBPS/book.opf": "<a>" * 300}), "nests more than 250 elements"),
        (book({"1.xhtml": ONE}, **{"OEBPS/book.opf": "<package>"}), "is not well-formed XML"),
        (book({"1.xhtml": "<img src='a.png'/>"}), "holds no text; are its pages pictures?"),
        (book({"1.xhtml": "<b>" * 1000}), "nests more than 200 elements"),
        (b"PK\x03\x04 nonsense", "“a.epub” cannot be opened: it is damaged or incomplete"),
        (b"plain", "“a.epub” cannot be opened: it is damaged, or not what its name says"),
    ],
)  # fmt: skip
def test_hostile_and_broken_books_are_refused(data: bytes, says: str) -> None:
    assert says in refusal(data)


def test_a_path_out_of_the_book_leads_nowhere() -> None:
    package = (
        '<package><item id="a" href="../../../../etc/passwd" media-type="application/xhtml+xml"/>'
        '<itemref idref="a"/></package>'
    )
    assert refusal(book({"1.xhtml": ONE}, **{"OEBPS/book.opf": package})) == (
        "“a.epub” says that it holds “../../../etc/passwd”, but it does not; fetch it again."
    )


def test_entities_of_a_chapter_are_only_text() -> None:
    chapter = '<!DOCTYPE html [<!ENTITY a SYSTEM "file:///etc/passwd">]><p>&a;</p>'
    assert "root:" not in ingest(book({"1.xhtml": chapter}), name="a.epub").document.text


def test_a_book_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(epub, "MAX_CHARACTERS", 100)
    assert refusal(book({"1.xhtml": ONE})) == (
        "“a.epub” has more than 100 characters with its markup; import it in parts."
    )


def _beside(name: str, times: int) -> dict[str, str | bytes]:
    """A table of contents that names a chapter beside the reading order, again and again."""
    package = (
        f'<package><item id="a" href="text/{name}" media-type="application/xhtml+xml"/>'
        + '<itemref idref="a" linear="no"/>' * times
        + "</package>"
    )
    return {"OEBPS/book.opf": package}


def test_what_is_named_a_thousand_times_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = []
    has_notes = epub._Book.has_notes
    monkeypatch.setattr(
        epub._Book, "has_notes", lambda self, name: looked.append(name) or has_notes(self, name)
    )
    assert "holds no text" in refusal(book({"1.xhtml": TWO}, **_beside("1.xhtml", 1000)))
    found = ingest(book({"1.xhtml": ONE}, **_beside("1.xhtml", 1000)), name="a.epub")
    assert found.document.text.count("Die Note.") == 1
    assert looked == ["OEBPS/text/1.xhtml"] * 2


def test_what_is_only_looked_at_counts_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(epub, "MAX_READ", 2**20)
    long = book({"1.xhtml": TWO + " " * 2**20}, **_beside("1.xhtml", 1))
    assert refusal(long) == (
        "“a.epub” has more than 1 MB of text with its markup; import it in parts."
    )


def test_a_table_of_contents_without_end_fills_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml, "KEPT", 100)
    assert "has more than 100 elements" in refusal(
        book({"1.xhtml": TWO}, **_beside("1.xhtml", 200))
    )


def linked(body: str, notes: str, spine: str) -> bytes:
    """A book of a chapter and a further file; ``spine`` puts that into the reading order."""
    package = (
        '<package><item id="a" href="text/a.xhtml" media-type="application/xhtml+xml"/>'
        '<item id="n" href="text/my%20notes.xhtml" media-type="application/xhtml+xml"/>'
        f'<itemref idref="a"/>{spine}</package>'
    )
    return book(
        {"a.xhtml": f"<p>{body}</p>", "my notes.xhtml": notes}, **{"OEBPS/book.opf": package}
    )


@pytest.mark.parametrize("spine", ["", '<itemref idref="n" linear="no"/>'])
@pytest.mark.parametrize(
    "marker",
    [
        '<a epub:type="noteref" href="my%20notes.xhtml#n">see there</a>',
        '<sup><a href="my%20notes.xhtml#n" id="r">2</a></sup>',
        '<a href="../text/my%20notes.xhtml#n"><sup>[12]</sup></a>',
        '<a href="my%20notes.xhtml#n">†</a>',
    ],
)
def test_notes_beside_the_reading_order_come_in_where_a_marker_leads(
    marker: str, spine: str
) -> None:
    found = ingest(linked(f"Claim{marker}.", "<p id=n>Note text.</p>", spine), name="a.epub")
    assert found.document.text.endswith("\n\nNote text.")
    assert found.notes == ()


@pytest.mark.parametrize("spine", ["", '<itemref idref="n" linear="no"/>'])
@pytest.mark.parametrize(
    "link", ["", '<a href="my%20notes.xhtml">2</a>', '<a href="my%20notes.xhtml#n">all notes</a>']
)
def test_what_else_is_beside_the_reading_order_is_named(link: str, spine: str) -> None:
    found = ingest(linked(f"Text{link}", "<p id=n>More.</p>", spine), name="a.epub")
    assert "More." not in found.document.text
    assert found.notes == (
        "Left out, as it stands beside the reading order of the book: “my notes.xhtml”.",
    )


def test_a_cover_without_text_is_no_loss() -> None:
    cover = "<html><head><title>Cover</title></head><body><img src=a.png> </body></html>"
    assert ingest(linked("Text", cover, ""), name="a.epub").notes == ()


def test_what_chapters_leave_out_is_counted_together() -> None:
    page = "<p>wo<span epub:type='pagebreak'>{}</span>rd<span hidden=''>x</span></p>"
    found = ingest(book({f"{n}.xhtml": page.format(n) for n in range(30)}), name="a.epub")
    assert found.document.text == "\n\n".join(["word"] * 30)
    assert found.notes == (
        "Left out with their contents: 30 × page number.",
        "Left out because the source hides it: 30 × passage "
        "(“x”, “x”, “x”, “x”, “x”, and 25 more).",
    )
