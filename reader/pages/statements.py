"""The table of statements: every claim and demand with its actors, its status and its place."""

import csv
import io
from collections.abc import Iterable, Iterator
from math import ceil
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from annotations.codebook import Attribute, Codebook, Label, RelationKind
from annotations.document import Relation, new_id
from annotations.errors import BadInput, NotFound, Stale
from annotations.formats.cells import safe
from annotations.store import KeptMark, Project
from annotations.store.statements import SORTS, Found, Wanted
from reader import here
from reader.errors import wants_fragment
from reader.limits import heavy
from reader.pages.finding import lately
from reader.pages.marking import fields_of, stale_message
from reader.request_numbers import read_number
from reader.sides import differing
from reader.wording import contradictions
from reader.words import gettext as _

bp = Blueprint("statements", __name__)

PAGE = 100
MOST_COLUMNS = 3
"""Attributes that have a column of their own; all of them stand in the card."""


def _wanted() -> Wanted:
    return Wanted(**{name: request.args.get(name, "").strip() for name in Wanted.__slots__})


@bp.get("/projects/<project>/statements")
@heavy("page")
def table(project: str) -> str:
    of = here.project(project)
    wanted, register = _wanted(), here.store().statements
    sort = request.args.get("sort", "place")
    sort = sort if sort in SORTS else "place"
    total = register.count(of, wanted, sort)
    book = here.store().codebooks.of(of.key)
    pages = max(1, ceil(total / PAGE))
    page = min(max(1, read_number(request.args, "page", 1)), pages)
    chosen = {n: getattr(wanted, n) for n in Wanted.__slots__ if getattr(wanted, n)}
    return render_template(
        "statements/table.html",
        found=register.page(of, wanted, sort, PAGE, (page - 1) * PAGE),
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
        back=request.full_path.removesuffix("?"),
        **_around(of),
    )


def _around(of: Project) -> dict[str, Any]:
    """What every row of the table needs beside its statement."""
    book = here.store().codebooks.of(of.key)
    told = {True: _("yes"), False: _("no"), None: ""}
    return {
        "project": of,
        "book": book,
        "columns": _columns(book),
        "said": lambda value: told[value] if value is None or value in (True, False) else value,
        "problems": lambda statement: contradictions(book, statement),
        **lately(of),
    }


def _columns(book: Codebook) -> list[Attribute]:
    """The attributes of statements that have a column: all but the status, which has its own."""
    found: dict[str, Attribute] = {}
    for label in book.labels:
        if label.takes_concept:
            for attribute in label.attributes:
                found.setdefault(attribute.id, attribute)
    found.pop("status", None)
    return list(found.values())[:MOST_COLUMNS]


# --- changing a statement where it stands


@bp.get("/projects/<project>/statements/<annotation>/<field>")
def cell(project: str, annotation: str, field: str) -> str:
    """The form for one field of a statement; without a script, on a page of its own."""
    of = here.project(project)
    store = here.store()
    mark = store.marks.find(of, annotation)
    entry = store.statements.one(of, annotation)
    book = store.codebooks.of(of.key)
    label = book.label(mark.value.label)
    attribute = _attribute(label, field)
    relations = store.marks.relations_at(of, [annotation]) if field == "actors" else []
    ends = [r.child for r in relations if r.child]
    names = {
        a.id: a.entity or a.quote(entry.document.value.text) for a in store.marks.several(of, ends)
    }
    derived = {
        k.sets_status for k in book.relations for n, _who in entry.statement.parties if k.name == n
    }
    titles = {"concept": _("Concept"), "actors": _("Actors")}
    template = "statements/_cell.html" if wants_fragment() else "statements/cell.html"
    return render_template(
        template,
        project=of,
        mark=mark,
        document=entry.document.value,
        field=field,
        attribute=attribute,
        now=mark.value.attributes.get(attribute.id) if attribute else None,
        title=attribute.name.capitalize() if attribute else titles[field],
        relations=[r for r in relations if r.head == annotation],
        actor_of=lambda relation: names.get(relation.child, ""),
        kinds=_kinds(book, label),
        derived=", ".join(s for s in derived if s) if field == "attribute.status" else "",
        address=url_for("statements.change", project=of.id, annotation=annotation, field=field),
        back=_back(of, request.args.get("back", "")),
    )


def _attribute(label: Label, field: str) -> Attribute | None:
    """The attribute that a field is, if it is one. Raises ``NotFound``."""
    if field in ("concept", "actors"):
        return None
    for attribute in label.attributes:
        if field == f"attribute.{attribute.id}":
            return attribute
    raise NotFound("field", field)


