"""Files with flipped bytes are read or refused; nothing else ever comes of them."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotations.errors import BadInput
from annotations.ingest import ingest
from tests.ingest import files
from tests.ingest.files import docx, epub, note_mark, paragraph, pdf, run, table
from tests.ingest.pages import ARTICLE, PAGE
from tests.ingest.test_mail import ATTACHED, PARTS, mail
from tests.ingest.test_opendocument import odt
from tests.ingest.test_pdf import columns
from tests.ingest.test_rtf import HEAD

BODY = (
    '<text:h text:outline-level="1">The strike</text:h><text:p>They '
    '<text:span text:style-name="T1">'
    "stopped</text:span>.<text:note><text:note-body><text:p>Says the union.</text:p>"
    '</text:note-body></text:note></text:p><text:list text:style-name="L1"><text:list-item><text:p>'
    "One</text:p></text:list-item></text:list><table:table><table:table-row><table:table-cell>"
    "<text:p>a</text:p></table:table-cell></table:table-row></table:table>"
)
RTF = (
    HEAD + r"\pard\s1 The strike\par\pard They {\b stopped}.{\footnote Says the union.}\par"
    r"{\listtext 1.\tab}\pard\ls1 One \u8364?\par\trowd\pard\intbl a\cell b\cell\row}"
).encode()
FILES = {
    "a.docx": docx(
        paragraph("The strike", "Heading1")
        + paragraph(run("They stopped.", "b") + note_mark(1))
        + table(("a", "b"), ("c", "d")),
        {1: "Says the union."},
        **{"docProps/core.xml": files.CORE},
    ),
    "a.odt": odt(BODY),
    "a.rtf": RTF,
    "a.eml": mail(f"{PARTS}{ATTACHED}--b--"),
    "a.epub": epub({"1.xhtml": ARTICLE, "2.xhtml": "<p>End.</p>"}),
    "a.pdf": pdf(columns, columns),
    "a.html": PAGE.encode(),
    "a.txt": "Nicolás Maduro pidió ayer que el señor embajador saliera.".encode("cp1252"),
}


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=40)
@given(data=st.data())
def test_a_mutated_file_is_read_or_refused(name: str, data: st.DataObject) -> None:
    made = bytearray(FILES[name])
    for _ in range(data.draw(st.integers(1, 10))):
        made[data.draw(st.integers(0, len(made) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.one_of(st.just(len(made)), st.integers(0, len(made))))
    with suppress(BadInput):
        document = ingest(bytes(made[:end]), name=name).document
        assert document.layout.checked(len(document.text)) == document.layout
        for block in document.layout.blocks:
            assert block.span.of(document.text) == document.text[block.start : block.end]


@given(st.binary(max_size=300))
@pytest.mark.parametrize("name", FILES)
def test_noise_is_read_or_refused(name: str, noise: bytes) -> None:
    for data in (noise, FILES[name][:40] + noise):
        with suppress(BadInput):
            ingest(data, name=name)
