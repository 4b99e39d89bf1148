"""The library: articles, people, projects, codebooks and search."""

from dataclasses import replace

import pytest

from annotations import codebook
from annotations.document import (
    Annotated,
    Annotation,
    Block,
    Document,
    Inline,
    Layer,
    Layout,
    new_id,
)
from annotations.errors import BadInput, NotFound
from annotations.store import Act
from annotations.store.search import as_match
from tests.documents import DOCUMENTS
from tests.store.desk import TEXT, Desk


@pytest.mark.parametrize("entry", DOCUMENTS.values(), ids=DOCUMENTS)
def test_a_document_is_kept_exactly(desk: Desk, entry: Annotated) -> None:
    kept = desk.store.documents.add(desk.project_act("document"), desk.project, entry.document)
    desk.store.documents.forget()
    assert desk.store.documents.by_key(kept.key).value == entry.document


def test_a_documents_own_id_is_given_once(desk: Desk) -> None:
    desk.put("One.", uid="d")
    with pytest.raises(BadInput, match="has a document “d” already"):
        desk.put("Two.", uid="d")
    desk.store.log.undo(desk.project_act("undo"))
    with pytest.raises(BadInput, match="or in the trash"):
        desk.put("Three.", uid="d")


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "no good"},
        {"text": "a\0"},
        {"title": "\ud800"},
        {"language": "\0"},
        {"source": "\0"},
        {"date": "\0"},
        {"meta": {"a": ["\0"]}},
        {"extra": {"\ud800": 1}},
        {"labels": ("\0",)},
        {"revision": 0},
        {"layout": Layout((Block("p", 0, 9),))},
        {"layout": Layout((), (Inline("a", 0, 1, "\0"),))},
    ],
)
def test_a_document_that_cannot_be_shown_is_refused(desk: Desk, wrong: dict) -> None:
    document = Document(**{"id": "d", "title": "", "text": "A text", **wrong})
    with pytest.raises(BadInput):
        desk.store.documents.add(desk.project_act("document"), desk.project, document)
    assert desk.store.documents.count(desk.project) == 1


def test_an_unknown_document_or_revision_is_not_found(desk: Desk) -> None:
    documents = desk.store.documents
    with pytest.raises(NotFound, match="document “nobody”"):
        documents.find(desk.project, "nobody")
    with pytest.raises(NotFound, match="document “999”"):
        documents.by_key(999)
    with pytest.raises(NotFound, match="revision “7”"):
        documents.find(desk.project, "call", 7)
    with pytest.raises(NotFound):
        documents.find(desk.elsewhere().project, "call")


def library(desk: Desk) -> Desk:
    desk.put("A much longer text than all the others, and then some more of it, too. ☎", "zebra")
    desk.put("Short.", "Ant")
    desk.put("Middling long.", "bee")
    return desk


@pytest.mark.parametrize(
    ("sort", "titles"),
    [
        ("changed", ["The call", "bee", "Ant", "zebra"]),
        ("title", ["Ant", "bee", "The call", "zebra"]),
        ("length", ["The call", "zebra", "bee", "Ant"]),
        ("marks", ["The call", "zebra", "Ant", "bee"]),
        ("; drop table documents", ["The call", "bee", "Ant", "zebra"]),
    ],
)
def test_the_library_is_sorted(desk: Desk, sort: str, titles: list[str]) -> None:
    library(desk).mark("Maduro")
    assert [line.title for line in desk.store.documents.listed(desk.project, sort)] == titles


def test_a_line_of_the_library_counts_the_marks_of_each_layer(desk: Desk) -> None:
    desk.mark("Maduro")
    gone = desk.mark("Trump")
    desk.mark("Trump", by=desk.bob)
    desk.mark("refused", "claim", by=desk.bob)
    desk.delete(gone)
    (line,) = desk.store.documents.listed(desk.project)
    assert (line.id, line.title, line.characters) == ("call", "The call", len(TEXT))
    assert line.marks == {"Bob · work": 2, "Ada · work": 1}


def test_the_names_of_layers_in_the_library_are_their_titles(desk: Desk) -> None:
    layers = [
        Layer(id="a", kind="model"),
        Layer(id="b", kind="model", annotator="ner-7"),
        Layer(id="c", name="Second try"),
    ]
    for layer in layers:
        mark = Annotation(id=layer.id, start=0, end=6, label="actor")
        desk.take(Annotated(document=desk.document.value, layer=layer, annotations=(mark,)))
    (line,) = desk.store.documents.listed(desk.project)
    assert set(line.marks) == {layer.title for layer in layers}


