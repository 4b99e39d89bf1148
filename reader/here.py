"""What a request is about: the store, the person, the project, the act."""

from typing import Any, cast

from flask import current_app, g, request, session

from annotations.document import new_id
from annotations.errors import NotFound
from annotations.store import Act, KeptDocument, Person, Project, Store


def store() -> Store:
    """The store of this application."""
    return cast(Store, current_app.extensions["postil"])


def person() -> Person:
    """Whoever sits at this browser: whom they said they are, else whom the installation began with."""
    if "person" not in g:
        chosen = session.get("person")
        try:
            g.person = store().people.find(chosen) if chosen else store().people.first()
        except NotFound:
            session.pop("person")
            g.person = store().people.first()
    return cast(Person, g.person)


def is_shared() -> bool:
    """Whether other machines may reach this server, so that people must say who they are."""
    return bool(current_app.config["POSTIL_SHARED"])


def project(uid: str) -> Project:
    """The project that an address names. Raises ``NotFound``."""
    return store().projects.find(uid)


def document(of: Project, uid: str) -> KeptDocument:
    """The document that an address names, in its project. Raises ``NotFound``."""
    return store().documents.find(of, uid)


def act(kind: str, of: Project | None, doc: int | None = None, about: Any = None) -> Act:
    """The act of this request. Its operation id comes with the form; the form is what is digested."""
    form = {
        name: request.form.getlist(name)
        for name in request.form
        if name not in ("op", "csrf_token", "view")
    }
    return Act(
        op=request.form.get("op") or new_id(),
        person=person().key,
        kind=kind,
        project=of.key if of else None,
        document=doc,
        request=[request.path, about, form],
    )
