"""spaCy's DocBin: what spaCy sees of a document, and what comes back."""

import io
import json
import zipfile
import zlib
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from annotations.document import IMPORTED, Annotated, Annotation, Document
from annotations.errors import BadInput, BadLine
from annotations.formats import Reading, Writing, docbin, prodigy
from annotations.formats.losses import whole
from annotations.formats.tokens import Tokens, blank, snapped, tokeniser
from tests.documents import DOCUMENTS, marked
from tests.formats.roundtrip import assert_round_trip
from tests.formats.test_jsonl import annotated as annotated_documents

spacy = pytest.importorskip("spacy")


def written(*documents: Annotated, writing: Writing | None = None) -> tuple[bytes, Counter[str]]:
    lost = Counter[str]()
    return b"".join(docbin.write(documents, lost, writing)), lost


def docs(data: bytes) -> list[Any]:
    from spacy.tokens import DocBin

    return list(DocBin().from_bytes(data).get_docs(blank("en").vocab))


def read(data: bytes, reading: Reading | None = None) -> list[Annotated]:
    return list(docbin.read(io.BytesIO(data), None, reading))


def of_others(*documents: Any) -> bytes:
    """A file that knows nothing of Postil."""
    from spacy.tokens import DocBin

    data: bytes = DocBin(docs=documents).to_bytes()
    return data


def refused(data: bytes) -> str:
    with pytest.raises(BadLine) as caught:
        read(data)
    return str(caught.value)


# ── what spaCy sees ───────────────────────────────────────────────────────────────────────────────

RICH = DOCUMENTS["rich"]


def test_spans_have_place_label_and_id() -> None:
    (doc,) = docs(written(RICH)[0])
    assert doc.text == RICH.document.text
    assert [(s.start_char, s.end_char, s.label_, s.id_) for s in doc.spans["sc"]] == [
        (mark.start, mark.end, mark.label, mark.id) for mark in RICH.annotations
    ]


def test_spans_that_do_not_overlap_are_entities_too() -> None:
    (doc,) = docs(written(RICH)[0])
    assert [(e.text, e.label_) for e in doc.ents] == [
        *(("Maduro", "actor"), ("Trump", "actor"), ("lift all sanctions", "demand"))
    ]
    (nested,) = docs(written(DOCUMENTS["nested"])[0])
    assert (len(nested.spans["sc"]), nested.ents) == (6, ())


def test_labels_of_the_document_are_its_categories() -> None:
    said = replace(
        RICH.document, labels=("politics", {"label": "long", "attributes": {}}, {"x": 1})
    )
    (doc,) = docs(written(replace(RICH, document=said))[0])
    assert doc.cats == {"politics": 1.0, "long": 1.0}


@pytest.mark.parametrize("tokens", ["", "unicode", "spacy:de"])
@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_text_is_in_the_tokens_whole(name: str, tokens: str) -> None:
    (doc,) = docs(written(DOCUMENTS[name], writing=Writing(tokens=tokens))[0])
    assert doc.text == DOCUMENTS[name].document.text


def test_the_same_documents_give_the_same_bytes() -> None:
    every = tuple(DOCUMENTS.values())
    assert written(*every) == written(*every)


def test_what_is_lost_is_counted() -> None:
    off = marked("off", "Trumpism, he said", ("claim", "Trump"), ("claim", "Trumpism", "said"))
    assert written(off)[1] == {"borders": 1, "fragments": 1}
    with pytest.raises(BadInput, match="does not begin and end where tokens do"):
        written(off, writing=Writing(borders="stop"))


def test_many_documents_are_several_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docbin, "SHARD", 2)
    entries = list(DOCUMENTS.values())[:5]
    data = b"".join(docbin.write_shards(entries))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert [*files] == ["corpus/00000.spacy", "corpus/00001.spacy", "corpus/00002.spacy"]
    assert [doc.text for part in files.values() for doc in docs(part)] == [
        entry.document.text for entry in entries
    ]


# ── what comes back ───────────────────────────────────────────────────────────────────────────────


def on_tokens(writing: Writing) -> Any:
    def also(annotated: Annotated) -> Annotated:
        annotated = whole(annotated, writing, Counter())
        text = annotated.document.text
        if writing.tokens == "unicode":
            places = [*zip(*_of(tokeniser("unicode")(text)), strict=True)]
        else:
            tokenizer = blank("en").tokenizer
            places = [(t.idx, t.idx + len(t)) for t in tokenizer(text) if not t.is_space]
        tokens = Tokens([s for s, _ in places], [e for _, e in places])
        (doc,) = docs(written(replace(annotated, annotations=(), relations=()), writing=writing)[0])
        every = Tokens([t.idx for t in doc], [t.idx + len(t) for t in doc])
        return snapped(annotated, tokens, writing, Counter(), beside=every)

    return also


