"""Files that are broken by chance: bytes changed, and structure bent that still unpacks.

Where a format packs, sums up or declares lengths, changed bytes alone would only ever try its
unpacker; so what is inside is unpacked, changed, and packed again.
"""

import gzip
import hashlib
import io
import json
import random
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from copy import deepcopy
from typing import Any

from annotations.formats.archive import zipped

Bend = Callable[[Sequence[bytes], random.Random], bytes]
"""Makes one broken file of some sound ones."""

TOKENS = [
    *("<", ">", "</", "/>", "<!--", "-->", "<![CDATA[", "]]>", "&", "&#0;", "&#xD800;", "&#38;"),
    *("<p>", "</p>", "<div>", "<b><i>", "</b>", "<ul><li>", "<table><tr><td>", "<pre>\n\n", "<br>"),
    *("<ruby>x<rt>y", "<a href='", "<script>", "</script", "<template>", "<svg/>", "<title>", "'"),
    *('"', "`", "\\", "\0", "\r", "\r\n", "\t", "\ufeff", "\ud800", "\U0001f600", "\u202e", "\x1b"),
    *("{", "}", "[", "]", ":", ",", "null", "true", "-1", "1e999", "99999999999999999999", "0.5"),
    *("[" * 300, '{"a":' * 150, "**", "_", "# ", "> ", "- ", "1. ", "```", "~~", "|", "![]("),
    *("[^1]", '"text"', '"start"', '"spans"', '"fragments":[[0,1],[1,2]]', '"layout"', '"blocks"'),
    *("\\u0000", '"\\ud800"', '"id"', '"head"', '"merged_into"', '"parent"', '"frozen"', '"kind"'),
    *("NaN", "\tO\n", "\n\n", "-DOCSTART- -X- O O\n", "T1\tactor 0 5\tTrump\n", "=1+1", ";", ";;"),
]

VALUES: list[Any] = [
    *(None, True, False, 0, 1, -1, 7, 2**31, 2**63, 2**64, -(2**70), 0.5, 1e300, "", "a"),
    *("x" * 300, "\0", "\ud800", "\u202e", "\U0001f600", "claim", "javascript:alert(1)", [], {}),
    *("http://a.test", [0, 1], [[0, 1], [1, 2]], ["p", 0, 1], {"": None}, {"a": {"b": [1, "\0"]}}),
    *(["a", 0, 1, {"href": "javascript:x"}], "../../x", "ltr", "key", "work", "done", "de"),
    *("2026-01-01", "0", "-1", "99999999999999999999", "1.5"),
]
NAMES = [
    *("id", "title", "text", "sha256", "revision", "language", "direction", "source", "date"),
    *("meta", "layout", "labels", "layer", "kind", "annotator", "frozen", "state", "spans"),
    *("relations", "start", "end", "label", "fragments", "attributes", "entity", "concept", "note"),
    *("unsure", "origin", "head", "child", "child_entity", "name", "aliases", "merged_into"),
    *("parent", "x", "", "begin", "%TYPE", "%ID", "@sofa", "sofaString", "%RANGE", "@type"),
    *("selector", "target", "exact", "from_id", "to_id", "value", "token_end", "answer"),
]
NUMBERS = ["0", "-1", "1", "1e9", "-1e9", "1e-9", "0.5", "99999999999999999999", "NaN", "3"]


def token(chance: random.Random) -> bytes:
    return chance.choice(TOKENS).encode("utf-8", "surrogatepass")


