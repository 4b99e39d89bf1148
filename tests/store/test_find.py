"""Marks, documents and names are found by what they say and by what is known of them."""

from dataclasses import replace

import pytest

from annotations import codebook
from annotations.codebook import Attribute
from annotations.document import (
    STATES,
    Annotated,
    Annotation,
    Document,
    Layer,
    Relation,
    new_id,
)
from annotations.errors import BadInput
from annotations.spans import Span
from annotations.store import Act, Project, Store
from annotations.store.find import Line
from tests.documents import DOCUMENTS
from tests.store.desk import TEXT, Desk


def found(desk: Desk, query: str, project: Project | None = None) -> list[str]:
    """The quotes of the marks that a query finds, in the order of the result."""
    project = project or desk.project
    desk.store.find.index.refresh()
    read = desk.store.find.query(project, query)
    marks = desk.store.find.marks(project, read, limit=2000)
    assert desk.store.find.count_marks(project, read) == len(marks)
    return [each.mark.quote(each.document.value.text) for each in marks]


@pytest.fixture
def marked(desk: Desk) -> Desk:
    """Ada and Bob have marked the call, each in a layer of their own."""
    desk.mark("Maduro", "actor", entity="Nicolás Maduro")
    desk.mark("lift all sanctions", "demand", concept="Lifting sanctions", note="The main one")
    desk.mark("Trump refused", "claim", attributes={"stance": "against"}, unsure=True)
    desk.mark("Reuters", "actor", by=desk.bob, entity="Reuters agency")
    return desk


@pytest.mark.parametrize(
    ("query", "quotes"),
    [
        ("sanctions", ["lift all sanctions"]),
        ('"all sanctions"', ["lift all sanctions"]),
        ("sanc*", ["lift all sanctions"]),
        ("sanc", []),
        ("nicolas", ["Maduro"]),
        ("main", ["lift all sanctions"]),
        ("against", ["Trump refused"]),
        ("label:actor", ["Maduro", "Reuters"]),
        ("label:Actor by:bob", ["Reuters"]),
        ("-label:actor", ["lift all sanctions", "Trump refused"]),
        ("label:actor label:demand", ["Maduro", "lift all sanctions", "Reuters"]),
        ("by:Ada -sanctions", ["Maduro", "Trump refused"]),
        ("stance:against", ["Trump refused"]),
        ("stance:AGAINST", ["Trump refused"]),
        ("stance:for", []),
        ("stance:ag*", ["Trump refused"]),
        ("-stance:against by:ada", ["Maduro", "lift all sanctions"]),
        ("unsure:yes", ["Trump refused"]),
        ("unsure:no label:claim", []),
        ("note:main", ["lift all sanctions"]),
        ("note:*", ["lift all sanctions"]),
        ("note:maduro", []),
        ("entity:nicolas*", ["Maduro"]),
        ('actor:"Nicolás Maduro"', ["Maduro"]),
        ("-entity:nicolas* label:actor", ["Reuters"]),
        ("-entity:nicolas* label:demand", ["lift all sanctions"]),
        ('concept:"lifting sanctions"', ["lift all sanctions"]),
        ("in:call by:bob", ["Reuters"]),
        ("in:elsewhere", []),
        ("is:document sanctions", []),
        ("state:in-progress by:bob", ["Reuters"]),
        ("state:new by:bob", []),
        ("", ["Maduro", "lift all sanctions", "Reuters", "Trump refused"]),
    ],
)
def test_a_query_finds_its_marks(marked: Desk, query: str, quotes: list[str]) -> None:
    assert found(marked, query) == quotes


@pytest.mark.parametrize(
    "query", ["NEAR(a b)", 'x" OR "y', "note : x", "{a b}", "^a", "a AND", "*"]
)
def test_nothing_typed_is_syntax_of_the_index(marked: Desk, query: str) -> None:
    read = marked.store.find.query(marked.project, query) if "note :" not in query else None
    if read is None:
        with pytest.raises(BadInput):
            marked.store.find.query(marked.project, "note: x")
        return
    marked.store.find.index.refresh()

    assert marked.store.find.marks(marked.project, read) == [] or not read


