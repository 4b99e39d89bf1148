"""What of a project goes out: which documents and layers, which labels, and since when.

``Selection`` is a plain value, the same from the command line, the page, the HTTP door and Python.
``Chosen`` is one that is carried out: the entries that go out, and the counts of what does not.
"""

from collections import Counter
from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from annotations import formats, renaming
from annotations.document import STATES, Annotated
from annotations.errors import BadInput, BadLine, ChooseLayer, NotFound
from annotations.renaming import NOTHING, Renaming
from annotations.store import KeptLayer, Project, Store

ALL = "all"
"""In place of states: documents in whatever state."""

LEFT_OUT = {
    "not done": "documents that are not done",
    "unchanged": "documents that did not change since",
    "spans": "spans of other labels",
    "relations": "relations of what was left out",
}
"""What ``Chosen.left_out`` counts."""

_FINISHED = ("key", "adjudicated")
"""Kinds of layer whose marks are done by what they are, unless a state says otherwise."""

_LARGEST = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class After:
    """A moment after which something changed: ISO 8601 in UTC, to the millisecond.

    ``change`` is the number of the newest change that a file knew of, in the project of that id:
    sharper than the moment, where it is the same project.
    """

    at: str = ""
    change: int | None = None
    project: str = ""


@dataclass(frozen=True, slots=True)
class Selection:
    """What goes out. All of it may be left out: then everything does, of the only layer there is.

    ``document``  the id of one document; empty: the whole project
    ``layers``    layers by id or title; none: the only one there is
    ``every``     all layers, in place of naming them
    ``labels``    labels by name; none: all
    ``renaming``  other names for labels and kinds of relation, after ``labels``
    ``states``    documents in these states for the layer, or ``ALL``; none: what the format is for
                  (``done`` to train models with, else ``ALL``)
    ``after``     only documents that changed since
    ``negatives`` rejected suggestions too, in a layer of kind ``suggestion`` that says so
    """

    document: str = ""
    layers: tuple[str, ...] = ()
    every: bool = False
    labels: tuple[str, ...] = ()
    renaming: Renaming = NOTHING
    states: tuple[str, ...] = ()
    after: After | None = None
    negatives: bool = False


def as_data(selection: Selection) -> dict[str, Any]:
    """The selection as plain data, without what says nothing."""
    said: dict[str, Any] = {
        "document": selection.document,
        "layers": list(selection.layers),
        "every": selection.every,
        "labels": list(selection.labels),
        "states": list(selection.states),
        "negatives": selection.negatives,
    }
    if selection.renaming:
        said["renaming"] = asdict(selection.renaming)
    if selection.after:
        said["after"] = asdict(selection.after)
    return {name: value for name, value in said.items() if value}


