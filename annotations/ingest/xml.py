"""XML that comes within DOCX and EPUB files: no entities, no endless nesting, no end of elements.

The parser is expat, as Python brings it. It fetches nothing; whatever declares an entity is refused
before the entity can be used, so nothing can grow or reach for other files.
"""

from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from typing import Protocol
from xml.parsers import expat

from annotations.errors import BadInput

DEPTH = 250
ELEMENTS = 3_000_000
KEPT = 200_000
"""Elements of a file that becomes a tree: each takes half a kilobyte."""


@dataclass(slots=True)
class Element:
    """An element: its name without namespace, its attributes likewise, the text in it, children."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Element"] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.texts)

    def find_all(self, name: str) -> Iterator["Element"]:
        """All elements of that name below this one, in order. No recursion."""
        waiting = list(reversed(self.children))
        while waiting:
            element = waiting.pop()
            if element.name == name:
                yield element
            waiting.extend(reversed(element.children))

    def first(self, name: str) -> str:
        """The text of the first element of that name, without white space around it."""
        return next((each.text.strip() for each in self.find_all(name)), "")


class _Reader:
    """Handlers for expat; with ``keeps`` it builds the tree."""

    def __init__(self, keeps: bool):
        self.keeps = keeps
        self.root = Element("")
        self.open = [self.root]
        self.depth = self.count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        self.count += 1
        if self.depth > DEPTH:
            raise BadInput(f"nests more than {DEPTH} elements, as no article does.")
        most = KEPT if self.keeps else ELEMENTS
        if self.count > most:
            raise BadInput(f"has more than {most:,} elements, as no article does.")
        if self.keeps:
            own = {_local(key): value for key, value in attributes.items()}
            element = Element(_local(name), own)
            self.open[-1].children.append(element)
            self.open.append(element)

    def end(self, name: str) -> None:
        self.depth -= 1
        if self.keeps:
            self.open.pop()

    def text(self, text: str) -> None:
        if self.keeps:
            self.open[-1].texts.append(text)

    def entity(self, *_declaration: object) -> None:
        raise BadInput(
            "declares entities of its own, which no article needs and bombs are made of."
        )


def parse(data: bytes) -> Element:
    """The tree of a small file. Raises ``BadInput`` (“declares …”), led by no file's name."""
    return _run(data, _Reader(keeps=True))


def check(data: bytes) -> None:
    """Raise what ``parse`` raises, without building a tree."""
    _run(data, _Reader(keeps=False))


class Handler(Protocol):
    """What ``walk`` tells of a file: names and attributes without their namespaces.

    ``space`` is the prefix that the element's name has in the file.
    """

    def start(self, name: str, attributes: dict[str, str], space: str) -> None: ...
    def end(self, name: str) -> None: ...
    def text(self, text: str) -> None: ...


class _Walker(_Reader):
    """Hands on what is in a file instead of keeping it."""

    def __init__(self, handler: Handler):
        super().__init__(keeps=False)
        self._handler = handler

    def start(self, name: str, attributes: dict[str, str]) -> None:
        super().start(name, attributes)
        own = {_local(key): value for key, value in attributes.items()}
        self._handler.start(_local(name), own, name.rpartition(":")[0])

    def end(self, name: str) -> None:
        super().end(name)
        self._handler.end(_local(name))

    def text(self, text: str) -> None:
        self._handler.text(text)


def walk(data: bytes, handler: Handler) -> None:
    """Go through a file of any length, as ``check`` does, and tell ``handler`` what is in it."""
    _run(data, _Walker(handler))


class Texts:
    """The text of the first element of each of these names."""

    def __init__(self, names: Container[str]):
        self.first: dict[str, str] = {}
        self._names = names
        self._open = ""
        self._held: list[str] = []

    def start(self, name: str, attributes: dict[str, str], space: str) -> None:
        if not self._open and name in self._names and name not in self.first:
            self._open, self._held = name, []

    def end(self, name: str) -> None:
        if name == self._open:
            self.first[name] = "".join(self._held).strip()
            self._open = ""

    def text(self, text: str) -> None:
        if self._open:
            self._held.append(text)


def _run(data: bytes, reader: _Reader) -> Element:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.EntityDeclHandler = reader.entity
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise BadInput(f"is not well-formed XML (line {error.lineno}).") from None
    return reader.root


def _local(name: str) -> str:
    return name.rpartition(":")[2]
