"""Marks of which little is said, kept as columns until somebody asks for values.

Most marks that come in or go out by the million say no more than an id, a place and a label. Making
an ``Annotation`` of each takes longer than reading and storing it, so readers that find nothing
else, and the store where it knows nothing else, hand over ``PlainMarks``: a sequence that is equal
to the tuple of its annotations, and makes them when it is first looked into.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import repeat
from operator import itemgetter, lt
from typing import Any, overload

from annotations.document import Annotation, Origin

_ALLOWED = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:@+-"
_HAND = Origin()
_first = itemgetter(0)
_bare: Callable[[type[Annotation]], Annotation] = object.__new__


def _putter(name: str) -> Callable[[Annotation, Any], None]:
    put: Callable[[Annotation, Any], None] = vars(Annotation)[name].__set__
    return put


_SAID = tuple(map(_putter, ("id", "start", "end", "label", "codebook", "created", "updated")))
_KEPT = tuple(map(_putter, ("version", "key")))
_PLAIN = tuple(
    (_putter(name), value)
    for name, value in (
        ("fragments", ()), ("entity", None), ("concept", None), ("note", ""), ("unsure", False),
        ("origin", _HAND), ("doubt", None),
    )
)  # fmt: skip
_put_attributes, _put_extra = _putter("attributes"), _putter("extra")
_put_layer, _put_revision = _putter("layer"), _putter("revision")


class PlainMarks(Sequence[Annotation]):
    """Annotations made by hand, in one stretch each, of which at most the moments are said as well.

    The columns stand in the order of the marks. ``ids`` have the form of ids and differ from each
    other, places lie within a text of ``length`` code points and are not empty, labels are not
    empty: whoever makes them knows that, by ``plain_marks`` or by having kept them. ``moments`` are
    the version of the codebook and the moments of making and of the last change, all three or none
    of them for all marks. ``kept`` is what only a store knows: the layer's id, the revision, and
    each mark's version and number.
    """

    __slots__ = ("_made", "ends", "ids", "kept", "labels", "length", "moments", "starts")

    def __init__(
        self,
        ids: Sequence[str],
        starts: Sequence[int],
        ends: Sequence[int],
        labels: Sequence[str],
        length: int,
        moments: tuple[Sequence[int], Sequence[str], Sequence[str]] | None = None,
        kept: tuple[str, int, Sequence[int], Sequence[int]] | None = None,
    ):
        self.ids, self.starts, self.ends, self.labels = ids, starts, ends, labels
        self.length, self.moments, self.kept = length, moments, kept
        self._made: tuple[Annotation, ...] | None = None

    def values(self) -> tuple[Annotation, ...]:
        """The annotations themselves, made when they are first asked for."""
        if self._made is None:
            self._made = tuple(self._making())
        return self._made

    def _making(self) -> Iterator[Annotation]:
        moments: Sequence[Any] = self.moments or (repeat(None), repeat(None), repeat(None))
        layer, revision, *kept = self.kept or ("", 0, repeat(0), repeat(0))
        columns = (self.ids, self.starts, self.ends, self.labels, *moments)
        for said, known in zip(zip(*columns), zip(*kept)):  # noqa: B905 - some have no end
            made = _bare(Annotation)
            for put, value in zip(_SAID, said, strict=True):
                put(made, value)
            for put, value in zip(_KEPT, known, strict=True):
                put(made, value)
            for put, value in _PLAIN:
                put(made, value)
            _put_attributes(made, {})
            _put_extra(made, {})
            _put_layer(made, layer)
            _put_revision(made, revision)
            yield made

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[Annotation]:
        return iter(self.values())

    @overload
    def __getitem__(self, place: int) -> Annotation: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[Annotation, ...]: ...

    def __getitem__(self, place: int | slice) -> Annotation | tuple[Annotation, ...]:
        return self.values()[place]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, PlainMarks):
            return self.values() == other.values()
        return self.values() == other if isinstance(other, tuple) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.values())

    def __repr__(self) -> str:
        return repr(self.values())

    def __reduce__(self) -> tuple[Any, ...]:
        said = (self.ids, self.starts, self.ends, self.labels, self.length, self.moments)
        return PlainMarks, (*said, self.kept)


def plain_marks(
    ids: Sequence[Any],
    starts: Sequence[Any],
    ends: Sequence[Any],
    labels: Sequence[Any],
    length: int,
    moments: tuple[Sequence[Any], Sequence[Any], Sequence[Any]] | None = None,
) -> PlainMarks | None:
    """These columns as marks on a text of that many code points; ``None`` where they are not such.

    Then they have to be looked at one by one, which tells what is wrong with which.
    """
    try:
        joined = "".join(ids).encode()
        named = set(labels)
        plain = (
            not joined.translate(None, _ALLOWED)
            and "".join(map(_first, ids)).isalnum()
            and max(map(len, ids)) <= 100
            and len(set(ids)) == len(ids)
            and {*map(type, starts), *map(type, ends)} == {int}
            and min(starts) >= 0
            and max(ends) <= length
            and all(map(lt, starts, ends))
            and set(map(type, named)) == {str}
            and "" not in named
            and (moments is None or _are_moments(*moments))
        )
    except (TypeError, ValueError, IndexError):
        return None
    return PlainMarks(ids, starts, ends, labels, length, moments) if plain else None


def _are_moments(codebooks: Sequence[Any], created: Sequence[Any], updated: Sequence[Any]) -> bool:
    said = {*created, *updated}
    return (
        set(map(type, codebooks)) == {int}
        and set(map(type, said)) == {str}
        and all(each.isascii() and each.isprintable() and each for each in said)
    )
