"""What a document is labelled as a whole."""

from dataclasses import replace
from typing import Any

import pytest

from annotations import codebook as books
from annotations.codebook import Label
from annotations.document_labels import Given, given, with_label, without_label
from annotations.errors import BadInput, NotFound


def whole(uid: str, **more: Any) -> Label:
    look = {"letter": "X", "key": "", "colour": "grey", "underline": "solid", "scope": "document"}
    return Label(id=uid, name=uid.capitalize(), **{**look, **more})


NEWS, OPINION = (whole(uid, group="genre", exclusive=True) for uid in ("news", "opinion"))
LOCAL = whole("local", group="genre")
RELEVANT = whole("relevant")
BOOK = replace(
    books.default(), labels=(*books.default().labels, NEWS, OPINION, LOCAL, RELEVANT)
).checked()


def test_labels_are_given_in_order_with_their_attributes() -> None:
    labels = with_label([], BOOK, "relevant", {"why": "names both"})
    labels = with_label(labels, BOOK, "news", {})

    assert labels == [{"label": "relevant", "attributes": {"why": "names both"}}, {"label": "news"}]
    assert given(labels, BOOK) == [Given(RELEVANT, {"why": "names both"}), Given(NEWS)]


def test_an_exclusive_label_takes_the_place_of_those_of_its_group() -> None:
    labels = with_label([{"label": "local"}, {"label": "news"}], BOOK, "opinion", {})

    assert labels == [{"label": "local"}, {"label": "opinion"}]


def test_giving_again_changes_the_attributes_where_it_stands() -> None:
    labels = [{"label": "news"}, {"label": "relevant"}]

    assert with_label(labels, BOOK, "news", {"a": 1}) == [
        {"label": "news", "attributes": {"a": 1}},
        {"label": "relevant"},
    ]


def test_what_an_import_brought_is_known_by_its_name_and_else_kept() -> None:
    labels = ["News", "something else", 7]

    assert given(labels, BOOK) == [Given(NEWS)]
    assert without_label(labels, BOOK, "news") == ["something else", 7]
    assert with_label(labels, BOOK, "opinion", {}) == ["something else", 7, {"label": "opinion"}]


def test_a_renamed_label_stays_the_same() -> None:
    labels = with_label([], BOOK, "news", {})
    renamed = replace(BOOK, labels=(*BOOK.labels[:3], replace(NEWS, name="Report")))

    assert [one.label.name for one in given(labels, renamed)] == ["Report"]


def test_only_labels_of_documents_can_be_given() -> None:
    with pytest.raises(BadInput, match="not whole documents"):
        with_label([], BOOK, "claim", {})
    with pytest.raises(NotFound):
        without_label([], BOOK, "nothing")
