"""The types of a UIMA CAS and what they are to us: shared by its two ways of being written.

Our own, which carry everything: ``postil.Span`` (identifier, label, entity, concept, note, unsure,
attributes and fragments as JSON and UTF-16 offsets, the rest as JSON), ``postil.Relation`` (from
``Governor`` to ``Dependent``, as INCEpTION has relations) and ``postil.Document`` (all else, as
JSON in the keys of the native format).

Other people's: an annotation is a mark, labelled with the short name of its type (DKPro's
``NamedEntity`` with its ``value``), features of it are attributes; one with a ``Governor`` and a
``Dependent`` is a relation, and so is a feature that leads to another annotation. Tokens and
sentences, and what is said of tokens, are no marks; they are counted.
"""

import io
import json
import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath
from types import ModuleType
from typing import TYPE_CHECKING, Any

from annotations.document import Annotated, Annotation, Relation, sha256
from annotations.errors import BadInput, BadLine, located
from annotations.formats import further
from annotations.formats.folders import PeoplesFolders
from annotations.formats.interface import BadParts, Member, Reading
from annotations.formats.offsets import Unit, lf
from annotations.formats.standoff import made_id
from annotations.formats.values import Json, plain
from annotations.spans import Utf16Index

if TYPE_CHECKING:
    from cassis import Cas, TypeSystem
    from cassis.typesystem import FeatureStructure

