"""Actors and concepts: listed with their marks, renamed, merged by a pointer, parted, undone."""

import re
from math import ceil

import pytest

from annotations import codebook
from annotations.demo import demo
from annotations.store import Project, Store
from annotations.store.statements import Wanted
from reader.pages.registers import PAGE, in_order
from tests.web.conftest import Visitor, act, seen


@pytest.fixture
def told(store: Store, project: Project) -> Project:
    store.exchange.take(act(store, "import", project), project, [demo()])
    return project


def marks(store: Store, project: Project) -> dict[str, int]:
    return {entry.name: entry.marks for entry in store.actors.all(project)}


def entities(store: Store, project: Project) -> list[str | None]:
    kept = store.documents.find(project, "demo-report")
    return [mark.entity for mark in store.marks.of(kept) if mark.label == "actor"]


def uid(store: Store, project: Project, name: str, register: str = "actors") -> str:
    listed = getattr(store, register).all(project)
    return next(entry.id for entry in listed if entry.name == name)


def address(project: Project, store: Store, name: str, register: str = "actors") -> str:
    return f"/projects/{project.id}/registers/{register}/{uid(store, project, name, register)}"


def post(visitor: Visitor, project: Project, path: str, **form: str) -> int:
    return visitor.post(f"/projects/{project.id}/registers/{path}", form).status_code


def test_actors_are_listed_with_their_marks(visitor: Visitor, told: Project, store: Store) -> None:
    page = seen(visitor.get(f"/projects/{told.id}/registers/actors").text)
    counts = {name: entities(store, told).count(name) for name in marks(store, told)}

    assert marks(store, told) == counts
    assert f"Nicolás Maduro {counts['Nicolás Maduro']} marks" in page


def test_merged_actors_count_and_show_as_one_and_part_again(
    visitor: Visitor, told: Project, store: Store
) -> None:
    before, named = marks(store, told), entities(store, told)
    one, other = "Reuters", "White House sources"

    merged = post(visitor, told, f"actors/{uid(store, told, other)}/merge", target=one)
    together, shown = marks(store, told), entities(store, told)
    (gone,) = next(e.merged for e in store.actors.all(told) if e.name == one)
    parted = post(visitor, told, f"actors/{gone[0]}/part")

    assert (merged, parted) == (303, 303)
    assert together[one] == before[one] + before[other]
    assert other not in together
    assert shown == [one if name == other else name for name in named]
    assert (marks(store, told), entities(store, told)) == (before, named)


def test_a_merge_can_be_undone_and_redone(visitor: Visitor, told: Project, store: Store) -> None:
    before = marks(store, told)
    post(visitor, told, f"actors/{uid(store, told, 'White House sources')}/merge", target="Reuters")
    merged = marks(store, told)

    post(visitor, told, "actors/turn/undo")
    undone = marks(store, told)
    post(visitor, told, "actors/turn/redo")

    assert (undone, marks(store, told)) == (before, merged)


def test_a_new_name_shows_everywhere(visitor: Visitor, told: Project, store: Store) -> None:
    key = uid(store, told, "Reuters")
    form = {"name": "The Reuters agency", "aliases": "Reuters\r\n\r\nthe agency"}

    answer = post(visitor, told, f"actors/{key}", **form)

    entry = next(entry for entry in store.actors.all(told) if entry.id == key)
    assert answer == 303
    assert (entry.name, entry.aliases) == ("The Reuters agency", ("Reuters", "the agency"))
    assert "The Reuters agency" in entities(store, told)


def test_a_name_that_another_bears_is_refused(
    visitor: Visitor, told: Project, store: Store
) -> None:
    answer = post(visitor, told, f"actors/{uid(store, told, 'Reuters')}", name="Donald Trump")

    assert answer == 422
    assert "Reuters" in marks(store, told)


def test_concepts_stand_below_what_they_belong_to(
    visitor: Visitor, told: Project, store: Store
) -> None:
    listed = in_order(store.concepts.all(told))
    above: dict[int, str] = {}
    for depth, entry in listed:
        assert entry.parent == above.get(depth - 1)
        above[depth] = entry.name

    assert {depth for depth, _ in listed} == {0, 1}


def test_a_concept_cannot_stand_above_itself(visitor: Visitor, told: Project, store: Store) -> None:
    child = next(entry for entry in store.concepts.all(told) if entry.parent)
    parent = uid(store, told, str(child.parent), "concepts")

    answer = post(visitor, told, f"concepts/{parent}", name=str(child.parent), parent=child.name)

    assert answer == 422


def test_nor_above_itself_under_a_new_name(visitor: Visitor, told: Project, store: Store) -> None:
    concept = next(entry for entry in store.concepts.all(told) if entry.parent)

    answer = post(visitor, told, f"concepts/{concept.id}", name="Anew", parent=" Anew ")

    assert answer == 422
    assert "Anew" not in names_of_concepts(store, told)


