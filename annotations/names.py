"""Finding names as they are typed: whatever the case, and with or without accents.

What is typed may be the beginning of a name, of a word in it, or any part of it or of an alias; the
order says how well it fits.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol


class Named(Protocol):
    """An entity or a concept."""

    @property
    def name(self) -> str: ...
    @property
    def aliases(self) -> tuple[str, ...]: ...
    @property
    def merged_into(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Match:
    """A name that fits; ``alias`` is what fitted where the name itself did not, or led to it."""

    name: str
    alias: str = ""


@lru_cache(maxsize=50_000)
def folded(text: str) -> str:
    """A text for comparing: no case, no accents, white space as one blank."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = "".join(c for c in plain if not unicodedata.combining(c)) or plain
    return " ".join(bare.split())


def matching(register: Iterable[Named], typed: str, limit: int) -> list[Match]:
    """The names that fit what is typed, best first; each once, under the name it goes by.

    The whole name goes first, then names that begin so, then those with a word that does, then
    those that hold it anywhere; an alias counts a little less than a name.
    """
    wanted = folded(typed)
    found: dict[str, tuple[int, str, str]] = {}
    for entry in register:
        name = entry.merged_into or entry.name
        called = ((entry.name, entry.merged_into is not None), *((a, True) for a in entry.aliases))
        for text, other in called:
            fit = _fit(wanted, folded(text))
            if fit is None:
                continue
            rank = (2 * fit + other, folded(name), text if other else "")
            if name not in found or rank < found[name]:
                found[name] = rank
    best = sorted(found.items(), key=lambda pair: pair[1])
    return [Match(name, alias if wanted else "") for name, (_, _, alias) in best[:limit]]


def _fit(wanted: str, text: str) -> int | None:
    """0 for the whole, 1 for its beginning, 2 for that of a word in it, 3 for any part of it."""
    if wanted == text:
        return 0
    if text.startswith(wanted):
        return 1
    at = text.find(wanted)
    if at < 0:
        return None
    while at >= 0:
        if not text[at - 1].isalnum():
            return 2
        at = text.find(wanted, at + 1)
    return 3


def is_known(register: Sequence[Named], typed: str) -> bool:
    """Whether something goes by exactly this name."""
    return any(entry.name == typed.strip() for entry in register)
