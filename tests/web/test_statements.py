"""The table of statements: chosen by label, concept, actor and status; each with its actors."""

import csv
import io

import pytest

from annotations.demo import demo
from annotations.document import Annotated, Annotation, Document, Relation
from annotations.statements import statements
from annotations.store import Project, Store
from annotations.store.statements import Wanted
from tests.web.conftest import Visitor, act, seen
from tests.web.test_costs import asked

KEY = demo()


@pytest.fixture
def told(store: Store, project: Project) -> Project:
    store.exchange.take(act(store, "import", project), project, [KEY])
    return project


def expected(store: Store, project: Project, **wanted: str) -> list[str]:
    """The ids of the statements wanted, worked out from the key without the database."""
    book = store.codebooks.of(project.key)
    found = statements(book, KEY.annotations, KEY.relations, KEY.document.text)
    entity = {mark.id: mark.entity for mark in KEY.annotations}

    def leads_to(mark: str, actor: str) -> bool:
        return any(
            relation.head == mark
            and actor in (relation.child_entity, entity.get(relation.child or ""))
            for relation in KEY.relations
        )

    return [
        s.annotation.id
        for s in found
        if wanted.get("label", s.annotation.label) == s.annotation.label
        and wanted.get("concept", s.annotation.concept) == s.annotation.concept
        and wanted.get("status", s.status) == s.status
        and ("actor" not in wanted or leads_to(s.annotation.id, wanted["actor"]))
    ]


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"label": "demand"},
        {"status": "rejected"},
        {"status": "made"},
        {"status": "accepted"},
        {"actor": "Reuters"},
        {"actor": "Donald Trump", "status": "rejected"},
        {"concept": "Amnesty"},
        {"actor": "Nobody"},
    ],
    ids=str,
)
def test_the_database_chooses_the_same_statements_as_the_key(
    store: Store, told: Project, wanted: dict[str, str]
) -> None:
    found = store.statements.all(told, Wanted(**wanted))

    assert [entry.annotation.id for entry in found] == expected(store, told, **wanted)


def test_a_status_by_hand_counts_only_where_no_relation_says_another(
    store: Store, project: Project
) -> None:
    marks = (
        Annotation(id="a", start=0, end=3, label="demand", attributes={"status": "made"}),
        Annotation(id="b", start=4, end=7, label="demand", attributes={"status": "made"}),
    )
    no = Relation(id="r", head="b", label="rejected by", child_entity="Them")
    entry = Annotated(
        document=Document(id="d", title="D", text="One two"), annotations=marks, relations=(no,)
    )
    store.exchange.take(act(store, "import", project), project, [entry])

    found = {
        status: [e.annotation.id for e in store.statements.all(project, Wanted(status=status))]
        for status in ("made", "rejected")
    }

    assert found == {"made": ["a"], "rejected": ["b"]}


def test_a_statement_stands_in_the_table_with_its_actors(visitor: Visitor, told: Project) -> None:
    page = seen(visitor.get(f"/projects/{told.id}/statements?label=demand&status=rejected").text)

    assert "11 statements" in page
    assert "made by Nicolás Maduro" in page
    assert "rejected by Donald Trump" in page


def test_the_file_holds_a_row_for_each_statement(visitor: Visitor, told: Project) -> None:
    answer = visitor.get(f"/projects/{told.id}/statements.csv?label=demand")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))

    assert [row["id"] for row in rows] == [m.id for m in KEY.annotations if m.label == "demand"]
    assert {row["label"] for row in rows} == {"demand"}
    assert all(
        KEY.document.text[int(row["start"]) : int(row["end"])].startswith(row["quote"][:5])
        for row in rows
    )


def test_an_empty_project_says_how_to_begin(visitor: Visitor, project: Project) -> None:
    assert "There are no statements yet" in visitor.get(f"/projects/{project.id}/statements").text


