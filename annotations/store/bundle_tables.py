"""Which tables go along in a bundle, and what their columns point at."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]
SEQS = ("created_seq", "seq", "most")
"""Columns that hold numbers of the log."""

NUMBERS = ("id", "project_id")


@dataclass(frozen=True, slots=True)
class Table:
    """A table that goes along. ``refs`` are the columns that point at something, with its table;
    ``within`` is the condition by which a row is the project's; ``order`` that of the rows."""

    name: str
    refs: Mapping[str, str]
    within: str = "x.project_id = :project"
    order: str = "x.id"


_BY_DOCUMENT = "x.document_id in (select id from documents where project_id = :project)"
_BY_PERSON = "(select uid from people where id = x.person_id)"
_IN_TEXT = {"document_id": "documents", "layer_id": "layers", "label_id": "labels"}
_NAMED = {"entity_id": "entities", "concept_id": "concepts"}

TABLES = (
    Table("memberships", {"person_id": "people"}, order=_BY_PERSON),
    Table("labels", {}),
    Table("relation_kinds", {}),
    Table("layers", {"person_id": "people"}),
    Table("documents", {}),
    Table("texts", {"document_id": "documents"}, _BY_DOCUMENT, "x.document_id, x.revision"),
    Table("entities", {"merged_into": "entities"}),
    Table("concepts", {"parent_id": "concepts", "merged_into": "concepts"}),
    Table("annotations", {**_IN_TEXT, **_NAMED}),
    Table(
        "relations",
        {
            "document_id": "documents",
            "layer_id": "layers",
            "kind_id": "relation_kinds",
            "head_id": "annotations",
            "child_id": "annotations",
            "child_entity_id": "entities",
        },
    ),
    Table("document_states", {"document_id": "documents", "layer_id": "layers"}),
    Table(
        "comments",
        {"document_id": "documents", "annotation_id": "annotations", "person_id": "people"},
    ),
    Table("suggestions", {**_IN_TEXT, **_NAMED}, _BY_DOCUMENT),
    Table(
        "offers",
        {"document_id": "documents", "layer_id": "layers"},
        _BY_DOCUMENT,
        "x.document_id, x.layer_id",
    ),
    Table(
        "decisions",
        {
            "document_id": "documents",
            "person_id": "people",
            "label_id": "labels",
            "annotation_id": "annotations",
        },
    ),
    Table(
        "places",
        {"person_id": "people", "document_id": "documents"},
        _BY_DOCUMENT,
        f"{_BY_PERSON}, x.document_id",
    ),
    Table("queue_orders", {"person_id": "people"}, order=_BY_PERSON),
)
BY_NAME = {table.name: table for table in TABLES}
SELF = {"entities": ("merged_into",), "concepts": ("parent_id", "merged_into")}
JSON: Mapping[str, type] = {
    "extra": dict,
    "meta": dict,
    "attributes": dict,
    "labels": list,
    "aliases": list,
    "fragments": list,
}
"""Columns that hold JSON, and what it is."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What else a bundle holds, beside the rows of ``TABLES``.

    ``codebooks`` are all versions as TOML, by their numbers; ``people`` those that rows name.
    """

    project: Row
    people: list[Row]
    codebooks: dict[int, str]
