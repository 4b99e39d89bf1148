"""Whole documents, in and out."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from annotations.document import (
    Annotated,
    Annotation,
    Concept,
    Document,
    Entity,
    Layer,
    Origin,
    Relation,
)
from annotations.errors import BadInput, BadLine, ChooseLayer, Frozen, NotFound
from annotations.spans import Span
from tests.documents import DOCUMENTS
from tests.store.desk import Desk, without_version

TEXT = "Maduro asked Trump to lift all sanctions."
ACTOR = Annotation(id="a", start=0, end=6, label="actor")
CLAIM = Annotation(id="c", start=0, end=18, label="claim")


def line(uid: str = "d", layer: str = "l", **fields: Any) -> Annotated:
    """One layer of a document, with a mark if nothing else is said."""
    marks = {"annotations": (replace(ACTOR, id=f"{uid}-{layer}"),)} | fields
    return Annotated(
        document=Document(id=uid, title=uid, text=TEXT),
        layer=Layer(id=layer, annotator=f"owner of {layer}"),
        **marks,
    )


def canonical(entry: Annotated) -> Annotated:
    """An entry in the order of an export, without what only the other end knows."""
    return replace(
        entry,
        codebook=None,
        annotations=tuple(sorted(entry.annotations, key=lambda m: (m.start, -m.end))),
        entities=tuple(sorted(entry.entities, key=lambda e: e.name)),
        concepts=tuple(sorted(entry.concepts, key=lambda c: c.name)),
    )


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_goes_in_comes_out(desk: Desk, name: str) -> None:
    other = desk.elsewhere()
    other.take(DOCUMENTS[name])
    assert [canonical(entry) for entry in other.out()] == [canonical(DOCUMENTS[name])]


def test_a_whole_project_comes_out_as_it_went_in(desk: Desk) -> None:
    other, third = desk.elsewhere("Other"), desk.elsewhere("Third")
    other.take(*DOCUMENTS.values())
    out = other.out()
    third.take(*out)
    assert without_version(third.out()) == without_version(out)
    assert len(out) == len(DOCUMENTS)
    assert desk.is_sound()


def test_an_import_counts_what_came_in(desk: Desk) -> None:
    relation = Relation(id="r", head="c", child="a", label="made by")
    entry = line(annotations=(ACTOR, CLAIM), relations=(relation,))
    assert desk.take(entry, line("e", annotations=())) == {
        "documents": 2,
        "spans": 2,
        "relations": 1,
        "suggestions": 0,
        "new": ["d", "e"],
    }


def test_progress_is_told_entry_by_entry(desk: Desk) -> None:
    told: list[int] = []
    act = desk.project_act("import")
    desk.store.exchange.take(act, desk.project, [line(), line("e")], told.append)
    assert told == [1, 2]


def test_two_layers_of_one_document_come_in_and_out(desk: Desk) -> None:
    other = desk.elsewhere()
    other.take(line(layer="l"), line(layer="m"))
    assert [(e.document.id, e.layer and e.layer.id) for e in other.out()] == [
        ("d", "l"),
        ("d", "m"),
    ]
    assert other.store.documents.count(other.project) == 1


def test_one_layer_of_two_documents_is_one_layer(desk: Desk) -> None:
    other = desk.elsewhere()
    other.take(line("d"))
    other.take(line("e"))
    assert [layer.value.id for layer in other.store.layers.of_project(other.project)] == ["l"]


WRONG = {
    "a span beyond the text": {"annotations": (replace(ACTOR, end=99),)},
    "a span backwards": {"annotations": (replace(ACTOR, start=6, end=2),)},
    "fragments that overlap": {
        "annotations": (replace(ACTOR, fragments=(Span(0, 4), Span(3, 6))),)
    },
    "fragments that leave the hull": {
        "annotations": (replace(ACTOR, fragments=(Span(0, 2), Span(3, 9))),)
    },
    "a fragment backwards": {
        "annotations": (replace(ACTOR, fragments=(Span(0, 2), Span(4, 3), Span(4, 6))),)
    },
    "a bad id": {"annotations": (replace(ACTOR, id="a b"),)},
    "an id twice": {"annotations": (ACTOR, replace(ACTOR, start=1))},
    "a blank label": {"annotations": (replace(ACTOR, label=" "),)},
    "an unknown origin": {"annotations": (replace(ACTOR, origin=Origin("oracle")),)},
    "a NUL in a note": {"annotations": (replace(ACTOR, note="\0"),)},
    "a NUL in an attribute": {"annotations": (replace(ACTOR, attributes={"a": ["\0"]}),)},
    "a surrogate in an extra": {"annotations": (replace(ACTOR, extra={"a": "\ud800"}),)},
    "a surrogate in an entity": {"annotations": (replace(ACTOR, entity="\ud800"),)},
    "a surrogate in a source": {"annotations": (replace(ACTOR, origin=Origin("model", "\ud800")),)},
    "a surrogate in a date": {"annotations": (replace(ACTOR, created="\ud800"),)},
    "a number too big for a column": {"annotations": (replace(ACTOR, codebook=2**70),)},
    "a relation to nothing": {"relations": (Relation(id="r", head="x", child="y", label="l"),)},
    "a relation without an end": {
        "annotations": (ACTOR,),
        "relations": (Relation(id="r", head="a", label="l"),),
    },
    "a relation id twice": {
        "annotations": (ACTOR, CLAIM),
        "relations": (Relation(id="r", head="c", child="a", label="l"),) * 2,
    },
    "an unknown state": {"state": "asleep"},
    "a concept above itself": {
        "concepts": (
            Concept(id="1", name="x", parent="y"),
            Concept(id="2", name="y", parent="x"),
        )
    },
    "an entity with a bad id": {"entities": (Entity(id="a b", name="x", aliases=("y",)),)},
    "an alias with a NUL": {"entities": (Entity(id="e", name="x", aliases=("\0",)),)},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_an_import_comes_in_whole_or_not_at_all_and_names_the_line(
    desk: Desk, wrong: dict[str, Any]
) -> None:
    before = (desk.out(), desk.entities(), desk.store.people.all())
    with pytest.raises(BadLine) as caught:
        desk.take(line("good"), line("bad", "m", **wrong))
    assert caught.value.line == 2
    assert str(caught.value).startswith("line 2: ")
    assert (desk.out(), desk.entities(), desk.store.people.all()) == before
    assert desk.is_sound()


@pytest.mark.parametrize(
    "layer",
    [
        Layer(id="a b"),
        Layer(id="l", kind="scribble"),
        Layer(id="l", name="\0"),
        Layer(id="l", annotator="x" * 201),
        Layer(id="l", exercise="\ud800"),
        Layer(id="l", kind="model", annotator="\0"),
    ],
)
def test_a_layer_that_makes_no_sense_is_refused(desk: Desk, layer: Layer) -> None:
    with pytest.raises(BadLine):
        desk.take(replace(line(), layer=layer))


def test_an_error_of_the_file_itself_keeps_its_own_words(desk: Desk) -> None:
    def broken() -> Iterator[Annotated]:
        yield line()
        raise BadLine("not JSON", 17, "my.jsonl")

    with pytest.raises(BadLine, match=r"^my\.jsonl, line 17: not JSON$"):
        desk.store.exchange.take(desk.project_act("import"), desk.project, broken())
    assert desk.store.documents.count(desk.project) == 1


def test_a_file_is_imported_once(desk: Desk) -> None:
    relation = Relation(id="r", head="c", child="a", label="made by")
    entry = line(annotations=(ACTOR, CLAIM), relations=(relation,))
    desk.take(entry)
    with pytest.raises(BadLine, match="has a mark “a” already; was this file imported before"):
        desk.take(entry)
    again = (replace(ACTOR, id="a2"), replace(CLAIM, id="c2"))
    moved = replace(relation, head="c2", child="a2")
    with pytest.raises(BadLine, match="A relation is in the project already"):
        desk.take(replace(entry, annotations=again, relations=(moved,)))


def test_a_document_with_another_text_or_in_the_trash_is_refused(desk: Desk) -> None:
    desk.take(line())
    other = Document(id="d", title="", text="Another text entirely, and longer.")
    with pytest.raises(BadLine, match="a document “d” already, with another text"):
        desk.take(Annotated(document=other))
    desk.put("Gone.", uid="gone")
    desk.store.log.undo(desk.project_act("undo"))
    with pytest.raises(BadLine, match="a document “gone” already, in the trash"):
        desk.take(Annotated(document=Document(id="gone", title="", text="Gone.")))


def test_marks_for_a_document_that_is_there_belong_to_the_revision_that_it_is_at(
    desk: Desk,
) -> None:
    document = Document(id="d", title="", text=TEXT, revision=3)
    desk.take(Annotated(document=document))
    desk.take(line())
    beside = desk.beside(desk.store.documents.find(desk.project, "d"))
    beside.edit("d-l", fragments=[Span(7, 12)])
    assert beside.quotes() == ["asked"]


def test_new_labels_and_relations_extend_the_codebook_by_one_version(desk: Desk) -> None:
    marks = (ACTOR, replace(ACTOR, id="w", label="wish"))
    joined = Relation(id="r", head="a", child="w", label="dreams of")
    desk.take(
        line(annotations=marks, relations=(joined,)),
        line("e", annotations=(replace(ACTOR, id="h", label="hope"),)),
    )
    book = desk.store.codebooks.of(desk.project.key)
    assert (book.version, book.has_label("wish"), book.has_label("hope")) == (2, True, True)
    everything = tuple(label.id for label in book.labels)
    assert (book.kind("dreams of").heads, book.kind("dreams of").children) == (
        everything,
        everything,
    )
    desk.take(line("f", annotations=(replace(ACTOR, id="w2", label="wish"),)))
    assert desk.store.codebooks.newest_version(desk.project.key) == 2


def test_more_new_labels_than_there_are_keys_can_be_read_again(desk: Desk) -> None:
    marks = tuple(replace(ACTOR, id=f"m{n}", label=f"label {n}") for n in range(30))
    desk.take(line(annotations=marks))
    assert len(desk.store.codebooks.of(desk.project.key).labels) == 33


# --- whose layer


def owners(desk: Desk) -> dict[str, tuple[str, int | None]]:
    found = desk.store.layers.of_project(desk.project)
    return {layer.value.id: (layer.value.annotator, layer.person) for layer in found}


def test_a_layer_belongs_to_the_person_of_its_annotators_name(desk: Desk) -> None:
    for uid, name in (("l", "Bob"), ("m", " Bob "), ("n", "Eve"), ("o", "Eve")):
        desk.take(replace(line(layer=uid), layer=Layer(id=uid, annotator=name)))
    eve = desk.store.people.all()[-1]
    assert [person.name for person in desk.store.people.all()] == ["Ada", "Bob", "Eve"]
    assert owners(desk) == {
        "l": ("Bob", desk.bob.key),
        "m": ("Bob", desk.bob.key),
        "n": ("Eve", eve.key),
        "o": ("Eve", eve.key),
    }


def test_a_layer_of_nobody_belongs_to_whoever_imports_it(desk: Desk) -> None:
    desk.take(replace(line(), layer=None))
    ((_, owner),) = owners(desk).items()
    assert owner == ("Ada", desk.ada.key)


def test_a_model_is_no_person_even_under_the_name_of_one(desk: Desk) -> None:
    desk.take(replace(line(), layer=Layer(id="l", kind="model", annotator="Bob")))
    desk.take(replace(line("e", "m"), layer=Layer(id="m", kind="model")))
    assert owners(desk) == {"l": ("Bob", None), "m": ("", None)}
    assert len(desk.store.people.all()) == 2


def test_a_frozen_layer_takes_no_second_import(desk: Desk) -> None:
    frozen = Layer(id="l", annotator="Bob", frozen=True)
    desk.take(replace(line("d"), layer=frozen), replace(line("e"), layer=frozen))
    with pytest.raises(BadLine) as caught:
        desk.take(replace(line("f"), layer=frozen))
    assert isinstance(caught.value.__cause__, Frozen)


def test_states_come_in_and_out_and_may_change(desk: Desk) -> None:
    other = desk.elsewhere()
    other.take(line(annotations=(), state="in progress"))
    other.take(line(annotations=(), state="done"))
    assert [entry.state for entry in other.out()] == ["done"]


# --- names


def test_entities_keep_what_they_have_and_gain_what_is_new(desk: Desk) -> None:
    first = Entity(id="e-1", name="Maduro", aliases=("Nico",), extra={"a": 1})
    second = Entity(id="e-2", name="Maduro", aliases=("Nico", "El"), extra={"a": 2, "b": 3})
    named = replace(ACTOR, entity="Maduro")
    desk.take(line(annotations=(named,), entities=(first,)))
    desk.take(line("e", annotations=(replace(named, id="b"),), entities=(second,)))
    assert desk.store.names.entities(desk.project) == [
        Entity(id="e-1", name="Maduro", aliases=("Nico", "El"), extra={"a": 1, "b": 3})
    ]


def test_merged_names_come_in_and_out_merged(desk: Desk) -> None:
    other, third = desk.elsewhere("Other"), desk.elsewhere("Third")
    chain = (
        Entity(id="1", name="Nico", merged_into="Maduro"),
        Entity(id="2", name="Maduro", merged_into="Nicolás Maduro"),
        Entity(id="3", name="Nicolás Maduro"),
    )
    other.take(line(annotations=(replace(ACTOR, entity="Nico"),), entities=chain))
    (entry,) = other.out()
    assert entry.annotations[0].entity == "Nicolás Maduro"
    assert {(e.name, e.merged_into) for e in entry.entities} == {
        ("Nico", "Nicolás Maduro"),
        ("Maduro", "Nicolás Maduro"),
    }
    third.take(entry)
    assert without_version(third.out()) == without_version([entry])


def test_names_merged_in_a_circle_come_to_an_end(desk: Desk) -> None:
    circle = (
        Entity(id="1", name="x", merged_into="y"),
        Entity(id="2", name="y", merged_into="x"),
    )
    desk.take(line(annotations=(replace(ACTOR, entity="x"),), entities=circle))
    assert desk.store.marks.find(desk.project, "a").value.entity == "y"


def test_concepts_bring_all_that_stand_above_them(desk: Desk) -> None:
    other, third = desk.elsewhere("Other"), desk.elsewhere("Third")
    concepts = (
        Concept(id="1", name="oil", parent="sanctions", aliases=("crude",)),
        Concept(id="2", name="sanctions", parent="policy"),
        Concept(id="3", name="policy", extra={"a": 1}),
    )
    other.take(line(annotations=(replace(CLAIM, concept="oil"),), concepts=concepts))
    (entry,) = other.out()
    assert {(c.name, c.parent) for c in entry.concepts} == {
        ("oil", "sanctions"),
        ("sanctions", "policy"),
        ("policy", None),
    }
    third.take(entry)
    assert without_version(third.out()) == without_version([entry])


def test_the_same_ids_live_in_two_projects(desk: Desk) -> None:
    other = desk.elsewhere()
    for each in (desk, other):
        each.take(
            line(
                annotations=(replace(ACTOR, entity="Maduro"), CLAIM),
                relations=(Relation(id="r", head="c", child="a", label="made by"),),
                entities=(Entity(id="e", name="Maduro", aliases=("N",)),),
            )
        )
    assert other.out()[0] == replace(desk.out()[1], codebook=1)


# --- choosing layers


def test_a_single_layer_needs_no_name(desk: Desk) -> None:
    desk.mark("Maduro")
    (layer,) = desk.store.exchange.choose(desk.project, None)
    assert layer.value.title == "Ada · work"


def test_several_layers_want_a_name(desk: Desk) -> None:
    desk.mark("Maduro")
    desk.mark("Trump", by=desk.bob)
    layers = [layer.value for layer in desk.store.exchange.layers_of(desk.project)]
    with pytest.raises(ChooseLayer, match="There are 2 layers") as caught:
        desk.store.exchange.choose(desk.project, None)
    assert caught.value.layers == tuple(f"{layer.title} ({layer.id})" for layer in layers)
    choose = desk.store.exchange.choose
    assert [k.value for k in choose(desk.project, None, "Bob · work")] == [layers[1]]
    assert [k.value for k in choose(desk.project, None, layers[0].id)] == [layers[0]]
    assert [k.value for k in choose(desk.project, None, every=True)] == layers
    with pytest.raises(NotFound, match="layer “Eve”"):
        choose(desk.project, None, "Eve")


def test_a_title_that_two_layers_bear_is_not_enough(desk: Desk) -> None:
    for uid in ("l", "m"):
        desk.take(replace(line(layer=uid), layer=Layer(id=uid, name="Key")))
    with pytest.raises(ChooseLayer):
        desk.store.exchange.choose(desk.project, None, "Key")


def test_a_layer_without_marks_or_states_is_no_choice(desk: Desk) -> None:
    desk.mark("Maduro")
    desk.delete(desk.mark("Trump", by=desk.bob))
    assert len(desk.store.exchange.choose(desk.project, None)) == 1
    beside = desk.put("Untouched.")
    assert desk.store.exchange.choose(desk.project, beside.key) == []
    (entry,) = desk.store.exchange.out(desk.project, [], beside.key)
    assert entry == Annotated(document=beside.value, codebook=1)


def test_an_export_sees_one_moment(desk: Desk) -> None:
    desk.take(line("d"), line("e"))
    reading = desk.store.exchange.out(desk.project, desk.store.exchange.choose(desk.project, None))
    first = next(reading)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(desk.take, line("f")).result()
    assert [first.document.id, *(entry.document.id for entry in reading)] == ["call", "d", "e"]
    assert len(desk.out()) == 4


def test_an_import_from_another_project_on_the_same_thread_works(desk: Desk) -> None:
    other = desk.elsewhere()
    desk.take(line("d"), line("e"))
    layers = desk.store.exchange.choose(desk.project, None)
    source = desk.store.exchange.out(desk.project, layers)
    other.store.exchange.take(other.project_act("import"), other.project, source)
    assert without_version(other.out()) == without_version(desk.out())


def test_a_bad_document_is_refused_with_its_line(desk: Desk) -> None:
    with pytest.raises(BadInput, match=r"^line 1: The text holds the character U\+0000"):
        desk.take(Annotated(document=Document(id="d", title="", text="\0")))


def test_labels_of_documents_that_the_codebook_lacks_become_labels_of_whole_documents(
    desk: Desk,
) -> None:
    labels = ("sport", {"label": "news"}, "claim")
    document = Document(id="d", title="D", text="One.", labels=labels)
    desk.take(Annotated(document=document))

    book = desk.store.codebooks.of(desk.project.key)
    assert [label.name for label in book.of_documents] == ["sport", "news"]
    assert book.label("claim").scope == "span"
