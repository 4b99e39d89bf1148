"""Web Annotations: alternatives, parts, quotes that prove, texts that are elsewhere."""

import io
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations import formats, transfer
from annotations.document import Annotated, Annotation, Document, Layer, Relation
from annotations.errors import BadLine
from annotations.formats import Reading, w3c, w3c_in, w3c_keys, w3c_quotes
from annotations.spans import Span
from tests.conformance_data import conformance
from tests.documents import DOCUMENTS
from tests.formats.awkward import awkward
from tests.formats.roundtrip import assert_round_trip, read, written

NAMES = (
    *("@context", "id", "type", "label", "total", "first", "items", "creator", "motivation"),
    *("body", "bodyValue", "target", "created", "modified", "text"),
)
TEXT = "😀 Maduro asked Trump, Reuters says, for safety."
PAGE = "https://example.org/call"
DOCUMENT = Document(id="d", title="A call", text=TEXT)


def at(*quotes: str, **more: Any) -> Any:
    """A target with both selectors for each quote."""
    targets = [
        {
            "source": PAGE,
            "selector": [
                {
                    "type": "TextPositionSelector",
                    "start": TEXT.index(quote),
                    "end": TEXT.index(quote) + len(quote),
                },
                {"type": "TextQuoteSelector", "exact": quote},
            ],
            **more,
        }
        for quote in quotes
    ]
    return targets if len(targets) > 1 else targets[0]


def note(target: Any, body: Any = None, **keys: Any) -> Any:
    said = {"@context": w3c_keys.CONTEXT, "id": "urn:uuid:a-1", "type": "Annotation", **keys}
    return {**said, "body": body or {"type": "TextualBody", "value": "x", "purpose": "tagging"}} | {
        "target": target
    }


def known(name: str) -> Document | None:
    return DOCUMENT if name == PAGE else None


def all_of(data: Any, **options: Any) -> list[Annotated]:
    reading = Reading(**{"text_of": known, **options})
    return read("w3c", json.dumps(data).encode(), reading)


def one(data: Any, **options: Any) -> Annotated:
    (entry,) = all_of(data, **options)
    return entry


def refused(data: Any, **options: Any) -> str:
    with pytest.raises(BadLine) as caught:
        all_of(data, **options)
    return str(caught.value)


# ── what goes out comes back ──────────────────────────────────────────────────────────────────────


@given(st.lists(awkward(NAMES), max_size=2))
def test_whatever_goes_out_comes_back(documents: list[Annotated]) -> None:
    assert_round_trip("w3c", documents)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_nothing_of_a_nasty_document_is_lost(name: str) -> None:
    out, lost = written("w3c", [DOCUMENTS[name]])
    assert (read("w3c", out), lost) == ([DOCUMENTS[name]], {})


def test_a_mark_of_several_parts_has_several_targets_each_with_place_and_quote() -> None:
    (collection,) = json.loads(written("w3c", [DOCUMENTS["discontinuous"]])[0])
    first = collection["first"]["items"][0]
    assert (collection["type"], collection["total"], first["motivation"]) == (
        *("AnnotationCollection", 3, "tagging"),
    )
    assert first["creator"] == {"type": "Person", "name": "ada"}
    assert first["body"] == [{"type": "TextualBody", "purpose": "tagging", "value": "demand"}]
    assert first["target"][1] == {
        "type": "SpecificResource",
        "source": "urn:postil:doc-discontinuous",
        "selector": [
            {"type": "TextPositionSelector", "start": 28, "end": 38},
            {
                "type": "TextQuoteSelector",
                "exact": "for safety",
                "prefix": "Maduro asked, Reuters says, ",
                "suffix": " and, again, for money",
            },
        ],
    }


def test_what_we_write_keeps_the_rules_that_we_hold_others_to() -> None:
    for name in DOCUMENTS:
        for collection in json.loads(written("w3c", [DOCUMENTS[name]])[0]):
            w3c_in._check_context(collection)
            for item in collection["first"]["items"]:
                w3c_in._checked(item)


def test_rejected_suggestions_are_no_annotations() -> None:
    negatives = Annotated(
        document=Document(id="d", title="Uber", text="Uber left"),
        layer=Layer(id="l", kind="suggestion", annotator="ada", name="rejected suggestions"),
        annotations=(
            Annotation(id="n", start=0, end=4, label="actor", extra={"verdict": "rejected"}),
        ),
    )
    assert json.loads(written("w3c", [negatives])[0])[0]["first"]["items"] == []
    assert_round_trip("w3c", [negatives])


