"""Mutated files by the thousand: each is read or refused with a reason, in bounded time.

``make fuzz`` runs it; ``POSTIL_FUZZ`` sets how many inputs each kind of article gets, and all
formats together (10,000 otherwise), and ``POSTIL_SEED`` repeats a run.
"""

import io
import json
import os
import random
import re
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import deepcopy
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from annotations import codebook, formats
from annotations.demo import demo
from annotations.document import Annotated, Document
from annotations.errors import BadInput
from annotations.formats import jsonl
from annotations.formats.archive import zipped
from annotations.ingest import read_article
from annotations.ingest.links import is_safe
from annotations.spans import first_unstorable
from annotations.store import Act, Store, open_store
from reader.drawing import Drawing
from tests.documents import DOCUMENTS
from tests.formats.roundtrip import read, written
from tests.security.vectors import vectors

pytestmark = pytest.mark.fuzz

ROUNDS = int(os.environ.get("POSTIL_FUZZ", "10000"))
SEED = int(os.environ.get("POSTIL_SEED", str(random.randrange(2**32))))
SLOWEST = 8.0
"""Seconds of a processor that no input of this size may take."""

FORMATS = [
    name for name in formats.readable() if formats.get(name).writes and not formats.get(name).extra
]
"""All that is read and written with what Postil always has; together they get ``ROUNDS``."""

TOKENS = [
    *("<", ">", "</", "/>", "<!--", "-->", "<![CDATA[", "]]>", "&", "&#0;", "&#xD800;", "&#38;"),
    *("<p>", "</p>", "<div>", "<b><i>", "</b>", "<ul><li>", "<table><tr><td>", "<pre>\n\n", "<br>"),
    *("<ruby>x<rt>y", "<a href='", "<script>", "</script", "<template>", "<svg/>", "<title>", "'"),
    *('"', "`", "\\", "\0", "\r", "\r\n", "\t", "\ufeff", "\ud800", "\U0001f600", "\u202e", "\x1b"),
    *("{", "}", "[", "]", ":", ",", "null", "true", "-1", "1e999", "99999999999999999999", "0.5"),
    *(
        "[" * 300,
        '{"a":' * 150,
        "**",
        "_",
        "# ",
        "> ",
        "- ",
        "1. ",
        "```",
        "~~",
        "|",
        "![](",
        "[^1]",
    ),
    *(
        '"text"',
        '"start"',
        '"spans"',
        '"fragments":[[0,1],[1,2]]',
        '"layout"',
        '"blocks"',
        "\\u0000",
    ),
    *('"\\ud800"', '"id"', '"head"', '"merged_into"', '"parent"', '"frozen"', '"kind"', "NaN"),
]

VALUES: list[Any] = [
    *(
        None,
        True,
        False,
        0,
        1,
        -1,
        7,
        2**31,
        2**63,
        2**64,
        -(2**70),
        0.5,
        1e300,
        "",
        "a",
        "x" * 300,
    ),
    *(
        "\0",
        "\ud800",
        "\u202e",
        "\U0001f600",
        "claim",
        "javascript:alert(1)",
        "http://a.test",
        [],
        {},
    ),
    *([0, 1], [[0, 1], [1, 2]], ["p", 0, 1], ["a", 0, 1, {"href": "javascript:x"}], {"": None}),
    *({"a": {"b": [1, {"c": "\0"}]}}, "../../x", "ltr", "key", "work", "done", "de", "2026-01-01"),
]
NAMES = [
    *(
        "id",
        "title",
        "text",
        "sha256",
        "revision",
        "language",
        "direction",
        "source",
        "date",
        "meta",
    ),
    *("layout", "labels", "layer", "kind", "annotator", "frozen", "state", "spans", "relations"),
    *("start", "end", "label", "fragments", "attributes", "entity", "concept", "note", "unsure"),
    *(
        "origin",
        "head",
        "child",
        "child_entity",
        "name",
        "aliases",
        "merged_into",
        "parent",
        "x",
        "",
    ),
]


def html_of(document: Document) -> str:
    return "".join(
        f"<{block.kind}>{document.text[block.start : block.end]}</{block.kind}>"
        for block in document.layout.blocks
    )


def seeds() -> dict[str, list[bytes]]:
    entries = [demo(), *DOCUMENTS.values()]
    entries = [entry for entry in entries if len(entry.document.text) < 20_000]
    texts = [entry.document.text.encode() for entry in entries]
    pages = [html_of(entry.document).encode() for entry in entries]
    hostile = [text.encode() for text in vectors()]
    return {
        **{name: [written(name, [entry])[0] for entry in entries] for name in FORMATS},
        "html": pages + hostile,
        "markdown": texts + pages[:2] + hostile,
        "text": texts + hostile,
    }


