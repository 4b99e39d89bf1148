"""Exports loaded and trained with by spaCy, datasets, pyarrow, CRFsuite and networkx themselves."""

import io
import json
import zipfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from annotations import formats
from annotations.document import Annotated, Annotation, Document
from annotations.formats import jsonl
from tests.documents import DOCUMENTS
from tests.formats.test_network import DEBATE

# What other people's packages warn of is not ours to fix.
pytestmark = [pytest.mark.consumers, pytest.mark.filterwarnings("ignore")]

NAMES = ("Ada Berg", "Ben Costa", "Cleo", "Dan Dumas", "Eva Engel", "Finn")
SAID = ("said", "denied", "repeated", "wrote")


def lesson(number: int) -> Annotated:
    """A sentence with two actors and a claim, as there are many."""
    one, other = NAMES[number % 6], NAMES[(number * 5 + 2) % 6]
    text = f"{one} {SAID[number % 4]} that {other} had left."
    claim = text.index(other)
    return Annotated(
        document=Document(id=f"l{number}", title=f"Lesson {number}", text=text, language="en"),
        state="done",
        annotations=(
            Annotation(id=f"{number}-1", start=0, end=len(one), label="actor"),
            Annotation(id=f"{number}-2", start=claim, end=claim + len(other), label="actor"),
            Annotation(id=f"{number}-3", start=claim, end=len(text) - 1, label="claim"),
        ),
    )


LESSONS = [lesson(number) for number in range(24)]
APART = [Annotated(document=each.document, annotations=each.annotations[:2]) for each in LESSONS]


def written(name: str, documents: Iterable[Annotated]) -> bytes:
    write = formats.get(name).write
    assert write is not None
    lost = Counter[str]()
    return b"".join(write(documents, lost, formats.Writing(title="Lessons")))


# ── spaCy ─────────────────────────────────────────────────────────────────────────────────────────


def of_docbin(spacy: Any, data: bytes) -> list[Any]:
    from spacy.tokens import DocBin

    return list(DocBin().from_bytes(data).get_docs(spacy.blank("en").vocab))


def of_native_lines(spacy: Any, data: bytes) -> list[Any]:
    """As recipes read them: ``text``, and ``spans`` with ``start``, ``end`` and ``label``."""
    nlp = spacy.blank("en")
    docs = []
    for line in map(json.loads, data.splitlines()):
        doc = nlp.make_doc(line["text"])
        doc.spans["sc"] = [
            doc.char_span(span["start"], span["end"], label=span["label"], span_id=span["id"])
            for span in line["spans"]
        ]
        docs.append(doc)
    return docs


def said(docs: Iterable[Any]) -> list[list[tuple[str, int, int, str]]]:
    return [
        [(span.id_, span.start_char, span.end_char, span.label_) for span in doc.spans["sc"]]
        for doc in docs
    ]


def ours(documents: Iterable[Annotated]) -> list[list[tuple[str, int, int, str]]]:
    return [
        [(mark.id, mark.start, mark.end, mark.label) for mark in each.annotations]
        for each in documents
    ]


@pytest.mark.parametrize("way", ["docbin", "native lines"])
def test_spacy_trains_a_span_categoriser(way: str) -> None:
    spacy = pytest.importorskip("spacy")
    from spacy.training import Example
    from spacy.util import fix_random_seed

    if way == "docbin":
        docs = of_docbin(spacy, written("spacy", LESSONS))
    else:
        docs = of_native_lines(spacy, b"".join(jsonl.write(LESSONS)))
    assert said(docs) == ours(LESSONS)

    fix_random_seed(1)
    nlp = spacy.blank("en")
    suggester = {"@misc": "spacy.ngram_suggester.v1", "sizes": [1, 2, 3, 4]}
    nlp.add_pipe("spancat", config={"spans_key": "sc", "suggester": suggester})
    examples = [Example(nlp.make_doc(doc.text), doc) for doc in docs]
    optimizer = nlp.initialize(lambda: examples)
    steps = []
    for _ in range(25):
        losses: dict[str, float] = {}
        nlp.update(examples, sgd=optimizer, losses=losses)
        steps.append(losses["spancat"])
    assert steps[-1] < steps[0] / 2
    doc = nlp(LESSONS[0].document.text)
    assert ("Ada Berg", "actor") in [(span.text, span.label_) for span in doc.spans["sc"]]


def test_spacy_trains_an_entity_recogniser() -> None:
    spacy = pytest.importorskip("spacy")
    from spacy.training import Example
    from spacy.util import fix_random_seed

    fix_random_seed(1)
    docs = of_docbin(spacy, written("spacy", APART))
    nlp = spacy.blank("en")
    nlp.add_pipe("ner")
    examples = [Example(nlp.make_doc(doc.text), doc) for doc in docs]
    optimizer = nlp.initialize(lambda: examples)
    for _ in range(20):
        nlp.update(examples, sgd=optimizer)
    found = nlp(APART[0].document.text).ents
    assert [(entity.start_char, entity.end_char, entity.label_) for entity in found] == [
        (mark.start, mark.end, mark.label) for mark in APART[0].annotations
    ]


def test_spacy_reads_the_folder_of_several_files(tmp_path: Path) -> None:
    spacy = pytest.importorskip("spacy")
    from spacy.training import Corpus

    with zipfile.ZipFile(io.BytesIO(written("spacy-shards", LESSONS))) as archive:
        archive.extractall(tmp_path)
    found = [example.reference for example in Corpus(tmp_path / "corpus")(spacy.blank("en"))]
    assert said(found) == ours(LESSONS)


