"""XML 1.1 for parsers of XML 1.0: references to control characters, which that forbids.

A CAS from Java is in XML 1.1 where its text holds control characters (a form feed between pages).
Such references are replaced by characters for private use that the file does not have, and put back
in what was parsed. Both are one UTF-16 unit, so that offsets stay.

XML 1.1, §2.2 and §2.11: https://www.w3.org/TR/xml11/
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from annotations.errors import BadLine

if TYPE_CHECKING:
    from cassis import Cas

_VERSION = re.compile(rb"""\A(\xef\xbb\xbf)?(<\?xml\s+version\s*=\s*["'])1\.1(["'])""")
_REFERENCE = re.compile(rb"&#(?:x0*([0-9A-Fa-f]{1,6})|0*([0-9]{1,7}));")
_PRIVATE = range(0xE000, 0xF900)
_CONTROLS = frozenset({*range(1, 0x20)} - {0x9, 0xA, 0xD})
_LINE_ENDS = re.compile(r"\r\u0085|[\u0085\u2028]")


@dataclass(frozen=True, slots=True)
class Content:
    """A file as a parser of XML 1.0 takes it, and the characters that stand for others in it."""

    data: bytes
    instead: Mapping[int, str] = field(default_factory=dict)

    def restored(self, text: str) -> str:
        """A text of the file as it is meant."""
        return text.translate(self.instead) if self.instead else text

    def restore(self, cas: "Cas") -> None:
        """Put the characters back in the texts and features of a CAS that was made of the file."""
        if not self.instead:
            return
        for view in cas.views:
            sofa = view.sofa
            if isinstance(sofa.sofaString, str):
                sofa._sofaString = self.restored(sofa.sofaString)
            for each in cas.get_view(sofa.sofaID).select_all_fs():
                for feature in each.type.all_features:
                    value = getattr(each, feature.name, None)
                    if isinstance(value, str):
                        setattr(each, feature.name, self.restored(value))
                    elements = getattr(value, "elements", None)
                    if isinstance(elements, list):
                        elements[:] = [
                            self.restored(e) if isinstance(e, str) else e for e in elements
                        ]


def content(data: bytes, name: str) -> Content:
    """The content of a file. Raises ``BadLine`` where no character is free to stand for another."""
    found = _VERSION.match(data)
    if found is None:
        return Content(data)
    data = _VERSION.sub(rb"\g<1>\g<2>1.0\g<3>", data, count=1)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return Content(data)  # In another encoding; what it refers to stays as it is.
    if _LINE_ENDS.search(text):
        data = _LINE_ENDS.sub("\n", text).encode()
    points = [_point(each) for each in _REFERENCE.finditer(data)]
    controls = sorted(_CONTROLS.intersection(points))
    taken = {*map(ord, set(text)), *points}
    free = [point for point in _PRIVATE if point not in taken][: len(controls)]
    if len(free) < len(controls):
        raise BadLine(
            "it holds control characters and every character for private use; take those out",
            name=name,
        )
    instead = dict(zip(controls, free, strict=True))

    def replaced(each: re.Match[bytes]) -> bytes:
        point = _point(each)
        return f"&#{instead[point]};".encode() if point in instead else each[0]

    back = {stand_in: chr(point) for point, stand_in in instead.items()}
    return Content(_REFERENCE.sub(replaced, data), back)


def _point(reference: re.Match[bytes]) -> int:
    return int(reference[1], 16) if reference[1] is not None else int(reference[2])