@pytest.mark.parametrize(
    ("query", "quotes"),
    [
        ("/sanctions?$/", ["lift all sanctions"]),
        ("/^(maduro|reuters)$/", ["Maduro", "Reuters"]),
        ("/nicol[aá]s/", ["Maduro"]),
        ("/main one/", ["lift all sanctions"]),
        ("/re/ label:claim", ["Trump refused"]),
        ("-/re/ label:actor", ["Maduro"]),
        ("/re/ -/uters/", ["Trump refused"]),
        ("/(?-i)maduro/", []),
    ],
)
def test_a_pattern_finds_its_marks(marked: Desk, query: str, quotes: list[str]) -> None:
    assert found(marked, query) == quotes


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("label:verb", "There is no label “verb”. The labels are claim, actor, demand."),
        ("by:Eve", "Nobody called “Eve” has marked here. Those who have: Ada, Bob."),
    ],
)
def test_a_name_that_nothing_bears_is_told(marked: Desk, query: str, said: str) -> None:
    with pytest.raises(BadInput, match=said.replace(".", r"\.")):
        found(marked, query)


def test_what_changed_is_found_as_it_is_now(marked: Desk) -> None:
    assert found(marked, "main") == ["lift all sanctions"]
    (mark,) = [each for each in marked.marks() if each.label == "demand"]

    marked.edit(mark.id, note="Another")
    assert (found(marked, "main"), found(marked, "another")) == ([], ["lift all sanctions"])
    marked.undo()
    assert (found(marked, "main"), found(marked, "another")) == (["lift all sanctions"], [])
    marked.delete(mark.id)
    assert found(marked, "sanctions") == []
    marked.undo()
    assert found(marked, "sanctions") == ["lift all sanctions"]


def test_an_actor_renamed_or_merged_is_found_by_each_name(marked: Desk) -> None:
    actors = marked.store.actors
    maduro, reuters = sorted(actors.all(marked.project), key=lambda each: each.name)
    assert found(marked, "agency") == ["Reuters"]

    act = marked.project_act("edit name")
    fields = {"name": "The press", "aliases": ["Thomson"]}
    actors.edit(act, marked.project, reuters.id, fields, None)
    assert found(marked, "agency") == []
    assert found(marked, "press") == found(marked, "thomson") == ["Reuters"]
    actors.merge(marked.project_act("merge"), marked.project, reuters.id, maduro.id)
    assert found(marked, "entity:thomson") == ["Maduro", "Reuters"]
    assert found(marked, "nicolas") == ["Maduro", "Reuters"]


def test_a_concept_stands_for_those_under_it(marked: Desk) -> None:
    marked.mark("Trump", "claim", concept="Sanctions")
    concepts = {each.name: each for each in marked.store.concepts.all(marked.project)}
    fields = {"parent": "Sanctions"}
    act = marked.project_act("edit name")
    below = concepts["Lifting sanctions"].id
    marked.store.concepts.edit(act, marked.project, below, fields, None)

    assert found(marked, "concept:sanctions") == ["Trump", "lift all sanctions"]
    assert found(marked, 'concept:"lifting sanctions"') == ["lift all sanctions"]


def test_suggestions_are_no_marks(desk: Desk) -> None:
    proposed = Annotated(
        document=Document(id="proposed", title="P", text="Maduro again"),
        layer=Layer(id="s", kind="suggestion", annotator="memory"),
        annotations=(Annotation(id="s1", start=0, end=6, label="actor"),),
    )
    desk.take(proposed)

    assert found(desk, "maduro") == found(desk, "label:actor") == []


