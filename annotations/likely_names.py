"""Which actor or concept a mark most likely names, before anything is typed.

An actor: the one whose name or alias the marked words are, or share a word with; for a pronoun, the
one named last. A concept: that of the statements before, the nearest first. A person chooses.
"""

import re
from collections.abc import Sequence

from annotations import wordlists
from annotations.codebook import Codebook
from annotations.document import Annotation, Document
from annotations.names import Named, folded

MOST = 9
_POSSESSED = re.compile(r"[’'].*$")
_SMALL = frozenset(
    ("the", "a", "an", "of", "and", "el", "la", "los", "las", "un", "una", "de", "y")
)


def likely_names(
    document: Document,
    codebook: Codebook,
    mark: Annotation,
    near: Sequence[Annotation],
    register: Sequence[Named],
    kind: str,
) -> list[str]:
    """Names for a mark, the likeliest first, at most nine.

    ``near`` are the marks around it; ``kind`` is ``"entity"`` or ``"concept"``; ``register`` the
    entities that are known.
    """
    others = sorted(
        (other for other in near if other.id != mark.id),
        key=lambda other: _distance(mark, other),
    )
    if kind == "concept":
        found = [other.concept for other in others if other.concept]
        return list(dict.fromkeys(found))[:MOST]
    quote = mark.quote(document.text)
    nearby = [other.entity for other in others if other.entity and other.start < mark.start]
    if folded(quote) in wordlists.pronouns(document.language):
        return list(dict.fromkeys(nearby))[:MOST]
    similar = sorted(
        ((score, entry) for entry in register if (score := _shared(quote, entry)) > 0),
        key=lambda pair: (-pair[0], pair[1].name),
    )
    found = [entry.merged_into or entry.name for _, entry in similar]
    return list(dict.fromkeys([*found, *nearby]))[:MOST]


def _distance(mark: Annotation, other: Annotation) -> tuple[int, int]:
    """How far one mark stands from another; what stands behind counts as three times as far."""
    gap = mark.start - other.start
    return (gap if gap >= 0 else -3 * gap, other.start)


def _shared(quote: str, entry: Named) -> float:
    """How much of a quote is in the best of an entry's names: 1 for all of both."""
    words = _significant(quote)
    best = 0.0
    for name in (entry.name, *entry.aliases):
        other = _significant(name)
        if words and other:
            best = max(best, 2 * len(words & other) / (len(words) + len(other)))
    return best


def _significant(text: str) -> frozenset[str]:
    """The words of a name that tell it from others: those with a capital, or else all long ones."""
    words = [
        word
        for part in text.split()
        if (word := "".join(c for c in _POSSESSED.sub("", part) if c.isalnum()))
        and word.lower() not in _SMALL
    ]
    capital = {folded(word) for word in words if word[:1].isupper()}
    return frozenset(capital or {folded(word) for word in words if len(word) > 3})
