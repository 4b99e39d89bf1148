"""Documents as JSON come a line each, over several lines, in lists and in pairs: all are read."""

import io
import json
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations import formats, transfer
from annotations.errors import BadLine
from annotations.formats import BadParts, shapes
from annotations.formats.values import Json
from tests.formats.roundtrip import read
from tests.formats.test_arrays import Endless
from tests.formats.test_jsonl import plain, words


def found(data: bytes, **options: Any) -> list[Json]:
    return list(shapes.each(io.BytesIO(data), lambda entry: entry, **options))


def refused(data: bytes) -> str:
    with pytest.raises(BadLine) as caught:
        found(data)
    return str(caught.value)


def dumped(indent: int | None) -> Callable[[Json], str]:
    return lambda entry: json.dumps(entry, indent=indent, ensure_ascii=False)


def each_indented(documents: list[Json], indent: int | None, between: str) -> str:
    return between.join(map(dumped(indent), documents))


SHAPES: dict[str, Callable[[list[Json]], str]] = {
    "lines": lambda all: each_indented(all, None, "\n"),
    "lines that end as on Windows": lambda all: each_indented(all, None, "\r\n"),
    "lines with blank ones between": lambda all: (
        "\n\n" + each_indented(all, None, "\n \n\n") + "\n"
    ),
    "lines with commas behind": lambda all: each_indented(all, None, ",\n") + ",\n",
    "objects on one line": lambda all: each_indented(all, None, ""),
    "objects on one line, apart": lambda all: each_indented(all, None, " "),
    "JSON text sequence": lambda all: "".join(f"\x1e{dumped(None)(each)}\n" for each in all),
    "over several lines": lambda all: each_indented(all, 2, "\n"),
    "over several lines, not indented": lambda all: each_indented(all, 0, "\n"),
    "over several lines, with tabs": lambda all: each_indented(all, 2, "\n").replace("  ", "\t"),
    "over several lines, joined": lambda all: each_indented(all, 2, ""),
    "over several lines, with commas": lambda all: each_indented(all, 2, ",\n"),
    "lines, then several": lambda all: "\n".join(
        dumped(4 if number % 2 else None)(each) for number, each in enumerate(all)
    ),
    "list": lambda all: json.dumps(all),
    "list over several lines": lambda all: json.dumps(all, indent=1),
    "list of lines": lambda all: "[\n" + each_indented(all, None, ",\n") + "\n]\n",
    "list with a comma too many": lambda all: "[\n" + each_indented(all, 1, ",\n") + ",\n]\n",
    "list on each line": lambda all: "\n".join(json.dumps([each]) for each in all),
    "object around a list": lambda all: json.dumps({"version": 1, "documents": all}),
    "object around a list, indented": lambda all: json.dumps({"data": all, "n": 2}, indent=2),
}
texts = st.builds(lambda more, text: {**more, "text": text}, st.dictionaries(words, plain), words)
documents = st.lists(texts, min_size=1, max_size=5)


@given(documents, st.sampled_from(sorted(SHAPES)), st.booleans())
def test_every_shape_gives_the_same_documents(given_: list[Json], shape: str, mark: bool) -> None:
    data = ("\ufeff" if mark else "") + SHAPES[shape](given_)
    assert found(data.encode()) == given_


PERSON = {"text": "Ada met Bob.", "spans": [{"start": 0, "end": 3, "label": "PER"}]}
DOCUMENTS: dict[str, list[Json]] = {
    "jsonl": [PERSON, {"text": "Cleo left.", "spans": []}],
    "prodigy": [{**PERSON, "answer": "accept"}, {"text": "Cleo left.", "spans": []}],
    "doccano": [
        {"text": "Ada met Bob.", "label": [[0, 3, "PER"]]},
        {"text": "Cleo left.", "label": []},
    ],
    "tokens": [
        {"tokens": ["Ada", "met", "Bob."], "tags": ["B-PER", "O", "O"]},
        {"tokens": ["Cleo", "left."], "tags": ["O", "O"]},
    ],
    "labelstudio": [
        {
            "data": {"text": "Ada met Bob."},
            "annotations": [
                {
                    "result": [
                        {
                            "id": "a",
                            "type": "labels",
                            "from_name": "label",
                            "to_name": "text",
                            "value": {"start": 0, "end": 3, "text": "Ada", "labels": ["PER"]},
                        }
                    ]
                }
            ],
        },
        {"data": {"text": "Cleo left."}, "annotations": []},
    ],
}
COMMON = [
    *("lines", "lines with blank ones between", "over several lines", "list"),
    *("list over several lines", "list with a comma too many", "lines, then several"),
]


@pytest.mark.parametrize("shape", COMMON)
@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_every_format_is_read_in_every_shape(name: str, shape: str, mark: bytes) -> None:
    data = mark + SHAPES[shape](DOCUMENTS[name]).encode()
    entries = read(name, data)
    assert [
        (entry.document.text, [(mark.start, mark.end, mark.label) for mark in entry.annotations])
        for entry in entries
    ] == [("Ada met Bob.", [(0, 3, "PER")]), ("Cleo left.", [])]


@pytest.mark.parametrize("shape", COMMON)
@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("suffix", [".json", ".jsonl"])
def test_every_shape_tells_its_format(name: str, shape: str, suffix: str) -> None:
    head = SHAPES[shape](DOCUMENTS[name]).encode()
    assert formats.guess(f"x{suffix}", head) == name


