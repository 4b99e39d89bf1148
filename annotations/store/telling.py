"""Rows of the log in words: what a mark, a relation, a name or a document was at one time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from annotations.document import Annotation, Origin, Relation
from annotations.store.codebooks import Coding
from annotations.store.corrections import spans_of
from annotations.store.database import Database
from annotations.store.values import loads

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """A mark, relation, name or document as it was at one time, in words.

    ``fields`` are what can be said of it (``label``, ``quote``, ``note``…), each a text, none
    empty.
    """

    kind: str
    uid: str
    lives: bool
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Touched:
    """An object before and after a change; ``before`` is ``None`` where the change made it."""

    before: Said | None
    after: Said

    @property
    def differing(self) -> list[tuple[str, str, str]]:
        """Each field that the change altered, with what it was and what it became."""
        was = dict(self.before.fields) if self.before is not None else {}
        now = self.after.fields
        names = [*now, *(name for name in was if name not in now)]
        return [(n, was.get(n, ""), now.get(n, "")) for n in names if was.get(n) != now.get(n)]


class Words:
    """Rows of the log in words: labels, entities and concepts by the names they have now."""

    def __init__(self, database: Database, coding: Coding):
        self._database, self._coding = database, coding
        self._names: dict[tuple[str, int], str] = {}
        self._layers: dict[int, str] = {}

    def _name(self, table: str, key: int | None) -> str:
        if key is None:
            return ""
        if (table, key) not in self._names:
            row = self._database.row(
                f"""select coalesce(m.name, n.name) from {table} n
                left join {table} m on m.id = n.merged_into where n.id = :key""",  # noqa: S608
                {"key": key},
            )
            self._names[table, key] = row[0] if row else ""
        return self._names[table, key]

    def said(self, kind: str, row: Row, text: str) -> Said:
        """A row in words; of one that was erased nothing but that."""
        if "uid" not in row:
            return Said(kind, "", False, {})
        tell = {
            "annotations": self._mark,
            "relations": self._relation,
            "documents": self._document,
        }.get(kind, self._named)
        fields = {name: value for name, value in tell(row, text).items() if value}
        return Said(kind, row["uid"], not row["deleted"], fields)

    def _mark(self, row: Row, text: str) -> dict[str, str]:
        spans = spans_of(row["start_at"], row["end_at"], row["fragments"])
        fields = {
            "label": self._coding.label_names.get(row["label_id"], ""),
            "quote": " … ".join(span.of(text) for span in spans),
            "entity": self._name("entities", row["entity_id"]),
            "concept": self._name("concepts", row["concept_id"]),
            "note": row["note"],
            "unsure": "yes" if row["unsure"] else "",
            "doubt": row.get("doubt") or "",
            "place": ", ".join(f"{span.start}–{span.end}" for span in spans),
        }
        for name, value in loads(row["attributes"]).items():
            fields[f"attribute.{name}"] = "yes" if value is True else str(value or "")
        return fields

    def _relation(self, row: Row, _: str) -> dict[str, str]:
        return {
            "relation": self._coding.kind_names.get(row["kind_id"], ""),
            "head": self._end(row["head_id"]),
            "child": self._end(row["child_id"])
            if row["child_id"] is not None
            else self._name("entities", row["child_entity_id"]),
        }

    def _end(self, key: int) -> str:
        """What an end of a relation is called: its entity, else its quote as it is now."""
        row = self._database.row(
            """select a.entity_id, a.start_at, a.end_at, a.fragments, a.document_id, a.revision
            from annotations a where a.id = :key""",
            {"key": key},
        )
        if row[0] is not None:
            return self._name("entities", row[0])
        (text,) = self._database.row(
            "select text from texts where document_id = :document and revision = :revision",
            {"document": row[4], "revision": row[5]},
        )
        return " … ".join(span.of(text) for span in spans_of(*row[1:4]))

    def _document(self, row: Row, _: str) -> dict[str, str]:
        return {
            "title": row["title"],
            "revision": str(row["revision"]),
            "source": row["source"],
            "date": row["date"],
        }

    def _named(self, row: Row, _: str) -> dict[str, str]:
        table = "concepts" if "parent_id" in row else "entities"
        return {
            "name": row["name"],
            "aliases": ", ".join(orjson.loads(row["aliases"])),
            "parent": self._name(table, row.get("parent_id")),
            "merged": self._name(table, row["merged_into"]),
        }

    def annotation(self, row: Row) -> Annotation:
        """The annotation that a row holds."""
        spans = spans_of(row["start_at"], row["end_at"], row["fragments"])
        if row["layer_id"] not in self._layers:
            (uid,) = self._database.row(
                "select uid from layers where id = :key", {"key": row["layer_id"]}
            )
            self._layers[row["layer_id"]] = uid
        return Annotation(
            id=row["uid"],
            start=row["start_at"],
            end=row["end_at"],
            label=self._coding.label_names[row["label_id"]],
            fragments=spans if len(spans) > 1 else (),
            attributes=loads(row["attributes"]),
            entity=self._name("entities", row["entity_id"]) or None,
            concept=self._name("concepts", row["concept_id"]) or None,
            note=row["note"],
            unsure=bool(row["unsure"]),
            origin=Origin(row["origin"], row["origin_source"], row["origin_score"]),
            codebook=row["codebook_version"],
            created=row["created"],
            updated=row["updated"],
            extra=loads(row["extra"]),
            version=row["seq"],
            layer=self._layers[row["layer_id"]],
            key=row["id"],
            revision=row["revision"],
            doubt=row.get("doubt"),
        )

    def relation(self, row: Row, uids: Mapping[int, str]) -> Relation:
        """The relation that a row holds; ``uids`` are those of the marks at that time."""
        child = row["child_id"]
        return Relation(
            id=row["uid"],
            head=uids[row["head_id"]],
            label=self._coding.kind_names[row["kind_id"]],
            child=uids.get(child) if child is not None else None,
            child_entity=self._name("entities", row["child_entity_id"]) or None,
            extra=loads(row["extra"]),
            version=row["seq"],
        )
