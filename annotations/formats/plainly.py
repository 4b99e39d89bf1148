"""The common native line, taken apart and put together by columns.

Most lines hold spans that say no more than their place, their label and that they were made by
hand, and a document that says no more than the store keeps in columns. They are read and written
here; everything else is left to ``jsonl``, which gives the same for these lines, only later.
"""

from collections.abc import Callable, Sequence
from itertools import repeat
from operator import itemgetter
from typing import Any

from annotations.document import (
    DIRECTIONS,
    LAYER_KINDS,
    STATES,
    Annotated,
    Document,
    Layer,
    Layout,
    PlainBlocks,
    is_id,
    sha256,
)
from annotations.errors import BadInput
from annotations.formats.values import Json
from annotations.plain import PlainMarks, plain_marks

HAND: Json = {"kind": "hand"}
"""What a span says that was made by hand. Shared: not to be changed."""

_TYPES: dict[str, type] = {
    "schema": str,
    "id": str,
    "title": str,
    "text": str,
    "sha256": str,
    "revision": int,
    "language": str,
    "direction": str,
    "source": str,
    "date": str,
    "layout": dict,
    "layer": str,
    "kind": str,
    "annotator": str,
    "state": str,
    "codebook": int,
    "spans": list,
    "relations": list,
}
_NEEDED = frozenset({"schema", "id", "title", "text", "spans"})
_BLOCK = (str, int, int)
_NO_LAYOUT: Json = {}


def _is_plain(shape: tuple[Any, ...]) -> bool:
    half = len(shape) // 2
    keys = shape[:half]
    named = zip(keys, shape[half:], strict=True)
    return _NEEDED.issubset(keys) and all(_TYPES.get(key) is kind for key, kind in named)


class PlainLines:
    """Reads the plain ones among the lines of one file; ``schema`` is what each of them says."""

    def __init__(self, schema: str):
        self._schema = schema
        self._shapes: dict[tuple[Any, ...], bool] = {}
        self._layers: dict[tuple[str, str, str], Layer] = {}

    def read(self, data: Json) -> Annotated | None:
        """What a line says; ``None`` where it says more, or something that is not so."""
        shape = (*data, *map(type, data.values()))
        plain = self._shapes.get(shape)
        if plain is None:
            if len(self._shapes) > 100:
                self._shapes.clear()
            plain = self._shapes[shape] = _is_plain(shape)
        if not plain:
            return None
        get, text, uid = data.get, data["text"], data["id"]
        state, layer = get("state"), None
        if (
            "\r" in text
            or text.startswith("\ufeff")
            or data["schema"] != self._schema
            or not is_id(uid)
            or get("relations")
            or get("direction", "") not in DIRECTIONS
            or get("revision", 1) < 1
            or (state is not None and state not in STATES)
            or get("sha256") not in (None, sha256(text))
        ):
            return None
        if "layer" in data or "kind" in data or "annotator" in data:
            layer = self._layer(data)
            if layer is None:
                return None
        layout = _layout(get("layout", _NO_LAYOUT), len(text))
        spans = data["spans"]
        marks = marks_in(spans, text) if spans else ()
        if layout is None or marks is None:
            return None
        return Annotated(
            document=Document(
                uid,
                data["title"],
                text,
                layout,
                get("revision", 1),
                get("language", ""),
                get("direction", ""),
                get("source", ""),
                get("date", ""),
            ),
            layer=layer,
            state=state,
            codebook=get("codebook"),
            annotations=marks,
        )

    def _layer(self, data: Json) -> Layer | None:
        uid, kind, annotator = data.get("layer"), data.get("kind"), data.get("annotator", "")
        if uid is None or kind is None:
            return None
        known = self._layers.get((uid, kind, annotator))
        if known is None and is_id(uid) and kind in LAYER_KINDS:
            if len(self._layers) > 100:
                self._layers.clear()
            known = Layer(id=uid, kind=kind, annotator=annotator)
            self._layers[uid, kind, annotator] = known
        return known


def _layout(said: Json, length: int) -> Layout | None:
    """The layout of a text of that length that says no more than where which block is."""
    if not said:
        return Layout()
    blocks = said.get("blocks")
    if len(said) > 1 or type(blocks) is not list:
        return None
    for entry in blocks:
        if type(entry) is not list or (*map(type, entry),) != _BLOCK:
            return None
    try:
        return Layout(PlainBlocks(blocks) if blocks else ()).checked(length)
    except BadInput:
        return None


_SAID = ("id", "start", "end", "label", "text", "origin")
_MOMENTS = ("codebook", "created", "updated")
_GETTERS: dict[int, Callable[[Json], tuple[Any, ...]]] = {
    len(keys): itemgetter(*keys) for keys in (_SAID, _SAID + _MOMENTS)
}
"""By how many keys a span has: if it has all of these, it has no other."""


def marks_in(spans: Sequence[Json], text: str) -> PlainMarks | None:
    """The marks that spans of a line say, counted in code points of ``text``.

    ``None`` where one of them says more, or something that is not so.
    """
    count = len(spans)
    if set(map(type, spans)) != {dict}:
        return None
    lengths = set(map(len, spans))
    get = _GETTERS.get(lengths.pop()) if len(lengths) == 1 else None
    if get is None:
        return None
    try:
        ids, starts, ends, labels, quotes, origins, *moments = zip(*map(get, spans), strict=True)
        if origins.count(HAND) != count or quotes != tuple(
            [text[start:end] for start, end in zip(starts, ends, strict=True)]
        ):
            return None
    except (KeyError, TypeError):
        return None
    said = (moments[0], moments[1], moments[2]) if moments else None
    return plain_marks(ids, starts, ends, labels, len(text), said)


def spans_out(marks: PlainMarks, text: str) -> list[Json]:
    """The same marks in the keys of the native format, in the order that ``jsonl`` gives them."""
    columns = zip(marks.ids, marks.starts, marks.ends, marks.labels, strict=True)
    if marks.moments is None:
        return [
            {
                "id": uid,
                "start": start,
                "end": end,
                "label": label,
                "text": text[start:end],
                "origin": HAND,
            }
            for uid, start, end, label in columns
        ]
    return [
        {
            "id": uid,
            "start": start,
            "end": end,
            "label": label,
            "text": text[start:end],
            "origin": origin,
            "codebook": codebook,
            "created": created,
            "updated": updated,
        }
        for (uid, start, end, label), origin, codebook, created, updated in zip(
            columns, repeat(HAND, len(marks)), *marks.moments, strict=True
        )
    ]