def names_of_concepts(store: Store, project: Project) -> list[str]:
    return [entry.name for entry in store.concepts.all(project)]


def test_a_list_that_nobody_knows_is_not_found(visitor: Visitor, told: Project) -> None:
    assert visitor.get(f"/projects/{told.id}/registers/places").status_code == 404


# --- their statements


def truncated(title: str) -> str:
    return title if len(title) <= 50 else f"{title[:47].rsplit(' ', 1)[0]}..."


def test_an_actor_shows_its_statements_with_article_speaker_label_and_status(
    visitor: Visitor, told: Project, store: Store
) -> None:
    name = "Nicolás Maduro"
    wanted = Wanted(actor=name)
    made = store.statements.page(told, wanted, limit=1000)

    texts = []
    for number in range(1, ceil(len(made) / PAGE) + 1):
        page = visitor.get(f"{address(told, store, name)}?page={number}").text
        texts += [seen(f"<body>{row}") for row in re.findall(r"(?s)<li><a[^>]*><q.*?</p>", page)]

    assert len(texts) == len(made) == store.statements.count(told, wanted) > PAGE
    for text, found in zip(texts, made, strict=True):
        document, statement = found.document.value, found.statement
        quote = " ".join(found.annotation.quote(document.text).split())
        said = [found.annotation.label, found.annotation.concept, statement.status]
        said += [word for kind, names in statement.parties for word in (kind, ", ".join(names))]
        assert text.startswith(quote[:200])
        assert text.endswith(truncated(document.title))
        assert [word for word in said if word and word not in text] == []
        assert any(name in names for _, names in statement.parties)


def test_a_concept_shows_what_is_said_of_it_and_of_what_was_merged_into_it(
    visitor: Visitor, told: Project, store: Store
) -> None:
    one, other = [entry for entry in store.concepts.all(told) if entry.marks][:2]
    count = one.marks + other.marks
    post(visitor, told, f"concepts/{other.id}/merge", target=one.name)

    pages = [
        visitor.peek(f"/projects/{told.id}/registers/concepts/{entry.id}").text
        for entry in (one, other)
    ]

    assert pages[0] == pages[1]
    assert "<body" not in pages[0]
    assert f"{count} statements" in seen(f"<body>{pages[0]}")


def test_the_page_of_an_actor_costs_no_more_in_a_larger_project(
    visitor: Visitor, told: Project, store: Store
) -> None:
    """The statements are found from the name: the plan never walks the project's marks."""
    for wanted in (Wanted(actor="Reuters"), Wanted(concept="x")):
        where, values = store.statements._where(told, wanted)
        plan = [
            row[3]
            for row in store.database.rows(f"explain query plan select count(*) {where}", values)
        ]
        assert [step for step in plan if step.startswith("SCAN a")] == [], plan
        assert not any("SEARCH a USING" in step and "project_id=?" in step for step in plan), plan


def test_an_actor_of_another_project_is_not_shown(
    visitor: Visitor, told: Project, store: Store
) -> None:
    other = store.projects.add(act(store, "project"), "Other", codebook.default())
    entry = uid(store, told, "Reuters")

    answers = [
        visitor.get(f"/projects/{of.id}/registers/{kind}/{entry}").status_code
        for of in (told, other)
        for kind in ("actors", "concepts", "places")
    ]

    assert answers == [200, 404, 404, 404, 404, 404]


def test_many_actors_come_in_pages_and_each_is_found_by_a_part_of_its_name(
    visitor: Visitor, project: Project, store: Store
) -> None:
    with store.database.writing() as db:
        db.conn.executemany(
            "insert into entities (project_id, uid, name, created_seq, seq) values (?, ?, ?, 1, 1)",
            [(project.key, f"e{n}", f"Zoé {n:03}") for n in range(120)],
        )
    base = f"/projects/{project.id}/registers/actors"

    def shown(query: str) -> list[str]:
        return re.findall(r'<strong dir="auto">(.*?)</strong>', visitor.get(base + query).text)

    names = [f"Zoé {n:03}" for n in range(120)]
    assert [shown(f"?page={n}") for n in (1, 2, 3)] == [names[:50], names[50:100], names[100:]]
    assert shown("?at=e77") == names[50:100]
    assert shown("?q=zoe+11") == names[110:]
    assert "No name in this list holds “&lt;Bob&gt;”." in visitor.get(base + "?q=<Bob>").text
    page = visitor.get(base + "?q=zoe&page=2").text
    assert re.findall(r'rel="(prev|next)" href="(.*?)"', page) == [
        ("prev", f"{base}?q=zoe&amp;page=1"),
        ("next", f"{base}?q=zoe&amp;page=3"),
    ]
    assert visitor.post(f"{base}/e99", {"name": "Zoé 099", "saw": "1"}).headers["Location"] == (
        f"{base}?at=e99#n-e99"
    )