def test_the_library_is_leafed_through(desk: Desk) -> None:
    listed = library(desk).store.documents.listed
    first = listed(desk.project, "title", limit=3)
    rest = listed(desk.project, "title", limit=3, offset=3)
    assert [line.title for line in (*first, *rest)] == ["Ant", "bee", "The call", "zebra"]
    among = desk.store.documents.keys(desk.project)[1:3]
    assert {line.title for line in listed(desk.project, among=among)} == {"zebra", "Ant"}
    assert listed(desk.project, among=[]) == []
    assert desk.store.documents.count(desk.project) == 4


def test_an_article_taken_back_is_not_listed(desk: Desk) -> None:
    library(desk)
    desk.store.log.undo(desk.project_act("undo"))
    assert [line.title for line in desk.store.documents.listed(desk.project, "title")] == [
        "Ant",
        "The call",
        "zebra",
    ]
    assert desk.store.search.documents(desk.project, "middling") == []


# --- search


def found(desk: Desk, query: str) -> list[str]:
    keys = desk.store.search.documents(desk.project, query)
    return [desk.store.documents.by_key(key).value.title for key in keys]


@pytest.mark.parametrize(
    "query",
    ["maduro", "MADURO", "mádüro", "sanct", "trump maduro", '"asked trump"', "call", "the", "t"],
)
def test_search_finds_words_without_accents_beginnings_and_phrases(desk: Desk, query: str) -> None:
    assert found(desk, query) == ["The call"]


@pytest.mark.parametrize(
    "query",
    ["", "  ", '""', "nobody", "maduro nobody", '"trump asked"', "aduro", "sanct lift", '"sanct"'],
)
def test_search_finds_nothing_else(desk: Desk, query: str) -> None:
    assert found(desk, query) == []


@pytest.mark.parametrize(
    "query",
    [
        '" OR * NEAR( :',
        '"',
        '"""',
        "*",
        "^",
        "title:call",
        "NOT",
        "AND OR NOT",
        "NEAR(maduro trump, 2)",
        "maduro*trump",
        "(",
        ")",
        "-maduro",
        "+",
        "a:b:c",
        "{title}: x",
        "'; drop table documents; --",
        "\0",
        "maduro\0trump",
        "\ud800",
        "😀",
        "\u0301",
        "\\",
        "%_",
        " ".join(["maduro"] * 3000),
        "x" * 100_000,
        '"' * 999,
    ],
)
def test_no_query_is_an_error(desk: Desk, query: str) -> None:
    assert set(found(desk, query)) <= {"The call"}


def test_punctuation_between_words_does_not_matter(desk: Desk) -> None:
    assert found(desk, "maduro : trump") == ["The call"]
    assert found(desk, "maduro — sanct") == ["The call"]


def test_words_are_quoted_and_the_last_may_go_on() -> None:
    assert as_match('one "two three" fo') == '"one" "two three" "fo"*'
    assert as_match('one "two') == '"one" "two"*'
    assert as_match('say "two"') == '"say" "two"'


def test_search_ranks_titles_first_and_stays_in_its_project(desk: Desk) -> None:
    desk.put("The sanctions of others.", "Something else")
    desk.put("Nothing.", "On sanctions")
    other = desk.elsewhere()
    other.put("Sanctions.", "Far away")
    assert found(desk, "sanctions")[0] == "On sanctions"
    assert len(found(desk, "sanctions")) == 3
    assert found(other, "sanctions") == ["Far away"]


def test_the_index_follows_a_title(desk: Desk) -> None:
    assert found(desk, "call") == ["The call"]
    desk.sql("update documents set title = 'The telephone' where uid = 'call'")
    assert found(desk, "telephone") == ["The telephone"]
    assert found(desk, "call") == []
    desk.sql("insert into search (search) values ('integrity-check')")


def test_the_index_takes_in_what_is_new_and_no_more(desk: Desk) -> None:
    assert desk.store.search.refresh() == 1
    desk.put("Another.")
    assert [desk.store.search.refresh(), desk.store.search.refresh()] == [1, 0]


# --- people and projects


def test_the_first_person_is_made_when_there_is_nobody(store) -> None:
    me = store.people.first()
    assert (me.name, store.people.first(), store.people.all()) == ("Me", me, [me])


def test_a_persons_name_is_trimmed_and_may_change(desk: Desk) -> None:
    eve = desk.store.people.add("  Eve ")
    assert (eve.name, desk.store.people.find(eve.id)) == ("Eve", eve)
    assert desk.store.people.rename(eve, "Eva ").name == "Eva"


