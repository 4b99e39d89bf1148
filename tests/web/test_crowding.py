"""Places with more annotations than can be drawn: sizes stay small, and all are listed."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations import codebook
from annotations.document import Annotated, Annotation, Block, Document, Layout
from annotations.spans import Span
from annotations.store import Project, Store
from reader import crowding
from reader.crowding import MAX_DEPTH, MAX_REACHING, Crowd, crowds, is_crowded, spans_of
from reader.drawing import Drawing
from reader.view import FEW_MARKS, View, shown
from tests.web.conftest import Visitor, put, seen

LABELS = ("claim", "actor", "demand")


def annotations_at(*spans: tuple[int, int]) -> list[Annotation]:
    """Annotations at these spans, sorted by place, with labels in turn."""
    ordered = sorted(spans, key=lambda span: (span[0], -span[1]))
    return [
        Annotation(id=f"a{n:06}", key=n + 1, start=start, end=end, label=LABELS[n % 3])
        for n, (start, end) in enumerate(ordered)
    ]


def document_of(length: int, paragraph: int = 10**9) -> Document:
    text = ("word " * length)[:length]
    starts = range(0, length, paragraph)
    blocks = tuple(Block("p", at, min(at + paragraph, length)) for at in starts)
    return Document(id="d", title="Crowded", text=text, layout=Layout(blocks))


def drawn(document: Document, annotations: Sequence[Annotation]) -> str:
    return Drawing(
        document, codebook.default(), annotations, address="/a/", all_address="/all"
    ).whole()


NESTED = [(n, 20_000 - n) for n in range(10_000)]
STAIRS = [(n, n + 2_000) for n in range(10_000)]


@pytest.mark.parametrize(
    ("spans", "most_pieces", "bytes_each"),
    [
        (NESTED, 2 * MAX_DEPTH - 1, 6),
        ([(5, 90)] * 100_000, 1, 1),
        ([(0, 20_000)] * 5_000, 200, 60),
        (STAIRS, 2 * len(STAIRS) // 2_000 * MAX_DEPTH + 2 * MAX_DEPTH, 20),
    ],
    ids=["nested", "equal", "over the whole text", "stairs"],
)
def test_a_page_stays_small_however_many_lie_over_one_another(
    spans: list[tuple[int, int]], most_pieces: int, bytes_each: int
) -> None:
    paragraph = 100 if spans[1] == (0, 20_000) else 20_000
    page = drawn(document_of(20_000, paragraph), annotations_at(*spans))
    cards = page.count('role="comment"')
    ids = [found.split() for found in re.findall(r'data-a="([^"]*)"', page)]

    assert max(map(len, ids)) <= MAX_DEPTH
    assert len(ids) <= most_pieces
    assert len(page) <= bytes_each * len(spans) + 40_000
    assert f"and {len(spans) - cards:,} more" in page


def test_as_many_as_ordinary_articles_have_are_all_named() -> None:
    annotations = annotations_at(*[(n, 40 - n) for n in range(MAX_REACHING)])
    page = drawn(document_of(50), annotations)

    assert page.count('role="comment"') == MAX_REACHING
    assert f'data-a="{" ".join(str(a.key) for a in annotations)}"' in page
    assert "more</a>" not in page


def test_those_over_many_blocks_leave_room_for_those_that_begin_in_a_block() -> None:
    inside = (210, 220)
    page = drawn(document_of(1_000, 100), annotations_at(*[(0, 1_000)] * 500, inside))

    assert 'data-a="' + " ".join(map(str, range(1, MAX_REACHING + 1))) + ' 501"' in page


def test_a_piece_tells_how_many_more_begin_there_and_lie_over_it() -> None:
    page = drawn(document_of(100), annotations_at(*[(10, 20)] * 1_336, (15, 20), (30, 40)))

    assert re.findall(r'data-more="([^"]*)"', page) == [f"+{1_336 - MAX_DEPTH + 1:,}"]


# --- which are drawn, against brute force

lying = st.lists(
    st.tuples(st.integers(0, 39), st.integers(1, 40)).filter(lambda span: span[0] < span[1]),
    max_size=30,
)


LAYOUT = Layout((Block("p", 0, 10), Block("p", 12, 25), Block("p", 25, 40)))
DEPTH, REACHING = 3, 2


def crowds_of(annotations: list[Annotation], numbers: range) -> dict[int, Crowd]:
    document = Document(id="d", title="", text="x" * 40, layout=LAYOUT)
    belongs = Drawing(document, codebook.default(), ()).belongs
    spans = spans_of(annotations)
    found = crowds(LAYOUT.blocks, numbers, spans, belongs, max_depth=DEPTH, max_reaching=REACHING)
    return dict(found)


def touches(annotation: Annotation, block: Block) -> bool:
    return annotation.start < block.end and annotation.end > block.start


@given(lying)
def test_every_annotation_is_drawn_or_counted_in_each_block(found: list[tuple[int, int]]) -> None:
    annotations = annotations_at(*found)
    reader = crowding.Reader(annotations)
    for number, crowd in crowds_of(annotations, range(3)).items():
        block = LAYOUT.blocks[number]
        here = [a for a in annotations if touches(a, block)]
        hidden = [a for a in here if a not in reader.drawn(crowd)]
        before = LAYOUT.blocks[:number]
        fresh = [
            max(a.start, block.start)
            for a in hidden
            if not any(touches(a, other) for other in before)
        ]
        if number == 0 and any(a.start in (10, 11) and a.end <= 12 for a in annotations):
            continue  # what lies in the gap alone belongs to this block as well

        assert crowd.starts == fresh
        assert crowd.reaching == len(hidden) - len(fresh)
        assert len({a.id for a in reader.drawn(crowd)}) == len(crowd.drawn)
        borders = sorted({block.start, block.end, *(p for a in here for p in (a.start, a.end))})
        inside = [place for place in borders if block.start <= place <= block.end]
        for start, end in pairwise(inside):
            over = [a for a in hidden if a.start < end and a.end > start]
            begins = any(start <= place < end for place in fresh)
            assert crowd.more(start, end) == (len(over) if begins else 0)
            shown_here = [a for a in reader.drawn(crowd) if a.start < end and a.end > start]
            assert len(shown_here) <= DEPTH
            assert not hidden or len(shown_here) > 0 or not begins


@given(lying, st.integers(0, 2), st.integers(1, 3))
def test_a_part_is_drawn_as_it_is_in_the_whole(
    found: list[tuple[int, int]], first: int, stop: int
) -> None:
    annotations = annotations_at(*found)
    whole = crowds_of(annotations, range(3))
    part = crowds_of(annotations, range(first, max(first, stop)))

    assert part == {number: whole[number] for number in range(first, max(first, stop))}


@given(lying)
def test_it_is_crowded_where_more_lie_than_may_reach_on(found: list[tuple[int, int]]) -> None:
    annotations = annotations_at(*found)
    deepest = max(
        (sum(a.start <= place < a.end for a in annotations) for place in range(40)), default=0
    )
    assert is_crowded(spans_of(annotations)) == (deepest > MAX_REACHING)


# --- read from the store


@pytest.fixture
def crowded(store: Store, project: Project) -> Document:
    """An article with more annotations than are all read, equal and nested, in several blocks."""
    document = document_of(4_000, 1_000)
    spans = [(100, 900)] * FEW_MARKS + [(n, 4_000 - n) for n in range(60)] + [(2_100, 2_140)] * 40
    annotations = [
        replace(a, unsure=a.key % 5 == 0, layer="") for a in annotations_at(*spans, (3_500, 3_505))
    ]
    put(store, project, Annotated(document=document, annotations=tuple(annotations)))
    return document


@pytest.mark.parametrize("query", ["", "labels=claim", "without=actor&unsure=1"])
def test_an_article_of_which_not_all_is_read_is_drawn_as_if_it_were(
    store: Store, project: Project, crowded: Document, query: str
) -> None:
    kept = store.documents.find(project, crowded.id)
    page = shown(store, project, kept, View.of(query), "/a/", "/all")
    every = [
        a
        for a in store.marks.of(kept, page.keys)
        if page.view.shows(a.label) and (a.unsure or not page.view.unsure)
    ]
    plain = replace(page.drawing(), annotations=every, numbers={}, crowds={})
    read = replace(page.drawing(), numbers={})

    assert len(read.annotations) < len(every)
    assert read.whole() == plain.whole()
    part = page.part(Span(2_000, 3_000), range(2, 3))
    assert part.block(2, part.by_block(range(2, 3))[2]) in read.whole()


def test_a_change_in_a_crowded_article_answers_with_what_is_drawn(
    store: Store, project: Project, crowded: Document, visitor: Visitor
) -> None:
    address = f"/projects/{project.id}/documents/d"
    visitor.get(address)
    form = {"label": "claim", "start": "3600", "end": "3610", "revision": "1"}
    saved = visitor.post(f"{address}/annotations", form, headers={"HX-Request": "true"})
    undone = visitor.post(f"{address}/undo", {}, headers={"HX-Request": "true"})

    assert (saved.status_code, undone.status_code) == (200, 200)
    assert max(len(saved.data), len(undone.data)) < 40_000
    assert saved.text.count('id="b3"') == undone.text.count('id="b3"') == 1


def test_the_list_has_every_annotation_at_a_place_once(
    store: Store, project: Project, crowded: Document, visitor: Visitor
) -> None:
    article = visitor.get(f"/projects/{project.id}/documents/d").text
    address = re.search(r'<p class="crowd"><a href="([^"]+)">and ([\d,]+) more</a>', article)
    assert address
    found: list[str] = []
    page = visitor.get(address[1].replace("&amp;", "&")).text
    while True:
        found += re.findall(r'/annotations/(a\d+)"', page)
        after = re.search(r'rel="next" href="([^"]+)"', page)
        if after is None:
            break
        page = visitor.get(after[1].replace("&amp;", "&")).text

    assert found == [f"a{n:06}" for n in range(FEW_MARKS + 60)]
    assert f"{FEW_MARKS + 60} annotations lie on this passage. Page 6 of 6." in seen(page)
    assert "a000000" not in page.split('start="501"')[1]
    assert visitor.get(f"/projects/{project.id}/annotations/{found[-1]}").status_code == 200


def test_the_list_of_no_place_at_all_is_empty(
    project: Project, crowded: Document, visitor: Visitor
) -> None:
    address = f"/projects/{project.id}/documents/d/annotations"
    for query in ("?start=99999999999999999999", "?start=-4&end=-2"):
        assert "0 annotations lie on this passage." in seen(visitor.get(address + query).text)


def test_the_index_says_how_many_it_leaves_to_the_list(
    project: Project, crowded: Document, visitor: Visitor
) -> None:
    index = visitor.get(f"/projects/{project.id}/documents/d/index").text
    link = re.search(r'<a href="([^"]+/annotations)">and (\d+) more</a>', index)
    assert link
    listed = len(re.findall(r'data-key="', index))

    assert int(link[2]) + listed == FEW_MARKS + 60 + 40 + 1
    assert visitor.get(link[1]).status_code == 200