def _kinds(book: Codebook, label: Label) -> list[RelationKind]:
    """The relations that lead from a statement to an actor."""
    actors = {other.id for other in book.labels if other.takes_entity}
    return [kind for kind in book.kinds_from(label) if actors & set(kind.children)]


@bp.post("/projects/<project>/statements/<annotation>/<field>")
def change(project: str, annotation: str, field: str) -> Response:
    of = here.project(project)
    store = here.store()
    mark = store.marks.find(of, annotation)
    label = store.codebooks.of(of.key).label(mark.value.label)
    _attribute(label, field)
    form = request.form
    saw = read_number(form, "saw")
    if field == "actors":
        _change_actors(of, mark)
    else:
        fields = fields_of(of, mark, here.document_of(mark))
        wanted = {"concept"} if field == "concept" else {"attributes"}
        if set(fields) != wanted:
            raise BadInput(_("The form does not say what the field holds; reload the page."))
        try:
            store.marks.edit(here.act("edit", of, mark.document), of, annotation, fields, saw)
        except Stale as stale:
            return _both_sides(of, annotation, field, stale)
    return _changed(of, annotation)


def _changed(of: Project, annotation: str) -> Response:
    """The row of a statement as it is now."""
    form = request.form
    if not wants_fragment():
        return make_response(redirect(_back(of, form.get("back", "")), 303))
    return make_response(
        render_template(
            "statements/changed.html",
            entry=here.store().statements.one(of, annotation),
            told=_("Saved"),
            back=_back(of, form.get("back", "")),
            **_around(of),
        )
    )


def _both_sides(of: Project, annotation: str, field: str, stale: Stale) -> Response:
    """A stale change: what the cell holds now beside what was about to be written, with its row."""
    store = here.store()
    kept = store.marks.find(of, annotation)
    entry = store.statements.one(of, annotation)
    book = store.codebooks.of(of.key)
    rows = differing(book, kept.value, entry.document.value.text, request.form)
    if not rows:
        return _changed(of, annotation)  # somebody else has made it so
    drawn = render_template(
        "statements/stale.html" if wants_fragment() else "errors/stale_page.html",
        message=stale_message(kept, stale),
        rows=rows,
        fragment=False,
        now=stale.now,
        see=url_for("statements.cell", project=of.id, annotation=annotation, field=field),
        entry=entry,
        back=_back(of, request.form.get("back", "")),
        **_around(of),
    )
    return make_response(drawn, 409, {"X-Postil-Now": str(stale.now)})


def _change_actors(of: Project, mark: KeptMark) -> None:
    """Take a relation away, or add one to an actor."""
    store, form = here.store(), request.form
    if form.get("remove"):
        mine = {r.id for r in store.marks.relations_at(of, [mark.value.id])}
        if form["remove"] not in mine:
            raise NotFound("relation", form["remove"])
        store.marks.unrelate(here.act("unrelate", of, mark.document), of, form["remove"])
        return
    name = form.get("entity", "").strip()
    if not name:
        raise BadInput(_("Write who it is, or leave the cell with Escape."))
    draft = Relation(
        id=form.get("op") or new_id(),
        head=mark.value.id,
        label=form.get("kind", ""),
        child_entity=name,
    )
    store.marks.relate(here.act("relate", of, mark.document), of, draft)


def _back(of: Project, address: str) -> str:
    """Where a form goes back to: the table as it was, never out of the project."""
    own = url_for("statements.table", project=of.id)
    fits = address == own or address.startswith(f"{own}?")
    return address if fits and not set("\\\r\n") & set(address) else own


def _statuses(book: Codebook) -> list[str]:
    """The statuses that attributes or relations can give, in the codebook's order."""
    attributes = [a for label in book.labels for a in label.attributes if a.id == "status"]
    given = [choice for attribute in attributes for choice in attribute.choices]
    derived = [kind.sets_status for kind in book.relations if kind.sets_status]
    return list(dict.fromkeys([*given, *derived]))


@bp.get("/projects/<project>/statements.csv")
@heavy("file")
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
    yield _row((*heading, "end", *kinds, "note", "unsure"))
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
                "1" if mark.unsure else "",
            )
        )


def _row(cells: Iterable[str]) -> str:
    sheet = io.StringIO(newline="")
    csv.writer(sheet).writerow([safe(cell) for cell in cells])
    return sheet.getvalue()