def mutated(given: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    """The input after some random cuts, repetitions, insertions and changes."""
    data = bytearray(given[: chance.choice((200, 2_000, 50_000, 50_000))])
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        place = chance.randrange(len(data) + 1)
        end = min(len(data), place + chance.choice((1, 3, 30, 300)))
        way = chance.randrange(7)
        if way == 0:
            del data[place:end]
        elif way == 1:
            data[place:place] = data[place:end] * chance.choice((1, 2, 40))
        elif way == 2:
            data[place:place] = token(chance)
        elif way == 3 and data:
            data[place % len(data)] = chance.randrange(256)
        elif way == 4:
            other = chance.choice(others)
            start = chance.randrange(len(other) + 1)
            data[place:end] = other[start : start + 200]
        elif way == 5:
            data[place:place] = token(chance) * chance.choice((2, 20, 400))
        else:
            data[place:end] = bytes(reversed(data[place:end]))
    return bytes(data)


def nudged(given: bytes, chance: random.Random) -> bytes:
    """A few bytes changed, doubled, moved or gone: what is binary mostly survives that."""
    made = bytearray(given or b"x")
    for _ in range(chance.choice((1, 1, 2, 4, 12))):
        place = chance.randrange(len(made))
        length = chance.choice((1, 1, 1, 4, 16, 200))
        way = chance.randrange(6)
        if way < 2:
            made[place] = chance.randrange(256)
        elif way == 2:
            made[place] = chance.choice((0, 1, 0x7F, 0x80, 0xFF))
        elif way == 3:
            made[place:place] = made[place : place + length]
        elif way == 4 and len(made) > length + 1:
            del made[place : place + length]
        else:
            other = chance.randrange(len(made))
            made[place : place + length] = made[other : other + length]
        made = made or bytearray(b"x")
    return bytes(made)


# ── JSON ──────────────────────────────────────────────────────────────────────────────────────────


def bend(data: Any, chance: random.Random) -> None:
    """Replace, drop or move some of the values in plain data, in place."""
    for _ in range(chance.choice((1, 1, 2, 5))):
        places = list(_holders(data))
        if not places:
            return
        holder = chance.choice(places)
        if not holder:
            continue
        key = chance.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
        way = chance.randrange(5)
        if way == 0:
            del holder[key]
        elif way == 1:
            holder[key] = deepcopy(chance.choice(VALUES))
        elif way == 2:
            holder[key] = deepcopy(chance.choice(places))
        elif way == 3 and isinstance(holder[key], bytes):
            holder[key] = nudged(holder[key], chance)
        elif way == 3 and isinstance(holder[key], int):
            holder[key] += chance.choice((-1, 1, 2, 1000))
        elif isinstance(holder, dict):
            holder[chance.choice(NAMES)] = deepcopy(chance.choice((holder[key], *VALUES)))
        else:
            holder.append(deepcopy(holder[key]))


def _holders(data: Any) -> Iterator[Any]:
    if isinstance(data, dict | list):
        yield data
        for inner in list(data.values()) if isinstance(data, dict) else data:
            yield from _holders(inner)


def _texts_of_json(data: bytes) -> list[Any]:
    """What is in a file of JSON: all of it, or its lines; nothing where it is something else."""
    for texts in ([data], data.splitlines()):
        with suppress(ValueError):
            return [json.loads(text) for text in texts]
    return []


def of_text(given: Sequence[bytes], chance: random.Random) -> bytes:
    """A file of text: bent where it is JSON, else, and now and then, mutated."""
    data = chance.choice(given)
    if data.startswith((b"{", b"[")) and chance.random() < 0.7:
        lines = _texts_of_json(data)
        if lines:
            bend(lines[0] if len(lines) == 1 else lines, chance)
            return b"\n".join(json.dumps(line).encode() for line in lines)
    if data.lstrip().startswith(b"<") and chance.random() < 0.6:
        return of_xml(data, chance)
    return mutated(data, given, chance)


# ── XML ───────────────────────────────────────────────────────────────────────────────────────────

_ELEMENT = re.compile(rb"<[^<>]*>")
_SAID = re.compile(rb'="([^"<>]*)"')


def of_xml(data: bytes, chance: random.Random) -> bytes:
    """XML that mostly is one still: elements gone, doubled or moved, values exchanged."""
    for _ in range(chance.choice((1, 1, 2, 4))):
        values = [match.span(1) for match in _SAID.finditer(data)]
        elements = [match.span() for match in _ELEMENT.finditer(data)]
        way = chance.randrange(6)
        if way < 3 and values:
            start, end = chance.choice(values)
            other = chance.choice(values)
            made = data[slice(*other)]
            if way == 1:
                made = chance.choice(NUMBERS).encode()
            elif way == 2:
                made = token(chance).replace(b"<", b"&lt;").replace(b"&", b"&amp;", 1)
                made = made.replace(b'"', b"&quot;")
            data = data[:start] + made + data[end:]
        elif elements:
            start, end = chance.choice(elements)
            place = chance.choice(elements)[1]
            if way == 3:
                data = data[:start] + data[end:]
            elif way == 4:
                data = data[:place] + data[start:end] * chance.choice((1, 1, 30)) + data[place:]
            else:
                data = data[:place] + token(chance) + data[place:]
    return data


# ── archives ──────────────────────────────────────────────────────────────────────────────────────


def of_archive(inner: Bend = of_text) -> Bend:
    """Archives of which a member is changed by ``inner``, is gone, or bears another name."""

    def bent(given: Sequence[bytes], chance: random.Random) -> bytes:
        data = chance.choice(given)
        if chance.random() < 0.1:
            return nudged(data, chance)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        names = [name for name, content in members.items() if content]
        if names:
            name = chance.choice(names)
            way = chance.random()
            if way < 0.9:
                suffix = name.rpartition(".")[2]
                alike = [members[each] for each in names if each.endswith(suffix)]
                members[name] = inner([members[name]] if way < 0.8 else alike, chance)
            elif way < 0.95:
                del members[name]
            else:
                members[chance.choice(names) + chance.choice(("", "x", "/y"))] = members.pop(name)
        return b"".join(zipped((name, [content]) for name, content in members.items()))

    return bent


ODD: dict[type, list[Any]] = {
    str: [
        *("", " ", "\t", "\n", "\x01", "\x0c", "\x7f", "\x85", "\u2028", "\ufffe", "\U0001f600"),
        *(
            "=1+1",
            "a,b",
            'a"b',
            "a\nb",
            "a\tb",
            "#",
            "|",
            ":",
            "x" * 300,
            "{}",
            "null",
            "suggestion",
        ),
    ],
    int: [0, 1, 2, 3, 7, 2**31, 2**53, 2**63 - 1],
    float: [0.0, 1.0, -0.5, 1e300],
    bool: [True, False],
}
"""Values that a column may have by their type, and that no one puts there."""


ODD_JSON = [
    *("{}", "[]", "null", "1", '"a"', "[[0, 1]]", '{"a": NaN}', "[1e999]", '{"a": "\\u0000"}'),
    *('{"a": "\\ud800"}', f'{{"a": {2**70}}}', "[" * 50 + "]" * 50, '{"": {"postil": [1]}}'),
]

_ROWS = (
    *("annotations", "annotations", "documents", "texts", "relations", "entities", "concepts"),
    *("layers", "document_states", "project.json"),
)
"""Tables whose rows say something of their own, the busiest twice; and what is said of all."""


def of_rows(given: Sequence[bytes], chance: random.Random) -> bytes:
    """A bundle of which a few values are odd and yet of their own kind, so that it may come in."""
    with zipfile.ZipFile(io.BytesIO(chance.choice(given))) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members.pop("manifest.json"))
    for table in chance.choices(_ROWS, k=chance.choice((1, 1, 2, 4))):
        name = table if "." in table else f"tables/{table}.jsonl"
        lines = _texts_of_json(members[name])
        row = chance.choice([each for each in _holders(chance.choice(lines)) if type(each) is dict])
        key = chance.choice([each for each in row if not each.endswith("id")] or list(row))
        if type(row[key]) is str and row[key][:1] in ("{", "["):
            if chance.random() < 0.2:
                row[key] = chance.choice(ODD_JSON)
            else:
                inside = json.loads(row[key])
                _make_odd(chance.choice(list(_holders(inside)) or [{}]), chance)
                row[key] = json.dumps(inside)
        else:
            values = [each[key] for each in lines if type(each.get(key)) is type(row[key])]
            if type(row[key]) in (dict, list):
                continue
            row[key] = chance.choice([*values, *ODD.get(type(row[key]), [None])])
        if table == "texts":
            row["sha256"] = hashlib.sha256(row["text"].encode()).hexdigest()
        members[name] = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    return _packed_bundle(manifest, members)


