"""The same words elsewhere: where a text that was marked once stands again.

Whole words, white space of any kind between them. With ``inflected``, each word in any form that
has the same stem.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from annotations.spans import Span
from annotations.suggest.words import composed, letter, marks, stemmer, words


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """What counts as the same: letters of the same case, inflected forms."""

    case: bool = True
    inflected: bool = False


def occurrences(text: str, phrase: str, how: How, language: str = "") -> Iterator[Span]:
    """Where the phrase stands in a text, in order and disjoint; none crosses a line feed pair.

    The work is one pass of a regular expression that cannot run back far: what parts the words of
    the phrase is never a part of one.
    """
    asked = words(phrase)
    if not asked.forms:
        return
    same = _same(asked.forms, how, language)
    pattern = _pattern(phrase, how, language)
    for found in pattern.finditer(text):
        span = Span(*found.span())
        if same is None or same(words(found.group()).forms):
            yield span


def prefixes(phrase: str, how: How, language: str = "") -> list[str]:
    """What words of a text must begin with, folded, for the phrase to stand in it."""
    asked = words(phrase)
    found = [form for form in asked.forms if re.match(r"\w", form)]
    return [_prefix(form, how, language) for form in found]


def _prefix(form: str, how: How, language: str) -> str:
    plain = composed(form.lower())
    if not how.inflected:
        return plain
    stem = stemmer(language)(form)
    common = 0
    while common < min(len(stem), len(plain)) and bare(stem[common]) == bare(plain[common]):
        common += 1
    # Stemmers write some endings otherwise (happy, happi), and vowels change before them.
    return plain[: max(1, common - 2)]


@cache
def _accented() -> dict[str, str]:
    """For each letter all that are the same but for an accent."""
    found: dict[str, str] = {}
    for place in (*range(0xC0, 0x250), *range(0x370, 0x530), *range(0x1E00, 0x2000)):
        letters = chr(place)
        if bare(letters) != letters:
            found[bare(letters)] = found.get(bare(letters), "") + letters
    return found


def bare(character: str) -> str:
    """A letter without its accents."""
    return unicodedata.normalize("NFD", character)[0]


def _loosely(prefix: str) -> str:
    """A pattern for a beginning with any accents: Spanish writes sanción, but sanciones."""
    ways = _accented()
    parts = []
    for character in unicodedata.normalize("NFD", prefix):
        if unicodedata.category(character)[0] != "M":
            class_ = re.escape(character) + ways.get(character, "")
            parts.append(f"[{class_}][{marks()}]*")
    return "".join(parts)


def _same(forms: list[str], how: How, language: str) -> Callable[[list[str]], bool] | None:
    """Whether the words that the pattern found are the same, where it cannot tell by itself."""
    if not how.inflected:
        return None
    stem = stemmer(language)
    wanted = [stem(form) for form in forms]

    def same(found: list[str]) -> bool:
        if [stem(form) for form in found] != wanted:
            return False
        return not how.case or all(_cased_alike(a, b) for a, b in zip(forms, found, strict=True))

    return same


def _cased_alike(one: str, other: str) -> bool:
    return one[:1].isupper() == other[:1].isupper()


def _pattern(phrase: str, how: How, language: str) -> re.Pattern[str]:
    asked = words(phrase)
    parts: list[str] = []
    for number, form in enumerate(asked.forms):
        if number:
            parted = asked.starts[number] > asked.ends[number - 1]
            parts.append(r"(?:(?!\n\s*\n)\s)+" if parted else "")
        parts.append(_word(phrase[asked.starts[number] : asked.ends[number]], form, how, language))
    one, more = letter(), marks()
    before = (
        rf"(?<!{one})(?<!{one}[{more}])(?<!{one}[{more}]{{2}})"
        if re.match(one, asked.forms[0])
        else ""
    )
    after = rf"(?!{one})(?![{more}])" if _ends_in_letter(asked.forms[-1]) else rf"(?![{more}])"
    flags = 0 if how.case and not how.inflected else re.IGNORECASE
    return re.compile(before + "".join(parts) + after, flags)


def _ends_in_letter(form: str) -> bool:
    return re.search(rf"{letter()}[{marks()}]*\Z", form) is not None


def _word(written: str, form: str, how: How, language: str) -> str:
    """A pattern for one word: as written or composed; inflected: anything that begins like it."""
    if how.inflected and re.match(letter(), form):
        begin = _loosely(_prefix(form, how, language))
        return rf"{begin}(?:{letter()}|[{marks()}])*"
    ways = dict.fromkeys([re.escape(written), re.escape(composed(written))])
    return f"(?:{'|'.join(ways)})" if len(ways) > 1 else next(iter(ways))
