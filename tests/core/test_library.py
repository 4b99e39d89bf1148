"""Postil from Python."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from annotations import formats
from annotations.document import Origin
from annotations.errors import BadInput, BadLine, NotFound, QuoteMismatch, Stale
from annotations.library import Selection, Workspace, open_store
from annotations.spans import Span
from annotations.store import Store
from tests.documents import DOCUMENTS

TEXT = "Maduro asked Trump, and Trump refused. 😀"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "postil.db") as store:
        yield store


@pytest.fixture
def work(store: Store) -> Workspace:
    return Workspace(store, "Sanctions", person="Ana")


# --- who and where


def test_a_project_and_a_person_are_made_once(store: Store, work: Workspace) -> None:
    again = Workspace(store, "Sanctions", person="Ana")

    assert (again.project, again.person) == (work.project, work.person)
    assert Workspace(store, work.project.id, person=work.person.id).person == work.person
    assert Workspace(store).project == work.project


def test_of_several_projects_one_must_be_named(store: Store, work: Workspace) -> None:
    Workspace(store, "Another")

    with pytest.raises(BadInput, match="“Another”, “Sanctions”"):
        Workspace(store)


def test_of_none_one_must_be_named(store: Store) -> None:
    with pytest.raises(BadInput, match="Name a project"):
        Workspace(store)


# --- documents and marks


def test_a_text_is_a_document_with_its_paragraphs(work: Workspace) -> None:
    made = work.add_text("One.\r\n\r\nTwo.", title="Both", id="both", language="en")

    assert (made.id, made.title, made.text, made.language) == ("both", "Both", "One.\n\nTwo.", "en")
    assert [block.kind for block in made.layout.blocks] == ["p", "p"]
    assert list(work.documents()) == [made] == [work.document("both")]
    with pytest.raises(BadInput):
        work.add_text("Three.", id="both")


def test_marks_are_made_by_place_or_by_words(work: Workspace) -> None:
    document = work.add_text(TEXT)

    first = work.mark(document, 0, 6, "actor", entity="Maduro")
    second = work.mark_quote(document, "Trump", "actor", nth=2)
    parts = work.mark(document, 13, 37, "claim", fragments=[(13, 18), (30, 37)])

    assert work.annotations(document) == [first, parts, second]
    assert (first.origin, first.entity) == (Origin("hand"), "Maduro")
    assert second.span == Span(24, 29)
    assert parts.fragments == (Span(13, 18), Span(30, 37))
    assert work.annotations(document, mine=True) == work.annotations(document.id)


def test_what_does_not_stand_there_is_refused(work: Workspace) -> None:
    document = work.add_text(TEXT)

    with pytest.raises(QuoteMismatch):
        work.mark(document, 0, 6, "actor", quote="Trump")
    for words, nth in (("Reuters", 1), ("Trump", 3), ("", 1)):
        with pytest.raises(BadInput):
            work.mark_quote(document, words, "actor", nth=nth)
    with pytest.raises(BadInput):
        work.mark(document, 0, 10, "actor", fragments=[(0, 2), (3, 9)])
    with pytest.raises(NotFound):
        work.mark(document, 0, 6, "novel")
    assert work.annotations(document) == []


def test_what_changed_meanwhile_is_not_overwritten(work: Workspace) -> None:
    mark = work.mark_quote(work.add_text(TEXT), "Maduro", "actor")
    newer = work.change(mark, label="claim", fragments=[(0, 2), (3, 6)])

    assert (newer.label, newer.fragments) == ("claim", (Span(0, 2), Span(3, 6)))
    for stale in (lambda: work.change(mark, note="x"), lambda: work.delete(mark)):
        with pytest.raises(Stale):
            stale()
    work.delete(newer)
    with pytest.raises(NotFound):
        work.annotation(mark.id)


def test_marks_are_joined_and_parted(work: Workspace) -> None:
    document = work.add_text(TEXT)
    actor, claim = (
        work.mark_quote(document, "Maduro", "actor"),
        work.mark_quote(document, "Trump refused", "claim"),
    )

    made = work.relate(claim, "made by", actor)
    other = work.relate(claim.id, "reported by", entity="Reuters")

    assert work.relations(document) == [made, other]
    work.unrelate(made)
    work.unrelate(other.id)
    assert work.relations(document) == []


def test_a_repeated_send_is_done_once(work: Workspace) -> None:
    document = work.add_text(TEXT)

    first = work.mark(document, 0, 6, "actor", id="m", op="op-1")
    again = work.mark(document, 0, 6, "actor", id="m", op="op-1")
    work.delete(first, op="op-2")
    work.delete(first, op="op-2")

    assert first == again
    assert work.annotations(document) == []


def test_others_marks_are_not_mine(store: Store, work: Workspace) -> None:
    document = work.add_text(TEXT)
    other = Workspace(store, "Sanctions", person="Bo")
    work.mark_quote(document, "Maduro", "actor")

    assert other.annotations(document, mine=True) == []
    assert len(other.annotations(document)) == 1


# --- files


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_goes_out_comes_back(store: Store, tmp_path: Path, name: str) -> None:
    one, two = Workspace(store, "One"), Workspace(store, "Two")
    one.take([DOCUMENTS[name]])
    one.export(tmp_path / "one.jsonl")

    two.import_files(tmp_path / "one.jsonl")
    two.export(tmp_path / "two.jsonl", selection=Selection(every=True))

    kept = [list(formats.read_file(tmp_path / f"{name}.jsonl")) for name in ("one", "two")]
    assert kept[0] == kept[1]


def test_all_files_come_in_or_none(work: Workspace, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Words.", "utf-8")
    (tmp_path / "b.jsonl").write_text('{"text": "x"}\n{]\n', "utf-8")

    with pytest.raises(BadLine, match="line 2"):
        work.import_files(tmp_path / "a.txt", tmp_path / "b.jsonl")
    assert list(work.documents()) == []

    refused: list[BadLine] = []
    taken = work.import_files(tmp_path, bad=refused.append)
    assert taken.documents == 2
    assert [error.line for error in refused] == [2]


def test_an_export_that_fails_leaves_the_file_that_was_there(
    work: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "out.jsonl").write_text("older", "utf-8")

    with pytest.raises(NotFound):
        work.export(tmp_path / "out.jsonl", selection=Selection(labels=("novel",)))
    with pytest.raises(BadInput):
        work.export(tmp_path / "out.doc")

    assert [path.name for path in tmp_path.glob("out*")] == ["out.jsonl"]
    assert (tmp_path / "out.jsonl").read_text("utf-8") == "older"


def test_a_format_is_told_from_name_and_content(tmp_path: Path) -> None:
    path = tmp_path / "marks"
    assert formats.write_file(tmp_path / "m.ndjson", DOCUMENTS.values()) == {}
    (tmp_path / "m.ndjson").rename(path)

    assert list(formats.read_file(path)) == list(DOCUMENTS.values())
    assert list(formats.read_file(path, "jsonl")) == list(DOCUMENTS.values())
    with pytest.raises(BadInput):
        list(formats.read_file(path, "csv"))
    with pytest.raises(BadInput):
        formats.write_file(tmp_path / "marks.doc", [])
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput):
        list(formats.read_file(tmp_path / "empty"))


@pytest.mark.parametrize(
    "name", [n for n in formats.writable() if formats.get(n).reads or formats.get(n).gathers]
)
def test_every_format_is_written_and_read_by_its_file(tmp_path: Path, name: str) -> None:
    entry = DOCUMENTS["astral"]
    path = tmp_path / f"x{formats.get(name).suffixes[0]}"

    formats.write_file(path, [entry], name)

    reading = formats.Reading(text_of=lambda called: entry.document)
    (read,) = formats.read_file(path, name, reading)
    assert len(read.document.text.split()) == len(entry.document.text.split())


def test_a_table_of_documents_comes_in_with_its_columns_named(
    work: Workspace, tmp_path: Path
) -> None:
    path = tmp_path / "news.csv"
    path.write_text("a,b,c\nShips,Two ships met.,They parted.\n")

    taken = work.import_files(path, format="table", columns={"text": ["b", "c"], "title": "a"})

    assert taken.documents == 1
    assert [(d.title, d.text) for d in work.documents()] == [
        ("Ships", "Two ships met.\n\nThey parted.")
    ]