# ── what comes in ─────────────────────────────────────────────────────────────────────────────────


def test_an_annotation_is_put_on_the_text_that_is_at_hand() -> None:
    bodies = [
        {"type": "TextualBody", "value": "actor", "purpose": "tagging"},
        {"type": "TextualBody", "value": "president", "purpose": "tagging"},
        {"type": "TextualBody", "value": "sure?", "purpose": "commenting"},
        "http://example.org/more",
    ]
    entry = one(
        note(
            at("Maduro"),
            bodies,
            creator={"type": "Person", "name": "ada", "email": "a@example.org"},
            created="2026-03-01T12:00:00Z",
            modified="2026-03-02T12:00:00Z",
            rights="https://creativecommons.org/publicdomain/zero/1.0/",
        )
    )
    assert entry.document == DOCUMENT
    assert entry.layer is not None
    assert (entry.layer.annotator, entry.layer.kind) == ("ada", "work")
    (mark,) = entry.annotations
    assert (mark.id, mark.span, mark.label, mark.note) == ("a-1", Span(2, 8), "actor", "sure?")
    assert (mark.created, mark.updated) == ("2026-03-01T12:00:00Z", "2026-03-02T12:00:00Z")
    assert mark.attributes == {"tags": ["president"]}
    assert mark.extra == {
        "body": ["http://example.org/more"],
        "creator": {"type": "Person", "name": "ada", "email": "a@example.org"},
        "rights": "https://creativecommons.org/publicdomain/zero/1.0/",
    }
    (out,) = json.loads(written("w3c", [entry])[0])
    item = out["first"]["items"][0]
    assert item["body"] == bodies
    assert item["creator"]["email"] == "a@example.org"


def test_several_targets_in_one_source_are_parts() -> None:
    (mark,) = one(note(at("asked", "for safety"))).annotations
    assert mark.fragments == (Span(9, 14), Span(36, 46))


def test_pages_collections_lists_and_lines_are_read() -> None:
    item = note(at("Maduro"))
    page = {"@context": w3c_keys.CONTEXT, "type": "AnnotationPage", "items": [item]}
    collection = {"@context": w3c_keys.CONTEXT, "type": ["AnnotationCollection"], "first": page}
    for data in (item, [item], page, collection):
        assert [mark.span for mark in one(data).annotations] == [Span(2, 8)]
    lines = b"\n".join(json.dumps({**item, "id": f"urn:uuid:{n}"}).encode() for n in "ab")
    (entry,) = read("w3c", lines, Reading(text_of=known))
    assert [mark.id for mark in entry.annotations] == ["a", "b"]


def test_annotations_are_put_together_by_source_and_creator() -> None:
    def by(uid: str, who: Any) -> Any:
        return note(at("Maduro"), id=f"urn:uuid:{uid}", creator=who)

    model = {"type": "Software", "name": "ner-7"}
    entries = all_of([by("a", "http://a.test/ada"), by("b", model), by("c", "http://a.test/ada")])
    assert [
        (entry.layer and (entry.layer.annotator, entry.layer.kind), len(entry.annotations))
        for entry in entries
    ] == [(("http://a.test/ada", "work"), 2), (("ner-7", "model"), 1)]


@pytest.mark.parametrize(
    "selector",
    [
        {"type": "TextQuoteSelector", "exact": "Maduro"},
        {"type": "TextQuoteSelector", "exact": "a", "prefix": "M", "suffix": "duro"},
        {"type": "TextPositionSelector", "start": 2, "end": 8},
        {"type": "FragmentSelector", "value": "char=2,8"},
        [
            {"type": "XPathSelector", "value": "/p[1]"},
            {"type": "FragmentSelector", "value": "char=2,8"},
        ],
        {
            "type": "TextPositionSelector",
            "start": 0,
            "end": 14,
            "refinedBy": {"type": "TextQuoteSelector", "exact": "Maduro"},
        },
        {
            "type": "TextQuoteSelector",
            "exact": "Maduro asked",
            "refinedBy": {"type": "TextPositionSelector", "start": 0, "end": 6},
        },
    ],
    ids=str,
)
def test_any_selector_that_finds_a_place_in_a_plain_text_does(selector: Any) -> None:
    (mark,) = one(note({"source": PAGE, "selector": selector})).annotations
    assert mark.quote(TEXT) in ("Maduro", "a")
    assert mark.start in (2, 3)


