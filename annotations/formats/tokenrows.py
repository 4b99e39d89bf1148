"""Rows of tokens with tags, as data sets for named entities have them: what one of them says.

``tokens`` are the tokens of a sentence, and ``ner_tags`` (or one of ``TAGS``) a tag for each: a
text (``B-PER``), or a number that stands for one. What numbers stand for is told by the features of
a table, or by a file beside it (``Names``). Numbers that nothing names are refused: which of them
begin a span and which go on with one cannot be told from them, so they could not even be taken as
labels.

Each row is a document. Its text is ``text`` where the row has one, or that of a document that is
known by the row's id; then each token must follow in it with nothing but white space between. Else
it is made of the tokens as for CoNLL: a space between two but for such as stand close (``tagged``).
Schemes are read as there. Tags of which none has a letter with a dash before its label are those of
a scheme without borders: a run of one label is one span, and that is counted.
"""

import hashlib
import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from annotations.document import IMPORTED, Annotated, Annotation, checked_id, new_id
from annotations.errors import BadInput, BadLine, MissingExtra
from annotations.formats.further import Layers, Made
from annotations.formats.interface import Member, Reading
from annotations.formats.jsonl import first_line
from annotations.formats.offsets import lf
from annotations.formats.tagged import KINDS, aligned, joined, spans_of, tag_of
from annotations.formats.values import Json, name_of, plain, refuse_nul

TOKENS = "tokens"
TAGS = ("ner_tags", "tags", "ner", "labels")
"""Columns that may hold the tags; the first that is there does."""

CARD = "readme.md"
MAX_BESIDE = 16 * 1024 * 1024
"""Bytes of a file that names tags."""

_START = "-DOCSTART-"
_FRONT = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)^---[ \t]*$", re.DOTALL | re.MULTILINE)
_NO_NAMES = (
    "the tags in “{column}” are numbers, and nothing says what they stand for; give a JSON file "
    'that does (["O", "B-PER", "I-PER"], or with id2label as models have it) together with the '
    "table: both as format “tokens”, or both in one folder or archive"
)


def column_among(columns: Iterable[str]) -> str:
    """The column with the tags, where these are columns of tokens with tags; else nothing."""
    present = frozenset(columns)
    return next((name for name in TAGS if name in present and TOKENS in present), "")


# ── what numbers stand for ────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Names:
    """What numbers stand for. ``said`` are, in the order of their weight: the configuration and the
    column that they are said for (empty: any), and the names by number."""

    said: tuple[tuple[str, str, Mapping[int, str]], ...] = ()

    def of(self, column: str, table: str) -> Mapping[int, str] | None:
        """Those of a column, ``None`` where nobody says. ``table`` is the path of its file.

        Raises ``BadLine`` where several configurations name them differently and none is called
        like the table or a folder that it lies in.
        """
        found = [each for each in self.said if each[1] in (column, "")]
        parts = {*PurePosixPath(table).parts, *PurePosixPath(table).stem.split("-")}
        found = [each for each in found if each[0] in parts] or found
        if not found:
            return None
        by, _, first = found[0]
        if by and any(names != first for config, _, names in found if config):
            listed = ", ".join(f"“{config}”" for config, _, _ in found[:8])
            raise BadLine(
                f"the tags of “{column}” are named differently for {listed}, and “{table}” lies "
                "in no folder of such a name"
            )
        return first

    def __add__(self, other: "Names") -> "Names":
        return Names((*self.said, *other.said))


def names_in_features(features: Any, config: str = "") -> Names:
    """The names that the features of a data set say: of all columns with classes in them.

    As ``datasets`` writes them in JSON (by column) and in the card (a list with a name each).
    """
    if isinstance(features, list):
        pairs = [(str(f.get("name", "")), f) for f in features if isinstance(f, dict)]
    else:
        pairs = [*features.items()] if isinstance(features, dict) else []
    found = ((column, _classes(feature)) for column, feature in pairs if column)
    return Names(tuple((config, column, names) for column, names in found if names))


def _classes(feature: Any, depth: int = 0) -> Mapping[int, str]:
    """The names of the classes in a feature: in lists, which are written in several ways."""
    if isinstance(feature, list) and len(feature) == 1:
        return _classes(feature[0], depth + 1) if depth < 8 else {}
    if not isinstance(feature, dict) or depth >= 8:
        return {}
    if names := _numbered(feature.get("names")):
        return names
    inner = (feature.get(key) for key in ("feature", "class_label", "sequence", "list", "dtype"))
    return next((names for each in inner if (names := _classes(each, depth + 1))), {})


