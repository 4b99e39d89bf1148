"""What one version of a codebook changes in another."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from annotations.codebook import Codebook, Label, RelationKind, Rule


@dataclass(frozen=True, slots=True)
class Difference:
    """What one label or relation kind of a later codebook differs in.

    ``kind`` is ``"added"``, ``"left out"``, ``"renamed"``, ``"retired"``, ``"brought back"``,
    ``"merged"``, ``"parted"`` or ``"changed"``, of a rule ``"rule added"``, ``"rule left out"`` or
    ``"rule changed"``; ``about`` is its id;
    ``name`` what it was called (or is, when added), ``now`` what it is called, or was merged into.
    """

    kind: str
    about: str
    name: str
    now: str = ""


Entry = Label | RelationKind | Rule


def differences(before: Codebook, after: Codebook) -> list[Difference]:
    """What ``after`` changes in ``before``, in the order of ``after``; the guidelines last."""
    found: list[Difference] = []
    names = {label.id: label.name for label in after.labels}
    pairs: tuple[tuple[Sequence[Entry], Sequence[Entry]], ...] = (
        (before.labels, after.labels),
        (before.relations, after.relations),
        (before.rules, after.rules),
    )
    for old, new in pairs:
        left = {entry.id: entry for entry in old}
        for entry in new:
            was = left.pop(entry.id, None)
            if was is None:
                found.append(Difference(_of("added", entry), entry.id, entry.name))
            elif was != entry:
                found.extend(_changes(was, entry, names))
        found.extend(
            Difference(_of("left out", entry), entry.id, entry.name) for entry in left.values()
        )
    if before.guidelines != after.guidelines:
        found.append(Difference("changed", "guidelines", "guidelines"))
    return found


def _of(kind: str, entry: Entry) -> str:
    return f"rule {kind}" if isinstance(entry, Rule) else kind


def _changes(was: Entry, now: Entry, names: Mapping[str, str]) -> list[Difference]:
    if isinstance(was, Rule) or isinstance(now, Rule):
        return [Difference("rule changed", now.id, was.name)]
    found = []
    if was.name != now.name:
        found.append(Difference("renamed", now.id, was.name, now.name))
    if was.retired != now.retired:
        found.append(Difference("retired" if now.retired else "brought back", now.id, was.name))
    merged = _merged(was), _merged(now)
    if merged[0] != merged[1]:
        kind = "merged" if merged[1] else "parted"
        found.append(Difference(kind, now.id, was.name, names.get(merged[1] or "", "")))
    told = {"name", "retired", "merged_into"}
    if _rest(was, told) != _rest(now, told):
        found.append(Difference("changed", now.id, now.name))
    return found


def _merged(entry: Entry) -> str | None:
    return entry.merged_into if isinstance(entry, Label) else None


def _rest(entry: Entry, told: set[str]) -> dict[str, Any]:
    return {name: value for name, value in asdict(entry).items() if name not in told}