def test_flags_numbers_and_dates_are_found_by_their_values(desk: Desk) -> None:
    book = codebook.default()
    attributes = (
        Attribute(id="ironic", name="ironic tone", kind="flag"),
        Attribute(id="weight", name="weight", kind="number"),
    )
    labels = (replace(book.labels[0], attributes=attributes), *book.labels[1:])
    desk.store.codebooks.save(
        desk.project_act("codebook"), desk.project.key, replace(book, labels=labels)
    )
    desk.mark("Maduro", "claim", attributes={"ironic": True, "weight": 2.5})
    desk.mark("Reuters", "claim", attributes={"ironic": False, "weight": 3})

    assert found(desk, "ironic-tone:yes") == found(desk, "weight:2.5") == ["Maduro"]
    assert found(desk, "ironic:no") == found(desk, "weight:3") == ["Reuters"]
    assert found(desk, "-ironic:yes") == ["Reuters"]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_mark_is_found_by_the_words_of_its_quote(desk: Desk, name: str) -> None:
    desk.take(DOCUMENTS[name])
    text = DOCUMENTS[name].document.text
    for mark in DOCUMENTS[name].annotations[:40]:
        query = desk.store.find.query(desk.project, mark.quote(text)[:200])
        if query.terms and not query.conditions and not query.without:
            assert mark.quote(text) in found(desk, query.words)


def test_pages_follow_each_other_without_gap_or_twin(marked: Desk) -> None:
    query = marked.store.find.query(marked.project, "")
    pages, after = [], ""
    while page := marked.store.find.marks(marked.project, query, after, limit=1):
        pages += [each.mark.id for each in page]
        after = page[-1].place

    assert pages == [mark.id for mark in marked.marks()]
    with pytest.raises(BadInput, match="damaged"):
        marked.store.find.marks(marked.project, query, "1;drop", limit=1)


def test_the_index_takes_in_what_there_is_bit_by_bit(marked: Desk) -> None:
    index = marked.store.find.index

    assert [index.refresh(most=1) for _ in range(5)] == [3, 2, 1, 0, 0]
    assert found(marked, "sanctions") == ["lift all sanctions"]


def test_what_is_erased_is_gone_from_the_index(marked: Desk) -> None:
    assert found(marked, "main") == ["lift all sanctions"]

    marked.store.upkeep.redact(marked.project_act("redact"), marked.project, "call")

    conn = marked.store.database.here.conn
    assert conn.execute("select count(*) from mark_search").fetchone() == (0,)
    assert found(marked, "main") == []


def test_no_mark_of_another_project_is_found(marked: Desk) -> None:
    other = marked.elsewhere()

    assert found(other, "sanctions") == found(other, "") == []


# --- documents and names


def documents(desk: Desk, query: str) -> list[str]:
    read = desk.store.find.query(desk.project, query)
    listed = desk.store.find.documents(desk.project, read)
    assert desk.store.find.count_documents(desk.project, read) == len(listed)
    return [kept.value.title for kept in listed]


def test_documents_are_found_by_their_words_title_and_state(desk: Desk) -> None:
    desk.put("Nothing about it", title="Weather")
    done = Annotated(
        document=Document(id="d", title="Done", text="All sanctions were lifted"),
        layer=Layer(id="l", annotator="Eve"),
        state="done",
    )
    desk.take(done)

    assert documents(desk, "sanctions") == ["The call", "Done"]
    assert documents(desk, "sanctions -lifted") == ["The call"]
    assert documents(desk, "-sanctions") == ["Weather"]
    assert documents(desk, "state:done") == ["Done"]
    assert documents(desk, "-state:done") == documents(desk, "state:new") == ["The call", "Weather"]
    assert documents(desk, "in:weather") == ["Weather"]
    assert documents(desk, "sanctions label:claim") == documents(desk, "is:mark sanctions") == []


