"""Codebooks: the labels, attributes and relation kinds that a project marks with.

A codebook is data with a version number. Labels and relation kinds are identified by ids that never
change; their names may. Nothing is lost when one is renamed, merged or retired: it stays in the
codebook, marked so, and old annotations keep pointing at it.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from typing import Any, TypeVar

import re2
import tomli_w

from annotations import tomls
from annotations.document import check_length, checked_id, checked_language, checked_text
from annotations.errors import BadInput, NotFound

T = TypeVar("T")

ATTRIBUTE_KINDS = ("choice", "flag", "text", "number", "date")
SCOPES = ("span", "document")
RELATION_KEYS = {
    "made-by": "b",
    "reported-by": "r",
    "addressed-to": "t",
    "accepted-by": "y",
    "rejected-by": "x",
    "supports": "o",
    "disputes": "d",
}
"""The usual keys of the usual relation kinds, by id, for those that say nothing of their key."""
RULE_KINDS = ("words", "pattern")
EXTENTS = ("match", "sentence", "after")
MOST_RULES, MOST_WORDS, LONGEST_PATTERN = 200, 5_000, 1_000
UNDERLINES = ("solid", "dotted", "double", "dashed", "wavy")
COLOURS = ("blue", "green", "orange", "purple", "red", "teal", "pink", "gold", "grey")
"""Names, not values: the style sheet gives each a shade that keeps its contrast in every theme."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """Something to say about an annotation: a choice, a flag, a text, a number or a date."""

    id: str
    name: str
    kind: str = "choice"
    choices: tuple[str, ...] = ()
    required: bool = False
    default: Any = None
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What a stretch of text can be marked as, and how the mark looks and is reached.

    ``letter`` is shown before the mark; ``key`` marks the selection; ``takes_entity`` and
    ``takes_concept`` say which of the two registers an annotation of this label points into. One of
    ``scope`` “document” is said of whole documents; of those that are ``exclusive`` a document has
    no more than one in each ``group``.
    """

    id: str
    name: str
    letter: str
    key: str
    colour: str
    underline: str
    description: str = ""
    examples: tuple[str, ...] = ()
    counter_examples: tuple[str, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    takes_entity: bool = False
    takes_concept: bool = False
    group: str = ""
    retired: bool = False
    merged_into: str | None = None
    scope: str = "span"
    exclusive: bool = False

    @property
    def defaults(self) -> dict[str, Any]:
        """What a new mark of this label says before anybody has said anything."""
        return {a.id: a.default for a in self.attributes if a.default is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationKind:
    """How two annotations, or an annotation and an entity, may be joined.

    ``heads`` and ``children`` are label ids. ``sets_status`` is the status that a demand has once
    it is joined so. ``required``: a document is not done while a mark that may be a head has none.
    ``key`` begins such a relation at the mark where one stands.
    """

    id: str
    name: str
    heads: tuple[str, ...]
    children: tuple[str, ...]
    symmetric: bool = False
    description: str = ""
    sets_status: str | None = None
    retired: bool = False
    required: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Words, or a regular expression, that suggest a mark of ``label`` (an id).

    ``extent`` says what of the text: what was found (``"match"``), the sentence that holds it
    (``"sentence"``), or what follows it there (``"after"``). Of ``then``, if there is any, one word
    or sign must follow directly. ``pattern`` is one of RE2's. A rule
    with a ``language`` is for documents in that one alone; ``inflected`` takes words in every form
    of the same stem; ``off`` keeps a rule without using it.
    """

    id: str
    name: str
    label: str
    kind: str = "words"
    words: tuple[str, ...] = ()
    pattern: str = ""
    then: tuple[str, ...] = ()
    extent: str = "match"
    language: str = ""
    case: bool = False
    inflected: bool = False
    off: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Codebook:
    """All labels and relation kinds of a project at one version."""

    version: int = 1
    labels: tuple[Label, ...] = ()
    relations: tuple[RelationKind, ...] = ()
    guidelines: str = ""
    rules: tuple[Rule, ...] = ()
    _by_id: dict[str, Label] = field(init=False, repr=False, compare=False)
    _by_name: dict[str, Label] = field(init=False, repr=False, compare=False)
    _kinds_by_name: dict[str, RelationKind] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_id", {label.id: label for label in self.labels})
        object.__setattr__(self, "_by_name", {label.name: label for label in self.labels})
        object.__setattr__(self, "_kinds_by_name", {kind.name: kind for kind in self.relations})

    def label(self, name: str) -> Label:
        """The label of that name. Raises ``NotFound``."""
        try:
            return self._by_name[name]
        except KeyError:
            raise NotFound("label", name) from None

    def stands_for(self, label: Label) -> Label:
        """The label that a merged one was merged into, at the end of the chain; else itself."""
        passed = {label.id}
        while label.merged_into is not None and label.merged_into not in passed:
            label = self._by_id[label.merged_into]
            passed.add(label.id)
        return label

    def named(self, uid: str) -> str:
        """What the label with an id is called; the id where there is none."""
        return self._by_id[uid].name if uid in self._by_id else uid

    def has_label(self, name: str) -> bool:
        return name in self._by_name

    def kind(self, name: str) -> RelationKind:
        """The relation kind of that name. Raises ``NotFound``."""
        try:
            return self._kinds_by_name[name]
        except KeyError:
            raise NotFound("relation", name) from None

    def has_kind(self, name: str) -> bool:
        return name in self._kinds_by_name

    @property
    def marking(self) -> tuple[Label, ...]:
        """The labels one can mark a stretch of text with: those not retired."""
        return tuple(label for label in self._living if label.scope == "span")

    @property
    def of_documents(self) -> tuple[Label, ...]:
        """The labels one can give a whole document: those not retired."""
        return tuple(label for label in self._living if label.scope == "document")

    @property
    def _living(self) -> tuple[Label, ...]:
        return tuple(
            label for label in self.labels if not label.retired and label.merged_into is None
        )

    def kinds_from(self, label: Label) -> tuple[RelationKind, ...]:
        """The relation kinds whose head may be an annotation of this label."""
        return tuple(kind for kind in self.relations if label.id in kind.heads and not kind.retired)

    def checked(self) -> "Codebook":
        """The codebook itself, once it holds together.

        Raises ``BadInput`` for doubled ids, names or keys, unknown colours, underlines or attribute
        kinds, and relation kinds that join labels that do not exist.
        """
        _distinct("label id", [label.id for label in self.labels])
        _distinct("label name", [label.name for label in self.labels])
        _distinct("relation id", [kind.id for kind in self.relations])
        _distinct("relation name", [kind.name for kind in self.relations])
        keys = [label.key for label in self._living]
        keys += [kind.key for kind in self.relations if not kind.retired]
        _distinct("key", [key for key in keys if key])
        _check_texts(as_data(self))
        ids = {label.id for label in self.labels}
        for label in self.labels:
            _check_label(label)
            if label.merged_into is not None and label.merged_into not in ids:
                raise BadInput(f"The label “{label.name}” is merged into one that does not exist.")
        for label in self.labels:
            if self.stands_for(label).merged_into is not None:
                raise BadInput(f"The label “{label.name}” is merged into itself, in a circle.")
        for kind in self.relations:
            _check_kind(kind)
            for joined in (*kind.heads, *kind.children):
                if joined not in ids:
                    raise BadInput(
                        f"The relation “{kind.name}” joins the label “{joined}”, "
                        "which does not exist."
                    )
        _distinct("rule id", [rule.id for rule in self.rules])
        if len(self.rules) > MOST_RULES:
            raise BadInput(f"A codebook takes {MOST_RULES} rules; this one has more.")
        for rule in self.rules:
            _check_rule(rule, ids)
        return self

    def with_labels(self, names: list[str]) -> "Codebook":
        """The codebook with plain labels added for the names that it lacks, one version on."""
        missing = [name for name in dict.fromkeys(names) if name not in self._by_name]
        if not missing:
            return self
        added = list(self.labels)
        for name in missing:
            added.append(_plain_label(name, added, {kind.key for kind in self.relations}))
        return replace(self, version=self.version + 1, labels=tuple(added))

    def with_labels_of_documents(self, names: list[str]) -> "Codebook":
        """The codebook with labels of whole documents for the names that none there bears.

        It is one version on. A name that a label of another scope bears is passed over.
        """
        ids = {label.id for label in self.labels}
        missing = [n for n in dict.fromkeys(names) if n not in self._by_name and n not in ids]
        if not missing:
            return self
        added = list(self.labels)
        for name in missing:
            made = _plain_label(name, added, {kind.key for kind in self.relations})
            added.append(replace(made, key="", scope="document"))
        return replace(self, version=self.version + 1, labels=tuple(added))

    def with_kinds(self, names: list[str]) -> "Codebook":
        """The codebook with relation kinds added that join anything with anything.

        It is one version on.
        """
        missing = [name for name in dict.fromkeys(names) if name not in self._kinds_by_name]
        if not missing:
            return self
        everything = tuple(label.id for label in self.labels)
        taken = {kind.id for kind in self.relations}
        added = []
        for name in missing:
            added.append(
                RelationKind(
                    id=free_id(name, taken), name=name, heads=everything, children=everything
                )
            )
            taken.add(added[-1].id)
        return replace(self, version=self.version + 1, relations=(*self.relations, *added))


def checked_label(label: Label) -> Label:
    """The label itself, once it can stand in a codebook. Raises ``BadInput``."""
    _check_label(label)
    _check_texts(_sparse(label), "label")
    return label


def checked_kind(kind: RelationKind) -> RelationKind:
    """The relation kind itself, once it can stand in a codebook. Raises ``BadInput``."""
    _check_kind(kind)
    _check_texts(_sparse(kind), "relation")
    return kind


def _check_kind(kind: RelationKind) -> None:
    checked_id(kind.id, "id of a relation")
    if not kind.name.strip():
        raise BadInput("A relation needs a name.")
    check_length(kind.name, "name of a relation")


def _check_label(label: Label) -> None:
    checked_id(label.id, "id of a label")
    if not label.name.strip():
        raise BadInput("A label needs a name.")
    check_length(label.name, "name of a label")
    check_length(label.group, "group of a label")
    for choice, known, what in (
        (label.colour, COLOURS, "colour"),
        (label.underline, UNDERLINES, "underline"),
        (label.scope, SCOPES, "scope"),
    ):
        if choice not in known:
            raise BadInput(
                f"The label “{label.name}” has the {what} “{choice}”; known are {', '.join(known)}."
            )
    _distinct(f"attribute of “{label.name}”", [attribute.id for attribute in label.attributes])
    for attribute in label.attributes:
        checked_id(attribute.id, "id of an attribute")
        check_length(attribute.name, "name of an attribute")
        for value in attribute.choices:
            check_length(value, f"value of the attribute “{attribute.name}”")
        if attribute.kind not in ATTRIBUTE_KINDS:
            raise BadInput(
                f"The attribute “{attribute.name}” is of kind “{attribute.kind}”; "
                f"known are {', '.join(ATTRIBUTE_KINDS)}."
            )


def _check_rule(rule: Rule, labels: set[str]) -> None:
    checked_id(rule.id, "id of a rule")
    if not rule.name.strip():
        raise BadInput("A rule needs a name.")
    check_length(rule.name, "name of a rule")
    checked_language(rule.language)
    if rule.label not in labels:
        raise BadInput(f"The rule “{rule.name}” suggests the label “{rule.label}”, which is none.")
    for choice, known, what in (
        (rule.kind, RULE_KINDS, "kind"),
        (rule.extent, EXTENTS, "extent"),
    ):
        if choice not in known:
            raise BadInput(
                f"The rule “{rule.name}” has the {what} “{choice}”; known are {', '.join(known)}."
            )
    if len(rule.words) > MOST_WORDS:
        raise BadInput(f"The rule “{rule.name}” has more than {MOST_WORDS} words; split it.")
    if rule.kind == "pattern":
        _check_pattern(rule)


def _check_pattern(rule: Rule) -> None:
    if not 0 < len(rule.pattern) <= LONGEST_PATTERN:
        raise BadInput(
            f"The pattern of the rule “{rule.name}” must have 1 to {LONGEST_PATTERN} characters."
        )
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(rule.pattern, options)
    except re2.error as error:
        why = error.args[0] if error.args else ""
        if isinstance(why, bytes):
            why = why.decode(errors="replace")
        raise BadInput(
            f"The pattern of the rule “{rule.name}” cannot be used: {why}. Patterns are RE2’s: "
            "no look-ahead, no look-behind, no back-references."
        ) from error


def _check_texts(value: Any, what: str = "codebook") -> None:
    if isinstance(value, str):
        checked_text(value, what)
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            _check_texts(
                inner, what if name in ("labels", "relations", "rules") else f"{name} of a codebook"
            )
    elif isinstance(value, (list, tuple)):
        for inner in value:
            _check_texts(inner, what)


def _distinct(what: str, values: list[str]) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise BadInput(f"The {what} “{value}” stands twice in the codebook.")
        seen.add(value)


def free_id(name: str, taken: set[str]) -> str:
    """An id made of a name, unlike those that are taken."""
    plain = "".join(c if c.isascii() and c.isalnum() else "-" for c in name.lower()).strip("-")
    base = (plain or "label")[:60]
    number, candidate = 1, base
    while candidate in taken:
        number += 1
        candidate = f"{base}-{number}"
    return candidate


def _plain_label(name: str, present: list[Label], taken: set[str]) -> Label:
    taken_keys = taken | {label.key for label in present}
    key = next((k for k in "123456789" if k not in taken_keys), "")
    place = len(present)
    letter = next((c for c in name.upper() if c.isalnum()), "?")
    return Label(
        id=free_id(name, {label.id for label in present}),
        name=name,
        letter=letter,
        key=key,
        colour=COLOURS[place % len(COLOURS)],
        underline=UNDERLINES[place % len(UNDERLINES)],
    )


def default() -> Codebook:
    """Claims, actors and demands, and the relations that make statements of them."""
    claim = Label(
        id="claim",
        name="claim",
        letter="C",
        key="1",
        colour="blue",
        underline="solid",
        takes_concept=True,
        description="Somebody holds something to be so, and somebody else could dispute it.",
        attributes=(
            Attribute(
                id="stance",
                name="stance",
                choices=("for", "against", "neutral"),
                description="How the claim stands towards its concept.",
            ),
        ),
    )
    actor = Label(
        id="actor",
        name="actor",
        letter="A",
        key="2",
        colour="green",
        underline="dotted",
        takes_entity=True,
        description="A person, group, organisation or state that acts or speaks.",
    )
    demand = Label(
        id="demand",
        name="demand",
        letter="D",
        key="3",
        colour="orange",
        underline="double",
        takes_concept=True,
        description="Somebody wants somebody to do something, or to leave it undone.",
        attributes=(
            Attribute(
                id="status",
                name="status",
                choices=("made", "accepted", "rejected"),
                description="What became of it. A relation that says so goes before this.",
            ),
        ),
    )
    said, actors, demands = ("claim", "demand"), ("actor",), ("demand",)
    return Codebook(
        labels=(claim, actor, demand),
        relations=(
            RelationKind(
                id="made-by",
                name="made by",
                key=RELATION_KEYS["made-by"],
                heads=said,
                children=actors,
                description="Who claims or demands it.",
            ),
            RelationKind(
                id="reported-by",
                name="reported by",
                key=RELATION_KEYS["reported-by"],
                heads=said,
                children=actors,
                description="The source that reports it.",
            ),
            RelationKind(
                id="addressed-to",
                name="addressed to",
                key=RELATION_KEYS["addressed-to"],
                heads=demands,
                children=actors,
                description="Who is to do it.",
            ),
            RelationKind(
                id="accepted-by",
                name="accepted by",
                key=RELATION_KEYS["accepted-by"],
                heads=demands,
                children=actors,
                sets_status="accepted",
            ),
            RelationKind(
                id="rejected-by",
                name="rejected by",
                key=RELATION_KEYS["rejected-by"],
                heads=demands,
                children=actors,
                sets_status="rejected",
            ),
            *(
                RelationKind(
                    id=name, name=name, key=RELATION_KEYS[name], heads=("claim",), children=said
                )
                for name in ("supports", "disputes")
            ),
        ),
    )


def as_data(codebook: Codebook) -> dict[str, Any]:
    """The codebook as plain data, without what is as by default."""
    return {
        "version": codebook.version,
        **({"guidelines": codebook.guidelines} if codebook.guidelines else {}),
        "labels": [_sparse(label) for label in codebook.labels],
        "relations": [_sparse(kind) for kind in codebook.relations],
        **({"rules": [_sparse(rule) for rule in codebook.rules]} if codebook.rules else {}),
    }


def from_data(data: Mapping[str, Any]) -> Codebook:
    """The codebook that ``as_data`` described. Raises ``BadInput`` for anything unknown in it."""
    try:
        return Codebook(
            version=int(data.get("version", 1)),
            guidelines=str(data.get("guidelines", "")),
            labels=tuple(_label(entry) for entry in data.get("labels", ())),
            relations=_kinds(data),
            rules=tuple(_made(Rule, entry) for entry in data.get("rules", ())),
        ).checked()
    except (TypeError, AttributeError, ValueError) as error:
        raise BadInput(f"This is not a codebook: {error}.") from error


def to_toml(codebook: Codebook) -> str:
    """The codebook as TOML, for people to read, keep in version control, and bring back."""
    plain = tomli_w.dumps(as_data(codebook))
    if "\\r" in plain:  # written over several lines, a carriage return would not come back
        return plain
    return tomli_w.dumps(as_data(codebook), multiline_strings=True)


def from_toml(text: str) -> Codebook:
    """The codebook that a TOML file describes. Raises ``BadInput`` naming the line or the entry."""
    try:
        return from_data(tomls.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"This is not TOML: {error}.") from error


def _sparse(value: Label | Attribute | RelationKind | Rule) -> dict[str, Any]:
    """What differs from the defaults; the fields that have none are always there."""
    kept: dict[str, Any] = {}
    for known in fields(value):
        content = getattr(value, known.name)
        if known.name == "attributes":
            content = tuple(_sparse(attribute) for attribute in content)
        # A relation kind that says nothing of its key has the usual one; so “none” is said.
        said = known.name == "key" or known.default is MISSING
        if said or content != known.default:
            kept[known.name] = list(content) if isinstance(content, tuple) else content
    return kept


def _kinds(data: Mapping[str, Any]) -> tuple[RelationKind, ...]:
    """The relation kinds; the usual ones have their usual keys where nothing else is said.

    A codebook that was kept before relations had keys says nothing of them. A key that something
    else has stays with that.
    """
    entries = data.get("relations", ())
    said = (*data.get("labels", ()), *entries)
    taken = {entry.get("key") for entry in said if not entry.get("retired")}
    kinds = []
    for entry in entries:
        kind = _made(RelationKind, entry)
        usual = RELATION_KEYS.get(kind.id, "")
        if "key" not in entry and not kind.retired and usual not in taken:
            kind = replace(kind, key=usual)
            taken.add(usual)
        kinds.append(kind)
    return tuple(kinds)


def _label(entry: Mapping[str, Any]) -> Label:
    attributes = tuple(_made(Attribute, attribute) for attribute in entry.get("attributes", ()))
    return _made(Label, {**entry, "attributes": attributes})


def _made(kind: type[T], entry: Mapping[str, Any]) -> T:
    known = {f.name: f for f in fields(kind)}  # type: ignore[arg-type]
    for name in entry:
        if name not in known:
            raise BadInput(f"A codebook's {kind.__name__.lower()} knows no “{name}”.")
    made = {name: tuple(v) if isinstance(v, list) else v for name, v in entry.items()}
    for name, value in made.items():
        _check_type(kind.__name__.lower(), name, value, known[name].type)
    return kind(**made)


def _check_type(what: str, name: str, value: Any, declared: Any) -> None:
    if declared == tuple[str, ...]:
        fits = isinstance(value, tuple) and all(isinstance(part, str) for part in value)
    else:
        fits = declared not in (str, bool, str | None) or isinstance(value, declared)
    if not fits:
        raise BadInput(f"The “{name}” of a codebook's {what} cannot be “{value}”.")
