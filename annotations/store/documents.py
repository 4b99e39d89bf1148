"""Documents, their immutable texts, and the list of them that a library shows."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from threading import Lock
from typing import Any

import orjson

from annotations.document import (
    DIRECTIONS,
    Block,
    Document,
    Inline,
    Layout,
    PlainBlocks,
    check_length,
    checked_id,
    checked_language,
    checked_text,
)
from annotations.errors import BadInput, NotFound
from annotations.store.changes import Act, Change, Log, Outcome
from annotations.store.database import Database
from annotations.store.people import Project
from annotations.store.values import dumps, loads

_KEPT_CHARACTERS = 8_000_000

_PLAIN = [0, None, False]
"""What is kept of a block of which only kind and place are said."""
_bare_document: Callable[[type[Document]], Document] = object.__new__
_DOCUMENT_PUTTERS = tuple(vars(Document)[part.name].__set__ for part in fields(Document))

DOCUMENT = (
    "uid", "title", "revision", "language", "direction", "source", "date", "meta", "labels",
    "characters", "extra",
)  # fmt: skip
TEXT = ("revision", "sha256", "text", "layout")
"""The columns of the tables that say what a document and its text are."""
DESCRIPTION = {"title": 2_000, "language": 100, "direction": 4, "source": 2_000, "date": 100}
"""What is known of a document and can be changed, with the most characters that each may have."""


_SAID = """select id, project_id, uid, title, revision, language, direction, source, date, meta,
    labels, extra from documents"""


@dataclass(frozen=True, slots=True)
class KeptDocument:
    """A document as the store holds it: its number, its project's, and its value."""

    key: int
    project: int
    value: Document


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of the library. ``marks`` counts living annotations by layer title.

    ``key`` is the document's number, ``labels`` what it is labelled as a whole.
    """

    key: int
    id: str
    title: str
    characters: int
    changed: str
    language: str
    direction: str
    marks: Mapping[str, int]
    labels: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """What is known of a document but for its text. ``version`` is its newest change."""

    id: str
    title: str
    characters: int
    revision: int
    sha256: str
    language: str
    source: str
    date: str
    version: int


SORTS = {
    "changed": "changed desc, d.id desc",
    "title": "d.title collate nocase, d.id",
    "length": "d.characters desc, d.id",
    "marks": "marked desc, d.id",
    "order": "d.id",
}


class Documents:
    """The articles of all projects."""

    def __init__(self, database: Database, log: Log):
        self._database, self._log = database, log
        self._texts: OrderedDict[tuple[int, int], tuple[str, Layout]] = OrderedDict()
        self._kept = 0
        self._guard = Lock()

    def count(self, project: Project) -> int:
        row = self._database.row(
            "select count(*) from documents where project_id = :project and deleted = 0",
            {"project": project.key},
        )
        return int(row[0])

    def listed(
        self,
        project: Project,
        sort: str = "changed",
        limit: int = 100,
        offset: int = 0,
        among: list[int] | None = None,
    ) -> list[Listed]:
        """A page of the library. ``among`` keeps only the documents with these numbers."""
        order = SORTS.get(sort, SORTS["changed"])
        chosen = "" if among is None else "and d.id in (select value from json_each(:among))"
        rows = self._database.rows(
            f"""select page.*, c.at from (
                select d.id, d.uid, d.title, d.characters, d.language, d.direction, d.labels,
                max(d.seq, coalesce((
                    select max(seq) from changes where document_id = d.id), 0)) as changed,
                (select count(*) from annotations a
                    where a.document_id = d.id and a.deleted = 0) as marked
            from documents d where d.project_id = :project and d.deleted = 0 {chosen}
            order by {order} limit :limit offset :offset) page
            left join changes c on c.seq = page.changed
            order by {order.replace("d.", "page.")}""",  # noqa: S608
            {
                "project": project.key,
                "limit": limit,
                "offset": offset,
                "among": orjson.dumps(among or []).decode(),
            },
        )
        marks = self._marks_by_layer([row[0] for row in rows])
        return [
            Listed(
                key=key,
                id=uid,
                title=title,
                characters=characters,
                changed=at or "",
                language=language,
                direction=direction,
                marks=marks.get(key, {}),
                labels=tuple(loads(labels)),
            )
            for key, uid, title, characters, language, direction, labels, _, _, at in rows
        ]

    def labelled(self, project: Project, names: Sequence[str], have: bool = True) -> list[int]:
        """The numbers of the documents that are labelled with one of those as a whole.

        ``names`` are ids and names of labels, as ``annotations.document_labels.named`` gives them.
        Without ``have``: of those that are labelled with none of them.
        """
        rows = self._database.rows(
            f"""select d.id from documents d
            where d.project_id = :project and d.deleted = 0 and {"" if have else "not "}(
                d.labels <> '[]' and exists (
                    select 1 from json_each(d.labels) e
                    where case e.type when 'object' then e.value ->> 'label' else e.value end
                    in (select value from json_each(:names))))
            order by d.id""",  # noqa: S608
            {"project": project.key, "names": orjson.dumps(list(names)).decode()},
        )
        return [key for (key,) in rows]

    def _marks_by_layer(self, documents: list[int]) -> dict[int, dict[str, int]]:
        rows = self._database.rows(
            """select a.document_id,
                case when l.name <> '' then l.name
                    when coalesce(p.name, l.model) = '' then l.kind
                    else coalesce(p.name, l.model) || ' · ' || l.kind end, count(*)
            from annotations a join layers l on l.id = a.layer_id
            left join people p on p.id = l.person_id
            where a.document_id in (select value from json_each(:documents)) and a.deleted = 0
            group by a.document_id, a.layer_id order by count(*) desc""",
            {"documents": orjson.dumps(documents).decode()},
        )
        found: dict[int, dict[str, int]] = {}
        for document, layer, count in rows:
            marks = found.setdefault(document, {})
            marks[layer] = marks.get(layer, 0) + count
        return found

    def hashes(self, project: Project) -> dict[str, tuple[str, str]]:
        """The SHA-256 of each living document's newest text, with its id and title."""
        rows = self._database.rows(
            """select texts.sha256, documents.uid, documents.title from documents join texts
                on texts.document_id = documents.id and texts.revision = documents.revision
                where documents.project_id = :project and documents.deleted = 0
                order by documents.id desc""",
            {"project": project.key},
        )
        return {sha256: (uid, title) for sha256, uid, title in rows}

    def key_of(self, project: Project, uid: str) -> int:
        """The number of the document with that id. Raises ``NotFound``."""
        row = self._database.row(
            "select id from documents where project_id = :project and uid = :uid and deleted = 0",
            {"project": project.key, "uid": uid},
        )
        if row is None:
            raise NotFound("document", uid)
        return int(row[0])

    def summaries(self, project: Project, after: str = "", limit: int = 100) -> list[Summary]:
        """Documents in the order in which they came, after one of them (an id; empty: the first).

        Raises ``NotFound`` for an unknown one.
        """
        rows = self._database.rows(
            """select d.uid, d.title, d.characters, d.revision, t.sha256, d.language, d.source,
                d.date, max(d.seq, coalesce((
                    select max(seq) from changes where document_id = d.id), 0))
            from documents d join texts t on t.document_id = d.id and t.revision = d.revision
            where d.project_id = :project and d.deleted = 0 and d.id > :after
            order by d.id limit :limit""",
            {
                "project": project.key,
                "after": self.key_of(project, after) if after else 0,
                "limit": limit,
            },
        )
        return [Summary(*row) for row in rows]

    def summary(self, kept: KeptDocument) -> Summary:
        """The same of one document."""
        value = kept.value
        row = self._database.row(
            """select max(d.seq, coalesce((
                select max(seq) from changes where document_id = d.id), 0))
            from documents d where d.id = :key""",
            {"key": kept.key},
        )
        said = (value.id, value.title, len(value.text), value.revision, value.sha256)
        return Summary(*said, value.language, value.source, value.date, row[0])

    def called(self, project: Project, name: str) -> KeptDocument | None:
        """The document of that id; else the only one of that source, or of that title."""
        rows = self._database.rows(
            """select id, uid = :name, source = :name from documents
            where project_id = :project and deleted = 0
            and (uid = :name or (:name <> '' and (source = :name or title = :name)))""",
            {"project": project.key, "name": name},
        )
        for found in (
            [key for key, by_id, _ in rows if by_id],
            [key for key, _, by_source in rows if by_source],
            [key for key, _, _ in rows],
        ):
            if len(found) == 1:
                return self.by_key(found[0])
        return None

    def keys(self, project: Project) -> list[int]:
        """The numbers of all living documents, oldest first."""
        rows = self._database.rows(
            "select id from documents where project_id = :project and deleted = 0 order by id",
            {"project": project.key},
        )
        return [key for (key,) in rows]

    def find(self, project: Project, uid: str, revision: int | None = None) -> KeptDocument:
        """The document with that id, at its newest revision or the one named.

        Raises ``NotFound`` for an unknown document or revision.
        """
        row = self._database.row(
            f"{_SAID} where project_id = :project and uid = :uid and deleted = 0",
            {"project": project.key, "uid": uid},
        )
        if row is None:
            raise NotFound("document", uid)
        return self._kept_document(row, revision, keep=True)

    def revision(self, key: int) -> int:
        """The number of a document's newest text. Raises ``NotFound``."""
        row = self._database.row("select revision from documents where id = :key", {"key": key})
        if row is None:
            raise NotFound("document", key)
        return int(row[0])

    def by_key(self, key: int, revision: int | None = None, keep: bool = True) -> KeptDocument:
        """The document with that number. Raises ``NotFound``, for an unknown revision too.

        With ``keep``, its text stays in memory for whoever asks next.
        """
        row = self._database.row(f"{_SAID} where id = :key", {"key": key})
        if row is None:
            raise NotFound("document", key)
        return self._kept_document(row, revision, keep)

    def _kept_document(self, row: Any, revision: int | None, keep: bool) -> KeptDocument:
        """The document in a row of ``_SAID``."""
        key, project, uid, title, newest, language, direction, source, date, *said = row
        meta, labels, extra = said
        text, layout = self.text(key, revision or newest, keep)
        value = Document(
            id=uid,
            title=title,
            text=text,
            layout=layout,
            revision=revision or newest,
            language=language,
            direction=direction,
            source=source,
            date=date,
            meta={} if meta == "{}" else loads(meta),
            labels=() if labels == "[]" else tuple(loads(labels)),
            extra={} if extra == "{}" else loads(extra),
        )
        return KeptDocument(key, project, value)

    def several(self, keys: Sequence[int]) -> dict[int, KeptDocument]:
        """Documents with these numbers at their newest revisions, in the order of ``keys``; none of
        them stays in memory. Numbers of none are left out."""
        rows = self._database.rows(
            """select d.id, d.project_id, d.uid, d.title, t.text, t.layout, d.revision, d.language,
                d.direction, d.source, d.date, d.meta, d.labels, d.extra
            from documents d join texts t on t.document_id = d.id and t.revision = d.revision
            where d.id in (select value from json_each(:keys))""",
            {"keys": orjson.dumps(list(keys)).decode()},
        )
        found = {}
        for key, project, uid, title, text, layout, *said, meta, labels, extra in rows:
            value = _bare_document(Document)
            parts = (
                uid,
                title,
                text,
                _read_plainly(layout),
                *said,
                {} if meta == "{}" else loads(meta),
                () if labels == "[]" else tuple(loads(labels)),
                {} if extra == "{}" else loads(extra),
            )
            for put, part in zip(_DOCUMENT_PUTTERS, parts, strict=True):
                put(value, part)
            found[key] = KeptDocument(key, project, value)
        return {key: found[key] for key in keys if key in found}

    def text(self, key: int, revision: int, keep: bool = True) -> tuple[str, Layout]:
        """The text and layout of one revision, from memory where it was read lately.

        Raises ``NotFound``.
        """
        with self._guard:
            known = self._texts.get((key, revision))
            if known is not None:
                self._texts.move_to_end((key, revision))
                return known
        if not 0 < revision < 2**63:
            raise NotFound("revision", revision)
        row = self._database.row(
            "select text, layout from texts where document_id = :key and revision = :revision",
            {"key": key, "revision": revision},
        )
        if row is None:
            raise NotFound("revision", revision)
        found = (row[0], read_layout(row[1]))
        if not keep:
            return found
        with self._guard:
            if (key, revision) not in self._texts:
                self._texts[key, revision] = found
                self._kept += len(found[0])
            while self._kept > _KEPT_CHARACTERS and len(self._texts) > 1:
                _, (dropped, _) = self._texts.popitem(last=False)
                self._kept -= len(dropped)
        return found

    def forget(self) -> None:
        """Drop every text that is kept in memory, after an erasure."""
        with self._guard:
            self._texts.clear()
            self._kept = 0

    def add(self, act: Act, project: Project, document: Document) -> KeptDocument:
        """Keep a new document. Raises ``BadInput`` when it cannot be kept as it is."""

        def work(change: Change) -> dict[str, Any]:
            checked_document(document)
            if self._has(project, document.id):
                raise BadInput(
                    f"The project has a document “{document.id}” already, here or in the trash; "
                    "give this one another id."
                )
            insert_document(change, self._database.here.conn, project.key, document)
            return {"document": document.id}

        uid = self._log.perform(act, work).result["document"]
        return self.find(project, uid)

    def relabel(
        self,
        act: Act,
        project: Project,
        uid: str,
        shape: Callable[[Sequence[Any]], Sequence[Any]],
    ) -> Outcome:
        """Change what a document is labelled as a whole; ``shape`` makes it of what it is now.

        Raises ``NotFound``, and what ``shape`` raises.
        """

        def work(change: Change) -> dict[str, Any]:
            key = self.key_of(project, uid)
            labels = shape(tuple(loads(change.read("documents", key)["labels"])))
            change.update("documents", key, {"labels": dumps(list(labels), "labels")})
            return {"document": uid}

        return self._log.perform(act, work)

    def describe(
        self,
        act: Act,
        project: Project,
        uid: str,
        fields: Mapping[str, str],
        expected_version: int | None = None,
    ) -> Outcome:
        """Change what is known of a document: any of ``DESCRIPTION``, by name.

        ``expected_version`` is the number of the change that last touched the document itself, as
        the person saw it. Raises ``NotFound``, ``Stale``, and ``BadInput`` for an unknown field or
        direction, a title that is too long, or a language that is not a tag.
        """
        if unknown := fields.keys() - DESCRIPTION.keys():
            raise BadInput(f"A document has no “{min(unknown)}” that can be changed.")
        columns = {name: value.strip() for name, value in fields.items()}
        for name, value in columns.items():
            check_length(checked_text(value, name), name, DESCRIPTION[name])
        checked_language(columns.get("language", ""))
        if columns.get("direction", "") not in DIRECTIONS:
            raise BadInput(
                f"A text runs {', '.join(filter(None, DIRECTIONS))}, or as its words do."
            )

        def work(change: Change) -> dict[str, Any]:
            key = self.key_of(project, uid)
            change.update("documents", key, columns, expected_version)
            return {"document": uid}

        return self._log.perform(replace(act, kind="describe"), work)

    def own_version(self, key: int) -> int:
        """The number of the change that last touched the document itself, not what lies in it."""
        (seq,) = self._database.row("select seq from documents where id = :key", {"key": key})
        return int(seq)

    def _has(self, project: Project, uid: str) -> bool:
        found = self._database.row(
            "select 1 from documents where project_id = :project and uid = :uid",
            {"project": project.key, "uid": uid},
        )
        return found is not None


