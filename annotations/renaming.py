"""Mapping files: under which names labels and kinds of relation go out, and which stay at home.

A small TOML file::

    [labels]
    claim = "Claim"
    "indirect demand" = "Demand"
    actor = false            # left out, with its relations
    "*" = "Other"            # all that is not named; false leaves it out

    [relations]
    "made by" = "MADE_BY"
    supports = false

What is not named, with no ``"*"`` there, keeps its name.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from annotations import tomls
from annotations.codebook import Codebook
from annotations.document import Annotated, checked_text
from annotations.errors import BadInput, BadLine

REST = "*"
"""Every label, or kind of relation, that is not named."""

LARGEST = 1_000_000
"""Bytes of a mapping file."""

_TABLES = ("labels", "relations")

Name = str | None
"""What something is called on the way out; ``None``: it does not go out."""


@dataclass(frozen=True, slots=True)
class Renaming:
    """New names of labels and kinds of relation, by the old ones.

    Raises ``UnstorableText`` for a name that could not come in again.
    """

    labels: Mapping[str, Name] = field(default_factory=dict)
    relations: Mapping[str, Name] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for new in (*self.labels.values(), *self.relations.values()):
            checked_text(new or "", "new name")

    def __bool__(self) -> bool:
        return bool(self.labels or self.relations)

    def label(self, name: str) -> Name:
        return self.labels.get(name, self.labels.get(REST, name))

    def relation(self, name: str) -> Name:
        return self.relations.get(name, self.relations.get(REST, name))

    def of(self, entry: Annotated) -> Annotated:
        """The entry with new names, without what is left out and the relations of that."""
        if not self:
            return entry
        marks = tuple(
            mark if new == mark.label else replace(mark, label=new)
            for mark in entry.annotations
            if (new := self.label(mark.label)) is not None
        )
        present = {mark.id for mark in marks}
        relations = tuple(
            relation if new == relation.label else replace(relation, label=new)
            for relation in entry.relations
            if relation.head in present
            and (relation.child is None or relation.child in present)
            and (new := self.relation(relation.label)) is not None
        )
        return replace(entry, annotations=marks, relations=relations)


NOTHING = Renaming()
"""Everything keeps its name."""


def read(path: Path) -> Renaming:
    """The mapping in a file. Raises ``BadLine`` naming file and line, and ``OSError``."""
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise BadLine(f"a mapping has at most {LARGEST // 1000:,} kB", None, str(path))
    try:
        return parse(data.decode("utf-8-sig"), str(path))
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise BadLine("this is not UTF-8; save the file as UTF-8", line, str(path)) from error


def parse(text: str, name: str = "mapping") -> Renaming:
    """The mapping that a TOML text describes. Raises ``BadLine`` with ``name`` and the line."""
    text = text.replace("\r\n", "\n")
    try:
        data = tomls.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", str(error))
        reason = str(error)[: found.start()] if found else str(error)
        line = int(found[1]) if found and found[1] else text.count("\n") + 1
        raise BadLine(f"this is not TOML: {reason}", line, name) from error
    for table, content in data.items():
        if table not in _TABLES or not isinstance(content, dict):
            raise BadLine(
                f"“{table}” says nothing here; a mapping has the tables [labels] and [relations]",
                _line(text, table, None),
                name,
            )
        for old, new in content.items():
            if new is False or (isinstance(new, str) and new.strip() and "\0" not in new):
                continue
            raise BadLine(
                f"“{old}” leads to {_said(new)}; write a name in quotes, or false to leave it out",
                _line(text, table, old),
                name,
            )
    labels, relations = (
        {old: None if new is False else new for old, new in data.get(table, {}).items()}
        for table in _TABLES
    )
    return Renaming(labels, relations)


def check(renaming: Renaming, codebook: Codebook) -> None:
    """Raises ``BadInput`` for a name that the codebook does not have."""
    _check("label", renaming.labels, [label.name for label in codebook.labels])
    _check("relation", renaming.relations, [kind.name for kind in codebook.relations])


def _check(what: str, names: Iterable[str], known: list[str]) -> None:
    for name in names:
        if name != REST and name not in known:
            listed = f"it has {', '.join(known)}" if known else "it has none"
            raise BadInput(
                f"The mapping names the {what} “{name}”, which the codebook lacks; {listed}."
            )


def _said(value: Any) -> str:
    if value is True:
        return "“true”"
    if isinstance(value, str):
        return "a name with a NUL" if "\0" in value else "an empty name"
    return f"“{value}”"[:80]


def _line(text: str, table: str, key: str | None) -> int | None:
    """The line on which a table begins, or a key of it stands; ``None`` where it is not plain."""
    within = ""
    for number, line in enumerate(text.split("\n"), 1):
        if head := re.match(r"\s*\[\s*\"?([^\"\]]+?)\"?\s*\]", line):
            within = head[1]
            if key is None and within == table:
                return number
        elif said := re.match(r"\s*(?:\"([^\"]*)\"|'([^']*)'|([\w-]+))\s*=", line):
            name = said[1] or said[2] or said[3]
            if (key is None and not within and name == table) or (within, name) == (table, key):
                return number
    return None
