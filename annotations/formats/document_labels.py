"""Labels of whole documents, as other tools say them: names, scores by name, answers.

spaCy has ``cats`` (a score for each category), doccano a list of names, Prodigy a ``label`` that
was accepted or rejected, or the chosen ones among ``options``. A category without a score above one
half is none of the document's labels; that it was judged so is kept where it stood, because models
learn from it.
"""

from collections.abc import Sequence
from typing import Any

from annotations.document import Document
from annotations.errors import BadLine
from annotations.formats.values import Json, name_of

MAX_NAME = 100
"""Characters of a label; what is longer under such a key is a text (a summary, a translation)."""


def is_name(value: Any) -> bool:
    """Whether a value can be the name of a label."""
    return type(value) is str and 0 < len(value) <= MAX_NAME and "\n" not in value


def names_in(value: Any) -> list[str]:
    """The labels that a value says: a name, a list of names, or none."""
    if is_name(value):
        return [value]
    if type(value) is list and all(map(is_name, value)):
        return list(dict.fromkeys(value))
    return []


def names_in_cats(cats: Any) -> list[str]:
    """The categories with a score above one half, or all of a list. Raises ``BadLine``."""
    if type(cats) is list:
        if any(type(name) is not str for name in cats):
            raise BadLine("“cats” holds something else than names of labels")
        return list(dict.fromkeys(cats))
    if cats is None:
        return []
    if type(cats) is not dict:
        raise BadLine(f"“cats” is {name_of(cats)}, not an object or a list")
    for name, score in cats.items():
        if type(score) not in (int, float, bool):
            raise BadLine(f"the score of “{name[:60]}” in “cats” is {name_of(score)}, not a number")
    return [name for name, score in cats.items() if name and score > 0.5]


def says_more(cats: Any) -> bool:
    """Whether scores say more than which labels there are."""
    return type(cats) is dict and any(score != 1 for score in cats.values())


def said(names: Sequence[str], known: Any = None) -> list[Any]:
    """Labels of these names in the keys of the native format; what is ``known`` of them, kept."""
    entries = known if type(known) is list else []
    by_name = {name: entry for entry in entries if (name := _name(entry))}
    if by_name.keys() == {*names}:
        return entries
    return [by_name.get(name, {"label": name, "attributes": {}}) for name in names]


def names_of(document: Document) -> list[str]:
    """The names of a document's labels, each once."""
    return list(dict.fromkeys(name for name in map(_name, document.labels) if name))


def are_plain(document: Document) -> bool:
    """Whether there is no more to say of a document's labels than their names."""
    return [*document.labels] == [{"label": name, "attributes": {}} for name in names_of(document)]


def scores(document: Document) -> dict[str, float]:
    """A score for each category that a document was judged by: its labels 1, rejected ones 0.

    Scores that came with the document are kept where they agree with its labels of today.
    """
    names, extra = names_of(document), document.extra
    came: Json = extra["cats"] if type(extra.get("cats")) is dict else {}
    found: dict[str, float] = {}
    for name, score in came.items():
        if type(score) in (int, float, bool) and name:
            is_same = (score > 0.5) == (name in names)
            found[name] = float(min(max(score, 0), 1)) if is_same else 0.0
    if extra.get("answer") == "reject" and is_name(extra.get("label")):
        found.setdefault(extra["label"], 0.0)
    if names and type(extra.get("options")) is list:
        for option in extra["options"]:
            if type(option) is dict and is_name(option.get("id")):
                found.setdefault(option["id"], 0.0)
    return found | {name: found.get(name) or 1.0 for name in names}


def _name(entry: Any) -> str:
    name = entry.get("label") if type(entry) is dict else entry
    return name if type(name) is str else ""
