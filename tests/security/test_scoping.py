"""Nothing of one project is reached, or told of, under the address of another."""

import pytest

from annotations.store import Store
from tests.security.conftest import Visitor, everything

READ = (
    "/projects/mine/documents/theirs-doc",
    "/projects/mine/documents/theirs-doc/index",
    "/projects/mine/documents/theirs-doc/sentences",
    "/projects/mine/documents/theirs-doc/suggestions",
    "/projects/mine/documents/theirs-doc/hits?q=ban",
    "/projects/mine/statements/theirs-demand/concept",
    "/projects/mine/statements/theirs-demand/actors",
    "/projects/mine/annotations/theirs-demand",
    "/projects/mine/annotations/theirs-demand/again",
    "/projects/mine/annotations/theirs-demand/candidates?kind=made%20by",
    "/projects/mine/export?document=theirs-doc",
    "/projects/mine/export/file?document=theirs-doc",
    "/projects/mine/export/sum?document=theirs-doc",
    "/projects/mine/transfers/theirs-transfer",
)
WRITE = (
    "/projects/mine/documents/theirs-doc/annotations",
    "/projects/mine/documents/theirs-doc/undo",
    "/projects/mine/documents/theirs-doc/redo",
    "/projects/mine/documents/theirs-doc/suggestions",
    "/projects/mine/documents/theirs-doc/suggestions/sweep",
    "/projects/mine/documents/theirs-doc/suggestions/refresh",
    "/projects/mine/documents/theirs-doc/suggestions/train",
    "/projects/mine/annotations/theirs-demand/again",
    "/projects/mine/documents/theirs-doc/labels",
    "/projects/mine/annotations/theirs-demand",
    "/projects/mine/annotations/theirs-demand/fragments",
    "/projects/mine/annotations/theirs-demand/delete",
    "/projects/mine/statements/theirs-demand/concept",
    "/projects/mine/statements/theirs-demand/actors",
    "/projects/mine/annotations/theirs-demand/relations",
    "/projects/mine/registers/concepts/theirs-concept",
    "/projects/mine/registers/concepts/theirs-concept/merge",
    "/projects/mine/registers/concepts/theirs-concept/part",
    "/projects/mine/annotations/theirs-demand/relations/theirs-made/delete",
    "/projects/mine/annotations/mine-demand/relations/theirs-made/delete",
    "/projects/mine/transfers/theirs-transfer/cancel",
    "/projects/mine/transfers/theirs-transfer/again",
    "/projects/mine/transfers/theirs-transfer/look",
    "/projects/mine/transfers/theirs-transfer/store",
    "/projects/mine/transfers/theirs-transfer/remove",
)
FORM = {"label": "claim", "start": "0", "end": "3", "note": "x", "kind": "made by"}
FORM |= {"child_entity": "Mallory", "revision": "1", "name": "Mallory", "target": "mine concept"}
SECRETS = ("theirs title", "theirs concept", "theirs note", "theirs entity", "lift the ban")


@pytest.mark.parametrize("path", READ)
@pytest.mark.parametrize("fragment", [False, True], ids=["page", "fragment"])
def test_nothing_of_another_project_is_shown(visitor: Visitor, path: str, fragment: bool) -> None:
    answer = visitor.get(path, headers={"HX-Request": "true"} if fragment else {})

    assert answer.status_code == 404
    assert not any(secret in answer.text for secret in SECRETS)


@pytest.mark.parametrize("path", WRITE)
def test_nothing_of_another_project_is_changed(visitor: Visitor, store: Store, path: str) -> None:
    before = everything(store)

    answer = visitor.script(path, FORM)

    assert answer.status_code == 404
    assert not any(secret in answer.text for secret in SECRETS)
    assert everything(store) == before


def test_a_relation_does_not_lead_into_another_project(visitor: Visitor, store: Store) -> None:
    before = everything(store)
    form = {"kind": "made by", "child": "theirs-actor"}

    answer = visitor.script("/projects/mine/annotations/mine-demand/relations", form)

    assert answer.status_code == 404
    assert everything(store) == before


def test_the_same_address_in_the_right_project_is_there(visitor: Visitor) -> None:
    for path in READ:
        assert visitor.get(path.replace("/projects/mine", "/projects/theirs")).status_code == 200


def test_names_of_another_project_are_not_suggested(visitor: Visitor) -> None:
    mine = visitor.page("/projects/mine/names?of=entity&entity=entity")

    assert "mine entity" in mine
    assert "theirs" not in mine


def test_lists_and_tables_hold_nothing_of_another_project(visitor: Visitor) -> None:
    for path in ("registers/actors", "registers/concepts", "statements", "statements.csv"):
        page = visitor.page(f"/projects/mine/{path}")
        assert "mine" in page
        assert "theirs" not in page


def test_a_layer_of_another_project_shows_and_gives_nothing(visitor: Visitor, store: Store) -> None:
    theirs = store.layers.of_project(store.projects.find("theirs"))[0].value.id

    page = visitor.page(f"/projects/mine/documents/mine-doc?layers={theirs}")
    file = visitor.get(f"/projects/mine/export/file?layer={theirs}")

    assert "<mark" not in page
    assert "theirs" not in page.replace(theirs, "")
    assert "theirs" not in file.text


def test_a_list_of_files_in_and_out_holds_nothing_of_another_project(visitor: Visitor) -> None:
    page = visitor.page("/projects/mine/transfers")

    assert "mine title" in page
    assert "theirs" not in page


def test_no_file_is_made_of_another_projects_document(visitor: Visitor, store: Store) -> None:
    before = everything(store)

    answer = visitor.script("/projects/mine/export/make", {"document": "theirs-doc"})

    assert answer.status_code == 404
    assert everything(store) == before


def test_a_search_in_one_project_finds_nothing_in_another(visitor: Visitor) -> None:
    assert "theirs title" not in visitor.page("/projects/mine?q=title")
    assert "mine title" in visitor.page("/projects/mine?q=title")


def test_an_import_shown_in_one_project_is_not_stored_in_another(
    visitor: Visitor, store: Store
) -> None:
    shown = visitor.script("/projects/mine/import", {"text": "Some words."})
    sealed = shown.text.partition('name="upload" value="')[2].partition('"')[0]
    before = everything(store)

    answer = visitor.post("/projects/theirs/import/store", {"upload": sealed})

    assert sealed
    assert answer.status_code == 422
    assert everything(store) == before


def test_what_one_browser_was_shown_another_cannot_store(app: object, visitor: Visitor) -> None:
    shown = visitor.script("/projects/mine/import", {"text": "Some words."})
    sealed = shown.text.partition('name="upload" value="')[2].partition('"')[0]

    other = Visitor(app)  # type: ignore[arg-type]

    assert other.post("/projects/mine/import/store", {"upload": sealed}).status_code == 422
    assert visitor.post("/projects/mine/import/store", {"upload": sealed}).status_code == 303


@pytest.mark.parametrize("upload", ["", "x", "../../postil.db", "WyIuLi8uLiIsICIiXQ.x.y", "\x00"])
def test_a_made_up_upload_is_refused(visitor: Visitor, upload: str) -> None:
    answer = visitor.post("/projects/mine/import/store", {"upload": upload})

    assert answer.status_code == 422
