"""What the project's past marks would mark: the strings that were marked, with their entities.

A string's score is the part of its places that were marked, in the documents that people went
through: (marked + ½) / (seen + 1), the estimate of a probability with Jeffreys' prior (Jeffreys,
“An invariant form for the prior probability”, 1946). So a name marked each time scores high, and a
word that was marked once and left a hundred times scores nothing.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from annotations.suggest import Proposal
from annotations.suggest.phrases import Phrases
from annotations.suggest.words import Words, words

FLOOR = 0.1
"""What scores lower is not proposed."""

_BEGINNINGS = frozenset(".!?…:;«»“”„\"'‘’(—–-•*¿¡。！？؟।")


@dataclass(frozen=True, slots=True)
class Remembered:
    """``quote`` was marked so ``count`` times; 0: it is known from elsewhere, as an alias."""

    quote: str
    label: str
    entity: str | None = None
    concept: str | None = None
    count: int = 1


@dataclass(slots=True)
class _Entry:
    """What is known of one string: for each label how often it was marked, and as what."""

    seen: int = 0
    marked: Counter[str] = field(default_factory=Counter)
    entities: Counter[tuple[str, str]] = field(default_factory=Counter)
    concepts: Counter[tuple[str, str]] = field(default_factory=Counter)


class Memory:
    """The strings of past marks, ready to be found in other texts."""

    def __init__(self, remembered: Iterable[Remembered] = ()):
        self._phrases: Phrases[_Entry] = Phrases()
        for each in remembered:
            self.learn(each)

    def __len__(self) -> int:
        return len(self._phrases)

    def learn(self, each: Remembered) -> None:
        """Take in one string that was marked."""
        forms = words(each.quote).forms
        entry = self._phrases.get(forms)
        if entry is None:
            entry = _Entry()
            if not self._phrases.put(forms, entry):
                return
        entry.marked[each.label] += each.count
        weight = max(1, each.count)
        if each.entity:
            entry.entities[each.label, each.entity] += weight
        if each.concept:
            entry.concepts[each.label, each.concept] += weight

    def look_through(self, text: str) -> None:
        """Count the places of each string in a text that somebody went through."""
        found = words(text)
        for _, _, entry in self._phrases.in_(found.forms, _openings(found)):
            entry.seen += 1

    def propose(self, text: str) -> Iterator[Proposal]:
        """Where the strings stand in a text, by place."""
        found = words(text)
        for first, after, entry in self._phrases.in_(found.forms, _openings(found)):
            for label, marked in entry.marked.items():
                score = (marked + 0.5) / (max(entry.seen, marked) + 1)
                if score >= FLOOR:
                    yield Proposal(
                        start=found.starts[first],
                        end=found.ends[after - 1],
                        label=label,
                        score=round(score, 4),
                        entity=_commonest(entry.entities, label),
                        concept=_commonest(entry.concepts, label),
                    )


def _commonest(counted: Counter[tuple[str, str]], label: str) -> str | None:
    """The name most often given under a label; ``None`` where two are given equally often."""
    mine = Counter({name: n for (under, name), n in counted.items() if under == label})
    best = mine.most_common(2)
    if not best or (len(best) == 2 and best[0][1] == best[1][1]):
        return None
    return best[0][0]


def _openings(found: Words) -> dict[int, str]:
    """The words that begin a sentence with a capital, by number, as they read without it."""
    openings: dict[int, str] = {}
    before = ""
    for number, form in enumerate(found.forms):
        if (not before or before in _BEGINNINGS) and form[0].isupper():
            openings[number] = form[0].lower() + form[1:]
        before = form
    return openings
