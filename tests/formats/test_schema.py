"""The JSON Schema of the native line: every export fits it, and what is refused does not."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from jsonschema import Draft202012Validator

from annotations.document import Annotated
from annotations.formats import jsonl, schema
from reader.cli import main
from tests.documents import DOCUMENTS
from tests.formats.test_jsonl import annotated

VALIDATOR = Draft202012Validator(json.loads(schema.native()))


def wrong(line: Any) -> list[str]:
    """Where a line does not fit the schema."""
    return sorted("/".join(map(str, error.path)) for error in VALIDATOR.iter_errors(line))


def test_the_schema_is_one_and_the_docs_have_the_same() -> None:
    Draft202012Validator.check_schema(json.loads(schema.native()))
    docs = Path(__file__).resolve().parents[2] / "docs" / "schema" / "postil-1.json"
    assert docs.read_text(encoding="utf-8") == schema.native()


def test_the_command_line_prints_it() -> None:
    assert CliRunner().invoke(main, ["schema"]).stdout == schema.native()


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=list(DOCUMENTS))
def test_every_nasty_document_fits(document: Annotated) -> None:
    (line,) = jsonl.write([document])
    assert wrong(json.loads(line)) == []


@given(annotated())
def test_whatever_goes_out_fits(document: Annotated) -> None:
    (line,) = jsonl.write([document])
    assert wrong(json.loads(line)) == []


def test_it_names_every_key_that_is_read() -> None:
    said = json.loads(schema.native())
    assert set(said["properties"]) == jsonl._LINE
    for name, keys in (
        ("span", set(jsonl._SPAN_TYPES)),
        ("relation", jsonl._RELATION),
        ("entity", jsonl._ENTITY),
        ("concept", jsonl._CONCEPT),
    ):
        assert set(said["$defs"][name]["properties"]) == keys


SPAN = {"start": 0, "end": 1, "label": "x"}


@pytest.mark.parametrize(
    ("line", "places"),
    [
        ({"text": "a"}, []),
        ({"text": "a", "spans": [SPAN], "x": {"y": 1}}, []),
        ({"text": "a", "spans": [{**SPAN, "id": 7, "note": None, "x": [1]}]}, []),
        ({}, [""]),
        ({"text": 1}, ["text"]),
        ({"text": "a", "schema": "postil/2"}, ["schema"]),
        ({"text": "a", "state": "finished"}, ["state"]),
        ({"text": "a", "spans": [{"start": 0, "end": 1}]}, ["spans/0"]),
        ({"text": "a", "spans": [{**SPAN, "start": -1}]}, ["spans/0/start"]),
        ({"text": "a", "spans": [{**SPAN, "id": "a b"}]}, ["spans/0/id"]),
        ({"text": "a", "spans": [{**SPAN, "fragments": [[1]]}]}, ["spans/0/fragments/0"]),
        ({"text": "a", "relations": [{"head": "a", "label": "b"}]}, ["relations/0"]),
        (
            {"text": "a", "relations": [{"head": "a", "label": "b", "child": "c"}]},
            [],
        ),
        (
            {
                "text": "a",
                "relations": [{"head": "a", "label": "b", "child": "c", "child_entity": "d"}],
            },
            ["relations/0"],
        ),
        ({"text": "a", "layout": {"blocks": [["div", 0, 1]]}}, ["layout/blocks/0/0"]),
    ],
)
def test_what_does_not_fit_is_found_where_it_stands(line: Any, places: list[str]) -> None:
    assert wrong(line) == places
