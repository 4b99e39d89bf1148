"""XML that comes within DOCX and EPUB files: no entities, no endless nesting, no end of elements.

The parser is expat, as Python brings it. It fetches nothing; whatever declares an entity is refused
before the entity can be used, so nothing can grow or reach for other files.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
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
    return _run(data, keeps=True)


def check(data: bytes) -> None:
    """Raise what ``parse`` raises, without building a tree."""
    _run(data, keeps=False)


def _run(data: bytes, keeps: bool) -> Element:
    reader = _Reader(keeps)
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
