"""Rules: word lists and regular expressions of the codebook that suggest marks.

A rule looks for words, or for a pattern, sentence by sentence, and proposes what it found, the
sentence around it, or what follows it there: for “The agency says that it ended badly”, a list of
reporting verbs proposes “it ended badly”. Patterns are RE2's (https://github.com/google/re2), whose
time grows with the text and never beyond: no pattern, however meant, can hold the server up. They
know neither lookaround nor back-references.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import re2

from annotations import wordlists
from annotations.codebook import Codebook, Rule
from annotations.document import Document
from annotations.segment import sentences
from annotations.spans import Span, trimmed
from annotations.suggest import Proposal
from annotations.suggest.phrases import Phrases
from annotations.suggest.words import folded, stemmer, words

MOST = 10_000
"""Places of one rule in one document."""
PIECE = 4_000
"""Code points of a sentence that a pattern is given at once."""

# What stands between a verb and what is said: “says that …”, “dijo que «…»”.
_BETWEEN = re.compile(r"(?:\s|[,:;“”„\"«»‘’'(–—-]|\b(?:that|que)\b)*", re.IGNORECASE)
_CLOSING = ' \t\n\r.!?…,;:"”“»«’)]–—-'


def propose(
    codebook: Codebook, document: Document, weights: Mapping[str, float] | None = None
) -> Iterator[Proposal]:
    """What the codebook's rules propose in a document, rule by rule.

    ``weights`` says how often what a rule proposed was accepted, by the rule's id, from 0 to 1;
    one that nobody has tried counts ½.
    """
    labels = {label.id: label for label in codebook.marking}
    text = document.text
    around: Sequence[Span] | None = None
    for rule in codebook.rules:
        if rule.off or rule.label not in labels or not _speaks(rule.language, document.language):
            continue
        if around is None:
            around = sentences(document)
        score = (weights or {}).get(rule.id, 0.5)
        name = labels[rule.label].name
        for number, (found, sentence) in enumerate(_places(rule, text, around)):
            if number >= MOST:
                break
            if rule.then and not _goes_on(rule.then, text, found.end, sentence.end):
                continue
            span = _extent(rule, found, sentence, text)
            if span is not None:
                yield Proposal(
                    start=span.start, end=span.end, label=name, score=score, detail=rule.name
                )


def _goes_on(then: Sequence[str], text: str, place: int, end: int) -> bool:
    """Whether one of these words or signs follows a place directly."""
    rest = text[place : min(place + 200, end)].lstrip(" \t\n,")
    following = words(rest).forms
    return any(
        [folded(form) for form in following[: len(asked)]] == asked
        for asked in ([folded(form) for form in words(one).forms] for one in then)
        if asked
    )


def _speaks(rule: str, document: str) -> bool:
    """Whether a rule is for a document's language; one that names none is for all."""
    if not rule or not document:
        return True
    return document.lower().partition("-")[0] == rule.lower().partition("-")[0]


def _places(rule: Rule, text: str, around: Sequence[Span]) -> Iterator[tuple[Span, Span]]:
    """Where a rule finds something, and the sentence that it stands in."""
    if rule.kind == "pattern":
        pattern = compiled(rule.pattern, rule.case)
        for sentence in around:
            for start in range(sentence.start, sentence.end, PIECE):
                piece = text[start : min(start + PIECE, sentence.end)]
                for found in pattern.finditer(piece):
                    if found.end() > found.start():
                        yield Span(start + found.start(), start + found.end()), sentence
        return
    look, phrases = _listed(rule)
    for sentence in around:
        inside = words(sentence.of(text))
        free = 0
        for first, after, _ in _longest(phrases.in_([look(form) for form in inside.forms])):
            if first >= free:
                start, end = inside.starts[first], inside.ends[after - 1]
                yield Span(sentence.start + start, sentence.start + end), sentence
                free = after


def _longest(found: Iterable[tuple[int, int, bool]]) -> Iterator[tuple[int, int, bool]]:
    """Of the phrases that begin at one word, the longest; they come by their first word."""
    best: tuple[int, int, bool] | None = None
    for each in found:
        if best is not None and each[0] != best[0]:
            yield best
            best = None
        if best is None or each[1] > best[1]:
            best = each
    if best is not None:
        yield best


