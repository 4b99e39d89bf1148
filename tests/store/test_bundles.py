"""Bundles: a project goes out whole, and an equal one comes in elsewhere; or nothing does."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from annotations import bundle
from annotations.document import new_id
from annotations.errors import BadInput
from annotations.store import Act, Place, Project, Store, open_store
from annotations.store.bundles import TABLES
from annotations.store.suggestions import Choice
from annotations.suggest import Proposal
from tests.documents import DOCUMENTS
from tests.store.desk import Desk


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path / "elsewhere.db")
    store.people.add("Somebody there")
    yield store
    store.close()


@pytest.fixture
def full(desk: Desk) -> Desk:
    """A desk with everything on it that a project can have."""
    store = desk.store
    desk.take(*(each for name, each in DOCUMENTS.items() if name != "huge"))
    maduro = desk.mark("Maduro", entity="Nicolás Maduro", note="of\nVenezuela")
    trump = desk.mark("Trump", by=desk.bob, unsure=True)
    demand = desk.mark("lift all sanctions", "demand", attributes={"status": "made"})
    desk.relate(demand, "made by", maduro)
    desk.relate(demand, "reported by", entity="Reuters")
    desk.edit(demand, note="all of them?", concept="sanctions")
    desk.delete(trump, by=desk.bob)
    desk.undo(desk.bob)
    desk.delete(desk.mark("Reuters says", "claim"))
    desk.undo()
    desk.redo()
    desk.correct("Trump refused", "Mr Trump refused")
    text = desk.document.value.text
    places = [text.index("Reuters"), text.index("Trump refused")]
    proposals = [
        Proposal(start=places[0], end=places[0] + 7, label="actor", score=0.75, entity="Reuters"),
        Proposal(start=places[1], end=places[1] + 5, label="actor", score=0.25),
    ]
    store.suggestions.offer(desk.document, "crf-1", proposals, 3)
    choice = Choice(places[1], places[1] + 5, "actor")
    reject = desk.act("reject", request="reject")
    store.suggestions.reject(reject, desk.project, desk.ada, desk.document, [choice])
    states = desk.act("state", request="done")
    store.states.set(states, desk.project, desk.ada, desk.document, "flagged", "really?")
    store.places.keep(desk.ada, desk.document, Place(2, 5))
    store.states.choose(desk.project, desk.ada, "uncertain")
    for version in range(2):
        book = store.codebooks.of(desk.project.key)
        named = f"topic {version}"
        act = desk.project_act("codebook", request=version)
        store.codebooks.save(act, desk.project.key, book.with_labels([named]))
    return desk


def packed(store: Store, project: Project, history: bool = False) -> bytes:
    return b"".join(bundle.write(store, project, history=history))


def taken(store: Store, data: bytes, name: str = "") -> Project:
    return bundle.take(store, store.people.first(), io.BytesIO(data), "b.zip", name)


def contents(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def repacked(data: bytes, change: Callable[[dict[str, bytes]], None], honest: bool) -> bytes:
    """The same archive with something changed in it; ``honest``: with the hashes to it."""
    files = contents(data)
    change(files)
    if honest:
        manifest = json.loads(files["manifest.json"])
        manifest["files"] = {
            name: {"sha256": bundle.hashlib.sha256(content).hexdigest()}
            for name, content in files.items()
            if name != "manifest.json"
        }
        files["manifest.json"] = json.dumps(manifest).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize("history", [False, True])
def test_what_comes_in_elsewhere_goes_out_again_as_the_same_bytes(
    full: Desk, elsewhere: Store, history: bool
) -> None:
    data = packed(full.store, full.project, history)

    project = taken(elsewhere, data)

    assert (project.id, project.name) == (full.project.id, full.project.name)
    assert contents(packed(elsewhere, project, history)) == contents(data)
    assert packed(elsewhere, project, history) == data
    assert elsewhere.upkeep.check().problems == ()


@pytest.mark.parametrize("history", [False, True])
def test_every_table_holds_the_same_by_the_verbs_that_read_it(
    full: Desk, elsewhere: Store, history: bool
) -> None:
    project = taken(elsewhere, packed(full.store, full.project, history))

    def seen(store: Store, of: Project) -> dict[str, Any]:
        layers = store.exchange.choose(of, None, every=True)
        documents = [store.documents.by_key(key) for key in store.documents.keys(of)]
        ada = store.people.find(full.ada.id)
        return {
            "layers": [layer.value for layer in store.layers.of_project(of)],
            "entries": list(store.exchange.out(of, layers)),
            "codebooks": [
                store.codebooks.of(of.key, version.number)
                for version in store.codebooks.versions(of.key)
            ],
            "entities": store.names.entities(of),
            "concepts": store.names.concepts(of),
            "suggestions": [
                [(each.start, each.end, each.label, each.score, each.entity) for each in found]
                for document in documents
                if (found := store.suggestions.open(of, ada, document))
            ],
            "rejected": [repr(each) for each in store.suggestions.rejected(of)],
            "revisions": [store.corrections.revisions(document) for document in documents]
            if history
            else [],
            "states": [
                (state.name, state.note)
                for document in documents
                for state in [store.states.of(of, ada, document.key)]
            ],
            "places": [store.places.of(ada, document) for document in documents],
            "order": store.states.order(of, ada),
        }

    here, there = seen(full.store, full.project), seen(elsewhere, project)
    assert there.keys() == here.keys()
    for what, value in here.items():
        assert there[what] == value, what
    assert here["entries"]
    assert here["suggestions"]


def test_every_kind_of_row_goes_along(full: Desk) -> None:
    files = contents(packed(full.store, full.project, history=True))
    empty = {t.name for t in TABLES if not files[f"tables/{t.name}.jsonl"]}
    assert empty == {"comments"}
    manifest = json.loads(files["manifest.json"])
    assert manifest["schema"] == "postil-bundle/1"
    assert manifest["files"].keys() == files.keys() - {"manifest.json"}
    assert {"codebook/1.toml", "codebook/3.toml", "guidelines.md", "marks.jsonl"} <= files.keys()


def test_a_new_table_goes_along_or_is_known_to_be_derived(store: Store) -> None:
    rows = store.database.rows(
        "select name from sqlite_master where type = 'table' and name not like '%search%'"
    )
    kept_here = {"tokens"}  # keys to this installation, which are nobody else's
    derived = {"near_documents", "near_bands", "models", "model_bodies", "transfers"}
    others = {"people", "projects", "codebooks", "changes", "change_items", "pending_marks"}
    assert {name for (name,) in rows} - derived - others - kept_here - {
        t.name for t in TABLES
    } == set()


def test_with_its_history_what_was_done_can_be_undone_elsewhere(
    desk: Desk, elsewhere: Store
) -> None:
    uid = desk.mark("Maduro", note="first")
    desk.edit(uid, note="second")
    project = taken(elsewhere, packed(desk.store, desk.project, history=True))
    document = elsewhere.documents.by_key(elsewhere.documents.key_of(project, "call"))
    ada = elsewhere.people.find(desk.ada.id)

    def undo() -> None:
        elsewhere.log.undo(
            Act(
                op=new_id(),
                person=ada.key,
                kind="undo",
                project=project.key,
                document=document.key,
            )
        )

    undo()
    assert elsewhere.marks.find(project, uid).value.note == "first"
    undo()
    assert elsewhere.marks.of(document) == []


def test_without_its_history_the_import_is_the_first_change(desk: Desk, elsewhere: Store) -> None:
    desk.mark("Maduro")
    files = contents(packed(desk.store, desk.project))
    assert "history.jsonl" not in files
    assert b'"seq"' not in b"".join(files.values())
    project = taken(elsewhere, packed(desk.store, desk.project))
    kinds = elsewhere.database.rows(
        "select kind from changes where project_id = :project", {"project": project.key}
    )
    assert kinds == [("import",)]


def test_beside_the_project_that_it_was_made_of_it_gets_an_id_and_a_name_of_its_own(
    full: Desk,
) -> None:
    data = packed(full.store, full.project, history=True)
    second = taken(full.store, data)
    third = taken(full.store, data, "The third")
    assert (second.name, third.name) == ("Sanctions (2)", "The third")
    assert len({full.project.id, second.id, third.id}) == 3
    assert (
        contents(packed(full.store, second))["marks.jsonl"]
        == (contents(packed(full.store, full.project))["marks.jsonl"])
    )
    with pytest.raises(BadInput, match="There is a project “The third” already"):
        taken(full.store, data, "The third")


def test_people_who_are_there_already_are_the_same(full: Desk) -> None:
    before = full.store.people.all()
    taken(full.store, packed(full.store, full.project))
    assert full.store.people.all() == before


# ── what is refused ───────────────────────────────────────────────────────────────────────────────


def everything(store: Store) -> list[Any]:
    tables = [table.name for table in TABLES] + ["people", "projects", "changes", "codebooks"]
    return [store.database.rows(f"select * from {table}") for table in tables]  # noqa: S608


def drop(name: str) -> Callable[[dict[str, bytes]], None]:
    return lambda files: files.__delitem__(name)


def one_fragment(files: dict[str, bytes]) -> None:
    name = "tables/annotations.jsonl"
    first, *others = files[name].splitlines(keepends=True)
    row = json.loads(first)
    row["fragments"] = json.dumps([[row["start_at"], row["end_at"]]])
    files[name] = b"".join([json.dumps(row).encode() + b"\n", *others])


def rename(name: str, new: str) -> Callable[[dict[str, bytes]], None]:
    return lambda files: files.__setitem__(new, files.pop(name))


def put(name: str, old: bytes, new: bytes) -> Callable[[dict[str, bytes]], None]:
    def change(files: dict[str, bytes]) -> None:
        assert old in files[name]
        files[name] = files[name].replace(old, new, 1)

    return change


@pytest.mark.parametrize(
    ("change", "honest", "message"),
    [
        (drop("manifest.json"), False, "b.zip has no manifest"),
        (drop("tables/texts.jsonl"), False, "tables/texts.jsonl is missing in the bundle"),
        (drop("tables/texts.jsonl"), True, "tables/texts.jsonl is missing from the bundle"),
        (put("marks.jsonl", b"Maduro", b"Moduro"), False, "marks.jsonl is not what"),
        (lambda files: files.update(x=b""), False, "x does not belong in the bundle"),
        (put("manifest.json", b"bundle/1", b"bundle/2"), False, "is it of a newer Postil?"),
        (put("manifest.json", b'"tables": ', b'"tables": 9'), False, "of a newer Postil"),
        (
            put("tables/texts.jsonl", b"Maduro", b"Moduro"),
            True,
            "texts.jsonl, line .*sha256",
        ),
        (put("tables/annotations.jsonl", b'"start_at":', b'"start_at":9'), True, "does not fit"),
        (put("tables/annotations.jsonl", b'"note"', b'"id"'), True, "no column “id”"),
        (put("tables/annotations.jsonl", b'"extra":"{', b'"extra":"[{'), True, "is no JSON"),
        (put("tables/annotations.jsonl", b'"label_id":"', b'"label_id":"x'), True, "none of the l"),
        (
            put("tables/layers.jsonl", b'"work"', b'"play"'),
            True,
            r"tables/layers\.jsonl, line .* cannot be kept",
        ),
        (put("tables/layers.jsonl", b'"uid":"', b'"uid":" '), True, "cannot be the id"),
        (put("tables/documents.jsonl", b'"characters":', b'"characters":1'), True, "there is no t"),
        (put("codebook/1.toml", b"labels", b"lapels"), True, "codebook"),
        (put("project.json", b'"name":"', b'"name":"\\u0000'), True, "project.json: .*U\\+0000"),
        (
            put("tables/texts.jsonl", b"https://example.org/?q", b"javascript:x//"),
            True,
            "layout li",
        ),
        (put("history.jsonl", b'"kind":"', b'"kind":5,"x":"'), True, "history"),
        (put("history.jsonl", b'"before":[["', b'"before":[["sqlite_master'), True, "no kind of"),
        (put("history.jsonl", b'"undoes":', b'"undoes":99'), True, "undoes a change"),
        (put("history.jsonl", b'\\"note\\"', b'\\"note=1--\\"'), True, ""),
        (put("history.jsonl", b'"at":"2', b'"at":"x'), True, "is no moment"),
        (one_fragment, True, "the fragments are none of that span"),
        (
            put(
                "tables/annotations.jsonl", b'"extra":"{}"', b'"extra":"{\\"a\\":\\"\\\\u0000\\"}"'
            ),
            True,
            "holds a character that no page can show",
        ),
        (put("history.jsonl", b'"before":[[', b'"before":[[[],'), True, "history"),
        (put("history.jsonl", b'"label_id":', b'"note":'), True, "lacks “label_id”"),
        (put("tables/places.jsonl", b'"at":"2', b'"at":"x'), True, "is no moment"),
        (rename("codebook/1.toml", "codebook/\u00b2.toml"), True, "no version of a codeb"),
    ],
)
def test_a_part_of_a_bundle_or_a_changed_one_is_refused_and_nothing_is_stored(
    full: Desk,
    elsewhere: Store,
    change: Callable[[dict[str, bytes]], None],
    honest: bool,
    message: str,
) -> None:
    data = packed(full.store, full.project, history=True)
    if not message:
        change, message = put("history.jsonl", b'"note":', b'"note=1--":'), "no column"
    before = everything(elsewhere)
    with pytest.raises(BadInput, match=message):
        taken(elsewhere, repacked(data, change, honest))
    assert everything(elsewhere) == before


def edited(table: str, number: int, **values: object) -> Callable[[dict[str, bytes]], None]:
    """Other values in one line of a table."""

    def change(files: dict[str, bytes]) -> None:
        name = f"tables/{table}.jsonl"
        lines = files[name].splitlines(keepends=True)
        lines[number - 1] = json.dumps(json.loads(lines[number - 1]) | values).encode() + b"\n"
        files[name] = b"".join(lines)

    return change


def row(data: bytes, table: str, **said: object) -> tuple[int, dict[str, Any]]:
    """The first row of a table of a bundle that says this, with the number of its line."""
    lines = contents(data)[f"tables/{table}.jsonl"].splitlines()
    rows = ((number, json.loads(line)) for number, line in enumerate(lines, 1))
    return next((n, each) for n, each in rows if said.items() <= each.items())


@pytest.mark.parametrize("history", [False, True])
def test_rows_that_contradict_each_other_are_refused_with_their_line_and_what_to_do(
    full: Desk, elsewhere: Store, history: bool
) -> None:
    data = packed(full.store, full.project, history=history)
    number, relation = row(data, "relations", deleted=0)
    head, mark = row(data, "annotations", uid=relation["head_id"])
    layer, _ = row(data, "layers", uid=mark["layer_id"])
    (other, _) = next(
        (n, each)
        for n, line in enumerate(contents(data)["tables/layers.jsonl"].splitlines(), 1)
        if (each := json.loads(line))["uid"] != mark["layer_id"] and each["kind"] == "work"
    )
    elsewhere_layer = json.loads(contents(data)["tables/layers.jsonl"].splitlines()[other - 1])
    document, _ = row(data, "documents", uid=mark["document_id"])
    first_in_layer, _ = row(data, "annotations", layer_id=mark["layer_id"], deleted=0)
    at = r"tables/{}\.jsonl, line {}: "
    relation_at = at.format("relations", number)
    refusals = [
        (
            edited("layers", layer, deleted=1),
            at.format("annotations", first_in_layer)
            + "this mark is not deleted, and its layer is; mark the layer as not deleted in "
            r"tables/layers\.jsonl, or the mark as deleted too\.",
        ),
        (
            edited("annotations", head, deleted=1),
            relation_at + "this relation leads to a mark that is deleted; mark the relation as",
        ),
        (
            edited("relations", number, layer_id=elsewhere_layer["uid"]),
            relation_at + "this relation and its ends are not of one layer and document; give",
        ),
        (
            edited("documents", document, revision=99),
            "documents.jsonl: there is no text 99",
        ),
    ]
    before = everything(elsewhere)
    for change, message in refusals:
        with pytest.raises(BadInput, match=message):
            taken(elsewhere, repacked(data, change, honest=True))
        assert everything(elsewhere) == before


def test_a_trial_refuses_what_storing_would_and_leaves_nothing(full: Desk, tmp_path: Path) -> None:
    data = packed(full.store, full.project, history=True)
    wrong = repacked(data, edited("layers", 1, kind="play"), honest=True)
    folder = tmp_path / "trial"
    folder.mkdir()
    told: list[tuple[str, int, int]] = []

    with bundle.opened(io.BytesIO(data)) as sound:
        bundle.rehearse(sound, folder, lambda *said: told.append(said))
    with (
        bundle.opened(io.BytesIO(wrong)) as opened,
        pytest.raises(BadInput, match=r"tables/layers\.jsonl, line 1 cannot be kept"),
    ):
        bundle.rehearse(opened, folder)

    assert {step for step, _, _ in told} == {"trying"}
    assert told[-1][1] == told[-1][2]
    assert list(folder.iterdir()) == []


def test_an_erased_article_goes_along_in_a_bundle(full: Desk, elsewhere: Store) -> None:
    full.store.upkeep.redact(full.project_act("redact"), full.project, full.document.value.id)

    data = packed(full.store, full.project, history=True)

    project = taken(elsewhere, data)

    assert packed(elsewhere, project, history=True) == data
    assert elsewhere.upkeep.check().problems == ()
    assert full.document.value.id not in [each.id for each in elsewhere.documents.listed(project)]


def test_an_erased_article_that_is_not_deleted_is_refused(full: Desk, elsewhere: Store) -> None:
    full.store.upkeep.redact(full.project_act("redact"), full.project, full.document.value.id)
    data = packed(full.store, full.project, history=True)
    line, _ = row(data, "documents", uid=full.document.value.id)
    wrong = repacked(data, edited("documents", line, deleted=0), honest=True)
    with pytest.raises(BadInput, match="was erased, so it must be deleted as well"):
        taken(elsewhere, wrong)
    assert elsewhere.projects.all() == []


def test_half_a_file_is_refused(full: Desk, elsewhere: Store) -> None:
    data = packed(full.store, full.project)
    for cut in (0, 10, len(data) // 2, len(data) - 1):
        with pytest.raises(BadInput):
            taken(elsewhere, data[:cut])
    assert elsewhere.projects.all() == []


def test_a_manifest_without_end_fills_no_memory(
    full: Desk, elsewhere: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = packed(full.store, full.project)
    monkeypatch.setattr(bundle, "_SMALL", 100)
    with pytest.raises(BadInput, match=r"manifest\.json has more than 0 MB, so this is no bundle"):
        taken(elsewhere, data)