def from_data(data: Mapping[str, Any]) -> Selection:
    """The selection that ``as_data`` described. Raises ``BadInput``."""
    try:
        names = data.get("renaming") or {}
        return Selection(
            document=str(data.get("document", "")),
            layers=tuple(map(str, data.get("layers", ()))),
            every=bool(data.get("every")),
            labels=tuple(map(str, data.get("labels", ()))),
            renaming=Renaming(dict(names["labels"]), dict(names["relations"]))
            if names
            else NOTHING,
            states=tuple(map(str, data.get("states", ()))),
            after=After(**data["after"]) if data.get("after") else None,
            negatives=bool(data.get("negatives")),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadInput(f"This is no selection: {error}.") from error


def choose_layers(
    store: Store,
    project: Project,
    document: str | None = None,
    named: Sequence[str] = (),
    every: bool = False,
) -> list[KeptLayer]:
    """The layers to export: those named by id or title, all of them, or the only one there is.

    They stand in the order in which they were made. Raises ``ChooseLayer`` when there are several
    and none is named, or a title is that of several; ``NotFound`` for a name that none bears, or an
    unknown document.
    """
    key = store.documents.key_of(project, document) if document else None
    if not named:
        return store.exchange.choose(project, key, every=every)
    present = store.exchange.layers_of(project, key)
    chosen = {}
    for name in named:
        found = [layer for layer in present if layer.value.id == name]
        found = found or [layer for layer in present if layer.value.title == name]
        if not found:
            raise NotFound("layer", name)
        if len(found) > 1:
            raise ChooseLayer(tuple(f"{k.value.title} ({k.value.id})" for k in found))
        chosen[found[0].key] = found[0]
    return [chosen[key] for key in sorted(chosen)]


def after(said: str) -> After:
    """The moment that a text says: ISO 8601, or the name of a manifest that Postil wrote.

    A moment without an offset is in UTC. Raises ``BadInput``, and ``BadLine`` for a file that is no
    manifest.
    """
    path = Path(said)
    with suppress(OSError, ValueError):  # a name that no file can have
        if path.is_file():
            return _after_manifest(path)
    return moment(said, " nor a manifest")


def moment(said: str, nor: str = "") -> After:
    """The moment that a text says, in ISO 8601; without an offset in UTC. Raises ``BadInput``."""
    try:
        found = datetime.fromisoformat(said.strip())
    except ValueError as error:
        raise BadInput(
            f"“{said[:80]}” is {'neither' if nor else 'not'} a moment "
            f"(2026-01-31, 2026-01-31T12:00Z){nor}."
        ) from error
    with suppress(OverflowError):
        found = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        return After(found.isoformat(timespec="milliseconds").replace("+00:00", "Z"))
    raise BadInput(f"“{said[:80]}” lies outside of the calendar.")


def _after_manifest(path: Path) -> After:
    with path.open("rb") as file:
        data = file.read(_LARGEST)
    try:
        made = orjson.loads(data)["made_from"]
        found = After(str(made["at"]), int(made["change"]), str(made["project"]))
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise BadLine(
            "this is no manifest of Postil’s: it does not say which state of the project its "
            "files were made from (“made_from”)",
            None,
            str(path),
        ) from error
    return found


def made_from(store: Store, project: Project) -> dict[str, str | int]:
    """Which state of a project a file is made from, as manifests say it and ``after`` reads it."""
    now = store.since.now(project)
    return {"project": project.id, "change": now.change, "at": now.at}


class Chosen(Iterator[Annotated]):
    """The entries that go out, document by document, each document's layers in turn.

    It sees the database at one moment, from the first entry to the last, on the thread that reads
    it. ``left_out`` counts in the words of ``LEFT_OUT``, ``unmarked`` the done documents that go
    out without a mark; ``deleted`` are the ids of those that were deleted since ``after``.

    ``among`` keeps only the documents of these numbers, and counts only those.

    Raises ``NotFound`` for an unknown document, layer or label, ``ChooseLayer``, ``BadInput``.
    """

    def __init__(
        self,
        store: Store,
        project: Project,
        selection: Selection,
        training: bool = False,
        among: Collection[int] | None = None,
    ):
        self.left_out: Counter[str] = Counter()
        self.unmarked = 0
        self.deleted: tuple[str, ...] = ()
        self._store, self._project, self._selection = store, project, selection
        self._among = among
        self._states = _states(selection, training)
        codebook = store.codebooks.of(project.key)
        for label in selection.labels:
            codebook.label(label)
        renaming.check(selection.renaming, codebook)
        document = selection.document or None
        self._document = None if document is None else store.documents.key_of(project, document)
        self._layers = choose_layers(store, project, document, selection.layers, selection.every)
        self._entries = self._go()

    @property
    def layers(self) -> Sequence[KeptLayer]:
        return self._layers

    def __next__(self) -> Annotated:
        return next(self._entries)

    def close(self) -> None:
        """End the read transaction, also when not everything was read."""
        self._entries.close()

    def _go(self) -> Generator[Annotated, None, None]:
        documents = self._store.exchange.by_document(
            self._project, self._layers, self._document, self._wanted
        )
        try:
            for entries in documents:
                yield from self._of_document(entries)
        finally:
            documents.close()

    def _wanted(self, documents: Sequence[int]) -> Sequence[int]:
        """Those of the documents that may go; inside the transaction of the export."""
        if self._among is not None:
            documents = [key for key in documents if key in self._among]
        after = self._selection.after
        return documents if after is None else self._changed(documents, after)

    def _changed(self, documents: Sequence[int], after: After) -> list[int]:
        since, project = self._store.since, self._project
        change = after.change
        if change is None or after.project != project.id:
            change = since.at(project, after.at).change
        layers = [layer.key for layer in self._layers]
        changed = set(since.documents(project, change, layers, self._selection.negatives))
        self.deleted = () if self._document else tuple(since.deleted(project, change))
        kept = [key for key in documents if key in changed]
        if len(kept) < len(documents):
            self.left_out["unchanged"] = len(documents) - len(kept)
        return kept

    def _of_document(self, entries: list[Annotated]) -> list[Annotated]:
        if self._states is not None:
            entries = _in_states(entries, self._states)
            if not entries:
                self.left_out["not done"] += 1
                return []
        if self._selection.negatives:
            entries += self._negatives(entries[0])
        going = entries
        if self._selection.labels or self._selection.renaming:
            going = [self._narrowed(entry) for entry in entries]
        is_done = "done" in [entry.state for entry in going]
        if is_done and not any(entry.annotations for entry in going):
            self.unmarked += 1
        return going

    def _negatives(self, entry: Annotated) -> list[Annotated]:
        people = None if self._selection.every else {layer.person for layer in self._layers}
        people = people if people is None else people - {None}
        return self._store.negatives.of(self._project, entry.document, people)  # type: ignore[arg-type]

    def _narrowed(self, entry: Annotated) -> Annotated:
        labels, names = self._selection.labels, self._selection.renaming
        kept = names.of(formats.only_labels(entry, labels) if labels else entry)
        for what, before, now in (
            ("spans", entry.annotations, kept.annotations),
            ("relations", entry.relations, kept.relations),
        ):
            if len(now) < len(before):
                self.left_out[what] += len(before) - len(now)
        return kept


def _states(selection: Selection, training: bool) -> frozenset[str] | None:
    """The states of what goes out; ``None``: any."""
    for state in selection.states:
        if state not in (*STATES, ALL):
            raise BadInput(f"“{state}” is not a state; known are {', '.join(STATES)} and {ALL}.")
    if ALL in selection.states or not (selection.states or training):
        return None
    return frozenset(selection.states or ("done",))


def _in_states(entries: list[Annotated], states: frozenset[str]) -> list[Annotated]:
    """The entries of one document whose layer has it in one of the states.

    A frozen layer stays on the text that it was made on, while its state goes with the newest; so
    what that line says is said of the older ones, and it goes itself only where it has marks.
    """
    said = {entry.layer.id: entry.state for entry in entries if entry.layer and entry.state}
    marked = {entry.layer.id for entry in entries if entry.layer and entry.annotations}
    kept = []
    for entry in entries:
        layer = entry.layer
        if layer is None:
            state = "new"
        elif entry.annotations or layer.id not in marked:
            finished = layer.kind in _FINISHED and bool(entry.annotations)
            begun = "in progress" if entry.annotations else "new"
            state = said.get(layer.id) or ("done" if finished else begun)
        else:
            continue
        if state in states:
            kept.append(entry if layer is None else replace(entry, state=said.get(layer.id)))
    return kept
