"""Which way texts and their paragraphs run."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.direction import (
    direction_of,
    direction_of_block,
    direction_of_document,
    main_direction,
)
from annotations.document import Document
from annotations.ingest import read_article
from annotations.spans import Span

ARABIC, HEBREW, ENGLISH = "قال الوزير إن الميناء سيغلق.", "אמר השר.", "The port closes."


@pytest.mark.parametrize(
    ("text", "direction"),
    [
        ("", ""),
        ("12.5 % – …", ""),
        (ENGLISH, "ltr"),
        (ARABIC, "rtl"),
        (HEBREW, "rtl"),
        ("“" + ARABIC, "rtl"),
        ("3. " + HEBREW, "rtl"),
        ("NATO " + ARABIC, "ltr"),
        ("ܫܠܡܐ", "rtl"),
        ("ߒߞߏ", "rtl"),
        ("𐤀𐤁", "rtl"),
        ("中文", "ltr"),
        ("हिन्दी", "ltr"),
    ],
)
def test_a_paragraph_runs_as_its_first_letter_does(text: str, direction: str) -> None:
    assert direction_of(text) == direction


@pytest.mark.parametrize(
    ("text", "direction"),
    [
        ("", ""),
        ("1999", ""),
        (f"Reuters\n\n{ARABIC}", "rtl"),
        (f"{HEBREW}\n\n{ENGLISH} {ENGLISH}", "ltr"),
        (ENGLISH, "ltr"),
    ],
)
def test_a_text_runs_as_most_of_its_letters_do(text: str, direction: str) -> None:
    assert main_direction(text) == direction


def runs(text: str, said: str) -> tuple[str, list[str]]:
    """How a document of lines runs, and which of its lines run otherwise."""
    document = Document(id="d", title="", text=text, direction=said)
    blocks, start = [], 0
    for line in text.split("\n"):
        blocks.append(Span(start, start + len(line)))
        start += len(line) + 1
    return direction_of_document(document), [direction_of_block(document, b) for b in blocks]


MIXED = "\n".join((ARABIC, ENGLISH, "NATO " + ARABIC, "2024", HEBREW))


@pytest.mark.parametrize(
    ("said", "base", "blocks"),
    [
        ("", "rtl", ["", "ltr", "ltr", "", ""]),
        ("auto", "rtl", ["", "ltr", "ltr", "", ""]),
        ("rtl", "rtl", ["", "ltr", "", "", ""]),
        ("ltr", "ltr", ["rtl", "", "", "", "rtl"]),
    ],
)
def test_each_block_takes_its_own_direction(said: str, base: str, blocks: list[str]) -> None:
    assert runs(MIXED, said) == (base, blocks)


def test_an_english_text_that_is_said_to_run_to_the_left_has_blocks_that_do_not() -> None:
    assert runs(ENGLISH, "rtl") == ("rtl", ["ltr"])


@given(st.text())
def test_a_text_without_letters_from_right_to_left_needs_no_word(text: str) -> None:
    document = Document(id="d", title="", text=text)
    if direction_of_document(document) == "ltr":
        assert direction_of_block(document, Span(0, len(text))) in ("", "rtl")
    else:
        assert direction_of(text) == "rtl" or main_direction(text) == "rtl"


@pytest.mark.parametrize(
    ("kind", "text", "direction"),
    [
        ("text", f"Reuters\n\n{ARABIC}", "rtl"),
        ("markdown", f"# {HEBREW}\n\n{HEBREW}", "rtl"),
        ("html", f"<h1>News</h1><p>{ARABIC}</p>", "rtl"),
        ("html", f'<html dir="ltr"><p>{ARABIC}</p></html>', "ltr"),
        ("text", ENGLISH, ""),
    ],
)
def test_an_article_that_comes_in_runs_as_it_says_else_as_its_letters_do(
    kind: str, text: str, direction: str
) -> None:
    assert read_article(text, kind=kind).direction == direction
