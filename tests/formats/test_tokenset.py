"""Data sets of tokens with tags: what their rows say, and what their numbers stand for."""

import io
import json
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import IO, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations import formats
from annotations.document import Annotated, Annotation, Document
from annotations.errors import BadLine
from annotations.formats import Member, Reading, huggingface, parquet, tokenset
from annotations.formats.tagged import aligned, joined, spans_of, tag_of
from annotations.formats.tokenrows import Names

ADA: dict[str, Any] = {
    "tokens": ["Ada", "Berg", "met", "Cleo", "(", "in", "Rome", ")", "."],
    "ner_tags": ["B-PER", "I-PER", "O", "B-PER", "O", "O", "B-LOC", "O", "O"],
}
NAMES = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
NUMBERS = {**ADA, "ner_tags": [NAMES.index(tag) for tag in ADA["ner_tags"]]}
QUOTES = [("PER", "Ada Berg"), ("PER", "Cleo"), ("LOC", "Rome")]


def lines(*rows: Any) -> bytes:
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)


def read(*rows: Any, reading: Reading | None = None) -> list[Annotated]:
    return list(tokenset.read(io.BytesIO(lines(*rows)), None, reading))


def refused(*rows: Any, reading: Reading | None = None) -> str:
    with pytest.raises(BadLine) as caught:
        read(*rows, reading=reading)
    return str(caught.value)


def quotes(entry: Annotated) -> list[tuple[str, str]]:
    return [(mark.label, mark.quote(entry.document.text)) for mark in entry.annotations]


def members(**files: Any) -> list[Member]:
    """Files by name, ``__`` for a slash and ``_`` for a dot before what follows the last one."""
    contents = {
        ".".join(name.replace("__", "/").rsplit("_", 1)): (
            data if isinstance(data, bytes) else json.dumps(data).encode()
        )
        for name, data in files.items()
    }
    return [Member(name, len(data), _opener(data)) for name, data in contents.items()]


def _opener(data: bytes) -> Callable[[], AbstractContextManager[IO[bytes]]]:
    return lambda: io.BytesIO(data)


def gathered(reading: Reading | None = None, **files: Any) -> list[Annotated]:
    return list(tokenset.gather(members(**files), None, reading))


# ── rows ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_row_is_a_document_whose_text_is_made_of_its_tokens() -> None:
    (found,) = read(ADA, reading=Reading(name="data/train.jsonl"))
    assert found.document.text == "Ada Berg met Cleo (in Rome)."
    assert found.document.id == "train-1-20bf9b2ae470"
    assert found.document.title == found.document.text
    assert quotes(found) == QUOTES


def test_the_text_of_a_row_is_taken_and_its_tokens_prove_it() -> None:
    (found,) = read({**ADA, "text": "Ada\u00a0Berg  met Cleo\r\n(in Rome ) ."})
    assert found.document.text == "Ada\u00a0Berg  met Cleo\n(in Rome ) ."
    assert quotes(found) == [("PER", "Ada\u00a0Berg"), ("PER", "Cleo"), ("LOC", "Rome")]
    assert refused({**ADA, "text": "Ada Bergmann met Cleo."}) == (
        "line 1: the token “met” does not come next in the text, which goes on with "
        "“mann met Cleo.”; is it the text that was tagged?"
    )


def test_a_document_that_is_known_by_the_id_of_the_row_has_the_text() -> None:
    known = Document(id="news-7", title="News", text="Ada  Berg met Cleo ( in Rome )!.")
    rows = {**ADA, "id": "news-7"}
    reading = Reading(text_of={"news-7": replace(known, text=known.text.replace("!", ""))}.get)
    (found,) = read(rows, reading=reading)
    assert found.document.title == "News"
    assert quotes(found)[0] == ("PER", "Ada  Berg")
    assert "does not come next" in refused(rows, reading=Reading(text_of={"news-7": known}.get))


def test_what_else_a_row_holds_is_kept() -> None:
    (found,) = read(
        {**ADA, "id": "news-7", "lang": "de", "pos_tags": [3, 4], "spans": ["PER: Ada"]}
    )
    assert (found.document.id, found.document.language) == ("news-7", "de")
    assert found.document.extra == {"pos_tags": [3, 4], "spans": ["PER: Ada"]}


def test_a_number_is_no_id_but_tells_rows_apart() -> None:
    train, test = Reading(name="train.jsonl"), Reading(name="a b/_test.jsonl")
    (one,) = read({**ADA, "id": "0"}, reading=train)
    (other,) = read({**ADA, "id": 0}, reading=test)
    assert (one.document.id, other.document.id) == ("train-0-20bf9b2ae470", "test-0-20bf9b2ae470")
    assert one.document.extra == {"id": "0"}
    assert read({**ADA, "id": "0"}, reading=train)[0].document.id == one.document.id


