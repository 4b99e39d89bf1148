"""CoNLL: a token a line with its tag, and a blank line between sentences.

Written as ``bio`` (IOB2), ``iob1`` and ``bilou``: two columns with a tab between them; and as
``conll2003``: that shared task's four columns with a space between them, tags in IOB2 as most tools
write it today, the middle two not filled in. Each document begins with a line ``-DOCSTART-``, which
readers pass over. Behind its columns it holds id, title and text as JSON, so that a file of ours
comes back with every character where it was.

One tag a token means: no two spans overlap. Of those that do, the longest stays, of equally long
ones the first. A border of sentences inside a span is left out, so no tag goes on behind a blank
line. White space in labels becomes ``_``; the first line of the document in which it did says so.

Reading them is done in ``conll_in``.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace

import orjson

from annotations.document import Annotated, Document
from annotations.formats.conll_in import START
from annotations.formats.conll_in import read as read
from annotations.formats.interface import Writing
from annotations.formats.losses import count, whole
from annotations.formats.registry import get
from annotations.formats.tokens import Tokens, apart, hidden, snapped, tokeniser
from annotations.formats.values import Json
from annotations.segment import sentences

Scheme = Callable[[Sequence[tuple[int, int, str]], int, Collection[int]], list[str]]
"""Tags of so many tokens; spans are (first, behind, label), in order and apart. Before some of the
tokens a sentence begins."""


# ── schemes ───────────────────────────────────────────────────────────────────────────────────────


def bio(
    spans: Sequence[tuple[int, int, str]], length: int, breaks: Collection[int] = ()
) -> list[str]:
    """IOB2: every span begins with ``B``."""
    tags = ["O"] * length
    for first, behind, label in spans:
        tags[first] = f"B-{label}"
        tags[first + 1 : behind] = [f"I-{label}"] * (behind - first - 1)
    return tags


def iob1(
    spans: Sequence[tuple[int, int, str]], length: int, breaks: Collection[int] = ()
) -> list[str]:
    """IOB1: ``B`` only where the token before it in the sentence belongs to another span of the
    same label."""
    tags = ["O"] * length
    before = (-1, "")
    for first, behind, label in spans:
        tags[first:behind] = [f"I-{label}"] * (behind - first)
        if before == (first, label) and first not in breaks:
            tags[first] = f"B-{label}"
        before = (behind, label)
    return tags


def bilou(
    spans: Sequence[tuple[int, int, str]], length: int, breaks: Collection[int] = ()
) -> list[str]:
    """BILOU: the last token has ``L``, a single one ``U``."""
    tags = bio(spans, length)
    for first, behind, label in spans:
        tags[behind - 1] = f"L-{label}" if behind - first > 1 else f"U-{label}"
    return tags


# ── writing ───────────────────────────────────────────────────────────────────────────────────────


def write_bio(
    documents: Iterable[Annotated],
    losses: Counter[str] | None = None,
    writing: Writing | None = None,
) -> Iterator[bytes]:
    """IOB2 in two columns, one document at a time."""
    return _written(documents, losses, writing, bio, "\t", "")


def write_iob1(
    documents: Iterable[Annotated],
    losses: Counter[str] | None = None,
    writing: Writing | None = None,
) -> Iterator[bytes]:
    """IOB1 in two columns, one document at a time."""
    return _written(documents, losses, writing, iob1, "\t", "")


def write_bilou(
    documents: Iterable[Annotated],
    losses: Counter[str] | None = None,
    writing: Writing | None = None,
) -> Iterator[bytes]:
    """BILOU in two columns, one document at a time."""
    return _written(documents, losses, writing, bilou, "\t", "")


def write_conll2003(
    documents: Iterable[Annotated],
    losses: Counter[str] | None = None,
    writing: Writing | None = None,
) -> Iterator[bytes]:
    """IOB2 in the four columns of CoNLL-2003, one document at a time."""
    return _written(documents, losses, writing, bio, " ", "-X- _ ")


def _written(
    documents: Iterable[Annotated],
    losses: Counter[str] | None,
    writing: Writing | None,
    scheme: Scheme,
    between: str,
    filling: str,
) -> Iterator[bytes]:
    lost = Counter[str]() if losses is None else losses
    writing = writing or Writing()
    tokens_of = tokeniser(writing.tokens)
    names = _Names()
    # What this module leaves out itself it counts itself.
    carries = get("bio").carries | {"fragments", "overlap"}
    for annotated in documents:
        count(annotated, carries, lost)
        text = annotated.document.text
        tokens = tokens_of(text)
        marked = whole(replace(annotated, relations=()), writing, lost)
        marked = snapped(marked, tokens, writing, lost)
        marks = tuple(apart(marked.annotations))
        if len(marks) < len(marked.annotations):
            lost["overlap"] += len(marked.annotations) - len(marks)
        spans = [(*tokens.touched(m.start, m.end), names.written(m.label)) for m in marks]
        spoken = names.told({mark.label for mark in marks})
        breaks = _breaks(annotated.document, tokens, spans)
        tags = scheme(spans, len(tokens), breaks)
        lines = [f"{START}{between}{filling}O{between}{_said(annotated.document, spoken)}\n\n"]
        middle = between + filling
        for number, tag in enumerate(tags):
            if number in breaks:
                lines.append("\n")
            lines.append(f"{text[tokens.starts[number] : tokens.ends[number]]}{middle}{tag}\n")
        lines.append("\n" if tags else "")
        yield "".join(lines).encode()


def _said(document: Document, labels: Json) -> str:
    said: Json = {"id": document.id, "title": document.title, "text": document.text}
    return orjson.dumps({**said, "labels": labels} if labels else said).decode()


def _breaks(
    document: Document, tokens: Tokens, spans: Sequence[tuple[int, int, str]]
) -> frozenset[int]:
    """The tokens before which a sentence ends, but for those within a span."""
    firsts = {tokens.touched(sentence.start, sentence.end)[0] for sentence in sentences(document)}
    firsts.discard(0)
    for first, behind, _ in spans:
        firsts.difference_update(range(first + 1, behind))
    return frozenset(firsts)


class _Names:
    """Labels as they are written: without white space, and no two of them the same."""

    def __init__(self) -> None:
        self._written: dict[str, str] = {}
        self._taken: set[str] = set()

    def written(self, label: str) -> str:
        known = self._written.get(label)
        if known is None:
            plain = re.sub(rf"[\s{hidden()}]", "_", label)
            known, number = plain, 2
            while known in self._taken:
                known, number = f"{plain}_{number}", number + 1
            self._taken.add(known)
            self._written[label] = known
        return known

    def told(self, labels: Iterable[str]) -> Json:
        """Those that had to be changed: as written, and as they are called."""
        changed = {self._written[label]: label for label in labels}
        return {said: label for said, label in sorted(changed.items()) if said != label}
