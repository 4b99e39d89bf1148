"""What a document is labelled as a whole: one or several labels, with their attributes.

A document keeps them as a list, in the order in which they were given: each an object with the
``label`` (its id, which a renaming leaves as it is) and, where there are any, its ``attributes``.
What an import brought may be a bare name, or anything else; that stays as it came.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from annotations.codebook import Codebook, Label
from annotations.errors import BadInput, NotFound


@dataclass(frozen=True, slots=True)
class Given:
    """A label that a document has, and what is said with it."""

    label: Label
    attributes: Mapping[str, Any] = field(default_factory=dict)


def given(labels: Sequence[Any], codebook: Codebook) -> list[Given]:
    """The labels of a document as far as the codebook knows them, in the order they were given."""
    found = ((_label(entry, codebook), entry) for entry in labels)
    return [Given(label, _attributes(entry)) for label, entry in found if label is not None]


def with_label(
    labels: Sequence[Any], codebook: Codebook, uid: str, attributes: Mapping[str, Any]
) -> list[Any]:
    """The labels with one more, or with other attributes of one that is there.

    An exclusive label takes the place of the exclusive ones of its group. Raises ``NotFound`` for
    an unknown label, ``BadInput`` for one that is not for whole documents.
    """
    label = _known(codebook, uid)
    entry = {"label": uid, **({"attributes": dict(attributes)} if attributes else {})}
    kept, placed = [], False
    for other in labels:
        known = _label(other, codebook)
        if known is not None and known.id == uid:
            kept.append(entry)
            placed = True
        elif not (known is not None and _excludes(label, known)):
            kept.append(other)
    return kept if placed else [*kept, entry]


def without_label(labels: Sequence[Any], codebook: Codebook, uid: str) -> list[Any]:
    """The labels without that one. Raises ``NotFound`` for an unknown label."""
    _known(codebook, uid)
    return [e for e in labels if (known := _label(e, codebook)) is None or known.id != uid]


def named(label: Label, codebook: Codebook) -> list[str]:
    """What an entry may call a label: its id, and its name where that is no id of another."""
    taken = {other.id for other in codebook.labels if other.scope == "document"}
    return [label.id, *({label.name} - taken)]


def _known(codebook: Codebook, uid: str) -> Label:
    label = next((label for label in codebook.labels if label.id == uid), None)
    if label is None:
        raise NotFound("label", uid)
    if label.scope != "document":
        raise BadInput(f"The label “{label.name}” is for stretches of text, not whole documents.")
    return label


def _excludes(label: Label, other: Label) -> bool:
    return label.exclusive and other.exclusive and label.group == other.group


def _label(entry: Any, codebook: Codebook) -> Label | None:
    """The label that an entry names by its id or, as an import may, by its name."""
    named = entry.get("label") if isinstance(entry, Mapping) else entry
    known = [label for label in codebook.labels if label.scope == "document"]
    by_id = next((label for label in known if label.id == named), None)
    return by_id or next((label for label in known if label.name == named), None)


def _attributes(entry: Any) -> Mapping[str, Any]:
    said = entry.get("attributes") if isinstance(entry, Mapping) else None
    return said if isinstance(said, Mapping) else {}