def test_an_embedded_text_is_the_text() -> None:
    source = {"type": "TextualBody", "value": "Trump left", "format": "text/plain"}
    selector = {"type": "TextPositionSelector", "start": 0, "end": 5}
    entry = one(note({"source": source, "selector": selector}))
    assert (entry.document.text, entry.annotations[0].span) == ("Trump left", Span(0, 5))


def test_linking_annotations_are_relations() -> None:
    marks = [note(at(quote), id=f"#{uid}") for quote, uid in (("Maduro", "m"), ("asked", "d"))]
    link = note([{"id": "#d"}, "#m"], id="#r", motivation="linking")
    link["body"]["value"] = "made by"
    entry = one([*marks, link])
    actor, demand = (mark.id for mark in entry.annotations)
    (made,) = entry.relations
    assert made == Relation(id=made.id, head=demand, child=actor, label="made by")


def test_ids_within_a_file_are_no_ids_of_a_project() -> None:
    def ids(*items: Any) -> list[str]:
        return [mark.id for mark in one([*items]).annotations]

    first, other = note(at("Maduro"), id="#1"), note(at("asked"), id="#1")
    assert ids(first) != ids(other)
    assert ids(first) == ids(first)
    assert one(first).annotations[0].extra == {"id": "#1"}


def test_annotations_of_whole_documents_and_loose_links_are_counted() -> None:
    reading = Reading(text_of=known)
    link = note(["#d", "#m"], id="#r", motivation="linking")
    data = json.dumps([note(at("Maduro")), note(PAGE, id="#w"), link]).encode()
    (entry,) = read("w3c", data, reading)
    assert len(entry.annotations) == 1
    assert reading.lost == {
        "annotations of whole documents": 1,
        "relations whose ends are not in the file": 1,
    }


# ── units ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_quote_beside_a_place_shows_that_a_browser_counted() -> None:
    target = at("Maduro")
    target["selector"][0] |= {"start": 3, "end": 9}
    assert one(note(target)).annotations[0].span == Span(2, 8)


def position(start: int, end: int) -> Any:
    return {"type": "TextPositionSelector", "start": start, "end": end}


def quotation(exact: str, prefix: str = "", suffix: str = "") -> Any:
    said = {"type": "TextQuoteSelector", "exact": exact, "prefix": prefix, "suffix": suffix}
    return {key: value for key, value in said.items() if value}


ANA = "Ana Berg met Bo. Then Ana Berg met Cleo.\n\nCafé soft\u00adhyphen and non\u00a0break."


@pytest.mark.parametrize(
    ("selectors", "quote", "start"),
    [
        ([position(1000, 1003), quotation("Cleo", "met ", ".")], "Cleo", 35),
        ([position(5, 9), quotation("Cleo", "met ", ".")], "Cleo", 35),
        ([position(1000, 1008), quotation("Cleo")], "Cleo", 35),
        ([position(0, 8), quotation("Ana Berg")], "Ana Berg", 0),
        ([position(21, 29), quotation("Ana Berg")], "Ana Berg", 22),
        ([{"type": "RangeSelector"}, position(22, 30), quotation("Ana Berg")], "Ana Berg", 22),
        ([quotation("Ana Berg", suffix="  met Cleo")], "Ana Berg", 22),
        ([quotation("Ana Berg", "Bo.\n Then ", " met Cleo")], "Ana Berg", 22),
        ([quotation("Ana Berg", "Bo.Then", "met\tCleo")], "Ana Berg", 22),
        ([quotation("Ana\nBerg met Bo")], "Ana Berg met Bo", 0),
        ([quotation(" Cleo. \r\n  Café ")], "Cleo.\n\nCafé", 35),
        ([quotation("Cleo.Café")], "Cleo.\n\nCafé", 35),
        ([quotation("softhyphen")], "soft\u00adhyphen", 47),
        ([quotation("non break")], "non\u00a0break", 63),
        ([quotation("Cafe\u0301 soft")], "Café soft", 42),
        ([quotation("Ana Berg", "elsewhere ", " met Cleo")], "Ana Berg", 22),
        ([quotation("Ana Berg", "Then ", " left")], "Ana Berg", 22),
        ([{"type": "FragmentSelector", "value": "char=0,3"}, quotation("Cleo")], "Cleo", 35),
    ],
)
def test_a_place_gives_way_to_its_quote_and_white_space_is_white_space(
    selectors: Any, quote: str, start: int
) -> None:
    document = Document(id="d", title="A", text=ANA)
    entry = one(note({"source": PAGE, "selector": selectors}), text_of=lambda name: document)
    (mark,) = entry.annotations
    assert (mark.quote(ANA), mark.start) == (quote, start)


