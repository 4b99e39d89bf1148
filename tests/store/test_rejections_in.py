"""Rejected suggestions that went out come in again as what they were, and not as marks."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from annotations import codebook
from annotations.document import Annotated
from annotations.formats import Reading
from annotations.selection import Chosen, Selection
from annotations.store import KeptDocument, Project
from annotations.suggest import Proposal
from annotations.transfer import Taken, take
from tests.formats.roundtrip import read, written
from tests.store.desk import Desk, span_of
from tests.store.test_selection import reject

FORMATS = ["jsonl", "prodigy", "doccano", "w3c", "labelstudio", "csv"]


def out(desk: Desk, project: Project | None = None) -> list[Annotated]:
    selection = Selection(negatives=True, every=True)
    return list(Chosen(desk.store, project or desk.project, selection, False))


def elsewhere(desk: Desk) -> Project:
    return desk.store.projects.add(
        replace(desk.project_act("project"), project=None), "Elsewhere", codebook.default()
    )


def taken(desk: Desk, project: Project, entries: Iterable[Annotated], **how: bool) -> Taken:
    return take(desk.store, desk.bob, project, entries, **how)  # type: ignore[arg-type]


def the_document(desk: Desk, project: Project) -> KeptDocument:
    return desk.store.documents.find(project, desk.document.value.id)


def offered(desk: Desk, project: Project) -> list[tuple[str, list[str]]]:
    """What is offered to Ada and to Bob once a model offers two places."""
    document = the_document(desk, project)
    proposals = [
        Proposal(start=span_of(quote).start, end=span_of(quote).end, label="actor", score=0.5)
        for quote in ("Reuters", "Trump")
    ]
    desk.store.suggestions.offer(document, "ner-8", proposals)
    return [
        (
            person.name,
            [
                document.value.text[each.start : each.end]
                for each in desk.store.suggestions.open(project, person, document)
            ],
        )
        for person in (desk.ada, desk.bob)
    ]


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("as_suggestions", [False, True])
def test_what_was_rejected_is_not_offered_again(
    desk: Desk, name: str, as_suggestions: bool
) -> None:
    desk.mark("Maduro")
    reject(desk, "Reuters")
    known = Reading(text_of=lambda called: desk.document.value)
    entries = read(name, written(name, out(desk))[0], known)
    project = elsewhere(desk)

    found = taken(desk, project, entries, as_suggestions=as_suggestions)

    assert (found.documents, found.spans, found.rejections) == (1, int(not as_suggestions), 1)
    (kept,) = desk.store.suggestions.rejected(project)
    (before,) = desk.store.suggestions.rejected(desk.project)
    assert kept == before
    assert (kept.person, kept.origin.source, kept.origin.score) == ("Ada", "ner-7", 0.25)
    more = ["Maduro"] if as_suggestions else []
    assert dict(offered(desk, project)) == {
        "Ada": [*more, "Trump"],
        "Bob": [*more, "Trump", "Reuters"],
    }


def test_they_go_out_again_as_they_came(desk: Desk) -> None:
    reject(desk, "Reuters")
    reject(desk, "Trump", "claim")
    project = elsewhere(desk)

    taken(desk, project, out(desk))

    (before,) = (e for e in out(desk) if e.annotations)
    (after,) = (e for e in out(desk, project) if e.annotations)
    assert [(m.span, m.label, m.origin, m.extra) for m in after.annotations] == [
        (m.span, m.label, m.origin, m.extra) for m in before.annotations
    ]
    assert after.layer is not None
    assert after.layer.annotator == "Ada"


def test_a_second_import_decides_nothing_twice(desk: Desk) -> None:
    reject(desk, "Reuters")

    assert taken(desk, desk.project, out(desk)).rejections == 0
    assert len([*desk.store.suggestions.rejected(desk.project)]) == 1


def test_without_a_name_whoever_imports_has_rejected_them(desk: Desk) -> None:
    reject(desk, "Reuters")
    project = elsewhere(desk)
    (entry,) = (e for e in out(desk) if e.annotations)
    assert entry.layer is not None

    taken(desk, project, [replace(entry, layer=replace(entry.layer, annotator=""))])

    assert [each.person for each in desk.store.suggestions.rejected(project)] == ["Bob"]


def test_a_layer_with_other_marks_too_stays_a_layer(desk: Desk) -> None:
    reject(desk, "Reuters")
    project = elsewhere(desk)
    (entry,) = (e for e in out(desk) if e.annotations)
    (mark,) = entry.annotations
    other = replace(mark, id="other", extra={})

    found = taken(desk, project, [replace(entry, annotations=(mark, other))])

    assert (found.spans, found.rejections) == (2, 0)
    assert [*desk.store.suggestions.rejected(project)] == []