def mutated(given: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """The input after some random cuts, repetitions, insertions and changes."""
    data = bytearray(given[: chance.choice((200, 2_000, 50_000))])
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        place = chance.randrange(len(data) + 1)
        end = min(len(data), place + chance.choice((1, 3, 30, 300)))
        way = chance.randrange(7)
        if way == 0:
            del data[place:end]
        elif way == 1:
            data[place:place] = data[place:end] * chance.choice((1, 2, 40))
        elif way == 2:
            data[place:place] = chance.choice(TOKENS).encode("utf-8", "surrogatepass")
        elif way == 3 and data:
            data[place % len(data)] = chance.randrange(256)
        elif way == 4:
            other = chance.choice(others)
            start = chance.randrange(len(other) + 1)
            data[place:end] = other[start : start + 200]
        elif way == 5:
            token = chance.choice(TOKENS).encode("utf-8", "surrogatepass")
            data[place:place] = token * chance.choice((2, 20, 400))
        else:
            data[place:end] = bytes(reversed(data[place:end]))
    return bytes(data)


def bent(line: bytes, chance: random.Random) -> bytes:
    """A line that is JSON still, with some of its values replaced, dropped or moved."""
    data = json.loads(line)
    for _ in range(chance.choice((1, 1, 2, 5))):
        places = list(holders(data))
        holder = chance.choice(places)
        if not holder:
            continue
        key = chance.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
        other = chance.choice(places)
        way = chance.randrange(4)
        if way == 0:
            del holder[key]
        elif way == 1:
            holder[key] = deepcopy(chance.choice(VALUES))
        elif way == 2:
            holder[key] = deepcopy(other)
        elif isinstance(holder, dict):
            holder[chance.choice(NAMES)] = deepcopy(chance.choice((holder[key], *VALUES)))
        else:
            holder.append(deepcopy(holder[key]))
    return json.dumps(data).encode()


def holders(data: Any) -> Iterator[Any]:
    if isinstance(data, dict | list):
        yield data
        for inner in list(data.values()) if isinstance(data, dict) else data:
            yield from holders(inner)


def changed(given: list[bytes], chance: random.Random) -> bytes:
    """One input: bent where there is structure to bend, else mutated."""
    data = chance.choice(given)
    if data.startswith(b"PK"):
        return with_a_changed_member(data, chance)
    if data.startswith((b"{", b"[")) and chance.random() < 0.7:
        return b"\n".join(bent(line, chance) for line in documents_of(data))
    return mutated(data, given, chance)


def documents_of(data: bytes) -> list[bytes]:
    """The texts of JSON in a file: all of it, or its lines; none where it is something else."""
    for texts in ([data], data.splitlines()):
        with suppress(ValueError):
            for text in texts:
                json.loads(text)
            return texts
    return []


def with_a_changed_member(data: bytes, chance: random.Random) -> bytes:
    """An archive whose members belong together, one of them changed."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    if members:
        name = chance.choice(list(members))
        members[name] = mutated(members[name], list(members.values()), chance)
    return b"".join(zipped((name, [content]) for name, content in members.items()))


KNOWN = {entry.document.id: entry.document for entry in [demo(), *DOCUMENTS.values()]}
"""For formats that bring no texts."""


def read_format(name: str) -> Callable[[bytes], list[Annotated]]:
    return lambda data: read(name, data, formats.Reading(text_of=KNOWN.get))


def read_as(kind: str) -> Callable[[bytes], list[Annotated]]:
    return lambda data: [Annotated(document=read_article(data, name="x", kind=kind))]


READERS = {name: read_format(name) for name in FORMATS} | {
    kind: read_as(kind) for kind in ("html", "markdown", "text")
}


def check(entry: Annotated) -> None:
    """What was read holds together, and can be drawn."""
    document = entry.document
    assert first_unstorable(document.text) is None
    document.layout.checked(len(document.text))
    for before, after in pairwise(document.layout.blocks):
        assert before.end <= after.start
    for mark in entry.annotations:
        assert 0 <= mark.start < mark.end <= len(document.text)
    drawn = Drawing(document, codebook.default(), ()).whole()
    assert "<script" not in drawn
    assert all(is_safe(unescape(href)) for href in re.findall(r'href="([^"]*)"', drawn))


@pytest.mark.parametrize("kind", READERS)
def test_mutated_input_is_read_or_refused(kind: str, tmp_path: Path) -> None:
    chance = random.Random(f"{SEED}{kind}")
    given = seeds()[kind]
    read, refused, slowest = 0, 0, 0.0
    for number in range(ROUNDS // len(FORMATS) if kind in FORMATS else ROUNDS):
        data = changed(given, chance)
        began = time.process_time()
        try:
            for entry in READERS[kind](data):
                check(entry)
            read += 1
        except BadInput as error:
            refused += bool(str(error))
        except BaseException:
            kept = tmp_path / "input"
            kept.write_bytes(data)
            print(f"seed {SEED}, input {number} of {kind}, kept at {kept}")
            raise
        took = time.process_time() - began
        slowest = max(slowest, took)
        assert took < SLOWEST, (SEED, number, took, data[:200])
    print(f"{kind}: {read} read, {refused} refused, slowest {slowest:.2f} s (seed {SEED})")
    assert read
    assert refused


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path / "postil.db")
    yield store
    store.close()


def test_mutated_lines_are_stored_or_refused(store: Store) -> None:
    """What the reader takes, the store takes or refuses as well, and stays sound."""
    chance = random.Random(f"{SEED}store")
    given = seeds()["jsonl"]
    person = store.people.first().key
    stored = refused = 0
    for number in range(ROUNDS // 20):
        act = Act(op=f"p{number}", person=person, kind="project")
        project = store.projects.add(act, f"Project {number}", codebook.default())
        data = changed(given, chance)
        try:
            taken = Act(op=f"i{number}", person=person, kind="import", project=project.key)
            store.exchange.take(taken, project, jsonl.read(io.BytesIO(data)))
            stored += 1
        except BadInput:
            refused += 1
        except BaseException:
            print(f"seed {SEED}, input {number}: {data[:3000]!r}")
            raise
    assert store.upkeep.check().problems == ()
    print(f"store: {stored} stored, {refused} refused (seed {SEED})")