@pytest.mark.parametrize(
    ("selectors", "reason"),
    [
        ([quotation("Ana Berg")], "“Ana Berg” stands several times"),
        ([quotation("Ana Berg", suffix=" met")], "“Ana Berg” stands several times"),
        ([position(0, 4), quotation("Dora")], "“Dora” does not stand in the text"),
        ([quotation("Cleo", "left ", " again")], "“Cleo” does not stand in the text"),
        ([quotation("Cafe")], "“Cafe” does not stand in the text"),
        ([position(90, 99)], "lies outside of a text"),
    ],
)
def test_what_is_not_clear_is_refused_by_the_annotation(selectors: Any, reason: str) -> None:
    document = Document(id="d", title="A", text=ANA)
    data = [
        note(at("Maduro"), id="urn:uuid:good"),
        note({"source": PAGE, "selector": selectors}, id="#b"),
    ]
    data[0]["target"]["selector"] = [position(0, 3)]
    with pytest.raises(BadLine, match=f"the annotation #b: .*{reason}"):
        all_of(data, text_of=lambda name: document)
    bad: list[BadLine] = []
    reading = Reading(text_of=lambda name: document)
    stream = io.BytesIO(json.dumps(data, indent=1).encode())
    (entry,) = w3c.read(stream, bad.append, reading)
    assert [mark.id for mark in entry.annotations] == ["good"]
    assert [(error.part, (error.line or 0) > 20) for error in bad] == [("annotation", True)]


