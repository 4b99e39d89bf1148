"""What is to be taken home, as the fields of the dialogue say it.

The same for the page and for the process that makes a large file: nothing here knows of requests.
"""

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice

from werkzeug.datastructures import MultiDict

from annotations import formats, splits, splitting, transfer
from annotations.codebook import Codebook
from annotations.document import Annotated, Annotation
from annotations.errors import BadInput, ChooseLayer
from annotations.formats import BORDERS, FRAGMENTS, Format, Writing
from annotations.formats.tokens import SPACY, UNICODE
from annotations.renaming import Renaming
from annotations.selection import ALL, After, Chosen, Selection
from annotations.store import KeptLayer, Project, Store

DONE = "done"

AS, RELATION_AS = "as:", "relation-as:"
"""What the names of those fields begin with that say under which name something goes out."""

LONGEST_NAME = 200

SPLITS = ("", "document", "near", "site")
"""What stays together in a split; nothing: there is none."""

PARTS = ",".join(f"{name}={share}" for name, share in splits.USUAL.items())

LOOKED_AT, EXAMPLES, QUOTED = 200, 2, 40
"""Documents that are looked through for examples of what is lost, how many of each are shown, and
how many characters of a quote."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What to take home. ``layers`` is ``None`` while it must still be said whose marks.

    ``labels`` and ``relations`` are those that go out, of ``every`` and ``kinds``; ``names`` and
    ``relation_names`` under which name, where it is another. ``states`` is ``DONE`` or ``ALL``.
    ``split`` is one of ``SPLITS``, ``parts`` and ``seed`` as they were typed.
    ``since`` is as it was typed, a moment in UTC. ``problem`` says what of all that cannot be.
    """

    project: Project
    document: str | None
    title: str
    format: str
    every: tuple[str, ...]
    labels: tuple[str, ...]
    present: Sequence[KeptLayer]
    layer: str
    layers: Sequence[KeptLayer] | None
    kinds: tuple[str, ...]
    relations: tuple[str, ...]
    names: Mapping[str, str]
    relation_names: Mapping[str, str]
    states: str
    since: str
    negatives: bool
    fragments: str
    borders: str
    tokens: str
    split: str = ""
    parts: str = PARTS
    seed: str = ""
    problem: str = ""

    @classmethod
    def of(cls, store: Store, of: Project, asked: "MultiDict[str, str]") -> "Choice":
        """The choice that fields say; what is not there is passed over.

        Raises ``NotFound`` for an unknown document.
        """
        codebook = store.codebooks.of(of.key)
        uid = asked.get("document") or None
        kept = store.documents.find(of, uid) if uid else None
        every = tuple(label.name for label in codebook.labels)
        kinds = tuple(kind.name for kind in codebook.relations)
        present = store.exchange.layers_of(of, kept.key if kept else None)
        layer = asked.get("layer", "")
        layers: Sequence[KeptLayer] | None
        try:
            known = layer if any(layer == k.value.id for k in present) else ""
            layers = transfer.choose_layers(store, of, uid, [known] if known else (), layer == "*")
        except ChooseLayer:
            layers = None
        entry = formats.get(_among(asked.get("format", ""), formats.writable()))
        since = asked.get("since", "").strip()[:40]
        split = "" if uid else _among(asked.get("split", ""), SPLITS)
        parts = asked.get("parts", "").strip()[:LONGEST_NAME] or PARTS
        return cls(
            project=of,
            document=uid,
            title=kept.value.title if kept else of.name,
            format=entry.name,
            every=every,
            labels=_chosen(asked, "label", every),
            present=present,
            layer=layer if layers is not None else "",
            layers=layers,
            kinds=kinds,
            relations=_chosen(asked, "relation", kinds),
            names=_renamed(asked, AS, every),
            relation_names=_renamed(asked, RELATION_AS, kinds),
            states=_states(asked, entry),
            since=since,
            negatives=asked.get("negatives") == "1" and "layers" in entry.carries,
            fragments=_among(asked.get("fragments", ""), FRAGMENTS),
            borders=_among(asked.get("borders", ""), BORDERS),
            tokens=_among(asked.get("tokens", ""), tokenisers()),
            split=split,
            parts=parts,
            seed=asked.get("seed", "").strip()[:LONGEST_NAME],
            problem=_problem(since, parts if split else ""),
        )

    @property
    def entry(self) -> Format:
        return formats.get(self.format)

    @property
    def is_ready(self) -> bool:
        return self.layers is not None and bool(self.labels or not self.every) and not self.problem

    @property
    def asks_fragments(self) -> bool:
        """Whether the format has no place for a mark of several parts."""
        return "fragments" not in self.entry.carries and self.entry.offsets != "none"

    @property
    def has_tokens(self) -> bool:
        """Whether the format has tokens, so that marks must begin and end with them."""
        return self.entry.offsets.startswith("tokens")

    @property
    def is_mapped(self) -> bool:
        """Whether something goes out under another name, or not at all."""
        whole = self.labels == self.every and self.relations == self.kinds
        return not whole or bool(self.names or self.relation_names)

    @property
    def selection(self) -> Selection:
        """Raises ``BadInput`` where ``problem`` says why."""
        return Selection(
            document=self.document or "",
            layers=tuple(kept.value.id for kept in self.layers or ()),
            labels=() if self.labels == self.every else self.labels,
            renaming=Renaming(
                dict(self.names),
                {
                    kind: self.relation_names.get(kind, kind) if kind in self.relations else None
                    for kind in self.kinds
                    if kind in self.relation_names or kind not in self.relations
                },
            ),
            states=(self.states,),
            after=moment(self.since) if self.since else None,
            negatives=self.negatives,
        )

    @property
    def writing(self) -> Writing:
        return Writing(self.fragments, self.borders, self.tokens)

    def outgoing(
        self, store: Store, progress: Callable[[int], None] | None = None
    ) -> transfer.Outgoing:
        """The file, to be counted or made. Raises ``BadInput``."""
        return transfer.outgoing(
            store, self.project, self.selection, self.format, self.writing, progress
        )

    def splitting(
        self,
        store: Store,
        progress: Callable[[int], None] | None = None,
        frozen: Mapping[str, splits.Place] | None = None,
    ) -> splitting.Split:
        """The files of a split, to be made; ``frozen`` documents stay where an earlier one put
        them. Raises ``BadInput``."""
        plan = splits.Plan(splits.parts(self.parts), self.split, self.seed).checked()
        writing = replace(self.writing, command=splitting.command(self.format, plan))
        asked = splitting.Asked(self.selection, plan, self.format, writing, frozen or {})
        return splitting.Split(store, self.project, asked, progress)

    def examples(self, store: Store, losses: Mapping[str, int]) -> dict[str, list[str]]:
        """Quotes of the first marks that lose something, by what is lost.

        Only the first documents are looked at, and only what belongs to marks has examples.
        """
        wanted = [what for what in losses if what in _LOSES]
        found: dict[str, list[str]] = {what: [] for what in wanted}
        if not wanted:
            return {}
        chosen = Chosen(store, self.project, self.selection, self.entry.training)
        with closing(chosen):
            for entry in islice(chosen, LOOKED_AT):
                for what in wanted:
                    for mark in entry.annotations:
                        if len(found[what]) < EXAMPLES and _LOSES[what](entry, mark):
                            found[what].append(_cut(mark.quote(entry.document.text)))
                if all(len(quotes) >= EXAMPLES for quotes in found.values()):
                    break
        return {what: quotes for what, quotes in found.items() if quotes}


