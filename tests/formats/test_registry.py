"""The registry: formats by name, and by the look of a file."""

import pytest

from annotations import formats
from annotations.document import Relation
from annotations.errors import UnknownFormat
from annotations.formats import CARRIABLE, jsonl, only_labels, spreadsheet
from tests.documents import DOCUMENTS


def test_another_name_of_a_format_is_understood_and_not_listed() -> None:
    assert formats.get("conll") is formats.get("conll2003")
    assert not formats.ALIASES.keys() & set(formats.names())
    assert all(formats.get(name).name == name for name in formats.ALIASES.values())


def test_formats_are_known_by_name() -> None:
    assert formats.names()[:2] == ("jsonl", "csv")
    assert "jsonl" in formats.readable()
    assert {"jsonl", "csv"} <= set(formats.writable())
    assert formats.get("jsonl").read is jsonl.read
    assert formats.get("csv").write is spreadsheet.write


@pytest.mark.parametrize("name", formats.names())
def test_every_row_of_the_registry_has_its_functions(name: str) -> None:
    entry = formats.get(name)
    ways = {"read": entry.reads, "gather": entry.gathers, "write": entry.writes}
    assert {way: getattr(entry, way) is not None for way in ways} == ways
    assert entry.carries <= set(CARRIABLE)
    assert any(ways.values())


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownFormat, match=r"“docx” is not a format .* it knows jsonl, csv\b"):
        formats.get("docx")


@pytest.mark.parametrize(
    ("filename", "head", "name"),
    [
        ("marks.jsonl", b"", "jsonl"),
        ("MARKS.NDJSON", b"", "jsonl"),
        ("export.txt", b'\xef\xbb\xbf {"text": "a"}', "jsonl"),
        ("article.txt", b"Trump called.", None),
        ("package.json", b'{"name": "x"}', None),
        ("marks.csv", b"document,title", "csv"),
        ("marks.txt", b"-DOCSTART- -X- O", "bio"),
        ("marks.conll", b"a O", "conll2003"),
        ("train.bin", b"PAR1", "parquet"),
        ("train.txt", b"EU B-ORG\nrejects O\n\nHe O\n", "bio"),
        ("train.tsv", b"EU\tO\nrejects\tO\ncalls\tO\nthe\tB-", "bio"),
        ("train.tsv", b"1\tEU\tB-ORG\tO\n2\tcalls\tO\tO\n", "bio"),
        ("train.tsv", b"TOKEN\tNE-COARSE\tMISC\nEU\tB-org\t_\nlit\tO\t_\n", "bio"),
        ("uner", b"# text = EU.\n1\tEU\tB-ORG\t-\tann\n2\t.\tO\t-\tann\n", "bio"),
        ("a.txt", b"# sent_id = 1\n1\tEU\tEU\tPROPN\tNNP\t_\t0\troot\t_\t_\n", "conllu"),
        ("poem.txt", b"Vitamin O\nand O\n", None),
        ("a.tsv", b"document\ttext\tstart\tend\tlabel\na\tAna\t0\t3\tPER\n", "csv"),
        ("a.txt", b"sep=;\r\n Label ;Quote;Document\r\nPER;Ana;a\r\n", "csv"),
        ("a.tsv", b"\xff\xfe" + "label\tbegin\tstop\n".encode("utf-16-le"), "csv"),
        ("a.txt", b"A label, a start and an end.\n", None),
        ("table.tsv", b"EU\torganisation\nRome\ttown\n", None),
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
