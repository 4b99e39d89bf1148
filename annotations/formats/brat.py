"""brat standoff: a text file and, beside it, an ``.ann`` file of what is marked in it.

Read from a folder or an archive; written as a ZIP archive. Offsets are code points; what the spans
quote proves it, and UTF-16 (from browsers) and counted CRLF are told apart by that. What the lines
mean stands in ``standoff``.

- A text without an ``.ann`` file is a document without marks; an ``.ann`` file without its text is
  refused. ``.a1`` and ``.a2`` are read like parts of one ``.ann`` file.
- The same text under the same name in several folders is one document, marked by several people:
  each folder is a layer, called like it; so are their other texts. Folders that are nobody's are
  counted, because only the names of texts are kept.
- Names that differ in how their letters are composed (NFC, NFD) are the same name.
- Files are in UTF-8, or in the encoding that a person names.
- ``postil.conf``, written along, keeps what brat has no place for and needs not see: names that
  hold spaces, the documents' ids and titles, whose marks a folder holds, and which values are
  JSON. ``annotation.conf`` and ``visual.conf`` are for brat, and are not read.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

from annotations.document import (
    LAYER_KINDS,
    Annotated,
    Document,
    Layer,
    checked_id,
    checked_text,
    sha256,
)
from annotations.errors import BadInput, BadLine
from annotations.formats import standoff
from annotations.formats.archive import slug, unique, zipped
from annotations.formats.folders import PeoplesFolders, apart, composed, shared_root
from annotations.formats.interface import Member, Reading, Writing
from annotations.formats.losses import count
from annotations.formats.offsets import lf
from annotations.formats.registry import get
from annotations.formats.standoff import KEY, Types, made_id, split
from annotations.formats.standoff_out import Kept, Seen, written
from annotations.formats.values import Json, name_of
from annotations.ingest.encodings import decoded

MAX_FILE = 64 * 1024 * 1024
"""Bytes of a text, or of the marks on it."""

CONF = "postil.conf"
SCHEMA = "postil-brat/1"
_MARKS = (".ann", ".a1", ".a2")
_BRATS = ("annotation.conf", "visual.conf", "tools.conf", "kb_shortcuts.conf", ".stats_cache")
_UNNAMED = "unnamed"


@dataclass(slots=True)
class _Conf:
    """What ``postil.conf`` says of the folders at and below its own."""

    types: Types = field(default_factory=Types)
    documents: Json = field(default_factory=dict)
    layers: Json = field(default_factory=dict)
    json_ids: Json = field(default_factory=dict)
    _places: dict[int, dict[str, int]] = field(default_factory=dict)

    def document(self, base: str) -> Json:
        """What is said of the document of that name, however that is composed."""
        names = (base, *(each for each in self.documents if composed(each) == base))
        said = next((self.documents[each] for each in names if each in self.documents), None)
        return said if isinstance(said, dict) else {}

    def place(self, among: Json, name: str) -> int:
        """The place of a name among the documents or the layers; behind all for another."""
        places = self._places.get(id(among))
        if places is None:
            places = self._places[id(among)] = {each: n for n, each in enumerate(among)}
        return places.get(name, len(places))


@dataclass(slots=True)
class _Stem:
    """The files that share a path but for its ending."""

    path: PurePosixPath
    text: Member | None = None
    marks: list[Member] = field(default_factory=list)

    @property
    def folder(self) -> PurePosixPath:
        return self.path.parent


# ── reading ───────────────────────────────────────────────────────────────────────────────────────


def gather(
    members: Sequence[Member],
    bad: Callable[[BadLine], None] | None = None,
    reading: Reading | None = None,
) -> Iterator[Annotated]:
    """The documents of a folder or archive, in the order of the texts' names.

    Raises ``BadLine`` with the file, the line and the reason. With ``bad`` given, that is called
    instead, and the line left out, or the file where all of it is bad.
    """
    corpus = _Corpus(members, (reading or Reading()).reporting_to(bad))
    for base, stems in corpus.named.items():
        yield from corpus.documents(base, stems)


class _Corpus:
    def __init__(self, members: Sequence[Member], reading: Reading):
        self._reading = reading
        self._confs: dict[PurePosixPath, _Conf] = {}
        stems: dict[str, _Stem] = {}
        for member in members:
            path = PurePosixPath(member.name)
            suffix = path.suffix.lower()
            if path.name == CONF:
                try:
                    self._confs[path.parent] = _conf(member)
                except BadInput as error:
                    reading.parts.leave_out(error, "file")
            elif suffix == ".txt":
                _at(stems, path).text = member
            elif suffix in _MARKS:
                _at(stems, path).marks.append(member)
            elif path.name not in _BRATS:
                reading.lost["files that are neither texts nor marks"] += 1
        found = _paired(stems.values())
        self.named: dict[str, list[_Stem]] = {}
        """The stems by the last part of their paths."""
        for stem in sorted(found, key=self._place):
            self.named.setdefault(composed(stem.path.name), []).append(stem)
        self._texts = {str(stem.path): stem.text for stem in found if stem.text is not None}
        self._people = PeoplesFolders(map(PurePosixPath, self._texts), self._text_of)
        self._root = shared_root(PurePosixPath(path).parent for path in self._texts)
        self._seed = sha256(
            "\n".join(f"{each.name} {each.size}" for stem in found for each in stem.marks)
        )

    def _place(self, stem: _Stem) -> tuple[int, int]:
        """Where a file stands: in the order of our own file, what it does not name at the end."""
        conf, root = self._conf_of(stem)
        inside = _inside(stem.folder, root)
        return conf.place(conf.documents, stem.path.name), conf.place(conf.layers, inside)

    def _text_of(self, path: PurePosixPath) -> str | None:
        """What tells the text of a path from others; what cannot be read is refused later."""
        member = self._texts[str(path)]
        try:
            return sha256(lf(_content(member, self._reading.encoding)))
        except BadInput:
            return None

    def documents(self, base: str, stems: Sequence[_Stem]) -> Iterator[Annotated]:
        """The documents whose files bear one name: one a text."""
        alike: dict[str, list[tuple[_Stem, str]]] = {}
        parts = self._reading.parts
        for stem in stems:
            try:
                if stem.text is None:
                    raise BadLine(
                        f"there is no {stem.path.name}.txt beside it, and marks need their text; "
                        "put it there, or leave this file out",
                        name=stem.marks[0].name,
                    )
                raw = _content(stem.text, self._reading.encoding)
                alike.setdefault(lf(raw), []).append((stem, raw))
            except BadInput as error:
                parts.leave_out(error, "file")
        for text, same in alike.items():
            first = same[0][0]
            assert first.text is not None  # noqa: S101 - it was read
            parts.name = first.text.name
            try:
                yield from self._document(base, text, same)
            except BadInput as error:
                parts.leave_out(error, "")

    def _document(
        self, base: str, text: str, same: Sequence[tuple[_Stem, str]]
    ) -> Iterator[Annotated]:
        document = self._described(base, text, same[0][0])
        folders = [stem.folder for stem, _ in same]
        people = apart(folders) if len(same) > 1 else [self._people.person(folders[0])]
        layers, reads = [], []
        for (stem, raw), person in zip(same, people, strict=True):
            layers.append(self._layer(stem, person))
            reads.append(self._read(document, stem, raw))
        loose = {
            (layer.annotator if layer else ""): read.lines
            for layer, read in zip(layers, reads, strict=True)
            if read is not None and read.lines
        }
        if loose:
            document = replace(document, extra={KEY: {"lines": loose}})
        said = False
        for (stem, _), layer, read in zip(same, layers, reads, strict=True):
            if read is not None:
                said = True
                self._reading.parts.name = stem.marks[0].name
                self._reading.lost.update(read.lost)
                yield Annotated(
                    document=document,
                    layer=layer,
                    annotations=read.annotations,
                    relations=read.relations,
                )
        if not said:
            yield Annotated(document=document)

    def _described(self, base: str, text: str, stem: _Stem) -> Document:
        """The document of that name: its id as our own file has it, else made of name and text."""
        conf, _ = self._conf_of(stem)
        said = conf.document(base) if base in conf.documents or not base.isascii() else {}
        given, title, revision = said.get("id"), said.get("title"), said.get("revision")
        uid = given if isinstance(given, str) else made_id("document", base, sha256(text))
        try:
            return Document(
                id=checked_id(uid, "id of a document"),
                title=checked_text(title if isinstance(title, str) else base, "title"),
                text=text,
                revision=revision if type(revision) is int and revision > 0 else 1,
            )
        except BadInput as error:
            raise BadLine(str(error), name=CONF) from error

    def _conf_of(self, stem: _Stem) -> tuple[_Conf, PurePosixPath]:
        for folder in (stem.folder, *stem.folder.parents):
            if folder in self._confs:
                return self._confs[folder], folder
        return _Conf(), PurePosixPath()

    def _layer(self, stem: _Stem, person: str) -> Layer | None:
        """Whose marks a folder holds: as our own file says, or of whom it is called after."""
        conf, root = self._conf_of(stem)
        inside = _inside(stem.folder, root)
        if inside in conf.layers:
            said = conf.layers[inside]
            return None if said is None else _layer(said, made_id("layer", self._seed, inside))
        if not person:
            if stem.folder != self._root:
                self._reading.lost["folders of documents"] += 1
            return None
        return Layer(id=made_id("layer", self._seed, person), annotator=person)

    def _read(self, document: Document, stem: _Stem, raw: str) -> standoff.Read | None:
        """The marks of one folder on a document, or ``None`` where it has no file of them."""
        contents = []
        for member in stem.marks:
            try:
                content = _content(member, self._reading.encoding).removeprefix("\ufeff")
                contents.append((member.name, content))
            except BadInput as error:
                self._reading.parts.leave_out(error, "file")
        if not contents:
            return None
        conf, root = self._conf_of(stem)
        inside = _inside(stem.path, root)
        flagged = conf.json_ids.get(inside)
        seed = "\n".join((document.id, inside, *(sha256(content) for _, content in contents)))
        ids = [each for each in flagged if isinstance(each, str)] if flagged else []
        lines = (line for name, content in contents for line in split(name, content))
        self._reading.parts.name = contents[0][0]
        return standoff.read(lines, raw, conf.types, ids, seed, self._reading)


def _paired(stems: Iterable[_Stem]) -> list[_Stem]:
    """The stems, with marks and texts together whose names are only composed differently."""
    found = list(stems)
    waiting: dict[str, _Stem] = {}
    for stem in found:
        if stem.text is not None and not stem.marks:
            waiting.setdefault(composed(str(stem.path)), stem)
    paired = []
    for stem in found:
        other = waiting.get(composed(str(stem.path))) if stem.text is None else None
        if other is None:
            paired.append(stem)
        else:
            other.marks += stem.marks
    return paired


def _at(stems: dict[str, _Stem], path: PurePosixPath) -> _Stem:
    bare = path.with_suffix("")
    return stems.setdefault(str(bare), _Stem(bare))


def _inside(path: PurePosixPath, root: PurePosixPath) -> str:
    inside = str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
    return "" if inside == "." else inside


def _content(member: Member, encoding: str = "") -> str:
    """The text of a file, line ends as they are. Raises ``BadLine``."""
    if member.size > MAX_FILE:
        raise BadLine(
            f"a file may have {MAX_FILE // 2**20} MB, and this one has more; divide it",
            name=member.name,
        )
    with member.open() as stream:
        data = stream.read(MAX_FILE + 1)
    if encoding and not data.startswith(b"\xef\xbb\xbf"):
        try:
            found = decoded(data, member.name, encoding, is_one_of_many=True).text
            return checked_text(found, "file")
        except BadInput as error:
            raise BadLine(str(error), name=member.name) from error
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadLine("the file is in UTF-16; save it as UTF-8", name=member.name)
    try:
        content = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadLine(
            "the file is not in UTF-8; save it so, or say its encoding", line, member.name
        ) from None
    try:
        return checked_text(content, "file")
    except BadInput as error:
        raise BadLine(str(error), name=member.name) from error


def _conf(member: Member) -> _Conf:
    """What our own file says. Raises ``BadLine``."""
    try:
        data = json.loads(_content(member).removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise BadLine(
            f"this is not JSON: {error}; restore the file, or remove it", name=member.name
        ) from None
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise BadLine(
            f"this is not what Postil writes (“{SCHEMA}”); is it newer, or another's? "
            "Without it brat's names are taken as they are",
            name=member.name,
        )
    for key in ("types", "documents", "layers", "json"):
        if not isinstance(data.get(key, {}), dict):
            raise BadLine(f"“{key}” is {name_of(data[key])}, not an object", name=member.name)
    types = data.get("types", {})
    for name, ours in types.items():
        if not isinstance(ours, str):
            raise BadLine(
                f"the name for “{name[:60]}” is {name_of(ours)}, not a text", name=member.name
            )
    for path, ids in data.get("json", {}).items():
        if not isinstance(ids, list):
            raise BadLine(f"what is said of “{path[:60]}” is no list", name=member.name)
    layers = data.get("layers", {})
    for folder, said in layers.items():
        if not (said is None or isinstance(said, dict)):
            raise BadLine(
                f"the layer “{folder[:60]}” is {name_of(said)}, not an object", name=member.name
            )
    return _Conf(Types(types), data.get("documents", {}), layers, data.get("json", {}))


def _layer(said: Json, uid: str) -> Layer:
    def text(key: str) -> str:
        value = said.get(key)
        return value if isinstance(value, str) else ""

    kind = text("kind")
    return Layer(
        id=uid,
        kind=kind if kind in LAYER_KINDS else "work",
        annotator=text("annotator"),
        name=text("name"),
        exercise=said["exercise"] if isinstance(said.get("exercise"), str) else None,
        frozen=said.get("frozen") is True,
    )


# ── writing ───────────────────────────────────────────────────────────────────────────────────────


def write(
    documents: Iterable[Annotated],
    losses: Counter[str] | None = None,
    writing: Writing | None = None,
) -> Iterator[bytes]:
    """A ZIP archive: the first layer's files at its root, those of others in a folder each.

    ``losses`` counts what cannot be carried; ``borders`` are spans that begin or end with a line
    break, which brat's do not, and those of which nothing else is left.
    """
    yield from zipped(files(documents, Counter() if losses is None else losses))


def files(documents: Iterable[Annotated], lost: Counter[str]) -> Iterator[tuple[str, list[bytes]]]:
    """The files of the archive, by name."""
    corpus = _Outgoing(lost)
    for annotated in documents:
        yield from corpus.files_of(annotated)
    yield from corpus.configuration()


class _Outgoing:
    def __init__(self, lost: Counter[str]):
        self._lost, self._types, self._seen = lost, Types(), Seen()
        self._names: dict[tuple[str, str], str] = {}
        self._taken: set[str] = set()
        self._written: set[str] = set()
        self._folders: dict[str | None, str] = {}
        self._documents: Json = {}
        self._layers: Json = {}
        self._json_ids: Json = {}

    def files_of(self, annotated: Annotated) -> Iterator[tuple[str, list[bytes]]]:
        document, layer = annotated.document, annotated.layer
        count(_without_ours(annotated), get("brat").carries, self._lost)
        marked = layer is not None or bool(annotated.annotations)
        folder = self._folder(layer) if marked else ""
        base = self._base(document, folder, marked)
        path = f"{folder}{base}"
        if f"{path}.txt" not in self._written:
            self._written.add(f"{path}.txt")
            yield f"{path}.txt", [document.text.encode("utf-8")]
        if not marked:
            return
        self._written.add(f"{path}.ann")
        loose = Kept(document.extra).objects("lines")
        said = loose.get(layer.annotator if layer else "")
        mine = [each for each in said if isinstance(each, str)] if isinstance(said, list) else []
        result = written(annotated, self._types, self._seen, self._lost, mine)
        if result.json_ids:
            self._json_ids[path] = result.json_ids
        yield f"{path}.ann", ["".join(f"{line}\n" for line in result.lines).encode("utf-8")]

    def _folder(self, layer: Layer | None) -> str:
        key = layer.id if layer else None
        if key in self._folders:
            return self._folders[key]
        name = ""
        if self._folders:
            name = unique(slug(layer.title if layer else _UNNAMED, _UNNAMED), self._taken)
        self._folders[key] = name and f"{name}/"
        self._layers[name] = layer and {
            key: value
            for key, value in (
                ("kind", layer.kind),
                ("annotator", layer.annotator),
                ("name", layer.name),
                ("exercise", layer.exercise),
                ("frozen", layer.frozen or None),
            )
            if value is not None
        }
        return self._folders[key]

    def _base(self, document: Document, folder: str, marked: bool) -> str:
        """What a document's files are called: like its title, each in its own way."""
        key = (document.id, document.sha256)
        base = self._names.get(key)
        if base is None or (marked and f"{folder}{base}.ann" in self._written):
            base = self._names[key] = unique(slug(document.title, "document"), self._taken)
            said: Json = {"id": document.id}
            if document.title != base:
                said["title"] = document.title
            if document.revision != 1:
                said["revision"] = document.revision
            self._documents[base] = said
        return base

    def configuration(self) -> Iterator[tuple[str, list[bytes]]]:
        """The three files beside the texts and marks, always in the same words."""
        seen = self._seen
        lines = ["[entities]", *sorted(seen.spans - set(seen.events)), "", "[relations]"]
        lines += [f"{name} Arg1:<ANY>, Arg2:<ANY>" for name in sorted(seen.relations)]
        lines += ["", "[events]"]
        for name, roles in sorted(seen.events.items()):
            lines.append(" ".join([name, ", ".join(f"{role}*:<ANY>" for role in sorted(roles))]))
        lines += ["", "[attributes]"]
        for name, values in sorted(seen.attributes.items()):
            plain = sorted(value for value in values if not re.search(r"[|,\s]", value))
            lines.append(f"{name} Arg:<ANY>" + (f", Value:{'|'.join(plain)}" if plain else ""))
        yield "annotation.conf", [_lines(lines)]
        looks = ["[labels]"]
        looks += [
            f"{name} | {ours}"
            for name, ours in sorted(self._types.renamed.items())
            if ours.isprintable() and "|" not in ours and ours.strip()
        ]
        yield "visual.conf", [_lines([*looks, "", "[drawing]"])]
        ours = {
            "schema": SCHEMA,
            "types": self._types.renamed,
            "layers": self._layers,
            "documents": self._documents,
            "json": self._json_ids,
        }
        yield CONF, [json.dumps(ours, ensure_ascii=False, indent=1).encode("utf-8") + b"\n"]


def _lines(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode("utf-8")


def _without_ours(annotated: Annotated) -> Annotated:
    """The same without what is kept of brat's: that is no loss."""

    def rest(extra: Any) -> Any:
        return {key: value for key, value in extra.items() if key != KEY} if KEY in extra else extra

    return replace(
        annotated,
        document=replace(annotated.document, extra=rest(annotated.document.extra)),
        annotations=tuple(replace(m, extra=rest(m.extra)) for m in annotated.annotations),
        relations=tuple(replace(r, extra=rest(r.extra)) for r in annotated.relations),
    )
