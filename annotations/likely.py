"""Where a relation most likely leads: to whom a claim is ascribed, whom a demand is put to.

Nothing is learned here. Each candidate near the head gets points for what can be read off the text
and off the relations made before: how far away it stands, whether a verb of saying or wanting goes
with it, whether it names a source, whom the statement before was joined with. The order only saves
keys: a person chooses. How good it is, ``python -m bench.likely`` measures on the demo's key; the
points were set by hand with that key in sight, so the figure flatters.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import log2

from annotations import wordlists
from annotations.codebook import Codebook, RelationKind
from annotations.document import Annotation, Document, Relation
from annotations.segment import split
from annotations.spans import Span

NEAR = 4_000
"""Code points before and after the head in which marks are looked at."""

_ROLES = {"made-by": "speaker", "reported-by": "source", "addressed-to": "addressee"}
_CLAUSE_END = re.compile(r"[.;:!?…](?:\s|$)")
_AGAIN = {"source": 2.4, "respondent": 3.5, "addressee": 1.2, "speaker": 0.7, "actor": 1.0}
"""Points for whom the statement before was joined with, by the part that is asked for."""
_AGAIN_UNSEEN = {**_AGAIN, "addressee": 2.6}
"""The same for an actor who is not mentioned."""
_OPENING = 6
"""Words behind an actor among which its verb is looked for."""


@dataclass(frozen=True, slots=True)
class Likely:
    """A mark, or an actor by name, that a relation may lead to, and why it stands where it does.

    ``reason`` is ``"as before"``, ``"says so"``, ``"named as source"``, ``"addressed"``,
    ``"pronoun"``, ``"inside"``, ``"same sentence"``, ``"near"``, ``"by name"`` or
    ``"not mentioned"``.
    """

    score: float
    reason: str
    mark: Annotation | None = None
    entity: str | None = None


def reach(document: Document, head: Span) -> Span:
    """The stretch of a document whose marks ``likely`` wants to see."""
    return Span(max(0, head.start - NEAR), min(len(document.text), head.end + NEAR))


def likely(
    document: Document,
    codebook: Codebook,
    kind: RelationKind,
    head: Annotation,
    marks: Sequence[Annotation],
    relations: Iterable[Relation] = (),
    entities: Sequence[str] = (),
    asked: bool = False,
) -> list[Likely]:
    """The candidates for a relation of this kind from ``head``, the likeliest first.

    ``marks`` are those of the head's layer near it, ``relations`` those of which they are an end,
    ``entities`` the names that may be given for an actor whom nobody mentions; they come last, but
    for those that the statements before were joined with. ``asked`` tells that somebody typed
    such a name: then it stands behind the first two marks of that actor. What the head is joined
    with by this kind
    already is left out.
    """
    scene = _Scene(document, codebook, kind, head, marks, tuple(relations))
    found = [scene.judged(mark) for mark in marks if scene.may_be(mark)]
    found.sort(key=lambda one: -one.score)
    if not scene.to_actors:
        return found
    found = _spread(found)
    found += scene.by_name(entities, found, asked)
    return sorted(found, key=lambda one: -one.score)


def _spread(found: Sequence[Likely]) -> list[Likely]:
    """Whom one sees twice above comes later: the list begins with different actors."""
    seen: dict[str, int] = {}
    spread = []
    for one in found:
        name = (one.mark.entity if one.mark else one.entity) or ""
        if name:
            times = seen.get(name, 0)
            seen[name] = times + 1
            one = Likely(one.score - 0.6 * times, one.reason, one.mark, one.entity)
        spread.append(one)
    return spread


@dataclass(slots=True)
class _Scene:
    """What is known around one head."""

    document: Document
    codebook: Codebook
    kind: RelationKind
    head: Annotation
    marks: Sequence[Annotation]
    relations: Sequence[Relation]
    role: str = field(init=False)
    to_actors: bool = field(init=False)
    _children: set[str] = field(init=False)
    _names: dict[str, str] = field(init=False)
    _joined: set[str | None] = field(init=False)
    _parties: dict[str, set[str]] = field(init=False)
    _before: dict[str, float] = field(init=False)
    _borders: list[Span] = field(init=False)
    _at: int = field(init=False)
    _is_put_to_somebody: bool = field(init=False)

    def __post_init__(self) -> None:
        labels = [label for label in self.codebook.labels if label.id in self.kind.children]
        self._children = {label.name for label in labels}
        self.to_actors = any(label.takes_entity for label in labels)
        answers = "respondent" if self.kind.sets_status else "actor"
        self.role = _ROLES.get(self.kind.id, answers) if self.to_actors else "statement"
        text = self.document.text
        self._names = {m.id: m.entity or m.quote(text) for m in self.marks}
        mine = [r for r in self.relations if r.head == self.head.id]
        self._joined = {r.child or r.child_entity for r in mine if r.label == self.kind.name}
        kinds = {kind.name: kind.id for kind in self.codebook.relations}
        label = self.codebook.label(self.head.label).id
        self._is_put_to_somebody = any(
            label in other.heads for other in self.codebook.relations if other.id == "addressed-to"
        )
        self._parties = {}
        for relation in mine:
            self._parties.setdefault(kinds[relation.label], set()).add(self._target(relation))
        self._before = self._chosen_before()
        self._borders = list(self._sentences())
        self._at = self._sentence(self.head.start)

    def _target(self, relation: Relation) -> str:
        return relation.child_entity or self._names.get(relation.child or "", "")

    def _chosen_before(self) -> dict[str, float]:
        """What the statements before the head lead to by this kind: 1 for the last one's, and less
        for those before it. By mark, by name, and by name as an actor who is not mentioned."""
        heads = {mark.id: mark for mark in self.marks}
        earlier: dict[str, list[Relation]] = {}
        for relation in self.relations:
            mark = heads.get(relation.head)
            if relation.label != self.kind.name or mark is None or mark.id == self.head.id:
                continue
            if mark.start <= self.head.start:
                earlier.setdefault(mark.id, []).append(relation)
        found: dict[str, float] = {}
        weight = 1.0
        for mark_id in sorted(earlier, key=lambda key: -heads[key].start):
            for relation in earlier[mark_id]:
                if relation.child is not None:
                    found.setdefault(relation.child, weight)
                else:
                    found.setdefault(f"@{relation.child_entity}", weight)
                found.setdefault(f"={self._target(relation)}", weight)
            weight *= 0.7
        return found

    def _sentences(self) -> Iterable[Span]:
        near = reach(self.document, self.head.span)
        text, language = self.document.text, self.document.language
        blocks = [block.span for block in self.document.layout.blocks] or [Span(0, len(text))]
        for block in blocks:
            if block.end > near.start and block.start < near.end:
                part = Span(max(block.start, near.start), min(block.end, near.end))
                for found in split(part.of(text), language):
                    yield Span(part.start + found.start, part.start + found.end)

    def _sentence(self, place: int) -> int:
        """The number of the sentence that holds a place, counted from the first one near."""
        return bisect_right(self._borders, place, key=lambda sentence: sentence.end)

    # --- who can be meant

    def may_be(self, mark: Annotation) -> bool:
        return (
            mark.label in self._children and mark.id != self.head.id and mark.id not in self._joined
        )

    def by_name(
        self, entities: Sequence[str], marked: Sequence[Likely], asked: bool
    ) -> list[Likely]:
        """Actors by name: those of the statements before among the marks, the others after all."""
        found = []
        mentioned: dict[str, list[float]] = {}
        for one in marked:
            if one.mark and one.mark.entity:
                mentioned.setdefault(one.mark.entity, []).append(one.score)
        for name in entities:
            if name in self._joined:
                continue
            before = self._before.get(f"@{name}", 0.0)
            if before:
                score = _AGAIN_UNSEEN[self.role] * before - self._other_part(name) - 0.6
                found.append(Likely(score, "as before", entity=name))
            elif name not in mentioned:
                found.append(Likely(-100.0, "not mentioned", entity=name))
            else:
                second = sorted(mentioned[name], reverse=True)[:2][-1]
                found.append(Likely(second - 0.01 if asked else -200.0, "by name", entity=name))
        return found

    # --- how likely

    def judged(self, mark: Annotation) -> Likely:
        """A mark with its points, and the weightiest of the reasons for it."""
        apart = self._sentence(mark.start) - self._at
        gap = min(max(0, p.start - mark.end, mark.start - p.end) for p in self.head.spans)
        reasons: dict[str, float] = {"near": 0.0}
        far = 0.35 * log2(1 + gap / 16)
        far += 0.8 * min(abs(apart), 8) if apart <= 0 else 1.3 * min(apart, 6)
        if apart == 0:
            reasons["same sentence"] = 0.3
        name = self._names[mark.id]
        again = self._before.get(mark.id, 0.0)
        # One answer may be to many demands: the mark that says it lies ever further behind.
        score = -far * (1 - 0.9 * again if self.role == "respondent" else 1)
        if self.role == "statement":
            score += self._between_statements(mark, reasons)
            score += 0.5 * again
        else:
            score += self._as_actor(mark, apart, reasons)
            again = max(again, 0.8 * self._before.get(f"={name}", 0.0))
            reasons["as before"] = _AGAIN[self.role] * again
            score += _AGAIN[self.role] * again
            score -= self._other_part(name)
        return Likely(score, max(reasons, key=lambda reason: reasons[reason]), mark)

    def _other_part(self, name: str) -> float:
        """What it costs to play another part in the same statement already."""
        others = {
            "speaker": ("addressed-to", "reported-by"),
            "source": ("made-by",),
            "addressee": ("made-by", "reported-by"),
        }.get(self.role, ("made-by", "reported-by"))
        taken = any(name in self._parties.get(kind, ()) for kind in others)
        asked = self.role == "respondent" and name in self._parties.get("addressed-to", ())
        return (2.5 if taken else 0.0) - (2.0 if asked else 0.0)

    def _between_statements(self, mark: Annotation, reasons: dict[str, float]) -> float:
        """Support comes from whoever made the other statement too, dispute from somebody else."""
        makers = self._parties.get("made-by", set())
        theirs = {
            self._target(relation)
            for relation in self.relations
            if relation.head == mark.id and self._kind_id(relation) == "made-by"
        }
        same = bool(makers & theirs)
        if not makers or not theirs or self.kind.id not in ("supports", "disputes"):
            return 0.0
        return 0.9 if same == (self.kind.id == "supports") else -0.9

    def _kind_id(self, relation: Relation) -> str:
        return self.codebook.kind(relation.label).id

    def _said(self, words: Sequence[str]) -> float:
        """Points for a verb of saying, or of wanting, close behind an actor.

        Who reports a demand says something, who makes it wants something.
        """
        language = self.document.language
        weights = {"speaker": {"reporting": 1.6, "demanding": 0.8}, "source": {"reporting": 1.6}}
        if self.role == "speaker" and self._is_put_to_somebody:
            weights["speaker"] = {"reporting": 0.2, "demanding": 1.6}
        found = 0.0
        unreal = wordlists.auxiliaries(language)
        words = [w for n, w in enumerate(words[:_OPENING]) if not n or words[n - 1] not in unreal]
        for kind, weight in weights.get(self.role, {}).items():
            verbs = wordlists.forms(kind, language)
            at = next((n for n, word in enumerate(words) if word in verbs), None)
            if at is not None:
                found = max(found, weight * (1 - 0.12 * at))
        return found

    def _as_actor(self, mark: Annotation, apart: int, reasons: dict[str, float]) -> float:
        text, language = self.document.text, self.document.language
        score = 0.0
        words = _words(_CLAUSE_END.split(text[mark.end : mark.end + 60])[0])
        before = " ".join(text[max(0, mark.start - 40) : mark.start].casefold().split())
        quote = mark.quote(text).casefold()
        owns = text[mark.end : mark.end + 2] in ("’s", "'s") or text[mark.end - 1 : mark.end] == "’"
        inside = any(mark.span.overlaps(part) for part in self.head.spans)
        if not inside and mark.span.overlaps(self.head.span):
            score += 1.0  # between the fragments: “…, she says, …”
        if quote in wordlists.pronouns(language):
            reasons["pronoun"] = 0.5
        if inside:
            leads = mark.start == self.head.start
            score += {"addressee": 1.5 if leads else 0.5}.get(self.role, -2.5)
            reasons["inside"] = 0.4
        phrases = wordlists.attributions(language)
        if apart <= 0 and not inside and before.endswith(phrases):
            score += 2.0
            reasons["says so"] = 2.0
        said = self._said(words) if not owns and not inside and apart <= 0 else 0.0
        if said:
            score += said
            reasons["says so"] = said
        demanding = wordlists.forms("demanding", language)
        if before.split()[-1:] and before.split()[-1] in demanding:  # “asked Trump”
            score += {"addressee": 1.5, "speaker": -0.8}.get(self.role, 0.0)
            if self.role == "addressee":
                reasons["addressed"] = 1.5
        if self.role == "source" and not wordlists.sources(language).isdisjoint(
            _words(f"{quote} {mark.entity or ''}")
        ):
            score += 1.5
            reasons["named as source"] = 1.5
        if owns:
            score += 0.8 if words[1:2] and words[1] in wordlists.accounts(language) else -0.8
        return score


def _words(text: str) -> list[str]:
    return ["".join(c for c in word if c.isalnum()) for word in text.casefold().split()]
