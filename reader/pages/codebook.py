"""The codebook: its labels, attributes and relations, changed in the page or as TOML.

A change is looked at before it is kept: the page says what it would do to how many marks. Each kept
codebook is a new version; an earlier one can be brought back, which makes it the newest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from annotations import codebook as books
from annotations.codebook import Attribute, Codebook, Label, RelationKind, Rule
from annotations.differences import Difference, differences
from annotations.errors import BadInput
from annotations.store import Project
from annotations.suggest import rules as suggesting
from reader import here
from reader.limits import heavy
from reader.pages.guidelines import drawn_guidelines
from reader.request_numbers import read_number
from reader.words import gettext as _
from reader.words import lazy_gettext as _l

bp = Blueprint("codebook", __name__)

COLOURS = {
    "blue": _l("blue"),
    "green": _l("green"),
    "orange": _l("orange"),
    "purple": _l("purple"),
    "red": _l("red"),
    "teal": _l("teal"),
    "pink": _l("pink"),
    "gold": _l("gold"),
    "grey": _l("grey"),
}
UNDERLINES = {
    "solid": _l("solid"),
    "dotted": _l("dotted"),
    "double": _l("double"),
    "dashed": _l("dashed"),
    "wavy": _l("wavy"),
}
KINDS = {
    "choice": _l("choice"),
    "flag": _l("flag"),
    "text": _l("text"),
    "number": _l("number"),
    "date": _l("date"),
}

RULE_KINDS = {"words": _l("words"), "pattern": _l("a pattern")}
EXTENTS = {
    "match": _l("what was found"),
    "sentence": _l("the sentence around it"),
    "after": _l("what follows it in the sentence"),
}

MAX_TICKED = 30
"""Labels that a relation offers as boxes to tick. Of more, the page would grow with the product of
labels and relations; they are named instead."""


@bp.get("/projects/<project>/codebook")
@heavy("page")
def codebook(project: str) -> str:
    of = here.project(project)
    present = here.store().codebooks.of(of.key)
    return render_template(
        "codebook/codebook.html",
        project=of,
        codebook=present,
        uses=here.store().codebooks.uses(of.key),
        versions=here.store().codebooks.versions(of.key),
        toml=books.to_toml(present) if len(present.labels) <= MAX_TICKED else "",
        guidelines=drawn_guidelines(present),
        colours=COLOURS,
        underlines=UNDERLINES,
        kinds=KINDS,
        rule_kinds=RULE_KINDS,
        extents=EXTENTS,
        starters=suggesting.starters(present),
        by_name=len(present.labels) > MAX_TICKED,
        ids=[label.id for label in present.labels],
        ends_by_name=ends_by_name,
    )


@dataclass(frozen=True, slots=True)
class Ends:
    """The labels that a relation may lead from or to, by name: these, or all but these."""

    names: list[str]
    is_except: bool


def ends_by_name(codebook: Codebook, chosen: Sequence[str]) -> Ends:
    """The shorter of the two ways to say which labels are chosen (ids)."""
    ids = frozenset(chosen)
    inside = [label.name for label in codebook.labels if label.id in ids]
    outside = [label.name for label in codebook.labels if label.id not in ids]
    is_except = len(outside) < len(inside)
    return Ends(outside if is_except else inside, is_except)


@bp.get("/projects/<project>/codebook.toml")
def toml(project: str) -> Response:
    of = here.project(project)
    version = read_number(request.args, "version")
    kept = here.store().codebooks.of(of.key, version)
    return make_response(
        books.to_toml(kept),
        {
            "Content-Type": "application/toml; charset=utf-8",
            "Content-Disposition": f'attachment; filename="codebook-{kept.version}.toml"',
        },
    )


@bp.post("/projects/<project>/codebook/preview")
def preview(project: str) -> Response:
    """What a changed codebook would do, before it is kept."""
    of = here.project(project)
    present = here.store().codebooks.of(of.key)
    coming = replace(_asked_for(of, present), version=present.version)
    found = differences(present, coming)
    uses = here.store().codebooks.uses(of.key)
    return make_response(
        render_template(
            "codebook/preview.html",
            project=of,
            present=present,
            sentences=[sentence(difference, uses) for difference in found],
            toml=books.to_toml(coming),
        )
    )


@bp.post("/projects/<project>/codebook")
def keep(project: str) -> Response:
    """Keep a codebook that was looked at, if nobody else changed it meanwhile."""
    of = here.project(project)
    saw = read_number(request.form, "saw")
    coming = books.from_toml(request.form.get("toml", ""))
    here.store().codebooks.save(here.act("codebook", of), of.key, coming, saw)
    return make_response(redirect(url_for("codebook.codebook", project=of.id), 303))


def _asked_for(of: Project, present: Codebook) -> Codebook:
    """The codebook that a form asks for: as TOML, as an earlier version, or field by field."""
    if "version" in request.form:
        return here.store().codebooks.of(of.key, read_number(request.form, "version"))
    if "toml" in request.form:
        return books.from_toml(request.form["toml"])
    return from_form(present, request.form)


def from_form(present: Codebook, form: Mapping[str, str]) -> Codebook:
    """The codebook that the page's fields describe. What has no field stays as it is.

    Raises ``BadInput``. A label or relation without a name is one that nobody filled in.
    """
    labels = [_label(form, f"label-{n}-", label, present) for n, label in enumerate(present.labels)]
    taken = {label.id for label in labels}
    if form.get("new-label-name", "").strip():
        fresh = present.with_labels([form["new-label-name"].strip()]).labels[-1]
        if fresh.id in taken:
            raise BadInput(_("There is a label “%(name)s” already.", name=fresh.name))
        labels.append(_label(form, "new-label-", fresh, present))
    relations = [
        _relation(form, f"kind-{n}-", kind, present) for n, kind in enumerate(present.relations)
    ]
    if form.get("new-kind-name", "").strip():
        fresh_kind = present.with_kinds([form["new-kind-name"].strip()]).relations[-1]
        relations.append(_relation(form, "new-kind-", fresh_kind, present))
    return replace(
        present,
        labels=tuple(labels),
        relations=tuple(relations),
        rules=tuple(_rules(form, present)),
        guidelines=form.get("guidelines", present.guidelines).replace("\r\n", "\n"),
    ).checked()


def _label(form: Mapping[str, str], at: str, label: Label, present: Codebook) -> Label:
    if f"{at}name" not in form:
        return label
    attributes = [
        _attribute(form, f"{at}attribute-{n}-", attribute)
        for n, attribute in enumerate(label.attributes)
    ]
    name = form.get(f"{at}attribute-new-name", "").strip()
    if name:
        fresh = Attribute(id=books.free_id(name, {a.id for a in label.attributes}), name=name)
        attributes.append(_attribute(form, f"{at}attribute-new-", fresh))
    merged = form.get(f"{at}merged", "") or _id_named(form, f"{at}merged-name", present)
    return replace(
        label,
        name=form[f"{at}name"].strip(),
        letter=form.get(f"{at}letter", label.letter).strip()[:2],
        key=form.get(f"{at}key", label.key).strip()[:1],
        colour=form.get(f"{at}colour", label.colour),
        underline=form.get(f"{at}underline", label.underline),
        group=form.get(f"{at}group", label.group).strip(),
        description=_text(form, f"{at}description", label.description),
        examples=_lines(form, f"{at}examples", label.examples),
        counter_examples=_lines(form, f"{at}counter", label.counter_examples),
        takes_entity=form.get(f"{at}entity") == "1",
        takes_concept=form.get(f"{at}concept") == "1",
        scope="document" if form.get(f"{at}whole") == "1" else "span",
        exclusive=form.get(f"{at}exclusive") == "1",
        retired=form.get(f"{at}retired") == "1",
        merged_into=merged or None,
        attributes=tuple(a for a in attributes if a is not None),
    )


def _attribute(form: Mapping[str, str], at: str, attribute: Attribute) -> Attribute | None:
    """An attribute as its fields say; without a name, it is to go."""
    name = form.get(f"{at}name", "").strip()
    if not name:
        return None
    choices = tuple(c.strip() for c in form.get(f"{at}choices", "").split(",") if c.strip())
    return replace(
        attribute,
        name=name,
        kind=form.get(f"{at}kind", attribute.kind),
        choices=choices,
        required=form.get(f"{at}required") == "1",
        default=form.get(f"{at}default", "").strip() or None,
    )


def _relation(
    form: Mapping[str, str], at: str, kind: RelationKind, present: Codebook
) -> RelationKind:
    if f"{at}name" not in form:
        return kind
    return replace(
        kind,
        name=form[f"{at}name"].strip(),
        key=form.get(f"{at}key", kind.key).strip()[:1],
        description=_text(form, f"{at}description", kind.description),
        heads=_ends(form, f"{at}head", kind.heads, present),
        children=_ends(form, f"{at}child", kind.children, present),
        symmetric=form.get(f"{at}symmetric") == "1",
        sets_status=form.get(f"{at}status", "").strip() or None,
        retired=form.get(f"{at}retired") == "1",
        required=form.get(f"{at}required") == "1",
    )


def _rules(form: Mapping[str, str], present: Codebook) -> list[Rule]:
    """The rules as the fields say; one without a name is to go."""
    found = [_rule(form, f"rule-{n}-", rule, present) for n, rule in enumerate(present.rules)]
    name = form.get("new-rule-name", "").strip()
    if name:
        taken = {rule.id for rule in present.rules}
        fresh = Rule(id=books.free_id(name, taken), name=name, label=present.labels[0].id)
        found.append(_rule(form, "new-rule-", fresh, present))
    if form.get("starters") == "1":
        found.extend(suggesting.starters(present))
    return [rule for rule in found if rule.name]


def _rule(form: Mapping[str, str], at: str, rule: Rule, present: Codebook) -> Rule:
    if f"{at}name" not in form:
        return rule
    return replace(
        rule,
        name=form[f"{at}name"].strip(),
        label=form.get(f"{at}label") or _id_named(form, f"{at}label-name", present) or rule.label,
        kind=form.get(f"{at}kind", rule.kind),
        words=_lines(form, f"{at}words", rule.words),
        pattern=form.get(f"{at}pattern", rule.pattern).strip(),
        then=tuple(form.get(f"{at}then", " ".join(rule.then)).split()),
        extent=form.get(f"{at}extent", rule.extent),
        language=form.get(f"{at}language", rule.language).strip(),
        case=form.get(f"{at}case") == "1",
        inflected=form.get(f"{at}inflected") == "1",
        off=form.get(f"{at}off") == "1",
    )


def _ends(
    form: Mapping[str, str], field: str, otherwise: Sequence[str], present: Codebook
) -> tuple[str, ...]:
    """The ids of the labels at one end of a relation: ticked, or named one a line."""
    if f"{field}-names" not in form:
        return _ticked(form, field, otherwise)
    named = {
        _label_named(name.strip(), present).id
        for name in form[f"{field}-names"].splitlines()
        if name.strip()
    }
    is_except = form.get(f"{field}-how") == "except"
    return tuple(label.id for label in present.labels if (label.id in named) != is_except)


def _id_named(form: Mapping[str, str], field: str, present: Codebook) -> str:
    """The id of the label that a field names; nothing where it is empty. Raises ``BadInput``."""
    name = form.get(field, "").strip()
    return _label_named(name, present).id if name else ""


def _label_named(name: str, present: Codebook) -> Label:
    if not present.has_label(name):
        raise BadInput(
            _("“%(name)s” is no label of this codebook; write a label as it is called.", name=name)
        )
    return present.label(name)


def _ticked(form: Mapping[str, str], field: str, otherwise: Sequence[str]) -> tuple[str, ...]:
    listed = getattr(form, "getlist", None)
    return tuple(listed(field)) if listed is not None else tuple(otherwise)


def _text(form: Mapping[str, str], field: str, otherwise: str) -> str:
    return form.get(field, otherwise).replace("\r\n", "\n").strip()


def _lines(form: Mapping[str, str], field: str, otherwise: tuple[str, ...]) -> tuple[str, ...]:
    if field not in form:
        return otherwise
    return tuple(line.strip() for line in form[field].splitlines() if line.strip())


def sentence(difference: Difference, uses: Mapping[str, int]) -> str:
    """What a difference means for the marks that are there."""
    if difference.about == "guidelines":
        return str(_("The guidelines change."))
    words = {
        "added": _l("“%(name)s” is new."),
        "left out": _l("“%(name)s” goes; nothing is marked with it."),
        "renamed": _l("“%(name)s” is called “%(now)s”; %(marks)s marks show the new name."),
        "retired": _l("“%(name)s” is retired: %(marks)s marks stay, no new ones are made."),
        "brought back": _l("“%(name)s” can be used again."),
        "merged": _l("“%(name)s” becomes “%(now)s”: %(marks)s marks are shown as that."),
        "parted": _l("“%(name)s” stands for itself again, with its %(marks)s marks."),
        "rule added": _l("The rule “%(name)s” is new."),
        "rule left out": _l("The rule “%(name)s” goes; what it suggested that was accepted stays."),
        "rule changed": _l("The rule “%(name)s” changes."),
        "changed": _l("“%(name)s” is described or shown in another way; its %(marks)s marks stay."),
    }[difference.kind]
    marks = uses.get(difference.about, 0)
    return str(words) % {"name": difference.name, "now": difference.now, "marks": marks}
