"""The article that a first visitor finds, and the key that was made for it with care.

``report.txt`` is the article, its first line the title. ``key.toml`` holds the key as people write
it: quotes and paragraphs instead of offsets, so that either file can be edited by hand; what does
not fit the text is refused with the mark's name.
"""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from annotations.document import (
    Annotated,
    Annotation,
    Block,
    Concept,
    Document,
    Entity,
    Layer,
    Layout,
    Origin,
    Relation,
    with_fragments,
)
from annotations.errors import BadInput
from annotations.ingest.plain import layout as laid_out
from annotations.spans import Span


def demo() -> Annotated:
    """The demo article with its key, as one layer of one document."""
    here = files(__package__)
    report = here.joinpath("report.txt").read_text(encoding="utf-8")
    key = here.joinpath("key.toml").read_text(encoding="utf-8")
    return annotated(report, tomllib.loads(key))


def annotated(report: str, key: Mapping[str, Any]) -> Annotated:
    """An article and its key as one. Raises ``BadInput`` naming the mark that does not fit."""
    text = report.rstrip("\n")
    title, *rest = laid_out(text).blocks
    layout = Layout((Block("h1", title.start, title.end), *rest))
    document = Document(
        id="demo-report",
        title=text[title.start : title.end],
        text=text,
        layout=layout,
        language="en",
        direction="ltr",
        source="Postil",
    )
    concepts = key.get("concept", ())
    return Annotated(
        document=document,
        layer=Layer(id="demo-key", kind="key", annotator="Postil", name="Answer key"),
        state="done",
        codebook=1,
        annotations=tuple(
            sorted(
                (_mark(entry, text, rest) for entry in key.get("mark", ())),
                key=lambda mark: (mark.start, -mark.end),
            )
        ),
        relations=tuple(
            _relation(number, entry) for number, entry in enumerate(key.get("relation", ()), 1)
        ),
        entities=tuple(
            Entity(
                id=f"demo-entity-{number}",
                name=entry["name"],
                aliases=tuple(entry.get("aliases", ())),
            )
            for number, entry in enumerate(key.get("entity", ()), 1)
            if entry.get("aliases")
        ),
        concepts=tuple(
            Concept(
                id=f"demo-concept-{number}",
                name=entry["name"],
                aliases=tuple(entry.get("aliases", ())),
                parent=entry.get("parent"),
            )
            for number, entry in enumerate(concepts, 1)
            if entry.get("parent") or entry.get("aliases")
        ),
    )


def _mark(entry: Mapping[str, Any], text: str, paragraphs_: list[Block]) -> Annotation:
    name = f"The mark “{entry.get('id', '?')}”"
    number = entry.get("paragraph", 0)
    if not 1 <= number <= len(paragraphs_):
        raise BadInput(f"{name} names paragraph {number}; there are {len(paragraphs_)}.")
    block = paragraphs_[number - 1]
    quotes = entry.get("fragments") or [entry["quote"]]
    parts = []
    for quote in quotes:
        place = block.start - 1
        for _ in range(entry.get("nth", 1)):
            place = text.find(quote, place + 1, block.end)
            if place < 0:
                raise BadInput(f"{name} quotes “{quote}”, which paragraph {number} does not hold.")
        parts.append(Span(place, place + len(quote)))
    whole, fragments = with_fragments(tuple(parts))
    attributes = {n: entry[n] for n in ("stance", "status") if n in entry}
    return Annotation(
        id=f"demo-{entry['id']}",
        start=whole.start,
        end=whole.end,
        fragments=fragments,
        label=entry["label"],
        attributes=attributes,
        entity=entry.get("entity"),
        concept=entry.get("concept"),
        note=entry.get("why", ""),
        origin=Origin("import", "Postil’s demo key"),
        codebook=1,
    )


def _relation(number: int, entry: Mapping[str, Any]) -> Relation:
    child = entry.get("child")
    return Relation(
        id=f"demo-r{number}",
        head=f"demo-{entry['head']}",
        label=entry["label"],
        child=f"demo-{child}" if child else None,
        child_entity=entry.get("child_entity"),
    )