SPAN, RELATION, DOCUMENT = "postil.Span", "postil.Relation", "postil.Document"
_ANNOTATION, _TOP = "uima.tcas.Annotation", "uima.cas.TOP"
_WHOLE = "uima.tcas.DocumentAnnotation"
_DKPRO = "de.tudarmstadt.ukp.dkpro.core.api."
_NAMED_ENTITY = f"{_DKPRO}ner.type."
_OF_TOKENS = tuple(f"{_DKPRO}{each}." for each in ("segmentation", "lexmorph", "syntax.type"))
_DEPENDENCY = f"{_DKPRO}syntax.type.dependency."
_METADATA = f"{_DKPRO}metadata."
_DOCUMENT_DATA = f"{_METADATA}type.DocumentMetaData"
_INCEPTION = ("de.tudarmstadt.ukp.clarin.webanno.api.type.", "de.tudarmstadt.ukp.inception.")
_TEXTS = ("label", "entity", "concept", "note", "identifier")
_NO_FEATURE = re.compile(r"^\d|[^\w]")
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML file can hold."""

Sofas = dict[int, str]
"""Texts by the ids of their sofas, as the file has them."""


@dataclass(frozen=True, slots=True)
class Said:
    """Where an annotation stands as the file has it: UTF-16 code units of the sofa's text."""

    begin: int
    end: int
    sofa: int
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where an annotation stands: code points of the text with LF line ends."""

    start: int
    end: int
    line: int | None


@dataclass(frozen=True, slots=True)
class Found:
    """A CAS that was loaded, and what its file says of texts and places by itself."""

    cas: "Cas"
    name: str
    data: bytes
    units: Mapping[int, Unit]
    places: Mapping[int, Place]
    gone: frozenset[int] = frozenset()
    """The annotations that were left out because their place is none."""


def proved(
    sofas: Sofas, said: Mapping[int, Said], name: str, parts: BadParts
) -> tuple[dict[int, Unit], dict[int, Place], frozenset[int]]:
    """The texts with their unit, each place in code points, and the annotations without one.

    Raises ``BadLine``, unless bad ``parts`` may be left out, for a place that is none: outside the
    text, or in the middle of a character. The package warns of those alone, and goes on with a
    wrong one.
    """
    units = {uid: Unit("UTF-16", text, "utf-16") for uid, text in sofas.items()}
    places = {}
    gone = set()
    for uid, each in said.items():
        unit = units.get(each.sofa)
        if unit is None:
            continue
        try:
            if each.begin > each.end:
                raise BadInput("an annotation ends before it begins")
            places[uid] = Place(unit.place(each.begin), unit.place(each.end), each.line)
        except BadInput as error:
            reason = f"{each.begin}–{each.end}: {error}"
            if parts.may_be_left_out:
                reason = f"the annotation {uid}: {reason}"
            parts.leave_out(BadLine(reason, each.line, name or None))
            gone.add(uid)
    return units, places, frozenset(gone)


def package() -> ModuleType:
    """dkpro-cassis. Raises ``BadInput`` with what to install."""
    try:
        import cassis
        import cassis.typesystem
    except ImportError as error:
        raise BadInput(
            "A CAS is read and written with dkpro-cassis, which is not installed; "
            "install it with: pip install 'postil[cas]'"
        ) from error
    # It warns of places that are none and goes on; what is wrong with them is told by ``proved``.
    warnings.filterwarnings("ignore", "Not mapping external offset")
    module: ModuleType = cassis
    return module


def content(member: Member, most: int) -> bytes:
    """The bytes of a file. Raises ``BadLine`` for one that is too long."""
    with member.open() as stream:
        data = stream.read(most + 1)
    if len(data) > most:
        raise BadLine(
            f"a file may have {most // 2**20} MB, and this one has more", name=member.name
        )
    return data


def checked(types: "TypeSystem") -> "TypeSystem":
    """A type system, once all its features have plain names.

    dkpro-cassis makes Python of them, so what else a name might hold would be run. Nothing is made
    before the first feature structure is. Raises ``BadLine``.
    """
    for each in types.get_types(built_in=True):
        for feature in each.features:
            if _NO_FEATURE.search(feature.name) or not feature.name:
                raise BadLine(
                    f"the type {each.name[:80]} has a feature {feature.name[:80]!r}, and "
                    "features are named with letters, digits and underscores"
                )
    return types


def short(error: Exception) -> str:
    said = str(getattr(error, "message", "") or error) or type(error).__name__
    return " ".join(said.split())[:200]


def seed(members: Sequence[Member]) -> str:
    """What ids of layers are made of: the same for the same files."""
    return sha256("\n".join(f"{member.name} {member.size}" for member in members))


def seed_of(data: bytes) -> str:
    return sha256(data.decode("utf-8", "replace"))


# ── types ─────────────────────────────────────────────────────────────────────────────────────────


def our_types() -> "TypeSystem":
    """The types that are written. A new one each time: loading adds to them."""
    types = package().TypeSystem()
    document = types.create_type(
        DOCUMENT, _TOP, "What Postil knows of the document and of whose marks these are, as JSON"
    )
    types.create_feature(document, "data", "uima.cas.String")
    span = types.create_type(SPAN, _ANNOTATION, "A mark")
    for name in (*_TEXTS, "fragments", "attributes", "data"):
        types.create_feature(span, name, "uima.cas.String")
    types.create_feature(span, "unsure", "uima.cas.Boolean")
    relation = types.create_type(RELATION, _ANNOTATION, "A relation from Governor to Dependent")
    for name in ("Governor", "Dependent"):
        types.create_feature(relation, name, SPAN)
    for name in ("identifier", "label", "entity", "data"):
        types.create_feature(relation, name, "uima.cas.String")
    made: TypeSystem = types
    return made


@cache
def _ours_and_dkpros() -> str:
    cassis = package()
    # The package's own way to them warns of a library that it has it from.
    path = files("cassis").joinpath("resources", "dkpro-core-types.xml")
    dkpros = cassis.load_typesystem(io.BytesIO(path.read_bytes()))
    if not dkpros.contains_type(_DOCUMENT_DATA):
        said = dkpros.create_type(_DOCUMENT_DATA, _WHOLE)
        for name in ("documentTitle", "documentId", "documentUri", "collectionId"):
            dkpros.create_feature(said, name, "uima.cas.String")
        for name in ("documentBaseUri", "isLastSegment"):
            dkpros.create_feature(said, name, "uima.cas.String")
    merged: str = cassis.merge_typesystems(dkpros, our_types()).to_xml()
    return merged


def known_types() -> "TypeSystem":
    """The types that are known without a type system beside the file."""
    types: TypeSystem = package().load_typesystem(io.BytesIO(_ours_and_dkpros().encode("utf-8")))
    return types


# ── reading ───────────────────────────────────────────────────────────────────────────────────────


class Corpus:
    """What the files of one import have in common: the seed of their ids, what is told of them,
    and which folders are people's."""

    def __init__(self, seed: str, reading: Reading):
        self.seed, self.reading = seed, reading
        self._people: PeoplesFolders | None = None

    def meet_people(
        self, members: Sequence[Member], text_of: Callable[[Member], str | None]
    ) -> None:
        """See which folders are people's; ``text_of`` gives what tells one text from others."""
        by_path = {_bare(member.name): member for member in members}
        self._people = PeoplesFolders(by_path, lambda path: text_of(by_path[path]))

    def person(self, name: str) -> str:
        """Whose folder a file lies in; or empty."""
        return self._people.person(_bare(name).parent) if self._people else ""