def test_pairs_of_a_text_and_what_is_in_it_are_read_in_every_shape() -> None:
    pairs: list[Any] = [
        ["Ada left.", {"entities": [[0, 3, "PER"]], "cats": {"NEWS": 1.0, "SPORT": 0.0}}],
        ["Bob left.", {"entities": []}],
    ]
    named = [[{"start": 0, "end": 3, "label": "PER"}], []]
    expected = [
        {**said, "entities": entities, "text": text}
        for (text, said), entities in zip(pairs, named, strict=True)
    ]
    for indent in (None, 2):
        assert found(json.dumps(pairs, indent=indent).encode()) == expected
        lines = "\n".join(json.dumps(pair, indent=indent) for pair in pairs)
        assert found(lines.encode()) == expected
        around = {"classes": ["PER"], "annotations": [*pairs, None]}
        assert found(json.dumps(around, indent=indent).encode()) == expected


# ── what is broken ────────────────────────────────────────────────────────────────────────────────

GOOD = b'{"text": "a"}\n'
PRETTY = b'{\n "text": "b",\n "spans": [\n ]\n}\n'


@pytest.mark.parametrize(
    ("data", "texts", "lines"),
    [
        (GOOD + b'{"text": "cut\n' + GOOD, "aa", [2]),
        (GOOD + b'{"text": "x", "spans": [\n' + GOOD + GOOD, "aaa", [2]),
        (GOOD + b"nonsense\n" + PRETTY, "ab", [2]),
        (b'{\n "text": "x",\n "spans": [\n' + PRETTY + GOOD, "ba", [1]),
        (PRETTY + b'{\n "text": "x,\n "spans": []\n}\n' + PRETTY, "bb", [6]),
        (PRETTY + b'{\n "text": "x",\n', "b", [6]),
        (PRETTY + b'{\n "text": "x"\n "spans": []\n}\n' + GOOD, "ba", [8]),
        (b'[\n{"text": "a"},\n{"text": nope},\n{"text": "b"}\n]', "ab", [3]),
        (b'[{"text": "a"},\n7,\n{"text": "b"}]', "ab", [2]),
        (GOOD + b"7\n" + b'["a", "b"]\n' + GOOD, "aa", [2, 3]),
    ],
)
def test_a_broken_document_costs_itself_alone(data: bytes, texts: str, lines: list[int]) -> None:
    bad: list[BadLine] = []
    assert "".join(entry["text"] for entry in found(data, bad=bad.append)) == texts
    assert [error.line for error in bad] == lines
    assert refused(data).startswith(f"line {lines[0]}: ")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'"a text"', "this is a text; a document is an object with its “text”"),
        (b"[1, 2]", "line 1: entry 1: a line holds one JSON object, and this is a whole number"),
        (b'["a", "b"]', "this is a list with a text in it"),
        (b'{"text": "\\ud83d"}', "line 1: a text holds half of a pair of UTF-16 units"),
        (b'{"text": "a", "n": 1e400}', "line 1: a number is too large to be kept"),
        (b'{\n "text": "a",\n', "line 1: the file ends within the document that begins here"),
    ],
)
def test_json_that_holds_no_document_is_refused_by_what_it_is(data: bytes, reason: str) -> None:
    assert reason in refused(data)
    assert "not JSON" not in refused(data)


@given(st.binary(max_size=60), st.sampled_from((b"", b"[", b"{\n", b'{"text": "a"}\n{', b'["')))
def test_any_bytes_are_read_or_refused(rest: bytes, begin: bytes) -> None:
    bad: list[BadLine] = []
    assert len(found(begin + rest, bad=bad.append)) <= len(begin + rest)


def test_broken_objects_take_no_longer_than_their_lines() -> None:
    data = b'{\n"a": [\n' * 20_000
    bad: list[BadLine] = []
    assert found(data, bad=bad.append) == []
    assert 0 < len(bad) <= 40_000


def test_the_line_of_each_document_is_told() -> None:
    parts = BadParts()

    def lines(data: bytes) -> list[tuple[int | None, str]]:
        entries = shapes.each(io.BytesIO(data), lambda entry: entry, parts=parts)
        return [(parts.line, parts.entry) for _ in entries]

    assert lines(GOOD + PRETTY + GOOD + b"\n" + GOOD) == [(1, ""), (2, ""), (7, ""), (9, "")]
    assert lines(b'[\n{"text": "a"},\n\n{"text": "b"}]') == [(2, "entry 1"), (4, "entry 2")]


def test_what_the_project_cannot_keep_is_refused_with_the_line_of_its_document() -> None:
    entries = transfer.incoming(b"[\n" + GOOD.strip() + b",\n" + GOOD + b"]", "x.json")
    assert [(entry.document.text, entries.line) for entry in entries] == [("a", 2), ("a", 3)]


def test_memory_stays_flat_however_long_a_list_is() -> None:
    peaks = []
    for times in (1_000, 10_000):
        tracemalloc.start()
        stream = io.BufferedReader(Endless(times))
        assert sum(1 for _ in shapes.each(stream, lambda entry: entry)) == times + 1  # type: ignore[arg-type]
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 1_000_000