@pytest.mark.parametrize("name", ["", " \n", "x" * 201, "a\0", "\ud800"])
def test_a_name_that_cannot_be_used_is_refused(desk: Desk, name: str) -> None:
    with pytest.raises(BadInput):
        desk.store.people.add(name)
    with pytest.raises(BadInput):
        desk.elsewhere(name)


def test_a_person_or_project_that_is_not_there_is_not_found(desk: Desk) -> None:
    for look in (desk.store.people.find, desk.store.projects.find, desk.store.projects.named):
        with pytest.raises(NotFound):
            look("nobody")


def test_a_projects_name_and_id_are_given_once(desk: Desk) -> None:
    with pytest.raises(BadInput, match="There is a project “Sanctions” already"):
        desk.elsewhere("Sanctions")
    with pytest.raises(BadInput, match="There is a project with the id"):
        desk.store.projects.add(
            Act(op=new_id(), person=desk.ada.key, kind="project"),
            "Other",
            codebook.default(),
            uid=desk.project.id,
        )
    assert [project.name for project in desk.store.projects.all()] == ["Sanctions"]


def test_a_project_made_twice_by_one_operation_is_one(desk: Desk) -> None:
    act = Act(op="o-1", person=desk.ada.key, kind="project", request="P")
    made = [desk.store.projects.add(act, "P", codebook.default()) for _ in range(2)]
    assert made[0] == made[1] == desk.store.projects.named("P")


# --- codebooks


def save(desk: Desk, book: codebook.Codebook) -> codebook.Codebook:
    return desk.store.codebooks.save(
        desk.project_act("codebook", request=new_id()), desk.project.key, book
    )


def test_each_codebook_is_kept_as_the_next_version(desk: Desk) -> None:
    books, key = desk.store.codebooks, desk.project.key
    first = books.of(key)
    second = save(desk, first.with_labels(["wish", *"abcdefghijkl"]))
    assert (first.version, second.version) == (1, 2)
    assert (books.of(key), books.of(key, 1)) == (second, first)
    with pytest.raises(NotFound, match="codebook version “3”"):
        books.of(key, 3)
    with pytest.raises(NotFound):
        books.of(999)


def test_a_bad_codebook_is_refused(desk: Desk) -> None:
    book = codebook.default()
    with pytest.raises(BadInput, match="stands twice"):
        save(desk, replace(book, labels=(*book.labels, book.labels[0])))
    assert desk.store.codebooks.of(desk.project.key) == book


def test_a_codebook_whose_change_failed_leaves_no_trace(desk: Desk) -> None:
    document = Document(id="d", title="", text="A text.")
    good = Annotation(id="m", start=0, end=1, label="wish")
    bad = Annotation(id="n", start=0, end=99, label="dream")
    with pytest.raises(BadInput):
        desk.take(Annotated(document=document, layer=Layer(id="l"), annotations=(good, bad)))
    with pytest.raises(NotFound):
        desk.mark("Maduro", "wish")
    assert save(desk, codebook.default().with_labels(["hope"])).version == 2
    desk.mark("Maduro", "hope")
    assert desk.marks()[0].label == "hope"


def test_a_label_renamed_or_retired_stays_with_its_marks(desk: Desk) -> None:
    uid = desk.mark("Maduro")
    book = desk.store.codebooks.of(desk.project.key)
    actor = replace(book.label("actor"), name="player", retired=True)
    save(desk, replace(book, labels=(book.label("claim"), actor, book.label("demand"))))
    assert (desk.get(uid).label, desk.get(uid).codebook) == ("player", 1)


def test_a_label_that_marks_bear_or_bore_cannot_be_left_out(desk: Desk) -> None:
    book = desk.store.codebooks.of(desk.project.key)
    uid = desk.mark("Maduro", "demand")
    desk.edit(uid, label="actor")
    for name in ("actor", "demand"):
        less = replace(
            book,
            labels=tuple(label for label in book.labels if label.name != name),
            relations=(),
        )
        with pytest.raises(BadInput, match=f"Marks are labelled “{name}”"):
            save(desk, less)
    without_claim = replace(book, labels=(book.label("actor"), book.label("demand")), relations=())
    assert not save(desk, without_claim).has_label("claim")


def test_a_relation_that_joins_marks_cannot_be_left_out(desk: Desk) -> None:
    claim, actor = desk.mark("refused", "claim"), desk.mark("Trump")
    desk.relate(claim, "made by", actor)
    book = desk.store.codebooks.of(desk.project.key)
    with pytest.raises(BadInput, match="Marks are joined by “made by”"):
        save(desk, replace(book, relations=()))
