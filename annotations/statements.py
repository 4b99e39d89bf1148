"""Statements: claims and demands with the actors that relations name.

A claim or demand with its actors is a *statement*, the unit of political-claims analysis (Koopmans
and Statham, “Political Claims Analysis”, Mobilization 4(2), 1999). Its status follows from the
relations that say so, where there are any, and else from what was entered by hand; where the two
disagree, or the relations among themselves, that is a contradiction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from annotations.codebook import Codebook
from annotations.document import Annotation, Relation


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two things that cannot both be so.

    ``kind`` is ``"status"`` (entered by hand against derived) or ``"relations"`` (they name more
    than one status); ``said`` are the statuses that disagree, in the order of the codebook's
    relations.
    """

    kind: str
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """A claim or demand. ``parties``: relation name and actors' names, in the codebook's order."""

    annotation: Annotation
    parties: tuple[tuple[str, tuple[str, ...]], ...] = ()
    status: str | None = None
    contradictions: tuple[Contradiction, ...] = ()


def statements(
    codebook: Codebook, annotations: Sequence[Annotation], relations: Sequence[Relation], text: str
) -> list[Statement]:
    """Every annotation of a label that takes a concept, as a statement, in the order given.

    ``annotations`` must hold the ends of ``relations`` too; a relation whose end is missing is
    passed over. ``text`` is the document's, for actors that have no entity.
    """
    by_id = {annotation.id: annotation for annotation in annotations}
    concept_labels = {label.name for label in codebook.labels if label.takes_concept}
    actor_labels = {label.name for label in codebook.labels if label.takes_entity}
    of_head: dict[str, list[Relation]] = {}
    for relation in relations:
        of_head.setdefault(relation.head, []).append(relation)
    found = []
    for annotation in annotations:
        if annotation.label in concept_labels:
            parties = _parties(codebook, of_head.get(annotation.id, ()), by_id, actor_labels, text)
            found.append(_statement(codebook, annotation, parties))
    return found


def _parties(
    codebook: Codebook,
    relations: Sequence[Relation],
    by_id: Mapping[str, Annotation],
    actor_labels: set[str],
    text: str,
) -> dict[str, tuple[str, ...]]:
    named: dict[str, list[str]] = {}
    for relation in relations:
        name = relation.child_entity
        child = by_id.get(relation.child or "")
        if child is not None and child.label in actor_labels:
            name = child.entity or " ".join(child.quote(text).split())
        if name:
            named.setdefault(relation.label, []).append(name)
    if not named:
        return {}
    return {
        kind.name: tuple(dict.fromkeys(named[kind.name]))
        for kind in codebook.relations
        if kind.name in named
    }


def _statement(
    codebook: Codebook, annotation: Annotation, parties: Mapping[str, tuple[str, ...]]
) -> Statement:
    derived: tuple[str, ...] = ()
    if parties:
        derived = tuple(
            dict.fromkeys(
                kind.sets_status
                for kind in codebook.relations
                if kind.sets_status and kind.name in parties
            )
        )
    entered = annotation.attributes.get("status")
    contradictions = []
    if len(derived) > 1:
        contradictions.append(Contradiction("relations", derived))
    if derived and isinstance(entered, str) and entered and entered not in derived:
        contradictions.append(Contradiction("status", (entered, *derived)))
    status = derived[-1] if derived else entered if isinstance(entered, str) and entered else None
    return Statement(annotation, tuple(parties.items()), status, tuple(contradictions))
