"""Free-form values (attributes, meta, extra) as JSON, exactly."""

import json
import re
from collections.abc import Mapping
from typing import Any

import orjson

from annotations.document import checked_text
from annotations.errors import BadInput

_LONG_NUMBER = re.compile(r"\d{19}")


def dumps(value: Any, what: str) -> str:
    """The value as JSON. Whole numbers may be of any size, which orjson alone does not take.

    Raises ``UnstorableText`` for a text in it that no page can show, and ``BadInput`` for anything
    that JSON does not know; ``what`` names the value in the message.
    """
    if not value:
        return "[]" if isinstance(value, (list, tuple)) else "{}"
    try:
        kept = orjson.dumps(value).decode()
    except TypeError:
        _refuse_unstorable(value, what)
        kept = _dumps_slowly(value, what)
    if "\\u0000" in kept:
        _refuse_unstorable(value, what)
    return kept


def _dumps_slowly(value: Any, what: str) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise BadInput(f"The {what} cannot be kept: {error}.") from error


def _refuse_unstorable(value: Any, what: str) -> None:
    if isinstance(value, str):
        checked_text(value, what)
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            _refuse_unstorable(name, what)
            _refuse_unstorable(inner, what)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            _refuse_unstorable(inner, what)


def loads(kept: str) -> Any:
    """The value that ``dumps`` wrote. orjson would round whole numbers beyond 64 bits."""
    return json.loads(kept) if _LONG_NUMBER.search(kept) else orjson.loads(kept)