def checked_document(document: Document) -> Document:
    """The document itself, once everything in it can be kept and shown. Raises ``BadInput``."""
    checked_id(document.id, "id of a document")
    checked_text(document.text, "text")
    for what in ("title", "language", "direction", "source", "date"):
        if value := getattr(document, what):
            checked_text(value, what)
    for inline in document.layout.inlines:
        checked_text(inline.href or "", "address of a link")
    checked_language(document.language)
    document.layout.checked(len(document.text))
    if not 0 < document.revision < 2**31:
        raise BadInput("The revisions of a text are counted from 1, and there are not so many.")
    return document


def document_columns(document: Document) -> tuple[Any, ...]:
    """The values of ``DOCUMENT``. Raises ``BadInput`` for what JSON cannot say."""
    return (
        document.id,
        document.title,
        document.revision,
        document.language,
        document.direction,
        document.source,
        document.date,
        dumps(document.meta, "meta"),
        dumps(document.labels, "labels"),
        len(document.text),
        dumps(document.extra, "extra"),
    )


def text_columns(document: Document) -> tuple[Any, ...]:
    """The values of ``TEXT``."""
    return (document.revision, document.sha256, document.text, write_layout(document.layout))


def insert_document(change: Change, conn: Any, project: int, document: Document) -> int:
    """Inside a change: keep a checked document with its text, and give its number."""
    said = dict(zip(DOCUMENT, document_columns(document), strict=True))
    key = change.insert("documents", {"project_id": project, **said})
    insert_text(conn, key, text_columns(document), change.at)
    return key


