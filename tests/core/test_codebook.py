from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotations import codebook
from annotations.codebook import (
    ATTRIBUTE_KINDS,
    COLOURS,
    SCOPES,
    UNDERLINES,
    Attribute,
    Codebook,
    Label,
    RelationKind,
    as_data,
    default,
    from_data,
    from_toml,
    to_toml,
)
from annotations.errors import BadInput, NotFound, UnstorableText

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
names = texts.filter(str.strip)
ids = st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9._:@+-]{0,9}\Z")
attributes = st.builds(
    Attribute,
    id=ids,
    name=texts,
    kind=st.sampled_from(ATTRIBUTE_KINDS),
    choices=st.lists(texts, max_size=3).map(tuple),
    required=st.booleans(),
    default=st.one_of(st.none(), texts, st.booleans(), st.integers(-99, 99)),
    description=texts,
)


def label_of(uid: str, name: str, key: str) -> st.SearchStrategy[Label]:
    return st.builds(
        Label,
        id=st.just(uid),
        name=st.just(name),
        letter=texts,
        key=st.just(key),
        colour=st.sampled_from(COLOURS),
        underline=st.sampled_from(UNDERLINES),
        description=texts,
        examples=st.lists(texts, max_size=2).map(tuple),
        counter_examples=st.lists(texts, max_size=2).map(tuple),
        attributes=st.lists(attributes, max_size=3, unique_by=lambda a: a.id).map(tuple),
        takes_entity=st.booleans(),
        takes_concept=st.booleans(),
        group=texts,
        retired=st.booleans(),
        merged_into=st.none(),
        scope=st.sampled_from(SCOPES),
        exclusive=st.booleans(),
    )


@st.composite
def codebooks(draw: st.DrawFn) -> Codebook:
    uids = draw(st.lists(ids, max_size=4, unique=True))
    called = draw(st.lists(names, min_size=len(uids), max_size=len(uids), unique=True))
    keys = "123456789"
    labels = [
        draw(label_of(uid, name, keys[n]))
        for n, (uid, name) in enumerate(zip(uids, called, strict=True))
    ]
    if len(labels) > 1 and draw(st.booleans()):
        labels[0] = replace(labels[0], merged_into=uids[1])
    ends = st.lists(st.sampled_from(uids), unique=True).map(tuple) if uids else st.just(())
    kinds = draw(
        st.lists(
            st.builds(
                RelationKind,
                id=ids,
                name=names,
                heads=ends,
                children=ends,
                symmetric=st.booleans(),
                description=texts,
                sets_status=st.one_of(st.none(), st.sampled_from(["accepted", "rejected"])),
                retired=st.booleans(),
                key=st.just(""),
            ),
            max_size=3,
            unique_by=(lambda kind: kind.id, lambda kind: kind.name),
        )
    )
    return Codebook(
        version=draw(st.integers(1, 99)),
        labels=tuple(labels),
        relations=tuple(kinds),
        guidelines=draw(texts),
    )


@given(codebooks())
@settings(deadline=None)
def test_a_codebook_comes_back_from_toml(book: Codebook) -> None:
    assert from_toml(to_toml(book)) == book


@given(codebooks())
@settings(deadline=None)
def test_a_codebook_comes_back_from_plain_data(book: Codebook) -> None:
    assert from_data(as_data(book)) == book


def test_the_default_codebook_comes_back_from_toml() -> None:
    assert from_toml(to_toml(default())) == default()


def test_carriage_returns_of_guidelines_come_back() -> None:
    book = replace(default(), guidelines="one\r\ntwo\rthree\n")
    assert from_toml(to_toml(book)) == book


def without_keys(data: dict[str, Any]) -> dict[str, Any]:
    """A codebook as it was kept before relations had keys."""
    kinds = [{n: v for n, v in kind.items() if n != "key"} for kind in data["relations"]]
    return {**data, "relations": kinds}


def test_an_older_codebook_has_the_usual_keys_for_the_usual_relations() -> None:
    assert from_data(without_keys(as_data(default()))) == default()