def _of(tokens: Tokens) -> tuple[list[int], list[int]]:
    return tokens.starts, tokens.ends


@pytest.mark.parametrize("fragments", ["omit", "split", "hull"])
@pytest.mark.parametrize("name", sorted(set(DOCUMENTS) - {"huge"}))
def test_a_nasty_document_comes_back_without_what_was_told(name: str, fragments: str) -> None:
    document = replace(DOCUMENTS[name], document=replace(DOCUMENTS[name].document, language="en"))
    writing = Writing(fragments=fragments)
    data, lost = written(document, writing=writing)
    assert read(data) == [on_tokens(writing)(document)]
    assert set(lost) <= {"fragments", "borders", "relations"}


def test_what_stands_on_tokens_comes_back_as_the_registry_says() -> None:
    assert_round_trip(
        "spacy", [RICH, DOCUMENTS["nested"], DOCUMENTS["unmarked"], DOCUMENTS["empty"]]
    )


@settings(max_examples=40)
@given(annotated_documents())
def test_whatever_goes_out_comes_back_without_what_was_told(document: Annotated) -> None:
    document = replace(document, document=replace(document.document, language="en"))
    writing = Writing(fragments="split", tokens="unicode")
    data, lost = written(document, writing=writing)
    expected = on_tokens(writing)(document)
    assert read(data) == [expected]
    assert set(lost) <= {"fragments", "borders", "relations"}


def test_a_span_that_was_moved_in_spacy_keeps_what_was_said_of_it() -> None:
    (doc,) = docs(written(RICH)[0])
    first, second, _ = doc.spans["sc"]
    longer = doc.char_span(first.start_char, first.end_char + 6, label="who", span_id=first.id_)
    new = doc.char_span(13, 18, label="actor")
    doc.spans["sc"] = [longer, second, new]
    lost = Counter[str]()
    (found,) = read(of_others_with_data(doc), Reading(lost=lost))
    moved, kept, made = found.annotations
    assert moved == replace(RICH.annotations[0], end=12, label="who")
    assert kept == RICH.annotations[1]
    assert made == Annotation(id=made.id, start=13, end=18, label="actor", origin=IMPORTED)
    assert lost == {
        "relations": len(RICH.relations) - len(found.relations),
        "entities beside the spans of a document": 1,
    }


def of_others_with_data(doc: Any) -> bytes:
    from spacy.tokens import DocBin

    data: bytes = DocBin(docs=[doc], store_user_data=True).to_bytes()
    return data


# ── files of others ───────────────────────────────────────────────────────────────────────────────


def test_entities_and_categories_of_others_are_taken() -> None:
    doc = spacy.blank("de")("Ada Berg traf Cleo 📞.")
    doc.ents = [doc.char_span(0, 8, label="PER"), doc.char_span(14, 18, label="PER")]
    doc.cats = {"sport": 0.0, "news": 1.0}
    (found,) = read(of_others(doc))
    assert [(m.start, m.end, m.label) for m in found.annotations] == [
        (0, 8, "PER"),
        (14, 18, "PER"),
    ]
    assert found.document == Document(
        id=found.document.id,
        title="Ada Berg traf Cleo 📞.",
        text="Ada Berg traf Cleo 📞.",
        labels=({"label": "news", "attributes": {}},),
        extra={"cats": {"sport": 0.0, "news": 1.0}},
    )


def test_spans_of_another_group_are_taken() -> None:
    doc = spacy.blank("en")("One two three")
    doc.spans["coref"] = [doc[0:2], doc[1:3]]
    doc.spans["coref"] = [
        spacy.tokens.Span(doc, 0, 2, label="a"),
        spacy.tokens.Span(doc, 1, 3, "b"),
    ]
    (found,) = read(of_others(doc))
    assert [(m.start, m.end, m.label) for m in found.annotations] == [(0, 7, "a"), (4, 13, "b")]


def doc_of_others(groups: dict[str, list[tuple[int, int, str]]], entities: Any = ()) -> Any:
    from spacy.tokens import Span

    doc = blank("en")("Ana Berg met Bo.")
    for name, spans in groups.items():
        doc.spans[name] = [Span(doc, start, end, label=label) for start, end, label in spans]
    doc.set_ents(
        [Span(doc, *place[:2], label=place[2], kb_id="".join(place[3:])) for place in entities]
    )
    return doc