def _bare(name: str) -> PurePosixPath:
    return PurePosixPath(name.replace("\\", "/")).with_suffix("")


def documents(found: Found, corpus: Corpus) -> Iterator[Annotated]:
    """The document of each text in a CAS. Raises ``BadInput``, naming file and line if known."""
    texts = 0
    for view in found.cas.views:
        sofa = view.sofa
        if isinstance(sofa.sofaString, str) and sofa.xmiID in found.units:
            texts += 1
            yield _View(found, sofa.sofaID, sofa.xmiID, corpus).annotated()
    if not texts:
        raise BadLine("there is no text in it (no Sofa with a sofaString)", name=found.name or None)


class _View:
    """One text of a CAS with what is marked in it."""

    def __init__(self, found: Found, view: str, sofa: int, corpus: Corpus):
        self._found, self._view, self._corpus = found, view, corpus
        self._lost, self._parts = corpus.reading.lost, corpus.reading.parts
        self._unit = found.units[sofa]
        self._text = lf(self._unit.variant)
        self._structures: list[FeatureStructure] = sorted(
            found.cas.get_view(view).select_all_fs(), key=lambda each: each.xmiID
        )
        self._file = seed_of(found.data)
        self._made = further.Made(self._text)
        self._ids: dict[int, str] = {}
        self._placeless: set[int] = set()
        """Feature structures that stand nowhere, until it is known that a relation came of one."""

    def annotated(self) -> Annotated:
        relations = []
        for each in self._structures:
            name = each.type.name
            if name == DOCUMENT:
                self._document(each)
            elif _has(each, "Governor") and _has(each, "Dependent"):
                relations.append(each)
            elif self._is_mark(each):
                try:
                    self._mark(each)
                except BadInput as error:
                    self._leave_out(each, error)
        for each in self._structures:
            if each.xmiID in self._ids and each.type.name != SPAN:
                self._links(each)
        for each in relations:
            try:
                self._relation(each)
            except BadInput as error:
                self._leave_out(each, error, "relation")
        if self._placeless:
            self._lost["feature structures that stand nowhere in the text"] += len(self._placeless)
        self._describe()
        try:
            return self._made.annotated({}, self._parts)
        except BadInput as error:
            reason = error.reason if isinstance(error, BadLine) else str(error)
            raise BadLine(reason, name=self._found.name or None) from error

    def _leave_out(self, each: "FeatureStructure", error: BadInput, part: str = "span") -> None:
        """Have a bad annotation or relation left out, or raise the error."""
        if not self._parts.may_be_left_out:
            raise error
        place = self._found.places.get(each.xmiID)
        found = located(error, place.line if place else None, self._found.name or None)
        self._parts.leave_out(found, part, f"the {each.type.name} {each.xmiID}")

    def _is_mark(self, each: "FeatureStructure") -> bool:
        """Whether it is an annotation that is a mark; says what is known of the text on the way."""
        name = each.type.name
        place = self._found.places.get(each.xmiID)
        if name == _WHOLE:
            language = getattr(each, "language", None)
            if isinstance(language, str) and language not in ("", "x-unspecified"):
                self._made.ours.setdefault("language", language)
            return False
        if name.startswith((_METADATA, *_INCEPTION)):
            return False
        if each.xmiID in self._found.gone:
            return False
        if place is None or not hasattr(each, "begin"):
            if not name.startswith("uima.cas."):  # Lists and such, which hold what is told itself.
                self._placeless.add(each.xmiID)
            return False
        if name.startswith(_OF_TOKENS):
            self._lost["tokens, sentences and what is said of them"] += 1
            return False
        start, end = place.start, place.end
        if start == end:
            self._lost["spans without a character"] += 1
            return False
        return True

    def _mark(self, each: "FeatureStructure") -> None:
        place = self._found.places[each.xmiID]
        start, end = place.start, place.end
        said: Json = {}
        extra: Json = {}
        if each.type.name == SPAN:
            said, extra = self._rest(each)
            for key in ("label", "entity", "concept", "note"):
                if (text := _text(each, key)) is not None:
                    said[key] = text
            if (uid := _text(each, "identifier")) is not None:
                said["id"] = uid
            if getattr(each, "unsure", None) is True:
                said["unsure"] = True
            if (attributes := _text(each, "attributes")) is not None:
                said["attributes"] = self._json(attributes, "attributes", each)
            if fragments := _text(each, "fragments"):
                said["fragments"] = self._fragments(fragments)
        else:
            said["label"], said["attributes"] = _label(each), self._features(each)
        said["start"], said["end"] = start, end
        said.setdefault("id", made_id(self._file, str(each.xmiID)))
        said.setdefault("label", "mark")
        self._ids[each.xmiID] = str(said["id"])
        self._made.spans.append((said, extra))
        self._made.names[str(said["id"])] = f"the {each.type.name} {each.xmiID}"

    def _rest(self, each: "FeatureStructure") -> tuple[Json, Json]:
        """What our own types hold as JSON: what is ours, and the unknown keys."""
        given = _text(each, "data")
        said = self._json(given, "data", each) if given else {}
        if not isinstance(said, dict):
            raise BadLine("“data” of one of Postil's own types holds no JSON object")
        extra = said.pop("extra", {})
        if not isinstance(extra, dict):
            raise BadLine("“extra” in “data” is no JSON object")
        return said, extra

    def _json(self, text: str, what: str, each: "FeatureStructure") -> Any:
        place = self._found.places.get(each.xmiID)
        try:
            return plain(json.loads(text))
        except (ValueError, RecursionError) as error:
            raise BadLine(
                f"“{what}” of the {each.type.name} {each.xmiID} is not JSON: {error}",
                place.line if place else None,
                self._found.name or None,
            ) from None

    def _fragments(self, said: str) -> list[list[int]]:
        try:
            pairs = [[int(n) for n in part.split("-")] for part in said.split()]
        except ValueError:
            raise BadLine("fragments are written as “0-6 7-12”") from None
        return [[self._unit.place(n) for n in pair] for pair in pairs]

    def _features(self, each: "FeatureStructure", without: Sequence[str] = ()) -> Json:
        """The features that are texts, numbers, yes or no, or lists of such."""
        said: Json = {}
        for feature in each.type.all_features:
            value = getattr(each, feature.name, None)
            name = _feature_name(feature.name)
            if name in ("begin", "end", "sofa", *without) or value is None:
                continue
            if each.type.name.startswith(_NAMED_ENTITY) and name == "value":
                continue
            if hasattr(value, "elements"):
                value = value.elements
            if isinstance(value, (list, tuple)) and value and all(map(_is_plain, value)):
                said[name] = [_plain(inner) for inner in value]
            elif _is_plain(value):
                said[name] = _plain(value)
        return said

    # Relations.

    def _relation(self, each: "FeatureStructure") -> None:
        head, child = (getattr(each, end, None) for end in ("Governor", "Dependent"))
        ours = each.type.name == RELATION
        said: Json = {}
        extra: Json = {}
        if ours:
            said, extra = self._rest(each)
            if (uid := _text(each, "identifier")) is not None:
                said["id"] = uid
        for uid in (getattr(end, "xmiID", None) for end in (head, child)):
            if uid in self._found.gone:
                raise BadLine(f"its end {uid} was left out")
        head_id = self._ids.get(getattr(head, "xmiID", None) or -1)
        child_id = self._ids.get(getattr(child, "xmiID", None) or -1)
        entity = said.pop("child_entity", None) or (_text(each, "entity") if ours else None)
        if ours and entity is None and child is None:
            entity = ""
        if head_id is None or (child_id is None and entity is None):
            of_tokens = each.type.name.startswith(_OF_TOKENS)
            what = "tokens, sentences and what is said of them"
            self._lost[what if of_tokens else "relations of what is no mark"] += 1
            return
        said.setdefault("id", made_id(self._file, str(each.xmiID)))
        said["head"] = head_id
        if child_id is not None:
            said["child"] = child_id
        else:
            said["child_entity"] = entity
        if ours:
            label = _text(each, "label")
            if label is not None:
                said["label"] = label
        else:
            said["label"], named = _relation_label(each)
            if more := self._features(each, ("Governor", "Dependent", named)):
                extra["cas"] = more
        said.setdefault("label", "relation")
        self._made.relations.append((said, extra))

    def _links(self, each: "FeatureStructure") -> None:
        """The features of a mark that lead to others, by themselves or with a role in between."""
        for feature in each.type.all_features:
            value = getattr(each, feature.name, None)
            if value is None or isinstance(value, str):
                continue
            targets = getattr(value, "elements", value)
            for number, target in enumerate(targets if isinstance(targets, list) else [targets]):
                role = _text(target, "role") if hasattr(target, "target") else None
                end = getattr(target, "target", target)
                child = self._ids.get(getattr(end, "xmiID", None) or -1)
                if child is not None and hasattr(end, "type"):
                    self._placeless.discard(getattr(target, "xmiID", None))
                    uid = made_id(self._file, str(each.xmiID), feature.name, str(number))
                    said = {
                        "id": uid,
                        "head": self._ids[each.xmiID],
                        "child": child,
                        "label": role or _feature_name(feature.name),
                    }
                    self._made.relations.append((said, {}))

    # The document.

    def _document(self, each: "FeatureStructure") -> None:
        said, extra = self._rest(each)
        self._made.ours.update(said)
        self._made.extra.update(extra)

    def _describe(self) -> None:
        """What other tools say of document and annotator, where ours says nothing."""
        ours = self._made.ours
        if "id" in ours:
            return
        title = PurePosixPath(self._found.name.replace("\\", "/")).stem
        user = ""
        for each in self._structures:
            if each.type.name.startswith(_METADATA):
                title = _text(each, "documentTitle") or _text(each, "documentId") or title
            elif each.type.name.endswith(".CASMetadata"):
                title = _text(each, "sourceDocumentName") or title
                user = _text(each, "username") or ""
        if user := user or self._corpus.person(self._found.name):
            ours["annotator"] = user
            ours["layer"] = made_id("layer", self._corpus.seed, user)
        if self._view != "_InitialView":
            title = f"{title} · {self._view}"
        ours["title"] = title or "document"
        ours["id"] = made_id("document", ours["title"], sha256(self._text))


