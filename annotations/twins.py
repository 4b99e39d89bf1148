"""Documents whose text is there already, noticed by its hash: in the project, or in what comes in.

Eight bytes of the hash are kept for each text that comes in, and its title for those that are kept
to be told; what the project holds is asked once, when the first text comes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from annotations.document import Document

Present = Callable[[], Mapping[str, tuple[str, str]]]
"""The texts of a project: the SHA-256 of each, with the id and the title of its document."""


@dataclass(frozen=True, slots=True)
class Twin:
    """A document with the same text: its title, and whether the project has it already."""

    title: str
    is_stored: bool


class Twins:
    """Asked of one document after the other. ``count`` is how many were twins of another so far.

    With ``leave_out`` they are to be left out by who asks. Articles are always asked about, and
    documents of exchange formats with ``everything``: these have ids that tell them apart, and come
    in numbers for which memory is wanted flat.
    """

    def __init__(self, present: Present, leave_out: bool = False, everything: bool = False):
        self.leave_out, self.everything = leave_out, everything or leave_out
        self.count = 0
        self._present, self._loaded = present, False
        self._known: dict[int, tuple[str, str, bool]] = {}
        self._newest: tuple[str, Twin | None] = ("", None)

    def of(self, document: Document) -> Twin | None:
        """The document with the same text that came before, if there is one.

        The same document again (another layer of it, say) is not its own twin.
        """
        if document.id == self._newest[0]:
            return self._newest[1]
        if not self._loaded:
            self._loaded = True
            self._known = {
                _short(sha256): (id, title, True) for sha256, (id, title) in self._present().items()
            }
        twin = None
        if document.text.strip():
            id, title, is_stored = self._known.setdefault(
                _short(document.sha256), (document.id, document.title, False)
            )
            twin = Twin(title, is_stored) if id != document.id else None
        self._newest = (document.id, twin)
        self.count += twin is not None
        return twin


def _short(sha256: str) -> int:
    return int(sha256[:16], 16)