@pytest.mark.parametrize("column", ["ner_tags", "tags", "ner", "labels"])
def test_tags_stand_in_columns_of_several_names(column: str) -> None:
    (found,) = read({"tokens": ADA["tokens"], column: ADA["ner_tags"]})
    assert quotes(found) == QUOTES


def test_schemes_are_read_as_for_conll() -> None:
    (found,) = read(
        {"tokens": ["a", "b", "c", "d", "e"], "tags": ["I-x", "E-x", "I-x", "S-x", "U-y"]}
    )
    assert [(m.start, m.end, m.label) for m in found.annotations] == [
        *((0, 3, "x"), (4, 5, "x"), (6, 7, "x"), (8, 9, "y"))
    ]


def test_tags_without_borders_are_runs_and_that_is_told() -> None:
    reading = Reading()
    tags = ["person", "person", "O", "person", "O", "O", "location-city", "O", "O"]
    (found,) = read({**ADA, "ner_tags": tags}, reading=reading)
    assert quotes(found) == [("person", "Ada Berg"), ("person", "Cleo"), ("location-city", "Rome")]
    assert reading.lost == {
        "borders of spans beside others of the same label, which these tags do not say": 3
    }


def test_tokens_that_nobody_sees_are_left_out_and_counted() -> None:
    reading = Reading()
    rows = [
        {"tokens": ["Ada", " ", "Berg", ""], "tags": ["B-P", "I-P", "I-P", "B-P"]},
        {"tokens": [], "tags": []},
        {"tokens": ["-DOCSTART-"], "tags": ["O"]},
    ]
    (found,) = read(*rows, reading=reading)
    assert quotes(found) == [("P", "Ada Berg")]
    assert reading.lost == {"tokens without a character": 2, "rows without a token": 1}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"tokens": ["a"]}, "there are no “tokens”, or no tags beside them (one of ner_tags, "),
        ({"tokens": "a", "tags": ["O"]}, "“tokens” is a text, not a list"),
        ({"tokens": ["a", 7], "tags": ["O", "O"]}, "“tokens” holds a whole number where a text"),
        ({"tokens": ["a"], "tags": "O"}, "“tags” is a text, not a list"),
        ({"tokens": ["a"], "tags": ["O", "O"]}, "there are 1 tokens and 2 tags"),
        ({"tokens": ["a"], "tags": [None]}, "“tags” holds null where a tag belongs"),
        ({"tokens": ["a"], "tags": [True]}, "“tags” holds true or false where a tag belongs"),
        ({"tokens": ["a", "b"], "tags": ["B-x", "y"]}, "“y” is no tag; a tag is O, or one of B, I"),
        ({"tokens": ["a\0"], "tags": ["O"]}, "The row holds the character U+0000"),
        ({"tokens": ["a"], "tags": [0]}, "the tags in “tags” are numbers, and nothing says what"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_its_line(row: Any, reason: str) -> None:
    assert refused(ADA, row).startswith(f"line 2: {reason}") or "U+0000" in reason
    told: list[BadLine] = []
    kept = list(tokenset.read(io.BytesIO(lines(row, ADA)), told.append))
    assert [quotes(entry) for entry in kept] == [QUOTES]
    assert [error.line for error in told] == [1]


def test_a_list_of_rows_is_read_too() -> None:
    assert [
        quotes(entry) for entry in tokenset.read(io.BytesIO(json.dumps([ADA, ADA]).encode()))
    ] == [*(QUOTES, QUOTES)]


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (lines(ADA), "tokens"),
        (lines({"id": "0", "ner_tags": [0], "tokens": ["a"]}), "tokens"),
        (lines({"text": "a", "tokens": ["a"], "ner_tags": [0]}), "tokens"),
        (lines({"tokens": ["a"] * 900, "ner_tags": [0] * 900})[:4096], "tokens"),
        (lines({"text": "a", "tokens": ["a"], "spans": []}), "jsonl"),
        (lines({"text": "a", "tokens": [{"text": "a", "start": 0, "end": 1}]}), "jsonl"),
    ],
)
def test_a_file_of_rows_is_told_by_what_it_holds(head: bytes, name: str) -> None:
    assert formats.guess("train.jsonl", head) == name


WORDS = st.text(st.sampled_from("aB.,'(€📞n̈\u200b \n字"), max_size=4)
TAGS = st.sampled_from(["O", "B-x", "I-x", "I-y", "E-x", "S-y"])


