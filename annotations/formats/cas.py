"""UIMA CAS as XMI, with its type system beside it: what INCEpTION and other UIMA tools exchange.

Read from ``.xmi`` files, with a type system (``.xml``) in the same folder or archive, or one above;
without one, the types of UIMA itself, of DKPro Core and of Postil are known. Written as a ZIP
archive of a ``.xmi`` file for each layer of each document, and ``TypeSystem.xml``. Offsets are
UTF-16 code units; one in the middle of a character is refused. What types mean stands in
``cas_types``; this needs the extra ``cas``.

XML 1.1, which may refer to control characters, is read as well (``xml11``). Other XML files beside
a CAS are counted. Folders that hold the same text under the same name are people's (``folders``).
"""

import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from annotations.document import Annotated, sha256
from annotations.errors import BadInput, BadLine
from annotations.formats import cas_types, xml11
from annotations.formats.archive import slug, unique, zipped
from annotations.formats.cas_types import Found, Said, Sofas
from annotations.formats.interface import BadParts, Member, Reading, Writing
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
    the annotation left out, or the file where all of it is bad.
    """
    reading = (reading or Reading()).reporting_to(bad)
    kinds: dict[str, list[Member]] = {".xmi": [], ".xml": []}
    for member in members:
        suffix = PurePosixPath(member.name).suffix.lower()
        if suffix in kinds:
            kinds[suffix].append(member)
        else:
            reading.lost["files that are neither a CAS nor a type system"] += 1
    corpus = cas_types.Corpus(cas_types.seed(kinds[".xmi"]), reading)
    corpus.meet_people(kinds[".xmi"], _text_of)
    types = _TypeSystems()
    for member in kinds[".xml"]:
        try:
            if not types.add(member):
                reading.lost["files that are neither a CAS nor a type system"] += 1
        except BadInput as error:
            reading.parts.leave_out(_named(error, member), "file")
    for member in kinds[".xmi"]:
        reading.parts.name = member.name
        try:
            yield from cas_types.documents(_found(member, types, reading.parts), corpus)
        except BadInput as error:
            refused = error if isinstance(error, BadLine) and error.name else _named(error, member)
            reading.parts.leave_out(refused, "file")


def _text_of(member: Member) -> str | None:
    """The texts of a CAS, which tell it from others; what cannot be read is refused later."""
    try:
        sofas, _ = _places(_content(member).data, member.name)
    except BadInput:
        return None
    return sha256("\0".join(sofas.values()))


class _TypeSystems:
    """The type systems of an archive, by the folder that they lie in."""

    def __init__(self) -> None:
        self._here: dict[PurePosixPath, TypeSystem] = {}

    def add(self, member: Member) -> bool:
        """Add a file; whether it is a type system, and not something else in XML.

        Raises ``BadLine`` for one that cannot be read.
        """
        if not _is_type_system(member):
            return False
        found, folder = _type_system(member), PurePosixPath(member.name).parent
        if folder in self._here:
            found = _merged(member, self._here[folder], found)
        self._here[folder] = found
        return True

    def near(self, member: Member) -> Iterator["TypeSystem"]:
        """Those that a CAS may be meant with: of its folder or one above, or all that are known."""
        folder = PurePosixPath(member.name).parent
        found = [self._here[each] for each in (folder, *folder.parents) if each in self._here]
        yield from found[:1]
        yield _merged(member, *found, cas_types.known_types())


def _merged(member: Member, *types: "TypeSystem") -> "TypeSystem":
    cassis = cas_types.package()
    try:
        found: TypeSystem = cassis.merge_typesystems(*types)
    except Exception as error:
        raise BadLine(
            f"the type systems beside it contradict each other: {cas_types.short(error)}",
            name=member.name,
        ) from error
    return found


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


def _is_type_system(member: Member) -> bool:
    """Whether the first element of a file is that of a type system; of broken ones the name."""
    roots: list[str] = []
    try:
        data = cas_types.content(member, MAX_FILE)
        _walk(data, lambda name, said, line: roots.append(name), member.name)
    except BadLine:
        pass  # What is wrong with a type system is said when it is read.
    if not roots:
        return "typesystem" in PurePosixPath(member.name).name.lower()
    return roots[0].endswith("typeSystemDescription")


def _content(member: Member) -> xml11.Content:
    return xml11.content(cas_types.content(member, MAX_FILE), member.name)


def _found(member: Member, types: _TypeSystems, parts: BadParts) -> Found:
    cassis = cas_types.package()
    content = _content(member)
    data = content.data
    sofas, said = _places(data, member.name)
    sofas = {uid: content.restored(text) for uid, text in sofas.items()}
    units, places, gone = cas_types.proved(sofas, said, member.name, parts)
    missing: Exception | None = None
    for known in types.near(member):
        try:
            cas = cassis.load_cas_from_xmi(io.BytesIO(data), typesystem=known)
        except cassis.typesystem.TypeNotFoundError as error:
            missing = missing or error
            continue
        except Exception as error:
            raise BadLine(
                f"this is no CAS that can be read: {cas_types.short(error)}", name=member.name
            ) from error
        content.restore(cas)
        return Found(cas, member.name, data, units, places, gone)
    assert missing is not None  # noqa: S101 - one is always tried
    raise BadLine(
        f"{cas_types.short(missing)}; put its type system (TypeSystem.xml) beside it, in one "
        "folder or archive",
        name=member.name,
    ) from missing


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
