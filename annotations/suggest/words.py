"""The words of a text: where they stand, and the forms under which two of them are the same.

A word is a run of letters, digits and the marks that belong to them; whatever else is not white
space stands for itself, with what is joined to it. Scripts that write no spaces (Chinese, Japanese,
Thai…) count character by character. An apostrophe or hyphen parts words, so that “Maduro” stands in
“Maduro’s”.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby

import snowballstemmer

ALONE = (
    "\u0e00-\u0e3e\u0e40-\u0e7f\u0e80-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007"
    "\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9d"
    "\U0001b000-\U0001b16f\U00020000-\U0003ffff"
)
"""Letters each of which is a word for us, as ranges for a class of characters."""

_STEMMERS = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek",
    "en": "english", "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian",
    "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian",
    "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian", "ne": "nepali",
    "nl": "dutch", "no": "norwegian", "nb": "norwegian", "nn": "norwegian", "pl": "polish",
    "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish",
    "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip


@cache
def marks(*, zero_width_space: bool = True) -> str:
    """Combining marks, joiners and what is invisible, as ranges for a class of characters; and the
    vowels of Thai and Lao, and of kana in half width, that stand behind a letter as marks do.

    A search passes over a zero-width space; for tokens it parts words, as a space does.
    """
    joining = {0x00AD, 0x0E33, 0x0EB3, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0xFF9E, 0xFF9F}
    found = [
        place
        for place in (*range(0x300, 0x20000), *range(0xE0100, 0xE01F0))
        if (place in joining or unicodedata.category(chr(place))[0] == "M")
        and (zero_width_space or place != 0x200B)
    ]
    found = [0xAD, *found, *range(0x1F3FB, 0x1F400)]  # and the tones of skin
    runs = groupby(enumerate(found), key=lambda pair: pair[1] - pair[0])
    ranges = ([place for _, place in run] for _, run in runs)
    return "".join(f"{chr(run[0])}-{chr(run[-1])}" for run in ranges)


@cache
def letter() -> str:
    """One character that goes on with the word before it, as a class of characters' inside."""
    return rf"[^\W{ALONE}]"


@cache
def _pattern() -> re.Pattern[str]:
    more = marks()
    one = letter()
    return re.compile(rf"{one}+(?:[{more}]+{one}*)*|[{ALONE}][{more}]*|\S(?:\u200d\S|[{more}])*")


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a text in order: ``text[starts[n]:ends[n]]`` reads ``forms[n]``, composed."""

    starts: list[int]
    ends: list[int]
    forms: list[str]

    def __len__(self) -> int:
        return len(self.forms)


def words(text: str) -> Words:
    """The words of a text, in one pass over it."""
    starts, ends, forms = [], [], []
    known: dict[str, str] = {}
    for found in _pattern().finditer(text):
        starts.append(found.start())
        ends.append(found.end())
        form = found.group()
        forms.append(known.get(form) or known.setdefault(form, composed(form)))
    return Words(starts, ends, forms)


def composed(form: str) -> str:
    """A word in Unicode's composed form, in which é is é however it was typed."""
    return form if form.isascii() else unicodedata.normalize("NFC", form)


@lru_cache(maxsize=65_536)
def folded(form: str) -> str:
    """A word without its case, composed."""
    return composed(form.casefold())


def can_stem(language: str) -> bool:
    """Whether inflected forms of a language can be told together. ``language`` as in HTML."""
    return _stemmer_name(language) is not None


def _stemmer_name(language: str) -> str | None:
    """The stemmer of a language; a text without one is taken for English."""
    primary = language.replace("_", "-").partition("-")[0].lower()
    return _STEMMERS.get(primary or "en")


@cache
def stemmer(language: str) -> Callable[[str], str]:
    """What gives the stem of a word in a language; of one it does not know, the folded word."""
    name = _stemmer_name(language)
    if name is None:
        return folded
    stem = snowballstemmer.stemmer(name).stemWord

    @lru_cache(maxsize=65_536)
    def stemmed(form: str) -> str:
        return str(stem(folded(form)))

    return stemmed


def joined(forms: Iterable[str]) -> str:
    """Words as one line, for messages."""
    return " ".join(forms)
