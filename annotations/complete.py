"""Whether everything that the codebook asks for has been said: what “done” checks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from annotations.codebook import Attribute, Codebook
from annotations.document import Annotation, Relation


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that a mark lacks: an attribute or a relation, by its name."""

    annotation: Annotation
    kind: str
    name: str


def asks_anything(codebook: Codebook) -> bool:
    """Whether the codebook requires anything at all of a mark."""
    return any(a.required for label in codebook.labels for a in label.attributes) or any(
        kind.required and not kind.retired for kind in codebook.relations
    )


def missing(
    codebook: Codebook, annotations: Iterable[Annotation], relations: Sequence[Relation]
) -> list[Missing]:
    """What is required of these marks and not there, in the order of the marks.

    A status counts as said where a relation says it.
    """
    joined: dict[str, set[str]] = {}
    for relation in relations:
        joined.setdefault(relation.head, set()).add(relation.label)
    found: list[Missing] = []
    for mark in annotations:
        label = codebook.label(mark.label)
        kinds = joined.get(mark.id, set())
        by_relation = any(codebook.kind(kind).sets_status for kind in kinds)
        found += [
            Missing(mark, "attribute", attribute.name)
            for attribute in label.attributes
            if _lacks(mark, attribute) and not (attribute.id == "status" and by_relation)
        ]
        found += [
            Missing(mark, "relation", kind.name)
            for kind in codebook.kinds_from(label)
            if kind.required and kind.name not in kinds
        ]
    return found


def _lacks(mark: Annotation, attribute: Attribute) -> bool:
    return attribute.required and mark.attributes.get(attribute.id) in (None, "")
