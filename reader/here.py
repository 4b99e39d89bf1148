"""What a request is about: the store, the person, the project, the act."""

from dataclasses import replace
from functools import lru_cache
from typing import Any, cast

from flask import current_app, g, request, session

from annotations.document import new_id
from annotations.errors import NotFound
from annotations.ingest import plain
from annotations.store import Act, KeptDocument, KeptMark, Person, Project, Store
from reader.jobs import Jobs
from reader.request_numbers import parse_number
from reader.transfers import Desk


def store() -> Store:
    """The store of this application."""
    return cast(Store, current_app.extensions["postil"])


def jobs() -> Jobs:
    """What is done beside this application."""
    return cast(Jobs, current_app.extensions["postil.jobs"])


def transfers() -> Desk:
    """Imports and exports beside this application."""
    return cast(Desk, current_app.extensions["postil.transfers"])


def person() -> Person:
    """Whoever sits at this browser: who they said, else whom the installation began with."""
    known = chosen()
    if known is None:
        if "first" not in g:
            g.first = store().people.first()
        known = cast(Person, g.first)
    return known


def chosen() -> Person | None:
    """Who they said they are at this browser, if they have, and that person is still there."""
    if "person" not in g:
        g.person, said = None, session.get("person")
        if said is not None:
            try:
                g.person = store().people.find(said)
            except NotFound:
                session.pop("person")
    return cast(Person | None, g.person)


def version() -> int:
    """The number of the newest change when this request began: nothing that it shows is older."""
    if "version" not in g:
        g.version = store().log.newest()
    return int(g.version)


def is_shared() -> bool:
    """Whether other machines may reach this server, so that people must say who they are."""
    return bool(current_app.config["POSTIL_SHARED"])


def open_projects() -> list[Project]:
    """The projects that can be changed: those not archived."""
    return [project for project in store().projects.all() if not project.archived]


def project(uid: str) -> Project:
    """The project that an address names. Raises ``NotFound``."""
    return store().projects.find(uid)


def document(of: Project, uid: str, revision: int | None = None) -> KeptDocument:
    """The document that an address names, in its project, laid out. Raises ``NotFound``."""
    return laid_out(store().documents.find(of, uid, revision))


def document_of(mark: KeptMark) -> KeptDocument:
    """The document that a mark lies in, laid out, with the text it was made on."""
    return laid_out(store().documents.by_key(mark.document, mark.value.revision))


def laid_out(kept: KeptDocument) -> KeptDocument:
    """A document as a page shows it: without a layout, its lines are the paragraphs.

    Only shown so, never stored: what comes in without layout goes out without it.
    """
    value = kept.value
    if value.layout.blocks or not value.text:
        return kept
    return replace(kept, value=replace(value, layout=_paragraphs(value.text)))


_paragraphs = lru_cache(maxsize=8)(plain.layout)


def ways(of: Project, doc: KeptDocument) -> list[str]:
    """Which of “undo” and “redo” this person has in a document."""
    mine = Act(op="", person=person().key, kind="look", project=of.key, document=doc.key)
    log = store().log
    chosen = {"undo": log.next_undo(mine), "redo": log.next_redo(mine)}
    return [way for way, change in chosen.items() if change is not None]


def part_of(op: str, kind: str, of: Project, doc: int | None, about: Any) -> Act:
    """One of several acts that a request comes to; ``op`` is its own operation id."""
    return Act(
        op=op,
        person=person().key,
        kind=kind,
        project=of.key,
        document=doc,
        request=[request.path, about],
    )


def page_revision() -> int | None:
    """Which text the page shows that asks, where a script says so."""
    return parse_number(request.headers.get("X-Postil-Revision"))


def act(kind: str, of: Project | None, doc: int | None = None, about: Any = None) -> Act:
    """The act of this request. The form brings its operation id, and is what is digested.

    Not what it must hold before it is done (``saw``): whoever sends again may know better by then.
    """
    form = {
        name: request.form.getlist(name)
        for name in request.form
        if name not in ("op", "csrf_token", "view", "saw")
    }
    return Act(
        op=request.form.get("op") or new_id(),
        person=person().key,
        kind=kind,
        project=of.key if of else None,
        document=doc,
        request=[request.path, about, form],
    )
