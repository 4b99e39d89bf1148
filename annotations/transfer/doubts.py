"""Articles that may have been meant as something else."""

from collections.abc import Iterator

from annotations.formats.text_heads import may_be_tokens
from annotations.ingest import Ingested, guess_kind, telling

_HEAD = 4096
"""Characters of a beginning."""

_DATA = (".json", ".jsonl", ".ndjson")


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
    elif guess_kind(name) == "text" and telling.kind_of(text[:_HEAD].encode()):
        yield (
            "This begins like a file with markup (HTML or XML), and was taken as plain text; to "
            "have the text without it, name its format: html, mhtml or tei."
        )
    elif guess_kind(name) == "text" and may_be_tokens(text):
        yield (
            "This looks like a token and its tag a line, and was taken as plain text; to have the "
            "marks, name its format: bio, or conll2003."
        )


def _is_json(text: str) -> bool:
    return text.lstrip().startswith(("{", "["))
