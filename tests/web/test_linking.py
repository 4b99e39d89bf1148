"""The lists to take from: where a relation may lead, and names as they are typed."""

from dataclasses import replace
from urllib.parse import urlencode

import pytest
from selectolax.lexbor import LexborHTMLParser

from annotations.document import Annotated, Annotation, Document, Entity, Relation
from annotations.store import Project, Store
from tests.web.conftest import Visitor, act, put

TEXT = "Trump asked Maduro to leave. The talks failed."


@pytest.fixture
def story(store: Store, project: Project) -> str:
    marks = (("t", 0, 5, "actor"), ("m", 12, 18, "actor"), ("d", 19, 27, "demand"))
    annotations = [Annotation(id=i, start=s, end=e, label=label) for i, s, e, label in marks]
    annotations[0] = Annotation(id="t", start=0, end=5, label="actor", entity="Donald Trump")
    entry = Annotated(
        document=Document(id="story", title="Story", text=TEXT, language="en"),
        annotations=tuple(annotations),
        relations=(Relation(id="r", head="d", label="reported by", child_entity="Réuters"),),
        entities=(Entity(id="e", name="Donald Trump", aliases=("the candidate",)),),
    )
    put(store, project, entry)
    return "story"


def listed(answer: str) -> list[tuple[str, str]]:
    """What each option stands for, and what it says."""
    return [
        (
            o.attributes.get("data-child") or f"@{o.attributes.get('data-name')}",
            " ".join(o.text(separator=" ").split()),
        )
        for o in LexborHTMLParser(answer).css("[role=option]:not([aria-disabled])")
    ]


def ends(visitor: Visitor, project: Project, head: str, **query: str) -> list[tuple[str, str]]:
    address = f"/projects/{project.id}/annotations/{head}/candidates?{urlencode(query)}"
    return listed(visitor.peek(address).text)


def test_the_likely_makers_come_first_then_actors_that_are_not_mentioned(
    visitor: Visitor, project: Project, story: str
) -> None:
    assert ends(visitor, project, "d", kind="made by") == [
        ("t", "1 Donald Trump Trump says so"),
        ("m", "2 Maduro same sentence"),
        ("@Réuters", "3 Réuters not mentioned here"),
        ("@Donald Trump", "4 Donald Trump by name alone"),
    ]


def test_what_is_typed_is_found_in_words_names_and_aliases(
    visitor: Visitor, project: Project, story: str
) -> None:
    assert ends(visitor, project, "d", kind="made by", q="candidate") == [
        ("@Donald Trump", "1 Donald Trump the candidate not mentioned here"),
        ("@candidate", "2 candidate new actor"),
    ]
    assert ends(visitor, project, "d", kind="made by", q="trump") == [
        ("t", "1 Donald Trump Trump says so"),
        ("@Donald Trump", "2 Donald Trump by name alone"),
        ("@trump", "3 trump new actor"),
    ]
    assert [end for end, _ in ends(visitor, project, "d", kind="made by", q="reuters")] == [
        "@Réuters",
        "@reuters",
    ]


def test_what_a_mark_is_joined_with_is_not_offered_again(
    visitor: Visitor, project: Project, story: str
) -> None:
    assert "@Réuters" not in [e for e, _ in ends(visitor, project, "d", kind="reported by")]