def cell_of(project: Project, **form: str) -> tuple[str, dict[str, str]]:
    mark = next(m for m in KEY.annotations if m.label == "demand")
    return f"/projects/{project.id}/statements/{mark.id}/concept", {"op": "cell-op", **form}


def test_a_stale_cell_shows_both_sides_and_writes_nothing(
    visitor: Visitor, store: Store, told: Project
) -> None:
    address, form = cell_of(told, concept="Mine", saw="0")
    uid = address.split("/")[-2]
    before = store.marks.find(told, uid).value

    for headers in ({"HX-Request": "true"}, {}):
        answer = visitor.post(address, form, headers=headers)
        page = seen(answer.text)
        assert answer.status_code == 409
        assert "Nothing was overwritten." in page
        assert "Yours" in page
        assert "Mine" in page
        assert (before.concept or "—") in page
        assert "Take mine" in page

    assert store.marks.find(told, uid).value == before
    now = answer.headers["X-Postil-Now"]
    assert visitor.post(address, {**form, "saw": now}).status_code == 303
    assert store.marks.find(told, uid).value.concept == "Mine"


def test_a_stale_cell_that_says_the_same_is_done(
    visitor: Visitor, store: Store, told: Project
) -> None:
    address, form = cell_of(told)
    same = store.marks.find(told, address.split("/")[-2]).value.concept or ""

    answer = visitor.post(address, {**form, "concept": same, "saw": "0"})

    assert answer.status_code == 303


def many(store: Store, project: Project, count: int) -> None:
    """A document with so many claims, the last of them first in the file."""
    marks = [Annotation(id=f"m{n}", start=n, end=n + 1, label="claim") for n in range(count)]
    document = Document(id="many", title="Many", text="x" * count)
    entry = Annotated(document=document, annotations=tuple(reversed(marks)))
    store.exchange.take(act(store, "import", project), project, [entry])


def test_statements_are_found_by_an_index_that_holds_their_labels(
    store: Store, told: Project
) -> None:
    where, values = store.statements._where(told, Wanted())

    plan = store.database.rows(f"explain query plan select a.id {where}", values)

    of_marks = [row[3] for row in plan if row[3].split()[1] == "a"]
    assert of_marks == ["SEARCH a USING INDEX annotation_places (document_id=? AND deleted=?)"]


def test_every_page_of_statements_and_their_count_come_from_one_list(
    store: Store, project: Project
) -> None:
    many(store, project, 250)
    with asked(store) as first:
        count = store.statements.count(project, Wanted())
    with asked(store) as later:
        pages = [store.statements.page(project, Wanted(), "place", 100, n) for n in (0, 100, 200)]

    assert count == 250
    assert [e.annotation.id for page in pages for e in page] == [f"m{n}" for n in range(250)]
    assert sum("row_number()" in query for query in first) == 1
    assert sum("row_number()" in query for query in later) == 0


def test_the_list_of_statements_follows_every_change(store: Store, project: Project) -> None:
    many(store, project, 3)
    before = [e.annotation.id for e in store.statements.all(project, Wanted())]
    store.marks.delete(act(store, "delete", project), project, "m1")
    deleted = [e.annotation.id for e in store.statements.all(project, Wanted())]

    assert before == ["m0", "m1", "m2"]
    assert deleted == ["m0", "m2"]
    assert store.statements.count(project, Wanted()) == 2


def test_all_statements_are_read_once_each_and_without_what_is_deleted_meanwhile(
    store: Store, project: Project
) -> None:
    many(store, project, 1_200)
    with asked(store) as queries:
        found = store.statements.all(project, Wanted())
        ids = [next(found).annotation.id]
        store.marks.delete(act(store, "delete", project), project, "m700")
        ids += [entry.annotation.id for entry in found]

    assert ids == [f"m{n}" for n in range(1_200) if n != 700]
    assert sum("row_number()" in query for query in queries) == 1
    assert not any(" offset " in query for query in queries)
