"""The table of statements: every claim and demand with its actors, its status and its place."""

import csv
import io
from collections.abc import Iterable, Iterator
from math import ceil

from flask import Blueprint, Response, make_response, render_template, request

from annotations.codebook import Codebook
from annotations.formats.spreadsheet import safe
from annotations.store.statements import SORTS, Found, Wanted
from reader import here
from reader.wording import contradictions

bp = Blueprint("statements", __name__)

PAGE = 100


def _wanted() -> Wanted:
    return Wanted(**{name: request.args.get(name, "").strip() for name in Wanted.__slots__})


@bp.get("/projects/<project>/statements")
def table(project: str) -> str:
    of = here.project(project)
    wanted, register = _wanted(), here.store().statements
    sort = request.args.get("sort", "place")
    sort = sort if sort in SORTS else "place"
    total = register.count(of, wanted)
    pages = max(1, ceil(total / PAGE))
    page = min(max(1, request.args.get("page", 1, type=int)), pages)
    book = here.store().codebooks.of(of.key)
    chosen = {n: getattr(wanted, n) for n in Wanted.__slots__ if getattr(wanted, n)}
    return render_template(
        "statements/table.html",
        project=of,
        found=register.page(of, wanted, sort, PAGE, (page - 1) * PAGE),
        problems=lambda statement: contradictions(book, statement),
        total=total,
        page=page,
        pages=pages,
        wanted=wanted,
        chosen=chosen,
        sort=sort,
        labels=[label.name for label in book.labels if label.takes_concept],
        statuses=_statuses(book),
        relations=[kind.name for kind in book.relations],
        concepts=here.store().names.concepts(of, limit=500),
        entities=here.store().names.entities(of, limit=500),
    )


def _statuses(book: Codebook) -> list[str]:
    """The statuses that attributes or relations can give, in the codebook's order."""
    attributes = [a for label in book.labels for a in label.attributes if a.id == "status"]
    given = [choice for attribute in attributes for choice in attribute.choices]
    derived = [kind.sets_status for kind in book.relations if kind.sets_status]
    return list(dict.fromkeys([*given, *derived]))


@bp.get("/projects/<project>/statements.csv")
def file(project: str) -> Response:
    of = here.project(project)
    kinds = [kind.name for kind in here.store().codebooks.of(of.key).relations]
    found = here.store().statements.all(of, _wanted(), request.args.get("sort", "place"))
    body = "".join(_rows(found, kinds))
    return make_response(
        body.encode("utf-8-sig"),
        {
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": 'attachment; filename="statements.csv"',
        },
    )


def _rows(found: Iterable[Found], kinds: list[str]) -> Iterator[str]:
    """A heading, then a row for each statement; a column for each relation."""
    heading = ("document", "title", "id", "label", "concept", "stance", "status", "quote", "start")
    yield _row((*heading, "end", *kinds, "note"))
    for entry in found:
        mark, document = entry.annotation, entry.document.value
        parties = dict(entry.statement.parties)
        yield _row(
            (
                document.id,
                document.title,
                mark.id,
                mark.label,
                mark.concept or "",
                str(mark.attributes.get("stance", "")),
                entry.statement.status or "",
                mark.quote(document.text),
                str(mark.start),
                str(mark.end),
                *("; ".join(parties.get(kind, ())) for kind in kinds),
                mark.note,
            )
        )


def _row(cells: Iterable[str]) -> str:
    sheet = io.StringIO(newline="")
    csv.writer(sheet).writerow([safe(cell) for cell in cells])
    return sheet.getvalue()