def _numbered(said: Any) -> Mapping[int, str]:
    """Names by number: of a list, of an object by numbers, or of one by names."""
    if isinstance(said, list):
        said = dict(enumerate(said))
    if not isinstance(said, dict) or not said:
        return {}
    if all(type(number) is int for number in said.values()):
        if len(said) < 2 or sorted(said.values()) != [*range(len(said))]:
            return {}  # Settings of something else.
        said = {number: name for name, number in said.items()}
    found = {}
    for number, name in said.items():
        if not isinstance(name, str) or not re.fullmatch(r"[0-9]{1,6}", str(number)):
            return {}
        found[int(number)] = name
    return found


def names_in_json(data: bytes, called: str) -> Names:
    """The names in a JSON file beside a table: what ``datasets`` writes of a data set, a model's
    configuration, or a bare list or object of them. Raises ``BadLine`` for what is no JSON."""
    try:
        said = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BadLine(f"{called}: this is not JSON: {error}") from None
    if names := _numbered(said):
        return Names((("", "", names),))
    if not isinstance(said, dict):
        return Names()
    if names := _numbered(said.get("id2label")) or _numbered(said.get("label2id")):
        return Names((("", "", names),))
    if "features" in said:
        return names_in_features(said["features"])
    found = Names()
    for key, value in said.items():
        if isinstance(value, dict) and "features" in value:
            found += names_in_features(value["features"], key)
        elif key in TAGS and (names := _numbered(value) or _classes(value)):
            found += Names((("", key, names),))
    return found


def names_in_card(data: bytes, called: str) -> Names:
    """The names in a card: in ``dataset_info`` of its YAML.

    Raises ``BadLine`` for YAML that cannot be read, ``MissingExtra`` without what reads it.
    """
    front = _FRONT.match(data.decode("utf-8", "replace"))
    if front is None or "class_label" not in front[1]:
        return Names()
    try:
        import yaml
    except ImportError:
        raise MissingExtra("The cards of data sets", "parquet") from None
    try:
        said = yaml.safe_load(front[1])
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise BadLine(f"{called}: its YAML cannot be read: {reason}") from None
    infos = said.get("dataset_info") if isinstance(said, dict) else None
    found = Names()
    for info in infos if isinstance(infos, list) else [infos]:
        if isinstance(info, dict):
            found += names_in_features(info.get("features"), str(info.get("config_name") or ""))
    return found


def names_beside(members: Iterable[Member]) -> Names:
    """The names in the files beside a table; those that name nothing are passed over.

    Raises ``BadLine`` for one that cannot be read, or is too long to be one.
    """
    found = Names()
    for member in sorted(members, key=_weight):
        called = member.name.lower()
        if not called.endswith((CARD, ".json")):
            continue
        with member.open() as stream:
            data = stream.read(MAX_BESIDE + 1)
        if len(data) > MAX_BESIDE:
            raise BadLine(f"{member.name}: this has more than {MAX_BESIDE // 2**20} MB")
        found += (names_in_card if called.endswith(CARD) else names_in_json)(data, member.name)
    return found


def _weight(member: Member) -> tuple[int, str]:
    """What a data set says of itself goes first, what is said in words last."""
    name = PurePosixPath(member.name).name.lower()
    return (0 if name.startswith("dataset_info") else 2 if name == CARD else 1), member.name


# ── rows ──────────────────────────────────────────────────────────────────────────────────────────


