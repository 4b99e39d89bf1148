"""Articles that may have been meant as something else."""

import re
from collections.abc import Iterator

from annotations.ingest import Ingested, guess_kind

_HEAD = 4096
"""Characters that are looked at."""

_DATA = (".json", ".jsonl", ".ndjson")
_TAG = re.compile(r"O|[BIESLU]-\S+")


def doubts(name: str, found: Ingested) -> Iterator[str]:
    """What to say where nobody said what a file is, and it may have been meant otherwise."""
    text = found.document.text
    if not text.strip():
        yield "There is no text in it."
    elif guess_kind(name) == "text" and name.lower().endswith(_DATA) and _is_json(text):
        yield (
            "This is JSON in no format that is known here, and was taken as plain text; if it "
            "brings marks, name its format."
        )
    elif guess_kind(name) == "text" and _is_tagged(text):
        yield (
            "This looks like a token and its tag a line, and was taken as plain text; to have the "
            "marks, name its format: bio, or conll2003."
        )


def _is_json(text: str) -> bool:
    return text.lstrip().startswith(("{", "["))


def _is_tagged(text: str) -> bool:
    """Whether each of the first lines ends in a tag, and one of these is no O."""
    lines = [line for line in text[:_HEAD].split("\n")[:-1] if line.strip()]
    tags = [parts[-1] for line in lines if len(parts := line.split()) > 1]
    return len(tags) == len(lines) > 1 and all(map(_TAG.fullmatch, tags)) and set(tags) != {"O"}
