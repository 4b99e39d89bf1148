"""Texts that come together with a table of spans which brings none (``Format.asks_texts``).

``postil import spans.csv texts/``: what the table calls ``a.txt``, ``a`` or ``texts/a.txt`` is that
file. The tables are read first and the articles among the other files only when a table asks for
them; what no table took is imported afterwards as an article like any other.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from annotations import formats
from annotations.document import Document
from annotations.errors import BadInput, PostilError
from annotations.ingest import KINDS as ARTICLE_KINDS
from annotations.ingest import Ingested
from annotations.transfer.sources import HEAD, Source


def tables_among(sources: Sequence[Source]) -> list[Source]:
    """The tables that ask for texts, where there is anything else that could be one.

    Files of a folder or archive that only make sense together are none, whatever lies among them.
    """
    by_place: dict[str, list[str]] = {}
    for source in sources:
        by_place.setdefault(source.within, []).append(source.name)
    together = {
        place for place, names in by_place.items() if place and formats.guess_together(names)
    }
    found = [each for each in sources if each.within not in together and _asks(each)]
    return found if found and any(map(_is_article, sources)) else []


def _asks(source: Source) -> bool:
    kind = source.kind or _guessed(source) or ""
    return kind not in ("", *ARTICLE_KINDS) and formats.get(kind).asks_texts


def _is_article(source: Source) -> bool:
    """Whether a source may be an article."""
    if source.kind:
        return source.kind in ARTICLE_KINDS
    return _guessed(source) is None


def _guessed(source: Source) -> str | None:
    """The format that a name tells; where several are called so, the beginning of the file."""
    head = b""
    if source.name.lower().endswith(_LOOKED_INTO):
        with source.open() as stream:
            head = stream.read(HEAD)
    return formats.guess(source.name, head)


_LOOKED_INTO = (".csv", ".tsv", ".tab", ".json")


@dataclass(slots=True)
class Texts:
    """The articles among the sources of an import, by what a table may call them.

    ``read`` reads one. A text that is asked for again has the same id. ``known`` finds documents of
    the project, for what no file is called.
    """

    sources: Sequence[Source]
    read: Callable[[Source], Ingested | None]
    known: Callable[[str], Document | None]
    _ids: dict[str, str] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)
    _named: dict[str, list[Source]] | None = None
    _titled: dict[str, list[Source]] | None = None
    _newest: tuple[str, Document] | None = None

    def of(self, name: str) -> Document | None:
        """The document that a table calls so. Raises ``BadInput`` where several are called so."""
        if self._named is None:
            self._named = _index((each, _names(each)) for each in self._articles())
        plain = name.replace("\\", "/").removeprefix("./")
        found = self._named.get(plain, []) or self._named.get(PurePosixPath(plain).name, [])
        if not found and (stored := self.known(name)) is not None:
            return stored
        found = found or self._of_title(name)
        if len(found) > 1:
            listed = ", ".join(f"“{each.title}”" for each in found[:5])
            raise BadInput(f"Several texts are called “{name[:60]}”: {listed}; say which.")
        return self._document(found[0]) if found else None

    def take(self, document: Document) -> None:
        """Know that a table brought spans for a document; its text is not read again."""
        self._taken.add(document.id)

    def left(self) -> list[Source]:
        """The sources that no table took."""
        taken = {title for title, uid in self._ids.items() if uid in self._taken}
        return [source for source in self.sources if source.title not in taken]

    def _articles(self) -> list[Source]:
        return [source for source in self.sources if _is_article(source)]

    def _of_title(self, title: str) -> list[Source]:
        """Texts with that title or source; for which each is read once."""
        if self._titled is None:
            self._titled = _index((each, self._title(each)) for each in self._articles())
        return self._titled.get(title, [])

    def _title(self, source: Source) -> list[str]:
        try:
            document = self._document(source)
        except (PostilError, OSError):
            return []  # It is read once more as an article, and refused then.
        return [] if document is None else list({document.title, document.source})

    def _document(self, source: Source) -> Document | None:
        if self._newest is not None and self._newest[0] == source.title:
            return self._newest[1]
        found = self.read(source)
        if found is None:
            return None
        uid = self._ids.setdefault(source.title, found.document.id)
        self._newest = (source.title, replace(found.document, id=uid))
        return self._newest[1]


def _names(source: Source) -> list[str]:
    """What a table may call a file: its path or its name, with and without the suffix."""
    path = PurePosixPath(source.name.replace("\\", "/").removeprefix("./"))
    return list(dict.fromkeys([str(path), str(path.with_suffix("")), path.name, path.stem]))


def _index(pairs: Iterable[tuple[Source, list[str]]]) -> dict[str, list[Source]]:
    found: dict[str, list[Source]] = {}
    for source, names in pairs:
        for name in names:
            if name:
                found.setdefault(name, []).append(source)
    return found
