"""Values out of other people's JSON: each of the type that it should be, or ``BadLine``.

What formats in JSON share. A key that is missing and one that holds null are the same.
"""

from collections.abc import Container, Iterable
from typing import Any

from annotations.document import checked_id, checked_text, new_id
from annotations.errors import BadLine

Json = dict[str, Any]

MAX_NESTING = 100
"""Of lists and objects in what a file says beyond our own keys; more could not be written again."""

TYPE_NAMES = {
    str: "a text",
    int: "a whole number",
    bool: "true or false",
    list: "a list",
    dict: "an object",
    float: "a number",
}


def name_of(value: object) -> str:
    return "null" if value is None else TYPE_NAMES.get(type(value), "something else")


def typed(data: Json, key: str, kind: type) -> Any:
    """The value of that type, or ``None`` where there is none."""
    value = data.get(key)
    if value is not None and type(value) is not kind:
        raise BadLine(f"“{key}” is {name_of(value)}, not {TYPE_NAMES[kind]}")
    return value


def text_in(data: Json, key: str) -> str | None:
    value: str | None = typed(data, key, str)
    return value


def number_in(data: Json, key: str) -> int | None:
    value: int | None = typed(data, key, int)
    return value


def objects_in(data: Json, key: str) -> list[Json]:
    entries: list[Json] = typed(data, key, list) or []
    for entry in entries:
        if type(entry) is not dict:
            raise BadLine(f"“{key}” holds {name_of(entry)} where an object belongs")
    return entries


def texts_in(data: Json, key: str) -> tuple[str, ...]:
    entries = typed(data, key, list) or []
    for entry in entries:
        if type(entry) is not str:
            raise BadLine(f"“{key}” holds {name_of(entry)} where a text belongs")
    return tuple(entries)


def one_of(data: Json, key: str, known: tuple[str, ...]) -> str | None:
    value = text_in(data, key)
    if value is not None and value not in known:
        listed = ", ".join(choice for choice in known if choice)
        raise BadLine(f"“{key}” is “{value[:60]}”; known are {listed}")
    return value


def reference_in(data: Json, key: str) -> str | None:
    """An id of something else; other tools number their things, so whole numbers will do."""
    value = data.get(key)
    return str(value) if type(value) is int else text_in(data, key)


def id_in(data: Json, what: str) -> str:
    value = reference_in(data, "id")
    return new_id() if value is None else checked_id(value, f"id of the {what}")


def name_in(data: Json, what: str) -> str:
    name = text_in(data, "name")
    if not name:
        raise BadLine(f"one {what} has no “name”")
    return name


def extra_of(data: Json, known: Container[str]) -> Json:
    return {key: plain(value) for key, value in data.items() if key not in known}


def plain(value: Any, depth: int = 0) -> Any:
    """``value`` itself, once it is known not to nest too deeply to be written again."""
    if depth > MAX_NESTING:
        raise BadLine(f"something is nested more than {MAX_NESTING} deep")
    if type(value) is dict:
        value_list: Iterable[Any] = value.values()
    elif type(value) is list:
        value_list = value
    else:
        return value
    for inner in value_list:
        if type(inner) is dict or type(inner) is list:
            plain(inner, depth + 1)
    return value


def refuse_nul(value: Any, what: str, depth: int = 0) -> None:
    if depth > MAX_NESTING:
        raise BadLine(f"something is nested more than {MAX_NESTING} deep")
    if type(value) is str:
        checked_text(value, what)
    elif type(value) is dict:
        for key, inner in value.items():
            checked_text(key, "name of a key")
            refuse_nul(inner, f"“{key}”", depth + 1)
    elif type(value) is list:
        for inner in value:
            refuse_nul(inner, what, depth + 1)