@given(st.lists(st.tuples(WORDS, TAGS), max_size=12), st.booleans())
def test_every_span_is_its_tokens(pairs: list[tuple[str, str]], has_text: bool) -> None:
    kept = [(token.strip(), tag) for token, tag in pairs if token.strip()]
    tokens = [token for token, _ in kept]
    text, places = joined(tokens)
    assert [text[s:e] for s, e in zip(places.starts, places.ends, strict=True)] == tokens
    row = {"tokens": [token for token, _ in pairs], "tags": [tag for _, tag in pairs]}
    found = read({**row, "text": text} if has_text else row)
    assert bool(found) == bool(tokens)
    wanted = [
        (label, places.starts[first], places.ends[behind - 1])
        for first, behind, label in spans_of([tag_of(tag) for _, tag in kept])
    ]
    assert [(m.label, m.start, m.end) for each in found for m in each.annotations] == wanted
    assert [entry.document.text for entry in found] == ([text] if tokens else [])


@given(st.lists(WORDS.filter(str.strip).map(str.strip), max_size=12))
def test_tokens_are_found_again_in_the_text_made_of_them(tokens: list[str]) -> None:
    text, places = joined(tokens)
    assert aligned(tokens, text) == places


# ── what numbers stand for ────────────────────────────────────────────────────────────────────────

INFOS = {"conll": {"features": {"ner_tags": {"feature": {"names": NAMES, "_type": "ClassLabel"}}}}}
CARD = b"""\xef\xbb\xbf---
license: unknown
dataset_info:
  config_name: conll
  features:
  - name: tokens
    sequence: string
  - name: ner_tags
    sequence:
      class_label:
        names:
          '0': O
          '1': B-PER
          '2': I-PER
          '3': B-LOC
          '4': I-LOC
---
# The card
"""


@pytest.mark.parametrize(
    "beside",
    [
        {"labels_json": NAMES},
        {"label_json": {name: number for number, name in enumerate(NAMES)}},
        {"config_json": {"id2label": dict(enumerate(NAMES)), "vocab": 7}},
        {"config_json": {"label2id": {name: number for number, name in enumerate(NAMES)}}},
        {"names_json": {"ner_tags": NAMES, "pos_tags": ["X", "Y"]}},
        {"dataset_infos_json": INFOS},
        {"dataset_info_json": INFOS["conll"]},
        {"dataset_info_json": {"features": {"ner_tags": [{"names": NAMES}]}}},
        {"README_md": CARD},
        {"README_md": CARD.replace(b"sequence:\n      class", b"list:\n      class")},
        {"a_json": {"seed": 0}, "README_md": CARD},
    ],
    ids=lambda beside: " ".join(beside),
)
def test_a_file_beside_the_table_says_what_numbers_stand_for(beside: dict[str, Any]) -> None:
    (found,) = gathered(train_jsonl=lines(NUMBERS), **beside)
    assert quotes(found) == QUOTES


def test_what_a_data_set_says_of_itself_goes_before_other_files() -> None:
    (found,) = gathered(a_json=["O", *"abcd"], dataset_infos_json=INFOS, train_jsonl=lines(NUMBERS))
    assert quotes(found) == QUOTES


def test_configurations_are_told_by_the_folder() -> None:
    other = {"features": {"ner_tags": {"names": ["O", "B-ORG", "I-ORG", "B-GPE", "I-GPE"]}}}
    infos = {"en": INFOS["conll"], "de": other}
    found = gathered(
        dataset_infos_json=infos, de__train_jsonl=lines(NUMBERS), en__train_jsonl=lines(NUMBERS)
    )
    assert [quotes(entry)[0][0] for entry in found] == ["ORG", "PER"]
    with pytest.raises(BadLine) as caught:
        gathered(dataset_infos_json=infos, train_jsonl=lines(NUMBERS))
    assert str(caught.value) == (
        "train.jsonl, line 1: the tags of “ner_tags” are named differently for “en”, “de”, and "
        "“train.jsonl” lies in no folder of such a name"
    )


def test_numbers_that_nothing_names_are_refused_with_what_to_do() -> None:
    assert refused(NUMBERS) == (
        "line 1: the tags in “ner_tags” are numbers, and nothing says what they stand for; give a "
        'JSON file that does (["O", "B-PER", "I-PER"], or with id2label as models have it) '
        "together with the table: both as format “tokens”, or both in one folder or archive"
    )
    with pytest.raises(
        BadLine, match=r"train\.jsonl, line 1: “ner_tags” holds the number 3, which"
    ):
        gathered(labels_json=NAMES[:3], train_jsonl=lines(NUMBERS))


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"labels_json": NAMES}, "there are no rows with “tokens” among these; they are in files"),
        ({"a_jsonl": lines(NUMBERS), "b_json": b"{"}, "a.jsonl, line 1: b.json: this is not JSON"),
        (
            {"a_jsonl": lines(NUMBERS), "README_md": b"---\nx: [class_label\n---\n"},
            "a.jsonl, line 1: README.md: its YAML cannot be read: ",
        ),
    ],
)
def test_what_lies_beside_and_cannot_be_read_is_refused(files: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadLine) as caught:
        gathered(**files)
    assert str(caught.value).startswith(reason)


