"""CoNLL: a token a line with its tag, and a blank line between sentences.

Written as ``bio`` (IOB2), ``iob1`` and ``bilou``: two columns with a tab between them; and as
``conll2003``: that shared task's four columns with a space between them, tags in IOB2 as most tools
write it today, the middle two not filled in. Each document begins with a line ``-DOCSTART-``, which
readers pass over. Behind its columns it holds id, title and text as JSON, so that a file of ours
comes back with every character where it was.

One tag a token means: no two spans overlap. Of those that do, the longest stays, of equally long
ones the first. A border of sentences inside a span is left out, so no tag goes on behind a blank
line. White space in labels becomes ``_``; the first line of the document in which it did says so.

Read: all of them by one rule, because the tags say what they are (``tagged``); a blank line ends a
span. Columns stand apart by tabs where there are any, else by spaces; the first is the token, the
last its tag.

The text is the one that the file brings (on our ``-DOCSTART-``, or in comments ``# text = …``), or
that of a document that is known by the id on it or else by the name of the file: tokens must follow
each other in it with nothing but white space between. Where no text is at hand it is made: a line a
sentence, a space between two tokens but for such as stand close (``tagged``).
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import PurePath
from typing import IO

import orjson

from annotations.document import Annotated, Annotation, Document, checked_id, checked_text, new_id
from annotations.errors import BadInput, BadLine
from annotations.formats.interface import Reading, Writing
from annotations.formats.lines import on_line, without_mark
from annotations.formats.losses import count, whole
from annotations.formats.offsets import lf
from annotations.formats.registry import get
from annotations.formats.tagged import aligned, joined, spans_of, tag_of
from annotations.formats.tokens import Tokens, apart, hidden, snapped, tokeniser
from annotations.formats.values import Json, reference_in, refuse_nul, text_in, typed
from annotations.segment import sentences

START = "-DOCSTART-"
MAX_LINE = 64 * 1024 * 1024
"""Bytes in a line: the first of a document holds its text."""
MAX_DOCUMENT = 2_000_000
"""Tokens in a document."""

Scheme = Callable[[Sequence[tuple[int, int, str]], int], list[str]]
"""Tags of so many tokens; spans are (first, behind, label), in order and apart."""


# ── schemes ───────────────────────────────────────────────────────────────────────────────────────


def bio(spans: Sequence[tuple[int, int, str]], length: int) -> list[str]:
    """IOB2: every span begins with ``B``."""
    tags = ["O"] * length
    for first, behind, label in spans:
        tags[first] = f"B-{label}"
        tags[first + 1 : behind] = [f"I-{label}"] * (behind - first - 1)
    return tags


def iob1(spans: Sequence[tuple[int, int, str]], length: int) -> list[str]:
    """IOB1: ``B`` only where the token before belongs to another span of the same label."""
    tags = ["O"] * length
    before = (-1, "")
    for first, behind, label in spans:
        tags[first:behind] = [f"I-{label}"] * (behind - first)
        if before == (first, label):
            tags[first] = f"B-{label}"
        before = (behind, label)
    return tags


def bilou(spans: Sequence[tuple[int, int, str]], length: int) -> list[str]:
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
        tags = scheme(spans, len(tokens))
        lines = [f"{START}{between}{filling}O{between}{_said(annotated.document, spoken)}\n\n"]
        breaks = _breaks(annotated.document, tokens, spans)
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


# ── reading ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Raw:
    """A document as it is read: its tokens and tags by sentence, and what the file says of it."""

    line: int
    said: Json = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list)
    tags: list[tuple[str, str]] = field(default_factory=list)
    breaks: list[int] = field(default_factory=list)
    """The tokens before which there is a blank line."""
    lines: list[int] = field(default_factory=list)
    columns: int = 0
    texts: list[str] = field(default_factory=list)
    """Of the sentences, from comments."""
    is_begun: bool = False
    """By a line of its own."""

    @property
    def is_empty(self) -> bool:
        return not (self.is_begun or self.tokens or self.said)


def read(
    stream: IO[bytes],
    bad: Callable[[BadLine], None] | None = None,
    reading: Reading | None = None,
) -> Iterator[Annotated]:
    """The documents of a file, one at a time; without any ``-DOCSTART-`` it is one.

    Raises ``BadLine`` with the line; with ``bad`` given, that is called, and the document skipped.
    """
    reading = reading or Reading()
    number = 0
    raw = _Raw(1)
    refused = False

    def made() -> Iterator[Annotated]:
        if refused or raw.is_empty:
            return
        try:
            yield _annotated(raw, reading, number)
        except BadInput as error:
            told = on_line(error, getattr(error, "line", None) or raw.line)
            if bad is None:
                raise told from error
            bad(told)

    while line := stream.readline(MAX_LINE + 1):
        number += 1
        begins = line[:1] in _FIRST and _begins(line)
        if begins:
            # Comments before the line that begins a document are about it.
            said = {} if raw.is_begun or raw.tokens else raw.said
            if raw.is_begun or raw.tokens or refused:
                yield from made()
            raw, refused = _Raw(number, said, is_begun=True), False
        try:
            text = _text(line, number)
            if begins:
                raw.said = raw.said | _start(text)
            elif not refused:
                _take(raw, text, number)
        except BadInput as error:
            told = on_line(error, number)
            if bad is None:
                raise told from error
            bad(told)
            refused = True
            while len(line) > MAX_LINE and not line.endswith(b"\n"):
                line = stream.readline(2**20)
    yield from made()


def _text(line: bytes, number: int) -> str:
    if len(line) > MAX_LINE:
        raise BadLine(f"a line may have {MAX_LINE // 2**20} MB, and this one has more")
    if number == 1:
        line = without_mark(line)
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        raise BadLine(f"this is not UTF-8 (at byte {error.start + 1}); save it as UTF-8") from None
    if "\0" in text:
        checked_text(text, "line")
    return text.rstrip("\r\n")


_NEW_DOCUMENT = re.compile(r"#\s*newdoc(?:\s+id\s*=\s*(.*)|.*)")
_COMMENT = re.compile(r"#\s*(?:newpar\b.*|([\w. -]{1,40}?)\s*=\s(.*))")


_FIRST = (b"-", b"#", b"\xef")
_BEGINNINGS = (START.encode(), b"# newdoc", b"#newdoc")


def _begins(line: bytes) -> bool:
    """Whether a document begins with a line; its first byte is one of ``_FIRST`` then."""
    return line.removeprefix(b"\xef\xbb\xbf").startswith(_BEGINNINGS)


def _start(line: str) -> Json:
    """What the line that begins a document says of it: JSON if it is ours, else an id perhaps."""
    if found := _NEW_DOCUMENT.fullmatch(line):
        uid = (found[1] or "").strip()
        return {"id": uid} if uid else {}
    rest = line.removeprefix(START).strip()
    place = rest.find("{")
    if place >= 0:
        try:
            said = orjson.loads(rest[place:])
        except orjson.JSONDecodeError as error:
            raise BadLine(f"what follows {START} is not JSON: {error.msg}") from None
        if isinstance(said, dict):
            return said
    words = [word.strip("()[]") for word in rest.split() if word not in ("-X-", "_", "O")]
    return {"id": words[0]} if words and words[0] else {}


def _take(raw: _Raw, text: str, number: int) -> None:
    """Add a line to a document."""
    if not text or text.isspace():
        if raw.tokens and (not raw.breaks or raw.breaks[-1] != len(raw.tokens)):
            raw.breaks.append(len(raw.tokens))
        return
    if text.startswith("#") and (found := _COMMENT.fullmatch(text)):
        if found[1] in ("id", "title", "text"):
            _comment(raw, found[1], found[2].strip())
        return
    text = text.rstrip(" \t")
    columns = text.split("\t") if "\t" in text else [word for word in text.split(" ") if word]
    if len(columns) < 2:
        raise BadLine(f"“{text[:40]}” stands alone; a line has a token and behind it its tag")
    if len(columns) != (raw.columns or len(columns)):
        raise BadLine(
            f"here are {len(columns)} columns, and {raw.columns} in the lines before it; is "
            "something missing, or white space in a token?"
        )
    if len(raw.tokens) >= MAX_DOCUMENT:
        raise BadLine(
            f"a document may have {MAX_DOCUMENT:,} tokens; put {START} lines between documents"
        )
    token = columns[0].strip()
    if not token:
        raise BadLine("there is no token before the tag")
    raw.tags.append(tag_of(columns[-1].strip()))
    raw.columns = len(columns)
    raw.tokens.append(token)
    raw.lines.append(number)


def _comment(raw: _Raw, key: str, value: str) -> None:
    if value.startswith('"'):
        try:
            value = str(orjson.loads(value))
        except orjson.JSONDecodeError:
            pass
        else:
            raw.said[key] = value
            return
    if key == "text":
        raw.texts.append(value)
    else:
        raw.said[key] = value


def _annotated(raw: _Raw, reading: Reading, number: int) -> Annotated:
    document, tokens = _placed(raw, reading)
    names = typed(raw.said, "labels", dict) or {}
    spans = spans_of(raw.tags, raw.breaks)
    return Annotated(
        document=document,
        annotations=tuple(
            Annotation(
                id=new_id(),
                start=tokens.starts[first],
                end=tokens.ends[behind - 1],
                label=text_in(names, label) or label,
            )
            for first, behind, label in spans
        ),
    )


# ── texts ─────────────────────────────────────────────────────────────────────────────────────────


def _placed(raw: _Raw, reading: Reading) -> tuple[Document, Tokens]:
    """The document, and where its tokens stand. Raises ``BadLine`` where they do not."""
    said = raw.said
    name = PurePath(reading.name).stem
    uid, title, text = reference_in(said, "id"), text_in(said, "title"), text_in(said, "text")
    refuse_nul(said, START)
    known = None
    if text is None:
        known = reading.text_of(uid) if uid else None
        known = known or (reading.text_of(name) if name and not raw.is_begun else None)
        text = known.text if known is not None else None
    if text is not None:
        text = lf(text)
        tokens = aligned(raw.tokens, text, raw.lines)
    else:
        text, tokens = _joined(raw)
    if known is None:
        known = Document(id=_id(uid), title=title or "", text=text)
        if title is None:
            first = next((line.strip()[:80] for line in text.split("\n") if line.strip()), "")
            known = replace(known, title=uid or first)
    return known, tokens


def _id(said: str | None) -> str:
    """The id as the file has it, where it has the form of one."""
    try:
        return checked_id(said or "")
    except BadInput:
        return new_id()


def _joined(raw: _Raw) -> tuple[str, Tokens]:
    """A text made of the tokens, with sentences as comments spell them where they do."""
    parts: list[str] = []
    starts, ends = [], []
    place = 0
    borders = [0, *raw.breaks, len(raw.tokens)]
    spelt = raw.texts if len(raw.texts) == len(set(borders)) - 1 else []
    number = 0
    for first, behind in pairwise(borders):
        if first == behind:
            continue
        tokens = raw.tokens[first:behind]
        if spelt:
            sentence = spelt[number]
            found = aligned(tokens, sentence, raw.lines[first:behind])
        else:
            sentence, found = joined(tokens)
        number += 1
        if parts:
            parts.append("\n")
            place += 1
        parts.append(sentence)
        starts += [place + start for start in found.starts]
        ends += [place + end for end in found.ends]
        place += len(sentence)
    return "".join(parts), Tokens(starts, ends)