def _extent(rule: Rule, found: Span, sentence: Span, text: str) -> Span | None:
    """What a rule proposes for what it found: that, its sentence, or what follows in it."""
    if rule.extent == "match":
        span = trimmed(found, text)
    elif rule.extent == "sentence":
        span = sentence
    else:
        rest = Span(found.end, sentence.end).of(text)
        begun = _BETWEEN.match(rest)
        skipped = begun.end() if begun else 0
        span = Span(found.end + skipped, found.end + len(rest.rstrip(_CLOSING)))
        if len(span.of(text).split()) < 2:  # “…, the agency says.”: nothing follows
            return None
    return span if span.start < span.end else None


@lru_cache(maxsize=512)
def compiled(pattern: str, case: bool) -> Any:
    """A pattern, ready to be used. Raises ``re2.error``."""
    options = re2.Options()
    options.case_sensitive = case
    options.log_errors = False
    options.max_mem = 8 << 20
    return re2.compile(pattern, options)


@lru_cache(maxsize=128)
def _listed(rule: Rule) -> tuple[Any, Phrases[bool]]:
    """A list of words, ready to be used, and under which form a word is looked up in it."""
    look = stemmer(rule.language) if rule.inflected else (str if rule.case else folded)
    phrases: Phrases[bool] = Phrases()
    for entry in rule.words:
        phrases.put([look(form) for form in words(entry).forms], True)
    return look, phrases


_QUOTES = (":", "“", "„", "«", '"')
_STARTERS = (
    ("reporting", "Reporting verbs", "claim", {"en": ("that", *_QUOTES), "es": ("que", *_QUOTES)}),
    (
        "demanding",
        "Demanding verbs",
        "demand",
        {"en": ("that", "to", *_QUOTES), "es": ("que", "a", *_QUOTES)},
    ),
    ("telling", "Telling somebody to", "demand", {"en": ("to",)}),
)
"""Id, name and label of the rules to begin with, and what follows their verbs in each language."""
_LANGUAGES = {"en": "English", "es": "Spanish"}
_DEMANDS_RATHER = frozenset({"proponer"})
"""Of the verbs in both lists, those that demand where “that” follows; the others report."""
_TELLING = ("call", "tell", "warn")
"""Of the others, those that demand where “to” follows: “was told to leave”, not “claims to be”."""


def with_starters(codebook: Codebook) -> Codebook:
    """A codebook with the rules to begin with."""
    return replace(codebook, rules=(*codebook.rules, *starters(codebook)))


def starters(codebook: Codebook) -> tuple[Rule, ...]:
    """The rules to begin with that fit a codebook and that it lacks.

    Verbs that report, for a label with the id ``claim``; verbs that demand, for one with the id
    ``demand``; in English and in Spanish. Each proposes what follows the verb in its
    sentence, where “that”, “to” or a quotation begins it. A verb with the same word behind it is in
    one of them alone: “claimed that it is over” demands nothing.
    """
    labels = {label.id for label in codebook.marking}
    present = {rule.id for rule in codebook.rules}
    return tuple(
        Rule(
            id=f"{what}-{language}",
            name=f"{name}, {_LANGUAGES[language]}",
            label=label,
            words=tuple(sorted(_forms(what, language))),
            then=then,
            extent="after",
            language=language,
        )
        for what, name, label, follows in _STARTERS
        for language, then in follows.items()
        if label in labels and f"{what}-{language}" not in present
    )


def _forms(what: str, language: str) -> set[str]:
    """All forms of the verbs of a rule to begin with: none reports and demands by the same word."""
    reporting, demanding = wordlists.REPORTING[language], wordlists.DEMANDING[language]
    if what == "telling":
        return {form for verb in _TELLING for form in demanding[verb]}
    demands = {form for verb in _DEMANDS_RATHER for form in demanding.get(verb, ())}
    reports = {form for forms in reporting.values() for form in forms} - demands
    if what == "reporting":
        return reports
    return {form for forms in demanding.values() for form in forms} - reports
