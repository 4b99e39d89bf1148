"""Annotations as Hypothesis has them, made into Web Annotations (``w3c``).

Read are what its API answers (``rows``), what its client exports as JSON (``annotations``, with
``export_userid``) or as CSV, a list of rows, and a row by itself. ``tags`` become tags, ``text`` a
comment, ``user`` the creator. Replies are annotations of annotations, and are counted.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from typing import IO, Any

from annotations.errors import BadLine
from annotations.formats.cells import MAX_CELL
from annotations.formats.values import Json, objects_in, text_in, texts_in, typed

_ROW = (
    *("id", "created", "updated", "user", "uri", "text", "tags", "target", "document"),
    *("references", "user_info"),
)
SCHEME = "urn:hypothesis:"
"""What stands before its ids, which are unique, to make addresses of them."""

REPLIES = "replies to annotations"


def rows_in(data: Json, lost: Counter[str]) -> list[Json] | None:
    """The rows of an object, ``None`` where it is none of Hypothesis'."""
    if _is_row(data):
        return [data]
    for key in ("rows", "annotations"):
        entries = data.get(key)
        if type(entries) is list and (entries or "total" in data or "export_userid" in data):
            rows = objects_in(data, key)
            if all(map(_is_row, rows)):
                replies = data.get("replies")
                lost[REPLIES] += len(replies) if type(replies) is list else 0
                return rows
    return None


def _is_row(data: Json) -> bool:
    user = data.get("user")
    return "type" not in data and "uri" in data and type(user) is str and user.startswith("acct:")


def annotation_of(row: Json, lost: Counter[str]) -> Json | None:
    """The Web Annotation that a row is; ``None`` for a reply, which is counted.

    Raises ``BadLine`` for a row whose parts are of other types than Hypothesis gives them.
    """
    if row.get("references"):
        lost[REPLIES] += 1
        return None
    tags, comment = texts_in(row, "tags"), text_in(row, "text") or ""
    targets: list[Any] = [
        {**target, "source": target.get("source") or text_in(row, "uri") or ""}
        for target in objects_in(row, "target")
    ]
    bodies: list[Json] = [
        {"type": "TextualBody", "purpose": "tagging", "value": tag} for tag in tags if tag
    ]
    if comment:
        bodies.append({"type": "TextualBody", "purpose": "commenting", "value": comment})
    said: Json = {
        "type": "Annotation",
        "motivation": "commenting" if comment else "highlighting",
        "body": bodies,
        "target": targets or [text_in(row, "uri") or ""],
        "creator": {"type": "Person", "name": person_of(row)},
    }
    if uid := text_in(row, "id"):
        said["id"] = f"{SCHEME}{uid}"
    for ours, key in (("created", "created"), ("modified", "updated")):
        if moment := text_in(row, key):
            said[ours] = moment
    kept = {key: value for key, value in row.items() if key not in _ROW and value not in (None, "")}
    return {**said, "hypothesis": kept} if kept else said


def person_of(row: Json) -> str:
    """Who made it: ``ada`` of ``acct:ada@hypothes.is``, with the host where it is another."""
    name = (text_in(row, "user") or "").removeprefix("acct:")
    return name.removesuffix("@hypothes.is")


def titles_of(row: Json) -> list[str]:
    """What the page of a row is called, by which its document may be found."""
    document = typed(row, "document", dict) or {}
    given = document.get("title")
    listed: list[Any] = given if type(given) is list else [given]
    return [title for title in listed if type(title) is str and title]


# ── what the client exports as CSV ────────────────────────────────────────────────────────────────

_COLUMNS = {
    "creation date": "created",
    "created at": "created",
    "author": "user",
    "user": "user",
    "url": "uri",
    "group": "group",
    "annotation/reply type": "type",
    "quote": "quote",
    "comment": "text",
    "body": "text",
    "tags": "tags",
    "page": "page",
}


def rows_of_table(stream: IO[bytes]) -> Iterator[tuple[int, Json]]:
    """The rows of a CSV file, as the API would have them, each with its line.

    Its moments are of no stated zone, so they stay as they came. Raises ``BadLine``.
    """
    text = io.TextIOWrapper(stream, "utf-8-sig", newline="")
    csv.field_size_limit(max(csv.field_size_limit(), MAX_CELL))
    try:
        reader = csv.reader(text)
        names = [_COLUMNS.get(name.strip().lower(), name) for name in next(reader, [])]
        for cells in reader:
            row: Json = dict(zip(names, cells, strict=False))
            if not any(cells):
                continue
            quote, uri = row.pop("quote", ""), row.get("uri", "")
            selector = [{"type": "TextQuoteSelector", "exact": quote}] if quote else []
            is_reply = row.pop("type", "").strip().lower() == "reply"
            yield (
                reader.line_num,
                {
                    **{key: value for key, value in row.items() if key not in ("created", "tags")},
                    "user": f"acct:{row.get('user', '')}",
                    "tags": [tag for tag in row.get("tags", "").split(",") if tag],
                    "target": [{"source": uri, "selector": selector}],
                    **({"created at": row["created"]} if row.get("created") else {}),
                    **({"references": ["?"]} if is_reply else {}),
                },
            )
    except UnicodeDecodeError:
        raise BadLine("this is not UTF-8; save it as UTF-8") from None
    except csv.Error as error:
        raise BadLine(f"this cannot be read as CSV: {error}", reader.line_num) from None
    finally:
        text.detach()