def _has(each: "FeatureStructure", name: str) -> bool:
    return any(feature.name == name for feature in each.type.all_features)


def _text(each: Any, name: str) -> str | None:
    value = getattr(each, name, None)
    return value if isinstance(value, str) else None


def _label(each: "FeatureStructure") -> str:
    short = str(each.type.name).rpartition(".")[2]
    if each.type.name.startswith(_NAMED_ENTITY):
        return _text(each, "value") or short
    return short


def _relation_label(each: "FeatureStructure") -> tuple[str, str]:
    """What a relation is called, and the feature that says it: empty for the name of the type."""
    for name in ("DependencyType", "label", "value"):
        if text := _text(each, name):
            return text, name
    return str(each.type.name).rpartition(".")[2], ""


def _feature_name(name: str) -> str:
    """The name of a feature; the package calls two of them otherwise."""
    return {"self_": "self", "type_": "type"}.get(name, name)


def _is_plain(value: Any) -> bool:
    return isinstance(value, (str, bool, int, float))


def _plain(value: Any) -> Any:
    """The value as JSON has it, which knows no infinity."""
    endless = isinstance(value, float) and (value != value or value in (1e999, -1e999))
    return str(value) if endless else value


# ── writing ───────────────────────────────────────────────────────────────────────────────────────


