"""Whether a value has a shape: the part of JSON Schema (2020-12) that ``schemas`` uses.

A validator for all of JSON Schema would be a dependency of every installation; the tests hold this
one against such a validator.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
MOST = 20
"""Problems that one answer lists."""


def problems(value: Any, schema: Mapping[str, Any], at: str = "") -> Iterator[tuple[str, str]]:
    """What is wrong: JSON Pointers into the value, each with a sentence."""
    types = schema.get("type")
    if types is not None:
        wanted = [types] if isinstance(types, str) else types
        if not any(_is(value, each) for each in wanted):
            yield at, f"must be {' or '.join(wanted)}"
            return
    if "enum" in schema and value not in schema["enum"]:
        yield at, f"must be one of {', '.join(map(str, schema['enum']))}"
    if isinstance(value, str):
        yield from _of_text(value, schema, at)
    elif isinstance(value, dict):
        yield from _of_object(value, schema, at)
    elif isinstance(value, list):
        yield from _of_list(value, schema, at)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        if "minimum" in schema and value < schema["minimum"]:
            yield at, f"must be {schema['minimum']} or more"
        if "maximum" in schema and value > schema["maximum"]:
            yield at, f"must be {schema['maximum']} or less"


def _is(value: Any, type_name: str) -> bool:
    if isinstance(value, bool):
        return type_name == "boolean"
    if type_name == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES[type_name])


def _of_text(value: str, schema: Mapping[str, Any], at: str) -> Iterator[tuple[str, str]]:
    if len(value) < schema.get("minLength", 0):
        yield at, "must not be empty"
    if len(value) > schema.get("maxLength", len(value)):
        yield at, f"must have {schema['maxLength']} characters or fewer"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield at, f"must match {schema['pattern']}"


def _of_object(
    value: dict[str, Any], schema: Mapping[str, Any], at: str
) -> Iterator[tuple[str, str]]:
    known, others = schema.get("properties", {}), schema.get("additionalProperties")
    for name in schema.get("required", ()):
        if name not in value:
            yield at, f"must have “{name}”"
    if len(value) < schema.get("minProperties", 0):
        yield at, f"must have {schema['minProperties']} fields or more"
    for name, inner in value.items():
        place = f"{at}/{name.replace('~', '~0').replace('/', '~1')}"[:200]
        if name in known:
            yield from problems(inner, known[name], place)
        elif others is False:
            yield place, "is not known here"
        elif isinstance(others, Mapping):
            yield from problems(inner, others, place)


def _of_list(value: list[Any], schema: Mapping[str, Any], at: str) -> Iterator[tuple[str, str]]:
    if len(value) < schema.get("minItems", 0):
        yield at, f"must have {schema['minItems']} items or more"
    if len(value) > schema.get("maxItems", len(value)):
        yield at, f"must have {schema['maxItems']} items or fewer"
    inner = schema.get("items")
    if inner:
        for number, item in enumerate(value):
            yield from problems(item, inner, f"{at}/{number}")


def settled(value: Any, schema: Mapping[str, Any]) -> Any:
    """A value of that shape with whole numbers as such, also where they came as 3.0."""
    if isinstance(value, dict):
        known = schema.get("properties", {})
        return {name: settled(inner, known.get(name, {})) for name, inner in value.items()}
    if isinstance(value, list):
        return [settled(item, schema.get("items", {})) for item in value]
    if isinstance(value, float) and schema.get("type") == "integer":
        return int(value)
    return value
