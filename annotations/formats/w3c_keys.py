"""What reading and writing Web Annotations both know: keys, names, and which bodies are sound."""

import re
from typing import Any

from annotations.errors import BadLine
from annotations.formats.values import Json

CONTEXT = "http://www.w3.org/ns/anno.jsonld"
COLLECTION = ("@context", "id", "type", "label", "total", "first", "items", "creator")
ANNOTATION = (
    *("@context", "id", "type", "motivation", "creator", "created", "modified"),
    *("body", "bodyValue", "target"),
)
COMMENTING = ("commenting", "describing", "replying", "questioning", "assessing")
IRI = re.compile(r"[^\s<>\"{}|\\^`]+\Z")


def iri_of(uid: str) -> str:
    """The address that an id of ours goes out as."""
    return f"urn:postil:{uid}"


def types_of(data: Json) -> set[str]:
    """The types of an object, of which there may be several."""
    given = data.get("type")
    listed = given if type(given) is list else [given]
    return {entry for entry in listed if type(entry) is str}


def check_body(body: Any, called: str) -> None:
    """Raise ``BadLine`` for a body that the standard forbids; ``called`` is whose it is."""
    if type(body) is not dict:
        if not is_iri(body):
            raise BadLine(f"a “body” of {called} is neither an address nor an object")
        return
    types = types_of(body)
    if body.get("id") is not None and not is_iri(body["id"]):
        raise BadLine(f"the “id” of a body of {called} is no address")
    if "TextualBody" in types and type(body.get("value")) is not str:
        raise BadLine(f"a textual body of {called} has no “value” that is a text")
    if len(types & {"Choice", "List", "Composite", "Independents"}) > 1:
        raise BadLine(f"a body of {called} is several kinds of list at once")
    if body.get("textDirection") not in (None, "ltr", "rtl", "auto"):
        raise BadLine(f"the “textDirection” of a body of {called} is none")
    for key in ("format", "language"):
        if any(type(entry) is not str for entry in as_list(body.get(key))):
            raise BadLine(f"the “{key}” of a body of {called} is no text")


def as_list(value: Any) -> list[Any]:
    """A value that may be one or several."""
    if value is None:
        return []
    return value if type(value) is list else [value]


def is_iri(value: Any) -> bool:
    """Whether a value is an address."""
    return type(value) is str and IRI.match(value) is not None


def is_creator(given: Any) -> bool:
    """Whether a value says who made something."""
    return is_iri(given) or type(given) is dict or (type(given) is list and bool(given))


def name_of_creator(creator: Any) -> str:
    """What whoever made something is called; empty where that is not said."""
    first = creator[0] if type(creator) is list and creator else creator
    if type(first) is dict:
        for key in ("name", "nickname", "email", "id"):
            if type(first.get(key)) is str and first[key]:
                return str(first[key])
        return ""
    return first if type(first) is str else ""


def is_only_kept(body: Any) -> bool:
    """Whether a body says neither a label nor a note."""
    if type(body) is dict:
        return "TextualBody" not in types_of(body) and is_sound(body)
    return is_iri(body)


def is_sound(body: Any) -> bool:
    """Whether a body is one that the standard allows."""
    try:
        check_body(body, "")
    except BadLine:
        return False
    return True
