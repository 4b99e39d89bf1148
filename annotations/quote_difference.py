"""How a text differs from what somebody quoted of it, put so that the difference can be seen.

Two quotes may look the same and differ: in kinds of space, in composed and decomposed letters, in
characters that show nothing. So the first difference is given with its code points.
"""

import unicodedata

SHOWN = 40
"""Characters of a quote that a message shows."""

_BEFORE = 20
"""Characters that are shown before a difference further on."""


def describe_mismatch(start: int, end: int, expected: str, found: str) -> str:
    """Say that a place reads otherwise than expected, and what differs first.

    ``start`` and ``end`` are shown as they are given, in whatever unit the file counts.
    """
    at = _first_difference(expected, found)
    quotes = f"expected “{_shortened(expected, at)}”, found “{_shortened(found, at)}”"
    difference = describe_difference(expected, found)
    return f"at {start}–{end} {quotes}" + (f" ({difference})" if difference else "")


def describe_difference(expected: str, found: str) -> str:
    """The first difference of two texts with its code points; empty for equal or empty ones."""
    if not expected or not found or expected == found:
        return ""
    at = _first_difference(expected, found)
    ours, theirs = _cluster(expected, at), _cluster(found, at)
    if not theirs:
        return f"the text ends before {_named(ours)}"
    if not ours:
        return f"the quote ends before {_named(theirs)}"
    points = f"expected {_named(ours)}, found {_named(theirs)}"
    forms = _forms(expected, found)
    return f"first difference at character {at + 1}: {points}" + (f"; {forms}" if forms else "")


def _first_difference(one: str, other: str) -> int:
    """The number of characters with which both begin, never within a combined character."""
    length = min(len(one), len(other))
    at = next((i for i in range(length) if one[i] != other[i]), length)
    while at > 0 and (_is_combining(one[at : at + 1]) or _is_combining(other[at : at + 1])):
        at -= 1
    return at


def _cluster(text: str, at: int) -> str:
    """The character at a place with the combining characters behind it."""
    end = at + 1
    while end < len(text) and _is_combining(text[end]):
        end += 1
    return text[at:end]


def _is_combining(character: str) -> bool:
    return character != "" and unicodedata.category(character).startswith("M")


def _named(cluster: str) -> str:
    points = " ".join(f"U+{ord(each):04X}" for each in cluster)
    if cluster.isprintable() and not cluster.isspace() and not _is_combining(cluster[0]):
        return f"“{cluster}” {points}"
    name = unicodedata.name(cluster[0], "")
    return f"{points} {name}" if name else points


def _forms(expected: str, found: str) -> str:
    """Which normal forms the two are in, where that is all that tells them apart."""
    if unicodedata.normalize("NFC", expected) != unicodedata.normalize("NFC", found):
        return ""
    names = [
        next((f for f in ("NFC", "NFD") if unicodedata.is_normalized(f, text)), "no normal form")
        for text in (expected, found)
    ]
    return f"the quote is in {names[0]}, the text in {names[1]}"


def _shortened(quote: str, at: int) -> str:
    """At most ``SHOWN`` characters of a quote, those around the difference among them."""
    if len(quote) <= SHOWN:
        return quote
    first = 0 if at < SHOWN - _BEFORE // 2 else at - _BEFORE
    shown = quote[first : first + SHOWN]
    return ("…" if first else "") + shown + ("…" if first + SHOWN < len(quote) else "")