# ── tables ────────────────────────────────────────────────────────────────────────────────────────


def rows_are_ours(rows: Iterable[dict[str, Any]], documents: list[Annotated]) -> None:
    rows = list(rows)
    assert [row["text"] for row in rows] == [each.document.text for each in documents]
    assert [
        [(span["id"], span["start"], span["end"], span["label"]) for span in row["spans"]]
        for row in rows
    ] == ours(documents)
    for row in rows:
        for span in row["spans"]:
            assert row["text"][span["start"] : span["end"]] == span["text"]


def test_pyarrow_loads_the_table() -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    every = [*DOCUMENTS.values(), *LESSONS]
    table = parquet.read_table(io.BytesIO(written("parquet", every)))
    rows_are_ours(table.to_pylist(), every)


def test_datasets_loads_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    datasets = pytest.importorskip("datasets")
    every = [*DOCUMENTS.values(), *LESSONS]
    with zipfile.ZipFile(io.BytesIO(written("huggingface", every))) as archive:
        archive.extractall(tmp_path / "data set")
    loaded = datasets.load_dataset(str(tmp_path / "data set"), cache_dir=str(tmp_path / "cache"))
    assert {name: len(split) for name, split in loaded.items()} == {"train": len(every)}
    rows_are_ours(loaded["train"], every)


def test_the_hub_reads_the_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    hub = pytest.importorskip("huggingface_hub")
    datasets = pytest.importorskip("datasets")
    every = [*DOCUMENTS.values(), *LESSONS]
    with zipfile.ZipFile(io.BytesIO(written("huggingface", every))) as archive:
        archive.extractall(tmp_path / "data set")
    card = hub.DatasetCard.load(tmp_path / "data set" / "README.md")
    assert card.data.to_dict() == {
        "pretty_name": "Lessons",
        "license": "unknown",
        "language": ["ar", "en"],
        "task_categories": ["token-classification"],
        "size_categories": ["n<1K"],
        "tags": ["span-annotation", "postil"],
        "configs": [
            {
                "config_name": "default",
                "data_files": [{"split": "train", "path": "data/train-*.parquet"}],
            }
        ],
    }
    builder = datasets.load_dataset_builder(
        str(tmp_path / "data set"), cache_dir=str(tmp_path / "cache")
    )
    assert (builder.config.name, list(builder.config.data_files)) == ("default", ["train"])


# ── tokens ────────────────────────────────────────────────────────────────────────────────────────


def sentences(text: str) -> list[tuple[list[str], list[str]]]:
    """As tutorials read such files: blank lines part sentences, -DOCSTART- is passed over."""
    found = []
    for block in text.split("\n\n"):
        lines = [line.split() for line in block.splitlines() if line.strip()]
        lines = [columns for columns in lines if columns[0] != "-DOCSTART-"]
        if lines:
            found.append(([columns[0] for columns in lines], [columns[-1] for columns in lines]))
    return found


@pytest.mark.parametrize("name", ["bio", "iob1", "bilou", "conll2003"])
def test_a_conditional_random_field_is_trained(name: str, tmp_path: Path) -> None:
    pycrfsuite = pytest.importorskip("pycrfsuite")

    def features(tokens: list[str]) -> list[list[str]]:
        return [
            [f"w={token}", f"before={tokens[n - 1] if n else ''}", f"title={token.istitle()}"]
            for n, token in enumerate(tokens)
        ]

    found = sentences(written(name, APART).decode())
    trainer = pycrfsuite.Trainer(verbose=False)
    for tokens, tags in found:
        trainer.append(features(tokens), tags)
    trainer.set_params({"max_iterations": 40})
    trainer.train(str(tmp_path / "model"))
    tagger = pycrfsuite.Tagger()
    tagger.open(str(tmp_path / "model"))
    assert len(found) == len(APART)
    assert [tagger.tag(features(tokens)) for tokens, _ in found] == [tags for _, tags in found]


# ── networks ──────────────────────────────────────────────────────────────────────────────────────


def test_networkx_reads_the_network() -> None:
    networkx = pytest.importorskip("networkx")
    graph = networkx.read_graphml(io.BytesIO(written("graphml", [DEBATE])))
    names = networkx.get_node_attributes(graph, "label")
    assert networkx.is_bipartite(graph)
    assert not graph.is_directed()
    assert {
        tuple(sorted((names[one], names[other]))): (said["agree"], said["disagree"], said["weight"])
        for one, other, said in graph.edges(data=True)
    } == {
        ("Ada Berg", "tariffs"): (1, 0, 1.0),
        ("Dan", "tariffs"): (0, 0, 1.0),
        ("Ben", "tariffs/lift"): (1, 0, 1.0),
        ("Cleo", "tariffs/lift"): (0, 1, 1.0),
        ("Dan", "tariffs/lift"): (1, 0, 1.0),
    }


@pytest.mark.parametrize("name", ["graphml-congruence", "graphml-conflict"])
def test_networkx_reads_networks_of_actors(name: str) -> None:
    networkx = pytest.importorskip("networkx")
    graph = networkx.read_graphml(io.BytesIO(written(name, [DEBATE])))
    names = networkx.get_node_attributes(graph, "label")
    edges = {frozenset((names[one], names[other])) for one, other in graph.edges}
    assert edges == (
        {frozenset(("Ben", "Dan"))}
        if name == "graphml-congruence"
        else {frozenset(("Ben", "Cleo")), frozenset(("Cleo", "Dan"))}
    )
