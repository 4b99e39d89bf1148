"""What an import brings that the codebook lacks, what of that looks like what it has, and names
that are to be taken for others on the way in.

``made_by`` beside *made by*, ``CLAIM`` or *claims* beside *claim*: such names become labels and
relations of their own, and whoever counts *made by* misses them. So they are told, with what they
look like; a person says whether one is the other (``NameMap``).
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from annotations.codebook import Codebook
from annotations.document import Annotated, Annotation
from annotations.errors import BadInput
from annotations.plain import PlainMarks
from annotations.renaming import Renaming

KINDS = ("label", "relation", "document label", "attribute", "value")
ADDED = ("label", "relation", "document label")
"""What an import adds to the codebook; attributes and values are kept with annotations alone."""

_BETWEEN = re.compile(r"[\W_]+")
_ENDINGS = ("s", "es", "en", "n", "e", "a", "i")
"""What makes a plural in the languages that most codebooks are written in."""

_SHORTEST = 4
"""Letters of a name of which an ending may be taken for that of a plural."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A name that the codebook lacks, with how often it came. ``like`` is what it looks like.

    ``of`` is the label of an attribute, and label and attribute of a value.
    """

    kind: str
    name: str
    count: int
    like: str = ""
    of: str = ""

    @property
    def is_added(self) -> bool:
        """Whether an import adds it to the codebook."""
        return self.kind in ADDED


class Gaps:
    """Counts what entries say that a codebook lacks, as they go by."""

    def __init__(self, codebook: Codebook):
        self._codebook = codebook
        self._counts: Counter[tuple[str, str, str]] = Counter()
        self._labels = {label.name for label in codebook.labels}
        self._kinds = {kind.name for kind in codebook.relations}
        self._of_documents = {
            name for label in codebook.labels if label.scope == "document"
            for name in (label.id, label.name)
        }  # fmt: skip
        self._attributes = {
            label.name: {attribute.id: attribute for attribute in label.attributes}
            for label in codebook.labels
        }

    def count(self, entry: Annotated) -> None:
        """Add what an entry brings."""
        counts = self._counts
        for said in entry.document.labels:
            name = said.get("label") if isinstance(said, Mapping) else said
            if isinstance(name, str) and name not in self._of_documents:
                counts["document label", name, ""] += 1
        marks = entry.annotations
        if isinstance(marks, PlainMarks):
            if not self._labels.issuperset(marks.labels):
                counts.update(("label", n, "") for n in marks.labels if n not in self._labels)
        else:
            for mark in marks:
                if mark.label not in self._labels:
                    counts["label", mark.label, ""] += 1
                elif mark.attributes:
                    self._count_attributes(mark)
        for relation in entry.relations:
            if relation.label not in self._kinds:
                counts["relation", relation.label, ""] += 1

    def _count_attributes(self, mark: Annotation) -> None:
        known = self._attributes[mark.label]
        for uid, value in mark.attributes.items():
            attribute = known.get(uid)
            if attribute is None:
                self._counts["attribute", uid, mark.label] += 1
            elif attribute.kind == "choice" and isinstance(value, str):
                is_lacking = value not in attribute.choices
                self._counts["value", value, f"{mark.label}, {uid}"] += is_lacking

    def found(self) -> tuple[Gap, ...]:
        """What is lacking, the look-alikes of each kind first."""
        gaps = [
            Gap(kind, name, times, self._like(kind, name, of), of)
            for (kind, name, of), times in self._counts.items()
            if times
        ]
        return tuple(sorted(gaps, key=lambda gap: (KINDS.index(gap.kind), not gap.like, gap.name)))

    def _like(self, kind: str, name: str, of: str) -> str:
        if kind == "relation":
            return alike(name, self._kinds)
        if kind == "label":
            return alike(name, self._labels)
        if kind == "document label":
            named = (label.name for label in self._codebook.of_documents)
            return alike(name, named)
        label, _, uid = of.partition(", ")
        known = self._attributes.get(label, {})
        if kind == "value":
            return alike(name, known[uid].choices)
        by_name = {attribute.name: each for each, attribute in known.items()}
        return alike(name, known) or by_name.get(alike(name, by_name), "")


def alike(name: str, known: Iterable[str]) -> str:
    """The known name that a name looks like; empty where there is none, or where it is that one.

    Case, white space, hyphens and underscores, composed and decomposed letters, and the ending of a
    plural make no difference.
    """
    plain, stems = _plain(name), _stems(name)
    near = ""
    for other in sorted(known):
        if other == name:
            continue
        if _plain(other) == plain:
            return other
        if not near and stems & _stems(other):
            near = other
    return near


def _plain(name: str) -> str:
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", name).casefold()) or name


def _stems(name: str) -> set[str]:
    """A name without what may be the ending of a plural, and with it."""
    plain = _plain(name)
    found = {plain}
    for ending in _ENDINGS:
        stem = plain.removesuffix(ending)
        if stem != plain and len(stem) >= _SHORTEST - 1:
            found.add(stem)
    if plain.endswith("ies") and len(plain) > _SHORTEST:
        found.add(f"{plain[:-3]}y")
    return found


# ── names that are taken for others ───────────────────────────────────────────────────────────────


@dataclass(slots=True)
class NameMap:
    """Names that are taken for those of the codebook on the way in, by kind."""

    labels: Mapping[str, str] = field(default_factory=dict)
    relations: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    of_documents: Mapping[str, str] = field(default_factory=dict)
    unused: set[str] = field(default_factory=set)
    """Names that nothing was called so far."""

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]], codebook: Codebook) -> "NameMap":
        """The map of pairs of a name in the files and one of the codebook.

        A name becomes that of whatever bears it in the codebook: a label, a relation kind, an
        attribute. Raises ``BadInput`` for a name that nothing there bears.
        """
        labels = {label.name for label in codebook.labels if label.scope != "document"}
        of_documents = {label.name for label in codebook.of_documents}
        kinds = {kind.name for kind in codebook.relations}
        every = [attribute for label in codebook.labels for attribute in label.attributes]
        attributes = {attribute.name: attribute.id for attribute in every}
        attributes |= {attribute.id: attribute.id for attribute in every}
        found = cls()
        maps = {"labels": labels, "relations": kinds, "of_documents": of_documents}
        said = {name: dict[str, str]() for name in (*maps, "attributes")}
        for old, new in pairs:
            if old == new:
                continue
            is_known = new in attributes
            if is_known:
                said["attributes"][old] = attributes[new]
            for name, known in maps.items():
                if new in known:
                    said[name][old] = new
                    is_known = True
            if not is_known:
                listed = ", ".join(f"“{name}”" for name in sorted(labels | kinds | of_documents))
                raise BadInput(
                    f"Nothing in the codebook is called “{new[:60]}”, to take “{old[:60]}” for; "
                    f"labels and relations there are {listed}."
                )
            found.unused.add(old)
        found.labels, found.relations = said["labels"], said["relations"]
        found.attributes, found.of_documents = said["attributes"], said["of_documents"]
        return found

    def __bool__(self) -> bool:
        return bool(self.labels or self.relations or self.attributes or self.of_documents)

    def apply(self, entry: Annotated) -> Annotated:
        """The entry with the names of the codebook."""
        if not self:
            return entry
        if self.unused:
            self.unused -= {relation.label for relation in entry.relations}
            for mark in entry.annotations:
                self.unused -= {mark.label, *mark.attributes}
        renamed = Renaming(self.labels, self.relations).of(entry)
        if self.attributes:
            marks = tuple(self._with_attributes(mark) for mark in renamed.annotations)
            renamed = replace(renamed, annotations=marks)
        labels = tuple(self._label_of_document(said) for said in entry.document.labels)
        if labels != tuple(entry.document.labels):
            renamed = replace(renamed, document=replace(entry.document, labels=labels))
        return renamed

    def _with_attributes(self, mark: Annotation) -> Annotation:
        if not mark.attributes.keys() & self.attributes.keys():
            return mark
        said = {self.attributes.get(key, key): value for key, value in mark.attributes.items()}
        return replace(mark, attributes=said)

    def _label_of_document(self, said: Any) -> Any:
        if isinstance(said, str):
            self.unused.discard(said)
            return self.of_documents.get(said, said)
        if isinstance(said, dict) and isinstance(said.get("label"), str):
            self.unused.discard(said["label"])
            return {**said, "label": self.of_documents.get(said["label"], said["label"])}
        return said

    def check_used(self) -> None:
        """Raise ``BadInput`` for a name that nothing in the files was called."""
        if self.unused:
            listed = ", ".join(f"“{name}”" for name in sorted(self.unused))
            raise BadInput(
                f"Nothing in the files is called {listed}, to be taken for another name."
            )


def parsed_map(said: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """What was said as ``made_by=made by``, as pairs. Raises ``BadInput`` for what is none."""
    found = []
    for each in said:
        old, equals, new = each.partition("=")
        if not (equals and old.strip() and new.strip()):
            raise BadInput(
                f"“{each[:80]}” does not say which name is to be taken for which; write "
                "NAME=NAME, first the one in the files: made_by=“made by”"
            )
        found.append((old.strip(), new.strip()))
    return tuple(found)


# ── what is told ──────────────────────────────────────────────────────────────────────────────────

MOST_NAMED = 40
"""Names that a sentence lists."""


def sentences(gaps: Iterable[Gap], as_suggestions: bool = False) -> list[str]:
    """What became of the names that the codebook lacked, in a sentence or two.

    Suggestions add nothing to a codebook but labels of whole documents.
    """
    added: list[Gap] = []
    kept: list[Gap] = []
    lacking: list[Gap] = []
    for gap in gaps:
        is_left = as_suggestions and gap.kind != "document label"
        (lacking if is_left else added if gap.is_added else kept).append(gap)
    found = []
    if added:
        found.append(f"Added to the codebook: {_listed(added)}.")
    if kept:
        found.append(f"Kept with the marks, though the codebook lacks it: {_listed(kept)}.")
    if lacking:
        found.append(f"Lacking in the codebook: {_listed(lacking)}.")
    return found


def alike_among(gaps: Iterable[Gap]) -> list[tuple[str, str]]:
    """Names that look like one of the codebook and can be taken for it, each with that one."""
    found = [(gap.name, gap.like) for gap in gaps if gap.like and gap.kind != "value"]
    return list(dict.fromkeys(found))


def _listed(gaps: list[Gap]) -> str:
    parts = []
    for kind in KINDS:
        named = [gap for gap in gaps if gap.kind == kind]
        if named:
            names = ", ".join(
                f"“{gap.name}”{_of(gap)} ({gap.count:,})" for gap in named[:MOST_NAMED]
            )
            more = f" and {len(named) - MOST_NAMED:,} more" if len(named) > MOST_NAMED else ""
            parts.append(f"{_called(kind, len(named))} {names}{more}")
    return "; ".join(parts)


def _of(gap: Gap) -> str:
    return f" of {gap.of}" if gap.of else ""


def _called(kind: str, count: int) -> str:
    if kind == "document label":
        return "label of documents" if count == 1 else "labels of documents"
    return kind if count == 1 else f"{kind}s"
