"""What the beginning of a JSON file tells: annotations on texts, or records of another kind.

Only the head is at hand, and it may end anywhere, so it is scanned rather than parsed.
"""

import re
from collections.abc import Iterator

_SPACE = b" \t\r\n"
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[][{}:,]', re.DOTALL)
_PAIR = re.compile(rb'(?:\[\s*){1,2}"(?:[^"\\]++|\\.)*+"\s*(?:,\s*\{|\Z)', re.DOTALL)
_LISTED_PAIR = re.compile(rb'\[\s*\[\s*"(?:[^"\\]++|\\.)*+"\s*,\s*\{', re.DOTALL)

_OPEN_PAIR = re.compile(rb'(?:\[\s*){1,2}"(?:[^"\\]++|\\.)*+\Z', re.DOTALL)

_PLACES = re.compile(
    rb"\[\s*\d+\s*,\s*\d+\s*,\s*[\"\[]"
    rb'|"(?:(?:char_?|token_?)?(?:start|begin|offset)(?:_?(?:char|offset))?|from)"\s*:\s*\d'
    rb'|"(?:span|offsets|offset|indices|pos(?:ition)?|range|points)"\s*:\s*[\[{]',
    re.IGNORECASE,
)
"""How places in a text are written in JSON, whatever the key that they stand under."""

_MARKED = frozenset(
    b"schema sha256 spans entities ents annotations relations layout layer annotator state "
    b"label labels cats accept options answer _input_hash _task_hash tokens".split()
)
_PLAIN = frozenset(b"id title text revision language direction source date meta".split())


def holds_pairs(start: bytes) -> bool:
    """Whether JSON that begins so holds pairs of a text and an object with what is marked in it,
    as spaCy's older training data does."""
    return any(
        found is not None
        for found in (_PAIR.match(start), _OPEN_PAIR.match(start), _LISTED_PAIR.search(start))
    )


def holds_annotations(head: bytes) -> bool:
    """Whether the first object in a JSON file has a text with what is marked in it, or said of it.

    Such a file is for the formats of annotations; any other object is a record, whose keys may be
    columns of a table of articles. A head that ends within its first object counts as annotations
    where that has a ``text``.
    """
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if holds_pairs(start):
        return True
    place = len(start) - len(start.lstrip(b"[" + _SPACE))
    if start[place : place + 1] != b"{":
        return False
    keys: dict[bytes, bytes] = {}
    is_whole = False
    for key, value in _members(start, place + 1):
        if key is None:
            is_whole = True
            break
        keys[key] = value
    if any(value[:1] in (b"[", b"{") and _PLACES.search(value) for value in keys.values()):
        return True
    if b'"orth"' in keys.get(b"paragraphs", b""):  # what spaCy 2 trained from
        return True
    if keys.get(b"schema", b"").startswith(b'"postil/'):
        return True
    if not keys.get(b"text", b"").startswith(b'"'):
        return False
    return bool(keys.keys() & _MARKED) or keys.keys() <= _PLAIN or not is_whole


def _members(data: bytes, place: int) -> Iterator[tuple[bytes | None, bytes]]:
    """The keys of the object that begins before ``place``, each with its value as it stands there,
    which may be cut off; and ``None`` where the object ends."""
    key: bytes | None = None
    depth, begin = 0, place
    last = b""
    for found in _TOKEN.finditer(data, place):
        token = found[0]
        if token in (b"[", b"{"):
            depth += 1
        elif token in (b"]", b"}"):
            depth -= 1
        elif depth == 0 and token == b":" and key is None:
            key, begin = last[1:-1], found.end()
        if token[:1] == b'"':
            last = token
        if depth < 0 or (depth == 0 and token == b","):
            if key is not None:
                yield key, data[begin : found.start()].strip()
                key = None
            if depth < 0:
                yield None, b""
                return
    if key is not None:
        yield key, data[begin:].strip()


def members_of_first(head: bytes) -> dict[str, str]:
    """The keys of the first object in a JSON file, each with its value as it stands there.

    The last value may be cut off; keys behind it are not there.
    """
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    place = len(start) - len(start.lstrip(b"[" + _SPACE))
    if start[place : place + 1] != b"{":
        return {}
    found = _members(start, place + 1)
    return {
        key.decode("utf-8", "replace"): value.decode("utf-8", "ignore")
        for key, value in found
        if key is not None
    }