def test_entities_are_taken_where_our_group_is_empty() -> None:
    (entry,) = read(of_others(doc_of_others({"sc": []}, [(0, 2, "PER")])))
    assert [(m.start, m.end, m.label, m.extra) for m in entry.annotations] == [(0, 8, "PER", {})]


def test_every_group_and_the_entities_come_in_and_go_back_to_where_they_were() -> None:
    groups = {"sc": [(0, 2, "PER")], "other": [(0, 1, "FIRST"), (0, 2, "NAME")]}
    (entry,) = read(of_others(doc_of_others(groups, [(0, 2, "PER", "Q1"), (3, 4, "PER", "Q2")])))
    assert [(m.start, m.end, m.label, m.extra) for m in entry.annotations] == [
        (0, 8, "PER", {"kb_id": "Q1"}),
        (0, 3, "FIRST", {"spacy_group": "other"}),
        (0, 8, "NAME", {"spacy_group": "other"}),
        (13, 15, "PER", {"spacy_group": "doc.ents", "kb_id": "Q2"}),
    ]
    data, lost = written(entry)
    (doc,) = docs(data)
    assert {
        name: [(s.start, s.end, s.label_) for s in doc.spans[name]] for name in doc.spans
    } == groups
    assert [(e.start, e.end, e.label_, e.kb_id_) for e in doc.ents] == [
        (0, 2, "PER", "Q1"),
        (3, 4, "PER", "Q2"),
    ]
    assert (read(data), lost) == ([entry], {})


def test_spans_without_a_label_are_counted() -> None:
    reading = Reading()
    (entry,) = read(of_others(doc_of_others({"sc": [(0, 2, ""), (3, 4, "PER")]})), reading)
    assert [(mark.start, mark.label) for mark in entry.annotations] == [(13, "PER")]
    assert reading.lost == {"spans without a label": 1}


def test_categories_that_a_document_was_judged_not_to_have_go_out_again() -> None:
    doc = doc_of_others({})
    doc.cats = {"SPAM": 1.0, "HAM": 0.0, "NEWS": 0.75}
    (entry,) = read(of_others(doc))
    assert [label["label"] for label in entry.document.labels] == ["SPAM", "NEWS"]
    assert docs(written(entry)[0])[0].cats == {"SPAM": 1.0, "HAM": 0.0, "NEWS": 0.75}
    task = b'{"text": "Nice.", "label": "INSULT", "answer": "reject", "_task_hash": 4}'
    (judged,) = prodigy.read(io.BytesIO(task))
    assert docs(written(judged)[0])[0].cats == {"INSULT": 0.0}
    choice = {
        "text": "a",
        "options": [{"id": "A"}, {"id": "B"}],
        "accept": ["B"],
        "answer": "accept",
    }
    (chosen,) = prodigy.read(io.BytesIO(json.dumps(choice).encode()))
    assert docs(written(chosen)[0])[0].cats == {"A": 0.0, "B": 1.0}


@pytest.mark.parametrize(
    "data", [b"", b"text", zlib.compress(b"\x80"), zlib.compress(b"\x81\xa1a")]
)
def test_what_is_no_docbin_is_refused(data: bytes) -> None:
    assert refused(data).startswith("this is no .spacy file that spaCy can read (")


def test_a_cut_file_is_refused() -> None:
    assert "was it cut off?" in refused(written(RICH)[0][:-20])


def test_a_file_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docbin, "MAX_UNPACKED", 2**20)
    assert refused(zlib.compress(b"\0" * 2**22)).startswith("unpacked, a .spacy file may have 1 MB")


def test_a_label_that_is_not_among_the_files_strings_is_refused() -> None:
    packed = zlib.decompress(written(marked("x", "One", ("odd-label", "One")))[0])
    data = zlib.compress(packed.replace(b"odd-label", b"other-one"))
    assert refused(data).startswith(("document 1: spaCy cannot say", "this is no .spacy file"))


def test_a_bad_document_is_named_by_its_number_and_may_be_skipped() -> None:
    (doc,) = docs(written(RICH)[0])
    doc.user_data["postil"] = '{"revision": 0}'
    from spacy.tokens import DocBin

    data = DocBin(docs=[doc, spacy.blank("en")("Good")], store_user_data=True).to_bytes()
    assert refused(data).startswith("document 1: revisions count from 1")
    told: list[BadLine] = []
    found = list(docbin.read(io.BytesIO(data), told.append))
    assert [entry.document.text for entry in found] == ["Good"]
    assert len(told) == 1