_LOSES: Mapping[str, Callable[[Annotated, Annotation], bool]] = {
    "fragments": lambda entry, mark: bool(mark.fragments),
    "attributes": lambda entry, mark: bool(mark.attributes),
    "entities": lambda entry, mark: mark.entity is not None,
    "concepts": lambda entry, mark: mark.concept is not None,
    "notes": lambda entry, mark: bool(mark.note),
    "unsure": lambda entry, mark: mark.unsure,
    "relations": lambda entry, mark: any(mark.id in (r.head, r.child) for r in entry.relations),
    "overlap": lambda entry, mark: any(
        other.id != mark.id and other.start < mark.end and mark.start < other.end
        for other in entry.annotations
    ),
}


def _cut(quote: str) -> str:
    quote = " ".join(quote.split())
    return quote if len(quote) <= QUOTED else f"{quote[:QUOTED].rstrip()} …"


def _among(said: str, known: Sequence[str]) -> str:
    """What was said if it is known, else what is usual: the first."""
    return said if said in known else known[0]


def _chosen(asked: "MultiDict[str, str]", field: str, every: tuple[str, ...]) -> tuple[str, ...]:
    """Which of a list of boxes are ticked; all of them where the form had no such list."""
    ticked = asked.getlist(field)
    found = tuple(name for name in every if name in ticked)
    has_list = f"{field}s" in asked or (field == "label" and "chosen" in asked)
    return found if has_list or found else every


def _renamed(asked: "MultiDict[str, str]", before: str, every: Sequence[str]) -> dict[str, str]:
    found = {name: asked.get(before + name, "").strip()[:LONGEST_NAME] for name in every}
    return {name: said for name, said in found.items() if said and said != name}


def usual_states(entry: Format) -> str:
    """To train models with, what is done; else everything."""
    return DONE if entry.training else ALL


def _states(asked: "MultiDict[str, str]", entry: Format) -> str:
    """Which states go out. What a form proposed for another format was not said by anybody."""
    said, shown = asked.get("states", ""), asked.get("shown", "")
    if said not in (DONE, ALL):
        return usual_states(entry)
    is_other = shown in formats.writable() and shown != entry.name
    if is_other and said == usual_states(formats.get(shown)):
        return usual_states(entry)
    return said


def _problem(since: str, parts: str) -> str:
    try:
        if since:
            moment(since)
        if parts:
            splits.Plan(splits.parts(parts)).checked()
    except BadInput as error:
        return str(error)
    return ""


def moment(said: str) -> After:
    """A moment that was typed: ISO 8601, in UTC unless it says otherwise. Raises ``BadInput``.

    Never the name of a file, as on the command line.
    """
    try:
        at = datetime.fromisoformat(said)
        at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise BadInput(
            f"“{said}” is not a moment such as 2026-01-31 or 2026-01-31T18:00."
        ) from None
    return After(at.isoformat(timespec="milliseconds").replace("+00:00", "Z"))


def tokenisers() -> tuple[str, ...]:
    """What cuts texts into tokens: as the format is usually read, a simple way, spaCy if here."""
    return ("", UNICODE, *([f"{SPACY}en"] if importlib.util.find_spec("spacy") else []))


def fields_of(renaming: Renaming, codebook: Codebook) -> list[tuple[str, str]]:
    """A mapping file as fields of the dialogue: what goes out, and under which name."""
    found = [("labels", "1"), ("relations", "1")]
    for name in (label.name for label in codebook.labels):
        new = renaming.label(name)
        found += [] if new is None else [("label", name)]
        found += [(AS + name, new)] if new is not None and new != name else []
    for name in (kind.name for kind in codebook.relations):
        new = renaming.relation(name)
        found += [] if new is None else [("relation", name)]
        found += [(RELATION_AS + name, new)] if new is not None and new != name else []
    return found
