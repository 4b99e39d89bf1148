"""Other projects' own files, each through the door that a person uses, file by file.

The table says what comes of each: its documents, spans and relations, or why it is refused. What
comes in has every span's quote where the file says it is, and goes out and in again the same, in
the native format, and in its own but for what the format's row and the counts say.
"""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest

from annotations import formats, transfer
from annotations.document import Annotated
from annotations.errors import BadInput
from annotations.formats import Reading
from tests.conformance_data import conformance
from tests.formats.roundtrip import read, remaining, written


@dataclass(frozen=True, slots=True)
class Case:
    """``files`` of the data that are imported together; ``counts`` of documents, spans and
    relations; ``goes_out`` is the format that they came in."""

    files: tuple[str, ...]
    counts: tuple[int, int, int] = (0, 0, 0)
    goes_out: str = ""
    refused: str = ""
    kind: str = ""
    native: tuple[tuple[str, int], ...] = ()
    """What the native format has no place for, and counts."""


def _cas(name: str, spans: int) -> list[Case]:
    folder = f"cas/{name}"
    xmi = (f"{folder}/debug.xmi", f"{folder}/debug-typesystem.xml")
    if name == "casWithTextAndAnnotations":  # its XMI leaves its text out
        cases = [Case(xmi, refused="there is no text in it (no Sofa with a sofaString)")]
    else:
        cases = [Case(xmi, (1, spans, 0), "cas")]
    return [*cases, Case((f"{folder}/data.json",), (1, spans, 0), "casjson")]


CASES = [
    Case(("brat/news",), (13, 119, 63), "brat"),
    Case(("brat/bio",), (10, 260, 162), "brat"),
    *_cas("casWithEmojiUnicodeTextAndAnnotations", 9),
    *_cas("casWithLeftToRightTextAndAnnotations", 2),
    *_cas("casWithTextAndAnnotations", 4),
    *_cas("casWithTraditionalChineseTextAndAnnotations", 4),
    Case(
        ("doccano/relation_extraction-example.jsonl",),
        (1, 4, 3),
        "doccano",
        native=(("extra", 4),),  # whole numbers as ids, which doccano gets back
    ),
    Case(("doccano/sequence_labeling-example.conll",), (1, 2, 0), "conll2003"),
    Case(("doccano/sequence_labeling-example.jsonl",), refused="line 3: there is no “text”"),
    Case(("doccano/sequence_labeling-example_overlapping.jsonl",), (1, 2, 0), "doccano"),
    Case(
        ("doccano/sequence_labeling-labeling.invalid.conll",),
        refused="line 1: “SOCCERO” is no tag",
    ),
    Case(("doccano/sequence_labeling-labeling.trailing.conll",), (1, 2, 0), "conll2003"),
    Case(("prodigy/annotated_news_headlines-ner.jsonl",), (373, 303, 0), "prodigy"),
    *(
        Case((f"w3c/correct/anno{which}.json",), refused="is not at hand; import the article first")
        for which in range(1, 21)
        if which != 9
    ),
    Case(("w3c/correct/anno9.json",), refused="is about several sources"),
    Case(("w3c/inception-annotations.w3c.json",), refused="is not at hand; import the article"),
    *(
        Case(
            (f"w3c/incorrect/anno{which}.json",),
            refused={2: "this is no annotation", 11: "is one address"}.get(which, "is not JSON"),
            kind="w3c",
        )
        for which in (1, 2, *range(10, 23))
    ),
    Case(("hostile/blns.json",), (1, 0, 0)),
    Case(("hostile/h5sc-vectors.txt",), (1, 0, 0)),
]


def _sources(case: Case) -> list[transfer.Source]:
    paths = [conformance(*file.split("/")) for file in case.files]
    if paths[0].is_dir():
        return [transfer.of_folder(str(paths[0]))]
    kind = case.kind or ("cas" if len(paths) > 1 else "")
    return [transfer.Source(p.name, _opener(p), p.stat().st_size, kind) for p in paths]


def _opener(path: Path) -> Callable[[], IO[bytes]]:
    return lambda: path.open("rb")


def _counts(found: Sequence[Annotated]) -> tuple[int, int, int]:
    return (
        len({entry.document.id for entry in found}),
        sum(len(entry.annotations) for entry in found),
        sum(len(entry.relations) for entry in found),
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.files[0])
def test_a_file_of_another_project(case: Case) -> None:
    reading = Reading()
    entries = transfer.Incoming(_sources(case), reading=reading)
    if case.refused:
        with pytest.raises(BadInput) as caught:
            list(entries)
        assert case.refused in str(caught.value)
        assert Path(case.files[0]).name in str(caught.value)
        return
    found = list(entries)
    assert (_counts(found), reading.lost) == (case.counts, Counter())
    data, lost = written("jsonl", found)
    assert lost == dict(case.native)
    assert_same(read("jsonl", data), found, set(formats.CARRIABLE) - lost.keys())
    if case.goes_out:
        carries = formats.get(case.goes_out).carries
        data, lost = written(case.goes_out, found)
        assert_same(read(case.goes_out, data), found, carries)
        assert set(lost) <= set(formats.LOSSES) - carries


def assert_same(
    again: Sequence[Annotated], found: Sequence[Annotated], carries: Collection[str]
) -> None:
    assert [remaining(each, carries) for each in again] == [
        remaining(each, carries) for each in found
    ]


def test_every_file_of_the_data_is_in_the_table() -> None:
    root = conformance()
    listed = {file for case in CASES for file in case.files}
    there = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
    folders = tuple(f"{each}/" for each in listed if (root / each).is_dir())
    assert {each for each in there if not each.startswith(folders)} == {
        *(each for each in listed if (root / each).is_file()),
        "README.md",
    }
