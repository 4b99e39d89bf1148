"""How suggestions get better with what people mark: precision, recall and F1 over growing data.

On the demo article and, where it is installed (the extra ``bench``), on public data that a package
ships: hironsancorpus, Japanese sentences with tagged names (MIT). What is tested is held out: the
data is cut into folds, and of what is left only so many paragraphs are learnt from. Spans count
only where both borders and the label are right.
"""

import random
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path

from annotations.demo import demo
from annotations.spans import Span
from annotations.suggest.memory import Memory, Remembered
from annotations.suggest.model import Example, Model, Score, crfsuite, measured, train
from bench.figures import Figure

FOLDS = 5


def learning(folder: Path, quick: bool) -> list[Figure]:
    """Print the learning curves. There is no floor to compare them with, so no figure."""
    print("Suggestions: exact spans on held-out paragraphs, by how many were learnt from\n")
    _print("the demo article", article(), (4, 8, 12, 17), FOLDS)
    public = list(tagged())
    if not public:
        print("hironsancorpus is not installed: pip install 'postil[bench]'\n")
        return []
    sizes = (25, 100, 400) if quick else (25, 50, 100, 200, 400)
    _print("hironsancorpus", public, sizes, 2 if quick else FOLDS)
    return []


def article() -> list[Example]:
    """The demo's paragraphs with its key."""
    key = demo()
    text = key.document.text
    found: list[Example] = []
    for block in key.document.layout.blocks[1:]:
        marks: dict[str, list[Span]] = {}
        for mark in key.annotations:
            if not mark.fragments and block.start <= mark.start and mark.end <= block.end:
                span = Span(mark.start - block.start, mark.end - block.start)
                marks.setdefault(mark.label, []).append(span)
        found.append(Example(str(len(found)), block.span.of(text), marks))
    return found


def tagged() -> Iterator[Example]:
    """The sentences of hironsancorpus: a word and its tag a line, then an empty line."""
    try:
        lines = files("hironsan.corpus").joinpath("iob_sents.txt").read_text(encoding="utf-8")
    except (ImportError, FileNotFoundError):
        return
    for number, sentence in enumerate(lines.split("\n\n")):
        text, marks = "", dict[str, list[Span]]()
        for line in sentence.split("\n"):
            if not line:
                continue
            word, *_, tag = line.split("\t")
            start, text = len(text), text + word
            state, _, label = tag.partition("-")
            if state == "B":
                marks.setdefault(label, []).append(Span(start, len(text)))
            elif state == "I" and marks.get(label):
                marks[label][-1] = Span(marks[label][-1].start, len(text))
        if text:
            yield Example(str(number), text, marks)


def _print(name: str, examples: Sequence[Example], sizes: Sequence[int], folds: int) -> None:
    labels = sorted({label for example in examples for label in example.marks})
    marks = sum(len(spans) for example in examples for spans in example.marks.values())
    print(f"{name}: {len(examples)} paragraphs, {marks} spans, {folds} folds")
    print("| learnt from | memory P / R / F1 | model P / R / F1 | model by label, F1 |")
    print("| ---: | --- | --- | --- |")
    for size, memory, model in curve(examples, labels, sizes, folds):
        by_label = ", ".join(f"{label} {score.f1:.2f}" for label, score in model.items())
        print(f"| {size} | {_said(memory)} | {_said(model)} | {by_label} |")
    print()


def _said(scores: dict[str, Score]) -> str:
    whole = sum(scores.values(), Score())
    return f"{whole.precision:.2f} / {whole.recall:.2f} / {whole.f1:.2f}"


def curve(
    examples: Sequence[Example], labels: Sequence[str], sizes: Sequence[int], folds: int
) -> Iterator[tuple[int, dict[str, Score], dict[str, Score]]]:
    """For each size the scores of memory and model, over all folds together."""
    order = list(examples)
    random.Random(1).shuffle(order)
    for size in sizes:
        of_memory = dict.fromkeys(labels, Score())
        of_model = dict.fromkeys(labels, Score())
        for fold in range(folds):
            held = order[fold::folds]
            learnt = [e for n, e in enumerate(order) if n % folds != fold][:size]
            for label, score in measured(remembering(learnt), held, labels, 0.5).items():
                of_memory[label] += score
            if crfsuite() is not None:
                model = Model(train(learnt, labels))
                for label, score in measured(model, held, labels).items():
                    of_model[label] += score
        yield size, of_memory, of_model


def remembering(examples: Sequence[Example]) -> Memory:
    """A memory of the marks of some paragraphs, which were read to their ends."""
    memory = Memory(
        Remembered(span.of(example.text), label)
        for example in examples
        for label, spans in example.marks.items()
        for span in spans
    )
    for example in examples:
        memory.look_through(example.text)
    return memory