def test_documents_and_names_are_found_by_patterns(desk: Desk) -> None:
    desk.mark("Maduro", "actor", entity="Nicolás Maduro")
    desk.mark("lift all sanctions", "demand", concept="Lifting sanctions")
    desk.put("😀 Nothing 12 about it", title="Weather 7")
    names = desk.store.find.names

    def named(query: str) -> list[str]:
        read = desk.store.find.query(desk.project, query)
        return [entry.name for entry in names(desk.project, read)]

    assert documents(desk, "/[0-9]{2}/") == documents(desk, "/^weather/") == ["Weather 7"]
    assert documents(desk, "/😀 n/ nothing") == ["Weather 7"]
    assert documents(desk, "-/[0-9]/") == documents(desk, "/sanctions/") == ["The call"]
    assert documents(desk, "/sanctions/ nothing") == []
    assert named("/^lift|^nic/ -maduro") == ["Lifting sanctions"]
    assert named("/o/ -/lift/") == ["Nicolás Maduro"]


def test_a_concordance_of_a_pattern_is_exact_in_code_points(desk: Desk) -> None:
    text = "😀 12 of 𝒳𝒳\n345 and 6é\u0301"
    kept = desk.put(text, title="Numbers")
    read = desk.store.find.query(desk.project, "/[0-9]+/ -/sanctions/ and")

    lines = desk.store.find.lines(desk.project, read).lines

    assert {line.key for line in lines} == {kept.key}
    assert [(line.hit, line.span.of(text)) for line in lines] == [
        (hit, hit) for hit in ("12", "345", "and", "6")
    ]


def test_a_very_long_hit_is_shown_in_part_and_kept_whole(desk: Desk) -> None:
    kept = desk.put("word " * 1000, title="Long")
    read = desk.store.find.query(desk.project, "/(?s)word.+word/ in:long")

    (line,) = desk.store.find.lines(desk.project, read).lines

    assert (line.key, line.span) == (kept.key, Span(0, 4999))
    assert line.hit == " ".join(("word " * 1000)[:300].split()) + "…"


# --- how far people are


@pytest.fixture
def states(desk: Desk) -> Desk:
    """A document for each state that the library can show for Ada, named after it; one by Bob."""
    for name in ("new", "begun", "opened", "done", "skipped", "flagged", "theirs", "key", "undone"):
        layer = Layer(id="key", kind="key") if name == "key" else None
        marks = (Annotation(id=f"k-{name}", start=0, end=4, label="claim"),)
        entry = Annotated(
            document=Document(id=name, title=name, text="Some words."),
            annotations=marks if name == "key" else (),
            layer=layer,
        )
        desk.take(entry)
    for name in ("begun", "done", "skipped", "flagged", "undone", "theirs"):
        document = desk.store.documents.find(desk.project, name)
        person = desk.bob if name == "theirs" else desk.ada
        act = replace(desk.act("create"), person=person.key, document=document.key)
        draft = Annotation(id=f"m-{name}", start=5, end=10, label="claim")
        desk.store.marks.add(act, desk.project, person, document, draft)
    for name, state in (
        ("opened", "in progress"), ("done", "done"), ("skipped", "skipped"),
        ("flagged", "flagged"), ("undone", "done"), ("undone", "in progress"),
    ):  # fmt: skip
        document = desk.store.documents.find(desk.project, name)
        act = replace(desk.act("state"), person=desk.ada.key, document=document.key)
        desk.store.states.set(act, desk.project, desk.ada, document, state, "What is it?")
    return desk


@pytest.mark.parametrize(
    ("state", "of_documents", "of_marks"),
    [
        ("new", ["The call", "key", "new"], ["k-key"]),
        (
            "in-progress",
            ["begun", "opened", "theirs", "undone"],
            ["m-begun", "m-theirs", "m-undone"],
        ),
        ("in_progress", ["begun", "opened", "theirs", "undone"], None),
        ("done", ["done"], ["m-done"]),
        ("skipped", ["skipped"], ["m-skipped"]),
        ("flagged", ["flagged"], ["m-flagged"]),
    ],
)
def test_documents_and_marks_are_found_by_every_state(
    states: Desk, state: str, of_documents: list[str], of_marks: list[str] | None
) -> None:
    find = states.store.find
    find.index.refresh()
    query = find.query(states.project, f"state:{state}")

    assert sorted(documents(states, f"state:{state}")) == sorted(of_documents)
    if of_marks is not None:
        assert sorted(each.mark.id for each in find.marks(states.project, query)) == of_marks


