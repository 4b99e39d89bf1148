"""The text of a PDF paragraph: lines joined, broken words whole again, styles as offsets."""

import re
from collections import Counter
from collections.abc import Mapping
from importlib.util import find_spec

from annotations.ingest import sides
from annotations.ingest.pdf_lines import Run
from annotations.ingest.pdf_paragraphs import BULLET, HYPHENS, Paragraph

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")
_LAST = re.compile(r"\S+$")
_FIRST = re.compile(r"\S+")
_WORD = re.compile(r"\w+")
_ADDRESS = re.compile(r"[(\[<“\"]?(?:https?://|ftp://|www\.)\S", re.IGNORECASE)
_DOMAIN = re.compile(r"[\w-]\.[a-z]{2,6}(?![a-z])", re.IGNORECASE)
_PATH = re.compile(r"\w\.[a-z]{2,6}(?:/\S*)?-$|\w/\S*-$", re.IGNORECASE)
_COMMON = 100
"""How often a word stands in the texts that a dictionary was made of, to be a part of another."""

_COMMONEST = {
    "en": ("the", "of", "and", "to", "in", "is", "that", "for", "was", "with", "it", "on"),
    "fr": ("de", "la", "le", "et", "les", "des", "en", "un", "une", "que", "est", "dans"),
    "es": ("de", "la", "que", "el", "en", "y", "los", "se", "del", "las", "por", "una"),
    "pt": ("de", "que", "o", "e", "do", "da", "em", "um", "para", "com", "não", "uma"),
    "it": ("di", "che", "e", "la", "il", "un", "per", "in", "è", "una", "non", "del"),
    "": ("der", "die", "und", "das", "den", "von", "het", "een", "van", "dat", "og", "att"),
}
"""The commonest words of languages in which words are linked by hyphens; of others, that write such
words as one, under no name."""

_BROKEN_WORD = re.compile(rf"(\w+)[{HYPHENS}]$")


class Joints:
    """What becomes of the hyphen at a line's end, by what a text itself and a dictionary know.

    ``words`` are those of the text, with how often they stand in it.
    """

    def __init__(self, words: Counter[str]):
        self._words = words
        self._dictionary: Mapping[str, int] | None = None

    def joint(self, text: str, following: str) -> tuple[str, str]:
        """The text before a line's end, and what is behind it: nothing in a word, else a space."""
        token, rest = _LAST.search(text), _FIRST.match(following)
        is_address = token is not None and rest is not None and _is_address(token[0], rest[0])
        broken, second = _BROKEN_WORD.search(text), _WORD.match(following)
        if text.endswith("\u00ad"):
            return text[:-1], ""
        if is_address:
            return (text, "") if broken is not None or text[-1:] in "/_=&?%#" else (text, " ")
        if broken is None or second is None:
            return text, "" if text.endswith(("—", "–")) and not text.endswith(" –") else " "
        keeps = broken[1].isdecimal() or not second[0][0].islower()
        return (text, "") if keeps or self._is_linked(broken[1], second[0]) else (text[:-1], "")

    def _is_linked(self, first: str, second: str) -> bool:
        """Whether two words are written with a hyphen rather than as one."""
        whole, linked = f"{first}{second}".casefold(), f"{first}-{second}".casefold()
        if self._words[whole] or self._words[linked]:
            return not self._words[whole]
        known = self._known()
        if whole in known:
            return False
        return all(known.get(word.casefold(), 0) >= _COMMON for word in (first, second))

    def _known(self) -> Mapping[str, int]:
        """The dictionary of the text's language; empty where there is none.

        It is loaded when it is first asked: that takes a quarter of a second.
        """
        if self._dictionary is None:
            self._dictionary = {}
            found = max(_COMMONEST, key=lambda code: self._share(code))
            if found and self._share(found) > 0.03 and find_spec("spellchecker") is not None:
                from spellchecker import SpellChecker

                self._dictionary = SpellChecker(language=found).word_frequency.dictionary
        return self._dictionary

    def _share(self, code: str) -> float:
        """How much of the text is made of the commonest words of a language."""
        total = self._words.total() or 1
        return sum(self._words[word] for word in _COMMONEST[code]) / total


def _is_address(before: str, behind: str) -> bool:
    """Whether what stands on both sides of a line's end is an address of the web or a mailbox."""
    whole = before + behind
    return (
        _ADDRESS.match(before) is not None
        or ("@" in whole.strip("@") and " " not in whole and _DOMAIN.search(whole) is not None)
        or (_PATH.search(before) is not None and _DOMAIN.search(whole) is not None)
    )


def write(paragraph: Paragraph, joints: Joints) -> None:
    """The text of a paragraph: its lines joined, broken words whole again, styles as offsets."""
    is_heading = paragraph.kind == "h"
    text = ""
    for number, line in enumerate(paragraph.lines):
        if number:
            following = clean(line.text)
            text, joint = joints.joint(text.rstrip(" "), following)
            text += joint
            for style in range(len(paragraph.styles)):
                kind, start, end = paragraph.styles[style]
                paragraph.styles[style] = (kind, start, min(end, len(text)))
        first = True
        main = line.main
        for run in line.runs:
            piece = clean(run.text)
            if first or text.endswith(" "):
                piece = piece.lstrip(" ")
            if not piece:
                continue
            first = False
            start = len(text)
            text += piece
            for kind in _styles(run, main, is_heading):
                _style(paragraph, kind, start, len(text), text)
    paragraph.text = text.strip()
    if paragraph.kind == "li" and (found := BULLET.match(paragraph.text)):
        cut = found.end()
        paragraph.number = found[0].strip() if paragraph.ordered else ""
        paragraph.text = paragraph.text[cut:]
        paragraph.styles = [
            (kind, max(start - cut, 0), end - cut) for kind, start, end in paragraph.styles
        ]


def clean(text: str) -> str:
    text = text.replace("\ufffe", "-").replace("\u0002", "-")
    return re.sub(r"[ \t\u00a0]+", " ", sides.letters_of_forms(_CONTROLS.sub("", text)))


def _styles(run: Run, main: Run, is_heading: bool) -> list[str]:
    """What a run is, beside the ``main`` one of its line."""
    found = []
    if run is not main and run.size < 0.95 * main.size and run.text.strip():
        if run.y0 - main.y0 > 0.15 * main.size:
            found.append("sup")
        elif main.y0 - run.y0 > 0.05 * main.size:
            found.append("sub")
    if run.italic:
        found.append("em")
    if run.bold and not is_heading:
        found.append("strong")
    return found


def _style(paragraph: Paragraph, kind: str, start: int, end: int, text: str) -> None:
    """Add a style; one that goes on over a space is one."""
    for index in range(len(paragraph.styles) - 1, -1, -1):
        known, first, last = paragraph.styles[index]
        if known == kind:
            if not text[last:start].strip():
                paragraph.styles[index] = (kind, first, end)
                return
            break
    paragraph.styles.append((kind, start, end))
