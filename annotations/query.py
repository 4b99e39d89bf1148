"""What people type to find something: words, phrases, /patterns/, operators as ``label:claim``.

A query is read once, here; the store, the concordance and the article page then find the same
places by it. Case never matters, nor do accents, but for those in patterns. Pure: nothing here
knows where anything is kept.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from heapq import merge
from itertools import islice

from annotations.document import STATES
from annotations.errors import BadInput
from annotations.patterns import Patience, compiled, places_of
from annotations.search_words import expression, goes_on, search_form, typed_words
from annotations.spans import Span

OPERATORS: Mapping[str, str] = {
    "label": "label",
    "by": "by",
    "person": "by",
    "annotator": "by",
    "state": "state",
    "entity": "entity",
    "actor": "entity",
    "concept": "concept",
    "note": "note",
    "unsure": "unsure",
    "in": "in",
    "document": "in",
    "is": "is",
}
"""Every operator that is no attribute, and its one name."""

KINDS = ("mark", "document", "name")
_KINDS = {
    "mark": "mark",
    "document": "document",
    "name": "name",
    "actor": "name",
    "concept": "name",
}
OF_MARKS = frozenset({"label", "by", "entity", "concept", "note", "unsure"})
"""Operators that only a mark can satisfy; so does every attribute."""

MOST_CHARACTERS = 1000
MOST_PARTS = 50

_INVISIBLE = "\u00ad\u200b\u200e\u200f\u2060\ufeff"  # at the end of a hit they belong to no word
_YES = {"yes": "yes", "true": "yes", "1": "yes", "no": "no", "false": "no", "0": "no"}
_PART = re.compile(
    r"""(?P<minus>-)?
    (?:/(?P<pattern>(?:\\.|[^/\\\n])+)/(?=\s|$)|
    (?:(?P<name>[^\W\d_][\w-]*):(?!//))?
    (?:"(?P<quoted>[^"]*)"?(?P<star>\*)?|(?P<bare>[^\s"]+))?)""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Term:
    """Words that stand beside each other, in this order; the last may go on when ``prefix``."""

    words: tuple[str, ...]
    prefix: bool = False

    @property
    def match(self) -> str:
        """As an FTS5 expression. The words hold letters and digits only, so nothing is syntax."""
        words = " ".join(" ".join(map(search_form, self.words)).split())
        return f'"{words}"' + ("*" if self.prefix else "")

    def __str__(self) -> str:
        """As one types it, whole words kept whole."""
        return f'"{" ".join(self.words)}"' + ("*" if self.prefix else "")


@dataclass(frozen=True, slots=True)
class Condition:
    """An operator with its value. ``name`` is one of ``OPERATORS``' values or an attribute's id."""

    name: str
    value: str
    negated: bool = False
    attribute: bool = False

    def fits(self, value: str) -> bool:
        """Whether a value is the one asked for; an asterisk at its end stands for what follows."""
        asked, given = folded(self.value), folded(value)
        return given.startswith(asked[:-1]) if asked.endswith("*") else given == asked

    @property
    def only_marks(self) -> bool:
        return self.attribute or self.name in OF_MARKS


@dataclass(frozen=True, slots=True)
class Query:
    """What is sought: ``terms`` must occur, ``without`` must not, ``conditions`` must hold.

    ``patterns`` are regular expressions that must fit somewhere, ``unlike`` those that must not.
    Of several conditions on one thing, one must hold; none of the negated may.
    """

    terms: tuple[Term, ...] = ()
    without: tuple[Term, ...] = ()
    conditions: tuple[Condition, ...] = ()
    patterns: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.has_places or self.without or self.unlike or self.conditions)

    @property
    def has_places(self) -> bool:
        """Whether something is sought that stands at places of a text."""
        return bool(self.terms or self.patterns)

    @property
    def only_marks(self) -> bool:
        """Whether nothing but a mark can be what is sought."""
        return any(condition.only_marks for condition in self.conditions)

    def seeks(self, kind: str) -> bool:
        """Whether one of ``KINDS`` is to be looked for."""
        asked = [c for c in self.conditions if c.name == "is"]
        wanted = {c.value for c in asked if not c.negated}
        unwanted = {c.value for c in asked if c.negated}
        if kind in unwanted or (wanted and kind not in wanted):
            return False
        return kind == "mark" or not self.only_marks

    def grouped(self) -> list[tuple[list[Condition], bool]]:
        """The conditions on one thing together, and whether they are negated; without ``is``."""
        groups: dict[tuple[str, bool], list[Condition]] = {}
        for condition in self.conditions:
            if condition.name != "is":
                groups.setdefault((condition.name, condition.negated), []).append(condition)
        return [(group, negated) for (_, negated), group in groups.items()]

    @property
    def words(self) -> str:
        """The words and patterns alone, as one would type them to find exactly these."""
        patterns = (f"/{pattern}/" for pattern in self.patterns)
        return " ".join([*map(str, self.terms), *patterns])


