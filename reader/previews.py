"""What would become of files that were sent, before any of it is stored.

The same whether a page waits for it or a process beside the server makes it: nothing here knows of
requests. What a person says of the files (``Choices``) travels with the forms that lead on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from annotations import formats, transfer
from annotations.codebook import to_toml
from annotations.codebook_gaps import Gap
from annotations.document import Annotated, Document, checked_text
from annotations.errors import BadInput, BadLine, NotFound
from annotations.formats import Reading, TableFound
from annotations.ingest import PAGES
from annotations.shortening import shortened
from annotations.store import Project, Store
from annotations.twins import Twins
from reader.uploads import Upload

LISTED, BEGINNING = 20, 300
"""How many documents a preview shows, and how many characters of each."""

SKIPPED, NOTED = 200, 50
"""How many skipped lines, and how many notes on documents that are not shown, a preview lists."""


_COLUMN = "column."
"""What the fields begin with that say what a column is for, before its name."""


_NAME = "map."
"""The same for names of the files that are taken for those of the codebook; one that is taken for
itself is added to it."""

MOST_GAPS = 1_000
"""Names that the codebook lacks which a preview lists."""

MOST_NAMES = 50
"""Names that the codebook lacks of which a preview asks whether they are others."""

MOST_COLUMNS = 100
"""Columns of tables that a preview asks about."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person says of files to be read.

    ``kind`` is one of ``transfer.kinds()`` or empty: told from name and content. ``offsets`` is one
    of ``formats.OFFSETS`` or empty: the quotes prove it. ``skip_bad`` leaves out what cannot be
    read, where otherwise nothing at all is taken. ``title`` is that of the only document.
    ``encoding`` and ``page`` are what ``ingest`` is told of articles; ``columns`` what columns of
    tables of documents are for, as pairs of role and name; ``names`` those of the files that are
    taken for names of the codebook, as pairs. The last words, said where it
    is stored: ``leave_out`` leaves out texts that are there already, ``titles`` are those of
    documents by their number.
    """

    kind: str = ""
    offsets: str = ""
    skip_bad: bool = False
    title: str = ""
    encoding: str = ""
    page: str = ""
    leave_out: bool = False
    titles: tuple[tuple[int, str], ...] = ()
    columns: tuple[tuple[str, str], ...] = ()
    names: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, said: Mapping[str, str]) -> "Choices":
        """The choices that a form says. Raises ``BadInput`` for one that there is not."""
        kind, offsets = said.get("kind", ""), said.get("offsets", "")
        if kind and kind not in transfer.kinds():
            raise BadInput(f"“{kind[:40]}” is not something that can be imported.")
        if offsets and offsets not in formats.OFFSETS:
            raise BadInput(f"“{offsets[:40]}” is not a unit; known are {_listed(formats.OFFSETS)}.")
        page = said.get("page", "")
        if page not in PAGES:
            raise BadInput(f"“{page[:40]}” cannot be taken of a page; say main or whole.")
        return cls(
            kind,
            offsets,
            said.get("skip_bad") == "1",
            _title(said.get("title", "")),
            checked_text(said.get("encoding", "").strip()[:40], "encoding"),
            page,
            said.get("leave_out") == "1",
            _titles(said),
            formats.parsed_columns(
                f"{role}={name.removeprefix(_COLUMN)}"
                for name, role in said.items()
                if name.startswith(_COLUMN) and role
            ),
            _names(said),
        )

    def with_last_words(self, said: Mapping[str, str]) -> "Choices":
        """The same with what the form says that has them stored."""
        leave_out = said.get("leave_out") == "1"
        return replace(self, leave_out=leave_out, titles=_titles(said), names=_names(said))

    def last_words(self) -> list[str]:
        """What the form said that had them stored; nothing where it said nothing."""
        names = [f"{old}={new}" for old, new in self.names]
        titles = [f"{number} {title}" for number, title in self.titles]
        return [*(["leave out"] if self.leave_out else []), *titles, *names]

    def said(self) -> dict[str, str]:
        """The same as the fields of a form."""
        found = {"kind": self.kind, "offsets": self.offsets, "title": self.title}
        found |= {"encoding": self.encoding, "page": self.page}
        found["skip_bad"] = "1" if self.skip_bad else ""
        found["leave_out"] = "1" if self.leave_out else ""
        found |= {f"title.{number}": title for number, title in self.titles}
        found |= {f"{_COLUMN}{name}": role for role, name in self.columns}
        found |= {f"{_NAME}{old}": new for old, new in self.names}
        return {name: value for name, value in found.items() if value}


def _title(said: str) -> str:
    return checked_text(shortened(said, 300), "title")


def _titles(said: Mapping[str, str]) -> tuple[tuple[int, str], ...]:
    found = []
    for name, value in said.items():
        number = name.removeprefix("title.")
        if name.startswith("title.") and number.isdecimal() and len(number) < 10 and value.strip():
            found.append((int(number), _title(value)))
    return tuple(sorted(found)[:LISTED])


def _names(said: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    found = [
        (field.removeprefix(_NAME), new)
        for field, new in said.items()
        if field.startswith(_NAME) and len(field) > len(_NAME) and new.strip()
    ]
    return tuple(sorted(found)[:MOST_NAMES])


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)


@dataclass(slots=True)
class Seen:
    """A document that waits to be stored, as the preview shows it.

    ``present`` tells whether the project has a document of this id: with the ``same`` text, or an
    ``other``. ``number`` counts documents from 0; ``twin`` is the title of another with the same
    text, which is stored already or comes before. ``encoding`` is that of a text, ``page`` what was
    taken of a saved page (``main`` or ``whole``).
    """

    id: str
    title: str
    language: str
    direction: str
    characters: int
    paragraphs: int
    beginning: str
    is_cut: bool
    notes: list[str]
    present: str
    spans: int = 0
    relations: int = 0
    number: int = 0
    author: str = ""
    date: str = ""
    source: str = ""
    twin: str | None = None
    twin_is_stored: bool = False
    encoding: str = ""
    page: str = ""


@dataclass(slots=True)
class Preview:
    """Everything that waits to be stored: all of it counted, the first documents shown.

    ``notes`` say what there is to say of archives, and of documents that are not shown, each with
    its name. ``skipped`` are lines that cannot be read: file, line, reason. ``lost`` counts, in
    words, what is in the files and cannot be kept. ``twins`` is how many texts are there already;
    ``pages`` tells whether there are saved web pages among them.
    """

    total: int = 0
    spans: int = 0
    relations: int = 0
    documents: list[Seen] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    skipped: list[tuple[str, int | None, str]] = field(default_factory=list)
    skipped_total: int = 0
    lost: dict[str, int] = field(default_factory=dict)
    twins: int = 0
    pages: bool = False
    gaps: list[Gap] = field(default_factory=list)
    """What the codebook lacks."""

    columns: list[tuple[str, str, str]] = field(default_factory=list)
    """Of the tables of documents: name, role, and an example; each name once."""

    @property
    def more(self) -> int:
        return self.total - len(self.documents)

    def data(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Preview":
        documents = [Seen(**each) for each in data["documents"]]
        pairs: list[tuple[str, str]] = [(name, note) for name, note in data["notes"]]
        skipped: list[tuple[str, int | None, str]] = [tuple(each) for each in data["skipped"]]
        columns: list[tuple[str, str, str]] = [tuple(each) for each in data.get("columns", ())]
        gaps = [Gap(**each) for each in data.get("gaps", ())]
        read = {"documents": documents, "notes": pairs, "skipped": skipped, "columns": columns}
        return cls(**{**data, **read, "gaps": gaps})


class Entries(transfer.Incoming):
    """The entries of an upload, read as was chosen. ``skipped`` are the lines that were not."""

    def __init__(
        self,
        store: Store,
        of: Project,
        upload: Upload,
        choices: Choices,
        progress: Any = None,
    ):
        self.skipped: list[BadLine] = []
        self._title = choices.title
        self._titles = dict(choices.titles)
        sources = tuple(
            replace(
                source,
                kind=choices.kind or source.kind,
                encoding=choices.encoding,
                page=choices.page,
            )
            for source in upload.sources
        )
        self.twins = Twins(lambda: store.documents.hashes(of), choices.leave_out, everything=True)
        self.bad = self.skipped.append if choices.skip_bad else None
        """Takes what is left out, where leaving out was chosen; for whoever stores them as well."""
        super().__init__(
            sources,
            progress,
            reading(store, of, choices),
            self.bad,
            self.twins,
            choices.names,
            # What a page asked may be left over from when the files were read otherwise.
            is_lenient=True,
        )

    def __next__(self) -> Annotated:
        entry = super().__next__()
        title = self._titles.get(self.number) or self._title
        if not title or title == _title(entry.document.title):
            return entry
        return replace(entry, document=replace(entry.document, title=title))


def reading(store: Store, of: Project, choices: Choices) -> Reading:
    """What the formats are told; those that bring no texts find them in the project."""

    def text_of(name: str) -> Document | None:
        kept = store.documents.called(of, name)
        return kept.value if kept else None

    return Reading(
        offsets=choices.offsets,
        text_of=text_of,
        codebook=to_toml(store.codebooks.of(of.key)),
        columns=choices.columns,
    )


def look(
    store: Store, of: Project, upload: Upload, choices: Choices, progress: Any = None
) -> Preview:
    """What is in an upload. Nothing is stored.

    Raises ``BadLine`` for what cannot be read, and ``BadInput`` where there is nothing at all.
    """
    found, newest, told = Preview(), "", 0
    # The last words are for when it is stored.
    choices_here = replace(choices, title="", titles=(), leave_out=False, names=())
    entries = Entries(store, of, upload, choices_here, progress)
    for entry in entries:
        if entry.document.id != newest or not found.total:
            newest = entry.document.id
            found.total += 1
        found.spans += len(entry.annotations)
        found.relations += len(entry.relations)
        found.pages |= entries.article is not None and bool(entries.article.page)
        notes, told = entries.notes[told:], len(entries.notes)
        is_shown = found.total <= LISTED
        # What is said of an archive is said of no document in it.
        others = [each for each in notes if not is_shown or each[0] != entries.name]
        found.notes += others[: max(0, NOTED - len(found.notes))]
        if not is_shown:
            continue
        if not found.documents or found.documents[-1].id != newest:
            own = [note for name, note in notes if name == entries.name]
            seen = _seen(store, of, entry, own)
            found.documents.append(_as_article(seen, entries))
        found.documents[-1].spans += len(entry.annotations)
        found.documents[-1].relations += len(entry.relations)
    # What is said once a file has been read to its end belongs to no document in it.
    found.notes += entries.notes[told:][: max(0, NOTED - len(found.notes))]
    found.skipped = [(bad.name or "", bad.line, bad.reason) for bad in entries.skipped[:SKIPPED]]
    found.skipped_total = len(entries.skipped)
    found.lost = dict(entries.lost)
    found.twins = entries.twins.count
    found.columns = _columns(entries.tables)
    found.gaps = list(entries.gaps)[:MOST_GAPS]
    if not found.total and not found.skipped:
        raise BadInput("There is no document in it.")
    if choices.title and found.total == 1:
        found.documents[0].title = choices.title
    return found


def _columns(tables: Sequence[TableFound]) -> list[tuple[str, str, str]]:
    """The columns of tables, each name once: what it is for, and an example."""
    found: dict[str, tuple[str, str, str]] = {}
    for column in (column for table in tables for column in table.columns):
        if column.name not in found and len(found) < MOST_COLUMNS:
            found[column.name] = (column.name, column.role, column.example)
    return list(found.values())


def _seen(store: Store, of: Project, entry: Annotated, notes: list[str]) -> Seen:
    document = entry.document
    return Seen(
        id=document.id,
        title=document.title,
        language=document.language,
        direction=document.direction,
        characters=len(document.text),
        paragraphs=len(document.layout.blocks),
        beginning=document.text[:BEGINNING].strip(),
        is_cut=len(document.text) > BEGINNING,
        notes=notes,
        author=str(document.meta.get("author", ""))[:300],
        date=document.date,
        source=document.source,
        present=_present(store, of, document.id, document.sha256),
    )


def _as_article(seen: Seen, entries: Entries) -> Seen:
    """The same with how it was read and whether its text is there already."""
    article, twin = entries.article, entries.twin
    seen.number = entries.number
    if twin is not None:
        seen.twin, seen.twin_is_stored = twin.title, twin.is_stored
    if article is not None:
        seen.encoding, seen.page = article.encoding, article.page
    return seen


def _present(store: Store, of: Project, id: str, sha256: str) -> str:
    try:
        known = store.documents.find(of, id).value
    except NotFound:
        return ""
    return "same" if known.sha256 == sha256 else "other"


def chosen_title(preview: Preview, choices: Choices) -> Choices:
    """The choices with a title only where there is one document to bear it."""
    return choices if preview.total == 1 else replace(choices, title="")
