"""Names that come with files and that the codebook lacks, on the command line."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Postil, jsonl

TEXT = "Ada says so."


def line(id: str, label: str, relation: str) -> dict[str, object]:
    spans = [
        {"id": f"{id}1", "start": 0, "end": 12, "label": label},
        {"id": f"{id}2", "start": 0, "end": 3, "label": "actor"},
    ]
    relations = [{"id": f"{id}r", "head": f"{id}1", "child": f"{id}2", "label": relation}]
    return {"id": id, "text": TEXT, "layer": "l", "spans": spans, "relations": relations}


@pytest.fixture
def marked(folder: Path) -> Path:
    path = folder / "marked.jsonl"
    path.write_text(jsonl(line("a", "Claim", "made_by"), line("b", "claim", "made_by")))
    return path


def test_what_is_added_to_the_codebook_is_told_and_what_looks_like_what_is_there(
    postil: Postil, marked: Path
) -> None:
    result = postil("import", marked)

    assert result.exit_code == 0
    assert result.stderr == (
        "Added to the codebook: label “Claim” (1); relation “made_by” (2).\n"
        "“Claim” looks like “claim”, which the codebook has; to take it for that, undo this import "
        'and import with --map "Claim=claim".\n'
        "“made_by” looks like “made by”, which the codebook has; to take it for that, undo this "
        'import and import with --map "made_by=made by".\n'
    )


def test_a_name_that_is_mapped_is_that_of_the_codebook_and_nothing_is_added(
    postil: Postil, marked: Path
) -> None:
    result = postil("import", marked, "--map", "made_by=made by", "--map", "Claim=claim")

    assert (result.exit_code, result.stderr) == (0, "")
    lines = [json.loads(each) for each in postil("export").stdout.splitlines()]
    assert [span["label"] for each in lines for span in each["spans"]] == ["claim", "actor"] * 2
    assert [each["relations"][0]["label"] for each in lines] == ["made by", "made by"]


def test_a_map_to_or_from_what_nothing_is_called_is_refused(postil: Postil, marked: Path) -> None:
    to = postil("import", marked, "--map", "made_by=made bi")
    of = postil("import", marked, "--map", "made_bi=made by")

    assert (to.exit_code, of.exit_code) == (1, 1)
    assert "Nothing in the codebook is called “made bi”" in to.stderr
    assert "Nothing in the files is called “made_bi”" in of.stderr
    assert postil("import", marked, "--map", "made_by").exit_code == 2
