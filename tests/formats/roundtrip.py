"""What goes out in a format and comes in again is the same, minus exactly what was told.

``assert_round_trip("prodigy", documents)`` writes, reads, and compares with what ``remaining`` says
should be left: the value without what the format's row in the registry does not carry. It also
holds the counts of losses against that, so that neither the row nor the counts can lie.
"""

import io
import zipfile
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import IO

from annotations import formats
from annotations.document import IMPORTED, Annotated, Annotation, Layout, Relation
from annotations.formats import Member, Reading, Writing
from annotations.formats.losses import count, whole

Also = Callable[[Annotated], Annotated]


def written(
    name: str, documents: Sequence[Annotated], writing: Writing | None = None
) -> tuple[bytes, Counter[str]]:
    """The bytes of a file in that format, and what its writer counted as lost."""
    write = formats.get(name).write
    assert write is not None
    lost = Counter[str]()
    return b"".join(write(documents, lost, writing)), lost


def read(name: str, data: bytes, reading: Reading | None = None) -> list[Annotated]:
    """What is in a file of that format, or in an archive of files that belong together."""
    entry = formats.get(name)
    if entry.read is not None and not (entry.gathers and data.startswith(b"PK")):
        return list(entry.read(io.BytesIO(data), None, reading))
    assert entry.gather is not None
    return list(entry.gather(list(_members(data)), None, reading))


def _members(data: bytes) -> Iterator[Member]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for info in archive.infolist():
            yield Member(info.filename, info.file_size, _opener(archive.read(info)))


def _opener(content: bytes) -> Callable[[], AbstractContextManager[IO[bytes]]]:
    return lambda: io.BytesIO(content)


def remaining(
    annotated: Annotated, carries: Collection[str], writing: Writing | None = None
) -> Annotated:
    """The same without what a format that ``carries`` these things has no place for.

    Ids that are not carried become numbers in the order of place, so that values with made-up ids
    compare. Which spans a format without overlaps leaves out is for its own test to say.
    """
    if "fragments" not in carries:
        annotated = whole(annotated, writing or Writing(), Counter())
    document = annotated.document
    if "titles" not in carries:
        document = replace(document, title="")
    if "layout" not in carries:
        document = replace(document, layout=Layout())
    if "meta" not in carries:
        document = replace(
            document, meta={}, language="", direction="", source="", date="", revision=1
        )
    if "document labels" not in carries:
        document = replace(document, labels=())
    if "extra" not in carries:
        document = replace(document, extra={})
    relations = annotated.relations if "relations" in carries else ()
    annotated = replace(
        annotated,
        document=document,
        layer=annotated.layer if "layers" in carries else None,
        state=annotated.state if "states" in carries else None,
        codebook=annotated.codebook if "states" in carries else None,
        annotations=tuple(_span(mark, carries) for mark in annotated.annotations),
        relations=tuple(_relation(relation, carries) for relation in relations),
        entities=annotated.entities if "names" in carries else (),
        concepts=annotated.concepts if "names" in carries else (),
    )
    return annotated if "ids" in carries else _numbered(annotated)


def _span(mark: Annotation, carries: Collection[str]) -> Annotation:
    if "attributes" not in carries:
        mark = replace(mark, attributes={})
    if "entities" not in carries:
        mark = replace(mark, entity=None)
    if "concepts" not in carries:
        mark = replace(mark, concept=None)
    if "notes" not in carries:
        mark = replace(mark, note="")
    if "unsure" not in carries:
        mark = replace(mark, unsure=False)
    if "origins" not in carries:
        mark = replace(mark, origin=IMPORTED)
    if "times" not in carries:
        mark = replace(mark, created=None, updated=None, codebook=None)
    if "extra" not in carries:
        mark = replace(mark, extra={})
    return mark


def _relation(relation: Relation, carries: Collection[str]) -> Relation:
    return relation if "extra" in carries else replace(relation, extra={})


def _numbered(annotated: Annotated) -> Annotated:
    order = sorted(
        annotated.annotations, key=lambda mark: (mark.start, mark.end, mark.label, mark.fragments)
    )
    numbers = {mark.id: str(number) for number, mark in enumerate(order)}
    relations = [
        replace(
            relation,
            id="",
            head=numbers[relation.head],
            child=None if relation.child is None else numbers[relation.child],
        )
        for relation in annotated.relations
    ]
    layer = annotated.layer
    return replace(
        annotated,
        document=replace(annotated.document, id=""),
        layer=None if layer is None else replace(layer, id=""),
        annotations=tuple(replace(mark, id=numbers[mark.id]) for mark in order),
        relations=tuple(
            sorted(relations, key=lambda r: (r.head, r.label, r.child or "", r.child_entity or ""))
        ),
    )


def assert_round_trip(
    name: str,
    documents: Sequence[Annotated],
    reading: Reading | None = None,
    writing: Writing | None = None,
    also: Also = lambda annotated: annotated,
) -> None:
    """What ``name`` writes, it reads as what should remain; and what is missing was counted.

    ``also`` does to a document what the format does besides (spans moved to tokens, for instance)
    and is applied before both comparisons.
    """
    carries = formats.get(name).carries
    data, lost = written(name, documents, writing)
    expected = [remaining(also(given), carries, writing) for given in documents]
    if "unmarked" not in carries:
        expected = [given for given in expected if given.annotations]
    arrived = read(name, data, reading)
    assert [remaining(entry, carries, writing) for entry in arrived] == expected
    if "origins" not in carries:
        assert {mark.origin for entry in arrived for mark in entry.annotations} <= {IMPORTED}
    assert set(lost) == set(expected_losses(name, documents, writing)), lost


def expected_losses(
    name: str, documents: Sequence[Annotated], writing: Writing | None = None
) -> Counter[str]:
    """What a writer of that format should count."""
    carries = formats.get(name).carries
    lost = Counter[str]()
    for given in documents:
        if "fragments" not in carries:
            given = whole(given, writing or Writing(), lost)
        count(given, carries, lost)
    return lost
