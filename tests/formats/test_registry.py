"""The registry: formats by name, and by the look of a file."""

import pytest

from annotations import formats
from annotations.document import Relation
from annotations.errors import UnknownFormat
from annotations.formats import jsonl, only_labels, spreadsheet
from tests.documents import DOCUMENTS


def test_formats_are_known_by_name() -> None:
    assert formats.names() == ("jsonl", "csv")
    assert formats.readable() == ("jsonl",)
    assert formats.writable() == ("jsonl", "csv")
    assert formats.get("jsonl").read is jsonl.read
    assert formats.get("csv").write is spreadsheet.write
    assert formats.get("csv").read is None


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownFormat, match=r"“docx” is not a format .* it knows jsonl, csv\."):
        formats.get("docx")


@pytest.mark.parametrize(
    ("filename", "head", "name"),
    [
        ("marks.jsonl", b"", "jsonl"),
        ("MARKS.NDJSON", b"", "jsonl"),
        ("export.txt", b'\xef\xbb\xbf {"text": "a"}', "jsonl"),
        ("article.txt", b"Trump called.", None),
        ("package.json", b'{"name": "x"}', None),
        ("marks.csv", b"document,title", None),
        ("", b"", None),
    ],
)
def test_a_file_tells_its_format(filename: str, head: bytes, name: str | None) -> None:
    assert formats.guess(filename, head) == name


def test_a_filter_keeps_labels_and_the_relations_that_still_have_both_ends() -> None:
    rich = DOCUMENTS["rich"]
    kept = only_labels(rich, ["demand"])
    assert [annotation.id for annotation in kept.annotations] == ["rich-2"]
    assert kept.relations == (
        Relation(
            id="rich-r3",
            head="rich-2",
            child_entity="Reuters",
            label="reported by",
            extra={"why": "next page"},
        ),
    )
    assert only_labels(rich, ["demand", "actor"]) == rich
    assert only_labels(rich, []).relations == ()