def made(annotated: Annotated, types: "TypeSystem", lost: Counter[str], *, for_xml: bool) -> "Cas":
    """The CAS of one layer of a document.

    For XML, characters of the text that it cannot hold become U+FFFD and are counted as ``texts``.
    """
    cassis = package()
    document = annotated.document
    text = document.text
    if for_xml and (times := len(_NO_XML.findall(text))):
        lost["texts"] += times
        text = _NO_XML.sub("\ufffd", text)
    cas: Cas = cassis.Cas(typesystem=types)
    cas.sofa_string = text
    cas.sofa_mime = "text/plain"
    cas.document_language = document.language if _fits(document.language) else "x-unspecified"
    cas.get_document_annotation().end = len(text)
    whole = types.get_type(DOCUMENT)
    cas.add(whole(data=_dumped(_document(annotated), document.extra)))
    index = Utf16Index(document.text)
    made: dict[str, FeatureStructure] = {}
    for mark in annotated.annotations:
        made[mark.id] = _span(mark, types, index)
        cas.add(made[mark.id])
    for relation in annotated.relations:
        cas.add(_join(relation, types, made))
    return cas


def _document(annotated: Annotated) -> Json:
    said = further.of_document(annotated, "cas", ("format",))
    said.setdefault("title", annotated.document.title)
    return said


