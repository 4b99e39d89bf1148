"""The table of budgets, held against the worst that the readers of articles let through.

Each text is read by a process of its own, so that its peak of memory is its own.
"""

import json
import subprocess
import sys

import pytest

from annotations import budgets
from annotations.ingest import markdown

pytestmark = pytest.mark.fuzz

SIGNS, LINES = markdown.MAX_SIGNS, markdown.MAX_LINES
MARKDOWN = {
    "strong": ("a**", SIGNS // 2),
    "crossed": ("*a_", SIGNS // 2),
    "struck": ("~~a", SIGNS // 2),
    "code": ("`a ", SIGNS),
    "setext": ("a\n-\n", LINES // 2),
    "items": ("- a\n", LINES),
    "numbered": ("1. a\n", LINES),
    "headings": ("# a\n", LINES),
    "quotations": (">\n", LINES),
    "nested": ("> " * 20 + "a\n", min(LINES, markdown.MAX_LENGTH // 42)),
    "rows": ("|a|b|\n|-|-|\n" + "|c|d|\n", markdown.MAX_CELLS // 9),
    "line ends": ("\n", markdown.MAX_LINE_ENDS),
    "links": ("[a](b) ", markdown.MAX_BRACKETS),
    "addresses": ("<http://a.b> ", markdown.MAX_TAGS),
    "entities": ("&amp;", markdown.MAX_LENGTH // 5),
    "prose": ("The harbour will close, and nobody knows why. " * 10 + "\n\n", 4_300),
}
HTML = {
    "paragraphs": ("<p>a</p>", 200_000),
    "styles": ("<b>a</b>", 200_000),
    "angles": ("<", 1_000_000),
    "entities": ("&amp;", 400_000),
    "cells": ("<table><tr><td>a</table>", 60_000),
}
TEXT = {
    "one line": ("word ", 3_900_000),
    "lines": ("word\n", 3_900_000),
    "ends": ("\n", 19_000_000),
}
ARTICLES = [
    (kind, name, *pieces)
    for kind, texts in (("markdown", MARKDOWN), ("html", HTML), ("text", TEXT))
    for name, pieces in texts.items()
]

READ = """
import json, resource, sys, time
from annotations.errors import BadInput
from annotations.ingest import read_article
kind, piece, times = json.loads(sys.argv[1])
read_article("# Warm *up*", kind=kind)
text = piece * times
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
before, begun = peak(), time.process_time()
try:
    read_article(text, kind=kind)
except BadInput:
    pass  # refused in time is as good as read in time
print(json.dumps([time.process_time() - begun, peak() - before]))
"""


@pytest.mark.parametrize(
    ("kind", "name", "piece", "times"),
    ARTICLES,
    ids=[f"{kind} {name}" for kind, name, *_ in ARTICLES],
)
def test_an_article_is_read_or_refused_within_its_budget(
    kind: str, name: str, piece: str, times: int
) -> None:
    asked = json.dumps([kind, piece, times])
    done = subprocess.run(
        [sys.executable, "-c", READ, asked], capture_output=True, check=True, text=True, timeout=300
    )
    seconds, memory = json.loads(done.stdout)

    assert seconds < budgets.ARTICLE.seconds, f"{seconds:.1f} s"
    assert memory < budgets.ARTICLE.memory, f"{memory / budgets.MB:.0f} MB"
