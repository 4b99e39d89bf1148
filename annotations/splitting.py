"""Splits as files: one a part, the assignment of documents to parts, and a manifest.

The manifest says what is needed to make the very same files again, and what proves that they are
the same. It holds no time of writing, so it comes out the same each time.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson

from annotations import formats, selection, splits
from annotations.codebook import to_toml
from annotations.document import Annotated, Document
from annotations.errors import BadInput, BadLine
from annotations.formats import Writing
from annotations.selection import Chosen, Selection
from annotations.splits import Assignment, Pair, Place, Plan
from annotations.store import Project, Store
from annotations.transfer import Outgoing
from annotations.transfer.sources import SPLIT as SCHEMA

ASSIGNMENT, MANIFEST = "assignment.tsv", "manifest.json"
_LARGEST = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Asked:
    """What to split, how, and into what."""

    selection: Selection = field(default_factory=Selection)
    plan: Plan = field(default_factory=Plan)
    format: str = "jsonl"
    writing: Writing = field(default_factory=Writing)
    frozen: Mapping[str, Place] = field(default_factory=dict)


@dataclass(slots=True)
class Part:
    """How much of everything is in one part; ``labels`` counts its spans by label."""

    documents: int = 0
    spans: int = 0
    relations: int = 0
    unmarked: int = 0
    labels: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Report:
    """What there is to say of a split: whole once all its files were read."""

    parts: dict[str, Part]
    across: list[Pair] = field(default_factory=list)
    alone: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    losses: Counter[str] = field(default_factory=Counter)
    manifest: dict[str, Any] = field(default_factory=dict)


class Split:
    """A split under way: ``files`` are its names and contents, made as they are read.

    All of it sees the database at one moment, on the thread that reads it; read it inside of
    ``store.database.reading()``. Raises what ``Outgoing`` raises, and ``BadInput`` for a plan that
    cannot be followed.
    """

    def __init__(
        self,
        store: Store,
        project: Project,
        asked: Asked,
        progress: Callable[[int], None] | None = None,
    ):
        self._store, self._project, self._asked = store, project, asked
        self._progress = progress
        self._entry = formats.get(asked.format)
        asked.plan.checked()
        if self._entry.write is None:
            raise BadInput(f"Postil reads {asked.format} but does not write it.")
        self.report = Report({name: Part() for name in asked.plan.parts})
        self._hashes: dict[str, tuple[str, int]] = {}

    def files(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Each file in turn: its name and its pieces, to be read before the next is asked for."""
        made, keys = self._assigned()
        for part in self._asked.plan.parts:
            among = {keys[uid] for uid, place in made.places.items() if place.part == part}
            name = f"{part}{self._entry.suffixes[0]}"
            yield name, self._hashed(name, self._written(among))
        places = {**self._asked.frozen, **made.places}
        yield ASSIGNMENT, self._hashed(ASSIGNMENT, iter([splits.write(places)]))
        self.report.manifest = self._manifest()
        yield MANIFEST, iter([_json(self.report.manifest)])

    def _chosen(self, among: set[int] | None = None) -> Chosen:
        # A split is made to train with, whatever its format.
        said = self._asked.selection
        if not said.states:
            said = replace(said, states=("done",))
        return Chosen(self._store, self._project, said, among=among)

    def _assigned(self) -> tuple[Assignment, dict[str, int]]:
        """Where each document goes that goes out; and the numbers of all."""
        keys: dict[str, int] = {}
        counts: dict[str, Part] = {}
        chosen = self._chosen()
        for entry in chosen:
            uid = entry.document.id
            if uid not in keys:
                keys[uid] = self._store.documents.key_of(self._project, uid)
                if self._progress is not None:
                    self._progress(len(keys))
            _count(counts.setdefault(uid, Part(documents=1)), entry)
        going = list(keys.values())
        # Also what is not done yet, so that nothing moves once it is.
        looked_at = going
        if self._asked.plan.by == "near":
            looked_at = self._store.documents.keys(self._project)
        values = (self._store.documents.by_key(key, keep=False).value for key in looked_at)

        def met() -> Iterator[Document]:
            for key, value in zip(looked_at, values, strict=True):
                keys[value.id] = key
                yield value

        def text_of(uid: str) -> str:
            return self._store.documents.by_key(keys[uid], keep=False).value.text

        plan = self._asked.plan
        made = splits.assign(met(), plan, text_of, self._asked.frozen).of(counts)
        for uid, place in made.places.items():
            _add(self.report.parts[place.part], counts[uid])
        self.report.across = made.across
        self.report.alone = 0 if plan.by in ("document", "near") else made.alone
        self.report.left_out = chosen.left_out
        return made, keys

    def _written(self, among: set[int]) -> Iterator[bytes]:
        write = self._entry.write
        assert write is not None  # noqa: S101 - looked at in the beginning
        writing = replace(
            self._asked.writing,
            title=self._project.name,
            codebook=to_toml(self._store.codebooks.of(self._project.key)),
        )
        going = Outgoing(self._chosen(among), write, writing=writing)
        yield from going
        self.report.losses += going.losses

    def _hashed(self, name: str, pieces: Iterator[bytes]) -> Iterator[bytes]:
        digest, size = hashlib.sha256(), 0
        for piece in pieces:
            digest.update(piece)
            size += len(piece)
            yield piece
        self._hashes[name] = digest.hexdigest(), size

    def _manifest(self) -> dict[str, Any]:
        asked, report = self._asked, self.report
        book = self._store.codebooks.of(self._project.key)
        frozen = splits.write(asked.frozen) if asked.frozen else None
        parts = {f"{name}{self._entry.suffixes[0]}": name for name in asked.plan.parts}
        return {
            "schema": SCHEMA,
            "postil": version("postil"),
            "command": asked.writing.command,
            "project": {"id": self._project.id, "name": self._project.name},
            "made_from": selection.made_from(self._store, self._project),
            "codebook": {
                "version": book.version,
                "sha256": hashlib.sha256(to_toml(book).encode()).hexdigest(),
            },
            "format": asked.format,
            "selection": selection.as_data(asked.selection),
            "writing": {
                "fragments": asked.writing.fragments,
                "borders": asked.writing.borders,
                "tokens": asked.writing.tokens,
            },
            "plan": splits.as_data(asked.plan),
            "frozen": None if frozen is None else hashlib.sha256(frozen).hexdigest(),
            "files": {
                name: {
                    "sha256": digest,
                    "bytes": size,
                    **({"part": parts[name]} if name in parts else {}),
                }
                for name, (digest, size) in self._hashes.items()
            },
            "parts": {
                name: {**asdict(part), "labels": dict(sorted(part.labels.items()))}
                for name, part in report.parts.items()
            },
            "near_across_parts": [asdict(pair) for pair in report.across],
            "without_group": report.alone,
            "left_out": dict(sorted(report.left_out.items())),
            "losses": dict(sorted(report.losses.items())),
        }


