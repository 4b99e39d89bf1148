"""Mapping files: names on the way out."""

from dataclasses import replace
from pathlib import Path

import pytest

from annotations import codebook, renaming
from annotations.document import Annotated, Annotation, Document, Relation
from annotations.errors import BadInput, BadLine, UnstorableText
from annotations.renaming import NOTHING, Renaming
from tests.documents import DOCUMENTS

RICH = DOCUMENTS["rich"]


def labels(renamed: Renaming) -> list[str]:
    return [mark.label for mark in renamed.of(RICH).annotations]


def test_a_file_names_labels_and_relations_anew() -> None:
    found = renaming.parse(
        '[labels]\nclaim = "Claim"\n"actor" = false\n[relations]\n"made by" = "MADE_BY"\n'
    )

    assert found == Renaming({"claim": "Claim", "actor": None}, {"made by": "MADE_BY"})


def test_what_is_not_named_keeps_its_name() -> None:
    assert labels(Renaming({"actor": "PER"})) == ["PER", "demand", "PER"]
    assert NOTHING.of(RICH) is RICH


def test_the_rest_goes_under_one_name_or_not_at_all() -> None:
    assert labels(Renaming({"actor": "PER", "*": "REST"})) == ["PER", "REST", "PER"]
    assert labels(Renaming({"actor": "PER", "*": None})) == ["PER", "PER"]


def test_what_is_left_out_takes_its_relations_along() -> None:
    without = Renaming({"actor": None}).of(RICH)

    assert [mark.id for mark in without.annotations] == ["rich-2"]
    assert [relation.id for relation in without.relations] == ["rich-r3"]


@pytest.mark.parametrize("gone", ["head", "child"])
def test_a_relation_goes_with_either_of_its_ends(gone: str) -> None:
    relation = Relation(id="r", label="made by", head="head", child="child")
    name_only = Relation(id="n", label="made by", head="head", child_entity="Reuters")
    entry = Annotated(
        document=Document(id="d", title="", text="one two"),
        annotations=(
            Annotation(id="head", start=0, end=3, label="head"),
            Annotation(id="child", start=4, end=7, label="child"),
        ),
        relations=(relation, name_only),
    )

    kept = Renaming({gone: None}).of(entry)

    assert [mark.id for mark in kept.annotations] == ["child" if gone == "head" else "head"]
    assert kept.relations == (() if gone == "head" else (name_only,))


def test_relations_are_renamed_and_left_out_by_themselves() -> None:
    kept = Renaming({}, {"made by": "by", "reported by": None}).of(RICH)

    assert kept == replace(
        RICH,
        relations=(replace(RICH.relations[0], label="by"), RICH.relations[1]),
    )


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ('[labels]\nclaim = "A"\nactor = 3\n', 3, "“actor” leads to “3”"),
        ('[labels]\n\n"two words" = true\n', 3, "write a name in quotes"),
        ('[labels]\nclaim = " "\n', 2, "an empty name"),
        ('[labels]\nclaim = "a\\u0000b"\n', 2, "a name with a NUL"),
        ('[labels]\nclaim = "A"\n\n[label]\nactor = "B"\n', 4, "“label” says nothing here"),
        ('claim = "A"\n', 1, "“claim” says nothing here"),
        ("[labels]\nclaim = A\n", 2, "this is not TOML"),
        ('[labels]\nclaim = "A"\nclaim = "B"\n', 3, "this is not TOML"),
        ("[labels]\nclaim =", 2, "this is not TOML"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_with_its_line(
    tmp_path: Path, text: str, line: int, part: str
) -> None:
    path = tmp_path / "names.toml"
    path.write_text(text, "utf-8")

    with pytest.raises(BadLine, match=part) as caught:
        renaming.read(path)

    assert (caught.value.name, caught.value.line) == (str(path), line)


def test_a_file_that_is_no_text_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "names.toml"
    path.write_bytes(b'[labels]\nclaim = "\xff"\n')

    with pytest.raises(BadLine, match="UTF-8") as caught:
        renaming.read(path)

    assert caught.value.line == 2


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("[labels]\na = " + "[" * 100_000, "nested too deeply"),
        ("[labels]\na = " + "{a=" * 100_000, "nested too deeply"),
        ("[labels]\na = " + "1" * 5_000, "a number is too long"),
        ("[labels]\n" + "a." * 100_000 + "b = 1", "a key of more than a hundred parts"),
        ("[labels]\n" + "'a'\t. " * 100_000 + "b = 1", "a key of more than a hundred parts"),
    ],
    ids=["lists", "tables", "digits", "parts", "quoted parts"],
)
def test_what_was_made_to_break_a_reader_of_toml_is_refused(text: str, part: str) -> None:
    for read in (renaming.parse, codebook.from_toml):
        with pytest.raises(BadInput, match=f"not TOML: .*{part}"):
            read(text)


def test_prose_with_many_points_is_no_long_key() -> None:
    prose = "See a.b.c. And so on. " * 500 + "." * 500 + "1.2.3 " * 200
    assert codebook.from_toml(f'guidelines = "{prose}"').guidelines == prose


def test_a_file_of_windows_reads_the_same(tmp_path: Path) -> None:
    path = tmp_path / "names.toml"
    path.write_bytes(b'\xef\xbb\xbf[labels]\r\nclaim = "A"\r\n')

    assert renaming.read(path) == Renaming({"claim": "A"})


@pytest.mark.parametrize(
    ("wrong", "part"),
    [
        (Renaming({"clam": "A"}), "label “clam”.*it has claim, actor, demand"),
        (Renaming({}, {"made of": "A"}), "relation “made of”.*made by"),
    ],
)
def test_a_name_that_the_codebook_lacks_is_refused(wrong: Renaming, part: str) -> None:
    with pytest.raises(BadInput, match=part):
        renaming.check(wrong, codebook.default())


def test_the_rest_is_no_name_to_look_for() -> None:
    renaming.check(Renaming({"claim": "A", "*": None}, {"*": "r"}), codebook.default())


@pytest.mark.parametrize("name", ["a\0b", "\ud800"])
def test_a_name_that_could_not_come_in_again_is_refused(name: str) -> None:
    for names in ({"labels": {"claim": name}}, {"relations": {"made by": name}}):
        with pytest.raises(UnstorableText):
            Renaming(**names)
