"""WebAnno TSV 3: what the head of a file declares, and how cells are written (``webanno``)."""

import re
from dataclasses import dataclass

from annotations.errors import BadLine

_TOKENS = "de.tudarmstadt.ukp.dkpro.core.api."
OF_TOKENS = tuple(f"{_TOKENS}{each}." for each in ("segmentation", "lexmorph", "syntax.type"))
"""How the names of layers begin that say something of tokens."""

NAMING = ("value", "label")
"""Features that hold a label."""

_NUMBERED = re.compile(r"((?:\\.|[^\\\[])*)\[([0-9]{1,9})\]", re.DOTALL)
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "b": "\b"}


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer: ``SP``, ``CH`` or ``RL``, the features in its columns (empty: none), and the number
    of the first column. ``base`` is the layer that relations are between."""

    kind: str
    name: str
    features: tuple[str, ...]
    column: int
    base: str = ""

    @property
    def short(self) -> str:
        return self.name.rpartition(".")[2] or self.name

    @property
    def is_of_tokens(self) -> bool:
        return self.name.startswith(OF_TOKENS)

    @property
    def naming(self) -> str:
        """The feature that may hold the label."""
        slots = [place for place, name in enumerate(self.features) if name.startswith("ROLE_")]
        taken = {*slots, *(place + 1 for place in slots)}
        plain = [name for place, name in enumerate(self.features) if name and place not in taken]
        named = (each for name in NAMING for each in plain if each.lower() == name)
        return next(named, plain[0] if len(plain) == 1 else "")


def layer_of(said: str, column: int) -> Layer:
    """The layer that a line of the head declares. Raises ``BadLine``."""
    kind, _, declared = said.removeprefix("#T_").partition("=")
    name, *features = declared.strip().split("|")
    if kind not in ("SP", "CH", "RL") or not name:
        raise BadLine(f"“{said[:60]}” declares no layer: T_SP, T_CH or T_RL, and its name")
    base = ""
    if kind == "RL":
        if not (features and features[-1].startswith("BT_")):
            raise BadLine(f"“{said[:60]}” says not what the relations are between (BT_…)")
        base = features[-1].removeprefix("BT_")
    if kind == "CH" and {*features} != {"referenceType", "referenceRelation"}:
        raise BadLine(f"“{said[:60]}”: a chain has referenceType and referenceRelation")
    return Layer(kind, name, tuple(features or [""]), column, base)


def parts(cell: str, between: str) -> list[str]:
    """A cell cut where something stands in it without a backslash before it."""
    if between not in cell:
        return [cell]
    found = [""]
    for sign in re.findall(r"\\.|.", cell, re.DOTALL):
        if sign == between:
            found.append("")
        else:
            found[-1] += sign
    return found


def plain(said: str) -> str:
    """What was escaped."""
    if "\\" not in said:
        return said
    return re.sub(
        r"\\(u[0-9a-fA-F]{4}|.)",
        lambda found: (
            chr(int(found[1][1:], 16)) if len(found[1]) > 1 else _CONTROLS.get(found[1], found[1])
        ),
        said,
        flags=re.DOTALL,
    )


def value(said: str) -> str | None:
    """What a cell says, ``None`` for nothing."""
    return None if said in ("*", "_", "") else plain(said)


def numbered(said: str) -> tuple[str, str]:
    """A value, and the number behind it or nothing."""
    found = _NUMBERED.fullmatch(said)
    return (found[1], found[2]) if found else (said, "")
