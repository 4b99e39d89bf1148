"""A small model of a project's own marks: a conditional random field over words, one a label.

Each label has a chain of its own with the states B, I and O, so that marks of different labels may
overlap (Ramshaw and Marcus, “Text Chunking using Transformation-Based Learning”, 1995; Lafferty,
McCallum and Pereira, “Conditional Random Fields”, ICML 2001). CRFsuite learns and looks
(python-crfsuite, the extra ``suggest``); what a word is described by is made here. Paragraphs are
the sequences.
"""

import random
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from annotations.spans import Span
from annotations.suggest import Proposal
from annotations.suggest.words import Words, words

MOST_WORDS = 60_000
"""Words that a model is trained on; of more, the newest documents."""
FOLDS = 5
ROUNDS = 60
_PARAMETERS: Mapping[str, Any] = {
    "c1": 0.05,
    "c2": 0.05,
    "max_iterations": ROUNDS,
    "feature.possible_transitions": True,
}


@dataclass(frozen=True, slots=True)
class Example:
    """A paragraph that people went through, and the spans of each label in it.

    ``group`` names the document, so that a held-out one is held out whole. Offsets count from the
    beginning of ``text``.
    """

    group: str
    text: str
    marks: Mapping[str, Sequence[Span]]


@dataclass(frozen=True, slots=True)
class Score:
    """How often exact spans of a label were found: counts, from which the figures follow."""

    right: int = 0
    proposed: int = 0
    marked: int = 0

    @property
    def precision(self) -> float:
        return self.right / self.proposed if self.proposed else 0.0

    @property
    def recall(self) -> float:
        return self.right / self.marked if self.marked else 0.0

    @property
    def f1(self) -> float:
        both = self.proposed + self.marked
        return 2 * self.right / both if both else 0.0

    def __add__(self, other: "Score") -> "Score":
        return Score(
            self.right + other.right,
            self.proposed + other.proposed,
            self.marked + other.marked,
        )


@dataclass(frozen=True, slots=True)
class Held:
    """Held-out scores by cross-validation: for each label, over ``folds`` folds.

    ``by`` says what was held out: ``"documents"``, or ``"paragraphs"`` where there are too few
    documents; then neighbours of what is tested were learnt from, and the score flatters.
    """

    by: str = "documents"
    folds: int = 0
    scores: Mapping[str, Score] = field(default_factory=dict)

    @property
    def whole(self) -> Score:
        return sum(self.scores.values(), Score())


def crfsuite() -> Any:
    """CRFsuite, or ``None`` where the extra ``suggest`` is not installed."""
    try:
        return import_module("pycrfsuite")
    except ImportError:
        return None


# --- what a word is described by


def described(found: Words) -> list[list[str]]:
    """For each word of a paragraph what is to be known of it: itself, its shape, its neighbours."""
    own = [_own(form) for form in found.forms]
    described = []
    last = len(own) - 1
    starts = _sentence_starts(found.forms)
    for n, features in enumerate(own):
        here = [f"0{feature}" for feature in features]
        for step in (-2, -1, 1, 2):
            if 0 <= n + step <= last:
                near = own[n + step]
                here += [f"{step}{feature}" for feature in near[: 4 if abs(step) == 1 else 2]]
            else:
                here.append(f"{step}edge")
        if n:
            here.append(f"-1+0{found.forms[n - 1].lower()} {found.forms[n].lower()}")
        here.append(f"at{min(n - starts[n], 4)}")
        described.append(here)
    return described


def _own(form: str) -> list[str]:
    lower = form.lower()
    return [
        f"w={lower}",
        f"s={_shape(form)}",
        f"<={lower[:3]}",
        f">={lower[-3:]}",
        f">2={lower[-2:]}",
        "1",
    ]


def _shape(form: str) -> str:
    """“Reuters” → Xx, “US” → X, “100” → 9: runs of one kind of character fall together."""
    shape = ""
    for character in form[:12]:
        kind = (
            "X" if character.isupper() else "x" if character.isalpha() else
            "9" if character.isdigit() else character
        )  # fmt: skip
        if not shape.endswith(kind):
            shape += kind
    return shape


def _sentence_starts(forms: Sequence[str]) -> list[int]:
    """For each word the number of the word that begins its sentence, roughly."""
    starts, start = [], 0
    for n, form in enumerate(forms):
        starts.append(start)
        if form in ".!?…":
            start = n + 1
    return starts


# --- learning


def states(found: Words, spans: Iterable[Span]) -> list[str]:
    """B, I or O for each word; a word that a span covers in part belongs to it."""
    given = ["O"] * len(found)
    for span in sorted(spans, key=lambda s: (s.start, -s.end)):
        first = True
        for n in range(_first_after(found.ends, span.start), len(found)):
            if found.starts[n] >= span.end:
                break
            if given[n] == "O":
                given[n] = "B" if first else "I"
            first = False
    return given


def _first_after(ends: Sequence[int], place: int) -> int:
    low, high = 0, len(ends)
    while low < high:
        middle = (low + high) // 2
        if ends[middle] <= place:
            low = middle + 1
        else:
            high = middle
    return low


