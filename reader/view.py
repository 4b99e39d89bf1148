"""What a page shows of a document: which layers and labels, and what a change touches."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import parse_qs, urlencode

from annotations.codebook import Codebook
from annotations.document import Annotation, Relation
from annotations.spans import Span
from annotations.store import AnnotationFilter, Coding, KeptDocument, KeptLayer, Project, Store
from reader import crowding
from reader.drawing import LONG, Drawing, numbered
from reader.wording import card_words, lines

MOST_ASKED = 200
"""Labels, and layers, that an address can name."""
_ALONE = {"labels": "label", "without": "except", "layers": "layer"}
"""Parts of an address that list names between commas, and those that give one name as it is."""
FEW_MARKS = 500
"""Annotations of a document of which all are read without looking how they lie."""
FEW = 12
"""Labels that an address names one by one, when it might as well name those that are not shown."""


@dataclass(frozen=True, slots=True)
class View:
    """The filters of a page, as its address says them. Empty means: everything.

    ``without`` names labels that are not shown: with many of them, addresses of those that are
    would make a page grow with their square. Names stand between commas, and one that holds a
    comma by itself: ``?labels=claim,actor&label=law, order``.
    """

    labels: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    marks: bool = True
    unsure: bool = False
    without: tuple[str, ...] = ()

    @classmethod
    def of(cls, query: str) -> "View":
        """The view that a query string asks for. Unknown parts of it are passed over."""
        return _asked_for(query) if len(query) < 200 else cls._read(query)

    @classmethod
    def _read(cls, query: str) -> "View":
        try:
            asked = parse_qs(query.lstrip("?"), max_num_fields=2 * MOST_ASKED)
        except ValueError:
            asked = {}

        def listed(name: str) -> tuple[str, ...]:
            found = (v for part in asked.get(name, []) for v in part.split(",") if v)
            return tuple(dict.fromkeys((*found, *asked.get(_ALONE[name], []))))[:MOST_ASKED]

        return cls(
            listed("labels"),
            listed("layers"),
            asked.get("marks") != ["off"],
            asked.get("unsure") == ["1"],
            listed("without"),
        )

    def shows(self, label: str) -> bool:
        """Whether marks of a label are shown, by its name."""
        return (not self.labels or label in self.labels) and label not in self.without

    def query(self, **changed: object) -> str:
        """The query string of this view, or of one that differs in what is named."""
        parts: list[tuple[str, str]] = []
        for several, alone in _ALONE.items():
            names: Iterable[str] = changed.get(several, getattr(self, several))  # type: ignore[assignment]
            together: list[str] = []
            apart: list[str] = []
            for name in names:
                (apart if "," in name else together).append(name)
            parts += [(several, ",".join(together))] if together else []
            parts += [(alone, name) for name in apart]
        if not changed.get("marks", self.marks):
            parts.append(("marks", "off"))
        if changed.get("unsure", self.unsure):
            parts.append(("unsure", "1"))
        return f"?{urlencode(parts, safe=',')}" if parts else "?"

    def toggled(self, label: str, every: Iterable[str]) -> str:
        """The query string with one label switched on or off."""
        names = list(every)
        shown = {name for name in names if self.shows(name)} ^ {label}
        labels = tuple(name for name in names if name in shown)
        if len(labels) in (0, len(names)):
            return self.query(labels=(), without=())
        hidden = tuple(name for name in names if name not in shown)
        if len(labels) > FEW and len(hidden) < len(labels):
            return self.query(labels=(), without=hidden)
        return self.query(labels=labels, without=())


_asked_for = lru_cache(maxsize=512)(View._read)


@dataclass(frozen=True, slots=True)
class Shown:
    """A document with the layers that are there, those that are shown, and its codebook."""

    store: Store
    project: Project
    document: KeptDocument
    view: View
    present: Sequence[KeptLayer]
    layers: Sequence[KeptLayer]
    coding: Coding
    address: str
    all_address: str = ""
    _counts: dict[str, int] = field(init=False, repr=False, compare=False, default_factory=dict)

    @property
    def codebook(self) -> Codebook:
        return self.coding.codebook

    @property
    def keys(self) -> list[int]:
        return [layer.key for layer in self.layers]

    def counts(self) -> dict[str, int]:
        """How many marks each label has, by the label's name: as it was when first asked."""
        if not self._counts:
            self._counts.update(self.store.marks.counts(self.document, self.keys, self.coding))
        return self._counts

    def _chosen(self, annotations: Iterable[Annotation]) -> list[Annotation]:
        view = self.view
        return [a for a in annotations if view.shows(a.label) and (a.unsure or not view.unsure)]

    def drawing(self) -> Drawing:
        """Everything that the view shows."""
        crowded = self._crowded(range(len(self.document.value.layout.blocks)), None)
        if crowded is not None:
            return crowded
        marks = self.store.marks
        found = marks.of(self.document, self.keys, None, self.coding) if self.view.marks else []
        relations = marks.relations_of(self.document, self.keys, self.coding)
        chosen = self._chosen(found)
        # A long article is drawn in parts as it changes, so that its notes bear no numbers here; a
        # script numbers them for paper.
        numbers = len(self.document.value.text) <= LONG
        return self._drawing(chosen, found, relations, numbers)

    def part(self, within: Span, blocks: range | None = None) -> Drawing:
        """What the view shows between two places; enough to draw the blocks there.

        ``blocks`` are their numbers: with these, not all is read where not all can be drawn.
        """
        crowded = self._crowded(blocks, within) if blocks else None
        if crowded is not None:
            return crowded
        marks = self.store.marks
        found = marks.of(self.document, self.keys, within, self.coding) if self.view.marks else []
        return self._joined(self._chosen(found), found, numbers=False)

    def _crowded(self, blocks: range, within: Span | None) -> Drawing | None:
        """The same where more lie over one place than can be drawn, with these alone; else
        ``None``."""
        if not self.view.marks or sum(self.counts().values()) <= FEW_MARKS:
            return None
        names = self.coding.label_names.items()
        labels = [key for key, name in names if self.view.shows(name)]
        wanted = AnnotationFilter(self.keys, labels, self.view.unsure)
        marks = self.store.marks
        rows = marks.spans_of(self.document, wanted, within)
        spans = [crowding.Spans(*row) for row in rows]
        if not crowding.is_crowded(spans):
            return None
        bare = Drawing(self.document.value, self.codebook, ())
        layout = self.document.value.layout.blocks
        crowds = dict(crowding.crowds(layout, blocks, spans, bare.belongs))
        drawn = crowding.drawn_at(crowds)
        found = marks.at_spans(self.document, wanted, drawn, self.coding)
        numbers = within is None and len(self.document.value.text) <= LONG
        drawing = self._joined(found, found, numbers)
        drawing.crowds = crowds
        return drawing

    def _joined(
        self, shown: Sequence[Annotation], found: Sequence[Annotation], numbers: bool
    ) -> Drawing:
        """A drawing of what was found in a part of a text, with what it is related to elsewhere."""
        marks = self.store.marks
        relations = marks.relations_joining([mark.key for mark in found], self.coding)
        known = {mark.id for mark in found}
        elsewhere = [
            end for r in relations for end in (r.head, r.child) if end and end not in known
        ]
        others = marks.several(self.project, elsewhere, self.coding) if elsewhere else []
        return self._drawing(shown, [*found, *others], relations, numbers)

    def _drawing(
        self,
        chosen: Sequence[Annotation],
        known: Sequence[Annotation],
        relations: Sequence[Relation],
        numbers: bool,
    ) -> Drawing:
        several = len(self.layers) > 1
        return Drawing(
            document=self.document.value,
            codebook=self.codebook,
            annotations=chosen,
            lines=lines(self.codebook, known, relations, self.document.value.text),
            address=self.address,
            all_address=self.all_address,
            words=card_words(),
            numbers=numbered(chosen) if numbers else {},
            layer_titles={k.value.id: k.value.title for k in self.layers} if several else {},
        )

    def touched(
        self, seq: int, places: Iterable[Span] | None = None
    ) -> tuple[list[str], list[int]]:
        """The blocks and card groups that a change alters, drawn anew to be swapped in.

        With them the numbers of those blocks. ``places`` are where it shows, if that is known.
        """
        whole = Drawing(self.document.value, self.codebook, ())
        blocks: set[int] = set()
        for span in self.store.marks.places(seq, self.document.key) if places is None else places:
            blocks.update(whole.blocks_touched(span) or (whole.block_at(span.start),))
        drawn: list[str] = []
        layout = self.document.value.layout.blocks
        swap = ' hx-swap-oob="true"'
        for run in runs(sorted(number for number in blocks if number < len(layout))):
            start = layout[run.start].start if run.start else 0
            end = layout[run.stop].start if run.stop < len(layout) else len(whole.document.text)
            part = self.part(Span(start, max(end, start + 1)), run)
            by_block = part.by_block(run)
            for number in run:
                block = part.block(number, by_block[number], swap)
                # A cell outside a table would be dropped by the parser.
                cell = layout[number].kind in ("td", "th")
                drawn.append(f"<template>{block}</template>" if cell else block)
                drawn.append(part.cards(number, by_block[number], swap))
        return drawn, sorted(blocks)


def runs(numbers: Sequence[int]) -> list[range]:
    """Sorted numbers as ranges without gaps."""
    found: list[range] = []
    for number in numbers:
        if found and found[-1].stop == number:
            found[-1] = range(found[-1].start, number + 1)
        else:
            found.append(range(number, number + 1))
    return found


def shown(
    store: Store,
    project: Project,
    document: KeptDocument,
    view: View,
    address: str,
    all_address: str = "",
) -> Shown:
    """A document as a view shows it."""
    present = store.layers.on_document(document.key)
    layers = [k for k in present if not view.layers or k.value.id in view.layers]
    coding = store.codebooks.coding(project.key)
    return Shown(store, project, document, view, present, layers, coding, address, all_address)
