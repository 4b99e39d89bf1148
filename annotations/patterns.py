"""Regular expressions that people type: where they stand in a text, exactly and in bounded time.

They are RE2's (https://github.com/google/re2): one search takes time that grows with the text
alone. All places of a pattern may still take the square of it (``(?s)a(.*b)?`` in a text of many
``a``), so whoever asks for them has a patience, looked at after each place. Offsets are code
points.
"""

from collections.abc import Iterator
from functools import lru_cache
from time import monotonic
from typing import Any

import re2

from annotations.errors import BadInput
from annotations.spans import Span

LONGEST = 500
"""Characters of a pattern."""

PATIENCE = 5.0
"""Seconds that finding the places of a pattern may take."""


class Patience:
    """Until when one goes on looking."""

    def __init__(self, seconds: float = PATIENCE):
        self._until = monotonic() + seconds

    @property
    def is_over(self) -> bool:
        return monotonic() > self._until

    def check(self, pattern: str) -> None:
        """Raise ``BadInput`` once it is over."""
        if self.is_over:
            raise BadInput(
                f"Looking for /{pattern}/ takes too long; write it more narrowly, or add a word, "
                "a label or a document to the search."
            )


@lru_cache(maxsize=128)
def compiled(pattern: str) -> Any:
    """A pattern, ready to be used; case does not matter, ``^`` and ``$`` are those of a line.

    Raises ``BadInput`` for one that cannot be used, saying why.
    """
    if len(pattern) > LONGEST:
        raise BadInput(f"A pattern has at most {LONGEST} characters; this one has {len(pattern)}.")
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = 8 << 20
    try:
        re2.compile(pattern, options)  # alone, so that the reason names what was typed
        found = re2.compile(f"(?m:{pattern})", options)
    except re2.error as error:
        why = error.args[0] if error.args else ""
        why = why.decode(errors="replace") if isinstance(why, bytes) else str(why)
        raise BadInput(
            f"The pattern /{pattern}/ cannot be used: {why}. Patterns are RE2’s: no look-ahead, "
            "no look-behind, no back-references. To find the words themselves, leave out the "
            "slashes."
        ) from error
    if found.match("") is not None:
        raise BadInput(
            f"The pattern /{pattern}/ also fits where nothing stands; say what must be there, "
            "for example with + in place of *."
        )
    return found


def stands_in(pattern: str, text: str) -> bool:
    """Whether a pattern stands somewhere in a text. Raises ``BadInput``."""
    return compiled(pattern).search(text) is not None


def places_of(pattern: str, text: str, patience: Patience | None = None) -> Iterator[Span]:
    """Where a pattern stands in a text, in order, none over another, none of them empty.

    Raises ``BadInput``, also when the patience is over.
    """
    patience = patience or Patience()
    for number, found in enumerate(compiled(pattern).finditer(text)):
        # A place takes a microsecond, or, where it must look far ahead, as long as the text is.
        if number % 16 == 0 or len(text) > 10_000:
            patience.check(pattern)
        if found.end() > found.start():
            yield Span(found.start(), found.end())
