"""UIMA CAS as XMI, with its type system beside it: what INCEpTION and other UIMA tools exchange.

Read from ``.xmi`` files, with a type system (``.xml``) in the same folder or archive, or one above;
without one, the types of UIMA itself, of DKPro Core and of Postil are known. Written as a ZIP
archive of a ``.xmi`` file for each layer of each document, and ``TypeSystem.xml``. Offsets are
UTF-16 code units; one in the middle of a character is refused. What types mean stands in
``cas_types``; this needs the extra ``cas``.
"""

import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from annotations.document import Annotated
from annotations.errors import BadInput, BadLine
from annotations.formats import cas_types
from annotations.formats.archive import slug, unique, zipped
from annotations.formats.cas_types import Found, Said, Sofas
from annotations.formats.interface import Member, Reading, Writing
from annotations.formats.losses import count
from annotations.formats.registry import get

if TYPE_CHECKING:
    from cassis import TypeSystem

MAX_FILE = 64 * 1024 * 1024
"""Bytes of a CAS or of a type system."""

_XMI_ID = "http://www.omg.org/XMI}id"
_SOFA = "http:///uima/cas.ecore}Sofa"


# ── reading ───────────────────────────────────────────────────────────────────────────────────────


def gather(
    members: Sequence[Member],
    bad: Callable[[BadLine], None] | None = None,
    reading: Reading | None = None,
) -> Iterator[Annotated]:
    """The documents of all ``.xmi`` files, each a layer of one.

    Raises ``BadLine`` with the file and the reason. With ``bad`` given, that is called instead, and
    the file skipped.
    """
    reading = reading or Reading()
    kinds: dict[str, list[Member]] = {".xmi": [], ".xml": []}
    for member in members:
        suffix = PurePosixPath(member.name).suffix.lower()
        if suffix in kinds:
            kinds[suffix].append(member)
        else:
            reading.lost["files that are neither a CAS nor a type system"] += 1
    seed = cas_types.seed(kinds[".xmi"])
    types: dict[PurePosixPath, TypeSystem] = {}
    for member in kinds[".xml"]:
        types[PurePosixPath(member.name).parent] = _type_system(member)
    for member in kinds[".xmi"]:
        try:
            folder = PurePosixPath(member.name).parent
            near = [types[each] for each in (folder, *folder.parents) if each in types]
            yield from cas_types.documents(_found(member, near), seed, reading.lost)
        except BadInput as error:
            refused = error if isinstance(error, BadLine) and error.name else _named(error, member)
            if bad is None:
                raise refused from error
            bad(refused)


def _named(error: BadInput, member: Member) -> BadLine:
    is_line = isinstance(error, BadLine)
    reason, line = (error.reason, error.line) if is_line else (str(error), None)  # type: ignore[attr-defined]
    return BadLine(reason, line, member.name)


def _type_system(member: Member) -> "TypeSystem":
    cassis = cas_types.package()
    data = cas_types.content(member, MAX_FILE)
    _walk(data, lambda name, said, line: None, member.name)
    try:
        found: TypeSystem = cas_types.checked(cassis.load_typesystem(io.BytesIO(data)))
    except BadLine as error:
        raise BadLine(error.reason, name=member.name) from None
    except Exception as error:
        raise BadLine(
            f"this is no type system: {cas_types.short(error)}", name=member.name
        ) from error
    return found


def _found(member: Member, near: Sequence["TypeSystem"]) -> Found:
    cassis = cas_types.package()
    data = cas_types.content(member, MAX_FILE)
    units, places = cas_types.proved(*_places(data, member.name), member.name)
    types = near[0] if near else cas_types.known_types()
    try:
        cas = cassis.load_cas_from_xmi(io.BytesIO(data), typesystem=types)
    except cassis.typesystem.TypeNotFoundError as error:
        raise BadLine(
            f"{cas_types.short(error)}; put its type system (TypeSystem.xml) beside it, in one "
            "folder or archive",
            name=member.name,
        ) from error
    except Exception as error:
        raise BadLine(
            f"this is no CAS that can be read: {cas_types.short(error)}", name=member.name
        ) from error
    return Found(cas, member.name, data, units, places)


def _places(data: bytes, name: str) -> tuple[Sofas, dict[int, Said]]:
    """The texts, and where annotations stand in them, as the file has it. Raises ``BadLine``."""
    sofas: Sofas = {}
    places: dict[int, Said] = {}

    def note(element: str, said: dict[str, str], line: int) -> None:
        try:
            if element == _SOFA:
                if "sofaString" in said:
                    sofas[int(said[_XMI_ID])] = said["sofaString"]
            elif "begin" in said and "end" in said and "sofa" in said and _XMI_ID in said:
                begin, end, sofa = int(said["begin"]), int(said["end"]), int(said["sofa"])
                places[int(said[_XMI_ID])] = Said(begin, end, sofa, line)
        except (KeyError, ValueError):
            raise BadLine(
                "begin, end, sofa and xmi:id are whole numbers, and one here is none", line, name
            ) from None

    _walk(data, note, name)
    return sofas, places


def _walk(data: bytes, note: Callable[[str, dict[str, str], int], None], name: str) -> None:
    """Call ``note`` with each element, its attributes and its line.

    Raises ``BadLine`` for what is no XML, and for XML that defines entities: no CAS needs them.
    """
    parser = expat.ParserCreate(namespace_separator="}")
    depth = 0

    def refuse(*_: Any) -> None:
        raise BadLine(
            "the file has a document type of its own, as files made to do harm have; "
            "take it out if you trust it",
            parser.CurrentLineNumber,
            name,
        )

    def start(element: str, said: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > 20:
            raise BadLine(
                "the elements are nested deeper than in any CAS", parser.CurrentLineNumber, name
            )
        note(element, said, parser.CurrentLineNumber)

    def end(element: str) -> None:
        nonlocal depth
        depth -= 1

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        reason = expat.errors.messages.get(error.code, "it is no XML")
        raise BadLine(f"this is no XML that can be read: {reason}", error.lineno, name) from None
    except (ValueError, LookupError) as error:
        raise BadLine(
            f"this is no XML that can be read: {cas_types.short(error)}", name=name
        ) from None


# ── writing ───────────────────────────────────────────────────────────────────────────────────────


def write(
    documents: Iterable[Annotated],
    losses: Counter[str] | None = None,
    writing: Writing | None = None,
) -> Iterator[bytes]:
    """A ZIP archive. ``losses`` counts only characters of a text that XML cannot hold."""
    lost = Counter[str]() if losses is None else losses
    yield from zipped(_files(documents, lost))


def _files(documents: Iterable[Annotated], lost: Counter[str]) -> Iterator[tuple[str, list[bytes]]]:
    types = cas_types.our_types()
    yield "TypeSystem.xml", [types.to_xml().encode("utf-8")]
    taken = {"typesystem"}
    for annotated in documents:
        count(annotated, get("cas").carries, lost)
        # A “_” sorts behind the suffix, so that layers come in again in the order of going out.
        name = unique(slug(annotated.document.title, "document"), taken, "_")
        cas = cas_types.made(annotated, types, lost, for_xml=True)
        yield f"{name}.xmi", [cas.to_xmi(pretty_print=True).encode("utf-8")]
