"""Texts cut to a length: at the border of a word, never within what a reader takes for a letter."""

import regex

_CLUSTER = regex.compile(r"\X")
_UNSPACED = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}]"
)
"""Letters of scripts that put no spaces between words."""


def shortened(text: str, most: int = 160) -> str:
    """The text on one line, of up to ``most`` code points; an ellipsis stands for what was cut.

    It is cut between words, or between letters where that many hold no border of a word.
    """
    # Of a whole book no more is looked at than may be needed.
    folded = " ".join(text[: 4 * most + 1_000].split())
    if len(folded) <= most + 100:
        folded = " ".join(text.split())
    if len(folded) <= most:
        return folded
    border = folded.rfind(" ", 0, most + 1)
    if border <= 0 or _UNSPACED.match(folded, most):
        border = _last_cluster(folded, most)
    return folded[:border].rstrip(" ,;:–—-") + "…"


def _last_cluster(text: str, most: int) -> int:
    """The last border between grapheme clusters within ``most`` code points."""
    end = 0
    for found in _CLUSTER.finditer(text, 0, most + 100):
        if found.end() > most:
            break
        end = found.end()
    return end or most
