"""UIMA CAS as JSON: one file holds the text, the types and what is marked.

Offsets are UTF-16 code units. What types mean stands in ``cas_types``; this needs the extra
``cas``. Written as a ZIP archive of a file for each layer of each document.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import IO, TYPE_CHECKING, Any

from annotations.document import Annotated, sha256
from annotations.errors import BadInput, BadLine, located
from annotations.formats import cas_types
from annotations.formats.archive import slug, unique, zipped
from annotations.formats.cas_types import Found, Said, Sofas
from annotations.formats.interface import Member, Reading, Writing
from annotations.formats.losses import count
from annotations.formats.registry import get
from annotations.formats.values import Json, name_of, refuse_nul

if TYPE_CHECKING:
    from cassis import TypeSystem

MAX_FILE = 64 * 1024 * 1024
"""Bytes of a CAS."""


def read(
    stream: IO[bytes],
    bad: Callable[[BadLine], None] | None = None,
    reading: Reading | None = None,
) -> Iterator[Annotated]:
    """The documents of a CAS: one for each text in it; mostly that is one.

    Raises ``BadLine`` with the reason. With ``bad`` given, that is called instead.
    """
    reading = (reading or Reading()).reporting_to(bad)
    try:
        yield from _documents(stream.read(MAX_FILE + 1), _Types(), reading, None)
    except BadInput as error:
        reading.parts.leave_out(error, "file")


def gather(
    members: Sequence[Member],
    bad: Callable[[BadLine], None] | None = None,
    reading: Reading | None = None,
) -> Iterator[Annotated]:
    """The documents of several files. Raises ``BadLine`` with the file and the reason.

    With ``bad`` given, that is called instead, and the annotation or the file left out.
    """
    reading = (reading or Reading()).reporting_to(bad)
    types = _Types()
    corpus = cas_types.Corpus(cas_types.seed(members), reading)
    corpus.meet_people(members, _text_of)
    for member in members:
        reading.parts.name = member.name
        try:
            named = replace(reading, name=member.name)
            yield from _documents(_data(member), types, named, corpus)
        except BadInput as error:
            reading.parts.leave_out(located(error, name=member.name), "file")


def _data(member: Member) -> bytes:
    with member.open() as stream:
        return stream.read(MAX_FILE + 1)


def _text_of(member: Member) -> str | None:
    """The texts of a CAS, which tell it from others; what cannot be read is refused later."""
    try:
        sofas, _ = _places(_said(_data(member)))
    except BadInput:
        return None
    return sha256("\0".join(sofas.values()))


def _documents(
    data: bytes, types: "_Types", reading: Reading, corpus: cas_types.Corpus | None
) -> Iterator[Annotated]:
    if len(data) > MAX_FILE:
        raise BadLine(f"a CAS may have {MAX_FILE // 2**20} MB, and this one has more")
    found = _found(data, reading, types)
    own = cas_types.Corpus(cas_types.seed_of(data), reading)
    yield from cas_types.documents(found, own if corpus is None else corpus)


class _Types:
    """The type systems of files, each made once for files that have the same, one after another.

    Every file brings its own, and making one takes ten times as long as reading a short text.
    """

    def __init__(self) -> None:
        self._said: str | None = None
        self._made: dict[bool, TypeSystem] = {}

    def of(self, said: str, *, with_known: bool = False) -> "TypeSystem":
        """That of a file, whose ``%TYPES`` these are as JSON; with all that are known besides."""
        if said != self._said:
            self._said, self._made = said, {}
        if with_known not in self._made:
            cassis = cas_types.package()
            besides = cas_types.known_types() if with_known else None
            alone = f'{{"%TYPES": {said}, "%FEATURE_STRUCTURES": [], "%VIEWS": {{}}}}'
            made = cassis.load_cas_from_json(alone, besides).typesystem
            self._made[with_known] = cas_types.checked(made)
        return self._made[with_known]


def _said(data: bytes) -> Json:
    """The object that a file holds. Raises ``BadLine``."""
    try:
        said = json.loads(data.decode("utf-8-sig"))
        refuse_nul(said, "file")
    except json.JSONDecodeError as error:
        raise BadLine(f"this is not JSON: {error.msg}", error.lineno) from None
    except UnicodeDecodeError:
        raise BadLine("the file is not in UTF-8; save it so") from None
    except RecursionError:
        raise BadLine("something is nested too deep") from None
    except ValueError:  # of a whole number of thousands of digits
        raise BadLine("a number in it is too long") from None
    if not isinstance(said, dict):
        raise BadLine(f"a CAS is one JSON object, and this is {name_of(said)}")
    found: Json = said
    return found


def _found(data: bytes, reading: Reading, types: _Types) -> Found:
    cassis = cas_types.package()
    said = _said(data)
    units, places, gone = cas_types.proved(*_places(said), reading.name, reading.parts)
    said.setdefault("%TYPES", {})
    said.setdefault("%VIEWS", {})
    try:
        cas = _loaded(said, types)
    except BadLine:
        raise
    except cassis.typesystem.TypeNotFoundError as error:
        raise BadLine(f"{error.message}; export it with its type system") from error
    except Exception as error:
        raise BadLine(f"this is no CAS that can be read: {cas_types.short(error)}") from error
    return Found(cas, reading.name, data, units, places, gone)


def _loaded(said: Json, types: _Types) -> Any:
    """The CAS, with its own types; only where those do not do, with all that are known."""
    cassis = cas_types.package()
    own = json.dumps(said["%TYPES"])
    rest = json.dumps({key: value for key, value in said.items() if key != "%TYPES"})
    try:
        return cassis.load_cas_from_json(rest, types.of(own), merge_typesystem=False)
    except cassis.typesystem.TypeNotFoundError:
        known = types.of(own, with_known=True)
        return cassis.load_cas_from_json(rest, known, merge_typesystem=False)


def _places(said: Json) -> tuple[Sofas, dict[int, Said]]:
    sofas: Sofas = {}
    places: dict[int, Said] = {}
    for uid, entry in _structures(said):
        if entry.get("%TYPE") == "uima.cas.Sofa":
            if isinstance(text := entry.get("sofaString"), str):
                sofas[uid] = text
            continue
        begin, end, sofa = (entry.get(key) for key in ("begin", "end", "@sofa"))
        if type(begin) is int and type(end) is int and type(sofa) is int:
            places[uid] = Said(begin, end, sofa)
    return sofas, places


def _structures(said: Json) -> Iterator[tuple[int, Json]]:
    given: Any = said.get("%FEATURE_STRUCTURES")
    if isinstance(given, dict):
        entries = [(uid, entry) for uid, entry in given.items() if isinstance(entry, dict)]
    elif isinstance(given, list):
        entries = [(entry.get("%ID"), entry) for entry in given if isinstance(entry, dict)]
    else:
        raise BadLine("there is no “%FEATURE_STRUCTURES”; is this a CAS?")
    for uid, entry in entries:
        try:
            yield int(uid), entry
        except (TypeError, ValueError):
            raise BadLine("each feature structure has a whole number for “%ID”") from None


def write(
    documents: Iterable[Annotated],
    losses: Counter[str] | None = None,
    writing: Writing | None = None,
) -> Iterator[bytes]:
    """A ZIP archive of JSON files, each with its types. Nothing is lost."""
    lost = Counter[str]() if losses is None else losses
    yield from zipped(_files(documents, lost))


def _files(documents: Iterable[Annotated], lost: Counter[str]) -> Iterator[tuple[str, list[bytes]]]:
    types = cas_types.our_types()
    taken: set[str] = set()
    for annotated in documents:
        count(annotated, get("casjson").carries, lost)
        # A “_” sorts behind the suffix, so that layers come in again in the order of going out.
        name = unique(slug(annotated.document.title, "document"), taken, "_")
        cas = cas_types.made(annotated, types, lost, for_xml=False)
        yield (
            f"{name}.json",
            [cas.to_json(pretty_print=True).encode("utf-8")],
        )
