"""What things cost in numbers that do not depend on the machine: queries, elements, bytes."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import pytest

from annotations.document import Annotated, Annotation, new_id
from annotations.ingest import read_article
from annotations.store import Project, Store
from reader.beginning import ensure_demo
from tests.web.conftest import Visitor, hidden, put

MARKS = 400


@pytest.fixture
def demo(store: Store) -> Project:
    ensure_demo(store)
    return store.projects.find("demo")


@contextmanager
def asked(store: Store) -> Iterator[list[str]]:
    """The statements that reach the database on this thread meanwhile."""
    found: list[str] = []
    store.database.here.conn.set_trace_callback(found.append)
    try:
        yield found
    finally:
        store.database.here.conn.set_trace_callback(None)


def form(token: str, **fields: str) -> dict[str, str]:
    return {"csrf_token": token, "op": new_id(), "revision": "1", "view": "", **fields}


def test_a_save_asks_the_database_no_more_than_it_must(
    demo: Project, store: Store, visitor: Visitor
) -> None:
    token = hidden(visitor.get("/you").text, "csrf_token")
    taken = []
    for number in range(3):
        data = form(token, id=new_id(), label="claim", start=str(number), end=str(number + 30))
        with asked(store) as statements:
            answer = visitor.client.post(
                "/projects/demo/documents/demo-report/annotations",
                data=data,
                headers={"HX-Request": "true"},
            )
        assert answer.status_code == 200
        taken.append(len(statements))
    # The first one makes the layer, and reads the text. One statement looks for the same mark.
    assert max(taken[1:]) <= 22


def long_article(store: Store, project: Project, marks: int) -> str:
    text = "\n\n".join(f"Paragraph {n}. " + "Words. " * 150 for n in range(200))
    of = read_article(text, name="long.txt")
    starts = count(0, len(text) // marks)
    made = tuple(
        Annotation(id=new_id(), start=start, end=start + 20, label="claim")
        for start, _ in zip(starts, range(marks), strict=False)
    )
    put(store, project, Annotated(document=of, annotations=made))
    return f"/projects/{project.id}/documents/{of.id}"


def test_a_mark_of_a_long_article_is_few_elements_to_a_browser_with_scripts(
    demo: Project, store: Store, visitor: Visitor
) -> None:
    """A noscript is one piece of text then; what is in it becomes elements when it comes near."""
    page = visitor.get(long_article(store, demo, MARKS)).text
    assert page.count('role="comment"') == MARKS
    parsed = re.sub(r"<noscript>.*?</noscript>", "", page, flags=re.DOTALL)
    assert 'role="comment"' not in parsed
    article = parsed[parsed.index('<section class="section"') : parsed.index("</article>")]
    pieces = article.count("<mark")
    elements = len(re.findall(r"<[a-z]", article))
    assert MARKS <= pieces < 1.3 * MARKS
    assert elements - pieces < 200 + 4 * article.count("<section")


def test_a_mark_of_a_long_article_takes_few_bytes(
    demo: Project, store: Store, visitor: Visitor
) -> None:
    address = long_article(store, demo, MARKS)
    bare = len(visitor.get(f"{address}?marks=off").data)
    assert (len(visitor.get(address).data) - bare) / MARKS < 560