@given(st.text(st.sampled_from("ab \n\u00a0\u00adé\u0301😀."), min_size=1), st.data())
def test_a_quote_with_what_is_around_it_is_found_whatever_its_white_space(
    text: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    exact, prefix, suffix = text[start:end], text[:start], text[end:]
    loose = [part.replace(" ", "\n  ").replace("\n", "\t") for part in (exact, prefix, suffix)]
    if not w3c_quotes.folded(exact) or text[end : end + 1] == "\u0301":
        return
    found = w3c_quotes.Quoted(text).find(*loose)
    assert w3c_quotes.folded(text[found.start : found.end]) == w3c_quotes.folded(exact)
    assert w3c_quotes.folded(text[: found.start]) == w3c_quotes.folded(prefix)


# ── Hypothesis ────────────────────────────────────────────────────────────────────────────────────


def row(uid: str = "Q3qVZkGqEe", **keys: Any) -> Any:
    return {
        "id": uid,
        "created": "2026-03-01T12:00:00.123456+00:00",
        "updated": "2026-03-02T12:00:00.123456+00:00",
        "user": "acct:ada@hypothes.is",
        "uri": PAGE,
        "text": "sure?",
        "tags": ["actor", "president"],
        "group": "__world__",
        "target": [
            {
                "source": PAGE,
                "selector": [
                    {"type": "RangeSelector", "startContainer": "/p[1]", "startOffset": 2},
                    position(140, 146),
                    quotation("Maduro", "\n  😀 ", " asked"),
                ],
            }
        ],
        "document": {"title": ["A call"]},
        **keys,
    }


REPLY = row("reply", references=["Q3qVZkGqEe"], target=[{"source": PAGE}])
PAGE_NOTE = row("whole", target=[{"source": PAGE}])
OTHER = row("other", user="acct:bob@annotate.test", tags=[], text="")


@pytest.mark.parametrize(
    "said",
    [
        {"total": 4, "rows": [row(), REPLY, PAGE_NOTE, OTHER]},
        {
            "export_date": "2026-03-01",
            "export_userid": "acct:ada@hypothes.is",
            "client_version": "1.1",
            "annotations": [row(), REPLY, PAGE_NOTE, OTHER],
        },
        {"total": 3, "rows": [row(), PAGE_NOTE, OTHER], "replies": [REPLY]},
        [row(), REPLY, PAGE_NOTE, OTHER],
    ],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_what_hypothesis_exports_is_read(said: Any, indent: int | None) -> None:
    data = json.dumps(said, indent=indent).encode()
    assert formats.guess("annotations.json", data) == "w3c"
    reading = Reading(text_of=known)
    mine, other = read("w3c", data, reading)
    (mark,) = mine.annotations
    assert (mine.document, mine.layer and mine.layer.annotator) == (DOCUMENT, "ada")
    assert (mark.id, mark.span, mark.label) == ("Q3qVZkGqEe", Span(2, 8), "actor")
    assert (mark.attributes, mark.note) == ({"tags": ["president"]}, "sure?")
    assert mark.extra == {"hypothesis": {"group": "__world__"}}
    assert mark.created == "2026-03-01T12:00:00.123456+00:00"
    assert other.layer is not None
    assert (other.layer.annotator, other.annotations[0].label) == (
        "bob@annotate.test",
        "highlighting",
    )
    assert reading.lost == {"replies to annotations": 1, "annotations of whole documents": 1}
    for entry in (mine, other):
        assert read("w3c", written("w3c", [entry])[0]) == [entry]


def test_the_title_of_a_page_finds_its_document_too() -> None:
    data = json.dumps({"total": 1, "rows": [row()]}).encode()
    titled = Reading(text_of=lambda name: DOCUMENT if name == "A call" else None)
    (entry,) = read("w3c", data, titled)
    assert entry.document == DOCUMENT


def test_the_table_that_hypothesis_exports_is_read() -> None:
    data = (
        "Created at,Author,Page,URL,Group,Annotation/Reply Type,Quote,Comment,Tags\n"
        f'2026-03-01,ada,,{PAGE},Public,Annotation,Maduro,"a, b","actor,president"\n'
        f"2026-03-01,ada,,{PAGE},Public,Reply,,no,\n"
        f"2026-03-01,ada,,{PAGE},Public,Annotation,nowhere,x,y\n"
    ).encode()
    assert formats.guess("annotations.csv", data) == "w3c"
    bad: list[BadLine] = []
    reading = Reading(text_of=known)
    (entry,) = w3c.read(io.BytesIO(data), bad.append, reading)
    (mark,) = entry.annotations
    assert (mark.span, mark.label, mark.note) == (Span(2, 8), "actor", "a, b")
    assert mark.attributes == {"tags": ["president"]}
    assert entry.layer is not None
    assert entry.layer.annotator == "ada"
    assert reading.lost == {"replies to annotations": 1}
    assert [(error.line, error.part) for error in bad] == [(4, "annotation")]


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("call.txt", ""),
        ("other.md", "---\ntitle: A call\n---\n\n"),
        ("other.md", f"---\nsource: {PAGE}\n---\n\n"),
    ],
)
def test_the_article_may_lie_beside_what_hypothesis_exports(name: str, head: str) -> None:
    said = json.dumps({"total": 1, "rows": [row()]}).encode()
    sources = [
        transfer.Source(called, lambda data=data: io.BytesIO(data), len(data))  # type: ignore[misc]
        for called, data in ((name, (head + TEXT).encode()), ("export.json", said))
    ]
    (entry,) = transfer.Incoming(sources)
    assert entry.annotations[0].quote(entry.document.text) == "Maduro"


# ── other people's files ──────────────────────────────────────────────────────────────────────────


def inception_text() -> str:
    """A text in which the quotes of the file stand where it says."""
    text = "." * 1000
    for start, quote in ((124, "Troy"), (646, "death in battle"), (963, "Ithaca")):
        text = text[:start] + quote + text[start + len(quote) :]
    return text


def test_the_annotations_of_a_real_client_come_in_where_their_quotes_stand() -> None:
    data = json.loads(conformance("w3c", "inception-annotations.w3c.json").read_text())
    document = Document(id="i", title="Iliad", text=inception_text())
    entry = one(data, text_of=lambda name: document)
    assert [(m.quote(document.text), m.label, m.note) for m in entry.annotations] == [
        ("Troy", "A Tag", "This is a comment"),
        ("death in battle", "commenting", "Another comment"),
        ("Ithaca", "commenting", "Comment..."),
    ]
    assert [relation.label for relation in entry.relations] == ["isRelatedTo"]
    out, lost = written("w3c", [entry])
    assert (read("w3c", out), lost) == ([entry], {})


def test_a_file_that_names_no_source_is_about_the_article_that_is_called_as_it_is() -> None:
    data = json.dumps(note({"selector": at("Maduro")["selector"]}))
    asked: list[str] = []

    def called(name: str) -> Document | None:
        asked.append(name)
        return DOCUMENT if name == "the-call" else None

    entry, *_ = read("w3c", data.encode(), Reading(name="in/the-call.w3c.json", text_of=called))
    assert entry.document == DOCUMENT
    assert asked == ["in/the-call.w3c.json", "the-call"]
    with pytest.raises(BadLine, match="import the article first, with the title “other”"):
        read("w3c", data.encode(), Reading(name="other.jsonld", text_of=called))