def insert_text(conn: Any, key: int, text: tuple[Any, ...], at: str) -> None:
    """Inside a change: keep a text of a document; ``text`` are its values of ``TEXT``."""
    conn.execute(
        "insert into texts (document_id, revision, sha256, text, layout, created) "
        "values (?, ?, ?, ?, ?, ?)",
        (key, *text, at),
    )


def write_layout(layout: Layout) -> str:
    """The layout as the store keeps it: short arrays of JSON."""
    blocks = layout.blocks
    if isinstance(blocks, PlainBlocks):
        rows = [[*row, *_PLAIN] for row in blocks.rows]
    else:
        rows = [
            [b.kind, b.start, b.end, b.level, b.row, b.ordered, *([b.number] if b.number else [])]
            for b in blocks
        ]
    return orjson.dumps(
        {
            "blocks": rows,
            "inlines": [[i.kind, i.start, i.end, i.href] for i in layout.inlines],
        }
    ).decode()


def read_layout(kept: str) -> Layout:
    """The layout that ``write_layout`` wrote."""
    data = orjson.loads(kept)
    return Layout(
        blocks=tuple(Block(*block) for block in data["blocks"]),
        inlines=tuple(Inline(*inline) for inline in data["inlines"]),
    )


def _read_plainly(kept: str) -> Layout:
    """The same, for who mostly hands it on."""
    data = orjson.loads(kept)
    rows = data["blocks"]
    if data["inlines"] or [row for row in rows if row[3:] != _PLAIN]:
        return read_layout(kept)
    return Layout(PlainBlocks([row[:3] for row in rows]) if rows else ())
