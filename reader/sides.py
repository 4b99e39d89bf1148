"""Both sides of a stale edit: what a form was about to write, and what stands there now."""

from collections.abc import Mapping
from dataclasses import dataclass

from annotations.codebook import Codebook
from annotations.document import Annotation
from reader.request_numbers import read_number
from reader.words import gettext as _

SHOWN = 400
"""Characters of a value that are shown."""


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that differs: the form's fields that say it, as sent, and both sides in words."""

    title: str
    sent: Mapping[str, str]
    mine: str
    theirs: str

    @property
    def fields(self) -> list[str]:
        return list(self.sent)


def differing(codebook: Codebook, now: Annotation, text: str, form: Mapping[str, str]) -> list[Row]:
    """What a form would change of an annotation as it stands now, in the card's order."""
    rows: list[Row] = []

    def compare(title: str, sent: Mapping[str, str], mine: str, theirs: str) -> None:
        if mine != theirs:
            rows.append(Row(title, sent, mine[:SHOWN], theirs[:SHOWN]))

    plain = {
        "label": (_("Label"), now.label),
        "entity": (_("Actor"), now.entity or ""),
        "concept": (_("Concept"), now.concept or ""),
    }
    start, end = read_number(form, "start", -1), read_number(form, "end", -1)
    if start >= 0 and end >= 0:
        borders = {name: form[name] for name in ("start", "end", "quote") if name in form}
        compare(_("Borders"), borders, text[start:end], text[now.start : now.end])
    for name, (title, theirs) in plain.items():
        if name in form:
            compare(title, {name: form[name]}, form[name].strip(), theirs)
    known = {attribute.id: attribute for attribute in codebook.label(now.label).attributes}
    for name in form:
        if not name.startswith("attribute."):
            continue
        uid = name.removeprefix("attribute.")
        attribute = known.get(uid)
        value = now.attributes.get(uid, "")
        mine = _last(form, name)
        if attribute is not None and attribute.kind == "flag":
            compare(attribute.name, {name: mine}, _yes(mine == "1"), _yes(bool(value)))
        else:
            title = attribute.name if attribute is not None else uid
            compare(title, {name: mine}, mine, _number(value))
    if "note" in form:
        note = form["note"].replace("\r\n", "\n").strip()
        compare(_("Note"), {"note": note}, note, now.note)
    if "unsure" in form:
        mine = _last(form, "unsure")
        compare(_("Unsure"), {"unsure": mine}, _yes(mine == "1"), _yes(now.unsure))
    return rows


def _last(form: Mapping[str, str], name: str) -> str:
    """The last value of a field: a box that is ticked follows a hidden field that is not."""
    listed = getattr(form, "getlist", None)
    return str(listed(name)[-1]) if listed else form[name]


def _number(value: object) -> str:
    """An attribute's value as a field shows it: 3.0 as “3”."""
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value)) if whole else str(value)  # type: ignore[call-overload]


def _yes(value: bool) -> str:
    return str(_("yes") if value else _("no"))
