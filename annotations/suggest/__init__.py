"""Suggestions: where something could be marked, and as what, for a person to accept or reject.

``words``   the words of a text, folded and stemmed      ``again``   the same words elsewhere
``memory``  what the project's past marks would mark     ``rules``   word lists and patterns
``model``   a small model of the project's own marks

Nothing here knows where marks are kept: past marks come in as values, and ``Proposal``s go out.
All offsets are code points.
"""

from dataclasses import dataclass

SOURCES = ("memory", "rules", "model")
"""The sources that are computed; whatever else a suggestion comes from was brought in."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Proposal:
    """``text[start:end]`` could be marked so. ``score`` lies between 0 and 1.

    ``label``, ``entity`` and ``concept`` are names; ``detail`` says what in the source proposes it
    (a rule's name, a model's).
    """

    start: int
    end: int
    label: str
    score: float
    detail: str = ""
    entity: str | None = None
    concept: str | None = None
