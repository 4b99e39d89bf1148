"""How words are compared in a search: the form under which the index keeps them, and an expression
for every place of a text that has this form.

Case, accents, vowel signs and points that may be left out (Latin, Greek, Cyrillic, Hebrew, Arabic),
half and full width, ligatures, tatweel, soft hyphens and other characters without width make no
difference. Signs that make another letter of it do: the vowels of Indic scripts, the tones of Thai,
the voicing of kana. Words are those of ``suggest.words``, but that a low line parts them: scripts
without spaces count cluster by cluster. Both sides are made from one table, ``_key``, so that the
index and the places agree.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

from annotations.suggest.words import ALONE, marks

_IGNORED_BLOCKS = (
    (0x300, 0x36F), (0x483, 0x489), (0x591, 0x5C7), (0x610, 0x61A), (0x64B, 0x65F), (0x670, 0x670),
    (0x6D6, 0x6ED), (0x711, 0x711), (0x730, 0x74A), (0x8D3, 0x8FF), (0x1AB0, 0x1AFF),
    (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFE00, 0xFE0F), (0xFE20, 0xFE2F), (0xE0100, 0xE01EF),
)  # fmt: skip
"""Blocks whose combining marks may be left out, as writers of these scripts do."""

_TATWEEL = 0x640
_DOTLESS_I = 0x131
_VOICING = "\u3099\u309a\uff9e\uff9f"
_FINAL_JAMO = "\u11a8-\u11ff\ud7cb-\ud7fb"
_STACKING = "\u1039\u17d2"  # Burmese and Khmer write the next letter below the one before
_APART = "\x01"
_MAPPED = (
    range(0x41, 0x3400), range(0xA640, 0xAC00), range(0xF900, 0xFFF0), range(0x10400, 0x10500),
    range(0x118A0, 0x118C0), range(0x1D400, 0x1D800), range(0x1E900, 0x1E944),
    range(0x2F800, 0x2FA20),
)  # fmt: skip
"""Where letters are that have another form than themselves."""

_alone = re.compile(f"[{ALONE}]")
_stray = re.compile(rf"(?<!\S)[{marks()}]+")  # marks without a letter before them are no word
_joined = re.compile(f"[{marks()}]")
_apart = re.compile(rf"{_APART}((?:.[{marks()}]*?[{_STACKING}]{_APART})*.[{marks()}]*)")


def search_form(text: str) -> str:
    """The words of a text as they are compared, parted by spaces."""
    if text.isascii():
        return text.lower() if text.isalnum() else _PARTED.sub(" ", text.lower())
    found = unicodedata.normalize("NFC", text.translate(_TABLE))
    if _APART in found:
        found = _apart.sub(lambda cluster: f" {cluster[1].replace(_APART, '')} ", found)
    return _stray.sub("", found)


_PARTED = re.compile(r"[\W_]+")


class _Table(dict[int, str]):
    """What each character becomes, worked out when it first comes."""

    def __missing__(self, place: int) -> str:
        character = chr(place)
        if is_ignored(place):
            found = ""
        elif _joined.match(character):
            found = _key(character)
        elif _alone.match(character):
            found = _APART + _key(character)
        else:
            found = _key(character)
        self[place] = found
        return found


_TABLE = _Table()


@lru_cache(maxsize=65_536)
def is_ignored(place: int) -> bool:
    """Whether a code point makes no difference to a word."""
    if place == _TATWEEL:
        return True
    character = chr(place)
    category = unicodedata.category(character)
    if category == "Cf":
        return True
    if category[0] != "M":
        return False
    if any(first <= place <= last for first, last in _IGNORED_BLOCKS):
        return True
    return unicodedata.combining(character) == 7  # nukta: often left out


def _key(character: str) -> str:
    """What a letter becomes: a space for what is no part of a word."""
    if _joined.match(character):
        return unicodedata.normalize("NFKC", character) if character in _VOICING else character
    if not character.isalnum():
        return " "
    if ord(character) == _DOTLESS_I:
        return "i"
    plain = unicodedata.normalize("NFKD", character.casefold())
    kept = "".join(c for c in plain if not is_ignored(ord(c)))
    kept = unicodedata.normalize("NFC", unicodedata.normalize("NFKD", kept.casefold()))
    whole = all(c.isalnum() or unicodedata.category(c)[0] == "M" for c in kept)
    if not kept or not whole or unicodedata.category(kept[0])[0] == "M":
        return character
    return kept


def typed_words(text: str) -> list[str]:
    """The words that a person typed, as they were typed; scripts without spaces in one piece."""
    found = re.findall(rf"[^\W_](?:[^\W_]|[{joined_to()}])*", text)
    return [word for word in found if search_form(word).strip()]


# --- the same in an expression


@cache
def _sources() -> tuple[dict[str, str], dict[str, str]]:
    """The characters that become a form, by it: those of one character, and of several."""
    one: dict[str, str] = {}
    several: dict[str, str] = {}
    for place in (place for block in _MAPPED for place in block):
        if is_ignored(place):
            continue
        form = _key(chr(place))
        if form not in (" ", chr(place)):
            found = one if len(form) == 1 else several
            found[form] = found.get(form, "") + chr(place)
    return one, several


@cache
def ignored() -> str:
    """What makes no difference within a word, as ranges for a class of characters."""
    places = [
        place for place in (*range(0xAD, 0x20000), *range(0xE0001, 0xE01F0)) if is_ignored(place)
    ]
    ranges: list[list[int]] = []
    for place in places:
        if ranges and ranges[-1][1] == place - 1:
            ranges[-1][1] = place
        else:
            ranges.append([place, place])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)


@cache
def in_word() -> str:
    """One character of a word that goes on, as a class of characters' inside."""
    return rf"[^\W_{ALONE}{ignored()}{_VOICING}]"


