"""Who says what of which concept: statements for formats about actors and concepts.

A claim or demand with the actors that relations name is a statement (``annotations.statements``).
Those who made it hold something of its concept; so do those who accepted or rejected it. Who only
reports it, and whom it is addressed to, does not.

Agreement: who accepts agrees, who rejects does not. Who made it agrees or not as its ``stance``
says (for, against; neutral is neither); where its label knows no stance (a demand) who made it
agrees.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from annotations import codebook as codebooks
from annotations.codebook import Codebook, RelationKind
from annotations.document import Annotated, Annotation
from annotations.formats.interface import Writing
from annotations.formats.losses import count
from annotations.statements import statements

STANCE, STATUS = "stance", "status"
_STANCES = {"for": True, "against": False}
_STATUSES = {"accepted": True, "rejected": False}


@dataclass(frozen=True, slots=True)
class Saying:
    """One actor on one statement. ``actor`` and ``concept`` are empty where there is none.

    ``agrees`` is ``None`` where it is neutral or not said; ``role`` is the name of the relation;
    ``others`` are the actors of the other kinds of relation (reported by, addressed to), by name.
    """

    annotation: Annotation
    actor: str
    role: str
    concept: str
    agrees: bool | None
    status: str
    others: dict[str, tuple[str, ...]]


class Roles:
    """What a codebook (as TOML; empty: the default one) says of statements and their actors.

    ``speaks`` are the kinds of relation by which an actor says something of a concept, by name;
    ``others`` the names of the kinds that name actors who say nothing of it themselves; ``stances``
    the names of the labels that know a stance, ``labels`` those of all statements.
    """

    def __init__(self, said: str):
        self.codebook: Codebook = codebooks.from_toml(said) if said else codebooks.default()
        self.speaks = _speaking(self.codebook)
        self.labels = [label.name for label in self.codebook.labels if label.takes_concept]
        self.stances = {
            label.name
            for label in self.codebook.labels
            if any(attribute.id == STANCE for attribute in label.attributes)
        }
        actors = {label.id for label in self.codebook.labels if label.takes_entity}
        self.others = tuple(
            kind.name
            for kind in self.codebook.relations
            if kind.name not in self.speaks and set(kind.children) <= actors
        )

    @property
    def maker(self) -> str:
        """The kind of relation that names who made a statement."""
        return next(iter(self.speaks), "made by")

    @property
    def label(self) -> str:
        """The label of a statement of which only is known that it agrees or not."""
        known = [name for name in self.labels if name in self.stances] or self.labels
        return known[0] if known else "claim"


class Sayings:
    """Finds them by a codebook, and counts what of a document is none."""

    def __init__(self, writing: Writing, carries: frozenset[str], lost: Counter[str]):
        roles = Roles(writing.codebook)
        self._codebook, self._speaks, self._stances = roles.codebook, roles.speaks, roles.stances
        self.others = roles.others
        """The names of the kinds of relation that name actors who say nothing of it themselves."""
        self._carries, self._lost = carries | {"relations", "attributes", "unmarked"}, lost

    def of(self, annotated: Annotated) -> Iterator[Saying]:
        """Those of a document, in the order of its annotations; a statement that nobody is said to
        have made is one without an actor."""
        text = annotated.document.text
        stands_for = {e.name: e.merged_into for e in annotated.entities if e.merged_into}
        above = {c.name: c.merged_into for c in annotated.concepts if c.merged_into}
        found = statements(self._codebook, annotated.annotations, annotated.relations, text)
        self._count(annotated, {each.annotation.id for each in found})
        for statement in found:
            mark = statement.annotation
            concept = _final(mark.concept or "", above)
            parties = {
                name: tuple(dict.fromkeys(_final(actor, stands_for) for actor in actors))
                for name, actors in statement.parties
            }
            others = {name: actors for name, actors in parties.items() if name not in self._speaks}
            speakers = [
                (actor, name) for name in self._speaks for actor in parties.get(name, ())
            ] or [("", "")]
            for actor, role in speakers:
                agrees = self._agrees(mark, role) if actor else None
                yield Saying(mark, actor, role, concept, agrees, statement.status or "", others)

    def _agrees(self, mark: Annotation, role: str) -> bool | None:
        status = self._speaks[role].sets_status
        if status in _STATUSES:
            return _STATUSES[status]
        if mark.label not in self._stances:
            return True
        return _STANCES.get(str(mark.attributes.get(STANCE, "")))

    def _count(self, annotated: Annotated, found: set[str]) -> None:
        marks = tuple(mark for mark in annotated.annotations if mark.id in found)
        count(replace(annotated, annotations=marks), self._carries, self._lost)
        said = {STANCE, "status"}
        names = {*self._speaks, *self.others}
        for what, times in (
            ("unmarked", not annotated.annotations),
            ("spans", len(annotated.annotations) - len(marks)),
            ("attributes", sum(len(set(mark.attributes) - said) for mark in marks)),
            (
                "relations",
                sum(r.label not in names or r.head not in found for r in annotated.relations),
            ),
        ):
            if times:
                self._lost[what] += int(times)


def _speaking(codebook: Codebook) -> dict[str, RelationKind]:
    """The kinds of relation by which an actor says something of a concept, by name.

    Who made it: the kind ``made-by``, or where there is none the first that leads to actors alone.
    """
    actors = {label.id for label in codebook.labels if label.takes_entity}
    to_actors = [
        kind for kind in codebook.relations if kind.children and set(kind.children) <= actors
    ]
    made = [kind for kind in to_actors if kind.id == "made-by"]
    made = made or [kind for kind in to_actors if not kind.sets_status][:1]
    return {
        kind.name: kind for kind in [*made, *(k for k in to_actors if k.sets_status in _STATUSES)]
    }


def _final(name: str, merged: dict[str, str]) -> str:
    """What a name was merged into, at the end."""
    seen = {name}
    while (after := merged.get(name)) and after not in seen:
        name = after
        seen.add(name)
    return name