def _span(mark: Annotation, types: "TypeSystem", index: Utf16Index) -> "FeatureStructure":
    said = further.of_annotation(mark)
    features: Json = {"begin": mark.start, "end": mark.end}
    for key, value in (
        ("identifier", said.pop("id")),
        ("label", mark.label),
        ("entity", said.pop("entity", None)),
        ("concept", said.pop("concept", None)),
        ("note", said.pop("note", None)),
    ):
        if value is None:
            continue
        if _fits(value):
            features[key] = value
        else:
            said[key] = value
    if attributes := said.pop("attributes", None):
        features["attributes"] = json.dumps(attributes)
    if fragments := said.pop("fragments", None):
        features["fragments"] = " ".join(
            "-".join(str(index.to_utf16(place)) for place in part) for part in fragments
        )
    if said.pop("unsure", False):
        features["unsure"] = True
    if said or mark.extra:
        features["data"] = _dumped(said, mark.extra)
    made: FeatureStructure = types.get_type(SPAN)(**features)
    return made


def _join(
    relation: Relation, types: "TypeSystem", marks: dict[str, "FeatureStructure"]
) -> "FeatureStructure":
    """A relation; it stands where its end does, as such have to for INCEpTION."""
    head = marks[relation.head]
    child = marks[relation.child] if relation.child is not None else None
    anchor: Any = head if child is None else child
    said: Json = {}
    features: Json = {"begin": anchor.begin, "end": anchor.end, "Governor": head}
    if child is not None:
        features["Dependent"] = child
    for key, value in (
        ("identifier", relation.id),
        ("label", relation.label),
        ("entity", relation.child_entity),
    ):
        if value is None:
            continue
        if _fits(value):
            features[key] = value
        else:
            said["child_entity" if key == "entity" else key] = value
    if said or relation.extra:
        features["data"] = _dumped(said, relation.extra)
    made: FeatureStructure = types.get_type(RELATION)(**features)
    return made


def _fits(text: str) -> bool:
    """Whether XML gives a text back as it is; others go out as JSON."""
    return bool(text) and not _NO_XML.search(text)


def _dumped(said: Json, extra: Mapping[str, Any]) -> str:
    """What no feature says, as JSON in ASCII; unknown keys apart from ours."""
    return json.dumps({**said, "extra": dict(extra)} if extra else said)