class Rows:
    """Makes documents of the rows of one table.

    ``table`` is what its file is called, ``names`` are what it says itself of its numbers, and
    ``beside`` gives what other files say: only where there are numbers is it asked.
    """

    def __init__(
        self, reading: Reading, table: str, names: Names, beside: Callable[[], Names] = Names
    ):
        self._reading, self._names, self._beside = reading, names, beside
        self._table = table.replace("\\", "/")
        self._number = 0
        self._layers: Layers = {}
        self._known: dict[str, Mapping[int, str]] = {}

    def made(self, row: Json) -> Annotated | None:
        """The document of a row, ``None`` for one without a token. Raises ``BadInput``."""
        self._number += 1
        row = dict(row)
        tokens, tags, every = self._said(row)
        if tokens == [_START]:
            return None
        tokens, tags = self._visible(tokens, tags)
        if not tokens:
            self._reading.lost["rows without a token"] += 1
            return None
        text, known = self._text(row)
        if text is None:
            text, found = joined(tokens)
        else:
            found = aligned(tokens, text)
        spans: list[Json] = [
            {"start": found.starts[first], "end": found.ends[behind - 1], "label": label}
            for first, behind, label in spans_of(self._read(tags, every))
        ]
        if known is not None:
            marks = (
                Annotation(
                    id=new_id(),
                    start=span["start"],
                    end=span["end"],
                    label=span["label"],
                    origin=IMPORTED,
                )
                for span in spans
            )
            return Annotated(document=known, annotations=tuple(marks))
        ours = self._head(row, text)
        refuse_nul([text, ours, row], "row")
        return Made(text, ours, plain(row), [(span, {}) for span in spans]).annotated(self._layers)

    def _said(self, row: Json) -> tuple[list[str], list[str], Collection[str]]:
        """Tokens and tags, which are taken out of the row; and all tags that are known of."""
        column = column_among(row)
        if not column:
            listed = ", ".join(TAGS)
            raise BadLine(f"there are no “{TOKENS}”, or no tags beside them (one of {listed})")
        tokens, tags = row.pop(TOKENS), row.pop(column)
        for name, given in ((TOKENS, tokens), (column, tags)):
            if not isinstance(given, list):
                raise BadLine(f"“{name}” is {name_of(given)}, not a list")
        for token in tokens:
            if not isinstance(token, str):
                raise BadLine(f"“{TOKENS}” holds {name_of(token)} where a text belongs")
        if len(tokens) != len(tags):
            raise BadLine(f"there are {len(tokens)} tokens and {len(tags)} tags")
        if tags and all(type(tag) is int for tag in tags):
            names = self._names_of(column)
            return tokens, [_named(names, tag, column) for tag in tags], names.values()
        for tag in tags:
            if not isinstance(tag, str):
                raise BadLine(f"“{column}” holds {name_of(tag)} where a tag belongs")
        return tokens, tags, tags

    def _names_of(self, column: str) -> Mapping[int, str]:
        if column not in self._known:
            names = self._names.of(column, self._table)
            names = names or self._beside().of(column, self._table)
            if names is None:
                raise BadLine(_NO_NAMES.format(column=column))
            self._known[column] = names
        return self._known[column]

    def _visible(self, tokens: list[str], tags: list[str]) -> tuple[list[str], list[str]]:
        """Without tokens that have no character but white space; those are counted."""
        stripped = [lf(token).strip() for token in tokens]
        if all(stripped):
            return stripped, tags
        kept = [number for number, token in enumerate(stripped) if token]
        self._reading.lost["tokens without a character"] += len(stripped) - len(kept)
        return [stripped[number] for number in kept], [tags[number] for number in kept]

    def _read(self, tags: Sequence[str], every: Collection[str]) -> list[tuple[str, str]]:
        """What tags do, and their labels."""
        if any(name[1:2] == "-" and name[0] in KINDS for name in every):
            return [tag_of(tag) for tag in tags]
        said = [("O", "") if tag == "O" else ("I", tag) for tag in tags]
        if spans := sum(1 for _ in spans_of(said)):
            self._reading.lost[_BORDERS] += spans
        return said

    def _text(self, row: Json) -> tuple[str | None, Any]:
        """The text that the row brings, or that of a document that is known by its id."""
        said, uid = row.get("text"), row.get("id")
        if isinstance(said, str):
            del row["text"]
            return lf(said), None
        known = self._reading.text_of(uid) if isinstance(uid, str) and _is_id(uid) else None
        return (None, None) if known is None else (known.text, known)

    def _head(self, row: Json, text: str) -> Json:
        """Id, title and language, which are taken out of the row."""
        said = row.get("id")
        ours: Json = {"title": first_line(text)}
        if isinstance(said, str) and _is_id(said):
            ours["id"] = row.pop("id")
        else:
            # A number tells rows of one table apart, and tables have the same ones.
            stem = re.sub(r"[^\w.-]+", "-", PurePosixPath(self._table).stem, flags=re.ASCII)
            stem = stem[:60].strip("_.-")
            digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
            number = said if isinstance(said, str | int) and str(said).isdecimal() else self._number
            ours["id"] = "-".join(part for part in (stem, str(number)[:12], digest) if part)
        if isinstance(row.get("title"), str):
            ours["title"] = row.pop("title")
        for key in ("language", "lang"):
            if isinstance(row.get(key), str) and re.fullmatch(r"[a-z]{2,3}", row[key]):
                ours["language"] = row.pop(key)
                break
        return ours


_BORDERS = "borders of spans beside others of the same label, which these tags do not say"


def _named(names: Mapping[int, str], tag: int, column: str) -> str:
    if tag not in names:
        raise BadLine(f"“{column}” holds the number {tag}, which has no name")
    return names[tag]


def _is_id(said: str) -> bool:
    """Whether a row's id is one of a document, and no mere number."""
    if said.isdecimal():
        return False
    try:
        checked_id(said)
    except BadInput:
        return False
    return True
