"""The JSON that spaCy 2 trained from: paragraphs of sentences of tokens, with a tag on each.

A paragraph is a document. Its text is ``raw``, or is made of the tokens as for CoNLL. Everything
else about its tokens stays in ``sentences``, as it came.
"""

from typing import Any

from annotations.errors import BadLine
from annotations.formats.offsets import lf
from annotations.formats.tagged import aligned, joined, spans_of, tag_of
from annotations.formats.values import Json, objects_in, text_in


def paragraphs_in(value: Json) -> list[Json]:
    """The documents in an object of that kind, in the keys of the native format; else nothing.

    Raises ``BadLine`` for tokens that do not stand in their text.
    """
    given = value.get("paragraphs")
    if type(given) is not list or not given or not all(map(_is_paragraph, given)):
        return []
    return [_document(paragraph) for paragraph in given]


def _is_paragraph(value: Any) -> bool:
    return type(value) is dict and type(value.get("sentences")) is list


def _document(paragraph: Json) -> Json:
    words: list[str] = []
    tags: list[tuple[str, str]] = []
    breaks: list[int] = []
    for sentence in objects_in(paragraph, "sentences"):
        breaks.append(len(words))
        for token in objects_in(sentence, "tokens"):
            word = lf(text_in(token, "orth") or "").strip()
            if not word:
                continue  # White space, which spaCy counts as a token too.
            words.append(word)
            tag = text_in(token, "ner") or "O"
            tags.append(("O", "") if tag in ("-", "O") else tag_of(tag))
    raw = text_in(paragraph, "raw")
    if raw is None:
        text, found = joined(words)
    else:
        text, found = lf(raw), aligned(words, lf(raw))
    spans = [
        {"start": found.starts[first], "end": found.ends[behind - 1], "label": label}
        for first, behind, label in spans_of(tags, breaks)
    ]
    said = {"text": text, "spans": spans, "sentences": paragraph["sentences"]}
    return said | ({"cats": cats} if (cats := _cats(paragraph)) else {})


def _cats(paragraph: Json) -> Json:
    cats: Json = {}
    for entry in objects_in(paragraph, "cats"):
        name, score = entry.get("label"), entry.get("value")
        if type(name) is not str or type(score) not in (int, float, bool):
            raise BadLine("an entry of “cats” has no “label” with a “value”")
        cats[name] = score
    return cats