def test_the_states_that_can_be_found_are_those_of_the_library(states: Desk) -> None:
    """For a project that one person works on, find and the library say the same of each one."""
    store = states.store
    bobs = replace(states.act("delete"), person=states.bob.key)
    store.marks.delete(
        replace(bobs, document=store.documents.find(states.project, "theirs").key),
        states.project,
        "m-theirs",
    )
    for state in STATES:
        found = documents(states, f"state:{state.replace(' ', '-')}")
        shown = store.states.among(states.project, states.ada, state)
        titles = [store.documents.by_key(key).value.title for key in shown]
        assert sorted(found) == sorted(titles)


def test_names_are_found_by_any_that_they_bear(marked: Desk) -> None:
    def names(query: str) -> list[tuple[str, str]]:
        read = marked.store.find.query(marked.project, query)
        return [(e.kind, e.name) for e in marked.store.find.names(marked.project, read)]

    assert names("nicolas") == [("actors", "Nicolás Maduro")]
    assert names("sanctions") == [("concepts", "Lifting sanctions")]
    assert (
        names("-maduro nicolas") == names("is:mark nicolas") == names("label:actor nicolas") == []
    )


# --- a concordance


def lines(desk: Desk, query: str, sort: str = "document", marked: str = "") -> list[Line]:
    desk.store.find.index.refresh()
    read = desk.store.find.query(desk.project, query)
    return list(desk.store.find.lines(desk.project, read, sort, marked).lines)


def test_a_line_shows_a_hit_with_what_is_around_it(desk: Desk) -> None:
    (first, second) = lines(desk, "trump")

    assert (first.left, first.hit, first.right[:8]) == ("Maduro asked ", "Trump", " to lift")
    assert (second.left[-18:], second.hit, second.right) == (
        "Reuters says that ",
        "Trump",
        " refused.",
    )
    assert [line.span.of(TEXT) for line in (first, second)] == ["Trump", "Trump"]
    assert first.title == "The call"


def test_lines_are_sorted_by_document_hit_and_context(desk: Desk) -> None:
    desk.put("a tax b. c Taxes a.", title="Zoo")
    desk.put("z tax z.", title="Ant")

    def said(sort: str) -> list[str]:
        return [f"{e.left}|{e.hit}|{e.right}" for e in lines(desk, "tax*", sort)]

    ant, first, second = "z |tax| z.", "a |tax| b. c Taxes a.", "a tax b. c |Taxes| a."
    assert said("document") == [ant, first, second]
    assert said("hit") == [first, ant, second]
    assert said("left") == [first, second, ant]
    assert said("right") == [second, first, ant]


def test_lines_may_be_those_that_a_mark_touches(marked: Desk) -> None:
    def left(query: str, which: str = "") -> list[str]:
        return [line.left.split()[-1] for line in lines(marked, query, marked=which)]

    assert left("trump") == ["asked", "that"]
    assert left("trump", "yes") == left("trump label:claim") == ["that"]
    assert left("trump", "no") == ["asked"]
    assert left("trump label:actor") == left("trump by:bob") == []
    assert left("trump -in:call") == []


def test_a_concordance_too_long_says_so(desk: Desk) -> None:
    desk.put("tax " * 5100, title="Long")
    read = desk.store.find.query(desk.project, "tax")

    made = desk.store.find.lines(desk.project, read)

    assert (len(made.lines), made.cut) == (5000, True)


def test_the_relation_of_a_mark_does_not_matter_to_what_it_says(marked: Desk, store: Store) -> None:
    claim, actor = (next(m for m in marked.marks() if m.label == n) for n in ("claim", "actor"))
    act = Act(op=new_id(), person=marked.ada.key, kind="relate", project=marked.project.key)
    store.marks.relate(
        act, marked.project, Relation(id="r", head=claim.id, label="made by", child=actor.id)
    )

    assert found(marked, "refused") == ["Trump refused"]