def train(
    examples: Sequence[Example],
    labels: Iterable[str],
    told: Callable[[str], None] | None = None,
) -> dict[str, bytes]:
    """A model for each label that the examples hold, as CRFsuite's file.

    ``told`` hears which label is learnt. Raises ``ImportError`` without CRFsuite.
    """
    split = [words(example.text) for example in examples]
    seen = [described(found) for found in split]
    models = {}
    for label in labels:
        if told is not None:
            told(label)
        given = [
            states(found, example.marks.get(label, ()))
            for found, example in zip(split, examples, strict=True)
        ]
        if any("B" in each for each in given):
            models[label] = _learnt(seen, given)
    return models


def _learnt(seen: Sequence[Sequence[Any]], given: Sequence[Sequence[str]]) -> bytes:
    crf = import_module("pycrfsuite")
    trainer = crf.Trainer(algorithm="lbfgs", params=dict(_PARAMETERS), verbose=False)
    for features, target in zip(seen, given, strict=True):
        if target:
            trainer.append(crf.ItemSequence(features), target)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model"
        trainer.train(str(file))
        return file.read_bytes()


def limited(examples: Iterable[Example], most: int = MOST_WORDS) -> list[Example]:
    """The first examples that hold about so many words."""
    taken: list[Example] = []
    count = 0
    for example in examples:
        count += len(example.text.split())
        if taken and count > most:
            break
        taken.append(example)
    return taken


# --- looking


class Model:
    """Trained models, one for each label, ready to look at texts."""

    def __init__(self, models: Mapping[str, bytes], name: str = ""):
        self.name = name
        # CRFsuite reads from these very bytes as long as it looks.
        self._bodies = dict(models)
        self._taggers = {}
        for label, body in self._bodies.items():
            tagger = import_module("pycrfsuite").Tagger()
            tagger.open_inmemory(body)
            self._taggers[label] = tagger

    def propose(self, text: str, offset: int = 0) -> Iterator[Proposal]:
        """What the models find in a paragraph that begins at ``offset`` of its document.

        The score of a span is the geometric mean of its words' marginal probabilities.
        """
        found = words(text)
        if not found.forms:
            return
        features = import_module("pycrfsuite").ItemSequence(described(found))
        for label, tagger in self._taggers.items():
            tagger.set(features)
            tags = tagger.tag()
            for first, after in _runs(tags):
                score = 1.0
                for n in range(first, after):
                    score *= tagger.marginal(tags[n], n)
                yield Proposal(
                    start=offset + found.starts[first],
                    end=offset + found.ends[after - 1],
                    label=label,
                    score=round(min(1.0, score ** (1 / (after - first))), 4),
                    detail=self.name,
                )


def _runs(tags: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The stretches of words that are marked: from B to before the next B or O."""
    start: int | None = None
    for n, tag in enumerate([*tags, "O"]):
        if start is not None and tag != "I":
            yield start, n
            start = None
        if tag == "B" or (tag == "I" and start is None):
            start = n


# --- how good it is


def cross_validated(
    examples: Sequence[Example],
    labels: Sequence[str],
    folds: int = FOLDS,
    told: Callable[[int, int], None] | None = None,
) -> Held:
    """Scores of models on what they were not trained on. The same examples give the same folds.

    ``told`` hears of each fold that is done, and of how many there are.
    """
    groups = sorted({example.group for example in examples})
    by = "documents" if len(groups) >= folds else "paragraphs"
    names = groups if by == "documents" else [str(n) for n in range(len(examples))]
    folds = min(folds, len(names))
    if folds < 2:
        return Held(by)
    random.Random(1).shuffle(names)  # noqa: S311
    fold_of = {name: n % folds for n, name in enumerate(names)}
    folded = [
        fold_of[example.group if by == "documents" else str(n)]
        for n, example in enumerate(examples)
    ]
    scores: dict[str, Score] = {label: Score() for label in labels}
    for fold in range(folds):
        learnt = [e for e, of in zip(examples, folded, strict=True) if of != fold]
        held = [e for e, of in zip(examples, folded, strict=True) if of == fold]
        for label, score in measured(Model(train(learnt, labels)), held, labels).items():
            scores[label] += score
        if told is not None:
            told(fold + 1, folds)
    return Held(by, folds, scores)


def measured(
    model: Any, examples: Iterable[Example], labels: Iterable[str], threshold: float = 0.0
) -> dict[str, Score]:
    """How well something that has ``propose(text)`` finds the spans of examples, exactly."""
    right: Counter[str] = Counter()
    proposed: Counter[str] = Counter()
    marked: Counter[str] = Counter()
    for example in examples:
        offered: dict[str, set[Span]] = {}
        for each in model.propose(example.text):
            if each.score >= threshold:
                offered.setdefault(each.label, set()).add(Span(each.start, each.end))
        for label, spans in example.marks.items():
            marked[label] += len(set(spans))
            right[label] += len(set(spans) & offered.get(label, set()))
        for label, found in offered.items():
            proposed[label] += len(found)
    return {label: Score(right[label], proposed[label], marked[label]) for label in labels}
