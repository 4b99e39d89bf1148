"""A dataset as Hugging Face's ``datasets`` loads it: tables in Parquet, and a card.

An archive with ``README.md`` (the card: what is in it, in words for people and in YAML for the hub)
and ``data/train-00000-of-00001.parquet``, more of them for much data. The tables are those of
``parquet``, so everything is carried. Unpacked, the folder is what ``load_dataset`` takes.

What goes out is put on the disk before the archive is made, because names say how many tables
there are, and the card how much is in them. Read are the tables of a folder or archive; its card is
passed over.
"""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import chain
from typing import IO, Protocol

import orjson

from annotations.document import Annotated
from annotations.errors import BadLine, located
from annotations.formats import parquet
from annotations.formats.archive import zipped
from annotations.formats.interface import Member, Reading, Writing
from annotations.formats.tokenrows import Names, names_beside

SHARD = 256 * 1024 * 1024
"""Bytes of text in one table, before it is packed."""
_PIECE = 1024 * 1024
_LISTED = 100
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (10**6, "100K<n<1M"))


@dataclass(slots=True)
class _Seen:
    """What the card says of the documents."""

    documents: int = 0
    characters: int = 0
    spans: int = 0
    relations: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    layers: set[str] = field(default_factory=set)
    languages: set[str] = field(default_factory=set)

    def add(self, annotated: Annotated) -> None:
        self.documents += 1
        self.characters += len(annotated.document.text)
        self.spans += len(annotated.annotations)
        self.relations += len(annotated.relations)
        self.labels.update(mark.label for mark in annotated.annotations)
        self.kinds.update(relation.label for relation in annotated.relations)
        self.states[annotated.state or "no state"] += 1
        if annotated.layer is not None:
            self.layers.add(annotated.layer.id)
        if primary := annotated.document.language.partition("-")[0].lower():
            self.languages.add(primary)


# ── writing ───────────────────────────────────────────────────────────────────────────────────────


def write(
    documents: Iterable[Annotated],
    losses: Counter[str] | None = None,
    writing: Writing | None = None,
) -> Iterator[bytes]:
    """The archive. The same values and options give the same bytes."""
    lost = Counter[str]() if losses is None else losses
    seen = _Seen()
    with ExitStack() as stack:
        entries = iter(documents)
        tables: list[IO[bytes]] = []
        first = next(entries, None)
        while first is not None or not tables:
            table = stack.enter_context(tempfile.TemporaryFile())
            shard = entries if first is None else chain([first], entries)
            table.writelines(parquet.pieces(_some(shard, seen), lost))
            tables.append(table)
            first = next(entries, None)
        card = _card(seen, writing or Writing(), len(tables)).encode()
        yield from zipped([("README.md", [card]), *_members(tables)])


def _some(entries: Iterator[Annotated], seen: _Seen) -> Iterator[Annotated]:
    """As many as one table takes; the others stay in the iterator."""
    size = 0
    for annotated in entries:
        seen.add(annotated)
        yield annotated
        size += len(annotated.document.text) + 100 * len(annotated.annotations)
        if size > SHARD:
            return


def _members(tables: Sequence[IO[bytes]]) -> Iterator[tuple[str, Iterable[bytes]]]:
    for number, table in enumerate(tables):
        table.seek(0)
        yield f"data/train-{number:05}-of-{len(tables):05}.parquet", _read(table)


def _read(table: IO[bytes]) -> Iterator[bytes]:
    while piece := table.read(_PIECE):
        yield piece


