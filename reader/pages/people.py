"""Who sits here: choosing a name, adding one, and changing one's own."""

from flask import Blueprint, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from annotations.errors import BadInput
from annotations.store import Person
from annotations.store.people import checked_name
from reader import here
from reader.words import gettext as _

bp = Blueprint("people", __name__)


@bp.get("/you")
def who() -> str:
    """Who you are here, and who else there is."""
    return _page()


@bp.post("/you")
def choose() -> Response | tuple[str, int]:
    """Be somebody who is there, somebody new, or call yourself otherwise."""
    doing, name = request.form.get("do", ""), request.form.get("name", "")
    people = here.store().people
    try:
        if doing == "choose":
            person = people.find(request.form.get("person", ""))
        elif doing == "add":
            person = people.add(_free(name))
        elif doing == "rename" and (known := _myself()) is not None:
            person = people.rename(known, _free(name, known))
        else:
            raise BadInput(_("Say first who you are."))
    except BadInput as error:
        return _page(str(error), doing, name), 422
    session["person"] = person.id
    return redirect(local(request.form.get("next", "")) or url_for("people.who"), 303)


def _page(problem: str = "", doing: str = "", name: str = "") -> str:
    return render_template(
        "people/who.html",
        people=here.store().people.all(),
        myself=_myself(),
        problem=problem,
        doing=doing,
        name=name,
        next=local(request.values.get("next", "")),
    )


def _myself() -> Person | None:
    """Whoever this is; nobody yet at a shared server before they have said it."""
    me = here.person()
    return None if here.is_shared() and "person" not in session else me


def _free(name: str, mine: Person | None = None) -> str:
    """The name, once nobody else bears it: two people of one name could not be told apart."""
    name = checked_name(name)
    for person in here.store().people.all():
        if person.name.casefold() == name.casefold() and person != mine:
            raise BadInput(
                _(
                    "There is somebody called “%(name)s” already. If that is you, choose the name "
                    "from the list; if not, add something that tells you apart.",
                    name=person.name,
                )
            )
    return name


def local(address: str) -> str:
    """The address, if it leads to a page of ours; else nothing.

    Browsers take ``//host``, ``/\\host`` and either with a tab in it for another site.
    """
    if not address.startswith("/") or address.startswith("//") or "\\" in address:
        return ""
    return "" if any(ord(c) < 32 or ord(c) == 127 for c in address) else address
