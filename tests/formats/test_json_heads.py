"""Which JSON files bring annotations, and which are records of another kind, by their heads."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.formats.json_heads import holds_annotations

PLACE = {"start": 0, "end": 3, "label": "PER"}


@pytest.mark.parametrize(
    "said",
    [
        {"text": "Ada left."},
        {"text": "Ada left.", "title": "A", "source": "b", "id": 3},
        {"text": "Ada left.", "spans": []},
        {"text": "Ada left.", "ents": [PLACE]},
        {"body": "Ada left.", "marks": [PLACE]},
        {"content": "Ada left.", "annotation": [{"label": ["PER"], "points": [PLACE]}]},
        {"text": "Ada left.", "entities": [[0, 3, "PER"]]},
        {"text": "Ada left.", "mentions": [{"offset": 0, "length": 3, "type": "PER"}]},
        {"text": "Ada left.", "label": "news"},
        {"text": "Ada left.", "cats": {"news": 1.0}},
        ["Ada left.", {"entities": [[0, 3, "PER"]]}],
        [["Ada left.", {"entities": [[0, 3, "PER"]]}]],
        [{"text": "Ada left.", "spans": [PLACE]}],
    ],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_what_is_marked_or_said_of_a_text_is_annotations(said: Any, indent: int | None) -> None:
    assert holds_annotations(json.dumps(said, indent=indent).encode())


@pytest.mark.parametrize(
    "said",
    [
        {"headline": "A", "text": "Ada left.", "section": "news"},
        {"body": "Ada left.", "title": "A"},
        {"content": 'Ada said "text": {"start": 0}.', "tags": ["a", "b"]},
        {"name": "x", "version": [1, 2, 3]},
        [{"body": "Ada left."}],
        ["Ada left.", "Bob left."],
        [1, 2, 3],
        {},
        [],
    ],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_other_objects_are_records(said: Any, indent: int | None) -> None:
    assert not holds_annotations(json.dumps(said, indent=indent).encode())


def test_a_head_that_ends_within_its_first_object_is_judged_by_what_is_there() -> None:
    assert holds_annotations(b'{"headline": "A", "text": "Ada le')
    assert not holds_annotations(b'{"headline": "A", "body": "Ada le')
    assert holds_annotations(b'["Ada le')


@given(st.binary(max_size=80), st.sampled_from((b"", b"[", b"{", b'{"text": "', b'[["')))
def test_any_bytes_have_an_answer(rest: bytes, begin: bytes) -> None:
    assert holds_annotations(begin + rest) in (True, False)