def _card(seen: _Seen, writing: Writing, tables: int) -> str:
    title = " ".join(writing.title.split()) or "Annotated documents"
    said = {
        "pretty_name": title,
        "license": "unknown",
        "language": sorted(seen.languages),
        "task_categories": ["token-classification"],
        "size_categories": [
            next((name for most, name in _SIZES if seen.documents < most), "n>1M"),
        ],
        "tags": ["span-annotation", "postil"],
        "configs": [
            {
                "config_name": "default",
                "data_files": [{"split": "train", "path": "data/train-*.parquet"}],
            }
        ],
    }
    # JSON is YAML, and needs no thought about which words it would take for something else.
    front = "\n".join(f"{key}: {orjson.dumps(value).decode()}" for key, value in said.items())
    files = f"`data/train-*.parquet` ({tables} {'file' if tables == 1 else 'files'})"
    parts = [
        f"---\n{front}\n---\n",
        f"# {title}\n",
        "Documents with spans marked in them by people, exported from Postil.\n",
        "## What is in it\n",
        "| | |\n| --- | ---: |\n"
        f"| rows (a layer of a document each) | {seen.documents:,} |\n"
        f"| characters | {seen.characters:,} |\n"
        f"| spans | {seen.spans:,} |\n"
        f"| relations | {seen.relations:,} |\n"
        f"| layers (whose marks) | {len(seen.layers):,} |\n",
        _counts("Labels", "label", "spans", seen.labels),
        _counts("Relations", "kind", "relations", seen.kinds),
        _counts("States", "state", "rows", seen.states),
        "## Columns\n",
        f"One split, `train`, in {files}. Offsets are Unicode code points: in Python, "
        "`text[start:end]` is the quote.\n",
        "\n".join(f"- `{each.name}`: {_typed(each.type)}" for each in parquet.schema()) + "\n",
        "A span's `start` and `end` are those of all of it; `fragments` is there for spans of "
        "several parts alone. `attributes`, `extra` and the columns `meta`, `layout`, `labels`, "
        "`entities` and `concepts` hold JSON. A relation leads from the span `head` to the span "
        "`child`, or to the actor `child_entity`.\n",
        "```python\nfrom datasets import load_dataset\n\n"
        'dataset = load_dataset("path/of/this/folder", split="train")\n'
        "for row in dataset:\n"
        '    for span in row["spans"]:\n'
        '        assert row["text"][span["start"] : span["end"]] == span["text"]\n```\n',
        "## Licence and origin\n",
        "*To be filled in before it is given to others: whose texts these are and under which "
        "licence, who marked them, how they were chosen and paid, and what must not be done with "
        "them. `license` above says `unknown` until then.*\n",
        _fenced("## Codebook\n", writing.codebook, "toml"),
        _fenced("## How it was made\n", writing.command, "sh"),
    ]
    return "\n".join(part for part in parts if part)


def _typed(kind: object) -> str:
    return f"`{kind}`".replace(": string", ": text").replace("`string`", "text")


def _counts(head: str, what: str, times: str, counted: Counter[str]) -> str:
    if not counted:
        return ""
    rows = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    more = f"\nAnd {len(rows) - _LISTED} more.\n" if len(rows) > _LISTED else ""
    listed = "".join(f"| {_cell(name)} | {count:,} |\n" for name, count in rows[:_LISTED])
    return f"### {head}\n\n| {what} | {times} |\n| --- | ---: |\n{listed}{more}"


def _cell(text: str) -> str:
    plain = " ".join(text.split())
    for sign in "\\`|*_<[":
        plain = plain.replace(sign, f"\\{sign}")
    return plain


def _fenced(head: str, text: str, kind: str) -> str:
    if not text:
        return ""
    fence = "```"
    while fence in text:
        fence += "`"
    end = "" if text.endswith("\n") else "\n"
    return f"{head}\n{fence}{kind}\n{text}{end}{fence}\n"


# ── reading ───────────────────────────────────────────────────────────────────────────────────────


def gather(
    members: Sequence[Member],
    bad: Callable[[BadLine], None] | None = None,
    reading: Reading | None = None,
) -> Iterator[Annotated]:
    """The rows of all tables, in the order of their names. Raises ``BadLine`` with the table.

    The card and what else lies beside them is asked what numbers stand for that are tags of tokens.
    """
    return gathered(members, ".parquet", parquet.entries, bad, reading)


class _Entries(Protocol):
    """Reads one table: ``parquet.entries``, ``arrow.entries``."""

    def __call__(
        self,
        stream: IO[bytes],
        bad: Callable[[BadLine], None] | None,
        reading: Reading,
        beside: Callable[[], Names],
    ) -> Iterator[Annotated]: ...


def gathered(
    members: Sequence[Member],
    ending: str,
    entries: _Entries,
    bad: Callable[[BadLine], None] | None,
    reading: Reading | None,
) -> Iterator[Annotated]:
    """The rows of the tables whose names end so, each read by ``entries``."""
    reading = reading or Reading()
    tables = [member for member in members if member.name.lower().endswith(ending)]
    if not tables:
        raise BadLine(f"there is no {ending} file among these; a dataset has one in its folder")
    others = [member for member in members if member not in tables]
    names = cache(lambda: names_beside(others))
    for member in sorted(tables, key=lambda each: each.name):
        reading.parts.name = member.name
        with member.open() as stream:
            told = None if bad is None else _in(member.name, bad)
            try:
                named = replace(reading, name=member.name)
                yield from entries(stream, told, named, names)
            except BadLine as error:
                refused = located(error, name=member.name)
                if bad is None:
                    raise refused from error
                bad(refused)


def _in(name: str, bad: Callable[[BadLine], None]) -> Callable[[BadLine], None]:
    return lambda error: bad(located(error, name=name))