def test_what_lies_beside_is_not_asked_where_tags_are_texts() -> None:
    assert quotes(gathered(a_jsonl=lines(ADA), b_json=b"{")[0]) == QUOTES


def test_names_of_nobody_are_none() -> None:
    assert Names().of("ner_tags", "train.jsonl") is None


# ── Parquet ───────────────────────────────────────────────────────────────────────────────────────


def table(rows: list[dict[str, Any]], names: list[str] | None = None) -> bytes:
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    made = pa.Table.from_pylist(rows)
    if names is not None:
        feature = {"feature": {"names": names, "_type": "ClassLabel"}, "_type": "List"}
        said = {"info": {"features": {"ner_tags": feature}}}
        made = made.replace_schema_metadata({"huggingface": json.dumps(said)})
    file = io.BytesIO()
    pq.write_table(made, file)
    return file.getvalue()


@pytest.mark.parametrize("module", [parquet, tokenset])
def test_a_table_says_itself_what_its_numbers_stand_for(module: Any) -> None:
    found = list(module.read(io.BytesIO(table([{**NUMBERS, "id": "x"}, NUMBERS], NAMES))))
    assert [quotes(entry) for entry in found] == [QUOTES, QUOTES]
    assert found[0].document.id == "x"


def test_a_table_of_texts_with_tokens_is_one_too() -> None:
    (found,) = parquet.read(io.BytesIO(table([{**ADA, "text": "Ada Berg met Cleo (in Rome)."}])))
    assert quotes(found) == QUOTES


def test_spans_on_a_text_say_more_than_tags() -> None:
    spans = [{"start": 0, "end": 3, "label": "x"}]
    (found,) = parquet.read(io.BytesIO(table([{**ADA, "text": "Ada", "spans": spans}])))
    assert quotes(found) == [("x", "Ada")]
    assert found.document.extra["tokens"] == ADA["tokens"]


def test_bad_rows_of_a_table_are_named() -> None:
    with pytest.raises(BadLine, match=r"^row 2: there are 9 tokens and 1 tags$"):
        list(parquet.read(io.BytesIO(table([ADA, {**ADA, "ner_tags": ["O"]}]))))


@pytest.mark.parametrize("beside", [{"README_md": CARD}, {"labels_json": NAMES}])
def test_a_dataset_of_tables_is_read_with_its_card(beside: dict[str, Any]) -> None:
    files = {"data__train_parquet": table([NUMBERS]), **beside}
    reading = Reading(name="conll.zip")
    (found,) = huggingface.gather(members(**files), None, reading)
    assert quotes(found) == QUOTES
    assert found.document.id == "train-1-20bf9b2ae470"
    assert formats.guess_together([member.name for member in members(**files)]) == "huggingface"
    assert gathered(reading, **files) == [replace(found, annotations=ANY)]


class _Any:
    """Marks are given new ids each time."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, tuple) and all(isinstance(each, Annotation) for each in other)

    __hash__ = None  # type: ignore[assignment]


ANY: Any = _Any()


def test_what_datasets_writes_is_read() -> None:
    datasets = pytest.importorskip("datasets")
    features = datasets.Features(
        {
            "tokens": datasets.Sequence(datasets.Value("string")),
            "ner_tags": datasets.Sequence(datasets.ClassLabel(names=NAMES)),
        }
    )
    file = io.BytesIO()
    datasets.Dataset.from_list([NUMBERS], features=features).to_parquet(file)
    (found,) = parquet.read(io.BytesIO(file.getvalue()))
    assert quotes(found) == QUOTES


def test_a_bad_table_may_be_skipped_row_by_row() -> None:
    told: list[BadLine] = []
    files = members(train_jsonl=lines(ADA, {**ADA, "ner_tags": []}, ADA))
    assert len(list(tokenset.gather(files, told.append))) == 2
    assert [(error.name, error.line) for error in told] == [("train.jsonl", 2)]


@given(st.binary(max_size=40) | st.text('{}[]"tokensag:,0B-x', max_size=60).map(str.encode))
def test_anything_is_read_or_refused(data: bytes) -> None:
    told: list[BadLine] = []
    head = b'{"tokens": ["a"], "tags": ["B-x"]}\n'
    list(tokenset.read(io.BytesIO(head + data), told.append, Reading(lost=Counter())))
    assert all(error.line for error in told)