def test_a_usual_key_that_something_else_has_stays_with_that() -> None:
    older = as_data(replace(default(), labels=(claim(key="b"), *default().labels[1:])))
    book = from_data(without_keys(older))

    assert (book.label("claim").key, book.kind("made by").key) == ("b", "")
    assert book.kind("reported by").key == "r"


def test_a_relation_can_be_without_a_key() -> None:
    kinds = tuple(replace(kind, key="") for kind in default().relations)
    book = replace(default(), relations=kinds)

    assert from_toml(to_toml(book)) == book
    assert 'key = ""' in to_toml(book)


def test_labels_of_documents_are_not_for_marking() -> None:
    genre = Label(id="news", name="news", letter="N", key="", colour="grey", underline="solid")
    book = replace(default(), labels=(*default().labels, replace(genre, scope="document")))

    assert [label.name for label in book.marking] == ["claim", "actor", "demand"]
    assert [label.name for label in book.of_documents] == ["news"]


def claim(**changed: Any) -> Label:
    return replace(default().label("claim"), **changed)


def one(label: Label) -> Codebook:
    return Codebook(labels=(label,))


def joining(**changed: Any) -> Codebook:
    kind = replace(default().kind("supports"), children=("claim",), **changed)
    return Codebook(labels=(claim(),), relations=(kind,))


STANCE = Attribute(id="stance", name="stance")
WRONG = {
    "a doubled label id": (
        Codebook(labels=(claim(), claim(name="other", key="2"))),
        "The label id “claim” stands twice in the codebook.",
    ),
    "a doubled label name": (
        Codebook(labels=(claim(), claim(id="other", key="2"))),
        "The label name “claim” stands twice in the codebook.",
    ),
    "a doubled key": (
        Codebook(labels=(claim(), claim(id="other", name="other"))),
        "The key “1” stands twice in the codebook.",
    ),
    "a key of a label and a relation": (
        joining(key="1"),
        "The key “1” stands twice in the codebook.",
    ),
    "an unknown scope": (
        one(claim(scope="paragraph")),
        "The label “claim” has the scope “paragraph”; known are span, document.",
    ),
    "a doubled relation id": (
        replace(joining(), relations=(*joining().relations, *joining(name="other").relations)),
        "The relation id “supports” stands twice in the codebook.",
    ),
    "a doubled relation name": (
        replace(joining(), relations=(*joining().relations, *joining(id="other").relations)),
        "The relation name “supports” stands twice in the codebook.",
    ),
    "a bad label id": (
        one(claim(id="the claim")),
        "“the claim” cannot be the id of a label: use 1 to 100 letters, digits and . _ : @ + -.",
    ),
    "a bad relation id": (
        joining(id=""),
        "“” cannot be the id of a relation: use 1 to 100 letters, digits and . _ : @ + -.",
    ),
    "a blank label name": (one(claim(name=" ")), "A label needs a name."),
    "a blank relation name": (joining(name="\t"), "A relation needs a name."),
    "an unknown colour": (
        one(claim(colour="mauve")),
        f"The label “claim” has the colour “mauve”; known are {', '.join(COLOURS)}.",
    ),
    "an unknown underline": (
        one(claim(underline="thick")),
        f"The label “claim” has the underline “thick”; known are {', '.join(UNDERLINES)}.",
    ),
    "a doubled attribute": (
        one(claim(attributes=(STANCE, STANCE))),
        "The attribute of “claim” “stance” stands twice in the codebook.",
    ),
    "a bad attribute id": (
        one(claim(attributes=(replace(STANCE, id="-"),))),
        "“-” cannot be the id of an attribute: use 1 to 100 letters, digits and . _ : @ + -.",
    ),
    "an unknown attribute kind": (
        one(claim(attributes=(replace(STANCE, kind="colour"),))),
        f"The attribute “stance” is of kind “colour”; known are {', '.join(ATTRIBUTE_KINDS)}.",
    ),
    "a label merged into nothing": (
        one(claim(merged_into="gone")),
        "The label “claim” is merged into one that does not exist.",
    ),
    "a relation that joins nothing": (
        joining(heads=("claim", "gone")),
        "The relation “supports” joins the label “gone”, which does not exist.",
    ),
}


