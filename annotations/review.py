"""What a later codebook asks to be looked at again in marks made under an earlier one.

Not every difference matters to a mark that is there: a new colour does not, a new definition does.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from annotations.codebook import Attribute, Codebook, Label, RelationKind


@dataclass(frozen=True, slots=True)
class Concern:
    """One reason to look again at marks of a label.

    ``label`` is the label's id. ``kind`` is ``"definition"``, ``"retired"``, ``"merged"`` (the
    label itself), ``"choices"``, ``"required"``, ``"new kind"``, ``"gone"`` (an attribute), or
    ``"relation"`` (a relation that such marks are the head of). ``name`` is the attribute's or
    relation's name, or that of the label merged into; ``attribute`` its id, where it is about one;
    ``choices`` are those that are no more. ``before`` and ``after`` are the definitions.
    """

    label: str
    kind: str
    name: str = ""
    attribute: str = ""
    choices: tuple[str, ...] = ()
    before: str = ""
    after: str = ""

    @property
    def is_of_all(self) -> bool:
        """Whether it concerns every mark of the label, whatever its attributes."""
        return not self.attribute


def concerns(before: Codebook, after: Codebook) -> list[Concern]:
    """What ``after`` asks to be looked at again, in the order of its labels."""
    old = {label.id: label for label in before.labels}
    names = {label.id: label.name for label in after.labels}
    found: list[Concern] = []
    for label in after.labels:
        was = old.get(label.id)
        if was is None or was == label:
            continue
        if was.description != label.description:
            found.append(
                Concern(label.id, "definition", before=was.description, after=label.description)
            )
        if label.merged_into is not None and label.merged_into != was.merged_into:
            found.append(Concern(label.id, "merged", names.get(label.merged_into, "")))
        elif label.retired and not was.retired:
            found.append(Concern(label.id, "retired"))
        found += _of_attributes(was, label)
    return found + _of_relations(before.relations, after)


def _of_attributes(was: Label, now: Label) -> list[Concern]:
    found: list[Concern] = []
    present = {attribute.id: attribute for attribute in now.attributes}
    old = {attribute.id: attribute for attribute in was.attributes}
    for attribute in was.attributes:
        if attribute.id not in present:
            found.append(Concern(now.id, "gone", attribute.name, attribute.id))
    for attribute in now.attributes:
        found += _of_attribute(now, old.get(attribute.id), attribute)
    return found


def _of_attribute(label: Label, was: Attribute | None, now: Attribute) -> list[Concern]:
    found: list[Concern] = []
    if now.required and (was is None or not was.required):
        found.append(Concern(label.id, "required", now.name, now.id))
    if was is None:
        return found
    if was.kind != now.kind:
        found.append(Concern(label.id, "new kind", now.name, now.id))
    elif now.kind == "choice":
        lost = tuple(choice for choice in was.choices if choice not in now.choices)
        if lost:
            found.append(Concern(label.id, "choices", now.name, now.id, lost))
    return found


def _of_relations(before: Sequence[RelationKind], after: Codebook) -> list[Concern]:
    """Marks that are, or must be, the head of a relation that means something else now."""
    found: list[Concern] = []
    old = {kind.id: kind for kind in before}
    for kind in after.relations:
        was = old.get(kind.id)
        if was is None:
            continue
        told = was.description != kind.description or (kind.retired and not was.retired)
        asked = kind.required and not was.required
        left = set(was.heads) - set(kind.heads)
        heads = set(kind.heads) | left if told or asked else left
        found += [
            Concern(label.id, "relation", kind.name, before=was.description, after=kind.description)
            for label in after.labels
            if label.id in heads and label.id in was.heads
        ]
    return found
