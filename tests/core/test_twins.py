"""Texts that are there already are noticed, and a document is not its own twin."""

from annotations.document import Document, sha256
from annotations.twins import Twin, Twins


def document(id: str, text: str) -> Document:
    return Document(id=id, title=id.upper(), text=text)


def test_twins_are_found_in_the_project_and_in_what_comes_in() -> None:
    twins = Twins(lambda: {sha256("Stored."): ("old", "Old")})
    found = [
        twins.of(document(id, text))
        for id, text in [
            ("a", "New."), ("b", "Stored."), ("c", "New."), ("old", "Stored."), ("d", "Other."),
        ]
    ]  # fmt: skip
    assert found == [None, Twin("Old", True), Twin("A", False), None, None]
    assert twins.count == 2


def test_a_further_layer_of_a_document_is_no_twin() -> None:
    twins = Twins(dict)
    assert [twins.of(document("a", "Same.")) for _ in range(3)] == [None] * 3
    assert [twins.of(document("b", "Same.")) for _ in range(2)] == [Twin("A", False)] * 2
    assert twins.count == 1


def test_empty_texts_are_no_twins() -> None:
    twins = Twins(dict)
    assert [twins.of(document(id, " \n")) for id in "ab"] == [None, None]


def test_the_project_is_asked_once_and_only_when_something_comes() -> None:
    asked = []
    twins = Twins(lambda: asked.append(1) or {})  # type: ignore[func-returns-value]
    assert asked == []
    for id in "abc":
        twins.of(document(id, id))
    assert asked == [1]