def test_a_mark_that_is_still_on_its_way_is_described_by_the_page(
    visitor: Visitor, project: Project, store: Store
) -> None:
    put(store, project, Annotated(document=Document(id="x", title="", text=TEXT, language="en")))
    for start, end in ((0, 5), (12, 18)):
        form = {"label": "actor", "start": str(start), "end": str(end)}
        visitor.post(f"/projects/{project.id}/documents/x/annotations", form)
    coming = {"document": "x", "start": "19", "end": "27", "label": "demand"}

    found = ends(visitor, project, "not-here-yet", kind="addressed to", **coming)
    assert [words for _, words in found] == ["1 Maduro is asked", "2 Trump same sentence"]


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"document": "story", "start": "0"},
        {"document": "story", "start": "5", "end": "4000", "label": "demand"},
        {"document": "story", "start": "0", "end": "4", "label": "nothing"},
        {"document": "nowhere", "start": "0", "end": "4", "label": "demand"},
    ],
)
def test_a_mark_that_is_nowhere_is_refused(
    visitor: Visitor, project: Project, story: str, query: dict[str, str]
) -> None:
    asked = urlencode({"kind": "made by", **query})
    answer = visitor.peek(f"/projects/{project.id}/annotations/gone/candidates?{asked}")

    assert 400 <= answer.status_code < 500


def test_names_complete_and_a_new_one_says_so(
    visitor: Visitor, project: Project, story: str
) -> None:
    address = f"/projects/{project.id}/names"

    assert listed(visitor.peek(f"{address}?of=entity&q=REUT").text) == [
        ("@Réuters", "1 Réuters"),
        ("@REUT", "2 REUT new actor"),
    ]
    assert listed(visitor.peek(f"{address}?of=concept&q=Talks").text) == [
        ("@Talks", "1 Talks new concept")
    ]
    assert listed(visitor.peek(f"{address}?of=entity&mark=t").text)[0] == (
        "@Donald Trump",
        "1 Donald Trump",
    )


def test_a_list_looks_only_near_in_a_long_article(
    visitor: Visitor, project: Project, store: Store
) -> None:
    far = 300_000
    text = "Near one. " + "Words here. " * (far // 12) + "Far one."
    end = len(text)
    marks = (("near", 0, 4, "actor"), ("far", end - 8, end - 5, "actor"), ("h", 5, 8, "claim"))
    annotations = tuple(Annotation(id=i, start=s, end=e, label=la) for i, s, e, la in marks)
    document = Document(id="long", title="Long", text=text)
    put(store, project, Annotated(document=document, annotations=annotations))

    assert [e for e, _ in ends(visitor, project, "h", kind="made by")] == ["near"]
    assert [e for e, _ in ends(visitor, project, "h", kind="made by", q="far")] == ["@far"]


def test_a_part_sent_twice_is_added_or_taken_once(
    visitor: Visitor, project: Project, store: Store, story: str
) -> None:
    address = f"/projects/{project.id}/annotations/d/fragments"
    kept = store.documents.find(project, story)
    for op, way, expected in (
        ("one", "add", ["to leave", "talks"]),
        ("two", "remove", ["to leave"]),
    ):
        form = {"way": way, "start": "33", "end": "38", "quote": "talks", "op": op}
        for _ in range(2):
            assert visitor.post(address, form).status_code == 303
        mark = store.marks.find(project, "d").value
        assert [part.of(kept.value.text) for part in mark.spans] == expected


def test_a_document_is_labelled_without_a_script_and_text_is_not(
    visitor: Visitor, project: Project, store: Store, story: str
) -> None:
    book = store.codebooks.of(project.key)
    whole = replace(book.labels[0], id="news", name="news", key="", scope="document")
    changed = replace(book, labels=(*book.labels, whole))
    store.codebooks.save(act(store, "codebook", project), project.key, changed)
    address = f"/projects/{project.id}/documents/{story}"
    for on, kept in (("1", ({"label": "news"},)), ("0", ())):
        answer = visitor.post(f"{address}/labels", {"label": "news", "on": on})
        assert answer.status_code == 303
        assert store.documents.find(project, story).value.labels == kept
    mark = {"label": "news", "start": "0", "end": "5"}
    assert visitor.post(f"{address}/annotations", mark).status_code == 422
    assert visitor.post(f"{address}/labels", {"label": "claim", "on": "1"}).status_code == 422
    assert visitor.post(f"{address}/labels", {"label": "none", "on": "1"}).status_code == 404