def _make_odd(holder: Any, chance: random.Random) -> None:
    """Another value in an object or a list, or one more."""
    value = deepcopy(chance.choice([each for kind in ODD.values() for each in kind]))
    if isinstance(holder, list) and holder and chance.random() < 0.5:
        holder[chance.randrange(len(holder))] = value
    elif isinstance(holder, list):
        holder.append(value)
    else:
        holder[chance.choice([*NAMES, *holder])] = value


def _packed_bundle(manifest: Any, members: dict[str, bytes]) -> bytes:
    """The bundle, whose manifest says that this is how its files should be."""
    for name, content in members.items():
        manifest["files"][name]["sha256"] = hashlib.sha256(content).hexdigest()
    files = {**members, "manifest.json": json.dumps(manifest).encode()}
    return b"".join(zipped((name, [content]) for name, content in files.items()))


def of_bundle(given: Sequence[bytes], chance: random.Random) -> bytes:
    """A bundle with other rows, whose manifest mostly says that this is how they should be."""
    with zipfile.ZipFile(io.BytesIO(chance.choice(given))) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members.pop("manifest.json"))
    names = [name for name, content in members.items() if content]
    for _ in range(chance.choice((1, 1, 2))):
        name = chance.choice(names)
        lines = _texts_of_json(members[name]) if name.endswith((".json", ".jsonl")) else []
        if not lines or chance.random() < 0.1:
            members[name] = mutated(members[name], list(members.values()), chance)
            continue
        place = chance.randrange(len(lines))
        way = chance.random()
        if way < 0.85:
            bend(lines[place], chance)
        elif way < 0.95:
            lines.insert(chance.randrange(len(lines)), lines[place])
        else:
            del lines[place]
        members[name] = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    if chance.random() < 0.95:
        for name, content in members.items():
            manifest["files"][name]["sha256"] = hashlib.sha256(content).hexdigest()
    if chance.random() < 0.05:
        bend(manifest, chance)
    files = {**members, "manifest.json": json.dumps(manifest).encode()}
    return b"".join(zipped((name, [content]) for name, content in files.items()))