@cache
def joined_to() -> str:
    """What belongs to the character before it, as ranges for a class of characters."""
    return f"{marks()}{ignored()}{_VOICING}"


def expression(words: Sequence[str], prefix: bool) -> str:
    """An expression for every place where these words stand beside each other.

    It holds the borders of words, but on the left for a letter with something ignored behind it,
    which no look behind can reach: see ``goes_on``.
    """
    tokens = [token for word in words for token in search_form(word).split()]
    if not tokens:
        return r"(?!)"
    more, one = joined_to(), in_word()
    parts: list[str] = []
    for number, token in enumerate(tokens):
        if number:
            free = is_alone(token) or is_alone(tokens[number - 1])
            between = rf"[\W_{ignored()}{joined_to()}]{'*' if free else '+'}"
            parts.append(f"(?![{more}]){between}")
        parts.append(_token(token))
    before = "" if is_alone(tokens[0]) else rf"(?<!{one})"
    if prefix:
        parts.append(f"(?![{_VOICING}{_FINAL_JAMO}])")
        parts.append(f"[{more}]*" if is_alone(tokens[-1]) else f"(?:{one}|[{more}])*")
    after = f"(?![{more}])" if is_alone(tokens[-1]) else f"(?![{more}]|{one})"
    if is_alone(tokens[-1]) and tokens[-1][-1] in _STACKING:
        after += f"(?![{ALONE}])"
    return before + "".join(parts) + after


def is_alone(token: str) -> bool:
    """Whether a word is one cluster of a script without spaces."""
    return _alone.match(token) is not None


def goes_on(text: str, place: int) -> bool:
    """Whether the word at a place began before it, with characters between that are ignored."""
    if not 0 < place < len(text):
        return False
    at = place - 1
    while at >= 0 and is_ignored(ord(text[at])):
        at -= 1
    is_below = at >= 0 and text[at] in _STACKING
    while at >= 0 and (is_ignored(ord(text[at])) or _joined.match(text[at])):
        at -= 1
    if at < 0:
        return False
    if _alone.match(text[place]):
        return is_below and _alone.match(text[at]) is not None
    return text[at].isalnum() and not _alone.match(text[at])


def _token(token: str) -> str:
    """An expression for one word in any of its spellings."""
    return "".join(_stretch(token[i:j]) for i, j in _stretches(token))


def _stretches(token: str) -> Iterator[tuple[int, int]]:
    """The word cut where no character of the text can stand for both sides of the cut."""
    _, several = _sources()
    start = end = 0
    for at in range(len(token)):
        if at == end and at > start:
            yield start, at
            start = at
        longest = max((n for n in range(2, 5) if token[at : at + n] in several), default=1)
        end = max(end, at + longest)
    yield start, len(token)


def _stretch(part: str) -> str:
    _, several = _sources()
    ways = ["".join(map(_character, part))]
    if len(part) <= 8:
        for first in range(len(part)):
            for n in range(2, 5):
                sources = several.get(part[first : first + n])
                if sources and first + n <= len(part):
                    head = "".join(map(_character, part[:first]))
                    rest = _stretch(part[first + n :]) if part[first + n :] else ""
                    ways.append(f"{head}[{re.escape(sources)}][{ignored()}]*{rest}")
    return ways[0] if len(ways) == 1 else f"(?:{'|'.join(dict.fromkeys(ways))})"


def _class(character: str) -> str:
    one, _ = _sources()
    return f"[{re.escape(character + one.get(character, ''))}]"


def _character(character: str) -> str:
    """One character of a form: in one piece, or as the parts of which it is composed."""
    whole, more = _class(character), f"[{ignored()}]*"
    parts = unicodedata.normalize("NFD", character)
    if parts == character:
        return whole + more
    return f"(?:{whole}{more}|{''.join(_class(part) + more for part in parts)})"
