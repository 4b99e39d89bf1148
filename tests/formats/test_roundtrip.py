"""The helper itself: a format that lies about what it carries is found out."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from annotations import formats
from annotations.document import Annotated
from annotations.formats import jsonl
from tests.documents import DOCUMENTS
from tests.formats.roundtrip import assert_round_trip


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_native_format_passes(name: str) -> None:
    assert_round_trip("jsonl", [DOCUMENTS[name]])


def forgetful(
    documents: Iterable[Annotated], losses: Counter[str] | None = None, writing: Any = None
) -> Iterator[bytes]:
    for entry in documents:
        marks = tuple(replace(mark, note="") for mark in entry.annotations)
        yield from jsonl.write([replace(entry, annotations=marks)], losses)


@pytest.mark.parametrize("carries", ["everything", "no notes"])
def test_what_is_lost_and_not_told_fails(monkeypatch: pytest.MonkeyPatch, carries: str) -> None:
    left_out = {"notes"} if carries == "no notes" else set()
    row = SimpleNamespace(
        read=jsonl.read,
        gathers=False,
        write=forgetful,
        carries=frozenset(formats.CARRIABLE) - left_out,
    )
    monkeypatch.setattr(formats, "get", lambda name: row)
    with pytest.raises(AssertionError):
        assert_round_trip("jsonl", [DOCUMENTS["rich"]])
