"""Files that only say something together, imported in one go."""

import json
from pathlib import Path

from tests.cli.conftest import Postil, jsonl

ROW = {"tokens": ["Ada", "met", "Cleo", "."], "ner_tags": [1, 0, 1, 0]}


def test_rows_of_tokens_are_given_with_the_names_of_their_numbers(
    postil: Postil, folder: Path
) -> None:
    (folder / "train.jsonl").write_text(jsonl(ROW), "utf-8")
    (folder / "labels.json").write_text(json.dumps(["O", "B-PER"]), "utf-8")

    alone = postil("import", "train.jsonl")
    assert alone.exit_code == 1
    assert "train.jsonl, line 1: the tags in “ner_tags” are numbers" in alone.stderr

    both = postil("import", "--format", "tokens", "train.jsonl", "labels.json")
    assert both.stdout == "Imported 1 document with 2 spans and 0 relations into “My articles”.\n"
    marks = json.loads(postil("export").stdout)
    assert [(m["label"], m["text"]) for m in marks["spans"]] == [("PER", "Ada"), ("PER", "Cleo")]
    again = postil("import", "--format", "tokens", "train.jsonl", "labels.json")
    assert "1 document was there already" in again.stderr
