"""The actors and the concepts of a project: where they are mentioned; renamed, merged, parted."""

from math import ceil
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from annotations.errors import NotFound
from annotations.names import folded
from annotations.store.register import Register, Registered
from annotations.store.statements import Wanted
from reader import here
from reader.errors import wants_fragment
from reader.limits import heavy
from reader.request_numbers import read_number
from reader.wording import contradictions

bp = Blueprint("registers", __name__)

PAGE = 10
"""Statements on one page below an actor or a concept."""
ENTRIES_PER_PAGE = 50
"""Actors or concepts on one page of their list."""


def _register(kind: str) -> Register:
    registers = {"actors": here.store().actors, "concepts": here.store().concepts}
    if kind not in registers:
        raise NotFound("list", kind)
    return registers[kind]


@bp.get("/projects/<project>/registers/<kind>")
@heavy("page")
def register(project: str, kind: str) -> str:
    of = here.project(project)
    listed = in_order(_register(kind).outline(of))
    asked = request.args.get("q", "").strip()
    fitting = [(depth, entry) for depth, entry in listed if _fits(entry, folded(asked))]
    pages = max(1, ceil(len(fitting) / ENTRIES_PER_PAGE))
    page = min(max(1, read_number(request.args, "page", _page_of(fitting))), pages)
    shown = fitting[(page - 1) * ENTRIES_PER_PAGE : page * ENTRIES_PER_PAGE]
    whole = _register(kind).several(of, [entry.id for _, entry in shown])
    act = here.act("look", of)
    return render_template(
        "registers/register.html",
        project=of,
        kind=kind,
        listed=[(depth, whole[entry.id]) for depth, entry in shown if entry.id in whole],
        asked=asked,
        total=len(listed),
        fitting=len(fitting),
        page=page,
        pages=pages,
        undo=here.store().log.next_undo(act) is not None,
        redo=here.store().log.next_redo(act) is not None,
    )


def _fits(entry: Registered, wanted: str) -> bool:
    """Whether a folded text stands in the name, an alias, or a name that was merged into it."""
    names = (entry.name, *entry.aliases, *(name for _, name in entry.merged))
    return not wanted or any(wanted in folded(name) for name in names)


def _page_of(fitting: list[tuple[int, Registered]]) -> int:
    """The page on which the entry stands that the address names as ``at``; else the first."""
    ids = [entry.id for _, entry in fitting]
    at = request.args.get("at", "")
    return ids.index(at) // ENTRIES_PER_PAGE + 1 if at in ids else 1


@bp.get("/projects/<project>/registers/<kind>/<entry>")
def one(project: str, kind: str, entry: str) -> str:
    """One actor or concept with its statements; to htmx only these."""
    of, store = here.project(project), here.store()
    found = _register(kind).one(of, entry)
    wanted = Wanted(**{_FIELDS[kind]: found.name})
    total = store.statements.count(of, wanted)
    pages = max(1, ceil(total / PAGE))
    page = min(max(1, read_number(request.args, "page", 1)), pages)
    book = store.codebooks.of(of.key)
    return render_template(
        "registers/_said.html" if wants_fragment() else "registers/one.html",
        project=of,
        kind=kind,
        entry=found,
        field=_FIELDS[kind],
        found=store.statements.page(of, wanted, "place", PAGE, (page - 1) * PAGE),
        total=total,
        page=page,
        pages=pages,
        problems=lambda statement: contradictions(book, statement),
    )


_FIELDS = {"actors": "actor", "concepts": "concept"}
"""How each list is asked for, of statements and of marks."""


def in_order(listed: list[Registered]) -> list[tuple[int, Registered]]:
    """The entries with their depth, each below the one it stands under; a circle counts as flat."""
    below: dict[str | None, list[Registered]] = {}
    names = {entry.name for entry in listed}
    for entry in listed:
        below.setdefault(entry.parent if entry.parent in names else None, []).append(entry)
    found: list[tuple[int, Registered]] = []
    waiting = [(0, entry) for entry in reversed(below.get(None, []))]
    while waiting:
        depth, entry = waiting.pop()
        found.append((depth, entry))
        waiting.extend((depth + 1, child) for child in reversed(below.get(entry.name, [])))
    return found


def _back(project: str, kind: str, entry: str = "") -> Response:
    """To the page of the list on which an entry stands."""
    anchor = f"n-{entry}" if entry else None
    address = url_for(
        "registers.register", project=project, kind=kind, at=entry or None, _anchor=anchor
    )
    return make_response(redirect(address, 303))


@bp.post("/projects/<project>/registers/<kind>/<entry>")
def edit(project: str, kind: str, entry: str) -> Response:
    of = here.project(project)
    fields: dict[str, Any] = {
        "name": request.form.get("name", ""),
        "aliases": [a.strip() for a in request.form.get("aliases", "").splitlines() if a.strip()],
    }
    if "parent" in request.form:
        fields["parent"] = request.form["parent"]
    saw = read_number(request.form, "saw")
    _register(kind).edit(here.act("edit name", of), of, entry, fields, saw)
    return _back(of.id, kind, entry)


@bp.post("/projects/<project>/registers/<kind>/<entry>/merge")
def merge(project: str, kind: str, entry: str) -> Response:
    of = here.project(project)
    target = request.form.get("target", "").strip()
    found = [r for r in _register(kind).outline(of) if r.name == target]
    if not found:
        raise NotFound("name", target)
    _register(kind).merge(here.act("merge", of), of, entry, found[0].id)
    return _back(of.id, kind, found[0].id)


@bp.post("/projects/<project>/registers/<kind>/<entry>/part")
def part(project: str, kind: str, entry: str) -> Response:
    of = here.project(project)
    _register(kind).part(here.act("part", of), of, entry)
    return _back(of.id, kind, entry)


@bp.post("/projects/<project>/registers/<kind>/turn/<verb>")
def turn(project: str, kind: str, verb: str) -> Response:
    """Undo or redo what this person did last to the project as a whole."""
    of = here.project(project)
    log = here.store().log
    verbs = {"undo": log.undo, "redo": log.redo}
    if verb not in verbs:
        raise NotFound("command", verb)
    verbs[verb](here.act(verb, of))
    return _back(of.id, kind)