def of_gzip(given: Sequence[bytes], chance: random.Random) -> bytes:
    data = chance.choice(given)
    if chance.random() < 0.2:
        return nudged(data, chance)
    return gzip.compress(nudged(gzip.decompress(data), chance), mtime=0)


def of_bytes(given: Sequence[bytes], chance: random.Random) -> bytes:
    return nudged(chance.choice(given), chance)


# ── spaCy ─────────────────────────────────────────────────────────────────────────────────────────


def of_docbin(given: Sequence[bytes], chance: random.Random) -> bytes:
    """A ``.spacy`` file: changed packed, changed unpacked, or with something else in its fields."""
    import srsly

    data = chance.choice(given)
    way = chance.random()
    if way < 0.1:
        return nudged(data, chance)
    inside = zlib.decompress(data)
    if way < 0.3:
        return zlib.compress(nudged(inside, chance), 1)
    said = srsly.msgpack_loads(inside)
    if way < 0.45:
        bend(said, chance)
    elif way < 0.65:
        name = chance.choice(("tokens", "spaces", "lengths"))
        said[name] = _with_a_number(said[name], chance)
    elif way < 0.8:
        said["span_groups"] = [_packed(each, _bent_groups, chance) for each in said["span_groups"]]
    else:
        said["user_data"] = [_packed(each, _bent_data, chance) for each in said["user_data"]]
    try:
        return zlib.compress(srsly.msgpack_dumps(said), 1)
    except (TypeError, ValueError, OverflowError):  # what MessagePack has no place for
        return zlib.compress(nudged(inside, chance), 1)