def command(format: str, plan: Plan) -> str:
    """How it was asked for, but for what says where things lie on this machine."""
    shares = ",".join(f"{name}={share}" for name, share in plan.parts.items())
    said = f"postil splits --format {format} --parts {shares} --by {plan.by}"
    return f"{said} --seed {plan.seed}" if plan.seed else said


def _count(part: Part, entry: Annotated) -> None:
    part.spans += len(entry.annotations)
    part.relations += len(entry.relations)
    part.labels.update(mark.label for mark in entry.annotations)


def _add(part: Part, document: Part) -> None:
    part.documents += 1
    part.spans += document.spans
    part.relations += document.relations
    part.unmarked += not document.spans
    part.labels += document.labels


def _json(data: Any) -> bytes:
    return orjson.dumps(data, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def read_manifest(path: Path) -> dict[str, Any]:
    """What a manifest says. Raises ``BadLine`` for a file that is none, and ``OSError``."""
    with path.open("rb") as file:
        data = file.read(_LARGEST)
    try:
        found = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise BadLine("this is not JSON", None, str(path)) from error
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        raise BadLine(f"this is no manifest of a split (“{SCHEMA}”)", None, str(path))
    if not isinstance(found.get("files"), dict):
        raise BadLine("this manifest names no files", None, str(path))
    return found


def asked_again(path: Path) -> tuple[str, Asked]:
    """The id of the project that a manifest was made from, and all that was asked for.

    The assignment beside it is what is frozen, so that documents which came since do not matter to
    those of then. Raises ``BadLine``, ``BadInput``, ``OSError``.
    """
    data = read_manifest(path)
    try:
        asked = Asked(
            selection.from_data(data["selection"]),
            splits.from_data(data["plan"]),
            str(data["format"]),
            Writing(**data["writing"], command=str(data["command"])),
            _frozen_again(path, data),
        )
        return str(data["project"]["id"]), asked
    except (KeyError, TypeError, AttributeError) as error:
        raise BadLine("this manifest does not say all that was asked for", None, str(path)) from (
            error
        )


def _frozen_again(path: Path, data: Mapping[str, Any]) -> dict[str, Place]:
    if data["frozen"] is None:
        return {}
    beside = path.with_name(ASSIGNMENT)
    return splits.read(beside.read_bytes(), str(beside))


def check(path: Path) -> list[str]:
    """What is wrong with the files beside a manifest: one that is not there, or not the same.

    Raises ``BadLine`` for a file that is no manifest, and ``OSError``.
    """
    wrong = []
    for name, said in read_manifest(path)["files"].items():
        if not isinstance(said, dict) or Path(name).name != name or name in (".", ".."):
            raise BadLine(f"“{name}” is no file beside this manifest", None, str(path))
        beside = path.with_name(name)
        if not beside.is_file():
            wrong.append(f"{name} is not there")
            continue
        with beside.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != said.get("sha256"):
            wrong.append(f"{name} has changed: its SHA-256 is {found}")
    return wrong
