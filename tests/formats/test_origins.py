"""How an annotation came to be: as its file says, and imported where that says nothing."""

import json
from typing import Any

import pytest

from annotations.document import IMPORTED, Origin
from tests.formats.test_bad_parts import ADA, native, region, span, task
from tests.formats.test_cas import entity, xmi
from tests.ingest.test_archives import zipped
from tests.transferred import entries_of

TEXT = "Ada met Bob."
PRODIGY = {"text": TEXT, "spans": [{"start": 0, "end": 3, "label": "PER"}], "_input_hash": 1}
W3C = {
    "@context": "http://www.w3.org/ns/anno.jsonld",
    "type": "Annotation",
    "body": {"type": "TextualBody", "value": "PER", "purpose": "tagging"},
    "target": {
        "source": {"type": "TextualBody", "value": TEXT},
        "selector": {"type": "TextPositionSelector", "start": 0, "end": 3},
    },
}
SAYS_NOTHING: dict[str, tuple[str, bytes]] = {
    "native": ("a.jsonl", native(ADA)),
    "labelstudio": ("a.json", task(region("a", "Ada"))),
    "made by hand in Label Studio": ("a.json", task({**region("a", "Ada"), "origin": "manual"})),
    "prodigy": ("a.jsonl", json.dumps({**PRODIGY, "_task_hash": 2}).encode()),
    "doccano": ("a.jsonl", json.dumps({"text": TEXT, "label": [[0, 3, "PER"]]}).encode()),
    "w3c": ("a.jsonld", json.dumps(W3C).encode()),
    "csv": ("a.csv", f"text,label,start,end\n{TEXT},PER,0,3\n".encode()),
    "bio": ("a.bio", b"Ada\tB-PER\nmet\tO\n"),
    "brat": ("a.zip", zipped({"a.txt": TEXT, "a.ann": "T1\tPER 0 3\tAda\n"})),
    "cas": ("a.zip", zipped({"a.xmi": xmi(TEXT, entity(2, 0, 3))})),
    "tokens": ("a.jsonl", json.dumps({"tokens": ["Ada"], "ner_tags": ["B-PER"]}).encode()),
}


@pytest.mark.parametrize(("name", "data"), SAYS_NOTHING.values(), ids=list(SAYS_NOTHING))
def test_annotations_of_a_file_that_says_nothing_are_imported(name: str, data: bytes) -> None:
    (entry,) = entries_of(name, data)
    assert [(m.label, m.origin) for m in entry.annotations] == [("PER", IMPORTED)]


@pytest.mark.parametrize(
    ("said", "origin"),
    [
        ({"kind": "hand"}, Origin("hand")),
        ({"kind": "model", "source": "ner-7", "score": 0.5}, Origin("model", "ner-7", 0.5)),
        ({"source": "nurse"}, Origin("import", "nurse")),
    ],
)
def test_what_the_native_format_says_stays(said: dict[str, Any], origin: Origin) -> None:
    (entry,) = entries_of("a.jsonl", native(span("Ada", origin=said)))
    assert [mark.origin for mark in entry.annotations] == [origin]