def parse(text: str, attributes: Mapping[str, str] | None = None, live: bool = False) -> Query:
    """Read what a person typed.

    ``attributes`` gives the id of each attribute by its name, folded; its ids are names too.
    ``live`` tells that it is still being typed: the last bare word may go on. Raises ``BadInput``
    for an operator that is not known, one without a value or with a value it cannot have, for a
    pattern that cannot be used, and for more than ``MOST_CHARACTERS`` or ``MOST_PARTS``.
    """
    if len(text) > MOST_CHARACTERS:
        raise BadInput(
            f"A search holds at most {MOST_CHARACTERS} characters; this one has {len(text)}. "
            "Leave out some words."
        )
    known = dict(attributes or {})
    terms: list[Term] = []
    without: list[Term] = []
    conditions: list[Condition] = []
    patterns: dict[bool, list[str]] = {False: [], True: []}
    last_bare = False
    for part in _parts(text):
        if part["pattern"] is not None:
            compiled(part["pattern"])
            patterns[bool(part["minus"])].append(part["pattern"])
            last_bare = False
            continue
        name, bare = part["name"], part["bare"]
        value = bare if bare is not None else part["quoted"] or ""
        if name is not None:
            condition = _condition(name, value + (part["star"] or ""), known)
            conditions.append(
                Condition(condition.name, condition.value, bool(part["minus"]), condition.attribute)
            )
            last_bare = False
            continue
        prefix = bool(part["star"]) or (bare is not None and bare.endswith("*"))
        words = tuple(typed_words(value))
        if words:
            (without if part["minus"] else terms).append(Term(words, prefix))
            last_bare = bare is not None and not part["minus"]
    count = len(terms) + len(without) + len(conditions) + sum(map(len, patterns.values()))
    if count > MOST_PARTS:
        raise BadInput(f"A search holds at most {MOST_PARTS} words and operators; leave out some.")
    if live and last_bare and terms:
        terms[-1] = Term(terms[-1].words, True)
    return Query(
        tuple(terms),
        tuple(without),
        tuple(conditions),
        tuple(patterns[False]),
        tuple(patterns[True]),
    )


def _parts(text: str) -> Iterator[re.Match[str]]:
    place = 0
    while place < len(text):
        found = _PART.match(text, place)
        if found is None or found.end() == place:  # white space, or a lone sign
            place += 1
            continue
        yield found
        place = found.end()


def _condition(name: str, value: str, attributes: Mapping[str, str]) -> Condition:
    asked = folded(name)
    if not value.strip():
        raise BadInput(f"“{name}:” needs a value right behind it, for example {_example(name)}.")
    value = value.strip()
    if asked in attributes and asked not in OPERATORS:
        return Condition(attributes[asked], value, attribute=True)
    if asked not in OPERATORS:
        listed = ", ".join(f"{each}:" for each in [*OPERATORS, *sorted(attributes)])
        raise BadInput(
            f"There is no operator “{name}:”. Those that there are: {listed}. "
            f'To find the words themselves, put them in quotation marks: "{name}: …".'
        )
    asked = OPERATORS[asked]
    if asked == "unsure":
        value = _one_of(name, value, _YES)
    elif asked == "is":
        value = _one_of(name, value, _KINDS)
    elif asked == "state":
        value = _one_of(name, value.replace("-", " ").replace("_", " "), {s: s for s in STATES})
    return Condition(asked, value)


