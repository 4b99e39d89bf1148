"""brat's own tools take our standoff, and turn our columns into the standoff that we write."""

import io
import zipfile
from typing import Any

import pytest

from annotations.document import Annotated
from tests.documents import DOCUMENTS
from tests.formats.roundtrip import written

pytestmark = [
    pytest.mark.consumers,
    pytest.mark.filterwarnings("ignore"),  # They were written for an older Python.
]


def standoff(entry: Annotated) -> tuple[str, list[str]]:
    """The text and the lines of the annotation file."""
    with zipfile.ZipFile(io.BytesIO(written("brat", [entry])[0])) as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    (text,) = (files[name] for name in files if name.endswith(".txt"))
    (lines,) = (files[name] for name in files if name.endswith(".ann"))
    return text, lines.splitlines()


WHOLE = {
    # Of spans of several parts, and of those over several lines, which are such there, brat's
    # tools say that they do not read them.
    name: entry
    for name, entry in DOCUMENTS.items()
    if entry.annotations
    and not any(m.fragments or "\n" in m.quote(entry.document.text) for m in entry.annotations)
}


@pytest.mark.parametrize("name", WHOLE)
def test_brat_reads_every_line_and_finds_our_quotes_at_our_places(name: str) -> None:
    annalign = pytest.importorskip("brat_tools.annalign")
    text, lines = standoff(WHOLE[name])
    assert lines
    for number, line in enumerate(lines, 1):
        read: Any = annalign.parse(line, number)
        if line.startswith("T"):
            read.text = ""
            read.retext(text)
        assert str(read) == line
    marks = [annalign.parse(line, 1).offsets for line in lines if line.startswith("T")]
    assert marks == [[(mark.start, mark.end)] for mark in WHOLE[name].annotations]


def test_the_documents_are_several() -> None:
    assert {"rich", "right_to_left", "overlapping", "nested", "combining"} <= set(WHOLE)


# It wants every character that is no space in a token, and ours leave out what is not seen (the
# marks of direction in the Hebrew of ``right_to_left``, for instance).
ON_TOKENS = {name: WHOLE[name] for name in ("overlapping", "nested", "rich")}


@pytest.mark.parametrize("name", ON_TOKENS)
def test_brat_finds_the_spans_of_our_columns_in_the_text(name: str) -> None:
    tool = pytest.importorskip("brat_tools.BIOtoStandoff")
    text = ON_TOKENS[name].document.text
    lines = written("bio", [ON_TOKENS[name]])[0].decode().splitlines()
    columns = "\n".join(line for line in lines if not line.startswith("-DOCSTART-"))
    found = tool.BIO_to_standoff(columns, text, tokenidx=0)
    places = {(mark.start, mark.end, mark.label) for mark in ON_TOKENS[name].annotations}
    assert found
    assert {(each.startOff, each.endOff, each.eType) for each in found} <= places
    assert all(each.eText == text[each.startOff : each.endOff] for each in found)