@pytest.mark.parametrize(("book", "message"), WRONG.values(), ids=WRONG)
def test_a_codebook_that_does_not_hold_together_says_why(book: Codebook, message: str) -> None:
    with pytest.raises(BadInput) as caught:
        book.checked()
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "book",
    [
        one(claim(name="a\0")),
        one(claim(letter="\ud800")),
        one(claim(description="\0")),
        one(claim(attributes=(replace(STANCE, choices=("\0",)),))),
        joining(name="\0"),
        replace(default(), guidelines="\udfff"),
    ],
)
def test_a_text_that_no_page_can_show_is_refused_anywhere_in_a_codebook(book: Codebook) -> None:
    with pytest.raises(UnstorableText):
        book.checked()


def test_two_labels_may_share_a_key_when_one_is_retired() -> None:
    book = Codebook(labels=(claim(), claim(id="old", name="old", retired=True)))
    assert book.checked().marking == (claim(),)


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("labels = 3", "This is not a codebook: "),
        ("labels = ['claim']", "This is not a codebook: "),
        ("[[labels]]\nid = 'x'", "This is not a codebook: "),
        ("labels = [", "This is not TOML: "),
        ("[[labels]]\nwings = 2", "A codebook's label knows no “wings”."),
        ("version = 'new'", "This is not a codebook: "),
        (
            "[[relations]]\nid='a'\nname='a'\nheads='claim'\nchildren=[]",
            "The “heads” of a codebook's relationkind cannot be “claim”.",
        ),
        (
            "[[labels]]\nid='a'\nname=5\nletter=''\nkey=''\ncolour='red'\nunderline='solid'",
            "The “name” of a codebook's label cannot be “5”.",
        ),
    ],
)
def test_a_file_that_is_no_codebook_says_so(toml: str, message: str) -> None:
    with pytest.raises(BadInput) as caught:
        from_toml(toml)
    assert str(caught.value).startswith(message)


def test_an_unknown_label_or_relation_is_not_found() -> None:
    with pytest.raises(NotFound, match="There is no label “wish” here"):
        default().label("wish")
    with pytest.raises(NotFound, match="There is no relation “likes” here"):
        default().kind("likes")


@given(st.lists(names, max_size=12))
def test_labels_for_any_names_hold_together(wanted: list[str]) -> None:
    book = default().with_labels(wanted).checked()
    assert {label.name for label in book.labels} == {"claim", "actor", "demand", *wanted}


@given(st.lists(names, max_size=12))
def test_relations_for_any_names_hold_together(wanted: list[str]) -> None:
    book = default().with_kinds(wanted).checked()
    assert {kind.name for kind in book.relations} >= set(wanted)


def test_labels_that_are_there_add_no_version() -> None:
    assert default().with_labels(["claim", "actor"]) is not None
    assert default().with_labels(["claim"]).version == 1
    assert default().with_labels(["wish", "wish"]).version == 2


def test_a_new_label_takes_no_key_that_a_relation_has() -> None:
    book = default()
    first, *rest = book.relations
    book = replace(book, relations=(replace(first, key="4"), *rest)).checked()
    assert [label.key for label in book.with_labels(["wish", "hope"]).checked().labels] == [
        *(label.key for label in book.labels),
        "5",
        "6",
    ]


def test_kinds_are_offered_by_the_label_of_their_head() -> None:
    actor, demand = default().label("actor"), default().label("demand")
    assert [kind.name for kind in default().kinds_from(actor)] == []
    assert [kind.name for kind in default().kinds_from(demand)] == [
        "made by",
        "reported by",
        "addressed to",
        "accepted by",
        "rejected by",
    ]


def test_the_module_gives_a_fresh_default_each_time() -> None:
    assert codebook.default() == codebook.default()
