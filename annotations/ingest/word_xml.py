"""Elements of Word's XML by short names (``w:p``), whichever edition of the standard wrote them.

The parser comes with Python and is expat; every part passed ``xml.check`` before, so no entity can
grow and nothing nests without end.
"""

from collections.abc import Iterator
from functools import lru_cache
from xml.etree.ElementTree import Element, fromstring

_PREFIXES = {
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main": "w",
    "http://purl.oclc.org/ooxml/wordprocessingml/main": "w",
    "http://schemas.openxmlformats.org/officeDocument/2006/math": "m",
    "http://purl.oclc.org/ooxml/officeDocument/math": "m",
    "http://schemas.openxmlformats.org/drawingml/2006/main": "a",
    "http://purl.oclc.org/ooxml/drawingml/main": "a",
    "http://schemas.openxmlformats.org/drawingml/2006/picture": "pic",
    "http://purl.oclc.org/ooxml/drawingml/picture": "pic",
    "http://schemas.openxmlformats.org/drawingml/2006/chart": "c",
    "http://purl.oclc.org/ooxml/drawingml/chart": "c",
    "http://schemas.openxmlformats.org/drawingml/2006/diagram": "dgm",
    "http://purl.oclc.org/ooxml/drawingml/diagram": "dgm",
    "http://schemas.openxmlformats.org/markup-compatibility/2006": "mc",
    "urn:schemas-microsoft-com:vml": "v",
    "urn:schemas-microsoft-com:office:office": "o",
}
_OFF = frozenset({"0", "false", "off", "none"})


def parse(part: bytes) -> Element:
    """The tree of a part that ``xml.check`` let pass."""
    return fromstring(part)  # noqa: S314 (no entity is left that could grow or reach out)


@lru_cache(maxsize=4096)
def _short(tag: str) -> str:
    namespace, _, local = tag.removeprefix("{").rpartition("}")
    prefix = _PREFIXES.get(namespace, "")
    return f"{prefix}:{local}" if prefix else local


def name_of(element: Element) -> str:
    """Its name with a prefix that is always the same; without one for other namespaces."""
    return _short(element.tag)


def children(element: Element) -> Iterator[Element]:
    return iter(element)


def child(element: Element | None, name: str) -> Element | None:
    """The first child of that name."""
    if element is None:
        return None
    return next((each for each in element if _short(each.tag) == name), None)


def find_all(element: Element, *names: str) -> Iterator[Element]:
    """All elements of these names within it, in order."""
    return (each for each in element.iter() if _short(each.tag) in names)


def attribute(element: Element | None, name: str) -> str:
    """An attribute by its local name; empty where it or the element is not there."""
    if element is None:
        return ""
    return next((v for k, v in element.attrib.items() if k.rpartition("}")[2] == name), "")


def value(element: Element | None) -> str:
    """Its ``w:val``."""
    return attribute(element, "val")


def is_on(element: Element | None) -> bool:
    """Whether a property that is on or off is on: it is there, and does not say otherwise."""
    return element is not None and value(element).lower() not in _OFF
