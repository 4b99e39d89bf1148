"""What rows must not say of each other: asked of a whole file, and of a project that comes in.

SQLite holds each row to its own rules, and sees that what it points at is there. Rules across rows
are kept by the verbs that write them; a file that was edited, or a bundle that was made by hand,
went through none of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from annotations.errors import BadLine


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A thing that must not be.

    ``many`` says it after a number of rows; ``one`` of a single row, and ``remedy`` what to do with
    that row in a bundle; ``rows`` gives the rows, each as ``x``, a row of ``table``.
    """

    table: str
    many: str
    one: str
    remedy: str
    rows: str


_JOINED = """from relations x join annotations h on h.id = x.head_id
    left join annotations k on k.id = x.child_id"""

CONTRADICTIONS = (
    Contradiction(
        "documents",
        "documents have no text",
        "this document has no text",
        "add the text of that revision to tables/texts.jsonl, or leave the document out",
        """from documents x where not exists (
        select 1 from texts t where t.document_id = x.id and t.revision = x.revision)""",
    ),
    Contradiction(
        "annotations",
        "marks reach beyond the end of their text",
        "this mark reaches beyond the end of its text",
        "put its place right, or mark it as deleted too",
        """from annotations x join documents d on d.id = x.document_id
        where x.deleted = 0 and x.revision = d.revision and x.end_at > d.characters""",
    ),
    Contradiction(
        "relations",
        "relations lead to a deleted mark",
        "this relation leads to a mark that is deleted",
        "mark the relation as deleted too, or the mark as not deleted",
        f"{_JOINED} where x.deleted = 0 and (h.deleted = 1 or k.deleted = 1)",
    ),
    Contradiction(
        "relations",
        "relations leave their layer or document",
        "this relation and its ends are not of one layer and document",
        "give the relation the layer and the document of its ends",
        f"""{_JOINED} where ((h.layer_id, h.document_id) <> (x.layer_id, x.document_id)
        or (k.layer_id, k.document_id) <> (x.layer_id, x.document_id))""",
    ),
    Contradiction(
        "annotations",
        "marks lie in a deleted layer",
        "this mark is not deleted, and its layer is",
        "mark the layer as not deleted in tables/layers.jsonl, or the mark as deleted too",
        """from annotations x join layers l on l.id = x.layer_id
        where x.deleted = 0 and l.deleted = 1""",
    ),
)


def contradictions(conn: Any) -> Iterator[str]:
    """What is wrong in the whole file, a sentence for each kind."""
    for each in CONTRADICTIONS:
        count = conn.execute(f"select count(*) {each.rows}").fetchone()[0]
        if count:
            yield f"{count} {each.many}"


def refuse_contradictions(conn: Any, project: int) -> None:
    """Refuse a project that has just come in, its rows in the order of the bundle's lines.

    Raises ``BadLine`` for the first row that contradicts another, with what to do about it.
    """
    for each in CONTRADICTIONS:
        (first,) = conn.execute(
            f"select min(x.id) {each.rows} and x.project_id = ?",
            (project,),
        ).fetchone()
        if first is not None:
            (line,) = conn.execute(
                f"select count(*) from {each.table} where project_id = ? and id <= ?",  # noqa: S608
                (project, first),
            ).fetchone()
            raise BadLine(f"{each.one}; {each.remedy}.", line, f"tables/{each.table}.jsonl")