@pytest.mark.parametrize("which", range(1, 21))
def test_what_the_standard_calls_correct_lacks_a_text_alone(which: int) -> None:
    data = conformance("w3c", "correct", f"anno{which}.json").read_bytes()
    several = which == 9  # It is about two images at once.
    reason = "is about several sources" if several else "is not at hand; import the article first"
    with pytest.raises(BadLine, match=reason):
        read("w3c", data)
    if not several:
        reading = Reading(text_of=lambda name: DOCUMENT)
        assert read("w3c", data, reading) == []
        assert reading.lost == {"annotations of whole documents": 1}


REASONS = {
    1: "not JSON",
    2: "this is no annotation",
    11: "is one address, not a list",
    **dict.fromkeys((10, *range(12, 23)), "not JSON"),
}


@pytest.mark.parametrize("which", REASONS)
def test_what_the_standard_calls_incorrect_is_refused_with_a_reason(which: int) -> None:
    data = conformance("w3c", "incorrect", f"anno{which}.json").read_bytes()
    with pytest.raises(BadLine) as caught:
        read("w3c", data, Reading(text_of=lambda name: DOCUMENT))
    assert REASONS[which] in str(caught.value)


@pytest.mark.parametrize("which", [*range(10, 23)])
def test_and_for_what_it_is_called_incorrect_for_once_it_is_json(which: int) -> None:
    raw = conformance("w3c", "incorrect", f"anno{which}.json").read_text()
    data = json.loads(re.sub(r",\s*}", "}", raw))
    if which not in (12, 13):
        data["id"] = "http://example.org/1"
    expected = {
        10: "has no “target”",
        11: "neither an address nor an object",
        12: "is one address, not a list",
        13: "is one address, not a list",
        14: "the “format” of a body of the annotation http://example.org/1 is no text",
        15: "",  # The key is misspelt there, and unknown keys are allowed.
        16: "“textDirection”",
        17: "no “value” that is a text",
        18: "no “value” that is a text",
        19: "both a “body” and a “bodyValue”",
        20: "“bodyValue” of the annotation http://example.org/1 is a list, not a text",
        21: "is a whole number, not a text",
        22: "several kinds of list at once",
    }[which]
    if expected:
        assert expected in refused(data)
    if which in (12, 13):
        data["id"] = "http://example.org/1"
        assert "address" in refused(data)


# ── what is refused ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"type": "Annotation", "target": PAGE}, "its “@context” is not http://www.w3.org"),
        (note({"source": "http://other.test", "selector": {"type": "X"}}), "is not at hand"),
        (
            note({"source": PAGE, "selector": {"type": "SvgSelector"}}),
            "it has no selector that finds a place in a plain text (it has SvgSelector)",
        ),
        (
            note({"source": PAGE, "selector": {"type": "TextQuoteSelector", "exact": "s"}}),
            "“s” stands several times in the text",
        ),
        (
            note({"source": PAGE, "selector": {"type": "TextPositionSelector", "start": 1}}),
            "a TextPositionSelector needs a “start” and an “end”",
        ),
        (
            {
                "@context": w3c_keys.CONTEXT,
                "type": "AnnotationCollection",
                "first": "http://a.test/1",
            },
            "the collection does not hold its first page",
        ),
        (note(PAGE, creator=3), "the “creator” of the annotation urn:uuid:a-1 is neither"),
    ],
)
def test_a_bad_annotation_is_refused_with_the_reason(data: Any, reason: str) -> None:
    assert reason in refused(data)


def test_bad_annotations_can_be_skipped() -> None:
    bad: list[BadLine] = []
    data = json.dumps([note(at("Maduro")), {"type": "Annotation"}, 7]).encode()
    (entry,) = w3c.read(io.BytesIO(data), bad.append, Reading(text_of=known))
    assert len(entry.annotations) == 1
    assert [str(error).split(":")[1] for error in bad] == [" entry 2", " entry 3"]


def test_a_file_tells_that_it_is_of_web_annotations() -> None:
    assert formats.guess("x.json", json.dumps(note(PAGE)).encode()) == "w3c"
    assert formats.guess("x.json", written("w3c", [DOCUMENTS["rich"]])[0]) == "w3c"
