"""Whose marks a folder holds, where the same text lies under the same name in several folders.

What tells those folders apart are people: ``ann/story.txt`` and ``bea/story.txt`` are one document,
marked by *ann* and by *bea*. A folder that is somebody's for one text is theirs for all.
"""

import unicodedata
from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import takewhile
from pathlib import PurePosixPath


def composed(name: str) -> str:
    """A name with its letters composed: what one system writes as NFC, another has as NFD."""
    return unicodedata.normalize("NFC", name)


def apart(folders: Sequence[PurePosixPath]) -> list[str]:
    """What tells folders apart: their paths without what they begin and end with alike."""
    parts = [folder.parts for folder in folders]
    if len(parts) == 1:
        return [""]
    while all(parts) and len({each[0] for each in parts}) == 1:
        parts = [each[1:] for each in parts]
    while all(parts) and len({each[-1] for each in parts}) == 1:
        parts = [each[:-1] for each in parts]
    return ["/".join(each) for each in parts]


def shared_root(folders: Iterable[PurePosixPath]) -> PurePosixPath:
    """The innermost folder in which all of them are, or which all of them are."""
    parts = [folder.parts for folder in folders]
    shared = takewhile(lambda each: len(set(each)) == 1, zip(*parts, strict=False))
    return PurePosixPath(*(each[0] for each in shared))


class PeoplesFolders:
    """The folders of a corpus that are somebody's.

    ``paths`` are those of the texts, without their endings. ``text_of`` gives what tells the text
    of one of them from others, or ``None`` where it cannot be read; it is asked as seldom as can
    be.
    """

    def __init__(
        self,
        paths: Iterable[PurePosixPath],
        text_of: Callable[[PurePosixPath], Hashable | None],
    ):
        self._people: dict[PurePosixPath, str] = {}
        named: dict[str, list[PurePosixPath]] = {}
        for path in paths:
            named.setdefault(composed(path.name), []).append(path)
        for same in named.values():
            if len(same) > 1 and not all(path.parent in self._people for path in same):
                self._meet(same, text_of)

    def _meet(
        self,
        paths: Sequence[PurePosixPath],
        text_of: Callable[[PurePosixPath], Hashable | None],
    ) -> None:
        alike: dict[Hashable, list[PurePosixPath]] = {}
        for path in paths:
            if (text := text_of(path)) is not None:
                alike.setdefault(text, []).append(path.parent)
        for folders in alike.values():
            if len(folders) > 1:
                for folder, person in zip(folders, apart(folders), strict=True):
                    self._people.setdefault(folder, person)

    def person(self, folder: PurePosixPath) -> str:
        """Whose folder it is: told by its texts, or by a folder of the same name; or empty."""
        if folder in self._people:
            return self._people[folder]
        found = {person for person in self._people.values() if person in folder.parts}
        return found.pop() if len(found) == 1 else ""
