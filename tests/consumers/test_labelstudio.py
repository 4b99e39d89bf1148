"""Label Studio's own converter takes our JSON: ``label-studio-sdk``."""

import json
from pathlib import Path
from typing import Any

import pytest

from annotations.document import Annotated, Annotation, Document, Layer
from tests.documents import DOCUMENTS
from tests.formats.roundtrip import written

pytestmark = [
    pytest.mark.consumers,
    pytest.mark.filterwarnings("ignore"),  # Its own, and those of what it needs.
]

CONFIG = """<View>
  <Labels name="label" toName="text">
    <Label value="actor"/><Label value="claim"/><Label value="demand"/>
  </Labels>
  <Text name="text" value="$text"/>
</View>"""


def converted(path: Path, kind: str, documents: list[Annotated]) -> Path:
    """The folder that the converter makes of our file."""
    pytest.importorskip("label_studio_sdk")
    from label_studio_sdk.converter import Converter

    given = path / "tasks.json"
    given.write_bytes(written("labelstudio", documents)[0])
    converter = Converter(CONFIG, project_dir=str(path), upload_dir=str(path))
    converter.convert(str(given), str(path / "out"), kind, is_dir=False)
    return path / "out"


def test_the_words_of_our_spans_are_tagged_with_their_labels(tmp_path: Path) -> None:
    text = "Maduro asked Trump to lift sanctions"
    document = Annotated(
        document=Document(id="1", title="A call", text=text),
        layer=Layer(id="l", annotator="ada"),
        state="done",
        annotations=(
            Annotation(id="a", start=0, end=6, label="actor"),
            Annotation(id="b", start=19, end=36, label="demand"),
        ),
    )
    lines = (converted(tmp_path, "CONLL2003", [document]) / "result.conll").read_text().split("\n")
    assert [line.split(" ")[0::3] for line in lines[1:] if line.strip()] == [
        ["Maduro", "B-actor"],
        ["asked", "O"],
        ["Trump", "O"],
        ["to", "B-demand"],
        ["lift", "I-demand"],
        ["sanctions", "I-demand"],
    ]


def spans(task: dict[str, Any]) -> list[tuple[int, int, str, str]]:
    return [
        (span["start"], span["end"], span["labels"][0], span["text"])
        for span in task.get("label", [])
    ]


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if name != "empty"])
def test_every_span_of_a_nasty_document_arrives(name: str, tmp_path: Path) -> None:
    given = DOCUMENTS[name]
    out = converted(tmp_path, "JSON_MIN", [given]) / "result.json"
    tasks = json.loads(out.read_text())
    text = given.document.text
    assert [spans(task) for task in tasks] == [
        [
            (mark.start, mark.end, mark.label, mark.span.of(text))
            for mark in given.annotations
            if not mark.fragments
        ]
    ]