def _example(name: str) -> str:
    examples = {"label": "label:claim", "by": "by:Ana", "state": "state:done", "in": 'in:"A title"'}
    return examples.get(OPERATORS.get(folded(name), ""), f'{name}:word or {name}:"two words"')


def _one_of(name: str, value: str, known: Mapping[str, str]) -> str:
    if folded(value) not in known:
        raise BadInput(
            f"“{name}:{value}” cannot be; say one of {', '.join(dict.fromkeys(known.values()))}."
        )
    return known[folded(value)]


@lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """A text as it is compared: without accents, case, and white space at its ends."""
    plain = unicodedata.normalize("NFD", text)
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).casefold().split())


# --- where the words stand in a text


def pattern(terms: Iterable[Term]) -> re.Pattern[str] | None:
    """An expression for every place where one of the terms stands, whichever accents it has there.

    The same places that the index finds: whole words; within a term, whatever is neither letter nor
    digit may stand between two words. ``None`` when there is no term.
    """
    terms = _longest_first(terms)
    return _compiled(terms) if terms else None


def _longest_first(terms: Iterable[Term]) -> tuple[Term, ...]:
    """Of two terms that begin at one place, the longer is the one that is meant."""
    wanted = [term for term in terms if term.words]
    return tuple(sorted(wanted, key=lambda term: -sum(map(len, term.words))))


@lru_cache(maxsize=64)
def _compiled(terms: tuple[Term, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{expression(term.words, term.prefix)})" for term in terms))


@lru_cache(maxsize=64)
def _compiled_plainly(terms: tuple[Term, ...]) -> re.Pattern[str] | None:
    """The same for a text of ASCII letters, which is looked through faster."""
    ways = []
    for term in terms:
        words = " ".join(map(search_form, term.words)).split()
        if "".join(words).isascii():
            ways.append(r"[\W_]+".join(words) + (r"[^\W_]*" if term.prefix else ""))
    if not ways:
        return None
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(ways)})(?![^\W_])", re.IGNORECASE | re.ASCII)


def hits(text: str, terms: Iterable[Term], most: int | None = None) -> list[Span]:
    """Where the terms stand in a text, in order, none over another; at most ``most`` of them.

    Each begins and ends with a whole character as readers see it, never within one.
    """
    terms = _longest_first(terms)
    if not terms:
        return []
    if text.isascii():
        plain = _compiled_plainly(terms)
        found = plain.finditer(text) if plain else iter(())
        return [Span(*hit.span()) for hit in islice(found, most)]
    return list(islice(_each_hit(text, _compiled(terms)), most))


def _each_hit(text: str, expression: re.Pattern[str]) -> Iterator[Span]:
    place = 0
    while hit := expression.search(text, place):
        start, end = hit.span()
        if goes_on(text, start):
            place = start + 1
            continue
        place = end
        while end > start + 1 and text[end - 1] in _INVISIBLE:
            end -= 1
        yield Span(start, end)


def places(
    text: str, query: Query, most: int | None = None, patience: Patience | None = None
) -> list[Span]:
    """Where the words and patterns of a query stand in a text, in order, none over another.

    At most ``most`` of them. Of two that begin at one place it is the longer. Raises ``BadInput``
    for a pattern that takes too long.
    """
    return list(each_place(text, query, most, patience))


def each_place(
    text: str, query: Query, most: int | None = None, patience: Patience | None = None
) -> Iterator[Span]:
    """The same, one after the other, as far as somebody asks for them."""
    if not query.patterns:
        yield from hits(text, query.terms, most)
        return
    patience = patience or Patience()
    found = [places_of(pattern, text, patience) for pattern in query.patterns]
    told, free = 0, 0
    for span in merge(hits(text, query.terms), *found, key=lambda s: (s.start, -s.end)):
        if most is not None and told == most:
            return
        if span.start >= free:
            yield span
            told, free = told + 1, span.end
