"""What reading and writing Label Studio's JSON both know: keys, and what others made."""

import re
from collections import Counter
from collections.abc import Collection
from typing import Any

from annotations.errors import BadLine
from annotations.formats import further
from annotations.formats.values import Json, name_of

TASK = ("id", "data", "annotations", "completions", "predictions", "meta")
REGION = ("id", "type", "value", "meta", "origin", "score")
RELATION = ("from_id", "to_id", "type", "labels")
OF_LAYER = frozenset(
    {"layer", "layer_name", "kind", "annotator", "exercise", "frozen", "state", "codebook"}
    | {"entities", "concepts"}
)
"""What differs between the layers of one document."""

VALUES = {"choices": "choices", "textarea": "text", "number": "number", "rating": "rating"}
"""Types of results that say something about a region, and where in ``value`` they say it."""

NUMBER = re.compile(r"(?:0|[1-9][0-9]{0,14})\Z")


def text_or(value: Any, other: str) -> str:
    """``value`` where it is a text that says something, else the other."""
    return value if type(value) is str and value else other


class Slots:
    """What came with annotations and is not ours, by whose and the how manieth it is."""

    def __init__(self, given: Any):
        self.left: Any = dict(given) if type(given) is dict else given
        self._seen = Counter[str]()

    def name(self, is_proposed: bool, who: str) -> str:
        slot = f"{'prediction' if is_proposed else 'annotation'} {who}"
        self._seen[slot] += 1
        return f"{slot} {self._seen[slot]}"

    def taken(self, name: str, who: str, ids: Collection[str]) -> Json:
        """What is to be written again on that annotation, whose regions have these ``ids``."""
        kept = self.left.get(name) if type(self.left) is dict else None
        if type(kept) is not dict or not kept:
            return {}
        for key in kept:
            if key in ("was_cancelled", "model_version", further.KEY):
                return {}
        if "completed_by" in kept and (
            type(kept["completed_by"]) is not dict or who_said(kept["completed_by"]) != who
        ):
            return {}
        results = kept.get("result", [None])
        if "result" in kept and not (
            type(results) is list
            and results
            and all(type(entry) is dict and is_only_kept(entry, ids) for entry in results)
        ):
            return {}
        del self.left[name]
        return kept


def someone(who: str) -> Any:
    """Who made an annotation, as ``completed_by`` says it."""
    return int(who) if NUMBER.match(who) else {"email": who}


def is_only_kept(result: Json, ids: Collection[str]) -> bool:
    """Whether a result is none that would be understood beside regions with these ids."""
    if is_region(result) or result.get("type") == "relation" or is_choice(result):
        return False
    return result.get("type") not in tuple(VALUES) or result.get("id") not in ids


def is_region(result: Json) -> bool:
    """Whether a result is a stretch of the text with labels."""
    return result.get("type") == "labels"


def is_choice(result: Json) -> bool:
    """Whether a result is a choice about the whole text."""
    value = result.get("value")
    return result.get("type") == "choices" and type(value) is dict and "start" not in value


def who_said(given: Any) -> str:
    """The name, address or number in ``completed_by``. Raises ``BadLine``."""
    if type(given) is dict:
        given = given.get("email") or given.get("id")
    if given is None or type(given) in (int, str):
        return "" if given is None else str(given)
    raise BadLine(f"“completed_by” is {name_of(given)}, not a person")
