"""How long names may be, and what a language may look like: said where they come in."""

from dataclasses import replace

import pytest

from annotations import codebook
from annotations.codebook import Attribute, Codebook
from annotations.document import (
    Annotated,
    Annotation,
    Document,
    Layer,
    Relation,
    checked_language,
)
from annotations.errors import BadInput, PostilError
from tests.store.desk import Desk

LONG, TOO_LONG = "n" * 200, "n" * 201


def put(desk: Desk, entry: Annotated) -> None:
    desk.store.exchange.take(desk.project_act("import"), desk.project, [entry])


def marked(**fields: object) -> Annotated:
    mark = Annotation(**{"id": "m", "start": 0, "end": 3, "label": "claim", **fields})  # type: ignore[arg-type]
    return Annotated(document=Document(id="new", title="", text="Ada"), annotations=(mark,))


def related(kind: str) -> Annotated:
    relation = Relation(id="r", head="m", label=kind, child_entity="Ada")
    return replace(marked(), relations=(relation,))


IMPORTS = {
    "a label": lambda name: marked(label=name),
    "a relation": related,
    "a layer": lambda name: replace(marked(), layer=Layer(id="layer", name=name)),
    "an annotator": lambda name: replace(marked(), layer=Layer(id="layer", annotator=name)),
    "a model": lambda name: replace(
        marked(), layer=Layer(id="layer", kind="model", annotator=name)
    ),
    "an actor": lambda name: marked(label="actor", entity=name * 10),
    "a concept": lambda name: marked(concept=name * 10),
}


@pytest.mark.parametrize("what", IMPORTS)
def test_an_import_takes_a_long_name_and_refuses_one_that_is_too_long(
    desk: Desk, what: str
) -> None:
    with pytest.raises(PostilError, match=r"2,010 characters|201 characters"):
        put(desk, IMPORTS[what](TOO_LONG))
    before = desk.store.log.newest()

    put(desk, IMPORTS[what](LONG))

    assert desk.store.log.newest() == before + 1


def changed(**fields: object) -> Codebook:
    book = codebook.default()
    label = replace(book.labels[0], **fields)  # type: ignore[arg-type]
    return replace(book, labels=(label, *book.labels[1:]))


@pytest.mark.parametrize(
    ("book", "what"),
    [
        (changed(name=TOO_LONG), "name of a label"),
        (changed(group=TOO_LONG), "group of a label"),
        (changed(attributes=(Attribute(id="a", name=TOO_LONG),)), "name of an attribute"),
        (
            changed(attributes=(Attribute(id="a", name="Mood", choices=(TOO_LONG,)),)),
            "value of the attribute “Mood”",
        ),
        (
            replace(
                codebook.default(),
                relations=(replace(codebook.default().relations[0], name=TOO_LONG),),
            ),
            "name of a relation",
        ),
    ],
)
def test_a_codebook_names_what_is_too_long_and_how_long_it_is(book: Codebook, what: str) -> None:
    with pytest.raises(BadInput) as refused:
        book.checked()

    assert str(refused.value) == (
        f"The {what} that begins with “{'n' * 40}” has 201 characters; 200 are the most. "
        "Shorten it."
    )


@pytest.mark.parametrize("name", ["rename", "alias"])
def test_an_entry_of_the_register_is_not_given_a_name_that_is_too_long(
    desk: Desk, name: str
) -> None:
    put(desk, marked(label="actor", entity="Ada"))
    (ada,) = desk.store.names.entities(desk.project, "Ada")
    fields = {"name": "n" * 2_001} if name == "rename" else {"aliases": ["n" * 2_001]}

    with pytest.raises(BadInput, match="2,001 characters; 2,000 are the most"):
        desk.store.actors.edit(desk.project_act("entity"), desk.project, ada.id, fields, None)


@pytest.mark.parametrize("language", ["", "en", "pt-BR", "zh_Hant", "de-CH-1996", "sr-Latn-RS"])
def test_a_language_tag_is_taken_as_it_is(language: str) -> None:
    assert checked_language(language) == language


@pytest.mark.parametrize(
    "language",
    [
        "русский",
        "中文",
        'en"',
        "en\n",
        "e n",
        "-en",
        "en-",
        "Portuguese",
        "é",
        "٣",
        "a-" * 50 + "a",
    ],
)
def test_what_is_no_language_tag_is_refused_with_what_to_write(desk: Desk, language: str) -> None:
    document = Document(id="new", title="", text="Ada", language=language)

    with pytest.raises(BadInput, match="is not a language tag; write one such as"):
        desk.store.documents.add(desk.project_act("document"), desk.project, document)