def _with_a_number(data: bytes, chance: random.Random) -> bytes:
    """An array of 32- or 64-bit numbers with one changed to something extreme, or cut."""
    made = bytearray(data)
    width = chance.choice((1, 4, 8))
    if len(made) >= width:
        place = chance.randrange(len(made) // width) * width
        number = chance.choice((0, 1, 2, 2**7, 2**31 - 1, 2**31, 2**63 - 1, 2**64 - 1))
        made[place : place + width] = struct.pack("<Q", number)[:width]
    if chance.random() < 0.2:
        del made[chance.randrange(len(made) + 1) :]
    return bytes(made)


def _packed(data: Any, work: Callable[[Any, random.Random], Any], chance: random.Random) -> Any:
    import srsly

    if not isinstance(data, bytes):
        return data
    try:
        return srsly.msgpack_dumps(work(srsly.msgpack_loads(data), chance))
    except (TypeError, ValueError, OverflowError):
        return nudged(data, chance)


def _bent_groups(groups: Any, chance: random.Random) -> Any:
    """Groups of spans, in which each span is 6 numbers of its own width, packed."""
    if not isinstance(groups, dict) or not groups:
        bend(groups, chance)
        return groups
    name = chance.choice(list(groups))
    inside = groups[name]
    groups[name] = _packed(inside, _bent_group, chance) if isinstance(inside, bytes) else inside
    if chance.random() < 0.2:
        bend(groups, chance)
    return groups


def _bent_group(group: Any, chance: random.Random) -> Any:
    spans = group.get("spans") if isinstance(group, dict) else None
    if spans and chance.random() < 0.7:
        place = chance.randrange(len(spans))
        if isinstance(spans[place], bytes):
            spans[place] = _with_a_number(spans[place], chance)
            return group
    bend(group, chance)
    return group


def _bent_data(data: Any, chance: random.Random) -> Any:
    """Keys and values, of which one may be JSON of ours."""

    def inner(value: Any) -> Any:
        if isinstance(value, str) and value.startswith("{"):
            return of_text([value.encode()], chance).decode("utf-8", "replace")
        return value

    def walk(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return [walk(each) for each in value]
        if isinstance(value, dict):
            return {key: walk(each) for key, each in value.items()}
        return inner(value)

    made = walk(data)
    if chance.random() < 0.2:
        bend(made, chance)
    return made


# ── Parquet ───────────────────────────────────────────────────────────────────────────────────────


def of_table(given: Sequence[bytes], chance: random.Random) -> bytes:
    """A table: its bytes, its description at the end, or rows that mean something else."""
    import pyarrow as pa
    import pyarrow.parquet

    data = chance.choice(given)
    way = chance.random()
    if way < 0.35:
        return nudged(data, chance)
    if way < 0.6:
        size = int.from_bytes(data[-8:-4], "little")
        begin = len(data) - 8 - size
        foot = nudged(data[begin:-8], chance)
        return data[:begin] + foot + len(foot).to_bytes(4, "little") + data[-4:]
    rows = pa.parquet.read_table(io.BytesIO(data), use_threads=False).to_pylist()
    bend(rows, chance)
    made = io.BytesIO()
    try:
        table = pa.Table.from_pylist(rows)
        if chance.random() < 0.1:
            names = list(table.column_names)
            names[chance.randrange(len(names))] = chance.choice([*NAMES, *names])
            table = table.rename_columns(names)
        pa.parquet.write_table(table, made, compression=chance.choice(("none", "zstd")))
    except (pa.ArrowException, TypeError, ValueError, OverflowError, AttributeError):
        return nudged(data, chance)  # What Arrow has no table for.
    return made.getvalue()


def of_table_or_text(given: Sequence[bytes], chance: random.Random) -> bytes:
    return (of_table if given[0].startswith(b"PAR1") else of_text)(given, chance)


def unpacked_table(data: bytes) -> bytes:
    """The same table without compression, so that changed bytes are changed values."""
    import pyarrow.parquet

    made = io.BytesIO()
    table = pyarrow.parquet.read_table(io.BytesIO(data))
    pyarrow.parquet.write_table(table, made, compression="none", use_dictionary=False)
    return made.getvalue()


def as_stream(data: bytes) -> bytes:
    """A table in Parquet as a stream of Arrow's, two batches where there are rows for them."""
    import pyarrow as pa
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(io.BytesIO(data), use_threads=False)
    made = pa.BufferOutputStream()
    with pa.ipc.new_stream(made, table.schema) as writer:
        writer.write_table(table, max_chunksize=max(1, table.num_rows // 2))
    return bytes(made.getvalue())


def of_stream(given: Sequence[bytes], chance: random.Random) -> bytes:
    """A stream of Arrow's: its bytes, mostly those that say how long things are, or its end."""
    data = bytearray(chance.choice(given))
    if chance.random() < 0.3:
        return nudged(bytes(data), chance)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(0, len(data) - 8, 4)
        number = chance.choice((0, 1, -1, 2**31 - 1, chance.randrange(-(2**31), 2**31)))
        data[place : place + 4] = number.to_bytes(4, "little", signed=True)
    return bytes(data) if chance.random() < 0.9 else bytes(data[: chance.randrange(len(data))])


# ── PDF ───────────────────────────────────────────────────────────────────────────────────────────

_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")


def of_pdf(given: Sequence[bytes], chance: random.Random) -> bytes:
    """A PDF: its bytes, or the numbers and texts in what its pages draw."""
    data = chance.choice(given)
    streams = [match.span(1) for match in _STREAM.finditer(data)]
    if not streams or chance.random() < 0.4:
        return nudged(data, chance)
    start, end = chance.choice(streams)
    content = data[start:end]
    for _ in range(chance.choice((1, 2, 5))):
        numbers = [match.span() for match in _NUMBER.finditer(content)]
        if numbers and chance.random() < 0.7:
            left, right = chance.choice(numbers)
            number = chance.choice((*NUMBERS, content[slice(*chance.choice(numbers))].decode()))
            content = content[:left] + number.encode() + content[right:]
        else:
            content = nudged(content, chance)
    return data[:start] + content + data[end:]
